// SPDX-License-Identifier: MIT
#include <tagspan/eval/gate.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ts = tagspan;

namespace {

ts::report some_report() {
  ts::report r;
  for (char const* type : {"PER", "a.b", "x=y"}) {
    ts::typed_prf line;
    static_cast<ts::prf&>(line) = ts::figures({1, 2, 4});
    line.type = type;
    r.by_type.push_back(line);
  }
  ts::typed_prf invented;
  static_cast<ts::prf&>(invented) = ts::figures({0, 2, 0});
  invented.type = "zzz";
  r.by_type.push_back(invented);
  r.micro = ts::figures({3, 8, 12});
  r.macro = ts::figures({1, 2, 4});
  r.weighted = ts::figures({1, 4, 2});
  r.tokens = 10;
  r.correct_tokens = 9;
  return r;
}

// The two numbers of "… = A < B …".
bool looks_equal(std::string const& text) {
  for (char const* relation : {" < ", " > "}) {
    std::size_t const at = text.find(relation);
    if (at == std::string::npos) continue;
    std::size_t const begin = text.rfind(' ', at - 1) + 1;
    std::size_t const end = text.find(' ', at + 3) == std::string::npos ? text.size() : text.find(' ', at + 3);
    return text.substr(begin, at - begin) == text.substr(at + 3, end - at - 3);
  }
  return false;
}

}  // namespace

TEST_CASE("reading a gate") {
  struct row {
    std::string_view text;
    std::optional<double> bar;
    std::size_t where;  // of the error
  };
  row const rows[] = {
      {"micro.f1=0.85", 0.85, 0},
      {"macro.recall=1", 1.0, 0},
      {"weighted.precision=0", 0.0, 0},
      {"accuracy=.5", 0.5, 0},
      {"micro.f1=8.5e-1", 0.85, 0},
      {"by_type.PER.recall=0.9", 0.9, 0},
      {"by_type.a.b.f1=0.9", 0.9, 0},
      {"by_type.x=y.f1=0.9", 0.9, 0},
      {"by_type..f1=0.9", 0.9, 0},
      {"by_type.f1.f1=0.9", 0.9, 0},
      {"micro.support=100", 100.0, 0},
      {"by_type.PER.correct=100", 100.0, 0},
      {"micro.predicted=1e3", 1000.0, 0},
      {"", std::nullopt, 0},
      {"micro.f1", std::nullopt, 8},
      {"=0.85", std::nullopt, 5},
      {"micro.f1=", std::nullopt, 9},
      {"micro.f1=x", std::nullopt, 9},
      {"micro.f1=0.85x", std::nullopt, 9},
      {"micro.f1=0,85", std::nullopt, 9},
      {"micro.f1= 0.85", std::nullopt, 9},
      {"micro.f1=85", std::nullopt, 9},  // not per cent
      {"micro.f1=1.0000001", std::nullopt, 9},
      {"accuracy=2", std::nullopt, 9},
      {"micro.f1=-0.1", std::nullopt, 9},
      {"micro.f1=nan", std::nullopt, 9},
      {"micro.f1=inf", std::nullopt, 9},
      {"micro.support=1e999", std::nullopt, 14},
      {"micro.f2=0.5", std::nullopt, 0},
      {"micro=0.5", std::nullopt, 0},
      {"f1=0.5", std::nullopt, 0},
      {"micro.PER.f1=0.5", std::nullopt, 0},
      {"by_type.f1=0.5", std::nullopt, 0},
      {"by_type.PER=0.5", std::nullopt, 0},
      {"by_type.PER.accuracy=0.5", std::nullopt, 0},
      {"accuracy.f1=0.5", std::nullopt, 0},
      {"Micro.f1=0.5", std::nullopt, 0},
  };
  for (row const& r : rows) {
    CAPTURE(r.text);
    auto const g = ts::parse_gate(r.text);
    REQUIRE(g.has_value() == r.bar.has_value());
    if (r.bar) {
      CHECK(g->bar == *r.bar);
      CHECK(g->path == r.text.substr(0, r.text.rfind('=')));
    } else {
      CHECK(g.error() == ts::error{ts::errc::bad_gate, r.where, 0});
    }
  }
}

