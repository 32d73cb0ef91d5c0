// SPDX-License-Identifier: MIT
// Windows over random and hostile input.
#include <tagspan/model/stream.hpp>
#include <tagspan/model/window.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include <tagspan/tags/entities.hpp>

#include "property/random.hpp"
#include "support/words.hpp"

namespace ts = tagspan;
using tagspan_test::random_numbers;

namespace {

using enum ts::window_direction;

struct document {
  std::size_t tokens;
  std::vector<std::int32_t> words;
  std::vector<std::size_t> boundaries;
  ts::window_options options;
  // The options hold views of the vectors, which keep their places when the document moves.
};

document random_document(random_numbers& random, bool words, bool boundaries) {
  document d;
  d.tokens = random.below(120);
  d.options.reserved = random.below(3);
  std::size_t const room = 1 + random.below(40);
  d.options.max_tokens = room + d.options.reserved;
  d.options.overlap = random.below(room);
  d.options.direction = random.one_in(2) ? from_end : from_begin;
  if (words) {
    std::size_t const longest = 1 + random.below(room);
    while (d.words.size() < d.tokens) {
      // Ids come back, as they do with several texts in one sequence; special tokens stand in between.
      std::int32_t const id = static_cast<std::int32_t>(random.below(1000)) - 20;
      std::size_t const size = std::min(d.tokens - d.words.size(), 1 + random.below(longest));
      d.words.insert(d.words.end(), size, id);
    }
    d.options.never_split = d.words;
  }
  if (boundaries) {
    std::size_t const mean = 1 + random.below(30);
    for (std::size_t t = 0; t <= d.tokens; ++t) {
      for (bool again = random.one_in(mean); again; again = random.one_in(4)) d.boundaries.push_back(t);
    }
    d.options.boundaries = d.boundaries;
  }
  return d;
}

bool cuts_word(std::vector<std::int32_t> const& words, std::size_t edge) {
  return !words.empty() && edge > 0 && edge < words.size() && words[edge] >= 0 && words[edge - 1] == words[edge];
}

// Is there any plan? Tries all windows, one behind the other.
bool can_be_planned(document const& d) {
  std::size_t const room = d.options.max_tokens - d.options.reserved;
  std::size_t const n = d.tokens;
  // reachable[b * (n + 1) + e]: a chain of windows from 0 that ends with [b, e).
  std::vector<char> reachable((n + 1) * (n + 1));
  for (std::size_t b = 0; b < n; ++b) {
    if (cuts_word(d.words, b)) continue;
    for (std::size_t e = b + 1; e <= std::min(n, b + room); ++e) {
      if (cuts_word(d.words, e)) continue;
      bool found = b == 0;
      for (std::size_t pb = 0; pb < b && !found; ++pb) {
        for (std::size_t pe = b + d.options.overlap; pe < e && !found; ++pe) found = reachable[pb * (n + 1) + pe] != 0;
      }
      reachable[b * (n + 1) + e] = found ? 1 : 0;
      if (found && e == n) return true;
    }
  }
  return n == 0;
}

void check_plan(document const& d, ts::window_plan const& plan) {
  std::size_t const room = d.options.max_tokens - d.options.reserved;
  std::size_t core = plan.empty() ? 0 : plan[0].core.begin;
  if (d.tokens == 0) REQUIRE(plan.empty());
  if (plan.unseen().empty()) {
    REQUIRE(core == 0);
    REQUIRE((plan.empty() ? 0 : plan[plan.size() - 1].core.end) == d.tokens);
  }
  for (std::size_t k = 0; k < plan.size(); ++k) {
    ts::window const& w = plan[k];
    REQUIRE(w.core.begin == core);
    REQUIRE(w.core.begin <= w.core.end);
    core = w.core.end;
    REQUIRE(ts::contains(w.tokens, w.core));
    REQUIRE(!w.tokens.empty());
    REQUIRE(w.tokens.size() <= room);
    for (std::size_t edge : {w.tokens.begin, w.tokens.end, w.core.begin, w.core.end})
      REQUIRE(!cuts_word(d.words, edge));
    if (k == 0) continue;
    REQUIRE(w.tokens.begin > plan[k - 1].tokens.begin);
    REQUIRE(w.tokens.end > plan[k - 1].tokens.end);
    REQUIRE(w.tokens.begin <= plan[k - 1].tokens.end);
    REQUIRE(plan[k - 1].tokens.end - w.tokens.begin >= d.options.overlap);
  }
}

// The fewest windows that n tokens need.
std::size_t fewest(std::size_t n, std::size_t room, std::size_t overlap) {
  if (n == 0) return 0;
  if (n <= room) return 1;
  return (n - overlap + (room - overlap) - 1) / (room - overlap);
}

}  // namespace

