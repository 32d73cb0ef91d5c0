// SPDX-License-Identifier: MIT
// decode() beside a twin that is written from its documentation alone: slow, in double, and with every path enumerated.
#include <tagspan/model/decode.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <tagspan/tags/convert.hpp>
#include <tagspan/tags/entities.hpp>

#include "random.hpp"

namespace ts = tagspan;
using tagspan_test::random_numbers;

namespace {

using rows = std::vector<std::vector<double>>;

struct problem {
  std::size_t columns;
  std::vector<float> scores;
  std::vector<std::int32_t> word_ids;
  std::vector<std::uint8_t> mask;
  std::vector<ts::byte_span> offsets;
  std::size_t tokens() const { return word_ids.size(); }
  bool special(std::size_t i) const { return word_ids[i] < 0 || mask[i] != 0; }
};

problem make_problem(random_numbers& random, std::size_t columns, bool probabilities) {
  problem p{columns, {}, {}, {}, {}};
  std::int32_t word = 0;
  std::size_t at = 0;
  for (std::size_t n = random.below(8); p.word_ids.size() < n;) {
    if (!random.one_in(2)) ++word;
    p.word_ids.push_back(random.one_in(7) ? -1 : word);
    p.mask.push_back(random.one_in(8) ? 1 : 0);
    std::size_t const begin = at + random.below(2);
    std::size_t const length = random.one_in(6) ? 0 : 1 + random.below(3);
    p.offsets.push_back(random.one_in(9) ? ts::byte_span{0, 0} : ts::byte_span{begin, begin + length});
    at = p.offsets.back().end > at ? p.offsets.back().end : at;
    float sum = 0;
    for (std::size_t j = 0; j < columns; ++j) {
      float const x = static_cast<float>(random.below(1U << 20U)) / static_cast<float>(1U << 17U);
      p.scores.push_back(probabilities ? x + 0.01F : x - 4);
      sum += p.scores.back();
    }
    if (probabilities) {
      for (std::size_t j = 0; j < columns; ++j) p.scores[p.scores.size() - columns + j] /= sum;
    }
  }
  return p;
}

// ---- the twin
std::size_t winner(std::vector<double> const& row) {
  std::size_t best = 0;
  for (std::size_t j = 1; j < row.size(); ++j) {
    if (row[j] > row[best]) best = j;
  }
  return best;
}

struct unit_of_decision {
  ts::token_span tokens;
  std::vector<double> row;  // probabilities
};

template <class S>
struct twin {
  problem const& p;
  ts::label_set const& labels;
  ts::decode_options const& options;
  bool words;
  std::vector<ts::scored_entity<ts::unit::byte>> found;
  std::vector<float> worths;  // of all entities, thresholds aside

  std::vector<double> probabilities(std::size_t i) const {
    std::vector<double> row(p.scores.begin() + static_cast<std::ptrdiff_t>(i * p.columns),
                            p.scores.begin() + static_cast<std::ptrdiff_t>((i + 1) * p.columns));
    if (options.scores_are_probabilities) return row;
    double sum = 0;
    for (double& x : row) sum += x = std::exp(x / options.temperature);
    for (double& x : row) x /= sum;
    return row;
  }

  std::vector<double> row_of(ts::token_span tokens) const {
    std::vector<double> row = probabilities(tokens.begin);
    for (std::size_t i = tokens.begin + 1; i < tokens.end; ++i) {
      auto const next = probabilities(i);
      if (options.aggregate == ts::aggregation::max && next[winner(next)] > row[winner(row)]) row = next;
      if (options.aggregate == ts::aggregation::average) {
        for (std::size_t j = 0; j < row.size(); ++j) row[j] += next[j];
      }
    }
    if (options.aggregate == ts::aggregation::average) {
      for (double& x : row) x /= static_cast<double>(tokens.size());
    }
    return row;
  }

  void run() {
    std::vector<unit_of_decision> stretch;
    for (std::size_t i = 0; i < p.tokens();) {
      if (p.special(i)) {
        decide(stretch);
        stretch.clear();
        ++i;
        continue;
      }
      std::size_t end = i + 1;
      while (words && end < p.tokens() && !p.special(end) && p.word_ids[end] == p.word_ids[i]) ++end;
      bool covers = false;
      for (std::size_t k = i; k < end; ++k) covers = covers || p.offsets[k].begin != p.offsets[k].end;
      if (covers) stretch.push_back({{i, end}, row_of({i, end})});
      i = end;
    }
    decide(stretch);
  }

