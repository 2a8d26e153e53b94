// SPDX-License-Identifier: Apache-2.0
// remove-unused-symbols: private functions that nobody calls, constants that nobody reads, run-time integers that a
// private function does not use go; equal functions and equal constants become one.
#pragma once

#include "ir/pass.h"

namespace psmc::midend {

bool remove_unused_symbols(ir::Module& module, ir::PassContext& context);

}  // namespace psmc::midend
