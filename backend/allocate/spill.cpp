// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>
#include <unordered_map>

#include "backend/abi.h"
#include "backend/allocate/allocate.h"
#include "base/check.h"

namespace psmc::backend {
namespace {

using arch::Opcode;
using arch::RegFile;

uint32_t slot_bytes(RegFile file) {
  switch (file) {
    case RegFile::v: return arch::kLineBytes;
    case RegFile::t: return arch::kTileBytes;
    default: return kArgBytes;
  }
}

class SpillInserter {
 public:
  SpillInserter(MFunc& func, std::array<FileReport, 6>& files) : func_(func), files_(files) {}

  bool run(const std::vector<Reg>& regs) {
    for (const Reg reg : regs) {
      if (func_.regs[reg].file == RegFile::a || func_.regs[reg].spilled_temp) return false;
      ++files_[static_cast<size_t>(func_.regs[reg].file)].spilled;
      place_[reg] = func_.regs[reg].remat == Remat::none ? new_place(func_.regs[reg].file) : 0;
    }
    for (MBlock& block : func_.blocks) rewrite(block);
    if (base_load_) func_.blocks[0].insts.insert(func_.blocks[0].insts.begin(), *base_load_);
    return true;
  }

 private:
  uint32_t new_place(RegFile file) {
    const uint32_t bytes = slot_bytes(file), line = std::min(bytes, arch::kLineBytes);
    const uint32_t at = (func_.spill_bytes + line - 1) / line * line;
    func_.spill_bytes = at + bytes;
    return at;
  }
  Reg temp(RegFile file) {
    const Reg reg = func_.add_reg(file);
    func_.regs[reg].spilled_temp = true;
    return reg;
  }
  Reg base();
  void access(Opcode op, Reg reg, uint32_t at);
  void reload(Reg reg, Reg into);
  void store(Reg reg, Reg from);
  void put(Opcode op, Reg d, Reg a, int32_t imm = 0);
  void rewrite(MBlock& block);
  void rewrite(const MInst& inst);

  MFunc& func_;
  std::array<FileReport, 6>& files_;
  std::unordered_map<Reg, uint32_t> place_;
  std::vector<MInst> out_;
  uint32_t loc_ = kNone;
  std::optional<MInst> base_load_;
};

/// The address of the spill area, loaded from the record at the start of the function.
Reg SpillInserter::base() {
  if (func_.spill_base != kNoReg) return func_.spill_base;
  MInst load;
  load.op = Opcode::ld_s_i64;
  func_.spill_base = load.reg[kD] = temp(RegFile::s);
  load.reg[kA] = kRecordReg;
  load.imm = static_cast<int32_t>(record_offset(func_.spill_argument));
  base_load_ = load;
  return func_.spill_base;
}

void SpillInserter::put(Opcode op, Reg d, Reg a, int32_t imm) {
  MInst inst;
  inst.op = op;
  inst.reg[kD] = d;
  inst.reg[kA] = a;
  inst.imm = imm;
  inst.loc = loc_;
  out_.push_back(inst);
}

void SpillInserter::access(Opcode op, Reg reg, uint32_t at) {
  put(op, reg, base(), static_cast<int32_t>(at));
  out_.back().object = func_.spill_object;
  if (arch::mem_element(op) != arch::Element::none) out_.back().reg[kM] = kAllLanes;
}

void SpillInserter::reload(Reg reg, Reg into) {
  const RegInfo info = func_.regs[reg];
  ++files_[static_cast<size_t>(info.file)].reloads;
  switch (info.remat) {
    case Remat::vector_imm: return put(Opcode::vli, into, kNoReg, info.imm);
    case Remat::scalar_imm: return put(Opcode::li, into, kNoReg, info.imm);
    case Remat::argument: return put(Opcode::ld_s_i64, into, kRecordReg, info.imm);
    case Remat::none: break;
  }
  const uint32_t at = place_.at(reg);
  switch (info.file) {
    case RegFile::v: return access(Opcode::ld_v_f32, into, at);
    case RegFile::t: return access(Opcode::ld_t, into, at);
    case RegFile::s: return access(Opcode::ld_s_i64, into, at);
    default: break;
  }
  const Reg bits = temp(RegFile::s);
  access(Opcode::ld_s_i64, bits, at);
  put(Opcode::mset, into, bits);
}

void SpillInserter::store(Reg reg, Reg from) {
  const RegFile file = func_.regs[reg].file;
  ++files_[static_cast<size_t>(file)].stores;
  const uint32_t at = place_.at(reg);
  switch (file) {
    case RegFile::v: return access(Opcode::st_v_f32, from, at);
    case RegFile::t: return access(Opcode::st_t, from, at);
    case RegFile::s: return access(Opcode::st_s_i64, from, at);
    default: break;
  }
  const Reg bits = temp(RegFile::s);
  put(Opcode::mgets, bits, from);
  access(Opcode::st_s_i64, bits, at);
}

void SpillInserter::rewrite(const MInst& inst) {
  loc_ = inst.loc;
  MInst changed = inst;
  std::unordered_map<Reg, Reg> temps;
  bool made_again = false;  // a constant's own instruction goes away
  for_each_write(inst, [&](Reg reg, const RegUse&) {
    made_again |= place_.count(reg) != 0 && func_.regs[reg].remat != Remat::none;
  });
  if (made_again) return;
  for_each_read(inst, [&](Reg reg, const RegUse&) {
    if (place_.count(reg) == 0 || temps.count(reg) != 0) return;
    temps[reg] = temp(func_.regs[reg].file);
    reload(reg, temps[reg]);
  });
  std::vector<Reg> written;
  for_each_write(inst, [&](Reg reg, const RegUse&) {
    if (place_.count(reg) == 0) return;
    if (temps.count(reg) == 0) temps[reg] = temp(func_.regs[reg].file);
    written.push_back(reg);
  });
  for (const RegUse& use : uses_of(inst.op)) {
    const auto found = temps.find(inst.reg[use.field]);
    if (found != temps.end()) changed.reg[use.field] = found->second;
  }
  out_.push_back(changed);
  for (const Reg reg : written) store(reg, temps[reg]);
}

void SpillInserter::rewrite(MBlock& block) {
  out_.clear();
  for (const MInst& inst : block.insts) rewrite(inst);
  block.insts = out_;
}

}  // namespace

bool insert_spills(MFunc& func, const std::vector<Reg>& regs, std::array<FileReport, 6>& files) {
  return SpillInserter(func, files).run(regs);
}

}  // namespace psmc::backend