  // Every path that the scheme allows, with its probability.
  template <class Each>
  void each_legal_path(std::vector<unit_of_decision> const& units, Each&& each) const {
    std::vector<ts::label_id> path(units.size(), 0);
    while (true) {
      if (ts::validate<S>(path, labels)->empty()) {
        double weight = 1;
        for (std::size_t u = 0; u < units.size(); ++u) weight *= units[u].row[static_cast<std::size_t>(path[u])];
        each(path, weight);
      }
      std::size_t u = 0;
      while (u < path.size() && static_cast<std::size_t>(++path[u]) == p.columns) path[u++] = 0;
      if (u == path.size()) return;
    }
  }

  void decide(std::vector<unit_of_decision> const& units) {
    if (units.empty()) return;
    std::vector<ts::label_id> path;
    if (options.path == ts::decode_path::argmax) {
      for (auto const& u : units) path.push_back(static_cast<ts::label_id>(winner(u.row)));
    } else {
      double best = -1;
      each_legal_path(units, [&](std::vector<ts::label_id> const& candidate, double weight) {
        if (weight > best) {
          best = weight;
          path = candidate;
        }
      });
    }
    std::vector<ts::token_entity> entities = ts::to_entities<S>(path, labels, {.reading = options.reading}).value();
    if (options.aggregate == ts::aggregation::none) {
      entities.clear();
      for (std::size_t u = 0; u < path.size(); ++u) {
        ts::tag const t = labels.tag_of(path[u]);
        if (t.role != ts::role::outside) entities.push_back({{u, u + 1}, t.type});
      }
    }
    for (ts::token_entity const& e : entities) {
      auto const score = static_cast<float>(worth(units, path, e));
      ts::byte_span span{};
      ts::token_span const tokens{units[e.span.begin].tokens.begin, units[e.span.end - 1].tokens.end};
      bool any = false;
      for (std::size_t i = tokens.begin; i < tokens.end; ++i) {
        if (p.offsets[i].begin == p.offsets[i].end) continue;
        if (!any) span.begin = p.offsets[i].begin;
        span.end = p.offsets[i].end;
        any = true;
      }
      if (options.ignored_types.value_or(e.type, false)) continue;
      worths.push_back(score);
      if (score >= options.min_score_by_type.value_or(e.type, options.min_score)) {
        found.push_back({span, e.type, score, tokens});
      }
    }
  }

