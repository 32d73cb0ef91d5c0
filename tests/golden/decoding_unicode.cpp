// SPDX-License-Identifier: MIT
// What needs tables of Unicode against recorded answers: grapheme clusters, and offsets recovered from pieces through
// lower-casing, accent stripping and NFKC.
#include <tagspan/text/pieces.hpp>
#include <tagspan/text/unicode.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <vector>

#include "golden.hpp"
#include "pieces.hpp"

namespace {

namespace ts = tagspan;
using golden::json;

ts::placed_pieces place(std::string const& tokenizer, std::string const& text, std::vector<std::string> const& pieces,
                        ts::piece_options const& options) {
  ts::normalize_options form{.form = ts::normal_form::none};
  if (tokenizer == "wordpiece_uncased") form = ts::bert_uncased;
  if (tokenizer.starts_with("metaspace")) form.form = ts::normal_form::nfkc;
  auto const normalized = ts::normalize(text, form).value();
  return ts::piece_offsets(normalized, pieces, golden::style_of(tokenizer), options).value();
}

// The two pieces counted as differing by marks are a decomposed "e" and its accent, which NFKC makes one character: the
// tokenizer gives the piece the "e" alone, and tagspan the whole of it.
TEST_CASE("offsets from pieces alone, through the tokenizer's normalisation") {
  //                          exact, marks, reported, wrong: committed and full set; least share exact
  golden::expect_pieces(place, {
                                   {"bytelevel_bpe", {405, 0, 0, 0}, {881, 0, 0, 0}, 0.995},
                                   {"bytelevel_bpe_prefix, words", {}, {815, 0, 0, 0}, 0.995},
                                   {"bytelevel_bpe_untrimmed", {405, 0, 0, 0}, {881, 0, 0, 0}, 0.995},
                                   {"llama2", {394, 0, 0, 0}, {844, 0, 0, 0}, 0.99},
                                   {"metaspace", {390, 2, 0, 0}, {756, 2, 0, 0}, 0.99},
                                   {"metaspace, words", {}, {654, 3, 0, 0}, 0.99},
                                   {"metaspace_ws", {388, 2, 0, 0}, {751, 2, 0, 0}, 0.99},
                                   {"metaspace_ws, words", {}, {619, 2, 0, 0}, 0.99},
                                   {"wordpiece_nolower", {231, 0, 0, 0}, {422, 0, 0, 0}, 0.995},
                                   {"wordpiece_uncased", {294, 0, 0, 0}, {573, 0, 0, 0}, 0.995},
                                   {"wordpiece_uncased, words", {}, {532, 0, 0, 0}, 0.995},
                               });
}

// Why a row is not compared: Python's regex module, whose Unicode is older, does not agree with the peer's Unicode 17,
// so rule GB9c or newer data matters, and which answer is right depends on the version of utf8proc.
char const* const depends_on_version = "depends on the version of Unicode";

void clusters(std::vector<json> const& rows, golden::tally& tally) {
  for (json const& row : rows) {
    std::string const text = row.at("text"), id = row.at("id");
    if (!row.at("regex_agrees").get<bool>()) {
      tally.leave_out("clusters", depends_on_version);
      continue;
    }
    auto const map = ts::grapheme_map::from(text).value();
    std::vector<std::size_t> starts, there_and_back;
    for (std::size_t k = 0; k <= map.size(); ++k) {
      auto const bytes = map.to<ts::unit::byte>(ts::grapheme_span{k, map.size()});
      starts.push_back(map.to<ts::unit::code_point>(ts::grapheme_span{0, k}).end);
      there_and_back.push_back(map.to<ts::unit::grapheme>(bytes).begin);
      CHECK(there_and_back.back() == k);
    }
    tally.compare("clusters", starts, row.at("grapheme_starts_cp").get<std::vector<std::size_t>>(), id);
  }
}

TEST_CASE("unicode_offsets: grapheme clusters") {
  std::vector<golden::pin> const pins{{"clusters", "", 111, 218}, {"clusters", depends_on_version, 3, 10}};
  golden::tally part;
  clusters(golden::rows(golden::committed("decoding/unicode_offsets.jsonl")), part);
  part.expect(pins, golden::set::committed);
  std::string const path = golden::shared("golden/decoding/unicode_offsets.jsonl");
  if (!golden::exists(path)) return;
  golden::tally all;
  clusters(golden::rows(path), all);
  all.expect(pins, golden::set::full);
}

}  // namespace
