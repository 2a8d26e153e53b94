// SPDX-License-Identifier: Apache-2.0
// `psmc opt`: a module through a pipeline of passes.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "ir/pass.h"
#include "tools/driver/reporting.h"

namespace psmc::tools {

/// Dumps and checks between passes, as all commands that run passes take them.
struct PassOptions {
  bool print_after_all = false, timing = false, verify_each = false, check_each = false;
  std::vector<std::string> print_after, disabled;
  std::string reproducer;  ///< where the module is written before each pass, with the command that replays it
};

ir::PipelineOptions pipeline_options(const PassOptions& options);

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
