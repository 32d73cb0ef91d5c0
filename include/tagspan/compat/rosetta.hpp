// SPDX-License-Identifier: MIT
// One corpus, every scorer's figure, and why they differ: what conlleval.pl (2004), seqeval 1.2.2, allennlp 2.10.1,
// spaCy 3.8.15 and nervaluate 1.1.0 would print for the same tags, their faults included. Described from those
// versions; how each reads a tag and cuts entities stands at its function.
#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <tagspan/compat/nervaluate.hpp>
#include <tagspan/core/error.hpp>
#include <tagspan/core/span.hpp>
#include <tagspan/detail/string_pool.hpp>
#include <tagspan/eval/metrics.hpp>
#include <tagspan/tags/convert.hpp>
#include <tagspan/tags/entities.hpp>
#include <tagspan/tags/labels.hpp>
#include <tagspan/tags/scheme.hpp>

namespace tagspan::inline TAGSPAN_ABI::compat {

enum class peer : std::uint8_t { tagspan, conlleval, seqeval, seqeval_strict, allennlp, spacy, nervaluate };
inline constexpr std::size_t peer_count = 7;

// Why a peer's entities are not those of tagspan's lenient reading: at one kind of step between two tags.
struct reading_difference {
  bool in_predicted{};       // or in gold
  bool gained{};             // the peer has entities that tagspan has not; else it lacks some
  // "B-x > I-y", "O > I-x": roles by their letters, x and y for types; ends of sentences are O.
  std::string step;
  std::size_t entities{};    // how many of them
  std::size_t sentence{};    // the first: sentence, and the token behind the step
  std::size_t token{};
};

// A peer that stops on these tags, and where it meets the first that it does not take.
struct refusal {
  bool in_predicted{};
  std::size_t sentence{}, token{};
};

struct peer_figure {
  compat::peer peer{};
  std::string name;        // with what was chosen: "seqeval strict IOB2", "allennlp BIO", "nervaluate partial"
  entity_counts counts;    // nervaluate: COR, ACT and POS
  double precision{}, recall{}, f1{};  // by the peer's own formula
  std::optional<refusal> refused;      // then there are no figures
  bool exists = true;      // false: the peer has no such mode for this scheme or this form of labels
  std::vector<reading_difference> differences;  // most entities first
};

namespace detail {

struct chunk {
  std::size_t begin, end;
  std::uint32_t type;
  friend constexpr bool operator==(chunk const&, chunk const&) = default;
  friend constexpr auto operator<=>(chunk const&, chunk const&) = default;
};

// A tag as one peer sees it: types by number, O by its letter.
struct seen_tag {
  char letter = 'O';
  std::uint32_t type = 0;
};

// Patterns of two letters and how the types relate: '*' is any letter; '=' the same type, '!' another, '*' either.
constexpr bool matches(std::string_view patterns, seen_tag previous, seen_tag next) {
  for (std::size_t i = 0; i + 2 < patterns.size(); i += 4) {
    bool const same = previous.type == next.type;
    if ((patterns[i] == '*' || patterns[i] == previous.letter) &&
        (patterns[i + 1] == '*' || patterns[i + 1] == next.letter) &&
        (patterns[i + 2] == '*' || (patterns[i + 2] == '=') == same)) {
      return true;
    }
  }
  return false;
}

constexpr bool is_in(char letter, std::string_view letters) { return letters.find(letter) != std::string_view::npos; }

// seqeval's strict mode: what starts, goes on inside and ends an entity, by scheme.
struct strict_patterns {
  std::string_view name, letters, start, inside, end;
};
constexpr strict_patterns strict_of(scheme_id scheme) {
  switch (scheme) {
    case scheme_id::iob1:
      return {"IOB1", "OBI", "OI* II! BI* IB= BB=", "BI= II=", "II! IO* IB* BO* BI! BB="};
    case scheme_id::bio: return {"IOB2", "OBI", "*B*", "BI= II=", "IO* II! IB* BO* BI! BB*"};
    case scheme_id::ioe1:
      return {"IOE1", "OIE", "OI* II! EI* EE=", "II= IE=", "II! IO* IE! EI= EE="};
    case scheme_id::ioe2: return {"IOE2", "OIE", "OI* OE* EI* EE* II! IE!", "II= IE=", "E**"};
    case scheme_id::bioes: return {"IOBES", "OBIES", "*B* *S*", "BI= BE= II= IE=", "S** E**"};
    case scheme_id::bilou: return {"BILOU", "OBILU", "*B* *U*", "BI= BL= II= IL=", "U** L**"};
    default: return {};
  }
}

// conlleval.pl's two questions; "." is O for starting, "[" and "]" are chunks of one token.
constexpr bool conlleval_ends(seen_tag previous, seen_tag next) {
  return matches("BB* BO* IB* IO* EE* EI* EO*", previous, next) || is_in(previous.letter, "[]") ||
         (!is_in(previous.letter, "O.") && previous.type != next.type);
}
constexpr bool conlleval_starts(seen_tag previous, seen_tag next) {
  return matches("BB* IB* OB* OI* EE* EI* OE*", previous, next) || is_in(next.letter, "[]") ||
         (!is_in(next.letter, "O.") && previous.type != next.type);
}
// seqeval's two, in its default mode.
constexpr bool seqeval_ends(seen_tag previous, seen_tag next) {
  return matches("E** S** BB* BS* BO* IB* IS* IO*", previous, next) ||
         (!is_in(previous.letter, "O.") && previous.type != next.type);
}
constexpr bool seqeval_starts(seen_tag previous, seen_tag next) {
  return matches("*B* *S* EE* EI* SE* SI* OE* OI*", previous, next) ||
         (!is_in(next.letter, "O.") && previous.type != next.type);
}

// Part of a tag as the peers' languages slice it.
constexpr std::string_view behind(std::string_view tag, std::size_t n) {
  return tag.size() > n ? tag.substr(n) : std::string_view{};
}
constexpr std::string_view behind_dash(std::string_view tag, std::string_view otherwise) {
  std::size_t const dash = tag.find('-');
  return dash == std::string_view::npos ? otherwise : tag.substr(dash + 1);
}

}  // namespace detail

// Feeds each sentence to every scorer at once. The scheme is that of the corpus: it chooses seqeval's strict mode
// (IOB1, IOB2, IOE1, IOE2, IOBES, BILOU), allennlp's encoding (IOB1, BIOUL, BMES, else BIO) and whether nervaluate
// reads the tags itself (IO, IOB1, BIO) or is given seqeval's entities, as its users do. spaCy reads tags as its
// converter does. All but seqeval are for labels with the prefix in front.
class rosetta {
 public:
  rosetta(label_set const& labels, scheme_id scheme)
      : labels_(&labels), scheme_(scheme), strict_(detail::strict_of(scheme)) {
    outside_[at(peer::conlleval)].type = number(peer::conlleval, "");
    for (peer p : {peer::seqeval, peer::seqeval_strict}) outside_[at(p)].type = number(p, "_");
    for (side& s : sides_) s.last.type = number(peer::seqeval, "");  // of no tag, before the first
  }
  rosetta(label_set&&, scheme_id) = delete;  // the labels would be gone
  rosetta(rosetta const&) = delete;          // a scorer inside keeps the address of its labels
  rosetta& operator=(rosetta const&) = delete;

