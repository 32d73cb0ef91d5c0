// SPDX-License-Identifier: MIT
// How sure is a figure, and is one system better than another? Percentile bootstrap intervals, the paired bootstrap and
// approximate randomisation, from integer counts per document.
//
// A resample draws as many documents as there are, with replacement. Which of two documents with the same counts was
// drawn is of no matter, so what is drawn is how often each distinct count vector comes: a multinomial, by exact
// binomial splits over a Huffman tree, made of random bits and integers only. The distribution is that of drawing
// documents one by one (the bits are others); resample r depends on the seed and on r alone. So all that stands here is
// the same to the last bit on every platform, for every order of the documents and however the resamples are spread
// over threads.
#pragma once
#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tagspan/core/error.hpp>
#include <tagspan/detail/string_pool.hpp>
#include <tagspan/eval/metrics.hpp>
#include <tagspan/eval/scorer.hpp>

namespace tagspan::inline TAGSPAN_ABI {

// What one document (or sentence: whatever is drawn as a whole) has of one type.
struct type_counts {
  std::uint32_t type{};  // position in document_counts::types()
  std::uint32_t correct{}, predicted{}, gold{};
  friend constexpr bool operator==(type_counts const&, type_counts const&) = default;
  friend constexpr auto operator<=>(type_counts const&, type_counts const&) = default;
};

// Counts by document and type: all that resampling needs of a corpus and a system. 16 bytes a document and 16 a type
// that occurs in it.
class document_counts {
 public:
  std::size_t size() const noexcept { return ends_.size(); }
  // Documents, each as often as it stands there.
  std::size_t total() const noexcept {
    std::size_t sum = 0;
    for (std::size_t t : times_) sum += t;
    return sum;
  }
  // What the document has of each type that occurs in it, by rising type.
  std::span<type_counts const> operator[](std::size_t document) const {
    TAGSPAN_EXPECTS(document < size(), "document_counts: there is no such document");
    std::size_t const begin = document == 0 ? 0 : ends_[document - 1];
    return {rows_.data() + begin, ends_[document] - begin};
  }
  std::size_t times(std::size_t document) const { return times_[document]; }
  std::span<std::string const> types() const noexcept { return types_; }

  // The number of a type by its name, which is added where it is new. Linear in the types.
  std::uint32_t type(std::string_view name) {
    for (std::size_t t = 0; t < types_.size(); ++t) {
      if (types_[t] == name) return static_cast<std::uint32_t>(t);
    }
    types_.emplace_back(name);
    return static_cast<std::uint32_t>(types_.size() - 1);
  }

  // A document, or `times` of them. Types must rise and be known; rows without any count are left out.
  void add(std::span<type_counts const> document, std::size_t times = 1) {
    std::size_t const begin = rows_.size();
    for (type_counts const& row : document) {
      if (row.correct == 0 && row.predicted == 0 && row.gold == 0) continue;
      TAGSPAN_EXPECTS(row.type < types_.size() && (rows_.size() == begin || rows_.back().type < row.type),
                      "document_counts::add: types of this table, in rising order");
      rows_.push_back(row);
    }
    ends_.push_back(rows_.size());
    times_.push_back(times);
  }
  void drop_last() {
    TAGSPAN_EXPECTS(size() != 0, "document_counts::drop_last: there is none");
    ends_.pop_back();
    times_.pop_back();
    rows_.resize(ends_.empty() ? 0 : ends_.back());
  }

  // Adds the documents of another table behind those of this one, by the names of the types.
  void append(document_counts const& other) {
    std::vector<std::uint32_t> number;
    std::vector<type_counts> document;
    std::size_t const documents = other.size();  // `other` may be this very table
    for (std::size_t t = 0, n = other.types_.size(); t < n; ++t) number.push_back(type(std::string(other.types_[t])));
    for (std::size_t d = 0; d < documents; ++d) {
      document.assign(other[d].begin(), other[d].end());
      for (type_counts& row : document) row.type = number[row.type];
      std::sort(document.begin(), document.end());
      add(document, other.times(d));
    }
  }

  // The distinct documents, each with the number of times that it occurs, the most frequent first; types sorted by
  // their bytes. The same table for every order of documents and types. O(n log n).
  document_counts grouped() const {
    document_counts sorted;
    sorted.types_ = types_;
    std::sort(sorted.types_.begin(), sorted.types_.end());
    sorted.append(*this);
    return sorted.merged();
  }

