// SPDX-License-Identifier: MIT
#include <tagspan/eval/semeval.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include "support/words.hpp"

namespace ts = tagspan;

namespace {

using entities = std::vector<ts::token_entity>;
constexpr ts::type_id x{0};
constexpr ts::type_id y{1};

ts::label_set two_types() { return ts::label_set::for_types<ts::bio>({"X", "Y"}); }

ts::semeval_tally tally_of(entities const& gold, entities const& predicted, ts::match_options match = {}) {
  auto const labels = two_types();
  ts::semeval_scorer scorer{labels, {.match = match}};
  scorer.add(gold, predicted).value();
  return scorer.report();
}

static_assert(!std::is_constructible_v<ts::semeval_scorer, ts::label_set>);
static_assert(std::is_constructible_v<ts::semeval_scorer, ts::label_set const&>);

}  // namespace

TEST_CASE("one pair by the four strategies") {
  struct row {
    entities gold, predicted;
    ts::semeval_counts strict, exact, partial, type;
  };
  ts::semeval_counts const correct{1, 0, 0, 0, 0}, incorrect{0, 1, 0, 0, 0}, partial{0, 0, 1, 0, 0},
      missed{0, 0, 0, 1, 0}, spurious{0, 0, 0, 0, 1}, apart{0, 0, 0, 1, 1};
  row const rows[] = {
      {{}, {}, {}, {}, {}, {}},
      {{{{0, 2}, x}}, {}, missed, missed, missed, missed},
      {{}, {{{0, 2}, x}}, spurious, spurious, spurious, spurious},
      {{{{0, 2}, x}}, {{{0, 2}, x}}, correct, correct, correct, correct},
      {{{{0, 2}, x}}, {{{0, 2}, y}}, incorrect, correct, correct, incorrect},
      {{{{0, 2}, x}}, {{{1, 3}, x}}, incorrect, incorrect, partial, correct},
      {{{{0, 2}, x}}, {{{1, 3}, y}}, incorrect, incorrect, partial, incorrect},
      {{{{0, 2}, x}}, {{{2, 3}, x}}, apart, apart, apart, apart},  // touching is not overlapping
  };
  for (row const& r : rows) {
    ts::semeval_tally const t = tally_of(r.gold, r.predicted);
    CHECK((t.strict == r.strict));
    CHECK((t.exact == r.exact));
    CHECK((t.partial == r.partial));
    CHECK((t.type == r.type));
  }
}

TEST_CASE("what is paired with what") {
  struct row {
    std::string why;
    entities gold, predicted;
    std::vector<std::size_t> partners;  // of gold, by position; 9: none
  };
  row const rows[] = {
      {"same span and type before all else", {{{0, 4}, x}, {{0, 2}, x}}, {{{0, 2}, x}, {{0, 3}, x}}, {1, 0}},
      {"same span before the same type", {{{0, 4}, x}}, {{{0, 3}, x}, {{0, 4}, y}}, {1}},
      {"the larger intersection over union", {{{0, 4}, x}}, {{{3, 8}, x}, {{1, 4}, y}}, {1}},
      {"the same type breaks a tie", {{{1, 3}, x}}, {{{0, 2}, y}, {{2, 4}, x}}, {1}},
      {"then the gold entity that begins first", {{{2, 4}, x}, {{0, 2}, x}}, {{{1, 3}, x}}, {9, 0}},
      {"or that ends first", {{{0, 4}, x}, {{0, 1}, x}}, {{{0, 2}, x}}, {9, 0}},  // both 1/2
      {"or whose type has the lesser name", {{{0, 2}, y}, {{0, 2}, x}}, {{{1, 3}, x}, {{1, 3}, y}}, {1, 0}},
      {"then the predicted one that begins first", {{{1, 3}, x}}, {{{2, 4}, x}, {{0, 2}, x}}, {1}},
      {"one prediction over two gold entities", {{{0, 1}, x}, {{2, 5}, x}}, {{{0, 5}, x}}, {9, 0}},
      {"nested on both sides", {{{0, 9}, x}, {{2, 4}, y}}, {{{2, 5}, y}, {{0, 8}, x}}, {1, 0}},
  };
  auto const labels = two_types();
  for (row const& r : rows) {
    CAPTURE(r.why);
    auto const pairs = ts::match_entities(r.gold, r.predicted, labels).value();
    REQUIRE(pairs.size() >= r.gold.size());
    for (std::size_t g = 0; g < r.gold.size(); ++g) {
      CHECK(pairs[g].gold == g);
      CHECK(pairs[g].predicted.value_or(9) == r.partners[g]);
    }
  }
  // What is spurious comes last, in order of the input.
  auto const pairs = ts::match_entities(entities{{{4, 5}, x}}, entities{{{9, 10}, x}, {{4, 5}, x}, {{0, 1}, x}}, labels);
  CHECK((pairs.value() == std::vector<ts::entity_pair>{{0, 1}, {{}, 0}, {{}, 2}}));
}

