// SPDX-License-Identifier: MIT
// The pieces of a subword tokenizer, as strings: how its vocabulary marks where words begin and end, and where each
// piece lies in the raw text when the tokenizer gives pieces and no offsets.
#pragma once
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <tagspan/core/error.hpp>
#include <tagspan/core/span.hpp>
#include <tagspan/core/version.hpp>
#include <tagspan/detail/utf8.hpp>

namespace tagspan::inline TAGSPAN_ABI {

// How pieces are marked. Nothing is guessed from the pieces themselves: "##" can be text.
enum class piece_style : std::uint8_t {
  wordpiece,   // BERT: "##" before a piece that continues a word
  metaspace,   // SentencePiece: U+2581 (▁) stands for a space (or for itself), and so begins a word
  byte_level,  // GPT-2: bytes as letters, where U+0120 (Ġ) is the space, and U+010A, U+0109, U+010D are the other white
  end_of_word,  // early BPE: "</w>" ends the last piece of a word
};

namespace detail {

// Does a piece begin a word, end one, or do neither, by its marks alone?
struct piece_marks {
  bool begins{}, ends{};
};

constexpr piece_marks marks_of(std::string_view piece, piece_style style) noexcept {
  switch (style) {
    case piece_style::wordpiece: return {!(piece.size() > 2 && piece.substr(0, 2) == "##"), false};
    case piece_style::metaspace: return {piece.substr(0, 3) == "\xE2\x96\x81", false};
    case piece_style::byte_level: {
      std::string_view const first = piece.substr(0, 2);
      if (first == "\xC4\xA0") return {true, false};
      bool const white = first == "\xC4\x8A" || first == "\xC4\x89" || first == "\xC4\x8D";
      std::string_view const last = piece.size() < 2 ? piece : piece.substr(piece.size() - 2);
      return {white, white && (last == "\xC4\x8A" || last == "\xC4\x89" || last == "\xC4\x8D")};
    }
    case piece_style::end_of_word: return {false, piece.size() >= 4 && piece.substr(piece.size() - 4) == "</w>"};
  }
  return {};
}

}  // namespace detail

// What becomes of text that is not UTF-8.
enum class ill_formed_bytes : std::uint8_t {
  error,    // errc::ill_formed_text
  replace,  // the tokenizer saw U+FFFD for each maximal subpart of an ill-formed sequence, as WHATWG decoders give it
  keep,     // the tokenizer saw the bytes as they are
};

struct piece_options {
  std::string_view unknown{};  // the unknown token; by default "[UNK]" for wordpiece, "<unk>" for the others, of which
                               // byte_level needs none
  std::span<std::uint8_t const> special_tokens_mask{};  // 1 = special: covers no text
  bool lower_case_ascii = false;   // the tokenizer lower-cases, and A to Z are all that there is to lower-case
  bool words_split_first = false;  // metaspace: the tokenizer splits at white space before it sets marks, so that a
                                   // mark stands for no character of the text
  bool trim = true;  // spans without the white space at their ends
  ill_formed_bytes ill_formed = ill_formed_bytes::error;
};

enum class piece_fault : std::uint8_t {
  unmatched,  // the text here is not what the piece says: somewhere in its span, or nowhere
  uncertain,  // an unknown token; it lies somewhere in its span
};
struct unplaced_piece {
  std::size_t index{};
  piece_fault why{};
  friend constexpr bool operator==(unplaced_piece const&, unplaced_piece const&) = default;
};

// Spans are of bytes in the raw text, on borders of characters, one a piece, and never begin before an earlier one
// does. Pieces of one character all have the span of that character. Special tokens, and what is but white space and
// trimmed, have an empty span.
struct placed_pieces {
  std::vector<byte_span> spans;
  std::vector<unplaced_piece> unplaced;  // by index; every other piece lies exactly where its span says
  byte_span rest;  // what follows the last piece, white space aside: not empty where the tokenizer cut the text
};

// A text that was made from another one, and the way back: normalized_text in text/unicode.hpp, or the user's own.
template <class N>
concept text_with_source = requires(N const& normalized, byte_span span) {
  { normalized.text() } -> std::convertible_to<std::string_view>;
  { normalized.source() } -> std::convertible_to<std::string_view>;
  { normalized.to_source(span) } -> std::same_as<byte_span>;
};

// A range of strings that outlive the element that gives them.
template <class R>
concept piece_range = requires(R const& pieces) {
  pieces.size();
  std::string_view(*pieces.begin());
  requires(std::is_reference_v<decltype(*pieces.begin())> || std::is_trivially_copyable_v<decltype(*pieces.begin())>);
};

namespace detail {

// Punctuation (general category P) of the Basic Multilingual Plane, Unicode 14, without ASCII: first and last, in turn.
inline constexpr char16_t punctuation_ranges[] = {
    0xA1,   0xA1,   0xA7,   0xA7,   0xAB,   0xAB,   0xB6,   0xB7,   0xBB,   0xBB,   0xBF,   0xBF,   0x37E,  0x37E,
    0x387,  0x387,  0x55A,  0x55F,  0x589,  0x58A,  0x5BE,  0x5BE,  0x5C0,  0x5C0,  0x5C3,  0x5C3,  0x5C6,  0x5C6,
    0x5F3,  0x5F4,  0x609,  0x60A,  0x60C,  0x60D,  0x61B,  0x61B,  0x61D,  0x61F,  0x66A,  0x66D,  0x6D4,  0x6D4,
    0x700,  0x70D,  0x7F7,  0x7F9,  0x830,  0x83E,  0x85E,  0x85E,  0x964,  0x965,  0x970,  0x970,  0x9FD,  0x9FD,
    0xA76,  0xA76,  0xAF0,  0xAF0,  0xC77,  0xC77,  0xC84,  0xC84,  0xDF4,  0xDF4,  0xE4F,  0xE4F,  0xE5A,  0xE5B,
    0xF04,  0xF12,  0xF14,  0xF14,  0xF3A,  0xF3D,  0xF85,  0xF85,  0xFD0,  0xFD4,  0xFD9,  0xFDA,  0x104A, 0x104F,
    0x10FB, 0x10FB, 0x1360, 0x1368, 0x1400, 0x1400, 0x166E, 0x166E, 0x169B, 0x169C, 0x16EB, 0x16ED, 0x1735, 0x1736,
    0x17D4, 0x17D6, 0x17D8, 0x17DA, 0x1800, 0x180A, 0x1944, 0x1945, 0x1A1E, 0x1A1F, 0x1AA0, 0x1AA6, 0x1AA8, 0x1AAD,
    0x1B5A, 0x1B60, 0x1B7D, 0x1B7E, 0x1BFC, 0x1BFF, 0x1C3B, 0x1C3F, 0x1C7E, 0x1C7F, 0x1CC0, 0x1CC7, 0x1CD3, 0x1CD3,
    0x2010, 0x2027, 0x2030, 0x2043, 0x2045, 0x2051, 0x2053, 0x205E, 0x207D, 0x207E, 0x208D, 0x208E, 0x2308, 0x230B,
    0x2329, 0x232A, 0x2768, 0x2775, 0x27C5, 0x27C6, 0x27E6, 0x27EF, 0x2983, 0x2998, 0x29D8, 0x29DB, 0x29FC, 0x29FD,
    0x2CF9, 0x2CFC, 0x2CFE, 0x2CFF, 0x2D70, 0x2D70, 0x2E00, 0x2E2E, 0x2E30, 0x2E4F, 0x2E52, 0x2E5D, 0x3001, 0x3003,
    0x3008, 0x3011, 0x3014, 0x301F, 0x3030, 0x3030, 0x303D, 0x303D, 0x30A0, 0x30A0, 0x30FB, 0x30FB, 0xA4FE, 0xA4FF,
    0xA60D, 0xA60F, 0xA673, 0xA673, 0xA67E, 0xA67E, 0xA6F2, 0xA6F7, 0xA874, 0xA877, 0xA8CE, 0xA8CF, 0xA8F8, 0xA8FA,
    0xA8FC, 0xA8FC, 0xA92E, 0xA92F, 0xA95F, 0xA95F, 0xA9C1, 0xA9CD, 0xA9DE, 0xA9DF, 0xAA5C, 0xAA5F, 0xAADE, 0xAADF,
    0xAAF0, 0xAAF1, 0xABEB, 0xABEB, 0xFD3E, 0xFD3F, 0xFE10, 0xFE19, 0xFE30, 0xFE52, 0xFE54, 0xFE61, 0xFE63, 0xFE63,
    0xFE68, 0xFE68, 0xFE6A, 0xFE6B, 0xFF01, 0xFF03, 0xFF05, 0xFF0A, 0xFF0C, 0xFF0F, 0xFF1A, 0xFF1B, 0xFF1F, 0xFF20,
    0xFF3B, 0xFF3D, 0xFF3F, 0xFF3F, 0xFF5B, 0xFF5B, 0xFF5D, 0xFF5D, 0xFF5F, 0xFF65,
};

constexpr bool is_punctuation(char32_t c) noexcept {
  if (c < 0x80)
    return (c > 0x20 && c < 0x30) || (c > 0x39 && c < 0x41) || (c > 0x5A && c < 0x61) || (c > 0x7A && c < 0x7F);
  std::size_t low = 0, high = sizeof punctuation_ranges / sizeof *punctuation_ranges / 2;
  while (low < high) {
    std::size_t const middle = (low + high) / 2;
    if (punctuation_ranges[2 * middle + 1] < c)
      low = middle + 1;
    else
      high = middle;
  }
  return 2 * low < sizeof punctuation_ranges / sizeof *punctuation_ranges && punctuation_ranges[2 * low] <= c;
}

// The blocks of which BERT makes each character a word.
constexpr bool is_word_by_itself(char32_t c) noexcept {
  return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) || (c >= 0xF900 && c <= 0xFAFF) ||
         (c >= 0x20000 && c <= 0x2A6DF) || (c >= 0x2A700 && c <= 0x2CEAF) || (c >= 0x2F800 && c <= 0x2FA1F);
}

// What BERT takes out of a text: controls, formats, private use and U+FFFD.
constexpr bool is_removed(char32_t c) noexcept {
  if (c < 0x300) return (c < 0x20 && !is_white_space(c)) || (c >= 0x7F && c < 0xA0 && c != 0x85) || c == 0xAD;
  return (c >= 0x600 && c <= 0x605) || c == 0x61C || c == 0x6DD || c == 0x70F || c == 0x180E ||
         (c >= 0x200B && c <= 0x200F) || (c >= 0x202A && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) ||
         (c >= 0xE000 && c <= 0xF8FF) || c == 0xFEFF || (c >= 0xFFF9 && c <= 0xFFFB) || c == 0xFFFD ||
         (c >= 0xE0001 && c <= 0xE007F) || c >= 0xF0000;
}

// The byte that a letter of GPT-2's alphabet stands for, or -1. Printable Latin-1 stands for itself, and U+0100 and
// what follows for the other 68 bytes in order.
constexpr int byte_of_letter(char32_t c) noexcept {
  if (c >= 0x100 && c < 0x143) return static_cast<int>(c < 0x121 ? c - 0x100 : c - 0x121 + 0x7F);
  if (c == 0x143) return 0xAD;
  return (c > 0x20 && c < 0x7F) || (c > 0xA0 && c <= 0xFF && c != 0xAD) ? static_cast<int>(c) : -1;
}

constexpr int hex_digit(char c) noexcept {
  return c >= '0' && c <= '9'   ? c - '0'
         : c >= 'A' && c <= 'F' ? c - 'A' + 10
         : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                : -1;
}

// Places pieces in a text that looks as the tokenizer saw it, up to white space. Pieces follow each other in the text,
// so each one is looked for where the one before it ended. Where it is not there, the nearest place is taken from which
// several of the next pieces follow each other, and what lies between is reported.
class piece_placer {
 public:
  piece_placer(std::string_view text, std::vector<std::string_view> const& pieces, piece_style style,
               piece_options const& options)
      : text_(text), style_(style), options_(options) {
    std::string_view const unknown = !options.unknown.empty()           ? options.unknown
                                     : style == piece_style::wordpiece  ? std::string_view("[UNK]")
                                     : style != piece_style::byte_level ? std::string_view("<unk>")
                                                                        : std::string_view();
    pieces_.reserve(pieces.size());
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      piece made;
      made.begin = made.end = bodies_.size();
      if (!options.special_tokens_mask.empty() && options.special_tokens_mask[i] != 0) {
        made.kind = kinds::special;
      } else if (!unknown.empty() && pieces[i] == unknown) {
        made.kind = kinds::unknown;
      } else {
        read(pieces[i], made);
        made.end = bodies_.size();
      }
      pieces_.push_back(made);
    }
    spans.resize(pieces.size());
    // The search takes so many places, or eight times as many bytes looked at, however hostile the input.
    work_left_ = (std::size_t{1} << 20) + 64 * (text.size() + pieces.size());
  }

