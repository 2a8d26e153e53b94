// SPDX-License-Identifier: Apache-2.0
// The state of a memory channel in a checkpoint: the queue in order of age, banks, when commands may go out.
#include <algorithm>

#include "sim/checkpoint/archive.h"
#include "sim/memory/channel.h"

namespace psmc::sim {

/// Slots, lists and the sets of banks that want something follow from the queue.
void Channel::visit(Archive& archive) {
  std::vector<Entry> queue = archive.reading() ? std::vector<Entry>() : by_age();
  archive.list(queue, 23, [&](Entry& e) {
    archive(e.burst.address, e.burst.write, e.burst.owner, e.burst.index, e.order);
    archive.below(e.found, 4);
  });
  archive.require(queue.size() <= spec_.queue);
  for (Bank& b : banks_) archive(b.column, b.precharge, b.activate, b.row, b.passed);
  archive(open_, refreshed_, refreshing_, column_any_, column_group_, activate_any_, activate_group_, window_);
  const uint64_t all = ~uint64_t{0} >> (64 - spec_.banks);
  archive.require(((open_ | refreshed_ | refreshing_) & ~all) == 0);
  archive.below(window_at_, window_.size());
  archive(refresh_due_, wake_, orders_, writing_, streak_);
  archive(counters_.read_bursts, counters_.write_bursts, counters_.hits, counters_.misses, counters_.conflicts,
          counters_.refreshes, counters_.busy_cycles);
  archive.require(spec_.t_refi != 0 || refresh_due_ == kNever);
  if (archive.reading()) fill(queue);
}

std::vector<Channel::Entry> Channel::by_age() const {
  std::vector<Entry> queue;
  for (const Bank& b : banks_)
    for (uint16_t slot = b.first; slot != kNone; slot = entries_[slot].next) queue.push_back(entries_[slot]);
  std::sort(queue.begin(), queue.end(), [](const Entry& a, const Entry& b) { return a.order < b.order; });
  return queue;
}

/// Slots in order of age; what the banks want of them.
void Channel::fill(const std::vector<Entry>& queue) {
  entries_.assign(spec_.queue, {});
  free_.clear();
  for (uint32_t slot = spec_.queue; slot-- > queue.size();) free_.push_back(static_cast<uint16_t>(slot));
  for (Bank& b : banks_) {
    b.first = b.last = kNone;
    b.hit = {kNone, kNone};
  }
  for (uint16_t slot = 0; slot < queue.size(); ++slot) {
    Entry& e = entries_[slot] = queue[slot];
    const ChannelMap::Place place = map_.place(e.burst.address);
    Bank& b = banks_[place.bank];
    e.bank = static_cast<uint16_t>(place.bank);
    e.row = place.row;
    e.previous = b.last;
    e.next = kNone;
    (b.last == kNone ? b.first : entries_[b.last].next) = slot;
    b.last = slot;
  }
  for (uint32_t bank = 0; bank < banks_.size(); ++bank) {
    Bank& b = banks_[bank];
    if (open_ >> bank & 1u) b.hit = {next_hit(b, b.first, false), next_hit(b, b.first, true)};
    classify(bank);
  }
}

}  // namespace psmc::sim
