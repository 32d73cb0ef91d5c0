// SPDX-License-Identifier: MIT
// Every search against the plainest one: write down all paths, throw away the forbidden ones, sort the rest.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include <tagspan/model/posteriors.hpp>
#include <tagspan/model/stream.hpp>
#include <tagspan/model/viterbi.hpp>
#include <tagspan/tags/entities.hpp>

namespace ts = tagspan;

namespace {

constexpr double minus_infinity = -std::numeric_limits<double>::infinity();

class random_numbers {
 public:
  explicit random_numbers(std::uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15U + 1) {}
  std::uint64_t next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return state_;
  }
  std::size_t below(std::size_t n) { return static_cast<std::size_t>((next() >> 20) % n); }
  // -range … range in steps of 1/step: sums are exact, and ties are common where there are few steps.
  double grid(int range, int step) {
    return static_cast<double>(static_cast<int>(below(static_cast<std::size_t>(2 * range * step + 1))) - range * step) /
           step;
  }

 private:
  std::uint64_t state_;
};

// A user's scheme in which an entity after one of the same type is written unlike any other: what may stand before it
// then depends on the type of the entity before.
struct marks_neighbours {
  static constexpr std::string_view name = "marks-neighbours";
  static constexpr ts::scheme_letters letters{.begin = 'B', .inside = 'I', .end = 'E'};
  static constexpr ts::scheme_table table = ts::make_table([](ts::token_place p) {
    return !p.first ? ts::role::inside : p.after_same_type ? ts::role::end : ts::role::begin;
  });
};
// Only two-token shapes: begin, then single letters. Roles within have different predecessors.
struct marks_last_but_one {
  static constexpr std::string_view name = "marks-length";
  static constexpr ts::scheme_letters letters{.begin = 'B', .inside = 'I', .end = 'E', .single = 'S'};
  static constexpr ts::scheme_table table = ts::make_table([](ts::token_place p) {
    if (p.first && p.last) return p.after_same_type ? ts::role::single : ts::role::inside;
    return p.first ? ts::role::begin : p.last ? ts::role::end : ts::role::inside;
  });
};

// What a stream gave out, piece by piece.
struct streamed {
  std::vector<ts::label_id> path;
  std::optional<double> score;
  std::optional<ts::error> error;
  std::vector<std::size_t> decided;  // by row: how many labels were known after it
  std::size_t longest = 0, forced = 0;
};

// Rows come `chunk` at a time.
template <class S, class T>
streamed stream_of(ts::scores_view<T const> scores, ts::label_set const& labels, ts::viterbi_options<T> const& options,
                   std::size_t chunk, std::size_t max_undecided) {
  ts::viterbi_stream<S, T> stream(labels, {.search = options, .max_undecided = max_undecided});
  streamed out;
  auto const take = [&](std::size_t first, std::span<ts::label_id const> ids) {
    REQUIRE(first == out.path.size());
    REQUIRE(!ids.empty());
    out.path.insert(out.path.end(), ids.begin(), ids.end());
  };
  for (std::size_t t = 0; t < scores.rows && !out.error; t += chunk) {
    auto const done = stream.push(scores.slice(t, std::min(scores.rows, t + chunk)), take);
    if (!done) out.error = done.error();
    out.decided.push_back(out.path.size());
    REQUIRE(stream.rows() - stream.undecided() == out.path.size());
  }
  auto const last = stream.finish(take);
  if (last) out.score = *last;
  if (out.error) REQUIRE(last.error() == *out.error);
  if (!last) out.error = last.error();
  out.longest = stream.longest_undecided();
  out.forced = stream.forced();
  return out;
}

