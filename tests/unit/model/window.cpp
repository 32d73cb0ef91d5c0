// SPDX-License-Identifier: MIT
#include <tagspan/model/window.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tagspan/tags/entities.hpp>

#include "support/words.hpp"

namespace ts = tagspan;

namespace {

using enum ts::window_direction;
using enum ts::window_weight;
using windows = std::vector<ts::window>;

windows list(ts::window_plan const& plan) { return {plan.begin(), plan.end()}; }
windows planned(std::size_t tokens, ts::window_options const& options) {
  return list(ts::plan_windows(tokens, options).value());
}

std::string text(windows const& all) {
  std::string out;
  for (ts::window const& w : all) {
    out += "[" + std::to_string(w.tokens.begin) + "," + std::to_string(w.tokens.end) + ") core [" +
           std::to_string(w.core.begin) + "," + std::to_string(w.core.end) + ") ";
  }
  return out;
}

ts::error failure(std::size_t tokens, ts::window_options const& options) {
  auto const plan = ts::plan_windows(tokens, options);
  REQUIRE_FALSE(plan);
  return plan.error();
}

std::vector<ts::label_id> encode(std::string_view tags, ts::label_set const& labels) {
  std::vector<ts::label_id> out;
  for (std::string_view name : tagspan_test::words(tags)) out.push_back(name == "-" ? -100 : labels.find(name).value());
  return out;
}
std::string decode(std::vector<ts::label_id> const& ids, ts::label_set const& labels) {
  std::string out;
  for (ts::label_id id : ids) out += (out.empty() ? "" : " ") + (id == -100 ? "-" : std::string(labels.name(id)));
  return out;
}

constexpr ts::type_id per{0};
constexpr ts::type_id loc{1};

}  // namespace

TEST_CASE("plans, row by row") {
  struct row {
    char const* what;
    std::size_t tokens;
    ts::window_options options;
    windows expected;
  };
  std::vector<std::int32_t> const pairs{0, 0, 1, 1, 2, 2, 3, 3, 4, 4};
  std::vector<std::int32_t> const one_long{0, 1, 2, 2, 2, 2, 3, 4};
  std::vector<std::int32_t> const special{-1, -1, -1, -1, -1, -1, -1};
  std::vector<std::size_t> const sentences{0, 4, 7};
  std::vector<std::size_t> const more_sentences{0, 3, 5, 10};
  std::vector<std::size_t> const late{0, 9};
  std::vector<std::size_t> const in_words{3, 5};
  for (row const& r : {
           row{"nothing", 0, {.max_tokens = 4, .overlap = 1}, {}},
           row{"it fits", 4, {.max_tokens = 4, .overlap = 1}, {{{0, 4}, {0, 4}}}},
           row{"one more than fits", 5, {.max_tokens = 4, .overlap = 1}, {{{0, 4}, {0, 3}}, {{3, 5}, {3, 5}}}},
           row{"special tokens take room",
               5,
               {.max_tokens = 6, .overlap = 1, .reserved = 2},
               {{{0, 4}, {0, 3}}, {{3, 5}, {3, 5}}}},
           row{"no overlap", 6, {.max_tokens = 3, .overlap = 0}, {{{0, 3}, {0, 3}}, {{3, 6}, {3, 6}}}},
           row{"the border is the middle", 8, {.max_tokens = 6, .overlap = 4}, {{{0, 6}, {0, 4}}, {{2, 8}, {4, 8}}}},
           row{"an odd middle goes to the later window",
               8,
               {.max_tokens = 5, .overlap = 3},
               {{{0, 5}, {0, 3}}, {{2, 7}, {3, 5}}, {{4, 8}, {5, 8}}}},
           row{"from the end: mirrored",
               8,
               {.max_tokens = 5, .overlap = 3, .direction = from_end},
               {{{0, 4}, {0, 3}}, {{1, 6}, {3, 5}}, {{3, 8}, {5, 8}}}},
           row{"from the end: the short one comes first",
               5,
               {.max_tokens = 4, .overlap = 0, .direction = from_end},
               {{{0, 1}, {0, 1}}, {{1, 5}, {1, 5}}}},
           row{"never inside a word",
               10,
               {.max_tokens = 5, .overlap = 1, .never_split = pairs},
               {{{0, 4}, {0, 2}}, {{2, 6}, {2, 4}}, {{4, 8}, {4, 6}}, {{6, 10}, {6, 10}}}},
           row{"a long word moves an edge and the border",
               8,
               {.max_tokens = 6, .overlap = 1, .never_split = one_long},
               {{{0, 6}, {0, 2}}, {{2, 8}, {2, 8}}}},
           row{"special tokens are no word",
               7,
               {.max_tokens = 4, .overlap = 0, .never_split = special},
               {{{0, 4}, {0, 4}}, {{4, 7}, {4, 7}}}},
           row{"ends with a sentence",
               9,
               {.max_tokens = 6, .overlap = 0, .boundaries = sentences},
               {{{0, 4}, {0, 4}}, {{4, 9}, {4, 9}}}},
           row{"an overlap is no sentence",
               9,
               {.max_tokens = 6, .overlap = 1, .boundaries = sentences},
               {{{0, 4}, {0, 3}}, {{3, 9}, {3, 9}}}},
           row{"begins and ends with a sentence",
               12,
               {.max_tokens = 8, .overlap = 1, .boundaries = more_sentences},
               {{{0, 5}, {0, 4}}, {{3, 10}, {4, 7}}, {{5, 12}, {7, 12}}}},
           row{"a sentence that does not fit",
               12,
               {.max_tokens = 4, .overlap = 1, .boundaries = late},
               {{{0, 4}, {0, 3}}, {{3, 7}, {3, 6}}, {{6, 9}, {6, 8}}, {{8, 12}, {8, 12}}}},
           row{"no boundary inside a word",
               10,
               {.max_tokens = 6, .overlap = 0, .never_split = pairs, .boundaries = in_words},
               {{{0, 6}, {0, 6}}, {{6, 10}, {6, 10}}}},
       }) {
    CAPTURE(r.what);
    auto const found = planned(r.tokens, r.options);
    CHECK_MESSAGE(found == r.expected, text(found));
  }
}

