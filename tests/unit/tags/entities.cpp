// SPDX-License-Identifier: MIT
#include <tagspan/tags/entities.hpp>

#include <doctest/doctest.h>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "support/words.hpp"

namespace ts = tagspan;
using tagspan_test::words;

namespace {

// Entities as text: "0-2 PER, 3-4 LOC".
template <class Entities, class Name>
constexpr bool reads(Entities const& entities, std::string_view expected, Name name) {
  std::size_t at = 0;
  auto number = [&] {
    std::size_t n = 0;
    while (at < expected.size() && expected[at] >= '0' && expected[at] <= '9') {
      n = 10 * n + static_cast<std::size_t>(expected[at++] - '0');
    }
    return n;
  };
  for (auto const& e : entities) {
    if (at >= expected.size()) return false;
    std::size_t const begin = number();
    ++at;
    std::size_t const end = number();
    ++at;
    std::size_t const stop =
        expected.find(',', at) == std::string_view::npos ? expected.size() : expected.find(',', at);
    ts::named_span const found = name(e);
    if (found.begin != begin || found.end != end || found.type != expected.substr(at, stop - at)) return false;
    at = stop + 2;
  }
  return at >= expected.size();
}

struct row {
  std::string_view tags;
  std::string_view lenient;
  std::string_view conlleval;
};
// Worked out by hand from the two rules; the golden tests hold the peers' own answers.
constexpr row rows[] = {
    {"", "", ""},
    {"O O O", "", ""},
    {"B-PER I-PER O B-LOC O", "0-2 PER, 3-4 LOC", "0-2 PER, 3-4 LOC"},
    {"I-PER", "0-1 PER", "0-1 PER"},
    {"I-PER I-PER I-LOC", "0-2 PER, 2-3 LOC", "0-2 PER, 2-3 LOC"},
    {"B-PER B-PER", "0-1 PER, 1-2 PER", "0-1 PER, 1-2 PER"},
    {"I-PER B-PER", "0-1 PER, 1-2 PER", "0-1 PER, 1-2 PER"},
    {"B-PER I-LOC", "0-1 PER, 1-2 LOC", "0-1 PER, 1-2 LOC"},
    {"O I-PER O", "1-2 PER", "1-2 PER"},
    {"B-PER E-PER", "0-2 PER", "0-2 PER"},
    {"B-PER I-PER E-PER S-PER", "0-3 PER, 3-4 PER", "0-4 PER"},
    {"S-PER S-PER", "0-1 PER, 1-2 PER", "0-2 PER"},
    {"S-PER B-PER", "0-1 PER, 1-2 PER", "0-2 PER"},
    {"S-PER I-PER", "0-1 PER, 1-2 PER", "0-2 PER"},
    {"S-PER E-PER", "0-1 PER, 1-2 PER", "0-2 PER"},
    {"B-PER S-PER", "0-1 PER, 1-2 PER", "0-2 PER"},
    {"I-PER S-PER", "0-1 PER, 1-2 PER", "0-2 PER"},
    {"E-PER S-PER", "0-1 PER, 1-2 PER", "0-2 PER"},
    {"E-PER B-PER", "0-1 PER, 1-2 PER", "0-2 PER"},
    {"E-PER E-PER", "0-1 PER, 1-2 PER", "0-1 PER, 1-2 PER"},
    {"E-PER I-PER", "0-1 PER, 1-2 PER", "0-1 PER, 1-2 PER"},
    {"I-PER E-PER", "0-2 PER", "0-2 PER"},
    {"B-PER I-PER", "0-2 PER", "0-2 PER"},
    {"I-PER I-PER", "0-2 PER", "0-2 PER"},
    {"E-PER O E-LOC", "0-1 PER, 2-3 LOC", "0-1 PER, 2-3 LOC"},
    {"U-PER L-PER", "0-1 PER, 1-2 PER", "0-2 PER"},
    {"B-PER M-PER W-PER", "0-2 PER, 2-3 PER", "0-3 PER"},
    {"B I O", "0-2 ", "0-2 "},                                // bare role letters: type ""
    {"B-B I-B B-O", "0-2 B, 2-3 O", "0-2 B, 2-3 O"},          // types called like roles
    {"B-a-b I-a-b I-a", "0-2 a-b, 2-3 a", "0-2 a-b, 2-3 a"},  // split once, at the first separator
    {"B_a-b I-a-b", "0-2 a-b", "0-2 a-b"},
    {"PER PER O LOC", "0-2 PER, 3-4 LOC", "0-2 PER, 3-4 LOC"},  // no letter: inside
    {"X-PER X-PER", "0-2 X-PER", "0-2 X-PER"},
    {"O-PER", "0-1 O-PER", "0-1 O-PER"},
};

constexpr ts::named_span same(ts::named_span const& s) { return s; }

constexpr bool spans_hold() {
  for (row const& r : rows) {
    if (!reads(ts::spans<ts::bio>(words(r.tags)), r.lenient, same)) return false;
    if (!reads(ts::spans<ts::bio>(words(r.tags), {.reading = ts::reading::conlleval}), r.conlleval, same)) return false;
  }
  return true;
}
static_assert(spans_hold());

struct strict_row {
  std::string_view tags;
  std::string_view bio, iob1, ioe1, ioe2, bioes;
};
constexpr strict_row strict_rows[] = {
    {"B-X I-X", "0-2 X", "", "", "", ""},
    {"I-X I-X", "", "0-2 X", "0-2 X", "", ""},
    {"I-X B-X", "1-2 X", "0-1 X, 1-2 X", "", "", ""},
    {"I-X E-X", "", "", "", "0-2 X", ""},
    {"E-X I-X", "", "", "0-1 X, 1-2 X", "0-1 X", ""},
    {"B-X E-X", "", "", "", "", "0-2 X"},
    {"B-X I-X E-X S-X", "", "", "", "", "0-3 X, 3-4 X"},
    {"S-X B-X", "1-2 X", "1-2 X", "", "", "0-1 X"},
    {"B-X", "0-1 X", "", "", "", ""},
    {"S-X I-X", "", "", "1-2 X", "", "0-1 X"},
    {"B-X I-Y", "0-1 X", "1-2 Y", "1-2 Y", "", ""},
    {"B-X I-X B-Y I-Y O I-X", "0-2 X, 2-4 Y", "5-6 X", "5-6 X", "", ""},
};

}  // namespace

