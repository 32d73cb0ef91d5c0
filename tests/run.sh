#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds tagspan as its developers do and runs every test. What is missing is installed where that is possible (root on
# Debian or Ubuntu), and named where not. Arguments go to CMake's configuration.
set -eu
CDPATH='' cd -- "$(dirname -- "$0")/.."

jobs=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)

have() { command -v "$1" >/dev/null 2>&1; }

compiler() {
  for candidate in ${CXX:+"$CXX"} c++ g++ clang++; do
    if have "$candidate"; then
      echo "$candidate"
      return
    fi
  done
}

has_header() {
  cxx=$(compiler)
  [ -n "$cxx" ] && printf '#include <%s>\n' "$1" | "$cxx" -E -x c++ - >/dev/null 2>&1
}

missing_packages() {
  [ -n "$(compiler)" ] || echo g++
  have cmake || echo cmake
  have make || have ninja || echo make
  have pkg-config || have pkgconf || echo pkg-config
  has_header doctest/doctest.h || echo doctest-dev
  has_header nlohmann/json.hpp || echo nlohmann-json3-dev
  has_header CLI/CLI.hpp || echo libcli11-dev
  has_header utf8proc.h || echo libutf8proc-dev
  has_header eigen3/Eigen/Core || echo libeigen3-dev
}

packages=$(missing_packages | tr '\n' ' ')
if [ -n "$packages" ]; then
  if have apt-get && [ "$(id -u)" -eq 0 ]; then
    echo "tests/run.sh: installing $packages"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq </dev/null
    # shellcheck disable=SC2086  # a list of names
    apt-get install -y -qq --no-install-recommends $packages </dev/null >/dev/null
  else
    case "$*" in
      *TAGSPAN_FETCH_DEPENDENCIES=ON*) ;;
      *)
        echo "tests/run.sh: please install (by their names in Debian): $packages" >&2
        echo "tests/run.sh: libraries are fetched instead by: sh tests/run.sh -DTAGSPAN_FETCH_DEPENDENCIES=ON" >&2
        exit 2
        ;;
    esac
  fi
fi

cmake --preset dev "$@"
cmake --build --preset dev --parallel "$jobs"
ctest --preset dev --parallel "$jobs"
