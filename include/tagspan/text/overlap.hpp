// SPDX-License-Identifier: MIT
// Spans that overlap, made into spans that do not (or only as allowed). Touching is not overlapping, and an empty span
// overlaps nothing.
#pragma once
#include <algorithm>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include <tagspan/core/error.hpp>
#include <tagspan/core/span.hpp>
#include <tagspan/core/version.hpp>

namespace tagspan::inline TAGSPAN_ABI {

// Which of the spans that overlap are kept. The first six keep or drop; the last two change spans.
// A score that is missing counts as 1, one that is not a number as the lowest. Ties go to what comes first in the
// input.
enum class overlap_policy : std::uint8_t {
  longest,     // the longest first; each is kept that overlaps none kept before. O(n log n)
  best_score,  // the same, the highest score first. O(n log n)
  optimal,  // the set without overlap that has the greatest sum of scores (weighted interval scheduling), added as
            // double. Of two such sets the one that keeps the earlier-beginning span where they first differ. A span
            // that overlaps nothing is kept whatever its score is; of overlapping ones a negative one is never kept.
            // O(n log n)
  nested_allowed,  // as best_score, but spans may lie one within another; equal spans may not. O(n log n)
  multi_label,     // as best_score, but equal spans may be kept under several types, once each. O(n log n + n k) with k
                   // types kept on one span
  type_priority,   // as best_score, but the type that comes earlier in overlap_options::priority wins whatever the
                   // scores are; types that are not listed come last. O(n log n)
  union_same_type,  // overlapping spans of one type become one span, whose score is that of its best member. Spans of
                    // different types do not touch each other. O(n log n)
  trim_to_higher,   // the higher score keeps its span; of the lower one the longest piece that is left (of equal pieces
                    // the first) is kept, or it is dropped. O((n + k) log n) with k pairs that overlap
};

struct overlap_options {
  overlap_policy policy = overlap_policy::longest;
  std::span<type_id const> priority{};  // for type_priority, the most important first; a view
};

// What the algorithms know of an item.
struct overlap_key {
  std::size_t begin{}, end{};
  type_id type{};
  float score = 1;
};

// One survivor: which item it was (of several that were united the best scored one), and its span now.
struct kept_span {
  std::size_t index{}, begin{}, end{};
  friend constexpr bool operator==(kept_span const&, kept_span const&) = default;
};

// How the algorithms see entities, and anything that has the members `span` and perhaps `type` and `score`.
struct overlap_key_of {
  template <class E>
  constexpr overlap_key operator()(E const& e) const {
    overlap_key key{e.span.begin, e.span.end, type_id{}, 1.0f};
    if constexpr (requires { key.type = e.type; }) key.type = e.type;
    if constexpr (requires { static_cast<float>(e.score); }) key.score = static_cast<float>(e.score);
    return key;
  }
};

namespace detail {

struct overlap_item {
  std::size_t begin, end;
  std::size_t index;  // in the input
  float score;        // a number
  type_id type;
  std::uint32_t rank;  // of the type, for type_priority
};

// A set of numbers below n that finds neighbours: a bit for each number, a bit for each word of bits, and so on.
class neighbour_set {
 public:
  explicit constexpr neighbour_set(std::size_t n) {
    do {
      n = (n + 63) / 64;
      levels_.emplace_back(n == 0 ? 1 : n);
    } while (n > 1);
  }

  constexpr void insert(std::size_t i) noexcept {
    for (auto& level : levels_) {
      level[i / 64] |= std::uint64_t{1} << (i % 64);
      i /= 64;
    }
  }
  constexpr bool contains(std::size_t i) const noexcept { return (levels_[0][i / 64] >> (i % 64) & 1) != 0; }

  static constexpr std::size_t none = static_cast<std::size_t>(-1);

