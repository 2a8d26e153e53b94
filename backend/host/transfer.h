// SPDX-License-Identifier: Apache-2.0
// Functions that move one tensor between a user's array and the device, as LLVM IR text.
#pragma once

#include <string>

#include "backend/host/interface.h"

namespace psmc::host {

/// Text of the function; "@put.decode.tokens" or "@get.decode.logits" is transfer_name.
///     define internal i32 @put.f.a(ptr %model, ptr %user, i64 %count)
std::string transfer_name(const Function& function, const Argument& argument);
std::string transfer_function(const Function& function, const Argument& argument);

}  // namespace psmc::host
