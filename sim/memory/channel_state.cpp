// SPDX-License-Identifier: Apache-2.0
// The state of a memory channel in a checkpoint.
#include "sim/checkpoint/archive.h"
#include "sim/memory/channel.h"

namespace psmc::sim {

/// Bank, row and what the banks count of the queue follow from the addresses.
void Channel::visit(Archive& archive) {
  archive.list(queue_, 23, [&](Entry& e) {
    archive(e.burst.address, e.burst.write, e.burst.owner, e.burst.index, e.arrived);
    archive.below(e.found, 4);
  });
  archive.require(queue_.size() <= spec_.queue);
  for (Bank& b : banks_) {
    archive(b.open, b.refresh_due, b.refreshed, b.row, b.ready);
    b.queued = archive.reading() ? 0 : b.queued;
  }
  archive(bus_free_, read_from_, idle_until_, writing_, streak_, refreshed_until_);
  archive(counters_.read_bursts, counters_.write_bursts, counters_.hits, counters_.misses, counters_.conflicts,
          counters_.refreshes, counters_.busy_cycles);
  if (!archive.reading()) return;
  writes_ = 0;
  for (Entry& e : queue_) {
    e.bank = static_cast<uint32_t>(e.burst.address / spec_.row_bytes % spec_.banks);
    e.row = e.burst.address / spec_.row_bytes / spec_.banks;
    ++banks_[e.bank].queued;
    writes_ += e.burst.write ? 1 : 0;
  }
}

}  // namespace psmc::sim
