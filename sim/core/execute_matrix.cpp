// SPDX-License-Identifier: Apache-2.0
// The matrix unit: 16 x 16 accumulators, operands by rows of 32 bytes along K, B held transposed.
#include <bit>
#include <cstring>

#include "sim/core/core.h"
#include "sim/core/fma.h"

namespace psmc::sim {

using arch::Inst;
using arch::Opcode;

namespace {

using Operand = std::array<float, 256>;  // 16 rows of K values, K at most 16

Operand bf16_tile(const std::byte* from) {
  std::array<uint16_t, 256> bits;
  std::memcpy(bits.data(), from, sizeof bits);
  std::array<uint32_t, 256> wide;
  for (uint32_t i = 0; i < 256; ++i) wide[i] = uint32_t{bits[i]} << 16;
  return std::bit_cast<Operand>(wide);
}

Operand f32_tile(const std::byte* from) {
  Operand values;
  std::memcpy(values.data(), from, arch::kTileBytes);
  return values;
}

/// One product of floats on an accumulator.
void multiply(std::array<uint32_t, 256>& acc, const Operand& a, const Operand& b, uint32_t k) {
  alignas(64) Operand sums = std::bit_cast<Operand>(acc);
  mma_f32(sums.data(), a.data(), b.data(), k);
  acc = std::bit_cast<std::array<uint32_t, 256>>(sums);
}

}  // namespace

void Core::count_products(Opcode op) {
  const bool bf16 = op == Opcode::mma_bf16 || op == Opcode::mmaz_bf16,
             f32 = op == Opcode::mma_f32 || op == Opcode::mmaz_f32;
  context_.stats.macs += 16 * 16 * (bf16 ? 16 : f32 ? 8 : 32);
}

void Core::execute_matrix(const Inst& inst) {
  if (inst.op == Opcode::acc_rd || inst.op == Opcode::acc_wr) {
    const uint32_t row = (static_cast<uint32_t>(inst.imm) & 15u) * 16;
    if (inst.op == Opcode::acc_rd) {
      std::memcpy(regs_.v[inst.d].data(), regs_.a[inst.a].data() + row, 64);
    } else {
      std::memcpy(regs_.a[inst.d].data() + row, regs_.v[inst.a].data(), 64);
    }
    return;
  }
  count_products(inst.op);
  auto& acc = regs_.a[inst.d];
  if (inst.op >= Opcode::mmaz_bf16) acc.fill(0);
  const std::byte *a = regs_.t[inst.a].data(), *b = regs_.t[inst.b].data();
  switch (inst.op) {
    case Opcode::mma_bf16:
    case Opcode::mmaz_bf16: return multiply(acc, bf16_tile(a), bf16_tile(b), 16);
    case Opcode::mma_f32:
    case Opcode::mmaz_f32: return multiply(acc, f32_tile(a), f32_tile(b), 8);
    default:
      mma_i32(reinterpret_cast<int32_t*>(acc.data()), reinterpret_cast<const int8_t*>(a),
              reinterpret_cast<const int8_t*>(b), 32);
  }
}

}  // namespace psmc::sim
