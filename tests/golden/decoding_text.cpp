// SPDX-License-Identifier: MIT
// text/ and the span rules of compat/ against what the peers answered.
//
// Committed is a part of each file: every k-th row from the first on, where k = ceil(bytes of the file / 28000). Where
// the complete files lie beside the checkout (TAGSPAN_SHARED_DIR), they are compared as well. How many rows are
// compared is pinned for both.
#include <tagspan/compat/gliner.hpp>
#include <tagspan/compat/presidio.hpp>
#include <tagspan/compat/spacy.hpp>
#include <tagspan/text/offsets.hpp>
#include <tagspan/text/overlap.hpp>
#include <tagspan/text/token_alignment.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace ts = tagspan;
using nlohmann::json;
using ts::unit::byte;
using ts::unit::code_point;
using ts::unit::utf16;

// Why a row is not compared. There is no other reason.
enum class left_out { no_text };  // the tokenizer was given words, so that offsets are not in one text

struct rows_compared {
  std::size_t committed, complete;  // of these files
  std::size_t left_out_committed = 0, left_out_complete = 0;
};

std::string content(std::string const& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string every_kth_row(std::string const& complete) {
  std::size_t const k = (complete.size() + 27999) / 28000;
  std::string rows;
  for (std::size_t begin = 0, row = 0; begin < complete.size(); ++row) {
    std::size_t const end = complete.find('\n', begin) + 1;
    if (row % k == 0) rows += complete.substr(begin, end - begin);
    begin = end;
  }
  return rows;
}

// check(row) compares, or says why not.
template <class Check>
void compare(std::string const& name, rows_compared expected, Check check) {
  auto const run = [&](std::string const& path, std::size_t rows, std::size_t left_out_rows) {
    std::ifstream file(path);
    REQUIRE_MESSAGE(file.is_open(), path);
    std::size_t compared = 0, without = 0;
    for (std::string line; std::getline(file, line);) {
      json const row = json::parse(line);
      INFO(name << " " << row.at("id").get<std::string>());
      std::optional<left_out> const why = check(row);
      ++(why ? without : compared);
    }
    CHECK(compared == rows);
    CHECK(without == left_out_rows);
  };
  std::string const committed = std::string(TAGSPAN_GOLDEN_DIR) + "/decoding/" + name + ".jsonl";
  run(committed, expected.committed, expected.left_out_committed);
  std::string const complete = std::string(TAGSPAN_SHARED_DIR) + "/golden/decoding/" + name + ".jsonl";
  if (!std::ifstream(complete).is_open()) return;
  run(complete, expected.complete, expected.left_out_complete);
  CHECK(content(committed) == every_kth_row(content(complete)));
}

using no_reason = std::optional<left_out>;
std::string text_at(json const& row, char const* key) { return row.at(key).get<std::string>(); }
std::vector<std::size_t> numbers(json const& list) { return list.get<std::vector<std::size_t>>(); }

TEST_CASE("unicode_offsets: byte, code point and UTF-16 offsets of each code point") {
  compare("unicode_offsets", {114, 228}, [](json const& row) {
    std::string const text = text_at(row, "text");
    auto const bytes = numbers(row.at("cp_to_byte")), units = numbers(row.at("cp_to_utf16"));
    ts::offset_map const map = ts::offset_map::from(text).value();
    CHECK(map.size() == ts::text_position{text.size(), bytes.size() - 1, units.back()});
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      ts::text_position const here{bytes[i], i, units[i]};
      CHECK(map.at<code_point>(i) == here);
      CHECK(map.at<byte>(bytes[i]) == here);
      CHECK(map.at<utf16>(units[i]) == here);
    }
    return no_reason{};
  });
}

TEST_CASE("illformed_utf8: maximal subparts") {
  compare("illformed_utf8", {113, 226}, [](json const& row) {
    std::string text;
    std::string const hex = text_at(row, "hex");
    for (std::size_t i = 0; i < hex.size(); i += 2) text += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
    bool const valid = row.at("valid").get<bool>();
    auto const strict = ts::offset_map::from(text);
    CHECK(strict.has_value() == valid);
    ts::offset_map const map(text);
    CHECK(map.well_formed() == valid);
    std::size_t count = 0, units = 0;
    std::optional<std::size_t> first_bad;
    for (auto const& part : row.at("parts")) {
      std::size_t const begin = part.at(0), end = part.at(1);
      bool const good = part.at(2);
      CHECK(map.at<byte>(begin) == ts::text_position{begin, count, units});
      CHECK(map.at<code_point>(count) == ts::text_position{begin, count, units});
      CHECK(map.at<utf16>(units) == ts::text_position{begin, count, units});
      for (std::size_t inside = begin + 1; inside < end; ++inside) {
        CHECK(map.checked_at<byte>(inside).error() == ts::error{ts::errc::off_boundary, inside, 0});
      }
      if (!good && !first_bad) first_bad = begin;
      ++count;
      units += good && end - begin == 4 ? 2 : 1;
    }
    CHECK(map.size() == ts::text_position{text.size(), count, units});
    if (!valid) CHECK(strict.error() == ts::error{ts::errc::ill_formed_text, first_bad.value(), 0});
    return no_reason{};
  });
}

