// SPDX-License-Identifier: MIT
// What holds for all tags and entities, on random ones.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include <tagspan/tags.hpp>

#include "property/random.hpp"
#include "support/words.hpp"

namespace ts = tagspan;
using namespace tagspan_test;

namespace {
constexpr int rounds = 3000;
using entities = std::vector<ts::token_entity>;
using ids = std::vector<ts::label_id>;

// Random tags of all roles: mostly malformed. Some ignored.
ids random_tags(random_numbers& random, ts::label_set const& labels, bool ignored = true) {
  ids out(random.below(9));
  for (auto& id : out) {
    id = random.one_in(6) && ignored ? -100 : static_cast<ts::label_id>(random.below(labels.size()));
  }
  return out;
}
}  // namespace

TEST_CASE_TEMPLATE("what is written reads back, in all readings that know the scheme", S, TAGSPAN_TEST_SCHEMES) {
  random_numbers random(1);
  auto const labels = ts::label_set::for_types<S>({"X", "Y", "Z"});
  int written = 0;
  for (int round = 0; round < rounds; ++round) {
    std::size_t const length = random.below(12);
    entities const given = random_entities(random, length, 3);
    entities shuffled = given;
    for (std::size_t k = shuffled.size(); k > 1; --k) std::swap(shuffled[k - 1], shuffled[random.below(k)]);
    auto const tags = ts::to_tags<S>(shuffled, length, labels);
    bool const unspeakable = S::name == ts::io::name && some_touch(given);
    REQUIRE(tags.has_value() == !unspeakable);
    if (!tags) {
      REQUIRE(tags.error().code == ts::errc::not_representable);
      continue;
    }
    ++written;
    REQUIRE(tags->size() == length);
    REQUIRE((ts::to_entities<S>(*tags, labels).value() == given));
    REQUIRE((ts::to_entities<S>(*tags, labels, {.reading = ts::reading::strict}).value() == given));
    REQUIRE(ts::validate<S>(*tags, labels).value().empty());
    REQUIRE((ts::repair<S>(*tags, labels).value() == *tags));
    REQUIRE((ts::repair<S>(*tags, labels, ts::repair_policy::discard).value() == *tags));
    // conlleval knows B and I only, and reads E as it does in IOE.
    if (!S::table.written.has(ts::role::single)) {
      REQUIRE((ts::to_entities<S>(*tags, labels, {.reading = ts::reading::conlleval}).value() == given));
    }
  }
  CHECK(written > rounds / 10);
}

TEST_CASE_TEMPLATE("tags validate iff they are what to_tags writes", S, TAGSPAN_TEST_SCHEMES) {
  random_numbers random(2);
  auto const labels = every_label();
  int valid = 0;
  for (int round = 0; round < rounds; ++round) {
    ids tags = random_tags(random, labels, false);
    if (random.one_in(2)) {  // some that are nearly right
      std::size_t const length = random.below(9);
      auto const good = ts::to_tags<S>(random_entities(random, length, 3), length, labels);
      if (good) tags = *good;
      if (!tags.empty() && random.one_in(2))
        tags[random.below(tags.size())] = static_cast<ts::label_id>(random.below(labels.size()));
    }
    bool const empty = ts::validate<S>(tags, labels).value().empty();
    auto const read = ts::to_entities<S>(tags, labels).value();
    auto const again = ts::to_tags<S>(read, tags.size(), labels);
    // The same roles; letters may differ, since this set has those of BIOES only.
    REQUIRE(empty == (again.has_value() && *again == tags));
    if (empty) REQUIRE((ts::to_entities<S>(tags, labels, {.reading = ts::reading::strict}).value() == read));
    valid += empty;
  }
  CHECK(valid > rounds / 10);
  CHECK(valid < rounds);
}

TEST_CASE_TEMPLATE("repair gives what validates, and does nothing twice", S, TAGSPAN_TEST_SCHEMES) {
  random_numbers random(3);
  auto const labels = every_label();
  for (int round = 0; round < rounds; ++round) {
    ids const tags = random_tags(random, labels);
    for (auto policy : {ts::repair_policy::promote, ts::repair_policy::discard}) {
      auto const fixed = ts::repair<S>(tags, labels, policy);
      if (!fixed) {
        REQUIRE(S::name == ts::io::name);
        REQUIRE(fixed.error().code == ts::errc::not_representable);
        continue;
      }
      REQUIRE(ts::validate<S>(*fixed, labels).value().empty());
      REQUIRE((ts::repair<S>(*fixed, labels, policy).value() == *fixed));
      ts::read_options const kept{.reading = policy == ts::repair_policy::promote ? ts::reading::lenient
                                                                                  : ts::reading::strict};
      REQUIRE((ts::to_entities<S>(*fixed, labels).value() == ts::to_entities<S>(tags, labels, kept).value()));
      for (std::size_t i = 0; i < tags.size(); ++i) REQUIRE((tags[i] == -100) == ((*fixed)[i] == -100));
    }
  }
}

