// SPDX-License-Identifier: MIT
// A text longer than the model through windows, and a model of which each score depends on 7 tokens to each side: where
// windows share 16 tokens, merging by ownership is right, label by label. What other ways of merging lose is pinned.
//
// The recorded windows are those of Hugging Face tokenizers for (max_length, stride); "stride" there is the overlap.
#include <tagspan/compat/hugging_face.hpp>
#include <tagspan/model/scores.hpp>
#include <tagspan/model/stream.hpp>
#include <tagspan/model/window.hpp>
#include <tagspan/tags/entities.hpp>
#include <tagspan/tags/labels.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "golden.hpp"

namespace {

namespace ts = tagspan;
using golden::json;

constexpr std::size_t special_front = 1;  // [CLS]
constexpr std::size_t special_back = 1;   // [SEP]

struct matrix {
  std::vector<float> values;
  std::size_t columns = 0;
  ts::scores_view<float const> view() const { return {values.data(), values.size() / columns, columns}; }
  ts::scores_view<float const> content() const { return ts::content_rows(view(), special_front, special_back); }
};

matrix logits_of(json const& rows) {
  matrix out;
  out.columns = rows.front().size();
  for (json const& row : rows) {
    for (json const& x : row) out.values.push_back(x.get<float>());
  }
  return out;
}

ts::label_set const labels =
    ts::label_set::from_id2label({"O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC"}).value();

std::size_t differences(std::vector<ts::label_id> const& a, std::vector<ts::label_id> const& b) {
  REQUIRE(a.size() == b.size());
  std::size_t count = 0;
  for (std::size_t t = 0; t < a.size(); ++t) count += a[t] == b[t] ? 0u : 1u;
  return count;
}

// Scores were recorded with 4 decimals, so that equal ones may differ by one in the last.
constexpr float to_rounding = 1.01e-4F;

float distance(ts::scores_view<float const> a, ts::scores_view<float const> b) {
  REQUIRE(a.rows == b.rows);
  float farthest = 0;
  for (std::size_t t = 0; t < a.rows; ++t) {
    for (std::size_t j = 0; j < a.columns; ++j) farthest = std::max(farthest, std::abs(a.row(t)[j] - b.row(t)[j]));
  }
  return farthest;
}

// What people write first: the first window that has a token decides.
std::vector<ts::label_id> first_window_wins(ts::window_plan const& plan,
                                            std::vector<ts::scores_view<float const>> const& windows) {
  std::vector<ts::label_id> out(plan.tokens());
  for (std::size_t k = plan.size(); k-- > 0;) {
    auto const ids = ts::argmax(windows[k]);
    std::copy(ids.begin(), ids.end(), out.begin() + static_cast<std::ptrdiff_t>(plan[k].tokens.begin));
  }
  return out;
}

// The file, or nothing where it is not there.
std::vector<json> recorded() {
  std::string const path = golden::shared("model/golden_windows.jsonl");
  if (golden::is_missing(path)) return {};
  auto rows = golden::rows(path);
  REQUIRE(rows.size() == 7);
  REQUIRE(rows[0].at("kind") == "full");
  return rows;
}

// The recorded windows as spans of content tokens. They hold no place of their own: each begins where its offsets say,
// and several tokens may have the same ones, so that the ids decide.
std::vector<ts::token_span> spans_of(json const& full, json const& setting) {
  std::vector<std::int64_t> const ids = full.at("ids");
  std::size_t const step = setting.at("max_length").get<std::size_t>() - special_front - special_back -
                           setting.at("stride").get<std::size_t>();
  std::vector<ts::token_span> out;
  for (json const& w : setting.at("windows")) {
    std::vector<std::int64_t> const own = w.at("ids");
    std::size_t const begin = out.size() * step;
    std::size_t const size = own.size() - special_front - special_back;
    REQUIRE(special_front + begin + size + special_back <= ids.size());
    for (std::size_t i = 0; i < size; ++i) REQUIRE(own[special_front + i] == ids[special_front + begin + i]);
    REQUIRE(w.at("offsets_cp")[special_front] == full.at("offsets_cp")[special_front + begin]);
    out.push_back({begin, begin + size});
  }
  return out;
}

}  // namespace

