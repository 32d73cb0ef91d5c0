// SPDX-License-Identifier: MIT
// The best path where only a scheme constrains it, with types side by side in vectors: per token a handful of vector
// operations and no decision. Decisions are made again, on the way back, for the tokens where the path needs them.
//
// With M(t) the best score of a path that may end at t, a start role (B, S) has M(t-1) + score, a role within (I, E)
// has the better of its two predecessors + score. The best emission among the start roles that may end is found apart
// from M, so that M waits for one addition and one maximum only.
#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

#include <tagspan/core/version.hpp>
#include <tagspan/detail/lattice.hpp>
#include <tagspan/detail/vector.hpp>

#if TAGSPAN_HAS_VECTORS
namespace tagspan::inline TAGSPAN_ABI::detail {

using double_quad [[gnu::vector_size(32)]] = double;

// Vectors go by reference: by value they would be passed differently from one vector level to another.
struct quad_ops {
#if defined(__AVX__)
  [[gnu::always_inline]] static void raise(double_quad& a, double_quad const& b) noexcept { a = b > a ? b : a; }
  // The largest of the four, in each lane.
  [[gnu::always_inline]] static void spread_highest(double_quad& a) noexcept {
    raise(a, __builtin_shufflevector(a, a, 2, 3, 0, 1));
    raise(a, __builtin_shufflevector(a, a, 1, 0, 3, 2));
  }
#else
  // GCC takes a selection that is wider than the machine apart lane by lane; by halves it is one instruction each.
  using pair [[gnu::vector_size(16)]] = double;
  [[gnu::always_inline]] static void raise(double_quad& a, double_quad const& b) noexcept {
    pair a_half[2], b_half[2];
    __builtin_memcpy(a_half, &a, sizeof a);
    __builtin_memcpy(b_half, &b, sizeof b);
    for (std::size_t i = 0; i < 2; ++i) a_half[i] = b_half[i] > a_half[i] ? b_half[i] : a_half[i];
    __builtin_memcpy(&a, a_half, sizeof a);
  }
  [[gnu::always_inline]] static void spread_highest(double_quad& a) noexcept {
    pair half[2];
    __builtin_memcpy(half, &a, sizeof a);
    half[0] = half[1] > half[0] ? half[1] : half[0];
    half[1] = __builtin_shufflevector(half[0], half[0], 1, 0);
    half[0] = half[1] > half[0] ? half[1] : half[0];
    half[1] = half[0];
    __builtin_memcpy(&a, half, sizeof a);
  }
#endif
  [[gnu::always_inline]] static void fill(double_quad& a, double value) noexcept {
    a = double_quad{value, value, value, value};
  }
  [[gnu::always_inline]] static void widen(float_quad const& from, double_quad& to) noexcept {
    to = __builtin_convertvector(from, double_quad);
  }
};

template <unsigned Role>
struct role_constant {
  static constexpr unsigned value = Role;
  constexpr operator unsigned() const noexcept { return Role; }
};

// Calls f with each role of the set as a constant.
template <role_bits Set, class F>
[[gnu::always_inline]] inline void each_role(F&& f) {
  if constexpr (has_role(Set, 1)) f(role_constant<1>{});
  if constexpr (has_role(Set, 2)) f(role_constant<2>{});
  if constexpr (has_role(Set, 3)) f(role_constant<3>{});
  if constexpr (has_role(Set, 4)) f(role_constant<4>{});
}

// What a step adds, by what it means; see role_biases (model/viterbi.hpp).
struct step_weights {
  double stay = 0, to_start = 0, to_background = 0, to_next = 0, go_on = 0, to_end = 0;
};

template <step_rules Rules, class T>
class lane_search {
  static constexpr lane_plan plan = plan_lanes(Rules);
  static constexpr std::size_t roles = static_cast<std::size_t>(std::popcount(Rules.written));
  static constexpr std::size_t within = static_cast<std::size_t>(std::popcount(plan.within));
  static constexpr role_bits pair =
      static_cast<role_bits>((plan.first == 0 ? 0U : 1U << plan.first) | (plan.second == 0 ? 0U : 1U << plan.second));
  static constexpr double lowest = -std::numeric_limits<double>::infinity();
  // What is kept of a token: the best score of a path that may end here (with biases: of what a start role behind it
  // adds to); of those, of one that ends with a role within; the highest score in this row among start roles that may
  // end; with biases also the best score that ends outside, and in an entity. Then the scores of the roles within, four
  // types each.
  enum field : std::size_t { best, best_within, start_score, best_outside, best_entity, header };

