// SPDX-License-Identifier: Apache-2.0
// The composites that psmc knows.
#pragma once

#include <vector>

#include "ir/composites/composite.h"

namespace psmc::ir {

std::vector<Composite> composite_definitions();

}  // namespace psmc::ir
