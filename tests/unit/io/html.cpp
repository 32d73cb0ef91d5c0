// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>
#include <tagspan/eval/scorer.hpp>
#include <tagspan/eval/significance.hpp>
#include <tagspan/io/html.hpp>
#include <vector>

namespace ts = tagspan;

namespace {

bool contains(std::string const& text, std::string_view part) { return text.find(part) != std::string::npos; }

std::size_t count(std::string const& text, std::string_view part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++found;
  return found;
}

// Every element that is opened is closed, in order; those that never are closed are named.
bool well_nested(std::string const& page) {
  std::vector<std::string> open;
  for (std::size_t at = page.find('<'); at != std::string::npos; at = page.find('<', at + 1)) {
    std::size_t const end = page.find('>', at);
    if (end == std::string::npos) return false;
    std::string const tag = page.substr(at + 1, end - at - 1);
    if (tag[0] == '!' || tag.back() == '/') continue;
    std::string const name = tag.substr(tag[0] == '/', tag.find_first_of(" ") - (tag[0] == '/'));
    if (name == "meta" || name == "link") continue;
    if (tag[0] != '/') {
      open.push_back(name);
    } else if (open.empty() || open.back() != name) {
      return false;
    } else {
      open.pop_back();
    }
  }
  return open.empty();
}

std::string errors_of(std::vector<ts::html_sentence> const& sentences, ts::html_error_options const& options = {}) {
  ts::html_page page{"t"};
  page.errors(sentences, options).value();
  std::string const text = page.text();
  CHECK(well_nested(text));
  return text.substr(text.find("<main>"));
}

}  // namespace

