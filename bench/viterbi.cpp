// SPDX-License-Identifier: MIT
// Constrained Viterbi over 512 tokens, beside the loops that people write: the triple loop with -inf masks, and the
// dense recurrence with compiler vectors, the targets side by side, all sizes known to the compiler, in two forms (back
// pointers kept, or found again on the way back). Labels: 9 (BIO, 4 types), 17 (BIOES, 4), 37 (BIOES, 9).
#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <string>
#include <vector>

#include <tagspan/detail/vector.hpp>
#include <tagspan/model/posteriors.hpp>
#include <tagspan/model/stream.hpp>
#include <tagspan/model/viterbi.hpp>

namespace ts = tagspan;

namespace {

constexpr std::size_t tokens = 512;
constexpr float lowest = -std::numeric_limits<float>::infinity();

template <class S>
ts::label_set labels_for(std::size_t types) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < types; ++i) names.push_back("T" + std::to_string(i));
  return ts::label_set::from_types<S>(names).value();
}

// What a trained model gives: about 37 entities, the right label well ahead, noise on all. Behind the last row stands
// room for a whole vector, as a favour to the dense loop.
struct sequence {
  std::vector<float> values;
  ts::scores_view<float const> view;
};

template <class S>
sequence make_sequence(ts::label_set const& labels) {
  std::uint64_t state = 0x9e3779b97f4a7c15U;
  auto random = [&] {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return static_cast<float>(state >> 40) / static_cast<float>(1U << 24);
  };
  std::vector<ts::label_id> gold(tokens, *labels.id_of(ts::tag{}));
  for (std::size_t t = 0; t + 4 < tokens;) {
    if (random() > 0.085F) {
      ++t;
      continue;
    }
    auto const type = ts::type_id{static_cast<std::uint32_t>(random() * static_cast<float>(labels.type_count()))};
    auto const length = static_cast<std::size_t>(1.0F + random() * 3.0F);
    for (std::size_t i = 0; i < length; ++i) {
      gold[t + i] = *labels.id_of({S::table.write({.first = i == 0, .last = i + 1 == length}), type});
    }
    t += length + 1;
  }
  sequence made;
  made.values.resize(tokens * labels.size() + 16);
  for (std::size_t t = 0; t < tokens; ++t) {
    for (std::size_t j = 0; j < labels.size(); ++j) {
      made.values[t * labels.size() + j] =
          4 * (random() + random() + random()) - 6 + (static_cast<std::size_t>(gold[t]) == j ? 5.0F : 0.0F);
    }
  }
  made.view = {made.values.data(), tokens, labels.size()};
  return made;
}

template <class S>
struct problem {
  explicit problem(std::size_t types)
      : labels(labels_for<S>(types)),
        lattice(labels),
        input(make_sequence<S>(labels)),
        size(labels.size()),
        moves(size * size, lowest),
        start(size, lowest),
        end(size, lowest) {
    for (std::size_t i = 0; i < size; ++i) {
      auto const from = static_cast<ts::label_id>(i);
      if (lattice.may_start(from)) start[i] = 0;
      if (lattice.may_end(from)) end[i] = 0;
      for (std::size_t j = 0; j < size; ++j) {
        if (lattice.allows(from, static_cast<ts::label_id>(j))) moves[i * size + j] = 0;
      }
    }
  }
  ts::label_set labels;
  ts::lattice<S> lattice;
  sequence input;
  std::size_t size;
  std::vector<float> moves, start, end;
};

// What people paste.
template <class S>
void triple_loop(problem<S> const& p, std::vector<int>& back, std::vector<ts::label_id>& path) {
  std::size_t const n = p.size;
  float const* const x = p.input.values.data();
  std::vector<float> score(n), next(n);
  for (std::size_t j = 0; j < n; ++j) score[j] = p.start[j] + x[j];
  for (std::size_t t = 1; t < tokens; ++t) {
    for (std::size_t j = 0; j < n; ++j) {
      float best = lowest;
      int from = 0;
      for (std::size_t i = 0; i < n; ++i) {
        float const s = score[i] + p.moves[i * n + j];
        if (s > best) {
          best = s;
          from = static_cast<int>(i);
        }
      }
      next[j] = best + x[t * n + j];
      back[t * n + j] = from;
    }
    score.swap(next);
  }
  std::size_t label = 0;
  float best = lowest;
  for (std::size_t j = 0; j < n; ++j) {
    if (score[j] + p.end[j] > best) {
      best = score[j] + p.end[j];
      label = j;
    }
  }
  for (std::size_t t = tokens; t-- > 0;) {
    path[t] = static_cast<ts::label_id>(label);
    if (t > 0) label = static_cast<std::size_t>(back[t * n + label]);
  }
}

