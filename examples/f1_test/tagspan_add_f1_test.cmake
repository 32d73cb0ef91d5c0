# SPDX-License-Identifier: MIT
# A test that fails when a system's entity-level scores drop:
#
#   tagspan_add_f1_test(
#     NAME ner_quality
#     GOLD test.conll
#     PREDICTED "${CMAKE_CURRENT_BINARY_DIR}/predicted.conll"
#     FAIL_UNDER micro.f1=0.85 by_type.PER.recall=0.9
#     SCHEME bio                       # optional: malformed tags are counted in the report, by this scheme
#     FIXTURES_REQUIRED predictions    # optional: what set_tests_properties would be told
#   )
#
# GOLD and PREDICTED are CoNLL files, the tag in the last column; a relative path starts at the current source folder. A
# bar is a path into the report and a number; several bars must all be reached. The test prints the report. Its program
# is built with the project, from a source that is installed beside this file.
function(tagspan_add_f1_test)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME;GOLD;PREDICTED;SCHEME" "FAIL_UNDER;FIXTURES_REQUIRED")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "tagspan_add_f1_test: what is `${arg_UNPARSED_ARGUMENTS}`? It takes NAME, GOLD, PREDICTED, "
                        "FAIL_UNDER, SCHEME and FIXTURES_REQUIRED"
    )
  endif()
  foreach(argument IN ITEMS NAME GOLD PREDICTED FAIL_UNDER)
    if(NOT arg_${argument})
      message(FATAL_ERROR "tagspan_add_f1_test: ${argument} is missing")
    endif()
  endforeach()

  if(NOT "${arg_SCHEME}" STREQUAL "")
    # The names that scheme_from_name takes, whatever their case.
    set(schemes IO IOB1 BIO IOB2 IOB BIO2 IOE1 IOE2 IOE BIOES IOBES BIESO BILOU BIOUL BILUO IOBLU BMES BMESO BMEOS BMEWO
                BMEOW BMWEO
    )
    string(TOUPPER "${arg_SCHEME}" scheme)
    string(REGEX REPLACE "[-_]" "" scheme "${scheme}")
    if(NOT scheme IN_LIST schemes)
      list(JOIN schemes " " schemes)
      message(FATAL_ERROR "tagspan_add_f1_test: no scheme has the name `${arg_SCHEME}`; there are ${schemes}")
    endif()
  endif()

  if(NOT TARGET tagspan_f1_test)
    add_executable(tagspan_f1_test "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/f1_test.cpp")
    target_link_libraries(tagspan_f1_test PRIVATE tagspan::tagspan)
  endif()

  set(options)
  if(NOT "${arg_SCHEME}" STREQUAL "")
    list(APPEND options --scheme "${arg_SCHEME}")
  endif()
  foreach(bar IN LISTS arg_FAIL_UNDER)
    if(NOT bar MATCHES "^.+=.+$")
      message(FATAL_ERROR "tagspan_add_f1_test: FAIL_UNDER takes PATH=NUMBER, as in micro.f1=0.85, and not `${bar}`")
    endif()
    list(APPEND options --fail-under "${bar}")
  endforeach()
  cmake_path(ABSOLUTE_PATH arg_GOLD BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}")
  cmake_path(ABSOLUTE_PATH arg_PREDICTED BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}")

  add_test(NAME "${arg_NAME}" COMMAND tagspan_f1_test ${options} "${arg_GOLD}" "${arg_PREDICTED}")
  if(arg_FIXTURES_REQUIRED)
    set_tests_properties("${arg_NAME}" PROPERTIES FIXTURES_REQUIRED "${arg_FIXTURES_REQUIRED}")
  endif()
endfunction()
