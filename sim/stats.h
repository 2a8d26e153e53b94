// SPDX-License-Identifier: Apache-2.0
// What a run measured. Every cycle of a tile is in exactly one class; the classes of a tile sum to the run's cycles.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "arch/image.h"
#include "sim/memory/channel.h"
#include "sim/network/router.h"

namespace psmc::sim {

/// In order of priority: a cycle belongs to the first class that fits.
enum class CycleClass : uint8_t {
  matrix,         ///< the matrix unit multiplies
  vector_scalar,  ///< a word with at least one instruction issues
  exposed,        ///< an empty word issues
  bank_conflict,  ///< the core is frozen
  memory,         ///< waits for a transfer from or to a memory channel
  network,        ///< waits for what another tile has sent, or for its own transfers to leave
  peer,           ///< waits for what nobody has sent yet
  startup,        ///< waits for a descriptor's start or for code
  finished,       ///< has halted, or never ran
};
inline constexpr size_t kCycleClasses = 9;
std::string_view cycle_class_name(CycleClass c);

using ClassCounts = std::array<uint64_t, kCycleClasses>;

/// A link of the network: of router (x, y) by a port, or from an endpoint into its router.
struct LinkStats {
  uint16_t x = 0, y = 0;
  Port port = kLocal;
  bool into_network = false;
  LinkCounters counters;
  bool operator==(const LinkStats&) const = default;
};

struct LeftSemaphore {
  uint32_t tile = 0, semaphore = 0, value = 0;
  bool operator==(const LeftSemaphore&) const = default;
};

struct RunStats {
  uint64_t cycles = 0;             ///< from the launch until all tiles have halted and nothing moves
  std::vector<ClassCounts> tiles;  ///< by tile
  std::vector<ClassCounts> ops;    ///< by debug op, then one for code without op; finished cycles are not attributed
  std::vector<LinkStats> links;    ///< links that carried something
  std::vector<ChannelCounters> channels;
  uint32_t burst_bytes = 64;
  uint64_t macs = 0;          ///< multiply-adds of the matrix units
  uint64_t vector_ops = 0;    ///< vector instructions
  uint64_t words = 0;         ///< issued
  uint64_t instructions = 0;  ///< issued, without nops
  uint64_t dma_bytes_in = 0, dma_bytes_out = 0;
  uint64_t host_bytes = 0;   ///< read and written by the host since the launch before
  uint64_t host_cycles = 0;  ///< the host's launch latency and the time for these bytes; not in `cycles`
  std::vector<LeftSemaphore> left_semaphores;  ///< not zero at the end
  bool operator==(const RunStats&) const = default;
};

}  // namespace psmc::sim
