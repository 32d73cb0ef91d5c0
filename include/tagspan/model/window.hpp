// SPDX-License-Identifier: MIT
// Documents that are longer than the model. A plan cuts the tokens into windows that share some of them; each token
// lies in the core of exactly one window, the one in which it has most context. What the model says about the windows
// is merged into one document before anything is decoded, so that no entity is cut, doubled or lost at an edge.
#pragma once
#include <algorithm>
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
#include <tagspan/detail/vector.hpp>
#include <tagspan/model/scores.hpp>
#include <tagspan/tags/convert.hpp>
#include <tagspan/tags/entities.hpp>
#include <tagspan/tags/labels.hpp>
#include <tagspan/tags/scheme.hpp>

namespace tagspan::inline TAGSPAN_ABI {

// Where the short window comes: last, when the document is cut from its beginning, or first.
enum class window_direction : std::uint8_t { from_begin, from_end };

struct window_options {
  std::size_t max_tokens = 512;  // what the model takes, special tokens included
  std::size_t overlap = 128;     // tokens that neighbours share, at least (peers call it stride)
  std::size_t reserved = 0;      // special tokens that each window gets ([CLS], [SEP])
  // Word of each token, or empty. No window begins or ends between two tokens of one word (equal ids that are not
  // negative).
  std::span<std::int32_t const> never_split{};
  // Tokens at which a sentence or paragraph begins, in order. A window ends or begins there where that fits.
  std::span<std::size_t const> boundaries{};
  window_direction direction = window_direction::from_begin;
  std::size_t max_windows = std::numeric_limits<std::size_t>::max();  // what is behind them is window_plan::unseen()
};

struct window {
  token_span tokens;  // what the model is given, without special tokens
  token_span core;    // the tokens that this window decides
  friend constexpr bool operator==(window const&, window const&) = default;
};

// Windows in the order of the document: each begins and ends behind the one before it. Their cores tile the tokens that
// are seen, which are all of them but unseen().
class window_plan {
 public:
  window_plan() = default;
  window const* begin() const noexcept { return windows_.data(); }
  window const* end() const noexcept { return windows_.data() + windows_.size(); }
  std::size_t size() const noexcept { return windows_.size(); }
  bool empty() const noexcept { return windows_.empty(); }
  // Contract: i < size().
  window const& operator[](std::size_t i) const {
    TAGSPAN_EXPECTS(i < windows_.size(), "window_plan: there are fewer windows");
    return windows_[i];
  }
  std::size_t tokens() const noexcept { return tokens_; }  // of the document
  // Tokens that no window holds, because max_windows said so: the last ones, or the first ones of a plan from the end.
  token_span unseen() const noexcept { return unseen_; }

 private:
  friend result<void> plan_windows_into(window_plan& plan, std::size_t tokens, window_options const& options);
  friend result<window_plan> plan_from_windows(std::size_t tokens, std::span<token_span const> windows);
  std::vector<window> windows_;
  std::size_t tokens_ = 0;
  token_span unseen_{};
};

namespace detail {

// Where windows may begin and end, seen from the end of the document that they are cut from.
class window_edges {
 public:
  window_edges(std::size_t tokens, window_options const& options, std::size_t room) noexcept
      : tokens_(tokens),
        room_(room),
        overlap_(options.overlap),
        words_(options.never_split),
        boundaries_(options.boundaries),
        mirrored_(options.direction == window_direction::from_end) {}

  bool allowed(std::size_t edge) const noexcept {
    std::size_t const at = in_document(edge);
    return words_.empty() || at == 0 || at == tokens_ || words_[at] < 0 || words_[at - 1] != words_[at];
  }
  std::size_t at_or_before(std::size_t edge) const noexcept {
    while (!allowed(edge)) --edge;
    return edge;
  }
  // How far a window from here may go, words or not.
  std::size_t limit(std::size_t begin) const noexcept { return tokens_ - begin > room_ ? begin + room_ : tokens_; }
  std::size_t reach(std::size_t begin) const noexcept { return at_or_before(limit(begin)); }

  // The last edge in (low, high] at which a sentence begins, no word is cut, and fits(edge); nothing where none is.
  template <class Fits>
  std::optional<std::size_t> boundary_in(std::size_t low, std::size_t high, Fits fits) const noexcept {
    if (low >= high) return std::nullopt;
    if (mirrored_) {
      auto const first = std::lower_bound(boundaries_.begin(), boundaries_.end(), tokens_ - high);
      for (auto b = first; b != boundaries_.end() && *b < tokens_ - low; ++b) {
        if (allowed(tokens_ - *b) && fits(tokens_ - *b)) return tokens_ - *b;
      }
    } else {
      auto const first = std::upper_bound(boundaries_.begin(), boundaries_.end(), high);
      for (auto b = first; b != boundaries_.begin() && *(b - 1) > low; --b) {
        if (allowed(*(b - 1)) && fits(*(b - 1))) return *(b - 1);
      }
    }
    return std::nullopt;
  }

