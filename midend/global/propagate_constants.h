// SPDX-License-Identifier: Apache-2.0
// propagate-constants: values that are the same on every run become constants, through calls and through loops.
#pragma once

#include "ir/pass.h"

namespace psmc::midend {

/// Option `limit`: most bytes of a folded result, default 65536. Option `steps`: how many ops of loops may be run by
/// the compiler, in all, default 1048576.
bool propagate_constants(ir::Module& module, ir::PassContext& context);
std::span<const ir::PassOption> propagate_constants_options();

}  // namespace psmc::midend
