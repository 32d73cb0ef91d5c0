// SPDX-License-Identifier: MIT
#include <tagspan/eval/metrics.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>

namespace ts = tagspan;

namespace {

constexpr ts::metric_options zero{};
constexpr ts::metric_options one{.zero_division = ts::zero_division::one};
constexpr double two_thirds = 2.0 / 3;

// One body, run by the compiler and by the program.
struct row {
  ts::entity_counts counts;
  ts::metric_options options;
  double precision, recall, f1;
};
constexpr row rows[] = {
    {{1, 2, 4}, zero, 0.5, 0.25, 2 * 0.5 * 0.25 / 0.75},
    {{3, 3, 3}, zero, 1, 1, 1},
    {{0, 3, 3}, zero, 0, 0, 0},
    {{0, 3, 3}, one, 0, 0, 0},
    {{0, 0, 0}, zero, 0, 0, 0},
    {{0, 0, 0}, one, 1, 1, 1},
    {{0, 0, 3}, zero, 0, 0, 0},
    {{0, 0, 3}, one, 1, 0, 0},
    {{0, 3, 0}, zero, 0, 0, 0},
    {{0, 3, 0}, one, 0, 1, 0},
    {{1, 2, 4}, {.beta = 2}, 0.5, 0.25, 5 * 0.5 * 0.25 / (4 * 0.5 + 0.25)},
    {{1, 2, 4}, {.beta = 0}, 0.5, 0.25, 0.5},
    {{1, 2, 4}, {.beta = std::numeric_limits<double>::infinity()}, 0.5, 0.25, 0.25},
    {{1, 2, 4}, {.beta = 1e200}, 0.5, 0.25, 0.25},
    {{1, 2, 4}, {.beta = std::numeric_limits<double>::quiet_NaN()}, 0.5, 0.25, 0},  // what is no beta
    {{1, 2, 4}, {.beta = -1}, 0.5, 0.25, 0},
    {{1, 2, 4}, {.beta = -1e200}, 0.5, 0.25, 0},
    {{0, 0, 4}, {.zero_division = ts::zero_division::one, .beta = -1e200}, 1, 0, 0},
};
constexpr bool close(double a, double b) { return (a < b ? b - a : a - b) <= 1e-15; }
constexpr bool holds(row const& r) {
  ts::prf const f = ts::figures(r.counts, r.options);
  return close(f.precision, r.precision) && close(f.recall, r.recall) && close(f.f1, r.f1) &&
         f.support == r.counts.gold && f.correct == r.counts.correct && f.predicted == r.counts.predicted;
}
constexpr bool all_hold() {
  for (row const& r : rows) {
    if (!holds(r)) return false;
  }
  return true;
}
static_assert(all_hold());

bool finite(ts::prf const& f) { return std::isfinite(f.precision) && std::isfinite(f.recall) && std::isfinite(f.f1); }

}  // namespace

TEST_CASE("figures from counts") {
  for (row const& r : rows) {
    CAPTURE(r.counts.correct);
    CAPTURE(r.counts.predicted);
    CAPTURE(r.counts.gold);
    CAPTURE(r.options.beta);
    CHECK(holds(r));
  }
}

TEST_CASE("figures have their counts") {
  for (row const& r : rows) CHECK(ts::counts_of(ts::figures(r.counts, r.options)) == r.counts);
  constexpr ts::entity_counts apart{1, 2, 4};
  static_assert(ts::counts_of(ts::average({&apart, 1}).macro) == apart);
}

TEST_CASE("averages over gold and predicted types, or over gold only") {
  // Type 0: all right. Type 1: only predicted. Type 2: only in gold. Type 3: nowhere.
  std::vector<ts::entity_counts> const counts{{2, 2, 2}, {0, 1, 0}, {0, 0, 4}, {0, 0, 0}};
  auto const both = ts::average(counts);
  CHECK(both.micro.precision == doctest::Approx(two_thirds));
  CHECK(both.micro.recall == doctest::Approx(1.0 / 3));
  CHECK(both.micro.support == 6);
  CHECK(both.macro.f1 == doctest::Approx(1.0 / 3));  // three types
  CHECK(both.macro.support == 6);
  CHECK(both.weighted.f1 == doctest::Approx(2.0 / 6));
  CHECK(both.weighted.predicted == 3);
  auto const gold_only = ts::average(counts, {.average_over = ts::average_over::gold});
  CHECK(gold_only.macro.f1 == doctest::Approx(0.5));
  CHECK(gold_only.macro.recall == doctest::Approx(0.5));
  CHECK((gold_only.micro == both.micro));
  CHECK((gold_only.weighted == both.weighted));
  auto const with_one = ts::average(counts, one);
  CHECK(with_one.macro.precision == doctest::Approx(two_thirds));  // 1, 0 and an undefined 1
  CHECK(with_one.macro.recall == doctest::Approx(two_thirds));     // 1, an undefined 1, and 0
}

