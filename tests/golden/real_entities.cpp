// SPDX-License-Identifier: MIT
// Entities of real files against a second source: the same corpus in another scheme, stand-off annotation, inline
// markup; and of a file that is broken, where every broken place is named.
#include <algorithm>
#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <tagspan/io/conll.hpp>
#include <tagspan/tags/convert.hpp>
#include <tagspan/tags/entities.hpp>

#include "golden.hpp"
#include "metrics.hpp"

using golden::json;
namespace ts = tagspan;

namespace {

ts::conll_corpus corpus_of(std::string const& text, ts::label_set& labels, ts::conll_options options = {}) {
  auto corpus = ts::read_conll(text, labels, std::move(options));
  REQUIRE_MESSAGE(corpus.has_value(), ts::message(corpus.error(), ts::line_at(text, corpus.error().where)));
  return std::move(corpus).value();
}

struct named_entity {
  std::size_t begin, end;
  std::string type;
  friend bool operator==(named_entity const&, named_entity const&) = default;
};

struct broken {
  std::size_t line;
  std::string cell;  // "" for a row without a label
  friend bool operator==(broken const&, broken const&) = default;
};

std::vector<named_entity> entities_of(std::span<ts::label_id const> ids, ts::label_set const& labels) {
  std::vector<named_entity> out;
  for (ts::token_entity const& e : ts::to_entities(ids, labels).value()) {
    out.push_back({e.span.begin, e.span.end, std::string(labels.type_name(e.type))});
  }
  return out;
}

std::string joined(std::span<std::string_view const> tokens) {
  std::string out;
  for (std::string_view t : tokens) out += t;
  return out;
}

template <class From, class To>
void converts_to(ts::conll_corpus const& from, ts::label_set const& from_labels, ts::conll_corpus const& to,
                 ts::label_set const& to_labels) {
  ts::label_set target;
  for (std::size_t i = 0; i < from.size(); ++i) {
    auto const ids = ts::convert<From, To>(from.tags_of(i), from_labels, target).value();
    auto const tags = to.tags_of(i);
    REQUIRE(ids.size() == tags.size());
    for (std::size_t k = 0; k < ids.size(); ++k) {
      bool const same = target.name(ids[k]) == to_labels.name(tags[k]);
      if (!same) FAIL_CHECK("line " << to.lines()[to.sentence(i).begin + k] << ": " << target.name(ids[k]));
    }
  }
}

// Every place of the file that holds no label of {PER, LOC, ORG}, or none at all.
std::vector<broken> const broken_in_europeana{
    {129, ""},           {2171, "I-PEr"},   {2331, "B-PEr"},   {2561, "v"},       {2942, "I_ORG"},    {4381, "B_PER"},
    {5097, "B-ER"},      {6327, ""},        {6345, "B.PER"},   {6874, ""},        {7458, "B-PEr"},    {12'257, ""},
    {13'790, "B-LOCer"}, {14'492, ""},      {14'565, ""},      {19'466, ""},      {20'320, "B-OLOC"}, {22'470, "B-PEr"},
    {26'186, ""},        {30'538, ""},      {32'404, "B-PEr"}, {32'475, "I-PEr"}, {32'518, "B_LOC"},  {35'636, ""},
    {35'735, ""},        {35'835, "I-PEr"}, {36'041, ""},      {37'490, ""},      {37'495, ""},       {39'067, ""},
    {39'281, ""},        {40'380, ""},      {40'515, ""},      {40'745, "B-PEr"}, {40'879, ""},       {41'690, "B-ORg"},
    {42'659, ""},        {42'670, ""},      {42'671, ""},      {42'890, ""},      {42'953, ""},       {44'716, ""},
    {45'353, ""},        {45'753, ""},      {45'828, ""},      {45'872, ""},      {46'523, ""},       {47'063, ""},
};

}  // namespace

TEST_CASE("biomedical corpora in two schemes have the same entities, and each is made from the other") {
  if (golden::is_missing(golden::shared("data/biomed/NCBI-disease-IOB.test.tsv"))) return;
  for (auto const& [iob_file, iobes_file, entities] :
       {std::tuple("NCBI-disease-IOB.test.tsv", "NCBI-disease-IOBES.test.tsv", 960U),
        std::tuple("BC5CDR-IOB.test.399-998.tsv", "BC5CDR-IOBES.test.399-998.tsv", 1223U)}) {
    CAPTURE(iob_file);
    std::string const iob_text = golden::read(golden::shared("data/biomed/" + std::string(iob_file)));
    std::string const iobes_text = golden::read(golden::shared("data/biomed/" + std::string(iobes_file)));
    ts::label_set iob_labels;
    ts::label_set iobes_labels;
    auto const iob = corpus_of(iob_text, iob_labels);
    auto const iobes = corpus_of(iobes_text, iobes_labels);
    REQUIRE(ts::check_same_tokens(iob, iobes).has_value());
    REQUIRE(iob.size() == iobes.size());
    std::size_t count = 0;
    for (std::size_t i = 0; i < iob.size(); ++i) {
      auto const found = entities_of(iob.tags_of(i), iob_labels);
      CHECK(found == entities_of(iobes.tags_of(i), iobes_labels));
      count += found.size();
    }
    CHECK(count == entities);
    converts_to<ts::bio, ts::bioes>(iob, iob_labels, iobes, iobes_labels);
    converts_to<ts::bioes, ts::bio>(iobes, iobes_labels, iob, iob_labels);
  }
}

TEST_CASE("words and characters of one Chinese corpus have the same entities") {
  std::string const stem = golden::shared("data/uner/zh_gsdsimp-ud-test");
  if (golden::is_missing(stem + ".iob2")) return;
  std::string const word_text = golden::read(stem + ".iob2");
  std::string const character_text = golden::read(stem + ".char.bmes");
  ts::label_set labels;
  auto const words = corpus_of(word_text, labels, {.token = ts::column::index(1), .tags = {ts::column::index(2)}});
  auto const characters = corpus_of(character_text, labels);
  REQUIRE(words.size() == characters.size());
  for (std::size_t i = 0; i < words.size(); ++i) {
    auto const shown = [&](ts::conll_corpus const& c) {
      std::vector<std::string> out;
      for (ts::token_entity const& e : ts::to_entities(c.tags_of(i), labels).value()) {
        out.push_back(std::string(labels.type_name(e.type)) + ' ' +
                      joined(c.tokens_of(i).subspan(e.span.begin, e.span.size())));
      }
      return out;
    };
    CHECK(joined(words.tokens_of(i)) == joined(characters.tokens_of(i)));
    CHECK(shown(words) == shown(characters));
  }
}

TEST_CASE("turku: the entities from BIO are those of the stand-off annotation") {
  std::string const folder = golden::shared("data/turku/");
  if (golden::is_missing(folder + "test.standoff.jsonl")) return;
  std::string const text = golden::read(folder + "test.tsv");
  ts::label_set labels;
  auto const c = corpus_of(text, labels);
  auto const documents = golden::rows(folder + "test.standoff.jsonl");
  REQUIRE(c.document_starts().size() == documents.size());
  // The files do not hold the documents in one order: each is known by its text without blanks.
  std::multiset<std::pair<std::string, std::vector<std::string>>> expected;
  std::size_t standoff = 0;
  for (json const& d : documents) {
    std::string const& body = d["text"].get_ref<std::string const&>();
    std::string bare;
    std::copy_if(body.begin(), body.end(), std::back_inserter(bare), [](char x) { return x != ' ' && x != '\n'; });
    json in_order = d["entities"];
    std::sort(in_order.begin(), in_order.end(), [](json const& x, json const& y) { return x[0] < y[0]; });
    std::vector<std::string> entities;
    for (json const& e : in_order) {
      std::string name = e[3];
      std::erase(name, ' ');
      entities.push_back(e[2].get<std::string>() + ' ' + name);
      ++standoff;
    }
    expected.emplace(bare, entities);
  }
  CHECK(standoff == 1005);
  std::multiset<std::pair<std::string, std::vector<std::string>>> found;
  for (std::size_t d = 0; d < documents.size(); ++d) {
    std::size_t const end = d + 1 < documents.size() ? c.document_starts()[d + 1] : c.size();
    std::string bare;
    std::vector<std::string> entities;
    for (std::size_t i = c.document_starts()[d]; i < end; ++i) {
      bare += joined(c.tokens_of(i));
      for (named_entity const& e : entities_of(c.tags_of(i), labels)) {
        entities.push_back(e.type + ' ' + joined(c.tokens_of(i).subspan(e.begin, e.end - e.begin)));
      }
    }
    found.emplace(bare, entities);
  }
  CHECK((found == expected));
}

TEST_CASE("klue: the entities are those of the inline markup") {
  std::string const path = golden::shared("data/klue/klue-ner-v1.1_dev.first1000.tsv");
  if (golden::is_missing(path)) return;
  std::string const text = golden::read(path);
  ts::label_set labels;
  ts::conll_reader reader(text, labels);
  std::size_t sentences = 0;
  std::size_t entities = 0;
  while (reader.next().value()) {
    ts::conll_sentence const& s = reader.sentence();
    REQUIRE_FALSE(s.comments.empty());
    std::string_view const comment = s.comments.back();
    std::string_view markup = comment.substr(comment.find('\t') + 1);
    // "<경찰:OG>은 또": text in code points, which are the file's rows.
    std::vector<named_entity> expected;
    std::string plain;
    std::size_t at = 0;
    std::size_t begin = 0;
    while (!markup.empty()) {
      std::string_view const tail = markup.substr(0, 4);
      bool const closes = tail.size() == 4 && tail[0] == ':' && tail[3] == '>' &&
                          std::string_view("PS LC OG DT TI QT").find(tail.substr(1, 2)) != std::string_view::npos;
      if (markup.front() == '<' && markup.find(":", 1) != std::string_view::npos) {
        begin = at;
        markup.remove_prefix(1);
      } else if (closes) {
        expected.push_back({begin, at, std::string(tail.substr(1, 2))});
        markup.remove_prefix(4);
      } else {
        at += (static_cast<unsigned char>(markup.front()) & 0xC0U) != 0x80U;
        plain += markup.front();
        markup.remove_prefix(1);
      }
    }
    CHECK(joined(s.tokens) == plain);
    CHECK((entities_of(s.tags(), labels) == expected));
    entities += expected.size();
    ++sentences;
  }
  CHECK(sentences == 1001);
  CHECK(entities == 2794);
}

TEST_CASE("europeana: every broken label has its line, and what was read survives every scheme") {
  std::string const path = golden::shared("data/europeana/enp_DE.sbb.bio");
  if (golden::is_missing(path)) return;
  std::string const text = golden::read(path);
  auto labels = ts::label_set::for_types<ts::bio>({"PER", "LOC", "ORG"});
  {
    auto const refused = ts::read_conll(text, labels);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error() == ts::error{ts::errc::missing_column, 129, 2});
  }
  auto const c = corpus_of(text, labels, {.bad_label = ts::bad_label::outside});

