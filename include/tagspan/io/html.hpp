// SPDX-License-Identifier: MIT
// A report as one page that a team opens in its CI artifacts: figures with their intervals, types, confusion, errors in
// their sentences, calibration, and the comparison of two systems. The page loads nothing, needs no script, and is
// built section by section:
//
//   ts::html_page page{"NER, nightly"};
//   page.figures(report);
//   page.types(report);
//   page.errors(sentences).value();
//   write_file("report.html", page.text());
//
// Whatever comes from data is escaped: markup is text, control characters are shown as pictures, what is not UTF-8 as
// U+FFFD. Each text keeps its own direction (dir="auto"), so that a right-to-left sentence does not turn its
// neighbours. Opt-in.
#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tagspan/core/error.hpp>
#include <tagspan/core/span.hpp>
#include <tagspan/detail/utf8.hpp>
#include <tagspan/eval/confusion.hpp>
#include <tagspan/eval/metrics.hpp>
#include <tagspan/eval/semeval.hpp>
#include <tagspan/eval/significance.hpp>
#include <tagspan/model/calibration.hpp>

namespace tagspan::inline TAGSPAN_ABI {

// An entity in a sentence, as a page shows it.
struct html_entity {
  byte_span span;
  std::string_view type;
  friend bool operator==(html_entity const&, html_entity const&) = default;
};

// A sentence or document with what gold and the system say of it. Entities of one side may overlap. Views of what the
// caller keeps until html_page::errors has returned.
struct html_sentence {
  std::string_view name;  // where it stands: "line 12", "doc-7"
  std::string_view text;  // UTF-8
  std::span<html_entity const> gold, predicted;
};

struct html_error_options {
  std::size_t most = 100;      // sentences shown; how many more there are is said
  std::size_t context = 200;   // bytes shown before the first entity and behind the last
  bool only_wrong = true;      // leave out sentences in which both sides agree
};

namespace detail {

// Text for a page: between tags and between double quotes alike.
inline void html_escape(std::string& out, std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    utf8_part const part = part_at(text, i);
    char32_t const c = code_point_at(text, i, part);
    if (!part.well_formed) {
      out += "\xEF\xBF\xBD";
    } else if (c == U'&') {
      out += "&amp;";
    } else if (c == U'<') {
      out += "&lt;";
    } else if (c == U'>') {
      out += "&gt;";
    } else if (c == U'"') {
      out += "&quot;";
    } else if (c == U'\'') {
      out += "&#39;";
    } else if (c < 0x20 && c != U'\n' && c != U'\t') {
      out += "\xE2\x90";  // U+2400 and on: pictures of the control characters
      out += static_cast<char>(0x80 + c);
    } else if (c == 0x7F) {
      out += "\xE2\x90\xA1";
    } else if (c >= 0x80 && c < 0xA0) {
      out += "\xEF\xBF\xBD";
    } else {
      out.append(text.substr(i, part.length));
    }
    i += part.length;
  }
}
inline std::string html_escaped(std::string_view text) {
  std::string out;
  html_escape(out, text);
  return out;
}

// Colours have a contrast of at least 4.5 in both modes; what colour says, words say too.
inline constexpr std::string_view html_style = R"css(
:root{color-scheme:light dark;--back:#fff;--text:#1b1f24;--dim:#57606a;--line:#d0d7de;--soft:#f3f5f7;--bar:#b6d4f0;
--right:#d7f0dc;--wrong:#ffdcd6;--heat:214,60,40;--good:40,150,80;--accent:#0b5cad}
@media (prefers-color-scheme:dark){:root{--back:#14171b;--text:#e4e8ec;--dim:#9aa5b0;--line:#353c44;--soft:#1d2228;
--bar:#23486b;--right:#1f4a2b;--wrong:#65261d;--heat:226,84,64;--good:60,160,95;--accent:#7db7ef}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1rem;max-width:72rem;background:var(--back);color:var(--text);
font:1rem/1.5 system-ui,"Noto Sans","Noto Sans CJK JP",sans-serif;overflow-wrap:anywhere}
h1{font-size:1.5rem;margin:.5rem 0}h2{font-size:1.2rem;margin:2rem 0 .5rem}
a{color:var(--accent)}nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1rem;padding:0;list-style:none}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.tiles{display:flex;flex-wrap:wrap;gap:.75rem;margin:0}
.tiles div{flex:1 1 9rem;background:var(--soft);border:1px solid var(--line);border-radius:.4rem;padding:.5rem .75rem}
.tiles dt,.dim,caption{color:var(--dim)}.tiles dd{margin:0;font-size:1.5rem;font-variant-numeric:tabular-nums}
.tiles small{display:block;font-size:.85rem;color:var(--dim)}
.wide{overflow-x:auto}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
caption{text-align:start;padding:.5rem 0 .25rem}
th,td{padding:.25rem .6rem;border-bottom:1px solid var(--line);text-align:end;overflow-wrap:normal}td{white-space:nowrap}
tbody th,thead th:first-child{text-align:start}th{overflow-wrap:break-word;max-width:22ch}
.bar{min-width:7rem;background:linear-gradient(to right,var(--bar) var(--w),transparent var(--w)) 0 50%/100% 70% no-repeat}
.heat{background:rgba(var(--heat),var(--h))}
.diagonal{font-weight:700;--heat:var(--good)}
.bad{color:inherit;background:var(--wrong);padding:0 .25rem}
article{border:1px solid var(--line);border-radius:.4rem;padding:.5rem .75rem;margin:.75rem 0}
article h3{font-size:1rem;font-weight:400;margin:0;color:var(--dim)}
.side{display:grid;grid-template-columns:5.5rem 1fr;gap:.5rem;margin:.25rem 0}
.side b{font-weight:600;color:var(--dim)}.side p{margin:0;white-space:pre-wrap;line-height:1.9}
mark{color:inherit;background:var(--right);padding:.1rem .1rem;border-bottom:2px solid currentColor}
mark.off{background:var(--wrong);border-bottom-style:dashed}
.tag{font-size:.75rem;font-weight:600;padding:0 .3rem;margin-inline:.1rem .15rem;border:1px solid currentColor;border-radius:.3rem;
display:inline-block;max-width:100%;line-height:1.4}
svg{width:100%;max-width:26rem;height:auto}svg text{fill:currentColor;font-size:4px}
.sign{font-family:ui-monospace,monospace;font-size:.85rem;color:var(--dim)}
@media (max-width:36rem){.side{grid-template-columns:1fr;gap:0}}
@media print{body{max-width:none}article{break-inside:avoid}}
)css";

}  // namespace detail

