// SPDX-License-Identifier: MIT
// Compiler vectors (GCC, Clang) of floats, as wide as the machine that is compiled for. TAGSPAN_HAS_VECTORS is 0 where
// the compiler has none; each user of this header brings a plain loop for that case, which also finishes what does not
// fill a vector.
#pragma once
#include <cstddef>
#include <cstdint>

#include <tagspan/core/version.hpp>

#if defined(__GNUC__) && defined(__has_builtin)
#if __has_builtin(__builtin_shufflevector)
#define TAGSPAN_HAS_VECTORS 1
#endif
#endif
#ifndef TAGSPAN_HAS_VECTORS
#define TAGSPAN_HAS_VECTORS 0
#endif

#if TAGSPAN_HAS_VECTORS
namespace tagspan::inline TAGSPAN_ABI::detail {

#if defined(__AVX__)
inline constexpr std::size_t float_lane_count = 8;
#else
inline constexpr std::size_t float_lane_count = 4;
#endif

using float_quad [[gnu::vector_size(16)]] = float;
using float_lanes [[gnu::vector_size(4 * float_lane_count)]] = float;
using int_lanes [[gnu::vector_size(4 * float_lane_count)]] = std::int32_t;

[[gnu::always_inline]] inline float_quad load_quad(float const* from) noexcept {
  float_quad quad;
  __builtin_memcpy(&quad, from, sizeof quad);
  return quad;
}

[[gnu::always_inline]] inline float_lanes load_lanes(float const* from) noexcept {
  float_lanes values;
  __builtin_memcpy(&values, from, sizeof values);
  return values;
}

[[gnu::always_inline]] inline int_lanes load_ints(std::int32_t const* from) noexcept {
  int_lanes values;
  __builtin_memcpy(&values, from, sizeof values);
  return values;
}

[[gnu::always_inline]] inline void store(int_lanes const& values, std::int32_t* to) noexcept {
  __builtin_memcpy(to, &values, sizeof values);
}

// The same around the caches, for output that is larger than they are: it neither fetches what it overwrites nor drives
// out what is still to be read. `to` is aligned to 16 bytes; settle() comes before other threads may read.
[[gnu::always_inline]] inline void store_around_cache(int_lanes const& values, std::int32_t* to) noexcept {
#if defined(__SSE2__)
  using long_pair [[gnu::vector_size(16), gnu::may_alias]] = long long;
  for (std::size_t half = 0; half < float_lane_count / 4; ++half) {
    long_pair pair;
    __builtin_memcpy(&pair, reinterpret_cast<char const*>(&values) + 16 * half, sizeof pair);
#if defined(__clang__)
    __builtin_nontemporal_store(pair, reinterpret_cast<long_pair*>(to + 4 * half));
#else
    __builtin_ia32_movntdq(reinterpret_cast<long_pair*>(to + 4 * half), pair);
#endif
  }
#else
  store(values, to);
#endif
}
inline void settle() noexcept {
#if defined(__SSE2__)
  __builtin_ia32_sfence();
#endif
}

inline bool any(int_lanes const& mask) noexcept {
  std::int32_t bits = 0;
  for (std::size_t i = 0; i < float_lane_count; ++i) bits |= mask[i];
  return bits != 0;
}

// A mask as bits, the first lane lowest.
[[gnu::always_inline]] inline unsigned lane_bits(int_lanes const& mask) noexcept {
#if defined(__AVX__)
  return static_cast<unsigned>(__builtin_ia32_movmskps256(reinterpret_cast<float_lanes const&>(mask)));
#elif defined(__SSE__)
  return static_cast<unsigned>(__builtin_ia32_movmskps(reinterpret_cast<float_lanes const&>(mask)));
#else
  unsigned bits = 0;
  for (std::size_t i = 0; i < float_lane_count; ++i) bits |= (mask[i] != 0 ? 1U : 0U) << i;
  return bits;
#endif
}

// The highest (lowest) of all lanes, in each lane. No lane is NaN.
[[gnu::always_inline]] inline float_lanes highest(float_lanes values) noexcept {
  auto higher = [](float_lanes const& a, float_lanes const& b) __attribute__((always_inline)) { return a > b ? a : b; };
#if defined(__AVX__)
  values = higher(values, __builtin_shufflevector(values, values, 4, 5, 6, 7, 0, 1, 2, 3));
  values = higher(values, __builtin_shufflevector(values, values, 2, 3, 0, 1, 6, 7, 4, 5));
  return higher(values, __builtin_shufflevector(values, values, 1, 0, 3, 2, 5, 4, 7, 6));
#else
  values = higher(values, __builtin_shufflevector(values, values, 2, 3, 0, 1));
  return higher(values, __builtin_shufflevector(values, values, 1, 0, 3, 2));
#endif
}
[[gnu::always_inline]] inline int_lanes lowest(int_lanes values) noexcept {
  auto lower = [](int_lanes const& a, int_lanes const& b) __attribute__((always_inline)) { return a < b ? a : b; };
#if defined(__AVX__)
  values = lower(values, __builtin_shufflevector(values, values, 4, 5, 6, 7, 0, 1, 2, 3));
  values = lower(values, __builtin_shufflevector(values, values, 2, 3, 0, 1, 6, 7, 4, 5));
  return lower(values, __builtin_shufflevector(values, values, 1, 0, 3, 2, 5, 4, 7, 6));
#else
  values = lower(values, __builtin_shufflevector(values, values, 2, 3, 0, 1));
  return lower(values, __builtin_shufflevector(values, values, 1, 0, 3, 2));
#endif
}

// Four neighbouring columns of float_lane_count rows, one vector a column: row r of the block in lane r. Rows r and r +
// 4 are loaded into one vector, so that all shuffles stay within 16 bytes.
struct four_columns {
  float_lanes column[4];
};

template <class RowAt>  // row_at(r) is where the four scores of row r begin
[[gnu::always_inline]] inline four_columns load_columns(RowAt&& row_at) noexcept {
  float_lanes row[4];
  for (std::size_t r = 0; r < 4; ++r) {
#if defined(__AVX__)
    row[r] = __builtin_shufflevector(load_quad(row_at(r)), load_quad(row_at(r + 4)), 0, 1, 2, 3, 4, 5, 6, 7);
#else
    row[r] = load_quad(row_at(r));
#endif
  }
#if defined(__AVX__)
  float_lanes const low01 = __builtin_shufflevector(row[0], row[1], 0, 8, 1, 9, 4, 12, 5, 13);
  float_lanes const high01 = __builtin_shufflevector(row[0], row[1], 2, 10, 3, 11, 6, 14, 7, 15);
  float_lanes const low23 = __builtin_shufflevector(row[2], row[3], 0, 8, 1, 9, 4, 12, 5, 13);
  float_lanes const high23 = __builtin_shufflevector(row[2], row[3], 2, 10, 3, 11, 6, 14, 7, 15);
  return {{__builtin_shufflevector(low01, low23, 0, 1, 8, 9, 4, 5, 12, 13),
           __builtin_shufflevector(low01, low23, 2, 3, 10, 11, 6, 7, 14, 15),
           __builtin_shufflevector(high01, high23, 0, 1, 8, 9, 4, 5, 12, 13),
           __builtin_shufflevector(high01, high23, 2, 3, 10, 11, 6, 7, 14, 15)}};
#else
  float_lanes const low01 = __builtin_shufflevector(row[0], row[1], 0, 4, 1, 5);
  float_lanes const high01 = __builtin_shufflevector(row[0], row[1], 2, 6, 3, 7);
  float_lanes const low23 = __builtin_shufflevector(row[2], row[3], 0, 4, 1, 5);
  float_lanes const high23 = __builtin_shufflevector(row[2], row[3], 2, 6, 3, 7);
  return {{__builtin_shufflevector(low01, low23, 0, 1, 4, 5), __builtin_shufflevector(low01, low23, 2, 3, 6, 7),
           __builtin_shufflevector(high01, high23, 0, 1, 4, 5), __builtin_shufflevector(high01, high23, 2, 3, 6, 7)}};
#endif
}

[[gnu::always_inline]] inline four_columns load_columns(float const* from, std::size_t stride) noexcept {
  return load_columns([&](std::size_t r) __attribute__((always_inline)) { return from + r * stride; });
}

}  // namespace tagspan::inline TAGSPAN_ABI::detail
#endif
