// SPDX-License-Identifier: MIT
// From counts to figures: precision, recall, F1 and their averages, with what to do about 0/0 said out loud.
#pragma once
#include <cstddef>
#include <cstdint>
#include <charconv>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <tagspan/core/error.hpp>

namespace tagspan::inline TAGSPAN_ABI {

// What a figure is worth when nothing can be divided: precision without predictions, recall without gold.
enum class zero_division : std::uint8_t { zero, one };

// Which types macro averages run over.
enum class average_over : std::uint8_t { gold_and_predicted, gold };

struct metric_options {
  tagspan::zero_division zero_division = tagspan::zero_division::zero;
  tagspan::average_over average_over = tagspan::average_over::gold_and_predicted;
  // Recall counts beta times as much as precision; infinity is recall alone. Contract of all scorers: 0 or more. (The
  // bare functions below give an F of 0 for what is no beta.)
  double beta = 1;
  friend constexpr bool operator==(metric_options const&, metric_options const&) = default;
};

// Counts of entities of one type, or of all.
struct entity_counts {
  std::size_t correct{}, predicted{}, gold{};
  constexpr entity_counts& operator+=(entity_counts const& other) noexcept {
    correct += other.correct;
    predicted += other.predicted;
    gold += other.gold;
    return *this;
  }
  friend constexpr bool operator==(entity_counts const&, entity_counts const&) = default;
};

struct prf {
  double precision{}, recall{}, f1{};  // f1 is F-beta where metric_options::beta says so
  std::size_t support{};               // entities in gold
  std::size_t correct{}, predicted{};
  friend constexpr bool operator==(prf const&, prf const&) = default;
};

// The counts that the figures are made of.
constexpr entity_counts counts_of(prf const& f) noexcept { return {f.correct, f.predicted, f.support}; }

// F-beta of van Rijsbergen 1979: (1 + beta²) P R / (beta² P + R); 0 where P and R are 0.
constexpr double f_beta(double precision, double recall, double beta = 1) noexcept {
  if (!(beta >= 0)) return 0;
  if (beta > 1e150) return recall;  // beta² would be infinite
  double const b2 = beta * beta;
  double const denominator = b2 * precision + recall;
  return denominator > 0 ? (1 + b2) * precision * recall / denominator : 0;
}

// The figures of one line of counts. By scikit-learn's and seqeval's rules: precision is `zero_division` where nothing
// is predicted, recall where nothing is in gold, and F is made of the two. F is computed from the counts, in one
// division, so that 51 of 52 predicted and 68 gold is 0.85 and not a bit less.
constexpr prf figures(entity_counts const& c, metric_options const& options = {}) noexcept {
  double const undefined = options.zero_division == zero_division::one ? 1 : 0;
  prf out;
  out.precision = c.predicted == 0 ? undefined : static_cast<double>(c.correct) / static_cast<double>(c.predicted);
  out.recall = c.gold == 0 ? undefined : static_cast<double>(c.correct) / static_cast<double>(c.gold);
  if (c.predicted == 0 || c.gold == 0 || !(options.beta >= 0 && options.beta <= 1e150)) {
    out.f1 = f_beta(out.precision, out.recall, options.beta);
  } else {
    double const b2 = options.beta * options.beta;
    out.f1 = (1 + b2) * static_cast<double>(c.correct) /
             (b2 * static_cast<double>(c.gold) + static_cast<double>(c.predicted));
  }
  out.support = c.gold;
  out.correct = c.correct;
  out.predicted = c.predicted;
  return out;
}

struct averages {
  prf micro, macro, weighted;
};

// Micro: the figures of the summed counts. Macro: the plain mean of each figure over types. Weighted: the mean by
// support. Over no types (or, weighted, no gold) nothing can be divided: then macro is `zero_division`; weighted recall
// is it too, and weighted precision and F1 are if nothing is predicted, else 0 (as in seqeval). Never NaN. Linear;
// allocates nothing.
constexpr averages average(std::span<entity_counts const> by_type, metric_options const& options = {}) noexcept {
  double const undefined = options.zero_division == zero_division::one ? 1 : 0;
  averages out;
  entity_counts total;
  std::size_t types = 0;
  for (entity_counts const& c : by_type) {
    total += c;
    prf const f = figures(c, options);
    if (c.gold != 0 || (options.average_over == average_over::gold_and_predicted && c.predicted != 0)) {
      ++types;
      out.macro.precision += f.precision;
      out.macro.recall += f.recall;
      out.macro.f1 += f.f1;
    }
    double const weight = static_cast<double>(c.gold);
    out.weighted.precision += weight * f.precision;
    out.weighted.recall += weight * f.recall;
    out.weighted.f1 += weight * f.f1;
  }
  out.micro = figures(total, options);
  if (types == 0) {
    out.macro = {undefined, undefined, undefined};
  } else {
    double const n = static_cast<double>(types);
    out.macro.precision /= n;
    out.macro.recall /= n;
    out.macro.f1 /= n;
  }
  if (total.gold == 0) {
    double const of_nothing = total.predicted == 0 ? undefined : 0;
    out.weighted = {of_nothing, undefined, of_nothing};
  } else {
    double const n = static_cast<double>(total.gold);
    out.weighted.precision /= n;
    out.weighted.recall /= n;
    out.weighted.f1 /= n;
  }
  for (prf* p : {&out.macro, &out.weighted}) {
    p->support = total.gold;
    p->correct = total.correct;
    p->predicted = total.predicted;
  }
  return out;
}

struct typed_prf : prf {
  std::string type;
  friend bool operator==(typed_prf const&, typed_prf const&) = default;
};

// What a system is worth, with what that depends on.
struct report {
  prf micro, macro, weighted;
  std::vector<typed_prf> by_type;  // types that occur in gold or predicted, sorted by their bytes

