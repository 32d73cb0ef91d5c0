// SPDX-License-Identifier: MIT
#include <tagspan/eval/scorer.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <tagspan/eval/gate.hpp>

#include "support/words.hpp"

namespace ts = tagspan;
using tagspan_test::words;

namespace {

using entities = std::vector<ts::token_entity>;
constexpr ts::type_id x{0};
constexpr ts::type_id y{1};

ts::label_set every_label() { return ts::label_set::from_id2label(words("B-X I-X E-X S-X O B-Y I-Y E-Y S-Y")).value(); }

// "_" is ignored.
std::vector<ts::label_id> ids_of(ts::label_set const& labels, std::string_view text) {
  std::vector<ts::label_id> ids;
  for (std::string_view word : words(text)) ids.push_back(word == "_" ? -100 : labels.find(word).value());
  return ids;
}

bool finite(ts::report const& r) {
  for (ts::prf const& f : {r.micro, r.macro, r.weighted}) {
    if (!std::isfinite(f.precision) || !std::isfinite(f.recall) || !std::isfinite(f.f1)) return false;
  }
  return std::isfinite(r.accuracy());
}

static_assert(!std::is_constructible_v<ts::scorer<ts::bio>, ts::label_set>);
static_assert(!std::is_constructible_v<ts::scorer<ts::bio>, ts::label_set, ts::scorer_options>);
static_assert(std::is_constructible_v<ts::scorer<ts::bio>, ts::label_set const&>);

}  // namespace

TEST_CASE("counts by reading") {
  struct row {
    std::string_view gold, predicted;
    ts::entity_counts lenient, conlleval, strict;  // strict: of BIO
  };
  row const rows[] = {
      {"", "", {}, {}, {}},
      {"O O", "O O", {}, {}, {}},
      {"B-X I-X O", "B-X I-X O", {1, 1, 1}, {1, 1, 1}, {1, 1, 1}},
      {"B-X I-X O", "B-X O O", {0, 1, 1}, {0, 1, 1}, {0, 1, 1}},
      {"B-X I-X O", "B-Y I-Y O", {0, 1, 1}, {0, 1, 1}, {0, 1, 1}},
      {"B-X I-X O", "I-X I-X O", {1, 1, 1}, {1, 1, 1}, {0, 0, 1}},
      {"B-X B-X O", "B-X I-X O", {0, 1, 2}, {0, 1, 2}, {0, 1, 2}},
      {"B-X B-X O", "S-X S-X O", {2, 2, 2}, {0, 1, 2}, {0, 0, 2}},
      {"B-X O B-Y", "B-X B-Y B-Y", {2, 3, 2}, {2, 3, 2}, {2, 3, 2}},
      {"_ B-X I-X", "B-X B-X I-X", {1, 1, 1}, {1, 1, 1}, {1, 1, 1}},
      {"B-X _ I-X", "B-X B-Y I-X", {1, 1, 1}, {1, 1, 1}, {1, 1, 1}},
      {"_ _", "B-X I-X", {}, {}, {}},
      {"B-X _", "B-X I-X", {1, 1, 1}, {1, 1, 1}, {1, 1, 1}},
      {"O O B-X", "B-X I-X I-X", {0, 1, 1}, {0, 1, 1}, {0, 1, 1}},
  };
  auto const labels = every_label();
  for (row const& r : rows) {
    CAPTURE(r.gold);
    CAPTURE(r.predicted);
    auto const gold = ids_of(labels, r.gold);
    auto const predicted = ids_of(labels, r.predicted);
    for (auto reading : {ts::reading::lenient, ts::reading::conlleval, ts::reading::strict}) {
      ts::entity_counts const expected = reading == ts::reading::lenient     ? r.lenient
                                         : reading == ts::reading::conlleval ? r.conlleval
                                                                             : r.strict;
      ts::scorer<ts::bio> scorer{labels, {.reading = reading}};
      scorer.add(gold, predicted).value();
      ts::report const report = scorer.report();
      CHECK(report.micro.correct == expected.correct);
      CHECK(report.micro.predicted == expected.predicted);
      CHECK(report.micro.support == expected.gold);
      CHECK(finite(report));
      if (reading == ts::reading::strict) continue;
      ts::scorer without{labels, {.reading = reading}};
      without.add(gold, predicted).value();
      CHECK((without.report().micro == report.micro));
      CHECK(without.report().scheme.empty());
    }
  }
}

