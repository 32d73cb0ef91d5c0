// SPDX-License-Identifier: MIT
// expect: (use of deleted function|call to deleted function)
// expect: spans
// What spans() gives looks into the tags, so it takes no vector of strings that is about to go.
#include <tagspan/tags/entities.hpp>

#include <string>
#include <vector>

namespace ts = tagspan;

std::vector<std::string> tags() { return {"B-PER", "O"}; }

int main() {
#ifdef MISTAKE
  auto const found = ts::spans<ts::bio>(tags());
#else
  auto const kept = tags();
  auto const found = ts::spans<ts::bio>(kept);
#endif
  return static_cast<int>(found.size());
}
