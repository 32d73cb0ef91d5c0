// SPDX-License-Identifier: MIT
// For tests against recorded answers: reads JSON lines, counts what was compared and what was left out and why, and
// holds both counts against a table that stands in the test. A comparison that silently stops happening is a failure.
#pragma once
#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "support/skip.hpp"

namespace golden {

using json = nlohmann::json;

// The committed files, which are always there.
inline std::string committed(std::string_view path) { return std::string(TAGSPAN_GOLDEN_DIR "/") + std::string(path); }
// The full set, which only some machines have.
inline std::string shared(std::string_view path) { return std::string(TAGSPAN_SHARED_DIR "/") + std::string(path); }

inline bool exists(std::string const& path) { return std::ifstream(path, std::ios::binary).good(); }

// For a test case on a file of the full set: `if (golden::is_missing(path)) return;` says so where it is not there.
inline bool is_missing(std::string const& path) {
  if (exists(path)) return false;
  tagspan_test::skip((path + " is not there").c_str());
  return true;
}

// A file that should be there: a missing one fails the test.
inline std::string read(std::string const& path) {
  std::ifstream file(path, std::ios::binary);
  REQUIRE_MESSAGE(file.good(), path << " cannot be read");
  return {std::istreambuf_iterator<char>(file), {}};
}

inline std::vector<std::string> lines(std::string const& path) {
  std::vector<std::string> out;
  std::string const text = read(path);
  for (std::size_t begin = 0; begin < text.size();) {
    std::size_t const end = text.find('\n', begin);
    out.push_back(text.substr(begin, end - begin));
    if (end == std::string::npos) break;
    begin = end + 1;
  }
  return out;
}

// One JSON value a line.
inline std::vector<json> rows(std::string const& path) {
  std::vector<json> out;
  for (std::string const& line : lines(path)) {
    out.push_back(json::parse(line, nullptr, false));
    REQUIRE_MESSAGE(!out.back().is_discarded(), path << " line " << out.size() << " is not JSON");
  }
  REQUIRE_MESSAGE(!out.empty(), path << " is empty");
  return out;
}

// The object under this key, or an empty one. (By reference: `row.value(key, json::object()).items()` would be gone in
// the head of the loop over it.)
inline json const& object(json const& row, char const* key) {
  static json const none = json::object();
  auto const found = row.find(key);
  return found == row.end() ? none : *found;
}

// Absolute: figures lie between 0 and 1.
inline bool near(double a, double b, double tolerance = 1e-12) { return std::abs(a - b) <= tolerance; }

// How often something is compared in the committed set and in the full one; or, where `why` says so, left out.
struct pin {
  std::string what;
  std::string why;
  std::size_t committed, full;
};

enum class set { committed, full };

// Counts comparisons under names ("seqeval_default spans"); the first few that fail are shown in full.
class tally {
 public:
  void compare(std::string const& what, bool equal, std::string const& row, std::string const& details = {}) {
    ++counts_[{what, ""}];
    if (equal) return;
    if (++failures_ <= 10) FAIL_CHECK(what << " differs in " << row << ": " << details);
  }

  template <class T>
  void compare(std::string const& what, T const& found, T const& expected, std::string const& row) {
    bool const equal = found == expected;
    compare(what, equal, row,
            equal ? std::string() : "found " + json(found).dump() + ", expected " + json(expected).dump());
  }

  // `why` is one of the test's fixed list of reasons.
  void leave_out(std::string const& what, std::string const& why) { ++counts_[{what, why}]; }

  // Everything that was counted, and nothing else, must stand in the table.
  void expect(std::vector<pin> const& pins, set which) const {
    CHECK_MESSAGE(failures_ == 0, failures_ << " comparisons failed");
    counts expected;
    for (pin const& p : pins) {
      std::size_t const count = which == set::committed ? p.committed : p.full;
      if (count != 0) expected[{p.what, p.why}] = count;
    }
    if (counts_ == expected) return;
    std::string table;
    for (auto const& [key, count] : counts_) {
      auto const pinned = expected.find(key);
      table += "\n  {\"" + key.first + "\", \"" + key.second + "\"} " + std::to_string(count);
      if (pinned == expected.end() || pinned->second != count) table += "  <-- not as pinned";
    }
    for (auto const& [key, count] : expected) {
      if (!counts_.contains(key))
        table += "\n  {\"" + key.first + "\", \"" + key.second + "\"} 0  <-- pinned " + std::to_string(count);
    }
    FAIL_CHECK("the numbers of comparisons are not as pinned:" << table);
  }

 private:
  using counts = std::map<std::pair<std::string, std::string>, std::size_t>;
  counts counts_;
  std::size_t failures_ = 0;
};

}  // namespace golden
