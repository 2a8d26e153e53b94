// SPDX-License-Identifier: Apache-2.0
// What the network must carry in one launch of a planned entry, counted from the plan's descriptors and the rules of
// docs/sim-timing.md alone: nothing of the simulator's code is used, only the names of its ports.
//
//   runs       of a descriptor, in order; runs that continue each other on both sides are one
//   pieces     of a run, cut at multiples of a packet in memory (reads, writes to memory) or at the destination
//   (pushes) packets    of a piece. read: a request of one flit to the channel, a header and the bytes' lines of memory
//   back;
//              write: a header and the lines, one flit of acknowledgement back; push: a header and the lines
//   links      into the network; X before Y; out by the last router's port. A multicast runs along X in its sender's
//              row, then along the columns of the rectangle, and leaves at each of its tiles
#pragma once

#include <map>
#include <tuple>

#include "arch/plan.h"
#include "sim/stats.h"

namespace psmc::test {

/// x, y, port, into the network.
using Link = std::tuple<uint16_t, uint16_t, sim::Port, bool>;

struct Load {
  uint64_t flits = 0, bytes = 0;
  bool operator==(const Load&) const = default;
};
using Traffic = std::map<Link, Load>;

/// Payload bytes that arrive, by where they come from and go to; a multicast arrives at each tile.
struct Delivered {
  uint64_t memory_to_tiles = 0, tiles_to_tiles = 0, tiles_to_memory = 0;
};

struct Expected {
  Traffic links;
  Delivered delivered;
};

/// Needs: no `fetch` commands, whose rows are known at run time only.
Expected traffic_of(const arch::Machine& machine, const arch::EntryPlan& entry);

Traffic measured_traffic(const sim::RunStats& stats);

/// The first link that differs, in words; empty if none does.
std::string difference(const Traffic& expected, const Traffic& measured);

}  // namespace psmc::test
