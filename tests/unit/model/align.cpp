// SPDX-License-Identifier: MIT
#include <tagspan/model/align.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include <tagspan/tags/entities.hpp>

namespace ts = tagspan;

namespace {

using ids = std::vector<std::int32_t>;
using tags = std::vector<std::string_view>;

// "-" stands for -100.
std::vector<ts::label_id> encode(tags const& names, ts::label_set const& labels) {
  std::vector<ts::label_id> out;
  for (std::string_view name : names) out.push_back(name == "-" ? -100 : labels.find(name).value());
  return out;
}

tags decode(std::vector<ts::label_id> const& label_ids, ts::label_set const& labels) {
  tags out;
  for (ts::label_id id : label_ids) out.push_back(id == -100 ? "-" : labels.name(id));
  return out;
}

}  // namespace

TEST_CASE("align_labels: one row a policy and scheme") {
  auto const bio = ts::label_set::for_types<ts::bio>({"PER", "LOC"});
  auto const bioes = ts::label_set::for_types<ts::bioes>({"PER", "LOC"});
  auto const bilou = ts::label_set::for_types<ts::bilou>({"PER", "LOC"});
  auto const bmes = ts::label_set::for_types<ts::bmes>({"PER", "LOC"});
  auto const ioe2 = ts::label_set::for_types<ts::ioe2>({"PER", "LOC"});
  auto const io = ts::label_set::for_types<ts::io>({"PER", "LOC"});
  using enum ts::subword_policy;
  ids const three{-1, 0, 0, 0, 1, -1};
  struct row {
    char const* what;
    ts::label_set const& labels;
    ts::subword_policy policy;
    tags words;
    ids word_ids;
    tags expected;
  };
  for (row const& r : {
           row{"first", bio, first, {"B-PER", "O"}, three, {"-", "B-PER", "-", "-", "O", "-"}},
           row{"last", bio, last, {"B-PER", "O"}, three, {"-", "-", "-", "B-PER", "O", "-"}},
           row{"repeat", bio, repeat, {"B-PER", "O"}, three, {"-", "B-PER", "B-PER", "B-PER", "O", "-"}},
           row{"BIO, B", bio, all, {"B-PER", "O"}, three, {"-", "B-PER", "I-PER", "I-PER", "O", "-"}},
           row{"BIO, I", bio, all, {"I-PER", "O"}, three, {"-", "I-PER", "I-PER", "I-PER", "O", "-"}},
           row{"O", bio, all, {"O", "B-LOC"}, three, {"-", "O", "O", "O", "B-LOC", "-"}},
           row{"BIOES, S", bioes, all, {"S-PER", "O"}, three, {"-", "B-PER", "I-PER", "E-PER", "O", "-"}},
           row{"BIOES, S over two", bioes, all, {"S-PER"}, {0, 0}, {"B-PER", "E-PER"}},
           row{"BIOES, B", bioes, all, {"B-PER", "E-PER"}, three, {"-", "B-PER", "I-PER", "I-PER", "E-PER", "-"}},
           row{"BIOES, I", bioes, all, {"I-PER", "E-PER"}, three, {"-", "I-PER", "I-PER", "I-PER", "E-PER", "-"}},
           row{"BIOES, E", bioes, all, {"E-PER", "O"}, three, {"-", "I-PER", "I-PER", "E-PER", "O", "-"}},
           row{"BIOES, one piece", bioes, all, {"S-PER", "E-LOC"}, {0, 1}, {"S-PER", "E-LOC"}},
           row{"BILOU, U", bilou, all, {"U-LOC", "O"}, three, {"-", "B-LOC", "I-LOC", "L-LOC", "O", "-"}},
           row{"BMES, S", bmes, all, {"S-LOC", "O"}, three, {"-", "B-LOC", "M-LOC", "E-LOC", "O", "-"}},
           row{"IOE2, E", ioe2, all, {"E-LOC", "O"}, three, {"-", "I-LOC", "I-LOC", "E-LOC", "O", "-"}},
           row{"IO", io, all, {"I-LOC", "O"}, three, {"-", "I-LOC", "I-LOC", "I-LOC", "O", "-"}},
           row{"an ignored word stays ignored", bio, all, {"-", "B-LOC"}, three, {"-", "-", "-", "-", "B-LOC", "-"}},
           row{"an id that comes back begins the word again",
               bio,
               all,
               {"B-PER", "O"},
               {0, 1, 0, 0},
               {"B-PER", "O", "B-PER", "I-PER"}},
           row{"words that the tokenizer dropped", bio, first, {"B-PER", "O", "B-LOC"}, {0, 2}, {"B-PER", "B-LOC"}},
           row{"no tokens", bio, all, {"B-PER"}, {}, {}},
       }) {
    CAPTURE(r.what);
    auto const word_labels = encode(r.words, r.labels);
    CHECK(decode(ts::align_labels(word_labels, r.word_ids, r.labels, {.subwords = r.policy}).value(), r.labels) ==
          r.expected);
  }
}

