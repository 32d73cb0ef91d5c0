// SPDX-License-Identifier: MIT
#include <tagspan/core/error.hpp>

#include <doctest/doctest.h>

#include <memory>
#include <set>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace ts = tagspan;

namespace {

ts::result<std::vector<std::string>> three_names() {
  return std::vector<std::string>{"a name too long to be kept inside a string", "b", "c"};
}
ts::result<int> bad(ts::error e) { return e; }

constexpr bool constant_use() {
  ts::result<int> good = 4;
  ts::result<int> const failed = ts::error{ts::errc::bad_label, 2, 3};
  good.value() += 1;
  *good += 1;
  ts::result<void> const done{};
  ts::result<void> const not_done = ts::error{ts::errc::empty_input};
  done.value();
  return good && *good == 6 && good.value() == 6 && !failed && failed.error().where == 2 && failed.error().inner == 3 &&
         done.has_value() && !not_done && not_done.error() == ts::error{ts::errc::empty_input, 0, 0};
}
static_assert(constant_use());

}  // namespace

TEST_CASE("a loop over the value of a temporary is safe") {
  // The sanitizers' build makes this test: with a reference the strings would be gone.
  std::string all;
  for (auto& name : three_names().value()) all += name;
  for (auto& name : *three_names()) all += name;
  CHECK(all.size() == 2 * (42 + 2));
  static_assert(std::is_same_v<decltype(three_names().value()), std::vector<std::string>>);
  static_assert(std::is_same_v<decltype(*three_names()), std::vector<std::string>>);
  static_assert(std::is_same_v<decltype(std::declval<ts::result<int> const>().value()), int>);
  static_assert(std::is_same_v<decltype(std::declval<ts::result<int>&>().value()), int&>);
  static_assert(std::is_same_v<decltype(*std::declval<ts::result<int> const&>()), int const&>);
}

TEST_CASE("a result holds what it was given") {
  CHECK(constant_use());
  ts::result<std::string> const text = "from a literal";
  CHECK(text->size() == 14);
  ts::result<bool> const no = false;
  CHECK(no.has_value());
  CHECK_FALSE(*no);
  ts::result<std::unique_ptr<int>> owner = std::make_unique<int>(3);
  std::unique_ptr<int> const taken = std::move(owner).value();
  CHECK(*taken == 3);
  ts::result<std::string> copy = text;
  *copy += '!';
  CHECK(*text == "from a literal");
  copy = bad({ts::errc::bad_json, 1, 2}).error();
  CHECK(copy.error() == ts::error{ts::errc::bad_json, 1, 2});
}

TEST_CASE("taking what is not there breaks a contract") {
  ts::result<int> failed = ts::error{ts::errc::bad_label, 1, 2};
  ts::result<int> good = 1;
  ts::result<void> failed_void = ts::error{ts::errc::bad_label, 1, 2};
  CHECK_THROWS_AS(static_cast<void>(failed.value()), ts::contract_violation);
  CHECK_THROWS_AS(static_cast<void>(std::as_const(failed).value()), ts::contract_violation);
  CHECK_THROWS_AS(static_cast<void>(*failed), ts::contract_violation);
  CHECK_THROWS_AS(static_cast<void>(failed.operator->()), ts::contract_violation);
  CHECK_THROWS_AS(static_cast<void>(bad({}).value()), ts::contract_violation);
  CHECK_THROWS_AS(static_cast<void>(good.error()), ts::contract_violation);
  CHECK_THROWS_AS(failed_void.value(), ts::contract_violation);
  CHECK_THROWS_AS(static_cast<void>(ts::result<void>{}.error()), ts::contract_violation);
  CHECK_THROWS_WITH_AS(static_cast<void>(failed.value()), doctest::Contains("value() of a result that holds an error"),
                       ts::contract_violation);
}

TEST_CASE("every code has a sentence of its own") {
  std::set<std::string> seen;
  auto known = [](int code) {
    return ts::message({static_cast<ts::errc>(code), 7, 9}).find("unknown error") == std::string::npos;
  };
  int last_code = 0;
  while (known(last_code + 1)) ++last_code;
  CHECK(last_code >= static_cast<int>(ts::errc::out_of_text));
  for (int code = last_code + 1; code < 256; ++code) CHECK_FALSE(known(code));  // no gap: each code has its sentence
  for (int code = 1; code <= last_code; ++code) {
    CAPTURE(code);
    for (char const* context : {"", "B-PER"}) {
      std::string const text = ts::message({static_cast<ts::errc>(code), 7, 9}, context);
      CAPTURE(text);
      CHECK(text.find('%') == std::string::npos);
      CHECK(text.find("  ") == std::string::npos);
      CHECK(text.find("unknown error") == std::string::npos);
      CHECK(text.front() != ' ');
      CHECK(text.back() != ' ');
      if (*context != '\0') CHECK(text.find("'B-PER'") != std::string::npos);
      if (*context == '\0') CHECK(seen.insert(text).second);
    }
  }
  CHECK(ts::message({}) == "unknown error (0, 0)");
}

TEST_CASE("messages name the place and the culprit") {
  struct row {
    ts::error e;
    char const* context;
    char const* expected;
  };
  row const rows[] = {
      {{ts::errc::unknown_label, 3, 0}, "B-DRUG", "label 'B-DRUG' at 3 is not in the label set"},
      {{ts::errc::unknown_label, 3, 0}, "", "label at 3 is not in the label set"},
      {{ts::errc::bad_label, 12, 4}, "X-PER", "line 12, column 4: 'X-PER' is no label of this set"},
      {{ts::errc::id_out_of_range, 3, 0}, "", "no label has the id at position 3"},
      {{ts::errc::bad_id_in_sentence, 3, 4}, "", "sentence 3: no label has the id at position 4"},
      {{ts::errc::unknown_type, 3, 0}, "PER", "the label set has no type 'PER' (at 3)"},
      {{ts::errc::bad_type_in_sentence, 3, 4}, "PER", "sentence 3: the label set has no type 'PER' of entity 4"},
      {{ts::errc::span_out_of_range, 3, 0}, "", "entity 3 is empty, runs backwards or leaves the sequence"},
      {{ts::errc::duplicate_entity, 3, 4}, "", "sentence 3: entity 4 is given twice"},
      {{ts::errc::encoding_mismatch, 1, 7}, "", "the encoding has 7 entries in part 1 (0 word_ids, 1 offsets, 2 "
                                                "special_tokens_mask, 3 pieces), which is not one a token"},
      {{ts::errc::bad_label_name, 2, 0}, "", "entry 2 of id2label: the label is no text"},
      {{ts::errc::overlap_too_large, 6, 5},
       "",
       "an overlap of 6 in windows of 5 tokens, reserved ones aside, leaves no room for anything new"},
      {{ts::errc::missing_column, 12, 4}, "", "line 12 has no column 4"},
      {{ts::errc::unknown_label, 0, 0}, "100% %w", "label '100% %w' at 0 is not in the label set"},
      {{ts::errc::token_mismatch, 5, 6},
       "",
       "line 5 of the first file and line 6 of the second do not hold the same token"},
  };
  for (row const& r : rows) CHECK(ts::message(r.e, r.context) == r.expected);
}
