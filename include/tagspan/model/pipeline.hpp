// SPDX-License-Identifier: MIT
// A document through somebody's model: tokens → windows → batches → (the model) → merged scores → entities, and a trace
// of what happened on the way. The model is any callable that takes a batch of windows and gives scores for it;
// nothing here knows a backend.
#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <tagspan/core/error.hpp>
#include <tagspan/core/span.hpp>
#include <tagspan/model/decode.hpp>
#include <tagspan/model/scores.hpp>
#include <tagspan/model/type_table.hpp>
#include <tagspan/model/viterbi.hpp>
#include <tagspan/model/window.hpp>
#include <tagspan/model/words.hpp>
#include <tagspan/tags/entities.hpp>
#include <tagspan/tags/labels.hpp>
#include <tagspan/tags/scheme.hpp>
#include <tagspan/text/offsets.hpp>
#include <tagspan/text/pieces.hpp>

namespace tagspan::inline TAGSPAN_ABI {

// ---- what goes in

// What a tokenizer says about a whole document, without special tokens: each part one entry a token, or empty. Views of
// what the caller keeps.
template <class Unit>
struct tokenization {
  std::span<std::int64_t const> ids{};  // in the model's vocabulary; a model that looks at the text needs none
  std::span<std::int32_t const> word_ids{};
  std::span<basic_span<Unit> const> offsets{};  // in the document; or `pieces`, from which they are found
  std::span<std::uint8_t const> special_tokens_mask{};  // 1: never part of an entity
  std::span<std::string_view const> pieces{};
  std::span<std::size_t const> boundaries{};  // tokens at which a sentence begins, in order (window_options)
  std::size_t count = 0;                      // of tokens, where no part tells it

  constexpr std::size_t size() const noexcept {
    std::size_t most = count;
    for (std::size_t n : {ids.size(), word_ids.size(), offsets.size(), special_tokens_mask.size(), pieces.size()}) {
      most = n > most ? n : most;
    }
    return most;
  }
};
using byte_tokenization = tokenization<unit::byte>;
using code_point_tokenization = tokenization<unit::code_point>;
using utf16_tokenization = tokenization<unit::utf16>;
using token_tokenization = tokenization<unit::token>;  // of a model over words: spans count them

// A tokenizer's output as it is: a class with at least one of the members ids, word_ids, offsets, pieces, each a range
// that a span of tokenization views (a vector of std::int64_t ids, of byte_span offsets, …); pieces may be any strings.
// encoding<Unit> is one.
template <class R>
concept tokenizer_output = requires(R const& r) { r.ids; } || requires(R const& r) { r.word_ids; } ||
                           requires(R const& r) { r.offsets; } || requires(R const& r) { r.pieces; };

namespace detail {

template <class Span>
struct unit_of_span {
  static_assert(std::is_void_v<Span>, "offsets are spans with a unit: std::vector<tagspan::byte_span>, for instance");
  using type = unit::byte;
};
template <class Unit>
struct unit_of_span<basic_span<Unit>> {
  using type = Unit;
};

template <class R>
constexpr auto unit_of_tokens() {
  if constexpr (requires(R const& r) { r.offsets; }) {
    using span = std::remove_cvref_t<decltype(*std::declval<R const&>().offsets.data())>;
    return typename unit_of_span<span>::type{};
  } else {
    return unit::byte{};
  }
}
template <class R>
using tokens_unit = decltype(unit_of_tokens<R>());

// Can a span of these elements look at the range as it is?
template <class Element, class R>
inline constexpr bool views_as_they_are = std::is_convertible_v<R const&, std::span<Element const>>;

// `pieces` is memory for views of strings that no span of views can look at.
template <tokenizer_output R>
tokenization<tokens_unit<R>> tokens_of(R const& r, std::vector<std::string_view>& pieces) {
  tokenization<tokens_unit<R>> t;
  if constexpr (requires { r.ids; }) {
    static_assert(views_as_they_are<std::int64_t, decltype(r.ids)>, "ids are std::int64_t, side by side");
    t.ids = r.ids;
  }
  if constexpr (requires { r.word_ids; }) {
    static_assert(views_as_they_are<std::int32_t, decltype(r.word_ids)>, "word_ids are std::int32_t, side by side");
    t.word_ids = r.word_ids;
  }
  if constexpr (requires { r.offsets; }) t.offsets = r.offsets;
  if constexpr (requires { r.special_tokens_mask; }) {
    static_assert(views_as_they_are<std::uint8_t, decltype(r.special_tokens_mask)>,
                  "special_tokens_mask is std::uint8_t, side by side");
    t.special_tokens_mask = r.special_tokens_mask;
  }
  if constexpr (requires { r.pieces; }) {
    if constexpr (views_as_they_are<std::string_view, decltype(r.pieces)>) {
      t.pieces = r.pieces;
    } else {
      static_assert(piece_range<std::remove_cvref_t<decltype(r.pieces)> const&>,
                    "pieces are strings that stay where they are");
      pieces.assign(std::begin(r.pieces), std::end(r.pieces));
      t.pieces = pieces;
    }
  }
  if constexpr (requires { r.boundaries; }) t.boundaries = r.boundaries;
  if constexpr (requires { r.count; }) t.count = r.count;
  return t;
}

}  // namespace detail

// ---- what the model gets and gives

// Windows side by side, as a model takes them: shape = {windows, length} numbers without gaps, one window a row, filled
// up on the right. A row holds the prefix, the window's tokens, the suffix and padding. The numbers are valid during
// the call, and not const, because backends take pointers that are not, even to what they only read.
struct window_batch {
  std::span<std::int64_t> input_ids{};       // empty where the tokenizer gave no ids
  std::span<std::int64_t> attention_mask{};  // 1, and 0 where padding is
  std::span<std::int64_t> token_type_ids{};  // 0 throughout, for models that ask
  std::array<std::int64_t, 2> shape{};
  std::span<std::size_t const> lengths{};    // of each row, without padding
  std::span<token_span const> tokens{};      // of the document, one span a row: for models that look at the text
  std::size_t prefix = 0;                    // columns before the first of them

  std::size_t windows() const noexcept { return tokens.size(); }
  std::size_t length() const noexcept { return static_cast<std::size_t>(shape[1]); }
};

// windows × length × labels scores that somebody else owns; padding and special tokens have rows too. The shape is the
// one that the model's answer has, so that a model with other labels is found out. Strides count scores, 0 says
// that there are no gaps; the labels of a token lie side by side.
template <class T>
struct score_tensor {
  T const* data;
  std::size_t windows, length, labels;
  std::size_t window_stride = 0, row_stride = 0;

