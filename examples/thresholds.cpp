// SPDX-License-Identifier: MIT
// From a development set to confidences that mean something: a temperature for the logits, and a threshold for each
// type, chosen for F1, for a precision, and so that a recall is guaranteed.
#include <tagspan/model/calibration.hpp>
#include <tagspan/model/scores.hpp>

#include <cstddef>
#include <cstdio>
#include <string>
#include <vector>

namespace ts = tagspan;

// What a model said about 48 tokens, in tenths, and what they are: 0 for O, 1 for B-PER, 2 for I-PER.
struct token {
  int gold;
  int logits[3];
};
constexpr token tokens[] = {
    {1, {-4, -7, 61}},    {2, {-23, 44, 72}},  {2, {-51, -69, 98}},  {0, {93, -50, -14}},  {0, {71, 32, 59}},
    {0, {30, 6, -21}},    {1, {2, 66, 19}},    {0, {44, 81, -9}},    {0, {112, -12, -12}}, {2, {-24, -38, -33}},
    {2, {-11, 36, 75}},   {0, {83, -17, 52}},  {0, {48, -33, -27}},  {0, {133, -18, 42}},  {1, {102, 102, 66}},
    {2, {10, 70, 72}},    {0, {59, -3, 24}},   {2, {7, 22, 127}},    {2, {34, -13, 34}},   {1, {39, 116, 42}},
    {1, {7, 56, 16}},     {0, {58, -69, -57}}, {0, {109, -23, -13}}, {0, {96, 20, 11}},    {1, {24, 64, 112}},
    {0, {99, -24, 16}},   {0, {84, -39, -12}}, {2, {6, 46, 74}},     {2, {44, 47, 118}},   {1, {-18, 97, 27}},
    {0, {83, -28, -146}}, {2, {44, 43, 57}},   {0, {58, -45, -10}},  {0, {103, -85, 83}},  {2, {-33, -34, 55}},
    {0, {79, 16, -79}},   {0, {80, -67, -20}}, {1, {-56, 23, 47}},   {0, {-4, 6, -12}},    {2, {-31, -31, 21}},
    {0, {35, -9, -21}},   {2, {-39, -43, 7}},  {0, {24, -51, 18}},   {2, {-33, 42, 19}},   {2, {47, -13, 40}},
    {2, {-4, 42, 47}},    {1, {-12, 0, 33}},   {0, {125, -21, -36}},
};

// What it found in the development set, decoded without a threshold: how many entities with that score were right.
struct found {
  char const* type;
  float score;
  std::size_t right, wrong;
};
constexpr found entities[] = {
    {"PER", 0.97F, 41, 0}, {"PER", 0.91F, 30, 2}, {"PER", 0.83F, 17, 3}, {"PER", 0.66F, 6, 4}, {"PER", 0.42F, 3, 6},
    {"PER", 0.18F, 2, 19}, {"LOC", 0.95F, 8, 0},  {"LOC", 0.88F, 5, 3},  {"LOC", 0.51F, 4, 1}, {"LOC", 0.30F, 1, 9},
};
struct support {
  char const* type;
  std::size_t gold;  // those that were never found are among them
};
constexpr support gold[] = {{"PER", 100}, {"LOC", 19}};

void print(char const* name, ts::reliability_diagram const& r) {
  std::printf("%s: confidence %.3f, accuracy %.3f, ECE %.3f, MCE %.3f\n", name, r.confidence, r.accuracy, r.ece, r.mce);
  for (auto const& bin : r.bins) {
    if (bin.count == 0) continue;
    std::printf("  (%.1f, %.1f]  %2zu  confidence %.3f  accuracy %.3f\n", bin.lower, bin.upper, bin.count,
                bin.confidence, bin.accuracy);
  }
}

void print(ts::tuned_threshold const& t) {
  std::printf("  %-3s  score >= %.2f  precision %.3f  recall %.3f  F1 %.3f  support %zu", t.name.c_str(),
              static_cast<double>(t.threshold), t.precision, t.recall, t.f1, t.support);
  if (t.recall_bound) std::printf("  recall at least %.3f", *t.recall_bound);
  std::printf("\n");
}

int main() {
  std::vector<float> logits;
  std::vector<ts::label_id> ids;
  for (token const& t : tokens) {
    for (int tenths : t.logits) logits.push_back(static_cast<float>(tenths) / 10);
    ids.push_back(t.gold);
  }
  ts::scores_view<float const> const scores{logits.data(), ids.size(), 3};
  auto const fit = ts::fit_temperature(scores, ids);
  if (!fit) {
    std::fprintf(stderr, "%s\n", ts::message(fit.error()).c_str());
    return 2;
  }
  if (fit->end != ts::search_end::inside) {
    std::fprintf(stderr, "warning: no temperature fits these tokens; %g is only where the search ended\n",
                 fit->temperature);
  }
  std::printf("temperature %.3f: NLL %.4f -> %.4f over %zu tokens\n", fit->temperature, fit->nll_before, fit->nll_after,
              fit->rows);
  print("before", ts::token_reliability(scores, ids, {.bins = 5}).value());
  print("after", ts::token_reliability(scores, ids, {.temperature = fit->temperature, .bins = 5}).value());

  auto const labels = ts::label_set::for_types<ts::bio>({"PER", "LOC"});
  ts::development_set dev{labels};
  for (support const& s : gold) {
    std::vector<ts::judged_score> judged;
    for (found const& f : entities) {
      if (std::string(f.type) != s.type) continue;
      judged.insert(judged.end(), f.right, {f.score, true});
      judged.insert(judged.end(), f.wrong, {f.score, false});
    }
    dev.add(labels.find_type(s.type).value(), judged, s.gold).value();
  }
  std::printf("\nECE of entities %.3f\n", ts::entity_reliability(dev, 10).value().ece);

  std::printf("\nbest F1\n");
  for (auto const& t : ts::tune_thresholds(dev, ts::best_f1()).value().by_type) print(t);
  std::printf("\nrecall at a precision of 0.95\n");
  for (auto const& t : ts::tune_thresholds(dev, ts::recall_at_precision(0.95)).value().by_type) print(t);

  ts::recall_at_least const promise{.recall = 0.9, .confidence = 0.95};
  std::printf("\nrecall of 0.9, guaranteed at 0.95: %zu entities of a type are needed\n",
              ts::entities_needed(promise.recall, promise.confidence));
  ts::type_table<float> thresholds;  // decode(..., {.min_score_by_type = thresholds})
  for (support const& s : gold) {
    auto const type = labels.find_type(s.type).value();
    auto const t = ts::tune_threshold(dev, type, promise);
    if (t) {
      print(*t);
      thresholds.set(type, t->threshold, labels);
    } else {
      std::printf("  %-3s  refused: %s\n", s.type, ts::message(t.error()).c_str());
    }
  }
  for (auto const& e : thresholds) std::printf("%s: %.2f\n", e.name.c_str(), static_cast<double>(e.value));
}
