// SPDX-License-Identifier: MIT
// The recogniser against recorded answers of its model, and against gold.
#include "ner.hpp"

#include <nlohmann/json.hpp>

#include <tagspan/eval/scorer.hpp>
#include <tagspan/io/conll.hpp>
#include <tagspan/model/scores.hpp>
#include <tagspan/model/window.hpp>
#include <tagspan/tags/entities.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <sstream>
#include <stdexcept>

namespace ner {

namespace {

using json = nlohmann::json;

std::vector<json> rows_of(std::string const& path) {
  std::istringstream lines(read_file(path));
  std::vector<json> rows;
  for (std::string line; std::getline(lines, line);) rows.push_back(json::parse(line));
  return rows;
}

std::vector<float> flat(json const& rows) {
  std::vector<float> out;
  for (auto const& row : rows) {
    for (auto const& x : row) out.push_back(x.get<float>());
  }
  return out;
}

double furthest(std::vector<float> const& a, std::vector<float> const& b) {
  if (a.size() != b.size()) throw std::runtime_error("not as many scores as recorded");
  double most = 0;
  for (std::size_t i = 0; i < a.size(); ++i) most = std::max(most, std::abs(static_cast<double>(a[i] - b[i])));
  return most;
}

std::vector<ts::label_id> best(std::vector<float> const& scores, std::size_t labels) {
  return ts::argmax(ts::scores_view<float const>{scores.data(), scores.size() / labels, labels});
}

std::size_t differences(std::vector<ts::label_id> const& a, std::vector<ts::label_id> const& b) {
  std::size_t count = a.size() == b.size() ? 0 : std::max(a.size(), b.size());
  for (std::size_t i = 0; count <= i && i < std::min(a.size(), b.size()); ++i) count += a[i] == b[i] ? 0U : 1U;
  return count;
}

// What the model says about one row of ids, special tokens included.
std::vector<float> ask(model const& model, std::vector<std::int64_t> ids, std::size_t labels) {
  std::vector<std::int64_t> mask(ids.size(), 1);
  ts::token_span const all{0, ids.size()};
  ts::window_batch const batch{.input_ids = ids,
                               .attention_mask = mask,
                               .shape = {1, static_cast<std::int64_t>(ids.size())},
                               .tokens = {&all, 1}};
  auto const scores = model(batch).value();
  if (scores.length != ids.size() || scores.labels != labels)
    throw std::runtime_error("the model's answer has another shape");
  auto const rows = scores.window(0);
  return {rows.data, rows.data + rows.rows * rows.columns};
}

// A model that says what was recorded.
model recorded(std::vector<float> const& logits, std::size_t labels) {
  return [&logits, labels](ts::window_batch const& batch) -> ts::result<ts::score_tensor<float>> {
    return ts::score_tensor<float>{logits.data(), batch.windows(), batch.length(), labels};
  };
}

bool same(entities const& a, entities const& b, double tolerance) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](auto const& x, auto const& y) {
    return x.span == y.span && x.type == y.type && std::abs(static_cast<double>(x.score - y.score)) <= tolerance;
  });
}

}  // namespace

bool check_sentences(recogniser& recognise, std::string const& path) {
  std::size_t const labels = recognise.labels().size();
  std::size_t tokens = 0, other_ids = 0, other_labels = 0, other_entities = 0, found = 0;
  double most = 0;
  auto const rows = rows_of(path);
  ts::scorer scorer{recognise.labels()};
  for (auto const& row : rows) {
    auto const text = row.at("text").get<std::string>();
    auto const ids = row.at("ids").get<std::vector<std::int64_t>>();
    auto const encoded = recognise.tokenizer().encode(text).value();
    other_ids += std::equal(encoded.ids.begin(), encoded.ids.end(), ids.begin() + 1, ids.end() - 1) ? 0U : 1U;

    std::vector<float> const expected = flat(row.at("logits"));
    std::vector<float> const logits = ask(recognise.model(), ids, labels);
    most = std::max(most, furthest(logits, expected));
    other_labels += differences(best(logits, labels), best(expected, labels));
    tokens += ids.size();

    auto const ours = recognise(text).value();
    auto const theirs = recognise.with(recorded(expected, labels), text).value();
    other_entities += same(ours, theirs, 1e-3) ? 0U : 1U;
    found += ours.size();

    std::vector<ts::entity<ts::unit::byte>> gold;
    ts::offset_map const map(text);
    for (auto const& g : row.at("gold")) {
      ts::code_point_span const span{g[0].get<std::size_t>(), g[1].get<std::size_t>()};
      gold.push_back({map.to<ts::unit::byte>(span), recognise.labels().find_type(g[2].get<std::string>()).value()});
    }
    scorer.add(gold, ours).value();
  }
  std::printf("%zu sentences, %zu tokens: %zu with other ids; logits differ by at most %.1e, labels in %zu tokens\n",
              rows.size(), tokens, other_ids, most, other_labels);
  std::printf("%zu entities; %zu sentences with others than from the recorded logits\n", found, other_entities);
  std::printf("%s", ts::to_text(scorer.report()).c_str());
  return !rows.empty() && other_ids == 0 && most <= 1e-3 && other_labels == 0 && other_entities == 0;
}

