// SPDX-License-Identifier: MIT
// What units.hpp adds where utf8proc is at hand.
#pragma once
#include <tagspan/text/offsets.hpp>
#include <tagspan/text/unicode.hpp>

#include <concepts>
#include <type_traits>

#include "cli.hpp"

namespace cli {

inline constexpr bool counts_graphemes = true;

// The map that knows these units, the cheaper one where it does.
template <class... Unit>
using map_between =
    std::conditional_t<(std::same_as<Unit, ts::unit::grapheme> || ...), ts::grapheme_map, ts::offset_map>;

}  // namespace cli
