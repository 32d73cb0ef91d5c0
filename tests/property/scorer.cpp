// SPDX-License-Identifier: MIT
// The scorer against a reference that is too simple to be wrong, and what must not matter.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
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

namespace {

// Runs of one type with outside between, so that entities of all lengths come up, and noise.
template <class I>
std::vector<I> random_ids(random_numbers& random, ts::label_set const& labels, std::size_t length, bool quiet) {
  std::vector<I> out;
  std::size_t const rows = labels.type_count();
  while (out.size() < length) {
    bool const outside = random.one_in(2);
    auto const type = ts::type_id{static_cast<std::uint32_t>(random.below(rows))};
    std::size_t run = 1 + random.below(outside ? 9 : random.one_in(20) ? 70 : 4);
    for (bool first = true; run > 0 && out.size() < length; --run, first = false) {
      ts::role const r = outside ? ts::role::outside : first ? ts::role::begin : ts::role::inside;
      auto id = *labels.id_of(outside ? ts::tag{} : ts::tag{r, type});
      if (random.one_in(quiet ? 40 : 3)) id = static_cast<ts::label_id>(random.below(labels.size()));
      out.push_back(static_cast<I>(id));
    }
  }
  return out;
}

// Counted from the lists of entities and violations.
template <ts::tag_scheme S>
struct counted {
  explicit counted(ts::label_set const& set) : labels(set), spans(set), counts(set.type_count()) {}

  template <class I>
  void add(std::vector<I> const& gold, std::vector<I> predicted, ts::read_options const& options) {
    for (std::size_t i = 0; i < gold.size(); ++i) {
      bool const ignored = options.ignore_index && static_cast<std::int64_t>(gold[i]) == *options.ignore_index;
      if (ignored) predicted[i] = gold[i];
      tokens += !ignored;
      right += !ignored && gold[i] == predicted[i];
    }
    auto const g = ts::to_entities<S>(gold, labels, options).value();
    auto const p = ts::to_entities<S>(predicted, labels, options).value();
    spans.add(g, p).value();
    for (auto const& e : g) ++counts[ts::index(e.type)].gold;
    for (auto const& e : p) ++counts[ts::index(e.type)].predicted;
    for (auto const& e : p) counts[ts::index(e.type)].correct += std::count(g.begin(), g.end(), e) != 0;
    malformed_gold += ts::validate<S>(gold, labels, options.ignore_index).value().size();
    malformed_predicted += ts::validate<S>(predicted, labels, options.ignore_index).value().size();
  }

  bool same_as(ts::report const& r) const {
    std::size_t rows = 0;
    for (std::size_t t = 0; t < counts.size(); ++t) rows += counts[t].gold + counts[t].predicted != 0;
    bool same = r.by_type.size() == rows;
    for (ts::typed_prf const& line : r.by_type) {
      ts::entity_counts const& c = counts[ts::index(*labels.find_type(line.type))];
      same = same && line.support == c.gold && line.predicted == c.predicted && line.correct == c.correct;
    }
    return same && r.tokens == tokens && r.correct_tokens == right && r.malformed_gold == malformed_gold &&
           r.malformed_predicted == malformed_predicted && r.gold_fingerprint == spans.report().gold_fingerprint;
  }

  ts::label_set const& labels;
  ts::scorer<S> spans;
  std::vector<ts::entity_counts> counts;
  std::size_t tokens = 0, right = 0, malformed_gold = 0, malformed_predicted = 0;
};

constexpr std::size_t block_lengths[] = {0,  1,  2,  7,  8,  15, 16,  17,  20,  30,  31,  32,
                                         33, 61, 62, 63, 64, 65, 93, 127, 128, 129, 1000};

template <ts::tag_scheme S, class I>
void counts_like_lists(random_numbers& random, ts::label_set const& labels, std::optional<ts::label_id> ignored,
                       int rounds) {
  for (auto reading : {ts::reading::lenient, ts::reading::conlleval, ts::reading::strict}) {
    ts::scorer<S> scorer{labels, {.reading = reading, .ignore_index = ignored}};
    ts::read_options const options{.reading = reading, .ignore_index = ignored};
    counted<S> expected(labels);
    for (int round = 0; round < rounds; ++round) {
      std::size_t const length =
          random.one_in(3) ? random.below(140) : block_lengths[random.below(std::size(block_lengths))];
      bool const quiet = random.one_in(2);
      auto gold = random_ids<I>(random, labels, length, quiet);
      auto predicted = gold;
      auto const other = random_ids<I>(random, labels, length, quiet);
      for (std::size_t i = 0; i < length; ++i) {
        if (random.one_in(9)) predicted[i] = other[i];
      }
      if (ignored && random.one_in(4)) {
        for (I& id : gold) id = random.one_in(9) ? static_cast<I>(*ignored) : id;
      }
      // An ignored label that is predicted counts; the lists would leave it out.
      for (std::size_t i = 0; i < length; ++i) {
        if (ignored && static_cast<std::int64_t>(predicted[i]) == *ignored && gold[i] != predicted[i]) predicted[i] = 0;
      }
      scorer.add(gold, predicted).value();
      expected.add(gold, predicted, options);
      if (random.one_in(16)) REQUIRE(expected.same_as(scorer.report()));
    }
    REQUIRE(expected.same_as(scorer.report()));
  }
}

}  // namespace

