// SPDX-License-Identifier: MIT
#include "service.hpp"

#include "page.hpp"

#include <nlohmann/json.hpp>
#include <tagspan/text/offsets.hpp>
#include <tagspan/text/redact.hpp>

#include <chrono>
#include <optional>
#include <utility>
#include <vector>

namespace service {

namespace {

using json = nlohmann::ordered_json;
using clock = std::chrono::steady_clock;

double since(clock::time_point begin) { return std::chrono::duration<double>(clock::now() - begin).count(); }

// What is wrong with a request: a status and a fixed sentence.
struct refusal {
  int status;
  std::string what;
};

struct question {
  std::string text;
  std::string unit = "code_point";
};

std::variant<question, refusal> read(std::string const& body) {
  auto const document = json::parse(body, nullptr, false);
  if (document.is_discarded()) return refusal{400, "the body is not JSON, or not UTF-8"};
  auto const text = document.is_object() ? document.find("text") : document.end();
  if (!document.is_object() || text == document.end() || !text->is_string()) {
    return refusal{400, "the body must be an object with a string \"text\""};
  }
  question q;
  q.text = text->get<std::string>();
  if (auto const unit = document.find("unit"); unit != document.end()) {
    if (!unit->is_string()) return refusal{400, "\"unit\" must be byte, code_point or utf16"};
    q.unit = unit->get<std::string>();
  }
  if (q.unit != "byte" && q.unit != "code_point" && q.unit != "utf16") {
    return refusal{400, "\"unit\" must be byte, code_point or utf16"};
  }
  return q;
}

// The span of an entity in the unit that the client counts.
template <class Unit>
std::pair<std::size_t, std::size_t> ends(ts::offset_map const& map, ts::byte_span s) {
  auto const span = map.to<Unit>(s);
  return {span.begin, span.end};
}
std::pair<std::size_t, std::size_t> in_unit(std::string const& unit, ts::offset_map const& map, ts::byte_span s) {
  if (unit == "utf16") return ends<ts::unit::utf16>(map, s);
  if (unit == "byte") return {s.begin, s.end};
  return ends<ts::unit::code_point>(map, s);
}

void send(httplib::Response& response, int status, json const& body) {
  response.status = status;
  response.set_content(body.dump(-1, ' ', false, json::error_handler_t::replace) + '\n', "application/json");
}

std::vector<std::string> type_names(ts::label_set const& labels) {
  std::vector<std::string> names;
  for (std::size_t t = 0; t < labels.type_count(); ++t) {
    names.emplace_back(labels.type_name(ts::type_id{static_cast<std::uint32_t>(t)}));
  }
  return names;
}

}  // namespace

server::server(backend const& model, config first)
    : model_(model),
      host_(first.host),
      port_(first.port),
      max_request_bytes_(first.max_request_bytes),
      log_(first.audit_log),
      metrics_(type_names(model.labels())) {
  http_.new_task_queue = [threads = first.threads] { return new httplib::ThreadPool(threads); };
  http_.set_payload_max_length(first.max_request_bytes);
  http_.set_read_timeout(first.read_timeout_s);
  http_.set_write_timeout(first.write_timeout_s);
  http_.set_keep_alive_max_count(1'000'000);
  http_.set_tcp_nodelay(true);
  current_ = make_snapshot(std::move(first));
  add_routes();
}

int server::bind() {
  if (port_ == 0) return http_.bind_to_any_port(host_);
  return http_.bind_to_port(host_, port_) ? port_ : -1;
}

std::shared_ptr<server::snapshot const> server::make_snapshot(config settings) const {
  ts::pipeline_options options = model_.options();
  options.min_score = settings.min_score;
  options.min_score_by_type = settings.thresholds;
  return std::make_shared<snapshot const>(snapshot{std::move(settings), ts::pipeline<ts::bio>{model_.labels(), options}});
}

std::shared_ptr<server::snapshot const> server::current() const {
  std::lock_guard const lock(mutex_);
  return current_;
}

void server::reload(std::string const& path) {
  auto read = read_config(path, model_.labels());
  if (auto const* const wrong = std::get_if<std::string>(&read)) {
    metrics_.reload(false);
    log_.remark("reload_failed", "the old config stays: " + *wrong);
    return;
  }
  if (!log_.reopen()) log_.remark("log_kept", "the audit log cannot be opened anew");
  auto fresh = make_snapshot(std::get<config>(std::move(read)));
  {
    std::lock_guard const lock(mutex_);
    current_ = std::move(fresh);
  }
  metrics_.reload(true);
  log_.remark("reloaded", "thresholds, model version and key are those of the file now");
}

void server::answer(metrics::endpoint which, std::string const& body, httplib::Response& response) {
  auto const begin = clock::now();
  auto const state = current();
  auto const refuse = [&](int status, std::string const& what) {
    send(response, status, json{{"error", what}});
    metrics_.request(which, status, since(begin));
  };
  auto asked = read(body);
  if (auto const* const no = std::get_if<refusal>(&asked)) return refuse(no->status, no->what);
  question const& q = std::get<question>(asked);

  thread_local ts::pipeline_workspace memory;
  thread_local ts::pipeline_result<ts::unit::byte> found;
  tokens const of_text = model_.tokenize(q.text);
  double in_model = 0;
  auto const scores = [&](ts::window_batch const& batch) {
    auto const start = clock::now();
    auto out = model_.scores(q.text, of_text, batch);
    in_model += since(start);
    return out;
  };
  auto const start = clock::now();
  auto const done = state->ner.run_into(q.text, of_text, scores, found, memory);
  if (!done) return refuse(500, ts::message(done.error()));  // names positions, never the text

  ts::offset_map const map(q.text);
  thread_local std::vector<std::pair<std::size_t, std::size_t>> places;
  places.clear();
  for (byte_entity const& e : found.entities) places.push_back(in_unit(q.unit, map, e.span));
  std::optional<ts::redaction> hidden;
  if (which == metrics::endpoint::redact) {
    auto const names = type_names(model_.labels());
    std::vector<std::string_view> const views(names.begin(), names.end());
    auto made = ts::redact(q.text, found.entities, {.type_names = views});
    if (!made) return refuse(500, ts::message(made.error()));
    hidden = *std::move(made);
  }
  metrics_.spent(in_model, since(start) - in_model);

  json entities = json::array();
  for (std::size_t i = 0; i < places.size(); ++i) {
    byte_entity const& e = found.entities[i];
    auto const [first, last] = places[i];
    entities.push_back({{"type", model_.labels().type_name(e.type)}, {"begin", first}, {"end", last}, {"score", e.score}});
  }
  json out;
  out["model_version"] = state->settings.model_version;
  out["unit"] = q.unit;
  out["entities"] = std::move(entities);
  if (hidden) out["text"] = hidden->text();
  for (byte_entity const& e : found.entities) metrics_.entity(ts::index(e.type), static_cast<double>(e.score));
  metrics_.below_threshold(found.trace.decoded.below_min_score);
  log_.write({.endpoint = which == metrics::endpoint::redact ? "/redact" : "/entities",
              .text = q.text,
              .entities = found.entities,
              .dropped = found.trace.decoded.below_min_score},
             state->settings, model_.labels());
  send(response, 200, out);
  metrics_.request(which, 200, since(begin));
}

// What no route has answered: says why, and counts it.
void server::refuse(httplib::Request const& q, httplib::Response& a) {
  if (!a.body.empty()) return;
  bool const posts = q.path == "/entities" || q.path == "/redact";
  bool const gets = q.path == "/" || q.path == "/healthz" || q.path == "/metrics";
  if (a.status == 404 && (posts || gets)) {
    a.status = 405;
    a.set_header("Allow", posts ? "POST" : "GET, HEAD");
  }
  char const* const what = a.status == 404   ? "there is nothing here"
                           : a.status == 405 ? "this is not asked for by that method"
                           : a.status == 413 ? "the request is too large"
                           : a.status == 400 ? "not a request that can be read"
                                             : "the request was not answered";
  send(a, a.status, json{{"error", what}});
  metrics_.refused(q.path == "/entities" ? metrics::endpoint::entities
                   : q.path == "/redact" ? metrics::endpoint::redact
                                         : metrics::endpoint::other,
                   a.status);
}

void server::add_routes() {
  // All bodies are JSON, whatever their headers say: as a form, 8 kB would be the end, and what is compressed grows. A
  // range would cut an answer; it means something with GET of a file only.
  http_.set_pre_routing_handler([](httplib::Request const& q, httplib::Response& a) {
    auto& request = const_cast<httplib::Request&>(q);
    request.ranges.clear();
    for (char const* header : {"Content-Type", "Content-Encoding"}) request.headers.erase(header);
    if (q.method != "PRI") return httplib::Server::HandlerResponse::Unhandled;
    a.status = 400;  // of HTTP/2; its body would be read
    return httplib::Server::HandlerResponse::Handled;
  });
  // Bodies in chunks do not say how large they are. What is too much is read, so that the next request is found, and
  // forgotten.
  auto const read_body = [this](httplib::ContentReader const& reader, httplib::Response& a, std::string& body) {
    bool too_large = false;
    bool const whole = reader([&](char const* data, std::size_t size) {
      too_large = too_large || size > max_request_bytes_ - body.size();
      if (!too_large) body.append(data, size);
      return true;
    });
    if (too_large || (!whole && a.status < 400)) a.status = too_large ? 413 : 400;
    return whole && !too_large;
  };
  auto const post = [&](char const* path, metrics::endpoint which) {
    http_.Post(path, [=, this](httplib::Request const&, httplib::Response& a, httplib::ContentReader const& reader) {
      std::string body;
      if (read_body(reader, a, body)) answer(which, body, a);
    });
  };
  post("/entities", metrics::endpoint::entities);
  post("/redact", metrics::endpoint::redact);
  auto const nothing = [=](httplib::Request const&, httplib::Response& a, httplib::ContentReader const& reader) {
    std::string body;
    if (read_body(reader, a, body)) a.status = 404;
  };
  http_.Post(".*", nothing).Put(".*", nothing).Patch(".*", nothing).Delete(".*", nothing);
  http_.Get("/healthz", [this](httplib::Request const&, httplib::Response& a) {
    send(a, 200, json{{"status", "ok"}, {"model_version", current()->settings.model_version}});
  });
  http_.Get("/metrics", [this](httplib::Request const&, httplib::Response& a) {
    a.set_content(metrics_.text(), "text/plain; version=0.0.4");
  });
  http_.Get("/", [](httplib::Request const&, httplib::Response& a) {
    a.set_content(page.data(), page.size(), "text/html; charset=utf-8");
  });
  http_.set_error_handler([this](httplib::Request const& q, httplib::Response& a) { refuse(q, a); });
  http_.set_exception_handler([](httplib::Request const&, httplib::Response& a, std::exception_ptr) {
    a.body.clear();  // refuse() says the rest
    a.status = 500;
  });
  http_.set_post_routing_handler([](httplib::Request const&, httplib::Response& a) {
    a.set_header("Cache-Control", "no-store");
    a.set_header("X-Content-Type-Options", "nosniff");
  });
}

}  // namespace service
