// SPDX-License-Identifier: Apache-2.0
// A command of the user, run through the shell with a limit of time.
#pragma once

#include <string>

#include "base/result.h"

namespace psmc::tools {

struct ShellRun {
  int status = 0;          ///< of the shell; 128 + n if signal n ended it
  bool timed_out = false;  ///< it was ended, with all that it had started in its group
  std::string output;      ///< of standard output and standard error; the first megabyte
};

/// Standard input is empty. Errors: cannot_read (no process could be started).
Result<ShellRun> run_shell(const std::string& command, double seconds);

/// `text` as one word of the shell.
std::string shell_word(const std::string& text);

}  // namespace psmc::tools
