// SPDX-License-Identifier: Apache-2.0
// The kernels of a program, compiled so that all of them fit the code memory of a tile.
#pragma once

#include <string>
#include <vector>

#include "arch/plan.h"
#include "backend/kernel.h"
#include "base/trace.h"

namespace psmc::tools {

struct CompileKernels {
  bool pipeline = true;  ///< modulo-schedule innermost loops
  unsigned threads = 1;  ///< 0: as many as the machine has
  const TimeScope* time = nullptr;
};

/// `texts`: the kernels of `plan` at loop level, by Command::index. What does not fit even at its shortest is returned
/// as it is: the linker says so. Errors: those of backend::compile_kernel.
Result<std::vector<backend::KernelCode>> compile_kernels(const arch::Plan& plan, const std::vector<std::string>& texts,
                                                         const CompileKernels& options);

}  // namespace psmc::tools
