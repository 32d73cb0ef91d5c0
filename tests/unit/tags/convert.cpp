// SPDX-License-Identifier: MIT
#include <tagspan/tags/convert.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/words.hpp"

namespace ts = tagspan;
using tagspan_test::words;
using ts::role;
using ts::violation_kind;

namespace {

using entities = std::vector<ts::token_entity>;
constexpr ts::type_id x{0};
constexpr ts::type_id y{1};

// All labels of all letters for two types, O in the middle.
ts::label_set every_label() { return ts::label_set::from_id2label(words("B-X I-X E-X S-X O B-Y I-Y E-Y S-Y")).value(); }

std::string names(ts::label_set const& labels, std::vector<ts::label_id> const& ids) {
  std::string text;
  for (ts::label_id id : ids) {
    if (!text.empty()) text += ' ';
    text += id < 0 ? std::string_view("_") : labels.name(id);
  }
  return text;
}

// "_" is ignored, "?" an id past the end.
std::vector<ts::label_id> ids_of(ts::label_set const& labels, std::string_view text) {
  std::vector<ts::label_id> ids;
  for (std::string_view word : words(text)) {
    ids.push_back(word == "_"   ? -100
                  : word == "?" ? static_cast<ts::label_id>(labels.size())
                                : labels.find(word).value());
  }
  return ids;
}

// Entities of at most two tokens.
struct pairs {
  static constexpr std::string_view name = "pairs";
  static constexpr ts::scheme_letters letters{.begin = 'B', .inside = 'I'};
  static constexpr ts::scheme_table table = [] {
    ts::scheme_table t = ts::bio::table;
    t.follow[static_cast<std::size_t>(role::inside)] = {};
    return t;
  }();
};

}  // namespace

TEST_CASE("to_tags: every scheme's way to write the same entities") {
  struct row {
    entities given;
    std::size_t length;
    // In the order of all_schemes; "" where touching entities can't be kept apart.
    std::vector<std::string_view> expected;
  };
  row const rows[] = {
      {{}, 0, {"", "", "", "", "", "", "", "", ""}},
      {{}, 2, {"O O", "O O", "O O", "O O", "O O", "O O", "O O", "O O", "O O"}},
      {{{{0, 1}, x}}, 2, {"I-X O", "I-X O", "B-X O", "I-X O", "E-X O", "S-X O", "U-X O", "S-X O", "W-X O"}},
      {{{{1, 4}, x}},
       4,
       {"O I-X I-X I-X", "O I-X I-X I-X", "O B-X I-X I-X", "O I-X I-X I-X", "O I-X I-X E-X", "O B-X I-X E-X",
        "O B-X I-X L-X", "O B-X M-X E-X", "O B-X M-X E-X"}},
      {{{{0, 2}, x}, {{2, 3}, y}},
       3,
       {"I-X I-X I-Y", "I-X I-X I-Y", "B-X I-X B-Y", "I-X I-X I-Y", "I-X E-X E-Y", "B-X E-X S-Y", "B-X L-X U-Y",
        "B-X E-X S-Y", "B-X E-X W-Y"}},
      {{{{2, 3}, x}, {{0, 2}, x}},  // in any order
       3,
       {"not representable", "I-X I-X B-X", "B-X I-X B-X", "I-X E-X I-X", "I-X E-X E-X", "B-X E-X S-X", "B-X L-X U-X",
        "B-X E-X S-X", "B-X E-X W-X"}},
      {{{{0, 1}, x}, {{1, 2}, x}, {{2, 3}, x}},
       3,
       {"not representable", "I-X B-X B-X", "B-X B-X B-X", "E-X E-X I-X", "E-X E-X E-X", "S-X S-X S-X", "U-X U-X U-X",
        "S-X S-X S-X", "W-X W-X W-X"}},
  };
  for (row const& r : rows) {
    for (std::size_t s = 0; s < std::size(ts::all_schemes); ++s) {
      CAPTURE(ts::scheme_name(ts::all_schemes[s]));
      CAPTURE(r.expected[s]);
      ts::visit_scheme(ts::all_schemes[s], [&]<ts::tag_scheme S>(S) {
        auto const labels = ts::label_set::for_types<S>({"X", "Y"});
        auto const tags = ts::to_tags<S>(r.given, r.length, labels);
        if (r.expected[s] == "not representable") {
          REQUIRE_FALSE(tags.has_value());
          CHECK(tags.error().code == ts::errc::not_representable);
          return;
        }
        CHECK(names(labels, tags.value()) == r.expected[s]);
        CHECK(ts::validate<S>(tags.value(), labels).value().empty());
      });
    }
  }
}

