// SPDX-License-Identifier: MIT
// The best path that a scheme allows. What is forbidden is never taken, whatever the scores: masks are real, and where
// no path is left that is an error.
//
// Viterbi 1967; the constraints are those of the scheme's table (tags/scheme.hpp), in which the ends of a sequence
// count as outside. Labels whose role the scheme does not write (E-PER under bio) are on no path.
//
// Scores are added, so that rows are logits or log-probabilities: both give the same path. Score -inf forbids a label
// at a token. NaN and +inf are errors, and so is 2^960 or more, because sums must stay finite. Sums are double: first
// to last token, at each token the best sum so far, plus the transition with its bias, plus the score.
//
// Ties: of the paths with the highest score, the one with the lowest last label; of those, the one with the lowest
// label before it; and so on to the first. Where sums are exact (floats of similar size; multiples of 1/256), that is
// all there is to say; sums that differ by less than their rounding may tie or not.
#pragma once
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include <tagspan/core/error.hpp>
#include <tagspan/core/span.hpp>
#include <tagspan/core/version.hpp>
#include <tagspan/detail/lattice.hpp>
#include <tagspan/detail/vector.hpp>
#include <tagspan/detail/viterbi_lanes.hpp>
#include <tagspan/model/scores.hpp>
#include <tagspan/tags/entities.hpp>
#include <tagspan/tags/labels.hpp>
#include <tagspan/tags/scheme.hpp>