  // One sentence of tags; ids of the label set, none of them ignored. Errors, and then nothing is counted:
  // length_mismatch, bad_id_in_sentence, with the sentence in `where` and the position in `inner`. Linear but for a
  // sort of the sentence's entities.
  template <label_range G, label_range P>
  result<void> add(G const& gold, P const& predicted) {
    std::size_t const size = gold.size();
    if (predicted.size() != size) return error{errc::length_mismatch, sentences_, std::min(size, predicted.size())};
    for (std::size_t i = 0; i < size; ++i) {
      if (!tagspan::detail::is_known(gold.data()[i], labels_->size()) ||
          !tagspan::detail::is_known(predicted.data()[i], labels_->size())) {
        return error{errc::bad_id_in_sentence, sentences_, i};
      }
    }
    for (std::size_t s = 0; s < 2; ++s) sides_[s].ids.clear();
    for (std::size_t i = 0; i < size; ++i) {
      sides_[0].ids.push_back(static_cast<std::uint32_t>(gold.data()[i]));
      sides_[1].ids.push_back(static_cast<std::uint32_t>(predicted.data()[i]));
    }
    learn();
    for (std::size_t p = 0; p < peer_count; ++p) count(static_cast<peer>(p));
    base_ += size + 1;
    ++sentences_;
    return {};
  }

