// SPDX-License-Identifier: MIT
// Reports of random numbers and names, as JSON and back; and what is left of them when their text is damaged.
#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tagspan/io/json.hpp>
#include <tagspan/io/json_reports.hpp>

#include "property/random.hpp"

namespace ts = tagspan;
using namespace tagspan_test;

namespace {

// Every finite number and both infinities may come, those of few digits often.
double random_double(random_numbers& random) {
  constexpr double inf = std::numeric_limits<double>::infinity();
  switch (random.below(8)) {
    case 0: return static_cast<double>(random.below(101)) / 100;
    case 1: return static_cast<double>(random.below(1000)) / static_cast<double>(1 + random.below(1000));
    case 2: {
      double const special[] = {0.0, -0.0, 1, inf, -inf, 5e-324, 1.7976931348623157e308, 2.2250738585072014e-308};
      return special[random.below(8)];
    }
    default:
      for (;;) {
        double const d = std::bit_cast<double>(random.next());
        if (d == d) return d;  // NaN is equal to nothing
      }
  }
}
float random_float(random_numbers& random) {
  for (;;) {
    float const f = std::bit_cast<float>(static_cast<std::uint32_t>(random.next()));
    if (f == f) return f;
  }
}

std::size_t random_count(random_numbers& random) { return static_cast<std::size_t>(random.next() >> random.below(64)); }

// What breaks writers: quotes, escapes and what looks like them, control characters, NUL, bytes that are no UTF-8.
std::string random_text(random_numbers& random) {
  std::string_view const parts[] = {"\"",
                                    "\\",
                                    "x",
                                    "\\x41",
                                    "\\u0041",
                                    "\n",
                                    "\x01",
                                    std::string_view("\0", 1),
                                    "\x7F",
                                    "\xC3\xA9",
                                    "\xC3",
                                    "\xED\xA0\x80",
                                    "\xF0\x9F\x98\x80",
                                    "\xFF",
                                    "/",
                                    "</script>",
                                    "PER",
                                    ".",
                                    "|gold:1",
                                    "|zero_division:1",
                                    "\xE2\x80\xA8",
                                    "F"};
  std::string out;
  for (std::size_t n = random.below(6); n != 0; --n) out += parts[random.below(std::size(parts))];
  return out;
}
std::set<std::string> random_names(random_numbers& random) {
  std::set<std::string> names;
  for (std::size_t n = random.below(5); n != 0; --n) names.insert(random_text(random));
  return names;
}

ts::prf random_prf(random_numbers& random) {
  return {random_double(random), random_double(random), random_double(random),
          random_count(random),  random_count(random),  random_count(random)};
}
ts::metric_options random_options(random_numbers& random) {
  double const betas[] = {1, 0.5, 2, 0, 1.0 / 3, 1e300, std::numeric_limits<double>::infinity()};
  return {static_cast<ts::zero_division>(random.below(2)), static_cast<ts::average_over>(random.below(2)),
          betas[random.below(std::size(betas))]};
}
ts::entity_counts random_counts(random_numbers& random) {
  return {random_count(random), random_count(random), random_count(random)};
}

void fill(ts::report& r, random_numbers& random) {
  r.micro = random_prf(random);
  r.macro = random_prf(random);
  r.weighted = random_prf(random);
  for (std::string const& name : random_names(random)) {
    ts::typed_prf row;
    static_cast<ts::prf&>(row) = random_prf(random);
    row.type = name;
    r.by_type.push_back(row);
  }
  r.sentences = random_count(random);
  r.tokens = static_cast<std::size_t>(random.next() >> (11 + random.below(53)));
  r.correct_tokens = r.tokens - (r.tokens == 0 ? 0 : random.below(r.tokens));
  r.malformed_gold = random_count(random);
  r.malformed_predicted = random_count(random);
  r.rejected = random_count(random);
  r.gold_fingerprint = random.next();
  r.scheme = random_text(random);
  r.reading = random_text(random);
  r.options = random_options(random);
}
ts::semeval_counts random_semeval(random_numbers& random) {
  return {random_count(random), random_count(random), random_count(random), random_count(random), random_count(random)};
}
ts::semeval_tally random_tally(random_numbers& random) {
  return {random_semeval(random), random_semeval(random), random_semeval(random), random_semeval(random)};
}
void fill(ts::semeval_report& r, random_numbers& random) {
  static_cast<ts::semeval_tally&>(r) = random_tally(random);
  for (std::string const& name : random_names(random)) {
    static_cast<ts::semeval_tally&>(r.by_type.emplace_back()) = random_tally(random);
    r.by_type.back().name = name;
  }
  r.sentences = random_count(random);
  r.rejected = random_count(random);
  r.gold_fingerprint = random.next();
  r.matching = random_text(random);
  r.options = random_options(random);
}
void fill(ts::confusion_report& r, random_numbers& random) {
  auto const kinds = [&] {
    ts::kind_counts k;
    for (std::size_t& n : k.of) n = random_count(random);
    return k;
  };
  auto const entity = [&] {
    return ts::confusion_entity{random_count(random), random_count(random), random_text(random)};
  };
  r.matrix.clear();
  for (std::string const& name : random_names(random)) {
    r.types.push_back(name);
    static_cast<ts::kind_counts&>(r.by_type.emplace_back()) = kinds();
    r.by_type.back().type = name;
  }
  for (std::size_t n = (r.types.size() + 1) * (r.types.size() + 1); n != 0; --n)
    r.matrix.push_back(random_count(random));
  r.kinds = kinds();
  for (std::size_t n = random.below(4); n != 0; --n) {
    auto const kind = static_cast<ts::error_kind>(random.below(6));
    ts::confusion_example e{kind, random_count(random), {}, {}};
    if (kind != ts::error_kind::spurious) e.gold = entity();
    if (kind != ts::error_kind::missed) e.predicted = entity();
    r.examples.push_back(e);
  }
  for (std::size_t n = random.below(4); n != 0; --n) {
    static_cast<ts::entity_counts&>(r.by_length.emplace_back()) = random_counts(random);
    r.by_length.back().length = random_count(random);
  }
  for (std::size_t n = random.below(4); n != 0; --n) {
    r.frequent.push_back({static_cast<ts::error_kind>(random.below(6)), random_text(random), random_text(random),
                          random_text(random), random_count(random)});
  }
  r.seen = random_counts(random);
  r.unseen = random_counts(random);
  r.surface = random_counts(random);
  r.sentences = random_count(random);
  r.rejected = random_count(random);
  r.gold_fingerprint = random.next();
  r.matching = random_text(random);
}
template <class R>
void fill_resampled(R& r, random_numbers& random) {
  r.documents = random_count(random);
  r.resamples = random_count(random);
  r.seed = random.next();
  r.confidence = random_double(random);
}
void fill(ts::bootstrap_report& r, random_numbers& random) {
  fill_resampled(r, random);
  for (ts::estimate& e : r.of) {
    e = {random_double(random), {random_double(random), random_double(random)}, random_double(random)};
  }
}
void fill(ts::paired_report& r, random_numbers& random) {
  fill_resampled(r, random);
  for (ts::paired_estimate& e : r.of) {
    e = {random_double(random), random_double(random),
         random_double(random), {random_double(random), random_double(random)},
         random_double(random), random_double(random)};
  }
}
void fill_curve(ts::precision_recall& r, random_numbers& random) {
  r.average_precision = random_double(random);
  r.support = random_count(random);
  for (std::size_t n = random.below(5); n != 0; --n) {
    static_cast<ts::entity_counts&>(r.points.emplace_back()) = random_counts(random);
    r.points.back().threshold = random_float(random);
  }
}
void fill(ts::curve_report& r, random_numbers& random) {
  fill_curve(r, random);
  for (std::string const& name : random_names(random)) {
    fill_curve(r.by_type.emplace_back(), random);
    r.by_type.back().name = name;
  }
  r.mean_average_precision = random_double(random);
  r.sentences = random_count(random);
  r.rejected = random_count(random);
}
void fill(ts::reliability_diagram& r, random_numbers& random) {
  for (std::size_t n = random.below(5); n != 0; --n) {
    r.bins.push_back({random_double(random), random_double(random), random_count(random), random_double(random),
                      random_double(random)});
  }
  r.count = random_count(random);
  r.confidence = random_double(random);
  r.accuracy = random_double(random);
  r.ece = random_double(random);
  r.mce = random_double(random);
}

template <class R>
using reader = ts::result<R> (*)(std::string_view);

// There and back; then byte by byte damaged, which must give an error in the text or a report that is written as it
// was read.
template <class R>
void check(reader<R> read, std::uint64_t seed) {
  random_numbers random(seed);
  std::size_t refused = 0, taken = 0;
  for (int round = 0; round < 400; ++round) {
    R r;
    fill(r, random);
    std::string const text = ts::to_json_text(r);
    auto const back = read(text);
    INFO(text);
    REQUIRE(back);
    REQUIRE((*back == r));
    REQUIRE(ts::to_json_text(*back) == text);  // -0 is equal to 0 and another text
    REQUIRE(nlohmann::json::parse(text) == nlohmann::json(r));
    for (int k = 0; k < 10; ++k) {
      std::string damaged = text;
      std::size_t const at = random.below(text.size());
      switch (random.below(4)) {
        case 0: damaged[at] = static_cast<char>(random.below(256)); break;
        case 1: damaged.erase(at, 1 + random.below(20)); break;
        case 2: damaged.insert(at, text.substr(random.below(text.size()), random.below(30))); break;
        default: damaged.resize(at); break;
      }
      auto const other = read(damaged);
      (other ? taken : refused) += 1;
      if (other) {
        auto const again = read(ts::to_json_text(*other));
        REQUIRE(again);
        REQUIRE(ts::to_json_text(*again) == ts::to_json_text(*other));
      } else {
        REQUIRE(other.error().code == ts::errc::bad_json);
        REQUIRE(other.error().where <= damaged.size());
      }
    }
  }
  CHECK(refused > 2000);
  CHECK(taken > 100);
}

}  // namespace

