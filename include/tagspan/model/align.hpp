// SPDX-License-Identifier: MIT
// Training labels for subwords: one label a word becomes one a token; entities in a text become tags; rows become a
// batch.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include <tagspan/core/error.hpp>
#include <tagspan/core/span.hpp>
#include <tagspan/model/words.hpp>
#include <tagspan/tags/convert.hpp>
#include <tagspan/tags/labels.hpp>
#include <tagspan/tags/scheme.hpp>

namespace tagspan::inline TAGSPAN_ABI {

// Which pieces of a word are trained.
enum class subword_policy : std::uint8_t {
  first,   // the first one has the word's label
  all,     // all; those behind the first continue it as the scheme writes it
  last,    // the last one has the word's label
  repeat,  // all have the word's label as it is: B-PER B-PER. For models that were trained so; no scheme writes it
};

struct align_options {
  subword_policy subwords = subword_policy::first;
  label_id ignore_index = -100;  // what special tokens and untrained pieces get; a word with it stays ignored
};

namespace detail {

// What the pieces of a word with role r have, if it has more than one. The word's entity stays one entity, and ends
// where it ended: a last piece carries the end of an S- or E- word.
struct piece_roles {
  role first, middle, last;
};

constexpr piece_roles split_role(role r, scheme_table const& table) noexcept {
  role const end = table.written.has(role::end) ? role::end : role::inside;
  switch (r) {
    case role::outside: return {r, r, r};
    case role::begin:
    case role::inside: return {r, role::inside, role::inside};
    case role::end: return {role::inside, role::inside, end};
    case role::single: return {table.written.has(role::begin) ? role::begin : role::inside, role::inside, end};
  }
  return {r, r, r};
}

struct scheme_view {
  scheme_table const* table;
  scheme_letters letters;
};

template <tag_scheme S>
inline constexpr scheme_view view_of{&S::table, S::letters};

template <label_range L, label_range W>
result<void> align_labels_into(L const& word_labels, W const& word_ids, label_set const& labels,
                               std::vector<label_id>& out, align_options const& options, scheme_view scheme) {
  auto const* const of_word = word_labels.data();
  auto const* const ids = word_ids.data();
  std::size_t const words = word_labels.size();
  out.clear();
  std::size_t const bad = first_unknown(word_labels, labels.size(), options.ignore_index);
  if (bad != words) return error{errc::id_out_of_range, bad, 0};
  out.assign(word_ids.size(), options.ignore_index);
  std::optional<error> problem;
  for_each_word(word_ids, [&](token_span word) {
    if (problem) return;
    auto const w = static_cast<std::uint64_t>(ids[word.begin]);
    if (w >= words) {
      problem = error{errc::length_mismatch, 0, word.begin};
      return;
    }
    auto const place = static_cast<std::size_t>(w);
    if (is_ignored(of_word[place], options.ignore_index)) return;
    auto const label = static_cast<label_id>(of_word[place]);
    switch (options.subwords) {
      case subword_policy::first: out[word.begin] = label; return;
      case subword_policy::last: out[word.end - 1] = label; return;
      case subword_policy::repeat:
        for (std::size_t i = word.begin; i < word.end; ++i) out[i] = label;
        return;
      case subword_policy::all: break;
    }
    out[word.begin] = label;
    if (word.size() == 1) return;
    tag const t = labels.tag_of(label);
    piece_roles const roles = split_role(t.role, *scheme.table);
    // The word's own label serves wherever its role does, also where other labels say the same.
    auto write = [&](std::size_t i, role r) {
      auto const id = r == t.role ? std::optional<label_id>(label) : labels.id_of({r, t.type}, scheme.letters);
      if (!id) {
        problem = error{errc::label_missing, place, i};
        return;
      }
      out[i] = *id;
    };
    write(word.begin, roles.first);
    for (std::size_t i = word.begin + 1; i + 1 < word.end && !problem; ++i) write(i, roles.middle);
    if (!problem) write(word.end - 1, roles.last);
  });
  if (problem) {
    out.clear();
    return *problem;
  }
  return {};
}

// The scheme that the labels are written in; IO for labels without letters, whose pieces all have the word's label.
inline std::optional<scheme_view> view_of_labels(label_set const& labels) {
  if (auto const id = labels.detect_scheme()) {
    return visit_scheme(*id, [](auto scheme) { return view_of<decltype(scheme)>; });
  }
  for (std::size_t i = 0; i < labels.size(); ++i) {
    char const letter = labels.letter(static_cast<label_id>(i));
    if (letter != '\0' && letter != 'O') return std::nullopt;
  }
  return view_of<io>;
}

}  // namespace detail

// One label a token from one label a word. `word_ids` gives each token's word, a position in `word_labels`; a word is a
// maximal run of one id, a negative id is a special token (see group_words). Special tokens and pieces that the policy
// does not train get ignore_index, and so do all pieces of a word that has it.
//
// With subword_policy::all the pieces of a word stay one entity in the scheme. Only the prefix changes, never the type:
//   BIO, IOB1           B → B I I    I → I I I
//   BIOES, BILOU, BMES  S → B I E    B → B I I    I → I I I    E → I I E
//   IOE2                I → I I I    E → I I E
// The scheme is that of the label set (detect_scheme), unless it is named: align_labels<bilou>(…).
//
// Errors: id_out_of_range {word}; length_mismatch {0, token} where a word id is behind the last
// word; label_missing {word, token} where the set lacks the label of a continuation; scheme_required where the labels'
// letters fit no scheme, and the policy is all. Linear; allocates the result. The _into forms use `out` again, which is
// empty after an error. Source: label_all_tokens of the transformers example run_ner.py, without its faults.
template <tag_scheme S, label_range L, label_range W>
result<void> align_labels_into(L const& word_labels, W const& word_ids, label_set const& labels,
                               std::vector<label_id>& out, align_options options = {}) {
  return detail::align_labels_into(word_labels, word_ids, labels, out, options, detail::view_of<S>);
}
template <label_range L, label_range W>
result<void> align_labels_into(L const& word_labels, W const& word_ids, label_set const& labels,
                               std::vector<label_id>& out, align_options options = {}) {
  detail::scheme_view scheme = detail::view_of<io>;
  if (options.subwords == subword_policy::all) {
    auto const own = detail::view_of_labels(labels);
    if (!own) {
      out.clear();
      return error{errc::scheme_required, 0, 0};
    }
    scheme = *own;
  }
  return detail::align_labels_into(word_labels, word_ids, labels, out, options, scheme);
}
template <tag_scheme S, label_range L, label_range W>
result<std::vector<label_id>> align_labels(L const& word_labels, W const& word_ids, label_set const& labels,
                                           align_options options = {}) {
  std::vector<label_id> out;
  if (auto const done = align_labels_into<S>(word_labels, word_ids, labels, out, options); !done) return done.error();
  return out;
}
template <label_range L, label_range W>
result<std::vector<label_id>> align_labels(L const& word_labels, W const& word_ids, label_set const& labels,
                                           align_options options = {}) {
  std::vector<label_id> out;
  if (auto const done = align_labels_into(word_labels, word_ids, labels, out, options); !done) return done.error();
  return out;
}

enum class misalignment : std::uint8_t {
  empty,           // the span holds nothing
  between_tokens,  // it touches no token
  begin,           // it begins where no token does (strict)
  end,             // it ends where no token does (strict); its begin is sound
  no_whole_token,  // no token lies within it (contract)
  token_taken,     // expanded, it needs a token that an earlier entity in the text has
};

struct misaligned_entity {
  std::size_t index{};  // in the entities given
  misalignment reason{};
  token_span tokens{};  // the tokens that it touches
  friend constexpr bool operator==(misaligned_entity const&, misaligned_entity const&) = default;
};

struct span_tagging_options {
  label_id ignore_index = -100;
  // Tokens that a misaligned entity touches get ignore_index instead of O: neither right nor wrong in training. (spaCy
  // marks them "-".)
  bool ignore_misaligned = false;
  // Tokens outside of all entities get ignore_index instead of O: for texts of which only some entities are marked.
  bool partial = false;
  std::span<std::uint8_t const> special_tokens_mask{};  // 1 = special
};

struct tagged_spans {
  std::vector<label_id> ids;                  // one a token
  std::vector<misaligned_entity> misaligned;  // in the order of the entities given; nothing is dropped in silence
};

namespace detail {

// A stable merge sort: <algorithm> costs more to include than this to write.
template <class T, class Less>
void merge_sort(std::vector<T>& order, Less less) {
  std::vector<T> other(order.size());
  for (std::size_t width = 1; width < order.size(); width *= 2) {
    for (std::size_t begin = 0; begin < order.size(); begin += 2 * width) {
      std::size_t const middle = begin + width < order.size() ? begin + width : order.size();
      std::size_t const end = middle + width < order.size() ? middle + width : order.size();
      std::size_t a = begin;
      std::size_t b = middle;
      for (std::size_t k = begin; k < end; ++k) {
        bool const take_b = a == middle || (b < end && less(order[b], order[a]));
        other[k] = take_b ? order[b++] : order[a++];
      }
    }
    order.swap(other);
  }
}

}  // namespace detail

// Tags from entities that are marked in a text, and tokens that know where they lie in it; both in one unit. Tokens
// that cover no text (special tokens have (0, 0)) and masked ones get ignore_index and are looked through, as by
// reading. Tokens may share characters with their neighbours, as pieces of one character do. The entities may come in
// any order; what cannot be placed on tokens is listed, and its tokens are O (or ignored, see the options).
//
// Errors: unknown_type {entity}; span_out_of_range {entity} for one that runs backwards; spans_overlap {entity, entity}
// where two share characters; bad_offsets {token} where tokens run backwards; not_representable {entity, entity};
// label_missing {entity, token}; no_outside_label {token}; length_mismatch {0, the shorter length} for the mask.
// O(n log n) in the entities, linear in the tokens; allocates. Source: spaCy's offsets_to_biluo_tags (strict) and
// Doc.char_span.
template <tag_scheme S, class Unit>
result<tagged_spans> tags_from_spans(std::span<entity<Unit> const> entities,
                                     std::span<basic_span<Unit> const> token_offsets, label_set const& labels,
                                     alignment mode = alignment::strict, span_tagging_options const& options = {}) {
  std::size_t const tokens = token_offsets.size();
  if (auto const fits = detail::check_mask(options.special_tokens_mask, tokens); !fits) return fits.error();
  for (std::size_t k = 0; k < entities.size(); ++k) {
    if (index(entities[k].type) >= labels.type_count()) return error{errc::unknown_type, k, 0};
    if (entities[k].span.begin > entities[k].span.end) return error{errc::span_out_of_range, k, 0};
  }

  // The tokens that cover text, in the order of the text.
  std::vector<std::size_t> real;
  real.reserve(tokens);
  for (std::size_t i = 0; i < tokens; ++i) {
    basic_span<Unit> const token = token_offsets[i];
    if (token.begin > token.end) return error{errc::bad_offsets, i, 0};
    if (token.empty() || detail::masked(options.special_tokens_mask, i)) continue;
    if (!real.empty()) {
      basic_span<Unit> const last = token_offsets[real.back()];
      if (token.begin < last.begin || token.end < last.end) return error{errc::bad_offsets, i, 0};
    }
    real.push_back(i);
  }

  std::vector<std::size_t> order(entities.size());
  for (std::size_t k = 0; k < order.size(); ++k) order[k] = k;
  detail::merge_sort(order, [&](std::size_t a, std::size_t b) { return entities[a].span < entities[b].span; });

  tagged_spans out;
  std::vector<token_entity> placed;  // in positions of `real`
  std::vector<std::size_t> given;    // … and their indices in the input
  std::size_t next = 0;              // the first token that ends behind the begin of the entity
  std::optional<std::size_t> before;
  for (std::size_t const k : order) {
    basic_span<Unit> const span = entities[k].span;
    if (span.empty()) {
      out.misaligned.push_back({k, misalignment::empty, {}});
      continue;
    }
    if (before && entities[*before].span.end > span.begin) {
      std::size_t const later = k > *before ? k : *before;
      return error{errc::spans_overlap, later, k + *before - later};
    }
    before = k;
    auto token = [&](std::size_t r) { return token_offsets[real[r]]; };
    while (next < real.size() && token(next).end <= span.begin) ++next;
    token_span touched{next, next};
    while (touched.end < real.size() && token(touched.end).begin < span.end) ++touched.end;
    auto refuse = [&](misalignment reason) {
      token_span const where =
          touched.empty() ? token_span{} : token_span{real[touched.begin], real[touched.end - 1] + 1};
      out.misaligned.push_back({k, reason, where});
    };
    if (touched.empty()) {
      refuse(misalignment::between_tokens);
      continue;
    }
    token_span whole = touched;
    while (whole.begin < whole.end && token(whole.begin).begin < span.begin) ++whole.begin;
    while (whole.begin < whole.end && token(whole.end - 1).end > span.end) --whole.end;
    token_span chosen = touched;
    if (mode == alignment::contract) {
      if (whole.empty()) {
        refuse(misalignment::no_whole_token);
        continue;
      }
      chosen = whole;
    } else if (mode == alignment::strict) {
      if (token(touched.begin).begin != span.begin) {
        refuse(misalignment::begin);
        continue;
      }
      if (token(touched.end - 1).end != span.end) {
        refuse(misalignment::end);
        continue;
      }
    }
    if (!placed.empty() && placed.back().span.end > chosen.begin) {
      refuse(misalignment::token_taken);
      continue;
    }
    placed.push_back({chosen, entities[k].type});
    given.push_back(k);
  }

  // Tokens that are ignored are left out before tags are written, so that writing looks through them as reading does.
  std::vector<char> keep(real.size(), options.partial ? 0 : 1);
  if (options.ignore_misaligned) {
    std::size_t r = 0;
    for (misaligned_entity const& m : out.misaligned) {  // still in the order of the text
      if (m.tokens.empty()) continue;
      while (r > 0 && real[r - 1] >= m.tokens.begin) --r;
      for (; r < real.size() && real[r] < m.tokens.end; ++r) {
        if (real[r] >= m.tokens.begin) keep[r] = 0;
      }
    }
  }
  for (token_entity const& e : placed) {
    for (std::size_t r = e.span.begin; r < e.span.end; ++r) keep[r] = 1;
  }
  std::vector<std::size_t> kept;
  kept.reserve(real.size());
  std::vector<std::size_t> rank(real.size() + 1);
  for (std::size_t r = 0; r < real.size(); ++r) {
    rank[r] = kept.size();
    if (keep[r] != 0) kept.push_back(real[r]);
  }
  rank[real.size()] = kept.size();
  for (token_entity& e : placed) e.span = {rank[e.span.begin], rank[e.span.end - 1] + 1};

  auto const ids = to_tags<S>(placed, kept.size(), labels);
  if (!ids) {
    error e = ids.error();
    if (e.code == errc::no_outside_label) return error{e.code, kept[e.where], 0};
    if (e.code == errc::label_missing) return error{e.code, given[e.where], kept[e.inner]};
    return error{e.code, given[e.where], given[e.inner]};  // not_representable: the others can't be
  }
  out.ids.assign(tokens, options.ignore_index);
  for (std::size_t i = 0; i < kept.size(); ++i) out.ids[kept[i]] = (*ids)[i];
  detail::merge_sort(out.misaligned, [](auto const& a, auto const& b) { return a.index < b.index; });
  return out;
}
template <tag_scheme S, class Unit>
result<tagged_spans> tags_from_spans(std::vector<entity<Unit>> const& entities,
                                     std::vector<basic_span<Unit>> const& token_offsets, label_set const& labels,
                                     alignment mode = alignment::strict, span_tagging_options const& options = {}) {
  return tags_from_spans<S>(std::span<entity<Unit> const>(entities), std::span<basic_span<Unit> const>(token_offsets),
                            labels, mode, options);
}

// On which side rows are filled up.
enum class padding_side : std::uint8_t { right, left };

struct padding_options {
  padding_side side = padding_side::right;
  std::size_t multiple_of = 1;  // rows become as long as the longest, or its next multiple of this; tensor cores like 8
  std::size_t length = 0;       // if not 0: this takes the place of the longest
  label_id value = -100;
};

// Rows of one length, as a tensor wants them.
struct label_batch {
  std::vector<label_id> values;
  std::size_t rows{}, columns{};
  // Contract: index < rows.
  std::span<label_id const> row(std::size_t index) const {
    TAGSPAN_EXPECTS(index < rows, "label_batch::row: there are fewer rows");
    return {values.data() + index * columns, columns};
  }
};

// Ragged rows of labels (a container of label ranges), filled up with `value`. No rows give an empty batch. Errors:
// bad_option where multiple_of is 0; length_mismatch {row, length} for a row that is longer than `length`: cut it where
// the model cuts its tokens. Linear in the result, which it allocates. Source: the collator of transformers,
// DataCollatorForTokenClassification.
template <class Rows>
requires label_range<std::remove_cvref_t<decltype(*std::begin(std::declval<Rows const&>()))>> result<label_batch>
pad_labels(Rows const& rows, padding_options options = {}) {
  if (options.multiple_of == 0) return error{errc::bad_option, 0, 0};
  label_batch out;
  for (auto const& row : rows) {
    ++out.rows;
    if (row.size() > out.columns) out.columns = row.size();
    if (options.length != 0 && row.size() > options.length) {
      return error{errc::length_mismatch, out.rows - 1, options.length};
    }
  }
  if (options.length != 0 && out.rows != 0) out.columns = options.length;
  if (std::size_t const rest = out.columns % options.multiple_of) out.columns += options.multiple_of - rest;
  out.values.assign(out.rows * out.columns, options.value);
  std::size_t at = 0;
  for (auto const& row : rows) {
    std::size_t const skip = options.side == padding_side::left ? out.columns - row.size() : 0;
    auto const* const from = row.data();
    for (std::size_t i = 0; i < row.size(); ++i) out.values[at + skip + i] = static_cast<label_id>(from[i]);
    at += out.columns;
  }
  return out;
}

}  // namespace tagspan::inline TAGSPAN_ABI