// One page. Sections stand in the order in which they were added. Linear in what is shown; allocates the page.
class html_page {
 public:
  explicit html_page(std::string_view title) : title_(title) {}

  // The averages with what was counted, intervals where they were resampled, and the signature. Error: options_differ
  // {place in resampled_figures} where the intervals are of another figure than the report's: one that is more than
  // rounding (1e-12) off, as by other metric_options or another corpus. An error adds nothing. bootstrap_intervals of a
  // counted_corpus takes the report's options.
  void figures(report const& r) { figures(r, nullptr); }
  result<void> figures(report const& r, bootstrap_report const& intervals) {
    double const own[] = {r.micro.precision, r.micro.recall, r.micro.f1,
                          r.macro.precision, r.macro.recall, r.macro.f1};
    for (std::size_t k = 0; k < std::size(own); ++k) {
      double const off = intervals.of[k].value - own[k];
      if (!(off <= detail::tie && off >= -detail::tie)) return error{errc::options_differ, k, 0};
    }
    figures(r, &intervals);
    return {};
  }

  // One row a type, with a bar as long as its F1 (or F2, F0.5: as metric_options::beta says, here and in all sections).
  void types(report const& r) {
    open("types", "Types");
    table_open("Figures of each type",
               {"", "precision", "recall", f_name(r.options), "support", "predicted", "correct"});
    for (typed_prf const& t : r.by_type) {
      row_head(t.type);
      cell(detail::fixed(t.precision, 4));
      cell(detail::fixed(t.recall, 4));
      bar(t.f1);
      for (std::size_t n : {t.support, t.predicted, t.correct}) cell(std::to_string(n));
      body_ += "</tr>";
    }
    table_close();
    close();
  }

  // The four strategies of SemEval-2013, over all types.
  void semeval(semeval_report const& r) {
    open("semeval", "Nearly right");
    table_open("SemEval-2013 figures", {"", "precision", "recall", f_name(r.options), "correct", "incorrect", "partial",
                                        "missed", "spurious"});
    std::pair<std::string_view, semeval_counts const&> const rows[] = {
        {"strict", r.strict}, {"exact", r.exact}, {"partial", r.partial}, {"type", r.type}};
    for (auto const& [name, c] : rows) {
      prf const f = tagspan::figures(c, r.options);
      row_head(name);
      cell(detail::fixed(f.precision, 4));
      cell(detail::fixed(f.recall, 4));
      bar(f.f1);
      for (std::size_t n : {c.correct, c.incorrect, c.partial, c.missed, c.spurious}) cell(std::to_string(n));
      body_ += "</tr>";
    }
    table_close();
    signature(r.signature());
    close();
  }

