// SPDX-License-Identifier: MIT
// Scores that see what is nearly right: the four figures of SemEval-2013 task 9 (Segura-Bedmar, Martínez and
// Herrero-Zazo, 2013), from one matching of predicted to gold entities that does not depend on the order of the input.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <concepts>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tagspan/core/error.hpp>
#include <tagspan/core/span.hpp>
#include <tagspan/detail/counts_by_name.hpp>
#include <tagspan/detail/string_pool.hpp>
#include <tagspan/eval/metrics.hpp>
#include <tagspan/eval/scorer.hpp>
#include <tagspan/tags/labels.hpp>

namespace tagspan::inline TAGSPAN_ABI {

// When two entities that share a position may be paired at all. The share that the threshold asks for is
enum class overlap_criterion : std::uint8_t {
  iou,              // what both cover, of what either covers
  share_of_gold,    // what both cover, of the gold entity
  left_boundary,    // as iou, and both begin at the same position
  right_boundary,   // as iou, and both end at the same position
  either_boundary,  // as iou, and one of the two holds
};

struct match_options {
  overlap_criterion overlap = overlap_criterion::iou;
  double threshold = 0;  // in [0, 1]: the least share that is enough; 0 asks for one shared position
  friend constexpr bool operator==(match_options const&, match_options const&) = default;
};

struct semeval_options {
  match_options match{};
  metric_options metrics{};
};

// What became of the entities by one of the four strategies. Each gold entity is counted once as correct, incorrect,
// partial or missed, each predicted one as correct, incorrect, partial or spurious.
struct semeval_counts {
  std::size_t correct{}, incorrect{}, partial{}, missed{}, spurious{};
  constexpr std::size_t possible() const noexcept { return correct + incorrect + partial + missed; }   // gold
  constexpr std::size_t actual() const noexcept { return correct + incorrect + partial + spurious; }  // predicted
  constexpr semeval_counts& operator+=(semeval_counts const& other) noexcept {
    correct += other.correct;
    incorrect += other.incorrect;
    partial += other.partial;
    missed += other.missed;
    spurious += other.spurious;
    return *this;
  }
  constexpr semeval_counts& operator*=(std::size_t weight) noexcept {
    for (std::size_t* n : {&correct, &incorrect, &partial, &missed, &spurious}) *n *= weight;
    return *this;
  }
  friend bool operator==(semeval_counts const&, semeval_counts const&) = default;
};

// Precision (correct + partial / 2) / actual, recall the same over possible, F-beta of the two in one division; what
// nothing can be divided by is as in figures() of entity counts. `correct` counts whole ones.
// (A template, so that figures({1, 2, 2}) stays the figures of entity counts.)
template <std::same_as<semeval_counts> C>
constexpr prf figures(C const& c, metric_options const& options = {}) noexcept {
  // In halves the counts are whole numbers.
  prf out = figures(entity_counts{2 * c.correct + c.partial, 2 * c.actual(), 2 * c.possible()}, options);
  out.support = c.possible();
  out.correct = c.correct;
  out.predicted = c.actual();
  return out;
}

// The four strategies.
struct semeval_tally {
  semeval_counts strict;   // correct: same span and type; else incorrect
  semeval_counts exact;    // correct: same span, whatever the type; else incorrect
  semeval_counts partial;  // correct: same span, whatever the type; else partial
  semeval_counts type;     // correct: same type; else incorrect
  constexpr semeval_tally& operator+=(semeval_tally const& other) noexcept {
    strict += other.strict;
    exact += other.exact;
    partial += other.partial;
    type += other.type;
    return *this;
  }
  constexpr semeval_tally& operator*=(std::size_t weight) noexcept {
    for (semeval_counts* c : {&strict, &exact, &partial, &type}) *c *= weight;
    return *this;
  }
  friend bool operator==(semeval_tally const&, semeval_tally const&) = default;
};

struct named_semeval_tally : semeval_tally {
  std::string name;  // of the entity type
  friend bool operator==(named_semeval_tally const&, named_semeval_tally const&) = default;
};

struct semeval_report : semeval_tally {
  // Types that occur in gold or predicted, by their bytes. Of semeval_scorer the rows add up to the overall counts: a
  // pair counts for the type of its gold entity, whatever type was predicted, and so does what is missed; what is
  // spurious counts for the predicted type. So `actual` of a row is not how often its type was predicted.
  std::vector<named_semeval_tally> by_type;

