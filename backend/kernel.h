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
#include "backend/allocate/file_report.h"
#include "base/result.h"
#include "base/trace.h"
#include "ir/module.h"

namespace psmc::backend {

struct KernelOptions {
  bool verify = false;   ///< prove the words free of hazards (arch/check.h); a violation is a bug here
  bool pipeline = true;  ///< modulo-schedule innermost loops
  /// A word of code must save so many cycles in a run of the kernel: small for speed, large for small code. Kernels
  /// with more than `kCompact` are neither unrolled nor pipelined.
  double cycles_per_word = 1;
  static constexpr double kCompact = 32;
  /// Called after each stage with its name and the kernel's text.
  std::function<void(std::string_view, std::string_view)> dump;
  const TimeScope* time = nullptr;
};

struct KernelCode {
  std::vector<arch::Word> words;
  std::vector<uint32_t> op_of_word;   ///< by word: index of the ir::LocId of the op that it serves, 0xffffffff if none
  double cycles = 0;                  ///< of a run without stalls; run-time trip counts are guessed (mir/mir.h)
  uint32_t spill_bytes = 0;           ///< of the spill area, local buffers included
  std::array<FileReport, 6> files{};  ///< by arch::RegFile
  uint32_t attempts = 1;              ///< schedules made until the registers sufficed
};

/// Errors: kernel_unsupported, kernel_too_large, kernel_access, kernel_registers.
Result<KernelCode> compile_kernel(const ir::Module& module, ir::FuncId func, const arch::Machine& machine,
                                  const KernelOptions& options = {});

}  // namespace psmc::backend
