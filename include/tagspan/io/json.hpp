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
#include <tagspan/detail/utf8.hpp>
#include <tagspan/eval/gate.hpp>
#include <tagspan/eval/metrics.hpp>
#include <tagspan/eval/significance.hpp>
#include <tagspan/tags/labels.hpp>

namespace tagspan::inline TAGSPAN_ABI {

namespace detail {

template <class Json>
concept json_value = requires(Json& j, Json const& c) {
  j["key"] = Json::object();
  c.is_number_unsigned();
  Json::parse("", nullptr, false);
};

// JSON holds Unicode only. Bytes that are not UTF-8 are written "\xFF", and a backslash that stands before an x "\x5C",
// so that no name is lost or takes another's place.
inline std::string json_key(std::string_view name) {
  std::string key;
  for (std::size_t i = 0; i < name.size();) {
    utf8_part const part = part_at(name, i);
    for (std::size_t end = i + part.length; i < end; ++i) {
      bool const looks_escaped = name[i] == '\\' && i + 1 < name.size() && name[i + 1] == 'x';
      if (part.well_formed && !looks_escaped) {
        key += name[i];
        continue;
      }
      unsigned const byte = static_cast<unsigned char>(name[i]);
      key += "\\x";
      key += "0123456789ABCDEF"[byte >> 4U];
      key += "0123456789ABCDEF"[byte & 15U];
    }
  }
  return key;
}

// The name of which json_key made this, or nothing where it never makes that.
inline std::optional<std::string> name_in_json(std::string_view key) {
  std::string name;
  auto const digit = [&](std::size_t at) {
    return at < key.size() ? std::string_view("0123456789ABCDEF").find(key[at]) : std::string_view::npos;
  };
  for (std::size_t i = 0; i < key.size(); ++i) {
    bool const escaped = key[i] == '\\' && i + 1 < key.size() && key[i + 1] == 'x';
    if (!escaped) {
      name += key[i];
      continue;
    }
    std::size_t const high = digit(i + 2);
    std::size_t const low = digit(i + 3);
    if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
    name += static_cast<char>(static_cast<unsigned char>(high << 4U | low));
    i += 3;
  }
  if (json_key(name) != key) return std::nullopt;
  return name;
}

template <class Json>
Json const* json_member(Json const& object, std::string_view key) {
  if (!object.is_object()) return nullptr;
  auto const found = object.find(std::string(key));
  return found == object.end() ? nullptr : &*found;
}

inline std::optional<double> json_number(nlohmann::json const* value) {
  if (value == nullptr || !value->is_number()) return std::nullopt;
  return value->get<double>();
}

// A whole document, or bad_json with the byte at which it stops making sense.
inline result<nlohmann::json> parse_json(std::string_view text) {
  struct sax final : nlohmann::json_sax<nlohmann::json> {
    bool null() override { return true; }
    bool boolean(bool) override { return true; }
    bool number_integer(number_integer_t) override { return true; }
    bool number_unsigned(number_unsigned_t) override { return true; }
    bool number_float(number_float_t, string_t const&) override { return true; }
    bool string(string_t&) override { return true; }
    bool binary(binary_t&) override { return true; }
    bool start_object(std::size_t) override { return true; }
    bool key(string_t&) override { return true; }
    bool end_object() override { return true; }
    bool start_array(std::size_t) override { return true; }
    bool end_array() override { return true; }
    bool parse_error(std::size_t at, std::string const&, nlohmann::json::exception const&) override {
      byte = at == 0 ? 0 : at - 1;
      return false;
    }
    std::size_t byte = 0;
  };
  auto document = nlohmann::json::parse(text, nullptr, false);
  if (!document.is_discarded()) return document;
  sax where;
  static_cast<void>(nlohmann::json::sax_parse(text, &where));
  return error{errc::bad_json, where.byte, 0};
}

}  // namespace detail

// For nlohmann's own conversions: `nlohmann::ordered_json j = report;`. Keys: signature, scheme, reading, tokens,
// sentences, accuracy, micro, macro, weighted, by_type.<T>, each of these with precision, recall, f1, support, correct,
// predicted; malformed.gold, malformed.predicted, rejected. Bytes of a type's name that are not UTF-8 are written as
// "\xFF", and a backslash before an x as "\x5C".
template <detail::json_value Json>
void to_json(Json& j, prf const& figures) {
  j = Json::object();
  j["precision"] = figures.precision;
  j["recall"] = figures.recall;
  j["f1"] = figures.f1;
  j["support"] = figures.support;
  j["correct"] = figures.correct;
  j["predicted"] = figures.predicted;
}
template <detail::json_value Json>
void to_json(Json& j, report const& r) {
  j = Json::object();
  j["signature"] = r.signature();
  j["scheme"] = r.scheme;
  j["reading"] = r.reading;
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

// What stands behind "|key:" in a signature.
inline std::optional<std::string_view> signature_part(std::string_view signature, std::string_view key) {
  std::size_t const found = signature.find(std::string("|").append(key).append(":"));
  if (found == std::string_view::npos) return std::nullopt;
  std::string_view const rest = signature.substr(found + key.size() + 2);
  return rest.substr(0, rest.find('|'));
}

// Reads members one by one; after the first that is missing or of another kind, `good` is false.
struct json_fields {
  nlohmann::json const& object;
  bool good = true;

  std::size_t count(std::string_view key) {
    auto const* const value = json_member(object, key);
    good = good && value != nullptr && value->is_number_unsigned();
    return good ? value->get<std::size_t>() : 0;
  }
  double share(std::string_view key) {
    auto const value = json_number(json_member(object, key));
    good = good && value.has_value();
    return good ? *value : 0;
  }
  std::string text(std::string_view key) {
    auto const* const value = json_member(object, key);
    good = good && value != nullptr && value->is_string();
    return good ? value->get<std::string>() : std::string{};
  }
  prf line(std::string_view key) {
    auto const* const value = json_member(object, key);
    good = good && value != nullptr;
    if (!good) return {};
    json_fields fields{*value};
    prf out;
    out.precision = fields.share("precision");
    out.recall = fields.share("recall");
    out.f1 = fields.share("f1");
    out.support = fields.count("support");
    out.correct = fields.count("correct");
    out.predicted = fields.count("predicted");
    good = fields.good;
    return out;
  }
};

}  // namespace detail

// The report that to_json_text wrote. The signature's fingerprint and options come back too, so that its signature() is
// the old one but for the version of tagspan; types have the very bytes that they had. Error: bad_json, `where` the
// byte at which the text stops being JSON, or its size where it is JSON and no report.
inline result<report> report_from_json(std::string_view text) {
  auto const document = detail::parse_json(text);
  if (!document) return document.error();
  error const no_report{errc::bad_json, text.size(), 0};
  detail::json_fields fields{*document};
  report r;
  r.scheme = fields.text("scheme");
  r.reading = fields.text("reading");
  r.tokens = fields.count("tokens");
  r.sentences = fields.count("sentences");
  double const accuracy = fields.share("accuracy");
  r.micro = fields.line("micro");
  r.macro = fields.line("macro");
  r.weighted = fields.line("weighted");
  r.rejected = fields.count("rejected");
  std::string const signature = fields.text("signature");
  auto const* const by_type = detail::json_member(*document, "by_type");
  auto const* const malformed = detail::json_member(*document, "malformed");
  if (!fields.good || by_type == nullptr || !by_type->is_object() || malformed == nullptr ||
      !(accuracy >= 0 && accuracy <= 1)) {
    return no_report;
  }
  constexpr std::size_t exact = std::size_t{1} << 53U;  // up to here doubles count tokens one by one
  if (r.tokens > exact) return no_report;
  r.correct_tokens = static_cast<std::size_t>(accuracy * static_cast<double>(r.tokens) + 0.5);
  detail::json_fields steps{*malformed};
  r.malformed_gold = steps.count("gold");
  r.malformed_predicted = steps.count("predicted");
  detail::json_fields rows{*by_type};
  for (auto const& item : by_type->items()) {
    auto name = detail::name_in_json(item.key());
    if (!name) return no_report;
    typed_prf row;
    static_cast<prf&>(row) = rows.line(item.key());
    row.type = std::move(*name);
    r.by_type.push_back(std::move(row));
  }
  // In the order of their bytes, as in a report: escaped they may have had another.
  std::sort(r.by_type.begin(), r.by_type.end(), [](auto const& a, auto const& b) { return a.type < b.type; });
  if (!steps.good || !rows.good) return no_report;
  if (detail::signature_part(signature, "zero_division") == "1") r.options.zero_division = zero_division::one;
  if (detail::signature_part(signature, "over") == "gold") r.options.average_over = average_over::gold;
  if (auto const beta = detail::signature_part(signature, "beta")) {
    auto const read = std::from_chars(beta->data(), beta->data() + beta->size(), r.options.beta);
    if (read.ec != std::errc()) return no_report;
  }
  auto const fingerprint = detail::signature_part(signature, "gold");
  if (!fingerprint) return no_report;
  auto const read =
      std::from_chars(fingerprint->data(), fingerprint->data() + fingerprint->size(), r.gold_fingerprint, 16);
  if (read.ec != std::errc()) return no_report;
  return r;
}

// Counts of a part of a corpus as one line of JSON, integers only but for beta: what adds up. Keys: tagspan_counts (the
// version of this form, 1), scheme, reading, zero_division, average_over, beta, sentences, tokens, correct_tokens,
// malformed, rejected, gold_fingerprint, types, and documents: each distinct document as [times, [type, correct, predicted,
// gold], ...]. The order of the documents is not kept.
inline std::string to_counts_text(counted_corpus const& c) {
  report const& r = c.report;
  document_counts const groups = c.documents.grouped();
  nlohmann::ordered_json j;
  j["tagspan_counts"] = 1;
  j["scheme"] = r.scheme;
  j["reading"] = r.reading;
  j["zero_division"] = r.options.zero_division == zero_division::one ? 1 : 0;
  j["average_over"] = r.options.average_over == average_over::gold ? "gold" : "gold+predicted";
  j["beta"] = detail::shortest(r.options.beta);
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

// A document of to_counts_text, or false where it is none.
inline bool add_document(document_counts& into, nlohmann::json const& document) {
  if (!document.is_array() || document.empty() || !document[0].is_number_unsigned()) return false;
  std::vector<type_counts> rows;
  for (std::size_t i = 1; i < document.size(); ++i) {
    nlohmann::json const& row = document[i];
    if (!row.is_array() || row.size() != 4) return false;
    std::uint32_t numbers[4]{};
    for (std::size_t k = 0; k < 4; ++k) {
      if (!row[k].is_number_unsigned() || row[k].get<std::uint64_t>() > 0xffffffffU) return false;
      numbers[k] = row[k].get<std::uint32_t>();
    }
    type_counts const counts{numbers[0], numbers[1], numbers[2], numbers[3]};
    bool const rises = rows.empty() || rows.back().type < counts.type;
    if (!rises || counts.type >= into.types().size() || counts.correct > counts.predicted || counts.correct > counts.gold) {
      return false;
    }
    rows.push_back(counts);
  }
  into.add(rows, document[0].get<std::size_t>());
  return true;
}

}  // namespace detail

// What to_counts_text wrote. Error: bad_json, `where` the byte at which the text stops being JSON, or its size where it
// is JSON and no counts, or counts that cannot be (more correct than predicted, more documents than sentences).
inline result<counted_corpus> counts_from_json(std::string_view text) {
  auto const document = detail::parse_json(text);
  if (!document) return document.error();
  error const no_counts{errc::bad_json, text.size(), 0};
  detail::json_fields fields{*document};
  counted_corpus out;
  report& r = out.report;
  std::size_t const form = fields.count("tagspan_counts");
  r.scheme = fields.text("scheme");
  r.reading = fields.text("reading");
  std::size_t const undefined = fields.count("zero_division");
  std::string const over = fields.text("average_over");
  std::string const beta = fields.text("beta");
  r.sentences = fields.count("sentences");
  r.tokens = fields.count("tokens");
  r.correct_tokens = fields.count("correct_tokens");
  r.malformed_gold = fields.count("malformed_gold");
  r.malformed_predicted = fields.count("malformed_predicted");
  r.rejected = fields.count("rejected");
  std::string const fingerprint = fields.text("gold_fingerprint");
  auto const* const types = detail::json_member(*document, "types");
  auto const* const documents = detail::json_member(*document, "documents");
  if (!fields.good || form != 1 || undefined > 1 || (over != "gold" && over != "gold+predicted") || types == nullptr ||
      !types->is_array() || documents == nullptr || !documents->is_array() || r.correct_tokens > r.tokens) {
    return no_counts;
  }
  if (undefined == 1) r.options.zero_division = zero_division::one;
  if (over == "gold") r.options.average_over = average_over::gold;
  auto const whole = [](std::from_chars_result read, std::string const& of) {
    return read.ec == std::errc() && read.ptr == of.data() + of.size();
  };
  if (!whole(std::from_chars(beta.data(), beta.data() + beta.size(), r.options.beta), beta) || !(r.options.beta >= 0) ||
      !whole(std::from_chars(fingerprint.data(), fingerprint.data() + fingerprint.size(), r.gold_fingerprint, 16), fingerprint)) {
    return no_counts;
  }
  for (auto const& type : *types) {
    auto const name = type.is_string() ? detail::name_in_json(type.get<std::string>()) : std::nullopt;
    std::size_t const number = out.documents.types().size();
    if (!name || out.documents.type(*name) != number) return no_counts;  // each name once
  }
  constexpr std::size_t most = std::size_t{1} << 40U;  // so that no sum of counts overflows
  if (r.sentences > most || r.rejected > most) return no_counts;
  std::size_t left = r.sentences + r.rejected;
  for (auto const& d : *documents) {
    if (!detail::add_document(out.documents, d)) return no_counts;
    std::size_t const times = out.documents.times(out.documents.size() - 1);
    if (times > left) return no_counts;
    left -= times;
  }
  detail::set_counts(r, out.documents);
  return out;
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
// Errors: bad_json {0} where there is no id2label, or it is no object; bad_label_name {position} where a label is no text;
// bad_label_key {position} for a key that is no id; label_gap {id, entries}; and those of label_set::from_id2label, whose
// position is the id. What id2label_json escaped is taken back. No entries give an empty set. Linear.
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
