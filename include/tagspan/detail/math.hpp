// SPDX-License-Identifier: MIT
// The few functions of <cmath> that the rooms need. That header brings the special functions of C++17 along, 6,000
// lines that every user of tagspan would compile; GCC and Clang know these functions without it.
#pragma once
#include <tagspan/core/version.hpp>

#if !defined(__GNUC__)
#include <cmath>
#endif

namespace tagspan::inline TAGSPAN_ABI::detail {

#if defined(__GNUC__)
inline double exp(double x) noexcept { return __builtin_exp(x); }
inline float exp(float x) noexcept { return __builtin_expf(x); }
inline double expm1(double x) noexcept { return __builtin_expm1(x); }
inline double log(double x) noexcept { return __builtin_log(x); }
inline float log(float x) noexcept { return __builtin_logf(x); }
inline double sqrt(double x) noexcept { return __builtin_sqrt(x); }
inline double abs(double x) noexcept { return __builtin_fabs(x); }
inline bool isnan(double x) noexcept { return __builtin_isnan(x); }
inline double nearbyint(double x) noexcept { return __builtin_nearbyint(x); }
inline double ldexp(double x, int exponent) noexcept { return __builtin_ldexp(x, exponent); }
#else
using std::abs;
using std::exp;
using std::expm1;
using std::isnan;
using std::ldexp;
using std::log;
using std::nearbyint;
using std::sqrt;
#endif

}  // namespace tagspan::inline TAGSPAN_ABI::detail