namespace tagspan::inline TAGSPAN_ABI {

// How labels are read from scores.
enum class decode_path : std::uint8_t {
  argmax,   // the best label of each token or word
  viterbi,  // the best path that the scheme allows
};

// What is added for a step from one token to the next, by what the step means. The names are those of the calibration
// file of the BIOES privacy-filter decoders; they have a meaning in every scheme. The step into the first token and out
// of the last has no bias. -inf forbids a step.
struct role_biases {
  double background_stay = 0;      // O to O
  double background_to_start = 0;  // O to an entity
  double end_to_background = 0;    // an entity to O
  double end_to_start = 0;         // an entity to the next one
  double inside_to_continue = 0;   // within an entity, to any role but E
  double inside_to_end = 0;        // within an entity, to E
  friend constexpr bool operator==(role_biases const&, role_biases const&) = default;
};

// What is learned beside the scores, as the layers called CRF have it. Each part may be missing (empty).
template <class T>
struct viterbi_options {
  std::span<T const> transitions{};   // labels × labels: transitions[from * labels + to]
  std::span<T const> start{}, end{};  // one a label: added at the first and at the last token
  role_biases biases{};               // added to the transitions
};

struct path_and_score {
  std::vector<label_id> path;  // one label a token
  double score = 0;            // the sum along it
  friend bool operator==(path_and_score const&, path_and_score const&) = default;
};

namespace detail {

template <tag_scheme S>
consteval step_rules make_rules() {
  step_rules rules;
  for (unsigned r = 1; r < 5; ++r) {
    auto const bit = static_cast<role_bits>(1U << r);
    role const next = static_cast<role>(r);
    if (!S::table.written.has(next)) continue;
    rules.written = static_cast<role_bits>(rules.written | bit);
    if (S::table.start.has(next)) rules.start = static_cast<role_bits>(rules.start | bit);
    if (S::table.end.has(next)) rules.end = static_cast<role_bits>(rules.end | bit);
    for (unsigned p = 1; p < 5; ++p) {
      role const previous = static_cast<role>(p);
      if (S::table.written.has(previous) && S::table.allows(previous, next, true)) {
        rules.before[r] = static_cast<role_bits>(rules.before[r] | 1U << p);
      }
    }
  }
  return rules;
}
template <tag_scheme S>
inline constexpr step_rules rules_of = make_rules<S>();

// Does the entity end between two roles of one type?
constexpr bool splits_between(unsigned previous, unsigned next) noexcept {
  return splits(reading::lenient, static_cast<role>(previous), static_cast<role>(next));
}

constexpr double bias_between(role_biases const& biases, unsigned previous, unsigned next, bool same_type) noexcept {
  if (previous == 0) return next == 0 ? biases.background_stay : biases.background_to_start;
  if (next == 0) return biases.end_to_background;
  if (!same_type || splits_between(previous, next)) return biases.end_to_start;
  return next == 3 ? biases.inside_to_end : biases.inside_to_continue;
}

// A label that is on no legal path, or a type without one, would take its entities along without a word: unknown_label
// {label}, type_incomplete {type, 0 where none of its labels may begin an entity, 1 end}. `roles` is memory.
template <tag_scheme S>
result<void> check_labels(label_set const& labels, std::vector<role_set>& roles) {
  roles.assign(labels.type_count(), {});
  tag_code const* const codes = labels.codes();
  for (std::size_t id = 0; id < labels.size(); ++id) {
    if (codes[id] == 0) continue;
    role const r = role_of(codes[id]);
    if (!S::table.written.has(r)) return error{errc::unknown_label, id, 0};
    roles[index(type_of(codes[id]))].add(r);
  }
  auto const meets = [](role_set a, role_set b) {
    for (role r : {role::begin, role::inside, role::end, role::single}) {
      if (a.has(r) && b.has(r)) return true;
    }
    return false;
  };
  for (std::size_t type = 0; type < roles.size(); ++type) {
    if (!meets(roles[type], S::table.start)) return error{errc::type_incomplete, type, 0};
    if (!meets(roles[type], S::table.end)) return error{errc::type_incomplete, type, 1};
  }
  return {};
}

inline constexpr double lowest_score = -std::numeric_limits<double>::infinity();
inline constexpr double highest_usable = 0x1p960;

template <class T>
double wide_score(T const& score) noexcept {
  return static_cast<double>(number(score));
}

template <class T>
bool is_usable_score(T const& score) noexcept {
  return wide_score(score) < highest_usable;
}

// Is each score of the row fit to be added?
template <class T>
bool usable_row(T const* row, std::size_t columns) noexcept {
  std::size_t i = 0;
#if TAGSPAN_HAS_VECTORS
  if constexpr (std::is_same_v<T, float>) {
    constexpr float infinity = std::numeric_limits<float>::infinity();
    if (columns >= float_lane_count) {
      int_lanes fit = ~int_lanes{};
      for (; i + float_lane_count <= columns; i += float_lane_count) fit &= load_lanes(row + i) < infinity;
      fit &= load_lanes(row + columns - float_lane_count) < infinity;
      return !any(~fit);
    }
  }
#endif
  bool fit = true;
  for (; i < columns; ++i) fit &= is_usable_score(row[i]);
  return fit;
}

// not_a_number with row and column where a score cannot be used.
template <class T>
result<void> check_scores(score_rows<T> const& scores) noexcept {
  bool const gapless = scores.stride == scores.columns;
  std::size_t const rows = gapless && scores.rows != 0 ? 1 : scores.rows;
  std::size_t const columns = gapless ? scores.rows * scores.columns : scores.columns;
  bool fit = true;
  for (std::size_t i = 0; i < rows; ++i) fit = usable_row(scores.row(i), columns) && fit;
  if (fit) return {};
  for (std::size_t i = 0; i < scores.rows; ++i) {
    for (std::size_t j = 0; j < scores.columns; ++j) {
      if (!is_usable_score(scores.row(i)[j])) return error{errc::not_a_number, i, j};
    }
  }
  return {};
}

template <class T>
result<void> check_options(viterbi_options<T> const& options, std::size_t labels) noexcept {
  std::span<T const> const parts[] = {options.transitions, options.start, options.end};
  std::size_t const expected[] = {labels * labels, labels, labels};
  for (std::size_t part = 0; part < 3; ++part) {
    if (!parts[part].empty() && parts[part].size() != expected[part]) {
      return error{errc::shape_mismatch, parts[part].size(), expected[part]};
    }
    for (std::size_t i = 0; i < parts[part].size(); ++i) {
      if (!is_usable_score(parts[part][i])) return error{errc::bad_option, part, i};
    }
  }
  role_biases const& b = options.biases;
  double const biases[] = {b.background_stay, b.background_to_start, b.end_to_background,
                           b.end_to_start,    b.inside_to_continue,  b.inside_to_end};
  for (std::size_t i = 0; i < 6; ++i) {
    if (!is_usable_score(biases[i])) return error{errc::bad_option, 3, i};
  }
  return {};
}

// A predecessor that leads: a score and the label that has it.
struct leader {
  double score = lowest_score;
  std::uint32_t label = no_label;