  void place() {
    std::size_t i = 0, at = 0;
    while (i < pieces_.size()) {
      if (pieces_[i].kind == kinds::special) {
        spans[i++] = {at, at};
      } else if (pieces_[i].kind == kinds::unknown) {
        if (!place_unknown(i, at)) recover(i, at);
      } else if (found const here = match(i, at); here.ok) {
        spans[i] = {here.begin, here.covered};
        at = here.end;
        ++i;
      } else {
        recover(i, at);
      }
    }
    end = at;
  }

  std::vector<byte_span> spans;
  std::vector<unplaced_piece> unplaced;
  std::size_t end = 0;

 private:
  enum class kinds : std::uint8_t { literal, unknown, special };
  struct piece {
    std::size_t begin{}, end{};  // its text in bodies_, where metaspace marks behind the first letter are blanks
    std::size_t marks{};         // metaspace marks in front
    kinds kind = kinds::literal;
    bool joins{}, ends_word{};
    std::size_t size() const noexcept { return end - begin; }
  };
  // From begin to covered it is the piece's own; the next one is looked for from `end`.
  struct found {
    bool ok{};
    std::size_t begin{}, covered{}, end{};
  };

  static constexpr std::string_view mark = "\xE2\x96\x81";

  void read(std::string_view source, piece& made) {
    if (style_ == piece_style::wordpiece) {
      made.joins = source.size() > 2 && source.substr(0, 2) == "##";
      bodies_ += source.substr(made.joins ? 2 : 0);
    } else if (style_ == piece_style::end_of_word) {
      made.ends_word = source.size() >= 4 && source.substr(source.size() - 4) == "</w>";
      bodies_ += source.substr(0, source.size() - (made.ends_word ? 4 : 0));
    } else if (style_ == piece_style::byte_level) {
      for (std::size_t at = 0; at < source.size();) {
        utf8_part const part = part_at(source, at);
        int const byte = part.well_formed ? byte_of_letter(code_point_at(source, at, part)) : -1;
        if (byte < 0) {  // not of this alphabet: an added token, which is plain text
          bodies_.resize(made.begin);
          bodies_ += source;
          return;
        }
        bodies_ += static_cast<char>(byte);
        at += part.length;
      }
    } else {
      if (source.size() == 6 && source.substr(0, 3) == "<0x" && source[5] == '>') {
        int const high = hex_digit(source[3]), low = hex_digit(source[4]);
        if (high >= 0 && low >= 0) {
          bodies_ += static_cast<char>(high * 16 + low);
          return;
        }
      }
      for (; source.substr(0, 3) == mark; source.remove_prefix(3)) ++made.marks;
      for (std::size_t at = 0; at < source.size();) {
        bool const marked = source.substr(at, 3) == mark;
        bodies_ += marked ? ' ' : source[at];
        at += marked ? 3 : 1;
      }
    }
  }