  double worth(std::vector<unit_of_decision> const& units, std::vector<ts::label_id> const& path,
               ts::token_entity const& e) const {
    if (options.score == ts::entity_score::posterior) {
      double all = 0;
      double with = 0;
      each_legal_path(units, [&](std::vector<ts::label_id> const& candidate, double weight) {
        all += weight;
        bool holds = false;
        if (options.aggregate == ts::aggregation::none) {
          ts::tag const t = labels.tag_of(candidate[e.span.begin]);
          holds = t.role != ts::role::outside && t.type == e.type;
        } else {
          for (auto const& other : ts::to_entities<S>(candidate, labels).value()) holds = holds || other == e;
        }
        if (holds) with += weight;
      });
      return with / all;
    }
    std::vector<double> p_of;
    for (std::size_t u = e.span.begin; u < e.span.end; ++u) {
      p_of.push_back(units[u].row[static_cast<std::size_t>(path[u])]);
    }
    double sum = 0;
    double product = 1;
    double low = 2;
    double high = 0;
    for (double x : p_of) {
      sum += x;
      product *= x;
      low = x < low ? x : low;
      high = x > high ? x : high;
    }
    auto const n = static_cast<double>(p_of.size());
    switch (options.score) {
      case ts::entity_score::min: return low;
      case ts::entity_score::max: return high;
      case ts::entity_score::product: return product;
      case ts::entity_score::geometric: return std::pow(product, 1 / n);
      default: return sum / n;
    }
  }
};

template <class S>
void compare(std::size_t& entities, std::size_t& dropped) {
  random_numbers random(2024);
  auto const labels = ts::label_set::from_types<S>(std::vector<std::string>{"X", "Y"}).value();
  ts::decode_workspace memory;
  std::vector<ts::scored_entity<ts::unit::byte>> found;
  for (int round = 0; round < 40; ++round) {
    for (bool const probabilities : {false, true}) {
      problem const p = make_problem(random, labels.size(), probabilities);
      ts::byte_encoding const enc{.word_ids = p.word_ids, .offsets = p.offsets, .special_tokens_mask = p.mask};
      ts::scores_view<float const> const view{p.scores.data(), p.tokens(), p.columns};
      for (auto const how : {ts::aggregation::none, ts::aggregation::simple, ts::aggregation::first,
                             ts::aggregation::average, ts::aggregation::max}) {
        for (auto const path : {ts::decode_path::argmax, ts::decode_path::viterbi}) {
          for (auto const score : {ts::entity_score::mean, ts::entity_score::min, ts::entity_score::product,
                                   ts::entity_score::max, ts::entity_score::geometric, ts::entity_score::posterior}) {
            // Posteriors cost the twin every path once more for each entity.
            if (score == ts::entity_score::posterior && round % 4 != 0) continue;
            ts::decode_options options{
                .aggregate = how, .scores_are_probabilities = probabilities, .path = path, .score = score};
            if (random.one_in(2)) options.min_score = 0.31F;
            if (random.one_in(2)) options.min_score_by_type.set(ts::type_id{1}, 0.57F, labels);
            if (random.one_in(4)) options.ignored_types.set(ts::type_id{0}, true, labels);
            if (random.one_in(3)) options.reading = ts::reading::strict;
            if (!probabilities && random.one_in(3)) options.temperature = 1.7;
            bool const words = how != ts::aggregation::none && how != ts::aggregation::simple;
            twin<S> slow{p, labels, options, words, {}, {}};
            slow.run();
            bool near_threshold = false;
            for (float w : slow.worths) {
              near_threshold = near_threshold || std::abs(w - 0.31F) < 1e-5F || std::abs(w - 0.57F) < 1e-5F;
            }
            if (near_threshold) continue;
            auto const done = ts::decode_into<S>(view, labels, enc, options, found, memory);
            REQUIRE(done);
            CAPTURE(round);
            CAPTURE(static_cast<int>(how));
            CAPTURE(static_cast<int>(path));
            CAPTURE(static_cast<int>(score));
            CAPTURE(probabilities);
            REQUIRE(found.size() == slow.found.size());
            entities += found.size();
            dropped += slow.worths.size() - found.size();
            for (std::size_t k = 0; k < found.size(); ++k) {
              CHECK(found[k].span == slow.found[k].span);
              CHECK(found[k].type == slow.found[k].type);
              CHECK(found[k].tokens == slow.found[k].tokens);
              CHECK(std::abs(found[k].score - slow.found[k].score) < 2e-6F);
            }
          }
        }
      }
    }
  }
}

}  // namespace

TEST_CASE("decode is its slow twin") {
  std::size_t entities = 0;
  std::size_t dropped = 0;
  SUBCASE("BIO") { compare<ts::bio>(entities, dropped); }
  SUBCASE("IOE2") { compare<ts::ioe2>(entities, dropped); }
  SUBCASE("IO") { compare<ts::io>(entities, dropped); }
  // The comparison is worth something.
  CHECK(entities > 1000);
  CHECK(dropped > 100);
}

// Long rows of logits, so that whole vectors and their rests are used, beside probabilities in double.
TEST_CASE("scores are softmax to 1e-6, whatever the number of labels") {
  random_numbers random(7);
  for (std::size_t types = 1; types < 30; ++types) {
    std::vector<std::string> names;
    for (std::size_t t = 0; t < types; ++t) names.push_back("T" + std::to_string(t));
    auto const labels = ts::label_set::from_types<ts::io>(names).value();
    std::size_t const columns = labels.size();
    std::vector<float> scores;
    for (std::size_t i = 0; i < 53 * columns; ++i) {
      float const spread = random.one_in(5) ? 100.0F : 8.0F;
      scores.push_back((static_cast<float>(random.below(1U << 20U)) / static_cast<float>(1U << 20U) - 0.5F) * spread);
      if (random.one_in(9)) scores.back() = -INFINITY;
    }
    for (std::size_t i = 0; i < 53; ++i) scores[i * columns + 1] = static_cast<float>(i) / 8;
    ts::scores_view<float const> const view{scores.data(), 53, columns};
    auto const found =
        ts::decode<ts::io>(view, labels, ts::encoding<ts::unit::token>{}, {.aggregate = ts::aggregation::none}).value();
    auto const expected = ts::softmax(view).value();
    REQUIRE(!found.empty());
    for (auto const& e : found) {
      double const p = static_cast<double>(expected[e.span.begin * columns + ts::index(e.type) + 1]);
      CHECK(std::abs(static_cast<double>(e.score) - p) <= 1e-6 * p);
    }
  }
}