  // Better is higher, then lower by label. -inf leads nowhere.
  void take(double candidate, std::uint32_t from) noexcept {
    if (candidate > score || (candidate == score && from < label && candidate > lowest_score)) {
      score = candidate;
      label = from;
    }
  }
};

}  // namespace detail

namespace detail {
struct viterbi_search;
template <class>
class viterbi_steps;
}  // namespace detail

// Memory of searches: calls that share one allocate only until it has grown to the longest sequence. One thread at a
// time.
class viterbi_workspace {
 public:
  viterbi_workspace() = default;

 private:
  friend struct detail::viterbi_search;
  template <class>
  friend class detail::viterbi_steps;
  std::vector<double> now_, next_, moves_, kept_;
  std::vector<std::int64_t> from_;
  std::vector<std::uint32_t> back_;
  std::vector<detail::leader> leaders_;
};

// What a scheme and a label set say about paths. Built once, in time linear in the labels; const and therefore free to
// be shared between threads. It keeps nothing of the label set.
template <tag_scheme S>
class lattice {
 public:
  explicit lattice(label_set const& labels) {
    core_.rules = detail::rules_of<S>;
    core_.role.reserve(labels.size());
    core_.type.reserve(labels.size());
    for (std::size_t i = 0; i < labels.size(); ++i) {
      tag const t = labels.tag_of(static_cast<label_id>(i));
      core_.role.push_back(static_cast<std::uint8_t>(t.role));
      core_.type.push_back(static_cast<std::uint32_t>(index(t.type)));
    }
    core_.link();
  }

  std::size_t labels() const noexcept { return core_.labels(); }

  // May `to` stand directly after `from`; may the label open a sequence; may it close one? False for labels whose role
  // the scheme does not write. Contract: the labels are in the set.
  bool allows(label_id from, label_id to) const { return core_.allows(checked(from), checked(to)); }
  bool may_start(label_id label) const { return core_.may_start(checked(label)); }
  bool may_end(label_id label) const { return core_.may_end(checked(label)); }

  // For the searches of this library.
  detail::lattice_core const& core() const noexcept { return core_; }

 private:
  std::size_t checked(label_id label) const {
    TAGSPAN_EXPECTS(label >= 0 && static_cast<std::size_t>(label) < labels(),
                    "lattice: this label is not in the label set");
    return static_cast<std::size_t>(label);
  }
  detail::lattice_core core_;
};

namespace detail {

// What a learned score adds; nothing where none was learned.
template <class T>
double learned(std::span<T const> values, std::size_t label) noexcept {
  return values.empty() ? 0.0 : wide_score(values[label]);
}

// The score of each step between two labels, a row a source; -inf where it is forbidden, and where a row is filled up.
template <class T>
void fill_moves(lattice_core const& core, viterbi_options<T> const& options, std::size_t stride,
                std::vector<double>& moves) {
  std::size_t const labels = core.labels();
  moves.assign(labels * stride, lowest_score);
  for (std::size_t i = 0; i < labels; ++i) {
    for (std::size_t j = 0; j < labels; ++j) {
      if (!core.allows(i, j)) continue;
      moves[i * stride + j] = learned(options.transitions, i * labels + j) +
                              bias_between(options.biases, core.role[i], core.role[j], core.type[i] == core.type[j]);
    }
  }
}

// Up to so many labels a step of eight sums at a time over all pairs is faster than one over the labels.
#if TAGSPAN_HAS_VECTORS && defined(__AVX__)
inline constexpr std::size_t labels_for_pairs = 40;
#else
inline constexpr std::size_t labels_for_pairs = 0;
#endif

// The recurrence, a token at a time. Between two steps its state is the best score of a path to each label. `pairs`:
// looks at each pair of labels even without transitions; the sums are the same, prepare() takes longer.
template <class T>
class viterbi_steps {
 public:
  viterbi_steps(lattice_core const& core, viterbi_options<T> const& options, viterbi_workspace& memory,
                bool pairs = false) noexcept
      : core_(core), options_(options), memory_(memory), is_dense_(pairs || !options.transitions.empty()) {}