// A scheme at run time, so that each test is compiled once.
struct scheme {
  std::string_view name;
  ts::scheme_table table;
  ts::scheme_letters letters;
  bool lanes;  // takes the search over lanes where the labels allow
  using options = ts::viterbi_options<double> const&;
  ts::result<ts::path_and_score> (*viterbi)(ts::scores_view<double const>, ts::label_set const&, options);
  ts::result<ts::path_and_score> (*viterbi_of_floats)(ts::scores_view<float const>, ts::label_set const&,
                                                      ts::viterbi_options<float> const&);
  ts::result<std::vector<ts::path_and_score>> (*k_best)(ts::scores_view<double const>, ts::label_set const&,
                                                        std::size_t, options);
  ts::result<ts::entity_posteriors> (*posteriors)(ts::scores_view<double const>, ts::label_set const&, options);
  ts::detail::lattice_core (*core)(ts::label_set const&);
  streamed (*stream)(ts::scores_view<double const>, ts::label_set const&, options, std::size_t, std::size_t);
  streamed (*stream_of_floats)(ts::scores_view<float const>, ts::label_set const&, ts::viterbi_options<float> const&,
                               std::size_t, std::size_t);
};

template <class S>
constexpr scheme make_scheme() {
  return {S::name,
          S::table,
          S::letters,
          ts::detail::plan_lanes(ts::detail::rules_of<S>).usable,
          [](auto view, auto const& labels, auto const& options) { return ts::viterbi<S>(view, labels, options); },
          [](auto view, auto const& labels, auto const& options) { return ts::viterbi<S>(view, labels, options); },
          [](auto view, auto const& labels, auto k, auto const& options) {
            return ts::k_best<S>(view, labels, k, options);
          },
          [](auto view, auto const& labels, auto const& options) { return ts::posteriors<S>(view, labels, options); },
          [](auto const& labels) { return ts::lattice<S>(labels).core(); },
          stream_of<S, double>,
          stream_of<S, float>};
}

scheme const schemes[] = {make_scheme<ts::io>(),           make_scheme<ts::iob1>(),          make_scheme<ts::bio>(),
                          make_scheme<ts::ioe1>(),         make_scheme<ts::ioe2>(),          make_scheme<ts::bioes>(),
                          make_scheme<ts::bilou>(),        make_scheme<ts::bmes>(),          make_scheme<ts::bmewo>(),
                          make_scheme<marks_neighbours>(), make_scheme<marks_last_but_one>()};

std::vector<std::string> names_for(scheme const& s, std::size_t types, bool outside) {
  std::vector<std::string> names;
  if (outside) names.push_back("O");
  for (std::size_t k = 0; k < types; ++k) {
    for (ts::role r : {ts::role::begin, ts::role::inside, ts::role::end, ts::role::single}) {
      if (!s.table.written.has(r)) continue;
      names.push_back(std::string(1, s.letters.of(r)) + "-" + std::to_string(k));
    }
  }
  return names;
}

void shuffle(std::vector<std::string>& names, random_numbers& random) {
  for (std::size_t i = names.size(); i > 1; --i) std::swap(names[i - 1], names[random.below(i)]);
}

