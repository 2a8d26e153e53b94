// SPDX-License-Identifier: Apache-2.0
#include "backend/select/emitter.h"

#include <algorithm>
#include <bit>

#include <fmt/format.h>

#include "backend/abi.h"
#include "base/check.h"

namespace psmc::backend {

using arch::Opcode;
using arch::RegFile;

namespace {

constexpr size_t kMaxInstructions = 200000;  ///< far beyond any code memory: stops runaway unrolling

enum ConstantKind : int64_t { kVectorBits, kScalar, kLanes, kMask, kArgument };

RegFile result_file(Opcode op) {
  for (const RegUse& use : uses_of(op)) {
    if (use.field == kD && use.writes) return use.file;
  }
  PSMC_CHECK(false, "an opcode without a result");
  return RegFile::none;
}

MInst inst_of(Opcode op, Reg d, Reg a, Reg b, Reg c, Reg m, int64_t imm) {
  MInst inst;
  inst.op = op;
  inst.reg = {d, a, b, c, m};
  inst.imm = static_cast<int32_t>(imm);
  for (const RegUse& use : uses_of(op)) {
    if (use.field == kM && m == kNoReg) inst.reg[kM] = kAllLanes;
  }
  return inst;
}

}  // namespace

Emitter::Emitter(MFunc& func, const arch::Machine& machine) : func_(func), machine_(machine) {
  scopes_.emplace_back();
  scopes_[0].layout.push_back(new_block(kNone));
}

uint32_t Emitter::new_block(uint32_t loop) {
  func_.blocks.emplace_back();
  func_.blocks.back().loop = loop;
  return static_cast<uint32_t>(func_.blocks.size() - 1);
}

void Emitter::fail(Diagnostic diagnostic) {
  if (!failure_) failure_ = std::move(diagnostic);
}

void Emitter::open_loop() {
  MLoop loop;
  loop.parent = scopes_.back().loop;
  loop.depth = depth();
  func_.loops.push_back(loop);
  Scope scope;
  scope.loop = static_cast<uint32_t>(func_.loops.size() - 1);
  scope.layout.push_back(new_block(scope.loop));
  scopes_.push_back(std::move(scope));
  ++epoch_;
}

void Emitter::close_loop(const Trip& trip) {
  for (const auto& [reg, step] : scopes_.back().increments) into(reg, Opcode::addi, reg, kNoReg, kNoReg, kNoReg, step);
  const uint32_t id = scopes_.back().loop, height = scopes_.back().height + 1, outer = depth() - 1;
  MLoop loop = func_.loops[id];
  loop.form = height <= machine_.core.loop_depth ? LoopForm::hardware : LoopForm::branch;
  loop.trip = trip.known;
  loop.expected = trip.expected;
  loop.may_skip = trip.known < 1;
  loop.count = trip.reg;
  if (trip.known >= 0) {
    loop.count = make_at(outer, Opcode::li, kNoReg, kNoReg, kNoReg, kNoReg, trip.known);
    func_.regs[loop.count] = {RegFile::s, Remat::scalar_imm, static_cast<int32_t>(trip.known), false};
  }
  if (loop.form == LoopForm::hardware) {
    put_at(outer, inst_of(Opcode::loop, kNoReg, loop.count, kNoReg, kNoReg, kNoReg, 0));
  } else {
    loop.count = make_at(outer, Opcode::addi, loop.count);
    if (loop.may_skip) put_at(outer, inst_of(Opcode::bz, kNoReg, loop.count, kNoReg, kNoReg, kNoReg, 0));
    into(loop.count, Opcode::addi, loop.count, kNoReg, kNoReg, kNoReg, -1);
    put(inst_of(Opcode::bnz, kNoReg, loop.count, kNoReg, kNoReg, kNoReg, 0));
  }
  const Scope inner = std::move(scopes_.back());
  scopes_.pop_back();
  loop.first = inner.layout.front();
  loop.last = inner.layout.back();
  func_.loops[id] = loop;
  Scope& scope = scopes_.back();
  scope.height = std::max(scope.height, height);
  scope.layout.insert(scope.layout.end(), inner.layout.begin(), inner.layout.end());
  scope.layout.push_back(new_block(scope.loop));
  ++epoch_;
}

void Emitter::increment(uint32_t depth, Reg reg, int64_t step) { scopes_[depth].increments.emplace_back(reg, step); }

void Emitter::put_at(uint32_t depth, const MInst& inst) {
  if (failure_) return;
  if (++emitted_ > kMaxInstructions) {
    return fail(error(Code::kernel_too_large,
                      fmt::format("kernel @{} has more than {} instructions", func_.name, kMaxInstructions),
                      {"unroll less, or split the kernel"}));
  }
  std::vector<MInst>& insts = func_.blocks[scopes_[depth].layout.back()].insts;
  insts.push_back(inst);
  if (inst.loc == kNone) insts.back().loc = loc_;
}

Reg Emitter::make_at(uint32_t depth, Opcode op, Reg a, Reg b, Reg c, Reg m, int64_t imm) {
  const Reg d = func_.add_reg(result_file(op));
  put_at(depth, inst_of(op, d, a, b, c, m, imm));
  return d;
}

Reg Emitter::make(Opcode op, Reg a, Reg b, Reg c, Reg m, int64_t imm) { return make_at(depth(), op, a, b, c, m, imm); }

void Emitter::into(Reg d, Opcode op, Reg a, Reg b, Reg c, Reg m, int64_t imm) { put(inst_of(op, d, a, b, c, m, imm)); }

void Emitter::move(Reg d, Reg s) {
  switch (func_.regs[d].file) {
    case RegFile::v:
      // A constant is made in place: its register need not stay alive for the move.
      if (func_.regs[s].remat == Remat::vector_imm)
        return into(d, Opcode::vli, kNoReg, kNoReg, kNoReg, kNoReg, func_.regs[s].imm);
      return into(d, Opcode::vmov, s);
    case RegFile::m: return into(d, Opcode::mor, s, s);
    case RegFile::s: return into(d, Opcode::addi, s);
    default: PSMC_CHECK(false, "no move for this register file");
  }
}

Reg Emitter::vector_bits(uint32_t bits) {
  const auto [at, fresh] = constants_.try_emplace(Key{kVectorBits, bits}, kNoReg);
  if (!fresh) return at->second;
  const Reg reg = make_at(0, Opcode::vli, kNoReg, kNoReg, kNoReg, kNoReg, static_cast<int32_t>(bits));
  func_.regs[reg].remat = Remat::vector_imm;
  func_.regs[reg].imm = static_cast<int32_t>(bits);
  return at->second = reg;
}

Reg Emitter::vector_const(float value) { return vector_bits(std::bit_cast<uint32_t>(value)); }

Reg Emitter::scalar_const(int64_t value) {
  if (value == 0) return kZeroReg;
  const auto [at, fresh] = constants_.try_emplace(Key{kScalar, value}, kNoReg);
  if (!fresh) return at->second;
  const auto low = static_cast<int32_t>(static_cast<uint64_t>(value));
  const Reg reg = make_at(0, Opcode::li, kNoReg, kNoReg, kNoReg, kNoReg, low);
  if (low == value) {
    func_.regs[reg].remat = Remat::scalar_imm;
    func_.regs[reg].imm = low;
  } else {
    put_at(0, inst_of(Opcode::lih, reg, kNoReg, kNoReg, kNoReg, kNoReg, value >> 32));
  }
  return at->second = reg;
}

Reg Emitter::lane_numbers() {
  const auto [at, fresh] = constants_.try_emplace(Key{kLanes}, kNoReg);
  if (fresh) at->second = make_at(0, Opcode::viota);
  return at->second;
}

Reg Emitter::lanes_below(uint32_t n) {
  if (n >= arch::kLanes) return kAllLanes;
  const auto [at, fresh] = constants_.try_emplace(Key{kMask, n}, kNoReg);
  if (fresh) at->second = make_at(0, Opcode::msk, scalar_const(n));
  return at->second;
}

Reg Emitter::no_lanes() { return lanes_below(0); }

Reg Emitter::argument(uint32_t i) {
  const auto [at, fresh] = constants_.try_emplace(Key{kArgument, i}, kNoReg);
  if (!fresh) return at->second;
  const auto offset = static_cast<int32_t>(record_offset(i));
  const Reg reg = make_at(0, Opcode::ld_s_i64, kRecordReg, kNoReg, kNoReg, kNoReg, offset);
  func_.regs[reg].remat = Remat::argument;
  func_.regs[reg].imm = offset;
  return at->second = reg;
}

void Emitter::begin(uint32_t record_bytes) {
  record_bytes_ = record_bytes;
  // Not one of the arguments that may be loaded again: the record's register is stepped before it is used.
  next_ = make(Opcode::ld_s_i64, kRecordReg, kNoReg, kNoReg, kNoReg, record_bytes);
}

void Emitter::finish() {
  into(kRecordReg, Opcode::addi, kRecordReg, kNoReg, kNoReg, kNoReg, record_bytes_);
  put(inst_of(Opcode::jr, kNoReg, next_, kNoReg, kNoReg, kNoReg, 0));
  lay_out(scopes_[0].layout);
}

void Emitter::lay_out(const std::vector<uint32_t>& order) {
  std::vector<MBlock> blocks(order.size());
  std::vector<uint32_t> place(func_.blocks.size(), kNone);
  for (size_t i = 0; i < order.size(); ++i) {
    place[order[i]] = static_cast<uint32_t>(i);
    blocks[i] = std::move(func_.blocks[order[i]]);
  }
  func_.blocks = std::move(blocks);
  for (MLoop& loop : func_.loops) {
    loop.first = place[loop.first];
    loop.last = place[loop.last];
  }
}

}  // namespace psmc::backend
