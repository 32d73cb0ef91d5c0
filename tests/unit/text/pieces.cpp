// SPDX-License-Identifier: MIT
#include <tagspan/text/pieces.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace ts = tagspan;
using ts::errc;
using ts::piece_fault;
using ts::piece_style;
using strings = std::vector<std::string>;
using spans = std::vector<ts::byte_span>;

struct row {
  std::string what;
  std::string text;
  strings pieces;
  spans expected;
  std::vector<ts::unplaced_piece> unplaced{};
  ts::piece_options options{};
};

void check(std::vector<row> const& rows, piece_style style) {
  for (row const& r : rows) {
    INFO(r.what);
    ts::placed_pieces const found = ts::piece_offsets(r.text, r.pieces, style, r.options).value();
    CHECK(found.spans == r.expected);
    CHECK(found.unplaced == r.unplaced);
  }
}

std::uint8_t const ends_special[] = {1, 0, 0, 1};
std::uint8_t const ends_in_special[] = {0, 0, 1};
std::uint8_t const starts_special[] = {1, 0, 0};

TEST_CASE("wordpiece") {
  check(
      {
          {"words and continuations",
           "a playing, cat",
           {"a", "play", "##ing", ",", "cat"},
           {{0, 1}, {2, 6}, {6, 9}, {9, 10}, {11, 14}}},
          {"special tokens",
           "ab c",
           {"[CLS]", "ab", "c", "[SEP]"},
           {{0, 0}, {0, 2}, {3, 4}, {4, 4}},
           {},
           {.special_tokens_mask = ends_special}},
          {"nothing", "", {}, {}},
          {"no text", " \t", {"a"}, {{2, 2}}, {{0, piece_fault::unmatched}}},
          {"capitals", "New YORK", {"new", "york"}, {{0, 3}, {4, 8}}, {}, {.lower_case_ascii = true}},
          {"two hashes of the text", "a ##", {"a", "#", "#"}, {{0, 1}, {2, 3}, {3, 4}}},
          {"an unknown word", "a \xC5\xBC\xC3\xB3 b", {"a", "[UNK]", "b"}, {{0, 1}, {2, 6}, {7, 8}}},
          {"unknown words in a row",
           "Foo-bar baz!",
           {"[UNK]", "-", "[UNK]", "[UNK]", "!"},
           {{0, 3}, {3, 4}, {4, 7}, {8, 11}, {11, 12}}},
          {"unknown ideographs", "\xE7\x8E\x8B\xE5\x9C\xA8x", {"[UNK]", "[UNK]", "x"}, {{0, 3}, {3, 6}, {6, 7}}},
          {"unknown at the end", "a foo", {"a", "[UNK]"}, {{0, 1}, {2, 5}}},
          {"unknown at the end, and more text",
           "a foo bar",
           {"a", "[UNK]"},
           {{0, 1}, {2, 9}},
           {{1, piece_fault::uncertain}}},
          {"more unknown words than words",
           "a foo b",
           {"a", "[UNK]", "[UNK]", "b"},
           {{0, 1}, {2, 5}, {2, 5}, {6, 7}},
           {{1, piece_fault::uncertain}, {2, piece_fault::uncertain}}},
          {"another unknown token", "a foo b", {"a", "<?>", "b"}, {{0, 1}, {2, 5}, {6, 7}}, {}, {.unknown = "<?>"}},
          {"a soft hyphen is taken out",
           "un\xC2\xAD"
           "der x",
           {"under", "x"},
           {{0, 7}, {8, 9}}},
          {"a zero byte is taken out", std::string("a\0b c", 5), {"ab", "c"}, {{0, 3}, {4, 5}}},
          {"accents are not known here",
           "the Jos\xC3\xA9 went home",
           {"the", "jose", "went", "home"},
           {{0, 3}, {4, 9}, {10, 14}, {15, 19}},
           {{1, piece_fault::unmatched}}},
          {"a piece too many",
           "hello there world",
           {"hello", "nonsense", "there", "world"},
           {{0, 5}, {6, 6}, {6, 11}, {12, 17}},
           {{1, piece_fault::unmatched}}},
          {"a word is not found in another one",
           "tomato to go home",
           {"to", "go", "home"},
           {{7, 9}, {10, 12}, {13, 17}}},
      },
      piece_style::wordpiece);
}

