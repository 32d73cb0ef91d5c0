// SPDX-License-Identifier: MIT
// A corpus for the benchmarks, the same on every machine: 20 tokens a sentence, BIO over four types, about 15 % of the
// tokens inside entities, predictions that are wrong here and there.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

inline constexpr std::size_t sentence_length = 20;
inline constexpr std::string_view label_names[] = {"O",     "B-PER", "I-PER", "B-ORG", "I-ORG",
                                                   "B-LOC", "I-LOC", "B-MISC", "I-MISC"};

// splitmix64 (Steele, Lea & Flood 2014)
struct generator {
  std::uint64_t state = 1;
  std::uint64_t operator()() noexcept {
    std::uint64_t z = state += 0x9e3779b97f4a7c15U;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9U;
    z = (z ^ z >> 27) * 0x94d049bb133111ebU;
    return z ^ z >> 31;
  }
  bool chance(unsigned percent) noexcept { return (*this)() % 100 < percent; }
};

template <class Id>
struct corpus {
  std::vector<Id> gold, predicted;
  std::size_t sentences;
};

template <class Id>
corpus<Id> make_corpus(std::size_t sentences) {
  generator random;
  corpus<Id> c{{}, {}, sentences};
  c.gold.resize(sentences * sentence_length);
  for (std::size_t s = 0; s < sentences; ++s) {
    for (std::size_t i = 0; i < sentence_length;) {
      if (!random.chance(8)) {
        ++i;
        continue;
      }
      Id const begin = static_cast<Id>(1 + 2 * (random() % 4));
      std::size_t const length = 1 + random() % 3;
      for (std::size_t k = 0; k < length && i < sentence_length; ++k, ++i) {
        c.gold[s * sentence_length + i] = static_cast<Id>(k == 0 ? begin : begin + 1);
      }
    }
  }
  c.predicted = c.gold;
  for (Id& id : c.predicted) {
    if (id != 0 ? random.chance(8) : random.chance(1)) id = static_cast<Id>(random() % 9);
  }
  return c;
}

// The same as a CoNLL text of three columns.
inline std::string make_text(corpus<std::uint8_t> const& c) {
  generator random;
  std::string text;
  for (std::size_t i = 0; i < c.gold.size(); ++i) {
    std::size_t const letters = 1 + random() % 9;
    for (std::size_t k = 0; k < letters; ++k) text += static_cast<char>('a' + random() % 26);
    text += '\t';
    text += label_names[c.gold[i]];
    text += '\t';
    text += label_names[c.predicted[i]];
    text += '\n';
    if ((i + 1) % sentence_length == 0) text += '\n';
  }
  return text;
}

}  // namespace bench
