// SPDX-License-Identifier: MIT
// Scores → entities, in one call: rows become words, words get labels, labels become entities with a score, and what
// the thresholds let through comes back in the unit of the offsets that were given.
//
// The strategies none, simple, first, average and max are those of the Hugging Face pipeline, but over true words, in
// any scheme, and by labels that were parsed; compat/hugging_face gives the pipeline's own answer.
#pragma once
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <tagspan/core/error.hpp>
#include <tagspan/core/span.hpp>
#include <tagspan/detail/math.hpp>
#include <tagspan/detail/vector.hpp>
#include <tagspan/model/posteriors.hpp>
#include <tagspan/model/scores.hpp>
#include <tagspan/model/type_table.hpp>
#include <tagspan/model/viterbi.hpp>
#include <tagspan/model/words.hpp>
#include <tagspan/tags/convert.hpp>
#include <tagspan/tags/entities.hpp>
#include <tagspan/tags/labels.hpp>
#include <tagspan/tags/scheme.hpp>
#include <tagspan/text/offsets.hpp>
#include <tagspan/text/pieces.hpp>

namespace tagspan::inline TAGSPAN_ABI {

// What a decision is made about, and on which scores.
enum class aggregation : std::uint8_t {
  none,     // each token by itself: an entity is one token
  simple,   // tokens; neighbours are read as entities
  first,    // words, by their first token
  average,  // words, by the mean of their tokens' probabilities
  max,      // words, by the token whose highest probability is highest
};

// Where words begin. first, average and max need to know.
enum class word_source : std::uint8_t {
  automatic,  // word_ids if given, else offsets with text, else pieces; an error if there is none of them
  word_ids,
  offsets,  // with `text`
  pieces,   // as decode_options::style marks them
  tokens,   // each token is a word
};

// What the score of an entity is, over its tokens or words (a word counts once).
enum class entity_score : std::uint8_t {
  mean,
  min,
  product,
  max,
  geometric,  // the geometric mean
  posterior,  // the probability that the constrained path holds this entity (none: this token in one of its type)
};

// What a tokenizer says about the tokens, each part one entry a token or empty. Views of what the caller keeps.
template <class Unit>
struct encoding {
  std::span<std::int32_t const> word_ids{};  // negative: a special token
  std::span<basic_span<Unit> const> offsets{};
  std::span<std::uint8_t const> special_tokens_mask{};  // 1: special, or padding
  std::string_view text{};                              // UTF-8; for trimming, and for words from offsets
  std::span<std::string_view const> pieces{};           // of strings: a vector of views of them
};
using byte_encoding = encoding<unit::byte>;
using code_point_encoding = encoding<unit::code_point>;
using utf16_encoding = encoding<unit::utf16>;

struct decode_options {
  aggregation aggregate = aggregation::first;
  float min_score = 0;                    // an entity is kept if its score is at least this
  type_table<float> min_score_by_type{};  // overrides min_score for the types that it has
  bool scores_are_probabilities = false;  // otherwise logits
  bool trim = true;                       // where text is given: no white space at the ends of a span
  word_source words = word_source::automatic;
  piece_style style = piece_style::wordpiece;  // of encoding::pieces
  decode_path path = decode_path::argmax;
  entity_score score = entity_score::mean;
  tagspan::reading reading = tagspan::reading::lenient;  // of the labels along the path
  double temperature = 1;                                // logits are divided by it (model/calibration)
  type_table<bool> ignored_types{};                      // types that are true here are left out
  role_biases biases{};                                  // with viterbi and posterior
  std::span<float const> transitions{}, start{}, end{};  // learned, as in viterbi_options
};

namespace detail {

#if TAGSPAN_HAS_VECTORS

// exp(x) for x <= 0 to about 2e-7 of it; where it is less than 1e-38, something that is as good as nothing. Written as
// 2^n exp(r) with |r| <= log(2)/2, and exp(r) by its series.
[[gnu::always_inline]] inline float_lanes exp_of_negative(float_lanes x) noexcept {
  float_lanes const lowest_normal = float_lanes{} - 87.0F;
  x = x > lowest_normal ? x : lowest_normal;
  constexpr float rounds = 12582912.0F;  // 1.5 * 2^23: what is added to it loses its fraction
  float_lanes const shifted = x * 1.442695041F + rounds;
  float_lanes const n = shifted - rounds;
  // log(2) in two parts, the first of which has few bits, so that its product with n is exact.
  float_lanes const r = (x - n * 0.693359375F) + n * 2.12194440e-4F;
  float_lanes series = r * (1.0F / 720) + 1.0F / 120;
  series = series * r + 1.0F / 24;
  series = series * r + 1.0F / 6;
  series = series * r + 0.5F;
  series = series * r + 1.0F;
  series = series * r + 1.0F;
  int_lanes bits;
  int_lanes exponent;
  __builtin_memcpy(&bits, &series, sizeof bits);
  __builtin_memcpy(&exponent, &shifted, sizeof exponent);
  bits += exponent << 23;  // n stands in the lowest bits of `shifted`; those above are shifted out
  __builtin_memcpy(&series, &bits, sizeof series);
  return series;
}

// The probabilities of rows' highest scores, one row a lane: at temperature 1, for rows without NaN and +inf. `hits`
// are the rows, `best` has the winner of each row of the view.
inline void highest_probabilities(scores_view<float const> scores, std::vector<std::size_t> const& hits,
                                  std::vector<label_id> const& best, std::vector<double>& to) noexcept {
  constexpr std::size_t lanes = float_lane_count;
  std::size_t const count = to.size();
  for (std::size_t k = 0; k < count; k += lanes) {
    float const* row[lanes];
    float_lanes top;
    for (std::size_t r = 0; r < lanes; ++r) {
      std::size_t const hit = hits[k + r < count ? k + r : count - 1];
      row[r] = scores.data + hit * scores.row_stride();
      top[r] = row[r][best[hit]];
    }
    float_lanes sum{};
    std::size_t j = 0;
    for (; j + 4 <= scores.columns; j += 4) {
      four_columns const next = load_columns([&](std::size_t r) __attribute__((always_inline)) { return row[r] + j; });
      for (float_lanes const& column : next.column) sum += exp_of_negative(column - top);
    }
    for (; j < scores.columns; ++j) {
      float_lanes column;
      for (std::size_t r = 0; r < lanes; ++r) column[r] = row[r][j];
      sum += exp_of_negative(column - top);
    }
    sum = 1.0F / sum;
    for (std::size_t r = 0; r < lanes && k + r < count; ++r) to[k + r] = static_cast<double>(sum[r]);
  }
}

#endif

// The probability of one label of a row, in double.
template <class T>
double probability_of(T const* row, std::size_t columns, label_id label, double temperature) {
  double const score = static_cast<double>(number(row[label]));
  double top = score;
  for (std::size_t j = 0; j < columns; ++j) {
    double const x = static_cast<double>(number(row[j]));
    top = x > top ? x : top;
  }
  double sum = 0;
  for (std::size_t j = 0; j < columns; ++j) {
    sum += detail::exp((static_cast<double>(number(row[j])) - top) / temperature);
  }
  return detail::exp((score - top) / temperature) / sum;
}

// One bit for each position in [begin, end), which are 64 at most: does `test` hold there? It is given a function that
// reads from a pointer to the numbers of all positions, one of them or as many as a vector holds.
template <class Test>
std::uint64_t bits_where(std::size_t begin, std::size_t end, Test const& test) noexcept {
  std::uint64_t bits = 0;
  std::size_t i = begin;
#if TAGSPAN_HAS_VECTORS
  for (; i + float_lane_count <= end; i += float_lane_count) {
    auto const read = [i](std::int32_t const* from) __attribute__((always_inline)) { return load_ints(from + i); };
    bits |= std::uint64_t{lane_bits(test(read))} << (i - begin);
  }
#endif
  for (; i < end; ++i) {
    auto const read = [i](std::int32_t const* from) { return from[i]; };
    bits |= std::uint64_t{test(read) ? 1U : 0U} << (i - begin);
  }
  return bits;
}

// Do these numbers never fall? A yes is right; a no may be wrong where one has its highest bit set.
inline bool never_falls(std::size_t const* numbers, std::size_t count) noexcept {
  std::size_t bits = count == 0 ? 0 : numbers[0];
  for (std::size_t i = 1; i < count; ++i) bits |= numbers[i] | (numbers[i] - numbers[i - 1]);
  return bits >> (8 * sizeof(std::size_t) - 1) == 0;
}

// Adds up what an entity's tokens or words are worth.
class score_sum {
 public:
  explicit score_sum(entity_score kind) noexcept
      : kind_(kind), nothing_(kind == entity_score::min || kind == entity_score::product ? 1 : 0), total_(nothing_) {}
  // `first`: of another entity than what was added so far. A selection, since nobody can foresee it.
  void add(double p, bool first) noexcept {
    total_ = first ? nothing_ : total_;
    count_ = (first ? 0 : count_) + 1;
    switch (kind_) {
      case entity_score::mean: total_ += p; break;
      case entity_score::min: total_ = p < total_ ? p : total_; break;
      case entity_score::product: total_ *= p; break;
      case entity_score::max: total_ = p > total_ ? p : total_; break;
      case entity_score::geometric: total_ += detail::log(p); break;
      case entity_score::posterior: break;
    }
  }
  double value() const noexcept {
    if (kind_ == entity_score::mean) return total_ / count_;
    return kind_ == entity_score::geometric ? detail::exp(total_ / count_) : total_;
  }

