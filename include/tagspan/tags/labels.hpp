// SPDX-License-Identifier: MIT
// Labels ("B-PER") and their numbers. A label is parsed once, at the door; from then on it is an id, and what it says
// is a role and a type.
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
#include <tagspan/detail/string_pool.hpp>
#include <tagspan/tags/scheme.hpp>

namespace tagspan::inline TAGSPAN_ABI {

// A range of anything that converts to a string_view.
template <class R>
concept string_range = requires(R const& r) {
  std::string_view(*std::begin(r));
  std::end(r);
};

namespace detail {
template <class T>
inline constexpr bool is_character =
    std::is_same_v<T, char> || std::is_same_v<T, wchar_t> || std::is_same_v<T, char8_t> ||
    std::is_same_v<T, char16_t> || std::is_same_v<T, char32_t>;
template <class T>
concept id_integer = std::integral<T> && !std::is_same_v<T, bool> && !is_character<T>;
}  // namespace detail

// A contiguous range of integers: int64 from LibTorch and ONNX Runtime, uint8 from a compact store. Neither bool nor
// a character type.
template <class R>
concept label_range = requires(R const& r) {
  r.size();
  requires detail::id_integer<std::remove_cvref_t<decltype(*r.data())>>;
};

// On which side of the type the role letter stands: B-PER or PER-B.
enum class prefix_position : std::uint8_t { before, after };

// What a label without a role letter is ("PER", "[PAD]").
enum class no_prefix : std::uint8_t {
  reject,   // an error
  inside,   // a token of an entity of that type, as in IO tagging without letters
  outside,  // no entity: for sets that give special tokens labels of their own
};

struct label_options {
  prefix_position position = prefix_position::before;
  tagspan::no_prefix no_prefix = tagspan::no_prefix::reject;
};

namespace detail {

struct parsed_label {
  tagspan::role role{};
  std::string_view type;
  char letter{};     // '\0' for a label without role letter
  char separator{};  // '\0' where nothing was split
};

constexpr bool is_separator(char c) noexcept { return c == '-' || c == '_'; }

// "O"; a bare role letter (type ""); a role letter, a separator and a type, which may hold anything. All else comes
// back with letter '\0' and the whole name as its type.
constexpr parsed_label parse_label(std::string_view name, prefix_position position = prefix_position::before) noexcept {
  std::size_t const size = name.size();
  if (size == 1) {
    if (auto const r = role_of_letter(name[0])) return {*r, {}, name[0], '\0'};
  } else if (size >= 2) {
    bool const before = position == prefix_position::before;
    char const letter = before ? name[0] : name[size - 1];
    char const separator = before ? name[1] : name[size - 2];
    auto const r = role_of_letter(letter);
    if (is_separator(separator) && r && *r != role::outside) {
      return {*r, before ? name.substr(2) : name.substr(0, size - 2), letter, separator};
    }
  }
  return {role::inside, name, '\0', '\0'};
}

// A tag as one number: type and role side by side, 0 for outside. What the loops work on.
using tag_code = std::uint32_t;
constexpr tag_code code_of(tag t) noexcept {
  return t.role == role::outside ? 0 : static_cast<tag_code>(t.type) << 3 | static_cast<tag_code>(t.role);
}
constexpr role role_of(tag_code code) noexcept { return static_cast<role>(code & 7U); }
constexpr type_id type_of(tag_code code) noexcept { return type_id{code >> 3}; }
constexpr bool same_type(tag_code a, tag_code b) noexcept { return (a ^ b) < 8; }  // both inside

}  // namespace detail

// The labels of a model or a corpus, numbered. A set either grows as it reads, or is frozen, because the numbers belong
// to a model. All names that a label_set gives out live as long as the set itself, also while it grows or is moved.
// Copies own their names. Const use from several threads is safe.
class label_set {
 public:
  // A growing, empty set.
  label_set() = default;
  explicit label_set(label_options options) : options_(options) {}

  // The labels of a model, in id order; the set is frozen. Errors, with the position of the name: empty_label,
  // duplicate_label, label_without_prefix, mixed_labels, too_many_labels. O may stand anywhere, or be missing.
  // Amortised linear in the bytes of the names.
  template <string_range R>
  static result<label_set> from_id2label(R const& names, label_options options = {}) {
    label_set set(options);
    std::size_t position = 0;
    for (auto&& element : names) {
      std::string_view const name(element);
      if (auto const known = set.names_.find(name)) return error{errc::duplicate_label, position, *known};
      if (auto const e = set.add(name, position)) return *e;
      ++position;
    }
    set.frozen_ = true;
    return set;
  }
  static result<label_set> from_id2label(std::initializer_list<std::string_view> names, label_options options = {}) {
    return from_id2label<std::initializer_list<std::string_view>>(names, options);
  }

