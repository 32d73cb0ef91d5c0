// SPDX-License-Identifier: MIT
// A million overlapping spans in one document, beside std::sort of them.
#include <tagspan/text/overlap.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace {

namespace ts = tagspan;
using found = ts::scored_entity<ts::unit::byte>;

std::uint64_t next(std::uint64_t& state) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return state >> 33;
}

// sparse: most spans overlap one or two others. dense: a chain that never ends, each span over dozens.
std::vector<found> spans_of(std::int64_t kind, std::size_t count) {
  std::vector<found> out;
  std::uint64_t state = 1;
  std::size_t const room = kind == 0 ? 20 : 1;
  for (std::size_t i = 0; i < count; ++i) {
    std::size_t const begin = static_cast<std::size_t>(next(state)) % (count * room);
    std::size_t const size = 1 + static_cast<std::size_t>(next(state)) % 40;
    out.push_back({{begin, begin + size},
                   static_cast<ts::type_id>(next(state) % 8),
                   static_cast<float>(next(state) % 1000) / 1000.0f,
                   {}});
  }
  return out;
}

constexpr std::size_t million = 1'000'000;

void sort_spans(benchmark::State& state) {
  auto const spans = spans_of(state.range(0), million);
  for (auto _ : state) {
    auto copy = spans;
    std::sort(copy.begin(), copy.end(), [](found const& a, found const& b) { return a.span < b.span; });
    benchmark::DoNotOptimize(copy.data());
  }
}

template <ts::overlap_policy Policy>
void resolve(benchmark::State& state) {
  auto const spans = spans_of(state.range(0), million);
  std::size_t kept = 0;
  for (auto _ : state) {
    auto const out = ts::resolve_overlaps(spans, Policy);
    kept = out.size();
    benchmark::DoNotOptimize(out.data());
  }
  state.counters["kept"] = static_cast<double>(kept);
}

void arguments(benchmark::internal::Benchmark* b) {
  b->ArgName("sparse_dense")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);
}

using enum ts::overlap_policy;
BENCHMARK(sort_spans)->Apply(arguments);
BENCHMARK_TEMPLATE(resolve, longest)->Apply(arguments);
BENCHMARK_TEMPLATE(resolve, best_score)->Apply(arguments);
BENCHMARK_TEMPLATE(resolve, optimal)->Apply(arguments);
BENCHMARK_TEMPLATE(resolve, union_same_type)->Apply(arguments);
BENCHMARK_TEMPLATE(resolve, nested_allowed)->Apply(arguments);
BENCHMARK_TEMPLATE(resolve, multi_label)->Apply(arguments);
BENCHMARK_TEMPLATE(resolve, trim_to_higher)->Apply(arguments);

}  // namespace

BENCHMARK_MAIN();
