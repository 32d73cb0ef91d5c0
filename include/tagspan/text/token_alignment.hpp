// SPDX-License-Identifier: MIT
// Tokens and text: which token holds an offset, which tokens a span of text is; and two tokenizations of one text, with
// entities carried from one to the other.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <tagspan/core/error.hpp>
#include <tagspan/core/span.hpp>
#include <tagspan/core/version.hpp>
#include <tagspan/detail/utf8.hpp>

namespace tagspan::inline TAGSPAN_ABI {

// Offsets of tokens as tokenizers give them, made fit for questions. Empty offsets (special tokens) are passed over,
// wherever they stand; several tokens may share a character, as pieces of one character do. Keeps the offsets by
// reference.
template <class Unit>
class token_map {
 public:
  // errc::bad_offsets where a span runs backwards, or begins or ends before the span in front of it does; where: its
  // position. O(n), allocates n positions at most.
  static result<token_map> from(std::span<basic_span<Unit> const> offsets) {
    token_map map;
    map.offsets_ = offsets;
    basic_span<Unit> last{};
    for (std::size_t i = 0; i < offsets.size(); ++i) {
      basic_span<Unit> const here = offsets[i];
      if (here.begin == here.end) continue;
      if (here.begin > here.end || here.begin < last.begin || here.end < last.end)
        return error{errc::bad_offsets, i, 0};
      map.filled_.push_back(i);
      last = here;
    }
    return map;
  }
  static result<token_map> from(std::vector<basic_span<Unit>> const& offsets) {
    return from(std::span<basic_span<Unit> const>(offsets));
  }
  static result<token_map> from(std::vector<basic_span<Unit>>&&) = delete;

  // The first token that holds the character at `offset`; none where no token does, as between words. O(log n).
  std::optional<std::size_t> token_at(std::size_t offset) const {
    auto const token = first_ending_behind(offset);
    if (token == filled_.end() || offsets_[*token].begin > offset) return std::nullopt;
    return *token;
  }

  // The tokens of a span of text; none where it has no token, under `strict` where its ends are not ends of tokens.
  // From the first of tokens that share a character to the last. An empty span has no tokens. O(log n).
  std::optional<token_span> tokens_of(basic_span<Unit> text, alignment mode = alignment::strict) const {
    if (text.begin >= text.end) return std::nullopt;
    auto first = first_ending_behind(text.begin);
    auto last = std::partition_point(filled_.begin(), filled_.end(),
                                     [&](std::size_t token) { return offsets_[token].begin < text.end; });
    if (mode != alignment::expand) {
      auto const inner_first = std::partition_point(
          filled_.begin(), filled_.end(), [&](std::size_t token) { return offsets_[token].begin < text.begin; });
      auto const inner_last = std::partition_point(filled_.begin(), filled_.end(),
                                                   [&](std::size_t token) { return offsets_[token].end <= text.end; });
      if (mode == alignment::strict &&
          (inner_first >= inner_last || inner_first != first || inner_last != last ||
           offsets_[*inner_first].begin != text.begin || offsets_[*std::prev(inner_last)].end != text.end)) {
        return std::nullopt;
      }
      first = inner_first;
      last = inner_last;
    }
    if (first >= last) return std::nullopt;
    return token_span{*first, *std::prev(last) + 1};
  }

  // The text from the begin of the first token to the end of the last one that is not empty; none where all are.
  // Contract: the tokens exist. O(log n).
  std::optional<basic_span<Unit>> text_of(token_span tokens) const {
    TAGSPAN_EXPECTS(tokens.begin <= tokens.end && tokens.end <= offsets_.size(), "tokens that do not exist");
    auto const first = std::lower_bound(filled_.begin(), filled_.end(), tokens.begin);
    auto const last = std::lower_bound(filled_.begin(), filled_.end(), tokens.end);
    if (first == last) return std::nullopt;
    return basic_span<Unit>{offsets_[*first].begin, offsets_[*std::prev(last)].end};
  }

 private:
  token_map() = default;

  std::vector<std::size_t>::const_iterator first_ending_behind(std::size_t offset) const {
    return std::partition_point(filled_.begin(), filled_.end(),
                                [&](std::size_t token) { return offsets_[token].end <= offset; });
  }

