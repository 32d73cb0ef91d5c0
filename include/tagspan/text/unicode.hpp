// SPDX-License-Identifier: MIT
// What needs the tables of Unicode, from utf8proc (link the target tagspan::unicode): grapheme clusters as a unit of
// offsets, spans snapped to graphemes or words, and normalisation that keeps the way back to the source.
#pragma once
#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <utf8proc.h>

#include <tagspan/core/error.hpp>
#include <tagspan/core/span.hpp>
#include <tagspan/core/version.hpp>
#include <tagspan/detail/utf8.hpp>
#include <tagspan/text/offsets.hpp>

namespace tagspan::inline TAGSPAN_ABI {

// ---- a text made from another one

// A text and where each part of it comes from. The source is kept by reference and must outlive it.
//
// Both texts are cut into the same number of cells. A cell was either copied, and then each byte has its own place in
// the other text; or replaced, and then its bytes belong together. One side of a cell may be empty: text taken out or
// put in. Only replaced cells and the copied text between them take memory.
class normalized_text {
 public:
  // The source as it is.
  explicit normalized_text(std::string_view source) : source_(source) { copy(source.size()); }
  template <std::same_as<std::string> T>
  explicit normalized_text(T&&) = delete;  // the source would be gone before the text

  // Builds a text from its begin to its end; for the user's own normalisation.
  class builder;

  std::string_view source() const noexcept { return source_; }
  std::string const& text() const noexcept { return text_; }
  // Cells, where neighbours that were copied count as one.
  std::size_t cells() const noexcept { return cells_.size(); }

  // The span of the source from which this span of the text was made, rounded outward to whole cells where they were
  // replaced. What was taken out at the ends of the span is not in it; what was put in there comes from nowhere, which
  // is an empty span. Contract: inside the text. O(log cells).
  byte_span to_source(byte_span span) const {
    TAGSPAN_EXPECTS(span.begin <= span.end && span.end <= text_.size(), "a span outside the normalised text");
    return convert<&cell::text, &cell::source>(span, text_.size(), source_.size());
  }
  // The other way, by the same rules. Contract: inside the source.
  byte_span from_source(byte_span span) const {
    TAGSPAN_EXPECTS(span.begin <= span.end && span.end <= source_.size(), "a span outside the source");
    return convert<&cell::source, &cell::text>(span, source_.size(), text_.size());
  }
  // The same for spans from outside. errc::bad_offsets for a span that runs backwards (where: its begin),
  // errc::out_of_text (where: its end).
  result<byte_span> checked_to_source(byte_span span) const {
    if (auto const fits = check(span, text_.size()); !fits) return fits.error();
    return to_source(span);
  }
  result<byte_span> checked_from_source(byte_span span) const {
    if (auto const fits = check(span, source_.size()); !fits) return fits.error();
    return from_source(span);
  }

  // `next` was made from this text: its text, with the way back to this text's source. errc::texts_differ where next's
  // source is not this text (where and inner: the first byte that differs). Linear.
  result<normalized_text> then(normalized_text const& next) const;

 private:
  struct cell {
    std::size_t source, text;  // where it begins
    bool copied;
  };

  struct nothing {};
  normalized_text(std::string_view source, nothing) : source_(source) {}

  static result<void> check(byte_span span, std::size_t size) {
    if (span.begin > span.end) return error{errc::bad_offsets, span.begin, 0};
    if (span.end > size) return error{errc::out_of_text, span.end, 0};
    return {};
  }

  void copy(std::size_t bytes) { replace_each(source_.substr(source_end_, bytes)); }
  void replace_each(std::string_view by) {
    if (by.empty()) return;
    if (cells_.empty() || !cells_.back().copied) cells_.push_back({source_end_, text_.size(), true});
    text_ += by;
    source_end_ += by.size();
  }
  void replace(std::size_t bytes, std::string_view by) {
    if (bytes == 0 && by.empty()) return;
    cells_.push_back({source_end_, text_.size(), false});
    text_ += by;
    source_end_ += bytes;
  }

