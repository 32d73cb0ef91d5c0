// SPDX-License-Identifier: MIT
// expect: no matching function for call to .*overlaps
// expect: deduced conflicting types
// Whether two spans overlap is a question within one unit.
#include <tagspan/core/span.hpp>

namespace ts = tagspan;

#ifdef MISTAKE
using other_span = ts::byte_span;
#else
using other_span = ts::token_span;
#endif

bool both(ts::token_span a, other_span b) { return ts::overlaps(a, b); }