TEST_CASE("byte level") {
  check(
      {
          {"words", "Hi there", {"Hi", "\xC4\xA0there"}, {{0, 2}, {3, 8}}},
          {"with the blank", "Hi there", {"Hi", "\xC4\xA0there"}, {{0, 2}, {2, 8}}, {}, {.trim = false}},
          {"a blank was put in front", "Hi there", {"\xC4\xA0Hi", "\xC4\xA0there"}, {{0, 2}, {3, 8}}},
          {"in front, behind a special token",
           "Hi there",
           {"<s>", "\xC4\xA0Hi", "\xC4\xA0there"},
           {{0, 0}, {0, 2}, {3, 8}},
           {},
           {.special_tokens_mask = starts_special}},
          {"pieces share a character",
           "\xF0\x9F\x98\x80",
           {"\xC3\xB0\xC5\x81", "\xC4\xBA", "\xC4\xA2"},
           {{0, 4}, {0, 4}, {0, 4}}},
          {"cut within a blank, and a special token",
           "a\xE3\x80\x80",
           {"a", "\xC3\xA3", "</s>"},
           {{0, 1}, {4, 4}, {4, 4}},
           {},
           {.special_tokens_mask = ends_in_special}},
          {"newline and tab", "a\n\tb", {"a", "\xC4\x8A", "\xC4\x89", "b"}, {{0, 1}, {2, 2}, {3, 3}, {3, 4}}},
          {"a zero byte", std::string("a\0b", 3), {"a", "\xC4\x80", "b"}, {{0, 1}, {1, 2}, {2, 3}}},
          {"a token that is plain text",
           "a [X ] b",
           {"a", "\xC4\xA0", "[X ]",
            "\xC4\xA0"
            "b"},
           {{0, 1}, {2, 2}, {2, 6}, {7, 8}}},
          {"bytes that are not UTF-8, kept",
           "a\xFF"
           "b",
           {"a", "\xC3\xBF", "b"},
           {{0, 1}, {1, 2}, {2, 3}},
           {},
           {.ill_formed = ts::ill_formed_bytes::keep}},
          {"and replaced",
           "a\xE2\x82 b",
           {"a", "\xC3\xAF\xC2\xBF", "\xC2\xBD",
            "\xC4\xA0"
            "b"},
           {{0, 1}, {1, 3}, {1, 3}, {4, 5}},
           {},
           {.ill_formed = ts::ill_formed_bytes::replace}},
      },
      piece_style::byte_level);
}

TEST_CASE("the alphabet of byte level is one letter a byte") {
  std::vector<int> seen(256);
  for (char32_t c = 0; c < 0x400; ++c) {
    int const byte = ts::detail::byte_of_letter(c);
    if (byte >= 0) ++seen[static_cast<std::size_t>(byte)];
  }
  CHECK(seen == std::vector<int>(256, 1));
  CHECK(ts::detail::byte_of_letter(0x120) == ' ');
  CHECK(ts::detail::byte_of_letter(0x10A) == '\n');
  CHECK(ts::detail::byte_of_letter(0x143) == 0xAD);
  CHECK(ts::detail::byte_of_letter(0x142) == 0xA0);
  CHECK(ts::detail::byte_of_letter('a') == 'a');
}

std::string const mark = "\xE2\x96\x81";

TEST_CASE("metaspace") {
  check(
      {
          {"words", "Hello world", {mark + "Hel", "lo", mark + "world"}, {{0, 3}, {3, 5}, {6, 11}}},
          {"with the blanks", "Hello world", {mark + "Hello", mark + "world"}, {{0, 5}, {5, 11}}, {}, {.trim = false}},
          {"collapsed blanks", "  a   b ", {mark + "a", mark + "b", mark}, {{2, 3}, {6, 7}, {8, 8}}},
          {"the last of the blanks", "  a   b", {mark + "a", mark + "b"}, {{1, 3}, {5, 7}}, {}, {.trim = false}},
          {"marks for each blank", "  a", {mark + mark, mark + "a"}, {{2, 2}, {2, 3}}},
          {"a mark before the first character",
           "\xE7\x8E\x8B x",
           {mark, "\xE7\x8E\x8B", mark + "x"},
           {{0, 3}, {0, 3}, {4, 5}}},
          {"a mark for a blank", "a \xE7\x8E\x8B", {mark + "a", mark, "\xE7\x8E\x8B"}, {{0, 1}, {2, 2}, {2, 5}}},
          {"and where words were split first",
           "a \xE7\x8E\x8B",
           {mark + "a", mark, "\xE7\x8E\x8B"},
           {{0, 1}, {2, 5}, {2, 5}},
           {},
           {.words_split_first = true}},
          {"a mark inside a piece",
           "out of  the box",
           {mark + "out", mark + "of" + mark + "the", mark + "box"},
           {{0, 3}, {4, 11}, {12, 15}}},
          {"marks of the text itself",
           mark + "a" + mark + "b  c" + mark + "d",
           {mark + "a", mark, "b", mark + "c" + mark + "d"},
           {{0, 4}, {4, 7}, {7, 8}, {10, 15}}},
          {"the same where words were split first",
           "a" + mark + "b c",
           {mark + "a", mark + "b", mark, "c"},
           {{0, 1}, {1, 5}, {6, 7}, {6, 7}},
           {},
           {.words_split_first = true}},
          {"byte pieces share a character",
           "\xF0\x9F\x98\x80!",
           {mark, "<0xF0>", "<0x9F>", "<0x98>", "<0x80>", "!"},
           {{0, 4}, {0, 4}, {0, 4}, {0, 4}, {0, 4}, {4, 5}}},
          {"an unknown run of characters",
           "ab\xE7\x8E\x8B\xE5\x9C\xA8"
           "cd",
           {mark + "ab", "<unk>", "cd"},
           {{0, 2}, {2, 8}, {8, 10}}},
          {"one each",
           "ab\xE7\x8E\x8B\xE5\x9C\xA8"
           "cd",
           {mark + "ab", "<unk>", "<unk>", "cd"},
           {{0, 2}, {2, 5}, {5, 8}, {8, 10}}},
          {"unknown over two words",
           "ab xy zz cd",
           {mark + "ab", "<unk>", mark + "cd"},
           {{0, 2}, {3, 8}, {9, 11}},
           {{1, piece_fault::uncertain}}},
          {"not that many characters",
           "ab xyz cd",
           {mark + "ab", "<unk>", "<unk>", mark + "cd"},
           {{0, 2}, {3, 6}, {3, 6}, {7, 9}},
           {{1, piece_fault::uncertain}, {2, piece_fault::uncertain}}},
      },
      piece_style::metaspace);
}