  // Where the window ends that begins here, if windows before it hold all up to `covered`. Error: word_too_long.
  result<std::size_t> end_of(std::size_t begin, std::size_t covered) const noexcept {
    std::size_t const end = reach(begin);
    if (end <= covered) return word_across(limit(begin), begin);
    if (end == tokens_) return end;
    auto const next_moves = [&](std::size_t at) { return at_or_before(at - overlap_) > begin; };
    return boundary_in(std::max(covered, begin + overlap_), end, next_moves).value_or(end);
  }
  // Where the window behind [begin, end) begins. Error: word_too_long.
  result<std::size_t> next_of(std::size_t begin, std::size_t end) const noexcept {
    std::size_t const latest = end > overlap_ ? end - overlap_ : 0;
    std::size_t const next = at_or_before(latest);
    if (next <= begin || reach(next) <= end) return word_across(limit(next), latest);
    auto const any = [](std::size_t) { return true; };
    // The last boundary before is enough to look at: one further back reaches less far.
    auto const at = boundary_in(begin, next, any);
    if (!at) return next;
    std::size_t const until = reach(*at);
    return until == tokens_ || boundary_in(end, until, any) ? *at : next;
  }

  // The word that lies across one of these edges, the first that is tried before the second, as an error.
  error word_across(std::size_t edge, std::size_t or_edge) const noexcept {
    std::size_t const at = in_document(allowed(edge) ? or_edge : edge);
    std::size_t first = at;
    std::size_t last = at;
    while (first > 0 && words_[first - 1] == words_[at]) --first;
    while (last < tokens_ && words_[last] == words_[at]) ++last;
    return {errc::word_too_long, first, last - first};
  }

 private:
  std::size_t in_document(std::size_t edge) const noexcept { return mirrored_ ? tokens_ - edge : edge; }