  constexpr scores_view<T const> window(std::size_t index) const noexcept {
    std::size_t const row = row_stride == 0 ? labels : row_stride;
    std::size_t const whole = window_stride == 0 ? length * row : window_stride;
    return {data + index * whole, length, labels, row_stride};
  }
};
template <class T>
score_tensor(T*, std::size_t, std::size_t, std::size_t) -> score_tensor<std::remove_const_t<T>>;

// What a backend says of its tensor: at::Tensor::sizes() and strides(), the shape of an Ort::Value. Three sizes, or two
// where it has but one window; strides in scores, or none. (The stride of a size of 1 leads nowhere and may be any.)
// Errors: shape_mismatch {sizes, 3} for another number of them; {strides, sizes}; {stride of labels, 1}; bad_option
// {dimension} for a size or stride below 0, and for the stride 0 of an expanded tensor, whose rows are one row.
template <class T, label_range Shape, label_range Strides = std::span<std::int64_t const>>
result<score_tensor<std::remove_const_t<T>>> view_tensor(T* data, Shape const& shape, Strides const& strides = {}) {
  std::size_t const rank = shape.size();
  if (rank != 2 && rank != 3) return error{errc::shape_mismatch, rank, 3};
  if (strides.size() != 0 && strides.size() != rank) return error{errc::shape_mismatch, strides.size(), rank};
  std::size_t sizes[3] = {1, 0, 0};
  std::size_t steps[3] = {0, 0, 1};
  for (std::size_t d = 0; d < rank; ++d) {
    auto const size = static_cast<std::int64_t>(shape.data()[d]);
    auto const step = strides.size() == 0 ? 0 : static_cast<std::int64_t>(strides.data()[d]);
    bool const expanded = strides.size() != 0 && size > 1 && step == 0;
    if (size < 0 || step < 0 || expanded) return error{errc::bad_option, d, 0};
    sizes[3 - rank + d] = static_cast<std::size_t>(size);
    if (strides.size() != 0) steps[3 - rank + d] = size > 1 ? static_cast<std::size_t>(step) : 0;
  }
  if (sizes[2] > 1 && steps[2] != 1) return error{errc::shape_mismatch, steps[2], 1};
  return score_tensor<std::remove_const_t<T>>{data, sizes[0], sizes[1], sizes[2], steps[0], steps[1]};
}

// The same for what knows its own shape: an mdspan (C++23, or its reference implementation), a LibTorch accessor, an
// Eigen map or matrix, of which the row-major ones have labels side by side.
template <class X>
concept tensor_like = requires(X const& x) { x.data_handle(), x.rank(), x.extent(0), x.stride(0); } ||
                      requires(X const& x) { x.data(), x.sizes(), x.strides(); } ||
                      requires(X const& x) { x.data(), x.rows(), x.cols(), x.innerStride(), X::IsRowMajor; };
template <tensor_like X>
auto view_tensor(X const& x) {
  if constexpr (requires { x.data_handle(); }) {
    std::int64_t sizes[3] = {}, steps[3] = {};
    std::size_t const rank = x.rank();
    for (std::size_t d = 0; d < rank && d < 3; ++d) {
      sizes[d] = static_cast<std::int64_t>(x.extent(d));
      steps[d] = static_cast<std::int64_t>(x.stride(d));
    }
    std::span<std::int64_t const> const shape(sizes, rank > 3 ? 0 : rank);  // more is an error, and so is none
    return view_tensor(x.data_handle(), shape, std::span<std::int64_t const>(steps, shape.size()));
  } else if constexpr (requires { x.sizes(); }) {
    return view_tensor(x.data(), x.sizes(), x.strides());
  } else {
    std::int64_t const sizes[] = {x.rows(), x.cols()};
    std::int64_t const steps[] = {X::IsRowMajor ? x.outerStride() : x.innerStride(),
                                  X::IsRowMajor ? x.innerStride() : x.outerStride()};
    return view_tensor(x.data(), std::span<std::int64_t const>(sizes), std::span<std::int64_t const>(steps));
  }
}

// Rows that lie somewhere each, as in a vector of vectors, side by side. Error: shape_mismatch {length of the first row
// that has another one than the first, length of the first}. Linear; allocates the copy.
template <class Rows>
  requires requires(Rows const& rows) { std::span(*rows.begin()).data(); }
auto copy_rows(Rows const& rows)
    -> result<score_matrix<std::remove_cvref_t<decltype(*std::span(*rows.begin()).data())>>> {
  score_matrix<std::remove_cvref_t<decltype(*std::span(*rows.begin()).data())>> out;
  for (auto const& each : rows) {
    std::span const row(each);
    if (out.rows++ == 0) out.columns = row.size();
    if (row.size() != out.columns) return error{errc::shape_mismatch, row.size(), out.columns};
    out.values.insert(out.values.end(), row.begin(), row.end());
  }
  return out;
}

// A model's answer that owns its scores, or views some that the model keeps until its next call. T: float, double, or
// a 16-bit float (score_type).
template <class T>
class basic_score_batch {
 public:
  // Zeros for a batch, to be filled in by row().
  basic_score_batch(window_batch const& batch, std::size_t labels)
      : values_(batch.windows() * batch.length() * labels),
        shape_{nullptr, batch.windows(), batch.length(), labels},
        prefix_(batch.prefix) {}
  basic_score_batch(std::vector<T> values, std::size_t windows, std::size_t length, std::size_t labels)
      : values_(std::move(values)), shape_{nullptr, windows, length, labels} {}
  basic_score_batch(score_tensor<T> kept_elsewhere) : shape_(kept_elsewhere) {}

  // The scores of a window's token, counted from the first that is neither prefix nor suffix. Contract: made for a
  // batch, and inside it.
  std::span<T> row(std::size_t window, std::size_t token) {
    std::size_t const at = ((window * shape_.length) + prefix_ + token) * shape_.labels;
    TAGSPAN_EXPECTS(window < shape_.windows && prefix_ + token < shape_.length && at + shape_.labels <= values_.size(),
                    "score_batch::row: no such row, or not its own scores");
    return {values_.data() + at, shape_.labels};
  }
  // Error: shape_mismatch {values given, windows × length × labels}.
  result<score_tensor<T>> scores() const {
    if (shape_.data != nullptr) return shape_;
    std::size_t const expected = shape_.windows * shape_.length * shape_.labels;
    if (values_.size() != expected) return error{errc::shape_mismatch, values_.size(), expected};
    score_tensor<T> out = shape_;
    out.data = values_.data();
    return out;
  }

