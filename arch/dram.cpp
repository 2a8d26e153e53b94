// SPDX-License-Identifier: Apache-2.0
#include "arch/dram.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>

#include "base/json.h"
#include "base/nearest.h"

namespace psmc::arch {
namespace {

constexpr std::array kOptional = {
    "bank_groups", "command_buses", "refresh_all_banks", "cl",    "cwl",     "t_rcd", "t_rp",  "t_ras", "t_ccd_s",
    "t_ccd_l",     "t_rrd_s",       "t_rrd_l",           "t_faw", "t_wtr_s", "t_rtw", "t_rtp", "t_wr"};
constexpr uint32_t kUnknown = UINT32_MAX;
constexpr uint32_t kBusRest = 2;  // cycles between a read's data and a write's: pre- and postamble

uint32_t difference(uint32_t a, uint32_t b) { return a > b ? a - b : 0; }

/// JESD79-4, speed bin 2400T, 8 Gb of eight-bit devices: 64 bits at 1200 MHz.
Memory ddr4_2400() {
  Memory m;
  m.bytes = uint64_t{8} << 30;
  m.channels.resize(1);
  m.channel_bytes_per_cycle = 16;
  m.row_bytes = 8192;
  m.hit_cycles = 22, m.miss_cycles = 39, m.conflict_cycles = 56;
  m.refresh_interval = 9360, m.refresh_cycles = 420, m.refresh_all_banks = true;
  m.command_buses = 1;
  m.cl = m.t_rcd = m.t_rp = 17;
  m.cwl = 12, m.t_ras = 39, m.t_ccd_s = 4, m.t_ccd_l = 6, m.t_rrd_s = 4, m.t_rrd_l = 6, m.t_faw = 26;
  m.t_wtr_s = 3, m.turnaround_cycles = 9, m.t_rtw = 11, m.t_rtp = 9, m.t_wr = 18;
  return m;
}

/// One channel of 128 bits at 1 GHz, burst length 4, 8 Gb a channel; Memory's own values but for the refresh, which is
/// of all banks here.
Memory hbm2() {
  Memory m;
  m.bytes = uint64_t{1} << 30;
  m.channels.resize(1);
  m.refresh_interval = 3900, m.refresh_cycles = 260, m.refresh_all_banks = true;
  return m;
}

}  // namespace

bool is_optional_key(std::string_view section, std::string_view key) {
  return section == "memory" && std::find(kOptional.begin(), kOptional.end(), key) != kOptional.end();
}

void clear_dram(Memory& memory) {
  memory.cl = memory.t_rcd = memory.t_rp = memory.t_rtw = memory.t_wtr_s = memory.bank_groups = kUnknown;
}

void complete_dram(Memory& m) {
  const auto derive = [](uint32_t& value, uint32_t derived) {
    if (value == kUnknown) value = derived;
  };
  derive(m.cl, difference(m.hit_cycles, m.burst_cycles() + 1));
  derive(m.t_rcd, difference(m.miss_cycles, m.hit_cycles));
  derive(m.t_rp, difference(m.conflict_cycles, m.miss_cycles));
  derive(m.t_rtw, std::max(1u, difference(m.cl + m.burst_cycles() + kBusRest, m.cwl)));
  derive(m.t_wtr_s, std::min(Memory().t_wtr_s, m.turnaround_cycles));
  derive(m.bank_groups, std::min(Memory().bank_groups, m.banks));
}

uint64_t refresh_delay(const Memory& m) {
  const uint64_t open = std::max({m.t_ras, m.t_rtp, m.cwl + m.burst_cycles() + m.t_wr});
  return open + m.t_rp + (m.refresh_all_banks ? m.banks + m.refresh_cycles : m.t_faw + m.t_rrd_l);
}

std::vector<std::pair<std::string_view, std::string>> dram_errors(const Memory& m) {
  std::vector<std::pair<std::string_view, std::string>> errors;
  const auto check = [&](bool holds, std::string_view key, std::string message) {
    if (!holds) errors.emplace_back(key, std::move(message));
  };
  check(m.cl > 0 && m.hit_cycles == m.cl + m.burst_cycles() + 1, "hit_cycles",
        fmt::format("a row hit takes cl + {} (a burst on the bus) + 1 cycles, cl is at least 1", m.burst_cycles()));
  check(m.t_rcd > 0 && m.miss_cycles == m.hit_cycles + m.t_rcd, "miss_cycles",
        "a miss takes t_rcd cycles more than a hit, at least 1");
  check(m.t_rp > 0 && m.conflict_cycles == m.miss_cycles + m.t_rp, "conflict_cycles",
        "a row conflict takes t_rp cycles more than a miss, at least 1");
  check(std::has_single_bit(m.bank_groups) && m.bank_groups <= m.banks, "banks",
        fmt::format("{} banks in {} groups; groups must be a power of two and no more than banks", m.banks,
                    m.bank_groups));
  check(m.t_ccd_s <= m.t_ccd_l && m.t_rrd_s <= m.t_rrd_l && m.t_wtr_s <= m.turnaround_cycles, "turnaround_cycles",
        "t_ccd_s, t_rrd_s and t_wtr_s must not be longer than t_ccd_l, t_rrd_l and turnaround_cycles (tWTR_L)");
  check(m.t_rtw + m.cwl >= m.cl + m.burst_cycles(), "hit_cycles",
        fmt::format("a write {} cycles (t_rtw) after a read would meet its data on the bus", m.t_rtw));
  check(
      m.refresh_interval == 0 || m.refresh_interval > refresh_delay(m), "refresh_interval",
      fmt::format("a refresh may have to wait {} cycles for its banks; the next one is due before", refresh_delay(m)));
  return errors;
}

std::vector<std::string_view> dram_preset_names() { return {"ddr4-2400", "hbm2"}; }

Result<Memory> dram_preset(std::string_view name) {
  if (name == "ddr4-2400") return ddr4_2400();
  if (name == "hbm2") return hbm2();
  if (preset_json(name).empty()) {
    std::vector<std::string_view> names = dram_preset_names();
    for (const std::string_view machine : preset_names()) names.push_back(machine);
    return error(Code::machine_unknown, fmt::format("there is no DRAM {}", json::quote(name)),
                 names_there_are(name, names));
  }
  PSMC_ASSIGN(const Machine machine, preset(name));
  return machine.memory;
}

}  // namespace psmc::arch