TEST_CASE("types are compared by name, not by number") {
  auto const labels = two_types();
  auto const opposite = ts::label_set::for_types<ts::bio>({"Y", "X"});
  // A tie but for the types: X, the lesser name, is the one that is paired.
  auto const a = ts::match_entities(entities{{{0, 2}, y}, {{0, 2}, x}}, entities{{{0, 3}, x}}, labels).value();
  CHECK((a == std::vector<ts::entity_pair>{{0, {}}, {1, 0}}));
  auto const b = ts::match_entities(entities{{{0, 2}, x}, {{0, 2}, y}}, entities{{{0, 3}, y}}, opposite).value();
  CHECK(a == b);
}

TEST_CASE("criteria of overlap") {
  using enum ts::overlap_criterion;
  struct row {
    ts::overlap_criterion overlap;
    double threshold;
    ts::token_span gold, predicted;
    bool paired;
  };
  row const rows[] = {
      {iou, 0, {0, 100}, {99, 300}, true},
      {iou, 0.5, {0, 2}, {0, 4}, true},
      {iou, 0.5, {0, 2}, {0, 5}, false},
      {iou, 0.07, {0, 100}, {0, 7}, true},  // 0.07 * 100 is more than 7 in floating point
      {iou, 1, {0, 2}, {0, 2}, true},
      {iou, 1, {0, 2}, {0, 3}, false},
      {share_of_gold, 0.5, {0, 2}, {1, 9}, true},
      {share_of_gold, 0.51, {0, 2}, {1, 9}, false},
      {share_of_gold, 1, {2, 4}, {0, 9}, true},
      {left_boundary, 0, {0, 4}, {0, 1}, true},
      {left_boundary, 0, {0, 4}, {1, 4}, false},
      {left_boundary, 0.5, {0, 4}, {0, 1}, false},
      {right_boundary, 0, {0, 4}, {1, 4}, true},
      {right_boundary, 0, {0, 4}, {0, 3}, false},
      {either_boundary, 0, {0, 4}, {1, 4}, true},
      {either_boundary, 0, {0, 4}, {0, 3}, true},
      {either_boundary, 0, {0, 4}, {1, 3}, false},
  };
  for (row const& r : rows) {
    CAPTURE(r.threshold);
    CAPTURE(static_cast<int>(r.overlap));
    ts::semeval_tally const t = tally_of({{r.gold, x}}, {{r.predicted, x}}, {r.overlap, r.threshold});
    CHECK(t.type.correct == (r.paired ? 1 : 0));
    CHECK(t.type.missed == (r.paired ? 0 : 1));
    CHECK(t.type.spurious == (r.paired ? 0 : 1));
  }
  auto const labels = two_types();
  CHECK_THROWS((ts::semeval_scorer{labels, {.match = {.threshold = 1.5}}}));
  CHECK_THROWS((ts::semeval_scorer{labels, {.match = {.threshold = std::numeric_limits<double>::quiet_NaN()}}}));
}

TEST_CASE("fractions of any size are compared exactly") {
  constexpr std::uint64_t huge = std::numeric_limits<std::uint64_t>::max();
  using ts::detail::less_fraction;
  static_assert(less_fraction(1, 3, 1, 2) && !less_fraction(1, 2, 1, 3) && !less_fraction(2, 4, 1, 2));
  static_assert(less_fraction(huge - 2, huge - 1, huge - 1, huge));
  static_assert(!less_fraction(huge - 1, huge, huge - 2, huge - 1));
  static_assert(!less_fraction(huge - 1, huge, huge - 1, huge));
  static_assert(less_fraction(1, huge, 1, huge - 1));
  static_assert(!less_fraction(huge / 3, huge, 1, 3));  // equal: huge is a multiple of 3
  static_assert(less_fraction(huge / 3 - 1, huge, 1, 3) && !less_fraction(1, 3, huge / 3 - 1, huge));
  static_assert(less_fraction(huge / 2, huge, 1, 2));
}

