// SPDX-License-Identifier: Apache-2.0
// Result types of the composites, and which body attention needs.
#pragma once

#include "ir/op.h"

namespace psmc::ir {

Result<std::vector<Type>> infer_like_first(const InferInput& in);  ///< the type of operand 0
Result<std::vector<Type>> infer_softmax(const InferInput& in);
Result<std::vector<Type>> infer_norm(const InferInput& in);  ///< x, then vectors along its last dimension
Result<std::vector<Type>> infer_rope(const InferInput& in);  ///< x [tokens, heads, 2, half], cos and sin [tokens, half]
/// q [T, kv, g, d], k [kv, d, L], v [kv, L, d] give [T, kv, g, d].
Result<std::vector<Type>> infer_attention(const InferInput& in);
/// Whether row 0 may see every column (L - 1 <= first): then all rows may, and there is nothing to mask.
bool attention_sees_all(const InferInput& in);

}  // namespace psmc::ir
