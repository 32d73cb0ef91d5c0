// SPDX-License-Identifier: MIT
#include <tagspan/core/or_throw.hpp>

#include <doctest/doctest.h>

#include <memory>
#include <string>

namespace ts = tagspan;

TEST_CASE("or_throw gives the value or throws the error with its sentence") {
  CHECK(ts::or_throw(ts::result<int>(3)) == 3);
  CHECK(*ts::or_throw(ts::result<std::unique_ptr<int>>(std::make_unique<int>(4))) == 4);
  CHECK_NOTHROW(ts::or_throw(ts::result<void>{}));
  ts::error const e{ts::errc::bad_label, 2, 3};
  CHECK_THROWS_AS(ts::or_throw(ts::result<void>(e)), ts::bad_data);
  bool thrown = false;
  try {
    static_cast<void>(ts::or_throw(ts::result<int>(e), "X"));
  } catch (ts::bad_data const& b) {
    thrown = true;
    CHECK(b.error() == e);
    CHECK(b.what() == ts::message(e, "X"));
  }
  CHECK(thrown);
}
