// SPDX-License-Identifier: MIT
// Opt-in: the proof, at compile time, that a scheme can be trusted. For one's own schemes:
//   static_assert(ts::is_sound<my_scheme>);
#pragma once
#include <cstddef>
#include <cstdint>

#include <tagspan/tags/entities.hpp>
#include <tagspan/tags/scheme.hpp>

namespace tagspan::inline TAGSPAN_ABI {

namespace detail {

// Every way to lay entities of two types on up to `longest` tokens is written in S and read back, leniently and
// strictly. Layouts in which two entities of one type touch are left out where S cannot write them so that reading
// keeps them apart (io). `legal` counts, by the table alone, the sequences that validate: if the layouts are written
// differently and are as many as the legal sequences, then exactly the written ones are legal.
template <tag_scheme S>
class soundness {
 public:
  static constexpr std::size_t longest = 4;

  static consteval bool holds() {
    for (std::size_t length = 0; length <= longest; ++length) {
      soundness s;
      s.length_ = length;
      s.lay(0, 0);
      if (!s.sound_ || s.layouts_ != legal(length)) return false;
    }
    return true;
  }

 private:
  struct piece {
    std::size_t begin, end;
    int type;
  };

  constexpr void lay(std::size_t from, std::size_t count) {
    if (from == length_) {
      check(count);
      return;
    }
    lay(from + 1, count);
    for (std::size_t end = from + 1; end <= length_; ++end) {
      for (int type = 0; type < 2; ++type) {
        pieces_[count] = {from, end, type};
        lay(end, count + 1);
      }
    }
  }

  constexpr void check(std::size_t count) {
    role written[longest] = {};
    int types[longest] = {};
    for (std::size_t k = 0; k < count; ++k) {
      piece const& p = pieces_[k];
      bool const after = k > 0 && pieces_[k - 1].end == p.begin && pieces_[k - 1].type == p.type;
      bool const before = k + 1 < count && pieces_[k + 1].begin == p.end && pieces_[k + 1].type == p.type;
      for (std::size_t i = p.begin; i < p.end; ++i) {
        written[i] = S::table.write({i == p.begin, i + 1 == p.end, after, before});
        types[i] = p.type;
      }
      if (after && !splits(reading::lenient, written[p.begin - 1], written[p.begin])) return;
    }
    ++layouts_;
    for (std::size_t i = 0; i <= length_; ++i) {
      role const previous = i == 0 ? role::outside : written[i - 1];
      role const next = i == length_ ? role::outside : written[i];
      bool const same = i > 0 && i < length_ && types[i - 1] == types[i];
      sound_ = sound_ && S::table.allows(previous, next, same);
    }
    for (reading rule : {reading::lenient, reading::strict}) {
      std::size_t read = 0;
      auto sink = [&](std::size_t begin, std::size_t end, int type) {
        sound_ = sound_ && read < count && pieces_[read].begin == begin && pieces_[read].end == end &&
                 pieces_[read].type == type;
        ++read;
      };
      entity_reader<int> reader(rule, &S::table);
      for (std::size_t i = 0; i < length_; ++i) reader.step(i, written[i], types[i], sink);
      reader.finish(sink);
      sound_ = sound_ && read == count;
    }
  }

  // Paths of `length` steps through the nine tags of two types, from outside to outside.
  static consteval std::uint64_t legal(std::size_t length) {
    constexpr std::size_t tags = 1 + 2 * (role_count - 1);
    std::uint64_t ways[tags] = {1};
    auto role_at = [](std::size_t tag) { return tag == 0 ? role::outside : static_cast<role>(1 + (tag - 1) % 4); };
    auto same = [](std::size_t a, std::size_t b) { return (a - 1) / 4 == (b - 1) / 4; };
    for (std::size_t step = 0; step < length; ++step) {
      std::uint64_t next[tags] = {};
      for (std::size_t a = 0; a < tags; ++a) {
        for (std::size_t b = 0; b < tags; ++b) {
          if (S::table.allows(role_at(a), role_at(b), a != 0 && b != 0 && same(a, b))) next[b] += ways[a];
        }
      }
      for (std::size_t b = 0; b < tags; ++b) ways[b] = next[b];
    }
    std::uint64_t total = 0;
    for (std::size_t a = 0; a < tags; ++a) {
      if (S::table.allows(role_at(a), role::outside, false)) total += ways[a];
    }
    return total;
  }

  piece pieces_[longest + 1] = {};
  std::size_t length_ = 0;
  std::uint64_t layouts_ = 0;
  bool sound_ = true;
};

}  // namespace detail

// Over all layouts of entities of two types on up to four tokens: reading what S wrote gives the same entities (where S
// can tell touching ones of one type apart), and exactly the sequences that S writes validate.
template <tag_scheme S>
inline constexpr bool is_sound = detail::soundness<S>::holds();

}  // namespace tagspan::inline TAGSPAN_ABI