 private:
  // Equal documents made one.
  document_counts merged() const {
    auto const before = [this](std::size_t a, std::size_t b) {
      auto const x = (*this)[a];
      auto const y = (*this)[b];
      return std::lexicographical_compare(x.begin(), x.end(), y.begin(), y.end());
    };
    std::vector<std::size_t> order(size());
    for (std::size_t d = 0; d < order.size(); ++d) order[d] = d;
    std::sort(order.begin(), order.end(), before);
    std::vector<std::pair<std::size_t, std::size_t>> groups;  // one of its documents, how many there are
    for (std::size_t d : order) {
      bool const same = !groups.empty() && !before(groups.back().first, d);
      if (!same) groups.emplace_back(d, 0);
      groups.back().second += times_[d];
    }
    std::sort(groups.begin(), groups.end(), [&](auto const& a, auto const& b) {
      return a.second != b.second ? a.second > b.second : before(a.first, b.first);
    });
    document_counts out;
    out.types_ = types_;
    for (auto const& [document, times] : groups) out.add((*this)[document], times);
    return out;
  }

  std::vector<std::string> types_;
  std::vector<type_counts> rows_;
  std::vector<std::size_t> ends_, times_;
};

namespace detail {

// The report's counts as the sums over the documents.
inline void set_counts(report& r, document_counts const& documents) {
  std::vector<named_counts> rows;
  for (std::string const& type : documents.types()) rows.push_back({type, {}});
  for (std::size_t d = 0; d < documents.size(); ++d) {
    for (type_counts const& row : documents[d]) {
      std::size_t const n = documents.times(d);
      rows[row.type].counts += {n * row.correct, n * row.predicted, n * row.gold};
    }
  }
  set_counts(r, std::move(rows));
}

}  // namespace detail

// What was counted of a corpus: all that a report and its intervals are made of. What shards, threads and machines send
// each other (io/json has it as text) and add up.
struct counted_corpus {
  tagspan::report report;
  document_counts documents;
};

// Adds the counts of another part of the corpus; its documents stand behind those of `into`. An `into` to which nothing
// was added takes over the options too. Whatever the parts, the sum is that of one scorer over all, to the last bit.
// Error: options_differ, where scheme, reading or options of the figures are not the same; then nothing is added.
inline result<void> merge(counted_corpus& into, counted_corpus const& other) {
  report& r = into.report;
  report const& o = other.report;
  if (r.sentences == 0 && r.rejected == 0) {
    into = counted_corpus(other);
    return {};
  }
  if (r.scheme != o.scheme || r.reading != o.reading || r.options != o.options) {
    return error{errc::options_differ, 0, 0};
  }
  std::vector<detail::named_counts> rows;
  for (report const* part : {static_cast<report const*>(&r), &o}) {
    for (typed_prf const& t : part->by_type) rows.push_back({t.type, {t.correct, t.predicted, t.support}});
  }
  detail::set_counts(r, std::move(rows));
  r.sentences += o.sentences;
  r.tokens += o.tokens;
  r.correct_tokens += o.correct_tokens;
  r.malformed_gold += o.malformed_gold;
  r.malformed_predicted += o.malformed_predicted;
  r.rejected += o.rejected;
  r.gold_fingerprint += o.gold_fingerprint;
  into.documents.append(other.documents);
  return {};
}

// A scorer that also remembers the counts of each document. Made and filled as a scorer; the label set is kept by
// reference.
template <class S = no_scheme>
  requires(tag_scheme<S> || std::same_as<S, no_scheme>)
class count_table {
 public:
  explicit count_table(label_set const& labels, scorer_options options = {})
      : labels_(&labels), scorer_(labels, options) {}
  count_table(label_set&&, scorer_options = {}) = delete;  // the labels would be gone

