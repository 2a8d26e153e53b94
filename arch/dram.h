// SPDX-License-Identifier: Apache-2.0
// The DRAM of a memory channel: which of its numbers a machine file may leave out, what they must fulfil together, and
// channels of known DRAM. Names are those of JESD79-4 (DDR4) and JESD235 (HBM); all numbers are cycles of the channel.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "arch/machine.h"

namespace psmc::arch {

/// True of the keys of "memory" that describe the DRAM beyond its three latencies and its refresh.
bool is_optional_key(std::string_view section, std::string_view key);

/// Before the keys are read: those to be derived have no value.
void clear_dram(Memory& memory);

/// After the keys are read, for those left out: CL = hit - BL/2 - 1, tRCD = miss - hit, tRP = conflict - miss,
/// tRTW = CL + BL/2 + 2 - CWL (two cycles of rest on the data bus), tWTR_S = tWTR_L if that is shorter than HBM2's,
/// four bank groups if there are so many banks.
void complete_dram(Memory& memory);

/// What is wrong with the numbers together: key and message.
std::vector<std::pair<std::string_view, std::string>> dram_errors(const Memory& memory);

/// The longest time from a refresh that is due to the command, if nothing but the banks' own times delays it.
uint64_t refresh_delay(const Memory& memory);

/// Channels of known DRAM: ddr4-2400 and hbm2.
std::vector<std::string_view> dram_preset_names();
/// One channel of that DRAM or of a machine's preset. Errors: machine_unknown.
Result<Memory> dram_preset(std::string_view name);

}  // namespace psmc::arch
