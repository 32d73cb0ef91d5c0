// SPDX-License-Identifier: MIT
// argmax beside a read-only pass over the same bytes, from main memory (256 MiB) and from the first-level cache, and
// label alignment by the token. `ratio` is the best time of one over the best time of the other, taken in turns.
#include <benchmark/benchmark.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <vector>

#include <tagspan/model/align.hpp>
#include <tagspan/model/scores.hpp>

namespace ts = tagspan;

namespace {

double seconds(auto&& work) {
  auto const start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// The fastest way to look at every byte once: words as wide as the machine has, into four sums.
#if defined(__GNUC__)
#if defined(__AVX__)
using wide [[gnu::vector_size(32)]] = std::uint64_t;
#else
using wide [[gnu::vector_size(16)]] = std::uint64_t;
#endif
#else
using wide = std::uint64_t;
#endif

wide load(float const* from) {
  wide word;
  std::memcpy(&word, from, sizeof word);
  return word;
}

std::uint64_t read_only_pass(float const* data, std::size_t count) {
  constexpr std::size_t step = sizeof(wide) / sizeof(float);
  wide a{}, b{}, c{}, d{};
  std::size_t i = 0;
  for (; i + 4 * step <= count; i += 4 * step) {
    a += load(data + i);
    b += load(data + i + step);
    c += load(data + i + 2 * step);
    d += load(data + i + 3 * step);
  }
  a += b + c + d;
  std::uint64_t parts[sizeof(wide) / 8];
  std::memcpy(parts, &a, sizeof a);
  std::uint64_t sum = 0;
  for (std::uint64_t part : parts) sum += part;
  for (; i < count; ++i) sum += data[i] > 0;
  return sum;
}

std::vector<float> logits_of(std::size_t count) {
  std::vector<float> values(count);
  std::uint32_t x = 1;
  for (float& v : values) {
    x = x * 1664525U + 1013904223U;
    v = static_cast<float>(static_cast<std::int32_t>(x)) * 1e-8F;
  }
  return values;
}

enum class form { plain, checked };

template <form Form>
void argmax(benchmark::State& state) {
  auto const columns = static_cast<std::size_t>(state.range(0));
  std::size_t const floats = static_cast<std::size_t>(state.range(1)) << 8;  // the range counts KiB
  std::size_t const repeats = floats > (1U << 20) ? 1 : 500;
  auto const values = logits_of(floats);
  ts::scores_view<float const> const logits{values.data(), floats / columns, columns};
  std::vector<ts::label_id> out(logits.rows);
  double best_read = std::numeric_limits<double>::infinity();
  double best_argmax = best_read;
  for (auto _ : state) {
    double const read = seconds([&] {
      for (std::size_t k = 0; k < repeats; ++k) {
        benchmark::DoNotOptimize(read_only_pass(values.data(), values.size()));
        benchmark::ClobberMemory();
      }
    });
    double const found = seconds([&] {
      for (std::size_t k = 0; k < repeats; ++k) {
        if constexpr (Form == form::checked) {
          benchmark::DoNotOptimize(ts::checked_argmax_into(logits, out).has_value());
        } else {
          ts::argmax_into(logits, out);
        }
        benchmark::DoNotOptimize(out.data());
        benchmark::ClobberMemory();
      }
    });
    if (read < best_read) best_read = read;
    if (found < best_argmax) best_argmax = found;
    state.SetIterationTime(found);
  }
  double const bytes = static_cast<double>(floats * sizeof(float) * repeats);
  state.counters["read_GB/s"] = bytes / best_read / 1e9;
  state.counters["argmax_GB/s"] = bytes / best_argmax / 1e9;
  state.counters["ratio"] = best_argmax / best_read;
}

void sizes(benchmark::internal::Benchmark* b) {
  for (std::int64_t kib : {256 * 1024, 16}) {
    for (std::int64_t columns : {5, 9, 17, 37, 101}) b->Args({columns, kib});
  }
  b->ArgNames({"labels", "KiB"})->UseManualTime()->Unit(benchmark::kMillisecond);
}
BENCHMARK(argmax<form::plain>)->Apply(sizes);
BENCHMARK(argmax<form::checked>)->Apply(sizes);

// One sequence of 512 tokens, three pieces to every other word.
void align(benchmark::State& state, ts::subword_policy policy) {
  auto const labels = ts::label_set::for_types<ts::bioes>({"PER", "LOC", "ORG", "MISC"});
  std::vector<std::int32_t> word_ids{-1};
  std::vector<ts::label_id> word_labels;
  while (word_ids.size() < 509) {
    auto const word = static_cast<std::int32_t>(word_labels.size());
    word_ids.insert(word_ids.end(), word % 2 == 0 ? 1U : 3U, word);
    word_labels.push_back(word % static_cast<std::int32_t>(labels.size()));
  }
  word_ids.push_back(-1);
  std::vector<ts::label_id> out;
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        ts::align_labels_into(word_labels, word_ids, labels, out, {.subwords = policy}).has_value());
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  state.counters["per_token"] =
      benchmark::Counter(static_cast<double>(word_ids.size()),
                         benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}
BENCHMARK_CAPTURE(align, first, ts::subword_policy::first);
BENCHMARK_CAPTURE(align, all, ts::subword_policy::all);
BENCHMARK_CAPTURE(align, last, ts::subword_policy::last);

}  // namespace

BENCHMARK_MAIN();
