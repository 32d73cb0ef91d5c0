// SPDX-License-Identifier: MIT
// tagspan beside LibTorch: entities from a TorchScript model. The rest of the program is ner/, the same for every
// backend.
#include <torch/script.h>

#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include "../ner/ner.hpp"

namespace ts = tagspan;

class torch_model {
 public:
  explicit torch_model(std::string const& path) : module_(torch::jit::load(path)) { module_.eval(); }

  ts::result<ts::score_tensor<float>> operator()(ts::window_batch const& batch) {
    c10::InferenceMode const no_gradients;
    auto const tensor = [&](std::span<std::int64_t> values) {
      return torch::from_blob(values.data(), batch.shape, torch::kLong);
    };
    logits_ = module_.forward({tensor(batch.input_ids), tensor(batch.attention_mask)}).toTensor();
    return ts::view_tensor(logits_.data_ptr<float>(), logits_.sizes(), logits_.strides());
  }

 private:
  torch::jit::Module module_;
  torch::Tensor logits_;  // the scores stay here until the next call
};

int main(int argc, char** argv) {
  return ner::run(argc, argv, NER_MODELS "/idcnn-ner.ts.pt", [](std::string const& path) { return torch_model(path); });
}
