// SPDX-License-Identifier: MIT
// What stands around the model: a pipeline whose model gives logits that lie ready, so that all of its time is
// tagspan's. Beside it, over the same logits: a memcpy, and decode on a document that came as a whole. 9 labels, two
// tokens a word, an entity every eight words.
#include <tagspan/model/pipeline.hpp>

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace {

namespace ts = tagspan;

constexpr std::size_t max_tokens = 512, overlap = 64, reserved = 2;

ts::label_set const& labels() {
  static auto const set = ts::label_set::for_types<ts::bio>({"PER", "ORG", "LOC", "MISC"});
  return set;
}

struct input {
  std::string text;
  std::vector<std::int64_t> ids;
  std::vector<std::int32_t> word_ids;
  std::vector<ts::byte_span> offsets;
  std::vector<float> logits;
  std::vector<float> padded;  // the same, and some more rows
};

input make_input(std::size_t tokens) {
  input in;
  std::uint32_t state = 1;
  auto const next = [&state] { return (state = state * 1664525U + 1013904223U) >> 8; };
  for (std::size_t t = 0; t < tokens; ++t) {
    in.ids.push_back(static_cast<std::int64_t>(next() % 30000));
    in.word_ids.push_back(static_cast<std::int32_t>(t / 2));
    in.offsets.push_back({in.text.size(), in.text.size() + 4});
    in.text += t % 2 == 0 ? "abcd" : "efg ";
    if (t % 2 == 1) in.offsets.back().end -= 1;
    std::size_t const label = t / 2 % 8 == 0 ? 1 + next() % 8 : 0;
    for (std::size_t j = 0; j < labels().size(); ++j) {
      in.logits.push_back(static_cast<float>(next() % 1000) / 500 + (j == label ? 5 : 0));
    }
  }
  in.padded = in.logits;
  in.padded.insert(in.padded.end(), 2 * max_tokens * labels().size(), 0.0F);
  return in;
}

void per_token(benchmark::State& state, input const& in) {
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(in.ids.size()));
}

void copy_logits(benchmark::State& state) {
  input const in = make_input(static_cast<std::size_t>(state.range(0)));
  std::vector<float> out(in.logits.size());
  for (auto _ : state) {
    std::memcpy(out.data(), in.logits.data(), in.logits.size() * sizeof(float));
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  per_token(state, in);
}

void decode(benchmark::State& state) {
  input const in = make_input(static_cast<std::size_t>(state.range(0)));
  ts::scores_view<float const> const scores{in.logits.data(), in.ids.size(), labels().size()};
  ts::byte_encoding const enc{.word_ids = in.word_ids, .offsets = in.offsets, .text = in.text};
  std::vector<ts::scored_entity<ts::unit::byte>> out;
  ts::decode_workspace memory;
  for (auto _ : state) {
    ts::decode_into<ts::bio>(scores, labels(), enc, {}, out, memory).value();
    benchmark::DoNotOptimize(out.data());
  }
  per_token(state, in);
}

template <ts::window_weight Weight>
void run(benchmark::State& state) {
  input const in = make_input(static_cast<std::size_t>(state.range(0)));
  ts::byte_tokenization const tokens{.ids = in.ids, .word_ids = in.word_ids, .offsets = in.offsets};
  ts::pipeline<ts::bio> const ner{
      labels(), {.max_tokens = max_tokens, .overlap = overlap, .prefix = {101}, .suffix = {102}, .weight = Weight}};
  // Windows lie in the document's own logits: row 0, which is [CLS], is their first token's.
  auto const model = [&](ts::window_batch const& batch) {
    std::size_t const first = batch.tokens[0].begin;
    std::size_t const stride = batch.windows() < 2 ? 0 : batch.tokens[1].begin - first;
    std::size_t const row = labels().size();
    return ts::score_tensor<float>{in.padded.data() + first * row, batch.windows(), batch.length(), row, stride * row, 0};
  };
  ts::pipeline_result<ts::unit::byte> out;
  ts::pipeline_workspace memory;
  for (auto _ : state) {
    ner.run_into(in.text, tokens, model, out, memory).value();
    benchmark::DoNotOptimize(out.entities.data());
  }
  state.counters["windows"] = static_cast<double>(out.trace.windows);
  per_token(state, in);
}

void stream(benchmark::State& state) {
  input const in = make_input(static_cast<std::size_t>(state.range(0)));
  ts::pipeline<ts::bio> const ner{
      labels(), {.max_tokens = max_tokens, .overlap = overlap, .prefix = {101}, .suffix = {102}}};
  // Always the first logits of the document: what they say does not matter here.
  auto const model = [&](ts::window_batch const& batch) {
    return ts::score_tensor<float>{in.padded.data(), batch.windows(), batch.length(), labels().size(), 16 * labels().size(), 0};
  };
  for (auto _ : state) {
    auto all = ner.stream(model);
    std::size_t found = 0;
    auto const sink = [&](auto const&) { ++found; };
    for (std::size_t t = 0; t < in.ids.size(); t += 128) {
      std::size_t const size = in.ids.size() - t < 128 ? in.ids.size() - t : 128;
      std::vector<ts::byte_span> offsets(in.offsets.begin() + static_cast<std::ptrdiff_t>(t),
                                         in.offsets.begin() + static_cast<std::ptrdiff_t>(t + size));
      std::size_t const base = offsets[0].begin;
      for (ts::byte_span& s : offsets) s = {s.begin - base, s.end - base};
      ts::byte_tokenization const tokens{.ids = std::span(in.ids).subspan(t, size),
                                         .word_ids = std::span(in.word_ids).subspan(t, size),
                                         .offsets = offsets};
      all.push(std::string_view(in.text).substr(base, 4 * size), tokens, sink).value();
    }
    all.finish(sink).value();
    benchmark::DoNotOptimize(found);
  }
  per_token(state, in);
}

void sizes(benchmark::internal::Benchmark* b) { b->ArgName("tokens")->Arg(32)->Arg(500)->Arg(100000); }

BENCHMARK(copy_logits)->Apply(sizes);
BENCHMARK(decode)->Apply(sizes);
BENCHMARK_TEMPLATE(run, ts::window_weight::ownership)->Apply(sizes);
BENCHMARK_TEMPLATE(run, ts::window_weight::centre)->Apply(sizes);
BENCHMARK(stream)->Apply(sizes);

}  // namespace

BENCHMARK_MAIN();