  std::vector<broken> found;
  for (ts::error const& e : c.bad_labels()) {
    std::string_view const line = ts::line_at(text, e.where);
    CHECK((e.code == ts::errc::bad_label || e.code == ts::errc::missing_column));
    found.push_back(
        {e.where, e.code == ts::errc::bad_label ? std::string(line.substr(line.rfind(' ') + 1)) : std::string()});
  }
  CHECK((found == broken_in_europeana));
  CHECK(c.token_count() + c.comments().size() == 47'281);  // there is no blank line
  CHECK(c.comments().size() == 42);
  CHECK(c.size() == 1);
  CHECK(std::count_if(c.tokens().begin(), c.tokens().end(),
                      [](std::string_view t) { return t.find(' ') != std::string_view::npos; }) == 116);
  CHECK(std::count(c.tokens().begin(), c.tokens().end(), "#") == 4);
  CHECK(std::count(c.tokens().begin(), c.tokens().end(), "New York") == 1);

  // Fourteen entities of the 1765 consist of broken labels alone, or are broken off by one. A set that may grow takes
  // what can be a label at all, and misses B_PER and B_LOC.
  std::vector<ts::token_entity> const entities = ts::to_entities(c.tags(), labels).value();
  CHECK(entities.size() == 1765 - 14);
  ts::label_set growing;
  auto const all = corpus_of(text, growing, {.bad_label = ts::bad_label::outside});
  CHECK(ts::to_entities(all.tags(), growing).value().size() == 1765 - 2);

  std::vector<ts::token_entity> apart;  // none touches one of its type
  for (ts::token_entity const& e : entities) {
    if (apart.empty() || apart.back().span.end != e.span.begin || apart.back().type != e.type) apart.push_back(e);
  }
  CHECK(apart.size() < entities.size());
  for (ts::scheme_id const scheme : ts::all_schemes) {
    CAPTURE(ts::scheme_name(scheme));
    ts::visit_scheme(scheme, [&](auto s) {
      using S = decltype(s);
      bool const keeps_all = scheme != ts::scheme_id::io;
      auto const target = ts::label_set::for_types<S>({"PER", "LOC", "ORG"});
      if (!keeps_all) {
        auto const refused = ts::to_tags<S>(entities, c.token_count(), target);
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error().code == ts::errc::not_representable);
      }
      auto const& written = keeps_all ? entities : apart;
      auto const ids = ts::to_tags<S>(written, c.token_count(), target).value();
      std::string file;
      ts::write_conll(file, c.tokens(), target, {ids}).value();
      ts::label_set again;
      auto const read = corpus_of(file, again);
      CHECK(ts::check_same_tokens(c, read).has_value());
      auto const found_again =
          golden::as_json(ts::to_entities<S>(read.tags(), again, {.reading = ts::reading::strict}).value(), again);
      CHECK((found_again == golden::as_json(written, labels)));
    });
  }
}
