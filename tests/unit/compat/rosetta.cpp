// SPDX-License-Identifier: MIT
#include <tagspan/compat/rosetta.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "support/words.hpp"

namespace ts = tagspan;
using tagspan_test::words;

namespace {

struct sentence {
  std::string_view gold, predicted;
};

std::vector<ts::compat::peer_figure> figures_of(std::vector<sentence> const& corpus, ts::scheme_id scheme) {
  ts::label_set labels;
  ts::compat::rosetta all(labels, scheme);
  for (sentence const& s : corpus) {
    auto const gold = labels.intern(words(s.gold)).value();
    auto const predicted = labels.intern(words(s.predicted)).value();
    all.add(gold, predicted).value();
  }
  return all.figures();
}

ts::compat::peer_figure const& find(std::vector<ts::compat::peer_figure> const& all, std::string_view name) {
  for (auto const& f : all) {
    if (f.name == name) return f;
  }
  FAIL("no figure is called " << name);
  return all.front();
}

std::string place(std::size_t sentence, std::size_t token) {
  return "in " + std::to_string(sentence) + ':' + std::to_string(token);
}

}  // namespace

TEST_CASE("where the readings part") {
  struct row {
    std::string_view peer;
    ts::scheme_id scheme;
    std::string_view predicted;
    std::string_view differences;  // of predicted, most frequent first
  };
  auto const bio = ts::scheme_id::bio, bioes = ts::scheme_id::bioes, bilou = ts::scheme_id::bilou;
  for (row const& r : {
           row{"seqeval strict IOB2", bio, "O I-X O", "1 lost at O > I-x, 0:1"},
           {"seqeval strict IOB2", bio, "B-X I-Y O", "1 lost at B-x > I-y, 0:1"},
           {"seqeval strict IOB2", bio, "I-X O I-X", "2 lost at O > I-x, 0:0"},
           {"seqeval strict IOBES", bioes, "B-X I-X O", "1 lost at I-x > O, 0:2"},
           {"seqeval strict IOB1", ts::scheme_id::iob1, "O B-X I-X", "1 lost at O > B-x, 0:1; 1 gained at B-x > I-x, 0:2"},
           {"seqeval", bio, "O I-X B-X", ""},
           {"seqeval", bilou, "U-X U-X O", "2 lost at U-x > U-x, 0:1; 1 gained at U-x > U-x, 0:1"},
           {"seqeval", bilou, "B-X L-X B-X L-X", "1 lost at L-x > B-x, 0:2"},
           {"conlleval.pl", bioes, "S-X S-X O", "2 lost at S-x > S-x, 0:1; 1 gained at S-x > S-x, 0:1"},
           {"spaCy", bioes, "B-X E-X O", "2 gained at B-x > E-x, 0:1; 1 lost at B-x > E-x, 0:1"},
           {"allennlp BIO", bio, "I-X I-Y B-Y", ""},
       }) {
    CAPTURE(r.peer);
    CAPTURE(r.predicted);
    std::string_view const outside = "O O O O";
    auto const all = figures_of({{outside.substr(0, 2 * words(r.predicted).size() - 1), r.predicted}}, r.scheme);
    std::string text;
    for (auto const& d : find(all, r.peer).differences) {
      CHECK(d.in_predicted);
      if (!text.empty()) text += "; ";
      text += std::to_string(d.entities) + (d.gained ? " gained" : " lost") + " at " + d.step + ", " +
              std::to_string(d.sentence) + ':' + std::to_string(d.token);
    }
    CHECK(text == r.differences);
  }
}

TEST_CASE("a peer that stops") {
  auto const all = figures_of({{"O B-X", "O B-X"}, {"O S-X", "O E-X"}}, ts::scheme_id::bio);
  for (std::string_view name : {"allennlp BIO", "seqeval strict IOB2", "nervaluate strict", "nervaluate partial"}) {
    CAPTURE(name);
    auto const& f = find(all, name);
    REQUIRE(f.refused.has_value());
    CHECK_FALSE(f.refused->in_predicted);
    CHECK(f.refused->sentence == 1);
    CHECK(f.refused->token == 1);
  }
  CHECK(find(all, "seqeval").counts == ts::entity_counts{2, 2, 2});
  CHECK(find(figures_of({{"B-X", "B-X"}}, ts::scheme_id::bmes), "seqeval strict").exists == false);
  // spaCy's converter needs a type.
  CHECK(find(figures_of({{"O", "B"}}, ts::scheme_id::bio), "spaCy").refused->in_predicted);
}

TEST_CASE("formulas of the peers") {
  auto const all = figures_of({{"B-X O B-Y", "B-X I-X B-Y"}, {"B-X I-X O", "B-X O O"}}, ts::scheme_id::bio);
  CHECK(find(all, "seqeval").f1 == 1.0 / 3);
  CHECK(find(all, "allennlp BIO").f1 < 1.0 / 3);
  CHECK(find(all, "allennlp BIO").f1 == doctest::Approx(1.0 / 3).epsilon(1e-11));
  CHECK(find(all, "nervaluate ent_type").f1 == 1);
  CHECK(find(all, "nervaluate partial").f1 == 1.0 / 3);  // 1.1.0 has lost the halves; with them it would be 2/3
  CHECK(find(figures_of({{"B-X O B-Y", "B-X I-X B-Y"}}, ts::scheme_id::bio), "nervaluate partial").f1 == 0.75);
  // allennlp joins what it takes for the continuation of an argument.
  auto const joined = figures_of({{"B-A O B-C-A", "B-A O B-C-A"}}, ts::scheme_id::bio);
  CHECK(find(joined, "allennlp BIO").counts == ts::entity_counts{1, 1, 1});
  CHECK(find(joined, "seqeval").counts == ts::entity_counts{2, 2, 2});
}

TEST_CASE("as text") {
  auto const all = figures_of({{"B-X I-X O", "I-X I-X O"}, {"O B-Y", "O I-Y"}, {"O O", "O I-Y"}}, ts::scheme_id::bio);
  std::string const text = ts::compat::to_text(all, 2, place);
  CHECK_MESSAGE(text.find("tagspan lenient           0.67       1.00       0.80          2          3          2\n") !=
                    std::string::npos, text);
  CHECK_MESSAGE(text.find("\nseqeval strict IOB2 gives 0.00, tagspan lenient 0.80:\n"
                          "  3 predicted entities are lost at O > I-x, first in 0:0\n") != std::string::npos, text);
}

TEST_CASE("what can't be scored") {
  auto const labels = ts::label_set::from_id2label(words("O B-X")).value();
  ts::compat::rosetta all(labels, ts::scheme_id::bio);
  using ids = std::vector<int>;
  CHECK(all.add(ids{0, 1}, ids{0}).error() == ts::error{ts::errc::length_mismatch, 0, 1});
  CHECK(all.add(ids{0, 1}, ids{0, 1}));
  CHECK(all.add(ids{0, -100}, ids{0, 1}).error() == ts::error{ts::errc::bad_id_in_sentence, 1, 1});
  CHECK(all.add(ids{0, 1}, ids{0, 2}).error() == ts::error{ts::errc::bad_id_in_sentence, 1, 1});
  CHECK(all.figures()[0].counts == ts::entity_counts{1, 1, 1});
}