  // One sentence of tags, or one document of entities, that is drawn on its own. What may be wrong is what may be wrong
  // in scorer::add; a rejected one stands as a document without counts, so that documents keep their numbers. As
  // scorer::add, and O(types) more.
  template <class G, class P>
  result<void> add(G const& gold, P const& predicted) {
    auto const counts = scorer_.counts();
    before_.assign(counts.begin(), counts.end());
    documents_.add({});
    return extend(gold, predicted);
  }
  // The same as a further part of the document that was added last (or a first one).
  template <class G, class P>
  result<void> extend(G const& gold, P const& predicted) {
    if (documents_.size() == 0) return add(gold, predicted);
    auto const done = scorer_.add(gold, predicted);
    auto const counts = scorer_.counts();
    before_.resize(counts.size());
    while (documents_.types().size() < counts.size()) {
      documents_.type(labels_->type_name(type_id{static_cast<std::uint32_t>(documents_.types().size())}));
    }
    row_.clear();
    for (std::size_t t = 0; t < counts.size(); ++t) {
      auto const grown = [](std::size_t now, std::size_t before) { return static_cast<std::uint32_t>(now - before); };
      row_.push_back({static_cast<std::uint32_t>(t), grown(counts[t].correct, before_[t].correct),
                      grown(counts[t].predicted, before_[t].predicted), grown(counts[t].gold, before_[t].gold)});
    }
    documents_.drop_last();
    documents_.add(row_);
    return done;
  }

  tagspan::report report() const { return scorer_.report(); }
  document_counts const& documents() const noexcept { return documents_; }
  counted_corpus counted() const { return {report(), documents_}; }

 private:
  label_set const* labels_;
  tagspan::scorer<S> scorer_;
  document_counts documents_;
  std::vector<entity_counts> before_;  // when the last document began
  std::vector<type_counts> row_;
};

// The figures that are resampled, by the names that gates and JSON reports have for them; f1 is F-beta where
// resampling_options::metrics says so.
inline constexpr std::string_view resampled_figures[] = {"micro.precision", "micro.recall", "micro.f1",
                                                         "macro.precision", "macro.recall", "macro.f1"};
inline constexpr std::size_t micro_f1 = 2, macro_f1 = 5;
struct figure_values {
  double of[6]{};
  friend constexpr bool operator==(figure_values const&, figure_values const&) = default;
};

struct resampling_options {
  std::size_t resamples = 10'000;
  std::uint64_t seed = 1;
  double confidence = 0.95;
  metric_options metrics{};  // of the figures; a counted_corpus has its own
};

namespace detail {

// The random words of one resample: splitmix64 (Steele, Lea & Flood 2014: its increment and its finaliser) from a start
// that is mixed from the seed and the number of the resample.
class resample_random {
 public:
  resample_random(std::uint64_t seed, std::uint64_t resample) noexcept
      : state_(mix(mix(seed + increment) ^ mix(resample + increment))) {}
  std::uint64_t operator()() noexcept { return mix(state_ += increment); }

 private:
  static constexpr std::uint64_t increment = 0x9e3779b97f4a7c15U;
  std::uint64_t state_;
};

inline unsigned ones_in(std::uint64_t x) noexcept {
#if defined(__POPCNT__) || defined(__aarch64__)
  return static_cast<unsigned>(__builtin_popcountll(x));
#else  // without the instruction, GCC calls a function
  x -= x >> 1 & 0x5555555555555555U;
  x = (x & 0x3333333333333333U) + (x >> 2 & 0x3333333333333333U);
  x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0fU;
  return static_cast<unsigned>(x * 0x0101010101010101U >> 56);
#endif
}

// How many of `coins` fair coins show heads.
inline std::size_t heads(resample_random& random, std::size_t coins) noexcept {
  std::size_t sum = 0;
  for (; coins >= 64; coins -= 64) sum += ones_in(random());
  if (coins != 0) sum += ones_in(random() >> (64 - coins));
  return sum;
}

// How many of `trials` succeed, each with probability part / whole; part < whole <= 2^63. Exact: each trial holds a
// random number U, of which a bit is drawn as long as it agrees with the expansion of part / whole; U below is a
// success. All trials draw their bits together. About 2 · trials bits.
inline std::size_t binomial(resample_random& random, std::size_t trials, std::uint64_t part,
                            std::uint64_t whole) noexcept {
  std::size_t successes = 0;
  while (trials != 0 && part != 0) {
    part *= 2;
    std::size_t const ones = heads(random, trials);
    if (part >= whole) {
      part -= whole;
      successes += trials - ones;
      trials = ones;
    } else {
      trials -= ones;
    }
  }
  return successes;
}

// How often each of the groups comes when as many documents are drawn as there are.
class multinomial {
 public:
  explicit multinomial(document_counts const& groups) : leaves_(groups.size()) {
    if (leaves_ == 0) return;
    // Huffman's tree keeps the sum of all trials small. Weights fall in `groups` and rise among the inner nodes, so the
    // two lightest are at the ends of two queues.
    nodes_.resize(2 * leaves_ - 1);
    for (std::size_t g = 0; g < leaves_; ++g) nodes_[g].weight = groups.times(g);
    std::size_t leaf = leaves_;
    std::size_t inner = leaves_;
    for (std::size_t n = leaves_; n < nodes_.size(); ++n) {
      auto const lightest = [&] {
        bool const take_leaf = leaf != 0 && (inner == n || nodes_[leaf - 1].weight <= nodes_[inner].weight);
        return static_cast<std::uint32_t>(take_leaf ? --leaf : inner++);
      };
      nodes_[n].left = lightest();
      nodes_[n].right = lightest();
      nodes_[n].weight = nodes_[nodes_[n].left].weight + nodes_[nodes_[n].right].weight;
    }
  }

