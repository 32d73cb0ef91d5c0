// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <tagspan/io/json_reports.hpp>
#include <vector>

namespace ts = tagspan;

namespace {

using token_entities = std::vector<ts::token_entity>;

struct corpus {
  ts::label_set labels = ts::label_set::for_types<ts::bio>({"PER", "L\xFF"});
  ts::type_id per = *labels.find_type("PER");
  ts::type_id loc = *labels.find_type("L\xFF");
  // Right; right span under another type; missed; and a spurious one.
  token_entities gold{{{0, 2}, per}, {{3, 4}, loc}, {{9, 12}, per}};
  token_entities predicted{{{0, 2}, per}, {{3, 4}, per}, {{6, 7}, loc}};
};

std::string compact(auto const& r) { return nlohmann::ordered_json::parse(ts::to_json_text(r)).dump(); }

}  // namespace

TEST_CASE("SemEval's figures") {
  corpus c;
  ts::semeval_scorer scorer{c.labels, {.metrics = {.beta = 0.5}}};
  scorer.add(c.gold, c.predicted).value();
  CHECK_FALSE(scorer.add(token_entities{{{1, 1}, c.per}}, c.predicted));
  ts::semeval_report r = scorer.report();
  r.gold_fingerprint = 0xfedcba9876543210U;
  auto const j = nlohmann::ordered_json(r);
  CHECK(j["signature"] == r.signature());
  CHECK(
      compact(r).substr(compact(r).find("\"matching\"")) ==
      R"("matching":"iou>0","zero_division":0,"average_over":"gold+predicted","beta":"0.5","sentences":1,"rejected":1,)"
      R"("gold_fingerprint":"fedcba9876543210",)"
      R"("strict":{"precision":0.3333333333333333,"recall":0.3333333333333333,"f1":0.3333333333333333,)"
      R"("correct":1,"incorrect":1,"partial":0,"missed":1,"spurious":1},)"
      R"("exact":{"precision":0.6666666666666666,"recall":0.6666666666666666,"f1":0.6666666666666666,)"
      R"("correct":2,"incorrect":0,"partial":0,"missed":1,"spurious":1},)"
      R"("partial":{"precision":0.6666666666666666,"recall":0.6666666666666666,"f1":0.6666666666666666,)"
      R"("correct":2,"incorrect":0,"partial":0,"missed":1,"spurious":1},)"
      R"("type":{"precision":0.3333333333333333,"recall":0.3333333333333333,"f1":0.3333333333333333,)"
      R"("correct":1,"incorrect":1,"partial":0,"missed":1,"spurious":1},)"
      R"("by_type":{"L\\xFF":{)"
      R"("strict":{"precision":0.0,"recall":0.0,"f1":0.0,"correct":0,"incorrect":1,"partial":0,"missed":0,)"
      R"("spurious":1},)"
      R"("exact":{"precision":0.5,"recall":1.0,"f1":0.5555555555555556,"correct":1,"incorrect":0,"partial":0,)"
      R"("missed":0,"spurious":1},)"
      R"("partial":{"precision":0.5,"recall":1.0,"f1":0.5555555555555556,"correct":1,"incorrect":0,"partial":0,)"
      R"("missed":0,"spurious":1},)"
      R"("type":{"precision":0.0,"recall":0.0,"f1":0.0,"correct":0,"incorrect":1,"partial":0,"missed":0,)"
      R"("spurious":1}},)"
      R"("PER":{)"
      R"("strict":{"precision":1.0,"recall":0.5,"f1":0.8333333333333334,"correct":1,"incorrect":0,"partial":0,)"
      R"("missed":1,"spurious":0},)"
      R"("exact":{"precision":1.0,"recall":0.5,"f1":0.8333333333333334,"correct":1,"incorrect":0,"partial":0,)"
      R"("missed":1,"spurious":0},)"
      R"("partial":{"precision":1.0,"recall":0.5,"f1":0.8333333333333334,"correct":1,"incorrect":0,"partial":0,)"
      R"("missed":1,"spurious":0},)"
      R"("type":{"precision":1.0,"recall":0.5,"f1":0.8333333333333334,"correct":1,"incorrect":0,"partial":0,)"
      R"("missed":1,"spurious":0}}}})");
  CHECK((ts::semeval_report_from_json(ts::to_json_text(r)).value() == r));
  CHECK(ts::figure_in_json(ts::to_json_text(r), "exact.f1").value() == ts::figures(r.exact, r.options).f1);
}