TEST_CASE("to_tags: errors say which entity") {
  struct row {
    entities given;
    std::size_t length;
    ts::error expected;
  };
  row const rows[] = {
      {{{{0, 1}, x}, {{1, 1}, x}}, 3, {ts::errc::span_out_of_range, 1, 0}},  // empty
      {{{{0, 1}, x}, {{2, 1}, x}}, 3, {ts::errc::span_out_of_range, 1, 0}},  // backwards
      {{{{2, 4}, x}}, 3, {ts::errc::span_out_of_range, 0, 0}},               // past the end
      {{{{3, 4}, x}}, 3, {ts::errc::span_out_of_range, 0, 0}},
      {{{{0, static_cast<std::size_t>(-1)}, x}}, 3, {ts::errc::span_out_of_range, 0, 0}},
      {{{{0, 1}, x}}, 0, {ts::errc::span_out_of_range, 0, 0}},
      {{{{0, 2}, x}, {{2, 3}, x}, {{1, 3}, y}}, 3, {ts::errc::spans_overlap, 2, 0}},
      {{{{0, 3}, x}, {{1, 2}, x}}, 3, {ts::errc::spans_overlap, 1, 0}},
      {{{{0, 1}, x}, {{0, 1}, x}}, 3, {ts::errc::spans_overlap, 1, 0}},  // the same twice
      {{{{0, 1}, x}, {{1, 2}, ts::type_id{2}}}, 3, {ts::errc::unknown_type, 1, 0}},
      {{{{0, 1}, ts::type_id{0xffffffffU}}}, 3, {ts::errc::unknown_type, 0, 0}},
  };
  auto const labels = ts::label_set::for_types<ts::bio>({"X", "Y"});
  for (row const& r : rows) {
    auto const tags = ts::to_tags<ts::bio>(r.given, r.length, labels);
    REQUIRE_FALSE(tags.has_value());
    CAPTURE(static_cast<int>(tags.error().code));
    CHECK((tags.error() == r.expected));
  }
  auto const io = ts::label_set::for_types<ts::io>({"X"});
  CHECK((ts::to_tags<ts::io>(entities{{{2, 3}, x}, {{0, 1}, x}, {{1, 2}, x}}, 3, io).error() ==
         ts::error{ts::errc::not_representable, 2, 1}));
  auto const gaps = ts::label_set::from_id2label({"O", "B-X"}).value();
  CHECK((ts::to_tags<ts::bio>(entities{{{0, 1}, x}, {{1, 3}, x}}, 3, gaps).error() ==
         ts::error{ts::errc::label_missing, 1, 2}));
  auto const no_outside = ts::label_set::from_id2label({"B-X"}).value();
  CHECK((ts::to_tags<ts::bio>(entities{{{0, 1}, x}}, 2, no_outside).error() ==
         ts::error{ts::errc::no_outside_label, 1, 0}));
  CHECK(ts::to_tags<ts::bio>(entities{{{0, 1}, x}}, 1, no_outside).has_value());
}

TEST_CASE("to_tags writes the scheme's own letters, and O as O") {
  auto const labels = ts::label_set::from_id2label(words("U-X S-X L-X E-X M-X I-X B-X O")).value();
  entities const three{{{0, 3}, x}, {{3, 4}, x}};
  CHECK(names(labels, ts::to_tags<ts::bioes>(three, 5, labels).value()) == "B-X I-X E-X S-X O");
  CHECK(names(labels, ts::to_tags<ts::bilou>(three, 5, labels).value()) == "B-X I-X L-X U-X O");
  CHECK(names(labels, ts::to_tags<ts::bmes>(three, 5, labels).value()) == "B-X M-X E-X S-X O");
  auto const pads = ts::label_set::from_id2label({"[PAD]", "B-X", "O"}, {.no_prefix = ts::no_prefix::outside}).value();
  CHECK(names(pads, ts::to_tags<ts::bio>(entities{{{0, 1}, x}}, 2, pads).value()) == "B-X O");
  CHECK(names(pads, ts::repair<ts::bio>(std::vector{1, 2}, pads).value()) == "B-X O");
}

