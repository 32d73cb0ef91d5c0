// SPDX-License-Identifier: MIT
// A small tagger: words become numbers here, and tagger.cpp has the network in LibTorch, whose headers nobody else
// sees.
#pragma once
#include <tagspan/core/error.hpp>
#include <tagspan/core/span.hpp>
#include <tagspan/model/align.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "../wordpiece/wordpiece.hpp"

namespace tagger {

namespace ts = tagspan;

// ---- words become pieces

// What the model is given of one sentence, [CLS] in front and [SEP] behind it.
struct encoded {
  std::vector<std::int64_t> pieces;             // numbers of the vocabulary
  std::vector<std::int32_t> word_ids;           // -1 for [CLS] and [SEP]
  std::vector<ts::token_span> offsets;          // {word, word + 1}: entities are counted in words
  std::vector<std::int64_t> shapes;             // by word
  std::vector<std::vector<std::int64_t>> runs;  // by word: hashes of its runs of letters
};

// The pieces that training met; what it did not meet is one unknown piece.
class vocabulary {
 public:
  static constexpr std::int64_t padding = 0, unknown = 1, cls = 2, sep = 3, first = 4;
  static constexpr std::int64_t shapes = 7, runs = 8192;

  explicit vocabulary(wordpiece::tokenizer const& tokenizer, std::span<std::int64_t const> known = {})
      : tokenizer_(&tokenizer) {
    for (std::int64_t id : known) add(id);
  }

  // Learns the pieces of these words.
  void learn(std::span<std::string const> words) {
    for (std::string const& word : words) {
      for (std::int64_t id : pieces_of(word)) add(id);
    }
  }
  // The tokenizer's ids, in the order of our numbers: what config.json keeps.
  std::vector<std::int64_t> const& known() const { return known_; }
  std::int64_t size() const { return first + static_cast<std::int64_t>(known_.size()); }

  encoded encode(std::span<std::string const> words) const {
    encoded out;
    auto const put = [&](std::int64_t piece, std::int32_t word, ts::token_span offset) {
      out.pieces.push_back(piece);
      out.word_ids.push_back(word);
      out.offsets.push_back(offset);
    };
    put(cls, -1, {});
    for (std::size_t w = 0; w < words.size(); ++w) {
      auto const ids = pieces_of(words[w]);
      for (std::int64_t id : ids) {
        auto const at = numbers_.find(id);
        put(at == numbers_.end() ? unknown : at->second, static_cast<std::int32_t>(w), {w, w + 1});
      }
      if (ids.empty()) put(unknown, static_cast<std::int32_t>(w), {w, w + 1});  // nothing but control characters
      out.shapes.push_back(shape_of(words[w]));
      out.runs.push_back(runs_of(words[w]));
    }
    put(sep, -1, {});
    return out;
  }

 private:
  void add(std::int64_t id) {
    if (numbers_.emplace(id, size()).second) known_.push_back(id);
  }
  std::vector<std::int64_t> pieces_of(std::string const& word) const {
    auto encoding = tokenizer_->encode(word);
    if (!encoding) throw std::runtime_error("'" + word + "': " + ts::message(encoding.error()));
    return std::move(encoding->ids);
  }

  // 1 lower case, 2 a capital, 3 capitals only, 4 digits only, 5 digits and letters, 6 anything else; ASCII is all it
  // knows.
  static std::int64_t shape_of(std::string_view word) {
    bool upper = false, lower = false, digit = false, other = false;
    for (char const c : word) {
      if (c >= 'A' && c <= 'Z')
        upper = true;
      else if (c >= '0' && c <= '9')
        digit = true;
      else if ((c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80)
        lower = true;
      else
        other = true;
    }
    if (digit) return upper || lower ? 5 : 4;
    if (upper) return lower ? 2 : 3;
    return lower ? 1 : other ? 6 : 0;
  }

  // Runs of three and four bytes of "<word>" in lower case, hashed (Bojanowski et al. 2017).
  static std::vector<std::int64_t> runs_of(std::string_view word) {
    std::string marked = "<";
    for (char const c : word) marked += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    marked += '>';
    std::vector<std::int64_t> out;
    for (std::size_t length : {std::size_t{3}, std::size_t{4}}) {
      for (std::size_t i = 0; i + length <= marked.size(); ++i) {
        std::uint32_t hash = 0x811c9dc5U;
        for (char const c : marked.substr(i, length)) hash = (hash ^ static_cast<unsigned char>(c)) * 0x01000193U;
        out.push_back(static_cast<std::int64_t>((hash ^ (hash >> 15)) % static_cast<std::uint32_t>(runs)));
      }
    }
    return out;
  }

  wordpiece::tokenizer const* tokenizer_;
  std::vector<std::int64_t> known_;
  std::unordered_map<std::int64_t, std::int64_t> numbers_;
};

// ---- the network

enum class loss : std::uint8_t { cross_entropy, weighted, focal, crf };

class network {
 public:
  static constexpr ts::label_id ignored = -100;  // positions with this label have no part in a loss

  network(std::int64_t vocabulary_size, std::size_t labels, std::uint64_t seed);
  network(network&&) noexcept;
  network& operator=(network&&) noexcept;
  ~network();

  // One step of Adam on a batch. `labels`: a row a sentence, as long as the longest; `weights`: one a label, for
  // loss::weighted. Answers the loss before the step.
  double step(std::span<encoded const* const> sentences, ts::label_batch& labels, loss kind,
              std::span<double const> weights, double rate);

  // Pieces × labels of each sentence, whatever batch it is in.
  std::vector<std::vector<float>> logits(std::span<encoded const> sentences);

  // Of the CRF layer, labels × labels and one a label, as viterbi_options has them; zeros where none was trained.
  std::span<float const> transitions() const;
  std::span<float const> start() const;
  std::span<float const> end() const;
  std::size_t labels() const;

  void save(std::string const& path) const;
  void load(std::string const& path);

 private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

// On how many threads LibTorch works.
void set_threads(int count);

}  // namespace tagger
