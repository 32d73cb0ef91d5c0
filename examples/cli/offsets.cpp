// SPDX-License-Identifier: MIT
#include "cli.hpp"
#include "json_lines.hpp"
#include "units.hpp"

#include <tagspan/text/offsets.hpp>

#include <memory>
#include <string>
#include <utility>

namespace cli {

namespace {

struct offsets_command {
  std::string path, from = "code_point", to = "utf16";
  ts::rounding rounding = ts::rounding::error;
};

template <class From, class To>
json converted(offsets_command const& o, json row, std::string const& place) {
  json_line const line{row, place};
  std::string const* const text = line.text();
  if (text == nullptr) line.fail("there is no text");
  map_between<From, To> const map(*text);
  bool any = false;
  for (char const* const key : {"spans", "entities"}) {
    if (line.array(key) == nullptr) continue;
    any = true;
    std::size_t number = 0;
    for (json& element : row[key]) {
      std::string const name = std::string(key) + ": element " + std::to_string(number++);
      auto const [begin, end] = span_of(element, name, place);
      auto const span = map.template checked<To>(
          ts::basic_span<From>{begin->template get<std::size_t>(), end->template get<std::size_t>()}, o.rounding);
      if (!span) line.fail(name + ": " + ts::message(span.error()));
      *begin = span->begin;
      *end = span->end;
    }
  }
  if (!any) line.fail("there are no spans and no entities");
  return row;
}

int offsets(offsets_command const& o) {
  file const from(o.path);
  for_each_json_line(from, [&](json row, std::string const& place) {
    json_line{row, place}.be_object();
    print_line(visit_unit(o.from, [&]<class From>(From) {
      return visit_unit(o.to, [&]<class To>(To) { return converted<From, To>(o, std::move(row), place); });
    }));
  });
  return all_is_well;
}

}  // namespace

subcommand add_offsets(CLI::App& parent) {
  CLI::App* const app = parent.add_subcommand(
      "offsets",
      "Spans in another unit: JSON Lines with text, and spans ([0, 4]) or entities ({\"begin\": 0, \"end\": 4, ...}), "
      "in and out; whatever else stands in a line stays");
  auto const o = std::make_shared<offsets_command>();
  app->add_option("file", o->path, "One JSON object a line; '-' is stdin")->type_name("FILE")->required();
  add_unit(*app, "--from", o->from, "What the spans count (default: code_point)");
  add_unit(*app, "--to", o->to, "What they are to count (default: utf16)");
  add_rounding(*app, o->rounding, true);
  return {app, [o] { return offsets(*o); }};
}

}  // namespace cli
