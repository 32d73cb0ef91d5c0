// SPDX-License-Identifier: MIT
// Paths and transitions against allennlp 2.10.1 (`allennlp_transitions`, `viterbi`) and the BIOES decoder with six
// biases
// (`bioes_viterbi_biased`). Committed beside this test: all rows of the first two, every third row (1, 4, 7, …) of the
// third. The complete files are read as well where they are there.
#include <doctest/doctest.h>

#include <cstddef>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <tagspan/model/posteriors.hpp>
#include <tagspan/model/viterbi.hpp>
#include <tagspan/tags/entities.hpp>

#include "support/skip.hpp"

namespace ts = tagspan;
using nlohmann::json;

namespace {

constexpr char const* committed = TAGSPAN_GOLDEN_DIR "/decoding/";
constexpr char const* complete = TAGSPAN_SHARED_DIR "/golden/decoding/";

std::vector<json> rows_of(std::string const& folder, char const* name) {
  std::vector<json> rows;
  std::ifstream file(folder + name + ".jsonl");
  for (std::string line; std::getline(file, line);) rows.push_back(json::parse(line));
  return rows;
}

// The only reasons for which something is left out.
enum class reason {
  peer_lacks_outside,    // the peer's BMES has no O, so that it forbids each step from and to O
  foreign_letter,        // the peer reads the letters of its own scheme only; here S is U, E is L, wherever they stand
  mixed_labels_refused,  // labels with and without prefix in one set
};

ts::scheme_id scheme_of(json const& row) { return ts::scheme_from_name(row["scheme"].get<std::string>()).value(); }

struct outcome {
  std::size_t rows = 0, compared = 0;
  std::map<reason, std::size_t> left_out;
};

outcome compare_transitions(std::vector<json> const& rows) {
  outcome out;
  for (json const& row : rows) {
    ++out.rows;
    CAPTURE(row["id"].get<std::string>());
    auto const labels = ts::label_set::from_id2label(row["labels"].get<std::vector<std::string>>());
    if (!labels) {
      CHECK(labels.error().code == ts::errc::label_without_prefix);
      ++out.left_out[reason::mixed_labels_refused];
      continue;
    }
    std::size_t const n = labels->size();
    std::vector<std::vector<char>> allowed(n + 2, std::vector<char>(n + 2));
    for (auto const& pair : row["allowed"]) allowed.at(pair[0]).at(pair[1]) = 1;
    std::size_t const start = row["start_id"];
    std::size_t const end = row["end_id"];
    ts::visit_scheme(scheme_of(row), [&](auto scheme) {
      using S = decltype(scheme);
      ts::lattice<S> const lattice(*labels);
      auto excuse = [&](std::size_t label) -> std::optional<reason> {
        ts::role const role = labels->tag_of(static_cast<ts::label_id>(label)).role;
        if (role == ts::role::outside) {
          return S::name == "BMES" ? std::optional(reason::peer_lacks_outside) : std::nullopt;
        }
        bool const own = labels->letter(static_cast<ts::label_id>(label)) == S::letters.of(role);
        return own ? std::nullopt : std::optional(reason::foreign_letter);
      };
      auto compare = [&](std::optional<reason> why, bool peer, bool ours) {
        if (why) {
          ++out.left_out[*why];
          CHECK_FALSE(peer);  // an excuse is for what the peer forbids
          return;
        }
        ++out.compared;
        CHECK(peer == ours);
      };
      for (std::size_t i = 0; i < n; ++i) {
        auto const from = static_cast<ts::label_id>(i);
        CAPTURE(labels->name(from));
        compare(excuse(i), allowed[start][i] != 0, lattice.may_start(from));
        compare(excuse(i), allowed[i][end] != 0, lattice.may_end(from));
        for (std::size_t j = 0; j < n; ++j) {
          auto const to = static_cast<ts::label_id>(j);
          CAPTURE(labels->name(to));
          compare(excuse(i) ? excuse(i) : excuse(j), allowed[i][j] != 0, lattice.allows(from, to));
        }
      }
    });
  }
  return out;
}

std::vector<double> flat(json const& matrix) {
  std::vector<double> out;
  if (matrix.is_null()) return out;
  for (auto const& row : matrix) {
    if (row.is_number()) {
      out.push_back(row.get<double>());
    } else {
      for (auto const& x : row) out.push_back(x.get<double>());
    }
  }
  return out;
}

struct viterbi_outcome {
  std::size_t rows = 0, paths = 0, without_path = 0, top_three = 0, learned = 0;
};

viterbi_outcome compare_paths(std::vector<json> const& rows) {
  viterbi_outcome out;
  for (json const& row : rows) {
    ++out.rows;
    CAPTURE(row["id"].get<std::string>());
    auto const labels = ts::label_set::from_id2label(row["labels"].get<std::vector<std::string>>()).value();
    auto const logits = flat(row["logits"]);
    auto const transitions = flat(row["transitions"]);
    auto const start = flat(row["start"]);
    auto const end = flat(row["end"]);
    ts::scores_view<double const> const view{logits.data(), row["logits"].size(), labels.size()};
    ts::viterbi_options<double> const options{transitions, start, end, {}};
    out.learned += !transitions.empty();
    ts::visit_scheme(scheme_of(row), [&](auto scheme) {
      using S = decltype(scheme);
      auto const found = ts::viterbi<S>(view, labels, options);
      if (row["expected_path"].is_null()) {
        ++out.without_path;
        REQUIRE_FALSE(found.has_value());
        CHECK(found.error().code == ts::errc::no_legal_path);
        return;
      }
      ++out.paths;
      REQUIRE(found.has_value());
      CHECK(found->path == row["expected_path"].get<std::vector<ts::label_id>>());
      CHECK(found->score == doctest::Approx(row["expected_score"].get<double>()).epsilon(1e-9));
      if (!row.contains("expected_top3")) return;
      ++out.top_three;
      auto const best = ts::k_best<S>(view, labels, 3, options).value();
      // The peer's list may be shorter: paths that break the constraints were taken out of it.
      REQUIRE(best.size() >= row["expected_top3"].size());
      for (std::size_t i = 0; i < row["expected_top3"].size(); ++i) {
        auto const& expected = row["expected_top3"][i];
        CHECK(best[i].path == expected["path"].get<std::vector<ts::label_id>>());
        CHECK(best[i].score == doctest::Approx(expected["score"].get<double>()).epsilon(1e-9));
      }
    });
  }
  return out;
}

using span_list = std::vector<std::tuple<std::string, std::size_t, std::size_t>>;

span_list spans_of(std::vector<ts::label_id> const& path, ts::label_set const& labels) {
  span_list out;
  for (auto const& e : ts::to_entities(path, labels).value()) {
    out.emplace_back(std::string(labels.type_name(e.type)), e.span.begin, e.span.end);
  }
  return out;
}

std::pair<std::size_t, std::size_t> compare_biased(std::vector<json> const& rows) {
  std::size_t paths = 0, spans = 0;
  for (json const& row : rows) {
    CAPTURE(row["id"].get<std::string>());
    auto const labels = ts::label_set::from_id2label(row["labels"].get<std::vector<std::string>>()).value();
    auto const scores = flat(row["log_probs"]);
    auto bias = [&](char const* name) { return row["biases"]["transition_bias_" + std::string(name)].get<double>(); };
    ts::viterbi_options<double> const options{.biases = {.background_stay = bias("background_stay"),
                                                         .background_to_start = bias("background_to_start"),
                                                         .end_to_background = bias("end_to_background"),
                                                         .end_to_start = bias("end_to_start"),
                                                         .inside_to_continue = bias("inside_to_continue"),
                                                         .inside_to_end = bias("inside_to_end")}};
    auto const found =
        ts::viterbi<ts::bioes>(ts::scores_view{scores.data(), row["log_probs"].size(), labels.size()}, labels, options);
    REQUIRE(found.has_value());
    CHECK(found->path == row["expected_path"].get<std::vector<ts::label_id>>());
    ++paths;
    CHECK(spans_of(found->path, labels) == row["expected_spans"].get<span_list>());
    CHECK(spans_of(row["argmax_path"].get<std::vector<ts::label_id>>(), labels) ==
          row["argmax_spans"].get<span_list>());
    spans += row["expected_spans"].size() + row["argmax_spans"].size();
  }
  return {paths, spans};
}

}  // namespace

