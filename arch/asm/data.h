// SPDX-License-Identifier: Apache-2.0
// Lines of data in assembly: hex bytes, numbers of a type, DMA descriptors.
#pragma once

#include <cstddef>
#include <vector>

#include "arch/asm/scanner.h"

namespace psmc::arch {

/// Appends one line's bytes to `out`:
///   hex 00ff 12          u8|i8|i32|i64 1 -2 0x3          f32|bf16|f16 1.5 -2          space 64
///   dma to_tiles run=64 count=4,1,1 source=0 destination=0x100 source_stride=64,0,0 destination_stride=64,0,0
///       tiles=0,0,1,1 local=3,1 remote=4,1                (one line; keys in any order)
/// Errors: asm_directive for an unknown line, asm_operand.
Status read_data_line(Scanner& in, std::vector<std::byte>& out);

}  // namespace psmc::arch
