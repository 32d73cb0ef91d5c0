// SPDX-License-Identifier: MIT
#pragma once

namespace tagspan_test {

// For a test case that cannot run here: `if (!present) return tagspan_test::skip("../shared is not there");`, once a
// test case. A program in which every test case was skipped is reported as skipped.
void skip(char const* why);

}  // namespace tagspan_test
