// SPDX-License-Identifier: Apache-2.0
#include "tools/debug/target.h"

#include <algorithm>

namespace psmc::tools::debug {
namespace {

constexpr size_t kRecent = 6;

}  // namespace

Status Target::start() {
  sim::TraceEvent none;
  none.cycles = 0;
  last_.assign(image_.machine.tiles(), none);
  recent_.assign(image_.machine.tiles(), {});
  transfers_.clear();
  breaks_.forget();
  sim::Options options;
  options.trace = [this](const sim::TraceEvent& e) { core(e); };
  options.transfers = [this](const sim::TransferEvent& e) { transfer(e); };
  options.writes = [this](const sim::WriteEvent& e) { breaks_.write(e); };
  device_.reset();
  PSMC_ASSIGN(device_, open_(std::move(options)));
  return chip().begin(entry_);
}

void Target::core(const sim::TraceEvent& e) {
  last_[e.tile] = e;
  breaks_.core(e);
  if (!e.issued) return;
  std::deque<sim::TraceEvent>& recent = recent_[e.tile];
  if (recent.size() == kRecent) recent.pop_front();
  recent.push_back(e);
}

void Target::transfer(const sim::TransferEvent& e) {
  breaks_.transfer(e);
  if (e.step == sim::TransferStep::done)
    transfers_.erase(e.tag);
  else
    transfers_[e.tag] = {e.transfer, e.step, e.cycle};
}

void Target::run(Cycle limit, const std::function<bool()>& until) {
  breaks_.hits().clear();
  const bool every_cycle = breaks_.watches() || until;
  while (chip().now() < limit) {
    const Cycle stop = std::min(limit, breaks_.next_cycle(chip().now()));
    const bool more = chip().run_until(every_cycle ? chip().now() + 1 : stop);
    if (!more || !breaks_.hits().empty() || (until && until()) || chip().now() == stop) break;
  }
  chip().settle();
}

}  // namespace psmc::tools::debug
