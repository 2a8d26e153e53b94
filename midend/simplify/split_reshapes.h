// SPDX-License-Identifier: Apache-2.0
// split-reshapes: a reshape without access maps becomes two that have them.
#pragma once

#include "ir/pass.h"

namespace psmc::midend {

bool split_reshapes(ir::Module& module, ir::PassContext& context);

}  // namespace psmc::midend
