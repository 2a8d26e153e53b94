// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/usage.h"

#include <catch2/catch.hpp>

using namespace psmc;
using namespace psmc::tools;

SCENARIO("What was not understood is named, with what may have been meant", "[tools]") {
  const Usage top{"psmc", {"compil", "models/kjv"}, {"compile", "run"}, {"--version"}};
  CHECK(not_understood(top).code == Code::bad_option);
  CHECK(not_understood(top).message == "psmc has no command 'compil'");
  CHECK(not_understood(top).notes == std::vector<std::string>{"did you mean `compile`?", "its commands: compile, run"});

  const Usage option{"psmc run", {"--tokns=3", "x"}, {}, {"--temperature", "--tokens"}};
  CHECK(not_understood(option).message == "psmc run has no option '--tokns'");
  CHECK(not_understood(option).notes[0] == "did you mean `--tokens`?");
  CHECK(not_understood(option).notes[1] == "`psmc run --help` shows what can be said");

  const Usage argument{"psmc run", {"second"}, {}, {"--tokens"}};
  CHECK(not_understood(argument).message == "psmc run has no use for 'second'");
}
