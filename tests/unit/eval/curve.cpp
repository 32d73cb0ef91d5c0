// SPDX-License-Identifier: MIT
#include <tagspan/eval/curve.hpp>

#include <doctest/doctest.h>

#include <limits>
#include <type_traits>
#include <vector>

namespace ts = tagspan;

namespace {

using entities = std::vector<ts::token_entity>;
using scored = std::vector<ts::scored_entity<ts::unit::token>>;
constexpr ts::type_id x{0};
constexpr ts::type_id y{1};

ts::label_set two_types() { return ts::label_set::for_types<ts::bio>({"X", "Y"}); }

static_assert(!std::is_constructible_v<ts::curve_scorer, ts::label_set>);

}  // namespace

TEST_CASE("the curve, point by point") {
  auto const labels = two_types();
  ts::curve_scorer scorer{labels};
  entities const gold{{{0, 1}, x}, {{2, 3}, x}, {{4, 5}, y}, {{6, 7}, y}};
  scorer
      .add(gold, scored{{{8, 9}, x, 0.5f, {}},    // spurious
                        {{2, 3}, x, 0.5f, {}},    // right, with the same score
                        {{0, 1}, x, 0.9f, {}},    // right
                        {{4, 5}, x, 0.7f, {}},    // the wrong type
                        {{6, 7}, y, 0.25f, {}}})  // right
      .value();
  ts::curve_report const r = scorer.report();
  CHECK((r.points == std::vector<ts::curve_point>{{{1, 1, 4}, 0.9f}, {{1, 2, 4}, 0.7f}, {{2, 4, 4}, 0.5f}, {{3, 5, 4}, 0.25f}}));
  CHECK(r.support == 4);
  CHECK(r.average_precision == (1.0 + 0.5 + 0.6) / 4);
  CHECK(ts::figures(r.points[2]).precision == 0.5);
  REQUIRE(r.by_type.size() == 2);
  CHECK(r.by_type[0].name == "X");
  CHECK(r.by_type[0].average_precision == (1.0 + 2.0 / 4) / 2);
  CHECK(r.by_type[1].average_precision == 0.5);
  CHECK(r.mean_average_precision == 0.625);
  CHECK(r.sentences == 1);
}

TEST_CASE("nothing, bad input, shards") {
  auto const labels = two_types();
  ts::curve_scorer scorer{labels};
  CHECK(scorer.report().points.empty());
  CHECK(scorer.report().average_precision == 0);
  scorer.add(entities{}, scored{{{0, 1}, x, 0.5f, {}}}).value();
  CHECK(scorer.report().average_precision == 0);
  CHECK(scorer.report().mean_average_precision == 0);
  float const nan = std::numeric_limits<float>::quiet_NaN();
  float const infinite = std::numeric_limits<float>::infinity();
  CHECK(scorer.add(entities{}, scored{{{0, 1}, x, 0.5f, {}}, {{1, 2}, x, nan, {}}}).error() ==
        ts::error{ts::errc::not_a_number, 1, 1});
  CHECK(scorer.add(entities{}, scored{{{0, 1}, x, 0.5f, {}}, {{0, 1}, x, 0.6f, {}}}).error() ==
        ts::error{ts::errc::duplicate_entity, 2, 1});
  CHECK(scorer.add(entities{{{1, 1}, x}}, scored{}).error() == ts::error{ts::errc::bad_span_in_sentence, 3, 0});
  CHECK(scorer.add(entities{}, scored{{{0, 1}, ts::type_id{9}, 0, {}}}).error() ==
        ts::error{ts::errc::bad_type_in_sentence, 4, 0});
  scorer.add(entities{{{0, 1}, y}}, scored{{{0, 1}, y, infinite, {}}}).value();
  auto const opposite = ts::label_set::for_types<ts::bio>({"Y", "X"});
  ts::curve_scorer sum{opposite};
  sum.add(entities{{{0, 1}, x}}, scored{{{0, 1}, x, -infinite, {}}}).value();  // x is Y there
  sum.merge(scorer);
  ts::curve_report const r = sum.report();
  CHECK(r.sentences == 3);
  CHECK(r.rejected == 4);
  CHECK(r.points.size() == 3);
  CHECK(r.by_type[1].average_precision == 1);
  CHECK(r.average_precision == (1 + 2.0 / 3) / 2);
  sum.merge(sum);
  CHECK(sum.report().average_precision == r.average_precision);
  CHECK(sum.report().support == 2 * r.support);
}
