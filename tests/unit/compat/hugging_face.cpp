// SPDX-License-Identifier: MIT
#include <tagspan/compat/hugging_face.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace ts = tagspan;
namespace hf = tagspan::compat;

namespace {

using flags = std::vector<std::uint8_t>;
using spans = std::vector<ts::code_point_span>;

std::string text_of(std::vector<hf::hf_entity> const& entities) {
  std::string out;
  for (auto const& e : entities) {
    out += e.label + ' ' + std::to_string(e.span.begin) + '-' + std::to_string(e.span.end) + "; ";
  }
  return out;
}

}  // namespace

TEST_CASE("hf_subwords: by length where there are pieces, else by blanks, in code points") {
  std::string const text = "\xC3\x89va met  Bo,";  // Éva met  Bo,
  spans const offsets{{0, 0}, {0, 1}, {1, 3}, {4, 7}, {7, 9}, {9, 11}, {11, 12}};
  flags const special{1, 0, 0, 0, 0, 0, 0};
  std::vector<std::string_view> const pieces{"[CLS]", "\xC3\x89", "##va", "met", "  ", "##X", "[UNK]"};
  std::vector<std::int64_t> const ids{1, 2, 3, 4, 5, 6, 100};
  hf::hf_input input{.text = text, .offsets = offsets, .special_tokens_mask = special};
  CHECK(hf::hf_subwords(input).value() == flags{0, 0, 1, 0, 0, 0, 1});
  input.pieces = pieces;
  CHECK(hf::hf_subwords(input).value() == flags{0, 0, 1, 0, 0, 1, 1});
  input.input_ids = ids;
  input.unk_token_id = 100;
  CHECK(hf::hf_subwords(input).value() == flags{0, 0, 1, 0, 0, 1, 0});
  input.text = "short";
  CHECK(hf::hf_subwords(input).error() == ts::error{ts::errc::out_of_text, 7, 3});
  spans const backwards{{0, 0}, {2, 1}};
  CHECK(hf::hf_subwords({.text = text, .offsets = backwards}).error() == ts::error{ts::errc::bad_offsets, 1, 0});
  CHECK(hf::hf_subwords({.text = text, .offsets = backwards, .input_ids = ids}).error() ==
        ts::error{ts::errc::shape_mismatch, 7, 2});
}

TEST_CASE("hf_decode groups labels as text") {
  struct row {
    char const* what;
    std::vector<std::string_view> labels;  // of the tokens, which win
    char const* expected;
  };
  for (row const& r : {
           row{"B and I", {"B-PER", "I-PER", "O"}, "PER 0-3; "},
           row{"B opens", {"B-PER", "B-PER", "I-PER"}, "PER 0-1; PER 2-5; "},
           row{"I opens, and I of another type", {"I-PER", "I-LOC", "O"}, "PER 0-1; LOC 2-3; "},
           row{"E is no prefix", {"B-PER", "E-PER", "E-PER"}, "PER 0-1; PER 2-5; "},
           row{"plain", {"PER", "PER", "O"}, "PER 0-3; "},
           row{"hyphen", {"A-B", "A-B", "O"}, "B 0-3; "},
           row{"a type named O vanishes", {"B-O", "I-O", "B-X"}, "X 4-5; "},
       }) {
    CAPTURE(std::string(r.what));
    // Every token has labels of its own.
    std::vector<float> scores(9, 0);
    std::vector<std::string_view> names(r.labels);
    for (std::size_t i = 0; i < 3; ++i) {
      std::size_t first = i;
      for (std::size_t j = 0; j < i; ++j) first = r.labels[j] == r.labels[i] && first == i ? j : first;
      scores[3 * i + first] = 5;
    }
    spans const offsets{{0, 1}, {2, 3}, {4, 5}};
    ts::scores_view<float const> const view{scores.data(), 3, 3};
    auto const found =
        hf::hf_decode(view, names, {.text = "a b c", .offsets = offsets}, {.strategy = ts::aggregation::simple});
    CHECK(text_of(found.value()) == r.expected);
  }
}

TEST_CASE("hf_decode: what it refuses") {
  std::vector<float> scores{0, 1, 0, 1};
  std::vector<std::string> const names{"O", "B-X"};
  spans const offsets{{0, 1}, {1, 2}};
  flags const special{1, 0};
  hf::hf_input const input{.text = "ab", .offsets = offsets, .special_tokens_mask = special};
  auto const run = [&](std::size_t rows, std::size_t columns) {
    return hf::hf_decode(ts::scores_view<float const>{scores.data(), rows, columns}, names, input);
  };
  CHECK(text_of(run(2, 2).value()) == "B-X 1-2; ");
  CHECK(run(1, 2).error().code == ts::errc::shape_mismatch);
  CHECK(run(2, 1).error().code == ts::errc::shape_mismatch);
  scores[0] = std::numeric_limits<float>::quiet_NaN();
  CHECK(run(2, 2).has_value());
  scores[3] = scores[0];
  CHECK(run(2, 2).error() == ts::error{ts::errc::not_a_number, 1, 1});
  scores[2] = scores[3] = -std::numeric_limits<float>::infinity();
  CHECK(run(2, 2).error() == ts::error{ts::errc::no_legal_path, 1, 0});
}

TEST_CASE("words, windows and what overlaps: the corners") {
  std::vector<std::int32_t> const word_ids{-1, 0, 1, 1};
  spans const offsets{{0, 0}, {0, 2}, {0, 1}, {1, 3}};
  std::vector<std::string> const words{"\xC3\x89v", "abc"};
  auto const joined = hf::hf_join_words(words, word_ids, offsets, ", ").value();
  CHECK(joined.text == "\xC3\x89v, abc");
  CHECK(joined.offsets == spans{{0, 0}, {0, 2}, {4, 5}, {5, 7}});
  std::vector<std::int32_t> const beyond{-1, 0, 1, 2};
  CHECK(hf::hf_join_words(words, beyond, offsets).error() == ts::error{ts::errc::id_out_of_range, 3, 0});
  CHECK(hf::hf_join_words(words, std::span(beyond).first(3), offsets).error().code == ts::errc::length_mismatch);

  using windows = std::vector<ts::token_span>;
  CHECK(hf::hf_windows(0, 8, 2, 2).value() == windows{{0, 0}});
  CHECK(hf::hf_windows(6, 8, 2, 2).value() == windows{{0, 6}});
  CHECK(hf::hf_windows(7, 8, 2, 2).value() == windows{{0, 6}, {4, 7}});
  CHECK(hf::hf_windows(7, 8, 2, 2, true).value() == windows{{1, 7}, {0, 3}});
  CHECK(hf::hf_windows(7, 8, 2, 6).error() == ts::error{ts::errc::overlap_too_large, 6, 6});
  CHECK(hf::hf_windows(7, 2, 8, 0).error() == ts::error{ts::errc::overlap_too_large, 0, 0});

  using kept = std::vector<std::size_t>;
  CHECK(hf::hf_aggregate_overlapping({}).empty());
  std::vector<hf::hf_entity> const chain{{"A", 0.9F, 0, {0, 5}}, {"B", 0.2F, 0, {3, 9}}, {"C", 0.9F, 0, {8, 10}}};
  CHECK(hf::hf_aggregate_overlapping(chain) == kept{1});
  std::vector<hf::hf_entity> const empty{{"A", 0.9F, 0, {2, 2}}};
  CHECK(hf::hf_aggregate_overlapping(empty) == kept{0, 0});
}
