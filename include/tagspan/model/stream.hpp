// SPDX-License-Identifier: MIT
// Decisions while a document is still coming: the labels of the best path once no later score can change them, and
// entities as they end.
//
// After each token one path survives for each label: the best one that ends with it. Traced back, survivors meet, and
// what lies before the point where they have met is what the offline search will say, whatever comes. Between two
// entities that a model is sure of, survivors are a few tokens long. They need not meet at all: where two readings of a
// type are worth the same for a thousand tokens, a thousand labels wait. `longest_undecided` tells how long the longest
// stretch was; `max_undecided` bounds it, which costs certainty, and `forced` counts what it cost.
//
// Sums are those of viterbi (model/viterbi.hpp), in the same order and without renormalisation, which would round
// elsewhere and break ties elsewhere. After 10^9 tokens of score 10 neighbouring doubles are 2^-19 apart.
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
#include <tagspan/core/version.hpp>
#include <tagspan/detail/lattice.hpp>
#include <tagspan/model/scores.hpp>
#include <tagspan/model/viterbi.hpp>
#include <tagspan/model/window.hpp>
#include <tagspan/tags/entities.hpp>
#include <tagspan/tags/labels.hpp>
#include <tagspan/tags/scheme.hpp>

namespace tagspan::inline TAGSPAN_ABI {

inline constexpr std::size_t no_bound = std::numeric_limits<std::size_t>::max();

template <class T>
struct viterbi_stream_options {
  viterbi_options<T> search{};           // views that must outlive the stream
  std::size_t max_undecided = no_bound;  // labels that may wait; beyond it the best path so far decides the oldest
};

namespace detail {

// The paths that survive, as a tree: a label of a row stays as long as one of the next row stands on it. Rows that have
// one label left, and only such rows before them, are decided. Each label comes and goes once, so that a row costs time
// linear in its labels, however far back it decides.
class survivors {
 public:
  void clear(std::size_t labels) {
    labels_ = labels;
    first_ = next_ = 0;
  }
  std::size_t decided() const noexcept { return first_; }
  std::size_t undecided() const noexcept { return next_ - first_; }

  // A new row: before[j] is the best label before label j, which is on a path where now[j] is above -inf.
  void add(double const* now, std::uint32_t const* before) {
    if (undecided() == left_.size()) grow();
    std::size_t const row = next_++;
    std::size_t left = 0;
    for (std::uint32_t j = 0; j < labels_; ++j) {
      bool const reached = now[j] > lowest_score;
      at(row, j) = {before[j], reached ? 0U : no_label};
      left += reached ? 1 : 0;
      if (reached && row > first_) ++at(row - 1, before[j]).behind;
    }
    left_[slot(row)] = left;
    if (row == first_) return;
    for (std::uint32_t j = 0; j < labels_; ++j) {
      if (at(row - 1, j).behind == 0) remove(row - 1, j);
    }
  }

  // Moves the labels that are decided to `out`.
  void settle(std::vector<label_id>& out) {
    for (; first_ != next_ && left_[slot(first_)] == 1; ++first_) {
      std::uint32_t label = 0;
      while (is_gone(first_, label)) ++label;
      out.push_back(static_cast<label_id>(label));
    }
  }

  // Removes what does not share its first label with the path to `label` in the last row, there too from `now`.
  void force(std::uint32_t label, double* now) noexcept {
    for (std::size_t row = next_ - 1; row > first_; --row) label = at(row, label).before;
    for (std::uint32_t j = 0; j < labels_; ++j) {
      if (j != label) drop(first_, j);
    }
    for (std::size_t row = first_ + 1; row < next_; ++row) {
      for (std::uint32_t j = 0; j < labels_; ++j) {
        if (!is_gone(row, j) && is_gone(row - 1, at(row, j).before)) drop(row, j);
      }
    }
    for (std::uint32_t j = 0; j < labels_; ++j) {
      if (is_gone(next_ - 1, j)) now[j] = lowest_score;
    }
  }

