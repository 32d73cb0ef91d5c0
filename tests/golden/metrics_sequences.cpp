// SPDX-License-Identifier: MIT
// Single sequences of tags, well-formed and not: what each peer reads in them.
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "golden.hpp"
#include "metrics.hpp"

using golden::json;
namespace ts = tagspan;

namespace {

// Why a peer's answer is not compared.
constexpr char const* unknown_letter = "the peer does not know one of the letters";
constexpr char const* bare_single = "a bare S has the type that the peer gives to O";
constexpr char const* refused = "the peer refuses malformed tags";
constexpr char const* outside_is_span = "the peer reads O as a span";
constexpr char const* no_suffixes = "the peer was not given suffix tags";
constexpr char const* wrong_scheme = "the peer's strict IOB1 and IOE1 are wrong: only counted";
constexpr char const* joins_types = "the peer joins malformed tags of two types";

// Strict reading of IOB1 and IOE1 said once more, in terms of what the two schemes mean: B marks the first token of an
// entity that directly follows one of its type and nothing else; E the last token of one that is directly followed.
json sound_pieces(json const& tags, json const& pieces, bool iob1) {
  json out = json::array();
  for (std::size_t k = 0; k < pieces.size(); ++k) {
    std::size_t const begin = pieces[k][1];
    std::size_t const end = pieces[k][2];
    bool const after = k > 0 && pieces[k - 1][2] == begin && pieces[k - 1][0] == pieces[k][0];
    bool const before = k + 1 < pieces.size() && pieces[k + 1][1] == end && pieces[k + 1][0] == pieces[k][0];
    bool sound = true;
    for (std::size_t i = begin; i < end; ++i) {
      bool const marked = iob1 ? i == begin && after : i + 1 == end && before;
      sound = sound && tags[i].get_ref<std::string const&>().front() == (marked ? iob1 ? 'B' : 'E' : 'I');
    }
    if (sound) out.push_back(pieces[k]);
  }
  return out;
}

void read_as_seqeval(json const& row, golden::tagged const& t, golden::tally& count) {
  bool const suffix = row.value("suffix", false);
  bool const untyped = row.value("untyped", false);
  std::string const id = row["id"];
  json const& out = row["out"];
  if (golden::has_only(row["tags"], "BIES", suffix)) {
    json const expected = golden::in_order(out["seqeval_default"]);
    count.compare("seqeval_default", golden::as_json(golden::entities_of(t, ts::reading::lenient), t.labels, "_"),
                  expected, id);
    if (!suffix) {
      auto const tags = row["tags"].get<std::vector<std::string>>();
      json found = json::array();
      for (ts::named_span const& s : ts::spans<ts::bioes>(tags)) {
        found.push_back({std::string(s.type.empty() ? "_" : s.type), s.begin, s.end});
      }
      count.compare("seqeval_default, by the one line", found, expected, id);
    }
  } else {
    count.leave_out("seqeval_default", unknown_letter);
  }
  if (!out.contains("seqeval_strict")) return;
  for (auto const& [scheme, spans] : out["seqeval_strict"].items()) {
    std::string const name = "seqeval_strict " + scheme;
    if (spans.is_object()) {
      count.leave_out(name, refused);
      continue;
    }
    auto const found = golden::as_json(golden::entities_of(t, ts::reading::strict, golden::scheme_of(scheme)), t.labels,
                                       untyped ? "_" : "");
    if (scheme != "IOB1" && scheme != "IOE1") {
      count.compare(name, found, golden::in_order(spans), id);
      continue;
    }
    // The peer is wrong on these two. What is right is said above; that the peer gives something else is counted.
    json const pieces = golden::as_json(golden::entities_of(t, ts::reading::lenient), t.labels, untyped ? "_" : "");
    count.compare("strict " + scheme + ", tagspan's own", found, sound_pieces(row["tags"], pieces, scheme == "IOB1"),
                  id);
    count.leave_out(name + (found == golden::in_order(spans) ? ", the same" : ", differs"), wrong_scheme);
  }
}

void read_as_conlleval(json const& row, golden::tagged const& t, golden::tally& count) {
  if (!row["out"].contains("conlleval_pl")) {
    count.leave_out("conlleval_pl", no_suffixes);
  } else if (!golden::has_only(row["tags"], "BIESUW")) {  // it knows neither S nor U nor W, and treats the three alike
    count.leave_out("conlleval_pl", unknown_letter);
  } else if (row.value("untyped", false) && !golden::has_only(row["tags"], "BIE")) {
    count.leave_out("conlleval_pl", bare_single);
  } else {
    json const found = golden::as_json(golden::entities_of(t, ts::reading::conlleval), t.labels);
    count.compare("conlleval_pl", found, golden::in_order(row["out"]["conlleval_pl"]), row["id"]);
  }
}

void read_as_others(json const& row, golden::tagged const& t, golden::tally& count) {
  std::string const id = row["id"];
  json const& out = row["out"];
  json const lenient = golden::as_json(golden::entities_of(t, ts::reading::lenient), t.labels);
  for (auto const& [scheme, spans] : golden::object(out, "allennlp").items()) {
    std::string const name = "allennlp " + scheme;
    if (spans.is_object()) {
      count.leave_out(name, refused);
      CHECK_FALSE(golden::violations_of(t, golden::scheme_of(scheme)).empty());
    } else if (scheme == "BMES" && std::count(row["tags"].begin(), row["tags"].end(), "O") != 0) {
      count.leave_out(name, outside_is_span);
    } else if (scheme == "BIOUL" && !golden::violations_of(t, golden::scheme_of(scheme)).empty()) {
      count.leave_out(name, joins_types);
    } else {
      count.compare(name, lenient, golden::in_order(spans), id);
    }
  }
  for (auto const& [scheme, answer] : golden::object(out, "iobes").items()) {
    count.compare("iobes " + scheme + " spans", lenient, golden::in_order(answer["spans"]), id);
    bool const sound = golden::violations_of(t, golden::scheme_of(scheme)).empty();
    count.compare("iobes " + scheme + " errors", sound == answer["errors"].empty(), id, answer["errors"].dump());
  }
}

void check_as_seqscore(json const& row, golden::tagged const& t, golden::tally& count) {
  std::string const id = row["id"];
  for (auto const& [scheme, answer] : golden::object(row["out"], "seqscore").items()) {
    std::string const name = "seqscore " + scheme;
    auto const which = golden::scheme_of(scheme);
    count.compare(name + " errors", golden::violations_of(t, which).size(), answer["n_errors"].get<std::size_t>(), id);
    if (answer.contains("spans")) {
      json const strict = golden::as_json(golden::entities_of(t, ts::reading::strict, which), t.labels);
      count.compare(name + " spans", strict, golden::in_order(answer["spans"]), id);
    }
    auto const repaired = [&](ts::repair_policy policy) {
      return ts::visit_scheme(which, [&](auto s) {
        // All that the scheme may need for these types.
        ts::label_set all = t.labels;
        for (std::size_t k = 0; k < t.labels.type_count(); ++k) {
          auto const type = t.labels.type_name(ts::type_id{static_cast<std::uint32_t>(k)});
          for (ts::role r : {ts::role::begin, ts::role::inside}) all.intern_tag(r, type, s.letters).value();
        }
        all.intern_one("O").value();
        return golden::names_of(ts::repair<decltype(s)>(t.ids, all, policy).value(), all);
      });
    };
    if (answer.contains("repair_conlleval")) {
      count.compare(name + " repair", repaired(ts::repair_policy::promote), answer["repair_conlleval"], id);
    }
    if (answer.contains("repair_discard")) {
      json const found = repaired(ts::repair_policy::discard);
      count.compare(name + " discard", found, answer["repair_discard"], id);
    }
  }
}

void compare(std::vector<json> const& rows, golden::tally& count) {
  for (json const& row : rows) {
    ts::label_options options;
    if (row.value("suffix", false)) options.position = ts::prefix_position::after;
    golden::tagged const t = golden::read_tags(row["tags"], options);
    read_as_seqeval(row, t, count);
    read_as_conlleval(row, t, count);
    read_as_others(row, t, count);
    check_as_seqscore(row, t, count);
    if (row.contains("spans")) {
      auto const truth = golden::in_order(row["spans"]);
      auto const scheme = golden::scheme_of(row["alphabet"]);
      count.compare("the truth, lenient", golden::as_json(golden::entities_of(t, ts::reading::lenient), t.labels),
                    truth, row["id"]);
      count.compare("the truth, strict", golden::as_json(golden::entities_of(t, ts::reading::strict, scheme), t.labels),
                    truth, row["id"]);
    }
  }
}

std::vector<golden::pin> const exhaustive{
    {"allennlp BIO", "", 108, 900},
    {"allennlp BIOUL", "", 16, 55},
    {"allennlp BMES", "", 111, 584},
    {"allennlp IOB1", "", 108, 900},
    {"conlleval_pl", "", 607, 3759},
    {"iobes BILOU errors", "", 146, 819},
    {"iobes BILOU spans", "", 146, 819},
    {"iobes BMEWO errors", "", 146, 819},
    {"iobes BMEWO spans", "", 146, 819},
    {"iobes IOB1 errors", "", 87, 780},
    {"iobes IOB1 spans", "", 87, 780},
    {"iobes IOB2 errors", "", 87, 780},
    {"iobes IOB2 spans", "", 87, 780},
    {"iobes IOBES errors", "", 146, 819},
    {"iobes IOBES spans", "", 146, 819},
    {"seqeval_default", "", 540, 3342},
    {"seqeval_default, by the one line", "", 540, 3342},
    {"seqeval_strict BILOU", "", 146, 819},
    {"seqeval_strict IOB2", "", 108, 900},
    {"seqeval_strict IOBES", "", 186, 974},
    {"seqeval_strict IOE2", "", 108, 900},
    {"seqscore BILOU errors", "", 146, 819},
    {"seqscore BILOU spans", "", 16, 55},
    {"seqscore BMES errors", "", 111, 584},
    {"seqscore BMES spans", "", 9, 26},
    {"seqscore BMEWO errors", "", 146, 819},
    {"seqscore BMEWO spans", "", 16, 55},
    {"seqscore IOB1 errors", "", 87, 780},
    {"seqscore IOB1 repair", "", 60, 572},
    {"seqscore IOB1 spans", "", 27, 208},
    {"seqscore IOB2 discard", "", 56, 572},
    {"seqscore IOB2 errors", "", 87, 780},
    {"seqscore IOB2 repair", "", 56, 572},
    {"seqscore IOB2 spans", "", 31, 208},
    {"seqscore IOBES errors", "", 146, 819},
    {"seqscore IOBES spans", "", 16, 55},
    {"strict IOB1, tagspan's own", "", 108, 900},
    {"strict IOE1, tagspan's own", "", 108, 900},
    {"allennlp BIOUL", joins_types, 5, 20},
    {"allennlp BIOUL", refused, 125, 744},
    {"conlleval_pl", bare_single, 17, 71},
    {"conlleval_pl", unknown_letter, 181, 1166},
    {"seqeval_default", unknown_letter, 265, 1654},
    {"seqeval_strict IOB1, differs", wrong_scheme, 17, 184},
    {"seqeval_strict IOB1, the same", wrong_scheme, 91, 716},
    {"seqeval_strict IOE1, differs", wrong_scheme, 28, 288},
    {"seqeval_strict IOE1, the same", wrong_scheme, 80, 612},
};

std::vector<golden::pin> const longer{
    {"allennlp BIO", "", 60, 300},
    {"allennlp BIOUL", "", 17, 73},
    {"allennlp BMES", "", 25, 136},
    {"allennlp IOB1", "", 60, 300},
    {"conlleval_pl", "", 191, 942},
    {"iobes BILOU errors", "", 30, 150},
    {"iobes BILOU spans", "", 30, 150},
    {"iobes BMEWO errors", "", 30, 150},
    {"iobes BMEWO spans", "", 30, 150},
    {"iobes IOB1 errors", "", 60, 300},
    {"iobes IOB1 spans", "", 60, 300},
    {"iobes IOB2 errors", "", 60, 300},
    {"iobes IOB2 spans", "", 60, 300},
    {"iobes IOBES errors", "", 30, 150},
    {"iobes IOBES spans", "", 30, 150},
    {"seqeval_default", "", 207, 1026},
    {"seqeval_default, by the one line", "", 177, 876},
    {"seqeval_strict BILOU", "", 30, 150},
    {"seqeval_strict IOB2", "", 68, 353},
    {"seqeval_strict IOBES", "", 43, 198},
    {"seqeval_strict IOE2", "", 69, 349},
    {"seqscore BILOU errors", "", 30, 150},
    {"seqscore BILOU spans", "", 17, 73},
    {"seqscore BMES errors", "", 30, 150},
    {"seqscore BMES spans", "", 13, 69},
    {"seqscore BMEWO errors", "", 30, 150},
    {"seqscore BMEWO spans", "", 13, 87},
    {"seqscore IOB1 errors", "", 60, 300},
    {"seqscore IOB1 repair", "", 24, 163},
    {"seqscore IOB1 spans", "", 36, 137},
    {"seqscore IOB2 discard", "", 36, 166},
    {"seqscore IOB2 errors", "", 60, 300},
    {"seqscore IOB2 repair", "", 36, 166},
    {"seqscore IOB2 spans", "", 24, 134},
    {"seqscore IOBES errors", "", 30, 150},
    {"seqscore IOBES spans", "", 16, 83},
    {"strict IOB1, tagspan's own", "", 60, 300},
    {"strict IOE1, tagspan's own", "", 60, 300},
    {"the truth, lenient", "", 70, 378},
    {"the truth, strict", "", 70, 378},
    {"allennlp BIOUL", joins_types, 1, 1},
    {"allennlp BIOUL", refused, 12, 76},
    {"allennlp BMES", outside_is_span, 5, 14},
    {"conlleval_pl", unknown_letter, 49, 258},
    {"conlleval_pl", no_suffixes, 30, 150},
    {"seqeval_default", unknown_letter, 63, 324},
    {"seqeval_strict IOB1, differs", wrong_scheme, 11, 69},
    {"seqeval_strict IOB1, the same", wrong_scheme, 49, 231},
    {"seqeval_strict IOE1, differs", wrong_scheme, 3, 26},
    {"seqeval_strict IOE1, the same", wrong_scheme, 57, 274},
};

}  // namespace

TEST_CASE("every short sequence, committed") {
  golden::tally count;
  compare(golden::rows(golden::committed("metrics/sequences_exhaustive.jsonl")), count);
  count.expect(exhaustive, golden::set::committed);
}

TEST_CASE("every short sequence") {
  std::string const path = golden::shared("golden/metrics/sequences_exhaustive.jsonl");
  if (golden::is_missing(path)) return;
  golden::tally count;
  compare(golden::rows(path), count);
  count.expect(exhaustive, golden::set::full);
}

TEST_CASE("longer sequences, committed") {
  golden::tally count;
  compare(golden::rows(golden::committed("metrics/sequences_random.jsonl")), count);
  count.expect(longer, golden::set::committed);
}

TEST_CASE("longer sequences") {
  std::string const path = golden::shared("golden/metrics/sequences_random.jsonl");
  if (golden::is_missing(path)) return;
  golden::tally count;
  compare(golden::rows(path), count);
  count.expect(longer, golden::set::full);
}