TEST_CASE("figures: partial counts half, F is one division") {
  ts::semeval_counts const c{2, 1, 1, 1, 3};  // possible 5, actual 7
  CHECK(c.possible() == 5);
  CHECK(c.actual() == 7);
  ts::prf const f = ts::figures(c);
  CHECK(f.precision == 2.5 / 7);
  CHECK(f.recall == 0.5);
  CHECK(f.f1 == 5.0 / 12);
  CHECK(f.support == 5);
  CHECK(f.correct == 2);
  CHECK(f.predicted == 7);
  CHECK(ts::figures(ts::semeval_counts{}).f1 == 0);
  CHECK(ts::figures(ts::semeval_counts{}, {.zero_division = ts::zero_division::one}).f1 == 1);
  CHECK(ts::figures(c, {.beta = 2}).f1 == doctest::Approx(5 * 2.5 / (4 * 5 + 7)));
}

TEST_CASE("rows by type add up; a pair counts for the type of its gold entity") {
  auto const labels = two_types();
  ts::semeval_scorer scorer{labels};
  scorer.add(entities{{{0, 2}, x}, {{4, 5}, y}, {{7, 8}, y}}, entities{{{0, 2}, y}, {{4, 6}, y}, {{9, 10}, x}}).value();
  ts::semeval_report const r = scorer.report();
  REQUIRE(r.by_type.size() == 2);
  CHECK(r.by_type[0].name == "X");
  CHECK((r.find("X")->strict == ts::semeval_counts{0, 1, 0, 0, 1}));
  CHECK((r.find("X")->exact == ts::semeval_counts{1, 0, 0, 0, 1}));
  CHECK((r.find("Y")->strict == ts::semeval_counts{0, 1, 0, 1, 0}));
  CHECK((r.find("Y")->partial == ts::semeval_counts{0, 0, 1, 1, 0}));
  CHECK((r.strict == ts::semeval_counts{0, 2, 0, 1, 1}));
  CHECK((r.type == ts::semeval_counts{1, 1, 0, 1, 1}));
  CHECK(r.find("Z") == nullptr);
}

TEST_CASE("bad documents are named, rejected, and leave no trace in the counts") {
  auto const labels = two_types();
  ts::semeval_scorer scorer{labels};
  entities const fine{{{0, 2}, x}};
  scorer.add(fine, fine).value();
  CHECK(scorer.add(fine, entities{{{0, 1}, x}, {{3, 3}, x}}).error() == ts::error{ts::errc::bad_span_in_sentence, 1, 1});
  CHECK(scorer.add(entities{{{3, 1}, x}}, fine).error() == ts::error{ts::errc::bad_span_in_sentence, 2, 0});
  CHECK(scorer.add(fine, entities{{{0, 1}, ts::type_id{2}}}).error() == ts::error{ts::errc::bad_type_in_sentence, 3, 0});
  CHECK(scorer.add(entities{{{4, 5}, x}, {{0, 2}, x}, {{4, 5}, x}}, fine).error() ==
        ts::error{ts::errc::duplicate_entity, 4, 2});
  CHECK(ts::match_entities(fine, entities{{{1, 1}, x}}, labels).error() ==
        ts::error{ts::errc::bad_span_in_sentence, 0, 0});
  scorer.add(fine, fine).value();
  ts::semeval_report const r = scorer.report();
  CHECK(r.sentences == 2);
  CHECK(r.rejected == 4);
  CHECK((r.strict == ts::semeval_counts{2, 0, 0, 0, 0}));
  CHECK(ts::to_text(r).find("REJECTED: 4 documents") != std::string::npos);
}