TEST_CASE("what max_windows leaves unseen") {
  auto const front = ts::plan_windows(10, {.max_tokens = 4, .overlap = 1, .max_windows = 2}).value();
  CHECK(list(front) == windows{{{0, 4}, {0, 3}}, {{3, 7}, {3, 7}}});
  CHECK(front.unseen() == ts::token_span{7, 10});
  auto const back =
      ts::plan_windows(10, {.max_tokens = 4, .overlap = 1, .direction = from_end, .max_windows = 2}).value();
  CHECK(list(back) == windows{{{3, 7}, {3, 7}}, {{6, 10}, {7, 10}}});
  CHECK(back.unseen() == ts::token_span{0, 3});
  auto const none = ts::plan_windows(10, {.max_tokens = 4, .overlap = 1, .max_windows = 0}).value();
  CHECK(none.empty());
  CHECK(none.unseen() == ts::token_span{0, 10});
  auto const enough = ts::plan_windows(10, {.max_tokens = 4, .overlap = 1, .max_windows = 3}).value();
  CHECK(enough.unseen().empty());
  CHECK(enough.tokens() == 10);
}

TEST_CASE("plans that cannot be") {
  std::vector<std::int32_t> const words{0, 0, 0, 0, 0, 1, 1, 1};
  std::vector<std::int32_t> const mirrored{0, 0, 0, 1, 1, 1, 1, 1};
  std::vector<std::size_t> const backwards{0, 5, 3};
  std::vector<std::size_t> const outside{0, 9};
  CHECK(failure(8, {.max_tokens = 4, .overlap = 4}) == ts::error{ts::errc::overlap_too_large, 4, 4});
  CHECK(failure(8, {.max_tokens = 4, .overlap = 3, .reserved = 1}) == ts::error{ts::errc::overlap_too_large, 3, 3});
  CHECK(failure(8, {.max_tokens = 1, .overlap = 0, .reserved = 2}) == ts::error{ts::errc::overlap_too_large, 0, 0});
  CHECK(failure(0, {.max_tokens = 0, .overlap = 0}) == ts::error{ts::errc::overlap_too_large, 0, 0});
  CHECK(failure(7, {.max_tokens = 6, .overlap = 1, .never_split = words}) ==
        ts::error{ts::errc::length_mismatch, 0, 7});
  CHECK(failure(8, {.max_tokens = 6, .boundaries = backwards}).code == ts::errc::overlap_too_large);
  CHECK(failure(8, {.max_tokens = 6, .overlap = 1, .boundaries = backwards}) == ts::error{ts::errc::bad_offsets, 2, 0});
  CHECK(failure(8, {.max_tokens = 6, .overlap = 1, .boundaries = outside}) == ts::error{ts::errc::bad_offsets, 1, 0});
  CHECK(failure(8, {.max_tokens = 4, .overlap = 1, .never_split = words}) == ts::error{ts::errc::word_too_long, 0, 5});
  CHECK(failure(8, {.max_tokens = 4, .overlap = 1, .never_split = mirrored, .direction = from_end}) ==
        ts::error{ts::errc::word_too_long, 3, 5});
  // Each word fits, and both together, with the overlap, do not.
  CHECK(failure(8, {.max_tokens = 6, .overlap = 1, .never_split = words}) == ts::error{ts::errc::word_too_long, 5, 3});
  CHECK(ts::message(failure(8, {.max_tokens = 6, .overlap = 1, .never_split = words})) ==
        "the word of 3 tokens at token 5 leaves no room in a window of this size and overlap");
}