TEST_CASE("cores tile the tokens, and every promise about windows holds") {
  random_numbers random(1);
  std::size_t planned = 0;
  std::size_t refused = 0;
  for (int i = 0; i < 6000; ++i) {
    bool const words = random.one_in(2);
    bool const boundaries = random.one_in(2);
    document const d = random_document(random, words, boundaries);
    std::size_t const room = d.options.max_tokens - d.options.reserved;
    CAPTURE(i);
    auto const plan = ts::plan_windows(d.tokens, d.options);
    if (!plan) {
      REQUIRE(words);
      REQUIRE(plan.error().code == ts::errc::word_too_long);
      // The word that is blamed is one, whole.
      std::size_t const first = plan.error().where;
      std::size_t const behind = first + plan.error().inner;
      REQUIRE(plan.error().inner > 1);
      REQUIRE(!cuts_word(d.words, first));
      REQUIRE(!cuts_word(d.words, behind));
      for (std::size_t t = first + 1; t < behind; ++t) REQUIRE(cuts_word(d.words, t));
      ++refused;
      continue;
    }
    ++planned;
    REQUIRE(plan->unseen().empty());
    check_plan(d, *plan);
    std::size_t const bound = fewest(d.tokens, room, d.options.overlap);
    if (!words && !boundaries) REQUIRE(plan->size() == bound);
    if (!words) REQUIRE(plan->size() <= 4 * bound);

    ts::window_options some = d.options;
    some.max_windows = random.below(5);
    auto const part = ts::plan_windows(d.tokens, some).value();
    check_plan(d, part);
    REQUIRE(part.size() == std::min(some.max_windows, plan->size()));
    std::size_t seen = 0;
    for (ts::window const& w : part) seen += w.core.size();
    REQUIRE(seen + part.unseen().size() == d.tokens);
    if (!part.unseen().empty()) {
      REQUIRE((some.direction == from_end ? part.unseen().begin == 0 : part.unseen().end == d.tokens));
    }
  }
  CHECK(planned > 3000);
  CHECK(refused > 300);
}

TEST_CASE("a plan is refused only where none is possible") {
  random_numbers random(2);
  std::size_t refused = 0;
  for (int i = 0; i < 600; ++i) {
    document d = random_document(random, true, random.one_in(2));
    d.tokens = std::min<std::size_t>(d.tokens, 24);
    d.words.resize(d.tokens);
    while (!d.boundaries.empty() && d.boundaries.back() > d.tokens) d.boundaries.pop_back();
    d.options.never_split = d.words;
    d.options.boundaries = d.boundaries;
    if (d.tokens == 0) continue;
    d.options.max_tokens = std::min<std::size_t>(d.options.max_tokens, 12);
    if (d.options.overlap + d.options.reserved >= d.options.max_tokens) continue;
    CAPTURE(i);
    bool const possible = can_be_planned(d);
    REQUIRE(ts::plan_windows(d.tokens, d.options).has_value() == possible);
    refused += possible ? 0 : 1;
  }
  CHECK(refused > 50);
}

TEST_CASE("the plan of a mirrored document is the mirrored plan") {
  random_numbers random(3);
  for (int i = 0; i < 2000; ++i) {
    document const d = random_document(random, random.one_in(2), random.one_in(2));
    document m = d;
    std::reverse(m.words.begin(), m.words.end());
    std::reverse(m.boundaries.begin(), m.boundaries.end());
    for (std::size_t& b : m.boundaries) b = d.tokens - b;
    m.options.never_split = m.words;
    m.options.boundaries = m.boundaries;
    m.options.direction = d.options.direction == from_end ? from_begin : from_end;
    auto const plan = ts::plan_windows(d.tokens, d.options);
    auto const mirrored = ts::plan_windows(d.tokens, m.options);
    REQUIRE(plan.has_value() == mirrored.has_value());
    if (!plan) {
      REQUIRE(mirrored.error().where + mirrored.error().inner == d.tokens - plan.error().where);
      continue;
    }
    REQUIRE(plan->size() == mirrored->size());
    for (std::size_t k = 0; k < plan->size(); ++k) {
      ts::window const& a = (*plan)[k];
      ts::window const& b = (*mirrored)[plan->size() - 1 - k];
      REQUIRE(b.tokens == ts::token_span{d.tokens - a.tokens.end, d.tokens - a.tokens.begin});
      REQUIRE(b.core == ts::token_span{d.tokens - a.core.end, d.tokens - a.core.begin});
    }
  }
}

