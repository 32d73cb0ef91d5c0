// SPDX-License-Identifier: MIT
#include "as_peer.hpp"
#include "cli.hpp"
#include "counting.hpp"
#include "reports.hpp"

#include <tagspan/eval/gate.hpp>
#include <tagspan/io/json.hpp>

#include <algorithm>
#include <memory>

namespace cli {

namespace {

struct score_options : comparison::options {
  counting_options by;
  input_options input;
  report_style style;
  std::string out;  // the file; "" is stdout
  bool with_semeval = false, with_confusion = false, with_errors = false;
  std::vector<std::string> fail_under, max_drop;
  std::string baseline;
  std::string as_peer;
  std::string other;  // the system to compare with
  bool with_intervals = false;
  resampling how;
};

// All gates of the command line, parsed before a file is touched.
std::vector<ts::gate> parse_gates(std::string const& option, std::vector<std::string> const& texts) {
  std::vector<ts::gate> gates;
  for (std::string const& text : texts) {
    auto const gate = ts::parse_gate(text);
    if (!gate) throw failure(option + ": " + ts::message(gate.error(), text));
    gates.push_back(*gate);
  }
  return gates;
}

[[noreturn]] void fail_on(std::string const& where, ts::gate const& gate, ts::error const& e) {
  if (e.code == ts::errc::unknown_type) throw failure(where + ": " + gate.path + ": there is no entity of this type");
  if (e.code == ts::errc::bad_gate) throw failure(where + ": " + gate.path + ": there is no such figure");
  throw failure(where + ": " + ts::message(e));
}

// What an earlier run printed as JSON.
struct baseline : file {
  using file::file;

  double figure(ts::gate const& gate) const {
    auto const value = ts::figure_in_json(text, gate.path);
    if (!value) fail_on(name, gate, value.error());
    return *value;
  }

