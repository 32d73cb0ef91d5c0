// SPDX-License-Identifier: MIT
#include "cli.hpp"

#include <tagspan/detail/utf8.hpp>
#include <tagspan/tags/convert.hpp>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <limits>
#include <map>
#include <memory>
#include <utility>

#include <sys/stat.h>
#include <unistd.h>

namespace cli {

namespace {

struct closer {
  void operator()(std::FILE* f) const { std::fclose(f); }
};

// A name stays a view of `text`.
ts::column parse_column(std::string const& text) {
  auto const number = column_number(text);
  if (!number) return ts::column::named(text);
  return *number < 0 ? ts::column::from_end(static_cast<std::size_t>(-*number))
                     : ts::column::index(static_cast<std::size_t>(*number));
}

// Has a file that is to be checked a token and one tag in a row?
bool holds_one_tag(file const& from) {
  ts::label_set any;
  auto const corpus = ts::read_conll(from.text, any, {.bad_label = ts::bad_label::outside});
  return corpus && cells_of(ts::line_at(from.text, corpus->lines()[0])).size() == 2;
}

// The cell that an error of reading is about; "" for one that is missing.
std::string_view cell_at(std::string_view line, std::size_t column) {
  auto const cells = cells_of(line);
  return column == 0 || column > cells.size() ? std::string_view{} : cells[column - 1];
}

std::string hint_for(std::string_view label) {
  if (ts::label_set().intern_one(label) || label.empty()) return {};
  bool const suffixed = ts::label_set({.position = ts::prefix_position::after}).intern_one(label).has_value();
  return suffixed ? "; for labels such as PER-B say --suffix"
                  : "; for labels without prefix see --no-prefix, for others --bad-label";
}

std::string describe(ts::error const& e, std::string_view text) {
  std::string_view const line = ts::line_at(text, e.where);
  if (e.code == ts::errc::bad_label) {
    std::string_view const label = cell_at(line, e.inner);
    if (label.find_first_not_of(' ') == std::string_view::npos) {
      return "line " + std::to_string(e.where) + ", column " + std::to_string(e.inner) +
             ": the cell is empty, where a tag is wanted";
    }
    return ts::message(e, shown(label)) + hint_for(label);
  }
  if (e.code == ts::errc::missing_column) return ts::message(e, shown(line));
  return ts::message(e);
}

void note_bad_labels(file const& from, std::span<ts::error const> bad) {
  if (bad.empty()) return;
  struct seen {
    std::size_t count, line;
  };
  std::map<std::string, seen> by_label;
  lines_of const lines(from.text);
  for (ts::error const& e : bad) {
    std::string label =
        e.code == ts::errc::missing_column ? "a missing column" : '\'' + shown(cell_at(lines[e.where], e.inner)) + '\'';
    ++by_label.try_emplace(std::move(label), seen{0, e.where}).first->second.count;
  }
  note(from.name + ": " + plural(bad.size(), "tag") + " read as O:");
  for (auto const& [label, s] : by_label) {
    note("  " + std::to_string(s.count) + " x " + label + ", first in line " + std::to_string(s.line));
  }
}

}  // namespace

void print(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }

void write_file(std::string const& path, std::string_view text) {
  namespace fs = std::filesystem;
  auto const fail = [&] { throw failure(path + ": cannot be written: " + std::strerror(errno)); };
  auto const fill = [&](std::FILE* raw) {
    if (raw == nullptr) return false;
    std::unique_ptr<std::FILE, closer> file(raw);
    bool const whole = std::fwrite(text.data(), 1, text.size(), raw) == text.size() && std::fflush(raw) == 0;
    int const why = errno;
    bool const closed = std::fclose(file.release()) == 0;
    if (!whole) errno = why;
    return whole && closed;
  };
  std::error_code ignored;
  fs::path target = path;
  if (fs::exists(target, ignored)) {
    if (fs::is_directory(target, ignored)) throw failure(path + ": cannot be written: it is a folder");
    if (!fs::is_regular_file(target, ignored)) {
      if (!fill(std::fopen(path.c_str(), "wb"))) fail();
      return;
    }
    target = fs::canonical(target, ignored);  // a link stays one
    if (ignored) target = path;
  }
  std::string beside = target.string() + ".XXXXXX";
  int const descriptor = mkstemp(beside.data());
  if (descriptor == -1) fail();
  struct stat before {};
  mode_t const mask = umask(0);
  umask(mask);
  mode_t const mode = stat(target.c_str(), &before) == 0 ? before.st_mode & 07777U : 0666U & ~mask;
  bool const done = fchmod(descriptor, mode) == 0 && fill(fdopen(descriptor, "wb")) &&
                    std::rename(beside.c_str(), target.c_str()) == 0;
  if (done) return;
  int const why = errno;
  unlink(beside.c_str());
  errno = why;
  fail();
}

void note(std::string const& text) {
  std::fflush(stdout);
  std::fprintf(stderr, "tagspan: %s\n", text.c_str());
}

namespace {

std::string written_out(std::string_view text, bool lines) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    auto const part = ts::detail::part_at(text, at);
    char32_t const c = ts::detail::code_point_at(text, at, part);
    std::string_view const bytes = text.substr(at, part.length);
    at += part.length;
    bool const is_control = c < 0x20 || (c >= 0x7F && c < 0xA0);
    bool const unseen = c == 0xA0 || c == 0x200B || c == 0xFEFF;
    bool const turns = (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
    char escaped[16];
    if (!part.well_formed) {
      for (char byte : bytes) {
        std::snprintf(escaped, sizeof escaped, "\\x%02X", static_cast<unsigned>(static_cast<unsigned char>(byte)));
        out += escaped;
      }
    } else if (c == U'\n') {
      out += lines ? "\n" : "\\n";
    } else if (c == U'\t') {
      out += "\\t";
    } else if (is_control || unseen || turns) {
      std::snprintf(escaped, sizeof escaped, c < 0x80 ? "\\x%02X" : "\\u%04X", static_cast<unsigned>(c));
      out += escaped;
    } else {
      out += bytes;
    }
  }
  return out;
}

}  // namespace