// Label sets as they come: in order, shuffled, without O, with a label short, with letters that mean the same, and with
// a role that the scheme does not write.
ts::label_set some_labels(scheme const& s, std::size_t types, random_numbers& random) {
  auto names = names_for(s, types, random.below(4) != 0);
  switch (random.below(6)) {
    case 0: shuffle(names, random); break;
    case 1:
      if (names.size() > 1) names.erase(names.begin() + static_cast<std::ptrdiff_t>(random.below(names.size())));
      break;
    case 2:
      names.push_back("S-0");
      names.push_back("W-0");
      break;
    case 3: std::rotate(names.begin(), names.begin() + 1, names.end()); break;
    default: break;
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  if (random.below(3) != 0) {
    shuffle(names, random);
  } else {
    auto const ordered = names_for(s, types, true);
    auto place = [&](std::string const& name) {
      return std::find(ordered.begin(), ordered.end(), name) - ordered.begin();
    };
    std::sort(names.begin(), names.end(),
              [&](auto const& a, auto const& b) { return place(a) != place(b) ? place(a) < place(b) : a < b; });
  }
  return ts::label_set::from_id2label(names).value();
}

struct lattice_case {
  std::size_t rows, labels;
  std::vector<double> scores, transitions, start, end;
  ts::role_biases biases;
  ts::scores_view<double const> view() const { return {scores.data(), rows, labels}; }
  ts::viterbi_options<double> options() const { return {transitions, start, end, biases}; }
};

lattice_case make_case(std::size_t rows, std::size_t labels, random_numbers& random, int range, int step) {
  lattice_case made{rows, labels, std::vector<double>(rows * labels), {}, {}, {}, {}};
  std::size_t const forbids = random.below(5);  // every sixth score, every second, or none
  for (double& x : made.scores) {
    bool const forbidden = (forbids == 0 && random.below(6) == 0) || (forbids == 1 && random.below(2) == 0);
    x = forbidden ? minus_infinity : random.grid(range, step);
  }
  std::size_t const what = random.below(6);
  if (what == 0 || what == 1) {
    made.transitions.resize(labels * labels);
    for (double& x : made.transitions) x = random.below(12) == 0 ? minus_infinity : random.grid(range, step);
  }
  if (what == 1 || what == 2) {
    made.start.resize(labels);
    made.end.resize(labels);
    for (double& x : made.start) x = random.grid(range, step);
    for (double& x : made.end) x = random.grid(range, step);
  }
  if (what == 1 || what == 3) {
    for (double* x : {&made.biases.background_stay, &made.biases.background_to_start, &made.biases.end_to_background,
                      &made.biases.end_to_start, &made.biases.inside_to_continue, &made.biases.inside_to_end}) {
      *x = random.grid(range, step);
    }
  }
  return made;
}

// What the step between two tags means, said once more and in other words than in the library.
double step_score(scheme const& s, lattice_case const& c, ts::label_set const& labels, std::size_t from,
                  std::size_t to) {
  ts::tag const a = labels.tag_of(static_cast<ts::label_id>(from));
  ts::tag const b = labels.tag_of(static_cast<ts::label_id>(to));
  bool const same = a.role != ts::role::outside && b.role != ts::role::outside && a.type == b.type;
  if (!s.table.allows(a.role, b.role, same)) return minus_infinity;
  double score = c.transitions.empty() ? 0.0 : c.transitions[from * c.labels + to];
  std::vector<ts::label_id> const pair{static_cast<ts::label_id>(from), static_cast<ts::label_id>(to)};
  std::size_t const entities = ts::to_entities(pair, labels).value().size();
  if (a.role == ts::role::outside) {
    score += b.role == ts::role::outside ? c.biases.background_stay : c.biases.background_to_start;
  } else if (b.role == ts::role::outside) {
    score += c.biases.end_to_background;
  } else if (entities == 2) {
    score += c.biases.end_to_start;
  } else {
    score += b.role == ts::role::end ? c.biases.inside_to_end : c.biases.inside_to_continue;
  }
  return score;
}

struct enumeration {
  std::vector<ts::path_and_score> paths;  // best first; of equals the one with the lower label where they last differ
  std::optional<std::size_t> dead_row;    // the first row that no legal path reaches, if there is no legal path
};

bool by_rank(ts::path_and_score const& a, ts::path_and_score const& b) {
  if (a.score != b.score) return a.score > b.score;
  return std::lexicographical_compare(a.path.rbegin(), a.path.rend(), b.path.rbegin(), b.path.rend());
}

// Paths that a scheme allows so far, whether they may end or not.
enumeration enumerate_open(scheme const& s, lattice_case const& c, ts::label_set const& labels) {
  enumeration found;
  found.paths.push_back({});
  auto role_of = [&](std::size_t j) { return labels.tag_of(static_cast<ts::label_id>(j)).role; };
  for (std::size_t t = 0; t < c.rows; ++t) {
    std::vector<ts::path_and_score> longer;
    for (auto const& path : found.paths) {
      for (std::size_t j = 0; j < c.labels; ++j) {
        double step = t == 0 ? (c.start.empty() ? 0.0 : c.start[j])
                             : step_score(s, c, labels, static_cast<std::size_t>(path.path.back()), j);
        if (t == 0 && !s.table.allows(ts::role::outside, role_of(j), false)) step = minus_infinity;
        double const score = path.score + step + c.scores[t * c.labels + j];
        if (score == minus_infinity) continue;
        longer.push_back({path.path, score});
        longer.back().path.push_back(static_cast<ts::label_id>(j));
      }
    }
    if (longer.empty()) {
      found.dead_row = t;
      found.paths.clear();
      return found;
    }
    found.paths.swap(longer);
  }
  std::sort(found.paths.begin(), found.paths.end(), by_rank);
  return found;
}

enumeration enumerate(scheme const& s, lattice_case const& c, ts::label_set const& labels) {
  enumeration found = enumerate_open(s, c, labels);
  if (c.rows == 0 || found.dead_row) return found;
  auto role_of = [&](std::size_t j) { return labels.tag_of(static_cast<ts::label_id>(j)).role; };
  std::erase_if(found.paths, [&](auto& path) {
    auto const last = static_cast<std::size_t>(path.path.back());
    if (!s.table.allows(role_of(last), ts::role::outside, false)) return true;
    if (!c.end.empty()) path.score += c.end[last];
    return path.score == minus_infinity;
  });
  if (found.paths.empty()) found.dead_row = c.rows;
  std::sort(found.paths.begin(), found.paths.end(), by_rank);
  return found;
}

// Rows such that the paths can be written down.
std::size_t rows_for(std::size_t labels, random_numbers& random) {
  std::size_t rows = random.below(6);
  while (std::pow(static_cast<double>(labels), static_cast<double>(rows)) > 20000) --rows;
  return rows;
}

}  // namespace

