// SPDX-License-Identifier: MIT
// Entities → tags, and what can be said about tags on the way: validation, repair, conversion between schemes.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <tagspan/core/error.hpp>
#include <tagspan/core/span.hpp>
#include <tagspan/tags/entities.hpp>
#include <tagspan/tags/labels.hpp>
#include <tagspan/tags/scheme.hpp>

namespace tagspan::inline TAGSPAN_ABI {

// What is wrong between two neighbouring tags.
enum class violation_kind : std::uint8_t {
  foreign_role,   // the tag's role is one that the scheme does not write (E in BIO)
  start,          // an entity may not start with this tag here (O I-PER in BIO)
  inside,         // both tags are of one entity, and the scheme does not write them in this order
  end,            // an entity may not end with this tag here (B-PER O in BIOES)
  end_and_start,  // neither may the last entity end like this nor the next one start (B-PER I-LOC in BIOES)
};

constexpr std::string_view kind_name(violation_kind kind) noexcept {
  switch (kind) {
    case violation_kind::foreign_role: return "foreign role";
    case violation_kind::start: return "illegal start";
    case violation_kind::inside: return "illegal step inside";
    case violation_kind::end: return "illegal end";
    case violation_kind::end_and_start: return "illegal end and start";
  }
  return "";
}

struct violation {
  std::size_t index{};     // position of the tag to blame: the first of the two for `end`, else the second
  tagspan::tag previous{}; // outside before the first tag of a sequence
  tagspan::tag next{};     // outside behind the last one
  violation_kind kind{};
  friend constexpr bool operator==(violation const&, violation const&) = default;
};

namespace detail {

// The kind of violation between two tags, if there is one. A foreign role is blamed once, at its tag, and excuses the
// steps to and from it.
constexpr std::optional<violation_kind> violation_between(scheme_table const& table, tag_code previous, tag_code next) {
  role const a = role_of(previous);
  role const b = role_of(next);
  if (b != role::outside && !table.written.has(b)) return violation_kind::foreign_role;
  if (a != role::outside && !table.written.has(a)) return std::nullopt;
  bool const same = same_type(previous, next);
  if (table.allows(a, b, same)) return std::nullopt;
  if (a == role::outside) return violation_kind::start;
  if (b == role::outside) return violation_kind::end;
  if (same && !splits(reading::lenient, a, b)) return violation_kind::inside;
  bool const ends = (same ? table.end_before_same : table.end).has(a);
  bool const starts = (same ? table.start_after_same : table.start).has(b);
  if (ends) return violation_kind::start;
  return starts ? violation_kind::end : violation_kind::end_and_start;
}

// For each role, which roles may stand behind it. As violation_between, for the loop that only counts.
struct step_masks {
  std::uint8_t same[role_count]{}, other[role_count]{};
  constexpr bool legal(tag_code previous, tag_code next) const noexcept {
    std::size_t const row = previous & 7U;
    unsigned const followers = same_type(previous, next) ? same[row] : other[row];
    return (followers >> (next & 7U) & 1U) != 0;
  }
};
constexpr step_masks masks_of(scheme_table const& table) noexcept {
  step_masks masks;
  for (tag_code a = 0; a < role_count; ++a) {
    for (tag_code b = 0; b < role_count; ++b) {
      constexpr tag_code another_type = 8;
      auto const bit = [&](bool legal) { return static_cast<std::uint8_t>(legal ? 1U << b : 0U); };
      masks.same[a] |= bit(!violation_between(table, a, b));
      masks.other[a] |= bit(!violation_between(table, a, b == 0 ? 0 : b | another_type));
    }
  }
  return masks;
}
template <class S>
inline constexpr step_masks masks_for = masks_of(S::table);

template <label_range R, class Sink>
result<void> for_each_violation(R const& ids, label_set const& labels, scheme_table const& table,
                                std::optional<label_id> ignore_index, Sink&& sink) {
  std::size_t const bad = first_unknown(ids, labels.size(), ignore_index);
  if (bad != ids.size()) return error{errc::id_out_of_range, bad, 0};
  auto const* const data = ids.data();
  tag_code const* const codes = labels.codes();
  tag_code previous = 0;
  std::size_t last = 0;
  auto step = [&](std::size_t position, tag_code next) {
    if (auto const kind = violation_between(table, previous, next)) {
      sink(violation{*kind == violation_kind::end ? last : position, {role_of(previous), type_of(previous)},
                     {role_of(next), type_of(next)}, *kind});
    }
    previous = next;
    last = position;
  };
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (!is_ignored(data[i], ignore_index)) step(i, codes[static_cast<std::size_t>(data[i])]);
  }
  step(last, 0);
  return {};
}

// Lays entities on `length` positions and writes each position's tag: put(position, role, type, index of the entity),
// with the index `count` for outside. The entities may come in any order.
template <class Entities, class Put>
result<void> write_roles(Entities const& entities, std::size_t length, scheme_table const& table, Put&& put) {
  std::size_t const count = entities.size();
  std::vector<std::size_t> owner(length, count);
  for (std::size_t k = 0; k < count; ++k) {
    token_span const s = entities[k].span;
    if (s.begin >= s.end || s.end > length) return error{errc::span_out_of_range, k, 0};
    for (std::size_t i = s.begin; i < s.end; ++i) {
      if (owner[i] != count) return error{errc::spans_overlap, k, owner[i]};
      owner[i] = k;
    }
  }
  auto same_type_at = [&](std::size_t i, std::size_t k) {
    return owner[i] != count && entities[owner[i]].type == entities[k].type;
  };
  role previous = role::outside;
  for (std::size_t i = 0; i < length; ++i) {
    std::size_t const k = owner[i];
    role r = role::outside;
    if (k != count) {
      token_span const s = entities[k].span;
      bool const after = s.begin > 0 && same_type_at(s.begin - 1, k);
      r = table.write({i == s.begin, i + 1 == s.end, after, s.end < length && same_type_at(s.end, k)});
      if (i == s.begin && after && !splits(reading::lenient, previous, r)) {
        return error{errc::not_representable, k, owner[i - 1]};
      }
    }
    if (auto const e = put(i, r, k)) return *e;
    previous = r;
  }
  return {};
}

}  // namespace detail

