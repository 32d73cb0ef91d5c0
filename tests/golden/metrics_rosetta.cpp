// SPDX-License-Identifier: MIT
// Every scorer's figure from one pass, against what the scorers themselves gave; and how each reads single sequences.
#include <tagspan/compat/rosetta.hpp>

#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "golden.hpp"
#include "metrics.hpp"

using golden::json;
namespace ts = tagspan;

namespace {

// Why an answer is not compared.
constexpr char const* refused = "the peer refuses these tags, and so it is said";
constexpr char const* never_ends = "a bare S or what follows one never ends for the script, which counts where phrases start";

std::vector<ts::compat::peer_figure> figures_of(json const& gold, json const& predicted, std::string const& scheme,
                                                ts::label_options options = {}) {
  ts::label_set labels(options);
  ts::compat::rosetta all(labels, golden::scheme_of(scheme));
  for (std::size_t i = 0; i < gold.size(); ++i) {
    auto const g = labels.intern(gold[i].get<std::vector<std::string>>()).value();
    auto const p = labels.intern(predicted[i].get<std::vector<std::string>>()).value();
    all.add(g, p).value();
  }
  return all.figures();
}

ts::compat::peer_figure const& figure_of(std::vector<ts::compat::peer_figure> const& all, std::string const& name) {
  for (auto const& f : all) {
    if (f.name == name) return f;
  }
  FAIL("no figure is called " << name);
  return all.front();
}

// Counts {correct, predicted, gold} and {precision, recall, f1}.
void compare_figure(std::string const& what, ts::compat::peer_figure const& f, json const& counts, json const& prf,
                    std::string const& id, golden::tally& count) {
  json const found = {f.counts.correct, f.counts.predicted, f.counts.gold};
  bool const near = golden::near(f.precision, prf[0]) && golden::near(f.recall, prf[1]) && golden::near(f.f1, prf[2]);
  count.compare(what, f.exists && !f.refused && found == counts && near, id,
                json({found, {f.precision, f.recall, f.f1}}).dump() + " where " + json({counts, prf}).dump());
}

json summed(json const& types) {
  std::size_t correct = 0, predicted = 0, gold = 0;
  for (json const& t : types) {
    correct += t["tp"].get<std::size_t>();
    predicted += t["pred"].get<std::size_t>();
    gold += t["true"].get<std::size_t>();
  }
  return {correct, predicted, gold};
}

void compare_seqeval(std::string const& what, ts::compat::peer_figure const& f, json const& answer, std::string const& id,
                     golden::tally& count) {
  if (!answer.contains("types")) {
    count.leave_out(what, refused);
    CHECK(f.refused.has_value());
    return;
  }
  if (!answer.contains("avg")) {  // only the counts are on record
    json const counts = {f.counts.correct, f.counts.predicted, f.counts.gold};
    count.compare(what + " counts", counts, summed(answer["types"]), id);
    return;
  }
  compare_figure(what, f, summed(answer["types"]), answer["avg"]["zd0"]["micro"], id, count);
}

void compare_corpora(std::vector<json> const& rows, golden::tally& count) {
  for (json const& row : rows) {
    std::string const id = row["id"];
    std::string const own = row["scheme"];
    auto const all = figures_of(row["gold"], row["pred"], own);
    compare_seqeval("seqeval", figure_of(all, "seqeval"), row["seqeval_default"], id, count);
    for (auto const& [scheme, answer] : row["seqeval_strict"].items()) {
      auto const by_scheme = scheme == own ? all : figures_of(row["gold"], row["pred"], scheme);
      compare_seqeval("seqeval strict", figure_of(by_scheme, "seqeval strict " + scheme), answer, id, count);
    }

    json const& script = row["conlleval_pl"];
    auto const& c = figure_of(all, "conlleval.pl");
    json const found = {c.counts.correct, c.counts.predicted, c.counts.gold, golden::percent(c.precision),
                        golden::percent(c.recall), golden::percent(c.f1)};
    json expected = {script["correct"], script["found"], script["gold"], "0.00", "0.00", "0.00"};
    if (!script["percent"].is_null()) {
      for (std::size_t k = 0; k < 3; ++k) expected[3 + k] = script["percent"][1 + k];
    }
    count.compare("conlleval.pl", found, expected, id);

    for (auto const& [encoding, answer] : golden::object(row, "allennlp").items()) {
      std::string const scheme = encoding == "BIOUL" ? "BILOU" : encoding == "IOB1" ? "IOB1" : "BIO";
      auto const by_scheme = figures_of(row["gold"], row["pred"], scheme);
      auto const& f = figure_of(by_scheme, "allennlp " + encoding);
      if (!answer.contains("overall")) {
        count.leave_out("allennlp " + encoding, refused);
        CHECK(f.refused.has_value());
        continue;
      }
      json const& o = answer["overall"];
      std::size_t const tp = o[0], fp = o[1], fn = o[2];
      compare_figure("allennlp " + encoding, f, {tp, tp + fp, tp + fn}, {o[3], o[4], o[5]}, id, count);
    }

    if (!row.contains("nervaluate")) continue;
    json const& nervaluate = row["nervaluate"]["v1.1.0"];
    if (!nervaluate.contains("overall")) {
      count.leave_out("nervaluate", "the peer raises on an empty corpus");
      continue;
    }
    for (auto const& [strategy, o] : nervaluate["overall"].items()) {
      compare_figure("nervaluate " + strategy, figure_of(all, "nervaluate " + strategy), {o[0], o[6], o[5]},
                     {o[7], o[8], o[9]}, id, count);
    }
  }
}

// One sequence as gold and a peer's recorded reading of it: as many entities, all of them right.
void compare_count(std::string const& what, ts::compat::peer_figure const& f, json const& spans, std::string const& id,
                   golden::tally& count) {
  if (spans.is_object()) {
    count.leave_out(what, refused);
    CHECK(f.refused.has_value());
    return;
  }
  bool const equal = !f.refused && f.counts.gold == spans.size() && f.counts.correct == spans.size();
  count.compare(what, equal, id, std::to_string(f.counts.gold) + " entities where " + spans.dump());
}

// The entities of well-formed BILUO tags, as [type, begin, end).
json biluo_spans(json const& tags) {
  json out = json::array();
  if (!tags.is_array()) return tags;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < tags.size(); ++i) {
    auto const& tag = tags[i].get_ref<std::string const&>();
    if (tag[0] == 'B' || tag[0] == 'U') begin = i;
    if (tag[0] == 'L' || tag[0] == 'U') out.push_back({tag.substr(2), begin, i + 1});
  }
  return out;
}

