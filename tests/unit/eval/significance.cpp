// SPDX-License-Identifier: MIT
#include <tagspan/eval/significance.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "property/random.hpp"
#include "support/words.hpp"

namespace ts = tagspan;
using tagspan_test::words;

namespace {

using typed_documents = std::vector<std::vector<ts::type_counts>>;

// One document of one type: correct, predicted, gold.
struct plain {
  std::uint32_t correct, predicted, gold;
};

ts::document_counts table_of(std::vector<plain> const& documents) {
  ts::document_counts out;
  std::uint32_t const type = out.type("X");
  for (plain const& d : documents) {
    ts::type_counts const row[] = {{type, d.correct, d.predicted, d.gold}};
    out.add(row);
  }
  return out;
}

// Documents with up to three types; `skill` is the chance in percent that a gold entity is found.
typed_documents random_documents(std::size_t n, std::size_t skill, std::uint64_t seed) {
  tagspan_test::random_numbers gold(7);
  tagspan_test::random_numbers random(seed);
  typed_documents out(n);
  for (auto& document : out) {
    for (std::uint32_t type = 0; type < 3; ++type) {
      ts::type_counts row{type, 0, 0, 0};
      row.gold = static_cast<std::uint32_t>(gold.below(4 + type) / 3);
      for (std::uint32_t k = 0; k < row.gold; ++k) row.correct += random.below(100) < skill;
      row.predicted = row.correct + (random.below(5) == 0);
      document.push_back(row);
    }
  }
  return out;
}

ts::document_counts table_of(typed_documents const& documents) {
  ts::document_counts out;
  for (char const* name : {"A", "B", "C"}) out.type(name);
  for (auto const& d : documents) out.add(d);
  return out;
}

std::vector<ts::figure_values> resample(ts::document_counts const& counts, std::size_t n, std::uint64_t seed = 1) {
  std::vector<ts::figure_values> out(n);
  ts::bootstrap(counts, {.seed = seed}).run(0, out);
  return out;
}

ts::figure_values score(std::vector<ts::entity_counts> const& sums) {
  auto const a = ts::average(sums);
  return {{a.micro.precision, a.micro.recall, a.micro.f1, a.macro.precision, a.macro.recall, a.macro.f1}};
}

// The slow twin: documents drawn one by one.
std::vector<ts::figure_values> resample_slowly(typed_documents const& documents, std::size_t n) {
  tagspan_test::random_numbers random(99);
  std::vector<ts::figure_values> out(n);
  for (auto& values : out) {
    std::vector<ts::entity_counts> sums(3);
    for (std::size_t d = 0; d < documents.size(); ++d) {
      for (auto const& row : documents[random.below(documents.size())]) {
        sums[row.type] += {row.correct, row.predicted, row.gold};
      }
    }
    values = score(sums);
  }
  return out;
}

// The largest distance between two cumulated distributions.
double distance(std::vector<double> a, std::vector<double> b) {
  std::sort(a.begin(), a.end());
  std::sort(b.begin(), b.end());
  double most = 0;
  for (std::size_t i = 0, k = 0; i < a.size() && k < b.size();) {
    double const at = std::min(a[i], b[k]) + 1e-12;
    while (i < a.size() && a[i] <= at) ++i;
    while (k < b.size() && b[k] <= at) ++k;
    most = std::max(most, std::abs(double(i) / double(a.size()) - double(k) / double(b.size())));
  }
  return most;
}

// What the distance of two samples of one distribution exceeds once in a thousand (Smirnov).
double allowed(std::size_t a, std::size_t b) { return 1.95 * std::sqrt(1 / double(a) + 1 / double(b)); }

std::vector<double> column(std::vector<ts::figure_values> const& values, std::size_t k) {
  return ts::detail::column_of(values, k);
}

}  // namespace