TEST_CASE("the figure that a path names") {
  ts::report const r = some_report();
  struct row {
    std::string_view path;
    double expected;
  };
  row const rows[] = {
      {"micro.precision", 3.0 / 8}, {"micro.recall", 0.25},         {"micro.support", 12},
      {"macro.precision", 0.5},     {"weighted.recall", 0.5},       {"accuracy", 0.9},
      {"by_type.PER.recall", 0.25}, {"by_type.a.b.precision", 0.5}, {"by_type.x=y.correct", 1},
      {"by_type.PER.predicted", 2},
  };
  for (row const& x : rows) {
    CAPTURE(x.path);
    CHECK(ts::figure(r, x.path).value() == x.expected);
  }
  CHECK(ts::figure(r, "by_type.LOC.f1").error().code == ts::errc::unknown_type);
  CHECK(ts::figure(r, "by_type..f1").error().code == ts::errc::unknown_type);
  for (char const* path :
       {"", "f1", "micro", "micro.", "micro.f2", "micro.x.f1", "by_type.PER", "by_type.PER.x", "x.f1", ".f1"}) {
    CAPTURE(path);
    CHECK(ts::figure(r, path).error().code == ts::errc::bad_gate);
  }
}

TEST_CASE("a gate passes where the figure reaches the bar") {
  ts::report r = some_report();
  auto passes = [&](char const* text) { return ts::check(ts::parse_gate(text).value(), r).value().passed; };
  CHECK(passes("micro.recall=0.25"));
  CHECK(passes("micro.recall=0"));
  CHECK_FALSE(passes("micro.recall=0.2500000000000001"));
  CHECK(passes("by_type.PER.precision=0.5"));
  CHECK(passes("micro.support=12"));
  CHECK_FALSE(passes("micro.support=13"));
  CHECK(ts::check(ts::parse_gate("by_type.LOC.f1=0").value(), r).error().code == ts::errc::unknown_type);
  // A type that gold does not have has no score.
  auto const invented = ts::check(ts::parse_gate("by_type.zzz.f1=0").value(), r).value();
  CHECK_FALSE(invented.passed);
  CHECK(invented.text.find("no entity of type zzz") != std::string::npos);
}

TEST_CASE("rejected sentences and empty gold fail every gate") {
  for (char const* text : {"micro.f1=0", "macro.recall=0", "accuracy=0", "by_type.PER.f1=0", "micro.support=0"}) {
    CAPTURE(text);
    ts::gate const g = ts::parse_gate(text).value();
    ts::report r = some_report();
    CHECK(ts::check(g, r).value().passed);
    CHECK(ts::check_drop(g, r, 0).value().passed);
    r.rejected = 1;
    for (auto const& outcome : {ts::check(g, r).value(), ts::check_drop(g, r, 0).value()}) {
      CHECK_FALSE(outcome.passed);
      CHECK(outcome.text.find("FAILED: ") == 0);
      CHECK(outcome.text.find("1 sentence was rejected") != std::string::npos);
    }
    r.rejected = 0;
    r.micro.support = 0;
    CHECK_FALSE(ts::check(g, r).value().passed);
    CHECK_FALSE(ts::check_drop(g, r, 0).value().passed);
  }
}

TEST_CASE("a drop") {
  ts::report r = some_report();
  r.micro.f1 = 0.5;
  ts::gate const g = ts::parse_gate("micro.f1=0.125").value();
  CHECK(ts::check_drop(g, r, 0.5).value().passed);
  CHECK(ts::check_drop(g, r, 0.25).value().passed);   // a rise
  CHECK(ts::check_drop(g, r, 0.625).value().passed);  // as far as allowed
  CHECK_FALSE(ts::check_drop(g, r, 0.6250001).value().passed);
  CHECK_FALSE(ts::check_drop(g, r, std::numeric_limits<double>::quiet_NaN()).value().passed);
  auto const failed = ts::check_drop(g, r, 0.75).value();
  CHECK(failed.text == "FAILED: micro.f1 went from 0.75 to 0.5, a drop of 0.2500 > 0.1250");
  CHECK(ts::check_drop(ts::gate{"by_type.LOC.f1", 0}, r, 0).error().code == ts::errc::unknown_type);
}

