// SPDX-License-Identifier: MIT
// Tags → entities, in three readings. Which one is right for malformed tags is a choice; for well-formed ones all agree
// (but for conlleval, which does not know E and S; see docs/limitations.md).
#pragma once
#include <cstddef>
#include <cstdint>
#include <concepts>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <tagspan/core/error.hpp>
#include <tagspan/core/span.hpp>
#include <tagspan/tags/labels.hpp>
#include <tagspan/tags/scheme.hpp>

namespace tagspan::inline TAGSPAN_ABI {

// How tags are cut into entities.
//   lenient    Between two tokens inside, an entity ends iff the types differ, or the next one is B or S, or the last
//              one was E or S. Any role may start one. This is what seqeval (default), iobes and allennlp read.
//   conlleval  The rule of the CoNLL-2000 script conlleval.pl: of the sixteen pairs of roles with one type, only B-B,
//              I-B, E-E and E-I end an entity.
//   strict     Cut as lenient; then an entity counts only if its start, each step inside and its end are what the
//              scheme writes. For seqeval's strict mode.
enum class reading : std::uint8_t { lenient, conlleval, strict };

struct read_options {
  tagspan::reading reading = tagspan::reading::lenient;
  // Positions with this id are looked through, as if they were not there: an entity runs from its first to its last
  // labelled token. Ids of an unsigned type can't be -100, so there nothing is ignored unless another index is given.
  std::optional<label_id> ignore_index = -100;
};

namespace detail {

// Does an entity end between two tokens of one type?
constexpr bool splits(reading rule, role previous, role next) noexcept {
  if (rule == reading::conlleval) {
    if (next == role::begin) return previous == role::begin || previous == role::inside;
    return previous == role::end && (next == role::end || next == role::inside);
  }
  // Without branches: which role comes next is what nobody can foresee.
  return (next == role::begin) | (next == role::single) | (previous == role::end) | (previous == role::single);
}

// Reads tags one by one and gives each entity to sink(begin, end, type) once it has ended. Type is whatever tells types
// apart. Positions may leave gaps (ignored tokens); `parted` says that an entity does not go on over the gap before
// this one. `table` is used by strict reading only.
template <class Type>
class entity_reader {
 public:
  constexpr entity_reader(reading rule, scheme_table const* table) noexcept
      : table_(rule == reading::strict ? table : nullptr), rule_(rule) {}

  template <class Sink>
  constexpr void step(std::size_t position, role r, Type const& type, Sink&& sink, bool parted = false) {
    bool after_same = false;
    if (previous_ != role::outside) {
      bool const same = !parted & (r != role::outside) && type == type_;
      if (same && !splits(rule_, previous_, r)) {
        sound_ = sound_ && (table_ == nullptr || table_->follow[static_cast<std::size_t>(previous_)].has(r));
        previous_ = r;
        last_ = position;
        return;
      }
      close(same, sink);
      after_same = same;
    }
    previous_ = r;
    if (r == role::outside) return;
    begin_ = last_ = position;
    type_ = type;
    sound_ = table_ == nullptr || (after_same ? table_->start_after_same : table_->start).has(r);
  }

  // Where the entity begins that the last position is in.
  constexpr std::size_t begin() const noexcept { return begin_; }

  template <class Sink>
  constexpr void finish(Sink&& sink) {
    if (previous_ != role::outside) close(false, sink);
    previous_ = role::outside;
  }

 private:
  template <class Sink>
  constexpr void close(bool before_same, Sink&& sink) {
    bool const ends = table_ == nullptr || (before_same ? table_->end_before_same : table_->end).has(previous_);
    if (sound_ && ends) sink(begin_, last_ + 1, type_);
  }