  std::string_view body(piece const& p) const { return std::string_view(bodies_).substr(p.begin, p.size()); }

  // The length of the white space character (or, with `removed` too, of the character that BERT removes) at `at`, or 0.
  std::size_t blank(std::size_t at, bool removed = false, bool white = true) const noexcept {
    if (at >= text_.size()) return 0;
    utf8_part const part = part_at(text_, at);
    if (!part.well_formed) return 0;
    char32_t const c = code_point_at(text_, at, part);
    return (white && is_white_space(c)) || (removed && is_removed(c)) ? part.length : 0;
  }
  // Has the text itself a mark here? A tokenizer cannot tell it from the one that it sets for a space.
  bool is_mark(std::size_t at) const noexcept { return text_.substr(at, mark.size()) == mark; }
  // A search asks at each place of a long run of blanks: its end is remembered.
  std::size_t behind_blanks(std::size_t at) const noexcept {
    if (blanks_.begin <= at && at < blanks_.end && !is_continuation(byte_at(text_, at))) return blanks_.end;
    bool const removed = style_ == piece_style::wordpiece;
    std::size_t const begin = at;
    while (std::size_t const length = blank(at, removed)) at += length;
    steps_ += at - begin;
    blanks_ = {begin, at};
    return at;
  }
  std::size_t next(std::size_t at) const noexcept { return boundary_after(text_, at + 1); }

