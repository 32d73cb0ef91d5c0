# SPDX-License-Identifier: MIT
# Runs PROGRAM, with ARGUMENTS if there are any, and compares what it prints with the file EXPECTED, byte for byte.
execute_process(COMMAND "${PROGRAM}" ${ARGUMENTS} OUTPUT_FILE "${ACTUAL}" RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "${PROGRAM} ended with ${status}")
endif()
execute_process(COMMAND "${CMAKE_COMMAND}" -E compare_files "${EXPECTED}" "${ACTUAL}" RESULT_VARIABLE different)
if(different)
  file(READ "${EXPECTED}" expected)
  file(READ "${ACTUAL}" actual)
  message("---- expected (${EXPECTED})\n${expected}---- printed\n${actual}----")
  message(FATAL_ERROR "the output has changed")
endif()
