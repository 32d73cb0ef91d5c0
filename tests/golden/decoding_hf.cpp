// SPDX-License-Identifier: MIT
// The token-classification pipeline of Hugging Face transformers: its own answer through compat/hugging_face (entities,
// offsets, scores; the `word` string, which is not the text, is not compared), and decode() over true words on the same
// rows, of which no entity cuts a word.
//
// The committed rows are copies of rows of the full set, chosen by the rules below and by nothing else; where the full
// set is at hand, the last test case chooses them again. Run with TAGSPAN_GOLDEN_WRITE set, it writes what differs.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <tagspan/compat/hugging_face.hpp>
#include <tagspan/model/decode.hpp>

#include "golden.hpp"

using golden::json;
namespace ts = tagspan;

namespace {

// Why an answer is not compared.
constexpr char const* not_bioes = "the peer does not know E- and S-";
constexpr char const* guesses = "the peer's guess of subwords is not what the tokenizer says";
constexpr char const* other_ignored = "other groups than O are dropped, or O is kept";

struct rule {
  char const* file;
  std::size_t every;
};
constexpr rule rules[] = {{"hf_aggregation_real", 17}, {"hf_aggregation_synthetic", 13}, {"hf_split_words", 6},
                          {"hf_stride", 16},           {"hf_overlap_merge", 5},          {"windows", 4}};

std::string name_of(std::string_view file) { return "decoding/" + std::string(file) + ".jsonl"; }

struct named_strategy {
  char const* name;
  ts::aggregation strategy;
};
constexpr named_strategy strategies[] = {{"none", ts::aggregation::none},
                                         {"simple", ts::aggregation::simple},
                                         {"first", ts::aggregation::first},
                                         {"average", ts::aggregation::average},
                                         {"max", ts::aggregation::max}};

// What a row says of its tokens.
struct input {
  std::string text;
  std::vector<std::string> tokens, labels;
  std::vector<std::string_view> pieces;
  std::vector<ts::code_point_span> offsets;
  std::vector<std::uint8_t> special;
  std::vector<std::int64_t> ids;
  std::vector<std::int32_t> word_ids;
  std::vector<float> scores;
  std::optional<std::int64_t> unknown;

  input(json const& row, json const& part)
      : text(row["text"]),
        tokens(part["tokens"].get<std::vector<std::string>>()),
        labels(row["id2label"].get<std::vector<std::string>>()),
        special(part["special_tokens_mask"].get<std::vector<std::uint8_t>>()),
        ids(part["input_ids"].get<std::vector<std::int64_t>>()) {
    if (!row["continuing_subword_prefix"].is_null()) pieces.assign(tokens.begin(), tokens.end());
    for (json const& o : part[part.contains("offsets") ? "offsets" : "offsets_in_word"])
      offsets.push_back({o[0], o[1]});
    for (json const& w : part["word_ids"]) word_ids.push_back(w.is_null() ? -1 : w.get<std::int32_t>());
    for (json const& r : part[part.contains("scores") ? "scores" : "logits"]) {
      for (json const& x : r) scores.push_back(x.get<float>());
    }
    if (!row["unk_token_id"].is_null()) unknown = row["unk_token_id"].get<std::int64_t>();
  }
  input(input const&) = delete;
  input& operator=(input const&) = delete;

