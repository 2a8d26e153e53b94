// SPDX-License-Identifier: Apache-2.0
// Whether a module is still what it was: a number that changes when an op, an operand, an attribute, a type, a name, a
// place in a block or a signature does. Ids go into it, so it says something of one module at two moments, nothing of
// two.
#pragma once

#include <cstdint>

#include "ir/module.h"

namespace psmc::ir {

/// Bytes of constants are not looked at, their number and types are. Cost: one walk.
uint64_t fingerprint(const Module& module);

}  // namespace psmc::ir
