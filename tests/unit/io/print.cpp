// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <sstream>
#include <string>
#include <tagspan/io/print.hpp>
#include <type_traits>
#include <vector>

namespace ts = tagspan;

namespace {

// As a stream shows it, and as doctest shows it in a failed assertion: both must be the same, but for enumerations,
// whose numbers doctest shows whatever they could do.
template <class T>
std::string shown(T const& value) {
  std::ostringstream stream;
  stream << value;
  if constexpr (!std::is_enum_v<T>) CHECK(std::string(doctest::toString(value).c_str()) == stream.str());
  return stream.str();
}

}  // namespace

TEST_CASE("spans say their unit") {
  CHECK(shown(ts::token_span{0, 2}) == "[0, 2) tokens");
  CHECK(shown(ts::word_span{0, 2}) == "[0, 2) words");
  CHECK(shown(ts::byte_span{3, 3}) == "[3, 3) bytes");
  CHECK(shown(ts::code_point_span{1, 20}) == "[1, 20) code points");
  CHECK(shown(ts::utf16_span{1, 20}) == "[1, 20) UTF-16 units");
  CHECK(shown(ts::grapheme_span{1, 20}) == "[1, 20) graphemes");
}

TEST_CASE("entities, tags, violations and errors") {
  CHECK(shown(ts::token_entity{{0, 2}, ts::type_id{3}}) == "[0, 2) type 3");
  CHECK(shown(ts::scored_entity<ts::unit::byte>{{0, 2}, ts::type_id{3}, 0.5f, {0, 1}}) == "[0, 2) type 3 0.5");
  CHECK(shown(ts::named_span{0, 2, "PER"}) == "[0, 2) PER");
  CHECK(shown(ts::type_id{7}) == "type 7");
  CHECK(shown(ts::scheme_id::bioes) == "BIOES");
  CHECK(shown(ts::role::single) == "single");
  CHECK(shown(ts::tag{}) == "outside");
  CHECK(shown(ts::tag{ts::role::begin, ts::type_id{1}}) == "begin type 1");
  CHECK(shown(ts::violation{4, {}, {ts::role::inside, ts::type_id{0}}, ts::violation_kind::start}) ==
        "at 4: illegal start (outside, inside type 0)");
  CHECK(shown(ts::error{ts::errc::empty_input, 0, 0}) == ts::message({ts::errc::empty_input, 0, 0}));
}

TEST_CASE("lists") {
  CHECK(shown(std::vector<ts::named_span>{}) == "{}");
  CHECK(shown(std::vector<ts::named_span>{{0, 2, "PER"}, {3, 4, "LOC"}}) == "{[0, 2) PER, [3, 4) LOC}");
  CHECK(shown(std::vector<ts::token_entity>{{{0, 2}, ts::type_id{0}}}) == "{[0, 2) type 0}");
  CHECK(shown(std::vector<ts::scored_entity<ts::unit::utf16>>{{{0, 2}, ts::type_id{0}, 0.25f, {}}}) ==
        "{[0, 2) type 0 0.25}");
}

TEST_CASE("the difference of two lists of named spans") {
  using list = std::vector<ts::named_span>;
  struct row {
    list expected, actual;
    std::string text;
  };
  row const rows[] = {
      {{}, {}, ""},
      {{{0, 2, "PER"}}, {{0, 2, "PER"}}, ""},
      {{{0, 2, "PER"}, {3, 4, "LOC"}}, {{3, 4, "LOC"}, {0, 2, "PER"}}, ""},
      {{{0, 2, "PER"}}, {}, "1 missing (-), 0 unexpected (+)\n  - [0, 2) PER"},
      {{}, {{0, 2, "PER"}}, "0 missing (-), 1 unexpected (+)\n  + [0, 2) PER"},
      {{{0, 2, "PER"}, {5, 6, "LOC"}},
       {{0, 3, "PER"}, {5, 6, "ORG"}},
       "2 missing (-), 2 unexpected (+)\n  - [0, 2) PER\n  + [0, 3) PER\n  - [5, 6) LOC\n  + [5, 6) ORG"},
      {{{0, 2, "PER"}, {3, 4, "LOC"}, {9, 10, "LOC"}},
       {{3, 4, "LOC"}, {7, 8, "LOC"}},
       "2 missing (-), 1 unexpected (+)\n  - [0, 2) PER\n  + [7, 8) LOC\n  - [9, 10) LOC"},
      {{{0, 1, "PER"}}, {{0, 1, "PER"}, {0, 1, "PER"}}, "0 missing (-), 1 unexpected (+)\n  + [0, 1) PER"},
  };
  for (row const& x : rows) CHECK(ts::describe_difference(x.expected, x.actual) == x.text);
}

TEST_CASE("the difference of two lists of entities names their types") {
  auto const labels = ts::label_set::for_types<ts::bio>({"PER", "LOC"});
  std::vector<ts::token_entity> const gold{{{0, 2}, ts::type_id{0}}, {{4, 5}, ts::type_id{1}}};
  std::vector<ts::token_entity> const found{
      {{0, 2}, ts::type_id{1}}, {{4, 5}, ts::type_id{1}}, {{6, 7}, ts::type_id{9}}};
  CHECK(ts::describe_difference(gold, found, labels) ==
        "1 missing (-), 2 unexpected (+)\n  + [0, 2) LOC\n  - [0, 2) PER\n  + [6, 7) type 9");
  CHECK(ts::describe_difference(gold, gold, labels).empty());

  using scored = ts::scored_entity<ts::unit::token>;
  std::vector<scored> const high{{{0, 2}, ts::type_id{0}, 0.9f, {0, 2}}};
  std::vector<scored> const low{{{0, 2}, ts::type_id{0}, 0.1f, {0, 2}}};
  CHECK(ts::describe_difference(high, low, labels).empty());  // scores do not count
  CHECK(ts::describe_difference(gold, high, labels) == "1 missing (-), 0 unexpected (+)\n  - [4, 5) LOC");
}
