// SPDX-License-Identifier: MIT
// UTF-8 as bytes. A "part" is what counts as one code point: a well-formed sequence, or a maximal subpart of an
// ill-formed one (The Unicode Standard, 3.9, D93b), which a decoder that follows the WHATWG Encoding Standard replaces
// by one U+FFFD. Where a part begins can be told from four bytes, so nothing here needs to start at the front of a
// text.
#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

#include <tagspan/core/version.hpp>

namespace tagspan::inline TAGSPAN_ABI::detail {

constexpr unsigned char byte_at(std::string_view text, std::size_t i) noexcept {
  return static_cast<unsigned char>(text[i]);
}

constexpr bool is_continuation(unsigned char byte) noexcept { return (byte & 0xC0) == 0x80; }

struct utf8_part {
  std::uint8_t length;  // in bytes, 1 to 4
  bool well_formed;
};

// The part that begins at `at`, which is inside the text.
constexpr utf8_part part_at(std::string_view text, std::size_t at) noexcept {
  unsigned char const lead = byte_at(text, at);
  if (lead < 0x80) return {1, true};
  // Only the second byte has bounds that depend on the first.
  unsigned char low = 0x80, high = 0xBF;
  std::uint8_t length = 0;
  if (lead < 0xC2) return {1, false};
  if (lead < 0xE0) {
    length = 2;
  } else if (lead < 0xF0) {
    length = 3;
    if (lead == 0xE0) low = 0xA0;
    if (lead == 0xED) high = 0x9F;
  } else if (lead < 0xF5) {
    length = 4;
    if (lead == 0xF0) low = 0x90;
    if (lead == 0xF4) high = 0x8F;
  } else {
    return {1, false};
  }
  for (std::uint8_t i = 1; i < length; ++i) {
    if (at + i >= text.size()) return {i, false};
    unsigned char const byte = byte_at(text, at + i);
    if (byte < low || byte > high) return {i, false};
    low = 0x80;
    high = 0xBF;
  }
  return {length, true};
}

// Where the part begins that holds byte `at`, which is inside the text. A byte that is no continuation begins a part
// whatever stands before it.
constexpr std::size_t part_start(std::string_view text, std::size_t at) noexcept {
  if (!is_continuation(byte_at(text, at))) return at;
  for (std::size_t back = 1; back <= 3 && back <= at; ++back) {
    if (is_continuation(byte_at(text, at - back))) continue;
    return part_at(text, at - back).length > back ? at - back : at;
  }
  return at;
}

// Is `at` a place where text may be cut? Both ends are; `at` is not behind the end.
constexpr bool is_boundary(std::string_view text, std::size_t at) noexcept {
  return at == text.size() || part_start(text, at) == at;
}

// The boundary at or behind `at`, which is not behind the end.
constexpr std::size_t boundary_after(std::string_view text, std::size_t at) noexcept {
  if (at == text.size()) return at;
  std::size_t const start = part_start(text, at);
  return start == at ? at : start + part_at(text, start).length;
}

inline constexpr char32_t replacement_character = 0xFFFD;

// The code point of a part that begins at `at`; U+FFFD for one that is ill-formed.
constexpr char32_t code_point_at(std::string_view text, std::size_t at, utf8_part part) noexcept {
  if (!part.well_formed) return replacement_character;
  unsigned char const lead = byte_at(text, at);
  if (part.length == 1) return lead;
  char32_t value = lead & (0x7Fu >> part.length);
  for (std::size_t i = 1; i < part.length; ++i) value = (value << 6) | (byte_at(text, at + i) & 0x3Fu);
  return value;
}

// The property White_Space of the Unicode Character Database; it has not grown since Unicode 6.3 and is stable in
// practice.
constexpr bool is_white_space(char32_t c) noexcept {
  if (c <= 0x20) return c == 0x20 || (c >= 0x09 && c <= 0x0D);
  if (c < 0x1680) return c == 0x85 || c == 0xA0;
  return c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
         c == 0x3000;
}

// ---- counting well-formed text, eight bytes and more at a time

struct unit_counts {
  std::size_t starts = 0;         // code points that begin here
  std::size_t supplementary = 0;  // those of them that take two UTF-16 units
};

// Eight bytes, the first one lowest.
constexpr std::uint64_t load_word(char const* p) noexcept {
  if (std::is_constant_evaluated() || std::endian::native != std::endian::little) {
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < 8; ++i) word |= std::uint64_t{static_cast<unsigned char>(p[i])} << (8 * i);
    return word;
  }
  std::uint64_t word = 0;
  std::memcpy(&word, p, sizeof word);
  return word;
}

