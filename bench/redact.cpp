// SPDX-License-Identifier: MIT
// Redaction, by entity, beside a plain copy of the text and beside the loop that people paste: replace from the last
// entity to the first, which moves the rest of the text each time and is wrong where entities overlap.
#include <tagspan/text/redact.hpp>

#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace ts = tagspan;
using found = ts::scored_entity<ts::unit::byte>;

struct document {
  std::string text;
  std::vector<found> entities;  // in order, none over another
};

// An entity of about 12 bytes in about 60 of text.
document document_of(std::size_t entities) {
  document d;
  for (std::size_t i = 0; i < entities; ++i) {
    d.text += "On Tuesday morning, and nobody wrote it down, ";
    std::size_t const begin = d.text.size();
    d.text += i % 3 == 0 ? "Zoë Müller" : "Ada Lovelace";
    d.entities.push_back({{begin, d.text.size()}, static_cast<ts::type_id>(i % 4), 0.5f, {}});
    d.text += '.';
  }
  return d;
}

constexpr std::string_view names[] = {"PER", "LOC", "ORG", "MISC"};

void set_rates(benchmark::State& state, document const& d) {
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(d.entities.size()));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(d.text.size()));
}

void copy_text(benchmark::State& state) {
  document const d = document_of(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    std::string copy = d.text;
    benchmark::DoNotOptimize(copy.data());
  }
  set_rates(state, d);
}

void replace_from_the_end(benchmark::State& state) {
  document const d = document_of(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    std::string text = d.text;
    for (auto e = d.entities.rbegin(); e != d.entities.rend(); ++e) {
      std::string tag = "[";
      tag += names[ts::index(e->type)];
      tag += ']';
      text.replace(e->span.begin, e->span.size(), tag);
    }
    benchmark::DoNotOptimize(text.data());
  }
  set_rates(state, d);
}

void redact(benchmark::State& state) {
  document const d = document_of(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    auto const out = ts::redact(d.text, d.entities, {.type_names = names});
    benchmark::DoNotOptimize(out->text().data());
  }
  set_rates(state, d);
}

void to_old(benchmark::State& state) {
  document const d = document_of(static_cast<std::size_t>(state.range(0)));
  auto const out = ts::redact(d.text, d.entities, {.type_names = names}).value();
  std::size_t at = 0;
  for (auto _ : state) {
    at = (at + 7919) % (out.text().size() - 4);
    benchmark::DoNotOptimize(out.to_old({at, at + 4}));
  }
}

BENCHMARK(copy_text)->Arg(10)->Arg(1'000)->Arg(100'000);
BENCHMARK(replace_from_the_end)->Arg(10)->Arg(1'000);
BENCHMARK(redact)->Arg(10)->Arg(1'000)->Arg(100'000);
BENCHMARK(to_old)->Arg(1'000);

}  // namespace

BENCHMARK_MAIN();
