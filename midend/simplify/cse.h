// SPDX-License-Identifier: Apache-2.0
// cse: equal computations are done once.
#pragma once

#include "ir/pass.h"

namespace psmc::midend {

bool cse(ir::Module& module, ir::PassContext& context);

}  // namespace psmc::midend
