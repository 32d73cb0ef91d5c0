// SPDX-License-Identifier: MIT
// expect: scheme_has_letters
#include <tagspan/tags/entities.hpp>

#include <string_view>

namespace ts = tagspan;

struct mine {
  static constexpr std::string_view name = "MINE";
#ifndef MISTAKE
  static constexpr ts::scheme_letters letters{.begin = 'B', .inside = 'I'};
#endif
  static constexpr ts::scheme_table table =
      ts::make_table([](ts::token_place p) { return p.first ? ts::role::begin : ts::role::inside; });
};

auto const read = ts::spans<mine>({"B-PER", "I-PER", "O"});
