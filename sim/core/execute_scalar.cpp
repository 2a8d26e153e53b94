// SPDX-License-Identifier: Apache-2.0
// Dispatch of an instruction to its unit, and the scalar and mask instructions.
#include <algorithm>
#include <bit>

#include "sim/core/core.h"

namespace psmc::sim {

using arch::Inst;
using arch::Opcode;
using arch::Slot;

void Core::execute(const DecodedInst& d, Cycle now) {
  switch (d.slot) {
    case Slot::S:
      return d.inst.op >= Opcode::loop && d.inst.op <= Opcode::wait_sn ? execute_control(d.inst)
                                                                       : execute_scalar(d.inst);
    case Slot::M0:
    case Slot::M1: return execute_memory(d);
    case Slot::V: ++context_.stats.vector_ops; return execute_vector(d.inst);
    case Slot::X: return execute_matrix(d.inst);
    case Slot::T: return execute_transfer(d.inst, now);
  }
}

namespace {

int64_t wrap(uint64_t value) { return static_cast<int64_t>(value); }

/// Scalar arithmetic with second operand `b`: register and immediate forms share it.
int64_t arithmetic(Opcode op, int64_t a, int64_t b) {
  const uint64_t x = static_cast<uint64_t>(a), y = static_cast<uint64_t>(b);
  switch (op) {
    case Opcode::add:
    case Opcode::addi: return wrap(x + y);
    case Opcode::sub: return wrap(x - y);
    case Opcode::mul:
    case Opcode::muli: return wrap(x * y);
    case Opcode::and_:
    case Opcode::andi: return wrap(x & y);
    case Opcode::or_:
    case Opcode::ori: return wrap(x | y);
    case Opcode::xor_: return wrap(x ^ y);
    case Opcode::shl:
    case Opcode::shli: return wrap(x << (y & 63));
    case Opcode::shr:
    case Opcode::shri: return a >> (y & 63);
    case Opcode::min:
    case Opcode::mini: return std::min(a, b);
    case Opcode::max:
    case Opcode::maxi: return std::max(a, b);
    case Opcode::slt:
    case Opcode::slti: return a < b ? 1 : 0;
    case Opcode::seq:
    case Opcode::seqi: return a == b ? 1 : 0;
    default: return 0;
  }
}

}  // namespace

void Core::execute_scalar(const Inst& i) {
  switch (i.op) {
    case Opcode::nop: return;
    case Opcode::li: return set_scalar(i.d, i.imm);
    case Opcode::lih:
      return set_scalar(i.d, wrap((uint64_t{static_cast<uint32_t>(i.imm)} << 32) | static_cast<uint32_t>(scalar(i.d))));
    case Opcode::msk: return set_mask(i.d, (1u << std::clamp<int64_t>(scalar(i.a), 0, 16)) - 1);
    case Opcode::mand: return set_mask(i.d, mask(i.a) & mask(i.b));
    case Opcode::mor: return set_mask(i.d, mask(i.a) | mask(i.b));
    case Opcode::mxor: return set_mask(i.d, mask(i.a) ^ mask(i.b));
    case Opcode::mnot: return set_mask(i.d, ~uint32_t{mask(i.a)} & 0xffffu);
    case Opcode::mgets: return set_scalar(i.d, mask(i.a));
    case Opcode::mcnt: return set_scalar(i.d, std::popcount(mask(i.a)));
    case Opcode::mset: return set_mask(i.d, static_cast<uint32_t>(scalar(i.a) & 0xffff));
    default: break;
  }
  const bool immediate = i.op >= Opcode::addi && i.op <= Opcode::seqi;
  set_scalar(i.d, arithmetic(i.op, scalar(i.a), immediate ? i.imm : scalar(i.b)));
}

}  // namespace psmc::sim
