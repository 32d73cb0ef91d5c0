# SPDX-License-Identifier: MIT
# The scores of ../predicted.conll: one of its three entities has the wrong type, so precision, recall and F1 are 2/3.
tagspan_add_f1_test(
  NAME scores
  GOLD ../gold.conll
  PREDICTED ../predicted.conll
  FAIL_UNDER micro.f1=0.66 by_type.PER.recall=1
  SCHEME bio
  FIXTURES_REQUIRED predictions
)
add_test(NAME predictions COMMAND "${CMAKE_COMMAND}" -E true)
set_tests_properties(predictions PROPERTIES FIXTURES_SETUP predictions)

# ctest tells a failure from success only, so a second test looks at the words.
foreach(test IN ITEMS missed missed_says_why)
  tagspan_add_f1_test(
    NAME ${test}
    GOLD ../gold.conll
    PREDICTED ../predicted.conll
    FAIL_UNDER micro.f1=0.66 micro.precision=0.67
  )
endforeach()
set_tests_properties(missed PROPERTIES WILL_FAIL ON)
set_tests_properties(missed_says_why PROPERTIES PASS_REGULAR_EXPRESSION "micro\\.precision.*0\\.67")
