// SPDX-License-Identifier: MIT
// What the service is told: a JSON file, read at the start and again on SIGHUP. A file that does not make sense changes
// nothing.
#pragma once
#include <tagspan/model/type_table.hpp>
#include <tagspan/tags/labels.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace service {

namespace ts = tagspan;

struct config {
  // Read once, at the start.
  std::string host = "127.0.0.1";
  int port = 8080;  // 0: any that is free
  std::size_t threads = 32;
  std::size_t max_request_bytes = 1 << 20;
  int read_timeout_s = 5, write_timeout_s = 5;
  std::string audit_log = "-";  // "-": the standard error

  // Read anew on SIGHUP.
  std::string model_version = "unnamed";
  float min_score = 0;
  ts::type_table<float> thresholds;
  std::string hmac_key;  // empty: no hashes in the log
};

// The config that a text holds, or a sentence that says what is wrong with it. The sentence quotes keys, never values:
// one of them is a secret.
std::variant<config, std::string> parse_config(std::string_view text, ts::label_set const& labels);

// The same from a file.
std::variant<config, std::string> read_config(std::string const& path, ts::label_set const& labels);

}  // namespace service
