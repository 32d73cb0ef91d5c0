// SPDX-License-Identifier: MIT
// Real corpora, as they are: each is read whole, and has the sentences, tokens, entities and defects that it is known
// for.
#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <tagspan/eval/scorer.hpp>
#include <tagspan/io/conll.hpp>
#include <tagspan/tags/convert.hpp>
#include <tagspan/tags/entities.hpp>

#include "golden.hpp"

namespace ts = tagspan;

namespace {

struct corpus {
  char const* file;
  std::size_t token, tag;  // columns
  ts::scheme_id scheme;
  std::size_t sentences, tokens, entities, types;
  std::size_t longest;     // entity, in tokens; 0 where nobody says
  std::size_t violations;  // by validate
};

// Counts of sentences, tokens, entities and types as the corpora's keepers give them, with three differences that are
// the keepers': ajmc's 13 documents have a blank line between them; klue's file goes from sentence 0 to sentence 1000;
// and for turku the 76 -DOCSTART- rows count as a token and a sentence each.
constexpr std::size_t docstarts = 76;
corpus const corpora[] = {
    {"wnut17/emerging.test.annotated", 0, 1, ts::scheme_id::bio, 1287, 23'394, 1079, 6, 25, 0},
    {"wnut17/emerging.dev.conll", 0, 1, ts::scheme_id::bio, 1009, 15'733, 836, 6, 0, 0},
    {"hipe2022-ajmc/ajmc-test-en.coarse.tsv", 0, 1, ts::scheme_id::bio, 13, 6051, 348, 5, 0, 0},
    {"frog_nl/enp_NL.kb.sent0-375.gold-frog-chunk.tsv", 0, 1, ts::scheme_id::bio, 376, 17'306, 156, 3, 0, 18},
    {"uner/ru_pud-ud-test.iob2", 1, 2, ts::scheme_id::bio, 1000, 19'355, 1036, 3, 0, 0},
    {"uner/zh_gsdsimp-ud-test.iob2", 1, 2, ts::scheme_id::bio, 500, 12'012, 763, 3, 0, 0},
    {"uner/zh_gsdsimp-ud-test.char.bmes", 0, 1, ts::scheme_id::bmes, 500, 19'206, 763, 3, 0, 0},
    {"uner/sr_set-ud-dev.iob2", 1, 2, ts::scheme_id::bio, 536, 11'993, 844, 4, 0, 2},
    {"klue/klue-ner-v1.1_dev.first1000.tsv", 0, 1, ts::scheme_id::bio, 1001, 56'793, 2794, 6, 0, 0},
    {"biomed/NCBI-disease-IOB.test.tsv", 0, 1, ts::scheme_id::bio, 940, 24'497, 960, 1, 14, 0},
    {"biomed/NCBI-disease-IOBES.test.tsv", 0, 1, ts::scheme_id::bioes, 940, 24'497, 960, 1, 14, 0},
    {"biomed/BC5CDR-IOB.test.399-998.tsv", 0, 1, ts::scheme_id::bio, 600, 15'480, 1223, 2, 56, 0},
    {"biomed/BC5CDR-IOBES.test.399-998.tsv", 0, 1, ts::scheme_id::bioes, 600, 15'480, 1223, 2, 56, 0},
    {"biomed/JNLPBA-IOBES.test.first1200.tsv", 0, 1, ts::scheme_id::bioes, 1200, 28'295, 2341, 5, 0, 2 * 141},
    {"turku/test.tsv", 0, 1, ts::scheme_id::bio, 1631 - docstarts, 21'140 - docstarts, 1005, 6, 0, 0},
};

ts::conll_corpus read(std::string const& text, ts::label_set& labels, ts::conll_options options) {
  auto corpus = ts::read_conll(text, labels, std::move(options));
  REQUIRE_MESSAGE(corpus.has_value(), ts::message(corpus.error(), ts::line_at(text, corpus.error().where)));
  return std::move(corpus).value();
}

}  // namespace

TEST_CASE("each corpus has the counts that it is known for") {
  if (golden::is_missing(golden::shared("data/README.md"))) return;
  for (corpus const& expected : corpora) {
    CAPTURE(expected.file);
    std::string const text = golden::read(golden::shared("data/" + std::string(expected.file)));
    ts::label_set labels;
    ts::conll_corpus const c =
        read(text, labels, {.token = ts::column::index(expected.token), .tags = {ts::column::index(expected.tag)}});
    CHECK(c.size() == expected.sentences);
    CHECK(c.token_count() == expected.tokens);
    std::size_t entities = 0;
    std::size_t longest = 0;
    std::size_t violations = 0;
    for (std::size_t i = 0; i < c.size(); ++i) {
      for (ts::token_entity const& e : ts::to_entities(c.tags_of(i), labels).value()) {
        ++entities;
        longest = std::max(longest, e.span.size());
      }
      violations += ts::visit_scheme(
          expected.scheme, [&](auto s) { return ts::validate<decltype(s)>(c.tags_of(i), labels).value().size(); });
    }
    CHECK(entities == expected.entities);
    CHECK(labels.type_count() == expected.types);
    CHECK(violations == expected.violations);
    if (expected.longest != 0) CHECK(longest == expected.longest);
  }
}

TEST_CASE("a sentence splitter cut entities: sentences of JNLPBA that start inside one") {
  std::string const path = golden::shared("data/biomed/JNLPBA-IOBES.test.first1200.tsv");
  if (golden::is_missing(path)) return;
  std::string const text = golden::read(path);
  ts::label_set labels;
  ts::conll_corpus const c = read(text, labels, {});
  std::size_t inside = 0;
  std::size_t ends = 0;
  std::size_t cut_behind = 0;
  for (std::size_t i = 0; i < c.size(); ++i) {
    auto const tags = c.tags_of(i);
    ts::role const first = labels.tag_of(tags.front()).role;
    ts::role const last = labels.tag_of(tags.back()).role;
    inside += first == ts::role::inside;
    ends += first == ts::role::end;
    cut_behind += last == ts::role::begin || last == ts::role::inside;
    for (ts::violation const& v : ts::validate<ts::bioes>(tags, labels).value()) {
      if (v.kind == ts::violation_kind::start) {
        CHECK(v.index == 0);
      } else {
        CHECK(v.kind == ts::violation_kind::end);
        CHECK(v.index == tags.size() - 1);
      }
    }
  }
  CHECK(inside == 73);
  CHECK(ends == 68);
  CHECK(cut_behind == 141);
}

TEST_CASE("tokens that start with '#' are tokens, and lines that hold no tag are comments") {
  std::string const path = golden::shared("data/wnut17/emerging.test.annotated");
  if (golden::is_missing(path)) return;
  {
    std::string const text = golden::read(path);
    ts::label_set labels;
    ts::conll_corpus const c = read(text, labels, {});
    CHECK(std::count_if(c.tokens().begin(), c.tokens().end(), [](std::string_view t) { return t.starts_with('#'); }) ==
          247);
    CHECK(c.comments().empty());
  }
  {
    std::string const text = golden::read(golden::shared("data/klue/klue-ner-v1.1_dev.first1000.tsv"));
    ts::label_set labels;
    ts::conll_corpus const c = read(text, labels, {});
    CHECK(c.comments().size() == 1001 + 5);
    CHECK(std::count(c.tokens().begin(), c.tokens().end(), " ") > 10'000);
  }
  {
    std::string const text = golden::read(golden::shared("data/turku/test.tsv"));
    ts::label_set labels;
    ts::conll_corpus const c = read(text, labels, {});
    CHECK(c.document_starts().size() == docstarts);
  }
}

TEST_CASE("what several annotators said in one tag") {
  std::string const path = golden::shared("data/wnut17/emerging.test.conll");
  if (golden::is_missing(path)) return;
  std::string const text = golden::read(path);
  ts::label_set labels;
  ts::conll_corpus const c = read(text, labels, {});
  CHECK(c.size() == 1287);
  CHECK(c.token_count() == 23'394);
  std::size_t violations = 0;
  for (std::size_t i = 0; i < c.size(); ++i) violations += ts::validate<ts::bio>(c.tags_of(i), labels).value().size();
  CHECK(labels.type_count() == 64);
  CHECK(violations == 116);
}

TEST_CASE("entities of a text without tokens") {
  std::string const path = golden::shared("data/ja_wikipedia/ner.0-499.jsonl");
  if (golden::is_missing(path)) return;
  ts::label_set labels;
  ts::scorer scorer(labels);
  std::size_t records = 0;
  for (golden::json const& row : golden::rows(path)) {
    std::vector<ts::entity<ts::unit::code_point>> entities;
    for (golden::json const& e : row["entities"]) {
      std::string const type = e["type"];
      labels.intern_one("B-" + type).value();
      entities.push_back({{e["span"][0].get<std::size_t>(), e["span"][1].get<std::size_t>()}, *labels.find_type(type)});
    }
    scorer.add(entities, entities).value();
    ++records;
  }
  ts::report const r = scorer.report();
  CHECK(records == 500);
  CHECK(r.micro.support == 1304);
  CHECK(r.micro.f1 == 1);
  CHECK(r.by_type.size() == 8);
}
