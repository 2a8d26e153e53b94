// SPDX-License-Identifier: Apache-2.0
// inline: calls of functions of the module become the function's ops.
#pragma once

#include "ir/pass.h"

namespace psmc::midend {

/// Option `limit`: most ops of a function afterwards, default 4194304. Errors: ir_recursion, too_large.
bool inline_functions(ir::Module& module, ir::PassContext& context);
std::span<const ir::PassOption> inline_functions_options();

}  // namespace psmc::midend
