// SPDX-License-Identifier: Apache-2.0
// plan_module: from nodes to what every tile does (arch::Plan) and the kernels it needs.
//
// For each function:
//   partition    which tile computes which box of each node (midend/partition/partition.h)
// then, node by node in program order:
//   require      every tile gets the box that it reads: already there, or a reshard by multicast messages
//   run_node     one kernel call a tile and chunk (chunks.h); equal kernel texts are one kernel
// then:
//   deliver      outputs to device memory
//   place        buffers to addresses, events to semaphores, by lifetime
// Constants are packed for the kernels that read them and are part of the tiles' initial scratchpads. State lives in a
// buffer of its own at the same place in every function.
#pragma once

#include <string>
#include <vector>

#include "arch/plan.h"
#include "base/result.h"
#include "base/trace.h"
#include "ir/module.h"
#include "midend/decisions.h"

namespace psmc::midend {

struct PlanOptions {
  uint32_t columns = 0, rows = 0;  ///< rectangle of tiles to use from (0, 0); 0: all
  bool stream_weights = false;     ///< even if they would fit
  Decisions decisions;
  unsigned threads = 1;  ///< 0: as many as the machine has; the plan is the same
  const TimeScope* time = nullptr;
};

enum class MoveKind : uint8_t { from_memory, between_tiles, to_memory };

/// Data that the sharding of an entry makes move in one place of its program, summed over the tiles that need it;
/// counted from boxes, before they are cut into messages.
struct Move {
  size_t entry = 0;
  MoveKind kind = MoveKind::between_tiles;
  uint64_t bytes = 0;
};

struct Planned {
  arch::Plan plan;
  std::vector<Move> moves;                ///< in program order
  std::vector<std::string> kernel_texts;  ///< loop level, @kernel replaced by the kernel's name
  std::string partition;                  ///< which tiles run what, for people
};

/// Whether the machine has that many columns and rows, and the module each entry, which may be asked for once.
/// Errors: bad_option.
Status check_request(const ir::Module& module, const std::vector<std::string>& entries, const arch::Machine& machine,
                     const PlanOptions& options);

/// Functions whose names are in `entries`, in that order. Errors: those of check_request and check_entry,
/// unsupported_op, scratchpad_full, too_many_events.
Result<Planned> plan_module(const ir::Module& module, const std::vector<std::string>& entries,
                            const arch::Machine& machine, const PlanOptions& options);

}  // namespace psmc::midend
