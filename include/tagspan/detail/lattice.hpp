// SPDX-License-Identifier: MIT
// What a scheme and a label set say about paths, as bits and numbers: the part of a lattice that needs no scores.
#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <tagspan/core/version.hpp>

namespace tagspan::inline TAGSPAN_ABI::detail {

// Roles by number: outside 0, begin 1, inside 2, end 3, single 4. A set of roles has bit r for role r.
using role_bits = std::uint8_t;
constexpr bool has_role(role_bits set, unsigned r) noexcept { return (static_cast<unsigned>(set) >> r & 1U) != 0; }

// The scheme's table, turned round for search. Structural, so that schemes that differ in letters only share their
// code.
struct step_rules {
  role_bits written{};    // without outside
  role_bits start{};      // after O, another type, the start of the sequence
  role_bits end{};        // before O, another type, the end of the sequence
  role_bits before[5]{};  // by next role: the roles of the same type that may stand directly before it

  constexpr bool allows(unsigned previous, unsigned next, bool same_type) const noexcept {
    if (previous == 0) return next == 0 || has_role(start, next);
    if (next == 0) return has_role(end, previous);
    if (!same_type) return has_role(end, previous) && has_role(start, next);
    return has_role(before[next], previous);
  }
};

// Of the roles of the same type before `next`: those between which and `next` one entity ends and another begins.
constexpr role_bits splitting_before(unsigned next) noexcept { return next == 1 || next == 4 ? 0b11110 : 0b11000; }

// How the search over lanes (detail/viterbi_lanes.hpp) sees a scheme. Usable where each role is of one of two kinds:
// `start` roles, before which stands whatever may end, and `within` roles, before which stands `first` or `second` of
// the same type.
struct lane_plan {
  bool usable = false;
  role_bits within = 0;
  unsigned first = 0, second = 0;  // `second` is 0 where there is one only; both are 0 where no role is within
  unsigned start_end = 0;          // the start role that may end, or 0
  unsigned within_end = 0;         // the role within that may end, or 0
  bool biasable = true;            // before a start role another entity ends, before a role within none
};

constexpr lane_plan plan_lanes(step_rules const& rules) noexcept {
  lane_plan plan;
  role_bits pair = 0;
  for (unsigned r = 1; r < 5; ++r) {
    if (!has_role(rules.written, r)) continue;
    bool const ends = has_role(rules.end, r);
    if (has_role(rules.start, r)) {
      if (rules.before[r] != rules.end || (ends && plan.start_end != 0)) return {};
      if (ends) plan.start_end = r;
      plan.biasable = plan.biasable && (rules.before[r] & ~splitting_before(r)) == 0;
    } else {
      if (rules.before[r] == 0 || (pair != 0 && pair != rules.before[r]) || (ends && plan.within_end != 0)) return {};
      pair = rules.before[r];
      plan.biasable = plan.biasable && (rules.before[r] & splitting_before(r)) == 0;
      if (ends) plan.within_end = r;
      plan.within = static_cast<role_bits>(plan.within | 1U << r);
    }
  }
  if (std::popcount(pair) > 2) return {};
  for (unsigned r = 1; r < 5; ++r) {
    if (has_role(pair, r)) (plan.first == 0 ? plan.first : plan.second) = r;
  }
  plan.usable = rules.written != 0;
  return plan;
}

inline constexpr std::uint32_t no_label = 0xffffffffU;

// A node is what labels have in common that say the same: outside, or a role of a type.
struct lattice_node {
  std::uint8_t role{};
  std::uint32_t type{};  // among the types that have a label in the lattice; 0 for outside
};

struct lattice_core {
  step_rules rules;
  std::vector<std::uint8_t> role;   // by label
  std::vector<std::uint32_t> type;  // by label: the number in the label set
  std::vector<std::uint32_t> node;  // by label; no_label where the scheme does not write the role
  std::vector<lattice_node> nodes;
  std::vector<std::uint32_t> type_number;  // by the types of the nodes: the number in the label set

  // Lanes are types. Filled where has_lanes: each type has each role of the scheme once, in one order.
  bool has_lanes = false;
  bool packed = false;           // the labels of the types lie side by side, roles in order
  bool second_is_lower = false;  // of the two roles before a role within, the second has the lower label
  std::uint32_t outside = no_label;
  std::size_t lane_vectors = 0;
  std::vector<std::uint32_t> lane_label[5];  // by role: four labels a vector; the last vector overlaps the one before

