// SPDX-License-Identifier: MIT
#include "as_peer.hpp"
#include "cli.hpp"
#include "counting.hpp"

#include <tagspan/eval/gate.hpp>
#include <tagspan/io/json.hpp>

#include <algorithm>
#include <memory>

namespace cli {

namespace {

struct score_options : comparison::options {
  std::string scheme = "auto";
  ts::reading reading = ts::reading::lenient;
  std::string format = "text";
  int digits = 2;
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
ts::paired_report compare_with(score_options const& o, ts::scheme_id scheme, ts::document_counts const& counts) {
  comparison::options second = o;
  if (o.paths.size() == 1 && o.gold_column.empty()) second.gold_column = "-2";
  second.predicted_column.clear();
  second.paths = {o.paths[0], o.other};
  comparison const files(second);
  return compare(counts, count(files, scheme, o.reading, o.how).documents, o.how);
}

int score(score_options const& o) {
  auto const bars = parse_gates("--fail-under", o.fail_under);
  auto const drops = parse_gates("--max-drop", o.max_drop);
  std::optional<baseline> before;
  if (!o.baseline.empty()) before.emplace(o.baseline);

  comparison const files(o);
  auto const scheme = choose_scheme(o.scheme, files.labels, files.gold());
  if (!o.as_peer.empty()) {
    print(figures_as(o.as_peer, files, scheme.id, std::max(o.digits, 4)));
    if (!scheme.remark.empty()) note(scheme.remark);
    return all_is_well;
  }
  ts::counted_corpus const counted = count(files, scheme.id, o.reading, o.how);
  ts::report const& report = counted.report;

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

  // What machines read stands alone on stdout; what people want to know besides goes to stderr then.
  bool const for_people = o.format == "text";
  print(o.format == "counts" ? ts::to_counts_text(counted)
        : o.format == "json" ? ts::to_json_text(report)
                             : ts::to_text(report, o.digits));
  auto const say = [&](std::string const& line) { for_people ? print(line + '\n') : note(line); };
  auto const say_lines = [&](std::string text) {
    text.pop_back();  // say() ends the last line
    say(text);
  };
  int const digits = std::max(o.digits, 4);
  if (o.with_intervals) say_lines('\n' + to_text(intervals(counted.documents, o.how), o.how, digits));
  if (!o.other.empty()) {
    say_lines("\nfirst: " + o.paths.back() + "\nsecond: " + o.other + '\n' +
        to_text(compare_with(o, scheme.id, counted.documents), o.how, digits));
  }
  if (!scheme.remark.empty()) say(scheme.remark);
  int status = all_is_well;
  for (auto const& outcome : outcomes) {
    say(outcome.text);
    if (!outcome.passed) status = found_wanting;
  }
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
  add_scheme(*app, "--scheme", o->scheme,
             "The tag scheme, by which malformed tags are counted and strict reading goes");
  add_reading(*app, o->reading);
  app->add_option("--format", o->format, "text (default), json, or counts for `tagspan merge`")
      ->check(CLI::IsMember({"text", "json", "counts"}));
  app->add_option("--as", o->as_peer, "The figures that another scorer would print, and why they differ")
      ->type_name("PEER|all")
      ->check(CLI::IsMember(peer_names()));
  app->add_option_function<std::size_t>(
         "--bootstrap", [o](std::size_t n) { o->how.resamples = n; o->with_intervals = true; },
         "Intervals, by so many resamples")
      ->check(CLI::Range(1, 100'000'000));
  app->add_option("--compare", o->other, "Another system's file on the same gold: paired tests")->type_name("FILE");
  o->how.add_to(*app);
  app->add_option("--digits", o->digits, "Decimals in the text")->check(CLI::Range(0, 17));
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
  return {app, [o] { return score(*o); }};
}

}  // namespace cli