// Each recorded span put where the peer read it: does the peer, given the same spans as plain BIO, agree span by span? A
// reading is compared with the recorded one by scoring the tags against a well-formed writing of the recorded spans.
json written(json const& spans, std::size_t length) {
  json tags(length, "O");
  for (json const& s : spans) {
    for (std::size_t i = s[1]; i < s[2].get<std::size_t>(); ++i) {
      tags[i] = (i == s[1] ? "B-" : "I-") + s[0].get<std::string>();
    }
  }
  return tags;
}

void compare_sequences(std::vector<json> const& rows, golden::tally& count) {
  for (json const& row : rows) {
    std::string const id = row["id"];
    json const& out = row["out"];
    json const one = json::array({row["tags"]});
    ts::label_options options;
    if (row.value("suffix", false)) options.position = ts::prefix_position::after;
    auto const of = [&](std::string const& scheme) { return figures_of(one, one, scheme, options); };
    compare_count("seqeval", figure_of(of("BIO"), "seqeval"), out["seqeval_default"], id, count);
    for (auto const& [scheme, spans] : golden::object(out, "seqeval_strict").items()) {
      compare_count("seqeval strict " + scheme, figure_of(of(scheme), "seqeval strict " + scheme), spans, id, count);
    }
    if (row.value("suffix", false)) {
      CHECK_FALSE(figure_of(of("BIO"), "conlleval.pl").exists);
      continue;
    }
    bool const with_types = !row.value("untyped", false);
    if (!with_types && !golden::has_only(row["tags"], "BIE")) {
      count.leave_out("conlleval.pl", never_ends);
    } else {
      compare_count("conlleval.pl", figure_of(of("BIO"), "conlleval.pl"), out["conlleval_pl"], id, count);
    }
    for (auto const& [encoding, spans] : golden::object(out, "allennlp").items()) {
      std::string const scheme = encoding == "BIOUL" ? "BILOU" : encoding;
      compare_count("allennlp " + encoding, figure_of(of(scheme), "allennlp " + encoding), spans, id, count);
    }
    struct peer {
      char const* name;
      json spans;
    };
    for (auto const& [name, spans] : {peer{"spaCy", biluo_spans(out.value("spacy_iob_to_biluo", json()))},
                                      peer{"nervaluate strict", out.value("nervaluate_v1.1.0", json())}}) {
      if (spans.is_null() || !with_types) continue;
      compare_count(name, figure_of(of("BIO"), name), spans, id, count);
      if (!spans.is_array() || spans.empty()) continue;
      auto const again = figures_of(one, json::array({written(spans, row["tags"].size())}), "BIO");
      auto const& f = figure_of(again, name);
      count.compare(std::string(name) + ", span by span", f.counts.correct == spans.size() && f.counts.predicted == spans.size(), id);
    }
  }
}

