// SPDX-License-Identifier: MIT
// expect: (could not convert|no viable conversion from) .*byte.* to .*utf16
// A byte span is not a UTF-16 span.
#include <tagspan/core/span.hpp>

namespace ts = tagspan;

ts::utf16_span in_javascript(ts::byte_span span) {
#ifdef MISTAKE
  return span;
#else
  return {span.begin, span.end};
#endif
}
