// SPDX-License-Identifier: MIT
// The pipeline over random documents, models, windows and batches: the whole document at once, and piece by piece.
#include <tagspan/model/pipeline.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "property/random.hpp"

namespace ts = tagspan;
using tagspan_test::random_numbers;

namespace {

ts::label_set const& labels() {
  static auto const set = ts::label_set::for_types<ts::bioes>({"PER", "LOC", "A_TYPE"});
  return set;
}

std::uint64_t mix(std::uint64_t x) {
  x ^= x >> 33;
  x *= 0xff51afd7ed558ccdU;
  x ^= x >> 33;
  x *= 0xc4ceb9fe1a85ec53U;
  return x ^ (x >> 33);
}

// A piece of a document: what is between two places where a word ends.
struct part {
  std::string text;
  std::vector<std::int64_t> ids;
  std::vector<std::int32_t> word_ids;
  std::vector<ts::byte_span> offsets;
  std::vector<std::uint8_t> special_tokens_mask;
  std::vector<std::size_t> boundaries;
};

void append(part& whole, part const& p) {
  std::int32_t const words = whole.word_ids.empty() ? 0 : 1 + *std::max_element(whole.word_ids.begin(), whole.word_ids.end());
  for (std::int32_t id : p.word_ids) whole.word_ids.push_back(id < 0 ? id : id + words);
  for (std::size_t b : p.boundaries) whole.boundaries.push_back(whole.ids.size() + b);
  for (ts::byte_span s : p.offsets) {
    whole.offsets.push_back({whole.text.size() + s.begin, whole.text.size() + s.end});
  }
  whole.ids.insert(whole.ids.end(), p.ids.begin(), p.ids.end());
  whole.special_tokens_mask.insert(whole.special_tokens_mask.end(), p.special_tokens_mask.begin(),
                                   p.special_tokens_mask.end());
  whole.text += p.text;
}

struct settings {
  bool word_ids, mask, boundaries;
  std::size_t longest_word;
};

part random_part(random_numbers& random, settings const& s, std::size_t words) {
  char const* const characters[] = {"a", "b", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"};
  part p;
  for (std::size_t w = 0; w < words; ++w) {
    if (s.boundaries && random.one_in(7)) p.boundaries.push_back(p.ids.size());
    bool const special = random.one_in(30);
    std::size_t const tokens = 1 + random.below(s.longest_word);
    for (std::size_t t = 0; t < tokens; ++t) {
      std::size_t const begin = p.text.size();
      std::size_t const size = special || random.one_in(25) ? 0 : 1 + random.below(2);
      for (std::size_t k = 0; k < size; ++k) p.text += characters[random.below(5)];
      p.offsets.push_back({begin, p.text.size()});
      p.ids.push_back(static_cast<std::int64_t>(random.below(1000)));
      bool const numbered = s.mask && w % 2 == 0;  // some tokenizers number special tokens, too
      if (s.word_ids) p.word_ids.push_back(special && !numbered ? -1 : static_cast<std::int32_t>(w));
      if (s.mask) p.special_tokens_mask.push_back(special ? 1 : 0);
    }
    p.text += random.one_in(5) ? "  " : " ";
  }
  return p;
}

// What a model says that sees the ids of its window: `context` of them on either side, or where the window lies.
struct hash_model {
  std::uint64_t seed;
  std::size_t context;
  bool sees_window;
  std::size_t outside_in;  // how often a token is O

  ts::score_batch operator()(ts::window_batch const& batch) const {
    ts::score_batch out(batch, labels().size());
    for (std::size_t w = 0; w < batch.windows(); ++w) {
      ts::token_span const s = batch.tokens[w];
      std::int64_t const* const ids = batch.input_ids.data() + w * batch.length() + batch.prefix;
      for (std::size_t i = 0; i < s.size(); ++i) {
        std::uint64_t h = seed;
        for (std::size_t k = i > context ? i - context : 0; k <= i + context && k < s.size(); ++k) {
          h = mix(h ^ (static_cast<std::uint64_t>(ids[k]) + (k << 10) - (i << 10)));
        }
        if (sees_window) h = mix(h ^ s.begin ^ (s.end << 20));
        auto const row = out.row(w, i);
        for (float& x : row) x = static_cast<float>((h = mix(h + 1)) % 1000) / 200;
        if ((h = mix(h + 1)) % outside_in != 0) row[static_cast<std::size_t>(labels().find("O").value())] = 5.5F;
      }
    }
    return out;
  }
};

ts::pipeline_options random_options(random_numbers& random, settings& s) {
  ts::pipeline_options o;
  if (random.one_in(2)) o.prefix = {5000};
  if (random.one_in(2)) o.suffix = {5001, 5002};
  std::size_t const room = 2 + random.below(30);
  o.max_tokens = room + o.prefix.size() + o.suffix.size();
  o.overlap = random.below(room);
  o.multiple_of = 1 + random.below(4);
  o.max_batch = 1 + random.below(5);
  o.oversize = ts::long_words::split;
  o.weight = static_cast<ts::window_weight>(random.below(4));
  o.aggregate = static_cast<ts::aggregation>(random.below(5));
  o.score = static_cast<ts::entity_score>(random.below(5));
  o.reading = static_cast<ts::reading>(random.below(3));
  o.min_score = static_cast<float>(random.below(5)) / 10;
  if (random.one_in(4)) o.ignored_types = ts::type_table<bool>::from({{"LOC", true}}, labels()).value();
  if (random.one_in(4)) o.words = ts::word_source::tokens;
  s = {random.one_in(2), random.one_in(3), random.one_in(2), 1 + random.below(random.one_in(4) ? 40 : 4)};
  return o;
}

template <class Unit>
bool same(std::vector<ts::scored_entity<Unit>> const& a, std::vector<ts::scored_entity<Unit>> const& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](auto const& x, auto const& y) {
    // Sums of vectors of rows may be taken in other groups.
    return x.span == y.span && x.type == y.type && x.tokens == y.tokens && std::abs(x.score - y.score) < 1e-5F;
  });
}