  std::size_t sentences{};             // those counted
  std::size_t tokens{};                // positions counted; 0 where spans were given
  std::size_t correct_tokens{};        // positions with the same label on both sides
  std::size_t malformed_gold{};        // illegal steps by the scheme; 0 without a scheme
  std::size_t malformed_predicted{};
  std::size_t rejected{};              // sentences that could not be counted: every gate fails on them
  std::uint64_t gold_fingerprint{};    // of the gold entities, whatever the order of sentences or the tag scheme

  std::string scheme;   // "" where none was named, and where spans were given
  std::string reading;  // "spans" where spans were given
  metric_options options{};

  // Share of positions with the same label; 0 where no tokens were counted.
  double accuracy() const noexcept {
    return tokens == 0 ? 0 : static_cast<double>(correct_tokens) / static_cast<double>(tokens);
  }
  // The figures of one type; nullptr for a type that occurs nowhere. Logarithmic.
  prf const* find(std::string_view type) const noexcept {
    std::size_t low = 0;
    std::size_t high = by_type.size();
    while (low < high) {
      std::size_t const middle = low + (high - low) / 2;
      if (std::string_view(by_type[middle].type) < type) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low < by_type.size() && by_type[low].type == type ? &by_type[low] : nullptr;
  }
  // One line that says what the figures depend on: two figures can be compared if their signatures are equal.
  std::string signature() const;
  friend bool operator==(report const&, report const&) = default;
};

namespace detail {

// Fixed decimals, rounded from the exact binary value, in every locale with a point.
inline std::string fixed(double value, int decimals) {
  char text[64];
  auto const end = std::to_chars(text, text + sizeof text, value, std::chars_format::fixed, decimals);
  return end.ec == std::errc() ? std::string(text, end.ptr) : std::string("?");
}

// The shortest text that reads back as the same number.
inline std::string shortest(double value) {
  char text[64];
  auto const end = std::to_chars(text, text + sizeof text, value);
  return end.ec == std::errc() ? std::string(text, end.ptr) : std::string("?");
}

// A share in hundredths: 57 for 0.57, whose hundredfold has more digits.
inline std::string percent(double share) {
  char text[64];
  auto const end = std::to_chars(text, text + sizeof text, 100 * share, std::chars_format::general, 10);
  return std::string(text, end.ptr);
}

inline std::string hexadecimal(std::uint64_t value) {
  std::string text(16, '0');
  for (std::size_t i = 16; i-- > 0; value >>= 4) text[i] = "0123456789abcdef"[value & 15U];
  return text;
}

// Columns, not bytes: UTF-8 continuation bytes take no room. (Wide characters count as one, as in the tools people
// know.)
inline std::size_t width(std::string_view text) noexcept {
  std::size_t columns = 0;
  for (char c : text) columns += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  return columns;
}

}  // namespace detail

inline std::string report::signature() const {
  std::string text = "tagspan:" TAGSPAN_VERSION_STRING;
  text += "|scheme:" + (scheme.empty() ? std::string("none") : scheme);
  text += "|reading:" + reading;
  text += "|zero_division:" + std::string(options.zero_division == zero_division::one ? "1" : "0");
  text += "|over:" + std::string(options.average_over == average_over::gold ? "gold" : "gold+predicted");
  if (options.beta != 1) text += "|beta:" + detail::shortest(options.beta);
  std::size_t gold_types = 0;  // those of gold only: the signature is the same for every system
  for (typed_prf const& row : by_type) gold_types += row.support != 0;
  text += "|types:" + std::to_string(gold_types);
  text += "|sentences:" + std::to_string(sentences);
  if (rejected != 0) text += "|rejected:" + std::to_string(rejected);
  text += "|gold:" + detail::hexadecimal(gold_fingerprint);
  return text;
}

// The classification report that scikit-learn and seqeval print, with the signature below it; lines on malformed tags
// and rejected sentences only where there are any. Types are shown as they are, in the report's order. Linear;
// allocates the text.
inline std::string to_text(report const& r, int decimals = 2) {
  std::size_t widest = std::string_view("weighted avg").size();
  for (auto const& row : r.by_type) widest = detail::width(row.type) > widest ? detail::width(row.type) : widest;
  std::string text;
  auto right = [&](std::string_view cell, std::size_t columns) {
    std::size_t const taken = detail::width(cell);
    text.append(columns > taken ? columns - taken : 0, ' ');
    text += cell;
  };
  auto row = [&](std::string_view name, prf const& f) {
    right(name, widest);
    text += ' ';
    for (double figure : {f.precision, f.recall, f.f1}) right(detail::fixed(figure, decimals), 10);
    right(std::to_string(f.support), 10);
    text += '\n';
  };
  right("", widest + 1);
  for (std::string_view head : {"precision", "recall", r.options.beta == 1 ? "f1-score" : "f-beta", "support"}) {
    right(head, 10);
  }
  text += "\n\n";
  for (auto const& type : r.by_type) row(type.type, type);
  if (!r.by_type.empty()) text += '\n';
  row("micro avg", r.micro);
  row("macro avg", r.macro);
  row("weighted avg", r.weighted);
  text += '\n';
  if (r.tokens != 0) {
    text +=
        "token accuracy " + detail::fixed(r.accuracy(), decimals) + " over " + std::to_string(r.tokens) + " tokens\n";
  }
  if (r.malformed_gold != 0 || r.malformed_predicted != 0) {
    text += "malformed transitions: " + std::to_string(r.malformed_gold) + " in gold, " +
            std::to_string(r.malformed_predicted) + " in predicted\n";
  }
  if (r.rejected != 0) {
    text += "REJECTED: " + std::to_string(r.rejected) + (r.rejected == 1 ? " sentence" : " sentences") +
            " could not be counted\n";
  }
  text += r.signature() + '\n';
  return text;
}

}  // namespace tagspan::inline TAGSPAN_ABI
