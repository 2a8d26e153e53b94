// SPDX-License-Identifier: Apache-2.0
#include "sim/memory/channel_spec.h"

#include <bit>

#include "arch/machine.h"
#include "base/check.h"

namespace psmc::sim {

ChannelSpec channel_spec(const arch::Memory& m) {
  ChannelSpec s;
  s.queue = m.queue_bursts;
  s.banks = m.banks, s.bank_groups = m.bank_groups;
  s.row_bytes = m.row_bytes, s.burst_bytes = m.burst_bytes, s.burst_cycles = m.burst_cycles();
  s.command_buses = m.command_buses, s.refresh_all_banks = m.refresh_all_banks;
  s.cl = m.cl, s.cwl = m.cwl;
  s.t_rcd = m.t_rcd, s.t_rp = m.t_rp, s.t_ras = m.t_ras;
  s.t_ccd_s = m.t_ccd_s, s.t_ccd_l = m.t_ccd_l;
  s.t_rrd_s = m.t_rrd_s, s.t_rrd_l = m.t_rrd_l, s.t_faw = m.t_faw;
  s.t_wtr_s = m.t_wtr_s, s.t_wtr_l = m.turnaround_cycles, s.t_rtw = m.t_rtw;
  s.t_rtp = m.t_rtp, s.t_wr = m.t_wr;
  s.t_rfc = m.refresh_cycles, s.t_refi = m.refresh_interval;
  return s;
}

ChannelMap::ChannelMap(const ChannelSpec& s) : banks_(s.banks) {
  const auto log2 = [](uint32_t n) {
    PSMC_CHECK(std::has_single_bit(n), "sizes of a memory channel are powers of two");
    return static_cast<uint32_t>(std::countr_zero(n));
  };
  const bool spread = s.t_ccd_l > s.burst_cycles;
  group_bits_ = log2(s.bank_groups);
  bank_bits_ = log2(s.banks) - group_bits_;
  group_shift_ = spread ? log2(s.burst_bytes) : log2(s.row_bytes);
  bank_shift_ = log2(s.row_bytes) + group_bits_;
  group_mask_ = s.bank_groups - 1;
  bank_mask_ = (uint64_t{1} << bank_bits_) - 1;
}

}  // namespace psmc::sim
