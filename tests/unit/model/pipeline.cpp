// SPDX-License-Identifier: MIT
#include <tagspan/model/pipeline.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <new>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tagspan/model/decode.hpp>

// What is allocated now, the most that ever was, and how often.
namespace {
std::size_t allocated = 0, most = 0, allocations = 0;
constexpr std::size_t header = alignof(std::max_align_t);
}  // namespace
void* operator new(std::size_t size) {
  auto* const p = static_cast<std::size_t*>(std::malloc(size + header));
  if (p == nullptr) std::abort();
  *p = size;
  allocated += size;
  most = allocated > most ? allocated : most;
  ++allocations;
  return reinterpret_cast<char*>(p) + header;
}
void operator delete(void* p) noexcept {
  if (p == nullptr) return;
  auto* const start = reinterpret_cast<std::size_t*>(static_cast<char*>(p) - header);
  allocated -= *start;
  std::free(start);
}
void operator delete(void* p, std::size_t) noexcept { operator delete(p); }

namespace ts = tagspan;

namespace {

constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();

ts::label_set const& labels() {
  static auto const set = ts::label_set::for_types<ts::bio>({"PER", "LOC"});
  return set;
}

// What a tokenizer of one's own gives: words at blanks, cut into pieces of at most four bytes.
struct tokens {
  std::vector<std::int64_t> ids;
  std::vector<std::int32_t> word_ids;
  std::vector<ts::byte_span> offsets;
};
tokens tokenize(std::string_view text) {
  tokens t;
  std::int32_t word = 0;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == ' ') {
      ++i;
      continue;
    }
    for (std::size_t end = text.find(' ', i) == text.npos ? text.size() : text.find(' ', i); i < end;) {
      std::size_t const next = i + 4 < end ? i + 4 : end;
      t.ids.push_back(1000 + static_cast<std::int64_t>(t.ids.size()));
      t.word_ids.push_back(word);
      t.offsets.push_back({i, next});
      i = next;
    }
    ++word;
  }
  return t;
}

// P… is a person, L… a place, a lower-case p or l goes on with one: by the first letter of the piece.
std::size_t label_of(char first) {
  std::string_view const letters = "PpLl";
  std::size_t const at = letters.find(first);
  char const* const names[] = {"B-PER", "I-PER", "B-LOC", "I-LOC"};
  return static_cast<std::size_t>(at == letters.npos ? labels().find("O").value() : labels().find(names[at]).value());
}
auto letter_model(std::string_view text, tokens const& t) {
  return [&, text](ts::window_batch const& batch) -> ts::score_batch {
    ts::score_batch out(batch, labels().size());
    for (std::size_t w = 0; w < batch.windows(); ++w) {
      for (std::size_t i = 0; i < batch.tokens[w].size(); ++i) {
        out.row(w, i)[label_of(text[t.offsets[batch.tokens[w].begin + i].begin])] = 4;
      }
    }
    return out;
  };
}

std::string found_in(std::string_view text, std::vector<ts::scored_entity<ts::unit::byte>> const& entities) {
  std::string out;
  for (auto const& e : entities) {
    if (!out.empty()) out += ' ';
    out += std::string(labels().type_name(e.type)) + ':' + std::string(text.substr(e.span.begin, e.span.size()));
  }
  return out;
}

constexpr std::string_view text = "Paul plum works in London lane and Petersburg";

TEST_CASE("a document in one window") {
  auto const t = tokenize(text);
  ts::pipeline<ts::bio> const ner{labels(), {.max_tokens = 512, .overlap = 64, .min_score = 0.5F}};
  auto const found = ner(text, t, letter_model(text, t)).value();
  CHECK(found_in(text, found.entities) == "PER:Paul plum LOC:London lane PER:Petersburg");
  CHECK(found.trace.windows == 1);
  CHECK(found.trace.batches == 1);
  CHECK(found.trace.tokens == t.ids.size());
  CHECK(found.trace.longest == t.ids.size());
  CHECK(found.trace.padding == 0);
  CHECK(found.trace.unseen.empty());
}

