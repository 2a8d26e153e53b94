// SPDX-License-Identifier: Apache-2.0
// Which ops of a function become one group: the decision of fuse-elementwise, without changing anything.
#pragma once

#include <memory>
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

/// Finds the clusters of one function after the other. What it knows of values and ops is made once for the module, so
/// a function costs what is in it; a function that was changed is not to be asked for again.
class ClusterFinder {
 public:
  ClusterFinder(const ir::Module& module, const FuseLimits& limits);
  ~ClusterFinder();
  /// Clusters of at least two ops, by place.
  std::vector<Cluster> find(ir::FuncId func);

 private:
  class Clustering;
  std::unique_ptr<Clustering> clustering_;
};

}  // namespace psmc::midend
