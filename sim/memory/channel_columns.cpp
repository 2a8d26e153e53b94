// SPDX-License-Identifier: Apache-2.0
// The column commands of a memory channel: which burst is next, and what its command forbids.
#include <algorithm>
#include <bit>

#include "sim/memory/channel.h"

namespace psmc::sim {

/// The entry whose column command goes out now, or kNone.
uint16_t Channel::choose_column(Cycle now) {
  const std::array<uint64_t, 2> banks{hits_[0] & ~refreshing_, hits_[1] & ~refreshing_};
  if ((banks[0] | banks[1]) == 0) return kNone;
  if (streak_ >= kDirectionBursts && banks[!writing_] != 0) return oldest_hit(!writing_, banks[!writing_], now);
  const uint16_t same = oldest_hit(writing_, banks[writing_], now);
  return same != kNone ? same : oldest_hit(!writing_, banks[!writing_], now);
}

uint16_t Channel::oldest_hit(bool write, uint64_t banks, Cycle now) {
  if (banks == 0) return kNone;
  if (now < column_any_[write]) {
    wake(column_any_[write]);
    return kNone;
  }
  uint16_t best = kNone;
  uint64_t order = UINT64_MAX;
  for (; banks != 0; banks &= banks - 1) {
    const uint32_t bank = static_cast<uint32_t>(std::countr_zero(banks));
    const Cycle at = std::max(banks_[bank].column, column_group_[write][group_of(bank)]);
    if (at > now) {
      wake(at);
      continue;
    }
    const uint16_t slot = banks_[bank].hit[write];
    if (entries_[slot].order >= order) continue;
    order = entries_[slot].order;
    best = slot;
  }
  return best;
}

void Channel::issue_column(uint16_t slot, Cycle now, Issued& issued) {
  const Entry& e = entries_[slot];
  const bool write = e.burst.write;
  Bank& b = banks_[e.bank];
  issued = {e.burst, now + (write ? spec_.cwl : spec_.cl) + spec_.burst_cycles + 1};
  emit(now, write ? DramCommandKind::write : DramCommandKind::read, e.bank, e.row);
  keep_column_rules(e, now);
  streak_ = write == writing_ ? streak_ + 1 : 1;
  writing_ = write;
  ++(write ? counters_.write_bursts : counters_.read_bursts);
  ++(e.found == Found::conflict ? counters_.conflicts : e.found == Found::miss ? counters_.misses : counters_.hits);
  counters_.busy_cycles += spec_.burst_cycles;
  if (entries_[b.first].row != b.row) ++b.passed;
  b.hit[write] = next_hit(b, e.next, write);
  remove(slot);
  classify(e.bank);
  if (hits_[0] & ~refreshing_) wake(std::max(now + 1, column_any_[0]));
  if (hits_[1] & ~refreshing_) wake(std::max(now + 1, column_any_[1]));
}

/// What a column command forbids the later ones, and its bank's precharge.
void Channel::keep_column_rules(const Entry& e, Cycle now) {
  const bool write = e.burst.write;
  const uint32_t group = group_of(e.bank);
  const auto later = [](Cycle& at, Cycle than) { at = std::max(at, than); };
  column_any_[write] = now + std::max(spec_.burst_cycles, spec_.t_ccd_s);
  column_group_[write][group] = now + std::max(spec_.burst_cycles, spec_.t_ccd_l);
  if (write) {
    const Cycle end = now + spec_.cwl + spec_.burst_cycles;
    later(column_any_[0], end + spec_.t_wtr_s);
    later(column_group_[0][group], end + spec_.t_wtr_l);
    later(banks_[e.bank].precharge, end + spec_.t_wr);
  } else {
    later(column_any_[1], now + spec_.t_rtw);
    later(banks_[e.bank].precharge, now + spec_.t_rtp);
  }
}

/// The first entry from `from` on that wants the open row in this direction.
uint16_t Channel::next_hit(const Bank& bank, uint16_t from, bool write) const {
  while (from != kNone && (entries_[from].row != bank.row || entries_[from].burst.write != write))
    from = entries_[from].next;
  return from;
}

void Channel::remove(uint16_t slot) {
  const Entry& e = entries_[slot];
  Bank& b = banks_[e.bank];
  (e.previous == kNone ? b.first : entries_[e.previous].next) = e.next;
  (e.next == kNone ? b.last : entries_[e.next].previous) = e.previous;
  free_.push_back(slot);
}

}  // namespace psmc::sim