TEST_CASE("viterbi and k_best are what enumeration finds, ties included") {
  for (scheme const& s : schemes) {
    CAPTURE(s.name);
    random_numbers random(11);
    std::size_t without_path = 0, tied = 0;
    for (int round = 0; round < 400; ++round) {
      auto const labels = some_labels(s, 1 + random.below(3), random);
      auto const c = make_case(rows_for(labels.size(), random), labels.size(), random, 2, 1);
      auto const expected = enumerate(s, c, labels);
      auto const best = s.viterbi(c.view(), labels, c.options());
      auto const several = s.k_best(c.view(), labels, 5, c.options());
      CAPTURE(round);
      if (expected.dead_row) {
        ++without_path;
        REQUIRE_FALSE(best.has_value());
        REQUIRE(best.error() == ts::error{ts::errc::no_legal_path, *expected.dead_row, 0});
        REQUIRE(several.error() == best.error());
        continue;
      }
      REQUIRE(best.has_value());
      REQUIRE(best->path == expected.paths[0].path);
      REQUIRE(best->score == expected.paths[0].score);
      REQUIRE(several->size() == std::min<std::size_t>(5, expected.paths.size()));
      for (std::size_t i = 0; i < several->size(); ++i) REQUIRE((*several)[i] == expected.paths[i]);
      tied += expected.paths.size() > 1 && expected.paths[0].score == expected.paths[1].score;
    }
    CHECK(without_path > 5);
    CHECK(tied > 30);
  }
}

namespace {

// How many labels the best paths to each label of row t have in common.
std::size_t shared_by_survivors(scheme const& s, lattice_case const& c, ts::label_set const& labels, std::size_t t) {
  lattice_case part = c;
  part.rows = t + 1;
  std::map<ts::label_id, std::vector<ts::label_id>> best;
  for (auto const& path : enumerate_open(s, part, labels).paths) best.try_emplace(path.path.back(), path.path);
  std::vector<std::vector<ts::label_id>> survivors;
  for (auto const& [label, path] : best) survivors.push_back(path);
  std::size_t shared = t + 1;
  for (auto const& path : survivors) {
    auto const differ = std::mismatch(path.begin(), path.end(), survivors[0].begin()).first;
    shared = std::min(shared, static_cast<std::size_t>(differ - path.begin()));
  }
  return shared;
}

}  // namespace

