// SPDX-License-Identifier: MIT
#include "cli.hpp"
#include "json_lines.hpp"

#include <tagspan/io/json.hpp>
#include <tagspan/model/decode.hpp>

#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <utility>

namespace cli {

namespace {

struct decode_command {
  std::string path, config, scheme = "auto", aggregate = "first", decoded_by = "argmax", score = "mean", unit = "byte";
  std::vector<std::string> thresholds;
  double min_score = 0, temperature = 1;
  ts::no_prefix no_prefix = ts::no_prefix::reject;
  bool probabilities = false, no_trim = false;
};

template <class E>
using choices = std::vector<std::pair<std::string, E>>;
choices<ts::aggregation> const aggregations = {{"none", ts::aggregation::none},
                                               {"simple", ts::aggregation::simple},
                                               {"first", ts::aggregation::first},
                                               {"average", ts::aggregation::average},
                                               {"max", ts::aggregation::max}};
choices<ts::decode_path> const paths = {{"argmax", ts::decode_path::argmax}, {"viterbi", ts::decode_path::viterbi}};
choices<ts::entity_score> const scores = {
    {"mean", ts::entity_score::mean},           {"min", ts::entity_score::min},
    {"product", ts::entity_score::product},     {"max", ts::entity_score::max},
    {"geometric", ts::entity_score::geometric}, {"posterior", ts::entity_score::posterior}};

template <class E>
E chosen(choices<E> const& from, std::string const& name) {
  for (auto const& [known, value] : from) {
    if (known == name) return value;
  }
  throw failure("'" + name + "' is no choice");
}
template <class E>
std::vector<std::string> names(choices<E> const& from) {
  std::vector<std::string> out;
  for (auto const& choice : from) out.push_back(choice.first);
  return out;
}

ts::label_set labels_of(decode_command const& o, json_line const& s) {
  auto const list = s.strings("labels");
  if (list.empty()) s.fail("there are no labels: give them in the line, or --config config.json");
  auto read = ts::label_set::from_id2label(list, {.no_prefix = o.no_prefix});
  if (!read) {
    std::size_t const at = read.error().where;
    s.fail("labels: " + ts::message(read.error(), at < list.size() ? shown(list[at]) : ""));
  }
  return std::move(*read);
}

// Labels without letters are read as IO writes them; letters that are no scheme's are for the user to explain.
ts::scheme_id scheme_of(decode_command const& o, ts::label_set const& labels, json_line const& s) {
  if (o.scheme != "auto") return ts::scheme_from_name(o.scheme).value();
  if (auto const found = labels.detect_scheme()) return *found;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    char const letter = labels.letter(static_cast<ts::label_id>(i));
    if (letter != '\0' && letter != 'O')
      s.fail("no scheme has all the letters of these labels: name one with --scheme");
  }
  return ts::scheme_id::io;
}

ts::decode_options options_of(decode_command const& o, ts::label_set const& labels, std::string const& place) {
  ts::decode_options out{.aggregate = chosen(aggregations, o.aggregate),
                         .min_score = static_cast<float>(o.min_score),
                         .scores_are_probabilities = o.probabilities,
                         .trim = !o.no_trim,
                         .path = chosen(paths, o.decoded_by),
                         .score = chosen(scores, o.score),
                         .temperature = o.temperature};
  std::vector<std::pair<std::string, float>> thresholds;
  for (std::string const& t : o.thresholds) {
    std::size_t const equals = t.rfind('=');
    float value = 0;
    char const* const end = t.data() + t.size();
    auto const read = equals == t.npos ? std::from_chars_result{nullptr, std::errc::invalid_argument}
                                       : std::from_chars(t.data() + equals + 1, end, value);
    if (read.ec != std::errc() || read.ptr != end) {
      throw failure("--min-score-by-type " + shown(t) + ": write TYPE=NUMBER, as in PER=0.9");
    }
    thresholds.emplace_back(t.substr(0, equals), value);
  }
  auto table = ts::type_table<float>::from(thresholds, labels);
  if (!table) {
    std::string const& type = thresholds[table.error().where].first;
    throw failure(place + (table.error().code == ts::errc::unknown_type ? "no label has the type '" + shown(type) + "'"
                                                                        : "two thresholds for '" + shown(type) + "'"));
  }
  out.min_score_by_type = std::move(*table);
  return out;
}

template <class Unit>
void decode_line(decode_command const& o, ts::label_set const& labels, json_line const& s) {
  std::vector<float> logits;
  std::size_t rows = 0;
  json const* const matrix = s.array("logits");
  if (matrix == nullptr) s.fail("there are no logits");
  for (json const& row : *matrix) {
    if (!row.is_array() || row.size() != labels.size()) {
      s.fail("logits: row " + std::to_string(rows) + " is no list of " + plural(labels.size(), "number"));
    }
    for (json const& x : row) {
      if (!x.is_number()) s.fail("logits: row " + std::to_string(rows) + " holds what is no number");
      logits.push_back(x.get<float>());
    }
    ++rows;
  }
  auto const word_ids = s.integers("word_ids");
  auto offsets = s.spans<Unit>("offsets");
  auto const tokens = s.strings("tokens");
  std::vector<std::uint8_t> special;
  for (std::int32_t m : s.integers("special_tokens_mask")) special.push_back(m != 0 ? 1 : 0);
  std::string text;
  if (std::string const* const given = s.text()) text = *given;
  // Words without a text: the text is these words with blanks between them.
  bool const words_only = offsets.empty() && text.empty() && !tokens.empty();
  if (words_only) {
    for (std::string const& token : tokens) {
      if (token.empty()) s.fail("token " + std::to_string(offsets.size()) + " is empty");
      if (!text.empty()) text += ' ';
      std::size_t const begin = ts::offset_map(text).size().in<Unit>();
      text += token;
      offsets.push_back({begin, ts::offset_map(text).size().in<Unit>()});
    }
  }
  auto options = options_of(o, labels, s.place);
  if (words_only && word_ids.empty()) options.words = ts::word_source::tokens;
  ts::encoding<Unit> const encoding{
      .word_ids = word_ids, .offsets = offsets, .special_tokens_mask = special, .text = text};
  ts::scores_view<float const> const view{logits.data(), rows, labels.size()};
  auto const found = ts::visit_scheme(
      scheme_of(o, labels, s), [&]<ts::tag_scheme S>(S) { return ts::decode<S>(view, labels, encoding, options); });
  if (!found) s.fail(ts::message(found.error()));
  json entities = json::array();
  ts::offset_map const map(text);
  for (auto const& e : *found) {
    json entity = {{"type", std::string(labels.type_name(e.type))},
                   {"begin", e.span.begin},
                   {"end", e.span.end},
                   {"score", std::round(static_cast<double>(e.score) * 1e6) / 1e6},
                   {"tokens", {e.tokens.begin, e.tokens.end}}};
    if (auto const slice = map.checked_slice(e.span)) entity["text"] = std::string(*slice);
    entities.push_back(std::move(entity));
  }
  print_line({{"entities", std::move(entities)}});
}

int decode(decode_command const& o) {
  file const from(o.path);
  std::optional<ts::label_set> model;
  if (!o.config.empty()) {
    file const config(o.config);
    auto read = ts::label_set_from_config_text(config.text, {.no_prefix = o.no_prefix});
    if (!read) throw failure(config.name + ": " + ts::message(read.error()));
    model = std::move(*read);
  }
  for_each_json_line(from, [&](json const& row, std::string const& place) {
    json_line const s{row, place};
    s.be_object();
    ts::label_set const labels = model ? *model : labels_of(o, s);
    if (o.unit == "byte") {
      decode_line<ts::unit::byte>(o, labels, s);
    } else if (o.unit == "utf16") {
      decode_line<ts::unit::utf16>(o, labels, s);
    } else {
      decode_line<ts::unit::code_point>(o, labels, s);
    }
  });
  return all_is_well;
}

}  // namespace