TEST_CASE("binomial draws have the binomial distribution") {
  struct row {
    std::size_t trials;
    std::uint64_t part, whole;
  };
  for (row const& r : {row{1, 1, 2}, row{5, 2, 7}, row{9, 1, 3}, row{6, 5, 8}, row{200, 1, 50}, row{70, 999, 1000},
                       row{3, (std::uint64_t{1} << 61U) + 1, std::uint64_t{1} << 63U}}) {
    CAPTURE(r.trials);
    CAPTURE(r.part);
    constexpr std::size_t draws = 100'000;
    std::vector<std::size_t> seen(r.trials + 1);
    ts::detail::resample_random random(3, r.trials);
    for (std::size_t i = 0; i < draws; ++i) ++seen.at(ts::detail::binomial(random, r.trials, r.part, r.whole));
    double const p = double(r.part) / double(r.whole);
    for (std::size_t k = 0; k <= r.trials; ++k) {
      double const log_choose = std::lgamma(double(r.trials + 1)) - std::lgamma(double(k + 1)) - std::lgamma(double(r.trials - k + 1));
      double const expected = double(draws) * std::exp(log_choose + double(k) * std::log(p) + double(r.trials - k) * std::log1p(-p));
      CHECK(std::abs(double(seen[k]) - expected) <= 5 * std::sqrt(expected) + 1);
    }
  }
}

