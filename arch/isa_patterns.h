// SPDX-License-Identifier: Apache-2.0
// Operand patterns of arch/isa.def: for each, the operands in the order of the text, with field, bits and access.
// Places of the fields within a slot (lowest bit, width):
//   S  number 0,8   d 8,5   a 13,5   b 18,5   c 23,6   imm 32,32
//   M  number 0,7   d 7,5   a 12,5   b 17,5   m 22,3   post 25,1   imm 26,22
//   V  number 0,8   d 8,5   a 13,5   b 18,5   c 23,5   m 28,3   imm 31,4      vli: 7 in 0,3   d 3,5   imm 8,32
//   X  number 0,5   vector 5,5   accumulator 10,3   row or first tile 13,4   second tile 17,4
//   T  number 0,6   a 6,5   b 11,5   c 16,6   imm 22,10
#pragma once

#include "arch/isa.h"

namespace psmc::arch::pattern {

inline constexpr uint8_t kRegBits[] = {0, 5, 5, 3, 4, 3};  // by RegFile

constexpr Operand reg(RegFile file, Field field, uint8_t bit, Access access = Access::read) {
  return {OperandKind::reg, file, field, bit, kRegBits[static_cast<size_t>(file)], access};
}
constexpr Operand number(OperandKind kind, Field field, uint8_t bit, uint8_t width) {
  return {kind, RegFile::none, field, bit, width, Access::read};
}
constexpr Operand masked(uint8_t bit) { return {OperandKind::mask, RegFile::m, Field::m, bit, 3, Access::read}; }

// S
constexpr Operand sd(RegFile f, Access access = Access::write) { return reg(f, Field::d, 8, access); }
constexpr Operand sa(RegFile f) { return reg(f, Field::a, 13); }
constexpr Operand sb(RegFile f) { return reg(f, Field::b, 18); }
constexpr Operand simm(OperandKind kind) { return number(kind, Field::imm, 32, 32); }
inline constexpr Operand kSemaphore = number(OperandKind::semaphore, Field::c, 23, 6);
inline constexpr Operand kWaitAmount = number(OperandKind::amount, Field::imm, 32, 16);
inline constexpr Operand kSemaphoreReg = reg(RegFile::s, Field::c, 23);

inline constexpr std::array<Operand, 0> none{};
inline constexpr std::array s_imm{sd(RegFile::s), simm(OperandKind::imm)};
inline constexpr std::array sx_imm{sd(RegFile::s, Access::read_write), simm(OperandKind::imm)};
inline constexpr std::array s_ss{sd(RegFile::s), sa(RegFile::s), sb(RegFile::s)};
inline constexpr std::array s_si{sd(RegFile::s), sa(RegFile::s), simm(OperandKind::imm)};
inline constexpr std::array loop_end{sa(RegFile::s), simm(OperandKind::loop_end)};
inline constexpr std::array target{simm(OperandKind::target)};
inline constexpr std::array s_target{sa(RegFile::s), simm(OperandKind::target)};
inline constexpr std::array s_read{sa(RegFile::s)};
inline constexpr std::array wait_ii{kSemaphore, kWaitAmount};
inline constexpr std::array wait_ir{kSemaphore, sa(RegFile::s)};
inline constexpr std::array wait_ri{kSemaphoreReg, kWaitAmount};
inline constexpr std::array wait_rr{kSemaphoreReg, sa(RegFile::s)};
inline constexpr std::array m_s{sd(RegFile::m), sa(RegFile::s)};
inline constexpr std::array m_mm{sd(RegFile::m), sa(RegFile::m), sb(RegFile::m)};
inline constexpr std::array m_m{sd(RegFile::m), sa(RegFile::m)};
inline constexpr std::array s_m{sd(RegFile::s), sa(RegFile::m)};

// M
constexpr Operand md(RegFile f, Access access) { return reg(f, Field::d, 7, access); }
inline constexpr Operand kMemory{OperandKind::memory, RegFile::s, Field::a, 12, 5, Access::read};
inline constexpr Operand kStride = reg(RegFile::s, Field::b, 17);
inline constexpr uint8_t kPostBit = 25;
inline constexpr uint8_t kOffsetBit = 26;
inline constexpr uint8_t kOffsetWidth = 22;

inline constexpr std::array ld_v{md(RegFile::v, Access::write), kMemory, masked(22)};
inline constexpr std::array st_v{kMemory, md(RegFile::v, Access::read), masked(22)};
inline constexpr std::array ld_s{md(RegFile::s, Access::write), kMemory};
inline constexpr std::array st_s{kMemory, md(RegFile::s, Access::read)};
inline constexpr std::array ld_t{md(RegFile::t, Access::write), kMemory};
inline constexpr std::array ld_tr{md(RegFile::t, Access::write), kMemory, kStride};
inline constexpr std::array st_t{kMemory, md(RegFile::t, Access::read)};
inline constexpr std::array st_tr{kMemory, md(RegFile::t, Access::read), kStride};

// V
constexpr Operand vd(RegFile f) { return reg(f, Field::d, 8, Access::write); }
constexpr Operand va(RegFile f = RegFile::v) { return reg(f, Field::a, 13); }
constexpr Operand vb() { return reg(RegFile::v, Field::b, 18); }
constexpr Operand vc() { return reg(RegFile::v, Field::c, 23); }

inline constexpr std::array v_imm{reg(RegFile::v, Field::d, 3, Access::write),
                                  number(OperandKind::bits, Field::imm, 8, 32)};
inline constexpr std::array v_vv{vd(RegFile::v), va(), vb()};
inline constexpr std::array v_vvv{vd(RegFile::v), va(), vb(), vc()};
inline constexpr std::array v_v{vd(RegFile::v), va()};
inline constexpr std::array v_v_lane{vd(RegFile::v), va(), number(OperandKind::row, Field::imm, 31, 4)};
inline constexpr std::array v_mvv{vd(RegFile::v), reg(RegFile::m, Field::m, 28), va(), vb()};
inline constexpr std::array v_vm{vd(RegFile::v), va(), masked(28)};
inline constexpr std::array m_vv{vd(RegFile::m), va(), vb()};
inline constexpr std::array v_only{vd(RegFile::v)};
inline constexpr std::array v_s{vd(RegFile::v), va(RegFile::s)};
inline constexpr std::array s_v{vd(RegFile::s), va()};

// X
inline constexpr Operand kRow = number(OperandKind::row, Field::imm, 13, 4);
inline constexpr Operand kFirstTile = reg(RegFile::t, Field::a, 13);
inline constexpr Operand kSecondTile = reg(RegFile::t, Field::b, 17);
inline constexpr std::array mma{reg(RegFile::a, Field::d, 10, Access::read_write), kFirstTile, kSecondTile};
inline constexpr std::array mmaz{reg(RegFile::a, Field::d, 10, Access::write), kFirstTile, kSecondTile};
inline constexpr std::array acc_rd{reg(RegFile::v, Field::d, 5, Access::write), reg(RegFile::a, Field::a, 10), kRow};
inline constexpr std::array acc_wr{reg(RegFile::a, Field::d, 10, Access::write), kRow, reg(RegFile::v, Field::a, 5)};

// T
inline constexpr Operand kPostTile = reg(RegFile::s, Field::a, 6);
inline constexpr Operand kPostSemaphore = number(OperandKind::semaphore, Field::c, 16, 6);
inline constexpr Operand kPostSemaphoreReg = reg(RegFile::s, Field::c, 16);
inline constexpr Operand kPostAmount = number(OperandKind::amount, Field::imm, 22, 10);
inline constexpr Operand kPostAmountReg = reg(RegFile::s, Field::b, 11);
inline constexpr std::array dma_start{number(OperandKind::engine, Field::c, 16, 4), kPostTile};
inline constexpr std::array post_ii{kPostTile, kPostSemaphore, kPostAmount};
inline constexpr std::array post_ir{kPostTile, kPostSemaphore, kPostAmountReg};
inline constexpr std::array post_ri{kPostTile, kPostSemaphoreReg, kPostAmount};
inline constexpr std::array post_rr{kPostTile, kPostSemaphoreReg, kPostAmountReg};

}  // namespace psmc::arch::pattern
