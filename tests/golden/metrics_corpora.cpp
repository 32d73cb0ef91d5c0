// SPDX-License-Identifier: MIT
// Whole corpora, gold beside predicted: counts, figures and averages as the peers give them.
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "golden.hpp"
#include "metrics.hpp"

using golden::json;
namespace ts = tagspan;

namespace {

// Why an answer is not compared.
constexpr char const* unknown_letter = "the peer does not know one of the letters";
constexpr char const* refused = "the peer refuses these tags";
constexpr char const* not_a_number = "the peer divides by no types at all";
constexpr char const* no_tokens = "the peer has no accuracy without tokens";
constexpr char const* wrong_scheme = "the peer's strict IOB1 and IOE1 are wrong";

bool has_only(json const& sentences, char const* letters) {
  for (json const& s : sentences) {
    if (!golden::has_only(s, letters)) return false;
  }
  return true;
}

bool near(json const& expected, ts::prf const& f) {
  return golden::near(expected[0], f.precision) && golden::near(expected[1], f.recall) &&
         golden::near(expected[2], f.f1);
}

std::string shown(ts::prf const& f) { return json({f.precision, f.recall, f.f1, f.support}).dump(); }

ts::scorer_options options_of(ts::reading reading, std::string const& zero_division) {
  ts::scorer_options options{.reading = reading};
  if (zero_division == "zd1") options.metrics.zero_division = ts::zero_division::one;
  return options;
}

// [sentence, type, start, end) of all sentences.
json spans_of(json const& sentences, ts::reading reading, std::optional<ts::scheme_id> scheme) {
  json out = json::array();
  for (std::size_t i = 0; i < sentences.size(); ++i) {
    auto const t = golden::read_tags(sentences[i]);
    for (json const& s : golden::as_json(golden::entities_of(t, reading, scheme), t.labels)) {
      out.push_back({i, s[0], s[1], s[2]});
    }
  }
  return out;
}

json counts_of(ts::report const& r) {
  json out = json::object();
  for (ts::typed_prf const& row : r.by_type) {
    out[row.type] = {{"tp", row.correct}, {"pred", row.predicted}, {"true", row.support}};
  }
  return out;
}

// All that seqeval says of a corpus in one of its modes.
void compare_seqeval(std::string const& name, json const& row, json const& answer, ts::reading reading,
                     std::string const& scheme, golden::tally& count) {
  std::string const id = row["id"];
  std::optional<ts::scheme_id> which;
  if (!scheme.empty()) which = golden::scheme_of(scheme);
  for (std::string const zd : {"zd0", "zd1"}) {
    ts::report const r = golden::score(row["gold"], row["pred"], options_of(reading, zd), scheme);
    json counts = answer["types"];
    for (json& type : counts) {
      type.erase("zd0");
      type.erase("zd1");
    }
    count.compare(name + " counts", counts_of(r), counts, id);
    if (!answer.contains("avg")) return;
    for (ts::typed_prf const& type : r.by_type) {
      count.compare(name + " by type", near(answer["types"][type.type][zd], type), id, shown(type));
    }
    for (auto const& [kind, expected] : answer["avg"][zd].items()) {
      ts::prf const& found = kind == "micro" ? r.micro : kind == "macro" ? r.macro : r.weighted;
      if (expected[0] == "nan") {
        count.leave_out(name + " " + kind, not_a_number);
        double const undefined = zd == "zd1" ? 1 : 0;
        CHECK(near(json({undefined, undefined, undefined}), found));
      } else {
        count.compare(name + " " + kind, near(expected, found) && expected[3] == found.support, id, shown(found));
      }
    }
    if (zd == "zd1" || !answer.contains("accuracy")) continue;
    if (answer["accuracy"].is_object()) {
      count.leave_out(name + " accuracy", no_tokens);
      CHECK(r.tokens == 0);
    } else {
      count.compare(name + " accuracy", golden::near(answer["accuracy"], r.accuracy()), id);
    }
  }
  if (answer.contains("gold_spans")) {
    count.compare(name + " spans", spans_of(row["gold"], reading, which), answer["gold_spans"], id);
    count.compare(name + " spans", spans_of(row["pred"], reading, which), answer["pred_spans"], id);
  }
}

void compare_conlleval(json const& row, golden::tally& count) {
  if (!has_only(row["gold"], "BIESUW") || !has_only(row["pred"], "BIESUW")) {
    count.leave_out("conlleval_pl", unknown_letter);
    return;
  }
  json const& expected = row["conlleval_pl"];
  ts::report const r = golden::score(row["gold"], row["pred"], {.reading = ts::reading::conlleval});
  json found = {{"tokens", r.tokens},         {"gold", r.micro.support},          {"found", r.micro.predicted},
                {"correct", r.micro.correct}, {"correct_tags", r.correct_tokens}, {"types", json::object()}};
  auto const figures = [](ts::prf const& f) {
    return json({golden::percent(f.precision), golden::percent(f.recall), golden::percent(f.f1)});
  };
  for (ts::typed_prf const& type : r.by_type) {
    found["types"][type.type] = {
        {"correct", type.correct}, {"gold", type.support}, {"found", type.predicted}, {"percent", figures(type)}};
  }
  found["percent"] = nullptr;  // the script prints none without tokens
  if (r.tokens != 0) {
    found["percent"] = figures(r.micro);
    found["percent"].insert(found["percent"].begin(), golden::percent(r.accuracy()));
  }
  count.compare("conlleval_pl", found, expected, row["id"]);
}

void compare_others(json const& row, golden::tally& count) {
  std::string const id = row["id"];
  for (auto const& [encoding, answer] : golden::object(row, "allennlp").items()) {
    std::string const name = "allennlp " + encoding;
    if (!answer.contains("types")) {
      count.leave_out(name, refused);
      continue;
    }
    ts::report const r = golden::score(row["gold"], row["pred"], {});
    json found = json::object();
    for (ts::typed_prf const& f : r.by_type) {
      found[f.type] = {f.correct, f.predicted - f.correct, f.support - f.correct};
    }
    json expected = json::object();
    for (auto const& [type, figures] : answer["types"].items()) expected[type] = {figures[0], figures[1], figures[2]};
    count.compare(name, found, expected, id);
  }
}

void compare(std::vector<json> const& rows, golden::tally& count) {
  for (json const& row : rows) {
    if (has_only(row["gold"], "BIES") && has_only(row["pred"], "BIES")) {
      compare_seqeval("seqeval_default", row, row["seqeval_default"], ts::reading::lenient, "", count);
    } else {
      count.leave_out("seqeval_default", unknown_letter);
    }
    for (auto const& [scheme, answer] : row["seqeval_strict"].items()) {
      std::string const name = "seqeval_strict " + scheme;
      if (!answer.contains("types")) {
        count.leave_out(name, refused);
      } else if (scheme == "IOB1" || scheme == "IOE1") {
        ts::report const r = golden::score(row["gold"], row["pred"], {.reading = ts::reading::strict}, scheme);
        json counts = answer["types"];
        for (json& type : counts) {
          type.erase("zd0");
          type.erase("zd1");
        }
        count.leave_out(name + (counts_of(r) == counts ? ", the same" : ", differs"), wrong_scheme);
      } else {
        compare_seqeval(name, row, answer, ts::reading::strict, scheme, count);
      }
    }
    compare_conlleval(row, count);
    compare_others(row, count);
  }
}

std::vector<golden::pin> const corpora{
    {"allennlp BIO", "", 29, 132},
    {"allennlp BIOUL", "", 8, 37},
    {"allennlp IOB1", "", 29, 132},
    {"conlleval_pl", "", 65, 346},
    {"seqeval_default accuracy", "", 60, 318},
    {"seqeval_default by type", "", 216, 1356},
    {"seqeval_default counts", "", 122, 648},
    {"seqeval_default macro", "", 106, 568},
    {"seqeval_default micro", "", 122, 648},
    {"seqeval_default spans", "", 122, 648},
    {"seqeval_default weighted", "", 122, 648},
    {"seqeval_strict BILOU by type", "", 44, 234},
    {"seqeval_strict BILOU counts", "", 59, 301},
    {"seqeval_strict BILOU macro", "", 20, 108},
    {"seqeval_strict BILOU micro", "", 22, 124},
    {"seqeval_strict BILOU spans", "", 22, 124},
    {"seqeval_strict BILOU weighted", "", 22, 124},
    {"seqeval_strict IOB2 by type", "", 60, 262},
    {"seqeval_strict IOB2 counts", "", 56, 254},
    {"seqeval_strict IOB2 macro", "", 30, 116},
    {"seqeval_strict IOB2 micro", "", 36, 140},
    {"seqeval_strict IOB2 spans", "", 36, 140},
    {"seqeval_strict IOB2 weighted", "", 36, 140},
    {"seqeval_strict IOBES by type", "", 28, 196},
    {"seqeval_strict IOBES counts", "", 73, 387},
    {"seqeval_strict IOBES macro", "", 18, 102},
    {"seqeval_strict IOBES micro", "", 24, 126},
    {"seqeval_strict IOBES spans", "", 24, 126},
    {"seqeval_strict IOBES weighted", "", 24, 126},
    {"seqeval_strict IOE2 by type", "", 30, 280},
    {"seqeval_strict IOE2 counts", "", 40, 244},
    {"seqeval_strict IOE2 macro", "", 14, 110},
    {"seqeval_strict IOE2 micro", "", 18, 122},
    {"seqeval_strict IOE2 spans", "", 18, 122},
    {"seqeval_strict IOE2 weighted", "", 18, 122},
    {"allennlp BIOUL", refused, 3, 25},
    {"conlleval_pl", unknown_letter, 6, 33},
    {"seqeval_default", unknown_letter, 10, 55},
    {"seqeval_default accuracy", no_tokens, 1, 6},
    {"seqeval_default macro", not_a_number, 16, 80},
    {"seqeval_strict BILOU", refused, 23, 140},
    {"seqeval_strict BILOU macro", not_a_number, 2, 16},
    {"seqeval_strict IOB1", refused, 33, 195},
    {"seqeval_strict IOB1, differs", wrong_scheme, 5, 36},
    {"seqeval_strict IOB1, the same", wrong_scheme, 33, 148},
    {"seqeval_strict IOB2", refused, 33, 195},
    {"seqeval_strict IOB2 macro", not_a_number, 6, 24},
    {"seqeval_strict IOBES", refused, 10, 55},
    {"seqeval_strict IOBES macro", not_a_number, 6, 24},
    {"seqeval_strict IOE1", refused, 40, 196},
    {"seqeval_strict IOE1, differs", wrong_scheme, 3, 21},
    {"seqeval_strict IOE1, the same", wrong_scheme, 28, 162},
    {"seqeval_strict IOE2", refused, 40, 196},
    {"seqeval_strict IOE2 macro", not_a_number, 4, 12},
};

std::vector<golden::pin> const big{
    {"allennlp BIO", "", 0, 1},
    {"allennlp IOB1", "", 0, 1},
    {"conlleval_pl", "", 0, 1},
    {"seqeval_default accuracy", "", 0, 1},
    {"seqeval_default by type", "", 0, 8},
    {"seqeval_default counts", "", 0, 2},
    {"seqeval_default macro", "", 0, 2},
    {"seqeval_default micro", "", 0, 2},
    {"seqeval_default weighted", "", 0, 2},
    {"seqeval_strict BILOU counts", "", 0, 1},
    {"seqeval_strict IOB2 by type", "", 0, 8},
    {"seqeval_strict IOB2 counts", "", 0, 2},
    {"seqeval_strict IOB2 macro", "", 0, 2},
    {"seqeval_strict IOB2 micro", "", 0, 2},
    {"seqeval_strict IOB2 weighted", "", 0, 2},
    {"seqeval_strict IOBES counts", "", 0, 1},
    {"seqeval_strict IOB1, differs", wrong_scheme, 0, 1},
    {"seqeval_strict IOE1", refused, 0, 1},
    {"seqeval_strict IOE2", refused, 0, 1},
};

}  // namespace

TEST_CASE("corpora, committed") {
  golden::tally count;
  compare(golden::rows(golden::committed("metrics/corpora.jsonl")), count);
  count.expect(corpora, golden::set::committed);
}

TEST_CASE("corpora") {
  std::string const path = golden::shared("golden/metrics/corpora.jsonl");
  if (golden::is_missing(path)) return;
  golden::tally count;
  compare(golden::rows(path), count);
  count.expect(corpora, golden::set::full);
}

TEST_CASE("the big corpus") {
  std::string const path = golden::shared("golden/metrics/corpus_big.jsonl");
  if (golden::is_missing(path)) return;
  golden::tally count;
  compare(golden::rows(path), count);
  count.expect(big, golden::set::full);
}