 public:
  // `memory` holds memory_size doubles.
  lane_search(lattice_core const& core, score_rows<T> const& scores, double* memory) noexcept
      : core_(core), scores_(scores), memory_(memory), size_(kept_size(core)) {}

  static std::size_t memory_size(lattice_core const& core, std::size_t rows) noexcept {
    return (rows + 1) * kept_size(core) + 4 * core.lane_vectors;
  }

  // Writes the path and gives its score; -inf if there is none, and nothing is written. Contract: at least one row.
  template <class Id>
  double run(Id* path) const {
    forward<false>({});
    std::size_t const last = scores_.rows - 1;
    double const score = kept(last)[best];
    if (score != lowest) write(path, [this](std::size_t t, unsigned) { return last_of_best(t); });
    return score;
  }

  // The same with biases.
  template <class Id>
  double run(Id* path, step_weights const& weights) const requires(plan.biasable) {
    forward<true>(weights);
    double const* const last = kept(scores_.rows - 1);
    double const score = last[best_entity] > last[best_outside] ? last[best_entity] : last[best_outside];
    if (score == lowest) return score;
    write(path, [&](std::size_t t, unsigned next) {
      if (next == 0) return last_before(t, weights.stay, weights.to_background);
      return next == past_the_end ? last_before(t, 0, 0) : last_before(t, weights.to_start, weights.to_next);
    });
    return score;
  }

 private:
  static constexpr bool packs = std::is_same_v<T, float> && roles != 3;

  static std::size_t kept_size(lattice_core const& core) noexcept { return header + within * 4 * core.lane_vectors; }

  // Walks back. `choose(t, role)` gives the label at t that stands best before a start role, outside, or the end.
  static constexpr unsigned past_the_end = 5;
  template <class Id, class Choose>
  [[gnu::always_inline]] void write(Id* path, Choose choose) const {
    std::size_t t = scores_.rows - 1;
    std::uint32_t label = choose(t, past_the_end);
    for (;; --t) {
      path[t] = static_cast<Id>(label);
      if (t == 0) return;
      unsigned const r = core_.role[label];
      if (!has_role(plan.within, r)) {
        label = choose(t - 1, r);
        continue;
      }
      std::size_t const lane = lane_of(core_.nodes[core_.node[label]].type);
      label = core_.lane_label[plan.first][lane];
      if constexpr (plan.second != 0) {
        double const first = score_at<plan.first>(t - 1, lane);
        double const second = score_at<plan.second>(t - 1, lane);
        if (core_.second_is_lower ? second >= first : second > first) label = core_.lane_label[plan.second][lane];
      }
    }
  }

  // What is kept of token t; before the first token stands a record that says "a path of score 0 may end here".
  double* kept(std::size_t t) const noexcept { return memory_ + (t + 1) * size_; }
  double const* kept_before(std::size_t t) const noexcept { return memory_ + t * size_; }

  std::size_t lane_of(std::size_t type) const noexcept {
    std::size_t const last = core_.lane_vectors - 1;
    return type < 4 * last ? type : 4 * last + type - core_.first_lane(last);
  }

  static double wide(T score) noexcept {
    if constexpr (std::is_floating_point_v<T>) {
      return static_cast<double>(score);
    } else {
      return static_cast<double>(static_cast<float>(score));
    }
  }

  // Where the scores of a role within stand in a record.
  template <unsigned Role>
  std::size_t place(std::size_t lane) const noexcept {
    constexpr auto before =
        static_cast<std::size_t>(std::popcount(static_cast<unsigned>(plan.within) & ((1U << Role) - 1)));
    return header + before * 4 * core_.lane_vectors + lane;
  }

  template <unsigned Role>
  double score_at(std::size_t t, std::size_t lane) const noexcept {
    if constexpr (has_role(plan.within, Role)) {
      return kept(t)[place<Role>(lane)];
    } else {
      return kept_before(t)[best] + wide(scores_.row(t)[core_.lane_label[Role][lane]]);
    }
  }

