// SPDX-License-Identifier: MIT
// Offsets into one text in each unit that platforms count: bytes (C++, Rust, Go), code points (Python), UTF-16 code
// units (JavaScript, Java, C#, Windows). Grapheme clusters need a table of properties and stand in text/unicode.hpp.
#pragma once
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <tagspan/core/error.hpp>
#include <tagspan/core/span.hpp>
#include <tagspan/core/version.hpp>
#include <tagspan/detail/utf8.hpp>

namespace tagspan::inline TAGSPAN_ABI {

template <class U>
concept text_unit = std::same_as<U, unit::byte> || std::same_as<U, unit::code_point> || std::same_as<U, unit::utf16>;

// What becomes of an offset that lies inside a character.
//   error    it is an error, errc::off_boundary
//   outward  the span grows until it holds the whole character; a single offset goes down
//   inward   the span shrinks until it holds no part of the character; a single offset goes up. A span that holds no
//            whole character becomes empty.
enum class rounding : std::uint8_t { error, outward, inward };

// One place in a text, in every unit.
struct text_position {
  std::size_t byte{}, code_point{}, utf16{};

  template <text_unit U>
  constexpr std::size_t in() const noexcept {
    if constexpr (std::same_as<U, unit::byte>) return byte;
    if constexpr (std::same_as<U, unit::code_point>) return code_point;
    if constexpr (std::same_as<U, unit::utf16>) return utf16;
  }
  friend constexpr auto operator<=>(text_position const&, text_position const&) = default;
};

template <text_unit From>
class offset_cursor;

namespace detail {
template <class To, class From>
constexpr entity<To> moved(entity<From> const& e, basic_span<To> span) noexcept {
  return {span, e.type};
}
template <class To, class From>
constexpr scored_entity<To> moved(scored_entity<From> const& e, basic_span<To> span) noexcept {
  return {span, e.type, e.score, e.tokens};
}
}  // namespace detail

// The map between the units of one text, which is kept by reference and must outlive the map.
//
// Text that is not UTF-8 is counted as a decoder by the WHATWG Encoding Standard reads it: each maximal subpart of an
// ill-formed sequence is one U+FFFD, thus one code point and one UTF-16 unit. Where ill-formed text is an error
// instead, use from().
//
// Building reads the text once. The index holds one entry of 16 bytes for each 256 bytes of text behind the first byte
// that is not ASCII: at most 1/16 of the text, and nothing for ASCII text, for which nothing is allocated either. A
// question by byte offset looks at one entry and at less than 256 bytes of text. A question by code point or UTF-16
// offset looks for its entry first, where the mean length of a character says that it should be: few steps in text of
// one script, O(log n) at worst. All counts are std::size_t, and an entry holds whole counts: there is no length at
// which they overflow. A map may be shared between threads.
class offset_map {
 public:
  // O(n).
  explicit constexpr offset_map(std::string_view utf8) : text_(utf8) { build(); }
  template <std::same_as<std::string> T>
  explicit offset_map(T&&) = delete;  // the text would be gone before the map

  // For text from outside: errc::ill_formed_text where it is not UTF-8; where: the byte at which the first ill-formed
  // sequence begins. O(n).
  static constexpr result<offset_map> from(std::string_view utf8) {
    offset_map map(utf8);
    if (!map.well_formed()) return error{errc::ill_formed_text, *map.ill_formed_at_, 0};
    return map;
  }
  template <std::same_as<std::string> T>
  static result<offset_map> from(T&&) = delete;

  constexpr std::string_view text() const noexcept { return text_; }
  constexpr bool is_ascii() const noexcept { return well_formed() && size_.code_point == text_.size(); }
  constexpr bool well_formed() const noexcept { return !ill_formed_at_.has_value(); }
  // Where the first ill-formed sequence begins, in bytes.
  constexpr std::optional<std::size_t> ill_formed_at() const noexcept { return ill_formed_at_; }

  // The end of the text. O(1).
  constexpr text_position size() const noexcept { return size_; }
  template <text_unit U>
  constexpr std::size_t size_in() const noexcept {
    return size_.in<U>();
  }
  // Bytes that the index takes on the heap.
  constexpr std::size_t index_bytes() const noexcept { return index_.capacity() * sizeof(entry); }

