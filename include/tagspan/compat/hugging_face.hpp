// SPDX-License-Identifier: MIT
// What the token-classification pipeline of Hugging Face transformers answers, label for label and offset for offset,
// for those who come from there; described from transformers 5.5.0.dev0 and tokenizers 0.22.2. It never looks at word
// ids: subwords are guessed from the length of pieces or from blanks, and labels are compared as text, B- and I- alone
// having a meaning. decode() in model/decode.hpp gives the same strategies over true words and in any scheme.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tagspan/core/error.hpp>
#include <tagspan/core/span.hpp>
#include <tagspan/model/decode.hpp>
#include <tagspan/model/scores.hpp>
#include <tagspan/text/offsets.hpp>

namespace tagspan::inline TAGSPAN_ABI::compat {

// What the pipeline knows of its input: one entry a token each. Offsets count code points. Views of what the caller
// keeps.
struct hf_input {
  std::string_view text{};  // UTF-8
  std::span<code_point_span const> offsets{};
  std::span<std::uint8_t const> special_tokens_mask{};  // 1: special, or padding; empty: none is
  std::span<std::int64_t const> input_ids{};            // to know the unknown token by; may be empty
  std::optional<std::int64_t> unk_token_id{};
  // For tokenizers whose model has a continuing subword prefix (WordPiece): a piece is a subword iff it is not as long
  // as the text it covers, in code points, prefix included. Empty: a token is a subword iff neither the character
  // before it nor its first one is U+0020.
  std::span<std::string_view const> pieces{};
};

struct hf_options {
  aggregation strategy = aggregation::none;
  std::vector<std::string> ignore_labels{"O"};  // names of groups; with none, labels
  bool scores_are_probabilities = false;        // otherwise logits
};

struct hf_entity {
  std::string label;  // entity_group; with none, the label itself: entity
  float score{};
  std::size_t token{};   // index of the first token
  code_point_span span;  // start and end
  friend bool operator==(hf_entity const&, hf_entity const&) = default;
};

namespace detail {

using tagspan::detail::argmax_of_row;
using tagspan::detail::number;

// A token's or word's label, as the pipeline goes on with it.
struct hf_unit {
  std::size_t token;
  std::size_t label;
  float score;
  code_point_span span;
};

struct hf_label {
  bool begins;
  std::string_view rest;
};
constexpr hf_label hf_read_label(std::string_view name) noexcept {
  if (name.substr(0, 2) == "B-" || name.substr(0, 2) == "I-") return {name[0] == 'B', name.substr(2)};
  return {false, name};
}

// One row as the pipeline's softmax gives it, in float.
template <class T>
void hf_softmax(T const* row, std::size_t columns, bool done, std::vector<float>& to) {
  to.clear();
  for (std::size_t j = 0; j < columns; ++j) to.push_back(static_cast<float>(number(row[j])));
  if (done) return;
  float const top = *std::max_element(to.begin(), to.end());
  float sum = 0;
  for (float& x : to) {
    x = std::exp(x - top);
    sum += x;
  }
  for (float& x : to) x /= sum;
}

// A word's row out of those of its tokens: `rows` are these, one after the other.
inline std::vector<float> hf_word_row(std::vector<float> const& rows, std::size_t columns, aggregation strategy) {
  auto const row = [&](std::size_t i) { return rows.begin() + static_cast<std::ptrdiff_t>(i * columns); };
  std::size_t const count = rows.size() / columns;
  if (strategy != aggregation::average) {
    std::size_t best = 0;
    for (std::size_t i = 1; i < count && strategy == aggregation::max; ++i) {
      if (*std::max_element(row(i), row(i + 1)) > *std::max_element(row(best), row(best + 1))) best = i;
    }
    return {row(best), row(best + 1)};
  }
  std::vector<float> mean(row(0), row(1));
  for (std::size_t i = 1; i < count; ++i) {
    for (std::size_t j = 0; j < columns; ++j) mean[j] += rows[i * columns + j];
  }
  for (float& x : mean) x /= static_cast<float>(count);
  return mean;
}

}  // namespace detail

// For each token: is it a subword, as the pipeline guesses? Special tokens are not asked about, and get 0.
// Errors: shape_mismatch {given, expected}; out_of_text {offset, token} and bad_offsets {token}. Linear.
inline result<std::vector<std::uint8_t>> hf_subwords(hf_input const& input) {
  std::size_t const tokens = input.offsets.size();
  for (std::size_t size : {input.special_tokens_mask.size(), input.input_ids.size(), input.pieces.size()}) {
    if (size != 0 && size != tokens) return error{errc::shape_mismatch, size, tokens};
  }
  offset_map const map(input.text);
  std::vector<std::uint8_t> out(tokens, 0);
  auto const is_blank = [&](std::size_t code_point) {
    auto const bytes = map.to<unit::byte>(code_point_span{code_point, code_point + 1});
    return input.text.substr(bytes.begin, bytes.size()) == " ";
  };
  for (std::size_t i = 0; i < tokens; ++i) {
    if (!input.special_tokens_mask.empty() && input.special_tokens_mask[i] != 0) continue;
    code_point_span const at = input.offsets[i];
    if (at.begin > at.end) return error{errc::bad_offsets, i, 0};
    if (at.end > map.size().code_point) return error{errc::out_of_text, at.end, i};
    if (input.unk_token_id && !input.input_ids.empty() && input.input_ids[i] == *input.unk_token_id) continue;
    bool subword = false;
    if (!input.pieces.empty()) {
      subword = offset_map(input.pieces[i]).size().code_point != at.size();
    } else if (at.begin > 0) {
      subword = !is_blank(at.begin - 1) && !(at.begin < map.size().code_point && is_blank(at.begin));
    }
    out[i] = subword ? 1 : 0;
  }
  return out;
}

// The pipeline's entities. `labels` are the names in id order: any text. Errors as hf_subwords, and shape_mismatch
// where rows or columns do not fit; not_a_number {row, column} for NaN and +inf, no_legal_path {row} for a row that is
// -inf throughout, in rows that are not special. Linear; allocates as it likes.
template <class T, string_range Labels>
requires score_type<T> result<std::vector<hf_entity>> hf_decode(scores_view<T> scores, Labels const& labels,
                                                                hf_input const& input, hf_options const& options = {}) {
  std::vector<std::string_view> names;
  for (auto&& name : labels) names.push_back(std::string_view(name));
  if (auto const ok = check_shape(scores, input.offsets.size(), names.size()); !ok) return ok.error();
  auto const subwords = hf_subwords(input);
  if (!subwords) return subwords.error();
  std::vector<hf_entity> out;
  if (scores.rows == 0) return out;

  bool const over_words = options.strategy != aggregation::none && options.strategy != aggregation::simple;
  std::size_t const columns = scores.columns;
  std::vector<detail::hf_unit> units;
  std::vector<float> row;
  std::vector<float> word;  // the rows of the word that is open
  auto const decide = [&](std::vector<float> const& p) {
    units.back().label = detail::argmax_of_row(p.data(), columns);
    units.back().score = p[units.back().label];
  };
  auto const close_word = [&] {
    if (!word.empty()) decide(detail::hf_word_row(word, columns, options.strategy));
    word.clear();
  };
  for (std::size_t i = 0; i < scores.rows; ++i) {
    if (!input.special_tokens_mask.empty() && input.special_tokens_mask[i] != 0) continue;
    T const* const from = scores.data + i * scores.row_stride();
    if (auto const weight = tagspan::detail::weigh(from, columns, 1, i); !weight) return weight.error();
    detail::hf_softmax(from, columns, options.scores_are_probabilities, row);
    if (!over_words) {
      units.push_back({i, 0, 0, input.offsets[i]});
      decide(row);
      continue;
    }
    if (word.empty() || (*subwords)[i] == 0) {
      close_word();
      units.push_back({i, 0, 0, input.offsets[i]});
    }
    word.insert(word.end(), row.begin(), row.end());
    units.back().span.end = input.offsets[i].end;
  }
  close_word();

  auto const add = [&](std::size_t begin, std::size_t end, std::string_view name) {
    for (std::string const& ignored : options.ignore_labels) {
      if (ignored == name) return;
    }
    double sum = 0;
    for (std::size_t u = begin; u < end; ++u) sum += static_cast<double>(units[u].score);
    out.push_back({std::string(name),
                   static_cast<float>(sum / static_cast<double>(end - begin)),
                   units[begin].token,
                   {units[begin].span.begin, units[end - 1].span.end}});
  };
  for (std::size_t begin = 0; begin < units.size();) {
    std::string_view const first = names[units[begin].label];
    std::size_t end = begin + 1;
    if (options.strategy == aggregation::none) {
      add(begin, end, first);
    } else {
      std::string_view const rest = detail::hf_read_label(first).rest;
      for (; end < units.size(); ++end) {
        detail::hf_label const next = detail::hf_read_label(names[units[end].label]);
        if (next.begins || next.rest != rest) break;
      }
      std::size_t const hyphen = first.find('-');
      add(begin, end, hyphen == std::string_view::npos ? first : first.substr(hyphen + 1));
    }
    begin = end;
  }
  return out;
}

// A text that was given as words: the pipeline joins them, and counts offsets in what it joined.
struct hf_joined_words {
  std::string text;
  std::vector<code_point_span> offsets;
};
// `offsets` count in the word that `word_ids` names (negative: a special token, whose offsets stay). Errors:
// length_mismatch {0, the shorter length}; id_out_of_range {token} for a word that is not there.
template <string_range Words>
result<hf_joined_words> hf_join_words(Words const& words, std::span<std::int32_t const> word_ids,
                                      std::span<code_point_span const> offsets, std::string_view delimiter = " ") {
  if (word_ids.size() != offsets.size()) {
    return error{errc::length_mismatch, 0, std::min(word_ids.size(), offsets.size())};
  }
  hf_joined_words out;
  std::vector<std::size_t> begins;
  std::size_t at = 0;
  std::size_t const gap = offset_map(delimiter).size().code_point;
  for (auto&& element : words) {
    std::string_view const word(element);
    if (!begins.empty()) {
      out.text += delimiter;
      at += gap;
    }
    begins.push_back(at);
    out.text += word;
    at += offset_map(word).size().code_point;
  }
  for (std::size_t i = 0; i < offsets.size(); ++i) {
    std::size_t shift = 0;
    if (word_ids[i] >= 0) {
      auto const word = static_cast<std::size_t>(word_ids[i]);
      if (word >= begins.size()) return error{errc::id_out_of_range, i, 0};
      shift = begins[word];
    }
    out.offsets.push_back({offsets[i].begin + shift, offsets[i].end + shift});
  }
  return out;
}

// The windows that the tokenizers library cuts a text of `tokens` tokens (without special ones) into: max_length counts
// `reserved` special tokens, `stride` is how many tokens neighbours share. From the left the last window is short; from
// the right the windows come from the end, and the last of them, which holds the begin, is short. Error:
// overlap_too_large {stride, room} where the stride leaves no room. A step a window; allocates the result.
// plan_windows() in model/window.hpp cuts no words.
inline result<std::vector<token_span>> hf_windows(std::size_t tokens, std::size_t max_length, std::size_t reserved,
                                                  std::size_t stride, bool from_right = false) {
  std::size_t const room = max_length > reserved ? max_length - reserved : 0;
  if (stride >= room) return error{errc::overlap_too_large, stride, room};
  std::vector<token_span> out;
  for (std::size_t begin = 0;; begin += room - stride) {
    std::size_t const end = tokens - begin > room ? begin + room : tokens;
    out.push_back(from_right ? token_span{tokens - end, tokens - begin} : token_span{begin, end});
    if (end == tokens) return out;
  }
}

// What the pipeline keeps of the entities of several windows, as indices in the order of its answer: by begin, the
// longer of two that overlap, of equally long ones the better score; of a chain only one. Empty entities come out
// twice, as they do there. O(n log n).
inline std::vector<std::size_t> hf_aggregate_overlapping(std::span<hf_entity const> entities) {
  std::vector<std::size_t> order(entities.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    std::size_t const x = entities[a].span.begin;
    std::size_t const y = entities[b].span.begin;
    return x != y ? x < y : a < b;
  });
  std::vector<std::size_t> kept;
  if (order.empty()) return kept;
  std::size_t last = order.front();
  for (std::size_t i : order) {
    code_point_span const before = entities[last].span;
    code_point_span const here = entities[i].span;
    if (before.begin <= here.begin && here.begin < before.end) {
      bool const better = here.size() == before.size() && entities[i].score > entities[last].score;
      if (here.size() > before.size() || better) last = i;
    } else {
      kept.push_back(last);
      last = i;
    }
  }
  kept.push_back(last);
  return kept;
}

}  // namespace tagspan::inline TAGSPAN_ABI::compat