  // All labels that S needs for these types: O, then the roles of each type in the order of the types. Frozen. Errors:
  // duplicate_label with the position of the type and the number of its first occurrence.
  template <tag_scheme S, string_range R>
  static result<label_set> from_types(R const& types, label_options options = {}) {
    label_set set(options);
    static_cast<void>(set.add("O", 0));
    std::size_t position = 0;
    for (auto&& element : types) {
      std::string_view const type(element);
      if (auto const known = set.find_type(type)) return error{errc::duplicate_label, position, index(*known)};
      for (role r : {role::begin, role::inside, role::end, role::single}) {
        if (!S::table.written.has(r)) continue;
        if (auto const e = set.add(set.spell(S::letters.of(r), type), position)) return *e;
      }
      ++position;
    }
    set.frozen_ = true;
    return set;
  }

  // The same for types that are written in the program: they must differ.
  template <tag_scheme S>
  static label_set for_types(std::initializer_list<std::string_view> types) {
    auto set = from_types<S>(types);
    TAGSPAN_EXPECTS(set.has_value(), "for_types: each type once");
    return std::move(set).value();
  }

  // The same labels with the same ids in a set that may grow: for what only gold has.
  label_set growing() const {
    label_set copy(*this);
    copy.frozen_ = false;
    return copy;
  }
  bool frozen() const noexcept { return frozen_; }
  label_options options() const noexcept { return options_; }

  // The ids of tags; those not seen before are added. Errors, with the position of the tag: empty_label,
  // label_without_prefix, mixed_labels, too_many_labels, and unknown_label where the set is frozen. An error adds
  // nothing. Amortised linear in the bytes of the tags.
  template <string_range R>
  result<std::vector<label_id>> intern(R const& tags) {
    std::vector<label_id> ids;
    if (auto const done = intern_into(tags, ids); !done) return done.error();
    return ids;
  }
  result<std::vector<label_id>> intern(std::initializer_list<std::string_view> tags) {
    return intern<std::initializer_list<std::string_view>>(tags);
  }
  // The same, into memory that is used again: `ids` is cleared first.
  template <string_range R>
  result<void> intern_into(R const& tags, std::vector<label_id>& ids) {
    ids.clear();
    mark const before = here();
    for (auto&& element : tags) {
      std::string_view const name(element);
      auto id = find(name);
      if (!id) {
        std::size_t const position = ids.size();
        auto const e = frozen_ ? std::optional<error>(error{errc::unknown_label, position, 0}) : add(name, position);
        if (e) {
          forget_after(before);
          ids.clear();
          return *e;
        }
        id = static_cast<label_id>(size() - 1);
      }
      ids.push_back(*id);
    }
    return {};
  }

  // The id of one label, added where it is new and the set may grow. Errors as above, with `where` 0.
  result<label_id> intern_one(std::string_view name) {
    if (auto const id = find(name)) return *id;
    if (frozen_) return error{errc::unknown_label, 0, 0};
    if (auto const e = add(name, 0)) return *e;
    return static_cast<label_id>(size() - 1);
  }

  // The ids of tags, all of which must be known: unknown_label with the position otherwise.
  template <string_range R>
  result<std::vector<label_id>> encode(R const& tags) const {
    std::vector<label_id> ids;
    for (auto&& element : tags) {
      auto const id = find(std::string_view(element));
      if (!id) return error{errc::unknown_label, ids.size(), 0};
      ids.push_back(*id);
    }
    return ids;
  }
  result<std::vector<label_id>> encode(std::initializer_list<std::string_view> tags) const {
    return encode<std::initializer_list<std::string_view>>(tags);
  }

  std::size_t size() const noexcept { return codes_.size(); }
  bool has(label_id id) const noexcept { return id >= 0 && static_cast<std::size_t>(id) < size(); }

  // Contract of the next three: has(id).
  tagspan::tag tag_of(label_id id) const {
    detail::tag_code const code = codes_[checked(id)];
    return {detail::role_of(code), detail::type_of(code)};
  }
  std::string_view name(label_id id) const { return names_[checked(id)]; }
  // The letter by which the label writes its role; '\0' where it has none.
  char letter(label_id id) const { return letters_[checked(id)]; }

