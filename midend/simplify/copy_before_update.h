// SPDX-License-Identifier: Apache-2.0
// copy-before-update: afterwards every `update` may overwrite its first operand, and every state ends where it began.
#pragma once

#include "ir/pass.h"

namespace psmc::midend {

bool copy_before_update(ir::Module& module, ir::PassContext& context);

}  // namespace psmc::midend
