// SPDX-License-Identifier: Apache-2.0
// fuse-elementwise: a contraction or reduction and the elementwise ops after it become one `group`, one loop nest.
#pragma once

#include "ir/pass.h"

namespace psmc::midend {

/// Options: `ops`, most ops of a group (24); `reads`, most values that a group reads (8); `writes`, most that it gives
/// (4).
bool fuse_elementwise(ir::Module& module, ir::PassContext& context);
std::span<const ir::PassOption> fuse_elementwise_options();

}  // namespace psmc::midend
