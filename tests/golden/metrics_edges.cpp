// SPDX-License-Identifier: MIT
// Odd calls: nothing to score, letters nobody knows, untyped tags, sentences of two lengths.
#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "golden.hpp"
#include "metrics.hpp"

using golden::json;
namespace ts = tagspan;

namespace {

// Why an answer is not compared.
constexpr char const* other_question = "asked of a peer that another test is about";
constexpr char const* refused = "the peer refuses";
constexpr char const* not_a_number = "the peer divides by no types at all";
constexpr char const* no_such_label = "tagspan refuses the label";
constexpr char const* strips_hyphens = "the peer strips '-' from the ends of a type in strict mode";
constexpr char const* knows_no_underscore = "the peer takes '_' for a part of the type";
constexpr char const* unknown_letter = "the peer does not know one of the letters";
constexpr char const* crosses_sentences = "the peer lets an untyped entity cross sentences";
constexpr char const* falsy_type = "the peer takes the type 0 for none";
constexpr char const* untyped_twice = "the peer prints the empty type twice";
constexpr char const* raw_tokens = "the peer's -r makes each token an entity";
constexpr char const* no_bare_letters = "the peer has no untyped tags";
constexpr char const* drops_foreign = "the peer passes over letters that its scheme does not have";
constexpr char const* type_called_o = "the peer's IOB1 takes the type O for outside";

bool near(json const& expected, ts::prf const& f) {
  return golden::near(expected[0], f.precision) && golden::near(expected[1], f.recall) &&
         golden::near(expected[2], f.f1);
}

// Figures as the peer's dictionary has them; "nan" where it has that.
bool same_line(json const& expected, ts::prf const& f) {
  if (expected["precision"] == "nan") return expected["support"] == f.support;
  return near(json({expected["precision"], expected["recall"], expected["f1-score"]}), f) &&
         expected["support"] == f.support;
}

// Does tagspan know every label?
bool readable(json const& tags) { return ts::label_set().intern(tags.get<std::vector<std::string>>()).has_value(); }

void score_as_seqeval(json const& row, std::string const& name, golden::tally& count) {
  json const& call = row["call"];
  json const& expected = row["result"];
  bool const lengths = call["gold"].is_array() && !call["gold"].empty() && call["gold"][0].is_array() &&
                       call["gold"][0].size() != call["pred"][0].size();
  if (lengths) {
    ts::label_set labels;
    auto const gold = labels.intern(call["gold"][0].get<std::vector<std::string>>()).value();
    auto const predicted = labels.intern(call["pred"][0].get<std::vector<std::string>>()).value();
    ts::scorer scorer(labels);
    auto const added = scorer.add(gold, predicted);
    count.compare("sentences of two lengths are refused", !added && expected.contains("error"), name);
    return;
  }
  if (expected.is_object() && expected.contains("error")) return count.leave_out("seqeval scores", refused);

  ts::scorer_options options;
  if (call.value("zero_division", 0) == 1) options.metrics.zero_division = ts::zero_division::one;
  std::string scheme;
  // The peer's functions other than its report are strict only where both arguments ask for it.
  bool const asks = call.value("mode", json()) == "strict";
  bool const named = call.contains("scheme") && call["scheme"].is_string();
  if (asks && (named || call.contains("report_dict"))) {
    options.reading = ts::reading::strict;
    scheme = named ? call["scheme"].get<std::string>() : "IOB2";
  }
  ts::report const r = golden::score(call["gold"], call["pred"], options, scheme);
  if (call.contains("average") && call["average"].is_null()) {
    json found = json::array({json::array(), json::array(), json::array(), json::array()});
    for (ts::typed_prf const& f : r.by_type) {
      found[0].push_back(f.precision);
      found[1].push_back(f.recall);
      found[2].push_back(f.f1);
      found[3].push_back(f.support);
    }
    count.compare("seqeval by type", found, expected, name);  // all of them are 0 or 1
  } else if (call.contains("average")) {
    std::string const kind = call["average"];
    ts::prf const& f = kind == "micro" ? r.micro : kind == "macro" ? r.macro : r.weighted;
    if (expected[0] == "nan") return count.leave_out("seqeval averages", not_a_number);
    count.compare("seqeval averages", near(expected, f) && expected[3] == f.support, name);
  } else if (call.contains("report_text")) {
    count.compare("seqeval report", ts::to_text(r).starts_with(expected.get_ref<std::string const&>()), name,
                  ts::to_text(r));
  } else if (call.contains("report_dict")) {
    bool same = expected.size() == r.by_type.size() + 3 && same_line(expected["micro avg"], r.micro) &&
                same_line(expected["macro avg"], r.macro) && same_line(expected["weighted avg"], r.weighted);
    for (ts::typed_prf const& f : r.by_type) same = same && expected.contains(f.type) && same_line(expected[f.type], f);
    count.compare("seqeval report as a dictionary", same, name);
  } else if (call.contains("accuracy")) {
    count.compare("seqeval accuracy", golden::near(expected, r.accuracy()), name);
  } else {
    count.compare("seqeval F1", golden::near(expected, r.micro.f1), name);  // sample_weight does nothing there
  }
}

void read_as_seqeval(json const& row, std::string const& name, golden::tally& count) {
  json const& call = row["call"];
  bool const strict = call.contains("strict");
  std::string const what = strict ? "seqeval_strict" : "seqeval_default";
  json const& tags = strict ? call["tags"] : call["get_entities"];
  if (!readable(tags)) return count.leave_out(what, no_such_label);
  if (row["result"].is_object()) return count.leave_out(what, refused);
  if (!strict && !golden::has_only(tags, "BIES")) return count.leave_out(what, unknown_letter);
  auto const t = golden::read_tags(tags);
  for (std::string const tag : tags) {
    if (tag.size() > 1 && tag[1] == '_') return count.leave_out(what, knows_no_underscore);
    bool const hyphens = tag.size() > 2 && (tag[2] == '-' || tag.back() == '-');
    if (strict && hyphens && !row["result"].empty()) return count.leave_out(what, strips_hyphens);
  }
  auto const found = strict ? golden::entities_of(t, ts::reading::strict, golden::scheme_of(call["strict"]))
                            : golden::entities_of(t, ts::reading::lenient);
  count.compare(what, golden::as_json(found, t.labels, "_"), row["result"], name);
}

void detect_as_seqeval(json const& row, std::string const& name, golden::tally& count) {
  if (row["result"].is_object()) return count.leave_out("seqeval auto_detect", refused);
  auto const t = golden::read_tags(row["call"]["auto_detect"][0]);
  auto const found = t.labels.detect_scheme();
  count.compare("seqeval auto_detect", found == golden::scheme_of(row["result"]), name);
}

void print_as_conlleval(json const& row, std::string const& name, golden::tally& count) {
  json const& call = row["call"];
  json const& gold = call["gold"];
  if (call.contains("args")) return count.leave_out("conlleval_pl", raw_tokens);
  if (!readable(gold[0])) return count.leave_out("conlleval_pl", no_such_label);
  if (gold[0][0] == "B-0") return count.leave_out("conlleval_pl", falsy_type);
  if (gold[0][0] == "B") return count.leave_out("conlleval_pl", untyped_twice);
  std::string const found =
      golden::conlleval_text(golden::score(gold, call["pred"], {.reading = ts::reading::conlleval}));
  count.compare("conlleval_pl", found, row["result"].get<std::string>(), name);
}

void parse_as_iobes(json const& row, std::string const& name, golden::tally& count) {
  json const& call = row["call"];
  if (call["tags"][0] == "B") return count.leave_out("iobes", no_bare_letters);
  if (call["tags"][0] == "S-X" && call["parse"] == "IOB2") return count.leave_out("iobes", drops_foreign);
  auto const t = golden::read_tags(call["tags"]);
  count.compare("iobes", golden::as_json(golden::entities_of(t, ts::reading::lenient), t.labels),
                row["result"]["spans"], name);
  if (call["tags"][0] == "I-O" && call["parse"] == "IOB1") return count.leave_out("iobes errors", type_called_o);
  bool const sound = golden::violations_of(t, golden::scheme_of(call["parse"])).empty();
  count.compare("iobes errors", sound == row["result"]["errors"].empty(), name);
}

void compare(std::vector<json> const& rows, golden::tally& count) {
  for (json const& row : rows) {
    json const& call = row["call"];
    std::string const name = call.dump();
    if (row["peer"] == "conlleval_pl") {
      print_as_conlleval(row, name, count);
    } else if (row["peer"] == "iobes") {
      parse_as_iobes(row, name, count);
    } else if (row["peer"] != "seqeval") {
      count.leave_out(row["peer"], other_question);
    } else if (call.contains("gold")) {
      score_as_seqeval(row, name, count);
    } else if (call.contains("auto_detect")) {
      detect_as_seqeval(row, name, count);
    } else if (call.contains("get_entities_nested")) {
      count.leave_out("seqeval_default", crosses_sentences);
    } else {
      read_as_seqeval(row, name, count);
    }
  }
}

std::vector<golden::pin> const edges{
    {"conlleval_pl", "", 2, 2},
    {"iobes", "", 3, 3},
    {"iobes errors", "", 2, 2},
    {"sentences of two lengths are refused", "", 1, 1},
    {"seqeval F1", "", 5, 5},
    {"seqeval accuracy", "", 3, 3},
    {"seqeval auto_detect", "", 8, 8},
    {"seqeval averages", "", 20, 20},
    {"seqeval by type", "", 8, 8},
    {"seqeval report", "", 2, 2},
    {"seqeval report as a dictionary", "", 5, 5},
    {"seqeval_default", "", 4, 4},
    {"seqeval_strict", "", 11, 11},
    {"allennlp", other_question, 0, 5},
    {"conlleval_pl", no_such_label, 1, 1},
    {"conlleval_pl", untyped_twice, 1, 1},
    {"conlleval_pl", falsy_type, 1, 1},
    {"conlleval_pl", raw_tokens, 2, 2},
    {"flair", other_question, 0, 7},
    {"iobes", no_bare_letters, 1, 1},
    {"iobes", drops_foreign, 1, 1},
    {"iobes errors", type_called_o, 1, 1},
    {"nervaluate_v0.3.1", other_question, 0, 10},
    {"nervaluate_v1.1.0", other_question, 0, 21},
    {"seqeval auto_detect", refused, 6, 6},
    {"seqeval averages", not_a_number, 4, 4},
    {"seqeval scores", refused, 5, 5},
    {"seqeval_default", no_such_label, 7, 7},
    {"seqeval_default", unknown_letter, 3, 3},
    {"seqeval_default", crosses_sentences, 1, 1},
    {"seqeval_default", knows_no_underscore, 1, 1},
    {"seqeval_strict", no_such_label, 21, 21},
    {"seqeval_strict", refused, 8, 8},
    {"seqeval_strict", strips_hyphens, 2, 2},
    {"seqeval_strict", knows_no_underscore, 3, 3},
    {"spacy", other_question, 0, 25},
    {"stanza", other_question, 0, 7},
};

}  // namespace

TEST_CASE("odd calls, committed") {
  golden::tally count;
  compare(golden::rows(golden::committed("metrics/edges.jsonl")), count);
  count.expect(edges, golden::set::committed);
}

TEST_CASE("odd calls") {
  std::string const path = golden::shared("golden/metrics/edges.jsonl");
  if (golden::is_missing(path)) return;
  golden::tally count;
  compare(golden::rows(path), count);
  count.expect(edges, golden::set::full);
}