  bool is_edge_character(std::size_t at) const noexcept {
    char32_t const c = code_point_at(text_, at, part_at(text_, at));
    return is_white_space(c) || is_removed(c) || is_punctuation(c) || is_word_by_itself(c);
  }
  // May a word as BERT splits them begin or end here?
  bool is_edge(std::size_t at) const noexcept {
    return at == 0 || at == text_.size() || is_edge_character(at) || is_edge_character(part_start(text_, at - 1));
  }
  std::size_t word_end(std::size_t at) const noexcept {
    if (is_edge_character(at)) return next(at);
    while (at < text_.size() && (!is_edge_character(at) || blank(at, true, false) != 0)) at = next(at);
    return at;
  }

  found compare(std::string_view body, std::size_t at, bool skipping) const noexcept {
    std::size_t begin = at;
    for (std::size_t k = 0; k < body.size();) {
      if (skipping) {
        std::size_t const before = at;
        while (std::size_t const length = blank(at, true, false)) at += length;
        steps_ += at - before;
        if (k == 0) begin = at;
      }
      if (at >= text_.size()) return {};
      ++steps_;
      unsigned char c = byte_at(text_, at);
      if (options_.lower_case_ascii && c >= 'A' && c <= 'Z') c = static_cast<unsigned char>(c + 0x20);
      if (style_ == piece_style::metaspace && body[k] == ' ' && blank(at) != 0) {
        at = behind_blanks(at);
      } else if (style_ == piece_style::metaspace && body[k] == ' ' && is_mark(at)) {
        at += mark.size();
      } else if (c == byte_at(body, k)) {
        ++at;
      } else {
        return {};
      }
      ++k;
    }
    return {true, begin, at, at};
  }