 private:
  std::vector<T> values_;
  score_tensor<T> shape_;
  std::size_t prefix_ = 0;
};
using score_batch = basic_score_batch<float>;

// A model's answer in a backend's own hands: a tensor, and what it points into (an at::Tensor, an Ort::Value, a
// vector), which is kept until the scores are no longer needed. The pointer stays right where `owner` is moved.
// kept_scores{view_tensor(logits.data_ptr<float>(), logits.sizes(), logits.strides()), logits}.
template <class Scores, class Owner>
struct kept_scores {
  Scores tensor;  // a score_tensor, or a result<> of one
  Owner owner;
  Scores const& scores() const noexcept { return tensor; }
};
template <class Scores, class Owner>
kept_scores(Scores, Owner) -> kept_scores<Scores, Owner>;

namespace detail {

template <class X>
struct without_result {
  using type = X;
};
template <class X>
struct without_result<result<X>> {
  using type = X;
};

template <class T>
score_tensor<T> scores_of(score_tensor<T> const& scores) noexcept {
  return scores;
}
template <class X>
auto scores_of(X const& answer) -> decltype(answer.scores()) {
  return answer.scores();
}

template <class X>
struct score_in_tensor;
template <class T>
struct score_in_tensor<score_tensor<T>> {
  using type = T;
};
template <class X>
using without_result_t = typename without_result<std::remove_cvref_t<X>>::type;
template <class X>
using score_in_answer = typename score_in_tensor<
    without_result_t<decltype(scores_of(std::declval<without_result_t<X> const&>()))>>::type;

// The value of a result, or what is none.
template <class X>
auto const& value_of(X const& x) noexcept {
  return x;
}
template <class X>
X const& value_of(result<X> const& x) {
  return *x;
}
template <class X>
result<void> succeeded(X const&) noexcept {
  return {};
}
template <class X>
result<void> succeeded(result<X> const& x) {
  if (x) return {};
  return x.error();
}

}  // namespace detail

// What a model owes: called with a window_batch, it gives a score_tensor, or an object whose scores() is one (or a
// result<> of one), or a result<> of either, whose error then is the pipeline's (errc::model_failed is free for it).
// The object lives until its scores have been used.
template <class M>
concept window_model = requires(M& model, window_batch const& batch) {
  typename detail::score_in_answer<decltype(model(batch))>;
};

// ---- options, and what comes out

// A word that is longer than a window, or does not fit beside the overlap.
enum class long_words : std::uint8_t {
  error,  // word_too_long
  split,  // such words may be cut; pipeline_trace::split_words counts the cuts
};

// Windows, batches, and then the fields of decode_options, which see. What is a view here (transitions, start, end) the
// caller keeps.
struct pipeline_options {
  std::size_t max_tokens = 512;  // what the model takes, prefix and suffix included
  std::size_t overlap = 128;     // tokens that neighbours share, at least
  std::vector<std::int64_t> prefix{}, suffix{};  // ids around each window: {101}, {102} for [CLS] and [SEP]
  std::int64_t padding_id = 0;
  // Rows are as long as the longest of their batch, or its next multiple of this, but no longer than max_tokens. With
  // max_tokens here, all rows have that length.
  std::size_t multiple_of = 1;
  std::size_t max_batch = 8;  // windows that the model is given at once
  std::size_t max_windows = std::numeric_limits<std::size_t>::max();  // what is behind them is pipeline_trace::unseen
  long_words oversize = long_words::error;
  window_weight weight = window_weight::ownership;  // how windows are merged

  aggregation aggregate = aggregation::first;
  float min_score = 0;
  type_table<float> min_score_by_type{};
  bool scores_are_probabilities = false;
  bool trim = true;
  word_source words = word_source::automatic;
  piece_style style = piece_style::wordpiece;
  decode_path path = decode_path::argmax;
  entity_score score = entity_score::mean;
  tagspan::reading reading = tagspan::reading::lenient;
  double temperature = 1;
  type_table<bool> ignored_types{};
  role_biases biases{};
  std::span<float const> transitions{}, start{}, end{};
};

// What happened on the way.
struct pipeline_trace {
  std::size_t tokens{};   // of the document
  std::size_t windows{};
  std::size_t batches{};  // calls of the model
  std::size_t longest{};  // tokens of the longest row, prefix and suffix included
  std::size_t padding{};  // tokens that were padding, over all batches
  token_span unseen{};    // what max_windows left out
  std::size_t split_words{};      // borders of windows inside a word (long_words::split)
  std::size_t unplaced_pieces{};  // pieces whose place in the text is not certain (piece_offsets)
  decode_counts decoded{};
  friend constexpr bool operator==(pipeline_trace const&, pipeline_trace const&) = default;
};

template <class Unit>
struct pipeline_result {
  std::vector<scored_entity<Unit>> entities;  // in the order of the text
  pipeline_trace trace;
};

// Memory of pipeline::run_into. One thread at a time.
class pipeline_workspace {
 public:
  pipeline_workspace() = default;

 private:
  template <tag_scheme>
  friend class pipeline;
  template <tag_scheme, class, class>
  friend class pipeline_stream;

  template <class V>
  score_matrix<V>& merged() noexcept {
    if constexpr (std::is_same_v<V, double>) {
      return merged_double_;
    } else {
      return merged_float_;
    }
  }
  template <class V>
  std::vector<V>& windows() noexcept {
    if constexpr (std::is_same_v<V, double>) {
      return windows_double_;
    } else {
      return windows_float_;
    }
  }

