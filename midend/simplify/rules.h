// SPDX-License-Identifier: Apache-2.0
// The rewrite rules of canonicalize, by family. Each is exact: the same bits for all inputs, the payload of a NaN
// apart.
#pragma once

#include <vector>

#include "ir/rewrite.h"

namespace psmc::midend {

std::vector<ir::Pattern> arithmetic_rules();  ///< identities of add, mul, max ... and exact strength reduction
std::vector<ir::Pattern> logic_rules();       ///< comparisons, and, or, not, select
std::vector<ir::Pattern> movement_rules();    ///< reshape, transpose, broadcast, concat, pad, cast
std::vector<ir::Pattern> slice_rules();       ///< slices move towards what is sliced
std::vector<ir::Pattern> operand_rules();     ///< contract, gather, update
std::vector<ir::Pattern> reduction_rules();   ///< reduce over nothing, of reduce, of movement
std::vector<ir::Pattern> order_rules();       ///< elementwise ops before reshapes, transposes, concats

}  // namespace psmc::midend
