// SPDX-License-Identifier: Apache-2.0
// Seeded traffic for one memory channel: what a validation puts on it, and what a bench measures.
#pragma once

#include <functional>
#include <string_view>

#include "base/random.h"
#include "sim/memory/channel.h"

namespace psmc::tools {

/// `random`: anywhere, a third of it writes. `stream`: two streams read, one written, burst by burst in turn.
/// `hot`: few rows of each bank, so that hits and conflicts meet, runs of writes, pauses.
enum class DramPattern : uint8_t { random, stream, hot };
inline constexpr DramPattern kDramPatterns[] = {DramPattern::random, DramPattern::stream, DramPattern::hot};
std::string_view dram_pattern_name(DramPattern pattern);

struct DramLoad {
  DramPattern pattern = DramPattern::random;
  double load = 1;  ///< bursts offered, of those that the data bus could carry; 1: the queue is kept full
  uint64_t seed = 1;
  uint64_t bytes = uint64_t{1} << 30;  ///< of the channel, a power of two
};

struct DramRun {
  sim::Cycle cycles = 0;
  uint64_t bursts = 0, reads = 0;
  uint64_t read_latency = 0;  ///< sum over reads, from their place in the queue on
};

/// Makes the bursts of a load.
class DramSource {
 public:
  DramSource(const DramLoad& load, uint32_t burst_bytes, uint32_t burst_cycles);
  /// The next burst may enter at `at` or later.
  sim::Burst next(sim::Cycle& at);

 private:
  uint64_t anywhere() { return random_.below(load_.bytes / burst_bytes_) * burst_bytes_; }

  DramLoad load_;
  Random random_;
  uint64_t burst_bytes_, gap_;
  std::array<uint64_t, 3> streams_{};
  uint64_t count_ = 0;
  sim::Cycle at_ = 0;
};

/// Drives an idle channel from cycle 0 until `enough(run)`, asked about every thousand bursts, then until it is empty.
DramRun run_dram(sim::Channel& channel, const sim::ChannelSpec& spec, const DramLoad& load,
                 const std::function<bool(const DramRun&)>& enough);

}  // namespace psmc::tools
