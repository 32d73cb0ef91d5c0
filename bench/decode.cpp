// SPDX-License-Identifier: MIT
// decode beside the plain loop that people write by hand: the best label of each row, softmax where it is not O, B and
// I into entities. 512 tokens × 9 labels, all in cache, about 37 entities; several sequences, so that no branch
// predictor learns them by heart. `ratio` is the loop's best time over decode's, taken in turns: above 1, decode is
// faster. The loop checks nothing; decode checks shapes, offsets and every score that decides.
#include <benchmark/benchmark.h>

#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <tagspan/model/decode.hpp>

namespace ts = tagspan;

namespace {

constexpr std::size_t tokens = 512;
constexpr std::size_t columns = 9;
constexpr std::size_t sequences = 16;

struct sequence {
  std::vector<float> logits;
  std::vector<std::int32_t> word_ids;
  std::vector<ts::byte_span> offsets;
};

std::vector<sequence> make_sequences() {
  std::uint32_t x = 7;
  auto const next = [&] {
    x = x * 1664525U + 1013904223U;
    return x >> 8U;
  };
  std::vector<sequence> out(sequences);
  for (sequence& s : out) {
    std::vector<std::size_t> labels;
    while (labels.size() < tokens) {
      std::size_t const type = next() % 4;
      std::size_t const gap = 7 + next() % 10;
      labels.insert(labels.end(), gap, 0);
      labels.push_back(1 + 2 * type);
      labels.insert(labels.end(), next() % 3, 2 + 2 * type);
    }
    labels.resize(tokens);
    std::size_t at = 0;
    std::int32_t word = -1;
    for (std::size_t i = 0; i < tokens; ++i) {
      for (std::size_t j = 0; j < columns; ++j) {
        float const noise = static_cast<float>(next() % 4096) / 1024.0F - 2;
        s.logits.push_back(noise + (j == labels[i] ? 6.0F : 0.0F));
      }
      bool const special = i == 0 || i + 1 == tokens;
      bool const starts = next() % 4 != 0;
      if (!special && (starts || word < 0)) ++word;
      s.word_ids.push_back(special ? -1 : word);
      std::size_t const length = special ? 0 : 1 + next() % 6;
      if (!special && starts) ++at;
      s.offsets.push_back(special ? ts::byte_span{} : ts::byte_span{at, at + length});
      at += length;
    }
  }
  return out;
}

char const* const names[columns] = {"O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC", "B-MISC", "I-MISC"};

// ---- what people paste
struct hand_made {
  std::size_t begin, end;
  int type;
  float score;
};

void by_hand(sequence const& s, bool words, std::vector<hand_made>& out) {
  out.clear();
  int open = -1;
  float sum = 0;
  int count = 0;
  hand_made current{};
  auto const close = [&] {
    if (open < 0) return;
    current.score = sum / static_cast<float>(count);
    out.push_back(current);
    open = -1;
  };
  for (std::size_t i = 0; i < tokens; ++i) {
    if (s.word_ids[i] < 0) {
      close();
      continue;
    }
    if (words && i > 0 && s.word_ids[i] == s.word_ids[i - 1]) {
      if (open >= 0) current.end = s.offsets[i].end;
      continue;
    }
    float const* const row = s.logits.data() + i * columns;
    std::size_t best = 0;
    for (std::size_t j = 1; j < columns; ++j) {
      if (row[j] > row[best]) best = j;
    }
    if (best == 0) {
      close();
      continue;
    }
    float total = 0;
    for (std::size_t j = 0; j < columns; ++j) total += std::exp(row[j] - row[best]);
    float const p = 1 / total;
    int const type = static_cast<int>(best - 1) / 2;
    bool const begins = best % 2 == 1;
    if (begins || open != type) {
      close();
      open = type;
      current = {s.offsets[i].begin, s.offsets[i].end, type, 0};
      sum = p;
      count = 1;
    } else {
      current.end = s.offsets[i].end;
      sum += p;
      ++count;
    }
  }
  close();
}

double seconds(auto&& work) {
  auto const start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void decode(benchmark::State& state, ts::aggregation aggregate) {
  auto const labels = ts::label_set::from_id2label(names).value();
  auto const all = make_sequences();
  bool const words = aggregate != ts::aggregation::simple;
  constexpr int repeats = 20;
  std::vector<hand_made> plain;
  std::vector<ts::scored_entity<ts::unit::byte>> found;
  ts::decode_workspace memory;
  ts::decode_options const options{.aggregate = aggregate};
  auto const run = [&](sequence const& s) {
    ts::scores_view<float const> const logits{s.logits.data(), tokens, columns};
    ts::byte_encoding const enc{.word_ids = s.word_ids, .offsets = s.offsets};
    return ts::decode_into<ts::bio>(logits, labels, enc, options, found, memory).has_value();
  };
  // Both say the same, or the comparison is worth nothing.
  std::size_t entities = 0;
  for (sequence const& s : all) {
    by_hand(s, words, plain);
    bool same = run(s) && plain.size() == found.size();
    for (std::size_t k = 0; same && k < plain.size(); ++k) {
      same = plain[k].begin == found[k].span.begin && plain[k].end == found[k].span.end &&
             static_cast<std::size_t>(plain[k].type) == ts::index(found[k].type) &&
             std::abs(plain[k].score - found[k].score) < 2e-6F;
    }
    if (!same && words == (aggregate == ts::aggregation::first)) return state.SkipWithError("the two differ");
    entities += found.size();
  }
  double best_plain = std::numeric_limits<double>::infinity();
  double best_decode = best_plain;
  for (auto _ : state) {
    double const by_loop = seconds([&] {
      for (int k = 0; k < repeats; ++k) {
        for (sequence const& s : all) {
          by_hand(s, words, plain);
          benchmark::DoNotOptimize(plain.data());
          benchmark::ClobberMemory();
        }
      }
    });
    double const by_decode = seconds([&] {
      for (int k = 0; k < repeats; ++k) {
        for (sequence const& s : all) {
          benchmark::DoNotOptimize(run(s));
          benchmark::DoNotOptimize(found.data());
          benchmark::ClobberMemory();
        }
      }
    });
    if (by_loop < best_plain) best_plain = by_loop;
    if (by_decode < best_decode) best_decode = by_decode;
    state.SetIterationTime(by_decode);
  }
  double const calls = static_cast<double>(repeats) * static_cast<double>(sequences);
  state.counters["entities"] = static_cast<double>(entities) / static_cast<double>(sequences);
  state.counters["loop_us"] = best_plain / calls * 1e6;
  state.counters["decode_us"] = best_decode / calls * 1e6;
  state.counters["ratio"] = best_plain / best_decode;
}
BENCHMARK_CAPTURE(decode, simple, ts::aggregation::simple)->UseManualTime()->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(decode, first, ts::aggregation::first)->UseManualTime()->Unit(benchmark::kMicrosecond);

}  // namespace

BENCHMARK_MAIN();
