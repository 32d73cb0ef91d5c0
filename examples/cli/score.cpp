// SPDX-License-Identifier: MIT
#include "cli.hpp"

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

ts::report measure(comparison const& files, ts::scheme_id scheme, ts::reading reading) {
  return ts::visit_scheme(scheme, [&]<class S>(S) {
    ts::scorer<S> scorer{files.labels, {.reading = reading}};
    for (std::size_t i = 0; i < files.gold().size(); ++i) {
      auto const counted = scorer.add(files.gold().tags_of(i), files.predicted_of(i));
      if (!counted) note("rejected: " + ts::message(counted.error()));
    }
    return scorer.report();
  });
}

int score(score_options const& o) {
  auto const bars = parse_gates("--fail-under", o.fail_under);
  auto const drops = parse_gates("--max-drop", o.max_drop);
  std::optional<baseline> before;
  if (!o.baseline.empty()) before.emplace(o.baseline);

  comparison const files(o);
  auto const scheme = choose_scheme(o.scheme, files.labels, files.gold());
  ts::report const report = measure(files, scheme.id, o.reading);

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

  // JSON stands alone on stdout; what people want to know besides goes to stderr then.
  bool const json = o.format == "json";
  print(json ? ts::to_json_text(report) : ts::to_text(report, o.digits));
  auto const say = [&](std::string const& line) { json ? note(line) : print(line + '\n'); };
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
  app->add_option("--format", o->format, "text (default) or json")->check(CLI::IsMember({"text", "json"}));
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
