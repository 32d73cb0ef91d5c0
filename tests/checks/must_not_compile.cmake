# SPDX-License-Identifier: MIT
# A case in tests/fail holds one mistake between `#ifdef MISTAKE` and `#endif`, and in its first lines what the compiler
# must say about it: `// expect: <regular expression>` (several lines: each must be found). Without the mistake the file
# must compile: otherwise a misspelt name would pass for a guard that works.
file(STRINGS "${SOURCE}" expectations REGEX "^// expect: ")
if(NOT expectations)
  message(FATAL_ERROR "${SOURCE}: no line `// expect: <regular expression>`")
endif()

execute_process(COMMAND ${COMMAND} -fsyntax-only "${SOURCE}" RESULT_VARIABLE status ERROR_VARIABLE output)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "${SOURCE}: does not compile even without its mistake:\n${output}")
endif()

execute_process(COMMAND ${COMMAND} -DMISTAKE -fsyntax-only "${SOURCE}" RESULT_VARIABLE status ERROR_VARIABLE output)
if(status EQUAL 0)
  message(FATAL_ERROR "${SOURCE}: the mistake compiles")
endif()
foreach(expectation IN LISTS expectations)
  string(REGEX REPLACE "^// expect: " "" expectation "${expectation}")
  if(NOT output MATCHES "${expectation}")
    message(FATAL_ERROR "${SOURCE}: the compiler refuses the mistake, but does not say `${expectation}`:\n${output}")
  endif()
  string(REGEX REPLACE "\n.*" "" said "${CMAKE_MATCH_0}")
  message(STATUS "said: ${said}")
endforeach()
