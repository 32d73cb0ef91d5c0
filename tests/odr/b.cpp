// SPDX-License-Identifier: MIT
#include <every_header.hpp>

#include "addresses.hpp"

addresses addresses_in_b();
addresses addresses_in_b() { return here(); }
