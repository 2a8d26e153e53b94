// SPDX-License-Identifier: Apache-2.0
// `psmc interp`: one function of a module in the reference interpreter.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "ir/interp/interpreter.h"
#include "tools/driver/reporting.h"

namespace psmc::tools {

struct InterpCommand {
  std::string in, func, output;
  std::vector<std::string> inputs;   ///< name=file.npy, or name=3 for one element
  std::vector<std::string> symbols;  ///< name=3
  uint64_t max_steps = ir::InterpOptions().max_steps;
  Reporting reporting;
};

/// Arguments that are not given: state is zero, anything else an error. Results go to `output` as .npy files, or are
/// shown in short. Returns the exit status.
Result<int> interp(const InterpCommand& command);

}  // namespace psmc::tools