TEST_CASE("what comes from data is text") {
  struct row {
    std::string_view data, shown;
  };
  for (auto const& [data, shown] : std::vector<row>{
           {"<script>alert('1')</script>", "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;"},
           {"\" onload=\"x", "&quot; onload=&quot;x"},
           {"a & b", "a &amp; b"},
           {std::string_view("\0", 1), "\xE2\x90\x80"},
           {"\x1B[31m", "\xE2\x90\x9B[31m"},
           {"\x7F", "\xE2\x90\xA1"},
           {"\xC2\x85", "\xEF\xBF\xBD"},                  // a control character of the second set
           {"\xED\xA0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},  // a lone surrogate: three ill-formed parts
           {"\xFFz", "\xEF\xBF\xBDz"},
           {"z\xE2\x82", "z\xEF\xBF\xBD"},
           {"tab\tand\nline", "tab\tand\nline"},
           {"\xF0\x9F\x98\x80", "\xF0\x9F\x98\x80"},
       }) {
    CAPTURE(shown);
    ts::html_page page{data};
    CHECK(contains(page.text(), "<title>" + std::string(shown) + "</title>"));
    ts::label_set labels;
    ts::scorer scorer{labels};
    ts::report r = scorer.report();
    r.by_type.push_back({{}, std::string(data)});
    page.types(r);
    CHECK(contains(page.text(), "<th scope=\"row\"><bdi>" + std::string(shown) + "</bdi></th>"));
    CHECK(well_nested(page.text()));
    std::vector<ts::html_entity> const whole = {{{0, data.size()}, data}};
    std::string const errors = errors_of({{data, data, whole, {}}});
    CHECK(contains(errors, "<h3><bdi>" + std::string(shown) + "</bdi></h3>"));
    CHECK(contains(errors, "<mark class=\"off\">" + std::string(shown) + "</mark><bdi class=\"tag\">" + std::string(shown) + " missed</bdi>"));
  }
}

TEST_CASE("a page loads nothing and runs nothing") {
  ts::label_set labels;
  ts::scorer<ts::bio> scorer{labels};
  auto const tags = labels.intern({"B-PER", "O"}).value();
  scorer.add(tags, tags).value();
  ts::html_page page{"t"};
  page.figures(scorer.report());
  page.types(scorer.report());
  std::string const text = page.text();
  CHECK(well_nested(text));
  for (std::string_view part : {"<script", "http://", "https://", "url(", "@import", "src=", "on"  "click"}) {
    CAPTURE(part);
    CHECK_FALSE(contains(text, part));
  }
  CHECK(contains(text, "default-src 'none'"));
  CHECK(contains(text, "<a href=\"#types\">Types</a>"));
  CHECK(contains(text, "<section id=\"types\">"));
  CHECK(contains(text, ts::to_text(scorer.report()).substr(ts::to_text(scorer.report()).find("tagspan:"), 20)));
}

TEST_CASE("an entity that both sides have is right; the others are named") {
  std::string_view const text = "Ada met Bo in Rome";
  std::vector<ts::html_entity> const gold = {{{14, 18}, "LOC"}, {{0, 3}, "PER"}};
  std::vector<ts::html_entity> const predicted = {{{0, 3}, "PER"}, {{8, 10}, "PER"}, {{14, 18}, "ORG"}};
  std::string const page = errors_of({{"line 1", text, gold, predicted}});
  CHECK(contains(page, "<mark>Ada</mark><bdi class=\"tag\">PER</bdi> met Bo in <mark class=\"off\">Rome</mark><bdi class=\"tag\">LOC missed</bdi>"));
  CHECK(contains(page, " met <mark class=\"off\">Bo</mark><bdi class=\"tag\">PER wrong</bdi> in <mark class=\"off\">Rome</mark><bdi class=\"tag\">ORG wrong</bdi>"));
}

TEST_CASE("nested and crossing entities") {
  std::string_view const text = "abcdef";
  std::vector<ts::html_entity> const gold = {{{0, 4}, "A"}, {{2, 6}, "B"}, {{2, 4}, "C"}};
  std::string const page = errors_of({{"x", text, gold, {}}});
  CHECK(contains(page,
                 "<mark class=\"off\">ab</mark><mark class=\"off\">cd</mark><bdi class=\"tag\">A missed</bdi><bdi class=\"tag\">C missed</bdi>"
                 "<mark class=\"off\">ef</mark><bdi class=\"tag\">B missed</bdi>"));
}

TEST_CASE("which sentences are shown") {
  std::string_view const text = "Ada";
  std::vector<ts::html_entity> const one = {{{0, 3}, "PER"}};
  std::vector<ts::html_entity> const none;
  std::vector<ts::html_sentence> const sentences = {{"right", text, one, one}, {"a", text, one, none}, {"b", text, none, one}, {"c", text, one, none}};
  CHECK(count(errors_of(sentences), "<article>") == 3);
  CHECK(count(errors_of(sentences, {.only_wrong = false}), "<article>") == 4);
  std::string const two = errors_of(sentences, {.most = 2});
  CHECK(count(two, "<article>") == 2);
  CHECK(contains(two, "1 more sentence not shown"));
  CHECK(contains(errors_of({sentences[0]}), "None."));
}

TEST_CASE("a long text is cut around its entities, between characters") {
  std::string text;
  for (int i = 0; i < 100; ++i) text += "\xC3\xA9";  // two bytes each
  std::vector<ts::html_entity> const gold = {{{100, 102}, "X"}};
  std::string const page = errors_of({{"long", text, gold, {}}}, {.context = 5});
  // 95 lies inside a character, and so does 107: both are moved outward.
  CHECK(contains(page, "\xE2\x80\xA6\xC3\xA9\xC3\xA9\xC3\xA9<mark class=\"off\">\xC3\xA9</mark><bdi class=\"tag\">X missed</bdi>"
                       "\xC3\xA9\xC3\xA9\xC3\xA9\xE2\x80\xA6</p>"));
}

TEST_CASE("entities that do not fit their text") {
  struct row {
    ts::byte_span span;
    bool predicted;
    ts::error wrong;
  };
  std::string_view const text = "caf\xC3\xA9";
  for (auto const& [span, predicted, wrong] : std::vector<row>{
           {{2, 2}, false, {ts::errc::bad_span_in_sentence, 1, 0}},
           {{3, 2}, false, {ts::errc::bad_span_in_sentence, 1, 0}},
           {{0, 6}, true, {ts::errc::bad_span_in_sentence, 1, 0}},
           {{0, 4}, true, {ts::errc::off_boundary, 1, 0}},
           {{4, 5}, false, {ts::errc::off_boundary, 1, 0}},
       }) {
    std::vector<ts::html_entity> const side = {{span, "X"}};
    std::vector<ts::html_entity> const none;
    ts::html_page page{"t"};
    std::string const before = page.text();
    std::vector<ts::html_sentence> const sentences = {{"a", text, none, none}, {"b", text, predicted ? none : side, predicted ? side : none}};
    auto const done = page.errors(sentences);
    REQUIRE_FALSE(done.has_value());
    CHECK(done.error() == wrong);
    CHECK(page.text() == before);
  }
}

TEST_CASE("the reliability diagram has its numbers in a table") {
  std::vector<double> const confidence = {0.95, 0.9, 0.3};
  std::vector<std::uint8_t> const right = {1, 0, 0};
  ts::html_page page{"t"};
  page.reliability(ts::reliability(confidence, right, 2).value());
  std::string const text = page.text();
  CHECK(well_nested(text));
  CHECK(count(text, "<rect ") == 2);
  CHECK(contains(text, "<bdi>(0.50, 1.00]</bdi></th><td>2</td><td>0.9250</td><td>0.5000</td>"));
}

TEST_CASE("the harmonic figure is named by its beta") {
  struct row {
    double beta;
    std::string name;
  };
  for (auto const& [beta, name] : {row{1, "1"}, row{2, "2"}, row{0.5, "0.5"}}) {
    CAPTURE(name);
    ts::report r;
    r.options.beta = beta;
    ts::semeval_report s;
    s.options.beta = beta;
    ts::html_page page{"t"};
    page.figures(r, ts::bootstrap_report{}).value();
    page.types(r);
    page.semeval(s);
    std::string const text = page.text();
    CHECK(contains(text, "<dt>Micro F" + name + "</dt>"));
    CHECK(contains(text, "<dt>Macro F" + name + "</dt>"));
    CHECK(count(text, "<th scope=\"col\"><bdi>F" + name + "</bdi></th>") == 3);  // averages, types, strategies
    CHECK(contains(text, "<bdi>micro.f" + name + "</bdi>"));
    CHECK(contains(text, "<bdi>macro.f" + name + "</bdi>"));
    if (beta != 1) CHECK_FALSE(contains(text, "F1<"));
  }
}

TEST_CASE("a confidence is shown in percent, as it was written") {
  struct row {
    double confidence;
    std::string_view shown;
  };
  for (auto const& [confidence, shown] :
       {row{0.57, "57"}, row{0.95, "95"}, row{0.999, "99.9"}, row{0.9995, "99.95"}, row{0.123456789, "12.3456789"}}) {
    CAPTURE(shown);
    ts::html_page page{"t"};
    ts::bootstrap_report b;
    b.confidence = confidence;
    page.figures(ts::report{}, b).value();
    ts::paired_report p;
    p.confidence = confidence;
    page.comparison("a", "b", p);
    CHECK(count(page.text(), "<bdi>" + std::string(shown) + " % interval</bdi>") == 2);
  }
}

TEST_CASE("intervals of other figures than the report's are refused") {
  ts::label_set labels;
  ts::count_table<ts::bio> table{labels, {.metrics = {.average_over = ts::average_over::gold, .beta = 2}}};
  auto const gold = labels.intern({"B-PER", "O", "B-LOC", "B-LOC"}).value();
  auto const found = labels.intern({"B-PER", "B-ORG", "O", "O"}).value();
  table.add(gold, found).value();
  struct row {
    std::string_view name;
    ts::metric_options metrics;
    ts::error wrong;
  };
  for (auto const& [name, metrics, wrong] : std::vector<row>{
           {"F1 beside F2", {.average_over = ts::average_over::gold}, {ts::errc::options_differ, 2, 0}},
           {"macro over other types", {.beta = 2}, {ts::errc::options_differ, 3, 0}},
       }) {
    CAPTURE(name);
    auto const other = ts::bootstrap_intervals(table.documents(), {.resamples = 10, .metrics = metrics}).value();
    ts::html_page page{"t"};
    std::string const before = page.text();
    auto const done = page.figures(table.report(), other);
    REQUIRE_FALSE(done.has_value());
    CHECK(done.error() == wrong);
    CHECK(page.text() == before);
  }
  ts::html_page page{"t"};
  ts::bootstrap_report own = ts::bootstrap_intervals(table.counted(), {.resamples = 10}).value();
  CHECK(page.figures(table.report(), own).has_value());
  own.of[1].value += 5e-13;  // rounding
  CHECK(page.figures(table.report(), own).has_value());
  own.of[1].value = std::nan("");
  CHECK(page.figures(table.report(), own).error() == ts::error{ts::errc::options_differ, 1, 0});
}

TEST_CASE("intervals, strategies, confusion and the comparison") {
  ts::html_page page{"t"};
  ts::report r;
  r.micro = {0.5, 0.25, 1.0 / 3, 4, 1, 2};
  ts::bootstrap_report b;
  b.of[0].value = 0.5;
  b.of[1].value = 0.25;
  b.of[ts::micro_f1] = {1.0 / 3, {0.25, 0.5}, 0.001};
  b.documents = 7;
  b.resamples = 1000;
  b.seed = 3;
  b.confidence = 0.95;
  page.figures(r, b).value();
  ts::semeval_report s;
  s.partial = {1, 0, 1, 2, 3};
  page.semeval(s);
  ts::confusion_report c;
  c.types = {"", "<PER>"};
  c.matrix = {3, 1, 0,  //
              0, 2, 2,  //
              0, 5, 0};
  c.by_type.resize(1);
  c.by_type[0].type = "<PER>";
  c.by_type[0][ts::error_kind::missed] = 2;
  c.frequent.push_back({ts::error_kind::missed, "O'Neil & <sons>", "<PER>", "", 2});
  page.confusion(c);
  ts::paired_report p;
  p.of[ts::micro_f1] = {0.5, 0.25, 0.25, {-0.125, 0.375}, 0.0625, 1};
  p.confidence = 0.9;
  page.comparison("a <1>", "b", p);
  std::string const text = page.text();
  CHECK(well_nested(text));
  for (std::string_view part : {
           "<th scope=\"col\"><bdi>95 % interval</bdi></th>",
           "<bdi>micro.f1</bdi></th><td>0.3333</td><td>[0.2500, 0.5000]</td><td>0.0010</td>",
           "1000 resamples of 7 documents, seed 3.",
           "<td>1</td><td>0</td><td>1</td><td>2</td><td>3</td>",
           "<th scope=\"col\"><bdi>(no type)</bdi></th>",
           // half of what is gold <PER> was missed: half of the darkest
           "<td class=\"heat diagonal\" style=\"--h:0.275\">2</td><td class=\"heat\" style=\"--h:0.275\">2</td>",
           "<td class=\"heat\" style=\"--h:0.550\">5</td><td></td>",
           "<bdi>O&#39;Neil &amp; &lt;sons&gt;</bdi></th><td>2</td><td>missed</td><td><bdi>&lt;PER&gt;</bdi></td><td><bdi></bdi></td>",
           "<bdi>a &lt;1&gt;</bdi>",
           "<td>0.5000</td><td>0.2500</td><td>+0.2500</td><td>[-0.1250, 0.3750]</td><td>0.0625</td><td>1.0000</td>",
       }) {
    CAPTURE(part);
    CHECK(contains(text, part));
  }
}
