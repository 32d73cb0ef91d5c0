// SPDX-License-Identifier: MIT
// What the service counts, in Prometheus' text format. Nothing in it comes from a text but the types of entities, and
// these come from the model.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace service {

// Counts in buckets with fixed upper bounds; the last has none.
template <std::size_t N>
class histogram {
 public:
  explicit histogram(std::array<double, N> const& bounds) : bounds_(bounds) {}

  void add(double value) {
    std::size_t bucket = 0;
    while (bucket < N && value > bounds_[bucket]) ++bucket;
    counts_[bucket].fetch_add(1, std::memory_order_relaxed);
    sum_.fetch_add(value, std::memory_order_relaxed);
  }
  // Lines of one series; `labels` is "" or `type="PER"`.
  void print(std::string& out, std::string_view name, std::string_view labels) const;

 private:
  std::array<double, N> bounds_;
  std::array<std::atomic<std::uint64_t>, N + 1> counts_{};
  std::atomic<double> sum_{0};
};

using latency_histogram = histogram<12>;
using score_histogram = histogram<10>;

class metrics {
 public:
  explicit metrics(std::vector<std::string> types);

  enum class endpoint : std::uint8_t { entities, redact, other };
  void request(endpoint which, int status, double seconds);
  // A request that did not come as far as that: too large, of another method, for a path that is not there.
  void refused(endpoint which, int status);
  void entity(std::size_t type, double score);
  void below_threshold(std::size_t count) { dropped_.fetch_add(count, std::memory_order_relaxed); }
  // Seconds in the model, and in all that stands around it.
  void spent(double model, double around) {
    model_.fetch_add(model, std::memory_order_relaxed);
    around_.fetch_add(around, std::memory_order_relaxed);
  }
  void reload(bool good) { (good ? reloads_ : failed_reloads_).fetch_add(1, std::memory_order_relaxed); }

  std::string text() const;

 private:
  struct of_type {
    std::atomic<std::uint64_t> found{0};
    score_histogram scores;
    of_type();
  };

  std::vector<std::string> types_;
  std::vector<of_type> by_type_;
  std::array<std::array<std::atomic<std::uint64_t>, 6>, 3> requests_{};  // by endpoint and hundreds of the status
  latency_histogram latency_;
  std::atomic<std::uint64_t> dropped_{0}, reloads_{0}, failed_reloads_{0};
  std::atomic<double> model_{0}, around_{0};
};

}  // namespace service
