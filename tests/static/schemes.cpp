// SPDX-License-Identifier: MIT
// What is promised about schemes at compile time.
#include <cstddef>
#include <iterator>
#include <string_view>
#include <type_traits>

#include <tagspan/tags/soundness.hpp>

namespace ts = tagspan;

static_assert(ts::is_sound<ts::io>);
static_assert(ts::is_sound<ts::iob1>);
static_assert(ts::is_sound<ts::bio>);
static_assert(ts::is_sound<ts::ioe1>);
static_assert(ts::is_sound<ts::ioe2>);
static_assert(ts::is_sound<ts::bioes>);
static_assert(ts::is_sound<ts::bilou>);
static_assert(ts::is_sound<ts::bmes>);
static_assert(ts::is_sound<ts::bmewo>);

// A scheme of one's own, and the proof that it can be trusted: only last tokens are marked, E, and S where they are
// alone.
struct marked_ends {
  static constexpr std::string_view name = "IES";
  static constexpr ts::scheme_letters letters{.inside = 'I', .end = 'E', .single = 'S'};
  static constexpr ts::scheme_table table = ts::make_table([](ts::token_place p) {
    return !p.last ? ts::role::inside : p.first ? ts::role::single : ts::role::end;
  });
};
static_assert(ts::is_sound<marked_ends>);

// Schemes that cannot be trusted. This one writes a single token like an inner one, so that "I I" validates, but no
// entity is written like that.
struct begin_of_long {
  static constexpr std::string_view name = "begin of long entities";
  static constexpr ts::scheme_letters letters{.begin = 'B', .inside = 'I'};
  static constexpr ts::scheme_table table =
      ts::make_table([](ts::token_place p) { return p.first && !p.last ? ts::role::begin : ts::role::inside; });
};
static_assert(ts::tag_scheme<begin_of_long> && !ts::is_sound<begin_of_long>);

// Reading cuts before every B, also before the one with which this ends an entity.
struct begins_at_the_end {
  static constexpr std::string_view name = "begins at the end";
  static constexpr ts::scheme_letters letters{.begin = 'B', .inside = 'I'};
  static constexpr ts::scheme_table table =
      ts::make_table([](ts::token_place p) { return p.last ? ts::role::begin : ts::role::inside; });
};
static_assert(ts::tag_scheme<begins_at_the_end> && !ts::is_sound<begins_at_the_end>);

// S in the middle falls apart.
struct singles_inside {
  static constexpr std::string_view name = "singles inside";
  static constexpr ts::scheme_letters letters{.begin = 'B', .single = 'S'};
  static constexpr ts::scheme_table table =
      ts::make_table([](ts::token_place p) { return p.first ? ts::role::begin : ts::role::single; });
};
static_assert(ts::tag_scheme<singles_inside> && !ts::is_sound<singles_inside>);

// The numbers, the names and the structs agree.
static_assert([] {
  std::size_t number = 0;
  for (ts::scheme_id id : ts::all_schemes) {
    if (static_cast<std::size_t>(id) != number++) return false;
    if (ts::scheme_from_name(ts::scheme_name(id)) != id) return false;
    for (ts::scheme_id other : ts::all_schemes) {
      if (id != other && ts::scheme_name(id) == ts::scheme_name(other)) return false;
    }
  }
  return number == std::size(ts::all_schemes) && number == 9;
}());
template <ts::tag_scheme S>
constexpr bool visits_itself(ts::scheme_id id) {
  return ts::visit_scheme(id, []<class V>(V) { return std::is_same_v<V, S>; });
}
static_assert(visits_itself<ts::io>(ts::scheme_id::io) && visits_itself<ts::iob1>(ts::scheme_id::iob1) &&
              visits_itself<ts::bio>(ts::scheme_id::bio) && visits_itself<ts::ioe1>(ts::scheme_id::ioe1) &&
              visits_itself<ts::ioe2>(ts::scheme_id::ioe2) && visits_itself<ts::bioes>(ts::scheme_id::bioes) &&
              visits_itself<ts::bilou>(ts::scheme_id::bilou) && visits_itself<ts::bmes>(ts::scheme_id::bmes) &&
              visits_itself<ts::bmewo>(ts::scheme_id::bmewo));
static_assert(!ts::scheme_from_name("BIOX") && !ts::scheme_from_name(""));

// What is no scheme.
struct outside_letter {  // an entity written as O
  static constexpr std::string_view name = "invisible";
  static constexpr ts::scheme_letters letters{.inside = 'I'};
  static constexpr ts::scheme_table table =
      ts::make_table([](ts::token_place p) { return p.last ? ts::role::outside : ts::role::inside; });
};
struct wrong_letter {  // E is not read as begin
  static constexpr std::string_view name = "wrong letter";
  static constexpr ts::scheme_letters letters{.begin = 'E', .inside = 'I'};
  static constexpr ts::scheme_table table = ts::bio::table;
};
static_assert(!ts::tag_scheme<outside_letter> && !ts::tag_scheme<wrong_letter> && !ts::tag_scheme<int>);