TEST_CASE("what a report says beside the figures") {
  auto const labels = every_label();
  ts::scorer<ts::bio> scorer{labels};
  scorer.add(ids_of(labels, "B-X I-X O _"), ids_of(labels, "I-X E-X O O")).value();
  scorer.add(ids_of(labels, "O I-Y"), ids_of(labels, "O I-Y")).value();
  ts::report const r = scorer.report();
  CHECK(r.sentences == 2);
  CHECK(r.tokens == 5);  // without the ignored one
  CHECK(r.correct_tokens == 3);
  CHECK(r.accuracy() == 0.6);
  CHECK(r.malformed_gold == 1);       // O I-Y
  CHECK(r.malformed_predicted == 3);  // I-X at the start, E in BIO, O I-Y
  CHECK(r.scheme == "BIO");
  CHECK(r.reading == "lenient");
  CHECK(r.rejected == 0);
  REQUIRE(r.by_type.size() == 2);
  CHECK(r.by_type[0].type == "X");
  CHECK(r.by_type[1].type == "Y");
  CHECK(r.find("Y")->f1 == 1);
}

TEST_CASE("malformed transitions are the violations of validate") {
  auto const labels = every_label();
  for (char const* text : {"I-X", "B-X I-Y S-X O E-Y", "B-X _ O", "S-X I-X E-X B-Y", "", "_ I-X _ B-X _"}) {
    CAPTURE(text);
    auto const ids = ids_of(labels, text);
    for (ts::scheme_id id : ts::all_schemes) {
      ts::visit_scheme(id, [&]<ts::tag_scheme S>(S) {
        ts::scorer<S> scorer{labels};
        scorer.add(ids, ids).value();
        CHECK(scorer.report().malformed_gold == ts::validate<S>(ids, labels).value().size());
        CHECK(scorer.report().malformed_predicted == scorer.report().malformed_gold);
      });
    }
  }
}

TEST_CASE("rejected sentences: the number of the sentence, and every gate fails") {
  auto const labels = ts::label_set::for_types<ts::bio>({"X"});
  ts::scorer<ts::bio> scorer{labels};
  using ids = std::vector<int>;
  scorer.add(ids{1, 2}, ids{1, 2}).value();
  CHECK(scorer.add(ids{1, 2, 0}, ids{1, 2}).error() == ts::error{ts::errc::length_mismatch, 1, 2});
  CHECK(scorer.add(ids{}, ids{1}).error() == ts::error{ts::errc::length_mismatch, 2, 0});
  CHECK(scorer.add(ids{0, 3}, ids{0, 0}).error() == ts::error{ts::errc::bad_id_in_sentence, 3, 1});
  CHECK(scorer.add(ids{0, 0}, ids{0, -1}).error() == ts::error{ts::errc::bad_id_in_sentence, 4, 1});
  CHECK(scorer.add(ids{0, 0}, ids{-100, 0}).error() == ts::error{ts::errc::bad_id_in_sentence, 5, 0});
  scorer.add(ids{-100, 1}, ids{77, 1}).value();  // anything goes where gold is ignored
  ts::report const r = scorer.report();
  CHECK(r.sentences == 2);
  CHECK(r.rejected == 5);
  CHECK(r.micro.f1 == 1);
  CHECK(r.tokens == 3);
  CHECK(ts::to_text(r).find("REJECTED: 5 sentences") != std::string::npos);
  CHECK(r.signature().find("|rejected:5|") != std::string::npos);
  for (char const* gate : {"micro.f1=0", "accuracy=0", "by_type.X.recall=0"}) {
    CHECK_FALSE(ts::check(ts::parse_gate(gate).value(), r).value().passed);
  }
  ts::scorer without{labels, {.reading = ts::reading::strict}};
  CHECK(without.add(ids{1}, ids{1}).error() == ts::error{ts::errc::scheme_required, 0, 0});
  CHECK(without.report().rejected == 1);
}

