// SPDX-License-Identifier: MIT
// GLiNER's own answers, for those who come from there. Described from urchade/GLiNER 0.2.27: decoding/decoder.py. Words
// are half-open here, where GLiNER's ends are inclusive.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <tagspan/core/error.hpp>
#include <tagspan/core/span.hpp>
#include <tagspan/core/version.hpp>
#include <tagspan/text/overlap.hpp>

namespace tagspan::inline TAGSPAN_ABI::compat {

struct gliner_options {
  float threshold = 0.5f;
  bool flat_ner = true;      // no overlap; else spans may lie one within another
  bool multi_label = false;  // equal spans may have several labels
};

// The indices of the spans that greedy_search keeps, in the order in which it gives them: the highest score first, of
// equals the one given first; kept if it clashes with none that was kept; by begin. The threshold is not looked at.
// What projection gives is an overlap_key. O(n k) with k kept, as there.
template <class R, class Projection = overlap_key_of>
std::vector<std::size_t> gliner_greedy_search(R const& spans, gliner_options options = {}, Projection projection = {}) {
  std::vector<overlap_key> keys;
  for (auto const& s : spans) keys.push_back(projection(s));
  std::vector<std::size_t> order(keys.size()), kept, place(keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return keys[a].score != keys[b].score ? keys[a].score > keys[b].score : a < b;
  });
  auto const clash = [&](overlap_key const& a, overlap_key const& b) {
    if (a.begin == b.begin && a.end == b.end) return !options.multi_label;
    if (a.begin >= b.end || b.begin >= a.end) return false;
    bool const nested = (a.begin <= b.begin && b.end <= a.end) || (b.begin <= a.begin && a.end <= b.end);
    return options.flat_ner || !nested;
  };
  for (std::size_t i : order) {
    if (std::none_of(kept.begin(), kept.end(), [&](std::size_t k) { return clash(keys[i], keys[k]); }))
      kept.push_back(i);
  }
  for (std::size_t p = 0; p < order.size(); ++p) place[order[p]] = p;
  std::sort(kept.begin(), kept.end(), [&](std::size_t a, std::size_t b) {
    return keys[a].begin != keys[b].begin ? keys[a].begin < keys[b].begin : place[a] < place[b];
  });
  return kept;
}

using gliner_entity = scored_entity<unit::word>;

namespace detail {

inline float sigmoid(float x) { return 1.0f / (1.0f + std::exp(-x)); }

inline std::vector<gliner_entity> chosen(std::vector<gliner_entity> const& candidates, gliner_options const& options) {
  std::vector<gliner_entity> out;
  for (std::size_t i : gliner_greedy_search(candidates, options)) out.push_back(candidates[i]);
  return out;
}

}  // namespace detail

// Decodes a span model: logits[(word * max_width + width) * classes + class] is for the class of the span of width + 1
// words from that word. A span counts where its sigmoid is greater than the threshold, and where it ends inside the
// text. The type is the number of the class. errc::shape_mismatch where the logits are not words * max_width * classes
// (where: how many; inner: how many are expected). Linear in the logits, beside the search.
inline result<std::vector<gliner_entity>> gliner_decode_spans(std::span<float const> logits, std::size_t words,
                                                              std::size_t max_width, std::size_t classes,
                                                              gliner_options options = {}) {
  if (logits.size() != words * max_width * classes) {
    return error{errc::shape_mismatch, logits.size(), words * max_width * classes};
  }
  std::vector<gliner_entity> candidates;
  for (std::size_t word = 0; word < words; ++word) {
    for (std::size_t width = 0; width < max_width && word + width < words; ++width) {
      for (std::size_t c = 0; c < classes; ++c) {
        float const score = detail::sigmoid(logits[(word * max_width + width) * classes + c]);
        if (!(score > options.threshold)) continue;
        candidates.push_back({{word, word + width + 1}, static_cast<type_id>(c), score, {}});
      }
    }
  }
  return detail::chosen(candidates, options);
}

// Decodes a token model: three logits for each word and class (word * classes + class), that it begins an entity, ends
// one, and is inside of one. A begin and an end of one class, not before it, are an entity if the words from one to the
// other are all inside by the threshold at least; its score is the least of all these. errc::shape_mismatch as above.
// O(words * classes * longest entity), beside the search.
inline result<std::vector<gliner_entity>> gliner_decode_tokens(std::span<float const> begins,
                                                               std::span<float const> ends,
                                                               std::span<float const> insides, std::size_t words,
                                                               std::size_t classes, gliner_options options = {}) {
  for (std::span<float const> logits : {begins, ends, insides}) {
    if (logits.size() != words * classes) return error{errc::shape_mismatch, logits.size(), words * classes};
  }
  std::vector<gliner_entity> candidates;
  for (std::size_t begin = 0; begin < words; ++begin) {
    for (std::size_t c = 0; c < classes; ++c) {
      float score = detail::sigmoid(begins[begin * classes + c]);
      if (!(score > options.threshold)) continue;
      for (std::size_t end = begin; end < words; ++end) {
        float const inside = detail::sigmoid(insides[end * classes + c]);
        if (!(inside >= options.threshold)) break;
        score = std::min(score, inside);
        float const last = detail::sigmoid(ends[end * classes + c]);
        if (!(last > options.threshold)) continue;
        candidates.push_back({{begin, end + 1}, static_cast<type_id>(c), std::min(score, last), {}});
      }
    }
  }
  return detail::chosen(candidates, options);
}

}  // namespace tagspan::inline TAGSPAN_ABI::compat
