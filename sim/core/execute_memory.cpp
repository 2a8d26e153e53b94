// SPDX-License-Identifier: Apache-2.0
// Loads and stores: addresses, bounds, the ports' schedule, unwritten bytes, values.
#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "sim/core/access.h"
#include "sim/core/convert.h"
#include "sim/core/core.h"

namespace psmc::sim {

using arch::Element;
using arch::Opcode;

void Core::execute_memory(const DecodedInst& d) {
  std::array<uint64_t, 32> rows;
  if (!context_.numbers && !address_is_known(d)) return needs_number();
  if (!locate(d, rows)) return;
  schedule(d, rows);
  if (!context_.numbers) {
    d.store ? store_known(d, rows) : load_known(d, rows);
  } else {
    d.store ? store(d, rows) : load(d, rows);
  }
  if (d.inst.post)
    set_scalar(d.inst.a, static_cast<int64_t>(static_cast<uint64_t>(scalar(d.inst.a)) +
                                              static_cast<uint64_t>(int64_t{d.inst.imm})));
}

/// The address of each row, checked.
bool Core::locate(const DecodedInst& d, std::array<uint64_t, 32>& rows) {
  const uint64_t base = static_cast<uint64_t>(scalar(d.inst.a));
  uint64_t address = d.inst.post ? base : base + static_cast<uint64_t>(int64_t{d.inst.imm});
  const uint64_t stride = d.strided ? static_cast<uint64_t>(scalar(d.inst.b)) : d.row_bytes;
  const uint64_t last = context_.scratchpad.size() - d.row_bytes;
  for (uint32_t r = 0; r < d.rows; ++r, address += stride) {
    if (address > last) {
      fail(TrapKind::bounds,
           fmt::format("an access of {} bytes at 0x{:x} leaves the scratchpad", d.row_bytes, address));
      return false;
    }
    if (address % d.alignment != 0) {
      fail(TrapKind::alignment, fmt::format("an access at 0x{:x} is not aligned to {} bytes", address, d.alignment));
      return false;
    }
    rows[r] = address;
  }
  return true;
}

/// Puts the lines into the port's schedule and checks the order against the other port.
void Core::schedule(const DecodedInst& d, const std::array<uint64_t, 32>& rows) {
  const uint32_t port = d.slot == arch::Slot::M1 ? 1 : 0;
  PortAccess& mine = access_[port];
  mine.store = d.store;
  mine.rows = d.rows;
  mine.row_cycles = d.row_cycles;
  mine.first = clock_ + stage_;
  mine.end = mine.first + uint32_t{d.rows} * d.row_cycles;
  Cycle at = mine.first;
  for (uint32_t r = 0; r < d.rows; ++r) {
    mine.lines[r] = static_cast<uint32_t>(rows[r] / 64);
    for (uint32_t c = 0; c < d.row_cycles; ++c) port_lines_[port][at++ & port_mask_] = mine.lines[r] + 1;
  }
  ports_busy_until_ = std::max(ports_busy_until_, mine.end);
  const PortAccess& other = access_[1 - port];
  if ((mine.store || other.store) && other.end > mine.first) check_order(d, mine, other);
}

/// `other` was started earlier or in the same word: it must reach each common line first. Two stores may share a cycle.
void Core::check_order(const DecodedInst&, const PortAccess& mine, const PortAccess& other) {
  for (uint32_t i = 0; i < other.rows; ++i) {
    const Cycle theirs = other.first + uint64_t{i} * other.row_cycles;
    if (theirs + other.row_cycles <= mine.first) continue;
    for (uint32_t k = 0; k < mine.rows; ++k) {
      if (mine.lines[k] != other.lines[i]) continue;
      const Cycle ours = mine.first + uint64_t{k} * mine.row_cycles;
      if (theirs < ours || (theirs == ours && mine.store && other.store)) continue;
      return fail(
          TrapKind::hazard,
          fmt::format("the line at 0x{:x} is accessed on one port before an earlier access on the other has reached it",
                      uint64_t{mine.lines[k]} * 64));
    }
  }
}

/// Checks that the bytes were written, and tells the race detector. `mask` is within the line of `address`. Without
/// numbers an unwritten byte is one that is not known, which is no trap.
bool Core::note_read(uint64_t address, uint64_t mask) {
  const uint64_t line = address / 64;
  const uint64_t missing = mask & ~context_.scratchpad.written_line(line);
  if (missing != 0) {
    if (!context_.numbers) return false;
    fail(TrapKind::unwritten, fmt::format("reads 0x{:x}, which was never written",
                                          line * 64 + static_cast<uint64_t>(std::countr_zero(missing))));
    return false;
  }
  if (context_.races != nullptr) context_.races->core_read(tile_, static_cast<uint32_t>(line), mask);
  return true;
}

void Core::note_write(uint64_t address, uint64_t mask) {
  const uint64_t line = address / 64;
  context_.scratchpad.written_line(line) |= mask;
  if (context_.races != nullptr) context_.races->core_write(tile_, static_cast<uint32_t>(line), mask);
  if (context_.writes != nullptr) [[unlikely]]
    (*context_.writes)({tile_, line * 64, mask, nullptr});
}

void Core::load(const DecodedInst& d, const std::array<uint64_t, 32>& rows) {
  if (d.element != Element::none) {
    load_lanes(d, rows[0]);
  } else if (d.inst.op <= Opcode::ld_s_u8) {
    load_scalar(d, rows[0]);
  } else {
    load_tile(d, rows);
  }
}

/// Lanes that the mask leaves out become 0. False if bytes are unwritten.
bool Core::load_lanes(const DecodedInst& d, uint64_t address) {
  const uint16_t lanes = mask(d.inst.m);
  std::array<uint32_t, 16>& v = regs_.v[d.inst.d];
  const uint32_t bytes = element_bytes(d.element);
  if (one_lane(d.inst.op)) {
    if (lanes != 0 && !note_read(address, byte_mask(address, bytes))) return false;
    const uint32_t value = load_element(d.element, context_.scratchpad.at(address));
    for (uint32_t i = 0; i < 16; ++i) v[i] = (lanes >> i & 1u) ? value : 0;
    return true;
  }
  if (lanes != 0 && !note_read(address, lane_bytes(lanes, bytes) << (address % 64))) return false;
  const std::byte* from = context_.scratchpad.at(address);
  if (d.element == Element::f32) {
    std::memcpy(v.data(), from, 64);
  } else if (d.element == Element::bf16) {
    std::array<uint16_t, 16> half;
    std::memcpy(half.data(), from, 32);
    for (uint32_t i = 0; i < 16; ++i) v[i] = uint32_t{half[i]} << 16;
  } else {
    for (uint32_t i = 0; i < 16; ++i) v[i] = load_element(d.element, from + i * bytes);
  }
  if (lanes == 0xffff) return true;
  for (uint32_t i = 0; i < 16; ++i)
    if ((lanes >> i & 1u) == 0) v[i] = 0;
  return true;
}

bool Core::load_scalar(const DecodedInst& d, uint64_t address) {
  if (!note_read(address, byte_mask(address, d.row_bytes))) return false;
  const std::byte* from = context_.scratchpad.at(address);
  int64_t wide = 0;
  int32_t word = 0;
  switch (d.inst.op) {
    case Opcode::ld_s_i64: std::memcpy(&wide, from, 8); break;
    case Opcode::ld_s_i32:
      std::memcpy(&word, from, 4);
      wide = word;
      break;
    default: wide = static_cast<int64_t>(std::to_integer<uint8_t>(*from)); break;
  }
  set_scalar(d.inst.d, wide);
  return true;
}

void Core::load_tile(const DecodedInst& d, const std::array<uint64_t, 32>& rows) {
  std::byte* to = regs_.t[d.inst.d].data();
  for (uint32_t r = 0; r < d.rows; ++r)
    if (!note_read(rows[r], byte_mask(rows[r], d.row_bytes))) return;
  if (d.inst.op == Opcode::ld_t || d.inst.op == Opcode::ld_tr) {
    for (uint32_t r = 0; r < d.rows; ++r)
      std::memcpy(to + r * d.row_bytes, context_.scratchpad.at(rows[r]), d.row_bytes);
    return;
  }
  // Transposing: row k of memory holds 16 values, which become column k of the tile.
  const uint32_t bytes = d.row_bytes / 16;
  for (uint32_t k = 0; k < d.rows; ++k) {
    const std::byte* from = context_.scratchpad.at(rows[k]);
    for (uint32_t n = 0; n < 16; ++n) std::memcpy(to + n * arch::kTileRowBytes + k * bytes, from + n * bytes, bytes);
  }
}

void Core::store(const DecodedInst& d, const std::array<uint64_t, 32>& rows) {
  if (d.element != Element::none) return store_lanes(d, rows[0]);
  if (d.inst.op == Opcode::st_t || d.inst.op == Opcode::st_tr) {
    const std::byte* from = regs_.t[d.inst.d].data();
    for (uint32_t r = 0; r < d.rows; ++r) {
      std::memcpy(context_.scratchpad.at(rows[r]), from + r * d.row_bytes, d.row_bytes);
      note_write(rows[r], byte_mask(rows[r], d.row_bytes));
    }
    return;
  }
  const int64_t value = scalar(d.inst.d);
  std::memcpy(context_.scratchpad.at(rows[0]), &value, d.row_bytes);  // little-endian: the low bytes
  note_write(rows[0], byte_mask(rows[0], d.row_bytes));
}

void Core::store_lanes(const DecodedInst& d, uint64_t address) {
  const uint16_t lanes = one_lane(d.inst.op) ? mask(d.inst.m) & 1u : mask(d.inst.m);
  const std::array<uint32_t, 16>& v = regs_.v[d.inst.d];
  const uint32_t bytes = element_bytes(d.element);
  std::byte* to = context_.scratchpad.at(address);
  if (lanes == 0) return;
  if (lanes == 0xffff && d.element == Element::f32) {
    std::memcpy(to, v.data(), 64);
  } else {
    for (uint32_t m = lanes; m != 0; m &= m - 1) {
      const uint32_t i = static_cast<uint32_t>(std::countr_zero(m));
      store_element(d.element, v[i], to + i * bytes);
    }
  }
  note_write(address, lane_bytes(lanes, bytes) << (address % 64));
}

}  // namespace psmc::sim