TEST_CASE("sizes at the end of what can be counted") {
  constexpr std::size_t most = std::numeric_limits<std::size_t>::max();
  CHECK(planned(5, {.max_tokens = most, .overlap = 1}) == windows{{{0, 5}, {0, 5}}});
  CHECK(planned(5, {.max_tokens = most, .overlap = most - 1}) == windows{{{0, 5}, {0, 5}}});
  constexpr std::size_t half = most / 2;
  CHECK(planned(most, {.max_tokens = half + 1, .overlap = 0}) ==
        windows{{{0, half + 1}, {0, half + 1}}, {{half + 1, most}, {half + 1, most}}});
}

TEST_CASE("a plan of given windows") {
  using spans = std::vector<ts::token_span>;
  auto const good = ts::plan_from_windows(9, spans{{0, 5}, {2, 7}, {7, 9}}).value();
  CHECK(list(good) == windows{{{0, 5}, {0, 3}}, {{2, 7}, {3, 7}}, {{7, 9}, {7, 9}}});
  CHECK(good.tokens() == 9);
  CHECK(good.unseen().empty());
  CHECK(ts::plan_from_windows(0, spans{}).value().empty());
  struct row {
    char const* what;
    std::size_t tokens;
    spans given;
    std::size_t where;
  };
  for (row const& r : {
           row{"none", 3, {}, 0},
           row{"it begins late", 3, {{1, 3}}, 0},
           row{"empty", 3, {{0, 2}, {2, 2}, {2, 3}}, 1},
           row{"backwards", 3, {{0, 2}, {2, 1}}, 1},
           row{"outside", 3, {{0, 4}}, 0},
           row{"a gap", 5, {{0, 2}, {3, 5}}, 1},
           row{"within the one before", 5, {{0, 5}, {1, 4}}, 1},
           row{"the same twice", 5, {{0, 5}, {0, 5}}, 1},
           row{"out of order", 5, {{0, 3}, {2, 5}, {1, 4}}, 2},
           row{"the end is missing", 5, {{0, 3}, {2, 4}}, 2},
       }) {
    CAPTURE(r.what);
    auto const plan = ts::plan_from_windows(r.tokens, r.given);
    REQUIRE_FALSE(plan);
    CHECK(plan.error() == ts::error{ts::errc::bad_offsets, r.where, 0});
  }
}

TEST_CASE("the window that sees most") {
  auto const plan = ts::plan_windows(16, {.max_tokens = 8, .overlap = 4}).value();
  REQUIRE(list(plan) == windows{{{0, 8}, {0, 6}}, {{4, 12}, {6, 10}}, {{8, 16}, {10, 16}}});
  struct row {
    ts::token_span span;
    std::optional<std::size_t> expected;
  };
  for (row const& r :
       {row{{0, 1}, 0}, row{{5, 6}, 0}, row{{6, 7}, 1}, row{{4, 8}, 1}, row{{4, 7}, 0}, row{{5, 8}, 1}, row{{3, 8}, 0},
        row{{4, 9}, 1}, row{{3, 9}, std::nullopt}, row{{8, 12}, 2}, row{{0, 16}, std::nullopt}, row{{15, 16}, 2}}) {
    CAPTURE(r.span.begin);
    CAPTURE(r.span.end);
    CHECK(ts::best_window(plan, r.span) == r.expected);
  }
  auto const one = ts::plan_windows(3, {.max_tokens = 8, .overlap = 4}).value();
  CHECK(ts::best_window(one, {0, 3}) == std::optional<std::size_t>(0));
  CHECK_FALSE(ts::best_window(ts::window_plan{}, {0, 1}));
}

