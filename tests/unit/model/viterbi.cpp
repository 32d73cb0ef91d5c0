// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <new>
#include <string>
#include <type_traits>
#include <vector>

#include <tagspan/model/viterbi.hpp>

namespace ts = tagspan;

namespace {

constexpr double minus_infinity = -std::numeric_limits<double>::infinity();
std::size_t allocations = 0;

struct scores {
  std::vector<float> values;
  std::size_t columns;
  ts::scores_view<float const> view() const { return {values.data(), values.size() / columns, columns}; }
};

using path = std::vector<ts::label_id>;

}  // namespace

// Not inlined: GCC would see malloc and delete side by side and warn.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  std::abort();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

TEST_CASE("the path is one that the scheme allows") {
  auto const labels = ts::label_set::for_types<ts::bio>({"PER", "LOC"});  // O B-PER I-PER B-LOC I-LOC
  struct row {
    char const* name;
    std::vector<float> values;
    path expected;
    double score;
  };
  row const rows[] = {
      {"as argmax where argmax is legal", {9, 0, 0, 0, 0, /**/ 0, 9, 0, 0, 0, /**/ 0, 0, 9, 0, 0}, {0, 1, 2}, 27},
      {"I does not follow O", {9, 0, 0, 0, 0, /**/ 0, 2, 3, 0, 0}, {0, 1}, 11},
      {"I does not follow another type", {0, 9, 0, 0, 0, /**/ 0, 0, 4, 0, 5}, {1, 2}, 13},
      {"I does not start", {0, 1, 9, 0, 0}, {1}, 1},
      {"an early doubt is settled later", {3, 2, 0, 0, 0, /**/ 0, 0, 9, 0, 0}, {1, 2}, 11},
      {"all equal: the lowest last label, then the lowest before it", std::vector<float>(15), {0, 0, 0}, 0},
  };
  for (row const& r : rows) {
    CAPTURE(r.name);
    auto const found =
        ts::viterbi<ts::bio>(ts::scores_view{r.values.data(), r.values.size() / 5, std::size_t{5}}, labels);
    CHECK(found->path == r.expected);
    CHECK(found->score == r.score);
  }
}

TEST_CASE("each scheme by its own rules, O anywhere") {
  struct row {
    ts::scheme_id scheme;
    std::vector<std::string> labels;
    std::vector<std::string> tags;  // each is the favourite of its token by 4 …
    std::vector<std::string> expected;
  };
  row const rows[] = {
      {ts::scheme_id::bioes, {"O", "B-X", "I-X", "E-X", "S-X"}, {"B-X", "I-X", "E-X"}, {"B-X", "I-X", "E-X"}},
      {ts::scheme_id::bioes, {"O", "B-X", "I-X", "E-X", "S-X"}, {"B-X", "I-X"}, {"O", "O"}},
      {ts::scheme_id::bilou, {"B-X", "I-X", "L-X", "U-X", "O"}, {"B-X", "O"}, {"O", "O"}},
      {ts::scheme_id::iob1, {"I-X", "B-X", "I-Y", "O"}, {"I-Y", "B-X"}, {"I-Y", "O"}},
      {ts::scheme_id::iob1, {"I-X", "B-X", "I-Y", "O"}, {"I-X", "B-X"}, {"I-X", "B-X"}},
      {ts::scheme_id::ioe1, {"O", "I-X", "E-X"}, {"E-X", "O"}, {"O", "O"}},
      {ts::scheme_id::ioe1, {"O", "I-X", "E-X"}, {"E-X", "I-X"}, {"E-X", "I-X"}},
      {ts::scheme_id::ioe2, {"O", "I-X", "E-X"}, {"I-X", "O"}, {"O", "O"}},
      {ts::scheme_id::io, {"I-X", "O", "I-Y"}, {"I-X", "I-Y"}, {"I-X", "I-Y"}},
      // E is not written in BIO: on no path, however high
      {ts::scheme_id::bio, {"O", "B-X", "I-X", "E-X"}, {"B-X", "E-X"}, {"B-X", "O"}},
  };
  for (row const& r : rows) {
    auto const labels = ts::label_set::from_id2label(r.labels).value();
    auto const favourites = labels.encode(r.tags).value();
    std::vector<float> values(r.tags.size() * labels.size());
    for (std::size_t t = 0; t < favourites.size(); ++t) {
      values[t * labels.size() + static_cast<std::size_t>(favourites[t])] = 4;
      values[t * labels.size() + static_cast<std::size_t>(*labels.find("O"))] += 2.5F;  // … and O comes next
    }
    ts::visit_scheme(r.scheme, [&](auto scheme) {
      CAPTURE(scheme.name);
      auto const found =
          ts::viterbi<decltype(scheme)>(ts::scores_view{values.data(), r.tags.size(), labels.size()}, labels).value();
      std::vector<std::string> tags;
      for (ts::label_id id : found.path) tags.emplace_back(labels.name(id));
      CHECK(tags == r.expected);
    });
  }
}