  found match(std::size_t i, std::size_t at) const noexcept {
    piece const& p = pieces_[i];
    std::string_view const letters = body(p);
    if (style_ == piece_style::metaspace) return match_marked(p, letters, at);
    if (style_ == piece_style::byte_level) {
      found const here = compare(letters, at, false);
      bool const first = at == 0 || i == 0 || pieces_[i - 1].kind != kinds::literal;
      return here.ok || !first || letters.empty() || letters[0] != ' ' ? here : compare(letters.substr(1), at, false);
    }
    if (style_ == piece_style::end_of_word) {
      bool const begins = i == 0 || pieces_[i - 1].kind != kinds::literal || pieces_[i - 1].ends_word;
      found const here = compare(letters, begins ? behind_blanks(at) : at, false);
      bool const goes_on = !p.ends_word && i + 1 < pieces_.size() && pieces_[i + 1].kind == kinds::literal;
      return goes_on && (here.end == text_.size() || blank(here.end) != 0) ? found{} : here;
    }
    if (!p.joins) at = behind_blanks(at);
    found here = compare(letters, at, false);
    if (!here.ok) here = compare(letters, at, true);
    if (!here.ok || (!p.joins && !is_edge(here.begin))) return {};
    if (i + 1 == pieces_.size() || pieces_[i + 1].kind == kinds::special) return here;  // cut in the middle of a word
    bool const fits = pieces_[i + 1].joins ? here.end < text_.size() && blank(here.end) == 0 : is_edge(here.end);
    return fits ? here : found{};
  }

