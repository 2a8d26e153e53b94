// SPDX-License-Identifier: Apache-2.0
// What every register read of a kernel sees: an independent checker of schedules. It knows the words, the operands of
// the instructions and the latency tables (arch/isa.h), and nothing of who made the code or of the simulator.
//
//   places     a register, or one row of an accumulator
//   state      for each place the instructions that may have written it last, each with the least number of words since
//              it issued (a stall only lengthens that), and the readers that may still be reading it
//   walk       from the kernel's entry over all paths: loops, which may be skipped or run once, branches with their
//   delay
//              words; or only over the jumps that a program is known to take
//   result     for each instruction and each of its reads: the set of producers, and whether one of them may not be
//              ready; and whether its own write falls into another's flight or read window
//
// Two codes whose results are the same for each instruction compute the same: that is what `illegal` means below.
#pragma once

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "arch/isa.h"
#include "arch/program.h"

namespace psmc::test {

/// Words, and a name for each instruction that it keeps when it moves to another word.
struct Code {
  std::vector<arch::Word> words;
  std::vector<std::array<uint32_t, arch::kSlots>> ids;

  static Code of(std::span<const arch::Word> words) {
    Code code{{words.begin(), words.end()}, {}};
    for (uint32_t w = 0; w < words.size(); ++w) {
      code.ids.emplace_back();
      for (uint32_t s = 0; s < arch::kSlots; ++s) code.ids[w][s] = w * arch::kSlots + s;
    }
    return code;
  }
};

inline constexpr uint32_t kAtEntry = 0xffffffffu;  ///< the producer of what a register holds when the kernel starts

struct Seen {
  std::set<uint32_t> producers;
  bool early = false;  ///< some producer may not have delivered
  bool operator==(const Seen&) const = default;
};

struct InstFlow {
  std::vector<Seen> reads;  ///< in the order of arch::reg_accesses; of mma.T last its own accumulator
  bool clobbers = false;    ///< writes what is in flight or still being read
  bool operator==(const InstFlow&) const = default;
};

class Flow {
 public:
  static constexpr uint32_t kPlaces = 32 + 32 + 8 + 16 + 8 * 16;

  /// (from, to) of the jumps that happen: back to a loop's first word, over a loop, to a branch's target.
  using Jumps = std::set<std::pair<uint32_t, uint32_t>>;

  /// `jumps`: null for all.
  Flow(const arch::Machine& machine, const Code& code, const Jumps* jumps = nullptr)
      : timing_(machine), code_(code), jumps_(jumps) {
    for (uint32_t w = 0; w < code.words.size(); ++w) find_leaders(w);
    arrive(0, State());
    while (!work_.empty()) {
      const uint32_t leader = *work_.begin();
      work_.erase(work_.begin());
      walk(leader);
    }
  }

  /// By instruction; those that no path reaches are missing.
  const std::map<uint32_t, InstFlow>& insts() const { return insts_; }
  /// Who may have written a place when the kernel is left.
  const std::set<uint32_t>& at_exit(uint32_t place) const { return exit_[place]; }

  /// First place and number of places of an access.
  static std::pair<uint32_t, uint32_t> places(const arch::Inst& inst, const arch::RegAccess& access) {
    constexpr uint32_t kFirst[] = {0, 0, 32, 64, 72, 88};
    const uint32_t first = kFirst[static_cast<size_t>(access.file)];
    if (access.file != arch::RegFile::a) return {first + access.index, 1};
    if (arch::is_mma(inst.op)) return {first + access.index * 16u, 16};
    return {first + access.index * 16u + static_cast<uint32_t>(inst.imm), 1};
  }

 private:
  struct Def {
    uint32_t id;
    int64_t issued;
    uint32_t ready;  ///< cycles after issue
    uint8_t kind;    ///< of an mma: its element type
  };
  struct Window {
    uint32_t id;
    int64_t issued;
    uint32_t end;
  };
  struct State {
    State() {
      for (auto& d : defs) d.push_back({kAtEntry, -1'000'000, 0, 0});
    }
    int64_t now = 0;
    std::array<std::vector<Def>, kPlaces> defs;
    std::array<std::vector<Window>, kPlaces> windows;
  };

  void find_leaders(uint32_t w) {
    const arch::Inst& control = code_.words[w][arch::Slot::S];
    const uint32_t target = w + static_cast<uint32_t>(control.imm);
    if (control.op == arch::Opcode::loop) {
      loop_first_[target] = w + 1;  // by last word
      leaders_.insert({w + 1, target + 1});
    } else if (arch::is_branch(control.op)) {
      if (control.op != arch::Opcode::jr) leaders_.insert(target);
      leaders_.insert(w + arch::kBranchDelay + 1);
    }
  }

  /// Adds the items of `from` to `to`, each with its least age; true if that changed something.
  template <typename Item>
  bool join(std::vector<Item>& to, int64_t to_now, const std::vector<Item>& from, int64_t from_now) const {
    bool changed = false;
    for (const Item& item : from) {
      const int64_t age = std::min<int64_t>(from_now - item.issued, timing_.horizon() + 1);
      const auto known = std::find_if(to.begin(), to.end(), [&](const Item& x) { return x.id == item.id; });
      if (known != to.end() && to_now - known->issued <= age) continue;
      Item& mine = known == to.end() ? to.emplace_back(item) : *known;
      mine.issued = to_now - age;
      changed = true;
    }
    return changed;
  }

