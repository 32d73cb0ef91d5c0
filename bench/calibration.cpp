// SPDX-License-Identifier: MIT
// fit_temperature beside one plain softmax pass over the same logits, in double as the fit is: `passes` says how many
// such passes a fit costs. Tuning a guarantee, by the entity.
#include <benchmark/benchmark.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <limits>
#include <vector>

#include <tagspan/model/calibration.hpp>

namespace ts = tagspan;

namespace {

// Of the processor: a fit takes long enough to be interrupted on a busy machine, and a single pass does not.
double seconds(auto&& work) {
  std::clock_t const start = std::clock();
  work();
  return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

class generator {
 public:
  double uniform() { return static_cast<double>(ts::detail::mix(++count_ * 0x9e3779b97f4a7c15U) >> 11) * 0x1p-53; }

 private:
  std::uint64_t count_ = 0;
};

// What people write: the highest score, the sum of exponentials, the logarithm of the gold label's share.
double softmax_pass(std::vector<float> const& logits, std::vector<ts::label_id> const& gold, std::size_t columns) {
  double nll = 0;
  for (std::size_t i = 0; i < gold.size(); ++i) {
    float const* const row = logits.data() + i * columns;
    float top = row[0];
    for (std::size_t j = 1; j < columns; ++j) top = row[j] > top ? row[j] : top;
    double sum = 0;
    for (std::size_t j = 0; j < columns; ++j) sum += std::exp(static_cast<double>(row[j] - top));
    nll += std::log(sum) - static_cast<double>(row[gold[i]] - top);
  }
  return nll;
}

void fit_temperature(benchmark::State& state) {
  auto const columns = static_cast<std::size_t>(state.range(0));
  constexpr std::size_t rows = 20000;
  generator r;
  std::vector<float> logits(rows * columns);
  for (float& v : logits) v = static_cast<float>(8 * r.uniform());
  ts::scores_view<float const> const scores{logits.data(), rows, columns};
  auto gold = ts::argmax(scores);
  for (auto& id : gold) {
    if (r.uniform() < 0.3) id = static_cast<ts::label_id>(r.uniform() * static_cast<double>(columns));
  }
  double best_pass = std::numeric_limits<double>::infinity();
  double best_fit = best_pass;
  for (auto _ : state) {
    double const pass = seconds([&] { benchmark::DoNotOptimize(softmax_pass(logits, gold, columns)); });
    double const fit =
        seconds([&] { benchmark::DoNotOptimize(ts::fit_temperature(scores, gold).value().temperature); });
    if (pass < best_pass) best_pass = pass;
    if (fit < best_fit) best_fit = fit;
    state.SetIterationTime(fit);
  }
  state.counters["pass_ns/token"] = best_pass / rows * 1e9;
  state.counters["fit_ns/token"] = best_fit / rows * 1e9;
  state.counters["passes"] = best_fit / best_pass;
}
BENCHMARK(fit_temperature)->ArgName("labels")->Arg(5)->Arg(9)->Arg(37)->UseManualTime()->Unit(benchmark::kMillisecond);

void recall_at_least(benchmark::State& state) {
  auto const labels = ts::label_set::for_types<ts::bio>({"PER"});
  auto const entities = static_cast<std::size_t>(state.range(0));
  generator r;
  std::vector<ts::judged_score> scores;
  for (std::size_t i = 0; i < entities; ++i) scores.push_back({static_cast<float>(std::cbrt(r.uniform())), true});
  ts::development_set dev{labels};
  dev.add(ts::type_id{0}, scores, entities).value();
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        ts::tune_threshold(dev, ts::type_id{0}, ts::recall_at_least{.recall = 0.95}).value().threshold);
  }
  state.counters["per_entity"] = benchmark::Counter(
      static_cast<double>(entities), benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}
BENCHMARK(recall_at_least)->ArgName("entities")->Arg(1000)->Arg(100000)->Unit(benchmark::kMicrosecond);

}  // namespace

BENCHMARK_MAIN();
