// SPDX-License-Identifier: Apache-2.0
// A memory channel on the network: turns arriving requests into bursts, and bursts into replies.
//
// | event                                             | cycle                                            |
// |---------------------------------------------------|--------------------------------------------------|
// | a flit is taken from the network                  | the cycle it arrives, one a cycle, in order      |
// | a read's bursts enter the queue                   | the same cycle, as far as there is room          |
// | a write's flit enters the queue as a burst        | the same cycle                                   |
// | a read's header leaves                            | so that no payload flit waits for its burst: the |
// |                                                   | only burst of a lone hit leaves 17 after arrival |
// | a write's acknowledgement leaves (write accepted) | the cycle after its last flit was taken          |
//
// The contents change, and are read, when a burst enters the queue: later requests of the channel see it. A read is
// taken only when room for its whole reply is reserved (two queues' worth of bursts), a write only with room for its
// acknowledgement, so requests never wait for replies in the network.
#pragma once

#include <vector>

#include "sim/memory/channel.h"
#include "sim/memory/store.h"
#include "sim/network/network.h"
#include "sim/race/detector.h"

namespace psmc::sim {

/// Where a channel sits and how device addresses map to it.
struct ControllerSpec {
  uint32_t endpoint = 0;
  uint32_t channels = 1;
  uint32_t interleave = 512;
  uint32_t burst_bytes = 64;
  ChannelSpec channel;
};

class MemoryController {
 public:
  /// `races` may be null.
  MemoryController(const ControllerSpec& spec, Network& network, DeviceMemory& store, RaceDetector* races)
      : spec_(spec), network_(network), store_(&store), races_(races), channel_(spec.channel) {}

  void tick(Cycle now);
  /// kNever when only an arriving flit can wake it.
  Cycle next_event(Cycle now) const;
  const ChannelCounters& counters() const { return channel_.counters(); }
  void reset();
  /// Reads and writes go to `store` from now on.
  void use(DeviceMemory& store) { store_ = &store; }
  void visit(Archive& archive);  // memory_state.cpp

 private:
  /// A read whose bursts are being issued, or whose reply waits to leave.
  struct Reply {
    uint32_t packet = kNoPacket;  ///< kNoPacket: free slot
    uint32_t bursts = 0;          ///< not issued yet
    uint32_t reserved = 0;        ///< bursts of reply space
    Cycle leave = 0;              ///< when the network may have it
  };

  void take_flit(Cycle now);
  bool take_read(const Flit& flit, Cycle now);
  bool take_write(const Flit& flit, Cycle now);
  void push_bursts(Cycle now);
  void finish_burst(const Issued& issued);
  void send_replies(Cycle now);
  uint32_t allocate_reply();
  uint32_t make_reply(uint32_t request);
  void acknowledge(uint32_t write, Cycle now);
  uint64_t local(uint64_t address) const;

  ControllerSpec spec_;
  Network& network_;
  DeviceMemory* store_;
  RaceDetector* races_;
  Channel channel_;
  std::vector<Reply> replies_;
  uint32_t reserved_ = 0;          ///< bursts of reply space in use
  std::vector<uint32_t> waiting_;  ///< replies with all bursts issued
  std::vector<Burst> entering_;    ///< bursts of the taken request that found no room yet, last one first
};

}  // namespace psmc::sim
