// SPDX-License-Identifier: Apache-2.0
// What libpsmc_llvm.so offers psmc. It is a library of its own, opened when host code is made or loaded: LLVM's start
// costs 20 ms and 50 MB, more than most commands of psmc do without it (docs/decisions/0006-llvm-on-demand.md).
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "backend/host/llvm.h"

namespace psmc::host {

/// The functions behind llvm.h, which says what they do. An object in this process is a pointer to nobody knows what.
struct LlvmFunctions {
  Result<std::string> (*compile)(const std::string& ir, LlvmOutput output, const std::string& cpu,
                                 const Embedded& embedded);
  Result<void*> (*load)(std::string_view object, const std::vector<std::pair<std::string, void*>>& imports);
  Result<void*> (*find)(void* loaded, const std::string& symbol);
  void (*unload)(void* loaded);
};

}  // namespace psmc::host

extern "C" const psmc::host::LlvmFunctions* psmc_llvm_functions();
