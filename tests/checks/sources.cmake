# SPDX-License-Identifier: MIT
# What every source file owes: the licence in its first line (the second, behind `#!`), and a header `#pragma once`.
cmake_minimum_required(VERSION 3.25)

set(faults)
set(count 0)
foreach(folder IN ITEMS .cmake .ci include tests bench examples)
  file(GLOB_RECURSE paths RELATIVE "${ROOT}" "${ROOT}/${folder}/*.hpp" "${ROOT}/${folder}/*.cpp" "${ROOT}/${folder}/*.cmake"
       "${ROOT}/${folder}/*.sh" "${ROOT}/${folder}/CMakeLists.txt" "${ROOT}/${folder}/run"
  )
  foreach(path IN LISTS paths)
    math(EXPR count "${count} + 1")
    file(READ "${ROOT}/${path}" text LIMIT 4000)
    string(REGEX REPLACE "^#![^\n]*\n" "" text "${text}")
    if(NOT text MATCHES "^(//|#) SPDX-License-Identifier: MIT\n")
      list(APPEND faults "${path}: does not begin with the SPDX line")
    endif()
    if(path MATCHES "\\.hpp$" AND NOT text MATCHES "\n#pragma once\n")
      list(APPEND faults "${path}: has no #pragma once")
    endif()
  endforeach()
endforeach()
if(faults OR count EQUAL 0)
  list(JOIN faults "\n  " faults)
  message(FATAL_ERROR "${count} files:\n  ${faults}")
endif()
message(STATUS "${count} files")