 private:
  entity_score kind_;
  double nothing_, total_;
  double count_ = 0;
};

// How many entries each part of an encoding has; their order is that of errc::encoding_mismatch.
template <class Unit>
std::array<std::size_t, 4> sizes_of(encoding<Unit> const& enc) noexcept {
  return {enc.word_ids.size(), enc.offsets.size(), enc.special_tokens_mask.size(), enc.pieces.size()};
}

template <tag_scheme, class, class>
class decoder;

}  // namespace detail

// What became of the labels along a path.
struct decode_counts {
  std::size_t entities{};         // read from the path; those below are not in the result
  std::size_t ignored{};          // by ignored_types
  std::size_t below_min_score{};
  std::size_t malformed{};        // steps of the path that the scheme does not write; 0 with viterbi, and with none
  friend constexpr bool operator==(decode_counts const&, decode_counts const&) = default;
};

// Memory of decode_into: calls that share one allocate less and less; with none, simple and first along argmax, and
// word ids or none, nothing at all. One thread at a time.
class decode_workspace {
 public:
  decode_workspace() = default;

  // Of the last call.
  decode_counts const& counts() const noexcept { return counts_; }

 private:
  template <tag_scheme, class, class>
  friend class detail::decoder;
  std::vector<label_id> labels_, path_;
  std::vector<token_span> units_;
  std::vector<std::int32_t> word_ids_;
  std::vector<std::uint8_t> special_;
  std::vector<role_set> roles_;
  std::vector<std::uint64_t> edges_;
  std::vector<std::size_t> hits_;
  std::vector<double> worth_;
  viterbi_workspace viterbi_;
  entity_posteriors posteriors_;
  decode_counts counts_;
};

namespace detail {

// Word ids from what the encoding has beside word ids, by the source that is asked for.
template <class Unit>
result<std::vector<std::int32_t>> find_word_ids(encoding<Unit> const& enc, word_source source, piece_style style,
                                                std::span<std::uint8_t const> special) {
  bool const by_offsets = text_unit<Unit> && !enc.offsets.empty() && !enc.text.empty();
  if (source == word_source::automatic) {
    source = by_offsets ? word_source::offsets : word_source::pieces;
  }
  if (source == word_source::pieces && !enc.pieces.empty()) return word_ids_from_pieces(enc.pieces, style, special);
  if constexpr (text_unit<Unit>) {
    if (source == word_source::offsets && by_offsets) {
      auto ids = word_ids_from_offsets(enc.offsets, enc.text, {.special_tokens_mask = special});
      if (!ids) return ids;
      // A token without text inside a word is part of it.
      std::size_t const count = enc.offsets.size();
      for (std::size_t i = 0, last = count; i < count; ++i) {
        if (special[i] != 0) {
          last = count;
        } else if (!enc.offsets[i].empty()) {
          for (std::size_t k = last; last != count && (*ids)[last] == (*ids)[i] && ++k < i;) (*ids)[k] = (*ids)[i];
          last = i;
        }
      }
      return ids;
    }
  }
  return error{errc::no_word_source, 0, 0};
}

// Are words what is decided about?
constexpr bool by_words(aggregation aggregate, word_source words) noexcept {
  return aggregate != aggregation::none && aggregate != aggregation::simple && words != word_source::tokens;
}

// One call's work. What is decided about, a token or a word, is a unit here.
template <tag_scheme S, class T, class Unit>
class decoder {
 public:
  using value = score_value<T>;
  using entities = std::vector<scored_entity<Unit>>;

