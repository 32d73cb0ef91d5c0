// SPDX-License-Identifier: MIT
#include "json_lines.hpp"

#include <tagspan/text/offsets.hpp>

#include <set>
#include <utility>

namespace cli {

json parse_json(std::string_view text, std::string const& place) {
  std::vector<std::set<std::string>> open;  // the keys of the objects that are not closed yet
  constexpr int deepest = 1000;             // what is copied or taken down level by level must not use up the stack
  auto const look = [&](int depth, json::parse_event_t event, json const& value) {
    if (depth > deepest) throw failure(place + "nested more than " + std::to_string(deepest) + " deep");
    if (event == json::parse_event_t::object_start) open.emplace_back();
    if (event == json::parse_event_t::object_end) open.pop_back();
    if (event == json::parse_event_t::key && !open.back().insert(value.get<std::string>()).second) {
      throw failure(place + "the key '" + shown(value.get<std::string>()) + "' stands twice");
    }
    return true;
  };
  try {
    return json::parse(text, look);
  } catch (json::parse_error const& e) {
    if (auto const utf8 = ts::offset_map::from(text); !utf8) {
      throw failure(place + "not UTF-8, at byte " + std::to_string(utf8.error().where + 1) + " of the line");
    }
    throw failure(place + "not JSON, at byte " + std::to_string(e.byte) + " of the line");
  } catch (json::out_of_range const&) {
    throw failure(place + "a number is larger than any that can be read");
  }
}

void print_line(json const& value) { print(value.dump(-1, ' ', false, json::error_handler_t::replace) + '\n'); }

json const* json_line::member(char const* key) const {
  auto const found = row.find(key);
  return found == row.end() || found->is_null() ? nullptr : &*found;
}

json const* json_line::array(char const* key) const {
  json const* const value = member(key);
  if (value != nullptr && !value->is_array()) fail(std::string(key) + " is no list");
  return value;
}

std::string const* json_line::text() const {
  json const* const value = member("text");
  if (value == nullptr) return nullptr;
  if (!value->is_string()) fail("text is no text");
  return &value->get_ref<std::string const&>();
}

std::vector<std::string> json_line::strings(char const* key) const {
  std::vector<std::string> out;
  if (json const* const list = array(key)) {
    for (json const& s : *list) {
      if (!s.is_string()) fail(std::string(key) + " holds what is no text");
      out.push_back(s.get<std::string>());
    }
  }
  return out;
}

std::vector<std::int32_t> json_line::integers(char const* key) const {
  std::vector<std::int32_t> out;
  if (json const* const list = array(key)) {
    for (json const& n : *list) {
      bool const fits =
          n.is_null() || (n.is_number_unsigned() ? n <= 2147483647U : n.is_number_integer() && n >= -1 && n < 0);
      if (!fits) fail(std::string(key) + " holds what is no number from -1 on");
      out.push_back(n.is_null() ? -1 : n.get<std::int32_t>());
    }
  }
  return out;
}

span_in_json span_of(json& element, std::string const& name, std::string const& place) {
  span_in_json out{nullptr, nullptr};
  if (element.is_array() && element.size() >= 2) {
    out = {&element[0], &element[1]};
  } else if (element.is_object() && element.contains("begin") && element.contains("end")) {
    out = {&element["begin"], &element["end"]};
  }
  if (out.begin == nullptr || !out.begin->is_number_unsigned() || !out.end->is_number_unsigned()) {
    throw failure(place + name + R"( has no begin and end: write {"begin": 0, "end": 4} or [0, 4])");
  }
  if (*out.begin > *out.end) throw failure(place + name + " ends before it begins");
  return out;
}

}  // namespace cli
