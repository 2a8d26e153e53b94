// SPDX-License-Identifier: Apache-2.0
// `psmc opt`: a module through a pipeline of passes.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "ir/module.h"
#include "tools/commands/pass_options.h"
#include "tools/driver/reporting.h"

namespace psmc::tools {

struct OptCommand {
  std::string in, out = "-", passes;
  std::string function;  ///< of a .dot file: this one alone
  PassOptions pass_options;
  Reporting reporting;
};

/// Returns the exit status.
Result<int> optimize(const OptCommand& command);

/// A module, and its constants if they go aside, as paths and bytes; in the form that `path` asks for: JSON-IR for
/// .json, else text; "-" is standard output, as text or JSON-IR.
Result<std::vector<std::pair<std::string, std::string>>> module_text(ir::Module& module, const std::string& path,
                                                                     bool json = false);
Status write_module(ir::Module& module, const std::string& path, bool json = false);

}  // namespace psmc::tools
