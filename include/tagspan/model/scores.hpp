// SPDX-License-Identifier: MIT
// A model's scores: one row a token, one column a label. Which label wins a row, and what its score is worth.
#pragma once
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include <tagspan/core/error.hpp>
#include <tagspan/core/span.hpp>
#include <tagspan/core/version.hpp>
#include <tagspan/detail/math.hpp>
#include <tagspan/detail/vector.hpp>

namespace tagspan::inline TAGSPAN_ABI {

// What a score may be: a floating-point type, or a class that converts to float, as the 16-bit floats of LibTorch
// (at::Half, at::BFloat16) and ONNX Runtime (Ort::Float16_t) do. An integer is no score: quantised logits need a scale.
template <class T>
concept score_type = (!std::is_integral_v<T> && !std::is_enum_v<T> && !std::is_pointer_v<T>)&&requires(T const& score) {
  static_cast<float>(score);
};

// rows × columns scores that somebody else owns, row by row. `stride` is the distance between the starts of two rows,
// counted in scores; 0 says that the rows follow each other without a gap. scores_view{data, tokens, labels.size()}.
template <class T>
struct scores_view {
  T* data;
  std::size_t rows, columns;
  std::size_t stride = 0;

  constexpr std::size_t row_stride() const noexcept { return stride == 0 ? columns : stride; }
  // Contract: index < rows.
  constexpr std::span<T> row(std::size_t index) const {
    TAGSPAN_EXPECTS(index < rows, "scores_view::row: there are fewer rows");
    return {data + index * row_stride(), columns};
  }
  // Rows [begin, end). Contract: begin <= end <= rows.
  constexpr scores_view slice(std::size_t begin, std::size_t end) const {
    TAGSPAN_EXPECTS(begin <= end && end <= rows, "scores_view::slice: there are fewer rows");
    return {data == nullptr ? data : data + begin * row_stride(), end - begin, columns, stride};
  }
};
template <class T>
scores_view(T*, std::size_t, std::size_t) -> scores_view<T>;
template <class T>
scores_view(T*, std::size_t, std::size_t, std::size_t) -> scores_view<T>;

// All of `values` as rows of `columns` scores. Errors: shape_mismatch {how many are given, the next multiple of
// `columns`}; bad_option where `columns` is 0.
template <class T>
constexpr result<scores_view<T>> view_rows(std::span<T> values, std::size_t columns) {
  if (columns == 0) return error{errc::bad_option, 0, 0};
  std::size_t const rows = values.size() / columns;
  if (rows * columns != values.size()) return error{errc::shape_mismatch, values.size(), (rows + 1) * columns};
  return scores_view<T>{values.data(), rows, columns};
}

// Are these `rows` × `columns` scores? Otherwise shape_mismatch {given, expected}, rows before columns; a stride
// shorter than a row is one too. No rows fit any number of columns.
template <class T>
constexpr result<void> check_shape(scores_view<T> scores, std::size_t rows, std::size_t columns) noexcept {
  if (scores.rows != rows) return error{errc::shape_mismatch, scores.rows, rows};
  if (rows == 0) return {};
  if (scores.columns != columns) return error{errc::shape_mismatch, scores.columns, columns};
  if (scores.row_stride() < columns) return error{errc::shape_mismatch, scores.row_stride(), columns};
  return {};
}
template <class T>
constexpr result<void> check_shape(scores_view<T> scores, std::size_t columns) noexcept {
  return check_shape(scores, scores.rows, columns);
}

// What computed scores are: double for double and long double, float for all else.
template <class T>
using score_value =
    std::conditional_t<std::is_same_v<std::remove_cv_t<T>, double> || std::is_same_v<std::remove_cv_t<T>, long double>,
                       double, float>;

namespace detail {

template <class T>
constexpr auto number(T const& score) noexcept {
  if constexpr (std::is_floating_point_v<T>) {
    return score;
  } else {
    return static_cast<float>(score);
  }
}

template <class T>
void expect_rows([[maybe_unused]] scores_view<T> scores) {
  TAGSPAN_EXPECTS(
      scores.rows == 0 || (scores.data != nullptr && scores.columns > 0 && scores.row_stride() >= scores.columns),
      "scores: rows need data, at least one column, and a stride that is no shorter");
}

// The lowest column of the highest score that is a number; 0 where none is.
template <class T>
std::size_t argmax_of_row(T const* row, std::size_t columns) noexcept {
  std::size_t best = 0;
  while (best < columns && !(number(row[best]) == number(row[best]))) ++best;
  if (best == columns) return 0;
  auto top = number(row[best]);
  for (std::size_t j = best + 1; j < columns; ++j) {
    auto const score = number(row[j]);
    if (score > top) {
      top = score;
      best = j;
    }
  }
  return best;
}

template <class T>
bool usable(T score) noexcept {  // neither NaN nor +inf
  return score < std::numeric_limits<T>::infinity();
}

// What a pass that looks found somewhere: a score that is NaN or +inf, or perhaps only scores whose sum overflows; a
// row without any score above -inf.
struct row_faults {
  bool unfit = false, low = false;
};

#if TAGSPAN_HAS_VECTORS

// What a pass over a block of rows finds out beside the winners, lane by lane.
struct pass_flags {
  int_lanes low{};    // set where no score of a row is above -inf: -inf throughout, or NaN
  int_lanes unfit{};  // set where a score is NaN or +inf, and perhaps where scores overflow; looked for on request
};

// The running winner of each lane.
template <bool Check>
struct running_best {
  static constexpr float infinity = std::numeric_limits<float>::infinity();
  float_lanes top = float_lanes{} - infinity;
  int_lanes at{};
  float_lanes sum{};  // NaN where a score is, or where +inf meets -inf

