// SPDX-License-Identifier: MIT
// What the tagger is trained on: sentences of words with BIO labels, in three parts. Real corpora where they lie at
// hand, generated ones where not.
#pragma once
#include <tagspan/core/error.hpp>
#include <tagspan/io/conll.hpp>
#include <tagspan/tags/convert.hpp>
#include <tagspan/tags/entities.hpp>
#include <tagspan/tags/labels.hpp>
#include <tagspan/tags/scheme.hpp>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "generated.hpp"

namespace corpora {

namespace ts = tagspan;

struct sentence {
  std::vector<std::string> words;
  std::vector<ts::label_id> labels;  // of corpus::labels
};

struct corpus {
  std::string name;
  ts::label_set labels;  // BIO
  std::vector<sentence> training, held_out, test;
};

inline std::string read_file(std::filesystem::path const& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path.string());
  return {std::istreambuf_iterator<char>(file), {}};
}

// What a task asks for: its types, and the template sentences that may stand for it.
struct task {
  std::string_view name;
  std::vector<std::string_view> types;
  generated::detail::words templates;
  std::string_view corpus;  // unless another is asked for
};

inline std::vector<task> const& tasks() {
  static std::vector<task> const all = {
      {"two_types", {"PER", "ORG"}, generated::detail::two_types, "generated"},
      {"resume", {"NAME", "EMPLOYER", "DEGREE", "SKILL"}, generated::detail::resume, "generated"},
      {"clinical", {"Chemical", "Disease"}, generated::detail::clinical, "bc5cdr"},
  };
  return all;
}

// A real corpus: its files, the columns of token and tag, and what its types are called in the task. A type that is not
// named is no type of the task: O.
struct real {
  std::string_view name, task;
  std::string_view file;
  std::string_view test;  // none: the last part of the file
  std::size_t token = 0, tag = 1;
  std::vector<std::pair<std::string_view, std::string_view>> types;
};

inline std::vector<real> const& real_corpora() {
  static std::vector<real> const all = {
      {"wnut17",
       "two_types",
       "wnut17/emerging.dev.conll",
       "wnut17/emerging.test.annotated",
       0,
       1,
       {{"person", "PER"}, {"corporation", "ORG"}, {"group", "ORG"}}},
      {"sr_set", "two_types", "uner/sr_set-ud-dev.iob2", "", 1, 2, {{"PER", "PER"}, {"ORG", "ORG"}}},
      {"turku", "two_types", "turku/test.tsv", "", 0, 1, {{"PER", "PER"}, {"ORG", "ORG"}}},
      {"bc5cdr",
       "clinical",
       "biomed/BC5CDR-IOB.test.399-998.tsv",
       "",
       0,
       1,
       {{"Chemical", "Chemical"}, {"Disease", "Disease"}}},
      {"ncbi", "clinical", "biomed/NCBI-disease-IOB.test.tsv", "", 0, 1, {{"Disease", "Disease"}}},
  };
  return all;
}

inline std::vector<sentence> read(std::filesystem::path const& path, real const& from, ts::label_set const& labels) {
  std::string const text = read_file(path);
  ts::label_set own;
  auto const file = ts::read_conll(text, own,
                                   {.token = ts::column::index(from.token),
                                    .tags = {ts::column::index(from.tag)},
                                    .bad_label = ts::bad_label::outside});
  if (!file) throw std::runtime_error(path.string() + ": " + ts::message(file.error()));
  std::vector<sentence> out;
  for (std::size_t i = 0; i < file->size(); ++i) {
    auto const words = file->tokens_of(i);
    std::vector<ts::token_entity> entities;
    for (ts::token_entity e : ts::to_entities<ts::bio>(file->tags_of(i), own).value()) {
      auto const known = std::find_if(from.types.begin(), from.types.end(),
                                      [&](auto const& pair) { return pair.first == own.type_name(e.type); });
      if (known == from.types.end()) continue;
      e.type = labels.find_type(known->second).value();
      entities.push_back(e);
    }
    out.push_back({{words.begin(), words.end()},
                   ts::to_tags<ts::bio>(std::span<ts::token_entity const>(entities), words.size(), labels).value()});
  }
  return out;
}

// Takes the last part of the sentences away. They are neighbours, so that no text is cut but at one place: sentences of
// one abstract in both parts would flatter the score.
inline std::vector<sentence> split_off(std::vector<sentence>& from, std::size_t count) {
  auto const at = from.end() - static_cast<std::ptrdiff_t>(count);
  std::vector<sentence> out(std::make_move_iterator(at), std::make_move_iterator(from.end()));
  from.erase(at, from.end());
  return out;
}

struct sizes {
  std::size_t training = 1600, held_out = 500, test = 500;
};

inline corpus generate(task const& t, sizes const& count, std::uint64_t seed) {
  corpus out{"generated", ts::label_set::from_types<ts::bio>(t.types).value(), {}, {}, {}};
  auto const make = [&](generated::part part, std::size_t sentences) {
    std::vector<sentence> some;
    for (generated::sentence& s : generated::sentences(t.templates, part, sentences, seed)) {
      some.push_back({std::move(s.words), out.labels.encode(s.tags).value()});
    }
    return some;
  };
  out.training = make(generated::part::training, count.training);
  out.held_out = make(generated::part::held_out, count.held_out);
  out.test = make(generated::part::test, count.test);
  return out;
}

// Nothing where the data are not there.
inline std::optional<corpus> load(real const& r, std::filesystem::path const& folder) {
  if (!std::filesystem::exists(folder / r.file) || !std::filesystem::exists(folder / r.test)) return std::nullopt;
  std::vector<std::string_view> types;
  for (auto const& [theirs, ours] : r.types) {
    if (std::find(types.begin(), types.end(), ours) == types.end()) types.push_back(ours);
  }
  corpus out{std::string(r.name), ts::label_set::from_types<ts::bio>(types).value(), {}, {}, {}};
  out.training = read(folder / r.file, r, out.labels);
  std::size_t const part = out.training.size() * 3 / 20;
  out.test = r.test.empty() ? split_off(out.training, part) : read(folder / r.test, r, out.labels);
  out.held_out = split_off(out.training, part);
  return out;
}

}  // namespace corpora
