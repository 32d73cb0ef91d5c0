// SPDX-License-Identifier: MIT
// tagspan beside ONNX Runtime: entities from an ONNX model. The rest of the program is ner/, the same for every
// backend.
#include <onnxruntime_cxx_api.h>

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "../ner/ner.hpp"

namespace ts = tagspan;

class onnx_model {
 public:
  explicit onnx_model(std::string const& path) : session_(environment_, path.c_str(), Ort::SessionOptions{}) {}

  ts::result<ts::score_tensor<float>> operator()(ts::window_batch const& batch) {
    auto const tensor = [&](std::span<std::int64_t> values) {
      return Ort::Value::CreateTensor<std::int64_t>(memory_, values.data(), values.size(), batch.shape.data(),
                                                    batch.shape.size());
    };
    std::array const inputs = {tensor(batch.input_ids), tensor(batch.attention_mask)};
    logits_ = std::move(session_.Run({}, input_names, inputs.data(), 2, output_names, 1).front());
    return ts::view_tensor(logits_.GetTensorData<float>(), logits_.GetTensorTypeAndShapeInfo().GetShape());
  }

 private:
  static constexpr char const* input_names[] = {"input_ids", "attention_mask"};
  static constexpr char const* output_names[] = {"logits"};
  Ort::Env environment_{ORT_LOGGING_LEVEL_WARNING, "tagspan"};
  Ort::Session session_;
  Ort::MemoryInfo memory_ = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
  Ort::Value logits_{nullptr};  // the scores stay here until the next call
};

int main(int argc, char** argv) {
  return ner::run(argc, argv, NER_MODELS "/idcnn-ner.onnx", [](std::string const& path) {
    return [model = std::make_shared<onnx_model>(path)](ts::window_batch const& batch) { return (*model)(batch); };
  });
}