// Bit 7 of each byte that is a continuation, and of each one that leads four bytes.
constexpr std::uint64_t continuation_bits(std::uint64_t word) noexcept {
  return word & ~(word << 1) & 0x8080808080808080u;
}
constexpr std::uint64_t four_byte_bits(std::uint64_t word) noexcept {
  return word & (word << 1) & (word << 2) & (word << 3) & 0x8080808080808080u;
}

// Adds the eight bytes of a word.
constexpr std::size_t sum_bytes(std::uint64_t word) noexcept {
  word = (word & 0x00FF00FF00FF00FFu) + ((word >> 8) & 0x00FF00FF00FF00FFu);
  return static_cast<std::size_t>((word * 0x0001000100010001u) >> 48);
}

constexpr std::size_t count_flags(std::uint64_t bits) noexcept {
  return static_cast<std::size_t>(((bits >> 7) * 0x0101010101010101u) >> 56);
}

// The parts that begin in [begin, end) of text that is well-formed there.
constexpr unit_counts count_well_formed(std::string_view text, std::size_t begin, std::size_t end) noexcept {
  unit_counts counts{end - begin, 0};
  while (end - begin >= 8) {
    std::size_t words = (end - begin) / 8;
    if (words > 255) words = 255;  // more would not fit into the bytes that count
    char const* p = text.data() + begin;
    std::uint64_t continuations = 0, fours = 0;
    for (std::size_t i = 0; i < words; ++i) {
      std::uint64_t const word = load_word(p + 8 * i);
      continuations += continuation_bits(word) >> 7;
      fours += four_byte_bits(word) >> 7;
    }
    counts.starts -= sum_bytes(continuations);
    counts.supplementary += sum_bytes(fours);
    begin += 8 * words;
  }
  if (begin == end) return counts;
  if (end >= 8) {  // the last eight bytes, without those that are counted already or lie before begin
    std::uint64_t const word = load_word(text.data() + end - 8) & (~std::uint64_t{0} << (8 * (8 - (end - begin))));
    counts.starts -= count_flags(continuation_bits(word));
    counts.supplementary += count_flags(four_byte_bits(word));
    return counts;
  }
  for (; begin < end; ++begin) {
    counts.starts -= is_continuation(byte_at(text, begin));
    counts.supplementary += byte_at(text, begin) >= 0xF0;
  }
  return counts;
}

// The parts that begin in [begin, end), whatever the bytes are.
constexpr unit_counts count_parts(std::string_view text, std::size_t begin, std::size_t end) noexcept {
  unit_counts counts;
  if (begin >= end) return counts;
  std::size_t at = part_start(text, begin);
  while (at < end) {
    utf8_part const part = part_at(text, at);
    if (at >= begin) {
      ++counts.starts;
      counts.supplementary += part.length == 4;
    }
    at += part.length;
  }
  return counts;
}

// ---- is it ASCII, is it UTF-8: a block at a time

struct block_facts {
  // No byte in the block is where it may not be, given the three bytes before it. (What the block leaves open at its
  // end is the next block's affair, and a lead that is nowhere allowed may be found there.)
  bool sound;
  unit_counts counts;
};

#if defined(__GNUC__)
#if defined(__AVX2__)
inline constexpr std::size_t lane_bytes = 32;
#else
inline constexpr std::size_t lane_bytes = 16;
#endif
typedef unsigned char u8_lanes __attribute__((vector_size(lane_bytes)));
typedef signed char i8_lanes __attribute__((vector_size(lane_bytes)));
typedef std::uint64_t u64_lanes __attribute__((vector_size(lane_bytes)));
// May stand anywhere, and over bytes of any type.
typedef unsigned char u8_lanes_anywhere __attribute__((vector_size(lane_bytes), aligned(1), may_alias));

inline u8_lanes load_lanes(unsigned char const* p) noexcept { return *reinterpret_cast<u8_lanes_anywhere const*>(p); }

inline u8_lanes larger(u8_lanes a, u8_lanes b) noexcept { return a > b ? a : b; }

// All bits where a byte is at least Least (above 0x80). Machines compare signed bytes.
template <unsigned char Least>
inline u8_lanes at_least(u8_lanes bytes) noexcept {
  static_assert(Least > 0x80);
  return reinterpret_cast<u8_lanes>(reinterpret_cast<i8_lanes>(bytes ^ 0x80) > static_cast<signed char>(Least - 0x81));
}

// Bit 7 where a byte is at least Least; the other bits are anything.
template <unsigned char Least>
inline u8_lanes at_least_bit(u8_lanes bytes) noexcept {
  u8_lanes const floor = u8_lanes{} + static_cast<unsigned char>(Least - 0x80);
  return larger(bytes, floor) - floor;
}