TEST_CASE("confusion, with examples") {
  corpus c;
  ts::confusion errors{c.labels};
  errors.know("form 0");
  errors.add(c.gold, c.predicted, [](ts::token_span s) { return "form " + std::to_string(s.begin); }).value();
  ts::confusion_report r = errors.report();
  r.gold_fingerprint = 15;
  CHECK(
      compact(r) ==
      R"({"signature":")" + r.signature() +
          R"(","matching":"iou>0","sentences":1,"rejected":0,"gold_fingerprint":"000000000000000f",)"
          R"("types":["L\\xFF","PER"],"matrix":[[0,1,0],[0,1,1],[1,0,0]],)"
          R"("kinds":{"correct":1,"wrong_type":1,"wrong_boundary":0,"wrong_both":0,"missed":1,"spurious":1},)"
          R"("by_type":{"L\\xFF":{"correct":0,"wrong_type":1,"wrong_boundary":0,"wrong_both":0,"missed":0,"spurious":1},)"
          R"("PER":{"correct":1,"wrong_type":0,"wrong_boundary":0,"wrong_both":0,"missed":1,"spurious":0}},)"
          R"("examples":[{"kind":"correct","document":0,"gold":{"begin":0,"end":2,"type":"PER"},"predicted":{"begin":0,)"
          R"("end":2,"type":"PER"}},)"
          R"({"kind":"wrong_type","document":0,"gold":{"begin":3,"end":4,"type":"L\\xFF"},"predicted":{"begin":3,)"
          R"("end":4,"type":"PER"}},)"
          R"({"kind":"missed","document":0,"gold":{"begin":9,"end":12,"type":"PER"}},)"
          R"({"kind":"spurious","document":0,"predicted":{"begin":6,"end":7,"type":"L\\xFF"}}],)"
          R"("by_length":[{"length":1,"correct":0,"predicted":2,"gold":1},{"length":2,"correct":1,"predicted":1,"gold":1},)"
          R"({"length":3,"correct":0,"predicted":0,"gold":1}],)"
          R"("frequent":[{"kind":"wrong_type","form":"form 3","gold":"L\\xFF","predicted":"PER","count":1},)"
          R"({"kind":"spurious","form":"form 6","gold":"","predicted":"L\\xFF","count":1},)"
          R"({"kind":"missed","form":"form 9","gold":"PER","predicted":"","count":1}],)"
          R"("seen":{"correct":1,"predicted":1,"gold":1},"unseen":{"correct":0,"predicted":2,"gold":2},)"
          R"("surface":{"correct":1,"predicted":3,"gold":3}})");
  CHECK((ts::confusion_report_from_json(ts::to_json_text(r)).value() == r));
  // Nothing is a report too.
  CHECK((ts::confusion_report_from_json(ts::to_json_text(ts::confusion_report{})).value() == ts::confusion_report{}));
  CHECK((ts::confusion(c.labels).report().matrix == std::vector<std::size_t>{0}));
}

TEST_CASE("intervals and comparisons: figures by the paths of gates") {
  ts::bootstrap_report b;
  b.documents = 7;
  b.resamples = 100;
  b.seed = 18446744073709551615U;
  b.confidence = 0.95;
  b.of[ts::micro_f1] = {0.1, {-0.0, 1.0 / 3}, 5e-324};
  CHECK(compact(b) ==
        R"({"documents":7,"resamples":100,"seed":18446744073709551615,"confidence":0.95,)"
        R"("micro.precision":{"value":0.0,"low":0.0,"high":0.0,"bias":0.0},"micro.recall":{"value":0.0,"low":0.0,)"
        R"("high":0.0,"bias":0.0},)"
        R"("micro.f1":{"value":0.1,"low":-0.0,"high":0.3333333333333333,"bias":5e-324},)"
        R"("macro.precision":{"value":0.0,"low":0.0,"high":0.0,"bias":0.0},"macro.recall":{"value":0.0,"low":0.0,)"
        R"("high":0.0,"bias":0.0},)"
        R"("macro.f1":{"value":0.0,"low":0.0,"high":0.0,"bias":0.0}})");
  CHECK((ts::bootstrap_report_from_json(ts::to_json_text(b)).value() == b));
  CHECK(ts::figure_in_json(ts::to_json_text(b), "micro.f1.high").value() == 1.0 / 3);

  ts::paired_report p;
  p.of[ts::macro_f1] = {0.75, 0.5, 0.25, {0.125, 0.375}, 0.0625, 0.03125};
  std::string const text = compact(p);
  CHECK(text.substr(text.find("\"macro.f1\"")) ==
        R"("macro.f1":{"first":0.75,"second":0.5,"difference":0.25,"low":0.125,"high":0.375,"p_bootstrap":0.0625,)"
        R"("p_randomised":0.03125}})");
  CHECK((ts::paired_report_from_json(text).value() == p));
}