TEST_CASE("plans are the windows that were recorded") {
  auto const rows = recorded();
  if (rows.empty()) return;
  std::size_t const tokens = rows[0].at("ids").size() - special_front - special_back;
  CHECK(tokens == 1400);
  std::vector<std::size_t> counts;
  for (std::size_t r = 1; r < rows.size(); ++r) {
    auto const spans = spans_of(rows[0], rows[r]);
    auto const plan = ts::plan_windows(tokens, {.max_tokens = rows[r].at("max_length").get<std::size_t>(),
                                                .overlap = rows[r].at("stride").get<std::size_t>(),
                                                .reserved = special_front + special_back})
                          .value();
    auto const given = ts::plan_from_windows(tokens, spans).value();
    CAPTURE(r);
    CHECK(ts::compat::hf_windows(tokens, rows[r].at("max_length").get<std::size_t>(), special_front + special_back,
                                 rows[r].at("stride").get<std::size_t>())
              .value() == spans);
    REQUIRE(plan.size() == spans.size());
    for (std::size_t k = 0; k < spans.size(); ++k) {
      CHECK(plan[k].tokens == spans[k]);
      CHECK(plan[k] == given[k]);
    }
    counts.push_back(plan.size());
  }
  CHECK(counts == std::vector<std::size_t>{31, 29, 15, 64, 1387, 234});
}

TEST_CASE("windows of 64 tokens that share 16 give the labels of the whole text") {
  auto const rows = recorded();
  if (rows.empty()) return;
  json const& setting = rows[1];
  REQUIRE(setting.at("max_length") == 64);
  REQUIRE(setting.at("stride") == 16);
  matrix const whole = logits_of(rows[0].at("logits"));
  auto const truth = ts::argmax(whole.content());
  std::size_t const tokens = truth.size();

  std::vector<matrix> windows;
  for (json const& w : setting.at("windows")) windows.push_back(logits_of(w.at("logits")));
  std::vector<ts::scores_view<float const>> views;
  for (matrix const& m : windows) views.push_back(m.content());
  auto const plan = ts::plan_windows(tokens, {.max_tokens = 64, .overlap = 16, .reserved = 2}).value();

  std::vector<std::vector<float>> log_values;
  std::vector<ts::scores_view<float const>> log_views;
  for (auto const& view : views) log_values.push_back(ts::log_softmax(view).value());
  for (std::size_t k = 0; k < views.size(); ++k)
    log_views.push_back({log_values[k].data(), views[k].rows, views[k].columns});

  // By ownership the scores themselves are those of the whole text, to the 4 decimals that were recorded.
  auto const merged = ts::merge_scores(plan, views).value();
  float const farthest = distance(merged.view(), whole.content());
  CHECK(farthest <= to_rounding);

  auto const lost = [&](std::vector<ts::scores_view<float const>> const& scores, ts::window_weight weight) {
    return differences(ts::argmax(ts::merge_scores(plan, scores, {.weight = weight}).value().view()), truth);
  };
  CHECK(lost(views, ts::window_weight::ownership) == 0);
  CHECK(lost(log_views, ts::window_weight::ownership) == 0);
  CHECK(lost(views, ts::window_weight::mean) == 9);
  CHECK(lost(views, ts::window_weight::centre) == 4);
  CHECK(lost(log_views, ts::window_weight::mean) == 9);
  CHECK(lost(log_views, ts::window_weight::centre) == 4);
  CHECK(lost(log_views, ts::window_weight::max) == 10);

  std::vector<ts::label_id> last_wins(tokens);
  for (std::size_t k = 0; k < plan.size(); ++k) {
    auto const ids = ts::argmax(views[k]);
    for (std::size_t i = 0; i < ids.size(); ++i) last_wins[plan[k].tokens.begin + i] = ids[i];
  }
  std::size_t const wrong = lost(views, ts::window_weight::ownership);
  std::size_t const first_wrong = differences(first_window_wins(plan, views), truth);
  MESSAGE("labels that differ from the whole text's: " << wrong << " by ownership, " << first_wrong
                                                       << " where the first window wins");
  CHECK(first_wrong == 4);
  CHECK(differences(last_wins, truth) == 15);

  // Entities: from merged scores, all at once or as windows come, and from windows that were read one by one.
  auto const expected = ts::to_entities<ts::bio>(truth, labels).value();
  CHECK(expected.size() == 99);
  CHECK(ts::to_entities<ts::bio>(ts::argmax(merged.view()), labels).value() == expected);
  ts::entity_stream<ts::bio, float> stream(plan, labels);
  std::vector<ts::token_entity> streamed;
  for (auto const& view : views) {
    stream.push(view, [&](ts::token_entity const& e) { streamed.push_back(e); }).value();
  }
  CHECK(streamed == expected);

  // Along the best path: offline, and while windows come.
  auto const along = ts::to_entities<ts::bio>(ts::viterbi<ts::bio>(merged.view(), labels).value().path, labels).value();
  CHECK(along.size() == 68);
  ts::entity_stream<ts::bio, float> searching(plan, labels, {.path = ts::decode_path::viterbi});
  streamed.clear();
  for (auto const& view : views) {
    searching.push(view, [&](ts::token_entity const& e) { streamed.push_back(e); }).value();
  }
  CHECK(streamed == along);
  CHECK(searching.longest_undecided() == 6);

  std::vector<std::vector<ts::token_entity>> by_window;
  std::size_t found = 0;
  for (auto const& view : views) {
    by_window.push_back(ts::to_entities<ts::bio>(ts::argmax(view), labels).value());
    found += by_window.back().size();
  }
  auto const joined = ts::merge_entities(plan, by_window).value();
  std::vector<std::size_t> findings(5);
  for (auto const& n : joined.notes) ++findings[static_cast<std::size_t>(n.what)];
  CHECK(found == 139);
  CHECK(json(findings).dump() == "[27,3,10,0,0]");  // duplicate, cut, outvoted, joined, at_edge
  CHECK(joined.entities == expected);
}