  // `drawn` is memory that is used again; the numbers of the groups stand at its front.
  void operator()(resample_random& random, std::vector<std::size_t>& drawn) const {
    drawn.resize(nodes_.size());
    if (leaves_ == 0) return;
    drawn.back() = nodes_.back().weight;
    for (std::size_t n = nodes_.size(); n-- > leaves_;) {
      node const& split = nodes_[n];
      std::size_t const left = binomial(random, drawn[n], nodes_[split.left].weight, split.weight);
      drawn[split.left] = left;
      drawn[split.right] = drawn[n] - left;
    }
  }

 private:
  struct node {
    std::uint64_t weight = 0;
    std::uint32_t left = 0, right = 0;
  };
  std::size_t leaves_;
  std::vector<node> nodes_;  // leaves, then inner nodes; the root is the last
};

inline void add_times(std::span<entity_counts> sums, type_counts const& row, std::size_t times) noexcept {
  entity_counts& sum = sums[row.type];
  sum.correct += times * row.correct;
  sum.predicted += times * row.predicted;
  sum.gold += times * row.gold;
}

inline figure_values values_of(std::span<entity_counts const> by_type, metric_options const& options) noexcept {
  averages const a = average(by_type, options);
  return {{a.micro.precision, a.micro.recall, a.micro.f1, a.macro.precision, a.macro.recall, a.macro.f1}};
}

inline figure_values difference(figure_values const& a, figure_values const& b) noexcept {
  figure_values d;
  for (std::size_t k = 0; k < std::size(d.of); ++k) d.of[k] = a.of[k] - b.of[k];
  return d;
}

// Shares of counts: what is closer than this is equal but for rounding.
inline constexpr double tie = 1e-12;

inline std::vector<double> column_of(std::span<figure_values const> resamples, std::size_t figure) {
  std::vector<double> out;
  out.reserve(resamples.size());
  for (figure_values const& r : resamples) out.push_back(r.of[figure]);
  return out;
}

inline result<void> check(resampling_options const& o, std::size_t documents) {
  if (o.resamples == 0) return error{errc::bad_option, 0, 0};
  if (!(o.confidence > 0 && o.confidence < 1) || !(o.metrics.beta >= 0)) return error{errc::bad_option, 0, 0};
  if (documents == 0) return error{errc::too_few_data, 0, 1};
  return {};
}

}  // namespace detail

struct interval {
  double low{}, high{};
  friend constexpr bool operator==(interval const&, interval const&) = default;
};

// The percentile interval of Efron & Tibshirani 1993, 12.5 and 13.3: of B values the k-th from below and the k-th from
// above, k = floor((B + 1) · (1 - confidence) / 2), but at least the first: 250 for 10,000 and 95 %. Values that were
// drawn, nothing between them; the share of each tail is taken in millionths, so that k is an integer's division. O(B
// log B).
inline interval percentile_interval(std::vector<double> values, double confidence) {
  TAGSPAN_EXPECTS(!values.empty() && confidence > 0 && confidence < 1,
                  "percentile_interval: values, and 0 < confidence < 1");
  std::sort(values.begin(), values.end());
  std::size_t const millionths = static_cast<std::size_t>((1 - confidence) / 2 * 1e6 + 0.5);
  std::size_t const k = (values.size() + 1) * millionths / 1'000'000;
  std::size_t const from_end = k == 0 ? 0 : k - 1;
  return {values[from_end], values[values.size() - 1 - from_end]};
}

// One figure of one system.
struct estimate {
  double value{};       // of the corpus itself
  interval percentile;  // of the resamples
  double bias{};        // their mean less the value: how far resampling is off, not a correction
  friend constexpr bool operator==(estimate const&, estimate const&) = default;
};

struct bootstrap_report {
  estimate of[6]{};  // as resampled_figures
  std::size_t documents{}, resamples{};
  std::uint64_t seed{};
  double confidence{};
  friend constexpr bool operator==(bootstrap_report const&, bootstrap_report const&) = default;
};

// The bootstrap of one system's figures over documents (Efron 1979). Each resample is scored as the scorer would score
// it: a type that it lacks is no part of its macro averages. run() may be called from several threads.
class bootstrap {
 public:
  bootstrap(document_counts const& counts, resampling_options const& options)
      : options_(options), groups_(counts.grouped()), draw_(groups_), documents_(groups_.total()) {}

