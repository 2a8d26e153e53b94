// SPDX-License-Identifier: Apache-2.0
// What is wrong with a command line, in the form of all other errors.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostics.h"

namespace psmc::tools {

/// What the parser of options knows when it gives up.
struct Usage {
  std::string command;                              ///< "psmc bench gemm": as far as it was understood
  std::vector<std::string> words;                   ///< what was not understood, in order
  std::vector<std::string_view> commands, options;  ///< that `command` has
};

/// The first word that was not understood, with what it may have been meant to be. Needs: a word.
Diagnostic not_understood(const Usage& usage);

/// `message` about the options of `command`.
Diagnostic wrong_usage(const std::string& command, std::string message);

}  // namespace psmc::tools
