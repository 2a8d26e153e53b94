// SPDX-License-Identifier: Apache-2.0
// The tables of definitions, one function a family; ir/op.cpp puts them in the order of ir/ops.def.
#pragma once

#include <vector>

#include "ir/op.h"

namespace psmc::ir {

std::vector<OpDef> elementwise_ops();
std::vector<OpDef> reduction_ops();
std::vector<OpDef> shape_ops();     ///< reshape, transpose, slice, concat, pad, broadcast
std::vector<OpDef> source_ops();    ///< constant, iota, symbol
std::vector<OpDef> indirect_ops();  ///< gather, update
std::vector<OpDef> control_ops();
std::vector<OpDef> loop_ops();
std::vector<OpDef> tile_ops();

}  // namespace psmc::ir
