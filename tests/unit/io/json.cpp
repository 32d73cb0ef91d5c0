// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <tagspan/eval/scorer.hpp>
#include <tagspan/io/json.hpp>
#include <vector>

namespace ts = tagspan;

namespace {

// PER twice right, LOC once of two, ORG only predicted; a type with dots; one malformed tag.
ts::report sample(ts::scorer_options const& options = {}) {
  ts::label_set labels;
  auto const gold = labels.intern({"B-PER", "I-PER", "O", "B-LOC", "B-a.b.c", "O"}).value();
  auto const predicted = labels.intern({"B-PER", "I-PER", "O", "B-ORG", "I-a.b.c", "O"}).value();
  ts::scorer<ts::bio> scorer{labels, options};
  scorer.add(gold, predicted).value();
  CHECK_FALSE(scorer.add(gold, std::vector<ts::label_id>{}));  // a rejected sentence
  return scorer.report();
}

std::vector<std::string> keys_of(nlohmann::ordered_json const& object) {
  std::vector<std::string> keys;
  for (auto const& item : object.items()) keys.push_back(item.key());
  return keys;
}

}  // namespace

TEST_CASE("the fields of a report, in their order") {
  ts::report const r = sample();
  nlohmann::ordered_json const j = r;
  CHECK(keys_of(j) == std::vector<std::string>{"signature", "scheme", "reading", "tokens", "sentences", "accuracy",
                                               "micro", "macro", "weighted", "by_type", "malformed", "rejected"});
  for (char const* line : {"micro", "macro", "weighted"}) {
    CHECK(keys_of(j[line]) == std::vector<std::string>{"precision", "recall", "f1", "support", "correct", "predicted"});
  }
  CHECK(keys_of(j["by_type"]) == std::vector<std::string>{"LOC", "ORG", "PER", "a.b.c"});
  CHECK(j["signature"] == r.signature());
  CHECK(j["scheme"] == "BIO");
  CHECK(j["reading"] == "lenient");
  CHECK(j["tokens"] == 6);
  CHECK(j["sentences"] == 1);
  CHECK(j["accuracy"].get<double>() == doctest::Approx(4.0 / 6).epsilon(1e-15));
  CHECK(j["micro"]["correct"] == 2);
  CHECK(j["micro"]["predicted"] == 3);
  CHECK(j["micro"]["support"] == 3);
  CHECK(j["by_type"]["PER"]["f1"] == 1.0);
  CHECK(j["by_type"]["ORG"]["support"] == 0);
  CHECK(j["malformed"] == nlohmann::ordered_json{{"gold", 0}, {"predicted", 1}});
  CHECK(j["rejected"] == 1);
  CHECK(nlohmann::json(r)["weighted"]["f1"] == r.weighted.f1);
}

TEST_CASE("a report comes back as it was") {
  struct row {
    char const* name;
    ts::scorer_options options;
  };
  row const rows[] = {
      {"plain", {}},
      {"strict, and nothing divided is one",
       {.reading = ts::reading::strict, .metrics = {.zero_division = ts::zero_division::one}}},
      {"over gold, F2", {.metrics = {.average_over = ts::average_over::gold, .beta = 2}}},
      {"a beta of many digits", {.metrics = {.beta = 1.0 / 3}}},
  };
  for (auto const& [name, options] : rows) {
    INFO(name);
    ts::report const r = sample(options);
    std::string const text = ts::to_json_text(r);
    auto const back = ts::report_from_json(text);
    REQUIRE(back);
    CHECK(ts::to_json_text(*back) == text);
    CHECK(back->signature() == r.signature());
    CHECK(back->by_type == r.by_type);
    CHECK(back->micro == r.micro);
    CHECK(back->correct_tokens == r.correct_tokens);
    CHECK(back->gold_fingerprint == r.gold_fingerprint);
  }
  ts::report const empty = ts::report_from_json(ts::to_json_text(ts::report{})).value();
  CHECK(empty.by_type.empty());
  CHECK(empty.tokens == 0);
}

