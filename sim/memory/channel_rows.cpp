// SPDX-License-Identifier: Apache-2.0
// The row commands of a memory channel: activate, precharge, refresh.
#include <algorithm>
#include <bit>

#include "sim/memory/channel.h"

namespace psmc::sim {

/// At most one: what a refresh needs, else the oldest burst whose bank can have PRE or ACT.
void Channel::issue_row(Cycle now) {
  if (refreshing_ != 0 && refresh_command(now)) return wake(now + 1);
  const Cycle any = std::max(activate_any_, window_[window_at_]);
  uint32_t best = 0, ready = 0;
  uint64_t order = UINT64_MAX;
  uint64_t banks = rows_ & ~refreshing_;
  if (any > now && (banks & ~open_) != 0) {  // most often under load: no bank may be opened yet
    wake(any);
    banks &= open_;
  }
  for (; banks != 0; banks &= banks - 1) {
    const uint32_t bank = static_cast<uint32_t>(std::countr_zero(banks));
    const Bank& b = banks_[bank];
    const bool open = open_ >> bank & 1;
    const Cycle at = open ? b.precharge : std::max(b.activate, activate_group_[group_of(bank)]);
    if (at > now) {
      wake(at);
      continue;
    }
    ++ready;
    if (entries_[b.first].order >= order) continue;
    order = entries_[b.first].order;
    best = bank;
  }
  if (ready == 0) return;
  if (ready > 1) wake(now + 1);
  Entry& e = entries_[banks_[best].first];
  if (open_ >> best & 1) {
    e.found = Found::conflict;
    precharge(best, now);
    wake(std::max(now + 1, activate_time(best)));
  } else {
    if (e.found == Found::unknown) e.found = Found::miss;
    activate(best, now);
    wake(std::max({now + 1, banks_[best].column, column_any_[0] < column_any_[1] ? column_any_[0] : column_any_[1]}));
  }
}

void Channel::activate(uint32_t bank, Cycle now) {
  Bank& b = banks_[bank];
  const uint64_t row = entries_[b.first].row;
  emit(now, DramCommandKind::activate, bank, row);
  open_ |= uint64_t{1} << bank;
  b.row = row;
  b.passed = 0;
  b.hit = {next_hit(b, b.first, false), next_hit(b, b.first, true)};
  b.column = now + spec_.t_rcd;
  b.precharge = now + spec_.t_ras;
  b.activate = now + spec_.t_ras + spec_.t_rp;
  count_activation(group_of(bank), now);
  classify(bank);
}

void Channel::count_activation(uint32_t group, Cycle now) {
  activate_any_ = now + spec_.t_rrd_s;
  activate_group_[group] = now + spec_.t_rrd_l;
  window_[window_at_] = now + spec_.t_faw;
  window_at_ = (window_at_ + 1) % window_.size();
}

void Channel::precharge(uint32_t bank, Cycle now) {
  Bank& b = banks_[bank];
  emit(now, DramCommandKind::precharge, bank, 0);
  open_ &= ~(uint64_t{1} << bank);
  b.activate = std::max(b.activate, now + spec_.t_rp);
  b.hit = {kNone, kNone};
  classify(bank);
}

/// A refresh becomes due: its banks get nothing else until it is issued.
void Channel::start_refresh(Cycle now) {
  if (refreshing_ == 0 && now >= refresh_due_) {
    refreshing_ = refresh_choice();
    refresh_due_ += spec_.t_refi;
  }
  if (refreshing_ == 0) wake(refresh_due_);
}

uint64_t Channel::refresh_choice() {
  const uint64_t all = ~uint64_t{0} >> (64 - spec_.banks);
  if (spec_.refresh_all_banks) return all;
  if (refreshed_ == all) refreshed_ = 0;  // a new round
  uint64_t idle = 0;
  for (uint32_t bank = 0; bank < spec_.banks; ++bank) idle |= uint64_t{banks_[bank].first == kNone} << bank;
  const uint64_t left = all & ~refreshed_;
  const uint64_t from = (left & idle) != 0 ? left & idle : left;
  return from & (~from + 1);
}

/// PRE of a bank whose refresh is due, or the refresh. False: none can go out now.
bool Channel::refresh_command(Cycle now) {
  for (uint64_t banks = refreshing_ & open_; banks != 0; banks &= banks - 1) {
    const uint32_t bank = static_cast<uint32_t>(std::countr_zero(banks));
    if (banks_[bank].precharge <= now) {
      precharge(bank, now);
      return true;
    }
    wake(banks_[bank].precharge);
  }
  if (refreshing_ & open_) return false;
  Cycle at = spec_.refresh_all_banks ? 0 : activate_time(static_cast<uint32_t>(std::countr_zero(refreshing_)));
  if (spec_.refresh_all_banks)
    for (const Bank& b : banks_) at = std::max(at, b.activate);
  if (at > now) {
    wake(at);
    return false;
  }
  refresh(now);
  return true;
}

void Channel::refresh(Cycle now) {
  const uint32_t first = static_cast<uint32_t>(std::countr_zero(refreshing_));
  emit(now, DramCommandKind::refresh, spec_.refresh_all_banks ? DramCommand::kAllBanks : first, 0);
  for (uint64_t banks = refreshing_; banks != 0; banks &= banks - 1)
    banks_[static_cast<uint32_t>(std::countr_zero(banks))].activate = now + spec_.t_rfc;
  if (!spec_.refresh_all_banks) count_activation(group_of(first), now);
  refreshed_ |= refreshing_;
  refreshing_ = 0;
  ++counters_.refreshes;
}

}  // namespace psmc::sim