  std::size_t tokens_, room_, overlap_;
  std::span<std::int32_t const> words_;
  std::span<std::size_t const> boundaries_;
  bool mirrored_;
};

// Sets the cores of windows that follow each other: the border is the middle of what two of them share, passed through
// border(middle), which may move it back. A token in the middle of an odd number goes to the later window.
template <class Border>
void set_cores(std::vector<window>& windows, Border border) {
  std::size_t begin = windows.empty() ? 0 : windows.front().tokens.begin;
  for (std::size_t k = 0; k < windows.size(); ++k) {
    std::size_t end = windows[k].tokens.end;
    if (k + 1 < windows.size()) {
      std::size_t const next = windows[k + 1].tokens.begin;
      end = border(next + (end - next) / 2);
    }
    windows[k].core = {begin, end};
    begin = end;
  }
}

}  // namespace detail

// Cuts `tokens` tokens (without special ones) into windows of at most max_tokens - reserved. Neighbours share at least
// `overlap` tokens, and the border of their cores is the middle of what they share, moved to the border of words before
// it. (Before it as seen from where the cutting begins: the plan of a mirrored document is the mirrored plan.) With
// words, windows are as long as words allow. A boundary is taken where the window behind it still sees something new; a
// window also begins at one, if that lets it hold a whole new sentence.
// Without words and boundaries there are ceil((tokens - overlap) / (max_tokens - reserved - overlap)) windows, at least
// one, and none for no tokens; with them there may be more.
// Errors: overlap_too_large {overlap, max_tokens - reserved} where it leaves no room for anything new;
// length_mismatch {0, the shorter length} where never_split is not one id a token; bad_offsets {position} where
// boundaries run backwards or leave the document; word_too_long {first token, tokens} where a word is longer than a
// window, or does not fit beside the overlap: then there is no plan at all. Takes a few steps a window, times the
// tokens of a word. The _into form uses the memory of `plan` again, and leaves it empty after an error.
inline result<void> plan_windows_into(window_plan& plan, std::size_t tokens, window_options const& options = {}) {
  plan.windows_.clear();
  plan.tokens_ = 0;
  plan.unseen_ = {};
  std::size_t const room = options.max_tokens > options.reserved ? options.max_tokens - options.reserved : 0;
  if (options.overlap >= room) return error{errc::overlap_too_large, options.overlap, room};
  if (!options.never_split.empty() && options.never_split.size() != tokens) {
    return error{errc::length_mismatch, 0, std::min(tokens, options.never_split.size())};
  }
  for (std::size_t i = 0; i < options.boundaries.size(); ++i) {
    if (options.boundaries[i] > tokens || (i > 0 && options.boundaries[i] < options.boundaries[i - 1])) {
      return error{errc::bad_offsets, i, 0};
    }
  }
  detail::window_edges const edges(tokens, options, room);
  std::size_t covered = 0;  // up to here, from the end that is cut first
  for (std::size_t begin = 0; covered < tokens && plan.windows_.size() < options.max_windows;) {
    auto const end = edges.end_of(begin, covered);
    auto next = end;
    if (end) {
      plan.windows_.push_back({{begin, *end}, {}});
      covered = *end;
      if (covered == tokens || plan.windows_.size() == options.max_windows) break;
      next = edges.next_of(begin, covered);
    }
    if (!next) {
      plan.windows_.clear();
      return next.error();
    }
    begin = *next;
  }
  std::vector<window>& windows = plan.windows_;
  detail::set_cores(windows, [&](std::size_t middle) { return edges.at_or_before(middle); });
  plan.tokens_ = tokens;
  plan.unseen_ = {covered, tokens};
  if (options.direction == window_direction::from_end) {
    auto const mirror = [&](token_span s) { return token_span{tokens - s.end, tokens - s.begin}; };
    std::reverse(windows.begin(), windows.end());
    for (window& w : windows) w = {mirror(w.tokens), mirror(w.core)};
    plan.unseen_ = mirror(plan.unseen_);
  }
  return {};
}
inline result<window_plan> plan_windows(std::size_t tokens, window_options options = {}) {
  window_plan plan;
  if (auto const done = plan_windows_into(plan, tokens, options); !done) return done.error();
  return plan;
}

// A plan of windows that somebody else cut, a tokenizer with a stride for instance. The border of cores is the middle
// of what neighbours share. Errors: bad_offsets {window} for one that is empty or leaves the document, does not begin
// and end behind the one before it, or leaves a gap before it ({number of windows} for a gap behind the last one).
// Linear.
inline result<window_plan> plan_from_windows(std::size_t tokens, std::span<token_span const> windows) {
  window_plan plan;
  plan.tokens_ = tokens;
  plan.unseen_ = {tokens, tokens};
  std::size_t covered = 0;
  for (std::size_t k = 0; k < windows.size(); ++k) {
    token_span const w = windows[k];
    bool const behind = k == 0 || (w.begin > windows[k - 1].begin && w.end > windows[k - 1].end);
    if (w.empty() || w.end > tokens || w.begin > covered || !behind) return error{errc::bad_offsets, k, 0};
    plan.windows_.push_back({w, {}});
    covered = w.end;
  }
  if (covered != tokens) return error{errc::bad_offsets, windows.size(), 0};
  detail::set_cores(plan.windows_, [](std::size_t middle) { return middle; });
  return plan;
}

namespace detail {

inline constexpr std::size_t endless = std::numeric_limits<std::size_t>::max();

// How many tokens a window sees before and behind a span that it holds. The edges of the document cut nothing off.
constexpr std::size_t context_before(window const& w, token_span s) noexcept {
  return w.tokens.begin == 0 ? endless : s.begin - w.tokens.begin;
}
constexpr std::size_t context_behind(window const& w, token_span s, std::size_t tokens) noexcept {
  return w.tokens.end == tokens ? endless : w.tokens.end - s.end;
}

}  // namespace detail

// The window that sees a span of the document with most context, counted on the side where it has less; of two that
// see the same, the one whose core holds the middle of the span. Nothing where no window holds all of it. Logarithmic.
inline std::optional<std::size_t> best_window(window_plan const& plan, token_span span) {
  window const* const first = std::partition_point(
      plan.begin(), plan.end(), [&](window const& w) { return w.tokens.end < span.end; });
  window const* const last =
      std::partition_point(first, plan.end(), [&](window const& w) { return w.tokens.begin <= span.begin; });
  if (first == last) return std::nullopt;
  auto const before = [&](window const* w) { return detail::context_before(*w, span); };
  auto const behind = [&](window const* w) { return detail::context_behind(*w, span, plan.tokens()); };
  // From window to window there is less before the span and more behind it.
  window const* best = std::partition_point(first, last, [&](window const& w) { return before(&w) > behind(&w); });
  if (best == last) {
    --best;
  } else if (best != first) {
    window const* const earlier = best - 1;
    std::size_t const middle = span.begin + span.size() / 2;
    bool const same = behind(earlier) == before(best);
    if (behind(earlier) > before(best) || (same && middle < earlier->core.end)) best = earlier;
  }
  return static_cast<std::size_t>(best - plan.begin());
}

// The rows of a window without those of its special tokens: `front` before and `back` behind. Contract: there are as
// many.
template <class T>
scores_view<T> content_rows(scores_view<T> scores, std::size_t front, std::size_t back) {
  TAGSPAN_EXPECTS(front <= scores.rows && back <= scores.rows - front, "content_rows: there are fewer rows");
  return scores.slice(front, scores.rows - back);
}

// A span in a window as a span in the document. Contract: it lies in the window.
constexpr token_span in_document(window const& w, token_span in_window) {
  TAGSPAN_EXPECTS(in_window.begin <= in_window.end && in_window.end <= w.tokens.size(),
                  "in_document: the span leaves the window");
  return {w.tokens.begin + in_window.begin, w.tokens.begin + in_window.end};
}
// The same for what was found in a window. Spans that count tokens move; spans in the unit of a text stay as they are,
// because the offsets of a window's tokens are those of the document.
constexpr token_entity in_document(window const& w, token_entity const& e) { return {in_document(w, e.span), e.type}; }
template <class Unit>
constexpr scored_entity<Unit> in_document(window const& w, scored_entity<Unit> e) {
  e.tokens = in_document(w, e.tokens);
  if constexpr (std::is_same_v<Unit, unit::token>) e.span = in_document(w, e.span);
  return e;
}

// How the rows of a token that several windows saw become one.
enum class window_weight : std::uint8_t {
  ownership,  // the row of the window whose core it is in
  mean,
  centre,  // the mean, weighted by the distance to the window's edge (the edges of the document are none)
  max,     // for each label the highest; made for log-probabilities
};

struct merge_options {
  window_weight weight = window_weight::ownership;
};

// Scores of a document that own their memory.
template <class T>
struct score_matrix {
  std::vector<T> values;
  std::size_t rows{}, columns{};
  scores_view<T const> view() const noexcept { return {values.data(), rows, columns}; }
};

namespace detail {

// acc += share (x - acc), but for numbers that do not add up: where both are the same they stay, to the bit; one that
// is infinite wins over one that is not; NaN stays NaN, which is the decoder's to report.
template <class V>
inline V blend(V acc, V x, V share) noexcept {
  constexpr V infinity = std::numeric_limits<V>::infinity();
  V const moved = acc + share * (x - acc);
  V const sum = acc + x;
  bool const infinite = x == infinity || x == -infinity || acc == infinity || acc == -infinity;
  return x == acc ? acc : infinite ? sum : moved;
}

template <class V, class U>
void blend_run(V* acc, U const* x, V const* shares, std::size_t count) noexcept {
  std::size_t j = 0;
#if TAGSPAN_HAS_VECTORS
  // The same in vectors; compilers leave the choices of the scalar form as branches.
  if constexpr (std::is_same_v<V, float> && std::is_same_v<U, float>) {
    constexpr float infinity = std::numeric_limits<float>::infinity();
    for (; j + float_lane_count <= count; j += float_lane_count) {
      float_lanes const a = load_lanes(acc + j);
      float_lanes const b = load_lanes(x + j);
      float_lanes const moved = a + load_lanes(shares + j) * (b - a);
      float_lanes const sum = a + b;
      int_lanes const infinite = (a == infinity) | (a == -infinity) | (b == infinity) | (b == -infinity);
      int_lanes const equal = a == b;
      float_lanes const chosen = infinite ? sum : moved;
      float_lanes const out = equal ? a : chosen;
      __builtin_memcpy(acc + j, &out, sizeof(out));
    }
  }
#endif
  for (; j < count; ++j) acc[j] = blend(acc[j], static_cast<V>(number(x[j])), shares[j]);
}

}  // namespace detail

namespace detail {

// Merges windows as they come, whoever planned them. Keeps the rows that later windows share.
template <class T>
class window_rows {
 public:
  using value_type = score_value<T>;