std::string visible(std::string_view text) { return written_out(text, false); }
std::string visible_lines(std::string_view text) { return written_out(text, true); }

std::string shown(std::string_view bytes) {
  constexpr std::size_t most = 60;
  std::size_t const end = bytes.size() <= most ? bytes.size() : ts::detail::boundary_after(bytes, most);
  if (end == bytes.size()) return visible(bytes);
  return visible(bytes.substr(0, end)) + "... (" + plural(bytes.size(), "byte") + ')';
}

std::string plural(std::size_t count, std::string_view noun) {
  return std::to_string(count) + ' ' + std::string(noun) + (count == 1 ? "" : "s");
}

std::string entity_count(std::size_t count) { return std::to_string(count) + (count == 1 ? " entity" : " entities"); }

file::file(std::string path) : name(path == "-" ? "standard input" : path) {
  std::unique_ptr<std::FILE, closer> owned;
  std::FILE* from = stdin;
  if (path != "-") {
    owned.reset(std::fopen(path.c_str(), "rb"));
    from = owned.get();
  }
  if (from == nullptr) throw failure(name + ": there is no such file, or it may not be read");
  char block[1 << 16];
  while (std::size_t const size = std::fread(block, 1, sizeof block, from)) text.append(block, size);
  if (std::ferror(from) != 0) throw failure(name + ": cannot be read; is it a folder?");
}

void file_options::add_to(CLI::App& app, bool with_bad_label) {
  add_column(app, "--token-column", token_column, "The column of the tokens");
  if (with_bad_label) {
    app.add_option_function<std::string>(
           "--bad-label", [this](std::string const& what) { outside_for_bad_labels = what == "outside"; },
           "What is no label: an error (default), or read as O and listed")
        ->check(CLI::IsMember({"error", "outside"}));
  }
  app.add_flag("--suffix", suffix, "The role letter stands behind the type: PER-B");
  app.add_option_function<std::string>(
         "--no-prefix",
         [this](std::string const& what) {
           no_prefix = what == "inside"    ? ts::no_prefix::inside
                       : what == "outside" ? ts::no_prefix::outside
                                           : ts::no_prefix::reject;
         },
         "A label without role letter (PER) is rejected (default), inside an entity, or outside")
      ->check(CLI::IsMember({"reject", "inside", "outside"}));
}

ts::label_set file_options::labels() const {
  return ts::label_set(
      {.position = suffix ? ts::prefix_position::after : ts::prefix_position::before, .no_prefix = no_prefix});
}

