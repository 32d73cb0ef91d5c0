// SPDX-License-Identifier: MIT
#include <tagspan/model/decode.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tagspan/tags/convert.hpp>

namespace ts = tagspan;

namespace {

using found = std::vector<ts::scored_entity<ts::unit::byte>>;
using ids = std::vector<std::int32_t>;
using mask = std::vector<std::uint8_t>;
using spans = std::vector<ts::byte_span>;

constexpr float inf = std::numeric_limits<float>::infinity();
constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();

ts::label_set const& labels() {
  static auto const set = ts::label_set::from_id2label({"O", "B-PER", "I-PER", "B-LOC", "I-LOC"}).value();
  return set;
}
constexpr ts::type_id per{0};
constexpr ts::type_id loc{1};

// Rows of probabilities: the named label gets p, the others share the rest.
struct cell {
  char const* label;
  float p = 0.8F;
};
std::vector<float> probabilities(std::vector<cell> const& cells) {
  std::vector<float> out;
  for (cell const& c : cells) {
    auto const id = static_cast<std::size_t>(labels().find(c.label).value());
    for (std::size_t j = 0; j < labels().size(); ++j) out.push_back(j == id ? c.p : (1 - c.p) / 4);
  }
  return out;
}
std::vector<float> logits(std::vector<cell> const& cells) {
  std::vector<float> out = probabilities(cells);
  for (float& x : out) x = std::log(x) + 3;
  return out;
}

template <class T>
ts::scores_view<T const> view(std::vector<T> const& scores) {
  return {scores.data(), scores.size() / labels().size(), labels().size()};
}

// One byte and a blank a token.
spans offsets_of(std::size_t tokens) {
  spans out;
  for (std::size_t i = 0; i < tokens; ++i) out.push_back({2 * i, 2 * i + 1});
  return out;
}

std::string text_of(found const& entities) {
  std::string out;
  for (auto const& e : entities) {
    out += std::to_string(e.span.begin) + '-' + std::to_string(e.span.end) + ' ' +
           std::string(labels().type_name(e.type)) + " t" + std::to_string(e.tokens.begin) + '-' +
           std::to_string(e.tokens.end) + "; ";
  }
  return out;
}

std::string decode_text(std::vector<float> const& scores, ts::byte_encoding const& enc, ts::decode_options options) {
  options.scores_are_probabilities = true;
  auto const entities = ts::decode<ts::bio>(view(scores), labels(), enc, options);
  return entities ? text_of(*entities) : ts::message(entities.error());
}

// A 16-bit float as LibTorch has it.
struct bfloat {
  std::uint16_t bits;
  explicit bfloat(float x) {
    std::uint32_t all = 0;
    __builtin_memcpy(&all, &x, 4);
    bits = static_cast<std::uint16_t>(all >> 16U);
  }
  operator float() const {
    std::uint32_t const all = static_cast<std::uint32_t>(bits) << 16U;
    float x = 0;
    __builtin_memcpy(&x, &all, 4);
    return x;
  }
};

}  // namespace

TEST_CASE("the first use: logits, word ids and offsets to entities") {
  // [CLS] Angela Mer ##kel met [SEP]
  auto const scores = logits({{"B-LOC"}, {"B-PER", 0.9F}, {"I-PER", 0.7F}, {"B-LOC", 0.9F}, {"O"}, {"B-PER"}});
  ids const words{-1, 0, 1, 1, 2, -1};
  spans const offsets{{0, 0}, {0, 6}, {7, 10}, {10, 13}, {14, 17}, {0, 0}};
  auto const entities =
      ts::decode<ts::bio>(view(scores), labels(), ts::byte_encoding{.word_ids = words, .offsets = offsets}).value();
  REQUIRE(entities.size() == 1);
  CHECK(entities[0].span == ts::byte_span{0, 13});
  CHECK(entities[0].type == per);
  CHECK(entities[0].tokens == ts::token_span{1, 4});
  CHECK(entities[0].score == doctest::Approx(0.8));
}

TEST_CASE("each strategy, over the words it is given") {
  // Two words of two pieces, the second of which the model cuts.
  std::vector<cell> const cells{{"B-PER", 0.6F}, {"I-PER", 0.5F}, {"I-PER", 0.5F}, {"B-LOC", 0.9F}};
  ids const words{0, 0, 1, 1};
  spans const offsets{{0, 2}, {2, 4}, {5, 7}, {7, 9}};
  ts::byte_encoding const enc{.word_ids = words, .offsets = offsets};
  struct row {
    ts::aggregation how;
    char const* expected;
  };
  for (row const& r : {
           row{ts::aggregation::none, "0-2 PER t0-1; 2-4 PER t1-2; 5-7 PER t2-3; 7-9 LOC t3-4; "},
           row{ts::aggregation::simple, "0-7 PER t0-3; 7-9 LOC t3-4; "},
           row{ts::aggregation::first, "0-9 PER t0-4; "},
           row{ts::aggregation::average, "0-4 PER t0-2; 5-9 LOC t2-4; "},
           row{ts::aggregation::max, "0-4 PER t0-2; 5-9 LOC t2-4; "},
       }) {
    CAPTURE(static_cast<int>(r.how));
    CHECK(decode_text(probabilities(cells), enc, {.aggregate = r.how}) == r.expected);
    CHECK(text_of(ts::decode<ts::bio>(view(logits(cells)), labels(), enc, {.aggregate = r.how}).value()) == r.expected);
  }
  CHECK(decode_text(probabilities(cells), enc, {.words = ts::word_source::tokens}) == "0-7 PER t0-3; 7-9 LOC t3-4; ");
}

