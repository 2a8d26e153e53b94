// SPDX-License-Identifier: Apache-2.0
// What a function must fulfil to be an entry of an image, beyond being valid: checked before anything is planned, so
// that errors speak of the function and not of the image.
#pragma once

#include "arch/machine.h"
#include "base/result.h"
#include "ir/module.h"

namespace psmc::midend {

/// The name of a result in the image: its own, or "result" and its number.
std::string result_name(const ir::Module& module, const ir::Func& func, uint32_t number);

/// Errors: unsupported_op (an argument or result without elements, too many symbols), redefined_name (two tensors of
/// one name), too_large (tensors that the device memory cannot hold).
Status check_entry(const ir::Module& module, ir::FuncId func, const arch::Machine& machine);

}  // namespace psmc::midend
