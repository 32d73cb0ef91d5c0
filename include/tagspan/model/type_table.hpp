// SPDX-License-Identifier: MIT
// A value for each entity type: thresholds, costs, colours. Written with names, looked up by number.
#pragma once
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tagspan/core/error.hpp>
#include <tagspan/core/span.hpp>
#include <tagspan/core/version.hpp>
#include <tagspan/tags/labels.hpp>

namespace tagspan::inline TAGSPAN_ABI {

// A range of pairs of a type's name and what belongs to it: a vector of pairs, a map read from a config file.
template <class R, class T>
concept named_value_range = requires(R const& r) {
  std::end(r);
  std::string_view(std::begin(r)->first);
  static_cast<T>(std::begin(r)->second);
};

// Values by type. The table owns its names and values and needs no label_set to live on; types may be missing. Its type
// ids are those of the label_set that it was made for: check() says whether another set numbers these types alike.
template <class T>
class type_table {
 public:
  struct entry {
    type_id type{};
    std::string name;
    T value{};
    friend bool operator==(entry const&, entry const&) = default;
  };

  // No type has a value.
  type_table() = default;

  // type_table<float>::from({{"PER", 0.5f}, {"LOC", 0.7f}}, labels). Errors, with the position of the entry:
  // unknown_type where the set has no such type; duplicate_label {position, first position} where a type stands twice.
  // Linear in the entries and in the highest type id; allocates the table.
  static result<type_table> from(std::initializer_list<std::pair<std::string_view, T>> values,
                                 label_set const& labels) {
    return from_range(values, labels);
  }
  template <named_value_range<T> R>
  static result<type_table> from(R const& values, label_set const& labels) {
    return from_range(values, labels);
  }

  // Gives a type a value, or another one. Contract: the type is in the set. Constant time where types come in order.
  void set(type_id type, T value, label_set const& labels) {
    std::string_view const name = labels.type_name(type);
    if (std::size_t const place = place_of(type); place != none) {
      entries_[place].name = name;
      entries_[place].value = std::move(value);
      return;
    }
    std::size_t place = entries_.size();
    while (place > 0 && type < entries_[place - 1].type) --place;
    entries_.insert(entries_.begin() + static_cast<std::ptrdiff_t>(place),
                    entry{type, std::string(name), std::move(value)});
    if (places_.size() <= index(type)) places_.resize(index(type) + 1, none);
    for (std::size_t i = place; i < entries_.size(); ++i) {
      places_[index(entries_[i].type)] = static_cast<std::uint32_t>(i);
    }
  }

  // The value of a type, if it has one; any id may be asked for. Constant time, no allocation beyond T's own.
  std::optional<T> get(type_id type) const {
    T const* const value = find(type);
    return value == nullptr ? std::nullopt : std::optional<T>(*value);
  }
  T value_or(type_id type, T otherwise) const {
    T const* const value = find(type);
    return value == nullptr ? otherwise : *value;
  }
  // nullptr where the type has no value; valid until the table changes.
  T const* find(type_id type) const noexcept {
    std::size_t const place = place_of(type);
    return place == none ? nullptr : &entries_[place].value;
  }
  bool contains(type_id type) const noexcept { return find(type) != nullptr; }

  // The entries in the order of their type ids.
  entry const* begin() const noexcept { return entries_.data(); }
  entry const* end() const noexcept { return entries_.data() + entries_.size(); }
  std::size_t size() const noexcept { return entries_.size(); }
  bool empty() const noexcept { return entries_.empty(); }

  // Does this set have every type of the table, under the same id? Otherwise unknown_type with the position of the
  // entry. Linear in the entries; what a function calls that takes a table and a label_set.
  result<void> check(label_set const& labels) const {
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      entry const& e = entries_[i];
      if (index(e.type) >= labels.type_count() || labels.type_name(e.type) != e.name) {
        return error{errc::unknown_type, i, 0};
      }
    }
    return {};
  }

  friend bool operator==(type_table const& a, type_table const& b) { return a.entries_ == b.entries_; }

 private:
  static constexpr std::uint32_t none = 0xffffffffU;

  template <class R>
  static result<type_table> from_range(R const& values, label_set const& labels) {
    type_table table;
    std::vector<std::size_t> first;  // by type: where it stands, from 1
    std::size_t position = 0;
    for (auto const& [key, value] : values) {
      auto const type = labels.find_type(std::string_view(key));
      if (!type) return error{errc::unknown_type, position, 0};
      if (first.size() <= index(*type)) first.resize(index(*type) + 1, 0);
      std::size_t& seen = first[index(*type)];
      if (seen != 0) return error{errc::duplicate_label, position, seen - 1};
      seen = ++position;
      table.entries_.push_back(entry{*type, std::string(labels.type_name(*type)), static_cast<T>(value)});
    }
    table.places_.assign(first.size(), none);
    // `first` knows the order of the types, so that nothing has to be sorted.
    std::vector<entry> in_order;
    in_order.reserve(table.entries_.size());
    for (std::size_t type = 0; type < first.size(); ++type) {
      if (first[type] == 0) continue;
      table.places_[type] = static_cast<std::uint32_t>(in_order.size());
      in_order.push_back(std::move(table.entries_[first[type] - 1]));
    }
    table.entries_ = std::move(in_order);
    return table;
  }

  std::size_t place_of(type_id type) const noexcept {
    return index(type) < places_.size() ? places_[index(type)] : none;
  }

  std::vector<entry> entries_;         // by type id
  std::vector<std::uint32_t> places_;  // by type: its place in entries_, or none
};

}  // namespace tagspan::inline TAGSPAN_ABI
