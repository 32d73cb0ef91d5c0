// SPDX-License-Identifier: MIT
// A model of one's own beside tagspan, with nothing installed: text → tokens → windows → model → entities → F1. The
// model gives a row of scores for each token of a window; the rest is the pipeline's.
#include <tagspan/tagspan.hpp>

#include <cstdio>
#include <string>
#include <string_view>

#include "sample_documents.hpp"

namespace ts = tagspan;

int main() {
  auto const labels = ts::label_set::for_types<ts::bio>({"PER", "LOC", "ORG"});
  perceptron const model = train_on_sample(labels);

  // Windows of eight tokens: the longer sentences need two. The model looks at one token to each side, so an overlap of
  // two loses nothing.
  ts::pipeline<ts::bio> const ner{labels,
                                  {.max_tokens = 8, .overlap = 2, .words = ts::word_source::tokens, .path = ts::decode_path::viterbi}};
  ts::scorer scorer{labels};
  std::size_t windows = 0;
  for (std::string_view marked : held_out) {
    document const d = read_marked(marked, labels);
    auto const scores = [&](ts::window_batch const& batch) {
      ts::score_batch out(batch, labels.size());
      for (std::size_t w = 0; w < batch.windows(); ++w) {
        ts::token_span const span = batch.tokens[w];
        std::span<ts::byte_span const> const seen = std::span(d.tokens).subspan(span.begin, span.size());
        for (std::size_t t = 0; t < seen.size(); ++t) model.score(d.text, seen, t, out.row(w, t));
      }
      return out;
    };
    auto const found = ner(d.text, ts::byte_encoding{.offsets = d.tokens}, scores);
    if (!found) {
      std::fprintf(stderr, "%s\n", ts::message(found.error(), d.text).c_str());
      return 2;
    }
    windows += found->trace.windows;
    std::printf("%s\n", d.text.c_str());
    for (auto const& e : found->entities) {
      std::printf("  [%2zu, %2zu) %s %.2f %s\n", e.span.begin, e.span.end, std::string(labels.type_name(e.type)).c_str(),
                  static_cast<double>(e.score), d.text.substr(e.span.begin, e.span.size()).c_str());
    }
    if (auto const counted = scorer.add(d.gold, found->entities); !counted) {
      std::fprintf(stderr, "%s\n", ts::message(counted.error()).c_str());
      return 2;
    }
  }
  std::printf("\n%zu windows\n%s", windows, ts::to_text(scorer.report()).c_str());
}