TEST_CASE("from a window to the document") {
  ts::window const w{{10, 20}, {12, 18}};
  CHECK(ts::in_document(w, ts::token_span{2, 4}) == ts::token_span{12, 14});
  CHECK(ts::in_document(w, ts::token_entity{{0, 10}, loc}) == ts::token_entity{{10, 20}, loc});
  CHECK(ts::in_document(w, ts::scored_entity<ts::unit::byte>{{70, 75}, per, 0.5F, {1, 2}}) ==
        ts::scored_entity<ts::unit::byte>{{70, 75}, per, 0.5F, {11, 12}});
  CHECK(ts::in_document(w, ts::scored_entity<ts::unit::token>{{1, 2}, per, 0.5F, {1, 2}}) ==
        ts::scored_entity<ts::unit::token>{{11, 12}, per, 0.5F, {11, 12}});
  CHECK_THROWS_AS(static_cast<void>(ts::in_document(w, ts::token_span{9, 11})), ts::contract_violation);
  CHECK_THROWS_AS(static_cast<void>(ts::in_document(w, ts::token_span{3, 2})), ts::contract_violation);
}

TEST_CASE("rows without special tokens") {
  std::vector<float> const values{0, 0, 1, 1, 2, 2, 3, 3};
  ts::scores_view<float const> const all{values.data(), 4, 2};
  auto const content = ts::content_rows(all, 1, 1);
  CHECK(content.rows == 2);
  CHECK(content.row(0)[0] == 1.0F);
  CHECK(ts::content_rows(all, 4, 0).rows == 0);
  CHECK_THROWS_AS(static_cast<void>(ts::content_rows(all, 3, 2)), ts::contract_violation);
}

TEST_CASE("what windows disagree about, by weight") {
  // Three windows; tokens 2 and 3 are seen by two, and so on. A window's number is its score, at each token.
  auto const plan = ts::plan_windows(8, {.max_tokens = 4, .overlap = 2}).value();
  REQUIRE(plan.size() == 3);
  std::vector<std::vector<double>> values;
  std::vector<ts::scores_view<double>> views;
  for (double score : {1.0, 4.0, 16.0}) values.emplace_back(4, score);
  for (auto& v : values) views.push_back({v.data(), 4, 1});
  struct row {
    ts::window_weight weight;
    std::vector<double> expected;
  };
  for (row const& r : {
           row{ownership, {1, 1, 1, 4, 4, 16, 16, 16}},
           row{mean, {1, 1, 2.5, 2.5, 10, 10, 16, 16}},
           // Token 2 is second to last in the first window and first in the second.
           row{centre,
               {1, 1, 1 + (4 - 1) / 3.0, 1 + (4 - 1) * (2 / 3.0), 4 + (16 - 4) / 3.0, 4 + (16 - 4) * (2 / 3.0), 16,
                16}},
           row{max, {1, 1, 4, 4, 16, 16, 16, 16}},
       }) {
    CAPTURE(static_cast<int>(r.weight));
    auto const merged = ts::merge_scores(plan, views, {.weight = r.weight}).value();
    CHECK(merged.rows == 8);
    CHECK(merged.columns == 1);
    REQUIRE(merged.values.size() == 8);
    for (std::size_t t = 0; t < 8; ++t) CHECK(merged.values[t] == doctest::Approx(r.expected[t]).epsilon(1e-15));
  }
}

