// SPDX-License-Identifier: Apache-2.0
// What a `group` must look like to run as one loop nest:
//
//   group { %c = constant; %t = transpose %x   views of outer values and sources: folded into those who read them
//           %h = contract %a, %b               the head: any op of one piece, the only one that may reduce
//           %s = mul %h, %t                    then elementwise ops of the head's shape
//           yield %s, %h, %x }                 values of that shape, computed inside or not
//
// fuse-elementwise makes no others; a user can write any.
#pragma once

#include "base/result.h"
#include "ir/module.h"

namespace psmc::midend {

/// Of a group with results. Errors: unsupported_op at the op that does not fit.
Status check_group(const ir::Module& module, ir::OpId group);

/// Members of the group that compute something, the head first: no views, no sources.
std::vector<ir::OpId> computing_members(const ir::Module& module, ir::OpId group);

}  // namespace psmc::midend
