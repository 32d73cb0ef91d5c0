// SPDX-License-Identifier: MIT
// How probable an entity is, among all paths that the scheme allows. A path's probability is e^score over the sum of
// e^score of all legal paths; for logits and for log-probabilities these are the same numbers. Forward-backward
// (Baum et al. 1970; for spans of a CRF: Culotta & McCallum 2004, "Confidence estimation for information extraction").
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

#include <tagspan/core/error.hpp>
#include <tagspan/core/span.hpp>
#include <tagspan/core/version.hpp>
#include <tagspan/detail/lattice.hpp>
#include <tagspan/detail/wide.hpp>
#include <tagspan/model/scores.hpp>
#include <tagspan/model/viterbi.hpp>
#include <tagspan/tags/labels.hpp>
#include <tagspan/tags/scheme.hpp>

namespace tagspan::inline TAGSPAN_ABI {

// An entity that a path may hold, and the probability that it does.
struct probable_entity {
  token_entity entity;
  double probability = 0;
  friend constexpr bool operator==(probable_entity const&, probable_entity const&) = default;
};

namespace detail {
struct forward_backward;
}

// Everything that was found out about one sequence. Made by posteriors(). An entity is meant as reading a path gives
// it: exactly these tokens, this type, no token of the same entity before or behind. Const use from several threads is
// safe.
class entity_posteriors {
 public:
  entity_posteriors() = default;

  std::size_t tokens() const noexcept { return tokens_; }

  // The probability that the path holds this entity. Contract: it has at least one token, and lies in the sequence. 0
  // for a type without a label. Linear in the tokens of the entity; allocates nothing.
  double probability(token_entity const& entity) const {
    TAGSPAN_EXPECTS(entity.span.begin < entity.span.end && entity.span.end <= tokens_,
                    "entity_posteriors: this entity is empty or leaves the sequence");
    std::size_t const type = known_type(entity.type);
    if (type == type_count()) return 0;
    chain walk(*this, type);
    walk.open(entity.span.begin);
    for (std::size_t t = entity.span.begin + 1; t < entity.span.end; ++t) walk.extend(t);
    return detail::wide_ratio(walk.closing_at(entity.span.end - 1), total_);
  }

  // The same for each of the entities of a decoded path. Errors: span_out_of_range {index} for an entity that is empty
  // or leaves the sequence. Linear in the tokens they cover; allocates the result.
  result<std::vector<double>> probabilities(std::span<token_entity const> entities) const {
    std::vector<double> out;
    out.reserve(entities.size());
    for (std::size_t i = 0; i < entities.size(); ++i) {
      token_span const span = entities[i].span;
      if (span.begin >= span.end || span.end > tokens_) return error{errc::span_out_of_range, i, 0};
      out.push_back(probability(entities[i]));
    }
    return out;
  }

  // The probability that the token has this label; that it belongs to an entity of this type; that it belongs to any:
  // the risk of letting it pass. Contract: the token is in the sequence, the label in the set. Linear in the labels.
  double marginal(std::size_t token, label_id label) const {
    TAGSPAN_EXPECTS(token < tokens_ && label >= 0 && static_cast<std::size_t>(label) < labels_,
                    "entity_posteriors: no such token, or no such label");
    return detail::wide_ratio(at_label(token, static_cast<std::size_t>(label)), total_);
  }
  double inside(std::size_t token, type_id type) const {
    TAGSPAN_EXPECTS(token < tokens_, "entity_posteriors: no such token");
    std::size_t const known = known_type(type);
    if (known == type_count()) return 0;
    detail::wide sum;
    for (std::uint32_t label : labels_of(known)) sum += at_label(token, label);
    return detail::wide_ratio(sum, total_);
  }
  double risk(std::size_t token) const {
    TAGSPAN_EXPECTS(token < tokens_, "entity_posteriors: no such token");
    detail::wide sum;
    for (std::uint32_t label : by_type_) sum += at_label(token, label);
    return detail::wide_ratio(sum, total_);
  }

  // The logarithm of the sum of e^score of all legal paths: a path has the probability e^(score - log_partition()).
  double log_partition() const noexcept { return detail::wide_log(total_) + shift_; }