  // Before the first step.
  void prepare() const {
    memory_.now_.resize(padded());
    if (is_dense_) {
      fill_moves(core_, options_, padded(), memory_.moves_);
      memory_.next_.resize(padded());
      memory_.from_.resize(padded());
    } else {
      memory_.leaders_.resize(core_.nodes.size() + 5 * core_.types());
    }
  }

  // Writes the best label before each label (any number where there is none, and at the first token). Is there a path?
  bool take(T const* row, bool first, std::uint32_t* before) const noexcept {
    if (first) {
      for (std::size_t j = 0; j < core_.labels(); ++j) {
        now()[j] = core_.may_start(j) ? learned(options_.start, j) + wide_score(row[j]) : lowest_score;
      }
    } else if (is_dense_) {
      dense(row, before);
    } else {
      linear(row, before);
    }
    for (std::size_t j = 0; j < core_.labels(); ++j) {
      if (now()[j] > lowest_score) return true;
    }
    return false;
  }

  double* now() const noexcept { return memory_.now_.data(); }

  // Where the best of the paths that may end here does, with its score.
  leader last() const noexcept {
    leader best;
    for (std::uint32_t j = 0; j < core_.labels(); ++j) {
      if (core_.may_end(j)) best.take(now()[j] + learned(options_.end, j), j);
    }
    return best;
  }

 private:
  std::size_t padded() const noexcept { return (core_.labels() + 7) / 8 * 8; }

  // Quadratic in the labels: each pair has a score of its own. Targets lie side by side, eight at a time.
  void dense(T const* row, std::uint32_t* before) const noexcept {
    double* const next = memory_.next_.data();
    std::int64_t* const from = memory_.from_.data();
    for (std::size_t j = 0; j < padded(); j += 8) {
      best_of_eight(now(), memory_.moves_.data() + j, core_.labels(), padded(), next + j, from + j);
    }
    for (std::size_t j = 0; j < core_.labels(); ++j) {
      next[j] += wide_score(row[j]);
      before[j] = static_cast<std::uint32_t>(from[j]);
    }
    memory_.now_.swap(memory_.next_);
  }

  // The best step into each of eight neighbouring labels. `moves` are the scores of the steps into them, a row a
  // source.
  static void best_of_eight(double const* now, double const* moves, std::size_t labels, std::size_t stride,
                            double* best, std::int64_t* from) noexcept {
#if TAGSPAN_HAS_VECTORS && defined(__AVX__)
    using index_quad [[gnu::vector_size(32)]] = std::int64_t;
    double_quad low_top;
    quad_ops::fill(low_top, lowest_score);
    double_quad high_top = low_top;
    index_quad low_at{}, high_at{}, source{};
    for (std::size_t i = 0; i < labels; ++i) {
      double_quad low, high;
      __builtin_memcpy(&low, moves + i * stride, sizeof low);
      __builtin_memcpy(&high, moves + i * stride + 4, sizeof high);
      low += now[i];
      high += now[i];
      low_at = low > low_top ? source : low_at;
      high_at = high > high_top ? source : high_at;
      quad_ops::raise(low_top, low);
      quad_ops::raise(high_top, high);
      source += 1;
    }
    __builtin_memcpy(best, &low_top, sizeof low_top);
    __builtin_memcpy(best + 4, &high_top, sizeof high_top);
    __builtin_memcpy(from, &low_at, sizeof low_at);
    __builtin_memcpy(from + 4, &high_at, sizeof high_at);
#else
    for (std::size_t j = 0; j < 8; ++j) {
      best[j] = lowest_score;
      from[j] = 0;
      for (std::size_t i = 0; i < labels; ++i) {
        double const sum = now[i] + moves[i * stride + j];
        if (!(sum > best[j])) continue;
        best[j] = sum;
        from[j] = static_cast<std::int64_t>(i);
      }
    }
#endif
  }

