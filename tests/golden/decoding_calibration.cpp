// SPDX-License-Identifier: MIT
// Expected calibration error, likelihood and best temperature. The committed rows are those whose line has fewer than
// 10,000 bytes, in file order.
#include <cstddef>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <tagspan/model/calibration.hpp>

#include "golden.hpp"

using golden::json;
namespace ts = tagspan;

namespace {

void compare(std::vector<json> const& rows, golden::tally& count) {
  for (json const& row : rows) {
    std::string const id = row["id"];
    auto const gold = row["labels"].get<std::vector<ts::label_id>>();
    std::vector<float> values;
    for (json const& line : row["logits"]) {
      for (json const& value : line) values.push_back(value.get<float>());
    }
    ts::scores_view<float const> const logits{values.data(), gold.size(), row["logits"][0].size()};
    REQUIRE(values.size() == logits.rows * logits.columns);
    std::size_t const bins = row["n_bins"];

    auto near = [&](char const* what, double found, double tolerance) {
      double const expected = row[what];
      count.compare(what, golden::near(found, expected, tolerance), id,
                    "found " + json(found).dump() + ", expected " + json(expected).dump());
    };
    auto const fit = ts::fit_temperature(logits, gold).value();
    near("expected_nll", fit.nll_before, 1e-7);
    near("nll_at_optimum", fit.nll_after, 1e-7);
    near("optimal_temperature", fit.temperature, 1e-3);
    count.compare("rows", fit.rows, gold.size(), id);
    count.compare("inside", fit.end == ts::search_end::inside, id);
    near("expected_ece", ts::token_reliability(logits, gold, {.bins = bins}).value().ece, 1e-7);
    // The recorded temperature, not ours: a confidence that lies on the border of a bin may change sides.
    double const temperature = row["optimal_temperature"];
    near("ece_at_optimum", ts::token_reliability(logits, gold, {.temperature = temperature, .bins = bins}).value().ece,
         1e-5);
  }
}

std::vector<golden::pin> const pins = {
    {"expected_nll", "", 10, 14}, {"nll_at_optimum", "", 10, 14}, {"optimal_temperature", "", 10, 14},
    {"expected_ece", "", 10, 14}, {"ece_at_optimum", "", 10, 14}, {"rows", "", 10, 14},
    {"inside", "", 10, 14},
};

}  // namespace

TEST_CASE("calibration: the committed rows") {
  golden::tally count;
  compare(golden::rows(golden::committed("decoding/calibration.jsonl")), count);
  count.expect(pins, golden::set::committed);
}

TEST_CASE("calibration: all rows") {
  std::string const path = golden::shared("golden/decoding/calibration.jsonl");
  if (golden::is_missing(path)) return;
  golden::tally count;
  compare(golden::rows(path), count);
  count.expect(pins, golden::set::full);
}
