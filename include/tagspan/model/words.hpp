// SPDX-License-Identifier: MIT
// Words over tokens. A subword tokenizer cuts words into pieces; word ids say which pieces belong together. Where they
// come from is the caller's explicit choice: the tokenizer, offsets and text, flags, or the marks of the pieces.
#pragma once
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <tagspan/core/error.hpp>
#include <tagspan/core/span.hpp>
#include <tagspan/detail/math.hpp>
#include <tagspan/model/scores.hpp>
#include <tagspan/tags/labels.hpp>
#include <tagspan/text/offsets.hpp>
#include <tagspan/text/pieces.hpp>

namespace tagspan::inline TAGSPAN_ABI {

namespace detail {

// A word id that says "no word". An unsigned type can't hold -1, so there its greatest value says it.
template <id_integer I>
constexpr bool is_special(I word_id) noexcept {
  if constexpr (std::is_unsigned_v<I>) {
    return word_id == std::numeric_limits<I>::max();
  } else {
    return word_id < 0;
  }
}

}  // namespace detail

// Calls sink(token_span) for each word, in order. A word is a maximal run of one id; a negative id (for unsigned types:
// the greatest value) is a special token, which is in no word and ends the one before it. So an id that comes back
// after another one is a word of its own, and gaps between ids mean nothing. Linear; allocates nothing.
template <label_range W, class Sink>
constexpr void for_each_word(W const& word_ids, Sink&& sink) {
  auto const* const data = word_ids.data();
  std::size_t const size = word_ids.size();
  for (std::size_t i = 0; i < size;) {
    std::size_t const begin = i++;
    if (detail::is_special(data[begin])) continue;
    while (i < size && data[i] == data[begin]) ++i;
    sink(token_span{begin, i});
  }
}

// The tokens of each word, in order. The id of a word is word_ids[span.begin].
template <label_range W>
constexpr void group_words_into(W const& word_ids, std::vector<token_span>& out) {
  out.clear();
  for_each_word(word_ids, [&](token_span word) { out.push_back(word); });
}
template <label_range W>
constexpr std::vector<token_span> group_words(W const& word_ids) {
  std::vector<token_span> out;
  group_words_into(word_ids, out);
  return out;
}

// What word ids look like, for those who can't trust their tokenizer. Nothing here is an error: one word of five pieces
// is constant too, and only its caller knows whether the text had more words.
struct word_ids_summary {
  std::size_t words{};     // maximal runs
  std::size_t special{};   // tokens in no word
  std::size_t repeated{};  // words whose id was seen before another word: [0 1 0] has one
  std::size_t gaps{};      // steps up by more than one, from the word before: [0 2] has one
  bool missing{};          // there are tokens, and none is in a word
  // More than one token, and all of one id: a tokenizer without a pre-tokenizer gives every token word 0. Then take the
  // words from elsewhere (word_ids_from_offsets, word_ids_from_pieces).
  bool constant{};
};

template <label_range W>
constexpr word_ids_summary inspect_word_ids(W const& word_ids) {
  word_ids_summary found;
  auto const* const data = word_ids.data();
  std::size_t in_words = 0;
  std::size_t previous = 0;
  std::size_t highest = 0;
  bool one_id = true;
  for_each_word(word_ids, [&](token_span word) {
    auto const id = static_cast<std::size_t>(data[word.begin]);
    if (found.words > 0) {
      if (id != previous) one_id = false;
      if (id > previous + 1) ++found.gaps;
      // Ids rise as a rule; only one that does not has to be looked for.
      if (id <= highest) {
        for (std::size_t i = 0; i < word.begin; ++i) {
          if (!detail::is_special(data[i]) && static_cast<std::size_t>(data[i]) == id) {
            ++found.repeated;
            break;
          }
        }
      }
    }
    previous = id;
    if (id > highest) highest = id;
    ++found.words;
    in_words += word.size();
  });
  found.special = word_ids.size() - in_words;
  found.missing = word_ids.size() > 0 && found.words == 0;
  found.constant = one_id && in_words > 1;
  return found;
}

namespace detail {

// Special tokens by mask, as tokenizers give it: 1 is special. No mask says none.
constexpr bool masked(std::span<std::uint8_t const> mask, std::size_t i) noexcept {
  return !mask.empty() && mask[i] != 0;
}

constexpr result<void> check_mask(std::span<std::uint8_t const> mask, std::size_t tokens) noexcept {
  if (mask.empty() || mask.size() == tokens) return {};
  return error{errc::length_mismatch, 0, tokens < mask.size() ? tokens : mask.size()};
}

}  // namespace detail

// Word ids from one flag a token, true where a word begins. Special tokens by `special_tokens_mask` (1 = special): they
// get -1, and the token behind one begins a word, as the first token does, whatever its flag. Any range of what
// converts to bool. Errors: length_mismatch {0, the shorter length} for the mask. Linear; allocates the result.
template <class R>
requires requires(R const& r) {
  static_cast<bool>(*std::begin(r));
  std::end(r);
}
result<std::vector<std::int32_t>> word_ids_from_starts(R const& starts,
                                                       std::span<std::uint8_t const> special_tokens_mask = {}) {
  std::size_t tokens = 0;
  for (auto it = std::begin(starts); it != std::end(starts); ++it) ++tokens;
  if (auto const fits = detail::check_mask(special_tokens_mask, tokens); !fits) return fits.error();
  std::vector<std::int32_t> ids;
  ids.reserve(tokens);
  std::int32_t word = -1;
  bool open = false;
  for (auto&& starts_word : starts) {
    if (detail::masked(special_tokens_mask, ids.size())) {
      ids.push_back(-1);
      open = false;
      continue;
    }
    if (!open || static_cast<bool>(starts_word)) ++word;
    open = true;
    ids.push_back(word);
  }
  return ids;
}

// Word ids from the marks of the pieces. The pieces themselves do not say which of them are special ("</s>" has no
// mark, so it would continue a word): that is what the mask is for. Punctuation is as the tokenizer has it: WordPiece
// marks it as words, the other styles do not: there "(Tokyo)." is one word, whose first piece is the bracket, unless
// word_ids_from_offsets cuts it. Errors and cost as word_ids_from_starts.
template <string_range R>
result<std::vector<std::int32_t>> word_ids_from_pieces(R const& pieces, piece_style style,
                                                       std::span<std::uint8_t const> special_tokens_mask = {}) {
  std::vector<std::uint8_t> starts;
  bool ended = false;
  for (auto&& element : pieces) {
    detail::piece_marks const marks = detail::marks_of(std::string_view(element), style);
    starts.push_back(marks.begins || ended ? 1 : 0);
    ended = marks.ends;
  }
  return word_ids_from_starts(starts, special_tokens_mask);
}

namespace detail {

enum class junction : std::uint8_t { letter, punctuation, white };

// Punctuation and symbols of ASCII, Latin-1, General Punctuation, CJK and full-width forms; what is neither that nor
// white space is a letter. A table of all categories would cost more than this rule is worth.
constexpr junction class_of(char32_t c) noexcept {
  if (is_white_space(c)) return junction::white;
  bool const ascii =
      (c >= 0x21 && c <= 0x2F) || (c >= 0x3A && c <= 0x40) || (c >= 0x5B && c <= 0x60) || (c >= 0x7B && c <= 0x7E);
  bool const latin = c == 0xA1 || c == 0xA7 || c == 0xAB || c == 0xB6 || c == 0xB7 || c == 0xBB || c == 0xBF;
  bool const general = (c >= 0x2010 && c <= 0x2027) || (c >= 0x2030 && c <= 0x205E);
  bool const cjk = (c >= 0x3001 && c <= 0x3003) || (c >= 0x3008 && c <= 0x3011) || (c >= 0x3014 && c <= 0x301F) ||
                   c == 0x3030 || c == 0x30FB;
  bool const wide = (c >= 0xFF01 && c <= 0xFF0F) || (c >= 0xFF1A && c <= 0xFF20) || (c >= 0xFF3B && c <= 0xFF40) ||
                    (c >= 0xFF5B && c <= 0xFF65);
  return ascii || latin || general || cjk || wide ? junction::punctuation : junction::letter;
}

constexpr junction class_at(std::string_view text, std::size_t at) noexcept {
  return class_of(code_point_at(text, at, part_at(text, at)));
}
constexpr junction class_before(std::string_view text, std::size_t at) noexcept {
  return class_at(text, part_start(text, at - 1));
}

// Is there (for All: is there nothing but) white space in these bytes, which begin and end at borders of characters?
template <bool All>
constexpr bool has_white(std::string_view text, std::size_t begin, std::size_t end) noexcept {
  while (begin < end) {
    utf8_part const part = part_at(text, begin);
    if ((class_of(code_point_at(text, begin, part)) == junction::white) != All) return !All;
    begin += part.length;
  }
  return All;
}

}  // namespace detail

struct word_boundary_options {
  // Punctuation is a word of its own, as with BERT: "Smith," is two words. Otherwise words end at white space only, as
  // with SentencePiece. Text without spaces stays one word either way: no rule about letters cuts Chinese.
  bool split_punctuation = true;
  std::span<std::uint8_t const>
      special_tokens_mask{};  // 1 = special; without it a token that covers no text is special
};

// Word ids from where the tokens lie in the text. A token begins a word if white space lies before it (between it and
// the token before, or as its own first character, as offsets of SentencePiece and untrimmed byte-level BPE have it),
// or if one side of its border is punctuation. A token that shares characters with the one before it continues the
// word: pieces of one character (byte fallback) have the same offsets. White space alone belongs to the word behind it.
// Tokens that cover no text are in no word; without a mask they are special, with one they are looked through.
// Offsets count bytes, code points or UTF-16 units. Errors: length_mismatch {0, the shorter length} for the mask;
// bad_offsets {token} for one that runs backwards; out_of_text {offset, token}. An offset inside a character is rounded
// outward. Linear in text and tokens where offsets grow; allocates the result, the spans in bytes, and the index of an
// offset_map.
template <text_unit Unit>
result<std::vector<std::int32_t>> word_ids_from_offsets(std::span<basic_span<Unit> const> offsets,
                                                        std::string_view text,
                                                        word_boundary_options const& options = {}) {
  if (auto const fits = detail::check_mask(options.special_tokens_mask, offsets.size()); !fits) return fits.error();
  offset_map const map(text);
  std::vector<byte_span> bytes;
  if (auto const done = map.checked_into(offsets, bytes, rounding::outward); !done) return done.error();
  std::vector<std::int32_t> ids(offsets.size(), -1);
  std::int32_t word = -1;
  bool open = false;
  bool only_white = false;  // the word that is open holds nothing but white space yet
  std::size_t last_end = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    auto const [begin, end] = bytes[i];
    if (detail::masked(options.special_tokens_mask, i) || (begin == end && options.special_tokens_mask.empty())) {
      open = false;
      continue;
    }
    if (begin == end) continue;
    bool starts = !open;
    if (open && begin >= last_end) {
      detail::junction const before = detail::class_before(text, last_end);
      detail::junction const behind = detail::class_at(text, begin);
      bool const punctuation = options.split_punctuation &&
                               (before == detail::junction::punctuation || behind == detail::junction::punctuation);
      starts = only_white ? begin > last_end
                          : before == detail::junction::white || behind == detail::junction::white || punctuation ||
                                detail::has_white<false>(text, last_end, begin);
    }
    only_white = (starts || only_white) && detail::has_white<true>(text, begin, end);
    if (starts) ++word;
    if (starts || end > last_end) last_end = end;
    open = true;
    ids[i] = word;
  }
  return ids;
}
template <text_unit Unit>
result<std::vector<std::int32_t>> word_ids_from_offsets(std::vector<basic_span<Unit>> const& offsets,
                                                        std::string_view text,
                                                        word_boundary_options const& options = {}) {
  return word_ids_from_offsets(std::span<basic_span<Unit> const>(offsets), text, options);
}