TEST_CASE("align_labels: with `all`, the entities of the pieces are the entities of the words") {
  auto const check = [](auto scheme) {
    using S = decltype(scheme);
    CAPTURE(S::name);
    auto const labels = ts::label_set::for_types<S>({"A", "B"});
    std::uint64_t x = 7;
    auto random = [&](std::uint64_t below) {
      x = x * 6364136223846793005U + 1442695040888963407U;
      return (x >> 33) % below;
    };
    for (int round = 0; round < 200; ++round) {
      std::vector<ts::token_entity> in_words;
      std::size_t words = 0;
      while (words < 8) {
        std::size_t const length = 1 + random(3);
        ts::type_id const type{static_cast<std::uint32_t>(random(2))};
        bool const touching = !in_words.empty() && in_words.back().span.end == words && in_words.back().type == type;
        if (random(2) == 0 && !(touching && std::is_same_v<S, ts::io>))
          in_words.push_back({{words, words + length}, type});
        words += length;
      }
      std::vector<std::int32_t> word_ids{-1};
      std::vector<std::size_t> begin;
      for (std::size_t w = 0; w < words; ++w) {
        begin.push_back(word_ids.size());
        word_ids.insert(word_ids.end(), 1 + random(3), static_cast<std::int32_t>(w));
      }
      begin.push_back(word_ids.size());
      word_ids.push_back(-1);
      std::vector<ts::token_entity> in_pieces;
      for (auto const& e : in_words) in_pieces.push_back({{begin[e.span.begin], begin[e.span.end]}, e.type});
      auto const word_labels = ts::to_tags<S>(in_words, words, labels).value();
      auto const y = ts::align_labels<S>(word_labels, word_ids, labels, {.subwords = ts::subword_policy::all}).value();
      // IOB1 and IOE1 mark only the borders of touching entities, which pieces do not move: strict holds there too.
      REQUIRE(ts::to_entities<S>(y, labels, {.reading = ts::reading::strict}).value() == in_pieces);
    }
  };
  for (ts::scheme_id id : ts::all_schemes) ts::visit_scheme(id, check);
}

TEST_CASE("align_labels: labels without letters, other types of ids, another ignore index") {
  auto const plain = ts::label_set::from_id2label({"O", "PER"}, {.no_prefix = ts::no_prefix::inside}).value();
  CHECK(*ts::align_labels(ids{1}, ids{0, 0}, plain, {.subwords = ts::subword_policy::all}) == ids{1, 1});
  auto const bio = ts::label_set::for_types<ts::bio>({"PER"});
  CHECK(*ts::align_labels(std::vector<std::uint8_t>{1}, std::vector<std::uint32_t>{0xFFFFFFFFU, 0, 0}, bio) ==
        ids{-100, 1, -100});
  CHECK(*ts::align_labels(std::vector<std::int64_t>{1, -1}, ids{0, 0, 1}, bio, {.ignore_index = -1}) == ids{1, -1, -1});
}

