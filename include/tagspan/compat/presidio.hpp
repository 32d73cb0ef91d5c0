// SPDX-License-Identifier: MIT
// How presidio's anonymizer resolves conflicts, for those who come from there. Described from microsoft/presidio,
// anonymizer 2.2.363. Spans of two types that overlap in part stay by default, and their replacements then garble the
// text; redact() in text/redact.hpp masks the union instead.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tagspan/core/error.hpp>
#include <tagspan/core/span.hpp>
#include <tagspan/core/version.hpp>

namespace tagspan::inline TAGSPAN_ABI::compat {

enum class presidio_strategy : std::uint8_t { merge_similar_or_contained, remove_intersections };

struct presidio_options {
  presidio_strategy strategy = presidio_strategy::merge_similar_or_contained;
  bool merge_spaces = true;  // neighbours of one type with nothing but blanks between them become one
};

struct presidio_result {
  byte_span span;
  type_id type{};
  float score{};
  friend constexpr bool operator==(presidio_result const&, presidio_result const&) = default;
};

namespace detail {

// Stable, as Python's sort is; lists of results are short, and what follows is quadratic anyway.
template <class T, class Less>
void sort_in_place(std::vector<T>& items, Less less) {
  for (std::size_t i = 1; i < items.size(); ++i) {
    for (std::size_t j = i; j > 0 && less(items[j], items[j - 1]); --j) std::swap(items[j], items[j - 1]);
  }
}

}  // namespace detail

// What is left of recognizer results over a text, in presidio's order: that of the text as it was before results of one
// type were united. errc::out_of_text and errc::bad_offsets as in redact(). O(n^2), as there.
inline result<std::vector<presidio_result>> presidio_resolve(std::string_view text,
                                                             std::vector<presidio_result> results,
                                                             presidio_options options = {}) {
  for (std::size_t i = 0; i < results.size(); ++i) {
    byte_span const span = results[i].span;
    if (span.begin > span.end) return error{errc::bad_offsets, i, 0};
    if (span.end > text.size()) return error{errc::out_of_text, span.end, i};
  }
  detail::sort_in_place(results, [](auto const& a, auto const& b) { return a.span < b.span; });

  // One type: what intersects the next one that does is taken up by it. `others` is searched in the order in which
  // presidio's list comes to be: the results ahead first, then those that found no partner.
  std::vector<presidio_result> merged;
  std::vector<std::size_t> alone;
  for (std::size_t i = 0; i < results.size(); ++i) {
    auto const takes = [&](std::size_t j) {
      presidio_result& other = results[j];
      if (other.type != results[i].type || shared_size(other.span, results[i].span) == 0) return false;
      other.span = {std::min(other.span.begin, results[i].span.begin), std::max(other.span.end, results[i].span.end)};
      other.score = std::max(other.score, results[i].score);
      return true;
    };
    bool taken = false;
    for (std::size_t j = i + 1; j < results.size() && !taken; ++j) taken = takes(j);
    for (std::size_t k = 0; k < alone.size() && !taken; ++k) taken = takes(alone[k]);
    if (!taken) alone.push_back(i);
  }
  for (std::size_t i : alone) merged.push_back(results[i]);

  // What another one contains is dropped; of equal spans the lower score, of equal scores the first.
  std::vector<presidio_result> left;
  auto const conflicts = [](presidio_result const& x, presidio_result const& other) {
    return x.span == other.span ? x.score <= other.score : contains(other.span, x.span);
  };
  for (std::size_t i = 0; i < merged.size(); ++i) {
    bool dropped = false;
    for (std::size_t j = i + 1; j < merged.size() && !dropped; ++j) dropped = conflicts(merged[i], merged[j]);
    for (std::size_t k = 0; k < left.size() && !dropped; ++k) dropped = conflicts(merged[i], left[k]);
    if (!dropped) left.push_back(merged[i]);
  }

  if (options.strategy == presidio_strategy::remove_intersections) {
    auto const by_begin = [](auto const& a, auto const& b) { return a.span.begin < b.span.begin; };
    detail::sort_in_place(left, by_begin);
    for (std::size_t i = 0; i + 1 < left.size();) {
      byte_span &here = left[i].span, &next = left[i + 1].span;
      if (here.end <= next.begin) {
        ++i;
        continue;
      }
      if (left[i].score >= left[i + 1].score) {
        next.begin = here.end;
      } else {
        here.end = next.begin;
      }
      detail::sort_in_place(left, by_begin);
    }
    left.erase(std::remove_if(left.begin(), left.end(), [](auto const& x) { return x.span.begin > x.span.end; }),
               left.end());
  }

  if (options.merge_spaces) {
    std::vector<presidio_result> joined;
    for (presidio_result x : left) {
      if (!joined.empty() && joined.back().type == x.type && joined.back().span.end < x.span.begin) {
        std::string_view const between = text.substr(joined.back().span.end, x.span.begin - joined.back().span.end);
        if (between.find_first_not_of(' ') == std::string_view::npos) {
          x.span.begin = joined.back().span.begin;
          joined.pop_back();
        }
      }
      joined.push_back(x);
    }
    left = std::move(joined);
  }
  return left;
}

struct presidio_item {
  byte_span span;  // in the new text
  type_id type{};
  friend constexpr bool operator==(presidio_item const&, presidio_item const&) = default;
};

struct presidio_text {
  std::string text;
  std::vector<presidio_item> items;  // in the order of the text
};

// The text with replacement(type) put in for each of the results that presidio_resolve() left, from the last one in the
// text to the first, as presidio does: where two overlap, the later one's replacement is cut off at the earlier one's
// end. Each replacement moves the text behind it; allocates.
template <class Replacement>
presidio_text presidio_anonymize(std::string_view text, std::vector<presidio_result> resolved,
                                 Replacement&& replacement) {
  detail::sort_in_place(resolved, [](auto const& a, auto const& b) { return a.span < b.span; });
  presidio_text out{std::string(text), {}};
  std::size_t last = text.size();
  std::vector<std::pair<std::size_t, presidio_item>> from_end;  // how much text stood behind each
  for (std::size_t i = resolved.size(); i-- > 0;) {
    presidio_result const& r = resolved[i];
    std::size_t const end = std::min(r.span.end, last);
    std::string const put(replacement(r.type));
    std::size_t const begin = std::min(r.span.begin, end);
    out.text.replace(begin, end - begin, put);
    last = begin;
    from_end.push_back({out.text.size() - begin - put.size(), {{0, put.size()}, r.type}});
  }
  for (std::size_t i = from_end.size(); i-- > 0;) {
    auto [behind, item] = from_end[i];
    std::size_t const end = out.text.size() - behind;
    out.items.push_back({{end - item.span.end, end}, item.type});
  }
  return out;
}

}  // namespace tagspan::inline TAGSPAN_ABI::compat
