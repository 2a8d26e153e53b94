// SPDX-License-Identifier: Apache-2.0
#include "sim/memory/channel.h"

#include <algorithm>

#include "base/check.h"
#include "sim/contradiction.h"

namespace psmc::sim {

Channel::Channel(const ChannelSpec& spec) : spec_(spec), map_(spec) {
  PSMC_CHECK(spec.banks <= 64, "a memory channel has more than 64 banks");
  reset();
}

void Channel::reset() {
  entries_.assign(spec_.queue, {});
  free_.clear();
  for (uint32_t slot = spec_.queue; slot-- > 0;) free_.push_back(static_cast<uint16_t>(slot));
  banks_.assign(spec_.banks, {});
  hits_ = {};
  rows_ = open_ = refreshed_ = refreshing_ = 0;
  column_any_ = {};
  column_group_ = {};
  activate_any_ = 0;
  activate_group_ = {};
  window_ = {};
  window_at_ = 0;
  refresh_due_ = wake_ = spec_.t_refi == 0 ? kNever : spec_.t_refi;
  orders_ = 0;
  writing_ = false;
  streak_ = 0;
  counters_ = {};
}

void Channel::accept(const Burst& burst, Cycle now) {
  check_state(room() > 0, "a burst enters a full queue");
  if (free_.size() == entries_.size() && now > 0) catch_up(now - 1);
  const uint16_t slot = free_.back();
  free_.pop_back();
  const ChannelMap::Place place = map_.place(burst.address);
  Bank& b = banks_[place.bank];
  Entry& e = entries_[slot];
  e = {burst, place.row, orders_++, static_cast<uint16_t>(place.bank), kNone, b.last, Found::unknown};
  (b.last == kNone ? b.first : entries_[b.last].next) = slot;
  b.last = slot;
  const uint64_t bit = uint64_t{1} << place.bank;
  if ((open_ & bit) && b.row == e.row && b.hit[burst.write] == kNone) b.hit[burst.write] = slot;
  classify(place.bank);
  if (hits_[burst.write] & bit) wake(std::max(now, column_time(place.bank, burst.write)));
  if (rows_ & bit) wake(std::max(now, (open_ & bit) ? b.precharge : activate_time(place.bank)));
}

bool Channel::tick(Cycle now, Issued& issued) {
  if (room() == spec_.queue || (now < wake_ && !spec_.every_cycle)) return false;
  check_state(now <= wake_ || spec_.every_cycle, "a memory channel was not ticked when it could issue a command");
  return step(now, &issued);
}

Cycle Channel::next_event(Cycle now) const {
  return room() == spec_.queue ? kNever : spec_.every_cycle ? now + 1 : std::max(now + 1, wake_);
}

void Channel::catch_up(Cycle now) {
  while (wake_ <= now) step(wake_, nullptr);
}

/// All commands of one cycle. `issued` may be null if the queue is empty.
bool Channel::step(Cycle now, Issued* issued) {
  wake_ = kNever;
  start_refresh(now);
  const uint16_t slot = choose_column(now);
  if (slot != kNone) issue_column(slot, now, *issued);
  if (slot != kNone && spec_.command_buses == 1) {
    wake(now + 1);
  } else {
    issue_row(now);
  }
  return slot != kNone;
}

/// What the bank's entries want, given its row.
void Channel::classify(uint32_t bank) {
  const Bank& b = banks_[bank];
  const uint64_t bit = uint64_t{1} << bank;
  bool row = b.first != kNone;
  hits_[0] &= ~bit;
  hits_[1] &= ~bit;
  if (open_ & bit) {
    const bool wanted = b.hit[0] != kNone || b.hit[1] != kNone;
    row = row && (!wanted || (b.passed >= kPassedBursts && entries_[b.first].row != b.row));
    if (!row && b.hit[0] != kNone) hits_[0] |= bit;
    if (!row && b.hit[1] != kNone) hits_[1] |= bit;
  }
  rows_ = row ? rows_ | bit : rows_ & ~bit;
}

Cycle Channel::column_time(uint32_t bank, bool write) const {
  return std::max({banks_[bank].column, column_any_[write], column_group_[write][group_of(bank)]});
}

Cycle Channel::activate_time(uint32_t bank) const {
  return std::max({banks_[bank].activate, activate_any_, activate_group_[group_of(bank)], window_[window_at_]});
}

void Channel::emit(Cycle now, DramCommandKind kind, uint32_t bank, uint64_t row) {
  if (trace_ != nullptr) trace_->push_back({now, kind, static_cast<uint16_t>(bank), row});
}

}  // namespace psmc::sim
