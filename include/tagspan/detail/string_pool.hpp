// SPDX-License-Identifier: MIT
// Numbered strings: each distinct string is kept once, has a dense number, and never moves.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <tagspan/core/version.hpp>

namespace tagspan::inline TAGSPAN_ABI::detail {

constexpr std::uint64_t mix(std::uint64_t x) noexcept {  // the finaliser of splitmix64 (Steele, Lea & Flood 2014)
  x ^= x >> 30;
  x *= 0xbf58476d1ce4e5b9U;
  x ^= x >> 27;
  x *= 0x94d049bb133111ebU;
  return x ^ x >> 31;
}

// The same value on every platform: bytes are put together by hand, not read as words.
inline std::uint64_t hash_bytes(std::string_view text) noexcept {
  std::uint64_t hash = mix(text.size() + 0x9e3779b97f4a7c15U);
  std::size_t i = 0;
  for (; i < text.size(); i += 8) {
    std::uint64_t word = 0;
    std::size_t const count = text.size() - i < 8 ? text.size() - i : 8;
    for (std::size_t k = 0; k < count; ++k) {
      word |= static_cast<std::uint64_t>(static_cast<unsigned char>(text[i + k])) << (8 * k);
    }
    hash = mix(hash ^ word);
  }
  return hash;
}

class string_pool {
 public:
  string_pool() = default;
  string_pool(string_pool&&) noexcept = default;
  string_pool& operator=(string_pool&&) noexcept = default;
  // A copy owns its strings: its views must not point into the original.
  string_pool(string_pool const& other) {
    strings_.reserve(other.size());
    for (std::string_view s : other.strings_) add(s);
  }
  string_pool& operator=(string_pool const& other) {
    if (this != &other) *this = string_pool(other);
    return *this;
  }
  ~string_pool() = default;

  std::size_t size() const noexcept { return strings_.size(); }
  std::string_view operator[](std::size_t index) const { return strings_[index]; }

  std::optional<std::size_t> find(std::string_view text) const noexcept {
    if (slots_.empty()) return std::nullopt;
    std::uint32_t const number = slots_[slot_of(text)];
    if (number == 0) return std::nullopt;
    return number - 1;
  }

  // The number of `text`, which is added where it is new.
  std::size_t add(std::string_view text) {
    if (2 * (size() + 1) > slots_.size()) rehash(slots_.empty() ? 16 : 2 * slots_.size());
    std::size_t const slot = slot_of(text);
    if (slots_[slot] != 0) return slots_[slot] - 1;
    strings_.push_back(keep(text));
    slots_[slot] = static_cast<std::uint32_t>(size());
    return size() - 1;
  }

  // Forgets all but the first `count` strings, and gives their bytes back: what is tried and undone again and again
  // must not add up.
  void truncate(std::size_t count) {
    if (count >= size()) return;
    for (std::size_t i = size(); i-- > count;) {  // the last string kept is the last one in the last block
      if (strings_[i].empty()) continue;
      std::vector<char>& block = blocks_.back();
      block.resize(block.size() - strings_[i].size());
      if (block.empty()) blocks_.pop_back();
    }
    strings_.resize(count);
    rehash(slots_.size());
  }

 private:
  std::size_t slot_of(std::string_view text) const noexcept {
    std::size_t const mask = slots_.size() - 1;
    std::size_t slot = static_cast<std::size_t>(hash_bytes(text)) & mask;
    while (slots_[slot] != 0 && strings_[slots_[slot] - 1] != text) slot = (slot + 1) & mask;
    return slot;
  }

  void rehash(std::size_t slots) {
    slots_.assign(slots, 0);
    for (std::size_t i = 0; i < size(); ++i) slots_[slot_of(strings_[i])] = static_cast<std::uint32_t>(i + 1);
  }

  // A block is filled up to what was reserved and never grows, so its bytes stay where they are; moving the outer
  // vector moves the blocks' handles only.
  std::string_view keep(std::string_view text) {
    if (text.empty()) return {};
    if (blocks_.empty() || blocks_.back().capacity() - blocks_.back().size() < text.size()) {
      std::size_t const wanted = text.size() < 1024 ? 4096 : text.size();
      blocks_.emplace_back().reserve(wanted);
    }
    std::vector<char>& block = blocks_.back();
    std::size_t const at = block.size();
    block.insert(block.end(), text.begin(), text.end());
    return {block.data() + at, text.size()};
  }

  std::vector<std::vector<char>> blocks_;
  std::vector<std::string_view> strings_;
  std::vector<std::uint32_t> slots_;  // number + 1, or 0 where free; a power of two of them
};

}  // namespace tagspan::inline TAGSPAN_ABI::detail
