// SPDX-License-Identifier: Apache-2.0
#include "sim/core/core.h"

#include <fmt/format.h>

#include <bit>

namespace psmc::sim {

using arch::Opcode;

Core::Core(uint32_t tile, const CoreContext& context, uint32_t horizon)
    : tile_(tile), context_(context), stage_(context.machine.latency.access_stage) {
  stamp_mask_ = std::bit_ceil(horizon + 2) - 1;
  stamps_.assign(size_t{WriteDecoder::kPorts} * (stamp_mask_ + 1), kNever);
  port_mask_ = std::bit_ceil(stage_ + 32 * 4 + 2) - 1;  // the longest access: 32 rows, 4 port cycles each
  for (auto& lines : port_lines_) lines.assign(port_mask_ + 1, 0);
}

void Core::launch(const arch::TileStart& start, Cycle) {
  regs_ = {};
  unknown_ = {};
  for (const auto& [index, value] : start.scalars) set_scalar(index, value);
  clock_ = 0;
  ready_.fill(0);
  read_until_.fill(0);
  unit_free_.fill(0);
  std::fill(stamps_.begin(), stamps_.end(), kNever);
  for (auto& lines : port_lines_) std::fill(lines.begin(), lines.end(), 0);
  access_ = {};
  ports_busy_until_ = 0;
  banks_ = 0;
  pc_ = last_pc_ = start.word;
  attempted_ = waiting_ = false;
  branch_in_ = loop_depth_ = 0;
  enters_kernel_ = false;
  trap_.reset();
  state_ = State::running;
  enter_kernel();
}

void Core::tick(Cycle now) {
  banks_ = 0;
  if (clock_ < ports_busy_until_ && !serve_ports()) {
    account(CycleClass::bank_conflict);
    return trace(now, 1, CycleClass::bank_conflict, false);
  }
  step(now);
  ++clock_;
}

/// The lines that the ports want in this cycle; false if the core freezes because they are in one bank.
bool Core::serve_ports() {
  uint32_t& first = port_lines_[0][clock_ & port_mask_];
  uint32_t& second = port_lines_[1][clock_ & port_mask_];
  const auto bank = [&](uint32_t line) { return context_.scratchpad.bank_of_line(line - 1); };
  if (first != 0) banks_ |= uint64_t{1} << bank(first);
  if (first != 0 && second != 0 && first != second && bank(first) == bank(second)) {
    first = 0;  // served now; the other one in the next cycle
    return false;
  }
  if (second != 0) banks_ |= uint64_t{1} << bank(second);
  first = second = 0;
  return true;
}

void Core::account(CycleClass c, uint64_t cycles) {
  context_.stats.tiles[tile_][static_cast<size_t>(c)] += cycles;
  context_.stats.ops[op_][static_cast<size_t>(c)] += cycles;
}

void Core::account_word(CycleClass c, bool issued, Cycle now) {
  if (matrix_busy()) c = CycleClass::matrix;
  account(c);
  trace(now, 1, c, issued);
}

void Core::tell(Cycle first, uint64_t cycles, CycleClass c, bool issued) const {
  const DecodedWord* word = context_.code.slot(last_pc_).word;
  (*context_.trace)({first, tile_, last_pc_, op_, issued, c, word != nullptr ? &word->word : nullptr, cycles});
}

void Core::step(Cycle now) {
  last_pc_ = pc_;
  if (pc_ >= context_.code.words()) return fail(TrapKind::code, "the program counter leaves the code memory");
  const CodeSlot& slot = context_.code.slot(pc_);
  op_ = step_op_ ? step_op_.index : slot.op;
  if (!slot.written && !context_.numbers) [[unlikely]]
    return needs_number();
  if (slot.word == nullptr) return fail(TrapKind::code, "no code is loaded at this word");
  const DecodedWord& w = *slot.word;
  if (!attempted_) {
    check_hazards(w);
    if (trap_) return;
    attempted_ = true;
  }
  if (w.wait || w.transfer) {
    CycleClass why = CycleClass::peer;
    if (stalls(w, now, why)) {
      if (trap_) return;
      return account_word(why, false, now);
    }
  }
  issue(w, now);
  account_word(w.instructions > 0 ? CycleClass::vector_scalar : CycleClass::exposed, true, now);
  context_.stats.words += 1;
  context_.stats.instructions += w.instructions;
}

/// Must the word wait? If not, its wait has consumed what it asked for.
bool Core::stalls(const DecodedWord& w, Cycle now, CycleClass& why) {
  if (w.transfer) {
    const arch::Inst& t = w.transfer_inst();
    if (t.op == Opcode::dma_start) {
      if (!context_.dma.engine_exists(t.c)) {
        fail(TrapKind::descriptor, "the DMA engine does not exist");
        return true;
      }
      if (!context_.dma.can_start(t.c)) {
        why = dma_stall_class(t.c);
        return true;
      }
    } else if (!context_.dma.can_post()) {
      why = CycleClass::network;
      return true;
    }
  }
  if (!w.wait || !wait_stalls(w, why)) return false;
  // Nothing of this core moves until the post arrives: sleep.
  if (!trap_ && clock_ + 1 >= ports_busy_until_ && unit_free_[static_cast<size_t>(arch::Unit::matrix)] <= clock_ + 1) {
    state_ = State::asleep;
    asleep_from_ = now + 1;
  }
  return true;
}

CycleClass Core::dma_stall_class(uint32_t engine) const {
  return (engine & 8u) && context_.dma.head_goes_to_tiles(engine) ? CycleClass::network : CycleClass::memory;
}

bool Core::wait_stalls(const DecodedWord& w, CycleClass& why) {
  const arch::Inst& inst = w.control();
  if (!waiting_) {
    const bool s_reg = inst.op == Opcode::wait_s || inst.op == Opcode::wait_sn;
    const bool n_reg = inst.op == Opcode::wait_n || inst.op == Opcode::wait_sn;
    if ((s_reg && !is_known(inst.c)) || (n_reg && !is_known(inst.a))) {
      needs_number();
      return true;
    }
    const uint64_t semaphore = s_reg ? static_cast<uint64_t>(regs_.s[inst.c]) : inst.c;
    if (semaphore >= context_.semaphores.count()) {
      fail(TrapKind::semaphore,
           fmt::format("waits for semaphore {}, which does not exist", static_cast<int64_t>(semaphore)));
      return true;
    }
    wait_.semaphore = static_cast<uint32_t>(semaphore);
    wait_.amount = n_reg ? static_cast<uint32_t>(regs_.s[inst.a] & 0xffff) : static_cast<uint32_t>(inst.imm);
  }
  if (context_.semaphores.try_wait(tile_, wait_.semaphore, wait_.amount)) {
    if (waiting_) context_.semaphores.end_wait(tile_);
    waiting_ = false;
    return false;
  }
  if (!waiting_) context_.semaphores.begin_wait(tile_, wait_.semaphore, wait_.amount);
  waiting_ = true;
  why = context_.semaphores.wait_class(tile_, wait_.semaphore);
  return true;
}

std::optional<Core::Waiting> Core::waiting() const {
  if (!waiting_) return std::nullopt;
  return wait_;
}

void Core::settle(Cycle now) {
  if (state_ != State::asleep || now + 1 <= asleep_from_) return;
  const uint64_t cycles = now + 1 - asleep_from_;
  const CycleClass c = context_.semaphores.wait_class(tile_, wait_.semaphore);
  account(c, cycles);
  trace(asleep_from_, cycles, c, false);
  clock_ += cycles;
  asleep_from_ = now + 1;
}

void Core::wake(Cycle now) {
  if (state_ != State::asleep) return;
  settle(now);
  state_ = State::running;
}

void Core::issue(const DecodedWord& w, Cycle now) {
  mark_in_flight(w);
  attempted_ = false;
  snapshot_ = w.snapshot;
  if (snapshot_) {
    old_scalars_ = regs_.s;
    old_masks_ = regs_.m;
    old_unknown_ = unknown_;
  }
  if (context_.numbers) {
    for (uint32_t i = 0; i < w.instructions; ++i) execute(w.list[i], now);
  } else {
    for (uint32_t i = 0; i < w.instructions; ++i) execute_timing(w.list[i], now);
  }
  snapshot_ = false;
  if (state_ == State::running) advance_pc();
}

void Core::fail(TrapKind kind, std::string message) {
  if (trap_) return;
  trap_ = Trap{};
  trap_->kind = kind;
  trap_->tile = tile_;
  trap_->pc = last_pc_;
  trap_->message = std::move(message);
}

}  // namespace psmc::sim