TEST_CASE("scores that are no finite numbers") {
  constexpr float never = -std::numeric_limits<float>::infinity();
  constexpr float always = std::numeric_limits<float>::infinity();
  constexpr float no_number = std::numeric_limits<float>::quiet_NaN();
  auto const plan = ts::plan_from_windows(3, std::vector<ts::token_span>{{0, 2}, {1, 3}}).value();
  struct row {
    float first, second;
    ts::window_weight weight;
    float expected;
  };
  for (row const& r :
       {row{never, 1, mean, never}, row{1, never, mean, never}, row{never, never, mean, never}, row{never, 1, max, 1},
        row{1, never, max, 1}, row{always, 1, mean, always}, row{always, always, centre, always},
        row{no_number, 1, mean, no_number}, row{1, no_number, mean, no_number}, row{no_number, never, mean, no_number},
        row{always, never, mean, no_number}, row{no_number, 1, max, no_number}, row{1, no_number, max, no_number},
        row{-1, 1, mean, 0}}) {
    CAPTURE(r.first);
    CAPTURE(r.second);
    std::vector<float> const a{0, r.first}, b{r.second, 0};
    std::vector<ts::scores_view<float const>> const views{{a.data(), 2, 1}, {b.data(), 2, 1}};
    float const found = ts::merge_scores(plan, views, {.weight = r.weight}).value().values[1];
    if (r.expected == r.expected) {
      CHECK(found == r.expected);
    } else {
      CHECK(found != found);
    }
  }
}

TEST_CASE("scores that do not fit the plan") {
  auto const plan = ts::plan_windows(7, {.max_tokens = 4, .overlap = 1}).value();
  REQUIRE(plan.size() == 2);
  std::vector<float> const values(64);
  using views = std::vector<ts::scores_view<float const>>;
  float const* const data = values.data();
  struct row {
    char const* what;
    views given;
    std::size_t given_size, expected;
  };
  for (row const& r : {
           row{"a window too few", {{data, 4, 3}}, 1, 2},
           row{"a window too many", {{data, 4, 3}, {data, 4, 3}, {data, 4, 3}}, 3, 2},
           row{"rows missing", {{data, 3, 3}, {data, 4, 3}}, 3, 4},
           row{"special tokens left in", {{data, 4, 3}, {data, 6, 3}}, 6, 4},
           row{"other columns", {{data, 4, 3}, {data, 4, 2}}, 2, 3},
           row{"a stride within the row", {{data, 4, 3}, {data, 4, 3, 2}}, 2, 3},
       }) {
    CAPTURE(r.what);
    for (ts::window_weight weight : {ownership, mean, centre, max}) {
      auto const merged = ts::merge_scores(plan, r.given, {.weight = weight});
      REQUIRE_FALSE(merged);
      CHECK(merged.error() == ts::error{ts::errc::shape_mismatch, r.given_size, r.expected});
    }
  }
  // One window too many for a stream; and an error takes nothing.
  ts::score_merger<float> merger(plan);
  auto const ignore = [](std::size_t, auto const&) {};
  CHECK_FALSE(merger.push(ts::scores_view{data, 5, 3}, ignore));
  CHECK(merger.push(ts::scores_view{data, 4, 3}, ignore));
  CHECK_FALSE(merger.push(ts::scores_view{data, 4, 2}, ignore));
  CHECK_FALSE(merger.complete());
  CHECK(merger.push(ts::scores_view{data, 4, 3}, ignore));
  CHECK(merger.complete());
  CHECK(merger.push(ts::scores_view{data, 4, 3}, ignore).error() == ts::error{ts::errc::shape_mismatch, 3, 2});
  CHECK_THROWS_AS(static_cast<void>(ts::merge_scores(plan, views{{nullptr, 4, 3}, {data, 4, 3}})),
                  ts::contract_violation);
  // An array of views of another constness, and memory that is used again.
  std::vector<float> ramp{0, 1, 2, 3, 4, 5, 6};
  std::array<ts::scores_view<float>, 2> const halves{{{ramp.data(), 4, 1}, {ramp.data() + 3, 4, 1}}};
  ts::score_matrix<float> out;
  ts::merge_scores_into(plan, halves, out).value();
  CHECK(out.values == ramp);
  CHECK_FALSE(ts::merge_scores_into(plan, views{}, out));
  CHECK(out.values == ramp);
  auto const nothing = ts::merge_scores(ts::plan_windows(0, {}).value(), views{}).value();
  CHECK(nothing.rows == 0);
  CHECK(nothing.values.empty());
}

