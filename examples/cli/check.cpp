// SPDX-License-Identifier: MIT
#include "cli.hpp"
#include "counting.hpp"

#include <tagspan/tags/convert.hpp>

#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>

namespace cli {

namespace {

struct check_options : comparison::options {
  std::string scheme = "auto";
};

void say(std::string const& line) { print(line + '\n'); }

std::string padded(std::string text, std::size_t columns) {
  text.resize(std::max(text.size(), columns), ' ');
  return text;
}

std::size_t& count_of(std::vector<std::size_t>& counts, ts::label_id id) {
  return counts[static_cast<std::size_t>(id)];
}

// Gold, and predicted where it was given.
struct side {
  std::string name;
  std::span<ts::label_id const> tags;
};

std::vector<side> sides_of(comparison const& files) {
  std::vector<side> sides{{"gold", files.gold().tags()}};
  if (files.has_predicted()) sides.push_back({"predicted", files.predicted()});
  return sides;
}

// What each label is read as, and how often it occurs. A wrong label map shows here.
void list_labels(ts::label_set const& labels, std::vector<side> const& sides) {
  constexpr std::string_view roles[] = {"outside", "begin", "inside", "end", "single"};
  auto line = [](std::string const& label, std::string const& meaning, std::vector<std::string> const& counts) {
    std::string text = padded(label, 18) + ' ' + padded(meaning, 22);
    for (std::string const& count : counts)
      text += ' ' + std::string(10 - std::min<std::size_t>(count.size(), 10), ' ') + count;
    say(text);
  };
  std::vector<std::string> heads;
  std::vector<std::vector<std::size_t>> counts;
  for (side const& s : sides) {
    heads.push_back(s.name);
    counts.emplace_back(labels.size());
    for (ts::label_id id : s.tags) ++count_of(counts.back(), id);
  }
  line("label", "read as", heads);
  for (ts::label_id id = 0; labels.has(id); ++id) {
    ts::tag const t = labels.tag_of(id);
    std::string meaning(roles[static_cast<std::size_t>(t.role)]);
    if (t.role != ts::role::outside) meaning += ' ' + shown(labels.type_name(t.type));
    std::vector<std::string> cells;
    for (auto& column : counts) cells.push_back(std::to_string(count_of(column, id)));
    line(shown(labels.name(id)), meaning, cells);
  }
}

// Tags that name something and are read as outside all the same: by --no-prefix or --bad-label.
std::size_t count_ignored(comparison const& files, side const& s, std::size_t corpus) {
  std::size_t count = corpus < files.corpora.size() ? files.corpora[corpus].bad_labels().size() : 0;
  for (ts::label_id id : s.tags) count += files.labels.tag_of(id) == ts::tag{} && files.labels.name(id) != "O";
  say("tags that are ignored in " + s.name + ": " + std::to_string(count));
  return count;
}

std::size_t count_malformed(comparison const& files, ts::scheme_id scheme, side const& s) {
  std::map<ts::violation_kind, std::size_t> by_kind;
  for (std::size_t i = 0; i < files.gold().size(); ++i) {
    ts::token_span const sentence = files.gold().sentence(i);
    for (auto const& v : violations(scheme, s.tags.subspan(sentence.begin, sentence.size()), files.labels))
      ++by_kind[v.kind];
  }
  std::size_t count = 0;
  std::string kinds;
  for (auto const& [kind, times] : by_kind) {
    count += times;
    kinds += (kinds.empty() ? " (" : ", ") + std::string(ts::kind_name(kind)) + ' ' + std::to_string(times);
  }
  say("malformed tags in " + s.name + ": " + std::to_string(count) + kinds + (kinds.empty() ? "" : ")"));
  return count;
}

// Does a sentence go on with what the one before it left open? Then an entity was cut where the sentences were.
std::size_t count_cut(comparison const& files, side const& s) {
  std::size_t count = 0;
  std::string lines;
  for (std::size_t i = 1; i < files.gold().size(); ++i) {
    std::size_t const begin = files.gold().sentence(i).begin;
    ts::tag const last = files.labels.tag_of(s.tags[begin - 1]);
    ts::tag const first = files.labels.tag_of(s.tags[begin]);
    bool const open = last.role == ts::role::begin || last.role == ts::role::inside;
    bool const goes_on = first.role == ts::role::inside || first.role == ts::role::end;
    if (!open || !goes_on || last.type != first.type) continue;
    if (++count <= 3) lines += (lines.empty() ? ", at line " : ", ") + std::to_string(files.gold().lines()[begin]);
  }
  say("entities cut at a sentence end in " + s.name + ": " + std::to_string(count) + lines);
  return count;
}

std::string percent(double share) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f%%", 100 * share);
  return text;
}

// Most tokens are O, so that a system that finds nothing is right nearly everywhere.
void compare_accuracy_with_f1(comparison const& files) {
  ts::scorer scorer{files.labels};
  for (std::size_t i = 0; i < files.gold().size(); ++i)
    scorer.add(files.gold().tags_of(i), files.predicted_of(i)).value();
  std::size_t outside = 0;
  for (ts::label_id id : files.gold().tags()) outside += files.labels.tag_of(id) == ts::tag{};
  double const finding_nothing = static_cast<double>(outside) / static_cast<double>(files.gold().token_count());
  say("token accuracy: " + percent(scorer.report().accuracy()) + "; it would be " + percent(finding_nothing) +
      " with O everywhere");
  say("entity F1: " + percent(scorer.report().micro.f1));
  note_types_without_gold(scorer.report(), "predicted");
}

int check(check_options const& o) {
  comparison const files(o);
  auto const sides = sides_of(files);
  auto const scheme = choose_scheme(o.scheme, files.labels, files.gold());
  std::size_t count = 0;
  for (std::size_t i = 0; i < files.gold().size(); ++i)
    count += entities(scheme.id, files.gold().tags_of(i), files.labels, ts::reading::lenient).size();

  say(plural(files.gold().size(), "sentence") + ", " + plural(files.gold().token_count(), "token") +
      ", entities in gold: " + std::to_string(count));
  say(scheme.remark.empty() ? "scheme: " + std::string(ts::scheme_name(scheme.id)) : scheme.remark);
  list_labels(files.labels, sides);
  std::size_t found = 0;
  for (std::size_t i = 0; i < sides.size(); ++i) {
    found += count_ignored(files, sides[i], i);
    found += count_malformed(files, scheme.id, sides[i]);
    found += count_cut(files, sides[i]);
  }
  if (files.has_predicted()) compare_accuracy_with_f1(files);
  if (count == 0) note("gold has no entity");
  return found == 0 && count != 0 ? all_is_well : found_wanting;
}

}  // namespace

subcommand add_check(CLI::App& parent) {
  CLI::App* const app = parent.add_subcommand("check",
                                              "Before a score is believed: what labels mean, and what was malformed, "
                                              "ignored or cut. Ends with 1 if anything was");
  auto const o = std::make_shared<check_options>();
  o->predicted_may_lack = true;  // a file of two columns, or --gold-column alone, is gold only
  o->add_to(*app);
  add_scheme(*app, "--scheme", o->scheme, "The tag scheme, by which malformed tags are counted");
  return {app, [o] { return check(*o); }};
}

}  // namespace cli
