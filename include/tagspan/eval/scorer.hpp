// SPDX-License-Identifier: MIT
// Entity-level scoring: counts what is right, sentence by sentence, in memory that depends on the number of types only.
#pragma once
#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <concepts>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <tagspan/core/error.hpp>
#include <tagspan/core/span.hpp>
#include <tagspan/detail/string_pool.hpp>
#include <tagspan/detail/tag_masks.hpp>
#include <tagspan/eval/metrics.hpp>
#include <tagspan/tags/convert.hpp>
#include <tagspan/tags/entities.hpp>
#include <tagspan/tags/labels.hpp>
#include <tagspan/tags/scheme.hpp>

namespace tagspan::inline TAGSPAN_ABI {

struct scorer_options {
  tagspan::reading reading = tagspan::reading::lenient;
  // Positions with this id in gold leave both sides, whatever is predicted there. None for ids of an unsigned type,
  // unless one that they can hold is given.
  std::optional<label_id> ignore_index = -100;
  metric_options metrics{};
  friend constexpr bool operator==(scorer_options const&, scorer_options const&) = default;
};

// For scorers that name no scheme: lenient and conlleval reading, spans; malformed transitions are not counted then.
struct no_scheme {};

// A contiguous range of entities, scored or not, in any one unit.
template <class R>
concept entity_range = requires(R const& r) {
  r.size();
  r.data()->span.begin;
  r.data()->span.end;
  { r.data()->type } -> std::convertible_to<type_id>;
};

namespace detail {

struct named_counts {
  std::string_view type;
  entity_counts counts;
};

// Gives the report these counts and, by its options, all that follows from them. A type may come in several rows; the
// names may be those of the report's own types.
inline void set_counts(report& r, std::vector<named_counts> rows) {
  std::sort(rows.begin(), rows.end(), [](named_counts const& a, named_counts const& b) { return a.type < b.type; });
  std::vector<typed_prf> by_type;
  std::vector<entity_counts> counts;
  for (std::size_t i = 0; i < rows.size();) {
    std::string_view const type = rows[i].type;
    entity_counts sum;
    for (; i < rows.size() && rows[i].type == type; ++i) sum += rows[i].counts;
    if (sum.gold == 0 && sum.predicted == 0) continue;
    counts.push_back(sum);
    typed_prf line;
    static_cast<prf&>(line) = figures(sum, r.options);
    line.type = type;
    by_type.push_back(std::move(line));
  }
  r.by_type = std::move(by_type);
  averages const all = average(counts, r.options);
  r.micro = all.micro;
  r.macro = all.macro;
  r.weighted = all.weighted;
}

template <class R>
using span_of = std::remove_cvref_t<decltype(std::declval<R const&>().data()->span)>;

#if TAGSPAN_HAS_TAG_MASKS
inline constexpr role entity_roles[] = {role::begin, role::inside, role::end, role::single};

// What label_bytes has for the two roles of a step within one entity. splits says the same of a pair.
struct join_bits {
  unsigned leads = 0, follows = 0;
};
constexpr join_bits joins_of(reading rule, role r) noexcept {
  bool const conlleval = rule == reading::conlleval;
  switch (r) {
    case role::outside: return {};
    case role::begin: return {4, conlleval ? 8U : 0U};
    case role::inside: return {4, 4};
    case role::end: return {conlleval ? 8U : 0U, 4};
    case role::single: return conlleval ? join_bits{12, 12} : join_bits{};
  }
  return {};
}
consteval bool joins_agree_with_splits() {
  for (reading rule : {reading::lenient, reading::conlleval, reading::strict}) {
    for (role a : entity_roles) {
      for (role b : entity_roles) {
        unsigned const joins = joins_of(rule, a).leads & joins_of(rule, b).follows & label_bytes::joins;
        if ((joins != 0) == splits(rule, a, b)) return false;
      }
    }
  }
  return true;
}
static_assert(joins_agree_with_splits());

// Blocks take a step within an entity for one that the scheme writes there if it is not malformed.
constexpr bool legal_is_written(scheme_table const& table) noexcept {
  for (role a : entity_roles) {
    for (role b : entity_roles) {
      bool const written = table.follow[static_cast<std::size_t>(a)].has(b);
      if (!splits(reading::strict, a, b) && table.allows(a, b, true) != written) return false;
    }
  }
  return true;
}

// The bytes of a set. Steps are legal as for violation_between; without a table all are.
inline label_bytes bytes_of(label_set const& labels, reading rule, scheme_table const* table) noexcept {
  label_bytes bytes;
  if (labels.size() > label_bytes::most_labels) return bytes;
  if (rule == reading::strict && table != nullptr && !legal_is_written(*table)) return bytes;
  constexpr unsigned edge = 1;     // an entity may end so, or start so, where it touches none of its type
  constexpr unsigned excused = 2;  // behind a foreign role all is legal but another one
  constexpr unsigned legal = label_bytes::legal_same | label_bytes::legal_other;
  auto const same_type = [](role r) { return 8U << static_cast<unsigned>(r); };
  auto const put = [&](std::size_t entry, tag_code code) {
    role const r = role_of(code);
    auto [leads, follows] = joins_of(rule, r);
    if (table == nullptr) {
      leads |= legal;
      follows |= legal;
    } else if (r == role::outside) {
      leads |= label_bytes::legal_same | edge;
      follows |= legal;
    } else if (!table->written.has(r)) {
      leads |= label_bytes::legal_same | excused;
    } else {
      leads |= table->end.has(r) ? edge : 0U;
      follows |= excused | (table->start.has(r) ? edge : 0U) | same_type(r);
      for (role next : entity_roles) leads |= table->allows(r, next, true) ? same_type(next) : 0U;
      bytes.places[entry] = static_cast<std::uint8_t>(
          (table->start.has(r) ? label_bytes::start : 0U) | (table->end.has(r) ? label_bytes::end : 0U) |
          (table->start_after_same.has(r) ? label_bytes::start_after_same : 0U) |
          (table->end_before_same.has(r) ? label_bytes::end_before_same : 0U));
    }
    bytes.leads[entry] = static_cast<std::uint8_t>(leads);
    bytes.follows[entry] = static_cast<std::uint8_t>(follows);
    bytes.type[entry] = static_cast<std::uint8_t>(
        r == role::outside ? label_bytes::outside : label_bytes::first_type + index(type_of(code)));
  };
  put(0, 0);
  for (std::size_t id = 0; id < labels.size(); ++id) put(id + 1, labels.codes()[id]);
  bytes.used = labels.size() + 1;
  return bytes;
}
#endif

struct entity_hash {
  static std::uint64_t of(std::size_t begin, std::size_t end, std::uint64_t type) noexcept {
    return mix(type ^ mix(static_cast<std::uint64_t>(begin) ^ mix(static_cast<std::uint64_t>(end))));
  }
};

// An entity whatever its unit is, with its position in the input.
struct flat_entity {
  std::size_t begin, end;
  type_id type;
  std::size_t position;
  bool before(flat_entity const& other) const noexcept {
    if (begin != other.begin) return begin < other.begin;
    if (end != other.end) return end < other.end;
    return type < other.type;
  }
};

// Copies the entities as they stand; an error has the entity's position in `inner`.
template <class R>
std::optional<error> copy_into(R const& entities, std::size_t type_count, std::vector<flat_entity>& out) {
  out.clear();
  std::size_t position = 0;
  for (auto const& e : entities) {
    if (!(e.span.begin < e.span.end)) return error{errc::bad_span_in_sentence, 0, position};
    if (index(e.type) >= type_count) return error{errc::bad_type_in_sentence, 0, position};
    out.push_back({e.span.begin, e.span.end, e.type, position++});
  }
  return std::nullopt;
}

// The same in order of span and type, each entity once.
template <class R>
std::optional<error> sort_into(R const& entities, std::size_t type_count, std::vector<flat_entity>& out) {
  if (auto const e = copy_into(entities, type_count, out)) return e;
  std::sort(out.begin(), out.end(), [](flat_entity const& a, flat_entity const& b) {
    return a.before(b) || (!b.before(a) && a.position < b.position);
  });
  auto const twin = std::adjacent_find(out.begin(), out.end(),
                                       [](flat_entity const& a, flat_entity const& b) { return !a.before(b); });
  if (twin != out.end()) return error{errc::duplicate_entity, 0, (twin + 1)->position};
  return std::nullopt;
}

// All of a scorer but its type: one body for every scheme.
class scorer_core {
 public:
  scorer_core(label_set const& labels, scheme_table const* table, step_masks const* masks, std::string_view scheme,
              scorer_options const& options)
      : labels_(&labels), table_(table), masks_(masks), scheme_(scheme), options_(options) {
    TAGSPAN_EXPECTS(options.metrics.beta >= 0, "metric_options::beta is 0 or more");
  }