TEST_CASE("align_labels: what is refused, and where") {
  auto const bio = ts::label_set::for_types<ts::bio>({"PER"});
  auto const lacking = ts::label_set::from_id2label({"O", "B-PER", "B-LOC", "I-LOC"}).value();
  auto const mixed = ts::label_set::from_id2label({"O", "B-PER", "M-PER", "L-PER"}).value();
  ts::align_options const all{.subwords = ts::subword_policy::all};
  CHECK(ts::align_labels(ids{0, 3}, ids{0, 1}, bio).error() == ts::error{ts::errc::id_out_of_range, 1, 0});
  CHECK(ts::align_labels(ids{0, -1}, ids{0, 1}, bio).error() == ts::error{ts::errc::id_out_of_range, 1, 0});
  CHECK(ts::align_labels(ids{0}, ids{-1, 0, 1}, bio).error() == ts::error{ts::errc::length_mismatch, 0, 2});
  CHECK(ts::align_labels(ids{0, 1}, ids{0, 1, 1, -1, 2}, bio).error() == ts::error{ts::errc::length_mismatch, 0, 4});
  CHECK(ts::align_labels(ids{0, 1}, ids{-1, 0, 1, 1}, lacking, all).error() ==
        ts::error{ts::errc::label_missing, 1, 3});
  CHECK(ts::align_labels(ids{0, 1}, ids{-1, 0, 1, 1}, lacking).has_value());
  CHECK(ts::align_labels(ids{1}, ids{0, 0}, mixed, all).error().code == ts::errc::scheme_required);
  CHECK(*ts::align_labels<ts::bmes>(ids{1}, ids{0, 0}, mixed, all) == ids{1, 2});
  CHECK(ts::align_labels(ids{1}, ids{0, 0}, mixed).has_value());
  std::vector<ts::label_id> out{1, 2, 3};
  CHECK(!ts::align_labels_into(ids{0}, ids{1}, bio, out));
  CHECK(out.empty());
}

namespace {

using byte_entity = ts::entity<ts::unit::byte>;
using bytes = std::vector<ts::byte_span>;

}  // namespace

TEST_CASE("tags_from_spans: the three alignments") {
  auto const labels = ts::label_set::for_types<ts::bio>({"PER", "LOC"});
  ts::type_id const per{0};
  ts::type_id const loc{1};
  // [CLS] Barack Obama visited Par ##is . [SEP]
  bytes const tokens{{0, 0}, {0, 6}, {7, 12}, {13, 20}, {21, 24}, {24, 26}, {27, 28}, {0, 0}};
  struct row {
    char const* what;
    std::vector<byte_entity> entities;
    ts::alignment mode;
    tags expected;
    std::vector<ts::misaligned_entity> misaligned;
    ts::span_tagging_options options = {};
  };
  using enum ts::alignment;
  using enum ts::misalignment;
  for (row const& r : {
           row{"sound, in any order",
               {{{21, 26}, loc}, {{0, 12}, per}},
               strict,
               {"-", "B-PER", "I-PER", "O", "B-LOC", "I-LOC", "O", "-"},
               {}},
           row{"strict: begin",
               {{{1, 12}, per}},
               strict,
               {"-", "O", "O", "O", "O", "O", "O", "-"},
               {{0, begin, {1, 3}}}},
           row{"strict: end", {{{0, 11}, per}}, strict, {"-", "O", "O", "O", "O", "O", "O", "-"}, {{0, end, {1, 3}}}},
           row{"strict: white space at an end",
               {{{0, 13}, per}},
               strict,
               {"-", "O", "O", "O", "O", "O", "O", "-"},
               {{0, end, {1, 3}}}},
           row{"contract", {{{1, 12}, per}}, contract, {"-", "O", "B-PER", "O", "O", "O", "O", "-"}, {}},
           row{"contract drops white space",
               {{{0, 13}, per}},
               contract,
               {"-", "B-PER", "I-PER", "O", "O", "O", "O", "-"},
               {}},
           row{"contract: nothing left",
               {{{1, 3}, per}},
               contract,
               {"-", "O", "O", "O", "O", "O", "O", "-"},
               {{0, no_whole_token, {1, 2}}}},
           row{"expand", {{{1, 8}, per}}, expand, {"-", "B-PER", "I-PER", "O", "O", "O", "O", "-"}, {}},
           row{"expand: a token for two",
               {{{9, 12}, per}, {{0, 8}, per}},
               expand,
               {"-", "B-PER", "I-PER", "O", "O", "O", "O", "-"},
               {{0, token_taken, {2, 3}}}},
           row{"between tokens",
               {{{12, 13}, per}},
               expand,
               {"-", "O", "O", "O", "O", "O", "O", "-"},
               {{0, between_tokens, {}}}},
           row{"behind the last token",
               {{{30, 40}, per}},
               expand,
               {"-", "O", "O", "O", "O", "O", "O", "-"},
               {{0, between_tokens, {}}}},
           row{"empty", {{{7, 7}, per}}, expand, {"-", "O", "O", "O", "O", "O", "O", "-"}, {{0, empty, {}}}},
           row{"misaligned tokens ignored",
               {{{1, 12}, per}, {{21, 26}, loc}},
               strict,
               {"-", "-", "-", "O", "B-LOC", "I-LOC", "O", "-"},
               {{0, begin, {1, 3}}},
               {.ignore_misaligned = true}},
           row{"partial annotation",
               {{{21, 26}, loc}},
               strict,
               {"-", "-", "-", "-", "B-LOC", "I-LOC", "-", "-"},
               {},
               {.partial = true}},
           row{"no entities", {}, strict, {"-", "O", "O", "O", "O", "O", "O", "-"}, {}},
       }) {
    CAPTURE(r.what);
    auto const found = ts::tags_from_spans<ts::bio>(r.entities, tokens, labels, r.mode, r.options).value();
    CHECK(decode(found.ids, labels) == r.expected);
    CHECK(found.misaligned == r.misaligned);
  }
}