  explicit window_rows(window_weight weight) : weight_(weight) {}

  // Where a window stands among its neighbours.
  struct place {
    std::size_t before;  // where the window before it ends; its own begin if there is none
    std::size_t behind;  // where the window behind it begins; its own end if there is none
    std::size_t tokens;  // of the document; while that is not known, anything behind the window
  };

  // Contract: the scores have one row a token of the window, and always as many columns.
  template <class U, class Sink>
  void take(window const& w, place at, scores_view<U> scores, Sink&& sink) {
    columns_ = scores.columns;
    if (weight_ == window_weight::ownership) {
      give(w, scores, w.core, sink);
      return;
    }
    // Rows of [w.tokens.begin, before) are kept from earlier windows; those up to `behind` will not be seen again.
    join_rows(w, at, at.before - w.tokens.begin, scores);
    std::size_t const from_kept = std::min(at.before, at.behind) - w.tokens.begin;
    if (from_kept != 0) sink(w.tokens.begin, scores_view<value_type const>{values_.data(), from_kept, columns_});
    if (at.before < at.behind) give(w, scores, {at.before, at.behind}, sink);
    values_.erase(values_.begin(), values_.begin() + static_cast<std::ptrdiff_t>(from_kept * columns_));
    weights_.erase(weights_.begin(), weights_.begin() + static_cast<std::ptrdiff_t>(from_kept));
    keep(w, at, scores, {std::max(at.before, at.behind), w.tokens.end});
  }

 private:
  // Tokens to the nearer edge that is not one of the document, the edge token itself having one.
  double weight_of(window const& w, place at, std::size_t token) const noexcept {
    if (weight_ != window_weight::centre) return 1;
    token_span const self{token, token + 1};
    std::size_t const nearest = std::min(context_before(w, self), context_behind(w, self, at.tokens));
    return nearest == endless ? 1 : static_cast<double>(nearest + 1);
  }

  // Rows of this window that are final as they came: not copied where they are of the type that is given out.
  template <class U, class Sink>
  void give(window const& w, scores_view<U> scores, token_span which, Sink&& sink) {
    if (which.empty()) return;
    auto const rows = scores.slice(which.begin - w.tokens.begin, which.end - w.tokens.begin);
    if constexpr (std::is_same_v<std::remove_const_t<U>, value_type>) {
      sink(which.begin, scores_view<value_type const>{rows.data, rows.rows, rows.columns, rows.stride});
    } else {
      converted_.clear();
      append(converted_, rows);
      sink(which.begin, scores_view<value_type const>{converted_.data(), rows.rows, rows.columns});
    }
  }

  template <class U>
  static void append(std::vector<value_type>& out, scores_view<U> rows) {
    for (std::size_t i = 0; i < rows.rows; ++i) {
      auto const row = rows.row(i);
      if constexpr (std::is_same_v<std::remove_const_t<U>, value_type>) {
        out.insert(out.end(), row.begin(), row.end());
      } else {
        for (U const& score : row) out.push_back(static_cast<value_type>(number(score)));
      }
    }
  }

  template <class U>
  void keep(window const& w, place at, scores_view<U> scores, token_span which) {
    append(values_, scores.slice(which.begin - w.tokens.begin, which.end - w.tokens.begin));
    for (std::size_t t = which.begin; t < which.end; ++t) weights_.push_back(weight_of(w, at, t));
  }