TEST_CASE("each score of an entity") {
  auto const scores = probabilities({{"B-PER", 0.9F}, {"I-PER", 0.4F}, {"I-PER", 0.5F}});
  auto const offsets = offsets_of(3);
  struct row {
    ts::entity_score kind;
    double expected;
  };
  for (row const& r :
       {row{ts::entity_score::mean, 0.6}, row{ts::entity_score::min, 0.4}, row{ts::entity_score::max, 0.9},
        row{ts::entity_score::product, 0.18}, row{ts::entity_score::geometric, std::cbrt(0.18)}}) {
    CAPTURE(static_cast<int>(r.kind));
    for (bool const probability : {true, false}) {
      auto rows = scores;
      if (!probability) {
        for (float& x : rows) x = std::log(x);
      }
      for (auto const path : {ts::decode_path::argmax, ts::decode_path::viterbi}) {
        auto const e = ts::decode<ts::bio>(view(rows), labels(), ts::byte_encoding{.offsets = offsets},
                                           {.aggregate = ts::aggregation::simple,
                                            .scores_are_probabilities = probability,
                                            .path = path,
                                            .score = r.kind})
                           .value();
        REQUIRE(e.size() == 1);
        CHECK(static_cast<double>(e[0].score) == doctest::Approx(r.expected).epsilon(1e-5));
      }
    }
  }
}

TEST_CASE("the posterior of an entity is that of model/posteriors") {
  auto const scores = logits({{"B-PER", 0.6F}, {"I-PER", 0.5F}, {"O", 0.4F}, {"I-LOC", 0.5F}});
  auto const offsets = offsets_of(4);
  auto const expected = ts::posteriors<ts::bio>(view(scores), labels()).value();
  for (auto const path : {ts::decode_path::argmax, ts::decode_path::viterbi}) {
    auto const entities =
        ts::decode<ts::bio>(view(scores), labels(), ts::byte_encoding{.offsets = offsets},
                            {.aggregate = ts::aggregation::simple, .path = path, .score = ts::entity_score::posterior})
            .value();
    REQUIRE(entities.size() == 2);
    for (auto const& e : entities) {
      CHECK(static_cast<double>(e.score) == doctest::Approx(expected.probability({e.tokens, e.type})));
    }
  }
}

TEST_CASE("a Viterbi path is legal, an argmax path need not be") {
  auto const scores = logits({{"O"}, {"I-PER", 0.5F}, {"I-LOC", 0.5F}, {"B-LOC"}});
  auto const offsets = offsets_of(4);
  ts::byte_encoding const enc{.offsets = offsets};
  ts::decode_options options{.aggregate = ts::aggregation::simple, .reading = ts::reading::strict};
  CHECK(text_of(ts::decode<ts::bio>(view(scores), labels(), enc, options).value()) == "6-7 LOC t3-4; ");
  options.path = ts::decode_path::viterbi;
  auto const path = ts::viterbi<ts::bio>(view(scores), labels()).value().path;
  CHECK(ts::validate<ts::bio>(path, labels())->empty());
  auto const strict = ts::decode<ts::bio>(view(scores), labels(), enc, options).value();
  options.reading = ts::reading::lenient;
  CHECK(strict == ts::decode<ts::bio>(view(scores), labels(), enc, options).value());
  CHECK(strict.size() == ts::to_entities<ts::bio>(path, labels())->size());
  // Learned scores take part: nothing may follow O but O.
  std::vector<float> transitions(25, 0);
  for (std::size_t j = 1; j < 5; ++j) transitions[j] = -inf;
  options.transitions = transitions;
  std::size_t next = 0;
  for (auto const& e : ts::decode<ts::bio>(view(scores), labels(), enc, options).value()) {
    CHECK(e.tokens.begin == next);
    next = e.tokens.end;
  }
  CHECK(next != 0);
}

TEST_CASE("thresholds, and types left out") {
  auto const scores = probabilities({{"B-PER", 0.5F}, {"B-LOC", 0.9F}, {"B-PER", 0.7F}});
  auto const offsets = offsets_of(3);
  ts::byte_encoding const enc{.offsets = offsets};
  using thresholds = ts::type_table<float>;
  struct row {
    char const* what;
    float global;
    thresholds by_type;
    char const* expected;
  };
  for (row const& r : {
           row{"none", 0, {}, "0-1 PER t0-1; 2-3 LOC t1-2; 4-5 PER t2-3; "},
           row{"at least", 0.7F, {}, "2-3 LOC t1-2; 4-5 PER t2-3; "},
           row{"all out", 1, {}, ""},
           row{"per type", 0, thresholds::from({{"PER", 0.6F}}, labels()).value(), "2-3 LOC t1-2; 4-5 PER t2-3; "},
           row{"over the global one", 0.95F, thresholds::from({{"PER", 0.1F}}, labels()).value(),
               "0-1 PER t0-1; 4-5 PER t2-3; "},
       }) {
    CAPTURE(std::string(r.what));
    CHECK(decode_text(scores, enc,
                      {.aggregate = ts::aggregation::simple, .min_score = r.global, .min_score_by_type = r.by_type}) ==
          r.expected);
  }
  CHECK(decode_text(scores, enc,
                    {.aggregate = ts::aggregation::simple,
                     .ignored_types = ts::type_table<bool>::from({{"PER", true}, {"LOC", false}}, labels()).value()}) ==
        "2-3 LOC t1-2; ");
}

