// SPDX-License-Identifier: MIT
#include "documents.hpp"

#include "json_lines.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

namespace cli {

namespace {

struct given_entity {
  ts::code_point_span span;
  std::string type;
  std::optional<float> score;
};

// A line of a file, read but not paired yet.
struct annotated {
  std::string place;  // "gold.jsonl:3"
  std::optional<std::string> id, text;
  std::vector<std::pair<json, std::string>> gold, predicted;  // elements, with their names for a message
  bool accepted = true;
};

json const* first_member(json const& object, std::initializer_list<char const*> keys) {
  for (char const* key : keys) {
    auto const found = object.find(key);
    if (found != object.end() && !found->is_null()) return &*found;
  }
  return nullptr;
}

// Datasets write a sequence of records as one record of sequences: {"start": [0, 9], "end": [3, 12], "label": [...]}.
json rows_of(json const& columns, json_line const& line, std::string const& key) {
  json rows = json::array();
  for (auto const& column : columns.items()) {
    if (!column.value().is_array()) line.fail(key + " is no list");
    if (rows.empty()) rows = json(column.value().size(), json::object());
    if (rows.size() != column.value().size())
      line.fail(key + ": '" + shown(column.key()) + "' has another length than the members before");
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i][column.key()] = column.value()[i];
  }
  return rows;
}

std::vector<std::pair<json, std::string>> elements_of(json_line const& line, std::string const& key) {
  json const list = line.row[key].is_object() ? rows_of(line.row[key], line, key) : line.row[key];
  if (!list.is_array()) line.fail(key + " is no list");
  std::vector<std::pair<json, std::string>> out;
  for (json const& element : list) out.emplace_back(element, key + ": element " + std::to_string(out.size()));
  return out;
}

// The member under which a line has its entities: the one that is named, or the only one of the usual names.
std::string key_of(json_line const& line, std::string const& wanted, std::initializer_list<char const*> usual) {
  if (!wanted.empty()) {
    if (line.member(wanted.c_str()) == nullptr)
      line.fail("there is no member '" + shown(wanted) + "'; without entities, write []");
    return wanted;
  }
  std::string found;
  for (char const* key : usual) {
    json const* const value = line.member(key);
    if (value == nullptr || !value->is_structured()) continue;  // "label": "sports" is no list of entities
    if (!found.empty())
      line.fail("there are both '" + found + "' and '" + key + "'; choose with --gold-column or --predicted-column");
    found = key;
  }
  if (found.empty()) {
    std::string names;
    for (char const* key : usual) names += (names.empty() ? "" : ", ") + std::string(key);
    line.fail("there are no entities (" + names + "); without any, write []");
  }
  return found;
}

std::optional<std::string> id_of(json_line const& line) {
  json const* const id = line.member("id");
  if (id == nullptr) return std::nullopt;
  if (id->is_string()) return id->get<std::string>();
  if (!id->is_number_integer()) line.fail("the id is neither text nor a whole number");
  return id->dump();
}

enum class side : std::uint8_t { gold, predicted, both };

std::vector<annotated> read_lines(file const& from, document_options const& o, side holds) {
  std::vector<annotated> out;
  for_each_json_line(from, [&](json const& row, std::string const& place) {
    json_line const line{row, place};
    line.be_object();
    annotated one;
    one.place = place.substr(0, place.size() - 2);
    one.id = id_of(line);
    if (std::string const* const text = line.text()) one.text = *text;
    if (!one.text && holds != side::predicted) line.fail("there is no text");
    // Prodigy keeps what an annotator has rejected or passed over.
    json const* const answer = line.member("answer");
    one.accepted = answer == nullptr || *answer == "accept";
    if (one.accepted) {
      std::initializer_list<char const*> const usual = {"entities", "spans", "label", "labels"};
      std::initializer_list<char const*> const usual_predicted = {"predicted", "predictions", "prediction"};
      if (holds != side::predicted) one.gold = elements_of(line, key_of(line, o.gold_key, usual));
      if (holds == side::both) one.predicted = elements_of(line, key_of(line, o.predicted_key, usual_predicted));
      if (holds == side::predicted) one.predicted = elements_of(line, key_of(line, o.predicted_key, usual));
    }
    out.push_back(std::move(one));
  });
  if (out.empty()) throw failure(from.name + ": there is nothing to read");
  return out;
}

std::map<std::string, std::size_t> by_id(std::vector<annotated> const& lines) {
  std::map<std::string, std::size_t> out;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    auto const [at, is_new] = out.emplace(*lines[i].id, i);
    if (!is_new)
      throw failure(lines[i].place + ": the id '" + shown(*lines[i].id) + "' is that of " + lines[at->second].place +
                    " too");
  }
  return out;
}

