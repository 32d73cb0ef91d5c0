// SPDX-License-Identifier: MIT
// Reports as tables for other tools: Markdown for a pull request's comment, CSV for a spreadsheet or a data frame.
// Figures in Markdown are rounded, in CSV they are the shortest text that reads back to the same number. Opt-in.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tagspan/detail/utf8.hpp>
#include <tagspan/eval/confusion.hpp>
#include <tagspan/eval/metrics.hpp>
#include <tagspan/eval/semeval.hpp>
#include <tagspan/eval/significance.hpp>

namespace tagspan::inline TAGSPAN_ABI {

namespace detail {

// A table before it has a form. Cells are text or counts as they are; figures are given out by `number`.
class table {
 public:
  table(std::vector<std::string_view> heads, std::string (*number)(double)) : number_(number) {
    for (std::string_view head : heads) cells_.emplace_back(head);
    columns_ = cells_.size();
  }
  table& text(std::string_view value) {
    cells_.emplace_back(value);
    return *this;
  }
  table& figure(double value) {
    cells_.push_back(number_(value));
    return *this;
  }
  table& count(std::size_t value) {
    cells_.push_back(std::to_string(value));
    return *this;
  }

  // The first `named` columns are text, the others numbers.
  std::string markdown(std::size_t named) const {
    std::string out;
    for (std::size_t k = 0; k < cells_.size(); ++k) {
      out += k % columns_ == 0 ? "| " : " | ";
      append_markdown(out, cells_[k]);
      if ((k + 1) % columns_ != 0) continue;
      out += " |\n";
      if (k + 1 != columns_) continue;
      for (std::size_t c = 0; c < columns_; ++c) out += c < named ? "| --- " : "| ---: ";
      out += "|\n";
    }
    return out;
  }

  // RFC 4180, with lines that end in LF.
  std::string csv() const {
    std::string out;
    for (std::size_t k = 0; k < cells_.size(); ++k) {
      std::string const& cell = cells_[k];
      if (cell.find_first_of(",\"\r\n") == std::string::npos) {
        out += cell;
      } else {
        out += '"';
        for (char c : cell) c == '"' ? out += "\"\"" : out += c;
        out += '"';
      }
      out += (k + 1) % columns_ == 0 ? '\n' : ',';
    }
    return out;
  }

 private:
  // Text that Markdown and the HTML in it take for text, on one line.
  static void append_markdown(std::string& out, std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
      utf8_part const part = part_at(text, i);
      char const c = text[i];
      if (!part.well_formed || (part.length == 1 && (static_cast<unsigned char>(c) < 0x20 || c == 0x7F))) {
        out += c == '\n' || c == '\t' || c == '\r' ? " " : "\xEF\xBF\xBD";
      } else {
        if (std::string_view("\\`*_[]<>|#&~$").find(c) != std::string_view::npos) out += '\\';
        out.append(text.substr(i, part.length));
      }
      i += part.length;
    }
  }

