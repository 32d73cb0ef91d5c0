// SPDX-License-Identifier: MIT
// Compiles and runs the C++ blocks of a page:   run_blocks PAGE WORK_DIR COMPILER [FLAG...] [--precompile]
//                                           [--utf8proc FLAG...]
//
// With --precompile (GCC) the umbrella header is read once for all blocks.
//
//   ```cpp               a block that holds `int main` is a program as it stands, and so is one with TEST_CASE (doctest
//                        gives the main). Any other is put into a main: its leading #include lines stay on top,
//                        <tagspan/tagspan.hpp> and `namespace ts = tagspan;` are there
//   ```cpp no-run        is compiled only
//   ```cpp file-scope    is put at namespace scope, for templates and namespaces; there is an empty main
//   ```cpp utf8proc      is compiled with the flags behind --utf8proc too, and passed over where there are none
//   ```cpp from PATH     is not compiled here: these lines stand in that file (seen from the working folder), which is
//                        built elsewhere, where a library is found that this page can't ask for
//   ```text output       directly behind a C++ block: what the program prints, to the byte
//   <!-- setup … -->     before a C++ block: lines that the reader does not see, put in front of it
//
// Errors of the compiler name the page and its line.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace fs = std::filesystem;

struct lines_of_page {
  std::size_t first = 0;  // line in the page, from 1
  std::vector<std::string> lines;
};

struct block {
  std::size_t fence = 0;  // line of the opening fence
  lines_of_page setup, body;
  bool run = true, file_scope = false, utf8proc = false;
  std::optional<std::string> from;
  std::optional<std::string> output;
};

[[noreturn]] void give_up(std::string const& page, std::size_t line, std::string const& what) {
  std::fprintf(stderr, "%s:%zu: %s\n", page.c_str(), line, what.c_str());
  std::exit(1);
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

std::size_t backticks(std::string_view line) {
  std::size_t const end = line.find_first_not_of('`');
  return end == std::string_view::npos ? line.size() : end;
}

std::vector<std::string> words(std::string_view text) {
  std::istringstream stream{std::string(text)};
  return {std::istream_iterator<std::string>(stream), {}};
}

std::vector<block> blocks_of(std::string const& page) {
  std::ifstream file(page, std::ios::binary);
  if (!file) give_up(page, 0, "cannot be read");
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);

  std::vector<block> found;
  lines_of_page setup;
  bool after_cpp = false;  // nothing but blank lines since the last C++ block
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::string_view const line = trimmed(lines[i]);
    if (line.empty()) continue;
    if (line == "<!-- setup") {
      setup = {i + 2, {}};
      while (++i < lines.size() && trimmed(lines[i]) != "-->") setup.lines.push_back(lines[i]);
      if (i == lines.size()) give_up(page, setup.first - 1, "the setup does not end");
      after_cpp = false;
      continue;
    }
    std::size_t const ticks = backticks(line);
    if (ticks < 3) {
      if (!setup.lines.empty()) give_up(page, setup.first - 1, "no C++ block stands directly behind this setup");
      after_cpp = false;
      continue;
    }

    std::size_t const indent = lines[i].find('`');
    std::vector<std::string> const info = words(line.substr(ticks));
    lines_of_page body{i + 2, {}};
    std::size_t const fence = i + 1;
    for (++i; i < lines.size(); ++i) {
      std::string_view const inner = trimmed(lines[i]);
      if (backticks(inner) >= ticks && backticks(inner) == inner.size()) break;
      std::size_t const cut = std::min(lines[i].find_first_not_of(' '), indent);
      body.lines.push_back(cut == std::string::npos || cut > lines[i].size() ? lines[i] : lines[i].substr(cut));
    }
    if (i == lines.size()) give_up(page, fence, "the block does not end");

    std::string const language = info.empty() ? "" : info[0];
    if (language == "cpp") {
      block b{fence, setup, body, true, false, false, {}, {}};
      for (std::size_t k = 1; k < info.size(); ++k) {
        if (info[k] == "no-run") {
          b.run = false;
        } else if (info[k] == "file-scope") {
          b.file_scope = true;
        } else if (info[k] == "utf8proc") {
          b.utf8proc = true;
        } else if (info[k] == "from" && k + 1 < info.size()) {
          b.from = info[++k];
        } else {
          give_up(page, fence,
                  "a C++ block is `cpp`, with `no-run`, `file-scope`, `utf8proc` or `from FILE`, and not with `" + info[k] +
                      '`');
        }
      }
      found.push_back(std::move(b));
    } else if (language == "c++" || language == "cc" || language == "cxx" || language == "C++") {
      give_up(page, fence, "write `cpp`, so that this block is compiled");
    } else if (language == "text" && info.size() == 2 && info[1] == "output") {
      if (!after_cpp) give_up(page, fence, "this output belongs to no C++ block");
      std::string text;
      for (auto const& l : body.lines) text += l + '\n';
      found.back().output = std::move(text);
    }
    if (language != "cpp" && !setup.lines.empty()) {
      give_up(page, setup.first - 1, "no C++ block stands directly behind this setup");
    }
    setup = {};
    after_cpp = language == "cpp";
  }
  if (!setup.lines.empty()) give_up(page, setup.first - 1, "no C++ block stands directly behind this setup");
  return found;
}