  template <label_range G, label_range P>
  result<void> add_tags(G const& gold, P const& predicted) {
    choose(input::tags);
    std::size_t const size = gold.size();
    if (options_.reading == reading::strict && table_ == nullptr) return reject(errc::scheme_required, 0);
    if (predicted.size() != size) return reject(errc::length_mismatch, std::min(size, predicted.size()));
    grow();
    // A block that is a whole sentence looks at all ids before it counts any; else they are looked at here.
    std::size_t counted = size <= block_size ? count_blocks(gold.data(), predicted.data(), size) : 0;
    if (counted < size) {
      std::size_t const bad = first_bad_position(gold, predicted);
      if (bad != size) return reject(errc::bad_id_in_sentence, bad);
      if (size > block_size) counted = count_blocks(gold.data(), predicted.data(), size);
      if (counted < size) count_steps(gold.data(), predicted.data(), counted, size);
    }
    ++sentences_;
    ++given_;
    return {};
  }

  template <entity_range G, entity_range P>
  result<void> add_spans(G const& gold, P const& predicted) {
    choose(input::spans);
    if (auto const e = sort_into(gold, labels_->type_count(), gold_spans_)) return reject(e->code, e->inner);
    if (auto const e = sort_into(predicted, labels_->type_count(), predicted_spans_)) return reject(e->code, e->inner);
    grow();
    std::uint64_t hash = 0;
    for (flat_entity const& g : gold_spans_) {
      ++counts_[index(g.type)].gold;
      hash += entity_hash::of(g.begin, g.end, type_hashes_[index(g.type)]);
    }
    auto g = gold_spans_.begin();
    for (flat_entity const& p : predicted_spans_) {
      ++counts_[index(p.type)].predicted;
      while (g != gold_spans_.end() && g->before(p)) ++g;
      if (g != gold_spans_.end() && !p.before(*g)) ++counts_[index(p.type)].correct;
    }
    ++sentences_;
    ++given_;
    fingerprint_ += mix(hash);
    return {};
  }