TEST_CASE("figures by the path of a gate, as in the report itself") {
  ts::report const r = sample();
  std::string const text = ts::to_json_text(r);
  for (std::string_view path : {"micro.f1", "macro.recall", "weighted.precision", "by_type.PER.recall",
                                "by_type.a.b.c.f1", "by_type.ORG.support", "micro.correct", "accuracy"}) {
    INFO(path);
    CHECK(ts::figure_in_json(text, path).value() == ts::figure(r, path).value());
  }
  struct row {
    std::string_view text, path;
    ts::error expected;
  };
  row const rows[] = {
      {text, "by_type.MISC.f1", {ts::errc::unknown_type, 0, 0}},
      {text, "by_type.PER.f2", {ts::errc::bad_gate, 0, 0}},
      {text, "micro", {ts::errc::bad_gate, 0, 0}},
      {text, "malformed.both", {ts::errc::bad_gate, 0, 0}},
      {text, "scheme", {ts::errc::bad_gate, 0, 0}},  // no number
      {text, "", {ts::errc::bad_gate, 0, 0}},
      {"[1, 2]", "micro.f1", {ts::errc::bad_gate, 0, 0}},
      {R"({"micro": 1})", "micro.f1", {ts::errc::bad_gate, 0, 0}},
      {R"({"by_type": 1})", "by_type.PER.f1", {ts::errc::unknown_type, 0, 0}},
      {"", "micro.f1", {ts::errc::bad_json, 0, 0}},
      {R"({"micro": nan})", "micro.f1", {ts::errc::bad_json, 11, 0}},
      {"{} {}", "micro.f1", {ts::errc::bad_json, 3, 0}},
  };
  for (row const& x : rows) {
    INFO(x.text, " at ", x.path);
    auto const value = ts::figure_in_json(x.text, x.path);
    REQUIRE_FALSE(value);
    CHECK(value.error().code == x.expected.code);
    CHECK(value.error().where == x.expected.where);
  }
}

