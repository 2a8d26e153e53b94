// SPDX-License-Identifier: Apache-2.0
#include "sim/stats.h"

namespace psmc::sim {

std::string_view cycle_class_name(CycleClass c) {
  constexpr std::string_view kNames[] = {"matrix",  "vector/scalar", "exposed latency", "bank conflict", "memory",
                                         "network", "peer",          "start-up",        "finished"};
  return kNames[static_cast<size_t>(c)];
}

}  // namespace psmc::sim
