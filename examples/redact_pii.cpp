// SPDX-License-Identifier: MIT
// Two recognizers disagree about where a name ends. What either of them covers is masked; and an offset in the masked
// text, from a log or an annotator, leads back to the source.
#include <tagspan/tags/labels.hpp>
#include <tagspan/text/overlap.hpp>
#include <tagspan/text/redact.hpp>

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

namespace ts = tagspan;

int main() {
  std::string const text = "Dr. Zoë Müller-Lüdenscheidt (zoe@example.org) met Ana in São Paulo.";
  auto const labels = ts::label_set::for_types<ts::bio>({"PER", "EMAIL", "LOC"});

  using found = ts::scored_entity<ts::unit::byte>;
  auto const find = [&](std::string_view surface, std::string_view type, float score) -> found {
    std::size_t const begin = text.find(surface);
    return {{begin, begin + surface.size()}, *labels.find_type(type), score, {}};
  };
  std::vector<found> const entities{
      find("Zoë Müller", "PER", 0.97f),           // the model lost the second half of the name
      find("Müller-Lüdenscheidt", "LOC", 0.41f),  // a gazetteer has a village of that name
      find("zoe@example.org", "EMAIL", 1.0f),    find("Ana", "PER", 0.88f), find("São Paulo", "LOC", 0.93f),
  };

  auto const tag = [&](ts::masked_span const& m, std::string_view) {
    std::string mask = "[";
    mask += labels.type_name(m.type);
    mask += ']';
    return mask;
  };
  auto const redacted = ts::redact_with(text, entities, tag);
  if (!redacted) {
    std::fprintf(stderr, "%s\n", ts::message(redacted.error()).c_str());
    return 1;
  }
  std::printf("union:       %s\n", redacted->text().c_str());

  // Dropping one of two overlapping entities first would leave "-Lüdenscheidt" readable.
  auto const leaking = ts::redact_with(text, ts::resolve_overlaps(entities, ts::overlap_policy::best_score), tag);
  std::printf("best score:  %s\n", leaking->text().c_str());

  auto const stars = ts::redact(text, entities, {.style = ts::mask::keep_length});
  std::printf("keep length: %s\n", stars->text().c_str());

  for (ts::masked_span const& m : redacted->masks()) {
    std::printf("[%zu,%zu) hides [%zu,%zu), %s\n", m.after.begin, m.after.end, m.before.begin, m.before.end,
                std::string(labels.type_name(m.type)).c_str());
  }
  std::size_t const met = redacted->text().find("met");
  ts::byte_span const source = redacted->to_old({met, met + 3});
  std::printf("\"met\" is at [%zu,%zu) of the source: %s\n", source.begin, source.end,
              text.substr(source.begin, source.size()).c_str());
}
