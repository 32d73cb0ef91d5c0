// SPDX-License-Identifier: MIT
// The program behind tagspan_add_f1_test: f1_test [--scheme NAME] [--fail-under PATH=NUMBER]... GOLD PREDICTED
//
// GOLD and PREDICTED are CoNLL files with the token in the first column and the tag in the last; they hold the same
// tokens. Prints the report and one line for each bar. Ends with 0 where all bars are reached, 1 where one is missed or
// gold has no entity, 2 where there is nothing sound to measure. Tags are read leniently; --scheme has malformed ones
// counted in the report.
#include <tagspan/eval/gate.hpp>
#include <tagspan/eval/scorer.hpp>
#include <tagspan/io/conll.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ts = tagspan;

namespace {

struct wishes {
  std::optional<ts::scheme_id> scheme;
  std::vector<ts::gate> bars;
  std::vector<std::string> files;
};

int unusable(std::string_view what) {
  std::fprintf(stderr, "f1_test: %.*s\n", static_cast<int>(what.size()), what.data());
  return 2;
}

std::string no_such_scheme(std::string_view name) {
  std::string text = "no scheme has the name ";
  text.append(name).append("; there are");
  for (ts::scheme_id id : ts::all_schemes) text.append(" ").append(ts::scheme_name(id));
  return text;
}

// What is wrong with the arguments, or nothing.
std::optional<std::string> read_arguments(std::vector<std::string_view> const& arguments, wishes& into) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    bool const has_value = i + 1 < arguments.size();
    if (arguments[i] == "--scheme" && has_value) {
      into.scheme = ts::scheme_from_name(arguments[++i]);
      if (!into.scheme) return no_such_scheme(arguments[i]);
    } else if (arguments[i] == "--fail-under" && has_value) {
      auto const bar = ts::parse_gate(arguments[++i]);
      if (!bar) return ts::message(bar.error(), arguments[i]);
      into.bars.push_back(*bar);
    } else if (arguments[i].starts_with("--")) {
      return "what is " + std::string(arguments[i]) + "?";
    } else {
      into.files.emplace_back(arguments[i]);
    }
  }
  if (into.files.size() == 2) return std::nullopt;
  return "usage: f1_test [--scheme NAME] [--fail-under PATH=NUMBER]... GOLD PREDICTED";
}

// Nothing where there is no such file, and where it cannot be read: a folder can be opened.
std::optional<std::string> text_of(std::string const& path) {
  std::FILE* const file = std::fopen(path.c_str(), "rb");
  if (file == nullptr) return std::nullopt;
  std::string text;
  char block[1 << 14];
  while (std::size_t const size = std::fread(block, 1, sizeof block, file)) text.append(block, size);
  bool const whole = std::ferror(file) == 0;
  std::fclose(file);
  return whole ? std::optional(std::move(text)) : std::nullopt;
}

// The tag of a row: its last cell.
std::string_view tag_cell(std::string_view line) {
  auto const without_blanks_behind = [](std::string_view s) { return s.substr(0, s.find_last_not_of(' ') + 1); };
  std::size_t const tab = line.rfind('\t');
  if (tab == std::string_view::npos) {
    line = without_blanks_behind(line);
    return line.substr(line.rfind(' ') + 1);
  }
  std::string_view const cell = without_blanks_behind(line.substr(tab + 1));
  return cell.substr(std::min(cell.find_first_not_of(' '), cell.size()));
}

std::string unreadable(std::string const& file, std::string_view text, ts::error const& e) {
  std::string_view const line = ts::line_at(text, e.where);
  std::size_t const begin = std::min(text.find_first_not_of(" \t\r\n"), text.size());
  bool const as_json = text.substr(begin).starts_with('{') || text.substr(begin).starts_with('[');
  return file + ": " + ts::message(e, e.code == ts::errc::bad_label ? tag_cell(line) : line) +
         (as_json ? "; the file begins as JSON does, and CoNLL is read here" : "");
}

std::string other_tokens(std::vector<std::string> const& files, std::vector<ts::conll_corpus> const& corpora,
                         ts::error const& e) {
  std::string text = "the files do not hold the same tokens:";
  for (std::size_t i : {std::size_t{0}, std::size_t{1}}) {
    auto const lines = corpora[i].lines();
    std::size_t const line = i == 0 ? e.where : e.inner;
    auto const at = static_cast<std::size_t>(std::find(lines.begin(), lines.end(), line) - lines.begin());
    text += "\n  " + files[i] + ':' + std::to_string(line) + ": '";
    text.append(corpora[i].tokens()[at]).append("'");
  }
  if (corpora[0].token_count() != corpora[1].token_count()) {
    text += "\n  " + std::to_string(corpora[0].token_count()) + " tokens against " +
            std::to_string(corpora[1].token_count());
  }
  return text;
}

// A bar that nothing in the report answers to.
std::string unanswered(ts::gate const& bar, ts::error const& e) {
  if (e.code != ts::errc::unknown_type) return ts::message(e, bar.path);
  std::size_t const begin = std::string_view("by_type.").size();
  std::string const type = bar.path.substr(begin, bar.path.rfind('.') - begin);
  return bar.path + ": there is no entity of type " + type + " on either side";
}

template <class Scorer>
int measure(Scorer scorer, ts::conll_corpus const& gold, ts::conll_corpus const& predicted,
            std::vector<ts::gate> const& bars) {
  for (std::size_t i = 0; i < gold.size(); ++i) {
    // Sentences are those of gold, whatever the predicted file says.
    ts::token_span const sentence = gold.sentence(i);
    auto const done = scorer.add(gold.tags_of(i), predicted.tags().subspan(sentence.begin, sentence.size()));
    if (!done) std::fprintf(stderr, "f1_test: %s\n", ts::message(done.error()).c_str());
  }
  ts::report const report = scorer.report();
  std::fputs(ts::to_text(report).c_str(), stdout);

  bool missed = false;
  for (ts::gate const& bar : bars) {
    auto const outcome = ts::check(bar, report);
    if (!outcome) return unusable(unanswered(bar, outcome.error()));
    std::puts(outcome->text.c_str());
    missed = missed || !outcome->passed;
  }
  return missed || report.micro.support == 0 ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  wishes wanted;
  if (auto const wrong = read_arguments({argv + 1, argv + argc}, wanted)) return unusable(*wrong);

  ts::label_set labels;
  std::vector<std::string> texts;
  for (std::string const& path : wanted.files) {
    auto text = text_of(path);
    if (!text) return unusable(path + " cannot be read; is it a file?");
    texts.push_back(std::move(*text));
  }
  std::vector<ts::conll_corpus> corpora;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    auto corpus = ts::read_conll(texts[i], labels);
    if (!corpus) return unusable(unreadable(wanted.files[i], texts[i], corpus.error()));
    corpora.push_back(std::move(*corpus));
  }
  if (auto const same = ts::check_same_tokens(corpora[0], corpora[1]); !same) {
    return unusable(other_tokens(wanted.files, corpora, same.error()));
  }

  if (!wanted.scheme) return measure(ts::scorer{labels}, corpora[0], corpora[1], wanted.bars);
  return ts::visit_scheme(
      *wanted.scheme, [&]<class S>(S) { return measure(ts::scorer<S>{labels}, corpora[0], corpora[1], wanted.bars); });
}
