// SPDX-License-Identifier: Apache-2.0
// hoist-invariants: what is the same in every iteration of a loop is computed before it.
#pragma once

#include "ir/pass.h"

namespace psmc::midend {

///   for %i = 0 to 8 step 1 { %a = exp %x; %b = load %w[0]; ... }   =>   %a = exp %x; %b = load %w[0]; for ...
bool hoist_invariants(ir::Module& module, ir::PassContext& context);

}  // namespace psmc::midend