TEST_CASE("a stream decides what all survivors share, no later, and ends with the path of all rows") {
  for (scheme const& s : schemes) {
    CAPTURE(s.name);
    random_numbers random(21);
    std::size_t early = 0, dead = 0;
    for (int round = 0; round < 150; ++round) {
      auto const labels = some_labels(s, 1 + random.below(3), random);
      auto const c = make_case(rows_for(labels.size(), random), labels.size(), random, 2, 1);
      auto const whole = s.viterbi(c.view(), labels, c.options());
      auto const found = s.stream(c.view(), labels, c.options(), 1, ts::no_bound);
      CAPTURE(round);
      std::size_t longest = 0;
      for (std::size_t t = 0; t < found.decided.size() && !(found.error && found.error->where <= t); ++t) {
        REQUIRE(found.decided[t] == shared_by_survivors(s, c, labels, t));
        longest = std::max(longest, t + 1 - found.decided[t]);
        early += found.decided[t];
      }
      REQUIRE(found.longest == longest);
      REQUIRE(found.forced == 0);
      if (!whole) {
        REQUIRE(found.error == whole.error());
        ++dead;
        continue;
      }
      REQUIRE_FALSE(found.error.has_value());
      REQUIRE(found.path == whole->path);
      REQUIRE(found.score == whole->score);
    }
    CHECK(early > 50);
    CHECK(dead > 0);
  }
}

TEST_CASE("a stream over long documents is the offline search, to the bit") {
  for (scheme const& s : schemes) {
    CAPTURE(s.name);
    random_numbers random(22);
    std::size_t dead = 0, early = 0, forced = 0;
    for (int round = 0; round < 200; ++round) {
      auto const labels = some_labels(s, 1 + random.below(round % 20 == 0 ? 12 : 4), random);
      auto const c = make_case(random.below(200), labels.size(), random, 3, random.below(2) == 0 ? 1 : 64);
      auto const whole = s.viterbi(c.view(), labels, c.options());
      auto const found = s.stream(c.view(), labels, c.options(), 1 + random.below(40), ts::no_bound);
      std::size_t const bound = random.below(12);
      auto const bounded = s.stream(c.view(), labels, c.options(), 1 + random.below(3), bound);
      CAPTURE(round);
      CAPTURE(bound);
      REQUIRE(bounded.longest <= bound);
      forced += bounded.forced;
      if (bounded.forced == 0 && bounded.longest < bound) REQUIRE(found.longest == bounded.longest);
      // What a bound decides is a legal path all the same, with the score that it says.
      if (bounded.score && c.rows > 0) {
        double sum = 0;
        for (std::size_t t = 0; t < c.rows; ++t) {
          auto const label = static_cast<std::size_t>(bounded.path[t]);
          if (t == 0) sum += c.start.empty() ? 0.0 : c.start[label];
          if (t != 0) sum += step_score(s, c, labels, static_cast<std::size_t>(bounded.path[t - 1]), label);
          sum += c.scores[t * c.labels + label];
        }
        if (!c.end.empty()) sum += c.end[static_cast<std::size_t>(bounded.path.back())];
        REQUIRE(sum == *bounded.score);
        REQUIRE(sum <= whole.value().score);
        if (bounded.forced == 0) REQUIRE(bounded.path == whole->path);
      }
      if (!whole) {
        REQUIRE(found.error == whole.error());
        REQUIRE(bounded.error.has_value());
        ++dead;
        continue;
      }
      REQUIRE(found.path == whole->path);
      REQUIRE(found.score == whole->score);
      early += found.longest < c.rows ? 1 : 0;
    }
    CHECK(dead > 5);
    CHECK(early > 50);
    CHECK(forced > 50);
  }
}