TEST_CASE("empty and all-O corpora give a report") {
  auto const labels = ts::label_set::for_types<ts::bio>({"X"});
  for (auto division : {ts::zero_division::zero, ts::zero_division::one}) {
    for (int what = 0; what < 4; ++what) {
      ts::scorer<ts::bio> scorer{labels, {.metrics = {.zero_division = division}}};
      if (what == 1) scorer.add(std::vector<int>{}, std::vector<int>{}).value();
      if (what == 2) scorer.add(std::vector{0, 0, 0}, std::vector{0, 0, 0}).value();
      if (what == 3) scorer.add(std::vector{-100}, std::vector{0}).value();
      ts::report const r = scorer.report();
      CHECK(finite(r));
      CHECK(r.by_type.empty());
      CHECK(r.micro.f1 == (division == ts::zero_division::one ? 1 : 0));
      CHECK(r.gold_fingerprint == 0);
      CHECK(ts::to_text(r).find("nan") == std::string::npos);
      CHECK_FALSE(ts::check(ts::parse_gate("micro.f1=0").value(), r).value().passed);
    }
  }
  ts::label_set const none;
  ts::scorer<ts::bio> scorer{none};
  scorer.add(std::vector<int>{}, std::vector<int>{}).value();
  scorer.add(std::vector{-100}, std::vector{5}).value();
  CHECK_FALSE(scorer.add(std::vector{0}, std::vector{0}));
  CHECK(finite(scorer.report()));
}

TEST_CASE_TEMPLATE("ids of every integer type, and mixed", I, std::int8_t, std::uint8_t, std::int16_t, std::uint16_t,
                   std::int32_t, std::uint32_t, std::int64_t, std::uint64_t) {
  auto const labels = ts::label_set::for_types<ts::bio>({"X", "Y"});
  ts::scorer<ts::bio> scorer{labels};
  scorer.add(std::vector<I>{1, 2, 0, 3}, std::vector<std::int64_t>{1, 2, 0, 3}).value();
  scorer.add(std::vector<std::uint8_t>{1, 2}, std::vector<I>{1, 0}).value();
  CHECK(scorer.report().micro.correct == 2);
  CHECK(scorer.add(std::vector<I>{0, 5}, std::vector<I>{0, 0}).error().inner == 1);
  CHECK(scorer.add(std::vector<I>{0, 0}, std::vector<I>{0, static_cast<I>(-1)}).error().inner == 1);
  auto const ignored = scorer.add(std::vector<I>{static_cast<I>(-100)}, std::vector<I>{1});
  CHECK(ignored.has_value() == std::is_signed_v<I>);
  ts::scorer<ts::bio> with_index{labels, {.ignore_index = 99}};
  with_index.add(std::vector<I>{1, 99, 2}, std::vector<I>{1, 0, 2}).value();
  CHECK(with_index.report().micro.correct == 1);
  CHECK(with_index.report().tokens == 2);
}

TEST_CASE("a negative id of a narrow type is no label of a large set") {
  std::vector<std::string> types(40000);
  for (std::size_t i = 0; i < types.size(); ++i) types[i] = "T" + std::to_string(i);
  auto const labels = ts::label_set::from_types<ts::bio>(types).value();
  REQUIRE(labels.size() > 65536);
  ts::scorer<ts::bio> scorer{labels, {.ignore_index = std::nullopt}};
  CHECK(scorer.add(std::vector<std::int8_t>{0, -1}, std::vector<std::int8_t>{0, 0}).error().inner == 1);
  CHECK(scorer.add(std::vector<std::int8_t>{0, 0}, std::vector<std::int8_t>{0, -128}).error().inner == 1);
  CHECK(scorer.add(std::vector<std::int16_t>{0, -1}, std::vector<std::int16_t>{0, 0}).error().inner == 1);
  CHECK(scorer.add(std::vector<std::int16_t>{-100}, std::vector<std::uint16_t>{0}).error().inner == 0);
  scorer.add(std::vector<std::uint16_t>{65535}, std::vector<std::uint16_t>{65535}).value();
  scorer.add(std::vector<std::int8_t>{127}, std::vector<std::int8_t>{127}).value();
  CHECK(scorer.report().micro.correct == 2);
}

