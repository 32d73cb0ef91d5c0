// SPDX-License-Identifier: MIT
#include <tagspan/tags/labels.hpp>

#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "support/words.hpp"

namespace ts = tagspan;
using tagspan_test::words;
using ts::role;

namespace {

// All that can be asked of a set, to see that it is as it was.
std::string state_of(ts::label_set const& set) {
  std::string text;
  for (std::size_t i = 0; i < set.size(); ++i) {
    auto const id = static_cast<ts::label_id>(i);
    ts::tag const t = set.tag_of(id);
    text += std::string(set.name(id)) + '/' + std::to_string(static_cast<int>(t.role)) + '/' +
            std::to_string(index(t.type)) + '/' + set.letter(id) + '/' +
            (set.find(set.name(id)) == id ? "found" : "LOST") + '/' + std::to_string(*set.id_of(t)) + ' ';
  }
  for (std::size_t t = 0; t < set.type_count(); ++t) {
    std::string const name(set.type_name(ts::type_id{static_cast<std::uint32_t>(t)}));
    text += '[' + name + ']' + (set.find_type(name) ? "" : "LOST");
  }
  // The memory for separators, and for whether labels have letters: what a copy would accept tells.
  for (char const* probe : {"B-zzz", "B_zzz", "zzz"}) {
    ts::label_set copy = set.growing();
    text += copy.intern({probe}) ? '+' : '-';
  }
  return text + (set.frozen() ? "frozen" : "growing");
}

}  // namespace

TEST_CASE("what a label says") {
  struct row {
    std::string_view name;
    ts::prefix_position position;
    role expected_role;
    std::string_view type;
    char letter;
  };
  constexpr auto before = ts::prefix_position::before;
  constexpr auto after = ts::prefix_position::after;
  constexpr row rows[] = {
      {"O", before, role::outside, "", 'O'},
      {"O", after, role::outside, "", 'O'},
      {"B-PER", before, role::begin, "PER", 'B'},
      {"I_PER", before, role::inside, "PER", 'I'},
      {"M-PER", before, role::inside, "PER", 'M'},
      {"E-PER", before, role::end, "PER", 'E'},
      {"L-PER", before, role::end, "PER", 'L'},
      {"S-PER", before, role::single, "PER", 'S'},
      {"U-PER", before, role::single, "PER", 'U'},
      {"W-PER", before, role::single, "PER", 'W'},
      {"PER-B", after, role::begin, "PER", 'B'},
      {"PER_S", after, role::single, "PER", 'S'},
      {"a-b-I", after, role::inside, "a-b", 'I'},  // the last separator in suffix mode
      {"B-a-b", before, role::begin, "a-b", 'B'},  // the first one in prefix mode
      {"B-a_b", before, role::begin, "a_b", 'B'},
      {"B-B", before, role::begin, "B", 'B'},
      {"B-B", after, role::begin, "B", 'B'},
      {"I-O", before, role::inside, "O", 'I'},
      {"B-micro avg", before, role::begin, "micro avg", 'B'},
      {"B-\xD0\x9B\xD0\xB8\xD1\x86\xD0\xBE", before, role::begin, "\xD0\x9B\xD0\xB8\xD1\x86\xD0\xBE", 'B'},
      {"B-\xFF\xFE", before, role::begin, "\xFF\xFE", 'B'},
      {"B--", before, role::begin, "-", 'B'},
      {"B-", before, role::begin, "", 'B'},
      {"-B", after, role::begin, "", 'B'},
      {"B", before, role::begin, "", 'B'},
      {"S", after, role::single, "", 'S'},
      // Not a prefix: the whole name is the type.
      {"PER", before, role::inside, "PER", '\0'},
      {"X-PER", before, role::inside, "X-PER", '\0'},
      {"O-PER", before, role::inside, "O-PER", '\0'},
      {"b-PER", before, role::inside, "b-PER", '\0'},
      {"B:PER", before, role::inside, "B:PER", '\0'},
      {"PER-B", before, role::inside, "PER-B", '\0'},
      {"B-PER", after, role::inside, "B-PER", '\0'},
      {"BPER", before, role::inside, "BPER", '\0'},
      {"X", before, role::inside, "X", '\0'},
      {"", before, role::inside, "", '\0'},
      {"-", before, role::inside, "-", '\0'},
      {"OO", before, role::inside, "OO", '\0'},
      {"[PAD]", before, role::inside, "[PAD]", '\0'},
  };
  auto hold = [&](row const& r) {
    auto const p = ts::detail::parse_label(r.name, r.position);
    return p.role == r.expected_role && p.type == r.type && p.letter == r.letter;
  };
  for (row const& r : rows) {
    CAPTURE(r.name);
    CHECK(hold(r));
  }
  static_assert(ts::detail::parse_label("B-a-b").type == "a-b");
}