subcommand add_decode(CLI::App& parent) {
  CLI::App* const app = parent.add_subcommand(
      "decode",
      "Entities from a model's scores: JSON Lines in (labels, text or tokens, offsets, word_ids, logits), and out");
  auto const o = std::make_shared<decode_command>();
  app->add_option("file", o->path, "One JSON object a line; '-' is stdin")->type_name("FILE")->required();
  app->add_option("--config", o->config, "The model's config.json, for its id2label (default: labels in each line)")
      ->type_name("FILE");
  add_scheme(*app, "--scheme", o->scheme, "The tag scheme of the labels");
  app->add_option("--aggregate", o->aggregate,
                  "What is decided about: tokens (none, simple) or words (first, the default, average, max)")
      ->check(CLI::IsMember(names(aggregations)));
  app->add_option("--path", o->decoded_by,
                  "The best label of each (argmax, default), or the best path that the scheme allows")
      ->check(CLI::IsMember(names(paths)));
  app->add_option("--score", o->score, "What an entity's score is (default: mean)")
      ->check(CLI::IsMember(names(scores)));
  app->add_option("--min-score", o->min_score, "Entities with less are left out");
  app->add_option("--min-score-by-type", o->thresholds, "The same for one type, as in PER=0.9; may stand several times")
      ->type_name("TYPE=NUMBER");
  app->add_option("--unit", o->unit, "What offsets count: byte (default), code_point or utf16")
      ->check(CLI::IsMember({"byte", "code_point", "utf16"}));
  app->add_option("--temperature", o->temperature, "Logits are divided by this");
  app->add_flag("--probabilities", o->probabilities, "The scores are probabilities, not logits");
  app->add_flag("--no-trim", o->no_trim, "White space stays at the ends of entities");
  app->add_option_function<std::string>(
         "--no-prefix",
         [o](std::string const& what) {
           o->no_prefix = what == "inside"    ? ts::no_prefix::inside
                          : what == "outside" ? ts::no_prefix::outside
                                              : ts::no_prefix::reject;
         },
         "A label without role letter (PER) is rejected (default), inside an entity, or outside")
      ->check(CLI::IsMember({"reject", "inside", "outside"}));
  return {app, [o] { return decode(*o); }};
}

}  // namespace cli
