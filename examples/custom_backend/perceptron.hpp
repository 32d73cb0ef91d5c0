// SPDX-License-Identifier: MIT
// A model of one's own: an averaged perceptron (Collins 2002) over a few features of each token and its neighbours, and
// the tokens that it works on. It knows nothing of tagspan but ids and spans.
#pragma once
#include <tagspan/core/span.hpp>
#include <tagspan/model/scores.hpp>

#include <array>
#include <cctype>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

// Letters and digits that stand together, and each other character that is no blank by itself. A byte above 0x7F is taken for
// a letter, so that no character of UTF-8 is cut.
inline std::vector<tagspan::byte_span> tokenize(std::string_view text) {
  auto const is_letter = [](char c) { return static_cast<unsigned char>(c) >= 0x80 || std::isalnum(static_cast<unsigned char>(c)) != 0; };
  std::vector<tagspan::byte_span> tokens;
  for (std::size_t i = 0; i < text.size();) {
    if (static_cast<unsigned char>(text[i]) <= ' ') {
      ++i;
      continue;
    }
    std::size_t end = i + 1;
    while (is_letter(text[i]) && end < text.size() && is_letter(text[end])) ++end;
    tokens.push_back({i, end});
    i = end;
  }
  return tokens;
}

class perceptron {
 public:
  explicit perceptron(std::size_t labels) : labels_(labels) {}

  // One pass over a sentence: where the guess is not the label, the features' weights move towards the label.
  void learn(std::string_view text, std::span<tagspan::byte_span const> tokens, std::span<tagspan::label_id const> labels) {
    for (std::size_t t = 0; t < tokens.size(); ++t) {
      ++steps_;
      auto const features = features_of(text, tokens, t);
      std::vector<float> row(labels_);
      add(features, row.data(), false);
      tagspan::label_id const guess = tagspan::argmax(tagspan::scores_view<float const>{row.data(), 1, labels_})[0];
      if (guess == labels[t]) continue;
      for (std::string const& f : features) {
        update(f, labels[t], 1);
        update(f, guess, -1);
      }
    }
  }

  // The scores of one token, a number a label. Looks at one token to each side.
  void score(std::string_view text, std::span<tagspan::byte_span const> tokens, std::size_t t, std::span<float> row) const {
    std::fill(row.begin(), row.end(), 0.0f);
    add(features_of(text, tokens, t), row.data(), true);
  }

 private:
  // The weight now, and the sum over all steps of what it changed by, so that the mean needs no pass over all weights.
  struct weights {
    std::array<float, 16> now{}, late{};
  };

  static std::array<std::string, 6> features_of(std::string_view text, std::span<tagspan::byte_span const> tokens, std::size_t t) {
    auto const word = [&](std::size_t at) {
      return at < tokens.size() ? std::string(text.substr(tokens[at].begin, tokens[at].size())) : std::string("<>");
    };
    std::string const w = word(t);
    bool const capital = std::isupper(static_cast<unsigned char>(w[0])) != 0;
    std::string const before = word(t - 1);  // of the first token: none
    bool const capital_before = std::isupper(static_cast<unsigned char>(before[0])) != 0;
    std::string const shape = std::string(capital ? "C" : "c") + (capital_before ? "C" : "c") + (t == 0 ? "1" : "");
    return {"w=" + w, "p=" + before, "n=" + word(t + 1), "s=" + shape, "sp=" + shape + before, "sn=" + shape + word(t + 1)};
  }

  void add(std::array<std::string, 6> const& features, float* row, bool averaged) const {
    for (std::string const& f : features) {
      auto const found = weights_.find(f);
      if (found == weights_.end()) continue;
      for (std::size_t j = 0; j < labels_; ++j) {
        row[j] += found->second.now[j] - (averaged ? found->second.late[j] / static_cast<float>(steps_) : 0.0f);
      }
    }
  }
  void update(std::string const& feature, tagspan::label_id label, float by) {
    auto const j = static_cast<std::size_t>(label);
    weights_[feature].now[j] += by;
    weights_[feature].late[j] += by * static_cast<float>(steps_);
  }

  std::size_t labels_;
  int steps_ = 0;
  std::unordered_map<std::string, weights> weights_;
};
