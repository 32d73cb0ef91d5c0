// SPDX-License-Identifier: MIT
#include "ner.hpp"

#include <nlohmann/json.hpp>

#include <tagspan/io/json.hpp>
#include <tagspan/text/offsets.hpp>

#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <stdexcept>
#include <system_error>
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

constexpr char const* usage =
    R"(Finds persons, organisations and places: a document a line in, a JSON object a document out.
ner [OPTION VALUE]... [FILE]...      standard input where no file is named
  --jsonl                            a line is an object with "text" and perhaps "id"
  --unit byte|code_point|utf16       of start and end
  --model F, --tokenizer F, --config F
  --max-tokens N, --overlap N        of a window, [CLS] and [SEP] included; what two windows share
  --batch N                          windows at once
  --min-score X                      of an entity
  --time                             says where the time went
  --check F, --check-windows F       compare with what was recorded
  --score F                          F1 on a CoNLL file, with
    --types person=PER,group=ORG     its names for the model's types; others are left out
    --token-column N, --tag-column N negative: from the last
)";

struct settings {
  files from;
  ts::pipeline_options options{.max_tokens = 512, .overlap = 64};
  std::vector<std::string> inputs, checks, windows, scores;
  gold_options gold;
  std::string unit = "byte";
  bool objects = false, times = false, help = false;
};

template <class T>
T number(std::string const& text) {
  T value{};
  auto const [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc() || end != text.data() + text.size()) throw std::runtime_error(text + " is no number here");
  return value;
}

settings settings_in(std::vector<std::string> const& arguments, std::string const& default_model) {
  settings s;
  s.from = {default_model, NER_MODELS "/tokenizer.json", NER_MODELS "/config.json"};
  std::map<std::string, std::function<void(std::string const&)>> const with_value = {
      {"--unit", [&](auto const& v) { s.unit = v; }},
      {"--model", [&](auto const& v) { s.from.model = v; }},
      {"--tokenizer", [&](auto const& v) { s.from.tokenizer = v; }},
      {"--config", [&](auto const& v) { s.from.config = v; }},
      {"--max-tokens", [&](auto const& v) { s.options.max_tokens = number<std::size_t>(v); }},
      {"--overlap", [&](auto const& v) { s.options.overlap = number<std::size_t>(v); }},
      {"--batch", [&](auto const& v) { s.options.max_batch = number<std::size_t>(v); }},
      {"--min-score", [&](auto const& v) { s.options.min_score = number<float>(v); }},
      {"--check", [&](auto const& v) { s.checks.push_back(v); }},
      {"--check-windows", [&](auto const& v) { s.windows.push_back(v); }},
      {"--score", [&](auto const& v) { s.scores.push_back(v); }},
      {"--types", [&](auto const& v) { s.gold.types = v; }},
      {"--token-column", [&](auto const& v) { s.gold.token_column = number<int>(v); }},
      {"--tag-column", [&](auto const& v) { s.gold.tag_column = number<int>(v); }}};
  std::map<std::string, bool*> const flags = {{"--jsonl", &s.objects}, {"--time", &s.times}, {"--help", &s.help}};
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    std::string const& argument = arguments[i];
    if (auto const flag = flags.find(argument); flag != flags.end()) {
      *flag->second = true;
    } else if (auto const option = with_value.find(argument); option != with_value.end()) {
      if (++i == arguments.size()) throw std::runtime_error(argument + " needs a value");
      option->second(arguments[i]);
    } else if (argument.starts_with("--")) {
      throw std::runtime_error(argument + " is no option; see --help");
    } else {
      s.inputs.push_back(argument);
    }
  }
  if (s.unit != "byte" && s.unit != "code_point" && s.unit != "utf16")
    throw std::runtime_error("no unit is called " + s.unit);
  return s;
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
  settings const s = settings_in({argv + 1, argv + argc}, default_model);
  if (s.help) {
    std::fputs(usage, stdout);
    return 0;
  }
  recogniser recognise(s.from, load(s.from.model), s.options);
  bool good = true;
  for (auto const& path : s.checks) good = check_sentences(recognise, path) && good;
  for (auto const& path : s.windows) good = check_windows(recognise, path) && good;
  for (auto const& path : s.scores) good = score(recognise, path, s.gold) && good;
  for (auto const& path : s.inputs) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw std::runtime_error(path + " cannot be read");
    good = recognise_lines(recognise, file, s.objects, s.unit) && good;
  }
  if (s.inputs.empty() && s.checks.empty() && s.windows.empty() && s.scores.empty()) {
    good = recognise_lines(recognise, std::cin, s.objects, s.unit);
  }
  if (s.times) print_times(recognise.spent());
  return good ? 0 : 1;
} catch (std::exception const& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 2;
}

}  // namespace ner