  template <auto From, auto To>
  byte_span convert(byte_span span, std::size_t from_size, std::size_t to_size) const noexcept {
    auto const end_of = [&](std::size_t i, auto side, std::size_t size) {
      return i + 1 < cells_.size() ? cells_[i + 1].*side : size;
    };
    auto const behind = [&](std::size_t at) {  // the first cell that begins behind `at`
      return static_cast<std::size_t>(
          std::upper_bound(cells_.begin(), cells_.end(), at, [](std::size_t a, cell const& c) { return a < c.*From; }) -
          cells_.begin());
    };
    if (cells_.empty()) return {};
    if (span.begin == span.end) {
      // A point inside a replaced cell is somewhere in all of it. Between cells it lies before what was taken out
      // there.
      if (span.begin == 0) return {0, 0};
      std::size_t const i =
          static_cast<std::size_t>(std::lower_bound(cells_.begin(), cells_.end(), span.begin,
                                                    [](cell const& c, std::size_t at) { return c.*From < at; }) -
                                   cells_.begin() - 1);
      cell const& c = cells_[i];
      std::size_t const inside = c.*To + (span.begin - c.*From), to_end = end_of(i, To, to_size);
      if (c.copied) return {inside, inside};
      return {span.begin == end_of(i, From, from_size) ? to_end : c.*To, to_end};
    }
    std::size_t const first = behind(span.begin) - 1, last = behind(span.end - 1) - 1;
    cell const& b = cells_[first];
    cell const& e = cells_[last];
    return {b.copied ? b.*To + (span.begin - b.*From) : b.*To,
            e.copied ? e.*To + (span.end - e.*From) : end_of(last, To, to_size)};
  }

  std::string_view source_;
  std::string text_;
  std::vector<cell> cells_;
  std::size_t source_end_ = 0;
};

class normalized_text::builder {
 public:
  explicit builder(std::string_view source) : made_(source, nothing{}) {}
  template <std::same_as<std::string> T>
  explicit builder(T&&) = delete;

  // How much of the source has been read.
  std::size_t position() const noexcept { return made_.source_end_; }
  // Takes the next bytes over as they are. Contract: the source has as many.
  builder& copy(std::size_t bytes) {
    TAGSPAN_EXPECTS(bytes <= made_.source_.size() - position(), "more than is left of the source");
    made_.copy(bytes);
    return *this;
  }
  // Puts `by` in the place of as many bytes, each of which keeps its own place. Contract: as above.
  builder& replace_each(std::string_view by) {
    TAGSPAN_EXPECTS(by.size() <= made_.source_.size() - position(), "more than is left of the source");
    made_.replace_each(by);
    return *this;
  }
  // Puts `by` in the place of the next bytes, as a whole. Contract: as above.
  builder& replace(std::size_t bytes, std::string_view by) {
    TAGSPAN_EXPECTS(bytes <= made_.source_.size() - position(), "more than is left of the source");
    made_.replace(bytes, by);
    return *this;
  }
  // The text; what is left of the source is taken over as it is. The builder is used up.
  normalized_text finish() {
    made_.copy(made_.source_.size() - position());
    return std::move(made_);
  }