bool check_windows(recogniser& recognise, std::string const& path) {
  std::size_t const labels = recognise.labels().size();
  auto const rows = rows_of(path);
  auto const whole_ids = rows.at(0).at("ids").get<std::vector<std::int64_t>>();
  std::vector<float> whole = ask(recognise.model(), whole_ids, labels);
  double const from_recorded = furthest(whole, flat(rows[0].at("logits")));
  auto const content = [&](std::vector<float> const& all) {
    auto const row = static_cast<std::ptrdiff_t>(labels);
    return std::vector<float>(all.begin() + row, all.end() - row);  // without [CLS] and [SEP]
  };
  whole = content(whole);
  auto const expected = best(whole, labels);

  auto const settings = std::find_if(rows.begin(), rows.end(), [](json const& row) {
    return row.at("kind") == "windows" && row.at("max_length") == 64 && row.at("stride") == 16;
  });
  if (settings == rows.end()) throw std::runtime_error(path + ": no windows of 64 with an overlap of 16");
  auto const plan = ts::plan_windows(expected.size(), {.max_tokens = 64, .overlap = 16, .reserved = 2}).value();
  std::vector<std::vector<float>> scores;
  std::vector<ts::scores_view<float const>> views;
  std::size_t other_windows = plan.size() == settings->at("windows").size() ? 0 : 1;
  for (ts::window const& w : plan) {
    std::vector<std::int64_t> ids = {recognise.tokenizer().cls()};
    for (std::size_t t = w.tokens.begin; t < w.tokens.end; ++t) ids.push_back(whole_ids[t + 1]);
    ids.push_back(recognise.tokenizer().sep());
    if (other_windows == 0) other_windows = json(ids) == settings->at("windows")[scores.size()].at("ids") ? 0 : 1;
    scores.push_back(content(ask(recognise.model(), ids, labels)));
  }
  for (std::size_t k = 0; k < plan.size(); ++k) views.push_back({scores[k].data(), plan[k].tokens.size(), labels});
  auto const merged = ts::merge_scores(plan, views).value();
  std::vector<ts::label_id> first_wins;
  for (std::size_t k = 0; k < plan.size(); ++k) {
    auto const ids = ts::argmax(views[k]);
    first_wins.insert(first_wins.end(),
                      ids.begin() + static_cast<std::ptrdiff_t>(first_wins.size() - plan[k].tokens.begin), ids.end());
  }
  double const most = furthest(merged.values, whole);
  std::size_t const by_core = differences(ts::argmax(merged.view()), expected);
  std::size_t const by_first = differences(first_wins, expected);
  std::printf("a text of %zu tokens; whole, its logits differ from the recorded ones by at most %.1e\n",
              expected.size(), from_recorded);
  std::printf(
      "in %zu windows of 64 that share 16%s, merged: logits differ from the whole text's by at most %.1e, labels in "
      "%zu tokens\n",
      plan.size(), other_windows == 0 ? "" : " (not those recorded)", most, by_core);
  std::printf("where the first window wins: labels in %zu tokens\n", by_first);
  return other_windows == 0 && from_recorded <= 1e-3 && most <= 1e-4 && by_core == 0 && by_first == 4;
}

bool score(recogniser& recognise, std::string const& path, gold_options const& options) {
  ts::label_set const& labels = recognise.labels();
  std::string const text = read_file(path);
  auto const column = [](int n) {
    return n < 0 ? ts::column::from_end(static_cast<std::size_t>(-n)) : ts::column::index(static_cast<std::size_t>(n));
  };
  ts::label_set gold_labels;
  ts::conll_reader reader(text, gold_labels,
                          {.token = column(options.token_column),
                           .tags = {column(options.tag_column)},
                           .bad_label = ts::bad_label::outside});
  auto const type_of = [&](ts::type_id type) {
    std::string name(gold_labels.type_name(type));
    std::string const key = name + '=';
    std::istringstream pairs(options.types);
    for (std::string pair; std::getline(pairs, pair, ',');) {
      if (pair.starts_with(key)) name = pair.substr(key.size());
    }
    return labels.find_type(name);
  };
  ts::scorer scorer{labels};
  std::size_t sentences = 0;
  for (;; ++sentences) {
    auto const more = reader.next();
    if (!more) throw std::runtime_error(path + ": " + ts::message(more.error()));
    if (!*more) break;
    std::string sentence;
    std::vector<ts::byte_span> tokens;
    for (std::string_view token : reader.sentence().tokens) {
      if (!sentence.empty()) sentence += ' ';
      tokens.push_back({sentence.size(), sentence.size() + token.size()});
      sentence += token;
    }
    std::vector<ts::entity<ts::unit::byte>> gold;
    for (auto const& e : ts::to_entities<ts::bio>(reader.sentence().tags(), gold_labels).value()) {
      if (auto const type = type_of(e.type))
        gold.push_back({{tokens[e.span.begin].begin, tokens[e.span.end - 1].end}, *type});
    }
    auto const found = recognise(sentence);
    if (!found) throw std::runtime_error(path + ": " + ts::message(found.error()));
    scorer.add(gold, *found).value();
  }
  std::printf("%s: %zu sentences\n%s", path.c_str(), sentences, ts::to_text(scorer.report()).c_str());
  return true;
}

}  // namespace ner