TEST_CASE("what the model is given") {
  auto const t = tokenize("a b c d e f g");
  ts::pipeline<ts::bio> const ner{labels(),
                                  {.max_tokens = 5, .overlap = 1, .prefix = {2}, .suffix = {3}, .padding_id = 9}};
  std::vector<std::int64_t> ids, mask, types, shape;
  std::vector<std::size_t> lengths;
  std::vector<ts::token_span> shown;
  auto const look = [&](ts::window_batch const& batch) {
    ids.assign(batch.input_ids.begin(), batch.input_ids.end());
    mask.assign(batch.attention_mask.begin(), batch.attention_mask.end());
    types.assign(batch.token_type_ids.begin(), batch.token_type_ids.end());
    shape.assign(batch.shape.begin(), batch.shape.end());
    lengths.assign(batch.lengths.begin(), batch.lengths.end());
    shown.assign(batch.tokens.begin(), batch.tokens.end());
    CHECK(batch.prefix == 1);
    return ts::score_batch(batch, labels().size());
  };
  auto const found = ner("a b c d e f g", t, look).value();
  using numbers = std::vector<std::int64_t>;
  CHECK(shape == numbers{3, 5});
  CHECK(ids == numbers{2, 1000, 1001, 1002, 3, 2, 1002, 1003, 1004, 3, 2, 1004, 1005, 1006, 3});
  CHECK(mask == numbers(15, 1));
  CHECK(types == numbers(15, 0));
  CHECK(lengths == std::vector<std::size_t>{5, 5, 5});
  CHECK(shown == std::vector<ts::token_span>{{0, 3}, {2, 5}, {4, 7}});
  CHECK(found.entities.empty());
}

TEST_CASE("padding") {
  auto const t = tokenize("a b c d");
  struct row {
    std::size_t multiple_of, length, padding;
  };
  for (row const& r : {row{1, 4, 0}, row{3, 6, 2}, row{8, 8, 4}, row{7, 7, 3}, row{100, 10, 6}}) {
    CAPTURE(r.multiple_of);
    ts::pipeline<ts::bio> const ner{labels(),
                                    {.max_tokens = 10, .overlap = 1, .padding_id = 9, .multiple_of = r.multiple_of}};
    auto const look = [&](ts::window_batch const& batch) {
      CHECK(batch.length() == r.length);
      CHECK(batch.lengths[0] == 4);
      for (std::size_t i = 0; i < r.length; ++i) {
        CHECK(batch.attention_mask[i] == (i < 4 ? 1 : 0));
        CHECK(batch.input_ids[i] == (i < 4 ? t.ids[i] : 9));
      }
      return ts::score_batch(batch, labels().size());
    };
    CHECK(ner("a b c d", t, look).value().trace.padding == r.padding);
  }
}

TEST_CASE("windows, batches and weights do not change what a model of single tokens says") {
  auto const t = tokenize(text);
  auto const model = letter_model(text, t);
  for (std::size_t max_tokens : {6U, 7U, 9U, 20U}) {
    for (std::size_t max_batch : {1U, 2U, 100U}) {
      for (auto weight : {ts::window_weight::ownership, ts::window_weight::mean, ts::window_weight::centre,
                          ts::window_weight::max}) {
        ts::pipeline<ts::bio> const ner{labels(),
                                        {.max_tokens = max_tokens,
                                         .overlap = 2,
                                         .prefix = {2},
                                         .max_batch = max_batch,
                                         .weight = weight}};
        auto const found = ner(text, t, model).value();
        CHECK(found_in(text, found.entities) == "PER:Paul plum LOC:London lane PER:Petersburg");
        CHECK(found.trace.batches == (found.trace.windows + max_batch - 1) / max_batch);
      }
    }
  }
}

TEST_CASE("nothing to do: the model is not asked") {
  ts::pipeline<ts::bio> const ner{labels()};
  bool asked = false;
  auto const model = [&](ts::window_batch const& batch) {
    asked = true;
    return ts::score_batch(batch, labels().size());
  };
  for (std::string_view empty : {"", "   ", "\n\t "}) {
    auto const found = ner(empty, tokens{}, model).value();
    CHECK(found.entities.empty());
    CHECK(found.trace == ts::pipeline_trace{});
  }
  CHECK_FALSE(asked);
}

