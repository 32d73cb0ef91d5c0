// SPDX-License-Identifier: MIT
#include <tagspan/model/words.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

namespace ts = tagspan;

namespace {

using ids = std::vector<std::int32_t>;
using words = std::vector<ts::token_span>;
using strings = std::vector<std::string_view>;

constexpr bool groups_at_compile_time() {
  std::vector<std::int32_t> const word_ids{-1, 0, 0, 1, -1};
  return ts::group_words(word_ids) == words{{1, 3}, {3, 4}};
}
static_assert(groups_at_compile_time());

}  // namespace

TEST_CASE("group_words: a word is a maximal run of one id") {
  CHECK(groups_at_compile_time());
  struct row {
    char const* what;
    ids word_ids;
    words expected;
  };
  for (row const& r : {
           row{"nothing", {}, {}},
           row{"special tokens only", {-1, -100}, {}},
           row{"as tokenizers give them", {-1, 0, 0, 1, 2, 2, -1}, {{1, 3}, {3, 4}, {4, 6}}},
           row{"a special token breaks a word", {0, -1, 0}, {{0, 1}, {2, 3}}},
           row{"an id that comes back is another word", {0, 1, 0}, {{0, 1}, {1, 2}, {2, 3}}},
           row{"gaps mean nothing", {3, 3, 900}, {{0, 2}, {2, 3}}},
           row{"constant ids are one word", {0, 0, 0}, {{0, 3}}},
       }) {
    CAPTURE(r.what);
    CHECK(ts::group_words(r.word_ids) == r.expected);
  }
  CHECK(ts::group_words(std::vector<std::uint32_t>{0xFFFFFFFFU, 0, 0, 0xFFFFFFFFU}) == words{{1, 3}});
  CHECK(ts::group_words(std::vector<std::int64_t>{-1, 5'000'000'000, 5'000'000'000}) == words{{1, 3}});
}

TEST_CASE("inspect_word_ids: what can be wrong with a tokenizer's word ids") {
  auto const sound = ts::inspect_word_ids(ids{-1, 0, 0, 1, -1});
  CHECK(sound.words == 2);
  CHECK(sound.special == 2);
  CHECK(!sound.missing);
  CHECK(!sound.constant);
  CHECK(sound.repeated == 0);
  CHECK(sound.gaps == 0);
  CHECK(ts::inspect_word_ids(ids{-1, -1}).missing);
  CHECK(!ts::inspect_word_ids(ids{}).missing);
  CHECK(ts::inspect_word_ids(ids{-1, 0, 0, 0, -1}).constant);
  CHECK(ts::inspect_word_ids(ids{0, -1, 0}).constant);
  CHECK(!ts::inspect_word_ids(ids{-1, 0, -1}).constant);
  CHECK(ts::inspect_word_ids(ids{0, 1, 0, 2, 1}).repeated == 2);
  CHECK(ts::inspect_word_ids(ids{0, 3, 4, 7}).gaps == 2);
}

TEST_CASE("word ids from starts") {
  CHECK(*ts::word_ids_from_starts(std::vector<bool>{true, false, true, true, false}) == ids{0, 0, 1, 2, 2});
  CHECK(*ts::word_ids_from_starts(std::vector<int>{0, 0, 1}) == ids{0, 0, 1});  // the first token begins a word anyway
  std::vector<std::uint8_t> const special{1, 0, 0, 1, 0, 1};
  CHECK(*ts::word_ids_from_starts(std::vector<int>{0, 1, 0, 0, 0, 0}, special) == ids{-1, 0, 0, -1, 1, -1});
  CHECK(ts::word_ids_from_starts(std::vector<int>{1, 1}, special).error() ==
        ts::error{ts::errc::length_mismatch, 0, 2});
  CHECK(ts::word_ids_from_starts(std::vector<int>{})->empty());
}

