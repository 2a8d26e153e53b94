// SPDX-License-Identifier: Apache-2.0
// Questions about constant ops.
#pragma once

#include <optional>

#include "ir/module.h"

namespace psmc::midend {

/// The constant that a `constant` op names.
ir::ConstId constant_id(const ir::Module& module, ir::OpId constant);
/// The element, if all elements of the constant are the same bits; integers exactly up to 2^53.
std::optional<double> constant_splat(const ir::Module& module, ir::OpId constant);

}  // namespace psmc::midend
