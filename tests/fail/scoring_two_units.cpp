// SPDX-License-Identifier: MIT
// expect: (span_of|same_as)
#include <tagspan/eval/scorer.hpp>

#include <vector>

int main() {
  tagspan::label_set const labels = tagspan::label_set::for_types<tagspan::bio>({"PER"});
  tagspan::scorer scorer{labels};
  std::vector<tagspan::token_entity> const gold;
#ifdef MISTAKE
  std::vector<tagspan::entity<tagspan::unit::byte>> const predicted;
#else
  std::vector<tagspan::token_entity> const predicted;
#endif
  return scorer.add(gold, predicted) ? 0 : 1;
}
