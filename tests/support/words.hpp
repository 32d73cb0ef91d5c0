// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>
#include <vector>

namespace tagspan_test {

// "B-PER I-PER O" as its words: tables of tags are easier to read this way.
constexpr std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    std::size_t const end = text.find(' ') == std::string_view::npos ? text.size() : text.find(' ');
    if (end != 0) out.push_back(text.substr(0, end));
    text.remove_prefix(end == text.size() ? end : end + 1);
  }
  return out;
}

}  // namespace tagspan_test

// For doctest's typed cases.
#define TAGSPAN_TEST_SCHEMES                                                                              \
  tagspan::io, tagspan::iob1, tagspan::bio, tagspan::ioe1, tagspan::ioe2, tagspan::bioes, tagspan::bilou, \
      tagspan::bmes, tagspan::bmewo
