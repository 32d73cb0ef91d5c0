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

#include <tagspan/eval/confusion.hpp>
#include <tagspan/eval/scorer.hpp>
#include <tagspan/eval/semeval.hpp>
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
    // F1 over distinct pairs of form and type, as the task counts them.
    ts::confusion errors(labels);
    for (std::size_t i = 0; i < gold.size(); ++i) {
      ts::token_span const s = gold.sentence(i);
      auto const form_of = [&](ts::token_span e) {
        std::string form;
        for (std::size_t t = e.begin; t < e.end; ++t) {
          if (t != e.begin) form += ' ';
          form += gold.tokens_of(i)[t];
        }
        return form;
      };
      errors
          .add(ts::to_entities(gold.tags_of(i), labels).value(),
               ts::to_entities(predicted.tags().subspan(s.begin, s.size()), labels).value(), form_of)
          .value();
    }
    CHECK(golden::percent(ts::figures(errors.report().surface).f1) == published[k][3]);
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
  std::map<std::vector<std::string>, std::vector<std::string>> published;  // by system, mode and label
  for (auto const& row : table(folder + "ajmc-test-en.published-scores.tsv")) {
    if (row[0] != "system") published[{row[0], row[1], row[2]}] = row;
  }
  std::string const text = golden::read(folder + "ajmc-test-en.coarse.tsv");
  std::size_t compared = 0;
  // Of the strategy `type`, by system: how many more entities are right than published. There a prediction over two gold
  // entities takes the first, here the one of which it covers more.
  std::vector<std::size_t> more;
  for (char const* system : {"neurbsl_bundle3_ajmc_en_1", "team1_bundle4_ajmc_en_1", "team1_bundle4_ajmc_en_2"}) {
    CAPTURE(system);
    ts::label_set labels;
    auto const c = corpus_of(
        text, labels,
        {.token = ts::column::named("TOKEN"), .tags = {ts::column::named("GOLD"), ts::column::named(system)}});
    ts::report const r = score<ts::bio>(c, c.tags(0), c.tags(1), labels, ts::reading::lenient);
    CHECK(golden::conlleval_text(r) == golden::read(folder + system + ".conlleval.txt"));

    // The task's own scorer lays a false positive to the type of the gold entity that it meets, if that one was not met
    // before; to its own type otherwise. Fuzzy figures ask that the types are the same.
    std::map<std::string, std::size_t> false_positives, fuzzy_correct, fuzzy_wrong;
    ts::semeval_scorer semeval(labels);
    for (std::size_t i = 0; i < c.size(); ++i) {
      auto const gold = ts::to_entities(c.tags_of(i, 0), labels).value();
      auto const predicted = ts::to_entities(c.tags_of(i, 1), labels).value();
      semeval.add(gold, predicted).value();
      std::vector<bool> met(gold.size());
      for (ts::token_entity const& p : predicted) {
        auto const exact = std::find(gold.begin(), gold.end(), p);
        if (exact != gold.end()) {
          met[static_cast<std::size_t>(exact - gold.begin())] = true;
          ++fuzzy_correct[std::string(labels.type_name(p.type))];
          continue;
        }
        ts::type_id type = p.type;
        bool fuzzy = false;
        for (std::size_t g = 0; g < gold.size(); ++g) {
          if (met[g] || !ts::overlaps(gold[g].span, p.span)) continue;
          met[g] = true;
          type = gold[g].type;
          fuzzy = type == p.type;
          break;
        }
        ++false_positives[std::string(labels.type_name(type))];
        ++(fuzzy ? fuzzy_correct : fuzzy_wrong)[std::string(labels.type_name(type))];
      }
    }
    auto const check = [&](char const* mode, std::string const& label, std::size_t correct, std::size_t wrong,
                           std::size_t support) {
      CAPTURE(mode);
      CAPTURE(label);
      auto const& row = published[{system, mode, label}];
      REQUIRE(row.size() == 9);
      CHECK(std::to_string(correct) == row[6]);
      CHECK(std::to_string(wrong) == row[7]);
      CHECK(std::to_string(support - correct) == row[8]);
      ++compared;
    };
    check("strict", "ALL", r.micro.correct, r.micro.predicted - r.micro.correct, r.micro.support);
    std::size_t all_correct = 0, all_wrong = 0;
    for (ts::typed_prf const& f : r.by_type) {
      std::string label = f.type;
      std::transform(label.begin(), label.end(), label.begin(),
                     [](char x) { return static_cast<char>(x - 'a' + 'A'); });
      check("strict", label, f.correct, false_positives[f.type], f.support);
      check("fuzzy", label, fuzzy_correct[f.type], fuzzy_wrong[f.type], f.support);
      all_correct += fuzzy_correct[f.type];
      all_wrong += fuzzy_wrong[f.type];
    }
    check("fuzzy", "ALL", all_correct, all_wrong, r.micro.support);
    more.push_back(semeval.report().type.correct - all_correct);
  }
  CHECK(compared == published.size());
  CHECK(compared == 3 * 6 * 2);
  CHECK((more == std::vector<std::size_t>{5, 1, 1}));
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
