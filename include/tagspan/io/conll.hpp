// SPDX-License-Identifier: MIT
// CoNLL files: one token a line, its columns parted by a tab or by blanks, sentences parted by blank lines. One pass
// over text that stays where it is; what a sentence gives out are views of it.
#pragma once
#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tagspan/core/error.hpp>
#include <tagspan/core/span.hpp>
#include <tagspan/tags/labels.hpp>

namespace tagspan::inline TAGSPAN_ABI {

// Which column: counted from the first (0), from the last (1), or by its name in the header. A header is the first line
// that is not blank, with or without '#' before it, or "# global.columns = …" as in CoNLL-U Plus.
class column {
 public:
  static constexpr column index(std::size_t n) noexcept { return column(kind::index, n, {}); }
  static constexpr column from_end(std::size_t n) noexcept { return column(kind::from_end, n, {}); }
  static constexpr column named(std::string_view name) noexcept { return column(kind::named, 0, name); }  // a view
  template <std::same_as<std::string> T>
  static constexpr column named(T&&) = delete;  // the name would be gone

 private:
  friend class conll_reader;
  enum class kind : std::uint8_t { index, from_end, named };
  constexpr column(kind k, std::size_t n, std::string_view name) noexcept : kind_(k), number_(n), name_(name) {}
  kind kind_;
  std::size_t number_;
  std::string_view name_;
};

// What a cell that is no label becomes, and a tag cell that is missing.
enum class bad_label : std::uint8_t {
  error,    // reading stops there
  outside,  // O, and the place is listed
};

struct conll_options {
  column token = column::index(0);
  std::vector<column> tags = {column::from_end(1)};
  tagspan::bad_label bad_label = tagspan::bad_label::error;
};

// One sentence: views that are valid until the reader goes on to the next one (tokens and comments: while the text
// is).
struct conll_sentence {
  std::span<std::string_view const> tokens;
  std::span<std::size_t const> lines;        // of each token, from 1
  std::span<std::string_view const> comments;  // whole lines, those before the sentence and in it
  bool document_start = false;               // a -DOCSTART- row or a "# newdoc" comment stands before it
  std::span<label_id const> tags(std::size_t tag_column = 0) const {
    TAGSPAN_EXPECTS(tag_column < columns_.size(), "conll_sentence::tags: no such tag column was asked for");
    return columns_[tag_column];
  }

 private:
  friend class conll_reader;
  std::span<std::span<label_id const> const> columns_;
};

// Reads sentence after sentence:
//   while (auto more = reader.next()) { if (!*more) break; use(reader.sentence()); }
// Which lines are what:
// - A line with a tab is split at tabs only, so that a token may be a blank; any other line at runs of blanks. Where a
//   line split at blanks has more columns than the first row, the surplus belongs to its token.
// - A blank line ends a sentence, and so does a -DOCSTART- row.
// - '#' starts a comment only where the line has no tag column: a row of too few columns, a "# key = value" line, or
//   one whose tag cell is nothing that the label set's options let pass for a label. "# O" and "#nlproc B-topic" are
//   tokens. Where tabs part as many columns as the first row has and the first one holds no blank, a broken label is an
//   error and no comment. Where blanks part it, prose may end like a row ("# Section B"): such a line is a row only if
//   it has as many columns as the first row or, before that, no more than the tags asked for and a token.
// - CRLF, a byte order mark and a missing final newline are understood. All other bytes are content.
class conll_reader {
 public:
  // `text` and `labels` are kept by reference. A set that may grow learns the labels it meets.
  conll_reader(std::string_view text, label_set& labels, conll_options options = {})
      : text_(text),
        labels_(&labels),
        options_(std::move(options)),
        ids_(options_.tags.size()),
        spans_(options_.tags.size()) {
    if (text_.starts_with("\xEF\xBB\xBF")) text_.remove_prefix(3);
  }
  template <std::same_as<std::string> T>
  conll_reader(T&&, label_set&, conll_options = {}) = delete;  // the text would be gone
  conll_reader(conll_reader&&) = default;  // no copies: sentence() is views of the reader's own memory
  conll_reader& operator=(conll_reader&&) = default;