  // A comparison with NaN is false, so that NaN never wins; an equal score neither, so that the lowest column stays.
  [[gnu::always_inline]] void take(float_lanes const& scores, int_lanes const& columns) noexcept {
    int_lanes const wins = scores > top;
    top = wins ? scores : top;
    at = wins ? columns : at;
    if constexpr (Check) sum += scores;
  }
  [[gnu::always_inline]] void report(pass_flags& flags) const noexcept {
    if constexpr (Check) flags.unfit |= (sum != sum) | (top == infinity);
  }
};

// The winners of float_lane_count rows at once, one row a lane: for short rows. Columns are turned into vectors four at
// a time; what remains of a row comes from its last four columns, of which only the new ones are used.
template <bool Check, bool AroundCache>
[[gnu::always_inline]] inline void argmax_of_lanes(float const* rows, std::size_t stride, std::size_t columns,
                                                   std::size_t fetched, std::int32_t* out,
                                                   pass_flags& flags) noexcept {
  // The rows are read side by side, which hardware does not foresee; 8 KiB is what it needs to hide main memory.
  constexpr std::uintptr_t ahead = 8192;
  std::uintptr_t const line = reinterpret_cast<std::uintptr_t>(rows) + ahead;
  for (std::size_t b = 0; b < fetched; b += 64) __builtin_prefetch(reinterpret_cast<void const*>(line + b));
  running_best<Check> best;
  int_lanes column{};
  std::size_t k = 0;
  for (; k + 4 <= columns; k += 4) {
    four_columns const next = load_columns(rows + k, stride);
    for (float_lanes const& scores : next.column) {
      best.take(scores, column);
      column += 1;
    }
  }
  auto take_last = [&]<std::size_t Count>(std::integral_constant<std::size_t, Count>) __attribute__((always_inline)) {
    four_columns const last = load_columns(rows + columns - 4, stride);
    for (std::size_t q = 4 - Count; q < 4; ++q) {
      best.take(last.column[q], column);
      column += 1;
    }
  };
  switch (columns - k) {
    case 1: {
      float_lanes scores;
      for (std::size_t r = 0; r < float_lane_count; ++r) scores[r] = rows[r * stride + k];
      best.take(scores, column);
      break;
    }
    case 2: take_last(std::integral_constant<std::size_t, 2>{}); break;
    case 3: take_last(std::integral_constant<std::size_t, 3>{}); break;
    default: break;
  }
  flags.low |= best.top == -running_best<Check>::infinity;
  best.report(flags);
  if constexpr (AroundCache) {
    store_around_cache(best.at, out);
  } else {
    store(best.at, out);
  }
}

// The winner of one row, float_lane_count columns at a time: for long rows. Where the row ends, the last vector
// overlaps the one before it.
template <bool Check>
[[gnu::always_inline]] inline std::int32_t argmax_of_long_row(float const* row, std::size_t columns,
                                                              pass_flags& flags) noexcept {
  running_best<Check> best;
  int_lanes column{};
  for (std::size_t i = 0; i < float_lane_count; ++i) column[i] = static_cast<std::int32_t>(i);
  std::size_t k = 0;
  for (; k + float_lane_count <= columns; k += float_lane_count) {
    best.take(load_lanes(row + k), column);
    column += static_cast<std::int32_t>(float_lane_count);
  }
  if (k < columns) {
    column -= static_cast<std::int32_t>(k + float_lane_count - columns);
    best.take(load_lanes(row + columns - float_lane_count), column);
  }
  float_lanes const top = highest(best.top);
  flags.low |= top == -running_best<Check>::infinity;
  best.report(flags);
  int_lanes const none = int_lanes{} + std::numeric_limits<std::int32_t>::max();
  return lowest(best.top == top ? best.at : none)[0];
}

// Where a row is long enough to be read by itself; measured.
inline constexpr std::size_t long_row = 32;

// The winners of rows [0, count).
template <bool Check, bool AroundCache>
inline row_faults argmax_of_rows(float const* rows, std::size_t stride, std::size_t columns, std::size_t count,
                           std::int32_t* out) noexcept {
  constexpr std::size_t stretch =
      32 * float_lane_count;  // how many rows are done again one by one where one is -inf throughout
  // What is this small is in cache as a rule, or will be there before fetching ahead could help.
  bool const fetches = count * columns > 65536 && stride <= 2 * columns;
  std::size_t const fetched = fetches ? float_lane_count * stride * sizeof(float) : 0;
  pass_flags flags;
  bool low = false;
  for (std::size_t i = 0; i < count;) {
    std::size_t const end = count - i < stretch ? count : i + stretch;
    std::size_t const begin = i;
    if (columns >= long_row) {
      for (; i < end; ++i) out[i] = argmax_of_long_row<Check>(rows + i * stride, columns, flags);
    } else if (columns >= 4) {
      for (; i + float_lane_count <= end; i += float_lane_count) {
        argmax_of_lanes<Check, AroundCache>(rows + i * stride, stride, columns, fetched, out + i, flags);
      }
    }
    if (any(flags.low)) {
      flags.low = int_lanes{};
      i = begin;
    }
    for (; i < end; ++i) {
      float const* const row = rows + i * stride;
      out[i] = static_cast<std::int32_t>(argmax_of_row(row, columns));
      if constexpr (Check) {
        for (std::size_t j = 0; j < columns; ++j) flags.unfit |= int_lanes{} + (usable(row[j]) ? 0 : 1);
        low = low || !(row[out[i]] > -std::numeric_limits<float>::infinity());
      }
    }
  }
  if constexpr (AroundCache) settle();
  return {Check && any(flags.unfit), low};
}

// How many ids are more than a core's share of its caches.
inline constexpr std::size_t large_output = std::size_t{1} << 21;

#endif

template <bool Check, class T>
row_faults argmax_into(scores_view<T> scores, label_id* out) {
  expect_rows(scores);
  if (scores.rows == 0) return {};
  std::size_t const stride = scores.row_stride();
#if TAGSPAN_HAS_VECTORS
  if constexpr (std::is_same_v<std::remove_cv_t<T>, float>) {
    bool const around =
        scores.rows >= large_output && scores.columns < long_row && reinterpret_cast<std::uintptr_t>(out) % 16 == 0;
    return around ? argmax_of_rows<Check, true>(scores.data, stride, scores.columns, scores.rows, out)
                  : argmax_of_rows<Check, false>(scores.data, stride, scores.columns, scores.rows, out);
  }
#endif
  row_faults found;
  for (std::size_t i = 0; i < scores.rows; ++i) {
    T const* const row = scores.data + i * stride;
    out[i] = static_cast<label_id>(argmax_of_row(row, scores.columns));
    if constexpr (Check) {
      for (std::size_t j = 0; j < scores.columns; ++j) found.unfit = found.unfit || !usable(number(row[j]));
      auto const top = number(row[out[i]]);
      found.low = found.low || !(top > -std::numeric_limits<decltype(top)>::infinity());
    }
  }
  return found;
}

}  // namespace detail

// The place of a score.
struct score_place {
  std::size_t row{}, column{};
  friend constexpr bool operator==(score_place, score_place) = default;
};

// Where the first score stands that is NaN or +inf, row by row. -inf is a score ("never"). Linear; allocates nothing.
template <score_type T>
std::optional<score_place> first_not_a_number(scores_view<T> scores) {
  detail::expect_rows(scores);
  for (std::size_t i = 0; i < scores.rows; ++i) {
    T const* const row = scores.data + i * scores.row_stride();
    bool all = true;
    for (std::size_t j = 0; j < scores.columns; ++j) all = all & detail::usable(detail::number(row[j]));
    if (all) continue;
    for (std::size_t j = 0; j < scores.columns; ++j) {
      if (!detail::usable(detail::number(row[j]))) return score_place{i, j};
    }
  }
  return std::nullopt;
}

// The same as a result: not_a_number {row, column}.
template <score_type T>
result<void> check_numbers(scores_view<T> scores) {
  if (auto const bad = first_not_a_number(scores)) return error{errc::not_a_number, bad->row, bad->column};
  return {};
}

// The label with the highest score of each row; the lowest of several. NaN never wins; a row of nothing but NaN gives
// label 0, so ask checked_argmax where a model may go wrong. Contract: at least one column. Linear, at about the speed
// of memory for float; allocates the result. The _into forms write one id a row: into a vector that is resized, or into
// memory of that size.
template <class T>
requires score_type<T>
void argmax_into(scores_view<T> scores, std::span<label_id> out) {
  TAGSPAN_EXPECTS(out.size() == scores.rows, "argmax_into: one id a row");
  static_cast<void>(detail::argmax_into<false>(scores, out.data()));
}
template <class T>
requires score_type<T>
void argmax_into(scores_view<T> scores, std::vector<label_id>& out) {
  out.resize(scores.rows);
  static_cast<void>(detail::argmax_into<false>(scores, out.data()));
}
template <class T>
requires score_type<T> std::vector<label_id> argmax(scores_view<T> scores) {
  std::vector<label_id> out;
  argmax_into(scores, out);
  return out;
}

// The same for scores that nobody has looked at, in the same pass. Errors: not_a_number {row, column} for the first NaN
// or +inf; then `out` is empty.
template <class T>
requires score_type<T> result<void> checked_argmax_into(scores_view<T> scores, std::vector<label_id>& out) {
  out.resize(scores.rows);
  if (!detail::argmax_into<true>(scores, out.data()).unfit) return {};
  auto const done = check_numbers(scores);
  if (!done) out.clear();
  return done;
}
template <class T>
requires score_type<T> result<std::vector<label_id>> checked_argmax(scores_view<T> scores) {
  std::vector<label_id> out;
  if (auto const done = checked_argmax_into(scores, out); !done) return done.error();
  return out;
}

namespace detail {

// A row's highest score and the sum of exp((score - top) / temperature): what every probability of the row needs.
// Computed in double; nothing overflows, and the sum is at least 1.
struct row_weight {
  double top, sum;
};

template <class T>
result<row_weight> weigh(T const* row, std::size_t columns, double temperature, std::size_t index) {
  double top = -std::numeric_limits<double>::infinity();
  for (std::size_t j = 0; j < columns; ++j) {
    double const score = static_cast<double>(number(row[j]));
    if (!usable(score)) return error{errc::not_a_number, index, j};
    if (score > top) top = score;
  }
  if (!(top > -std::numeric_limits<double>::infinity())) return error{errc::no_legal_path, index, 0};
  double sum = 0;
  for (std::size_t j = 0; j < columns; ++j) {
    sum += detail::exp((static_cast<double>(number(row[j])) - top) / temperature);
  }
  return row_weight{top, sum};
}

constexpr bool is_temperature(double temperature) noexcept {
  return temperature > 0 && temperature < std::numeric_limits<double>::infinity();
}

// A row of probabilities: all in [0, 1], and one above 0. Where logits are taken for probabilities, hardly a row is
// one; the margin is for 16-bit floats.
template <class T>
result<void> check_probabilities(T const* row, std::size_t columns, std::size_t index) {
  bool any = false;
  for (std::size_t j = 0; j < columns; ++j) {
    auto const p = static_cast<double>(number(row[j]));
    if (!(p >= 0 && p <= 1 + 1e-3)) return error{errc::not_a_number, index, j};
    any = any || p > 0;
  }
  if (!any) return error{errc::no_legal_path, index, 0};
  return {};
}

// Calls each(row index, row, weight) for every row, or says what is wrong.
template <class T, class Each>
result<void> for_each_weighed_row(scores_view<T> scores, double temperature, Each&& each) {
  if (!is_temperature(temperature)) return error{errc::bad_temperature, 0, 0};
  expect_rows(scores);
  for (std::size_t i = 0; i < scores.rows; ++i) {
    T const* const row = scores.data + i * scores.row_stride();
    auto const weight = weigh(row, scores.columns, temperature, i);
    if (!weight) return weight.error();
    each(i, row, *weight);
  }
  return {};
}

}  // namespace detail

// Probabilities: exp(score / temperature) over its row's sum, rows × columns without gaps. A score of -inf has
// probability 0. Computed in double. Errors: bad_temperature where it is not a positive number; not_a_number
// {row, column} for NaN and +inf; no_legal_path {row} for a row that is -inf throughout. Linear; allocates the result;
// the _into form resizes `out`, whose content after an error means nothing.
template <class T>
requires score_type<T> result<void> softmax_into(scores_view<T> scores, std::vector<score_value<T>>& out,
                                                 double temperature = 1) {
  out.resize(scores.rows * scores.columns);
  return detail::for_each_weighed_row(
      scores, temperature, [&](std::size_t i, auto const* row, detail::row_weight const& weight) {
        auto* const to = out.data() + i * scores.columns;
        for (std::size_t j = 0; j < scores.columns; ++j) {
          double const score = static_cast<double>(detail::number(row[j]));
          to[j] = static_cast<score_value<T>>(detail::exp((score - weight.top) / temperature) / weight.sum);
        }
      });
}
template <class T>
requires score_type<T> result<std::vector<score_value<T>>> softmax(scores_view<T> scores, double temperature = 1) {
  std::vector<score_value<T>> out;
  if (auto const done = softmax_into(scores, out, temperature); !done) return done.error();
  return out;
}

// The logarithms of these probabilities, without a detour over them: a small probability keeps its digits. -inf stays.
// Errors, cost and the _into form as above.
template <class T>
requires score_type<T> result<void> log_softmax_into(scores_view<T> scores, std::vector<score_value<T>>& out,
                                                     double temperature = 1) {
  out.resize(scores.rows * scores.columns);
  return detail::for_each_weighed_row(
      scores, temperature, [&](std::size_t i, auto const* row, detail::row_weight const& weight) {
        auto* const to = out.data() + i * scores.columns;
        double const log_sum = detail::log(weight.sum);
        for (std::size_t j = 0; j < scores.columns; ++j) {
          double const score = static_cast<double>(detail::number(row[j]));
          to[j] = static_cast<score_value<T>>((score - weight.top) / temperature - log_sum);
        }
      });
}
template <class T>
requires score_type<T> result<std::vector<score_value<T>>> log_softmax(scores_view<T> scores, double temperature = 1) {
  std::vector<score_value<T>> out;
  if (auto const done = log_softmax_into(scores, out, temperature); !done) return done.error();
  return out;
}

// The entropy of each row's probabilities in nats: 0 where one label has them all, log(columns) where all are alike.
// Errors and cost as above; one number a row.
template <class T>
requires score_type<T> result<std::vector<score_value<T>>> entropy(scores_view<T> scores, double temperature = 1) {
  std::vector<score_value<T>> out(scores.rows);
  auto const done = detail::for_each_weighed_row(
      scores, temperature, [&](std::size_t i, auto const* row, detail::row_weight const& weight) {
        // -Σ p log p with p = e/sum and log p = z - log sum, so that what is -inf drops out.
        double weighted = 0;
        for (std::size_t j = 0; j < scores.columns; ++j) {
          double const z = (static_cast<double>(detail::number(row[j])) - weight.top) / temperature;
          double const e = detail::exp(z);
          if (e > 0) weighted += e * z;
        }
        double const nats = detail::log(weight.sum) - weighted / weight.sum;
        out[i] = static_cast<score_value<T>>(nats > 0 ? nats : 0);
      });
  if (!done) return done.error();
  return out;
}

}  // namespace tagspan::inline TAGSPAN_ABI