TEST_CASE("word ids from the marks of pieces") {
  struct row {
    ts::piece_style style;
    strings pieces;
    std::vector<std::uint8_t> special;
    ids expected;
  };
  using enum ts::piece_style;
  for (row const& r : {
           row{wordpiece,
               {"[CLS]", "New", "York", "##er", "##s", ".", "[SEP]"},
               {1, 0, 0, 0, 0, 0, 1},
               {-1, 0, 1, 1, 1, 2, -1}},
           row{wordpiece, {"##s", "##", "a"}, {}, {0, 1, 2}},  // "##" alone is text
           row{metaspace, {"<s>", "▁New", "▁York", "er", "s", "</s>"}, {1, 0, 0, 0, 0, 1}, {-1, 0, 1, 1, 1, -1}},
           row{metaspace, {"▁", "Ñ", "u", "▁a"}, {}, {0, 0, 0, 1}},
           row{byte_level,
               {"<s>", "New", "ĠYork", "ers", "Ċ", "Next", "Ċ", "Ċ", "</s>"},
               {1, 0, 0, 0, 0, 0, 0, 0, 1},
               {-1, 0, 1, 1, 2, 3, 4, 5, -1}},
           row{end_of_word, {"New</w>", "York", "ers</w>", ".</w>"}, {}, {0, 1, 1, 2}},
           row{end_of_word, {"un", "<pad>", "fit</w>"}, {0, 1, 0}, {0, -1, 1}},
       }) {
    CAPTURE(static_cast<int>(r.style));
    CAPTURE(r.pieces[0]);
    CHECK(*ts::word_ids_from_pieces(r.pieces, r.style, r.special) == r.expected);
  }
}

TEST_CASE("word ids from offsets and text") {
  using bytes = std::vector<ts::byte_span>;
  struct row {
    char const* what;
    std::string_view text;
    bytes offsets;
    ids expected;
    bool split_punctuation = true;
  };
  for (row const& r : {
           row{"special tokens cover nothing",
               "John lives",
               {{0, 0}, {0, 4}, {5, 7}, {7, 10}, {0, 0}},
               {-1, 0, 1, 1, -1}},
           row{"offsets that hold the space before", "New York", {{0, 3}, {3, 6}, {6, 8}}, {0, 1, 1}},
           row{"a space of its own belongs to the word behind it",
               "a  bc",
               {{0, 1}, {1, 3}, {3, 4}, {4, 5}},
               {0, 1, 1, 1}},
           row{"a piece that ends in white space", "ab cd", {{0, 3}, {3, 5}}, {0, 1}},
           row{"punctuation", "O'Brien, Jr.", {{0, 1}, {1, 2}, {2, 7}, {7, 8}, {9, 11}, {11, 12}}, {0, 1, 2, 3, 4, 5}},
           row{"punctuation kept",
               "O'Brien, Jr.",
               {{0, 1}, {1, 2}, {2, 7}, {7, 8}, {9, 11}, {11, 12}},
               {0, 0, 0, 0, 1, 1},
               false},
           row{"two pieces of one character", "a Ñu", {{0, 1}, {2, 4}, {2, 4}, {4, 5}}, {0, 1, 1, 1}},
           row{"two characters of Chinese punctuation", "是。，a", {{0, 3}, {3, 6}, {6, 9}, {9, 10}}, {0, 1, 2, 3}},
           row{"any white space", "a\u3000b\tc", {{0, 1}, {4, 5}, {6, 7}}, {0, 1, 2}},
           row{"nothing", "", {}, {}},
       }) {
    CAPTURE(r.what);
    CHECK(*ts::word_ids_from_offsets(r.offsets, r.text, {.split_punctuation = r.split_punctuation}) == r.expected);
  }
  // The same places in other units.
  std::string_view const text = "😀é a";
  CHECK(*ts::word_ids_from_offsets(bytes{{0, 4}, {4, 6}, {7, 8}}, text) == ids{0, 0, 1});
  CHECK(*ts::word_ids_from_offsets(std::vector<ts::code_point_span>{{0, 1}, {1, 2}, {3, 4}}, text) == ids{0, 0, 1});
  CHECK(*ts::word_ids_from_offsets(std::vector<ts::utf16_span>{{0, 2}, {2, 3}, {4, 5}}, text) == ids{0, 0, 1});
  // A mask tells special tokens from those that cover nothing.
  std::vector<std::uint8_t> const special{1, 0, 0, 0};
  CHECK(*ts::word_ids_from_offsets(bytes{{0, 0}, {0, 1}, {1, 1}, {1, 2}}, "ab", {.special_tokens_mask = special}) ==
        ids{-1, 0, -1, 0});

  CHECK(ts::word_ids_from_offsets(bytes{{0, 1}, {3, 2}}, "abcd").error() == ts::error{ts::errc::bad_offsets, 1, 0});
  CHECK(ts::word_ids_from_offsets(bytes{{0, 9}}, "abcd").error() == ts::error{ts::errc::out_of_text, 9, 0});
  CHECK(ts::word_ids_from_offsets(bytes{{0, 1}}, "a", {.special_tokens_mask = special}).error() ==
        ts::error{ts::errc::length_mismatch, 0, 1});
}