TEST_CASE("real_tokenizers: the token at each character") {
  compare("real_tokenizers", {23, 252, 12, 127}, [](json const& row) -> std::optional<left_out> {
    if (!row.contains("text")) return left_out::no_text;
    std::vector<ts::code_point_span> offsets;
    auto const special = row.at("special_tokens_mask");
    for (std::size_t i = 0; i < row.at("offsets").size(); ++i) {
      auto const& o = row.at("offsets").at(i);
      offsets.push_back(special.at(i) == 1 ? ts::code_point_span{} : ts::code_point_span{o.at(0), o.at(1)});
    }
    auto const map = ts::token_map<code_point>::from(offsets);
    REQUIRE(map.has_value());
    for (std::size_t i = 0; i < row.at("char_to_token").size(); ++i) {
      auto const& expected = row.at("char_to_token").at(i);
      std::optional<std::size_t> const token =
          expected.is_null() ? std::nullopt : std::optional<std::size_t>(expected.get<std::size_t>());
      CHECK(map->token_at(i) == token);
      CHECK(ts::token_at(offsets, i) == token);
    }
    return std::nullopt;
  });
}

TEST_CASE("spacy_char_span: three modes, and where spaCy raises") {
  compare("spacy_char_span", {30, 90}, [](json const& row) {
    std::vector<ts::compat::spacy_token> tokens;
    for (auto const& t : row.at("tokens")) tokens.push_back({{t.at(0), t.at(1)}, t.at(2) == 1});
    for (auto const& query : row.at("queries")) {
      std::pair<char const*, ts::alignment> const modes[] = {
          {"strict", ts::alignment::strict}, {"contract", ts::alignment::contract}, {"expand", ts::alignment::expand}};
      for (auto const& [name, mode] : modes) {
        CAPTURE(query.dump());
        CAPTURE(name);
        auto const& expected = query.at(name);
        auto const found = ts::compat::spacy_char_span(tokens, {query.at("start"), query.at("end")}, mode);
        CHECK(found.has_value() == !expected.is_string());
        if (!found || expected.is_string()) continue;
        CHECK(found->has_value() == expected.is_array());
        if (found->has_value() && expected.is_array()) {
          CHECK(**found == ts::token_span{expected.at(0), expected.at(1)});
        }
      }
    }
    return no_reason{};
  });
}

std::vector<ts::token_entity> token_entities(json const& spans) {
  std::vector<ts::token_entity> entities;
  for (auto const& s : spans) entities.push_back({{s.at(0), s.at(1)}, {}});
  return entities;
}

TEST_CASE("spacy_filter_spans: what is kept, in which order") {
  compare("spacy_filter_spans", {150, 300}, [](json const& row) {
    CHECK(ts::compat::spacy_filter_spans(token_entities(row.at("spans"))) == numbers(row.at("expected_kept")));
    return no_reason{};
  });
}

TEST_CASE("spacy_token_alignment: tokens that share characters, both ways") {
  compare("spacy_token_alignment", {60, 120}, [](json const& row) {
    auto const a = row.at("a").get<std::vector<std::string>>(), b = row.at("b").get<std::vector<std::string>>();
    REQUIRE(row.at("error").is_null());
    auto const same = ts::align_tokens(a, b);
    REQUIRE(same.has_value());
    auto const differing = ts::align_differing_tokens(a, b);
    for (ts::token_alignment const* map : {&*same, &differing}) {
      for (std::size_t i = 0; i < a.size(); ++i) {
        auto const found = map->a_to_b(i);
        CHECK(std::vector<std::size_t>(found.begin(), found.end()) == numbers(row.at("a2b").at(i)));
      }
      for (std::size_t j = 0; j < b.size(); ++j) {
        auto const found = map->b_to_a(j);
        CHECK(std::vector<std::size_t>(found.begin(), found.end()) == numbers(row.at("b2a").at(j)));
      }
    }
    return no_reason{};
  });
}

