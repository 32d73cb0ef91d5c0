// SPDX-License-Identifier: MIT
// A tokenizer that gives pieces and ids but no offsets, as most C++ bindings do, and a model that found an entity in
// its tokens. Where is it in the text? Searching the text for the pieces glued together finds the wrong place or none.
#include <tagspan/text/pieces.hpp>

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

namespace ts = tagspan;

void show(std::string_view text, std::vector<std::string> const& pieces, ts::piece_style style,
          ts::piece_options options) {
  auto const placed = ts::piece_offsets(text, pieces, style, options);
  if (!placed) {
    std::printf("%s\n", ts::message(placed.error()).c_str());
    return;
  }
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    auto const [begin, end] = placed->spans[i];
    std::printf("  %-10s [%zu,%zu) %s\n", pieces[i].c_str(), begin, end,
                std::string(text.substr(begin, end - begin)).c_str());
  }
  for (auto const& piece : placed->unplaced) {
    std::printf("  not sure of piece %zu: %s\n", piece.index,
                piece.why == ts::piece_fault::uncertain ? "an unknown token" : "the text says something else");
  }
}

int main() {
  std::puts("byte-level: pieces of one character share it");
  show("Zoë  in 京都", {"Zo", "Ã«", "Ġ", "Ġin", "Ġ", "äº", "¬", "éĥ", "½"}, ts::piece_style::byte_level, {});

  std::puts("SentencePiece: collapsed blanks, bytes for an emoji, an unknown run of characters");
  show("Ada   Lovelace 😀 ※※!",
       {"▁Ada", "▁Love", "lace", "▁", "<0xF0>", "<0x9F>", "<0x98>", "<0x80>", "▁", "<unk>", "!"},
       ts::piece_style::metaspace, {});

  std::puts("uncased WordPiece, without tables of Unicode: what is not ASCII is said not to fit");
  std::uint8_t const special[] = {1, 0, 0, 0, 0, 0, 0, 0};
  show("Ada Lovelace met José in Paris", {"[CLS]", "ada", "love", "##lace", "met", "jose", "in", "paris"},
       ts::piece_style::wordpiece, {.special_tokens_mask = special, .lower_case_ascii = true});
}