  std::size_t sentences{};           // those counted
  std::size_t rejected{};            // those that could not be counted
  std::uint64_t gold_fingerprint{};  // that of scorer for the same entities

  std::string matching;  // how entities were paired, as signature() says it
  metric_options options{};

  // The row of one type; nullptr for a type that occurs nowhere. Linear.
  semeval_tally const* find(std::string_view name) const noexcept {
    for (named_semeval_tally const& row : by_type) {
      if (row.name == name) return &row;
    }
    return nullptr;
  }
  // One line that says what the figures depend on, as of report.
  std::string signature() const {
    std::string text = "tagspan:" TAGSPAN_VERSION_STRING "|matching:" + matching;
    text += "|zero_division:" + std::string(options.zero_division == zero_division::one ? "1" : "0");
    if (options.beta != 1) text += "|beta:" + detail::shortest(options.beta);
    std::size_t gold_types = 0;
    for (named_semeval_tally const& row : by_type) gold_types += row.strict.possible() != 0;
    text += "|types:" + std::to_string(gold_types);
    text += "|sentences:" + std::to_string(sentences);
    if (rejected != 0) text += "|rejected:" + std::to_string(rejected);
    text += "|gold:" + detail::hexadecimal(gold_fingerprint);
    return text;
  }
  friend bool operator==(semeval_report const&, semeval_report const&) = default;
};

namespace detail {

inline std::string shown(match_options const& options) {
  constexpr std::string_view names[] = {"iou", "share_of_gold", "left_boundary", "right_boundary", "either_boundary"};
  return std::string(names[static_cast<std::size_t>(options.overlap)]) +
         (options.threshold > 0 ? ">=" + shortest(options.threshold) : ">0");
}

// Is a / b less than c / d? Exactly, of whatever size the numbers are. Contract: none is 0.
constexpr bool less_fraction(std::uint64_t a, std::uint64_t b, std::uint64_t c, std::uint64_t d) noexcept {
  if ((a | b | c | d) >> 32 == 0) return a * d < c * b;
  for (;;) {  // Euclid's algorithm on both at once: compare the whole parts, then the reciprocals of what is left
    if (a / b != c / d) return a / b < c / d;
    a %= b;
    c %= d;
    if (a == 0 || c == 0) return a == 0 && c != 0;
    // a / b < c / d where d / c < b / a
    std::uint64_t const numerator = d, denominator = c;
    d = a;
    c = b;
    a = numerator;
    b = denominator;
  }
}

// Reads the two sides of one document after the other, and pairs their entities.
class entity_matcher {
 public:
  static constexpr std::size_t none = static_cast<std::size_t>(-1);

  explicit entity_matcher(label_set const& labels, match_options const& options) : labels_(&labels), options_(options) {
    TAGSPAN_EXPECTS(options.threshold >= 0 && options.threshold <= 1, "the threshold of an overlap is a share, 0 to 1");
  }

  // An error has the entity's position in `inner`.
  template <entity_range G, entity_range P>
  std::optional<error> match(G const& given_gold, P const& given_predicted) {
    if (auto const e = sort_into(given_gold, labels_->type_count(), gold)) return e;
    if (auto const e = sort_into(given_predicted, labels_->type_count(), predicted)) return e;
    learn();
    partner_of_gold.assign(gold.size(), none);
    partner_of_predicted.assign(predicted.size(), none);
    // Equal entities come first in the order and stand in nobody's way: each occurs once on a side.
    std::size_t p = 0;
    for (std::size_t g = 0; g < gold.size(); ++g) {
      while (p < predicted.size() && predicted[p].before(gold[g])) ++p;
      if (p < predicted.size() && !gold[g].before(predicted[p])) pair(g, p++);
    }
    collect_candidates();
    std::sort(candidates_.begin(), candidates_.end(), [this](candidate const& a, candidate const& b) {
      if (less_fraction(b.shared, b.either, a.shared, a.either)) return true;
      if (less_fraction(a.shared, a.either, b.shared, b.either)) return false;
      bool const a_same = same_type(a.gold, a.predicted), b_same = same_type(b.gold, b.predicted);
      if (a_same != b_same) return a_same;
      if (a.gold != b.gold) return before(gold[a.gold], gold[b.gold]);
      return before(predicted[a.predicted], predicted[b.predicted]);
    });
    for (candidate const& c : candidates_) {
      if (partner_of_gold[c.gold] == none && partner_of_predicted[c.predicted] == none) pair(c.gold, c.predicted);
    }
    return std::nullopt;
  }

