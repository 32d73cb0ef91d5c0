// SPDX-License-Identifier: MIT
// What the tests against recorded metrics share: tags and spans in the form in which the peers' answers are kept.
#pragma once
#include <algorithm>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tagspan/eval/scorer.hpp>
#include <tagspan/tags/convert.hpp>
#include <tagspan/tags/entities.hpp>
#include <tagspan/tags/labels.hpp>
#include <tagspan/tags/scheme.hpp>

#include "golden.hpp"

namespace golden {

namespace ts = tagspan;

inline ts::scheme_id scheme_of(std::string const& name) {
  auto const id = ts::scheme_from_name(name);
  REQUIRE_MESSAGE(id.has_value(), "no scheme is called " << name);
  return *id;
}

struct tagged {
  ts::label_set labels;
  std::vector<ts::label_id> ids;
};

inline tagged read_tags(json const& tags, ts::label_options options = {}) {
  tagged out{ts::label_set(options), {}};
  out.ids = out.labels.intern(tags.get<std::vector<std::string>>()).value();
  return out;
}

// Does every tag but O have one of these letters? (Peers differ in which letters they know.)
inline bool has_only(json const& tags, std::string_view letters, bool suffix = false) {
  return std::all_of(tags.begin(), tags.end(), [&](json const& cell) {
    auto const& tag = cell.get_ref<std::string const&>();
    return tag == "O" || letters.find(suffix ? tag.back() : tag.front()) != std::string_view::npos;
  });
}

// [type, start, end) each, in order of their starts, as the peers' spans are kept. `untyped` is what the peer calls the
// type of a bare "B".
inline json as_json(std::vector<ts::token_entity> const& entities, ts::label_set const& labels,
                    std::string_view untyped = "") {
  json out = json::array();
  for (ts::token_entity const& e : entities) {
    std::string_view const type = labels.type_name(e.type);
    out.push_back({std::string(type.empty() ? untyped : type), e.span.begin, e.span.end});
  }
  return out;
}

inline json in_order(json spans) {
  std::sort(spans.begin(), spans.end(), [](json const& a, json const& b) { return a[1] < b[1]; });
  return spans;
}

inline json names_of(std::vector<ts::label_id> const& ids, ts::label_set const& labels) {
  json out = json::array();
  for (ts::label_id id : ids) out.push_back(std::string(labels.name(id)));
  return out;
}

inline std::vector<ts::token_entity> entities_of(tagged const& t, ts::reading reading,
                                                 std::optional<ts::scheme_id> scheme = {}) {
  ts::read_options const options{.reading = reading};
  if (!scheme) return ts::to_entities(t.ids, t.labels, options).value();
  return ts::visit_scheme(*scheme,
                          [&](auto s) { return ts::to_entities<decltype(s)>(t.ids, t.labels, options).value(); });
}

inline std::vector<ts::violation> violations_of(tagged const& t, ts::scheme_id scheme) {
  return ts::visit_scheme(scheme, [&](auto s) { return ts::validate<decltype(s)>(t.ids, t.labels).value(); });
}

// Scores sentences of tags; `scheme` "" for a scorer without one.
inline ts::report score(json const& gold, json const& predicted, ts::scorer_options options,
                        std::string const& scheme = {}) {
  ts::label_set labels;
  auto add_all = [&](auto& scorer) {
    REQUIRE(gold.size() == predicted.size());
    for (std::size_t i = 0; i < gold.size(); ++i) {
      auto const g = labels.intern(gold[i].get<std::vector<std::string>>()).value();
      auto const p = labels.intern(predicted[i].get<std::vector<std::string>>()).value();
      scorer.add(g, p).value();
    }
    return scorer.report();
  };
  if (scheme.empty()) {
    ts::scorer scorer(labels, options);
    return add_all(scorer);
  }
  return ts::visit_scheme(scheme_of(scheme), [&](auto s) {
    ts::scorer<decltype(s)> scorer(labels, options);
    return add_all(scorer);
  });
}

inline std::string percent(double share) { return ts::detail::fixed(100 * share, 2); }

// The report in the layout of conlleval.pl.
inline std::string conlleval_text(ts::report const& r) {
  char line[512];
  std::string text;
  auto add = [&](auto const*... arguments) {
    std::snprintf(line, sizeof line, arguments...);
    text += line;
  };
  auto const figures = [&](ts::prf const& f) {
    char cells[128];
    std::snprintf(cells, sizeof cells, "precision: %6s%%; recall: %6s%%; FB1: %6s", percent(f.precision).c_str(),
                  percent(f.recall).c_str(), percent(f.f1).c_str());
    return std::string(cells);
  };
  auto const number = [](std::size_t n) { return std::to_string(n); };
  add("processed %s tokens with %s phrases; found: %s phrases; correct: %s.\n", number(r.tokens).c_str(),
      number(r.micro.support).c_str(), number(r.micro.predicted).c_str(), number(r.micro.correct).c_str());
  if (r.tokens != 0) add("accuracy: %6s%%; %s\n", percent(r.accuracy()).c_str(), figures(r.micro).c_str());
  for (ts::typed_prf const& row : r.by_type) {
    add("%17s: %s  %s\n", row.type.c_str(), figures(row).c_str(), number(row.predicted).c_str());
  }
  return text;
}

}  // namespace golden
