#!/bin/sh
# SPDX-License-Identifier: MIT
# Gets ONNX Runtime (Linux, x86-64) into the user's cache, where CMakeLists.txt beside this file looks for it, and prints
# the folder. Does nothing where it is there already. Needs npm: the library comes in a package made for Unity.
set -eu

package=com.github.asus4.onnxruntime@0.4.9
cache=${XDG_CACHE_HOME:-$HOME/.cache}/tagspan
root=$cache/onnxruntime

if [ -e "$root/lib/libonnxruntime.so" ] && [ -e "$root/include/onnxruntime_cxx_api.h" ]; then
  echo "$root"
  exit
fi
if [ "$(uname -s) $(uname -m)" != 'Linux x86_64' ]; then
  echo "fetch.sh: only for Linux on x86-64; give CMake an ONNX Runtime of yours with -D onnxruntime_ROOT=..." >&2
  exit 2
fi
if ! command -v npm >/dev/null; then
  echo 'fetch.sh: npm is not found (Debian: npm)' >&2
  exit 2
fi

mkdir -p "$cache"
work=$(mktemp -d "$cache/fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT
npm install --prefix "$work" --ignore-scripts --no-audit --no-fund --silent "$package" >&2
plugins=$work/node_modules/com.github.asus4.onnxruntime/Plugins
mkdir -p "$work/root/lib" "$work/root/include"
cp "$plugins/iOS~/onnxruntime.xcframework/ios-arm64/onnxruntime.framework/Headers/"*.h "$work/root/include"
cp "$plugins/Linux/x64/libonnxruntime.so" "$work/root/lib/libonnxruntime.so.1"  # its own name for itself
ln -s libonnxruntime.so.1 "$work/root/lib/libonnxruntime.so"
rm -rf "$root"
mv "$work/root" "$root"
echo "$root"
