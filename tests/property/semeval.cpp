// SPDX-License-Identifier: MIT
// The matching against naive code of the same rule, and what must not matter.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <tagspan/eval/confusion.hpp>
#include <tagspan/eval/curve.hpp>
#include <tagspan/eval/semeval.hpp>

#include "property/random.hpp"

namespace ts = tagspan;
using namespace tagspan_test;

namespace {

using entities = std::vector<ts::token_entity>;

// Nested, overlapping and equal spans, each entity once.
entities random_spans(random_numbers& random, std::size_t count, std::size_t length, std::size_t types) {
  entities out;
  for (std::size_t i = 0; i < count; ++i) {
    std::size_t const begin = random.below(length);
    ts::token_entity const e{{begin, begin + 1 + random.below(6)},
                             ts::type_id{static_cast<std::uint32_t>(random.below(types))}};
    if (std::find(out.begin(), out.end(), e) == out.end()) out.push_back(e);
  }
  return out;
}

template <class T>
void shuffle(std::vector<T>& items, random_numbers& random) {
  for (std::size_t k = items.size(); k > 1; --k) std::swap(items[k - 1], items[random.below(k)]);
}

bool may_pair(ts::token_span g, ts::token_span p, ts::match_options const& options) {
  std::size_t const shared = ts::shared_size(g, p);
  if (shared == 0) return false;
  std::size_t const either = g.size() + p.size() - shared;
  bool const left = g.begin == p.begin, right = g.end == p.end;
  auto const reaches = [&](std::size_t whole) {
    return static_cast<double>(shared) / static_cast<double>(whole) >= options.threshold;
  };
  switch (options.overlap) {
    case ts::overlap_criterion::iou: return reaches(either);
    case ts::overlap_criterion::share_of_gold: return reaches(g.size());
    case ts::overlap_criterion::left_boundary: return left && reaches(either);
    case ts::overlap_criterion::right_boundary: return right && reaches(either);
    case ts::overlap_criterion::either_boundary: return (left || right) && reaches(either);
  }
  return false;
}

// The best pair that is left, again and again: the rule as it is written, cubic. Unions of these spans are at most 12
// long, so that all shares are whole parts of 27720.
std::vector<ts::entity_pair> naive(entities const& gold, entities const& predicted, ts::label_set const& labels,
                                   ts::match_options const& options) {
  std::vector<std::optional<std::size_t>> of_gold(gold.size()), of_predicted(predicted.size());
  auto const key_of = [&](ts::token_entity const& e) {
    return std::tuple(e.span.begin, e.span.end, labels.type_name(e.type));
  };
  for (;;) {
    using key = std::tuple<bool, bool, std::size_t, bool, decltype(key_of(gold[0])), decltype(key_of(gold[0]))>;
    std::optional<key> best;
    std::pair<std::size_t, std::size_t> at;
    for (std::size_t g = 0; g < gold.size(); ++g) {
      for (std::size_t p = 0; p < predicted.size(); ++p) {
        if (of_gold[g] || of_predicted[p] || !may_pair(gold[g].span, predicted[p].span, options)) continue;
        std::size_t const shared = ts::shared_size(gold[g].span, predicted[p].span);
        std::size_t const either = gold[g].span.size() + predicted[p].span.size() - shared;
        key const k{gold[g] != predicted[p],          gold[g].span != predicted[p].span, 27720 - 27720 * shared / either,
                    gold[g].type != predicted[p].type, key_of(gold[g]),                  key_of(predicted[p])};
        if (!best || k < *best) {
          best = k;
          at = {g, p};
        }
      }
    }
    if (!best) break;
    of_gold[at.first] = at.second;
    of_predicted[at.second] = at.first;
  }
  std::vector<ts::entity_pair> pairs;
  for (std::size_t g = 0; g < gold.size(); ++g) pairs.push_back({g, of_gold[g]});
  for (std::size_t p = 0; p < predicted.size(); ++p) {
    if (!of_predicted[p]) pairs.push_back({std::nullopt, p});
  }
  return pairs;
}

ts::match_options random_options(random_numbers& random) {
  double const thresholds[] = {0, 0.1, 0.25, 0.5, 0.75, 1};
  return {static_cast<ts::overlap_criterion>(random.below(5)), thresholds[random.below(6)]};
}

}  // namespace

