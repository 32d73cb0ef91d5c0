// SPDX-License-Identifier: MIT
// Counting and resampling, over as many threads as asked for; the answers are the same bits for any number.
#pragma once
#include "cli.hpp"
#include "documents.hpp"

#include <tagspan/eval/significance.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace cli {

struct resampling : ts::resampling_options {
  std::size_t jobs = 1;
  bool by_document = false;  // what is drawn: documents, or sentences

  // --seed, --confidence, --jobs and, where it has a meaning, --by-document.
  void add_to(CLI::App& app, bool with_by_document = true);
  // Fails where the first two were given and nothing is drawn.
  static void must_be_wanted(CLI::App const& app, bool wanted);
  std::string drawn(std::size_t count) const { return plural(count, by_document ? "document" : "sentence"); }
  std::string describe(std::size_t documents) const;  // "95 % intervals over 40 sentences, 10000 resamples, seed 1"
};

ts::counted_corpus count(comparison const& files, ts::scheme_id scheme, ts::reading reading, resampling const& how);

ts::counted_corpus count(span_corpus const& corpus);

// A note on the types that gold does not have: misspelt, as a rule, or of another label set.
void note_types_without_gold(ts::report const& report, std::string const& predicted);

// One system's counts, of tags or spans.
struct counted_system {
  ts::counted_corpus counts;
  std::string remark;  // on the scheme
};
struct counting_options {
  std::string scheme = "auto";
  ts::reading reading = ts::reading::lenient;
};
counted_system count_system(comparison::options const& o, input_options const& input, counting_options const& by,
                            std::vector<file> files, resampling const& how);

ts::bootstrap_report intervals(ts::counted_corpus const& counted, resampling how);
ts::paired_report compare(ts::document_counts const& first, ts::document_counts const& second, resampling const& how);

// Tables for people.
std::string to_text(ts::bootstrap_report const& r, resampling const& how, int digits);
std::string to_text(ts::paired_report const& r, resampling const& how, int digits);

}  // namespace cli