  bool same_type(std::size_t g, std::size_t p) const noexcept { return gold[g].type == predicted[p].type; }
  bool same_span(std::size_t g, std::size_t p) const noexcept {
    return gold[g].begin == predicted[p].begin && gold[g].end == predicted[p].end;
  }

  // Of the gold entities, as scorer has it.
  std::uint64_t fingerprint() const noexcept {
    std::uint64_t hash = 0;
    for (flat_entity const& g : gold) hash += entity_hash::of(g.begin, g.end, hashes_[index(g.type)]);
    return mix(hash);
  }

  label_set const& labels() const noexcept { return *labels_; }
  match_options const& options() const noexcept { return options_; }

  // Of the last document, in order of span and type. The partners are indices of the other list, or none.
  std::vector<flat_entity> gold, predicted;
  std::vector<std::size_t> partner_of_gold, partner_of_predicted;

 private:
  struct candidate {
    std::size_t gold, predicted;
    std::size_t shared, either;  // positions
  };

  void pair(std::size_t g, std::size_t p) noexcept {
    partner_of_gold[g] = p;
    partner_of_predicted[p] = g;
  }

  // By the name of the type and not by its number, which another label set may give to another type.
  bool before(flat_entity const& a, flat_entity const& b) const noexcept {
    if (a.begin != b.begin) return a.begin < b.begin;
    if (a.end != b.end) return a.end < b.end;
    return ranks_[index(a.type)] < ranks_[index(b.type)];
  }

  // Of two that overlap, one begins within the other: so each pair is met once.
  void collect_candidates() {
    candidates_.clear();
    std::size_t first = 0;
    for (std::size_t g = 0; g < gold.size(); ++g) {
      while (first < predicted.size() && predicted[first].begin < gold[g].begin) ++first;
      if (partner_of_gold[g] != none) continue;
      for (std::size_t p = first; p < predicted.size() && predicted[p].begin < gold[g].end; ++p) consider(g, p);
    }
    first = 0;
    for (std::size_t p = 0; p < predicted.size(); ++p) {
      while (first < gold.size() && gold[first].begin <= predicted[p].begin) ++first;
      if (partner_of_predicted[p] != none) continue;
      for (std::size_t g = first; g < gold.size() && gold[g].begin < predicted[p].end; ++g) consider(g, p);
    }
  }

  void consider(std::size_t g, std::size_t p) {
    if (partner_of_gold[g] != none || partner_of_predicted[p] != none) return;
    flat_entity const& a = gold[g];
    flat_entity const& b = predicted[p];
    std::size_t const shared = std::min(a.end, b.end) - std::max(a.begin, b.begin);
    std::size_t const either = std::max(a.end, b.end) - std::min(a.begin, b.begin);
    bool const left = a.begin == b.begin, right = a.end == b.end;
    std::size_t whole = either;
    switch (options_.overlap) {
      case overlap_criterion::iou: break;
      case overlap_criterion::share_of_gold: whole = a.end - a.begin; break;
      case overlap_criterion::left_boundary:
        if (!left) return;
        break;
      case overlap_criterion::right_boundary:
        if (!right) return;
        break;
      case overlap_criterion::either_boundary:
        if (!left && !right) return;
        break;
    }
    // One division, so that 7 of 100 reach a threshold that is written 0.07.
    if (static_cast<double>(shared) / static_cast<double>(whole) < options_.threshold) return;
    candidates_.push_back({g, p, shared, either});
  }

  void learn() {
    std::size_t const types = labels_->type_count();
    if (ranks_.size() == types) return;
    auto const name = [&](std::size_t t) { return labels_->type_name(type_id{static_cast<std::uint32_t>(t)}); };
    std::vector<std::size_t> order(types);
    for (std::size_t t = 0; t < types; ++t) order[t] = t;
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return name(a) < name(b); });
    ranks_.resize(types);
    hashes_.resize(types);
    for (std::size_t k = 0; k < types; ++k) {
      ranks_[order[k]] = k;
      hashes_[k] = hash_bytes(name(k));
    }
  }

  label_set const* labels_;
  match_options options_;
  std::vector<std::size_t> ranks_;     // by type: its place among the names
  std::vector<std::uint64_t> hashes_;  // by type
  std::vector<candidate> candidates_;
};