TEST_CASE("from_id2label: O anywhere, names and roles by id") {
  for (char const* names : {"O B-PER I-PER", "B-PER O I-PER", "B-PER I-PER O", "B-PER I-PER"}) {
    CAPTURE(names);
    auto const list = words(names);
    auto const set = ts::label_set::from_id2label(list).value();
    CHECK(set.frozen());
    REQUIRE(set.size() == list.size());
    CHECK(set.type_count() == 1);
    for (std::size_t i = 0; i < list.size(); ++i) {
      auto const id = static_cast<ts::label_id>(i);
      CHECK(set.name(id) == list[i]);
      CHECK(set.find(list[i]) == id);
      CHECK(set.id_of(set.tag_of(id)) == id);
    }
    CHECK(set.find("O").has_value() == set.id_of(ts::tag{}).has_value());
  }
  CHECK(ts::label_set::from_id2label({}).value().size() == 0);
  CHECK(ts::label_set::from_id2label(std::vector<std::string>{"O"}).value().size() == 1);
  char const* const pointers[] = {"O", "B-X"};
  CHECK(ts::label_set::from_id2label(pointers).value().size() == 2);
}

TEST_CASE("sets that are refused, with the place") {
  struct row {
    std::vector<std::string_view> names;
    ts::label_options options;
    ts::error expected;
  };
  row const rows[] = {
      {{""}, {}, {ts::errc::empty_label, 0, 0}},
      {{"O", "B-X", ""}, {}, {ts::errc::empty_label, 2, 0}},
      {{"O", "B-X", "O"}, {}, {ts::errc::duplicate_label, 2, 0}},
      {{"O", "B-X", "I-X", "B-X"}, {}, {ts::errc::duplicate_label, 3, 1}},
      {{"O", "B-X", "PER"}, {}, {ts::errc::label_without_prefix, 2, 0}},
      {{"[PAD]"}, {}, {ts::errc::label_without_prefix, 0, 0}},
      {{"O-X"}, {}, {ts::errc::label_without_prefix, 0, 0}},
      {{"X-B"}, {}, {ts::errc::label_without_prefix, 0, 0}},
      {{"B-X"}, {.position = ts::prefix_position::after}, {ts::errc::label_without_prefix, 0, 0}},
      {{"O", "B-X", "I_X"}, {}, {ts::errc::mixed_labels, 2, 0}},
      {{"O", "B_X", "I-X"}, {}, {ts::errc::mixed_labels, 2, 0}},
      {{"O", "B-X", "X"}, {.no_prefix = ts::no_prefix::inside}, {ts::errc::mixed_labels, 2, 0}},
      {{"O", "B-X", "PER"}, {.no_prefix = ts::no_prefix::inside}, {ts::errc::mixed_labels, 2, 0}},
      {{"O", "PER", "B-X"}, {.no_prefix = ts::no_prefix::inside}, {ts::errc::mixed_labels, 2, 0}},
      {{"PER", "B"}, {.no_prefix = ts::no_prefix::inside}, {ts::errc::mixed_labels, 1, 0}},
      {{"[PAD]", "B-X", "B_Y"}, {.no_prefix = ts::no_prefix::outside}, {ts::errc::mixed_labels, 2, 0}},
  };
  for (row const& r : rows) {
    CAPTURE(r.names.size());
    CAPTURE(r.names.back());
    auto const set = ts::label_set::from_id2label(r.names, r.options);
    REQUIRE_FALSE(set.has_value());
    CHECK((set.error() == r.expected));
    // A set that grows says the same, but for names given twice.
    if (r.expected.code != ts::errc::duplicate_label) {
      ts::label_set growing(r.options);
      CHECK((growing.intern(r.names).error() == r.expected));
      CHECK(growing.size() == 0);
    }
  }
}

