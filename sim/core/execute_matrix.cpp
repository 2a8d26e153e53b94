// SPDX-License-Identifier: Apache-2.0
// The matrix unit: 16 x 16 accumulators, operands by rows of 32 bytes along K, B held transposed.
#include "base/dtype.h"
#include "sim/core/core.h"
#include "sim/core/fma.h"

namespace psmc::sim {

using arch::Inst;
using arch::Opcode;

namespace {

void bf16_tile(float* to, const std::byte* from) {
  uint16_t bits[256];
  std::memcpy(bits, from, sizeof bits);
  auto* out = reinterpret_cast<uint32_t*>(to);
  for (uint32_t i = 0; i < 256; ++i) out[i] = uint32_t{bits[i]} << 16;
}

}  // namespace

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
  auto& acc = regs_.a[inst.d];
  if (inst.op >= Opcode::mmaz_bf16) acc.fill(0);
  const std::byte *a = regs_.t[inst.a].data(), *b = regs_.t[inst.b].data();
  switch (inst.op) {
    case Opcode::mma_bf16:
    case Opcode::mmaz_bf16: {
      alignas(64) float wide_a[256], wide_b[256];
      bf16_tile(wide_a, a);
      bf16_tile(wide_b, b);
      mma_f32(reinterpret_cast<float*>(acc.data()), wide_a, wide_b, 16);
      context_.stats.macs += 16 * 16 * 16;
      return;
    }
    case Opcode::mma_f32:
    case Opcode::mmaz_f32:
      mma_f32(reinterpret_cast<float*>(acc.data()), reinterpret_cast<const float*>(a), reinterpret_cast<const float*>(b), 8);
      context_.stats.macs += 16 * 16 * 8;
      return;
    default:
      mma_i32(reinterpret_cast<int32_t*>(acc.data()), reinterpret_cast<const int8_t*>(a), reinterpret_cast<const int8_t*>(b), 32);
      context_.stats.macs += 16 * 16 * 32;
  }
}

}  // namespace psmc::sim
