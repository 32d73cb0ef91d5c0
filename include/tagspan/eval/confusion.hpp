// SPDX-License-Identifier: MIT
// What a system gets wrong: types taken for one another, kinds of error with examples, the errors that come most often,
// and counts by length and by surface form. Entities are paired as in eval/semeval.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <tagspan/core/error.hpp>
#include <tagspan/core/span.hpp>
#include <tagspan/detail/string_pool.hpp>
#include <tagspan/eval/metrics.hpp>
#include <tagspan/eval/scorer.hpp>
#include <tagspan/eval/semeval.hpp>
#include <tagspan/tags/labels.hpp>

namespace tagspan::inline TAGSPAN_ABI {

// What became of an entity. The first four are pairs and stand for one gold and one predicted entity each.
enum class error_kind : std::uint8_t {
  correct,
  wrong_type,      // the same span under another type
  wrong_boundary,  // the same type on a span that overlaps
  wrong_both,      // another type on a span that overlaps
  missed,          // gold without a partner
  spurious,        // predicted without a partner
};
inline constexpr std::size_t error_kind_count = 6;

constexpr std::string_view name(error_kind kind) noexcept {
  constexpr std::string_view names[] = {"correct", "wrong type", "wrong boundary", "wrong both", "missed", "spurious"};
  return names[static_cast<std::size_t>(kind)];
}

// How many entities met with each kind of fate.
struct kind_counts {
  std::size_t of[error_kind_count]{};
  constexpr std::size_t& operator[](error_kind kind) noexcept { return of[static_cast<std::size_t>(kind)]; }
  constexpr std::size_t operator[](error_kind kind) const noexcept { return of[static_cast<std::size_t>(kind)]; }
  constexpr kind_counts& operator+=(kind_counts const& other) noexcept {
    for (std::size_t k = 0; k < error_kind_count; ++k) of[k] += other.of[k];
    return *this;
  }
  friend constexpr bool operator==(kind_counts const&, kind_counts const&) = default;
};

struct named_kind_counts : kind_counts {
  std::string type;  // of the gold entity; of the predicted one where it is spurious
  friend bool operator==(named_kind_counts const&, named_kind_counts const&) = default;
};

struct confusion_options {
  match_options match{};
  std::size_t examples = 10;       // kept of each kind, those of the first documents
  std::size_t frequent = 20;       // errors that the report lists
  std::size_t first_document = 0;  // the number of the first document that is added: where shards go on counting
};

// An entity in its document; where it stands is in the unit that was given.
struct confusion_entity {
  std::size_t begin{}, end{};
  std::string type;
  friend bool operator==(confusion_entity const&, confusion_entity const&) = default;
};

struct confusion_example {
  error_kind kind{};
  std::size_t document{};  // its number: rejected ones count
  std::optional<confusion_entity> gold, predicted;
  friend bool operator==(confusion_example const&, confusion_example const&) = default;
};

// All errors with one surface form, kind and types. The form is gold's, that of a spurious entity its own; `gold` is
// empty there, and `predicted` where the entity was missed.
struct frequent_error {
  error_kind kind{};
  std::string form, gold, predicted;
  std::size_t count{};
  friend bool operator==(frequent_error const&, frequent_error const&) = default;
};

struct length_counts : entity_counts {
  std::size_t length{};  // in positions of the unit; predicted entities count by their own length
  friend bool operator==(length_counts const&, length_counts const&) = default;
};

struct confusion_report {
  std::vector<std::string> types;    // that occur in gold or predicted, by their bytes
  std::vector<std::size_t> matrix{0};  // (types + 1)²: row of the gold type, column of the predicted one; see at()
  kind_counts kinds;                 // over all types
  std::vector<named_kind_counts> by_type;  // in the order of `types`; the rows add up to `kinds`
  std::vector<confusion_example> examples;  // by kind, then by document and place
  std::vector<length_counts> by_length;     // by rising length

  // These are empty where no forms were given.
  std::vector<frequent_error> frequent;  // the most frequent first, ties by form, kind and types
  entity_counts seen, unseen;            // entities whose form was among the known ones, and the others
  entity_counts surface;                 // distinct pairs of form and type; correct: those of a correct entity

