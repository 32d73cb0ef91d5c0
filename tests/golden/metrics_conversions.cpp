// SPDX-License-Identifier: MIT
// Well-formed entities and their tags in nine schemes: writing, reading, and conversion between every two.
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

// Why an answer is not compared.
constexpr char const* touching = "IO does not keep touching entities of one type apart";
constexpr char const* unknown_letter = "the peer does not know one of the letters";
constexpr char const* loses_entities = "the peer loses entities that IOE1 ends with E before something else";
constexpr char const* refused = "the peer's IOB1 takes the type O for outside, and refuses";
constexpr char const* damages_types = "the peer rewrites U- and L- inside types too";

bool has_touching(json const& spans) {
  for (std::size_t k = 1; k < spans.size(); ++k) {
    if (spans[k - 1][2] == spans[k][1] && spans[k - 1][0] == spans[k][0]) return true;
  }
  return false;
}

// Tags in another scheme, or the error.
ts::result<json> converted(golden::tagged const& tags, ts::scheme_id from, ts::scheme_id to) {
  ts::label_set target;
  auto const ids = ts::visit_scheme(from, [&](auto f) {
    return ts::visit_scheme(
        to, [&](auto t) { return ts::convert<decltype(f), decltype(t)>(tags.ids, tags.labels, target); });
  });
  if (!ids) return ids.error();
  return golden::names_of(*ids, target);
}

void write_and_read(json const& row, golden::tally& count) {
  std::string const id = row["id"];
  json const& spans = row["spans"];
  std::size_t const length = row["length"];
  std::vector<std::string> types;
  for (json const& s : spans) {
    if (std::find(types.begin(), types.end(), s[0].get<std::string>()) == types.end()) types.push_back(s[0]);
  }
  for (auto const& [name, tags] : row["tags"].items()) {
    ts::visit_scheme(golden::scheme_of(name), [&](auto scheme) {
      using S = decltype(scheme);
      ts::label_set const labels = ts::label_set::from_types<S>(types).value();
      std::vector<ts::token_entity> entities;
      for (json const& s : spans) {
        entities.push_back(
            {{s[1].get<std::size_t>(), s[2].get<std::size_t>()}, *labels.find_type(s[0].get<std::string>())});
      }
      auto const ids = ts::to_tags<S>(entities, length, labels);
      if (name == "IO" && has_touching(spans)) {
        count.compare("to_tags IO refuses touching entities", !ids && ids.error().code == ts::errc::not_representable,
                      id);
        count.leave_out("to_entities IO", touching);
        return;
      }
      REQUIRE(ids.has_value());
      count.compare("to_tags " + name, golden::names_of(*ids, labels), tags, id);
      for (ts::reading reading : {ts::reading::lenient, ts::reading::strict}) {
        auto const read = ts::to_entities<S>(*ids, labels, {.reading = reading}).value();
        count.compare("to_entities " + name, read == entities, id);
      }
      count.compare("validate " + name, ts::validate<S>(*ids, labels).value().empty(), id);
    });
  }
}

void convert_all(json const& row, golden::tally& count) {
  std::string const id = row["id"];
  bool const touch = has_touching(row["spans"]);
  for (auto const& [from, tags] : row["tags"].items()) {
    golden::tagged const t = golden::read_tags(tags);
    for (auto const& [to, expected] : row["tags"].items()) {
      auto const found = converted(t, golden::scheme_of(from), golden::scheme_of(to));
      if (from == "IO" && to != "IO" && touch) {
        count.leave_out("convert IO to another", touching);
      } else if (from != "IO" && to == "IO" && touch) {
        count.compare("convert to IO refuses touching entities",
                      !found && found.error().code == ts::errc::not_representable, id);
      } else {
        REQUIRE(found.has_value());
        count.compare("convert", *found, expected, id + " " + from + " to " + to);
      }
    }
  }
}

void compare_with_peers(json const& row, golden::tally& count) {
  std::string const id = row["id"];
  json const& tags = row["tags"];
  for (auto const& [scheme, spans] : row["seqeval_strict"].items()) {
    if (scheme == "IOE1" && spans != row["spans"]) {
      count.leave_out("seqeval_strict IOE1", loses_entities);
    } else {
      auto const t = golden::read_tags(tags[scheme]);
      auto const read = golden::entities_of(t, ts::reading::strict, golden::scheme_of(scheme));
      count.compare("seqeval_strict " + scheme, golden::as_json(read, t.labels), spans, id);
    }
  }
  for (auto const& [scheme, spans] : row["seqeval_default"].items()) {
    if (!golden::has_only(tags[scheme], "BIES")) {
      count.leave_out("seqeval_default " + scheme, unknown_letter);
    } else {
      auto const t = golden::read_tags(tags[scheme]);
      count.compare("seqeval_default " + scheme,
                    golden::as_json(golden::entities_of(t, ts::reading::lenient), t.labels), spans, id);
    }
  }
  auto const as_peer = [&](std::string const& what, char const* from, char const* to, json const& expected) {
    auto const found = converted(golden::read_tags(tags[from]), golden::scheme_of(from), golden::scheme_of(to));
    REQUIRE(found.has_value());
    count.compare(what, *found, expected, id);
  };
  if (row.contains("spacy_iob_to_biluo")) as_peer("spacy_iob_to_biluo", "IOB2", "BILOU", row["spacy_iob_to_biluo"]);
  if (row.contains("spacy_biluo_to_iob")) {
    bool damaged = false;
    for (json const& s : row["spans"]) {
      auto const& type = s[0].get_ref<std::string const&>();
      damaged = damaged || type.find("U-") != std::string::npos || type.find("L-") != std::string::npos;
    }
    if (damaged) {
      count.leave_out("spacy_biluo_to_iob", damages_types);
    } else {
      as_peer("spacy_biluo_to_iob", "BILOU", "IOB2", row["spacy_biluo_to_iob"]);
    }
  }
  for (auto const& [scheme, expected] : golden::object(row, "allennlp_to_bioul").items()) {
    as_peer("allennlp_to_bioul " + scheme, scheme == "BIO" ? "IOB2" : "IOB1", "BILOU", expected);
  }
  if (row.contains("stanza_to_bio2")) as_peer("stanza_to_bio2", "IOB1", "IOB2", row["stanza_to_bio2"]);
  if (row.contains("stanza_bio2_to_bioes"))
    as_peer("stanza_bio2_to_bioes", "IOB2", "IOBES", row["stanza_bio2_to_bioes"]);
  for (auto const& [pair, expected] : golden::object(row, "iobes_convert").items()) {
    if (expected.is_object()) {
      count.leave_out("iobes_convert", refused);
      continue;
    }
    std::size_t const arrow = pair.find('>');
    as_peer("iobes_convert", pair.substr(0, arrow).c_str(), pair.substr(arrow + 1).c_str(), expected);
  }
}

