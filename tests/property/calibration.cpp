// SPDX-License-Identifier: MIT
// Calibration beside slow twins, and guarantees beside what they promise: thousands of development sets are drawn from
// a model whose true recall is known.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <tagspan/model/calibration.hpp>

namespace ts = tagspan;

namespace {

// Numbers that depend on the seed and a counter alone.
class generator {
 public:
  explicit generator(std::uint64_t seed) : seed_(ts::detail::mix(seed + 1)) {}
  std::uint64_t bits() { return ts::detail::mix(seed_ + 0x9e3779b97f4a7c15U * ++count_); }
  double uniform() { return static_cast<double>(bits() >> 11) * 0x1p-53; }
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(bits() % n); }
  bool chance(double p) { return uniform() < p; }
  double normal() {  // Box & Muller
    double const u = 1 - uniform();
    return std::sqrt(-2 * std::log(u)) * std::cos(6.283185307179586 * uniform());
  }

 private:
  std::uint64_t seed_, count_ = 0;
};

ts::label_set const labels = ts::label_set::for_types<ts::bio>({"PER", "LOC"});
constexpr ts::type_id per{0};
constexpr ts::type_id loc{1};

// A model that never finds a share of the gold entities, and gives the others scores of which 1 - t³ are above t.
struct model {
  double found;
  double true_recall(float threshold) const {
    double const t = static_cast<double>(threshold);
    return found * (1 - t * t * t);
  }
  std::vector<ts::judged_score> draw(std::size_t gold, generator& r) const {
    std::vector<ts::judged_score> scores;
    for (std::size_t i = 0; i < gold; ++i) {
      if (r.chance(found)) scores.push_back({static_cast<float>(std::cbrt(r.uniform())), true});
      if (r.chance(0.2)) scores.push_back({static_cast<float>(r.uniform()), false});
    }
    return scores;
  }
};

// What people do: the highest threshold at which the development set has the recall.
std::optional<float> naive_threshold(std::vector<ts::judged_score> const& scores, std::size_t gold, double recall) {
  std::optional<float> best;
  for (int i = 0; i <= 100; ++i) {
    float const threshold = static_cast<float>(i) / 100.0F;
    std::size_t hits = 0;
    for (auto const& s : scores) hits += s.correct && s.score >= threshold ? 1U : 0U;
    if (static_cast<double>(hits) >= recall * static_cast<double>(gold)) best = threshold;
  }
  return best;
}

double mean_nll(ts::scores_view<float const> logits, std::vector<ts::label_id> const& gold, double temperature) {
  auto const log_p = ts::log_softmax(logits, temperature).value();
  double sum = 0;
  for (std::size_t i = 0; i < gold.size(); ++i) {
    sum -= static_cast<double>(log_p[i * logits.columns + static_cast<std::size_t>(gold[i])]);
  }
  return sum / static_cast<double>(gold.size());
}

}  // namespace

TEST_CASE("a guaranteed recall is kept at its rate, and the naive threshold keeps it half the time") {
  struct setting {
    std::string name;
    model of;
    std::size_t least_gold, most_gold;
    ts::recall_at_least promise;
    bool in_reach;  // some threshold has that recall
  };
  constexpr std::size_t trials = 2000;
  for (setting const& s : {
           setting{"200 entities", {0.99}, 200, 200, {0.9, 0.9}, true},
           setting{"1000 entities", {0.99}, 1000, 1000, {0.95, 0.95}, true},
           setting{"as many as there happen to be", {1}, 40, 300, {0.9, 0.9}, true},
           setting{"hardly enough", {1}, 22, 26, {0.9, 0.9}, true},
           setting{"a model that finds too little", {0.89}, 200, 200, {0.9, 0.9}, false},
       }) {
    CAPTURE(s.name);
    std::size_t broken = 0;
    std::size_t naive_broken = 0;
    std::size_t refused = 0;
    for (std::size_t trial = 0; trial < trials; ++trial) {
      generator r(trial);
      std::size_t const gold = s.least_gold + r.below(s.most_gold - s.least_gold + 1);
      auto const scores = s.of.draw(gold, r);
      ts::development_set dev{labels};
      REQUIRE(dev.add(loc, scores, gold));
      auto const tuned = ts::tune_threshold(dev, loc, s.promise);
      if (tuned) {
        broken += s.of.true_recall(tuned->threshold) < s.promise.recall ? 1U : 0U;
        REQUIRE(*tuned->recall_bound >= s.promise.recall - 1e-12);
      } else {
        REQUIRE(tuned.error().code == ts::errc::too_few_data);
        REQUIRE(tuned.error().where < tuned.error().inner);
        ++refused;
      }
      auto const naive = naive_threshold(scores, gold, s.promise.recall);
      naive_broken += naive && s.of.true_recall(*naive) < s.promise.recall ? 1U : 0U;
    }
    double const n = static_cast<double>(trials);
    double const allowed = 1 - s.promise.confidence;
    double const rate = static_cast<double>(broken) / n;
    double const slack = 3 * std::sqrt(allowed * (1 - allowed) / n);
    CAPTURE(refused);
    CAPTURE(naive_broken);
    CHECK(rate <= allowed + slack);
    CHECK(static_cast<double>(naive_broken) / n > allowed + 3 * slack);
    if (s.in_reach) {
      CHECK(rate > allowed / 10);  // it does not keep its word by keeping everything
      CHECK(refused < trials);
    } else {
      CHECK(refused >= static_cast<std::size_t>(n * (1 - allowed - slack)));
    }
  }
}

