// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include <tagspan/model/posteriors.hpp>

namespace ts = tagspan;

namespace {

constexpr ts::type_id first{0};

struct scores {
  std::vector<double> values;
  std::size_t columns;
  ts::scores_view<double const> view() const { return {values.data(), values.size() / columns, columns}; }
};

}  // namespace

TEST_CASE("two tokens, five paths: worked out by hand") {
  auto const labels = ts::label_set::for_types<ts::bio>({"X"});  // O B I
  // OO 1, OB 2, BO 3, BB 6, BI 15: 27 in all
  scores const s{{0, std::log(3), 0, /**/ 0, std::log(2), std::log(5)}, 3};
  auto const p = ts::posteriors<ts::bio>(s.view(), labels).value();
  CHECK(p.tokens() == 2);
  CHECK(p.log_partition() == doctest::Approx(std::log(27)));
  CHECK(p.probability({{0, 2}, first}) == doctest::Approx(15.0 / 27));
  CHECK(p.probability({{0, 1}, first}) == doctest::Approx(9.0 / 27));
  CHECK(p.probability({{1, 2}, first}) == doctest::Approx(8.0 / 27));
  CHECK(p.probability({{1, 2}, ts::type_id{7}}) == 0);
  CHECK(p.risk(0) == doctest::Approx(24.0 / 27));
  CHECK(p.inside(1, first) == doctest::Approx(23.0 / 27));
  CHECK(p.marginal(1, 2) == doctest::Approx(15.0 / 27));

  std::vector<ts::token_entity> const entities{{{1, 2}, first}, {{0, 2}, first}};
  CHECK(p.probabilities(entities).value()[1] == p.probability(entities[1]));

  auto const best = p.alternatives({0, 2}, 2);
  REQUIRE(best.size() == 2);
  CHECK(best[0].entity == ts::token_entity{{0, 2}, first});
  CHECK(best[1].entity == ts::token_entity{{0, 1}, first});
  CHECK(p.alternatives({0, 1}, 9, 1).size() == 1);
  CHECK(p.alternatives({1, 1}, 9).empty());
  CHECK(p.alternatives({0, 1}, 0).empty());
}

TEST_CASE("a constant added to a row changes nothing, a path's probability follows from its score") {
  auto const labels = ts::label_set::for_types<ts::bioes>({"X", "Y"});
  scores s{{1, 2, 0, 1, 3, 0, 1, 1, 0, /**/ 0, 1, 2, 1, 0, 2, 2, 1, 0}, 9};
  auto const before = ts::posteriors<ts::bioes>(s.view(), labels).value();
  auto const best = ts::viterbi<ts::bioes>(s.view(), labels).value();
  double const share = std::exp(best.score - before.log_partition());
  CHECK(share > 0);
  CHECK(share < 1);
  for (std::size_t j = 0; j < 9; ++j) s.values[j] += 100;
  auto const after = ts::posteriors<ts::bioes>(s.view(), labels).value();
  CHECK(after.probability({{0, 2}, first}) == doctest::Approx(before.probability({{0, 2}, first})));
  CHECK(after.log_partition() == doctest::Approx(before.log_partition() + 100));
}

TEST_CASE("scores that are thousands apart, and long sequences, lose nothing") {
  auto const labels = ts::label_set::for_types<ts::bioes>({"X"});  // O B I E S
  // B is 800 above O, but then nothing is left but O: the path is O O, and with certainty. Scaling each row would lose
  // it.
  scores const s{{-800, 0, -900, -900, -5000, /**/ 0, -9000, -9000, -9000, -9000}, 5};
  auto const p = ts::posteriors<ts::bioes>(s.view(), labels).value();
  CHECK(p.marginal(0, 0) == doctest::Approx(1));
  CHECK(p.log_partition() == doctest::Approx(-800));

  scores const uniform{std::vector<double>(3 * 20000), 3};
  auto const bio = ts::label_set::for_types<ts::bio>({"X"});
  auto const q = ts::posteriors<ts::bio>(uniform.view(), bio).value();
  // The number of legal paths grows by (3 + sqrt 5) / 2 a token, which is also what their ends tend to.
  CHECK(q.log_partition() / 20000 == doctest::Approx(std::log((3 + std::sqrt(5)) / 2)).epsilon(1e-4));
  double covering = 0;
  for (std::size_t begin = 9950; begin <= 10000; ++begin) {
    for (std::size_t end = 10001; end < 10050; ++end) covering += q.probability({{begin, end}, first});
  }
  CHECK(covering == doctest::Approx(q.inside(10000, first)));
}

TEST_CASE("errors, and contracts") {
  auto const labels = ts::label_set::for_types<ts::bio>({"X"});
  double const nan = std::nan("");
  constexpr double inf = std::numeric_limits<double>::infinity();
  CHECK(ts::posteriors<ts::bio>(scores{{0, nan, 0}, 3}.view(), labels).error() ==
        ts::error{ts::errc::not_a_number, 0, 1});
  CHECK(ts::posteriors<ts::bio>(scores{{0, 0, 0, -inf, -inf, -inf}, 3}.view(), labels).error() ==
        ts::error{ts::errc::no_legal_path, 1, 0});
  CHECK(ts::posteriors<ts::bio>(scores{{0, 0}, 2}.view(), labels).error() == ts::error{ts::errc::shape_mismatch, 2, 3});
  auto const empty = ts::posteriors<ts::bio>(ts::scores_view<float const>{nullptr, 0, 3}, labels).value();
  CHECK(empty.tokens() == 0);
  CHECK(empty.log_partition() == 0);

  scores const s{{0, 1, 0}, 3};
  auto p = ts::posteriors<ts::bio>(s.view(), labels).value();
  std::vector<ts::token_entity> const outside{{{0, 1}, first}, {{0, 2}, first}};
  CHECK(p.probabilities(outside).error() == ts::error{ts::errc::span_out_of_range, 1, 0});
  CHECK_THROWS(static_cast<void>(p.probability({{0, 0}, first})));
  CHECK_THROWS(static_cast<void>(p.risk(1)));
  CHECK_THROWS(static_cast<void>(p.marginal(0, 3)));
  CHECK_THROWS(static_cast<void>(p.alternatives({0, 2}, 1)));

  // The same object again: after an error it holds nothing.
  scores const bad{{nan, 0, 0}, 3};
  ts::lattice<ts::bio> const lattice(labels);
  CHECK_FALSE(ts::posteriors(lattice, bad.view(), p).has_value());
  CHECK(p.tokens() == 0);
  CHECK(ts::posteriors(lattice, s.view(), p).has_value());
  CHECK(p.risk(0) == doctest::Approx(std::exp(1) / (1 + std::exp(1))));
}
