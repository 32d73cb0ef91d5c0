// SPDX-License-Identifier: MIT
// What a text is, byte by byte: the slow twin of what text/ knows about it.
#pragma once
#include <tagspan/text/offsets.hpp>

#include <cstddef>
#include <string_view>
#include <vector>

namespace tagspan_test {

namespace ts = tagspan;

// A decoder written as the state machine of the WHATWG Encoding Standard: what it emits, and where each begins. Shares
// nothing with the library.
struct naive_text {
  std::vector<ts::text_position> starts;  // of each code point, and the end
  bool well_formed = true;
  std::size_t first_ill_formed = 0;
};

inline naive_text decode_naively(std::string_view text) {
  naive_text out;
  ts::text_position here;
  auto const emit = [&](std::size_t begin, std::size_t end, bool good, std::size_t units) {
    here.byte = begin;
    out.starts.push_back(here);
    if (!good && out.well_formed) {
      out.well_formed = false;
      out.first_ill_formed = begin;
    }
    here = {end, here.code_point + 1, here.utf16 + units};
  };
  std::size_t begin = 0;
  unsigned needed = 0, seen = 0, low = 0x80, high = 0xBF;
  for (std::size_t i = 0; i < text.size();) {
    unsigned const b = static_cast<unsigned char>(text[i]);
    if (needed == 0) {
      begin = i++;
      seen = 0;
      low = 0x80;
      high = 0xBF;
      if (b <= 0x7F) {
        emit(begin, i, true, 1);
      } else if (b >= 0xC2 && b <= 0xDF) {
        needed = 1;
      } else if (b >= 0xE0 && b <= 0xEF) {
        if (b == 0xE0) low = 0xA0;
        if (b == 0xED) high = 0x9F;
        needed = 2;
      } else if (b >= 0xF0 && b <= 0xF4) {
        if (b == 0xF0) low = 0x90;
        if (b == 0xF4) high = 0x8F;
        needed = 3;
      } else {
        emit(begin, i, false, 1);
      }
      continue;
    }
    if (b < low || b > high) {  // the byte is read again, as a first one
      emit(begin, i, false, 1);
      needed = 0;
      continue;
    }
    low = 0x80;
    high = 0xBF;
    ++i;
    if (++seen == needed) {
      emit(begin, i, true, needed == 3 ? 2 : 1);
      needed = 0;
    }
  }
  if (needed != 0) emit(begin, text.size(), false, 1);
  here.byte = text.size();
  out.starts.push_back(here);
  return out;
}

}  // namespace tagspan_test