  decoder(scores_view<T> scores, label_set const& labels, encoding<Unit> const& enc, decode_options const& options,
          decode_workspace& memory, entities& out)
      : scores_(scores), labels_(labels), enc_(enc), options_(options), memory_(memory), out_(out) {}

  result<void> run() {
    out_.clear();
    memory_.counts_ = {};
    if (auto const ok = check(); !ok) return ok;
    if (rows() == 0) return {};
    if (auto const ok = find_words(); !ok) return ok;
    bool const row_by_row = !merges_rows() && !wants_lattice();
    auto done = row_by_row ? decode_rows() : decode_gathered();
    if (done && problem_) done = *problem_;
    if (!done) out_.clear();
    return done;
  }

  // The same for rows that more will follow: decides only what they cannot change, and returns the first row that is
  // left, which the next call begins with. Contract: along argmax, without posteriors.
  result<std::size_t> run_settled() {
    rest_ = 0;
    settled_ = true;
    if (auto const done = run(); !done) return done.error();
    return rest_;
  }

 private:
  // A row is settled once an O or a special token stands behind it. The last unit is not: it may go on.
  std::size_t last_open_row() const noexcept {
    std::size_t row = rows();
    while (row > 0 && !is_special(row - 1)) {
      --row;
      bool const edge = words_ == nullptr || (memory_.edges_[row / 64] >> row % 64 & 1U) != 0;
      if (edge && is_unit(row)) break;
    }
    return row;
  }
  std::size_t rows() const noexcept { return scores_.rows; }
  T const* row_of(std::size_t i) const noexcept { return scores_.data + i * scores_.row_stride(); }
  bool merges_rows() const noexcept {
    return words_ != nullptr && (options_.aggregate == aggregation::average || options_.aggregate == aggregation::max);
  }
  bool wants_posteriors() const noexcept { return options_.score == entity_score::posterior; }
  bool wants_lattice() const noexcept { return options_.path == decode_path::viterbi || wants_posteriors(); }

  result<void> check() {
    if (auto const ok = check_shape(scores_, labels_.size()); !ok) return ok;
    auto const outside = labels_.id_of(tag{});
    if (rows() != 0 && !outside) return error{errc::no_outside_label, 0, 0};
    outside_ = outside.value_or(0);
    if (rows() != 0 && wants_lattice()) {
      if (auto const ok = check_labels<S>(labels_, memory_.roles_); !ok) return ok;
    }
    std::size_t part = 0;
    for (std::size_t size : sizes_of(enc_)) {
      bool const needed = part == 1 && !std::is_same_v<Unit, unit::token>;
      if (size != rows() && (size != 0 || needed)) return error{errc::encoding_mismatch, part, size};
      ++part;
    }
    bool const divides = options_.temperature != 1 && !options_.scores_are_probabilities;
    if (options_.temperature != 1 && !(divides && is_temperature(options_.temperature))) {
      return error{errc::bad_temperature, 0, 0};
    }
    if (detail::isnan(options_.min_score)) return error{errc::bad_option, 1, 0};
    if (auto const ok = options_.min_score_by_type.check(labels_); !ok) return ok;
    if (auto const ok = options_.ignored_types.check(labels_); !ok) return ok;
    std::size_t entry = 0;
    for (auto const& threshold : options_.min_score_by_type) {
      if (detail::isnan(threshold.value)) return error{errc::bad_option, 2, entry};
      ++entry;
    }
    return check_offsets();
  }

