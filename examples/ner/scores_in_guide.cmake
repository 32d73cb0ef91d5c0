# SPDX-License-Identifier: MIT
# Runs PROGRAM on the corpora of DATA and on the sentences of RECORDED, and holds each row of the guide's table of corpora
# against what it prints.
cmake_minimum_required(VERSION 3.25)
file(READ "${GUIDE}" guide)

# The row that begins with `name`, and the arguments that print its figures.
function(expect name)
  execute_process(COMMAND "${PROGRAM}" ${ARGN} OUTPUT_VARIABLE printed ERROR_VARIABLE errors RESULT_VARIABLE status)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "${name}: ended with ${status}: ${errors}")
  endif()
  set(number "[0-9]+\\.[0-9][0-9]")
  if(NOT printed MATCHES "micro avg +(${number}) +(${number}) +(${number}) +([0-9]+)")
    message(FATAL_ERROR "${name}: no figures in\n${printed}")
  endif()
  set(entities ${CMAKE_MATCH_4})
  set(row "| ${CMAKE_MATCH_1} | ${CMAKE_MATCH_2} | ${CMAKE_MATCH_3} |")
  foreach(type IN ITEMS PER ORG LOC)
    set(f1 "–")  # no such entity in gold
    if(printed MATCHES " ${type} +${number} +${number} +(${number}) +([1-9][0-9]*)\n")
      set(f1 ${CMAKE_MATCH_1})
    endif()
    string(APPEND row " ${f1} |")
  endforeach()
  string(APPEND row " ${entities} |\n")
  string(FIND "${guide}" "\n| ${name}" begin)
  string(SUBSTRING "${guide}" ${begin} 200 line)
  string(REGEX REPLACE "^\n[|][^|]*([^\n]*\n).*" "\\1" line "${line}")
  if(begin EQUAL -1 OR NOT line STREQUAL row)
    message(FATAL_ERROR "${name}: the guide has\n${line}and this is\n${row}")
  endif()
  message(STATUS "as in the guide: ${name}")
endfunction()

set(of_wnut --types person=PER,corporation=ORG,group=ORG,location=LOC)
expect("UNER English-PUD" --check "${RECORDED}")
expect("WNUT-17 test" --score "${DATA}/wnut17/emerging.test.annotated" ${of_wnut})
expect("WNUT-17 dev" --score "${DATA}/wnut17/emerging.dev.conll" ${of_wnut})
expect("HIPE-2022" --score "${DATA}/hipe2022-ajmc/ajmc-test-en.coarse.tsv" --types pers=PER,loc=LOC --token-column 0
       --tag-column 1)
expect("UNER Serbian" --score "${DATA}/uner/sr_set-ud-dev.iob2" --token-column 1 --tag-column 2)
expect("Turku NER" --score "${DATA}/turku/test.tsv")
