// SPDX-License-Identifier: MIT
// Real systems on real texts score as published, and as conlleval.pl printed them.
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <tagspan/eval/scorer.hpp>
#include <tagspan/io/conll.hpp>

#include "golden.hpp"
#include "metrics.hpp"

namespace ts = tagspan;

namespace {

// Rows of cells parted by tabs, the header first.
std::vector<std::vector<std::string>> table(std::string const& path) {
  std::vector<std::vector<std::string>> out;
  for (std::string const& line : golden::lines(path)) {
    std::vector<std::string> cells(1);
    for (char c : line) {
      if (c == '\t') {
        cells.emplace_back();
      } else if (c != '\r') {
        cells.back() += c;
      }
    }
    out.push_back(std::move(cells));
  }
  return out;
}

ts::conll_corpus corpus_of(std::string const& text, ts::label_set& labels, ts::conll_options options = {}) {
  auto corpus = ts::read_conll(text, labels, std::move(options));
  REQUIRE_MESSAGE(corpus.has_value(), ts::message(corpus.error(), ts::line_at(text, corpus.error().where)));
  return std::move(corpus).value();
}

// Scores the tags of one token range after another; the sentences are gold's.
template <class S = ts::no_scheme>
ts::report score(ts::conll_corpus const& sentences, std::span<ts::label_id const> gold,
                 std::span<ts::label_id const> predicted, ts::label_set const& labels, ts::reading reading) {
  ts::scorer<S> scorer(labels, {.reading = reading});
  REQUIRE(gold.size() == predicted.size());
  for (std::size_t i = 0; i < sentences.size(); ++i) {
    ts::token_span const s = sentences.sentence(i);
    scorer.add(gold.subspan(s.begin, s.size()), predicted.subspan(s.begin, s.size())).value();
  }
  return scorer.report();
}

}  // namespace

TEST_CASE("WNUT-17: four submissions") {
  std::string const folder = golden::shared("data/wnut17/");
  if (golden::is_missing(folder + "published-scores.tsv")) return;
  std::size_t systems = 0;
  auto const published = table(folder + "published-scores.tsv");
  for (std::size_t k = 1; k < published.size(); ++k) {
    std::string const file = published[k][1];
    CAPTURE(file);
    std::string const gold_text = golden::read(folder + "emerging.test.annotated");
    std::string const text = golden::read(folder + "submissions/" + file);
    ts::label_set labels;
    auto const gold = corpus_of(gold_text, labels);
    auto const predicted = corpus_of(text, labels);
    REQUIRE(ts::check_same_tokens(gold, predicted).has_value());
    CHECK(predicted.size() == gold.size());
    std::string const stem = file.substr(0, file.find('.'));
    std::string const expected = golden::read(folder + stem + ".conlleval.txt");
    for (ts::reading reading : {ts::reading::lenient, ts::reading::conlleval}) {  // on BIO the two are one
      ts::report const r = score<ts::bio>(gold, gold.tags(), predicted.tags(), labels, reading);
      CHECK(golden::conlleval_text(r) == expected);
      CHECK(golden::percent(r.micro.f1) == published[k][2]);
      CHECK(r.sentences == 1287);
      CHECK(r.malformed_gold == 0);
      if (stem == "spinningbytes") CHECK(r.malformed_predicted == 34);
    }
    ++systems;
  }
  CHECK(systems == 4);
}

TEST_CASE("WNUT-17: the malformed transitions of one submission") {
  std::string const path = golden::shared("data/wnut17/submissions/spinningbytes.txt");
  if (golden::is_missing(path)) return;
  std::string const text = golden::read(path);
  ts::label_set labels;
  auto const predicted = corpus_of(text, labels);
  std::size_t after_outside = 0;
  std::size_t after_other_type = 0;
  for (std::size_t i = 0; i < predicted.size(); ++i) {
    for (ts::violation const& v : ts::validate<ts::bio>(predicted.tags_of(i), labels).value()) {
      CHECK(v.kind == ts::violation_kind::start);
      ++(v.previous.role == ts::role::outside ? after_outside : after_other_type);
    }
  }
  CHECK(after_outside == 27);
  CHECK(after_other_type == 7);
}