std::string not_empty(std::string const& text) { return text.empty() ? "a name is wanted" : ""; }

std::string whole_number(std::string const& text) {
  bool const digits = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
  return digits ? "" : visible(text) + " is no whole number from 0 on";
}

std::optional<int> column_number(std::string const& text) {
  int number = 0;
  auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
  bool const whole = ec == std::errc() && end == text.data() + text.size() && number != std::numeric_limits<int>::min();
  return whole ? std::optional(number) : std::nullopt;
}

CLI::Option* add_column(CLI::App& app, std::string const& name, std::string& into, std::string const& help) {
  return app.add_option(name, into, help + ": a number from 0, from the end as -1, or its name in the header")
      ->type_name("COLUMN")
      ->check([](std::string const& text) {
        return text.empty() ? std::string("a column needs a number or a name") : std::string();
      });
}

std::string json_hint(std::string_view text) {
  std::size_t const begin = text.find_first_not_of("\xEF\xBB\xBF \t\r\n");
  bool const as_json = begin != std::string_view::npos && (text[begin] == '[' || text[begin] == '{');
  return as_json ? "; it was read as CoNLL and begins as JSON does: score and compare read JSON Lines, an object a line"
                 : "";
}

namespace {

// A column that is counted from the end is another one in a row of another length.
void note_unlike_rows(file const& from, ts::conll_corpus const& corpus) {
  lines_of const lines(from.text);
  std::size_t first = 0, least = 0, most = 0, other = 0;
  for (std::size_t number : corpus.lines()) {
    std::string_view const line = lines[number];
    auto const columns = 1 + static_cast<std::size_t>(std::count(line.begin(), line.end(), '\t'));
    if (first == 0) first = least = most = columns;
    if (columns == 1 || first == 1 || columns == first) continue;  // parted by blanks, a token may hold some
    if (other == 0) other = number;
    least = std::min(least, columns);
    most = std::max(most, columns);
  }
  if (other == 0) return;
  note(from.name + ": rows have from " + std::to_string(least) + " to " + std::to_string(most) +
       " columns, the first other one in line " + std::to_string(other) +
       "; columns are counted from the end of each row");
}

}  // namespace

ts::conll_corpus read(file const& from, ts::label_set& labels, file_options const& options,
                      std::vector<std::string> const& tag_columns) {
  ts::conll_options how{.token = parse_column(options.token_column),
                        .tags = {},
                        .bad_label = options.outside_for_bad_labels ? ts::bad_label::outside : ts::bad_label::error};
  for (std::string const& column : tag_columns) how.tags.push_back(parse_column(column));
  // O is wanted also where no cell says it: for what is no label, and for tags yet to be written.
  static_cast<void>(labels.intern_one("O"));
  auto corpus = ts::read_conll(from.text, labels, std::move(how));
  if (!corpus) {
    ts::error const e = corpus.error();
    bool const of_header = e.code == ts::errc::missing_header;
    std::string const& column = of_header && e.where < tag_columns.size() ? tag_columns[e.where] : options.token_column;
    throw failure(from.name + ": " + (of_header ? ts::message(e, shown(column)) : describe(e, from.text)) +
                  json_hint(from.text));
  }
  note_bad_labels(from, corpus->bad_labels());
  auto const from_end = [](std::string const& column) { return column_number(column).value_or(0) < 0; };
  if (std::any_of(tag_columns.begin(), tag_columns.end(), from_end)) note_unlike_rows(from, *corpus);
  return std::move(*corpus);
}

std::vector<std::string_view> cells_of(std::string_view line) {
  std::vector<std::string_view> cells;
  bool const by_tabs = line.find('\t') != std::string_view::npos;
  for (std::size_t begin = 0; begin <= line.size();) {
    std::size_t const end = std::min(line.find(by_tabs ? '\t' : ' ', begin), line.size());
    if (by_tabs || end != begin) cells.push_back(line.substr(begin, end - begin));
    begin = end + 1;
  }
  return cells;
}