  // Decides the rest: the path to `label` in the last row.
  void finish(std::uint32_t label, std::vector<label_id>& out) {
    std::size_t const known = out.size();
    out.resize(known + undecided());
    for (std::size_t row = next_; row-- > first_;) {
      out[known + row - first_] = static_cast<label_id>(label);
      label = at(row, label).before;
    }
    first_ = next_;
  }

 private:
  struct node {
    std::uint32_t before;  // label in the row before
    std::uint32_t behind;  // how many labels of the next row stand on this one; no_label: gone
  };

  // Rows lie in a ring; its size is a power of two.
  std::size_t slot(std::size_t row) const noexcept { return row & (left_.size() - 1); }
  node& at(std::size_t row, std::size_t label) noexcept { return nodes_[slot(row) * labels_ + label]; }
  bool is_gone(std::size_t row, std::size_t label) noexcept { return at(row, label).behind == no_label; }

  void drop(std::size_t row, std::uint32_t label) noexcept {
    if (is_gone(row, label)) return;
    at(row, label).behind = no_label;
    --left_[slot(row)];
  }
  void remove(std::size_t row, std::uint32_t label) noexcept {
    for (;; --row) {
      drop(row, label);
      if (row == first_) return;
      label = at(row, label).before;
      if (--at(row - 1, label).behind != 0) return;
    }
  }

  void grow() {
    std::size_t const size = left_.empty() ? 16 : 2 * left_.size();
    std::vector<node> nodes(size * labels_);
    std::vector<std::size_t> left(size);
    for (std::size_t row = first_; row < next_; ++row) {
      left[row & (size - 1)] = left_[slot(row)];
      for (std::size_t j = 0; j < labels_; ++j) nodes[(row & (size - 1)) * labels_ + j] = at(row, j);
    }
    nodes_ = std::move(nodes);
    left_ = std::move(left);
  }

  std::size_t labels_ = 0;
  std::size_t first_ = 0, next_ = 0;  // rows that wait
  std::vector<node> nodes_;
  std::vector<std::size_t> left_;  // by row: labels that are not gone
};

}  // namespace detail

// The best path that S allows through rows as they come: what viterbi<S> says about all of them at once, label by label
// and to the bit of its score, ties included, unless max_undecided forced a decision. Memory is that of the longest
// undecided stretch, 8 bytes a label and row.
template <tag_scheme S, class T>
  requires score_type<T>
class viterbi_stream {
 public:
  using options_type = viterbi_stream_options<std::remove_const_t<T>>;

  explicit viterbi_stream(tagspan::lattice<S> lattice, options_type options = {})
      : lattice_(std::move(lattice)), options_(options) {
    clear();
  }
  explicit viterbi_stream(label_set const& labels, options_type options = {})
      : viterbi_stream(tagspan::lattice<S>(labels), options) {}

  // Takes the next rows, rows × lattice.labels(), any number of them, and calls sink(first row, std::span<label_id
  // const>) once with the labels that are now certain, if there are any. Rows are counted from the first push on.
  // Errors: shape_mismatch {columns, labels}, then nothing is taken. Those of viterbi: bad_option and shape_mismatch of
  // options; not_a_number {row, column}; no_legal_path {the first row that no legal path reaches}: then what was
  // certain before this row has been given out, and each later call gives the same error. (Offline a score that is not
  // a number comes first; here what comes first does.) Time as for viterbi without vectors: linear in rows × labels;
  // with transitions, in rows × labels²; a forced decision takes max_undecided × labels.
  template <class U, class Sink>
    requires std::is_same_v<std::remove_const_t<U>, std::remove_const_t<T>>
  result<void> push(scores_view<U> rows, Sink&& sink) {
    if (failed_) return *failed_;
    std::size_t const labels = lattice_.labels();
    if (auto const fits = check_shape(rows, labels); !fits) return fits;
    detail::score_rows<value> const scores = detail::rows_of(rows);
    auto const steps = this->steps();
    for (std::size_t i = 0; i < scores.rows && !failed_; ++i) {
      value const* const row = scores.row(i);
      if (!detail::usable_row(row, labels)) {
        auto const bad = detail::check_scores(detail::score_rows<value>{row, 1, labels, labels});
        failed_ = error{bad.error().code, rows_, bad.error().inner};
      } else if (!steps.take(row, rows_ == 0, before_.data())) {
        failed_ = error{errc::no_legal_path, rows_, 0};
      } else {
        take(steps.now());
      }
    }
    give(sink);
    if (failed_) return *failed_;
    return {};
  }

