# SPDX-License-Identifier: MIT
cmake_minimum_required(VERSION 3.25)

file(REMOVE_RECURSE "${BINARY}")
file(MAKE_DIRECTORY "${BINARY}")
set(ENV{PKG_CONFIG_PATH} "${PREFIX}/share/pkgconfig")
foreach(question IN ITEMS cflags libs modversion)
  execute_process(
    COMMAND "${PKG_CONFIG}" --${question} tagspan
    OUTPUT_VARIABLE ${question}
    OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY
  )
endforeach()
if(NOT modversion STREQUAL VERSION)
  message(FATAL_ERROR "pkg-config says version ${modversion} and not ${VERSION}")
endif()
if(NOT "${libs}" STREQUAL "")
  message(FATAL_ERROR "nothing is to be linked, and pkg-config says ${libs}")
endif()
separate_arguments(cflags UNIX_COMMAND "${cflags}")
if(cflags MATCHES "-W")
  message(FATAL_ERROR "a warning flag has reached the consumer: ${cflags}")
endif()
execute_process(
  COMMAND "${COMPILER}" -std=c++20 ${cflags} "${SOURCE}" -o "${BINARY}/program" COMMAND_ERROR_IS_FATAL ANY
)
execute_process(COMMAND "${BINARY}/program" COMMAND_ERROR_IS_FATAL ANY)
