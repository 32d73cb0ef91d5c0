// SPDX-License-Identifier: MIT
// The tensors of LibTorch as scores: floats, 16-bit floats, with gaps, kept by tagspan. Each gives the same entities.
#include <ATen/ATen.h>

#include <tagspan/model/pipeline.hpp>

#include <cstdint>
#include <cstdio>
#include <limits>
#include <string>
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

// What is no answer is refused, and the message says why.
template <class Model>
void expect_refusal(char const* what, std::string const& message, Model&& model) {
  ts::pipeline<ts::bio> const find(labels, {.max_tokens = 4, .overlap = 1, .words = ts::word_source::tokens});
  auto const found = find("", tokens{}, model);
  std::string const said = found ? "taken for an answer" : ts::message(found.error());
  if (said != message) ++faults;
  std::printf("%s: %s%s\n", what, said == message ? "refused: " : "wrong: ", said.c_str());
}

}  // namespace

int main() {
  // [1 window, 4 tokens, 3 labels]; numbers that 16-bit floats hold exactly.
  auto const logits =
      at::tensor({4.0F, 0.0F, 0.0F, 0.0F, 4.0F, 1.0F, 0.0F, 1.0F, 4.0F, 4.0F, 0.5F, 0.0F}).view({1, 4, 3});

  expect_one_name("float", [&](ts::window_batch const&) {
    return ts::view_tensor(logits.data_ptr<float>(), logits.sizes(), logits.strides());
  });

  expect_one_name("accessor", [&](ts::window_batch const&) {
    auto const scores = logits.accessor<float, 3>();
    return ts::view_tensor(scores.data(), scores.sizes(), scores.strides());
  });

  auto const half = logits.to(at::kHalf);
  expect_one_name("at::Half", [&](ts::window_batch const&) {
    auto const scores = half.accessor<at::Half, 3>();
    return ts::view_tensor(scores.data(), scores.sizes(), scores.strides());
  });

  auto const bfloat16 = logits.to(at::kBFloat16);
  expect_one_name("at::BFloat16", [&](ts::window_batch const&) {
    return ts::view_tensor(bfloat16.data_ptr<at::BFloat16>(), bfloat16.sizes(), bfloat16.strides());
  });

  // Three of eight columns, for instance where heads for several tasks lie side by side: nothing is copied.
  auto const wide = at::cat({logits, at::full({1, 4, 5}, 9.0F)}, 2);
  expect_one_name("part of a tensor", [&](ts::window_batch const&) {
    auto const part = wide.narrow(2, 0, 3);
    return ts::view_tensor(part.data_ptr<float>(), part.sizes(), part.strides());
  });

  // A model that may be called by several threads keeps nothing: the answer holds the tensor.
  expect_one_name("kept", [&](ts::window_batch const&) {
    auto answer = logits * 2;
    auto const scores = ts::view_tensor(answer.data_ptr<float>(), answer.sizes(), answer.strides()).value();
    return ts::kept_scores{scores, std::move(answer)};
  });

  auto broken = logits.clone();
  broken[0][2][1] = std::numeric_limits<float>::quiet_NaN();
  expect_refusal("NaN", "row 2, column 1 is not a number that can be used", [&](ts::window_batch const&) {
    return ts::view_tensor(broken.data_ptr<float>(), broken.sizes(), broken.strides());
  });
  expect_refusal(
      "eight labels where the map has three", "8 given where 3 are expected: rows, columns or entries do not match",
      [&](ts::window_batch const&) { return ts::view_tensor(wide.data_ptr<float>(), wide.sizes(), wide.strides()); });

  // Labels that do not lie side by side can't be viewed; contiguous() makes a copy that can.
  auto const turned = logits.transpose(1, 2).contiguous().transpose(1, 2);
  bool const refused = !ts::view_tensor(turned.data_ptr<float>(), turned.sizes(), turned.strides());
  std::printf("columns apart: %s\n", refused ? "refused" : "wrong");
  return faults == 0 && refused ? 0 : 1;
}
