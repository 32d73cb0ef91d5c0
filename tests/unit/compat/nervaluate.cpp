// SPDX-License-Identifier: MIT
#include <tagspan/compat/nervaluate.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <type_traits>
#include <vector>

namespace ts = tagspan;

namespace {

using entities = std::vector<ts::token_entity>;
constexpr ts::type_id x{0};
constexpr ts::type_id y{1};

ts::label_set two_types() { return ts::label_set::for_types<ts::bio>({"X", "Y"}); }

static_assert(!std::is_constructible_v<ts::compat::nervaluate_scorer, ts::label_set>);

}  // namespace

TEST_CASE("greedy: the order of the predictions decides, which semeval_scorer does not let happen") {
  auto const labels = two_types();
  entities const gold{{{0, 5}, x}}, small_first{{{0, 2}, x}, {{0, 5}, x}}, large_first{{{0, 5}, x}, {{0, 2}, x}};
  auto const strict = [&](auto scorer, entities const& predicted) {
    scorer.add(gold, predicted).value();
    return scorer.report().strict;
  };
  ts::compat::nervaluate_scorer const greedy{labels};
  CHECK((strict(greedy, small_first) == ts::semeval_counts{0, 1, 0, 0, 1}));
  CHECK((strict(greedy, large_first) == ts::semeval_counts{1, 0, 0, 0, 1}));
  ts::semeval_scorer const fair{labels};
  CHECK((strict(fair, small_first) == ts::semeval_counts{1, 0, 0, 0, 1}));
  CHECK((strict(fair, large_first) == ts::semeval_counts{1, 0, 0, 0, 1}));
}

TEST_CASE("a confusion of types: rows by type do not add up") {
  auto const labels = two_types();
  ts::compat::nervaluate_scorer scorer{labels};
  scorer.add(entities{{{0, 2}, x}}, entities{{{0, 2}, y}}).value();
  ts::semeval_report const r = scorer.report();
  CHECK((r.strict == ts::semeval_counts{0, 1, 0, 0, 0}));
  CHECK((r.exact == ts::semeval_counts{1, 0, 0, 0, 0}));
  CHECK((r.find("X")->strict == ts::semeval_counts{0, 0, 0, 1, 0}));
  CHECK((r.find("Y")->strict == ts::semeval_counts{0, 0, 0, 0, 1}));
}

TEST_CASE("one character of a long entity is no overlap") {
  auto const labels = two_types();
  for (std::size_t const length : {100u, 101u}) {
    ts::compat::nervaluate_scorer scorer{labels};
    scorer.add(entities{{{0, length}, x}}, entities{{{length - 1, length + 5}, x}}).value();
    CHECK(scorer.report().type.correct == (length == 100 ? 1 : 0));
  }
}

TEST_CASE("half credits stay over several documents") {
  auto const labels = two_types();
  ts::compat::nervaluate_scorer scorer{labels};
  for (int document = 0; document < 2; ++document) scorer.add(entities{{{0, 2}, x}}, entities{{{0, 3}, x}}).value();
  CHECK(ts::figures(scorer.report().partial).precision == 0.5);
}

TEST_CASE("twice the same entity, bad input, shards") {
  auto const labels = two_types();
  ts::compat::nervaluate_scorer scorer{labels};
  entities const one{{{0, 2}, x}};
  scorer.add(one, entities{{{0, 2}, x}, {{0, 2}, x}}).value();
  CHECK((scorer.report().strict == ts::semeval_counts{1, 0, 0, 0, 1}));
  CHECK(scorer.add(one, entities{{{2, 2}, x}}).error() == ts::error{ts::errc::bad_span_in_sentence, 1, 0});
  CHECK(scorer.add(entities{{{0, 2}, ts::type_id{7}}}, one).error() == ts::error{ts::errc::bad_type_in_sentence, 2, 0});
  CHECK(scorer.report().rejected == 2);
  ts::compat::nervaluate_scorer half{labels, {.min_overlap_percentage = 50}};
  CHECK(scorer.merge(half).error() == ts::error{ts::errc::options_differ, 0, 0});
  scorer.merge(scorer).value();
  CHECK((scorer.report().strict == ts::semeval_counts{2, 0, 0, 0, 2}));
  CHECK(scorer.report().matching == "nervaluate_1>=1%");
  CHECK_THROWS((ts::compat::nervaluate_scorer{labels, {.min_overlap_percentage = 0.5}}));
}

TEST_CASE("a weight is so many documents") {
  auto const labels = two_types();
  entities const gold{{{0, 5}, x}, {{7, 8}, y}}, predicted{{{0, 2}, x}, {{0, 5}, y}, {{9, 12}, y}};
  ts::compat::nervaluate_scorer weighted{labels}, repeated{labels};
  for (std::size_t weight : {2u, 0u, 1u, 5u}) {
    weighted.add(gold, predicted, weight).value();
    for (std::size_t n = 0; n < weight; ++n) repeated.add(gold, predicted).value();
  }
  CHECK((weighted.report() == repeated.report()));
  CHECK(weighted.report().sentences == 8);
  CHECK(weighted.add(gold, entities{{{1, 1}, x}}).error() == ts::error{ts::errc::bad_span_in_sentence, 4, 0});
}

TEST_CASE("a beta that is none breaks a contract") {
  ts::label_set labels;
  for (double const beta : {-1.0, -1e-300, std::nan("")}) {
    CAPTURE(beta);
    CHECK_THROWS_AS(ts::compat::nervaluate_scorer(labels, {.metrics = {.beta = beta}}), ts::contract_violation);
  }
}
