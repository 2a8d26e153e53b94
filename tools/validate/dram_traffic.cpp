// SPDX-License-Identifier: Apache-2.0
#include "tools/validate/dram_traffic.h"

#include <algorithm>

namespace psmc::tools {

std::string_view dram_pattern_name(DramPattern pattern) {
  constexpr std::string_view kNames[] = {"random", "stream", "hot"};
  return kNames[static_cast<size_t>(pattern)];
}

DramSource::DramSource(const DramLoad& load, uint32_t burst_bytes, uint32_t burst_cycles)
    : load_(load), random_(load.seed), burst_bytes_(burst_bytes) {
  gap_ = load.load >= 1 ? 0 : static_cast<uint64_t>(2 * burst_cycles / std::max(load.load, 1e-6)) + 1;
  for (uint64_t& stream : streams_) stream = anywhere();
}

sim::Burst DramSource::next(sim::Cycle& at) {
  if (gap_ != 0) at_ += random_.below(gap_);
  const uint32_t turn = static_cast<uint32_t>(count_++ % 3);
  sim::Burst burst{0, random_.below(3) == 0, 0, 0};
  if (load_.pattern == DramPattern::stream) {
    burst = {streams_[turn] % load_.bytes, turn == 2, 0, 0};
    streams_[turn] += burst_bytes_;
  } else if (load_.pattern == DramPattern::random) {
    burst.address = anywhere();
  } else {
    burst.address = anywhere() % (uint64_t{1} << 18);
    if (random_.chance(0.001)) at_ += random_.below(2000);
    if (random_.chance(0.3)) burst.write = count_ / 64 % 2 == 0;
  }
  at = at_;
  return burst;
}

DramRun run_dram(sim::Channel& channel, const sim::ChannelSpec& spec, const DramLoad& load,
                 const std::function<bool(const DramRun&)>& enough) {
  DramSource source(load, spec.burst_bytes, spec.burst_cycles);
  DramRun run;
  std::vector<sim::Cycle> entered(spec.queue);
  std::vector<uint32_t> names;  // free places of `entered`
  for (uint32_t i = 0; i < spec.queue; ++i) names.push_back(i);
  sim::Cycle now = 0, at = 0;
  sim::Burst burst = source.next(at);
  bool more = true;
  for (;;) {
    if (more && at <= now && channel.room() > 0) {  // one a cycle
      burst.owner = names.back();
      names.pop_back();
      entered[burst.owner] = now;
      channel.accept(burst, now);
      burst = source.next(at);
      at = std::max(at, now + 1);
    }
    sim::Issued issued;
    if (channel.tick(now, issued)) {
      names.push_back(issued.burst.owner);
      ++run.bursts;
      if (!issued.burst.write) {
        ++run.reads;
        run.read_latency += issued.done - entered[issued.burst.owner];
      }
      if (run.bursts % 1024 == 0 && enough(run)) more = false;
    }
    if (!more && channel.room() == spec.queue) break;
    const sim::Cycle next = channel.next_event(now);
    now = more && channel.room() > 0 ? std::min(next, std::max(at, now + 1)) : next;
    run.cycles = now;
  }
  return run;
}

}  // namespace psmc::tools
