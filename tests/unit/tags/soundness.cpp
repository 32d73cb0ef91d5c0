// SPDX-License-Identifier: MIT
#include <tagspan/tags/soundness.hpp>

#include <doctest/doctest.h>

#include <string_view>

#include "support/words.hpp"

namespace ts = tagspan;

namespace {

// B only where the entity has more than one token: "I I" then reads as one entity, which would be written "B I".
struct begin_of_long {
  static constexpr std::string_view name = "begin of long entities";
  static constexpr ts::scheme_letters letters{.begin = 'B', .inside = 'I'};
  static constexpr ts::scheme_table table =
      ts::make_table([](ts::token_place p) { return p.first && !p.last ? ts::role::begin : ts::role::inside; });
};

// A table that promises less than its letters can keep: nothing may follow inside.
struct forgetful {
  static constexpr std::string_view name = "forgets its follow sets";
  static constexpr ts::scheme_letters letters{.begin = 'B', .inside = 'I'};
  static constexpr ts::scheme_table table = [] {
    ts::scheme_table t = ts::bio::table;
    for (auto& f : t.follow) f = {};
    return t;
  }();
};

// A table that allows more than is ever written.
struct generous {
  static constexpr std::string_view name = "lets I open an entity";
  static constexpr ts::scheme_letters letters{.begin = 'B', .inside = 'I'};
  static constexpr ts::scheme_table table = [] {
    ts::scheme_table t = ts::bio::table;
    t.start.add(ts::role::inside);
    return t;
  }();
};

}  // namespace

TEST_CASE_TEMPLATE("the built-in schemes are sound", S, TAGSPAN_TEST_SCHEMES) { CHECK(ts::is_sound<S>); }

TEST_CASE("defects are found") {
  CHECK_FALSE(ts::is_sound<begin_of_long>);
  CHECK_FALSE(ts::is_sound<forgetful>);
  CHECK_FALSE(ts::is_sound<generous>);
}