  // The first `count` rows of this window and those kept of the same tokens.
  template <class U>
  void join_rows(window const& w, place place_of, std::size_t count, scores_view<U> scores) {
    bool const averages = weight_ != window_weight::max;
    if (averages) {
      shares_.resize(count * columns_);
      for (std::size_t i = 0; i < count; ++i) {
        double const weight = weight_of(w, place_of, w.tokens.begin + i);
        weights_[i] += weight;
        std::fill_n(shares_.data() + i * columns_, columns_, static_cast<value_type>(weight / weights_[i]));
      }
    }
    // One long run where the rows follow each other, as rows are too short to be read one by one at full speed.
    std::size_t const stride = scores.row_stride();
    std::size_t const run = stride == columns_ ? count * columns_ : columns_;
    for (std::size_t at = 0; at < count * columns_; at += run) {
      U const* const in = scores.data + at / columns_ * stride;
      value_type* const out = values_.data() + at;
      if (averages) {
        blend_run(out, in, shares_.data() + at, run);
      } else {
        for (std::size_t j = 0; j < run; ++j) {
          value_type const x = static_cast<value_type>(number(in[j]));
          bool const wins = (x > out[j]) | (x != x);  // NaN goes through
          out[j] = wins ? x : out[j];
        }
      }
    }
  }

  window_weight weight_;
  std::size_t columns_ = 0;
  std::vector<value_type> values_;  // rows that a later window shares, from the beginning of the next one on
  std::vector<double> weights_;     // of these rows
  std::vector<value_type> converted_, shares_;
};

}  // namespace detail

// Merges windows as they come, in the order of the plan, and gives out rows as soon as no later window can change them.
// Keeps the rows that later windows share, so that it needs memory for one window at most, and none for ownership. Rows
// are computed as score_value<T>, mean and centre as acc += w (x - acc), so that rows on which the windows agree stay
// the same to the bit.
template <class T>
  requires score_type<T>
class score_merger {
 public:
  using value_type = score_value<T>;

  // `plan` is kept by reference.
  explicit score_merger(window_plan const& plan, merge_options options = {}) : plan_(&plan), rows_(options.weight) {}
  explicit score_merger(window_plan&&, merge_options = {}) = delete;

  // Takes the scores of the next window, one row a token of it, and calls sink(first token, scores_view) with rows that
  // are now final: in order, without gaps, in none or several calls. The view is valid during the call. Errors:
  // shape_mismatch {given, expected} for other rows than planned, other columns than the first window's, or a window
  // too many; then nothing is taken. Linear.
  template <class U, class Sink>
    requires std::is_same_v<std::remove_const_t<U>, std::remove_const_t<T>>
  result<void> push(scores_view<U> scores, Sink&& sink) {
    if (next_ == plan_->size()) return error{errc::shape_mismatch, next_ + 1, plan_->size()};
    window const& w = (*plan_)[next_];
    if (auto const fits = check_shape(scores, w.tokens.size(), next_ == 0 ? scores.columns : columns_); !fits) {
      return fits.error();
    }
    detail::expect_rows(scores);
    columns_ = scores.columns;
    std::size_t const before = next_ == 0 ? w.tokens.begin : (*plan_)[next_ - 1].tokens.end;
    ++next_;
    std::size_t const behind = next_ < plan_->size() ? (*plan_)[next_].tokens.begin : w.tokens.end;
    rows_.take(w, {before, behind, plan_->tokens()}, scores, sink);
    return {};
  }

  bool complete() const noexcept { return next_ == plan_->size(); }