TEST_CASE("special tokens and tokens without text") {
  auto const scores = probabilities({{"B-PER"}, {"I-PER"}, {"I-PER"}, {"I-PER"}});
  struct row {
    char const* what;
    ids words;
    mask special;
    spans offsets;
    char const* simple;
    char const* first;
  };
  for (row const& r : {
           row{"none", {0, 1, 2, 3}, {}, offsets_of(4), "0-7 PER t0-4; ", "0-7 PER t0-4; "},
           row{"by mask, inside",
               {0, 1, 2, 3},
               {0, 1, 0, 0},
               offsets_of(4),
               "0-1 PER t0-1; 4-7 PER t2-4; ",
               "0-1 PER t0-1; 4-7 PER t2-4; "},
           row{"by word id, inside",
               {0, -1, 2, 3},
               {},
               offsets_of(4),
               "0-1 PER t0-1; 4-7 PER t2-4; ",
               "0-1 PER t0-1; 4-7 PER t2-4; "},
           row{"inside a word",
               {0, 0, 0, 0},
               {0, 0, 1, 0},
               offsets_of(4),
               "0-3 PER t0-2; 6-7 PER t3-4; ",
               "0-3 PER t0-2; 6-7 PER t3-4; "},
           row{"at both ends, without offsets",
               {-1, 0, 1, -1},
               {1, 0, 0, 1},
               {{0, 0}, {0, 1}, {2, 3}, {0, 0}},
               "0-3 PER t1-3; ",
               "0-3 PER t1-3; "},
           row{"all", {-1, -1, -1, -1}, {}, offsets_of(4), "", ""},
           row{"no text, inside",
               {0, 1, 2, 3},
               {},
               {{0, 1}, {1, 1}, {2, 3}, {4, 5}},
               "0-5 PER t0-4; ",
               "0-5 PER t0-4; "},
           row{"no text, outside",
               {0, 1, 2, 3},
               {},
               {{0, 0}, {1, 2}, {2, 3}, {0, 0}},
               "1-3 PER t1-3; ",
               "1-3 PER t1-3; "},
           row{"first piece without text",
               {0, 0, 1, 1},
               {},
               {{0, 0}, {0, 3}, {4, 4}, {4, 6}},
               "0-6 PER t1-4; ",
               "0-6 PER t0-4; "},
           row{"repeated offsets",
               {0, 0, 0, 0},
               {},
               {{0, 1}, {0, 1}, {0, 1}, {1, 2}},
               "0-2 PER t0-4; ",
               "0-2 PER t0-4; "},
           row{"from one beginning",
               {0, 1, 1, 1},
               {},
               {{0, 1}, {2, 3}, {2, 9}, {9, 10}},
               "0-10 PER t0-4; ",
               "0-10 PER t0-4; "},
           row{"to one end", {0, 1, 1, 1}, {}, {{0, 1}, {1, 3}, {2, 3}, {3, 4}}, "0-4 PER t0-4; ", "0-4 PER t0-4; "},
       }) {
    CAPTURE(std::string(r.what));
    ts::byte_encoding const enc{.word_ids = r.words, .offsets = r.offsets, .special_tokens_mask = r.special};
    CHECK(decode_text(scores, enc, {.aggregate = ts::aggregation::simple}) == r.simple);
    CHECK(decode_text(scores, enc, {}) == r.first);
    // By itself, I- is no legal path.
    bool const lone = r.special == mask{0, 0, 1, 0};
    CHECK(decode_text(scores, enc, {.path = ts::decode_path::viterbi}) == (lone ? "0-3 PER t0-2; " : r.first));
  }
}

TEST_CASE("what says where words begin") {
  auto const scores = probabilities({{"B-PER"}, {"B-PER"}, {"O"}, {"I-PER"}});
  std::string const text = "Anna met";
  spans const offsets{{0, 2}, {2, 4}, {5, 6}, {6, 8}};
  std::vector<std::string_view> const hashes{"An", "##na", "m", "##et"};
  std::vector<std::string_view> const blocks{
      "\xE2\x96\x81"
      "An",
      "na", "\xE2\x96\x81m", "et"};
  ids const words{0, 0, 1, 1};
  ids const one_each{0, 1, 2, 3};
  char const* const whole = "0-4 PER t0-2; ";
  using source = ts::word_source;
  CHECK(decode_text(scores, {.word_ids = words, .offsets = offsets}, {}) == whole);
  CHECK(decode_text(scores, {.offsets = offsets, .text = text}, {}) == whole);
  CHECK(decode_text(scores, {.offsets = offsets, .pieces = hashes}, {}) == whole);
  CHECK(decode_text(scores, {.offsets = offsets, .pieces = blocks}, {.style = ts::piece_style::metaspace}) == whole);
  // Word ids come first; another source can be asked for.
  ts::byte_encoding const all{.word_ids = one_each, .offsets = offsets, .text = text, .pieces = hashes};
  CHECK(decode_text(scores, all, {}) == "0-2 PER t0-1; 2-4 PER t1-2; 6-8 PER t3-4; ");
  CHECK(decode_text(scores, all, {.words = source::offsets}) == whole);
  CHECK(decode_text(scores, all, {.words = source::pieces}) == whole);
  // A token without text does not part a word.
  spans const blank_inside{{0, 2}, {2, 2}, {2, 4}, {5, 6}};
  CHECK(decode_text(probabilities({{"B-PER"}, {"B-LOC"}, {"B-LOC"}, {"O"}}), {.offsets = blank_inside, .text = text},
                    {}) == "0-4 PER t0-3; ");
  for (source const s : {source::automatic, source::word_ids, source::offsets, source::pieces}) {
    auto const refused =
        ts::decode<ts::bio>(view(scores), labels(), ts::byte_encoding{.offsets = offsets}, {.words = s});
    CHECK(refused.error().code == ts::errc::no_word_source);
  }
}

