// SPDX-License-Identifier: MIT
#include <tagspan/model/stream.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <tagspan/model/scores.hpp>
#include <tagspan/model/viterbi.hpp>
#include <tagspan/model/window.hpp>
#include <tagspan/tags/entities.hpp>
#include <tagspan/tags/labels.hpp>

namespace ts = tagspan;

namespace {

constexpr float nan = std::numeric_limits<float>::quiet_NaN();
constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr ts::type_id per{0};
std::size_t allocations = 0;

using path = std::vector<ts::label_id>;
using view = ts::scores_view<float const>;
auto const labels = ts::label_set::from_id2label({"O", "B-PER", "I-PER"}).value();

view rows_of(std::vector<float> const& values) { return {values.data(), values.size() / 3, 3}; }

// Keeps the labels, and that they come in order.
struct collected {
  path ids;
  void operator()(std::size_t first, std::span<ts::label_id const> more) {
    CHECK(first == ids.size());
    ids.insert(ids.end(), more.begin(), more.end());
  }
};

}  // namespace

// Not inlined: GCC would see malloc and delete side by side and warn.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  std::abort();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

TEST_CASE("labels are given out once all survivors share them") {
  struct row {
    std::vector<float> scores;
    path known;  // after this row
  };
  row const rows[] = {
      {{9, 0, 0}, {}},         // O or B
      {{0, 2, 3}, {}},         // O O and O B; B I, which lost 9 to both
      {{0, 0, 9}, {0, 1}},     // O B I, and O B before O and B: what B I had is forgotten
      {{9, 0, 0}, {0, 1, 2}},  // behind I stands anything
  };
  ts::viterbi_stream<ts::bio, float> stream(labels);
  collected out;
  for (row const& r : rows) {
    stream.push(rows_of(r.scores), out).value();
    CHECK(out.ids == r.known);
    CHECK(stream.undecided() == stream.rows() - r.known.size());
  }
  CHECK(stream.finish(out).value() == 29);
  CHECK(out.ids == path{0, 1, 2, 0});
  CHECK(stream.longest_undecided() == 2);
  CHECK(stream.forced() == 0);

  // The same memory, another document; an empty one.
  stream.clear();
  out = {};
  CHECK(stream.rows() == 0);
  CHECK(stream.longest_undecided() == 0);
  CHECK(stream.finish(out).value() == 0);
  stream.push(rows_of({0, 1, 0, 0, 0, 1}), out).value();
  CHECK(stream.finish(out).value() == 2);
  CHECK(out.ids == path{1, 2});
}