TEST_CASE("other units, and places from pieces") {
  std::string_view const emoji = "\xF0\x9F\x98\x80 Paul";
  std::vector<std::string_view> const pieces{"\xF0\x9F\x98\x80", "Pa", "##ul"};
  std::vector<std::size_t> const ids{0, 1, 2};
  auto const model = [&](ts::window_batch const& batch) {
    ts::score_batch out(batch, labels().size());
    out.row(0, 1)[label_of('P')] = 4;
    return out;
  };
  ts::pipeline<ts::bio> const ner{labels()};
  auto const bytes = ner(emoji, ts::byte_tokenization{.pieces = pieces}, model).value();
  REQUIRE(bytes.entities.size() == 1);
  CHECK(bytes.entities[0].span == ts::byte_span{5, 9});
  CHECK(bytes.entities[0].tokens == ts::token_span{1, 3});
  auto const utf16 = ner(emoji, ts::utf16_tokenization{.pieces = pieces}, model).value();
  CHECK(utf16.entities.at(0).span == ts::utf16_span{3, 7});
  auto const points = ner(emoji, ts::code_point_tokenization{.pieces = pieces}, model).value();
  CHECK(points.entities.at(0).span == ts::code_point_span{2, 6});
  std::vector<ts::utf16_span> const offsets{{0, 2}, {3, 5}, {5, 7}};
  auto const given = ner(emoji, ts::utf16_encoding{.offsets = offsets}, model).value();
  CHECK(given.entities == utf16.entities);
  // Strings of any kind, as the tokenizer keeps them: the views are the pipeline's own.
  struct {
    std::vector<std::string> pieces{"\xF0\x9F\x98\x80", "Pa", "##ul"};
  } const owned;
  struct {
    std::array<char const*, 3> pieces{"\xF0\x9F\x98\x80", "Pa", "##ul"};
  } const literal;
  CHECK(ner(emoji, owned, model).value().entities == bytes.entities);
  CHECK(ner(emoji, literal, model).value().entities == bytes.entities);
  auto stream = ner.stream(model);
  std::vector<ts::scored_entity<ts::unit::byte>> streamed;
  auto const keep = [&](auto const& e) { streamed.push_back(e); };
  stream.push(emoji, owned, keep).value();
  stream.finish(keep).value();
  CHECK(streamed == bytes.entities);
}

TEST_CASE("a model over words: spans count them") {
  ts::pipeline<ts::bio> const ner{labels(), {.max_tokens = 4, .overlap = 1, .words = ts::word_source::tokens}};
  std::string_view const first_letters = "xxPpxxLl";
  auto const model = [&](ts::window_batch const& batch) {
    CHECK(batch.input_ids.empty());
    ts::score_batch out(batch, labels().size());
    for (std::size_t w = 0; w < batch.windows(); ++w) {
      for (std::size_t i = 0; i < batch.tokens[w].size(); ++i) {
        out.row(w, i)[label_of(first_letters[batch.tokens[w].begin + i])] = 4;
      }
    }
    return out;
  };
  auto const found = ner("", ts::token_tokenization{.count = 8}, model).value();
  REQUIRE(found.entities.size() == 2);
  CHECK(found.entities[0].span == ts::token_span{2, 4});
  CHECK(found.entities[1].span == ts::token_span{6, 8});
}

TEST_CASE("answers in a backend's own hands") {
  auto const t = tokenize(text);
  ts::pipeline<ts::bio> const ner{labels(), {.max_tokens = 9, .overlap = 2}};
  auto const expected = ner(text, t, letter_model(text, t)).value().entities;
  auto const values = [&](ts::window_batch const& batch, auto zero, std::size_t gap) {
    std::vector<decltype(zero)> out(batch.windows() * batch.length() * (labels().size() + gap), decltype(zero)(-99));
    for (std::size_t w = 0; w < batch.windows(); ++w) {
      for (std::size_t i = 0; i < batch.length(); ++i) {
        std::size_t const token = batch.tokens[w].begin + i;
        bool const there = i < batch.tokens[w].size();
        auto* const row = out.data() + (w * batch.length() + i) * (labels().size() + gap);
        for (std::size_t j = 0; j < labels().size(); ++j) row[j] = decltype(zero)(0);
        if (there) row[label_of(text[t.offsets[token].begin])] = decltype(zero)(4);
      }
    }
    return out;
  };
  using sizes = std::vector<std::int64_t>;
  auto const shape = [&](ts::window_batch const& batch) {
    return sizes{batch.shape[0], batch.shape[1], static_cast<std::int64_t>(labels().size())};
  };
  std::vector<float> kept;
  // A vector that moves along; a view of what the model keeps; rows with a gap; doubles; a result.
  CHECK(ner(text, t, [&](ts::window_batch const& b) {
          return ts::score_batch(values(b, 0.0F, 0), b.windows(), b.length(), labels().size());
        }).value().entities == expected);
  CHECK(ner(text, t, [&](ts::window_batch const& b) {
          kept = values(b, 0.0F, 0);
          return ts::score_tensor{kept.data(), b.windows(), b.length(), labels().size()};
        }).value().entities == expected);
  CHECK(ner(text, t, [&](ts::window_batch const& b) {
          auto gapped = values(b, 0.0F, 2);
          auto const row = static_cast<std::int64_t>(labels().size() + 2);
          auto const scores = ts::view_tensor(gapped.data(), shape(b), sizes{row * b.shape[1], row, 1});
          return ts::kept_scores{scores, std::move(gapped)};
        }).value().entities == expected);
  auto const doubles = ner(text, t, [&](ts::window_batch const& b) {
    auto wide = values(b, 0.0, 0);
    auto const scores = ts::view_tensor(wide.data(), shape(b));
    return ts::kept_scores{scores, std::move(wide)};
  });
  CHECK(found_in(text, doubles.value().entities) == found_in(text, expected));  // scores differ by a rounding
  CHECK(ner(text, t, [&](ts::window_batch const& b) -> ts::result<ts::score_batch> {
          return ts::score_batch(values(b, 0.0F, 0), b.windows(), b.length(), labels().size());
        }).value().entities == expected);
}