  found match_marked(piece const& p, std::string_view letters, std::size_t at) const noexcept {
    std::size_t taken = at, count = 0;
    for (; count < p.marks; ++count) {
      std::size_t const length = is_mark(taken) ? mark.size() : options_.words_split_first ? 0 : blank(taken);
      if (length == 0) break;
      taken += length;
    }
    if (letters.empty()) {
      if (count != 0 || p.marks == 0) return {true, at, taken, taken};
      std::size_t const here = behind_blanks(at);  // set before a word, and lies on its first character
      return {true, here, here < text_.size() ? next(here) : here, here};
    }
    if (found here = compare(letters, taken, false); here.ok) {
      here.begin = at;
      return here;
    }
    found here = compare(letters, behind_blanks(taken), false);
    if (!here.ok) return here;
    for (; count != 0; --count)
      here.begin = part_start(text_, here.begin - 1);  // the marks are the last of the white space
    return here;
  }

  // Do the pieces from i on follow each other from `at` on, as far as can be told? Strictly: is that no accident?
  bool follow(std::size_t i, std::size_t at, bool strict) const noexcept {
    std::size_t bytes = 0, count = 0;
    auto const enough = [&] { return count >= 2 && bytes >= 6; };
    for (; i < pieces_.size() && !(count >= 2 && bytes >= 8); ++i) {
      ++steps_;
      if (pieces_[i].kind == kinds::special) continue;
      if (pieces_[i].kind == kinds::unknown) return !strict || enough();
      found const here = match(i, at);
      if (!here.ok) return false;
      ++count;
      bytes += pieces_[i].size();
      at = here.end;
    }
    return i < pieces_.size() || !strict || enough() || behind_blanks(at) == text_.size();
  }

  // The same for a place of a search, which is paid for.
  bool follow_here(std::size_t i, std::size_t at, bool strict) noexcept {
    bool const found_here = follow(i, at, strict);
    spend();
    return found_here;
  }
  void spend() noexcept {
    std::size_t const cost = 1 + steps_ / 8;
    work_left_ -= cost < work_left_ ? cost : work_left_;
    steps_ = 0;
  }

  void report(std::size_t first, std::size_t last, byte_span where) {
    for (; first < last; ++first) {
      if (pieces_[first].kind == kinds::special) {
        spans[first] = {where.begin, where.begin};
        continue;
      }
      spans[first] = where;
      unplaced.push_back(
          {first, pieces_[first].kind == kinds::unknown ? piece_fault::uncertain : piece_fault::unmatched});
    }
  }

  byte_span gap(std::size_t begin, std::size_t end_of_gap) const noexcept {
    begin = behind_blanks(begin);
    if (begin > end_of_gap) begin = end_of_gap;
    while (end_of_gap > begin) {
      std::size_t const last = part_start(text_, end_of_gap - 1);
      if (blank(last) == 0) break;
      end_of_gap = last;
    }
    return {begin, end_of_gap};
  }

