// SPDX-License-Identifier: MIT
// text/ against slow twins: over random and hostile bytes, and over random spans.
#include <tagspan/text/offsets.hpp>
#include <tagspan/text/overlap.hpp>
#include <tagspan/text/redact.hpp>
#include <tagspan/text/token_alignment.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "support/naive_text.hpp"

namespace {

namespace ts = tagspan;
using tagspan_test::decode_naively;
using tagspan_test::naive_text;
using ts::unit::byte;
using ts::unit::code_point;
using ts::unit::utf16;

class dice {
 public:
  explicit dice(std::uint64_t seed) : state_(seed) {}
  std::size_t below(std::size_t n) {
    state_ += 0x9e3779b97f4a7c15u;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return static_cast<std::size_t>((z ^ (z >> 31)) % n);
  }

 private:
  std::uint64_t state_;
};

void append(std::string& text, char32_t c) {
  if (c < 0x80) {
    text += static_cast<char>(c);
  } else if (c < 0x800) {
    text += static_cast<char>(0xC0 | c >> 6);
    text += static_cast<char>(0x80 | (c & 63));
  } else if (c < 0x10000) {
    text += static_cast<char>(0xE0 | c >> 12);
    text += static_cast<char>(0x80 | (c >> 6 & 63));
    text += static_cast<char>(0x80 | (c & 63));
  } else {
    text += static_cast<char>(0xF0 | c >> 18);
    text += static_cast<char>(0x80 | (c >> 12 & 63));
    text += static_cast<char>(0x80 | (c >> 6 & 63));
    text += static_cast<char>(0x80 | (c & 63));
  }
}

// How much of each kind of character, in percent, and how often a byte is spoilt.
struct mixture {
  std::size_t two, three, four, spoilt_per_mille;
};

std::string random_text(dice& d, std::size_t length, mixture m) {
  std::string text;
  while (text.size() < length) {
    std::size_t const kind = d.below(100);
    if (kind < m.two) {
      append(text, static_cast<char32_t>(0x80 + d.below(0x780)));
    } else if (kind < m.two + m.three) {
      char32_t const edges[] = {0x800, 0xFFF, 0x1000, 0xD7FF, 0xE000, 0xFFFD, 0xFFFF, 0x3042, 0x3000};
      append(text, d.below(3) != 0 ? static_cast<char32_t>(0x3000 + d.below(0x6000)) : edges[d.below(9)]);
    } else if (kind < m.two + m.three + m.four) {
      char32_t const edges[] = {0x10000, 0x3FFFF, 0x40000, 0xFFFFF, 0x100000, 0x10FFFF};
      append(text, d.below(3) != 0 ? static_cast<char32_t>(0x1F600 + d.below(64)) : edges[d.below(6)]);
    } else {
      append(text, static_cast<char32_t>(d.below(0x80)));
    }
  }
  // Bytes at the edges of what is allowed, where they hurt most.
  unsigned char const nasty[] = {0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2,
                                 0xDF, 0xE0, 0xED, 0xEF, 0xF0, 0xF1, 0xF4, 0xF5, 0xF8, 0xFE, 0xFF};
  for (char& c : text) {
    if (d.below(1000) < m.spoilt_per_mille) c = static_cast<char>(nasty[d.below(sizeof nasty)]);
  }
  if (m.spoilt_per_mille != 0 && !text.empty())
    text.resize(text.size() - d.below(std::min<std::size_t>(text.size(), 4)));
  return text;
}

template <class From>
void check_every_offset(ts::offset_map const& map, naive_text const& naive) {
  std::size_t const end = naive.starts.back().in<From>();
  REQUIRE(map.size_in<From>() == end);
  auto cursor = map.cursor<From>();
  std::size_t place = 0;
  bool all_good = true;
  for (std::size_t offset = 0; offset <= end; ++offset) {
    while (place + 1 < naive.starts.size() && naive.starts[place + 1].in<From>() <= offset) ++place;
    ts::text_position const below = naive.starts[place];
    bool const exact = below.in<From>() == offset;
    ts::text_position const above = exact ? below : naive.starts[place + 1];
    auto const found = map.checked_at<From>(offset);
    all_good = all_good && found.has_value() == exact;
    if (exact) {
      all_good = all_good && found.has_value() && *found == below && map.at<From>(offset) == below;
      all_good = all_good && cursor.to(offset) == below;
    } else {
      all_good = all_good && !found.has_value() && found.error() == ts::error{ts::errc::off_boundary, offset, 0};
      auto const unmoved = cursor.place();
      all_good = all_good && !cursor.checked_to(offset).has_value() && cursor.place() == unmoved;
    }
    all_good = all_good && map.checked_at<From>(offset, ts::rounding::outward).value() == below;
    all_good = all_good && map.checked_at<From>(offset, ts::rounding::inward).value() == above;
    if (!all_good) {
      CAPTURE(offset);
      REQUIRE(all_good);
    }
  }
  CHECK(map.checked_at<From>(end + 1).error() == ts::error{ts::errc::out_of_text, end + 1, 0});
  CHECK(cursor.checked_to(end + 1).error() == ts::error{ts::errc::out_of_text, end + 1, 0});
}

template <class To, class From>
void check_bulk(ts::offset_map const& map, naive_text const& naive, dice& d) {
  std::vector<ts::basic_span<From>> spans;
  std::vector<ts::basic_span<To>> expected;
  for (std::size_t i = 0; i < 200; ++i) {
    std::size_t a = d.below(naive.starts.size()), b = d.below(naive.starts.size());
    if (d.below(2) == 0) b = std::min(a + d.below(9), naive.starts.size() - 1);
    if (a > b) std::swap(a, b);
    spans.push_back({naive.starts[a].template in<From>(), naive.starts[b].template in<From>()});
  }
  if (d.below(4) != 0) std::sort(spans.begin(), spans.end());
  for (auto const& span : spans) expected.push_back(map.checked<To>(span).value());
  CHECK(map.checked_all<To>(spans).value() == expected);
  // There and back.
  CHECK(map.checked_all<From>(expected).value() == spans);
}

TEST_CASE("offsets: every offset in every unit, there and back, over random and hostile bytes") {
  mixture const mixtures[] = {{0, 0, 0, 0},    {1, 0, 0, 0},    {60, 0, 0, 0},  {0, 90, 0, 0},    {0, 0, 80, 0},
                              {20, 20, 20, 0}, {20, 20, 20, 3}, {0, 0, 0, 2},   {30, 30, 30, 50}, {10, 10, 10, 500},
                              {0, 0, 0, 1000}, {1, 1, 1, 1},    {30, 30, 40, 1}};
  dice d(1);
  std::size_t ill_formed = 0;
  for (auto const& m : mixtures) {
    for (std::size_t length :
         {0u, 1u, 2u, 3u, 4u, 7u, 31u, 254u, 255u, 256u, 257u, 258u, 259u, 260u, 511u, 512u, 513u, 1024u, 3000u}) {
      for (int round = 0; round < 6; ++round) {
        std::string text = random_text(d, length, m);
        if (round == 5) text = std::string(d.below(600), 'a') + text + std::string(d.below(600), 'z');
        naive_text const naive = decode_naively(text);
        ts::offset_map const map(text);
        CHECK(map.well_formed() == naive.well_formed);
        if (!naive.well_formed) {
          ++ill_formed;
          CHECK(map.ill_formed_at() == naive.first_ill_formed);
          CHECK(ts::offset_map::from(text).error() == ts::error{ts::errc::ill_formed_text, naive.first_ill_formed, 0});
        } else {
          CHECK(ts::offset_map::from(text).has_value());
        }
        CHECK(map.index_bytes() * 16 <= text.size());
        if (map.is_ascii()) CHECK(map.index_bytes() == 0);
        CHECK(map.size() == naive.starts.back());
        check_every_offset<byte>(map, naive);
        check_every_offset<code_point>(map, naive);
        check_every_offset<utf16>(map, naive);
        check_bulk<utf16, byte>(map, naive, d);
        check_bulk<byte, utf16>(map, naive, d);
        check_bulk<code_point, utf16>(map, naive, d);
        check_bulk<byte, code_point>(map, naive, d);
      }
    }
  }
  CHECK(ill_formed > 200);
}

TEST_CASE("offsets: each pair and triple of edge bytes across the border of two blocks") {
  unsigned char const edges[] = {0x41, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC1, 0xC2,
                                 0xE0, 0xE1, 0xED, 0xEE, 0xF0, 0xF1, 0xF4, 0xF5, 0xFF};
  for (std::size_t before = 253; before <= 256; ++before) {
    for (unsigned char a : edges) {
      for (unsigned char b : edges) {
        for (unsigned char c : edges) {
          std::string text(before, 'x');
          text[0] = '\xC3';
          text[1] = '\xA9';
          text += static_cast<char>(a);
          text += static_cast<char>(b);
          text += static_cast<char>(c);
          text.resize(300, 'y');
          naive_text const naive = decode_naively(text);
          ts::offset_map const map(text);
          bool good = map.well_formed() == naive.well_formed && map.size() == naive.starts.back();
          if (!naive.well_formed) good = good && map.ill_formed_at() == naive.first_ill_formed;
          for (std::size_t i = naive.starts.size(); good && i-- > 0 && naive.starts[i].byte > 240;) {
            good = map.at<byte>(naive.starts[i].byte) == naive.starts[i] &&
                   map.at<code_point>(naive.starts[i].code_point) == naive.starts[i] &&
                   map.at<utf16>(naive.starts[i].utf16) == naive.starts[i];
          }
          if (!good) {
            CAPTURE(before);
            CAPTURE(static_cast<int>(a));
            CAPTURE(static_cast<int>(b));
            CAPTURE(static_cast<int>(c));
            REQUIRE(good);
          }
        }
      }
    }
  }
}

// Stable, without the library's own (whose temporary buffer makes newer compilers warn).
template <class T, class Less>
void sort_stably(std::vector<T>& items, Less less) {
  for (std::size_t i = 1; i < items.size(); ++i) {
    for (std::size_t j = i; j > 0 && less(items[j], items[j - 1]); --j) std::swap(items[j], items[j - 1]);
  }
}

// ---- overlap

using found = ts::scored_entity<byte>;

std::vector<found> random_entities(dice& d, std::size_t count, std::size_t length, std::size_t types) {
  std::vector<found> entities;
  for (std::size_t i = 0; i < count; ++i) {
    std::size_t const begin = d.below(length);
    std::size_t const size = d.below(10) == 0 ? 0 : 1 + d.below(d.below(4) == 0 ? length : 5);
    float const score = static_cast<float>(static_cast<int>(d.below(12)) - 1) / 8.0f;
    entities.push_back({{begin, begin + size}, static_cast<ts::type_id>(d.below(types)), score, {begin, begin + size}});
  }
  return entities;
}

bool crosses(found const& a, found const& b) {
  return ts::overlaps(a.span, b.span) && !ts::contains(a.span, b.span) && !ts::contains(b.span, a.span);
}

// Best first, each against all that were kept: quadratic, and nothing else.
template <class Better, class Clash>
std::vector<found> greedy_twin(std::vector<found> const& in, Better better, Clash clash) {
  std::vector<std::size_t> order(in.size()), kept;
  for (std::size_t i = 0; i < in.size(); ++i) order[i] = i;
  sort_stably(order, [&](auto a, auto b) { return better(in[a], in[b]); });
  for (std::size_t i : order) {
    if (std::none_of(kept.begin(), kept.end(), [&](std::size_t k) { return clash(in[i], in[k]); })) kept.push_back(i);
  }
  std::sort(kept.begin(), kept.end());
  std::vector<found> out;
  for (std::size_t k : kept) out.push_back(in[k]);
  return out;
}

// All subsets.
std::vector<found> optimal_twin(std::vector<found> const& in) {
  std::vector<std::size_t> order(in.size());
  for (std::size_t i = 0; i < in.size(); ++i) order[i] = i;
  sort_stably(order, [&](auto a, auto b) { return in[a].span.begin < in[b].span.begin; });
  auto const free = [&](std::size_t i) {
    return std::none_of(in.begin(), in.end(),
                        [&](found const& o) { return &o != &in[i] && ts::overlaps(o.span, in[i].span); });
  };
  double best = -1;
  std::vector<bool> choice;
  for (std::size_t set = 0; set < (std::size_t{1} << in.size()); ++set) {
    std::vector<bool> taken(in.size());  // in text order
    double sum = 0;
    bool good = true;
    for (std::size_t i = 0; i < order.size() && good; ++i) {
      bool const alone = free(order[i]);
      taken[i] = alone || (set >> i & 1) != 0;
      if (alone && (set >> i & 1) != 0) good = false;  // counted once
      if (!taken[i] || alone) continue;
      sum += static_cast<double>(in[order[i]].score);
      for (std::size_t j = 0; j < i; ++j) {
        good = good && !(taken[j] && ts::overlaps(in[order[i]].span, in[order[j]].span));
      }
    }
    if (!good) continue;
    if (sum > best || (sum == best && taken > choice)) {
      best = sum;
      choice = taken;
    }
  }
  std::vector<std::size_t> kept;
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (choice[i]) kept.push_back(order[i]);
  }
  std::sort(kept.begin(), kept.end());
  std::vector<found> out;
  for (std::size_t k : kept) out.push_back(in[k]);
  return out;
}