  // Linear in the labels, for any scheme and any label set: before a label stand O, whatever may end in another type,
  // and at most four roles of its own type.
  void linear(T const* row, std::uint32_t* before) const noexcept {
    role_biases const& biases = options_.biases;
    leader* const into = memory_.leaders_.data();     // by node
    leader* const roles = into + core_.nodes.size();  // by type and role: the best label that says so
    for (std::size_t i = 0; i < 5 * core_.types(); ++i) roles[i] = {};
    leader outside, ending, ending_elsewhere;  // ending_elsewhere: the best in another type than that of `ending`
    std::uint32_t ending_type = no_label;
    for (std::uint32_t i = 0; i < core_.labels(); ++i) {
      double const score = now()[i];
      if (score == lowest_score) continue;
      lattice_node const& n = core_.nodes[core_.node[i]];
      if (n.role == 0) {
        outside.take(score, i);
        continue;
      }
      roles[5 * std::size_t{n.type} + n.role].take(score, i);
      if (!has_role(core_.rules.end, n.role)) continue;
      if (score > ending.score) {
        if (n.type != ending_type) ending_elsewhere = ending;
        ending = {score, i};
        ending_type = n.type;
      } else if (n.type != ending_type) {
        ending_elsewhere.take(score, i);
      }
    }
    for (std::size_t k = 0; k < core_.nodes.size(); ++k) {
      lattice_node const& n = core_.nodes[k];
      leader best;
      if (n.role == 0) {
        best.take(outside.score + biases.background_stay, outside.label);
        best.take(ending.score + biases.end_to_background, ending.label);
      } else {
        if (has_role(core_.rules.start, n.role)) {
          leader const& other = n.type == ending_type ? ending_elsewhere : ending;
          best.take(outside.score + biases.background_to_start, outside.label);
          best.take(other.score + biases.end_to_start, other.label);
        }
        for (unsigned p = 1; p < 5; ++p) {
          if (!has_role(core_.rules.before[n.role], p)) continue;
          leader const& same = roles[5 * std::size_t{n.type} + p];
          best.take(same.score + bias_between(biases, p, n.role, true), same.label);
        }
      }
      into[k] = best;
    }
    for (std::size_t j = 0; j < core_.labels(); ++j) {
      if (core_.node[j] == no_label) {
        now()[j] = lowest_score;
        continue;
      }
      leader const& best = into[core_.node[j]];
      now()[j] = best.score + wide_score(row[j]);
      before[j] = best.label;
    }
  }

  lattice_core const& core_;
  viterbi_options<T> const& options_;
  viterbi_workspace& memory_;
  bool is_dense_;
};

struct viterbi_search {
  template <step_rules Rules, class T>
  static result<double> best(lattice_core const& core, score_rows<T> const& scores, viterbi_options<T> const& options,
                             viterbi_workspace& memory, std::vector<label_id>& path) {
    if (auto const fit = check(core, scores, options); !fit || scores.rows == 0) {
      path.clear();
      if (!fit) return fit.error();
      return 0.0;
    }
    path.resize(scores.rows);  // not cleared before: what it holds is written over
    auto const found = options.transitions.empty() ? chosen<Rules>(core, scores, options, memory, path)
                                                   : walk(core, scores, options, memory, path);
    if (!found) path.clear();
    return found;
  }

  template <class T>
  static result<void> check(lattice_core const& core, score_rows<T> const& scores, viterbi_options<T> const& options) {
    if (auto const checked = check_options(options, core.labels()); !checked) return checked;
    return check_scores(scores);
  }

  // Token by token with back pointers: for any scheme, any label set, learned transitions. Also where no path is: this
  // one knows how far the legal ones reach.
  template <class T>
  static result<double> walk(lattice_core const& core, score_rows<T> const& scores, viterbi_options<T> const& options,
                             viterbi_workspace& memory, std::vector<label_id>& path) {
    viterbi_steps<T> const steps{core, options, memory};
    std::size_t const labels = core.labels();
    steps.prepare();
    memory.back_.resize(scores.rows * labels);
    for (std::size_t t = 0; t < scores.rows; ++t) {
      if (!steps.take(scores.row(t), t == 0, memory.back_.data() + t * labels)) return error{errc::no_legal_path, t, 0};
    }
    leader const last = steps.last();
    if (last.label == no_label) return error{errc::no_legal_path, scores.rows, 0};
    std::uint32_t label = last.label;
    for (std::size_t t = scores.rows - 1;; --t) {
      path[t] = static_cast<label_id>(label);
      if (t == 0) return last.score;
      label = memory.back_[t * labels + label];
    }
  }

