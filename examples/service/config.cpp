// SPDX-License-Identifier: MIT
#include "config.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <utility>
#include <vector>

namespace service {

namespace {

using json = nlohmann::json;

// Takes members out of an object, so that what is left over is unknown.
class members {
 public:
  explicit members(json object) : object_(std::move(object)) {}

  template <class T, class IsFine>
  void take(char const* key, T& into, char const* owed, IsFine is_fine) {
    auto const found = object_.find(key);
    if (found == object_.end()) return;
    if (is_fine(*found)) {
      into = found->template get<T>();
    } else {
      complain(std::string("\"") + key + "\" must be " + owed);
    }
    object_.erase(found);
  }
  std::optional<json> take(char const* key) {
    auto const found = object_.find(key);
    if (found == object_.end()) return std::nullopt;
    json value = *found;
    object_.erase(found);
    return value;
  }
  void complain(std::string what) {
    if (wrong_.empty()) wrong_ = std::move(what);
  }
  std::string wrong() {
    if (wrong_.empty() && !object_.empty()) return "unknown key \"" + object_.begin().key() + '"';
    return wrong_;
  }

 private:
  json object_;
  std::string wrong_;
};

bool is_text(json const& value) { return value.is_string(); }
bool is_score(json const& value) { return value.is_number() && value.get<double>() >= 0 && value.get<double>() <= 1; }
auto between(long long low, long long high) {
  return [=](json const& value) {
    return value.is_number_integer() && value.get<long long>() >= low && value.get<long long>() <= high;
  };
}

}  // namespace

std::variant<config, std::string> parse_config(std::string_view text, ts::label_set const& labels) {
  json document;
  try {
    document = json::parse(text, nullptr, true, true);
  } catch (json::parse_error const& e) {  // its own words quote the text
    std::string_view const before = text.substr(0, e.byte == 0 ? 0 : e.byte - 1);
    auto const line = 1 + std::count(before.begin(), before.end(), '\n');
    auto const column = before.size() - (before.rfind('\n') + 1) + 1;  // in bytes
    return "not JSON at line " + std::to_string(line) + ", column " + std::to_string(column);
  }
  if (!document.is_object()) return std::string("the whole must be an object, and is of type ") + document.type_name();
  members all(document);
  config c;
  all.take("host", c.host, "a text", is_text);
  all.take("port", c.port, "a port, or 0 for any", between(0, 65535));
  all.take("threads", c.threads, "a number from 1 to 1024", between(1, 1024));
  all.take("max_request_bytes", c.max_request_bytes, "a number from 1 to 2^30", between(1, 1 << 30));
  all.take("read_timeout_s", c.read_timeout_s, "a number of seconds from 1 to 3600", between(1, 3600));
  all.take("write_timeout_s", c.write_timeout_s, "a number of seconds from 1 to 3600", between(1, 3600));
  all.take("audit_log", c.audit_log, "a path, or \"-\"", is_text);
  all.take("model_version", c.model_version, "a text", is_text);
  all.take("min_score", c.min_score, "a score from 0 to 1", is_score);
  all.take("hmac_key", c.hmac_key, "a text of at least 16 bytes",
           [](json const& value) { return value.is_string() && value.get_ref<std::string const&>().size() >= 16; });
  if (auto const thresholds = all.take("thresholds")) {
    std::vector<std::pair<std::string, float>> entries;
    if (!thresholds->is_object()) all.complain("\"thresholds\" must be an object of scores by type");
    for (auto const& [type, score] : thresholds->items()) {
      if (!is_score(score)) {
        all.complain("the threshold of \"" + type + "\" must be a score from 0 to 1");
      } else if (!labels.find_type(type)) {
        all.complain("the model has no type \"" + type + '"');
      } else {
        entries.emplace_back(type, score.get<float>());
      }
    }
    auto table = ts::type_table<float>::from(entries, labels);
    if (table) c.thresholds = *std::move(table);
  }
  if (std::string wrong = all.wrong(); !wrong.empty()) return wrong;
  return c;
}

std::variant<config, std::string> read_config(std::string const& path, ts::label_set const& labels) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return "cannot be read";
  std::string const text{std::istreambuf_iterator<char>(file), {}};
  return parse_config(text, labels);
}

}  // namespace service
