// SPDX-License-Identifier: MIT
// The model of examples/custom_backend behind the service.
#include "../custom_backend/sample_documents.hpp"
#include "backend.hpp"

namespace service {

namespace {

class perceptron_backend final : public backend {
 public:
  perceptron_backend() : labels_(ts::label_set::for_types<ts::bio>({"PER", "LOC", "ORG"})), model_(train_on_sample(labels_)) {}

  ts::label_set const& labels() const override { return labels_; }
  ts::pipeline_options options() const override {
    // It looks at one token to each side.
    return {.max_tokens = 128, .overlap = 2, .words = ts::word_source::tokens, .path = ts::decode_path::viterbi};
  }
  tokens tokenize(std::string_view text) const override { return {{}, {}, ::tokenize(text)}; }
  ts::result<ts::score_batch> scores(std::string_view text, tokens const& of_text, ts::window_batch const& batch) const override {
    ts::score_batch out(batch, labels_.size());
    for (std::size_t w = 0; w < batch.windows(); ++w) {
      ts::token_span const span = batch.tokens[w];
      auto const seen = std::span<ts::byte_span const>(of_text.offsets).subspan(span.begin, span.size());
      for (std::size_t t = 0; t < seen.size(); ++t) model_.score(text, seen, t, out.row(w, t));
    }
    return out;
  }

 private:
  ts::label_set labels_;
  perceptron model_;
};

}  // namespace

std::unique_ptr<backend> make_perceptron() { return std::make_unique<perceptron_backend>(); }

}  // namespace service
