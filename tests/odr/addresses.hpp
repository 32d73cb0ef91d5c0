// SPDX-License-Identifier: MIT
#pragma once
#include <string>
#include <string_view>

#include <tagspan/core/error.hpp>
#include <tagspan/tags/scheme.hpp>

// One of each kind of thing that a header defines: a function, a member of a struct, a variable at namespace scope.
struct addresses {
  std::string (*function)(tagspan::error const&, std::string_view);
  tagspan::scheme_table const* member;
  tagspan::scheme_id const* variable;
  friend bool operator==(addresses const&, addresses const&) = default;
};

static addresses here() { return {&tagspan::message, &tagspan::bio::table, tagspan::all_schemes}; }
