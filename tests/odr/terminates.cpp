// SPDX-License-Identifier: MIT
#define TAGSPAN_CONTRACT 1
#include <source_location>

#include <tagspan/core/error.hpp>

void a_broken_contract_terminates();

void a_broken_contract_terminates() {
  // By a pointer that the compiler can't follow: an inlined body would hide which one the linker keeps.
  int const& (tagspan::result<int>::*volatile value)(std::source_location) const& =
      &tagspan::result<int>::value;
  tagspan::result<int> const nothing = tagspan::error{tagspan::errc::empty_input};
  static_cast<void>((nothing.*value)(std::source_location::current()));
}