  // No span runs backwards, and neither begins nor ends do. Spans may be empty, wherever they stand. One that overlaps
  // the one before begins or ends with it: pieces of one character repeat it, byte-level BPE with blanks gives (23, 25)
  // (24, 25), and SentencePiece (19, 20) (19, 29). Anything else is no tokenizer's answer.
  result<void> check_offsets() const {
    std::size_t count = enc_.offsets.size();
    while (count != 0 && is_empty(count - 1)) --count;
    static_assert(sizeof(basic_span<Unit>) == 2 * sizeof(std::size_t));
    // In most texts begins and ends take turns.
    if (count == 0 || never_falls(&enc_.offsets.data()->begin, 2 * count)) return {};
    std::size_t begin = 0;
    std::size_t end = 0;
    for (std::size_t i = 0; i < count; ++i) {
      auto const& o = enc_.offsets[i];
      if (o.begin > o.end) return error{errc::bad_offsets, i, 0};
      if (is_special(i) || is_empty(i)) continue;
      bool const overlaps = o.begin < end && o.begin != begin && o.end != end;
      if (o.begin < begin || o.end < end || overlaps) return error{errc::bad_offsets, i, 0};
      begin = o.begin;
      end = o.end;
    }
    return {};
  }

  // A score by the temperature. What was finite stays so: an infinity would forbid the label, or be an error.
  value tempered(double score) const noexcept {
    constexpr double most = static_cast<double>(std::numeric_limits<value>::max()) / 0x1p64;
    double const x = options_.temperature == 1 ? score : score / options_.temperature;
    if (options_.temperature == 1 || !detail::usable(score) || score == detail::lowest_score) {
      return static_cast<value>(x);
    }
    return static_cast<value>(x < -most ? -most : x > most ? most : x);
  }

  bool is_special(std::size_t i) const noexcept {
    return (!enc_.special_tokens_mask.empty() && enc_.special_tokens_mask[i] != 0) ||
           (!enc_.word_ids.empty() && enc_.word_ids[i] < 0);
  }
  bool is_empty(std::size_t i) const noexcept {
    return !enc_.offsets.empty() && enc_.offsets[i].begin == enc_.offsets[i].end;
  }

  result<void> find_words() {
    if (!by_words(options_.aggregate, options_.words)) return {};
    bool const given = options_.words == word_source::automatic || options_.words == word_source::word_ids;
    if (given && !enc_.word_ids.empty()) {
      words_ = enc_.word_ids.data();
      find_edges();
      return {};
    }
    memory_.special_.resize(rows());
    for (std::size_t i = 0; i < rows(); ++i) memory_.special_[i] = is_special(i) ? 1 : 0;
    auto found = find_word_ids(enc_, options_.words, options_.style, memory_.special_);
    if (!found) return found.error();
    memory_.word_ids_ = std::move(*found);
    words_ = memory_.word_ids_.data();
    find_edges();
    return {};
  }

  // One bit a token: does it begin a word, or is it special? One more stands behind the last token.
  void find_edges() {
    memory_.edges_.assign(rows() / 64 + 1, 0);
    std::uint64_t* const edges = memory_.edges_.data();
    std::int32_t const* const words = words_;
    auto const set = [edges](std::size_t i) { edges[i / 64] |= std::uint64_t{1} << i % 64; };
    set(0);
    for (std::size_t i = 1; i < rows();) {
      std::size_t const end = i / 64 == rows() / 64 ? rows() : (i / 64 + 1) * 64;
      edges[i / 64] |= bits_where(i, end, [words](auto const& at) {
                         auto const differs = at(words) != at(words - 1);
                         auto const special = at(words) < 0;
                         return differs | special;
                       }) << i % 64;
      i = end;
    }
    for (std::size_t i = 0; i < enc_.special_tokens_mask.size(); ++i) {
      if (enc_.special_tokens_mask[i] == 0) continue;
      set(i);
      set(i + 1);  // a word that goes on behind it begins anew
    }
    set(rows());
  }

  // Where the next unit or special token may begin. Of a unit that begins here, it is the end. Word by word, and with
  // no decision about single tokens: nobody can foresee where words begin.
  std::size_t next_edge(std::size_t i) const noexcept {
    ++i;
    if (words_ == nullptr) return i;
    std::uint64_t const* edges = memory_.edges_.data() + i / 64;
    std::uint64_t bits = *edges >> i % 64;
    if (bits != 0) return i + static_cast<std::size_t>(std::countr_zero(bits));
    i -= i % 64;
    do i += 64;
    while ((bits = *++edges) == 0);
    return i + static_cast<std::size_t>(std::countr_zero(bits));
  }
  // At an edge: does a unit begin here? One that covers no text is looked through, as if it were not there.
  bool is_unit(std::size_t i) const noexcept {
    if (is_special(i) || (words_ != nullptr && words_[i] < 0)) return false;
    if (!is_empty(i)) return true;
    for (std::size_t const end = next_edge(i); i < end; ++i) {
      if (!is_empty(i)) return true;
    }
    return false;
  }