  // Reads up to the end of the next sentence: true, or false at the end of the text. Errors, with line and column from
  // 1: missing_column, bad_label; missing_header {number of the tag column asked for, or their count for the token's};
  // no_outside_label where bad_label::outside has no O to give. After an error reading is over. Amortised linear; the
  // memory of one sentence.
  result<bool> next() {
    tokens_.clear();
    lines_.clear();
    comments_.clear();
    for (auto& column : ids_) column.clear();
    sentence_.document_start = false;
    if (!header_read_) {
      if (auto const e = read_header()) return fail(*e);
    }
    while (at_ < text_.size()) {
      std::string_view const line = take_line();
      if (auto const e = read_line(line)) return fail(*e);
      if (ended_ && !tokens_.empty()) break;
    }
    if (tokens_.empty()) {
      sentence_ = {};
      sentence_.comments = comments_;
      return false;
    }
    for (std::size_t c = 0; c < ids_.size(); ++c) spans_[c] = ids_[c];
    sentence_.document_start = starts_document_;
    starts_document_ = next_starts_document_;
    next_starts_document_ = false;
    sentence_.tokens = tokens_;
    sentence_.lines = lines_;
    sentence_.comments = comments_;
    sentence_.columns_ = spans_;
    return true;
  }

  // Contract: next() was called and gave no error. After its false all is empty but the comments behind the last
  // sentence.
  conll_sentence const& sentence() const noexcept { return sentence_; }

  // The places that bad_label::outside turned into O, so far: bad_label or missing_column, with line and column.
  std::span<error const> bad_labels() const noexcept { return bad_; }

 private:
  static bool is_blank(char c) noexcept { return c == ' ' || c == '\t'; }

  error fail(error e) {
    at_ = text_.size();
    return e;
  }

  std::string_view take_line() {
    char const* const begin = text_.data() + at_;
    auto const* const newline = static_cast<char const*>(std::memchr(begin, '\n', text_.size() - at_));
    std::size_t size = newline == nullptr ? text_.size() - at_ : static_cast<std::size_t>(newline - begin);
    at_ += newline == nullptr ? size : size + 1;
    ++line_;
    if (size != 0 && begin[size - 1] == '\r') --size;
    return {begin, size};
  }

  void split(std::string_view line) {
    cells_.clear();
    std::size_t tab = line.find('\t');
    if (tab != std::string_view::npos) {
      by_tabs_ = true;
      std::size_t begin = 0;
      for (; tab != std::string_view::npos; tab = line.find('\t', begin)) {
        cells_.push_back(line.substr(begin, tab - begin));
        begin = tab + 1;
      }
      cells_.push_back(line.substr(begin));
      return;
    }
    by_tabs_ = false;
    for (std::size_t i = 0; i < line.size();) {
      if (line[i] == ' ') {
        ++i;
        continue;
      }
      std::size_t const end = std::min(line.find(' ', i), line.size());
      cells_.push_back(line.substr(i, end - i));
      i = end;
    }
  }

  static std::string_view trimmed(std::string_view cell) noexcept {
    while (!cell.empty() && is_blank(cell.front())) cell.remove_prefix(1);
    while (!cell.empty() && is_blank(cell.back())) cell.remove_suffix(1);
    return cell;
  }

  // Turns names into numbers. Only where a column is asked for by name is there a header at all.
  std::optional<error> read_header() {
    header_read_ = true;
    bool wanted = options_.token.kind_ == column::kind::named;
    for (column const& c : options_.tags) wanted = wanted || c.kind_ == column::kind::named;
    if (!wanted) return std::nullopt;
    std::string_view line;
    while (at_ < text_.size() && trimmed(line).empty()) line = take_line();
    split(line);
    if (!cells_.empty() && cells_[0].starts_with('#')) {
      cells_[0] = trimmed(cells_[0].substr(1));
      if (!by_tabs_ && cells_.size() > 3 && cells_[1] == "global.columns" && cells_[2] == "=") {
        cells_.erase(cells_.begin(), cells_.begin() + 3);
      } else if (cells_[0].empty()) {
        cells_.erase(cells_.begin());
      }
    }
    for (std::size_t i = 0; i <= options_.tags.size(); ++i) {
      column& c = i == options_.tags.size() ? options_.token : options_.tags[i];
      if (c.kind_ != column::kind::named) continue;
      auto const found = std::find_if(cells_.begin(), cells_.end(),
                                      [&](std::string_view cell) { return trimmed(cell) == c.name_; });
      if (found == cells_.end()) return error{errc::missing_header, i, 0};
      c = column::index(static_cast<std::size_t>(found - cells_.begin()));
    }
    return std::nullopt;
  }

  // Where a column lies in this row; the number of cells if the row does not have it.
  std::size_t place(column const& c, std::size_t token, std::size_t surplus) const noexcept {
    std::size_t const count = cells_.size();
    if (c.kind_ == column::kind::index) {
      std::size_t const shifted = c.number_ + (c.number_ > token ? surplus : 0);
      return std::min(shifted, count);
    }
    std::size_t const at = c.number_ == 0 || c.number_ > count ? count : count - c.number_;
    return at <= token + surplus && at >= token ? count : at;  // the token's own column is no tag column
  }

