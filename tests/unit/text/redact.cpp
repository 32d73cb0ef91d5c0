// SPDX-License-Identifier: MIT
#include <tagspan/text/redact.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

namespace {

namespace ts = tagspan;
using ts::errc;
using found = ts::scored_entity<ts::unit::byte>;

std::string_view const names[] = {"PER", "ORG"};
constexpr ts::type_id per{0}, org{1};

//                              0123456789 0    1 234567
constexpr std::string_view text = "Ask J\xC3\xBCrgen of \xF0\x9F\x98\x80 Inc";  // Jürgen 4-11, emoji 15-19

TEST_CASE("each kind of mask") {
  std::vector<found> const entities{{{4, 11}, per, 0.9f, {}}, {{15, 23}, org, 0.8f, {}}};
  struct row {
    char const* what;
    ts::redact_options options;
    std::string expected;
  };
  row const rows[] = {
      {"type", {.type_names = names}, "Ask [PER] of [ORG]"},
      {"fixed", {.style = ts::mask::fixed}, "Ask [REDACTED] of [REDACTED]"},
      {"fixed, own", {.style = ts::mask::fixed, .fixed = "-"}, "Ask - of -"},
      {"fixed, nothing", {.style = ts::mask::fixed, .fixed = ""}, "Ask  of "},
      {"code points", {.style = ts::mask::keep_length}, "Ask ****** of *****"},
      {"bytes",
       {.style = ts::mask::keep_length, .fill = '#', .length_in = ts::length_unit::byte},
       "Ask ####### of ########"},
      {"UTF-16", {.style = ts::mask::keep_length, .length_in = ts::length_unit::utf16}, "Ask ****** of ******"},
  };
  for (row const& r : rows) {
    CAPTURE(r.what);
    CHECK(ts::redact(text, entities, r.options).value().text() == r.expected);
  }
  auto const owned = ts::redact_with(text, entities, [](ts::masked_span const& m, std::string_view old) {
    return std::to_string(m.named_by) + ":" + std::to_string(old.size());
  });
  CHECK(owned->text() == "Ask 0:7 of 1:8");
}

TEST_CASE("overlap: the union is masked, the best scored one names it, the first of equals") {
  struct row {
    char const* what;
    std::vector<found> entities;
    std::string expected;
  };
  row const rows[] = {
      {"crossing", {{{0, 3}, per, 0.1f, {}}, {{2, 5}, org, 0.9f, {}}}, "[ORG]fgh"},
      {"nested", {{{0, 5}, per, 0.9f, {}}, {{2, 3}, org, 0.1f, {}}}, "[PER]fgh"},
      {"a chain", {{{4, 6}, per, 0.1f, {}}, {{0, 3}, org, 0.2f, {}}, {{2, 5}, per, 0.3f, {}}}, "[PER]gh"},
      {"equal scores", {{{2, 5}, org, 0.5f, {}}, {{0, 3}, per, 0.5f, {}}}, "[ORG]fgh"},
      {"touching stay apart", {{{0, 3}, per, 0.5f, {}}, {{3, 5}, org, 0.5f, {}}}, "[PER][ORG]fgh"},
      {"empty masks nothing", {{{3, 3}, per, 0.5f, {}}}, "abcdefgh"},
      {"all of it", {{{0, 8}, per, 0.5f, {}}}, "[PER]"},
      {"none", {}, "abcdefgh"},
  };
  for (row const& r : rows) {
    CAPTURE(r.what);
    CHECK(ts::redact("abcdefgh", r.entities, {.type_names = names}).value().text() == r.expected);
  }
}

TEST_CASE("the map between the texts") {
  std::vector<found> const entities{{{4, 11}, per, 0.9f, {}}};
  auto const out = ts::redact(text, entities, {.type_names = names}).value();  // Ask [PER] of 😀 Inc
  REQUIRE(out.masks().size() == 1);
  CHECK(out.masks()[0] == ts::masked_span{{4, 11}, {4, 9}, 0, per});
  struct row {
    ts::byte_span before, after, back;
  };
  row const rows[] = {
      {{0, 3}, {0, 3}, {0, 3}},       {{4, 11}, {4, 9}, {4, 11}}, {{12, 14}, {10, 12}, {12, 14}},
      {{5, 7}, {4, 9}, {4, 11}},      {{0, 6}, {0, 9}, {0, 11}},  {{6, 14}, {4, 12}, {4, 14}},
      {{23, 23}, {21, 21}, {23, 23}}, {{4, 4}, {4, 4}, {4, 4}},   {{11, 11}, {9, 9}, {11, 11}},
      {{8, 8}, {4, 9}, {4, 11}},
  };
  for (row const& r : rows) {
    CAPTURE(r.before.begin);
    CHECK(out.to_new(r.before) == r.after);
    CHECK(out.to_old(r.after) == r.back);
  }
  CHECK_THROWS_AS(static_cast<void>(out.to_new({0, 24})), ts::contract_violation);
  CHECK_THROWS_AS(static_cast<void>(out.to_old({0, 22})), ts::contract_violation);

  auto const gone = ts::redact(text, entities, {.style = ts::mask::fixed, .fixed = ""}).value();  // "Ask  of"
  CHECK(gone.to_old({0, 4}) == ts::byte_span{0, 4});
  CHECK(gone.to_old({4, 6}) == ts::byte_span{11, 13});
  CHECK(gone.to_old({3, 5}) == ts::byte_span{3, 12});
  CHECK(gone.to_old({4, 4}) == ts::byte_span{4, 11});
}

TEST_CASE("bad input: an error with its place") {
  struct row {
    char const* what;
    std::vector<found> entities;
    ts::error error;
  };
  row const rows[] = {
      {"behind the end", {{{0, 3}, per, 1, {}}, {{4, 99}, per, 1, {}}}, {errc::out_of_text, 99, 1}},
      {"backwards", {{{4, 2}, per, 1, {}}}, {errc::bad_offsets, 0, 0}},
      {"inside a character", {{{0, 3}, per, 1, {}}, {{6, 9}, per, 1, {}}}, {errc::off_boundary, 6, 1}},
      {"ends inside a character", {{{0, 16}, per, 1, {}}}, {errc::off_boundary, 16, 0}},
      {"a type without name", {{{0, 3}, ts::type_id{5}, 1, {}}}, {errc::unknown_type, 0, 0}},
  };
  for (row const& r : rows) {
    CAPTURE(r.what);
    CHECK(ts::redact(text, r.entities, {.type_names = names}).error() == r.error);
  }
  std::vector<found> const inside{{{6, 17}, per, 1, {}}};
  CHECK(ts::redact(text, inside, {.style = ts::mask::fixed, .fixed = "_", .rounding = ts::rounding::outward})
            .value()
            .text() == "Ask J_ Inc");
  CHECK(ts::redact(text, inside, {.style = ts::mask::fixed, .rounding = ts::rounding::inward}).error().code ==
        errc::bad_option);
  // Also in text that is not UTF-8, and with a NUL in it.
  std::vector<found> const bytes{{{1, 2}, per, 1, {}}, {{4, 5}, per, 1, {}}};
  CHECK(
      ts::redact(std::string_view("a\x80\0b\xFF", 5), bytes, {.style = ts::mask::fixed, .fixed = "_"}).value().text() ==
      std::string("a_\0b_", 5));
}

TEST_CASE("an error of the replacement is the error of the whole") {
  std::vector<found> const entities{{{0, 3}, per, 1, {}}};
  auto const out =
      ts::redact_with(text, entities, [](ts::masked_span const& m, std::string_view) -> ts::result<std::string> {
        return ts::error{errc::unknown_type, m.named_by, 0};
      });
  CHECK(out.error() == ts::error{errc::unknown_type, 0, 0});
}

}  // namespace