  // The place at this offset. Contract: the offset is inside the text or at its end, and at the border of a character.
  template <text_unit From>
  constexpr text_position at(std::size_t offset) const {
    TAGSPAN_EXPECTS(offset <= size_in<From>(),
                    "an offset behind the end of the text; checked_at() gives an error instead");
    text_position const place = floor<From>(offset);
    TAGSPAN_EXPECTS(place.in<From>() == offset, "an offset inside a character; checked_at() gives an error, or rounds");
    return place;
  }

  // The same for offsets from outside. errc::out_of_text, errc::off_boundary; where: the offset.
  template <text_unit From>
  constexpr result<text_position> checked_at(std::size_t offset, rounding mode = rounding::error) const {
    if (offset > size_in<From>()) return error{errc::out_of_text, offset, 0};
    text_position const place = floor<From>(offset);
    if (place.in<From>() == offset || mode == rounding::outward) return place;
    if (mode == rounding::error) return error{errc::off_boundary, offset, 0};
    return next(place);
  }

  // The same span in another unit. Contract: inside the text, on borders of characters, not backwards.
  template <class To, class From>
  requires text_unit<To> && text_unit<From>
  constexpr basic_span<To> to(basic_span<From> span) const {
    TAGSPAN_EXPECTS(span.begin <= span.end, "a span that runs backwards");
    return {at<From>(span.begin).template in<To>(), at<From>(span.end).template in<To>()};
  }

  // The same for spans from outside. errc::out_of_text and errc::off_boundary, where: the offset; errc::bad_offsets for
  // a span that runs backwards. To == From is allowed, and rounds.
  template <class To, class From>
  requires text_unit<To> && text_unit<From>
  constexpr result<basic_span<To>> checked(basic_span<From> span, rounding mode = rounding::error) const;

  // Spans in bulk; R has data() and size(), as std::vector and std::span. Errors as in checked(); inner (for
  // errc::bad_offsets: where) is the index of the span, and `to` is left empty. Linear in text and spans where the
  // spans are sorted by begin; in any order otherwise, at the price of a question by span. Allocates only what `to`
  // needs.
  template <text_unit To, class R>
  requires requires(R const& spans) {
    spans.size(), typename std::remove_cvref_t<decltype(*spans.data())>::unit_type{};
  }
  constexpr result<void> checked_into(R const& spans, std::vector<basic_span<To>>& to,
                                      rounding mode = rounding::error) const;
  template <text_unit To, class R>
  requires requires(R const& spans) {
    spans.size(), typename std::remove_cvref_t<decltype(*spans.data())>::unit_type{};
  }
  constexpr result<std::vector<basic_span<To>>> checked_all(R const& spans, rounding mode = rounding::error) const {
    std::vector<basic_span<To>> to;
    if (auto const done = checked_into(spans, to, mode); !done) return done.error();
    return to;
  }

  // The same for ranges of entities, scored or not: as they were, but for the unit of their spans. Allocates the spans
  // beside the result.
  template <text_unit To, class R>
  requires requires(R const& entities) { entities.size(), typename decltype(entities.data()->span)::unit_type{}; }
  constexpr auto checked_all(R const& entities, rounding mode = rounding::error) const
      -> result<std::vector<decltype(detail::moved(*entities.data(), basic_span<To>{}))>> {
    std::vector<decltype(entities.data()->span)> from;
    for (auto const& e : entities) from.push_back(e.span);
    auto const spans = checked_all<To>(from, mode);
    if (!spans) return spans.error();
    std::vector<decltype(detail::moved(*entities.data(), basic_span<To>{}))> to;
    for (std::size_t i = 0; i < spans->size(); ++i) to.push_back(detail::moved(entities.data()[i], (*spans)[i]));
    return to;
  }

  // The text of a span: a view into the source. Contract as for to().
  template <text_unit U>
  constexpr std::string_view slice(basic_span<U> span) const {
    byte_span const bytes = to<unit::byte>(span);
    return text_.substr(bytes.begin, bytes.size());
  }
  // Errors as in checked().
  template <text_unit U>
  constexpr result<std::string_view> checked_slice(basic_span<U> span, rounding mode = rounding::error) const {
    auto const bytes = checked<unit::byte>(span, mode);
    if (!bytes) return bytes.error();
    return text_.substr(bytes->begin, bytes->size());
  }

