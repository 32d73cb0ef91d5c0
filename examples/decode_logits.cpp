// SPDX-License-Identifier: MIT
// From a model's logits to entities: what stands behind the call to LibTorch or ONNX Runtime. Here the logits of one
// sentence are written down; a tokenizer gave word ids and byte offsets.
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include <tagspan/model/decode.hpp>

namespace ts = tagspan;

int main() {
  auto const labels = ts::label_set::from_id2label({"O", "B-PER", "I-PER", "B-LOC", "I-LOC"}).value();
  std::string_view const text = "Angela Merkel flew to Zürich.";
  // [CLS] Angela Mer ##kel flew to Z ##ür ##ich . [SEP]
  std::vector<std::int32_t> const word_ids{-1, 0, 1, 1, 2, 3, 4, 4, 4, 5, -1};
  std::vector<ts::byte_span> const offsets{{0, 0},   {0, 6},   {7, 10},  {10, 13}, {14, 18}, {19, 21},
                                           {22, 23}, {23, 26}, {26, 29}, {29, 30}, {0, 0}};
  std::vector<float> const logits{
      4, 0, 0, 0, 0,  //
      0, 6, 1, 1, 0,  // Angela
      0, 1, 5, 0, 1,  // Mer
      1, 0, 1, 3, 0,  // ##kel: by itself, the model would begin a place here
      7, 0, 0, 0, 0,  // flew
      7, 0, 0, 0, 0,  // to
      1, 0, 0, 3, 1,  // Z
      2, 0, 0, 1, 1,  // ##ür: by itself, nothing
      1, 0, 0, 1, 2,  // ##ich
      6, 0, 0, 0, 0,  // .
      4, 0, 0, 0, 0,
  };
  ts::scores_view<float const> const scores{logits.data(), word_ids.size(), labels.size()};
  ts::byte_encoding const encoding{.word_ids = word_ids, .offsets = offsets, .text = text};

  auto const print = [&](char const* title, ts::decode_options const& options) {
    std::printf("%s\n", title);
    auto const found = ts::decode<ts::bio>(scores, labels, encoding, options);
    if (!found) {
      std::printf("  %s\n", ts::message(found.error()).c_str());
      return;
    }
    for (auto const& e : *found) {
      std::string const type(labels.type_name(e.type));
      std::string const slice(text.substr(e.span.begin, e.span.size()));
      std::printf("  %s  %.3f  bytes %zu-%zu  tokens %zu-%zu  %s\n", type.c_str(), static_cast<double>(e.score),
                  e.span.begin, e.span.end, e.tokens.begin, e.tokens.end, slice.c_str());
    }
  };

  print("by tokens, which cuts words", {.aggregate = ts::aggregation::simple});
  print("by the first token of each word", {});
  print(
      "by the mean of a word's tokens, the probability of the whole entity as its score",
      {.aggregate = ts::aggregation::average, .path = ts::decode_path::viterbi, .score = ts::entity_score::posterior});
  auto const sure = ts::type_table<float>::from({{"PER", 0.98f}}, labels).value();
  print("persons only where the model is sure of them", {.min_score_by_type = sure});

  ts::byte_encoding const no_words{.offsets = offsets};
  auto const refused = ts::decode<ts::bio>(scores, labels, no_words);
  std::printf("and without words\n  %s\n", ts::message(refused.error()).c_str());
}
