// SPDX-License-Identifier: MIT
// Any bytes as a text, as spans in it and as the pieces of a tokenizer: offsets against a slow twin, redaction byte by
// byte, and pieces that lie where they are said to lie. The first byte chooses what is done, the second how many spans
// there are; four bytes each follow, then the text.
#include <tagspan/text/offsets.hpp>
#include <tagspan/text/pieces.hpp>
#include <tagspan/text/redact.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "../support/naive_text.hpp"

namespace ts = tagspan;

namespace {

void must(bool condition) {
  if (!condition) std::abort();
}

using entity = ts::scored_entity<ts::unit::byte>;
using tagspan_test::naive_text;

// The place in `naive` at or before an offset.
template <class Unit>
std::size_t place_at(naive_text const& naive, std::size_t offset) {
  std::size_t place = 0;
  while (place + 1 < naive.starts.size() && naive.starts[place + 1].in<Unit>() <= offset) ++place;
  return place;
}

template <class Unit>
void check_spans(ts::offset_map const& map, naive_text const& naive, std::vector<entity> const& entities) {
  ts::text_position const end = naive.starts.back();
  auto cursor = map.cursor<Unit>();
  for (entity const& e : entities) {
    ts::basic_span<Unit> const span{e.span.begin, e.span.end};
    for (auto const mode : {ts::rounding::error, ts::rounding::outward, ts::rounding::inward}) {
      auto const found = map.checked<ts::unit::utf16>(span, mode);
      if (span.begin > span.end || span.end > end.in<Unit>()) {
        must(!found);
        continue;
      }
      std::size_t first = place_at<Unit>(naive, span.begin), last = place_at<Unit>(naive, span.end);
      bool const cuts_first = naive.starts[first].in<Unit>() != span.begin;
      bool const cuts_last = naive.starts[last].in<Unit>() != span.end;
      if (mode == ts::rounding::error && (cuts_first || cuts_last)) {
        must(found.error() == ts::error{ts::errc::off_boundary, cuts_first ? span.begin : span.end, 0});
        continue;
      }
      if (mode == ts::rounding::outward) {
        last += cuts_last;
      } else if (mode == ts::rounding::inward) {
        first += cuts_first;
      }
      ts::utf16_span const expected{naive.starts[first].utf16,
                                    std::max(naive.starts[first].utf16, naive.starts[last].utf16)};
      must(found->size() == expected.size());
      if (!expected.empty()) must(*found == expected);
      if (mode == ts::rounding::error) must(map.checked<Unit>(*found).value() == span);
    }
    auto const moved = cursor.checked_to(span.begin, ts::rounding::outward);
    must(moved.has_value() == (span.begin <= end.in<Unit>()));
    if (moved) must(*moved == naive.starts[place_at<Unit>(naive, span.begin)]);
  }
}

void check_redaction(std::string_view text, naive_text const& naive, std::vector<entity> const& entities,
                     ts::rounding mode) {
  auto const marker = [](ts::masked_span const&, std::string_view) { return std::string_view("\x01"); };
  auto const out = ts::redact_with(text, entities, marker, mode);
  std::vector<bool> covered(text.size());
  for (std::size_t i = 0; i < entities.size(); ++i) {
    auto const [begin, end] = entities[i].span;
    bool const in_text = begin <= end && end <= text.size();
    auto const cut = [&](std::size_t at) { return naive.starts[place_at<ts::unit::byte>(naive, at)].byte != at; };
    if (!in_text || (mode == ts::rounding::error && (cut(begin) || cut(end)))) {
      must(!out);
      return;
    }
    if (begin == end) continue;
    std::size_t const first = naive.starts[place_at<ts::unit::byte>(naive, begin)].byte;
    std::size_t last = place_at<ts::unit::byte>(naive, end);
    if (cut(end)) ++last;
    for (std::size_t at = first; at < naive.starts[last].byte; ++at) covered[at] = true;
  }
  std::string kept, left;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (!covered[at]) kept += text[at];
  }
  // What is left is what no entity covers, and a mask for each part that was.
  std::size_t done = 0;
  for (ts::masked_span const& m : out->masks()) {
    must(done <= m.after.begin && m.after.size() == 1 && m.before.begin < m.before.end);
    left += out->text().substr(done, m.after.begin - done);
    done = m.after.end;
    for (std::size_t at = m.before.begin; at < m.before.end; ++at) must(covered[at]);
    must(out->to_new(m.before) == m.after && out->to_old(m.after) == m.before);
  }
  left += out->text().substr(done);
  must(left == kept);
}