TEST_CASE("curves and reliability") {
  ts::curve_report c;
  c.average_precision = 0.5;
  c.support = 4;
  c.points.resize(2);
  static_cast<ts::entity_counts&>(c.points[0]) = {1, 2, 4};
  c.points[0].threshold = std::numeric_limits<float>::infinity();
  static_cast<ts::entity_counts&>(c.points[1]) = {2, 3, 4};
  c.points[1].threshold = 0.1f;
  c.by_type.resize(1);
  c.by_type[0].name = "PER";
  c.mean_average_precision = 0.25;
  c.sentences = 3;
  CHECK(compact(c) ==
        R"({"sentences":3,"rejected":0,"mean_average_precision":0.25,"average_precision":0.5,"support":4,)"
        R"("points":[{"threshold":"inf","correct":1,"predicted":2,"gold":4},)"
        R"({"threshold":0.10000000149011612,"correct":2,"predicted":3,"gold":4}],)"
        R"("by_type":{"PER":{"average_precision":0.0,"support":0,"points":[]}}})");
  CHECK((ts::curve_report_from_json(ts::to_json_text(c)).value() == c));

  std::vector<double> const confidences = {0.9, 0.8, 0.3};
  ts::reliability_diagram const d = ts::reliability(confidences, std::vector<bool>{true, false, false}, 2).value();
  CHECK(compact(d) ==
        R"({"count":3,"confidence":0.6666666666666666,"accuracy":0.3333333333333333,"ece":0.3333333333333334,)"
        R"("mce":0.3500000000000001,"bins":[{"lower":0.0,"upper":0.5,"count":1,"confidence":0.3,"accuracy":0.0},)"
        R"({"lower":0.5,"upper":1.0,"count":2,"confidence":0.8500000000000001,"accuracy":0.5}]})");
  CHECK((ts::reliability_diagram_from_json(ts::to_json_text(d)).value() == d));
}

namespace {

template <class R>
using reader = ts::result<R> (*)(std::string_view);

struct change {
  std::string_view before, after;
  std::size_t offset;  // from where `before` stands to the place of the error
};

// Each leaf made null, and each left out, gives an error at its place or that of its object; so do the changes.
template <class R>
void refuses(R const& report, reader<R> read, std::vector<std::string_view> const& not_read,
             std::vector<change> const& changes) {
  std::string const good = compact(report);
  REQUIRE(read(good));
  auto const document = nlohmann::ordered_json::parse(good);
  auto const place_of = [&](nlohmann::ordered_json::json_pointer const& leaf) {
    auto marked = document;
    marked[leaf] = "\x7F";
    return marked.dump().find("\"\x7F\"");
  };
  auto const leaves = document.flatten();
  CHECK(leaves.size() > 5);
  for (auto const& leaf : leaves.items()) {
    INFO(leaf.key());
    nlohmann::ordered_json::json_pointer const at(leaf.key());
    bool read_at_all = true;
    for (std::string_view name : not_read) read_at_all = read_at_all && at.back() != name;
    auto changed = document;
    changed[at] = nullptr;
    auto const of_null = read(changed.dump());
    REQUIRE(of_null.has_value() == !read_at_all);
    if (read_at_all) CHECK(of_null.error() == ts::error{ts::errc::bad_json, place_of(at), 0});
    if (!document[at.parent_pointer()].is_object() || !read_at_all) continue;
    changed = document;
    changed[at.parent_pointer()].erase(at.back());
    auto const without = read(changed.dump());
    REQUIRE_FALSE(without);
    CHECK(without.error() ==
          ts::error{ts::errc::bad_json, at.parent_pointer().empty() ? 0 : place_of(at.parent_pointer()), 0});
  }
  for (auto const& [before, after, offset] : changes) {
    INFO(before);
    INFO(after);
    std::string bad = good;
    std::size_t const at = bad.find(before);
    REQUIRE(at != std::string::npos);
    bad.replace(at, before.size(), after);
    auto const spoilt = read(bad);
    REQUIRE_FALSE(spoilt);
    CHECK(spoilt.error() == ts::error{ts::errc::bad_json, at + offset, 0});
    CHECK(read(good.substr(0, at)).error() == ts::error{ts::errc::bad_json, at, 0});  // cut off there
  }
}

}  // namespace

