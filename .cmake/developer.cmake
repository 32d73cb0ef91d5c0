# SPDX-License-Identifier: MIT
# For those who work on tagspan itself. Nothing here reaches a consumer: the target is linked PRIVATE and not exported.

set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_CXX_EXTENSIONS OFF)

if(MSVC)
  set(tagspan_warnings /W4 /WX /permissive-)
else()
  set(tagspan_warnings -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Werror)
endif()

# GCC 12 sees an overlap in `"x" + std::string(...)` at -O2 and above that is not there (GCC bug 105651).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  list(APPEND tagspan_warnings -Wno-restrict)
endif()

# A warning of a compiler that nobody has tried yet is no reason for a packager's build to stop; the presets turn this on.
option(TAGSPAN_WARNINGS_AS_ERRORS "Warnings in tagspan's own tests and examples are errors" OFF)
set(tagspan_build_warnings ${tagspan_warnings})
if(NOT TAGSPAN_WARNINGS_AS_ERRORS)
  list(REMOVE_ITEM tagspan_build_warnings -Werror /WX)
endif()

add_library(tagspan_developer INTERFACE)
target_compile_options(tagspan_developer INTERFACE ${tagspan_build_warnings})

# What tests that call the compiler themselves pass to it.
separate_arguments(tagspan_user_flags NATIVE_COMMAND "${CMAKE_CXX_FLAGS}")
set(tagspan_compile_command
    "${CMAKE_CXX_COMPILER}" ${tagspan_user_flags} -std=c++20 ${tagspan_warnings} "-I${PROJECT_SOURCE_DIR}/include"
)