TEST_CASE("spans in place of tags") {
  auto const labels = ts::label_set::for_types<ts::bio>({"X", "Y"});
  ts::scorer<ts::bio> scorer{labels};
  scorer.add(entities{{{4, 6}, y}, {{0, 2}, x}}, entities{{{0, 2}, x}, {{4, 6}, x}, {{0, 6}, x}})
      .value();  // may overlap
  scorer.add(entities{}, entities{}).value();
  ts::report r = scorer.report();
  CHECK(r.micro.correct == 1);
  CHECK(r.micro.predicted == 3);
  CHECK(r.micro.support == 2);
  CHECK(r.reading == "spans");
  CHECK(r.scheme.empty());
  CHECK(r.tokens == 0);
  CHECK(r.accuracy() == 0);
  CHECK(scorer.add(entities{{{1, 1}, x}}, entities{}).error() == ts::error{ts::errc::bad_span_in_sentence, 2, 0});
  CHECK(scorer.add(entities{}, entities{{{0, 1}, x}, {{3, 2}, x}}).error() ==
        ts::error{ts::errc::bad_span_in_sentence, 3, 1});
  CHECK(scorer.add(entities{{{0, 1}, ts::type_id{2}}}, entities{}).error() == ts::error{ts::errc::bad_type_in_sentence, 4, 0});
  CHECK(scorer.add(entities{{{0, 1}, x}, {{2, 3}, x}, {{0, 1}, x}}, entities{}).error() ==
        ts::error{ts::errc::duplicate_entity, 5, 2});
  scorer.add(entities{{{0, 1}, x}}, entities{{{0, 1}, y}, {{0, 1}, x}}).value();  // one span, two types: two entities
  r = scorer.report();
  CHECK(r.micro.correct == 2);
  CHECK(r.micro.predicted == 5);
  CHECK(r.rejected == 4);
  // Scored entities of another unit are as good.
  ts::scorer bytes{labels};
  std::vector<ts::scored_entity<ts::unit::byte>> const scored{{{0, 7}, x, 0.5F, {}}};
  bytes.add(std::vector<ts::entity<ts::unit::byte>>{{{0, 7}, x}}, scored).value();
  CHECK(bytes.report().micro.f1 == 1);
}

TEST_CASE("tags and spans in one scorer break a contract") {
  auto const labels = ts::label_set::for_types<ts::bio>({"X"});
  ts::scorer<ts::bio> tags{labels};
  tags.add(std::vector{0}, std::vector{0}).value();
  CHECK_THROWS_AS(static_cast<void>(tags.add(entities{}, entities{})), ts::contract_violation);
  ts::scorer<ts::bio> spans{labels};
  spans.add(entities{}, entities{}).value();
  CHECK_THROWS_AS(static_cast<void>(spans.add(std::vector{0}, std::vector{0})), ts::contract_violation);
}

TEST_CASE("the labels may grow between sentences") {
  ts::label_set labels;
  ts::scorer<ts::bio> scorer{labels};
  for (int i = 0; i < 300; ++i) {
    auto const ids = labels.intern({"O", "B-type" + std::to_string(i)}).value();
    scorer.add(ids, ids).value();
  }
  CHECK(scorer.report().by_type.size() == 300);
  CHECK(scorer.report().micro.correct == 300);
}

