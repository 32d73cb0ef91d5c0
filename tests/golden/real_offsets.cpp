// SPDX-License-Identifier: MIT
// Real texts with gold entities by offset, through all that a document longer than its model goes through: tokens,
// tags, windows, entities, offsets. Each gold entity comes back as it was, or is in the list of those that are
// misaligned.
#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <tagspan/model/align.hpp>
#include <tagspan/model/scores.hpp>
#include <tagspan/model/window.hpp>
#include <tagspan/tags/entities.hpp>
#include <tagspan/text/offsets.hpp>
#include <tagspan/text/redact.hpp>
#include <tagspan/text/token_alignment.hpp>

#include "golden.hpp"

using golden::json;
namespace ts = tagspan;

namespace {

using character_entity = ts::entity<ts::unit::code_point>;

struct document {
  std::string text;
  std::vector<character_entity> gold;  // in order
};

struct corpus {
  ts::label_set labels;
  std::vector<document> documents;
};

// Each document a row; an entity is [begin, end, type, its text], or an object that says the same.
corpus read(std::string const& path) {
  std::vector<std::pair<std::string, json>> all;
  std::vector<std::string> types;
  for (json const& row : golden::rows(path)) {
    all.emplace_back(row["text"].get<std::string>(), json::array());
    for (json const& e : row["entities"]) {
      json const given = e.is_array() ? e : json{e["span"][0], e["span"][1], e["type"], e["name"]};
      std::string const type = given[2];
      if (std::find(types.begin(), types.end(), type) == types.end()) types.push_back(type);
      all.back().second.push_back(given);
    }
  }
  corpus out{ts::label_set::from_types<ts::bioes>(types).value(), {}};
  for (auto const& [text, entities] : all) {
    document d{text, {}};
    ts::offset_map const map(d.text);
    for (json const& e : entities) {
      ts::code_point_span const span{e[0].get<std::size_t>(), e[1].get<std::size_t>()};
      CHECK(map.slice(span) == e[3].get_ref<std::string const&>());
      d.gold.push_back({span, *out.labels.find_type(e[2].get<std::string>())});
    }
    std::sort(d.gold.begin(), d.gold.end());
    out.documents.push_back(std::move(d));
  }
  return out;
}

// Ways to cut a text into tokens; offsets in bytes, as a tokenizer in C++ gives them.
enum class tokens_are { characters, words, chunks };

// Words: runs of one script; punctuation stands alone. Chunks: three characters each, whatever they are, so that many
// entities begin or end inside one.
int script_of(char32_t c) {
  if (c < 0x80) return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') ? 1 : 0;
  if (c >= 0x3000 && c < 0x3040) return 0;  // punctuation of Chinese and Japanese
  if (c >= 0x3040 && c < 0x30A0) return 2;  // Hiragana
  if (c >= 0x30A0 && c < 0x3100) return 3;  // Katakana
  return c >= 0x3400 && c < 0xA000 ? 4 : 1;
}

std::vector<ts::byte_span> tokenize(std::string_view text, tokens_are kind) {
  std::vector<ts::byte_span> out;
  int last = 0;  // the script of the token that the next character may join; 0 for none
  std::size_t in_chunk = 0;
  for (std::size_t at = 0; at < text.size();) {
    auto const part = ts::detail::part_at(text, at);
    char32_t const c = ts::detail::code_point_at(text, at, part);
    ts::byte_span const here{at, at + part.length};
    at = here.end;
    if (ts::detail::is_white_space(c)) {
      last = 0;
      continue;
    }
    int const script = kind == tokens_are::words ? script_of(c) : kind == tokens_are::chunks ? 1 : 0;
    if (script != 0 && script == last && (kind != tokens_are::chunks || in_chunk < 3)) {
      out.back().end = here.end;
      ++in_chunk;
    } else {
      out.push_back(here);
      in_chunk = 1;
    }
    last = script;
  }
  return out;
}

struct outcome {
  std::size_t unchanged{}, misaligned{}, windows{};
  friend bool operator==(outcome const&, outcome const&) = default;
};

// The labels as a model that never errs would score them.
std::vector<float> one_hot(std::span<ts::label_id const> ids, std::size_t labels) {
  std::vector<float> out(ids.size() * labels, 0.0f);
  for (std::size_t i = 0; i < ids.size(); ++i) out[i * labels + static_cast<std::size_t>(ids[i])] = 1.0f;
  return out;
}

void there_and_back(document const& d, ts::label_set const& labels, tokens_are kind, outcome& count) {
  auto const map = ts::offset_map::from(d.text).value();
  auto const tokens = tokenize(d.text, kind);
  auto const token_map = ts::token_map<ts::unit::byte>::from(tokens).value();

  // Text to tags, in bytes, by way of UTF-16 as a program for a browser would have it.
  std::vector<ts::entity<ts::unit::byte>> in_bytes;
  for (character_entity const& e : d.gold) {
    auto const in_browser = map.checked<ts::unit::utf16>(e.span).value();
    in_bytes.push_back({map.checked<ts::unit::byte>(in_browser).value(), e.type});
  }
  auto const tagged = ts::tags_from_spans<ts::bioes>(in_bytes, tokens, labels).value();

  // Windows of the scores, merged again.
  auto const plan = ts::plan_windows(tokens.size(), {.max_tokens = 24, .overlap = 6, .reserved = 2}).value();
  std::vector<std::vector<float>> scores;
  std::vector<ts::scores_view<float const>> views;
  for (ts::window const& w : plan) {
    scores.push_back(one_hot(std::span(tagged.ids).subspan(w.tokens.begin, w.tokens.size()), labels.size()));
  }
  for (auto const& s : scores) views.push_back({s.data(), s.size() / labels.size(), labels.size()});
  auto const merged = ts::merge_scores(plan, views, {.weight = ts::window_weight::centre}).value();
  auto const ids = ts::argmax(merged.view());
  CHECK(ids == tagged.ids);

  // Entities, and their offsets.
  std::vector<character_entity> found;
  for (ts::token_entity const& e : ts::to_entities<ts::bioes>(ids, labels, {.reading = ts::reading::strict}).value()) {
    found.push_back({map.checked<ts::unit::code_point>(token_map.text_of(e.span).value()).value(), e.type});
  }
  std::vector<character_entity> expected = d.gold;
  std::vector<std::size_t> listed;
  for (auto const& m : tagged.misaligned) listed.push_back(m.index);
  std::sort(listed.begin(), listed.end());
  for (auto k = listed.rbegin(); k != listed.rend(); ++k) {
    // Listed with a reason: the token that holds its begin or the one that holds its end holds more than that.
    CHECK_FALSE(token_map.tokens_of(in_bytes[*k].span).has_value());
    expected.erase(expected.begin() + static_cast<std::ptrdiff_t>(*k));
  }
  CHECK((found == expected));
  count.unchanged += found.size();
  count.misaligned += listed.size();
  count.windows += plan.size();

  // Redaction of the same entities, and the way back from the masked text.
  auto const redacted = ts::redact(d.text, in_bytes, {.style = ts::mask::fixed, .fixed = "\n"}).value();
  REQUIRE(redacted.masks().size() == in_bytes.size());
  for (std::size_t k = 0; k < in_bytes.size(); ++k) {
    CHECK(redacted.to_old(redacted.to_new(in_bytes[k].span)) == in_bytes[k].span);
    CHECK(redacted.to_old(redacted.masks()[k].after) == in_bytes[k].span);
  }
}

struct pin {
  tokens_are kind;
  outcome expected;
};

void expect(std::string const& path, std::size_t documents, std::vector<pin> const& pins) {
  if (golden::is_missing(path)) return;
  corpus const c = read(path);
  CHECK(c.documents.size() == documents);
  for (pin const& p : pins) {
    outcome count;
    for (document const& d : c.documents) there_and_back(d, c.labels, p.kind, count);
    CHECK_MESSAGE(count == p.expected, count.unchanged << ", " << count.misaligned << ", " << count.windows);
  }
}

}  // namespace

//                                 unchanged, misaligned; windows
TEST_CASE("turku: every entity survives, or is listed") {
  expect(golden::shared("data/turku/test.standoff.jsonl"), 76,
         {{tokens_are::words, {1005, 0, 1373}},
          {tokens_are::characters, {1005, 0, 8339}},
          {tokens_are::chunks, {1005, 0, 3277}}});
}

TEST_CASE("ja_wikipedia: every entity survives, or is listed") {
  expect(golden::shared("data/ja_wikipedia/ner.0-499.jsonl"), 500,
         {{tokens_are::words, {1167, 137, 862}},
          {tokens_are::characters, {1304, 0, 1932}},
          {tokens_are::chunks, {178, 1126, 701}}});
}
