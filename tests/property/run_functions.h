// SPDX-License-Identifier: Apache-2.0
// Functions of a module one after the other on the machine and in the interpreter; state is kept between them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "arch/machine.h"
#include "base/random.h"
#include "ir/array.h"
#include "tools/driver/compile.h"

namespace psmc::test {

struct FunctionRuns {
  std::vector<std::string> order;                              ///< which functions; inputs are drawn anew for each
  std::map<std::string, std::vector<double>> tolerances = {};  ///< of each function's results; none: 1e-5
  tools::CompileOptions options = {};
};

/// Compiles `module`, which is changed by it, and runs it. States begin as zeros and show only in results. Empty if all
/// results agree within the tolerance (relative to 1 + the number), else what is wrong: a refusal, a trap, a number.
std::string differs_on(const arch::Machine& machine, ir::Module& module, const FunctionRuns& runs, Random& random);

/// The text on psm1, lab4 and grid3x5.
std::string differs(const std::string& text, const FunctionRuns& runs);

}  // namespace psmc::test
