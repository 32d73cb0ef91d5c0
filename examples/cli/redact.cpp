// SPDX-License-Identifier: MIT
#include "cli.hpp"
#include "json_lines.hpp"
#include "units.hpp"

#include <tagspan/text/redact.hpp>

#include <algorithm>
#include <concepts>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cli {

namespace {

struct redact_command {
  std::string path, unit = "code_point", mask = "type", fixed = "[REDACTED]", fill = "*";
  ts::rounding rounding = ts::rounding::error;
  bool whole_graphemes = false;
};

struct found {
  ts::byte_span span;
  float score = 1;
  std::string type;
};

std::string element(std::size_t number) { return "entities: element " + std::to_string(number); }

// The entity that one element of the list says: {"begin", "end", "type", "score"} or [begin, end, "type"].
template <class Unit>
found entity_of(redact_command const& o, json_line const& line, map_between<Unit> const& map, json& given,
                std::size_t number) {
  auto const [begin, end] = span_of(given, element(number), line.place);
  found out;
  auto const span = map.template checked<ts::unit::byte>(
      ts::basic_span<Unit>{begin->template get<std::size_t>(), end->template get<std::size_t>()}, o.rounding);
  if (!span) line.fail(element(number) + ": " + ts::message(span.error()));
  out.span = *span;
  json type, score;
  if (given.is_object()) {
    type = given.value("type", json());
    score = given.value("score", json());
  } else if (given.size() > 2) {
    type = given[2];
  }
  if (given.is_array() && given.size() > 3) line.fail(element(number) + " has more than begin, end and type");
  if (type.is_string()) {
    out.type = type.template get<std::string>();
  } else if (!type.is_null() || o.mask == "type") {
    line.fail(element(number) + " has no type, or one that is no text");
  }
  if (!score.is_null() && !score.is_number()) line.fail(element(number) + ": the score is no number");
  if (score.is_number()) out.score = score.template get<float>();
  return out;
}

template <class Unit>
json redacted(redact_command const& o, json row, std::string const& place) {
  json_line const line{row, place};
  std::string const* const text = line.text();
  if (text == nullptr) line.fail("there is no text");
  // A line without the list is more likely misspelt than free of entities.
  if (line.array("entities") == nullptr) line.fail("there are no entities; without any, write []");
  map_between<Unit> const map(*text);
  std::vector<found> entities;
  for (json& given : row["entities"]) {
    entities.push_back(entity_of<Unit>(o, line, map, given, entities.size()));
  }
#if defined(TAGSPAN_COMMAND_COUNTS_GRAPHEMES)
  if (o.whole_graphemes) {
    ts::grapheme_map const clusters(*text);
    for (found& e : entities) {
      if (!e.span.empty()) e.span = clusters.to_graphemes(e.span).value();  // an empty one masks nothing, here too
    }
  }
#endif
  auto const mask = [&](ts::masked_span const& m, std::string_view) {
    if (o.mask == "fixed") return o.fixed;
    if (o.mask == "type") return '[' + entities[m.named_by].type + ']';
    std::size_t const length = map.template checked<Unit>(m.before, ts::rounding::outward).value().size();
    return std::string(length, o.fill.front());
  };
  auto const out = ts::redact_with(*text, entities, mask);
  if (!out) line.fail(ts::message(out.error()));
  json masks = json::array();
  map_between<Unit> const new_map(out->text());
  for (ts::masked_span const& m : out->masks()) {
    // Clusters may go on over the ends of a mask; outward is exact for the other units.
    auto const before = map.template checked<Unit>(m.before, ts::rounding::outward).value();
    auto const after = new_map.template checked<Unit>(m.after, ts::rounding::outward).value();
    json mask_out = {{"before", json::array({before.begin, before.end})},
                     {"after", json::array({after.begin, after.end})},
                     {"entity", m.named_by}};
    if (!entities[m.named_by].type.empty()) mask_out["type"] = entities[m.named_by].type;
    masks.push_back(std::move(mask_out));
  }
  return {{"text", out->text()}, {"masks", std::move(masks)}};
}

int redact(redact_command const& o) {
  if (o.fill.size() != 1 || o.fill.front() < ' ' || o.fill.front() > '~') {
    throw failure("--fill is one printable ASCII character");
  }
  file const from(o.path);
  for_each_json_line(from, [&](json row, std::string const& place) {
    json_line{row, place}.be_object();
    print_line(visit_unit(o.unit, [&]<class Unit>(Unit) { return redacted<Unit>(o, std::move(row), place); }));
  });
  return all_is_well;
}

}  // namespace

subcommand add_redact(CLI::App& parent) {
  CLI::App* const app = parent.add_subcommand(
      "redact",
      "Texts without what their entities cover: JSON Lines in (text, entities), and out the new text and its masks, "
      "each with its span before and after. No other member of a line comes out: it might tell");
  auto const o = std::make_shared<redact_command>();
  app->add_option("file", o->path, "One JSON object a line; '-' is stdin")->type_name("FILE")->required();
  add_unit(*app, "--unit", o->unit, "What the entities' spans count (default: code_point)");
  app->add_option("--mask", o->mask,
                  "What stands in their place: the type in brackets (type, default), one text (fixed), or as many "
                  "characters of --fill as there were units (keep-length)")
      ->check(CLI::IsMember({"type", "fixed", "keep-length"}));
  app->add_option("--fixed", o->fixed, "The text for --mask fixed (default: [REDACTED])");
  app->add_option("--fill", o->fill, "The character for --mask keep-length (default: *)");
  add_rounding(*app, o->rounding, false);
  if (counts_graphemes) {
    app->add_flag("--whole-graphemes", o->whole_graphemes, "Masks grow to whole grapheme clusters");
  }
  return {app, [o] { return redact(*o); }};
}

}  // namespace cli