TEST_CASE("sixteen-bit scores are merged as float, strides are looked through") {
  struct half {
    float value;
    explicit operator float() const { return value; }
  };
  auto const plan = ts::plan_windows(5, {.max_tokens = 3, .overlap = 1}).value();
  REQUIRE(plan.size() == 2);
  std::vector<half> const cells{{0}, {9}, {1}, {9}, {2}, {9}, {3}, {9}, {4}, {9}};
  std::vector<ts::scores_view<half const>> const views{{cells.data(), 3, 1, 2}, {cells.data() + 4, 3, 1, 2}};
  for (ts::window_weight weight : {ownership, mean, centre, max}) {
    auto const merged = ts::merge_scores(plan, views, {.weight = weight}).value();
    static_assert(std::is_same_v<decltype(merged.values), std::vector<float>>);
    CHECK(merged.values == std::vector<float>{0, 1, 2, 3, 4});
  }
}

TEST_CASE("entities of windows become those of the document") {
  // Windows [0,8) [4,12) [8,16), cores [0,6) [6,10) [10,16).
  auto const plan = ts::plan_windows(16, {.max_tokens = 8, .overlap = 4}).value();
  REQUIRE(plan.size() == 3);
  using found = std::vector<ts::token_entity>;
  using enum ts::window_finding;
  struct note {
    ts::window_finding what;
    std::size_t window;
    ts::token_entity entity;
  };
  struct row {
    char const* what;
    std::vector<found> windows;  // in tokens of the windows
    found expected;
    std::vector<note> notes;
  };
  for (row const& r : {
           row{"nothing", {{}, {}, {}}, {}, {}},
           row{"one window sees it", {{{{0, 2}, per}}, {}, {}}, {{{0, 2}, per}}, {}},
           row{"two see it", {{{{4, 6}, per}}, {{{0, 2}, per}}, {}}, {{{4, 6}, per}}, {{duplicate, 1, {{4, 6}, per}}}},
           row{"the later one sees how it goes on",
               {{{{6, 8}, per}}, {{{2, 5}, per}}, {}},
               {{{6, 9}, per}},
               {{cut, 0, {{6, 8}, per}}}},
           row{"the earlier one sees how it began",
               {{{{3, 6}, per}}, {{{0, 2}, per}}, {}},
               {{{3, 6}, per}},
               {{cut, 1, {{4, 6}, per}}}},
           row{"they disagree about the type",
               {{{{4, 6}, per}}, {{{0, 2}, loc}}, {}},
               {{{4, 6}, per}},
               {{outvoted, 1, {{4, 6}, loc}}}},
           row{"only the one with less context sees something",
               {{{{7, 8}, per}}, {}, {}},
               {},
               {{outvoted, 0, {{7, 8}, per}}}},
           row{"each sees what is the other's",
               {{{{6, 8}, per}}, {{{1, 3}, per}}, {}},
               {{{5, 7}, per}},
               {{outvoted, 0, {{6, 8}, per}}}},
           row{"longer than what windows share",
               {{{{3, 8}, per}}, {{{0, 5}, per}}, {}},
               {{{3, 9}, per}},
               {{joined, 0, {{3, 8}, per}}, {joined, 1, {{4, 9}, per}}}},
           row{"through three windows",
               {{{{2, 8}, per}}, {{{0, 8}, per}}, {{{0, 7}, per}}},
               {{{2, 15}, per}},
               {{joined, 0, {{2, 8}, per}}, {joined, 1, {{4, 12}, per}}, {joined, 2, {{8, 15}, per}}}},
           row{"long, and the windows disagree",
               {{{{3, 8}, per}}, {{{0, 5}, loc}}, {}},
               {{{3, 8}, per}},
               {{cut, 1, {{4, 9}, loc}}, {at_edge, 0, {{3, 8}, per}}}},
           row{"nested in one window, in any order",
               {{{{1, 2}, loc}, {{0, 3}, per}}, {}, {}},
               {{{0, 3}, per}, {{1, 2}, loc}},
               {}},
           row{"nested in a long one",
               {{{{3, 8}, per}, {{3, 4}, loc}}, {{{0, 5}, per}, {{4, 5}, loc}}, {}},
               {{{3, 4}, loc}, {{3, 9}, per}, {{8, 9}, loc}},
               {{joined, 0, {{3, 8}, per}}, {joined, 1, {{4, 9}, per}}}},
           row{"touching ones stay apart",
               {{{{4, 5}, per}, {{5, 6}, per}}, {{{0, 1}, per}, {{1, 2}, per}}, {}},
               {{{4, 5}, per}, {{5, 6}, per}},
               {{duplicate, 1, {{4, 5}, per}}, {duplicate, 1, {{5, 6}, per}}}},
       }) {
    CAPTURE(r.what);
    auto const merged = ts::merge_entities(plan, r.windows).value();
    CHECK(merged.entities == r.expected);
    std::vector<ts::window_note<ts::token_entity>> notes;
    for (note const& n : r.notes) notes.push_back({n.what, n.window, n.entity});
    CHECK(merged.notes == notes);
  }
  CHECK(ts::merge_entities(plan, std::vector<found>{{{{7, 8}, per}}, {}, {}}, {.keep_unconfirmed = true})
            .value()
            .entities == found{{{7, 8}, per}});
}

