// SPDX-License-Identifier: MIT
// What the service needs of a model: its labels, its tokens, and scores for a batch of windows. The rest is tagspan's.
#pragma once
#include <tagspan/model/pipeline.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace service {

namespace ts = tagspan;

struct tokens {
  std::vector<std::int64_t> ids;  // empty for a model that looks at the text
  std::vector<std::int32_t> word_ids;
  std::vector<ts::byte_span> offsets;
};

class backend {
 public:
  virtual ~backend() = default;
  virtual ts::label_set const& labels() const = 0;
  virtual ts::pipeline_options options() const = 0;
  // Any thread.
  virtual tokens tokenize(std::string_view text) const = 0;
  virtual ts::result<ts::score_batch> scores(std::string_view text, tokens const& of_text, ts::window_batch const& batch) const = 0;
};

std::unique_ptr<backend> make_perceptron();  // trained at the start, on the sample of examples/custom_backend
// A folder with model.onnx, tokenizer.json and config.json; throws std::runtime_error where it cannot be used. Only where
// ONNX Runtime was found (SERVICE_HAS_ONNXRUNTIME).
std::unique_ptr<backend> make_onnxruntime(std::string const& folder);

}  // namespace service