// How the pieces of a word become one row.
enum class collapse_policy : std::uint8_t {
  first,    // the first piece
  last,     // the last piece
  max,      // the piece whose highest probability is highest; the first of several
  average,  // the mean of the pieces' probabilities
  vote,     // the share of pieces in which each label wins
};

struct collapse_options {
  collapse_policy policy = collapse_policy::first;
  bool scores_are_probabilities = false;  // otherwise logits, of which max, average and vote take the softmax
};

// One row a word.
template <class T>
struct word_scores {
  std::vector<token_span> words;  // the tokens of each row
  std::vector<T> values;
  std::size_t columns{};
  scores_view<T const> view() const noexcept { return {values.data(), words.size(), columns}; }
};

namespace detail {
// The logarithm of the mean of a label's probabilities where the mean itself is too small for a double: what is
// improbable must not become impossible. The largest term decides; the others add a logarithm of at most their number.
template <class T>
double log_mean_probability(scores_view<T> scores, token_span word, std::size_t column) {
  constexpr double lowest = -std::numeric_limits<double>::infinity();
  double top = lowest;
  double sum = 0;
  for (int pass = 0; pass < 2; ++pass) {
    for (std::size_t i = word.begin; i < word.end; ++i) {
      T const* const row = scores.data + i * scores.row_stride();
      row_weight const weight = *weigh(row, scores.columns, 1, i);
      double const p = static_cast<double>(number(row[column])) - weight.top - log(weight.sum);
      if (pass == 0) top = p > top ? p : top;
      if (pass == 1 && top > lowest) sum += exp(p - top);
    }
  }
  return top > lowest ? top + log(sum / static_cast<double>(word.size())) : lowest;
}
}  // namespace detail