TEST_CASE("what is JSON and no such report, and where") {
  corpus c;
  ts::semeval_scorer scorer{c.labels};
  scorer.add(c.gold, c.predicted).value();
  refuses<ts::semeval_report>(
      scorer.report(), ts::semeval_report_from_json, {"signature", "precision", "recall", "f1"},
      {
          {"\"missed\":1", "\"missed\":-1", 9},
          {"\"missed\":1", "\"missed\":1.0", 9},
          {"\"missed\":1", "\"missed\":18446744073709551616", 9},
          {"\"missed\":1", "\"missed\":1,\"missed\":1", 11},
          {"\"missed\":1", "\"missed\":true", 9},
          {"\"iou>0\"", "\"\\udfff\"", 6},  // half a pair of surrogates: at the end of its escape
          {"\"iou>0\"", "\"\xC3\"", 2},
          {"\"iou>0\"", "\"\n\"", 1},
          {"\"iou>0\"", "\"\\\\x4\"", 0},
          {"\"gold+predicted\"", "\"gold+\"", 0},
          {"\"beta\":\"1\"", "\"beta\":\"nan\"", 7},
          {"\"PER\":{\"strict\":", "\"PER\":[],\"X\":{\"strict\":", 6},
          {"\"PER\":{\"strict\":", "\"L\\\\xFF\":{\"strict\":", 0},
      });

  ts::confusion errors{c.labels};
  errors.add(c.gold, c.predicted, [](ts::token_span s) { return std::to_string(s.begin); }).value();
  refuses<ts::confusion_report>(
      errors.report(), ts::confusion_report_from_json, {"signature"},
      {
          {"[\"L\\\\xFF\",\"PER\"]", "[\"PER\",\"L\\\\xFF\"]", 7},  // out of order
          {"[\"L\\\\xFF\",\"PER\"]", "[\"PER\",\"PER\"]", 7},
          {"[[0,1,0],[0,1,1],[1,0,0]]", "[[0,1,0],[0,1,1]]", 0},
          {"[0,1,1]", "[0,1]", 0},
          {"[0,1,1]", "[0,1,1e2]", 5},
          {"\"PER\":{\"correct\":1", "\"LOC\":{\"correct\":1", 6},  // a type that is none of these
          {"\"kind\":\"wrong_type\"", "\"kind\":\"wrong type\"", 7},
          {"{\"kind\":\"missed\"", "{\"kind\":\"spurious\"", 0},  // of which there is no gold
          {"{\"kind\":\"missed\"", "{\"kind\":\"correct\"", 0},
      });

  std::vector<change> const of_figures = {{"\"confidence\":0.0", "\"confidence\":\"Inf\"", 13},
                                          {"\"confidence\":0.0", "\"confidence\":NaN", 13},
                                          {"\"confidence\":0.0", "\"confidence\":1e400", 17},  // where the number ends
                                          {"\"seed\":0", "\"seed\":18446744073709551616", 7}};
  refuses<ts::bootstrap_report>({}, ts::bootstrap_report_from_json, {}, of_figures);
  refuses<ts::paired_report>({}, ts::paired_report_from_json, {}, of_figures);

  ts::curve_report curve;
  curve.points.resize(2);
  curve.by_type.resize(1);
  curve.by_type[0].points.resize(1);
  refuses<ts::curve_report>(curve, ts::curve_report_from_json, {},
                            {
                                {"\"threshold\":0.0", "\"threshold\":1e39", 12},  // no float
                                {"\"threshold\":0.0", "\"threshold\":-1e39", 12},
                                {"\"points\":[{", "\"points\":[7,{", 10},
                            });

  ts::reliability_diagram diagram;
  diagram.bins.resize(2);
  refuses<ts::reliability_diagram>(diagram, ts::reliability_diagram_from_json, {},
                                   {{"\"bins\":[", "\"bins\":[[],", 8}});
}