// Joins any two that may be joined until there are none.
std::vector<found> union_twin(std::vector<found> const& in) {
  struct group {
    found entity;
    std::size_t best, first;
  };
  std::vector<group> groups;
  for (std::size_t i = 0; i < in.size(); ++i) groups.push_back({in[i], i, i});
  for (bool again = true; again;) {
    again = false;
    for (std::size_t a = 0; a < groups.size() && !again; ++a) {
      for (std::size_t b = a + 1; b < groups.size() && !again; ++b) {
        group &x = groups[a], &y = groups[b];
        if (x.entity.type != y.entity.type || !ts::overlaps(x.entity.span, y.entity.span)) continue;
        bool const y_better = y.entity.score > x.entity.score || (y.entity.score == x.entity.score && y.best < x.best);
        x.entity.span = {std::min(x.entity.span.begin, y.entity.span.begin),
                         std::max(x.entity.span.end, y.entity.span.end)};
        x.entity.tokens = {std::min(x.entity.tokens.begin, y.entity.tokens.begin),
                           std::max(x.entity.tokens.end, y.entity.tokens.end)};
        if (y_better) {
          x.entity.score = y.entity.score;
          x.best = y.best;
        }
        x.first = std::min(x.first, y.first);
        groups.erase(groups.begin() + static_cast<std::ptrdiff_t>(b));
        again = true;
      }
    }
  }
  sort_stably(groups, [](auto const& a, auto const& b) { return a.first < b.first; });
  std::vector<found> out;
  for (auto const& g : groups) out.push_back(g.entity);
  return out;
}

