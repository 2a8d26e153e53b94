// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/exit_status.h"

#include "tests/base/death.h"

#include <new>
#include <stdexcept>

#include "base/check.h"

using namespace psmc;
using namespace psmc::tools;

SCENARIO("A diagnostic's code decides the exit status", "[tools]") {
  DiagnosticOutput output;
  CHECK(status_of(0, output) == 0);
  CHECK(status_of(3, output) == 3);
  CHECK(status_of(error(Code::cannot_read, "gone"), output) == 1);
  for (Code code : {Code::bad_option, Code::bad_pipeline, Code::unknown_binding, Code::machine_unknown, Code::host_cpu})
    CHECK(status_of(error(code, "no"), output) == 2);
  CHECK(status_of(error(Code::trap_hazard, "the first trap"), output) == 4);
  CHECK(status_of(error(Code::trap_deadlock, "a trap"), output) == 4);
  CHECK(status_of(error(Code::trap_cycle_limit, "the last trap"), output) == 4);
  CHECK(status_of(error(Code::bad_launch, "not a trap"), output) == 1);
}

SCENARIO("An exception out of a pass is reported with the pass, as a failed check is", "[tools]") {
  const auto death = test::death_of([] {
    {
      const CheckContext over("a pass before");
    }
    _exit(guarded([]() -> int {
      const CheckContext outer("compiling");
      const CheckContext inner("running the pass cse (run again with --reproducer=FILE)");
      throw std::logic_error("a bug");
    }));
  });
  CHECK(death.status == 70);
  CHECK(death.message ==
        "psmc: internal error: a bug\n  while: running the pass cse (run again with --reproducer=FILE)\n");
}

SCENARIO("What is thrown ends as an internal error", "[tools]") {
  CHECK(guarded([] { return 4; }) == 4);
  CHECK(guarded([]() -> int { throw std::bad_alloc(); }) == 70);
  CHECK(guarded([]() -> int { throw std::logic_error("a bug"); }) == 70);
  CHECK(guarded([]() -> int { throw 5; }) == 70);
}
