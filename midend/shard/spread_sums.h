// SPDX-License-Identifier: Apache-2.0
// spread_sums: a long product of few results is cut along its sum, one part a tile, and the parts are added up.
#pragma once

#include "arch/machine.h"
#include "ir/module.h"

namespace psmc::midend {

/// For a program on `tiles` tiles of `machine`. Returns how many products were cut.
int64_t spread_sums(ir::Module& module, const arch::Machine& machine, int64_t tiles);

}  // namespace psmc::midend
