// SPDX-License-Identifier: MIT
// The sample as documents, and the perceptron trained on it.
#pragma once
#include "perceptron.hpp"
#include "sample.hpp"

#include <tagspan/model/align.hpp>
#include <tagspan/tags/labels.hpp>

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

struct document {
  std::string text;
  std::vector<tagspan::entity<tagspan::unit::byte>> gold;
  std::vector<tagspan::byte_span> tokens;
};

// Reads "[surface|TYPE]".
inline document read_marked(std::string_view marked, tagspan::label_set const& labels) {
  document d;
  for (std::size_t i = 0; i < marked.size();) {
    if (marked[i] != '[') {
      d.text += marked[i++];
      continue;
    }
    std::size_t const bar = marked.find('|', i);
    std::size_t const close = marked.find(']', i);
    std::size_t const begin = d.text.size();
    d.text += marked.substr(i + 1, bar - i - 1);
    d.gold.push_back({{begin, d.text.size()}, labels.find_type(marked.substr(bar + 1, close - bar - 1)).value()});
    i = close + 1;
  }
  d.tokens = tokenize(d.text);
  return d;
}

inline perceptron train_on_sample(tagspan::label_set const& labels) {
  std::vector<document> documents;
  std::vector<std::vector<tagspan::label_id>> ids;
  for (std::string_view marked : training) {
    documents.push_back(read_marked(marked, labels));
    auto tagged = tagspan::tags_from_spans<tagspan::bio>(documents.back().gold, documents.back().tokens, labels,
                                                         tagspan::alignment::strict);
    if (!tagged || !tagged->misaligned.empty()) throw std::runtime_error("a mark does not fit the tokens: " + documents.back().text);
    ids.push_back(std::move(tagged->ids));
  }
  perceptron model(labels.size());
  for (int round = 0; round < 12; ++round) {
    for (std::size_t d = 0; d < documents.size(); ++d) model.learn(documents[d].text, documents[d].tokens, ids[d]);
  }
  return model;
}