std::string lonely(std::vector<annotated const*> const& lines, std::string const& other) {
  if (lines.empty()) return {};
  annotated const& first = *lines.front();
  return "\n  " + first.place + (first.id ? ": id '" + shown(*first.id) + '\'' : std::string()) + " is not in " +
         other + (lines.size() == 1 ? std::string() : ", nor " + plural(lines.size() - 1, "other"));
}

// For each line of gold its partner. Fails where a document stands in one file only.
std::vector<annotated*> partners(std::vector<annotated> const& gold, std::vector<annotated>& predicted,
                                 std::string const& gold_name, std::string const& predicted_name) {
  auto const has_id = [](annotated const& a) { return a.id.has_value(); };
  bool const by_ids =
      std::any_of(gold.begin(), gold.end(), has_id) && std::any_of(predicted.begin(), predicted.end(), has_id);
  for (auto const* lines : {&gold, static_cast<std::vector<annotated> const*>(&predicted)}) {
    auto const lacks = std::find_if_not(lines->begin(), lines->end(), has_id);
    if (by_ids && lacks != lines->end())
      throw failure(
          lacks->place +
          ": there is no id, and others have one; documents are paired by their ids where both files have some");
  }
  std::vector<annotated*> out;
  std::vector<annotated const*> gold_only, predicted_only;
  if (by_ids) {
    auto const gold_ids = by_id(gold), predicted_ids = by_id(predicted);
    for (annotated const& g : gold) {
      auto const at = predicted_ids.find(*g.id);
      if (at == predicted_ids.end()) gold_only.push_back(&g);
      out.push_back(at == predicted_ids.end() ? nullptr : &predicted[at->second]);
    }
    for (annotated const& p : predicted) {
      if (!gold_ids.contains(*p.id)) predicted_only.push_back(&p);
    }
  } else {
    for (std::size_t i = 0; i < gold.size(); ++i) out.push_back(i < predicted.size() ? &predicted[i] : nullptr);
    for (std::size_t i = predicted.size(); i < gold.size(); ++i) gold_only.push_back(&gold[i]);
    for (std::size_t i = gold.size(); i < predicted.size(); ++i) predicted_only.push_back(&predicted[i]);
  }
  if (!gold_only.empty() || !predicted_only.empty()) {
    throw failure(gold_name + ", " + predicted_name + ": documents in one file only:" +
                  lonely(gold_only, predicted_name) + lonely(predicted_only, gold_name));
  }
  return out;
}

void must_have_same_text(annotated const& gold, annotated const& predicted) {
  if (!predicted.text || *predicted.text == *gold.text) return;
  auto const differ =
      std::mismatch(gold.text->begin(), gold.text->end(), predicted.text->begin(), predicted.text->end());
  std::size_t const at =
      ts::detail::part_start(*gold.text, static_cast<std::size_t>(differ.first - gold.text->begin()));
  std::size_t const character = ts::offset_map(*gold.text).at<ts::unit::byte>(at).code_point;
  throw failure(gold.place + ", " + predicted.place + ": the texts differ from character " + std::to_string(character) +
                " on:\n  " + gold.place + ": " + shown(std::string_view(*gold.text).substr(at)) + "\n  " +
                predicted.place + ": " +
                shown(std::string_view(*predicted.text).substr(std::min(at, predicted.text->size()))));
}

