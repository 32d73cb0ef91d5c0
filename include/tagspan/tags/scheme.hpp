// SPDX-License-Identifier: MIT
// Tag schemes. A scheme is one function, "how is this token of an entity written?", and its letters. Everything else
// that is ever asked of a scheme (what may start, follow and end) is derived from that function here, at compile time.
//
// The letters and what they mean follow Ramshaw & Marcus 1995 (IOB1), Tjong Kim Sang & Veenstra 1999 (IOB2, IOE1, IOE2)
// and Ratinov & Roth 2009 (BILOU).
#pragma once
#include <cstddef>
#include <cstdint>
#include <concepts>
#include <optional>
#include <string_view>
#include <utility>

#include <tagspan/core/error.hpp>
#include <tagspan/core/span.hpp>

namespace tagspan::inline TAGSPAN_ABI {

// What a tag says about its token, whatever the letter.
enum class role : std::uint8_t { outside, begin, inside, end, single };

struct tag {
  tagspan::role role{};
  type_id type{};  // type_id{0}, and without meaning, where the role is outside
  friend constexpr bool operator==(tag const&, tag const&) = default;
};

// The letters by which a role is read, in any scheme: O; B; I, M; E, L; S, U, W.
constexpr std::optional<role> role_of_letter(char letter) noexcept {
  switch (letter) {
    case 'O': return role::outside;
    case 'B': return role::begin;
    case 'I':
    case 'M': return role::inside;
    case 'E':
    case 'L': return role::end;
    case 'S':
    case 'U':
    case 'W': return role::single;
    default: return std::nullopt;
  }
}

// The letter by which a scheme writes each role; '\0' for a role that it does not write.
struct scheme_letters {
  char begin{}, inside{}, end{}, single{};
  constexpr char of(role r) const noexcept {
    switch (r) {
      case role::outside: return 'O';
      case role::begin: return begin;
      case role::inside: return inside;
      case role::end: return end;
      case role::single: return single;
    }
    return '\0';
  }
};

// Where a token stands in its entity, and what its entity touches.
struct token_place {
  bool first{}, last{};
  bool after_same_type{};   // an entity of the same type ends directly before this entity
  bool before_same_type{};  // an entity of the same type begins directly after this entity
};

// A set of roles.
class role_set {
 public:
  constexpr role_set() = default;
  constexpr bool has(role r) const noexcept { return (bits_ >> static_cast<unsigned>(r) & 1U) != 0; }
  constexpr void add(role r) noexcept { bits_ = static_cast<std::uint8_t>(bits_ | 1U << static_cast<unsigned>(r)); }
  friend constexpr bool operator==(role_set, role_set) = default;

 private:
  std::uint8_t bits_ = 0;
};

inline constexpr std::size_t role_count = 5;

// What a scheme writes and therefore allows. Made by make_table.
struct scheme_table {
  role_set written;             // every role but outside that the scheme writes
  role_set start;               // roles that may open an entity after O, another type or the start of the sequence
  role_set start_after_same;    // … directly after an entity of the same type
  role_set follow[role_count];  // roles that may follow inside one entity
  role_set end;                 // roles that may close an entity before O, another type or the end of the sequence
  role_set end_before_same;     // … directly before an entity of the same type
  role written_as[16]{};        // by place: first + 2 last + 4 after_same_type + 8 before_same_type

  constexpr role write(token_place p) const noexcept {
    return written_as[(p.first ? 1 : 0) + (p.last ? 2 : 0) + (p.after_same_type ? 4 : 0) +
                      (p.before_same_type ? 8 : 0)];
  }

