// SPDX-License-Identifier: MIT
// A document of 130 tokens through a model that takes 48. The model is a toy with the habits of a real one: at the edge
// of what it is shown, it does not see that a name begins, and takes the rest of one for a whole one. A plan with an
// overlap and scores that are merged before anything is decoded read every name whole; what simpler ways lose stands
// beside it.
#include <tagspan/model/scores.hpp>
#include <tagspan/model/stream.hpp>
#include <tagspan/model/window.hpp>
#include <tagspan/tags/entities.hpp>
#include <tagspan/tags/labels.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

namespace ts = tagspan;

namespace {

struct token {
  std::string_view text;
  std::size_t label;  // in a name: O B-PER I-PER B-LOC I-LOC
};

std::vector<token> make_document() {
  token const people[][2] = {
      {{"Ada", 1}, {"Lovelace", 2}}, {{"Alan", 1}, {"Turing", 2}}, {{"Grace", 1}, {"Hopper", 2}}};
  token const places[][3] = {{{"Rio", 3}, {"de", 4}, {"Janeiro", 4}},
                             {{"Ho", 3}, {"Chi", 4}, {"Minh", 4}},
                             {{"Salt", 3}, {"Lake", 4}, {"City", 4}},
                             {{"San", 3}, {"Luis", 4}, {"Obispo", 4}}};
  std::vector<token> out;
  for (std::size_t sentence = 0; sentence < 10; ++sentence) {
    auto const& person = people[sentence % 3];
    auto const& place = places[sentence % 4];
    for (token const& t :
         {token{"On", 0}, token{"Monday", 0}, person[0], person[1], token{"flew", 0}, token{"to", 0}, place[0],
          place[1], place[2], token{"and", 0}, token{"slept", 0}, token{"there", 0}, token{".", 0}}) {
      out.push_back(t);
    }
  }
  return out;
}

std::vector<float> toy_model(std::vector<token> const& tokens, ts::token_span shown) {
  std::vector<float> logits(shown.size() * 5);
  for (std::size_t t = shown.begin; t < shown.end; ++t) {
    std::size_t label = tokens[t].label;
    bool const begins = label % 2 == 1;
    if (begins && t + 1 == shown.end) label = 0;
    if (label != 0 && !begins && t == shown.begin) label -= 1;
    logits[(t - shown.begin) * 5 + label] = 4.0F;
  }
  return logits;
}

void print(std::vector<ts::token_entity> const& entities, std::vector<token> const& tokens,
           ts::label_set const& labels) {
  for (ts::token_entity const& e : entities) {
    std::printf("  [%3zu,%3zu) %s", e.span.begin, e.span.end, std::string(labels.type_name(e.type)).c_str());
    for (std::size_t t = e.span.begin; t < e.span.end; ++t) std::printf(" %s", std::string(tokens[t].text).c_str());
    std::puts("");
  }
}

}  // namespace

int main() {
  auto const labels = ts::label_set::for_types<ts::bio>({"PER", "LOC"});
  std::vector<token> const tokens = make_document();

  // [CLS] and [SEP] take two of the model's places.
  auto const plan = ts::plan_windows(tokens.size(), {.max_tokens = 48, .overlap = 7, .reserved = 2});
  if (!plan) {
    std::fprintf(stderr, "%s\n", ts::message(plan.error()).c_str());
    return 1;
  }
  std::vector<std::vector<float>> logits;
  std::vector<ts::scores_view<float const>> scores;
  for (ts::window const& w : *plan) {
    std::printf("window [%zu,%zu) decides [%zu,%zu)\n", w.tokens.begin, w.tokens.end, w.core.begin, w.core.end);
    logits.push_back(toy_model(tokens, w.tokens));
    scores.push_back({logits.back().data(), w.tokens.size(), labels.size()});
  }

  auto const whole = ts::merge_scores(*plan, scores);
  if (!whole) {
    std::fprintf(stderr, "%s\n", ts::message(whole.error()).c_str());
    return 1;
  }
  auto const merged = ts::to_entities<ts::bio>(ts::argmax(whole->view()), labels).value();
  std::printf("\nmerged, then decoded: %zu names\n", merged.size());
  print(merged, tokens, labels);

  // The same names without the document in memory, as they end.
  std::vector<ts::token_entity> streamed;
  ts::entity_stream<ts::bio, float> stream(*plan, labels);
  for (auto const& view : scores) {
    stream.push(view, [&](ts::token_entity const& e) { streamed.push_back(e); }).value();
  }
  std::printf("streamed: %s\n", streamed == merged ? "the same" : "others");

  // Where only the entities of each window are at hand.
  std::vector<std::vector<ts::token_entity>> by_window;
  for (auto const& view : scores) by_window.push_back(ts::to_entities<ts::bio>(ts::argmax(view), labels).value());
  auto const joined = ts::merge_entities(*plan, by_window).value();
  std::printf("entities merged: %s, %zu found twice or cut\n", joined.entities == merged ? "the same" : "others",
              joined.notes.size());

  // What one writes first: of each token, keep what the first window said that had it.
  std::vector<ts::label_id> first_wins;
  for (std::size_t k = 0; k < plan->size(); ++k) {
    auto const ids = ts::argmax(scores[k]);
    std::size_t const known = first_wins.size() - (*plan)[k].tokens.begin;
    first_wins.insert(first_wins.end(), ids.begin() + static_cast<std::ptrdiff_t>(known), ids.end());
  }
  std::vector<ts::token_entity> wrong;
  for (ts::token_entity const& e : ts::to_entities<ts::bio>(first_wins, labels).value()) {
    if (std::find(merged.begin(), merged.end(), e) == merged.end()) wrong.push_back(e);
  }
  std::printf("\nthe first window wins: %zu names are cut\n", wrong.size());
  print(wrong, tokens, labels);

  // And what a tokenizer does that truncates.
  auto const cut = ts::plan_windows(tokens.size(), {.max_tokens = 48, .overlap = 7, .reserved = 2, .max_windows = 1});
  std::printf("\ntruncated: tokens [%zu,%zu) are not seen\n", cut->unseen().begin, cut->unseen().end);
}