TEST_CASE("to_tags: spans with named types, as spans() gives them") {
  auto const labels = ts::label_set::for_types<ts::bioes>({"X", "Y"});
  std::vector<std::string> const tags{"S-Y", "O", "B-X", "E-X"};
  auto const named = ts::spans<ts::bioes>(tags);
  CHECK(names(labels, ts::to_tags<ts::bioes>(named, 4, labels).value()) == "S-Y O B-X E-X");
  std::vector<ts::named_span> const unknown{{0, 1, "Y"}, {1, 2, "Z"}};
  CHECK(ts::to_tags<ts::bioes>(unknown, 4, labels).error() == ts::error{ts::errc::unknown_type, 1, 0});
  CHECK(ts::to_tags<ts::bioes>(named, 3, labels).error() == ts::error{ts::errc::span_out_of_range, 1, 0});
}

TEST_CASE("validate: index, both tags and kind") {
  ts::tag const o{};
  auto tag = [](role r, ts::type_id t) { return ts::tag{r, t}; };
  struct row {
    std::string_view tags;
    ts::scheme_id scheme;
    std::vector<ts::violation> expected;
  };
  row const rows[] = {
      {"", ts::scheme_id::bio, {}},
      {"O O", ts::scheme_id::bio, {}},
      {"B-X I-X O B-Y", ts::scheme_id::bio, {}},
      {"I-X", ts::scheme_id::bio, {{0, o, tag(role::inside, x), violation_kind::start}}},
      {"O I-X I-X", ts::scheme_id::bio, {{1, o, tag(role::inside, x), violation_kind::start}}},
      {"B-X I-Y", ts::scheme_id::bio, {{1, tag(role::begin, x), tag(role::inside, y), violation_kind::start}}},
      {"B-X E-X O", ts::scheme_id::bio, {{1, tag(role::begin, x), tag(role::end, x), violation_kind::foreign_role}}},
      {"E-X", ts::scheme_id::bio, {{0, o, tag(role::end, x), violation_kind::foreign_role}}},
      {"E-X I-X",  // the step away from a foreign role is excused
       ts::scheme_id::bio,
       {{0, o, tag(role::end, x), violation_kind::foreign_role}}},
      {"S-X S-X",
       ts::scheme_id::bio,
       {{0, o, tag(role::single, x), violation_kind::foreign_role},
        {1, tag(role::single, x), tag(role::single, x), violation_kind::foreign_role}}},
      {"B-X O", ts::scheme_id::bioes, {{0, tag(role::begin, x), o, violation_kind::end}}},
      {"O B-X I-X", ts::scheme_id::bioes, {{2, tag(role::inside, x), o, violation_kind::end}}},
      {"B-X S-Y", ts::scheme_id::bioes, {{0, tag(role::begin, x), tag(role::single, y), violation_kind::end}}},
      {"B-X I-Y E-Y",
       ts::scheme_id::bioes,
       {{1, tag(role::begin, x), tag(role::inside, y), violation_kind::end_and_start}}},
      {"S-X I-X E-X", ts::scheme_id::bioes, {{1, tag(role::single, x), tag(role::inside, x), violation_kind::start}}},
      {"B-X B-X E-X", ts::scheme_id::bioes, {{0, tag(role::begin, x), tag(role::begin, x), violation_kind::end}}},
      {"E-X", ts::scheme_id::bioes, {{0, o, tag(role::end, x), violation_kind::start}}},
      {"I-X",
       ts::scheme_id::bioes,
       {{0, o, tag(role::inside, x), violation_kind::start}, {0, tag(role::inside, x), o, violation_kind::end}}},
      {"B-X", ts::scheme_id::iob1, {{0, o, tag(role::begin, x), violation_kind::start}}},
      {"I-X B-X", ts::scheme_id::iob1, {}},
      {"I-X B-Y", ts::scheme_id::iob1, {{1, tag(role::inside, x), tag(role::begin, y), violation_kind::start}}},
      {"E-X O", ts::scheme_id::ioe1, {{0, tag(role::end, x), o, violation_kind::end}}},
      {"E-X I-X", ts::scheme_id::ioe1, {}},
      {"I-X O", ts::scheme_id::ioe2, {{0, tag(role::inside, x), o, violation_kind::end}}},
      {"I-X I-X", ts::scheme_id::io, {}},
      {"_ _", ts::scheme_id::bio, {}},
      {"B-X _ I-X", ts::scheme_id::bio, {}},
      {"_ I-X _", ts::scheme_id::bio, {{1, o, tag(role::inside, x), violation_kind::start}}},
      {"B-X _ O", ts::scheme_id::bioes, {{0, tag(role::begin, x), o, violation_kind::end}}},
      {"O B-X _ _", ts::scheme_id::bioes, {{1, tag(role::begin, x), o, violation_kind::end}}},
  };
  auto const labels = every_label();
  for (row const& r : rows) {
    CAPTURE(r.tags);
    CAPTURE(ts::scheme_name(r.scheme));
    ts::visit_scheme(r.scheme, [&]<ts::tag_scheme S>(S) {
      auto const found = ts::validate<S>(ids_of(labels, r.tags), labels).value();
      CHECK((found == r.expected));
    });
  }
  CHECK((ts::validate<ts::bio>(ids_of(labels, "O O ?"), labels).error() == ts::error{ts::errc::id_out_of_range, 2, 0}));
  CHECK(ts::validate<ts::bio>(std::vector{-1}, labels).error().code == ts::errc::id_out_of_range);
  CHECK(ts::validate<ts::bio>(std::vector{-100}, labels, std::nullopt).error().code == ts::errc::id_out_of_range);
}