 private:
  window_plan const* plan_;
  detail::window_rows<T> rows_;
  std::size_t next_ = 0;  // window
  std::size_t columns_ = 0;
};

namespace detail {

template <class View>
struct score_in_view;
template <class T>
struct score_in_view<scores_view<T>> {
  using type = T;
};
template <class R>
using score_in = typename score_in_view<std::remove_cvref_t<decltype(*std::declval<R const&>().data())>>::type;

}  // namespace detail

// Views of scores side by side in memory: a vector, span or array of scores_view.
template <class R>
concept score_views = requires(R const& r) {
  typename detail::score_in<R>;
  r.size();
};

// The scores of the whole document from those of its windows: one view a window, in the order of the plan, one row a
// token of it (content_rows cuts special tokens off). Rows of unseen tokens are not part of the result: its first row
// is the first token that a window holds. Errors: shape_mismatch {given, expected} for another number of windows, or of
// rows or columns in one. Linear in what is given; allocates the result and at most one window. The _into form uses the
// memory of `out` again, and leaves it as it is after an error.
template <score_views R>
result<void> merge_scores_into(window_plan const& plan, R const& windows,
                               score_matrix<score_value<detail::score_in<R>>>& out, merge_options options = {}) {
  auto const* const views = windows.data();
  if (windows.size() != plan.size()) return error{errc::shape_mismatch, windows.size(), plan.size()};
  for (std::size_t k = 0; k < plan.size(); ++k) {
    auto const fits = check_shape(views[k], plan[k].tokens.size(), views[0].columns);
    if (!fits) return fits.error();
  }
  out.rows = plan.tokens() - plan.unseen().size();
  out.columns = plan.empty() ? 0 : views[0].columns;
  out.values.clear();
  out.values.reserve(out.rows * out.columns);
  score_merger<detail::score_in<R>> merger(plan, options);
  auto const take = [&](std::size_t, auto const& rows) {
    if (rows.row_stride() == rows.columns) {
      out.values.insert(out.values.end(), rows.data, rows.data + rows.rows * rows.columns);
      return;
    }
    for (std::size_t i = 0; i < rows.rows; ++i) {
      auto const row = rows.row(i);
      out.values.insert(out.values.end(), row.begin(), row.end());
    }
  };
  for (std::size_t k = 0; k < plan.size(); ++k) merger.push(views[k], take).value();
  return {};
}
template <score_views R>
result<score_matrix<score_value<detail::score_in<R>>>> merge_scores(window_plan const& plan, R const& windows,
                                                                    merge_options options = {}) {
  score_matrix<score_value<detail::score_in<R>>> out;
  if (auto const done = merge_scores_into(plan, windows, out, options); !done) return done.error();
  return out;
}

// ---- entities of windows that were decoded one by one

// What became of an entity that one window found.
enum class window_finding : std::uint8_t {
  duplicate,  // left out: another window found the same one, and sees more of what stands around it
  cut,        // left out: it ends at an edge of its window, and another window reads on
  outvoted,   // left out: a window that sees its tokens with more context reads them otherwise
  joined,     // left out: it is a part of an entity that no window holds whole; the whole one is in the result
  at_edge,    // in the result; but it ends at an edge of its window, and no window can say whether it goes on
};

template <class Entity>
struct window_note {
  window_finding what{};
  std::size_t window{};
  Entity entity{};  // in the document
  friend constexpr bool operator==(window_note const&, window_note const&) = default;
};

struct merge_entities_options {
  // Keep an entity that only a window with less context found, where the one with more sees none at all. That is what
  // ownership of scores would drop; keep it where a miss costs more than a false alarm.
  bool keep_unconfirmed = false;
};

namespace detail {

template <class Entity>
struct window_entity_traits;  // token_entity or scored_entity<Unit>
template <>
struct window_entity_traits<token_entity> {
  static constexpr token_span tokens(token_entity const& e) noexcept { return e.span; }
  static constexpr token_entity join(token_entity const& a, token_entity const& b) noexcept {
    return {{std::min(a.span.begin, b.span.begin), std::max(a.span.end, b.span.end)}, a.type};
  }
};
template <class Unit>
struct window_entity_traits<scored_entity<Unit>> {
  static constexpr token_span tokens(scored_entity<Unit> const& e) noexcept {
    if constexpr (std::is_same_v<Unit, unit::token>) {
      return e.span;
    } else {
      return e.tokens;
    }
  }
  static constexpr scored_entity<Unit> join(scored_entity<Unit> const& a, scored_entity<Unit> const& b) noexcept {
    return {{std::min(a.span.begin, b.span.begin), std::max(a.span.end, b.span.end)},
            a.type,
            std::min(a.score, b.score),
            {std::min(a.tokens.begin, b.tokens.begin), std::max(a.tokens.end, b.tokens.end)}};
  }
};

template <class Entity>
concept window_entity = requires(Entity const& e) { window_entity_traits<Entity>::tokens(e); };

}  // namespace detail

// Merges the entities of windows as they come, in the order of the plan. Where scores are at hand, merge those instead:
// entities say less.
//
// An entity belongs to the window that sees it with most context (best_window). It is in the result if the window that
// found it is that one. Parts that meet in what two windows share, each cut by its window's edge, of one type and each
// without a window that sees more of it, become one entity: longer than the overlap, whole again, with the lower of the
// scores. Where windows contradict each other about tokens, entities that belong to their windows come before others,
// then the one with more context, then the earlier window, then the longer one; what overlaps an entity of another
// window that was taken is left out. Entities of one window never exclude each other, so nested ones stay. What was
// left out, and why, is told.
template <detail::window_entity Entity>
class entity_merger {
 public:
  // `plan` is kept by reference.
  explicit entity_merger(window_plan const& plan, merge_entities_options options = {})
      : plan_(&plan), options_(options) {}
  explicit entity_merger(window_plan&&, merge_entities_options = {}) = delete;

  // Takes what was found in the next window, in tokens of the window and any order, and calls kept(entity) and
  // noted(window_note) with what is now certain: entities in tokens of the document, by begin, end and type. Errors:
  // shape_mismatch {given, planned} for a window too many; bad_span_in_sentence {window, index} for an entity that is
  // empty or leaves its window; then nothing is taken. O(n log n), plus for each entity how many others
  // of its stretch begin in it, or before it by less than the longest of them is long, and for each that the edge of
  // its window cuts how many its stretch has. (Nested ones, n deep, take n².)
  template <class Kept, class Noted>
  result<void> push(std::span<Entity const> found, Kept&& kept, Noted&& noted) {
    if (next_ == plan_->size()) return error{errc::shape_mismatch, next_ + 1, plan_->size()};
    window const& w = (*plan_)[next_];
    for (std::size_t i = 0; i < found.size(); ++i) {
      token_span const s = traits::tokens(found[i]);
      if (s.empty() || s.end > w.tokens.size()) return error{errc::bad_span_in_sentence, next_, i};
    }
    for (Entity const& e : found) {
      Entity const moved = in_document(w, e);
      token_span const s = traits::tokens(moved);
      waiting_.push_back({moved, s, next_, next_, *best_window(*plan_, s), detail::context_before(w, s),
                          detail::context_behind(w, s, plan_->tokens()), given_++});
    }
    ++next_;
    std::sort(waiting_.begin(), waiting_.end(), [](candidate const& a, candidate const& b) {
      return a.tokens != b.tokens ? a.tokens < b.tokens : a.order < b.order;
    });
    std::size_t const final = next_ < plan_->size() ? (*plan_)[next_].tokens.begin : detail::endless;
    std::size_t done = 0;
    while (done < waiting_.size()) {
      std::size_t last = done + 1;
      std::size_t end = waiting_[done].tokens.end;
      for (; last < waiting_.size() && waiting_[last].tokens.begin < end; ++last) {
        end = std::max(end, waiting_[last].tokens.end);
      }
      if (end > final) break;
      settle({waiting_.data() + done, last - done}, kept, noted);
      done = last;
    }
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(done));
    return {};
  }
  template <class Kept, class Noted>
  result<void> push(std::vector<Entity> const& found, Kept&& kept, Noted&& noted) {
    return push(std::span<Entity const>(found), kept, noted);
  }