  bool place_unknown(std::size_t& i, std::size_t& at) {
    std::size_t last = i;
    while (last < pieces_.size() && pieces_[last].kind == kinds::unknown) ++last;
    std::size_t const start = behind_blanks(at);
    if (style_ == piece_style::wordpiece && work_left_ != 0) {  // each is a word
      std::size_t here = at, k = i;
      for (; k < last && behind_blanks(here) < text_.size(); ++k) {
        spans[k].begin = behind_blanks(here);
        spans[k].end = here = word_end(spans[k].begin);
        steps_ += here - spans[k].begin;
      }
      spend();
      bool const ends_here =
          last == pieces_.size() || (last + 1 == pieces_.size() && pieces_[last].kind == kinds::special);
      if (k == last && follow(last, here, false) && (!ends_here || behind_blanks(here) == text_.size())) {
        i = last;
        at = here;
        return true;
      }
    }
    std::size_t x = last;
    while (x < pieces_.size() && pieces_[x].kind == kinds::special) ++x;
    std::size_t stop = text_.size();
    if (x < pieces_.size()) {
      if (pieces_[x].kind == kinds::unknown) return false;
      bool const strict = style_ == piece_style::wordpiece;
      stop = start;
      for (std::size_t k = i; k < last && stop < text_.size(); ++k) stop = next(stop);
      while (!follow_here(x, stop, strict)) {
        if (stop >= text_.size() || work_left_ == 0) return false;
        stop = next(stop);
      }
    }
    byte_span const between = gap(start, stop);
    std::size_t characters = 0;
    bool one_word = style_ != piece_style::wordpiece;  // a word or a part of one, nothing more
    for (std::size_t p = between.begin; p < between.end; p = next(p)) {
      ++characters;
      one_word = one_word && blank(p) == 0;
    }
    if (one_word && characters != 0 && (last - i == 1 || characters == last - i)) {
      std::size_t p = between.begin;
      for (std::size_t k = i; k < last; ++k) {
        std::size_t const q = last - i == 1 ? between.end : next(p);
        spans[k] = {p, q};
        p = q;
      }
    } else {
      report(i, last, between);
    }
    i = last;
    at = between.end;
    return true;
  }

  // Nothing is known of piece i. Goes on at the nearest place where the text and a later piece agree: it costs as much
  // as text is left out or added beyond what the pieces left out say.
  void recover(std::size_t& i, std::size_t& at) {
    std::size_t best = ~std::size_t{0}, to_piece = pieces_.size(), to = text_.size();
    for (std::size_t width = 64; width <= 4096 && to_piece == pieces_.size(); width *= 8) {
      std::size_t const limit = text_.size() - at < width ? text_.size() : at + width;
      std::size_t left_out = 0;
      for (std::size_t x = i; x < pieces_.size() && x - i <= width / 4 && 2 * (x - i) < best; ++x) {
        if (pieces_[x].kind == kinds::literal && pieces_[x].size() != 0) {
          for (std::size_t q = at;; q = next(q)) {
            std::size_t const off = q - at < left_out ? left_out - (q - at) : q - at - left_out;
            if (off + 2 * (x - i) < best) {
              if (work_left_ == 0) break;
              if (follow_here(x, q, true)) {
                best = off + 2 * (x - i);
                to_piece = x;
                to = q;
              }
            }
            if (q >= limit) break;
          }
        }
        left_out += pieces_[x].size();
      }
    }
    report(i, to_piece, gap(at, to));
    i = to_piece;
    at = to;
  }

  std::string_view text_;
  piece_style style_;
  piece_options options_;
  std::vector<piece> pieces_;
  std::string bodies_;
  std::size_t work_left_ = 0;
  mutable std::size_t steps_ = 0;  // bytes and pieces looked at, not yet paid for
  mutable byte_span blanks_{};     // a run of blanks, up to its end
};

template <class ToSource>
placed_pieces pieces_in_source(piece_placer& placer, std::string_view source, bool trim, ToSource to_source) {
  placed_pieces out{std::move(placer.spans), std::move(placer.unplaced), {}};
  auto const white = [&](std::size_t at) {
    utf8_part const part = part_at(source, at);
    return part.well_formed && is_white_space(code_point_at(source, at, part)) ? std::size_t{part.length} : 0;
  };
  auto const rounded = [&](byte_span span, bool cut_white) -> byte_span {
    bool const nothing = span.begin == span.end;
    span = to_source(span);
    span.begin = span.begin == source.size() ? span.begin : part_start(source, span.begin);
    span.end = nothing ? span.begin : boundary_after(source, span.end);
    while (cut_white && span.begin < span.end && white(span.begin) != 0) span.begin += white(span.begin);
    while (cut_white && span.begin < span.end && white(part_start(source, span.end - 1)) != 0) {
      span.end = part_start(source, span.end - 1);
    }
    return span;
  };
  std::size_t const normalized_end = placer.end;
  std::size_t begun = 0;
  for (byte_span& span : out.spans) {
    span = rounded(span, trim);
    // Behind a part of a white space character that was trimmed, a special token stands no further back.
    if (span.begin == span.end && span.begin < begun) span = {begun, begun};
    begun = span.begin;
  }
  std::size_t const used = normalized_end == 0 ? 0 : rounded({0, normalized_end}, false).end;
  out.rest = {used, source.size()};
  while (out.rest.begin < out.rest.end && white(out.rest.begin) != 0) out.rest.begin += white(out.rest.begin);
  return out;
}

}  // namespace detail