TEST_CASE("a window begins and ends with a sentence where all are short") {
  random_numbers random(4);
  for (int i = 0; i < 1000; ++i) {
    std::size_t const room = 40 + random.below(60);
    std::size_t const overlap = random.below(10);
    std::vector<std::size_t> boundaries{0};
    while (boundaries.size() < 40) boundaries.push_back(boundaries.back() + 1 + random.below(14));
    std::size_t const tokens = boundaries.back() + 1 + random.below(10);
    auto const plan = ts::plan_windows(tokens, {.max_tokens = room,
                                                .overlap = overlap,
                                                .boundaries = boundaries,
                                                .direction = random.one_in(2) ? from_end : from_begin});
    for (ts::window const& w : plan.value()) {
      for (std::size_t edge : {w.tokens.begin, w.tokens.end}) {
        REQUIRE((edge == tokens || std::binary_search(boundaries.begin(), boundaries.end(), edge)));
      }
    }
  }
}

TEST_CASE("each token is in the core of a window that sees it with most context") {
  random_numbers random(5);
  for (int i = 0; i < 1000; ++i) {
    document const d = random_document(random, false, random.one_in(2));
    auto const plan = ts::plan_windows(d.tokens, d.options).value();
    auto const context = [&](ts::window const& w, ts::token_span s) {
      return std::min(w.tokens.begin == 0 ? 1000 : s.begin - w.tokens.begin,
                      w.tokens.end == d.tokens ? 1000 : w.tokens.end - s.end);
    };
    for (int j = 0; j < 50; ++j) {
      if (d.tokens == 0) break;
      std::size_t const begin = random.below(d.tokens);
      ts::token_span const s{begin, std::min(d.tokens, begin + 1 + random.below(random.one_in(2) ? 1 : 9))};
      std::optional<std::size_t> most;
      for (ts::window const& w : plan) {
        if (ts::contains(w.tokens, s) && (!most || context(w, s) > *most)) most = context(w, s);
      }
      auto const best = ts::best_window(plan, s);
      REQUIRE(best.has_value() == most.has_value());
      if (best) REQUIRE(ts::contains(plan[*best].tokens, s));
      if (best) REQUIRE(context(plan[*best], s) == *most);
      if (s.size() <= d.options.overlap) REQUIRE(best);
      if (s.size() == 1) REQUIRE(ts::contains(plan[*best].core, s));
    }
  }
}

TEST_CASE_TEMPLATE("windows of one matrix give the matrix back, to the bit", T, float, double) {
  using bits = std::conditional_t<std::is_same_v<T, float>, std::uint32_t, std::uint64_t>;
  random_numbers random(6);
  constexpr T infinity = std::numeric_limits<T>::infinity();
  std::size_t special = 0;
  for (int i = 0; i < 1500; ++i) {
    document const d = random_document(random, random.one_in(3), random.one_in(3));
    auto plan = ts::plan_windows(d.tokens, d.options);
    if (!plan) continue;
    std::size_t const columns = 1 + random.below(12);
    std::size_t const stride = columns + random.below(3);
    std::vector<T> cells(d.tokens * stride);
    for (T& x : cells) {
      switch (random.below(12)) {
        case 0: x = -infinity; break;
        case 1: x = std::numeric_limits<T>::quiet_NaN(); break;
        case 2: x = infinity; break;
        case 3: x = -T{0}; break;
        case 4: x = std::numeric_limits<T>::denorm_min(); break;
        case 5: x = -std::numeric_limits<T>::max(); break;
        default: x = static_cast<T>(static_cast<double>(random.next() % 20001) / 1000 - 10) / 3;
      }
      special += x == x && x < infinity && x > -infinity ? 0 : 1;
    }
    using view = ts::scores_view<T const>;
    view const whole{cells.data(), d.tokens, columns, stride};
    std::vector<view> views;
    for (ts::window const& w : *plan) views.push_back(whole.slice(w.tokens.begin, w.tokens.end));
    for (ts::window_weight weight :
         {ts::window_weight::ownership, ts::window_weight::mean, ts::window_weight::centre, ts::window_weight::max}) {
      auto const merged = ts::merge_scores(*plan, views, {.weight = weight}).value();
      REQUIRE(merged.rows == d.tokens);
      bool same = true;
      for (std::size_t t = 0; t < d.tokens; ++t) {
        for (std::size_t j = 0; j < columns; ++j) {
          same = same && std::bit_cast<bits>(merged.values[t * columns + j]) == std::bit_cast<bits>(whole.row(t)[j]);
        }
      }
      CAPTURE(i);
      CAPTURE(static_cast<int>(weight));
      REQUIRE(same);
    }
  }
  CHECK(special > 1000);
}

