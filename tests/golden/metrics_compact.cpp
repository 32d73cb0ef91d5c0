// SPDX-License-Identifier: MIT
// The committed rows are chosen from the full set by the rules below and by nothing else: where the full set is at
// hand, this test makes the committed files again and compares. Run with TAGSPAN_GOLDEN_WRITE set, it writes what
// differs.
#include <cstdlib>
#include <fstream>
#include <initializer_list>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "golden.hpp"

namespace {

using row = nlohmann::ordered_json;  // keeps the order of the keys, so that a row stays the row that it was

struct rule {
  char const* file;
  std::size_t every;                        // each row whose number is a multiple of this
  bool (*always)(row const&);               // and each row that this holds for
  bool (*never)(row const&);                // but none that this holds for
  std::initializer_list<char const*> drop;  // keys that no test of the committed set reads, also inside "out"
};

bool none(row const&) { return false; }

rule const rules[] = {
    {"sequences_exhaustive",
     13,
     [](row const& r) { return r["tags"].size() <= 2; },
     none,
     {"allennlp_to_bioul", "spacy_entities", "spacy_biluo_to_iob", "spacy_iob_to_biluo", "stanza", "stanza_to_bio2",
      "stanza_bio2_to_bioes", "flair", "nervaluate_v1.1.0"}},
    {"sequences_random",
     5,
     none,
     none,
     {"allennlp_to_bioul", "spacy_entities", "spacy_biluo_to_iob", "stanza", "stanza_to_bio2", "stanza_bio2_to_bioes",
      "flair"}},
    {"conversions", 5, none, none, {"iobes_convert", "stanza_to_bio2", "stanza_bio2_to_bioes"}},
    {"corpora",
     7,
     [](row const& r) { return r["group"] == "corner"; },
     none,
     {"conlleval_spyysalo", "conlleval_sighsmile", "nervaluate", "stanza"}},
    {"prf", 3, [](row const& r) { return r["tp"].empty(); }, none, {"seqscore_percent"}},
    {"transitions", 1, none, none, {"conlleval_spyysalo", "conlleval_sighsmile"}},
    {"transition_edges", 1, none, none, {}},
    {"reports",
     3,
     none,
     none,
     {"conlleval_pl_latex", "nervaluate_v1.1.0_overall", "nervaluate_v1.1.0_entities_strict"}},
    {"spans", 20, none, none, {"nervaluate_v0.3.1"}},
    {"spacy_ner_prf", 10, none, none, {}},
    {"spacy_offsets", 4, none, none, {"words"}},
    {"edges",
     1,
     none,
     [](row const& r) { return r["peer"] != "seqeval" && r["peer"] != "conlleval_pl" && r["peer"] != "iobes"; },
     {}},
};

std::string chosen(rule const& r) {
  std::string text;
  std::size_t number = 0;
  for (std::string const& line : golden::lines(golden::shared("golden/metrics/" + std::string(r.file) + ".jsonl"))) {
    row value = row::parse(line);
    if ((number++ % r.every != 0 && !r.always(value)) || r.never(value)) continue;
    for (char const* key : r.drop) {
      value.erase(key);
      if (value.contains("out")) value["out"].erase(key);
    }
    text += value.dump() + '\n';
  }
  return text;
}

}  // namespace

TEST_CASE("the committed rows are those of the rules") {
  if (golden::is_missing(golden::shared("golden/metrics/README.md"))) return;
  std::size_t size = 0;
  for (rule const& r : rules) {
    CAPTURE(r.file);
    std::string const expected = chosen(r);
    std::string const path = golden::committed("metrics/" + std::string(r.file) + ".jsonl");
    if (std::getenv("TAGSPAN_GOLDEN_WRITE") != nullptr) std::ofstream(path, std::ios::binary) << expected;
    CHECK((golden::read(path) == expected));
    size += expected.size();
  }
  CHECK(size < 950'000);
}
