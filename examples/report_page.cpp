// SPDX-License-Identifier: MIT
// Two systems judged on the same sentences: one page with figures and their intervals, types, what was taken for what,
// every error in its sentence, and whether the difference is more than chance. Write the output to report.html.
#include <tagspan/io/html.hpp>
#include <tagspan/tagspan.hpp>

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

namespace ts = tagspan;

namespace {

using byte_entity = ts::entity<ts::unit::byte>;

struct sample {
  std::string_view text, gold, first, second;  // entities as "surface=TYPE;…"
};

constexpr sample samples[] = {
    {"Ada Larsen met Tomas Plana in Rome.", "Ada Larsen=PER;Tomas Plana=PER;Rome=LOC", "Ada Larsen=PER;Tomas=PER;Rome=LOC",
     "Ada Larsen=PER;Tomas Plana=PER;Rome=LOC"},
    {"The Northern Academy moved to Bergen.", "Northern Academy=ORG;Bergen=LOC", "Northern Academy=LOC;Bergen=LOC",
     "Northern Academy=ORG;Bergen=LOC"},
    {"Nobody wrote <script>alert('hello')</script> & left.", "", "Nobody=PER", ""},
    {"وُلد محمد علي في القاهرة سنة ١٩٤٢.", "محمد علي=PER;القاهرة=LOC", "محمد علي=PER", "محمد علي=PER;القاهرة=LOC"},
    {"東京大学の山田太郎は京都で講演した。", "東京大学=ORG;山田太郎=PER;京都=LOC", "東京=LOC;山田太郎=PER;京都=LOC",
     "東京大学=ORG;山田太郎=PER"},
    {"Зоя уехала из Осло в Рим 🚂.", "Зоя=PER;Осло=LOC;Рим=LOC", "Зоя=PER;Осло=LOC", "Зоя=PER;Осло=LOC;Рим=LOC"},
};

// What stands behind each "surface=TYPE".
template <class F>
void for_each_mark(std::string_view text, std::string_view marks, F&& f) {
  while (!marks.empty()) {
    std::string_view const mark = marks.substr(0, marks.find(';'));
    marks.remove_prefix(mark.size() == marks.size() ? mark.size() : mark.size() + 1);
    std::size_t const equals = mark.find('=');
    std::size_t const begin = text.find(mark.substr(0, equals));
    f(ts::byte_span{begin, begin + equals}, mark.substr(equals + 1));
  }
}

std::vector<byte_entity> entities(sample const& s, std::string_view marks, ts::label_set const& labels) {
  std::vector<byte_entity> out;
  for_each_mark(s.text, marks, [&](ts::byte_span span, std::string_view type) { out.push_back({span, *labels.find_type(type)}); });
  return out;
}

std::vector<ts::html_entity> shown(sample const& s, std::string_view marks) {
  std::vector<ts::html_entity> out;
  for_each_mark(s.text, marks, [&](ts::byte_span span, std::string_view type) { out.push_back({span, type}); });
  return out;
}

}  // namespace

int main() {
  auto const labels = ts::label_set::for_types<ts::bio>({"LOC", "ORG", "PER"});
  ts::count_table first{labels}, second{labels};
  ts::semeval_scorer nearly{labels};
  ts::confusion errors{labels};
  std::vector<std::vector<ts::html_entity>> kept;  // what the page's views look at
  kept.reserve(2 * std::size(samples));
  std::vector<ts::html_sentence> sentences;
  for (sample const& s : samples) {
    auto const gold = entities(s, s.gold, labels);
    auto const found = entities(s, s.first, labels);
    first.add(gold, found).value();
    second.add(gold, entities(s, s.second, labels)).value();
    nearly.add(gold, found).value();
    errors.add(gold, found).value();
    kept.push_back(shown(s, s.gold));
    kept.push_back(shown(s, s.first));
    sentences.push_back({"", s.text, kept[kept.size() - 2], kept.back()});
  }
  std::vector<std::string> names;
  for (std::size_t i = 0; i < sentences.size(); ++i) names.push_back("sentence " + std::to_string(i + 1));
  for (std::size_t i = 0; i < sentences.size(); ++i) sentences[i].name = names[i];

  std::vector<double> const scores = {0.97, 0.91, 0.88, 0.93, 0.55, 0.62, 0.96, 0.71, 0.41, 0.83};
  std::vector<std::uint8_t> const right = {1, 0, 1, 1, 0, 1, 1, 1, 0, 1};

  ts::html_page page{"The first system on six sentences"};
  page.figures(first.report(), ts::bootstrap_intervals(first.counted()).value()).value();
  page.types(first.report());
  page.semeval(nearly.report());
  page.confusion(errors.report());
  if (auto const done = page.errors(sentences); !done) {
    std::fprintf(stderr, "%s\n", ts::message(done.error()).c_str());
    return 1;
  }
  page.reliability(ts::reliability(scores, right, 10).value());
  page.comparison("first", "second", ts::compare_systems(first.counted(), second.counted()).value());
  std::fputs(page.text().c_str(), stdout);
}