  // No more rows: decides and gives out the rest, and returns the score of the path. (Where a decision was forced, of
  // the path that was given out.) Errors: those of push; no_legal_path {rows} where the end is out of reach. After this
  // only clear() goes on.
  template <class Sink>
  result<double> finish(Sink&& sink) {
    if (failed_) return *failed_;
    if (rows_ == 0) return 0.0;
    auto const last = steps().last();
    if (last.label == detail::no_label) {
      failed_ = error{errc::no_legal_path, rows_, 0};
      return *failed_;
    }
    survivors_.finish(last.label, ready_);
    give(sink);
    return last.score;
  }

  // Begins anew, in the same memory.
  void clear() {
    failed_ = std::nullopt;
    ready_.clear();  // a sink that threw may have left some
    rows_ = longest_ = forced_ = 0;
    survivors_.clear(lattice_.labels());
    before_.resize(lattice_.labels());
    if (auto const fit = detail::check_options(options_.search, lattice_.labels()); !fit) {
      failed_ = fit.error();
    } else {
      steps().prepare();
    }
  }

  std::size_t rows() const noexcept { return rows_; }                        // taken
  std::size_t undecided() const noexcept { return survivors_.undecided(); }  // of them
  std::size_t longest_undecided() const noexcept { return longest_; }        // the most that ever waited
  std::size_t forced() const noexcept { return forced_; }                    // decisions by max_undecided

 private:
  using value = std::remove_const_t<T>;

  detail::viterbi_steps<value> steps() noexcept {
    return {lattice_.core(), options_.search, memory_, lattice_.labels() <= detail::labels_for_pairs};
  }

  void take(double* now) {
    ++rows_;
    survivors_.add(now, before_.data());
    survivors_.settle(ready_);
    while (survivors_.undecided() > options_.max_undecided) {
      detail::leader best;
      for (std::uint32_t j = 0; j < lattice_.labels(); ++j) best.take(now[j], j);
      survivors_.force(best.label, now);
      survivors_.settle(ready_);
      ++forced_;
    }
    longest_ = survivors_.undecided() > longest_ ? survivors_.undecided() : longest_;
  }

  template <class Sink>
  void give(Sink&& sink) {
    if (ready_.empty()) return;
    sink(survivors_.decided() - ready_.size(), std::span<label_id const>(ready_));
    ready_.clear();
  }

  tagspan::lattice<S> lattice_;
  options_type options_;
  viterbi_workspace memory_;
  detail::survivors survivors_;
  std::vector<std::uint32_t> before_;
  std::vector<label_id> ready_;  // decided and not given out
  std::size_t rows_ = 0, longest_ = 0, forced_ = 0;
  std::optional<error> failed_;
};

template <class T>
struct entity_stream_options {
  window_weight weight = window_weight::ownership;       // how windows are merged
  tagspan::reading reading = tagspan::reading::lenient;  // of the labels
  decode_path path = decode_path::argmax;
  viterbi_stream_options<score_value<T>> viterbi{};  // with viterbi
};

// Entities of a document while its windows come: scores are merged, labels are read from them, and an entity is given
// out once it is certain and has ended. What comes out is, in its order, to_entities<S> of the labels that argmax, or
// viterbi<S>, reads from merge_scores(...). Memory is that of one window, an open entity being kept as its span, and
// with viterbi of the longest undecided stretch beside it.
template <tag_scheme S, class T>
  requires score_type<T>
class entity_stream {
 public:
  // `plan` and `labels` are kept by reference.
  entity_stream(window_plan const& plan, label_set const& labels,
                entity_stream_options<std::remove_const_t<T>> options = {})
      : labels_(&labels),
        merger_(plan, {.weight = options.weight}),
        reader_(options.reading, &S::table),
        first_(plan.empty() ? 0 : plan[0].tokens.begin) {
    if (options.path == decode_path::argmax) return;
    std::vector<role_set> roles;
    if (auto const fit = detail::check_labels<S>(labels, roles); !fit) failed_ = fit.error();
    search_.emplace(labels, options.viterbi);
  }
  entity_stream(window_plan&&, label_set const&, entity_stream_options<std::remove_const_t<T>> = {}) = delete;
  entity_stream(window_plan const&, label_set&&, entity_stream_options<std::remove_const_t<T>> = {}) = delete;
  entity_stream(window_plan&&, label_set&&, entity_stream_options<std::remove_const_t<T>> = {}) = delete;

