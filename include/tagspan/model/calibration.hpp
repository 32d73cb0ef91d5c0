// SPDX-License-Identifier: MIT
// What a confidence is worth: a temperature for the logits, how far confidences are from how often they are right, and
// thresholds by type, among them one that guarantees a recall.
//
//   auto fit = ts::fit_temperature(logits, gold).value();           // divide the logits by fit.temperature
//   ts::development_set dev{labels};
//   for (auto const& s : sentences) dev.add(s.gold, s.found).value();   // decoded without a threshold
//   auto tuned = ts::tune_thresholds(dev, ts::recall_at_least{.recall = 0.95, .confidence = 0.95});
//   // {too_few_data, have, needed}, or: decode(..., {.min_score_by_type = tuned->thresholds})
#pragma once
#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <tagspan/core/error.hpp>
#include <tagspan/core/span.hpp>
#include <tagspan/core/version.hpp>
#include <tagspan/detail/binomial.hpp>
#include <tagspan/detail/math.hpp>
#include <tagspan/model/scores.hpp>
#include <tagspan/model/type_table.hpp>
#include <tagspan/tags/labels.hpp>

namespace tagspan::inline TAGSPAN_ABI {

// ---- temperature

struct temperature_options {
  std::optional<label_id> ignore_index = -100;  // rows with this gold id are not looked at, whatever they hold
  double min_temperature = 0.01;                // where the search begins and ends
  double max_temperature = 100;
};

// Where the best temperature lies. Only `inside` is a fit; the other two say that the data hold none, and name the end
// at which the search gave up.
enum class search_end : std::uint8_t {
  inside,   // it was found
  lowest,   // colder is better still: the scores separate the gold labels from all others
  highest,  // hotter is better still: the scores say less about the gold labels than none would
};

struct temperature_fit {
  double temperature = 1;
  double nll_before{}, nll_after{};  // mean negative log-likelihood of the gold labels in nats: at 1, at `temperature`
  std::size_t rows{};                // labelled rows
  search_end end{};  // unless it is `inside`, `temperature` is a bound of the search and nothing to divide logits by
};

namespace detail {

// Rows and gold labels that fit each other, each labelled row a number throughout and its gold label possible. Answers
// how many rows are labelled.
template <class T, class G>
result<std::size_t> labelled_rows(scores_view<T> scores, G const& gold, std::optional<label_id> ignore_index) {
  if (scores.rows != 0 && scores.columns == 0) return error{errc::shape_mismatch, 0, 1};
  if (auto const fits = check_shape(scores, gold.size(), scores.columns); !fits) return fits.error();
  std::size_t labelled = 0;
  for (std::size_t i = 0; i < scores.rows; ++i) {
    auto const id = gold.data()[i];
    if (is_ignored(id, ignore_index)) continue;
    if (!is_known(id, scores.columns)) return error{errc::id_out_of_range, i, 0};
    T const* const row = scores.data + i * scores.row_stride();
    for (std::size_t j = 0; j < scores.columns; ++j) {
      if (!usable(number(row[j]))) return error{errc::not_a_number, i, j};
    }
    std::size_t const column = static_cast<std::size_t>(id);
    if (!(number(row[column]) > -std::numeric_limits<double>::infinity())) return error{errc::not_a_number, i, column};
    ++labelled;
  }
  if (labelled == 0) return error{errc::too_few_data, 0, 1};
  return labelled;
}

// The negative log-likelihood of the gold labels at 1 / temperature = beta, summed over rows, with its first and second
// derivative by beta: the mean score under the model less the gold score, and the variance of the score.
struct likelihood {
  double nll{}, slope{}, curvature{};
};

template <class T, class G>
likelihood likelihood_at(scores_view<T> scores, G const& gold, std::optional<label_id> ignore_index, double beta) {
  likelihood all;
  for (std::size_t i = 0; i < scores.rows; ++i) {
    auto const id = gold.data()[i];
    if (is_ignored(id, ignore_index)) continue;
    T const* const row = scores.data + i * scores.row_stride();
    double top = static_cast<double>(number(row[0]));
    for (std::size_t j = 1; j < scores.columns; ++j) {
      double const score = static_cast<double>(number(row[j]));
      if (score > top) top = score;
    }
    double sum = 0;
    double first = 0;
    double second = 0;
    for (std::size_t j = 0; j < scores.columns; ++j) {
      double const z = static_cast<double>(number(row[j])) - top;
      double const e = detail::exp(z * beta);
      if (e > 0) {  // 0 × -inf is no number
        sum += e;
        first += e * z;
        second += e * z * z;
      }
    }
    double const gold_score = static_cast<double>(number(row[static_cast<std::size_t>(id)])) - top;
    double const mean = first / sum;
    all.nll += detail::log(sum) - beta * gold_score;
    all.slope += mean - gold_score;
    all.curvature += second / sum - mean * mean;
  }
  return all;
}

}  // namespace detail

// The temperature that makes the gold labels likeliest: minimises the mean of -log softmax(logits / T)[gold] over the
// rows whose gold id is not the ignored one. `logits`: rows × labels; `gold`: one id a row. By 1 / T this is convex, so
// there is one minimum: Newton's steps over log T, held in a bracket that bisection halves where a step leaves it; the
// last step is shorter than 1e-7. Where every row is flat, every temperature does, and it is 1.
// Errors: bad_option unless 0 < min_temperature < max_temperature < infinity; shape_mismatch {rows, gold ids};
// id_out_of_range {row}; not_a_number {row, column} for NaN, +inf, and -inf under a gold label; too_few_data {0, 1}
// without a labelled row. Some eight passes with one exponential a score; computed in double; allocates nothing.
// Source: Guo et al. 2017, "On Calibration of Modern Neural Networks".
template <score_type T, label_range G>
result<temperature_fit> fit_temperature(scores_view<T> logits, G const& gold, temperature_options const& options = {}) {
  if (!(options.min_temperature > 0 && options.min_temperature < options.max_temperature &&
        options.max_temperature < std::numeric_limits<double>::infinity())) {
    return error{errc::bad_option, 0, 0};
  }
  auto const labelled = detail::labelled_rows(logits, gold, options.ignore_index);
  if (!labelled) return labelled.error();
  double const rows = static_cast<double>(*labelled);
  auto at = [&](double beta) { return detail::likelihood_at(logits, gold, options.ignore_index, beta); };

  temperature_fit fit;
  fit.rows = *labelled;
  fit.nll_before = at(1).nll / rows;
  auto const finish = [&](double temperature, double nll, search_end end) {
    fit.temperature = temperature;
    fit.nll_after = nll / rows;
    fit.end = end;
    return fit;
  };
  auto const hottest = at(1 / options.max_temperature);
  if (hottest.slope == 0 && hottest.curvature == 0) {
    double const nearest = std::clamp(1.0, options.min_temperature, options.max_temperature);
    return finish(nearest, hottest.nll, search_end::inside);
  }
  if (hottest.slope >= 0) return finish(options.max_temperature, hottest.nll, search_end::highest);
  auto const coldest = at(1 / options.min_temperature);
  if (coldest.slope <= 0) return finish(options.min_temperature, coldest.nll, search_end::lowest);

  // Of log beta: the slope is negative at `low`, positive at `high`.
  double low = -detail::log(options.max_temperature);
  double high = -detail::log(options.min_temperature);
  double v = low < 0 && high > 0 ? 0 : (low + high) / 2;
  double step = std::numeric_limits<double>::infinity();
  double nll = 0;
  for (int pass = 0; pass < 200 && step > 1e-7; ++pass) {
    double const beta = detail::exp(v);
    auto const here = at(beta);
    nll = here.nll;  // one small step later it is the same but for the square of that step
    (here.slope < 0 ? low : high) = v;
    double next = v - here.slope / (here.curvature * beta);
    // A step must stay inside and be at most half the one before it; the comparisons are also false for NaN.
    if (!(next >= low && next <= high && detail::abs(next - v) <= step / 2)) next = (low + high) / 2;
    step = detail::abs(next - v);
    v = next;
  }
  return finish(detail::exp(-v), nll, search_end::inside);
}

// ---- reliability

struct reliability_bin {
  double lower{}, upper{};  // confidences in (lower, upper]
  std::size_t count{};
  double confidence{}, accuracy{};  // means over the bin; 0 where it is empty
  friend constexpr bool operator==(reliability_bin const&, reliability_bin const&) = default;
};

struct reliability_diagram {
  std::vector<reliability_bin> bins;
  std::size_t count{};
  double confidence{}, accuracy{};  // means over all
  double ece{};  // expected calibration error: the mean of |confidence - accuracy| over bins, weighted by their counts
  double mce{};  // the largest such difference
  friend bool operator==(reliability_diagram const&, reliability_diagram const&) = default;
};

namespace detail {

template <class R>
concept confidences = requires(R const& r) {
  requires std::floating_point<std::remove_cvref_t<decltype(*r.begin())>>;
  r.size();
};
template <class R>
concept truth_values = requires(R const& r) {
  static_cast<bool>(*r.begin());
  r.size();
};

// Bins of equal width. Their borders are numbers of the confidences' own type, so that 0.2f is not above 0.2.
template <class Real>
class reliability_counter {
 public:
  explicit reliability_counter(std::size_t bins) : bins_(bins) {
    for (std::size_t i = 0; i < bins; ++i) {
      bins_[i].lower = static_cast<double>(border(i));
      bins_[i].upper = static_cast<double>(border(i + 1));
    }
  }