  // Types taken for one another as a heat map: rows are gold, the last column is what was missed, the last row what is
  // spurious; a cell is as dark as its share of its row. Then the kinds of error, and the most frequent ones.
  void confusion(confusion_report const& r) {
    open("confusion", "Confusion");
    std::size_t const types = r.types.size();
    std::vector<std::string_view> heads{""};
    heads.insert(heads.end(), r.types.begin(), r.types.end());
    for (std::string_view& head : heads) {
      if (head.empty() && &head != heads.data()) head = "(no type)";
    }
    heads.push_back("missed");
    table_open("Gold types (rows) and predicted types (columns)", heads);
    for (std::size_t g = 0; g <= types; ++g) {
      g < types ? row_head(r.types[g]) : row_head("spurious");
      std::size_t sum = 0;
      for (std::size_t p = 0; p <= types; ++p) sum += r.at(g, p);
      for (std::size_t p = 0; p <= types; ++p) {
        if (g == types && p == types) {
          cell("");
          continue;
        }
        std::size_t const n = r.at(g, p);
        double const share = sum == 0 ? 0 : static_cast<double>(n) / static_cast<double>(sum);
        body_.append("<td class=\"heat").append(g == p ? " diagonal" : "").append("\" style=\"--h:");
        body_.append(detail::fixed(share * .55, 3)).append("\">").append(std::to_string(n)).append("</td>");
      }
      body_ += "</tr>";
    }
    table_close();
    table_open("Kinds of error by type",
               {"", "correct", "wrong type", "wrong boundary", "wrong both", "missed", "spurious"});
    for (named_kind_counts const& row : r.by_type) {
      row_head(row.type);
      for (std::size_t n : row.of) cell(std::to_string(n));
      body_ += "</tr>";
    }
    row_head("all");
    for (std::size_t n : r.kinds.of) cell(std::to_string(n));
    body_ += "</tr>";
    table_close();
    if (!r.frequent.empty()) {
      table_open("Most frequent errors", {"surface form", "times", "kind", "gold", "predicted"});
      for (frequent_error const& e : r.frequent) {
        row_head(e.form);
        cell(std::to_string(e.count));
        cell(name(e.kind));
        for (std::string const& type : {e.gold, e.predicted}) cell("<bdi>" + detail::html_escaped(type) + "</bdi>");
        body_ += "</tr>";
      }
      table_close();
    }
    close();
  }

  // Two systems on the same documents: each figure, the difference with its interval, and the p-values. Figures have
  // the names of resampled_figures: f1 is F-beta where resampling_options::metrics said so.
  void comparison(std::string_view first, std::string_view second, paired_report const& r) {
    open("comparison", "Comparison");
    std::string const percent = detail::percent(r.confidence) + " % interval";
    std::string_view const heads[] = {"", first, second, "difference", percent, "p (bootstrap)", "p (randomisation)"};
    table_open("Two systems", std::span<std::string_view const>(heads));
    for (std::size_t k = 0; k < std::size(r.of); ++k) {
      paired_estimate const& e = r.of[k];
      row_head(resampled_figures[k]);
      for (double figure : {e.first, e.second}) cell(detail::fixed(figure, 4));
      cell((e.difference > 0 ? "+" : "") + detail::fixed(e.difference, 4));
      cell(shown(e.percentile));
      for (double p : {e.p_bootstrap, e.p_randomised}) cell(detail::fixed(p, 4));
      body_ += "</tr>";
    }
    table_close();
    resampled(r);
    close();
  }