TEST_CASE("no rows give an empty path") {
  auto const labels = ts::label_set::for_types<ts::bio>({"X"});
  auto const found = ts::viterbi<ts::bio>(ts::scores_view<float const>{nullptr, 0, 3}, labels);
  CHECK(found->path.empty());
  CHECK(found->score == 0);
  CHECK(ts::k_best<ts::bio>(ts::scores_view<float const>{nullptr, 0, 3}, labels, 2)->size() == 1);
}

TEST_CASE("errors say where") {
  auto const labels = ts::label_set::for_types<ts::bioes>({"X"});  // O B I E S
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  constexpr float inf = std::numeric_limits<float>::infinity();
  struct row {
    char const* name;
    std::vector<float> values;
    ts::error expected;
  };
  row const rows[] = {
      {"NaN", {0, 0, 0, 0, 0, /**/ 0, 0, nan, 0, 0}, {ts::errc::not_a_number, 1, 2}},
      {"+inf", {0, 0, 0, 0, inf}, {ts::errc::not_a_number, 0, 4}},
      {"a row of -inf",
       {0, 0, 0, 0, 0, /**/ -inf, -inf, -inf, -inf, -inf, /**/ 0, 0, 0, 0, 0},
       {ts::errc::no_legal_path, 1, 0}},
      {"only I: nothing may start", {-inf, -inf, 0, -inf, -inf}, {ts::errc::no_legal_path, 0, 0}},
      {"only B: nothing may end", {-inf, 0, -inf, -inf, -inf}, {ts::errc::no_legal_path, 1, 0}},
      {"O after B", {-inf, 0, -inf, -inf, -inf, /**/ 0, -inf, -inf, -inf, -inf}, {ts::errc::no_legal_path, 1, 0}},
  };
  for (row const& r : rows) {
    CAPTURE(r.name);
    scores const s{r.values, 5};
    CHECK(ts::viterbi<ts::bioes>(s.view(), labels).error() == r.expected);
    CHECK(ts::k_best<ts::bioes>(s.view(), labels, 2).error() == r.expected);
    std::vector<float> const zeros(25);
    CHECK(ts::viterbi<ts::bioes>(s.view(), labels, {.transitions = zeros}).error() == r.expected);
  }

  scores const good{std::vector<float>(10), 5};
  std::vector<float> const two(2), nans{0, 0, nan, 0, 0};
  auto error_with = [&](ts::viterbi_options<float> options) {
    return ts::viterbi<ts::bioes>(good.view(), labels, options).error();
  };
  CHECK(error_with({.transitions = two}) == ts::error{ts::errc::shape_mismatch, 2, 25});
  CHECK(error_with({.start = two}) == ts::error{ts::errc::shape_mismatch, 2, 5});
  CHECK(error_with({.end = two}) == ts::error{ts::errc::shape_mismatch, 2, 5});
  CHECK(error_with({.start = nans}) == ts::error{ts::errc::bad_option, 1, 2});
  CHECK(error_with({.biases = {.end_to_start = std::nan("")}}) == ts::error{ts::errc::bad_option, 3, 3});
  auto const narrow =
      ts::viterbi<ts::bioes>(ts::scores_view{good.values.data(), std::size_t{2}, std::size_t{4}}, labels);
  CHECK(narrow.error() == ts::error{ts::errc::shape_mismatch, 4, 5});

  std::vector<double> const huge{1e300, 0, 0, 0, 0};
  auto const too_much = ts::viterbi<ts::bioes>(ts::scores_view{huge.data(), std::size_t{1}, std::size_t{5}}, labels);
  CHECK(too_much.error() == ts::error{ts::errc::not_a_number, 0, 0});
}