  void arrive(uint32_t word, const State& state) {
    if (word >= code_.words.size()) return;  // control that runs off the end sees nothing
    auto [known, fresh] = states_.try_emplace(word, state);
    bool changed = fresh;
    for (uint32_t p = 0; !fresh && p < kPlaces; ++p) {
      changed |= join(known->second.defs[p], known->second.now, state.defs[p], state.now);
      changed |= join(known->second.windows[p], known->second.now, state.windows[p], state.now);
    }
    if (changed) work_.insert(word);
  }

  void follow(uint32_t from, uint32_t to, const State& state) {
    if (jumps_ == nullptr || jumps_->contains({from, to})) arrive(to, state);
  }

  void walk(uint32_t leader) {
    State state = states_.at(leader);
    std::optional<uint32_t> branch;  // whose delay words are running
    for (uint32_t w = leader; w < code_.words.size(); ++w) {
      issue(w, state);
      const arch::Inst& control = code_.words[w][arch::Slot::S];
      if (control.op == arch::Opcode::halt) return;
      ++state.now;
      if (control.op == arch::Opcode::loop) follow(w, w + 1 + static_cast<uint32_t>(control.imm), state);
      if (arch::is_branch(control.op)) branch = w;
      if (branch && w == *branch + arch::kBranchDelay) {
        const arch::Inst& taken = code_.words[*branch][arch::Slot::S];
        if (taken.op == arch::Opcode::jr) return leave(state);
        follow(w, *branch + static_cast<uint32_t>(taken.imm), state);
        if (taken.op == arch::Opcode::jmp) return;
        branch.reset();
      }
      if (const auto loop = loop_first_.find(w); loop != loop_first_.end()) {
        follow(w, loop->second, state);
        return arrive(w + 1, state);
      }
      if (!branch && leaders_.contains(w + 1)) return arrive(w + 1, state);
    }
  }

  void leave(const State& state) {
    for (uint32_t p = 0; p < kPlaces; ++p)
      for (const Def& d : state.defs[p]) exit_[p].insert(d.id);
  }

  void issue(uint32_t w, State& state) {
    for (const bool writes : {false, true}) {
      for (uint32_t s = 0; s < arch::kSlots; ++s) {
        const arch::Inst& inst = code_.words[w].slots[s];
        if (inst.op == arch::Opcode::nop) continue;
        InstFlow& flow = insts_[code_.ids[w][s]];
        size_t read = 0;
        for (const arch::RegAccess& access : arch::reg_accesses(timing_, inst, static_cast<arch::Slot>(s))) {
          if (!writes && (!access.write || access.accumulate))
            note_read(code_.ids[w][s], inst, access, flow, read++, state);
          if (writes && access.write) note_write(code_.ids[w][s], inst, access, flow, state);
        }
      }
    }
  }

  /// The element type of an mma: products of one type may follow each other on an accumulator in flight.
  static uint8_t kind_of(const arch::Inst& inst) {
    return arch::is_mma(inst.op) ? static_cast<uint8_t>(1 + static_cast<size_t>(arch::info(inst.op).latency)) : 0;
  }

  void note_read(uint32_t id, const arch::Inst& inst, const arch::RegAccess& access, InstFlow& flow, size_t index,
                 State& state) const {
    if (flow.reads.size() <= index) flow.reads.resize(index + 1);
    const auto [first, count] = places(inst, access);
    for (uint32_t p = first; p < first + count; ++p) {
      for (const Def& d : state.defs[p]) {
        flow.reads[index].producers.insert(d.id);
        const bool forwarded = access.accumulate && d.kind != 0 && d.kind == kind_of(inst);
        flow.reads[index].early |= !forwarded && state.now - d.issued < d.ready;
      }
      if (!access.write && access.end > 1) {
        std::erase_if(state.windows[p], [&](const Window& x) { return x.id == id; });
        state.windows[p].push_back({id, state.now, access.end});
      }
    }
  }

  void note_write(uint32_t id, const arch::Inst& inst, const arch::RegAccess& access, InstFlow& flow,
                  State& state) const {
    const auto [first, count] = places(inst, access);
    for (uint32_t p = first; p < first + count; ++p) {
      for (const Window& x : state.windows[p]) flow.clobbers |= state.now - x.issued + access.begin < x.end;
      for (const Def& d : state.defs[p]) {
        const bool forwarded = access.accumulate && d.kind != 0 && d.kind == kind_of(inst);
        flow.clobbers |= !forwarded && state.now - d.issued < d.ready;
      }
      state.defs[p].assign(1, {id, state.now, access.end, kind_of(inst)});
    }
  }

  arch::TimingTable timing_;
  const Code& code_;
  const Jumps* jumps_;
  std::map<uint32_t, State> states_;  ///< by leader
  std::set<uint32_t> work_, leaders_;
  std::map<uint32_t, uint32_t> loop_first_;  ///< first word of a body by its last
  std::map<uint32_t, InstFlow> insts_;
  std::array<std::set<uint32_t>, kPlaces> exit_;
};

}  // namespace psmc::test
