// SPDX-License-Identifier: MIT
// The values of ONNX Runtime as scores: floats, 16-bit floats, kept by tagspan. Each gives the same entities.
#include <onnxruntime_cxx_api.h>

#include <tagspan/model/pipeline.hpp>

#include <array>
#include <cstdint>
#include <cstdio>
#include <utility>
#include <vector>

namespace ts = tagspan;

namespace {

struct tokens {
  std::vector<std::int64_t> ids = {11, 12, 13, 14};
  std::vector<ts::token_span> offsets = {{0, 1}, {1, 2}, {2, 3}, {3, 4}};
};

ts::label_set const labels = ts::label_set::for_types<ts::bio>({"PER"});  // O, B-PER, I-PER
int faults = 0;

template <class Model>
void expect_one_name(char const* what, Model&& model) {
  ts::pipeline<ts::bio> const find(labels, {.max_tokens = 4, .overlap = 1, .words = ts::word_source::tokens});
  auto const found = find("", tokens{}, model);
  bool const right = found && found->trace.windows == 1 && found->entities.size() == 1 &&
                     found->entities[0].span == ts::token_span{1, 3};
  if (!right) ++faults;
  std::printf("%s: %s\n", what, right ? "tokens [1, 3) are a name" : "wrong");
}

// A value of 1 window, 4 tokens and 3 labels, in numbers that 16-bit floats hold exactly.
template <class T>
Ort::Value logits() {
  std::array<std::int64_t, 3> const shape = {1, 4, 3};
  Ort::AllocatorWithDefaultOptions allocator;
  Ort::Value value = Ort::Value::CreateTensor<T>(allocator, shape.data(), shape.size());
  T* to = value.GetTensorMutableData<T>();
  for (float x : {4.0F, 0.0F, 0.0F, 0.0F, 4.0F, 1.0F, 0.0F, 1.0F, 4.0F, 4.0F, 0.5F, 0.0F}) *to++ = T(x);
  return value;
}

template <class T>
void expect_viewed(char const* what) {
  Ort::Value const value = logits<T>();
  expect_one_name(what, [&](ts::window_batch const&) {
    return ts::view_tensor(value.GetTensorData<T>(), value.GetTensorTypeAndShapeInfo().GetShape());
  });
}

}  // namespace

int main() {
  expect_viewed<float>("float");
  expect_viewed<Ort::Float16_t>("Ort::Float16_t");
  expect_viewed<Ort::BFloat16_t>("Ort::BFloat16_t");

  // A model that may be called by several threads keeps nothing: the answer holds the value.
  expect_one_name("kept", [&](ts::window_batch const&) {
    Ort::Value value = logits<float>();
    auto const scores =
        ts::view_tensor(value.GetTensorData<float>(), value.GetTensorTypeAndShapeInfo().GetShape()).value();
    return ts::kept_scores{scores, std::move(value)};
  });
  return faults == 0 ? 0 : 1;
}