  window_plan plan_;
  std::vector<std::int32_t> word_ids_, whole_;
  std::vector<std::uint8_t> special_;
  std::vector<std::size_t> order_, places_, lengths_;
  std::vector<std::string_view> pieces_;
  std::vector<std::int64_t> ids_, mask_, types_;
  std::vector<token_span> spans_;
  score_matrix<float> merged_float_;
  score_matrix<double> merged_double_;
  std::vector<float> windows_float_;
  std::vector<double> windows_double_;
  decode_workspace decode_;
};

// ---- the pipeline

template <tag_scheme S, class Unit, class M>
class pipeline_stream;

namespace detail {

// Lets windows cut words that may be in the way: an edge goes back by less than a word, twice a window.
inline void release_long_words(std::vector<std::int32_t>& ids, std::size_t new_tokens) noexcept {
  for (std::size_t begin = 0; begin < ids.size();) {
    std::size_t end = begin + 1;
    while (end < ids.size() && ids[end] == ids[begin]) ++end;
    if (2 * (end - begin - 1) >= new_tokens) {
      for (std::size_t i = begin; i < end; ++i) ids[i] = -1;
    }
    begin = end;
  }
}
// Does a border lie inside a word?
inline bool cuts_word(std::span<std::int32_t const> ids, std::size_t border) noexcept {
  return border > 0 && border < ids.size() && ids[border] >= 0 && ids[border] == ids[border - 1];
}

}  // namespace detail

// Made once for a model's labels, shared between threads; each thread has its own workspace, or none.
template <tag_scheme S>
class pipeline {
 public:
  // `labels` is kept by reference.
  explicit pipeline(label_set const& labels, pipeline_options options = {})
      : labels_(&labels), options_(std::move(options)) {
    decode_.aggregate = options_.aggregate;
    decode_.min_score = options_.min_score;
    decode_.min_score_by_type = options_.min_score_by_type;
    decode_.scores_are_probabilities = options_.scores_are_probabilities;
    decode_.trim = options_.trim;
    decode_.words = options_.words;
    decode_.style = options_.style;
    decode_.path = options_.path;
    decode_.score = options_.score;
    decode_.reading = options_.reading;
    decode_.temperature = options_.temperature;
    decode_.ignored_types = options_.ignored_types;
    decode_.biases = options_.biases;
    decode_.transitions = options_.transitions;
    decode_.start = options_.start;
    decode_.end = options_.end;
  }
  explicit pipeline(label_set&&, pipeline_options = {}) = delete;

  pipeline_options const& options() const noexcept { return options_; }
  label_set const& labels() const noexcept { return *labels_; }

  // The entities of a document (UTF-8), in the unit of the tokens' offsets. No tokens, no call of the model and no
  // entities. Where windows overlap, their scores are merged before anything is decoded, so that the entities are those
  // of decode on the scores of the whole document.
  // clang-format off
  // Errors, where rows are tokens of the document:
  //   shape_mismatch {given, expected}   ids or count of the tokens; the model's windows, length, labels or row stride
  //   encoding_mismatch {part, entries}  another part of the tokens (see decode) has not one entry a token
  //   no_offsets                         spans of text are wanted, and there are neither offsets nor pieces
  //   word_too_long {token, tokens}      see long_words
  //   bad_option {3}, {4}                max_batch, multiple_of are 0; others as plan_windows and decode have it
  //   the model's own, and all of plan_windows, piece_offsets and decode
  // clang-format on
  // Linear in tokens × labels beside the model. Holds the scores of the document where it has several windows; one
  // window is decoded where the model put it. run_into uses memory again and allocates nothing once it has seen a
  // document as large (where decode_into does not); after an error `out` is empty.
  template <tokenizer_output R, window_model M>
  result<pipeline_result<detail::tokens_unit<R>>> operator()(std::string_view document, R const& tokens,
                                                             M&& model) const {
    pipeline_result<detail::tokens_unit<R>> out;
    pipeline_workspace memory;
    if (auto const done = run_into(document, tokens, model, out, memory); !done) return done.error();
    return out;
  }
  template <tokenizer_output R, window_model M>
  result<void> run_into(std::string_view document, R const& tokens, M&& model,
                        pipeline_result<detail::tokens_unit<R>>& out, pipeline_workspace& memory) const {
    out.entities.clear();
    out.trace = {};
    auto done = run(document, detail::tokens_of(tokens, memory.pieces_), model, out, memory);
    if (!done) {
      out.entities.clear();
      out.trace = {};
    }
    return done;
  }

  // The entities of a document that comes piece by piece. `model` and the pipeline are kept by reference.
  template <class Unit = unit::byte, window_model M>
  pipeline_stream<S, Unit, M> stream(M& model) const& {
    return {*this, model};
  }
  template <class Unit = unit::byte, class M>
  void stream(M&) && = delete;

 private:
  template <tag_scheme, class, class>
  friend class pipeline_stream;

