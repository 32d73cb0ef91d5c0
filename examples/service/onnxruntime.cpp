// SPDX-License-Identifier: MIT
// A WordPiece model under ONNX Runtime behind the service: a folder with one *.onnx, tokenizer.json and config.json.
#include "../wordpiece/wordpiece.hpp"
#include "backend.hpp"

#include <onnxruntime_cxx_api.h>
#include <tagspan/io/json.hpp>

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace service {

namespace {

std::string read(std::filesystem::path const& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error(path.string() + " cannot be read");
  return {std::istreambuf_iterator<char>(file), {}};
}

ts::label_set labels_of(std::filesystem::path const& config) {
  auto labels = ts::label_set_from_config_text(read(config));
  if (!labels) throw std::runtime_error(config.string() + ": " + ts::message(labels.error()));
  return *std::move(labels);
}

std::string model_in(std::filesystem::path const& folder) {
  for (auto const& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".onnx") return entry.path().string();
  }
  throw std::runtime_error(folder.string() + " has no *.onnx");
}

// Requests run side by side, so that one of them needs no threads of its own.
Ort::SessionOptions one_thread() {
  Ort::SessionOptions options;
  options.SetIntraOpNumThreads(1);
  options.SetInterOpNumThreads(1);
  return options;
}

class onnx_backend final : public backend {
 public:
  explicit onnx_backend(std::filesystem::path const& folder)
      : tokenizer_(read(folder / "tokenizer.json")),
        labels_(labels_of(folder / "config.json")),
        session_(environment_, model_in(folder).c_str(), one_thread()) {}

  ts::label_set const& labels() const override { return labels_; }
  ts::pipeline_options options() const override {
    return {.max_tokens = 256, .overlap = 32, .prefix = {tokenizer_.cls()}, .suffix = {tokenizer_.sep()}, .oversize = ts::long_words::split};
  }
  tokens tokenize(std::string_view text) const override {
    auto encoded = tokenizer_.encode(text);
    if (!encoded) return {};  // the service takes well-formed text only
    return {std::move(encoded->ids), std::move(encoded->word_ids), std::move(encoded->offsets)};
  }
  ts::result<ts::score_batch> scores(std::string_view, tokens const&, ts::window_batch const& batch) const override {
    auto const tensor = [&](std::span<std::int64_t> values) {
      return Ort::Value::CreateTensor<std::int64_t>(memory_, values.data(), values.size(), batch.shape.data(), batch.shape.size());
    };
    std::array const inputs = {tensor(batch.input_ids), tensor(batch.attention_mask)};
    constexpr char const* input_names[] = {"input_ids", "attention_mask"};
    constexpr char const* output_names[] = {"logits"};
    auto const out = session_.Run({}, input_names, inputs.data(), inputs.size(), output_names, 1);
    auto const view = ts::view_tensor(out.front().GetTensorData<float>(), out.front().GetTensorTypeAndShapeInfo().GetShape());
    if (!view) return view.error();
    // The value ends here, so its scores are copied.
    std::vector<float> values(view->data, view->data + view->windows * view->length * view->labels);
    return ts::score_batch(std::move(values), view->windows, view->length, view->labels);
  }

 private:
  wordpiece::tokenizer tokenizer_;
  ts::label_set labels_;
  Ort::Env environment_{ORT_LOGGING_LEVEL_WARNING, "service"};
  mutable Ort::Session session_;  // Run may be called by several threads
  Ort::MemoryInfo memory_ = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
};

}  // namespace

std::unique_ptr<backend> make_onnxruntime(std::string const& folder) { return std::make_unique<onnx_backend>(folder); }

}  // namespace service
