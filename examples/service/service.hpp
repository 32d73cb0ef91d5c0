// SPDX-License-Identifier: MIT
// The service: POST /entities and /redact, /healthz, /metrics, and a page at "/". Answers and logs are made of types,
// offsets and scores; what a client sent never comes back in an error.
#pragma once
#include "audit.hpp"
#include "backend.hpp"
#include "config.hpp"
#include "metrics.hpp"

#include <httplib.h>

#include <memory>
#include <mutex>
#include <string>

namespace service {

class server {
 public:
  // `model` outlives the server.
  server(backend const& model, config first);

  // Binds the config's host and port; the port, or -1 where that fails.
  int bind();
  // Answers until stop(); what is being answered then is answered to its end.
  void run() { http_.listen_after_bind(); }
  void stop() { http_.stop(); }
  // Takes another config, or says why not; then the old one stays.
  void reload(std::string const& path);
  audit_log& log() { return log_; }

 private:
  // A request sees one config from its begin to its end.
  struct snapshot {
    config settings;
    ts::pipeline<ts::bio> ner;
  };
  std::shared_ptr<snapshot const> current() const;
  std::shared_ptr<snapshot const> make_snapshot(config settings) const;
  void add_routes();
  void answer(metrics::endpoint which, std::string const& body, httplib::Response& response);
  void refuse(httplib::Request const& request, httplib::Response& response);

  backend const& model_;
  std::string host_;
  int port_;
  std::size_t max_request_bytes_;
  audit_log log_;
  metrics metrics_;
  mutable std::mutex mutex_;
  std::shared_ptr<snapshot const> current_;
  httplib::Server http_;
};

}  // namespace service
