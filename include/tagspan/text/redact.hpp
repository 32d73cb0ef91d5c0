// SPDX-License-Identifier: MIT
// A text without what its entities cover, and the map between the old text and the new one.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tagspan/core/error.hpp>
#include <tagspan/core/span.hpp>
#include <tagspan/core/version.hpp>
#include <tagspan/detail/utf8.hpp>
#include <tagspan/text/offsets.hpp>
#include <tagspan/text/overlap.hpp>

namespace tagspan::inline TAGSPAN_ABI {

// What stands where an entity stood.
enum class mask : std::uint8_t {
  fixed,        // redact_options::fixed
  type_tag,     // the name of the type in brackets: [PER]
  keep_length,  // as many of redact_options::fill as the masked text has units: see redact_options::length_in
};

enum class length_unit : std::uint8_t { byte, code_point, utf16 };

struct redact_options {
  mask style = mask::type_tag;
  std::string_view fixed = "[REDACTED]";
  char fill = '*';  // ASCII
  length_unit length_in = length_unit::code_point;
  // Names by type id, for type_tag: a view. A label_set's names: redact() with a function that calls type_name().
  std::span<std::string_view const> type_names{};
  // What becomes of an entity whose end lies inside a character: an error, or (outward) the whole character is masked.
  // Inward is refused: it would leave a part of what was to be masked.
  tagspan::rounding rounding = tagspan::rounding::error;
};

// One mask.
struct masked_span {
  byte_span before;        // in the old text: what it hides, the union of entities that overlap
  byte_span after;         // in the new text: what stands there now
  std::size_t named_by{};  // index of the best scored of these entities, of equals the first: it named the replacement
  type_id type{};          // the type of that one
  friend constexpr bool operator==(masked_span const&, masked_span const&) = default;
};

class redaction;
template <class Entity, class Replacement>
result<redaction> redact_with(std::string_view text, std::vector<Entity> const& entities, Replacement&& replacement,
                              tagspan::rounding mode = tagspan::rounding::error);

// The new text, what was masked, and the way between both texts. Owns all it holds; nothing in it is of the old text
// but what no entity covered.
class redaction {
 public:
  std::string const& text() const& noexcept { return text_; }
  std::string text() && noexcept { return std::move(text_); }
  // In the order of the text; they do not overlap, though they may touch.
  std::vector<masked_span> const& masks() const& noexcept { return masks_; }
  std::vector<masked_span> masks() && noexcept { return std::move(masks_); }

  // A span of one text in the other. Outside of masks places map one to one, and back to where they were; a span that
  // begins or ends inside a mask is widened to the whole of it, for nothing in between corresponds, and so is an empty
  // span there. Where a mask left nothing behind, a span that touches the place does not take in what was removed.
  // Contract: the span is inside the text. O(log masks).
  byte_span to_new(byte_span old_span) const {
    TAGSPAN_EXPECTS(old_span.begin <= old_span.end && old_span.end <= old_size_, "a span outside the old text");
    return mapped<&masked_span::before, &masked_span::after>(old_span);
  }
  byte_span to_old(byte_span new_span) const {
    TAGSPAN_EXPECTS(new_span.begin <= new_span.end && new_span.end <= text_.size(), "a span outside the new text");
    return mapped<&masked_span::after, &masked_span::before>(new_span);
  }

 private:
  template <byte_span masked_span::*From, byte_span masked_span::*To>
  byte_span mapped(byte_span span) const {
    // `next` is the first mask that `at` is not behind.
    auto const place = [&](auto next, std::size_t at, std::size_t byte_span::*side) {
      if (next != masks_.end() && ((*next).*From).begin < at) return (*next).*To.*side;
      if (next == masks_.begin()) return at;
      return ((*(next - 1)).*To).end + (at - ((*(next - 1)).*From).end);
    };
    auto const for_begin = std::partition_point(masks_.begin(), masks_.end(),
                                                [&](masked_span const& m) { return (m.*From).end <= span.begin; });
    auto const for_end = std::partition_point(masks_.begin(), masks_.end(),
                                              [&](masked_span const& m) { return (m.*From).end < span.end; });
    byte_span to{place(for_begin, span.begin, &byte_span::begin), place(for_end, span.end, &byte_span::end)};
    if (to.begin > to.end) std::swap(to.begin, to.end);  // an empty span where a mask left nothing
    return to;
  }

  std::string text_;
  std::vector<masked_span> masks_;
  std::size_t old_size_ = 0;