void compare(std::vector<json> const& rows, golden::tally& count) {
  for (json const& row : rows) {
    write_and_read(row, count);
    convert_all(row, count);
    compare_with_peers(row, count);
  }
}

std::vector<golden::pin> const conversions{
    {"allennlp_to_bioul BIO", "", 60, 300},
    {"allennlp_to_bioul IOB1", "", 60, 300},
    {"convert", "", 4796, 23852},
    {"convert to IO refuses touching entities", "", 32, 224},
    {"iobes_convert", "", 0, 398},
    {"seqeval_default BILOU", "", 13, 69},
    {"seqeval_default BMEWO", "", 19, 93},
    {"seqeval_default IOB1", "", 60, 300},
    {"seqeval_default IOB2", "", 60, 300},
    {"seqeval_default IOBES", "", 60, 300},
    {"seqeval_default IOE1", "", 60, 300},
    {"seqeval_default IOE2", "", 60, 300},
    {"seqeval_strict BILOU", "", 60, 300},
    {"seqeval_strict IOB1", "", 60, 300},
    {"seqeval_strict IOB2", "", 60, 300},
    {"seqeval_strict IOBES", "", 60, 300},
    {"seqeval_strict IOE1", "", 57, 282},
    {"seqeval_strict IOE2", "", 60, 300},
    {"spacy_biluo_to_iob", "", 54, 269},
    {"spacy_iob_to_biluo", "", 60, 300},
    {"stanza_bio2_to_bioes", "", 0, 300},
    {"stanza_to_bio2", "", 0, 300},
    {"to_entities BILOU", "", 120, 600},
    {"to_entities BMES", "", 120, 600},
    {"to_entities BMEWO", "", 120, 600},
    {"to_entities IO", "", 112, 544},
    {"to_entities IOB1", "", 120, 600},
    {"to_entities IOB2", "", 120, 600},
    {"to_entities IOBES", "", 120, 600},
    {"to_entities IOE1", "", 120, 600},
    {"to_entities IOE2", "", 120, 600},
    {"to_tags BILOU", "", 60, 300},
    {"to_tags BMES", "", 60, 300},
    {"to_tags BMEWO", "", 60, 300},
    {"to_tags IO", "", 56, 272},
    {"to_tags IO refuses touching entities", "", 4, 28},
    {"to_tags IOB1", "", 60, 300},
    {"to_tags IOB2", "", 60, 300},
    {"to_tags IOBES", "", 60, 300},
    {"to_tags IOE1", "", 60, 300},
    {"to_tags IOE2", "", 60, 300},
    {"validate BILOU", "", 60, 300},
    {"validate BMES", "", 60, 300},
    {"validate BMEWO", "", 60, 300},
    {"validate IO", "", 56, 272},
    {"validate IOB1", "", 60, 300},
    {"validate IOB2", "", 60, 300},
    {"validate IOBES", "", 60, 300},
    {"validate IOE1", "", 60, 300},
    {"validate IOE2", "", 60, 300},
    {"convert IO to another", touching, 32, 224},
    {"iobes_convert", refused, 0, 4},
    {"seqeval_default BILOU", unknown_letter, 47, 231},
    {"seqeval_default BMEWO", unknown_letter, 41, 207},
    {"seqeval_strict IOE1", loses_entities, 3, 18},
    {"spacy_biluo_to_iob", damages_types, 6, 31},
    {"to_entities IO", touching, 4, 28},
};

}  // namespace

TEST_CASE("conversions, committed") {
  golden::tally count;
  compare(golden::rows(golden::committed("metrics/conversions.jsonl")), count);
  count.expect(conversions, golden::set::committed);
}

TEST_CASE("conversions") {
  std::string const path = golden::shared("golden/metrics/conversions.jsonl");
  if (golden::is_missing(path)) return;
  golden::tally count;
  compare(golden::rows(path), count);
  count.expect(conversions, golden::set::full);
}