  // Resamples begin, begin + 1, … as many as `out` has room for.
  void run(std::size_t begin, std::span<figure_values> out) const {
    std::vector<std::size_t> drawn;
    std::vector<entity_counts> sums;
    for (figure_values& values : out) {
      detail::resample_random random(options_.seed, begin++);
      draw_(random, drawn);
      values = score(sums, [&](std::size_t g) { return drawn[g]; });
    }
  }

  // What `resamples` say, in any order of theirs but that they are all. Contract: there are any. Errors as of
  // bootstrap_intervals.
  result<bootstrap_report> summary(std::span<figure_values const> resamples) const {
    if (auto const fine = detail::check(options_, documents_); !fine) return fine.error();
    TAGSPAN_EXPECTS(!resamples.empty(), "bootstrap::summary: no resamples");
    bootstrap_report out;
    out.documents = documents_;
    out.resamples = resamples.size();
    out.seed = options_.seed;
    out.confidence = options_.confidence;
    std::vector<entity_counts> sums;
    figure_values const values = score(sums, [&](std::size_t g) { return groups_.times(g); });
    for (std::size_t k = 0; k < std::size(values.of); ++k) {
      auto drawn = detail::column_of(resamples, k);
      std::sort(drawn.begin(), drawn.end());  // one order of adding
      double sum = 0;
      for (double v : drawn) sum += v;
      out.of[k].value = values.of[k];
      out.of[k].bias = sum / static_cast<double>(drawn.size()) - values.of[k];
      out.of[k].percentile = percentile_interval(std::move(drawn), options_.confidence);
    }
    return out;
  }

 private:
  template <class Times>
  figure_values score(std::vector<entity_counts>& sums, Times times) const {
    sums.assign(groups_.types().size(), {});
    for (std::size_t g = 0; g < groups_.size(); ++g) {
      std::size_t const n = times(g);
      if (n == 0) continue;
      for (type_counts const& row : groups_[g]) detail::add_times(sums, row, n);
    }
    return detail::values_of(sums, options_.metrics);
  }