// Do the lines of a block follow each other in this file, wherever they begin?
bool is_quoted(block const& b, std::string const& page) {
  std::ifstream file(*b.from, std::ios::binary);
  if (!file) give_up(page, b.fence, *b.from + " cannot be read");
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  auto const same = [](std::string const& x, std::string const& y) { return trimmed(x) == trimmed(y); };
  return std::search(lines.begin(), lines.end(), b.body.lines.begin(), b.body.lines.end(), same) != lines.end();
}

std::string unit_of(block const& b, std::string const& page) {
  std::string whole;
  for (auto const& line : b.body.lines) whole += line + '\n';
  bool const doctest = whole.find("TEST_CASE") != std::string::npos;
  bool const program = whole.find("int main") != std::string::npos || doctest;

  std::string unit, includes, rest;
  if (doctest && whole.find("DOCTEST_CONFIG_IMPLEMENT") == std::string::npos) {
    unit += "#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN\n";
  }
  for (lines_of_page const* part : {&b.setup, &b.body}) {
    bool on_top = true;
    for (std::size_t i = 0; i < part->lines.size(); ++i) {
      std::string const& line = part->lines[i];
      bool const include = line.starts_with("#include");
      if (!include && !trimmed(line).empty() && on_top) {
        rest += "#line " + std::to_string(part->first + i) + " \"" + page + "\"\n";
        on_top = false;
      }
      if (include && on_top) {
        includes += "#line " + std::to_string(part->first + i) + " \"" + page + "\"\n" + line + '\n';
      } else {
        rest += line + '\n';
      }
    }
  }
  if (program) return unit + includes + rest;
  unit += "#include <tagspan/tagspan.hpp>\n" + includes + "namespace ts = tagspan;\n";
  if (b.file_scope) return unit + rest + "int main() {}\n";
  return unit + "int main() {\n" + rest + "}\n";
}

std::string quoted(std::string const& argument) {
  std::string text = "'";
  for (char c : argument) {
    if (c == '\'') {
      text += "'\\''";
    } else {
      text += c;
    }
  }
  return text + '\'';
}

// The umbrella header in the compiler's own form halves the time of most blocks. GCC takes it where the header is the first
// thing that a block includes, and reads the header itself elsewhere. Gives the flag that makes it look there.
std::string precompiled(std::string const& compiler, std::string const& flags, fs::path const& work) {
  fs::path const folder = work / "precompiled";
  fs::create_directories(folder / "tagspan");
  std::string const source = (folder / "umbrella.hpp").string();
  std::ofstream(source, std::ios::binary) << "#include <tagspan/tagspan.hpp>\n";
  std::string const target = (folder / "tagspan" / "tagspan.hpp.gch").string();
  if (std::system((compiler + flags + "-x c++-header -o " + quoted(target) + ' ' + quoted(source)).c_str()) != 0) return "";
  return quoted("-I" + folder.string()) + ' ';
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fputs("run_blocks PAGE WORK_DIR COMPILER [FLAG...]\n", stderr);
    return 2;
  }
  std::string const page = argv[1];
  fs::path const work = argv[2];
  fs::create_directories(work);
  std::string const compiler = quoted(argv[3]) + ' ';
  std::string compile, utf8proc;  // libraries stand behind what needs them
  bool has_utf8proc = false, precompiles = false;
  for (int i = 4; i < argc; ++i) {
    if (argv[i] == std::string_view("--utf8proc")) {
      has_utf8proc = true;
    } else if (argv[i] == std::string_view("--precompile")) {
      precompiles = true;
    } else if (*argv[i] != '\0') {
      (has_utf8proc ? utf8proc : compile) += quoted(argv[i]) + ' ';
    }
  }
  compile += "-Wno-unused ";  // a snippet shows a value and leaves what is done with it to the reader

  compile = compiler + (precompiles ? precompiled(compiler, compile, work) : "") + compile;

  unsigned failed = 0, passed_over = 0;
  std::vector<block> const blocks = blocks_of(page);
  for (block const& b : blocks) {
    if (b.utf8proc && !has_utf8proc) {
      ++passed_over;
      continue;
    }
    std::string const stem = (work / ("line_" + std::to_string(b.fence))).string();
    auto const fails = [&](char const* what) {
      ++failed;
      std::printf("%s:%zu: this block %s\n", page.c_str(), b.fence, what);
      std::fflush(stdout);
    };
    if (b.from) {
      if (!is_quoted(b, page)) fails("does not stand in the file that it is from");
      continue;
    }
    std::ofstream(stem + ".cpp", std::ios::binary) << unit_of(b, page);
    std::string const how = b.run ? "-o " + quoted(stem) : std::string("-fsyntax-only");
    if (std::system((compile + how + ' ' + quoted(stem + ".cpp") + (b.utf8proc ? ' ' + utf8proc : "")).c_str()) != 0) {
      fails("does not compile");
      continue;
    }
    if (!b.run) continue;
    if (std::system((quoted(fs::absolute(stem).string()) + " > " + quoted(stem + ".out")).c_str()) != 0) {
      fails("compiles, and ends with an error");
      continue;
    }
    if (b.output) {
      std::ifstream file(stem + ".out", std::ios::binary);
      std::string const printed{std::istreambuf_iterator<char>(file), {}};
      if (printed != *b.output) {
        fails("prints something else than the page says");
        std::printf("---- printed\n%s---- the page\n%s----\n", printed.c_str(), b.output->c_str());
      }
    }
  }
  if (passed_over != 0) std::printf("%u passed over for want of utf8proc\n", passed_over);
  std::printf("%zu blocks, %u failed\n", blocks.size(), failed);
  return failed == 0 ? 0 : 1;
}
