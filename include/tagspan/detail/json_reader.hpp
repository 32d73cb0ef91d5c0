// SPDX-License-Identifier: MIT
// Documents of JSON that are read strictly: each key once, each member of its kind, and an error with the byte at which
// it stands. With nlohmann/json; works without exceptions.
#pragma once
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <tagspan/core/error.hpp>
#include <tagspan/detail/utf8.hpp>

namespace tagspan::inline TAGSPAN_ABI::detail {

template <class Json>
concept json_value = requires(Json& j, Json const& c) {
  j["key"] = Json::object();
  c.is_number_unsigned();
  Json::parse("", nullptr, false);
};

// JSON holds Unicode only. Bytes that are not UTF-8 are written "\xFF", and a backslash that stands before an x "\x5C",
// so that no name is lost or takes another's place.
inline std::string json_key(std::string_view name) {
  std::string key;
  for (std::size_t i = 0; i < name.size();) {
    utf8_part const part = part_at(name, i);
    for (std::size_t end = i + part.length; i < end; ++i) {
      bool const looks_escaped = name[i] == '\\' && i + 1 < name.size() && name[i + 1] == 'x';
      if (part.well_formed && !looks_escaped) {
        key += name[i];
        continue;
      }
      unsigned const byte = static_cast<unsigned char>(name[i]);
      key += "\\x";
      key += "0123456789ABCDEF"[byte >> 4U];
      key += "0123456789ABCDEF"[byte & 15U];
    }
  }
  return key;
}

// The name of which json_key made this, or nothing where it never makes that.
inline std::optional<std::string> name_in_json(std::string_view key) {
  std::string name;
  auto const digit = [&](std::size_t at) {
    return at < key.size() ? std::string_view("0123456789ABCDEF").find(key[at]) : std::string_view::npos;
  };
  for (std::size_t i = 0; i < key.size(); ++i) {
    bool const escaped = key[i] == '\\' && i + 1 < key.size() && key[i + 1] == 'x';
    if (!escaped) {
      name += key[i];
      continue;
    }
    std::size_t const high = digit(i + 2);
    std::size_t const low = digit(i + 3);
    if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
    name += static_cast<char>(static_cast<unsigned char>(high << 4U | low));
    i += 3;
  }
  if (json_key(name) != key) return std::nullopt;
  return name;
}

template <class Json>
Json const* json_member(Json const& object, std::string_view key) {
  if (!object.is_object()) return nullptr;
  auto const found = object.find(std::string(key));
  return found == object.end() ? nullptr : &*found;
}

inline std::optional<double> json_number(nlohmann::json const* value) {
  if (value == nullptr || !value->is_number()) return std::nullopt;
  return value->get<double>();
}

// JSON has no word for what is no finite number, so that is text.
template <json_value Json>
Json json_of(double value) {
  if (value - value == 0) return value;  // NOLINT: finite
  return value > 0 ? "inf" : value < 0 ? "-inf" : "nan";
}
inline std::optional<double> double_in(nlohmann::json const& value) {
  constexpr double inf = std::numeric_limits<double>::infinity();
  if (value.is_number()) return value.get<double>();
  if (value == "inf") return inf;
  if (value == "-inf") return -inf;
  if (value == "nan") return std::numeric_limits<double>::quiet_NaN();
  return std::nullopt;
}

// All of a text as one number, or false.
template <class Number, class... Base>
bool read_whole(std::string_view text, Number& number, Base... base) {
  auto const read = std::from_chars(text.data(), text.data() + text.size(), number, base...);
  return read.ec == std::errc() && read.ptr == text.data() + text.size();
}

// One step of the way from a document's root to a value in it.
struct json_step {
  std::size_t index = 0;             // in an array
  std::string const* key = nullptr;  // in an object
};

// Reads a text once more, only to say at which byte something stands. nlohmann gives no places, so the text is followed
// token by token beside the events.
class json_finder final : public nlohmann::json_sax<nlohmann::json> {
 public:
  // Stops at the value to which the steps lead, or, without steps, at the second of two equal keys.
  json_finder(std::string_view text, std::vector<json_step> const* steps) : text_(text), steps_(steps) {
    if (text.starts_with("\xEF\xBB\xBF")) at_ = 3;
    static_cast<void>(nlohmann::json::sax_parse(text, this));
  }
  std::size_t byte() const noexcept { return byte_; }

