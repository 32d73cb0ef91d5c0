// SPDX-License-Identifier: MIT
// How precision falls as recall rises: the curve over all thresholds of a score, and the average precision below it.
#pragma once
#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tagspan/core/error.hpp>
#include <tagspan/core/span.hpp>
#include <tagspan/detail/counts_by_name.hpp>
#include <tagspan/eval/metrics.hpp>
#include <tagspan/eval/scorer.hpp>
#include <tagspan/tags/labels.hpp>

namespace tagspan::inline TAGSPAN_ABI {

// The counts that are left when only entities with at least this score are kept.
struct curve_point : entity_counts {
  float threshold{};
  friend bool operator==(curve_point const&, curve_point const&) = default;
};

struct precision_recall {
  // One for each score that occurs, from the highest down; figures(point) has the figures.
  std::vector<curve_point> points;
  // The sum over the points of precision times what recall has gained (as in scikit-learn's average_precision_score, no
  // interpolation), with recall over all gold entities, also those that no score reaches. 0 without gold.
  double average_precision{};
  std::size_t support{};  // gold entities
  friend bool operator==(precision_recall const&, precision_recall const&) = default;
};

struct named_precision_recall : precision_recall {
  std::string name;  // of the type
  friend bool operator==(named_precision_recall const&, named_precision_recall const&) = default;
};

struct curve_report : precision_recall {
  std::vector<named_precision_recall> by_type;  // types that occur in gold or predicted, by their bytes
  double mean_average_precision{};              // over the types that occur in gold; 0 where there are none
  std::size_t sentences{}, rejected{};
  friend bool operator==(curve_report const&, curve_report const&) = default;
};

// Gathers scored entities, which are right where gold has one of the same span and type. Keep the entities of all
// scores: what a decoder has dropped can't be on the curve. The labels are kept by reference; they may grow. 8 bytes a
// predicted entity. One a thread, then merge.
class curve_scorer {
 public:
  explicit curve_scorer(label_set const& labels) : labels_(&labels) {}
  explicit curve_scorer(label_set&&) = delete;  // the labels would be gone

  // One document of entities in one unit, in any order. Errors, with the number of the document in `where` (rejected
  // ones count) and the entity's position in `inner`: bad_span_in_sentence, bad_type_in_sentence, duplicate_entity;
  // not_a_number for a score that is NaN. Nothing of the document is counted then but that it was rejected. O(n log n).
  template <entity_range G, entity_range P>
    requires(std::same_as<detail::span_of<G>, detail::span_of<P>> &&
             requires(P const& p) { { p.data()->score } -> std::convertible_to<float>; })
  result<void> add(G const& gold, P const& predicted) {
    auto const reject = [&](error const& e) { return error{e.code, sentences_ + rejected_++, e.inner}; };
    if (auto const e = detail::sort_into(gold, labels_->type_count(), gold_)) return reject(*e);
    if (auto const e = detail::sort_into(predicted, labels_->type_count(), predicted_)) return reject(*e);
    for (std::size_t i = 0; i < predicted.size(); ++i) {
      float const score = predicted.data()[i].score;
      if (!(score <= score)) return reject({errc::not_a_number, 0, i});
    }
    by_type_.learn(*labels_);
    for (detail::flat_entity const& g : gold_) ++by_type_[g.type].gold;
    auto g = gold_.begin();
    for (detail::flat_entity const& p : predicted_) {
      while (g != gold_.end() && g->before(p)) ++g;
      bool const right = g != gold_.end() && !p.before(*g);
      float const score = predicted.data()[p.position].score;
      by_type_[p.type].judged.push_back({score, right});
    }
    ++sentences_;
    return {};
  }

  // Adds what another has gathered, by the names of the types.
  void merge(curve_scorer const& other) {
    by_type_.add(other.by_type_);
    sentences_ += other.sentences_;
    rejected_ += other.rejected_;
  }

  // O(n log n) for n predicted entities. The order in which they came does not matter.
  curve_report report() const {
    curve_report r;
    gathered all;
    std::size_t types = 0;
    by_type_.for_each([&](std::string_view name, gathered const& of_type) {
      if (of_type.gold == 0 && of_type.judged.empty()) return;
      static_cast<precision_recall&>(r.by_type.emplace_back()) = curve_of(of_type);
      r.by_type.back().name = name;
      all += of_type;
      if (of_type.gold == 0) return;
      ++types;
      r.mean_average_precision += r.by_type.back().average_precision;
    });
    if (types != 0) r.mean_average_precision /= static_cast<double>(types);
    static_cast<precision_recall&>(r) = curve_of(std::move(all));
    r.sentences = sentences_;
    r.rejected = rejected_;
    return r;
  }

 private:
  struct judgement {
    float score;
    bool right;
  };
  struct gathered {
    std::vector<judgement> judged;
    std::size_t gold = 0;
    gathered& operator+=(gathered const& other) {
      judged.insert(judged.end(), other.judged.begin(), other.judged.end());
      gold += other.gold;
      return *this;
    }
  };

  static precision_recall curve_of(gathered from) {
    precision_recall out;
    out.support = from.gold;
    std::sort(from.judged.begin(), from.judged.end(),
              [](judgement const& a, judgement const& b) { return a.score > b.score; });
    curve_point now;
    now.gold = from.gold;
    std::size_t correct_before = 0;
    for (std::size_t i = 0; i < from.judged.size(); ++i) {
      now.threshold = from.judged[i].score;
      now.correct += from.judged[i].right;
      ++now.predicted;
      bool const last = i + 1 == from.judged.size() || from.judged[i + 1].score < now.threshold;
      if (!last) continue;  // equal scores: one point
      out.points.push_back(now);
      if (now.correct == correct_before) continue;
      out.average_precision += figures(now).precision * static_cast<double>(now.correct - correct_before);
      correct_before = now.correct;
    }
    if (from.gold != 0) out.average_precision /= static_cast<double>(from.gold);
    return out;
  }

  label_set const* labels_;
  detail::counts_by_name<gathered> by_type_;
  std::vector<detail::flat_entity> gold_, predicted_;  // kept for their memory
  std::size_t sentences_ = 0, rejected_ = 0;
};

}  // namespace tagspan::inline TAGSPAN_ABI
