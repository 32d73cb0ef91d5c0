// SPDX-License-Identifier: MIT
#include "reports.hpp"

#include "json_lines.hpp"
#include "units.hpp"

#include <tagspan/io/html.hpp>
#include <tagspan/io/json.hpp>
#include <tagspan/io/json_reports.hpp>
#include <tagspan/io/tables.hpp>

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <span>
#include <string_view>

namespace cli {

namespace {

std::string_view text_at(shown_document const& d, ts::html_entity const& e) {
  return std::string_view(d.text).substr(e.span.begin, e.span.size());
}

// The parts of a text in which its errors are: all of a short one.
std::vector<ts::byte_span> around_errors(wrong_document const& d) {
  constexpr std::size_t context = 60, short_text = 200;
  if (d.text.size() <= short_text) return {{0, d.text.size()}};
  std::vector<ts::byte_span> parts;
  auto const keep = [&](ts::html_entity const& e) {
    std::size_t const begin = e.span.begin > context ? ts::detail::part_start(d.text, e.span.begin - context) : 0;
    std::size_t const end =
        d.text.size() - e.span.end > context ? ts::detail::boundary_after(d.text, e.span.end + context) : d.text.size();
    parts.push_back({begin, end});
  };
  for (judged_error const& e : d.errors) {
    if (e.gold) keep(d.gold[*e.gold]);
    if (e.predicted) keep(d.predicted[*e.predicted]);
  }
  std::sort(parts.begin(), parts.end());
  std::vector<ts::byte_span> merged;
  for (ts::byte_span const& part : parts) {
    if (!merged.empty() && part.begin <= merged.back().end) {
      merged.back().end = std::max(merged.back().end, part.end);
    } else {
      merged.push_back(part);
    }
  }
  return merged;
}

// "[Ada Lovelace]PER met ...": one side's entities in those parts of the text.
std::string bracketed(wrong_document const& d, std::span<ts::html_entity const> side) {
  struct mark {
    std::size_t at;
    bool opens;
    std::size_t order;
    std::string_view type;
  };
  std::vector<mark> marks;
  std::vector<ts::html_entity> sorted(side.begin(), side.end());
  // The longer of two that begin together is the outer one.
  std::sort(sorted.begin(), sorted.end(), [](ts::html_entity const& a, ts::html_entity const& b) {
    return a.span.begin != b.span.begin ? a.span.begin < b.span.begin : a.span.end > b.span.end;
  });
  for (ts::html_entity const& e : sorted) marks.push_back({e.span.begin, true, marks.size(), e.type});
  for (auto e = sorted.rbegin(); e != sorted.rend(); ++e) marks.push_back({e->span.end, false, marks.size(), e->type});
  std::sort(marks.begin(), marks.end(), [](mark const& a, mark const& b) {
    if (a.at != b.at) return a.at < b.at;
    return a.opens != b.opens ? b.opens : a.order < b.order;
  });
  std::string out;
  auto next = marks.begin();
  auto const parts = around_errors(d);
  for (ts::byte_span const& part : parts) {
    if (part.begin != 0) out += out.empty() ? "... " : " ... ";
    while (next != marks.end() && next->at < part.begin) ++next;
    std::size_t at = part.begin;
    for (; next != marks.end() && next->at <= part.end; ++next) {
      out += visible(std::string_view(d.text).substr(at, next->at - at));
      out += next->opens ? "[" : "]" + visible(next->type);
      at = next->at;
    }
    out += visible(std::string_view(d.text).substr(at, part.end - at));
    if (&part == &parts.back() && part.end != d.text.size()) out += " ...";
  }
  return out;
}

std::string errors_text(findings const& f, std::size_t most) {
  std::vector<wrong_document> const& all = *f.errors;
  ts::report const& r = f.counted.report;
  std::string out = "\nerrors in " + std::to_string(all.size()) + " of " +
                    plural(r.sentences, r.reading == "spans" ? "document" : "sentence") +
                    (all.size() > most ? ", the first " + std::to_string(most) : std::string()) + ":\n";
  for (std::size_t i = 0; i < std::min(most, all.size()); ++i) {
    wrong_document const& d = all[i];
    out += '\n' + d.place + "\n  gold       " + bracketed(d, d.gold) + "\n  predicted  " + bracketed(d, d.predicted) +
           '\n';
    for (judged_error const& e : d.errors) {
      out.append("  ").append(ts::name(e.kind)).append(": ");
      auto const entity = [&](ts::html_entity const& x) {
        out += visible(text_at(d, x)) + " (" + visible(x.type) + ')';
      };
      if (e.gold) entity(d.gold[*e.gold]);
      if (e.gold && e.predicted) out += ", taken for ";
      if (e.predicted) entity(d.predicted[*e.predicted]);
      out += '\n';
    }
  }
  return out;
}

// A row an error, for Markdown and CSV.
ts::detail::table errors_table(std::vector<wrong_document> const& all, std::size_t most) {
  ts::detail::table t({"place", "kind", "gold_type", "gold", "predicted_type", "predicted", "text"},
                      ts::detail::shortest);
  for (std::size_t i = 0; i < std::min(most, all.size()); ++i) {
    wrong_document const& d = all[i];
    std::string text;
    auto const parts = around_errors(d);
    for (ts::byte_span const& part : parts) {
      if (part.begin != 0) text += text.empty() ? "... " : " ... ";
      text += d.text.substr(part.begin, part.size());
      if (&part == &parts.back() && part.end != d.text.size()) text += " ...";
    }
    for (judged_error const& e : d.errors) {
      t.text(d.place).text(ts::name(e.kind));
      auto const side = [&](std::vector<ts::html_entity> const& own, std::optional<std::size_t> at) {
        t.text(at ? own[*at].type : "").text(at ? text_at(d, own[*at]) : "");
      };
      side(d.gold, e.gold);
      side(d.predicted, e.predicted);
      t.text(text);
    }
  }
  return t;
}

std::string scores_text(score_quality const& q, int digits) {
  std::string out = "average precision " + ts::detail::fixed(q.curve.average_precision, digits) + ", mean over types " +
                    ts::detail::fixed(q.curve.mean_average_precision, digits) + '\n';
  if (!q.reliability) return out;
  return out + "expected calibration error " + ts::detail::fixed(q.reliability->ece, digits) + ", largest " +
         ts::detail::fixed(q.reliability->mce, digits) + ", over " + plural(q.reliability->count, "score") + '\n';
}

std::string as_text(findings const& f, resampling const& how, report_style const& style) {
  int const digits = std::max(style.digits, 4);
  std::string out = ts::to_text(f.counted.report, style.digits);
  if (f.intervals) out += '\n' + to_text(*f.intervals, how, digits);
  if (f.comparison) {
    out += "\nfirst: " + f.comparison->first + "\nsecond: " + f.comparison->second + '\n' +
           to_text(f.comparison->report, how, digits);
  }
  if (f.scores) out += '\n' + scores_text(*f.scores, digits);
  if (f.semeval) out += '\n' + ts::to_text(*f.semeval, style.digits);
  if (f.confusion) {
    ts::confusion_report shown_one = *f.confusion;
    for (ts::frequent_error& e : shown_one.frequent) e.form = visible(e.form);
    out += '\n' + ts::to_text(shown_one);
  }
  if (f.errors) out += errors_text(f, style.errors_shown);
  return visible_lines(out);  // labels come from a corpus too
}

std::string as_markdown(findings const& f, resampling const& how, report_style const& style) {
  std::string out = "## Figures\n\n" + ts::to_markdown(f.counted.report);
  if (f.intervals) {
    out += "\n## Intervals\n\n" + how.describe(f.intervals->documents) + ":\n\n" + ts::to_markdown(*f.intervals);
  }
  if (f.comparison) {
    ts::detail::table names({"", "system"}, ts::detail::shortest);
    names.text("first").text(f.comparison->first).text("second").text(f.comparison->second);
    out += "\n## Comparison\n\n" + names.markdown(2) + '\n' + how.describe(f.comparison->report.documents) + ":\n\n" +
           ts::to_markdown(f.comparison->report);
  }
  if (f.scores) out += "\n## Scores\n\n" + scores_text(*f.scores, 4);
  if (f.semeval) out += "\n## Nearly right\n\n" + ts::to_markdown(*f.semeval);
  if (f.confusion) out += "\n## Confusion\n\n" + ts::to_markdown(*f.confusion);
  if (f.errors) {
    out += "\n## Errors\n\n";
    if (f.errors->size() > style.errors_shown) {
      out += "The first " + std::to_string(style.errors_shown) + " of " + std::to_string(f.errors->size()) + ":\n\n";
    }
    out += errors_table(*f.errors, style.errors_shown).markdown(7);
  }
  return out;
}

std::string as_csv(findings const& f, report_style const& style) {
  if (f.comparison) return ts::to_csv(f.comparison->report);
  if (f.intervals) return ts::to_csv(*f.intervals);
  if (f.semeval) return ts::to_csv(*f.semeval);
  if (f.confusion) return ts::to_csv(*f.confusion);
  if (f.errors) return errors_table(*f.errors, style.errors_shown).csv();
  return ts::to_csv(f.counted.report);
}

json errors_json(findings const& f, report_style const& style) {
  json out = {{"documents", f.errors->size()}, {"unit", style.unit}, {"shown", json::array()}};
  for (std::size_t i = 0; i < std::min(style.errors_shown, f.errors->size()); ++i) {
    wrong_document const& d = (*f.errors)[i];
    json one = {{"place", d.place}, {"text", d.text}};
    visit_unit(style.unit, [&]<class Unit>(Unit) {
      map_between<Unit> const map(d.text);
      auto const side = [&](char const* name, std::vector<ts::html_entity> const& own) {
        one[name] = json::array();
        for (ts::html_entity const& e : own) {
          auto const span = map.template checked<Unit>(e.span, ts::rounding::outward).value();
          one[name].push_back({{"begin", span.begin}, {"end", span.end}, {"type", ts::detail::json_key(e.type)}});
        }
      };
      side("gold", d.gold);
      side("predicted", d.predicted);
    });
    one["errors"] = json::array();
    for (judged_error const& e : d.errors) {
      json error = {{"kind", ts::name(e.kind)}};
      if (e.gold) error["gold"] = *e.gold;
      if (e.predicted) error["predicted"] = *e.predicted;
      one["errors"].push_back(std::move(error));
    }
    out["shown"].push_back(std::move(one));
  }
  return out;
}

std::string as_json(findings const& f, report_style const& style) {
  json out = f.counted.report;
  if (f.intervals) out["intervals"] = *f.intervals;
  if (f.comparison) {
    out["comparison"] = f.comparison->report;
    out["comparison"]["first"] = ts::detail::json_key(f.comparison->first);
    out["comparison"]["second"] = ts::detail::json_key(f.comparison->second);
  }
  if (f.scores) {
    out["scores"] = {{"average_precision", f.scores->curve.average_precision},
                     {"mean_average_precision", f.scores->curve.mean_average_precision}};
    if (f.scores->reliability) out["calibration"] = *f.scores->reliability;
  }
  if (f.semeval) out["semeval"] = *f.semeval;
  if (f.confusion) out["confusion"] = *f.confusion;
  if (f.errors) out["errors"] = errors_json(f, style);
  return out.dump(2, ' ', false, json::error_handler_t::replace) + '\n';
}

std::string as_html(findings const& f, report_style const& style) {
  ts::html_page page(f.predicted == f.gold ? f.gold : f.predicted + " on " + f.gold);
  ts::report const& report = f.counted.report;
  if (!f.intervals) {
    page.figures(report);
  } else if (auto const done = page.figures(report, *f.intervals); !done) {
    throw failure(ts::message(done.error()));
  }
  page.types(report);
  if (f.comparison) page.comparison(f.comparison->first, f.comparison->second, f.comparison->report);
  if (f.semeval) page.semeval(*f.semeval);
  if (f.confusion) page.confusion(*f.confusion);
  if (f.errors) {
    std::vector<ts::html_sentence> sentences;
    for (wrong_document const& d : *f.errors) sentences.push_back({d.place, d.text, d.gold, d.predicted});
    if (auto const done = page.errors(sentences, {.most = style.errors_shown}); !done)
      throw failure(ts::message(done.error()));
  }
  if (f.scores && f.scores->reliability) page.reliability(*f.scores->reliability);
  return page.text();
}

}  // namespace

ts::error_kind kind_of(ts::html_entity const& gold, ts::html_entity const& predicted) {
  if (gold.span == predicted.span)
    return gold.type == predicted.type ? ts::error_kind::correct : ts::error_kind::wrong_type;
  return gold.type == predicted.type ? ts::error_kind::wrong_boundary : ts::error_kind::wrong_both;
}

score_quality quality_of_scores(span_corpus const& corpus) {
  score_quality out;
  ts::curve_scorer curve(corpus.labels());
  std::vector<float> scores;
  std::vector<std::uint8_t> right;
  for (std::size_t i = 0; i < corpus.size(); ++i) {
    auto const& d = corpus[i];
    if (auto const done = curve.add(d.gold, d.predicted); !done)
      throw failure(d.place + ": " + ts::message(done.error()));
    for (auto const& e : d.predicted) {
      scores.push_back(e.score);
      right.push_back(std::find(d.gold.begin(), d.gold.end(), ts::entity<ts::unit::code_point>(e)) != d.gold.end());
    }
  }
  out.curve = curve.report();
  if (auto diagram = ts::reliability(scores, right, 10)) {
    out.reliability = std::move(*diagram);
  } else {
    note(corpus.no_confidence() +
         " has a score that does not lie between 0 and 1: scores here are no confidences, and "
         "nothing is said of their calibration");
  }
  return out;
}

std::string rendered(findings const& f, resampling const& how, report_style const& style) {
  if (style.format == "counts") return ts::to_counts_text(f.counted);
  if (style.format == "json") return as_json(f, style);
  if (style.format == "html") return as_html(f, style);
  if (style.format == "csv") return as_csv(f, style);
  if (style.format == "markdown") return as_markdown(f, how, style);
  return as_text(f, how, style);
}

}  // namespace cli