  // The greatest member below i, or the least one from i on.
  constexpr std::size_t before(std::size_t i) const noexcept {
    for (std::size_t l = 0; l < levels_.size(); ++l) {
      std::uint64_t const here =
          i / 64 < levels_[l].size() ? levels_[l][i / 64] & ((std::uint64_t{1} << (i % 64)) - 1) : 0;
      i /= 64;
      if (here == 0) continue;
      i = i * 64 + 63 - static_cast<std::size_t>(std::countl_zero(here));
      while (l-- > 0) i = i * 64 + 63 - static_cast<std::size_t>(std::countl_zero(levels_[l][i]));
      return i;
    }
    return none;
  }
  constexpr std::size_t from(std::size_t i) const noexcept {
    for (std::size_t l = 0; l < levels_.size(); ++l) {
      if (i / 64 >= levels_[l].size()) return none;
      std::uint64_t const here = levels_[l][i / 64] & (~std::uint64_t{0} << (i % 64));
      if (here != 0) {
        i = i / 64 * 64 + static_cast<std::size_t>(std::countr_zero(here));
        while (l-- > 0) i = i * 64 + static_cast<std::size_t>(std::countr_zero(levels_[l][i]));
        return i;
      }
      i = i / 64 + 1;
    }
    return none;
  }

 private:
  std::vector<std::vector<std::uint64_t>> levels_;
};

// The greatest value over ranges of positions, and the last position before one at which a value is exceeded.
class max_tree {
 public:
  explicit constexpr max_tree(std::size_t n) : size_(std::bit_ceil(n == 0 ? 1 : n)), nodes_(2 * size_) {}

  constexpr void raise(std::size_t i, std::size_t value) noexcept {
    for (i += size_; i != 0 && nodes_[i] < value; i /= 2) nodes_[i] = value;
  }
  constexpr std::size_t max(std::size_t begin, std::size_t end) const noexcept {
    std::size_t largest = 0;
    for (begin += size_, end += size_; begin < end; begin /= 2, end /= 2) {
      if (begin % 2 != 0) largest = std::max(largest, nodes_[begin++]);
      if (end % 2 != 0) largest = std::max(largest, nodes_[--end]);
    }
    return largest;
  }
  // The value at the last position below `end` where it is greater than `bound`; 0 where there is none.
  constexpr std::size_t last_above(std::size_t end, std::size_t bound) const noexcept {
    std::size_t i = end < size_ ? end + size_ : 1;
    if (i == 1 && nodes_[1] <= bound) return 0;
    for (; i > 1; i /= 2) {  // up, until a left neighbour holds one
      if (i % 2 != 0 && nodes_[i - 1] > bound) {
        --i;
        break;
      }
    }
    if (i == 1 && end < size_) return 0;
    while (i < size_) i = nodes_[2 * i + 1] > bound ? 2 * i + 1 : 2 * i;
    return nodes_[i];
  }

