// SPDX-License-Identifier: Apache-2.0
// The state of a core, its scratchpad and its code memory in a checkpoint, between two cycles: what belongs to one word
// alone (old_scalars_ and so on) is not part of it, nor a trap, which ends a run.
#include "sim/checkpoint/archive.h"
#include "sim/core/core.h"

namespace psmc::sim {

void Core::visit(Archive& archive) {
  archive.below(state_, 3);
  archive(regs_.s, regs_.m, regs_.v, regs_.a);
  archive.bytes(std::as_writable_bytes(std::span(regs_.t)));
  archive(clock_, pc_, last_pc_, attempted_, waiting_, wait_.amount, branch_in_, branch_target_, enters_kernel_);
  archive.below(wait_.semaphore, context_.semaphores.count());
  for (Loop& loop : loops_) archive(loop.first, loop.end, loop.left);
  archive.below(loop_depth_, loops_.size() + 1);
  archive(asleep_from_, banks_, unknown_.bits);
  archive.below(op_, context_.stats.ops.size());
  archive(step_op_.index);
  archive.require(!step_op_ || step_op_.index < context_.stats.ops.size());
  archive.require(state_ != State::asleep || waiting_);
  visit_hazards(archive);
  visit_ports(archive);
}

void Core::visit_hazards(Archive& archive) {
  constexpr Cycle kLast = Cycle{1} << 62;  // far from where sums of cycles overflow
  archive.require(clock_ < kLast);
  archive(ready_, read_until_, kind_, unit_free_, stamps_);
}

void Core::visit_ports(Archive& archive) {
  archive(port_lines_, ports_busy_until_);
  for (PortAccess& a : access_) {
    archive(a.store, a.row_cycles, a.first, a.end);
    archive.below(a.rows, a.lines.size() + 1);
    for (uint32_t r = 0; r < a.rows; ++r) archive(a.lines[r]);
  }
}

void Scratchpad::visit(Archive& archive) {
  archive.bytes(bytes_);
  archive.bytes(std::as_writable_bytes(std::span(written_)));
}

void CodeMemory::visit(Archive& archive) {
  for (CodeSlot& slot : slots_) visit_slot(archive, slot);
  for (std::unique_ptr<Partial>& partial : pending_) {
    bool begun = partial != nullptr;
    archive(begun);
    if (!begun) continue;
    if (partial == nullptr) partial = std::make_unique<Partial>();
    archive.bytes(partial->bytes);
    archive(partial->have, partial->written);
  }
}

/// A slot as its bytes.
void CodeMemory::visit_slot(Archive& archive, CodeSlot& slot) {
  bool loaded = slot.word != nullptr;
  archive(loaded, slot.written);
  archive.below(slot.op, uint64_t{store_.no_op()} + 1);
  arch::WordBytes bytes{};
  if (!loaded) {
    slot.word = nullptr;
    return;
  }
  if (!archive.reading()) bytes = arch::encode(slot.word->word);
  archive.bytes(bytes);
  if (!archive.reading()) return;
  slot.word = store_.intern(bytes);
  archive.require(slot.word != nullptr);
}

}  // namespace psmc::sim
