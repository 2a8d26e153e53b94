// SPDX-License-Identifier: Apache-2.0
// Which bytes of its line an access of the core touches.
#pragma once

#include <bit>
#include <cstdint>

#include "arch/isa.h"

namespace psmc::sim {

/// `bytes` bytes at `address`, a bit each.
inline uint64_t byte_mask(uint64_t address, uint32_t bytes) {
  return (bytes >= 64 ? ~uint64_t{0} : (uint64_t{1} << bytes) - 1) << (address % 64);
}

/// The bytes of the enabled lanes, from the first byte of the access.
inline uint64_t lane_bytes(uint16_t lanes, uint32_t element) {
  if (lanes == 0xffff) return element == 4 ? ~uint64_t{0} : (uint64_t{1} << (16 * element)) - 1;
  uint64_t bytes = 0;
  for (uint32_t m = lanes; m != 0; m &= m - 1)
    bytes |= ((uint64_t{1} << element) - 1) << (static_cast<uint32_t>(std::countr_zero(m)) * element);
  return bytes;
}

/// Loads one element for all lanes, or stores lane 0.
inline bool one_lane(arch::Opcode op) {
  using arch::Opcode;
  return (op >= Opcode::ldb_v_f32 && op <= Opcode::ldb_v_e5m2) || (op >= Opcode::st1_v_f32 && op <= Opcode::st1_v_e5m2);
}

}  // namespace psmc::sim
