# SPDX-License-Identifier: MIT
# What each header costs to include: the lines that `g++ -E -P` leaves of it, which repeat exactly on one compiler.
#
#   cmake -DCOMMAND='g++;-std=c++20;-Iinclude' -DINCLUDE_DIR=include -DWORK_DIR=build/include_cost \
#         -DCOMPILER='GNU 12.2.0' [-DUPDATE=ON] [-DMILLISECONDS=ON] -P bench/compile/include_cost.cmake
#
# With g++ 12 the counts are held against the design's budget and against baseline.txt beside this script, which a header
# may exceed by 5 % (and 20 lines); other compilers print. UPDATE writes baseline.txt anew. MILLISECONDS adds how long
# parsing takes. In a build of the tests: the targets include_cost and include_cost_baseline.
cmake_minimum_required(VERSION 3.25)

set(budget_tagspan 50000)
set(budget_tags 30000)
set(baseline_file "${CMAKE_CURRENT_LIST_DIR}/baseline.txt")

set(gated OFF)
if(COMPILER MATCHES "^GNU 12\\.")
  set(gated ON)
endif()

file(MAKE_DIRECTORY "${WORK_DIR}")
cmake_path(ABSOLUTE_PATH INCLUDE_DIR NORMALIZE)
file(GLOB_RECURSE paths RELATIVE "${INCLUDE_DIR}/tagspan" "${INCLUDE_DIR}/tagspan/*.hpp")
list(SORT paths)
if(NOT paths)
  message(FATAL_ERROR "no header below ${INCLUDE_DIR}/tagspan")
endif()

set(known)
if(EXISTS "${baseline_file}")
  file(STRINGS "${baseline_file}" rows REGEX "^[^#]")
  foreach(row IN LISTS rows)
    string(REGEX MATCH "^([^ ]+) +([0-9]+)$" row "${row}")
    set(baseline_${CMAKE_MATCH_1} ${CMAKE_MATCH_2})
    list(APPEND known ${CMAKE_MATCH_1})
  endforeach()
endif()

set(faults)
set(table)
foreach(path IN LISTS paths)
  string(REGEX REPLACE "\\.hpp$" "" name "${path}")
  file(WRITE "${WORK_DIR}/unit.cpp" "#include <tagspan/${path}>\n")
  execute_process(
    COMMAND ${COMMAND} -E -P "${WORK_DIR}/unit.cpp" OUTPUT_VARIABLE text ERROR_VARIABLE errors RESULT_VARIABLE status
  )
  if(NOT status EQUAL 0)
    if(errors MATCHES "nlohmann/|utf8proc")  # opt-in, and what it opts into is not here
      list(REMOVE_ITEM known "${path}")
      continue()
    endif()
    list(APPEND faults "${path} cannot be preprocessed: ${errors}")
    continue()
  endif()
  string(REGEX REPLACE "[^\n]+" "" text "${text}")
  string(LENGTH "${text}" lines)
  string(APPEND table "${path} ${lines}\n")

  set(note)
  if(MILLISECONDS)
    string(TIMESTAMP start "%s%f")
    execute_process(COMMAND ${COMMAND} -fsyntax-only "${WORK_DIR}/unit.cpp")
    string(TIMESTAMP stop "%s%f")
    math(EXPR took "(${stop} - ${start}) / 1000")
    string(APPEND note "  ${took} ms")
  endif()
  if(DEFINED budget_${name})
    string(APPEND note "  (budget ${budget_${name}})")
    if(gated AND lines GREATER budget_${name})
      list(APPEND faults "${path} costs ${lines} lines, and its budget is ${budget_${name}}")
    endif()
  endif()
  if(gated AND NOT UPDATE)
    if(NOT DEFINED baseline_${path})
      list(APPEND faults "${path} has no baseline: build include_cost_baseline, or add to bench/compile/baseline.txt: ${path} ${lines}")
    else()
      math(EXPR limit "${baseline_${path}} * 105 / 100 + 20")
      if(lines GREATER limit)
        list(APPEND faults "${path} costs ${lines} lines, over 5 % more than its baseline of ${baseline_${path}}")
      endif()
    endif()
  endif()
  list(REMOVE_ITEM known "${path}")

  string(LENGTH "${lines}" width)
  math(EXPR pad "7 - ${width}")
  string(REPEAT " " ${pad} pad)
  message("${pad}${lines}  ${path}${note}")
endforeach()

if(UPDATE AND NOT faults)
  file(WRITE "${baseline_file}" "# Preprocessed lines by header, g++ 12. The target include_cost_baseline writes this file.\n${table}")
elseif(NOT UPDATE AND gated AND known)
  list(APPEND faults "bench/compile/baseline.txt names headers that do not exist: ${known}")
endif()
if(faults)
  list(JOIN faults "\n  " faults)
  message(FATAL_ERROR "include cost:\n  ${faults}")
endif()
if(NOT gated)
  message("not gated: ${COMPILER} is not g++ 12")
endif()