// The violations of S in one sequence, in order; none iff S could have written it. One a defect: a step that is illegal
// on both sides is one violation. `labels` names the types of the tags. Errors: id_out_of_range with the position.
// Linear; allocates the result.
template <tag_scheme S, label_range R>
result<std::vector<violation>> validate(R const& ids, label_set const& labels,
                                        std::optional<label_id> ignore_index = -100) {
  std::vector<violation> out;
  auto const done = detail::for_each_violation(ids, labels, S::table, ignore_index,
                                               [&](violation const& v) { out.push_back(v); });
  if (!done) return done.error();
  return out;
}

// The inverse of to_entities: `length` ids that say where these entities are. The entities may come in any order.
// Errors, `where` the index of the entity: span_out_of_range (empty spans too), spans_overlap, unknown_type,
// not_representable (S can't keep it apart from the one it touches), label_missing (the set lacks a label that is
// needed; inner: the position), no_outside_label {position}. Linear; allocates the result and one number a token.
template <tag_scheme S>
result<std::vector<label_id>> to_tags(std::span<token_entity const> entities, std::size_t length,
                                      label_set const& labels) {
  for (std::size_t k = 0; k < entities.size(); ++k) {
    if (index(entities[k].type) >= labels.type_count()) return error{errc::unknown_type, k, 0};
  }
  std::vector<label_id> ids(length);
  auto const done = detail::write_roles(
      entities, length, S::table, [&](std::size_t i, role r, std::size_t k) -> std::optional<error> {
        auto const id = labels.id_of(r == role::outside ? tag{} : tag{r, entities[k].type}, S::letters);
        if (!id) return r == role::outside ? error{errc::no_outside_label, i, 0} : error{errc::label_missing, k, i};
        ids[i] = *id;
        return std::nullopt;
      });
  if (!done) return done.error();
  return ids;
}
// The same for spans whose types are named, as spans() gives them.
template <tag_scheme S>
result<std::vector<label_id>> to_tags(std::span<named_span const> entities, std::size_t length,
                                      label_set const& labels) {
  std::vector<token_entity> known;
  for (named_span const& e : entities) {
    auto const type = labels.find_type(e.type);
    if (!type) return error{errc::unknown_type, known.size(), 0};
    known.push_back({{e.begin, e.end}, *type});
  }
  return to_tags<S>(std::span<token_entity const>(known), length, labels);
}

