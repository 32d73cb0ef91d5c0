// SPDX-License-Identifier: MIT
#define TAGSPAN_CONTRACT 2
#include <tagspan/core/error.hpp>

bool a_broken_contract_throws();

bool a_broken_contract_throws() {
  // By a pointer that the compiler can't follow: an inlined body would hide which one the linker keeps.
  int const& (tagspan::result<int>::*volatile value)() const& = &tagspan::result<int>::value;
  tagspan::result<int> const nothing = tagspan::error{tagspan::errc::empty_input};
  try {
    static_cast<void>((nothing.*value)());
  } catch (tagspan::contract_violation const&) {
    return true;
  }
  return false;
}
