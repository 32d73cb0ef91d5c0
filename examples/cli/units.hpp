// SPDX-License-Identifier: MIT
// Units of offsets by name. Grapheme clusters are among them where the command is built with utf8proc.
#pragma once
#include <tagspan/text/offsets.hpp>

#include <string>
#include <type_traits>
#include <vector>

#include "cli.hpp"

#if defined(TAGSPAN_COMMAND_COUNTS_GRAPHEMES)
#include "graphemes.hpp"
#else
namespace cli {
inline constexpr bool counts_graphemes = false;
template <class...>
using map_between = ts::offset_map;
}  // namespace cli
#endif

namespace cli {

inline std::vector<std::string> unit_names() {
  std::vector<std::string> names{"byte", "code_point", "utf16"};
  if (counts_graphemes) names.emplace_back("grapheme");
  return names;
}

// f(unit) for the unit of this name, which is one of unit_names().
template <class F>
auto visit_unit(std::string const& name, F&& f) {
  if (name == "byte") return f(ts::unit::byte{});
  if (name == "utf16") return f(ts::unit::utf16{});
  if constexpr (counts_graphemes) {
    if (name == "grapheme") return f(ts::unit::grapheme{});
  }
  return f(ts::unit::code_point{});
}

inline CLI::Option* add_unit(CLI::App& app, std::string const& option, std::string& into, std::string const& help) {
  return app.add_option(option, into, help)->check(CLI::IsMember(unit_names()));
}

// What becomes of a span that begins or ends inside a character.
inline void add_rounding(CLI::App& app, ts::rounding& into, bool with_inward) {
  std::vector<std::string> names{"error", "outward"};
  if (with_inward) names.emplace_back("inward");
  app.add_option_function<std::string>(
         "--rounding",
         [&into](std::string const& name) {
           into = name == "outward"  ? ts::rounding::outward
                  : name == "inward" ? ts::rounding::inward
                                     : ts::rounding::error;
         },
         "A span that begins or ends inside a character is an error (default), or goes to the character's border")
      ->check(CLI::IsMember(names));
}

}  // namespace cli
