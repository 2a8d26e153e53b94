// SPDX-License-Identifier: Apache-2.0
// What two nodes must have in common to be partitioned the same way: everything but which values they read.
#pragma once

#include <string>

#include "midend/node/node.h"

namespace psmc::midend {

/// Equal for nodes with equal iteration spaces, maps, bodies, numbers of steps and types of what is read and written.
std::string shape_key(const ir::Module& module, const Node& node);

}  // namespace psmc::midend