// Scores of words from scores of pieces. The result is of the kind of the input: logits give rows whose softmax is the
// mean (vote: the share), probabilities give probabilities; rows of one piece stay as they are, but for a vote. The
// strategies first, max and average are those of the Hugging Face pipeline, over true words.
// Errors: length_mismatch {0, the shorter length}; not_a_number {row, column} for NaN and +inf in a word's row, of
// probabilities for all that is not in [0, 1.001]; no_legal_path {row} for a row of a word that is -inf throughout, of
// probabilities 0. Linear; allocates the result.
template <class T, label_range W>
requires score_type<T> result<word_scores<score_value<T>>> collapse(scores_view<T> scores, W const& word_ids,
                                                                    collapse_options options = {}) {
  using value = score_value<T>;
  detail::expect_rows(scores);
  std::size_t const given = word_ids.size();
  if (given != scores.rows) return error{errc::length_mismatch, 0, given < scores.rows ? given : scores.rows};
  word_scores<value> out;
  out.columns = scores.columns;
  group_words_into(word_ids, out.words);
  out.values.resize(out.words.size() * scores.columns);
  std::size_t const stride = scores.row_stride();
  std::vector<double> sums(scores.columns);
  for (std::size_t w = 0; w < out.words.size(); ++w) {
    token_span const word = out.words[w];
    value* const to = out.values.data() + w * scores.columns;
    for (std::size_t i = word.begin; i < word.end; ++i) {
      auto const* const row = scores.data + i * stride;
      if (options.scores_are_probabilities) {
        if (auto const ok = detail::check_probabilities(row, scores.columns, i); !ok) return ok.error();
      } else if (auto const weight = detail::weigh(row, scores.columns, 1, i); !weight) {
        return weight.error();
      }
    }
    auto copy_row = [&](std::size_t i) {
      for (std::size_t j = 0; j < scores.columns; ++j) {
        to[j] = static_cast<value>(detail::number(scores.data[i * stride + j]));
      }
    };
    collapse_policy const policy =
        word.size() == 1 && options.policy != collapse_policy::vote ? collapse_policy::first : options.policy;
    switch (policy) {
      case collapse_policy::first: copy_row(word.begin); break;
      case collapse_policy::last: copy_row(word.end - 1); break;
      case collapse_policy::max: {
        std::size_t best = word.begin;
        double highest = -1;
        for (std::size_t i = word.begin; i < word.end; ++i) {
          auto const* const row = scores.data + i * stride;
          detail::row_weight const weight = *detail::weigh(row, scores.columns, 1, i);
          double const top = options.scores_are_probabilities ? weight.top : 1 / weight.sum;
          if (top > highest) {
            highest = top;
            best = i;
          }
        }
        copy_row(best);
        break;
      }
      case collapse_policy::average:
      case collapse_policy::vote: {
        for (double& s : sums) s = 0;
        for (std::size_t i = word.begin; i < word.end; ++i) {
          auto const* const row = scores.data + i * stride;
          if (policy == collapse_policy::vote) {
            sums[detail::argmax_of_row(row, scores.columns)] += 1;
            continue;
          }
          detail::row_weight const weight = *detail::weigh(row, scores.columns, 1, i);
          for (std::size_t j = 0; j < scores.columns; ++j) {
            double const score = static_cast<double>(detail::number(row[j]));
            sums[j] += options.scores_are_probabilities ? score : detail::exp(score - weight.top) / weight.sum;
          }
        }
        for (std::size_t j = 0; j < scores.columns; ++j) {
          double const mean = sums[j] / static_cast<double>(word.size());
          if (options.scores_are_probabilities) {
            to[j] = static_cast<value>(mean);
          } else if (policy == collapse_policy::average && mean < 0x1p-1000) {
            to[j] = static_cast<value>(detail::log_mean_probability(scores, word, j));
          } else {
            to[j] = static_cast<value>(detail::log(mean));
          }
        }
        break;
      }
    }
  }
  return out;
}

}  // namespace tagspan::inline TAGSPAN_ABI