TEST_CASE("end of word") {
  check(
      {
          {"words",
           "playing a game.",
           {"play", "ing</w>", "a</w>", "game</w>", ".</w>"},
           {{0, 4}, {4, 7}, {8, 9}, {10, 14}, {14, 15}}},
          {"a word goes on only without a blank",
           "go home, going home",
           {"go", "ing</w>", "home</w>"},
           {{9, 11}, {11, 14}, {15, 19}}},
          {"an unknown word", "ab \xE7\x8E\x8B cd", {"ab</w>", "<unk>", "cd</w>"}, {{0, 2}, {3, 6}, {7, 9}}},
      },
      piece_style::end_of_word);
}

TEST_CASE("what is left of the text is told") {
  strings const pieces{"a", "b"};
  CHECK(ts::piece_offsets("a b  c d", pieces, piece_style::wordpiece)->rest == ts::byte_span{5, 8});
  CHECK(ts::piece_offsets("a b ", pieces, piece_style::wordpiece)->rest.empty());
  CHECK(ts::piece_offsets("a b", strings{}, piece_style::wordpiece)->rest == ts::byte_span{0, 3});
}

TEST_CASE("errors") {
  std::string_view const pieces[] = {"a"};
  std::span<std::string_view const> const range(pieces);
  std::uint8_t const mask[] = {0, 0, 0};
  CHECK(ts::piece_offsets("a", range, piece_style::metaspace, {.special_tokens_mask = mask}).error() ==
        ts::error{errc::shape_mismatch, 3, 1});
  CHECK(ts::piece_offsets("ab\xC3", range, piece_style::byte_level).error() == ts::error{errc::ill_formed_text, 2, 0});
}

// A repeating text whose pieces never fit is the worst that the search can meet.
TEST_CASE("what does not fit is given up in time") {
  std::string text;
  strings pieces;
  for (int i = 0; i < 20000; ++i) {
    text += "ab ";
    pieces.push_back(i % 2 == 0 ? "ab" : "ax");
  }
  ts::placed_pieces const found = ts::piece_offsets(text, pieces, piece_style::wordpiece).value();
  CHECK(found.unplaced.size() >= 10000);
  CHECK(found.spans.size() == pieces.size());
}

// Neither a long run of blanks is read anew for each place of a search, nor a long piece for nothing: either would take
// minutes here.
TEST_CASE("nor do long blanks and long pieces cost their square") {
  std::string const blanks(100'000, ' '), letters(50'000, 'a');
  struct hostile {
    char const* what;
    std::string text;
    strings pieces;
    piece_style style;
  };
  for (hostile const& h :
       {hostile{"blanks", blanks + "a", strings(1000, "b"), piece_style::wordpiece},
        hostile{"blanks and marks", blanks + "a", strings(1000, mark + "b"), piece_style::metaspace},
        hostile{"pieces that nearly fit", letters, strings(50, letters.substr(0, 999) + "b"), piece_style::byte_level},
        hostile{"the same joined", letters, strings(50, "##" + letters.substr(0, 999) + "b"), piece_style::wordpiece}}) {
    CAPTURE(h.what);
    CHECK(ts::piece_offsets(h.text, h.pieces, h.style)->unplaced.size() == h.pieces.size());
  }
}

// The user's own normalisation: every "&amp;" is "&" to the tokenizer.
struct unescaped {
  std::string made = "a & b";
  std::string_view text() const { return made; }
  std::string_view source() const { return "a &amp; b"; }
  ts::byte_span to_source(ts::byte_span s) const {
    auto const to = [](std::size_t at) { return at < 3 ? at : at + 4; };
    return {to(s.begin), to(s.end)};
  }
};
static_assert(ts::text_with_source<unescaped>);

TEST_CASE("through a normalisation of the user's own") {
  strings const pieces{"a", "&", "b"};
  CHECK(ts::piece_offsets(unescaped{}, pieces, piece_style::wordpiece)->spans == spans{{0, 1}, {2, 7}, {8, 9}});
}

}  // namespace
