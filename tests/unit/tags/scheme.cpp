// SPDX-License-Identifier: MIT
#include <tagspan/tags/scheme.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "support/words.hpp"

namespace ts = tagspan;

namespace {

// One column a scheme, in the order of all_schemes: may a scheme write this sequence? Letters stand for the scheme's
// roles as in BIOES; 1 and 2 are types.
struct row {
  std::string_view tags;
  std::string_view legal;  // io iob1 bio ioe1 ioe2 bioes bilou bmes bmewo
};
constexpr row rows[] = {
    {"", "yyyyyyyyy"},
    {"O", "yyyyyyyyy"},
    {"O O", "yyyyyyyyy"},
    {"I1", "yy.y....."},
    {"B1", "..y......"},
    {"E1", "....y...."},
    {"S1", ".....yyyy"},
    {"I1 I1", "yy.y....."},
    {"B1 I1", "..y......"},
    {"I1 E1", "....y...."},
    {"B1 E1", ".....yyyy"},
    {"B1 I1 E1", ".....yyyy"},
    {"B1 I1 I1 E1", ".....yyyy"},
    {"I1 I2", "yy.y....."},
    {"I1 B1", ".y......."},
    {"I1 B2", "........."},
    {"B1 B1", "..y......"},
    {"B1 B2", "..y......"},
    {"B1 I2", "........."},
    {"I1 B1 B1 I1", ".y......."},
    {"I1 O B1", "........."},
    {"E1 I1", "...y....."},
    {"E1 I2", "........."},
    {"E1 E1 I1", "...y....."},
    {"E1 E1", "....y...."},
    {"E1 E2", "....y...."},
    {"I1 E2", "........."},
    {"E1 I1 E1", "....y...."},
    {"S1 S1", ".....yyyy"},
    {"S1 S2", ".....yyyy"},
    {"S1 B1 E1", ".....yyyy"},
    {"B1 E1 S1", ".....yyyy"},
    {"B1 E1 B1 E1", ".....yyyy"},
    {"B1 O", "..y......"},
    {"B1 I1 O", "..y......"},
    {"O I1 E1 O", "....y...."},
    {"I1 S1", "........."},
    {"S1 E1", "........."},
    {"B1 S1", "........."},
    {"E1 S1", "........."},
    {"B1 E2", "........."},
};

struct parsed {
  ts::role role;
  int type;
};
constexpr parsed parse(std::string_view word) {
  return {*ts::role_of_letter(word[0]), word.size() > 1 ? word[1] - '0' : 0};
}

template <ts::tag_scheme S>
constexpr bool legal(std::string_view text) {
  parsed previous{ts::role::outside, 0};
  bool ok = true;
  for (std::string_view word : tagspan_test::words(text)) {
    parsed const next = parse(word);
    ok = ok && S::table.allows(previous.role, next.role, previous.type == next.type);
    previous = next;
  }
  return ok && S::table.allows(previous.role, ts::role::outside, false);
}

template <ts::tag_scheme S>
constexpr std::size_t place_in_all() {
  for (std::size_t i = 0; i < std::size(ts::all_schemes); ++i) {
    if (ts::scheme_name(ts::all_schemes[i]) == S::name) return i;
  }
  return std::size(ts::all_schemes);
}

template <ts::tag_scheme S>
constexpr bool rows_hold() {
  for (row const& r : rows) {
    if (legal<S>(r.tags) != (r.legal[place_in_all<S>()] == 'y')) return false;
  }
  return true;
}

}  // namespace

TEST_CASE_TEMPLATE("what a scheme allows", S, TAGSPAN_TEST_SCHEMES) {
  static_assert(rows_hold<S>());
  for (row const& r : rows) {
    CAPTURE(S::name);
    CAPTURE(r.tags);
    CHECK(legal<S>(r.tags) == (r.legal[place_in_all<S>()] == 'y'));
  }
}

TEST_CASE("letters and what they are read as") {
  for (int c = 0; c < 256; ++c) {
    char const letter = static_cast<char>(c);
    CAPTURE(letter);
    auto const r = ts::role_of_letter(letter);
    bool const known = std::string_view("OBIMELSUW").find(letter) != std::string_view::npos;
    CHECK(r.has_value() == known);
  }
  CHECK(*ts::role_of_letter('O') == ts::role::outside);
  CHECK(*ts::role_of_letter('B') == ts::role::begin);
  for (char c : {'I', 'M'}) CHECK(*ts::role_of_letter(c) == ts::role::inside);
  for (char c : {'E', 'L'}) CHECK(*ts::role_of_letter(c) == ts::role::end);
  for (char c : {'S', 'U', 'W'}) CHECK(*ts::role_of_letter(c) == ts::role::single);
  CHECK(ts::bilou::letters.of(ts::role::outside) == 'O');
  CHECK(ts::bilou::letters.of(ts::role::end) == 'L');
  CHECK(ts::bmewo::letters.of(ts::role::inside) == 'M');
  CHECK(ts::bmewo::letters.of(ts::role::single) == 'W');
  CHECK(ts::io::letters.of(ts::role::begin) == '\0');
}

TEST_CASE("schemes by name") {
  struct named {
    std::string_view name;
    std::optional<ts::scheme_id> expected;
  };
  named const names[] = {
      {"IO", ts::scheme_id::io},
      {"io", ts::scheme_id::io},
      {"IOB1", ts::scheme_id::iob1},
      {"iob-1", ts::scheme_id::iob1},
      {"BIO", ts::scheme_id::bio},
      {"bio", ts::scheme_id::bio},
      {"Bio", ts::scheme_id::bio},
      {"IOB", ts::scheme_id::bio},
      {"IOB2", ts::scheme_id::bio},
      {"iob_2", ts::scheme_id::bio},
      {"BIO2", ts::scheme_id::bio},
      {"IOE1", ts::scheme_id::ioe1},
      {"IOE2", ts::scheme_id::ioe2},
      {"IOE", ts::scheme_id::ioe2},
      {"BIOES", ts::scheme_id::bioes},
      {"IOBES", ts::scheme_id::bioes},
      {"B-I-O-E-S", ts::scheme_id::bioes},
      {"BILOU", ts::scheme_id::bilou},
      {"BIOUL", ts::scheme_id::bilou},
      {"BILUO", ts::scheme_id::bilou},
      {"BMES", ts::scheme_id::bmes},
      {"BMESO", ts::scheme_id::bmes},
      {"BMEOS", ts::scheme_id::bmes},
      {"BMEWO", ts::scheme_id::bmewo},
      {"BMEOW", ts::scheme_id::bmewo},
      {"", std::nullopt},
      {"-", std::nullopt},
      {"B", std::nullopt},
      {"BIOX", std::nullopt},
      {"BIOE", std::nullopt},
      {"IOB3", std::nullopt},
      {"BIO ", std::nullopt},
      {std::string_view("BIO\0", 4), std::nullopt},
  };
  for (named const& n : names) {
    CAPTURE(n.name);
    CHECK((ts::scheme_from_name(n.name) == n.expected));
  }
}

TEST_CASE("visiting a number that names no scheme breaks a contract") {
  for (ts::scheme_id id : ts::all_schemes) {
    CHECK(ts::scheme_from_name(ts::scheme_name(id)) == id);
    CHECK(ts::visit_scheme(id, [](auto s) { return std::string(decltype(s)::name); }) == ts::scheme_name(id));
  }
  auto const none = static_cast<ts::scheme_id>(std::size(ts::all_schemes));
  CHECK_THROWS_AS(static_cast<void>(ts::scheme_name(none)), ts::contract_violation);
}
