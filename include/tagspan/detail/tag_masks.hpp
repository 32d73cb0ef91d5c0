// SPDX-License-Identifier: MIT
// Up to 31 tokens at once: where entities start and end as bit masks, bit i for token i. A label is looked up as a few
// bytes. Whatever concerns two neighbours (are they in one entity? may one follow the other?) is one `and` of a byte of
// the first with a byte of the second. From there on, words do what a loop over tokens would do.
//
// This needs AVX2; TAGSPAN_HAS_TAG_MASKS is 0 without it, and its user steps through the tokens one by one. (With SSE2
// alone, which cannot look up sixteen bytes at once, it was no faster than that.)
#pragma once
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <tagspan/core/version.hpp>
#include <tagspan/detail/vector.hpp>

#if TAGSPAN_HAS_VECTORS && defined(__AVX2__)
#define TAGSPAN_HAS_TAG_MASKS 1
#else
#define TAGSPAN_HAS_TAG_MASKS 0
#endif

#if TAGSPAN_HAS_TAG_MASKS
namespace tagspan::inline TAGSPAN_ABI::detail {

// One byte for each of 32 tokens. The last one stays free, for what lies behind the sentence.
inline constexpr std::size_t block_size = 31;
using half_block [[gnu::vector_size(16)]] = std::uint8_t;
using token_bytes [[gnu::vector_size(32)]] = std::uint8_t;
using half_chars [[gnu::vector_size(16)]] = char;  // as the compilers' builtins want them
using token_chars [[gnu::vector_size(32)]] = char;

// What is asked of each label. Entry 0 is for what lies beyond the sentence, entry id + 1 for a label; the last one
// stays free, for ids that are no label.
struct label_bytes {
  static constexpr std::size_t size = 128;
  static constexpr std::size_t most_labels = size - 2;

  // 0 where there is no such label, `outside`, or first_type + the number of the type.
  static constexpr std::uint8_t outside = 0x80, first_type = 0x81;
  std::uint8_t type[size] = {};

  // A step from one token to the next has the bits that `leads` of the one and `follows` of the other share.
  static constexpr std::uint8_t joins = 0x0C;        // any of them: both are in one entity, if they are of one type
  static constexpr std::uint8_t legal_same = 0xF0;   // any of them: the scheme writes this, if they are of one type
  static constexpr std::uint8_t legal_other = 0x03;  // ... if they are not
  std::uint8_t leads[size] = {}, follows[size] = {};

  // At which places of an entity the scheme writes this; for strict reading.
  static constexpr std::uint8_t start = 0x80, start_after_same = 0x40, end = 0x20, end_before_same = 0x10;
  std::uint8_t places[size] = {};