TEST_CASE("a stream breaks near-ties of long sums as the offline search does") {
  // Scores whose sums are rounded at each step, in a document long enough for that to matter.
  for (scheme const& s : schemes) {
    CAPTURE(s.name);
    random_numbers random(23);
    auto const labels = ts::label_set::from_id2label(names_for(s, 3, true)).value();
    std::size_t const rows = 20000;
    std::vector<float> scores(rows * labels.size());
    for (float& x : scores) x = 1e6F + static_cast<float>(random.below(1000)) / 7 * 1e-3F;
    ts::scores_view<float const> const view{scores.data(), rows, labels.size()};
    auto const whole = s.viterbi_of_floats(view, labels, {}).value();
    auto const found = s.stream_of_floats(view, labels, {}, 512, ts::no_bound);
    REQUIRE(found.path == whole.path);
    REQUIRE(found.score == whole.score);
  }
}

TEST_CASE("linear, dense and lanes find one path") {
  for (scheme const& s : schemes) {
    CAPTURE(s.name);
    random_numbers random(12);
    std::size_t lanes = 0, dead = 0;
    for (int round = 0; round < 500; ++round) {
      std::size_t const types = 1 + random.below(round % 10 == 0 ? 40 : 10);
      auto const labels = random.below(2) == 0
                              ? ts::label_set::from_id2label(names_for(s, types, random.below(5) != 0)).value()
                              : some_labels(s, types, random);
      std::size_t const columns = labels.size();
      auto c = make_case(random.below(40), columns, random, 3, random.below(2) == 0 ? 1 : 64);
      c.transitions.clear();
      std::vector<double> const zeros(columns * columns);
      ts::detail::lattice_core const core = s.core(labels);
      lanes += core.has_lanes;
      auto const linear = s.viterbi(c.view(), labels, c.options());
      auto options = c.options();
      options.transitions = zeros;
      auto const dense = s.viterbi(c.view(), labels, options);
      CAPTURE(round);
      REQUIRE(linear.has_value() == dense.has_value());
      if (!linear) {
        ++dead;
        REQUIRE(linear.error() == dense.error());
        continue;
      }
      REQUIRE(linear->path == dense->path);
      REQUIRE(linear->score == dense->score);
      if (c.rows > 0) {
        ts::viterbi_workspace memory;
        std::vector<ts::label_id> path(c.rows);
        auto const rows = ts::detail::rows_of(c.view());
        auto const plain = ts::detail::viterbi_search::walk(core, rows, c.options(), memory, path);
        REQUIRE(plain.value() == dense->score);
        REQUIRE(path == dense->path);
      }
      // Floats, and rows with a gap between them, are read otherwise and mean the same.
      std::size_t const stride = columns + random.below(3);
      std::vector<float> floats(c.rows * stride, std::numeric_limits<float>::quiet_NaN());
      for (std::size_t i = 0; i < c.rows * columns; ++i)
        floats[i / columns * stride + i % columns] = static_cast<float>(c.scores[i]);
      std::vector<float> const start(c.start.begin(), c.start.end());
      std::vector<float> const end(c.end.begin(), c.end.end());
      auto const narrow = s.viterbi_of_floats(ts::scores_view<float const>{floats.data(), c.rows, columns, stride},
                                              labels, {.start = start, .end = end, .biases = c.biases});
      REQUIRE(narrow->path == dense->path);
      REQUIRE(narrow->score == dense->score);
    }
    if (s.lanes) CHECK(lanes > 200);
    CHECK(dead > 0);
  }
}