  std::optional<label_id> find(std::string_view name) const noexcept {
    auto const found = names_.find(name);
    if (!found) return std::nullopt;
    return static_cast<label_id>(*found);
  }
  // The lowest id that says this, if one does.
  std::optional<label_id> id_of(tagspan::tag t) const noexcept {
    label_id const last = last_id(t);
    if (last < 0) return std::nullopt;
    return next_[static_cast<std::size_t>(last)];
  }
  // The id for writing: where several labels say the same (S-PER and U-PER), the one with the scheme's own letter.
  std::optional<label_id> id_of(tagspan::tag t, scheme_letters const& letters) const noexcept {
    label_id const last = last_id(t);
    if (last < 0) return std::nullopt;
    label_id id = last;
    do {
      id = next_[static_cast<std::size_t>(id)];
      if (letters_[static_cast<std::size_t>(id)] == letters.of(t.role)) return id;
    } while (id != last);
    return next_[static_cast<std::size_t>(last)];
  }
  // The same; a growing set gets the label if it lacks it. Errors: label_missing (no_outside_label for O) in a frozen
  // set; mixed_labels where the set has plain types for labels and cannot say this; too_many_labels.
  result<label_id> intern_tag(role r, std::string_view type, scheme_letters const& letters) {
    std::optional<label_id> id;
    if (r == role::outside) {
      id = id_of(tagspan::tag{}, letters);
    } else if (auto const known = find_type(type)) {
      id = id_of(tagspan::tag{r, *known}, letters);
    }
    // A set that may grow need not make do with another scheme's letter (E-PER for L-PER).
    if (id && (frozen_ || plain_ || letter(*id) == letters.of(r))) return *id;
    if (frozen_) return error{r == role::outside ? errc::no_outside_label : errc::label_missing, 0, 0};
    std::string const name = r == role::outside ? std::string("O")
                             : plain_ && r == role::inside ? std::string(type)
                                                           : spell(letters.of(r), type);
    // A plain label cannot hold every type: "O" would say something else.
    detail::parsed_label const said = detail::parse_label(name, options_.position);
    if (said.role != r || said.type != (r == role::outside ? std::string_view{} : type)) {
      return error{errc::mixed_labels, 0, 0};
    }
    if (auto const e = add(name, 0)) return *e;
    return static_cast<label_id>(size() - 1);
  }

  std::size_t type_count() const noexcept { return types_.size(); }
  // Contract: index(type) < type_count().
  std::string_view type_name(type_id type) const {
    TAGSPAN_EXPECTS(index(type) < type_count(), "type_name: this type is not in the label set");
    return types_[index(type)];
  }
  std::optional<type_id> find_type(std::string_view name) const noexcept {
    auto const found = types_.find(name);
    if (!found) return std::nullopt;
    return type_id{static_cast<std::uint32_t>(*found)};
  }

  // The scheme whose letters these labels use, the first that fits of IO, BIO, IOE2, BIOES, BILOU, BMES, BMEWO. Letters
  // cannot tell IOB1 from BIO nor IOE1 from IOE2: that takes tags (see validate). None where no label has a letter.
  std::optional<scheme_id> detect_scheme() const {
    bool any = false;
    for (char letter : letters_) any = any || (letter != '\0' && letter != 'O');
    if (!any) return std::nullopt;
    for (scheme_id id : {scheme_id::io, scheme_id::bio, scheme_id::ioe2, scheme_id::bioes, scheme_id::bilou,
                         scheme_id::bmes, scheme_id::bmewo}) {
      scheme_letters const letters = visit_scheme(id, [](auto scheme) { return decltype(scheme)::letters; });
      bool fits = true;
      for (char letter : letters_) {
        fits = fits && (letter == '\0' || letter == 'O' || letter == letters.begin || letter == letters.inside ||
                        letter == letters.end || letter == letters.single);
      }
      if (fits) return id;
    }
    return std::nullopt;
  }

  // Role and type of each label as one number, in id order; valid until the set grows. For the loops of this library.
  detail::tag_code const* codes() const noexcept { return codes_.data(); }

 private:
  struct mark {
    std::size_t labels, types;
    char separator;
    bool lettered, plain;
  };
  mark here() const noexcept { return {size(), type_count(), separator_, lettered_, plain_}; }

  void forget_after(mark const& m) {
    separator_ = m.separator;
    lettered_ = m.lettered;
    plain_ = m.plain;
    if (size() == m.labels) return;
    names_.truncate(m.labels);
    types_.truncate(m.types);
    codes_.resize(m.labels);
    letters_.resize(m.labels);
    next_.clear();
    last_.clear();
    for (std::size_t id = 0; id < m.labels; ++id) link(static_cast<label_id>(id));
  }

  // Labels that say the same form a ring in order of their ids; last_ holds its end, so that the next one is its begin.
  void link(label_id id) {
    std::size_t const place = place_of(codes_[static_cast<std::size_t>(id)]);
    if (last_.size() <= place) last_.resize(place + role_count, -1);
    label_id& last = last_[place];
    next_.push_back(id);
    if (last >= 0) std::swap(next_[static_cast<std::size_t>(last)], next_.back());
    last = id;
  }

