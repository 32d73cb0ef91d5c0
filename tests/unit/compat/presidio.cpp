// SPDX-License-Identifier: MIT
#include <tagspan/compat/presidio.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace {

namespace ts = tagspan;
using ts::compat::presidio_result;
using enum ts::compat::presidio_strategy;
constexpr ts::type_id per{0}, loc{1};

TEST_CASE("what is left of results that conflict") {
  struct row {
    char const* what;
    std::vector<presidio_result> in;
    ts::compat::presidio_options options;
    std::vector<presidio_result> left;
    std::string text;
  };
  row const rows[] = {
      {"one type: the union", {{{0, 3}, per, 0.2f}, {{2, 5}, per, 0.6f}}, {}, {{{0, 5}, per, 0.6f}}, "<PER>fg  hij"},
      {"contained", {{{0, 5}, per, 0.2f}, {{1, 3}, loc, 0.9f}}, {}, {{{0, 5}, per, 0.2f}}, "<PER>fg  hij"},
      {"equal spans: the score",
       {{{0, 3}, per, 0.2f}, {{0, 3}, loc, 0.9f}},
       {},
       {{{0, 3}, loc, 0.9f}},
       "<LOC>defg  hij"},
      {"two types that cross stay, and garble the text",
       {{{0, 4}, per, 0.2f}, {{2, 6}, loc, 0.9f}},
       {},
       {{{0, 4}, per, 0.2f}, {{2, 6}, loc, 0.9f}},
       "<PER><LOC>g  hij"},
      {"unless intersections are removed",
       {{{0, 4}, per, 0.2f}, {{2, 6}, loc, 0.9f}},
       {remove_intersections, true},
       {{{0, 2}, per, 0.2f}, {{2, 6}, loc, 0.9f}},
       "<PER><LOC>g  hij"},
      {"blanks between one type",
       {{{5, 7}, per, 0.2f}, {{9, 12}, per, 0.1f}},
       {},
       {{{5, 12}, per, 0.1f}},
       "abcde<PER>"},
      {"blanks kept",
       {{{5, 7}, per, 0.2f}, {{9, 12}, per, 0.1f}},
       {merge_similar_or_contained, false},
       {{{5, 7}, per, 0.2f}, {{9, 12}, per, 0.1f}},
       "abcde<PER>  <PER>"},
      {"touching",
       {{{0, 2}, per, 0.2f}, {{2, 4}, per, 0.3f}},
       {},
       {{{0, 2}, per, 0.2f}, {{2, 4}, per, 0.3f}},
       "<PER><PER>efg  hij"},
  };
  for (row const& r : rows) {
    CAPTURE(r.what);
    auto const left = ts::compat::presidio_resolve("abcdefg  hij", r.in, r.options).value();
    CHECK(left == r.left);
    CHECK(ts::compat::presidio_anonymize("abcdefg  hij", left, [](ts::type_id t) {
            return t == per ? "<PER>" : "<LOC>";
          }).text == r.text);
  }
}

TEST_CASE("results outside the text") {
  CHECK(ts::compat::presidio_resolve("abc", {{{0, 1}, per, 1}, {{1, 4}, per, 1}}).error() ==
        ts::error{ts::errc::out_of_text, 4, 1});
  CHECK(ts::compat::presidio_resolve("abc", {{{2, 1}, per, 1}}).error() == ts::error{ts::errc::bad_offsets, 0, 0});
}

}  // namespace
