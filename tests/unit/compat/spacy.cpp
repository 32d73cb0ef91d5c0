// SPDX-License-Identifier: MIT
#include <tagspan/compat/spacy.hpp>

#include <doctest/doctest.h>

#include <vector>

namespace {

namespace ts = tagspan;
using ts::alignment;
using tokens = ts::token_span;

TEST_CASE("filter_spans: the longest, then the first to begin; by begin; touching is fine") {
  struct row {
    char const* what;
    std::vector<ts::token_entity> in;
    std::vector<std::size_t> kept;
  };
  row const rows[] = {
      {"nothing", {}, {}},
      {"the longest", {{{0, 2}, {}}, {{1, 5}, {}}, {{4, 6}, {}}}, {1}},
      {"of equals the first to begin", {{{2, 4}, {}}, {{1, 3}, {}}}, {1}},
      {"touching", {{{2, 4}, {}}, {{0, 2}, {}}}, {1, 0}},
      {"nested", {{{1, 2}, {}}, {{0, 3}, {}}}, {1}},
      {"equal", {{{0, 3}, {}}, {{0, 3}, {}}}, {0}},
  };
  for (row const& r : rows) {
    CAPTURE(r.what);
    CHECK(ts::compat::spacy_filter_spans(r.in) == r.kept);
  }
}

TEST_CASE("char_span knows the blank behind a token") {
  std::vector<ts::compat::spacy_token> const doc{{{0, 3}, true}, {{4, 7}, false}, {{7, 8}, false}};  // "New Yor!"
  struct row {
    ts::code_point_span text;
    alignment mode;
    std::optional<ts::token_span> expected;
  };
  row const rows[] = {
      {{0, 3}, alignment::strict, tokens{0, 1}},
      {{0, 4}, alignment::strict, {}},
      {{3, 7}, alignment::expand, tokens{1, 2}},
      {{0, 4}, alignment::contract, tokens{0, 1}},
      {{1, 7}, alignment::contract, tokens{1, 2}},
      {{1, 5}, alignment::contract, {}},
      {{5, 8}, alignment::expand, tokens{1, 3}},
      {{0, 9}, alignment::expand, {}},
      {{0, 0}, alignment::expand, {}},
  };
  for (row const& r : rows) {
    CAPTURE(r.text.begin);
    CAPTURE(r.text.end);
    CHECK(ts::compat::spacy_char_span(doc, r.text, r.mode).value() == r.expected);
  }
}

}  // namespace
