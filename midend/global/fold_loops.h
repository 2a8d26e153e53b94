// SPDX-License-Identifier: Apache-2.0
// Scalars and loops that are known: the part of propagate-constants at loop level.
#pragma once

#include "ir/module.h"

namespace psmc::midend {

/// Scalar ops on constants become constants; a loop without iterations goes, one with a single iteration becomes its
/// body; a carried value that never changes is what it begins as; a loop that works on constants alone is run, if that
/// takes no more than `steps` ops, for all loops together. How many ops and values were replaced.
int64_t fold_loops(ir::Module& module, int64_t steps);

}  // namespace psmc::midend
