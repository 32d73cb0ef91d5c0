// SPDX-License-Identifier: MIT
// Offsets from pieces alone, beside a pass that compares the same bytes; and what the normalisation in front of it
// costs, beside utf8proc_map, which gives the text and no way back.
#include <tagspan/text/pieces.hpp>
#include <tagspan/text/unicode.hpp>

#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

namespace ts = tagspan;

constexpr char const* sentences[] = {
    "Angela Merkel met Emmanuel Macron in Paris on Tuesday, and nobody wrote it down. ",
    "Ångström und Gödel aßen in Malmö crème brûlée; L'été déjà là, señor Núñez. ",
    "नरेंद्र मोदी दिल्ली में 김민수는 서울대학교에서 東京都の山田太郎さんは日立製作所の社長に会いました。 ",
};

std::string text_of(std::int64_t kind, std::size_t bytes = 1 << 20) {
  std::string text;
  while (text.size() < bytes) text += sentences[kind];
  return text;
}

// Words by blanks, cut into pieces of four characters.
std::vector<std::string> pieces_of(std::string const& text) {
  std::vector<std::string> pieces;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == ' ') {
      ++at;
      continue;
    }
    std::string piece = at == 0 || text[at - 1] == ' ' ? "\xE2\x96\x81" : "";
    for (int k = 0; k < 4 && at < text.size() && text[at] != ' '; ++k) {
      std::size_t const end = ts::detail::boundary_after(text, at + 1);
      piece += text.substr(at, end - at);
      at = end;
    }
    pieces.push_back(piece);
  }
  return pieces;
}

void compare_pieces(benchmark::State& state) {
  std::string const text = text_of(state.range(0));
  auto const pieces = pieces_of(text);
  for (auto _ : state) {
    std::size_t at = 0, equal = 0;
    for (std::string const& piece : pieces) {
      std::size_t const skip = piece.compare(0, 3, "\xE2\x96\x81") == 0 ? 3 : 0, length = piece.size() - skip;
      if (skip != 0) at += at != 0;
      equal += std::memcmp(text.data() + at, piece.data() + skip, length) == 0;
      at += length;
    }
    benchmark::DoNotOptimize(equal);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(compare_pieces)->DenseRange(0, 2);

void place_pieces(benchmark::State& state) {
  std::string const text = text_of(state.range(0));
  auto const pieces = pieces_of(text);
  for (auto _ : state) {
    auto const found = ts::piece_offsets(text, pieces, ts::piece_style::metaspace);
    benchmark::DoNotOptimize(found->spans.data());
    if (!found->unplaced.empty()) state.SkipWithError("a piece was not placed");
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(place_pieces)->DenseRange(0, 2);

// One piece in sixteen is another text's.
void place_pieces_that_do_not_fit(benchmark::State& state) {
  std::string const text = text_of(state.range(0));
  auto pieces = pieces_of(text);
  for (std::size_t i = 0; i < pieces.size(); i += 16) pieces[i] = "\xE2\x96\x81?!";
  for (auto _ : state) {
    auto const found = ts::piece_offsets(text, pieces, ts::piece_style::metaspace);
    benchmark::DoNotOptimize(found->spans.data());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(place_pieces_that_do_not_fit)->DenseRange(0, 2);

void utf8proc_nfkc(benchmark::State& state) {
  std::string const text = text_of(state.range(0));
  for (auto _ : state) {
    utf8proc_uint8_t* made = nullptr;
    utf8proc_map(reinterpret_cast<utf8proc_uint8_t const*>(text.data()), static_cast<utf8proc_ssize_t>(text.size()),
                 &made, static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT));
    benchmark::DoNotOptimize(made);
    std::free(made);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(utf8proc_nfkc)->DenseRange(0, 2);

void normalize_nfkc(benchmark::State& state) {
  std::string const text = text_of(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(ts::normalize(text, {.form = ts::normal_form::nfkc}));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(normalize_nfkc)->DenseRange(0, 2);

void normalize_for_bert(benchmark::State& state) {
  std::string const text = text_of(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(ts::normalize(text, ts::bert_uncased));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(normalize_for_bert)->DenseRange(0, 2);

void build_grapheme_map(benchmark::State& state) {
  std::string const text = text_of(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(ts::grapheme_map(text).size());
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(build_grapheme_map)->DenseRange(0, 2);

}  // namespace

BENCHMARK_MAIN();