// Position by position.
std::vector<found> trim_twin(std::vector<found> const& in) {
  std::vector<std::size_t> order(in.size());
  for (std::size_t i = 0; i < in.size(); ++i) order[i] = i;
  sort_stably(order, [&](auto a, auto b) { return in[a].score > in[b].score; });
  std::vector<bool> taken(4096);
  std::vector<std::pair<std::size_t, found>> kept;
  for (std::size_t i : order) {
    found e = in[i];
    if (!e.span.empty()) {
      ts::byte_span best{};
      for (std::size_t a = e.span.begin; a < e.span.end;) {
        std::size_t b = a;
        while (b < e.span.end && !taken[b]) ++b;
        if (b - a > best.size()) best = {a, b};
        a = b == a ? a + 1 : b;
      }
      if (best.size() == 0) continue;
      e.span = best;
      for (std::size_t p = best.begin; p < best.end; ++p) taken[p] = true;
    }
    kept.emplace_back(i, e);
  }
  std::sort(kept.begin(), kept.end(), [](auto const& a, auto const& b) { return a.first < b.first; });
  std::vector<found> out;
  for (auto const& k : kept) out.push_back(k.second);
  return out;
}

TEST_CASE("overlap: every policy gives what its slow twin gives") {
  dice d(2);
  auto const by_score = [](found const& a, found const& b) { return a.score > b.score; };
  auto const any_overlap = [](found const& a, found const& b) { return ts::overlaps(a.span, b.span); };
  std::vector<ts::type_id> const priority{ts::type_id{2}, ts::type_id{0}};
  auto const rank = [](found const& e) { return e.type == ts::type_id{2} ? 0 : e.type == ts::type_id{0} ? 1 : 2; };
  for (int round = 0; round < 3000; ++round) {
    auto in = random_entities(d, d.below(round % 10 == 0 ? 60 : 12), 1 + d.below(round % 10 == 0 ? 80 : 30), 4);
    if (d.below(3) == 0) {
      sort_stably(in, [](auto const& a, auto const& b) { return a.span < b.span; });
    }
    CAPTURE(round);
    using enum ts::overlap_policy;
    CHECK(ts::resolve_overlaps(in, longest) ==
          greedy_twin(
              in, [](auto const& a, auto const& b) { return a.span.size() > b.span.size(); }, any_overlap));
    CHECK(ts::resolve_overlaps(in, best_score) == greedy_twin(in, by_score, any_overlap));
    CHECK(ts::resolve_overlaps(in, nested_allowed) == greedy_twin(in, by_score, [](auto const& a, auto const& b) {
            return crosses(a, b) || (a.span == b.span && !a.span.empty());
          }));
    CHECK(ts::resolve_overlaps(in, multi_label) == greedy_twin(in, by_score, [](auto const& a, auto const& b) {
            return ts::overlaps(a.span, b.span) && (a.span != b.span || a.type == b.type);
          }));
    CHECK(ts::resolve_overlaps(in, {type_priority, priority}) ==
          greedy_twin(
              in,
              [&](auto const& a, auto const& b) { return rank(a) != rank(b) ? rank(a) < rank(b) : a.score > b.score; },
              any_overlap));
    CHECK(ts::resolve_overlaps(in, union_same_type) == union_twin(in));
    CHECK(ts::resolve_overlaps(in, trim_to_higher) == trim_twin(in));
    if (in.size() <= 12) CHECK(ts::resolve_overlaps(in, optimal) == optimal_twin(in));
  }
}

