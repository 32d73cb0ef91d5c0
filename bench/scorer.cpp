// SPDX-License-Identifier: MIT
// Counting entities from ids, sentence by sentence, beside a pass that only reads the same bytes, sentence by sentence.
#include <benchmark/benchmark.h>
#include <tagspan/eval/scorer.hpp>

#include <cstdint>
#include <span>

#include "corpus.hpp"

namespace ts = tagspan;

template <class Id>
void read_only(benchmark::State& state) {
  auto const c = bench::make_corpus<Id>(100'000);
  for (auto _ : state) {
    Id seen = 0;
    for (std::size_t s = 0; s < c.sentences; ++s) {
      Id const* const gold = c.gold.data() + s * bench::sentence_length;
      Id const* const predicted = c.predicted.data() + s * bench::sentence_length;
      Id here = 0;
      for (std::size_t i = 0; i < bench::sentence_length; ++i) here = static_cast<Id>(here | gold[i] | predicted[i]);
      benchmark::DoNotOptimize(seen = static_cast<Id>(seen + here));
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(c.gold.size()));
}

template <class Id, ts::reading Reading>
void scorer_add(benchmark::State& state) {
  auto const c = bench::make_corpus<Id>(100'000);
  auto const labels = ts::label_set::from_id2label(bench::label_names).value();
  for (auto _ : state) {
    ts::scorer<ts::bio> scorer{labels, {.reading = Reading}};
    for (std::size_t s = 0; s < c.sentences; ++s) {
      auto const at = s * bench::sentence_length;
      auto const done = scorer.add(std::span(c.gold).subspan(at, bench::sentence_length),
                                   std::span(c.predicted).subspan(at, bench::sentence_length));
      if (!done) state.SkipWithError("the corpus is bad");
    }
    benchmark::DoNotOptimize(scorer.report().micro.f1);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(c.gold.size()));
}

BENCHMARK(read_only<std::uint8_t>)->Unit(benchmark::kMillisecond);
BENCHMARK(scorer_add<std::uint8_t, ts::reading::lenient>)->Unit(benchmark::kMillisecond);
BENCHMARK(scorer_add<std::uint8_t, ts::reading::strict>)->Unit(benchmark::kMillisecond);
BENCHMARK(read_only<std::int32_t>)->Unit(benchmark::kMillisecond);
BENCHMARK(scorer_add<std::int32_t, ts::reading::lenient>)->Unit(benchmark::kMillisecond);
BENCHMARK(scorer_add<std::int32_t, ts::reading::conlleval>)->Unit(benchmark::kMillisecond);
BENCHMARK(scorer_add<std::int32_t, ts::reading::strict>)->Unit(benchmark::kMillisecond);

BENCHMARK_MAIN();