  result<void> merge(scorer_core const& other) {
    if (scheme_ != other.scheme_ || options_ != other.options_ ||
        (input_ != input::none && other.input_ != input::none && input_ != other.input_)) {
      return error{errc::options_differ, 0, 0};
    }
    if (input_ == input::none) input_ = other.input_;
    grow();
    for (std::size_t t = 0; t < other.counts_.size(); ++t) {
      add_counts(other.labels_->type_name(type_id{static_cast<std::uint32_t>(t)}), other.counts_[t]);
    }
    for (std::size_t t = 0; t < other.foreign_.size();
         ++t) {  // `other` may be this very scorer: all its types are known
      entity_counts const counts = other.foreign_[t].counts;
      add_counts(other.foreign_[t].type, counts);
    }
    sentences_ += other.sentences_;
    given_ += other.given_;
    tokens_ += other.tokens_;
    correct_tokens_ += other.correct_tokens_;
    malformed_gold_ += other.malformed_gold_;
    malformed_predicted_ += other.malformed_predicted_;
    rejected_ += other.rejected_;
    fingerprint_ += other.fingerprint_;
    return {};
  }

  std::span<entity_counts const> counts() const noexcept { return counts_; }

  // What `add` counts, `weight` times; a sentence that is rejected is one.
  template <class Add>
  result<void> weigh(std::size_t weight, Add const& add) {
    if (weight == 1) return add();
    counts_before_ = counts_;
    std::size_t const before[] = {sentences_, tokens_, correct_tokens_, malformed_gold_, malformed_predicted_};
    std::uint64_t const fingerprint = fingerprint_;
    if (auto const done = add(); !done) return done;
    auto const times = [&](std::size_t& now, std::size_t then) { now = then + weight * (now - then); };
    counts_before_.resize(counts_.size());  // the labels may have grown
    for (std::size_t t = 0; t < counts_.size(); ++t) {
      times(counts_[t].correct, counts_before_[t].correct);
      times(counts_[t].predicted, counts_before_[t].predicted);
      times(counts_[t].gold, counts_before_[t].gold);
    }
    times(sentences_, before[0]);
    times(tokens_, before[1]);
    times(correct_tokens_, before[2]);
    times(malformed_gold_, before[3]);
    times(malformed_predicted_, before[4]);
    fingerprint_ = fingerprint + weight * (fingerprint_ - fingerprint);
    return {};
  }

