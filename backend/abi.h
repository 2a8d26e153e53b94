// SPDX-License-Identifier: Apache-2.0
// How compiled kernels are entered, find their arguments and end (docs/decisions/0002).
//
// A record: word 0 the code address of the kernel (a word of code memory), then one 64-bit word an argument: the byte
// addresses of the buffer parameters in order, and last the address of the kernel's spill area. The next record
// follows. A kernel is entered with s1 = its record and s2.. = the symbols of the function in the order of their
// declaration, and nothing in flight. It may use every other register. It ends by advancing s1 and jumping to the next
// record's kernel.
#pragma once

#include <cstdint>

#include "arch/plan.h"

namespace psmc::backend {

inline constexpr uint32_t kRecordRegister = 1;       ///< s1: address of the current record
inline constexpr uint32_t kFirstSymbolRegister = 2;  ///< s2: symbol 0
using arch::kMaxSymbols;
inline constexpr uint32_t kArgBytes = 8;         ///< of the code address and of each argument
inline constexpr uint32_t kFirstFreeScalar = 6;  ///< s6 and up belong to the kernel

/// Bytes of the record of a kernel with that many buffer parameters.
constexpr uint32_t record_bytes(uint32_t buffers) { return kArgBytes * (buffers + 2); }
/// Offset of the address of parameter `i` in the record; i == number of buffers: of the spill area.
constexpr uint32_t record_offset(uint32_t i) { return kArgBytes * (i + 1); }

}  // namespace psmc::backend