  ts::compat::hf_input as_peer_sees_it() const {
    return {.text = text,
            .offsets = offsets,
            .special_tokens_mask = special,
            .input_ids = ids,
            .unk_token_id = unknown,
            .pieces = pieces};
  }
  ts::scores_view<float const> view() const { return {scores.data(), tokens.size(), labels.size()}; }
};

using entities = std::vector<ts::compat::hf_entity>;

// Everything but scores as JSON, so that a difference can be read; scores to 2e-6.
void compare(golden::tally& count, std::string const& what, entities const& found, json const& expected,
             std::string const& row) {
  json ours = json::array();
  json theirs = json::array();
  bool near = found.size() == expected.size();
  for (ts::compat::hf_entity const& e : found) ours.push_back({e.label, e.span.begin, e.span.end});
  for (json const& e : expected) {
    theirs.push_back({e.contains("entity") ? e["entity"] : e["entity_group"], e["start"], e["end"]});
  }
  for (std::size_t i = 0; near && i < found.size(); ++i) {
    near = golden::near(static_cast<double>(found[i].score), expected[i]["score"].get<double>(), 2e-6);
    if (expected[i].contains("index")) near = near && found[i].token == expected[i]["index"].get<std::size_t>();
  }
  count.compare(what, ours == theirs && near, row,
                ours == theirs ? "a score or an index" : "found " + ours.dump() + ", expected " + theirs.dump());
}

void aggregate(json const& row, golden::tally& count) {
  std::string const id = row["id"];
  input in(row, row);
  if (row.contains("words")) {
    auto const joined = ts::compat::hf_join_words(row["words"].get<std::vector<std::string>>(), in.word_ids, in.offsets,
                                                  row["delimiter"].get<std::string>())
                            .value();
    count.compare("joined", joined.text == in.text, id);
    in.offsets = joined.offsets;
  }
  auto const subwords = ts::compat::hf_subwords(in.as_peer_sees_it()).value();
  bool same = true;
  for (std::size_t i = 0; i < subwords.size(); ++i) {
    json const& expected = row["is_subword"][i];
    same = same && (expected.is_null() || expected.get<bool>() == (subwords[i] != 0));
  }
  count.compare("subwords", same, id);
  for (named_strategy const& s : strategies) {
    ts::compat::hf_options const options{.strategy = s.strategy,
                                         .ignore_labels = row["ignore_labels"].get<std::vector<std::string>>(),
                                         .scores_are_probabilities = true};
    auto const found = ts::compat::hf_decode(in.view(), in.labels, in.as_peer_sees_it(), options).value();
    compare(count, s.name, found, row["expected"][s.name], id);
  }
}

void stride(json const& row, golden::tally& count) {
  std::string const id = row["id"];
  for (named_strategy const& s : strategies) {
    if (s.strategy == ts::aggregation::none) continue;  // the peer refuses it
    entities all;
    std::size_t chunk = 0;
    for (json const& part : row["chunks"]) {
      input const in(row, part);
      auto const found =
          ts::compat::hf_decode(in.view(), in.labels, in.as_peer_sees_it(), {.strategy = s.strategy}).value();
      compare(count, std::string(s.name) + " chunk", found, row["expected_per_chunk"][s.name][chunk++], id);
      all.insert(all.end(), found.begin(), found.end());
    }
    entities kept;
    if (chunk > 1) {
      for (std::size_t i : ts::compat::hf_aggregate_overlapping(all)) kept.push_back(all[i]);
    } else {
      kept = all;
    }
    compare(count, s.name, kept, row["expected"][s.name], id);
  }
}

void overlap_merge(json const& row, golden::tally& count) {
  entities all;
  for (json const& e : row["entities"]) {
    all.push_back({e["entity_group"], e["score"].get<float>(), 0, {e["start"], e["end"]}});
  }
  count.compare("overlap_merge", json(ts::compat::hf_aggregate_overlapping(all)), row["expected_kept"], row["id"]);
}

void windows(json const& row, golden::tally& count) {
  auto const found = ts::compat::hf_windows(row["n_tokens"], row["max_length"], row["n_special"], row["stride"],
                                            row["direction"] == "left")
                         .value();
  json ours = json::array();
  for (ts::token_span w : found) ours.push_back({w.begin, w.end});
  count.compare("windows " + row["direction"].get<std::string>(), ours, row["windows"], row["id"]);
}

// ---- decode() over true words

ts::label_set labels_of(input const& in) {
  bool plain = true;
  for (std::string const& name : in.labels) plain = plain && name.substr(1, 1) != "-";
  return ts::label_set::from_id2label(in.labels, {.no_prefix = plain ? ts::no_prefix::inside : ts::no_prefix::reject})
      .value();
}

std::vector<ts::scored_entity<ts::unit::code_point>> decode(input const& in, ts::label_set const& labels,
                                                            ts::aggregation how, bool logits) {
  ts::decode_options const options{.aggregate = how, .scores_are_probabilities = !logits};
  ts::code_point_encoding const enc{.word_ids = in.word_ids, .offsets = in.offsets, .special_tokens_mask = in.special};
  bool const bioes = labels.detect_scheme() == ts::scheme_id::bioes;
  return bioes ? ts::decode<ts::bioes>(in.view(), labels, enc, options).value()
               : ts::decode<ts::bio>(in.view(), labels, enc, options).value();
}

// The text that each word covers.
std::vector<ts::code_point_span> words_of(input const& in) {
  std::vector<ts::code_point_span> out;
  for (ts::token_span word : ts::group_words(in.word_ids)) {
    out.push_back({in.offsets[word.begin].begin, in.offsets[word.begin].end});
    for (std::size_t i = word.begin; i < word.end; ++i) out.back().end = std::max(out.back().end, in.offsets[i].end);
  }
  return out;
}

bool cuts(std::vector<ts::code_point_span> const& words, std::size_t begin, std::size_t end) {
  for (ts::code_point_span w : words) {
    if ((w.begin < begin && begin < w.end) || (w.begin < end && end < w.end)) return true;
  }
  return false;
}

struct word_counts {
  std::size_t ours = 0, ours_cut = 0, peer = 0, peer_cut = 0;
};

void count_cuts(json const& row, json const& part, json const& expected, word_counts& count, bool logits) {
  input const in(row, part);
  auto const labels = labels_of(in);
  auto const words = words_of(in);
  for (named_strategy const& s : strategies) {
    if (s.strategy == ts::aggregation::none || s.strategy == ts::aggregation::simple) continue;
    for (auto const& e : decode(in, labels, s.strategy, logits)) {
      ++count.ours;
      count.ours_cut += cuts(words, e.span.begin, e.span.end) ? 1U : 0U;
    }
    for (json const& e : expected[s.name]) {
      if (e["entity_group"] == "O") continue;
      ++count.peer;
      count.peer_cut += cuts(words, e["start"], e["end"]) ? 1U : 0U;
    }
  }
}

// Where the peer's guess is right, its `first` is ours.
void compare_first(json const& row, golden::tally& count) {
  std::string const id = row["id"];
  std::string const what = "first " + row["kind"].get<std::string>();
  input const in(row, row);
  if (row["ignore_labels"] != json::array({"O"})) return count.leave_out(what, other_ignored);
  if (row["labelset"] == "bioes") return count.leave_out(what, not_bioes);
  for (std::size_t i = 0; i < in.tokens.size(); ++i) {
    if (in.word_ids[i] < 0) continue;
    bool const continues = i > 0 && in.word_ids[i] == in.word_ids[i - 1];
    if (continues != row["is_subword"][i].get<bool>()) return count.leave_out(what, guesses);
  }
  auto const labels = labels_of(in);
  entities ours;
  for (auto const& e : decode(in, labels, ts::aggregation::first, false)) {
    ours.push_back({std::string(labels.type_name(e.type)), e.score, e.tokens.begin, e.span});
  }
  compare(count, what, ours, row["expected"]["first"], id);
}

template <class Each>
void for_each_row(std::string const& path, Each&& each) {
  for (json const& row : golden::rows(path)) each(row);
}

std::string path_of(golden::set which, char const* file) {
  return which == golden::set::full ? golden::shared("golden/" + name_of(file)) : golden::committed(name_of(file));
}

void run(golden::set which) {
  if (which == golden::set::full && golden::is_missing(path_of(which, rules[0].file))) return;
  {
    golden::tally count;
    for_each_row(path_of(which, "hf_aggregation_real"), [&](json const& row) { aggregate(row, count); });
    count.expect({{"subwords", "", 16, 272},
                  {"none", "", 16, 272},
                  {"simple", "", 16, 272},
                  {"first", "", 16, 272},
                  {"average", "", 16, 272},
                  {"max", "", 16, 272}},
                 which);
  }
  {
    golden::tally count;
    for_each_row(path_of(which, "hf_aggregation_synthetic"), [&](json const& row) { aggregate(row, count); });
    count.expect({{"subwords", "", 8, 96},
                  {"none", "", 8, 96},
                  {"simple", "", 8, 96},
                  {"first", "", 8, 96},
                  {"average", "", 8, 96},
                  {"max", "", 8, 96}},
                 which);
  }
  {
    golden::tally count;
    for_each_row(path_of(which, "hf_split_words"), [&](json const& row) { aggregate(row, count); });
    count.expect({{"joined", "", 5, 30},
                  {"subwords", "", 5, 30},
                  {"none", "", 5, 30},
                  {"simple", "", 5, 30},
                  {"first", "", 5, 30},
                  {"average", "", 5, 30},
                  {"max", "", 5, 30}},
                 which);
  }
  {
    golden::tally count;
    for_each_row(path_of(which, "hf_stride"), [&](json const& row) { stride(row, count); });
    count.expect({{"simple", "", 3, 48},
                  {"first", "", 3, 48},
                  {"average", "", 3, 48},
                  {"max", "", 3, 48},
                  {"simple chunk", "", 29, 374},
                  {"first chunk", "", 29, 374},
                  {"average chunk", "", 29, 374},
                  {"max chunk", "", 29, 374}},
                 which);
  }
  {
    golden::tally count;
    for_each_row(path_of(which, "hf_overlap_merge"), [&](json const& row) { overlap_merge(row, count); });
    for_each_row(path_of(which, "windows"), [&](json const& row) { windows(row, count); });
    count.expect({{"overlap_merge", "", 50, 250}, {"windows right", "", 5, 20}, {"windows left", "", 1, 4}}, which);
  }
}

void run_words(golden::set which) {
  if (which == golden::set::full && golden::is_missing(path_of(which, rules[0].file))) return;
  golden::tally count;
  word_counts cut;
  for (char const* file : {"hf_aggregation_real", "hf_aggregation_synthetic"}) {
    for_each_row(path_of(which, file), [&](json const& row) {
      compare_first(row, count);
      count_cuts(row, row, row["expected"], cut, false);
    });
  }
  for_each_row(path_of(which, "hf_stride"), [&](json const& row) {
    for (std::size_t c = 0; c < row["chunks"].size(); ++c) {
      json expected = json::object();
      for (auto const& [strategy, chunks] : row["expected_per_chunk"].items()) expected[strategy] = chunks[c];
      count_cuts(row, row["chunks"][c], expected, cut, true);
    }
  });
  count.expect({{"first bytelevel", "", 1, 10},
                {"first bytelevel", not_bioes, 2, 23},
                {"first bytelevel", guesses, 6, 90},
                {"first metaspace", "", 2, 42},
                {"first metaspace", other_ignored, 1, 16},
                {"first metaspace", not_bioes, 2, 38},
                {"first metaspace", guesses, 2, 26},
                {"first wordpiece", "", 7, 105},
                {"first wordpiece", other_ignored, 1, 16},
                {"first wordpiece", guesses, 0, 2}},
               which);
  bool const full = which == golden::set::full;
  CHECK(cut.ours == (full ? 9871 : 645));
  CHECK(cut.ours_cut == 0);
  CHECK(cut.peer == (full ? 9321 : 618));
  CHECK(cut.peer_cut == (full ? 430 : 18));
}

}  // namespace