  // The lowest label at t that a path with the score best(t) may end with.
  std::uint32_t last_of_best(std::size_t t) const noexcept {
    double const score = kept(t)[best];
    std::uint32_t label = no_label;
    if (core_.outside != no_label && kept_before(t)[best] + wide(scores_.row(t)[core_.outside]) == score) {
      label = core_.outside;
    }
    if (label != 0) lower(t, score, label);
    return label;
  }
  // The same where outside and the end of an entity are not worth the same to what follows.
  std::uint32_t last_before(std::size_t t, double after_outside, double after_entity) const noexcept {
    double const outside = kept(t)[best_outside] + after_outside;
    double const entity = kept(t)[best_entity] + after_entity;
    if (outside > entity) return core_.outside;
    std::uint32_t label = outside == entity ? core_.outside : no_label;
    if (label != 0) lower(t, kept(t)[best_entity], label);
    return label;
  }
  void lower(std::size_t t, double score, std::uint32_t& label) const noexcept {
    if constexpr (plan.start_end != 0) {
      if (kept_before(t)[best] + kept(t)[start_score] == score) lower<plan.start_end>(t, score, label);
    }
    if constexpr (plan.within_end != 0) {
      if (kept(t)[best_within] == score) lower<plan.within_end>(t, score, label);
    }
  }
  template <unsigned Role>
  void lower(std::size_t t, double score, std::uint32_t& label) const noexcept {
    for (std::size_t lane = 0; lane < 4 * core_.lane_vectors; ++lane) {
      std::uint32_t const candidate = core_.lane_label[Role][lane];
      if (candidate < label && score_at<Role>(t, lane) == score) label = candidate;
    }
  }

  template <bool Biased>
  void forward(step_weights const& weights) const noexcept {
    if constexpr (packs) {
      if (core_.packed) return forward_as<Biased, true>(weights);
    }
    forward_as<Biased, false>(weights);
  }
  template <bool Biased, bool Packed>
  void forward_as(step_weights const& weights) const noexcept {
    if constexpr (!Biased) {
      if (core_.lane_vectors == 1) return forward<Biased, Packed, 1>(weights);
    }
    forward<Biased, Packed, 0>(weights);
  }

  // The scores of the types of vector v, a vector for each role.
  template <bool Packed>
  [[gnu::always_inline]] static void load(T const* row, std::size_t first_type, std::uint32_t const* const* slots,
                                          std::size_t v, double_quad (&out)[5]) noexcept {
    if constexpr (Packed) {
      float const* const from = row + roles * first_type;
      if constexpr (roles == 1) {
        quad_ops::widen(load_quad(from), out[std::countr_zero(Rules.written)]);
      } else if constexpr (roles == 2) {
        constexpr unsigned a = static_cast<unsigned>(std::countr_zero(Rules.written));
        constexpr unsigned b = static_cast<unsigned>(std::bit_width(Rules.written)) - 1;
        float_quad const low = load_quad(from);
        float_quad const high = load_quad(from + 4);
        quad_ops::widen(__builtin_shufflevector(low, high, 0, 2, 4, 6), out[a]);
        quad_ops::widen(__builtin_shufflevector(low, high, 1, 3, 5, 7), out[b]);
      } else {
        float_quad const q0 = load_quad(from);
        float_quad const q1 = load_quad(from + 4);
        float_quad const q2 = load_quad(from + 8);
        float_quad const q3 = load_quad(from + 12);
        float_quad const low01 = __builtin_shufflevector(q0, q1, 0, 4, 1, 5);
        float_quad const low23 = __builtin_shufflevector(q2, q3, 0, 4, 1, 5);
        float_quad const high01 = __builtin_shufflevector(q0, q1, 2, 6, 3, 7);
        float_quad const high23 = __builtin_shufflevector(q2, q3, 2, 6, 3, 7);
        quad_ops::widen(__builtin_shufflevector(low01, low23, 0, 1, 4, 5), out[1]);
        quad_ops::widen(__builtin_shufflevector(low01, low23, 2, 3, 6, 7), out[2]);
        quad_ops::widen(__builtin_shufflevector(high01, high23, 0, 1, 4, 5), out[3]);
        quad_ops::widen(__builtin_shufflevector(high01, high23, 2, 3, 6, 7), out[4]);
      }
    } else {
      each_role<Rules.written>([&](auto r) __attribute__((always_inline)) {
        std::uint32_t const* const slot = slots[r] + 4 * v;
        out[r] = double_quad{wide(row[slot[0]]), wide(row[slot[1]]), wide(row[slot[2]]), wide(row[slot[3]])};
      });
    }
  }