// A million spans in one document, in stretches that hang together.
std::vector<found> a_million(dice& d, bool one_chain) {
  std::vector<found> entities;
  for (std::size_t i = 0; i < 1'000'000; ++i) {
    std::size_t const begin = one_chain ? i : d.below(2'000'000);
    std::size_t const size = one_chain ? 2 + d.below(3) : 1 + d.below(d.below(1000) == 0 ? 3000 : 4);
    float const score = static_cast<float>(static_cast<int>(d.below(256)) - 16) / 16.0f;  // sums are exact
    entities.push_back({{begin, begin + size}, static_cast<ts::type_id>(d.below(4)), score, {begin, begin + size}});
  }
  return entities;
}

// Is `kept` what greed keeps: no two overlap, and each that is missing overlaps a better one? (There is but one such
// set.)
template <class Better>
bool is_greedy_choice(std::vector<found> const& in, std::vector<std::size_t> const& kept, Better better) {
  std::vector<std::size_t> by_begin = kept;
  std::sort(by_begin.begin(), by_begin.end(),
            [&](std::size_t a, std::size_t b) { return in[a].span.begin < in[b].span.begin; });
  for (std::size_t k = 1; k < by_begin.size(); ++k) {
    if (in[by_begin[k]].span.begin < in[by_begin[k - 1]].span.end) return false;
  }
  for (std::size_t i = 0, next = 0; i < in.size(); ++i) {
    if (next < kept.size() && kept[next] == i) {
      ++next;
      continue;
    }
    auto at = std::partition_point(by_begin.begin(), by_begin.end(),
                                   [&](std::size_t k) { return in[k].span.end <= in[i].span.begin; });
    while (at != by_begin.end() && in[*at].span.begin < in[i].span.end && !better(*at, i)) ++at;
    if (at == by_begin.end() || in[*at].span.begin >= in[i].span.end) return false;
  }
  return true;
}