  // The figures so far: tagspan's own lenient reading first, the one that differences are told from, then the peers.
  std::vector<peer_figure> figures() const {
    std::vector<peer_figure> out;
    for (std::size_t p = 0; p < peer_count; ++p) {
      peer const who = static_cast<peer>(p);
      peer_figure f;
      f.peer = who;
      f.name = name_of(who);
      f.counts = counts_[p];
      if (who == peer::conlleval) f.counts.correct += in_step_;  // as the script does at the end of its input
      f.refused = refused_[p];
      f.exists = exists(who);
      f.differences = differences_[p];
      std::sort(f.differences.begin(), f.differences.end(), [](auto const& a, auto const& b) {
        if (a.entities != b.entities) return a.entities > b.entities;
        return std::tie(a.in_predicted, a.gained, a.step) < std::tie(b.in_predicted, b.gained, b.step);
      });
      set_figures(f);
      if (who == peer::nervaluate) {
        append_nervaluate(out, f);
      } else {
        out.push_back(std::move(f));
      }
    }
    return out;
  }

 private:
  using chunk = detail::chunk;
  using seen_tag = detail::seen_tag;

  struct side {
    std::vector<std::uint32_t> ids;
    std::vector<chunk> chunks;     // what the peer at hand reads in this sentence; positions in the whole corpus
    std::vector<chunk> reference;  // what tagspan reads
    std::vector<chunk> seqeval;    // what seqeval reads, in the order of the ends
    seen_tag last;                 // seqeval goes on from sentence to sentence
    std::size_t begin = 0;
  };

  static constexpr std::size_t at(peer p) noexcept { return static_cast<std::size_t>(p); }
  std::uint32_t number(peer p, std::string_view type) { return static_cast<std::uint32_t>(types_[at(p)].add(type)); }
  bool is_suffixed() const noexcept { return labels_->options().position == prefix_position::after; }
  bool exists(peer p) const noexcept {
    if (p == peer::seqeval_strict) return !strict_.name.empty();
    return p == peer::tagspan || p == peer::seqeval || !is_suffixed();
  }
  bool reads_b_and_i() const noexcept {
    return scheme_ == scheme_id::io || scheme_ == scheme_id::iob1 || scheme_ == scheme_id::bio;
  }

  std::string name_of(peer p) const {
    switch (p) {
      case peer::tagspan: return "tagspan lenient";
      case peer::conlleval: return "conlleval.pl";
      case peer::seqeval: return "seqeval";
      case peer::seqeval_strict:
        return strict_.name.empty() ? "seqeval strict" : "seqeval strict " + std::string(strict_.name);
      case peer::allennlp:
        return scheme_ == scheme_id::bilou ? "allennlp BIOUL"
               : scheme_ == scheme_id::bmes ? "allennlp BMES"
               : scheme_ == scheme_id::iob1 ? "allennlp IOB1"
                                            : "allennlp BIO";
      case peer::spacy: return "spaCy";
      case peer::nervaluate: return "nervaluate strict";
    }
    return {};
  }

  // The labels may have grown.
  void learn() {
    for (std::size_t id = tags_[0].size(); id < labels_->size(); ++id) {
      std::string_view const name = labels_->name(static_cast<label_id>(id));
      for (std::size_t p = 0; p < peer_count; ++p) tags_[p].push_back(see(static_cast<peer>(p), name));
    }
  }

  seen_tag see(peer p, std::string_view name) {
    bool const suffixed = is_suffixed();
    char letter = suffixed ? name.back() : name.front();
    std::string_view const rest = suffixed ? name.substr(0, name.size() - 1) : name.substr(1);
    std::string_view type;
    switch (p) {
      case peer::tagspan: return {};
      case peer::conlleval: {
        std::string_view const prefix = name.substr(0, name.find('-'));
        if (prefix.size() != 1) letter = '?';
        type = detail::behind_dash(name, "");
        if (type == "0") type = "";
        break;
      }
      case peer::seqeval:
        type = suffixed ? rest.substr(0, std::min(rest.rfind('-'), rest.size())) : detail::behind_dash(rest, rest);
        if (type.empty()) type = "_";
        break;
      case peer::seqeval_strict:
        type = rest;
        while (type.starts_with('-')) type.remove_prefix(1);
        while (type.ends_with('-')) type.remove_suffix(1);
        if (type.empty()) type = "_";
        break;
      case peer::allennlp:
        type = scheme_ == scheme_id::bilou ? detail::behind_dash(name, "") : detail::behind(name, 2);
        break;
      case peer::spacy: type = rest; break;  // the separator is compared too
      case peer::nervaluate: type = detail::behind(name, 2); break;
    }
    return {letter, number(p, type)};
  }