// Where each piece lies in the raw text, for tokenizers that give no offsets. `normalized` is the text as the tokenizer
// saw it (lower case, without accents, NFKC), with its way back to the source; what a vocabulary marks, runs of white
// space, and the characters that BERT removes need no normalisation. Characters that a normalisation removes belong to
// no piece, unless there are pieces of the same word on both sides.
//
// An unknown wordpiece token is a word as BERT splits them, if the next pieces agree; any other unknown token is what
// lies between its neighbours, if that is one word or part of one. Else it is reported, as is each piece that is not in
// the text where it should be; its span then is the text between the nearest pieces that are.
//
// errc::shape_mismatch where the mask has not one entry a piece (where: its size; inner: pieces). Linear in text and
// pieces, with a larger factor where much does not fit; allocates a copy of the pieces.
template <text_with_source N, piece_range R>
result<placed_pieces> piece_offsets(N const& normalized, R const& pieces, piece_style style,
                                    piece_options options = {}) {
  std::vector<std::string_view> views;
  views.reserve(pieces.size());
  for (auto&& piece : pieces) views.emplace_back(piece);
  if (!options.special_tokens_mask.empty() && options.special_tokens_mask.size() != views.size()) {
    return error{errc::shape_mismatch, options.special_tokens_mask.size(), views.size()};
  }
  detail::piece_placer placer(normalized.text(), views, style, options);
  placer.place();
  return detail::pieces_in_source(placer, normalized.source(), options.trim,
                                  [&](byte_span span) { return normalized.to_source(span); });
}

namespace detail {

// The text itself, or with U+FFFD for what is not UTF-8.
class replaced_text {
 public:
  explicit replaced_text(std::string_view source, bool replace) : source_(source) {
    for (std::size_t at = 0; replace && at < source.size();) {
      utf8_part const part = part_at(source, at);
      if (part.well_formed) {
        text_ += source.substr(at, part.length);
      } else {
        text_ += "\xEF\xBF\xBD";
      }
      starts_.resize(text_.size(), at);
      at += part.length;
    }
    starts_.push_back(source.size());
  }
  std::string_view text() const noexcept { return starts_.size() == 1 ? source_ : std::string_view(text_); }
  std::string_view source() const noexcept { return source_; }
  byte_span to_source(byte_span span) const noexcept {
    if (starts_.size() == 1) return span;
    byte_span to{starts_[span.begin], starts_[span.end]};
    if (span.end != 0 && starts_[span.end - 1] == to.end) to.end = boundary_after(source_, to.end + 1);
    return to;
  }

 private:
  std::string_view source_;
  std::string text_;
  std::vector<std::size_t> starts_;  // for each byte of text_, where its character begins in the source
};

}  // namespace detail

// The same for a text that the tokenizer takes as it is, but for white space and, if so asked, ASCII capitals.
// errc::ill_formed_text by policy (where: byte).
template <piece_range R>
result<placed_pieces> piece_offsets(std::string_view text, R const& pieces, piece_style style,
                                    piece_options options = {}) {
  std::size_t at = 0;
  while (options.ill_formed != ill_formed_bytes::keep && at < text.size()) {
    detail::utf8_part const part = detail::part_at(text, at);
    if (!part.well_formed) break;
    at += part.length;
  }
  bool const sound = options.ill_formed == ill_formed_bytes::keep || at == text.size();
  if (!sound && options.ill_formed == ill_formed_bytes::error) return error{errc::ill_formed_text, at, 0};
  return piece_offsets(detail::replaced_text(text, !sound), pieces, style, options);
}

}  // namespace tagspan::inline TAGSPAN_ABI
