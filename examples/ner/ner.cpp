// SPDX-License-Identifier: MIT
#include "ner.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <tagspan/io/json.hpp>
#include <tagspan/text/offsets.hpp>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace ner {

namespace {

using json = nlohmann::ordered_json;
using clock = std::chrono::steady_clock;

double since(clock::time_point start) { return std::chrono::duration<double>(clock::now() - start).count(); }

ts::label_set labels_in(std::string const& path) {
  auto labels = ts::label_set_from_config_text(read_file(path));
  if (!labels) throw std::runtime_error(path + ": " + ts::message(labels.error()));
  return *std::move(labels);
}

ts::pipeline_options with_special_tokens(ts::pipeline_options options, wordpiece::tokenizer const& tokenizer) {
  options.prefix = {tokenizer.cls()};
  options.suffix = {tokenizer.sep()};
  return options;
}

// An entity's span in the unit that the reader counts in.
ts::byte_span in_unit(ts::byte_span span, std::string const& unit, ts::offset_map const& map) {
  auto const [begin, end] = std::pair(map.at<ts::unit::byte>(span.begin), map.at<ts::unit::byte>(span.end));
  if (unit == "code_point") return {begin.code_point, end.code_point};
  if (unit == "utf16") return {begin.utf16, end.utf16};
  return span;
}

json to_json(entities const& found, ts::label_set const& labels, std::string_view text, std::string const& unit) {
  ts::offset_map const map(text);
  json out = json::array();
  for (auto const& e : found) {
    auto const span = in_unit(e.span, unit, map);
    out.push_back({{"start", span.begin},
                   {"end", span.end},
                   {"type", labels.type_name(e.type)},
                   {"score", std::round(static_cast<double>(e.score) * 1000) / 1000},
                   {"text", map.slice(e.span)}});
  }
  return out;
}

// One document a line: text, or an object with "text" and perhaps "id".
bool recognise_lines(recogniser& recognise, std::istream& in, bool objects, std::string const& unit) {
  bool good = true;
  std::size_t number = 0;
  for (std::string line; std::getline(in, line);) {
    json out = {{"id", ++number}};
    try {
      std::string text = line;
      if (objects) {
        json const document = json::parse(line);
        if (document.contains("id")) out["id"] = document["id"];
        text = document.at("text").get<std::string>();
      }
      auto const found = recognise(text);
      if (!found) throw std::runtime_error(ts::message(found.error()));
      out["entities"] = to_json(*found, recognise.labels(), text, unit);
    } catch (std::exception const& e) {
      out["error"] = e.what();
      good = false;
    }
    std::cout << out.dump(-1, ' ', false, json::error_handler_t::replace) << '\n';
  }
  return good;
}

void print_times(recogniser::seconds const& s) {
  double const all = s.tokenizer + s.model + s.tagspan;
  std::fprintf(stderr, "tokenizer %.1f ms, model %.1f ms, tagspan %.1f ms: %.2f %% of %.1f ms\n", 1e3 * s.tokenizer,
               1e3 * s.model, 1e3 * s.tagspan, 100 * s.tagspan / all, 1e3 * all);
}

}  // namespace

std::string read_file(std::string const& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error(path + " cannot be read");
  return {std::istreambuf_iterator<char>(file), {}};
}

recogniser::recogniser(files const& from, ner::model model, ts::pipeline_options options)
    : tokenizer_(read_file(from.tokenizer)),
      labels_(labels_in(from.config)),
      model_(std::move(model)),
      pipeline_(labels_, with_special_tokens(std::move(options), tokenizer_)) {}

ts::result<entities> recogniser::operator()(std::string_view text) { return with(model_, text); }

ts::result<entities> recogniser::with(ner::model const& other, std::string_view text) {
  auto const start = clock::now();
  auto const tokens = tokenizer_.encode(text);
  spent_.tokenizer += since(start);
  if (!tokens) return tokens.error();

  double in_model = 0;
  auto const timed = [&](ts::window_batch const& batch) {
    auto const called = clock::now();
    auto scores = other(batch);
    in_model += since(called);
    return scores;
  };
  auto const begun = clock::now();
  auto const done = pipeline_.run_into(text, *tokens, timed, result_, workspace_);
  spent_.model += in_model;
  spent_.tagspan += since(begun) - in_model;
  if (!done) return done.error();
  return result_.entities;
}

int run(int argc, char** argv, std::string const& default_model,
        std::function<model(std::string const&)> const& load) try {
  files from{default_model, NER_MODELS "/tokenizer.json", NER_MODELS "/config.json"};
  ts::pipeline_options options{.max_tokens = 512, .overlap = 64};
  std::vector<std::string> inputs, checks, windows, scores;
  gold_options gold;
  std::string unit = "byte";
  bool objects = false;
  bool times = false;
  CLI::App app("Finds persons, organisations and places. One document a line, one JSON object a document.");
  app.add_option("FILE", inputs, "documents; standard input where none is named");
  app.add_flag("--jsonl", objects, "a line is an object with \"text\" and perhaps \"id\"");
  app.add_option("--unit", unit, "of start and end")->check(CLI::IsMember({"byte", "code_point", "utf16"}));
  app.add_option("--model", from.model);
  app.add_option("--tokenizer", from.tokenizer);
  app.add_option("--config", from.config, "config.json with id2label");
  app.add_option("--max-tokens", options.max_tokens, "of a window, [CLS] and [SEP] included");
  app.add_option("--overlap", options.overlap, "tokens that two windows share");
  app.add_option("--batch", options.max_batch, "windows at once");
  app.add_option("--min-score", options.min_score, "of an entity");
  app.add_flag("--time", times, "say where the time went");
  app.add_option("--check", checks, "compare with recorded sentences (JSON Lines)");
  app.add_option("--check-windows", windows, "compare with a recorded text in windows");
  app.add_option("--score", scores, "F1 on CoNLL files");
  app.add_option("--types", gold.types, "of --score, as person=PER,group=ORG; others are left out");
  app.add_option("--token-column", gold.token_column);
  app.add_option("--tag-column", gold.tag_column, "negative: from the last");
  CLI11_PARSE(app, argc, argv);

  recogniser recognise(from, load(from.model), options);
  bool good = true;
  for (auto const& path : checks) good = check_sentences(recognise, path) && good;
  for (auto const& path : windows) good = check_windows(recognise, path) && good;
  for (auto const& path : scores) good = score(recognise, path, gold) && good;
  for (auto const& path : inputs) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw std::runtime_error(path + " cannot be read");
    good = recognise_lines(recognise, file, objects, unit) && good;
  }
  if (inputs.empty() && checks.empty() && windows.empty() && scores.empty()) {
    good = recognise_lines(recognise, std::cin, objects, unit);
  }
  if (times) print_times(recognise.spent());
  return good ? 0 : 1;
} catch (std::exception const& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 2;
}

}  // namespace ner