  // A tag of the sentence; O behind its end.
  seen_tag tag(peer p, side const& s, std::size_t i) const {
    return i < s.ids.size() ? tags_[at(p)][s.ids[i]] : outside_[at(p)];
  }

  void count(peer p) {
    if (!exists(p) || refused_[at(p)]) return;
    for (std::size_t s = 0; s < 2; ++s) {
      sides_[s].chunks.clear();
      auto const bad = read(p, sides_[s]);
      if (!bad) continue;
      refused_[at(p)] = refusal{s == 1, sentences_, *bad};
      return;
    }
    if (p == peer::nervaluate) feed_nervaluate();
    if (p == peer::conlleval) {
      count_conlleval();
    } else {
      count_equal(counts_[at(p)]);
    }
    for (std::size_t s = 0; s < 2; ++s) {
      if (p == peer::tagspan) {
        sides_[s].reference = sides_[s].chunks;
      } else {
        explain(p, s == 1, sides_[s]);
      }
    }
  }

  void count_equal(entity_counts& counts) {
    for (side& s : sides_) {
      std::sort(s.chunks.begin(), s.chunks.end());
      s.chunks.erase(std::unique(s.chunks.begin(), s.chunks.end()), s.chunks.end());
    }
    counts.gold += sides_[0].chunks.size();
    counts.predicted += sides_[1].chunks.size();
    auto g = sides_[0].chunks.begin();
    for (chunk const& c : sides_[1].chunks) {
      while (g != sides_[0].chunks.end() && *g < c) ++g;
      counts.correct += g != sides_[0].chunks.end() && *g == c;
    }
  }

  // The entities of one side, or the token at which the peer stops.
  std::optional<std::size_t> read(peer p, side& s) {
    switch (p) {
      case peer::tagspan: return read_lenient(s);
      case peer::conlleval: return read_conlleval(s);
      case peer::seqeval: return read_seqeval(s);
      case peer::seqeval_strict: return read_strict(s);
      case peer::allennlp:
        if (scheme_ == scheme_id::bilou) return read_bioul(s);
        if (scheme_ == scheme_id::bmes) return read_bmes(s);
        return read_bio(s);
      case peer::spacy: return read_spacy(s);
      case peer::nervaluate: return read_nervaluate(s);
    }
    return std::nullopt;
  }

  void put(side& s, std::size_t begin, std::size_t end, std::uint32_t type) {
    s.chunks.push_back({base_ + begin, base_ + end, type});
  }

  std::optional<std::size_t> read_lenient(side& s) {
    static_cast<void>(for_each_entity(
        s.ids, *labels_,
        [&](token_entity const& e) { put(s, e.span.begin, e.span.end, static_cast<std::uint32_t>(e.type)); },
        {.reading = reading::lenient, .ignore_index = std::nullopt}));
    return std::nullopt;
  }

  // The spans, for the traces; what counts as correct is count_conlleval's.
  std::optional<std::size_t> read_conlleval(side& s) {
    seen_tag last = outside_[at(peer::conlleval)];
    bool open = false;
    std::size_t begin = 0;
    for (std::size_t i = 0; i <= s.ids.size(); ++i) {
      seen_tag const next = tag(peer::conlleval, s, i);
      if (open && (i == s.ids.size() || detail::conlleval_ends(last, next))) {
        put(s, begin, i, last.type);
        open = false;
      }
      if (i < s.ids.size() && detail::conlleval_starts(last, next)) {
        open = true;
        begin = i;
      }
      last = next;
    }
    return std::nullopt;
  }