TEST_CASE("labels without a letter, by policy") {
  std::vector<std::string_view> const names{"[PAD]", "PER", "O"};
  CHECK(ts::label_set::from_id2label(names).error().code == ts::errc::label_without_prefix);
  auto const inside = ts::label_set::from_id2label(names, {.no_prefix = ts::no_prefix::inside}).value();
  CHECK(inside.tag_of(1).role == role::inside);
  CHECK(inside.type_name(inside.tag_of(1).type) == "PER");
  CHECK(inside.letter(1) == '\0');
  CHECK(inside.id_of(ts::tag{}) == 2);
  auto const outside = ts::label_set::from_id2label(names, {.no_prefix = ts::no_prefix::outside}).value();
  CHECK(outside.tag_of(1).role == role::outside);
  CHECK(outside.type_count() == 0);
  CHECK(outside.id_of(ts::tag{}) == 0);                    // the lowest
  CHECK(outside.id_of(ts::tag{}, ts::bio::letters) == 2);  // for writing: O itself
}

TEST_CASE("types with awkward names do not collide") {
  ts::label_set set;
  std::vector<std::string_view> const tags{"O",       "B-O",   "B-B",     "B-I",   "B-micro avg",    "B-O-B", "B",
                                           "B-macro", "B-PER", "B-PER-1", "B-per", "B-\xE4\xBA\xBA", "B--",   "I-B"};
  auto const ids = set.intern(tags).value();
  for (std::size_t i = 0; i < ids.size(); ++i) CHECK(static_cast<std::size_t>(ids[i]) == i);
  CHECK(set.type_count() == tags.size() - 2);  // O has none, and B-B and I-B share one
  CHECK(set.find_type("O") != set.find_type("B"));
  CHECK(set.find_type("").has_value());
  CHECK(set.id_of({role::inside, *set.find_type("B")}) == 13);
  CHECK_FALSE(set.id_of({role::end, *set.find_type("B")}));
  std::string const with_nul("B-a\0b", 5);
  std::string const other_nul("B-a\0c", 5);
  CHECK(set.intern_one(with_nul).value() != set.intern_one(other_nul).value());
  CHECK(set.find_type(std::string_view("a\0b", 3)).has_value());
}

TEST_CASE("an error of intern adds nothing") {
  struct row {
    char const* before;
    std::vector<std::string_view> bad;
    ts::errc code;
  };
  row const rows[] = {
      {"", {"B-X", ""}, ts::errc::empty_label},
      {"", {"B_X", "B-X"}, ts::errc::mixed_labels},  // the separator is forgotten
      {"", {"O", "B-X", "B-Y", "X"}, ts::errc::label_without_prefix},
      {"O B-X I-X", {"S-X", "U-X", "B-Y", "PER"}, ts::errc::label_without_prefix},
      {"O B-X S-X", {"U-X", "W-X", "B_Y"}, ts::errc::mixed_labels},  // links between S, U and W as well
      {"O", {"B-", "B", ""}, ts::errc::empty_label},
  };
  for (row const& r : rows) {
    for (auto policy : {ts::no_prefix::reject, ts::no_prefix::inside, ts::no_prefix::outside}) {
      ts::label_set set({.no_prefix = policy});
      static_cast<void>(set.intern(words(r.before)).value());
      std::string const before = state_of(set);
      auto const done = set.intern(r.bad);
      if (done.has_value()) {  // some policies take what others reject
        CHECK(policy != ts::no_prefix::reject);
        continue;
      }
      if (policy == ts::no_prefix::reject) CHECK(done.error().code == r.code);
      CHECK(state_of(set) == before);
      // And it goes on as if nothing had been.
      ts::label_set fresh({.no_prefix = policy});
      static_cast<void>(fresh.intern(words(r.before)).value());
      CHECK(set.intern({"O", "E_Z"}).has_value() == fresh.intern({"O", "E_Z"}).has_value());
      CHECK(state_of(set) == state_of(fresh));
    }
  }
  // Plain types are forgotten as well.
  ts::label_set plain({.no_prefix = ts::no_prefix::inside});
  CHECK_FALSE(plain.intern({"PER", ""}));
  CHECK(plain.intern({"B-PER"}).has_value());
  // The ids of an error are not half a sentence.
  std::vector<ts::label_id> ids{1, 2, 3};
  CHECK_FALSE(plain.intern_into(std::vector<std::string_view>{"B-PER", ""}, ids));
  CHECK(ids.empty());
}

