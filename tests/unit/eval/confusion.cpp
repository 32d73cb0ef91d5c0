// SPDX-License-Identifier: MIT
#include <tagspan/eval/confusion.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace ts = tagspan;

namespace {

using byte_entities = std::vector<ts::entity<ts::unit::byte>>;
constexpr ts::type_id x{0};
constexpr ts::type_id y{1};

ts::label_set two_types() { return ts::label_set::for_types<ts::bio>({"X", "Y"}); }

struct form_of {
  std::string_view text;
  std::string_view operator()(ts::byte_span s) const { return text.substr(s.begin, s.size()); }
};

static_assert(!std::is_constructible_v<ts::confusion, ts::label_set>);

}  // namespace

TEST_CASE("kinds of error, and the matrix") {
  struct row {
    byte_entities gold, predicted;
    ts::error_kind kind;
    std::size_t g, p;  // the place in the matrix over X, Y and nothing
  };
  using enum ts::error_kind;
  byte_entities const both{{{20, 21}, x}, {{22, 23}, y}};  // so that both types occur
  row const rows[] = {
      {{{{0, 2}, x}}, {{{0, 2}, x}}, correct, 0, 0},
      {{{{0, 2}, x}}, {{{0, 2}, y}}, wrong_type, 0, 1},
      {{{{0, 2}, y}}, {{{0, 3}, y}}, wrong_boundary, 1, 1},
      {{{{0, 2}, y}}, {{{1, 3}, x}}, wrong_both, 1, 0},
      {{{{0, 2}, y}}, {}, missed, 1, 2},
      {{}, {{{0, 2}, x}}, spurious, 2, 0},
  };
  auto const labels = two_types();
  for (row const& r : rows) {
    CAPTURE(ts::name(r.kind));
    ts::confusion errors{labels};
    errors.add(both, both).value();
    errors.add(r.gold, r.predicted).value();
    ts::confusion_report const found = errors.report();
    CHECK(found.kinds[r.kind] == (r.kind == correct ? 3 : 1));
    for (std::size_t g = 0; g < 3; ++g) {
      for (std::size_t p = 0; p < 3; ++p) {
        CHECK(found.at(g, p) == (g == p && g < 2 ? 1 : 0) + (g == r.g && p == r.p ? 1 : 0));
      }
    }
    CHECK(found.by_type[r.g == 2 ? r.p : r.g][r.kind] == (r.kind == correct ? 2 : 1));
    ts::confusion_example const& example = found.examples.back();
    CHECK(example.kind == r.kind);
    CHECK(example.document == 1);
    CHECK(example.gold.has_value() == !r.gold.empty());
    CHECK(example.predicted.has_value() == !r.predicted.empty());
    CHECK_THROWS(found.at(0, 3));
  }
}

TEST_CASE("forms: frequent errors, seen and unseen, surface") {
  auto const labels = two_types();
  ts::confusion errors{labels};
  errors.know("Rome");
  form_of const text{"Rome Oslo Rome Bonn"};
  byte_entities const gold{{{0, 4}, x}, {{5, 9}, x}, {{10, 14}, x}};
  for (int n = 0; n < 2; ++n) {
    errors.add(gold, byte_entities{{{0, 4}, x}, {{5, 9}, y}, {{10, 14}, x}, {{15, 19}, y}}, text).value();
  }
  errors.add(gold, byte_entities{{{5, 9}, y}, {{10, 12}, x}}, text).value();
  ts::confusion_report const r = errors.report();
  using enum ts::error_kind;
  CHECK((r.frequent == std::vector<ts::frequent_error>{{wrong_type, "Oslo", "X", "Y", 3},
                                                       {spurious, "Bonn", "", "Y", 2},
                                                       {wrong_boundary, "Rome", "X", "X", 1},
                                                       {missed, "Rome", "X", "", 1}}));
  CHECK((r.seen == ts::entity_counts{4, 4, 6}));
  CHECK((r.unseen == ts::entity_counts{0, 6, 3}));
  // Gold: Rome and Oslo. Predicted: Rome, Ro, and Oslo and Bonn under Y. Correct: Rome.
  CHECK((r.surface == ts::entity_counts{1, 4, 2}));
  CHECK((r.by_length == std::vector<ts::length_counts>{{{0, 1, 0}, 2}, {{4, 9, 9}, 4}}));
  std::string const expected =
      "                 X         Y    missed\n"
      "\n"
      "       X         5         3         1\n"
      "       Y         0         0         0\n"
      "spurious         0         2\n"
      "\n"
      "                 correct      wrong type  wrong boundary      wrong both          missed        spurious\n"
      "\n"
      "       X               4               3               1               0               1               0\n"
      "       Y               0               0               0               0               0               2\n"
      "     all               4               3               1               0               1               2\n"
      "\n";
  CHECK(ts::to_text(r).starts_with(expected));
  CHECK(ts::to_text(r).find("      3  wrong type  Oslo  X > Y\n      2  spurious  Bonn  Y\n") != std::string::npos);
  CHECK(ts::to_text(r).find("      1  wrong boundary  Rome  X\n      1  missed  Rome  X\n") != std::string::npos);
}

TEST_CASE("examples: the first ones of each kind, in order of documents and places") {
  auto const labels = ts::label_set::for_types<ts::bio>({"Z", "A"});
  ts::confusion errors{labels, {.examples = 2}};
  byte_entities const missed{{{4, 5}, ts::type_id{0}}, {{4, 5}, ts::type_id{1}}, {{0, 1}, ts::type_id{0}}};
  CHECK_FALSE(errors.add(byte_entities{{{3, 3}, x}}, byte_entities{}).has_value());
  errors.add(missed, byte_entities{}).value();
  errors.add(missed, byte_entities{}).value();
  auto const examples = errors.report().examples;
  REQUIRE(examples.size() == 2);
  CHECK(examples[0].document == 1);  // the rejected one has a number too
  CHECK((examples[0].gold == ts::confusion_entity{0, 1, "Z"}));
  CHECK((examples[1].gold == ts::confusion_entity{4, 5, "A"}));  // by name
  ts::confusion none{labels, {.examples = 0}};
  none.add(missed, missed).value();
  CHECK(none.report().examples.empty());
}

