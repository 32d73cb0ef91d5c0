// SPDX-License-Identifier: MIT
// What nervaluate 1.x counts (described from MantisAI/nervaluate 1.1.0): greedy, in the order of the input, each type
// once more by itself. Its precision and recall of `partial` drop the half credits as soon as there are two documents,
// which it mended later; here the figures are the mended ones.
#pragma once
#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <tagspan/core/error.hpp>
#include <tagspan/core/span.hpp>
#include <tagspan/eval/metrics.hpp>
#include <tagspan/eval/scorer.hpp>
#include <tagspan/eval/semeval.hpp>
#include <tagspan/tags/labels.hpp>

namespace tagspan::inline TAGSPAN_ABI::compat {

struct nervaluate_options {
  double min_overlap_percentage = 1;  // of the gold entity, in [1, 100]
  metric_options metrics{};
  friend constexpr bool operator==(nervaluate_options const&, nervaluate_options const&) = default;
};

// Its counts over documents of entities. Differs from semeval_scorer where several entities overlap: for each
// prediction in the order of the input, the first gold entity that is still free and decides is taken, by each strategy
// anew. Rows by type are what the entities of that type alone would get, and do not add up to the overall counts. An
// entity that stands twice counts twice. `ent_type` is called `type` here.
class nervaluate_scorer {
 public:
  // Contract: the percentage lies in [1, 100], beta is 0 or more.
  explicit nervaluate_scorer(label_set const& labels, nervaluate_options options = {})
      : labels_(&labels), options_(options) {
    TAGSPAN_EXPECTS(options.min_overlap_percentage >= 1 && options.min_overlap_percentage <= 100,
                    "min_overlap_percentage lies between 1 and 100");
    TAGSPAN_EXPECTS(options.metrics.beta >= 0, "metric_options::beta is 0 or more");
  }
  explicit nervaluate_scorer(label_set&&, nervaluate_options = {}) = delete;  // the labels would be gone

  // One document of entities in one unit; their order matters. `weight`: how often it counts. Errors:
  // bad_span_in_sentence (empty or backwards), bad_type_in_sentence, with the number of the document in `where` and the
  // entity's position in `inner`. Quadratic in the entities of a document.
  template <entity_range G, entity_range P>
  requires std::same_as<tagspan::detail::span_of<G>, tagspan::detail::span_of<P>> result<void> add(
      G const& gold, P const& predicted, std::size_t weight = 1) {
    std::size_t const types = labels_->type_count();
    if (auto const e = tagspan::detail::copy_into(gold, types, gold_)) return totals_.reject(*e);
    if (auto const e = tagspan::detail::copy_into(predicted, types, predicted_)) return totals_.reject(*e);
    totals_.by_type.learn(*labels_);
    totals_.overall += count(std::nullopt) *= weight;
    for (type_id type : types_here()) totals_.by_type[type] += count(type) *= weight;
    std::uint64_t hash = 0;
    for (entity const& g : gold_) {
      hash += tagspan::detail::entity_hash::of(g.begin, g.end, tagspan::detail::hash_bytes(labels_->type_name(g.type)));
    }
    totals_.close(weight, tagspan::detail::mix(hash));
    return {};
  }

  // Adds what another scorer has counted, by the names of the types. Error: options_differ.
  result<void> merge(nervaluate_scorer const& other) {
    if (options_ != other.options_) return error{errc::options_differ, 0, 0};
    totals_.add(other.totals_);
    return {};
  }

  semeval_report report() const {
    return totals_.report("nervaluate_1>=" + tagspan::detail::shortest(options_.min_overlap_percentage) + "%",
                          options_.metrics);
  }

 private:
  using entity = tagspan::detail::flat_entity;
  enum class verdict : std::uint8_t { undecided, correct, incorrect, partial };

  std::vector<type_id> types_here() const {
    std::vector<type_id> types;
    for (auto const* side : {&gold_, &predicted_}) {
      for (entity const& e : *side) types.push_back(e.type);
    }
    std::sort(types.begin(), types.end());
    types.erase(std::unique(types.begin(), types.end()), types.end());
    return types;
  }

  // All entities, or those of one type.
  semeval_tally count(std::optional<type_id> only) {
    auto const judged_by = [&](auto judge) { return walk(only, judge); };
    auto const same_type = [](entity const& g, entity const& p) { return g.type == p.type; };
    auto const same_span = [](entity const& g, entity const& p) { return g.begin == p.begin && g.end == p.end; };
    auto const or_overlap = [&](bool correct, entity const& g, entity const& p, verdict otherwise) {
      return correct ? verdict::correct : overlap(g, p) ? otherwise : verdict::undecided;
    };
    semeval_tally t;
    t.strict = judged_by([&](entity const& g, entity const& p) {
      return or_overlap(same_span(g, p) && same_type(g, p), g, p, verdict::incorrect);
    });
    t.exact = judged_by([&](entity const& g, entity const& p) {
      return or_overlap(same_span(g, p), g, p, verdict::incorrect);
    });
    t.partial = judged_by([&](entity const& g, entity const& p) {
      return or_overlap(same_span(g, p), g, p, verdict::partial);
    });
    t.type = judged_by([&](entity const& g, entity const& p) {
      return or_overlap(overlap(g, p) && same_type(g, p), g, p, verdict::incorrect);
    });
    return t;
  }

  template <class Judge>
  semeval_counts walk(std::optional<type_id> only, Judge const& judge) {
    semeval_counts c;
    taken_.assign(gold_.size(), false);
    std::size_t possible = 0;
    for (entity const& g : gold_) possible += !only || g.type == *only;
    for (entity const& p : predicted_) {
      if (only && p.type != *only) continue;
      verdict found = verdict::undecided;
      for (std::size_t g = 0; g < gold_.size() && found == verdict::undecided; ++g) {
        if (taken_[g] || (only && gold_[g].type != *only)) continue;
        found = judge(gold_[g], p);
        taken_[g] = found != verdict::undecided;
      }
      switch (found) {
        case verdict::undecided: ++c.spurious; break;
        case verdict::correct: ++c.correct; break;
        case verdict::incorrect: ++c.incorrect; break;
        case verdict::partial: ++c.partial; break;
      }
    }
    c.missed = possible - c.correct - c.incorrect - c.partial;
    return c;
  }

  bool overlap(entity const& g, entity const& p) const noexcept {
    std::size_t const begin = std::max(g.begin, p.begin), end = std::min(g.end, p.end);
    return begin < end && static_cast<double>(end - begin) / static_cast<double>(g.end - g.begin) * 100 >=
                              options_.min_overlap_percentage;
  }

  label_set const* labels_;
  nervaluate_options options_;
  tagspan::detail::semeval_totals totals_;
  std::vector<entity> gold_, predicted_;
  std::vector<bool> taken_;
};

}  // namespace tagspan::inline TAGSPAN_ABI::compat
