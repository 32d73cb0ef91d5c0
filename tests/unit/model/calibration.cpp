// SPDX-License-Identifier: MIT
#include <tagspan/model/calibration.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ts = tagspan;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double no_number = std::numeric_limits<double>::quiet_NaN();

bool near(double a, double b, double tolerance = 1e-12) { return std::abs(a - b) <= tolerance; }

struct table {
  std::vector<double> values;
  std::size_t columns;
  ts::scores_view<double const> view() const { return {values.data(), values.size() / columns, columns}; }
};

using ids = std::vector<ts::label_id>;

ts::label_set const labels = ts::label_set::for_types<ts::bio>({"PER", "LOC"});
constexpr ts::type_id per{0};
constexpr ts::type_id loc{1};

using found = ts::scored_entity<ts::unit::byte>;
using gold = ts::entity<ts::unit::byte>;

// Scores 0.90, 0.80 ... as {hundredths, right}.
std::vector<ts::judged_score> judged(std::vector<std::pair<int, bool>> const& scores) {
  std::vector<ts::judged_score> out;
  for (auto const& [hundredths, correct] : scores) out.push_back({static_cast<float>(hundredths) / 100.0F, correct});
  return out;
}

}  // namespace

// ---- temperature

TEST_CASE("two labels have a temperature in closed form") {
  // k of n rows are right, all by the same difference d: the best T gives them probability k / n, which makes it
  // d / log(k / (n - k)).
  struct row {
    double difference;
    std::size_t right, rows;
  };
  for (row const& r : {row{2, 3, 4}, row{2, 9, 10}, row{8, 3, 5}, row{0.25, 99, 100}, row{30, 2, 3}}) {
    CAPTURE(r.difference);
    table logits{{}, 2};
    ids y;
    for (std::size_t i = 0; i < r.rows; ++i) {
      logits.values.insert(logits.values.end(), {5 + r.difference, 5});
      y.push_back(i < r.right ? 0 : 1);
    }
    double const p = static_cast<double>(r.right) / static_cast<double>(r.rows);
    auto const fit = ts::fit_temperature(logits.view(), y).value();
    CHECK(near(fit.temperature / (r.difference / std::log(p / (1 - p))), 1, 1e-9));
    CHECK(near(fit.nll_after, -p * std::log(p) - (1 - p) * std::log(1 - p)));
    CHECK(near(fit.nll_before, std::log1p(std::exp(-r.difference)) + (1 - p) * r.difference, 1e-9));
    CHECK(fit.nll_after <= fit.nll_before);
    CHECK(fit.rows == r.rows);
    CHECK(fit.end == ts::search_end::inside);
  }
}

TEST_CASE("an optimum outside the bounds is reported") {
  table const logits{{2, 0, 2, 0}, 2};
  auto const fit = [&](ids const& y, ts::temperature_options const& options = {}) {
    return ts::fit_temperature(logits.view(), y, options).value();
  };
  CHECK(fit({0, 0}).end == ts::search_end::lowest);
  CHECK(fit({0, 0}).temperature == 0.01);
  CHECK(fit({1, 1}).end == ts::search_end::highest);
  CHECK(fit({1, 1}).temperature == 100);
  CHECK(fit({0, 1}).end == ts::search_end::highest);  // a coin
  ids const three_of_four{0, 0, 0, 1};
  table const four{{2, 0, 2, 0, 2, 0, 2, 0}, 2};  // best at 1.82
  auto const hot =
      ts::fit_temperature(four.view(), three_of_four, {.min_temperature = 2, .max_temperature = 3}).value();
  CHECK(hot.end == ts::search_end::lowest);
  CHECK(hot.temperature == 2);
  auto const cold =
      ts::fit_temperature(four.view(), three_of_four, {.min_temperature = 0.5, .max_temperature = 1.5}).value();
  CHECK(cold.end == ts::search_end::highest);
  CHECK(cold.temperature == 1.5);
  auto const narrow =
      ts::fit_temperature(four.view(), three_of_four, {.min_temperature = 1.5, .max_temperature = 3}).value();
  CHECK(narrow.end == ts::search_end::inside);
  CHECK(near(narrow.temperature, 2 / std::log(3.0), 1e-9));
  double const best = 2 / std::log(3.0);
  auto const tight = ts::fit_temperature(four.view(), three_of_four,
                                         {.min_temperature = best * (1 - 1e-9), .max_temperature = best * (1 + 1e-9)});
  CHECK(near(tight->temperature, best, 1e-8));
  CHECK(near(tight->nll_after, narrow.nll_after));
}