  tagspan::report report() const {
    tagspan::report r;
    r.options = options_.metrics;
    std::vector<named_counts> rows;
    for (std::size_t t = 0; t < counts_.size(); ++t) {
      rows.push_back({labels_->type_name(type_id{static_cast<std::uint32_t>(t)}), counts_[t]});
    }
    for (foreign_counts const& f : foreign_) rows.push_back({f.type, f.counts});
    set_counts(r, std::move(rows));
    r.sentences = sentences_;
    r.tokens = tokens_;
    r.correct_tokens = correct_tokens_;
    r.malformed_gold = malformed_gold_;
    r.malformed_predicted = malformed_predicted_;
    r.rejected = rejected_;
    r.gold_fingerprint = fingerprint_;
    r.scheme = input_ == input::spans ? std::string_view{} : scheme_;
    r.reading = input_ == input::spans                       ? "spans"
                : options_.reading == reading::lenient       ? "lenient"
                : options_.reading == reading::conlleval     ? "conlleval"
                                                             : "strict";
    return r;
  }

 private:
  enum class input : std::uint8_t { none, tags, spans };

  struct foreign_counts {  // of a type that this scorer's labels do not have: it came by merge
    std::string type;
    entity_counts counts;
  };

  // What one side has closed at this step.
  struct closed_entity {
    std::size_t begin, end;
    type_id type;
    bool any = false;
  };

  error reject(errc code, std::size_t inner) {
    ++rejected_;
    return {code, given_++, inner};
  }

  void choose(input kind) {
    TAGSPAN_EXPECTS(input_ == input::none || input_ == kind, "a scorer counts tags or spans, not both");
    input_ = kind;
  }

  // The labels may have grown since the last sentence.
  void grow() {
    if (labels_->size() != labels_seen_) learn_labels();
  }

  void learn_labels() {
    labels_seen_ = labels_->size();
    while (counts_.size() < labels_->type_count()) {
      type_hashes_.push_back(hash_bytes(labels_->type_name(type_id{static_cast<std::uint32_t>(counts_.size())})));
      counts_.emplace_back();
    }
#if TAGSPAN_HAS_TAG_MASKS
    bool const ignores_a_label = options_.ignore_index && labels_->has(*options_.ignore_index);
    bytes_ = ignores_a_label ? label_bytes{} : bytes_of(*labels_, options_.reading, table_);
#endif
  }

  void add_counts(std::string_view type, entity_counts const& counts) {
    if (counts == entity_counts{}) return;
    if (auto const known = labels_->find_type(type)) {
      counts_[index(*known)] += counts;
      return;
    }
    for (foreign_counts& f : foreign_) {
      if (f.type == type) {
        f.counts += counts;
        return;
      }
    }
    foreign_.push_back({std::string(type), counts});
  }

