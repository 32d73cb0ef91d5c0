// SPDX-License-Identifier: MIT
// What somebody writes on the first day.
#include <tagspan/tagspan.hpp>

#include <cstdio>
#include <vector>

namespace ts = tagspan;

static_assert(ts::spans<ts::bio>({"B-PER", "I-PER", "O", "B-LOC", "O"}) ==
              std::vector<ts::named_span>{{0, 2, "PER"}, {3, 4, "LOC"}});

int main() {
  ts::label_set labels;
  auto const gold = labels.intern({"B-PER", "I-PER", "O", "B-LOC"}).value();
  auto const predicted = labels.intern({"B-PER", "I-PER", "O", "O"}).value();
  ts::scorer<ts::bio> scorer{labels};
  scorer.add(gold, predicted).value();
  std::puts(ts::to_text(scorer.report()).c_str());
  return scorer.report().micro.recall == 0.5 ? 0 : 1;
}
