// SPDX-License-Identifier: MIT
// Exact binomial probabilities from sums, products and quotients alone, so that they are the same bits everywhere: no
// log-gamma (which also writes a global), and no product that is added at once, which a compiler might fuse.
#pragma once
#include <cstddef>

#include <tagspan/core/version.hpp>

namespace tagspan::inline TAGSPAN_ABI::detail {

// P(X >= successes) for X ~ Binomial(trials, p). All terms are taken relative to the largest one and divided by their
// sum at the end; those below 1e-300 of it are nothing. About 40 standard deviations of steps; no allocation.
inline double binomial_upper_tail(std::size_t successes, std::size_t trials, double p) noexcept {
  if (successes == 0) return 1;
  if (successes > trials || p <= 0) return 0;
  if (p >= 1) return 1;
  constexpr double nothing = 1e-300;
  double const odds = p / (1 - p);
  std::size_t mode = static_cast<std::size_t>(static_cast<double>(trials) * p);
  if (mode > trials) mode = trials;
  double below = 0;
  double above = 0;
  auto take = [&](std::size_t k, double term) { (k < successes ? below : above) += term; };
  take(mode, 1);
  double term = 1;
  for (std::size_t k = mode; k < trials; ++k) {
    term = term * (static_cast<double>(trials - k) * odds) / static_cast<double>(k + 1);
    if (term < nothing) break;
    take(k + 1, term);
  }
  term = 1;
  for (std::size_t k = mode; k > 0; --k) {
    term = term * static_cast<double>(k) / (static_cast<double>(trials - k + 1) * odds);
    if (term < nothing) break;
    take(k - 1, term);
  }
  return above / (above + below);
}

// The fewest successes in `trials` that are as unlikely as `alpha` where the rate is p; trials + 1 where none are.
inline std::size_t critical_successes(std::size_t trials, double p, double alpha) noexcept {
  std::size_t low = 0;
  std::size_t high = trials + 1;  // the tail beyond all trials is 0
  while (low < high) {
    std::size_t const middle = low + (high - low) / 2;
    if (binomial_upper_tail(middle, trials, p) <= alpha) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

}  // namespace tagspan::inline TAGSPAN_ABI::detail