  // Figures that were measured on other data or by other rules can be compared, but someone should know.
  void note_other_signature(std::string const& now) const {
    auto const document = nlohmann::json::parse(text, nullptr, false);
    bool const has_one = document.is_object() && document.contains("signature") && document["signature"].is_string();
    std::string const then = has_one ? document["signature"].get<std::string>() : "without a signature";
    auto const but_version = [](std::string_view s) { return s.substr(std::min(s.find('|'), s.size())); };
    if (but_version(then) == but_version(now)) return;
    note("the baseline was measured otherwise:\n  then " + then + "\n  now  " + now);
  }
};

// The system named by --compare, on the same gold.
ts::paired_report compare_with(score_options const& o, file const& gold, ts::document_counts const& counts,
                               std::string const& scheme) {
  comparison::options second = o;
  bool const spans = holds_json_lines(o.input, gold);
  if (!spans && o.paths.size() == 1 && o.gold_column.empty()) second.gold_column = "-2";
  second.predicted_column.clear();
  auto const other = count_system(second, o.input, {scheme, o.by.reading}, {gold, file(o.other)}, o.how);
  note_types_without_gold(other.counts.report, o.other);
  return compare(counts, other.counts.documents, o.how);
}

// A page has all sections; the other forms have those that were asked for.
score_options with_defaults(score_options o) {
  bool const gated = !o.fail_under.empty() || !o.max_drop.empty();
  if (!o.as_peer.empty() && (o.style.format != "text" || gated || o.with_semeval || o.with_confusion || o.with_errors ||
                             o.with_intervals || !o.other.empty())) {
    throw failure(
        "--as prints the figures of other scorers as text and nothing else: no other --format, section or gate");
  }
  if (o.style.format == "html") {
    if (!o.with_errors) o.style.errors_shown = 100;
    o.with_semeval = o.with_confusion = o.with_errors = true;
  }
  std::size_t const tables = std::size_t{o.with_semeval} + std::size_t{o.with_confusion} + std::size_t{o.with_errors} +
                             std::size_t{!o.other.empty() || o.with_intervals};
  if (o.style.format == "csv" && tables > 1) {
    throw failure(
        "--format csv is one table: ask for one of --bootstrap, --compare, --semeval, --confusion and --errors");
  }
  if (o.style.format == "counts" && tables != 0) {
    throw failure("--format counts holds counts only; `tagspan merge` makes intervals of them");
  }
  return o;
}

void print_report(score_options const& o, std::string const& text) {
  o.out.empty() ? print(text) : write_file(o.out, text);
}

int score(score_options const& given) {
  score_options o = with_defaults(given);
  auto const bars = parse_gates("--fail-under", o.fail_under);
  auto const drops = parse_gates("--max-drop", o.max_drop);
  std::optional<baseline> before;
  if (!o.baseline.empty()) before.emplace(o.baseline);

  auto files = read_files(o.paths);
  findings found;
  found.gold = files.front().name;
  found.predicted = files.back().name;
  std::optional<comparison> tags;
  std::optional<span_corpus> spans;
  chosen_scheme scheme;
  if (holds_json_lines(o.input, files)) {
    if (!o.as_peer.empty()) throw failure("--as reads tags; JSON Lines have spans");
    o.how.by_document = true;  // there is nothing else to draw
    spans.emplace(files, document_options{o.gold_column, o.predicted_column, o.input.unit});
    found.counted = count(*spans);
    if (spans->scored()) found.scores = quality_of_scores(*spans);
  } else {
    tags.emplace(o, files);
    scheme = choose_scheme(o.by.scheme, tags->labels, tags->gold());
    if (!o.as_peer.empty()) {
      print_report(o, figures_as(o.as_peer, *tags, scheme.id, std::max(o.style.digits, 4)));
      if (!scheme.remark.empty()) note(scheme.remark);
      return all_is_well;
    }
    found.counted = count(*tags, scheme.id, o.by.reading, o.how);
  }
  ts::report const& report = found.counted.report;

  std::vector<ts::gate_outcome> outcomes;
  for (ts::gate const& gate : bars) {
    auto outcome = ts::check(gate, report);
    if (!outcome) fail_on("--fail-under", gate, outcome.error());
    outcomes.push_back(std::move(*outcome));
  }
  for (ts::gate const& gate : drops) {
    auto outcome = ts::check_drop(gate, report, before->figure(gate));
    if (!outcome) fail_on("--max-drop", gate, outcome.error());
    outcomes.push_back(std::move(*outcome));
  }

  if (o.with_intervals) found.intervals = intervals(found.counted, o.how);
  if (!o.other.empty()) {
    found.comparison = {
        o.paths.back(), o.other,
        compare_with(o, files.front(), found.counted.documents, std::string(ts::scheme_name(scheme.id)))};
  }
  auto const look = [&](auto const& corpus) {
    look_into(corpus, o.with_semeval, o.with_confusion, o.with_errors, found);
  };
  tags ? look(tagged_corpus(*tags, scheme.id, o.by.reading)) : look(*spans);
  o.style.unit = o.input.unit;
  print_report(o, rendered(found, o.how, o.style));

  // What machines read stands alone on stdout; what people want to know besides goes to stderr then.
  bool const for_people = o.style.format == "text" && o.out.empty();
  auto const say = [&](std::string const& line) { for_people ? print(line + '\n') : note(line); };
  if (!scheme.remark.empty()) say(scheme.remark);
  int status = all_is_well;
  for (auto const& outcome : outcomes) {
    say(outcome.text);
    if (!outcome.passed) status = found_wanting;
  }
  note_types_without_gold(report, "predicted");
  if (before) before->note_other_signature(report.signature());
  if (report.micro.support == 0) {
    note("gold has no entity: nothing was measured");
    status = found_wanting;
  }
  return report.rejected == 0 ? status : found_wanting;
}

}  // namespace

subcommand add_score(CLI::App& parent) {
  CLI::App* const app = parent.add_subcommand("score", "Precision, recall and F1 of entities, and gates on them");
  auto const o = std::make_shared<score_options>();
  o->add_to(*app);
  o->input.add_to(*app);
  add_scheme(*app, "--scheme", o->by.scheme,
             "The tag scheme, by which malformed tags are counted and strict reading goes");
  add_reading(*app, o->by.reading);
  app->add_option(
         "--format", o->style.format,
         "text (default), markdown, csv, json, html (one page, with all sections), or counts for `tagspan merge`")
      ->check(CLI::IsMember({"text", "markdown", "csv", "json", "html", "counts"}));
  app->add_option("--out", o->out, "The file for the report, which is written whole or not at all (default: stdout)")
      ->type_name("FILE")
      ->check(not_empty);
  app->add_flag("--semeval", o->with_semeval, "What is nearly right: the four figures of SemEval-2013");
  app->add_flag("--confusion", o->with_confusion,
                "Types taken for one another, kinds of error, the most frequent errors");
  app->add_option_function<std::size_t>(
         "--errors",
         [o](std::size_t n) {
           o->style.errors_shown = n;
           o->with_errors = true;
         },
         "The first so many sentences that hold errors, with them")
      ->type_name("N")
      ->check(CLI::Range(0, 1'000'000'000));
  app->add_option("--as", o->as_peer, "The figures that another scorer would print, and why they differ")
      ->type_name("PEER|all")
      ->check(CLI::IsMember(peer_names()));
  app->add_option_function<std::size_t>(
         "--bootstrap", [o](std::size_t n) { o->how.resamples = n; o->with_intervals = true; },
         "Intervals, by so many resamples")
      ->check(CLI::Range(1, 100'000'000));
  app->add_option("--compare", o->other, "Another system's file on the same gold: paired tests")->type_name("FILE");
  o->how.add_to(*app);
  app->add_option("--digits", o->style.digits, "Decimals in the text")->check(CLI::Range(0, 17));
  app->add_option("--fail-under", o->fail_under,
                  "A bar, as in micro.f1=0.85 or by_type.PER.recall=0.9; may be repeated")
      ->type_name("PATH=NUMBER")
      ->allow_extra_args(false);
  auto* const drop =
      app->add_option("--max-drop", o->max_drop,
                      "How much a figure may fall below the baseline, as in micro.f1=0.005; may be repeated")
          ->type_name("PATH=NUMBER")
          ->allow_extra_args(false);
  auto* const old = app->add_option("--baseline", o->baseline, "An earlier output of --format json")->type_name("FILE");
  drop->needs(old);
  old->needs(drop);
  return {app, [o, app] {
            resampling::must_be_wanted(*app, o->with_intervals || !o->other.empty());
            return score(*o);
          }};
}

}  // namespace cli
