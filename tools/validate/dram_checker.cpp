// SPDX-License-Identifier: Apache-2.0
#include "tools/validate/dram_checker.h"

#include <fmt/format.h>

#include <algorithm>

namespace psmc::tools {
namespace {

constexpr int64_t kPostponed = 8;  // refreshes, JESD79-4

const char* name(sim::DramCommandKind kind) {
  constexpr const char* kNames[] = {"ACT", "PRE", "RD", "WR", "REF"};
  return kNames[static_cast<size_t>(kind)];
}

size_t index(sim::DramCommandKind kind) { return static_cast<size_t>(kind); }

bool is_column(sim::DramCommandKind kind) {
  return kind == sim::DramCommandKind::read || kind == sim::DramCommandKind::write;
}

}  // namespace

DramChecker::DramChecker(const arch::Memory& m)
    : groups_(m.bank_groups),
      buses_(m.command_buses),
      all_banks_(m.refresh_all_banks),
      burst_(std::max(1u, m.burst_bytes / m.channel_bytes_per_cycle)),
      cl_(m.cl),
      cwl_(m.cwl),
      faw_(m.t_faw),
      refi_(m.refresh_interval),
      banks_(m.banks),
      refreshed_(m.banks, false) {
  Times never;
  never.fill(kLongAgo);
  bank_times_.assign(m.banks, never);
  group_times_.assign(groups_, never);
  channel_times_ = never;
  add_bank_rules(m);
  add_channel_rules(m);
}

void DramChecker::add(Kind from, Kind to, Scope scope, int64_t cycles, const char* name) {
  rules_[index(to)].push_back({from, to, scope, cycles, name});
}

void DramChecker::add_bank_rules(const arch::Memory& m) {
  const int64_t rc = int64_t{m.t_ras} + m.t_rp;
  add(Kind::activate, Kind::read, Scope::bank, m.t_rcd, "tRCD");
  add(Kind::activate, Kind::write, Scope::bank, m.t_rcd, "tRCD");
  add(Kind::activate, Kind::precharge, Scope::bank, m.t_ras, "tRAS");
  add(Kind::activate, Kind::activate, Scope::bank, rc, "tRC");
  add(Kind::activate, Kind::refresh, Scope::bank, rc, "tRC");
  add(Kind::precharge, Kind::activate, Scope::bank, m.t_rp, "tRP");
  add(Kind::precharge, Kind::refresh, Scope::bank, m.t_rp, "tRP");
  add(Kind::read, Kind::precharge, Scope::bank, m.t_rtp, "tRTP");
  add(Kind::write, Kind::precharge, Scope::bank, cwl_ + burst_ + m.t_wr, "tWR");
  add(Kind::refresh, Kind::activate, Scope::bank, m.refresh_cycles, "tRFC");
  add(Kind::refresh, Kind::refresh, Scope::bank, m.refresh_cycles, "tRFC");
}

void DramChecker::add_channel_rules(const arch::Memory& m) {
  for (const Kind kind : {Kind::read, Kind::write}) {
    add(kind, kind, Scope::channel, m.t_ccd_s, "tCCD_S");
    add(kind, kind, Scope::group, m.t_ccd_l, "tCCD_L");
  }
  add(Kind::read, Kind::write, Scope::channel, m.t_rtw, "tRTW");
  add(Kind::write, Kind::read, Scope::channel, cwl_ + burst_ + m.t_wtr_s, "tWTR_S");
  add(Kind::write, Kind::read, Scope::group, cwl_ + burst_ + m.turnaround_cycles, "tWTR_L");
  std::vector<Kind> activations{Kind::activate};
  if (!all_banks_) activations.push_back(Kind::refresh);  // the refresh of a bank activates its rows
  for (const Kind from : activations) {
    for (const Kind to : activations) {
      add(from, to, Scope::channel, m.t_rrd_s, "tRRD_S");
      add(from, to, Scope::group, m.t_rrd_l, "tRRD_L");
    }
  }
}

void DramChecker::check(const sim::DramCommand& c) {
  ++commands_;
  const bool all = c.bank == sim::DramCommand::kAllBanks;
  if (all ? c.kind != Kind::refresh || !all_banks_ : c.bank >= banks() || (c.kind == Kind::refresh && all_banks_))
    return violation(static_cast<int64_t>(c.cycle),
                     fmt::format("{} of bank {}: there is no such command", name(c.kind), c.bank));
  check_buses(c);
  if (c.kind == Kind::activate || (c.kind == Kind::refresh && !all)) check_window(static_cast<int64_t>(c.cycle));
  if (c.kind == Kind::refresh) check_refresh(c);
  const uint32_t begin = all ? 0 : c.bank, end = all ? banks() : c.bank + 1;
  for (uint32_t bank = begin; bank < end; ++bank) {
    check_distances(c, bank);
    check_state(c, bank);
  }
  for (uint32_t bank = begin; bank < end; ++bank) note(c, bank);
}

void DramChecker::check_distances(const sim::DramCommand& c, uint32_t bank) {
  const int64_t now = static_cast<int64_t>(c.cycle);
  for (const Rule& rule : rules_[index(c.kind)]) {
    const Times& times = rule.scope == Scope::bank    ? bank_times_[bank]
                         : rule.scope == Scope::group ? group_times_[bank % groups_]
                                                      : channel_times_;
    const int64_t distance = now - times[index(rule.from)];
    if (distance < rule.cycles)
      violation(now, fmt::format("{} of bank {} is {} cycles after {}; {} is {}", name(c.kind), bank, distance,
                                 name(rule.from), rule.name, rule.cycles));
  }
}

void DramChecker::check_buses(const sim::DramCommand& c) {
  const int64_t now = static_cast<int64_t>(c.cycle);
  int64_t& last = last_on_bus_[buses_ == 2 && is_column(c.kind)];
  if (now < std::max(last_on_bus_[0], last_on_bus_[1])) violation(now, "a command before an earlier one");
  if (now == last) violation(now, fmt::format("{} of bank {}: two commands on one command bus", name(c.kind), c.bank));
  last = now;
  if (!is_column(c.kind)) return;
  std::erase_if(data_, [&](const Interval& i) { return i.end <= now; });
  const int64_t begin = now + (c.kind == Kind::read ? cl_ : cwl_);
  for (const Interval& i : data_)
    if (begin < i.end && i.begin < begin + burst_)
      violation(now, fmt::format("{} of bank {}: two bursts on the data bus in cycle {}", name(c.kind), c.bank,
                                 std::max(begin, i.begin)));
  data_.push_back({begin, begin + burst_});
}

void DramChecker::check_window(int64_t now) {
  if (activations_.size() == 4) {
    if (now - activations_.front() < faw_)
      violation(now, fmt::format("the fifth ACT within {} cycles; tFAW is {}", now - activations_.front(), faw_));
    activations_.pop_front();
  }
  activations_.push_back(now);
}

void DramChecker::check_state(const sim::DramCommand& c, uint32_t bank) {
  const Bank& b = banks_[bank];
  const int64_t now = static_cast<int64_t>(c.cycle);
  if (is_column(c.kind) && !(b.open && b.row == c.row))
    violation(now, fmt::format("{} of row {} of bank {}, where {}", name(c.kind), c.row, bank,
                               b.open ? fmt::format("row {} is open", b.row) : "no row is open"));
  if ((c.kind == Kind::activate || c.kind == Kind::refresh) && b.open)
    violation(now, fmt::format("{} of bank {}, where row {} is open", name(c.kind), bank, b.row));
}

void DramChecker::check_refresh(const sim::DramCommand& c) {
  const int64_t now = static_cast<int64_t>(c.cycle);
  if (refi_ != 0) {
    const int64_t late = now / refi_ - static_cast<int64_t>(refreshes_);
    if (late > kPostponed || late < -kPostponed)
      violation(now, fmt::format("REF when {} are due and {} were issued", now / refi_, refreshes_));
  }
  ++refreshes_;
  if (all_banks_) return;
  if (std::find(refreshed_.begin(), refreshed_.end(), false) == refreshed_.end())
    refreshed_.assign(refreshed_.size(), false);
  if (refreshed_[c.bank]) violation(now, fmt::format("REF of bank {} twice in a round", c.bank));
  refreshed_[c.bank] = true;
}

void DramChecker::note(const sim::DramCommand& c, uint32_t bank) {
  const int64_t now = static_cast<int64_t>(c.cycle);
  bank_times_[bank][index(c.kind)] = now;
  group_times_[bank % groups_][index(c.kind)] = now;
  channel_times_[index(c.kind)] = now;
  Bank& b = banks_[bank];
  if (c.kind == Kind::activate) b = {true, c.row};
  if (c.kind == Kind::precharge) b.open = false;
}

void DramChecker::finish(uint64_t cycle) {
  if (refi_ == 0) return;
  const int64_t due = static_cast<int64_t>(cycle) / refi_, issued = static_cast<int64_t>(refreshes_);
  if (due - issued > kPostponed)
    violation(static_cast<int64_t>(cycle),
              fmt::format("the trace ends when {} REF are due and {} were issued", due, issued));
}

void DramChecker::violation(int64_t cycle, std::string what) {
  ++violations_;
  if (messages_.size() < kMessages) messages_.push_back(fmt::format("cycle {}: {}", cycle, what));
}

}  // namespace psmc::tools