  // The `count` most probable entities that share a token with `around`, best first; of equals the one that begins,
  // then ends first, then that of the lower type. Entities longer than `longest` are not looked at, nor are those of
  // probability 0. What is asked about (an entity of the decoded path) is among them if it is one of the best.
  // Contract: `around` lies in the sequence. At most (around.size() + longest) × longest × labels steps; far fewer as a
  // rule, because a beginning is given up once it cannot be among the best. Allocates the result.
  std::vector<probable_entity> alternatives(token_span around, std::size_t count, std::size_t longest = 32) const {
    TAGSPAN_EXPECTS(around.begin <= around.end && around.end <= tokens_, "alternatives: the span leaves the sequence");
    std::vector<probable_entity> best;
    if (count == 0 || longest == 0 || around.begin == around.end) return best;
    std::size_t const first = around.begin >= longest - 1 ? around.begin - (longest - 1) : 0;
    // Bounds are computed in another order than probabilities; this is how much rounding may part them.
    auto hopeless = [&](detail::wide const& mass) {
      double const bound = detail::wide_ratio(mass, total_) * (1 + 1e-9);
      return bound == 0 || (best.size() == count && bound < best.back().probability);
    };
    for (std::size_t begin = first; begin < around.end; ++begin) {
      for (std::size_t type = 0; type < type_count(); ++type) {
        chain walk(*this, type);
        walk.open(begin);
        std::size_t const limit = longest < tokens_ - begin ? begin + longest : tokens_;
        for (std::size_t end = begin + 1;; ++end) {
          if (hopeless(walk.going_on_at(end - 1))) break;
          if (end > around.begin) {
            double const p = detail::wide_ratio(walk.closing_at(end - 1), total_);
            if (p > 0) insert(best, count, {{{begin, end}, type_id{type_number_[type]}}, p});
          }
          if (end == limit) break;
          walk.extend(end);
        }
      }
    }
    return best;
  }

 private:
  friend struct detail::forward_backward;

  // One token and label: the score of the token itself; of all ways from the start up to and with it, and of those
  // among them that begin an entity (or are outside) here; of all ways from it to the end, and of those whose entity
  // ends here.
  struct cell {
    detail::wide own, forward, opening, backward, closing;
  };

  // The labels of one type and the ways through them, as an entity grows token by token.
  class chain {
   public:
    chain(entity_posteriors const& of, std::size_t type) : of_(of), labels_(of.labels_of(type)) {
      if (labels_.size() > few) many_.resize(2 * labels_.size());
      mass_ = many_.empty() ? here_ : many_.data();
      next_ = mass_ + labels_.size();
    }
    chain(chain const&) = delete;
    chain& operator=(chain const&) = delete;

    void open(std::size_t t) {
      for (std::size_t i = 0; i < labels_.size(); ++i) mass_[i] = of_.at(t, labels_[i]).opening;
    }
    void extend(std::size_t t) {
      for (std::size_t j = 0; j < labels_.size(); ++j) {
        detail::wide sum;
        for (std::size_t i = 0; i < labels_.size(); ++i) {
          detail::wide const& step = of_.within_[labels_[i] * of_.labels_ + labels_[j]];
          if (!step.zero() && !mass_[i].zero()) sum += mass_[i] * step;
        }
        next_[j] = sum.zero() ? sum : sum * of_.at(t, labels_[j]).own;
      }
      detail::wide* const done = mass_;
      mass_ = next_;
      next_ = done;
    }
    detail::wide closing_at(std::size_t t) const {
      detail::wide sum;
      for (std::size_t i = 0; i < labels_.size(); ++i) sum += mass_[i] * of_.at(t, labels_[i]).closing;
      return sum;
    }
    detail::wide going_on_at(std::size_t t) const {
      detail::wide sum;
      for (std::size_t i = 0; i < labels_.size(); ++i) sum += mass_[i] * of_.at(t, labels_[i]).backward;
      return sum;
    }

   private:
    static constexpr std::size_t few = 8;
    entity_posteriors const& of_;
    std::span<std::uint32_t const> labels_;
    std::vector<detail::wide> many_;
    detail::wide here_[2 * few];
    detail::wide* mass_;
    detail::wide* next_;
  };

  static void insert(std::vector<probable_entity>& best, std::size_t count, probable_entity const& candidate) {
    auto before = [](probable_entity const& a, probable_entity const& b) {
      return a.probability > b.probability || (a.probability == b.probability && a.entity < b.entity);
    };
    if (best.size() == count) {
      if (!before(candidate, best.back())) return;
      best.pop_back();
    }
    std::size_t place = best.size();
    while (place > 0 && before(candidate, best[place - 1])) --place;
    best.insert(best.begin() + static_cast<std::ptrdiff_t>(place), candidate);
  }

