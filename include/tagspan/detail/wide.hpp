// SPDX-License-Identifier: MIT
// Positive numbers that neither overflow nor vanish: a double times a power of 2^512. Products and sums of thousands of
// probabilities keep the precision of double, and cost little more. The idea of a second exponent with a large radix:
// T. Fukushima, "Numerical computation of spherical harmonics of arbitrary degree and order by extending exponent of
// floating point numbers", J. Geodesy 86 (2012).
#pragma once
#include <cstdint>
#include <limits>

#include <tagspan/core/version.hpp>
#include <tagspan/detail/math.hpp>

namespace tagspan::inline TAGSPAN_ABI::detail {

struct wide {
  double m = 0;        // 0, or in [2^-256, 2^256)
  std::int64_t e = 0;  // counts 2^512

  constexpr bool zero() const noexcept { return m == 0; }

  constexpr wide& operator*=(wide const& b) noexcept {
    m *= b.m;
    e += b.e;
    if (m >= 0x1p256) {
      m *= 0x1p-512;
      ++e;
    } else if (m < 0x1p-256 && m != 0) {
      m *= 0x1p512;
      --e;
    }
    return *this;
  }
  constexpr wide& operator+=(wide const& b) noexcept {
    if (b.m == 0) return *this;
    if (m == 0 || b.e - e > 1) return *this = b;
    if (e == b.e) {
      m += b.m;
    } else if (e - b.e == 1) {
      m += b.m * 0x1p-512;
    } else if (b.e - e == 1) {
      m = m * 0x1p-512 + b.m;
      e = b.e;
    }
    if (m >= 0x1p256) {
      m *= 0x1p-512;
      ++e;
    }
    return *this;
  }
  friend constexpr wide operator*(wide a, wide const& b) noexcept { return a *= b; }
  friend constexpr wide operator+(wide a, wide const& b) noexcept { return a += b; }
};

// e^x. -inf gives 0; beyond ±10^12 the exponent stays where it is.
inline wide wide_exp(double x) noexcept {
  constexpr double step = 354.891356446691990;  // 512 ln 2
  if (x == -std::numeric_limits<double>::infinity()) return {};
  x = x < -1e12 ? -1e12 : x > 1e12 ? 1e12 : x;
  double const k = detail::nearbyint(x / step);
  return {detail::exp(x - k * step), static_cast<std::int64_t>(k)};
}

inline double wide_log(wide const& x) noexcept {
  if (x.m == 0) return -std::numeric_limits<double>::infinity();
  return detail::log(x.m) + static_cast<double>(x.e) * 354.891356446691990;
}

// a / b where a <= b, both as computed: a probability. Contract: b is not 0.
inline double wide_ratio(wide const& a, wide const& b) noexcept {
  double const difference = static_cast<double>(a.e - b.e) * 512;
  if (a.m == 0 || difference < -2048) return 0;
  double const ratio = detail::ldexp(a.m / b.m, static_cast<int>(difference));
  return ratio > 1 ? 1 : ratio;
}

}  // namespace tagspan::inline TAGSPAN_ABI::detail
