// SPDX-License-Identifier: Apache-2.0
// The same program on smaller tensors, so that what is too large to be interpreted can still be validated.
#pragma once

#include <optional>

#include "ir/module.h"

namespace psmc::tools {

/// Element operations of one run of the module, about.
double work_of(const ir::Module& module);

/// Divides extents until the work is at most `wanted` or nothing more can be divided: an extent alone, or one with the
/// numbers that it is a factor of (heads * width), wherever they stand: in types, attributes, ranges of symbols and
/// constants. What is kept are steps after which the verifier accepts the module, so the outcome is a
/// program of its own, on which a pass must be as exact as on any other. Nothing if no step was possible.
std::optional<ir::Module> shrink_extents(const ir::Module& module, double wanted);

}  // namespace psmc::tools
