// SPDX-License-Identifier: Apache-2.0
// Timing only: the control inputs are computed and nothing else.
//
// A register or a byte of a scratchpad or of device memory is *known* or not; of bytes that is their written bit, which
// travels with them through DMA and network. Float arithmetic makes what is not known, and so does every instruction
// with an operand that is not. Moves and integers are computed where all operands are known. Where an address, a trip
// count, a branch or a semaphore needs what is not known the run traps: it never guesses, so its cycles are those of a
// run with numbers.
#include "sim/core/access.h"
#include "sim/core/convert.h"
#include "sim/core/core.h"

namespace psmc::sim {

using arch::Opcode;
using arch::Slot;

void Core::needs_number() { fail(TrapKind::number, "control depends on a number, which is not computed"); }

void Core::execute_timing(const DecodedInst& d, Cycle now) {
  const bool known = !d.reads.meets(snapshot_ ? old_unknown_ : unknown_);
  const bool control = d.inst.op >= Opcode::loop && d.inst.op <= Opcode::wait_sn;
  switch (d.slot) {
    case Slot::M0:
    case Slot::M1: return execute_memory(d);
    case Slot::T: return known ? execute_transfer(d.inst, now) : needs_number();
    case Slot::S:
      if (control) return known ? execute_control(d.inst) : needs_number();
      if (known) execute_scalar(d.inst);
      break;
    case Slot::V:
      ++context_.stats.vector_ops;
      if (known && !d.number) execute_vector(d.inst);
      break;
    case Slot::X:
      if (arch::is_mma(d.inst.op)) count_products(d.inst.op);
      break;
  }
  unknown_.include(d.writes, !known || d.number);
}

bool Core::address_is_known(const DecodedInst& d) const {
  return is_known(d.inst.a) && (!d.strided || is_known(d.inst.b));
}

/// Tiles are never known: control does not come by them.
void Core::load_known(const DecodedInst& d, const std::array<uint64_t, 32>& rows) {
  bool known = !d.number;
  if (d.element != arch::Element::none) {
    known = known && is_known(register_place(arch::RegFile::m, d.inst.m)) && load_lanes(d, rows[0]);
  } else {
    known = d.inst.op <= Opcode::ld_s_u8 && load_scalar(d, rows[0]);
  }
  unknown_.include(d.writes, !known);
}

void Core::store_known(const DecodedInst& d, const std::array<uint64_t, 32>& rows) {
  const bool tile = d.inst.op == Opcode::st_t || d.inst.op == Opcode::st_tr;
  if (tile || d.reads.meets(snapshot_ ? old_unknown_ : unknown_)) return forget_bytes(d, rows);
  store(d, rows);
}

/// What the store changes is no longer known; all lanes if their mask is not.
void Core::forget_bytes(const DecodedInst& d, const std::array<uint64_t, 32>& rows) {
  if (d.element == arch::Element::none) {
    for (uint32_t r = 0; r < d.rows; ++r)
      context_.scratchpad.written_line(rows[r] / 64) &= ~byte_mask(rows[r], d.row_bytes);
    return;
  }
  const bool all = !is_known(register_place(arch::RegFile::m, d.inst.m));
  const uint32_t lanes = (all ? 0xffffu : mask(d.inst.m)) & (one_lane(d.inst.op) ? 1u : 0xffffu);
  context_.scratchpad.written_line(rows[0] / 64) &=
      ~(lane_bytes(static_cast<uint16_t>(lanes), element_bytes(d.element)) << (rows[0] % 64));
}

}  // namespace psmc::sim