  // The span without white space (White_Space in the Unicode Character Database) at its ends. Of nothing but white
  // space an empty span is left, at its end. Contract as for to(). Linear in the white space.
  template <text_unit U>
  constexpr basic_span<U> trim(basic_span<U> span) const;

  // For asking at offsets that mostly grow: each step costs the text between this offset and the last one.
  template <text_unit From>
  constexpr offset_cursor<From> cursor() const noexcept;

 private:
  template <text_unit>
  friend class offset_cursor;

  static constexpr std::size_t block_size = 256;
  static constexpr std::uint64_t irregular_bit = std::uint64_t{1} << 63;

  // What lies before one border of two blocks. The top bit says that the block behind it is not well-formed (or may not
  // be), so that its characters are not counted by looking at leads.
  struct entry {
    std::uint64_t code_points = 0, utf16 = 0;
  };

  constexpr void build();
  constexpr void index_blocks();
  constexpr void mark_irregular(std::size_t block);
  constexpr detail::block_facts facts_of(std::size_t block, std::size_t length, bool& wide) const;
  constexpr void add_unsound(std::size_t block, std::size_t length);

  // Is the last character before `at` cut off there?
  constexpr bool wants_more(std::size_t at) const noexcept {
    return (at >= 1 && detail::byte_at(text_, at - 1) >= 0xC0) || (at >= 2 && detail::byte_at(text_, at - 2) >= 0xE0) ||
           (at >= 3 && detail::byte_at(text_, at - 3) >= 0xF0);
  }

  // Blocks below first_block_ are ASCII, and block first_block_ needs no entry either.
  constexpr text_position before_block(std::size_t block) const noexcept {
    std::size_t const byte = block * block_size;
    if (block <= first_block_) return {byte, byte, byte};
    entry const& e = index_[block - first_block_ - 1];
    return {byte, static_cast<std::size_t>(e.code_points & ~irregular_bit), static_cast<std::size_t>(e.utf16)};
  }
  constexpr bool is_regular(std::size_t block) const noexcept {
    if (well_formed() || block < first_block_) return true;
    return block > first_block_ && (index_[block - first_block_ - 1].code_points & irregular_bit) == 0;
  }

  // Counts from `from` to a byte not more than a block away.
  constexpr text_position forward(text_position from, std::size_t byte, bool regular) const noexcept {
    auto const counts =
        regular ? detail::count_well_formed(text_, from.byte, byte) : detail::count_parts(text_, from.byte, byte);
    return {byte, from.code_point + counts.starts, from.utf16 + counts.starts + counts.supplementary};
  }

  constexpr text_position next(text_position place) const noexcept {
    auto const part = detail::part_at(text_, place.byte);
    return {place.byte + part.length, place.code_point + 1, place.utf16 + 1 + (part.length == 4)};
  }

  constexpr std::size_t part_start(std::size_t byte) const noexcept {
    if (byte == text_.size()) return byte;
    if (!well_formed()) return detail::part_start(text_, byte);
    while (detail::is_continuation(detail::byte_at(text_, byte))) --byte;
    return byte;
  }

  // The border of a character at or before `offset`, which is not behind the end.
  template <text_unit From>
  constexpr text_position floor(std::size_t offset) const noexcept {
    if (offset < first_block_ * block_size || size_.code_point == text_.size()) return {offset, offset, offset};
    if constexpr (std::same_as<From, unit::byte>) {
      std::size_t const start = part_start(offset);
      std::size_t const block = start / block_size;
      return forward(before_block(block), start, is_regular(block));
    } else {
      std::size_t const block = block_of<From>(offset);
      return walk<From>(before_block(block), offset, is_regular(block));
    }
  }

  // The last block before which there are not more than `offset` units.
  template <text_unit From>
  constexpr std::size_t block_of(std::size_t offset) const noexcept;

  // From a place at which not more than `offset` units have begun to the character that holds unit `offset`.
  template <text_unit From>
  constexpr text_position walk(text_position place, std::size_t offset, bool regular) const noexcept;

