// SPDX-License-Identifier: MIT
// Two translation units include every header. A function or variable that lacks `inline` fails to link, and one that is
// private to each unit has two addresses.
#include <every_header.hpp>

#include <cstdio>

#include "addresses.hpp"

addresses addresses_in_b();

int main() {
  if (here() == addresses_in_b()) return 0;
  std::puts("the two units do not share their functions and tables");
  return 1;
}