namespace {

// Every row of the merged scores by the definition: all windows that hold the token, one by one.
template <class T>
std::vector<T> slow_merge(ts::window_plan const& plan, std::vector<ts::scores_view<T const>> const& views,
                          std::size_t columns, ts::window_weight weight) {
  std::vector<T> out;
  for (std::size_t t = 0; t < plan.tokens() - plan.unseen().size(); ++t) {
    for (std::size_t j = 0; j < columns; ++j) {
      double sum = 0;
      double acc = 0;
      bool first = true;
      for (std::size_t k = 0; k < plan.size(); ++k) {
        ts::window const& w = plan[k];
        if (!ts::contains(w.tokens, t)) continue;
        double const x = views[k].row(t - w.tokens.begin)[j];
        double const before = w.tokens.begin == 0 ? 1e9 : static_cast<double>(t - w.tokens.begin + 1);
        double const behind = w.tokens.end == plan.tokens() ? 1e9 : static_cast<double>(w.tokens.end - t);
        double const nearest = std::min(before, behind) == 1e9 ? 1 : std::min(before, behind);
        switch (weight) {
          case ts::window_weight::ownership: acc = ts::contains(w.core, t) ? x : acc; break;
          case ts::window_weight::max: acc = first ? x : std::max(acc, x); break;
          case ts::window_weight::mean:
            acc += x;
            sum += 1;
            break;
          case ts::window_weight::centre:
            acc += nearest * x;
            sum += nearest;
            break;
        }
        first = false;
      }
      out.push_back(static_cast<T>(sum == 0 ? acc : acc / sum));
    }
  }
  return out;
}

}  // namespace

TEST_CASE("merging follows its definition, and a stream of entities gives what the whole document does") {
  random_numbers random(7);
  auto const labels = ts::label_set::from_id2label({"B-X", "I-X", "O", "B-Y", "I-Y"}).value();
  std::size_t const columns = labels.size();
  std::size_t found = 0;
  for (int i = 0; i < 1500; ++i) {
    document const d = random_document(random, random.one_in(3), random.one_in(3));
    auto const plan = ts::plan_windows(d.tokens, d.options);
    if (!plan) continue;
    std::vector<std::vector<double>> cells;
    std::vector<ts::scores_view<double const>> views;
    for (ts::window const& w : *plan) {
      cells.emplace_back(w.tokens.size() * columns);
      for (double& x : cells.back()) x = static_cast<double>(random.below(1000)) / 37;
    }
    for (std::size_t k = 0; k < plan->size(); ++k)
      views.push_back({cells[k].data(), (*plan)[k].tokens.size(), columns});
    for (ts::window_weight weight :
         {ts::window_weight::ownership, ts::window_weight::mean, ts::window_weight::centre, ts::window_weight::max}) {
      auto const merged = ts::merge_scores(*plan, views, {.weight = weight}).value();
      auto const slow = slow_merge(*plan, views, columns, weight);
      REQUIRE(merged.values.size() == slow.size());
      bool near = true;
      for (std::size_t c = 0; c < slow.size(); ++c) {
        near = near && std::abs(merged.values[c] - slow[c]) <= 1e-12 * std::max(1.0, std::abs(slow[c]));
      }
      REQUIRE(near);

      for (ts::reading rule : {ts::reading::lenient, ts::reading::conlleval, ts::reading::strict}) {
        for (ts::decode_path how : {ts::decode_path::argmax, ts::decode_path::viterbi}) {
          ts::entity_stream<ts::bio, double> stream(*plan, labels, {.weight = weight, .reading = rule, .path = how});
          std::vector<ts::token_entity> streamed;
          for (auto const& view : views) {
            stream.push(view, [&](ts::token_entity const& e) { streamed.push_back(e); }).value();
          }
          std::vector<ts::label_id> path;
          if (merged.rows != 0) path = ts::argmax(merged.view());
          if (how == ts::decode_path::viterbi) path = ts::viterbi<ts::bio>(merged.view(), labels).value().path;
          REQUIRE(streamed == ts::to_entities<ts::bio>(path, labels, {.reading = rule}).value());
          found += streamed.size();
        }
      }
    }
  }
  CHECK(found > 10000);
}

