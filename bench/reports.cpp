// SPDX-License-Identifier: MIT
// Reports as text: a confusion report with all its examples as JSON and back, marked-up sentences as HTML, rows of
// types as Markdown and CSV. An item is an example, an entity of a sentence, a type. Yardstick: a copy of the same
// text.
#include <benchmark/benchmark.h>
#include <tagspan/eval/confusion.hpp>
#include <tagspan/eval/metrics.hpp>
#include <tagspan/io/html.hpp>
#include <tagspan/io/json.hpp>
#include <tagspan/io/json_reports.hpp>
#include <tagspan/io/tables.hpp>
#include <tagspan/tags/entities.hpp>
#include <tagspan/tags/labels.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "corpus.hpp"

namespace ts = tagspan;

namespace {

ts::confusion_report const& confusion() {
  static auto const report = [] {
    auto const labels = ts::label_set::from_id2label(bench::label_names).value();
    auto const c = bench::make_corpus<std::int32_t>(10'000);
    ts::confusion errors{labels, {.examples = c.gold.size()}};
    for (std::size_t s = 0; s < c.sentences; ++s) {
      auto const read = [&](std::vector<std::int32_t> const& ids) {
        return ts::to_entities(std::span(ids).subspan(s * bench::sentence_length, bench::sentence_length), labels)
            .value();
      };
      errors.add(read(c.gold), read(c.predicted)).value();
    }
    return errors.report();
  }();
  return report;
}

ts::report const& many_types() {
  static auto const report = [] {
    ts::report r;
    for (std::size_t t = 0; t < 1000; ++t) {
      ts::typed_prf row;
      static_cast<ts::prf&>(row) = ts::figures({t, 2 * t + 1, 3 * t + 1});
      row.type = "TYPE_" + std::to_string(10'000 + t);
      r.by_type.push_back(std::move(row));
    }
    return r;
  }();
  return report;
}

// 10,000 sentences of which each has a right, a wrong and a missed entity.
std::string page() {
  static constexpr std::string_view text = "Ann Lee met Bob at the station of Oslo on Sunday and left for Rome & back";
  static std::vector<ts::html_entity> const gold{{{0, 7}, "PER"}, {{12, 15}, "PER"}, {{34, 38}, "LOC"}};
  static std::vector<ts::html_entity> const predicted{{{0, 7}, "PER"}, {{12, 15}, "LOC"}};
  static std::vector<ts::html_sentence> const sentences(10'000, {"line", text, gold, predicted});
  ts::html_page page("errors");
  page.errors(sentences, {.most = sentences.size()}).value();
  return page.text();
}
constexpr std::size_t entities_of_page = 50'000;

template <class Write>
void writing(benchmark::State& state, std::size_t items, Write const& write) {
  std::size_t size = 0;
  for (auto _ : state) {
    std::string const text = write();
    size = text.size();
    benchmark::DoNotOptimize(text.data());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(items));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(size));
}
// The yardstick: the same text into fresh memory.
void copying(benchmark::State& state, std::size_t items, std::string const& text) {
  writing(state, items, [&] { return std::string(text); });
}

std::size_t examples() { return confusion().examples.size(); }

void json(benchmark::State& state) {
  writing(state, examples(), [] { return ts::to_json_text(confusion()); });
}
void json_copy(benchmark::State& state) { copying(state, examples(), ts::to_json_text(confusion())); }
void json_read(benchmark::State& state) {
  std::string const text = ts::to_json_text(confusion());
  for (auto _ : state) {
    auto const r = ts::confusion_report_from_json(text);
    if (!r) state.SkipWithError("the text is bad");
    benchmark::DoNotOptimize(r->examples.data());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(examples()));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
void html(benchmark::State& state) { writing(state, entities_of_page, page); }
void html_copy(benchmark::State& state) { copying(state, entities_of_page, page()); }
void markdown(benchmark::State& state) {
  writing(state, many_types().by_type.size(), [] { return ts::to_markdown(many_types()); });
}
void markdown_copy(benchmark::State& state) {
  copying(state, many_types().by_type.size(), ts::to_markdown(many_types()));
}
void csv(benchmark::State& state) {
  writing(state, many_types().by_type.size(), [] { return ts::to_csv(many_types()); });
}
void csv_copy(benchmark::State& state) { copying(state, many_types().by_type.size(), ts::to_csv(many_types())); }

}  // namespace

BENCHMARK(json)->Unit(benchmark::kMicrosecond);
BENCHMARK(json_copy)->Unit(benchmark::kMicrosecond);
BENCHMARK(json_read)->Unit(benchmark::kMicrosecond);
BENCHMARK(html)->Unit(benchmark::kMicrosecond);
BENCHMARK(html_copy)->Unit(benchmark::kMicrosecond);
BENCHMARK(markdown)->Unit(benchmark::kMicrosecond);
BENCHMARK(markdown_copy)->Unit(benchmark::kMicrosecond);
BENCHMARK(csv)->Unit(benchmark::kMicrosecond);
BENCHMARK(csv_copy)->Unit(benchmark::kMicrosecond);

BENCHMARK_MAIN();
