// SPDX-License-Identifier: MIT
// Reports as text: to_text begins with the very text that seqeval prints, and its numbers give conlleval.pl's.
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "golden.hpp"
#include "metrics.hpp"

using golden::json;
namespace ts = tagspan;

namespace {

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
    std::string const text =
        golden::conlleval_text(golden::score(row["gold"], row["pred"], {.reading = ts::reading::conlleval}));
    count.compare("conlleval_pl", text, row["conlleval_pl"].get<std::string>(), id);
  }
}

std::vector<golden::pin> const reports{
    {"conlleval_pl", "", 13, 39},
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
