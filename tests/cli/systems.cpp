// SPDX-License-Identifier: MIT
// The tables of real systems in docs/guide.md, "Is it better, or is it chance?" and "Which scorer?": made again by the
// commands that stand there.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "support/skip.hpp"

namespace {

std::string const data = TAGSPAN_SHARED_DIR "/data/";

std::string run(std::string const& arguments) {
  std::string const command = "'" TAGSPAN_COMMAND "' " + arguments + " 2>/dev/null";
  std::FILE* const pipe = popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::string text;
  char block[4096];
  while (std::size_t const size = std::fread(block, 1, sizeof block, pipe)) text.append(block, size);
  REQUIRE(pclose(pipe) == 0);
  return text;
}

// The cells behind the first line that begins with `name`.
std::vector<std::string> cells_behind(std::string const& text, std::string const& name) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(name + ' ')) continue;
    std::istringstream cells(line.substr(name.size()));
    return {std::istream_iterator<std::string>(cells), {}};
  }
  FAIL("no line begins with " << name << " in\n" << text);
  return {};
}

void must_stand_in_guide(std::string const& line) {
  std::ifstream file(TAGSPAN_SOURCE_DIR "/docs/guide.md");
  std::string const guide{std::istreambuf_iterator<char>(file), {}};
  bool const stands = guide.find('\n' + line + '\n') != std::string::npos;
  CHECK_MESSAGE(stands, "docs/guide.md lacks this line:\n" << line);
}

struct system_files {
  std::string name, arguments;  // of `tagspan score`
};

std::string quoted(std::string const& path) { return '\'' + path + '\''; }

std::vector<system_files> wnut17() {
  std::string const gold = quoted(data + "wnut17/emerging.test.annotated") + ' ';
  std::vector<system_files> out;
  for (char const* name : {"uh_ritual", "spinningbytes.txt", "arcada", "drexel_cci"}) {
    out.push_back({name, gold + quoted(data + "wnut17/submissions/" + name)});
  }
  return out;
}

std::vector<system_files> hipe() {
  std::string const file = quoted(data + "hipe2022-ajmc/ajmc-test-en.coarse.tsv");
  std::vector<system_files> out;
  for (char const* name : {"team1_bundle4_ajmc_en_1", "team1_bundle4_ajmc_en_2", "neurbsl_bundle3_ajmc_en_1"}) {
    out.push_back({name, file + " --gold-column GOLD --predicted-column " + name});
  }
  return out;
}

bool is_missing() {
  if (std::ifstream(data + "wnut17/published-scores.tsv")) return false;
  tagspan_test::skip("../shared/data is not there");
  return true;
}

char const* const scorers[] = {"conlleval.pl",      "seqeval",          "seqeval strict IOB2", "allennlp BIO",       "spaCy",
                               "nervaluate strict", "nervaluate exact", "nervaluate partial",  "nervaluate ent_type"};

// A row a scorer: each system's F1 and, where it is not the one of the first row, its rank.
void check_ranks(std::vector<system_files> const& systems) {
  std::vector<std::string> texts;
  for (system_files const& s : systems) texts.push_back(run("score --as all " + s.arguments));
  std::vector<int> usual;
  for (char const* scorer : scorers) {
    std::vector<std::string> f1;
    for (std::string const& text : texts) f1.push_back(cells_behind(text, scorer).at(2));
    std::vector<int> ranks;
    for (std::string const& own : f1) {
      ranks.push_back(1 + static_cast<int>(std::count_if(f1.begin(), f1.end(), [&](std::string const& o) { return o > own; })));
    }
    if (usual.empty()) usual = ranks;
    std::string line = std::string("| ") + scorer + " |";
    for (std::size_t i = 0; i < f1.size(); ++i) {
      line += ' ' + f1[i] + (ranks[i] == usual[i] ? "" : " (" + std::to_string(ranks[i]) + ")") + " |";
    }
    must_stand_in_guide(line);
  }
}

}  // namespace

TEST_CASE("WNUT-17: intervals and p-values") {
  if (is_missing()) return;
  auto const systems = wnut17();
  std::string const gold = quoted(data + "wnut17/emerging.test.annotated") + ' ';
  for (std::size_t i = 0; i < systems.size(); ++i) {
    auto const f1 = cells_behind(run("score --bootstrap 10000 --jobs 2 " + systems[i].arguments), "micro.f1");
    std::string line = "| " + systems[i].name + " | " + f1.at(0) + " | " + f1.at(1) + " to " + f1.at(2) + " |";
    for (std::size_t k = 0; k + 1 < systems.size(); ++k) {
      if (k >= i) {
        line += "  |";
        continue;
      }
      auto const path = [&](std::size_t at) { return quoted(data + "wnut17/submissions/" + systems[at].name) + ' '; };
      line += ' ' + cells_behind(run("compare --jobs 2 " + gold + path(k) + path(i)), "micro.f1").at(6) + " |";
    }
    must_stand_in_guide(line);
  }
}

TEST_CASE("systems by scorer") {
  if (is_missing()) return;
  check_ranks(wnut17());
  check_ranks(hipe());
}