  std::size_t sentences{}, rejected{};  // documents counted, and those that could not be
  std::uint64_t gold_fingerprint{};     // that of scorer for the same entities
  std::string matching;                 // how entities were paired

  // How often the gold type was paired with the predicted one; types.size() stands for nothing: at(g, types.size())
  // were missed, at(types.size(), p) are spurious. Contract: both are at most types.size().
  std::size_t at(std::size_t gold, std::size_t predicted) const {
    std::size_t const side = types.size() + 1;
    TAGSPAN_EXPECTS(gold < side && predicted < side && matrix.size() == side * side,
                    "confusion_report: there is no such type");
    return matrix[gold * side + predicted];
  }
  // One line that says what the counts depend on, as of report.
  std::string signature() const {
    std::string text = "tagspan:" TAGSPAN_VERSION_STRING "|matching:" + matching;
    std::size_t gold_types = 0;
    for (named_kind_counts const& row : by_type) {
      bool gold = false;
      for (std::size_t k = 0; k < error_kind_count; ++k)
        gold |= row.of[k] != 0 && k != std::size_t(error_kind::spurious);
      gold_types += gold;
    }
    text += "|types:" + std::to_string(gold_types);
    text += "|sentences:" + std::to_string(sentences);
    if (rejected != 0) text += "|rejected:" + std::to_string(rejected);
    text += "|gold:" + detail::hexadecimal(gold_fingerprint);
    return text;
  }
  friend bool operator==(confusion_report const&, confusion_report const&) = default;
};

namespace detail {

struct no_forms {};

// Several texts as one, of which no two lists give the same.
inline void append_part(std::string& key, std::string_view part) {
  for (std::size_t size = part.size(), i = 0; i < sizeof size; ++i, size >>= 8) key += static_cast<char>(size & 0xffU);
  key += part;
}

}  // namespace detail

// Counts errors document by document: `ts::confusion errors{labels};`. The labels are kept by reference; they may grow
// between calls of add. Memory: types², and with forms all distinct ones. One a thread, then merge.
class confusion {
 public:
  // Contract: the threshold of the match lies in [0, 1].
  explicit confusion(label_set const& labels, confusion_options const& options = {})
      : matcher_(labels, options.match), options_(options) {}
  confusion(label_set&&, confusion_options const& = {}) = delete;  // the labels would be gone

  // A form that is known, as from the training data: entities are then counted as seen or unseen by add, which must
  // come later. Bytes are compared.
  void know(std::string_view form) { known_.add(form); }

  // One document of entities in one unit, paired as by match_entities(). Errors as there, with the number of the
  // document (without first_document; rejected ones count) in `where`. `weight`: how often the document counts; as an
  // example an entity is given once, and what weighs nothing is none. O((n + k) log n) for k pairs that overlap.
  template <entity_range G, entity_range P>
  requires std::same_as<detail::span_of<G>, detail::span_of<P>> result<void> add(G const& gold, P const& predicted,
                                                                                 std::size_t weight = 1) {
    return add(gold, predicted, detail::no_forms{}, weight);
  }

  // The same with the surface form of each entity: form_of(span) gives something that a std::string can be made of.
  template <entity_range G, entity_range P, class FormOf>
  requires(std::same_as<detail::span_of<G>, detail::span_of<P>> &&
           (std::same_as<FormOf, detail::no_forms> || std::is_invocable_v<FormOf const&, detail::span_of<G> const&>))
      result<void> add(G const& gold, P const& predicted, FormOf const& form_of, std::size_t weight = 1) {
    std::size_t const document = given_++;
    if (auto const e = matcher_.match(gold, predicted)) {
      ++rejected_;
      return error{e->code, document, e->inner};
    }
    if (weight == 0) return {};
    constexpr bool has_forms = !std::is_same_v<FormOf, detail::no_forms>;
    learn();
    for (std::size_t g = 0; g < matcher_.gold.size(); ++g) {
      std::size_t const p = matcher_.partner_of_gold[g];
      error_kind const kind = p == matcher_.none ? error_kind::missed : kind_of(g, p);
      detail::flat_entity const* const partner = p == matcher_.none ? nullptr : &matcher_.predicted[p];
      count(kind, document, &matcher_.gold[g], partner, weight);
      entity_counts const counts{kind == error_kind::correct ? weight : 0, 0, weight};
      of_length(matcher_.gold[g].end - matcher_.gold[g].begin) += counts;
      if constexpr (has_forms) {
        std::string const form(form_of(gold.data()[matcher_.gold[g].position].span));
        count_form(form, matcher_.gold[g].type, counts);
        count_error(kind, form, &matcher_.gold[g], partner, weight);
      }
    }
    for (std::size_t p = 0; p < matcher_.predicted.size(); ++p) {
      detail::flat_entity const& e = matcher_.predicted[p];
      bool const spurious = matcher_.partner_of_predicted[p] == matcher_.none;
      if (spurious) count(error_kind::spurious, document, nullptr, &e, weight);
      of_length(e.end - e.begin) += {0, weight, 0};
      if constexpr (has_forms) {
        std::string const form(form_of(predicted.data()[e.position].span));
        count_form(form, e.type, {0, weight, 0});
        if (spurious) count_error(error_kind::spurious, form, nullptr, &e, weight);
      }
    }
    for (auto& list : examples_) {
      if (!list.empty() && list.back().document == options_.first_document + document) keep_first(list);
    }
    sentences_ += weight;
    fingerprint_ += weight * matcher_.fingerprint();
    return {};
  }