TEST_CASE("scores that say nothing leave the temperature at 1") {
  table const flat{{3, 3, 3, -1, -1, -1}, 3};
  auto const fit = ts::fit_temperature(flat.view(), ids{0, 2}).value();
  CHECK(fit.temperature == 1);
  CHECK(near(fit.nll_after, std::log(3.0)));
  CHECK(fit.end == ts::search_end::inside);
  table const one{{3, 4}, 1};
  CHECK(ts::fit_temperature(one.view(), ids{0, 0}).value().temperature == 1);
}

TEST_CASE("extreme scores do not overflow") {
  table const logits{{1e6, 0, 0, 1e6, 1e6, 0, 1e6, 0}, 2};
  auto const fit = ts::fit_temperature(logits.view(), ids{0, 1, 0, 1}, {.max_temperature = 1e9}).value();
  CHECK(near(fit.temperature / (1e6 / std::log(3.0)), 1, 1e-9));
  CHECK(near(fit.nll_before, 2.5e5));
  // An impossible label (-inf) takes no part.
  table const masked{{2, 0, -infinity, 2, 0, -infinity, 2, 0, -infinity, 2, 0, -infinity}, 3};
  CHECK(near(ts::fit_temperature(masked.view(), ids{0, 0, 0, 1}).value().temperature, 2 / std::log(3.0), 1e-9));
}

TEST_CASE("ignored rows are not looked at") {
  table const logits{{2, 0, no_number, infinity, 2, 0, 2, 0, 2, 0}, 2};
  auto const fit = ts::fit_temperature(logits.view(), ids{0, -100, 0, 0, 1}).value();
  CHECK(fit.rows == 4);
  CHECK(near(fit.temperature, 2 / std::log(3.0), 1e-9));
  CHECK(ts::fit_temperature(logits.view(), ids{0, 7, 0, 0, 1}, {.ignore_index = 7}).value().rows == 4);
  std::vector<std::uint8_t> const compact{0, 255, 0, 0, 1};
  CHECK(ts::fit_temperature(logits.view(), compact, {.ignore_index = 255}).value().rows == 4);
}

TEST_CASE("float, strided and int64") {
  std::array<float, 12> const values{2, 0, 9, 2, 0, 9, 2, 0, 9, 2, 0, 9};
  ts::scores_view<float const> const logits{values.data(), 4, 2, 3};
  std::vector<std::int64_t> const y{0, 0, 1, 0};
  CHECK(near(ts::fit_temperature(logits, y).value().temperature, 2 / std::log(3.0), 1e-9));
}

TEST_CASE("fit_temperature: bad input") {
  table const logits{{2, 0, 2, 0}, 2};
  struct row {
    std::string name;
    table logits;
    ids y;
    ts::temperature_options options;
    ts::error expected;
  };
  ts::errc const bad = ts::errc::not_a_number;
  for (row const& r : {
           row{"one id too few", logits, {0}, {}, {ts::errc::shape_mismatch, 2, 1}},
           row{"one id too many", logits, {0, 0, 0}, {}, {ts::errc::shape_mismatch, 2, 3}},
           row{"id past the labels", logits, {0, 2}, {}, {ts::errc::id_out_of_range, 1, 0}},
           row{"negative id", logits, {-1, 0}, {}, {ts::errc::id_out_of_range, 0, 0}},
           row{"no ignored id", logits, {0, -100}, {.ignore_index = std::nullopt}, {ts::errc::id_out_of_range, 1, 0}},
           row{"NaN", {{2, 0, 1, no_number}, 2}, {0, 0}, {}, {bad, 1, 1}},
           row{"+inf", {{infinity, 0, 1, 0}, 2}, {0, 0}, {}, {bad, 0, 0}},
           row{"gold is impossible", {{2, 0, -infinity, 0}, 2}, {0, 0}, {}, {bad, 1, 0}},
           row{"nothing labelled", logits, {-100, -100}, {}, {ts::errc::too_few_data, 0, 1}},
           row{"nothing", {{}, 2}, {}, {}, {ts::errc::too_few_data, 0, 1}},
           row{"temperature 0", logits, {0, 0}, {.min_temperature = 0}, {ts::errc::bad_option, 0, 0}},
           row{"NaN bound", logits, {0, 0}, {.max_temperature = no_number}, {ts::errc::bad_option, 0, 0}},
           row{"no end", logits, {0, 0}, {.max_temperature = infinity}, {ts::errc::bad_option, 0, 0}},
           row{"backwards", logits, {0, 0}, {.min_temperature = 2, .max_temperature = 1}, {ts::errc::bad_option, 0, 0}},
       }) {
    CAPTURE(r.name);
    auto const fit = ts::fit_temperature(r.logits.view(), r.y, r.options);
    REQUIRE_FALSE(fit.has_value());
    CHECK(fit.error() == r.expected);
  }
  ts::scores_view<double const> const no_columns{logits.values.data(), 2, 0};
  CHECK(ts::fit_temperature(no_columns, ids{0, 0}).error() == ts::error{ts::errc::shape_mismatch, 0, 1});
}