  std::size_t type_count() const noexcept { return type_number_.size(); }
  std::size_t known_type(type_id type) const noexcept {
    std::size_t i = 0;
    while (i < type_number_.size() && type_number_[i] != index(type)) ++i;
    return i;
  }
  std::span<std::uint32_t const> labels_of(std::size_t type) const noexcept {
    return std::span(by_type_).subspan(type_begin_[type], type_begin_[type + 1] - type_begin_[type]);
  }
  cell const& at(std::size_t token, std::size_t label) const noexcept { return cells_[token * labels_ + label]; }
  detail::wide at_label(std::size_t token, std::size_t label) const noexcept {
    return at(token, label).forward * at(token, label).backward;
  }

  std::vector<cell> cells_;           // tokens × labels
  std::vector<detail::wide> within_;  // labels × labels: the weight of a step within an entity; 0 where there is none
  std::vector<std::uint32_t> type_number_, type_begin_, by_type_;  // by_type_: the labels, type after type
  std::vector<detail::wide> sums_;                                 // scratch
  std::size_t tokens_ = 0, labels_ = 0;
  detail::wide total_{1, 0};
  double shift_ = 0;  // the sum of the highest scores of the rows, which the cells leave out
};

namespace detail {

struct forward_backward {
  template <class T>
  static result<void> run(lattice_core const& core, score_rows<T> const& scores, viterbi_options<T> const& options,
                          entity_posteriors& out) {
    forget(out);
    std::size_t const labels = core.labels();
    if (auto const checked = check_options(options, labels); !checked) return checked.error();
    if (auto const checked = check_scores(scores); !checked) return checked.error();
    list_types(core, out);
    out.labels_ = labels;
    out.cells_.assign(scores.rows * labels, {});
    for (std::size_t t = 0; t < scores.rows; ++t) {
      double highest = lowest_score;
      for (std::size_t j = 0; j < labels; ++j) {
        if (core.node[j] != no_label && wide_score(scores.row(t)[j]) > highest) highest = wide_score(scores.row(t)[j]);
      }
      if (highest == lowest_score) continue;
      out.shift_ += highest;
      for (std::size_t j = 0; j < labels; ++j) {
        if (core.node[j] != no_label) cell(out, t, j).own = wide_exp(wide_score(scores.row(t)[j]) - highest);
      }
    }
    steps all;
    weigh_steps(core, options, all, out);
    bool const dense = !options.transitions.empty();
    for (std::size_t t = 0; t < scores.rows; ++t) {
      if (t == 0) {
        for (std::size_t j = 0; j < labels; ++j) {
          if (core.may_start(j)) cell(out, 0, j).opening = wide_exp(learned(options.start, j));
        }
      } else if (dense) {
        arrive_dense(core, all, t, out);
      } else {
        arrive_linear(core, all, t, out);
      }
      bool any = false;
      for (std::size_t j = 0; j < labels; ++j) {
        auto& c = cell(out, t, j);
        c.forward += c.opening;
        c.opening *= c.own;
        c.forward *= c.own;
        any = any || !c.forward.zero();
      }
      if (!any) return fail(out, t);
    }
    wide total = scores.rows == 0 ? wide{1, 0} : wide{};
    for (std::size_t t = scores.rows; t-- > 0;) {
      if (t + 1 == scores.rows) {
        for (std::size_t j = 0; j < labels; ++j) {
          if (!core.may_end(j)) continue;
          cell(out, t, j).closing = wide_exp(learned(options.end, j));
          total += cell(out, t, j).forward * cell(out, t, j).closing;
        }
      } else if (dense) {
        leave_dense(core, all, t, out);
      } else {
        leave_linear(core, all, t, out);
      }
      for (std::size_t j = 0; j < labels; ++j) cell(out, t, j).backward += cell(out, t, j).closing;
    }
    if (total.zero()) return fail(out, scores.rows);
    out.total_ = total;
    out.tokens_ = scores.rows;
    return {};
  }

  static void forget(entity_posteriors& out) {
    out.tokens_ = out.labels_ = 0;
    out.total_ = {1, 0};
    out.shift_ = 0;
    out.type_number_.clear();
    out.type_begin_.clear();
    out.by_type_.clear();
  }

 private:
  // The weights of steps, by meaning; `pairs` only where transitions are learned.
  struct steps {
    wide stay, to_start, to_background, to_next, go_on, to_end;
    std::vector<wide> pairs;
    wide const& within(unsigned next) const noexcept { return next == 3 ? to_end : go_on; }
  };

  static entity_posteriors::cell& cell(entity_posteriors& out, std::size_t t, std::size_t j) noexcept {
    return out.cells_[t * out.labels_ + j];
  }