TEST_CASE("posteriors are what enumeration adds up") {
  for (scheme const& s : schemes) {
    CAPTURE(s.name);
    random_numbers random(13);
    std::size_t compared = 0;
    for (int round = 0; round < 250; ++round) {
      auto const labels = some_labels(s, 1 + random.below(2), random);
      auto const c = make_case(1 + random.below(4), labels.size(), random, 3, 16);
      auto const expected = enumerate(s, c, labels);
      auto const found = s.posteriors(c.view(), labels, c.options());
      CAPTURE(round);
      if (expected.dead_row) {
        REQUIRE(found.error() == ts::error{ts::errc::no_legal_path, *expected.dead_row, 0});
        continue;
      }
      REQUIRE(found.has_value());
      double const top = expected.paths[0].score;
      double total = 0;
      for (auto const& path : expected.paths) total += std::exp(path.score - top);
      CHECK(found->log_partition() == doctest::Approx(top + std::log(total)).epsilon(1e-12));
      std::map<ts::token_entity, double> entities;
      std::map<std::pair<std::size_t, ts::label_id>, double> marginals;
      for (auto const& path : expected.paths) {
        double const p = std::exp(path.score - top) / total;
        for (auto const& e : ts::to_entities(path.path, labels).value()) entities[e] += p;
        for (std::size_t t = 0; t < c.rows; ++t) marginals[{t, path.path[t]}] += p;
      }
      for (auto const& [e, p] : entities) {
        REQUIRE(found->probability(e) == doctest::Approx(p).epsilon(1e-10));
        ++compared;
      }
      for (std::size_t t = 0; t < c.rows; ++t) {
        double risk = 0;
        for (std::size_t k = 0; k < labels.type_count(); ++k) {
          ts::type_id const type{static_cast<std::uint32_t>(k)};
          double covering = 0, inside = 0;
          for (auto const& [e, p] : entities) covering += e.type == type && ts::contains(e.span, t) ? p : 0.0;
          for (std::size_t j = 0; j < c.labels; ++j) {
            auto const label = static_cast<ts::label_id>(j);
            double const p = marginals[{t, label}];
            if (k == 0) REQUIRE(found->marginal(t, label) == doctest::Approx(p).epsilon(1e-10));
            ts::tag const tag = labels.tag_of(label);
            if (tag.role != ts::role::outside && tag.type == type) inside += p;
          }
          REQUIRE(found->inside(t, type) == doctest::Approx(inside).epsilon(1e-10));
          REQUIRE(found->inside(t, type) == doctest::Approx(covering).epsilon(1e-10));
          risk += inside;
        }
        REQUIRE(found->risk(t) == doctest::Approx(risk).epsilon(1e-10));
      }
      // The best readings around a span: the same list as from all entities.
      std::size_t const begin = random.below(c.rows);
      ts::token_span const around{begin, begin + 1 + random.below(c.rows - begin)};
      std::size_t const longest = 1 + random.below(4);
      std::vector<double> touching;
      for (auto const& [e, p] : entities) {
        if (ts::overlaps(e.span, around) && e.span.size() <= longest && p > 0) touching.push_back(p);
      }
      std::sort(touching.rbegin(), touching.rend());
      auto const best = found->alternatives(around, 3, longest);
      REQUIRE(best.size() == std::min<std::size_t>(3, touching.size()));
      for (std::size_t i = 0; i < best.size(); ++i) {
        REQUIRE(best[i].probability == doctest::Approx(touching[i]).epsilon(1e-10));
        REQUIRE(best[i].probability == found->probability(best[i].entity));
        REQUIRE(ts::overlaps(best[i].entity.span, around));
        REQUIRE(best[i].entity.span.size() <= longest);
      }
    }
    CHECK(compared > 500);
  }
}