namespace detail {

// Reads `ids` of `from` and writes the entities again, in another set or scheme. Ignored positions stay what they are
// and are looked through by reading and writing alike. put(role, type name) -> result<label_id>.
template <label_range R, class Put>
result<std::vector<label_id>> rewrite(R const& ids, label_set const& from, scheme_table const* read_by,
                                      scheme_table const& write_by, read_options const& options, Put&& put) {
  auto const* const data = ids.data();
  std::vector<label_id> out(ids.size());
  std::vector<std::size_t> places;  // of the labelled positions
  std::vector<label_id> dense;
  places.reserve(ids.size());
  dense.reserve(ids.size());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (is_ignored(data[i], options.ignore_index)) {
      out[i] = *options.ignore_index;
      continue;
    }
    if (!is_known(data[i], from.size())) return error{errc::id_out_of_range, i, 0};
    places.push_back(i);
    dense.push_back(static_cast<label_id>(data[i]));
  }
  std::vector<token_entity> entities;
  auto const read = detail::for_each_entity(
      dense, from, read_by, [&](token_entity const& e) { entities.push_back(e); },
      read_options{.reading = options.reading, .ignore_index = std::nullopt});
  if (!read) return read.error();
  // First all roles, then all labels: what cannot be written adds no label.
  std::vector<std::pair<role, std::size_t>> roles;
  roles.reserve(dense.size());
  auto const written = write_roles(entities, dense.size(), write_by,
                                   [&](std::size_t, role r, std::size_t k) -> std::optional<error> {
                                     roles.emplace_back(r, k);
                                     return std::nullopt;
                                   });
  if (!written) return written.error();
  for (std::size_t i = 0; i < roles.size(); ++i) {
    auto const [r, k] = roles[i];
    auto const id = put(r, r == role::outside ? std::string_view{} : from.type_name(entities[k].type));
    if (!id) {
      return r == role::outside ? error{id.error().code, places[i], 0} : error{id.error().code, k, places[i]};
    }
    out[places[i]] = *id;
  }
  return out;
}

}  // namespace detail

enum class repair_policy : std::uint8_t {
  promote,  // every entity that lenient reading finds is written as S writes it
  discard,  // only the entities that strict reading finds; the rest becomes O
};

// A sequence that S could have written, as near to `ids` as the policy says; a well-formed one stays as it is (in S's
// own letters). Ignored positions stay. Errors: id_out_of_range with the position; label_missing {entity, position} and
// no_outside_label {position} where the set lacks a label that is needed; not_representable {entity, its neighbour}
// where S can't keep touching ones apart (IO). Linear.
template <tag_scheme S, label_range R>
result<std::vector<label_id>> repair(R const& ids, label_set const& labels,
                                     repair_policy policy = repair_policy::promote,
                                     std::optional<label_id> ignore_index = -100) {
  read_options const options{.reading = policy == repair_policy::promote ? reading::lenient : reading::strict,
                             .ignore_index = ignore_index};
  return detail::rewrite(ids, labels, &S::table, S::table, options,
                         [&](role r, std::string_view type) -> result<label_id> {
                           auto const known = labels.find_type(type);
                           auto const id = r == role::outside ? labels.id_of(tag{}, S::letters)
                                           : known            ? labels.id_of({r, *known}, S::letters)
                                                              : std::nullopt;
                           if (!id) {
                             return error{r == role::outside ? errc::no_outside_label : errc::label_missing, 0, 0};
                           }
                           return *id;
                         });
}

// The same entities in another scheme, as ids of `to`, which gets the labels that it lacks if it may grow. Malformed
// tags are read as `options` say (From matters to strict reading only). Ignored positions stay. Errors: id_out_of_range
// with the position; label_missing {entity, position} and no_outside_label {position} where `to` is frozen and lacks a
// label; mixed_labels {entity, position} where its labels are plain types; not_representable. The last one and
// id_out_of_range add no label. Linear.
template <tag_scheme From, tag_scheme To, label_range R>
result<std::vector<label_id>> convert(R const& ids, label_set const& from, label_set& to, read_options options = {}) {
  return detail::rewrite(ids, from, &From::table, To::table, options, [&](role r, std::string_view type) {
    return to.intern_tag(r, type, To::letters);
  });
}

}  // namespace tagspan::inline TAGSPAN_ABI
