// SPDX-License-Identifier: Apache-2.0
// inline-composites: `call @softmax(%x) {axis = 1}` becomes the definition of softmax over core ops (ir/composites).
//
//   %p = call @softmax(%s) {axis = 3}   =>   %m = reduce %s {monoid = "max", ...}; %d = sub %s, %m; %e = exp %d; ...
//
// Until nothing is left: a composite may use others. Calls of functions stay. Cost: linear in the ops made.
#pragma once

#include "ir/pass.h"

namespace psmc::midend {

/// The pass: all functions.
bool inline_composites(ir::Module& module, ir::PassContext& context);

/// One function. True if anything changed. Errors: those of the composite's inference, which the verifier has excluded.
Result<bool> inline_composites(ir::Module& module, ir::FuncId func);

}  // namespace psmc::midend