TEST_CASE("what is JSON and no report, and where") {
  std::string const good = ts::to_json_text(sample());
  REQUIRE(ts::report_from_json(good));
  for (char const* key : {"signature", "scheme", "reading", "tokens", "sentences", "accuracy", "micro", "macro",
                          "weighted", "by_type", "malformed", "rejected"}) {
    INFO(key);
    auto without = nlohmann::ordered_json::parse(good);
    without.erase(key);
    CHECK(ts::report_from_json(without.dump()).error() ==
          ts::error{ts::errc::bad_json, 0, 0});  // the object that lacks it
    auto with_null = nlohmann::ordered_json::parse(good);
    with_null[key] = nullptr;
    std::string const text = with_null.dump(1);
    CHECK(ts::report_from_json(text).error() == ts::error{ts::errc::bad_json, text.find("null"), 0});
  }
  for (char const* figure : {"precision", "recall", "f1", "support", "correct", "predicted"}) {
    INFO(figure);
    auto changed = nlohmann::ordered_json::parse(good);
    changed["by_type"]["PER"][figure] = "much";
    std::string const text = changed.dump();
    CHECK(ts::report_from_json(text).error() == ts::error{ts::errc::bad_json, text.find("\"much\""), 0});
    changed["by_type"]["PER"].erase(figure);
    std::string const lacking = changed.dump();
    CHECK(ts::report_from_json(lacking).error() == ts::error{ts::errc::bad_json, lacking.find("\"PER\":") + 6, 0});
  }
  struct row {
    std::string_view before, after;
    std::size_t offset;  // from where `before` stood to the place of the error
  };
  for (auto const& [before, after, offset] : {
           row{"\"tokens\": 6", "\"tokens\": -1", 10},
           row{"\"tokens\": 6", "\"tokens\": 6.5", 10},
           row{"\"tokens\": 6", "\"tokens\": 18446744073709551615", 10},  // more than accuracy can count
           row{"\"sentences\": 1", "\"sentences\": 18446744073709551616", 13},
           row{"\"sentences\": 1", "\"sentences\": 1e999", 17},  // no double: where it ends
           row{"\"sentences\": 1", "\"sentences\": 1, \"sentences\": 1", 16},
           row{"\"sentences\": 1", "\"sentences\": 1, \"sentence\\u0073\": 2", 16},
           row{"\"accuracy\": 0.", "\"accuracy\": 1.", 12},
           row{"\"accuracy\": 0.", "\"accuracy\": -0.", 12},
           row{"\"accuracy\": 0.", "\"accuracy\": nan0.", 13},
           row{"\"BIO\"", "\"\\ud800\"", 7},       // half a pair: where the text ends without the other
           row{"\"BIO\"", "\"\xED\xA0\x80\"", 2},  // not UTF-8
           row{"\"BIO\"", "\"\x01\"", 1},
           row{"\"BIO\"", "\"\\\\xZZ\"", 0},  // an escape that none writes
           row{"\"PER\": {", "\"\\\\x41\": {", 9},
           row{"\"PER\": {", "\"ORG\": {", 0},
           row{"|gold:", "|silver:", static_cast<std::size_t>(-1)},
           row{"|zero_division:0", "", static_cast<std::size_t>(-1)},
           row{"|over:", "|beta:two|over:", static_cast<std::size_t>(-1)},
           row{"|over:", "|beta:-1|over:", static_cast<std::size_t>(-1)},
           row{"|over:", "|beta:nan|over:", static_cast<std::size_t>(-1)},
       }) {
    INFO(std::string(after));
    std::string text = good;
    std::size_t const at = text.find(before);
    REQUIRE(at != std::string::npos);
    text.replace(at, before.size(), after);
    std::size_t const expected = offset < text.size() ? at + offset : text.find("\"tagspan:");
    CHECK(ts::report_from_json(text).error() == ts::error{ts::errc::bad_json, expected, 0});
  }
  CHECK(ts::report_from_json("\xEF\xBB\xBF [1]").error() == ts::error{ts::errc::bad_json, 4, 0});
  std::string const deep(1'000'000, '[');
  CHECK(ts::report_from_json(deep).error() == ts::error{ts::errc::bad_json, deep.size(), 0});
  std::string const closed = deep + std::string(deep.size(), ']');
  CHECK(ts::report_from_json(closed).error() == ts::error{ts::errc::bad_json, 0, 0});
}

TEST_CASE("names that look like a signature, and numbers without a word in JSON") {
  ts::report r = sample();
  r.scheme = "|zero_division:1|gold:77|beta:3";
  r.reading = "\xFF\"\\x|over:gold";
  r.options.beta = std::numeric_limits<double>::infinity();
  r.micro.f1 = -std::numeric_limits<double>::infinity();
  r.macro.recall = std::numeric_limits<double>::infinity();
  std::string const text = ts::to_json_text(r);
  CHECK((ts::report_from_json(text).value() == r));
  CHECK(nlohmann::json::parse(text)["micro"]["f1"] == "-inf");
  CHECK(nlohmann::json::parse(text)["macro"]["recall"] == "inf");
  r.weighted.f1 = std::numeric_limits<double>::quiet_NaN();
  CHECK(nlohmann::json(r)["weighted"]["f1"] == "nan");
  double const back = ts::report_from_json(ts::to_json_text(r)).value().weighted.f1;
  CHECK(back != back);
  CHECK(ts::figure_in_json(ts::to_json_text(r), "weighted.f1").error().code ==
        ts::errc::bad_gate);  // no bar is reached
}

