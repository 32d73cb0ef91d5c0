// SPDX-License-Identifier: MIT
// Merging 1,000 windows of 512 tokens × 9 labels, beside a memcpy of these logits: read once, written once.
#include <tagspan/model/window.hpp>

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

namespace {

namespace ts = tagspan;

constexpr std::size_t windows = 1000;
constexpr std::size_t room = 512;
constexpr std::size_t labels = 9;

struct input {
  ts::window_plan plan;
  std::vector<float> logits;
  std::vector<ts::scores_view<float const>> views;
};

input make_input(std::size_t overlap) {
  std::size_t const tokens = windows * (room - overlap) + overlap;
  input in{ts::plan_windows(tokens, {.max_tokens = room, .overlap = overlap}).value(), {}, {}};
  in.logits.resize(windows * room * labels);
  std::uint32_t state = 1;
  for (float& x : in.logits) {
    state = state * 1664525u + 1013904223u;
    x = static_cast<float>(state >> 8) / 1048576.0F - 8;
  }
  for (std::size_t k = 0; k < in.plan.size(); ++k) {
    in.views.push_back({in.logits.data() + k * room * labels, room, labels});
  }
  return in;
}

void count(benchmark::State& state, input const& in) {
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(in.logits.size() * sizeof(float)));
}

void copy_logits(benchmark::State& state) {
  input const in = make_input(static_cast<std::size_t>(state.range(0)));
  std::vector<float> out(in.logits.size());
  for (auto _ : state) {
    std::memcpy(out.data(), in.logits.data(), in.logits.size() * sizeof(float));
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  count(state, in);
}

template <ts::window_weight Weight>
void merge(benchmark::State& state) {
  input const in = make_input(static_cast<std::size_t>(state.range(0)));
  ts::score_matrix<float> out;
  for (auto _ : state) {
    ts::merge_scores_into(in.plan, in.views, out, {.weight = Weight}).value();
    benchmark::DoNotOptimize(out.values.data());
    benchmark::ClobberMemory();
  }
  count(state, in);
}

// The merged rows go to a reader and are not kept: what a stream costs.
template <ts::window_weight Weight>
void stream(benchmark::State& state) {
  input const in = make_input(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    float sum = 0;
    ts::score_merger<float> merger(in.plan, {.weight = Weight});
    for (auto const& view : in.views) {
      merger.push(view, [&](std::size_t, ts::scores_view<float const> rows) { sum += rows.data[0]; }).value();
    }
    benchmark::DoNotOptimize(sum);
  }
  count(state, in);
}

void plan_windows(benchmark::State& state) {
  std::size_t const overlap = static_cast<std::size_t>(state.range(0));
  std::size_t const tokens = windows * (room - overlap) + overlap;
  std::vector<std::int32_t> words(tokens);
  for (std::size_t t = 0; t < tokens; ++t) words[t] = static_cast<std::int32_t>(t / 2);
  for (auto _ : state) {
    auto const plan = ts::plan_windows(tokens, {.max_tokens = room, .overlap = overlap, .never_split = words}).value();
    benchmark::DoNotOptimize(plan.begin());
  }
}

void arguments(benchmark::internal::Benchmark* b) {
  b->ArgName("overlap")->Arg(128)->Arg(384)->Unit(benchmark::kMicrosecond);
}

using enum ts::window_weight;
BENCHMARK(copy_logits)->Apply(arguments);
BENCHMARK_TEMPLATE(merge, ownership)->Apply(arguments);
BENCHMARK_TEMPLATE(merge, mean)->Apply(arguments);
BENCHMARK_TEMPLATE(merge, centre)->Apply(arguments);
BENCHMARK_TEMPLATE(merge, max)->Apply(arguments);
BENCHMARK_TEMPLATE(stream, centre)->Apply(arguments);
BENCHMARK(plan_windows)->Apply(arguments);

}  // namespace

BENCHMARK_MAIN();
