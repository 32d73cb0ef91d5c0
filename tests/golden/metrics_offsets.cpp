// SPDX-License-Identifier: MIT
// Entities in a text, tags of its tokens, and the entities again, as spaCy has them (offsets_to_biluo_tags and back).
#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <tagspan/model/align.hpp>
#include <tagspan/tags/entities.hpp>
#include <tagspan/text/token_alignment.hpp>

#include "golden.hpp"

using golden::json;
namespace ts = tagspan;

namespace {

// Why an answer is not compared.
constexpr char const* nameless = "an entity without label says that there is none, which ours has no word for";
constexpr char const* reads_dash = "the peer reads its mark for misaligned tokens as entities without label";

using character_entity = ts::entity<ts::unit::code_point>;

ts::code_point_span span_of(json const& pair) { return {pair[0].get<std::size_t>(), pair[1].get<std::size_t>()}; }

void compare(json const& row, golden::tally& count) {
  std::string const id = row["id"];
  for (json const& e : row["entities"]) {
    if (e[2] == "") return count.leave_out("tags", nameless);
  }
  auto const labels = ts::label_set::for_types<ts::bilou>({"LOC", "PER"});
  std::vector<character_entity> entities;
  for (json const& e : row["entities"]) entities.push_back({span_of(e), *labels.find_type(e[2].get<std::string>())});
  std::vector<ts::code_point_span> tokens;
  for (json const& t : row["tokens"]) tokens.push_back(span_of(t));

  for (bool const partial : {false, true}) {
    json const& expected = row[partial ? "biluo_missing_-" : "biluo_missing_O"];
    std::string const what = partial ? "tags, the rest unknown" : "tags";
    auto const found = ts::tags_from_spans<ts::bilou>(entities, tokens, labels, ts::alignment::strict,
                                                      {.ignore_misaligned = true, .partial = partial});
    if (!expected.is_array()) {
      count.compare(what + ": overlap refused", !found && found.error().code == ts::errc::spans_overlap, id);
      continue;
    }
    REQUIRE(found.has_value());
    json tags = json::array();
    for (ts::label_id t : found->ids) tags.push_back(t == -100 ? std::string("-") : std::string(labels.name(t)));
    count.compare(what, tags, expected, id);
    if (partial) continue;

    // Back to the text: what was not listed as misaligned is there again, and nothing else.
    json back = json::array(), survivors = json::array();
    auto const map = ts::token_map<ts::unit::code_point>::from(tokens).value();
    auto const read = ts::to_entities<ts::bilou>(found->ids, labels, {.reading = ts::reading::strict}).value();
    for (ts::token_entity const& e : read) {
      auto const span = map.text_of(e.span).value();
      back.push_back({span.begin, span.end, std::string(labels.type_name(e.type))});
    }
    std::vector<bool> misaligned(entities.size());
    for (auto const& m : found->misaligned) misaligned[m.index] = true;
    json in_order = json::array(), peers = json::array();
    for (std::size_t k = 0; k < entities.size(); ++k) {
      if (!misaligned[k]) in_order.push_back(row["entities"][k]);
    }
    std::sort(in_order.begin(), in_order.end());
    count.compare("there and back", back, in_order, id);
    for (json const& e : row["back"]) {
      if (e[2] == "") {
        count.leave_out("back", reads_dash);
      } else {
        peers.push_back(e);
      }
    }
    count.compare("back", back, peers, id);
  }
}

std::vector<golden::pin> const pins{
    {"tags", "", 54, 219},
    {"tags", nameless, 5, 11},
    {"tags: overlap refused", "", 4, 20},
    {"tags, the rest unknown", "", 54, 219},
    {"tags, the rest unknown: overlap refused", "", 4, 20},
    {"there and back", "", 54, 219},
    {"back", "", 54, 219},
    {"back", reads_dash, 39, 154},
};

void run(std::string const& path, golden::set which) {
  golden::tally count;
  for (json const& row : golden::rows(path)) compare(row, count);
  count.expect(pins, which);
}

}  // namespace

TEST_CASE("spacy_offsets: the committed rows") {
  run(golden::committed("metrics/spacy_offsets.jsonl"), golden::set::committed);
}

TEST_CASE("spacy_offsets: all rows") {
  std::string const path = golden::shared("golden/metrics/spacy_offsets.jsonl");
  if (!golden::is_missing(path)) run(path, golden::set::full);
}