// ---- reliability

TEST_CASE("reliability by hand") {
  std::vector<double> const confidences{0.95, 0.85, 0.85, 0.3, 0.25};
  std::vector<bool> const correct{true, true, false, false, true};
  auto const r = ts::reliability(confidences, correct, 2).value();
  REQUIRE(r.bins.size() == 2);
  CHECK(r.bins[0].lower == 0);
  CHECK(r.bins[0].upper == 0.5);
  CHECK(r.bins[0].count == 2);
  CHECK(near(r.bins[0].confidence, 0.275));
  CHECK(near(r.bins[0].accuracy, 0.5));
  CHECK(r.bins[1].count == 3);
  CHECK(near(r.bins[1].confidence, 2.65 / 3));
  CHECK(near(r.bins[1].accuracy, 2.0 / 3));
  CHECK(r.count == 5);
  CHECK(near(r.confidence, 0.64));
  CHECK(near(r.accuracy, 0.6));
  CHECK(near(r.ece, (0.45 + 0.65) / 5));
  CHECK(near(r.mce, 0.225));
}

TEST_CASE("a bin holds its upper border and not its lower one") {
  auto const bin_of = [](auto confidence, std::size_t bins) {
    auto const r = ts::reliability(std::vector{confidence}, std::vector<bool>{true}, bins).value();
    std::size_t bin = 0;
    while (r.bins[bin].count == 0) ++bin;
    return bin;
  };
  CHECK(bin_of(0.0, 5) == 0);  // the peer's bins leave it out
  CHECK(bin_of(1.0, 5) == 4);
  CHECK(bin_of(1.0F, 15) == 14);
  CHECK(bin_of(1.0000001F, 15) == 14);  // what rounding makes of a sum of probabilities
  CHECK(bin_of(5e-324, 15) == 0);
  for (std::size_t bins : {1U, 2U, 5U, 7U, 10U, 15U, 100U}) {
    CAPTURE(bins);
    for (std::size_t i = 1; i < bins; ++i) {
      double const d = static_cast<double>(i) / static_cast<double>(bins);
      float const f = static_cast<float>(i) / static_cast<float>(bins);
      CHECK(bin_of(d, bins) == i - 1);
      CHECK(bin_of(std::nextafter(d, 1.0), bins) == i);
      CHECK(bin_of(f, bins) == i - 1);
      CHECK(bin_of(std::nextafter(f, 1.0F), bins) == i);
    }
  }
}

TEST_CASE("reliability: bad input") {
  std::vector<double> const two{0.5, 0.5};
  std::vector<bool> const both{true, false};
  CHECK(ts::reliability(two, both, 0).error() == ts::error{ts::errc::bad_option, 0, 0});
  CHECK(ts::reliability(two, std::vector<bool>{true}).error() == ts::error{ts::errc::shape_mismatch, 1, 2});
  CHECK(ts::reliability(std::vector<float>{}, std::vector<bool>{}).error() == ts::error{ts::errc::too_few_data, 0, 1});
  for (double wrong : {no_number, -0.1, 1.1, infinity, -infinity}) {
    CAPTURE(wrong);
    CHECK(ts::reliability(std::vector<double>{0.5, wrong}, both).error() == ts::error{ts::errc::not_a_number, 1, 0});
  }
}