  std::size_t used = 0;  // entries; 0 while there is nothing to look up
};

[[gnu::always_inline]] inline half_block add_saturated(half_block const& a, std::uint8_t value) noexcept {
  half_block const b = half_block{} + value;
#if defined(__clang__)
  return __builtin_elementwise_add_sat(a, b);
#else
  return reinterpret_cast<half_block>(
      __builtin_ia32_paddusb128(reinterpret_cast<half_chars>(a), reinterpret_cast<half_chars>(b)));
#endif
}
[[gnu::always_inline]] inline token_bytes add_saturated(token_bytes const& a, std::uint8_t value) noexcept {
  token_bytes const b = token_bytes{} + value;
#if defined(__clang__)
  return __builtin_elementwise_add_sat(a, b);
#else
  return reinterpret_cast<token_bytes>(
      __builtin_ia32_paddusb256(reinterpret_cast<token_chars>(a), reinterpret_cast<token_chars>(b)));
#endif
}

[[gnu::always_inline]] inline token_bytes join(half_block const& low, half_block const& high) noexcept {
  return __builtin_shufflevector(low, high, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20,
                                 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31);
}

// Each byte one token later, with a zero for the first.
[[gnu::always_inline]] inline token_bytes one_later(token_bytes const& bytes) noexcept {
  using quads [[gnu::vector_size(32)]] = long long;
  constexpr quads zero = {};
  quads const moved = __builtin_shufflevector(reinterpret_cast<quads>(bytes), zero, 4, 5, 0, 1);
  auto const low = reinterpret_cast<token_bytes>(moved);
  return __builtin_shufflevector(low, bytes, 15, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 31, 48, 49,
                                 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62);
}

// The highest bit of each byte.
[[gnu::always_inline]] inline std::uint32_t high_bits(token_bytes const& bytes) noexcept {
  return static_cast<std::uint32_t>(__builtin_ia32_pmovmskb256(reinterpret_cast<token_chars>(bytes)));
}
[[gnu::always_inline]] inline std::uint32_t where_equal(token_bytes const& a, token_bytes const& b) noexcept {
  return high_bits(reinterpret_cast<token_bytes>(a == b));
}
[[gnu::always_inline]] inline std::uint32_t where_not_zero(token_bytes const& bytes) noexcept {
  return ~where_equal(bytes, token_bytes{});
}

// Sixteen ids as bytes. What does not fit becomes 127 or more, which is no label.
template <class Id>
[[gnu::always_inline]] inline half_block narrow(Id const* from) noexcept {
  using shorts [[gnu::vector_size(16)]] = short;
  using ints [[gnu::vector_size(16)]] = int;
  auto const load = [](auto& to, Id const* at) __attribute__((always_inline)) { __builtin_memcpy(&to, at, 16); };
  if constexpr (sizeof(Id) == 1) {
    half_block bytes;
    load(bytes, from);
    return bytes;
  } else if constexpr (sizeof(Id) == 2) {
    shorts a, b;
    load(a, from);
    load(b, from + 8);
    return reinterpret_cast<half_block>(__builtin_ia32_packsswb128(a, b));
  } else {
    auto const four = [&](Id const* at) __attribute__((always_inline)) {
      ints a;
      load(a, at);
      if constexpr (sizeof(Id) == 8) {
        ints b;
        load(b, at + 2);
        ints const high = __builtin_shufflevector(a, b, 1, 3, 5, 7);
        a = __builtin_shufflevector(a, b, 0, 2, 4, 6) | (high != 0);
      }
      return a;
    };
    return reinterpret_cast<half_block>(
        __builtin_ia32_packsswb128(__builtin_ia32_packssdw128(four(from), four(from + 4)),
                                   __builtin_ia32_packssdw128(four(from + 8), four(from + 12))));
  }
}

// The number of each id's entry in label_bytes, 0 behind the last id. size <= block_size. Reads nothing but the ids.
template <class Id>
[[gnu::always_inline]] inline token_bytes entries_of(Id const* ids, std::size_t size) noexcept {
  if (size < 16) {
    std::uint8_t bytes[32] = {};
    for (std::size_t i = 0; i < size; ++i) {
      auto const id = static_cast<std::make_unsigned_t<Id>>(ids[i]);
      bytes[i] = static_cast<std::uint8_t>((id < label_bytes::most_labels ? id : label_bytes::most_labels) + 1);
    }
    token_bytes entries;
    __builtin_memcpy(&entries, bytes, sizeof entries);
    return entries;
  }
  // Two sixteens, which overlap. The second one is moved to its place: a place of 128 or more takes a zero.
  constexpr std::uint8_t none = 0x80;
  static constexpr std::uint8_t slide[32] = {0,    1,    2,    3,    4,    5,    6,    7,    8,    9,    10,
                                             11,   12,   13,   14,   15,   none, none, none, none, none, none,
                                             none, none, none, none, none, none, none, none, none, none};
  half_chars places;
  __builtin_memcpy(&places, slide + (32 - size), sizeof places);
  half_block const high = add_saturated(narrow(ids + (size - 16)), 1);
  half_chars const moved = __builtin_ia32_pshufb128(reinterpret_cast<half_chars>(high), places);
  return join(add_saturated(narrow(ids), 1), reinterpret_cast<half_block>(moved));
}

// The bytes that some tables have for the entries. Sixteen entries at a time are looked up; adding 0x70 leaves their
// numbers in the low four bits, and makes all other ones 128 or more, which gives 0.
template <std::size_t N>
struct looked_up {
  token_bytes of[N];
};
template <std::size_t N>
[[gnu::always_inline]] inline looked_up<N> look_up(std::uint8_t const* const (&tables)[N], std::size_t used,
                                                   token_bytes const& entries) noexcept {
  auto const sixteen = [&](std::size_t n, std::size_t from, token_bytes const& numbers) __attribute__((always_inline)) {
    half_block table;
    __builtin_memcpy(&table, tables[n] + from, sizeof table);
    return reinterpret_cast<token_bytes>(
        __builtin_ia32_pshufb256(reinterpret_cast<token_chars>(join(table, table)),
                                 reinterpret_cast<token_chars>(add_saturated(numbers, 0x70))));
  };
  looked_up<N> found;
  for (std::size_t n = 0; n < N; ++n) found.of[n] = sixteen(n, 0, entries);
  for (std::size_t from = 16; from < used; from += 16) {
    token_bytes const numbers = entries ^ static_cast<std::uint8_t>(from);
    for (std::size_t n = 0; n < N; ++n) found.of[n] |= sixteen(n, from, numbers);
  }
  return found;
}

// The first of `stops` at or behind each of `starts`, if no two starts share it: an addition carries each start through
// all bits that are no stop.
constexpr std::uint32_t first_stops(std::uint32_t starts, std::uint32_t stops) noexcept {
  return (starts + ~stops) & stops;
}

// One side of a block, which begins where no entity is open. Strict: an entity counts only if the scheme writes it so.
template <bool Strict>
struct tag_masks {
  token_bytes entries, types;
  bool known;               // all ids are labels; else the rest has no meaning
  std::uint32_t inside;     // tokens in entities
  std::uint32_t starts;     // the first tokens of entities
  std::uint32_t ends;       // the last ones
  std::uint32_t counted;    // those of `ends` whose entity counts
  std::uint32_t malformed;  // tokens that the scheme does not write behind the one before