 private:
  normalized_text made_;
};

inline result<normalized_text> normalized_text::then(normalized_text const& next) const {
  std::string_view const middle = text_;
  if (middle != next.source_) {
    std::size_t at = 0;
    while (at < middle.size() && at < next.source_.size() && middle[at] == next.source_[at]) ++at;
    return error{errc::texts_differ, at, at};
  }
  normalized_text out(source_, nothing{});
  // Both are cut where both can be: at borders of cells, and anywhere in copied ones. What lies between two cuts was
  // copied or is one cell; what one of them took out or put in at a cut is a cell of its own.
  std::vector<cell> const& a = cells_;
  std::vector<cell> const& b = next.cells_;
  std::size_t i = 0, j = 0;  // the first cells that are not yet passed
  std::size_t source_to = 0, text_to = 0;
  auto const add = [&](std::size_t source_end, std::size_t text_end, bool copied) {
    auto const by = std::string_view(next.text_).substr(text_to, text_end - text_to);
    if (copied) {
      out.replace_each(by);
    } else {
      out.replace(source_end - source_to, by);
    }
    source_to = source_end;
    text_to = text_end;
  };
  auto const a_end = [&] { return i + 1 < a.size() ? a[i + 1] : cell{source_.size(), text_.size(), false}; };
  auto const b_end = [&] { return j + 1 < b.size() ? b[j + 1] : cell{next.source_.size(), next.text_.size(), false}; };
  bool copied = true;  // what lies behind the last cut
  for (std::size_t at = 0;;) {
    // Pass the cells that end here. Between two cuts a cell that was passed makes the whole stretch one cell.
    bool const a_open = i < a.size() && a[i].text < at, b_open = j < b.size() && b[j].source < at;
    bool const a_done = a_open && a_end().text == at, b_done = b_open && b_end().source == at;
    bool const cut = (!a_open || a_done || a[i].copied) && (!b_open || b_done || b[j].copied);
    if (cut && at != 0) {
      std::size_t const s = a_open ? (a_done ? a_end().source : a[i].source + (at - a[i].text)) : source_to;
      std::size_t const t = b_open ? (b_done ? b_end().text : b[j].text + (at - b[j].source)) : text_to;
      add(s, t, copied);
    }
    if (a_done) ++i;
    if (b_done) ++j;
    if (cut) {
      copied = true;
      std::size_t s = source_to, t = text_to;
      while (i < a.size() && a[i].text == at && a_end().text == at) s = a_end().source, ++i;
      while (j < b.size() && b[j].source == at && b_end().source == at) t = b_end().text, ++j;
      if (s != source_to || t != text_to) add(s, t, false);
    } else {
      while (i < a.size() && a[i].text == at && a_end().text == at) copied = false, ++i;
      while (j < b.size() && b[j].source == at && b_end().source == at) copied = false, ++j;
    }
    if (at == middle.size()) break;
    copied = copied && a[i].copied && b[j].copied;
    std::size_t const a_to = a_end().text, b_to = b_end().source;
    at = a_to < b_to ? a_to : b_to;
  }
  return out;
}

enum class normal_form : std::uint8_t { none, nfc, nfd, nfkc, nfkd };
enum class letter_case : std::uint8_t {
  keep,
  lower,  // character by character, as uncased tokenizers do it: no final sigma, and U+0130 becomes i and U+0307
  fold,   // full case folding
};

struct normalize_options {
  normal_form form = normal_form::nfc;
  letter_case letters = letter_case::keep;
  // Takes out nonspacing marks (general category Mn) after decomposition. With normal_form::none this is done in NFD,
  // and what is left is composed.
  bool strip_accents = false;
  bool replace_ill_formed = false;  // U+FFFD for each maximal subpart; otherwise an error
};

// How uncased BERT reads a text; piece_offsets needs no more.
inline constexpr normalize_options bert_uncased{normal_form::nfd, letter_case::lower, true, false};

namespace detail {

// The code points that one becomes, before marks are put in order and composed.
class character_normalizer {
 public:
  explicit character_normalizer(normalize_options const& options) : options_(options) {
    form_ = options.strip_accents && options.form == normal_form::none ? normal_form::nfc : options.form;
    int flags = UTF8PROC_STABLE;
    if (form_ != normal_form::none) flags |= UTF8PROC_DECOMPOSE;
    if (form_ == normal_form::nfkc || form_ == normal_form::nfkd) flags |= UTF8PROC_COMPAT;
    if (options.letters == letter_case::fold) flags |= UTF8PROC_CASEFOLD;
    flags_ = static_cast<utf8proc_option_t>(flags);
  }