TEST_CASE("an illegal step inside one entity") {
  // Of the built-in schemes none can have one without a foreign role; a scheme of one's own can.
  auto const labels = ts::label_set::for_types<pairs>({"X"});
  auto const found = ts::validate<pairs>(std::vector{1, 2, 2}, labels).value();
  REQUIRE(found.size() == 1);
  CHECK((found[0] == ts::violation{2, {role::inside, x}, {role::inside, x}, violation_kind::inside}));
}

TEST_CASE("each kind has a name") {
  for (auto kind : {violation_kind::foreign_role, violation_kind::start, violation_kind::inside, violation_kind::end,
                    violation_kind::end_and_start}) {
    CHECK_FALSE(ts::kind_name(kind).empty());
  }
}

TEST_CASE("repair") {
  struct row {
    std::string_view tags, promoted, discarded;  // in BIO
  };
  row const rows[] = {
      {"", "", ""},
      {"B-X I-X O", "B-X I-X O", "B-X I-X O"},
      {"I-X I-X O", "B-X I-X O", "O O O"},
      {"B-X I-Y I-Y", "B-X B-Y I-Y", "B-X O O"},
      {"S-X B-X I-X E-X", "B-X B-X I-X I-X", "O O O O"},
      {"I-X _ I-X", "B-X _ I-X", "O _ O"},
      {"_ _", "_ _", "_ _"},
      {"B-X _ I-X I-Y _", "B-X _ I-X B-Y _", "B-X _ I-X O _"},
  };
  auto const labels = every_label();
  for (row const& r : rows) {
    CAPTURE(r.tags);
    auto const ids = ids_of(labels, r.tags);
    CHECK(names(labels, ts::repair<ts::bio>(ids, labels).value()) == r.promoted);
    CHECK(names(labels, ts::repair<ts::bio>(ids, labels, ts::repair_policy::discard).value()) == r.discarded);
  }
  CHECK((ts::repair<ts::bio>(ids_of(labels, "O ?"), labels).error() == ts::error{ts::errc::id_out_of_range, 1, 0}));
  auto const io_bad = ts::repair<ts::io>(ids_of(labels, "O S-X S-X"), labels);
  CHECK((io_bad.error() == ts::error{ts::errc::not_representable, 1, 0}));
  auto const gaps = ts::label_set::from_id2label(words("O I-X")).value();
  CHECK((ts::repair<ts::bio>(ids_of(gaps, "O _ I-X"), gaps).error() == ts::error{ts::errc::label_missing, 0, 2}));
  auto const no_outside = ts::label_set::from_id2label(words("B-X I-X")).value();
  CHECK((ts::repair<ts::bio>(ids_of(no_outside, "_ I-X"), no_outside, ts::repair_policy::discard).error() ==
         ts::error{ts::errc::no_outside_label, 1, 0}));
}