  // Phrases are counted where they start. One is correct if it starts on both sides at one token, and stays in step
  // until both end at one token.
  void count_conlleval() {
    peer const p = peer::conlleval;
    entity_counts& counts = counts_[at(p)];
    seen_tag gold = outside_[at(p)];
    seen_tag predicted = gold;
    for (std::size_t i = 0; i <= sides_[0].ids.size(); ++i) {
      seen_tag const g = tag(p, sides_[0], i);
      seen_tag const f = tag(p, sides_[1], i);
      bool const gold_ends = detail::conlleval_ends(gold, g);
      bool const predicted_ends = detail::conlleval_ends(predicted, f);
      if (in_step_ && gold_ends && predicted_ends && gold.type == predicted.type) {
        ++counts.correct;
        in_step_ = false;
      } else if (gold_ends != predicted_ends || g.type != f.type) {
        in_step_ = false;
      }
      bool const gold_starts = detail::conlleval_starts(gold, g);
      bool const predicted_starts = detail::conlleval_starts(predicted, f);
      counts.gold += gold_starts;
      counts.predicted += predicted_starts;
      if (gold_starts && predicted_starts && g.type == f.type) in_step_ = true;
      gold = g;
      predicted = f;
    }
  }

  // Sentences are one run with an O behind each; a start forgets an entity that has not ended.
  std::optional<std::size_t> read_seqeval(side& s) {
    for (std::size_t i = 0; i <= s.ids.size(); ++i) {
      seen_tag const next = tag(peer::seqeval, s, i);
      if (detail::seqeval_ends(s.last, next)) s.chunks.push_back({s.begin, base_ + i, s.last.type});
      if (detail::seqeval_starts(s.last, next)) s.begin = base_ + i;
      s.last = next;
    }
    s.seqeval = s.chunks;
    return std::nullopt;
  }

  std::optional<std::size_t> read_strict(side& s) {
    peer const p = peer::seqeval_strict;
    std::size_t const size = s.ids.size();
    for (std::size_t i = 0; i < size; ++i) {
      if (!detail::is_in(tag(p, s, i).letter, strict_.letters)) return i;
    }
    for (std::size_t i = 0; i < size;) {
      seen_tag const before = i == 0 ? outside_[at(p)] : tag(p, s, i - 1);
      if (!detail::matches(strict_.start, before, tag(p, s, i))) {
        ++i;
        continue;
      }
      std::size_t end = i + 1;
      while (end < size && detail::matches(strict_.inside, tag(p, s, end - 1), tag(p, s, end))) ++end;
      if (detail::matches(strict_.end, tag(p, s, end - 1), tag(p, s, end))) put(s, i, end, tag(p, s, i).type);
      i = end;
    }
    return std::nullopt;
  }

  // allennlp, BIO and IOB1: an I goes on only with its own type.
  std::optional<std::size_t> read_bio(side& s) {
    peer const p = peer::allennlp;
    for (std::size_t i = 0; i < s.ids.size(); ++i) {
      if (!detail::is_in(tag(p, s, i).letter, "OBI")) return i;
    }
    std::size_t const size = s.ids.size();
    for (std::size_t i = 0; i < size;) {
      seen_tag const first = tag(p, s, i);
      std::size_t end = i + 1;
      if (first.letter != 'O') {
        while (end < size && tag(p, s, end).letter == 'I' && tag(p, s, end).type == first.type) ++end;
        put(s, i, end, first.type);
      }
      i = end;
    }
    join_continued(s);
    return std::nullopt;
  }

  // allennlp, BIOUL: refuses what is malformed, but not a change of type inside; the last token names it.
  std::optional<std::size_t> read_bioul(side& s) {
    peer const p = peer::allennlp;
    for (std::size_t i = 0; i < s.ids.size(); ++i) {
      seen_tag const first = tag(p, s, i);
      if (first.letter == 'O') continue;
      std::size_t last = i;
      if (first.letter == 'B') {
        do {
          ++last;
          if (last == s.ids.size() || !detail::is_in(tag(p, s, last).letter, "IL")) {
            return std::min(last, s.ids.size() - 1);
          }
        } while (tag(p, s, last).letter != 'L');
      } else if (first.letter != 'U') {
        return i;
      }
      put(s, i, last + 1, tag(p, s, last).type);
      i = last;
    }
    join_continued(s);
    return std::nullopt;
  }