  // Each unit by its first row, which says all. Softmax is taken only where the winner is not O.
  result<void> decode_rows() {
    std::vector<label_id>& best = memory_.labels_;
    best.resize(rows());
    row_faults const wrong = argmax_into<true>(scores_, best.data());
    if (wrong.unfit || wrong.low || options_.scores_are_probabilities) {
      // What stands in the rows of special tokens, padding and further pieces is nobody's business.
      for (std::size_t i = 0; i < rows(); i = next_edge(i)) {
        if (!is_unit(i)) continue;
        if (auto const ok = check_row(scores_.slice(i, i + 1), best[i], i); !ok) return ok;
      }
    }
    // The units that are not O, by their first rows, and what these are worth.
    std::vector<std::size_t>& hits = memory_.hits_;
    hits.resize(rows());
    std::size_t count = 0;
    for (std::size_t begin = 0; begin < rows(); begin += 64) {
      std::size_t const end = rows() - begin < 64 ? rows() : begin + 64;
      std::uint64_t bits = bits_where(begin, end, [&](auto const& at) { return at(best.data()) != outside_; });
      if (words_ != nullptr) bits &= memory_.edges_[begin / 64];
      for (; bits != 0; bits &= bits - 1) {
        std::size_t const hit = begin + static_cast<std::size_t>(std::countr_zero(bits));
        hits[count] = hit;
        count += is_unit(hit) ? 1U : 0U;
      }
    }
    if (settled_) {
      rest_ = last_open_row();
      while (count > 0 && (hits[count - 1] >= rest_ || !parted(hits[count - 1], rest_))) {
        --count;
        rest_ = hits[count] < rest_ ? hits[count] : rest_;
      }
    }
    weigh_hits(count);
    std::vector<double> const& worth = memory_.worth_;

    tag_code const* const codes = labels_.codes();
    entity_reader<type_id> reader(options_.reading, &S::table);
    score_sum sum(options_.score);
    auto const emit = [&](std::size_t from, std::size_t to, type_id type) {
      keep({hits[from], next_edge(hits[to - 1])}, type, [&] { return sum.value(); });
    };
    bool const each_alone = options_.aggregate == aggregation::none;
    step_counter steps;
    for (std::size_t k = 0; k < count; ++k) {
      tag_code const code = codes[best[hits[k]]];
      if (each_alone) {
        sum.add(worth[k], true);
        if (code != 0) emit(k, k + 1, type_of(code));
        continue;
      }
      bool const apart = k != 0 && parted(hits[k - 1], hits[k]);
      steps.take(code, apart);
      reader.step(k, role_of(code), type_of(code), emit, apart);
      sum.add(worth[k], reader.begin() == k);
    }
    reader.finish(emit);
    memory_.counts_.malformed += steps.finish();
    return {};
  }

  // Counts the steps of a path that S does not write: a bit for each two roles, without a decision.
  class step_counter {
   public:
    void take(tag_code next, bool apart) noexcept {
      tag_code const last = apart ? 0 : last_;
      std::uint64_t const from = same_type(last, next) ? illegal_same : illegal_other;
      malformed_ += (from >> (8 * (last & 7U) + (next & 7U))) & 1U;
      if constexpr (ends_matter) malformed_ += (illegal_other >> 8 * (last_ & 7U)) & (apart ? 1U : 0U);
      last_ = next;
    }
    std::size_t finish() const noexcept { return malformed_ + ((illegal_other >> 8 * (last_ & 7U)) & 1U); }

   private:
    static constexpr std::uint64_t bits_of(std::uint8_t const (&legal)[role_count]) noexcept {
      std::uint64_t bits = 0;
      for (std::size_t a = 0; a < role_count; ++a) bits |= (~std::uint64_t{legal[a]} & 0xFFU) << 8 * a;
      return bits;
    }
    static constexpr std::uint64_t illegal_same = bits_of(masks_for<S>.same);
    static constexpr std::uint64_t illegal_other = bits_of(masks_for<S>.other);
    static constexpr bool ends_matter = (illegal_other & 0x0101010101010101U) != 0;  // before a gap; not in BIO
    tag_code last_ = 0;
    std::size_t malformed_ = 0;
  };

  // Does an O or a special token stand between these two units, between which all units are O?
  bool parted(std::size_t before, std::size_t behind) const noexcept {
    std::size_t i = next_edge(before);
    if (!is_empty(i)) return i < behind;  // nearly always; and no decision here
    for (; i < behind; i = next_edge(i)) {
      if (is_special(i) || is_unit(i)) return true;
    }
    return false;
  }

  // A row that decides: numbers, and one above -inf; or probabilities.
  template <class V>
  result<void> check_row(scores_view<V> row, label_id best, std::size_t index) const {
    if (options_.scores_are_probabilities) return check_probabilities(row.data, row.columns, index);
    if (auto const ok = check_numbers(row); !ok) return error{errc::not_a_number, index, ok.error().inner};
    auto const top = number(row.data[best]);
    if (!(top > -std::numeric_limits<decltype(top)>::infinity())) return error{errc::no_legal_path, index, 0};
    return {};
  }

  // The probabilities of the winners of the first `count` hits.
  void weigh_hits(std::size_t count) {
    std::vector<double>& worth = memory_.worth_;
    std::vector<label_id> const& best = memory_.labels_;
    worth.resize(count);
#if TAGSPAN_HAS_VECTORS
    if constexpr (std::is_same_v<std::remove_cv_t<T>, float>) {
      if (options_.temperature == 1 && !options_.scores_are_probabilities) {
        highest_probabilities({scores_.data, rows(), scores_.columns, scores_.stride}, memory_.hits_, best, worth);
        return;
      }
    }
#endif
    for (std::size_t k = 0; k < count; ++k) {
      std::size_t const i = memory_.hits_[k];
      worth[k] = options_.scores_are_probabilities
                     ? static_cast<double>(number(row_of(i)[best[i]]))
                     : probability_of(row_of(i), scores_.columns, best[i], options_.temperature);
    }
  }