// The greatest sum of scores without overlap, by where spans end. Every span is worth 0 at least: it may be left out.
double greatest_sum(std::vector<found> const& in, std::size_t length) {
  std::vector<std::size_t> ending(length + 1), another(in.size());  // one more than the index; 0 is none
  for (std::size_t i = 0; i < in.size(); ++i) {
    another[i] = ending[in[i].span.end];
    ending[in[i].span.end] = i + 1;
  }
  std::vector<double> best(length + 1);
  for (std::size_t end = 1; end <= length; ++end) {
    best[end] = best[end - 1];
    for (std::size_t i = ending[end]; i != 0; i = another[i - 1]) {
      best[end] = std::max(best[end], best[in[i - 1].span.begin] + static_cast<double>(in[i - 1].score));
    }
  }
  return best[length];
}

// Every byte that a span of this type covers is joined to the byte before it where one span holds both.
std::vector<ts::byte_span> joined_bytes(std::vector<found> const& in, ts::type_id type, std::size_t length) {
  std::vector<int> covers(length + 2), inner(length + 2);
  for (found const& e : in) {
    if (e.type != type) continue;
    ++covers[e.span.begin];
    --covers[e.span.end];
    ++inner[e.span.begin + 1];
    --inner[e.span.end];
  }
  std::vector<ts::byte_span> out;
  int covered = 0, joined = 0;
  for (std::size_t at = 0; at <= length; ++at) {
    covered += covers[at];
    joined += inner[at];
    if (covered == 0) continue;
    if (joined == 0) out.push_back({at, at});
    out.back().end = at + 1;
  }
  return out;
}

