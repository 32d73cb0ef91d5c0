// SPDX-License-Identifier: MIT
// What the service's answers are worth, and what noise does to it:
//
//   service_client PORT f1 FILE       entity F1 over JSON Lines with "text" and "gold": [[start, end, type, …], …] in code points
//   service_client PORT noise COUNT   as many requests that make no sense; then one that does must be answered
#include <httplib.h>
#include <nlohmann/json.hpp>
#include <tagspan/eval/scorer.hpp>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace ts = tagspan;
using json = nlohmann::json;

namespace {

int f1(httplib::Client& client, char const* path) {
  std::ifstream file(path);
  ts::label_set labels;
  ts::scorer scorer{labels};
  auto const type_of = [&](std::string const& name) {
    if (!labels.find_type(name)) static_cast<void>(labels.intern({"B-" + name}));
    return *labels.find_type(name);
  };
  for (std::string line; std::getline(file, line);) {
    json const row = json::parse(line, nullptr, false);
    if (!row.is_object() || !row.contains("gold")) continue;
    std::vector<ts::entity<ts::unit::code_point>> gold, found;
    for (auto const& g : row["gold"]) gold.push_back({{g[0], g[1]}, type_of(g[2])});
    auto const answer = client.Post("/entities", json{{"text", row["text"]}}.dump(), "application/json");
    if (!answer || answer->status != 200) {
      std::fprintf(stderr, "not answered\n");
      return 2;
    }
    json const said = json::parse(answer->body);
    for (auto const& e : said["entities"]) found.push_back({{e["begin"], e["end"]}, type_of(e["type"])});
    if (auto const ok = scorer.add(gold, found); !ok) std::fprintf(stderr, "%s\n", ts::message(ok.error()).c_str());
  }
  std::fputs(ts::to_text(scorer.report(), 4).c_str(), stdout);
  return 0;
}

// Cut JSON, bytes that are no UTF-8, bodies of 10 MB, other types than are asked for.
int noise(httplib::Client& client, int count) {
  std::mt19937 random(1);
  int refused = 0, dropped = 0;
  std::string const large(10'000'000, 'x');
  for (int i = 0; i < count; ++i) {
    std::string body = R"({"text": "Ada Larsen met Tomas Plana in Rome.", "unit": "utf16"})";
    switch (i % 1000 == 0 ? 3 : i % 3) {
      case 0: body.resize(random() % (body.size() - 1)); break;
      case 1: body[10 + random() % 30] = static_cast<char>(0x80 + random() % 0x80); break;
      case 2: body = "{\"text\": " + std::to_string(random()) + '}'; break;
      default: body = large;
    }
    auto const answer = client.Post("/entities", body, "application/json");
    if (!answer) {
      ++dropped;
    } else if (answer->status >= 400 && answer->status < 500) {
      ++refused;
    } else {
      std::fprintf(stderr, "request %d got %d\n", i, answer->status);
      return 1;
    }
  }
  auto const answer = client.Post("/entities", R"({"text": "Ada Larsen met Tomas Plana in Rome."})", "application/json");
  bool const alive = answer && answer->status == 200;
  std::printf("%d refused, %d cut off, and then %s\n", refused, dropped, alive ? "an answer" : "none");
  return alive ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: %s PORT f1 FILE | PORT noise COUNT\n", argv[0]);
    return 2;
  }
  httplib::Client client("127.0.0.1", std::atoi(argv[1]));
  client.set_keep_alive(true);
  client.set_tcp_nodelay(true);  // head and body are two writes, and the second must not wait for an ACK
  return argv[2] == std::string_view("f1") ? f1(client, argv[3]) : noise(client, std::atoi(argv[3]));
}