TEST_CASE("scored entities, weights, shards with other label sets, a growing set") {
  auto const labels = two_types();
  auto const opposite = ts::label_set::for_types<ts::bio>({"Y", "W", "X"});
  std::vector<ts::scored_entity<ts::unit::token>> const predicted{{{0, 2}, x, 0.5f, {}}, {{5, 6}, y, 0.5f, {}}};
  entities const gold{{{0, 2}, x}, {{5, 7}, y}};
  ts::semeval_scorer once{labels}, thrice{labels}, other{opposite};
  once.add(gold, predicted).value();
  thrice.add(gold, predicted, 3).value();
  ts::semeval_scorer spoilt = thrice;  // the second document that was given, whatever the first weighs
  CHECK(spoilt.add(gold, entities{{{1, 1}, x}}).error() == ts::error{ts::errc::bad_span_in_sentence, 1, 0});
  CHECK(spoilt.add(gold, entities{{{1, 1}, x}}).error().where == 2);
  spoilt.merge(thrice).value();
  CHECK(spoilt.add(gold, entities{{{1, 1}, x}}).error().where == 4);
  other.add(entities{{{0, 2}, ts::type_id{2}}, {{5, 7}, ts::type_id{0}}},
            entities{{{0, 2}, ts::type_id{2}}, {{5, 6}, ts::type_id{0}}})
      .value();
  CHECK(once.report().signature() == other.report().signature());
  CHECK((once.report().by_type == other.report().by_type));
  ts::semeval_scorer sum{opposite};
  sum.merge(once).value();
  sum.merge(sum).value();
  sum.merge(other).value();
  CHECK((sum.report().by_type == thrice.report().by_type));
  CHECK(sum.report().signature() == thrice.report().signature());
  CHECK(ts::to_text(sum.report()) == ts::to_text(thrice.report()));

  ts::semeval_scorer const wide{labels, {.match = {.threshold = 0.5}}};
  ts::semeval_scorer const left{labels, {.match = {.overlap = ts::overlap_criterion::left_boundary}}};
  ts::semeval_scorer const beta{labels, {.metrics = {.beta = 2}}};
  for (ts::semeval_scorer const* s : {&wide, &left, &beta}) {
    CHECK(once.merge(*s).error() == ts::error{ts::errc::options_differ, 0, 0});
  }

  ts::label_set growing;
  ts::semeval_scorer grows{growing};
  auto const label = growing.intern({"B-B"}).value();
  grows.add(entities{{{0, 1}, x}}, entities{{{0, 1}, x}}).value();
  CHECK(growing.intern({"B-A"}).has_value());
  grows.add(entities{{{0, 1}, y}}, entities{{{0, 1}, y}}).value();
  CHECK(grows.report().by_type.front().name == "A");
  CHECK(grows.report().strict.correct == 2);
}

TEST_CASE("the same gold has the fingerprint that scorer gives it") {
  auto const labels = two_types();
  entities const gold{{{5, 7}, y}, {{0, 2}, x}};
  ts::semeval_scorer semeval{labels};
  ts::scorer scorer{labels};
  for (entities const& document : {gold, entities{}, gold}) {
    semeval.add(document, entities{}).value();
    scorer.add(document, entities{}).value();
  }
  CHECK(semeval.report().gold_fingerprint == scorer.report().gold_fingerprint);
}

TEST_CASE("as text") {
  auto const labels = two_types();
  ts::semeval_scorer scorer{labels};
  scorer.add(entities{{{0, 2}, x}, {{4, 5}, y}}, entities{{{0, 2}, x}, {{4, 6}, y}}).value();
  std::string const text = ts::to_text(scorer.report());
  std::string const expected =
      "           correct  incorrect    partial     missed   spurious  precision     recall   f1-score\n"
      "\n"
      " strict          1          1          0          0          0       0.50       0.50       0.50\n"
      "  exact          1          1          0          0          0       0.50       0.50       0.50\n"
      "partial          1          0          1          0          0       0.75       0.75       0.75\n"
      "   type          2          0          0          0          0       1.00       1.00       1.00\n"
      "\n"
      "      X\n";
  CHECK(text.starts_with(expected));
  CHECK(text.find("|matching:iou>0|zero_division:0|types:2|sentences:1|gold:") != std::string::npos);
}

TEST_CASE("a beta that is none breaks a contract") {
  ts::label_set labels;
  for (double const beta : {-1.0, -1e-300, std::nan("")}) {
    CAPTURE(beta);
    CHECK_THROWS_AS(ts::semeval_scorer(labels, {.metrics = {.beta = beta}}), ts::contract_violation);
  }
}