TEST_CASE("rows come out once, in order, and none waits longer than it must") {
  random_numbers random(8);
  for (int i = 0; i < 500; ++i) {
    document const d = random_document(random, false, random.one_in(2));
    auto const plan = ts::plan_windows(d.tokens, d.options).value();
    std::vector<float> const cells(d.tokens * 2);
    for (ts::window_weight weight : {ts::window_weight::ownership, ts::window_weight::centre}) {
      ts::score_merger<float> merger(plan, {.weight = weight});
      std::size_t out = 0;
      for (std::size_t k = 0; k < plan.size(); ++k) {
        ts::scores_view<float const> const rows{cells.data(), plan[k].tokens.size(), 2};
        merger
            .push(rows,
                  [&](std::size_t first, auto const& view) {
                    REQUIRE(first == out);
                    REQUIRE(view.rows > 0);
                    out += view.rows;
                  })
            .value();
        std::size_t const settled = k + 1 == plan.size() ? d.tokens : plan[k + 1].tokens.begin;
        REQUIRE(out == (weight == ts::window_weight::ownership ? plan[k].core.end : settled));
      }
    }
  }
}

TEST_CASE("entities cut into windows come together again") {
  random_numbers random(9);
  std::size_t joined = 0;
  std::size_t held = 0;
  for (int i = 0; i < 3000; ++i) {
    document const d = random_document(random, random.one_in(3), false);
    auto const plan = ts::plan_windows(d.tokens, d.options);
    if (!plan || d.options.overlap == 0) continue;
    // No entity touches another, so that parts of one are never parts of two.
    std::vector<ts::token_entity> gold;
    for (std::size_t t = random.below(4); t < d.tokens;) {
      std::size_t const end = std::min(d.tokens, t + 1 + random.below(random.one_in(8) ? 60 : 5));
      gold.push_back({{t, end}, ts::type_id{static_cast<std::uint32_t>(random.below(2))}});
      t = end + 1 + random.below(5);
    }
    std::vector<std::vector<ts::token_entity>> windows;
    for (ts::window const& w : *plan) {
      windows.emplace_back();
      for (ts::token_entity const& e : gold) {
        std::size_t const begin = std::max(e.span.begin, w.tokens.begin);
        std::size_t const end = std::min(e.span.end, w.tokens.end);
        if (begin < end) windows.back().push_back({{begin - w.tokens.begin, end - w.tokens.begin}, e.type});
      }
      if (random.one_in(2)) std::reverse(windows.back().begin(), windows.back().end());
    }
    CAPTURE(i);
    auto const merged = ts::merge_entities(*plan, windows).value();
    REQUIRE(merged.entities == gold);
    for (auto const& n : merged.notes) {
      REQUIRE(n.what != ts::window_finding::outvoted);
      joined += n.what == ts::window_finding::joined ? 1 : 0;
    }
    held += gold.size();
    // What cut_entities says: whole where a window holds it, and not mentioned where a core does.
    auto const cut = ts::cut_entities(*plan, gold).value();
    for (std::size_t k = 0, c = 0; k < gold.size(); ++k) {
      bool const in_core = std::any_of(plan->begin(), plan->end(),
                                       [&](ts::window const& w) { return ts::contains(w.core, gold[k].span); });
      bool const in_window = std::any_of(plan->begin(), plan->end(),
                                         [&](ts::window const& w) { return ts::contains(w.tokens, gold[k].span); });
      bool const listed = c < cut.size() && cut[c].index == k;
      REQUIRE(listed == !in_core);
      if (listed) REQUIRE(cut[c++].whole_in.has_value() == in_window);
    }
  }
  CHECK(joined > 500);
  CHECK(held > 5000);
}

