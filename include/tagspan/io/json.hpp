// SPDX-License-Identifier: MIT
// A report as JSON, and figures out of it again: the baseline that a CI job keeps. The labels of a model's config.json.
// Opt-in: you bring nlohmann/json.
// Works without exceptions.
#pragma once
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <tagspan/core/error.hpp>
#include <tagspan/detail/json_reader.hpp>
#include <tagspan/eval/gate.hpp>
#include <tagspan/eval/metrics.hpp>
#include <tagspan/eval/significance.hpp>
#include <tagspan/tags/labels.hpp>

namespace tagspan::inline TAGSPAN_ABI {

// For nlohmann's own conversions: `nlohmann::ordered_json j = report;`. Keys: signature, scheme, reading, tokens,
// sentences, accuracy, micro, macro, weighted, by_type.<T>, each of these with precision, recall, f1, support, correct,
// predicted; malformed.gold, malformed.predicted, rejected. f1 is F-beta where the options say so (the signature then
// has the beta). Bytes of a type's name that are not UTF-8 are written as
// "\xFF", and a backslash before an x as "\x5C".
template <detail::json_value Json>
void to_json(Json& j, prf const& figures) {
  j = Json::object();
  j["precision"] = detail::json_of<Json>(figures.precision);
  j["recall"] = detail::json_of<Json>(figures.recall);
  j["f1"] = detail::json_of<Json>(figures.f1);
  j["support"] = figures.support;
  j["correct"] = figures.correct;
  j["predicted"] = figures.predicted;
}
template <detail::json_value Json>
void to_json(Json& j, report const& r) {
  j = Json::object();
  j["signature"] = detail::json_key(r.signature());
  j["scheme"] = detail::json_key(r.scheme);
  j["reading"] = detail::json_key(r.reading);
  j["tokens"] = r.tokens;
  j["sentences"] = r.sentences;
  j["accuracy"] = r.accuracy();
  j["micro"] = r.micro;
  j["macro"] = r.macro;
  j["weighted"] = r.weighted;
  j["by_type"] = Json::object();
  for (typed_prf const& row : r.by_type) j["by_type"][detail::json_key(row.type)] = static_cast<prf const&>(row);
  j["malformed"] = Json::object();
  j["malformed"]["gold"] = r.malformed_gold;
  j["malformed"]["predicted"] = r.malformed_predicted;
  j["rejected"] = r.rejected;
}

// The same as text, indented, with a newline at its end. Numbers read back as they were, to the last bit.
inline std::string to_json_text(report const& r) {
  return nlohmann::ordered_json(r).dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + '\n';
}

// One figure of a report that was kept as JSON, by the path that gates use: micro.f1, by_type.PER.recall, accuracy. The
// type is all between "by_type." and the last '.', so that it may hold dots. Errors: bad_json, `where` the byte at
// which the text stops being JSON; unknown_type where the report has no such type; bad_gate where it has no such
// figure.
inline result<double> figure(nlohmann::json const& document, std::string_view path) {
  std::string_view const name = path.substr(path.rfind('.') + 1);
  nlohmann::json const* line = &document;
  if (auto const type = detail::type_in(path)) {
    line = detail::json_member(document, "by_type");
    if (line != nullptr) line = detail::json_member(*line, detail::json_key(*type));
    if (line == nullptr) return error{errc::unknown_type, 0, 0};
  } else if (name.size() != path.size()) {
    line = detail::json_member(document, path.substr(0, path.size() - name.size() - 1));
  }
  auto const value = line == nullptr ? std::nullopt : detail::json_number(detail::json_member(*line, name));
  if (!value) return error{errc::bad_gate, 0, 0};
  return *value;
}
inline result<double> figure_in_json(std::string_view text, std::string_view path) {
  auto const document = detail::parse_json(text);
  if (!document) return document.error();
  return figure(*document, path);
}

namespace detail {

// What stands behind "|key:" in the figures' part of a signature; the names before it may hold anything.
inline std::optional<std::string_view> signature_part(std::string_view signature, std::string_view key) {
  std::size_t const tail = signature.rfind("|zero_division:");
  if (tail == std::string_view::npos) return std::nullopt;
  std::size_t const found = signature.find(std::string("|").append(key).append(":"), tail);
  if (found == std::string_view::npos) return std::nullopt;
  std::string_view const rest = signature.substr(found + key.size() + 2);
  return rest.substr(0, rest.find('|'));
}

inline prf read_prf(json_value_reader const& line) {
  prf out;
  out.precision = line["precision"].figure();
  out.recall = line["recall"].figure();
  out.f1 = line["f1"].figure();
  out.support = line["support"].count();
  out.correct = line["correct"].count();
  out.predicted = line["predicted"].count();
  return out;
}

inline report read_report(json_value_reader const& j) {
  report r;
  r.scheme = j["scheme"].text();
  r.reading = j["reading"].text();
  r.tokens = j["tokens"].count();
  r.sentences = j["sentences"].count();
  double const accuracy = j["accuracy"].figure();
  r.micro = read_prf(j["micro"]);
  r.macro = read_prf(j["macro"]);
  r.weighted = read_prf(j["weighted"]);
  j["by_type"].for_each_name([&](std::string const& name, json_value_reader const& line) {
    typed_prf row;
    static_cast<prf&>(row) = read_prf(line);
    row.type = name;
    r.by_type.push_back(std::move(row));
  });
  r.malformed_gold = j["malformed"]["gold"].count();
  r.malformed_predicted = j["malformed"]["predicted"].count();
  r.rejected = j["rejected"].count();
  constexpr std::size_t exact = std::size_t{1} << 53U;  // up to here doubles count tokens one by one
  j["tokens"].expect(r.tokens <= exact);
  j["accuracy"].expect(accuracy >= 0 && accuracy <= 1);
  if (j.good()) r.correct_tokens = static_cast<std::size_t>(accuracy * static_cast<double>(r.tokens) + 0.5);
  std::string const signature = j["signature"].text();
  if (signature_part(signature, "zero_division") == "1") r.options.zero_division = zero_division::one;
  if (signature_part(signature, "over") == "gold") r.options.average_over = average_over::gold;
  if (auto const beta = signature_part(signature, "beta")) {
    j["signature"].expect(read_whole(*beta, r.options.beta) && r.options.beta >= 0);
  }
  auto const fingerprint = signature_part(signature, "gold");
  j["signature"].expect(fingerprint && read_whole(*fingerprint, r.gold_fingerprint, 16));
  return r;
}

}  // namespace detail

// The report that to_json_text wrote. The signature's fingerprint and options come back too, so that its signature() is
// the old one but for the version of tagspan; types have the very bytes that they had. Error: bad_json, `where` the
// byte at which the text stops being JSON, or where the first value begins that is not what a report has (the object
// that lacks a member), or a key that its object has already.
inline result<report> report_from_json(std::string_view text) {
  return detail::read_json<report>(text, [](auto const& j) { return detail::read_report(j); });
}

namespace detail {

template <class Json>
void write_options(Json& j, metric_options const& options) {
  j["zero_division"] = options.zero_division == zero_division::one ? 1 : 0;
  j["average_over"] = options.average_over == average_over::gold ? "gold" : "gold+predicted";
  j["beta"] = shortest(options.beta);
}
inline void read_options(json_value_reader const& j, metric_options& options) {
  std::size_t const undefined = j["zero_division"].count();
  j["zero_division"].expect(undefined <= 1);
  if (undefined == 1) options.zero_division = zero_division::one;
  if (j["average_over"].one_of({"gold+predicted", "gold"}) == 1) options.average_over = average_over::gold;
  j["beta"].expect(read_whole(j["beta"].text(), options.beta) && options.beta >= 0);
}

}  // namespace detail

// Counts of a part of a corpus as one line of JSON: what adds up, and the rules of counting. Keys: tagspan_counts (the
// version of this form, 1), scheme, reading, zero_division, average_over, beta, sentences, tokens, correct_tokens,
// malformed_gold, malformed_predicted, rejected, gold_fingerprint, types, and documents: each distinct document as
// [times, [type, correct, predicted, gold], ...]. The order of the documents is not kept.
inline std::string to_counts_text(counted_corpus const& c) {
  report const& r = c.report;
  document_counts const groups = c.documents.grouped();
  nlohmann::ordered_json j;
  j["tagspan_counts"] = 1;
  j["scheme"] = detail::json_key(r.scheme);
  j["reading"] = detail::json_key(r.reading);
  detail::write_options(j, r.options);
  j["sentences"] = r.sentences;
  j["tokens"] = r.tokens;
  j["correct_tokens"] = r.correct_tokens;
  j["malformed_gold"] = r.malformed_gold;
  j["malformed_predicted"] = r.malformed_predicted;
  j["rejected"] = r.rejected;
  j["gold_fingerprint"] = detail::hexadecimal(r.gold_fingerprint);
  j["types"] = nlohmann::ordered_json::array();
  for (std::string const& type : groups.types()) j["types"].push_back(detail::json_key(type));
  j["documents"] = nlohmann::ordered_json::array();
  for (std::size_t g = 0; g < groups.size(); ++g) {
    auto document = nlohmann::ordered_json::array({groups.times(g)});
    for (type_counts const& row : groups[g]) document.push_back({row.type, row.correct, row.predicted, row.gold});
    j["documents"].push_back(std::move(document));
  }
  return j.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + '\n';
}

namespace detail {

// A document of to_counts_text.
inline void read_document(document_counts& into, json_value_reader const& document) {
  auto const parts = document.items();
  document.expect(!parts.empty());
  std::vector<type_counts> rows;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    auto const row = parts[i].items();
    parts[i].expect(row.size() == 4);
    std::uint32_t numbers[4]{};
    for (std::size_t k = 0; k < 4 && document.good(); ++k) {
      std::size_t const number = row[k].count();
      row[k].expect(number <= 0xffffffffU);
      numbers[k] = static_cast<std::uint32_t>(number);
    }
    type_counts const counts{numbers[0], numbers[1], numbers[2], numbers[3]};
    bool const rises = rows.empty() || rows.back().type < counts.type;
    parts[i].expect(rises && counts.type < into.types().size() && counts.correct <= counts.predicted &&
                    counts.correct <= counts.gold);
    rows.push_back(counts);
  }
  std::size_t const times = parts.empty() ? 0 : parts[0].count();
  if (document.good()) into.add(rows, times);
}

inline counted_corpus read_counts(json_value_reader const& j) {
  counted_corpus out;
  report& r = out.report;
  j["tagspan_counts"].expect(j["tagspan_counts"].count() == 1);
  r.scheme = j["scheme"].text();
  r.reading = j["reading"].text();
  read_options(j, r.options);
  r.sentences = j["sentences"].count();
  r.tokens = j["tokens"].count();
  r.correct_tokens = j["correct_tokens"].count();
  j["correct_tokens"].expect(r.correct_tokens <= r.tokens);
  r.malformed_gold = j["malformed_gold"].count();
  r.malformed_predicted = j["malformed_predicted"].count();
  r.rejected = j["rejected"].count();
  constexpr std::size_t most = std::size_t{1} << 40U;  // so that no sum of counts overflows
  for (std::string_view key : {"sentences", "rejected"}) j[key].expect(j[key].count() <= most);
  r.gold_fingerprint = j["gold_fingerprint"].hexadecimal();
  for (auto const& type : j["types"].items()) {
    std::size_t const number = out.documents.types().size();
    type.expect(out.documents.type(type.text()) == number);  // each name once
  }
  std::size_t left = r.sentences + r.rejected;
  for (auto const& document : j["documents"].items()) {
    read_document(out.documents, document);
    if (!j.good()) break;
    std::size_t const times = out.documents.times(out.documents.size() - 1);
    document.expect(times <= left);
    if (!j.good()) break;
    left -= times;
  }
  if (j.good()) set_counts(r, out.documents);
  return out;
}

}  // namespace detail