TEST_CASE("reliability of tokens") {
  double const d = std::log(3.0);  // probabilities 3/4 and 1/4
  table const logits{{d, 0, 0, d, no_number, no_number, d, 0, 0, 0}, 2};
  auto const r = ts::token_reliability(logits.view(), ids{0, 0, -100, 0, 0}, {.bins = 2}).value();
  CHECK(r.count == 4);
  CHECK(r.bins[0].count == 1);  // a tie: confidence 0.5 in the lower label, which is right
  CHECK(near(r.bins[0].accuracy, 1));
  CHECK(r.bins[1].count == 3);
  CHECK(near(r.bins[1].confidence, 0.75));
  CHECK(near(r.bins[1].accuracy, 2.0 / 3));
  CHECK(near(r.ece, (0.5 + 0.25) / 4));
  auto const hot = ts::token_reliability(logits.view(), ids{0, 0, -100, 0, 0}, {.temperature = 2, .bins = 2}).value();
  CHECK(near(hot.bins[1].confidence, std::sqrt(3.0) / (std::sqrt(3.0) + 1)));

  CHECK(ts::token_reliability(logits.view(), ids{0, 0, 0, 0, 0}).error() == ts::error{ts::errc::not_a_number, 2, 0});
  CHECK(ts::token_reliability(logits.view(), ids{0}).error() == ts::error{ts::errc::shape_mismatch, 5, 1});
  CHECK(ts::token_reliability(logits.view(), ids{0, 2, -100, 0, 0}).error() ==
        ts::error{ts::errc::id_out_of_range, 1, 0});
  CHECK(ts::token_reliability(logits.view(), ids(5, -100)).error() == ts::error{ts::errc::too_few_data, 0, 1});
  CHECK(ts::token_reliability(logits.view(), ids(5, -100), {.temperature = 0}).error().code == ts::errc::bad_temperature);
  CHECK(ts::token_reliability(logits.view(), ids(5, -100), {.bins = 0}).error().code == ts::errc::bad_option);
  table const never{{-infinity, -infinity}, 2};
  CHECK(ts::token_reliability(never.view(), ids{0}).error() == ts::error{ts::errc::no_legal_path, 0, 0});
}

// ---- development sets

TEST_CASE("found entities are right where gold has the same span and type") {
  ts::development_set dev{labels};
  std::vector<gold> const truth{{{10, 15}, loc}, {{0, 5}, per}, {{20, 22}, per}};
  std::vector<found> const guesses{
      {{0, 5}, per, 0.9F, {}},    // right
      {{10, 15}, per, 0.8F, {}},  // another type
      {{10, 15}, loc, 0.7F, {}},  // right
      {{20, 21}, per, 0.6F, {}},  // another end
      {{21, 22}, per, 0.5F, {}},  // another begin
  };
  REQUIRE(dev.add(truth, guesses));
  REQUIRE(dev.add(std::vector<gold>{}, std::vector<found>{{{20, 22}, per, 0.4F, {}}}));  // another sentence
  CHECK(dev.sentences() == 2);
  CHECK(dev.gold(per) == 2);
  CHECK(dev.gold(loc) == 1);
  CHECK(std::vector(dev.found(per).begin(), dev.found(per).end()) ==
        judged({{90, true}, {80, false}, {60, false}, {50, false}, {40, false}}));
  CHECK(std::vector(dev.found(loc).begin(), dev.found(loc).end()) == judged({{70, true}}));
  CHECK(dev.gold(ts::type_id{7}) == 0);
  CHECK(dev.found(ts::type_id{7}).empty());

  auto const all = ts::entity_reliability(dev, 1).value();
  CHECK(all.count == 6);
  CHECK(near(all.accuracy, 2.0 / 6));
  CHECK(near(all.confidence, 3.9 / 6, 1e-6));
  CHECK(near(ts::entity_reliability(dev, loc, 10).value().ece, 0.3, 1e-6));
  CHECK(ts::entity_reliability(dev, ts::type_id{2}).error() == ts::error{ts::errc::unknown_type, 0, 0});
  CHECK(ts::entity_reliability(dev, 0).error() == ts::error{ts::errc::bad_option, 0, 0});
  CHECK(ts::entity_reliability(ts::development_set{labels}).error() == ts::error{ts::errc::too_few_data, 0, 1});
}

