// SPDX-License-Identifier: Apache-2.0
// What a format of traces is: it is told what happens and writes it to a file, piece by piece.
#pragma once

#include "sim/core/core.h"
#include "sim/dma/transfer.h"

namespace psmc::tools::trace {

using sim::Cycle;

class Sink {
 public:
  virtual ~Sink() = default;
  /// The events of one tile come in the order of its cycles, without gaps; those of two tiles in any order.
  virtual void core(const sim::TraceEvent& event) = 0;
  /// In the order of cycles.
  virtual void transfer(const sim::TransferEvent&) {}
  /// Everything before `cycle` has been told.
  virtual void told_until(Cycle cycle) = 0;
  /// The last call: nothing happens from `cycle` on.
  virtual void end(Cycle cycle) = 0;
};

}  // namespace psmc::tools::trace