TEST_CASE("shards add up to one pass; other options are refused; bad documents are named") {
  auto const labels = two_types();
  auto const opposite = ts::label_set::for_types<ts::bio>({"Y", "W", "X"});
  form_of const text{"Rome Oslo Rome Bonn"};
  byte_entities const a{{{0, 4}, x}, {{5, 9}, y}}, b{{{0, 4}, y}, {{10, 14}, x}};
  byte_entities const a2{{{0, 4}, ts::type_id{2}}, {{5, 9}, ts::type_id{0}}},
      b2{{{0, 4}, ts::type_id{0}}, {{10, 14}, ts::type_id{2}}};
  ts::confusion whole{labels, {.examples = 1}}, first{labels, {.examples = 1}},
      second{opposite, {.examples = 1, .first_document = 1}};
  whole.add(a, b, text).value();
  whole.add(b, a, text).value();
  first.add(a, b, text).value();
  second.add(b2, a2, text).value();
  second.merge(first).value();
  ts::confusion_report const one = whole.report(), sum = second.report();
  CHECK(one.types == sum.types);
  CHECK(one.matrix == sum.matrix);
  CHECK((one.by_type == sum.by_type));
  CHECK((one.examples == sum.examples));
  CHECK((one.frequent == sum.frequent));
  CHECK((one.by_length == sum.by_length));
  CHECK((one.surface == sum.surface));
  CHECK((one.unseen == sum.unseen));
  CHECK(one.gold_fingerprint == sum.gold_fingerprint);
  CHECK(ts::to_text(one) == ts::to_text(sum));
  whole.merge(whole).value();
  CHECK(whole.report().kinds[ts::error_kind::missed] == 2 * one.kinds[ts::error_kind::missed]);
  CHECK((whole.report().surface == one.surface));
  ts::confusion other{labels, {.examples = 2}};
  CHECK(whole.merge(other).error() == ts::error{ts::errc::options_differ, 0, 0});
  CHECK(whole.add(a, byte_entities{{{0, 4}, x}, {{0, 4}, x}}).error() ==
        ts::error{ts::errc::duplicate_entity, 4, 1});
  CHECK(whole.add(byte_entities{{{0, 4}, ts::type_id{5}}}, a).error() == ts::error{ts::errc::bad_type_in_sentence, 5, 0});
  CHECK(whole.report().rejected == 2);
}

TEST_CASE("nothing at all") {
  auto const labels = two_types();
  ts::confusion const errors{labels};
  ts::confusion_report const r = errors.report();
  CHECK(r.types.empty());
  CHECK(r.at(0, 0) == 0);
  CHECK((r.kinds == ts::kind_counts{}));
  CHECK_FALSE(ts::to_text(r).empty());
}

TEST_CASE("a weight is so many documents; examples show what was given") {
  auto const labels = two_types();
  byte_entities const gold{{{0, 2}, x}, {{3, 5}, y}, {{6, 7}, x}}, predicted{{{0, 2}, x}, {{3, 5}, x}, {{8, 9}, y}};
  form_of const forms{"ab cd e f"};
  ts::confusion weighted{labels}, repeated{labels}, plain{labels};
  weighted.know("ab");
  repeated.know("ab");
  for (std::size_t weight : {2u, 0u, 1u, 5u}) {
    weighted.add(gold, predicted, forms, weight).value();
    plain.add(gold, predicted, weight).value();
    for (std::size_t n = 0; n < weight; ++n) repeated.add(gold, predicted, forms).value();
  }
  ts::confusion_report a = weighted.report(), b = repeated.report();
  CHECK(a.sentences == 8);
  CHECK(a.frequent[0].count == 8);
  CHECK((a.surface == ts::entity_counts{1, 3, 3}));
  CHECK((plain.report().by_length == a.by_length));
  CHECK(a.signature() == b.signature());
  std::vector<std::size_t> documents;  // the second one counts for nothing
  for (ts::confusion_example const& e : a.examples) {
    if (e.kind == ts::error_kind::correct) documents.push_back(e.document);
  }
  CHECK(documents == std::vector<std::size_t>{0, 2, 3});
  a.examples.clear();
  b.examples.clear();
  CHECK((a == b));
  CHECK(weighted.add(gold, byte_entities{{{1, 1}, x}}).error() == ts::error{ts::errc::bad_span_in_sentence, 4, 0});
}

TEST_CASE("a signature says what the counts depend on") {
  auto const labels = two_types();
  ts::confusion errors{labels, {.match = {.threshold = 0.5}}};
  CHECK(errors.report().signature() == "tagspan:" TAGSPAN_TEST_VERSION
                                       "|matching:iou>=0.5|types:0|sentences:0|gold:0000000000000000");
  byte_entities const gold{{{0, 2}, x}}, predicted{{{0, 2}, x}, {{5, 6}, y}};
  errors.add(gold, predicted).value();
  CHECK_FALSE(errors.add(gold, byte_entities{{{1, 1}, x}}));
  ts::scorer scorer{labels};
  scorer.add(gold, predicted).value();
  CHECK(errors.report().signature() == "tagspan:" TAGSPAN_TEST_VERSION
                                       "|matching:iou>=0.5|types:1|sentences:1|rejected:1|gold:" +
                                           ts::detail::hexadecimal(scorer.report().gold_fingerprint));
}