TEST_CASE("entities with scores and offsets") {
  auto const plan = ts::plan_windows(16, {.max_tokens = 8, .overlap = 4}).value();
  using found = ts::scored_entity<ts::unit::byte>;
  std::vector<std::vector<found>> const windows{{{{30, 80}, per, 0.9F, {3, 8}}},
                                                {{{40, 90}, per, 0.7F, {0, 5}}, {{110, 120}, loc, 0.5F, {7, 8}}},
                                                {{{110, 120}, loc, 0.6F, {3, 4}}}};
  auto const merged = ts::merge_entities(plan, windows).value();
  CHECK(merged.entities == std::vector<found>{{{30, 90}, per, 0.7F, {3, 9}}, {{110, 120}, loc, 0.6F, {11, 12}}});
  REQUIRE(merged.notes.size() == 3);
  CHECK(merged.notes[2].what == ts::window_finding::duplicate);
}

TEST_CASE("entities that do not fit the plan") {
  auto const plan = ts::plan_windows(7, {.max_tokens = 4, .overlap = 1}).value();
  using found = std::vector<ts::token_entity>;
  auto const failed = [&](std::vector<found> const& windows) { return ts::merge_entities(plan, windows).error(); };
  CHECK(failed({{}}) == ts::error{ts::errc::shape_mismatch, 1, 2});
  CHECK(failed({{}, {}, {}}) == ts::error{ts::errc::shape_mismatch, 3, 2});
  CHECK(failed({{}, {{{0, 1}, per}, {{3, 5}, per}}}) == ts::error{ts::errc::bad_span_in_sentence, 1, 1});
  CHECK(failed({{{{2, 2}, per}}, {}}) == ts::error{ts::errc::bad_span_in_sentence, 0, 0});
  CHECK(failed({{{{3, 2}, per}}, {}}) == ts::error{ts::errc::bad_span_in_sentence, 0, 0});
  ts::entity_merger<ts::token_entity> merger(plan);
  auto const ignore = [](auto const&) {};
  CHECK(merger.push(found{}, ignore, ignore));
  CHECK(merger.push(found{}, ignore, ignore));
  CHECK(merger.complete());
  CHECK(merger.push(found{}, ignore, ignore).error() == ts::error{ts::errc::shape_mismatch, 3, 2});
}

