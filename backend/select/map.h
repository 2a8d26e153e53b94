// SPDX-License-Identifier: Apache-2.0
// One elementwise op on registers: vectors for numbers, masks for bool. f32, bf16 and f16 values are kept as f32.
#pragma once

#include <span>

#include "backend/select/emitter.h"
#include "base/dtype.h"
#include "ir/op_kind.h"

namespace psmc::backend {

/// The op applied to registers of type `from`, giving type `to` (of select: its second operand is of type `from`). An
/// op that the backend does not have fails the emitter.
Reg emit_map(Emitter& emit, ir::OpKind kind, DType from, DType to, std::span<const Reg> x);
/// The number `value` as a vector, or as a mask for bool.
Reg emit_number(Emitter& emit, DType dtype, double value);
/// 1 or 0 in i32 lanes.
Reg emit_mask_to_int(Emitter& emit, Reg mask);
Reg emit_int_to_mask(Emitter& emit, Reg value);

}  // namespace psmc::backend
