// SPDX-License-Identifier: MIT
// Any bytes as a CoNLL file: nothing is lost, places are right, and what can be written reads back. The first byte
// chooses the options.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include <tagspan/io/conll.hpp>

namespace ts = tagspan;

namespace {

void must(bool condition) {
  if (!condition) std::abort();
}

bool within(std::string_view part, std::string_view whole) {
  return part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size();
}

ts::conll_options options_of(std::uint8_t choice) {
  using ts::column;
  ts::conll_options options;
  switch (choice / 2 % 8) {
    case 1: options.tags = {column::index(1)}; break;
    case 2: options.tags = {column::from_end(2), column::from_end(1)}; break;
    case 3: options.tags = {column::named("NER")}; break;
    case 4:
      options.token = column::named("FORM");
      options.tags = {column::named("NER")};
      break;
    case 5: options.tags = {}; break;
    case 6:
      options.token = column::from_end(1);
      options.tags = {column::index(0)};
      break;
    case 7:
      options.token = column::index(1);
      options.tags = {column::index(2), column::index(0)};
      break;
    default: break;
  }
  options.bad_label = choice % 2 == 0 ? ts::bad_label::error : ts::bad_label::outside;
  return options;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  if (size == 0) return 0;
  std::string const text(data + 1, data + size);
  ts::conll_options const options = options_of(data[0]);
  ts::label_set labels(
      {.position = ts::prefix_position::before, .no_prefix = static_cast<ts::no_prefix>(data[0] / 16 % 3)});
  auto const corpus = ts::read_conll(text, labels, options);
  std::size_t lines = 1;
  for (char c : text) lines += c == '\n';
  if (!corpus) {
    ts::error const e = corpus.error();
    if (e.code == ts::errc::missing_column || e.code == ts::errc::bad_label) {
      must(e.where >= 1 && e.where <= lines && e.inner >= 1);
      must(!ts::line_at(text, e.where).empty());
    } else {
      must(e.code == ts::errc::empty_input || e.code == ts::errc::missing_header);
    }
    must(!ts::message(e, "x").empty());
    return 0;
  }
  must(corpus->size() != 0 && corpus->tag_columns() == options.tags.size());
  std::size_t last_line = 0;
  std::size_t tokens = 0;
  for (std::size_t s = 0; s < corpus->size(); ++s) {
    must(corpus->sentence(s).size() != 0);
    tokens += corpus->tokens_of(s).size();
    for (std::size_t c = 0; c < options.tags.size(); ++c) {
      must(corpus->tags_of(s, c).size() == corpus->tokens_of(s).size());
      for (ts::label_id id : corpus->tags_of(s, c)) must(labels.has(id));
    }
  }
  must(tokens == corpus->token_count() && tokens == corpus->lines().size());
  for (std::size_t i = 0; i < tokens; ++i) {
    must(within(corpus->tokens()[i], text));
    must(corpus->tokens()[i].find('\n') == std::string_view::npos);
    must(corpus->lines()[i] > last_line && corpus->lines()[i] <= lines);
    last_line = corpus->lines()[i];
    must(within(corpus->tokens()[i], ts::line_at(text, last_line)));
  }
  for (std::string_view comment : corpus->comments()) must(within(comment, text) && comment.starts_with('#'));
  for (std::size_t start : corpus->document_starts()) must(start < corpus->size());
  for (ts::error const& e : corpus->bad_labels())
    must(options.bad_label == ts::bad_label::outside && e.where >= 1 && e.where <= lines);
  must(ts::check_same_tokens(*corpus, *corpus).has_value());
  // No line that holds anything is passed over: it is a row, a comment, a document start or the header.
  std::size_t rows_and_comments = tokens + corpus->comments().size();
  bool header = data[0] / 2 % 8 == 3 || data[0] / 2 % 8 == 4;
  for (std::size_t line = 1; line <= lines; ++line) {
    std::string_view const all = ts::line_at(text, line);
    if (all.find_first_not_of(" \t") == std::string_view::npos) continue;
    bool const mark = line == 1 && all.starts_with("\xEF\xBB\xBF");
    if (mark && all.substr(3).find_first_not_of(" \t") == std::string_view::npos) continue;
    if (header) {
      header = false;
      continue;
    }
    if (all.find("-DOCSTART-") != std::string_view::npos) continue;
    must(rows_and_comments != 0);
    --rows_and_comments;
  }

  // Written and read again it is the same, wherever the writer does not refuse.
  std::string written;
  std::vector<std::size_t> sentences;
  for (std::size_t s = 0; s < corpus->size(); ++s) {
    ts::result<void> done;
    if (options.tags.empty()) {
      done = ts::write_conll(written, corpus->tokens_of(s), labels, {});
    } else {
      done = ts::write_conll(written, corpus->tokens_of(s), labels, {corpus->tags_of(s, 0)});
    }
    if (done) {
      sentences.push_back(s);
    } else {
      must(done.error().code == ts::errc::bad_token || done.error().code == ts::errc::bad_label);
    }
  }
  if (sentences.empty()) return 0;
  ts::conll_options const plain{.tags = options.tags.empty() ? std::vector<ts::column>{}
                                                             : std::vector{ts::column::index(1)}};
  auto const again = ts::read_conll(written, labels, plain);
  must(again.has_value() && again->size() == sentences.size());
  for (std::size_t k = 0; k < sentences.size(); ++k) {
    auto const a = corpus->tokens_of(sentences[k]);
    auto const b = again->tokens_of(k);
    must(a.size() == b.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
      must(a[i] == b[i]);
      if (!options.tags.empty()) must(corpus->tags_of(sentences[k])[i] == again->tags_of(k)[i]);
    }
  }
  return 0;
}