  std::span<basic_span<Unit> const> offsets_;
  std::vector<std::size_t> filled_;  // the tokens that are not empty

  template <class U>
  friend class tagspan::result;
};

// The same questions of offsets in any order, for those who have few: O(n), no allocation.
template <class Unit>
constexpr std::optional<std::size_t> token_at(std::span<basic_span<Unit> const> offsets, std::size_t offset) {
  for (std::size_t i = 0; i < offsets.size(); ++i) {
    if (contains(offsets[i], offset)) return i;
  }
  return std::nullopt;
}
template <class Unit>
constexpr std::optional<std::size_t> token_at(std::vector<basic_span<Unit>> const& offsets, std::size_t offset) {
  return token_at(std::span<basic_span<Unit> const>(offsets), offset);
}

template <class Unit>
constexpr std::optional<token_span> char_span(std::span<basic_span<Unit> const> offsets, basic_span<Unit> text,
                                              alignment mode = alignment::strict) {
  token_span tokens{offsets.size(), 0};
  bool begins = false, ends = false, cut = false;
  for (std::size_t i = 0; i < offsets.size(); ++i) {
    if (!overlaps(offsets[i], text)) continue;
    bool const inside = contains(text, offsets[i]);
    cut = cut || !inside;
    if (mode == alignment::contract && !inside) continue;
    tokens = {std::min(tokens.begin, i), i + 1};
    begins = begins || offsets[i].begin == text.begin;
    ends = ends || offsets[i].end == text.end;
  }
  if (tokens.end == 0 || (mode == alignment::strict && (cut || !begins || !ends))) return std::nullopt;
  return tokens;
}
template <class Unit>
constexpr std::optional<token_span> char_span(std::vector<basic_span<Unit>> const& offsets, basic_span<Unit> text,
                                              alignment mode = alignment::strict) {
  return char_span(std::span<basic_span<Unit> const>(offsets), text, mode);
}

// ---- two tokenizations

// Which tokens of two sequences share characters.
class token_alignment {
 public:
  std::size_t a_size() const noexcept { return a_first_.size() - 1; }
  std::size_t b_size() const noexcept { return b_first_.size() - 1; }

  // The tokens of b that share a character with token i of a, ascending, and the other way round. Contract: the token
  // exists. Views.
  std::span<std::size_t const> a_to_b(std::size_t i) const { return targets(a_first_, b_of_, i); }
  std::span<std::size_t const> b_to_a(std::size_t j) const { return targets(b_first_, a_of_, j); }

  // b and a change places.
  token_alignment reversed() const {
    token_alignment other = *this;
    std::swap(other.a_first_, other.b_first_);
    std::swap(other.a_of_, other.b_of_);
    return other;
  }

  // From pairs of tokens that share a character, ascending on both sides; a pair may be repeated.
  template <class Pairs>
  static token_alignment from_pairs(std::size_t a_size, std::size_t b_size, Pairs const& pairs) {
    token_alignment out;
    out.a_first_.assign(a_size + 1, 0);
    out.b_first_.assign(b_size + 1, 0);
    for (auto const& [a, b] : pairs) {
      if (!out.a_of_.empty() && out.a_of_.back() == a && out.b_of_.back() == b) continue;
      out.a_of_.push_back(a);
      out.b_of_.push_back(b);
      ++out.a_first_[a + 1];
      ++out.b_first_[b + 1];
    }
    for (std::size_t i = 0; i < a_size; ++i) out.a_first_[i + 1] += out.a_first_[i];
    for (std::size_t j = 0; j < b_size; ++j) out.b_first_[j + 1] += out.b_first_[j];
    return out;
  }

 private:
  static std::span<std::size_t const> targets(std::vector<std::size_t> const& first, std::vector<std::size_t> const& of,
                                              std::size_t i) {
    TAGSPAN_EXPECTS(i + 1 < first.size(), "a token that does not exist");
    return std::span<std::size_t const>(of).subspan(first[i], first[i + 1] - first[i]);
  }