  bool decomposes() const noexcept { return form_ != normal_form::none; }
  bool composes() const noexcept { return form_ == normal_form::nfc || form_ == normal_form::nfkc; }
  // ASCII becomes but ASCII, a byte for a byte.
  unsigned char ascii(unsigned char c) const noexcept {
    return options_.letters != letter_case::keep && c >= 'A' && c <= 'Z' ? static_cast<unsigned char>(c + 0x20) : c;
  }

  void append(char32_t c, std::vector<utf8proc_int32_t>& to) const {
    utf8proc_int32_t decomposed[32];  // the longest decomposition has 18
    int boundary_class = UTF8PROC_BOUNDCLASS_START;
    utf8proc_ssize_t const count =
        utf8proc_decompose_char(static_cast<utf8proc_int32_t>(c), decomposed, 32, flags_, &boundary_class);
    for (utf8proc_ssize_t i = 0; i < count; ++i) {
      utf8proc_int32_t const d = decomposed[i];
      if (options_.strip_accents && utf8proc_category(d) == UTF8PROC_CATEGORY_MN) continue;
      if (options_.letters != letter_case::lower) {
        to.push_back(d);
      } else if (d == 0x130) {
        to.push_back('i');
        if (!options_.strip_accents) to.push_back(0x307);
      } else {
        to.push_back(utf8proc_tolower(d));
      }
    }
  }