TEST_CASE("merge: by type name, the same bits in any order") {
  ts::label_set first;
  ts::label_set second;
  static_cast<void>(first.intern({"O", "B-X", "B-Y", "B-only first"}).value());
  static_cast<void>(second.intern({"B-Y", "B-X", "O", "B-only second"}).value());  // met in the opposite order
  auto score = [](ts::label_set const& labels, char const* type, char const* other) {
    ts::scorer<ts::bio> s{labels};
    auto const gold = std::vector{*labels.find("B-X"), *labels.find("O"), *labels.find(type)};
    auto const predicted = std::vector{*labels.find("B-X"), *labels.find(other), *labels.find(type)};
    s.add(gold, predicted).value();
    return s;
  };
  auto const a = score(first, "B-only first", "B-Y");
  auto const b = score(second, "B-only second", "O");
  auto ab = a;
  ab.merge(b).value();
  auto ba = b;
  ba.merge(a).value();
  ts::report const one = ab.report();
  ts::report const two = ba.report();
  CHECK((one.by_type == two.by_type));
  CHECK((one.macro == two.macro));
  CHECK(one.signature() == two.signature());
  REQUIRE(one.by_type.size() == 4);
  CHECK(one.find("X")->correct == 2);
  CHECK(one.find("Y")->predicted == 1);
  CHECK(one.find("only first")->support == 1);
  CHECK(one.find("only second")->support == 1);
  CHECK(one.sentences == 2);
  // A type that came by merge and is learned later is still one type.
  ts::label_set third;
  ts::scorer<ts::bio> late{third};
  late.merge(a).value();
  static_cast<void>(third.intern({"B-only first", "O", "B-X"}).value());
  late.add(std::vector{0}, std::vector{0}).value();
  CHECK(late.report().find("only first")->support == 2);
  late.merge(a).value();
  CHECK(late.report().find("only first")->support == 3);
  CHECK(late.report().by_type.size() == 3);
  // With itself: everything twice.
  auto twice = ab;
  twice.merge(twice).value();
  CHECK(twice.report().micro.correct == 2 * one.micro.correct);
  CHECK(twice.report().find("only second")->support == 2);
  CHECK(twice.report().find("only first")->support == 2);
  CHECK(twice.report().by_type.size() == 4);
}

TEST_CASE("merge carries rejected sentences, and refuses other options") {
  auto const labels = ts::label_set::for_types<ts::bio>({"X"});
  auto one_sentence = [&](ts::scorer_options options) {
    ts::scorer<ts::bio> s{labels, options};
    s.add(std::vector{1}, std::vector{1}).value();
    return s;
  };
  ts::scorer<ts::bio> base = one_sentence({});
  ts::scorer<ts::bio> bad{labels};
  static_cast<void>(bad.add(std::vector{1}, std::vector{1, 1}));
  base.merge(bad).value();
  CHECK(base.report().rejected == 1);
  base.merge(ts::scorer<ts::bio>{labels}).value();  // an empty one
  ts::scorer<ts::bio> const before = base;
  ts::scorer_options const others[] = {
      {.reading = ts::reading::strict},
      {.ignore_index = std::nullopt},
      {.ignore_index = -1},
      {.metrics = {.zero_division = ts::zero_division::one}},
      {.metrics = {.average_over = ts::average_over::gold}},
      {.metrics = {.beta = 2}},
  };
  for (auto const& options : others) {
    CHECK(base.merge(one_sentence(options)).error().code == ts::errc::options_differ);
    CHECK(base.report().sentences == before.report().sentences);
  }
  ts::scorer<ts::bio> spans{labels};
  spans.add(entities{{{0, 1}, x}}, entities{}).value();
  CHECK(base.merge(spans).error().code == ts::errc::options_differ);
  CHECK((base.report().by_type == before.report().by_type));
}

TEST_CASE("the fingerprint tells gold, and nothing but gold") {
  auto const labels = every_label();
  auto print = [&](std::vector<std::string_view> gold, char const* predicted = nullptr) {
    ts::scorer scorer{labels};
    for (auto s : gold) scorer.add(ids_of(labels, s), ids_of(labels, predicted == nullptr ? s : predicted)).value();
    return scorer.report().gold_fingerprint;
  };
  auto const base = print({"B-X I-X O", "O B-Y O"});
  CHECK(base != 0);
  CHECK(print({"O B-Y O", "B-X I-X O"}) == base);           // order
  CHECK(print({"B-X E-X O", "O S-Y O"}) == base);           // scheme
  CHECK(print({"B-X I-X O", "O B-Y O"}, "O O O") == base);  // predictions
  for (auto other : {std::vector<std::string_view>{"B-X I-X O"},
                     {"B-X I-X O", "B-Y O O"},
                     {"B-X I-X O", "O B-X O"},
                     {"B-X I-X O", "O B-Y I-Y"},
                     {"B-X B-X O", "O B-Y O"},
                     {"B-X I-X O", "O B-Y O", "O B-Y O"},
                     {"B-X I-X O O B-Y O"},
                     {"O B-Y O B-X I-X O"}}) {
    CHECK(print(other) != base);
  }
  CHECK(print({"B-X O", "B-Y O"}) != print({"B-X O B-Y O"}));
  // The number of a type is not in it.
  auto const swapped = ts::label_set::for_types<ts::bio>({"Y", "X"});
  ts::scorer scorer{swapped};
  scorer.add(ids_of(swapped, "B-X I-X O"), ids_of(swapped, "O O O")).value();
  scorer.add(ids_of(swapped, "O B-Y O"), ids_of(swapped, "O O O")).value();
  CHECK(scorer.report().gold_fingerprint == base);
}

