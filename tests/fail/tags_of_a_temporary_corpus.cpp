// SPDX-License-Identifier: MIT
// expect: (use of deleted function|call to deleted member function)
// expect: tags_of
// What a corpus gives out looks into it, so a corpus that is about to go gives out nothing.
#include <tagspan/io/conll.hpp>

namespace ts = tagspan;

int main() {
  ts::label_set labels;
#ifdef MISTAKE
  auto const tags = ts::read_conll("Ada\tB-PER\n", labels).value().tags_of(0);
#else
  auto const corpus = ts::read_conll("Ada\tB-PER\n", labels).value();
  auto const tags = corpus.tags_of(0);
#endif
  return static_cast<int>(tags.size());
}
