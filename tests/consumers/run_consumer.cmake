# SPDX-License-Identifier: MIT
# Configures, builds and tests a project in SOURCE that uses tagspan, and looks at the commands by which it was compiled.
# With REFUSED, configuring must fail and say that.
cmake_minimum_required(VERSION 3.25)

function(step name)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "${name} failed:\n${output}")
  endif()
  message(STATUS "${name}: done")
endfunction()

file(REMOVE_RECURSE "${BINARY}")
set(configure
    "${CMAKE_COMMAND}" -S "${SOURCE}" -B "${BINARY}" -G "${GENERATOR}" "-DCMAKE_CXX_COMPILER=${COMPILER}"
    "-DCMAKE_PREFIX_PATH=${PREFIX}" "-DTAGSPAN_SOURCE=${TAGSPAN}" "-DTAGSPAN_VERSION=${VERSION}" -DCMAKE_BUILD_TYPE=Debug
    -DCMAKE_EXPORT_COMPILE_COMMANDS=ON -DFETCHCONTENT_FULLY_DISCONNECTED=ON --no-warn-unused-cli
)

if(REFUSED)
  execute_process(COMMAND ${configure} RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
  string(REGEX REPLACE "[ \n]+" " " output "${output}")
  if(status EQUAL 0)
    message(FATAL_ERROR "a version that does not fit was accepted")
  elseif(NOT output MATCHES "${REFUSED}")
    message(FATAL_ERROR "refused, but without `${REFUSED}`: ${output}")
  endif()
  message(STATUS "refused: ${CMAKE_MATCH_0}")
  return()
endif()

step(configure ${configure})
step(build "${CMAKE_COMMAND}" --build "${BINARY}")
cmake_path(GET CMAKE_COMMAND PARENT_PATH bin)
step(test "${bin}/ctest" --test-dir "${BINARY}" --output-on-failure --no-tests=error)

# tagspan's own warnings are its own business.
file(READ "${BINARY}/compile_commands.json" commands)
if(commands MATCHES " -W[^ \"]*| /W[0-9X]")
  message(FATAL_ERROR "a warning flag has reached the consumer: ${CMAKE_MATCH_0}")
endif()
if(NOT commands MATCHES "-std=[a-z+]*(20|2a|23)")
  message(FATAL_ERROR "C++20 has not reached the consumer:\n${commands}")
endif()