  // One row a unit is made first: where words have rows of their own, and where a path or posteriors are looked for.
  result<void> decode_gathered() {
    std::vector<token_span>& units = memory_.units_;
    units.clear();
    for (std::size_t i = 0; i < rows(); i = next_edge(i)) {
      if (is_unit(i)) units.push_back({i, next_edge(i)});
    }
    std::vector<value> scores;
    if (auto const ok = gather(scores); !ok) return ok;
    scores_view<value const> all{scores.data(), units.size(), scores_.columns};
    if (settled_) {
      tagspan::argmax_into(all, memory_.path_);
      rest_ = last_open_row();
      while (!units.empty()) {
        token_span const last = units.back();
        bool const parts = labels_.codes()[static_cast<std::size_t>(memory_.path_[units.size() - 1])] == 0 ||
                           special_between(last.end, rest_);
        if (last.begin < rest_ && parts) break;
        rest_ = last.begin;
        units.pop_back();
      }
      all.rows = units.size();
    }
    memory_.path_.resize(units.size());

    // Paths and posteriors add up scores: of probabilities, the logarithms.
    std::vector<value> logarithms;
    scores_view<value const> sums = all;
    std::vector<value> learned;
    viterbi_options<value> search{.biases = options_.biases};
    std::optional<tagspan::lattice<S>> lattice;
    if (wants_lattice()) {
      if (options_.scores_are_probabilities) {
        logarithms.reserve(scores.size());
        for (value p : scores) logarithms.push_back(detail::log(p));
        sums.data = logarithms.data();
      }
      for (auto const part : {options_.transitions, options_.start, options_.end}) {
        learned.insert(learned.end(), part.begin(), part.end());
      }
      std::span<value const> const numbers(learned);
      search.transitions = numbers.first(options_.transitions.size());
      search.start = numbers.subspan(options_.transitions.size(), options_.start.size());
      search.end = numbers.last(options_.end.size());
      lattice.emplace(labels_);
    }

    // A special token between two units ends the sequence.
    for (std::size_t begin = 0; begin < units.size();) {
      std::size_t end = begin + 1;
      while (end < units.size() && !special_between(units[end - 1].end, units[end].begin)) ++end;
      scores_view<value const> const stretch = sums.slice(begin, end);
      if (options_.path == decode_path::viterbi) {
        auto const found = viterbi(*lattice, stretch, memory_.viterbi_, memory_.labels_, search);
        if (!found) return in_document(found.error(), begin, end);
      } else {
        tagspan::argmax_into(stretch, memory_.labels_);
      }
      for (std::size_t u = begin; u < end; ++u) memory_.path_[u] = memory_.labels_[u - begin];
      if (wants_posteriors()) {
        if (auto const ok = posteriors(*lattice, stretch, memory_.posteriors_, search); !ok) {
          return in_document(ok.error(), begin, end);
        }
      }
      read_path(begin, end, all);
      begin = end;
    }
    return {};
  }

  bool special_between(std::size_t begin, std::size_t end) const noexcept {
    for (; begin < end; ++begin) {
      if (is_special(begin)) return true;
    }
    return false;
  }

  // The rows of the units, at temperature 1.
  result<void> gather(std::vector<value>& to) {
    std::vector<token_span> const& units = memory_.units_;
    std::size_t const columns = scores_.columns;
    auto const append = [&](std::size_t i, std::vector<value>& rows) {
      for (std::size_t j = 0; j < columns; ++j) {
        double const x = static_cast<double>(number(row_of(i)[j]));
        rows.push_back(tempered(x));
      }
    };
    if (!merges_rows()) {
      to.reserve(units.size() * columns);
      for (token_span const& u : units) {
        append(u.begin, to);
        scores_view<value const> const row{to.data() + to.size() - columns, 1, columns};
        auto const best = static_cast<label_id>(argmax_of_row(row.data, columns));
        if (auto const ok = check_row(row, best, u.begin); !ok) return ok;
      }
      return {};
    }
    std::vector<std::int32_t> ids(rows(), -1);
    for (std::size_t u = 0; u < units.size(); ++u) {
      for (std::size_t i = units[u].begin; i < units[u].end; ++i) {
        ids[i] = static_cast<std::int32_t>(u);
      }
    }
    collapse_options const how{
        .policy = options_.aggregate == aggregation::average ? collapse_policy::average : collapse_policy::max,
        .scores_are_probabilities = options_.scores_are_probabilities};
    if (options_.temperature == 1) return take(collapse(scores_, ids, how), to);
    std::vector<value> scaled;
    scaled.reserve(rows() * columns);
    for (std::size_t i = 0; i < rows(); ++i) append(i, scaled);
    return take(collapse(scores_view<value const>{scaled.data(), rows(), columns}, ids, how), to);
  }
  static result<void> take(result<word_scores<value>> words, std::vector<value>& to) {
    if (!words) return words.error();
    to = std::move(words->values);
    return {};
  }

  // Rows of a stretch as rows of the document, and options that viterbi counts from 0 behind those of decode and
  // pipeline.
  error in_document(error e, std::size_t begin, std::size_t end) const noexcept {
    if (e.code == errc::bad_option) e.where += 7;
    if (e.code == errc::no_legal_path || e.code == errc::not_a_number) {
      std::size_t const unit = begin + e.where < end ? begin + e.where : end - 1;
      e.where = memory_.units_[unit].begin;
    }
    return e;
  }