  // False where this is no confidence. What rounding makes of a sum of probabilities is forgiven.
  bool add(Real confidence, bool correct) {
    if (!(confidence >= 0 && confidence <= Real(1.000001))) return false;
    if (confidence > 1) confidence = 1;
    std::size_t const last = bins_.size() - 1;
    std::size_t i = std::min(last, static_cast<std::size_t>(confidence * static_cast<Real>(bins_.size())));
    while (i > 0 && confidence <= border(i)) --i;
    while (i < last && confidence > border(i + 1)) ++i;
    ++bins_[i].count;
    bins_[i].confidence += static_cast<double>(confidence);
    bins_[i].accuracy += correct ? 1 : 0;
    return true;
  }

  result<reliability_diagram> finish() && {
    reliability_diagram all;
    for (reliability_bin& bin : bins_) {
      if (bin.count == 0) continue;
      double const count = static_cast<double>(bin.count);
      all.count += bin.count;
      all.confidence += bin.confidence;
      all.accuracy += bin.accuracy;
      double const gap = detail::abs(bin.confidence - bin.accuracy);
      all.ece += gap;
      all.mce = std::max(all.mce, gap / count);
      bin.confidence /= count;
      bin.accuracy /= count;
    }
    if (all.count == 0) return error{errc::too_few_data, 0, 1};
    for (double* sum : {&all.confidence, &all.accuracy, &all.ece}) *sum /= static_cast<double>(all.count);
    all.bins = std::move(bins_);
    return all;
  }