  // One pass that a compiler can vectorise; only a bad sentence is looked at twice.
  template <class G, class P>
  std::size_t first_bad_position(G const& gold, P const& predicted) const noexcept {
    using gold_id = std::remove_cvref_t<decltype(*gold.data())>;
    using predicted_id = std::remove_cvref_t<decltype(*predicted.data())>;
    auto const* const g = gold.data();
    auto const* const p = predicted.data();
    std::size_t const size = gold.size();
    std::make_unsigned_t<gold_id> highest_gold = 0;  // a negative id becomes huge
    std::make_unsigned_t<predicted_id> highest_predicted = 0;
    for (std::size_t i = 0; i < size; ++i) {
      bool const ignored = is_ignored(g[i], options_.ignore_index);
      auto const a = static_cast<std::make_unsigned_t<gold_id>>(ignored ? gold_id{} : g[i]);
      auto const b = static_cast<std::make_unsigned_t<predicted_id>>(ignored ? predicted_id{} : p[i]);
      highest_gold = a > highest_gold ? a : highest_gold;
      highest_predicted = b > highest_predicted ? b : highest_predicted;
    }
    std::size_t const labels = labels_->size();
    auto const fits = [&]<class I>(I, std::make_unsigned_t<I> highest) {  // a negative int8 becomes no more than 255
      using U = std::make_unsigned_t<I>;
      return highest <= static_cast<U>(std::is_signed_v<I> ? static_cast<U>(-1) / 2 : static_cast<U>(-1)) &&
             highest < labels;
    };
    if (size == 0 || (fits(gold_id{}, highest_gold) && fits(predicted_id{}, highest_predicted))) return size;
    for (std::size_t i = 0; i < size; ++i) {
      if (!is_ignored(g[i], options_.ignore_index) && !(is_known(g[i], labels) && is_known(p[i], labels))) return i;
    }
    return size;
  }

#if TAGSPAN_HAS_TAG_MASKS
  // Counts from the front, block by block. A block ends where both sides are outside, so that nothing is open where the
  // next one begins. Returns where it had to stop: before a block with an id that is ignored or no label, or without
  // such an end.
  template <class G, class P>
  std::size_t count_blocks(G const* gold, P const* predicted, std::size_t size) {
    if (bytes_.used == 0) return 0;
    return options_.reading == reading::strict ? count_blocks_as<true>(gold, predicted, size)
                                               : count_blocks_as<false>(gold, predicted, size);
  }
  template <bool Strict, class G, class P>
  std::size_t count_blocks_as(G const* gold, P const* predicted, std::size_t size) {
    auto const below = [](std::size_t n) { return (2U << (n - 1)) - 1; };
    auto const type_at = [codes = labels_->codes()](auto id) {
      return index(type_of(codes[static_cast<std::size_t>(id)]));
    };
    auto const count = [](std::uint32_t mask) { return static_cast<std::size_t>(std::popcount(mask)); };
    std::size_t at = 0;
    while (at < size) {
      std::size_t n = std::min(size - at, block_size);
      tag_masks<Strict> const g(bytes_, gold + at, n);
      tag_masks<Strict> const p(bytes_, predicted + at, n);
      if (!g.known || !p.known) break;
      bool const closes = n == size - at;
      if (!closes) {
        std::uint32_t const outside = ~(g.inside | p.inside) & below(n);
        if (outside == 0) break;
        n = 32U - static_cast<unsigned>(std::countl_zero(outside));
      }
      std::uint32_t const here = below(n);
      std::uint32_t const steps = closes ? ~0U : here;  // the last one leads out of the sentence
      tokens_ += n;
      correct_tokens_ += count(where_equal(g.entries, p.entries) & here);
      malformed_gold_ += count(g.malformed & steps);
      malformed_predicted_ += count(p.malformed & steps);
      // From a common start to the end that comes first: if it is one on both sides, the two entities are the same.
      std::uint32_t const common = g.starts & p.starts & where_equal(g.types, p.types);
      std::uint32_t const right = first_stops(common, g.ends | p.ends) & g.counted & p.counted & here;
      for (std::uint32_t left = (g.counted | p.counted) & here; left != 0; left &= left - 1) {
        std::size_t const i = static_cast<std::size_t>(std::countr_zero(left));
        std::uint32_t const bit = left & (0U - left);
        if ((p.counted & bit) != 0) ++counts_[type_at(predicted[at + i])].predicted;
        if ((g.counted & bit) == 0) continue;
        std::size_t const type = type_at(gold[at + i]);
        std::size_t const first = 31U - static_cast<unsigned>(std::countl_zero(g.starts & (bit | (bit - 1))));
        ++counts_[type].gold;
        counts_[type].correct += (right & bit) != 0;
        hash_ += entity_hash::of(at + first, at + i + 1, type_hashes_[type]);
      }
      if (closes) close_hash();
      at += n;
    }
    return at;
  }
#else
  static constexpr std::size_t block_size = 0;
  template <class G, class P>
  std::size_t count_blocks(G const*, P const*, std::size_t) noexcept {
    return 0;
  }
#endif

