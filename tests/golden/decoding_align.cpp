// SPDX-License-Identifier: MIT
// Training labels as the peers make them: word labels over pieces and their padding (transformers), tags from marked
// text and tags from tags (spaCy).
//
// The committed rows are copies of rows of the full set, chosen by the rules below and by nothing else; where the full
// set is at hand, the last test case chooses them again. Run with TAGSPAN_GOLDEN_WRITE set, it writes what differs.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <tagspan/model/align.hpp>
#include <tagspan/tags/convert.hpp>
#include <tagspan/tags/entities.hpp>

#include "golden.hpp"

using golden::json;
namespace ts = tagspan;

namespace {

// Why an answer is not compared.
constexpr char const* knows_b_only = "the peer knows B- only: it repeats E- and S- on every piece";
constexpr char const* lacks_label = "the set has no I- label: the peer repeats B-, ours is an error";
constexpr char const* rewrites_type = "the peer rewrites B- inside a type too";
constexpr char const* known_outside = "an entity without label says that there is none, which ours has no word for";
constexpr char const* writes_empty = "the peer writes tags for an empty entity beside a misaligned one";
constexpr char const* letters_only = "malformed tags, of which the peer replaces the letters";
constexpr char const* extends_over_l = "L- is no tag of IOB, and the peer extends an entity over it";
constexpr char const* not_checked = "malformed tags that the peer takes";

constexpr char const* splits_unmarked = "the tokenizer parts punctuation and marks, which its pieces do not show";
constexpr char const* constant_ids = "without a pre-tokenizer every word id is 0";

std::string const dash = "-";

json names_of(std::vector<ts::label_id> const& ids, ts::label_set const& labels) {
  json out = json::array();
  for (ts::label_id id : ids) out.push_back(id == -100 ? dash : std::string(labels.name(id)));
  return out;
}

// The ids of tags, in which "-" is "unknown".
std::vector<ts::label_id> ids_of(json const& tags, ts::label_set& labels) {
  std::vector<ts::label_id> out;
  for (json const& tag : tags) out.push_back(tag == dash ? -100 : labels.intern_one(tag.get<std::string>()).value());
  return out;
}

void align(json const& row, golden::tally& count) {
  std::string const id = row["id"];
  std::vector<std::string> const names = row["label_list"];
  bool const plain = names == std::vector<std::string>{"O", "PER", "LOC"};
  auto const labels =
      ts::label_set::from_id2label(names, {.no_prefix = plain ? ts::no_prefix::inside : ts::no_prefix::reject}).value();
  auto const word_labels = labels.encode(row["tags"].get<std::vector<std::string>>()).value();
  std::vector<std::int32_t> word_ids;
  for (json const& w : row["word_ids"]) word_ids.push_back(w.is_null() ? -1 : w.get<std::int32_t>());
  json const& expected = row["expected"];
  auto const aligned = [&](ts::subword_policy policy) {
    return ts::align_labels(word_labels, word_ids, labels, {.subwords = policy});
  };
  count.compare("first_only", json(*aligned(ts::subword_policy::first)), expected["first_only"], id);
  count.compare("all_tokens_same", json(*aligned(ts::subword_policy::repeat)), expected["all_tokens_same"], id);

  std::string const what = "all_tokens_b_to_i";
  auto const all = aligned(ts::subword_policy::all);
  bool marks_ends = false;
  bool rewritten = false;
  bool lacking = false;
  for (ts::token_span word : ts::group_words(word_ids)) {
    if (word.size() == 1) continue;
    ts::label_id const label = word_labels[static_cast<std::size_t>(word_ids[word.begin])];
    std::string_view const name = labels.name(label);
    ts::tag const tag = labels.tag_of(label);
    marks_ends = marks_ends || tag.role == ts::role::end || tag.role == ts::role::single;
    rewritten = rewritten || (tag.role == ts::role::begin && name.substr(2).find("B-") != name.npos);
    lacking = lacking || (tag.role == ts::role::begin && !labels.id_of({ts::role::inside, tag.type}));
  }
  if (lacking) {
    count.compare(what + " refused", !all && all.error().code == ts::errc::label_missing, id);
    count.leave_out(what, lacks_label);
  } else if (marks_ends) {
    count.leave_out(what, knows_b_only);
  } else if (rewritten) {
    count.leave_out(what, rewrites_type);
  } else {
    REQUIRE(all.has_value());
    count.compare(what, json(*all), expected[what], id);
  }
}

void pad(json const& row, golden::tally& count) {
  auto const rows = row["labels"].get<std::vector<std::vector<ts::label_id>>>();
  ts::padding_options options;
  if (row["padding_side"] == "left") options.side = ts::padding_side::left;
  if (!row["pad_to_multiple_of"].is_null()) options.multiple_of = row["pad_to_multiple_of"];
  auto const batch = ts::pad_labels(rows, options).value();
  json found = json::array();
  for (std::size_t i = 0; i < batch.rows; ++i)
    found.push_back(std::vector<ts::label_id>(batch.row(i).begin(), batch.row(i).end()));
  count.compare("padding " + row["padding_side"].get<std::string>(), found, row["expected"], row["id"]);
}

void tags_from_text(json const& row, golden::tally& count) {
  std::string const id = row["id"];
  std::vector<std::string> types;
  bool without_label = false;
  bool empty = false;
  for (json const& e : row["entities"]) {
    std::string const type = e[2];
    without_label = without_label || type.empty();
    empty = empty || e[0] == e[1];
    if (std::find(types.begin(), types.end(), type) == types.end()) types.push_back(type);
  }
  std::string const what = row["missing"] == dash ? "biluo partial" : "biluo";
  if (without_label) return count.leave_out(what, known_outside);
  auto const labels = ts::label_set::from_types<ts::bilou>(types).value();
  std::vector<ts::entity<ts::unit::code_point>> entities;
  for (json const& e : row["entities"]) {
    entities.push_back(
        {{e[0].get<std::size_t>(), e[1].get<std::size_t>()}, *labels.find_type(e[2].get<std::string>())});
  }
  std::vector<ts::code_point_span> tokens;
  for (json const& t : row["tokens"]) tokens.push_back({t[0].get<std::size_t>(), t[1].get<std::size_t>()});
  auto const found = ts::tags_from_spans<ts::bilou>(entities, tokens, labels, ts::alignment::strict,
                                                    {.ignore_misaligned = true, .partial = row["missing"] == dash});
  if (row["error"] == "overlap") {
    count.compare("biluo overlap", !found && found.error().code == ts::errc::spans_overlap, id);
    return;
  }
  REQUIRE(found.has_value());
  json const tags = names_of(found->ids, labels);
  if (empty && tags != row["expected"]) return count.leave_out(what, writes_empty);
  count.compare(what, tags, row["expected"], id);
  // Each entity is either listed, or can be read back.
  auto const read = ts::to_entities<ts::bilou>(found->ids, labels, {.reading = ts::reading::strict}).value();
  count.compare("biluo: nothing is lost", read.size() + found->misaligned.size() == entities.size(), id);
}

void tags_from_tags(json const& row, golden::tally& count) {
  std::string const id = row["id"];
  std::string const op = row["op"];
  ts::label_set labels;
  auto const ids = ids_of(row["tags"], labels);
  bool const sound = ts::validate<ts::bilou>(ids, labels)->empty();
  if (op == "iob_to_biluo") {
    bool has_l = false;
    for (json const& tag : row["tags"]) has_l = has_l || tag.get<std::string>().starts_with("L-");
    if (has_l) return count.leave_out(op, extends_over_l);
    ts::label_set biluo;
    auto const found = ts::convert<ts::bio, ts::bilou>(ids, labels, biluo).value();
    count.compare(op, names_of(found, biluo), row["expected"], id);
  } else if (op == "biluo_to_iob") {
    if (!sound) return count.leave_out(op, letters_only);
    ts::label_set iob;
    auto const found = ts::convert<ts::bilou, ts::bio>(ids, labels, iob).value();
    count.compare(op, names_of(found, iob), row["expected"], id);
  } else {
    if (row["error"] == "invalid") {
      count.compare(op + " refused", !sound, id);
    } else if (!sound) {
      count.leave_out(op, not_checked);
    } else {
      json expected = json::array();
      for (json const& e : row["expected"]) {
        if (e[0] != "") expected.push_back(e);
      }
      json found = json::array();
      for (auto const& e : ts::to_entities<ts::bilou>(ids, labels, {.reading = ts::reading::strict}).value()) {
        found.push_back({labels.type_name(e.type), e.span.begin, e.span.end - 1});
      }
      count.compare(op, found, expected, id);
    }
  }
}

struct rule {
  char const* file;
  std::size_t every;            // each row whose number is a multiple of this
  bool (*always)(json const&);  // and each row that this holds for
  void (*test)(json const&, golden::tally&);
  std::vector<golden::pin> pins;
};

bool none(json const&) { return false; }
bool is_corner(json const& row) {
  bool corner = !row["error"].is_null();
  for (json const& e : row["entities"]) corner = corner || e[0] == e[1] || e[2] == "";
  return corner;
}

std::vector<rule> const rules{
    {"label_alignment",
     2,
     none,
     align,
     {{"first_only", "", 34, 67},
      {"all_tokens_same", "", 34, 67},
      {"all_tokens_b_to_i", "", 24, 45},
      {"all_tokens_b_to_i refused", "", 2, 5},
      {"all_tokens_b_to_i", knows_b_only, 5, 10},
      {"all_tokens_b_to_i", rewrites_type, 3, 7},
      {"all_tokens_b_to_i", lacks_label, 2, 5}}},
    {"label_padding", 1, none, pad, {{"padding left", "", 9, 9}, {"padding right", "", 11, 11}}},
    {"spacy_offsets_to_biluo",
     4,
     is_corner,
     tags_from_text,
     {{"biluo", "", 49, 169},
      {"biluo", known_outside, 12, 12},
      {"biluo", writes_empty, 2, 2},
      {"biluo overlap", "", 4, 4},
      {"biluo partial", "", 14, 32},
      {"biluo partial", known_outside, 1, 1},
      {"biluo: nothing is lost", "", 63, 201}}},
    {"spacy_tag_convert",
     2,
     none,
     tags_from_tags,
     {{"biluo_to_iob", "", 11, 19},
      {"biluo_to_iob", letters_only, 23, 53},
      {"iob_to_biluo", "", 30, 53},
      {"iob_to_biluo", extends_over_l, 3, 6},
      {"tags_to_entities", "", 8, 14},
      {"tags_to_entities", not_checked, 6, 15},
      {"tags_to_entities refused", "", 19, 40}}},
};

void run(rule const& r, std::string const& path, golden::set which) {
  CAPTURE(std::string(r.file));
  golden::tally count;
  for (json const& row : golden::rows(path)) r.test(row, count);
  count.expect(r.pins, which);
}

std::string name_of(rule const& r) { return "decoding/" + std::string(r.file) + ".jsonl"; }

}  // namespace

