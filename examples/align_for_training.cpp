// SPDX-License-Identifier: MIT
// Two exercises that every course on token classification sets: labels of words become labels of pieces, and tags
// become spans. And what comes next in practice: entities marked in a text become tags, and rows become a batch.
#include <tagspan/model/align.hpp>
#include <tagspan/tags/entities.hpp>

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

namespace ts = tagspan;

namespace {

std::string name(ts::label_set const& labels, ts::label_id id) {
  return id == -100 ? "-100" : std::string(labels.name(id));
}

}  // namespace

int main() {
  // 1. John lives in New York City . — one label a word, but a tokenizer cuts words into pieces.
  auto const labels = ts::label_set::for_types<ts::bio>({"PER", "LOC"});
  auto const words = labels.encode({"B-PER", "O", "O", "B-LOC", "I-LOC", "I-LOC", "O"}).value();
  std::vector<std::string_view> const pieces{"[CLS]", "Jo", "##hn", "lives", "in",   "New",
                                             "York",  "Ci", "##ty", ".",     "[SEP]"};
  std::vector<std::uint8_t> const special{1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  // Most tokenizers give the word ids; this one has only marks.
  auto const word_ids = ts::word_ids_from_pieces(pieces, ts::piece_style::wordpiece, special).value();

  auto const first = ts::align_labels(words, word_ids, labels).value();
  auto const all = ts::align_labels(words, word_ids, labels, {.subwords = ts::subword_policy::all}).value();
  std::puts("piece  word  first  all");
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    std::printf("%-6s %4d  %-6s %s\n", std::string(pieces[i]).c_str(), word_ids[i], name(labels, first[i]).c_str(),
                name(labels, all[i]).c_str());
  }

  // 2. Barack Obama visited Paris . — which spans do these tags mean?
  static_assert(ts::spans<ts::bio>({"B-PER", "I-PER", "O", "B-LOC", "O"}) ==
                std::vector<ts::named_span>{{0, 2, "PER"}, {3, 4, "LOC"}});
  std::puts("\nspans");
  for (auto const& s : ts::spans<ts::bio>({"B-PER", "I-PER", "O", "B-LOC", "O"})) {
    std::printf("%zu..%zu %s\n", s.begin, s.end, std::string(s.type).c_str());
  }

  // 3. The other way, from a text with marks. The second mark ends inside a token, and is not lost in silence.
  std::string_view const text = "Barack Obama visited Paris .";
  std::vector<ts::byte_span> const tokens{{0, 0}, {0, 6}, {7, 12}, {13, 20}, {21, 26}, {27, 28}, {0, 0}};
  std::vector<ts::entity<ts::unit::byte>> const marks{{{0, 12}, *labels.find_type("PER")},
                                                      {{21, 24}, *labels.find_type("LOC")}};
  for (ts::alignment mode : {ts::alignment::strict, ts::alignment::expand}) {
    auto const tagged = ts::tags_from_spans<ts::bio>(marks, tokens, labels, mode).value();
    std::puts(mode == ts::alignment::strict ? "\nstrict" : "\nexpand");
    for (std::size_t i = 0; i < tokens.size(); ++i)
      std::printf("%s%s", i == 0 ? "" : " ", name(labels, tagged.ids[i]).c_str());
    std::puts("");
    for (auto const& m : tagged.misaligned) {
      auto const span = marks[m.index].span;
      std::printf("misaligned: '%s'\n", std::string(text.substr(span.begin, span.size())).c_str());
    }
  }

  // 4. Rows of a batch have one length, here a multiple of 8.
  auto const batch =
      ts::pad_labels(std::vector<std::vector<ts::label_id>>{first, {-100, 1, 0, -100}}, {.multiple_of = 8}).value();
  std::printf("\nbatch of %zu rows, %zu labels each\n", batch.rows, batch.columns);
  for (std::size_t r = 0; r < batch.rows; ++r) {
    for (ts::label_id id : batch.row(r)) std::printf("%5d", id);
    std::puts("");
  }
}
