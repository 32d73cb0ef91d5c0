// SPDX-License-Identifier: MIT
#include <tagspan/text/overlap.hpp>

#include <doctest/doctest.h>

#include <limits>
#include <string>
#include <vector>

namespace {

namespace ts = tagspan;
using ts::overlap_policy;
using found = ts::scored_entity<ts::unit::byte>;
using enum ts::overlap_policy;

constexpr ts::type_id per{0}, org{1}, loc{2};

found make(std::size_t begin, std::size_t end, ts::type_id type, float score) {
  return {{begin, end}, type, score, {begin, end}};
}

TEST_CASE("what each policy keeps") {
  struct row {
    char const* what;
    std::vector<found> in;
    overlap_policy policy;
    std::vector<std::size_t> kept;
  };
  std::vector<found> const chain{make(0, 4, per, 0.9f), make(3, 8, org, 0.8f), make(7, 9, loc, 0.9f)};
  std::vector<found> const nested{make(0, 9, org, 0.5f), make(2, 4, per, 0.9f), make(3, 6, loc, 0.7f)};
  std::vector<found> const equal{make(0, 4, per, 0.4f), make(0, 4, org, 0.8f), make(0, 4, per, 0.3f)};
  std::vector<found> const touching{make(4, 8, per, 0.1f), make(0, 4, org, 0.9f), make(8, 8, loc, 0.5f)};
  row const rows[] = {
      {"the longest", chain, longest, {1}},
      {"the best scored", chain, best_score, {0, 2}},
      {"two are worth more than one", chain, optimal, {0, 2}},
      {"one is worth more than two",
       {make(0, 4, per, 0.3f), make(3, 8, org, 0.8f), make(7, 9, loc, 0.4f)},
       optimal,
       {1}},
      {"greed is not the optimum",
       {make(0, 4, per, 0.6f), make(3, 8, org, 0.7f), make(7, 9, loc, 0.6f)},
       optimal,
       {0, 2}},
      {"ties go by input order", {make(2, 5, per, 1), make(0, 3, per, 1)}, best_score, {0}},
      {"also of lengths", {make(2, 5, per, 0.1f), make(0, 3, per, 1)}, longest, {0}},
      {"the optimum reads from the left", {make(2, 5, per, 1), make(0, 3, per, 1)}, optimal, {1}},
      {"nested ones stay, crossing ones do not", nested, nested_allowed, {0, 1}},
      {"flat", nested, best_score, {1}},
      {"equal spans: one", equal, nested_allowed, {1}},
      {"equal spans: one of each type", equal, multi_label, {0, 1}},
      {"touching and empty ones do not overlap", touching, best_score, {0, 1, 2}},
      {"the same by length", touching, longest, {0, 1, 2}},
      {"nothing", {}, optimal, {}},
      {"a score below zero is worth nothing",
       {make(0, 4, per, -1), make(2, 5, per, -2), make(7, 9, per, -3)},
       optimal,
       {2}},
      {"nor if the sum does not feel it",
       {make(0, 2, per, -1e-20f), make(1, 4, org, -1), make(3, 5, loc, 1)},
       optimal,
       {2}},
      {"nor beside one that is infinite",
       {make(0, 2, per, -5), make(1, 4, org, -1), make(3, 5, loc, std::numeric_limits<float>::infinity())},
       optimal,
       {2}},
      {"a zero costs nothing", {make(0, 2, per, -0.0f), make(1, 4, org, -1), make(3, 5, loc, 1)}, optimal, {0, 2}},
      {"both zeros are one score", {make(0, 2, per, -0.0f), make(1, 4, org, 0.0f)}, best_score, {0}},
      {"what is not a number comes last",
       {make(0, 4, per, std::numeric_limits<float>::quiet_NaN()), make(2, 5, per, -2)},
       best_score,
       {1}},
  };
  for (row const& r : rows) {
    CAPTURE(r.what);
    CHECK(ts::kept_indices(r.in, {r.policy}) == r.kept);
    std::vector<found> expected;
    for (std::size_t i : r.kept) expected.push_back(r.in[i]);
    CHECK(ts::resolve_overlaps(r.in, r.policy) == expected);
  }
}

TEST_CASE("priority by type beats scores; types that are not listed come last") {
  std::vector<found> const in{make(0, 4, per, 0.9f), make(3, 8, org, 0.1f), make(7, 9, loc, 1.0f)};
  std::vector<ts::type_id> const priority{org, per};
  CHECK(ts::kept_indices(in, {type_priority, priority}) == std::vector<std::size_t>{1});
  CHECK(ts::kept_indices(in, {type_priority, {}}) == std::vector<std::size_t>{0, 2});
}

TEST_CASE("union of one type: spans and tokens of all, score of the best, place of the first") {
  std::vector<found> const in{make(20, 24, per, 0.5f), make(5, 9, per, 0.4f), make(0, 6, org, 0.9f),
                              make(8, 12, per, 0.7f), make(12, 15, per, 0.1f)};
  std::vector<found> const out = ts::resolve_overlaps(in, union_same_type);
  CHECK(out == std::vector<found>{make(20, 24, per, 0.5f), make(5, 12, per, 0.7f), make(0, 6, org, 0.9f),
                                  make(12, 15, per, 0.1f)});
  CHECK(ts::resolve_spans(in, {union_same_type})[1] == ts::kept_span{3, 5, 12});
}

TEST_CASE("trimmed to the higher score") {
  struct row {
    char const* what;
    std::vector<found> in;
    std::vector<ts::kept_span> kept;
  };
  row const rows[] = {
      {"its end", {make(0, 5, per, 0.5f), make(3, 8, org, 0.9f)}, {{0, 0, 3}, {1, 3, 8}}},
      {"its begin", {make(0, 5, per, 0.9f), make(3, 8, org, 0.5f)}, {{0, 0, 5}, {1, 5, 8}}},
      {"the longer of two pieces", {make(0, 10, per, 0.5f), make(3, 5, org, 0.9f)}, {{0, 5, 10}, {1, 3, 5}}},
      {"of equal pieces the first", {make(0, 10, per, 0.5f), make(4, 6, org, 0.9f)}, {{0, 0, 4}, {1, 4, 6}}},
      {"nothing is left", {make(3, 5, per, 0.5f), make(0, 9, org, 0.9f)}, {{1, 0, 9}}},
  };
  for (row const& r : rows) {
    CAPTURE(r.what);
    CHECK(ts::resolve_spans(r.in, {trim_to_higher}) == r.kept);
  }
  CHECK_THROWS_AS(ts::kept_indices(rows[0].in, {trim_to_higher}), ts::contract_violation);
  CHECK_THROWS_AS(ts::kept_indices(rows[0].in, {union_same_type}), ts::contract_violation);
}

TEST_CASE("entities without a score count as 1; anything goes with a projection") {
  std::vector<ts::token_entity> const plain{{{0, 3}, per}, {{2, 9}, org}};
  CHECK(ts::resolve_overlaps(plain, best_score) == std::vector<ts::token_entity>{plain[0]});
  CHECK(ts::resolve_overlaps(plain, longest) == std::vector<ts::token_entity>{plain[1]});
  struct hit {
    int from, length;
    std::string rule;
  };
  hit const hits[] = {{0, 3, "a"}, {2, 5, "b"}, {7, 1, "c"}};
  auto const key = [](hit const& h) {
    auto const begin = static_cast<std::size_t>(h.from);
    return ts::overlap_key{begin, begin + static_cast<std::size_t>(h.length), {}, h.rule == "a" ? 2.0f : 1.0f};
  };
  CHECK(ts::kept_indices(hits, {best_score}, key) == std::vector<std::size_t>{0, 2});
}

TEST_CASE("ten thousand equal, nested and chained spans take no time") {
  std::vector<found> in;
  for (std::size_t i = 0; i < 10'000; ++i) {
    in.push_back(make(0, 5, static_cast<ts::type_id>(i % 2), 0.5f));
    in.push_back(make(10 + i, 30'000 - i, per, static_cast<float>(i)));
    in.push_back(make(40'000 + i, 40'002 + i, per, 1));
  }
  CHECK(ts::kept_indices(in, {nested_allowed}).size() == 1 + 10'000 + 5'000);
  CHECK(ts::kept_indices(in, {multi_label}).size() == 2 + 1 + 5'000);
  CHECK(ts::kept_indices(in, {optimal}).size() == 1 + 1 + 5'000);
  CHECK(ts::kept_indices(in, {longest}).size() == 1 + 1 + 5'000);
}

TEST_CASE("neighbours in a set of numbers, over several levels") {
  ts::detail::neighbour_set set(300'000);
  using ts::detail::neighbour_set;
  CHECK(set.before(300'000) == neighbour_set::none);
  CHECK(set.from(0) == neighbour_set::none);
  for (std::size_t i : {0u, 63u, 64u, 4095u, 4096u, 262'143u, 299'999u}) set.insert(i);
  CHECK(set.before(0) == neighbour_set::none);
  CHECK(set.before(1) == 0);
  CHECK(set.before(4095) == 64);
  CHECK(set.before(262'143) == 4096);
  CHECK(set.before(300'000) == 299'999);
  CHECK(set.from(1) == 63);
  CHECK(set.from(65) == 4095);
  CHECK(set.from(4097) == 262'143);
  CHECK(set.from(300'000) == neighbour_set::none);
}

}  // namespace