TEST_CASE("answers that do not fit") {
  auto const t = tokenize(text);
  std::size_t const n = t.ids.size();
  std::size_t const k = labels().size();
  std::vector<float> const zeros(10000);
  struct row {
    char const* what;
    std::size_t windows, length, labels, row_stride;
    ts::error expected;
  };
  ts::pipeline<ts::bio> const ner{labels()};
  for (row const& r : {row{"another width", 1, n, k + 1, 0, {ts::errc::shape_mismatch, k + 1, k}},
                       row{"no labels", 1, n, 0, 0, {ts::errc::shape_mismatch, 0, k}},
                       row{"a row short", 1, n - 1, k, 0, {ts::errc::shape_mismatch, n - 1, n}},
                       row{"a window more", 2, n, k, 0, {ts::errc::shape_mismatch, 2, 1}},
                       row{"a short stride", 1, n, k, k - 1, {ts::errc::shape_mismatch, k - 1, k}}}) {
    CAPTURE(r.what);
    auto const model = [&](ts::window_batch const&) {
      return ts::score_tensor<float>{zeros.data(), r.windows, r.length, r.labels, 0, r.row_stride};
    };
    CHECK(ner(text, t, model).error() == r.expected);
  }
  CHECK(ner(text, t, [&](ts::window_batch const& b) {
          return ts::score_batch(std::vector<float>(7), b.windows(), b.length(), k);
        }).error() == ts::error{ts::errc::shape_mismatch, 7, n * k});
  CHECK(ner(text, t, [&](ts::window_batch const&) { return ts::score_tensor<float>{nullptr, 1, n, k}; }).error() ==
        ts::error{ts::errc::shape_mismatch, 0, n * k});
  CHECK(ner(text, t, [&](ts::window_batch const&) -> ts::result<ts::score_batch> {
          return ts::error{ts::errc::model_failed, 12, 34};
        }).error() == ts::error{ts::errc::model_failed, 12, 34});
}

TEST_CASE("a score that is no number: the token of the document is named") {
  auto const t = tokenize(text);
  for (std::size_t bad : {0U, 5U, 11U}) {
    for (std::size_t max_tokens : {5U, 100U}) {
      ts::pipeline<ts::bio> const ner{
          labels(), {.max_tokens = max_tokens, .overlap = 1, .prefix = {1}, .aggregate = ts::aggregation::simple}};
      auto const model = [&](ts::window_batch const& batch) {
        ts::score_batch out(batch, labels().size());
        for (std::size_t w = 0; w < batch.windows(); ++w) {
          ts::token_span const s = batch.tokens[w];
          if (bad >= s.begin && bad < s.end) out.row(w, bad - s.begin)[3] = not_a_number;
        }
        return out;
      };
      CHECK(ner(text, t, model).error() == ts::error{ts::errc::not_a_number, bad, 3});
    }
  }
}

