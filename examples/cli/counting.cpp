// SPDX-License-Identifier: MIT
#include "counting.hpp"

#include <tagspan/eval/metrics.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include <unistd.h>

namespace cli {

namespace {

// A bar on the terminal for work that takes more than a second; nothing where stderr is no terminal.
class progress {
 public:
  explicit progress(std::size_t total) : total_(total), shown_(isatty(STDERR_FILENO) != 0) {}
  progress(progress const&) = delete;
  progress& operator=(progress const&) = delete;
  ~progress() {
    if (drawn_) std::fprintf(stderr, "\r\033[K");
  }

  void add(std::size_t steps) { done_ += steps; }
  // By whichever thread comes by: one that is done early must not leave the bar standing.
  void show() {
    if (!shown_ || std::chrono::steady_clock::now() - begin_ < std::chrono::seconds(1)) return;
    std::unique_lock const alone(drawing_, std::try_to_lock);
    if (!alone) return;
    std::size_t const percent = 100 * done_ / total_;
    std::string const bar(percent / 4, '#');
    std::fprintf(stderr, "\rresampling [%-25s] %3zu %%", bar.c_str(), percent);
    std::fflush(stderr);
    drawn_ = true;
  }

 private:
  std::size_t total_;
  bool shown_, drawn_ = false;
  std::mutex drawing_;
  std::atomic<std::size_t> done_ = 0;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

// Cuts [0, size) into one range a job and calls work(job, begin, end) for each; this thread takes the last.
template <class Work>
void in_parallel(std::size_t size, std::size_t jobs, Work const& work) {
  std::vector<std::jthread> threads;
  for (std::size_t j = 0; j + 1 < jobs; ++j)
    threads.emplace_back([&, j] { work(j, size * j / jobs, size * (j + 1) / jobs); });
  work(jobs - 1, size * (jobs - 1) / jobs, size);
}

// All resamples of a bootstrap or a paired test.
template <class Values, class Test>
std::vector<Values> resample(Test const& test, resampling const& how) {
  std::vector<Values> out(how.resamples);
  progress bar(how.resamples);
  std::span<Values> const all = out;
  in_parallel(how.resamples, how.jobs, [&](std::size_t, std::size_t begin, std::size_t end) {
    constexpr std::size_t block = 64;
    for (; begin < end; begin += std::min(block, end - begin)) {
      test.run(begin, all.subspan(begin, std::min(block, end - begin)));
      bar.add(std::min(block, end - begin));
      bar.show();
    }
  });
  return out;
}

template <class T>
T checked(ts::result<T> value) {
  if (value) return std::move(*value);
  if (value.error().code == ts::errc::gold_differs) throw failure(ts::message(value.error()));
  throw failure("resampling: " + ts::message(value.error()));
}

// The first sentence of each part that is drawn as a whole, and one behind the last.
std::vector<std::size_t> parts_of(ts::conll_corpus const& gold, bool by_document, std::string const& name) {
  std::vector<std::size_t> starts;
  if (by_document) {
    auto const documents = gold.document_starts();
    if (documents.empty())
      throw failure("--by-document: " + name + " does not say where documents begin (-DOCSTART- or # newdoc)");
    if (documents.front() != 0) starts.push_back(0);
    starts.insert(starts.end(), documents.begin(), documents.end());
  } else {
    for (std::size_t i = 0; i < gold.size(); ++i) starts.push_back(i);
  }
  starts.push_back(gold.size());
  return starts;
}

class text_table {
 public:
  void cell(std::string const& text, std::size_t columns) {
    text_.append(columns - std::min(columns, text.size()), ' ') += text;
  }
  void name(std::string_view text) { (text_ += text).append(16 - text.size(), ' '); }
  void end() { text_ += '\n'; }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

}  // namespace

void resampling::add_to(CLI::App& app, bool with_by_document) {
  app.add_option("--seed", seed, "Of the random numbers (default 1)");
  app.add_option("--confidence", confidence, "Of the intervals (default 0.95)")->check(CLI::Range(0.01, 0.9999));
  app.add_option("--jobs", jobs, "Threads; the answer is the same for any number (default 1)")
      ->check(CLI::Range(1, 1024));
  if (with_by_document) app.add_flag("--by-document", by_document, "Documents are drawn as a whole, not sentences");
}

void resampling::must_be_wanted(CLI::App const& app, bool wanted) {
  for (std::string const option : {"--seed", "--confidence"}) {
    if (!wanted && app.count(option) != 0) throw failure(option + " is for intervals and tests: nothing asks for them");
  }
}

std::string resampling::describe(std::size_t documents) const {
  return ts::detail::percent(confidence) + " % intervals over " + drawn(documents) + ", " + std::to_string(resamples) +
         " resamples, seed " + std::to_string(seed);
}

ts::counted_corpus count(comparison const& files, ts::scheme_id scheme, ts::reading reading, resampling const& how) {
  auto const parts = parts_of(files.gold(), how.by_document, files.files.front().name);
  std::size_t const jobs = std::min(how.jobs, parts.size() - 1);
  std::vector<ts::counted_corpus> counted(jobs);
  std::vector<std::vector<std::string>> rejected(jobs);
  ts::visit_scheme(scheme, [&]<class S>(S) {
    in_parallel(parts.size() - 1, jobs, [&](std::size_t job, std::size_t begin, std::size_t end) {
      ts::count_table<S> table{files.labels, {.reading = reading}};
      for (std::size_t part = begin; part < end; ++part) {
        for (std::size_t i = parts[part]; i < parts[part + 1]; ++i) {
          auto const gold = files.gold().tags_of(i);
          auto const added =
              i == parts[part] ? table.add(gold, files.predicted_of(i)) : table.extend(gold, files.predicted_of(i));
          if (!added) rejected[job].push_back("sentence " + std::to_string(i) + ": " + ts::message(added.error()));
        }
      }
      counted[job] = table.counted();
    });
  });
  ts::counted_corpus sum;
  for (std::size_t job = 0; job < jobs; ++job) {
    for (std::string const& text : rejected[job]) note("rejected: " + text);
    if (auto const done = ts::merge(sum, counted[job]); !done) throw failure(ts::message(done.error()));
  }
  return sum;
}

ts::counted_corpus count(span_corpus const& corpus) {
  ts::count_table table{corpus.labels()};
  for (std::size_t i = 0; i < corpus.size(); ++i) {
    auto const added = table.add(corpus[i].gold, corpus[i].predicted);
    if (!added) throw failure(corpus[i].place + ": " + ts::message(added.error()));
  }
  return table.counted();
}

void note_types_without_gold(ts::report const& report, std::string const& predicted) {
  constexpr std::size_t most = 10;
  std::size_t count = 0;
  std::string types;
  for (ts::typed_prf const& t : report.by_type) {
    if (t.support != 0 || t.predicted == 0 || ++count > most) continue;
    types += (types.empty() ? "'" : ", '") + shown(t.type) + "' (" + entity_count(t.predicted) + ')';
  }
  if (count > most) types += " and " + plural(count - most, "other type");
  if (count != 0) note("only in " + predicted + ": " + types);
}

counted_system count_system(comparison::options const& o, input_options const& input, counting_options const& by,
                            std::vector<file> files, resampling const& how) {
  if (holds_json_lines(input, files)) {
    return {count(span_corpus(files, {o.gold_column, o.predicted_column, input.unit})), {}};
  }
  comparison const tags(o, std::move(files));
  auto const scheme = choose_scheme(by.scheme, tags.labels, tags.gold());
  return {count(tags, scheme.id, by.reading, how), scheme.remark};
}

ts::bootstrap_report intervals(ts::counted_corpus const& counted, resampling how) {
  how.metrics = counted.report.options;  // counts of another beta come by `merge`
  ts::bootstrap const test(counted.documents, how);
  return checked(test.summary(resample<ts::figure_values>(test, how)));
}

ts::paired_report compare(ts::document_counts const& first, ts::document_counts const& second, resampling const& how) {
  auto const test = checked(ts::paired_test::make(first, second, how));
  return test.summary(resample<ts::paired_values>(test, how));
}

std::string to_text(ts::bootstrap_report const& r, resampling const& how, int digits) {
  text_table t;
  t.name("");
  for (char const* head : {"value", "low", "high", "bias"}) t.cell(head, 10);
  t.end();
  for (std::size_t k = 0; k < std::size(r.of); ++k) {
    t.name(ts::resampled_figures[k]);
    ts::estimate const& e = r.of[k];
    for (double value : {e.value, e.percentile.low, e.percentile.high, e.bias})
      t.cell(ts::detail::fixed(value, digits), 10);
    t.end();
  }
  return how.describe(r.documents) + ":\n" + t.take();
}

std::string to_text(ts::paired_report const& r, resampling const& how, int digits) {
  text_table t;
  t.name("");
  for (char const* head : {"first", "second", "difference", "low", "high"}) t.cell(head, 12);
  t.cell("p bootstrap", 14);
  t.cell("p randomised", 14);
  t.end();
  for (std::size_t k = 0; k < std::size(r.of); ++k) {
    t.name(ts::resampled_figures[k]);
    ts::paired_estimate const& e = r.of[k];
    for (double value : {e.first, e.second, e.difference, e.percentile.low, e.percentile.high}) {
      t.cell(ts::detail::fixed(value, digits), 12);
    }
    for (double p : {e.p_bootstrap, e.p_randomised}) t.cell(ts::detail::fixed(p, 4), 14);
    t.end();
  }
  return how.describe(r.documents) + ":\n" + t.take();
}

}  // namespace cli