TEST_CASE("a few documents: every resample there is") {
  std::vector<plain> const documents{{1, 1, 1}, {0, 1, 2}, {0, 0, 0}, {2, 3, 2}, {1, 1, 1}};
  std::map<double, double> exact;  // value -> probability
  std::vector<double> all;
  std::size_t const n = documents.size();
  for (std::size_t code = 0; code < n * n * n * n * n; ++code) {
    ts::entity_counts sum;
    for (std::size_t d = 0, rest = code; d < n; ++d, rest /= n) {
      plain const& x = documents[rest % n];
      sum += {x.correct, x.predicted, x.gold};
    }
    all.push_back(ts::figures(sum).f1);
  }
  auto const drawn = resample(table_of(documents), 40'000);
  CHECK(distance(all, column(drawn, ts::micro_f1)) < 1.95 / std::sqrt(40'000.0));  // against a known distribution
}

TEST_CASE("many documents: as if drawn one by one") {
  auto const documents = random_documents(700, 60, 5);
  constexpr std::size_t n = 6000;
  auto const slow = resample_slowly(documents, n);
  auto const fast = resample(table_of(documents), n);
  for (std::size_t k = 0; k < std::size(ts::resampled_figures); ++k) {
    CAPTURE(ts::resampled_figures[k]);
    CHECK(distance(column(slow, k), column(fast, k)) < allowed(n, n));
  }
  // And it tells two systems apart.
  auto const other = resample(table_of(random_documents(700, 65, 5)), n);
  CHECK(distance(column(slow, ts::micro_f1), column(other, ts::micro_f1)) > allowed(n, n));
}

TEST_CASE("one entity a document: the binomial interval") {
  constexpr std::size_t n = 300, found = 240;
  std::vector<plain> documents;
  for (std::size_t d = 0; d < n; ++d) documents.push_back({d < found, d < found, 1});
  auto const report = ts::bootstrap_intervals(table_of(documents), {.resamples = 20'000}).value();
  // Quantiles of the binomial distribution over 300.
  double below = 0;
  std::size_t low = n, high = n;
  for (std::size_t k = 0; k <= n; ++k) {
    double const p = double(found) / n;
    below += std::exp(std::lgamma(n + 1.0) - std::lgamma(double(k) + 1) - std::lgamma(double(n - k) + 1) +
                      double(k) * std::log(p) + double(n - k) * std::log1p(-p));
    if (below >= 0.025 && low == n) low = k;
    if (below >= 0.975 && high == n) high = k;
  }
  ts::estimate const recall = report.of[1];
  CHECK(recall.value == 0.8);
  CHECK(std::abs(recall.percentile.low * n - double(low)) < 1.5);
  CHECK(std::abs(recall.percentile.high * n - double(high)) < 1.5);
  CHECK(std::abs(recall.bias) < 4 * std::sqrt(0.8 * 0.2 / n / 20'000));
  CHECK(report.of[0].percentile == ts::interval{1, 1});  // precision never varies
  CHECK(report.documents == n);
}

TEST_CASE("the interval's ends by rank") {
  struct row {
    std::size_t values;
    double confidence, low, high;
  };
  for (row const& r : {row{10'000, 0.95, 250, 9751}, row{1000, 0.95, 25, 976}, row{999, 0.9, 50, 950}, row{1000, 0.9, 50, 951},
                       row{10, 0.95, 1, 10}, row{1, 0.5, 1, 1}, row{99, 0.5, 25, 75}, row{10'000, 0.99, 50, 9951}}) {
    CAPTURE(r.values);
    CAPTURE(r.confidence);
    std::vector<double> values;
    for (std::size_t i = r.values; i > 0; --i) values.push_back(double(i));
    CHECK(ts::percentile_interval(values, r.confidence) == ts::interval{r.low, r.high});
  }
}

TEST_CASE("the same bits for every order, split and thread") {
  auto documents = random_documents(400, 60, 5);
  auto const expected = resample(table_of(documents), 300, 42);
  std::reverse(documents.begin(), documents.end());
  CHECK(resample(table_of(documents), 300, 42) == expected);
  CHECK(resample(table_of(documents).grouped(), 300, 42) == expected);
  CHECK(resample(table_of(documents), 300, 43) != expected);

  // Shards, whose types have other numbers.
  ts::document_counts other;
  for (char const* name : {"C", "A", "B"}) other.type(name);
  for (std::size_t d = 0; d < 150; ++d) {
    auto row = documents[d];
    for (auto& r : row) r.type = (r.type + 1) % 3;
    std::sort(row.begin(), row.end());
    other.add(row);
  }
  ts::document_counts rest = table_of(typed_documents(documents.begin() + 150, documents.end()));
  other.append(rest);
  CHECK(other.total() == 400);
  CHECK(resample(other, 300, 42) == expected);

  ts::bootstrap const b(other, {.seed = 42});
  std::vector<ts::figure_values> parts(300);
  {
    std::span<ts::figure_values> const all = parts;
    std::jthread const one([&] { b.run(0, all.first(7)); });
    std::jthread const two([&] { b.run(7, all.subspan(7, 200)); });
    b.run(207, all.subspan(207));
  }
  CHECK(parts == expected);
}

// The very bits, so that no platform, compiler or optimisation has others.
TEST_CASE("the same bits everywhere") {
  auto const counts = table_of(random_documents(1000, 60, 5));
  auto const values = resample(counts, 200, 20);
  std::uint64_t hash = 0;
  for (auto const& v : values) {
    for (double x : v.of) hash = ts::detail::mix(hash ^ std::bit_cast<std::uint64_t>(x));
  }
  CHECK(hash == 15644705172777292625U);
  auto const report = ts::compare_systems(counts, table_of(random_documents(1000, 62, 6)), {.resamples = 500}).value();
  CHECK(report.of[ts::micro_f1].p_bootstrap == 70.0 / 501);
  CHECK(report.of[ts::micro_f1].p_randomised == 96.0 / 501);
  CHECK(std::bit_cast<std::uint64_t>(report.of[ts::micro_f1].percentile.low) == 13810890416520600960U);
}

TEST_CASE("two systems") {
  auto const a = table_of(random_documents(300, 60, 5));
  SUBCASE("that are one") {
    auto const r = ts::compare_systems(a, a, {.resamples = 500}).value();
    for (auto const& e : r.of) {
      CHECK(e.difference == 0);
      CHECK(e.percentile == ts::interval{0, 0});
      CHECK(e.p_bootstrap == 1);
      CHECK(e.p_randomised == 1);
    }
  }
  SUBCASE("that are far apart") {
    auto const r = ts::compare_systems(table_of(random_documents(300, 90, 8)), a, {.resamples = 500}).value();
    auto const& f1 = r.of[ts::micro_f1];
    CHECK(f1.difference > 0.1);
    CHECK(f1.difference == f1.first - f1.second);
    CHECK(f1.percentile.low > 0);
    CHECK(f1.p_bootstrap == 1.0 / 501);
    CHECK(f1.p_randomised == 1.0 / 501);
    CHECK(r.documents == 300);
  }
  SUBCASE("that differ by luck") {
    auto const b = table_of(random_documents(300, 60, 11));
    auto const r = ts::compare_systems(a, b, {.resamples = 2000}).value();
    auto const turned = ts::compare_systems(b, a, {.resamples = 2000}).value();
    for (std::size_t k = 0; k < std::size(r.of); ++k) {
      CHECK(r.of[k].p_randomised > 0.05);
      CHECK(std::abs(r.of[k].p_bootstrap - r.of[k].p_randomised) < 0.06);
      CHECK(r.of[k].difference == -turned.of[k].difference);
      CHECK(std::abs(r.of[k].p_randomised - turned.of[k].p_randomised) < 0.06);
    }
  }
}

TEST_CASE("randomisation against all swaps there are") {
  std::vector<plain> const a{{2, 2, 2}, {1, 1, 1}, {1, 2, 1}, {0, 0, 1}, {1, 1, 2}, {3, 3, 3}, {0, 0, 0}, {1, 1, 1}, {2, 2, 2}};
  std::vector<plain> const b{{1, 2, 2}, {1, 1, 1}, {0, 2, 1}, {1, 2, 1}, {0, 1, 2}, {2, 4, 3}, {0, 1, 0}, {1, 1, 1}, {1, 2, 2}};
  auto const f1 = [](ts::entity_counts const& c) { return ts::figures(c).f1; };
  std::size_t as_far = 0;
  double observed = 0;
  for (std::size_t swaps = 0; swaps < std::size_t{1} << a.size(); ++swaps) {
    ts::entity_counts x, y;
    for (std::size_t d = 0; d < a.size(); ++d) {
      bool const swap = (swaps >> d & 1U) != 0;
      plain const& first = swap ? b[d] : a[d];
      plain const& second = swap ? a[d] : b[d];
      x += {first.correct, first.predicted, first.gold};
      y += {second.correct, second.predicted, second.gold};
    }
    if (swaps == 0) observed = std::abs(f1(x) - f1(y));
    as_far += std::abs(f1(x) - f1(y)) >= observed - 1e-12;
  }
  double const exact = double(as_far) / double(std::size_t{1} << a.size());
  constexpr std::size_t n = 20'000;
  auto const report = ts::compare_systems(table_of(a), table_of(b), {.resamples = n}).value();
  CHECK(exact > 0.01);
  CHECK(std::abs(report.of[ts::micro_f1].p_randomised - exact) < 4 * std::sqrt(exact * (1 - exact) / n));
}

TEST_CASE("counts by document") {
  auto const labels = ts::label_set::from_id2label(words("O B-X I-X B-Y I-Y")).value();
  using ids = std::vector<int>;
  ts::count_table<ts::bio> table{labels};
  table.extend(ids{1, 2, 0}, ids{1, 2, 0}).value();  // the first part of a first document
  table.extend(ids{3}, ids{1}).value();
  table.add(ids{0, 0}, ids{0, 0}).value();
  CHECK_FALSE(table.add(ids{0, 0}, ids{0}));
  table.add(ids{3, 0, 1}, ids{3, 0, 0}).value();
  auto const& documents = table.documents();
  using rows = std::vector<ts::type_counts>;
  auto const of = [&](std::size_t d) { return rows(documents[d].begin(), documents[d].end()); };
  REQUIRE(documents.size() == 4);
  CHECK(of(0) == rows{{0, 1, 2, 1}, {1, 0, 0, 1}});
  CHECK(of(1) == rows{});
  CHECK(of(2) == rows{});
  CHECK(of(3) == rows{{0, 0, 0, 1}, {1, 1, 1, 1}});
  CHECK(table.report().rejected == 1);
  CHECK(table.report().micro.correct == 2);

  auto const groups = documents.grouped();
  REQUIRE(groups.size() == 3);
  CHECK(groups.times(0) == 2);
  CHECK(groups.total() == 4);
  CHECK(groups[0].empty());

  // Spans, with labels that grow.
  ts::label_set growing;
  growing.intern_one("B-X").value();
  ts::count_table spans{growing};
  using entities = std::vector<ts::token_entity>;
  spans.add(entities{{{0, 2}, ts::type_id{0}}}, entities{}).value();
  growing.intern_one("B-Y").value();
  spans.add(entities{{{0, 2}, ts::type_id{1}}}, entities{{{0, 2}, ts::type_id{1}}}).value();
  CHECK(spans.documents()[1][0] == ts::type_counts{1, 1, 1, 1});
  CHECK(spans.documents().types()[1] == "Y");
}

TEST_CASE("what can't be resampled or compared") {
  auto const a = table_of(std::vector<plain>{{1, 1, 1}, {0, 1, 2}});
  auto const code = [](auto const& r) { return r ? ts::error{} : r.error(); };
  CHECK(code(ts::bootstrap_intervals(a, {.resamples = 0})).code == ts::errc::bad_option);
  for (double confidence : {0.0, 1.0, -1.0, std::nan("")}) {
    CHECK(code(ts::bootstrap_intervals(a, {.confidence = confidence})).code == ts::errc::bad_option);
  }
  for (double const beta : {-1.0, -1e-300, std::nan("")}) {
    CAPTURE(beta);
    CHECK(code(ts::bootstrap_intervals(a, {.metrics = {.beta = beta}})).code == ts::errc::bad_option);
    CHECK(code(ts::compare_systems(a, a, {.metrics = {.beta = beta}})).code == ts::errc::bad_option);
  }
  CHECK(code(ts::bootstrap_intervals({})) == ts::error{ts::errc::too_few_data, 0, 1});
  CHECK(code(ts::compare_systems(a, table_of(std::vector<plain>{{1, 1, 1}}))) == ts::error{ts::errc::gold_differs, 1, 0});
  CHECK(code(ts::compare_systems(a, table_of(std::vector<plain>{{1, 1, 1}, {0, 1, 1}}))) == ts::error{ts::errc::gold_differs, 1, 0});
  CHECK(code(ts::compare_systems(a, {})) == ts::error{ts::errc::gold_differs, 0, 0});
  CHECK(code(ts::compare_systems({}, a)).code == ts::errc::too_few_data);
  ts::document_counts other;
  ts::type_counts const row[] = {{other.type("Y"), 1, 1, 1}};
  other.add(row);
  other.add(row);
  CHECK(code(ts::compare_systems(a, other)) == ts::error{ts::errc::gold_differs, 0, 0});

  // No entity anywhere is no error: the figures are those of the scorer.
  auto const nothing = ts::bootstrap_intervals(table_of(std::vector<plain>{{0, 0, 0}}), {.resamples = 10}).value();
  CHECK(nothing.of[ts::macro_f1].percentile == ts::interval{0, 0});
}

TEST_CASE("what a report was made of is resampled by the report's options") {
  ts::label_set labels;
  ts::metric_options const metrics{.average_over = ts::average_over::gold, .beta = 2};
  ts::count_table<ts::bio> first{labels, {.metrics = metrics}}, second{labels, {.metrics = metrics}}, plain_f1{labels};
  auto const gold = labels.intern({"B-X", "O", "B-Y", "B-Y"}).value();
  auto const good = labels.intern({"B-X", "B-Z", "B-Y", "O"}).value();
  auto const poor = labels.intern({"B-X", "O", "O", "O"}).value();
  for (auto const* found : {&good, &good, &poor}) {
    first.add(gold, *found).value();
    second.add(gold, poor).value();
    plain_f1.add(gold, poor).value();
  }
  auto const r = first.report();
  auto const own = ts::bootstrap_intervals(first.counted(), {.resamples = 50, .metrics = {.beta = 3}}).value();
  CHECK(own == ts::bootstrap_intervals(first.documents(), {.resamples = 50, .metrics = metrics}).value());
  CHECK(own.of[ts::micro_f1].value == r.micro.f1);
  CHECK(own.of[ts::macro_f1].value == r.macro.f1);
  CHECK(r.micro.f1 != ts::bootstrap_intervals(first.documents(), {.resamples = 1}).value().of[ts::micro_f1].value);
  auto const pair = ts::compare_systems(first.counted(), second.counted(), {.resamples = 50}).value();
  CHECK(pair == ts::compare_systems(first.documents(), second.documents(), {.resamples = 50, .metrics = metrics}).value());
  CHECK(pair.of[ts::micro_f1].second == second.report().micro.f1);
  CHECK(ts::compare_systems(first.counted(), plain_f1.counted()).error() == ts::error{ts::errc::options_differ, 0, 0});
}

TEST_CASE("parts of a corpus add up to the whole") {
  auto const labels = ts::label_set::from_id2label(words("O B-X I-X B-Y I-Y")).value();
  tagspan_test::random_numbers random(4);
  ts::count_table<ts::bio> whole{labels};
  std::vector<ts::count_table<ts::bio>> parts(3, ts::count_table<ts::bio>{labels});
  for (std::size_t s = 0; s < 200; ++s) {
    std::vector<int> gold(random.below(9)), predicted(gold.size());
    for (std::size_t i = 0; i < gold.size(); ++i) {
      gold[i] = static_cast<int>(random.below(5));
      predicted[i] = random.one_in(4) ? static_cast<int>(random.below(5)) : gold[i];
    }
    whole.add(gold, predicted).value();
    parts[s * 3 / 200].add(gold, predicted).value();
  }
  ts::counted_corpus sum;
  for (auto const& part : parts) ts::merge(sum, part.counted()).value();
  CHECK(ts::to_text(sum.report, 17) == ts::to_text(whole.report(), 17));
  CHECK(sum.report.micro == whole.report().micro);
  CHECK(resample(sum.documents, 50) == resample(whole.documents(), 50));

  ts::counted_corpus other = sum;
  other.report.reading = "strict";
  CHECK(ts::merge(sum, other).error().code == ts::errc::options_differ);
  CHECK(sum.report.micro == whole.report().micro);
}