  // Both sides of one list of pairs that ascends on both.
  std::vector<std::size_t> a_of_, b_of_;
  std::vector<std::size_t> a_first_ = {0}, b_first_ = {0};
};

namespace detail {

// Lower case where it follows from the code point by arithmetic: the alphabets Latin, Greek, Cyrillic and Armenian, and
// full-width Latin. A comparison that must know more brings its own.
constexpr char32_t lower_case(char32_t c) noexcept {
  auto const in = [c](char32_t first, char32_t last) { return first <= c && c <= last; };
  auto const to_odd = c | 1;         // pairs that begin with an even one
  auto const to_even = c + (c & 1);  // pairs that begin with an odd one
  if (c < 0x80) return in('A', 'Z') ? c + 32 : c;
  if (in(0xC0, 0xDE)) return c == 0xD7 ? c : c + 32;
  if (in(0x100, 0x12F) || in(0x132, 0x137) || in(0x14A, 0x177)) return to_odd;
  if (in(0x139, 0x148) || in(0x179, 0x17E)) return to_even;
  if (c == 0x178) return 0xFF;
  if (c == 0x386) return 0x3AC;
  if (in(0x388, 0x38A)) return c + 37;
  if (c == 0x38C) return 0x3CC;
  if (in(0x38E, 0x38F)) return c + 63;
  if (in(0x391, 0x3AB)) return c + 32;
  if (in(0x400, 0x40F)) return c + 80;
  if (in(0x410, 0x42F)) return c + 32;
  if (in(0x460, 0x481) || in(0x48A, 0x4BF) || in(0x4D0, 0x52F)) return to_odd;
  if (in(0x531, 0x556)) return c + 48;
  if (in(0x1E00, 0x1E95) || in(0x1EA0, 0x1EFF)) return c == 0x1E9E ? 0xDF : to_odd;
  if (in(0xFF21, 0xFF3A)) return c + 32;
  return c;
}

struct token_character {
  char32_t code_point;
  std::size_t token;
};

template <class R, class Fold>
std::vector<token_character> characters_of(R const& tokens, Fold& fold) {
  std::vector<token_character> out;
  std::size_t token = 0;
  for (auto const& element : tokens) {
    std::string_view const text(element);
    for (std::size_t at = 0; at < text.size();) {
      auto const part = part_at(text, at);
      char32_t const c = code_point_at(text, at, part);
      if (!is_white_space(c)) out.push_back({fold(c), token});
      at += part.length;
    }
    ++token;
  }
  return out;
}

// The longest common subsequence by E. W. Myers, "An O(ND) difference algorithm and its variations" (1986), in linear
// space: the middle of a shortest edit path splits the task in two. Calls match(i, j) in ascending order.
template <class T, class Same, class Match>
class shortest_edit {
 public:
  shortest_edit(std::vector<T> const& a, std::vector<T> const& b, Same same, Match match)
      : a_(a), b_(b), same_(same), match_(match) {
    std::size_t const furthest = (a.size() + b.size() + 1) / 2 + 2;
    forward_.resize(2 * furthest + 1);
    backward_.resize(2 * furthest + 1);
    zero_ = static_cast<std::ptrdiff_t>(furthest);
    solve(0, a.size(), 0, b.size());
  }

 private:
  using diagonal = std::ptrdiff_t;

  void solve(std::size_t a_begin, std::size_t a_end, std::size_t b_begin, std::size_t b_end) {
    while (a_begin < a_end && b_begin < b_end && same_(a_[a_begin], b_[b_begin])) match_(a_begin++, b_begin++);
    std::size_t suffix = 0;
    while (a_begin + suffix < a_end && b_begin + suffix < b_end &&
           same_(a_[a_end - 1 - suffix], b_[b_end - 1 - suffix])) {
      ++suffix;
    }
    a_end -= suffix;
    b_end -= suffix;
    if (a_begin < a_end && b_begin < b_end) {
      auto const [x, y] = middle(a_begin, a_end, b_begin, b_end);
      // A path of one step on each side of the middle has nothing in common left.
      if ((x != 0 || y != 0) && (a_begin + x != a_end || b_begin + y != b_end)) {
        solve(a_begin, a_begin + x, b_begin, b_begin + y);
        solve(a_begin + x, a_end, b_begin + y, b_end);
      }
    }
    for (std::size_t i = 0; i < suffix; ++i) match_(a_end + i, b_end + i);
  }