TEST_CASE("the committed part: windows of all settings, and the first ten of those with scores") {
  auto const rows = golden::rows(golden::committed("windows/model.jsonl"));
  REQUIRE(rows.size() == 12);
  std::size_t const all = rows[0].at("tokens").get<std::size_t>();
  std::size_t compared = 0;
  for (json const& setting : rows[0].at("settings")) {
    auto const get = [&](char const* key) { return setting.at(key).get<std::size_t>(); };
    std::vector<ts::token_span> spans;
    for (std::size_t k = 0; k < get("windows"); ++k) spans.push_back({k * get("step"), k * get("step") + get("size")});
    spans.back() = {setting.at("last")[0].get<std::size_t>(), setting.at("last")[1].get<std::size_t>()};
    auto const plan =
        ts::plan_windows(all, {.max_tokens = get("max_length"), .overlap = get("stride"), .reserved = 2}).value();
    REQUIRE(plan.size() == spans.size());
    for (std::size_t k = 0; k < spans.size(); ++k) CHECK(plan[k].tokens == spans[k]);
    CHECK(ts::compat::hf_windows(all, get("max_length"), 2, get("stride")).value() == spans);
    compared += spans.size();
  }
  CHECK(compared == 1760);

  std::vector<matrix> scores;  // of the whole text, as far as these windows reach; of each window
  for (std::size_t r = 1; r < rows.size(); ++r) {
    scores.push_back(logits_of(rows[r].at(r == 1 ? "whole" : "window")));
    for (float& x : scores.back().values) x *= 1e-4F;
  }
  std::vector<ts::token_span> spans;
  std::vector<ts::scores_view<float const>> views;
  for (std::size_t k = 0; k < 10; ++k) {
    spans.push_back({46 * k, 46 * k + 62});
    views.push_back(scores[k + 1].view());
  }
  auto const plan = ts::plan_from_windows(476, spans).value();
  auto const merged = ts::merge_scores(plan, views).value();
  // The last window ends before the text does, so that its last 7 tokens see less than those of the text.
  std::size_t const exact = 476 - 7;
  auto const truth = ts::argmax(scores[0].view().slice(0, exact));
  CHECK(distance(merged.view().slice(0, exact), scores[0].view().slice(0, exact)) <= to_rounding);
  CHECK(distance(merged.view(), scores[0].view()) > 0.1F);
  CHECK(ts::argmax(merged.view().slice(0, exact)) == truth);
  auto first = first_window_wins(plan, views);
  first.resize(exact);
  std::size_t const first_wrong = differences(first, truth);
  MESSAGE("labels that differ from the whole text's: 0 by ownership, " << first_wrong
                                                                       << " where the first window wins");
  CHECK(first_wrong == 3);
}

TEST_CASE("windows that cut no word: how many entities cores cut, and how many no window holds") {
  auto const rows = recorded();
  if (rows.empty()) return;
  matrix const whole = logits_of(rows[0].at("logits"));
  auto const truth = ts::argmax(whole.content());
  auto const gold = ts::to_entities<ts::bio>(truth, labels).value();
  std::vector<std::int32_t> words;
  json const& word_ids = rows[0].at("word_ids");
  for (std::size_t i = special_front; i + special_back < word_ids.size(); ++i)
    words.push_back(word_ids[i].get<std::int32_t>());
  struct row {
    std::size_t max_length, overlap, windows, cut, not_whole;
  };
  for (row const& r : {row{64, 16, 31, 3, 0}, row{32, 8, 67, 4, 0}, row{16, 0, 104, 4, 4}}) {
    CAPTURE(r.max_length);
    auto const plan = ts::plan_windows(truth.size(), {.max_tokens = r.max_length,
                                                      .overlap = r.overlap,
                                                      .reserved = special_front + special_back,
                                                      .never_split = words})
                          .value();
    CHECK(plan.size() == r.windows);
    auto const cut = ts::cut_entities(plan, gold).value();
    std::size_t not_whole = 0;
    for (auto const& c : cut) not_whole += c.whole_in ? 0u : 1u;
    CHECK(cut.size() == r.cut);
    CHECK(not_whole == r.not_whole);
    for (ts::window const& w : plan) {
      REQUIRE((w.tokens.begin == 0 || words[w.tokens.begin] != words[w.tokens.begin - 1]));
    }
  }
}
