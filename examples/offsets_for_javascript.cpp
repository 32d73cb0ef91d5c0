// SPDX-License-Identifier: MIT
// A C++ service finds entities by byte, and a browser marks them with text.slice(begin, end), which counts UTF-16
// units. Counting bytes or characters there marks the wrong text as soon as there is an emoji in it.
#include <tagspan/text/offsets.hpp>

#include <cstdio>
#include <string>
#include <vector>

namespace ts = tagspan;

int main() {
  std::string const text = "Grüße 👋🏽 from Łódź, says José";

  // What comes from outside may not be UTF-8, and then no offset means anything.
  auto const map = ts::offset_map::from(text);
  if (!map) {
    std::fprintf(stderr, "%s\n", ts::message(map.error()).c_str());
    return 1;
  }

  std::vector<ts::byte_span> const found{{text.find("Łódź"), text.find(",")}, {text.find("José"), text.size()}};
  auto const js = map->checked_all<ts::unit::utf16>(found);
  if (!js) {
    std::fprintf(stderr, "%s\n", ts::message(js.error()).c_str());
    return 1;
  }
  std::printf("%-6s %-8s %-12s %s\n", "text", "bytes", "code points", "UTF-16, for text.slice(...)");
  for (std::size_t i = 0; i < found.size(); ++i) {
    auto const points = map->to<ts::unit::code_point>(found[i]);
    std::printf("%s   [%zu,%zu)  [%zu,%zu)      [%zu,%zu)\n", std::string(map->slice(found[i])).c_str(), found[i].begin,
                found[i].end, points.begin, points.end, (*js)[i].begin, (*js)[i].end);
  }

  // The way back: what the user selected in the browser. A selection may end inside an emoji; say what that shall mean.
  ts::utf16_span const selected{7, 9};
  if (auto const exact = map->checked<ts::unit::byte>(selected); !exact) {
    std::printf("%s\n", ts::message(exact.error()).c_str());
  }
  auto const whole = map->checked<ts::unit::byte>(selected, ts::rounding::outward);
  std::printf("rounded outward: %s\n", std::string(map->slice(*whole)).c_str());
}
