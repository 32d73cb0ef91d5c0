// SPDX-License-Identifier: MIT
// 10,000 resamples of the figures over 100,000 sentences, beside one plain scorer pass over the same sentences, and beside
// drawing the sentences one by one.
#include <benchmark/benchmark.h>
#include <tagspan/eval/significance.hpp>

#include <cstdint>
#include <span>
#include <vector>

#include "corpus.hpp"

namespace ts = tagspan;

namespace {

constexpr std::size_t sentences = 100'000;
constexpr std::size_t resamples = 10'000;

// Fills a scorer or a count table. `every` thins the mistakes out: with 2, each second one is put right.
template <class Into>
void add_all(Into& into, bench::corpus<std::uint8_t> const& c, std::size_t every = 1) {
  std::vector<std::uint8_t> predicted;
  for (std::size_t s = 0; s < c.sentences; ++s) {
    auto const at = s * bench::sentence_length;
    auto const gold = std::span(c.gold).subspan(at, bench::sentence_length);
    auto const found = std::span(c.predicted).subspan(at, bench::sentence_length);
    predicted.assign(found.begin(), found.end());
    if (s % every != 0) predicted.assign(gold.begin(), gold.end());
    if (!into.add(gold, predicted)) std::abort();
  }
}

ts::label_set labels() { return ts::label_set::from_id2label(bench::label_names).value(); }

ts::document_counts counts(std::size_t every = 1) {
  auto const names = labels();
  ts::count_table<ts::bio> table{names};
  add_all(table, bench::make_corpus<std::uint8_t>(sentences), every);
  return table.documents();
}

void scorer_pass(benchmark::State& state) {
  auto const c = bench::make_corpus<std::uint8_t>(sentences);
  auto const names = labels();
  for (auto _ : state) {
    ts::scorer<ts::bio> scorer{names};
    add_all(scorer, c);
    benchmark::DoNotOptimize(scorer.report().micro.f1);
  }
}

void count_table_pass(benchmark::State& state) {
  auto const c = bench::make_corpus<std::uint8_t>(sentences);
  auto const names = labels();
  for (auto _ : state) {
    ts::count_table<ts::bio> table{names};
    add_all(table, c);
    benchmark::DoNotOptimize(table.documents().size());
  }
}

void bootstrap_all_figures(benchmark::State& state) {
  auto const c = counts();
  for (auto _ : state) benchmark::DoNotOptimize(ts::bootstrap_intervals(c, {.resamples = resamples}).value());
  state.counters["distinct"] = static_cast<double>(c.grouped().size());
}

void both_paired_tests(benchmark::State& state) {
  auto const a = counts();
  auto const b = counts(2);
  for (auto _ : state) benchmark::DoNotOptimize(ts::compare_systems(a, b, {.resamples = resamples}).value());
}

// The yardstick: what people write, sentence by sentence; 100 resamples only.
void one_by_one_100(benchmark::State& state) {
  auto const c = counts();
  struct totals {
    std::uint32_t correct, predicted, gold;
  };
  std::vector<totals> documents(c.size());
  for (std::size_t d = 0; d < c.size(); ++d) {
    for (auto const& row : c[d]) {
      documents[d].correct += row.correct;
      documents[d].predicted += row.predicted;
      documents[d].gold += row.gold;
    }
  }
  bench::generator random;
  for (auto _ : state) {
    for (int r = 0; r < 100; ++r) {
      ts::entity_counts sum;
      for (std::size_t d = 0; d < documents.size(); ++d) {
        totals const& t = documents[(random() >> 32) * documents.size() >> 32];
        sum += {t.correct, t.predicted, t.gold};
      }
      benchmark::DoNotOptimize(ts::figures(sum).f1);
    }
  }
}

}  // namespace

BENCHMARK(scorer_pass)->Unit(benchmark::kMillisecond);
BENCHMARK(count_table_pass)->Unit(benchmark::kMillisecond);
BENCHMARK(bootstrap_all_figures)->Unit(benchmark::kMillisecond);
BENCHMARK(both_paired_tests)->Unit(benchmark::kMillisecond);
BENCHMARK(one_by_one_100)->Unit(benchmark::kMillisecond);

BENCHMARK_MAIN();