  static error fail(entity_posteriors& out, std::size_t row) {
    forget(out);
    return {errc::no_legal_path, row, 0};
  }

  static void list_types(lattice_core const& core, entity_posteriors& out) {
    out.type_number_ = core.type_number;
    out.type_begin_.assign(core.types() + 1, 0);
    auto type_of_label = [&](std::size_t j) { return core.nodes[core.node[j]].type; };
    auto counts = [&](std::size_t j) { return core.node[j] != no_label && core.role[j] != 0; };
    std::size_t listed = 0;
    for (std::size_t j = 0; j < core.labels(); ++j) {
      if (!counts(j)) continue;
      ++out.type_begin_[type_of_label(j) + 1];
      ++listed;
    }
    for (std::size_t k = 0; k < core.types(); ++k) out.type_begin_[k + 1] += out.type_begin_[k];
    out.by_type_.resize(listed);
    for (std::uint32_t j = 0; j < core.labels(); ++j) {
      if (counts(j)) out.by_type_[out.type_begin_[type_of_label(j)]++] = j;
    }
    for (std::size_t k = core.types(); k > 0; --k) out.type_begin_[k] = out.type_begin_[k - 1];
    out.type_begin_[0] = 0;
  }

  template <class T>
  static void weigh_steps(lattice_core const& core, viterbi_options<T> const& options, steps& all,
                          entity_posteriors& out) {
    role_biases const& b = options.biases;
    all.stay = wide_exp(b.background_stay);
    all.to_start = wide_exp(b.background_to_start);
    all.to_background = wide_exp(b.end_to_background);
    all.to_next = wide_exp(b.end_to_start);
    all.go_on = wide_exp(b.inside_to_continue);
    all.to_end = wide_exp(b.inside_to_end);
    std::size_t const labels = core.labels();
    if (!options.transitions.empty()) {
      std::vector<double> moves;
      fill_moves(core, options, core.labels(), moves);
      all.pairs.reserve(moves.size());
      for (double move : moves) all.pairs.push_back(wide_exp(move));
    }
    out.within_.assign(labels * labels, {});
    for (std::size_t k = 0; k < core.types(); ++k) {
      for (std::uint32_t i : out.labels_of(k)) {
        for (std::uint32_t j : out.labels_of(k)) {
          if (!core.allows(i, j) || splits_between(core.role[i], core.role[j])) continue;
          out.within_[i * labels + j] = all.pairs.empty() ? all.within(core.role[j]) : all.pairs[i * labels + j];
        }
      }
    }
  }

  static bool is_within(lattice_core const& core, std::size_t i, std::size_t j) noexcept {
    return core.role[i] != 0 && core.role[j] != 0 && core.type[i] == core.type[j] &&
           !splits_between(core.role[i], core.role[j]);
  }

  static void arrive_dense(lattice_core const& core, steps const& all, std::size_t t, entity_posteriors& out) {
    std::size_t const labels = core.labels();
    for (std::size_t i = 0; i < labels; ++i) {
      wide const& from = cell(out, t - 1, i).forward;
      if (from.zero()) continue;
      for (std::size_t j = 0; j < labels; ++j) {
        wide const& step = all.pairs[i * labels + j];
        if (step.zero()) continue;
        auto& to = cell(out, t, j);
        (is_within(core, i, j) ? to.forward : to.opening) += from * step;
      }
    }
  }
  static void leave_dense(lattice_core const& core, steps const& all, std::size_t t, entity_posteriors& out) {
    std::size_t const labels = core.labels();
    for (std::size_t j = 0; j < labels; ++j) {
      wide const to = cell(out, t + 1, j).own * cell(out, t + 1, j).backward;
      if (to.zero()) continue;
      for (std::size_t i = 0; i < labels; ++i) {
        wide const& step = all.pairs[i * labels + j];
        if (step.zero()) continue;
        auto& from = cell(out, t, i);
        (is_within(core, i, j) ? from.backward : from.closing) += to * step;
      }
    }
  }

