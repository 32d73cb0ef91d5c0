# SPDX-License-Identifier: MIT
# Golden tests skip where their data is absent. All of them skipping means that nothing was compared: that is a failure.
if(FORGET)
  file(REMOVE_RECURSE "${MARKS}")
  file(MAKE_DIRECTORY "${MARKS}")
  return()
endif()

file(GLOB marks "${MARKS}/*")
if(NOT marks)
  message(FATAL_ERROR "every golden test was skipped: nothing was compared with golden data")
endif()
foreach(mark IN LISTS marks)
  cmake_path(GET mark FILENAME name)
  message(STATUS "compared: ${name}")
endforeach()