TEST_CASE("-inf forbids a label, a transition, a step by its meaning") {
  auto const labels = ts::label_set::for_types<ts::bio>({"X"});  // O B I
  std::vector<double> const values{0, 1, 0, /**/ 0, 0, 5};
  ts::scores_view const view{values.data(), std::size_t{2}, std::size_t{3}};
  CHECK(ts::viterbi<ts::bio>(view, labels)->path == path{1, 2});
  std::vector<double> transitions(9);
  transitions[1 * 3 + 2] = minus_infinity;
  CHECK(ts::viterbi<ts::bio>(view, labels, {.transitions = transitions})->path == path{1, 0});
  CHECK(ts::viterbi<ts::bio>(view, labels, {.biases = {.inside_to_continue = minus_infinity}})->path == path{1, 0});
}

TEST_CASE("k paths, best first") {
  auto const labels = ts::label_set::for_types<ts::bio>({"X"});
  scores const s{{3, 1, 0, /**/ 0, 1, 2}, 3};
  auto const found = ts::k_best<ts::bio>(s.view(), labels, 3).value();
  CHECK(found == std::vector<ts::path_and_score>{{{0, 1}, 4}, {{0, 0}, 3}, {{1, 2}, 3}});
  CHECK(ts::k_best<ts::bio>(s.view(), labels, 100)->size() == 5);
  CHECK(ts::k_best<ts::bio>(s.view(), labels, 0)->empty());
}

namespace {
struct half {  // as 16-bit floats are: convertible, not arithmetic
  float value;
  explicit operator float() const { return value; }
};
}  // namespace

TEST_CASE("any type that converts to float") {
  auto const labels = ts::label_set::for_types<ts::bio>({"A", "B", "C", "D"});
  std::vector<half> values(9 * 3, half{0});
  values[9 * 1 + 3].value = 2;
  values[9 * 2 + 4].value = 2;
  auto const found =
      ts::viterbi<ts::bio>(ts::scores_view{values.data(), std::size_t{3}, std::size_t{9}}, labels).value();
  CHECK(found.path == path{0, 3, 4});
}

TEST_CASE("a lattice is shared, and a workspace allocates once") {
  auto const labels = ts::label_set::for_types<ts::bioes>({"A", "B", "C", "D", "E"});
  ts::lattice<ts::bioes> const lattice(labels);
  CHECK(lattice.labels() == 21);
  CHECK(lattice.allows(1, 2));
  CHECK_FALSE(lattice.allows(1, 0));
  CHECK(lattice.may_start(4));
  CHECK_FALSE(lattice.may_end(1));
  CHECK_THROWS(static_cast<void>(lattice.allows(0, 21)));
  CHECK_THROWS(static_cast<void>(lattice.may_end(-1)));

  std::vector<float> values(40 * 21);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i * 7919 % 101);
  std::vector<float> const learned(21 * 21, 0.5F);
  ts::scores_view<float const> const view{values.data(), 40, 21};
  ts::viterbi_options<float> const each[] = {{}, {.transitions = learned}, {.biases = {.background_stay = 1}}};
  ts::viterbi_workspace memory;
  path found;
  for (auto const& options : each) {
    auto const expected = ts::viterbi(lattice, view, options).value();
    CHECK(ts::viterbi(lattice, view, memory, found, options).value() == expected.score);
    CHECK(found == expected.path);
  }
  std::size_t const before = allocations;
  bool all = true;
  for (auto const& options : each) {
    for (std::size_t rows = 1; rows <= 40; ++rows)
      all &= ts::viterbi(lattice, view.slice(0, rows), memory, found, options).has_value();
  }
  CHECK(allocations == before);
  CHECK(all);
}