  // Sentences, each with its entities highlighted as gold has them and as the system has them. An entity is `right`
  // where the other side has the same span and type. Errors: bad_span_in_sentence {sentence, index of the entity, gold
  // first}: empty, backwards or behind the end of the text; off_boundary {sentence, index} for one that ends inside a
  // character. An error adds nothing. O(n log n + n k) for n entities of a sentence, k at most over one place.
  result<void> errors(std::span<html_sentence const> sentences, html_error_options const& options = {}) {
    for (std::size_t s = 0; s < sentences.size(); ++s) {
      if (auto const ok = check(sentences[s], s); !ok) return ok;
    }
    open("errors", "Errors");
    std::size_t shown = 0;
    std::size_t left_out = 0;
    for (html_sentence const& s : sentences) {
      auto const sides = judge(s);
      auto const all_right = [](std::vector<judged> const& side) {
        return std::all_of(side.begin(), side.end(), [](judged const& e) { return e.right; });
      };
      if (options.only_wrong && all_right(sides[0]) && all_right(sides[1])) continue;
      if (shown == options.most) {
        ++left_out;
        continue;
      }
      ++shown;
      sentence(s, sides, options);
    }
    if (shown == 0) body_ += "<p>None.</p>";
    if (left_out != 0) body_ += "<p>" + counted(left_out, "more sentence") + " not shown.</p>";
    close();
    return {};
  }

  // How often scores are right: a diagram, and its numbers in a table.
  void reliability(reliability_diagram const& d) {
    open("reliability", "Calibration");
    body_ += "<p>Expected calibration error " + detail::fixed(d.ece, 4) + ", largest " + detail::fixed(d.mce, 4) +
             ", over " + counted(d.count, "score") + ".</p>";
    body_ += "<svg viewBox=\"0 0 112 112\" role=\"img\" aria-labelledby=\"reliability-title\">"
             "<title id=\"reliability-title\">Accuracy by confidence; the table below has the numbers</title>"
             "<path d=\"M10 2V102H110\" fill=\"none\" stroke=\"currentColor\" stroke-width=\".5\"/>";
    for (reliability_bin const& b : d.bins) {
      if (b.count == 0) continue;
      body_ += "<rect x=\"" + detail::fixed(10 + 100 * b.lower + .4, 2) + "\" y=\"" +
               detail::fixed(102 - 100 * b.accuracy, 2) + "\" width=\"" +
               detail::fixed(std::max(100 * (b.upper - b.lower) - .8, .2), 2) + "\" height=\"" +
               detail::fixed(100 * b.accuracy, 2) +
               "\" fill=\"var(--bar)\" stroke=\"var(--accent)\" stroke-width=\".4\"/>";
    }
    body_ += "<path d=\"M10 102L110 2\" stroke=\"currentColor\" stroke-width=\".4\" stroke-dasharray=\"2 2\"/>";
    for (std::string_view const at : {"0", "0.5", "1"}) {
      std::string const x = at == "0" ? "10" : at == "1" ? "110" : "60";
      std::string const y = at == "0" ? "102" : at == "1" ? "5" : "53";
      body_.append("<text x=\"").append(x).append("\" y=\"107\" text-anchor=\"middle\">").append(at).append("</text>");
      body_.append("<text x=\"8\" y=\"").append(y).append("\" text-anchor=\"end\">").append(at).append("</text>");
    }
    body_ += "<text x=\"60\" y=\"111.5\" text-anchor=\"middle\">confidence</text></svg>";
    table_open("Bins", {"confidence in", "scores", "mean confidence", "accuracy"});
    for (reliability_bin const& b : d.bins) {
      row_head("(" + detail::fixed(b.lower, 2) + ", " + detail::fixed(b.upper, 2) + "]");
      cell(std::to_string(b.count));
      cell(b.count == 0 ? "" : detail::fixed(b.confidence, 4));
      cell(b.count == 0 ? "" : detail::fixed(b.accuracy, 4));
      body_ += "</tr>";
    }
    table_close();
    close();
  }

  // The page so far.
  std::string text() const {
    std::string const title = detail::html_escaped(title_);
    std::string out =
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
        "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
        // Nothing may be loaded from anywhere, whatever slipped into the page; the icon keeps browsers from asking.
        "<meta http-equiv=\"Content-Security-Policy\" "
        "content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">"
        "<link rel=\"icon\" href=\"data:,\"><title>" +
        title + "</title><style>";
    out += detail::html_style;
    out += "</style></head>\n<body><header><h1 dir=\"auto\">" + title + "</h1>";
    out += "<nav aria-label=\"Sections\"><ul>" + contents_ + "</ul></nav></header>\n<main>";
    out += body_;
    out += "</main></body></html>\n";
    return out;
  }