TEST_CASE("collapse: one row a word") {
  // Two labels; the word of three pieces has probabilities (.6 .4), (.1 .9), (.7 .3).
  std::vector<double> const probabilities{.5, .5, .6, .4, .1, .9, .7, .3, .2, .8, .5, .5};
  std::vector<double> logits;
  for (double p : probabilities) logits.push_back(std::log(p) + 3);
  ids const word_ids{-1, 0, 0, 0, 1, -1};
  struct row {
    ts::collapse_policy policy;
    std::vector<double> expected;
  };
  using enum ts::collapse_policy;
  for (row const& r : {row{first, {.6, .4, .2, .8}}, row{last, {.7, .3, .2, .8}}, row{max, {.1, .9, .2, .8}},
                       row{average, {1.4 / 3, 1.6 / 3, .2, .8}}, row{vote, {2. / 3, 1. / 3, 0, 1}}}) {
    CAPTURE(static_cast<int>(r.policy));
    auto const by_probability =
        ts::collapse(ts::scores_view{probabilities.data(), 6, 2}, word_ids, {r.policy, true}).value();
    CHECK(by_probability.words == words{{1, 4}, {4, 5}});
    auto const by_logit = ts::collapse(ts::scores_view{logits.data(), 6, 2}, word_ids, {r.policy, false}).value();
    auto const back = ts::softmax(by_logit.view()).value();
    REQUIRE(by_probability.values.size() == r.expected.size());
    for (std::size_t k = 0; k < r.expected.size(); ++k) {
      CHECK(by_probability.values[k] == doctest::Approx(r.expected[k]).epsilon(1e-12));
      CHECK(back[k] == doctest::Approx(r.expected[k]).epsilon(1e-12));
    }
  }

  SUBCASE("the first of several pieces with the highest probability") {
    std::vector<float> const tie{.9F, .1F, .1F, .9F};
    CHECK(ts::collapse(ts::scores_view{tie.data(), 2, 2}, ids{0, 0}, {max, true})->values == std::vector{.9F, .1F});
  }
  SUBCASE("the highest probability is not the highest logit") {
    std::vector<float> const pieces{100, 99.9F, 3, -3};
    CHECK(ts::collapse(ts::scores_view{pieces.data(), 2, 2}, ids{0, 0}, {max})->values == std::vector{3.F, -3.F});
  }
  SUBCASE("what is refused") {
    float const inf = std::numeric_limits<float>::infinity();
    std::vector<float> bad{0, 0, 0, inf};
    CHECK(ts::collapse(ts::scores_view{bad.data(), 2, 2}, ids{0, 0}).error() ==
          ts::error{ts::errc::not_a_number, 1, 1});
    CHECK(ts::collapse(ts::scores_view{bad.data(), 2, 2}, ids{0, -1}).has_value());  // nobody reads that row
    bad = {-inf, -inf, 0, 0};
    CHECK(ts::collapse(ts::scores_view{bad.data(), 2, 2}, ids{0, 0}).error() ==
          ts::error{ts::errc::no_legal_path, 0, 0});
    // Probabilities: in [0, 1], and one above 0.
    std::vector<float> const logit{.9F, .1F, 3, 0};
    std::vector<float> const nothing{.9F, .1F, 0, 0};
    for (auto const policy : {first, last, max, average, vote}) {
      CHECK(ts::collapse(ts::scores_view{logit.data(), 2, 2}, ids{0, 0}, {policy, true}).error() ==
            ts::error{ts::errc::not_a_number, 1, 0});
      CHECK(ts::collapse(ts::scores_view{nothing.data(), 2, 2}, ids{0, 0}, {policy, true}).error() ==
            ts::error{ts::errc::no_legal_path, 1, 0});
    }
    CHECK(ts::collapse(ts::scores_view{bad.data(), 2, 2}, ids{0}).error() ==
          ts::error{ts::errc::length_mismatch, 0, 1});
    CHECK(ts::collapse(ts::scores_view<float const>{nullptr, 0, 2}, ids{})->words.empty());
  }
}
