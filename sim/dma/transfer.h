// SPDX-License-Identifier: Apache-2.0
// A transfer: one descriptor being carried out. The table is shared by all tiles, since packets name their transfer and
// the last byte may be committed elsewhere.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "arch/dma.h"
#include "sim/network/packet.h"
#include "sim/semaphores.h"

namespace psmc::sim {

/// A piece of a transfer that is contiguous on both sides.
struct Piece {
  uint64_t source = 0, destination = 0;
  uint32_t bytes = 0;
};

/// Walks the runs of a descriptor in order, i0 innermost. Runs that continue each other on both sides are one run.
class PieceCursor {
 public:
  PieceCursor() = default;
  explicit PieceCursor(const arch::Descriptor& d);
  bool done() const { return done_; }
  /// What is left of the current run from the current place.
  Piece peek() const { return {source_ + offset_, destination_ + offset_, static_cast<uint32_t>(run_ - offset_)}; }
  void advance(uint32_t bytes);
  /// `d`: what it walks over.
  void visit(Archive& archive, const arch::Descriptor& d);

 private:
  uint64_t run_ = 0;
  std::array<uint64_t, 3> count_{1, 1, 1};
  std::array<int64_t, 3> source_stride_{}, destination_stride_{};
  std::array<uint64_t, 3> index_{};
  uint64_t source_ = 0, destination_ = 0, offset_ = 0;
  bool done_ = true;
};

struct Transfer {
  bool used = false;
  bool out = false;
  uint32_t tile = 0;
  uint32_t engine = 0;
  arch::Descriptor descriptor;
  PieceCursor cursor;
  Producer stage = Producer::memory;     ///< what a wait for its local post is classed as
  uint64_t uncommitted = 0;              ///< bytes: `in` not yet here, `to_memory` not yet accepted
  std::vector<uint64_t> uncommitted_at;  ///< to_tiles: bytes, by tile of the rectangle
  uint32_t unfinished = 0;               ///< ends still to come: source read, destination(s) committed
  uint32_t pc = 0;
  uint32_t op = 0;  ///< of the dma.start, as in TraceEvent
};

enum class TransferStep : uint8_t {
  queued,  ///< dma.start has issued
  begun,   ///< it is the head of its engine's queue, from this cycle on
  left,    ///< the last request was offered, or the last source line read
  done,    ///< the last byte is where it belongs: nothing of the transfer comes after this
};

struct TransferEvent {
  TransferStep step = TransferStep::queued;
  Cycle cycle = 0;
  uint32_t tag = 0;  ///< its own from `queued` to `done`
  const Transfer& transfer;
};
using TransferCallback = std::function<void(const TransferEvent&)>;

/// Bytes of a line of a scratchpad are written: by its core, or by a transfer.
struct WriteEvent {
  uint32_t tile = 0;
  uint64_t line = 0;  ///< address of the first byte of the line
  uint64_t mask = 0;  ///< which bytes of it, a bit each
  const Transfer* transfer = nullptr;
};
using WriteCallback = std::function<void(const WriteEvent&)>;

/// Transfers by tag; tags are reused.
class TransferTable {
 public:
  uint32_t allocate() {
    if (free_.empty()) {
      transfers_.emplace_back();
      transfers_.back().used = true;
      return static_cast<uint32_t>(transfers_.size() - 1);
    }
    const uint32_t tag = free_.back();
    free_.pop_back();
    transfers_[tag] = Transfer{};
    transfers_[tag].used = true;
    return tag;
  }
  /// One end of the transfer is reached; true after the last, when the tag is free.
  bool finish_end(uint32_t tag) {
    if (--transfers_[tag].unfinished != 0) return false;
    transfers_[tag].used = false;
    free_.push_back(tag);
    return true;
  }
  void clear() {
    transfers_.clear();
    free_.clear();
  }
  Transfer& operator[](uint32_t tag) {
    check_state(tag < transfers_.size(), "a transfer does not exist");
    return transfers_[tag];
  }
  size_t size() const { return transfers_.size(); }
  /// `ops`: of the image.
  void visit(Archive& archive, const arch::Machine& machine, uint32_t ops);

 private:
  std::vector<Transfer> transfers_;
  std::vector<uint32_t> free_;
};

}  // namespace psmc::sim