  // A place on a shortest path, about half its edits from either end.
  std::pair<std::size_t, std::size_t> middle(std::size_t a_begin, std::size_t a_end, std::size_t b_begin,
                                             std::size_t b_end) {
    auto const n = static_cast<diagonal>(a_end - a_begin), m = static_cast<diagonal>(b_end - b_begin);
    diagonal const delta = n - m;
    constexpr diagonal nowhere = -1;
    // The furthest x that the next edit reaches on diagonal k; only moves that stay inside count.
    auto const step = [&](std::vector<diagonal> const& v, diagonal k, diagonal edits) -> diagonal {
      if (edits == 0) return 0;
      diagonal best = nowhere;
      if (k > -edits && at(v, k - 1) != nowhere && at(v, k - 1) < n) best = at(v, k - 1) + 1;
      if (k < edits && at(v, k + 1) != nowhere && at(v, k + 1) - k <= m) best = std::max(best, at(v, k + 1));
      return best;
    };
    for (diagonal edits = 0;; ++edits) {
      for (diagonal k = -edits; k <= edits; k += 2) {
        diagonal x = step(forward_, k, edits);
        if (x != nowhere) {
          while (x < n && x - k < m &&
                 same_(a_[a_begin + static_cast<std::size_t>(x)], b_[b_begin + static_cast<std::size_t>(x - k)])) {
            ++x;
          }
        }
        at(forward_, k) = x;
        diagonal const other = delta - k;
        if (x != nowhere && delta % 2 != 0 && -edits < other && other < edits && at(backward_, other) != nowhere &&
            x + at(backward_, other) >= n) {
          return {static_cast<std::size_t>(x), static_cast<std::size_t>(x - k)};
        }
      }
      for (diagonal k = -edits; k <= edits; k += 2) {
        diagonal x = step(backward_, k, edits);
        if (x != nowhere) {
          while (x < n && x - k < m &&
                 same_(a_[a_end - 1 - static_cast<std::size_t>(x)], b_[b_end - 1 - static_cast<std::size_t>(x - k)])) {
            ++x;
          }
        }
        at(backward_, k) = x;
        diagonal const other = delta - k;
        if (x != nowhere && delta % 2 == 0 && -edits <= other && other <= edits && at(forward_, other) != nowhere &&
            x + at(forward_, other) >= n) {
          return {static_cast<std::size_t>(n - x), static_cast<std::size_t>(m - (x - k))};
        }
      }
    }
  }

  diagonal& at(std::vector<diagonal>& v, diagonal k) const { return v[static_cast<std::size_t>(zero_ + k)]; }
  diagonal at(std::vector<diagonal> const& v, diagonal k) const { return v[static_cast<std::size_t>(zero_ + k)]; }