#if TAGSPAN_HAS_VECTORS
using ts::detail::float_lanes;
using ts::detail::int_lanes;
using ts::detail::load_lanes;
constexpr std::size_t width = ts::detail::float_lane_count;

// N labels in V vectors; the row of scores may be read up to the end of the last vector.
template <std::size_t N, bool KeepBack, class S>
void dense_vectors(problem<S> const& p, std::vector<float>& scratch, std::vector<std::int32_t>& back,
                   std::vector<ts::label_id>& path) {
  constexpr std::size_t vectors = (N + width - 1) / width;
  constexpr std::size_t padded = vectors * width;
  float const* const x = p.input.values.data();
  static std::vector<float> const moves = [&] {  // padded once
    std::vector<float> wide(N * padded, lowest);
    for (std::size_t i = 0; i < N; ++i) {
      for (std::size_t j = 0; j < N; ++j) wide[i * padded + j] = p.moves[i * N + j];
    }
    return wide;
  }();
  float* score = scratch.data();
  for (std::size_t j = 0; j < padded; ++j) score[j] = j < N ? p.start[j] + x[j] : lowest;
  for (std::size_t t = 1; t < tokens; ++t) {
    float* const next = score + padded;
    // Five vectors of sums and indices at a time stay in registers.
    for (std::size_t block = 0; block < vectors; block += 5) {
      constexpr std::size_t most = vectors < 5 ? vectors : 5;
      float_lanes best[most];
      int_lanes from[most];
      for (std::size_t v = 0; v < most; ++v) {
        best[v] = float_lanes{} + lowest;
        from[v] = int_lanes{};
      }
      for (std::size_t i = 0; i < N; ++i) {
        float_lanes const base = float_lanes{} + score[i];
        for (std::size_t v = 0; v < most; ++v) {
          float_lanes const sum = base + load_lanes(&moves[i * padded + (block + v) * width]);
          if constexpr (KeepBack) {
            int_lanes const better = sum > best[v];
            from[v] = better ? int_lanes{} + static_cast<std::int32_t>(i) : from[v];
          }
          best[v] = sum > best[v] ? sum : best[v];
        }
      }
      for (std::size_t v = 0; v < most; ++v) {
        float_lanes const sum = best[v] + load_lanes(&x[t * N + (block + v) * width]);
        __builtin_memcpy(next + (block + v) * width, &sum, sizeof sum);
        if constexpr (KeepBack) ts::detail::store(from[v], &back[t * padded + (block + v) * width]);
      }
    }
    score = next;
  }
  std::size_t label = 0;
  float best = lowest;
  for (std::size_t j = 0; j < N; ++j) {
    if (score[j] + p.end[j] > best) {
      best = score[j] + p.end[j];
      label = j;
    }
  }
  for (std::size_t t = tokens; t-- > 0;) {
    path[t] = static_cast<ts::label_id>(label);
    if (t == 0) break;
    if constexpr (KeepBack) {
      label = static_cast<std::size_t>(back[t * padded + label]);
    } else {
      float const* const before = scratch.data() + (t - 1) * padded;
      float top = lowest;
      std::size_t from = 0;
      for (std::size_t i = 0; i < N; ++i) {
        float const s = before[i] + moves[i * padded + label];
        if (s > top) {
          top = s;
          from = i;
        }
      }
      label = from;
    }
  }
}
#endif

// All must find one path, or the figures compare nothing.
template <class S>
void expect_same(problem<S> const& p, std::vector<ts::label_id> const& path) {
  if (path == ts::viterbi(p.lattice, p.input.view).value().path) return;
  std::fputs("the yardstick and tagspan find different paths\n", stderr);
  std::abort();
}

template <class S, std::size_t Types>
problem<S> const& the_problem() {
  static problem<S> const p(Types);
  return p;
}

void count(benchmark::State& state) {
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(tokens));
}

template <class S, std::size_t Types>
void tagspan_viterbi(benchmark::State& state) {
  auto const& p = the_problem<S, Types>();
  ts::viterbi_workspace memory;
  std::vector<ts::label_id> path;
  for (auto _ : state) {
    auto const score = ts::viterbi(p.lattice, p.input.view, memory, path);
    benchmark::DoNotOptimize(score.value());
    benchmark::ClobberMemory();
  }
  expect_same(p, path);
  count(state);
}

template <class S, std::size_t Types>
void yardstick_triple_loop(benchmark::State& state) {
  auto const& p = the_problem<S, Types>();
  std::vector<int> back(tokens * p.size);
  std::vector<ts::label_id> path(tokens);
  for (auto _ : state) {
    triple_loop(p, back, path);
    benchmark::DoNotOptimize(path.data());
    benchmark::ClobberMemory();
  }
  expect_same(p, path);
  count(state);
}