TEST_CASE("where two readings stay as good, labels wait, or a bound decides") {
  // B, then eight tokens of O or I, which come to the same.
  std::vector<float> scores{0, 1, 0};
  for (int i = 0; i < 8; ++i) scores.insert(scores.end(), {0.5F, -5, 0.5F});
  struct row {
    std::size_t max_undecided;
    std::size_t longest, forced;
    path known;  // before the last row
    path all;
  };
  path const as_o{1, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  // The last row says I: too late, where a bound has decided before.
  path const as_i{1, 2, 2, 2, 2, 2, 2, 2, 2, 2};
  row const rows[] = {
      {ts::no_bound, 9, 0, {1}, as_i},
      {9, 9, 0, {1}, as_i},
      {8, 8, 1, {1}, as_i},
      {7, 7, 1, {1, 0, 0, 0, 0, 0, 0, 0}, as_o},
      {4, 4, 1, {1, 0, 0, 0, 0, 0, 0}, as_o},
      {0, 0, 10, {1, 0, 0, 0, 0, 0, 0, 0, 0}, as_o},
  };
  for (row const& r : rows) {
    CAPTURE(r.max_undecided);
    ts::viterbi_stream<ts::bio, float> stream(labels, {.max_undecided = r.max_undecided});
    collected out;
    stream.push(rows_of(scores), out).value();
    CHECK(out.ids == r.known);
    stream.push(rows_of({0, -9, 4}), out).value();
    stream.finish(out).value();
    CHECK(out.ids == r.all);
    CHECK(stream.longest_undecided() == r.longest);
    CHECK(stream.forced() == r.forced);
  }
}

TEST_CASE("streams that cannot go on") {
  struct row {
    char const* name;
    std::vector<float> scores;
    ts::error error;
    path given;  // what had been certain before
  };
  row const rows[] = {
      {"NaN", {9, 0, -infinity, 9, 0, -infinity, 0, nan, 0, 0, 0, 0}, {ts::errc::not_a_number, 2, 1}, {0}},
      {"+inf", {9, 0, 0, 0, 0, infinity}, {ts::errc::not_a_number, 1, 2}, {}},
      {"a row that forbids all", {9, 0, 0, -infinity, -infinity, -infinity}, {ts::errc::no_legal_path, 1, 0}, {}},
      {"a row that only I reaches, behind O",
       {9, -infinity, 0, -infinity, -infinity, 9},
       {ts::errc::no_legal_path, 1, 0},
       {0}},
  };
  for (row const& r : rows) {
    CAPTURE(r.name);
    ts::viterbi_stream<ts::bio, float> stream(labels);
    collected out;
    CHECK(stream.push(rows_of(r.scores), out).error() == r.error);
    CHECK(out.ids == r.given);
    CHECK(stream.push(rows_of({9, 0, 0}), out).error() == r.error);
    CHECK(stream.finish(out).error() == r.error);
    stream.clear();
    out = {};
    CHECK(stream.push(rows_of({9, 0, 0}), out));
  }
  ts::viterbi_stream<ts::bio, float> stream(labels);
  collected out;
  std::vector<float> const four(4);
  CHECK(stream.push(view{four.data(), 1, 4}, out).error() == ts::error{ts::errc::shape_mismatch, 4, 3});
  CHECK(stream.push(rows_of({9, 0, 0}), out));  // nothing was taken
  CHECK(stream.rows() == 1);

  // A sink that throws: what it did not take is gone with clear().
  ts::viterbi_stream<ts::bio, float> thrown(labels);
  auto const refuses = [](std::size_t, std::span<ts::label_id const>) { throw 1; };
  CHECK_THROWS_AS(static_cast<void>(thrown.push(rows_of({9, -infinity, -infinity}), refuses)), int);
  thrown.clear();
  collected anew;
  CHECK(thrown.push(rows_of({9, -infinity, -infinity}), anew));
  CHECK(anew.ids == path{0});

  // The end is out of reach: under ioe2 an entity ends with E.
  auto const ends = ts::label_set::from_id2label({"O", "I-PER", "E-PER"}).value();
  ts::viterbi_stream<ts::ioe2, float> open(ends);
  CHECK(open.push(rows_of({0, 0, -infinity, -infinity, 0, -infinity}), out));
  CHECK(open.finish(out).error() == ts::error{ts::errc::no_legal_path, 2, 0});

  std::vector<float> const transitions(8), start{0, 0, nan};
  CHECK(ts::viterbi_stream<ts::bio, float>(labels, {.search = {.transitions = transitions}})
            .push(rows_of({9, 0, 0}), out)
            .error() == ts::error{ts::errc::shape_mismatch, 8, 9});
  CHECK(ts::viterbi_stream<ts::bio, float>(labels, {.search = {.start = start}}).finish(out).error() ==
        ts::error{ts::errc::bad_option, 1, 2});
}

TEST_CASE("a stream of sixteen-bit scores, with a gap between rows, that moves while it runs") {
  struct half {
    float value;
    explicit operator float() const { return value; }
  };
  std::vector<half> const cells{{0}, {1}, {0}, {9}, {0}, {0}, {1}, {9}};
  ts::scores_view<half const> const rows{cells.data(), 2, 3, 4};
  ts::viterbi_stream<ts::bio, half> first(labels);
  collected out;
  first.push(rows.slice(0, 1), out).value();
  auto second = std::move(first);
  second.push(rows.slice(1, 2), out).value();
  CHECK(second.finish(out).value() == 2);
  CHECK(out.ids == path{1, 2});
}

TEST_CASE("entities while windows come") {
  auto const plan = ts::plan_windows(8, {.max_tokens = 4, .overlap = 2}).value();
  path const read{1, 2, 0, 1, 2, 2, 0, 1};
  std::vector<float> cells(8 * 3);
  for (std::size_t t = 0; t < 8; ++t) cells[3 * t + static_cast<std::size_t>(read[t])] = 1;
  ts::entity_stream<ts::bio, float> stream(plan, labels);
  std::vector<std::vector<ts::token_entity>> by_window;
  for (ts::window const& w : plan) {
    by_window.emplace_back();
    stream
        .push(ts::scores_view<float const>{cells.data() + 3 * w.tokens.begin, w.tokens.size(), 3},
              [&](ts::token_entity const& e) { by_window.back().push_back(e); })
        .value();
  }
  CHECK(stream.complete());
  CHECK(by_window == std::vector<std::vector<ts::token_entity>>{{{{0, 2}, per}}, {}, {{{3, 6}, per}, {{7, 8}, per}}});

  auto const none = [](ts::token_entity const&) {};
  ts::entity_stream<ts::bio, float> wrong(plan, labels);
  CHECK(wrong.push(ts::scores_view<float const>{cells.data(), 4, 2}, none).error() ==
        ts::error{ts::errc::shape_mismatch, 2, 3});
  std::vector<float> hole(4 * 3);
  hole[3 * 2 + 1] = std::numeric_limits<float>::quiet_NaN();
  CHECK(wrong.push(ts::scores_view<float const>{cells.data(), 4, 3}, none));
  CHECK(wrong.push(ts::scores_view<float const>{hole.data(), 4, 3}, none).error() ==
        ts::error{ts::errc::not_a_number, 4, 1});
  CHECK(wrong.push(ts::scores_view<float const>{cells.data(), 4, 3}, none).error() ==
        ts::error{ts::errc::not_a_number, 4, 1});
}

TEST_CASE("entities along the best path while windows come") {
  auto const plan = ts::plan_windows(8, {.max_tokens = 4, .overlap = 2}).value();
  // Argmax reads O I I O …, which no entity of BIO is; the best path makes a B of the first I.
  std::vector<float> const cells{3, 0, 0, /**/ 0, 2, 3, /**/ 0, 0, 3, /**/ 3, 0, 0,
                                 3, 0, 0, /**/ 3, 0, 0, /**/ 0, 0, 3, /**/ 0, 1, 3};
  auto const all = [&](ts::entity_stream_options<float> options, std::vector<float> const& from) {
    ts::entity_stream<ts::bio, float> stream(plan, labels, options);
    std::vector<ts::token_entity> found;
    for (ts::window const& w : plan) {
      auto const keep = [&](ts::token_entity const& e) { found.push_back(e); };
      stream.push(rows_of(from).slice(w.tokens.begin, w.tokens.end), keep).value();
    }
    return std::pair(found, std::pair(stream.longest_undecided(), stream.forced()));
  };
  using outcome = std::pair<std::vector<ts::token_entity>, std::pair<std::size_t, std::size_t>>;
  using enum ts::decode_path;
  CHECK(all({.reading = ts::reading::strict}, cells) == outcome{{}, {0, 0}});
  CHECK(all({.reading = ts::reading::strict, .path = viterbi}, cells) ==
        outcome{{{{1, 3}, per}, {{6, 8}, per}}, {2, 0}});
  // As decided at once, each token by itself: B has to follow where I would have to be a B before.
  CHECK(all({.path = viterbi, .viterbi = {.max_undecided = 0}}, cells) ==
        outcome{{{{1, 3}, per}, {{7, 8}, per}}, {0, 8}});

  auto const none = [](ts::token_entity const&) {};
  // Tokens of a document whose first two are not seen.
  auto const late =
      ts::plan_windows(6,
                       {.max_tokens = 4, .overlap = 2, .direction = ts::window_direction::from_end, .max_windows = 1})
          .value();
  REQUIRE(late.unseen() == ts::token_span{0, 2});
  std::vector<float> bad(4 * 3);
  bad[5] = nan;
  ts::entity_stream<ts::bio, float> wrong(late, labels, {.path = viterbi});
  CHECK(wrong.push(rows_of(bad), none).error() == ts::error{ts::errc::not_a_number, 3, 2});
  CHECK(wrong.push(rows_of(bad), none).error() == ts::error{ts::errc::not_a_number, 3, 2});
  for (std::size_t j = 0; j < 3; ++j) bad[9 + j] = -infinity;
  bad[5] = 0;
  ts::entity_stream<ts::bio, float> dead(late, labels, {.path = viterbi});
  CHECK(dead.push(rows_of(bad), none).error() == ts::error{ts::errc::no_legal_path, 5, 0});

  // What would lose entities in silence is refused; argmax reads it.
  auto const foreign = ts::label_set::from_id2label({"O", "B-PER", "E-PER"}).value();
  ts::entity_stream<ts::bio, float> refused(plan, foreign, {.path = viterbi});
  CHECK(refused.push(rows_of(cells).slice(0, 4), none).error() == ts::error{ts::errc::unknown_label, 2, 0});
  auto const endless = ts::label_set::from_id2label({"O", "I-PER", "B-PER"}).value();
  ts::entity_stream<ts::ioe2, float> unending(plan, endless, {.path = viterbi});
  CHECK(unending.push(rows_of(cells).slice(0, 4), none).error().code == ts::errc::unknown_label);
}

TEST_CASE("a million tokens in memory of a window") {
  // The same 499 tokens again and again: noise, and a stretch in which O is worth as much as I. After 499 pushes, which
  // begin at each of them, buffers have grown to what they need.
  constexpr std::size_t tokens = 1'000'000, period = 499, room = 512;
  std::vector<float> cells((period + room) * 3);
  std::uint32_t state = 1;
  for (std::size_t t = 0; t < period; ++t) {
    for (std::size_t j = 0; j < 3; ++j) {
      state = state * 1664525 + 1013904223;
      cells[3 * t + j] = static_cast<float>(state >> 24) / 64;
    }
    if (t >= 100 && t < 160) cells[3 * t] = cells[3 * t + 2] = t == 100 ? 0 : 4;
    if (t > 100 && t < 160) cells[3 * t + 1] = 0;
  }
  for (std::size_t i = 0; i < room * 3; ++i) cells[period * 3 + i] = cells[i];
  auto const from = [&](std::size_t first, std::size_t count) {
    return view{cells.data() + first % period * 3, count, 3};
  };

  std::vector<float> whole(tokens * 3);
  for (std::size_t i = 0; i < whole.size(); ++i) whole[i] = cells[i % (period * 3)];
  auto const offline = ts::viterbi<ts::bio>(rows_of(whole), labels).value();
  auto const best = ts::argmax(rows_of(whole));

  std::size_t different = 0, given = 0, warm = 0;
  ts::viterbi_stream<ts::bio, float> stream(labels);
  auto const compare = [&](std::size_t first, std::span<ts::label_id const> ids) {
    for (std::size_t i = 0; i < ids.size(); ++i) different += ids[i] == offline.path[first + i] ? 0U : 1U;
    given += ids.size();
  };
  for (std::size_t t = 0; t < tokens; t += 250) {
    if (t == 125'000) warm = allocations;
    stream.push(from(t, 250), compare).value();
  }
  CHECK(allocations == warm);
  CHECK(stream.finish(compare).value() == offline.score);
  CHECK(given == tokens);
  CHECK(different == 0);
  CHECK(stream.longest_undecided() > 50);
  CHECK(stream.longest_undecided() < 200);

  auto const plan = ts::plan_windows(tokens, {.max_tokens = room, .overlap = 128}).value();
  for (ts::decode_path const how : {ts::decode_path::argmax, ts::decode_path::viterbi}) {
    auto const& ids = how == ts::decode_path::argmax ? best : offline.path;
    auto const expected = ts::to_entities<ts::bio>(ids, labels).value();
    for (ts::window_weight const weight : {ts::window_weight::ownership, ts::window_weight::centre}) {
      ts::entity_stream<ts::bio, float> entities(plan, labels, {.weight = weight, .path = how});
      std::size_t found = 0, wrong = 0;
      for (ts::window const& w : plan) {
        if (&w == plan.begin() + 500) warm = allocations;
        auto const take = [&](ts::token_entity const& e) {
          wrong += found < expected.size() && expected[found] == e ? 0U : 1U;
          ++found;
        };
        entities.push(from(w.tokens.begin, w.tokens.size()), take).value();
      }
      CHECK(allocations == warm);
      CHECK(found == expected.size());
      CHECK(wrong == 0);
    }
  }
}
