// SPDX-License-Identifier: MIT
// Offsets recovered from pieces alone against those that the tokenizer gave, after trimming white space.
#pragma once
#include <tagspan/text/offsets.hpp>
#include <tagspan/text/pieces.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "golden.hpp"

namespace golden {

// Places the pieces of one text. `tokenizer` is the name that the rows use.
using place_pieces = tagspan::placed_pieces (*)(std::string const& tokenizer, std::string const& text,
                                                std::vector<std::string> const& pieces,
                                                tagspan::piece_options const& options);

inline tagspan::piece_style style_of(std::string const& tokenizer) {
  if (tokenizer.starts_with("wordpiece")) return tagspan::piece_style::wordpiece;
  return tokenizer.starts_with("bytelevel") ? tagspan::piece_style::byte_level : tagspan::piece_style::metaspace;
}

struct piece_counts {
  std::size_t exact{};
  std::size_t marks{};     // differs only by combining marks at the end of the piece, which one of the two leaves out
  std::size_t reported{};  // as not placed
  std::size_t wrong{};     // and not reported
  std::size_t all() const { return exact + marks + reported + wrong; }
  double share() const { return static_cast<double>(exact) / static_cast<double>(all()); }
  friend bool operator==(piece_counts const&, piece_counts const&) = default;
};

inline std::string to_string(piece_counts const& c) {
  std::string text;
  for (std::size_t const count : {c.exact, c.marks, c.reported, c.wrong}) {
    text += text.empty() ? "{" : ", ";
    text += std::to_string(count);
  }
  text += '}';
  return text;
}

inline bool only_marks(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    auto const part = tagspan::detail::part_at(text, at);
    char32_t const c = tagspan::detail::code_point_at(text, at, part);
    if (!((c >= 0x300 && c <= 0x36F) || c == 0xFE0F)) return false;
    at += part.length;
  }
  return true;
}

inline void count_pieces(std::string const& tokenizer, std::string const& text, std::vector<std::string> const& pieces,
                         std::vector<std::uint8_t> const& special, std::vector<std::vector<std::size_t>> const& offsets,
                         place_pieces place, std::string const& row, piece_counts& counts) {
  tagspan::placed_pieces const found = place(
      tokenizer, text, pieces, {.special_tokens_mask = special, .words_split_first = tokenizer == "metaspace_ws"});
  REQUIRE(found.spans.size() == pieces.size());
  std::vector<bool> reported(pieces.size());
  for (auto const& piece : found.unplaced) reported[piece.index] = true;
  tagspan::offset_map const map(text);
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    if (special[i] != 0) continue;
    tagspan::byte_span const span = found.spans[i];
    auto const expected =
        tagspan::trim(text, map.to<tagspan::unit::byte>(tagspan::code_point_span{offsets[i][0], offsets[i][1]}));
    std::size_t const low = std::min(span.begin, expected.begin), high = std::max(span.end, expected.end);
    bool const no_text = span.empty() && expected.empty() && tagspan::trim(text, {low, high}).empty();
    std::size_t const end = std::min(span.end, expected.end);
    if (reported[i]) {
      ++counts.reported;
    } else if (span == expected || no_text) {
      ++counts.exact;
    } else if (span.begin == expected.begin && only_marks(std::string_view(text).substr(end, high - end))) {
      ++counts.marks;
    } else {
      ++counts.wrong;
      FAIL_CHECK(row << " piece " << i << " '" << pieces[i] << "': [" << span.begin << "," << span.end
                     << "), expected [" << expected.begin << "," << expected.end << ")");
    }
  }
}

// By tokenizer, those of word lists under "NAME, words": there each word is a text of its own.
inline std::map<std::string, piece_counts> count_pieces(std::vector<json> const& rows, place_pieces place) {
  std::map<std::string, piece_counts> counts;
  for (json const& row : rows) {
    std::string const tokenizer = row.at("tokenizer"), id = row.at("id");
    std::vector<std::string> const pieces = row.at("tokens");
    std::vector<std::uint8_t> const special = row.at("special_tokens_mask");
    std::vector<std::vector<std::size_t>> const offsets = row.at("offsets");
    if (row.contains("text")) {
      count_pieces(tokenizer, row.at("text"), pieces, special, offsets, place, id, counts[tokenizer]);
      continue;
    }
    for (std::size_t i = 0, end = 0; i < pieces.size(); i = end) {
      end = i + 1;
      if (row.at("word_ids")[i].is_null()) continue;
      while (end < pieces.size() && row.at("word_ids")[end] == row.at("word_ids")[i]) ++end;
      auto const part = [&](auto const& all) {
        return std::remove_cvref_t<decltype(all)>(all.begin() + static_cast<std::ptrdiff_t>(i),
                                                  all.begin() + static_cast<std::ptrdiff_t>(end));
      };
      std::string const word = row.at("words")[row.at("word_ids")[i].get<std::size_t>()];
      count_pieces(tokenizer, word, part(pieces), part(special), part(offsets), place, id,
                   counts[tokenizer + ", words"]);
    }
  }
  return counts;
}

struct pieces_pin {
  std::string tokenizer;
  piece_counts committed, full;
  double at_least = 0;  // of the full set, the share that is placed exactly
};

// Committed is a part of the rows with texts: of each tokenizer the 1st, the 3rd and so on, and the 14th (a text of
// Unicode oddities), without the fields that are not needed here.
inline void expect_pieces(place_pieces place, std::vector<pieces_pin> const& pins) {
  auto const compare = [&](std::map<std::string, piece_counts> const& found, piece_counts pieces_pin::*side) {
    for (auto const& [tokenizer, counts] : found) {
      auto const pin = std::find_if(pins.begin(), pins.end(), [&](auto const& p) { return p.tokenizer == tokenizer; });
      REQUIRE_MESSAGE(pin != pins.end(), tokenizer);
      CHECK_MESSAGE(counts == (*pin).*side, tokenizer << ": " << to_string(counts));
      CHECK(counts.wrong == 0);
    }
    for (auto const& pin : pins)
      CHECK_MESSAGE(found.contains(pin.tokenizer) == ((pin.*side).all() != 0), pin.tokenizer);
  };
  auto const part = rows(committed("decoding/real_tokenizers_pieces.jsonl"));
  compare(count_pieces(part, place), &pieces_pin::committed);
  std::string const path = shared("golden/decoding/real_tokenizers.jsonl");
  if (!exists(path)) return;
  auto const all = rows(path);
  auto const found = count_pieces(all, place);
  compare(found, &pieces_pin::full);
  for (auto const& pin : pins) CHECK_MESSAGE(found.at(pin.tokenizer).share() >= pin.at_least, pin.tokenizer);

  std::map<std::string, std::size_t> seen;
  std::size_t next = 0;
  for (json row : all) {
    if (!row.contains("text")) continue;
    std::size_t const k = seen[row.at("tokenizer")]++;
    if (k % 2 != 0 && k != 13) continue;
    for (char const* key : {"ids", "word_ids", "char_to_token"}) row.erase(key);
    CHECK((next < part.size() && part[next] == row));
    ++next;
  }
  CHECK(next == part.size());
}

}  // namespace golden
