// SPDX-License-Identifier: MIT
// JSON Lines: a value a line in, and a value a line out. What a line should hold and does not is said with its place.
#pragma once
#include <nlohmann/json.hpp>

#include <tagspan/core/span.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cli.hpp"

namespace cli {

using json = nlohmann::ordered_json;

// Fails with `place` where the text is no JSON (thus no UTF-8 either), or an object has a key twice: one of the two
// would be lost.
json parse_json(std::string_view text, std::string const& place);

void print_line(json const& value);

// Calls f(value, place) for each line that is not blank; `place` is "FILE:LINE: ", and all that a message lacks.
template <class F>
void for_each_json_line(file const& from, F&& f) {
  lines_of const lines(from.text);
  for (std::size_t number = 1; number <= lines.size(); ++number) {
    if (lines[number].find_first_not_of(" \t") == std::string_view::npos) continue;
    std::string const place = from.name + ':' + std::to_string(number) + ": ";
    f(parse_json(lines[number], place), place);
  }
}

// One line of input, and where it stands for a message.
struct json_line {
  json const& row;
  std::string const& place;

  [[noreturn]] void fail(std::string const& what) const { throw failure(place + what); }

  // Fails where the line holds no object.
  void be_object() const {
    if (!row.is_object()) fail("not a JSON object");
  }
  // A member that is null counts as missing.
  json const* member(char const* key) const;
  json const* array(char const* key) const;
  // The text under "text", if there is one.
  std::string const* text() const;
  std::vector<std::string> strings(char const* key) const;
  // Whole numbers, and null for -1.
  std::vector<std::int32_t> integers(char const* key) const;
  template <class Unit>
  std::vector<ts::basic_span<Unit>> spans(char const* key) const {
    std::vector<ts::basic_span<Unit>> out;
    if (json const* const list = array(key)) {
      for (json const& s : *list) {
        if (!s.is_array() || s.size() != 2 || !s[0].is_number_unsigned() || !s[1].is_number_unsigned()) {
          fail(std::string(key) + " are pairs of numbers, as in [0, 4]");
        }
        out.push_back({s[0].get<std::size_t>(), s[1].get<std::size_t>()});
      }
    }
    return out;
  }
};

// Begin and end of an element of the list under `key`: {"begin": 0, "end": 4, ...} or [0, 4, ...]. Fails with its
// number where it has none.
struct span_in_json {
  json *begin, *end;
};
span_in_json span_of(json& element, std::string const& name, std::string const& place);

}  // namespace cli