TEST_CASE("tokens that do not fit") {
  auto const t = tokenize(text);
  auto const model = letter_model(text, t);
  ts::pipeline<ts::bio> const ner{labels()};
  CHECK(ner(text, ts::byte_tokenization{.ids = t.ids, .word_ids = t.word_ids}, model).error() ==
        ts::error{ts::errc::no_offsets, 0, 0});
  CHECK(ner(text, ts::byte_tokenization{.ids = std::span(t.ids).first(3), .offsets = t.offsets}, model).error() ==
        ts::error{ts::errc::shape_mismatch, 3, t.ids.size()});
  CHECK(ner(text, ts::byte_tokenization{.ids = t.ids, .offsets = std::span(t.offsets).first(3)}, model).error() ==
        ts::error{ts::errc::encoding_mismatch, 1, 3});
  CHECK(ner(text, ts::byte_tokenization{.offsets = t.offsets, .count = 2}, model).error() ==
        ts::error{ts::errc::shape_mismatch, 2, t.ids.size()});
  ts::pipeline<ts::bio> const no_batch{labels(), {.max_batch = 0}};
  CHECK(no_batch(text, t, model).error() == ts::error{ts::errc::bad_option, 3, 0});
  ts::pipeline<ts::bio> const no_multiple{labels(), {.multiple_of = 0}};
  CHECK(no_multiple(text, t, model).error() == ts::error{ts::errc::bad_option, 4, 0});
  ts::pipeline<ts::bio> const no_room{labels(), {.max_tokens = 6, .overlap = 5, .prefix = {1}}};
  CHECK(no_room(text, t, model).error() == ts::error{ts::errc::overlap_too_large, 5, 5});
}

TEST_CASE("words longer than a window") {
  std::string const long_text = "Paul " + std::string(100, 'x') + " London";
  auto const t = tokenize(long_text);
  auto const model = letter_model(long_text, t);
  ts::pipeline<ts::bio> const careful{labels(), {.max_tokens = 8, .overlap = 2}};
  CHECK(careful(long_text, t, model).error() == ts::error{ts::errc::word_too_long, 1, 25});
  ts::pipeline<ts::bio> const ner{labels(), {.max_tokens = 8, .overlap = 2, .oversize = ts::long_words::split}};
  auto const found = ner(long_text, t, model).value();
  CHECK(found_in(long_text, found.entities) == "PER:Paul LOC:London");
  CHECK(found.trace.split_words == 4);
}

TEST_CASE("special tokens that a tokenizer numbers are no word, however many follow each other") {
  auto t = tokenize(text);
  std::vector<std::uint8_t> mask(t.ids.size(), 0);
  for (int k = 0; k < 20; ++k) {
    t.ids.push_back(0);
    t.word_ids.push_back(0);
    t.offsets.push_back({0, 0});
    mask.push_back(1);
  }
  ts::byte_tokenization const tokens{
      .ids = t.ids, .word_ids = t.word_ids, .offsets = t.offsets, .special_tokens_mask = mask};
  auto const model = letter_model(text, t);
  for (ts::long_words oversize : {ts::long_words::error, ts::long_words::split}) {
    ts::pipeline<ts::bio> const ner{labels(), {.max_tokens = 8, .overlap = 2, .oversize = oversize}};
    auto const found = ner(text, tokens, model);
    REQUIRE(found);
    CHECK(found_in(text, found->entities) == "PER:Paul plum LOC:London lane PER:Petersburg");
    CHECK(found->trace.split_words == 0);
    auto stream = ner.stream(model);
    auto const ignore = [](ts::scored_entity<ts::unit::byte> const&) {};
    CHECK(stream.push(text, tokens, ignore));
    CHECK(stream.finish(ignore));
    CHECK(stream.trace().windows == found->trace.windows);
    CHECK(stream.trace().split_words == 0);
  }
}

