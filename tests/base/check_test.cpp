// SPDX-License-Identifier: Apache-2.0
// A failed check ends the process, so each is tried in a child.
#include "base/check.h"

#include <catch2/catch.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

#include "base/result.h"

using namespace psmc;

namespace {

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

}  // namespace

TEST_CASE("a failed check says where, what and during what, and exits with 70") {
  const Death death = death_of([] {
    const CheckContext outer("compiling m");
    {
      const CheckContext inner("pass fuse-elementwise");
    }
    PSMC_CHECK(1 + 1 == 3, "arithmetic");
  });
  CHECK(death.status == 70);
  CHECK(death.message.find("check_test.cpp") != std::string::npos);
  CHECK(death.message.find("1 + 1 == 3") != std::string::npos);
  CHECK(death.message.find("while: compiling m") != std::string::npos);
  CHECK(death.message.find("fuse-elementwise") == std::string::npos);
}

TEST_CASE("the value of a failed result is a failed check") {
  const Death death = death_of([] {
    const Result<int> bad = error(Code::bad_option, "m");
    _exit(bad.value());
  });
  CHECK(death.status == 70);
}

TEST_CASE("a check that holds does nothing") {
  CHECK(death_of([] { PSMC_CHECK(true, "fine"); }).status == 0);
}