TEST_CASE("white space is trimmed, in each unit") {
  auto const scores = probabilities({{"O"}, {"B-PER"}, {"I-PER"}});
  ids const words{0, 1, 2};
  auto const run = [&]<class Unit>(ts::encoding<Unit> enc, bool trim) {
    return ts::decode<ts::bio>(view(scores), labels(), enc, {.scores_are_probabilities = true, .trim = trim});
  };
  std::string const text = "a\xF0\x9F\x98\x80 \xC3\x89va Bo ";  // a, an emoji, " Éva", " Bo "
  spans const bytes{{0, 5}, {5, 10}, {10, 14}};
  std::vector<ts::code_point_span> const points{{0, 2}, {2, 6}, {6, 10}};
  std::vector<ts::utf16_span> const units{{0, 3}, {3, 7}, {7, 11}};
  for (bool const trim : {true, false}) {
    std::size_t const cut = trim ? 1 : 0;
    CHECK(run(ts::byte_encoding{.word_ids = words, .offsets = bytes, .text = text}, trim)->at(0).span ==
          ts::byte_span{5 + cut, 14 - cut});
    CHECK(run(ts::code_point_encoding{.word_ids = words, .offsets = points, .text = text}, trim)->at(0).span ==
          ts::code_point_span{2 + cut, 10 - cut});
    CHECK(run(ts::utf16_encoding{.word_ids = words, .offsets = units, .text = text}, trim)->at(0).span ==
          ts::utf16_span{3 + cut, 11 - cut});
  }
  // What is white space alone stays.
  CHECK(run(ts::byte_encoding{.word_ids = words, .offsets = bytes, .text = std::string(14, ' ')}, true)->at(0).span ==
        ts::byte_span{5, 14});
  std::vector<ts::utf16_span> const halves{{0, 1}, {2, 7}, {7, 11}};
  CHECK(run(ts::utf16_encoding{.word_ids = words, .offsets = halves, .text = text}, true).error() ==
        ts::error{ts::errc::off_boundary, 2, 0});
  spans const behind{{0, 5}, {5, 10}, {10, 99}};
  CHECK(run(ts::byte_encoding{.word_ids = words, .offsets = behind, .text = text}, true).error() ==
        ts::error{ts::errc::out_of_text, 99, 0});
}

