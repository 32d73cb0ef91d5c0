// SPDX-License-Identifier: MIT
// The main program of every doctest executable. It ends with 77, which ctest reports as skipped, where every test case
// that ran said that it could not; and it leaves a mark (TAGSPAN_TEST_MARK) where at least one did its work.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>

#include "support/skip.hpp"

namespace {

unsigned skipped_cases = 0;
unsigned finished_cases = 0;

struct case_counter : doctest::IReporter {
  explicit case_counter(doctest::ContextOptions const&) {}
  void report_query(doctest::QueryData const&) override {}
  void test_run_start() override {}
  void test_run_end(doctest::TestRunStats const& run) override { finished_cases = run.numTestCasesPassingFilters; }
  void test_case_start(doctest::TestCaseData const&) override {}
  void test_case_reenter(doctest::TestCaseData const&) override {}
  void test_case_end(doctest::CurrentTestCaseStats const&) override {}
  void test_case_exception(doctest::TestCaseException const&) override {}
  void subcase_start(doctest::SubcaseSignature const&) override {}
  void subcase_end() override {}
  void log_assert(doctest::AssertData const&) override {}
  void log_message(doctest::MessageData const&) override {}
  void test_case_skipped(doctest::TestCaseData const&) override {}
};
REGISTER_LISTENER("case_counter", 1, case_counter);

}  // namespace

void tagspan_test::skip(char const* why) {
  ++skipped_cases;
  std::printf("skipped: %s\n", why);
}

int main(int argc, char** argv) {
  doctest::Context context(argc, argv);
  int const failed = context.run();
  if (failed != 0 || context.shouldExit()) return failed;
  if (finished_cases == 0) {
    std::fputs("no test case ran\n", stderr);
    return 1;
  }
  if (skipped_cases >= finished_cases) return 77;
  if (char const* mark = std::getenv("TAGSPAN_TEST_MARK")) {
    std::FILE* file = std::fopen(mark, "w");
    if (file == nullptr) {
      std::fprintf(stderr, "cannot write %s\n", mark);
      return 1;
    }
    std::fprintf(file, "%u\n", finished_cases - skipped_cases);
    std::fclose(file);
  }
  return 0;
}