TEST_CASE("hostile entities: nothing is lost in silence, nothing overlaps across windows, order does not matter") {
  random_numbers random(10);
  std::size_t kept = 0;
  for (int i = 0; i < 3000; ++i) {
    document const d = random_document(random, false, random.one_in(2));
    auto const plan = ts::plan_windows(d.tokens, d.options).value();
    std::vector<std::vector<ts::token_entity>> windows;
    std::size_t given = 0;
    for (ts::window const& w : plan) {
      windows.emplace_back();
      for (ts::token_entity const& e : tagspan_test::random_entities(random, w.tokens.size(), 2)) {
        if (random.one_in(2)) windows.back().push_back(e);
      }
      given += windows.back().size();
    }
    CAPTURE(i);
    bool const keep = random.one_in(2);
    auto const merged = ts::merge_entities(plan, windows, {.keep_unconfirmed = keep}).value();
    // What a window found is in the result, or told about, once.
    std::size_t told = 0;
    for (auto const& n : merged.notes) told += n.what == ts::window_finding::at_edge ? 0u : 1u;
    std::size_t in_result = 0;
    for (std::size_t k = 0; k < windows.size(); ++k) {
      for (ts::token_entity const& e : windows[k]) {
        ts::token_entity const moved = ts::in_document(plan[k], e);
        std::size_t const notes =
            static_cast<std::size_t>(std::count_if(merged.notes.begin(), merged.notes.end(), [&](auto const& n) {
              return n.what != ts::window_finding::at_edge && n.window == k && n.entity == moved;
            }));
        REQUIRE(notes <= 1);
        if (notes == 1) continue;
        REQUIRE(std::binary_search(merged.entities.begin(), merged.entities.end(), moved));
        ++in_result;
      }
    }
    REQUIRE(in_result + told == given);
    for (std::size_t k = 1; k < merged.entities.size(); ++k) {
      REQUIRE(merged.entities[k - 1].span.end <= merged.entities[k].span.begin);
    }
    // The result holds what these say it holds. (A long entity that is contradicted at one end goes as a whole.)
    for (auto const& n : merged.notes) {
      bool const overlapped =
          std::any_of(merged.entities.begin(), merged.entities.end(),
                      [&](ts::token_entity const& e) { return ts::overlaps(e.span, n.entity.span); });
      if (n.what == ts::window_finding::duplicate || n.what == ts::window_finding::joined) REQUIRE(overlapped);
    }
    auto backwards = windows;
    for (auto& w : backwards) std::reverse(w.begin(), w.end());
    REQUIRE(ts::merge_entities(plan, backwards, {.keep_unconfirmed = keep}).value().entities == merged.entities);
    kept += merged.entities.size();
  }
  CHECK(kept > 5000);
}

TEST_CASE_TEMPLATE("labels of a window are well-formed", S, TAGSPAN_TEST_SCHEMES) {
  random_numbers random(11);
  auto const labels = ts::label_set::for_types<S>({"X", "Y"});
  for (int i = 0; i < 300; ++i) {
    document const d = random_document(random, false, false);
    auto const plan = ts::plan_windows(d.tokens, d.options).value();
    auto const gold = tagspan_test::random_entities(random, d.tokens, 2);
    auto const written = ts::to_tags<S>(gold, d.tokens, labels);
    if (!written) continue;  // IO cannot keep touching entities apart
    std::vector<int> counted(d.tokens);
    for (ts::window const& w : plan) {
      auto const core = ts::window_labels<S>(w, *written, labels).value();
      for (std::size_t t = 0; t < core.size(); ++t) {
        if (core[t] == -100) continue;
        REQUIRE(core[t] == (*written)[w.tokens.begin + t]);
        ++counted[w.tokens.begin + t];
      }
      auto const whole = ts::window_labels<S>(w, *written, labels, ts::window_label_policy::repaired).value();
      REQUIRE(ts::validate<S>(whole, labels).value().empty());
      std::vector<ts::token_entity> expected;
      for (ts::token_entity const& e : gold) {
        std::size_t const begin = std::max(e.span.begin, w.tokens.begin);
        std::size_t const end = std::min(e.span.end, w.tokens.end);
        if (begin < end) expected.push_back({{begin - w.tokens.begin, end - w.tokens.begin}, e.type});
      }
      REQUIRE(ts::to_entities<S>(whole, labels).value() == expected);
    }
    REQUIRE(std::all_of(counted.begin(), counted.end(), [](int n) { return n == 1; }));
  }
}
