// SPDX-License-Identifier: Apache-2.0
// gvn: values that are equal on every run are computed once, loops and groups looked into.
#pragma once

#include "ir/pass.h"

namespace psmc::midend {

/// Global value numbering.
///   %s, %t = for %i = 0 to 8 step 1 iter(%a = %z, %b = %z) { %c = add %a, %x; %d = add %x, %b; yield %c, %d }
///   %r = sub %s, %t
/// becomes `%r = sub %s, %s`, and %c is yielded twice.
bool gvn(ir::Module& module, ir::PassContext& context);

}  // namespace psmc::midend