TEST_CASE("what cannot be judged adds nothing") {
  struct row {
    std::string name;
    std::vector<gold> truth;
    std::vector<found> guesses;
    ts::error expected;
  };
  ts::development_set dev{labels};
  REQUIRE(dev.add(std::vector<gold>{{{0, 1}, per}}, std::vector<found>{}));
  float const no_score = std::numeric_limits<float>::quiet_NaN();
  for (row const& r : {
           row{"unknown type in gold", {{{0, 1}, per}, {{2, 3}, ts::type_id{2}}}, {}, {ts::errc::bad_type_in_sentence, 1, 1}},
           row{"unknown type found", {}, {{{0, 1}, ts::type_id{9}, 1, {}}}, {ts::errc::bad_type_in_sentence, 1, 0}},
           row{"empty", {{{3, 3}, per}}, {}, {ts::errc::bad_span_in_sentence, 1, 0}},
           row{"backwards", {}, {{{0, 1}, per, 1, {}}, {{4, 3}, per, 1, {}}}, {ts::errc::bad_span_in_sentence, 1, 1}},
           row{"gold twice", {{{4, 5}, per}, {{0, 1}, per}, {{4, 5}, per}}, {}, {ts::errc::duplicate_entity, 1, 2}},
           row{"found twice", {}, {{{0, 1}, per, 1, {}}, {{0, 1}, per, 0, {}}}, {ts::errc::duplicate_entity, 1, 1}},
           row{"no score", {{{0, 1}, per}}, {{{0, 1}, per, no_score, {}}}, {ts::errc::not_a_number, 1, 0}},
       }) {
    CAPTURE(r.name);
    auto const added = dev.add(r.truth, r.guesses);
    REQUIRE_FALSE(added.has_value());
    CHECK(added.error() == r.expected);
    CHECK(dev.sentences() == 1);
    CHECK(dev.gold(per) == 1);
    CHECK(dev.found(per).empty());
  }
}

TEST_CASE("judged elsewhere") {
  ts::development_set dev{labels};
  REQUIRE(dev.add(loc, judged({{90, true}, {80, false}}), 3));
  REQUIRE(dev.add(loc, judged({{70, true}}), 1));
  CHECK(dev.gold(loc) == 4);
  CHECK(dev.found(loc).size() == 3);
  CHECK(dev.add(ts::type_id{2}, {}, 0).error() == ts::error{ts::errc::unknown_type, 2, 0});
  CHECK(dev.add(loc, judged({{90, true}, {80, true}}), 1).error() == ts::error{ts::errc::shape_mismatch, 2, 1});
  std::vector<ts::judged_score> const no_score{{std::numeric_limits<float>::quiet_NaN(), true}};
  CHECK(dev.add(loc, no_score, 1).error() == ts::error{ts::errc::not_a_number, 2, 0});
  CHECK(dev.gold(loc) == 4);
  // A score that is no probability may be tuned, but has no reliability.
  REQUIRE(dev.add(loc, std::vector<ts::judged_score>{{-3, true}}, 1));
  CHECK(ts::entity_reliability(dev).error() == ts::error{ts::errc::not_a_number, 1, 3});
}

// ---- the exact binomial

TEST_CASE("tails of the binomial distribution") {
  struct row {
    std::size_t successes, trials;
    double p, expected;  // expected: summed with rational numbers
  };
  for (row const& r : {
           row{0, 10, 0.5, 1},
           row{3, 10, 0.5, 0.9453125},
           row{11, 10, 0.5, 0},
           row{59, 59, 0.95, 0.048494525249423236},
           row{90, 100, 0.95, 0.9885275899325153},
           row{1, 1000, 1.0 / 1024, 0.623576201943276},
           row{999, 1000, 1023.0 / 1024, 0.7443844999694552},
           row{30, 40, 0.25, 4.630880897739289e-11},
           row{500, 1000, 0.5, 0.5126125090891804},
           row{700, 1000, 0.5, 8.832839003975068e-38},
           row{5, 10, 0, 0},
           row{5, 10, 1, 1},
           row{0, 0, 0.5, 1},
           row{1, 0, 0.5, 0},
       }) {
    CAPTURE(r.successes);
    CAPTURE(r.trials);
    double const tail = ts::detail::binomial_upper_tail(r.successes, r.trials, r.p);
    CHECK(near(tail, r.expected, 1e-12 * r.expected));
  }
}