  resampling_options options_;
  document_counts groups_;
  detail::multinomial draw_;
  std::size_t documents_;
};

// The same in one call. Errors: bad_option for no resamples, a confidence outside (0, 1) or a beta below 0;
// too_few_data for no documents. O(resamples · (documents / 64 · entropy of the count vectors + distinct count vectors)).
inline result<bootstrap_report> bootstrap_intervals(document_counts const& counts,
                                                    resampling_options const& options = {}) {
  if (auto const fine = detail::check(options, counts.total()); !fine) return fine.error();
  std::vector<figure_values> resamples(options.resamples);
  bootstrap const b(counts, options);
  b.run(0, resamples);
  return b.summary(resamples);
}

// The same of what a report was made of, by that report's options (options.metrics has no say): the interval belongs to
// the figure that the report shows. `ts::bootstrap_intervals(table.counted())`.
template <std::same_as<counted_corpus> C>  // a template, so that {} stays counts
result<bootstrap_report> bootstrap_intervals(C const& corpus, resampling_options options = {}) {
  options.metrics = corpus.report.options;
  return bootstrap_intervals(corpus.documents, options);
}

// One figure of two systems. The p-values are two-sided: how often chance alone parts two equal systems as far as these
// are apart; differences closer than 1e-12 are ties and count as "as far". Each is (1 + cases) / (1 + resamples), which
// is never 0 (Davison & Hinkley 1997, 4.3), and 1 for systems without a difference.
struct paired_estimate {
  double first{}, second{};
  double difference{};    // first - second
  interval percentile;    // of the difference, in paired resamples
  double p_bootstrap{};   // cases: |resampled difference - difference| >= |difference| (Efron & Tibshirani 1993, 16.4)
  double p_randomised{};  // cases: |difference after swapping at random| >= |difference| (Noreen 1989; Yeh 2000)
  friend constexpr bool operator==(paired_estimate const&, paired_estimate const&) = default;
};

struct paired_report {
  paired_estimate of[6]{};  // as resampled_figures
  std::size_t documents{}, resamples{};
  std::uint64_t seed{};
  double confidence{};
  friend constexpr bool operator==(paired_report const&, paired_report const&) = default;
};

// What one resample says of two systems.
struct paired_values {
  figure_values resampled;  // difference over documents drawn with replacement, both systems' alike
  figure_values swapped;    // difference after each document's two predictions were swapped or not, by a coin
};

// Two systems on the same documents. run() may be called from several threads.
class paired_test {
 public:
  // Errors: those of bootstrap_intervals; gold_differs where document `where` has not the same gold counts in both
  // tables, or stands in one of them only.
  static result<paired_test> make(document_counts const& first, document_counts const& second,
                                  resampling_options const& options = {}) {
    if (auto const fine = detail::check(options, first.total()); !fine) return fine.error();
    auto joint = join(first, second);
    if (!joint) return joint.error();
    return paired_test(std::move(*joint), options);
  }

  // Resamples begin, begin + 1, … as many as `out` has room for.
  void run(std::size_t begin, std::span<paired_values> out) const {
    std::vector<std::size_t> drawn;
    std::vector<entity_counts> sums;
    for (paired_values& values : out) {
      detail::resample_random random(options_.seed, begin++);
      draw_(random, drawn);
      sums.assign(groups_.types().size(), {});
      for (std::size_t g = 0; g < groups_.size(); ++g) {
        for (type_counts const& row : groups_[g]) detail::add_times(sums, row, drawn[g]);
      }
      values.resampled = difference(sums);
      sums.assign(groups_.types().size(), {});
      for (std::size_t g = 0; g < groups_.size(); ++g) {
        std::size_t const swapped = differs_[g] ? detail::heads(random, groups_.times(g)) : 0;
        for (type_counts row : groups_[g]) {
          detail::add_times(sums, row, groups_.times(g) - swapped);
          row.type = other_side(row.type);
          detail::add_times(sums, row, swapped);
        }
      }
      values.swapped = difference(sums);
    }
  }

  // What they say, in any order. Contract: there are any.
  paired_report summary(std::span<paired_values const> resamples) const {
    TAGSPAN_EXPECTS(!resamples.empty(), "paired_test::summary: no resamples");
    paired_report out;
    out.documents = groups_.total();
    out.resamples = resamples.size();
    out.seed = options_.seed;
    out.confidence = options_.confidence;
    std::vector<entity_counts> sums(groups_.types().size());
    for (std::size_t g = 0; g < groups_.size(); ++g) {
      for (type_counts const& row : groups_[g]) detail::add_times(sums, row, groups_.times(g));
    }
    auto const [first, second] = sides(sums);
    figure_values const observed = detail::difference(first, second);
    std::vector<double> drawn(resamples.size());
    for (std::size_t k = 0; k < std::size(observed.of); ++k) {
      paired_estimate& e = out.of[k];
      e.first = first.of[k];
      e.second = second.of[k];
      e.difference = observed.of[k];
      std::size_t as_far = 0, as_far_swapped = 0;
      double const far = magnitude(e.difference) - detail::tie;
      for (std::size_t r = 0; r < resamples.size(); ++r) {
        drawn[r] = resamples[r].resampled.of[k];
        as_far += magnitude(drawn[r] - e.difference) >= far;
        as_far_swapped += magnitude(resamples[r].swapped.of[k]) >= far;
      }
      double const n = static_cast<double>(resamples.size() + 1);
      e.p_bootstrap = static_cast<double>(as_far + 1) / n;
      e.p_randomised = static_cast<double>(as_far_swapped + 1) / n;
      e.percentile = percentile_interval(drawn, options_.confidence);
    }
    return out;
  }