TEST_CASE("overlap: a million spans of one document") {
  dice d(12);
  for (bool one_chain : {false, true}) {
    CAPTURE(one_chain);
    using enum ts::overlap_policy;
    constexpr std::size_t length = 2'004'000;
    auto const in = a_million(d, one_chain);
    CHECK(is_greedy_choice(in, ts::kept_indices(in, {longest}), [&](std::size_t a, std::size_t b) {
      return in[a].span.size() != in[b].span.size() ? in[a].span.size() > in[b].span.size() : a < b;
    }));
    CHECK(is_greedy_choice(in, ts::kept_indices(in, {best_score}), [&](std::size_t a, std::size_t b) {
      return in[a].score != in[b].score ? in[a].score > in[b].score : a < b;
    }));

    auto optimum = ts::resolve_overlaps(in, optimal);
    std::sort(optimum.begin(), optimum.end(), [](found const& a, found const& b) { return a.span < b.span; });
    double sum = 0;
    bool apart = true;
    for (std::size_t k = 0; k < optimum.size(); ++k) {
      apart = apart && (k == 0 || optimum[k - 1].span.end <= optimum[k].span.begin);
      sum += std::max(0.0, static_cast<double>(optimum[k].score));  // one below zero overlaps nothing
    }
    CHECK(apart);
    CHECK(sum == greatest_sum(in, length));

    auto united = ts::resolve_overlaps(in, union_same_type);
    std::sort(united.begin(), united.end(), [](found const& a, found const& b) { return a.span < b.span; });
    for (std::uint32_t type = 0; type < 4; ++type) {
      std::vector<ts::byte_span> spans;
      for (found const& e : united) {
        if (e.type == ts::type_id{type}) spans.push_back(e.span);
      }
      CHECK((spans == joined_bytes(in, ts::type_id{type}, length)));
    }
  }
}

// ---- redaction

ts::byte_span widened(ts::byte_span span, std::vector<ts::masked_span> const& masks,
                      ts::byte_span ts::masked_span::*side) {
  for (auto const& m : masks) {
    ts::byte_span const mask = m.*side;
    if (mask.begin < span.begin && span.begin < mask.end) span.begin = mask.begin;
    if (mask.begin < span.end && span.end < mask.end) span.end = mask.end;
  }
  return span;
}

