// SPDX-License-Identifier: MIT
// SemEval's figures and the confusion of types over entities, beside the plain scorer on the same entities; and crowded
// documents, in which many pairs overlap.
#include <benchmark/benchmark.h>
#include <tagspan/compat/nervaluate.hpp>
#include <tagspan/eval/confusion.hpp>
#include <tagspan/eval/scorer.hpp>
#include <tagspan/eval/semeval.hpp>

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "corpus.hpp"

namespace ts = tagspan;

namespace {

using entities = std::vector<ts::token_entity>;
struct document {
  entities gold, predicted;
};

ts::label_set const& labels() {
  static auto const set = ts::label_set::from_id2label(bench::label_names).value();
  return set;
}

std::vector<document> const& corpus() {
  static auto const documents = [] {
    auto const c = bench::make_corpus<std::int32_t>(100'000);
    std::vector<document> out;
    for (std::size_t s = 0; s < c.sentences; ++s) {
      auto const read = [&](std::vector<std::int32_t> const& ids) {
        return ts::to_entities(std::span(ids).subspan(s * bench::sentence_length, bench::sentence_length), labels()).value();
      };
      out.push_back({read(c.gold), read(c.predicted)});
    }
    return out;
  }();
  return documents;
}

// One document of `size` entities a side that overlap on all sides.
document crowded(std::size_t size) {
  bench::generator random;
  auto const side = [&] {
    entities out;
    for (std::size_t i = 0; i < size; ++i) {
      std::size_t const begin = random() % (4 * size);
      out.push_back({{begin, begin + 1 + random() % 12}, ts::type_id{static_cast<std::uint32_t>(random() % 4)}});
    }
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
  };
  auto gold = side();
  return {std::move(gold), side()};
}

template <class Add>
void over_corpus(benchmark::State& state, Add const& add) {
  std::size_t count = 0;
  for (document const& d : corpus()) count += d.gold.size() + d.predicted.size();
  for (auto _ : state) {
    if (!add()) state.SkipWithError("the corpus is bad");
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(count));
}

template <class Scorer>
bool add_all(Scorer&& scorer) {
  bool fine = true;
  for (document const& d : corpus()) fine &= scorer.add(d.gold, d.predicted).has_value();
  benchmark::DoNotOptimize(scorer.report());
  return fine;
}

void plain_scorer(benchmark::State& state) {
  over_corpus(state, [] { return add_all(ts::scorer{labels()}); });
}
void semeval(benchmark::State& state) {
  over_corpus(state, [] { return add_all(ts::semeval_scorer{labels()}); });
}
void nervaluate(benchmark::State& state) {
  over_corpus(state, [] { return add_all(ts::compat::nervaluate_scorer{labels()}); });
}
void confusion(benchmark::State& state) {
  over_corpus(state, [] { return add_all(ts::confusion{labels()}); });
}
void confusion_with_forms(benchmark::State& state) {
  static constexpr std::string_view text = "Ann Lee met Bob at the station of Oslo on Sunday and left for Rome";
  over_corpus(state, [] {
    ts::confusion errors{labels()};
    bool fine = true;
    for (document const& d : corpus()) {
      fine &= errors.add(d.gold, d.predicted, [](ts::token_span s) { return text.substr(s.begin, s.size()); }).has_value();
    }
    benchmark::DoNotOptimize(errors.report());
    return fine;
  });
}

template <class Scorer>
void one_crowded_document(benchmark::State& state) {
  document const d = crowded(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    Scorer scorer{labels()};
    if (!scorer.add(d.gold, d.predicted)) state.SkipWithError("the document is bad");
    benchmark::DoNotOptimize(scorer.report());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(d.gold.size() + d.predicted.size()));
}

}  // namespace

BENCHMARK(plain_scorer)->Unit(benchmark::kMillisecond);
BENCHMARK(semeval)->Unit(benchmark::kMillisecond);
BENCHMARK(nervaluate)->Unit(benchmark::kMillisecond);
BENCHMARK(confusion)->Unit(benchmark::kMillisecond);
BENCHMARK(confusion_with_forms)->Unit(benchmark::kMillisecond);
BENCHMARK(one_crowded_document<ts::scorer<>>)->Arg(1000)->Arg(10000)->Unit(benchmark::kMillisecond);
BENCHMARK(one_crowded_document<ts::semeval_scorer>)->Arg(1000)->Arg(10000)->Unit(benchmark::kMillisecond);
BENCHMARK(one_crowded_document<ts::compat::nervaluate_scorer>)->Arg(1000)->Arg(10000)->Unit(benchmark::kMillisecond);

BENCHMARK_MAIN();
