// SPDX-License-Identifier: MIT
// Runs a fuzz body over saved inputs, given as files or folders, without a fuzzer: each input whole, without its last
// bytes, and the empty one. No input at all is a failure, since then nothing was tried.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size);

int main(int argc, char** argv) {
  namespace fs = std::filesystem;
  std::vector<fs::path> inputs;
  for (int i = 1; i < argc; ++i) {
    if (fs::is_directory(argv[i])) {
      for (auto const& entry : fs::recursive_directory_iterator(argv[i])) {
        if (entry.is_regular_file()) inputs.push_back(entry.path());
      }
    } else if (fs::is_regular_file(argv[i])) {
      inputs.emplace_back(argv[i]);
    }
  }
  if (inputs.empty()) {
    std::fputs("there is no saved input\n", stderr);
    return 1;
  }
  std::sort(inputs.begin(), inputs.end());
  LLVMFuzzerTestOneInput(nullptr, 0);
  for (auto const& input : inputs) {
    std::fprintf(stderr, "%s\n", input.filename().string().c_str());
    std::ifstream file(input, std::ios::binary);
    std::vector<char> const bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    for (std::size_t cut = 0; cut <= std::min<std::size_t>(bytes.size(), 16); ++cut) {
      // A copy of the exact size, so that a sanitizer sees a read past the end.
      std::vector<std::uint8_t> const exact(bytes.begin(), bytes.end() - static_cast<std::ptrdiff_t>(cut));
      LLVMFuzzerTestOneInput(exact.data(), exact.size());
    }
  }
  std::printf("%zu inputs\n", inputs.size());
}
