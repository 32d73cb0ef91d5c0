// SPDX-License-Identifier: MIT
// The four submissions to WNUT 2017 whose files are known, against the scores that the organisers published.
#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "support/skip.hpp"

TEST_CASE("published scores") {
  std::filesystem::path const data = TAGSPAN_SHARED_DIR "/data/wnut17";
  std::ifstream table(data / "published-scores.tsv");
  if (!table) return tagspan_test::skip("../shared/data/wnut17 is not there");
  std::string line;
  std::getline(table, line);
  std::size_t systems = 0;
  while (std::getline(table, line)) {
    std::string name, file;
    double f1 = 0;
    std::istringstream cells(line);
    cells >> name >> file >> f1;
    REQUIRE_FALSE(cells.fail());
    INFO(name);
    // A published figure has two decimals of a percentage: both bounds must hold.
    char bar[64];
    for (bool const below : {true, false}) {
      std::snprintf(bar, sizeof bar, "%.6f", (f1 + (below ? -0.005 : 0.005)) / 100);
      std::string const command =
          "'" TAGSPAN_COMMAND "' score --reading conlleval --fail-under micro.f1=" + std::string(bar) + " '" +
          (data / "emerging.test.annotated").string() + "' '" + (data / "submissions" / file).string() + "' >/dev/null";
      bool const reached = std::system(command.c_str()) == 0;
      CHECK(reached == below);
    }
    ++systems;
  }
  CHECK(systems == 4);
}
