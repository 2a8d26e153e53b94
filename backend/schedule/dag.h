// SPDX-License-Identifier: Apache-2.0
// The order that a straight line of instructions must keep, as edges with distances: `to` issues at least `distance`
// cycles after `from`; 0 means in the same word or later.
//
//   result -> use          latency of the result; an accumulator is forwarded between mma of one type
//   use -> next write      the read window must end before the write begins
//   write -> next write    a register in flight must not be written
//   memory                 accesses of one object of which one is a store, unless they lie in different lines
#pragma once

#include <vector>

#include "backend/schedule/model.h"

namespace psmc::backend {

struct DepEdge {
  uint32_t to = 0;
  uint32_t distance = 0;
};

/// Edges in CSR form: those of node i are edges[first[i]] .. edges[first[i + 1]].
struct Dag {
  std::vector<uint32_t> first;
  std::vector<DepEdge> edges;
  std::vector<uint32_t> num_preds;
  std::vector<uint32_t> height;  ///< longest way to the end, latencies of last results included

  uint32_t size() const { return static_cast<uint32_t>(num_preds.size()); }
  const DepEdge* begin(uint32_t i) const { return edges.data() + first[i]; }
  const DepEdge* end(uint32_t i) const { return edges.data() + first[i + 1]; }
};

/// `place` maps registers to what they share: virtual registers to themselves, or to physical registers.
Dag build_dag(const Model& model, const std::vector<MInst>& insts, const std::vector<uint32_t>& place);

}  // namespace psmc::backend
