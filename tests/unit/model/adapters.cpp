// SPDX-License-Identifier: MIT
// Scores as others keep them: view_tensor and copy_rows. LibTorch's and ONNX Runtime's own types are tested beside their
// examples (examples/libtorch, examples/onnxruntime); here stand types of their shape, and Eigen's where it is found.
#include <tagspan/model/pipeline.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#if __has_include(<eigen3/Eigen/Core>)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wpedantic"
#include <eigen3/Eigen/Core>
#pragma GCC diagnostic pop
#define TAGSPAN_TEST_EIGEN
#endif

namespace ts = tagspan;

namespace {

ts::label_set const& labels() {
  static auto const set = ts::label_set::for_types<ts::bio>({"PER"});
  return set;
}
constexpr std::size_t columns = 3;

// O B I, twice: one entity of tokens 1 and 2, another of 4 and 5.
std::vector<float> const& logits() {
  static std::vector<float> const values{5, 0, 0, 0, 5, 0, 0, 0, 5, 5, 0, 0, 0, 5, 0, 0, 0, 5};
  return values;
}

template <class T>
void check_entities(ts::scores_view<T> scores) {
  auto const found = ts::decode<ts::bio>(scores, labels()).value();
  REQUIRE(found.size() == 2);
  CHECK(found[0].span == ts::token_span{1, 3});
  CHECK(found[1].span == ts::token_span{4, 6});
}

// The upper half of a float, as at::BFloat16 and Ort::BFloat16_t.
class bfloat16 {
 public:
  explicit bfloat16(float x) {
    std::uint32_t bits = 0;
    std::memcpy(&bits, &x, sizeof bits);
    bits_ = static_cast<std::uint16_t>(bits >> 16);
  }
  explicit operator float() const {
    std::uint32_t const bits = std::uint32_t{bits_} << 16;
    float x = 0;
    std::memcpy(&x, &bits, sizeof x);
    return x;
  }

 private:
  std::uint16_t bits_;
};

template <std::size_t Rank>
struct mdspan {  // of std, as far as it is asked
  float const* pointer;
  std::array<std::size_t, Rank> extents, strides;
  float const* data_handle() const { return pointer; }
  static constexpr std::size_t rank() { return Rank; }
  std::size_t extent(std::size_t d) const { return extents[d]; }
  std::size_t stride(std::size_t d) const { return strides[d]; }
};

template <class T>
struct accessor {  // at::TensorAccessor, at::Tensor
  T* pointer;
  std::vector<std::int64_t> shape, steps;
  T* data() const { return pointer; }
  std::vector<std::int64_t> const& sizes() const { return shape; }
  std::vector<std::int64_t> const& strides() const { return steps; }
};

TEST_CASE("mdspan") {
  float const* const x = logits().data();
  check_entities(ts::view_tensor(mdspan<2>{x, {6, 3}, {3, 1}}).value().window(0));
  auto const two = ts::view_tensor(mdspan<3>{x, {2, 3, 3}, {9, 3, 1}}).value();
  CHECK(two.windows == 2);
  CHECK(two.window(1).row(0)[0] == 5);
  CHECK(two.window(1).data == x + 9);
  // layout_left has the tokens side by side, and not the labels.
  CHECK(ts::view_tensor(mdspan<2>{x, {6, 3}, {1, 6}}).error() == ts::error{ts::errc::shape_mismatch, 6, 1});
  CHECK(ts::view_tensor(mdspan<1>{x, {18}, {1}}).error() == ts::error{ts::errc::shape_mismatch, 1, 3});
  CHECK(ts::view_tensor(mdspan<4>{x, {1, 2, 3, 3}, {18, 9, 3, 1}}).error() ==
        ts::error{ts::errc::shape_mismatch, 0, 3});
}

TEST_CASE("accessors, parts of wider tensors, and 16-bit floats") {
  check_entities(ts::view_tensor(accessor<float const>{logits().data(), {6, 3}, {3, 1}}).value().window(0));
  std::vector<double> wide;
  std::vector<bfloat16> half;
  for (std::size_t i = 0; i < logits().size(); ++i) {
    wide.push_back(static_cast<double>(logits()[i]));
    if (i % columns == columns - 1) wide.insert(wide.end(), {99, 98});
    half.emplace_back(logits()[i]);
  }
  check_entities(ts::view_tensor(accessor<double>{wide.data(), {1, 6, 3}, {30, 5, 1}}).value().window(0));
  check_entities(ts::view_tensor(accessor<bfloat16>{half.data(), {1, 6, 3}, {18, 3, 1}}).value().window(0));
}

TEST_CASE("16-bit floats through the pipeline, in one window and in several") {
  for (std::size_t max_tokens : {100U, 4U}) {
    for (auto weight : {ts::window_weight::ownership, ts::window_weight::mean}) {
      ts::pipeline<ts::bio> const ner{
          labels(), {.max_tokens = max_tokens, .overlap = 2, .weight = weight, .words = ts::word_source::tokens}};
      auto const model = [&](ts::window_batch const& batch) {
        std::vector<bfloat16> scores;
        for (ts::token_span const s : batch.tokens) {
          for (std::size_t i = 0; i < batch.length(); ++i) {
            for (std::size_t j = 0; j < columns; ++j) {
              scores.emplace_back(i < s.size() ? logits()[(s.begin + i) * columns + j] : 0);
            }
          }
        }
        return ts::basic_score_batch<bfloat16>(std::move(scores), batch.windows(), batch.length(), columns);
      };
      auto const found = ner("", ts::token_tokenization{.count = 6}, model).value().entities;
      REQUIRE(found.size() == 2);
      CHECK(found[0].span == ts::token_span{1, 3});
      CHECK(found[1].span == ts::token_span{4, 6});
    }
  }
}

TEST_CASE("a vector of vectors") {
  std::vector<std::vector<float>> rows;
  for (std::size_t i = 0; i < 6; ++i) {
    rows.emplace_back(logits().begin() + static_cast<std::ptrdiff_t>(i * columns),
                      logits().begin() + static_cast<std::ptrdiff_t>((i + 1) * columns));
  }
  check_entities(ts::copy_rows(rows).value().view());
  rows[4].push_back(1);
  CHECK(ts::copy_rows(rows).error() == ts::error{ts::errc::shape_mismatch, 4, 3});
  auto const none = ts::copy_rows(std::vector<std::vector<double>>()).value();
  CHECK(none.rows == 0);
  CHECK(none.view().rows == 0);
}

#ifdef TAGSPAN_TEST_EIGEN
TEST_CASE("Eigen") {
  using row_major = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  Eigen::Map<row_major const> const map(logits().data(), 6, 3);
  check_entities(ts::view_tensor(map).value().window(0));
  row_major const owned = map;
  check_entities(ts::view_tensor(owned).value().window(0));
  // A part of a wider matrix has rows with a gap.
  row_major wide = row_major::Constant(6, 8, 99);
  wide.block(0, 2, 6, 3) = map;
  auto const block = wide.block(0, 2, 6, 3);
  check_entities(ts::view_tensor(block).value().window(0));
  // Eigen's own order has the tokens side by side.
  Eigen::MatrixXf const column_major = map;
  CHECK(ts::view_tensor(column_major).error() == ts::error{ts::errc::shape_mismatch, 6, 1});
}
#endif

}  // namespace
