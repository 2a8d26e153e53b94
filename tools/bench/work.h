// SPDX-License-Identifier: Apache-2.0
// How much work a graph-level function is, op by op, from the ops' access maps.
#pragma once

#include <map>
#include <string>

#include "ir/interp/interpreter.h"
#include "tools/bench/bound.h"

namespace psmc::tools {

/// By the op's name in reports ("layer 3, query: group"); ops of a group count for the group.
using WorkByOp = std::map<std::string, Work>;

/// Work of `func` for these values of its symbols; a symbol that is not given counts with its lower end. Constants that
/// contractions read count as bytes from memory if `streamed`; inputs and outputs of the function always do, under "".
WorkByOp work_of(const ir::Module& module, ir::FuncId func, const ir::SymbolValues& symbols, bool streamed);
Work total(const WorkByOp& work);

}  // namespace psmc::tools