 private:
  Real border(std::size_t i) const { return static_cast<Real>(i) / static_cast<Real>(bins_.size()); }
  std::vector<reliability_bin> bins_;
};

}  // namespace detail

// How often confidences are right. `confidences`: numbers in [0, 1]; `correct`: as many truth values (a vector<bool>
// will do). Bins of equal width hold (lower, upper]; a confidence of 0 is in the first one. Errors: bad_option for 0
// bins; shape_mismatch {truth values, confidences}; not_a_number {position} for NaN or a number outside [0, 1];
// too_few_data {0, 1} where there is nothing. Linear; allocates the bins.
//
// Source: Naeini, Cooper & Hauskrecht 2015; bins as in gpleiss/temperature_scaling, which leaves a confidence of 0 out.
template <detail::confidences C, detail::truth_values B>
result<reliability_diagram> reliability(C const& confidences, B const& correct, std::size_t bins = 15) {
  if (bins == 0) return error{errc::bad_option, 0, 0};
  if (correct.size() != confidences.size()) return error{errc::shape_mismatch, correct.size(), confidences.size()};
  detail::reliability_counter<std::remove_cvref_t<decltype(*confidences.begin())>> counter(bins);
  auto truth = correct.begin();
  std::size_t position = 0;
  for (auto const& confidence : confidences) {
    if (!counter.add(confidence, static_cast<bool>(*truth))) return error{errc::not_a_number, position, 0};
    ++truth;
    ++position;
  }
  return std::move(counter).finish();
}

struct token_reliability_options {
  double temperature = 1;
  std::size_t bins = 15;
  std::optional<label_id> ignore_index = -100;
};

// The same for tokens: the confidence of a row is the softmax probability of its best label (the lowest of several),
// and it is right where that is the gold label. Shapes and errors as in fit_temperature (but -inf may stand under a
// gold label), and no_legal_path {row} for a row that is -inf throughout; bad_option for 0 bins; bad_temperature unless
// the temperature is a positive number. One pass; allocates the bins.
template <score_type T, label_range G>
result<reliability_diagram> token_reliability(scores_view<T> logits, G const& gold,
                                              token_reliability_options const& options = {}) {
  if (options.bins == 0) return error{errc::bad_option, 0, 0};
  if (!detail::is_temperature(options.temperature)) return error{errc::bad_temperature, 0, 0};
  if (logits.rows != 0 && logits.columns == 0) return error{errc::shape_mismatch, 0, 1};
  if (auto const fits = check_shape(logits, gold.size(), logits.columns); !fits) return fits.error();
  detail::reliability_counter<double> counter(options.bins);
  for (std::size_t i = 0; i < logits.rows; ++i) {
    auto const id = gold.data()[i];
    if (detail::is_ignored(id, options.ignore_index)) continue;
    if (!detail::is_known(id, logits.columns)) return error{errc::id_out_of_range, i, 0};
    T const* const row = logits.data + i * logits.row_stride();
    auto const weight = detail::weigh(row, logits.columns, options.temperature, i);
    if (!weight) return weight.error();
    bool const correct = detail::argmax_of_row(row, logits.columns) == static_cast<std::size_t>(id);
    static_cast<void>(counter.add(1 / weight->sum, correct));
  }
  return std::move(counter).finish();
}

// ---- entities whose truth is known

// A score that a system gave to an entity, and whether gold has that entity.
struct judged_score {
  float score{};
  bool correct{};
  friend bool operator==(judged_score const&, judged_score const&) = default;
};

namespace detail {
template <class R>
concept entities_in_a_row = requires(R const& r) {
  r.size();
  r.data()->span.begin;
  { r.data()->type } -> std::convertible_to<type_id>;
};
template <class R>
concept scored_entities_in_a_row = entities_in_a_row<R> && requires(R const& r) {
  static_cast<float>(r.data()->score);
};
template <class R>
using span_of = std::remove_cvref_t<decltype(std::declval<R const&>().data()->span)>;
}  // namespace detail

// What a system found in sentences whose gold entities are known, type by type: the ground on which thresholds are
// tuned and the reliability of entity scores is measured. Fill it with what decode gives WITHOUT any threshold, by the
// model and the options that will be used. A gold entity that no found one equals counts as missed, at every threshold.
class development_set {
 public:
  // The set of labels is kept by reference; it may grow between calls.
  explicit development_set(label_set const& labels) : labels_(&labels) {}
  explicit development_set(label_set&&) = delete;

