// SPDX-License-Identifier: MIT
#include "metrics.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>

namespace service {

namespace {

constexpr std::array<double, 12> seconds = {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5};
constexpr std::array<double, 10> tenths = {0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0};
constexpr std::string_view endpoint_names[] = {"/entities", "/redact", "other"};

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.9g", value);
  return text;
}

std::string escaped(std::string_view value) {
  std::string out;
  for (char c : value) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out;
}

void head(std::string& out, std::string_view name, std::string_view kind, std::string_view help) {
  out.append("# HELP ").append(name).append(" ").append(help).append("\n# TYPE ").append(name).append(" ").append(kind).append("\n");
}
void sample(std::string& out, std::string_view name, std::string_view labels, std::string const& value) {
  out.append(name);
  if (!labels.empty()) out.append("{").append(labels).append("}");
  out.append(" ").append(value).append("\n");
}

}  // namespace

template <std::size_t N>
void histogram<N>::print(std::string& out, std::string_view name, std::string_view labels) const {
  std::string const comma = labels.empty() ? "" : std::string(labels) + ',';
  std::string const full(name);
  std::uint64_t total = 0;
  for (std::size_t k = 0; k <= N; ++k) {
    total += counts_[k].load(std::memory_order_relaxed);
    sample(out, full + "_bucket", comma + "le=\"" + (k < N ? number(bounds_[k]) : "+Inf") + '"', std::to_string(total));
  }
  sample(out, full + "_sum", labels, number(sum_.load(std::memory_order_relaxed)));
  sample(out, full + "_count", labels, std::to_string(total));
}

metrics::of_type::of_type() : scores(tenths) {}

metrics::metrics(std::vector<std::string> types) : types_(std::move(types)), by_type_(types_.size()), latency_(seconds) {}

void metrics::request(endpoint which, int status, double took) {
  refused(which, status);
  latency_.add(took);
}

void metrics::refused(endpoint which, int status) {
  std::size_t const hundreds = std::clamp<std::size_t>(static_cast<std::size_t>(status) / 100, 0, 5);
  requests_[static_cast<std::size_t>(which)][hundreds].fetch_add(1, std::memory_order_relaxed);
}

void metrics::entity(std::size_t type, double score) {
  by_type_[type].found.fetch_add(1, std::memory_order_relaxed);
  by_type_[type].scores.add(score);
}

std::string metrics::text() const {
  std::string out;
  head(out, "ner_requests_total", "counter",
       "Requests by endpoint and class of their status; other: what was refused elsewhere.");
  for (std::size_t e = 0; e < requests_.size(); ++e) {
    for (std::size_t k = 1; k < requests_[e].size(); ++k) {
      std::uint64_t const n = requests_[e][k].load(std::memory_order_relaxed);
      if (n == 0) continue;
      sample(out, "ner_requests_total",
             "endpoint=\"" + std::string(endpoint_names[e]) + "\",status=\"" + std::to_string(k) + "xx\"", std::to_string(n));
    }
  }
  head(out, "ner_entities_total", "counter", "Entities found, by type.");
  for (std::size_t t = 0; t < types_.size(); ++t) {
    sample(out, "ner_entities_total", "type=\"" + escaped(types_[t]) + '"',
           std::to_string(by_type_[t].found.load(std::memory_order_relaxed)));
  }
  head(out, "ner_entities_below_threshold_total", "counter", "Entities left out because of their score.");
  sample(out, "ner_entities_below_threshold_total", "", std::to_string(dropped_.load(std::memory_order_relaxed)));
  head(out, "ner_request_seconds", "histogram", "Time to answer.");
  latency_.print(out, "ner_request_seconds", "");
  head(out, "ner_entity_score", "histogram", "Scores of entities that were found: a shift is drift.");
  for (std::size_t t = 0; t < types_.size(); ++t) {
    by_type_[t].scores.print(out, "ner_entity_score", "type=\"" + escaped(types_[t]) + '"');
  }
  head(out, "ner_model_seconds_total", "counter", "Time in the model.");
  sample(out, "ner_model_seconds_total", "", number(model_.load(std::memory_order_relaxed)));
  head(out, "ner_around_model_seconds_total", "counter", "Time in windows, merging, decoding and redaction.");
  sample(out, "ner_around_model_seconds_total", "", number(around_.load(std::memory_order_relaxed)));
  head(out, "ner_config_reloads_total", "counter", "Reloads of the config.");
  sample(out, "ner_config_reloads_total", "result=\"good\"", std::to_string(reloads_.load(std::memory_order_relaxed)));
  sample(out, "ner_config_reloads_total", "result=\"failed\"", std::to_string(failed_reloads_.load(std::memory_order_relaxed)));
  return out;
}

}  // namespace service