void check_pieces(std::string_view text, std::vector<std::string_view> const& pieces, ts::piece_style style,
                  std::uint8_t bits) {
  ts::piece_options const options{
      .lower_case_ascii = (bits & 4U) != 0,
      .words_split_first = (bits & 1U) != 0,
      .trim = (bits & 2U) != 0,
      .ill_formed = (bits & 8U) != 0 ? ts::ill_formed_bytes::keep : ts::ill_formed_bytes::replace};
  auto const placed = ts::piece_offsets(text, pieces, style, options);
  if (!placed) return;
  must(placed->spans.size() == pieces.size());
  must(placed->rest.begin <= placed->rest.end && placed->rest.end <= text.size());
  for (auto const& piece : placed->unplaced) must(piece.index < pieces.size());
  std::size_t begin = 0;
  for (ts::byte_span const span : placed->spans) {
    must(span.begin <= span.end && span.end <= text.size());
    must(ts::detail::is_boundary(text, span.begin) && ts::detail::is_boundary(text, span.end));
    if (!options.trim) {
      must(span.begin >= begin);
      begin = span.begin;
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  if (size < 2) return 0;
  std::size_t const spans = std::min<std::size_t>(data[1] % 16U, (size - 2) / 4);
  std::uint8_t const* const of_spans = data + 2;
  std::string const all(reinterpret_cast<char const*>(of_spans + 4 * spans), size - 2 - 4 * spans);
  std::string_view const text = all;
  naive_text const naive = tagspan_test::decode_naively(text);
  ts::offset_map const map(text);
  must(map.size() == naive.starts.back() && map.well_formed() == naive.well_formed);
  if (!naive.well_formed) must(map.ill_formed_at() == naive.first_ill_formed);

  std::vector<entity> entities;
  for (std::size_t i = 0; i < spans; ++i) {
    // Two bytes for the begin, so that long texts are reached; most spans fit, some do not.
    std::size_t const begin = (of_spans[4 * i] | std::size_t{of_spans[4 * i + 1]} << 8) % (text.size() + 2);
    std::size_t const end = begin + of_spans[4 * i + 2] - (of_spans[4 * i + 3] == 0xFF ? begin : 0);
    entities.push_back({{begin, std::min(end, text.size() + 1)}, {}, static_cast<float>(of_spans[4 * i + 3]), {}});
  }
  check_spans<ts::unit::byte>(map, naive, entities);
  check_spans<ts::unit::code_point>(map, naive, entities);
  check_spans<ts::unit::utf16>(map, naive, entities);
  check_redaction(text, naive, entities, ts::rounding::outward);
  check_redaction(text, naive, entities, ts::rounding::error);

  // The pieces are what lies between newlines of the second half; the first half is the text.
  std::string_view rest = text.substr(text.size() / 2);
  std::vector<std::string_view> pieces;
  while (pieces.size() < 64) {
    std::size_t const end = std::min(rest.find('\n'), rest.size());
    pieces.push_back(rest.substr(0, end));
    if (end == rest.size()) break;
    rest.remove_prefix(end + 1);
  }
  check_pieces(text.substr(0, text.size() / 2), pieces, static_cast<ts::piece_style>(data[0] % 4U), data[0] >> 4);
  return 0;
}