TEST_CASE("a report") { check<ts::report>(ts::report_from_json, 31); }
TEST_CASE("SemEval's figures") { check<ts::semeval_report>(ts::semeval_report_from_json, 32); }
TEST_CASE("confusion") { check<ts::confusion_report>(ts::confusion_report_from_json, 33); }
TEST_CASE("intervals") { check<ts::bootstrap_report>(ts::bootstrap_report_from_json, 34); }
TEST_CASE("two systems") { check<ts::paired_report>(ts::paired_report_from_json, 35); }
TEST_CASE("a curve") { check<ts::curve_report>(ts::curve_report_from_json, 36); }
TEST_CASE("reliability") { check<ts::reliability_diagram>(ts::reliability_diagram_from_json, 37); }

// Where each value and key begins, by a reader of its own that recurs and keeps nothing else.
namespace {

struct walker {
  std::string_view text;
  std::size_t at = 0;
  std::vector<std::pair<std::size_t, std::size_t>> values;  // where each begins and ends
  std::vector<std::size_t> seconds;                         // where a key stands again

  void blank() {
    while (at < text.size() && std::string_view(" \n\r\t").find(text[at]) != std::string_view::npos) ++at;
  }
  std::string_view quoted() {
    std::size_t const begin = at++;
    while (text[at] != '"') at += text[at] == '\\' ? 2U : 1U;
    return text.substr(begin, ++at - begin);
  }
  void value() {
    blank();
    std::size_t const number = values.size();
    values.emplace_back(at, 0);
    char const open = text[at];
    if (open == '"') {
      quoted();
    } else if (open == '{' || open == '[') {
      std::set<nlohmann::json> keys;
      ++at;
      for (blank(); text[at] != '}' && text[at] != ']'; blank()) {
        if (text[at] == ',') {
          ++at;
          continue;
        }
        if (open == '{') {
          std::size_t const begin = at;
          if (!keys.insert(nlohmann::json::parse(quoted())).second) seconds.push_back(begin);
          blank();
          ++at;
        }
        value();
      }
      ++at;
    } else {
      at = std::min(text.find_first_of(" \n\r\t,]}", at), text.size());
    }
    values[number].second = at;
  }
};

// JSON with few keys, so that some come twice.
void append_random(std::string& out, random_numbers& random, int depth) {
  auto const blanks = [&] { out.append(random.below(3), " \n\t\r"[random.below(4)]); };
  blanks();
  std::size_t const kind = random.below(depth == 0 ? 4 : 6);
  if (kind < 4) {
    std::string_view const leaves[] = {"-1.5e3", R"("a,\"]:{\\")", "null", "17"};
    out += leaves[kind];
  } else {
    out += kind == 4 ? '[' : '{';
    for (std::size_t n = random.below(4), k = 0; k < n; ++k) {
      if (k != 0) out += ',';
      blanks();
      if (kind == 5) {
        std::string_view const keys[] = {R"("a")", R"("\u0061")", R"("b\\")", R"("\"c")", R"("d")", R"("e")"};
        out += keys[random.below(6)];
        blanks();
        out += ':';
      }
      append_random(out, random, depth - 1);
    }
    blanks();
    out += kind == 4 ? ']' : '}';
  }
  blanks();
}

}  // namespace