  // One sentence or document. `gold`: entities; `found`: scored entities in the same unit; both in any order. One is
  // correct where the other has the same span and type. Errors: bad_type_in_sentence, bad_span_in_sentence (empty or
  // backwards), duplicate_entity (twice on one side), not_a_number (a score), each with {number of the sentence, index
  // of the entity}; an error adds nothing. O(n log n); allocates while it grows.
  template <detail::entities_in_a_row G, detail::scored_entities_in_a_row F>
    requires(std::same_as<detail::span_of<G>, detail::span_of<F>>)
  result<void> add(G const& gold, F const& found) {
    if (auto const e = gather(gold, gold_)) return *e;
    if (auto const e = gather(found, found_)) return *e;
    for (std::size_t i = 0; i < found.size(); ++i) {
      float const score = static_cast<float>(found.data()[i].score);
      if (score != score) return error{errc::not_a_number, sentences_, i};
    }
    grow();
    for (key const& k : gold_) ++types_[index(k.type)].gold;
    auto g = gold_.begin();
    for (key const& k : found_) {
      while (g != gold_.end() && before(*g, k)) ++g;
      bool const correct = g != gold_.end() && !before(k, *g);
      types_[index(k.type)].scores.push_back({static_cast<float>(found.data()[k.place].score), correct});
    }
    ++sentences_;
    return {};
  }