// On longer sequences the entities over a token cannot be enumerated by path, but by span.
TEST_CASE("the entities over a token add up to its marginal") {
  for (scheme const& s : schemes) {
    CAPTURE(s.name);
    random_numbers random(14);
    auto const labels = ts::label_set::from_id2label(names_for(s, 3, true)).value();
    for (int round = 0; round < 4; ++round) {
      auto c = make_case(30, labels.size(), random, round == 3 ? 900 : 4, 16);
      auto const found = s.posteriors(c.view(), labels, c.options());
      if (!found) continue;
      for (std::size_t t : {std::size_t{0}, std::size_t{13}, std::size_t{29}}) {
        for (std::uint32_t k = 0; k < 3; ++k) {
          double covering = 0;
          for (std::size_t begin = 0; begin <= t; ++begin) {
            for (std::size_t end = t + 1; end <= 30; ++end)
              covering += found->probability({{begin, end}, ts::type_id{k}});
          }
          CHECK(found->inside(t, ts::type_id{k}) == doctest::Approx(covering).epsilon(1e-9));
        }
      }
    }
  }
}

namespace {

// The textbook, in long double.
std::vector<ts::label_id> long_double_twin(scheme const& s, ts::label_set const& labels,
                                           std::vector<float> const& scores, std::vector<float> const& transitions) {
  std::size_t const n = labels.size();
  std::size_t const rows = scores.size() / n;
  auto tag_of = [&](std::size_t j) { return labels.tag_of(static_cast<ts::label_id>(j)); };
  long double const lowest = -std::numeric_limits<long double>::infinity();
  std::vector<long double> moves(n * n, lowest), now(n, lowest), next(n);
  for (std::size_t i = 0; i < n; ++i) {
    if (s.table.allows(ts::role::outside, tag_of(i).role, false)) now[i] = scores[i];
    for (std::size_t j = 0; j < n; ++j) {
      bool const same = tag_of(i).role != ts::role::outside && tag_of(i).type == tag_of(j).type;
      if (s.table.allows(tag_of(i).role, tag_of(j).role, same))
        moves[i * n + j] = transitions.empty() ? 0 : transitions[i * n + j];
    }
  }
  std::vector<std::uint8_t> back(rows * n);
  for (std::size_t t = 1; t < rows; ++t) {
    for (std::size_t j = 0; j < n; ++j) {
      long double best = lowest;
      for (std::size_t i = 0; i < n; ++i) {
        if (now[i] + moves[i * n + j] > best) {
          best = now[i] + moves[i * n + j];
          back[t * n + j] = static_cast<std::uint8_t>(i);
        }
      }
      next[j] = best + scores[t * n + j];
    }
    now.swap(next);
  }
  std::size_t last = n;
  for (std::size_t j = 0; j < n; ++j) {
    if (s.table.allows(tag_of(j).role, ts::role::outside, false) && (last == n || now[j] > now[last])) last = j;
  }
  std::vector<ts::label_id> path(rows);
  for (std::size_t t = rows; t-- > 0;) {
    path[t] = static_cast<ts::label_id>(last);
    last = back[t * n + last];
  }
  return path;
}

}  // namespace

TEST_CASE("100,000 tokens: the path of a long double twin") {
  for (scheme const& s : schemes) {
    CAPTURE(s.name);
    random_numbers random(15);
    auto const labels = ts::label_set::from_id2label(names_for(s, 4, true)).value();
    std::size_t const n = labels.size();
    for (bool learned : {false, true}) {
      std::vector<float> scores(100000 * n), transitions(learned ? n * n : 0);
      for (float& x : scores) x = static_cast<float>(random.grid(16, 256));
      for (float& x : transitions) x = static_cast<float>(random.grid(4, 256));
      ts::scores_view<float const> const view{scores.data(), 100000, n};
      auto const found = s.viterbi_of_floats(view, labels, {.transitions = transitions}).value();
      auto const twin = long_double_twin(s, labels, scores, transitions);
      CHECK((found.path == twin));
      long double sum = 0;
      for (std::size_t t = 0; t < 100000; ++t) {
        sum += scores[t * n + static_cast<std::size_t>(twin[t])];
        if (learned && t > 0)
          sum += transitions[static_cast<std::size_t>(twin[t - 1]) * n + static_cast<std::size_t>(twin[t])];
      }
      CHECK(static_cast<long double>(found.score) == sum);
    }
  }
}