TEST_CASE("the lower bound of a rate holds at its rate") {
  for (double p : {0.5, 0.9, 0.99}) {
    for (std::size_t n : {1U, 10U, 100U, 1000U}) {
      CAPTURE(p);
      CAPTURE(n);
      // Over all outcomes, each with its probability from neighbouring tails: no drawing is needed.
      double broken = 0;
      for (std::size_t k = 0; k <= n; ++k) {
        if (ts::clopper_pearson_lower(k, n, 0.95) > p) {
          broken += ts::detail::binomial_upper_tail(k, n, p) - ts::detail::binomial_upper_tail(k + 1, n, p);
        }
      }
      CHECK(broken <= 0.05 + 1e-12);
    }
  }
}

TEST_CASE("the best F1 and the most recall at a precision, against all thresholds") {
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    CAPTURE(seed);
    generator r(seed);
    std::vector<ts::judged_score> scores(r.below(30));
    std::size_t correct = 0;
    for (auto& s : scores) {
      s = {static_cast<float>(r.below(12)) / 8.0F, r.chance(0.5)};
      correct += s.correct ? 1U : 0U;
    }
    std::size_t const gold = correct + r.below(4);
    double const wanted = 0.125 * static_cast<double>(1 + r.below(8));
    ts::development_set dev{labels};
    REQUIRE(dev.add(per, scores, gold));

    double best_f1 = 0;
    double best_recall = 0;
    for (auto const& at : scores) {
      double predicted = 0;
      double right = 0;
      for (auto const& s : scores) {
        if (s.score < at.score) continue;
        predicted += 1;
        right += s.correct ? 1 : 0;
      }
      best_f1 = std::max(best_f1, 2 * right / (predicted + static_cast<double>(gold)));
      if (right / predicted >= wanted && right > 0)
        best_recall = std::max(best_recall, right / static_cast<double>(gold));
    }

    auto const counts_are_of = [&](ts::tuned_threshold const& t) {
      std::size_t predicted = 0;
      std::size_t right = 0;
      for (auto const& s : scores) {
        predicted += s.score >= t.threshold ? 1U : 0U;
        right += s.score >= t.threshold && s.correct ? 1U : 0U;
      }
      return predicted == t.predicted && right == t.correct;
    };
    auto const f1 = ts::tune_threshold(dev, per, ts::best_f1()).value();
    CHECK((f1.outcome == ts::tuning::met) == (best_f1 > 0));
    if (best_f1 > 0) {
      CHECK(f1.f1 == best_f1);
      CHECK(counts_are_of(f1));
    }
    auto const precise = ts::tune_threshold(dev, per, ts::recall_at_precision(wanted)).value();
    CHECK((precise.outcome == ts::tuning::met) == (best_recall > 0));
    if (best_recall > 0) {
      CHECK(precise.recall == best_recall);
      CHECK(precise.precision >= wanted);
      CHECK(counts_are_of(precise));
    }
  }
}

TEST_CASE("entities are matched as by looking at every pair") {
  using gold_entity = ts::entity<ts::unit::word>;
  using found_entity = ts::scored_entity<ts::unit::word>;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    generator r(seed);
    std::vector<gold_entity> gold;
    std::vector<found_entity> found;
    auto const draw = [&] {
      std::size_t const begin = r.below(6);
      return gold_entity{{begin, begin + 1 + r.below(3)}, r.chance(0.5) ? per : loc};
    };
    for (std::size_t i = r.below(8); i-- > 0;) {
      auto const e = draw();
      if (std::find(gold.begin(), gold.end(), e) == gold.end()) gold.push_back(e);
    }
    for (std::size_t i = r.below(8); i-- > 0;) {
      auto const e = draw();
      bool const known = std::any_of(found.begin(), found.end(), [&](auto const& f) { return gold_entity(f) == e; });
      if (!known) found.push_back({e.span, e.type, static_cast<float>(found.size()), {}});
    }
    ts::development_set dev{labels};
    REQUIRE(dev.add(gold, found));
    std::size_t judged = 0;
    for (ts::type_id type : {per, loc}) {
      CHECK(dev.gold(type) == static_cast<std::size_t>(std::count_if(gold.begin(), gold.end(),
                                                                     [&](auto const& e) { return e.type == type; })));
      for (auto const& s : dev.found(type)) {
        auto const& f = found[static_cast<std::size_t>(s.score)];
        CHECK(f.type == type);
        CHECK(s.correct == (std::find(gold.begin(), gold.end(), gold_entity(f)) != gold.end()));
        ++judged;
      }
    }
    CHECK(judged == found.size());
  }
}

