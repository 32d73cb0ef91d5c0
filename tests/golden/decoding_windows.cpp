// SPDX-License-Identifier: MIT
// A text longer than the model through windows, and a model of which each score depends on 7 tokens to each side: where
// windows share 16 tokens, merging by ownership is right, label by label. What other ways of merging lose is pinned.
//
// The recorded windows are those of Hugging Face tokenizers for (max_length, stride); "stride" there is the overlap.
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
  float farthest = 0;
  for (std::size_t t = 0; t < tokens; ++t) {
    for (std::size_t j = 0; j < merged.columns; ++j) {
      farthest = std::max(farthest, std::abs(merged.view().row(t)[j] - whole.content().row(t)[j]));
    }
  }
  CHECK(farthest <= 1.5e-4f);

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

  // What people write first: the first window that has a token decides.
  std::vector<ts::label_id> first_wins(tokens), last_wins(tokens);
  for (std::size_t k = plan.size(); k-- > 0;) {
    auto const ids = ts::argmax(views[k]);
    for (std::size_t i = 0; i < ids.size(); ++i) first_wins[plan[k].tokens.begin + i] = ids[i];
  }
  for (std::size_t k = 0; k < plan.size(); ++k) {
    auto const ids = ts::argmax(views[k]);
    for (std::size_t i = 0; i < ids.size(); ++i) last_wins[plan[k].tokens.begin + i] = ids[i];
  }
  CHECK(differences(first_wins, truth) == 4);
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
