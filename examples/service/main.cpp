// SPDX-License-Identifier: MIT
// A service that finds and hides personal data: `redaction_service config.json [folder with an ONNX model]`.
// SIGHUP reads the config anew, SIGTERM and SIGINT end it once all requests are answered.
#include "service.hpp"

#include <csignal>
#include <cstdio>
#include <exception>
#include <thread>

int main(int argc, char** argv) {
  using namespace service;
  if (argc < 2 || argc > 3) {
    std::fprintf(stderr, "usage: %s CONFIG [MODEL FOLDER]\n", argv[0]);
    return 2;
  }
  std::string const path = argv[1];

  // One thread takes all signals; the others never see one.
  sigset_t signals;
  sigemptyset(&signals);
  for (int signal : {SIGHUP, SIGINT, SIGTERM}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);

  std::unique_ptr<backend> model;
  try {
    if (argc == 3) {
#ifdef SERVICE_HAS_ONNXRUNTIME
      model = make_onnxruntime(argv[2]);
#else
      std::fprintf(stderr, "%s: built without ONNX Runtime\n", argv[0]);
      return 2;
#endif
    } else {
      model = make_perceptron();
    }
  } catch (std::exception const& e) {
    std::fprintf(stderr, "%s: %s\n", argv[0], e.what());
    return 2;
  }
  auto read = read_config(path, model->labels());
  if (auto const* const wrong = std::get_if<std::string>(&read)) {
    std::fprintf(stderr, "%s: %s: %s\n", argv[0], path.c_str(), wrong->c_str());
    return 2;
  }
  std::string const host = std::get<config>(read).host;
  server here(*model, std::get<config>(std::move(read)));
  if (!here.log().is_open()) {
    std::fprintf(stderr, "%s: the audit log cannot be opened\n", argv[0]);
    return 2;
  }
  int const port = here.bind();
  if (port < 0) {
    std::fprintf(stderr, "%s: cannot listen on %s\n", argv[0], host.c_str());
    return 2;
  }
  std::thread watcher([&] {
    for (int signal = 0; sigwait(&signals, &signal) == 0;) {
      if (signal != SIGHUP) break;
      here.reload(path);
    }
    here.stop();
  });
  std::printf("http://%s:%d\n", host.c_str(), port);
  std::fflush(stdout);
  here.log().remark("started", "listening");
  here.run();
  kill(getpid(), SIGTERM);  // where run() ended by itself, the watcher still waits
  watcher.join();
  here.log().remark("stopped", "all requests are answered");
}