TEST_CASE("types are bytes, and JSON is Unicode") {
  ts::label_set labels;
  auto const ids = labels.intern({"B-\xFF", "B-\xFE", "B-\xC3\xA9", "B-micro", "B-"}).value();
  ts::scorer<ts::bio> scorer{labels};
  scorer.add(ids, ids).value();
  std::string const text = ts::to_json_text(scorer.report());
  auto const j = nlohmann::json::parse(text);
  CHECK(j["by_type"].size() == 5);
  CHECK(j["by_type"].contains("\\xFF"));
  for (std::string_view path :
       {"by_type.\xFF.f1", "by_type.\xFE.f1", "by_type.\xC3\xA9.f1", "by_type.micro.f1", "by_type..f1"}) {
    CHECK(ts::figure_in_json(text, path).value() == 1);
  }
  CHECK(ts::figure_in_json(text, "by_type.\xFD.f1").error().code == ts::errc::unknown_type);
}

TEST_CASE("an escape is no name, and a name no escape: all come back as they were") {
  ts::label_set labels;
  auto const ids = labels
                       .intern({"B-\xFF", R"(B-\xFF)", R"(B-\x5CxFF)", R"(B-\\xFF)", "B-\\\xFF", R"(B-\)", R"(B-\x)",
                                R"(B-a\b)", "B-z"})
                       .value();
  ts::scorer<ts::bio> scorer{labels};
  scorer.add(ids, ids).value();
  ts::report const r = scorer.report();
  REQUIRE(r.by_type.size() == ids.size());
  std::string const text = ts::to_json_text(r);
  CHECK(nlohmann::json::parse(text)["by_type"].size() == ids.size());
  auto const back = ts::report_from_json(text);
  REQUIRE(back);
  CHECK(back->by_type == r.by_type);
  CHECK(ts::to_json_text(*back) == text);
  for (ts::typed_prf const& row : r.by_type) {
    CHECK(ts::figure_in_json(text, "by_type." + row.type + ".f1").value() == 1);
  }
  auto const named = [&](char const* type) {
    auto changed = nlohmann::json::parse(text);
    changed["by_type"][type] = changed["by_type"]["z"];
    return ts::report_from_json(changed.dump()).has_value();
  };
  CHECK(named(R"(\xFE)"));
  CHECK_FALSE(named(R"(\xF)"));
  CHECK_FALSE(named(R"(\xfe)"));
  CHECK_FALSE(named(R"(\x7A)"));  // "z" a second time

  nlohmann::ordered_json const config = {{"id2label", ts::id2label_json(labels)},
                                         {"label2id", ts::label2id_json(labels)}};
  CHECK(config["label2id"].size() == labels.size());
  auto const read = ts::label_set_from_config_text(config.dump()).value();
  REQUIRE(read.size() == labels.size());
  for (ts::label_id id : ids) CHECK(read.name(id) == labels.name(id));
  // No escape of ours: another's label, as it is.
  CHECK(ts::label_set_from_config_text(R"({"id2label": {"0": "B-\\x41"}})")->name(0) == R"(B-\x41)");
}

TEST_CASE("the labels of a config.json: keys are text, in any order") {
  // Twelve labels, so that "10" and "11" sort before "2".
  auto const labels = ts::label_set::for_types<ts::bioes>({"PER", "LOC"}).growing();
  auto const more = ts::label_set::for_types<ts::bio>({"A", "B", "C", "D", "E", "F"});
  for (ts::label_set const* set : {&labels, &more}) {
    nlohmann::ordered_json const in_order = {{"id2label", ts::id2label_json(*set)}, {"label2id", ts::label2id_json(*set)}};
    nlohmann::json const sorted = nlohmann::json::parse(in_order.dump());
    CHECK(in_order["label2id"].size() == set->size());
    CHECK(in_order["label2id"]["O"] == 0);
    for (auto const& read : {ts::label_set_from_config(in_order), ts::label_set_from_config(sorted),
                             ts::label_set_from_config_text(sorted.dump())}) {
      REQUIRE(read);
      REQUIRE(read->size() == set->size());
      CHECK(read->frozen());
      for (std::size_t i = 0; i < set->size(); ++i) {
        auto const id = static_cast<ts::label_id>(i);
        CHECK(read->name(id) == set->name(id));
        CHECK(in_order["id2label"][std::to_string(i)] == std::string(set->name(id)));
      }
    }
  }
}

