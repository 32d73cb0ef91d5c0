// SPDX-License-Identifier: MIT
// spaCy's own answers, for those who come from there. Described from explosion/spaCy 3.8.15: util.filter_spans and
// Doc.char_span. Its get_alignments is align_tokens() in text/token_alignment.hpp.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <tagspan/core/error.hpp>
#include <tagspan/core/span.hpp>
#include <tagspan/core/version.hpp>
#include <tagspan/text/overlap.hpp>

namespace tagspan::inline TAGSPAN_ABI::compat {

// The indices of the spans that filter_spans keeps, in the order in which it gives them: the longest first, of equals
// the one that begins first, then the one given first; kept if neither its first nor its last token is taken; by begin.
// What projection gives is an overlap_key. O(n log n).
template <class R, class Projection = overlap_key_of>
std::vector<std::size_t> spacy_filter_spans(R const& spans, Projection projection = {}) {
  std::vector<overlap_key> keys;
  for (auto const& s : spans) keys.push_back(projection(s));
  std::vector<std::size_t> order(keys.size()), begins(keys.size()), end_of(keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    order[i] = i;
    begins[i] = keys[i].begin;
  }
  std::sort(begins.begin(), begins.end());
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    std::size_t const a_length = keys[a].end - keys[a].begin, b_length = keys[b].end - keys[b].begin;
    if (a_length != b_length) return a_length > b_length;
    return keys[a].begin != keys[b].begin ? keys[a].begin < keys[b].begin : a < b;
  });
  auto const number_of = [&](std::size_t begin) {
    return static_cast<std::size_t>(std::lower_bound(begins.begin(), begins.end(), begin) - begins.begin());
  };
  tagspan::detail::neighbour_set taken(keys.size());  // where kept spans begin
  auto const is_taken = [&](std::size_t token) {
    std::size_t const before =
        taken.before(static_cast<std::size_t>(std::upper_bound(begins.begin(), begins.end(), token) - begins.begin()));
    return before != tagspan::detail::neighbour_set::none && end_of[before] > token;
  };
  std::vector<std::size_t> kept;
  for (std::size_t i : order) {
    overlap_key const& key = keys[i];
    if (is_taken(key.begin) || (key.end != 0 && is_taken(key.end - 1))) continue;
    kept.push_back(i);
    if (key.begin < key.end) {
      std::size_t const number = number_of(key.begin);
      taken.insert(number);
      end_of[number] = key.end;
    }
  }
  // Stable, over the order above.
  std::vector<std::size_t> place(keys.size());
  for (std::size_t p = 0; p < order.size(); ++p) place[order[p]] = p;
  std::sort(kept.begin(), kept.end(), [&](std::size_t a, std::size_t b) {
    return keys[a].begin != keys[b].begin ? keys[a].begin < keys[b].begin : place[a] < place[b];
  });
  return kept;
}

// A token as spaCy has it: with the one blank behind it, if there is one.
struct spacy_token {
  code_point_span span;
  bool blank_follows = false;
};

// Doc.char_span(begin, end, alignment_mode). A token holds its blank as well, so that a span may begin or end there. No
// value where char_span gives None; errc::span_out_of_range where spaCy raises. Differs from char_span() in
// text/token_alignment.hpp for spans that begin or end in white space: where a span is the blank between two tokens,
// expand gives the empty span behind the first of them. Tokens are in order. O(log n).
inline result<std::optional<token_span>> spacy_char_span(std::span<spacy_token const> tokens, code_point_span text,
                                                         alignment mode = alignment::strict) {
  auto const token_by_char = [&](std::size_t at) -> std::optional<std::size_t> {
    auto const behind = std::partition_point(tokens.begin(), tokens.end(), [&](spacy_token const& t) {
      return t.span.end + (t.blank_follows ? 1 : 0) <= at;
    });
    if (behind == tokens.end() || behind->span.begin > at) return std::nullopt;
    return static_cast<std::size_t>(behind - tokens.begin());
  };
  using nothing = std::optional<token_span>;
  auto const first = token_by_char(text.begin);
  if (!first || (mode == alignment::strict && text.begin != tokens[*first].span.begin)) return nothing{};
  if (text.end == 0) return nothing{};
  auto const last = token_by_char(text.end - 1);
  if (!last || (mode == alignment::strict && text.end != tokens[*last].span.end)) return nothing{};
  std::size_t begin = *first, end = *last + 1;
  if (mode == alignment::contract) {
    if (tokens[*first].span.begin < text.begin) ++begin;
    if (text.end < tokens[*last].span.end) --end;
    if (end <= begin) return nothing{};
  } else if (mode == alignment::expand && text.begin == tokens[*first].span.end) {
    ++begin;
  }
  if (begin > end || end > tokens.size()) return error{errc::span_out_of_range, 0, 0};
  return nothing{token_span{begin, end}};
}

}  // namespace tagspan::inline TAGSPAN_ABI::compat