TEST_CASE("labels of a window for training") {
  auto const bio = ts::label_set::for_types<ts::bio>({"PER"});
  auto const bioes = ts::label_set::for_types<ts::bioes>({"PER"});
  using enum ts::window_label_policy;
  ts::window const w{{2, 7}, {3, 6}};
  struct row {
    char const* what;
    ts::label_set const& labels;
    ts::window_label_policy policy;
    char const* document;
    char const* expected;
  };
  for (row const& r : {
           row{"core", bio, core, "O B-PER I-PER I-PER O B-PER I-PER I-PER", "- I-PER O B-PER -"},
           row{"core keeps what is ignored", bio, core, "O O B-PER - I-PER - O O", "- - I-PER - -"},
           row{"the start is written anew", bio, repaired, "O B-PER I-PER I-PER O B-PER I-PER I-PER",
               "B-PER I-PER O B-PER I-PER"},
           row{"nothing is cut", bio, repaired, "O O B-PER I-PER O O O O", "B-PER I-PER O O O"},
           row{"ignored positions stay", bio, repaired, "O B-PER - I-PER - I-PER O O", "- B-PER - I-PER O"},
           row{"both ends", bioes, repaired, "O B-PER I-PER E-PER O B-PER I-PER E-PER", "B-PER E-PER O B-PER E-PER"},
           row{"one token is left", bioes, repaired, "O B-PER E-PER O O O B-PER E-PER", "S-PER O O O S-PER"},
       }) {
    CAPTURE(r.what);
    auto const ids = encode(r.document, r.labels);
    auto const found = &r.labels == &bio ? ts::window_labels<ts::bio>(w, ids, r.labels, r.policy)
                                         : ts::window_labels<ts::bioes>(w, ids, r.labels, r.policy);
    CHECK(decode(found.value(), r.labels) == r.expected);
  }
  std::vector<std::uint8_t> const bytes{0, 0, 1, 2, 0, 0, 0};
  CHECK(ts::window_labels<ts::bio>(w, bytes, bio).value() == std::vector<ts::label_id>{-100, 2, 0, 0, -100});
}

TEST_CASE("labels that do not fit the window") {
  auto const bio = ts::label_set::for_types<ts::bio>({"PER"});
  ts::window const w{{2, 5}, {2, 5}};
  using ids = std::vector<ts::label_id>;
  using enum ts::window_label_policy;
  CHECK(ts::window_labels<ts::bio>(w, ids{0, 0, 0, 0}, bio).error() == ts::error{ts::errc::length_mismatch, 0, 4});
  CHECK(ts::window_labels<ts::bio>(w, ids{0, 0, 0, 7, 0}, bio).error() == ts::error{ts::errc::id_out_of_range, 3, 0});
  CHECK(ts::window_labels<ts::bio>(w, ids{7, 0, 0, 0, 0}, bio));
  auto const no_begin = ts::label_set::from_id2label({"O", "I-PER"}).value();
  CHECK(ts::window_labels<ts::bio>(w, ids{0, 0, 0, 1, 0}, no_begin, repaired).error() ==
        ts::error{ts::errc::label_missing, 0, 3});
  auto const no_outside = ts::label_set::from_id2label({"B-PER", "I-PER"}).value();
  CHECK(ts::window_labels<ts::bio>(w, ids{0, 1, 1, 1, 1}, no_outside, repaired).value() == ids{0, 1, 1});
}

TEST_CASE("entities that cores cut") {
  auto const plan = ts::plan_windows(16, {.max_tokens = 8, .overlap = 4}).value();
  std::vector<ts::token_entity> const entities{
      {{0, 6}, per}, {{5, 7}, per}, {{3, 9}, per}, {{10, 11}, per}, {{2, 7}, loc}};
  CHECK(ts::cut_entities(plan, entities).value() == std::vector<ts::cut_entity>{{1, 1}, {2, {}}, {4, 0}});
  auto const part = ts::plan_windows(16, {.max_tokens = 8, .overlap = 4, .max_windows = 1}).value();
  CHECK(ts::cut_entities(part, entities).value() == std::vector<ts::cut_entity>{{2, {}}, {3, {}}});
  CHECK(ts::cut_entities(plan, std::vector<ts::token_entity>{{{1, 2}, per}, {{15, 17}, per}}).error() ==
        ts::error{ts::errc::span_out_of_range, 1, 0});
  CHECK(ts::cut_entities(plan, std::vector<ts::token_entity>{{{2, 2}, per}}).error() ==
        ts::error{ts::errc::span_out_of_range, 0, 0});
}

TEST_CASE("a long stretch of entities that overlap costs no square") {
  // 200,000 entities, each of which overlaps its neighbours: 4 · 10^10 pairs would not end.
  std::size_t const count = 200'000;
  auto const plan = ts::plan_windows(count + 1, {.max_tokens = count, .overlap = 2}).value();
  REQUIRE(plan.size() == 2);
  std::vector<std::vector<ts::token_entity>> found(2);
  for (std::size_t i = 0; i + 2 < count; ++i) found[0].push_back({{i, i + 2}, per});
  auto const merged = ts::merge_entities(plan, found).value();
  CHECK(merged.entities == found[0]);
  CHECK(merged.notes.empty());
}