TEST_CASE("a frozen set learns nothing; growing() keeps its ids") {
  auto const frozen = ts::label_set::from_id2label({"B-X", "O"}).value();
  ts::label_set copy = frozen;
  CHECK(copy.frozen());
  CHECK(copy.intern({"O", "I-X"}).error() == ts::error{ts::errc::unknown_label, 1, 0});
  CHECK(copy.intern_one("I-X").error().code == ts::errc::unknown_label);
  CHECK(copy.encode({"O", "B-X", ""}).error() == ts::error{ts::errc::unknown_label, 2, 0});
  CHECK((copy.intern({"O", "B-X"}).value() == std::vector<ts::label_id>{1, 0}));
  CHECK(state_of(copy) == state_of(frozen));
  ts::label_set more = frozen.growing();
  CHECK((more.intern({"O", "I-X", "B-Y", "I-X"}).value() == std::vector<ts::label_id>{1, 2, 3, 2}));
  CHECK(more.name(0) == "B-X");
  CHECK(frozen.size() == 2);
}

TEST_CASE("views stay valid while the set grows and moves") {
  ts::label_set set;
  static_cast<void>(set.intern({"O", "B-a", "B-"}).value());
  std::vector<std::pair<std::string_view, std::string>> seen;
  auto look = [&](ts::label_set const& s, std::size_t i) {
    auto const id = static_cast<ts::label_id>(i);
    seen.emplace_back(s.name(id), std::string(s.name(id)));
    seen.emplace_back(s.type_name(s.tag_of(id).type), std::string(s.type_name(s.tag_of(id).type)));
  };
  look(set, 1);
  for (int i = 0; i < 3000; ++i) {
    // Short names, and long ones that need a block of their own.
    static_cast<void>(set.intern_one("B-" + std::string(i % 100 == 0 ? 5000 : 10, 'x') + std::to_string(i)).value());
    look(set, set.size() - 1);
    static_cast<void>(set.intern({"S-new" + std::to_string(i), ""}));  // undone again
  }
  ts::label_set moved = std::move(set);
  for (int i = 0; i < 100; ++i) static_cast<void>(moved.intern_one("I-" + std::to_string(i)).value());
  ts::label_set assigned;
  static_cast<void>(assigned.intern_one("E-old").value());
  assigned = std::move(moved);
  std::vector<ts::label_set> sets;
  sets.push_back(std::move(assigned));
  sets.resize(20);
  for (auto const& [view, text] : seen) REQUIRE(view == text);
  CHECK(sets[0].find("B-a") == 1);
}

TEST_CASE("copies own their names") {
  std::string_view name;
  std::string_view type;
  ts::label_set copy;
  {
    ts::label_set original;
    static_cast<void>(original.intern({"O", "B-somebody", "I-somebody"}).value());
    ts::label_set const first = original;
    copy = first;
    CHECK(copy.name(1).data() != original.name(1).data());
    copy = static_cast<ts::label_set const&>(copy);
  }
  name = copy.name(1);
  type = copy.type_name(ts::type_id{0});
  CHECK(name == "B-somebody");
  CHECK(type == "somebody");
  CHECK(copy.find("I-somebody") == 2);
  ts::label_set const frozen = ts::label_set::from_id2label({"O", "B-Z"}).value();
  ts::label_set grown = frozen.growing();
  CHECK(grown.name(1).data() != frozen.name(1).data());
}

