// SPDX-License-Identifier: Apache-2.0
// A loop-level kernel function becomes words: select, schedule, allocate, encode (backend/README.md).
#pragma once

#include <cstdint>
#include <vector>

#include "arch/machine.h"
#include "arch/program.h"
#include "base/result.h"
#include "ir/module.h"

namespace psmc::backend {

struct KernelOptions {};

struct KernelCode {
  std::vector<arch::Word> words;
};

Result<KernelCode> compile_kernel(const ir::Module& module, ir::FuncId func, const arch::Machine& machine,
                                  const KernelOptions& options);

}  // namespace psmc::backend
