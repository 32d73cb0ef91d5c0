# SPDX-License-Identifier: MIT
# For those who work on tagspan itself. Nothing here reaches a consumer: the target is linked PRIVATE and not exported.

set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_CXX_EXTENSIONS OFF)

if(MSVC)
  set(tagspan_warnings /W4 /WX /permissive-)
else()
  set(tagspan_warnings -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Werror)
endif()

add_library(tagspan_developer INTERFACE)
target_compile_options(tagspan_developer INTERFACE ${tagspan_warnings})

# What tests that call the compiler themselves pass to it.
separate_arguments(tagspan_user_flags NATIVE_COMMAND "${CMAKE_CXX_FLAGS}")
set(tagspan_compile_command
    "${CMAKE_CXX_COMPILER}" ${tagspan_user_flags} -std=c++20 ${tagspan_warnings} "-I${PROJECT_SOURCE_DIR}/include"
)