  // Adds what another has counted, by the names of the types; of the examples those of the lowest documents are kept,
  // so shards that number their documents on by first_document give what one pass gives. Error: options_differ (of all
  // but first_document), and then nothing is added.
  result<void> merge(confusion const& other) {
    if (options_.match != other.options_.match || options_.examples != other.options_.examples ||
        options_.frequent != other.options_.frequent) {
      return error{errc::options_differ, 0, 0};
    }
    if (&other == this) return merge(confusion(other));
    auto const own = [&](std::size_t number) { return number == 0 ? 0 : number_of(other.types_[number - 1]); };
    for (cell const& c : other.cells_) cell_of(own(c.gold), own(c.predicted)) += c.kinds;
    for (length_counts const& row : other.by_length_) of_length(row.length) += row;
    for (std::size_t k = 0; k < error_kind_count; ++k) {
      std::vector<confusion_example>& mine = examples_[k];
      mine.insert(mine.end(), other.examples_[k].begin(), other.examples_[k].end());
      keep_first(mine);
    }
    for (std::size_t i = 0; i < other.errors_.size(); ++i) error_of(other.error_keys_[i], other.errors_[i]);
    for (std::size_t i = 0; i < other.surface_.size(); ++i) surface_of(other.surface_keys_[i]) |= other.surface_[i];
    seen_ += other.seen_;
    unseen_ += other.unseen_;
    sentences_ += other.sentences_;
    given_ += other.given_;
    rejected_ += other.rejected_;
    fingerprint_ += other.fingerprint_;
    return {};
  }

