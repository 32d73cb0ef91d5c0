# SPDX-License-Identifier: MIT
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(package_dir "${CMAKE_INSTALL_DATADIR}/cmake/tagspan")

install(
  TARGETS tagspan
  EXPORT tagspan
  FILE_SET HEADERS
  FILE_SET with_json
  FILE_SET with_utf8proc
)
install(EXPORT tagspan NAMESPACE tagspan:: FILE tagspan-targets.cmake DESTINATION "${package_dir}")

configure_package_config_file(
  .cmake/tagspan-config.cmake.in "${PROJECT_BINARY_DIR}/package/tagspan-config.cmake" INSTALL_DESTINATION "${package_dir}"
)
# Before 1.0 a minor version may change what users wrote.
write_basic_package_version_file(
  "${PROJECT_BINARY_DIR}/package/tagspan-config-version.cmake" COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT
)

# The file finds the headers from where it lies, so the prefix may be moved.
set(pkg_config_dir "${CMAKE_INSTALL_DATADIR}/pkgconfig")
file(RELATIVE_PATH pkg_config_to_prefix "/prefix/${pkg_config_dir}" "/prefix")
string(REGEX REPLACE "/$" "" pkg_config_to_prefix "${pkg_config_to_prefix}")
configure_file(.cmake/tagspan.pc.in "${PROJECT_BINARY_DIR}/package/tagspan.pc" @ONLY)

install(
  FILES "${PROJECT_BINARY_DIR}/package/tagspan-config.cmake"
        "${PROJECT_BINARY_DIR}/package/tagspan-config-version.cmake"
        .cmake/tagspan-unicode.cmake
        # The function finds its program's source beside itself.
        examples/f1_test/tagspan_add_f1_test.cmake examples/f1_test/f1_test.cpp
  DESTINATION "${package_dir}"
)
install(FILES "${PROJECT_BINARY_DIR}/package/tagspan.pc" DESTINATION "${pkg_config_dir}")
install(FILES LICENSE DESTINATION "${CMAKE_INSTALL_DATADIR}/licenses/tagspan")
