// SPDX-License-Identifier: Apache-2.0
// The DMA unit of a tile: its engines, its port to the network in both directions, and what it does to the scratchpad.
//
// | event                                                    | cycle                                              |
// |----------------------------------------------------------|----------------------------------------------------|
// | dma.start issues; the descriptor is at the engine's head | t                                                  |
// | first request or packet is offered to the network        | t + start_cycles, and it leaves one cycle later    |
// | the next descriptor becomes head                         | the cycle the last request or byte of this one was |
// |                                                          | offered or read; its own start counts from there   |
// | requests of an engine (`in`)                             | one a cycle, at most `outstanding` unanswered      |
// | source lines read by an engine (`out`)                   | one a cycle; a flit that spans two lines takes two |
// | an arriving flit is committed                            | the cycle it arrives, one a cycle; two lines: two  |
// | post of a completed transfer                             | the cycle of its last commit (a wait: next cycle)  |
// | `post` issues at t, to another tile                      | offered at t, leaves at t + 1; to itself: at t     |
//
// Each bank serves one line a cycle: the core first, then what arrives, then `out` engines in turn. The port takes one
// packet a cycle: posts first, then engines in turn. What arrives is always taken, so the network drains.
//
// Requests are cut at multiples of the piece size on the memory side, writes on the destination side.
#pragma once

#include <deque>
#include <vector>

#include "arch/machine.h"
#include "sim/core/code_memory.h"
#include "sim/core/scratchpad.h"
#include "sim/dma/transfer.h"
#include "sim/network/network.h"
#include "sim/race/detector.h"
#include "sim/semaphores.h"
#include "sim/wake_times.h"

namespace psmc::sim {

struct DmaSpec {
  uint32_t tile = 0;
  uint32_t in_engines = 2, out_engines = 2;
  uint32_t queue = 4;
  uint32_t start_cycles = 16;
  uint32_t outstanding = 16;
  uint32_t piece_bytes = 512;
  uint32_t post_queue = 8;
};

/// What is outside a tile's DMA unit.
struct DmaContext {
  const arch::Machine& machine;
  Network& network;
  Semaphores& semaphores;
  TransferTable& transfers;
  RaceDetector* races;                      ///< may be null
  WakeTimes& wake;                          ///< of the tiles' units, if nothing arrives before
  const TransferCallback* trace = nullptr;  ///< may be null
  const WriteCallback* writes = nullptr;    ///< may be null
};

struct DmaCounters {
  uint64_t bytes_in = 0, bytes_out = 0;  ///< committed here, read here
};

class DmaUnit {
 public:
  DmaUnit(const DmaSpec& spec, const DmaContext& context, Scratchpad& scratchpad, CodeMemory& code);

  /// `engine` as in the instruction: out engines have bit 3 set.
  bool engine_exists(uint32_t engine) const;
  bool can_start(uint32_t engine) const { return engines_[index(engine)].queue.size() < spec_.queue; }
  /// Does the transfer at the head of an `out` engine's queue go to tiles?
  bool head_goes_to_tiles(uint32_t engine) const;
  /// A valid descriptor.
  void start(uint32_t engine, const arch::Descriptor& descriptor, uint32_t pc, Cycle now, uint32_t op = ~0u);

  bool can_post() const { return posts_.size() < spec_.post_queue; }
  void post(uint32_t tile, uint32_t semaphore, uint32_t amount, Cycle now);

  /// `banks`: what the core uses in this cycle.
  void tick(Cycle now, uint64_t banks);
  /// Forgets all transfers.
  void reset();
  bool idle() const;
  /// Posts that wait to leave; requests of an engine (number as in Transfer) that are not answered.
  size_t posts() const { return posts_.size(); }
  uint32_t outstanding(uint32_t engine) const { return engines_[engine].outstanding; }
  const DmaCounters& counters() const { return counters_; }
  void visit(Archive& archive);

 private:
  struct Engine {
    bool out = false;
    std::deque<uint32_t> queue;  ///< tags
    bool begun = false;          ///< the head has had its start cycles
    Cycle begins = 0;
    uint32_t outstanding = 0;
    // `out`: the packet being filled
    uint32_t packet = kNoPacket;
    uint64_t source = 0;
    uint32_t flit = 1;       ///< next payload flit to read
    uint32_t flit_done = 0;  ///< bytes of it already read
  };

  uint32_t index(uint32_t engine) const { return (engine & 8u) ? spec_.in_engines + (engine & 7u) : engine; }
  void invalidate_code(const arch::Descriptor& d);
  void become_head(Engine& e, Cycle now);
  void begin(Engine& e);
  void set_stage(Transfer& t, Producer stage);
  void trace(TransferStep step, uint32_t tag, Cycle now) const {
    if (context_.trace != nullptr) [[unlikely]]
      (*context_.trace)({step, now, tag, context_.transfers[tag]});
  }
  void expect_targets(const Transfer& t, int change);
  // arrivals.cpp
  void take_arrival(Cycle now, uint64_t& banks);
  bool commit(const Flit& flit, const Packet& p, uint64_t& banks);
  void commit_bytes(uint32_t packet, uint64_t destination, uint32_t offset, uint32_t bytes);
  void finish_bytes(uint32_t tag, uint32_t bytes, bool from_tile);
  void finish_end(uint32_t tag);
  void finish_local(uint32_t tag, bool arrived);
  // departures.cpp
  void offer(Cycle now);
  bool offer_post();
  bool offer_request(Engine& e, Cycle now);
  bool offer_packet(Engine& e);
  void read_source(Engine& e, Cycle now, uint64_t& banks);
  void source_flit_ready(Engine& e, Cycle now);
  Piece next_piece(const Transfer& t, bool split_source) const;
  Cycle next_event(Cycle now) const;
  void check_engine(const Archive& archive, const Engine& e) const;  // unit_state.cpp

  DmaSpec spec_;
  DmaContext context_;
  Scratchpad& scratchpad_;
  CodeMemory& code_;
  std::vector<Engine> engines_;  ///< `in` engines, then `out`
  std::deque<uint32_t> posts_;   ///< packets
  uint32_t turn_ = 0;            ///< engine that may offer first
  uint32_t arrival_done_ = 0;    ///< bytes of the arriving flit already committed
  DmaCounters counters_;
  Cycle now_ = 0;  ///< of the last tick
};

}  // namespace psmc::sim