  // May `next` stand directly after `previous`? The ends of a sequence count as outside.
  constexpr bool allows(role previous, role next, bool same_type) const noexcept {
    if (previous == role::outside) return next == role::outside || start.has(next);
    if (next == role::outside) return end.has(previous);
    if (!same_type) return end.has(previous) && start.has(next);
    return follow[static_cast<std::size_t>(previous)].has(next) ||
           (end_before_same.has(previous) && start_after_same.has(next));
  }
};

// Derives the table from how a token is written: `write(token_place) -> role`. Entities of up to four tokens show every
// pair of places.
template <class Write>
consteval scheme_table make_table(Write write) {
  scheme_table table;
  for (unsigned place = 0; place < 16; ++place) {
    table.written_as[place] = write(
        token_place{.first = (place & 1U) != 0, .last = (place & 2U) != 0, .after_same_type = (place & 4U) != 0,
                    .before_same_type = (place & 8U) != 0});
  }
  for (unsigned neighbours = 0; neighbours < 4; ++neighbours) {
    bool const after = (neighbours & 1U) != 0;
    bool const before = (neighbours & 2U) != 0;
    for (int length = 1; length <= 4; ++length) {
      role previous = role::outside;
      for (int i = 0; i < length; ++i) {
        bool const first = i == 0;
        bool const last = i == length - 1;
        role const r = table.write({first, last, after, before});
        table.written.add(r);
        if (first) (after ? table.start_after_same : table.start).add(r);
        if (!first) table.follow[static_cast<std::size_t>(previous)].add(r);
        if (last) (before ? table.end_before_same : table.end).add(r);
        previous = r;
      }
    }
  }
  return table;
}

// What a scheme owes. Each part has a name of its own, so that a compiler's message says which one is missing.
template <class S>
concept scheme_has_name = requires { { S::name } -> std::convertible_to<std::string_view>; };
template <class S>
concept scheme_has_letters = requires { { S::letters } -> std::convertible_to<scheme_letters>; };
template <class S>
concept scheme_has_table = requires { { S::table } -> std::convertible_to<scheme_table>; };

namespace detail {
// Each role that is written has a letter that reads back as that role, and no entity is written as outside.
template <class S>
consteval bool letters_fit_table() {
  for (role r : {role::begin, role::inside, role::end, role::single}) {
    if (S::table.written.has(r) && role_of_letter(S::letters.of(r)) != std::optional<role>(r)) return false;
  }
  return !S::table.written.has(role::outside);
}
}  // namespace detail

template <class S>
concept scheme_letters_fit_table = detail::letters_fit_table<S>();

template <class S>
concept tag_scheme = scheme_has_name<S> && scheme_has_letters<S> && scheme_has_table<S> && scheme_letters_fit_table<S>;

// I inside. Touching entities of one type can't be told apart.
struct io {
  static constexpr std::string_view name = "IO";
  static constexpr scheme_letters letters{.inside = 'I'};
  static constexpr scheme_table table = make_table([](token_place) { return role::inside; });
};

// B only on the first token of an entity that touches one of the same type before it.
struct iob1 {
  static constexpr std::string_view name = "IOB1";
  static constexpr scheme_letters letters{.begin = 'B', .inside = 'I'};
  static constexpr scheme_table table =
      make_table([](token_place p) { return p.first && p.after_same_type ? role::begin : role::inside; });
};

// B on every first token. Also known as IOB2.
struct bio {
  static constexpr std::string_view name = "BIO";
  static constexpr scheme_letters letters{.begin = 'B', .inside = 'I'};
  static constexpr scheme_table table = make_table([](token_place p) { return p.first ? role::begin : role::inside; });
};

// E only on the last token of an entity that touches one of the same type behind it.
struct ioe1 {
  static constexpr std::string_view name = "IOE1";
  static constexpr scheme_letters letters{.inside = 'I', .end = 'E'};
  static constexpr scheme_table table =
      make_table([](token_place p) { return p.last && p.before_same_type ? role::end : role::inside; });
};

// E on every last token.
struct ioe2 {
  static constexpr std::string_view name = "IOE2";
  static constexpr scheme_letters letters{.inside = 'I', .end = 'E'};
  static constexpr scheme_table table = make_table([](token_place p) { return p.last ? role::end : role::inside; });
};

namespace detail {
// One table for the four schemes that mark both ends and differ in letters only.
inline constexpr scheme_table both_ends_marked = make_table([](token_place p) {
  if (p.first && p.last) return role::single;
  return p.first ? role::begin : p.last ? role::end : role::inside;
});
}  // namespace detail

// Also known as IOBES.
struct bioes {
  static constexpr std::string_view name = "BIOES";
  static constexpr scheme_letters letters{.begin = 'B', .inside = 'I', .end = 'E', .single = 'S'};
  static constexpr scheme_table table = detail::both_ends_marked;
};

// Also known as BIOUL and BILUO.
struct bilou {
  static constexpr std::string_view name = "BILOU";
  static constexpr scheme_letters letters{.begin = 'B', .inside = 'I', .end = 'L', .single = 'U'};
  static constexpr scheme_table table = detail::both_ends_marked;
};

struct bmes {
  static constexpr std::string_view name = "BMES";
  static constexpr scheme_letters letters{.begin = 'B', .inside = 'M', .end = 'E', .single = 'S'};
  static constexpr scheme_table table = detail::both_ends_marked;
};

// Also known as BMEOW.
struct bmewo {
  static constexpr std::string_view name = "BMEWO";
  static constexpr scheme_letters letters{.begin = 'B', .inside = 'M', .end = 'E', .single = 'W'};
  static constexpr scheme_table table = detail::both_ends_marked;
};

// The schemes by number, for choices at run time.
enum class scheme_id : std::uint8_t { io, iob1, bio, ioe1, ioe2, bioes, bilou, bmes, bmewo };
inline constexpr scheme_id all_schemes[] = {scheme_id::io,    scheme_id::iob1,  scheme_id::bio,
                                            scheme_id::ioe1,  scheme_id::ioe2,  scheme_id::bioes,
                                            scheme_id::bilou, scheme_id::bmes,  scheme_id::bmewo};

// Calls f with the scheme that `id` names: f(bio{}) and so on. All results must have one type.
template <class F>
constexpr decltype(auto) visit_scheme(scheme_id id, F&& f) {
  switch (id) {
    case scheme_id::io: return std::forward<F>(f)(io{});
    case scheme_id::iob1: return std::forward<F>(f)(iob1{});
    case scheme_id::bio: return std::forward<F>(f)(bio{});
    case scheme_id::ioe1: return std::forward<F>(f)(ioe1{});
    case scheme_id::ioe2: return std::forward<F>(f)(ioe2{});
    case scheme_id::bioes: return std::forward<F>(f)(bioes{});
    case scheme_id::bilou: return std::forward<F>(f)(bilou{});
    case scheme_id::bmes: return std::forward<F>(f)(bmes{});
    case scheme_id::bmewo: return std::forward<F>(f)(bmewo{});
  }
  detail::broken_contract("a scheme_id that names no scheme", __FILE__, __LINE__);
}

constexpr std::string_view scheme_name(scheme_id id) {
  return visit_scheme(id, [](auto scheme) -> std::string_view { return decltype(scheme)::name; });
}

// The scheme by the names in use, in any case and with or without '-' and '_': IO; IOB1; BIO, IOB, IOB2, BIO2; IOE1;
// IOE, IOE2; BIOES, IOBES, BIESO; BILOU, BIOUL, BILUO, IOBLU; BMES, BMESO, BMEOS; BMEWO, BMEOW, BMWEO. Plain "IOB" is
// read as files of today mean it (IOB2); the 1995 scheme has the name IOB1.
constexpr std::optional<scheme_id> scheme_from_name(std::string_view name) noexcept {
  struct alias {
    std::string_view name;
    scheme_id id;
  };
  constexpr alias aliases[] = {
      {"IO", scheme_id::io},       {"IOB1", scheme_id::iob1},   {"BIO", scheme_id::bio},
      {"IOB2", scheme_id::bio},    {"IOB", scheme_id::bio},     {"BIO2", scheme_id::bio},
      {"IOE1", scheme_id::ioe1},   {"IOE2", scheme_id::ioe2},   {"IOE", scheme_id::ioe2},
      {"BIOES", scheme_id::bioes}, {"IOBES", scheme_id::bioes}, {"BIESO", scheme_id::bioes},
      {"BILOU", scheme_id::bilou}, {"BIOUL", scheme_id::bilou}, {"BILUO", scheme_id::bilou},
      {"IOBLU", scheme_id::bilou}, {"BMES", scheme_id::bmes},   {"BMESO", scheme_id::bmes},
      {"BMEOS", scheme_id::bmes},  {"BMEWO", scheme_id::bmewo}, {"BMEOW", scheme_id::bmewo},
      {"BMWEO", scheme_id::bmewo},
  };
  for (alias const& a : aliases) {
    std::size_t matched = 0;
    bool same = true;
    for (char c : name) {
      if (c == '-' || c == '_') continue;
      char const upper = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
      if (matched == a.name.size() || a.name[matched] != upper) {
        same = false;
        break;
      }
      ++matched;
    }
    if (same && matched == a.name.size()) return a.id;
  }
  return std::nullopt;
}

}  // namespace tagspan::inline TAGSPAN_ABI
