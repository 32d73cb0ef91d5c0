// SPDX-License-Identifier: MIT
#include <tagspan/core/version.hpp>

#include <doctest/doctest.h>

#include <string>

TEST_CASE("the build system reads the version from the header") {
  CHECK(std::string(TAGSPAN_VERSION_STRING) == TAGSPAN_TEST_VERSION);
}


#define TEXT_OF_(...) #__VA_ARGS__
#define TEXT_OF(...) TEXT_OF_(__VA_ARGS__)

TEST_CASE("the inline namespace names version, contract mode and vector level") {
  std::string const name = TEXT_OF(TAGSPAN_ABI);
  std::string version = TAGSPAN_TEST_VERSION;
  for (char& c : version) c = c == '.' ? '_' : c;
#if defined(__AVX512BW__)
  std::string const vector = "avx512";
#elif defined(__AVX2__)
  std::string const vector = "avx2";
#else
  std::string const vector = "base";
#endif
  CHECK(name == "v" + version + "_throw_" + vector);
}