  template <class T>
  static result<std::vector<path_and_score>> k_best(lattice_core const& core, score_rows<T> const& scores,
                                                    std::size_t k, viterbi_options<T> const& options) {
    std::size_t const labels = core.labels();
    if (auto const fit = check(core, scores, options); !fit) return fit.error();
    std::vector<path_and_score> found;
    if (k != 0 && scores.rows == 0) found.push_back({});
    if (scores.rows == 0) return found;
    if (k == 0) return found;

    // The best k ways to each label, best first, then by the label before and its rank. A way remembers both.
    struct way {
      double score;
      std::uint32_t from, rank;
    };
    struct step {
      std::uint32_t from, rank;
    };
    std::vector<double> moves;
    fill_moves(core, options, labels, moves);
    std::vector<std::vector<way>> now(labels), next(labels);
    std::vector<std::vector<std::vector<step>>> back(scores.rows, std::vector<std::vector<step>>(labels));
    auto insert = [k](std::vector<way>& ways, way const& candidate) {
      if (ways.size() == k) {
        if (!(candidate.score > ways.back().score)) return false;
        ways.pop_back();
      }
      std::size_t place = ways.size();
      while (place > 0 && ways[place - 1].score < candidate.score) --place;
      ways.insert(ways.begin() + static_cast<std::ptrdiff_t>(place), candidate);
      return true;
    };
    for (std::size_t t = 0; t < scores.rows; ++t) {
      T const* const row = scores.row(t);
      bool any = false;
      for (std::uint32_t j = 0; j < labels; ++j) {
        next[j].clear();
        double const score = wide_score(row[j]);
        if (t == 0) {
          if (core.may_start(j)) next[j].push_back({learned(options.start, j), no_label, 0});
        } else {
          for (std::uint32_t i = 0; i < labels; ++i) {
            double const move = moves[i * labels + j];
            if (move == lowest_score) continue;
            for (std::uint32_t rank = 0; rank < now[i].size(); ++rank) {
              if (!insert(next[j], {now[i][rank].score + move, i, rank})) break;
            }
          }
        }
        for (way& w : next[j]) w.score += score;
        while (!next[j].empty() && next[j].back().score == lowest_score) next[j].pop_back();
        for (way const& w : next[j]) back[t][j].push_back({w.from, w.rank});
        any = any || !next[j].empty();
      }
      std::swap(now, next);
      if (!any) return error{errc::no_legal_path, t, 0};
    }
    std::vector<way> last;
    for (std::uint32_t j = 0; j < labels; ++j) {
      if (!core.may_end(j)) continue;
      for (std::uint32_t rank = 0; rank < now[j].size(); ++rank) {
        double const score = now[j][rank].score + learned(options.end, j);
        if (score == lowest_score || !insert(last, {score, j, rank})) break;
      }
    }
    if (last.empty()) return error{errc::no_legal_path, scores.rows, 0};
    for (way const& w : last) {
      path_and_score one{std::vector<label_id>(scores.rows), w.score};
      step at{w.from, w.rank};
      for (std::size_t t = scores.rows; t-- > 0;) {
        one.path[t] = static_cast<label_id>(at.from);
        at = back[t][at.from][at.rank];
      }
      found.push_back(std::move(one));
    }
    return found;
  }

