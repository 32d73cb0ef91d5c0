// SPDX-License-Identifier: MIT
// The main job on embedded data: a CoNLL text with gold and predicted tags goes in; the entities, what is malformed, and
// the classification report come out.
#include <tagspan/tagspan.hpp>

#include <cstdio>
#include <string>

namespace ts = tagspan;

constexpr char const* sample =  // token, gold, predicted
    "Ada       B-PER   B-PER\n"
    "Lovelace  I-PER   I-PER\n"
    "wrote     O       O\n"
    "to        O       O\n"
    "Charles   B-PER   B-PER\n"
    "Babbage   I-PER   O\n"
    "in        O       O\n"
    "London    B-LOC   I-LOC\n"  // malformed: no entity can start with I in BIO
    ".         O       O\n"
    "\n"
    "The       O       B-ORG\n"
    "Royal     B-ORG   I-ORG\n"
    "Society   I-ORG   I-ORG\n"
    "met       O       O\n"
    "in        O       O\n"
    "London    B-LOC   B-LOC\n"
    ".         O       O\n";

int main() {
  ts::label_set labels;
  auto const corpus = ts::read_conll(sample, labels, {.tags = {ts::column::from_end(2), ts::column::from_end(1)}});
  if (!corpus) {
    auto const e = corpus.error();
    std::fprintf(stderr, "%s\n", ts::message(e, ts::line_at(sample, e.where)).c_str());
    return 2;
  }

  ts::scorer<ts::bio> scorer{labels};
  for (std::size_t i = 0; i < corpus->size(); ++i) {
    auto const tokens = corpus->tokens_of(i);
    auto const predicted = corpus->tags_of(i, 1);
    for (auto const& e : ts::to_entities<ts::bio>(predicted, labels).value()) {
      std::string text;
      for (std::size_t t = e.span.begin; t < e.span.end; ++t) {
        if (!text.empty()) text += ' ';
        text += tokens[t];
      }
      std::printf("sentence %zu [%zu, %zu) %-4s %s\n", i, e.span.begin, e.span.end,
                  std::string(labels.type_name(e.type)).c_str(), text.c_str());
    }
    for (auto const& v : ts::validate<ts::bio>(predicted, labels).value()) {
      std::printf("sentence %zu, token %zu: %s\n", i, v.index, std::string(ts::kind_name(v.kind)).c_str());
    }
    scorer.add(corpus->tags_of(i, 0), predicted).value();
  }
  std::printf("\n%s", ts::to_text(scorer.report()).c_str());
}