TEST_CASE("lenient and conlleval reading, in constant expressions, from strings and from ids") {
  CHECK(spans_hold());
  for (row const& r : rows) {
    CAPTURE(r.tags);
    auto const tags = words(r.tags);
    std::vector<std::string> const owned(tags.begin(), tags.end());
    CHECK(reads(ts::spans<ts::bioes>(owned), r.lenient, same));
    ts::label_set labels({.no_prefix = ts::no_prefix::inside});
    auto const ids = labels.intern(tags);
    if (!ids) continue;  // mixes letters and plain types, which a set rejects
    auto const name = [&](ts::token_entity const& e) {
      return ts::named_span{e.span.begin, e.span.end, labels.type_name(e.type)};
    };
    CHECK(reads(ts::to_entities(*ids, labels).value(), r.lenient, name));
    CHECK(reads(ts::to_entities<ts::bio>(*ids, labels).value(), r.lenient, name));
    CHECK(reads(ts::to_entities(*ids, labels, {.reading = ts::reading::conlleval}).value(), r.conlleval, name));
    CHECK(reads(ts::to_entities<ts::bioes>(*ids, labels, {.reading = ts::reading::conlleval}).value(), r.conlleval,
                name));
  }
}

TEST_CASE("strict reading keeps what the scheme could have written") {
  ts::read_options const strict{.reading = ts::reading::strict};
  for (strict_row const& r : strict_rows) {
    CAPTURE(r.tags);
    auto const tags = words(r.tags);
    CHECK(reads(ts::spans<ts::bio>(tags, strict), r.bio, same));
    CHECK(reads(ts::spans<ts::iob1>(tags, strict), r.iob1, same));
    CHECK(reads(ts::spans<ts::ioe1>(tags, strict), r.ioe1, same));
    CHECK(reads(ts::spans<ts::ioe2>(tags, strict), r.ioe2, same));
    CHECK(reads(ts::spans<ts::bioes>(tags, strict), r.bioes, same));
    ts::label_set labels;
    auto const ids = labels.intern(tags).value();
    auto const name = [&](ts::token_entity const& e) {
      return ts::named_span{e.span.begin, e.span.end, labels.type_name(e.type)};
    };
    CHECK(reads(ts::to_entities<ts::bio>(ids, labels, strict).value(), r.bio, name));
    CHECK(reads(ts::to_entities<ts::iob1>(ids, labels, strict).value(), r.iob1, name));
  }
}

TEST_CASE("strict reading without a scheme is an error") {
  auto const labels = ts::label_set::for_types<ts::bio>({"PER"});
  std::vector<int> const ids{0, 1};
  ts::read_options const strict{.reading = ts::reading::strict};
  CHECK(ts::to_entities(ids, labels, strict).error() == ts::error{ts::errc::scheme_required, 0, 0});
  CHECK(ts::to_entities(std::vector<int>{}, labels, strict).error().code == ts::errc::scheme_required);
  CHECK(ts::for_each_entity(
            ids, labels, [](ts::token_entity const&) {}, strict)
            .error()
            .code == ts::errc::scheme_required);
}