TEST_CASE("lower bounds of Clopper and Pearson") {
  struct row {
    std::size_t successes, trials;
    double confidence, expected;
  };
  for (row const& r : {
           // Newcombe 1998, Statistics in Medicine 17, table I: .2527, .0578, .0009, 0 (two sides, 95 %)
           row{81, 263, 0.975, 0.25273674558527115},
           row{15, 148, 0.975, 0.05784401008344856},
           row{1, 29, 0.975, 0.0008726468835799214},
           row{0, 20, 0.975, 0},
           // all found: alpha to the power of 1 / n
           row{20, 20, 0.95, 0.8608916593317348},
           row{299, 299, 0.95, std::pow(0.05, 1.0 / 299)},
           row{1, 1, 0.95, 0.05},
           row{10, 20, 0.975, 0.27195784956079183},
           row{95, 100, 0.95, 0.8977466223567255},
           row{7, 9, 0.5, 0.7137633319772173},
       }) {
    CAPTURE(r.successes);
    CAPTURE(r.trials);
    CHECK(near(ts::clopper_pearson_lower(r.successes, r.trials, r.confidence), r.expected, 1e-12));
  }
  double const large = ts::clopper_pearson_lower(990000, 1000000, 0.95);
  CHECK(near(large, 0.99 - 1.6448536 * std::sqrt(0.99 * 0.01 / 1e6), 2e-6));  // nearly normal
  CHECK_THROWS_AS(ts::clopper_pearson_lower(2, 1, 0.95), ts::contract_violation);
  CHECK_THROWS_AS(ts::clopper_pearson_lower(0, 0, 0.95), ts::contract_violation);
  CHECK_THROWS_AS(ts::clopper_pearson_lower(1, 1, 1), ts::contract_violation);
}

TEST_CASE("how many entities a promise needs") {
  struct row {
    double recall, confidence;
    std::size_t expected;  // the ceiling of log(1 - confidence) / log(recall)
  };
  for (row const& r : {row{0.95, 0.95, 59}, row{0.99, 0.95, 299}, row{0.9, 0.95, 29}, row{0.99, 0.99, 459},
                       row{0.999, 0.95, 2995}, row{0.5, 0.5, 1}, row{0.5, 0.75, 2}, row{0.5, 0.76, 3}}) {
    CAPTURE(r.recall);
    CHECK(ts::entities_needed(r.recall, r.confidence) == r.expected);
  }
  CHECK_THROWS_AS(ts::entities_needed(1, 0.95), ts::contract_violation);
}

// ---- thresholds

TEST_CASE("best F1 by hand") {
  struct row {
    std::string name;
    std::vector<ts::judged_score> scores;
    std::size_t gold;
    int threshold;  // in hundredths
    std::size_t predicted, correct;
  };
  for (row const& r : {
           row{"all right", judged({{90, true}, {80, true}}), 2, 80, 2, 2},
           row{"a wrong tail", judged({{90, true}, {80, true}, {10, false}}), 2, 80, 2, 2},
           row{"one wrong is worth one right", judged({{90, true}, {50, false}, {40, true}}), 2, 40, 3, 2},
           row{"equal F1: the lower one", judged({{90, true}, {50, false}, {40, false}, {30, true}}), 2, 30, 4, 2},
           row{"one score has one side", judged({{50, true}, {50, false}, {50, false}}), 1, 50, 3, 1},
           row{"in any order", judged({{10, false}, {90, true}, {20, false}, {80, true}}), 5, 80, 2, 2},
       }) {
    CAPTURE(r.name);
    ts::development_set dev{labels};
    REQUIRE(dev.add(loc, r.scores, r.gold));
    auto const tuned = ts::tune_threshold(dev, loc, ts::best_f1()).value();
    CHECK(tuned.outcome == ts::tuning::met);
    CHECK(tuned.type == loc);
    CHECK(tuned.name == "LOC");
    CHECK(tuned.threshold == static_cast<float>(r.threshold) / 100.0F);
    CHECK(tuned.predicted == r.predicted);
    CHECK(tuned.correct == r.correct);
    CHECK(tuned.support == r.gold);
    double const p = static_cast<double>(r.correct) / static_cast<double>(r.predicted);
    double const rec = static_cast<double>(r.correct) / static_cast<double>(r.gold);
    CHECK(tuned.precision == p);
    CHECK(tuned.recall == rec);
    CHECK(near(tuned.f1, 2 * p * rec / (p + rec)));
    CHECK_FALSE(tuned.recall_bound.has_value());
  }
}