TEST_CASE_TEMPLATE("blocks count what lists of entities and violations count", S, TAGSPAN_TEST_SCHEMES) {
  random_numbers random(15);
  auto const labels = every_label();
  counts_like_lists<S, std::uint8_t>(random, labels, 99, 300);
  counts_like_lists<S, std::int8_t>(random, labels, -100, 100);
  counts_like_lists<S, std::int16_t>(random, labels, -100, 100);
  counts_like_lists<S, std::int32_t>(random, labels, -100, 300);
  counts_like_lists<S, std::int64_t>(random, labels, -100, 300);
  counts_like_lists<S, std::int32_t>(random, labels, 3, 100);  // the ignored id is a label
  counts_like_lists<S, std::uint16_t>(random, labels, std::nullopt, 100);
}

TEST_CASE("blocks count sets of labels of all sizes, up to those that have no room in a byte") {
  random_numbers random(16);
  for (std::size_t types : {1U, 3U, 4U, 7U, 8U, 31U, 32U, 62U, 63U, 100U}) {
    std::vector<std::string> names;
    for (std::size_t t = 0; t < types; ++t) names.push_back("T" + std::to_string(t));
    auto const bio = ts::label_set::from_types<ts::bio>(names).value();
    counts_like_lists<ts::bio, std::uint8_t>(random, bio, std::nullopt, 100);
    counts_like_lists<ts::bio, std::int32_t>(random, bio, -100, 100);
    counts_like_lists<ts::bio, std::int64_t>(random, bio, -100, 100);
    auto const bioes = ts::label_set::from_types<ts::bioes>(names).value();
    counts_like_lists<ts::bioes, std::int32_t>(random, bioes, -100, 100);
  }
}

TEST_CASE_TEMPLATE("an id that is no label is found wherever it stands, and nothing of its sentence is counted", I,
                   std::uint8_t, std::int8_t, std::int16_t, std::uint16_t, std::int32_t, std::uint32_t, std::int64_t,
                   std::uint64_t) {
  auto const labels = every_label();
  std::vector<I> bad{static_cast<I>(labels.size()),      static_cast<I>(126), static_cast<I>(127),
                     static_cast<I>(-1),                 static_cast<I>(-2),  static_cast<I>(-128),
                     std::numeric_limits<I>::min(),      std::numeric_limits<I>::max()};
  if constexpr (sizeof(I) > 1) {
    bad.push_back(static_cast<I>(256));
    bad.push_back(static_cast<I>(257));
  }
  if constexpr (sizeof(I) > 4) {
    bad.push_back(static_cast<I>(std::int64_t{1} << 32));
    bad.push_back(static_cast<I>((std::int64_t{1} << 40) + 1));
  }
  ts::scorer<ts::bio> scorer{labels};
  std::size_t rejected = 0;
  for (std::size_t length : {1U, 5U, 15U, 16U, 20U, 31U, 32U, 64U, 100U}) {
    for (std::size_t at = 0; at < length; ++at) {
      for (I id : bad) {
        if (id == 0) continue;  // the lowest unsigned one
        std::vector<I> const good(length, I{1});
        std::vector<I> ids = good;
        ids[at] = id;
        auto const by_prediction = scorer.add(good, ids);
        REQUIRE(by_prediction.error() == ts::error{ts::errc::bad_id_in_sentence, rejected++, at});
        auto const by_gold = scorer.add(ids, good);
        REQUIRE(by_gold.error() == ts::error{ts::errc::bad_id_in_sentence, rejected++, at});
      }
    }
  }
  auto const r = scorer.report();
  CHECK(r.rejected == rejected);
  CHECK(r.sentences == 0);
  CHECK(r.tokens == 0);
  CHECK(r.by_type.empty());
  CHECK(r.malformed_gold + r.malformed_predicted == 0);
  CHECK(r.gold_fingerprint == 0);
}
