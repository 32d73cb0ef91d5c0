// SPDX-License-Identifier: MIT
#include "cli.hpp"

#include <nlohmann/json.hpp>

#include <memory>

namespace cli {

namespace {

struct spans_options : file_options {
  std::string path, tag_column = "-1", scheme = "auto", format = "text";
  ts::reading reading = ts::reading::lenient;
};

int spans(spans_options const& o) {
  file const from(o.path);
  ts::label_set labels = o.labels();
  auto const corpus = read(from, labels, o, {o.tag_column});
  auto const scheme = choose_scheme(o.scheme, labels, corpus);
  for (std::size_t i = 0; i < corpus.size(); ++i) {
    std::size_t const start = corpus.sentence(i).begin;
    for (ts::token_entity const& e : entities(scheme.id, corpus.tags_of(i), labels, o.reading)) {
      std::string words;
      for (std::string_view token : corpus.tokens_of(i).subspan(e.span.begin, e.span.size())) {
        words.append(words.empty() ? "" : " ").append(token);
      }
      std::string const type(labels.type_name(e.type));
      std::size_t const line = corpus.lines()[start + e.span.begin];
      if (o.format == "jsonl") {
        nlohmann::ordered_json const row = {{"line", line},      {"sentence", i}, {"begin", e.span.begin},
                                            {"end", e.span.end}, {"type", type},  {"text", words}};
        print(row.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + '\n');
      } else {
        std::string row = std::to_string(line) + '\t' + std::to_string(i) + '\t' + std::to_string(e.span.begin) + '\t' +
                          std::to_string(e.span.end) + '\t' + type + '\t' + words + '\n';
        print(row);
      }
    }
  }
  return all_is_well;
}

}  // namespace

subcommand add_spans(CLI::App& parent) {
  CLI::App* const app = parent.add_subcommand(
      "spans",
      "The entities of a file, one a line: line in the file, sentence, begin, end, type, text (all but lines from 0)");
  auto const o = std::make_shared<spans_options>();
  app->add_option("file", o->path, "A CoNLL file; '-' is stdin")->type_name("FILE")->required();
  add_column(*app, "--tag-column", o->tag_column, "The column of the tags (default: the last)");
  o->add_to(*app);
  add_scheme(*app, "--scheme", o->scheme, "The tag scheme, by which strict reading goes");
  add_reading(*app, o->reading);
  app->add_option("--format", o->format, "text (default), parted by tabs, or jsonl")
      ->check(CLI::IsMember({"text", "jsonl"}));
  return {app, [o] { return spans(*o); }};
}

}  // namespace cli
