// SPDX-License-Identifier: MIT
// The other reports as JSON and back: SemEval's figures, confusion, intervals, comparisons, curves, reliability.
// Opt-in: you bring nlohmann/json. Works without exceptions.
//
// Keys are the names of the members, in their order; what a type or strategy has stands below its name. What comes back
// is equal to what was written, to the last bit. Numbers are written in a short form that reads back as the same
// number; what is no finite number, for which JSON has no word, is the text "inf", "-inf" or "nan" (which comes back as
// a quiet one). Texts are written as in io/json: bytes that are not UTF-8 as "\xFF", a backslash before an x as "\x5C".
#pragma once
#include <nlohmann/json.hpp>

#include <concepts>
#include <cstddef>
#include <iterator>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tagspan/core/error.hpp>
#include <tagspan/detail/json_reader.hpp>
#include <tagspan/eval/confusion.hpp>
#include <tagspan/eval/curve.hpp>
#include <tagspan/eval/metrics.hpp>
#include <tagspan/eval/semeval.hpp>
#include <tagspan/eval/significance.hpp>
#include <tagspan/io/json.hpp>
#include <tagspan/model/calibration.hpp>

namespace tagspan::inline TAGSPAN_ABI {

namespace detail {

inline constexpr std::string_view kind_keys[error_kind_count] = {"correct",    "wrong_type", "wrong_boundary",
                                                                 "wrong_both", "missed",     "spurious"};

template <class Json>
Json json_of(entity_counts const& c) {
  return {{"correct", c.correct}, {"predicted", c.predicted}, {"gold", c.gold}};
}
inline entity_counts read_entity_counts(json_value_reader const& j) {
  return {j["correct"].count(), j["predicted"].count(), j["gold"].count()};
}

template <class Json>
Json json_of(semeval_counts const& c, metric_options const& options) {
  prf const f = figures(c, options);
  return {{"precision", json_of<Json>(f.precision)},
          {"recall", json_of<Json>(f.recall)},
          {"f1", json_of<Json>(f.f1)},
          {"correct", c.correct},
          {"incorrect", c.incorrect},
          {"partial", c.partial},
          {"missed", c.missed},
          {"spurious", c.spurious}};
}
template <class Json>
void write_tally(Json& j, semeval_tally const& t, metric_options const& options) {
  j["strict"] = json_of<Json>(t.strict, options);
  j["exact"] = json_of<Json>(t.exact, options);
  j["partial"] = json_of<Json>(t.partial, options);
  j["type"] = json_of<Json>(t.type, options);
}
inline void read_tally(json_value_reader const& j, semeval_tally& t) {
  auto const counts = [](json_value_reader const& c) -> semeval_counts {
    return {c["correct"].count(), c["incorrect"].count(), c["partial"].count(), c["missed"].count(),
            c["spurious"].count()};
  };
  t = {counts(j["strict"]), counts(j["exact"]), counts(j["partial"]), counts(j["type"])};
}

template <class Json>
Json json_of(kind_counts const& counts) {
  Json j = Json::object();
  for (std::size_t k = 0; k < error_kind_count; ++k) j[std::string(kind_keys[k])] = counts.of[k];
  return j;
}
inline void read_kinds(json_value_reader const& j, kind_counts& counts) {
  for (std::size_t k = 0; k < error_kind_count; ++k) counts.of[k] = j[kind_keys[k]].count();
}

template <class Json>
Json json_of(confusion_example const& e) {
  Json j = {{"kind", kind_keys[static_cast<std::size_t>(e.kind)]}, {"document", e.document}};
  auto const side = [&](char const* key, std::optional<confusion_entity> const& of) {
    if (of) j[key] = {{"begin", of->begin}, {"end", of->end}, {"type", json_key(of->type)}};
  };
  side("gold", e.gold);
  side("predicted", e.predicted);
  return j;
}
inline confusion_example read_example(json_value_reader const& j) {
  confusion_example e;
  e.kind = static_cast<error_kind>(j["kind"].one_of(kind_keys));
  e.document = j["document"].count();
  auto const side = [&](std::string_view key, error_kind without) -> std::optional<confusion_entity> {
    j.expect(j.has(key) == (e.kind != without));
    if (!j.good() || e.kind == without) return std::nullopt;
    auto const entity = j[key];
    return confusion_entity{entity["begin"].count(), entity["end"].count(), entity["type"].text()};
  };
  e.gold = side("gold", error_kind::spurious);
  e.predicted = side("predicted", error_kind::missed);
  return e;
}

template <class Json>
void write_curve(Json& j, precision_recall const& curve) {
  j["average_precision"] = json_of<Json>(curve.average_precision);
  j["support"] = curve.support;
  j["points"] = Json::array();
  for (curve_point const& point : curve.points) {
    Json item = {{"threshold", json_of<Json>(static_cast<double>(point.threshold))}};
    item.update(json_of<Json>(static_cast<entity_counts const&>(point)));
    j["points"].push_back(std::move(item));
  }
}
inline void read_curve(json_value_reader const& j, precision_recall& curve) {
  curve.average_precision = j["average_precision"].figure();
  curve.support = j["support"].count();
  for (auto const& item : j["points"].items()) {
    curve_point point;
    static_cast<entity_counts&>(point) = read_entity_counts(item);
    double const threshold = item["threshold"].figure();
    constexpr double most = std::numeric_limits<float>::max();
    item["threshold"].expect(threshold - threshold != 0 || (threshold >= -most && threshold <= most));  // NOLINT
    point.threshold = item.good() ? static_cast<float>(threshold) : 0;
    curve.points.push_back(point);
  }
}

// What the resampled reports have in common; `write` gives the members of one figure, `read` takes them back.
template <class Json, class R, class Write>
void write_resampled(Json& j, R const& r, Write write) {
  j = Json::object();
  j["documents"] = r.documents;
  j["resamples"] = r.resamples;
  j["seed"] = r.seed;
  j["confidence"] = json_of<Json>(r.confidence);
  for (std::size_t k = 0; k < std::size(resampled_figures); ++k) {
    Json line = Json::object();
    for (auto const& [name, value] : write(r.of[k])) line[name] = json_of<Json>(value);
    j[std::string(resampled_figures[k])] = std::move(line);
  }
}
template <class R, class Read>
R read_resampled(json_value_reader const& j, Read read) {
  R r;
  r.documents = j["documents"].count();
  r.resamples = j["resamples"].count();
  r.seed = j["seed"].whole_number();
  r.confidence = j["confidence"].figure();
  for (std::size_t k = 0; k < std::size(resampled_figures); ++k) r.of[k] = read(j[resampled_figures[k]]);
  return r;
}
using named_value = std::pair<char const*, double>;

}  // namespace detail

// Keys: signature, matching, zero_division, average_over, beta, sentences, rejected, gold_fingerprint, and by strategy
// (strict, exact, partial, type) precision, recall, f1, correct, incorrect, partial, missed, spurious; by_type.<T> has
// the four strategies of a type. f1 is F-beta by `beta`. Figures are made of the counts again when they are read.
template <detail::json_value Json>
void to_json(Json& j, semeval_report const& r) {
  j = Json::object();
  j["signature"] = detail::json_key(r.signature());
  j["matching"] = detail::json_key(r.matching);
  detail::write_options(j, r.options);
  j["sentences"] = r.sentences;
  j["rejected"] = r.rejected;
  j["gold_fingerprint"] = detail::hexadecimal(r.gold_fingerprint);
  detail::write_tally(j, r, r.options);
  Json by_type = Json::object();
  for (named_semeval_tally const& row : r.by_type) {
    detail::write_tally(by_type[detail::json_key(row.name)], row, r.options);
  }
  j["by_type"] = std::move(by_type);
}

// Keys: signature, matching, sentences, rejected, gold_fingerprint; types; matrix, a row a gold type and last what is
// spurious, in a row a predicted type and last what was missed; kinds, and by_type.<T> the same (correct, wrong_type,
// wrong_boundary, wrong_both, missed, spurious); examples, each with kind, document, and where it has them gold and
// predicted (begin, end, type); by_length (length, correct, predicted, gold); frequent (kind, form, gold, predicted,
// count); seen, unseen and surface (correct, predicted, gold).
template <detail::json_value Json>
void to_json(Json& j, confusion_report const& r) {
  j = Json::object();
  j["signature"] = detail::json_key(r.signature());
  j["matching"] = detail::json_key(r.matching);
  j["sentences"] = r.sentences;
  j["rejected"] = r.rejected;
  j["gold_fingerprint"] = detail::hexadecimal(r.gold_fingerprint);
  j["types"] = Json::array();
  for (std::string const& type : r.types) j["types"].push_back(detail::json_key(type));
  j["matrix"] = Json::array();
  for (std::size_t g = 0; g <= r.types.size(); ++g) {
    Json row = Json::array();
    for (std::size_t p = 0; p <= r.types.size(); ++p) row.push_back(r.at(g, p));
    j["matrix"].push_back(std::move(row));
  }
  j["kinds"] = detail::json_of<Json>(r.kinds);
  j["by_type"] = Json::object();
  for (named_kind_counts const& row : r.by_type) {
    j["by_type"][detail::json_key(row.type)] = detail::json_of<Json>(static_cast<kind_counts const&>(row));
  }
  j["examples"] = Json::array();
  for (confusion_example const& e : r.examples) j["examples"].push_back(detail::json_of<Json>(e));
  j["by_length"] = Json::array();
  for (length_counts const& row : r.by_length) {
    Json item = {{"length", row.length}};
    item.update(detail::json_of<Json>(static_cast<entity_counts const&>(row)));
    j["by_length"].push_back(std::move(item));
  }
  j["frequent"] = Json::array();
  for (frequent_error const& e : r.frequent) {
    j["frequent"].push_back({{"kind", detail::kind_keys[static_cast<std::size_t>(e.kind)]},
                             {"form", detail::json_key(e.form)},
                             {"gold", detail::json_key(e.gold)},
                             {"predicted", detail::json_key(e.predicted)},
                             {"count", e.count}});
  }
  j["seen"] = detail::json_of<Json>(r.seen);
  j["unseen"] = detail::json_of<Json>(r.unseen);
  j["surface"] = detail::json_of<Json>(r.surface);
}

// Keys: documents, resamples, seed, confidence, and by figure ("micro.f1": the dot is part of the key, so that figure()
// takes micro.f1.low) value, low, high, bias.
template <detail::json_value Json>
void to_json(Json& j, bootstrap_report const& r) {
  detail::write_resampled(j, r, [](estimate const& e) {
    return std::vector<detail::named_value>{
        {"value", e.value}, {"low", e.percentile.low}, {"high", e.percentile.high}, {"bias", e.bias}};
  });
}

// The same with first, second, difference, low, high, p_bootstrap, p_randomised.
template <detail::json_value Json>
void to_json(Json& j, paired_report const& r) {
  detail::write_resampled(j, r, [](paired_estimate const& e) {
    return std::vector<detail::named_value>{{"first", e.first},
                                            {"second", e.second},
                                            {"difference", e.difference},
                                            {"low", e.percentile.low},
                                            {"high", e.percentile.high},
                                            {"p_bootstrap", e.p_bootstrap},
                                            {"p_randomised", e.p_randomised}};
  });
}

// Keys: sentences, rejected, mean_average_precision, average_precision, support, points (threshold, correct, predicted,
// gold), and by_type.<T> with the last three.
template <detail::json_value Json>
void to_json(Json& j, curve_report const& r) {
  j = Json::object();
  j["sentences"] = r.sentences;
  j["rejected"] = r.rejected;
  j["mean_average_precision"] = detail::json_of<Json>(r.mean_average_precision);
  detail::write_curve(j, r);
  Json by_type = Json::object();
  for (named_precision_recall const& row : r.by_type) detail::write_curve(by_type[detail::json_key(row.name)], row);
  j["by_type"] = std::move(by_type);
}

// Keys: count, confidence, accuracy, ece, mce, bins (lower, upper, count, confidence, accuracy).
template <detail::json_value Json>
void to_json(Json& j, reliability_diagram const& r) {
  j = Json::object();
  j["count"] = r.count;
  j["confidence"] = detail::json_of<Json>(r.confidence);
  j["accuracy"] = detail::json_of<Json>(r.accuracy);
  j["ece"] = detail::json_of<Json>(r.ece);
  j["mce"] = detail::json_of<Json>(r.mce);
  j["bins"] = Json::array();
  for (reliability_bin const& bin : r.bins) {
    j["bins"].push_back({{"lower", detail::json_of<Json>(bin.lower)},
                         {"upper", detail::json_of<Json>(bin.upper)},
                         {"count", bin.count},
                         {"confidence", detail::json_of<Json>(bin.confidence)},
                         {"accuracy", detail::json_of<Json>(bin.accuracy)}});
  }
}

// The same as text, indented, with a newline at its end.
template <class R>
requires(std::same_as<R, semeval_report> || std::same_as<R, confusion_report> || std::same_as<R, bootstrap_report> ||
         std::same_as<R, paired_report> || std::same_as<R, curve_report> ||
         std::same_as<R, reliability_diagram>) std::string to_json_text(R const& r) {
  return nlohmann::ordered_json(r).dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + '\n';
}

// What to_json_text wrote. Errors as of report_from_json: bad_json with the byte. A confusion matrix has a row and a
// column more than there are types, by_type has just these types, and an example the sides that its kind has. Rows by
// type come sorted by the bytes of their names, as they are in the library's reports.
inline result<semeval_report> semeval_report_from_json(std::string_view text) {
  return detail::read_json<semeval_report>(text, [](detail::json_value_reader const& j) {
    semeval_report r;
    r.matching = j["matching"].text();
    detail::read_options(j, r.options);
    r.sentences = j["sentences"].count();
    r.rejected = j["rejected"].count();
    r.gold_fingerprint = j["gold_fingerprint"].hexadecimal();
    detail::read_tally(j, r);
    j["by_type"].for_each_name([&](std::string const& name, detail::json_value_reader const& row) {
      detail::read_tally(row, r.by_type.emplace_back());
      r.by_type.back().name = name;
    });
    return r;
  });
}

inline result<confusion_report> confusion_report_from_json(std::string_view text) {
  return detail::read_json<confusion_report>(text, [](detail::json_value_reader const& j) {
    confusion_report r;
    r.matching = j["matching"].text();
    r.sentences = j["sentences"].count();
    r.rejected = j["rejected"].count();
    r.gold_fingerprint = j["gold_fingerprint"].hexadecimal();
    for (auto const& type : j["types"].items()) {
      r.types.push_back(type.text());
      type.expect(r.types.size() == 1 || r.types[r.types.size() - 2] < r.types.back());  // each once, in order
    }
    std::size_t const side = r.types.size() + 1;
    auto const rows = j["matrix"].items();
    j["matrix"].expect(rows.size() == side);
    r.matrix.clear();  // of nothing it has a cell
    for (auto const& row : rows) {
      auto const cells = row.items();
      row.expect(cells.size() == side);
      for (auto const& cell : cells) r.matrix.push_back(cell.count());
    }
    detail::read_kinds(j["kinds"], r.kinds);
    std::size_t place = 0;
    j["by_type"].for_each_name([&](std::string const& name, detail::json_value_reader const& row) {
      row.expect(place < r.types.size() && r.types[place] == name);
      ++place;
      detail::read_kinds(row, r.by_type.emplace_back());
      r.by_type.back().type = name;
    });
    j["by_type"].expect(place == r.types.size());
    for (auto const& item : j["examples"].items()) r.examples.push_back(detail::read_example(item));
    for (auto const& item : j["by_length"].items()) {
      length_counts& row = r.by_length.emplace_back();
      static_cast<entity_counts&>(row) = detail::read_entity_counts(item);
      row.length = item["length"].count();
    }
    for (auto const& item : j["frequent"].items()) {
      r.frequent.push_back({static_cast<error_kind>(item["kind"].one_of(detail::kind_keys)), item["form"].text(),
                            item["gold"].text(), item["predicted"].text(), item["count"].count()});
    }
    r.seen = detail::read_entity_counts(j["seen"]);
    r.unseen = detail::read_entity_counts(j["unseen"]);
    r.surface = detail::read_entity_counts(j["surface"]);
    return r;
  });
}

inline result<bootstrap_report> bootstrap_report_from_json(std::string_view text) {
  return detail::read_json<bootstrap_report>(text, [](detail::json_value_reader const& j) {
    return detail::read_resampled<bootstrap_report>(j, [](detail::json_value_reader const& e) -> estimate {
      return {e["value"].figure(), {e["low"].figure(), e["high"].figure()}, e["bias"].figure()};
    });
  });
}

inline result<paired_report> paired_report_from_json(std::string_view text) {
  return detail::read_json<paired_report>(text, [](detail::json_value_reader const& j) {
    return detail::read_resampled<paired_report>(j, [](detail::json_value_reader const& e) -> paired_estimate {
      return {e["first"].figure(),       e["second"].figure(),
              e["difference"].figure(),  {e["low"].figure(), e["high"].figure()},
              e["p_bootstrap"].figure(), e["p_randomised"].figure()};
    });
  });
}

inline result<curve_report> curve_report_from_json(std::string_view text) {
  return detail::read_json<curve_report>(text, [](detail::json_value_reader const& j) {
    curve_report r;
    r.sentences = j["sentences"].count();
    r.rejected = j["rejected"].count();
    r.mean_average_precision = j["mean_average_precision"].figure();
    detail::read_curve(j, r);
    j["by_type"].for_each_name([&](std::string const& name, detail::json_value_reader const& row) {
      detail::read_curve(row, r.by_type.emplace_back());
      r.by_type.back().name = name;
    });
    return r;
  });
}

inline result<reliability_diagram> reliability_diagram_from_json(std::string_view text) {
  return detail::read_json<reliability_diagram>(text, [](detail::json_value_reader const& j) {
    reliability_diagram r;
    r.count = j["count"].count();
    r.confidence = j["confidence"].figure();
    r.accuracy = j["accuracy"].figure();
    r.ece = j["ece"].figure();
    r.mce = j["mce"].figure();
    for (auto const& item : j["bins"].items()) {
      r.bins.push_back({item["lower"].figure(), item["upper"].figure(), item["count"].count(),
                        item["confidence"].figure(), item["accuracy"].figure()});
    }
    return r;
  });
}

}  // namespace tagspan::inline TAGSPAN_ABI
