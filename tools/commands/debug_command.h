// SPDX-License-Identifier: Apache-2.0
// `psmc debug`: one entry of a program image, cycle by cycle, by commands from a terminal, a pipe or a file.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace psmc::tools {

struct DebugCommand {
  std::string image, entry, script;
  std::vector<std::string> inputs;  ///< as of SimCommand
  uint64_t max_cycles = 4'000'000'000;
  bool races = true;
};

/// On a terminal errors are told and the next command is read. Elsewhere each command is shown before its output, and
/// the first error ends the run. Errors: those of `psmc sim`; bad_syntax.
Result<int> debug_image(const DebugCommand& command);

}  // namespace psmc::tools
