// SPDX-License-Identifier: MIT
// The audit log: one JSON object a line on what was found and by which rule, without a byte of the text itself. A
// surface form is there only as HMAC-SHA-256 under the config's key: a plain hash of a name is the name to whoever owns
// a list of names.
#pragma once
#include "config.hpp"

#include <tagspan/core/span.hpp>

#include <cstdint>
#include <cstdio>
#include <mutex>
#include <span>
#include <string>
#include <string_view>

namespace service {

using byte_entity = ts::scored_entity<ts::unit::byte>;

std::string hmac_sha256(std::string_view key, std::string_view text);  // 64 hexadecimal digits

struct audit_record {
  std::string_view endpoint;
  std::string_view text;  // for its size, and for hashes
  std::span<byte_entity const> entities;
  std::size_t dropped = 0;  // by their thresholds
};

class audit_log {
 public:
  explicit audit_log(std::string path);
  ~audit_log();
  audit_log(audit_log const&) = delete;
  audit_log& operator=(audit_log const&) = delete;

  bool is_open() const { return file_ != nullptr; }
  // Opens the path again, for those who move logs away. The old file stays in use where that fails.
  bool reopen();
  // Any thread. A line is written whole.
  void write(audit_record const& record, config const& used, ts::label_set const& labels);
  // What is not about a request: a start, a reload that failed.
  void remark(std::string_view event, std::string_view detail);

 private:
  void line(std::string const& json);

  std::string path_;
  std::FILE* file_ = nullptr;
  std::mutex mutex_;
  std::uint64_t next_ = 1;
};

}  // namespace service