TEST_CASE("training labels: the committed rows") {
  for (rule const& r : rules) run(r, golden::committed(name_of(r)), golden::set::committed);
}

TEST_CASE("training labels: all rows") {
  if (golden::is_missing(golden::shared("golden/" + name_of(rules[0])))) return;
  for (rule const& r : rules) run(r, golden::shared("golden/" + name_of(r)), golden::set::full);
}

TEST_CASE("words from the marks of pieces, beside the tokenizers' own word ids") {
  std::string const path = golden::shared("golden/decoding/real_tokenizers.jsonl");
  if (golden::is_missing(path)) return;
  golden::tally count;
  for (json const& row : golden::rows(path)) {
    if (!row.contains("text")) continue;
    std::string const tokenizer = row["tokenizer"];
    std::string const kind = row["kind"];
    if (kind == "bytelevel") {
      count.leave_out(tokenizer, splits_unmarked);
      continue;
    }
    std::vector<std::int32_t> word_ids;
    for (json const& w : row["word_ids"]) word_ids.push_back(w.is_null() ? -1 : w.get<std::int32_t>());
    ts::word_ids_summary const summary = ts::inspect_word_ids(word_ids);
    if (tokenizer == "llama2") {
      count.compare("llama2: found out", summary.constant || word_ids.size() - summary.special < 2, row["id"]);
      count.leave_out(tokenizer, constant_ids);
      continue;
    }
    std::vector<std::uint8_t> const special = row["special_tokens_mask"];
    auto const style = kind == "wordpiece" ? ts::piece_style::wordpiece : ts::piece_style::metaspace;
    auto const found = ts::word_ids_from_pieces(row["tokens"].get<std::vector<std::string>>(), style, special).value();
    count.compare(tokenizer, ts::group_words(found) == ts::group_words(word_ids), row["id"]);
  }
  count.expect({{"wordpiece_uncased", "", 0, 36},
                {"wordpiece_nolower", "", 0, 36},
                {"metaspace", "", 0, 36},
                {"metaspace_ws", "", 0, 36},
                {"llama2: found out", "", 0, 36},
                {"llama2", constant_ids, 0, 36},
                {"bytelevel_bpe", splits_unmarked, 0, 36},
                {"bytelevel_bpe_untrimmed", splits_unmarked, 0, 36}},
               golden::set::full);
}

TEST_CASE("training labels: the committed rows are those of the rules") {
  if (golden::is_missing(golden::shared("golden/" + name_of(rules[0])))) return;
  for (rule const& r : rules) {
    CAPTURE(std::string(r.file));
    std::string expected;
    std::size_t number = 0;
    for (std::string const& line : golden::lines(golden::shared("golden/" + name_of(r)))) {
      if (number++ % r.every == 0 || r.always(json::parse(line))) expected += line + '\n';
    }
    std::string const path = golden::committed(name_of(r));
    if (std::getenv("TAGSPAN_GOLDEN_WRITE") != nullptr) std::ofstream(path, std::ios::binary) << expected;
    CHECK((golden::read(path) == expected));
  }
}