inline std::uint64_t any_bits(u8_lanes lanes) noexcept {
  u64_lanes const words = reinterpret_cast<u64_lanes>(lanes);
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < lane_bytes / 8; ++i) word |= words[i];
  return word;
}

// Adds bytes, each of which is at most 255 / (lane_bytes / 8).
inline std::size_t sum_lanes(u8_lanes lanes) noexcept {
  u64_lanes const words = reinterpret_cast<u64_lanes>(lanes);
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < lane_bytes / 8; ++i) sum += words[i];
  return sum_bytes(sum);
}

template <std::size_t Size>
inline bool block_is_ascii(unsigned char const* p) noexcept {
  static_assert(Size % lane_bytes == 0);
  u8_lanes all{};
  for (std::size_t i = 0; i < Size; i += lane_bytes) all |= load_lanes(p + i);
  return (any_bits(all) & 0x8080808080808080u) == 0;
}

#if defined(__AVX2__) && defined(__has_builtin)
#if __has_builtin(__builtin_ia32_pshufb256)
#define TAGSPAN_HAS_BYTE_LOOKUP 1
#endif
#endif

#if defined(TAGSPAN_HAS_BYTE_LOOKUP)
// What can be wrong with two neighbouring bytes, after J. Keiser and D. Lemire, "Validating UTF-8 in less than one
// instruction per byte" (2021): eight faults, each of them a set of high halves and a set of low halves of the first
// byte and a set of high halves of the second. Sets have bit i for the value i.
struct pair_fault {
  std::uint16_t high, low, next_high;
};
inline constexpr std::uint16_t ascii_high = 0x00FF, continuation_high = 0x0F00, any_low = 0xFFFF;
inline constexpr pair_fault pair_faults[8] = {
    {0xF000, any_low, 0xF0FF},                        // a lead without continuation
    {ascii_high, any_low, continuation_high},         // a continuation without lead
    {1u << 0xC, 0x0003, continuation_high},           // C0, C1
    {1u << 0xE, 1u << 0x0, 1u << 8 | 1u << 9},        // E0 80 to E0 9F
    {1u << 0xE, 1u << 0xD, 1u << 0xA | 1u << 0xB},    // ED A0 to ED BF
    {1u << 0xF, 0xFFE1, 1u << 8},                     // F0 80 to F0 8F; F5 to FF
    {1u << 0xF, 0xFFF0, 0x0E00},                      // F4 90 to F4 BF; F5 to FF
    {continuation_high, any_low, continuation_high},  // two continuations: right where a lead asks for two; the top bit
};

struct fault_tables {
  alignas(32) char high[32]{}, low[32]{}, next_high[32]{};
};
inline constexpr fault_tables faults = [] {
  fault_tables t;
  for (unsigned i = 0; i < 32; ++i) {
    unsigned high = 0, low = 0, next_high = 0;
    for (unsigned f = 0; f < 8; ++f) {
      high |= (pair_faults[f].high >> (i % 16) & 1u) << f;
      low |= (pair_faults[f].low >> (i % 16) & 1u) << f;
      next_high |= (pair_faults[f].next_high >> (i % 16) & 1u) << f;
    }
    t.high[i] = static_cast<char>(high);
    t.low[i] = static_cast<char>(low);
    t.next_high[i] = static_cast<char>(next_high);
  }
  return t;
}();

inline u8_lanes look_up(char const* table, u8_lanes index) noexcept {
  typedef char char_lanes __attribute__((vector_size(32)));
  typedef char char_lanes_anywhere __attribute__((vector_size(32), aligned(1), may_alias));
  char_lanes const entries = *reinterpret_cast<char_lanes_anywhere const*>(table);
  return reinterpret_cast<u8_lanes>(__builtin_ia32_pshufb256(entries, reinterpret_cast<char_lanes>(index)));
}

inline u8_lanes high_half(u8_lanes bytes) noexcept { return bytes >> 4; }
#endif

