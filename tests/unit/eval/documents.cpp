// SPDX-License-Identifier: MIT
#include <tagspan/eval/documents.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace ts = tagspan;

TEST_CASE("means over documents, and how far these lie apart") {
  std::vector<ts::entity_counts> documents{{1, 2, 1}, {0, 0, 0}, {0, 1, 2}, {1, 1, 1}};
  ts::document_averages const a = ts::average_over_documents(documents);
  CHECK(a.documents == 3);
  CHECK(a.empty == 1);
  CHECK(a.precision.mean == 0.5);
  CHECK(a.precision.deviation == 0.5);  // of 0, 1/2 and 1, by n - 1
  CHECK(a.recall.mean == doctest::Approx(2.0 / 3));
  CHECK(a.recall.deviation == doctest::Approx(0.5773502691896258));
  CHECK(a.f1.mean == doctest::Approx((2.0 / 3 + 0 + 1) / 3));
  do {
    CHECK((ts::average_over_documents(documents) == a));
  } while (std::next_permutation(documents.begin(), documents.end(), [](auto const& l, auto const& r) {
    return l.predicted != r.predicted ? l.predicted < r.predicted : l.gold < r.gold;
  }));
}

TEST_CASE("none, one, and equal ones") {
  ts::metric_options const one{.zero_division = ts::zero_division::one};
  CHECK(ts::average_over_documents({}).f1.mean == 0);
  CHECK(ts::average_over_documents({}, one).f1.mean == 1);
  std::vector<ts::entity_counts> documents{{1, 3, 10}};
  CHECK((ts::average_over_documents(documents).precision == ts::mean_and_deviation{1.0 / 3, 0}));
  documents.resize(7, documents[0]);
  CHECK((ts::average_over_documents(documents).precision == ts::mean_and_deviation{1.0 / 3, 0}));
  documents = {{0, 0, 4}, {0, 3, 0}};  // precision is undefined in one, recall in the other
  CHECK(ts::average_over_documents(documents).precision.mean == 0);
  CHECK(ts::average_over_documents(documents, one).precision.mean == 0.5);
  documents = {{4, 5, 10}};
  CHECK(ts::average_over_documents(documents, {.beta = 2}).f1.mean == ts::figures(documents[0], {.beta = 2}).f1);
}

TEST_CASE("a beta that is none breaks a contract") {
  for (double const beta : {-1.0, -1e-300, std::nan("")}) {
    CAPTURE(beta);
    CHECK_THROWS_AS(static_cast<void>(ts::average_over_documents({}, {.beta = beta})), ts::contract_violation);
  }
}
