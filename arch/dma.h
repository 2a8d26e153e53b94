// SPDX-License-Identifier: Apache-2.0
// DMA descriptors: 128 bytes in the scratchpad, 128-byte aligned, little-endian, copied by the engine when dma.start
// issues (after all stores of earlier words). A descriptor moves run x count[0] x count[1] x count[2] bytes: for each
// (i2, i1, i0), i0 innermost, `run` contiguous bytes from
//   source + i0*source_stride[0] + i1*source_stride[1] + i2*source_stride[2]      (the destination likewise).
//
//   byte  0  u8  kind (DmaKind)          byte 40  i64 x 3 source_stride
//         1  u8  zero                         64  i64 x 3 destination_stride
//         2  u16 chip, zero: this chip        88  u8 x0, y0, x1, y1
//         4  u32 run                          92  u16 local_semaphore    94  u16 local_amount
//         8  u32 x 3 count                    96  u16 remote_semaphore   98  u16 remote_amount
//        20  u32 zero                        100  28 bytes zero
//        24  u64 source
//        32  u64 destination
//
// Valid: run and counts at least 1; total at most 2^32-1 bytes; no access leaves its space (no wrap-around); any byte
// alignment, but code is written in whole words; semaphores exist; unused bytes zero; rectangle only for to_tiles, with
// x0 <= x1, y0 <= y1, inside the grid. Local posts: `in` kinds when the last byte is committed here, `out` kinds when
// the last source byte has been read. Remote posts (out kinds only): at each tile of the rectangle when the last byte
// is committed there; for to_memory at this tile when memory has accepted the last byte. An amount of 0 means no post.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "arch/machine.h"
#include "base/result.h"

namespace psmc::arch {

inline constexpr uint32_t kDescriptorBytes = 128;

enum class DmaKind : uint8_t {
  none,
  memory_to_scratchpad,  ///< in engines
  memory_to_code,        ///< in engines; destination is a byte address in the code memory
  to_memory,             ///< out engines
  to_tiles,              ///< out engines; to the same scratchpad address in each tile of a rectangle, self allowed
};
inline bool is_in(DmaKind k) { return k == DmaKind::memory_to_scratchpad || k == DmaKind::memory_to_code; }

struct Descriptor {
  DmaKind kind = DmaKind::none;
  uint16_t chip = 0;
  uint32_t run = 0;
  std::array<uint32_t, 3> count{1, 1, 1};
  uint64_t source = 0;
  uint64_t destination = 0;
  std::array<int64_t, 3> source_stride{};
  std::array<int64_t, 3> destination_stride{};
  uint8_t x0 = 0, y0 = 0, x1 = 0, y1 = 0;
  uint16_t local_semaphore = 0, local_amount = 0;
  uint16_t remote_semaphore = 0, remote_amount = 0;
  bool operator==(const Descriptor&) const = default;

  /// run * counts; only after problem() found nothing.
  uint64_t total_bytes() const { return uint64_t{run} * count[0] * count[1] * count[2]; }
};

using DescriptorBytes = std::array<std::byte, kDescriptorBytes>;
DescriptorBytes encode(const Descriptor& descriptor);
/// Errors: bad_descriptor (unknown kind, unused bytes not zero).
Result<Descriptor> decode_descriptor(std::span<const std::byte, kDescriptorBytes> bytes);
/// Why the descriptor is not valid on `machine`, or an empty string. `engine_in`: it was given to an `in` engine.
std::string problem(const Machine& machine, const Descriptor& descriptor, bool engine_in);

}  // namespace psmc::arch
