// SPDX-License-Identifier: Apache-2.0
// The kernels that are not made from the model: waiting, starting DMA, fetching rows, halting. Their records are
//   wait   [code, semaphore, amount]
//   start  [code, descriptor address]: one kernel an engine
//   fetch  [code, descriptor address, then FetchArgs in order]
//   symbols [code, address]: loads four 64-bit numbers to s2..s5
//   halt   [code]
// They follow the ABI of backend/abi.h. Latencies come from the machine: the code is laid out for it here.
#pragma once

#include <cstdint>
#include <vector>

#include "arch/machine.h"
#include "arch/program.h"

namespace psmc::backend {

struct RuntimeKernel {
  const char* name;
  std::vector<arch::Word> words;
};

enum RuntimeKernelIndex : uint32_t { kWaitKernel, kHaltKernel, kFetchKernel, kSymbolsKernel, kFirstStartKernel };

/// In the order of RuntimeKernelIndex; one start kernel for each engine: in engines first, then out engines.
std::vector<RuntimeKernel> runtime_kernels(const arch::Machine& machine);

/// Bytes of the records.
inline constexpr uint32_t kWaitRecord = 24, kHaltRecord = 8, kStartRecord = 16, kFetchRecord = 64, kSymbolsRecord = 16;

}  // namespace psmc::backend