TEST_CASE("the pipeline's own answers: committed rows") { run(golden::set::committed); }
TEST_CASE("the pipeline's own answers: full set") { run(golden::set::full); }
TEST_CASE("decode over true words cuts none: committed rows") { run_words(golden::set::committed); }
TEST_CASE("decode over true words cuts none: full set") { run_words(golden::set::full); }

TEST_CASE("offsets of real tokenizers are taken") {
  std::string const path = golden::shared("golden/" + name_of("real_tokenizers"));
  if (golden::is_missing(path)) return;
  golden::tally count;
  auto const labels = ts::label_set::for_types<ts::bio>({"X"});
  for_each_row(path, [&](json const& row) {
    std::string const tokenizer = row["tokenizer"];
    std::vector<ts::code_point_span> offsets;
    for (json const& o : row["offsets"]) offsets.push_back({o[0], o[1]});
    std::vector<std::int32_t> word_ids;
    for (json const& w : row["word_ids"]) word_ids.push_back(w.is_null() ? -1 : w.get<std::int32_t>());
    std::string text;
    if (row.contains("words")) {
      auto const joined =
          ts::compat::hf_join_words(row["words"].get<std::vector<std::string>>(), word_ids, offsets).value();
      text = joined.text;
      offsets = joined.offsets;
    } else {
      text = row["text"];
    }
    std::vector<std::uint8_t> const special = row["special_tokens_mask"];
    // Each token begins an entity, so that every offset is used.
    std::vector<float> scores;
    for (std::size_t i = 0; i < offsets.size(); ++i) scores.insert(scores.end(), {0, 1, 0});
    ts::code_point_encoding const enc{
        .word_ids = word_ids, .offsets = offsets, .special_tokens_mask = special, .text = text};
    auto const found = ts::decode<ts::bio>(ts::scores_view<float const>{scores.data(), offsets.size(), 3}, labels, enc,
                                           {.aggregate = ts::aggregation::simple});
    count.compare(tokenizer, found.has_value(), row["id"], found ? "" : ts::message(found.error()));
  });
  count.expect({{"bytelevel_bpe", "", 0, 36},
                {"bytelevel_bpe_prefix", "", 0, 33},
                {"bytelevel_bpe_untrimmed", "", 0, 36},
                {"llama2", "", 0, 36},
                {"metaspace", "", 0, 69},
                {"metaspace_ws", "", 0, 64},
                {"wordpiece_nolower", "", 0, 36},
                {"wordpiece_uncased", "", 0, 69}},
               golden::set::full);
}

TEST_CASE("the pipeline's rows: the committed ones are those of the rules") {
  if (golden::is_missing(path_of(golden::set::full, rules[0].file))) return;
  for (rule const& r : rules) {
    CAPTURE(std::string(r.file));
    std::string expected;
    std::size_t number = 0;
    for (std::string const& line : golden::lines(path_of(golden::set::full, r.file))) {
      if (number++ % r.every == 0) expected += line + '\n';
    }
    std::string const path = path_of(golden::set::committed, r.file);
    if (std::getenv("TAGSPAN_GOLDEN_WRITE") != nullptr) std::ofstream(path, std::ios::binary) << expected;
    CHECK((golden::read(path) == expected));
  }
}