  // Vectors is the number of vectors, or 0 where only the lattice knows it.
  template <bool Biased, bool Packed, std::size_t Vectors>
  void forward([[maybe_unused]] step_weights const& weights) const noexcept {
    std::size_t const vectors = Vectors != 0 ? Vectors : core_.lane_vectors;
    std::uint32_t const* slots[5];
    for (std::size_t r = 0; r < 5; ++r) slots[r] = core_.lane_label[r].data();
    std::size_t const base = Packed ? slots[std::countr_zero(Rules.written)][0] : 0;
    bool const has_outside = core_.outside != no_label;
    std::size_t const outside = has_outside ? core_.outside : 0;

    // The better predecessor of the roles within, carried from token to token.
    double_quad in_registers[Vectors == 0 ? 1 : Vectors];
    double* const in_memory = kept(scores_.rows - 1) + size_;
    auto load_carried = [&](std::size_t v, double_quad & to) __attribute__((always_inline)) {
      if constexpr (Vectors == 0) {
        __builtin_memcpy(&to, in_memory + 4 * v, sizeof to);
      } else {
        to = in_registers[v];
      }
    };
    auto carry = [&](std::size_t v, double_quad const& from) __attribute__((always_inline)) {
      if constexpr (Vectors == 0) {
        __builtin_memcpy(in_memory + 4 * v, &from, sizeof from);
      } else {
        in_registers[v] = from;
      }
    };
    double_quad none;
    quad_ops::fill(none, lowest);
    for (std::size_t v = 0; v < vectors; ++v) carry(v, none);
    double_quad any{};         // what a start role adds to, in each lane
    double_quad to_outside{};  // what outside adds to; the same but for biases
    memory_[best] = 0;
    T const* row = scores_.data;
    double* now = kept(0);
    for (std::size_t t = 0; t < scores_.rows; ++t, row += scores_.stride, now += size_) {
      double_quad start_high = none;
      double_quad within_high = none;
      for (std::size_t v = 0; v < vectors; ++v) {
        double_quad score[5];
        load<Packed>(row + base, Vectors == 1 ? 0 : core_.first_lane(v), slots, v, score);
        if constexpr (plan.start_end != 0) {
          if (v == 0)
            start_high = score[plan.start_end];
          else
            quad_ops::raise(start_high, score[plan.start_end]);
        }
        double_quad carried;
        load_carried(v, carried);
        each_role<plan.within>([&](auto r) __attribute__((always_inline)) {
          if constexpr (Biased)
            score[r] += carried + (decltype(r)::value == 3 ? weights.to_end : weights.go_on);
          else
            score[r] += carried;
          __builtin_memcpy(now + place<decltype(r)::value>(4 * v), &score[r], sizeof score[r]);
        });
        if constexpr (plan.within_end != 0) {
          if (v == 0)
            within_high = score[plan.within_end];
          else
            quad_ops::raise(within_high, score[plan.within_end]);
        }
        if constexpr (pair != 0) {
          double_quad next = score[plan.first];
          if constexpr (!has_role(plan.within, plan.first)) next += any;
          if constexpr (plan.second != 0) {
            double_quad other = score[plan.second];
            if constexpr (!has_role(plan.within, plan.second)) other += any;
            quad_ops::raise(next, other);
          }
          carry(v, next);
        }
      }
      if constexpr (plan.start_end != 0) quad_ops::spread_highest(start_high);
      if constexpr (plan.within_end != 0) quad_ops::spread_highest(within_high);
      double_quad outside_now;
      quad_ops::fill(outside_now, has_outside ? wide(row[outside]) : lowest);
      if constexpr (Biased) {
        outside_now += to_outside;
        double_quad entity = any + start_high;
        quad_ops::raise(entity, within_high);
        now[best_outside] = outside_now[0];
        now[best_entity] = entity[0];
        any = outside_now + weights.to_start;
        quad_ops::raise(any, entity + weights.to_next);
        to_outside = outside_now + weights.stay;
        quad_ops::raise(to_outside, entity + weights.to_background);
      } else {
        quad_ops::raise(outside_now, start_high);
        any += outside_now;
        quad_ops::raise(any, within_high);
      }
      now[best] = any[0];
      now[best_within] = within_high[0];
      now[start_score] = start_high[0];
    }
  }

  lattice_core const& core_;
  score_rows<T> scores_;
  double* memory_;
  std::size_t size_;
};

}  // namespace tagspan::inline TAGSPAN_ABI::detail
#endif
