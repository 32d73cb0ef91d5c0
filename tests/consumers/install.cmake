# SPDX-License-Identifier: MIT
# Into an empty folder: a header that was installed yesterday must not hide that it is missing today.
file(REMOVE_RECURSE "${PREFIX}")
execute_process(
  COMMAND "${CMAKE_COMMAND}" --install "${BINARY}" --prefix "${PREFIX}" --component Unspecified
  COMMAND_ERROR_IS_FATAL ANY
)