TEST_CASE("windows and batches are not seen: the answer is that of decode on the whole document") {
  random_numbers random(1);
  std::size_t found = 0;
  for (int round = 0; round < 1500; ++round) {
    CAPTURE(round);
    settings s{};
    ts::pipeline_options o = random_options(random, s);
    o.oversize = ts::long_words::error;
    part const d = random_part(random, s, random.below(60));
    hash_model const model{mix(static_cast<std::uint64_t>(round)), 0, false, 1 + random.below(6)};
    ts::pipeline<ts::bioes> const ner(labels(), o);
    auto const windowed = ner(d.text, d, model);
    if (!windowed) {
      CHECK(windowed.error().code == ts::errc::word_too_long);
      continue;
    }
    o.max_tokens = 100000;
    o.overlap = 0;
    ts::pipeline<ts::bioes> const at_once(labels(), o);
    auto const whole = at_once(d.text, d, model).value();
    CHECK(same(windowed->entities, whole.entities));
    CHECK(windowed->trace.decoded == whole.trace.decoded);
    found += whole.entities.size();
  }
  CHECK(found > 5000);
}

TEST_CASE("a model with context sees enough of it where windows overlap by twice as much") {
  random_numbers random(2);
  std::size_t windows = 0;
  for (int round = 0; round < 500; ++round) {
    CAPTURE(round);
    std::size_t const context = 1 + random.below(3);
    std::size_t const room = 2 * context + 2 + random.below(20);
    part const d = random_part(random, {false, false, false, 1}, random.below(80));
    hash_model const model{mix(static_cast<std::uint64_t>(round)), context, false, 3};
    ts::pipeline<ts::bioes> const ner(
        labels(), {.max_tokens = room, .overlap = 2 * context, .max_batch = 3, .aggregate = ts::aggregation::simple});
    ts::pipeline<ts::bioes> const at_once(labels(), {.max_tokens = 100000, .aggregate = ts::aggregation::simple});
    auto const found = ner(d.text, d, model).value();
    CHECK(same(found.entities, at_once(d.text, d, model).value().entities));
    windows += found.trace.windows;
  }
  CHECK(windows > 2000);
}

// The document in pieces of random sizes, some of them empty; offsets in Unit, from the begin of the piece.
template <class Unit, class Model>
ts::result<ts::pipeline_result<Unit>> streamed(ts::pipeline<ts::bioes> const& ner, std::vector<part> const& parts,
                                               Model const& model) {
  ts::pipeline_result<Unit> out;
  auto stream = ner.template stream<Unit>(model);
  auto const keep = [&](ts::scored_entity<Unit> const& e) { out.entities.push_back(e); };
  for (part const& p : parts) {
    ts::offset_map const map(p.text);
    auto const offsets = map.checked_all<Unit>(p.offsets).value();
    ts::tokenization<Unit> const tokens{p.ids, p.word_ids, offsets, p.special_tokens_mask, {}, p.boundaries, 0};
    if (auto const done = stream.push(p.text, tokens, keep); !done) return done.error();
  }
  if (auto const done = stream.finish(keep); !done) return done.error();
  out.trace = stream.trace();
  return out;
}

template <class Unit>
void compare(ts::pipeline<ts::bioes> const& ner, std::vector<part> const& parts, hash_model const& model) {
  part whole;
  for (part const& p : parts) append(whole, p);
  ts::offset_map const map(whole.text);
  auto const offsets = map.checked_all<Unit>(whole.offsets).value();
  ts::tokenization<Unit> const tokens{whole.ids, whole.word_ids, offsets, whole.special_tokens_mask, {}, whole.boundaries, 0};
  auto const expected = ner(whole.text, tokens, model).value();
  auto const found = streamed<Unit>(ner, parts, model).value();
  CHECK(same(found.entities, expected.entities));
  CHECK(found.trace.decoded == expected.trace.decoded);
  CHECK(found.trace.windows == expected.trace.windows);
  CHECK(found.trace.tokens == expected.trace.tokens);
  CHECK(found.trace.unseen == expected.trace.unseen);
  CHECK(found.trace.split_words == expected.trace.split_words);
}

TEST_CASE("piece by piece: the windows, entities and counts of the whole document") {
  random_numbers random(3);
  for (int round = 0; round < 2000; ++round) {
    CAPTURE(round);
    settings s{};
    ts::pipeline_options o = random_options(random, s);
    if (random.one_in(5)) o.max_windows = random.below(6);
    std::vector<part> parts;
    for (std::size_t k = random.below(20); k > 0; --k) {
      parts.push_back(random_part(random, s, random.one_in(5) ? 0 : random.below(random.one_in(9) ? 200 : 20)));
    }
    hash_model const model{mix(static_cast<std::uint64_t>(round)), 1, true, 1 + random.below(6)};
    ts::pipeline<ts::bioes> const ner(labels(), o);
    switch (random.below(3)) {
      case 0: compare<ts::unit::byte>(ner, parts, model); break;
      case 1: compare<ts::unit::code_point>(ner, parts, model); break;
      default: compare<ts::unit::utf16>(ner, parts, model); break;
    }
  }
}

}  // namespace