  // A sentence is over.
  void close_hash() noexcept {
    fingerprint_ += mix(hash_);
    hash_ = 0;
  }

  // Counts token by token from `from`, where no entity is open, to the end of the sentence.
  template <class G, class P>
  void count_steps(G const* gold, P const* predicted, std::size_t from, std::size_t size) {
    tag_code const* const codes = labels_->codes();
    entity_reader<type_id> gold_reader(options_.reading, table_);
    entity_reader<type_id> predicted_reader(options_.reading, table_);
    std::size_t tokens = 0;
    std::size_t correct_tokens = 0;
    tag_code last_gold = 0;
    tag_code last_predicted = 0;
    closed_entity closed_gold{};
    closed_entity closed_predicted{};
    auto close_gold = [&](std::size_t begin, std::size_t end, type_id type) { closed_gold = {begin, end, type, true}; };
    auto close_predicted = [&](std::size_t begin, std::size_t end, type_id type) {
      closed_predicted = {begin, end, type, true};
    };
    auto count_closed = [&] {
      if (closed_gold.any) {
        entity_counts& counts = counts_[index(closed_gold.type)];
        ++counts.gold;
        hash_ += entity_hash::of(closed_gold.begin, closed_gold.end, type_hashes_[index(closed_gold.type)]);
        // Entities that end together are closed at the same step, so this is the only place where two can meet.
        counts.correct += closed_predicted.any && closed_gold.begin == closed_predicted.begin &&
                          closed_gold.end == closed_predicted.end && closed_gold.type == closed_predicted.type;
      }
      if (closed_predicted.any) ++counts_[index(closed_predicted.type)].predicted;
      closed_gold.any = closed_predicted.any = false;
    };
    auto step = [&](std::size_t i, tag_code g, tag_code p) {
      if (masks_ != nullptr) {
        malformed_gold_ += !masks_->legal(last_gold, g);
        malformed_predicted_ += !masks_->legal(last_predicted, p);
      }
      gold_reader.step(i, role_of(g), type_of(g), close_gold);
      predicted_reader.step(i, role_of(p), type_of(p), close_predicted);
      count_closed();
      last_gold = g;
      last_predicted = p;
    };
    for (std::size_t i = from; i < size; ++i) {
      if (is_ignored(gold[i], options_.ignore_index)) continue;
      ++tokens;
      correct_tokens += static_cast<std::uint64_t>(gold[i]) == static_cast<std::uint64_t>(predicted[i]);
      tag_code const g = codes[static_cast<std::size_t>(gold[i])];
      tag_code const p = codes[static_cast<std::size_t>(predicted[i])];
      if ((g | p | last_gold | last_predicted) != 0) step(i, g, p);
    }
    step(size, 0, 0);
    tokens_ += tokens;
    correct_tokens_ += correct_tokens;
    close_hash();
  }