  // Names the column that was asked for; one that is counted from the end, or is there in a row that is too short for
  // the others, has no better name than the first that the row lacks.
  error missing(column const& c) const noexcept {
    std::size_t const first_lacking = cells_.size() + 1;
    bool const named = c.kind_ == column::kind::index && c.number_ + 1 > first_lacking;
    return {errc::missing_column, line_, named ? c.number_ + 1 : first_lacking};
  }

  // Is this line with '#' at its head a row? See the class comment.
  bool is_row(std::size_t token, std::size_t surplus) const {
    if (!by_tabs_ && cells_.size() > 2 && cells_[0] == "#" && cells_[2] == "=") return false;
    if (options_.tags.empty() && cells_.size() > 1 && cells_[0] == "#" && cells_[1] == "newdoc") return false;
    if (!by_tabs_) {
      std::size_t const count = cells_.size();
      if (row_columns_ != 0 ? count != row_columns_ : count > options_.tags.size() + 1) return false;
    }
    // A broken label must not pass for a comment where the line is otherwise like the rows before it.
    if (by_tabs_ && cells_.size() == row_columns_ && cells_[0].find(' ') == std::string_view::npos) return true;
    for (column const& c : options_.tags) {
      std::size_t const at = place(c, token, surplus);
      if (at == cells_.size()) return false;
      std::string_view const cell = trimmed(cells_[at]);
      if (cell.empty()) return false;
      if (labels_->options().no_prefix != no_prefix::reject || labels_->find(cell)) continue;
      if (detail::parse_label(cell, labels_->options().position).letter == '\0') return false;
    }
    return !cells_.empty();
  }

  std::optional<error> read_line(std::string_view line) {
    ended_ = false;
    split(line);
    bool const blank = cells_.empty() || std::all_of(cells_.begin(), cells_.end(),
                                                     [](std::string_view cell) { return trimmed(cell).empty(); });
    if (blank) {
      ended_ = true;
      return std::nullopt;
    }
    std::size_t const surplus =
        !by_tabs_ && row_columns_ != 0 && cells_.size() > row_columns_ ? cells_.size() - row_columns_ : 0;
    std::size_t const columns = cells_.size() - surplus;
    std::size_t const token = options_.token.kind_ == column::kind::index || options_.token.number_ > columns
                                  ? options_.token.number_
                                  : columns - options_.token.number_;
    if (line.starts_with('#') && !is_row(token, surplus)) {
      comments_.push_back(line);
      if (line.starts_with("# newdoc")) start_document();
      return std::nullopt;
    }
    if (token >= cells_.size()) return missing(options_.token);
    if (cells_[token] == "-DOCSTART-") {
      start_document();
      ended_ = true;
      return std::nullopt;
    }
    if (row_columns_ == 0) row_columns_ = cells_.size();
    for (std::size_t c = 0; c < options_.tags.size(); ++c) {
      std::size_t const at = place(options_.tags[c], token, surplus);
      bool const lacks = at == cells_.size() || cells_.size() < row_columns_;
      std::string_view const cell = lacks ? std::string_view{} : trimmed(cells_[at]);
      auto const id = lacks ? std::optional<label_id>{} : id_of(cell);
      if (id) {
        ids_[c].push_back(*id);
        continue;
      }
      error const e = lacks ? missing(options_.tags[c]) : error{errc::bad_label, line_, at + 1};
      if (options_.bad_label == bad_label::error) return e;
      auto const outside = id_of("O");
      if (!outside) return error{errc::no_outside_label, line_, at + 1};
      bad_.push_back(e);
      ids_[c].push_back(*outside);
    }
    std::string_view const first = cells_[token];
    std::string_view const last = cells_[token + surplus];
    tokens_.push_back({first.data(), static_cast<std::size_t>(last.data() - first.data()) + last.size()});
    lines_.push_back(line_);
    return std::nullopt;
  }

  std::optional<label_id> id_of(std::string_view cell) {
    // Nearly every tag is O or has just been seen: the set is asked for the others only.
    if (cell.size() == 1 && cell[0] == 'O' && outside_ >= 0) return outside_;
    known_label* recent = nullptr;
    if (!cell.empty()) {
      auto const byte = [](char c) { return std::size_t{static_cast<unsigned char>(c)}; };
      recent = &recent_[(byte(cell.front()) + 5 * byte(cell.back()) + 11 * cell.size()) % recent_count];
      if (recent->id >= 0 && recent->name == cell) return recent->id;
    }
    auto const id = labels_->intern_one(cell);
    if (!id) return std::nullopt;
    if (cell == "O") outside_ = *id;
    *recent = {labels_->name(*id), *id};
    return *id;
  }

