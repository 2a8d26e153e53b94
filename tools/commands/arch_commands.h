// SPDX-License-Identifier: Apache-2.0
// `psmc arch-check` and `psmc arch-show`: a machine file is consistent; what follows from its numbers.
#pragma once

#include <string>

#include "base/result.h"
#include "tools/driver/reporting.h"

namespace psmc::tools {

struct ArchCommands {
  std::string machine;  ///< a built-in name or a file
  bool json = false;    ///< arch-show: the derived numbers as a JSON object
  Reporting reporting;
};

/// One line about the machine; what compiler and simulator cannot use is warned of.
Result<std::string> check_arch(const ArchCommands& command);
/// The page about the machine: its grid, peaks, ridge points, totals, and all numbers with their sources.
Result<std::string> show_arch(const ArchCommands& command);

}  // namespace psmc::tools
