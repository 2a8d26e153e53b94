// SPDX-License-Identifier: Apache-2.0
// The state of DMA units and transfers in a checkpoint.
#include "sim/checkpoint/archive.h"
#include "sim/dma/unit.h"

namespace psmc::sim {
namespace {

void visit_descriptor(Archive& archive, arch::Descriptor& d) {
  archive(d.kind, d.chip, d.run, d.count, d.source, d.destination, d.source_stride, d.destination_stride);
  archive(d.x0, d.y0, d.x1, d.y1, d.local_semaphore, d.local_amount, d.remote_semaphore, d.remote_amount);
}

}  // namespace

/// What follows from the descriptor is not written.
void PieceCursor::visit(Archive& archive, const arch::Descriptor& d) {
  if (archive.reading()) *this = PieceCursor(d);
  for (size_t i = 0; i < 3; ++i) {
    archive.below(index_[i], count_[i]);
    if (!archive.reading()) continue;
    source_ += static_cast<uint64_t>(source_stride_[i]) * index_[i];
    destination_ += static_cast<uint64_t>(destination_stride_[i]) * index_[i];
  }
  archive.below(offset_, run_);
  archive(done_);
}

void TransferTable::visit(Archive& archive, const arch::Machine& machine, uint32_t ops) {
  archive.list(transfers_, 120, [&](Transfer& t) {
    archive(t.used, t.out);
    archive.below(t.tile, machine.tiles());
    archive.below(t.engine, machine.dma.in_engines + machine.dma.out_engines);
    visit_descriptor(archive, t.descriptor);
    archive.require(arch::problem(machine, t.descriptor, !t.out).empty());
    t.cursor.visit(archive, t.descriptor);
    archive.below(t.stage, 3);
    archive(t.uncommitted, t.unfinished, t.pc);
    archive.below(t.op, uint64_t{ops} + 1);
    archive.list(t.uncommitted_at, 8, [&](uint64_t& bytes) { archive(bytes); });
  });
  archive.numbers(free_, transfers_.size());
}

void DmaUnit::visit(Archive& archive) {
  for (Engine& e : engines_) {
    archive.numbers(e.queue, context_.transfers.size());
    archive(e.begun, e.begins, e.outstanding, e.packet, e.source, e.flit, e.flit_done);
    if (archive.reading()) check_engine(archive, e);
  }
  archive.list(posts_, 4, [&](uint32_t& packet) { archive(packet); });
  archive.below(turn_, engines_.size());
  archive(now_, arrival_done_, counters_.bytes_in, counters_.bytes_out);
}

/// Queues hold transfers of their engine; a packet is filled for the transfer at the head.
void DmaUnit::check_engine(const Archive& archive, const Engine& e) const {
  archive.require(e.queue.size() <= spec_.queue && (!e.begun || !e.queue.empty()));
  archive.require(e.packet == kNoPacket || (e.out && e.begun && e.flit > 0));
  for (const uint32_t tag : e.queue) {
    const Transfer& t = context_.transfers[tag];
    archive.require(t.used && t.tile == spec_.tile && t.engine == static_cast<size_t>(&e - engines_.data()));
  }
}

}  // namespace psmc::sim