 private:
  std::size_t size_;
  std::vector<std::size_t> nodes_;
};

// Items in the order (begin, end downwards, input), which is that of the text: what lies within comes later.
constexpr bool in_text_order(overlap_item const& a, overlap_item const& b) noexcept {
  if (a.begin != b.begin) return a.begin < b.begin;
  if (a.end != b.end) return a.end > b.end;
  return a.index < b.index;
}

// Items are in text order from here on; `keep` gets a flag for each.

// Calls f(first, last) for each run of items that hang together by overlapping.
template <class F>
constexpr void for_each_cluster(std::vector<overlap_item> const& items, F&& f) {
  for (std::size_t first = 0; first < items.size();) {
    std::size_t last = first + 1, reach = items[first].end;
    while (last < items.size() && items[last].begin < reach) {
      reach = std::max(reach, items[last].end);
      ++last;
    }
    f(first, last);
    first = last;
  }
}

// A position of an item, and what it is sorted by: less is better, and of equals what comes first in the input.
struct ranked_item {
  std::uint64_t key;
  std::size_t index, position;
};

// Orders as scores do, the other way round.
constexpr std::uint32_t falling(float score) noexcept {
  auto const bits = std::bit_cast<std::uint32_t>(score + 0.0f);  // there is one zero
  return (bits >> 31) != 0 ? bits : ~bits & 0x7FFFFFFF;
}

// The positions of items[first, last), best first. An item alone needs no order, so only clusters are sorted.
template <class Key>
constexpr void order_cluster(std::vector<overlap_item> const& items, std::size_t first, std::size_t last, Key key_of,
                             std::vector<ranked_item>& order) {
  order.clear();
  for (std::size_t i = first; i < last; ++i) order.push_back({key_of(items[i]), items[i].index, i});
  std::sort(order.begin(), order.end(), [](ranked_item const& a, ranked_item const& b) {
    return a.key != b.key ? a.key < b.key : a.index < b.index;
  });
}

// Greedy, without overlap; `equal_spans` lets equal spans of different types through.
template <class Key>
constexpr void keep_greedily(std::vector<overlap_item> const& items, Key key_of, bool equal_spans,
                             std::vector<bool>& keep) {
  neighbour_set kept(items.size());
  std::vector<ranked_item> order;
  for_each_cluster(items, [&](std::size_t first, std::size_t last) {
    if (last - first == 1) {
      keep[first] = true;
      return;
    }
    order_cluster(items, first, last, key_of, order);
    for (ranked_item const& ranked : order) {
      std::size_t const i = ranked.position;
      overlap_item const& item = items[i];
      std::size_t left = kept.before(i), right = kept.from(i);
      // What was kept does not overlap, but for equal spans, which are neighbours in text order.
      auto const is_equal = [&](std::size_t j) {
        return j != neighbour_set::none && items[j].begin == item.begin && items[j].end == item.end;
      };
      if (equal_spans && (is_equal(left) || is_equal(right))) {
        bool new_type = true;
        for (; new_type && is_equal(left); left = kept.before(left)) new_type = items[left].type != item.type;
        for (; new_type && is_equal(right); right = kept.from(right + 1)) new_type = items[right].type != item.type;
        if (!new_type) continue;
      } else if ((left != neighbour_set::none && items[left].end > item.begin) ||
                 (right != neighbour_set::none && items[right].begin < item.end)) {
        continue;
      }
      keep[i] = true;
      kept.insert(i);
    }
  });
}

// Greedy; what is kept is a forest. Of two spans that cross, one begins within the other and ends behind it. Kept spans
// that hold a place lie one within another, so the innermost that begins before `begin` and ends behind it is the only
// one that matters there.
constexpr void keep_nested(std::vector<overlap_item> const& items, std::vector<bool>& keep) {
  max_tree ends(items.size());
  neighbour_set kept(items.size());
  std::vector<std::size_t> same(items.size());  // the first that begins where this one does
  for (std::size_t i = 1; i < items.size(); ++i) same[i] = items[i].begin == items[i - 1].begin ? same[i - 1] : i;
  std::vector<ranked_item> order;
  for_each_cluster(items, [&](std::size_t first, std::size_t last) {
    order_cluster(
        items, first, last, [](overlap_item const& item) { return falling(item.score); }, order);
    for (ranked_item const& ranked : order) {
      std::size_t const i = ranked.position;
      overlap_item const& item = items[i];
      // Equal spans are neighbours in text order, and what crosses is most often a neighbour too.
      auto const clashes = [&](std::size_t j) {
        if (j == neighbour_set::none) return false;
        overlap_item const& other = items[j];
        if (other.begin < item.begin) return item.begin < other.end && other.end < item.end;
        if (other.begin > item.begin) return other.begin < item.end && item.end < other.end;
        return other.end == item.end;
      };
      if (clashes(kept.before(i)) || clashes(kept.from(i))) continue;
      // The first of the cluster, from `from` on, that begins at `place` or later: it is near.
      auto const begins_at = [&](std::size_t place, std::size_t from) {
        std::size_t step = 1;
        while (from + step < last && items[from + step].begin < place) step *= 2;
        auto const begin = items.begin() + static_cast<std::ptrdiff_t>(from);
        return static_cast<std::size_t>(
            std::partition_point(begin, begin + static_cast<std::ptrdiff_t>(std::min(step, last - from)),
                                 [&](auto const& x) { return x.begin < place; }) -
            items.begin());
      };
      std::size_t const behind = begins_at(item.begin + 1, i), beyond = begins_at(item.end, behind);
      std::size_t const around = ends.last_above(same[i], item.begin);
      if (around != 0 && around < item.end) continue;
      if (ends.max(behind, beyond) > item.end) continue;
      keep[i] = true;
      kept.insert(i);
      ends.raise(i, item.end);
    }
  });
}

constexpr void keep_optimal(std::vector<overlap_item> const& items, std::vector<bool>& keep) {
  std::vector<double> best;       // best[i]: the greatest sum from item i of the cluster on
  std::vector<std::size_t> next;  // the first item that does not overlap item i
  for_each_cluster(items, [&](std::size_t first, std::size_t last) {
    std::size_t const n = last - first;
    if (n == 1) {
      keep[first] = true;
      return;
    }
    auto const begin = items.begin() + static_cast<std::ptrdiff_t>(first);
    best.assign(n + 1, 0);
    next.assign(n, 0);
    // Among those that begin together the input decides, so they are taken in that order.
    std::vector<std::size_t> order(n);
    for (std::size_t i = 0; i < n; ++i) order[i] = i;
    for (std::size_t a = 0; a < n;) {
      std::size_t b = a + 1;
      while (b < n && begin[static_cast<std::ptrdiff_t>(b)].begin == begin[static_cast<std::ptrdiff_t>(a)].begin) ++b;
      std::sort(order.begin() + static_cast<std::ptrdiff_t>(a), order.begin() + static_cast<std::ptrdiff_t>(b),
                [&](std::size_t x, std::size_t y) { return items[first + x].index < items[first + y].index; });
      a = b;
    }
    for (std::size_t i = n; i-- > 0;) {
      overlap_item const& item = items[first + order[i]];
      next[i] = static_cast<std::size_t>(std::partition_point(begin + static_cast<std::ptrdiff_t>(i),
                                                              begin + static_cast<std::ptrdiff_t>(n),
                                                              [&](auto const& x) { return x.begin < item.end; }) -
                                         begin);
      best[i] = std::max(best[i + 1], static_cast<double>(item.score) + best[next[i]]);
    }
    for (std::size_t i = 0; i < n;) {
      overlap_item const& item = items[first + order[i]];
      // What is lost in a sum, beside one far greater, is not worth keeping for that: -1e-20 + 1 is 1, -1 + inf is inf.
      if (item.score >= 0 && static_cast<double>(item.score) + best[next[i]] == best[i]) {
        keep[first + order[i]] = true;
        i = next[i];
      } else {
        ++i;
      }
    }
  });
}

// Items in any order. Puts one span for each group of overlapping items of one type into `out`, which holds the empty
// spans already, and the position of its span in `out` for each element of the input into `group_of`.
constexpr void unite(std::vector<overlap_item>& items, std::vector<kept_span>& out,
                     std::vector<std::size_t>& group_of) {
  struct united {
    kept_span span;
    float score;        // of the best member, which span.index names
    std::size_t first;  // the member that comes first in the input
  };
  std::sort(items.begin(), items.end(), [](overlap_item const& a, overlap_item const& b) {
    return a.type != b.type ? a.type < b.type : in_text_order(a, b);
  });
  std::vector<united> groups;
  for (auto const& alone : out) {
    group_of[alone.index] = groups.size();
    groups.push_back({alone, 0, alone.index});
  }
  for (std::size_t i = 0; i < items.size(); ++i) {
    overlap_item const& item = items[i];
    if (i == 0 || items[i - 1].type != item.type || item.begin >= groups.back().span.end) {
      groups.push_back({{item.index, item.begin, item.end}, item.score, item.index});
    }
    united& group = groups.back();
    if (item.score > group.score || (item.score == group.score && item.index < group.span.index)) {
      group.score = item.score;
      group.span.index = item.index;
    }
    group.span.end = std::max(group.span.end, item.end);
    group.first = std::min(group.first, item.index);
    group_of[item.index] = groups.size() - 1;
  }
  std::vector<std::size_t> order(groups.size()), place(groups.size());
  for (std::size_t g = 0; g < order.size(); ++g) order[g] = g;
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return groups[a].first < groups[b].first; });
  out.clear();
  for (std::size_t g : order) {
    place[g] = out.size();
    out.push_back(groups[g].span);
  }
  for (auto& group : group_of) group = place[group];
}