TEST_CASE("tags_from_spans: tokens as tokenizers have them") {
  auto const bioes = ts::label_set::for_types<ts::bioes>({"PER"});
  auto const iob1 = ts::label_set::for_types<ts::iob1>({"PER"});
  ts::type_id const per{0};
  // Two pieces of one character; a token without text inside the entity is looked through.
  bytes const shared{{0, 2}, {0, 2}, {2, 2}, {2, 3}, {4, 5}};
  CHECK(decode(ts::tags_from_spans<ts::bioes>({byte_entity{{0, 3}, per}}, shared, bioes)->ids, bioes) ==
        tags{"B-PER", "I-PER", "-", "E-PER", "O"});
  CHECK(decode(ts::tags_from_spans<ts::bioes>({byte_entity{{4, 5}, per}}, shared, bioes)->ids, bioes) ==
        tags{"O", "O", "-", "O", "S-PER"});
  // A special token may have text; the mask says so.
  std::vector<std::uint8_t> const special{1, 0, 0, 0, 0};
  CHECK(decode(ts::tags_from_spans<ts::bioes>({byte_entity{{0, 3}, per}}, shared, bioes, ts::alignment::strict,
                                              {.special_tokens_mask = special})
                   ->ids,
               bioes) == tags{"-", "B-PER", "-", "E-PER", "O"});
  // An ignored token between two entities of one type keeps nothing apart, so IOB1 has to.
  bytes const three{{0, 1}, {2, 4}, {5, 6}};
  auto const found =
      ts::tags_from_spans<ts::iob1>({byte_entity{{0, 1}, per}, byte_entity{{2, 3}, per}, byte_entity{{5, 6}, per}},
                                    three, iob1, ts::alignment::strict, {.ignore_misaligned = true})
          .value();
  CHECK(decode(found.ids, iob1) == tags{"I-PER", "-", "B-PER"});
  CHECK(found.misaligned == std::vector<ts::misaligned_entity>{{1, ts::misalignment::end, {1, 2}}});
}