  template <class Unit, class M>
  result<void> run(std::string_view document, tokenization<Unit> tokens, M& model, pipeline_result<Unit>& out,
                   pipeline_workspace& memory) const {
    std::size_t const count = tokens.size();
    if (auto const ok = check(); !ok) return ok;
    if (auto const ok = check(tokens); !ok) return ok;
    out.trace.tokens = count;
    if (count == 0) return {};
    std::vector<basic_span<Unit>> found;
    if (auto const ok = find_offsets(document, tokens, found, out.trace); !ok) return ok;
    if (auto const ok = plan(document, tokens, out.trace, memory); !ok) return ok;
    window_plan const& windows = memory.plan_;
    out.trace.windows = windows.size();
    out.trace.unseen = windows.unseen();
    std::size_t const seen = count - windows.unseen().size();
    auto const part = [&](auto values) { return values.empty() ? values : values.first(seen); };
    encoding<Unit> const enc{part(tokens.word_ids), part(tokens.offsets), part(tokens.special_tokens_mask), document,
                             part(tokens.pieces)};
    auto const decode = [&](auto const& scores) {
      return decode_into<S>(scores, *labels_, enc, decode_, out.entities, memory.decode_);
    };
    if (windows.empty()) return {};

    using score = detail::score_in_answer<decltype(model(std::declval<window_batch const&>()))>;
    using value = score_value<score>;
    if (windows.size() == 1) {
      memory.order_.assign(1, 0);
      auto const done = ask(tokens.ids, 0, windows_at({memory.order_.data(), 1}, memory), model, out.trace, memory,
                            [&](std::size_t, scores_view<score const> rows) { return decode(rows); });
      out.trace.decoded = memory.decode_.counts();
      return done;
    }
    // What stands in one window alone goes to its place at once; else all rows are kept until they are merged.
    bool const owned = options_.weight == window_weight::ownership;
    std::size_t const columns = labels_->size();
    std::vector<std::size_t>& places = memory.places_;
    places.clear();
    std::size_t rows = 0;
    for (window const& w : windows) {
      places.push_back(owned ? w.core.begin : rows);
      rows += w.tokens.size();
    }
    std::vector<value>& kept = memory.template windows<value>();
    kept.resize((owned ? seen : rows) * columns);
    std::vector<std::size_t>& order = memory.order_;
    std::size_t asked = 0;
    auto const take = [&](std::size_t row, scores_view<score const> given) -> result<void> {
      std::size_t const k = order[asked + row];
      window const& w = windows[k];
      if (owned) given = given.slice(w.core.begin - w.tokens.begin, w.core.end - w.tokens.begin);
      write_rows(given, kept.data() + places[k] * columns);
      return {};
    };
    // Windows of like length share a batch.
    order.resize(windows.size());
    for (std::size_t k = 0; k < order.size(); ++k) order[k] = k;
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      std::size_t const first = windows[a].tokens.size();
      std::size_t const second = windows[b].tokens.size();
      return first != second ? first > second : a < b;
    });
    for (; asked < order.size(); asked += std::min(options_.max_batch, order.size() - asked)) {
      std::size_t const batch = std::min(options_.max_batch, order.size() - asked);
      auto const spans = windows_at({order.data() + asked, batch}, memory);
      if (auto const ok = ask(tokens.ids, 0, spans, model, out.trace, memory, take); !ok) return ok;
    }
    if (owned) {
      auto const done = decode(scores_view<value const>{kept.data(), seen, columns});
      out.trace.decoded = memory.decode_.counts();
      return done;
    }
    std::vector<scores_view<value const>> views;
    for (std::size_t k = 0; k < windows.size(); ++k) {
      views.push_back({kept.data() + places[k] * columns, windows[k].tokens.size(), columns});
    }
    score_matrix<value>& whole = memory.template merged<value>();
    if (auto const ok = merge_scores_into(windows, views, whole, {.weight = options_.weight}); !ok) return ok;
    auto const done = decode(whole.view());
    out.trace.decoded = memory.decode_.counts();
    return done;
  }

  static std::span<token_span const> windows_at(std::span<std::size_t const> which, pipeline_workspace& memory) {
    memory.spans_.clear();
    for (std::size_t k : which) memory.spans_.push_back(memory.plan_[k].tokens);
    return memory.spans_;
  }

  std::size_t reserved() const noexcept { return options_.prefix.size() + options_.suffix.size(); }
  // Tokens of the document that fit into a window.
  std::size_t room() const noexcept { return options_.max_tokens > reserved() ? options_.max_tokens - reserved() : 0; }

  // What the options themselves have wrong.
  result<void> check() const noexcept {
    if (options_.max_batch == 0) return error{errc::bad_option, 3, 0};
    if (options_.multiple_of == 0) return error{errc::bad_option, 4, 0};
    if (options_.overlap >= room()) return error{errc::overlap_too_large, options_.overlap, room()};
    return {};
  }

  template <class Unit>
  static result<void> check(tokenization<Unit> const& tokens) noexcept {
    std::size_t const count = tokens.size();
    for (std::size_t size : {tokens.ids.size(), tokens.count}) {
      if (size != 0 && size != count) return error{errc::shape_mismatch, size, count};
    }
    std::size_t part = 0;
    for (std::size_t size : {tokens.word_ids.size(), tokens.offsets.size(), tokens.special_tokens_mask.size(),
                             tokens.pieces.size()}) {
      if (size != 0 && size != count) return error{errc::encoding_mismatch, part, size};
      ++part;
    }
    return {};
  }

  // Where the tokens lie, from their pieces if the tokenizer does not say.
  template <class Unit>
  result<void> find_offsets(std::string_view document, tokenization<Unit>& tokens, std::vector<basic_span<Unit>>& found,
                            pipeline_trace& trace) const {
    if (!tokens.offsets.empty() || std::is_same_v<Unit, unit::token>) return {};
    if constexpr (text_unit<Unit>) {
      if (tokens.pieces.empty()) return error{errc::no_offsets, 0, 0};
      auto const placed = piece_offsets(document, tokens.pieces, options_.style,
                                        {.special_tokens_mask = tokens.special_tokens_mask});
      if (!placed) return placed.error();
      trace.unplaced_pieces = placed->unplaced.size();
      found.reserve(placed->spans.size());
      if constexpr (std::is_same_v<Unit, unit::byte>) {
        found.assign(placed->spans.begin(), placed->spans.end());
      } else {
        offset_map const map(document);
        for (byte_span s : placed->spans) found.push_back(map.to<Unit>(s));
      }
      tokens.offsets = found;
      return {};
    } else {
      return error{errc::no_offsets, 0, 0};
    }
  }

  // Words that are to stay whole in windows, where the tokenizer gave no ids. Empty: there are none, or none are
  // wanted.
  template <class Unit>
  result<std::vector<std::int32_t>> words_of(std::string_view document, tokenization<Unit> const& tokens,
                                             std::vector<std::uint8_t>& special) const {
    bool const wanted = detail::by_words(options_.aggregate, options_.words) && tokens.size() != 0;
    if (!wanted) return std::vector<std::int32_t>();
    bool const given = options_.words == word_source::automatic || options_.words == word_source::word_ids;
    if (given && !tokens.word_ids.empty()) return std::vector<std::int32_t>();
    special.assign(tokens.size(), 0);
    for (std::size_t i = 0; i < special.size(); ++i) special[i] = is_special(tokens, i) ? 1 : 0;
    encoding<Unit> const enc{tokens.word_ids, tokens.offsets, tokens.special_tokens_mask, document, tokens.pieces};
    return detail::find_word_ids(enc, options_.words, options_.style, special);
  }
  template <class Unit>
  static bool is_special(tokenization<Unit> const& tokens, std::size_t i) noexcept {
    return (!tokens.special_tokens_mask.empty() && tokens.special_tokens_mask[i] != 0) ||
           (!tokens.word_ids.empty() && tokens.word_ids[i] < 0);
  }

  template <class Unit>
  result<void> plan(std::string_view document, tokenization<Unit> const& tokens, pipeline_trace& trace,
                    pipeline_workspace& memory) const {
    window_options options{.max_tokens = options_.max_tokens,
                           .overlap = options_.overlap,
                           .reserved = reserved(),
                           .never_split = tokens.word_ids,
                           .boundaries = tokens.boundaries,
                           .max_windows = options_.max_windows};
    if (options_.words == word_source::tokens) options.never_split = {};
    if (tokens.size() > room()) {
      auto found = words_of(document, tokens, memory.special_);
      if (!found) return found.error();
      if (!found->empty()) {
        memory.word_ids_ = std::move(*found);
        options.never_split = memory.word_ids_;
      } else if (!options.never_split.empty() && !tokens.special_tokens_mask.empty()) {
        // A tokenizer may number special tokens and padding, too; they are in no word.
        memory.word_ids_.resize(tokens.size());
        for (std::size_t i = 0; i < tokens.size(); ++i) {
          memory.word_ids_[i] = is_special(tokens, i) ? -1 : tokens.word_ids[i];
        }
        options.never_split = memory.word_ids_;
      }
    }
    std::span<std::int32_t const> const words = options.never_split;
    bool const splits = options_.oversize == long_words::split && tokens.size() > room();
    if (splits) {
      memory.whole_.assign(words.begin(), words.end());
      detail::release_long_words(memory.whole_, room() - options_.overlap);
      options.never_split = memory.whole_;
    }
    auto const done = plan_windows_into(memory.plan_, tokens.size(), options);
    for (window const& w : memory.plan_) trace.split_words += splits && detail::cuts_word(words, w.core.end) ? 1U : 0U;
    return done;
  }

  // Asks the model about windows, spans of a document whose token `first` has the first of `ids`, and gives take(row of
  // the batch, scores of its tokens) what it says.
  template <class M, class Take>
  result<void> ask(std::span<std::int64_t const> ids, std::size_t first, std::span<token_span const> windows, M& model,
                   pipeline_trace& trace, pipeline_workspace& memory, Take&& take) const {
    std::size_t const front = options_.prefix.size();
    memory.lengths_.clear();
    std::size_t longest = 0;
    std::size_t filled = 0;
    for (token_span const s : windows) {
      memory.lengths_.push_back(s.size() + reserved());
      longest = std::max(longest, memory.lengths_.back());
      filled += memory.lengths_.back();
    }
    std::size_t const rest = longest % options_.multiple_of;
    std::size_t length = rest == 0 ? longest : longest + (options_.multiple_of - rest);
    length = std::max(longest, std::min(length, options_.max_tokens));
    std::size_t const cells = windows.size() * length;
    memory.mask_.assign(cells, 0);
    memory.types_.assign(cells, 0);
    memory.ids_.clear();
    for (std::size_t w = 0; w < windows.size(); ++w) {
      std::fill_n(memory.mask_.begin() + static_cast<std::ptrdiff_t>(w * length), memory.lengths_[w], 1);
      if (ids.empty()) continue;
      auto const append = [&](auto from, auto to) { memory.ids_.insert(memory.ids_.end(), from, to); };
      token_span const s{windows[w].begin - first, windows[w].end - first};
      append(options_.prefix.begin(), options_.prefix.end());
      append(ids.data() + s.begin, ids.data() + s.end);
      append(options_.suffix.begin(), options_.suffix.end());
      memory.ids_.resize((w + 1) * length, options_.padding_id);
    }
    window_batch const batch{.input_ids = memory.ids_,
                             .attention_mask = memory.mask_,
                             .token_type_ids = memory.types_,
                             .shape = {static_cast<std::int64_t>(windows.size()), static_cast<std::int64_t>(length)},
                             .lengths = memory.lengths_,
                             .tokens = windows,
                             .prefix = front};
    ++trace.batches;
    trace.longest = std::max(trace.longest, longest);
    trace.padding += cells - filled;

    auto const answer = model(batch);
    if (auto const ok = detail::succeeded(answer); !ok) return ok;
    auto const& given = detail::scores_of(detail::value_of(answer));
    if (auto const ok = detail::succeeded(given); !ok) return ok;
    auto const& scores = detail::value_of(given);
    if (scores.windows != windows.size()) return error{errc::shape_mismatch, scores.windows, windows.size()};
    if (scores.length != length) return error{errc::shape_mismatch, scores.length, length};
    if (scores.data == nullptr) return error{errc::shape_mismatch, 0, cells * labels_->size()};
    for (std::size_t w = 0; w < windows.size(); ++w) {
      auto const rows = scores.window(w);
      if (auto const ok = check_shape(rows, length, labels_->size()); !ok) return ok;
      if (auto const ok = take(w, rows.slice(front, front + windows[w].size())); !ok) return ok;
    }
    return {};
  }

  template <class T, class V>
  static void write_rows(scores_view<T> rows, V* to) {
    bool const dense = rows.row_stride() == rows.columns;
    std::size_t const run = dense ? rows.rows * rows.columns : rows.columns;
    for (std::size_t i = 0; i < (dense ? 1 : rows.rows); ++i) {
      T const* const from = rows.data + i * rows.row_stride();
      if constexpr (std::is_same_v<std::remove_const_t<T>, V>) {
        std::copy_n(from, run, to);
      } else {
        for (std::size_t j = 0; j < run; ++j) to[j] = static_cast<V>(detail::number(from[j]));
      }
      to += run;
    }
  }

  label_set const* labels_;
  pipeline_options options_;
  decode_options decode_;
};