  // allennlp, BMES: M and E go on after B and M of their type; all else, O too, is an entity of one token.
  std::optional<std::size_t> read_bmes(side& s) {
    peer const p = peer::allennlp;
    for (std::size_t i = 0; i < s.ids.size(); ++i) {
      seen_tag const t = tag(p, s, i);
      bool const goes_on = i != 0 && detail::is_in(t.letter, "ME") && detail::is_in(tag(p, s, i - 1).letter, "BM") &&
                           s.chunks.back().type == t.type;
      if (goes_on) {
        s.chunks.back().end = base_ + i + 1;
      } else {
        put(s, i, i + 1, t.type);
      }
    }
    join_continued(s);
    return std::nullopt;
  }

  // allennlp merges an entity of type "C-T" with every entity whose type contains T. (Where a sentence has several such
  // types, its own answer depends on the order of a hash; here they are taken by position.)
  void join_continued(side& s) {
    tagspan::detail::string_pool const& types = types_[at(peer::allennlp)];
    auto const name = [&](chunk const& c) { return std::string_view(types[c.type]); };
    std::vector<std::string> continued;
    for (chunk const& c : s.chunks) {
      if (name(c).starts_with("C-")) continued.emplace_back(name(c).substr(2));
    }
    for (std::string const& part : continued) {
      auto const is_part = [&](chunk const& c) { return name(c).find(part) != std::string_view::npos; };
      chunk whole{static_cast<std::size_t>(-1), 0, 0};
      for (chunk const& c : s.chunks) {
        if (!is_part(c)) continue;
        whole.begin = std::min(whole.begin, c.begin);
        whole.end = std::max(whole.end, c.end);
      }
      if (whole.end == 0) continue;
      std::erase_if(s.chunks, is_part);
      whole.type = number(peer::allennlp, part);
      s.chunks.push_back(whole);
    }
  }

  // spaCy's converter (iob_to_biluo): any tag but O opens an entity, which I and L with the same rest continue. It
  // stops at an entity of one token without type.
  std::optional<std::size_t> read_spacy(side& s) {
    peer const p = peer::spacy;
    std::size_t const size = s.ids.size();
    for (std::size_t i = 0; i < size;) {
      seen_tag const first = tag(p, s, i);
      std::size_t end = i + 1;
      if (labels_->name(static_cast<label_id>(s.ids[i])) != "O") {
        while (end < size && detail::is_in(tag(p, s, end).letter, "IL") && tag(p, s, end).type == first.type) ++end;
        if (end == i + 1 && types_[at(p)][first.type].size() <= 1) return i;
        put(s, i, end, first.type);
      }
      i = end;
    }
    return std::nullopt;
  }

  // nervaluate's list loader: B- or I- opens an entity; a B or another type ends it, and opens the next unlooked at.
  std::optional<std::size_t> read_nervaluate(side& s) {
    if (!reads_b_and_i()) {
      s.chunks = s.seqeval;
      return std::nullopt;
    }
    peer const p = peer::nervaluate;
    bool open = false;
    std::size_t begin = 0;
    auto const open_at = [&](std::size_t i) {
      open = true;
      begin = i;
    };
    auto const close_at = [&](std::size_t i) { put(s, begin, i, tag(p, s, begin).type); };
    for (std::size_t i = 0; i <= s.ids.size(); ++i) {
      std::string_view const name = i < s.ids.size() ? labels_->name(static_cast<label_id>(s.ids[i])) : "O";
      seen_tag const next = tag(p, s, i);
      if (name == "O") {
        if (open) close_at(i);
        open = false;
      } else if (!open) {
        if (!name.starts_with("B-") && !name.starts_with("I-")) return i;
        open_at(i);
      } else if (next.type != tag(p, s, begin).type || next.letter == 'B') {
        close_at(i);
        open_at(i);
      }
    }
    return std::nullopt;
  }

  void feed_nervaluate() {
    tagspan::detail::string_pool const& types = types_[at(reads_b_and_i() ? peer::nervaluate : peer::seqeval)];
    std::array<std::vector<token_entity>, 2> entities;
    for (std::size_t s = 0; s < 2; ++s) {
      for (chunk const& c : sides_[s].chunks) {
        auto const id = nervaluate_labels_.intern_one("B-" + std::string(types[c.type]));
        TAGSPAN_EXPECTS(id.has_value(), "rosetta: B- and a type is a label");
        entities[s].push_back({{c.begin, c.end}, nervaluate_labels_.tag_of(*id).type});
      }
    }
    static_cast<void>(nervaluate_.add(entities[0], entities[1]));
  }

