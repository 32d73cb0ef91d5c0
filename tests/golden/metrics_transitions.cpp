// SPDX-License-Identifier: MIT
// What each peer says between two tags: does an entity end, does one start, and may the two stand side by side?
#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "golden.hpp"
#include "metrics.hpp"

using golden::json;
namespace ts = tagspan;

namespace {

// Why an answer is not compared.
constexpr char const* not_ours = "tagspan does not know one of the letters";
constexpr char const* unknown_letter = "the peer does not know one of the letters";
constexpr char const* refused = "the peer's scheme does not have one of the letters, and it says so";
constexpr char const* wrong_scheme = "the peer's strict IOB1 and IOE1 are wrong: only counted";

struct side {
  ts::role role;
  std::string type;
};

std::optional<side> side_of(std::string const& tag) {
  auto const role = ts::role_of_letter(tag.front());
  if (!role) return std::nullopt;
  return side{*role, tag.size() > 2 ? tag.substr(2) : std::string()};
}

struct step {
  bool end, start;  // of an entity, between the two
};

step step_of(ts::reading reading, side const& a, side const& b) {
  bool const out_a = a.role == ts::role::outside;
  bool const out_b = b.role == ts::role::outside;
  bool const boundary = out_a || out_b || a.type != b.type || ts::detail::splits(reading, a.role, b.role);
  return {!out_a && boundary, !out_b && boundary};
}

void compare_step(std::string const& peer, json const& row, side const& a, side const& b, ts::reading reading,
                  char const* letters, golden::tally& count) {
  json const tags = {row["prev"], row["tag"]};
  if (!golden::has_only(tags, letters)) return count.leave_out(peer, unknown_letter);
  step const found = step_of(reading, a, b);
  count.compare(peer, json({{"end", found.end}, {"start", found.start}}), row[peer], tags.dump());
}

// The three questions of seqeval's strict mode in terms of the scheme's table.
json strict_step(ts::scheme_table const& table, side const& a, side const& b) {
  step const cut = step_of(ts::reading::lenient, a, b);
  bool const same = a.role != ts::role::outside && b.role != ts::role::outside && a.type == b.type;
  return {{"start", cut.start && (same ? table.start_after_same : table.start).has(b.role)},
          {"inside", same && !cut.end && table.follow[static_cast<std::size_t>(a.role)].has(b.role)},
          {"end", cut.end && (same ? table.end_before_same : table.end).has(a.role)}};
}

ts::scheme_table table_of(std::string const& scheme) {
  return ts::visit_scheme(golden::scheme_of(scheme), [](auto s) -> ts::scheme_table { return decltype(s)::table; });
}

void compare(std::vector<json> const& rows, golden::tally& count) {
  for (json const& row : rows) {
    std::string const name = row["prev"].get<std::string>() + " " + row["tag"].get<std::string>();
    auto const a = side_of(row["prev"]);
    auto const b = side_of(row["tag"]);
    if (!a || !b) {
      count.leave_out("every peer", not_ours);
      continue;
    }
    compare_step("seqeval_default", row, *a, *b, ts::reading::lenient, "BIES", count);
    compare_step("conlleval_pl", row, *a, *b, ts::reading::conlleval, "BIESUW", count);
    for (auto const& [scheme, answer] : row["seqeval_strict"].items()) {
      std::string const what = "seqeval_strict " + scheme;
      if (answer.contains("error")) {
        count.leave_out(what, refused);
        continue;
      }
      json const found = strict_step(table_of(scheme), *a, *b);
      if (scheme == "IOB1" || scheme == "IOE1") {
        count.leave_out(what + (found == answer ? ", the same" : ", differs"), wrong_scheme);
      } else {
        count.compare(what, found, answer, name);
      }
    }
    for (char const* peer : {"seqscore_valid", "iobes_legal"}) {
      for (auto const& [scheme, legal] : row[peer].items()) {
        bool const same = a->role != ts::role::outside && a->type == b->type;
        bool const found = table_of(scheme).allows(a->role, b->role, same);
        count.compare(std::string(peer) + ' ' + scheme, found == legal, name);
      }
    }
  }
}

void compare_ends(std::vector<json> const& rows, golden::tally& count) {
  for (json const& row : rows) {
    std::string const scheme = row["scheme"];
    side const s = *side_of(row["tag"]);
    ts::scheme_table const table = table_of(scheme);
    std::string const name = scheme + ' ' + s.type;
    count.compare("iobes_may_start", table.allows(ts::role::outside, s.role, false) == row["iobes_may_start"], name);
    count.compare("iobes_may_end", table.allows(s.role, ts::role::outside, false) == row["iobes_may_end"], name);
  }
}

std::vector<golden::pin> const steps{
    {"conlleval_pl", "", 85, 85},
    {"iobes_legal BILOU", "", 41, 41},
    {"iobes_legal BMEWO", "", 41, 41},
    {"iobes_legal IOB1", "", 13, 13},
    {"iobes_legal IOB2", "", 13, 13},
    {"iobes_legal IOBES", "", 41, 41},
    {"seqeval_default", "", 41, 41},
    {"seqeval_strict BILOU", "", 41, 41},
    {"seqeval_strict IOB2", "", 13, 13},
    {"seqeval_strict IOBES", "", 41, 41},
    {"seqeval_strict IOE2", "", 13, 13},
    {"seqscore_valid BILOU", "", 41, 41},
    {"seqscore_valid BMES", "", 41, 41},
    {"seqscore_valid BMEWO", "", 41, 41},
    {"seqscore_valid IO", "", 5, 5},
    {"seqscore_valid IOB1", "", 13, 13},
    {"seqscore_valid IOB2", "", 13, 13},
    {"seqscore_valid IOBES", "", 41, 41},
    {"conlleval_pl", unknown_letter, 60, 60},
    {"every peer", not_ours, 120, 120},
    {"seqeval_default", unknown_letter, 104, 104},
    {"seqeval_strict BILOU", refused, 104, 104},
    {"seqeval_strict IOB1", refused, 132, 132},
    {"seqeval_strict IOB1, differs", wrong_scheme, 2, 2},
    {"seqeval_strict IOB1, the same", wrong_scheme, 11, 11},
    {"seqeval_strict IOB2", refused, 132, 132},
    {"seqeval_strict IOBES", refused, 104, 104},
    {"seqeval_strict IOE1", refused, 132, 132},
    {"seqeval_strict IOE1, differs", wrong_scheme, 3, 3},
    {"seqeval_strict IOE1, the same", wrong_scheme, 10, 10},
    {"seqeval_strict IOE2", refused, 132, 132},
};

std::vector<golden::pin> const ends{
    {"iobes_may_end", "", 21, 21},
    {"iobes_may_start", "", 21, 21},
};

}  // namespace

TEST_CASE("between two tags, committed") {
  golden::tally count;
  compare(golden::rows(golden::committed("metrics/transitions.jsonl")), count);
  count.expect(steps, golden::set::committed);
}

TEST_CASE("between two tags") {
  std::string const path = golden::shared("golden/metrics/transitions.jsonl");
  if (golden::is_missing(path)) return;
  golden::tally count;
  compare(golden::rows(path), count);
  count.expect(steps, golden::set::full);
}

TEST_CASE("at the ends, committed") {
  golden::tally count;
  compare_ends(golden::rows(golden::committed("metrics/transition_edges.jsonl")), count);
  count.expect(ends, golden::set::committed);
}

TEST_CASE("at the ends") {
  std::string const path = golden::shared("golden/metrics/transition_edges.jsonl");
  if (golden::is_missing(path)) return;
  golden::tally count;
  compare_ends(golden::rows(path), count);
  count.expect(ends, golden::set::full);
}