// A document that comes piece by piece, as paragraphs of a book: the windows, scores and entities of the whole, given
// out as soon as nothing that follows can change them. Windows are cut as plan_windows cuts them, so that the entities
// are those of the pipeline on the whole document, if the pieces begin and end where words do. Keeps the tokens and the
// text of max_batch + 3 windows and of one piece, and the scores since the last label O or special token, which are
// those of an open entity. Made by pipeline::stream; one thread at a time.
template <tag_scheme S, class Unit, class M>
class pipeline_stream {
 public:
  pipeline_stream(pipeline<S> const& ner, M& model)
      : ner_(&ner), model_(&model), merged_(ner.options_.weight), options_(ner.decode_) {
    if (auto const ok = ner.check(); !ok) failed_ = ok.error();
    bool const along_argmax =
        options_.path == decode_path::argmax && options_.score != entity_score::posterior;
    if (!along_argmax) failed_ = error{errc::bad_option, 5, 0};
    if (ner.labels_->size() == 0) failed_ = error{errc::no_outside_label, 0, 0};
    if (detail::by_words(options_.aggregate, options_.words)) options_.words = word_source::word_ids;
  }

  // The next piece of the document and its tokens; word ids, offsets and boundaries count from the piece's own begin.
  // Calls sink(scored_entity<Unit>) for entities that have ended, in the order of the document, in which they count.
  // Errors: those of the pipeline, in tokens and offsets of the document; shape_mismatch {given, expected} for a piece
  // with other parts than the first one that had tokens; bad_offsets {token} and out_of_text {offset} for offsets that
  // leave the piece; bad_option {5} for a path or score that needs the whole document (viterbi, posterior), for which
  // see entity_stream; bad_option {6} after finish(). Each later call gives the same error. Linear in tokens × labels
  // beside the model.
  template <tokenizer_output R, class Sink>
    requires std::is_same_v<detail::tokens_unit<R>, Unit>
  result<void> push(std::string_view text, R const& tokens, Sink&& sink) {
    if (failed_) return *failed_;
    std::vector<std::string_view> pieces;
    auto done = take(text, detail::tokens_of(tokens, pieces));
    if (done) done = advance(false, sink);
    if (!done) failed_ = done.error();
    return done;
  }

