// SPDX-License-Identifier: MIT
#include <tagspan/model/type_table.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ts = tagspan;

namespace {

ts::label_set const labels = ts::label_set::for_types<ts::bio>({"PER", "LOC", "ORG", "MISC"});

ts::type_id type(std::string_view name) { return labels.find_type(name).value(); }

}  // namespace

TEST_CASE("a table is written with names and read with types") {
  auto const table = ts::type_table<float>::from({{"ORG", 0.7F}, {"PER", 0.5F}}, labels).value();
  CHECK(table.size() == 2);
  CHECK_FALSE(table.empty());
  CHECK(table.get(type("PER")) == 0.5F);
  CHECK(table.get(type("ORG")) == 0.7F);
  CHECK(table.get(type("LOC")) == std::nullopt);
  CHECK(table.value_or(type("ORG"), 0.1F) == 0.7F);
  CHECK(table.value_or(type("LOC"), 0.1F) == 0.1F);
  CHECK(table.contains(type("PER")));
  CHECK_FALSE(table.contains(type("MISC")));
  CHECK(table.get(ts::type_id{0xffffffffU}) == std::nullopt);  // any id may be asked for

  std::string order;
  for (auto const& e : table) order += e.name + "=" + std::to_string(e.value).substr(0, 3) + " ";
  CHECK(order == "PER=0.5 ORG=0.7 ");  // by type id, not as written
}

TEST_CASE("no table is an empty table") {
  ts::type_table<float> const none;
  CHECK(none.empty());
  CHECK(none.begin() == none.end());
  CHECK(none.value_or(type("PER"), 0.5F) == 0.5F);
  CHECK(none.check(labels));
  CHECK(ts::type_table<float>::from({}, labels).value() == none);
}

TEST_CASE("any range of pairs will do") {
  std::map<std::string, double> const config{{"LOC", 0.25}, {"MISC", 0.75}};
  auto const table = ts::type_table<float>::from(config, labels).value();
  CHECK(table.get(type("LOC")) == 0.25F);
  CHECK(table.get(type("MISC")) == 0.75F);

  std::vector<std::pair<char const*, std::string>> const colours{{"PER", "red"}};
  CHECK(ts::type_table<std::string>::from(colours, labels).value().value_or(type("PER"), "") == "red");
  CHECK(ts::type_table<bool>::from({{"PER", false}}, labels).value().get(type("PER")) == false);
}

TEST_CASE("names that are wrong are errors with their place") {
  struct row {
    std::vector<std::pair<std::string, int>> values;
    ts::error expected;
  };
  for (row const& r : {
           row{{{"PER", 1}, {"GPE", 2}}, {ts::errc::unknown_type, 1, 0}},
           row{{{"per", 1}}, {ts::errc::unknown_type, 0, 0}},
           row{{{"B-PER", 1}}, {ts::errc::unknown_type, 0, 0}},  // a label is not a type
           row{{{"", 1}}, {ts::errc::unknown_type, 0, 0}},
           row{{{"LOC", 1}, {"PER", 2}, {"LOC", 1}}, {ts::errc::duplicate_label, 2, 0}},
           row{{{"LOC", 1}, {"PER", 2}, {"PER", 1}, {"X", 1}}, {ts::errc::duplicate_label, 2, 1}},
       }) {
    CAPTURE(r.values.size());
    auto const table = ts::type_table<int>::from(r.values, labels);
    REQUIRE_FALSE(table.has_value());
    CHECK(table.error() == r.expected);
  }
}

TEST_CASE("values may be set one by one") {
  ts::type_table<int> table;
  table.set(type("ORG"), 3, labels);
  table.set(type("PER"), 1, labels);
  table.set(type("MISC"), 4, labels);
  table.set(type("ORG"), 5, labels);
  CHECK(table == ts::type_table<int>::from({{"PER", 1}, {"ORG", 5}, {"MISC", 4}}, labels).value());
  CHECK(table.get(type("PER")) == 1);
  CHECK(table.get(type("ORG")) == 5);
  CHECK(table.get(type("MISC")) == 4);
  CHECK_FALSE(table == ts::type_table<int>::from({{"PER", 1}, {"ORG", 5}}, labels).value());
  CHECK_THROWS_AS(table.set(ts::type_id{4}, 1, labels), ts::contract_violation);
}

TEST_CASE("a table outlives its set, and knows a set that numbers types otherwise") {
  std::optional<ts::type_table<float>> table;
  {
    ts::label_set const gone = ts::label_set::for_types<ts::bio>({"a type with a long name of its own", "PER"});
    std::string name = "a type with a long name of its own";
    table = ts::type_table<float>::from({{name, 0.5F}}, gone).value();
    name.assign(name.size(), '?');
  }
  CHECK(table->begin()->name == "a type with a long name of its own");
  auto const same = ts::label_set::for_types<ts::bioes>({"a type with a long name of its own", "LOC"});
  auto const swapped = ts::label_set::for_types<ts::bio>({"PER", "a type with a long name of its own"});
  CHECK(table->check(same));
  REQUIRE_FALSE(table->check(swapped));
  CHECK(table->check(swapped).error() == ts::error{ts::errc::unknown_type, 0, 0});
  CHECK(table->check(ts::label_set{}).error() == ts::error{ts::errc::unknown_type, 0, 0});
}

TEST_CASE("many types") {
  ts::label_set many;
  for (int i = 0; i < 70000; ++i) REQUIRE(many.intern_one("B-T" + std::to_string(i)));
  auto const table = ts::type_table<int>::from({{"T69999", 1}, {"T65536", 2}, {"T0", 3}}, many).value();
  CHECK(table.get(many.find_type("T69999").value()) == 1);
  CHECK(table.get(many.find_type("T65536").value()) == 2);
  CHECK(table.get(many.find_type("T0").value()) == 3);
  CHECK(table.get(many.find_type("T1").value()) == std::nullopt);
}