// What scorers of this kind add up.
struct semeval_totals {
  semeval_tally overall;
  counts_by_name<semeval_tally> by_type;
  std::size_t sentences = 0, rejected = 0;
  std::size_t given = 0;  // documents whatever their weights, and those rejected
  std::uint64_t fingerprint = 0;

  error reject(error const& e) {
    ++rejected;
    return {e.code, given++, e.inner};
  }
  void close(std::size_t weight, std::uint64_t document_fingerprint) {
    sentences += weight;
    ++given;
    fingerprint += weight * document_fingerprint;
  }

  void add(semeval_totals const& other) {
    overall += other.overall;
    by_type.add(other.by_type);
    sentences += other.sentences;
    rejected += other.rejected;
    given += other.given;
    fingerprint += other.fingerprint;
  }

  semeval_report report(std::string matching, metric_options const& options) const {
    semeval_report r;
    static_cast<semeval_tally&>(r) = overall;
    by_type.for_each([&](std::string_view name, semeval_tally const& tally) {
      if (tally == semeval_tally{}) return;
      static_cast<semeval_tally&>(r.by_type.emplace_back()) = tally;
      r.by_type.back().name = name;
    });
    r.sentences = sentences;
    r.rejected = rejected;
    r.gold_fingerprint = fingerprint;
    r.matching = std::move(matching);
    r.options = options;
    return r;
  }
};

}  // namespace detail

// One gold entity and the predicted one that it is paired with, by their positions in the input; one of the two is
// missing where an entity was missed or is spurious.
struct entity_pair {
  std::optional<std::size_t> gold, predicted;
  friend bool operator==(entity_pair const&, entity_pair const&) = default;
};

// Pairs the entities of one document, which may overlap and nest, one to one. Those pairs that share a position and
// meet the criterion are taken in this order, each entity once: same span and type first; then the larger intersection
// over union (compared as fractions, not as floating point); the same type; the gold entity that stands earlier (by
// begin, end, name of type), and the predicted one. So neither the order of the input nor the numbers of types matter.
// Gives every entity once: gold in order of the input, then what is spurious. Errors: bad_span_in_sentence (empty or
// backwards), bad_type_in_sentence, duplicate_entity, with the entity's position in `inner`. O((n + k) log n) for k
// pairs that overlap.
template <entity_range G, entity_range P>
  requires std::same_as<detail::span_of<G>, detail::span_of<P>>
result<std::vector<entity_pair>> match_entities(G const& gold, P const& predicted, label_set const& labels,
                                                match_options const& options = {}) {
  detail::entity_matcher matcher(labels, options);
  if (auto const e = matcher.match(gold, predicted)) return *e;
  std::vector<entity_pair> pairs(gold.size());
  for (std::size_t g = 0; g < matcher.gold.size(); ++g) {
    entity_pair& pair = pairs[matcher.gold[g].position];
    pair.gold = matcher.gold[g].position;
    if (std::size_t const p = matcher.partner_of_gold[g]; p != matcher.none) {
      pair.predicted = matcher.predicted[p].position;
    }
  }
  for (std::size_t p = 0; p < matcher.predicted.size(); ++p) {
    if (matcher.partner_of_predicted[p] == matcher.none) {
      pairs.push_back({std::nullopt, matcher.predicted[p].position});
    }
  }
  std::sort(pairs.begin() + static_cast<std::ptrdiff_t>(gold.size()), pairs.end(),
            [](entity_pair const& a, entity_pair const& b) { return *a.predicted < *b.predicted; });
  return pairs;
}

// Counts by the four strategies over documents of entities: `ts::semeval_scorer scorer{labels};`. The labels are kept
// by reference; they may grow between calls of add. One scorer a thread, then merge.
class semeval_scorer {
 public:
  // Contract: the threshold lies in [0, 1], beta is 0 or more.
  explicit semeval_scorer(label_set const& labels, semeval_options options = {})
      : matcher_(labels, options.match), metrics_(options.metrics) {
    TAGSPAN_EXPECTS(metrics_.beta >= 0, "metric_options::beta is 0 or more");
  }
  semeval_scorer(label_set&&, semeval_options = {}) = delete;  // the labels would be gone

