// SPDX-License-Identifier: MIT
#include "audit.hpp"

#include <nlohmann/json.hpp>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <chrono>
#include <ctime>
#include <utility>

namespace service {

namespace {

using json = nlohmann::ordered_json;

std::string now() {
  auto const since = std::chrono::system_clock::now().time_since_epoch();
  auto const ms = std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
  std::time_t const seconds = static_cast<std::time_t>(ms / 1000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  std::size_t const n = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  char out[48];
  std::snprintf(out, sizeof out, "%.*s.%03dZ", static_cast<int>(n), text, static_cast<int>(ms % 1000));
  return out;
}

}  // namespace

std::string hmac_sha256(std::string_view key, std::string_view text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<unsigned char const*>(text.data()),
       text.size(), digest, &size);
  std::string out;
  for (unsigned int i = 0; i < size; ++i) {
    out += "0123456789abcdef"[digest[i] >> 4U];
    out += "0123456789abcdef"[digest[i] & 15U];
  }
  return out;
}

audit_log::audit_log(std::string path) : path_(std::move(path)) {
  file_ = path_ == "-" ? stderr : std::fopen(path_.c_str(), "ab");
}

audit_log::~audit_log() {
  if (file_ != nullptr && file_ != stderr) std::fclose(file_);
}

bool audit_log::reopen() {
  std::lock_guard const lock(mutex_);
  if (file_ == stderr) return true;
  std::FILE* const fresh = std::fopen(path_.c_str(), "ab");
  if (fresh == nullptr) return false;
  std::fclose(file_);
  file_ = fresh;
  return true;
}

void audit_log::write(audit_record const& record, config const& used, ts::label_set const& labels) {
  json entities = json::array();
  for (byte_entity const& e : record.entities) {
    json one;
    one["type"] = labels.type_name(e.type);
    one["begin"] = e.span.begin;
    one["end"] = e.span.end;
    one["score"] = e.score;
    one["threshold"] = used.thresholds.value_or(e.type, used.min_score);
    if (!used.hmac_key.empty()) {
      one["surface_hmac"] = hmac_sha256(used.hmac_key, record.text.substr(e.span.begin, e.span.size()));
    }
    entities.push_back(std::move(one));
  }
  json out;
  out["time"] = now();
  out["event"] = "request";
  out["endpoint"] = record.endpoint;
  out["model_version"] = used.model_version;
  out["text_bytes"] = record.text.size();
  out["unit"] = "byte";
  out["entities"] = std::move(entities);
  out["below_threshold"] = record.dropped;
  line(out.dump(-1, ' ', false, json::error_handler_t::replace));
}

void audit_log::remark(std::string_view event, std::string_view detail) {
  json out;
  out["time"] = now();
  out["event"] = event;
  out["detail"] = detail;
  line(out.dump(-1, ' ', false, json::error_handler_t::replace));
}

void audit_log::line(std::string const& text) {
  std::lock_guard const lock(mutex_);
  // The number is what tells that a line is missing.
  std::fprintf(file_, "{\"number\":%llu,%s\n", static_cast<unsigned long long>(next_++), text.c_str() + 1);
  std::fflush(file_);
}

}  // namespace service
