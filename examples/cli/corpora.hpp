// SPDX-License-Identifier: MIT
// What the reports of `score` need of a corpus, whichever kind of file it came from: entities, their surface forms, and
// each sentence or document as people are shown it.
#pragma once
#include "cli.hpp"

#include <tagspan/io/html.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cli {

// A sentence or document, with entities in bytes of its text. The types' names are those of the corpus' labels.
struct shown_document {
  std::string place;  // "gold.conll:12"
  std::string text;
  std::vector<ts::html_entity> gold, predicted;
};

// Sentences of tags. The text of a sentence is its tokens with blanks between.
class tagged_corpus {
 public:
  tagged_corpus(comparison const& files, ts::scheme_id scheme, ts::reading reading)
      : files_(files), scheme_(scheme), reading_(reading) {}

  ts::label_set const& labels() const { return files_.labels; }
  std::size_t size() const { return files_.gold().size(); }

  struct sentence {
    std::vector<ts::token_entity> gold, predicted;
    std::span<std::string_view const> tokens;
    std::string form(ts::token_span span) const {
      std::string words;
      for (std::string_view token : tokens.subspan(span.begin, span.size()))
        words.append(words.empty() ? "" : " ").append(token);
      return words;
    }
  };
  sentence operator[](std::size_t i) const {
    return {entities(scheme_, files_.gold().tags_of(i), labels(), reading_),
            entities(scheme_, files_.predicted_of(i), labels(), reading_), files_.gold().tokens_of(i)};
  }

  shown_document shown(std::size_t i, sentence const& s) const {
    shown_document out;
    std::size_t const line = files_.gold().lines()[files_.gold().sentence(i).begin];
    out.place = files_.files.front().name + ':' + std::to_string(line);
    std::vector<ts::byte_span> at;
    for (std::string_view token : s.tokens) {
      if (!at.empty()) out.text += ' ';
      at.push_back({out.text.size(), out.text.size() + token.size()});
      out.text += token;
    }
    auto const in_bytes = [&](std::vector<ts::token_entity> const& from, std::vector<ts::html_entity>& to) {
      for (ts::token_entity const& e : from) {
        to.push_back({{at[e.span.begin].begin, at[e.span.end - 1].end}, labels().type_name(e.type)});
      }
    };
    in_bytes(s.gold, out.gold);
    in_bytes(s.predicted, out.predicted);
    return out;
  }

 private:
  comparison const& files_;
  ts::scheme_id scheme_;
  ts::reading reading_;
};

}  // namespace cli
