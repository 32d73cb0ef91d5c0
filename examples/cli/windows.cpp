// SPDX-License-Identifier: MIT
#include "cli.hpp"
#include "json_lines.hpp"

#include <tagspan/model/window.hpp>

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cli {

namespace {

struct windows_command {
  std::string path;
  std::optional<std::size_t> tokens;
  ts::window_options options;
};

constexpr std::size_t most_windows = 10'000'000;

std::string described(ts::error const& e, ts::window_options const& options, std::size_t tokens) {
  switch (e.code) {
    case ts::errc::overlap_too_large:
      return "an overlap of " + plural(options.overlap, "token") + " leaves no room in windows of " +
             plural(options.max_tokens, "token") + ", " + std::to_string(options.reserved) + " of them reserved";
    case ts::errc::length_mismatch:
      return std::to_string(options.never_split.size()) + " word_ids for " + plural(tokens, "token");
    case ts::errc::bad_offsets:
      return "boundaries: element " + std::to_string(e.where) + " is behind the end, or before the one before it";
    default: return ts::message(e);
  }
}

void print_plan(std::size_t tokens, ts::window_options const& options, std::string const& place) {
  std::size_t const used = options.reserved + options.overlap;
  if (options.max_tokens > used && tokens / (options.max_tokens - used) > most_windows &&
      options.max_windows > most_windows) {
    throw failure(place + "that would be more than 10 million windows; --max-windows says how many are wanted");
  }
  auto const plan = ts::plan_windows(tokens, options);
  if (!plan) throw failure(place + described(plan.error(), options, tokens));
  json windows = json::array();
  for (ts::window const& w : *plan) {
    windows.push_back(
        {{"begin", w.tokens.begin}, {"end", w.tokens.end}, {"core", json::array({w.core.begin, w.core.end})}});
  }
  json out = {{"windows", std::move(windows)}};
  if (!plan->unseen().empty()) out["unseen"] = json::array({plan->unseen().begin, plan->unseen().end});
  print_line(out);
}

std::size_t token_count(json_line const& line, json const& tokens) {
  if (tokens.is_array()) return tokens.size();
  if (!tokens.is_number_unsigned()) line.fail("tokens is neither how many there are nor a list of them");
  return tokens.get<std::size_t>();
}

void plan_line(windows_command const& o, json_line const& line) {
  ts::window_options options = o.options;
  if (!line.row.is_object()) {
    print_plan(token_count(line, line.row), options, line.place);
    return;
  }
  json const* const tokens = line.member("tokens");
  auto const word_ids = line.integers("word_ids");
  if (tokens == nullptr && line.member("word_ids") == nullptr) line.fail("there are no tokens and no word_ids");
  std::size_t const count = tokens == nullptr ? word_ids.size() : token_count(line, *tokens);
  std::vector<std::size_t> boundaries;
  if (json const* const list = line.array("boundaries")) {
    for (json const& b : *list) {
      if (!b.is_number_unsigned()) line.fail("boundaries holds what is no number from 0 on");
      boundaries.push_back(b.get<std::size_t>());
    }
  }
  // An empty list of ids is none at all to the library.
  if (line.member("word_ids") != nullptr && word_ids.empty() && count != 0) line.fail("0 word_ids for tokens");
  options.never_split = word_ids;
  options.boundaries = boundaries;
  print_plan(count, options, line.place);
}

int windows(windows_command const& o) {
  if (o.tokens.has_value() == !o.path.empty()) throw failure("windows: give a file, or --tokens");
  if (o.tokens) {
    print_plan(*o.tokens, o.options, "");
    return all_is_well;
  }
  file const from(o.path);
  for_each_json_line(from, [&](json const& row, std::string const& place) { plan_line(o, {row, place}); });
  return all_is_well;
}

}  // namespace

subcommand add_windows(CLI::App& parent) {
  CLI::App* const app = parent.add_subcommand(
      "windows",
      "How to cut documents longer than the model: JSON Lines in (how many tokens; or an object with tokens, word_ids "
      "and boundaries), and out each window and the core that it decides");
  auto const o = std::make_shared<windows_command>();
  app->add_option("file", o->path, "A document a line; '-' is stdin")->type_name("FILE");
  auto const count = [&](char const* name, auto& into, char const* help) {
    app->add_option(name, into, help)->check(whole_number);
  };
  count("--tokens", o->tokens, "Instead of a file: one document of so many tokens");
  count("--max-tokens", o->options.max_tokens, "What the model takes, special tokens included (default: 512)");
  count("--overlap", o->options.overlap, "Tokens that neighbours share, at least (default: 128)");
  count("--reserved", o->options.reserved, "Special tokens that each window gets (default: 0)");
  count("--max-windows", o->options.max_windows, "No more windows than this; what is unseen is told");
  app->add_flag_callback(
      "--from-end", [o] { o->options.direction = ts::window_direction::from_end; }, "The short window comes first");
  return {app, [o] { return windows(*o); }};
}

}  // namespace cli