  // Adds a new name, or says what is wrong with it; then nothing has changed.
  std::optional<error> add(std::string_view name, std::size_t position) {
    if (name.empty()) return error{errc::empty_label, position, 0};
    if (size() >= 0x7fffffffU || type_count() >= 0x1fffffffU) return error{errc::too_many_labels, position, 0};
    detail::parsed_label parsed = detail::parse_label(name, options_.position);
    if (parsed.letter == '\0') {
      switch (options_.no_prefix) {
        case no_prefix::reject: return error{errc::label_without_prefix, position, 0};
        case no_prefix::outside: parsed.role = role::outside; break;
        case no_prefix::inside:
          if (lettered_) return error{errc::mixed_labels, position, 0};
          plain_ = true;
      }
    } else if (parsed.role != role::outside) {
      if (plain_ || (parsed.separator != '\0' && separator_ != '\0' && parsed.separator != separator_)) {
        return error{errc::mixed_labels, position, 0};
      }
      lettered_ = true;
      if (parsed.separator != '\0') separator_ = parsed.separator;
    }
    tagspan::tag t{parsed.role, type_id{}};
    if (parsed.role != role::outside) t.type = type_id{static_cast<std::uint32_t>(types_.add(parsed.type))};
    detail::tag_code const code = detail::code_of(t);
    label_id const id = static_cast<label_id>(names_.add(name));
    codes_.push_back(code);
    letters_.push_back(parsed.letter);
    link(id);
    return std::nullopt;
  }

  std::string spell(char letter, std::string_view type) const {
    if (type.empty()) return std::string(1, letter);
    char const separator = separator_ == '\0' ? '-' : separator_;
    std::string name;
    name.reserve(type.size() + 2);
    if (options_.position == prefix_position::before) {
      name += letter;
      name += separator;
      name += type;
    } else {
      name += type;
      name += separator;
      name += letter;
    }
    return name;
  }

  static std::size_t place_of(detail::tag_code code) noexcept {
    return role_count * index(detail::type_of(code)) + static_cast<std::size_t>(detail::role_of(code));
  }
  label_id last_id(tagspan::tag t) const noexcept {
    if (t.role != role::outside && index(t.type) >= type_count()) return -1;  // too high for a code
    std::size_t const place = place_of(detail::code_of(t));
    return place < last_.size() ? last_[place] : -1;
  }
  std::size_t checked(label_id id) const {
    TAGSPAN_EXPECTS(has(id), "this id is not in the label set");
    return static_cast<std::size_t>(id);
  }

  detail::string_pool names_, types_;
  std::vector<detail::tag_code> codes_;  // by label
  std::vector<char> letters_;            // by label; '\0' for a label without role letter
  std::vector<label_id> next_;           // by label: the next label that says the same, round to the first
  std::vector<label_id> last_;           // by type and role: the last label that says it, or -1
  label_options options_{};
  char separator_ = '\0';  // that of the first label that has one
  bool lettered_ = false;  // a label with a role letter (other than O) was seen
  bool plain_ = false;     // a label without one was read as inside
  bool frozen_ = false;
};

namespace detail {

// Is this id the ignored one? An ignore index that an unsigned id can't hold matches none.
template <id_integer I>
constexpr bool is_ignored(I id, std::optional<label_id> ignore_index) noexcept {
  if constexpr (std::is_unsigned_v<I>) {
    return ignore_index && *ignore_index >= 0 &&
           static_cast<std::uint64_t>(id) == static_cast<std::uint64_t>(*ignore_index);
  } else {
    return ignore_index && static_cast<std::int64_t>(id) == static_cast<std::int64_t>(*ignore_index);
  }
}

template <id_integer I>
constexpr bool is_known(I id, std::size_t labels) noexcept {
  return static_cast<std::uint64_t>(id) < labels;  // a negative id becomes huge
}

}  // namespace detail

// The same labels as ids of another set, matched by name, else by role and type name (S-PER is U-PER). Ids equal to
// ignore_index stay as they are. Errors, with the position: id_out_of_range, unknown_label.
template <label_range R>
result<std::vector<label_id>> remap(R const& ids, label_set const& from, label_set const& to,
                                    std::optional<label_id> ignore_index = -100) {
  std::vector<label_id> out;
  out.reserve(ids.size());
  auto const* const data = ids.data();
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (detail::is_ignored(data[i], ignore_index)) {
      out.push_back(*ignore_index);
      continue;
    }
    if (!detail::is_known(data[i], from.size())) return error{errc::id_out_of_range, i, 0};
    label_id const id = static_cast<label_id>(data[i]);
    auto target = to.find(from.name(id));
    if (!target) {
      tag const t = from.tag_of(id);
      if (t.role == role::outside) {
        target = to.id_of(tag{}, {});
      } else if (auto const type = to.find_type(from.type_name(t.type))) {
        target = to.id_of(tag{t.role, *type});
      }
    }
    if (!target) return error{errc::unknown_label, i, 0};
    out.push_back(*target);
  }
  return out;
}

}  // namespace tagspan::inline TAGSPAN_ABI