constexpr void trim_all(std::vector<overlap_item>& items, std::vector<kept_span>& out) {
  std::vector<std::size_t> places;  // where a span may begin or end
  places.reserve(2 * items.size());
  for (auto const& item : items) {
    places.push_back(item.begin);
    places.push_back(item.end);
  }
  std::sort(places.begin(), places.end());
  places.erase(std::unique(places.begin(), places.end()), places.end());
  auto const number_of = [&](std::size_t place) {
    return static_cast<std::size_t>(std::lower_bound(places.begin(), places.end(), place) - places.begin());
  };
  std::sort(items.begin(), items.end(), [](overlap_item const& a, overlap_item const& b) {
    return a.score != b.score ? a.score > b.score : a.index < b.index;
  });
  neighbour_set kept(places.size());               // where kept spans begin
  std::vector<std::size_t> end_of(places.size());  // and where these end
  for (auto const& item : items) {
    std::size_t const first = number_of(item.begin);
    std::size_t begin = item.begin, best_begin = 0, best_end = 0;
    auto const offer = [&](std::size_t end) {
      if (begin < end && end - begin > best_end - best_begin) {
        best_begin = begin;
        best_end = end;
      }
    };
    if (std::size_t const left = kept.before(first); left != neighbour_set::none) begin = std::max(begin, end_of[left]);
    for (std::size_t k = kept.from(first); k != neighbour_set::none && places[k] < item.end; k = kept.from(k + 1)) {
      offer(places[k]);
      begin = std::max(begin, end_of[k]);
    }
    offer(item.end);
    if (best_begin == best_end) continue;
    std::size_t const number = number_of(best_begin);
    kept.insert(number);
    end_of[number] = best_end;
    out.push_back({item.index, best_begin, best_end});
  }
}

