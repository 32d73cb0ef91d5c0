// SPDX-License-Identifier: MIT
// Starts the service as a program and talks to it as clients do, well-behaved and not.
#define DOCTEST_CONFIG_IMPLEMENT
#include "audit.hpp"
#include "config.hpp"

#include <doctest/doctest.h>
#include <httplib.h>
#include <nlohmann/json.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

namespace {

using json = nlohmann::json;
namespace ts = tagspan;

constexpr char const* log_path = SERVICE_WORK_DIR "/audit.jsonl";
constexpr char const* config_path = SERVICE_WORK_DIR "/config.json";

std::string read(char const* path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}
std::size_t lines_with(std::string const& text, std::string_view part) {
  std::size_t n = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++n;
  return n;
}

json settings() {
  return {{"port", 0}, {"threads", 16}, {"max_request_bytes", 100000}, {"read_timeout_s", 1}, {"audit_log", log_path},
          {"model_version", "test-1"}, {"min_score", 0.0}, {"hmac_key", "a key of the test, 32 bytes long"}};
}
void write_config(json const& config) { std::ofstream(config_path) << config.dump(); }

// The program, from its start to its end.
class running_service {
 public:
  running_service() {
    std::remove(log_path);
    write_config(settings());
    int out[2];
    REQUIRE(pipe(out) == 0);
    pid_ = fork();
    if (pid_ == 0) {
      dup2(out[1], 1);
      execl(SERVICE_PROGRAM, SERVICE_PROGRAM, config_path, nullptr);
      _exit(127);
    }
    close(out[1]);
    std::string line;
    for (char c; ::read(out[0], &c, 1) == 1 && c != '\n';) line += c;
    close(out[0]);
    REQUIRE_MESSAGE(line.find("http://127.0.0.1:") == 0, line);
    port = std::stoi(line.substr(line.rfind(':') + 1));
  }
  ~running_service() {
    if (pid_ > 0) stop();
  }
  int stop() {
    kill(pid_, SIGTERM);
    int status = -1;
    waitpid(pid_, &status, 0);
    pid_ = 0;
    return status;
  }
  void hang_up() const { kill(pid_, SIGHUP); }

  httplib::Client client() const {
    httplib::Client c("127.0.0.1", port);
    c.set_read_timeout(10);
    return c;
  }
  json post(std::string const& path, json const& body, int status = 200) const {
    auto c = client();
    auto const answer = c.Post(path.c_str(), body.dump(), "application/json");
    REQUIRE(answer);
    CHECK(answer->status == status);
    return json::parse(answer->body);
  }
  std::string metrics() const {
    auto c = client();
    auto const answer = c.Get("/metrics");
    REQUIRE(answer);
    return answer->body;
  }

  int port = 0;

