// SPDX-License-Identifier: MIT
// The example tokenizer against Hugging Face's: ids, words and offsets. The committed texts are ours, and the answers
// those of tokenizers 0.23.2 for examples/models/tokenizer.json.
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <utf8proc.h>
#include <nlohmann/json.hpp>

#include <tagspan/text/offsets.hpp>

#include "../../examples/wordpiece/wordpiece.hpp"
#include "golden.hpp"

using golden::json;
namespace ts = tagspan;

namespace {

// A text that writes a special token is where we differ on purpose.
constexpr char const* writes_special = "the text writes [CLS] or [SEP], which is text here";

wordpiece::tokenizer const& tokenizer() {
  static wordpiece::tokenizer const made(golden::read(TAGSPAN_SOURCE_DIR "/examples/models/tokenizer.json"));
  return made;
}

template <class Unit>
json in_unit(wordpiece::encoding const& tokens, ts::offset_map const& map) {
  json out = json::array();
  for (auto const& span : map.checked_all<Unit>(tokens.offsets).value()) out.push_back({span.begin, span.end});
  return out;
}

// What a row says, without its special tokens.
json content(json const& row, char const* key) {
  bool const marked = row.contains("tokens");  // [CLS] first and [SEP] last
  json const& all = row.at(key);
  return marked ? json(std::vector<json>(all.begin() + 1, all.end() - 1)) : all;
}

void compare(json const& row, golden::tally& count) {
  std::string const text = row.at("text");
  if (text.find("[SEP]") != std::string::npos) return count.leave_out("ids", writes_special);
  auto const tokens = tokenizer().encode(text).value();
  ts::offset_map const map(text);
  std::string const name = text.substr(0, 30);
  count.compare("ids", json(tokens.ids), content(row, "ids"), name);
  count.compare("word ids", json(tokens.word_ids), content(row, "word_ids"), name);
  for (char const* key : {"offsets", "offsets_cp"}) {
    if (row.contains(key))
      count.compare("code points", in_unit<ts::unit::code_point>(tokens, map), content(row, key), name);
  }
  if (row.contains("offsets_utf8")) {
    count.compare("bytes", in_unit<ts::unit::byte>(tokens, map), content(row, "offsets_utf8"), name);
    count.compare("UTF-16", in_unit<ts::unit::utf16>(tokens, map), content(row, "offsets_utf16"), name);
    std::vector<std::string> pieces(tokens.pieces.begin(), tokens.pieces.end());
    count.compare("pieces", json(pieces), content(row, "tokens"), name);
  }
  for (std::size_t i = 0; i < tokens.ids.size(); ++i) {
    auto const& word = tokens.words[static_cast<std::size_t>(tokens.word_ids[i])];
    CHECK(word.begin <= tokens.offsets[i].begin);
    CHECK(tokens.offsets[i].end <= word.end);
  }
}

}  // namespace

TEST_CASE("the tokenizer gives Hugging Face's answers: committed texts") {
  golden::tally count;
  for (json const& row : golden::rows(golden::committed("wordpiece/texts.jsonl"))) compare(row, count);
  count.expect({{"ids", "", 59, 0}, {"ids", writes_special, 1, 0}, {"word ids", "", 59, 0}, {"code points", "", 59, 0}},
               golden::set::committed);
}

TEST_CASE("the tokenizer gives Hugging Face's answers: 200 sentences and a text of 1400 tokens") {
  std::string const sentences = golden::shared("model/golden_pud200.jsonl");
  if (golden::is_missing(sentences)) return;
  golden::tally count;
  for (json const& row : golden::rows(sentences)) compare(row, count);
  compare(golden::rows(golden::shared("model/golden_windows.jsonl")).at(0), count);
  count.expect({{"ids", "", 0, 201},
                {"word ids", "", 0, 201},
                {"code points", "", 0, 201},
                {"bytes", "", 0, 200},
                {"UTF-16", "", 0, 200},
                {"pieces", "", 0, 200}},
               golden::set::full);
}

TEST_CASE("the tokenizer refuses what it can't do") {
  std::string const good = golden::read(TAGSPAN_SOURCE_DIR "/examples/models/tokenizer.json");
  auto const with = [&](char const* pointer, json value) {
    json changed = json::parse(good);
    changed[json::json_pointer(pointer)] = std::move(value);
    return changed.dump();
  };
  CHECK_THROWS(wordpiece::tokenizer("{"));
  CHECK_THROWS(wordpiece::tokenizer("{}"));
  CHECK_THROWS(wordpiece::tokenizer(with("/normalizer/lowercase", true)));
  CHECK_THROWS(wordpiece::tokenizer(with("/normalizer/strip_accents", true)));
  CHECK_THROWS(wordpiece::tokenizer(with("/pre_tokenizer/type", "Whitespace")));
  CHECK_THROWS(wordpiece::tokenizer(with("/model/type", "BPE")));
  CHECK_THROWS(wordpiece::tokenizer(with("/model/unk_token", "[NONE]")));
  CHECK_NOTHROW(wordpiece::tokenizer(with("/normalizer/strip_accents", nullptr)));

  auto const broken = tokenizer().encode("abc \xFF");
  REQUIRE(!broken);
  CHECK(broken.error().code == ts::errc::ill_formed_text);
  CHECK(broken.error().where == 4);
}