template <class R, class Projection>
constexpr std::vector<kept_span> resolve(R const& range, overlap_options const& options, Projection& projection,
                                         std::vector<std::size_t>* group_of) {
  using enum overlap_policy;
  std::vector<std::pair<type_id, std::uint32_t>> ranks;
  if (options.policy == type_priority) {
    for (type_id type : options.priority) ranks.emplace_back(type, static_cast<std::uint32_t>(ranks.size()));
    std::sort(ranks.begin(), ranks.end());
  }
  auto const rank_of = [&](type_id type) {
    auto const found =
        std::lower_bound(ranks.begin(), ranks.end(), type, [](auto const& r, type_id t) { return r.first < t; });
    return found != ranks.end() && found->first == type ? found->second : static_cast<std::uint32_t>(-1);
  };
  std::vector<overlap_item> items;
  std::vector<kept_span> out;
  if constexpr (requires { range.size(); }) items.reserve(static_cast<std::size_t>(range.size()));
  std::size_t count = 0;
  bool in_order = true;
  for (auto const& element : range) {
    overlap_key const key = projection(element);
    std::size_t const index = count++;
    if (key.begin >= key.end) {
      out.push_back({index, key.begin, key.end});
      continue;
    }
    constexpr float lowest = -std::numeric_limits<float>::infinity();
    items.push_back(
        {key.begin, key.end, index, key.score == key.score ? key.score : lowest, key.type, rank_of(key.type)});
    in_order = in_order && (items.size() == 1 || in_text_order(items[items.size() - 2], items.back()));
  }
  if (options.policy == union_same_type) {
    std::vector<std::size_t> groups(count);
    unite(items, out, groups);
    if (group_of != nullptr) *group_of = std::move(groups);
    return out;
  }
  if (options.policy == trim_to_higher) {
    trim_all(items, out);
  } else {
    if (!in_order) std::sort(items.begin(), items.end(), in_text_order);
    std::vector<bool> keep(items.size());
    auto const by_score = [](overlap_item const& item) { return falling(item.score); };
    switch (options.policy) {
      case longest:
        keep_greedily(
            items, [](overlap_item const& item) { return ~static_cast<std::uint64_t>(item.end - item.begin); }, false,
            keep);
        break;
      case best_score: keep_greedily(items, by_score, false, keep); break;
      case multi_label: keep_greedily(items, by_score, true, keep); break;
      case type_priority:
        keep_greedily(
            items, [](overlap_item const& item) { return std::uint64_t{item.rank} << 32 | falling(item.score); }, false,
            keep);
        break;
      case optimal: keep_optimal(items, keep); break;
      case nested_allowed: keep_nested(items, keep); break;
      case union_same_type:
      case trim_to_higher: break;
    }
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (keep[i]) out.push_back({items[i].index, items[i].begin, items[i].end});
    }
  }
  auto const in_input_order = [](kept_span const& a, kept_span const& b) { return a.index < b.index; };
  if (!std::is_sorted(out.begin(), out.end(), in_input_order)) std::sort(out.begin(), out.end(), in_input_order);
  return out;
}

}  // namespace detail

