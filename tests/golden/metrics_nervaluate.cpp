// SPDX-License-Identifier: MIT
// nervaluate 1.1.0 on documents of spans and on whole corpora: counts and figures, over all types and type by type.
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <tagspan/compat/nervaluate.hpp>

#include "golden.hpp"
#include "metrics.hpp"

using golden::json;
namespace ts = tagspan;

namespace {

// Why an answer is not compared.
constexpr char const* half_credits = "the peer drops the half credits over several documents";
constexpr char const* refused = "the peer refuses these documents";

using documents = std::vector<std::pair<std::vector<ts::token_entity>, std::vector<ts::token_entity>>>;

std::vector<ts::token_entity> entities_of(json const& spans, ts::label_set const& labels) {
  std::vector<ts::token_entity> out;
  for (json const& s : spans) {
    out.push_back({{s[1], s[2]}, labels.find_type(s[0].get_ref<std::string const&>()).value()});
  }
  return out;
}

documents documents_of_spans(json const& row, ts::label_set& labels) {
  for (json const& type : row["tags"]) labels.intern({"B-" + type.get<std::string>()}).value();
  documents out;
  for (std::size_t i = 0; i < row["gold"].size(); ++i) {
    out.emplace_back(entities_of(row["gold"][i], labels), entities_of(row["pred"][i], labels));
  }
  return out;
}

// What the peer was given: tags, or the spans that seqeval's default mode reads from them.
documents documents_of_corpus(json const& row, ts::label_set& labels) {
  documents out(row["gold"].size());
  if (row["nervaluate"]["input"] == "tags") {
    for (std::size_t i = 0; i < out.size(); ++i) {
      auto const read = [&](json const& tags) {
        return ts::to_entities(labels.intern(tags.get<std::vector<std::string>>()).value(), labels).value();
      };
      out[i].first = read(row["gold"][i]);
      out[i].second = read(row["pred"][i]);
    }
    return out;
  }
  auto const read = [&](json const& spans, auto side) {
    for (json const& s : spans) {
      std::string const type = s[1];
      labels.intern({"B-" + type}).value();
      (out[s[0].get<std::size_t>()].*side).push_back({{s[2], s[3]}, labels.find_type(type).value()});
    }
  };
  read(row["seqeval_default"]["gold_spans"], &documents::value_type::first);
  read(row["seqeval_default"]["pred_spans"], &documents::value_type::second);
  return out;
}

void compare_counts(std::string const& name, ts::semeval_counts const& c, bool is_partial, std::size_t document_count,
                    json const& expected, std::string const& id, golden::tally& count) {
  json const found = {c.correct, c.incorrect, c.partial, c.missed, c.spurious, c.possible(), c.actual()};
  json counts = expected;
  counts.erase(counts.begin() + 7, counts.end());
  count.compare(name + " counts", found, counts, id);
  auto const agree = [&](ts::prf const& f) {
    return golden::near(expected[7], f.precision) && golden::near(expected[8], f.recall) &&
           golden::near(expected[9], f.f1);
  };
  if (is_partial && c.partial != 0 && document_count > 1) {
    count.leave_out(name + " figures", half_credits);
    CHECK_MESSAGE(agree(ts::figures(ts::entity_counts{c.correct, c.actual(), c.possible()})), id << " " << name);
    ts::prf const mended = ts::figures(c);
    double const credit = static_cast<double>(c.correct) + 0.5 * static_cast<double>(c.partial);
    CHECK(golden::near(mended.precision, credit / static_cast<double>(c.actual())));
    CHECK(golden::near(mended.recall, credit / static_cast<double>(c.possible())));
  } else {
    count.compare(name + " figures", agree(ts::figures(c)), id, expected.dump());
  }
}

void compare_answer(std::string const& name, documents const& all, ts::label_set const& labels, double percentage,
                    json const& answer, std::string const& id, golden::tally& count) {
  if (answer.contains("error")) return count.leave_out(name, refused);
  ts::compat::nervaluate_scorer scorer{labels, {.min_overlap_percentage = percentage}};
  for (auto const& [gold, predicted] : all) scorer.add(gold, predicted).value();
  ts::semeval_report const r = scorer.report();
  auto const compare_tally = [&](std::string const& what, ts::semeval_tally const& t, json const& expected) {
    compare_counts(what, t.strict, false, all.size(), expected["strict"], id, count);
    compare_counts(what, t.exact, false, all.size(), expected["exact"], id, count);
    compare_counts(what, t.partial, true, all.size(), expected["partial"], id, count);
    compare_counts(what, t.type, false, all.size(), expected["ent_type"], id, count);
  };
  compare_tally(name, r, answer["overall"]);
  count.compare(name + " types", r.by_type.size() == answer["entities"].size(), id);
  for (ts::named_semeval_tally const& row : r.by_type) {
    if (!answer["entities"].contains(row.name)) continue;
    compare_tally(name + " by type", row, answer["entities"][row.name]);
  }
}

void compare_spans(std::vector<json> const& rows, golden::tally& count) {
  for (json const& row : rows) {
    ts::label_set labels;
    documents const all = documents_of_spans(row, labels);
    for (auto const& [setting, answer] : row["nervaluate_v1.1.0"].items()) {
      double const percentage = setting == "default" ? 1 : std::stod(setting.substr(7));
      compare_answer(setting, all, labels, percentage, answer, row["id"], count);
    }
  }
}

void compare_corpora(std::vector<json> const& rows, golden::tally& count) {
  for (json const& row : rows) {
    ts::label_set labels;
    documents const all = documents_of_corpus(row, labels);
    compare_answer("corpora", all, labels, 1, row["nervaluate"]["v1.1.0"], row["id"], count);
  }
}

std::vector<golden::pin> const spans{
    {"default by type counts", "", 84, 2100},
    {"default by type figures", "", 75, 1889},
    {"default counts", "", 52, 1040},
    {"default figures", "", 46, 905},
    {"default types", "", 13, 260},
    {"overlap100 by type counts", "", 84, 2100},
    {"overlap100 by type figures", "", 80, 2001},
    {"overlap100 counts", "", 52, 1040},
    {"overlap100 figures", "", 48, 952},
    {"overlap100 types", "", 13, 260},
    {"overlap50 by type counts", "", 84, 2100},
    {"overlap50 by type figures", "", 75, 1907},
    {"overlap50 counts", "", 52, 1040},
    {"overlap50 figures", "", 46, 906},
    {"overlap50 types", "", 13, 260},
    {"default by type figures", half_credits, 9, 211},
    {"default figures", half_credits, 6, 135},
    {"overlap100 by type figures", half_credits, 4, 99},
    {"overlap100 figures", half_credits, 4, 88},
    {"overlap50 by type figures", half_credits, 9, 193},
    {"overlap50 figures", half_credits, 6, 134},
};

std::vector<golden::pin> const corpora{
    {"corpora by type counts", "", 0, 3252},
    {"corpora by type figures", "", 0, 3142},
    {"corpora counts", "", 0, 1516},
    {"corpora figures", "", 0, 1415},
    {"corpora types", "", 0, 379},
    {"corpora by type figures", half_credits, 0, 110},
    {"corpora figures", half_credits, 0, 101},
};

}  // namespace

TEST_CASE("nervaluate on spans, committed") {
  golden::tally count;
  compare_spans(golden::rows(golden::committed("metrics/spans.jsonl")), count);
  count.expect(spans, golden::set::committed);
}

TEST_CASE("nervaluate on spans") {
  std::string const path = golden::shared("golden/metrics/spans.jsonl");
  if (golden::is_missing(path)) return;
  golden::tally count;
  compare_spans(golden::rows(path), count);
  count.expect(spans, golden::set::full);
}

TEST_CASE("nervaluate on corpora") {
  std::string const path = golden::shared("golden/metrics/corpora.jsonl");
  if (golden::is_missing(path)) return;
  golden::tally count;
  compare_corpora(golden::rows(path), count);
  count.expect(corpora, golden::set::full);
}
