// SPDX-License-Identifier: Apache-2.0
// List scheduling of one block: cycle by cycle, the ready instruction with the longest way to the end first. While as
// many registers of a file are alive as there may be, an instruction that makes one more waits until one has died; when
// nothing else can ever happen, the first of them in the order of the code goes.
#pragma once

#include "backend/schedule/dag.h"
#include "backend/schedule/flight.h"
#include "backend/schedule/schedule.h"

namespace psmc::backend {

/// The control instruction, if any, comes last: `loop` in the last word, a branch before its delay words.
BlockSchedule list_schedule(const Model& model, const MFunc& func, const MBlock& block,
                            const std::vector<uint32_t>& place, const Flight& entry, const BlockLive& live,
                            const Pressure& pressure);

}  // namespace psmc::backend