TEST_CASE("more types than sixteen bits count, and quickly") {
  constexpr std::size_t types = 100000;
  auto const begin = std::chrono::steady_clock::now();
  ts::label_set set;
  std::vector<std::string> names;
  names.reserve(2 * types);
  for (std::size_t t = 0; t < types; ++t) {
    names.push_back("B-type" + std::to_string(t));
    names.push_back("I-type" + std::to_string(t));
  }
  auto const ids = set.intern(names).value();
  CHECK(set.size() == 2 * types);
  CHECK(set.type_count() == types);
  CHECK((set.encode(names).value() == ids));
  for (std::size_t i : {std::size_t{0}, std::size_t{65535}, std::size_t{65536}, std::size_t{131071}, 2 * types - 1}) {
    CAPTURE(i);
    auto const id = static_cast<ts::label_id>(i);
    CHECK(set.name(id) == names[i]);
    CHECK(index(set.tag_of(id).type) == i / 2);
    CHECK(set.type_name(set.tag_of(id).type) == names[i].substr(2));
    CHECK(set.id_of(set.tag_of(id)) == id);
  }
  CHECK(set.detect_scheme() == ts::scheme_id::bio);
  auto const frozen = ts::label_set::from_id2label(names).value();
  CHECK(frozen.size() == set.size());
  // Undoing one bad sentence is no more than linear work.
  CHECK_FALSE(set.intern({"B-new", "S_new"}));
  CHECK(set.size() == 2 * types);
  // Quadratic work would take minutes here, also in a build with sanitizers.
  auto const taken = std::chrono::steady_clock::now() - begin;
  CHECK(taken < std::chrono::seconds(30));
}

TEST_CASE("labels that say the same: the lowest id, or the scheme's own letter") {
  auto const set = ts::label_set::from_id2label({"O", "W-X", "U-X", "S-X", "L-X", "E-X", "M-X", "I-X", "B-X"}).value();
  ts::type_id const x{0};
  CHECK(set.id_of({role::single, x}) == 1);
  CHECK(set.id_of({role::single, x}, ts::bioes::letters) == 3);
  CHECK(set.id_of({role::single, x}, ts::bilou::letters) == 2);
  CHECK(set.id_of({role::single, x}, ts::bmewo::letters) == 1);
  CHECK(set.id_of({role::single, x}, ts::bio::letters) == 1);  // no letter of its own: the lowest
  CHECK(set.id_of({role::end, x}) == 4);
  CHECK(set.id_of({role::end, x}, ts::bioes::letters) == 5);
  CHECK(set.id_of({role::inside, x}, ts::bmes::letters) == 6);
  CHECK(set.id_of({role::inside, x}, ts::bioes::letters) == 7);
  CHECK(set.id_of({role::outside, x}) == 0);  // the type of an O means nothing
  // Types that the set does not have, also those whose number would not fit into a code.
  for (std::uint32_t t : {1U, 0x1fffffffU, 0x20000000U, 0xffffffffU}) {
    CHECK_FALSE(set.id_of({role::begin, ts::type_id{t}}));
    CHECK_FALSE(set.id_of({role::begin, ts::type_id{t}}, ts::bio::letters));
  }
}

TEST_CASE("intern_tag writes what it says") {
  struct row {
    std::vector<std::string_view> known;
    ts::label_options options;
    role r;
    std::string_view type;
    std::optional<std::string_view> name;  // none: an error
  };
  ts::label_options const plain{.no_prefix = ts::no_prefix::inside};
  ts::label_options const suffix{.position = ts::prefix_position::after};
  row const rows[] = {
      {{}, {}, role::begin, "PER", "B-PER"},
      {{"B_X"}, {}, role::begin, "PER", "B_PER"},
      {{"X-B"}, suffix, role::begin, "a-b", "a-b-B"},
      {{}, {}, role::begin, "", "B"},
      {{}, suffix, role::begin, "", "B"},
      {{"B-"}, {}, role::begin, "", "B-"},
      {{}, {}, role::outside, "", "O"},
      {{"PER"}, plain, role::inside, "LOC", "LOC"},
      {{"PER"}, plain, role::outside, "", "O"},
      {{"PER"}, plain, role::begin, "LOC", std::nullopt},  // a set of plain types has no B
      {{"PER"}, plain, role::inside, "O", std::nullopt},   // would read as outside
      {{"O", "PER"}, plain, role::inside, "O", std::nullopt},
      {{"PER"}, plain, role::inside, "B", std::nullopt},  // would read as a role
      {{"PER"}, plain, role::inside, "B-PER", std::nullopt},
      {{"PER"}, plain, role::inside, "", std::nullopt},
      {{"[PAD]", "O"}, {.no_prefix = ts::no_prefix::outside}, role::outside, "", "O"},
      {{"[PAD]"}, {.no_prefix = ts::no_prefix::outside}, role::outside, "", "O"},
      {{"L-X"}, {}, role::end, "X", "E-X"},  // the scheme's own letter, where the set may grow
      {{"L-X", "E-X"}, {}, role::end, "X", "E-X"},
  };
  for (row const& r : rows) {
    CAPTURE(r.type);
    ts::label_set set(r.options);
    static_cast<void>(set.intern(r.known).value());
    std::string const before = state_of(set);
    auto const id = set.intern_tag(r.r, r.type, ts::bioes::letters);
    CHECK(id.has_value() == r.name.has_value());
    if (id && r.name) {
      CHECK(set.name(*id) == *r.name);
      CHECK(set.tag_of(*id).role == r.r);
      if (r.r != role::outside) CHECK(set.type_name(set.tag_of(*id).type) == r.type);
      CHECK(set.intern_tag(r.r, r.type, ts::bioes::letters).value() == *id);
    } else {
      CHECK(state_of(set) == before);
    }
  }
  auto frozen = ts::label_set::from_id2label({"B-X"}).value();
  CHECK(frozen.intern_tag(role::begin, "Y", ts::bio::letters).error().code == ts::errc::label_missing);
  CHECK(frozen.intern_tag(role::outside, "", ts::bio::letters).error().code == ts::errc::no_outside_label);
  auto other_letters = ts::label_set::from_id2label({"U-X"}).value();
  CHECK(other_letters.intern_tag(role::single, "X", ts::bioes::letters).value() == 0);
}

