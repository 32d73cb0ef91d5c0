# SPDX-License-Identifier: MIT
# The target tagspan::unicode, for those who include <tagspan/text/unicode.hpp>: tagspan and utf8proc. Where utf8proc is not
# found there is no such target, and nothing else misses it. Also part of the installed package.
if(NOT TARGET tagspan::unicode)
  if(NOT TARGET utf8proc::utf8proc)
    find_package(utf8proc CONFIG QUIET)
  endif()
  if(NOT TARGET utf8proc::utf8proc AND NOT TARGET PkgConfig::tagspan_utf8proc)
    find_package(PkgConfig QUIET)
    if(PkgConfig_FOUND)
      pkg_check_modules(tagspan_utf8proc QUIET IMPORTED_TARGET GLOBAL libutf8proc)
    endif()
  endif()
  if(NOT TARGET utf8proc::utf8proc AND NOT TARGET PkgConfig::tagspan_utf8proc AND TAGSPAN_FETCH_DEPENDENCIES)
    include(FetchContent)
    FetchContent_Declare(
      utf8proc GIT_REPOSITORY https://github.com/JuliaStrings/utf8proc.git GIT_TAG v2.9.0 GIT_SHALLOW ON SYSTEM
    )
    FetchContent_MakeAvailable(utf8proc)
  endif()
  foreach(tagspan_utf8proc_target IN ITEMS utf8proc::utf8proc PkgConfig::tagspan_utf8proc utf8proc)
    if(TARGET ${tagspan_utf8proc_target} AND NOT TARGET tagspan::unicode)
      add_library(tagspan::unicode INTERFACE IMPORTED GLOBAL)
      target_link_libraries(tagspan::unicode INTERFACE tagspan::tagspan ${tagspan_utf8proc_target})
    endif()
  endforeach()
endif()