  template <class Entity, class Replacement>
  friend result<redaction> redact_with(std::string_view text, std::vector<Entity> const& entities,
                                       Replacement&& replacement, tagspan::rounding mode);
};

// Masks the union of all entities, whatever way they overlap: no byte that any of them covers is in the new text.
// Entities that touch keep a mask each. Of entities that overlap the best scored one names the replacement:
// replacement(masked_span const&, std::string_view old_text) gives something that can be appended to a std::string, or
// a result<> of it; `after` is not known to it yet. Empty entities mask nothing.
//
// Errors: out_of_text and off_boundary (where: the offset; inner: the index of the entity), bad_offsets for an entity
// that runs backwards (where: its index), bad_option for rounding::inward, and what `replacement` gives. O(n log n) in
// the entities and linear in the text. Allocates.
template <class Entity, class Replacement>
result<redaction> redact_with(std::string_view text, std::vector<Entity> const& entities, Replacement&& replacement,
                              tagspan::rounding mode) {
  if (mode == tagspan::rounding::inward) return error{errc::bad_option, 0, 0};
  struct cover {
    byte_span span;
    std::size_t index;
  };
  std::vector<cover> covers;
  covers.reserve(entities.size());
  for (std::size_t i = 0; i < entities.size(); ++i) {
    byte_span span = entities[i].span;
    if (span.begin > span.end) return error{errc::bad_offsets, i, 0};
    for (std::size_t at : {span.begin, span.end}) {
      if (at > text.size()) return error{errc::out_of_text, at, i};
      if (mode == tagspan::rounding::error && !detail::is_boundary(text, at)) return error{errc::off_boundary, at, i};
    }
    if (span.begin == span.end) continue;
    span.begin = detail::part_start(text, span.begin);
    span.end = detail::boundary_after(text, span.end);
    covers.push_back({span, i});
  }
  std::sort(covers.begin(), covers.end(),
            [](cover const& a, cover const& b) { return a.span != b.span ? a.span < b.span : a.index < b.index; });

  redaction out;
  out.old_size_ = text.size();
  out.masks_.reserve(covers.size());
  out.text_.reserve(text.size());
  auto const score_of = [&](std::size_t i) {
    float const score = overlap_key_of{}(entities[i]).score;
    return score == score ? score : -std::numeric_limits<float>::infinity();
  };
  for (cover const& c : covers) {
    if (out.masks_.empty() || out.masks_.back().before.end <= c.span.begin) {
      out.masks_.push_back({c.span, {}, c.index, {}});
      continue;
    }
    masked_span& last = out.masks_.back();
    last.before.end = std::max(last.before.end, c.span.end);
    float const old_score = score_of(last.named_by), new_score = score_of(c.index);
    if (new_score > old_score || (new_score == old_score && c.index < last.named_by)) last.named_by = c.index;
  }
  std::size_t done = 0;
  for (masked_span& m : out.masks_) {
    m.type = overlap_key_of{}(entities[m.named_by]).type;
    out.text_.append(text, done, m.before.begin - done);
    m.after.begin = out.text_.size();
    auto const put = replacement(std::as_const(m), text.substr(m.before.begin, m.before.size()));
    if constexpr (requires { put.error(); }) {
      if (!put) return put.error();
      out.text_ += *put;
    } else {
      out.text_ += put;
    }
    m.after.end = out.text_.size();
    done = m.before.end;
  }
  out.text_.append(text, done);
  return out;
}

// The same with one of the usual replacements. Also: unknown_type (where: the index of the entity) where type_tag has
// no name for a type.
template <class Entity>
result<redaction> redact(std::string_view text, std::vector<Entity> const& entities,
                         redact_options const& options = {}) {
  auto const replacement = [&](masked_span const& m, std::string_view old) -> result<std::string> {
    switch (options.style) {
      case mask::fixed: break;
      case mask::type_tag: {
        if (index(m.type) >= options.type_names.size()) return error{errc::unknown_type, m.named_by, 0};
        std::string tag = "[";
        tag += options.type_names[index(m.type)];
        tag += ']';
        return tag;
      }
      case mask::keep_length: {
        auto const counts = detail::count_parts(old, 0, old.size());
        std::size_t length = old.size();
        if (options.length_in == length_unit::code_point) length = counts.starts;
        if (options.length_in == length_unit::utf16) length = counts.starts + counts.supplementary;
        return std::string(length, options.fill);
      }
    }
    return std::string(options.fixed);
  };
  return redact_with(text, entities, replacement, options.rounding);
}

}  // namespace tagspan::inline TAGSPAN_ABI