TEST_CASE("matching is what the rule says") {
  random_numbers random(21);
  auto const labels = ts::label_set::for_types<ts::bio>({"Z", "X", "Y"});
  std::size_t pairs_seen = 0;
  for (int round = 0; round < 4000; ++round) {
    std::size_t const length = 4 + random.below(20);
    auto const gold = random_spans(random, random.below(9), length, 3);
    auto const predicted = random_spans(random, random.below(9), length, 3);
    auto const options = random_options(random);
    auto const found = ts::match_entities(gold, predicted, labels, options).value();
    REQUIRE((found == naive(gold, predicted, labels, options)));
    for (auto const& pair : found) pairs_seen += pair.gold && pair.predicted;
  }
  CHECK(pairs_seen > 4000);
}

TEST_CASE("neither the order of the input nor the numbers of the types matter, and rows add up") {
  random_numbers random(22);
  auto const labels = ts::label_set::for_types<ts::bio>({"X", "Y", "Z"});
  auto const opposite = ts::label_set::for_types<ts::bio>({"Z", "Y", "X"});
  auto const mirrored = [](entities list) {
    for (auto& e : list) e.type = ts::type_id{2 - static_cast<std::uint32_t>(e.type)};
    return list;
  };
  for (int round = 0; round < 300; ++round) {
    auto const options = random_options(random);
    ts::semeval_scorer whole{labels, {.match = options}};
    std::vector<ts::semeval_scorer> shards;
    for (std::size_t k = 0; k < 3; ++k) shards.emplace_back(k == 1 ? opposite : labels, ts::semeval_options{options, {}});
    std::size_t gold_count = 0, predicted_count = 0;
    for (int document = 0; document < 10; ++document) {
      auto gold = random_spans(random, random.below(12), 25, 3);
      auto predicted = random_spans(random, random.below(12), 25, 3);
      std::size_t const weight = random.below(3);
      whole.add(gold, predicted, weight).value();
      gold_count += weight * gold.size();
      predicted_count += weight * predicted.size();
      shuffle(gold, random);
      shuffle(predicted, random);
      std::size_t const k = random.below(3);
      for (std::size_t n = 0; n < weight; ++n) {
        (k == 1 ? shards[k].add(mirrored(gold), mirrored(predicted)) : shards[k].add(gold, predicted)).value();
      }
    }
    shuffle(shards, random);
    shards[0].merge(shards[1]).value();
    shards[0].merge(shards[2]).value();
    ts::semeval_report const a = whole.report(), b = shards[0].report();
    REQUIRE((static_cast<ts::semeval_tally const&>(a) == b));
    REQUIRE((a.by_type == b.by_type));
    REQUIRE(ts::to_text(a) == ts::to_text(b));
    ts::semeval_tally sum;
    for (auto const& row : a.by_type) sum += row;
    REQUIRE((static_cast<ts::semeval_tally const&>(a) == sum));
    for (ts::semeval_counts const& c : {a.strict, a.exact, a.partial, a.type}) {
      REQUIRE(c.possible() == gold_count);
      REQUIRE(c.actual() == predicted_count);
    }
  }
}

TEST_CASE("strict counts what scorer counts") {
  random_numbers random(23);
  auto const labels = ts::label_set::for_types<ts::bio>({"X", "Y", "Z"});
  ts::semeval_scorer semeval{labels};
  ts::scorer scorer{labels};
  for (int document = 0; document < 500; ++document) {
    auto const gold = random_spans(random, random.below(9), 12, 3);
    auto const predicted = random_spans(random, random.below(9), 12, 3);
    semeval.add(gold, predicted).value();
    scorer.add(gold, predicted).value();
  }
  CHECK(ts::figures(semeval.report().strict) == scorer.report().micro);
  CHECK(semeval.report().gold_fingerprint == scorer.report().gold_fingerprint);
}

TEST_CASE("fractions against their products") {
  random_numbers random(24);
  for (int round = 0; round < 100000; ++round) {
    std::uint64_t n[4];
    for (auto& x : n) x = 1 + (random.next() >> 32 >> random.below(31));
    // Scaled beyond 32 bits the loop runs, and the order stays.
    std::uint64_t const left = 1 + random.below(1U << 31), right = 1 + random.below(1U << 31);
    bool const less = n[0] * n[3] < n[2] * n[1];
    REQUIRE(ts::detail::less_fraction(n[0], n[1], n[2], n[3]) == less);
    REQUIRE(ts::detail::less_fraction(n[0] * left, n[1] * left, n[2] * right, n[3] * right) == less);
  }
}

