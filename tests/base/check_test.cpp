// SPDX-License-Identifier: Apache-2.0
// A failed check ends the process, so each is tried in a child.
#include "base/check.h"

#include "tests/base/death.h"

#include <csignal>
#include <cstdlib>

#include "base/check_context.h"
#include "base/result.h"

using namespace psmc;

using psmc::test::Death;
using psmc::test::death_of;

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

TEST_CASE("a failed check ends with the innermost note, asked once") {
  const Death death = death_of([] {
    const FailureNote outer([] { return "the outer note"; });
    const FailureNote inner([]() -> std::string {
      PSMC_CHECK(false, "the note fails, too");
      return "not reached";
    });
    PSMC_CHECK(false, "arithmetic");
  });
  CHECK(death.status == 70);
  CHECK(death.message.find("the note fails, too") != std::string::npos);
  CHECK(death.message.find("the outer note") == std::string::npos);
  const Death after = death_of([] {
    const FailureNote outer([] { return "the outer note"; });
    {
      const FailureNote inner([] { return "the inner note"; });
    }
    PSMC_CHECK(false, "arithmetic");
  });
  CHECK(after.message.ends_with("  the outer note\n"));
}

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define PSMC_HAS_SANITIZER  // whose report of a crash stays: base/check.cpp
#endif
#endif

#ifndef PSMC_HAS_SANITIZER
TEST_CASE("a crash tells what was done, and the note, though its maker crashes") {
  const bool note_crashes = GENERATE(false, true);
  const Death death = death_of([&] {
    report_crashes();
    const CheckContext context("running the pass cse");
    const FailureNote note([&]() -> std::string {
      if (note_crashes) std::abort();
      return "replay it";
    });
    std::raise(SIGSEGV);
  });
  CHECK(death.status == -1);  // ended by the signal
  CHECK(death.message.find("  while: running the pass cse\n") != std::string::npos);
  CHECK((death.message.find("  replay it\n") != std::string::npos) == !note_crashes);
}
#endif
