// SPDX-License-Identifier: MIT
// Replays the transcripts beside this file, in the folder data/: what the command prints, on both streams, and how it
// ends.
//   ## a remark
//   $ a command of the shell, in which `tagspan` is the command
//   what it prints; a line of three dots stands for any lines, VERSION for the version
//   [exit 2]     where it does not end with 0
// Those of NAME.unicode.txt are for a command that was built with utf8proc.
#include <doctest/doctest.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace {

using lines = std::vector<std::string>;

struct step {
  std::size_t line;
  std::string command;
  lines expected;
};

// All of a file, or its blocks of ```console.
std::vector<step> read_transcript(std::filesystem::path const& path, bool blocks_only = false) {
  std::vector<step> steps;
  std::ifstream file(path, std::ios::binary);
  std::string line;
  bool in_output = false;
  bool in_block = false;
  for (std::size_t number = 1; std::getline(file, line); ++number) {
    if (blocks_only) {
      bool const opens = line == "```console";
      bool const closes = in_block && line == "```";
      if (opens || closes) in_output = false;
      if (opens) in_block = true;
      if (closes) in_block = false;
      if (opens || !in_block) continue;
    }
    bool const is_remark = line.starts_with("## ");
    // The blank line before a remark parts sections; it is no output.
    if (is_remark && in_output && !steps.back().expected.empty() && steps.back().expected.back().empty()) {
      steps.back().expected.pop_back();
    }
    if (line.starts_with("$ ")) steps.push_back({number, line.substr(2), {}});
    in_output = !is_remark && !steps.empty();
    if (in_output && !line.starts_with("$ ")) steps.back().expected.push_back(line);
  }
  return steps;
}

std::string with_version(std::string text) {
  for (std::string_view before : {"tagspan:", "tagspan "}) {
    std::string const written = std::string(before) + TAGSPAN_TEST_VERSION;
    for (auto at = text.find(written); at != std::string::npos; at = text.find(written, at)) {
      text.replace(at, written.size(), std::string(before) + "VERSION");
    }
  }
  return text;
}

lines run(std::string const& command) {
  std::string const data = TAGSPAN_SOURCE_DIR "/tests/cli/data";
  std::string const script =
      "cd '" + data + "' && tagspan() { '" TAGSPAN_COMMAND "' \"$@\"; } && { " + command + "\n} 2>&1";
  std::FILE* const pipe = popen(script.c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::string text;
  char block[4096];
  while (std::size_t const size = std::fread(block, 1, sizeof block, pipe)) text.append(block, size);
  int const status = pclose(pipe);
  text = with_version(std::move(text));
  lines out;
  for (std::size_t begin = 0; begin < text.size();) {
    std::size_t const end = std::min(text.find('\n', begin), text.size());
    out.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  if (!WIFEXITED(status)) {
    out.push_back("[did not end of its own accord]");
  } else if (WEXITSTATUS(status) != 0) {
    out.push_back("[exit " + std::to_string(WEXITSTATUS(status)) + ']');
  }
  return out;
}

bool matches(lines const& expected, lines const& printed, std::size_t e = 0, std::size_t p = 0) {
  for (; e < expected.size(); ++e, ++p) {
    if (expected[e] == "...") {
      for (std::size_t rest = p; rest <= printed.size(); ++rest) {
        if (matches(expected, printed, e + 1, rest)) return true;
      }
      return false;
    }
    if (p == printed.size() || expected[e] != printed[p]) return false;
  }
  return p == printed.size();
}

std::string joined(lines const& all) {
  std::string text;
  for (std::string const& line : all) text += line + '\n';
  return text;
}

}  // namespace

TEST_CASE("a transcript that differs is seen") {
  CHECK(matches({"a", "...", "d"}, {"a", "b", "c", "d"}));
  CHECK(matches({"...", "d"}, {"d"}));
  CHECK(matches({}, {}));
  CHECK_FALSE(matches({"a"}, {"a", "[exit 1]"}));
  CHECK_FALSE(matches({"a", "[exit 1]"}, {"a"}));
  CHECK_FALSE(matches({"...", "d"}, {"d", "e"}));
  CHECK(run("exit 3") == lines{"[exit 3]"});
  CHECK(run("echo out; echo err >&2; false") == lines{"out", "err", "[exit 1]"});
}

namespace {

// How many steps there were.
std::size_t replay(std::filesystem::path const& path, bool blocks_only = false) {
  std::size_t replayed = 0;
  for (step const& s : read_transcript(path, blocks_only)) {
    lines expected;
    for (std::string const& line : s.expected) expected.push_back(with_version(line));
    lines const printed = run(s.command);
    bool const same = matches(expected, printed);
    std::string const difference = path.string() + ':' + std::to_string(s.line) + ": $ " + s.command +
                                   "\n---- expected\n" + joined(expected) + "---- printed\n" + joined(printed);
    CHECK_MESSAGE(same, difference);
    ++replayed;
  }
  return replayed;
}

}  // namespace

// Its blocks of ```console.
TEST_CASE("the guide") { CHECK(replay(TAGSPAN_SOURCE_DIR "/docs/guide.md", true) >= 6); }

TEST_CASE("transcripts") {
  std::vector<std::filesystem::path> paths;
  for (auto const& entry : std::filesystem::directory_iterator(TAGSPAN_SOURCE_DIR "/tests/cli")) {
    if (entry.path().extension() == ".txt") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  if (run("tagspan offsets --help | grep -c grapheme").front() == "0") {
    std::erase_if(paths, [](auto const& path) { return path.stem().extension() == ".unicode"; });
  }
  std::size_t replayed = 0;
  for (auto const& path : paths) replayed += replay(path);
  CHECK(replayed >= 280);
}