  // The end of the document: gives out the rest. Errors as of push. After this nothing more can be pushed: push and
  // finish give bad_option {6}.
  template <class Sink>
  result<void> finish(Sink&& sink) {
    if (failed_) return *failed_;
    auto const done = advance(true, sink);
    failed_ = done ? error{errc::bad_option, 6, 0} : done.error();
    return done;
  }

  pipeline_trace const& trace() const noexcept { return trace_; }

 private:
  using score = detail::score_in_answer<decltype(std::declval<M&>()(std::declval<window_batch const&>()))>;
  using value = score_value<score>;
  static constexpr bool is_text = text_unit<Unit>;

  pipeline_options const& options() const noexcept { return ner_->options_; }
  std::size_t columns() const noexcept { return ner_->labels_->size(); }
  std::size_t end() const noexcept { return first_ + count_; }  // of the tokens that have come

  result<void> take(std::string_view text, tokenization<Unit> tokens) {
    std::size_t const count = tokens.size();
    if (auto const ok = pipeline<S>::check(tokens); !ok) return ok;
    if (trace_.windows == options().max_windows) {  // nobody will ask for what comes now
      trace_.tokens += count;
      return {};
    }
    std::vector<basic_span<Unit>> found;
    if (count != 0) {
      if (auto const ok = ner_->find_offsets(text, tokens, found, trace_); !ok) return ok;
    }
    std::size_t const base = text_begin_ + text_size_;
    std::size_t size = count;
    if constexpr (is_text) {
      size = std::is_same_v<Unit, unit::byte> ? text.size() : offset_map(text).template size_in<Unit>();
    } else {
      for (basic_span<Unit> const s : tokens.offsets) size = std::max(size, s.end);
    }
    for (std::size_t i = 0; i < tokens.offsets.size(); ++i) {
      basic_span<Unit> const s = tokens.offsets[i];
      bool const counts = !s.empty() && !pipeline<S>::is_special(tokens, i);
      if (s.begin > s.end || (counts && base + s.begin < last_begin_)) {
        return error{errc::bad_offsets, end() + i, 0};
      }
      if (s.end > size) return error{errc::out_of_text, base + s.end, 0};
      if (counts) last_begin_ = base + s.begin;
    }
    auto words = ner_->words_of(text, tokens, memory_.special_);
    if (!words) return words.error();
    bool const has_words = !words->empty() || !tokens.word_ids.empty();
    if (count != 0) {
      bool const first = trace_.tokens == 0;
      bool const parts[] = {!tokens.ids.empty(), has_words, !tokens.offsets.empty(),
                            !tokens.special_tokens_mask.empty()};
      for (std::size_t k = 0; k < 4; ++k) {
        if (first) parts_[k] = parts[k];
        if (parts[k] != parts_[k]) return error{errc::shape_mismatch, parts[k] ? count : 0, parts[k] ? 0 : count};
      }
    }
    std::span<std::int32_t const> const ids = words->empty() ? tokens.word_ids : std::span<std::int32_t const>(*words);
    for (std::size_t i = 0; i < ids.size(); ++i) {
      bool const goes_on = i != 0 && ids[i] >= 0 && ids[i] == ids[i - 1];
      if (!goes_on) word_ = word_ == std::numeric_limits<std::int32_t>::max() ? 0 : word_ + 1;
      words_.push_back(pipeline<S>::is_special(tokens, i) ? -1 : word_);
      keep_whole(goes_on);
    }
    for (std::size_t i = 0; i < tokens.boundaries.size(); ++i) {
      std::size_t const b = tokens.boundaries[i];
      if (b > count || (i != 0 && b < tokens.boundaries[i - 1])) return error{errc::bad_offsets, sentences_ + i, 0};
      boundaries_.push_back(count_ + b);
    }
    sentences_ += tokens.boundaries.size();
    ids_.insert(ids_.end(), tokens.ids.begin(), tokens.ids.end());
    special_.insert(special_.end(), tokens.special_tokens_mask.begin(), tokens.special_tokens_mask.end());
    for (std::size_t i = 0; i < tokens.offsets.size(); ++i) {
      basic_span<Unit> const s = tokens.offsets[i];
      // What special tokens cover is nobody's business, and may lie where the text is forgotten.
      bool const special = pipeline<S>::is_special(tokens, i);
      offsets_.push_back(special ? basic_span<Unit>{} : basic_span<Unit>{base + s.begin, base + s.end});
    }
    text_ += text;
    text_size_ += size;
    count_ += count;
    trace_.tokens += count;
    return {};
  }

  // The last of words_, as the plan sees it: a word that is too long stays whole no more (release_long_words).
  void keep_whole(bool goes_on) {
    if (options().words == word_source::tokens) return;
    whole_.push_back(words_.back());
    if (options().oversize != long_words::split || words_.back() < 0) return;
    run_ = goes_on ? run_ + 1 : 1;
    std::size_t const limit = ner_->room() - options().overlap;
    if (2 * (run_ - 1) < limit) return;
    bool const reached = run_ == 1 || 2 * (run_ - 2) < limit;
    for (std::size_t i = 0; i < (reached ? run_ : 1); ++i) whole_[whole_.size() - 1 - i] = -1;
  }

  template <class Sink>
  result<void> advance(bool last, Sink& sink) {
    for (;;) {
      if (auto const ok = plan(last); !ok) return ok;
      if (windows_.size() < options().max_batch && !last) return {};
      if (windows_.empty()) break;
      if (auto const ok = ask(); !ok) return ok;
      if (auto const ok = decode(false, sink); !ok) return ok;
      forget();
    }
    trace_.unseen = {covered_, trace_.tokens};
    return decode(true, sink);
  }

  // Cuts windows, as far as what has come says where they lie: an edge depends on no more than three windows.
  result<void> plan(bool last) {
    std::size_t const room = ner_->room();
    detail::window_edges const edges(
        count_, {.overlap = options().overlap, .never_split = whole_, .boundaries = boundaries_}, room);
    while (windows_.size() < options().max_batch && trace_.windows < options().max_windows && covered_ < end()) {
      if (!last && next_ + 3 * room >= end()) return {};
      auto const until = edges.end_of(next_ - first_, covered_ - first_);
      if (!until) return in_document(until.error());
      std::size_t border = *until;
      std::size_t next = *until;
      if (*until != count_ && trace_.windows + 1 < options().max_windows) {
        auto const behind = edges.next_of(next_ - first_, *until);
        if (!behind) return in_document(behind.error());
        next = *behind;
        border = edges.at_or_before(next + (*until - next) / 2);
      }
      windows_.push_back({{next_, first_ + *until}, {core_, first_ + border}});
      places_.push_back({covered_, first_ + next, *until == count_ ? first_ + *until : detail::endless});
      next_ = first_ + next;
      covered_ = first_ + *until;
      core_ = first_ + border;
      ++trace_.windows;
      trace_.split_words += detail::cuts_word(whole_.empty() ? whole_ : words_, border) ? 1U : 0U;
    }
    return {};
  }

