// SPDX-License-Identifier: Apache-2.0
// `psmc reduce`: a module that fails, as small as it can be while a command keeps failing.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "tools/driver/reporting.h"

namespace psmc::tools {

struct ReduceCommand {
  std::string in, out = "reduced.psm";
  std::string test;           ///< for the shell; {} or %s is the module's file
  std::optional<int> status;  ///< interesting: this exit status
  std::string output;         ///< interesting: what it prints contains this
  double timeout = 0;         ///< interesting: it takes longer (seconds); 0: not asked
  size_t max_tests = 10000;
  double max_time = 0;  ///< of the search, in seconds; 0: no limit
  Reporting reporting;
};

/// Interesting is a command that fails in the ways asked for, all of them; with any exit status but 0 if nothing is.
Result<int> reduce_module(const ReduceCommand& command);

}  // namespace psmc::tools