TEST_CASE("the scheme that letters tell") {
  struct row {
    char const* names;
    std::optional<ts::scheme_id> expected;
  };
  row const rows[] = {
      {"", std::nullopt},
      {"O", std::nullopt},
      {"O I-X", ts::scheme_id::io},
      {"O B-X I-X", ts::scheme_id::bio},
      {"B-X", ts::scheme_id::bio},
      {"O I-X E-X", ts::scheme_id::ioe2},
      {"O B-X I-X E-X S-X", ts::scheme_id::bioes},
      {"S-X", ts::scheme_id::bioes},
      {"B-X E-X", ts::scheme_id::bioes},
      {"O B-X I-X L-X U-X", ts::scheme_id::bilou},
      {"L-X", ts::scheme_id::bilou},
      {"O B-X M-X E-X S-X", ts::scheme_id::bmes},
      {"O B-X M-X", ts::scheme_id::bmes},
      {"O B-X M-X E-X W-X", ts::scheme_id::bmewo},
      {"W-X", ts::scheme_id::bmewo},
      {"I-X M-X", std::nullopt},
      {"S-X U-X", std::nullopt},
      {"B I O", ts::scheme_id::bio},
  };
  for (row const& r : rows) {
    CAPTURE(r.names);
    CHECK((ts::label_set::from_id2label(words(r.names)).value().detect_scheme() == r.expected));
  }
  auto const plain = ts::label_set::from_id2label({"O", "PER"}, {.no_prefix = ts::no_prefix::inside}).value();
  CHECK_FALSE(plain.detect_scheme());
}

TEST_CASE_TEMPLATE("for_types makes all labels of a scheme", S, TAGSPAN_TEST_SCHEMES) {
  auto const set = ts::label_set::for_types<S>({"PER", "", "O", "a-b"});
  CHECK(set.frozen());
  CHECK(set.name(0) == "O");
  CHECK(set.type_count() == 4);
  std::size_t labels = 1;
  for (std::size_t t = 0; t < 4; ++t) {
    for (role r : {role::begin, role::inside, role::end, role::single}) {
      auto const id = set.id_of({r, ts::type_id{static_cast<std::uint32_t>(t)}}, S::letters);
      REQUIRE(id.has_value() == S::table.written.has(r));
      if (!id) continue;
      ++labels;
      CHECK(set.letter(*id) == S::letters.of(r));
      CHECK(index(set.tag_of(*id).type) == t);
    }
  }
  CHECK(set.size() == labels);
  CHECK_THROWS_AS(static_cast<void>(ts::label_set::for_types<S>({"X", "Y", "X"})), ts::contract_violation);
  auto const twice = ts::label_set::from_types<S>(std::vector<std::string>{"X", "Y", "X"});
  CHECK(twice.error() == ts::error{ts::errc::duplicate_label, 2, 0});
  auto const suffixed =
      ts::label_set::from_types<S>(std::vector<std::string>{"X"}, {.position = ts::prefix_position::after}).value();
  CHECK(suffixed.name(1).substr(0, 2) == "X-");
}

