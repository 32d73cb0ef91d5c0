// SPDX-License-Identifier: MIT
#include <tagspan/core/span.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <compare>
#include <cstddef>
#include <type_traits>
#include <vector>

namespace ts = tagspan;

namespace {

struct row {
  ts::token_span a, b;
  std::size_t shared;
  bool touch, a_contains_b;
};

constexpr row rows[] = {
    {{0, 3}, {0, 3}, 3, false, true},   // equal
    {{0, 3}, {1, 2}, 1, false, true},   // nested
    {{0, 3}, {2, 5}, 1, false, false},  // crossing
    {{0, 3}, {3, 5}, 0, true, false},   // touching
    {{0, 3}, {4, 5}, 0, false, false},  // apart
    {{0, 3}, {0, 1}, 1, false, true},   // at the begin
    {{0, 3}, {2, 3}, 1, false, true},   // at the end
    {{2, 2}, {0, 5}, 0, false, false},  // an empty one shares nothing
    {{0, 5}, {2, 2}, 0, false, true},  {{0, 5}, {5, 5}, 0, true, true}, {{0, 5}, {6, 6}, 0, false, false},
};

constexpr bool relations() {
  for (row const& r : rows) {
    if (shared_size(r.a, r.b) != r.shared || shared_size(r.b, r.a) != r.shared) return false;
    if (overlaps(r.a, r.b) != (r.shared != 0) || overlaps(r.b, r.a) != (r.shared != 0)) return false;
    if (touches(r.a, r.b) != r.touch || touches(r.b, r.a) != r.touch) return false;
    if (contains(r.a, r.b) != r.a_contains_b) return false;
    // Against the definition, position by position.
    std::size_t both = 0;
    for (std::size_t i = 0; i < 10; ++i) both += contains(r.a, i) && contains(r.b, i);
    if (both != r.shared) return false;
  }
  return true;
}
static_assert(relations());

template <class A, class B>
concept comparable = requires(A a, B b) {
  a == b;
};

static_assert(!std::is_convertible_v<ts::byte_span, ts::utf16_span>);
static_assert(!std::is_constructible_v<ts::byte_span, ts::token_span>);
static_assert(!comparable<ts::byte_span, ts::code_point_span>);
static_assert(!comparable<ts::token_span, ts::word_span>);
static_assert(!std::is_convertible_v<ts::label_id, ts::type_id>);
static_assert(!std::is_convertible_v<ts::type_id, ts::label_id>);
static_assert(!std::is_convertible_v<ts::scored_entity<ts::unit::byte>, ts::entity<ts::unit::utf16>>);
static_assert(std::is_trivially_copyable_v<ts::token_entity>);
static_assert(ts::token_span{}.empty() && ts::token_span{2, 2}.empty() && !ts::token_span{2, 3}.empty());
static_assert(ts::token_span{2, 5}.size() == 3);

}  // namespace

TEST_CASE("relations of two spans") { CHECK(relations()); }

TEST_CASE("spans and entities are ordered by begin, end and type") {
  using ts::type_id;
  std::vector<ts::token_entity> const sorted{
      {{0, 1}, type_id{1}}, {{0, 2}, type_id{0}}, {{0, 2}, type_id{1}}, {{1, 1}, type_id{0}}};
  std::vector<ts::token_entity> shuffled{sorted[3], sorted[1], sorted[0], sorted[2]};
  std::sort(shuffled.begin(), shuffled.end());
  CHECK((shuffled == sorted));
  CHECK(((ts::byte_span{1, 2} <=> ts::byte_span{1, 3}) == std::strong_ordering::less));
}

TEST_CASE("a scored entity gives its entity") {
  ts::scored_entity<ts::unit::byte> const scored{{3, 9}, ts::type_id{2}, 0.5F, {1, 2}};
  ts::entity<ts::unit::byte> const plain = scored;
  CHECK((plain == ts::entity<ts::unit::byte>{{3, 9}, ts::type_id{2}}));
  CHECK(index(plain.type) == 2);
}
