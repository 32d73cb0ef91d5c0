// SPDX-License-Identifier: MIT
// The progress bar, watched through a pseudo-terminal: it is drawn only there and only for work of more than a second,
// and leaves a clean line.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

namespace {

struct watched {
  std::string terminal;  // all that was written to stderr
  double seconds = 0;
  int status = -1;
};

// Sentences with many different counts, so that it is the resampling that takes time.
class corpus_file {
 public:
  corpus_file() {
    int const descriptor = mkstemp(path_.data());
    REQUIRE(descriptor != -1);
    std::string text;
    for (std::size_t i = 0; i < 3000; ++i) {
      for (std::size_t k = 0; k < 1 + i % 11; ++k) {
        std::string const tag = " B-T" + std::to_string((i + k) % 5);
        text += "x" + tag + (k % (2 + i % 7) == 0 ? " O\n" : tag + '\n');
      }
      text += '\n';
    }
    REQUIRE(write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    close(descriptor);
  }
  corpus_file(corpus_file const&) = delete;
  corpus_file& operator=(corpus_file const&) = delete;
  ~corpus_file() { unlink(path_.c_str()); }
  char const* path() const { return path_.c_str(); }

 private:
  std::string path_ = (std::filesystem::temp_directory_path() / "tagspan-progress-XXXXXX").string();
};

// Runs `tagspan score FILE --bootstrap N` with stderr on a terminal, or on a pipe.
watched run(std::size_t resamples, bool on_terminal, char const* jobs = "1") {
  int reading = -1;
  int writing = -1;
  if (on_terminal) {
    reading = posix_openpt(O_RDWR | O_NOCTTY);
    REQUIRE(reading != -1);
    REQUIRE(grantpt(reading) == 0);
    REQUIRE(unlockpt(reading) == 0);
    writing = open(ptsname(reading), O_RDWR | O_NOCTTY);
  } else {
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    reading = ends[0];
    writing = ends[1];
  }
  REQUIRE(writing != -1);
  std::string const count = std::to_string(resamples);
  static corpus_file const corpus;
  auto const begin = std::chrono::steady_clock::now();
  pid_t const child = fork();
  REQUIRE(child != -1);
  if (child == 0) {
    close(reading);
    dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO);
    dup2(writing, STDERR_FILENO);
    execl(TAGSPAN_COMMAND, "tagspan", "score", corpus.path(), "--scheme", "BIO", "--format", "csv", "--bootstrap",
          count.c_str(), "--jobs", jobs, static_cast<char*>(nullptr));
    _exit(127);
  }
  close(writing);
  watched out;
  char block[4096];
  for (ssize_t size = 0; (size = read(reading, block, sizeof block)) > 0;)
    out.terminal.append(block, static_cast<std::size_t>(size));
  close(reading);
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  out.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return out;
}

// The lines that a reader sees in the end: a return goes back to the line's begin, and ESC [ K clears from there.
std::vector<std::string> seen(std::string const& terminal) {
  std::vector<std::string> lines{""};
  std::size_t column = 0;
  for (std::size_t i = 0; i < terminal.size(); ++i) {
    std::string& line = lines.back();
    if (terminal[i] == '\r') {
      column = 0;
    } else if (terminal[i] == '\n') {
      lines.emplace_back();
      column = 0;
    } else if (terminal.compare(i, 3, "\033[K") == 0) {
      line.resize(column);
      i += 2;
    } else {
      line.resize(std::max(line.size(), column + 1), ' ');
      line[column++] = terminal[i];
    }
  }
  return lines;
}

// Work that takes clearly more than a second, whatever machine this is.
watched run_for_seconds(bool on_terminal, char const* jobs) {
  for (std::size_t n = 2'000;; n *= 2) {
    watched const w = run(n, on_terminal, jobs);
    if (w.seconds > 3) return w;
    REQUIRE(n < 100'000'000 / 2);
  }
}

// Work that takes less, also where the machine was busy at first.
watched run_for_a_moment() {
  watched w = run(100, true);
  for (int again = 0; again < 10 && w.seconds > 0.9; ++again) w = run(100, true);
  return w;
}

}  // namespace

TEST_CASE("what a reader sees") {
  CHECK(seen("ab\rc") == std::vector<std::string>{"cb"});
  CHECK(seen("ab\r\033[Kc\r\n") == std::vector<std::string>{"c", ""});
  CHECK(seen("ab\r\033[K") == std::vector<std::string>{""});
}

TEST_CASE("a bar for long work on a terminal, and a clean line behind it") {
  for (char const* jobs : {"1", "2"}) {
    watched const w = run_for_seconds(true, jobs);
    INFO("jobs: " << jobs << ", seconds: " << w.seconds << ", on the terminal: " << w.terminal);
    CHECK(w.status == 0);
    CHECK(w.terminal.find("\rresampling [") != std::string::npos);
    CHECK(w.terminal.find(" %") != std::string::npos);
    CHECK(seen(w.terminal) == std::vector<std::string>{""});
  }
  CHECK(run_for_seconds(false, "1").terminal.empty());
}

TEST_CASE("no bar for short work") {
  watched const w = run_for_a_moment();
  CHECK(w.status == 0);
  CHECK(w.terminal.empty());
}