TEST_CASE_TEMPLATE("ids of every integer type", I, signed char, unsigned char, std::int16_t, std::uint16_t,
                   std::int32_t, std::uint32_t, std::int64_t, std::uint64_t, long, unsigned long long) {
  auto const labels = ts::label_set::for_types<ts::bio>({"PER", "LOC"});  // O B-PER I-PER B-LOC I-LOC
  std::vector<I> const ids{1, 2, 0, 3};
  auto const found = ts::to_entities<ts::bio>(ids, labels).value();
  CHECK((found == std::vector<ts::token_entity>{{{0, 2}, ts::type_id{0}}, {{3, 4}, ts::type_id{1}}}));
  CHECK(ts::to_entities<ts::bio>(std::span<I const>(ids), labels).value() == found);
  CHECK(ts::to_entities<ts::bio>(std::array<I, 1>{1}, labels).value().size() == 1);
  CHECK(ts::to_entities<ts::bio>(std::vector<I>{1, 5}, labels).error() == ts::error{ts::errc::id_out_of_range, 1, 0});
  CHECK(ts::to_entities<ts::bio>(std::vector<I>{0, 0, static_cast<I>(-1)}, labels).error() ==
        ts::error{ts::errc::id_out_of_range, 2, 0});
  // -100 is ignored where the type can hold it; elsewhere it is an id past the end.
  auto const minus_100 = ts::to_entities<ts::bio>(std::vector<I>{1, static_cast<I>(-100), 2}, labels);
  if constexpr (std::signed_integral<I>) {
    CHECK((minus_100.value() == std::vector<ts::token_entity>{{{0, 3}, ts::type_id{0}}}));
  } else {
    CHECK(minus_100.error() == ts::error{ts::errc::id_out_of_range, 1, 0});
  }
  // An index that any type can hold, given by hand: also one that is a label, which is then ignored.
  CHECK((ts::to_entities<ts::bio>(std::vector<I>{1, 99, 2}, labels, {.ignore_index = 99}).value() ==
         std::vector<ts::token_entity>{{{0, 3}, ts::type_id{0}}}));
  CHECK(ts::to_entities<ts::bio>(std::vector<I>{1, 1, 1}, labels, {.ignore_index = 1}).value().empty());
  CHECK(ts::to_entities<ts::bio>(std::vector<I>{1, 99}, labels, {.ignore_index = std::nullopt}).error().where == 1);
}

TEST_CASE("negative ids are never known, whatever the size of the set") {
  std::vector<std::string> types(400);
  for (std::size_t i = 0; i < types.size(); ++i) types[i] = "T" + std::to_string(i);
  auto const labels = ts::label_set::from_types<ts::bio>(types).value();
  REQUIRE(labels.size() > 256);
  ts::read_options const none{.ignore_index = std::nullopt};
  CHECK(ts::to_entities<ts::bio>(std::vector<std::int8_t>{1, -1}, labels, none).error().where == 1);
  CHECK(ts::to_entities<ts::bio>(std::vector<std::uint8_t>{255}, labels, none).value().size() == 1);
}

TEST_CASE("an ignored token is transparent") {
  auto const labels = ts::label_set::for_types<ts::bio>({"PER", "LOC"});
  struct ignored_row {
    std::vector<int> ids;
    std::vector<ts::token_entity> expected;
  };
  ts::type_id const per{0};
  ts::type_id const loc{1};
  constexpr int x = -100;
  ignored_row const table[] = {
      {{}, {}},
      {{x, x, x}, {}},
      {{x, 1, x, x, 2, x, 0, x}, {{{1, 5}, per}}},  // from its first to its last labelled token
      {{1, x, 1}, {{{0, 1}, per}, {{2, 3}, per}}},
      {{1, x, 4}, {{{0, 1}, per}, {{2, 3}, loc}}},
      {{1, x}, {{{0, 1}, per}}},
      {{x, 2}, {{{1, 2}, per}}},
  };
  for (ignored_row const& r : table) {
    CHECK((ts::to_entities<ts::bio>(r.ids, labels).value() == r.expected));
    CHECK((ts::to_entities(r.ids, labels).value() == r.expected));
  }
  // Also to strict reading.
  CHECK(ts::to_entities<ts::bio>(std::vector{1, x, 2}, labels, {.reading = ts::reading::strict}).value().size() == 1);
  CHECK(ts::to_entities<ts::bio>(std::vector{x, 2}, labels, {.reading = ts::reading::strict}).value().empty());
}

TEST_CASE("memory is used again, and empty after an error") {
  auto const labels = ts::label_set::for_types<ts::bio>({"PER"});
  std::vector<ts::token_entity> out(7);
  ts::to_entities_into<ts::bio>(std::vector{1, 1}, labels, out).value();
  CHECK(out.size() == 2);
  CHECK_FALSE(ts::to_entities_into<ts::bio>(std::vector{1, 9}, labels, out));
  CHECK(out.empty());
  ts::to_entities_into(std::vector{1}, labels, out).value();
  CHECK(out.size() == 1);
  CHECK_FALSE(ts::to_entities_into(std::vector{1}, labels, out, {.reading = ts::reading::strict}));
  CHECK(out.empty());
  std::size_t calls = 0;
  CHECK_FALSE(ts::for_each_entity<ts::bio>(std::vector{1, 9}, labels, [&](ts::token_entity const&) { ++calls; }));
  CHECK(calls == 0);
}

TEST_CASE("an empty set knows no id") {
  ts::label_set const none;
  CHECK(ts::to_entities<ts::bio>(std::vector<int>{}, none).value().empty());
  CHECK(ts::to_entities<ts::bio>(std::vector<int>{-100}, none).value().empty());
  CHECK(ts::to_entities<ts::bio>(std::vector<int>{0}, none).error().code == ts::errc::id_out_of_range);
}