TEST_CASE("the text of an outcome never says that a number is below itself") {
  ts::report r = some_report();
  ts::gate g = ts::parse_gate("micro.f1=0.85").value();
  std::vector<double> values{0.85, 0.84999, 0.849999999, 0.1, 0.0, 1.0, 0.85 + 1e-12, 1e-300};
  double below = 0.85;
  double above = 0.85;
  for (int i = 0; i < 5; ++i) {
    values.push_back(below = std::nextafter(below, 0.0));
    values.push_back(above = std::nextafter(above, 1.0));
  }
  values.push_back(std::nextafter(0.0, 1.0));
  for (double value : values) {
    for (double bar : {0.85, 0.0, 1e-300, std::nextafter(1e-300, 1.0), std::nextafter(1.0, 0.0), 1.0}) {
      CAPTURE(value);
      CAPTURE(bar);
      r.micro.f1 = value;
      g.bar = bar;
      auto const outcome = ts::check(g, r).value();
      CAPTURE(outcome.text);
      CHECK(outcome.passed == (value >= bar));
      CHECK((outcome.text.find(" < ") != std::string::npos) == (value < bar));
      CHECK_FALSE(looks_equal(outcome.text));
      auto const drop = ts::check_drop(g, r, 0.9).value();
      CAPTURE(drop.text);
      CHECK_FALSE(looks_equal(drop.text));
    }
  }
  CHECK(looks_equal("FAILED: micro.f1 = 0.85 < 0.85"));
  r.micro.f1 = 0.84;
  g.bar = 0.85;
  CHECK(ts::check(g, r).value().text == "FAILED: micro.f1 = 0.8400 < 0.8500");
  r.micro.f1 = 0.8499999;
  CHECK(ts::check(g, r).value().text == "FAILED: micro.f1 = 0.8499999 < 0.8500000");
  r.micro.f1 = 0.86;
  CHECK(ts::check(g, r).value().text == "passed: micro.f1 = 0.8600 >= 0.8500");
}

TEST_CASE("a figure that is exactly the bar reaches it") {
  struct row {
    ts::entity_counts counts;
    char const* gate;
  };
  for (row const& r : {row{{6, 7, 8}, "micro.f1=0.8"}, row{{51, 52, 68}, "micro.f1=0.85"},
                       row{{27, 28, 32}, "micro.f1=0.9"}, row{{3, 3, 5}, "micro.f1=0.75"}, row{{6, 11, 13}, "micro.f1=0.5"}}) {
    CAPTURE(r.gate);
    ts::report report;
    report.micro = ts::figures(r.counts);
    CHECK(ts::check(ts::parse_gate(r.gate).value(), report).value().passed);
  }
  // The exact figure of every pair of counts is one division away.
  std::size_t on_the_bar = 0;
  for (std::size_t predicted = 1; predicted <= 60; ++predicted) {
    for (std::size_t gold = 1; gold <= 60; ++gold) {
      for (std::size_t correct = 0; correct <= (predicted < gold ? predicted : gold); ++correct) {
        if (2000 * correct % (predicted + gold) != 0) continue;
        double const thousandths = static_cast<double>(2000 * correct / (predicted + gold));
        CHECK(ts::figures({correct, predicted, gold}).f1 == thousandths / 1000);
        ++on_the_bar;
      }
    }
  }
  CHECK(on_the_bar > 1000);
}

TEST_CASE("a drop that is exactly the bar, but for the rounding of a difference, is no more than the bar") {
  struct row {
    std::size_t correct;
    double before;
    char const* gate;
    bool passed;
  };
  for (row const& r : {row{845, 0.85, "micro.recall=0.005", true}, row{900, 0.91, "micro.recall=0.01", true},
                       row{844, 0.85, "micro.recall=0.005", false}, row{899, 0.91, "micro.recall=0.01", false}}) {
    CAPTURE(r.correct);
    ts::report report;
    report.micro = ts::figures({r.correct, 1000, 1000});
    auto const outcome = ts::check_drop(ts::parse_gate(r.gate).value(), report, r.before).value();
    CHECK(outcome.passed == r.passed);
    CHECK(outcome.text.find(r.passed ? "<=" : ">") != std::string::npos);
  }
}
