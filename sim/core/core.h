// SPDX-License-Identifier: Apache-2.0
// The core of a tile: one word a cycle, in order, with exposed latencies.
//
// | event                                              | cycle                                                  |
// |----------------------------------------------------|--------------------------------------------------------|
// | a word issues at t                                 | its sources are read, its results may be read from     |
// |                                                    | t + latency on (arch::TimingTable)                     |
// | line k of a load or store uses its port            | t + access_stage + k                                   |
// | both ports want different lines of one bank        | the core freezes a cycle: latencies stand still        |
// | a word with a wait that cannot be satisfied, with  | stalls as a whole; what was issued runs on             |
// | dma.start on a full queue or post on a full queue  |                                                        |
// | a branch at t                                      | words t + 1 and t + 2 still run, its target at t + 3   |
//
// Two clocks: cycles, and the core's own clock, which stands still while frozen; all latencies count on the latter.
// Instructions take effect at once when they issue: nobody may look at a register in flight, so nobody can tell. For
// the same reason an access of the scratchpad takes effect at issue; one that would reach a line on the other port
// before an earlier access, or in the same cycle as a load or store that it conflicts with, traps.
//
// The first attempt to issue a word is what the hazard rules judge; stalls only lengthen distances.
#pragma once

#include <array>
#include <functional>
#include <optional>

#include "arch/machine.h"
#include "sim/core/code_memory.h"
#include "sim/core/scratchpad.h"
#include "sim/dma/unit.h"
#include "sim/semaphores.h"
#include "sim/stats.h"
#include "sim/trap.h"

namespace psmc::sim {

/// The register files.
struct Registers {
  std::array<int64_t, 32> s{};
  std::array<uint16_t, 8> m{};
  alignas(64) std::array<std::array<uint32_t, 16>, 32> v{};
  alignas(64) std::array<std::array<std::byte, arch::kTileBytes>, 16> t{};
  alignas(64) std::array<std::array<uint32_t, 256>, 8> a{};
};

/// What a core did in a cycle, or in several if it slept. A core's events come in the order of its cycles, without
/// gaps from its launch to its end; what it slept is told when it wakes, when its class changes, or by Chip::settle.
struct TraceEvent {
  Cycle cycle = 0;
  uint32_t tile = 0, pc = 0;
  uint32_t op = 0;      ///< that the cycles count for; the number of ops if there is none
  bool issued = false;  ///< else the word stalled, or (bank_conflict) the core was frozen after it
  CycleClass cycle_class = CycleClass::exposed;
  const arch::Word* word = nullptr;  ///< null if the code memory no longer holds it
  uint64_t cycles = 1;
};
using TraceCallback = std::function<void(const TraceEvent&)>;

/// Which op a tile's steps are for (arch::Image::step_register); empty if the program has none.
struct StepTable {
  uint8_t reg = 0;
  std::span<const arch::StepRange> ranges;
};

struct CoreContext {
  const arch::Machine& machine;
  Semaphores& semaphores;
  DmaUnit& dma;
  Scratchpad& scratchpad;
  CodeMemory& code;
  RaceDetector* races;  ///< may be null
  RunStats& stats;
  const TraceCallback* trace;   ///< may be null
  const WriteCallback* writes;  ///< may be null
  StepTable steps;
  bool numbers;  ///< false: timing only
};

class Core {
 public:
  Core(uint32_t tile, const CoreContext& context, uint32_t horizon);

  /// Registers 0, then the start's scalars; runs from its word.
  void launch(const arch::TileStart& start, Cycle now);
  void stop() {
    state_ = State::idle;
    waiting_ = false;
    trap_.reset();
    banks_ = 0;
  }
  /// One cycle. After it either running(), asleep() or halted().
  void tick(Cycle now);

  bool active() const { return state_ == State::running; }
  bool halted() const { return state_ == State::idle; }
  bool asleep() const { return state_ == State::asleep; }
  /// Banks that the core used in the last tick.
  uint64_t banks() const { return banks_; }

  /// Counts the cycles slept through `now` in the class that the wait has until now.
  void settle(Cycle now);
  /// The awaited semaphore is high enough: tick again from the next cycle on.
  void wake(Cycle now);

  const std::optional<Trap>& trap() const { return trap_; }
  /// The word that was issued or attempted last.
  uint32_t pc() const { return last_pc_; }
  /// The word that is attempted next.
  uint32_t next_pc() const { return pc_; }
  /// The op that its cycles count for: of the current step, else of the word; the number of ops if there is none.
  uint32_t op() const { return op_; }
  /// What the core waits for, if it does.
  struct Waiting {
    uint32_t semaphore = 0, amount = 0;
  };
  std::optional<Waiting> waiting() const;
  Registers& registers() { return regs_; }
  const Registers& registers() const { return regs_; }
  void visit(Archive& archive);  // core_state.cpp

 private:
  enum class State : uint8_t { idle, running, asleep };
  struct Loop {
    uint32_t first = 0, end = 0;
    int64_t left = 0;
  };
  /// The last access that a memory slot started.
  struct PortAccess {
    bool store = false;
    uint8_t rows = 0, row_cycles = 1;
    Cycle first = 0, end = 0;  ///< core clock
    std::array<uint32_t, 32> lines;
  };

