// SPDX-License-Identifier: MIT
// Holds a reference page against the headers:   reference INCLUDE_DIR PAGE          what is public and what is listed
//                                                reference INCLUDE_DIR --list        what is public, a line a name
//
// A section that begins with  ### `#include <tagspan/room/header.hpp>`  lists what that header declares: each code span
// in the first cell of a table's row that begins with one is a name, template arguments and parentheses aside (a row
// that begins otherwise, as "… `add`", speaks of a member). The section  ## Error codes  lists the enumerators of errc
// likewise.
//
// Public is what stands at namespace scope in tagspan and its nested namespaces other than detail: types, concepts,
// aliases, functions, variables, and macros TAGSPAN_*. Operators, out-of-line members, names that end with an
// underscore and specialisations of what another header declares are no names of their own.
#include <algorithm>
#include <cctype>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace fs = std::filesystem;
using names = std::set<std::string>;

// Names that a header declares and the page need not list.
struct exception {
  char const* header;
  char const* name;
  char const* reason;
};
constexpr exception exceptions[] = {
    {"core/version.hpp", "TAGSPAN_ABI", "the inline namespace: nobody writes it"},
    {"core/version.hpp", "TAGSPAN_ABI_CONTRACT", "a part of TAGSPAN_ABI"},
    {"core/version.hpp", "TAGSPAN_ABI_VECTOR", "a part of TAGSPAN_ABI"},
    {"core/version.hpp", "TAGSPAN_ABI_JOIN", "makes TAGSPAN_ABI"},
    {"core/version.hpp", "TAGSPAN_TEXT", "makes TAGSPAN_VERSION_STRING"},
    {"core/error.hpp", "TAGSPAN_EXPECTS", "how the library states a contract"},
    {"core/error.hpp", "TAGSPAN_EXPECTS_VALUE", "how result states its contract"},
};