// {"start": 0, "end": 4, "label": "PER"} under any of the tools' names, or [0, 4, "PER"].
template <class Unit>
given_entity entity_of(json const& element, std::string const& where,
                       map_between<Unit, ts::unit::code_point> const& map) {
  auto const fail = [&](std::string const& what) { throw failure(where + ' ' + what); };
  json const *begin = nullptr, *end = nullptr, *type = nullptr, *score = nullptr;
  if (element.is_array() && element.size() == 3) {
    begin = &element[0];
    end = &element[1];
    type = &element[2];
  } else if (element.is_object()) {
    begin = first_member(element, {"start", "begin", "start_offset"});
    end = first_member(element, {"end", "end_offset"});
    type = first_member(element, {"label", "type", "entity_group", "entity_type"});
    score = first_member(element, {"score"});
  }
  if (begin == nullptr || end == nullptr) {
    fail(R"(has no start and end: write {"start": 0, "end": 4, "label": "PER"} or [0, 4, "PER"])");
  }
  for (json const* offset : {begin, end}) {
    if (!offset->is_number_unsigned())
      fail("has a start or end that is no whole number from 0 on: " + shown(offset->dump()));
  }
  if (type == nullptr || !type->is_string() || type->get_ref<std::string const&>().empty()) {
    fail("has no label, or one that is no text");
  }
  given_entity out;
  out.type = type->get<std::string>();
  bool const has_controls = std::any_of(out.type.begin(), out.type.end(),
                                        [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
  if (has_controls) fail("has a label with control characters: '" + shown(out.type) + '\'');
  ts::basic_span<Unit> const given{begin->get<std::size_t>(), end->get<std::size_t>()};
  if (given.begin > given.end) fail("ends before it begins");
  if (given.begin == given.end) fail("is empty");
  auto const span = map.template checked<ts::unit::code_point>(given);
  if (!span) throw failure(where + ": " + ts::message(span.error()));
  out.span = *span;
  if (score != nullptr) {
    if (!score->is_number()) fail("has a score that is no number");
    out.score = score->get<float>();
    if (!std::isfinite(*out.score)) fail("has a score that is out of range");
  }
  return out;
}

std::vector<given_entity> entities_of(std::vector<std::pair<json, std::string>> const& elements,
                                      std::string const& text, std::string const& place, std::string const& unit) {
  return visit_unit(unit, [&]<class Unit>(Unit) {
    map_between<Unit, ts::unit::code_point> const map(text);
    std::vector<given_entity> out;
    std::map<std::pair<ts::code_point_span, std::string>, std::size_t> seen;
    for (auto const& [element, name] : elements) {
      std::string const where = place + ": " + name;
      out.push_back(entity_of<Unit>(element, where, map));
      auto const [at, is_new] = seen.emplace(std::pair(out.back().span, out.back().type), out.size() - 1);
      if (!is_new) throw failure(where + " is the same entity as element " + std::to_string(at->second));
    }
    return out;
  });
}

}  // namespace

bool holds_json_lines(file const& from) {
  if (from.name.ends_with(".jsonl") || from.name.ends_with(".ndjson")) return true;
  std::size_t const begin = from.text.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos || from.text[begin] != '{') return false;
  std::string_view const line = std::string_view(from.text).substr(begin, from.text.find('\n', begin) - begin);
  return json::parse(line, nullptr, false).is_object();
}

bool holds_json_lines(input_options const& o, file const& from) {
  if (o.input == "auto" ? !holds_json_lines(from) : o.input != "jsonl") return false;
  // What would do nothing there is a mistake of somebody's.
  for (char const* name :
       {"--scheme", "--reading", "--suffix", "--no-prefix", "--bad-label", "--tokens", "--token-column"}) {
    CLI::Option const* const option = o.command == nullptr ? nullptr : o.command->get_option_no_throw(name);
    if (option == nullptr || option->count() == 0 || option->results().front() == "auto") continue;
    throw failure(std::string(name) + " is for tags; JSON Lines have spans");
  }
  return true;
}