 private:
  template <step_rules Rules, class T>
  static result<double> chosen(lattice_core const& core, score_rows<T> const& scores, viterbi_options<T> const& options,
                               viterbi_workspace& memory, std::vector<label_id>& path) {
#if TAGSPAN_HAS_VECTORS
    if constexpr (plan_lanes(Rules).usable) {
      if (core.has_lanes && options.start.empty() && options.end.empty()) {
        using search = lane_search<Rules, T>;
        std::size_t const size = search::memory_size(core, scores.rows);
        if (memory.kept_.size() < size) memory.kept_.resize(size);
        search const lanes(core, scores, memory.kept_.data());
        double score = lowest_score;
        if (options.biases == role_biases{}) {
          score = lanes.run(path.data());
        } else if constexpr (plan_lanes(Rules).biasable) {
          role_biases const& b = options.biases;
          score = lanes.run(path.data(), {b.background_stay, b.background_to_start, b.end_to_background, b.end_to_start,
                                          b.inside_to_continue, b.inside_to_end});
        }
        if (score != lowest_score) return score;
      }
    }
#endif
    return walk(core, scores, options, memory, path);
  }
};

template <class T>
score_rows<std::remove_const_t<T>> rows_of(scores_view<T> const& scores) noexcept {
  return {scores.data, scores.rows, scores.columns, scores.row_stride()};
}

}  // namespace detail

// The best path that S allows, with its score, into memory that is used again; see the head of this file for scores and
// ties. `path` has one label a row afterwards; it is empty after an error. No rows give an empty path of score 0.
//   scores   rows × lattice.labels()
//   options  transitions, start and end scores, biases
// Errors: shape_mismatch {given, expected} for the scores and the options; not_a_number {row, column}; bad_option {0
// for transitions, 1 start, 2 end, 3 biases; position} where an option is NaN, +inf or too large (2^960); no_legal_path
// {the first row that no legal path reaches, or the number of rows where only the end is out of reach}. Linear in rows
// × labels; with transitions, in rows × labels². Allocates nothing once `memory` and `path` have grown.
template <tag_scheme S, score_type T>
result<double> viterbi(lattice<S> const& lattice, scores_view<T> scores, viterbi_workspace& memory,
                       std::vector<label_id>& path,
                       viterbi_options<std::remove_const_t<std::type_identity_t<T>>> options = {}) {
  if (auto const fits = check_shape(scores, lattice.labels()); !fits) {
    path.clear();
    return fits.error();
  }
  return detail::viterbi_search::best<detail::rules_of<S>>(lattice.core(), detail::rows_of(scores), options, memory,
                                                           path);
}

// The same in one call; allocates what it needs.
template <tag_scheme S, score_type T>
result<path_and_score> viterbi(lattice<S> const& lattice, scores_view<T> scores,
                               viterbi_options<std::remove_const_t<std::type_identity_t<T>>> options = {}) {
  viterbi_workspace memory;
  path_and_score found;
  auto const score = viterbi(lattice, scores, memory, found.path, options);
  if (!score) return score.error();
  found.score = *score;
  return found;
}
template <tag_scheme S, score_type T>
result<path_and_score> viterbi(scores_view<T> scores, label_set const& labels,
                               viterbi_options<std::remove_const_t<std::type_identity_t<T>>> options = {}) {
  return viterbi(lattice<S>(labels), scores, options);
}

// The k best paths, best first; fewer where there are fewer (a path of score -inf is none). Of two with one score, the
// one that has the lower label where they last differ comes first, as for viterbi, whose path is the first. Shapes and
// errors as for viterbi. Up to k × rows × labels² steps (far fewer as a rule), and 8 bytes for each of k × rows ×
// labels.
template <tag_scheme S, score_type T>
result<std::vector<path_and_score>> k_best(lattice<S> const& lattice, scores_view<T> scores, std::size_t k,
                                           viterbi_options<std::remove_const_t<std::type_identity_t<T>>> options = {}) {
  if (auto const fits = check_shape(scores, lattice.labels()); !fits) return fits.error();
  return detail::viterbi_search::k_best(lattice.core(), detail::rows_of(scores), k, options);
}
template <tag_scheme S, score_type T>
result<std::vector<path_and_score>> k_best(scores_view<T> scores, label_set const& labels, std::size_t k,
                                           viterbi_options<std::remove_const_t<std::type_identity_t<T>>> options = {}) {
  return k_best(lattice<S>(labels), scores, k, options);
}

}  // namespace tagspan::inline TAGSPAN_ABI