  std::vector<std::string> cells_;
  std::size_t columns_ = 0;
  std::string (*number_)(double);
};

inline std::string rounded(double value) { return fixed(value, 4); }

// "f1", "f2", "f0.5": the harmonic figure by its beta.
inline std::string f_name(metric_options const& options) { return 'f' + shortest(options.beta); }

inline table table_of(report const& r, std::string (*number)(double)) {
  std::string const f_head = f_name(r.options);
  table t({"row", "type", "precision", "recall", f_head, "support", "predicted", "correct"}, number);
  auto const row = [&](std::string_view kind, std::string_view type, prf const& f) {
    t.text(kind).text(type).figure(f.precision).figure(f.recall).figure(f.f1);
    t.count(f.support).count(f.predicted).count(f.correct);
  };
  for (typed_prf const& x : r.by_type) row("type", x.type, x);
  row("micro", "", r.micro);
  row("macro", "", r.macro);
  row("weighted", "", r.weighted);
  return t;
}

inline table table_of(semeval_report const& r, std::string (*number)(double)) {
  std::string const f_head = f_name(r.options);
  table t({"strategy", "type", "precision", "recall", f_head, "correct", "incorrect", "partial", "missed", "spurious"},
          number);
  auto const rows = [&](std::string_view type, semeval_tally const& x) {
    std::pair<std::string_view, semeval_counts const&> const all[] = {
        {"strict", x.strict}, {"exact", x.exact}, {"partial", x.partial}, {"type", x.type}};
    for (auto const& [strategy, c] : all) {
      prf const f = figures(c, r.options);
      t.text(strategy).text(type).figure(f.precision).figure(f.recall).figure(f.f1);
      t.count(c.correct).count(c.incorrect).count(c.partial).count(c.missed).count(c.spurious);
    }
  };
  rows("", r);
  for (named_semeval_tally const& x : r.by_type) rows(x.name, x);
  return t;
}

// One row a pair of types that occurs, so that two runs can be joined.
inline table table_of(confusion_report const& r, std::string (*number)(double)) {
  table t({"gold", "predicted", "count"}, number);
  std::size_t const types = r.types.size();
  for (std::size_t g = 0; g <= types; ++g) {
    for (std::size_t p = 0; p <= types; ++p) {
      if (r.at(g, p) == 0) continue;
      t.text(g < types ? std::string_view(r.types[g]) : "")
          .text(p < types ? std::string_view(r.types[p]) : "")
          .count(r.at(g, p));
    }
  }
  return t;
}

inline table table_of(bootstrap_report const& r, std::string (*number)(double)) {
  table t({"figure", "value", "low", "high", "bias"}, number);
  for (std::size_t k = 0; k < sizeof r.of / sizeof *r.of; ++k) {
    estimate const& e = r.of[k];
    t.text(resampled_figures[k]).figure(e.value).figure(e.percentile.low).figure(e.percentile.high).figure(e.bias);
  }
  return t;
}

inline table table_of(paired_report const& r, std::string (*number)(double)) {
  table t({"figure", "first", "second", "difference", "low", "high", "p_bootstrap", "p_randomised"}, number);
  for (std::size_t k = 0; k < sizeof r.of / sizeof *r.of; ++k) {
    paired_estimate const& e = r.of[k];
    t.text(resampled_figures[k]).figure(e.first).figure(e.second).figure(e.difference);
    t.figure(e.percentile.low).figure(e.percentile.high).figure(e.p_bootstrap).figure(e.p_randomised);
  }
  return t;
}

}  // namespace detail

// A Markdown table (as GitHub and GitLab show them), figures with four decimals; below it the signature as code, where
// the report has one. `R`: report, semeval_report, confusion_report, bootstrap_report, paired_report. Characters that
// Markdown or HTML would take for their own are escaped, a line's end becomes a blank, control characters and what is
// not UTF-8 U+FFFD. Linear; allocates the text.
template <class R>
  requires requires(R const& r) { detail::table_of(r, detail::rounded); }
std::string to_markdown(R const& r) {
  constexpr bool named_by_two = !requires { r.of; };
  std::string text = detail::table_of(r, detail::rounded).markdown(named_by_two ? 2 : 1);
  if constexpr (requires { r.signature(); }) text += "\n`" + r.signature() + "`\n";
  return text;
}

// The same as CSV (RFC 4180, lines end in LF). Columns:
//   report            row (type, micro, macro, weighted), type, precision, recall, f1, support, predicted, correct
//   semeval_report    strategy, type ("" is all), precision, recall, f1, correct, incorrect, partial, missed, spurious
//   confusion_report  gold, predicted, count; "" in gold is spurious, in predicted missed; pairs that do not occur are
//                     left out
//   bootstrap_report  figure, value, low, high, bias
//   paired_report     figure, first, second, difference, low, high, p_bootstrap, p_randomised
// With another metric_options::beta the column f1 is named by it: f2, f0.5. Figures of the last two reports have the
// names of resampled_figures, whatever the beta.
// Types have the bytes that they have, also where a spreadsheet would take them for a formula ("=", "+", "-", "@").
template <class R>
  requires requires(R const& r) { detail::table_of(r, detail::shortest); }
std::string to_csv(R const& r) {
  return detail::table_of(r, detail::shortest).csv();
}

}  // namespace tagspan::inline TAGSPAN_ABI
