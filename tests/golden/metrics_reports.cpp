// SPDX-License-Identifier: MIT
// Reports as text: to_text begins with the very text that seqeval prints, and its numbers give conlleval.pl's and
// nervaluate's.
#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <tagspan/compat/nervaluate.hpp>

#include "golden.hpp"
#include "metrics.hpp"

using golden::json;
namespace ts = tagspan;

namespace {

// One row of nervaluate's tables. `half`: whether partial ones count half, which it forgets over several documents.
std::string nervaluate_row(std::string const& name, std::size_t widest, ts::semeval_counts const& c, bool half) {
  ts::prf const f = half ? ts::figures(c) : ts::figures(ts::entity_counts{c.correct, c.actual(), c.possible()});
  std::string text = std::string(widest - ts::detail::width(name), ' ') + name + ' ';
  auto const cell = [&](std::string const& value) { text += std::string(12 - value.size(), ' ') + value; };
  for (std::size_t n : {c.correct, c.incorrect, c.partial, c.missed, c.spurious}) cell(std::to_string(n));
  for (double figure : {f.precision, f.recall, f.f1}) cell(ts::detail::fixed(figure, 2));
  return text + '\n';
}

void compare_nervaluate(json const& row, golden::tally& count) {
  ts::label_set labels;
  ts::compat::nervaluate_scorer scorer{labels};
  for (std::size_t i = 0; i < row["gold"].size(); ++i) {
    auto const read = [&](json const& tags) {
      return ts::to_entities(labels.intern(tags.get<std::vector<std::string>>()).value(), labels).value();
    };
    auto const gold = read(row["gold"][i]);
    scorer.add(gold, read(row["pred"][i])).value();
  }
  ts::semeval_report const r = scorer.report();
  bool const half = row["gold"].size() < 2;
  auto const after_heading = [](std::string const& text) {  // two lines and the head of the table
    std::size_t const head = text.find("f1-score");
    return head == std::string::npos ? text : text.substr(text.find_first_not_of('\n', head + 8));
  };
  std::string overall;
  for (auto const& [name, c] : {std::pair("ent_type", r.type), std::pair("exact", r.exact), std::pair("partial", r.partial),
                                std::pair("strict", r.strict)}) {
    overall += nervaluate_row(name, 8, c, half);
  }
  count.compare("nervaluate overall", overall, after_heading(row["nervaluate_v1.1.0_overall"]), row["id"]);
  if (r.by_type.empty()) return;
  std::size_t widest = std::string_view("partial").size();
  for (auto const& type : r.by_type) widest = std::max(widest, ts::detail::width(type.name));
  std::string by_type;
  for (auto const& type : r.by_type) by_type += nervaluate_row(type.name, widest, type.strict, half);
  count.compare("nervaluate by type", by_type, after_heading(row["nervaluate_v1.1.0_entities_strict"]), row["id"]);
}

void compare(std::vector<json> const& rows, golden::tally& count) {
  for (json const& row : rows) {
    std::string const id = row["id"];
    struct question {
      char const* key;
      ts::reading reading;
      char const* scheme;
      int decimals;
    };
    for (question const& q : {question{"seqeval_digits2", ts::reading::lenient, "", 2},
                              question{"seqeval_digits4", ts::reading::lenient, "", 4},
                              question{"seqeval_strict_IOB2", ts::reading::strict, "IOB2", 3}}) {
      std::string const& expected = row[q.key].get_ref<std::string const&>();
      std::string const text =
          ts::to_text(golden::score(row["gold"], row["pred"], {.reading = q.reading}, q.scheme), q.decimals);
      count.compare(q.key, text.starts_with(expected), id, "\n" + text + "\nexpected\n" + expected);
    }
    if (row.contains("nervaluate_v1.1.0_overall")) compare_nervaluate(row, count);
    std::string const text =
        golden::conlleval_text(golden::score(row["gold"], row["pred"], {.reading = ts::reading::conlleval}));
    count.compare("conlleval_pl", text, row["conlleval_pl"].get<std::string>(), id);
  }
}

std::vector<golden::pin> const reports{
    {"conlleval_pl", "", 13, 39},
    {"nervaluate by type", "", 0, 39},
    {"nervaluate overall", "", 0, 39},
    {"seqeval_digits2", "", 13, 39},
    {"seqeval_digits4", "", 13, 39},
    {"seqeval_strict_IOB2", "", 13, 39},
};

}  // namespace

TEST_CASE("reports, committed") {
  golden::tally count;
  compare(golden::rows(golden::committed("metrics/reports.jsonl")), count);
  count.expect(reports, golden::set::committed);
}

TEST_CASE("reports") {
  std::string const path = golden::shared("golden/metrics/reports.jsonl");
  if (golden::is_missing(path)) return;
  golden::tally count;
  compare(golden::rows(path), count);
  count.expect(reports, golden::set::full);
}