std::vector<golden::pin> const corpora{
    {"allennlp BIO", "", 29, 132},
    {"allennlp BIOUL", "", 8, 37},
    {"allennlp IOB1", "", 29, 132},
    {"conlleval.pl", "", 71, 379},
    {"nervaluate ent_type", "", 0, 379},
    {"nervaluate exact", "", 0, 379},
    {"nervaluate partial", "", 0, 379},
    {"nervaluate strict", "", 0, 379},
    {"seqeval", "", 71, 379},
    {"seqeval strict", "", 71, 379},
    {"seqeval strict counts", "", 176, 918},
    {"allennlp BIOUL", refused, 3, 25},
    {"seqeval strict", refused, 179, 977},
};
std::vector<golden::pin> const exhaustive{
    {"allennlp BIO", "", 108, 900},
    {"allennlp BIOUL", "", 21, 75},
    {"allennlp BMES", "", 111, 584},
    {"allennlp IOB1", "", 108, 900},
    {"conlleval.pl", "", 788, 4925},
    {"nervaluate strict", "", 0, 780},
    {"nervaluate strict, span by span", "", 0, 776},
    {"seqeval", "", 805, 4996},
    {"seqeval strict BILOU", "", 146, 819},
    {"seqeval strict IOB1", "", 108, 900},
    {"seqeval strict IOB2", "", 108, 900},
    {"seqeval strict IOBES", "", 186, 974},
    {"seqeval strict IOE1", "", 108, 900},
    {"seqeval strict IOE2", "", 108, 900},
    {"spaCy", "", 0, 780},
    {"spaCy, span by span", "", 0, 776},
    {"allennlp BIOUL", refused, 125, 744},
    {"conlleval.pl", never_ends, 17, 71},
};
std::vector<golden::pin> const longer{
    {"allennlp BIO", "", 60, 300},
    {"allennlp BIOUL", "", 18, 74},
    {"allennlp BMES", "", 30, 150},
    {"allennlp IOB1", "", 60, 300},
    {"conlleval.pl", "", 240, 1200},
    {"nervaluate strict", "", 60, 300},
    {"nervaluate strict, span by span", "", 46, 250},
    {"seqeval", "", 270, 1350},
    {"seqeval strict BILOU", "", 30, 150},
    {"seqeval strict IOB1", "", 60, 300},
    {"seqeval strict IOB2", "", 68, 353},
    {"seqeval strict IOBES", "", 43, 198},
    {"seqeval strict IOE1", "", 60, 300},
    {"seqeval strict IOE2", "", 69, 349},
    {"spaCy", "", 60, 300},
    {"spaCy, span by span", "", 46, 250},
    {"allennlp BIOUL", refused, 12, 76},
};

void both(char const* file, void (*compare)(std::vector<json> const&, golden::tally&), std::vector<golden::pin> const& pins) {
  {
    golden::tally count;
    compare(golden::rows(golden::committed(std::string("metrics/") + file)), count);
    count.expect(pins, golden::set::committed);
  }
  std::string const path = golden::shared(std::string("golden/metrics/") + file);
  if (golden::is_missing(path)) return;
  golden::tally count;
  compare(golden::rows(path), count);
  count.expect(pins, golden::set::full);
}

}  // namespace

TEST_CASE("corpora") { both("corpora.jsonl", compare_corpora, corpora); }
TEST_CASE("every short sequence") { both("sequences_exhaustive.jsonl", compare_sequences, exhaustive); }
TEST_CASE("longer sequences") { both("sequences_random.jsonl", compare_sequences, longer); }
