// SPDX-License-Identifier: Apache-2.0
#include "sim/memory/channel.h"

#include <algorithm>

#include "base/check.h"

namespace psmc::sim {

Channel::Channel(const ChannelSpec& spec) : spec_(spec) { reset(); }

void Channel::reset() {
  queue_.clear();
  queue_.reserve(spec_.queue);
  banks_.assign(spec_.banks, {});
  bus_free_ = read_from_ = idle_until_ = refreshed_until_ = 0;
  writing_ = false;
  streak_ = writes_ = 0;
  counters_ = {};
}

void Channel::accept(const Burst& burst, Cycle now) {
  PSMC_CHECK(room() > 0, "a burst enters a full queue");
  if (now > 0) refresh(now - 1);  // what was due earlier is chosen by the queue as it was
  Entry e;
  e.burst = burst;
  e.bank = static_cast<uint32_t>(burst.address / spec_.row_bytes % spec_.banks);
  e.row = burst.address / spec_.row_bytes / spec_.banks;
  e.arrived = now;
  queue_.push_back(e);
  ++banks_[e.bank].queued;
  if (burst.write) ++writes_;
  idle_until_ = 0;
}

bool Channel::tick(Cycle now, Issued& issued) {
  if (queue_.empty() || now < idle_until_) return false;
  refresh(now);
  const int column = choose_column(now);
  if (column >= 0) issued = issue_column(static_cast<size_t>(column), now);
  issue_row(now);
  return column >= 0;
}

Cycle Channel::next_event(Cycle now) const { return queue_.empty() ? kNever : std::max(now + 1, idle_until_); }

/// Catches up with all refreshes due until `now`, in order.
void Channel::refresh(Cycle now) {
  if (spec_.refresh_interval == 0) return;
  while (refreshed_until_ + spec_.refresh_interval <= now) {
    refreshed_until_ += spec_.refresh_interval;
    refresh_one(refreshed_until_);
  }
}

void Channel::refresh_one(Cycle at) {
  Bank* chosen = nullptr;
  for (Bank& b : banks_)
    if (!b.refreshed && (chosen == nullptr || (b.queued == 0 && chosen->queued != 0))) chosen = &b;
  if (chosen == nullptr) {  // a new round
    for (Bank& b : banks_) b.refreshed = false;
    chosen = &banks_[0];
    for (Bank& b : banks_)
      if (b.queued == 0 && chosen->queued != 0) chosen = &b;
  }
  chosen->refreshed = true;
  chosen->open = false;
  chosen->ready = std::max(chosen->ready, at) + spec_.refresh_cycles;
  ++counters_.refreshes;
}

/// The entry whose column command goes out now, or -1. The queue is in order of age, so the first fit is the oldest.
int Channel::choose_column(Cycle now) const {
  if (now < bus_free_) return -1;
  const bool other_waits = (writing_ ? queue_.size() - writes_ : writes_) != 0;
  const bool switch_now = other_waits && streak_ >= kDirectionBursts;
  int same = -1, other = -1;
  for (size_t i = 0; i < queue_.size(); ++i) {
    const Entry& e = queue_[i];
    const Bank& b = banks_[e.bank];
    if (!b.open || b.row != e.row || b.ready > now || (!e.burst.write && now < read_from_)) continue;
    if (now > e.arrived + kPatience) return static_cast<int>(i);
    int& best = e.burst.write == writing_ ? same : other;
    if (best < 0) best = static_cast<int>(i);
    if (switch_now ? other >= 0 : same >= 0) break;
  }
  if (switch_now) return other >= 0 ? other : same;
  return same >= 0 ? same : other;
}

Issued Channel::issue_column(size_t at, Cycle now) {
  Entry& e = queue_[at];
  const Issued issued{e.burst, now + spec_.hit};
  bus_free_ = now + spec_.burst_cycles;
  if (e.burst.write) read_from_ = now + spec_.burst_cycles + spec_.turnaround;
  streak_ = e.burst.write == writing_ ? streak_ + 1 : 1;
  writing_ = e.burst.write;
  ++(e.burst.write ? counters_.write_bursts : counters_.read_bursts);
  ++(e.found == Found::conflict ? counters_.conflicts : e.found == Found::miss ? counters_.misses : counters_.hits);
  counters_.busy_cycles += spec_.burst_cycles;
  --banks_[e.bank].queued;
  if (e.burst.write) --writes_;
  queue_.erase(queue_.begin() + static_cast<std::ptrdiff_t>(at));
  return issued;
}

/// One precharge or activate: for the oldest entry that needs it in a bank that is ready and not wanted as it is.
void Channel::issue_row(Cycle now) {
  uint64_t wanted = 0;  // banks whose open row an older entry wants
  Cycle wake = kNever;
  for (Entry& e : queue_) {
    Bank& b = banks_[e.bank];
    const uint64_t bit = uint64_t{1} << (e.bank % 64);
    if (b.open && b.row == e.row) {
      wanted |= bit;
      wake = std::min(wake, std::max({b.ready, bus_free_, e.burst.write ? 0 : read_from_}));
      continue;
    }
    if (wanted & bit) continue;
    wanted |= bit;
    if (b.ready <= now) {
      prepare(e, now);
      idle_until_ = now + 1;
      return;
    }
    wake = std::min(wake, b.ready);
  }
  idle_until_ = std::max(now + 1, wake);
}

void Channel::prepare(Entry& e, Cycle now) {
  Bank& b = banks_[e.bank];
  if (b.open) {
    b.open = false;
    b.ready = now + (spec_.conflict - spec_.miss);
    e.found = Found::conflict;
  } else {
    b.open = true;
    b.row = e.row;
    b.ready = now + (spec_.miss - spec_.hit);
    if (e.found == Found::unknown) e.found = Found::miss;
  }
}

}  // namespace psmc::sim
