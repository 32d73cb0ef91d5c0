// SPDX-License-Identifier: MIT
// For test frameworks. With this header doctest, Catch2 and GoogleTest show "[0, 2) PER" where they would show "{?}" or
// bytes, and describe_difference says which entities are missing and which are too many. Opt-in, because it sees
// streams.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <tagspan/core/error.hpp>
#include <tagspan/core/span.hpp>
#include <tagspan/eval/metrics.hpp>
#include <tagspan/tags/convert.hpp>
#include <tagspan/tags/labels.hpp>
#include <tagspan/tags/scheme.hpp>

namespace tagspan::inline TAGSPAN_ABI {

namespace detail {

template <class Unit>
inline constexpr std::string_view unit_name = "units";
template <>
inline constexpr std::string_view unit_name<unit::token> = "tokens";
template <>
inline constexpr std::string_view unit_name<unit::word> = "words";
template <>
inline constexpr std::string_view unit_name<unit::byte> = "bytes";
template <>
inline constexpr std::string_view unit_name<unit::code_point> = "code points";
template <>
inline constexpr std::string_view unit_name<unit::utf16> = "UTF-16 units";
template <>
inline constexpr std::string_view unit_name<unit::grapheme> = "graphemes";

inline std::string interval(std::size_t begin, std::size_t end) {
  return '[' + std::to_string(begin) + ", " + std::to_string(end) + ')';
}
inline std::string shown(type_id type) { return "type " + std::to_string(index(type)); }

template <class T>
inline constexpr bool is_entity = false;
template <class Unit>
inline constexpr bool is_entity<entity<Unit>> = true;
template <class Unit>
inline constexpr bool is_entity<scored_entity<Unit>> = true;
template <>
inline constexpr bool is_entity<named_span> = true;

}  // namespace detail

template <class Unit>
std::ostream& operator<<(std::ostream& out, basic_span<Unit> const& span) {
  return out << detail::interval(span.begin, span.end) << ' ' << detail::unit_name<Unit>;
}
inline std::ostream& operator<<(std::ostream& out, type_id type) { return out << detail::shown(type); }
template <class Unit>
std::ostream& operator<<(std::ostream& out, entity<Unit> const& e) {
  return out << detail::interval(e.span.begin, e.span.end) << ' ' << detail::shown(e.type);
}
template <class Unit>
std::ostream& operator<<(std::ostream& out, scored_entity<Unit> const& e) {
  return out << detail::interval(e.span.begin, e.span.end) << ' ' << detail::shown(e.type) << ' '
             << detail::shortest(static_cast<double>(e.score));
}
inline std::ostream& operator<<(std::ostream& out, named_span const& e) {
  return out << detail::interval(e.begin, e.end) << ' ' << e.type;
}
inline std::ostream& operator<<(std::ostream& out, error const& e) { return out << message(e); }
inline std::ostream& operator<<(std::ostream& out, role r) {
  constexpr std::string_view names[] = {"outside", "begin", "inside", "end", "single"};
  return out << names[static_cast<std::size_t>(r)];
}
inline std::ostream& operator<<(std::ostream& out, tag const& t) {
  out << t.role;
  return t.role == role::outside ? out : out << ' ' << t.type;
}
inline std::ostream& operator<<(std::ostream& out, violation const& v) {
  return out << "at " << v.index << ": " << kind_name(v.kind) << " (" << v.previous << ", " << v.next << ')';
}
inline std::ostream& operator<<(std::ostream& out, scheme_id id) { return out << scheme_name(id); }

// doctest shows no vectors of its own accord.
template <class Entity>
requires(detail::is_entity<Entity>) std::ostream& operator<<(std::ostream& out, std::vector<Entity> const& entities) {
  out << '{';
  std::string_view separator = "";
  for (Entity const& e : entities) {
    out << separator << e;
    separator = ", ";
  }
  return out << '}';
}

namespace detail {

struct shown_entity {
  std::size_t begin, end;
  std::string type;
  friend auto operator<=>(shown_entity const&, shown_entity const&) = default;
};

template <class Entity>
shown_entity shown_as(Entity const& e, label_set const* labels) {
  if constexpr (std::is_same_v<Entity, named_span>) {
    return {e.begin, e.end, std::string(e.type)};
  } else {
    bool const named = labels != nullptr && index(e.type) < labels->type_count();
    return {e.span.begin, e.span.end, named ? std::string(labels->type_name(e.type)) : shown(e.type)};
  }
}

template <class Expected, class Actual>
std::string describe_difference(Expected const& expected, Actual const& actual, label_set const* labels) {
  std::vector<shown_entity> wanted, found;
  for (auto const& e : expected) wanted.push_back(shown_as(e, labels));
  for (auto const& e : actual) found.push_back(shown_as(e, labels));
  std::sort(wanted.begin(), wanted.end());
  std::sort(found.begin(), found.end());
  std::string lines;
  std::size_t missing = 0;
  std::size_t unexpected = 0;
  auto line = [&](char sign, shown_entity const& e) {
    lines += std::string("\n  ") + sign + ' ' + interval(e.begin, e.end) + ' ' + e.type;
  };
  auto w = wanted.begin();
  auto f = found.begin();
  while (w != wanted.end() || f != found.end()) {
    if (f == found.end() || (w != wanted.end() && *w < *f)) {
      ++missing;
      line('-', *w++);
    } else if (w == wanted.end() || *f < *w) {
      ++unexpected;
      line('+', *f++);
    } else {
      ++w;
      ++f;
    }
  }
  if (lines.empty()) return lines;
  return std::to_string(missing) + " missing (-), " + std::to_string(unexpected) + " unexpected (+)" + lines;
}

}  // namespace detail

// What one list of entities has and the other has not, a line each in order of span and type; "" where both hold the
// same ones, in whatever order. For assertions: CHECK_MESSAGE(found == expected, describe_difference(expected, found,
// labels)). Entities may have scores, which are not compared. O(n log n).
template <class Unit>
std::string describe_difference(std::vector<entity<Unit>> const& expected, std::vector<entity<Unit>> const& actual,
                                label_set const& labels) {
  return detail::describe_difference(expected, actual, &labels);
}
template <class Unit>
std::string describe_difference(std::vector<scored_entity<Unit>> const& expected,
                                std::vector<scored_entity<Unit>> const& actual, label_set const& labels) {
  return detail::describe_difference(expected, actual, &labels);
}
template <class Unit>
std::string describe_difference(std::vector<entity<Unit>> const& expected,
                                std::vector<scored_entity<Unit>> const& actual, label_set const& labels) {
  return detail::describe_difference(expected, actual, &labels);
}
inline std::string describe_difference(std::vector<named_span> const& expected, std::vector<named_span> const& actual) {
  return detail::describe_difference(expected, actual, nullptr);
}

}  // namespace tagspan::inline TAGSPAN_ABI