TEST_CASE("what special tokens cover does not matter, piece by piece or at once") {
  auto t = tokenize("Paul plum London");
  std::vector<std::uint8_t> mask(t.ids.size(), 0);
  for (ts::byte_span somewhere : {ts::byte_span{0, 4}, ts::byte_span{5, 9}}) {
    t.ids.push_back(0);
    t.word_ids.push_back(9);
    t.offsets.push_back(somewhere);
    mask.push_back(1);
  }
  std::string whole;
  tokens all;
  std::vector<std::uint8_t> masks;
  ts::pipeline<ts::bio> const ner{labels(), {.max_tokens = 4, .overlap = 1, .max_batch = 1}};
  auto const model = [&](ts::window_batch const& batch) -> ts::score_batch {
    ts::score_batch out(batch, labels().size());
    for (std::size_t w = 0; w < batch.windows(); ++w) {
      for (std::size_t i = 0; i < batch.tokens[w].size(); ++i) {
        ts::byte_span const place = t.offsets[(batch.tokens[w].begin + i) % t.offsets.size()];
        out.row(w, i)[label_of("Paul plum London"[place.begin])] = 4;
      }
    }
    return out;
  };
  auto stream = ner.stream(model);
  std::vector<ts::scored_entity<ts::unit::byte>> found;
  auto const keep = [&](ts::scored_entity<ts::unit::byte> const& e) { found.push_back(e); };
  for (std::int32_t k = 0; k < 20; ++k) {
    for (std::size_t i = 0; i < t.ids.size(); ++i) {
      all.ids.push_back(t.ids[i]);
      all.word_ids.push_back(100 * k + t.word_ids[i]);
      all.offsets.push_back({whole.size() + t.offsets[i].begin, whole.size() + t.offsets[i].end});
      masks.push_back(mask[i]);
    }
    whole += "Paul plum London ";
    ts::byte_tokenization const part{
        .ids = t.ids, .word_ids = t.word_ids, .offsets = t.offsets, .special_tokens_mask = mask};
    REQUIRE(stream.push("Paul plum London ", part, keep));
  }
  REQUIRE(stream.finish(keep));
  ts::byte_tokenization const tokens{
      .ids = all.ids, .word_ids = all.word_ids, .offsets = all.offsets, .special_tokens_mask = masks};
  auto const at_once = ner(whole, tokens, model).value();
  CHECK(found == at_once.entities);
  CHECK(found.size() == 40);
}

TEST_CASE("a model that sees a part of the document only") {
  auto const t = tokenize(text);
  ts::pipeline<ts::bio> const ner{labels(), {.max_tokens = 6, .overlap = 2, .max_windows = 1}};
  auto const found = ner(text, t, letter_model(text, t)).value();
  CHECK(found_in(text, found.entities) == "PER:Paul plum");
  CHECK(found.trace.unseen == ts::token_span{5, t.ids.size()});
  ts::pipeline<ts::bio> const blind{labels(), {.max_windows = 0}};
  auto const nothing = blind(text, t, letter_model(text, t)).value();
  CHECK(nothing.entities.empty());
  CHECK(nothing.trace.unseen == ts::token_span{0, t.ids.size()});
}

TEST_CASE("a workspace that is used again") {
  ts::pipeline<ts::bio> const ner{labels(), {.max_tokens = 7, .overlap = 2}};
  ts::pipeline_workspace memory;
  ts::pipeline_result<ts::unit::byte> out;
  for (std::string_view each : {text, std::string_view("Paul"), std::string_view(""), text}) {
    auto const t = tokenize(each);
    auto const model = letter_model(each, t);
    ner.run_into(each, t, model, out, memory).value();
    auto const fresh = ner(each, t, model).value();
    CHECK(out.entities == fresh.entities);
    CHECK(out.trace == fresh.trace);
  }
  auto const t = tokenize(text);
  auto const failed = ner.run_into(
      text, t, [](ts::window_batch const&) -> ts::result<ts::score_batch> { return ts::error{ts::errc::model_failed}; },
      out, memory);
  CHECK(failed.error().code == ts::errc::model_failed);
  CHECK(out.entities.empty());
  CHECK(out.trace == ts::pipeline_trace{});
}

TEST_CASE("a workspace allocates nothing for a document that is no larger") {
  std::string long_text;
  for (int i = 0; i < 50; ++i) long_text += std::string(text) + " . ";
  auto const t = tokenize(long_text);
  std::vector<float> scores(100000);
  for (std::size_t i = 0; i < scores.size(); ++i) scores[i] = static_cast<float>(i * 7919 % 101);
  auto const model = [&](ts::window_batch const& b) {
    return ts::score_tensor{scores.data(), b.windows(), b.length(), labels().size()};
  };
  for (std::size_t max_tokens : {64U, 10000U}) {
    ts::pipeline<ts::bio> const ner{labels(), {.max_tokens = max_tokens, .overlap = 16, .prefix = {1}, .suffix = {2}}};
    ts::pipeline_workspace memory;
    ts::pipeline_result<ts::unit::byte> out;
    ner.run_into(long_text, t, model, out, memory).value();
    CHECK(out.entities.size() > 10);
    std::size_t const before = allocations;
    ner.run_into(long_text, t, model, out, memory).value();
    CHECK(allocations == before);
  }
}