  // What the labels of one side of a step add up to.
  struct side {
    wide outside;
    wide all;               // over the types: of roles that may end (start)
    wide const* roles;      // by type and role
    wide const* elsewhere;  // by type: `all` without this type
  };
  // `value` gives what a label weighs; `border` are the roles that may stand next to O and other types.
  template <class Value>
  static side add_up(lattice_core const& core, role_bits border, entity_posteriors& out, Value value) {
    std::size_t const types = core.types();
    out.sums_.assign(7 * types + 1, {});
    wide* const roles = out.sums_.data();
    wide* const elsewhere = roles + 5 * types;
    wide* const own = elsewhere + types;
    side sums{{}, {}, roles, elsewhere};
    for (std::size_t j = 0; j < core.labels(); ++j) {
      if (core.node[j] == no_label) continue;
      wide const w = value(j);
      if (w.zero()) continue;
      lattice_node const& n = core.nodes[core.node[j]];
      if (n.role == 0) {
        sums.outside += w;
        continue;
      }
      roles[5 * n.type + n.role] += w;
      if (has_role(border, n.role)) own[n.type] += w;
    }
    // Sums of all before and all behind a type: differences would lose what is small beside it.
    for (std::size_t k = 0; k < types; ++k) {
      elsewhere[k] = sums.all;
      sums.all += own[k];
    }
    wide behind;
    for (std::size_t k = types; k-- > 0;) {
      elsewhere[k] += behind;
      behind += own[k];
    }
    return sums;
  }

  static void arrive_linear(lattice_core const& core, steps const& all, std::size_t t, entity_posteriors& out) {
    side const before = add_up(core, core.rules.end, out, [&](std::size_t i) { return cell(out, t - 1, i).forward; });
    for (std::size_t j = 0; j < core.labels(); ++j) {
      if (core.node[j] == no_label) continue;
      lattice_node const& n = core.nodes[core.node[j]];
      auto& to = cell(out, t, j);
      if (n.role == 0) {
        to.opening = before.outside * all.stay + before.all * all.to_background;
        continue;
      }
      if (has_role(core.rules.start, n.role)) {
        to.opening = before.outside * all.to_start + before.elsewhere[n.type] * all.to_next;
      }
      for (unsigned p = 1; p < 5; ++p) {
        if (!has_role(core.rules.before[n.role], p)) continue;
        wide const& same = before.roles[5 * n.type + p];
        if (splits_between(p, n.role)) {
          to.opening += same * all.to_next;
        } else {
          to.forward += same * all.within(n.role);
        }
      }
    }
  }
  static void leave_linear(lattice_core const& core, steps const& all, std::size_t t, entity_posteriors& out) {
    side const behind = add_up(core, core.rules.start, out,
                               [&](std::size_t j) { return cell(out, t + 1, j).own * cell(out, t + 1, j).backward; });
    for (std::size_t i = 0; i < core.labels(); ++i) {
      if (core.node[i] == no_label) continue;
      lattice_node const& n = core.nodes[core.node[i]];
      auto& from = cell(out, t, i);
      if (n.role == 0) {
        from.closing = behind.outside * all.stay + behind.all * all.to_start;
        continue;
      }
      if (has_role(core.rules.end, n.role)) {
        from.closing = behind.outside * all.to_background + behind.elsewhere[n.type] * all.to_next;
      }
      for (unsigned r = 1; r < 5; ++r) {
        if (!has_role(core.rules.before[r], n.role)) continue;
        wide const& same = behind.roles[5 * n.type + r];
        if (splits_between(n.role, r)) {
          from.closing += same * all.to_next;
        } else {
          from.backward += same * all.within(r);
        }
      }
    }
  }
};

}  // namespace detail

// Forward-backward over the paths that S allows: what entity_posteriors answers from. Shapes, options and errors as for
// viterbi (model/viterbi.hpp). Scores of one row that are more than 10^12 apart count as 10^12 apart. Linear in rows ×
// labels, with transitions in rows × labels²; 80 bytes for each of rows × labels. The overload with `out` uses its
// memory again; after an error it holds no tokens.
template <tag_scheme S, score_type T>
result<void> posteriors(lattice<S> const& lattice, scores_view<T> scores, entity_posteriors& out,
                        viterbi_options<std::remove_const_t<std::type_identity_t<T>>> options = {}) {
  if (auto const fits = check_shape(scores, lattice.labels()); !fits) {
    detail::forward_backward::forget(out);
    return fits.error();
  }
  return detail::forward_backward::run(lattice.core(), detail::rows_of(scores), options, out);
}
template <tag_scheme S, score_type T>
result<entity_posteriors> posteriors(scores_view<T> scores, label_set const& labels,
                                     viterbi_options<std::remove_const_t<std::type_identity_t<T>>> options = {}) {
  entity_posteriors out;
  if (auto const done = posteriors(lattice<S>(labels), scores, out, options); !done) return done.error();
  return out;
}

}  // namespace tagspan::inline TAGSPAN_ABI