  std::vector<T> const& a_;
  std::vector<T> const& b_;
  Same same_;
  Match match_;
  std::vector<diagonal> forward_, backward_;
  diagonal zero_ = 0;
};

}  // namespace detail

// Two tokenizations of one text: tokens that share a character that is not white space, case aside, whatever white
// space stands in or between tokens (the semantics of spaCy's get_alignments). `fold` maps a code point to what is
// compared. Marks of pieces ("##", "▁") are text here: take them off first. errc::texts_differ where the texts are not
// the same; where: the token of a, inner: that of b, at which they part. Linear; allocates.
template <class A, class B, class Fold = decltype(&detail::lower_case)>
result<token_alignment> align_tokens(A const& a, B const& b, Fold fold = &detail::lower_case) {
  auto const of_a = detail::characters_of(a, fold), of_b = detail::characters_of(b, fold);
  auto const a_size = static_cast<std::size_t>(std::distance(std::begin(a), std::end(a)));
  auto const b_size = static_cast<std::size_t>(std::distance(std::begin(b), std::end(b)));
  std::vector<std::pair<std::size_t, std::size_t>> pairs;
  for (std::size_t i = 0; i < std::max(of_a.size(), of_b.size()); ++i) {
    if (i >= of_a.size() || i >= of_b.size() || of_a[i].code_point != of_b[i].code_point) {
      return error{errc::texts_differ, i < of_a.size() ? of_a[i].token : a_size,
                   i < of_b.size() ? of_b[i].token : b_size};
    }
    if (pairs.empty() || pairs.back() != std::pair{of_a[i].token, of_b[i].token}) {
      pairs.emplace_back(of_a[i].token, of_b[i].token);
    }
  }
  return token_alignment::from_pairs(a_size, b_size, pairs);
}

// The same where the texts differ (one was normalised, corrected, cut): tokens that share a character of a longest
// common subsequence. Always succeeds; a token that shares nothing has no partners. O((n + m) d) with n and m
// characters of which d differ, linear space.
template <class A, class B, class Fold = decltype(&detail::lower_case)>
token_alignment align_differing_tokens(A const& a, B const& b, Fold fold = &detail::lower_case) {
  auto const of_a = detail::characters_of(a, fold), of_b = detail::characters_of(b, fold);
  std::vector<std::pair<std::size_t, std::size_t>> pairs;
  auto const same = [](detail::token_character const& x, detail::token_character const& y) {
    return x.code_point == y.code_point;
  };
  auto const match = [&](std::size_t i, std::size_t j) {
    std::pair const pair{of_a[i].token, of_b[j].token};
    if (pairs.empty() || pairs.back() != pair) pairs.push_back(pair);
  };
  detail::shortest_edit<detail::token_character, decltype(same), decltype(match)>(of_a, of_b, same, match);
  return token_alignment::from_pairs(static_cast<std::size_t>(std::distance(std::begin(a), std::end(a))),
                                     static_cast<std::size_t>(std::distance(std::begin(b), std::end(b))), pairs);
}

// Entities over b that were entities over a.
template <class Entity>
struct moved_entities {
  std::vector<Entity> entities;   // in the order of the input
  std::vector<std::size_t> from;  // for each, which one of the input it was
  std::vector<std::size_t>
      misaligned;  // those of the input whose ends are no ends of tokens of b, moved or not, ascending
};

// Carries token entities (with a member `span`) from a to b. An entity is aligned if the tokens of b that share
// characters with its tokens share them with no others; then it moves in every mode. Others are listed, and move under
// `contract` to the tokens of b that lie within them, under `expand` to all that they touch, if there are any. A scored
// entity's `tokens` move along. errc::span_out_of_range for a span that is empty or leaves a; where: the index of the
// entity. Linear in tokens and entities but for tokens that are shared.
template <class Entity>
result<moved_entities<Entity>> move_entities(std::vector<Entity> const& entities, token_alignment const& map,
                                             alignment mode = alignment::strict) {
  moved_entities<Entity> out;
  for (std::size_t index = 0; index < entities.size(); ++index) {
    token_span const span{entities[index].span.begin, entities[index].span.end};
    if (span.begin >= span.end || span.end > map.a_size()) return error{errc::span_out_of_range, index, 0};
    token_span touched{map.b_size(), 0}, within{map.b_size(), 0};
    bool aligned = true;
    for (std::size_t i = span.begin; i < span.end; ++i) {
      for (std::size_t const j : map.a_to_b(i)) {
        auto const back = map.b_to_a(j);
        bool const inside = span.begin <= back.front() && back.back() < span.end;
        aligned = aligned && inside;
        touched = {std::min(touched.begin, j), std::max(touched.end, j + 1)};
        if (inside) within = {std::min(within.begin, j), std::max(within.end, j + 1)};
      }
    }
    if (touched.end == 0) aligned = false;
    if (!aligned) out.misaligned.push_back(index);
    token_span const to = aligned || mode == alignment::expand ? touched : within;
    if (to.begin >= to.end || (!aligned && mode == alignment::strict)) continue;
    Entity moved = entities[index];
    moved.span.begin = to.begin;
    moved.span.end = to.end;
    if constexpr (requires { token_span{moved.tokens}; }) moved.tokens = to;
    out.entities.push_back(std::move(moved));
    out.from.push_back(index);
  }
  return out;
}

}  // namespace tagspan::inline TAGSPAN_ABI
