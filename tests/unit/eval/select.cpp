// SPDX-License-Identifier: MIT
#include <tagspan/eval/select.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <vector>

#include <tagspan/eval/scorer.hpp>

namespace ts = tagspan;

namespace {

using entities = std::vector<ts::token_entity>;
constexpr ts::type_id x{0};
constexpr ts::type_id y{1};
constexpr ts::type_id z{2};

ts::label_set three_types() { return ts::label_set::for_types<ts::bio>({"X", "Y", "Z"}); }

}  // namespace

TEST_CASE("types that are kept and types that are dropped") {
  auto const labels = three_types();
  entities const all{{{0, 2}, z}, {{1, 4}, x}, {{5, 6}, y}, {{5, 6}, x}};
  entities list = all;
  CHECK(ts::keep_types(list, labels, {"X"}).value() == 2);
  CHECK((list == entities{{{1, 4}, x}, {{5, 6}, x}}));
  list = all;
  CHECK(ts::drop_types(list, labels, std::vector<std::string>{"X", "Z"}).value() == 3);
  CHECK((list == entities{{{5, 6}, y}}));
  list = all;
  CHECK(ts::keep_types(list, labels, std::vector<std::string>{}).value() == 4);
  list = all;
  CHECK(ts::drop_types(list, labels, {}).value() == 0);
  // A type that is misspelt would drop nothing in silence.
  CHECK(ts::drop_types(list, labels, {"X", "x"}).error() == ts::error{ts::errc::unknown_type, 1, 0});
  CHECK(list == all);
  list.push_back({{8, 9}, ts::type_id{3}});
  CHECK(ts::keep_types(list, labels, {"X"}).error() == ts::error{ts::errc::unknown_type, 4, 0});
  CHECK(list.size() == 5);
}

TEST_CASE("without labels: each span once") {
  std::vector<ts::scored_entity<ts::unit::byte>> list{
      {{4, 6}, y, 0.1f, {}}, {{0, 2}, z, 0.2f, {}}, {{4, 6}, x, 0.3f, {}}, {{0, 3}, x, 0.4f, {}}, {{4, 6}, z, 0.5f, {}}};
  CHECK(ts::drop_labels(list) == 2);
  REQUIRE(list.size() == 3);
  CHECK(list[0].score == 0.1f);
  CHECK(list[1].score == 0.2f);
  CHECK(list[2].score == 0.4f);
  for (auto const& e : list) CHECK(e.type == ts::type_id{});
  entities none;
  CHECK(ts::drop_labels(none) == 0);
}

TEST_CASE("what overlaps a span of unknown annotation is out; touching is not overlapping") {
  struct row {
    std::vector<ts::token_span> unknown;
    std::vector<std::size_t> kept;  // begins
  };
  entities const all{{{0, 2}, x}, {{2, 4}, x}, {{4, 6}, x}, {{6, 8}, x}};
  row const rows[] = {
      {{}, {0, 2, 4, 6}},
      {{{2, 4}}, {0, 4, 6}},
      {{{3, 5}}, {0, 6}},
      {{{0, 9}}, {}},
      {{{5, 5}}, {0, 2, 4, 6}},           // empty
      {{{7, 8}, {0, 1}}, {2, 4}},         // in any order
      {{{0, 7}, {1, 2}, {2, 3}}, {}},     // the long one counts behind the short ones
      {{{8, 9}}, {0, 2, 4, 6}},
  };
  for (row const& r : rows) {
    entities list = all;
    CHECK(ts::drop_unknown(list, r.unknown) == all.size() - r.kept.size());
    REQUIRE(list.size() == r.kept.size());
    for (std::size_t i = 0; i < list.size(); ++i) CHECK(list[i].span.begin == r.kept[i]);
  }
}