 private:
  pid_t pid_ = 0;
};

template <class F>
bool soon(F holds) {
  for (int i = 0; i < 200; ++i) {
    if (holds()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return false;
}

}  // namespace

TEST_CASE("HMAC-SHA-256: the second case of RFC 4231") {
  CHECK(service::hmac_sha256("Jefe", "what do ya want for nothing?") ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST_CASE("a config that makes no sense is refused in words, without its values") {
  auto const labels = ts::label_set::for_types<ts::bio>({"PER", "LOC"});
  struct row {
    char const* text;
    char const* wrong;
  };
  for (auto const& [text, wrong] : std::vector<row>{
           {"", "not JSON at line 1, column 1"},
           {"{", "not JSON at line 1, column 2"},
           {"{\"port\": 80,\n  \"hmac_key\": hunter2}", "not JSON at line 2, column 15"},
           {"[]", "the whole must be an object, and is of type array"},
           {"\"hunter2\"", "the whole must be an object, and is of type string"},
           {R"({"port": 70000})", "\"port\" must be a port, or 0 for any"},
           {R"({"port": "80"})", "\"port\" must be a port, or 0 for any"},
           {R"({"min_score": 1.5})", "\"min_score\" must be a score from 0 to 1"},
           {R"({"thresholds": {"PER": 2}})", "the threshold of \"PER\" must be a score from 0 to 1"},
           {R"({"thresholds": {"ORG": 0.5}})", "the model has no type \"ORG\""},
           {R"({"thresholds": 0.5})", "\"thresholds\" must be an object of scores by type"},
           {R"({"hmac_key": "secret"})", "\"hmac_key\" must be a text of at least 16 bytes"},
           {R"({"treshold": 1})", "unknown key \"treshold\""},
       }) {
    CAPTURE(text);
    auto const read = service::parse_config(text, labels);
    REQUIRE(std::holds_alternative<std::string>(read));
    CHECK(std::get<std::string>(read) == wrong);
  }
  auto const good = service::parse_config(R"({"min_score": 0.25, "thresholds": {"LOC": 0.5}} // a comment)", labels);
  REQUIRE(std::holds_alternative<service::config>(good));
  auto const& c = std::get<service::config>(good);
  CHECK(c.min_score == 0.25f);
  CHECK(c.thresholds.get(*labels.find_type("LOC")) == 0.5f);
  CHECK_FALSE(c.thresholds.contains(*labels.find_type("PER")));
}

TEST_CASE("the service") {
  running_service const here;
  std::string const text = "\xF0\x9F\x98\x80 Ada Larsen wrote to Tomas Plana from Madrid.";

  SUBCASE("entities, in the unit that is asked for") {
    for (auto const& [unit, begin] : std::vector<std::pair<std::string, std::size_t>>{{"byte", 5}, {"code_point", 2}, {"utf16", 3}}) {
      auto const answer = here.post("/entities", {{"text", text}, {"unit", unit}});
      REQUIRE(answer["entities"].size() == 3);
      CHECK(answer["entities"][0]["type"] == "PER");
      CHECK(answer["entities"][0]["begin"] == begin);
      CHECK(answer["entities"][0]["end"] == begin + 10);
      CHECK(answer["entities"][2]["type"] == "LOC");
      CHECK(answer["model_version"] == "test-1");
    }
    CHECK(here.post("/entities", {{"text", ""}})["entities"].empty());
    CHECK(here.post("/entities", {{"text", " \n\t "}})["entities"].empty());
  }

  SUBCASE("redaction") {
    auto const answer = here.post("/redact", {{"text", text}});
    CHECK(answer["text"] == "\xF0\x9F\x98\x80 [PER] wrote to [PER] from [LOC].");
  }

  SUBCASE("refusals say what is wrong and echo nothing") {
    struct row {
      std::string body;
      int status;
    };
    std::string const secret = "Xyzzy-4711";
    for (auto const& [body, status] : std::vector<row>{
             {"", 400},
             {"{\"text\": \"" + secret, 400},
             {secret, 400},
             {"{\"text\": 5, \"note\": \"" + secret + "\"}", 400},
             {"{\"tekst\": \"" + secret + "\"}", 400},
             {"[\"" + secret + "\"]", 400},
             {"{\"text\": \"" + secret + "\", \"unit\": \"" + secret + "\"}", 400},
             {"{\"text\": \"" + secret + "\", \"unit\": 3}", 400},
             {"{\"text\": \"" + secret + "\\ud800\"}", 400},
             {"{\"text\": \"" + secret + "\xFF\"}", 400},
             {"{\"text\": \"" + secret + std::string(200000, 'x') + "\"}", 413},
         }) {
      CAPTURE(body.substr(0, 60));
      auto c = here.client();
      auto const answer = c.Post("/entities", body, "application/json");
      if (!answer) {  // a body that is too large may be cut off
        CHECK(status == 413);
        continue;
      }
      CHECK(answer->status == status);
      CHECK(answer->body.find(secret) == std::string::npos);
      CHECK(json::parse(answer->body).contains("error"));
    }
    auto c = here.client();
    CHECK(c.Get(("/" + secret).c_str())->status == 404);
    CHECK(c.Get(("/" + secret).c_str())->body.find(secret) == std::string::npos);
    CHECK(here.metrics().find(secret) == std::string::npos);
    CHECK(read(log_path).find(secret) == std::string::npos);
  }

  SUBCASE("other methods, other paths and what is too large are refused and counted") {
    struct row {
      std::string method, path;
      int status;
      std::string allowed;
    };
    auto c = here.client();
    for (auto const& [method, path, status, allowed] : std::vector<row>{
             {"GET", "/entities", 405, "POST"},
             {"HEAD", "/entities", 405, "POST"},
             {"PUT", "/entities", 405, "POST"},
             {"PATCH", "/entities", 405, "POST"},
             {"DELETE", "/entities", 405, "POST"},
             {"OPTIONS", "/redact", 405, "POST"},
             {"POST", "/healthz", 405, "GET, HEAD"},
             {"DELETE", "/metrics", 405, "GET, HEAD"},
             {"PUT", "/", 405, "GET, HEAD"},
             {"GET", "/nothing", 404, ""},
             {"POST", "/nothing", 404, ""},
         }) {
      CAPTURE(method);
      CAPTURE(path);
      httplib::Request request;
      request.method = method;
      request.path = path;
      if (method != "GET" && method != "HEAD") request.body = "{\"text\": \"Ada Larsen\"}";
      auto const answer = c.send(request);
      REQUIRE(answer);
      CHECK(answer->status == status);
      CHECK(answer->get_header_value("Allow") == allowed);
      if (method != "HEAD") CHECK(json::parse(answer->body).contains("error"));
    }
    // One connection, chunks of unknown number: 413, and then an answer.
    c.set_keep_alive(true);
    std::string const large = json{{"text", std::string(150000, 'x')}}.dump();
    auto const in_chunks = c.Post(
        "/redact",
        [&](std::size_t, httplib::DataSink& sink) {
          for (std::size_t at = 0; at < large.size(); at += 1000)
            sink.write(large.data() + at, std::min<std::size_t>(1000, large.size() - at));
          sink.done();
          return true;
        },
        "application/json");
    REQUIRE(in_chunks);
    CHECK(in_chunks->status == 413);
    auto const behind = c.Post("/redact", json{{"text", text}}.dump(), "application/json");
    REQUIRE(behind);
    CHECK(behind->status == 200);

    std::string const metrics = here.metrics();
    CHECK(metrics.find("ner_requests_total{endpoint=\"/entities\",status=\"4xx\"} 5\n") != std::string::npos);
    CHECK(metrics.find("ner_requests_total{endpoint=\"/redact\",status=\"4xx\"} 2\n") != std::string::npos);
    CHECK(metrics.find("ner_requests_total{endpoint=\"/redact\",status=\"2xx\"} 1\n") != std::string::npos);
    CHECK(metrics.find("ner_requests_total{endpoint=\"other\",status=\"4xx\"} 5\n") != std::string::npos);
  }

  SUBCASE("a body is JSON, and an answer is whole, whatever the headers say") {
    std::string const body = json{{"text", text + std::string(50000, ' ')}}.dump();
    auto c = here.client();
    for (auto const& [name, value] : std::vector<std::pair<std::string, std::string>>{
             {"Content-Type", "application/x-www-form-urlencoded"},  // what curl -d says
             {"Content-Type", "multipart/form-data; boundary=x"},
             {"Content-Encoding", "gzip"},
             {"Range", "bytes=0-3"},
             {"Range", "bytes=1000000-2000000"},
         }) {
      CAPTURE(name);
      CAPTURE(value);
      httplib::Request request;
      request.method = "POST";
      request.path = "/entities";
      request.body = body;
      request.set_header(name, value);
      auto const answer = c.send(request);
      REQUIRE(answer);
      CHECK(answer->status == 200);
      json const found = json::parse(answer->body, nullptr, false);
      REQUIRE(found.is_object());
      CHECK(found["entities"].size() == 3);
    }
  }

  SUBCASE("neither log nor metrics hold the text; a hash of a name needs the key") {
    here.post("/entities", {{"text", text}});
    here.post("/redact", {{"text", text}});
    std::string const log = read(log_path);
    std::string const metrics = here.metrics();
    for (std::string_view word : {"Ada", "Larsen", "Tomas", "Plana", "Madrid", "wrote"}) {
      CAPTURE(word);
      CHECK(log.find(word) == std::string::npos);
      CHECK(metrics.find(word) == std::string::npos);
    }
    CHECK(lines_with(log, "\"event\":\"request\"") == 2);
    CHECK(log.find(service::hmac_sha256("a key of the test, 32 bytes long", "Ada Larsen")) != std::string::npos);
    CHECK(metrics.find("ner_requests_total{endpoint=\"/redact\",status=\"2xx\"} 1") != std::string::npos);
    CHECK(metrics.find("ner_entities_total{type=\"PER\"} 4") != std::string::npos);
    CHECK(metrics.find("ner_request_seconds_count 2") != std::string::npos);
  }

  SUBCASE("a config is read anew on SIGHUP, and stays where the new one makes no sense") {
    auto next = settings();
    next["model_version"] = "test-2";
    next["thresholds"] = {{"LOC", 1.0}};
    next.erase("hmac_key");
    write_config(next);
    here.hang_up();
    CHECK(soon([&] { return here.post("/entities", {{"text", text}})["model_version"] == "test-2"; }));
    auto const answer = here.post("/entities", {{"text", text}});
    CHECK(answer["entities"].size() == 2);
    std::string const log = read(log_path);
    CHECK(log.substr(log.rfind("\"number\"")).find("surface_hmac") == std::string::npos);
    CHECK(log.substr(log.rfind("\"number\"")).find("\"below_threshold\":1") != std::string::npos);

    std::ofstream(config_path) << "{\"min_score\": \"hunter2\"}";
    here.hang_up();
    CHECK(soon([&] { return read(log_path).find("reload_failed") != std::string::npos; }));
    CHECK(read(log_path).find("hunter2") == std::string::npos);
    CHECK(here.post("/entities", {{"text", text}})["model_version"] == "test-2");
    CHECK(here.metrics().find("ner_config_reloads_total{result=\"failed\"} 1") != std::string::npos);
  }

  SUBCASE("slow clients and noise do not keep it from answering") {
    std::vector<std::thread> clients;
    for (int i = 0; i < 8; ++i) {
      clients.emplace_back([&] {
        httplib::Client slow("127.0.0.1", here.port);
        slow.set_read_timeout(5);
        slow.set_write_timeout(5);
        static_cast<void>(slow.Post("/entities", 1000, [](std::size_t offset, std::size_t, httplib::DataSink& sink) {
          std::this_thread::sleep_for(std::chrono::milliseconds(offset == 0 ? 0 : 1500));
          return sink.write("{\"te", 4);
        }, "application/json"));
      });
    }
    for (int i = 0; i < 300; ++i) {
      auto c = here.client();
      std::string noise = "{\"text\": \"";
      for (int k = 0; k < i % 40; ++k) noise += static_cast<char>((i * 131 + k * 17) % 256);
      auto const answer = c.Post("/entities", noise, "application/json");
      REQUIRE(answer);
      CHECK(answer->status == 400);
    }
    CHECK(here.post("/entities", {{"text", text}})["entities"].size() == 3);
    for (std::thread& t : clients) t.join();
  }

  SUBCASE("health and the page") {
    auto c = here.client();
    CHECK(json::parse(c.Get("/healthz")->body)["status"] == "ok");
    auto const page = c.Get("/");
    CHECK(page->get_header_value("Content-Type") == "text/html; charset=utf-8");
    CHECK(page->body.find("default-src 'none'") != std::string::npos);
  }
}

TEST_CASE("it ends when it is told to, with its requests answered") {
  running_service here;
  here.post("/entities", {{"text", "Ada Larsen"}});
  CHECK(here.stop() == 0);
  CHECK(read(log_path).find("\"event\":\"stopped\"") != std::string::npos);
}

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // the service hangs up on slow clients
  return doctest::Context(argc, argv).run();
}