  // What was judged elsewhere: the scores found for one type, and how many entities of that type gold has. Errors:
  // unknown_type {sentence, 0}; not_a_number {sentence, position}; shape_mismatch {correct scores, gold} where more are
  // correct than there are. An error adds nothing.
  result<void> add(type_id type, std::span<judged_score const> scores, std::size_t gold) {
    if (index(type) >= labels_->type_count()) return error{errc::unknown_type, sentences_, 0};
    std::size_t correct = 0;
    for (std::size_t i = 0; i < scores.size(); ++i) {
      if (scores[i].score != scores[i].score) return error{errc::not_a_number, sentences_, i};
      correct += scores[i].correct ? 1U : 0U;
    }
    if (correct > gold) return error{errc::shape_mismatch, correct, gold};
    grow();
    auto& mine = types_[index(type)];
    mine.scores.insert(mine.scores.end(), scores.begin(), scores.end());
    mine.gold += gold;
    ++sentences_;
    return {};
  }

  label_set const& labels() const noexcept { return *labels_; }
  std::size_t type_count() const noexcept { return labels_->type_count(); }
  std::size_t sentences() const noexcept { return sentences_; }
  // How many gold entities a type has; 0 for a type not met. Likewise what was found of it, in no order that matters.
  std::size_t gold(type_id type) const noexcept { return index(type) < types_.size() ? types_[index(type)].gold : 0; }
  std::span<judged_score const> found(type_id type) const noexcept {
    if (index(type) >= types_.size()) return {};
    return types_[index(type)].scores;
  }

 private:
  struct key {
    std::size_t begin, end;
    type_id type;
    std::size_t place;
  };
  struct of_type {
    std::vector<judged_score> scores;
    std::size_t gold = 0;
  };

  static bool before(key const& a, key const& b) noexcept {
    if (a.begin != b.begin) return a.begin < b.begin;
    if (a.end != b.end) return a.end < b.end;
    return a.type < b.type;
  }

  template <class R>
  std::optional<error> gather(R const& entities, std::vector<key>& keys) {
    keys.clear();
    for (std::size_t i = 0; i < entities.size(); ++i) {
      auto const& e = entities.data()[i];
      if (index(e.type) >= labels_->type_count()) return error{errc::bad_type_in_sentence, sentences_, i};
      if (e.span.begin >= e.span.end) return error{errc::bad_span_in_sentence, sentences_, i};
      keys.push_back({e.span.begin, e.span.end, e.type, i});
    }
    std::sort(keys.begin(), keys.end(), [](key const& a, key const& b) {
      if (before(a, b)) return true;
      return !before(b, a) && a.place < b.place;
    });
    std::optional<std::size_t> repeated;  // the first in the order given
    for (std::size_t i = 1; i < keys.size(); ++i) {
      if (!before(keys[i - 1], keys[i]) && (!repeated || keys[i].place < *repeated)) repeated = keys[i].place;
    }
    if (repeated) return error{errc::duplicate_entity, sentences_, *repeated};
    return std::nullopt;
  }

  void grow() {
    if (types_.size() < labels_->type_count()) types_.resize(labels_->type_count());
  }

