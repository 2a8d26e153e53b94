// SPDX-License-Identifier: Apache-2.0
// Element conversions between user arrays and device tensors, as LLVM IR text for the body of a loop.
//
// f16 and bf16 are done in integer arithmetic: x86-64-v2 has no instructions for them, the compiler's run-time library
// must not be needed, and integer operations vectorise. Results are those of base/dtype.h, bit for bit.
#pragma once

#include <string>

#include "base/dtype.h"

namespace psmc::host {

/// "float", "i16" ...: how an element is loaded and stored.
std::string_view ir_type(DType dtype);

/// A value as IR text, with the instructions that lead to it.
struct Converted {
  std::string code;  ///< lines; every name begins with "%c."
  std::string value;
};

/// `value` of type `device` as the user's type (what user_type of the interface gives), and back.
Converted to_user(DType device, const std::string& value);
Converted to_device(DType device, const std::string& value);

}  // namespace psmc::host
