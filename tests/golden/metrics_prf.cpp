// SPDX-License-Identifier: MIT
// Figures and averages from bare counts.
#include <limits>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <tagspan/eval/metrics.hpp>

#include "golden.hpp"

using golden::json;
namespace ts = tagspan;

namespace {

// Why an answer is not compared.
constexpr char const* not_a_number = "the peer divides by no types at all";

// "beta0.5_zd1"
ts::metric_options options_of(std::string const& name) {
  std::size_t const line = name.find('_');
  std::string const beta = name.substr(4, line - 4);
  ts::metric_options options;
  options.beta = beta == "inf" ? std::numeric_limits<double>::infinity() : std::stod(beta);
  options.zero_division = name.ends_with("zd1") ? ts::zero_division::one : ts::zero_division::zero;
  return options;
}

bool near(json const& expected, ts::prf const& f) {
  return golden::near(expected[0], f.precision) && golden::near(expected[1], f.recall) &&
         golden::near(expected[2], f.f1);
}

std::string shown(ts::prf const& f) { return json({f.precision, f.recall, f.f1}).dump(); }

// The peer's function averages over every type that it is given. Its own figures by type, without the types that occur
// neither in gold nor in predicted (in a report of the peer there are none): what macro is then.
json mean_of_occurring(json const& by_type, std::vector<ts::entity_counts> const& counts,
                       ts::metric_options const& options) {
  json out = json::array();
  for (json const& figure : by_type) {
    double sum = 0;
    std::size_t types = 0;
    for (std::size_t k = 0; k < counts.size(); ++k) {
      if (counts[k].predicted == 0 && counts[k].gold == 0) continue;
      sum += figure[k].get<double>();
      ++types;
    }
    double const undefined = options.zero_division == ts::zero_division::one ? 1 : 0;
    out.push_back(types == 0 ? undefined : sum / static_cast<double>(types));
  }
  return out;
}

void compare(std::vector<json> const& rows, golden::tally& count) {
  for (json const& row : rows) {
    std::string const id = row["id"];
    std::vector<ts::entity_counts> counts;
    bool absent = false;
    for (std::size_t k = 0; k < row["tp"].size(); ++k) {
      counts.push_back({row["tp"][k], row["pred"][k], row["true"][k]});
      absent = absent || (counts.back().predicted == 0 && counts.back().gold == 0);
    }
    for (auto const& [name, answer] : row["seqeval"].items()) {
      ts::metric_options const options = options_of(name);
      for (std::size_t k = 0; k < counts.size(); ++k) {
        ts::prf const f = ts::figures(counts[k], options);
        json const& by_type = answer["none"];
        count.compare("seqeval by type", near(json({by_type[0][k], by_type[1][k], by_type[2][k]}), f), id + ' ' + name,
                      shown(f));
      }
      ts::averages const all = ts::average(counts, options);
      count.compare("seqeval micro", near(answer["micro"], all.micro), id + ' ' + name, shown(all.micro));
      count.compare("seqeval weighted", near(answer["weighted"], all.weighted), id + ' ' + name, shown(all.weighted));
      if (counts.empty()) {
        count.leave_out("seqeval macro", not_a_number);
        double const undefined = options.zero_division == ts::zero_division::one ? 1 : 0;
        CHECK(near(json({undefined, undefined, undefined}), all.macro));
      } else if (absent) {
        count.compare("seqeval macro over the types that occur",
                      near(mean_of_occurring(answer["none"], counts, options), all.macro), id + ' ' + name,
                      shown(all.macro));
      } else {
        count.compare("seqeval macro", near(answer["macro"], all.macro), id + ' ' + name, shown(all.macro));
      }
    }
    ts::prf const micro = ts::average(counts).micro;
    for (char const* peer : {"spacy_micro", "allennlp_micro", "seqscore_micro"}) {
      count.compare(peer, near(row[peer], micro), id, shown(micro));
    }
  }
}

std::vector<golden::pin> const figures{
    {"allennlp_micro", "", 45, 131},       {"seqeval by type", "", 1232, 3664},
    {"seqeval macro", "", 112, 464},       {"seqeval macro over the types that occur", "", 240, 576},
    {"seqeval micro", "", 360, 1048},      {"seqeval weighted", "", 360, 1048},
    {"seqscore_micro", "", 45, 131},       {"spacy_micro", "", 45, 131},
    {"seqeval macro", not_a_number, 8, 8},
};

}  // namespace

TEST_CASE("figures from counts, committed") {
  golden::tally count;
  compare(golden::rows(golden::committed("metrics/prf.jsonl")), count);
  count.expect(figures, golden::set::committed);
}

TEST_CASE("figures from counts") {
  std::string const path = golden::shared("golden/metrics/prf.jsonl");
  if (golden::is_missing(path)) return;
  golden::tally count;
  compare(golden::rows(path), count);
  count.expect(figures, golden::set::full);
}
