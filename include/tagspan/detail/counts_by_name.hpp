// SPDX-License-Identifier: MIT
// Counts by the name of a type, so that those who number their types differently can be added up.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include <tagspan/core/span.hpp>
#include <tagspan/core/version.hpp>
#include <tagspan/detail/string_pool.hpp>

namespace tagspan::inline TAGSPAN_ABI::detail {

template <class Counts>
class counts_by_name {
 public:
  // Makes room for the types of this label set, which may have grown since the last call and is always the same one.
  template <class Labels>
  void learn(Labels const& labels) {
    while (numbers_.size() < labels.type_count()) {
      numbers_.push_back(number_of(labels.type_name(type_id{static_cast<std::uint32_t>(numbers_.size())})));
    }
  }

  Counts& operator[](type_id type) { return counts_[numbers_[index(type)]]; }

  // Linear; `other` may be this very object.
  void add(counts_by_name const& other) {
    for (std::size_t i = 0, count = other.counts_.size(); i < count; ++i) {
      std::size_t const own = number_of(other.names_[i]);
      counts_[own] += Counts(other.counts_[i]);
    }
  }

  // f(name, counts), by the bytes of the names.
  template <class F>
  void for_each(F&& f) const {
    std::vector<std::size_t> order(counts_.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return names_[a] < names_[b]; });
    for (std::size_t i : order) f(names_[i], counts_[i]);
  }

 private:
  std::size_t number_of(std::string_view name) {
    std::size_t const number = names_.add(name);
    if (number == counts_.size()) counts_.emplace_back();
    return number;
  }

  string_pool names_;
  std::vector<Counts> counts_;         // by the pool's number
  std::vector<std::size_t> numbers_;   // by type id
};

}  // namespace tagspan::inline TAGSPAN_ABI::detail