  // Counts the entities that only one of the two reads, by the step at which the readings part.
  void explain(peer p, bool in_predicted, side const& s) {
    if (s.chunks == s.reference) return;
    std::size_t const size = s.ids.size();
    auto const local = [&](std::size_t position) { return std::clamp(position, base_, base_ + size) - base_; };
    std::vector<unsigned> marks(size + 1);  // begins 1, ends 2; of the peer's four times that
    for (auto const& [chunks, unit] : {std::pair(&s.reference, 1U), std::pair(&s.chunks, 4U)}) {
      for (chunk const& c : *chunks) {
        marks[local(c.begin)] |= unit;
        marks[local(c.end)] |= 2 * unit;
      }
    }
    auto const code = [&](std::size_t i) { return i < size ? labels_->codes()[s.ids[i]] : 0; };
    auto const before = [&](std::size_t i) { return i == 0 ? 0 : code(i - 1); };
    auto const parts_at = [&](chunk const& c) {
      std::size_t const begin = local(c.begin);
      std::size_t const end = local(c.end);
      auto const first = [&](auto holds) {
        std::size_t i = begin;
        while (i <= end && !holds(i)) ++i;
        return i <= end ? std::optional(i) : std::nullopt;
      };
      auto const differs = [&](std::size_t i) { return (marks[i] & 3U) != marks[i] >> 2U; };
      std::optional<std::size_t> found;
      if (p == peer::seqeval_strict) {
        found = first([&](std::size_t i) {
          return tagspan::detail::violation_between(*table_, before(i), code(i)).has_value();
        });
      }
      if (!found) found = first([&](std::size_t i) { return differs(i) && before(i) != 0 && code(i) != 0; });
      if (!found) found = first(differs);
      return found.value_or(begin);
    };
    auto const without = [&](std::vector<chunk> const& chunks, std::vector<chunk> const& others, bool gained) {
      for (chunk const& c : chunks) {
        auto const same = [&](chunk const& o) { return o.begin == c.begin && o.end == c.end; };
        if (std::any_of(others.begin(), others.end(), same)) continue;
        std::size_t const i = parts_at(c);
        note_difference(differences_[at(p)],
                        {in_predicted, gained, step_text(s, before(i), code(i), i), 1, sentences_,
                         std::min(i, size - 1)});
      }
    };
    without(s.reference, s.chunks, false);
    without(s.chunks, s.reference, true);
  }

  static void note_difference(std::vector<reading_difference>& all, reading_difference const& d) {
    for (reading_difference& known : all) {
      if (known.in_predicted == d.in_predicted && known.gained == d.gained && known.step == d.step) {
        ++known.entities;
        return;
      }
    }
    all.push_back(d);
  }

  // "B-x > I-y" for the step to token i.
  std::string step_text(side const& s, tagspan::detail::tag_code previous, tagspan::detail::tag_code next,
                        std::size_t i) const {
    auto const shown = [&](tagspan::detail::tag_code code, std::size_t token, char type) {
      if (code == 0) return std::string("O");
      char const letter = labels_->letter(static_cast<label_id>(s.ids[token]));
      return letter == '\0' ? std::string(1, type) : std::string{letter, '-', type};
    };
    bool const same = previous == 0 || tagspan::detail::same_type(previous, next);
    return shown(previous, i - 1, 'x') + " > " + shown(next, i, same ? 'x' : 'y');
  }

  static void set_figures(peer_figure& f) {
    double const epsilon = f.peer == peer::allennlp ? 1e-13 : f.peer == peer::spacy ? 1e-100 : 0;
    if (epsilon > 0) {
      auto const share = [&](double part, double whole) { return part / (whole + epsilon); };
      f.precision = share(static_cast<double>(f.counts.correct), static_cast<double>(f.counts.predicted));
      f.recall = share(static_cast<double>(f.counts.correct), static_cast<double>(f.counts.gold));
      f.f1 = share(2 * (f.precision * f.recall), f.precision + f.recall);
      return;
    }
    prf const plain = tagspan::figures(f.counts);
    f.precision = plain.precision;
    f.recall = plain.recall;
    f.f1 = plain.f1;
  }