TEST_CASE("every error, and where") {
  auto const good = probabilities({{"B-PER"}, {"O"}, {"I-PER"}});
  auto const offsets = offsets_of(3);
  ids const words{0, 1, 2};
  ts::byte_encoding const enc{.word_ids = words, .offsets = offsets};
  auto const fails = [&](ts::byte_encoding const& e, ts::decode_options const& options, ts::error expected) {
    auto const result = ts::decode<ts::bio>(view(good), labels(), e, options);
    REQUIRE_FALSE(result);
    CHECK(result.error() == expected);
  };
  auto const other = ts::label_set::for_types<ts::bio>({"X", "Y", "Z"});
  using thresholds = ts::type_table<float>;
  using ts::errc;
  CHECK(ts::decode<ts::bio>(view(good), other, enc).error() == ts::error{errc::shape_mismatch, 5, 7});
  auto const without_o = ts::label_set::from_id2label({"B-A", "I-A", "B-B", "I-B", "B-C"}).value();
  CHECK(ts::decode<ts::bio>(view(good), without_o, enc).error().code == errc::no_outside_label);
  auto const four = offsets_of(4);
  ids const two{0, 1};
  mask const one{1};
  std::vector<std::string_view> const pieces{"a"};
  fails({.word_ids = words, .offsets = four}, {}, {errc::encoding_mismatch, 1, 4});
  fails({.word_ids = two, .offsets = offsets}, {}, {errc::encoding_mismatch, 0, 2});
  fails({.word_ids = words, .offsets = offsets, .special_tokens_mask = one}, {}, {errc::encoding_mismatch, 2, 1});
  fails({.word_ids = words, .offsets = offsets, .pieces = pieces}, {}, {errc::encoding_mismatch, 3, 1});
  fails({.word_ids = words}, {}, {errc::encoding_mismatch, 1, 0});
  fails({.offsets = offsets}, {}, {errc::no_word_source, 0, 0});
  fails(enc, {.temperature = 0}, {errc::bad_temperature, 0, 0});
  fails(enc, {.temperature = -1}, {errc::bad_temperature, 0, 0});
  fails(enc, {.temperature = std::nan("")}, {errc::bad_temperature, 0, 0});
  fails(enc, {.scores_are_probabilities = true, .temperature = 2}, {errc::bad_temperature, 0, 0});
  fails(enc, {.min_score = not_a_number}, {errc::bad_option, 1, 0});
  fails(enc, {.min_score_by_type = thresholds::from({{"PER", 0.5F}, {"LOC", not_a_number}}, labels()).value()},
        {errc::bad_option, 2, 1});
  fails(enc, {.min_score_by_type = thresholds::from({{"Z", 0.5F}}, other).value()}, {errc::unknown_type, 0, 0});
  fails(enc, {.ignored_types = ts::type_table<bool>::from({{"Y", true}}, other).value()}, {errc::unknown_type, 0, 0});
  float const infinite = std::numeric_limits<float>::infinity();
  for (bool const posterior : {false, true}) {
    ts::decode_options options{.path = posterior ? ts::decode_path::argmax : ts::decode_path::viterbi,
                               .score = posterior ? ts::entity_score::posterior : ts::entity_score::mean};
    std::vector<float> transitions(labels().size() * labels().size()), ends(labels().size());
    transitions[1] = infinite;
    ends[2] = infinite;
    options.transitions = transitions;
    fails(enc, options, {errc::bad_option, 7, 1});
    options.transitions = {};
    options.start = ends;
    fails(enc, options, {errc::bad_option, 8, 2});
    options.start = {};
    options.end = ends;
    fails(enc, options, {errc::bad_option, 9, 2});
    options.end = {};
    options.biases.end_to_start = std::nan("");
    fails(enc, options, {errc::bad_option, 10, 3});
  }
  std::vector<float> const learned(7);
  CHECK(ts::decode<ts::bio>(view(good), labels(), enc, {.path = ts::decode_path::viterbi, .start = learned})
            .error()
            .code == errc::shape_mismatch);
  struct row {
    spans offsets;
    std::size_t where;
  };
  for (row const& r :
       {row{{{0, 1}, {3, 2}, {4, 5}}, 1}, row{{{4, 5}, {0, 1}, {6, 7}}, 1}, row{{{0, 4}, {2, 6}, {7, 8}}, 1},
        row{{{0, 9}, {2, 5}, {10, 11}}, 1}, row{{{0, 9}, {0, 5}, {10, 11}}, 1}, row{{{0, 1}, {5, 5}, {0, 1}}, 9},
        row{{{5, 6}, {0, 0}, {2, 3}}, 2}}) {
    auto const result =
        ts::decode<ts::bio>(view(good), labels(), ts::byte_encoding{.word_ids = words, .offsets = r.offsets});
    CHECK(result.has_value() == (r.where == 9));
    if (!result) CHECK(result.error() == ts::error{errc::bad_offsets, r.where, 0});
  }
}

TEST_CASE("labels that no legal path reaches are an error where paths are looked for, and only there") {
  using ts::errc;
  struct row {
    char const* what;
    std::vector<std::string> names;
    ts::scheme_id scheme;
    std::optional<ts::error> expected;
  };
  for (row const& r : {
           row{"BIO", {"O", "B-A", "I-A"}, ts::scheme_id::bio, {}},
           row{"E under BIO", {"O", "B-A", "I-A", "E-A"}, ts::scheme_id::bio, ts::error{errc::unknown_label, 3, 0}},
           row{"B under IO", {"B-A", "I-A", "O"}, ts::scheme_id::io, ts::error{errc::unknown_label, 0, 0}},
           row{"no start", {"O", "B-A", "I-A", "I-B"}, ts::scheme_id::bio, ts::error{errc::type_incomplete, 1, 0}},
           row{"no end", {"O", "B-A", "I-A"}, ts::scheme_id::bioes, ts::error{errc::type_incomplete, 0, 1}},
           row{"B alone under IOB1", {"O", "B-A"}, ts::scheme_id::iob1, ts::error{errc::type_incomplete, 0, 0}},
           row{"no prefixes under BIO", {"O", "A"}, ts::scheme_id::bio, ts::error{errc::type_incomplete, 0, 0}},
           row{"no prefixes under IO", {"O", "A"}, ts::scheme_id::io, {}},
           row{"a type of single tokens", {"O", "B-A", "I-A", "E-A", "S-A", "S-B"}, ts::scheme_id::bioes, {}},
           row{"a type of single tokens", {"O", "B-A", "I-A", "B-B"}, ts::scheme_id::bio, {}},
           row{"a type of several tokens", {"O", "B-A", "E-A"}, ts::scheme_id::bilou, {}},
       }) {
    CAPTURE(std::string(r.what));
    auto const set = ts::label_set::from_id2label(r.names, {.no_prefix = ts::no_prefix::inside}).value();
    std::vector<float> scores(2 * set.size(), 0.0F);
    auto const run = [&](std::size_t rows, ts::decode_options const& options) {
      return ts::visit_scheme(r.scheme, [&]<ts::tag_scheme S>(S) {
        return ts::decode<S>(ts::scores_view<float const>{scores.data(), rows, set.size()}, set, options);
      });
    };
    for (auto const& options : {ts::decode_options{.path = ts::decode_path::viterbi},
                                ts::decode_options{.score = ts::entity_score::posterior}}) {
      auto const found = run(2, options);
      CHECK(found.has_value() == !r.expected.has_value());
      if (!found && r.expected) CHECK(found.error() == *r.expected);
      CHECK(run(0, options).has_value());
    }
    CHECK(run(2, {}).has_value());
  }
}