  void read_path(std::size_t begin, std::size_t end, scores_view<value const> scores) {
    std::vector<label_id> const& path = memory_.path_;
    std::vector<token_span> const& units = memory_.units_;
    bool const each_alone = options_.aggregate == aggregation::none;
    auto const emit = [&](std::size_t from, std::size_t to, type_id type) {
      keep({units[from].begin, units[to - 1].end}, type, [&]() -> double {
        if (wants_posteriors()) {
          // A token by itself is part of an entity, whichever: its neighbours are other lines of the answer.
          if (each_alone) return memory_.posteriors_.inside(from - begin, type);
          return memory_.posteriors_.probability({{from - begin, to - begin}, type});
        }
        score_sum sum(options_.score);
        for (std::size_t u = from; u < to; ++u) {
          value const* const row = scores.data + u * scores.columns;
          sum.add(options_.scores_are_probabilities ? static_cast<double>(row[path[u]])
                                                    : probability_of(row, scores.columns, path[u], 1),
                  u == from);
        }
        return sum.value();
      });
    };
    tag_code const* const codes = labels_.codes();
    entity_reader<type_id> reader(options_.reading, &S::table);
    step_counter steps;
    for (std::size_t u = begin; u < end; ++u) {
      tag_code const code = codes[path[u]];
      if (!each_alone) {
        steps.take(code, false);
        reader.step(u, role_of(code), type_of(code), emit);
      } else if (code != 0) {
        emit(u, u + 1, type_of(code));
      }
    }
    reader.finish(emit);
    memory_.counts_.malformed += steps.finish();
  }

  // Gives out the entity, if the options let it through.
  template <class Score>
  void keep(token_span tokens, type_id type, Score&& score) {
    ++memory_.counts_.entities;
    if (!options_.ignored_types.empty()) {
      bool const* const ignored = options_.ignored_types.find(type);
      if (ignored != nullptr && *ignored) {
        ++memory_.counts_.ignored;
        return;
      }
    }
    auto const worth = static_cast<float>(score());
    float const* const own = options_.min_score_by_type.empty() ? nullptr : options_.min_score_by_type.find(type);
    if (!(worth >= (own == nullptr ? options_.min_score : *own))) {
      ++memory_.counts_.below_min_score;
      return;
    }
    // Written in place: a copy would have to wait for what was just written.
    basic_span<Unit> const span = span_of(tokens);
    scored_entity<Unit>& e = out_.emplace_back();
    e.span.begin = span.begin;
    e.span.end = span.end;
    e.type = type;
    e.score = worth;
    e.tokens.begin = tokens.begin;
    e.tokens.end = tokens.end;
  }

  // What the tokens cover, without white space at the ends where text is given.
  basic_span<Unit> span_of(token_span tokens) {
    if constexpr (std::is_same_v<Unit, unit::token>) {
      if (enc_.offsets.empty()) return basic_span<Unit>{tokens.begin, tokens.end};
    }
    // Each unit covers text, so that neither loop leaves the entity.
    while (is_empty(tokens.begin)) ++tokens.begin;
    while (is_empty(tokens.end - 1)) --tokens.end;
    basic_span<Unit> const span{enc_.offsets[tokens.begin].begin, enc_.offsets[tokens.end - 1].end};
    if constexpr (text_unit<Unit>) {
      if (options_.trim && !enc_.text.empty()) {
        auto const cut = trimmed(span);
        if (cut) return *cut;
        if (!problem_) problem_ = cut.error();
      }
    }
    return span;
  }

  // An entity of white space alone stays as it is: what the model said is not lost.
  result<basic_span<Unit>> trimmed(basic_span<Unit> span) {
    if constexpr (std::is_same_v<Unit, unit::byte>) {
      if (span.end > enc_.text.size()) return error{errc::out_of_text, span.end, 0};
      byte_span const cut = tagspan::trim(enc_.text, span);
      return cut.empty() ? span : cut;
    } else {
      if (!map_) map_.emplace(enc_.text);
      auto const in_bytes = map_->template checked<unit::byte>(span);
      if (!in_bytes) return in_bytes.error();
      byte_span const cut = tagspan::trim(enc_.text, *in_bytes);
      return cut.empty() ? span : map_->template to<Unit>(cut);
    }
  }

