// SPDX-License-Identifier: MIT
// expect: nodiscard
// An error that nobody looks at is a silent loss.
#include <tagspan/eval/scorer.hpp>

#include <span>

namespace ts = tagspan;

void count(ts::scorer<ts::bio>& scorer, std::span<ts::label_id const> gold, std::span<ts::label_id const> predicted) {
#ifdef MISTAKE
  scorer.add(gold, predicted);
#else
  scorer.add(gold, predicted).value();
#endif
}
