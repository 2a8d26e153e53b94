// SPDX-License-Identifier: Apache-2.0
// fold-constants: ops on constants are computed by the compiler.
#pragma once

#include "ir/pass.h"

namespace psmc::midend {

/// Option `limit`: most bytes of a folded result, default 65536.
bool fold_constants(ir::Module& module, ir::PassContext& context);
std::span<const ir::PassOption> fold_constants_options();

}  // namespace psmc::midend