lines_of::lines_of(std::string_view text) {
  while (!text.empty()) {
    std::size_t const end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines_.push_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

void comparison::options::add_to(CLI::App& app) {
  app.add_option("files", paths, "One file with gold and predicted tags, or a gold and a predicted file; '-' is stdin")
      ->type_name("GOLD [PREDICTED]")
      ->required()
      ->expected(1, 2);
  add_columns_to(app);
}

void comparison::options::add_columns_to(CLI::App& app) {
  add_column(
      app, "--gold-column", gold_column,
      "The column of gold tags (default: the last, in one file the last but one); in JSON Lines a member's name");
  add_column(app, "--predicted-column", predicted_column,
             "The column of predicted tags (default: the last); in JSON Lines a member's name");
  app.add_option_function<std::string>(
         "--tokens", [this](std::string const& what) { ignore_tokens = what == "ignore"; },
         "Two files: their tokens must be the same (check, the default), or only as many (ignore)")
      ->check(CLI::IsMember({"check", "ignore"}));
  file_options::add_to(app);
}

std::vector<file> read_files(std::vector<std::string> const& paths) {
  if (std::count(paths.begin(), paths.end(), "-") > 1) throw failure("only one file can be the standard input");
  std::vector<file> files;
  for (std::string const& path : paths) files.emplace_back(path);
  return files;
}

namespace {

// Entities end where sentences of gold do, so that other breaks in predicted can cost some.
void note_other_breaks(std::vector<file> const& files, std::vector<ts::conll_corpus> const& corpora) {
  auto const breaks_of = [](ts::conll_corpus const& corpus) {
    std::vector<std::size_t> at;
    for (std::size_t i = 1; i < corpus.size(); ++i) at.push_back(corpus.sentence(i).begin);
    return at;
  };
  auto const gold = breaks_of(corpora[0]), predicted = breaks_of(corpora[1]);
  std::vector<std::size_t> gold_only, predicted_only;
  std::set_difference(gold.begin(), gold.end(), predicted.begin(), predicted.end(), std::back_inserter(gold_only));
  std::set_difference(predicted.begin(), predicted.end(), gold.begin(), gold.end(), std::back_inserter(predicted_only));
  if (gold_only.empty() && predicted_only.empty()) return;
  std::size_t first = corpora[0].token_count();
  for (auto const* list : {&gold_only, &predicted_only}) {
    if (!list->empty()) first = std::min(first, list->front());
  }
  note(files[1].name + ": " + plural(gold_only.size(), "sentence break") + " of gold " +
       (gold_only.size() == 1 ? "is" : "are") + " not in predicted, " + std::to_string(predicted_only.size()) +
       " of predicted not in gold, first at " + files[0].name + ':' + std::to_string(corpora[0].lines()[first]) +
       "; sentences are those of gold");
}

}  // namespace

comparison::comparison(options const& o, std::vector<file> read_before)
    : labels(o.labels()), files(std::move(read_before)) {
  bool const one = files.size() == 1;
  std::string const gold_at = o.gold_column.empty() ? (one ? "-2" : "-1") : o.gold_column;
  std::string const predicted_at = o.predicted_column.empty() ? "-1" : o.predicted_column;
  if (one && o.predicted_may_lack && o.predicted_column.empty() &&
      (!o.gold_column.empty() || holds_one_tag(files[0]))) {
    corpora.push_back(read(files[0], labels, o, {o.gold_column.empty() ? "-1" : o.gold_column}));
    return;
  }
  if (one) {
    corpora.push_back(read(files[0], labels, o, {gold_at, predicted_at}));
    return;
  }
  corpora.push_back(read(files[0], labels, o, {gold_at}));
  corpora.push_back(read(files[1], labels, o, {predicted_at}));
  auto const same = ts::check_same_tokens(corpora[0], corpora[1], !o.ignore_tokens);
  if (same) {
    note_other_breaks(files, corpora);
    return;
  }
  ts::error const e = same.error();
  auto const place = [&](std::size_t i, std::size_t line) {
    return "\n  " + files[i].name + ':' + std::to_string(line) + ": " + shown(ts::line_at(files[i].text, line));
  };
  std::string const places = place(0, e.where) + place(1, e.inner);
  std::string const names = files[0].name + ", " + files[1].name + ": ";
  std::string const counts =
      plural(corpora[0].token_count(), "token") + " against " + std::to_string(corpora[1].token_count());
  if (o.ignore_tokens)
    throw failure(names + "the numbers of tokens differ, " + counts + "; where the shorter ends:" + places);
  bool const as_many = corpora[0].token_count() == corpora[1].token_count();
  throw failure(names + ts::message(e) + places + (as_many ? std::string() : "\n  " + counts));
}

std::span<ts::label_id const> comparison::predicted_of(std::size_t sentence) const {
  ts::token_span const s = gold().sentence(sentence);
  return predicted().subspan(s.begin, s.size());
}

CLI::Option* add_scheme(CLI::App& app, std::string const& option, std::string& into, std::string const& help) {
  std::string names;
  for (ts::scheme_id id : ts::all_schemes) names.append(" ").append(ts::scheme_name(id));
  bool const may_be_auto = into == "auto";
  return app.add_option(option, into, help + (may_be_auto ? ": auto (default) or one of" : ": one of") + names)
      ->type_name("SCHEME")
      ->check([=](std::string const& name) {
        bool const known = (may_be_auto && name == "auto") || ts::scheme_from_name(name);
        return known ? std::string() : "no scheme has the name " + name + "; there are" + names;
      });
}

std::vector<ts::violation> violations(ts::scheme_id scheme, std::span<ts::label_id const> tags,
                                      ts::label_set const& labels) {
  return ts::visit_scheme(scheme, [&]<class S>(S) { return ts::validate<S>(tags, labels).value(); });
}

std::size_t count_violations(ts::scheme_id scheme, ts::conll_corpus const& sentences,
                             std::span<ts::label_id const> tags, ts::label_set const& labels) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < sentences.size(); ++i) {
    ts::token_span const s = sentences.sentence(i);
    count += violations(scheme, tags.subspan(s.begin, s.size()), labels).size();
  }
  return count;
}

