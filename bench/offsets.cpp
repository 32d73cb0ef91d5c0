// SPDX-License-Identifier: MIT
// Building an offset map, beside a pass that only reads the bytes; converting a million spans; asking at random.
#include <tagspan/text/offsets.hpp>

#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace {

namespace ts = tagspan;

constexpr char const* sentences[] = {
    "Angela Merkel met Emmanuel Macron in Paris on Tuesday, and nobody wrote it down. ",
    "Ångström und Gödel aßen in Malmö crème brûlée; L'été déjà là, señor Núñez. ",
    "東京都の山田太郎さんは、昨日大阪で株式会社日立製作所の社長に会いました。",
    "Party 🎉 in 🇫🇷 with 👩‍👩‍👧‍👦 and 😀😀, ok? ",
    "नरेंद्र मोदी दिल्ली में 김민수는 서울대학교에서 Ελλάδα Москва 👍🏽 plain words in "
    "between. ",
};

std::string text_of(std::int64_t kind, std::size_t bytes) {
  std::string text;
  while (text.size() < bytes) text += sentences[kind];
  return text;
}

// Reads each byte once, in lanes, and does next to nothing with it.
std::uint64_t read_only(std::string const& text) {
  std::uint64_t lanes[8] = {};
  char const* p = text.data();
  std::size_t left = text.size();
  for (; left >= 64; left -= 64, p += 64) {
    std::uint64_t words[8];
    std::memcpy(words, p, 64);
    for (int i = 0; i < 8; ++i) lanes[i] ^= words[i];
  }
  std::uint64_t all = 0;
  for (std::uint64_t lane : lanes) all ^= lane;
  for (; left != 0; --left, ++p) all ^= static_cast<unsigned char>(*p);
  return all;
}

void byte_scan(benchmark::State& state) {
  std::string const text = text_of(state.range(0), static_cast<std::size_t>(state.range(1)));
  for (auto _ : state) benchmark::DoNotOptimize(read_only(text));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}

void build_map(benchmark::State& state) {
  std::string const text = text_of(state.range(0), static_cast<std::size_t>(state.range(1)));
  double index = 0;
  for (auto _ : state) {
    ts::offset_map const map(text);
    benchmark::DoNotOptimize(map.size());
    index = static_cast<double>(map.index_bytes());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
  state.counters["index/text"] = index / static_cast<double>(text.size());
}

std::vector<ts::byte_span> words_of(std::string const& text, std::size_t count) {
  std::vector<ts::byte_span> spans;
  for (std::size_t at = 0; spans.size() < count && at < text.size();) {
    std::size_t end = at;
    for (int i = 0; i < 4 && end < text.size(); ++i) end += ts::detail::part_at(text, end).length;
    spans.push_back({at, end});
    at = end;
    if (at < text.size()) at += ts::detail::part_at(text, at).length;
  }
  return spans;
}

void convert_million(benchmark::State& state) {
  std::string const text = text_of(state.range(0), 16u << 20);
  auto const spans = words_of(text, 1'000'000);
  ts::offset_map const map(text);
  std::vector<ts::utf16_span> out;
  for (auto _ : state) {
    map.checked_into(spans, out).value();
    benchmark::DoNotOptimize(out.data());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(spans.size()));
}

void convert_million_back(benchmark::State& state) {
  std::string const text = text_of(state.range(0), 16u << 20);
  ts::offset_map const map(text);
  auto const spans = map.checked_all<ts::unit::utf16>(words_of(text, 1'000'000)).value();
  std::vector<ts::byte_span> out;
  for (auto _ : state) {
    map.checked_into(spans, out).value();
    benchmark::DoNotOptimize(out.data());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(spans.size()));
}

template <class From>
void ask_at_random(benchmark::State& state) {
  std::string const text = text_of(state.range(0), 16u << 20);
  ts::offset_map const map(text);
  std::uint64_t seed = 1;
  for (auto _ : state) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    benchmark::DoNotOptimize(
        map.checked_at<From>(static_cast<std::size_t>(seed >> 16) % map.size_in<From>(), ts::rounding::outward)
            .value());
  }
}

void sizes(benchmark::internal::Benchmark* b) {
  b->ArgNames({"ascii_latin_cjk_emoji_mixed", "bytes"});
  for (std::int64_t bytes : {std::int64_t{256} << 10, std::int64_t{64} << 20}) {
    for (std::int64_t kind = 0; kind < 5; ++kind) b->Args({kind, bytes});
  }
}

BENCHMARK(byte_scan)->Apply(sizes);
BENCHMARK(build_map)->Apply(sizes);
BENCHMARK(convert_million)->DenseRange(0, 4)->Unit(benchmark::kMillisecond);
BENCHMARK(convert_million_back)->DenseRange(0, 4)->Unit(benchmark::kMillisecond);
BENCHMARK_TEMPLATE(ask_at_random, ts::unit::byte)->DenseRange(0, 4);
BENCHMARK_TEMPLATE(ask_at_random, ts::unit::utf16)->DenseRange(0, 4);

}  // namespace

BENCHMARK_MAIN();