  // Puts marks in order, and composes.
  void finish(std::vector<utf8proc_int32_t>& points) const {
    if (!decomposes()) return;
    auto const class_of = [](utf8proc_int32_t c) { return utf8proc_get_property(c)->combining_class; };
    for (auto at = points.begin(); points.size() > 1 && at != points.end();) {
      auto run = at;  // of marks
      while (run != points.end() && class_of(*run) != 0) ++run;
      if (!std::is_sorted(at, run, [&](auto a, auto b) { return class_of(a) < class_of(b); })) {
        std::vector<std::pair<std::uint64_t, utf8proc_int32_t>> keys;  // by class, and then as they stand
        for (auto p = at; p != run; ++p) {
          keys.emplace_back(static_cast<std::uint64_t>(class_of(*p)) << 48 | static_cast<std::uint64_t>(p - at), *p);
        }
        std::sort(keys.begin(), keys.end());
        for (auto const& key : keys) *at++ = key.second;
      }
      at = run == points.end() ? run : run + 1;
    }
    if (!composes() || points.empty()) return;
    utf8proc_ssize_t const size =
        utf8proc_normalize_utf32(points.data(), static_cast<utf8proc_ssize_t>(points.size()),
                                 static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
    points.resize(static_cast<std::size_t>(size));
  }

  // May it act on what stands before it: a mark, or a Hangul vowel or final consonant?
  static bool joins(utf8proc_int32_t c) noexcept {
    if (c < 0x300) return false;
    // U+16D67 is a letter that composes (Kirat Rai, Unicode 16).
    if ((c >= 0x1160 && c <= 0x11FF) || c == 0x16D67 || utf8proc_get_property(c)->combining_class != 0) return true;
    utf8proc_category_t const category = utf8proc_category(c);
    return category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_MC || category == UTF8PROC_CATEGORY_ME;
  }

 private:
  normalize_options options_;
  normal_form form_{};
  utf8proc_option_t flags_{};
};

inline void append_utf8(std::vector<utf8proc_int32_t> const& points, std::string& to) {
  for (utf8proc_int32_t const c : points) {
    utf8proc_uint8_t bytes[4];
    utf8proc_ssize_t const size = utf8proc_encode_char(c, bytes);
    for (utf8proc_ssize_t i = 0; i < size; ++i) to += static_cast<char>(bytes[i]);
  }
}

}  // namespace detail

// The text in a normal form, with the way back. Where characters act on each other (composed, or put in another order)
// they are one cell; every other character is a cell of its own, so that pieces of text keep their exact place.
// errc::ill_formed_text (where: byte) unless it is to be replaced. Embedded NUL is a character. Linear but for runs of
// marks, which are sorted; allocates the text, and a cell for each change.
inline result<normalized_text> normalize(std::string_view source, normalize_options options = {}) {
  detail::character_normalizer const normalizer(options);
  normalized_text::builder out(source);
  struct character {
    std::size_t length, first;  // in bytes of the source; where its code points begin
  };
  std::vector<character> characters;
  std::vector<utf8proc_int32_t> points, one, alone;
  std::vector<std::size_t> ends;
  std::string each, whole;

  auto const put = [&](character const& c, std::string_view by) {
    if (source.substr(out.position(), c.length) == by || (c.length == 1 && by.size() == 1)) {
      out.replace_each(by);
    } else {
      out.replace(c.length, by);
    }
  };
  // Writes the characters that were gathered. They stand alone if together they become the same as each by itself.
  auto const flush = [&] {
    each.clear();
    std::size_t length = 0;
    ends.clear();
    for (std::size_t i = 0; i < characters.size(); ++i) {
      auto const first = points.begin() + static_cast<std::ptrdiff_t>(characters[i].first);
      auto const last = i + 1 < characters.size()
                            ? points.begin() + static_cast<std::ptrdiff_t>(characters[i + 1].first)
                            : points.end();
      alone.assign(first, last);
      normalizer.finish(alone);
      detail::append_utf8(alone, each);
      ends.push_back(each.size());
      length += characters[i].length;
    }
    if (characters.size() > 1) {
      whole.clear();
      normalizer.finish(points);
      detail::append_utf8(points, whole);
    }
    if (characters.size() == 1 || whole == each) {
      for (std::size_t i = 0, begin = 0; i < characters.size(); begin = ends[i++]) {
        put(characters[i], std::string_view(each).substr(begin, ends[i] - begin));
      }
    } else {
      put({length, 0}, whole);
    }
    characters.clear();
    points.clear();
  };

  for (std::size_t at = 0; at < source.size();) {
    unsigned char const byte = detail::byte_at(source, at);
    if (byte < 0x80) {
      if (!characters.empty()) flush();
      // The last of a run of ASCII may get marks.
      std::size_t end = at + 1;
      while (end < source.size() && detail::byte_at(source, end) < 0x80) ++end;
      for (; at + 1 < end; ++at) {
        char const letter = static_cast<char>(normalizer.ascii(detail::byte_at(source, at)));
        out.replace_each({&letter, 1});
      }
      characters.push_back({1, points.size()});
      points.push_back(normalizer.ascii(detail::byte_at(source, at)));
      ++at;
      continue;
    }
    auto const part = detail::part_at(source, at);
    if (!part.well_formed && !options.replace_ill_formed) return error{errc::ill_formed_text, at, 0};
    one.clear();
    normalizer.append(detail::code_point_at(source, at, part), one);
    bool const joined = one.empty() || (normalizer.decomposes() && detail::character_normalizer::joins(one[0]));
    if (!joined && !characters.empty()) flush();
    characters.push_back({part.length, points.size()});
    points.insert(points.end(), one.begin(), one.end());
    at += part.length;
  }
  if (!characters.empty()) flush();
  return out.finish();
}
template <std::same_as<std::string> T>
result<normalized_text> normalize(T&&, normalize_options = {}) = delete;

// ---- grapheme clusters

template <class U>
concept text_unit_or_grapheme = text_unit<U> || std::same_as<U, unit::grapheme>;

// The map between grapheme clusters and the other units of one text, which is kept by reference and must outlive the
// map. Clusters are the extended ones of UAX #29, as the linked utf8proc knows them (unicode_version()). Ill-formed
// text is counted as in offset_map.
//
// Beside the offset map the index holds 16 bytes for each 256 bytes of text. A question costs O(log n) and a few
// hundred bytes of text, or the length of a cluster where that is more. May be shared between threads.
class grapheme_map {
 public:
  // O(n).
  explicit grapheme_map(std::string_view utf8) : map_(utf8) { build(); }
  template <std::same_as<std::string> T>
  explicit grapheme_map(T&&) = delete;