  result<void> ask() {
    memory_.spans_.clear();
    for (window const& w : windows_) memory_.spans_.push_back(w.tokens);
    auto const keep = [&](std::size_t, auto const& rows) {
      std::size_t const known = rows_.size();
      rows_.resize(known + rows.rows * rows.columns);
      pipeline<S>::write_rows(rows, rows_.data() + known);
    };
    auto const done = ner_->ask(ids_, first_, memory_.spans_, *model_, trace_, memory_,
                                [&](std::size_t k, scores_view<score const> rows) -> result<void> {
                                  merged_.take(windows_[k], places_[k], rows, keep);
                                  return {};
                                });
    windows_.clear();
    places_.clear();
    return done;
  }

  // Decides about the rows that are merged, as far as they are settled. What is still open is looked at again only when
  // as much has come again, so that a long entity does not cost its square.
  template <class Sink>
  result<void> decode(bool last, Sink& sink) {
    std::size_t const count = rows_.size() / columns();
    if (count == 0 || (!last && count < 2 * open_)) return {};
    std::size_t const at = decided_ - first_;
    auto const part = [&](auto const& values) {
      return std::span(values).subspan(values.empty() ? 0 : at, values.empty() ? 0 : count);
    };
    local_.clear();
    for (basic_span<Unit> const s : part(offsets_)) {
      local_.push_back(s.empty() ? basic_span<Unit>{} : basic_span<Unit>{s.begin - text_begin_, s.end - text_begin_});
    }
    encoding<Unit> const enc{part(words_), local_, part(special_), text_, {}};
    scores_view<value const> const scores{rows_.data(), count, columns()};
    detail::decoder<S, value const, Unit> decoder(scores, *ner_->labels_, enc, options_, memory_.decode_, found_);
    std::size_t settled = count;
    if (last) {
      if (auto const ok = decoder.run(); !ok) return in_document(ok.error());
    } else {
      auto const rest = decoder.run_settled();
      if (!rest) return in_document(rest.error());
      settled = *rest;
    }
    decode_counts const& counts = memory_.decode_.counts();
    trace_.decoded.entities += counts.entities;
    trace_.decoded.ignored += counts.ignored;
    trace_.decoded.below_min_score += counts.below_min_score;
    trace_.decoded.malformed += counts.malformed;
    std::size_t const base = local_.empty() ? decided_ : text_begin_;
    for (scored_entity<Unit> e : found_) {
      e.span = {e.span.begin + base, e.span.end + base};
      e.tokens = {e.tokens.begin + decided_, e.tokens.end + decided_};
      sink(e);
    }
    rows_.erase(rows_.begin(), rows_.begin() + static_cast<std::ptrdiff_t>(settled * columns()));
    decided_ += settled;
    open_ = count - settled;
    return {};
  }

  // Rows and places of an error in the document.
  error in_document(error e) const noexcept {
    if (e.code == errc::word_too_long) e.where += first_;
    if (e.code == errc::not_a_number || e.code == errc::no_legal_path || e.code == errc::bad_offsets) {
      e.where += decided_;
    }
    if (e.code == errc::out_of_text || e.code == errc::off_boundary) e.where += text_begin_;
    return e;
  }

  // Drops tokens and text that nobody will ask for.
  void forget() {
    std::size_t const gone = std::min(next_, decided_) - first_;
    auto const drop = [&](auto& values) {
      if (!values.empty()) values.erase(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(gone));
    };
    drop(ids_);
    drop(words_);
    drop(whole_);
    drop(special_);
    drop(offsets_);
    std::size_t kept = 0;
    for (std::size_t b : boundaries_) {
      if (b >= gone) boundaries_[kept++] = b - gone;
    }
    boundaries_.resize(kept);
    first_ += gone;
    count_ -= gone;
    std::size_t begin = text_begin_ + text_size_;
    for (basic_span<Unit> const s : offsets_) {
      if (s.empty()) continue;
      begin = s.begin;
      break;
    }
    std::size_t cut = begin - text_begin_;
    if constexpr (std::is_same_v<Unit, unit::byte>) {
      text_.erase(0, cut);
    } else if constexpr (is_text) {
      text_position const place = *offset_map(text_).template checked_at<Unit>(cut, rounding::outward);
      cut = place.in<Unit>();
      text_.erase(0, place.byte);
    }
    text_begin_ += cut;
    text_size_ -= cut;
  }

  pipeline<S> const* ner_;
  M* model_;
  pipeline_trace trace_;
  std::optional<error> failed_;
  bool parts_[4] = {};  // ids, word ids, offsets, mask: what the tokenizer gives

  // Tokens from `first_` on; what is kept of the text begins at text_begin_, in the unit of the offsets.
  std::size_t first_ = 0, count_ = 0;
  std::vector<std::int64_t> ids_;
  std::vector<std::int32_t> words_, whole_;  // numbered anew; whole_: those that windows may not cut
  std::vector<std::uint8_t> special_;
  std::vector<basic_span<Unit>> offsets_;  // in the document
  std::vector<std::size_t> boundaries_;    // from first_
  std::size_t sentences_ = 0;              // boundaries that have come
  std::string text_;
  std::size_t text_begin_ = 0, text_size_ = 0, last_begin_ = 0;
  std::int32_t word_ = -1;
  std::size_t run_ = 0;  // tokens of the last word

  // Windows: those that wait for the model, and where the next one begins.
  std::vector<window> windows_;
  std::vector<typename detail::window_rows<score>::place> places_;
  std::size_t next_ = 0, covered_ = 0, core_ = 0;

  // Rows that are merged and not decided, from token `decided_` on.
  detail::window_rows<score> merged_;
  std::vector<value> rows_;
  std::size_t decided_ = 0, open_ = 0;
  decode_options options_;
  std::vector<basic_span<Unit>> local_;
  std::vector<scored_entity<Unit>> found_;
  pipeline_workspace memory_;
};

}  // namespace tagspan::inline TAGSPAN_ABI