std::vector<ts::token_entity> entities(ts::scheme_id scheme, std::span<ts::label_id const> tags,
                                       ts::label_set const& labels, ts::reading reading) {
  return ts::visit_scheme(scheme,
                          [&]<class S>(S) { return ts::to_entities<S>(tags, labels, {.reading = reading}).value(); });
}

chosen_scheme choose_scheme(std::string const& name, ts::label_set const& labels, ts::conll_corpus const& corpus) {
  if (name != "auto") return {ts::scheme_from_name(name).value(), {}};
  std::vector<bool> used(labels.size());
  for (ts::label_id id : corpus.tags()) used[static_cast<std::size_t>(id)] = true;
  auto const writes_all_letters = [&](ts::scheme_id id) {
    ts::scheme_letters const letters = ts::visit_scheme(id, [](auto scheme) { return decltype(scheme)::letters; });
    for (ts::label_id label = 0; labels.has(label); ++label) {
      char const letter = labels.letter(label);
      if (!used[static_cast<std::size_t>(label)] || letter == '\0') continue;
      if (letter != letters.of(labels.tag_of(label).role)) return false;
    }
    return true;
  };
  std::vector<ts::scheme_id> candidates;
  std::copy_if(std::begin(ts::all_schemes), std::end(ts::all_schemes), std::back_inserter(candidates),
               writes_all_letters);
  if (candidates.empty()) candidates.assign(std::begin(ts::all_schemes), std::end(ts::all_schemes));

  std::vector<std::pair<std::size_t, ts::scheme_id>> ranking;
  for (ts::scheme_id id : candidates) ranking.emplace_back(count_violations(id, corpus, corpus.tags(), labels), id);
  std::sort(ranking.begin(), ranking.end());  // by violations, then in the order of all_schemes

  auto const counted = [&](std::size_t rank) {
    return std::string(ts::scheme_name(ranking[rank].second)) + " (" + plural(ranking[rank].first, "violation") + ')';
  };
  std::string remark = "scheme: " + counted(0);
  remark += ranking.size() > 1 ? ", next best " + counted(1) : ", the only one with these letters";
  if (ranking.size() > 1 && ranking[0].first == ranking[1].first) remark += " (tie)";
  return {ranking[0].second, remark};
}

void add_reading(CLI::App& app, ts::reading& into) {
  app.add_option_function<std::string>(
         "--reading",
         [&into](std::string const& name) {
           into = name == "strict"      ? ts::reading::strict
                  : name == "conlleval" ? ts::reading::conlleval
                                        : ts::reading::lenient;
         },
         "How tags are cut into entities (default: lenient)")
      ->check(CLI::IsMember({"lenient", "conlleval", "strict"}));
}

}  // namespace cli
