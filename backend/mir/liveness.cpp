// SPDX-License-Identifier: Apache-2.0
// Backward data flow on bit sets of the registers that cross a border at all; most live inside one block.
#include "backend/mir/liveness.h"

#include <bit>

namespace psmc::backend {
namespace {

using Bits = std::vector<uint64_t>;

struct BlockSets {
  Bits in, out, uses, defs;  ///< uses: read before written
};

/// Numbers for the registers that some block reads before it writes them.
std::vector<uint32_t> number_global(const MFunc& func, std::vector<Reg>& globals) {
  std::vector<uint32_t> number(func.regs.size(), kNone);
  std::vector<uint32_t> written_in(func.regs.size(), kNone);
  for (uint32_t b = 0; b < func.blocks.size(); ++b) {
    for (const MInst& inst : func.blocks[b].insts) {
      for_each_read(inst, [&](Reg reg, const RegUse&) {
        if (reg < kFirstVirtual || written_in[reg] == b || number[reg] != kNone) return;
        number[reg] = static_cast<uint32_t>(globals.size());
        globals.push_back(reg);
      });
      for_each_write(inst, [&](Reg reg, const RegUse&) { written_in[reg] = b; });
    }
  }
  return number;
}

void set(Bits& bits, uint32_t i) { bits[i / 64] |= uint64_t{1} << (i % 64); }
bool get(const Bits& bits, uint32_t i) { return bits[i / 64] >> (i % 64) & 1; }

std::vector<BlockSets> local_sets(const MFunc& func, const std::vector<uint32_t>& number, size_t words) {
  std::vector<BlockSets> sets(func.blocks.size());
  for (uint32_t b = 0; b < func.blocks.size(); ++b) {
    BlockSets& s = sets[b];
    s.in = s.out = s.uses = s.defs = Bits(words);
    for (const MInst& inst : func.blocks[b].insts) {
      for_each_read(inst, [&](Reg reg, const RegUse&) {
        if (number[reg] != kNone && !get(s.defs, number[reg])) set(s.uses, number[reg]);
      });
      for_each_write(inst, [&](Reg reg, const RegUse&) {
        if (number[reg] != kNone) set(s.defs, number[reg]);
      });
    }
  }
  return sets;
}

std::vector<Reg> members(const Bits& bits, const std::vector<Reg>& globals) {
  std::vector<Reg> list;
  for (size_t w = 0; w < bits.size(); ++w) {
    for (uint64_t rest = bits[w]; rest != 0; rest &= rest - 1)
      list.push_back(globals[w * 64 + static_cast<size_t>(std::countr_zero(rest))]);
  }
  return list;
}

}  // namespace

std::vector<std::vector<uint32_t>> successors(const MFunc& func, bool all) {
  std::vector<std::vector<uint32_t>> next(func.blocks.size());
  for (uint32_t b = 0; b + 1 < func.blocks.size(); ++b) next[b].push_back(b + 1);
  for (const MLoop& loop : func.loops) {
    next[loop.last].push_back(loop.first);
    if (loop.may_skip || (all && may_pass(loop))) next[loop.first - 1].push_back(loop.last + 1);
  }
  return next;
}

std::vector<BlockLive> liveness(const MFunc& func) {
  std::vector<Reg> globals;
  const std::vector<uint32_t> number = number_global(func, globals);
  std::vector<BlockSets> sets = local_sets(func, number, (globals.size() + 63) / 64);
  const auto next = successors(func);
  for (bool changed = true; changed;) {
    changed = false;
    for (size_t b = sets.size(); b-- > 0;) {
      BlockSets& s = sets[b];
      for (const uint32_t n : next[b]) {
        for (size_t w = 0; w < s.out.size(); ++w) s.out[w] |= sets[n].in[w];
      }
      for (size_t w = 0; w < s.in.size(); ++w) {
        const uint64_t in = s.uses[w] | (s.out[w] & ~s.defs[w]);
        changed |= in != s.in[w];
        s.in[w] = in;
      }
    }
  }
  std::vector<BlockLive> live(sets.size());
  for (size_t b = 0; b < sets.size(); ++b) live[b] = {members(sets[b].in, globals), members(sets[b].out, globals)};
  return live;
}

}  // namespace psmc::backend