TEST_CASE("what became of the labels") {
  auto const t = tokenize("Pau pop London xx lane Liverpool");
  auto const model = letter_model("Pau pop London xx lane Liverpool", t);
  ts::pipeline<ts::bio> const ner{
      labels(), {.min_score_by_type = ts::type_table<float>::from({{"PER", 0.99F}}, labels()).value()}};
  auto const found = ner("Pau pop London xx lane Liverpool", t, model).value();
  CHECK(found_in("Pau pop London xx lane Liverpool", found.entities) == "LOC:London LOC:lane LOC:Liverpool");
  CHECK(found.trace.decoded == ts::decode_counts{.entities = 4, .below_min_score = 1, .malformed = 1});
  ts::pipeline<ts::bio> const others{
      labels(), {.ignored_types = ts::type_table<bool>::from({{"LOC", true}}, labels()).value()}};
  auto const people = others("Pau pop London xx lane Liverpool", t, model).value();
  CHECK(people.trace.decoded == ts::decode_counts{.entities = 4, .ignored = 3, .malformed = 1});
}

TEST_CASE("a document of a million characters, piece by piece, in the memory of some windows") {
  // Paragraphs of some hundred characters, each tokenized by itself.
  ts::pipeline<ts::bio> const ner{labels(), {.max_tokens = 130, .overlap = 30, .prefix = {1}, .suffix = {2}, .max_batch = 4}};
  // By the token's id, which is the first letter of its piece, and by what stands before it in the window.
  auto const model = [](ts::window_batch const& batch) {
    ts::score_batch out(batch, labels().size());
    for (std::size_t w = 0; w < batch.windows(); ++w) {
      auto const* const ids = batch.input_ids.data() + w * batch.length() + batch.prefix;
      for (std::size_t i = 0; i < batch.tokens[w].size(); ++i) {
        std::size_t const nudge = static_cast<std::size_t>(i == 0 ? 0 : ids[i - 1]) % labels().size();
        out.row(w, i)[label_of(static_cast<char>(ids[i]))] += 4;
        out.row(w, i)[nudge] += 1;
      }
    }
    return out;
  };
  auto const paragraph = [](std::size_t k) {
    char const* const words[] = {"Paul", "plum", "went", "to", "London", "lane", "\xC3\xA9t\xC3\xA9", "and", "Lima", "or"};
    std::string out;
    for (std::size_t i = 0; i < 40 + k % 50; ++i) out += std::string(words[(i * i + k * 7 + i * k) % 10]) + ' ';
    return out + "\n";
  };
  auto const tokens_of = [](std::string const& p) {
    tokens t = tokenize(std::string_view(p).substr(0, p.size() - 1));
    for (std::size_t i = 0; i < t.ids.size(); ++i) t.ids[i] = p[t.offsets[i].begin];
    return t;
  };
  std::vector<ts::scored_entity<ts::unit::byte>> expected;
  std::string document;
  std::size_t paragraphs = 0;
  {
    tokens all;
    for (std::int32_t words = 0; document.size() < 1'000'000; ++paragraphs) {
      std::string const p = paragraph(paragraphs);
      tokens const t = tokens_of(p);
      for (std::size_t i = 0; i < t.ids.size(); ++i) {
        all.ids.push_back(t.ids[i]);
        all.word_ids.push_back(words + t.word_ids[i]);
        all.offsets.push_back({document.size() + t.offsets[i].begin, document.size() + t.offsets[i].end});
      }
      words += t.word_ids.back() + 1;
      document += p;
    }
    expected = ner(document, all, model).value().entities;
  }
  CHECK(expected.size() > 10000);
  std::size_t next = 0;
  bool all_same = true;
  auto const compare = [&](ts::scored_entity<ts::unit::byte> const& e) {
    all_same = all_same && next < expected.size() && e.span == expected[next].span && e.type == expected[next].type &&
               e.tokens == expected[next].tokens;
    ++next;
  };
  std::size_t const before = allocated;
  most = allocated;
  auto stream = ner.stream(model);
  for (std::size_t k = 0; k < paragraphs; ++k) {
    std::string const p = paragraph(k);
    stream.push(p, tokens_of(p), compare).value();
  }
  stream.finish(compare).value();
  CHECK(all_same);
  CHECK(next == expected.size());
  CHECK(stream.trace().windows > 1000);
  CHECK(most - before < 128 * 1024);  // 4 windows of 130 tokens, and some
  MESSAGE("a stream of " << document.size() << " bytes took " << (most - before) << " bytes of memory");
}

