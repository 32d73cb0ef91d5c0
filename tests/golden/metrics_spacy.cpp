// SPDX-License-Identifier: MIT
// spaCy's scores of entities: sets of spans, with and without labels; and entities beside annotation that is missing.
#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <tagspan/eval/scorer.hpp>
#include <tagspan/eval/select.hpp>

#include "golden.hpp"
#include "metrics.hpp"

using golden::json;
namespace ts = tagspan;

namespace {

using entities = std::vector<ts::token_entity>;

entities entities_of(json const& spans, ts::label_set& labels) {
  entities out;
  for (json const& s : spans) {
    std::string const type = s[0];
    labels.intern({"B-" + type}).value();
    out.push_back({{s[1], s[2]}, labels.find_type(type).value()});
  }
  return out;
}

// The peer compares sets.
entities each_once(entities list) {
  std::sort(list.begin(), list.end());
  list.erase(std::unique(list.begin(), list.end()), list.end());
  return list;
}

// The peer adds 1e-100 to its denominators, which changes no figure but 0 / 0.
bool near(json const& expected, ts::prf const& f) {
  return golden::near(expected[0], f.precision) && golden::near(expected[1], f.recall) &&
         golden::near(expected[2], f.f1);
}

// `figures` is [P, R, F], or null where nothing was counted.
void compare(std::string const& name, json const& figures, json const& per_type, ts::report const& r,
             std::string const& id, golden::tally& count) {
  if (figures.is_null()) {
    count.compare(name + " without counts", r.by_type.empty(), id);
    return;
  }
  count.compare(name, near(figures, r.micro), id, figures.dump());
  for (auto const& [type, expected] : per_type.items()) {
    ts::prf const* const found = r.find(type);
    // The peer lists every label that it has met, also where all its entities were left out.
    count.compare(name + " by type", near(expected, found == nullptr ? ts::prf{} : *found), id, type);
  }
  for (ts::typed_prf const& row : r.by_type) {
    if (!per_type.empty()) count.compare(name + " types", per_type.contains(row.type), id, row.type);
  }
}

json in_one(json const& answer) {
  return answer["p"].is_null() ? json() : json{answer["p"], answer["r"], answer["f"]};
}

void compare_spans(std::vector<json> const& rows, golden::tally& count) {
  for (json const& row : rows) {
    ts::label_set labels;
    ts::scorer labelled{labels}, unlabelled{labels};
    for (std::size_t i = 0; i < row["gold"].size(); ++i) {
      auto gold = each_once(entities_of(row["gold"][i], labels));
      auto predicted = each_once(entities_of(row["pred"][i], labels));
      labelled.add(gold, predicted).value();
      ts::drop_labels(gold);
      ts::drop_labels(predicted);
      unlabelled.add(gold, predicted).value();
    }
    json const& answer = row["spacy_score_spans"];
    compare("score_spans", in_one(answer), golden::object(answer, "per_type"), labelled.report(), row["id"], count);
    compare("score_spans, unlabelled", in_one(row["spacy_score_spans_unlabeled"]), json::object(), unlabelled.report(),
            row["id"], count);
  }
}

void compare_ner_prf(std::vector<json> const& rows, golden::tally& count) {
  for (json const& row : rows) {
    ts::label_set labels;
    ts::scorer scorer{labels};
    for (json const& example : row["examples"]) {
      if (!example["annotated"]) continue;
      auto const gold = entities_of(example["gold"], labels);
      std::vector<ts::token_span> unknown;
      for (std::size_t const token : example["missing"]) unknown.push_back({token, token + 1});
      entities predicted;
      for (ts::token_entity e : entities_of(example["pred"], labels)) {
        // On the gold tokens; what stands on none of them is free there.
        std::vector<std::size_t> tokens;
        for (std::size_t t = e.span.begin; t < e.span.end; ++t) {
          for (std::size_t const token : example["x2y"][t]) tokens.push_back(token);
        }
        if (!tokens.empty()) predicted.push_back({{tokens.front(), tokens.back() + 1}, e.type});
      }
      std::size_t const before = predicted.size();
      std::size_t const left_out = ts::drop_unknown(predicted, unknown);
      CHECK(left_out + predicted.size() == before);
      scorer.add(gold, predicted).value();
    }
    json const per_type = row["per_type"].is_null() ? json::object() : row["per_type"];
    bool const none = row["ents"].is_null() || row["ents"][0].is_null();
    compare("ner_prf", none ? json() : row["ents"], per_type, scorer.report(), row["id"], count);
  }
}

std::vector<golden::pin> const spans{
    {"score_spans", "", 11, 234},
    {"score_spans by type", "", 21, 525},
    {"score_spans types", "", 21, 525},
    {"score_spans without counts", "", 2, 26},
    {"score_spans, unlabelled", "", 11, 234},
    {"score_spans, unlabelled without counts", "", 2, 26},
};

std::vector<golden::pin> const ner_prf{
    {"ner_prf", "", 11, 129},
    {"ner_prf by type", "", 29, 317},
    {"ner_prf types", "", 28, 314},
    {"ner_prf without counts", "", 4, 21},
};

}  // namespace

TEST_CASE("spans, committed") {
  golden::tally count;
  compare_spans(golden::rows(golden::committed("metrics/spans.jsonl")), count);
  count.expect(spans, golden::set::committed);
}

TEST_CASE("spans") {
  std::string const path = golden::shared("golden/metrics/spans.jsonl");
  if (golden::is_missing(path)) return;
  golden::tally count;
  compare_spans(golden::rows(path), count);
  count.expect(spans, golden::set::full);
}

TEST_CASE("missing annotation, committed") {
  golden::tally count;
  compare_ner_prf(golden::rows(golden::committed("metrics/spacy_ner_prf.jsonl")), count);
  count.expect(ner_prf, golden::set::committed);
}

TEST_CASE("missing annotation") {
  std::string const path = golden::shared("golden/metrics/spacy_ner_prf.jsonl");
  if (golden::is_missing(path)) return;
  golden::tally count;
  compare_ner_prf(golden::rows(path), count);
  count.expect(ner_prf, golden::set::full);
}