  // errc::ill_formed_text (where: byte).
  static result<grapheme_map> from(std::string_view utf8) {
    grapheme_map made(utf8);
    if (!made.map_.well_formed()) return error{errc::ill_formed_text, *made.map_.ill_formed_at(), 0};
    return made;
  }
  template <std::same_as<std::string> T>
  static result<grapheme_map> from(T&&) = delete;

  std::string_view text() const noexcept { return map_.text(); }
  offset_map const& offsets() const noexcept { return map_; }
  // How many clusters there are.
  std::size_t size() const noexcept { return size_; }
  std::size_t index_bytes() const noexcept { return map_.index_bytes() + index_.capacity() * sizeof(place); }

  // The same span in another unit. Contract: inside the text, not backwards, on borders of clusters where To counts
  // clusters and else of characters.
  template <class To, class From>
  requires text_unit_or_grapheme<To> && text_unit_or_grapheme<From> basic_span<To> to(basic_span<From> span)
  const {
    auto const found = checked<To>(span);
    TAGSPAN_EXPECTS(found.has_value(), "a span outside the text, or not on the borders of clusters; see checked()");
    return *found;
  }

  // The same for spans from outside. errc::out_of_text and errc::off_boundary, where: the offset; errc::bad_offsets for
  // a span that runs backwards.
  template <class To, class From>
  requires text_unit_or_grapheme<To> && text_unit_or_grapheme<From> result<basic_span<To>> checked(
      basic_span<From> span, rounding mode = rounding::error)
  const {
    if constexpr (std::same_as<From, unit::grapheme>) {
      if (span.begin > span.end) return error{errc::bad_offsets, span.begin, 0};
      if (span.end > size_) return error{errc::out_of_text, span.begin > size_ ? span.begin : span.end, 0};
      if constexpr (std::same_as<To, unit::grapheme>) {
        return span;
      } else {
        return map_.checked<To>(byte_span{byte_of(span.begin), byte_of(span.end)});
      }
    } else if constexpr (std::same_as<To, unit::grapheme>) {
      auto const bytes = map_.checked<unit::byte>(span, mode);
      if (!bytes) return bytes.error();
      place const begin = floor(bytes->begin), end = floor(bytes->end);
      if (mode == rounding::error) {
        if (begin.byte != bytes->begin) return error{errc::off_boundary, span.begin, 0};
        if (end.byte != bytes->end) return error{errc::off_boundary, span.end, 0};
      }
      bool const outward = mode == rounding::outward;
      grapheme_span out{begin.cluster + (!outward && begin.byte != bytes->begin),
                        end.cluster + (outward && end.byte != bytes->end)};
      if (out.end < out.begin) out.end = out.begin;
      return out;
    } else {
      return map_.checked<To>(span, mode);
    }
  }

  // The span grown (outward) or shrunk (inward) to whole clusters, in its own unit; with rounding::error, an error
  // where it is not on their borders. Errors as in checked().
  template <class U>
  requires text_unit<U> result<basic_span<U>> to_graphemes(basic_span<U> span, rounding mode = rounding::outward)
  const {
    auto const clusters = checked<unit::grapheme>(span, mode);
    if (!clusters) return clusters.error();
    return checked<U>(*clusters);
  }