TEST_CASE("redact: no covered byte survives, every other one does, and the map inverts") {
  dice d(3);
  std::size_t overlapping = 0;
  for (int round = 0; round < 1500; ++round) {
    bool const spoilt = round % 5 == 0;
    std::string text = random_text(d, d.below(60), {20, 20, 20, spoilt ? 200u : 0u});
    for (char& c : text) {
      if (c == '<' || c == '>') c = '.';
    }
    auto const naive = decode_naively(text);
    std::vector<found> entities;
    bool const off_boundaries = round % 3 == 0;
    for (std::size_t i = d.below(9); i > 0; --i) {
      std::size_t a, b;
      if (off_boundaries) {
        a = d.below(text.size() + 1);
        b = std::min(text.size(), a + d.below(8));
      } else {
        a = d.below(naive.starts.size());
        b = std::min(naive.starts.size() - 1, a + d.below(6));
        a = naive.starts[a].byte;
        b = naive.starts[b].byte;
      }
      entities.push_back({{a, b}, static_cast<ts::type_id>(d.below(3)), static_cast<float>(d.below(4)), {}});
    }
    std::vector<std::string> const replacements{"<>", "<12345678>", "<x>"};
    auto const result = ts::redact_with(
        text, entities, [&](ts::masked_span const& m, std::string_view) { return replacements[ts::index(m.type)]; },
        off_boundaries ? ts::rounding::outward : ts::rounding::error);
    REQUIRE(result.has_value());

    // Which byte is covered, and whether it hangs together with the one before it, byte by byte.
    std::vector<bool> covered(text.size() + 1), joined(text.size() + 1);
    for (auto const& e : entities) {
      if (e.span.empty()) continue;
      std::size_t begin = 0, end = text.size();
      for (auto const& s : naive.starts) {
        if (s.byte <= e.span.begin) begin = s.byte;
      }
      for (auto s = naive.starts.rbegin(); s != naive.starts.rend(); ++s) {
        if (s->byte >= e.span.end) end = s->byte;
      }
      for (std::size_t i = begin; i < end; ++i) {
        covered[i] = true;
        if (i > begin) joined[i] = true;
      }
    }
    std::string expected;
    std::vector<ts::byte_span> expected_masks;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (!covered[i]) {
        expected += text[i];
      } else if (!joined[i]) {
        std::size_t end = i + 1;
        while (end < text.size() && covered[end] && joined[end]) ++end;
        expected_masks.push_back({i, end});
        std::size_t best = entities.size();
        std::size_t members = 0;
        for (std::size_t k = 0; k < entities.size(); ++k) {
          if (entities[k].span.empty() || !ts::overlaps(entities[k].span, ts::byte_span{i, end})) continue;
          ++members;
          if (best == entities.size() || entities[k].score > entities[best].score) best = k;
        }
        overlapping += members > 1;
        REQUIRE(best < entities.size());
        expected += replacements[ts::index(entities[best].type)];
      }
    }
    CHECK(result->text() == expected);
    REQUIRE(result->masks().size() == expected_masks.size());
    for (std::size_t k = 0; k < expected_masks.size(); ++k) {
      auto const& m = result->masks()[k];
      CHECK(m.before == expected_masks[k]);
      CHECK(result->text().substr(m.after.begin, m.after.size()) == replacements[ts::index(m.type)]);
    }

    bool good = true;
    auto const& masks = result->masks();
    for (std::size_t a = 0; a <= text.size(); ++a) {
      for (std::size_t b = a; b <= text.size(); ++b) {
        auto const there = result->to_new({a, b});
        good = good && there.begin <= there.end && there.end <= result->text().size();
        good = good && result->to_old(there) == widened({a, b}, masks, &ts::masked_span::before);
        if (widened({a, b}, masks, &ts::masked_span::before) == ts::byte_span{a, b}) {
          bool free = true;
          for (std::size_t i = a; i < b; ++i) free = free && !covered[i];
          if (free) good = good && text.substr(a, b - a) == result->text().substr(there.begin, there.size());
        }
      }
    }
    for (std::size_t a = 0; a <= result->text().size(); ++a) {
      for (std::size_t b = a; b <= result->text().size(); ++b) {
        good = good && result->to_new(result->to_old({a, b})) == widened({a, b}, masks, &ts::masked_span::after);
      }
    }
    CHECK(good);
  }
  CHECK(overlapping > 300);
}

// ---- tokens

std::vector<std::string> random_tokens(dice& d, std::string const& characters) {
  std::vector<std::string> tokens(1);
  for (char c : characters) {
    if (d.below(3) == 0) tokens.emplace_back();
    if (d.below(5) == 0) tokens.back() += ' ';
    tokens.back() += d.below(6) == 0 && c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  }
  if (d.below(3) == 0) tokens.emplace_back("  ");
  return tokens;
}

std::vector<std::pair<char, std::size_t>> letters_of(std::vector<std::string> const& tokens) {
  std::vector<std::pair<char, std::size_t>> letters;
  for (std::size_t t = 0; t < tokens.size(); ++t) {
    for (char c : tokens[t]) {
      if (c != ' ') letters.emplace_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c, t);
    }
  }
  return letters;
}