  void start_document() noexcept { (tokens_.empty() ? starts_document_ : next_starts_document_) = true; }

  struct known_label {
    std::string_view name;
    label_id id = -1;
  };

  std::string_view text_;
  label_set* labels_;
  conll_options options_;
  std::size_t at_ = 0, line_ = 0;
  std::size_t row_columns_ = 0;  // of the first row
  bool header_read_ = false, by_tabs_ = false, ended_ = false;
  bool starts_document_ = false, next_starts_document_ = false;
  static constexpr std::size_t recent_count = 64;
  known_label recent_[recent_count];
  label_id outside_ = -1;  // the id of O, once it was met
  std::vector<std::string_view> cells_, tokens_, comments_;
  std::vector<std::size_t> lines_;
  std::vector<std::vector<label_id>> ids_;          // by tag column
  std::vector<std::span<label_id const>> spans_;    // the same, for the sentence
  std::vector<error> bad_;
  conll_sentence sentence_;
};

// A whole file in memory: its tokens one behind the other, cut into sentences. Tokens and comments are views of the
// text; all lists are views of the corpus, so that one that is about to go gives out none.
class conll_corpus {
 public:
  std::size_t size() const noexcept { return ends_.size(); }  // sentences
  bool empty() const noexcept { return ends_.empty(); }
  std::size_t token_count() const noexcept { return tokens_.size(); }
  std::size_t tag_columns() const noexcept { return tags_.size(); }

  // All tokens, lines and tags of the file, and the tokens of each sentence.
  std::span<std::string_view const> tokens() const& noexcept { return tokens_; }
  void tokens() const&& = delete;
  std::span<std::size_t const> lines() const& noexcept { return lines_; }
  void lines() const&& = delete;
  // Not for scorer::add or to_entities as a whole: entities would run on from one sentence into the next. See tags_of.
  std::span<label_id const> tags(std::size_t tag_column = 0) const& {
    TAGSPAN_EXPECTS(tag_column < tags_.size(), "conll_corpus::tags: no such tag column was asked for");
    return tags_[tag_column];
  }
  void tags(std::size_t = 0) const&& = delete;
  token_span sentence(std::size_t i) const {
    TAGSPAN_EXPECTS(i < size(), "conll_corpus::sentence: there are not so many");
    return {i == 0 ? 0 : ends_[i - 1], ends_[i]};
  }
  std::span<std::string_view const> tokens_of(std::size_t i) const& { return part(tokens(), sentence(i)); }
  void tokens_of(std::size_t) const&& = delete;
  std::span<label_id const> tags_of(std::size_t i, std::size_t tag_column = 0) const& {
    return part(tags(tag_column), sentence(i));
  }
  void tags_of(std::size_t, std::size_t = 0) const&& = delete;
  // Numbers of the sentences that start a document; empty where the file does not say.
  std::span<std::size_t const> document_starts() const& noexcept { return documents_; }
  void document_starts() const&& = delete;
  std::span<std::string_view const> comments() const& noexcept { return comments_; }
  void comments() const&& = delete;
  // What bad_label::outside turned into O: line and column from 1.
  std::span<error const> bad_labels() const& noexcept { return bad_; }
  void bad_labels() const&& = delete;

 private:
  template <class T>
  static std::span<T const> part(std::span<T const> all, token_span s) {
    return all.subspan(s.begin, s.size());
  }
  friend result<conll_corpus> read_conll(std::string_view text, label_set& labels, conll_options options);

