// SPDX-License-Identifier: MIT
// Any bytes as ids: reading, validating, repairing, converting and scoring agree with each other. The first byte
// chooses the scheme, the second how the ids are cut into two sides.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <string_view>
#include <vector>

#include <tagspan/eval.hpp>
#include <tagspan/tags.hpp>

namespace ts = tagspan;

namespace {

void must(bool condition) {
  if (!condition) std::abort();
}

using ids = std::vector<std::int8_t>;

template <ts::tag_scheme S>
void check_tags(ids const& tags, ts::label_set const& labels) {
  auto const read = ts::to_entities<S>(tags, labels);
  auto const violations = ts::validate<S>(tags, labels);
  must(read.has_value() == violations.has_value());
  if (!read) {
    must(read.error() == violations.error() && read.error().where < tags.size());
    must(ts::repair<S>(tags, labels).error() == read.error());
    return;
  }
  std::size_t last = 0;
  for (auto const& e : *read) {
    must(e.span.begin >= last && e.span.begin < e.span.end && e.span.end <= tags.size());
    must(tags[e.span.begin] != -100 && tags[e.span.end - 1] != -100);
    last = e.span.end;
  }
  auto const strict = ts::to_entities<S>(tags, labels, {.reading = ts::reading::strict}).value();
  must(strict.size() <= read->size());
  if (violations->empty()) must(strict == *read);
  for (auto const& v : *violations) must(v.index < tags.size() && !ts::kind_name(v.kind).empty());
  auto const conlleval = ts::to_entities(tags, labels, {.reading = ts::reading::conlleval}).value();
  must(conlleval.empty() == read->empty());
  auto const fixed = ts::repair<S>(tags, labels);
  if (fixed) {
    must(ts::validate<S>(*fixed, labels).value().empty());
    must(ts::to_entities<S>(*fixed, labels).value() == *read);
    must(ts::repair<S>(*fixed, labels).value() == *fixed);
  } else {
    must(fixed.error().code == ts::errc::not_representable && S::name == ts::io::name);
  }
  ts::label_set bioes;
  auto const there = ts::convert<S, ts::bioes>(tags, labels, bioes).value();
  must(ts::validate<ts::bioes>(there, bioes).value().empty());
  must(ts::to_entities<ts::bioes>(there, bioes).value().size() == read->size());
}

template <ts::tag_scheme S>
void check_scores(ids const& gold, ids const& predicted, ts::label_set const& labels) {
  for (auto reading : {ts::reading::lenient, ts::reading::conlleval, ts::reading::strict}) {
    ts::scorer<S> scorer{labels, {.reading = reading}};
    auto const added = scorer.add(gold, predicted);
    ts::report const r = scorer.report();
    must(r.rejected == (added ? 0U : 1U) && r.sentences + r.rejected == 1);
    must(r.micro.correct <= r.micro.predicted && r.micro.correct <= r.micro.support);
    must(r.micro.f1 >= 0 && r.micro.f1 <= 1 && r.macro.f1 >= 0 && r.macro.f1 <= 1 && r.weighted.f1 >= 0);
    must(!ts::to_text(r).empty());
    if (!added) {
      must(r.micro.support == 0 && added.error().where == 0);
      continue;
    }
    std::size_t support = 0;
    for (auto const& line : r.by_type) support += line.support;
    must(support == r.micro.support);
    if (gold == predicted) must(r.micro.correct == r.micro.support && r.correct_tokens == r.tokens);
    // The same entities, given as such: where nothing is ignored these are what the readings find.
    bool ignored = false;
    for (auto id : gold) ignored = ignored || id == -100;
    if (!ignored) {
      auto const g = ts::to_entities<S>(gold, labels, {.reading = reading}).value();
      auto const p = ts::to_entities<S>(predicted, labels, {.reading = reading}).value();
      ts::scorer<S> spans{labels};
      spans.add(g, p).value();
      must(spans.report().by_type == r.by_type && spans.report().gold_fingerprint == r.gold_fingerprint);
    }
  }
}

// Three bytes an entity: begin, length, type. Anything may come out, but nothing that is no inverse.
template <ts::tag_scheme S>
void check_writing(std::uint8_t const* data, std::size_t size) {
  auto const labels = ts::label_set::for_types<S>({"X", "Y", "Z"});
  std::vector<ts::token_entity> entities;
  for (std::size_t i = 0; i + 3 <= size; i += 3) {
    std::size_t const begin = data[i] % 24U;
    entities.push_back({{begin, begin + data[i + 1] % 5U}, ts::type_id{data[i + 2] % 4U}});
  }
  auto const tags = ts::to_tags<S>(entities, 24, labels);
  if (!tags) {
    must(tags.error().where < entities.size());
    return;
  }
  auto const read = ts::to_entities<S>(*tags, labels, {.reading = ts::reading::strict}).value();
  must(read.size() == entities.size() && ts::validate<S>(*tags, labels).value().empty());
  for (auto const& e : read) {
    bool found = false;
    for (auto const& given : entities) found = found || given == e;
    must(found);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  if (size < 2) return 0;
  static auto const labels =
      ts::label_set::from_id2label({"B-X", "I-X", "E-X", "S-X", "O", "B-Y", "I-Y", "E-Y", "S-Y"}).value();
  // Mostly known ids, so that something is left to read; high bytes are what they are, -100 among them.
  ids all;
  for (std::size_t i = 2; i < size; ++i) {
    all.push_back(static_cast<std::int8_t>(data[i] < 0x80 ? data[i] % labels.size() : data[i]));
  }
  std::size_t const cut = data[1] < 0x80 ? all.size() / 2 : data[1] % (all.size() + 1);
  ids const gold(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(cut));
  ids const predicted(all.begin() + static_cast<std::ptrdiff_t>(cut), all.end());
  ts::visit_scheme(ts::all_schemes[data[0] % std::size(ts::all_schemes)], [&]<ts::tag_scheme S>(S) {
    check_tags<S>(all, labels);
    check_scores<S>(gold, predicted, labels);
    check_scores<S>(gold, gold, labels);
    check_writing<S>(data + 2, size - 2);
  });
  return 0;
}