TEST_CASE("tags_from_spans: what is refused, and where") {
  auto const bio = ts::label_set::for_types<ts::bio>({"PER"});
  auto const io = ts::label_set::for_types<ts::io>({"PER"});
  auto const lacking = ts::label_set::from_id2label({"O", "B-PER"}).value();
  auto const without_o = ts::label_set::from_id2label({"B-PER", "I-PER"}).value();
  ts::type_id const per{0};
  bytes const tokens{{0, 0}, {0, 1}, {1, 2}, {3, 4}};
  using entities = std::vector<byte_entity>;
  CHECK(ts::tags_from_spans<ts::bio>(entities{{{0, 1}, ts::type_id{1}}}, tokens, bio).error() ==
        ts::error{ts::errc::unknown_type, 0, 0});
  CHECK(ts::tags_from_spans<ts::bio>(entities{{{2, 1}, per}}, tokens, bio).error() ==
        ts::error{ts::errc::span_out_of_range, 0, 0});
  CHECK(ts::tags_from_spans<ts::bio>(entities{{{3, 4}, per}, {{1, 2}, per}, {{0, 2}, per}}, tokens, bio).error() ==
        ts::error{ts::errc::spans_overlap, 2, 1});
  CHECK(ts::tags_from_spans<ts::bio>(entities{{{0, 1}, per}, {{0, 1}, per}}, tokens, bio).error() ==
        ts::error{ts::errc::spans_overlap, 1, 0});
  CHECK(ts::tags_from_spans<ts::io>(entities{{{1, 2}, per}, {{0, 1}, per}}, tokens, io).error() ==
        ts::error{ts::errc::not_representable, 0, 1});
  CHECK(ts::tags_from_spans<ts::bio>(entities{{{3, 4}, per}, {{0, 2}, per}}, tokens, lacking).error() ==
        ts::error{ts::errc::label_missing, 1, 2});
  CHECK(ts::tags_from_spans<ts::bio>(entities{{{0, 2}, per}}, tokens, without_o).error() ==
        ts::error{ts::errc::no_outside_label, 3, 0});
  CHECK(ts::tags_from_spans<ts::bio>(entities{}, bytes{{0, 1}, {3, 2}}, bio).error() ==
        ts::error{ts::errc::bad_offsets, 1, 0});
  CHECK(ts::tags_from_spans<ts::bio>(entities{}, bytes{{3, 4}, {0, 1}}, bio).error() ==
        ts::error{ts::errc::bad_offsets, 1, 0});
  std::vector<std::uint8_t> const mask{1};
  CHECK(ts::tags_from_spans<ts::bio>(entities{}, tokens, bio, ts::alignment::strict, {.special_tokens_mask = mask})
            .error() == ts::error{ts::errc::length_mismatch, 0, 1});
}

TEST_CASE("pad_labels") {
  std::vector<ids> const rows{{1, 2, 3}, {}, {4}};
  auto const right = ts::pad_labels(rows).value();
  CHECK(right.rows == 3);
  CHECK(right.columns == 3);
  CHECK(right.values == ids{1, 2, 3, -100, -100, -100, 4, -100, -100});
  auto const left = ts::pad_labels(rows, {.side = ts::padding_side::left, .multiple_of = 2, .value = 0}).value();
  CHECK(left.columns == 4);
  CHECK(std::vector<ts::label_id>(left.row(2).begin(), left.row(2).end()) == ids{0, 0, 0, 4});
  CHECK(left.values == ids{0, 1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 4});
  CHECK(ts::pad_labels(rows, {.multiple_of = 3})->columns == 3);
  CHECK(ts::pad_labels(rows, {.length = 4})->values == ids{1, 2, 3, -100, -100, -100, -100, -100, 4, -100, -100, -100});
  CHECK(ts::pad_labels(rows, {.side = ts::padding_side::left, .length = 3})->values ==
        ids{1, 2, 3, -100, -100, -100, -100, -100, 4});
  CHECK(ts::pad_labels(rows, {.multiple_of = 4, .length = 5})->columns == 8);
  CHECK(ts::pad_labels(rows, {.length = 2}).error() == ts::error{ts::errc::length_mismatch, 0, 2});
  CHECK(ts::pad_labels(std::vector<ids>{{}, {1}, {1, 2}}, {.length = 1}).error() ==
        ts::error{ts::errc::length_mismatch, 2, 1});
  CHECK(ts::pad_labels(std::vector<ids>{}, {.length = 4})->columns == 0);
  CHECK(ts::pad_labels(rows, {.multiple_of = 0}).error().code == ts::errc::bad_option);
  CHECK(ts::pad_labels(std::vector<std::vector<std::int64_t>>{})->rows == 0);
  CHECK_THROWS_AS(static_cast<void>(right.row(3)), ts::contract_violation);
}