 private:
  void figures(report const& r, bootstrap_report const* intervals) {
    open("figures", "Figures");
    body_ += "<dl class=\"tiles\">";
    tile("Micro " + f_name(r.options), detail::fixed(r.micro.f1, 4),
         "precision " + detail::fixed(r.micro.precision, 4) + ", recall " + detail::fixed(r.micro.recall, 4));
    tile("Macro " + f_name(r.options), detail::fixed(r.macro.f1, 4), counted(r.by_type.size(), "type"));
    tile("Entities in gold", std::to_string(r.micro.support), counted(r.sentences, "sentence"));
    tile("Predicted", std::to_string(r.micro.predicted), std::to_string(r.micro.correct) + " correct");
    if (r.tokens != 0) tile("Token accuracy", detail::fixed(r.accuracy(), 4), counted(r.tokens, "token"));
    body_ += "</dl>";
    table_open("Averages", {"", "precision", "recall", f_name(r.options), "support"});
    row("micro", r.micro);
    row("macro", r.macro);
    row("weighted", r.weighted);
    table_close();
    if (intervals != nullptr) {
      std::string const percent = detail::percent(intervals->confidence) + " % interval";
      std::string_view const heads[] = {"", "figure", percent, "bias"};
      table_open("Resampled", std::span<std::string_view const>(heads));
      for (std::size_t k = 0; k < std::size(intervals->of); ++k) {
        std::string figure(resampled_figures[k]);
        if (figure.ends_with(".f1")) figure.replace(figure.size() - 1, 1, detail::shortest(r.options.beta));
        row_head(figure);
        cell(detail::fixed(intervals->of[k].value, 4));
        cell(shown(intervals->of[k].percentile));
        cell(detail::fixed(intervals->of[k].bias, 4));
        body_ += "</tr>";
      }
      table_close();
      resampled(*intervals);
    }
    if (r.malformed_gold != 0 || r.malformed_predicted != 0) {
      body_ += "<p>Malformed transitions: " + std::to_string(r.malformed_gold) + " in gold, " +
               std::to_string(r.malformed_predicted) + " in predicted.</p>";
    }
    if (r.rejected != 0) {
      body_ += "<p><strong class=\"bad\">" + counted(r.rejected, "sentence") + " could not be counted.</strong></p>";
    }
    signature(r.signature());
    close();
  }

  static std::string shown(interval const& i) {
    return '[' + detail::fixed(i.low, 4) + ", " + detail::fixed(i.high, 4) + ']';
  }
  template <class R>
  void resampled(R const& r) {
    body_ += "<p class=\"dim\">" + counted(r.resamples, "resample") + " of " + counted(r.documents, "document") +
             ", seed " + std::to_string(r.seed) + ".</p>";
  }
  void signature(std::string const& text) { body_ += "<p class=\"sign\">" + detail::html_escaped(text) + "</p>"; }

  static std::string counted(std::size_t count, std::string_view noun) {
    std::string text = std::to_string(count);
    text.append(" ").append(noun);
    if (count != 1) text += 's';
    return text;
  }

  static std::string type_shown(std::string_view type) {
    return type.empty() ? "(no type)" : detail::html_escaped(type);
  }

  void open(std::string_view id, std::string_view head) {
    contents_.append("<li><a href=\"#").append(id).append("\">").append(head).append("</a></li>");
    body_.append("<section id=\"").append(id).append("\"><h2>").append(head).append("</h2>");
  }
  void close() { body_ += "</section>\n"; }

  static std::string f_name(metric_options const& options) { return 'F' + detail::shortest(options.beta); }

  void tile(std::string_view name, std::string const& value, std::string const& remark) {
    body_.append("<div><dt>").append(name).append("</dt><dd>").append(value);
    body_.append("<small>").append(remark).append("</small></dd></div>");
  }

