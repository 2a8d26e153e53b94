// SPDX-License-Identifier: Apache-2.0
// What a command needs to know about telling errors; errors that end it travel in its Result.
#pragma once

#include <cstdio>
#include <functional>

#include "base/diagnostics.h"

namespace psmc::tools {

struct Reporting {
  /// Tells what does not end the command.
  std::function<void(const Diagnostic&)> warn = [](const Diagnostic& warning) {
    std::fputs((warning.render() + "\n").c_str(), stderr);
  };
  size_t max_errors = kMaxErrors;  ///< of one input that are looked for; 0: all
};

}  // namespace psmc::tools
