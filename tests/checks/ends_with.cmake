# SPDX-License-Identifier: MIT
# Runs COMMAND, which must end with STATUS and have printed SAID on one of its streams.
execute_process(COMMAND ${COMMAND} RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE errors)
if(NOT status STREQUAL STATUS)
  message(FATAL_ERROR "ended with ${status} and not with ${STATUS}:\n${output}${errors}")
elseif(NOT "${output}${errors}" MATCHES "${SAID}")
  message(FATAL_ERROR "did not say `${SAID}`:\n${output}${errors}")
endif()