TEST_CASE("recall at a precision by hand") {
  auto const scores = judged({{90, true}, {80, false}, {70, true}, {60, true}, {50, false}, {40, true}, {30, false}});
  struct row {
    double precision;
    std::optional<int> threshold;
  };
  // precision from the top: 1, 1/2, 2/3, 3/4, 3/5, 4/6, 4/7
  for (row const& r : {row{1, 90}, row{0.76, 90}, row{0.75, 60}, row{0.7, 60}, row{2.0 / 3, 40}, row{0.01, 40}}) {
    CAPTURE(r.precision);
    ts::development_set dev{labels};
    REQUIRE(dev.add(per, scores, 5));
    auto const tuned = ts::tune_threshold(dev, per, ts::recall_at_precision(r.precision)).value();
    CHECK(tuned.outcome == ts::tuning::met);
    CHECK(tuned.threshold == static_cast<float>(*r.threshold) / 100.0F);
    CHECK(tuned.precision >= r.precision);
  }
}

TEST_CASE("what has no threshold says so and stays out of the table") {
  ts::development_set dev{labels};
  REQUIRE(dev.add(per, judged({{90, false}, {80, true}}), 1));
  auto const f1 = ts::tune_thresholds(dev, ts::best_f1()).value();
  REQUIRE(f1.by_type.size() == 2);
  CHECK(f1.by_type[0].outcome == ts::tuning::met);
  CHECK(f1.by_type[1].outcome == ts::tuning::no_data);
  CHECK(f1.thresholds == ts::type_table<float>::from({{"PER", 0.8F}}, labels).value());

  auto const precise = ts::tune_thresholds(dev, ts::recall_at_precision(0.9)).value();
  CHECK(precise.by_type[0].outcome == ts::tuning::out_of_reach);
  CHECK(precise.by_type[0].support == 1);
  CHECK(precise.thresholds.empty());

  ts::development_set missed{labels};
  REQUIRE(missed.add(loc, judged({{90, false}}), 3));
  CHECK(ts::tune_threshold(missed, loc, ts::best_f1()).value().outcome == ts::tuning::out_of_reach);
  REQUIRE(missed.add(per, {}, 3));
  CHECK(ts::tune_threshold(missed, per, ts::best_f1()).value().outcome == ts::tuning::out_of_reach);
}

TEST_CASE("a recall is guaranteed by the highest threshold of the grid that passes") {
  // 100 gold entities, one at each of 1.00, 0.99 ... 0.01. At 0.95 the least for 0.8 is 87 of 100: the bound of 86 is
  // 0.7898, of 87 it is 0.8013. 87 lie at 0.14 and above.
  std::vector<std::pair<int, bool>> scores;
  for (int i = 1; i <= 100; ++i) scores.emplace_back(i, true);
  scores.emplace_back(50, false);
  scores.emplace_back(5, false);
  ts::development_set dev{labels};
  REQUIRE(dev.add(loc, judged(scores), 100));
  auto const tuned = ts::tune_threshold(dev, loc, ts::recall_at_least(0.8, 0.95)).value();
  CHECK(ts::clopper_pearson_lower(86, 100, 0.95) < 0.8);
  CHECK(tuned.threshold == 0.14F);
  CHECK(tuned.correct == 87);
  CHECK(tuned.predicted == 88);
  CHECK(tuned.recall == 0.87);
  REQUIRE(tuned.recall_bound.has_value());
  CHECK(*tuned.recall_bound == ts::clopper_pearson_lower(87, 100, 0.95));
  CHECK(*tuned.recall_bound >= 0.8);

  // A coarser grid stops lower, and never between its points.
  std::array<float, 4> const grid{0, 0.1F, 0.2F, 0.9F};
  CHECK(ts::tune_threshold(dev, loc, ts::recall_at_least(0.8, 0.95, grid)).value().threshold == 0.1F);
  // Gold that is never found counts as missed.
  REQUIRE(dev.add(loc, {}, 10));
  auto const with_misses = ts::tune_threshold(dev, loc, ts::recall_at_least(0.8, 0.95)).value();
  CHECK(with_misses.threshold < 0.14F);
  CHECK(with_misses.support == 110);
}