  std::vector<std::string_view> tokens_, comments_;
  std::vector<std::size_t> lines_, ends_, documents_;
  std::vector<std::vector<label_id>> tags_;
  std::vector<error> bad_;
};

// Reads all of `text`. Errors: those of conll_reader::next, and empty_input where there is not one token. Linear.
inline result<conll_corpus> read_conll(std::string_view text, label_set& labels, conll_options options = {}) {
  conll_corpus corpus;
  corpus.tags_.resize(options.tags.size());
  conll_reader reader(text, labels, std::move(options));
  for (;;) {
    auto const more = reader.next();
    if (!more) return more.error();
    conll_sentence const& s = reader.sentence();
    if (!*more) {
      corpus.comments_.insert(corpus.comments_.end(), s.comments.begin(), s.comments.end());
      break;
    }
    if (s.document_start) corpus.documents_.push_back(corpus.size());
    corpus.tokens_.insert(corpus.tokens_.end(), s.tokens.begin(), s.tokens.end());
    corpus.lines_.insert(corpus.lines_.end(), s.lines.begin(), s.lines.end());
    corpus.comments_.insert(corpus.comments_.end(), s.comments.begin(), s.comments.end());
    for (std::size_t c = 0; c < corpus.tags_.size(); ++c) {
      corpus.tags_[c].insert(corpus.tags_[c].end(), s.tags(c).begin(), s.tags(c).end());
    }
    corpus.ends_.push_back(corpus.tokens_.size());
  }
  if (corpus.empty()) return error{errc::empty_input, 0, 0};
  corpus.bad_.assign(reader.bad_labels().begin(), reader.bad_labels().end());
  return corpus;
}
template <std::same_as<std::string> T>
result<conll_corpus> read_conll(T&&, label_set&, conll_options = {}) = delete;  // the text would be gone

// Do two files hold the same tokens, one for one (whatever their sentence breaks)? Error: token_mismatch with the two
// lines, of the first pair that differs or, where one file ends early, of the other's next token and the last line of
// the shorter. With `compare` false only the number of tokens must agree.
inline result<void> check_same_tokens(conll_corpus const& a, conll_corpus const& b, bool compare = true) {
  std::size_t const common = std::min(a.token_count(), b.token_count());
  for (std::size_t i = 0; compare && i < common; ++i) {
    if (a.tokens()[i] != b.tokens()[i]) return error{errc::token_mismatch, a.lines()[i], b.lines()[i]};
  }
  if (a.token_count() != b.token_count()) {
    auto const line = [&](conll_corpus const& c) {
      return c.lines().empty() ? 0 : c.lines()[std::min(common, c.token_count() - 1)];
    };
    return error{errc::token_mismatch, line(a), line(b)};
  }
  return {};
}

// The text of a line, counted from 1: what message() wants as its context. "" behind the end. Linear.
inline std::string_view line_at(std::string_view text, std::size_t line) noexcept {
  std::size_t begin = 0;
  for (std::size_t i = 1; i < line; ++i) {
    std::size_t const newline = text.find('\n', begin);
    if (newline == std::string_view::npos) return {};
    begin = newline + 1;
  }
  if (line == 0) return {};
  std::string_view found = text.substr(begin, std::min(text.find('\n', begin), text.size()) - begin);
  if (found.ends_with('\r')) found.remove_suffix(1);
  return found;
}

// Appends one sentence to a file: a line for each token with its labels, and a blank line. What is written reads back.
// Errors: length_mismatch {0, position}; bad_token with its position (empty, a tab or line end in it, or one that would
// read as something else: "-DOCSTART-", a byte order mark at the head of the file, blanks where there is no tag
// column); bad_label {line of this sentence, column} for a label with a tab, a line end or outer blanks;
// id_out_of_range. An error appends nothing. Linear.
template <string_range Tokens>
result<void> write_conll(std::string& out, Tokens const& tokens, label_set const& labels,
                         std::initializer_list<std::span<label_id const>> columns) {
  std::size_t const before = out.size();
  auto fail = [&](error e) {
    out.resize(before);
    return e;
  };
  std::size_t i = 0;
  for (auto&& element : tokens) {
    std::string_view const token(element);
    bool const marked = out.empty() && token.starts_with("\xEF\xBB\xBF");
    if (token.empty() || token == "-DOCSTART-" || marked ||
        token.find_first_of(columns.size() == 0 ? "\t\r\n " : "\t\r\n") != std::string_view::npos) {
      return fail({errc::bad_token, i, 0});
    }
    out += token;
    std::size_t column_number = 1;
    for (auto const& ids : columns) {
      ++column_number;
      if (i >= ids.size()) return fail({errc::length_mismatch, 0, i});
      if (!labels.has(ids[i])) return fail({errc::id_out_of_range, i, 0});
      std::string_view const label = labels.name(ids[i]);
      if (label.front() == ' ' || label.back() == ' ' || label.find_first_of("\t\r\n") != std::string_view::npos) {
        return fail({errc::bad_label, i + 1, column_number});
      }
      out += '\t';
      out += label;
    }
    out += '\n';
    ++i;
  }
  for (auto const& ids : columns) {
    if (ids.size() != i) return fail({errc::length_mismatch, 0, i});
  }
  if (i != 0) out += '\n';
  return {};
}

}  // namespace tagspan::inline TAGSPAN_ABI