// What is wrong at each of the bytes at p.
inline u8_lanes faults_at(unsigned char const* p, u8_lanes b0, u8_lanes is_next) noexcept {
  u8_lanes const b1 = load_lanes(p - 1), b2 = load_lanes(p - 2), b3 = load_lanes(p - 3);
#if defined(TAGSPAN_HAS_BYTE_LOOKUP)
  static_cast<void>(is_next);
  u8_lanes const wants_third = (at_least_bit<0xE0>(b2) | at_least_bit<0xF0>(b3)) & 0x80;
  return (look_up(faults.high, high_half(b1)) & look_up(faults.low, b1 & 0x0F) &
          look_up(faults.next_high, high_half(b0))) ^
         wants_third;
#else
  // A byte is a continuation exactly where a lead asks for one; C0, C1 and F5 to FF are nowhere; and after E0 and ED,
  // F0 and F4 one half of the continuations is not allowed: which lead that is follows from the continuation.
  i8_lanes const s0 = reinterpret_cast<i8_lanes>(b0);
  u8_lanes const below_a0 = reinterpret_cast<u8_lanes>(s0 < -96);
  u8_lanes const below_90 = reinterpret_cast<u8_lanes>(s0 < -112);
  u8_lanes const wants_next = at_least<0xC0>(b1) | at_least<0xE0>(b2) | at_least<0xF0>(b3);
  return (is_next ^ wants_next) | reinterpret_cast<u8_lanes>((b0 & 0xFE) == 0xC0) | at_least<0xF5>(b0) |
         reinterpret_cast<u8_lanes>(b1 == (0xED ^ (below_a0 & 0x0D))) |
         reinterpret_cast<u8_lanes>(b1 == (0xF4 ^ (below_90 & 0x04)));
#endif
}

// Reads `Size` bytes at p and three bytes before p. Where the block before was wide, this one is read as wide at once;
// else a first pass finds out whether it is ASCII or has sequences of two bytes at most, which takes less.
template <std::size_t Size>
inline block_facts look_at_block(unsigned char const* p, bool& wide) noexcept {
  static_assert(Size % lane_bytes == 0 && Size / lane_bytes <= 31);
  auto const is_next = [](u8_lanes b) { return reinterpret_cast<u8_lanes>(reinterpret_cast<i8_lanes>(b) < -64); };
  u8_lanes largest{}, wrong{}, continuations{}, fours{};
  if (!wide) {
    for (std::size_t i = 0; i < Size; i += lane_bytes) largest = larger(largest, load_lanes(p + i));
    bool const begins_narrow = p[-2] < 0xE0 && p[-3] < 0xF0;
    if ((any_bits(largest) & 0x8080808080808080u) == 0) return {begins_narrow && p[-1] < 0xC0, {Size, 0}};
    if (begins_narrow && any_bits(at_least<0xE0>(largest)) == 0) {
      for (std::size_t i = 0; i < Size; i += lane_bytes) {
        u8_lanes const b0 = load_lanes(p + i), next = is_next(b0);
        wrong |= (next ^ at_least<0xC0>(load_lanes(p + i - 1))) | reinterpret_cast<u8_lanes>((b0 & 0xFE) == 0xC0);
        continuations -= next;
      }
      return {any_bits(wrong) == 0, {Size - sum_lanes(continuations), 0}};
    }
    largest = u8_lanes{};
  }
  // Unrolled further, the sixteen registers do not suffice.
#pragma GCC unroll 2
  for (std::size_t i = 0; i < Size; i += lane_bytes) {
    u8_lanes const b0 = load_lanes(p + i), next = is_next(b0);
    wrong |= faults_at(p + i, b0, next);
    continuations -= next;
    fours -= at_least<0xF0>(b0);
    largest = larger(largest, b0);
  }
  wide = any_bits(at_least<0xE0>(largest)) != 0;
  return {any_bits(wrong) == 0, {Size - sum_lanes(continuations), sum_lanes(fours)}};
}
#else
template <std::size_t Size>
inline bool block_is_ascii(unsigned char const* p) noexcept {
  unsigned char all = 0;
  for (std::size_t i = 0; i < Size; ++i) all = static_cast<unsigned char>(all | p[i]);
  return all < 0x80;
}

template <std::size_t Size>
inline block_facts look_at_block(unsigned char const* p, bool&) noexcept {
  bool wrong = false;
  block_facts facts{true, {}};
  for (std::size_t i = 0; i < Size; ++i) {
    unsigned char const b0 = p[i], b1 = *(p + i - 1), b2 = *(p + i - 2), b3 = *(p + i - 3);
    bool const is_next = is_continuation(b0);
    wrong |= is_next != ((b1 >= 0xC0) | (b2 >= 0xE0) | (b3 >= 0xF0));
    wrong |= ((b0 & 0xFE) == 0xC0) | (b0 >= 0xF5);
    wrong |= ((b1 == 0xE0) & (b0 < 0xA0)) | ((b1 == 0xED) & (b0 >= 0xA0));
    wrong |= ((b1 == 0xF0) & (b0 < 0x90)) | ((b1 == 0xF4) & (b0 >= 0x90));
    facts.counts.starts += !is_next;
    facts.counts.supplementary += b0 >= 0xF0;
  }
  facts.sound = !wrong;
  return facts;
}
#endif

}  // namespace tagspan::inline TAGSPAN_ABI::detail