  // The span grown or shrunk to whole words. Words are those of UAX #29 (WB5 to WB13) by general category: letters,
  // marks, digits and connectors, with an apostrophe, period, colon or comma that stands between letters or digits.
  // Ideographs and Hiragana are words one by one, and so is each other cluster (white space, punctuation, an emoji), so
  // that a span which begins or ends between words stays as it is. There is no dictionary: Thai and its like are runs
  // of letters. Errors as in checked().
  template <class U>
  requires text_unit_or_grapheme<U> result<basic_span<U>> to_words(basic_span<U> span,
                                                                   rounding mode = rounding::outward)
  const {
    auto clusters = checked<unit::grapheme>(span, mode);
    if (!clusters) return clusters.error();
    auto [begin, end] = *clusters;
    bool const outward = mode == rounding::outward;
    if (mode == rounding::error) {
      if (inside_word(begin)) return error{errc::off_boundary, span.begin, 0};
      if (inside_word(end)) return error{errc::off_boundary, span.end, 0};
    } else {
      while (inside_word(begin)) begin += outward ? std::size_t(-1) : 1;
      while (inside_word(end)) end += outward ? 1 : std::size_t(-1);
      if (end < begin) begin = end = begin < clusters->end ? begin : clusters->end;
    }
    return checked<U>(grapheme_span{begin, end});
  }

  // The cluster's bytes. Contract: there are more clusters than that.
  byte_span operator[](std::size_t cluster) const {
    TAGSPAN_EXPECTS(cluster < size_, "a cluster behind the end of the text");
    std::size_t const begin = byte_of(cluster);
    return {begin, next(begin)};
  }

 private:
  static constexpr std::size_t block_size = 256;
  struct place {
    std::size_t byte, cluster;
  };

  utf8proc_int32_t point(std::size_t at, detail::utf8_part part) const noexcept {
    return static_cast<utf8proc_int32_t>(detail::code_point_at(text(), at, part));
  }

  // The end of the cluster that begins at `at`. Within a cluster nothing before its begin matters.
  std::size_t next(std::size_t at) const noexcept {
    std::string_view const t = text();
    unsigned char const byte = detail::byte_at(t, at);
    if (byte < 0x80 && byte != '\r' && (at + 1 == t.size() || detail::byte_at(t, at + 1) < 0x80)) return at + 1;
    auto part = detail::part_at(t, at);
    utf8proc_int32_t last = point(at, part), state = 0;
    at += part.length;
    while (at < t.size()) {
      part = detail::part_at(t, at);
      utf8proc_int32_t const c = point(at, part);
      if (utf8proc_grapheme_break_stateful(last, c, &state)) break;
      last = c;
      at += part.length;
    }
    return at;
  }

  void build() {
    if (!text().empty()) index_.reserve((text().size() - 1) / block_size + 1);
    for (std::size_t at = 0; at < text().size(); ++size_) {
      while (index_.size() * block_size <= at) index_.push_back({at, size_});
      at = next(at);
    }
  }

  place walk(place from, auto go_on) const noexcept {
    while (from.byte < text().size()) {
      place const to{next(from.byte), from.cluster + 1};
      if (!go_on(to)) break;
      from = to;
    }
    return from;
  }
  place start(std::size_t k) const noexcept { return index_.empty() ? place{0, 0} : index_[k]; }

  // The border of a cluster at or before a byte.
  place floor(std::size_t byte) const noexcept {
    if (byte == text().size()) return {byte, size_};
    std::size_t k = byte / block_size;
    if (k >= index_.size()) k = index_.empty() ? 0 : index_.size() - 1;
    while (k > 0 && index_[k].byte > byte) --k;
    return walk(start(k), [&](place to) { return to.byte <= byte; });
  }
  std::size_t byte_of(std::size_t cluster) const noexcept {
    if (cluster == size_) return text().size();
    auto const behind = std::upper_bound(index_.begin(), index_.end(), cluster,
                                         [](std::size_t c, place const& p) { return c < p.cluster; });
    std::size_t const k = static_cast<std::size_t>(behind - index_.begin());
    return walk(start(k == 0 ? 0 : k - 1), [&](place to) { return to.cluster <= cluster; }).byte;
  }

  enum class kinds : std::uint8_t { other, letter, digit, connector, katakana, mid_letter, mid_number, mid_both };