TEST_CASE_TEMPLATE("there and back over all pairs of schemes", From, TAGSPAN_TEST_SCHEMES) {
  random_numbers random(4);
  for (ts::scheme_id id : ts::all_schemes) {
    ts::visit_scheme(id, [&]<ts::tag_scheme To>(To) {
      int converted = 0;
      for (int round = 0; round < rounds / 10; ++round) {
        auto const from = ts::label_set::for_types<From>({"X", "Y", "Z"});
        std::size_t const length = random.below(12);
        entities const given = random_entities(random, length, 3);
        auto const written = ts::to_tags<From>(given, length, from);
        if (!written) continue;
        ids tags = *written;
        for (std::size_t i = 0; i < random.below(4); ++i) {  // ignored positions anywhere
          tags.insert(tags.begin() + static_cast<std::ptrdiff_t>(random.below(tags.size() + 1)), -100);
        }
        ts::label_set to;
        auto const there = ts::convert<From, To>(tags, from, to);
        if (!there) {
          REQUIRE(To::name == ts::io::name);
          REQUIRE(some_touch(given));
          REQUIRE(to.size() == 0);
          continue;
        }
        ++converted;
        REQUIRE(ts::validate<To>(*there, to).value().empty());
        auto const a = ts::to_entities<From>(tags, from).value();
        auto const b = ts::to_entities<To>(*there, to).value();
        REQUIRE(a.size() == b.size());
        for (std::size_t k = 0; k < a.size(); ++k) {
          REQUIRE(a[k].span == b[k].span);
          REQUIRE(from.type_name(a[k].type) == to.type_name(b[k].type));
        }
        auto home = from;  // frozen: nothing else is needed on the way back
        REQUIRE((ts::convert<To, From>(*there, to, home).value() == tags));
      }
      CHECK(converted > 0);
    });
  }
}

TEST_CASE("readings differ only where they are said to") {
  random_numbers random(5);
  auto const labels = every_label();
  for (int round = 0; round < rounds; ++round) {
    ids const tags = random_tags(random, labels);
    auto const lenient = ts::to_entities(tags, labels).value();
    auto const conlleval = ts::to_entities(tags, labels, {.reading = ts::reading::conlleval}).value();
    // No reading loses a token that has a type, but for the strict one, which keeps a part of the lenient pieces.
    std::vector<bool> a(tags.size());
    std::vector<bool> b(tags.size());
    for (auto const& e : lenient)
      std::fill_n(a.begin() + static_cast<std::ptrdiff_t>(e.span.begin), e.span.size(), true);
    for (auto const& e : conlleval)
      std::fill_n(b.begin() + static_cast<std::ptrdiff_t>(e.span.begin), e.span.size(), true);
    for (std::size_t i = 0; i < tags.size(); ++i) {
      if (tags[i] == -100) continue;
      bool const inside = labels.tag_of(tags[i]).role != ts::role::outside;
      REQUIRE(a[i] == inside);
      REQUIRE(b[i] == inside);
    }
    for (ts::scheme_id id : ts::all_schemes) {
      ts::visit_scheme(id, [&]<ts::tag_scheme S>(S) {
        auto const strict = ts::to_entities<S>(tags, labels, {.reading = ts::reading::strict}).value();
        REQUIRE(std::includes(lenient.begin(), lenient.end(), strict.begin(), strict.end()));
        // Strict reading loses nothing where nothing is wrong.
        if (ts::validate<S>(tags, labels).value().empty()) REQUIRE((strict == lenient));
      });
    }
    // Tags as strings are read like ids.
    std::vector<std::string> names;
    for (auto id2 : tags) {
      if (id2 != -100) names.emplace_back(labels.name(id2));
    }
    ids dense = tags;
    std::erase(dense, -100);
    auto const from_names = ts::spans<ts::bio>(names);
    auto const from_ids = ts::to_entities(dense, labels).value();
    REQUIRE(from_names.size() == from_ids.size());
    for (std::size_t k = 0; k < from_ids.size(); ++k) {
      REQUIRE(from_names[k].begin == from_ids[k].span.begin);
      REQUIRE(from_names[k].end == from_ids[k].span.end);
      REQUIRE(from_names[k].type == labels.type_name(from_ids[k].type));
    }
  }
}
