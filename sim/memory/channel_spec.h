// SPDX-License-Identifier: Apache-2.0
// What a memory channel is: its DRAM in cycles of the channel, by the names of JESD79-4 and JESD235.
#pragma once

#include <cstdint>

#include "sim/network/packet.h"

namespace psmc::arch {
struct Memory;
}

namespace psmc::sim {

struct ChannelSpec {
  uint32_t queue = 32;
  uint32_t banks = 16;       ///< a power of two, at most 64
  uint32_t bank_groups = 4;  ///< bank b is in group b % bank_groups
  uint32_t row_bytes = 2048, burst_bytes = 64;
  uint32_t burst_cycles = 2;  ///< BL/2
  uint32_t command_buses = 2;
  bool refresh_all_banks = false;
  uint32_t cl = 14, cwl = 4;
  uint32_t t_rcd = 14, t_rp = 14, t_ras = 34;
  uint32_t t_ccd_s = 1, t_ccd_l = 2;
  uint32_t t_rrd_s = 4, t_rrd_l = 6, t_faw = 30;
  uint32_t t_wtr_s = 6, t_wtr_l = 8, t_rtw = 14;
  uint32_t t_rtp = 6, t_wr = 16;
  uint32_t t_rfc = 60, t_refi = 256;  ///< t_refi 0: no refresh
  bool every_cycle = false;           ///< looks for commands in each cycle; the same results, slower

  uint32_t hit() const { return cl + burst_cycles + 1; }
  uint32_t miss() const { return hit() + t_rcd; }
  uint32_t conflict() const { return miss() + t_rp; }
};

ChannelSpec channel_spec(const arch::Memory& memory);

/// Where a burst lies in its channel. Rows of all banks follow each other in the address; where tCCD_L is longer than
/// a burst, so that one bank group alone cannot fill the data bus, consecutive bursts go round the bank groups. The
/// number of the bank is permuted by the lowest bits of the row, so that streams a power of two apart meet in different
/// banks (Zhang, Zhu, Zhang, "A permutation-based page interleaving scheme to reduce row-buffer conflicts and exploit
/// data locality", MICRO 2000).
class ChannelMap {
 public:
  struct Place {
    uint32_t bank;
    uint64_t row;
  };

  explicit ChannelMap(const ChannelSpec& spec);
  Place place(uint64_t address) const {
    const uint64_t group = address >> group_shift_ & group_mask_;
    const uint64_t above = address >> bank_shift_, row = above >> bank_bits_;
    return {permuted(static_cast<uint32_t>(group | (above & bank_mask_) << group_bits_), row), row};
  }
  /// An address of that row.
  uint64_t address(uint32_t bank, uint64_t row) const {
    const uint32_t plain = permuted(bank, row);
    const uint64_t above = row << bank_bits_ | plain >> group_bits_;
    return above << bank_shift_ | (plain & group_mask_) << group_shift_;
  }

 private:
  /// Its own inverse.
  uint32_t permuted(uint32_t bank, uint64_t row) const { return bank ^ static_cast<uint32_t>(row & (banks_ - 1)); }

  uint32_t banks_, group_shift_ = 0, group_bits_ = 0, bank_shift_ = 0, bank_bits_ = 0;
  uint64_t group_mask_ = 0, bank_mask_ = 0;
};

enum class DramCommandKind : uint8_t { activate, precharge, read, write, refresh };

/// One command as the DRAM gets it.
struct DramCommand {
  static constexpr uint16_t kAllBanks = UINT16_MAX;
  Cycle cycle = 0;
  DramCommandKind kind = DramCommandKind::activate;
  uint16_t bank = 0;  ///< kAllBanks: refresh of all
  uint64_t row = 0;   ///< of ACT, RD and WR: where the bytes lie
};

}  // namespace psmc::sim