TEST_CASE("what is no probability, in rows that decide") {
  struct row {
    char const* what;
    std::size_t at;  // the row that goes wrong
    float value;
    ts::aggregation how;
    bool fails;
  };
  ids const words{-1, 0, 0, 1};
  auto const offsets = offsets_of(4);
  ts::byte_encoding const enc{.word_ids = words, .offsets = offsets};
  using how = ts::aggregation;
  for (row const& r : {
           row{"a logit", 1, 4.5F, how::first, true},
           row{"a logit", 3, 4.5F, how::simple, true},
           row{"a logit", 2, 4.5F, how::average, true},
           row{"a logit", 2, 4.5F, how::max, true},
           row{"negative", 1, -0.25F, how::first, true},
           row{"negative", 2, -0.25F, how::average, true},
           row{"NaN", 1, not_a_number, how::first, true},
           row{"+inf", 2, inf, how::max, true},
           row{"-inf", 1, -inf, how::none, true},
           row{"above the margin", 1, 1.002F, how::none, true},
           row{"within the margin", 1, 1.0005F, how::none, false},
           row{"zero", 1, 0, how::max, false},
           row{"a special token", 0, 4.5F, how::first, false},
           row{"a special token", 0, -0.25F, how::average, false},
           row{"a further piece", 2, 4.5F, how::first, false},
       }) {
    CAPTURE(std::string(r.what));
    CAPTURE(static_cast<int>(r.how));
    auto scores = probabilities({{"O"}, {"B-PER"}, {"I-PER"}, {"O"}});
    scores[5 * r.at + 3] = r.value;
    for (auto const path : {ts::decode_path::argmax, ts::decode_path::viterbi}) {
      auto const found = ts::decode<ts::bio>(view(scores), labels(), enc,
                                             {.aggregate = r.how, .scores_are_probabilities = true, .path = path});
      CHECK(found.has_value() == !r.fails);
      if (!found) CHECK(found.error() == ts::error{ts::errc::not_a_number, r.at, 3});
    }
  }
}

TEST_CASE("a row of probabilities that are all 0 is no row, as one that is -inf throughout") {
  struct row {
    std::size_t at;  // the row of nothing but 0
    ts::aggregation how;
    bool fails;
  };
  ids const words{-1, 0, 0, 1};
  auto const offsets = offsets_of(4);
  ts::byte_encoding const enc{.word_ids = words, .offsets = offsets};
  using how = ts::aggregation;
  for (row const& r : {row{1, how::first, true}, row{2, how::first, false}, row{0, how::first, false},
                       row{2, how::simple, true}, row{3, how::none, true}, row{2, how::average, true},
                       row{1, how::max, true}, row{3, how::max, true}, row{0, how::average, false}}) {
    CAPTURE(r.at);
    CAPTURE(static_cast<int>(r.how));
    auto scores = probabilities({{"O"}, {"B-PER"}, {"I-PER"}, {"B-LOC"}});
    for (std::size_t j = 0; j < 5; ++j) scores[5 * r.at + j] = j == 1 ? -0.0F : 0;
    for (auto const path : {ts::decode_path::argmax, ts::decode_path::viterbi}) {
      auto const found = ts::decode<ts::bio>(view(scores), labels(), enc,
                                             {.aggregate = r.how, .scores_are_probabilities = true, .path = path});
      CHECK(found.has_value() == !r.fails);
      if (!found) CHECK(found.error() == ts::error{ts::errc::no_legal_path, r.at, 0});
    }
  }
}

TEST_CASE("NaN, +inf and -inf count in rows that decide, and nowhere else") {
  struct row {
    char const* what;
    std::size_t at;  // the row that goes wrong
    float value;
    bool whole;
    ts::aggregation how;
    bool fails;
  };
  ids const words{-1, 0, 0, 1};
  auto const offsets = offsets_of(4);
  ts::byte_encoding const enc{.word_ids = words, .offsets = offsets};
  using how = ts::aggregation;
  for (row const& r : {
           row{"NaN in a first piece", 1, not_a_number, false, how::first, true},
           row{"+inf in a first piece", 1, inf, false, how::first, true},
           row{"NaN in a special token", 0, not_a_number, true, how::first, false},
           row{"NaN in a special token", 0, not_a_number, true, how::simple, false},
           row{"NaN in a special token", 0, not_a_number, true, how::average, false},
           row{"-inf in a special token", 0, -inf, true, how::max, false},
           row{"NaN in a further piece", 2, not_a_number, true, how::first, false},
           row{"-inf in a further piece", 2, -inf, true, how::first, false},
           row{"NaN in a further piece", 2, not_a_number, false, how::simple, true},
           row{"NaN in a further piece", 2, not_a_number, false, how::average, true},
           row{"-inf throughout", 3, -inf, true, how::first, true},
           row{"-inf throughout", 3, -inf, true, how::simple, true},
           row{"-inf throughout", 3, -inf, true, how::max, true},
           row{"one -inf", 3, -inf, false, how::simple, false},
           row{"NaN throughout", 3, not_a_number, true, how::simple, true},
       }) {
    CAPTURE(std::string(r.what));
    CAPTURE(static_cast<int>(r.how));
    auto scores = logits({{"O"}, {"B-PER"}, {"I-PER"}, {"I-PER"}});
    for (std::size_t j = r.whole ? 0 : 3; j < (r.whole ? 5U : 4U); ++j) scores[5 * r.at + j] = r.value;
    bool const nothing = r.whole && r.value == -inf;
    ts::error const expected = nothing ? ts::error{ts::errc::no_legal_path, r.at, 0}
                                       : ts::error{ts::errc::not_a_number, r.at, r.whole ? 0U : 3U};
    std::vector<double> const wide(scores.begin(), scores.end());
    for (auto const path : {ts::decode_path::argmax, ts::decode_path::viterbi}) {
      for (double const temperature : {1.0, 2.0}) {
        ts::decode_options const options{.aggregate = r.how, .path = path, .temperature = temperature};
        auto const found = ts::decode<ts::bio>(view(scores), labels(), enc, options);
        auto const in_double = ts::decode<ts::bio>(view(wide), labels(), enc, options);
        CHECK(found.has_value() == !r.fails);
        CHECK(in_double.has_value() == !r.fails);
        if (r.fails && !found && !in_double) {
          CHECK(found.error() == expected);
          CHECK(in_double.error() == expected);
        }
      }
    }
  }
}