TEST_CASE("allennlp: which label may follow which") {
  for (char const* folder : {committed, complete}) {
    auto const rows = rows_of(folder, "allennlp_transitions");
    if (rows.empty() && folder == complete) continue;
    auto const out = compare_transitions(rows);
    CHECK(out.rows == 12);
    CHECK(out.compared == 357);
    CHECK(out.left_out == std::map<reason, std::size_t>{{reason::peer_lacks_outside, 11},
                                                        {reason::foreign_letter, 28},
                                                        {reason::mixed_labels_refused, 1}});
  }
}

TEST_CASE("allennlp: best paths, scores, top three") {
  for (char const* folder : {committed, complete}) {
    auto const rows = rows_of(folder, "viterbi");
    if (rows.empty() && folder == complete) continue;
    auto const out = compare_paths(rows);
    CHECK(out.rows == 160);
    CHECK(out.paths == 160);
    CHECK(out.without_path == 0);
    CHECK(out.top_three == 40);
    CHECK(out.learned == 54);
  }
}

TEST_CASE("BIOES with six biases: paths, and spans of any path") {
  auto const [paths, spans] = compare_biased(rows_of(committed, "bioes_viterbi_biased"));
  CHECK(paths == 40);
  CHECK(spans == 306);
}

TEST_CASE("BIOES with six biases: the complete file") {
  auto const rows = rows_of(complete, "bioes_viterbi_biased");
  if (rows.empty()) return tagspan_test::skip("the complete golden files are not there");
  auto const [paths, spans] = compare_biased(rows);
  CHECK(paths == 120);
  CHECK(spans == 899);
}