  bool complete() const noexcept { return next_ == plan_->size(); }

 private:
  using traits = detail::window_entity_traits<Entity>;

  struct candidate {
    Entity entity;
    token_span tokens;
    std::size_t first, last;     // windows: several where parts were joined
    std::size_t owner;           // the window that sees it best
    std::size_t before, behind;  // context
    std::size_t order;
    enum : std::uint8_t { open, kept, gone, part } state = open;
    Entity head{};                       // where parts were joined, the first of them
    std::size_t into = detail::endless;  // of a part: the order of what it became a part of

    bool own() const noexcept { return first <= owner && owner <= last; }
    std::size_t context() const noexcept { return std::min(before, behind); }
  };

  template <class Kept, class Noted>
  void settle(std::span<candidate> all, Kept&& kept, Noted&& noted) {
    auto const note = [&](window_finding what, candidate const& c) {
      bool const joined = c.first != c.last;
      noted(window_note<Entity>{what, c.first, joined ? c.head : c.entity});
      if (!joined) return;
      for (candidate const& p : all) {
        if (p.into == c.order) noted(window_note<Entity>{what, p.first, p.entity});
      }
    };
    if (all.size() > 1) {
      join_parts(all);
      std::sort(all.begin(), all.end(), [](candidate const& a, candidate const& b) {
        if (a.own() != b.own()) return a.own();
        if (a.context() != b.context()) return a.context() > b.context();
        if (a.first != b.first) return a.first < b.first;
        if (a.tokens.size() != b.tokens.size()) return a.tokens.size() > b.tokens.size();
        return a.order < b.order;
      });
    }
    // What may overlap a candidate begins before its end, and no further before it than the longest one is long.
    by_begin_.clear();
    std::size_t longest = 0;
    for (candidate const& c : all) {
      if (c.state == candidate::part) continue;
      by_begin_.push_back(&c);
      longest = std::max(longest, c.tokens.size());
    }
    std::sort(by_begin_.begin(), by_begin_.end(),
              [](candidate const* a, candidate const* b) { return a->tokens.begin < b->tokens.begin; });
    for (candidate& c : all) {
      if (c.state == candidate::part) continue;
      bool duplicate = false;
      bool cut = false;
      bool contradicted = false;
      bool confirmed = c.own() || options_.keep_unconfirmed;
      auto at = std::partition_point(by_begin_.begin(), by_begin_.end(), [&](candidate const* other) {
        return other->tokens.begin + longest <= c.tokens.begin;
      });
      for (; at != by_begin_.end() && (*at)->tokens.begin < c.tokens.end; ++at) {
        candidate const& other = **at;
        if (other.state == candidate::gone) continue;
        if (!overlaps(c.tokens, other.tokens) || agree(c, other, all)) continue;
        confirmed = confirmed || (other.first <= c.owner && c.owner <= other.last);
        if (other.state != candidate::kept) continue;
        contradicted = true;
        duplicate = duplicate || (other.tokens == c.tokens && other.entity.type == c.entity.type);
        cut = cut || (c.before == 0 && other.tokens.begin < c.tokens.begin);
        cut = cut || (c.behind == 0 && other.tokens.end > c.tokens.end);
      }
      if (!contradicted && confirmed) {
        c.state = candidate::kept;
        continue;
      }
      c.state = candidate::gone;
      note(duplicate ? window_finding::duplicate : cut ? window_finding::cut : window_finding::outvoted, c);
    }
    std::sort(all.begin(), all.end(), [](candidate const& a, candidate const& b) {
      if (a.tokens != b.tokens) return a.tokens < b.tokens;
      return a.entity.type != b.entity.type ? a.entity.type < b.entity.type : a.order < b.order;
    });
    for (candidate const& c : all) {
      if (c.state != candidate::kept) continue;
      kept(c.entity);
      if (c.first != c.last) note(window_finding::joined, c);
      if (c.context() != 0) continue;
      noted(window_note<Entity>{window_finding::at_edge, c.before == 0 ? c.first : c.last, c.entity});
    }
  }

  // Found by one window, which says both: nested ones, for instance.
  static bool agree(candidate const& a, candidate const& b, std::span<candidate const> all) noexcept {
    if (a.first == a.last && b.first == b.last) return a.first == b.first;
    if (a.first != a.last && b.first != b.last) return a.first == b.first && a.last == b.last;
    candidate const& one = a.first == a.last ? a : b;
    candidate const& joined = a.first == a.last ? b : a;
    if (!one.own()) return false;
    if (one.first == joined.first) return true;
    return std::any_of(all.begin(), all.end(),
                       [&](candidate const& p) { return p.into == joined.order && p.first == one.first; });
  }

