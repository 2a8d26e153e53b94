// SPDX-License-Identifier: Apache-2.0
// One op on constants, computed by its reference evaluation within limits.
#pragma once

#include <optional>

#include "ir/op.h"

namespace psmc::midend {

constexpr int64_t kFoldBytes = 65536;  ///< of a result, unless a pass is told otherwise

/// The constant that `value` is, if its bytes are there; or null.
const ir::Constant* constant_of(const ir::Module& module, ir::ValueId value);
/// Whether all bytes of the constant are there.
bool has_bytes(const ir::Module& module, const ir::Constant& constant);
/// Whether the op can be folded if its operands are constants: it has a reference evaluation, one tensor of static
/// shape as its result and reads no run-time symbol.
bool is_foldable(const ir::Module& module, ir::OpId op);
/// The result for these operands, which have their bytes. Nothing if it is larger than `limit` bytes, or larger than
/// the operands together and than 1 KiB (a constant that grows costs memory of the machine), or takes more than 4
/// million steps.
std::optional<ir::Constant> fold_op(const ir::Module& module, ir::OpId op,
                                    std::span<const ir::Constant* const> operands, int64_t limit);

}  // namespace psmc::midend