  scheme_table const* table_;
  std::size_t begin_ = 0, last_ = 0;
  Type type_{};
  reading rule_;
  role previous_ = role::outside;
  bool sound_ = true;
};

// The first position whose id is neither known nor ignored; ids.size() if there is none.
template <label_range R>
constexpr std::size_t first_unknown(R const& ids, std::size_t labels, std::optional<label_id> ignore_index) noexcept {
  auto const* const data = ids.data();
  std::size_t const size = ids.size();
  for (std::size_t i = 0; i < size; ++i) {
    if (!is_known(data[i], labels) && !is_ignored(data[i], ignore_index)) return i;
  }
  return size;
}

template <label_range R, class Sink>
result<void> for_each_entity(R const& ids, label_set const& labels, scheme_table const* table, Sink&& sink,
                             read_options const& options) {
  if (options.reading == reading::strict && table == nullptr) return error{errc::scheme_required, 0, 0};
  std::size_t const bad = first_unknown(ids, labels.size(), options.ignore_index);
  if (bad != ids.size()) return error{errc::id_out_of_range, bad, 0};
  auto const* const data = ids.data();
  tag_code const* const codes = labels.codes();
  entity_reader<type_id> reader(options.reading, table);
  auto emit = [&](std::size_t begin, std::size_t end, type_id type) { sink(token_entity{{begin, end}, type}); };
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (is_ignored(data[i], options.ignore_index)) continue;
    tag_code const code = codes[static_cast<std::size_t>(data[i])];
    reader.step(i, role_of(code), type_of(code), emit);
  }
  reader.finish(emit);
  return {};
}

template <string_range R>
constexpr std::vector<named_span> spans(R const& tags, scheme_table const& table, read_options const& options) {
  std::vector<named_span> out;
  entity_reader<std::string_view> reader(options.reading, &table);
  auto emit = [&](std::size_t begin, std::size_t end, std::string_view type) { out.push_back({begin, end, type}); };
  std::size_t position = 0;
  for (auto&& element : tags) {
    parsed_label const label = parse_label(std::string_view(element));
    reader.step(position++, label.role, label.type, emit);
  }
  reader.finish(emit);
  return out;
}

// Views of the elements of such a range outlive a call: the elements lie in the range, or are views themselves.
template <class R>
concept lends_its_strings =
    std::is_reference_v<decltype(*std::begin(std::declval<R const&>()))> ||
    std::same_as<std::remove_cvref_t<decltype(*std::begin(std::declval<R const&>()))>, std::string_view>;

}  // namespace detail

// Entities of one sequence of tags, in one line and without a label set. The prefix stands before the type; a tag
// without one ("PER") is a token inside an entity of that type, so that nothing is lost. The types are views of `tags`.
// Linear; allocates the result. Works in constant expressions.
template <tag_scheme S>
constexpr std::vector<named_span> spans(std::initializer_list<std::string_view> tags, read_options options = {}) {
  return detail::spans(tags, S::table, options);
}
template <tag_scheme S, string_range R>
  requires detail::lends_its_strings<R>
constexpr std::vector<named_span> spans(R const& tags, read_options options = {}) {
  return detail::spans(tags, S::table, options);
}
template <tag_scheme S, class R>
  requires(!std::is_lvalue_reference_v<R> &&
           std::same_as<std::remove_cvref_t<decltype(*std::begin(std::declval<R&>()))>, std::string>)
std::vector<named_span> spans(R&&, read_options = {}) = delete;  // the types would be views of strings that are gone

// Calls sink(token_entity) for each entity, in order. `ids` are positions in `labels`. Errors: id_out_of_range with the
// position; then the sink was not called. Linear; allocates nothing. The overload without a scheme reads lenient or
// conlleval; strict is scheme_required there.
template <tag_scheme S, label_range R, class Sink>
result<void> for_each_entity(R const& ids, label_set const& labels, Sink&& sink, read_options options = {}) {
  return detail::for_each_entity(ids, labels, &S::table, sink, options);
}
template <label_range R, class Sink>
result<void> for_each_entity(R const& ids, label_set const& labels, Sink&& sink, read_options options = {}) {
  return detail::for_each_entity(ids, labels, nullptr, sink, options);
}

// The same into memory that is used again: `out` is cleared first, and empty after an error.
template <tag_scheme S, label_range R>
result<void> to_entities_into(R const& ids, label_set const& labels, std::vector<token_entity>& out,
                              read_options options = {}) {
  out.clear();
  return for_each_entity<S>(ids, labels, [&](token_entity const& e) { out.push_back(e); }, options);
}
template <label_range R>
result<void> to_entities_into(R const& ids, label_set const& labels, std::vector<token_entity>& out,
                              read_options options = {}) {
  out.clear();
  return for_each_entity(ids, labels, [&](token_entity const& e) { out.push_back(e); }, options);
}

// The same as a new vector.
template <tag_scheme S, label_range R>
result<std::vector<token_entity>> to_entities(R const& ids, label_set const& labels, read_options options = {}) {
  std::vector<token_entity> out;
  if (auto const done = to_entities_into<S>(ids, labels, out, options); !done) return done.error();
  return out;
}
template <label_range R>
result<std::vector<token_entity>> to_entities(R const& ids, label_set const& labels, read_options options = {}) {
  std::vector<token_entity> out;
  if (auto const done = to_entities_into(ids, labels, out, options); !done) return done.error();
  return out;
}

}  // namespace tagspan::inline TAGSPAN_ABI