// The survivors of a range of anything: projection(element) gives an overlap_key, and need not be called twice. They
// stand in the order of the input (united ones where their first member stood), which makes every policy stable. The
// result depends on nothing but values and order of the input. Allocates; complexity at overlap_policy.
template <class R, class Projection = overlap_key_of>
constexpr std::vector<kept_span> resolve_spans(R const& range, overlap_options options, Projection projection = {}) {
  return detail::resolve(range, options, projection, nullptr);
}

// Only the indices, ascending. Contract: the policy keeps spans as they are, so neither union_same_type nor
// trim_to_higher.
template <class R, class Projection = overlap_key_of>
constexpr std::vector<std::size_t> kept_indices(R const& range, overlap_options options, Projection projection = {}) {
  TAGSPAN_EXPECTS(options.policy != overlap_policy::union_same_type && options.policy != overlap_policy::trim_to_higher,
                  "a policy that changes spans cannot be told by indices; take resolve_spans()");
  std::vector<std::size_t> indices;
  for (auto const& kept : detail::resolve(range, options, projection, nullptr)) indices.push_back(kept.index);
  return indices;
}

// Entities without the overlaps that the policy does not allow, in the order of the input. An entity without a score
// counts as 1. United entities have the span and the tokens of all their members, and what else the best one has; a
// trimmed one keeps its tokens, those of the whole entity.
template <class Entity>
constexpr std::vector<Entity> resolve_overlaps(std::vector<Entity> const& entities, overlap_options options) {
  overlap_key_of projection;
  std::vector<std::size_t> group_of;
  auto const kept = detail::resolve(entities, options, projection, &group_of);
  std::vector<Entity> out;
  out.reserve(kept.size());
  for (auto const& k : kept) {
    out.push_back(entities[k.index]);
    out.back().span.begin = k.begin;
    out.back().span.end = k.end;
  }
  if constexpr (requires(Entity e) { token_span{e.tokens}; }) {
    for (std::size_t i = 0; i < group_of.size(); ++i) {
      token_span& all = out[group_of[i]].tokens;
      all.begin = std::min(all.begin, entities[i].tokens.begin);
      all.end = std::max(all.end, entities[i].tokens.end);
    }
  }
  return out;
}
template <class Entity>
constexpr std::vector<Entity> resolve_overlaps(std::vector<Entity> const& entities, overlap_policy policy) {
  return resolve_overlaps(entities, overlap_options{policy, {}});
}

}  // namespace tagspan::inline TAGSPAN_ABI
