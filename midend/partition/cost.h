// SPDX-License-Identifier: Apache-2.0
// How long things take, in cycles, from the machine's description: what the search over partitions compares. Estimates;
// the simulator says how long they took. Only differences between alternatives matter.
#pragma once

#include <unordered_map>

#include "arch/machine.h"
#include "midend/node/node.h"
#include "midend/partition/moves.h"

namespace psmc::midend {

/// The messages from one layout to another, summed up.
struct MoveCost {
  struct Send {
    size_t tile = 0;
    float messages = 0;  ///< descriptors that it starts
    float bytes = 0;
  };
  std::vector<Send> sends;
  std::vector<float> received;  ///< bytes into each tile
  float hops = 0;               ///< of the longest way
};

/// The dimension that the last subscript of the result moves with, one by one: it may run along the lanes. Or -1.
int lane_dimension(const NodePiece& piece);

class CostModel {
 public:
  CostModel(const ir::Module& module, const arch::Machine& machine, uint32_t columns, uint32_t rows,
            LayoutTable& layouts)
      : module_(module), machine_(machine), columns_(columns), rows_(rows), layouts_(layouts) {}

  /// A kernel that computes `points` of the piece, from its dispatch to the next one's.
  float compute(const NodePiece& piece, const Box& points) const;
  /// Moving a value of elements of `element` bytes between the tiles.
  const MoveCost& move(LayoutId from, LayoutId need, uint32_t element);
  /// When the tiles have received it; `free` is when each tile is free to send, and to go on.
  void send(const MoveCost& move, std::vector<float>& free) const;
  /// Bytes through all memory channels at full speed.
  float stream(float bytes) const { return bytes / static_cast<float>(machine_.memory_bytes_per_cycle()); }
  /// Bytes through one scratchpad port.
  float scratchpad(float bytes) const { return bytes / static_cast<float>(machine_.scratchpad.port_bytes); }
  /// Until the first byte of memory arrives at a tile in the middle.
  float memory_latency() const;
  /// Bytes through a link, packet headers included.
  float link(float bytes) const;
  /// Issue of one step-table record.
  static constexpr float kDispatch = 12;

 private:
  const ir::Module& module_;
  const arch::Machine& machine_;
  uint32_t columns_, rows_;
  LayoutTable& layouts_;
  std::unordered_map<uint64_t, MoveCost> moves_;  ///< key: (from << 32 | need) * 16 + element
};

}  // namespace psmc::midend
