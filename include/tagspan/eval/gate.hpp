// SPDX-License-Identifier: MIT
// A bar that a report must reach, written as text: "micro.f1=0.85". What a CI job fails on.
#pragma once
#include <charconv>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include <tagspan/core/error.hpp>
#include <tagspan/eval/metrics.hpp>

namespace tagspan::inline TAGSPAN_ABI {

struct gate {
  // As in the JSON report: micro.f1, macro.recall, by_type.PER.precision, accuracy. `f1` is F-beta where the report's
  // options say so: paths stay.
  std::string path;
  double bar{};
};

struct gate_outcome {
  bool passed{};
  std::string text;  // one line, ready to print
};

namespace detail {
constexpr std::optional<double> member(prf const& f, std::string_view name) noexcept {
  if (name == "precision") return f.precision;
  if (name == "recall") return f.recall;
  if (name == "f1") return f.f1;
  if (name == "support") return static_cast<double>(f.support);
  if (name == "correct") return static_cast<double>(f.correct);
  if (name == "predicted") return static_cast<double>(f.predicted);
  return std::nullopt;
}
constexpr bool is_share(std::string_view path) noexcept {
  return path.ends_with(".precision") || path.ends_with(".recall") || path.ends_with(".f1") || path == "accuracy";
}
// The path's type: all between "by_type." and the last '.', so that a type may hold dots.
constexpr std::optional<std::string_view> type_in(std::string_view path) noexcept {
  constexpr std::string_view head = "by_type.";
  if (!path.starts_with(head)) return std::nullopt;
  std::size_t const dot = path.rfind('.');
  if (dot < head.size()) return std::nullopt;
  return path.substr(head.size(), dot - head.size());
}
// Both numbers with as few decimals (four at least) as show that they differ.
inline void append_comparison(std::string& text, double value, std::string_view relation, double bar) {
  int decimals = 4;
  while (decimals < 17 && value != bar && fixed(value, decimals) == fixed(bar, decimals)) ++decimals;  // NOLINT
  bool const told_apart = value == bar || fixed(value, decimals) != fixed(bar, decimals);
  text += told_apart ? fixed(value, decimals) : shortest(value);
  text += ' ';
  text += relation;
  text += ' ';
  text += told_apart ? fixed(bar, decimals) : shortest(bar);
}
}  // namespace detail

// Reads "PATH=NUMBER". Error: bad_gate with the position in the text where it stops making sense; a share above 1 (85
// where 0.85 is meant) is one too. Linear; allocates the path.
inline result<gate> parse_gate(std::string_view text) {
  std::size_t const equals = text.rfind('=');
  if (equals == std::string_view::npos || equals == 0) return error{errc::bad_gate, text.size(), 0};
  gate g{std::string(text.substr(0, equals)), 0};
  std::string_view const number = text.substr(equals + 1);
  auto const [end, ec] = std::from_chars(number.data(), number.data() + number.size(), g.bar);
  bool const whole = ec == std::errc() && end == number.data() + number.size() && !number.empty();
  if (!whole || !(g.bar >= 0 && g.bar <= 1e18) || (detail::is_share(g.path) && g.bar > 1)) {
    return error{errc::bad_gate, equals + 1, 0};
  }
  std::string_view const path = g.path;
  std::string_view const name = path.substr(path.rfind('.') + 1);
  bool const average = path == std::string("micro.").append(name) || path == std::string("macro.").append(name) ||
                       path == std::string("weighted.").append(name);
  bool const known = path == "accuracy" || ((average || detail::type_in(path)) && detail::member(prf{}, name));
  if (!known) return error{errc::bad_gate, 0, 0};
  return g;
}

// The figure that a path names. Errors: unknown_type for a type that occurs on neither side; bad_gate for anything else
// that the report does not have; both without a position. Logarithmic in the types.
inline result<double> figure(report const& r, std::string_view path) {
  if (path == "accuracy") return r.accuracy();
  std::string_view const name = path.substr(path.rfind('.') + 1);
  prf const* line = nullptr;
  std::string_view const owner =
      path.substr(0, path.size() - (name.size() < path.size() ? name.size() + 1 : path.size()));
  if (owner == "micro") line = &r.micro;
  if (owner == "macro") line = &r.macro;
  if (owner == "weighted") line = &r.weighted;
  if (auto const type = detail::type_in(path)) {
    line = r.find(*type);
    if (line == nullptr) return error{errc::unknown_type, 0, 0};
  }
  if (line == nullptr) return error{errc::bad_gate, 0, 0};
  auto const value = detail::member(*line, name);
  if (!value) return error{errc::bad_gate, 0, 0};
  return *value;
}

namespace detail {
// Reasons to fail whatever the figure is: a score over nothing, or over less than was given, is no score.
inline std::optional<std::string> no_score(gate const& g, report const& r) {
  if (r.rejected != 0) {
    return std::to_string(r.rejected) + (r.rejected == 1 ? " sentence was" : " sentences were") + " rejected";
  }
  if (r.micro.support == 0) return std::string("gold has no entity at all");
  if (auto const type = type_in(g.path)) {
    prf const* const line = r.find(*type);
    if (line != nullptr && line->support == 0) return "gold has no entity of type " + std::string(*type);
  }
  return std::nullopt;
}
inline gate_outcome without_score(gate const& g, std::string const& reason) {
  return {false, "FAILED: " + g.path + ", bar " + shortest(g.bar) + ": " + reason};
}
}  // namespace detail

// Does the report reach the bar? Compared as they are, not as they are printed; never where sentences were rejected or
// gold is empty. Errors as in figure().
inline result<gate_outcome> check(gate const& g, report const& r) {
  auto const value = figure(r, g.path);
  if (!value) return value.error();
  if (auto const reason = detail::no_score(g, r)) return detail::without_score(g, *reason);
  gate_outcome out{*value >= g.bar, {}};
  out.text = (out.passed ? "passed: " : "FAILED: ") + g.path + " = ";
  detail::append_comparison(out.text, *value, out.passed ? ">=" : "<", g.bar);
  return out;
}

// Has the figure dropped by no more than the gate's number since `before`? The difference of two figures is rounded, so
// a drop that is the bar but for that rounding is no more than the bar: 0.85 to 0.845 is a drop of 0.005. Never where
// sentences were rejected or gold is empty. Errors as in figure().
inline result<gate_outcome> check_drop(gate const& g, report const& r, double before) {
  auto const value = figure(r, g.path);
  if (!value) return value.error();
  if (auto const reason = detail::no_score(g, r)) return detail::without_score(g, *reason);
  double const rounding = 4e-16 * (before > 1 ? before : 1);
  double drop = before - *value;
  if (drop > g.bar && drop - g.bar <= rounding) drop = g.bar;
  gate_outcome out{drop <= g.bar, {}};
  out.text = (out.passed ? "passed: " : "FAILED: ") + g.path + " went from " + detail::shortest(before) + " to " +
             detail::shortest(*value) + ", a drop of ";
  detail::append_comparison(out.text, drop, out.passed ? "<=" : ">", g.bar);
  return out;
}

}  // namespace tagspan::inline TAGSPAN_ABI