  static void join_parts(std::span<candidate> all) {
    std::sort(all.begin(), all.end(), [](candidate const& a, candidate const& b) {
      return a.first != b.first ? a.first < b.first : a.order < b.order;
    });
    for (candidate& head : all) {
      if (!head.own() || head.behind != 0) continue;  // most: windows cut few entities
      for (candidate* next = &head + 1; next != all.data() + all.size(); ++next) {
        bool const open = head.state == candidate::open && next->state == candidate::open;
        if (!open || !head.own() || !next->own() || next->first <= head.last) continue;
        if (head.behind != 0 || next->before != 0) continue;
        if (head.entity.type != next->entity.type || !overlaps(head.tokens, next->tokens)) continue;
        if (head.first == head.last) head.head = head.entity;
        head.entity = traits::join(head.entity, next->entity);
        head.tokens.end = next->tokens.end;
        head.last = next->last;
        head.behind = next->behind;
        next->state = candidate::part;
        next->into = head.order;
      }
    }
  }

  window_plan const* plan_;
  merge_entities_options options_;
  std::size_t next_ = 0;   // window
  std::size_t given_ = 0;  // entities
  std::vector<candidate> waiting_;
  std::vector<candidate const*> by_begin_;  // of the stretch that is settled
};

template <class Entity>
struct merged_entities {
  std::vector<Entity> entities;             // in tokens of the document, by begin, end and type
  std::vector<window_note<Entity>> notes;   // stretch by stretch
};

// The entities of the document from those of its windows, one sequence a window, in tokens of the window: rules, order,
// errors and cost are entity_merger's; another number of windows is shape_mismatch {given, planned}.
template <detail::window_entity Entity>
result<merged_entities<Entity>> merge_entities(window_plan const& plan, std::span<std::vector<Entity> const> windows,
                                               merge_entities_options options = {}) {
  if (windows.size() != plan.size()) return error{errc::shape_mismatch, windows.size(), plan.size()};
  merged_entities<Entity> out;
  entity_merger<Entity> merger(plan, options);
  auto const keep = [&](Entity const& e) { out.entities.push_back(e); };
  auto const note = [&](window_note<Entity> const& n) { out.notes.push_back(n); };
  for (std::vector<Entity> const& found : windows) {
    if (auto const done = merger.push(found, keep, note); !done) return done.error();
  }
  return out;
}
template <detail::window_entity Entity>
result<merged_entities<Entity>> merge_entities(window_plan const& plan, std::vector<std::vector<Entity>> const& windows,
                                               merge_entities_options options = {}) {
  return merge_entities(plan, std::span<std::vector<Entity> const>(windows), options);
}

// ---- for training

// What a window is taught.
enum class window_label_policy : std::uint8_t {
  core,      // the labels of its core, ignore_index elsewhere: each token of the document counts once
  repaired,  // all labels; an entity that an edge cuts is written anew, so that it begins and ends as S has it
};

// The labels of a window from those of the document, one id a token. `repaired` reads what the window holds leniently
// and writes it in S's letters. Ignored positions stay. Errors: length_mismatch {0, tokens of ids} where the document
// is shorter than the window says; id_out_of_range {position in the document}; and of `repaired` those of repair, with
// positions in the document and entities counted in the window. Linear in the window.
template <tag_scheme S, label_range R>
result<std::vector<label_id>> window_labels(window const& w, R const& ids, label_set const& labels,
                                            window_label_policy policy = window_label_policy::core,
                                            label_id ignore_index = -100) {
  using id_type = std::remove_cvref_t<decltype(*ids.data())>;
  if (w.tokens.end > ids.size()) return error{errc::length_mismatch, 0, ids.size()};
  std::span<id_type const> const part(ids.data() + w.tokens.begin, w.tokens.size());
  std::size_t const bad = detail::first_unknown(part, labels.size(), ignore_index);
  if (bad != part.size()) return error{errc::id_out_of_range, w.tokens.begin + bad, 0};
  if (policy == window_label_policy::repaired) {
    auto done = repair<S>(part, labels, repair_policy::promote, ignore_index);
    if (done) return done;
    error e = done.error();
    if (e.code == errc::no_outside_label) e.where += w.tokens.begin;
    if (e.code == errc::label_missing) e.inner += w.tokens.begin;
    return e;
  }
  std::vector<label_id> out(part.size(), ignore_index);
  for (std::size_t t = w.core.begin; t < w.core.end; ++t) {
    out[t - w.tokens.begin] = static_cast<label_id>(part[t - w.tokens.begin]);
  }
  return out;
}

// An entity of the document that does not lie in one core.
struct cut_entity {
  std::size_t index{};                  // of the entity
  std::optional<std::size_t> whole_in;  // the window that sees it best, if one holds it whole
  friend constexpr bool operator==(cut_entity const&, cut_entity const&) = default;
};

// The entities that a border of cores cuts, or that are not all seen; those without `whole_in` no window can learn or
// find: a larger overlap could. In the order given. Errors: span_out_of_range {index} for one that is empty or leaves
// the document. Logarithmic in windows for each.
inline result<std::vector<cut_entity>> cut_entities(window_plan const& plan, std::span<token_entity const> entities) {
  std::vector<cut_entity> out;
  for (std::size_t i = 0; i < entities.size(); ++i) {
    token_span const s = entities[i].span;
    if (s.empty() || s.end > plan.tokens()) return error{errc::span_out_of_range, i, 0};
    window const* const w = std::partition_point(plan.begin(), plan.end(),
                                                 [&](window const& v) { return v.core.end <= s.begin; });
    if (w != plan.end() && contains(w->core, s)) continue;
    out.push_back({i, best_window(plan, s)});
  }
  return out;
}

}  // namespace tagspan::inline TAGSPAN_ABI
