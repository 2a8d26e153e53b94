// SPDX-License-Identifier: Apache-2.0
// What lies in the scratchpads and in device memory when a program is opened. Needs: buffers are placed.
#pragma once

#include "midend/plan/entry_planner.h"

namespace psmc::midend {

/// Constants where they belong, zeros everywhere else below `end`.
void fill_scratchpads(const ProgramContext& context, uint64_t end, arch::Plan& plan);
/// Blocks of streamed weights, in order of their addresses.
void fill_memory(const ProgramContext& context, arch::Plan& plan);

}  // namespace psmc::midend