TEST_CASE("an error stands where its value begins, and a second key where it stands") {
  random_numbers random(38);
  std::size_t with_second = 0, without = 0;
  for (int round = 0; round < 5000; ++round) {
    std::string text = random.one_in(4) ? "\xEF\xBB\xBF" : "";
    std::size_t const begin = text.size();
    append_random(text, random, 4);
    INFO(text);
    walker w{text, begin, {}, {}};
    w.value();
    auto const document = ts::detail::parse_json(text);
    REQUIRE(document.has_value() == w.seconds.empty());
    if (!document) {
      std::sort(w.seconds.begin(), w.seconds.end());
      REQUIRE(document.error().where == w.seconds.front());
      ++with_second;
      continue;
    }
    ++without;
    // All values of the document, each in turn the wrong one.
    std::vector<nlohmann::json const*> values{&*document};
    std::vector<std::size_t> places;
    for (std::size_t k = 0; k < values.size(); ++k) {
      if (values[k]->is_structured()) {
        for (auto const& child : *values[k]) values.push_back(&child);
      }
      ts::detail::json_reading reading(text, *document);
      reading.expect(false, *values[k]);
      places.push_back(reading.where().where);
      auto const span =
          std::find_if(w.values.begin(), w.values.end(), [&](auto const& v) { return v.first == places.back(); });
      REQUIRE(span != w.values.end());
      REQUIRE(nlohmann::json::parse(text.substr(span->first, span->second - span->first)) == *values[k]);
    }
    std::sort(places.begin(), places.end());
    REQUIRE(places.size() == w.values.size());
    REQUIRE(std::unique(places.begin(), places.end()) == places.end());  // each value has its own
  }
  CHECK(with_second > 200);
  CHECK(without > 2000);
}