  template <class Id>
  [[gnu::always_inline]] tag_masks(label_bytes const& labels, Id const* ids, std::size_t size) noexcept
      : entries(entries_of(ids, size)) {
    auto const found = look_up({labels.type, labels.leads, labels.follows}, labels.used, entries);
    types = found.of[0];
    known = high_bits(types) == ~std::uint32_t{0};
    token_bytes first = {};
    first[0] = labels.leads[0];
    token_bytes const step = (one_later(found.of[1]) | first) & found.of[2];
    auto const same = reinterpret_cast<token_bytes>(types == one_later(types));
    constexpr std::uint8_t legal = label_bytes::legal_same | label_bytes::legal_other;
    std::uint32_t const joined = where_not_zero(step & same & label_bytes::joins);
    malformed = ~where_not_zero(step & (same ^ label_bytes::legal_other) & legal);
    inside = ~where_equal(types, token_bytes{} + label_bytes::outside);
    starts = inside & ~joined;
    ends = inside & ~(joined >> 1);
    counted = ends;
    if constexpr (Strict) {
      token_bytes const places = look_up({labels.places}, labels.used, entries).of[0];
      auto const may = [&](std::uint32_t touches, std::uint8_t yes, std::uint8_t no) __attribute__((always_inline)) {
        return (touches & where_not_zero(places & yes)) | (~touches & where_not_zero(places & no));
      };
      std::uint32_t const touching = starts & (inside << 1) & high_bits(same);  // the entity before, of the same type
      std::uint32_t const bad_start = starts & ~may(touching, label_bytes::start_after_same, label_bytes::start);
      std::uint32_t const bad_end = ends & ~may(touching >> 1, label_bytes::end_before_same, label_bytes::end);
      std::uint32_t const bad = bad_start | bad_end | (joined & malformed);
      counted = first_stops(starts & ~bad, ends | bad) & ends & ~bad;
    }
  }
};

}  // namespace tagspan::inline TAGSPAN_ABI::detail
#endif