// What to_counts_text wrote. Error: bad_json as of report_from_json, also for counts that cannot be (more correct than
// predicted, more documents than sentences).
inline result<counted_corpus> counts_from_json(std::string_view text) {
  return detail::read_json<counted_corpus>(text, [](auto const& j) { return detail::read_counts(j); });
}

namespace detail {

// An id as config.json writes it: decimal, without sign and leading zeros. As a key it is text ("10" sorts before "2").
inline std::optional<std::size_t> id_in_key(std::string_view key) {
  std::size_t id = 0;
  auto const read = std::from_chars(key.data(), key.data() + key.size(), id);
  if (read.ec != std::errc() || read.ptr != key.data() + key.size()) return std::nullopt;
  if (key.size() > 1 && key.front() == '0') return std::nullopt;
  return id;
}

}  // namespace detail

// The labels of a Hugging Face config.json, by its id2label, whose keys are ids as text and come in any order. Takes
// nlohmann::json (entries are in the order of their keys as text) and nlohmann::ordered_json (in that of the file).
// Errors: bad_json {0} where there is no id2label, or it is no object; bad_label_name {position} where a label is no
// text; bad_label_key {position} for a key that is no id; label_gap {id, entries}; and those of
// label_set::from_id2label, whose position is the id. What id2label_json escaped is taken back. No entries give an
// empty set. Linear.
template <detail::json_value Json>
result<label_set> label_set_from_config(Json const& config, label_options options = {}) {
  Json const* const entries = detail::json_member(config, "id2label");
  if (entries == nullptr || !entries->is_object()) return error{errc::bad_json, 0, 0};
  std::size_t const count = entries->size();
  std::vector<std::optional<std::string>> names(count);
  std::size_t position = 0;
  for (auto const& entry : entries->items()) {
    if (!entry.value().is_string()) return error{errc::bad_label_name, position, 0};
    auto const id = detail::id_in_key(entry.key());
    if (!id) return error{errc::bad_label_key, position, 0};
    if (*id < count) {
      auto written = entry.value().template get<std::string>();
      auto name = detail::name_in_json(written);
      names[*id] = name ? std::move(*name) : std::move(written);
    }
    ++position;
  }
  std::vector<std::string> in_order;
  for (std::size_t id = 0; id < count; ++id) {
    if (!names[id]) return error{errc::label_gap, id, count};
    in_order.push_back(std::move(*names[id]));
  }
  return label_set::from_id2label(in_order, options);
}