TEST_CASE("no temperature beats the fitted one") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    CAPTURE(seed);
    generator r(seed);
    std::size_t const columns = 2 + r.below(8);
    std::size_t const rows = 5 + r.below(60);
    double const scale = std::exp(3 * r.normal());
    std::vector<float> values(rows * columns);
    for (float& v : values) v = static_cast<float>(scale * r.normal());
    ts::scores_view<float const> const logits{values.data(), rows, columns};
    std::vector<ts::label_id> gold = ts::argmax(logits);
    for (auto& id : gold) id = r.chance(0.5) ? static_cast<ts::label_id>(r.below(columns)) : id;
    auto const fit = ts::fit_temperature(logits, gold).value();
    double const fitted = mean_nll(logits, gold, fit.temperature);
    CHECK(std::abs(fit.nll_after - fitted) <= 1e-5 * fitted);
    CHECK(std::abs(fit.nll_before - mean_nll(logits, gold, 1)) <= 1e-5 * fit.nll_before);
    for (int i = 0; i <= 200; ++i) {
      double const other = 0.01 * std::pow(1e4, i / 200.0);
      CHECK(fit.nll_after <= mean_nll(logits, gold, other) * (1 + 1e-5));
    }
    CHECK((fit.end == ts::search_end::inside) == (fit.temperature > 0.01 && fit.temperature < 100));
  }
}

TEST_CASE("the temperature that made the labels is found, and makes the confidences honest") {
  for (double made : {0.4, 1.0, 3.0}) {
    CAPTURE(made);
    generator r(7);
    constexpr std::size_t rows = 20000;
    constexpr std::size_t columns = 5;
    std::vector<float> values(rows * columns);
    std::vector<ts::label_id> gold;
    for (std::size_t i = 0; i < rows; ++i) {
      double weight[columns];
      double sum = 0;
      for (std::size_t j = 0; j < columns; ++j) {
        double const z = 1.5 * r.normal();
        values[i * columns + j] = static_cast<float>(z * made);
        sum += weight[j] = std::exp(z);
      }
      double left = r.uniform() * sum;
      std::size_t label = 0;
      while (label + 1 < columns && left >= weight[label]) left -= weight[label++];
      gold.push_back(static_cast<ts::label_id>(label));
    }
    ts::scores_view<float const> const logits{values.data(), rows, columns};
    auto const fit = ts::fit_temperature(logits, gold).value();
    CHECK(std::abs(fit.temperature / made - 1) < 0.04);
    CHECK(ts::token_reliability(logits, gold, {.temperature = fit.temperature}).value().ece < 0.015);
    if (made != 1) CHECK(ts::token_reliability(logits, gold).value().ece > 0.1);
  }
}

TEST_CASE("reliability beside its definition") {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    CAPTURE(seed);
    generator r(seed);
    std::size_t const bins = 1 + r.below(20);
    std::vector<float> confidences(1 + r.below(80));
    std::vector<bool> correct;
    for (float& c : confidences) {
      c = r.chance(0.3) ? static_cast<float>(r.below(21)) / 20.0F : static_cast<float>(r.uniform());
      correct.push_back(r.chance(static_cast<double>(c)));
    }
    double ece = 0;
    double mce = 0;
    for (std::size_t b = 0; b < bins; ++b) {
      float const lower = static_cast<float>(b) / static_cast<float>(bins);
      float const upper = static_cast<float>(b + 1) / static_cast<float>(bins);
      double count = 0;
      double confidence = 0;
      double right = 0;
      for (std::size_t i = 0; i < confidences.size(); ++i) {
        bool const inside = (confidences[i] > lower && confidences[i] <= upper) || (b == 0 && confidences[i] == 0);
        if (!inside) continue;
        count += 1;
        confidence += static_cast<double>(confidences[i]);
        right += correct[i] ? 1 : 0;
      }
      if (count == 0) continue;
      double const gap = std::abs(confidence / count - right / count);
      ece += gap * count / static_cast<double>(confidences.size());
      mce = std::max(mce, gap);
    }
    auto const found = ts::reliability(confidences, correct, bins).value();
    CHECK(std::abs(found.ece - ece) <= 1e-12);
    CHECK(std::abs(found.mce - mce) <= 1e-12);
    CHECK(found.count == confidences.size());
  }
}
