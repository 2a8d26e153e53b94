// SPDX-License-Identifier: Apache-2.0
// Commands about modules as files, whatever is in them: psmc fmt, check, diff, upgrade.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "tools/driver/reporting.h"

namespace psmc::tools {

struct FormatCommand {
  std::vector<std::string> files;
  std::string out;  ///< empty: in place
  bool check = false;
  Reporting reporting;
};

/// Writes modules in their canonical form; with `check` the names of those that are not go to standard output, and the
/// exit status is 1. Errors: those of reading.
Result<int> format_modules(const FormatCommand& command);

/// Reads and verifies; all errors are told, a line for each good module to standard output.
Result<int> check_modules(const std::vector<std::string>& files, const Reporting& reporting);

/// 0: the same program; 1: not, and standard output says what differs.
Result<int> diff_files(const std::string& first, const std::string& second);

/// A module in the present version of its form, or of the form that `out` asks for.
Result<int> upgrade_module(const std::string& in, const std::string& out);

/// What the options of all of them say.
struct ModuleCommands {
  FormatCommand format;
  std::vector<std::string> check;
  std::string first, second;                      ///< diff
  std::string upgrade_in, upgrade_out = "-";      ///< upgrade
  bool ops_page = false, machine_schema = false;  ///< schema
};

}  // namespace psmc::tools