  std::size_t labels() const noexcept { return role.size(); }
  std::size_t types() const noexcept { return type_number.size(); }

  bool allows(std::size_t from, std::size_t to) const noexcept {
    if (node[from] == no_label || node[to] == no_label) return false;
    return rules.allows(role[from], role[to], role[from] != 0 && role[to] != 0 && type[from] == type[to]);
  }
  bool may_start(std::size_t label) const noexcept {
    return node[label] != no_label && (role[label] == 0 || has_role(rules.start, role[label]));
  }
  bool may_end(std::size_t label) const noexcept {
    return node[label] != no_label && (role[label] == 0 || has_role(rules.end, role[label]));
  }

  // The first type of a vector of four.
  std::size_t first_lane(std::size_t vector) const noexcept {
    std::size_t const at = 4 * vector;
    return at + 4 <= types() ? at : types() < 4 ? 0 : types() - 4;
  }

  // Role and type of each label are there; the rest is made here.
  void link() {
    std::vector<std::uint32_t> dense;  // by type of the label set
    std::vector<std::uint32_t> known;  // by dense type and role: the node
    std::uint32_t outside_node = no_label;
    node.assign(labels(), no_label);
    for (std::size_t label = 0; label < labels(); ++label) {
      unsigned const r = role[label];
      if (r != 0 && !has_role(rules.written, r)) continue;
      std::uint32_t* place = &outside_node;
      std::uint32_t t = 0;
      if (r != 0) {
        if (dense.size() <= type[label]) dense.resize(std::size_t{type[label]} + 1, no_label);
        if (dense[type[label]] == no_label) {
          dense[type[label]] = static_cast<std::uint32_t>(types());
          type_number.push_back(type[label]);
          known.resize(5 * types(), no_label);
        }
        t = dense[type[label]];
        place = &known[5 * std::size_t{t} + r];
      }
      if (*place == no_label) {
        *place = static_cast<std::uint32_t>(nodes.size());
        nodes.push_back({static_cast<std::uint8_t>(r), t});
      }
      node[label] = *place;
    }
    lay_lanes();
  }

 private:
  void lay_lanes() {
    lane_plan const plan = plan_lanes(rules);
    std::size_t const roles = static_cast<std::size_t>(std::popcount(rules.written));
    if (!plan.usable || types() == 0) return;
    std::vector<std::uint32_t> label_of[5];
    for (auto& row : label_of) row.assign(types(), no_label);
    std::uint32_t out = no_label;
    for (std::size_t label = 0; label < labels(); ++label) {
      if (node[label] == no_label) continue;
      lattice_node const& n = nodes[node[label]];
      std::uint32_t& place = n.role == 0 ? out : label_of[n.role][n.type];
      if (place != no_label) return;
      place = static_cast<std::uint32_t>(label);
    }
    bool in_order = true;
    std::uint32_t const base = label_of[static_cast<std::size_t>(std::countr_zero(rules.written))][0];
    for (std::size_t t = 0; t < types(); ++t) {
      std::size_t expected = base + roles * t;
      for (unsigned r = 1; r < 5; ++r) {
        if (!has_role(rules.written, r)) continue;
        if (label_of[r][t] == no_label) return;
        in_order = in_order && label_of[r][t] == expected++;
      }
      if (plan.second != 0) {
        bool const lower = label_of[plan.second][t] < label_of[plan.first][t];
        if (t != 0 && lower != second_is_lower) return;
        second_is_lower = lower;
      }
    }
    outside = out;
    has_lanes = true;
    packed = in_order && types() >= 4 && roles != 3;
    lane_vectors = (types() + 3) / 4;
    for (unsigned r = 1; r < 5; ++r) {
      if (!has_role(rules.written, r)) continue;
      for (std::size_t slot = 0; slot < 4 * lane_vectors; ++slot) {
        std::size_t const t = first_lane(slot / 4) + slot % 4;
        lane_label[r].push_back(label_of[r][t < types() ? t : types() - 1]);
      }
    }
  }
};

// Rows of scores of any type that converts to float.
template <class T>
struct score_rows {
  T const* data;
  std::size_t rows, columns, stride;
  T const* row(std::size_t i) const noexcept { return data + i * stride; }
};

}  // namespace tagspan::inline TAGSPAN_ABI::detail