TEST_CASE("confusion counts what the strategies count, in shards as in one pass") {
  random_numbers random(25);
  auto const labels = ts::label_set::for_types<ts::bio>({"Y", "X", "Z"});
  auto const form_of = [](ts::token_span s) { return std::to_string(s.begin % 3) + "+" + std::to_string(s.size()); };
  for (int round = 0; round < 100; ++round) {
    auto const options = random_options(random);
    ts::semeval_scorer semeval{labels, {.match = options}};
    ts::confusion whole{labels, {.match = options, .examples = 3, .frequent = 1000}};
    std::vector<ts::confusion> shards;
    for (std::size_t k = 0; k < 3; ++k) {
      shards.emplace_back(labels, ts::confusion_options{options, 3, 1000, 4 * k});
    }
    std::size_t gold_count = 0, predicted_count = 0;
    for (std::size_t document = 0; document < 12; ++document) {
      auto gold = random_spans(random, random.below(12), 25, 3);
      auto predicted = random_spans(random, random.below(12), 25, 3);
      semeval.add(gold, predicted).value();
      whole.add(gold, predicted, form_of).value();
      shuffle(gold, random);
      shuffle(predicted, random);
      shards[document / 4].add(gold, predicted, form_of).value();
      gold_count += gold.size();
      predicted_count += predicted.size();
    }
    shards[2].merge(shards[0]).value();
    shards[2].merge(shards[1]).value();
    ts::confusion_report const a = whole.report(), b = shards[2].report();
    REQUIRE(ts::to_text(a) == ts::to_text(b));
    REQUIRE((a.examples == b.examples));
    REQUIRE((a.by_length == b.by_length));
    REQUIRE((a.surface == b.surface));
    auto const r = semeval.report();
    using enum ts::error_kind;
    REQUIRE(a.kinds[correct] == r.strict.correct);
    REQUIRE(a.kinds[correct] + a.kinds[wrong_type] == r.exact.correct);
    REQUIRE(a.kinds[correct] + a.kinds[wrong_boundary] == r.type.correct);
    REQUIRE(a.kinds[missed] == r.strict.missed);
    REQUIRE(a.kinds[spurious] == r.strict.spurious);
    std::size_t errors = 0;
    for (auto const& e : a.frequent) errors += e.count;
    REQUIRE(errors == r.strict.incorrect + r.strict.missed + r.strict.spurious);
    ts::kind_counts kinds;
    for (auto const& row : a.by_type) kinds += row;
    REQUIRE(kinds == a.kinds);
    ts::entity_counts lengths;
    for (auto const& row : a.by_length) lengths += row;
    REQUIRE(lengths == ts::entity_counts{r.strict.correct, predicted_count, gold_count});
    std::size_t cells = 0;
    for (std::size_t n : a.matrix) cells += n;
    REQUIRE(cells == r.strict.correct + errors);
  }
}

TEST_CASE("each point of a curve is what scorer counts above its threshold") {
  random_numbers random(26);
  auto const labels = ts::label_set::for_types<ts::bio>({"X", "Y"});
  for (int round = 0; round < 100; ++round) {
    std::vector<std::pair<entities, std::vector<ts::scored_entity<ts::unit::token>>>> documents;
    ts::curve_scorer curve{labels}, shards[] = {curve, curve};
    for (int document = 0; document < 6; ++document) {
      auto& [gold, predicted] = documents.emplace_back(random_spans(random, random.below(6), 6, 2), 0);
      for (auto const& e : random_spans(random, random.below(8), 6, 2)) {
        predicted.push_back({e.span, e.type, static_cast<float>(random.below(8)) / 8, {}});
      }
      curve.add(gold, predicted).value();
      shards[random.below(2)].add(gold, predicted).value();
    }
    ts::curve_report const r = curve.report();
    double area = 0, recall = 0;
    for (ts::curve_point const& point : r.points) {
      ts::scorer scorer{labels};
      for (auto const& [gold, predicted] : documents) {
        entities kept;
        for (auto const& e : predicted) {
          if (e.score >= point.threshold) kept.push_back(e);
        }
        scorer.add(gold, kept).value();
      }
      ts::prf const f = scorer.report().micro;
      REQUIRE(ts::figures(point) == f);
      area += f.precision * (f.recall - recall);
      recall = f.recall;
    }
    REQUIRE(r.average_precision == doctest::Approx(area));
    shards[0].merge(shards[1]);
    REQUIRE((shards[0].report().points == r.points));
    REQUIRE((shards[0].report().by_type == r.by_type));
    REQUIRE(shards[0].report().average_precision == r.average_precision);
  }
}