  bool null() override { return value(); }
  bool boolean(bool) override { return value(); }
  bool number_integer(number_integer_t) override { return value(); }
  bool number_unsigned(number_unsigned_t) override { return value(); }
  bool number_float(number_float_t, string_t const&) override { return value(); }
  bool string(string_t&) override { return value(); }
  bool binary(binary_t&) override { return value(); }
  bool start_object(std::size_t) override { return value() && open(); }
  bool start_array(std::size_t) override { return value() && open(); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& name) override {
    std::size_t const begin = token();
    if (steps_ == nullptr && !open_.back().keys.insert(name).second) return found(begin);
    open_.back().key = name;
    return true;
  }
  bool parse_error(std::size_t at, std::string const&, nlohmann::json::exception const&) override {
    return found(at == 0 ? 0 : at - 1);
  }

 private:
  struct level {
    std::size_t index = 0;
    std::string key;
    std::set<std::string> keys;
  };

  bool found(std::size_t byte) {
    byte_ = byte;
    return false;
  }
  bool open() {
    open_.emplace_back();
    return true;
  }
  bool close() {
    token();
    open_.pop_back();
    return true;
  }
  // A value, or the beginning of one.
  bool value() {
    std::size_t const begin = token();
    if (is_wanted()) return found(begin);
    if (!open_.empty()) ++open_.back().index;
    return true;
  }
  bool is_wanted() const {
    if (steps_ == nullptr || open_.size() != steps_->size()) return false;
    for (std::size_t k = 0; k < open_.size(); ++k) {
      json_step const& step = (*steps_)[k];
      bool const inner = k + 1 < open_.size();  // an item that is open has been counted
      if (step.key != nullptr ? open_[k].key != *step.key : open_[k].index != step.index + inner) return false;
    }
    return true;
  }
  // Where the next token begins; moves behind it. The text is known to be in order so far.
  std::size_t token() {
    at_ = std::min(text_.find_first_not_of(" \t\n\r,:", at_), text_.size());
    std::size_t const begin = at_;
    if (begin == text_.size()) return begin;
    if (text_[at_++] == '"') {
      for (; at_ < text_.size() && text_[at_] != '"'; ++at_) at_ += text_[at_] == '\\';
      ++at_;
    } else if (std::string_view("{}[]").find(text_[begin]) == std::string_view::npos) {
      at_ = std::min(text_.find_first_of(" \t\n\r,:]}", at_), text_.size());
    }
    return begin;
  }

  std::string_view text_;
  std::vector<json_step> const* steps_;
  std::vector<level> open_;
  std::size_t at_ = 0, byte_ = 0;
};

// A whole document, or bad_json with the byte at which it stops making sense or where a key stands a second time.
inline result<nlohmann::json> parse_json(std::string_view text) {
  std::vector<std::size_t> keys;  // of the objects that are open; of two equal ones an object holds one
  bool twice = false;
  auto const watch = [&](int depth, nlohmann::json::parse_event_t event, nlohmann::json& parsed) {
    using enum nlohmann::json::parse_event_t;
    std::size_t const level = static_cast<std::size_t>(depth);
    if (event == object_start) {
      keys.resize(level + 1);
      keys[level] = 0;
    }
    if (event == key) ++keys[level - 1];
    if (event == object_end) twice = twice || parsed.size() != keys[level];
    return true;
  };
  auto document = nlohmann::json::parse(text, watch, false);
  if (document.is_discarded() || twice) return error{errc::bad_json, json_finder(text, nullptr).byte(), 0};
  return document;
}

// A document that is being read, and the first value in it that is not what it should be.
class json_reading {
 public:
  json_reading(std::string_view text, nlohmann::json const& document) : text_(text), document_(document) {}
  json_reading(json_reading const&) = delete;
  json_reading& operator=(json_reading const&) = delete;

  nlohmann::json const& document() const noexcept { return document_; }
  bool good() const noexcept { return wrong_ == nullptr; }
  void expect(bool fine, nlohmann::json const& value) noexcept {
    if (!fine && good()) wrong_ = &value;
  }
  // Stands for what could not be read; by then something else was wrong.
  nlohmann::json const& nothing() const noexcept { return nothing_; }