TEST_CASE("token accuracy compares labels, not what they say") {
  ts::label_set labels;
  auto const gold = labels.intern({"U-PER", "O"}).value();
  auto const predicted = labels.intern({"S-PER", "O"}).value();
  ts::scorer<ts::bilou> scorer{labels};
  scorer.add(gold, predicted).value();
  ts::report const r = scorer.report();
  CHECK(r.micro.f1 == 1);
  CHECK(r.correct_tokens == 1);
}

TEST_CASE("only gold says what is ignored") {
  ts::label_set labels;
  auto const gold = labels.intern({"O", "B-PER", "O"}).value();
  ts::label_id const unused = labels.intern({"B-MISC"}).value()[0];
  std::vector<ts::label_id> const predicted = {gold[0], unused, gold[2]};
  ts::scorer<ts::bio> scorer{labels, {.ignore_index = unused}};
  scorer.add(gold, predicted).value();
  ts::report const r = scorer.report();
  CHECK(r.tokens == 3);
  CHECK(r.find("MISC")->predicted == 1);
  CHECK(r.find("PER")->support == 1);
}

TEST_CASE("a weight is so many sentences, of tags and of spans") {
  auto const labels = every_label();
  auto const gold = ids_of(labels, "B-X I-X O _ I-Y"), predicted = ids_of(labels, "I-X I-X O B-Y B-X");
  entities const spans{{{0, 2}, x}, {{3, 4}, y}}, others{{{0, 2}, x}, {{3, 5}, y}};
  ts::scorer<ts::bio> weighted{labels}, repeated{labels}, weighted_spans{labels}, repeated_spans{labels};
  for (std::size_t weight : {2u, 0u, 1u, 5u}) {
    weighted.add(gold, predicted, weight).value();
    weighted_spans.add(spans, others, weight).value();
    for (std::size_t n = 0; n < weight; ++n) {
      repeated.add(gold, predicted).value();
      repeated_spans.add(spans, others).value();
    }
  }
  CHECK(ts::to_text(weighted.report()) == ts::to_text(repeated.report()));
  CHECK(weighted.report().sentences == 8);
  CHECK((weighted_spans.report().by_type == repeated_spans.report().by_type));
  CHECK(weighted_spans.report().signature() == repeated_spans.report().signature());
  // The fifth sentence that was given, whatever the others weigh.
  CHECK(weighted.add(gold, ids_of(labels, "O"), 3).error() == ts::error{ts::errc::length_mismatch, 4, 1});
  CHECK(weighted_spans.add(spans, entities{{{1, 1}, x}}).error() == ts::error{ts::errc::bad_span_in_sentence, 4, 0});
  CHECK(weighted_spans.add(spans, entities{{{1, 1}, x}}).error() == ts::error{ts::errc::bad_span_in_sentence, 5, 0});
  CHECK(weighted.report().rejected == 1);
  weighted.merge(weighted).value();
  CHECK(weighted.add(gold, ids_of(labels, "O")).error().where == 10);
}

TEST_CASE("a beta that is none breaks a contract") {
  ts::label_set labels;
  for (double const beta : {-1.0, -1e-300, std::nan("")}) {
    CAPTURE(beta);
    CHECK_THROWS_AS(ts::scorer<ts::bio>(labels, {.metrics = {.beta = beta}}), ts::contract_violation);
  }
}