#if TAGSPAN_HAS_VECTORS
template <class S, std::size_t Types, std::size_t Labels, bool KeepBack>
void yardstick_dense(benchmark::State& state) {
  auto const& p = the_problem<S, Types>();
  std::vector<float> scratch(tokens * (Labels + 16));
  std::vector<std::int32_t> back(tokens * (Labels + 16));
  std::vector<ts::label_id> path(tokens);
  for (auto _ : state) {
    dense_vectors<Labels, KeepBack>(p, scratch, back, path);
    benchmark::DoNotOptimize(path.data());
    benchmark::ClobberMemory();
  }
  expect_same(p, path);
  count(state);
}
#endif

// Scheme with biases: the linear search without lanes.
template <class S, std::size_t Types>
void tagspan_biased(benchmark::State& state) {
  auto const& p = the_problem<S, Types>();
  ts::viterbi_workspace memory;
  std::vector<ts::label_id> path;
  for (auto _ : state) {
    auto const score = ts::viterbi(p.lattice, p.input.view, memory, path, {.biases = {.background_stay = 0.25}});
    benchmark::DoNotOptimize(score.value());
  }
  count(state);
}

template <class S, std::size_t Types>
void tagspan_transitions(benchmark::State& state) {
  auto const& p = the_problem<S, Types>();
  std::vector<float> const learned(p.size * p.size, 0.125F);
  ts::viterbi_workspace memory;
  std::vector<ts::label_id> path;
  for (auto _ : state) {
    auto const score = ts::viterbi(p.lattice, p.input.view, memory, path, {.transitions = learned});
    benchmark::DoNotOptimize(score.value());
  }
  count(state);
}

// Rows that come: labels are given out as survivors meet. The yardstick is tagspan_viterbi, or tagspan_transitions.
template <class S, std::size_t Types, bool Transitions>
void tagspan_stream(benchmark::State& state) {
  auto const& p = the_problem<S, Types>();
  std::vector<float> const learned(Transitions ? p.size * p.size : 0, 0.125F);
  ts::viterbi_stream<S, float> stream(p.lattice, {.search = {.transitions = learned}});
  std::vector<ts::label_id> path;
  auto const take = [&](std::size_t, std::span<ts::label_id const> ids) {
    path.insert(path.end(), ids.begin(), ids.end());
  };
  for (auto _ : state) {
    path.clear();
    stream.clear();
    stream.push(p.input.view, take).value();
    benchmark::DoNotOptimize(stream.finish(take).value());
  }
  expect_same(p, path);
  state.counters["longest"] = static_cast<double>(stream.longest_undecided());
  count(state);
}

template <class S, std::size_t Types>
void tagspan_k_best(benchmark::State& state) {
  auto const& p = the_problem<S, Types>();
  for (auto _ : state) benchmark::DoNotOptimize(ts::k_best(p.lattice, p.input.view, 5));
  count(state);
}

template <class S, std::size_t Types>
void tagspan_posteriors(benchmark::State& state) {
  auto const& p = the_problem<S, Types>();
  auto const entities = ts::to_entities<S>(ts::viterbi(p.lattice, p.input.view).value().path, p.labels).value();
  ts::entity_posteriors posteriors;
  for (auto _ : state) {
    ts::posteriors(p.lattice, p.input.view, posteriors).value();
    for (auto const& e : entities) benchmark::DoNotOptimize(posteriors.probability(e));
  }
  count(state);
}

#define ROWS(scheme, types, labels)                         \
  BENCHMARK_TEMPLATE(yardstick_triple_loop, scheme, types); \
  BENCHMARK_TEMPLATE(tagspan_viterbi, scheme, types);       \
  DENSE(scheme, types, labels)                              \
  BENCHMARK_TEMPLATE(tagspan_viterbi, scheme, types);       \
  BENCHMARK_TEMPLATE(tagspan_biased, scheme, types);        \
  BENCHMARK_TEMPLATE(tagspan_transitions, scheme, types);   \
  BENCHMARK_TEMPLATE(tagspan_stream, scheme, types, false); \
  BENCHMARK_TEMPLATE(tagspan_stream, scheme, types, true);  \
  BENCHMARK_TEMPLATE(tagspan_posteriors, scheme, types);    \
  BENCHMARK_TEMPLATE(tagspan_k_best, scheme, types)
#if TAGSPAN_HAS_VECTORS
#define DENSE(scheme, types, labels)                                \
  BENCHMARK_TEMPLATE(yardstick_dense, scheme, types, labels, true); \
  BENCHMARK_TEMPLATE(yardstick_dense, scheme, types, labels, false);
#else
#define DENSE(scheme, types, labels)
#endif

ROWS(ts::bio, 4, 9);
ROWS(ts::bioes, 4, 17);
ROWS(ts::bioes, 9, 37);

}  // namespace

BENCHMARK_MAIN();