TEST_CASE("ids and types outside the set break a contract") {
  auto const set = ts::label_set::for_types<ts::bio>({"X"});
  for (ts::label_id id : {-1, 3, -100, 2147483647}) {
    CHECK_FALSE(set.has(id));
    CHECK_THROWS_AS(static_cast<void>(set.name(id)), ts::contract_violation);
    CHECK_THROWS_AS(static_cast<void>(set.tag_of(id)), ts::contract_violation);
    CHECK_THROWS_AS(static_cast<void>(set.letter(id)), ts::contract_violation);
  }
  CHECK_THROWS_AS(static_cast<void>(set.type_name(ts::type_id{1})), ts::contract_violation);
}

TEST_CASE("remap: by name, else by role and type") {
  auto const from = ts::label_set::from_id2label({"O", "U-X", "B-X", "B-Y"}).value();
  auto const to = ts::label_set::from_id2label({"B-X", "S-X", "O"}).value();
  CHECK((ts::remap(std::vector{0, 1, 2, -100}, from, to).value() == std::vector<ts::label_id>{2, 1, 0, -100}));
  CHECK(ts::remap(std::vector{0, 3}, from, to).error() == ts::error{ts::errc::unknown_label, 1, 0});
  CHECK(ts::remap(std::vector{0, 4}, from, to).error() == ts::error{ts::errc::id_out_of_range, 1, 0});
  CHECK(ts::remap(std::vector{-1}, from, to).error() == ts::error{ts::errc::id_out_of_range, 0, 0});
  CHECK(ts::remap(std::vector{-100}, from, to, std::nullopt).error().code == ts::errc::id_out_of_range);
  CHECK(
      (ts::remap(std::vector<std::uint8_t>{0, 1, 255}, from, to, 255).value() == std::vector<ts::label_id>{2, 1, 255}));
  auto const no_outside = ts::label_set::from_id2label({"B-X"}).value();
  CHECK(ts::remap(std::vector{0}, from, no_outside).error().code == ts::errc::unknown_label);
  // O is O, and not the lowest of the labels that mean nothing.
  auto const pads =
      ts::label_set::from_id2label({"[PAD]", "O", "[CLS]"}, {.no_prefix = ts::no_prefix::outside}).value();
  auto const nulls = ts::label_set::from_id2label({"[NUL]"}, {.no_prefix = ts::no_prefix::outside}).value();
  CHECK((ts::remap(std::vector{0}, nulls, pads).value() == std::vector<ts::label_id>{1}));
  CHECK((ts::remap(std::vector{2}, pads, pads).value() == std::vector<ts::label_id>{2}));
}

TEST_CASE("which ranges are ids, and which are strings") {
  static_assert(ts::label_range<std::vector<int>> && ts::label_range<std::vector<std::int64_t>>);
  static_assert(ts::label_range<std::vector<std::uint8_t>> && ts::label_range<std::vector<std::int8_t>>);
  static_assert(ts::label_range<std::span<short const>> && ts::label_range<std::array<unsigned, 3>>);
  static_assert(!ts::label_range<std::vector<bool>> && !ts::label_range<std::array<bool, 2>>);
  static_assert(!ts::label_range<std::string> && !ts::label_range<std::vector<char>>);
  static_assert(!ts::label_range<std::vector<char8_t>> && !ts::label_range<std::vector<char16_t>>);
  static_assert(!ts::label_range<std::vector<char32_t>> && !ts::label_range<std::vector<wchar_t>>);
  static_assert(!ts::label_range<std::vector<float>> && !ts::label_range<std::vector<ts::type_id>>);
  static_assert(!ts::label_range<int> && !ts::label_range<std::vector<std::string>>);
  static_assert(ts::string_range<std::vector<std::string>> && ts::string_range<char const* [2]>);
  static_assert(ts::string_range<std::initializer_list<std::string_view>> && !ts::string_range<std::vector<int>>);
  CHECK(ts::label_range<std::vector<int>>);
}
