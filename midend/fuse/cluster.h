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

/// Ops that become one group, in an order that they can be computed in: a contract or reduce first.
struct Cluster {
  std::vector<ir::OpId> members;
  ir::OpId anchor;     ///< the member at whose place the group will stand
  uint32_t place = 0;  ///< its position in the body
};

/// Clusters of at least two ops, by place.
std::vector<Cluster> find_clusters(const ir::Module& module, ir::FuncId func, const FuseLimits& limits);

}  // namespace psmc::midend
