// SPDX-License-Identifier: Apache-2.0
// canonicalize: rewrites that make the module smaller or plainer and never change a bit of what it computes.
#pragma once

#include <vector>

#include "ir/pass.h"
#include "ir/rewrite.h"

namespace psmc::midend {

bool canonicalize(ir::Module& module, ir::PassContext& context);
std::span<const ir::PassOption> canonicalize_options();

/// All rules of the pass; tests see that each is exercised.
std::vector<ir::Pattern> canonical_rules();

}  // namespace psmc::midend
