// SPDX-License-Identifier: Apache-2.0
#include "backend/mir/cleanup.h"

#include <algorithm>

namespace psmc::backend {
namespace {

bool has_effect(const MInst& inst) {
  return is_control(inst.op) || arch::is_store(inst.op) || arch::info(inst.op).unit == arch::Unit::transfer ||
         arch::is_wait(inst.op);
}

bool writes(const MInst& inst, Reg reg) {
  bool found = false;
  for_each_write(inst, [&](Reg written, const RegUse&) { found |= written == reg; });
  return found;
}

}  // namespace

void remove_dead(MFunc& func) {
  // The writers of each register, and a worklist of instructions that are needed.
  std::vector<std::vector<std::pair<uint32_t, uint32_t>>> writers(func.regs.size());
  std::vector<std::vector<bool>> needed(func.blocks.size());
  std::vector<std::pair<uint32_t, uint32_t>> work;
  std::vector<bool> wanted(func.regs.size(), false);
  for (uint32_t b = 0; b < func.blocks.size(); ++b) {
    const auto& insts = func.blocks[b].insts;
    needed[b].assign(insts.size(), false);
    for (uint32_t i = 0; i < insts.size(); ++i) {
      bool fixed = false;
      for_each_write(insts[i], [&](Reg reg, const RegUse&) {
        writers[reg].emplace_back(b, i);
        fixed |= reg < kFirstVirtual;
      });
      if (!fixed && !has_effect(insts[i])) continue;
      needed[b][i] = true;
      work.emplace_back(b, i);
    }
  }
  while (!work.empty()) {
    const auto [b, i] = work.back();
    work.pop_back();
    const MInst& inst = func.blocks[b].insts[i];
    for_each_read(inst, [&](Reg reg, const RegUse&) {
      if (wanted[reg] || (writes(inst, reg) && !has_effect(inst))) return;
      wanted[reg] = true;
      for (const auto& [wb, wi] : writers[reg]) {
        if (needed[wb][wi]) continue;
        needed[wb][wi] = true;
        work.emplace_back(wb, wi);
      }
    });
  }
  for (uint32_t b = 0; b < func.blocks.size(); ++b) {
    size_t kept = 0;
    auto& insts = func.blocks[b].insts;
    for (size_t i = 0; i < insts.size(); ++i) {
      if (needed[b][i]) insts[kept++] = insts[i];
    }
    insts.resize(kept);
  }
}

}  // namespace psmc::backend