// The same from the text of the file. Errors, beside those above: bad_json, `where` the byte at which the text stops
// being JSON; bad_label_key {position} for a key that stands twice, of which JSON libraries keep one in silence.
inline result<label_set> label_set_from_config_text(std::string_view text, label_options options = {}) {
  std::vector<std::string> keys;
  std::optional<std::size_t> twice;
  bool inside = false;
  auto const watch = [&](int depth, nlohmann::ordered_json::parse_event_t event, nlohmann::ordered_json& parsed) {
    if (event != nlohmann::ordered_json::parse_event_t::key) return true;
    auto const& key = parsed.get_ref<std::string const&>();
    if (depth == 1) inside = key == "id2label";
    if (depth == 2 && inside) {
      for (std::string const& known : keys) {
        if (known == key && !twice) twice = keys.size();
      }
      keys.push_back(key);
    }
    return true;
  };
  auto const config = nlohmann::ordered_json::parse(text, watch, false);
  if (config.is_discarded()) return detail::parse_json(text).error();
  if (twice) return error{errc::bad_label_key, *twice, 0};
  return label_set_from_config(config, options);
}

// What config.json says of these labels: {"0": "O", "1": "B-PER", …} and {"O": 0, "B-PER": 1, …}, in the order of the
// ids. Bytes of a name that are not UTF-8 are written as "\xFF", and a backslash before an x as "\x5C".
inline nlohmann::ordered_json id2label_json(label_set const& labels) {
  auto out = nlohmann::ordered_json::object();
  for (std::size_t id = 0; id < labels.size(); ++id) {
    out[std::to_string(id)] = detail::json_key(labels.name(static_cast<label_id>(id)));
  }
  return out;
}
inline nlohmann::ordered_json label2id_json(label_set const& labels) {
  auto out = nlohmann::ordered_json::object();
  for (std::size_t id = 0; id < labels.size(); ++id) {
    out[detail::json_key(labels.name(static_cast<label_id>(id)))] = id;
  }
  return out;
}

}  // namespace tagspan::inline TAGSPAN_ABI
