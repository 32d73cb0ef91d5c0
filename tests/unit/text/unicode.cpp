// SPDX-License-Identifier: MIT
#include <tagspan/text/unicode.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include <tagspan/text/pieces.hpp>

namespace {

namespace ts = tagspan;
using ts::errc;
using ts::letter_case;
using ts::normal_form;
using ts::rounding;
using byte = ts::unit::byte;
using code_point = ts::unit::code_point;
using utf16 = ts::unit::utf16;
using grapheme = ts::unit::grapheme;

static_assert(ts::text_with_source<ts::normalized_text>);

TEST_CASE("normal forms") {
  struct row {
    std::string what;
    std::string_view text;
    ts::normalize_options options;
    std::string_view expected;
  };
  row const rows[] = {
      {"composed", "e\u0301", {}, "\u00E9"},
      {"decomposed", "\u00E9", {.form = normal_form::nfd}, "e\u0301"},
      {"marks are put in order", "a\u0301\u0323", {.form = normal_form::nfd}, "a\u0323\u0301"},
      {"Hangul", "\u1100\u1175\u11B7", {}, "\uAE40"},
      {"a ligature", "\uFB01n", {.form = normal_form::nfkc}, "fin"},
      {"a fraction", "\u00BD", {.form = normal_form::nfkc}, "1\u20442"},
      {"compatible and decomposed", "\uFF21\u00E9", {.form = normal_form::nfkd}, "Ae\u0301"},
      {"case folding", "STRA\u00DFE", {.form = normal_form::none, .letters = letter_case::fold}, "strasse"},
      {"lower case",
       "\u00C9T\u00C9 \u0130",
       {.form = normal_form::none, .letters = letter_case::lower},
       "\u00E9t\u00E9 i\u0307"},
      {"without accents", "\u00C9te\u0301 \u0141", {.strip_accents = true}, "Ete \u0141"},
      {"spacing marks stay",
       "\u0926\u093F\u0932\u094D",
       {.form = normal_form::none, .strip_accents = true},
       "\u0926\u093F\u0932"},
      {"uncased BERT", "\u0130 \u00D1u\u00F1ez", ts::bert_uncased, "i nunez"},
      {"nothing to do", "Abc \u00E9\u4E16", {}, "Abc \u00E9\u4E16"},
      {"the empty text", "", {}, ""},
  };
  for (row const& r : rows) {
    INFO(r.what);
    CHECK(ts::normalize(r.text, r.options)->text() == r.expected);
  }
  std::string_view const zero("A\0\u00C9", 4);
  CHECK(ts::normalize(zero, {.letters = letter_case::lower})->text() == std::string_view("a\0\u00E9", 4));
}

// A long run of marks, each pair of them out of order.
TEST_CASE("hostile marks are sorted in time") {
  std::string text = "a", expected = "a";
  int const pairs = 200000;
  for (int i = 0; i < pairs; ++i) text += "\u0301\u0323";
  for (int i = 0; i < pairs; ++i) expected += "\u0323";
  for (int i = 0; i < pairs; ++i) expected += "\u0301";
  auto const n = ts::normalize(text, {.form = normal_form::nfd}).value();
  CHECK(n.text() == expected);
  CHECK(n.to_source({1, 3}) == ts::byte_span{0, text.size()});
}

TEST_CASE("ill-formed text by policy") {
  std::string_view const text =
      "a\xE2\x82"
      "e\xCC\x81";
  CHECK(ts::normalize(text).error() == ts::error{errc::ill_formed_text, 1, 0});
  auto const replaced = ts::normalize(text, {.replace_ill_formed = true}).value();
  CHECK(replaced.text() == "a\uFFFD\u00E9");
  CHECK(replaced.to_source({1, 4}) == ts::byte_span{1, 3});
  CHECK(replaced.to_source({4, 6}) == ts::byte_span{3, 6});
  CHECK(ts::grapheme_map::from(text).error() == ts::error{errc::ill_formed_text, 1, 0});
  CHECK(ts::grapheme_map(text).size() == 3);
}

TEST_CASE("spans there and back") {
  //                             0 12 3     5      8    10
  std::string_view const text = "Ab \u00C9\uFB01\u0301 c";
  auto const n = ts::normalize(text, {.form = normal_form::nfkd, .letters = letter_case::lower}).value();
  REQUIRE(n.text() == "ab e\u0301fi\u0301 c");  // e 3, accent 4-6, f 6, i 7, accent 8-10
  struct row {
    ts::byte_span normalized, source;
  };
  row const to_source[] = {{{0, 2}, {0, 2}},   {{2, 3}, {2, 3}}, {{3, 4}, {3, 5}},   {{4, 6}, {3, 5}},
                           {{6, 7}, {5, 8}},   {{6, 8}, {5, 8}}, {{8, 10}, {8, 10}}, {{10, 12}, {10, 12}},
                           {{0, 12}, {0, 12}}, {{4, 4}, {3, 5}}, {{6, 6}, {5, 5}},   {{0, 0}, {0, 0}}};
  for (row const& r : to_source) {
    CAPTURE(r.normalized.begin);
    CAPTURE(r.normalized.end);
    CHECK(n.to_source(r.normalized) == r.source);
  }
  CHECK(n.from_source({3, 5}) == ts::byte_span{3, 6});
  CHECK(n.from_source({5, 8}) == ts::byte_span{6, 8});
  CHECK(n.from_source({1, 4}) == ts::byte_span{1, 6});
  CHECK(n.checked_to_source({3, 13}).error() == ts::error{errc::out_of_text, 13, 0});
  CHECK(n.checked_from_source({3, 2}).error() == ts::error{errc::bad_offsets, 3, 0});
  CHECK_THROWS(n.to_source({3, 13}));
}

TEST_CASE("what is taken out belongs to no span that ends there") {
  auto const n = ts::normalize("cafe\u0301 x", {.form = normal_form::nfd, .strip_accents = true}).value();
  REQUIRE(n.text() == "cafe x");
  CHECK(n.to_source({0, 4}) == ts::byte_span{0, 4});
  CHECK(n.to_source({0, 6}) == ts::byte_span{0, 8});
  CHECK(n.to_source({4, 5}) == ts::byte_span{6, 7});
  CHECK(n.from_source({4, 6}) == ts::byte_span{4, 4});
}

TEST_CASE("a text of a text") {
  std::string_view const text = "Re\u0301sume\u0301 \uFB01n";
  auto const first = ts::normalize(text, {.form = normal_form::nfkc}).value();
  auto const second =
      ts::normalize(first.text(), {.form = normal_form::none, .letters = letter_case::lower, .strip_accents = true});
  auto const both = first.then(*second).value();
  CHECK(both.text() == "resume fin");
  CHECK(both.source() == text);
  CHECK(both.to_source({0, 1}) == ts::byte_span{0, 1});
  CHECK(both.to_source({1, 2}) == ts::byte_span{1, 4});
  CHECK(both.to_source({0, 6}) == ts::byte_span{0, 10});
  CHECK(both.to_source({7, 8}) == ts::byte_span{11, 14});
  CHECK(both.to_source({9, 10}) == ts::byte_span{14, 15});
  CHECK(first.then(ts::normalized_text("R\u00E9sum\u00E9 fun")).error().code == errc::texts_differ);
}

TEST_CASE("a normalisation of one's own") {
  auto n = ts::normalized_text::builder("a &amp; b").copy(2).replace(5, "&").copy(2).replace(0, "!").finish();
  CHECK(n.text() == "a & b!");
  CHECK(n.to_source({2, 3}) == ts::byte_span{2, 7});
  CHECK(n.to_source({2, 5}) == ts::byte_span{2, 9});
  CHECK(n.to_source({5, 6}) == ts::byte_span{9, 9});
  CHECK(n.from_source({8, 9}) == ts::byte_span{4, 5});
  CHECK_THROWS(ts::normalized_text::builder("ab").copy(3));
}

// 0 a, 1-10 family (woman, ZWJ, girl: 4 + 3 + 4), then e with accent, CR LF, flag, 'z'
std::string const clusters = "a\U0001F469\u200D\U0001F467e\u0301\r\n\U0001F1E9\U0001F1EAz";

TEST_CASE("grapheme clusters as a unit") {
  auto const map = ts::grapheme_map::from(clusters).value();
  REQUIRE(map.size() == 6);
  std::vector<ts::byte_span> found;
  for (std::size_t k = 0; k < map.size(); ++k) found.push_back(map[k]);
  CHECK(found == std::vector<ts::byte_span>{{0, 1}, {1, 12}, {12, 15}, {15, 17}, {17, 25}, {25, 26}});
  CHECK(map.to<byte>(ts::grapheme_span{1, 3}) == ts::byte_span{1, 15});
  CHECK(map.to<code_point>(ts::grapheme_span{1, 3}) == ts::code_point_span{1, 6});
  CHECK(map.to<utf16>(ts::grapheme_span{1, 3}) == ts::utf16_span{1, 8});
  CHECK(map.to<grapheme>(ts::utf16_span{1, 8}) == ts::grapheme_span{1, 3});
  CHECK(map.to<utf16>(ts::byte_span{1, 5}) == ts::utf16_span{1, 3});
  CHECK(map.checked<grapheme>(ts::byte_span{5, 12}).error() == ts::error{errc::off_boundary, 5, 0});
  CHECK(map.checked<grapheme>(ts::code_point_span{1, 2}).error() == ts::error{errc::off_boundary, 2, 0});
  CHECK(map.checked<grapheme>(ts::byte_span{6, 20}, rounding::outward).value() == ts::grapheme_span{1, 5});
  CHECK(map.checked<grapheme>(ts::byte_span{6, 20}, rounding::inward).value() == ts::grapheme_span{2, 4});
  CHECK(map.checked<grapheme>(ts::byte_span{6, 8}, rounding::inward).value() == ts::grapheme_span{2, 2});
  CHECK(map.checked<byte>(ts::grapheme_span{0, 7}).error() == ts::error{errc::out_of_text, 7, 0});
  CHECK(map.checked<grapheme>(ts::byte_span{0, 27}).error() == ts::error{errc::out_of_text, 27, 0});
  CHECK(map.checked<byte>(ts::grapheme_span{2, 1}).error() == ts::error{errc::bad_offsets, 2, 0});
  CHECK_THROWS(map.to<grapheme>(ts::byte_span{2, 12}));
  CHECK_THROWS(map[6]);
}

TEST_CASE("a span snapped to clusters") {
  auto const map = ts::grapheme_map::from(clusters).value();
  CHECK(map.to_graphemes(ts::byte_span{5, 13}).value() == ts::byte_span{1, 15});
  CHECK(map.to_graphemes(ts::byte_span{2, 14}).value() == ts::byte_span{1, 15});  // inside characters
  CHECK(map.to_graphemes(ts::code_point_span{2, 5}).value() == ts::code_point_span{1, 6});
  CHECK(map.to_graphemes(ts::code_point_span{2, 6}, rounding::inward).value() == ts::code_point_span{4, 6});
  CHECK(map.to_graphemes(ts::utf16_span{0, 3}, rounding::error).error() == ts::error{errc::off_boundary, 3, 0});
}

TEST_CASE("a span snapped to words") {
  struct row {
    std::string what;
    std::string_view text;
    ts::byte_span span, outward, inward;
  };
  row const rows[] = {
      {"inside a word", "say hello there", {5, 8}, {4, 9}, {8, 8}},
      {"over words", "say hello there", {5, 12}, {4, 15}, {9, 10}},
      {"whole words", "say hello there", {4, 9}, {4, 9}, {4, 9}},
      {"with white space", "say hello there", {3, 10}, {3, 10}, {3, 10}},
      {"an apostrophe", "don't go", {0, 3}, {0, 5}, {0, 0}},
      {"a hyphen parts words", "Jean-Paul", {5, 7}, {5, 9}, {5, 5}},
      {"numbers", "at 3.14, so", {3, 4}, {3, 7}, {3, 3}},
      {"accents", "Se\u0301ne\u0301gal", {1, 4}, {0, 11}, {4, 4}},
      {"ideographs stand alone", "\u6771\u4EAC", {0, 3}, {0, 3}, {0, 3}},
      {"katakana", "\u30BF\u30EF\u30FC", {0, 3}, {0, 9}, {0, 0}},
      {"underscore", "snake_case", {0, 5}, {0, 10}, {0, 0}},
  };
  for (row const& r : rows) {
    INFO(r.what);
    auto const map = ts::grapheme_map::from(r.text).value();
    CHECK(map.to_words(r.span, rounding::outward).value() == r.outward);
    CHECK(map.to_words(r.span, rounding::inward).value() == r.inward);
    CHECK(map.to_words(r.span, rounding::error).has_value() == (r.span == r.outward));
  }
}

TEST_CASE("the index of a long text") {
  std::string text;
  for (int i = 0; i < 400; ++i) text += clusters;
  auto const map = ts::grapheme_map::from(text).value();
  CHECK(map.size() == 2400);
  for (std::size_t k = 0; k < map.size(); ++k) {
    std::size_t const begin = k / 6 * clusters.size();
    ts::byte_span const within = ts::grapheme_map::from(clusters).value()[k % 6];
    REQUIRE(map[k] == ts::byte_span{begin + within.begin, begin + within.end});
    REQUIRE(map.to<grapheme>(map[k]) == ts::grapheme_span{k, k + 1});
  }
  CHECK(ts::grapheme_map("").size() == 0);
  std::string accents = "a";
  for (int i = 0; i < 1000; ++i) accents += "\u0301";
  accents += "b";
  CHECK(ts::grapheme_map(accents).size() == 2);
  CHECK(ts::grapheme_map(accents)[1] == ts::byte_span{2001, 2002});
  CHECK(ts::grapheme_map(accents).checked<grapheme>(ts::byte_span{1001, 2002}, rounding::outward).value() ==
        ts::grapheme_span{0, 2});
}

}  // namespace
