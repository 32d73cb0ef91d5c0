// SPDX-License-Identifier: MIT
// JSON Lines of annotated texts as input of `score` and `compare`: what Prodigy, Doccano and Hugging Face datasets
// write.
#pragma once
#include "corpora.hpp"
#include "units.hpp"

#include <tagspan/text/offsets.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace cli {

// Is this file JSON Lines? By its name (.jsonl, .ndjson), or because its first line is an object.
bool holds_json_lines(file const& from);

struct input_options {
  std::string input = "auto", unit = "code_point";
  CLI::App const* command = nullptr;  // to which they were added
  void add_to(CLI::App& app);         // --input and --unit
};
// Fails where it is, and an option was given that is for tags only.
bool holds_json_lines(input_options const& o, file const& from);
// The same of files that belong together, by the first; fails where another one looks otherwise.
bool holds_json_lines(input_options const& o, std::vector<file> const& files);

struct document_options {
  std::string gold_key, predicted_key;  // the member that holds the list; "" for the one that is there
  std::string unit = "code_point";      // of the spans
};

// Documents with both sides. Spans are kept in code points, whatever the input counts, so that one gold file has one
// signature.
class span_corpus {
 public:
  // One file with both sides, or two files, whose documents are paired by their ids where both have some (then all
  // lines must), else by their order. Fails with file, line and place.
  span_corpus(std::vector<file> const& files, document_options const& o);

  struct document {
    std::string place, text;
    std::vector<ts::entity<ts::unit::code_point>> gold;
    std::vector<ts::scored_entity<ts::unit::code_point>> predicted;
    std::string form(ts::code_point_span span) const { return std::string(ts::offset_map(text).slice(span)); }
  };

  ts::label_set const& labels() const { return labels_; }
  std::size_t size() const { return documents_.size(); }
  document const& operator[](std::size_t i) const { return documents_[i]; }
  shown_document shown(std::size_t i, document const& d) const;

  // Does every predicted entity have a score, and is there any?
  bool scored() const { return scored_; }
  // The place of the first predicted entity whose score does not lie between 0 and 1; "" where there is none.
  std::string const& no_confidence() const { return no_confidence_; }

 private:
  ts::label_set labels_;
  std::vector<document> documents_;
  bool scored_ = false;
  std::string no_confidence_;
};

}  // namespace cli
