// SPDX-License-Identifier: MIT
#include <tagspan/text/offsets.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#if defined(__linux__)
#include <sys/mman.h>
#endif

#include "support/skip.hpp"

namespace {

namespace ts = tagspan;
using ts::errc;
using ts::rounding;
using ts::unit::byte;
using ts::unit::code_point;
using ts::unit::utf16;

//                                    byte 0    1 2       3 4 5          6           10
//                              code point 0    1         2              3           4
//                                  UTF-16 0    1         2              3 4         5
constexpr std::string_view sample =
    "a"
    "\xC3\xA9"
    "\xE6\x9D\xB1"
    "\xF0\x9F\x98\x80"
    "z";

constexpr bool every_unit_there_and_back() {
  ts::offset_map const map(sample);
  struct row {
    std::size_t byte, code_point, utf16;
  };
  row const rows[] = {{0, 0, 0}, {1, 1, 1}, {3, 2, 2}, {6, 3, 3}, {10, 4, 5}, {11, 5, 6}};
  bool good = map.size() == ts::text_position{11, 5, 6} && map.well_formed() && !map.is_ascii();
  for (row const& a : rows) {
    for (row const& b : rows) {
      if (b.byte < a.byte) continue;
      ts::byte_span const bytes{a.byte, b.byte};
      ts::code_point_span const points{a.code_point, b.code_point};
      ts::utf16_span const units{a.utf16, b.utf16};
      good = good && map.to<code_point>(bytes) == points && map.to<utf16>(bytes) == units;
      good = good && map.to<byte>(points) == bytes && map.to<utf16>(points) == units;
      good = good && map.to<byte>(units) == bytes && map.to<code_point>(units) == points;
      good = good && map.slice(units) == sample.substr(a.byte, b.byte - a.byte);
    }
  }
  return good;
}
static_assert(every_unit_there_and_back());
TEST_CASE("every unit, there and back") { CHECK(every_unit_there_and_back()); }

constexpr bool across_blocks() {
  char text[600] = {};
  for (char& c : text) c = 'x';
  text[255] = '\xC3';  // one character over the border of two blocks
  text[256] = '\xA9';
  ts::offset_map const map(std::string_view(text, sizeof text));
  return map.at<byte>(257).code_point == 256 && map.at<code_point>(255).byte == 255 && map.at<utf16>(599).byte == 600 &&
         !map.checked_at<byte>(256).has_value();
}
static_assert(across_blocks());
TEST_CASE("a character across the border of two blocks") { CHECK(across_blocks()); }

template <class T>
concept makes_a_map = requires(T&& text) {
  ts::offset_map(std::forward<T>(text));
};
static_assert(makes_a_map<std::string&> && makes_a_map<std::string const&> && makes_a_map<char const (&)[3]>);
static_assert(!makes_a_map<std::string>, "the text would be gone before the map");
static_assert(!std::is_convertible_v<ts::byte_span, ts::utf16_span>);

TEST_CASE("spans inside a character") {
  struct row {
    char const* what;
    ts::byte_span span;
    ts::errc code;
    std::size_t where;
    ts::code_point_span outward, inward;
  };
  row const rows[] = {
      {"begins inside", {2, 6}, errc::off_boundary, 2, {1, 3}, {2, 3}},
      {"ends inside", {0, 4}, errc::off_boundary, 4, {0, 3}, {0, 2}},
      {"both ends in two characters", {2, 8}, errc::off_boundary, 2, {1, 4}, {2, 3}},
      {"inside one character", {7, 9}, errc::off_boundary, 7, {3, 4}, {3, 3}},
      {"empty inside one character", {8, 8}, errc::off_boundary, 8, {3, 4}, {3, 3}},
  };
  ts::offset_map const map(sample);
  for (row const& r : rows) {
    CAPTURE(r.what);
    CHECK(map.checked<code_point>(r.span).error() == ts::error{r.code, r.where, 0});
    CHECK(map.checked<code_point>(r.span, rounding::outward).value() == r.outward);
    CHECK(map.checked<code_point>(r.span, rounding::inward).value() == r.inward);
    CHECK_THROWS_AS(map.to<code_point>(r.span), ts::contract_violation);
    CHECK_THROWS_AS(map.slice(r.span), ts::contract_violation);
  }
  CHECK(map.checked<byte>(ts::utf16_span{4, 5}).error() == ts::error{errc::off_boundary, 4, 0});
  CHECK(map.checked<byte>(ts::utf16_span{4, 5}, rounding::outward).value() == ts::byte_span{6, 10});
  CHECK(map.checked<byte>(ts::utf16_span{4, 5}, rounding::inward).value() == ts::byte_span{10, 10});
  CHECK(map.checked<byte>(ts::byte_span{2, 8}, rounding::outward).value() == ts::byte_span{1, 10});
}

TEST_CASE("spans outside the text") {
  ts::offset_map const map(sample);
  for (auto mode : {rounding::error, rounding::outward, rounding::inward}) {
    CHECK(map.checked<utf16>(ts::byte_span{0, 12}, mode).error() == ts::error{errc::out_of_text, 12, 0});
    CHECK(map.checked<byte>(ts::code_point_span{6, 6}, mode).error() == ts::error{errc::out_of_text, 6, 0});
    CHECK(map.checked<byte>(ts::utf16_span{7, 9}, mode).error() == ts::error{errc::out_of_text, 7, 0});
    CHECK(map.checked<utf16>(ts::byte_span{3, 1}, mode).error() == ts::error{errc::bad_offsets, 0, 0});
  }
  CHECK_THROWS_AS(map.to<utf16>(ts::byte_span{0, 12}), ts::contract_violation);
  CHECK_THROWS_AS(map.to<utf16>(ts::byte_span{3, 1}), ts::contract_violation);
  CHECK(map.checked_slice(ts::utf16_span{0, 99}).error().code == errc::out_of_text);
  CHECK(map.checked_slice(ts::utf16_span{3, 5}).value() == "\xF0\x9F\x98\x80");
}

TEST_CASE("bulk conversion names the span that is wrong, and leaves nothing half done") {
  ts::offset_map const map(sample);
  std::vector<ts::utf16_span> out{{1, 2}};
  std::vector<ts::byte_span> spans{{0, 1}, {1, 3}, {1, 6}, {3, 6}, {0, 11}, {10, 11}};
  CHECK(map.checked_into(spans, out).has_value());
  CHECK(out == std::vector<ts::utf16_span>{{0, 1}, {1, 2}, {1, 3}, {2, 3}, {0, 6}, {5, 6}});
  spans[3] = {4, 6};
  CHECK(map.checked_into(spans, out).error() == ts::error{errc::off_boundary, 4, 3});
  CHECK(out.empty());
  CHECK(map.checked_all<utf16>(spans, rounding::outward).value()[3] == ts::utf16_span{2, 3});
  spans[3] = {3, 99};
  CHECK(map.checked_all<utf16>(spans).error() == ts::error{errc::out_of_text, 99, 3});
  spans[3] = {3, 1};
  CHECK(map.checked_all<utf16>(spans).error() == ts::error{errc::bad_offsets, 3, 0});
}

TEST_CASE("whole entities in another unit") {
  ts::offset_map const map("a\xF0\x9F\x98\x80 Zo\xC3\xA9");  // a😀 Zoé
  std::vector<ts::scored_entity<ts::unit::byte>> found{{{6, 10}, ts::type_id{1}, 0.5F, {2, 4}}, {{0, 5}, {}, 1, {0, 1}}};
  std::vector<ts::scored_entity<utf16>> const expected{{{4, 7}, ts::type_id{1}, 0.5F, {2, 4}}, {{0, 3}, {}, 1, {0, 1}}};
  CHECK(map.checked_all<utf16>(found).value() == expected);
  CHECK(map.checked_all<ts::unit::byte>(expected).value() == found);
  std::vector<ts::entity<utf16>> const plain{{{4, 7}, ts::type_id{1}}, {{2, 3}, {}}};
  CHECK(map.checked_all<ts::unit::code_point>(plain).error() == ts::error{errc::off_boundary, 2, 1});
  CHECK(map.checked_all<ts::unit::code_point>(plain, rounding::outward).value() ==
        std::vector<ts::entity<ts::unit::code_point>>{{{3, 6}, ts::type_id{1}}, {{1, 2}, {}}});
  found[1].span = {9, 8};
  CHECK(map.checked_all<utf16>(found).error() == ts::error{errc::bad_offsets, 1, 0});
}

TEST_CASE("a cursor goes on from where it is, also backwards") {
  ts::offset_map const map(sample);
  auto cursor = map.cursor<utf16>();
  CHECK(cursor.to(3) == ts::text_position{6, 3, 3});
  CHECK(cursor.to(5) == ts::text_position{10, 4, 5});
  CHECK(cursor.to(1) == ts::text_position{1, 1, 1});
  CHECK(cursor.checked_to(4).error() == ts::error{errc::off_boundary, 4, 0});
  CHECK(cursor.place() == ts::text_position{1, 1, 1});
  CHECK(cursor.checked_to(4, rounding::inward).value() == ts::text_position{10, 4, 5});
  CHECK_THROWS_AS(cursor.to(7), ts::contract_violation);
}

TEST_CASE("nothing is allocated for ASCII, and an embedded NUL is a character like any other") {
  std::string text(100'000, 'x');
  text[500] = '\0';
  ts::offset_map const map(text);
  CHECK(map.is_ascii());
  CHECK(map.index_bytes() == 0);
  CHECK(map.at<utf16>(77'777) == ts::text_position{77'777, 77'777, 77'777});
  CHECK(map.slice(ts::code_point_span{499, 502}) == std::string_view("x\0x", 3));
  ts::offset_map const empty("");
  CHECK(empty.size() == ts::text_position{});
  CHECK(empty.to<utf16>(ts::byte_span{0, 0}) == ts::utf16_span{0, 0});
}

TEST_CASE("the index takes a sixteenth of the text at most") {
  for (std::size_t length : {1u, 255u, 256u, 257u, 10'000u}) {
    std::string text;
    for (std::size_t i = 0; i < length; ++i) text += "\xE6\x9D\xB1";
    CHECK(ts::offset_map(text).index_bytes() * 16 <= text.size());
    std::string const late = std::string(100'000, 'a') + text;
    CHECK(ts::offset_map(late).index_bytes() * 16 <= text.size() + 256);
  }
}

TEST_CASE("ill-formed text: an error with its place, or one code point for each maximal subpart") {
  struct row {
    std::string_view text;
    std::size_t first, code_points, utf16;
  };
  row const rows[] = {
      {"a\x80z", 1, 3, 3},
      {"ab\xE6\x9D", 2, 3, 3},  // cut off: one part
      {"\xF0\x9F\x98"
       "A",
       0, 2, 2},
      {"\xED\xA0\x80", 0, 3, 3},      // a surrogate
      {"\xC0\xAF", 0, 2, 2},          // overlong
      {"\xF4\x90\x80\x80", 0, 4, 4},  // behind the last code point
      {"\xF0\x9F\x98\x80\xFF", 4, 2, 3},
  };
  for (row const& r : rows) {
    CAPTURE(r.text);
    ts::offset_map const map(r.text);
    CHECK_FALSE(map.well_formed());
    CHECK_FALSE(map.is_ascii());
    CHECK(map.ill_formed_at() == r.first);
    CHECK(map.size() == ts::text_position{r.text.size(), r.code_points, r.utf16});
    auto const strict = ts::offset_map::from(r.text);
    CHECK(strict.error() == ts::error{errc::ill_formed_text, r.first, 0});
    CHECK(ts::message(strict.error()) == "the text is not UTF-8 at byte " + std::to_string(r.first));
  }
  CHECK(ts::offset_map::from(sample)->at<byte>(10).utf16 == 5);
}

TEST_CASE("trim: white space of every width, in the unit of the span") {
  struct row {
    std::string_view text;
    ts::byte_span span, trimmed;
  };
  row const rows[] = {
      {" a b ", {0, 5}, {1, 4}},
      {"a", {0, 1}, {0, 1}},
      {" \t\n\v\f\r ", {1, 6}, {6, 6}},
      {"", {0, 0}, {0, 0}},
      {"\xC2\xA0x\xE3\x80\x80", {0, 6}, {2, 3}},      // no-break space, ideographic space
      {"\xE2\x80\xA8x\xE2\x80\x8A", {0, 7}, {3, 4}},  // line separator, hair space
      {"\xE2\x80\x8Bx", {0, 4}, {0, 4}},              // zero width space is none
      {"x  y", {1, 3}, {3, 3}},
      {"\x80 x \x80", {0, 5}, {0, 5}},  // what is not UTF-8 is not white space
  };
  for (row r : rows) {
    CAPTURE(r.text);
    if (r.trimmed.empty()) {
      CHECK(ts::trim(r.text, r.span).empty());
      continue;
    }
    CHECK(ts::trim(r.text, r.span) == r.trimmed);
    ts::offset_map const map(r.text);
    CHECK(map.trim(r.span) == r.trimmed);
    CHECK(map.trim(map.to<code_point>(r.span)) == map.to<code_point>(r.trimmed));
  }
  CHECK_THROWS_AS(ts::trim("abc", {2, 4}), ts::contract_violation);
}

#if defined(__linux__)
TEST_CASE("a text over 4 GiB") {
  if (sizeof(std::size_t) < 8) return tagspan_test::skip("the address space is too small");
  std::size_t const four_gib = static_cast<std::size_t>(0xFFFFFFFFu) + 1, size = four_gib + 4096;
  // Pages that nobody writes take no memory.
  void* const pages = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (pages == MAP_FAILED) return tagspan_test::skip("4 GiB of address space are not to be had");
  char* const text = static_cast<char*>(pages);
  std::string_view const emoji = "\xF0\x9F\x98\x80";
  for (std::size_t at : {four_gib - 2, four_gib + 1000}) emoji.copy(text + at, emoji.size());
  {
    ts::offset_map const map(std::string_view(text, size));
    CHECK(map.size() == ts::text_position{size, size - 6, size - 4});
    CHECK(map.at<byte>(four_gib + 2) == ts::text_position{four_gib + 2, four_gib - 1, four_gib});
    CHECK(map.at<utf16>(four_gib + 998) == ts::text_position{four_gib + 1000, four_gib + 997, four_gib + 998});
    CHECK(map.at<code_point>(four_gib + 3000).byte == four_gib + 3006);
    CHECK(map.checked_at<byte>(four_gib).error() == ts::error{errc::off_boundary, four_gib, 0});
  }
  munmap(pages, size);
}
#endif

}  // namespace
