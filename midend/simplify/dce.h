// SPDX-License-Identifier: Apache-2.0
// dce: ops without effect whose results nobody uses go; and with them what only they used.
#pragma once

#include "ir/pass.h"

namespace psmc::midend {

bool dce(ir::Module& module, ir::PassContext& context);

}  // namespace psmc::midend
