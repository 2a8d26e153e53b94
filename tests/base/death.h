// SPDX-License-Identifier: Apache-2.0
// For tests of what ends the process: it is tried in a child.
#pragma once

#include <catch2/catch.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <string>

namespace psmc::test {

struct Death {
  int status;
  std::string message;
};

/// Runs `act` in a child process and gives its exit status and what it wrote to standard error.
template <typename Act>
Death death_of(Act act) {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], STDERR_FILENO);
    act();
    _exit(0);
  }
  close(ends[1]);
  std::string message;
  char block[512];
  for (ssize_t got; (got = read(ends[0], block, sizeof block)) > 0;) message.append(block, static_cast<size_t>(got));
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, message};
}

}  // namespace psmc::test