TEST_CASE("align_tokens: tokens share what they share; the differing form keeps a longest common subsequence") {
  dice d(4);
  for (int round = 0; round < 1500; ++round) {
    std::string characters;
    for (std::size_t i = d.below(25); i > 0; --i) characters += static_cast<char>('a' + d.below(3));
    auto const a = random_tokens(d, characters), b = random_tokens(d, characters);
    auto const of_a = letters_of(a), of_b = letters_of(b);
    auto const map = ts::align_tokens(a, b).value();
    auto const twin = [&](std::size_t i, std::size_t j) {
      for (std::size_t k = 0; k < of_a.size(); ++k) {
        if (of_a[k].second == i && of_b[k].second == j) return true;
      }
      return false;
    };
    bool good = map.a_size() == a.size() && map.b_size() == b.size();
    for (std::size_t i = 0; i < a.size(); ++i) {
      for (std::size_t j = 0; j < b.size(); ++j) {
        auto const to = map.a_to_b(i), from = map.b_to_a(j);
        bool const shared = twin(i, j);
        good = good && (std::find(to.begin(), to.end(), j) != to.end()) == shared;
        good = good && (std::find(from.begin(), from.end(), i) != from.end()) == shared;
      }
    }
    CHECK(good);

    // Entities: by which letters they hold.
    for (std::size_t begin = 0; begin < a.size(); ++begin) {
      for (std::size_t end = begin + 1; end <= a.size(); ++end) {
        std::vector<ts::token_entity> const one{{{begin, end}, {}}};
        std::size_t touched = 0, whole = 0;
        bool exact = true;
        for (std::size_t j = 0; j < b.size(); ++j) {
          bool some = false, all = true;
          for (std::size_t k = 0; k < of_b.size(); ++k) {
            if (of_b[k].second != j) continue;
            bool const inside = begin <= of_a[k].second && of_a[k].second < end;
            some = some || inside;
            all = all && inside;
          }
          touched += some;
          whole += some && all;
          exact = exact && (!some || all);
        }
        exact = exact && touched != 0;
        auto const strict = ts::move_entities(one, map).value();
        auto const contract = ts::move_entities(one, map, ts::alignment::contract).value();
        auto const expand = ts::move_entities(one, map, ts::alignment::expand).value();
        CHECK(strict.entities.size() == (exact ? 1u : 0u));
        CHECK(contract.entities.size() == (whole != 0 ? 1u : 0u));
        CHECK(expand.entities.size() == (touched != 0 ? 1u : 0u));
        CHECK(strict.misaligned.size() == (exact ? 0u : 1u));
        CHECK(contract.misaligned == strict.misaligned);
        CHECK(expand.misaligned == strict.misaligned);
        if (exact) CHECK(strict.entities == expand.entities);
      }
    }

    // Another text: the number of letters kept is that of the classic table.
    std::string other = characters;
    for (std::size_t edits = d.below(6); edits > 0; --edits) {
      std::size_t const at = d.below(other.size() + 1);
      if (d.below(2) == 0) {
        other.insert(at, 1, static_cast<char>('a' + d.below(4)));
      } else if (at < other.size()) {
        other.erase(at, 1);
      }
    }
    std::vector<char> const x(characters.begin(), characters.end()), y(other.begin(), other.end());
    std::vector<std::vector<std::size_t>> table(x.size() + 1, std::vector<std::size_t>(y.size() + 1));
    for (std::size_t i = x.size(); i-- > 0;) {
      for (std::size_t j = y.size(); j-- > 0;) {
        table[i][j] = x[i] == y[j] ? table[i + 1][j + 1] + 1 : std::max(table[i + 1][j], table[i][j + 1]);
      }
    }
    std::vector<std::pair<std::size_t, std::size_t>> matches;
    auto const same = [](char p, char q) { return p == q; };
    auto const match = [&](std::size_t i, std::size_t j) { matches.emplace_back(i, j); };
    ts::detail::shortest_edit<char, decltype(same), decltype(match)>(x, y, same, match);
    CHECK(matches.size() == table[0][0]);
    for (std::size_t k = 0; k < matches.size(); ++k) {
      CHECK(x[matches[k].first] == y[matches[k].second]);
      if (k != 0) CHECK((matches[k - 1].first < matches[k].first && matches[k - 1].second < matches[k].second));
    }
    auto const differing = ts::align_differing_tokens(a, random_tokens(d, other));
    CHECK(differing.a_size() == a.size());
  }
}

TEST_CASE("token_map: the quick answers are the slow ones") {
  dice d(5);
  for (int round = 0; round < 2000; ++round) {
    std::vector<ts::byte_span> offsets;
    ts::byte_span last{};
    for (std::size_t i = d.below(12); i > 0; --i) {
      if (d.below(4) == 0) {
        offsets.push_back({});  // a special token, anywhere
        continue;
      }
      if (last.empty() || d.below(4) != 0) {
        std::size_t const begin = last.end + d.below(3);
        last = {begin, begin + 1 + d.below(3)};
      }  // else the same characters again
      offsets.push_back(last);
    }
    auto const map = ts::token_map<byte>::from(offsets).value();
    for (std::size_t at = 0; at < last.end + 3; ++at) {
      CHECK(map.token_at(at) == ts::token_at(offsets, at));
      for (std::size_t end = at; end < last.end + 3; ++end) {
        for (auto mode : {ts::alignment::strict, ts::alignment::contract, ts::alignment::expand}) {
          CHECK(map.tokens_of({at, end}, mode) == ts::char_span(offsets, ts::byte_span{at, end}, mode));
        }
      }
    }
  }
}

}  // namespace
