// SPDX-License-Identifier: Apache-2.0
// What any module may be at most, so that sizes fit in 64 bits with room to compute and hostile input ends early.
#pragma once

#include <cstddef>
#include <cstdint>

namespace psmc::ir {

constexpr size_t kMaxRank = 16;
constexpr int64_t kMaxDim = int64_t{1} << 40;
constexpr int64_t kMaxElements = int64_t{1} << 48;  ///< of one tensor or buffer
constexpr int64_t kMaxSymbol = int64_t{1} << 40;    ///< magnitude of a symbol's range, a coefficient, an offset
constexpr size_t kMaxSymbols = 64;                  ///< of one function
constexpr size_t kMaxOperands = 65535;
constexpr size_t kMaxAttrs = 4096;                     ///< of one op or function
constexpr uint32_t kMaxNesting = 64;                   ///< blocks within blocks
constexpr int64_t kMaxInlineBytes = int64_t{1} << 30;  ///< constants that stand in a text, all together

}  // namespace psmc::ir