  // Takes the scores of the next window and calls sink(token_entity), in tokens of the document, for each entity that
  // is certain and has ended; after the last window none is open. Errors: as score_merger::push, and shape_mismatch
  // {columns, labels}; then nothing is taken. not_a_number {token of the document, column} for a merged score that is
  // NaN or +inf; then what came before that stretch has been given out, and each later call gives the same error.
  // With viterbi also what viterbi_stream says, with tokens of the document for rows, no_legal_path after the last
  // window included; unknown_label {label} where S does not write its role, type_incomplete {type, 0 or 1} where no
  // label of a type may begin (0) or end (1) an entity, so that none is lost in silence. Time as for the merger, plus a
  // pass over the scores or, with viterbi, viterbi_stream's.
  template <class U, class Sink>
    requires std::is_same_v<std::remove_const_t<U>, std::remove_const_t<T>>
  result<void> push(scores_view<U> scores, Sink&& sink) {
    if (failed_) return *failed_;
    if (scores.columns != labels_->size()) return error{errc::shape_mismatch, scores.columns, labels_->size()};
    auto const emit = [&](std::size_t begin, std::size_t end, type_id type) { sink(token_entity{{begin, end}, type}); };
    auto const read = [&](std::size_t first, std::span<label_id const> ids) {
      for (std::size_t i = 0; i < ids.size(); ++i) {
        detail::tag_code const code = labels_->codes()[static_cast<std::size_t>(ids[i])];
        reader_.step(first + i, detail::role_of(code), detail::type_of(code), emit);
      }
    };
    auto const read_path = [&](std::size_t row, std::span<label_id const> ids) { read(first_ + row, ids); };
    auto const decide = [&](std::size_t first, auto const& rows) {
      if (failed_) return;
      if (search_) {
        if (auto const done = search_->push(rows, read_path); !done) fail(done.error(), first_);
      } else if (auto const done = checked_argmax_into(rows, ids_); !done) {
        fail(done.error(), first);
      } else {
        read(first, ids_);
      }
    };
    if (auto const done = merger_.push(scores, decide); !done) return done.error();
    if (!failed_ && merger_.complete() && search_) {
      if (auto const done = search_->finish(read_path); !done) fail(done.error(), first_);
    }
    if (failed_) return *failed_;
    if (merger_.complete()) reader_.finish(emit);
    return {};
  }

  bool complete() const noexcept { return merger_.complete(); }

  // Of the path, in tokens; 0 with argmax. See viterbi_stream.
  std::size_t longest_undecided() const noexcept { return search_ ? search_->longest_undecided() : 0; }
  std::size_t forced() const noexcept { return search_ ? search_->forced() : 0; }

 private:
  void fail(error e, std::size_t origin) noexcept {
    bool const at_row = e.code == errc::not_a_number || e.code == errc::no_legal_path;
    failed_ = error{e.code, e.where + (at_row ? origin : 0), e.inner};
  }

  label_set const* labels_;
  score_merger<T> merger_;
  detail::entity_reader<type_id> reader_;
  std::size_t first_;  // token that the first row is about
  std::vector<label_id> ids_;
  std::optional<viterbi_stream<S, score_value<T>>> search_;
  std::optional<error> failed_;
};

}  // namespace tagspan::inline TAGSPAN_ABI
