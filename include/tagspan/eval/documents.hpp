// SPDX-License-Identifier: MIT
// The figures of a corpus as means over its documents, with their deviation.
#pragma once
#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include <tagspan/core/error.hpp>
#include <tagspan/core/version.hpp>
#include <tagspan/detail/math.hpp>
#include <tagspan/eval/metrics.hpp>

namespace tagspan::inline TAGSPAN_ABI {

struct mean_and_deviation {
  double mean{};
  double deviation{};  // of the sample: the divisor is n - 1; 0 for fewer than two documents
  friend bool operator==(mean_and_deviation const&, mean_and_deviation const&) = default;
};

struct document_averages {
  mean_and_deviation precision, recall, f1;
  std::size_t documents{};  // that the means run over
  std::size_t empty{};      // without any entity in gold or predicted: nothing can be said of them
  friend bool operator==(document_averages const&, document_averages const&) = default;
};

// Every document that has an entity on either side counts the same, whatever its length; its figures are those of
// figures() with these options. `counts_of(report.micro)` of a scorer of its own are the counts of a document. Over no
// documents all is `zero_division`. The order does not matter, to the last bit: what is summed is sorted first. O(n log n).
inline document_averages average_over_documents(std::span<entity_counts const> documents,
                                                metric_options const& options = {}) {
  TAGSPAN_EXPECTS(options.beta >= 0, "metric_options::beta is 0 or more");
  document_averages out;
  std::vector<double> columns[3];
  for (entity_counts const& c : documents) {
    if (c.gold == 0 && c.predicted == 0) {
      ++out.empty;
      continue;
    }
    prf const f = figures(c, options);
    columns[0].push_back(f.precision);
    columns[1].push_back(f.recall);
    columns[2].push_back(f.f1);
  }
  out.documents = columns[0].size();
  auto const summary = [&](std::vector<double>& values) -> mean_and_deviation {
    if (values.empty()) return {options.zero_division == zero_division::one ? 1.0 : 0.0, 0};
    std::sort(values.begin(), values.end());
    double sum = 0;
    for (double v : values) sum += v;
    double const n = static_cast<double>(values.size());
    // The mean of equal values is that value and not a bit beside it.
    double const mean = std::clamp(sum / n, values.front(), values.back());
    double squares = 0;
    for (double v : values) squares += (v - mean) * (v - mean);
    return {mean, values.size() < 2 ? 0 : detail::sqrt(squares / (n - 1))};
  };
  out.precision = summary(columns[0]);
  out.recall = summary(columns[1]);
  out.f1 = summary(columns[2]);
  return out;
}

}  // namespace tagspan::inline TAGSPAN_ABI