  label_set const* labels_;
  std::vector<of_type> types_;
  std::vector<key> gold_, found_;  // of the sentence at hand; kept for their memory
  std::size_t sentences_ = 0;
};

namespace detail {

inline result<reliability_diagram> entity_reliability(development_set const& dev, std::size_t first, std::size_t last,
                                                      std::size_t bins) {
  if (bins == 0) return error{errc::bad_option, 0, 0};
  reliability_counter<float> counter(bins);
  for (std::size_t t = first; t < last; ++t) {
    auto const scores = dev.found(type_id{static_cast<std::uint32_t>(t)});
    for (std::size_t i = 0; i < scores.size(); ++i) {
      if (!counter.add(scores[i].score, scores[i].correct)) return error{errc::not_a_number, t, i};
    }
  }
  return std::move(counter).finish();
}

}  // namespace detail

// The reliability of entity scores, over all types or one: of the entities found with a score of about 0.9, do nine in
// ten stand in gold? Missed entities have no score and no part in it. Errors: bad_option for 0 bins; not_a_number
// {type, position} for a score outside [0, 1]; too_few_data {0, 1} where nothing was found; unknown_type. Linear;
// allocates the bins.
inline result<reliability_diagram> entity_reliability(development_set const& dev, std::size_t bins = 15) {
  return detail::entity_reliability(dev, 0, dev.type_count(), bins);
}
inline result<reliability_diagram> entity_reliability(development_set const& dev, type_id type, std::size_t bins = 15) {
  if (index(type) >= dev.type_count()) return error{errc::unknown_type, 0, 0};
  return detail::entity_reliability(dev, index(type), index(type) + 1, bins);
}

// ---- thresholds

// What a threshold is chosen for. A threshold keeps what scores at least as much.

// The best F1; of several such thresholds the lowest.
struct best_f1 {};

// As much recall as a precision of at least this much leaves; of thresholds with one recall the most precise.
struct recall_at_precision {
  double precision = 0.9;
};

// The guarantee: the highest threshold of which can be said, with this confidence, that the true recall is at least
// `recall`. For each type by itself: all of k types keep their promise at a confidence of 1 - k (1 - confidence) at
// least.
//
// How: thresholds of a grid that is fixed before the data are seen are tested one by one, from the lowest up, and the
// first that fails ends it (fixed-sequence testing, which spends the error rate once for the whole search). A threshold
// passes where so many gold entities are found above it that, were the true recall below `recall`, the chance of that
// would be at most 1 - confidence by the exact binomial distribution: that is, where the one-sided lower bound of
// Clopper and Pearson reaches `recall`.
//
// What it rests on: the gold entities of the development set are independent draws from what will be met later (the
// same kind of text, annotation, model and options), and were used neither to train the model nor to choose anything
// about it. Entities of one document are alike; where documents are few and long, take few entities of each. The recall
// is that of the kind of entity, over all texts to come: a single document may still lose any of its entities.
struct recall_at_least {
  double recall = 0.95;
  double confidence = 0.95;
  std::span<float const> grid{};  // ascending; 0, 0.01, 0.02 ... 1 where none is given
};

template <class O>
concept threshold_objective =
    std::same_as<O, best_f1> || std::same_as<O, recall_at_precision> || std::same_as<O, recall_at_least>;

enum class tuning : std::uint8_t {
  met,
  out_of_reach,  // best_f1: nothing found is right; recall_at_precision: no threshold is that precise
  no_data,       // neither gold nor found entities
};

// What a threshold achieved on the development set. Undefined ratios are 0.
struct tuned_threshold {
  type_id type{};
  std::string name;
  tuning outcome{};
  float threshold{};  // means something where the outcome is `met`
  double precision{}, recall{}, f1{};
  std::size_t support{};               // gold entities
  std::size_t predicted{}, correct{};  // kept by the threshold, and those of them that are right
  std::optional<double> recall_bound;  // recall_at_least: the lower bound of the true recall, at the given confidence
};

// BEWARE: `thresholds` may lack types. A type without a threshold (outcome out_of_reach or no_data, or not asked for)
// is not left out by decode: it falls back to decode_options::min_score, and that is 0, so that all of it is let
// through, unless it is set. To be rid of such a type, put it into decode_options::ignored_types.
struct tuned_thresholds {
  type_table<float> thresholds;          // of the types whose outcome is `met` only: decode's min_score_by_type
  std::vector<tuned_threshold> by_type;  // every type that was asked for
};

// The one-sided lower bound of Clopper & Pearson (1934) for a rate: with this confidence it is at least that much.
// Contract: successes <= trials, trials > 0, 0 < confidence < 1. Exact to the last few digits, the same everywhere;
// O(sqrt(trials)); no allocation.
inline double clopper_pearson_lower(std::size_t successes, std::size_t trials, double confidence) {
  TAGSPAN_EXPECTS(trials > 0 && successes <= trials, "clopper_pearson_lower: as many trials as successes, at least");
  TAGSPAN_EXPECTS(confidence > 0 && confidence < 1, "clopper_pearson_lower: a confidence between 0 and 1");
  if (successes == 0) return 0;
  double const alpha = 1 - confidence;
  double low = 0;
  double high = 1;
  for (double middle = 0.5; low < middle && middle < high; middle = low + (high - low) / 2) {
    if (detail::binomial_upper_tail(successes, trials, middle) <= alpha) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return low;
}

// How many gold entities of a type recall_at_least needs before it can promise anything: the fewest n for which finding
// all n would do. 59 for 0.95 at 0.95, 299 for 0.99 at 0.95. Contract: both between 0 and 1. Some 2 log n tails of the
// binomial distribution; no allocation.
inline std::size_t entities_needed(double recall, double confidence) {
  TAGSPAN_EXPECTS(recall > 0 && recall < 1, "entities_needed: a recall between 0 and 1");
  TAGSPAN_EXPECTS(confidence > 0 && confidence < 1, "entities_needed: a confidence between 0 and 1");
  double const alpha = 1 - confidence;
  auto const enough = [&](std::size_t n) { return detail::binomial_upper_tail(n, n, recall) <= alpha; };
  std::size_t high = 1;
  while (!enough(high)) high *= 2;
  std::size_t low = high / 2;
  while (high - low > 1) {
    std::size_t const middle = low + (high - low) / 2;
    (enough(middle) ? high : low) = middle;
  }
  return high;
}

namespace detail {

// How many entities a threshold keeps, and how many of those are right.
struct kept {
  std::size_t predicted{}, correct{};
};

// Calls each(threshold, kept) for every distinct score, from the highest down.
template <class Each>
void for_each_score(std::vector<judged_score>& scores, Each&& each) {
  std::sort(scores.begin(), scores.end(), [](judged_score a, judged_score b) { return a.score > b.score; });
  kept k;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    ++k.predicted;
    k.correct += scores[i].correct ? 1U : 0U;
    if (i + 1 == scores.size() || scores[i + 1].score != scores[i].score) each(scores[i].score, k);
  }
}

inline bool is_rate(double rate) noexcept { return rate > 0 && rate < 1; }

inline result<void> check_objective(best_f1 const&) { return {}; }
inline result<void> check_objective(recall_at_precision const& o) {
  if (!(o.precision > 0 && o.precision <= 1)) return error{errc::bad_option, 0, 0};
  return {};
}
inline result<void> check_objective(recall_at_least const& o) {
  if (!is_rate(o.recall)) return error{errc::bad_option, 0, 0};
  if (!is_rate(o.confidence)) return error{errc::bad_option, 1, 0};
  for (std::size_t i = 0; i < o.grid.size(); ++i) {
    if (!(o.grid[i] == o.grid[i]) || (i > 0 && !(o.grid[i - 1] < o.grid[i]))) return error{errc::bad_option, 2, i};
  }
  return {};
}

// A threshold that was chosen, with what it keeps.
struct choice {
  float threshold{};
  kept k;
};

inline result<std::optional<choice>> choose(best_f1 const&, std::vector<judged_score>& scores, std::size_t gold) {
  std::optional<choice> best;
  for_each_score(scores, [&](float threshold, kept k) {
    if (k.correct == 0) return;
    // 2 correct / (predicted + gold), compared without a division.
    if (!best || k.correct * (best->k.predicted + gold) >= best->k.correct * (k.predicted + gold)) {
      best = choice{threshold, k};
    }
  });
  return best;
}

inline result<std::optional<choice>> choose(recall_at_precision const& o, std::vector<judged_score>& scores,
                                            std::size_t) {
  std::optional<choice> best;
  for_each_score(scores, [&](float threshold, kept k) {
    if (k.correct == 0 || !(static_cast<double>(k.correct) / static_cast<double>(k.predicted) >= o.precision)) return;
    if (!best || k.correct > best->k.correct) best = choice{threshold, k};
  });
  return best;
}

inline result<std::optional<choice>> choose(recall_at_least const& o, std::vector<judged_score>& scores,
                                            std::size_t gold) {
  double const alpha = 1 - o.confidence;
  std::size_t const needed = critical_successes(gold, o.recall, alpha);
  if (needed > gold) return error{errc::too_few_data, gold, entities_needed(o.recall, o.confidence)};
  auto const count_at = [&](float threshold) {
    kept k;
    for (judged_score const& s : scores) {
      if (!(s.score >= threshold)) continue;
      ++k.predicted;
      k.correct += s.correct ? 1U : 0U;
    }
    return k;
  };
  std::size_t const steps = o.grid.empty() ? 101 : o.grid.size();
  std::optional<choice> last;
  for (std::size_t i = 0; i < steps; ++i) {
    float const threshold = o.grid.empty() ? static_cast<float>(i) / 100.0F : o.grid[i];
    kept const k = count_at(threshold);
    if (k.correct < needed) {
      if (!last) return error{errc::too_few_data, k.correct, needed};
      break;
    }
    last = choice{threshold, k};
  }
  return last;
}

template <threshold_objective O>
result<tuned_threshold> tune_one(development_set const& dev, type_id type, O const& objective,
                                 std::vector<judged_score>& scores) {
  auto const found = dev.found(type);
  scores.assign(found.begin(), found.end());
  tuned_threshold row;
  row.type = type;
  row.name = dev.labels().type_name(type);
  row.support = dev.gold(type);
  auto const chosen = choose(objective, scores, row.support);
  if (!chosen) return chosen.error();
  if (!*chosen) {
    row.outcome = row.support == 0 && found.empty() ? tuning::no_data : tuning::out_of_reach;
    return row;
  }
  choice const& c = **chosen;
  row.outcome = tuning::met;
  row.threshold = c.threshold;
  row.predicted = c.k.predicted;
  row.correct = c.k.correct;
  double const correct = static_cast<double>(c.k.correct);
  // Correct entities are both predicted and in gold, so that none of these divides by 0.
  row.precision = correct / static_cast<double>(c.k.predicted);
  row.recall = correct / static_cast<double>(row.support);
  row.f1 = 2 * correct / static_cast<double>(c.k.predicted + row.support);
  if constexpr (std::same_as<O, recall_at_least>) {
    row.recall_bound = clopper_pearson_lower(c.k.correct, row.support, objective.confidence);
  }
  return row;
}

}  // namespace detail

// The threshold of one type for an objective. Errors: unknown_type; bad_option (where: 0 for the recall or precision, 1
// for the confidence, 2 for the grid, with inner the place in it). recall_at_least refuses what the data cannot bear:
// too_few_data {gold entities, needed} where not even finding all of them would do (then needed > gold); too_few_data
// {found, needed of them} where the lowest threshold of the grid misses too many already (needed <= gold): the model
// does not find enough, and the more gold there is, the surer that is. O(n log n) in the entities found of that type,
// for recall_at_least O(n × grid); allocates a copy of the scores.
template <threshold_objective O>
result<tuned_threshold> tune_threshold(development_set const& dev, type_id type, O const& objective) {
  if (index(type) >= dev.type_count()) return error{errc::unknown_type, 0, 0};
  if (auto const fine = detail::check_objective(objective); !fine) return fine.error();
  std::vector<judged_score> scores;
  return detail::tune_one(dev, type, objective, scores);
}

// The thresholds of several types, or of all that the label_set has; a type for which best_f1 or recall_at_precision
// finds no threshold has a row that says so and no place in the table. recall_at_least is for all of these types or for
// none: the first type that it refuses is the error, also one without any gold; name the types to leave it out, or ask
// tune_threshold which they are. Errors: as above, unknown_type with the position in `types`; a type named twice counts
// once in the table.
template <threshold_objective O>
result<tuned_thresholds> tune_thresholds(development_set const& dev, O const& objective,
                                         std::span<type_id const> types) {
  for (std::size_t i = 0; i < types.size(); ++i) {
    if (index(types[i]) >= dev.type_count()) return error{errc::unknown_type, i, 0};
  }
  if (auto const fine = detail::check_objective(objective); !fine) return fine.error();
  tuned_thresholds all;
  all.by_type.reserve(types.size());
  std::vector<judged_score> scores;
  for (type_id type : types) {
    auto row = detail::tune_one(dev, type, objective, scores);
    if (!row) return row.error();
    if (row->outcome == tuning::met) all.thresholds.set(type, row->threshold, dev.labels());
    all.by_type.push_back(std::move(*row));
  }
  return all;
}
template <threshold_objective O>
result<tuned_thresholds> tune_thresholds(development_set const& dev, O const& objective) {
  std::vector<type_id> types;
  for (std::size_t t = 0; t < dev.type_count(); ++t) types.push_back(type_id{static_cast<std::uint32_t>(t)});
  return tune_thresholds(dev, objective, std::span<type_id const>(types));
}

}  // namespace tagspan::inline TAGSPAN_ABI
