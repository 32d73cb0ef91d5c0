// SPDX-License-Identifier: MIT
// Offsets recovered from the pieces of real tokenizers, without tables of Unicode: what a tokenizer's normalisation
// changes beyond ASCII capitals is not found, and must be reported. With tables: decoding_unicode.cpp.
#include <tagspan/text/pieces.hpp>

#include <doctest/doctest.h>

#include "pieces.hpp"

namespace {

namespace ts = tagspan;

ts::placed_pieces place(std::string const& tokenizer, std::string const& text, std::vector<std::string> const& pieces,
                        ts::piece_options const& given) {
  ts::piece_options options = given;
  options.lower_case_ascii = tokenizer == "wordpiece_uncased";
  return ts::piece_offsets(text, pieces, golden::style_of(tokenizer), options).value();
}

TEST_CASE("offsets from pieces alone, without tables of Unicode") {
  //                          exact, marks, reported, wrong: committed and full set; least share exact
  golden::expect_pieces(place, {
                                   {"bytelevel_bpe", {405, 0, 0, 0}, {881, 0, 0, 0}, 0.995},
                                   {"bytelevel_bpe_prefix, words", {}, {815, 0, 0, 0}, 0.995},
                                   {"bytelevel_bpe_untrimmed", {405, 0, 0, 0}, {881, 0, 0, 0}, 0.995},
                                   {"llama2", {394, 0, 0, 0}, {844, 0, 0, 0}, 0.99},
                                   {"metaspace", {386, 0, 6, 0}, {734, 0, 24, 0}, 0},
                                   {"metaspace, words", {}, {638, 0, 19, 0}, 0},
                                   {"metaspace_ws", {384, 0, 6, 0}, {729, 0, 24, 0}, 0},
                                   {"metaspace_ws, words", {}, {603, 0, 18, 0}, 0},
                                   {"wordpiece_nolower", {231, 0, 0, 0}, {422, 0, 0, 0}, 0.995},
                                   {"wordpiece_uncased", {250, 1, 43, 0}, {474, 1, 98, 0}, 0},
                                   {"wordpiece_uncased, words", {}, {458, 1, 73, 0}, 0},
                               });
}

}  // namespace
