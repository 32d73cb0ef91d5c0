// SPDX-License-Identifier: MIT
#include "cli.hpp"

#include <tagspan/tags/convert.hpp>

#include <algorithm>
#include <memory>

namespace cli {

namespace {

struct convert_options : file_options {
  std::string path, tag_column = "-1", from = "auto", to;
  ts::reading reading = ts::reading::lenient;
};

// Changes the tags of a file and leaves every other byte where it is: columns, comments, blank lines, line ends.
class rewriter {
 public:
  rewriter(file const& from, convert_options const& o, ts::conll_corpus const& corpus)
      : text_(from.text),
        lines_(from.text),
        token_(place(o.token_column)),
        tag_(place(o.tag_column)),
        row_columns_(static_cast<int>(cells_of(lines_[corpus.lines()[0]]).size())) {}

  // Lines come in ascending order.
  void replace(std::size_t line, std::string_view tag) {
    auto const cells = cells_of(lines_[line]);
    int const count = static_cast<int>(cells.size());
    int at = tag_ < 0 ? count + tag_ : tag_;
    // Where a token holds blanks, what stands behind it has moved; but tabs part for good.
    bool const behind_token = tag_ >= 0 && tag_ > (token_ < 0 ? count + token_ : token_);
    if (behind_token && lines_[line].find('\t') == std::string_view::npos) at += std::max(0, count - row_columns_);
    std::string_view cell = cells.at(static_cast<std::size_t>(at));
    while (cell.ends_with(' ')) cell.remove_suffix(1);
    while (cell.starts_with(' ')) cell.remove_prefix(1);
    auto const begin = static_cast<std::size_t>(cell.data() - text_.data());
    out_.append(text_.substr(copied_, begin - copied_)).append(tag);
    copied_ = begin + cell.size();
  }

  std::string finish() && { return std::move(out_.append(text_.substr(copied_))); }

 private:
  // The number of a column, negative from the end. A name is looked up in the header: it is there, or nothing was read.
  int place(std::string const& column) const {
    if (auto const number = column_number(column)) return *number;
    std::size_t line = 1;
    while (lines_[line].find_first_not_of(" \t") == std::string_view::npos) ++line;
    auto cells = cells_of(lines_[line]);
    if (cells[0].starts_with('#')) cells[0].remove_prefix(1);
    if (cells[0].find_first_not_of(' ') == std::string_view::npos) cells.erase(cells.begin());
    if (cells.size() > 2 && cells[0] == "global.columns") cells.erase(cells.begin(), cells.begin() + 2);
    auto const found = std::find_if(cells.begin(), cells.end(), [&](std::string_view cell) {
      std::size_t const begin = std::min(cell.find_first_not_of(' '), cell.size());
      return cell.substr(begin, cell.find_last_not_of(' ') + 1 - begin) == column;
    });
    return static_cast<int>(found - cells.begin());
  }

  std::string_view text_;
  lines_of lines_;
  int token_, tag_, row_columns_;
  std::size_t copied_ = 0;
  std::string out_;
};

// An empty set that will part letter and type as these labels do.
template <class To>
ts::label_set set_like(ts::label_set const& labels, file_options const& o) {
  ts::label_set made = o.labels();
  for (ts::label_id id = 0; labels.has(id); ++id) {
    std::string name(labels.name(id));
    if (name.size() < 2 || labels.letter(id) == '\0') continue;
    name[o.suffix ? name.size() - 1 : 0] = To::letters.inside;
    made.intern_one(name).value();
    break;
  }
  return made;
}

template <class From, class To>
std::string rewrite(file const& from, ts::conll_corpus const& corpus, ts::label_set const& labels,
                    convert_options const& o) {
  ts::label_set written = set_like<To>(labels, o);
  rewriter out(from, o, corpus);
  for (std::size_t i = 0; i < corpus.size(); ++i) {
    auto const tags = corpus.tags_of(i);
    auto const lines = corpus.lines().subspan(corpus.sentence(i).begin, tags.size());
    auto const ids = ts::convert<From, To>(tags, labels, written, {.reading = o.reading});
    if (!ids) {
      ts::error const e = ids.error();
      auto const found = ts::to_entities<From>(tags, labels, {.reading = o.reading});
      std::size_t const line = found && e.where < found->size() ? lines[(*found)[e.where].span.begin] : lines[0];
      throw failure(from.name + ": line " + std::to_string(line) + ": " + ts::message(e));
    }
    for (std::size_t t = 0; t < tags.size(); ++t) {
      bool const outside_as_before = written.tag_of((*ids)[t]) == ts::tag{} && labels.tag_of(tags[t]) == ts::tag{};
      if (!outside_as_before) out.replace(lines[t], written.name((*ids)[t]));
    }
  }
  return std::move(out).finish();
}

int convert(convert_options const& o) {
  file const from(o.path);
  ts::label_set labels = o.labels();
  auto const corpus = read(from, labels, o, {o.tag_column});
  auto const scheme = choose_scheme(o.from, labels, corpus);
  if (!scheme.remark.empty()) note(scheme.remark);
  if (std::size_t const malformed = count_violations(scheme.id, corpus, corpus.tags(), labels); malformed != 0) {
    note(plural(malformed, "violation") + " of " + std::string(ts::scheme_name(scheme.id)) +
         " in what was read; see tagspan validate");
  }
  std::string const text = ts::visit_scheme(scheme.id, [&]<class From>(From) {
    return ts::visit_scheme(ts::scheme_from_name(o.to).value(),
                            [&]<class To>(To) { return rewrite<From, To>(from, corpus, labels, o); });
  });
  print(text);
  return all_is_well;
}

}  // namespace

subcommand add_convert(CLI::App& parent) {
  CLI::App* const app =
      parent.add_subcommand("convert", "The same file with its tags in another scheme; all else stays");
  auto const o = std::make_shared<convert_options>();
  app->add_option("file", o->path, "A CoNLL file; '-' is stdin")->type_name("FILE")->required();
  add_column(*app, "--tag-column", o->tag_column, "The column of the tags (default: the last)");
  o->add_to(*app, false);
  add_scheme(*app, "--from", o->from, "The scheme of the file");
  add_scheme(*app, "--to", o->to, "The scheme to write")->required();
  add_reading(*app, o->reading);
  return {app, [o] { return convert(*o); }};
}

}  // namespace cli