TEST_CASE("what is wrong with a config.json, and where") {
  struct row {
    char const* text;
    ts::error expected;
  };
  for (row const& r : {
           row{R"({"id2label": {"0": "O", "1": "B-X")", {ts::errc::bad_json, 34, 0}},
           row{R"({})", {ts::errc::bad_json, 0, 0}},
           row{R"([])", {ts::errc::bad_json, 0, 0}},
           row{R"({"id2label": ["O"]})", {ts::errc::bad_json, 0, 0}},
           row{R"({"id2label": {"0": "O", "1": 5}})", {ts::errc::bad_label_name, 1, 0}},
           row{R"({"id2label": {"0": "O", "one": "B-X"}})", {ts::errc::bad_label_key, 1, 0}},
           row{R"({"id2label": {"0": "O", "-1": "B-X"}})", {ts::errc::bad_label_key, 1, 0}},
           row{R"({"id2label": {"0": "O", "01": "B-X"}})", {ts::errc::bad_label_key, 1, 0}},
           row{R"({"id2label": {"0": "O", "1 ": "B-X"}})", {ts::errc::bad_label_key, 1, 0}},
           row{R"({"id2label": {"": "O"}})", {ts::errc::bad_label_key, 0, 0}},
           row{R"({"id2label": {"99999999999999999999999": "O"}})", {ts::errc::bad_label_key, 0, 0}},
           row{R"({"id2label": {"1": "O", "0": "B-X", "1": "I-X"}})", {ts::errc::bad_label_key, 2, 0}},
           row{R"({"id2label": {"0": "O", "2": "B-X"}})", {ts::errc::label_gap, 1, 2}},
           row{R"({"id2label": {"1": "O", "2": "B-X"}})", {ts::errc::label_gap, 0, 2}},
           row{R"({"id2label": {"2": "O", "0": "B-X", "1": "O"}})", {ts::errc::duplicate_label, 2, 1}},
           row{R"({"id2label": {"0": "O", "1": ""}})", {ts::errc::empty_label, 1, 0}},
           row{R"({"id2label": {"0": "O", "1": "PER"}})", {ts::errc::label_without_prefix, 1, 0}},
       }) {
    CAPTURE(std::string(r.text));
    auto const read = ts::label_set_from_config_text(r.text);
    REQUIRE_FALSE(read);
    CHECK(read.error().code == r.expected.code);
    CHECK(read.error().where == r.expected.where);
    CHECK(read.error().inner == r.expected.inner);
    CHECK(ts::message(read.error()).find('%') == std::string::npos);
  }
  CHECK(ts::label_set_from_config_text(R"({"task": {"0": 1, "0": 2}, "id2label": {}})")->size() == 0);
  CHECK(ts::label_set_from_config_text(R"({"id2label": {"0": "O", "1": "PER"}})", {.no_prefix = ts::no_prefix::inside})
            ->size() == 2);
}

