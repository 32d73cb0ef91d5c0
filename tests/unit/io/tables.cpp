// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <limits>
#include <string>
#include <string_view>
#include <tagspan/eval/scorer.hpp>
#include <tagspan/io/tables.hpp>
#include <vector>

namespace ts = tagspan;

namespace {

ts::report small_report() {
  ts::report r;
  r.by_type.push_back({{0.5, 1.0 / 3, 0.4, 3, 1, 2}, "LOC"});
  r.micro = {0.5, 1.0 / 3, 0.4, 3, 1, 2};
  r.macro = r.weighted = r.micro;
  r.reading = "lenient";
  return r;
}

// The only type of the report, as each form shows it.
struct row {
  std::string_view type, markdown, csv;
};

}  // namespace

TEST_CASE("a report") {
  CHECK(ts::to_markdown(small_report()) ==
        "| row | type | precision | recall | f1 | support | predicted | correct |\n"
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |\n"
        "| type | LOC | 0.5000 | 0.3333 | 0.4000 | 3 | 2 | 1 |\n"
        "| micro |  | 0.5000 | 0.3333 | 0.4000 | 3 | 2 | 1 |\n"
        "| macro |  | 0.5000 | 0.3333 | 0.4000 | 3 | 2 | 1 |\n"
        "| weighted |  | 0.5000 | 0.3333 | 0.4000 | 3 | 2 | 1 |\n"
        "\n`" +
            small_report().signature() + "`\n");
  CHECK(ts::to_csv(small_report()) ==
        "row,type,precision,recall,f1,support,predicted,correct\n"
        "type,LOC,0.5,0.3333333333333333,0.4,3,2,1\n"
        "micro,,0.5,0.3333333333333333,0.4,3,2,1\n"
        "macro,,0.5,0.3333333333333333,0.4,3,2,1\n"
        "weighted,,0.5,0.3333333333333333,0.4,3,2,1\n");
}

TEST_CASE("the harmonic figure is named by its beta") {
  struct beta_row {
    double beta;
    std::string_view name;
  };
  for (auto const& [beta, name] : {beta_row{1, "f1"}, beta_row{2, "f2"}, beta_row{0.5, "f0.5"},
                                   beta_row{std::numeric_limits<double>::infinity(), "finf"}}) {
    CAPTURE(name);
    ts::report r = small_report();
    r.options.beta = beta;
    ts::semeval_report s;
    s.options.beta = beta;
    std::string const in_csv = ",recall," + std::string(name) + ',';
    std::string const in_markdown = "| recall | " + std::string(name) + " |";
    CHECK(ts::to_csv(r).find(in_csv) != std::string::npos);
    CHECK(ts::to_csv(s).find(in_csv) != std::string::npos);
    CHECK(ts::to_markdown(r).find(in_markdown) != std::string::npos);
    CHECK(ts::to_markdown(s).find(in_markdown) != std::string::npos);
  }
}

TEST_CASE("types are text in each form") {
  for (auto const& [type, markdown, csv] : std::vector<row>{
           {"a,b", "a,b", "\"a,b\""},
           {"a\"b", "a\"b", "\"a\"\"b\""},
           {"a\nb", "a b", "\"a\nb\""},
           {"a|b", "a\\|b", "a|b"},
           {"<b>", "\\<b\\>", "<b>"},
           {"[x](y)", "\\[x\\](y)", "[x](y)"},
           {"`*_", "\\`\\*\\_", "`*_"},
           {"\x01", "\xEF\xBF\xBD", "\x01"},
           {"=1+1", "=1+1", "=1+1"},  // data, whatever a spreadsheet makes of it
           {"\xFF", "\xEF\xBF\xBD", "\xFF"},
           {"\xD0\x9B", "\xD0\x9B", "\xD0\x9B"},
       }) {
    CAPTURE(type);
    ts::report r = small_report();
    r.by_type[0].type = type;
    CHECK(ts::to_markdown(r).find("| type | " + std::string(markdown) + " | 0.5") != std::string::npos);
    CHECK(ts::to_csv(r).find("\ntype," + std::string(csv) + ",0.5") != std::string::npos);
  }
}

TEST_CASE("the other reports") {
  ts::semeval_report s;
  s.partial = {1, 0, 1, 0, 0};
  CHECK(ts::to_csv(s).find("partial,,0.75,0.75,0.75,1,0,1,0,0\n") != std::string::npos);
  CHECK(ts::to_markdown(s).find("`" + s.signature() + "`") != std::string::npos);

  ts::confusion_report c;
  c.types = {"LOC", "PER"};
  c.matrix = {3, 1, 0,  //
              0, 2, 4,  //
              0, 5, 0};
  CHECK(ts::to_csv(c) == "gold,predicted,count\nLOC,LOC,3\nLOC,PER,1\nPER,PER,2\nPER,,4\n,PER,5\n");
  CHECK(ts::to_markdown(c).ends_with("|  | PER | 5 |\n\n`" + c.signature() + "`\n"));

  ts::bootstrap_report b;
  b.of[ts::micro_f1] = {0.25, {0.125, 0.5}, 0.0078125};
  CHECK(ts::to_csv(b).find("\nmicro.f1,0.25,0.125,0.5,0.0078125\n") != std::string::npos);
  CHECK(ts::to_markdown(b).find("| micro.f1 | 0.2500 | 0.1250 | 0.5000 | 0.0078 |\n") != std::string::npos);

  ts::paired_report p;
  p.of[ts::macro_f1] = {0.5, 0.25, 0.25, {0.125, 0.375}, 0.5, 1};
  CHECK(ts::to_csv(p).find("\nmacro.f1,0.5,0.25,0.25,0.125,0.375,0.5,1\n") != std::string::npos);
}