  // Its four strategies, a row each. Version 1.1.0 forgets the halves of `partial` when it adds a second document.
  void append_nervaluate(std::vector<peer_figure>& out, peer_figure f) const {
    auto const r = nervaluate_.report();
    struct strategy {
      char const* name;
      semeval_counts counts;
    };
    for (strategy const& s :
         {strategy{"strict", r.strict}, {"exact", r.exact}, {"partial", r.partial}, {"ent_type", r.type}}) {
      f.name = std::string("nervaluate ") + s.name;
      f.counts = {s.counts.correct, s.counts.actual(), s.counts.possible()};
      set_figures(f);
      if (sentences_ < 2) {
        prf const whole = tagspan::figures(s.counts);
        f.precision = whole.precision;
        f.recall = whole.recall;
        f.f1 = whole.f1;
      }
      out.push_back(f);
      f.differences.clear();
    }
  }

  label_set const* labels_;
  scheme_id scheme_;
  detail::strict_patterns strict_;
  scheme_table const* table_ = visit_scheme(scheme_, [](auto s) { return &decltype(s)::table; });
  std::array<tagspan::detail::string_pool, peer_count> types_;
  std::array<std::vector<seen_tag>, peer_count> tags_;  // by peer and label id
  std::array<seen_tag, peer_count> outside_;
  std::array<entity_counts, peer_count> counts_;
  std::array<std::optional<refusal>, peer_count> refused_;
  std::array<std::vector<reading_difference>, peer_count> differences_;
  std::array<side, 2> sides_;  // gold, predicted
  label_set nervaluate_labels_;
  nervaluate_scorer nervaluate_{nervaluate_labels_};
  std::size_t sentences_ = 0, base_ = 0;
  bool in_step_ = false;  // conlleval.pl is inside a phrase that is right so far
};

namespace detail {
// "27 predicted entities are lost at O > I-x, first in line 4711"
template <class Place>
std::string sentence_of(reading_difference const& d, Place const& place) {
  std::string text = std::to_string(d.entities) + (d.in_predicted ? " predicted " : " gold ");
  text += d.entities == 1 ? "entity is " : "entities are ";
  text += d.gained ? "gained" : "lost";
  return text + " at " + d.step + ", first " + place(d.sentence, d.token);
}
}  // namespace detail

// The figures as a table, then what parts each peer's reading from tagspan's. `place(sentence, token)` says where a
// token stands, both counted from 0. Linear; allocates the text.
template <class Place>
std::string to_text(std::span<peer_figure const> figures, int decimals, Place const& place) {
  using tagspan::detail::fixed;
  using tagspan::detail::width;
  std::size_t widest = 0;
  for (peer_figure const& f : figures) widest = std::max(widest, width(f.name));
  std::string text;
  auto const cell = [&](std::string const& c, std::size_t columns) {
    text.append(columns - std::min(columns, c.size()), ' ') += c;
  };
  auto const row = [&](std::string const& name, std::array<std::string, 6> const& cells) {
    text.append(name).append(widest - width(name), ' ');
    for (std::string const& c : cells) cell(c, 11);
    text += '\n';
  };
  row("", {"precision", "recall", "f1", "correct", "predicted", "gold"});
  for (peer_figure const& f : figures) {
    if (!f.exists || f.refused) {
      text.append(f.name).append(widest - width(f.name), ' ');
      text += f.exists ? "  refuses these tags\n" : "  has no mode for these tags\n";
      continue;
    }
    auto const number = [](std::size_t n) { return std::to_string(n); };
    row(f.name, {fixed(f.precision, decimals), fixed(f.recall, decimals), fixed(f.f1, decimals),
                 number(f.counts.correct),
                 number(f.counts.predicted), number(f.counts.gold)});
  }
  for (peer_figure const& f : figures) {
    if (f.refused) {
      // nervaluate has four rows and one reason.
      if (f.peer == peer::nervaluate && !f.name.ends_with(" strict")) continue;
      text += '\n' + f.name + " refuses a " + (f.refused->in_predicted ? "predicted" : "gold") + " tag " +
              place(f.refused->sentence, f.refused->token) + '\n';
      continue;
    }
    if (f.differences.empty()) continue;
    peer_figure const& own = figures.front();
    text += '\n' + f.name + " gives " + fixed(f.f1, decimals) + ", " + own.name + ' ' + fixed(own.f1, decimals) + ":\n";
    for (reading_difference const& d : f.differences) text += "  " + detail::sentence_of(d, place) + '\n';
  }
  return text;
}

}  // namespace tagspan::inline TAGSPAN_ABI::compat
