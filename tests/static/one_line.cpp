// SPDX-License-Identifier: MIT
// The one line that turns tags into spans, in a constant expression.
#include <array>
#include <string_view>
#include <vector>

#include <tagspan/tags.hpp>

namespace ts = tagspan;

static_assert(ts::spans<ts::bio>({"B-PER", "I-PER", "O", "B-LOC", "O"}) ==
              std::vector<ts::named_span>{{0, 2, "PER"}, {3, 4, "LOC"}});
static_assert(ts::spans<ts::bioes>(std::array{"S-X", "S-X"}).size() == 2);
static_assert(
    ts::spans<ts::bio>(std::array<std::string_view, 2>{"I-X", "I-X"}, {.reading = ts::reading::strict}).empty());
static_assert(ts::spans<ts::iob1>({"I-X", "B-X"}, {.reading = ts::reading::strict}).size() == 2);
static_assert(ts::spans<ts::bio>({}).empty());