bool holds_json_lines(input_options const& o, std::vector<file> const& files) {
  bool const first = holds_json_lines(o, files.front());
  for (std::size_t i = 1; i < files.size() && o.input == "auto"; ++i) {
    file const& other = files[i];
    std::size_t const begin = other.text.find_first_not_of(" \t\r\n");
    if (begin == std::string::npos || holds_json_lines(other) == first) continue;
    // A broken object is told with its line by whoever reads it.
    if (first && (other.text[begin] == '{' || other.text[begin] == '[')) continue;
    std::string const& lines = first ? files.front().name : other.name;
    throw failure(lines + " is JSON Lines, and " + (first ? other.name : files.front().name) +
                  " is not: give all files in one form");
  }
  return first;
}

void input_options::add_to(CLI::App& app) {
  command = &app;
  app.add_option(
         "--input", input,
         "What the files are: conll; jsonl, a text with its entities a line; or what they look like (auto, default)")
      ->check(CLI::IsMember({"auto", "conll", "jsonl"}));
  add_unit(app, "--unit", unit, "What spans in JSON count (default: code_point)");
}

span_corpus::span_corpus(std::vector<file> const& files, document_options const& o) : labels_(ts::label_set{}) {
  bool const one = files.size() == 1;
  std::vector<annotated> const gold = read_lines(files.front(), o, one ? side::both : side::gold);
  std::vector<annotated> predicted = one ? std::vector<annotated>() : read_lines(files.back(), o, side::predicted);
  std::vector<annotated*> const partner_of =
      one ? std::vector<annotated*>() : partners(gold, predicted, files.front().name, files.back().name);

  std::set<std::string> types;
  std::vector<std::pair<std::vector<given_entity>, std::vector<given_entity>>> entities;
  std::size_t left_out = 0, scores = 0, predictions = 0;
  std::string first_without;  // its place
  for (std::size_t i = 0; i < gold.size(); ++i) {
    annotated const& g = gold[i];
    annotated const& p = one ? g : *partner_of[i];
    if (!one) must_have_same_text(g, p);
    if (!g.accepted || !p.accepted) {
      ++left_out;
      continue;
    }
    auto& [of_gold, of_predicted] = entities.emplace_back(entities_of(g.gold, *g.text, g.place, o.unit),
                                                          entities_of(p.predicted, *g.text, p.place, o.unit));
    for (given_entity const& e : of_gold) types.insert(e.type);
    for (std::size_t k = 0; k < of_predicted.size(); ++k) {
      given_entity const& e = of_predicted[k];
      types.insert(e.type);
      ++predictions;
      scores += e.score.has_value();
      std::string& first = e.score ? no_confidence_ : first_without;
      if (first.empty() && (!e.score || !(*e.score >= 0 && *e.score <= 1)))
        first = p.place + ": " + p.predicted[k].second;
    }
    documents_.push_back({g.place + (g.id ? " (" + cli::shown(*g.id) + ')' : std::string()), *g.text, {}, {}});
  }
  if (left_out != 0)
    note(files.front().name + ": " + plural(left_out, "document") + " left out, whose answer is not \"accept\"");
  if (documents_.empty()) throw failure(files.front().name + ": no document is left");
  scored_ = predictions != 0 && scores == predictions;
  if (scores != 0 && !scored_) {
    note(files.back().name + ": " + std::to_string(scores) + " of " + std::to_string(predictions) +
         " predicted entities have a score, the first without is " + first_without +
         ": no average precision and no calibration");
  }
  labels_ = ts::label_set::from_types<ts::io>(std::vector<std::string>(types.begin(), types.end())).value();
  for (std::size_t i = 0; i < documents_.size(); ++i) {
    auto const type = [&](given_entity const& e) { return labels_.find_type(e.type).value(); };
    for (given_entity const& e : entities[i].first) documents_[i].gold.push_back({e.span, type(e)});
    for (given_entity const& e : entities[i].second)
      documents_[i].predicted.push_back({e.span, type(e), e.score.value_or(0), {}});
  }
}

shown_document span_corpus::shown(std::size_t, document const& d) const {
  shown_document out{d.place, d.text, {}, {}};
  ts::offset_map const map(d.text);
  for (auto const& e : d.gold) out.gold.push_back({map.to<ts::unit::byte>(e.span), labels_.type_name(e.type)});
  for (auto const& e : d.predicted)
    out.predicted.push_back({map.to<ts::unit::byte>(e.span), labels_.type_name(e.type)});
  return out;
}

}  // namespace cli
