// SPDX-License-Identifier: MIT
// `tagspan score --as PEER|all`: the figures that other scorers would print.
#pragma once
#include "cli.hpp"

#include <string>
#include <vector>

namespace cli {

std::vector<std::string> peer_names();  // those of --as, and "all"
std::string figures_as(std::string const& peer, comparison const& files, ts::scheme_id scheme, int digits);

}  // namespace cli
