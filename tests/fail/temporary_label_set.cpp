// SPDX-License-Identifier: MIT
// expect: (use of deleted function|call to deleted constructor|deleted)
// expect: scorer
// A scorer keeps its labels by reference, so it takes none that are about to go.
#include <tagspan/eval/scorer.hpp>

namespace ts = tagspan;

ts::label_set labels() { return ts::label_set::for_types<ts::bio>({"PER"}); }

int main() {
#ifdef MISTAKE
  ts::scorer<ts::bio> scorer{labels()};
#else
  ts::label_set const kept = labels();
  ts::scorer<ts::bio> scorer{kept};
#endif
  return static_cast<int>(scorer.report().rejected);
}