  std::string_view text_;
  std::vector<entry> index_;
  std::size_t first_block_ = 0;
  text_position size_;
  std::optional<std::size_t> ill_formed_at_;
};

// A place in a text that remembers where it was. Moving on costs the text in between, moving back or far one question
// of the map. Refers to the map.
template <text_unit From>
class offset_cursor {
 public:
  explicit constexpr offset_cursor(offset_map const& map) noexcept : map_(&map) {}
  explicit offset_cursor(offset_map&&) = delete;

  // Where it is: the place of the last successful call, at first the begin of the text.
  constexpr text_position place() const noexcept { return place_; }

  // Moves to `offset`. Contract as in offset_map::at.
  constexpr text_position to(std::size_t offset) {
    TAGSPAN_EXPECTS(offset <= map_->size_in<From>(), "an offset behind the end of the text");
    text_position const place = floor(offset);
    TAGSPAN_EXPECTS(place.in<From>() == offset, "an offset inside a character");
    return place_ = place;
  }

  // Errors as in offset_map::checked_at; after an error the cursor has not moved.
  constexpr result<text_position> checked_to(std::size_t offset, rounding mode = rounding::error) {
    if (offset > map_->size_in<From>()) return error{errc::out_of_text, offset, 0};
    text_position const place = floor(offset);
    if (place.in<From>() == offset || mode == rounding::outward) return place_ = place;
    if (mode == rounding::error) return error{errc::off_boundary, offset, 0};
    return place_ = map_->next(place);
  }

 private:
  constexpr text_position floor(std::size_t offset) const noexcept {
    std::size_t const here = place_.in<From>();
    if (map_->well_formed() && offset >= here && offset - here < offset_map::block_size) {
      if constexpr (std::same_as<From, unit::byte>) {
        return map_->forward(place_, map_->part_start(offset), true);
      } else {
        return map_->template walk<From>(place_, offset, true);
      }
    }
    return map_->template floor<From>(offset);
  }

