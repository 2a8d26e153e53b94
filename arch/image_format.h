// SPDX-License-Identifier: Apache-2.0
// The bytes of a .psmx, little-endian. A header of 32 bytes, a table of one row for each section, then the sections in
// order, each at a multiple of 64 with zeros between:
//
//   header   "PSMX", u32 version, u64 bytes of the file, u32 sections, u32 zero, u64 hash64 of the table
//   row      u32 kind, u32 zero, u64 offset, u64 bytes, u64 hash64 of the section
//
//   machine   canonical JSON text
//   code      u32 n, n x { text name, u8 overlay, u64 memory_address, u32 link_word, u32 words, words x 32 bytes,
//             u32 n x { text name, u32 first, u32 words }, u32 n x { u32 first, u32 words, u32 op } }
//   tiles     u32 n, n x { u32 tile, u32 code or 0xffffffff, segments, u32 n x { u64 address, u32 op or 0xffffffff } }
//   memory    segments
//   entries   u32 n, n x { text name, u32 n x { u32 tile, u32 word, u32 n x { u8 register, i64 value } },
//             u32 n x { u8 kind, text name, u8 dtype, u8 control, i64 low, i64 high, u64 address,
//             u32 n x { i64 extent, i64 stride } } }
//   debug     u8 step register, u32 n x { text name, text location }
//   metadata  u32 n x { text key, text JSON }
//   data      bytes that segments refer to, each piece at a multiple of 64; equal pieces are stored once
//
//   text      u32 bytes, the bytes (UTF-8)          segments  u32 n x { u64 address, u64 size, u64 offset in data or ~0
//   }
#pragma once

#include <cstdint>

namespace psmc::arch::format {

inline constexpr char kMagic[4] = {'P', 'S', 'M', 'X'};
inline constexpr uint32_t kVersion = 4;
inline constexpr uint32_t kHeaderBytes = 32;
inline constexpr uint32_t kRowBytes = 32;
inline constexpr uint64_t kAlignment = 64;
inline constexpr uint64_t kZeros = ~uint64_t{0};  ///< segment without stored bytes

/// Every section is there exactly once, in this order.
enum class Section : uint32_t { machine = 1, code, tiles, memory, entries, debug, metadata, data };
inline constexpr uint32_t kSections = 8;

}  // namespace psmc::arch::format