std::string read(fs::path const& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

bool starts_word(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool in_word(char c) { return starts_word(c) || std::isdigit(static_cast<unsigned char>(c)) != 0; }

// ---- a header as tokens: words, "::", and single characters. Comments are gone, a literal is one token, and of the
// preprocessor's lines only the names of macros stay.
struct header_text {
  std::vector<std::string> tokens;
  names macros;
};

header_text tokens_of(std::string_view text) {
  header_text out;
  bool line_begins = true;
  for (std::size_t i = 0; i < text.size();) {
    char const c = text[i];
    if (c == '\n') {
      line_begins = true;
      ++i;
    } else if (std::isspace(static_cast<unsigned char>(c)) != 0) {
      ++i;
    } else if (text.substr(i, 2) == "//") {
      i = std::min(text.find('\n', i), text.size());
    } else if (text.substr(i, 2) == "/*") {
      i = std::min(text.find("*/", i), text.size() - 2) + 2;
    } else if (c == '#' && line_begins) {
      std::size_t end = i;
      do end = std::min(text.find('\n', end + 1), text.size());
      while (end < text.size() && text[end - 1] == '\\');
      std::string_view const define = "#define ";
      if (text.substr(i, define.size()) == define) {
        std::size_t const begin = i + define.size();
        std::size_t stop = begin;
        while (stop < end && in_word(text[stop])) ++stop;
        std::string const name(text.substr(begin, stop - begin));
        if (name.starts_with("TAGSPAN_") && !name.ends_with('_')) out.macros.insert(name);
      }
      i = end;
    } else if (text.substr(i, 2) == "R\"") {
      std::size_t const open = text.find('(', i);
      std::string const close = ")" + std::string(text.substr(i + 2, open - i - 2)) + "\"";
      i = text.find(close, open) + close.size();
      out.tokens.emplace_back("\"\"");
    } else if (c == '"' || c == '\'') {
      for (++i; i < text.size() && text[i] != c; ++i) {
        if (text[i] == '\\') ++i;
      }
      ++i;
      out.tokens.emplace_back("\"\"");
    } else if (in_word(c)) {
      std::size_t const begin = i;
      bool const number = !starts_word(c);
      while (i < text.size() && (in_word(text[i]) || (number && text[i] == '\''))) ++i;
      out.tokens.emplace_back(text.substr(begin, i - begin));
    } else if (text.substr(i, 2) == "::" || text.substr(i, 2) == "->") {
      out.tokens.emplace_back(text.substr(i, 2));
      i += 2;
    } else {
      out.tokens.emplace_back(1, c);
      ++i;
    }
    if (i > 0 && text[i - 1] != '\n' && std::isspace(static_cast<unsigned char>(c)) == 0) line_begins = false;
  }
  return out;
}

// ---- what is declared at namespace scope
class scanner {
 public:
  explicit scanner(std::vector<std::string> const& tokens) : tokens_(tokens) {}

  void run() { scope("", false); }
  names found;
  names codes;  // the enumerators of errc

 private:
  std::string const& at(std::size_t ahead = 0) const {
    static std::string const none;
    return here_ + ahead < tokens_.size() ? tokens_[here_ + ahead] : none;
  }
  bool done() const { return here_ >= tokens_.size(); }
  static bool is_word(std::string const& token) { return !token.empty() && starts_word(token[0]); }

  // From an opening bracket to behind its partner. Within angles a bracket of another kind is skipped whole.
  void skip_balanced() {
    std::string const open = at();
    std::string const close = open == "(" ? ")" : open == "{" ? "}" : open == "[" ? "]" : ">";
    ++here_;
    while (!done() && at() != close) {
      if (at() == "(" || at() == "{" || at() == "[" || (open == "<" && at() == "<"))
        skip_balanced();
      else
        ++here_;
    }
    ++here_;
  }

  // `requires` and its constraint: terms joined by && and ||.
  void skip_requires() {
    ++here_;
    for (;;) {
      while (at() == "!") ++here_;
      if (at() == "requires") {
        ++here_;
        if (at() == "(") skip_balanced();
        skip_balanced();
      } else if (at() == "(") {
        skip_balanced();
      } else {
        while (is_word(at()) || at() == "::") {
          bool const name = is_word(at());
          ++here_;
          if (name && at() == "<") skip_balanced();
          if (name && at() != "::") break;
        }
      }
      if ((at() == "&" && at(1) == "&") || (at() == "|" && at(1) == "|"))
        here_ += 2;
      else
        return;
    }
  }

  void skip_to_semicolon() {
    while (!done() && at() != ";") {
      if (at() == "(" || at() == "{" || at() == "[")
        skip_balanced();
      else
        ++here_;
    }
    ++here_;
  }

  void add(std::string const& path, std::string const& name, bool hidden) {
    if (!hidden && !name.ends_with('_')) found.insert(path + name);
  }

  // `path` is the namespace below tagspan, as "compat::spacy::".
  void scope(std::string const& path, bool hidden) {
    while (!done() && at() != "}") {
      if (at() == "namespace" || (at() == "inline" && at(1) == "namespace")) {
        std::string inner = path;
        bool inner_hidden = hidden;
        bool alias = false;
        while (!done() && at() != "{" && at() != ";") {
          if (at() == "=") alias = true;
          bool const abi = at() == "TAGSPAN_ABI" || at() == "tagspan" || at() == "inline" || at() == "namespace";
          if (!alias && is_word(at()) && !abi) inner += at() + "::";
          if (at() == "detail" || at() == "std") inner_hidden = true;
          ++here_;
        }
        bool const opens = at() == "{";
        ++here_;
        if (opens) {
          scope(inner, inner_hidden);
          ++here_;
        }
      } else {
        declaration(path, hidden);
      }
    }
  }

  void declaration(std::string const& path, bool hidden) {
    bool specialisation = false;
    while (at() == "template") {
      ++here_;
      if (at() == "<") {
        specialisation = at(1) == ">";
        skip_balanced();
      }
      if (at() == "requires") skip_requires();
    }
    if (at() == ";") {
      ++here_;
    } else if (at() == "static_assert") {
      skip_to_semicolon();
    } else if (at() == "using") {
      if (at(1) == "namespace") return skip_to_semicolon();
      std::string name;
      while (!done() && at() != "=" && at() != ";") {
        if (is_word(at())) name = at();
        ++here_;
      }
      add(path, name, hidden);
      skip_to_semicolon();
    } else if (at() == "concept") {
      add(path, at(1), hidden);
      skip_to_semicolon();
    } else if (at() == "struct" || at() == "class" || at() == "union" || at() == "enum") {
      bool const is_enum = at() == "enum";
      ++here_;
      if (at() == "class" || at() == "struct") ++here_;
      while (at() == "[") skip_balanced();
      std::string const name = at();
      ++here_;
      if (!specialisation && at() != "::") add(path, name, hidden);
      while (!done() && at() != "{" && at() != ";") {
        if (at() == "(" || at() == "<")
          skip_balanced();
        else
          ++here_;
      }
      if (is_enum && name == "errc" && at() == "{" && !hidden) {
        for (std::size_t i = 1; at(i) != "}" && !at(i).empty(); ++i) {
          if (is_word(at(i)) && (at(i - 1) == "{" || at(i - 1) == ",")) codes.insert(at(i));
        }
      }
      skip_to_semicolon();
    } else {
      function_or_variable(path, hidden || specialisation);
    }
  }

  // From `=` to behind the semicolon; `, name =` on the way is one more variable.
  void skip_initializers(std::string const& path, bool hidden) {
    while (!done() && at() != ";") {
      if (at() == "(" || at() == "{" || at() == "[") {
        skip_balanced();
      } else {
        if (at() == "," && is_word(at(1)) && at(2) == "=") add(path, at(1), hidden);
        ++here_;
      }
    }
    ++here_;
  }

  void function_or_variable(std::string const& path, bool hidden) {
    std::string name;
    bool outer = false;  // qualified: the member of something declared before
    bool named = false;
    while (!done()) {
      if (at() == "operator") {
        hidden = true;
        ++here_;
        while (!done() && at() != "(") ++here_;
        if (at(1) == ")" && at(2) == "(") here_ += 2;  // operator()
      } else if (at() == "requires") {
        skip_requires();
      } else if (at() == "decltype" || at() == "alignas" || at() == "noexcept" || at() == "__attribute__") {
        ++here_;
        if (at() == "(") skip_balanced();
      } else if (at() == "<" && !named) {
        skip_balanced();
      } else if (at() == "(") {
        named = true;
        skip_balanced();
      } else if (at() == "[") {
        if (at(1) != "[" && !name.empty()) named = true;
        skip_balanced();
      } else if (at() == "{") {
        named = true;
        skip_balanced();
        if (at() == ",") continue;  // of a constructor's list
        if (at() == ";") ++here_;
        if (at() != "{") break;
      } else if (at() == "=") {
        if (!outer && !name.empty()) add(path, name, hidden);
        skip_initializers(path, hidden);
        return;
      } else if (at() == ";") {
        ++here_;
        break;
      } else {
        if (!named && is_word(at())) {
          outer = here_ > 0 && tokens_[here_ - 1] == "::";
          name = at();
        }
        ++here_;
      }
    }
    if (!outer && !name.empty()) add(path, name, hidden);
  }

  std::vector<std::string> const& tokens_;
  std::size_t here_ = 0;
};

// ---- the page
struct page {
  std::map<std::string, names> headers;  // by "core/error.hpp"
  names codes;
};

// The code spans of a row's first cell, bare.
names names_of_row(std::string_view row) {
  names out;
  std::size_t const end = row.find(" | ", 1);
  std::string_view const cell = row.substr(0, end);
  for (std::size_t i = cell.find('`'); i != std::string_view::npos;) {
    std::size_t const close = cell.find('`', i + 1);
    if (close == std::string_view::npos) break;
    std::string_view const code = cell.substr(i + 1, close - i - 1);
    out.emplace(code.substr(0, code.find_first_of("<( ")));
    i = cell.find('`', close + 1);
  }
  return out;
}

page page_of(std::string const& text) {
  page out;
  std::string header;
  bool codes = false;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t const end = std::min(text.find('\n', i), text.size());
    std::string_view const line(text.data() + i, end - i);
    i = end + 1;
    std::string_view const opening = "### `#include <tagspan/";
    if (line.starts_with('#')) {
      header.clear();
      codes = line == "## Error codes";
      if (line.starts_with(opening)) {
        header = line.substr(opening.size(), line.find('>') - opening.size());
        out.headers[header];
      }
    } else if (line.starts_with("| `")) {
      if (!header.empty()) out.headers[header].merge(names_of_row(line));
      if (codes) out.codes.merge(names_of_row(line));
    }
  }
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: reference INCLUDE_DIR PAGE | reference INCLUDE_DIR --list\n");
    return 2;
  }
  fs::path const root = fs::path(argv[1]) / "tagspan";
  std::map<std::string, names> declared;
  names codes;
  std::size_t count = 0;
  if (fs::is_directory(root)) {
    for (auto const& entry : fs::recursive_directory_iterator(root)) {
      if (entry.path().extension() != ".hpp") continue;
      std::string const header = fs::relative(entry.path(), root).generic_string();
      if (header.starts_with("detail/")) continue;
      header_text const text = tokens_of(read(entry.path()));
      scanner scan{text.tokens};
      scan.run();
      names& here = declared[header];
      here = scan.found;
      here.insert(text.macros.begin(), text.macros.end());
      codes.merge(scan.codes);
      count += here.size();
    }
  }
  if (std::string_view(argv[2]) == "--list") {
    for (auto const& [header, list] : declared) {
      for (auto const& name : list) std::printf("%s %s\n", header.c_str(), name.c_str());
    }
    return 0;
  }

  page const listed = page_of(read(argv[2]));
  std::vector<std::string> faults;
  for (auto const& [header, list] : declared) {
    auto const section = listed.headers.find(header);
    for (auto const& name : list) {
      bool const excepted = std::any_of(std::begin(exceptions), std::end(exceptions),
                                        [&](exception const& e) { return header == e.header && name == e.name; });
      bool const stands = section != listed.headers.end() && section->second.contains(name);
      if (!stands && !excepted) faults.push_back(header + ": declares " + name + ", which the page does not list");
      if (stands && excepted) faults.push_back(header + ": " + name + " is listed, and excepted in this check");
    }
  }
  for (auto const& [header, list] : listed.headers) {
    auto const found = declared.find(header);
    if (found == declared.end())
      faults.push_back("there is no header " + header + ", which has a section");
    else
      for (auto const& name : list) {
        if (!found->second.contains(name))
          faults.push_back(header + ": the page lists " + name + ", which it does not declare");
      }
  }
  for (auto const& code : codes) {
    if (!listed.codes.contains(code)) faults.push_back("errc::" + code + " is not in the table of error codes");
  }
  for (auto const& code : listed.codes) {
    if (!codes.contains(code)) faults.push_back("there is no errc::" + code + ", which the table lists");
  }
  if (count == 0) faults.push_back("no public name below " + root.generic_string());

  for (auto const& fault : faults) std::fprintf(stderr, "%s\n", fault.c_str());
  std::printf("%zu names, %zu error codes, %zu faults\n", count, codes.size(), faults.size());
  return faults.empty() ? 0 : 1;
}
