// SPDX-License-Identifier: Apache-2.0
// Steps: check_insts (encoding, registers of this machine) -> find_loops (nesting) -> check_branches -> check_entries.
#include "arch/check_structure.h"

#include <fmt/format.h>

namespace psmc::arch {
namespace {

class StructureChecker {
 public:
  StructureChecker(const Machine& machine, std::span<const Word> words, std::vector<Violation>& violations)
      : machine_(machine), words_(words), violations_(violations) {}

  Structure run(std::span<const uint32_t> entries) {
    result_.innermost.assign(words_.size(), -1);
    result_.ends.assign(words_.size(), -1);
    for (uint32_t w = 0; w < words_.size(); ++w) check_inst(w);
    if (violations_.empty()) find_loops();
    if (violations_.empty()) {
      for (uint32_t w = 0; w < words_.size(); ++w) check_control(w);
      for (uint32_t entry : entries) check_entry(entry);
    }
    return std::move(result_);
  }

 private:
  const Inst& control(uint32_t w) const { return words_[w][Slot::S]; }
  static bool is_flow(Opcode op) { return is_branch(op) || op == Opcode::loop || op == Opcode::halt; }

  template <typename... Args>
  void report(uint32_t w, Slot slot, fmt::format_string<Args...> format, Args&&... args) {
    violations_.push_back({w, slot, fmt::format(format, std::forward<Args>(args)...)});
  }
  void check_inst(uint32_t w);
  void find_loops();
  void check_control(uint32_t w);
  void check_delay_words(uint32_t w);
  void check_target(uint32_t w);
  void check_entry(uint32_t entry);

  const Machine& machine_;
  std::span<const Word> words_;
  std::vector<Violation>& violations_;
  Structure result_;
};

void StructureChecker::check_inst(uint32_t w) {
  for (size_t i = 0; i < kSlots; ++i) {
    const Slot slot = static_cast<Slot>(i);
    const Inst& inst = words_[w].slots[i];
    if (const std::string what = problem(inst, slot); !what.empty()) {
      report(w, slot, "{}", what);
      continue;
    }
    for (const Operand& operand : info(inst.op).operands) {
      if (operand.file == RegFile::none) continue;
      const uint8_t fields[] = {inst.d, inst.a, inst.b, inst.c, inst.m};
      const uint8_t index = fields[static_cast<size_t>(operand.field)];
      if (index < reg_count(machine_, operand.file)) continue;
      report(w, slot, "this machine has no register {}{}", reg_file_prefix(operand.file), index);
    }
    if (inst.op == Opcode::dma_start) {
      const uint32_t engines = inst.c & 8 ? machine_.dma.out_engines : machine_.dma.in_engines;
      if ((inst.c & 7u) >= engines)
        report(w, slot, "this machine has no engine {}{}", inst.c & 8 ? "out" : "in", inst.c & 7);
    }
    const bool number = info(inst.op).operands.size() > 0 && (inst.op == Opcode::wait || inst.op == Opcode::wait_n ||
                                                              inst.op == Opcode::post || inst.op == Opcode::post_n);
    if (number && inst.c >= machine_.semaphores.count) report(w, slot, "this machine has no semaphore #{}", inst.c);
  }
}

/// Bodies are static ranges: a stack of the open ones gives nesting, depth and the innermost of each word.
void StructureChecker::find_loops() {
  std::vector<int32_t> open;
  for (uint32_t w = 0; w < words_.size(); ++w) {
    while (!open.empty() && result_.loops[open.back()].last < w) open.pop_back();
    result_.innermost[w] = open.empty() ? -1 : open.back();
    if (control(w).op != Opcode::loop) continue;
    const uint64_t last = uint64_t{w} + static_cast<uint32_t>(control(w).imm);
    const uint32_t depth = static_cast<uint32_t>(open.size()) + 1;
    if (last + 1 >= words_.size())
      return report(w, Slot::S, "the body of the loop leaves the code, or no word follows it");
    if (!open.empty() && last >= result_.loops[open.back()].last) {
      return report(w, Slot::S, "the body of the loop must end before the body around it, at word {}",
                    result_.loops[open.back()].last);
    }
    if (depth > machine_.core.loop_depth)
      return report(w, Slot::S, "loops nest deeper than {}", machine_.core.loop_depth);
    const int32_t index = static_cast<int32_t>(result_.loops.size());
    result_.loops.push_back({w + 1, static_cast<uint32_t>(last), open.empty() ? -1 : open.back(), depth});
    result_.ends[last] = index;
    open.push_back(index);
  }
}

void StructureChecker::check_control(uint32_t w) {
  const Opcode op = control(w).op;
  const int32_t loop = result_.innermost[w];
  if ((op == Opcode::jr || op == Opcode::halt) && loop >= 0)
    report(w, Slot::S, "{} inside a hardware loop", info(op).name);
  if (!is_branch(op)) return;
  check_delay_words(w);
  if (op != Opcode::jr) check_target(w);
}

void StructureChecker::check_delay_words(uint32_t w) {
  if (uint64_t{w} + kBranchDelay >= words_.size())
    return report(w, Slot::S, "the code ends inside the delay words of this branch");
  for (uint32_t d = w + 1; d <= w + kBranchDelay; ++d) {
    if (is_flow(control(d).op))
      report(d, Slot::S, "{} in a delay word of the branch at word {}", info(control(d).op).name, w);
  }
  const int32_t loop = result_.innermost[w];
  if (loop >= 0 && w + kBranchDelay > result_.loops[loop].last)
    report(w, Slot::S, "a branch in the last two words of a hardware loop");
}

void StructureChecker::check_target(uint32_t w) {
  const int64_t target = int64_t{w} + control(w).imm;
  if (target < 0 || target >= static_cast<int64_t>(words_.size()))
    return report(w, Slot::S, "the branch leaves the code");
  if (result_.innermost[target] != result_.innermost[w]) {
    report(w, Slot::S, "the branch goes into or out of the body of a hardware loop");
  }
}

void StructureChecker::check_entry(uint32_t entry) {
  if (entry >= words_.size()) return report(entry, Slot::S, "an entry outside the code");
  if (result_.innermost[entry] >= 0) report(entry, Slot::S, "an entry inside a hardware loop");
}

}  // namespace

Structure check_structure(const Machine& machine, std::span<const Word> words, std::span<const uint32_t> entries,
                          std::vector<Violation>& violations) {
  return StructureChecker(machine, words, violations).run(entries);
}

}  // namespace psmc::arch
