// SPDX-License-Identifier: MIT
// What `tagspan score` found, and the forms in which it says so.
#pragma once
#include "corpora.hpp"
#include "counting.hpp"

#include <tagspan/eval/confusion.hpp>
#include <tagspan/eval/curve.hpp>
#include <tagspan/eval/semeval.hpp>
#include <tagspan/eval/significance.hpp>
#include <tagspan/model/calibration.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cli {

// An entity that is not right, or a pair of which one was taken for the other: positions in a shown_document's lists.
struct judged_error {
  ts::error_kind kind{};
  std::optional<std::size_t> gold, predicted;
};
struct wrong_document : shown_document {
  std::vector<judged_error> errors;
};

struct compared_systems {
  std::string first, second;
  ts::paired_report report;
};

// What scores of predicted entities are worth.
struct score_quality {
  std::optional<ts::reliability_diagram> reliability;  // where all lie between 0 and 1
  ts::curve_report curve;
};

struct findings {
  std::string gold, predicted;  // names of the files
  ts::counted_corpus counted;
  std::optional<ts::bootstrap_report> intervals;
  std::optional<compared_systems> comparison;
  std::optional<score_quality> scores;
  std::optional<ts::semeval_report> semeval;
  std::optional<ts::confusion_report> confusion;
  std::optional<std::vector<wrong_document>> errors;  // all that have any
};

struct report_style {
  std::string format = "text";
  std::size_t errors_shown = 0;
  int digits = 2;                   // of the figures in text
  std::string unit = "code_point";  // of spans in JSON
};

ts::error_kind kind_of(ts::html_entity const& gold, ts::html_entity const& predicted);

// Pairs, confusions and errors of a corpus, as far as they are wanted.
template <class Corpus>
void look_into(Corpus const& corpus, bool with_semeval, bool with_confusion, bool with_errors, findings& into) {
  if (!with_semeval && !with_confusion && !with_errors) return;
  ts::semeval_scorer semeval(corpus.labels());
  ts::confusion confusion(corpus.labels());
  std::vector<wrong_document> wrong;
  for (std::size_t i = 0; i < corpus.size(); ++i) {
    auto const s = corpus[i];
    auto const checked = [&](ts::error const& e) { throw failure(corpus.shown(i, s).place + ": " + ts::message(e)); };
    if (with_semeval) {
      if (auto const done = semeval.add(s.gold, s.predicted); !done) checked(done.error());
    }
    if (with_confusion) {
      auto const done = confusion.add(s.gold, s.predicted, [&](auto span) { return s.form(span); });
      if (!done) checked(done.error());
    }
    if (!with_errors) continue;
    auto const pairs = ts::match_entities(s.gold, s.predicted, corpus.labels());
    if (!pairs) checked(pairs.error());
    wrong_document document{corpus.shown(i, s), {}};
    for (ts::entity_pair const& pair : *pairs) {
      ts::error_kind const kind = !pair.predicted ? ts::error_kind::missed
                                  : !pair.gold
                                      ? ts::error_kind::spurious
                                      : kind_of(document.gold[*pair.gold], document.predicted[*pair.predicted]);
      if (kind != ts::error_kind::correct) document.errors.push_back({kind, pair.gold, pair.predicted});
    }
    if (!document.errors.empty()) wrong.push_back(std::move(document));
  }
  if (with_semeval) into.semeval = semeval.report();
  if (with_confusion) into.confusion = confusion.report();
  if (with_errors) into.errors = std::move(wrong);
}

score_quality quality_of_scores(span_corpus const& corpus);

// The report as text, markdown, csv, json, html or counts. CSV holds one table: the figures, or what else was found.
std::string rendered(findings const& f, resampling const& how, report_style const& style);

}  // namespace cli