  label_set const* labels_;
  scheme_table const* table_;
  step_masks const* masks_;
  std::string_view scheme_;
  scorer_options options_;
  input input_ = input::none;
#if TAGSPAN_HAS_TAG_MASKS
  label_bytes bytes_;
#endif
  std::size_t labels_seen_ = 0;              // that the next three know
  std::vector<entity_counts> counts_;        // by type
  std::vector<entity_counts> counts_before_; // of weigh, kept for its memory
  std::vector<std::uint64_t> type_hashes_;   // by type
  std::vector<foreign_counts> foreign_;
  std::vector<flat_entity> gold_spans_, predicted_spans_;  // kept for their memory
  std::size_t sentences_ = 0, tokens_ = 0, correct_tokens_ = 0;
  std::size_t given_ = 0;  // calls of add: sentences whatever their weights, and those rejected
  std::size_t malformed_gold_ = 0, malformed_predicted_ = 0, rejected_ = 0;
  std::uint64_t hash_ = 0;  // of the sentence that is being counted
  std::uint64_t fingerprint_ = 0;
};

}  // namespace detail

// Counts entities that are right: same first token, same last token, same type. `ts::scorer<ts::bio> scorer{labels};`,
// or without a scheme `ts::scorer scorer{labels};`. The labels are kept by reference; they may grow between calls of
// add. One scorer a thread; shards are added up by merge, in any order, to the same bits.
template <class S = no_scheme>
  requires(tag_scheme<S> || std::same_as<S, no_scheme>)
class scorer {
 public:
  explicit scorer(label_set const& labels, scorer_options options = {}) : core_(make(labels, options)) {}
  scorer(label_set&&, scorer_options = {}) = delete;  // the labels would be gone

  // One sentence of tags: ids of the label set, one for each token on both sides. Errors, each with the number of the
  // sentence (rejected ones count) in `where`; the sentence is counted as rejected and nothing else:
  //   length_mismatch   inner: the first position that has no partner
  //   bad_id_in_sentence   inner: the position; an id of the gold's ignored positions may be anything in predicted
  //   scheme_required   strict reading, and the scorer has no scheme
  // Linear; allocates nothing once the label set has stopped growing.
  // `weight`: how often the sentence counts, 0 for not at all.
  template <label_range G, label_range P>
  result<void> add(G const& gold, P const& predicted, std::size_t weight = 1) {
    return core_.weigh(weight, [&] { return core_.add_tags(gold, predicted); });
  }

  // One document of entities, which may overlap, in any order and unit. Errors as above: bad_span_in_sentence (empty or
  // backwards), bad_type_in_sentence, duplicate_entity, with the index of the entity in `inner`. O(n log n).
  template <entity_range G, entity_range P>
    requires std::same_as<detail::span_of<G>, detail::span_of<P>>  // one unit on both sides
  result<void> add(G const& gold, P const& predicted, std::size_t weight = 1) {
    return core_.weigh(weight, [&] { return core_.add_spans(gold, predicted); });
  }

  // Adds what another scorer has counted, by the names of the types: the two label sets may differ. Error:
  // options_differ, and then nothing is added.
  result<void> merge(scorer const& other) { return core_.merge(other.core_); }

  // The figures so far. O(types log types).
  tagspan::report report() const { return core_.report(); }

  // The counts so far, by the type's id; without what came by merge for types that the labels do not have.
  std::span<entity_counts const> counts() const noexcept { return core_.counts(); }

 private:
  static detail::scorer_core make(label_set const& labels, scorer_options const& options) {
    if constexpr (tag_scheme<S>) {
      return {labels, &S::table, &detail::masks_for<S>, S::name, options};
    } else {
      return {labels, nullptr, nullptr, {}, options};
    }
  }

  detail::scorer_core core_;
};

}  // namespace tagspan::inline TAGSPAN_ABI