TEST_CASE("HIPE-2022 ajmc: three systems") {
  std::string const folder = golden::shared("data/hipe2022-ajmc/");
  if (golden::is_missing(folder + "ajmc-test-en.published-scores.tsv")) return;
  std::map<std::pair<std::string, std::string>, std::vector<std::string>> published;  // by system and label
  for (auto const& row : table(folder + "ajmc-test-en.published-scores.tsv")) {
    if (row[1] == "strict") published[{row[0], row[2]}] = row;
  }
  std::string const text = golden::read(folder + "ajmc-test-en.coarse.tsv");
  std::size_t compared = 0;
  for (char const* system : {"neurbsl_bundle3_ajmc_en_1", "team1_bundle4_ajmc_en_1", "team1_bundle4_ajmc_en_2"}) {
    CAPTURE(system);
    ts::label_set labels;
    auto const c = corpus_of(
        text, labels,
        {.token = ts::column::named("TOKEN"), .tags = {ts::column::named("GOLD"), ts::column::named(system)}});
    ts::report const r = score<ts::bio>(c, c.tags(0), c.tags(1), labels, ts::reading::lenient);
    CHECK(golden::conlleval_text(r) == golden::read(folder + system + ".conlleval.txt"));

    // The task's own scorer lays a false positive to the type of the gold entity that it meets, if that one was not met
    // before; to its own type otherwise.
    std::map<std::string, std::size_t> false_positives;
    for (std::size_t i = 0; i < c.size(); ++i) {
      auto const gold = ts::to_entities(c.tags_of(i, 0), labels).value();
      std::vector<bool> met(gold.size());
      for (ts::token_entity const& p : ts::to_entities(c.tags_of(i, 1), labels).value()) {
        auto const exact = std::find(gold.begin(), gold.end(), p);
        if (exact != gold.end()) {
          met[static_cast<std::size_t>(exact - gold.begin())] = true;
          continue;
        }
        ts::type_id type = p.type;
        for (std::size_t g = 0; g < gold.size(); ++g) {
          if (met[g] || !ts::overlaps(gold[g].span, p.span)) continue;
          met[g] = true;
          type = gold[g].type;
          break;
        }
        ++false_positives[std::string(labels.type_name(type))];
      }
    }
    auto const check = [&](std::string const& label, ts::prf const& f, std::size_t wrong) {
      CAPTURE(label);
      auto const& row = published[{system, label}];
      REQUIRE(row.size() == 9);
      CHECK(std::to_string(f.correct) == row[6]);
      CHECK(std::to_string(wrong) == row[7]);
      CHECK(std::to_string(f.support - f.correct) == row[8]);
      ++compared;
    };
    check("ALL", r.micro, r.micro.predicted - r.micro.correct);
    for (ts::typed_prf const& f : r.by_type) {
      std::string label = f.type;
      std::transform(label.begin(), label.end(), label.begin(),
                     [](char x) { return static_cast<char>(x - 'a' + 'A'); });
      check(label, f, false_positives[f.type]);
    }
  }
  CHECK(compared == published.size());
  CHECK(compared == 3 * 6);
}

TEST_CASE("Frog on Dutch newspapers: label sets that differ") {
  std::string const stem = golden::shared("data/frog_nl/enp_NL.kb.sent0-375.gold-frog-chunk");
  if (golden::is_missing(stem + ".tsv")) return;
  std::string const text = golden::read(stem + ".tsv");
  ts::label_set labels;
  auto const c = corpus_of(text, labels, {.tags = {ts::column::index(1), ts::column::index(2)}});
  ts::report const r = score<ts::bio>(c, c.tags(0), c.tags(1), labels, ts::reading::conlleval);
  CHECK(golden::conlleval_text(r) == golden::read(stem + ".conlleval.txt"));
  CHECK(r.malformed_gold == 18);
  CHECK(r.by_type.size() == 6);
  CHECK(std::count_if(r.by_type.begin(), r.by_type.end(), [](auto const& f) { return f.support != 0; }) == 3);
  // Averages over gold's types do not know the other three.
  ts::scorer<ts::bio> scorer(labels, {.metrics = {.average_over = ts::average_over::gold}});
  for (std::size_t i = 0; i < c.size(); ++i) scorer.add(c.tags_of(i, 0), c.tags_of(i, 1)).value();
  CHECK(golden::near(scorer.report().macro.recall, 2 * r.macro.recall));
}
