// SPDX-License-Identifier: Apache-2.0
// Which ops of a function become one group: the decision of fuse-elementwise, without changing anything.
#pragma once

#include <vector>

#include "ir/module.h"

namespace psmc::midend {

struct FuseLimits {
  size_t ops = 24;
  size_t reads = 8;
  size_t writes = 4;
};

/// Ops that become one group, in program order; it will stand where the first one stands.
struct Cluster {
  std::vector<ir::OpId> members;
  uint32_t place = 0;                  ///< position of the first member in the body
  std::vector<ir::ValueId> reads;      ///< distinct values from outside, views and sources not looked through
};

/// Clusters of at least two ops, by place.
std::vector<Cluster> find_clusters(const ir::Module& module, ir::FuncId func, const FuseLimits& limits);

}  // namespace psmc::midend
