// SPDX-License-Identifier: MIT
// Spans and entities. Every span is half-open, and its unit is part of its type: a byte span and a UTF-16 span do not
// convert by accident. A type id is not a label id either.
#pragma once
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <tagspan/core/version.hpp>

namespace tagspan::inline TAGSPAN_ABI {

namespace unit {
struct token {};
struct word {};
struct byte {};
struct code_point {};
struct utf16 {};
struct grapheme {};
}  // namespace unit

// [begin, end) counted in Unit. Empty where both are equal.
template <class Unit>
struct basic_span {
  using unit_type = Unit;
  std::size_t begin{}, end{};
  constexpr std::size_t size() const noexcept { return end - begin; }
  constexpr bool empty() const noexcept { return begin >= end; }
  friend constexpr auto operator<=>(basic_span const&, basic_span const&) = default;
};
using token_span = basic_span<unit::token>;
using word_span = basic_span<unit::word>;
using byte_span = basic_span<unit::byte>;
using code_point_span = basic_span<unit::code_point>;
using utf16_span = basic_span<unit::utf16>;
using grapheme_span = basic_span<unit::grapheme>;

// Number of an entity type in a label_set.
enum class type_id : std::uint32_t {};
constexpr std::size_t index(type_id type) noexcept { return static_cast<std::size_t>(type); }

// Number of a label ("B-PER") in a label_set: what a model's argmax gives.
using label_id = std::int32_t;

template <class Unit>
struct entity {
  basic_span<Unit> span;
  type_id type{};
  friend constexpr auto operator<=>(entity const&, entity const&) = default;
};
using token_entity = entity<unit::token>;

template <class Unit>
struct scored_entity {
  basic_span<Unit> span;
  type_id type{};
  float score{};
  token_span tokens{};  // the tokens that the entity covers
  constexpr operator entity<Unit>() const noexcept { return {span, type}; }
  friend constexpr bool operator==(scored_entity const&, scored_entity const&) = default;
};

// A span of tags with the name of its type: a view of the tag that it was read from.
struct named_span {
  std::size_t begin{}, end{};
  std::string_view type;
  friend constexpr bool operator==(named_span const&, named_span const&) = default;
};

// What becomes of a span of text whose ends are not ends of tokens. The names are spaCy's.
enum class alignment : std::uint8_t {
  strict,    // it is misaligned
  contract,  // it shrinks to the tokens that lie within it
  expand,    // it grows to all tokens that it touches
};

// How many positions both spans hold. Touching spans share none.
template <class Unit>
constexpr std::size_t shared_size(basic_span<Unit> a, basic_span<Unit> b) noexcept {
  std::size_t const begin = a.begin < b.begin ? b.begin : a.begin;
  std::size_t const end = a.end < b.end ? a.end : b.end;
  return begin < end ? end - begin : 0;
}

template <class Unit>
constexpr bool overlaps(basic_span<Unit> a, basic_span<Unit> b) noexcept {
  return shared_size(a, b) != 0;
}

// Every position of `inner` is in `outer`; an empty span is contained where it lies within or at an end.
template <class Unit>
constexpr bool contains(basic_span<Unit> outer, basic_span<Unit> inner) noexcept {
  return outer.begin <= inner.begin && inner.end <= outer.end;
}
template <class Unit>
constexpr bool contains(basic_span<Unit> outer, std::size_t position) noexcept {
  return outer.begin <= position && position < outer.end;
}

// One ends where the other begins.
template <class Unit>
constexpr bool touches(basic_span<Unit> a, basic_span<Unit> b) noexcept {
  return a.end == b.begin || b.end == a.begin;
}

}  // namespace tagspan::inline TAGSPAN_ABI