  offset_map const* map_;
  text_position place_;
};

// The span of bytes without white space at its ends, as offset_map::trim but for callers without a map. Contract:
// inside the text, on borders of characters.
constexpr byte_span trim(std::string_view text, byte_span span) {
  TAGSPAN_EXPECTS(span.begin <= span.end && span.end <= text.size(), "a span outside the text");
  auto const white = [&](std::size_t at, detail::utf8_part part) {
    return part.well_formed && detail::is_white_space(detail::code_point_at(text, at, part));
  };
  while (span.begin < span.end) {
    auto const part = detail::part_at(text, span.begin);
    if (!white(span.begin, part)) break;
    span.begin = span.begin + part.length < span.end ? span.begin + part.length : span.end;
    if (span.begin == span.end) return {span.begin, span.begin};
  }
  while (span.begin < span.end) {
    std::size_t const last = detail::part_start(text, span.end - 1);
    if (last < span.begin || !white(last, detail::part_at(text, last))) break;
    span.end = last;
  }
  return span;
}

// ---- how it is done

constexpr void offset_map::build() {
  std::size_t const whole = text_.size() / block_size;
  std::size_t const rest = text_.size() % block_size;
  auto const is_ascii_here = [&](std::size_t begin, std::size_t length) {
    std::uint64_t all = 0;
    for (; length >= 8; begin += 8, length -= 8) all |= detail::load_word(text_.data() + begin);
    for (; length != 0; ++begin, --length) all |= detail::byte_at(text_, begin);
    return (all & 0x8080808080808080u) == 0;
  };
  if (std::is_constant_evaluated()) {
    while (first_block_ < whole && is_ascii_here(first_block_ * block_size, block_size)) ++first_block_;
  } else {
    auto const* bytes = reinterpret_cast<unsigned char const*>(text_.data());
    while (first_block_ < whole && detail::block_is_ascii<block_size>(bytes + first_block_ * block_size))
      ++first_block_;
  }
  size_ = {text_.size(), text_.size(), text_.size()};
  if (first_block_ == whole && is_ascii_here(whole * block_size, rest)) return;
  index_blocks();
}

constexpr void offset_map::index_blocks() {
  std::size_t const whole = text_.size() / block_size;
  std::size_t const rest = text_.size() % block_size;
  index_.resize(whole - first_block_);
  size_ = before_block(first_block_);
  // What is wrong in one block may change how the first bytes of the next one are to be read, so that one is not
  // trusted either.
  bool trusted = true, wide = false;
  auto const add = [&](std::size_t block, std::size_t length) {
    detail::block_facts const facts = facts_of(block, length, wide);
    if (facts.sound && trusted) {
      size_.code_point += facts.counts.starts;
      size_.utf16 += facts.counts.starts + facts.counts.supplementary;
    } else {
      add_unsound(block, length);
      trusted = facts.sound;
    }
  };
  for (std::size_t block = first_block_; block < whole; ++block) {
    add(block, block_size);
    index_[block - first_block_] = {size_.code_point, size_.utf16};
  }
  if (rest != 0) {
    add(whole, rest);
  } else if (wants_more(text_.size())) {
    add_unsound(whole, 0);
  }
  size_.byte = text_.size();
}

constexpr detail::block_facts offset_map::facts_of(std::size_t block, std::size_t length, bool& wide) const {
  std::size_t const begin = block * block_size;
  if (std::is_constant_evaluated()) {
    bool sound = !wants_more(begin) || detail::part_start(text_, begin) != begin;
    for (std::size_t at = detail::part_start(text_, begin); at < begin + length;) {
      auto const part = detail::part_at(text_, at);
      sound = sound && part.well_formed;
      at += part.length;
    }
    return {sound, detail::count_parts(text_, begin, begin + length)};
  }
  auto const* bytes = reinterpret_cast<unsigned char const*>(text_.data());
  if (begin != 0 && length == block_size) {
    return detail::look_at_block<block_size>(bytes + begin, wide);
  }
  // The first block has nothing before it, and the last one may be short: zeros stand in, which are ASCII.
  unsigned char padded[4 + block_size] = {};
  std::size_t const before = begin == 0 ? 0 : 3;
  std::memcpy(padded + 4 - before, bytes + begin - before, before + length);
  auto facts = detail::look_at_block<block_size>(padded + 4, wide);
  facts.counts.starts -= block_size - length;
  return facts;
}

constexpr void offset_map::mark_irregular(std::size_t block) {
  if (block > first_block_) index_[block - first_block_ - 1].code_points |= irregular_bit;
}

// What is wrong in this block may belong to a sequence that begins in the one before it, so both are counted again,
// part by part. (Of the last block, when the text ends with it, nothing is left to count.)
constexpr void offset_map::add_unsound(std::size_t block, std::size_t length) {
  std::size_t const begin = block * block_size;
  if (block > first_block_) {
    size_ = forward(before_block(block - 1), begin, false);
    index_[block - first_block_ - 1] = {size_.code_point, size_.utf16};
    mark_irregular(block - 1);
  }
  if (length != 0) mark_irregular(block);
  if (!ill_formed_at_) {
    std::size_t const from = block > first_block_ ? begin - block_size : begin;
    for (std::size_t at = detail::part_start(text_, from); at < text_.size();) {
      auto const part = detail::part_at(text_, at);
      if (!part.well_formed) {
        ill_formed_at_ = at;
        break;
      }
      at += part.length;
    }
  }
  auto const counts = detail::count_parts(text_, begin, begin + length);
  size_.code_point += counts.starts;
  size_.utf16 += counts.starts + counts.supplementary;
}

template <text_unit From>
constexpr std::size_t offset_map::block_of(std::size_t offset) const noexcept {
  std::size_t const blocks = index_.size() + 1;  // from first_block_ on
  auto const before = [&](std::size_t i) { return before_block(first_block_ + i).template in<From>(); };
  std::size_t const mean = (size_in<From>() - before(0)) / blocks;
  std::size_t const guess = (offset - before(0)) / (mean == 0 ? 1 : mean);
  // before(low) <= offset < before(high), where high may be the end
  std::size_t low = guess < blocks ? guess : blocks - 1, high = low + 1;
  std::size_t step = 1;
  if (before(low) <= offset) {
    while (high < blocks && before(high) <= offset) {
      low = high;
      high = blocks - high < step ? blocks : high + step;
      step *= 2;
    }
  } else {
    do {
      high = low;
      low = low < step ? 0 : low - step;
      step *= 2;
    } while (before(low) > offset);
  }
  while (high - low > 1) {
    std::size_t const middle = low + (high - low) / 2;
    (before(middle) <= offset ? low : high) = middle;
  }
  return first_block_ + low;
}

template <text_unit From>
constexpr text_position offset_map::walk(text_position place, std::size_t offset, bool regular) const noexcept {
  constexpr bool by_utf16 = std::same_as<From, unit::utf16>;
  std::size_t const n = text_.size();
  if (!regular) {
    if (place.byte < n) {  // a part that began before this place is counted there
      std::size_t const start = detail::part_start(text_, place.byte);
      if (start != place.byte) place.byte = start + detail::part_at(text_, start).length;
    }
    while (place.byte < n) {
      text_position const behind = next(place);
      if (behind.in<From>() > offset) break;
      place = behind;
    }
    return place;
  }
  while (n - place.byte >= 8) {
    std::uint64_t const word = detail::load_word(text_.data() + place.byte);
    std::size_t const starts = 8 - detail::count_flags(detail::continuation_bits(word));
    std::size_t const supplementary = detail::count_flags(detail::four_byte_bits(word));
    if (place.in<From>() + starts + (by_utf16 ? supplementary : 0) > offset) break;
    place = {place.byte + 8, place.code_point + starts, place.utf16 + starts + supplementary};
  }
  for (; place.byte < n; ++place.byte) {
    unsigned char const byte = detail::byte_at(text_, place.byte);
    if (detail::is_continuation(byte)) continue;
    std::size_t const units = byte >= 0xF0 ? 2 : 1;
    if (place.in<From>() + (by_utf16 ? units : 1) > offset) break;
    ++place.code_point;
    place.utf16 += units;
  }
  return place;
}

template <class To, class From>
requires text_unit<To> && text_unit<From>
constexpr result<basic_span<To>> offset_map::checked(basic_span<From> span, rounding mode) const {
  if (span.begin > span.end) return error{errc::bad_offsets, 0, 0};
  auto const begin = checked_at<From>(span.begin, mode);
  if (!begin) return begin.error();
  auto const opposite = mode == rounding::outward  ? rounding::inward
                        : mode == rounding::inward ? rounding::outward
                                                   : mode;
  auto const end = checked_at<From>(span.end, opposite);
  if (!end) return end.error();
  std::size_t const to_begin = begin->template in<To>(), to_end = end->template in<To>();
  return basic_span<To>{to_begin < to_end ? to_begin : to_end, to_end};
}

template <text_unit To, class R>
requires requires(R const& spans) { spans.size(), typename std::remove_cvref_t<decltype(*spans.data())>::unit_type{}; }
constexpr result<void> offset_map::checked_into(R const& spans, std::vector<basic_span<To>>& to, rounding mode) const {
  using from = typename std::remove_cvref_t<decltype(*spans.data())>::unit_type;
  auto const opposite = mode == rounding::outward  ? rounding::inward
                        : mode == rounding::inward ? rounding::outward
                                                   : mode;
  std::size_t const count = spans.size();
  to.clear();
  to.resize(count);
  // Ends are sought from their own begin, so that nested and overlapping spans that are sorted by begin stay cheap.
  offset_cursor<from> at_begin(*this), at_end(*this);
  for (std::size_t i = 0; i < count; ++i) {
    basic_span<from> const span = spans.data()[i];
    error problem{errc::bad_offsets, i, 0};
    if (span.begin <= span.end) {
      if (span.begin >= at_end.place().template in<from>()) at_begin = at_end;
      if (auto const begin = at_begin.checked_to(span.begin, mode); !begin) {
        problem = {begin.error().code, begin.error().where, i};
      } else {
        at_end = at_begin;
        if (auto const end = at_end.checked_to(span.end, opposite); !end) {
          problem = {end.error().code, end.error().where, i};
        } else {
          std::size_t const to_begin = begin->template in<To>(), to_end = end->template in<To>();
          to[i] = {to_begin < to_end ? to_begin : to_end, to_end};
          continue;
        }
      }
    }
    to.clear();
    return problem;
  }
  return {};
}

template <text_unit U>
constexpr basic_span<U> offset_map::trim(basic_span<U> span) const {
  byte_span const bytes = tagspan::trim(text_, to<unit::byte>(span));
  return to<U>(bytes);
}

template <text_unit From>
constexpr offset_cursor<From> offset_map::cursor() const noexcept {
  return offset_cursor<From>(*this);
}

}  // namespace tagspan::inline TAGSPAN_ABI
