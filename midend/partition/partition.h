// SPDX-License-Identifier: Apache-2.0
// Which tiles run which node of a function, and how the node is spread over them. One search decides both, because at
// the size of a decode step a node's cost is mostly that of the messages before it, which depend on the rectangles and
// the shardings of both sides (docs/decisions/0004).
//
// The search is list scheduling with a beam (Lowerre 1976; Graham 1969): nodes in program order; a state is what each
// tile has done so far (when it is free, estimated) and which layouts of each live value exist. Each state is extended
// by each choice of the next node: every sharding, on the rectangle at the origin and on the one of its size that is
// free first; an update runs where what it updates lies, or is brought if it cannot be written there (home.h). States
// with the same layouts of live values are one state, the fastest; the best kBeam go on. So independent nodes come to
// run beside each other on disjoint rectangles exactly where that is faster, and a node stays on few tiles where
// spreading it costs more messages than it saves.
#pragma once

#include <string>
#include <vector>

#include "arch/machine.h"
#include "midend/node/node.h"
#include "midend/partition/moves.h"

namespace psmc::midend {

/// Bytes of a tile's share of a constant that stay resident even when larger ones are streamed.
inline constexpr int64_t kSmallConstant = 8192;

/// Where and when one node runs.
struct NodePlace {
  std::vector<Layout> points;  ///< per piece: each tile's box of the parallel dimensions
  Layout home;                 ///< of an update: the layout in which it writes what it updates; else empty
  Rectangle rectangle;         ///< the smallest around the tiles that compute
  uint32_t step = 0;           ///< nodes of one step do not wait for each other's results
  uint32_t region = 0;         ///< nodes of one region pass their results on within each tile
  float finish = 0;            ///< estimated cycle
};

struct PartitionRequest {
  const ir::Module& module;
  const arch::Machine& machine;
  uint32_t columns = 0, rows = 0;  ///< of the rectangle that the program may use
  bool streamed = false;           ///< constants come from device memory at each use
  int64_t input_limit = 0;         ///< bytes of a tile above which an input is streamed, too; 0: never
  const std::vector<std::pair<ir::ValueId, Layout>>& states;  ///< arguments that live in the scratchpads
};

/// One place a node. Needs: `nodes` in program order. Cost: nodes x beam x choices x tiles; choices are worked out once
/// for nodes of equal shape.
std::vector<NodePlace> partition(const PartitionRequest& request, ir::FuncId func, const std::vector<Node>& nodes);

/// A line a node: step, region, rectangle, tiles at work, the first tile's points, when it ends, what it is.
std::string partition_text(const ir::Module& module, ir::FuncId func, const std::vector<Node>& nodes,
                           const std::vector<NodePlace>& places);

}  // namespace psmc::midend
