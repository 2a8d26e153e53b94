// SPDX-License-Identifier: Apache-2.0
#include "tools/reduce/shell.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstring>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace psmc::tools {
namespace {

constexpr size_t kMaxOutput = 1 << 20;

using Clock = std::chrono::steady_clock;

Diagnostic failed(int number) {
  return error(Code::cannot_read, fmt::format("the shell could not be started: {}", std::strerror(number)));
}

/// The shell in a process group of its own, so that what it starts can be ended with it.
Result<pid_t> start(const std::string& command, int out) {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&files);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&files, out, STDERR_FILENO);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  posix_spawnattr_setpgroup(&attributes, 0);
  const char* arguments[] = {"sh", "-c", command.c_str(), nullptr};
  pid_t child = 0;
  const int wrong = posix_spawn(&child, "/bin/sh", &files, &attributes, const_cast<char* const*>(arguments), environ);
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&attributes);
  if (wrong != 0) return failed(wrong);
  return child;
}

/// Reads until the other side is closed; false if that takes too long.
bool read_until(int in, Clock::time_point end, std::string& output) {
  char buffer[4096];
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now()).count();
    if (left <= 0) return false;
    pollfd wanted{in, POLLIN, 0};
    const int ready = poll(&wanted, 1, static_cast<int>(std::min<int64_t>(left, 1000)));
    if (ready <= 0) continue;
    const ssize_t count = read(in, buffer, sizeof buffer);
    if (count == 0) return true;
    if (count > 0 && output.size() < kMaxOutput) output.append(buffer, static_cast<size_t>(count));
    if (count < 0 && errno != EINTR) return true;
  }
}

}  // namespace

Result<ShellRun> run_shell(const std::string& command, double seconds) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return failed(errno);
  const auto end = Clock::now() + std::chrono::milliseconds(static_cast<int64_t>(std::ceil(seconds * 1000)));
  const Result<pid_t> child = start(command, ends[1]);
  close(ends[1]);
  if (!child.ok()) {
    close(ends[0]);
    return child.diagnostic();
  }
  ShellRun run;
  run.timed_out = !read_until(ends[0], end, run.output);
  close(ends[0]);
  if (run.timed_out) kill(-*child, SIGKILL);
  int status = 0;
  while (waitpid(*child, &status, 0) < 0 && errno == EINTR) {
  }
  run.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return run;
}

std::string shell_word(const std::string& text) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || std::strchr("_-./+,=@", c);
  };
  if (!text.empty() && std::all_of(text.begin(), text.end(), plain)) return text;
  std::string word = "'";
  for (const char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return word + "'";
}

}  // namespace psmc::tools