std::pair<char const*, ts::compat::gliner_options> const gliner_modes[] = {
    {"flat", {0.5f, true, false}},
    {"flat_multi", {0.5f, true, true}},
    {"nested", {0.5f, false, false}},
    {"nested_multi", {0.5f, false, true}},
};

TEST_CASE("gliner_greedy: flat, nested, multi-label") {
  compare("gliner_greedy", {130, 260}, [](json const& row) {
    std::vector<ts::compat::gliner_entity> spans;
    for (auto const& s : row.at("spans")) {
      spans.push_back({{s.at(0), s.at(1).get<std::size_t>() + 1}, {}, s.at(3).get<float>(), {}});
    }
    for (auto const& [name, options] : gliner_modes) {
      CAPTURE(name);
      CHECK(ts::compat::gliner_greedy_search(spans, options) == numbers(row.at("expected_kept").at(name)));
    }
    return no_reason{};
  });
}

TEST_CASE("gliner_span_decode: from logits") {
  compare("gliner_span_decode", {40, 40}, [](json const& row) {
    std::vector<float> logits;
    for (auto const& word : row.at("logits")) {
      for (auto const& width : word) {
        for (auto const& value : width) logits.push_back(value.get<float>());
      }
    }
    auto const classes = row.at("classes").get<std::vector<std::string>>();
    for (auto [name, options] : gliner_modes) {
      CAPTURE(name);
      options.threshold = row.at("threshold").get<float>();
      auto const found =
          ts::compat::gliner_decode_spans(logits, row.at("n_words"), row.at("max_width"), classes.size(), options)
              .value();
      auto const& expected = row.at("expected").at(name);
      REQUIRE(found.size() == expected.size());
      for (std::size_t i = 0; i < found.size(); ++i) {
        auto const& e = expected.at(i);
        CHECK(found[i].span == ts::word_span{e.at(0), e.at(1).get<std::size_t>() + 1});
        CHECK(classes[ts::index(found[i].type)] == e.at(2).get<std::string>());
        CHECK(std::fabs(found[i].score - e.at(3).get<float>()) <= 2e-6f);
      }
    }
    return no_reason{};
  });
}

TEST_CASE("presidio_conflicts: both strategies, and the text that comes out") {
  compare("presidio_conflicts", {30, 180}, [](json const& row) {
    std::string const text = text_at(row, "text");
    ts::offset_map const map(text);
    std::vector<std::string> types;
    std::vector<ts::compat::presidio_result> results;
    auto const type_of = [&](std::string const& name) {
      for (std::size_t i = 0; i < types.size(); ++i) {
        if (types[i] == name) return static_cast<ts::type_id>(i);
      }
      types.push_back(name);
      return static_cast<ts::type_id>(types.size() - 1);
    };
    for (auto const& r : row.at("results")) {
      results.push_back({map.to<byte>(ts::code_point_span{r.at(0), r.at(1)}), type_of(r.at(2)), r.at(3).get<float>()});
    }
    struct way {
      char const* name;
      ts::compat::presidio_options options;
    };
    using enum ts::compat::presidio_strategy;
    way const ways[] = {{"merge_similar_or_contained_merge_spaces", {merge_similar_or_contained, true}},
                        {"merge_similar_or_contained", {merge_similar_or_contained, false}},
                        {"remove_intersections_merge_spaces", {remove_intersections, true}},
                        {"remove_intersections", {remove_intersections, false}}};
    for (auto const& [name, options] : ways) {
      CAPTURE(name);
      auto const& expected = row.at("expected").at(name);
      auto const kept = ts::compat::presidio_resolve(text, results, options).value();
      std::vector<ts::compat::presidio_result> expected_spans;
      for (auto const& s : expected.at("spans")) {
        expected_spans.push_back(
            {map.to<byte>(ts::code_point_span{s.at(0), s.at(1)}), type_of(s.at(2)), s.at(3).get<float>()});
      }
      CHECK(kept == expected_spans);
      auto const masked =
          ts::compat::presidio_anonymize(text, kept, [&](ts::type_id t) { return "<" + types[ts::index(t)] + ">"; });
      CHECK(masked.text == expected.at("text").get<std::string>());
      ts::offset_map const new_map(masked.text);
      std::vector<ts::compat::presidio_item> items;
      for (auto const& item : expected.at("items")) {
        items.push_back({new_map.to<byte>(ts::code_point_span{item.at(0), item.at(1)}), type_of(item.at(2))});
      }
      CHECK(masked.items == items);
    }
    return no_reason{};
  });
}

}  // namespace