  // One document of entities in one unit, in any order, paired as by match_entities(). `weight`: how often it counts.
  // Errors as there, with the number of the document in `where` (rejected ones count); nothing of it is counted then
  // but that it was rejected. O((n + k) log n) for k pairs that overlap; allocates nothing once it has seen the
  // largest.
  template <entity_range G, entity_range P>
    requires std::same_as<detail::span_of<G>, detail::span_of<P>>
  result<void> add(G const& gold, P const& predicted, std::size_t weight = 1) {
    if (auto const e = matcher_.match(gold, predicted)) return totals_.reject(*e);
    totals_.by_type.learn(matcher_.labels());
    for (std::size_t g = 0; g < matcher_.gold.size(); ++g) {
      semeval_tally t;
      std::size_t const p = matcher_.partner_of_gold[g];
      if (p == matcher_.none) {
        t.strict.missed = t.exact.missed = t.partial.missed = t.type.missed = weight;
      } else {
        bool const span = matcher_.same_span(g, p), type = matcher_.same_type(g, p);
        (span && type ? t.strict.correct : t.strict.incorrect) = weight;
        (span ? t.exact.correct : t.exact.incorrect) = weight;
        (span ? t.partial.correct : t.partial.partial) = weight;
        (type ? t.type.correct : t.type.incorrect) = weight;
      }
      count(matcher_.gold[g].type, t);
    }
    for (std::size_t p = 0; p < matcher_.predicted.size(); ++p) {
      if (matcher_.partner_of_predicted[p] != matcher_.none) continue;
      semeval_tally t;
      t.strict.spurious = t.exact.spurious = t.partial.spurious = t.type.spurious = weight;
      count(matcher_.predicted[p].type, t);
    }
    totals_.close(weight, matcher_.fingerprint());
    return {};
  }

  // Adds what another scorer has counted, by the names of the types: the two label sets may differ. Error:
  // options_differ, and then nothing is added.
  result<void> merge(semeval_scorer const& other) {
    if (matcher_.options() != other.matcher_.options() || metrics_ != other.metrics_) {
      return error{errc::options_differ, 0, 0};
    }
    totals_.add(other.totals_);
    return {};
  }

  // The counts so far; figures(report.strict, report.options) makes figures of them. O(types log types).
  semeval_report report() const { return totals_.report(detail::shown(matcher_.options()), metrics_); }

 private:
  void count(type_id type, semeval_tally const& t) {
    totals_.overall += t;
    totals_.by_type[type] += t;
  }

  detail::entity_matcher matcher_;
  metric_options metrics_;
  detail::semeval_totals totals_;
};

// A table of counts and figures: the four strategies over all types, then type by type; the signature below it. Linear;
// allocates the text.
inline std::string to_text(semeval_report const& r, int decimals = 2) {
  std::size_t widest = std::string_view("partial").size();
  for (named_semeval_tally const& row : r.by_type) widest = std::max(widest, detail::width(row.name));
  std::string text;
  auto right = [&](std::string_view cell, std::size_t columns) {
    std::size_t const taken = detail::width(cell);
    text.append(columns > taken ? columns - taken : 0, ' ');
    text += cell;
  };
  auto rows = [&](semeval_tally const& tally) {
    struct line {
      std::string_view name;
      semeval_counts const& counts;
    };
    for (line const& l : {line{"strict", tally.strict}, line{"exact", tally.exact}, line{"partial", tally.partial},
                          line{"type", tally.type}}) {
      right(l.name, widest);
      semeval_counts const& c = l.counts;
      for (std::size_t n : {c.correct, c.incorrect, c.partial, c.missed, c.spurious}) right(std::to_string(n), 11);
      prf const f = figures(c, r.options);
      for (double figure : {f.precision, f.recall, f.f1}) right(detail::fixed(figure, decimals), 11);
      text += '\n';
    }
  };
  right("", widest);
  for (std::string_view head : {"correct", "incorrect", "partial", "missed", "spurious", "precision", "recall",
                                r.options.beta == 1 ? "f1-score" : "f-beta"}) {
    right(head, 11);
  }
  text += "\n\n";
  rows(r);
  for (named_semeval_tally const& row : r.by_type) {
    text += '\n';
    right(row.name, widest);
    text += '\n';
    rows(row);
  }
  text += '\n';
  if (r.rejected != 0) {
    text += "REJECTED: " + std::to_string(r.rejected) + (r.rejected == 1 ? " document" : " documents") +
            " could not be counted\n";
  }
  text += r.signature() + '\n';
  return text;
}

}  // namespace tagspan::inline TAGSPAN_ABI
