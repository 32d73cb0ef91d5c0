// SPDX-License-Identifier: MIT
// Any bytes as label names, one a line: what a set says about them holds together. The first byte chooses the policy.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include <tagspan/tags.hpp>

namespace ts = tagspan;

namespace {

void must(bool condition) {
  if (!condition) std::abort();
}

void consistent(ts::label_set const& set) {
  for (std::size_t i = 0; i < set.size(); ++i) {
    auto const id = static_cast<ts::label_id>(i);
    must(set.find(set.name(id)) == id);
    ts::tag const t = set.tag_of(id);
    auto const lowest = set.id_of(t);
    must(lowest && *lowest <= id && set.tag_of(*lowest) == t);
    if (t.role != ts::role::outside) must(set.find_type(set.type_name(t.type)) == t.type);
    auto const written = set.id_of(t, {.begin = 'B', .inside = 'I', .end = 'L', .single = 'U'});
    must(written && set.tag_of(*written) == t);
  }
  for (std::size_t t = 0; t < set.type_count(); ++t) {
    ts::type_id const type{static_cast<std::uint32_t>(t)};
    must(set.find_type(set.type_name(type)) == type);
  }
  if (auto const scheme = set.detect_scheme()) must(!ts::scheme_name(*scheme).empty());
}

bool equal(ts::label_set const& a, ts::label_set const& b) {
  if (a.size() != b.size() || a.type_count() != b.type_count()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    auto const id = static_cast<ts::label_id>(i);
    if (a.name(id) != b.name(id) || !(a.tag_of(id) == b.tag_of(id)) || a.letter(id) != b.letter(id)) return false;
    if (a.id_of(a.tag_of(id)) != b.id_of(b.tag_of(id))) return false;
  }
  return a.detect_scheme() == b.detect_scheme();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  if (size == 0) return 0;
  ts::label_options const options{
      .position = (data[0] & 1U) != 0 ? ts::prefix_position::after : ts::prefix_position::before,
      .no_prefix = static_cast<ts::no_prefix>(data[0] / 2 % 3)};
  std::string const text(data + 1, data + size);
  // Sentences are parted by blank lines; each is interned at once.
  std::vector<std::vector<std::string_view>> sentences(1);
  std::size_t begin = 0;
  while (begin <= text.size()) {
    std::size_t const end = text.find('\n', begin) == std::string::npos ? text.size() : text.find('\n', begin);
    std::string_view const name(text.data() + begin, end - begin);
    if (name == "-") {
      sentences.emplace_back();
    } else {
      sentences.back().push_back(name);
    }
    begin = end + 1;
  }
  ts::label_set set(options);
  for (auto const& names : sentences) {
    ts::label_set const before = set;
    auto const ids = set.intern(names);
    if (!ids) {
      must(ids.error().where < names.size());
      must(equal(set, before));
      // The names before the culprit are fine by themselves, and with it they are not.
      std::vector<std::string_view> good(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(ids.error().where));
      ts::label_set copy = before;
      must(copy.intern(good).has_value());
      must(copy.intern_one(names[ids.error().where]).has_value() == false);
      continue;
    }
    must(ids->size() == names.size());
    for (std::size_t i = 0; i < names.size(); ++i) must(set.name((*ids)[i]) == names[i]);
    must(set.encode(names).value() == *ids);
    must(ts::remap(*ids, set, set).value() == *ids);
  }
  consistent(set);
  // Frozen, it is the same set.
  std::vector<std::string_view> all;
  for (std::size_t i = 0; i < set.size(); ++i) all.push_back(set.name(static_cast<ts::label_id>(i)));
  auto const frozen = ts::label_set::from_id2label(all, options);
  must(frozen.has_value() && equal(*frozen, set));
  // Each tag can be asked for again; what a growing set cannot write, it refuses and stays as it was.
  ts::label_set growing = set.growing();
  for (std::size_t t = 0; t < set.type_count(); ++t) {
    std::string_view const type = set.type_name(ts::type_id{static_cast<std::uint32_t>(t)});
    for (ts::role r : {ts::role::outside, ts::role::begin, ts::role::inside, ts::role::end, ts::role::single}) {
      std::size_t const labels = growing.size();
      auto const id = growing.intern_tag(r, type, ts::bioes::letters);
      if (id) {
        ts::tag const written = growing.tag_of(*id);
        must(written.role == r && (r == ts::role::outside || growing.type_name(written.type) == type));
      } else {
        must(growing.size() == labels);
      }
    }
  }
  consistent(growing);
  return 0;
}