  // A table may be wider than a telephone: then it is scrolled, by keyboard too, and not the page.
  void table_open(std::string_view caption, std::span<std::string_view const> heads) {
    body_.append("<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"").append(caption);
    body_.append("\"><table><caption>").append(caption).append("</caption><thead><tr>");
    for (std::string_view head : heads) {
      if (head.empty()) {
        body_ += "<td></td>";
      } else {
        body_ += "<th scope=\"col\"><bdi>" + detail::html_escaped(head) + "</bdi></th>";
      }
    }
    body_ += "</tr></thead><tbody>";
  }
  template <std::size_t N>
  void table_open(std::string_view caption, std::string_view const (&heads)[N]) {
    table_open(caption, std::span<std::string_view const>(heads));
  }
  void table_close() { body_ += "</tbody></table></div>"; }
  void row_head(std::string_view name) {
    body_ += "<tr><th scope=\"row\"><bdi>" + type_shown(name) + "</bdi></th>";
  }
  void cell(std::string_view value) { body_.append("<td>").append(value).append("</td>"); }
  void bar(double share) {
    body_ +=
        "<td class=\"bar\" style=\"--w:" + detail::fixed(100 * share, 1) + "%\">" + detail::fixed(share, 4) + "</td>";
  }
  void row(std::string_view name, prf const& f) {
    row_head(name);
    for (double figure : {f.precision, f.recall}) cell(detail::fixed(figure, 4));
    bar(f.f1);
    cell(std::to_string(f.support));
    body_ += "</tr>";
  }

  static result<void> check(html_sentence const& s, std::size_t number) {
    std::size_t at = 0;
    for (auto const& side : {s.gold, s.predicted}) {
      for (html_entity const& e : side) {
        if (e.span.begin >= e.span.end || e.span.end > s.text.size()) {
          return error{errc::bad_span_in_sentence, number, at};
        }
        if (!detail::is_boundary(s.text, e.span.begin) || !detail::is_boundary(s.text, e.span.end)) {
          return error{errc::off_boundary, number, at};
        }
        ++at;
      }
    }
    return {};
  }
  // An entity of one side, and whether the other side has the same.
  struct judged : html_entity {
    bool right = false;
  };
  static bool before(html_entity const& a, html_entity const& b) {
    if (a.span != b.span) return a.span < b.span;
    return a.type < b.type;
  }
  // Both sides in the order of their spans.
  static std::array<std::vector<judged>, 2> judge(html_sentence const& s) {
    std::array<std::vector<judged>, 2> sides;
    for (std::size_t k = 0; k < 2; ++k) {
      for (html_entity const& e : k == 0 ? s.gold : s.predicted) sides[k].push_back({e});
      std::sort(sides[k].begin(), sides[k].end(), before);
    }
    for (std::size_t k = 0; k < 2; ++k) {
      for (judged& e : sides[k]) e.right = std::binary_search(sides[1 - k].begin(), sides[1 - k].end(), e, before);
    }
    return sides;
  }

  void sentence(html_sentence const& s, std::array<std::vector<judged>, 2> const& sides,
                html_error_options const& options) {
    byte_span window{s.text.size(), 0};
    for (auto const& own : sides) {
      for (judged const& e : own) {
        window.begin = std::min(window.begin, e.span.begin);
        window.end = std::max(window.end, e.span.end);
      }
    }
    if (window.begin > window.end) window = {0, 0};
    window.begin = window.begin > options.context ? detail::part_start(s.text, window.begin - options.context) : 0;
    window.end = s.text.size() - window.end > options.context
                     ? detail::boundary_after(s.text, window.end + options.context)
                     : s.text.size();
    body_ += "<article><h3><bdi>" + detail::html_escaped(s.name) + "</bdi></h3>";
    side("gold", s.text, sides[0], "missed", window);
    side("predicted", s.text, sides[1], "wrong", window);
    body_ += "</article>";
  }

  // Cuts the text where an entity begins or ends, so that overlapping ones need no crossing tags.
  void side(std::string_view name, std::string_view text, std::vector<judged> const& own, std::string_view off,
            byte_span window) {
    std::vector<std::size_t> cuts{window.begin, window.end};
    for (judged const& e : own) cuts.insert(cuts.end(), {e.span.begin, e.span.end});
    std::sort(cuts.begin(), cuts.end());
    cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
    body_.append("<div class=\"side\"><b>").append(name).append("</b><p dir=\"auto\">");
    if (window.begin != 0) body_ += "\xE2\x80\xA6";
    auto next = own.begin();
    std::vector<judged> open;  // at this place
    for (std::size_t k = 0; k + 1 < cuts.size(); ++k) {
      for (; next != own.end() && next->span.begin <= cuts[k]; ++next) open.push_back(*next);
      bool const right = std::all_of(open.begin(), open.end(), [](judged const& e) { return e.right; });
      if (!open.empty()) body_ += right ? "<mark>" : "<mark class=\"off\">";
      detail::html_escape(body_, text.substr(cuts[k], cuts[k + 1] - cuts[k]));
      if (!open.empty()) body_ += "</mark>";
      std::erase_if(open, [&](judged const& e) {
        if (e.span.end != cuts[k + 1]) return false;
        body_ += "<bdi class=\"tag\">" + type_shown(e.type);
        if (!e.right) body_.append(" ").append(off);
        body_ += "</bdi>";
        return true;
      });
    }
    if (window.end != text.size()) body_ += "\xE2\x80\xA6";
    body_ += "</p></div>";
  }

  std::string title_, contents_, body_;
};

}  // namespace tagspan::inline TAGSPAN_ABI