TEST_CASE("averages over nothing are numbers") {
  struct nothing_row {
    std::vector<ts::entity_counts> counts;
    ts::metric_options options;
    double macro, weighted_precision, weighted_recall;
  };
  nothing_row const table[] = {
      {{}, zero, 0, 0, 0},
      {{}, one, 1, 1, 1},
      {{{0, 0, 0}}, zero, 0, 0, 0},
      {{{0, 0, 0}}, one, 1, 1, 1},
      {{{0, 5, 0}}, zero, 0, 0, 0},
      {{{0, 5, 0}}, {.zero_division = ts::zero_division::one, .average_over = ts::average_over::gold}, 1, 0, 1},
  };
  for (nothing_row const& r : table) {
    auto const all = ts::average(r.counts, r.options);
    for (ts::prf const& f : {all.micro, all.macro, all.weighted}) CHECK(finite(f));
    CHECK(all.macro.f1 == r.macro);
    CHECK(all.weighted.precision == r.weighted_precision);
    CHECK(all.weighted.recall == r.weighted_recall);
  }
}

TEST_CASE("a report: look-up, accuracy, signature") {
  ts::report r;
  CHECK(r.accuracy() == 0);
  CHECK(r.find("X") == nullptr);
  for (char const* type : {"", "A", "B", "a-b", "\xC3\xA9"}) {  // sorted by bytes
    ts::typed_prf line;
    line.type = type;
    line.support = r.by_type.size() + 1;
    r.by_type.push_back(line);
  }
  for (auto const& line : r.by_type) {
    REQUIRE(r.find(line.type) != nullptr);
    CHECK(r.find(line.type)->support == line.support);
  }
  for (char const* type : {"AA", "C", "a", "\xC3", "\xC3\xA9z"}) CHECK(r.find(type) == nullptr);
  r.tokens = 4;
  r.correct_tokens = 3;
  CHECK(r.accuracy() == 0.75);
  r.reading = "lenient";
  std::string const plain = r.signature();
  CHECK(plain.find("tagspan:") == 0);
  CHECK(plain.find("|scheme:none|reading:lenient|zero_division:0|over:gold+predicted|") != std::string::npos);
  CHECK(plain.find("beta") == std::string::npos);
  CHECK(plain.find("rejected") == std::string::npos);
  CHECK(plain.find('\n') == std::string::npos);
  // Whatever the figures depend on shows.
  std::vector<ts::report> others(7, r);
  others[0].scheme = "BIO";
  others[1].reading = "strict";
  others[2].options.zero_division = ts::zero_division::one;
  others[3].options.average_over = ts::average_over::gold;
  others[4].options.beta = 0.5;
  others[5].gold_fingerprint = 1;
  others[6].rejected = 1;
  for (auto const& other : others) CHECK(other.signature() != plain);
  CHECK(others[4].signature().find("|beta:0.5|") != std::string::npos);
}

TEST_CASE("the text of a report") {
  ts::report r;
  ts::typed_prf line;
  static_cast<ts::prf&>(line) = ts::figures({1, 2, 3});
  line.type =
      "L\xC3\xB6"
      "ve";  // four columns, five bytes
  r.by_type = {line};
  r.micro = r.macro = r.weighted = line;
  r.reading = "lenient";
  std::string const text = ts::to_text(r);
  CHECK(text ==
        "              precision    recall  f1-score   support\n"
        "\n"
        "        L\xC3\xB6ve       0.50      0.33      0.40         3\n"
        "\n"
        "   micro avg       0.50      0.33      0.40         3\n"
        "   macro avg       0.50      0.33      0.40         3\n"
        "weighted avg       0.50      0.33      0.40         3\n"
        "\n" +
            r.signature() + "\n");
  CHECK(ts::to_text(r, 4).find("0.3333") != std::string::npos);
  CHECK(text.find("REJECTED") == std::string::npos);
  CHECK(text.find("malformed") == std::string::npos);
  r.tokens = 3;
  r.correct_tokens = 2;
  r.malformed_predicted = 5;
  r.rejected = 2;
  r.options.beta = 2;
  std::string const more = ts::to_text(r, 3);
  CHECK(more.find("token accuracy 0.667 over 3 tokens\n") != std::string::npos);
  CHECK(more.find("malformed transitions: 0 in gold, 5 in predicted\n") != std::string::npos);
  CHECK(more.find("REJECTED: 2 sentences could not be counted\n") != std::string::npos);
  r.rejected = 1;
  CHECK(ts::to_text(r).find("REJECTED: 1 sentence could not be counted\n") != std::string::npos);
  CHECK(more.find("f-beta") != std::string::npos);
  CHECK(ts::to_text({}).find("nan") == std::string::npos);
}
