# SPDX-License-Identifier: MIT
# What tests, examples and benchmarks use. The library itself needs nothing. The system's packages come first; fetching
# is for those who asked for it (TAGSPAN_FETCH_DEPENDENCIES).
include_guard(GLOBAL)
include(FetchContent)
set(CMAKE_POLICY_DEFAULT_CMP0077 NEW)  # the settings below reach projects that are older than this policy

macro(tagspan_dependency package target repository tag)
  if(NOT TARGET ${target})
    find_package(${package} CONFIG QUIET)
  endif()
  if(NOT TARGET ${target} AND TAGSPAN_FETCH_DEPENDENCIES)
    FetchContent_Declare(${package} GIT_REPOSITORY ${repository} GIT_TAG ${tag} GIT_SHALLOW ON SYSTEM)
    FetchContent_MakeAvailable(${package})
  endif()
endmacro()

if(TAGSPAN_BUILD_TESTS)
  set(DOCTEST_WITH_TESTS OFF)
  tagspan_dependency(doctest doctest::doctest https://github.com/doctest/doctest.git v2.4.9)
endif()
set(JSON_BuildTests OFF)
tagspan_dependency(nlohmann_json nlohmann_json::nlohmann_json https://github.com/nlohmann/json.git v3.11.2)
if(TAGSPAN_BUILD_EXAMPLES)
  tagspan_dependency(CLI11 CLI11::CLI11 https://github.com/CLIUtils/CLI11.git v2.3.2)
endif()
if(TAGSPAN_BUILD_BENCHMARKS)
  set(BENCHMARK_ENABLE_TESTING OFF)
  tagspan_dependency(benchmark benchmark::benchmark https://github.com/google/benchmark.git v1.7.1)
endif()

# Links to `target` what `sources` include. `missing` gets the packages that were not found, and is empty when all is well.
function(tagspan_link_what_is_included missing target)
  set(absent)
  set(text)
  foreach(source IN LISTS ARGN)
    file(STRINGS "${source}" lines REGEX "^#include <")
    string(APPEND text "${lines}")
  endforeach()
  foreach(
    need IN ITEMS "<doctest/;doctest::doctest;doctest" "<(nlohmann/|tagspan/io/json);nlohmann_json::nlohmann_json;nlohmann_json"
                  "<CLI/;CLI11::CLI11;CLI11" "<benchmark/;benchmark::benchmark;benchmark"
                  "<(utf8proc|tagspan/text/unicode);tagspan::unicode;utf8proc"
  )
    list(POP_FRONT need pattern library package)
    if(text MATCHES "${pattern}")
      if(NOT TARGET ${library})
        list(APPEND absent ${package})
      elseif(TARGET ${target})
        target_link_libraries(${target} PRIVATE ${library})
      endif()
    endif()
  endforeach()
  set(${missing} "${absent}" PARENT_SCOPE)
endfunction()

# A test that could not be built for want of a package still stands in the list, as skipped.
function(tagspan_skipped_test name)
  message(STATUS "tagspan: ${name} is skipped: not found: ${ARGN}")
  add_test(NAME ${name} COMMAND "${CMAKE_COMMAND}" -E echo "skipped: not found: ${ARGN}")
  set_tests_properties(${name} PROPERTIES SKIP_REGULAR_EXPRESSION "skipped: not found")
endfunction()