TEST_CASE("convert from one scheme to another") {
  struct row {
    ts::scheme_id from, to;
    std::string_view tags, expected;
  };
  row const rows[] = {
      {ts::scheme_id::bio, ts::scheme_id::bioes, "B-X I-X B-X O B-Y", "B-X E-X S-X O S-Y"},
      {ts::scheme_id::bio, ts::scheme_id::iob1, "B-X I-X B-X O B-Y", "I-X I-X B-X O I-Y"},
      {ts::scheme_id::bio, ts::scheme_id::io, "B-X I-X O B-X B-Y", "I-X I-X O I-X I-Y"},
      {ts::scheme_id::bioes, ts::scheme_id::bmewo, "B-X I-X E-X S-Y O", "B-X M-X E-X W-Y O"},
      {ts::scheme_id::iob1, ts::scheme_id::bio, "I-X I-X B-X O", "B-X I-X B-X O"},
      {ts::scheme_id::bio, ts::scheme_id::bilou, "_ B-X _ I-X _ O", "_ B-X _ L-X _ O"},
      {ts::scheme_id::bio, ts::scheme_id::bioes, "I-X", "S-X"},  // malformed: read leniently
      {ts::scheme_id::bio, ts::scheme_id::bio, "", ""},
  };
  for (row const& r : rows) {
    CAPTURE(r.tags);
    ts::visit_scheme(r.from, [&]<ts::tag_scheme From>(From) {
      ts::visit_scheme(r.to, [&]<ts::tag_scheme To>(To) {
        auto const from = every_label();
        ts::label_set to;
        auto const out = ts::convert<From, To>(ids_of(from, r.tags), from, to).value();
        CHECK(names(to, out) == r.expected);
        ts::label_set same = from.growing();  // within one set
        auto const again = ts::convert<From, To>(ids_of(from, r.tags), same, same).value();
        CHECK(names(same, again) == r.expected);
      });
    });
  }
}

TEST_CASE("convert: strict reading, and errors") {
  auto const from = every_label();
  ts::label_set to;
  auto const strict =
      ts::convert<ts::bio, ts::bioes>(ids_of(from, "I-X O B-Y"), from, to, {.reading = ts::reading::strict});
  CHECK(names(to, strict.value()) == "O O S-Y");
  auto const unsigned_ids =
      ts::convert<ts::bio, ts::bioes>(std::vector<std::uint8_t>{0, 255, 1}, from, to, {.ignore_index = 255});
  CHECK((unsigned_ids.value() == std::vector<ts::label_id>{*to.find("B-X"), 255, *to.find("E-X")}));

  ts::label_set untouched;
  CHECK((ts::convert<ts::bio, ts::bioes>(ids_of(from, "B-X ?"), from, untouched).error() ==
         ts::error{ts::errc::id_out_of_range, 1, 0}));
  CHECK((ts::convert<ts::bio, ts::io>(ids_of(from, "O B-X B-X"), from, untouched).error() ==
         ts::error{ts::errc::not_representable, 1, 0}));
  CHECK(untouched.size() == 0);
  auto frozen = ts::label_set::for_types<ts::bioes>({"Y"});
  CHECK((ts::convert<ts::bio, ts::bioes>(ids_of(from, "O B-Y _ B-X"), from, frozen).error() ==
         ts::error{ts::errc::label_missing, 1, 3}));
  auto no_outside = ts::label_set::from_id2label(words("S-X")).value();
  CHECK((ts::convert<ts::bio, ts::bioes>(ids_of(from, "_ O B-X"), from, no_outside).error() ==
         ts::error{ts::errc::no_outside_label, 1, 0}));
  // Plain types for labels: IO can be written, unless the type would read as something else.
  ts::label_set plain({.no_prefix = ts::no_prefix::inside});
  static_cast<void>(plain.intern({"O", "X"}).value());
  CHECK(names(plain, ts::convert<ts::bio, ts::io>(ids_of(from, "B-X I-X O B-Y"), from, plain).value()) == "X X O Y");
  ts::label_set odd;
  auto const odd_ids = odd.intern({"B-O"}).value();
  CHECK(ts::convert<ts::bio, ts::io>(odd_ids, odd, plain).error().code == ts::errc::mixed_labels);
  CHECK(ts::convert<ts::bio, ts::bio>(ids_of(from, "B-X"), from, plain).error().code == ts::errc::mixed_labels);
}
