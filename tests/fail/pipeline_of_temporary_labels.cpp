// SPDX-License-Identifier: MIT
// expect: (use of deleted function|call to deleted constructor|deleted)
// expect: pipeline
// A pipeline keeps its labels by reference, so it takes none that are about to go.
#include <tagspan/model/pipeline.hpp>

namespace ts = tagspan;

ts::label_set labels() { return ts::label_set::for_types<ts::bio>({"PER"}); }

int main() {
#ifdef MISTAKE
  ts::pipeline<ts::bio> ner{labels()};
#else
  ts::label_set const kept = labels();
  ts::pipeline<ts::bio> ner{kept};
#endif
  return static_cast<int>(ner.options().min_score);
}