TEST_CASE("a guarantee is refused where the data cannot bear it") {
  std::vector<std::pair<int, bool>> const all_found(58, {90, true});
  ts::development_set dev{labels};
  REQUIRE(dev.add(loc, judged(all_found), 58));
  ts::recall_at_least const promise{.recall = 0.95, .confidence = 0.95};
  CHECK(ts::tune_threshold(dev, loc, promise).error() == ts::error{ts::errc::too_few_data, 58, 59});
  REQUIRE(dev.add(loc, judged({{90, true}}), 1));
  CHECK(ts::tune_threshold(dev, loc, promise).value().threshold == 0.9F);
  // Enough gold, but the model misses too much of it: 59 of 60 are found, and all 60 would have to be.
  REQUIRE(dev.add(loc, {}, 1));
  CHECK(ts::tune_threshold(dev, loc, promise).error() == ts::error{ts::errc::too_few_data, 59, 60});
  CHECK(ts::tune_threshold(dev, per, promise).error() == ts::error{ts::errc::too_few_data, 0, 59});

  // For all types or for none; those that can bear it may be named.
  REQUIRE(dev.add(loc, judged(all_found), 58));
  CHECK(ts::tune_thresholds(dev, promise).error() == ts::error{ts::errc::too_few_data, 0, 59});
  std::array<ts::type_id, 1> const only{loc};
  auto const tuned = ts::tune_thresholds(dev, promise, only).value();
  CHECK(tuned.by_type.size() == 1);
  CHECK(tuned.thresholds == ts::type_table<float>::from({{"LOC", 0.9F}}, labels).value());
}

TEST_CASE("objectives that make no sense") {
  ts::development_set dev{labels};
  REQUIRE(dev.add(loc, judged({{90, true}}), 1));
  auto const code = [&](auto const& objective) { return ts::tune_thresholds(dev, objective).error(); };
  for (double wrong : {0.0, -1.0, 1.5, no_number}) {
    CAPTURE(wrong);
    CHECK(code(ts::recall_at_precision(wrong)) == ts::error{ts::errc::bad_option, 0, 0});
    CHECK(code(ts::recall_at_least(wrong, 0.95)) == ts::error{ts::errc::bad_option, 0, 0});
    CHECK(code(ts::recall_at_least(0.9, wrong)) == ts::error{ts::errc::bad_option, 1, 0});
  }
  CHECK(code(ts::recall_at_least(1, 0.95)) == ts::error{ts::errc::bad_option, 0, 0});  // no data can show that
  CHECK(code(ts::recall_at_least(0.95, 1)) == ts::error{ts::errc::bad_option, 1, 0});
  std::array<float, 3> const backwards{0, 0.5F, 0.4F};
  std::array<float, 3> const twice{0, 0, 0.4F};
  std::array<float, 1> const nothing{std::numeric_limits<float>::quiet_NaN()};
  CHECK(code(ts::recall_at_least(0.9, 0.9, backwards)) == ts::error{ts::errc::bad_option, 2, 2});
  CHECK(code(ts::recall_at_least(0.9, 0.9, twice)) == ts::error{ts::errc::bad_option, 2, 1});
  CHECK(code(ts::recall_at_least(0.9, 0.9, nothing)) == ts::error{ts::errc::bad_option, 2, 0});
  std::array<ts::type_id, 2> const unknown{loc, ts::type_id{2}};
  CHECK(ts::tune_thresholds(dev, ts::best_f1(), unknown).error() == ts::error{ts::errc::unknown_type, 1, 0});
  CHECK(ts::tune_threshold(dev, ts::type_id{2}, ts::best_f1()).error() == ts::error{ts::errc::unknown_type, 0, 0});
}
