// SPDX-License-Identifier: MIT
// The scorer against a reference that is too simple to be wrong, and what must not matter.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <tagspan/eval/scorer.hpp>
#include <tagspan/tags.hpp>

#include "property/random.hpp"
#include "support/words.hpp"

namespace ts = tagspan;
using namespace tagspan_test;

namespace {

using ids = std::vector<ts::label_id>;

struct sentence {
  ids gold, predicted;
};

std::vector<sentence> random_corpus(random_numbers& random, ts::label_set const& labels, std::size_t size) {
  std::vector<sentence> corpus(size);
  auto any = [&] { return static_cast<ts::label_id>(random.below(labels.size())); };
  for (sentence& s : corpus) {
    std::size_t const length = random.below(12);
    for (std::size_t i = 0; i < length; ++i) {
      s.gold.push_back(random.one_in(8) ? -100 : any());
      // Mostly right; where gold is ignored the prediction may be anything at all.
      ts::label_id const gold = s.gold.back();
      s.predicted.push_back(gold == -100       ? static_cast<ts::label_id>(random.below(1000)) - 500
                            : random.one_in(3) ? any()
                                               : gold);
    }
  }
  return corpus;
}

// The reference: entities as sets of tuples, and a set intersection. Ignored positions are removed on both sides before
// reading, and positions are then those of what is left, which keeps equal spans equal.
struct reference {
  std::map<std::string, ts::entity_counts> by_type;
  std::size_t tokens = 0, right = 0;

  template <ts::tag_scheme S>
  void add(sentence const& s, ts::label_set const& labels, ts::reading reading) {
    std::set<std::tuple<std::size_t, std::size_t, std::string>> sets[2];
    for (int side = 0; side < 2; ++side) {
      std::vector<std::string> left;
      for (std::size_t i = 0; i < s.gold.size(); ++i) {
        if (s.gold[i] != -100) left.emplace_back(labels.name(side == 0 ? s.gold[i] : s.predicted[i]));
      }
      for (auto const& e : ts::spans<S>(left, {.reading = reading}))
        sets[side].insert({e.begin, e.end, std::string(e.type)});
    }
    for (std::size_t i = 0; i < s.gold.size(); ++i) tokens += s.gold[i] != -100;
    for (std::size_t i = 0; i < s.gold.size(); ++i) right += s.gold[i] != -100 && s.gold[i] == s.predicted[i];
    for (auto const& e : sets[0]) ++by_type[std::get<2>(e)].gold;
    for (auto const& e : sets[1]) ++by_type[std::get<2>(e)].predicted;
    for (auto const& e : sets[1]) by_type[std::get<2>(e)].correct += sets[0].count(e);
  }
};

bool agree(ts::report const& r, reference const& expected) {
  if (r.by_type.size() != expected.by_type.size() || r.tokens != expected.tokens ||
      r.correct_tokens != expected.right) {
    return false;
  }
  std::size_t i = 0;
  for (auto const& [type, c] : expected.by_type) {  // sorted in the same way
    ts::typed_prf const& line = r.by_type[i++];
    if (line.type != type || line.correct != c.correct || line.predicted != c.predicted || line.support != c.gold)
      return false;
  }
  return true;
}

// Ids of another type, with its own idea of what is ignored.
template <class I>
std::vector<I> as(ids const& from, std::optional<I> ignored, ids const& gold) {
  std::vector<I> out;
  for (std::size_t i = 0; i < from.size(); ++i) {
    out.push_back(gold[i] == -100 ? (ignored ? *ignored : static_cast<I>(-100)) : static_cast<I>(from[i]));
  }
  return out;
}

}  // namespace

TEST_CASE_TEMPLATE("the scorer counts what a set intersection counts", S, TAGSPAN_TEST_SCHEMES) {
  random_numbers random(11);
  auto const labels = every_label();
  for (auto reading : {ts::reading::lenient, ts::reading::conlleval, ts::reading::strict}) {
    for (int round = 0; round < 60; ++round) {
      auto const corpus = random_corpus(random, labels, 10);
      ts::scorer<S> scorer{labels, {.reading = reading}};
      reference expected;
      std::size_t malformed[2] = {};
      for (sentence const& s : corpus) {
        scorer.add(s.gold, s.predicted).value();
        expected.template add<S>(s, labels, reading);
        ids left[2];
        for (std::size_t i = 0; i < s.gold.size(); ++i) {
          if (s.gold[i] == -100) continue;
          left[0].push_back(s.gold[i]);
          left[1].push_back(s.predicted[i]);
        }
        for (int side = 0; side < 2; ++side) malformed[side] += ts::validate<S>(left[side], labels).value().size();
      }
      ts::report const r = scorer.report();
      REQUIRE(agree(r, expected));
      REQUIRE(r.malformed_gold == malformed[0]);
      REQUIRE(r.malformed_predicted == malformed[1]);
      REQUIRE(r.sentences == corpus.size());
      REQUIRE(r.rejected == 0);
    }
  }
}

