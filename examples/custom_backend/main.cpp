// SPDX-License-Identifier: MIT
// A model of one's own beside tagspan, with nothing installed: text → tokens → model → entities → F1. The model is an
// averaged perceptron (Collins 2002) over a few features of each token; tagspan needs no more of it than a row of scores.
#include <tagspan/tagspan.hpp>

#include <array>
#include <cctype>
#include <cstdio>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "sample.hpp"

namespace ts = tagspan;

namespace {

using byte_entity = ts::entity<ts::unit::byte>;

struct document {
  std::string text;
  std::vector<byte_entity> gold;
  std::vector<ts::byte_span> tokens;
};

bool is_letter(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

document read(std::string_view marked, ts::label_set const& labels) {
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
  for (std::size_t i = 0; i < d.text.size();) {
    if (d.text[i] == ' ') {
      ++i;
      continue;
    }
    std::size_t end = i + 1;
    while (is_letter(d.text[i]) && end < d.text.size() && is_letter(d.text[end])) ++end;
    d.tokens.push_back({i, end});
    i = end;
  }
  return d;
}

class perceptron {
 public:
  explicit perceptron(std::size_t labels) : labels_(labels) {}

  void train(std::vector<document> const& documents, std::vector<std::vector<ts::label_id>> const& ids, int rounds) {
    for (int round = 0; round < rounds; ++round) {
      for (std::size_t d = 0; d < documents.size(); ++d) {
        for (std::size_t t = 0; t < ids[d].size(); ++t) {
          ++steps_;
          auto const features = features_of(documents[d], t);
          std::vector<float> row(labels_);
          add(features, row, false);
          ts::label_id const guess = ts::argmax(ts::scores_view<float const>{row.data(), 1, labels_})[0];
          if (guess == ids[d][t]) continue;
          for (std::string const& f : features) {
            update(f, ids[d][t], 1);
            update(f, guess, -1);
          }
        }
      }
    }
  }

  // One row a token, one column a label.
  std::vector<float> scores(document const& d) const {
    std::vector<float> out;
    for (std::size_t t = 0; t < d.tokens.size(); ++t) {
      std::vector<float> row(labels_);
      add(features_of(d, t), row, true);
      out.insert(out.end(), row.begin(), row.end());
    }
    return out;
  }

 private:
  // The weight now, and the sum over all steps of what it changed by, so that the mean needs no pass over all weights.
  struct weights {
    std::array<float, 16> now{}, late{};
  };

  static std::vector<std::string> features_of(document const& d, std::size_t t) {
    auto const word = [&](std::size_t at) {
      return at < d.tokens.size() ? d.text.substr(d.tokens[at].begin, d.tokens[at].size()) : std::string("<>");
    };
    std::string const w = word(t);
    bool const capital = std::isupper(static_cast<unsigned char>(w[0])) != 0;
    std::string const before = word(t - 1);  // of the first token: none
    bool const capital_before = std::isupper(static_cast<unsigned char>(before[0])) != 0;
    std::string const shape = std::string(capital ? "C" : "c") + (capital_before ? "C" : "c") + (t == 0 ? "1" : "");
    return {"w=" + w, "p=" + before, "n=" + word(t + 1), "s=" + shape, "sp=" + shape + before, "sn=" + shape + word(t + 1)};
  }

  void add(std::vector<std::string> const& features, std::vector<float>& row, bool averaged) const {
    for (std::string const& f : features) {
      auto const found = weights_.find(f);
      if (found == weights_.end()) continue;
      for (std::size_t j = 0; j < labels_; ++j) {
        row[j] += found->second.now[j] - (averaged ? found->second.late[j] / static_cast<float>(steps_) : 0.0f);
      }
    }
  }
  void update(std::string const& feature, ts::label_id label, float by) {
    auto const j = static_cast<std::size_t>(label);
    weights_[feature].now[j] += by;
    weights_[feature].late[j] += by * static_cast<float>(steps_);
  }

  std::size_t labels_;
  int steps_ = 0;
  std::unordered_map<std::string, weights> weights_;
};

}  // namespace

int main() {
  auto const labels = ts::label_set::for_types<ts::bio>({"PER", "LOC", "ORG"});
  std::vector<document> documents;
  std::vector<std::vector<ts::label_id>> ids;
  for (std::string_view marked : training) {
    documents.push_back(read(marked, labels));
    auto const tagged = ts::tags_from_spans<ts::bio>(documents.back().gold, documents.back().tokens, labels, ts::alignment::strict);
    if (!tagged || !tagged->misaligned.empty()) {
      std::fprintf(stderr, "a mark does not fit the tokens: %s\n", documents.back().text.c_str());
      return 2;
    }
    ids.push_back(tagged->ids);
  }
  perceptron model(labels.size());
  model.train(documents, ids, 12);

  ts::scorer scorer{labels};
  for (std::string_view marked : held_out) {
    document const d = read(marked, labels);
    std::vector<float> const scores = model.scores(d);
    auto const found = ts::decode<ts::bio>(ts::scores_view<float const>{scores.data(), d.tokens.size(), labels.size()}, labels,
                                           ts::byte_encoding{.offsets = d.tokens, .text = d.text},
                                           {.words = ts::word_source::tokens, .path = ts::decode_path::viterbi});
    if (!found) {
      std::fprintf(stderr, "%s\n", ts::message(found.error(), d.text).c_str());
      return 2;
    }
    std::printf("%s\n", d.text.c_str());
    for (auto const& e : *found) {
      std::printf("  [%2zu, %2zu) %s %.2f %s\n", e.span.begin, e.span.end, std::string(labels.type_name(e.type)).c_str(),
                  static_cast<double>(e.score), d.text.substr(e.span.begin, e.span.size()).c_str());
    }
    if (auto const counted = scorer.add(d.gold, *found); !counted) {
      std::fprintf(stderr, "%s\n", ts::message(counted.error()).c_str());
      return 2;
    }
  }
  std::printf("\n%s", ts::to_text(scorer.report()).c_str());
}
