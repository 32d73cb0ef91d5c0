// SPDX-License-Identifier: MIT
#include <tagspan/compat/gliner.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

namespace {

namespace ts = tagspan;
using ts::compat::gliner_entity;

TEST_CASE("greedy search: flat, nested, multi-label") {
  std::vector<gliner_entity> const spans{
      {{0, 4}, ts::type_id{0}, 0.6f, {}}, {{1, 3}, ts::type_id{1}, 0.9f, {}}, {{2, 6}, ts::type_id{0}, 0.8f, {}},
      {{1, 3}, ts::type_id{2}, 0.7f, {}}, {{3, 5}, ts::type_id{0}, 0.1f, {}},
  };
  using kept = std::vector<std::size_t>;
  CHECK(ts::compat::gliner_greedy_search(spans) == kept{1, 4});
  CHECK(ts::compat::gliner_greedy_search(spans, {0.5f, false, false}) == kept{0, 1});
  CHECK(ts::compat::gliner_greedy_search(spans, {0.5f, true, true}) == kept{1, 3, 4});
  CHECK(ts::compat::gliner_greedy_search(spans, {0.5f, false, true}) == kept{0, 1, 3});
}

TEST_CASE("span model: over the threshold, inside the text") {
  // Two words, spans of one or two words, two classes.
  std::vector<float> const logits{-5, 2, 1, -5, /*word 1*/ 0, -5, 9, 9};
  auto const found = ts::compat::gliner_decode_spans(logits, 2, 2, 2, {0.5f, false, true}).value();
  REQUIRE(found.size() == 2);
  CHECK(found[0].span == ts::word_span{0, 1});
  CHECK(found[0].type == ts::type_id{1});
  CHECK(std::fabs(found[0].score - 0.880797f) < 1e-6f);
  CHECK(found[1].span == ts::word_span{0, 2});
  CHECK(ts::compat::gliner_decode_spans(logits, 2, 2, 3).error() == ts::error{ts::errc::shape_mismatch, 8, 12});
}

TEST_CASE("token model: begin, end, and all words between") {
  //                                words 0   1   2   3
  std::vector<float> const begins{5, -5, 3, -5}, ends{-5, 2, 4, 1}, insides{4, 3, 6, -5};
  auto const nested = ts::compat::gliner_decode_tokens(begins, ends, insides, 4, 1, {0.5f, false, false}).value();
  REQUIRE(nested.size() == 3);
  CHECK(nested[0].span == ts::word_span{0, 3});  // score: word 1 is inside by sigmoid(3)
  CHECK(std::fabs(nested[0].score - 0.952574f) < 1e-6f);
  CHECK(nested[1].span == ts::word_span{0, 2});
  CHECK(std::fabs(nested[1].score - 0.880797f) < 1e-6f);
  CHECK(nested[2].span == ts::word_span{2, 3});
  auto const flat = ts::compat::gliner_decode_tokens(begins, ends, insides, 4, 1).value();
  REQUIRE(flat.size() == 1);
  CHECK(flat[0].span == ts::word_span{0, 3});
  CHECK(ts::compat::gliner_decode_tokens(begins, ends, insides, 5, 1).error() ==
        ts::error{ts::errc::shape_mismatch, 4, 5});
}

}  // namespace