  kinds kind_of(std::size_t cluster) const noexcept {
    std::size_t const at = byte_of(cluster);
    utf8proc_int32_t const c = point(at, detail::part_at(text(), at));
    switch (c) {
      case 0x27:
      case 0x2E:
      case 0x2018:
      case 0x2019:
      case 0x2024:
      case 0xFE52:
      case 0xFF07:
      case 0xFF0E: return kinds::mid_both;
      case 0x3A:
      case 0xB7:
      case 0x387:
      case 0x55F:
      case 0x5F4:
      case 0x2027:
      case 0xFE13:
      case 0xFE55:
      case 0xFF1A: return kinds::mid_letter;
      case 0x2C:
      case 0x3B:
      case 0x37E:
      case 0x589:
      case 0x60C:
      case 0x60D:
      case 0x66C:
      case 0x7F8:
      case 0x2044:
      case 0xFE10:
      case 0xFE14:
      case 0xFE50:
      case 0xFE54:
      case 0xFF0C:
      case 0xFF1B: return kinds::mid_number;
      case 0x202F: return kinds::connector;
      default: break;
    }
    if ((c >= 0x30A1 && c <= 0x30FA) || (c >= 0x30FC && c <= 0x30FF) || (c >= 0x31F0 && c <= 0x31FF) ||
        (c >= 0xFF66 && c <= 0xFF9F)) {
      return kinds::katakana;
    }
    if ((c >= 0x3005 && c <= 0x3007) || (c >= 0x3041 && c <= 0x309F) || (c >= 0x3400 && c <= 0x4DBF) ||
        (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x20000 && c <= 0x3FFFF)) {
      return kinds::other;
    }
    switch (utf8proc_category(c)) {
      case UTF8PROC_CATEGORY_LU:
      case UTF8PROC_CATEGORY_LL:
      case UTF8PROC_CATEGORY_LT:
      case UTF8PROC_CATEGORY_LM:
      case UTF8PROC_CATEGORY_LO:
      case UTF8PROC_CATEGORY_NL:
      case UTF8PROC_CATEGORY_MN:
      case UTF8PROC_CATEGORY_MC:
      case UTF8PROC_CATEGORY_ME: return kinds::letter;
      case UTF8PROC_CATEGORY_ND: return kinds::digit;
      case UTF8PROC_CATEGORY_PC: return kinds::connector;
      default: return kinds::other;
    }
  }

  // Is the border before this cluster inside a word?
  bool inside_word(std::size_t cluster) const noexcept {
    if (cluster == 0 || cluster >= size_) return false;
    kinds const left = kind_of(cluster - 1), right = kind_of(cluster);
    auto const alphanumeric = [](kinds k) { return k == kinds::letter || k == kinds::digit; };
    if (alphanumeric(left) && alphanumeric(right)) return true;
    if (left == kinds::katakana && right == kinds::katakana) return true;
    if (left == kinds::connector) return right == kinds::connector || right == kinds::katakana || alphanumeric(right);
    if (right == kinds::connector) return left == kinds::katakana || alphanumeric(left);
    auto const joins = [](kinds before, kinds middle, kinds after) {
      if (before != after) return false;
      return before == kinds::letter
                 ? middle == kinds::mid_letter || middle == kinds::mid_both
                 : before == kinds::digit && (middle == kinds::mid_number || middle == kinds::mid_both);
    };
    if (cluster + 1 < size_ && joins(left, right, kind_of(cluster + 1))) return true;
    return cluster >= 2 && joins(kind_of(cluster - 2), left, right);
  }

  offset_map map_;
  std::vector<place> index_;  // index_[k]: the first border of a cluster at or behind byte 256 k
  std::size_t size_ = 0;
};

// Of the tables that the program is linked with: "15.0.0".
inline std::string_view unicode_version() noexcept { return utf8proc_unicode_version(); }

}  // namespace tagspan::inline TAGSPAN_ABI
