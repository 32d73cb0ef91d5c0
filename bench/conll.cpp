// SPDX-License-Identifier: MIT
// The whole road from a CoNLL text of two million tokens to a report, beside a scan of the same text for newlines and
// beside counting its words.
#include <benchmark/benchmark.h>
#include <tagspan/tagspan.hpp>

#include <cstdint>
#include <cstring>

#include "corpus.hpp"

namespace ts = tagspan;

std::string const& text() {
  static std::string const t = bench::make_text(bench::make_corpus<std::uint8_t>(100'000));
  return t;
}

void scan_newlines(benchmark::State& state) {
  std::string const& t = text();
  for (auto _ : state) {
    std::size_t lines = 0;
    char const* at = t.data();
    char const* const end = at + t.size();
    while ((at = static_cast<char const*>(std::memchr(at, '\n', static_cast<std::size_t>(end - at)))) != nullptr) {
      ++lines;
      ++at;
    }
    benchmark::DoNotOptimize(lines);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(t.size()));
}

void count_words(benchmark::State& state) {
  std::string const& t = text();
  for (auto _ : state) {
    std::size_t words = 0;
    bool inside = false;
    for (char c : t) {
      bool const blank = c == ' ' || (c >= '\t' && c <= '\r');
      words += !blank && !inside;
      inside = !blank;
    }
    benchmark::DoNotOptimize(words);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(t.size()));
}

void text_to_report(benchmark::State& state) {
  std::string const& t = text();
  for (auto _ : state) {
    ts::label_set labels;
    ts::scorer<ts::bio> scorer{labels};
    ts::conll_reader reader(t, labels, {.tags = {ts::column::from_end(2), ts::column::from_end(1)}});
    while (reader.next().value()) scorer.add(reader.sentence().tags(0), reader.sentence().tags(1)).value();
    benchmark::DoNotOptimize(scorer.report().micro.f1);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(t.size()));
}

void read_whole_corpus(benchmark::State& state) {
  std::string const& t = text();
  for (auto _ : state) {
    ts::label_set labels;
    auto const corpus = ts::read_conll(t, labels, {.tags = {ts::column::from_end(2), ts::column::from_end(1)}});
    benchmark::DoNotOptimize(corpus.value().token_count());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(t.size()));
}

BENCHMARK(scan_newlines)->Unit(benchmark::kMillisecond);
BENCHMARK(count_words)->Unit(benchmark::kMillisecond);
BENCHMARK(text_to_report)->Unit(benchmark::kMillisecond);
BENCHMARK(read_whole_corpus)->Unit(benchmark::kMillisecond);

BENCHMARK_MAIN();