  scores_view<T> scores_;
  label_set const& labels_;
  encoding<Unit> const& enc_;
  decode_options const& options_;
  decode_workspace& memory_;
  entities& out_;
  std::int32_t const* words_ = nullptr;  // word of each token; nothing where tokens are what is decided about
  label_id outside_ = 0;
  bool settled_ = false;  // decide only what further rows cannot change
  std::size_t rest_ = 0;  // the first row that is not decided then
  std::optional<error> problem_;
  std::optional<offset_map> map_;  // made when the first entity is trimmed
};

}  // namespace detail

// The entities in a sequence of scores, one row a token, one column a label of `labels` in id order, in the order of
// the text. Rows are logits unless the options say otherwise. Special tokens and padding (by mask, or by negative word
// id) are never part of an entity and end one. A token that covers no text is looked through, and so is a word of such
// tokens; within a word, `first` is the word's first token in any case, as align_labels has it. With first, average and
// max a word is never split between two entities, nor given two types. An entity's tokens are those from its first to
// its last. Where two labels are equal, the lower id wins.
// clang-format off
// Errors:
//   shape_mismatch {given, expected}   columns, or the stride; with viterbi and posterior: learned scores
//   encoding_mismatch {part, entries}  word_ids (0), offsets (1), special_tokens_mask (2) or pieces (3) have not one
//                                      entry a row; offsets may be left out only where spans count tokens
//   no_outside_label                   the set has no O
//   unknown_label {label id}           with viterbi and posterior: S does not write the label's role (E-PER under bio)
//   type_incomplete {type, 0 or 1}     with viterbi and posterior: no label of the type may begin an entity in S (0),
//                                      or none may end one (1)
//   no_word_source                     first, average or max, and nothing says where words begin
//   not_a_number {row, column}         in a row that decides: NaN or +inf; of probabilities, anything that is not in
//                                      [0, 1.001], as logits are
//   no_legal_path {row}                a row that decides is -inf throughout (of probabilities: 0), or no path that the
//                                      scheme allows reaches it
//   bad_offsets {token}                runs backwards, or overlaps the one before it and neither begins nor ends with
//                                      it
//   unknown_type {entry}               thresholds or ignored types of another label set
//   bad_temperature                    it is not a positive number, or there is one for probabilities
//   bad_option {1}, {2, entry}         NaN as threshold: for all types, for one
//   bad_option {7 to 10, position}     with viterbi and posterior: NaN or +inf in transitions (7), start (8), end (9)
//                                      or biases (10)
//   out_of_text, off_boundary          offsets that do not fit the text
// clang-format on
// Linear in rows × columns (viterbi, posterior: as there), and in the text where it is needed. decode_into reuses the
// memory of `out` and of the workspace, which then can tell what was dropped; after an error `out` is empty.
template <tag_scheme S, class T, class Unit>
result<void> decode_into(scores_view<T> scores, label_set const& labels, encoding<Unit> const& enc,
                         decode_options const& options, std::vector<scored_entity<Unit>>& out,
                         decode_workspace& memory) {
  return detail::decoder<S, T, Unit>(scores, labels, enc, options, memory, out).run();
}
template <tag_scheme S, class T, class Unit>
result<std::vector<scored_entity<Unit>>> decode(scores_view<T> scores, label_set const& labels,
                                                encoding<Unit> const& enc, decode_options const& options = {}) {
  std::vector<scored_entity<Unit>> out;
  decode_workspace memory;
  if (auto const done = decode_into<S>(scores, labels, enc, options, out, memory); !done) return done.error();
  return out;
}
// For models over words: each row is a word, and spans count rows.
template <tag_scheme S, class T>
result<std::vector<scored_entity<unit::token>>> decode(scores_view<T> scores, label_set const& labels,
                                                       decode_options options = {}) {
  options.words = word_source::tokens;
  return decode<S>(scores, labels, encoding<unit::token>{}, options);
}

// A batch as models give it: batch × tokens × labels scores without gaps, one encoding a sequence. attention_mask,
// batch × tokens numbers or empty, is 0 where a token is padding, on either side; an encoding may leave its padding out
// if it is on the right, and has nothing in it where all is padding. Each sequence succeeds or fails by itself: as
// above, and with shape_mismatch {tokens of the encoding, tokens that are attended to} where it leaves out more than
// padding. Error of the whole: shape_mismatch {given, expected} where the scores or the mask are not batch × tokens.
template <tag_scheme S, class T, class Unit, label_range Mask = std::span<std::int64_t const>>
result<std::vector<result<std::vector<scored_entity<Unit>>>>> decode_batch(scores_view<T> scores, std::size_t tokens,
                                                                           label_set const& labels,
                                                                           std::span<encoding<Unit> const> encodings,
                                                                           decode_options const& options = {},
                                                                           Mask const& attention_mask = {}) {
  std::size_t const expected = encodings.size() * tokens;
  if (scores.rows != expected) return error{errc::shape_mismatch, scores.rows, expected};
  if (attention_mask.size() != 0 && attention_mask.size() != expected) {
    return error{errc::shape_mismatch, attention_mask.size(), expected};
  }
  std::vector<result<std::vector<scored_entity<Unit>>>> out;
  out.reserve(encodings.size());
  decode_workspace memory;
  std::vector<std::uint8_t> special;
  auto const is_padding = [&](std::size_t begin, std::size_t end) {
    while (begin < end && attention_mask.data()[begin] == 0) ++begin;
    return begin == end;
  };
  for (std::size_t b = 0; b < encodings.size(); ++b) {
    encoding<Unit> enc = encodings[b];
    std::size_t length = 0;
    for (std::size_t size : detail::sizes_of(enc)) length = size != 0 ? size : length;
    // Nothing in it: it leaves out all tokens where all are padding, and says nothing about them otherwise.
    bool const is_empty = length == 0 && attention_mask.size() != 0 && is_padding(b * tokens, (b + 1) * tokens);
    if (length == 0 && !is_empty) length = tokens;
    if (length > tokens) {
      out.push_back(error{errc::shape_mismatch, length, tokens});
      continue;
    }
    if (attention_mask.size() != 0) {
      std::size_t attended = tokens;
      while (attended > length && attention_mask.data()[b * tokens + attended - 1] == 0) --attended;
      if (attended > length) {
        out.push_back(error{errc::shape_mismatch, length, attended});
        continue;
      }
      special.assign(length, 0);
      for (std::size_t i = 0; i < length; ++i) {
        bool const marked = i < enc.special_tokens_mask.size() && enc.special_tokens_mask[i] != 0;
        special[i] = marked || attention_mask.data()[b * tokens + i] == 0 ? 1 : 0;
      }
      if (enc.special_tokens_mask.empty() || enc.special_tokens_mask.size() == length)
        enc.special_tokens_mask = special;
    }
    std::vector<scored_entity<Unit>> entities;
    auto const done =
        decode_into<S>(scores.slice(b * tokens, b * tokens + length), labels, enc, options, entities, memory);
    if (done) {
      out.push_back(std::move(entities));
    } else {
      out.push_back(done.error());
    }
  }
  return out;
}
template <tag_scheme S, class T, class Unit, label_range Mask = std::span<std::int64_t const>>
result<std::vector<result<std::vector<scored_entity<Unit>>>>> decode_batch(scores_view<T> scores, std::size_t tokens,
                                                                           label_set const& labels,
                                                                           std::vector<encoding<Unit>> const& encodings,
                                                                           decode_options const& options = {},
                                                                           Mask const& attention_mask = {}) {
  return decode_batch<S>(scores, tokens, labels, std::span<encoding<Unit> const>(encodings), options, attention_mask);
}

}  // namespace tagspan::inline TAGSPAN_ABI
