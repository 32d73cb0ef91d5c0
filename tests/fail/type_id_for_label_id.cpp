// SPDX-License-Identifier: MIT
// expect: type_id
// expect: label_id|int32_t|'const int'|to 'int'
// expect: (cannot convert|no viable conversion|cannot initialize|no known conversion)
// The number of a type is not the number of a label.
#include <tagspan/tags/labels.hpp>

#include <string_view>

namespace ts = tagspan;

std::string_view name_of(ts::label_set const& labels, ts::label_id label, ts::type_id type) {
#ifdef MISTAKE
  static_cast<void>(label);
  return labels.name(type);
#else
  static_cast<void>(type);
  return labels.name(label);
#endif
}