TEST_CASE("counts as JSON, and back") {
  ts::counted_corpus c;
  auto const row = [&](char const* type, std::uint32_t correct, std::uint32_t predicted, std::uint32_t gold) {
    return ts::type_counts{c.documents.type(type), correct, predicted, gold};
  };
  ts::type_counts const first[] = {row("PER", 1, 2, 1), row("\xff\\x", 0, 0, 3)};
  ts::type_counts const second[] = {row("PER", 0, 0, 1)};
  c.documents.add(first);
  c.documents.add({});
  c.documents.add(second);
  c.documents.add({});
  c.report.scheme = "BIO";
  c.report.reading = "lenient";
  c.report.sentences = 4;
  c.report.tokens = 30;
  c.report.correct_tokens = 25;
  c.report.malformed_predicted = 2;
  c.report.gold_fingerprint = 0xfedcba9876543210U;
  c.report.options.beta = 0.5;
  ts::detail::set_counts(c.report, c.documents);

  std::string const text = ts::to_counts_text(c);
  CHECK(text ==
        R"({"tagspan_counts":1,"scheme":"BIO","reading":"lenient","zero_division":0,"average_over":"gold+predicted","beta":"0.5",)"
        R"("sentences":4,"tokens":30,"correct_tokens":25,"malformed_gold":0,"malformed_predicted":2,"rejected":0,)"
        R"("gold_fingerprint":"fedcba9876543210","types":["PER","\\xFF\\x5Cx"],)"
        R"("documents":[[2],[1,[0,0,0,1]],[1,[0,1,2,1],[1,0,0,3]]]})"
        "\n");
  auto const back = ts::counts_from_json(text).value();
  CHECK(ts::to_text(back.report, 17) == ts::to_text(c.report, 17));
  CHECK(ts::to_counts_text(back) == text);

  struct change {
    std::string_view before, after;
    std::size_t offset;  // from where `before` stands to the place of the error
  };
  for (auto const& [before, after, offset] : {
           change{"\"tagspan_counts\":1", "\"tagspan_counts\":2", 17},
           change{"\"zero_division\":0", "\"zero_division\":2", 16},
           change{"\"gold+predicted\"", "\"predicted\"", 0},
           change{"\"0.5\"", "\"x\"", 0},
           change{"\"0.5\"", "\"-1\"", 0},
           change{"\"0.5\"", "0.5", 0},
           change{"\"fedcba98", "\"fedcba9g", 0},
           change{"\"sentences\":4", "\"sentences\":3", 200},  // the document that is one too many
           change{"\"sentences\":4", "\"sentences\":-4", 12},
           change{"\"sentences\":4", "\"sentences\":4e18", 12},
           change{"\"sentences\":4", "\"sentences\":4000000000000000000", 12},
           change{"\"sentences\":4", "\"tokens\":4", 0},
           change{"\"PER\",", "\"PER\",\"PER\",", 6},
           change{"\"PER\"", "5", 0},
           change{"\"\\\\xFF", "\"\\\\xfg", 0},
           change{"[2]", "2", 0},
           change{"[2]", "[]", 0},
           change{"[2]", "[2,3]", 3},
           change{"[1,0,0,3]", "[2,0,0,3]", 0},
           change{"[1,0,0,3]", "[0,0,0,3]", 0},
           change{"[0,1,2,1]", "[0,2,2,1]", 0},
           change{"[0,1,2,1]", "[0,1,0,1]", 0},
           change{"[0,1,2,1]", "[0,1,2]", 0},
           change{"[0,1,2,1]", "[0,1,2,5000000000]", 7},
           change{"[0,1,2,1]", "[0,1,2,1.5]", 7},
           change{"\"correct_tokens\":25", "\"correct_tokens\":31", 17},
       }) {
    INFO(std::string(after));
    std::string bad = text;
    std::size_t at = bad.find(before);
    REQUIRE(at != std::string::npos);
    bad.replace(at, before.size(), after);
    at += offset;
    if (offset == 200) at = bad.find("[1,[0,1,2,1]");
    if (after == "\"tokens\":4") at = bad.find("\"tokens\":30");
    CHECK(ts::counts_from_json(bad).error() == ts::error{ts::errc::bad_json, at, 0});
  }
  for (char const* none : {"{}", "[]"})
    CHECK(ts::counts_from_json(none).error() == ts::error{ts::errc::bad_json, 0, 0});
  CHECK(ts::counts_from_json(text.substr(0, 40)).error() == ts::error{ts::errc::bad_json, 40, 0});
}
