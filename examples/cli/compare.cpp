// SPDX-License-Identifier: MIT
// `tagspan compare`: is one system better than another? And `tagspan merge`: counts of shards, added up.
#include "counting.hpp"
#include "reports.hpp"

#include <tagspan/io/json.hpp>

#include <filesystem>
#include <map>
#include <memory>
#include <system_error>

namespace cli {

namespace {

struct compare_options : comparison::options {
  counting_options by;
  input_options input;
  int digits = 4;
  resampling how;
};

std::string verdict(compare_options const& o, ts::paired_report const& r) {
  ts::paired_estimate const& f1 = r.of[ts::micro_f1];
  auto const fixed = [&](double value) { return ts::detail::fixed(value, o.digits); };
  double const level = 1 - r.confidence;
  bool const told_apart = f1.p_randomised <= level;
  bool const first_leads = f1.difference >= 0;
  std::string const figures = "micro F1 " + fixed(first_leads ? f1.first : f1.second) + " against " +
                              fixed(first_leads ? f1.second : f1.first) +
                              ", p = " + ts::detail::fixed(f1.p_randomised, 4);
  if (!told_apart) return "Chance can explain the difference: " + figures + '\n';
  return (first_leads ? o.paths[1] : o.paths[2]) + " is better than " + (first_leads ? o.paths[2] : o.paths[1]) + ": " +
         figures + '\n';
}

int compare(compare_options o) {
  auto const files = read_files(o.paths);
  if (holds_json_lines(o.input, files[0])) o.how.by_document = true;  // there is nothing else to draw
  auto const [first, remark] = count_system(o, o.input, o.by, {files[0], files[1]}, o.how);
  auto const second = count_system(o, o.input, o.by, {files[0], files[2]}, o.how).counts;
  auto const report = compare(first.documents, second.documents, o.how);
  print("first: " + visible(o.paths[1]) + "\nsecond: " + visible(o.paths[2]) + "\n\n");
  print(to_text(report, o.how, o.digits) + '\n');
  print(verdict(o, report));
  if (!remark.empty()) print(remark + '\n');
  note_types_without_gold(first.report, o.paths[1]);
  note_types_without_gold(second.report, o.paths[2]);
  if (first.report.micro.support == 0) note("gold has no entity: nothing was measured");
  return first.report.micro.support == 0 ? found_wanting : all_is_well;
}

struct merge_options {
  std::vector<std::string> paths;
  report_style style;
  std::string out;  // the file; "" is stdout
  bool with_intervals = false;
  resampling how;
};

// The names of one file: a part that is added twice is no sum of the parts.
bool same_file(std::string const& a, std::string const& b) {
  std::error_code ignored;
  return a == b || (a != "-" && b != "-" && std::filesystem::is_regular_file(a, ignored) &&
                    std::filesystem::equivalent(a, b, ignored));
}

int merge(merge_options const& o) {
  if (o.with_intervals && o.style.format == "counts") {
    throw failure("--format counts holds counts only; `tagspan merge` makes intervals of them");
  }
  for (std::size_t i = 0; i < o.paths.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (same_file(o.paths[j], o.paths[i])) {
        throw failure(o.paths[i] + (o.paths[i] == o.paths[j] ? std::string() : " (" + o.paths[j] + ')') +
                      ": the same file twice; each part is counted once");
      }
    }
  }
  findings found;
  ts::counted_corpus& sum = found.counted;
  std::map<std::string, std::string> name_of;  // by counts
  for (std::string const& path : o.paths) {
    file const shard(path);
    auto const counts = ts::counts_from_json(shard.text);
    if (!counts)
      throw failure(shard.name + ": " + ts::message(counts.error()) +
                    "; wanted is what `tagspan score --format counts` writes");
    if (counts->report.micro.support != 0) {
      auto const [same, is_new] = name_of.emplace(ts::to_counts_text(*counts), shard.name);
      if (!is_new) note(same->second + " and " + shard.name + " hold the same counts: one part twice?");
    }
    if (auto const done = ts::merge(sum, *counts); !done) {
      throw failure(shard.name + ": counted by other rules than " + o.paths.front() + ":\n  " + sum.report.signature() +
                    "\n  " + counts->report.signature());
    }
  }
  if (o.with_intervals) found.intervals = intervals(sum, o.how);
  std::string const text = rendered(found, o.how, o.style);
  o.out.empty() ? print(text) : write_file(o.out, text);
  return sum.report.rejected == 0 ? all_is_well : found_wanting;
}

}  // namespace

subcommand add_compare(CLI::App& parent) {
  CLI::App* const app =
      parent.add_subcommand("compare", "Two systems on one gold file: is one better, or is it chance?");
  auto const o = std::make_shared<compare_options>();
  app->add_option("files", o->paths, "A gold file and two predicted files")
      ->type_name("GOLD FIRST SECOND")
      ->required()
      ->expected(3);
  o->add_columns_to(*app);
  add_scheme(*app, "--scheme", o->by.scheme, "The tag scheme");
  add_reading(*app, o->by.reading);
  o->input.add_to(*app);
  app->add_option("--resamples", o->how.resamples, "How many (default 10000)")->check(CLI::Range(1, 100'000'000));
  app->add_option("--digits", o->digits, "Decimals (default 4)")->check(CLI::Range(0, 17));
  o->how.add_to(*app);
  return {app, [o] { return compare(*o); }};
}

subcommand add_merge(CLI::App& parent) {
  CLI::App* const app =
      parent.add_subcommand("merge", "Adds up what `score --format counts` wrote of the parts of a corpus");
  auto const o = std::make_shared<merge_options>();
  app->add_option("files", o->paths, "Counts of parts; '-' is stdin")->type_name("COUNTS...")->required();
  app->add_option("--format", o->style.format, "text (default), markdown, csv (one table), json or counts")
      ->check(CLI::IsMember({"text", "markdown", "csv", "json", "counts"}));
  app->add_option("--out", o->out, "The file for the report, which is written whole or not at all (default: stdout)")
      ->type_name("FILE")
      ->check(not_empty);
  app->add_option("--digits", o->style.digits, "Decimals in the text")->check(CLI::Range(0, 17));
  app->add_option_function<std::size_t>(
         "--bootstrap",
         [o](std::size_t n) {
           o->how.resamples = n;
           o->with_intervals = true;
         },
         "Intervals, by so many resamples")
      ->check(CLI::Range(1, 100'000'000));
  o->how.add_to(*app, false);
  return {app, [o, app] {
            resampling::must_be_wanted(*app, o->with_intervals);
            return merge(*o);
          }};
}

}  // namespace cli
