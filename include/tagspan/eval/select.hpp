// SPDX-License-Identifier: MIT
// What is left of a list of entities before it is scored: without some types, without types at all, without what nobody
// has annotated. Each works in place on a std::vector of entities, scored or not, says how many it took out, and is
// meant for both sides alike, so that every scorer of entities can score what is left.
#pragma once
#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <string_view>
#include <utility>
#include <vector>

#include <tagspan/core/error.hpp>
#include <tagspan/core/span.hpp>
#include <tagspan/tags/labels.hpp>

namespace tagspan::inline TAGSPAN_ABI {

namespace detail {

// `keep`: whether those of the types named stay, or the others.
template <class E, class R>
result<std::size_t> select_types(std::vector<E>& entities, label_set const& labels, R const& names, bool keep) {
  std::vector<bool> named(labels.type_count());
  std::size_t position = 0;
  for (auto const& name : names) {
    auto const type = labels.find_type(name);
    if (!type) return error{errc::unknown_type, position, 0};
    named[index(*type)] = true;
    ++position;
  }
  for (std::size_t i = 0; i < entities.size(); ++i) {
    if (index(entities[i].type) >= named.size()) return error{errc::unknown_type, i, 0};
  }
  return std::erase_if(entities, [&](E const& e) { return named[index(e.type)] != keep; });
}

}  // namespace detail

// Takes out the entities of all other types, or of these types. Errors, and then nothing changes: unknown_type with the
// position in `where` of the name, or of the entity, whose type the set does not have. Linear.
template <class E, string_range R>
result<std::size_t> keep_types(std::vector<E>& entities, label_set const& labels, R const& names) {
  return detail::select_types(entities, labels, names, true);
}
template <class E>
result<std::size_t> keep_types(std::vector<E>& entities, label_set const& labels,
                               std::initializer_list<std::string_view> names) {
  return detail::select_types(entities, labels, names, true);
}
template <class E, string_range R>
result<std::size_t> drop_types(std::vector<E>& entities, label_set const& labels, R const& names) {
  return detail::select_types(entities, labels, names, false);
}
template <class E>
result<std::size_t> drop_types(std::vector<E>& entities, label_set const& labels,
                               std::initializer_list<std::string_view> names) {
  return detail::select_types(entities, labels, names, false);
}

// For the unlabelled score: every type becomes type_id{0}, and of entities with one span the first is kept. The others
// stay in order. O(n log n).
template <class E>
std::size_t drop_labels(std::vector<E>& entities) {
  std::vector<std::size_t> order(entities.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    order[i] = i;
    entities[i].type = type_id{};
  }
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return entities[a].span != entities[b].span ? entities[a].span < entities[b].span : a < b;
  });
  std::vector<bool> twin(entities.size());
  for (std::size_t i = 1; i < order.size(); ++i) {
    twin[order[i]] = entities[order[i]].span == entities[order[i - 1]].span;
  }
  std::size_t kept = 0;
  for (std::size_t i = 0; i < entities.size(); ++i) {
    if (twin[i]) continue;
    if (kept != i) entities[kept] = std::move(entities[i]);
    ++kept;
  }
  std::size_t const removed = entities.size() - kept;
  entities.erase(entities.end() - static_cast<std::ptrdiff_t>(removed), entities.end());
  return removed;
}

// Takes out the entities that share a position with a span whose annotation is missing: they are neither right nor
// wrong, as in spaCy's get_ner_prf. The spans come in any order and may overlap. O((n + m) log m).
template <class E, class Unit>
std::size_t drop_unknown(std::vector<E>& entities, std::vector<basic_span<Unit>> unknown) {
  std::erase_if(unknown, [](basic_span<Unit> const& s) { return s.empty(); });
  std::sort(unknown.begin(), unknown.end());
  // Only the furthest end counts of those that begin before an entity's end.
  for (std::size_t i = 1; i < unknown.size(); ++i) unknown[i].end = std::max(unknown[i].end, unknown[i - 1].end);
  return std::erase_if(entities, [&](E const& e) {
    basic_span<Unit> const span = e.span;  // one unit on both sides
    auto const behind = std::lower_bound(unknown.begin(), unknown.end(), span.end,
                                         [](basic_span<Unit> const& s, std::size_t end) { return s.begin < end; });
    return behind != unknown.begin() && (behind - 1)->end > span.begin;
  });
}

}  // namespace tagspan::inline TAGSPAN_ABI