TEST_CASE_TEMPLATE("the type of the ids does not matter", I, std::uint8_t, std::int8_t, std::int16_t, std::uint16_t,
                   std::uint32_t, std::int64_t, std::uint64_t) {
  random_numbers random(12);
  auto const labels = every_label();
  constexpr ts::label_id ignored = 99;
  for (auto reading : {ts::reading::lenient, ts::reading::conlleval, ts::reading::strict}) {
    auto const corpus = random_corpus(random, labels, 300);
    ts::scorer<ts::bioes> plain{labels, {.reading = reading}};
    ts::scorer<ts::bioes> other{labels, {.reading = reading, .ignore_index = ignored}};
    ts::scorer<ts::bioes> mixed{labels, {.reading = reading, .ignore_index = ignored}};
    for (sentence const& s : corpus) {
      plain.add(s.gold, s.predicted).value();
      auto const gold = as<I>(s.gold, static_cast<I>(ignored), s.gold);
      auto const predicted = as<I>(s.predicted, std::nullopt, s.gold);
      other.add(gold, predicted).value();
      mixed.add(gold, as<std::int64_t>(s.predicted, std::nullopt, s.gold)).value();
    }
    REQUIRE(plain.report().micro.correct > 0);
    REQUIRE((plain.report().by_type == other.report().by_type));
    REQUIRE((plain.report().by_type == mixed.report().by_type));
    REQUIRE(plain.report().signature() == other.report().signature());
    REQUIRE(plain.report().correct_tokens == other.report().correct_tokens);
    REQUIRE(plain.report().malformed_predicted == mixed.report().malformed_predicted);
  }
}

TEST_CASE("shards in any order, with sets that met the types in another order, add up to one scorer") {
  random_numbers random(13);
  auto const labels = every_label();
  auto const opposite = ts::label_set::from_id2label(
                            {"S-Z", "E-Z", "I-Z", "B-Z", "O", "S-Y", "E-Y", "I-Y", "B-Y", "S-X", "E-X", "I-X", "B-X"})
                            .value();
  auto const fewer = ts::label_set::from_id2label({"O"}).value();
  for (int round = 0; round < 100; ++round) {
    auto const corpus = random_corpus(random, labels, 30);
    ts::scorer<ts::bio> whole{labels};
    std::vector<ts::scorer<ts::bio>> shards;
    for (std::size_t k = 0; k < 5; ++k) {
      shards.emplace_back(k % 2 == 0 ? labels : opposite);
    }
    for (sentence const& s : corpus) {
      std::size_t const k = random.below(shards.size());
      whole.add(s.gold, s.predicted).value();
      if (k % 2 == 0) {
        shards[k].add(s.gold, s.predicted).value();
        continue;
      }
      ids predicted;
      for (std::size_t i = 0; i < s.gold.size(); ++i) predicted.push_back(s.gold[i] == -100 ? -100 : s.predicted[i]);
      shards[k]
          .add(ts::remap(s.gold, labels, opposite).value(), ts::remap(predicted, labels, opposite).value())
          .value();
    }
    if (round % 7 == 0) {
      static_cast<void>(whole.add(ids{0}, ids{}));
      static_cast<void>(shards[3].add(ids{0}, ids{}));
    }
    std::vector<std::size_t> order{0, 1, 2, 3, 4};
    for (std::size_t k = order.size(); k > 1; --k) std::swap(order[k - 1], order[random.below(k)]);
    // Into a shard, into an empty scorer, and into one whose set has none of the types.
    ts::scorer<ts::bio> sums[] = {shards[order[0]], ts::scorer<ts::bio>{opposite}, ts::scorer<ts::bio>{fewer}};
    for (std::size_t which = 0; which < 3; ++which) {
      for (std::size_t k = which == 0 ? 1 : 0; k < order.size(); ++k) sums[which].merge(shards[order[k]]).value();
      ts::report const a = whole.report();
      ts::report const b = sums[which].report();
      REQUIRE((a.by_type == b.by_type));
      REQUIRE((a.micro == b.micro));
      REQUIRE((a.macro == b.macro));
      REQUIRE((a.weighted == b.weighted));
      REQUIRE(a.signature() == b.signature());
      REQUIRE(ts::to_text(a) == ts::to_text(b));
    }
  }
}

TEST_CASE("spans count as tags do, in any order and scheme, with one fingerprint") {
  random_numbers random(14);
  for (int round = 0; round < 300; ++round) {
    auto const bio = ts::label_set::for_types<ts::bio>({"X", "Y", "Z"});
    auto const ioe1 = ts::label_set::for_types<ts::ioe1>({"Z", "Y", "X"});
    ts::scorer<ts::bio> tags{bio};
    ts::scorer<ts::ioe1> other_tags{ioe1};
    ts::scorer<ts::bio> spans{bio};
    std::vector<std::pair<std::vector<ts::token_entity>, std::vector<ts::token_entity>>> corpus;
    for (std::size_t s = 0; s < 8; ++s) {
      std::size_t const length = random.below(14);
      auto gold = random_entities(random, length, 3);
      auto predicted = random.one_in(2) ? gold : random_entities(random, length, 3);
      if (!predicted.empty() && random.one_in(2)) predicted.pop_back();
      tags.add(ts::to_tags<ts::bio>(gold, length, bio).value(), ts::to_tags<ts::bio>(predicted, length, bio).value())
          .value();
      auto mirrored = [](std::vector<ts::token_entity> entities) {
        for (auto& e : entities) e.type = ts::type_id{2 - static_cast<std::uint32_t>(e.type)};
        return entities;
      };
      auto const a = ts::to_tags<ts::ioe1>(mirrored(gold), length, ioe1).value();
      auto const b = ts::to_tags<ts::ioe1>(mirrored(predicted), length, ioe1).value();
      other_tags.add(a, b).value();
      std::reverse(gold.begin(), gold.end());
      corpus.emplace_back(std::move(gold), std::move(predicted));
    }
    for (std::size_t k = corpus.size(); k > 0; --k) spans.add(corpus[k - 1].first, corpus[k - 1].second).value();
    REQUIRE((tags.report().by_type == spans.report().by_type));
    REQUIRE((tags.report().by_type == other_tags.report().by_type));
    REQUIRE(tags.report().gold_fingerprint == spans.report().gold_fingerprint);
    REQUIRE(tags.report().gold_fingerprint == other_tags.report().gold_fingerprint);
    REQUIRE(tags.report().malformed_gold == 0);
    REQUIRE(other_tags.report().malformed_predicted == 0);
  }
}
