# SPDX-License-Identifier: MIT
# The comparison of a training run with the guide, checked without training: the guide's own table is printed, and with
# one fault each.
cmake_minimum_required(VERSION 3.25)
file(MAKE_DIRECTORY "${WORK_DIR}")
file(READ "${GUIDE}" guide)
string(REGEX MATCH "```text training.two_types\n[^`]*" block "${guide}")

function(expect name passes said before after)
  string(REPLACE "${before}" "${after}" printed "${block}")
  if(before AND printed STREQUAL block)
    message(FATAL_ERROR "${name}: the guide's table has no `${before}`")
  endif()
  file(WRITE "${WORK_DIR}/${name}.txt" "${printed}")
  execute_process(
    COMMAND "${CMAKE_COMMAND}" "-DOUTPUT=${WORK_DIR}/${name}.txt" -DTASK=two_types "-DGUIDE=${GUIDE}" -P "${COMPARISON}"
    RESULT_VARIABLE status
    ERROR_VARIABLE errors
  )
  if(passes AND NOT status EQUAL 0)
    message(FATAL_ERROR "${name}: refused:\n${errors}")
  elseif(NOT passes AND (status EQUAL 0 OR NOT errors MATCHES "${said}"))
    message(FATAL_ERROR "${name}: does not say `${said}`:\n${errors}")
  endif()
endfunction()

expect(as_it_is ON "" "" "")
expect(near ON "" "0.913" "0.940")
expect(far OFF "BIO weighted: the guide says 0.913, and now it is 0.970" "0.913" "0.970")
expect(far_below OFF "the guide says 0.966, and now it is 0.900" "0.952     0.966" "0.952     0.900")
expect(other_row OFF "has a row \"BIO focal\" where \"BIO focused\" was printed" "BIO    focal  " "BIO    focused")
expect(row_missing OFF "6[ \n]+in[ \n]+what[ \n]+was[ \n]+printed" "BIO    CRF   " "none         ")
