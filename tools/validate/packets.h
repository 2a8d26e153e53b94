// SPDX-License-Identifier: Apache-2.0
// Golden packets of a network: a table with tabs whose first line names its columns, among them create, src, dst, flits
// and arrive (cycle of creation, nodes as x + width * y, length, cycle in which the tail is at its destination).
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sim/network/trace.h"

namespace psmc::tools {

/// Packets sorted by creation, with the cycle in which each should arrive.
struct GoldenPackets {
  std::vector<sim::TracePacket> packets;
  std::vector<sim::Cycle> arrive;
};

/// Errors: unknown_format (a column is missing, or a number is missing, none, or out of range).
Result<GoldenPackets> parse_packets(std::string_view file, std::string_view text, uint32_t nodes);

/// How many packets arrive in their cycle.
struct Agreement {
  size_t equal = 0, counted = 0;
  std::optional<size_t> first_different;
  bool full() const { return counted > 0 && equal == counted; }
  double percent() const {
    return counted == 0 ? 0 : 100.0 * static_cast<double>(equal) / static_cast<double>(counted);
  }
};

/// A table holds the first packets of a run, and those behind its end hold up some of its own. `all`: packets created
/// more than 60 cycles before the last one. `settled`: those of them that arrive before the last one is created, so
/// that no packet behind the end can have met them.
struct TraceAgreement {
  Agreement all, settled;
};
TraceAgreement agreement(const GoldenPackets& golden, const std::vector<sim::Cycle>& arrive);

/// A packet of 1, 2, 8 and 9 flits between any two nodes, each alone in the network: how many take the zero-load
/// formula.
Agreement zero_load_agreement(const sim::NetworkSpec& spec);

}  // namespace psmc::tools