TEST_CASE("kinds of scores, strides, and models over words") {
  std::vector<cell> const cells{{"B-PER", 0.9F}, {"I-PER", 0.6F}, {"O"}, {"B-LOC", 0.7F}};
  auto const scores = logits(cells);
  auto const expected = ts::decode<ts::bio>(view(scores), labels()).value();  // spans count rows
  REQUIRE(expected.size() == 2);
  CHECK(expected[0].span == ts::token_span{0, 2});
  CHECK(expected[0].tokens == ts::token_span{0, 2});
  CHECK(expected[1].type == loc);
  std::vector<double> const wide(scores.begin(), scores.end());
  std::vector<bfloat> half;
  for (float x : scores) half.push_back(bfloat(x));
  std::vector<float> gaps;
  for (std::size_t i = 0; i < 4; ++i) {
    gaps.insert(gaps.end(), scores.begin() + static_cast<std::ptrdiff_t>(5 * i),
                scores.begin() + static_cast<std::ptrdiff_t>(5 * i + 5));
    gaps.insert(gaps.end(), 3, not_a_number);
  }
  auto const same = [&](auto const& found, double tolerance) {
    REQUIRE(found.size() == expected.size());
    for (std::size_t k = 0; k < found.size(); ++k) {
      CHECK(found[k].span == expected[k].span);
      CHECK(found[k].type == expected[k].type);
      CHECK(std::abs(static_cast<double>(found[k].score - expected[k].score)) < tolerance);
    }
  };
  for (auto const path : {ts::decode_path::argmax, ts::decode_path::viterbi}) {
    ts::decode_options const options{.path = path};
    same(ts::decode<ts::bio>(view(scores), labels(), options).value(), 1e-6);
    same(ts::decode<ts::bio>(view(wide), labels(), options).value(), 1e-6);
    same(ts::decode<ts::bio>(view(half), labels(), options).value(), 0.02);
    same(ts::decode<ts::bio>(ts::scores_view<float const>{gaps.data(), 4, 5, 8}, labels(), options).value(), 1e-6);
    same(ts::decode<ts::bio>(view(probabilities(cells)), labels(), {.scores_are_probabilities = true, .path = path})
             .value(),
         1e-6);
  }
  CHECK(ts::decode<ts::bio>(ts::scores_view<float const>{nullptr, 0, 5}, labels())->empty());
  CHECK(ts::decode<ts::bio>(ts::scores_view<float const>{nullptr, 0, 5}, labels(), ts::byte_encoding{})->empty());
}

