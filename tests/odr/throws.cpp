// SPDX-License-Identifier: MIT
#define TAGSPAN_CONTRACT 2
#include <source_location>

#include <tagspan/core/error.hpp>

bool a_broken_contract_throws();

bool a_broken_contract_throws() {
  // By a pointer that the compiler can't follow: an inlined body would hide which one the linker keeps.
  int const& (tagspan::result<int>::*volatile value)(std::source_location) const& =
      &tagspan::result<int>::value;
  tagspan::result<int> const nothing = tagspan::error{tagspan::errc::empty_input};
  try {
    static_cast<void>((nothing.*value)(std::source_location::current()));
  } catch (tagspan::contract_violation const&) {
    return true;
  }
  return false;
}
