// SPDX-License-Identifier: MIT
// What the subcommands of `tagspan` share: files, columns, schemes, and how they say no.
#pragma once
#include <CLI/CLI.hpp>

#include <tagspan/eval/scorer.hpp>
#include <tagspan/io/conll.hpp>

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace cli {

namespace ts = tagspan;

// How the command ends.
inline constexpr int all_is_well = 0;
inline constexpr int found_wanting = 1;  // a gate missed, a malformed tag: what was asked about is not so
inline constexpr int unusable = 2;       // the question or its files make no sense

// Bad input. main() prints it and ends with `unusable`.
struct failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct subcommand {
  CLI::App* app;
  std::function<int()> run;
};

subcommand add_score(CLI::App& app);
subcommand add_compare(CLI::App& app);
subcommand add_merge(CLI::App& app);
subcommand add_spans(CLI::App& app);
subcommand add_validate(CLI::App& app);
subcommand add_convert(CLI::App& app);
subcommand add_check(CLI::App& app);
subcommand add_decode(CLI::App& app);
subcommand add_windows(CLI::App& app);
subcommand add_offsets(CLI::App& app);
subcommand add_redact(CLI::App& app);

// The answer: on stdout. Bytes are bytes, also NUL.
void print(std::string_view text);

// A file with this text, or the file that was there before: what is written beside it takes its place when it is whole.
// Pipes and devices are written to as they are. Fails with the path.
void write_file(std::string const& path, std::string_view text);

// A remark that is not the answer: on stderr.
void note(std::string const& text);

// Text from a corpus for a terminal: what moves its cursor, changes its state or turns the direction of what follows is
// written out, as are bytes that are no UTF-8, and what looks like a blank or like nothing and is neither: no-break
// space, zero width space and byte order mark. The second keeps ends of lines.
std::string visible(std::string_view text);
std::string visible_lines(std::string_view text);

// The same for a message: a long text is cut short.
std::string shown(std::string_view bytes);

std::string plural(std::size_t count, std::string_view noun);  // "1 token", "2 tokens"
std::string entity_count(std::size_t count);                   // "1 entity", "2 entities"

// A file with all its bytes; "-" is the standard input.
struct file {
  explicit file(std::string path);
  std::string name, text;
};

// All of them; at most one is the standard input.
std::vector<file> read_files(std::vector<std::string> const& paths);

// The options of each subcommand on how a file is to be read.
struct file_options {
  std::string token_column = "0";
  bool outside_for_bad_labels = false;
  bool suffix = false;
  ts::no_prefix no_prefix = ts::no_prefix::reject;

  void add_to(CLI::App& app, bool with_bad_label = true);
  ts::label_set labels() const;
};

// Checks of options: a name that is one, and a count as it is written ("12", and not "-4" or "1e3").
std::string not_empty(std::string const& text);
std::string whole_number(std::string const& text);

// The number of a column that is given as "3" or "-1", and not by its name.
std::optional<int> column_number(std::string const& text);
CLI::Option* add_column(CLI::App& app, std::string const& name, std::string& into, std::string const& help);

// What a message adds where a text that was read as CoNLL begins as JSON does; else "".
std::string json_hint(std::string_view text);

// Reads a file, or fails with its name, the line, the column and what stands there. What became O is noted, and rows of
// unlike lengths where a column is counted from the end.
ts::conll_corpus read(file const& from, ts::label_set& labels, file_options const& options,
                      std::vector<std::string> const& tag_columns);

// The cells of a line as read_conll splits it: at tabs if it has one, else at blanks.
std::vector<std::string_view> cells_of(std::string_view line);

// The lines of a text, by number from 1; as ts::line_at, but in constant time.
class lines_of {
 public:
  explicit lines_of(std::string_view text);
  std::string_view operator[](std::size_t number) const { return lines_.at(number - 1); }
  std::size_t size() const { return lines_.size(); }

 private:
  std::vector<std::string_view> lines_;
};

// One file with two columns of tags, or two files with one each. Sentences are those of gold; where predicted has
// others, that is noted.
struct comparison {
  struct options : file_options {
    std::vector<std::string> paths;
    std::string gold_column, predicted_column;
    bool ignore_tokens = false;
    bool predicted_may_lack = false;  // then one file may hold gold only
    void add_to(CLI::App& app);
    void add_columns_to(CLI::App& app);  // all but the files
  };
  explicit comparison(options const& o) : comparison(o, read_files(o.paths)) {}
  comparison(options const& o, std::vector<file> read);
  comparison(comparison const&) = delete;
  comparison& operator=(comparison const&) = delete;

  ts::label_set labels;
  std::vector<file> files;
  std::vector<ts::conll_corpus> corpora;
  ts::conll_corpus const& gold() const { return corpora.front(); }
  bool has_predicted() const { return corpora.size() == 2 || gold().tag_columns() == 2; }
  std::span<ts::label_id const> predicted() const { return corpora.back().tags(corpora.size() == 1 ? 1 : 0); }
  std::span<ts::label_id const> predicted_of(std::size_t sentence) const;
};

// A scheme by its name or, for "auto", the one with the fewest violations in these tags.
struct chosen_scheme {
  ts::scheme_id id{};
  std::string remark;  // what was seen, for auto
};
// Takes "auto" where that is what `into` holds from the start.
CLI::Option* add_scheme(CLI::App& app, std::string const& option, std::string& into, std::string const& help);
chosen_scheme choose_scheme(std::string const& name, ts::label_set const& labels, ts::conll_corpus const& corpus);

void add_reading(CLI::App& app, ts::reading& into);

// The violations of a scheme in one sentence, and in all.
std::vector<ts::violation> violations(ts::scheme_id scheme, std::span<ts::label_id const> tags,
                                      ts::label_set const& labels);
std::size_t count_violations(ts::scheme_id scheme, ts::conll_corpus const& sentences,
                             std::span<ts::label_id const> tags, ts::label_set const& labels);

std::vector<ts::token_entity> entities(ts::scheme_id scheme, std::span<ts::label_id const> tags,
                                       ts::label_set const& labels, ts::reading reading);

}  // namespace cli