 private:
  paired_test(document_counts joint, resampling_options const& options)
      : options_(options), groups_(std::move(joint)), draw_(groups_) {
    std::vector<type_counts> first, second;
    for (std::size_t g = 0; g < groups_.size(); ++g) {
      first.clear();
      second.clear();
      for (type_counts row : groups_[g]) {
        bool const is_second = row.type >= types();
        if (is_second) row.type = other_side(row.type);
        (is_second ? second : first).push_back(row);
      }
      differs_.push_back(first != second);
    }
  }

  static double magnitude(double x) noexcept { return x < 0 ? -x : x; }
  // Of each type there are two: the first system's, and behind all of these the second's.
  std::size_t types() const noexcept { return groups_.types().size() / 2; }
  std::uint32_t other_side(std::uint32_t type) const noexcept {
    auto const half = static_cast<std::uint32_t>(types());
    return type < half ? type + half : type - half;
  }
  std::pair<figure_values, figure_values> sides(std::span<entity_counts const> sums) const noexcept {
    return {detail::values_of(sums.first(types()), options_.metrics),
            detail::values_of(sums.subspan(types()), options_.metrics)};
  }
  figure_values difference(std::span<entity_counts const> sums) const noexcept {
    auto const [first, second] = sides(sums);
    return detail::difference(first, second);
  }

  // One table in which each document has the counts of both systems, grouped.
  static result<document_counts> join(document_counts const& first, document_counts const& second) {
    std::vector<std::string> names(first.types().begin(), first.types().end());
    names.insert(names.end(), second.types().begin(), second.types().end());
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    document_counts joint;
    for (char side : {'1', '2'}) {  // so that grouped() leaves the order as it is
      for (std::string const& name : names) joint.type(side + name);
    }
    auto const numbers = [&](document_counts const& of, std::size_t offset) {
      std::vector<std::uint32_t> out;
      for (std::string const& name : of.types()) {
        auto const at = std::lower_bound(names.begin(), names.end(), name) - names.begin();
        out.push_back(static_cast<std::uint32_t>(offset + static_cast<std::size_t>(at)));
      }
      return out;
    };
    auto const first_number = numbers(first, 0);
    auto const second_number = numbers(second, names.size());
    std::vector<type_counts> document;
    std::vector<std::uint32_t> gold(names.size());
    for (std::size_t d = 0; d < first.size() || d < second.size(); ++d) {
      if (d >= first.size() || d >= second.size() || first.times(d) != second.times(d)) {
        return error{errc::gold_differs, d, 0};
      }
      document.clear();
      for (type_counts row : first[d]) {
        row.type = first_number[row.type];
        gold[row.type] += row.gold;
        document.push_back(row);
      }
      for (type_counts row : second[d]) {
        row.type = second_number[row.type];
        gold[row.type - names.size()] -= row.gold;
        document.push_back(row);
      }
      for (type_counts const& row : document) {
        if (gold[row.type % names.size()] != 0) return error{errc::gold_differs, d, 0};
      }
      std::sort(document.begin(), document.end());
      joint.add(document, first.times(d));
    }
    return joint.grouped();
  }

  resampling_options options_;
  document_counts groups_;
  detail::multinomial draw_;
  std::vector<bool> differs_;  // by group: do the systems' counts differ?
};

// The same in one call; errors as in make().
inline result<paired_report> compare_systems(document_counts const& first, document_counts const& second,
                                             resampling_options const& options = {}) {
  auto const test = paired_test::make(first, second, options);
  if (!test) return test.error();
  std::vector<paired_values> resamples(options.resamples);
  test->run(0, resamples);
  return test->summary(resamples);
}

// The same by the options of the two reports. Error, beside those: options_differ where these are not the same.
template <std::same_as<counted_corpus> C>
result<paired_report> compare_systems(C const& first, C const& second, resampling_options options = {}) {
  if (first.report.options != second.report.options) return error{errc::options_differ, 0, 0};
  options.metrics = first.report.options;
  return compare_systems(first.documents, second.documents, options);
}

}  // namespace tagspan::inline TAGSPAN_ABI
