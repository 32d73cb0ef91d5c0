// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <tagspan/tags/labels.hpp>

namespace tagspan_test {

// splitmix64: the same numbers everywhere.
class random_numbers {
 public:
  explicit random_numbers(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15U;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9U;
    z = (z ^ z >> 27) * 0x94d049bb133111ebU;
    return z ^ z >> 31;
  }
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(next() % n); }
  bool one_in(std::size_t n) { return below(n) == 0; }

 private:
  std::uint64_t state_;
};

// Random entities of `types` types without overlaps, often touching.
inline std::vector<tagspan::token_entity> random_entities(random_numbers& random, std::size_t length,
                                                          std::size_t types) {
  std::vector<tagspan::token_entity> out;
  for (std::size_t i = 0; i < length;) {
    if (random.one_in(3)) {
      ++i;
      continue;
    }
    std::size_t end = i + 1 + random.below(3);
    if (end > length) end = length;
    out.push_back({{i, end}, tagspan::type_id{static_cast<std::uint32_t>(random.below(types))}});
    i = end;
  }
  return out;
}

inline bool some_touch(std::vector<tagspan::token_entity> const& entities) {
  for (std::size_t k = 1; k < entities.size(); ++k) {
    if (entities[k - 1].span.end == entities[k].span.begin && entities[k - 1].type == entities[k].type) return true;
  }
  return false;
}

// All roles of three types, O in the middle.
inline tagspan::label_set every_label() {
  return tagspan::label_set::from_id2label(
             {"B-X", "I-X", "E-X", "S-X", "O", "B-Y", "I-Y", "E-Y", "S-Y", "B-Z", "I-Z", "E-Z", "S-Z"})
      .value();
}

}  // namespace tagspan_test
