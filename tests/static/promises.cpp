// SPDX-License-Identifier: MIT
// Promises on which programs are built: what does not throw, what moves without copying, what is constant.
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <tagspan/eval.hpp>
#include <tagspan/io/conll.hpp>
#include <tagspan/tags.hpp>

namespace ts = tagspan;

static_assert(std::is_nothrow_move_constructible_v<ts::label_set> && std::is_nothrow_move_assignable_v<ts::label_set>);
static_assert(std::is_nothrow_move_constructible_v<ts::result<ts::label_set>>);
static_assert(std::is_copy_constructible_v<ts::label_set> && std::is_copy_assignable_v<ts::label_set>);
static_assert(std::is_nothrow_default_constructible_v<ts::result<void>>);
static_assert(std::is_trivially_copyable_v<ts::error> && std::is_trivially_copyable_v<ts::violation>);
static_assert(std::is_trivially_copyable_v<ts::scheme_table> && std::is_trivially_copyable_v<ts::tag>);
static_assert(std::is_nothrow_move_constructible_v<ts::report>);
static_assert(std::is_nothrow_move_constructible_v<ts::conll_corpus>);

static_assert(noexcept(ts::bio::table.allows(ts::role::begin, ts::role::inside, true)));
static_assert(noexcept(ts::scheme_from_name("BIO")));
static_assert(noexcept(std::declval<ts::result<std::string> const&>().has_value()));
static_assert(noexcept(std::declval<ts::label_set const&>().find("O")));
static_assert(noexcept(std::declval<ts::label_set const&>().find_type("PER")));
static_assert(noexcept(std::declval<ts::label_set const&>().id_of(ts::tag{})));
static_assert(noexcept(std::declval<ts::label_set const&>().size()));
static_assert(noexcept(ts::figures(ts::entity_counts{})));
static_assert(noexcept(ts::average({})));
static_assert(noexcept(std::declval<ts::report const&>().find("PER")));
static_assert(noexcept(ts::overlaps(ts::token_span{}, ts::token_span{})));

static_assert(ts::figures({1, 2, 2}).f1 == 0.5);
static_assert(ts::f_beta(0, 0) == 0);
static_assert(ts::kind_name(ts::violation_kind::end) == "illegal end");

// A temporary is not kept by reference.
static_assert(!std::is_constructible_v<ts::scorer<ts::bio>, ts::label_set&&>);
static_assert(!std::is_constructible_v<ts::conll_reader, std::string&&, ts::label_set&>);
template <class Tags>
concept can_lend = requires(Tags&& tags) {
  ts::spans<ts::bio>(std::forward<Tags>(tags));
};
static_assert(can_lend<std::vector<std::string>&> && can_lend<std::vector<std::string> const&>);
static_assert(!can_lend<std::vector<std::string>>);
static_assert(can_lend<std::vector<std::string_view>> && can_lend<std::vector<char const*>>);
