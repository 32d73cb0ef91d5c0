// SPDX-License-Identifier: MIT
#include <tagspan/text/token_alignment.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

namespace {

namespace ts = tagspan;
using ts::alignment;
using spans = std::vector<ts::byte_span>;

// "[CLS] Angela Mer kel, ok [SEP]", specials with empty offsets
spans const offsets{{0, 0}, {0, 6}, {7, 10}, {10, 13}, {13, 14}, {15, 17}, {0, 0}};

TEST_CASE("the token at an offset") {
  auto const map = ts::token_map<ts::unit::byte>::from(offsets).value();
  std::vector<std::optional<std::size_t>> const expected{
      1, 1, 1, 1, 1, 1, std::nullopt, 2, 2, 2, 3, 3, 3, 4, std::nullopt, 5, 5};
  for (std::size_t at = 0; at < expected.size(); ++at) {
    CAPTURE(at);
    CHECK(map.token_at(at) == expected[at]);
    CHECK(ts::token_at(offsets, at) == expected[at]);
  }
  CHECK(map.token_at(17) == std::nullopt);
  // Pieces of one character: the first.
  spans const pieces{{0, 1}, {1, 2}, {1, 2}, {1, 2}, {2, 3}};
  CHECK(ts::token_map<ts::unit::byte>::from(pieces)->token_at(1) == 1);
}

TEST_CASE("the tokens of a span of text") {
  struct row {
    char const* what;
    ts::byte_span text;
    std::optional<ts::token_span> strict, contract, expand;
  };
  using tokens = ts::token_span;
  row const rows[] = {
      {"one token", {0, 6}, tokens{1, 2}, tokens{1, 2}, tokens{1, 2}},
      {"two tokens and what is between", {0, 10}, tokens{1, 3}, tokens{1, 3}, tokens{1, 3}},
      {"begins inside", {3, 13}, {}, tokens{2, 4}, tokens{1, 4}},
      {"ends inside", {7, 12}, {}, tokens{2, 3}, tokens{2, 4}},
      {"inside one", {1, 3}, {}, {}, tokens{1, 2}},
      {"between tokens", {6, 7}, {}, {}, {}},
      {"with white space around", {6, 14}, {}, tokens{2, 5}, tokens{2, 5}},
      {"empty", {7, 7}, {}, {}, {}},
      {"behind all", {17, 20}, {}, {}, {}},
      {"over the end", {15, 20}, {}, tokens{5, 6}, tokens{5, 6}},
  };
  auto const map = ts::token_map<ts::unit::byte>::from(offsets).value();
  for (row const& r : rows) {
    CAPTURE(r.what);
    CHECK(map.tokens_of(r.text) == r.strict);
    CHECK(map.tokens_of(r.text, alignment::contract) == r.contract);
    CHECK(map.tokens_of(r.text, alignment::expand) == r.expand);
    CHECK(ts::char_span(offsets, r.text) == r.strict);
    CHECK(ts::char_span(offsets, r.text, alignment::contract) == r.contract);
    CHECK(ts::char_span(offsets, r.text, alignment::expand) == r.expand);
  }
  CHECK(map.text_of({0, 4}) == ts::byte_span{0, 13});
  CHECK(map.text_of({6, 7}) == std::nullopt);
  CHECK_THROWS_AS(static_cast<void>(map.text_of({6, 8})), ts::contract_violation);
}

TEST_CASE("offsets that are not in order") {
  struct row {
    spans offsets;
    std::size_t where;
  };
  row const rows[] = {{{{0, 2}, {3, 1}}, 1}, {{{4, 6}, {0, 0}, {2, 8}}, 2}, {{{0, 6}, {2, 4}}, 1}};
  for (row const& r : rows) {
    CHECK(ts::token_map<ts::unit::byte>::from(r.offsets).error() == ts::error{ts::errc::bad_offsets, r.where, 0});
  }
}

std::vector<std::size_t> list(std::span<std::size_t const> s) { return {s.begin(), s.end()}; }

TEST_CASE("two tokenizations of one text") {
  std::vector<std::string> const a{"New York", "'s", "  ", "mayor"};
  std::vector<std::string_view> const b{"new", "YORK'", "S", "ma", "yor"};
  auto const map = ts::align_tokens(a, b).value();
  CHECK(list(map.a_to_b(0)) == std::vector<std::size_t>{0, 1});
  CHECK(list(map.a_to_b(1)) == std::vector<std::size_t>{1, 2});
  CHECK(list(map.a_to_b(2)).empty());
  CHECK(list(map.a_to_b(3)) == std::vector<std::size_t>{3, 4});
  CHECK(list(map.b_to_a(1)) == std::vector<std::size_t>{0, 1});
  CHECK(list(map.reversed().a_to_b(1)) == list(map.b_to_a(1)));
  CHECK_THROWS_AS(static_cast<void>(map.a_to_b(4)), ts::contract_violation);

  SUBCASE("entities move, and those that do not fit are listed") {
    struct row {
      ts::token_span entity;
      alignment mode;
      std::optional<ts::token_span> moved;
      bool misaligned;
    };
    using tokens = ts::token_span;
    row const rows[] = {
        {{0, 2}, alignment::strict, tokens{0, 3}, false},
        {{3, 4}, alignment::strict, tokens{3, 5}, false},
        {{0, 1}, alignment::strict, {}, true},
        {{0, 1}, alignment::contract, tokens{0, 1}, true},
        {{0, 1}, alignment::expand, tokens{0, 2}, true},
        {{2, 3}, alignment::expand, {}, true},
        {{1, 4}, alignment::contract, tokens{2, 5}, true},
    };
    for (row const& r : rows) {
      std::vector<ts::token_entity> const in{{r.entity, ts::type_id{7}}};
      auto const out = ts::move_entities(in, map, r.mode).value();
      CHECK(out.entities.size() == r.moved.has_value());
      if (r.moved) CHECK(out.entities.at(0) == ts::token_entity{*r.moved, ts::type_id{7}});
      CHECK(out.misaligned == (r.misaligned ? std::vector<std::size_t>{0} : std::vector<std::size_t>{}));
    }
    std::vector<ts::token_entity> const outside{{{0, 1}, {}}, {{3, 5}, {}}};
    CHECK(ts::move_entities(outside, map).error() == ts::error{ts::errc::span_out_of_range, 1, 0});
  }
}

TEST_CASE("case is looked through without a table") {
  struct row {
    char const *a, *b;
  };
  row const rows[] = {{"\xC3\x84", "\xC3\xA4"},         {"\xC5\x81", "\xC5\x82"},          // Ä ä, Ł ł
                      {"\xC5\xBD", "\xC5\xBE"},         {"\xCE\xA9", "\xCF\x89"},          // Ž ž, Ω ω
                      {"\xD0\x96", "\xD0\xB6"},         {"\xD0\x81", "\xD1\x91"},          // Ж ж, Ё ё
                      {"\xD4\xB1", "\xD5\xA1"},         {"\xE1\xBA\xA0", "\xE1\xBA\xA1"},  // Ա ա, Ạ ạ
                      {"\xEF\xBC\xA1", "\xEF\xBD\x81"}, {"\xC5\xB8", "\xC3\xBF"}};         // Ａ ａ, Ÿ ÿ
  for (row const& r : rows) {
    CAPTURE(r.a);
    std::vector<std::string> const a{r.a}, b{r.b};
    CHECK(ts::align_tokens(a, b).has_value());
    CHECK_FALSE(ts::align_tokens(a, b, [](char32_t c) { return c; }).has_value());
  }
  std::vector<std::string> const times{"\xC3\x97"}, divided{"\xC3\xB7"};  // × ÷ are no letters
  CHECK_FALSE(ts::align_tokens(times, divided).has_value());
}

TEST_CASE("texts that differ: an error with its place, or what they have in common") {
  std::vector<std::string> const a{"the", "colour", "of", "money"}, b{"the", "color", "of", "your", "money"};
  CHECK(ts::align_tokens(a, b).error() == ts::error{ts::errc::texts_differ, 1, 1});
  std::vector<std::string> const shorter{"the"};
  CHECK(ts::align_tokens(a, shorter).error() == ts::error{ts::errc::texts_differ, 1, 1});
  auto const map = ts::align_differing_tokens(a, b);
  std::vector<std::size_t> all;
  for (std::size_t i = 0; i < a.size(); ++i) {
    for (std::size_t j : map.a_to_b(i)) all.push_back(10 * i + j);
  }
  CHECK(all == std::vector<std::size_t>{0, 11, 22, 34});
  std::vector<std::string> const none;
  CHECK(ts::align_differing_tokens(a, none).a_to_b(3).empty());
}

}  // namespace