  // Where the first wrong value begins. Contract: not good().
  error where() const {
    TAGSPAN_EXPECTS(!good(), "json_reading::where: nothing is wrong");
    struct level {
      nlohmann::json const* value;
      nlohmann::json::const_iterator next;
      std::size_t index = 0;
    };
    std::vector<level> way{{&document_, document_.begin()}};  // no recursion: others choose how deep a document is
    std::vector<json_step> steps;
    while (way.back().value != wrong_) {
      level& last = way.back();
      if (!last.value->is_structured() || last.next == last.value->end()) {
        way.pop_back();
        continue;
      }
      nlohmann::json const& child = *last.next;
      steps.resize(way.size() - 1);
      steps.push_back({last.index++, last.value->is_object() ? &last.next.key() : nullptr});
      ++last.next;
      way.push_back({&child, child.begin()});
    }
    steps.resize(way.size() - 1);
    return error{errc::bad_json, json_finder(text_, &steps).byte(), 0};
  }

 private:
  std::string_view text_;
  nlohmann::json const& document_;
  nlohmann::json const* wrong_ = nullptr;
  nlohmann::json const nothing_;
};

// One value of a document, read as what it should be. What is not is noted, and reads as 0 or "" or an empty list.
class json_value_reader {
 public:
  json_value_reader(json_reading& reading, nlohmann::json const& value) : reading_(&reading), value_(&value) {}
  explicit json_value_reader(json_reading& reading) : json_value_reader(reading, reading.document()) {}

  bool good() const noexcept { return reading_->good(); }
  void expect(bool fine) const noexcept { reading_->expect(fine, *value_); }

  // A member that must be there, or one that need not.
  json_value_reader operator[](std::string_view key) const {
    auto const* const found = json_member(*value_, key);
    expect(found != nullptr);
    return {*reading_, found == nullptr ? reading_->nothing() : *found};
  }
  bool has(std::string_view key) const { return json_member(*value_, key) != nullptr; }

  std::uint64_t whole_number() const {
    expect(value_->is_number_unsigned());
    return good() ? value_->get<std::uint64_t>() : 0;
  }
  std::size_t count() const {
    std::uint64_t const number = whole_number();
    expect(number <= std::numeric_limits<std::size_t>::max());
    return static_cast<std::size_t>(number);
  }
  double figure() const {
    auto const value = double_in(*value_);
    expect(value.has_value());
    return value.value_or(0);
  }
  // The bytes of which json_key made the text.
  std::string text() const {
    auto name = value_->is_string() ? name_in_json(value_->get_ref<std::string const&>()) : std::nullopt;
    expect(name.has_value());
    return name ? std::move(*name) : std::string{};
  }
  // The place of the text among these.
  template <std::size_t N>
  std::size_t one_of(std::string_view const (&names)[N]) const {
    std::string const given = text();
    for (std::size_t k = 0; k < N; ++k) {
      if (given == names[k]) return k;
    }
    expect(false);
    return 0;
  }
  std::uint64_t hexadecimal() const {
    std::uint64_t number = 0;
    expect(read_whole(text(), number, 16));
    return number;
  }

  // The items of an array.
  std::vector<json_value_reader> items() const {
    expect(value_->is_array());
    std::vector<json_value_reader> out;
    if (good()) {
      for (auto const& item : *value_) out.push_back({*reading_, item});
    }
    return out;
  }
  // f(name, member) for each member of an object, by the bytes of the names: escaped they may stand in another order.
  template <class F>
  void for_each_name(F&& f) const {
    expect(value_->is_object());
    if (!good()) return;
    std::vector<std::pair<std::string, nlohmann::json const*>> members;
    for (auto const& member : value_->items()) {
      auto name = name_in_json(member.key());
      reading_->expect(name.has_value(), member.value());
      if (!name) return;
      members.emplace_back(std::move(*name), &member.value());
    }
    std::sort(members.begin(), members.end());
    for (auto const& [name, member] : members) f(name, json_value_reader(*reading_, *member));
  }

 private:
  json_reading* reading_;
  nlohmann::json const* value_;
};

// Reads a whole text: f(reader of its root) makes an R, or notes what is wrong.
template <class R, class F>
result<R> read_json(std::string_view text, F&& f) {
  auto const document = parse_json(text);
  if (!document) return document.error();
  json_reading reading(text, *document);
  R out = f(json_value_reader(reading));
  if (!reading.good()) return reading.where();
  return out;
}

}  // namespace tagspan::inline TAGSPAN_ABI::detail