  // O(types² + e log e) for e distinct errors.
  confusion_report report() const {
    confusion_report r;
    std::vector<std::size_t> order;  // numbers of the types that occur
    for (cell const& c : cells_) {
      for (std::size_t const number : {c.gold, c.predicted}) {
        if (number != 0 && std::find(order.begin(), order.end(), number) == order.end()) order.push_back(number);
      }
    }
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return types_[a - 1] < types_[b - 1]; });
    order.push_back(0);  // nothing comes last
    std::size_t const side = order.size();
    std::vector<std::size_t> place(types_.size() + 1);
    for (std::size_t k = 0; k < side; ++k) place[order[k]] = k;
    r.by_type.resize(side - 1);
    for (std::size_t k = 0; k + 1 < side; ++k) {
      r.types.emplace_back(types_[order[k] - 1]);
      r.by_type[k].type = r.types.back();
    }
    r.matrix.resize(side * side);
    for (cell const& c : cells_) {
      for (std::size_t n : c.kinds.of) r.matrix[place[c.gold] * side + place[c.predicted]] += n;
      r.by_type[place[c.gold == 0 ? c.predicted : c.gold]] += c.kinds;
      r.kinds += c.kinds;
    }
    for (auto const& list : examples_) r.examples.insert(r.examples.end(), list.begin(), list.end());
    r.by_length = by_length_;
    r.frequent = errors_;
    std::sort(r.frequent.begin(), r.frequent.end(), [](frequent_error const& a, frequent_error const& b) {
      if (a.count != b.count) return a.count > b.count;
      if (a.form != b.form) return a.form < b.form;
      if (a.kind != b.kind) return a.kind < b.kind;
      return a.gold != b.gold ? a.gold < b.gold : a.predicted < b.predicted;
    });
    if (r.frequent.size() > options_.frequent) r.frequent.resize(options_.frequent);
    r.seen = seen_;
    r.unseen = unseen_;
    for (std::uint8_t bits : surface_) {
      r.surface += {bits >> 2 & 1U, bits >> 1 & 1U, bits & 1U};
    }
    r.sentences = sentences_;
    r.rejected = rejected_;
    r.gold_fingerprint = fingerprint_;
    r.matching = detail::shown(options_.match);
    return r;
  }

 private:
  struct cell {
    std::size_t gold, predicted;  // numbers in types_ plus one; 0 is nothing
    kind_counts kinds;
  };

  error_kind kind_of(std::size_t g, std::size_t p) const noexcept {
    bool const span = matcher_.same_span(g, p), type = matcher_.same_type(g, p);
    if (span) return type ? error_kind::correct : error_kind::wrong_type;
    return type ? error_kind::wrong_boundary : error_kind::wrong_both;
  }

  static bool before(confusion_example const& a, confusion_example const& b) {
    if (a.document != b.document) return a.document < b.document;
    confusion_entity const& x = a.gold ? *a.gold : *a.predicted;
    confusion_entity const& y = b.gold ? *b.gold : *b.predicted;
    if (x.begin != y.begin) return x.begin < y.begin;
    return x.end != y.end ? x.end < y.end : x.type < y.type;
  }

  std::string_view type_name(detail::flat_entity const* e) const {
    return e == nullptr ? std::string_view{} : matcher_.labels().type_name(e->type);
  }

  void learn() {
    label_set const& labels = matcher_.labels();
    while (numbers_.size() < labels.type_count()) {
      numbers_.push_back(number_of(labels.type_name(type_id{static_cast<std::uint32_t>(numbers_.size())})));
    }
  }
  std::size_t number_of(std::string_view type) { return types_.add(type) + 1; }

  kind_counts& cell_of(std::size_t gold, std::size_t predicted) {
    auto const at = std::lower_bound(cells_.begin(), cells_.end(), cell{gold, predicted, {}},
                                     [](cell const& a, cell const& b) {
                                       return a.gold != b.gold ? a.gold < b.gold : a.predicted < b.predicted;
                                     });
    if (at != cells_.end() && at->gold == gold && at->predicted == predicted) return at->kinds;
    return cells_.insert(at, {gold, predicted, {}})->kinds;
  }

  // The first ones by document and place, whatever came first.
  void keep_first(std::vector<confusion_example>& list) const {
    std::sort(list.begin(), list.end(), before);
    if (list.size() > options_.examples) list.resize(options_.examples);
  }

  void count(error_kind kind, std::size_t document, detail::flat_entity const* gold,
             detail::flat_entity const* predicted, std::size_t weight) {
    cell_of(gold == nullptr ? 0 : numbers_[index(gold->type)],
            predicted == nullptr ? 0 : numbers_[index(predicted->type)])[kind] += weight;
    std::size_t const number = options_.first_document + document;
    auto& list = examples_[static_cast<std::size_t>(kind)];
    // A document that has begun is looked at to its end: the first by place need not come first.
    if (list.size() >= options_.examples && (list.empty() || list.back().document != number)) return;
    auto const side = [&](detail::flat_entity const* e) -> std::optional<confusion_entity> {
      if (e == nullptr) return std::nullopt;
      return confusion_entity{e->begin, e->end, std::string(type_name(e))};
    };
    list.push_back({kind, number, side(gold), side(predicted)});
  }

  entity_counts& of_length(std::size_t length) {
    auto const at = std::lower_bound(by_length_.begin(), by_length_.end(), length,
                                     [](length_counts const& row, std::size_t n) { return row.length < n; });
    if (at != by_length_.end() && at->length == length) return *at;
    length_counts row;
    row.length = length;
    return *by_length_.insert(at, row);
  }

  void count_form(std::string_view form, type_id type, entity_counts const& counts) {
    (known_.find(form) ? seen_ : unseen_) += counts;
    key_.clear();
    detail::append_part(key_, matcher_.labels().type_name(type));
    key_ += form;
    surface_of(key_) |=
        static_cast<std::uint8_t>((counts.correct != 0) << 2 | (counts.predicted != 0) << 1 | (counts.gold != 0));
  }
  std::uint8_t& surface_of(std::string_view key) {
    std::size_t const number = surface_keys_.add(key);
    if (number == surface_.size()) surface_.push_back(0);
    return surface_[number];
  }

  void count_error(error_kind kind, std::string const& form, detail::flat_entity const* gold,
                   detail::flat_entity const* predicted, std::size_t weight) {
    if (kind == error_kind::correct) return;
    key_.assign(1, static_cast<char>(kind));
    detail::append_part(key_, type_name(gold));
    detail::append_part(key_, type_name(predicted));
    key_ += form;
    std::size_t const number = error_keys_.add(key_);
    if (number == errors_.size()) {
      errors_.push_back({kind, form, std::string(type_name(gold)), std::string(type_name(predicted)), 0});
    }
    errors_[number].count += weight;
  }
  void error_of(std::string_view key, frequent_error const& error) {
    std::size_t const number = error_keys_.add(key);
    if (number == errors_.size()) {
      errors_.push_back(error);
    } else {
      errors_[number].count += error.count;
    }
  }

  detail::entity_matcher matcher_;
  confusion_options options_;
  detail::string_pool types_;
  std::vector<std::size_t> numbers_;  // by type id
  std::vector<cell> cells_;           // sorted
  std::vector<confusion_example> examples_[error_kind_count];
  std::vector<length_counts> by_length_;
  detail::string_pool known_, error_keys_, surface_keys_;
  std::vector<frequent_error> errors_;  // by the number of their keys
  std::vector<std::uint8_t> surface_;   // by the number of their keys; from the lowest bit: gold, predicted, correct
  std::string key_;                     // kept for its memory
  entity_counts seen_, unseen_;
  std::size_t sentences_ = 0, rejected_ = 0;
  std::size_t given_ = 0;  // documents whatever their weights, and those rejected
  std::uint64_t fingerprint_ = 0;
};