  // core_state.cpp
  void visit_hazards(Archive& archive);
  void visit_ports(Archive& archive);
  // core.cpp: the cycle
  bool serve_ports();
  void step(Cycle now);
  bool stalls(const DecodedWord& w, Cycle now, CycleClass& why);
  bool wait_stalls(const DecodedWord& w, CycleClass& why);
  CycleClass dma_stall_class(uint32_t engine) const;
  void issue(const DecodedWord& w, Cycle now);
  void account(CycleClass c, uint64_t cycles = 1);
  bool matrix_busy() const { return unit_free_[static_cast<size_t>(arch::Unit::matrix)] > clock_; }
  void account_word(CycleClass c, bool issued, Cycle now);
  void trace(Cycle first, uint64_t cycles, CycleClass c, bool issued) const {
    if (context_.trace != nullptr) [[unlikely]]
      tell(first, cycles, c, issued);
  }
  void tell(Cycle first, uint64_t cycles, CycleClass c, bool issued) const;
  void fail(TrapKind kind, std::string message);

  // hazards.cpp
  void check_hazards(const DecodedWord& w);
  void explain_hazard(const DecodedWord& w);
  void mark_in_flight(const DecodedWord& w);

  // control.cpp
  void enter_kernel();
  void advance_pc();
  void branch_to(int64_t target);
  void begin_loop(const arch::Inst& inst);
  void execute_control(const arch::Inst& inst);
  void execute_transfer(const arch::Inst& inst, Cycle now);
  void start_dma(const arch::Inst& inst, Cycle now);

  // execute_*.cpp
  void execute(const DecodedInst& d, Cycle now);
  void execute_scalar(const arch::Inst& inst);
  void execute_memory(const DecodedInst& d);
  bool locate(const DecodedInst& d, std::array<uint64_t, 32>& rows);
  void schedule(const DecodedInst& d, const std::array<uint64_t, 32>& rows);
  void check_order(const DecodedInst& d, const PortAccess& mine, const PortAccess& other);
  void load(const DecodedInst& d, const std::array<uint64_t, 32>& rows);
  bool load_lanes(const DecodedInst& d, uint64_t address);
  bool load_scalar(const DecodedInst& d, uint64_t address);
  void load_tile(const DecodedInst& d, const std::array<uint64_t, 32>& rows);
  void store(const DecodedInst& d, const std::array<uint64_t, 32>& rows);
  void store_lanes(const DecodedInst& d, uint64_t address);
  bool note_read(uint64_t address, uint64_t mask);
  void note_write(uint64_t address, uint64_t mask);
  void execute_vector(const arch::Inst& inst);
  void execute_matrix(const arch::Inst& inst);
  void count_products(arch::Opcode op);

  // timing_only.cpp
  void execute_timing(const DecodedInst& d, Cycle now);
  void load_known(const DecodedInst& d, const std::array<uint64_t, 32>& rows);
  void store_known(const DecodedInst& d, const std::array<uint64_t, 32>& rows);
  void forget_bytes(const DecodedInst& d, const std::array<uint64_t, 32>& rows);
  bool address_is_known(const DecodedInst& d) const;
  void needs_number();
  bool is_known(uint32_t place) const { return !(snapshot_ ? old_unknown_ : unknown_).has(place); }

  int64_t scalar(uint32_t index) const { return (snapshot_ ? old_scalars_ : regs_.s)[index]; }
  void set_scalar(uint32_t index, int64_t value) {
    if (index != 0) regs_.s[index] = value;
  }
  uint16_t mask(uint32_t index) const { return index == 0 ? 0xffff : (snapshot_ ? old_masks_ : regs_.m)[index]; }
  void set_mask(uint32_t index, uint32_t value) {
    if (index != 0) regs_.m[index] = static_cast<uint16_t>(value);
  }

  uint32_t tile_;
  CoreContext context_;
  uint32_t stage_;

  // State: plain.
  State state_ = State::idle;
  Registers regs_;
  Cycle clock_ = 0;
  uint32_t pc_ = 0;
  uint32_t last_pc_ = 0;
  bool attempted_ = false;  ///< the word at pc_ has been judged
  bool waiting_ = false;    ///< stalled in a wait
  Waiting wait_;
  uint32_t branch_in_ = 0;  ///< words until the branch is taken, 0: none
  uint32_t branch_target_ = 0;
  bool enters_kernel_ = false;  ///< the branch is a jr
  std::array<Loop, 8> loops_;
  uint32_t loop_depth_ = 0;
  Cycle asleep_from_ = 0;
  uint64_t banks_ = 0;

  // Hazards, on the core's clock.
  std::array<Cycle, kRegisters> ready_{};       ///< may be touched from
  std::array<Cycle, kRegisters> read_until_{};  ///< may change from
  std::array<uint8_t, kRegisters> kind_{};      ///< accumulators: which mma is in flight
  std::array<Cycle, arch::kUnits> unit_free_{};
  uint32_t stamp_mask_ = 0;
  std::vector<Cycle> stamps_;  ///< write port p is used in cycle stamps_[p * ring + cycle % ring]

  // Scratchpad ports.
  std::array<std::vector<uint32_t>, 2> port_lines_;  ///< line + 1 by clock modulo ring, 0: none
  uint32_t port_mask_ = 0;
  Cycle ports_busy_until_ = 0;
  std::array<PortAccess, 2> access_;

  bool snapshot_ = false;
  std::array<int64_t, 32> old_scalars_{};
  std::array<uint16_t, 8> old_masks_{};
  PlaceSet unknown_, old_unknown_;  ///< timing only: registers whose value is not computed
  uint32_t op_ = 0;                 ///< that the cycle counts for
  arch::OpId step_op_;              ///< of the current step; invalid: the word's own counts
  uint64_t vector_ops_ = 0;
  std::optional<Trap> trap_;
};

}  // namespace psmc::sim
