// SPDX-License-Identifier: MIT
// text/unicode over random and hostile text: normalisation against utf8proc's own, maps against what maps must be,
// clusters against a walk over the whole text; and pieces made from a text are found in it.
#include <tagspan/text/pieces.hpp>
#include <tagspan/text/redact.hpp>
#include <tagspan/text/unicode.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "random.hpp"

namespace {

namespace ts = tagspan;
using tagspan_test::random_numbers;
using ts::letter_case;
using ts::normal_form;

// Characters that act on each other, in many ways: marks of several classes, Jamo, vowel signs that compose and have
// class 0, letters that compose (U+16D63 and U+16D67, from Unicode 16 on), ligatures, fullwidth forms, U+0345 (a mark
// that folds to a letter), singletons, exclusions, ZWJ, flags, NUL.
constexpr char32_t characters[] = {
    'a',     'A',     'e',     'I',     'k',     'z',    ' ',    '\n',   '\r',    '0',     '.',     '\'',
    0,       0xC9,    0xE9,    0xDF,    0xC5,    0x130,  0x131,  0x1E9E, 0x300,   0x301,   0x307,   0x30A,
    0x323,   0x327,   0x338,   0x345,   0x34F,   0x3A9,  0x3C3,  0x3C2,  0x390,   0x1FB3,  0x5D0,   0x5B0,
    0x5BC,   0x64E,   0x651,   0x93C,   0x915,   0x93F,  0x94D,  0x958,  0x9C7,   0x9BE,   0x9D7,   0xB47,
    0xB56,   0xBC6,   0xBD7,   0xCC6,   0xCC2,   0xCD5,  0xDD9,  0xDCF,  0xDDF,   0x1025,  0x102E,  0xE33,
    0xF71,   0xF72,   0x1100,  0x1161,  0x1175,  0x11A8, 0x11B7, 0xAC00, 0xAC01,  0xAE40,  0x1E0A,  0x1E9B,
    0x1EBF,  0x200D,  0x200B,  0x2000,  0x2126,  0x212B, 0x2ADC, 0x3000, 0x304B,  0x3099,  0x30AB,  0xFF76,
    0xFF9E,  0xFB01,  0xFB2A,  0xFE0F,  0xFF21,  0xFDFA, 0x4E16, 0xF900, 0x1D15E, 0x1D165, 0x11099, 0x110BA,
    0x1F469, 0x1F3FD, 0x1F1E9, 0x1F1EA, 0x2F800, 0xAD,   0xA0,   0x33C2, 0x3B1,   0x313,   0x342,
    0x16D63, 0x16D67};

void append(std::string& text, char32_t c) { ts::detail::append_utf8({static_cast<utf8proc_int32_t>(c)}, text); }

std::string random_text(random_numbers& random, std::size_t length) {
  std::string text;
  for (; length > 0; --length) {
    if (random.one_in(12)) {
      char32_t c = static_cast<char32_t>(random.below(0x30000));
      if (c >= 0xD800 && c < 0xE000) c = 0x4E00;
      append(text, c);
    } else {
      append(text, characters[random.below(sizeof characters / sizeof *characters)]);
    }
  }
  return text;
}

std::string by_utf8proc(std::string_view text, int flags) {
  utf8proc_uint8_t* made = nullptr;
  utf8proc_ssize_t const size =
      utf8proc_map(reinterpret_cast<utf8proc_uint8_t const*>(text.data()), static_cast<utf8proc_ssize_t>(text.size()),
                   &made, static_cast<utf8proc_option_t>(flags | UTF8PROC_STABLE));
  REQUIRE(size >= 0);
  std::string out(reinterpret_cast<char const*>(made), static_cast<std::size_t>(size));
  std::free(made);
  return out;
}

struct form_and_flags {
  ts::normalize_options options;
  int flags;
};
form_and_flags const forms[] = {
    {{.form = normal_form::nfc}, UTF8PROC_COMPOSE},
    {{.form = normal_form::nfd}, UTF8PROC_DECOMPOSE},
    {{.form = normal_form::nfkc}, UTF8PROC_COMPOSE | UTF8PROC_COMPAT},
    {{.form = normal_form::nfkd}, UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT},
    {{.form = normal_form::none, .letters = letter_case::fold}, UTF8PROC_CASEFOLD},
    {{.form = normal_form::nfc, .letters = letter_case::fold}, UTF8PROC_CASEFOLD | UTF8PROC_COMPOSE},
    {{.form = normal_form::nfkd, .letters = letter_case::fold},
     UTF8PROC_CASEFOLD | UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE},
};
ts::normalize_options const own_forms[] = {
    {.form = normal_form::none},
    {.form = normal_form::none, .letters = letter_case::lower},
    {.form = normal_form::none, .strip_accents = true},
    {.form = normal_form::nfkc, .letters = letter_case::lower, .strip_accents = true},
    ts::bert_uncased,
};

ts::normalize_options random_form(random_numbers& random) {
  std::size_t const k = random.below(std::size(forms) + std::size(own_forms));
  return k < std::size(forms) ? forms[k].options : own_forms[k - std::size(forms)];
}

// Spans of one side lead to spans of the other that grow with them, cover it, and lead back to no less.
void check_map(ts::normalized_text const& n) {
  std::size_t const size = n.text().size(), source_size = n.source().size();
  ts::byte_span last{};
  std::size_t reached = 0;
  for (std::size_t at = 0; at < size; ++at) {
    ts::byte_span const from = n.to_source({at, at + 1});
    REQUIRE(from.begin <= from.end);
    REQUIRE(from.end <= source_size);
    REQUIRE(from.begin >= last.begin);
    REQUIRE(from.end >= last.end);
    last = from;
    if (!from.empty()) {
      ts::byte_span const back = n.from_source(from);
      REQUIRE(back.begin <= at);
      REQUIRE(back.end >= at + 1);
      REQUIRE(n.to_source(back) == from);
    }
    reached = from.end;
  }
  REQUIRE(reached <= source_size);
  last = {};
  for (std::size_t at = 0; at < source_size; ++at) {
    ts::byte_span const to = n.from_source({at, at + 1});
    REQUIRE(to.begin <= to.end);
    REQUIRE(to.begin >= last.begin);
    REQUIRE(to.end >= last.end);
    REQUIRE(to.begin <= last.end);  // nothing made is passed over: nothing is put in but in the place of something
    last = to;
  }
  if (source_size != 0) REQUIRE(last.end == size);
}

TEST_CASE("normalisation is utf8proc's own") {
  random_numbers random(1);
  for (int round = 0; round < 3000; ++round) {
    std::string const text = random_text(random, random.below(14));
    for (auto const& [options, flags] : forms) {
      auto const n = ts::normalize(text, options).value();
      REQUIRE(n.text() == by_utf8proc(text, flags));
      check_map(n);
    }
    for (auto const& options : own_forms) check_map(ts::normalize(text, options).value());
  }
}

// What has no flag in utf8proc, by whole texts and one step at a time.
TEST_CASE("stripping accents and lower-casing, by the definition") {
  random_numbers random(2);
  for (int round = 0; round < 3000; ++round) {
    std::string const text = random_text(random, random.below(14));
    std::string const decomposed = by_utf8proc(text, UTF8PROC_DECOMPOSE);
    std::string stripped, lower;
    for (std::size_t at = 0; at < decomposed.size();) {
      auto const part = ts::detail::part_at(decomposed, at);
      auto const c = static_cast<utf8proc_int32_t>(ts::detail::code_point_at(decomposed, at, part));
      at += part.length;
      if (utf8proc_category(c) == UTF8PROC_CATEGORY_MN) continue;
      append(stripped, static_cast<char32_t>(c));
      append(lower, static_cast<char32_t>(utf8proc_tolower(c)));
    }
    REQUIRE(ts::normalize(text, {.form = normal_form::nfd, .strip_accents = true})->text() ==
            by_utf8proc(stripped, UTF8PROC_DECOMPOSE));
    REQUIRE(ts::normalize(text, {.strip_accents = true})->text() == by_utf8proc(stripped, UTF8PROC_COMPOSE));
    REQUIRE(ts::normalize(text, ts::bert_uncased)->text() == lower);
  }
}

TEST_CASE("a text normalised in parts, and twice") {
  random_numbers random(3);
  for (int round = 0; round < 3000; ++round) {
    std::string a = random_text(random, random.below(10)), b = "x";
    a += '.';
    b += random_text(random, random.below(10));
    std::string const ab = a + b;
    auto const options = random_form(random);
    auto const whole = ts::normalize(ab, options).value();
    auto const front = ts::normalize(a, options).value(), back = ts::normalize(b, options).value();
    // "x" begins a character whatever stands before it, so the parts do not act on each other.
    REQUIRE(whole.text() == front.text() + back.text());
    for (std::size_t at = 0; at < whole.text().size(); ++at) {
      bool const in_front = at < front.text().size();
      std::size_t const shift = in_front ? 0 : front.text().size();
      auto part = (in_front ? front : back).to_source({at - shift, at - shift + 1});
      std::size_t const off = in_front ? 0 : a.size();
      REQUIRE(whole.to_source({at, at + 1}) == ts::byte_span{part.begin + off, part.end + off});
    }

    auto const second = ts::normalize(whole.text(), random_form(random)).value();
    auto const both = whole.then(second).value();
    REQUIRE(both.text() == second.text());
    check_map(both);
    for (std::size_t at = 0; at < both.text().size(); ++at) {
      auto const middle = second.to_source({at, at + 1});
      auto const direct = both.to_source({at, at + 1}), stepwise = whole.to_source(middle);
      REQUIRE(direct.begin <= stepwise.begin);
      REQUIRE(direct.end >= stepwise.end);
    }
  }
}

TEST_CASE("clusters are those of a walk over the whole text") {
  random_numbers random(4);
  for (int round = 0; round < 600; ++round) {
    std::string text = random_text(random, random.below(round % 10 == 0 ? 900 : 12));
    if (random.one_in(3) && !text.empty()) text[random.below(text.size())] = static_cast<char>(random.below(256));
    std::vector<std::size_t> borders{0};
    utf8proc_int32_t last = 0, state = 0;
    for (std::size_t at = 0; at < text.size();) {
      auto const part = ts::detail::part_at(text, at);
      auto const c = static_cast<utf8proc_int32_t>(ts::detail::code_point_at(text, at, part));
      if (at != 0 && utf8proc_grapheme_break_stateful(last, c, &state)) borders.push_back(at);
      last = c;
      at += part.length;
    }
    if (!text.empty()) borders.push_back(text.size());
    ts::grapheme_map const map(text);
    REQUIRE(map.size() == borders.size() - 1);
    REQUIRE(map.index_bytes() <= 2 * (text.size() / 16 + 16));
    for (std::size_t k = 0, at = 0; at <= text.size(); ++at) {
      if (k + 1 < borders.size() && borders[k + 1] <= at) ++k;
      auto const down = map.checked<ts::unit::grapheme>(ts::byte_span{at, text.size()}, ts::rounding::outward).value();
      REQUIRE(down == ts::grapheme_span{k, borders.size() - 1});
      auto const exact = map.checked<ts::unit::grapheme>(ts::byte_span{at, text.size()});
      REQUIRE(exact.has_value() == (borders[k] == at));
      auto const words = map.to_words(ts::byte_span{at, text.size()}).value();
      REQUIRE(words.begin <= at);
      REQUIRE(map.to_words(words, ts::rounding::error).has_value());
    }
    for (std::size_t k = 0; k + 1 < borders.size(); ++k) REQUIRE(map[k] == ts::byte_span{borders[k], borders[k + 1]});
  }
}

// Spans grown to whole clusters: no byte that they cover survives, no mask begins or ends inside a cluster, and what no
// cluster of theirs holds stays.
TEST_CASE("redaction that is safe for graphemes") {
  random_numbers random(7);
  std::size_t grown = 0;
  for (int round = 0; round < 1500; ++round) {
    std::string const text = random_text(random, random.below(30));
    auto const map = ts::grapheme_map::from(text).value();
    std::vector<ts::entity<ts::unit::byte>> entities;
    std::vector<bool> hidden(map.size());  // by cluster
    for (std::size_t k = random.below(6); k > 0; --k) {
      std::size_t const size = map.offsets().size().code_point, begin = random.below(size + 1);
      ts::code_point_span const span{begin, begin + random.below(size - begin + 1)};
      if (span.empty()) continue;
      auto const bytes = map.to<ts::unit::byte>(span);
      auto const whole = map.to_graphemes(bytes).value();
      grown += whole != bytes;
      entities.push_back({whole, {}});
      for (std::size_t c = 0; c < map.size(); ++c) {
        if (ts::overlaps(map[c], bytes)) hidden[c] = true;
      }
    }
    auto const out = ts::redact(text, entities, {.style = ts::mask::fixed, .fixed = ""}).value();
    std::string expected;
    for (std::size_t c = 0; c < map.size(); ++c) {
      if (!hidden[c]) expected += text.substr(map[c].begin, map[c].size());
    }
    CHECK(out.text() == expected);
    for (auto const& m : out.masks()) CHECK(map.checked<ts::unit::grapheme>(m.before).has_value());
  }
  CHECK(grown > 500);
}

// A tokenizer that is made up: words by blanks, cut anywhere, over the normalised text.
TEST_CASE("pieces of a normalised text are found in the source") {
  random_numbers random(5);
  char const* const words[] = {"\u00C9cole", "e\u0301t", "Stra\u00DFe", "\uFB01n", "\u4E16\u754C",
                               "abc",        "B",        "\u0130I",     "\uAE40"};
  std::string const mark = "\xE2\x96\x81";
  for (int round = 0; round < 2000; ++round) {
    std::string text;
    for (std::size_t k = random.below(12); k > 0; --k) {
      text += words[random.below(std::size(words))];
      text += std::string(1 + random.below(3), ' ');
    }
    auto const n = ts::normalize(text, random_form(random)).value();
    std::vector<std::string> pieces;
    std::vector<ts::byte_span> expected;
    std::string const& made = n.text();
    for (std::size_t at = 0; at < made.size();) {
      if (made[at] == ' ') {
        ++at;
        continue;
      }
      std::size_t end = at;
      do {
        end = ts::detail::boundary_after(made, end + 1);
      } while (end < made.size() && made[end] != ' ' && !random.one_in(3));
      bool const begins = at == 0 || made[at - 1] == ' ';
      pieces.push_back(begins ? mark : std::string());
      pieces.back().append(made, at, end - at);
      expected.push_back(n.to_source({at, end}));
      at = end;
    }
    auto const found = ts::piece_offsets(n, pieces, ts::piece_style::metaspace).value();
    REQUIRE(found.unplaced.empty());
    REQUIRE(found.spans == expected);
  }
}

// Whatever the pieces are: spans lie in the text, on characters, in order; what is not reported says what the text
// says.
TEST_CASE("hostile pieces") {
  random_numbers random(6);
  char const* const bits[] = {"a",
                              "ab",
                              "##b",
                              "##",
                              "[UNK]",
                              "<unk>",
                              "\xE2\x96\x81",
                              "\xE2\x96\x81"
                              "a",
                              "<0xE4>",
                              "<0xB8>",
                              "\xC4\xA0",
                              "\xC4\xA0"
                              "a",
                              "\xC3\xA4",
                              "a</w>",
                              "</w>",
                              "",
                              "\xFF",
                              "\u4E16",
                              ".",
                              "b a"};
  char const* const text_bits[] = {"a",    "ab", " ",     "b",  "\u4E16", "##",  "\xE4",
                                   "\xB8", ".",  "[UNK]", "\n", "\u00AD", "a b "};
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    for (std::size_t k = random.below(10); k > 0; --k) text += text_bits[random.below(std::size(text_bits))];
    std::vector<std::string> pieces;
    std::vector<std::uint8_t> mask;
    for (std::size_t k = random.below(10); k > 0; --k) {
      pieces.push_back(bits[random.below(std::size(bits))]);
      mask.push_back(random.one_in(8));
    }
    auto const style = static_cast<ts::piece_style>(random.below(4));
    ts::piece_options const options{
        .special_tokens_mask = mask,
        .words_split_first = random.one_in(2),
        .trim = random.one_in(2),
        .ill_formed = random.one_in(2) ? ts::ill_formed_bytes::keep : ts::ill_formed_bytes::replace};
    auto const found = ts::piece_offsets(text, pieces, style, options).value();
    REQUIRE(found.spans.size() == pieces.size());
    std::vector<bool> reported(pieces.size());
    for (auto const& piece : found.unplaced) {
      REQUIRE(piece.index < pieces.size());
      REQUIRE(mask[piece.index] == 0);
      reported[piece.index] = true;
    }
    REQUIRE(found.rest.begin <= found.rest.end);
    std::size_t begin = 0;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      ts::byte_span const span = found.spans[i];
      REQUIRE(span.begin <= span.end);
      REQUIRE(span.end <= text.size());
      REQUIRE(ts::detail::is_boundary(text, span.begin));
      REQUIRE(ts::detail::is_boundary(text, span.end));
      if (!options.trim) {
        REQUIRE(span.begin >= begin);
        begin = span.begin;
      }
      if (reported[i] || mask[i] != 0 || style != ts::piece_style::end_of_word) continue;
      std::string body = pieces[i];
      if (body == "<unk>" || body.find('\xFF') != std::string::npos) continue;
      if (body.ends_with("</w>")) body.resize(body.size() - 4);
      if (options.trim) REQUIRE(text.substr(span.begin, span.size()) == body);
    }
  }
}

}  // namespace