// The matrix (rows gold, columns predicted), the kinds of error by type, and the most frequent errors. Linear in the
// report; allocates the text.
inline std::string to_text(confusion_report const& r) {
  std::string text;
  auto right = [&](std::string_view cell, std::size_t columns) {
    std::size_t const taken = detail::width(cell);
    text.append(columns > taken ? columns - taken : 0, ' ');
    text += cell;
  };
  std::size_t widest = std::string_view("spurious").size();
  for (std::string const& type : r.types) widest = std::max(widest, detail::width(type));
  std::size_t const side = r.types.size();
  auto const label = [&](std::size_t k, std::string_view nothing) {
    return k == side ? nothing : std::string_view(r.types[k]);
  };
  right("", widest);
  for (std::size_t p = 0; p <= side; ++p) right(label(p, "missed"), widest + 2);
  text += "\n\n";
  for (std::size_t g = 0; g <= side; ++g) {
    right(label(g, "spurious"), widest);
    for (std::size_t p = 0; p < side + (g < side ? 1 : 0); ++p) right(std::to_string(r.at(g, p)), widest + 2);
    text += '\n';
  }
  text += '\n';
  right("", widest);
  for (std::size_t k = 0; k < error_kind_count; ++k) right(name(static_cast<error_kind>(k)), 16);
  text += "\n\n";
  auto const kinds = [&](std::string_view head, kind_counts const& counts) {
    right(head, widest);
    for (std::size_t n : counts.of) right(std::to_string(n), 16);
    text += '\n';
  };
  for (named_kind_counts const& row : r.by_type) kinds(row.type, row);
  kinds("all", r.kinds);
  if (!r.frequent.empty()) text += '\n';
  for (frequent_error const& e : r.frequent) {
    right(std::to_string(e.count), 7);
    text += "  " + std::string(name(e.kind)) + "  " + e.form + "  ";
    text += e.gold;
    if (e.kind == error_kind::wrong_type || e.kind == error_kind::wrong_both) text += " > ";
    if (e.kind != error_kind::wrong_boundary) text += e.predicted;
    text += '\n';
  }
  return text;
}

}  // namespace tagspan::inline TAGSPAN_ABI