TEST_CASE("a batch: padding on either side, each sequence by itself") {
  auto const scores = logits({{"B-PER"},
                              {"I-PER"},
                              {"B-LOC"},
                              {"B-LOC"},  // two tokens, two of padding
                              {"B-LOC"},
                              {"B-PER"},
                              {"I-PER"},
                              {"O"},  // one of padding, three tokens
                              {"O"},
                              {"B-PER"},
                              {"O"},
                              {"O"}});  // short: two tokens
  std::vector<std::int64_t> const attention{1, 1, 0, 0, 0, 1, 1, 1, 1, 1, 0, 0};
  ids const words{0, 1, 2, 3};
  ids const two_words{0, 1};
  auto const four = offsets_of(4);
  auto const two = offsets_of(2);
  spans const left{{0, 0}, {0, 1}, {2, 3}, {4, 5}};
  std::vector<ts::byte_encoding> batch{{.word_ids = words, .offsets = four},
                                       {.word_ids = words, .offsets = left},
                                       {.word_ids = two_words, .offsets = two}};
  auto const run = [&](std::span<std::int64_t const> mask_given) {
    return ts::decode_batch<ts::bio>(view(scores), 4, labels(), std::span<ts::byte_encoding const>(batch), {},
                                     mask_given);
  };
  auto const found = run(attention).value();
  REQUIRE(found.size() == 3);
  CHECK(text_of(*found[0]) == "0-3 PER t0-2; ");
  CHECK(text_of(*found[1]) == "0-3 PER t1-3; ");
  CHECK(text_of(*found[2]) == "2-3 PER t1-2; ");
  CHECK(text_of(*run({}).value()[0]) == "0-3 PER t0-2; 4-5 LOC t2-3; 6-7 LOC t3-4; ");
  // One bad sequence leaves the others alone.
  auto const five = offsets_of(5);
  batch[1].offsets = five;
  auto const mixed = run(attention).value();
  CHECK(text_of(*mixed[0]) == "0-3 PER t0-2; ");
  CHECK(mixed[1].error() == ts::error{ts::errc::shape_mismatch, 5, 4});
  CHECK(text_of(*mixed[2]) == "2-3 PER t1-2; ");
  CHECK(ts::decode_batch<ts::bio>(view(scores), 5, labels(), std::span<ts::byte_encoding const>(batch)).error() ==
        ts::error{ts::errc::shape_mismatch, 12, 15});
  CHECK(run(std::span(attention).first(7)).error() == ts::error{ts::errc::shape_mismatch, 7, 12});
  // A batch in a vector is taken as it is.
  batch[1].offsets = left;
  auto const whole = ts::decode_batch<ts::bio>(view(scores), 4, labels(), batch, {}, attention).value();
  CHECK(text_of(*whole[1]) == "0-3 PER t1-3; ");
  CHECK(ts::decode_batch<ts::bio>(view(scores), 4, labels(), batch)->size() == 3);
  // An encoding that ends before the tokens do: in the last sequence, what is attended to lies behind its two tokens.
  struct row {
    std::int64_t third, fourth;
    std::size_t attended;  // 2: all is well
  };
  for (row const& r : {row{0, 0, 2}, row{1, 0, 3}, row{0, 1, 4}, row{1, 1, 4}}) {
    auto attended = attention;
    attended[10] = r.third;
    attended[11] = r.fourth;
    auto const each = run(attended).value();
    CHECK(text_of(*each[0]) == "0-3 PER t0-2; ");
    CHECK(each[2].has_value() == (r.attended == 2));
    if (!each[2]) CHECK(each[2].error() == ts::error{ts::errc::shape_mismatch, 2, r.attended});
  }
  // An empty text in a batch: all is padding, and left out. Where something is attended to, offsets are missed.
  batch[2] = {};
  auto padded = attention;
  padded[8] = padded[9] = 0;
  auto const with_empty = run(padded).value();
  CHECK(text_of(*with_empty[1]) == "0-3 PER t1-3; ");
  REQUIRE(with_empty[2]);
  CHECK(with_empty[2]->empty());
  CHECK(run(attention).value()[2].error() == ts::error{ts::errc::encoding_mismatch, 1, 0});
  CHECK(run({}).value()[2].error() == ts::error{ts::errc::encoding_mismatch, 1, 0});
}

TEST_CASE("memory that is used again, and errors leave nothing behind") {
  auto const good = logits({{"B-PER"}, {"O"}});
  auto const bad = logits({{"B-PER"}, {"I-PER"}});
  auto const offsets = offsets_of(2);
  spans const behind{{0, 1}, {2, 30}};
  ts::decode_workspace memory;
  found out;
  ts::decode_options const simple{.aggregate = ts::aggregation::simple};
  REQUIRE(ts::decode_into<ts::bio>(view(good), labels(), ts::byte_encoding{.offsets = offsets}, simple, out, memory));
  CHECK(out.size() == 1);
  CHECK_FALSE(ts::decode_into<ts::bio>(view(bad), labels(), ts::byte_encoding{.offsets = behind, .text = "abc"}, simple,
                                       out, memory));
  CHECK(out.empty());
  REQUIRE(ts::decode_into<ts::bio>(view(good), labels(), ts::byte_encoding{.offsets = offsets}, simple, out, memory));
  CHECK(text_of(out) == "0-1 PER t0-1; ");
}

TEST_CASE("what is improbable, or scaled out of a float's range, is not forbidden") {
  auto const labels = ts::label_set::from_id2label({"O", "B-P", "I-P"}).value();
  std::vector<std::int32_t> const word_ids{0, 0, 1};
  std::vector<ts::byte_span> const offsets{{0, 1}, {1, 2}, {3, 4}};
  ts::byte_encoding const enc{.word_ids = word_ids, .offsets = offsets};
  std::vector<float> const far{0, 0, 800, 0, 0, 800, 0, 5, 0};
  auto const average = ts::decode<ts::bio>(ts::scores_view<float const>{far.data(), 3, 3}, labels, enc,
                                           {.aggregate = ts::aggregation::average, .path = ts::decode_path::viterbi});
  CHECK(average.has_value());
  constexpr float lowest = -3.4e38f;
  std::vector<float> const masked{0, 5, 0, lowest, lowest, lowest, 0, 5, 0};
  for (double temperature : {0.5, 1e-30, 2.0}) {
    CAPTURE(temperature);
    auto const found = ts::decode<ts::bio>(
        ts::scores_view<float const>{masked.data(), 3, 3}, labels, enc,
        {.aggregate = ts::aggregation::simple, .path = ts::decode_path::viterbi, .temperature = temperature});
    CHECK(found.has_value());
  }
}

TEST_CASE("an empty text is no text") {
  auto const labels = ts::label_set::from_id2label({"O", "B-P", "I-P"}).value();
  std::vector<float> const logits{0, 5, 0};
  std::vector<ts::byte_span> const offsets{{0, 4}};
  std::string const none;
  auto const found = ts::decode<ts::bio>(ts::scores_view<float const>{logits.data(), 1, 3}, labels,
                                         ts::byte_encoding{.offsets = offsets, .text = none},
                                         {.aggregate = ts::aggregation::simple});
  REQUIRE(found.has_value());
  CHECK(found->at(0).span == ts::byte_span{0, 4});
}