TEST_CASE("a stream that fails stays failed") {
  auto const t = tokenize(text);
  auto const sink = [](auto const&) {};
  auto const broken = [](ts::window_batch const&) -> ts::result<ts::score_batch> {
    return ts::error{ts::errc::model_failed, 1, 2};
  };
  auto const good = letter_model(text, t);
  ts::pipeline<ts::bio> const ner{labels()};
  {
    auto stream = ner.stream(broken);
    CHECK(stream.push(text, t, sink).has_value());  // no window is full yet
    CHECK(stream.finish(sink).error() == ts::error{ts::errc::model_failed, 1, 2});
    CHECK(stream.push(text, t, sink).error() == ts::error{ts::errc::model_failed, 1, 2});
  }
  {
    auto stream = ner.stream(good);
    CHECK(stream.push("Paul", t, sink).error() == ts::error{ts::errc::out_of_text, 9, 0});
  }
  {
    auto stream = ner.stream(good);
    stream.push(text, t, sink).value();
    CHECK(stream.push(text, ts::byte_tokenization{.word_ids = t.word_ids, .offsets = t.offsets}, sink).error() ==
          ts::error{ts::errc::shape_mismatch, 0, t.ids.size()});
  }
  // Boundaries run forward inside their piece; they are counted over all pieces.
  std::size_t const behind[] = {0, 1, t.ids.size() + 1};
  std::size_t const backwards[] = {2, 1};
  for (std::span<std::size_t const> bad : {std::span<std::size_t const>(behind), std::span<std::size_t const>(backwards)}) {
    auto stream = ner.stream(good);
    ts::byte_tokenization tokens{.ids = t.ids, .word_ids = t.word_ids, .offsets = t.offsets};
    tokens.boundaries = std::span<std::size_t const>(behind).first(2);
    stream.push(text, tokens, sink).value();
    tokens.boundaries = bad;
    CHECK(stream.push(text, tokens, sink).error() == ts::error{ts::errc::bad_offsets, 2 + bad.size() - 1, 0});
  }
  {
    auto stream = ner.stream(good);
    stream.finish(sink).value();
    CHECK(stream.push(text, t, sink).error() == ts::error{ts::errc::bad_option, 6, 0});
  }
  ts::pipeline<ts::bio> const whole{labels(), {.path = ts::decode_path::viterbi}};
  auto stream = whole.stream(good);
  CHECK(stream.push(text, t, sink).error() == ts::error{ts::errc::bad_option, 5, 0});
}

TEST_CASE("shapes of tensors") {
  float x = 0;
  using sizes = std::vector<std::int64_t>;
  struct row {
    sizes shape, strides;
    ts::error expected;
  };
  for (row const& r : {row{{4}, {}, {ts::errc::shape_mismatch, 1, 3}},
                       row{{1, 2, 3, 4}, {}, {ts::errc::shape_mismatch, 4, 3}},
                       row{{2, 3, 4}, {4, 1}, {ts::errc::shape_mismatch, 2, 3}},
                       row{{2, 3, 4}, {12, 1, 3}, {ts::errc::shape_mismatch, 3, 1}},
                       row{{2, -1, 4}, {}, {ts::errc::bad_option, 1, 0}},
                       row{{2, 3, 4}, {0, 4, 1}, {ts::errc::bad_option, 0, 0}},
                       row{{2, 3, 4}, {12, 0, 1}, {ts::errc::bad_option, 1, 0}},
                       row{{3, 4}, {0, 1}, {ts::errc::bad_option, 0, 0}},
                       row{{2, 3, 4}, {12, -4, 1}, {ts::errc::bad_option, 1, 0}}}) {
    CHECK(ts::view_tensor(&x, r.shape, r.strides).error() == r.expected);
  }
  auto const two = ts::view_tensor(&x, sizes{3, 4}).value();
  CHECK(two.windows == 1);
  CHECK(two.length == 3);
  CHECK(two.labels == 4);
  // Strides of sizes of 1 are what a backend left there.
  auto const one = ts::view_tensor(&x, sizes{1, 1, 4}, sizes{7, 1, 1}).value();
  CHECK(one.window(0).row_stride() == 4);
  CHECK(ts::view_tensor(&x, sizes{1, 3, 1}, sizes{0, 2, 0}).value().window(0).row_stride() == 2);
}

}  // namespace
