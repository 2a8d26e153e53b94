// SPDX-License-Identifier: Apache-2.0
// The runtime's functions by name: what the object of a host library may refer to.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "sim/runtime/psmc_runtime.h"

// Functions that call code made at run time: it has not the marks that clang's -fsanitize=function looks for.
#ifdef __clang__
#define PSMC_CALLS_MADE_CODE __attribute__((no_sanitize("function")))
#else
#define PSMC_CALLS_MADE_CODE
#endif

namespace psmc::tools {

inline std::vector<std::pair<std::string, void*>> runtime_symbols() {
  return {{"psmc_rt_open_image", reinterpret_cast<void*>(&psmc_rt_open_image)},
          {"psmc_rt_close", reinterpret_cast<void*>(&psmc_rt_close)},
          {"psmc_rt_write", reinterpret_cast<void*>(&psmc_rt_write)},
          {"psmc_rt_read", reinterpret_cast<void*>(&psmc_rt_read)},
          {"psmc_rt_staging", reinterpret_cast<void*>(&psmc_rt_staging)},
          {"psmc_rt_launch", reinterpret_cast<void*>(&psmc_rt_launch)},
          {"psmc_rt_fail", reinterpret_cast<void*>(&psmc_rt_fail)},
          {"psmc_rt_last_error", reinterpret_cast<void*>(&psmc_rt_last_error)}};
}

}  // namespace psmc::tools
