// SPDX-License-Identifier: Apache-2.0
// A loop-level kernel function becomes words: select, schedule, allocate, encode (backend/README.md).
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "arch/machine.h"
#include "arch/program.h"
#include "base/result.h"
#include "ir/module.h"

namespace psmc::backend {

struct KernelOptions {
  bool verify = false;   ///< prove the words free of hazards (arch/check.h); a violation is a bug here
  bool pipeline = true;  ///< modulo-schedule innermost loops
  /// Called after each stage with its name and the kernel's text.
  std::function<void(std::string_view, std::string_view)> dump;
};

/// Of one register file.
struct FileReport {
  uint32_t max_live = 0;   ///< most registers alive at once
  uint32_t spilled = 0;    ///< values kept in memory, or constants made again
  uint32_t stores = 0, reloads = 0;
};

struct KernelCode {
  std::vector<arch::Word> words;
  std::vector<uint32_t> op_of_word;    ///< by word: index of the ir::LocId of the op that it serves, 0xffffffff if none
  uint32_t spill_bytes = 0;            ///< of the spill area, local buffers included
  std::array<FileReport, 6> files{};   ///< by arch::RegFile
  uint32_t attempts = 1;               ///< schedules made until the registers sufficed
};

/// Errors: kernel_unsupported, kernel_too_large, kernel_access, kernel_registers.
Result<KernelCode> compile_kernel(const ir::Module& module, ir::FuncId func, const arch::Machine& machine,
                                  const KernelOptions& options = {});

}  // namespace psmc::backend
