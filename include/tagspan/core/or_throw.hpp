// SPDX-License-Identifier: MIT
// Opt-in: for programs that report bad data by exceptions.
#pragma once
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <tagspan/core/error.hpp>

namespace tagspan::inline TAGSPAN_ABI {

// What or_throw throws; what() is message(error, context).
class bad_data : public std::runtime_error {
 public:
  explicit bad_data(tagspan::error e, std::string_view context = {})
      : std::runtime_error(message(e, context)), error_(e) {}
  tagspan::error error() const noexcept { return error_; }

 private:
  tagspan::error error_;
};

// The value of a result, or bad_data. `auto entities = ts::or_throw(ts::to_entities<ts::bio>(ids, labels));`
template <class T>
T or_throw(result<T> r, std::string_view context = {}) {
  if (!r) throw bad_data(r.error(), context);
  if constexpr (!std::is_void_v<T>) return std::move(r).value();
}

}  // namespace tagspan::inline TAGSPAN_ABI
