// SPDX-License-Identifier: Apache-2.0
// Five-port wormhole routers with virtual channels and credits (State; their Spec is NetworkSpec).
//
// | event                                    | cycle                                        |
// |------------------------------------------|----------------------------------------------|
// | a head flit is seen in its buffer        | t                                            |
// | virtual channel and switch are won       | t + route_cycles (+ 1 if not speculative)    |
// | next router or endpoint sees the flit    | win + traverse_latency                       |
// | upstream may use the freed slot          | win + credit_latency                         |
// | output VC may be allocated again         | the cycle after its tail won the switch      |
//
// Allocation is iSLIP with one iteration: every output grants the first requester at or after its pointer, every input
// accepts the first grant at or after its pointer, pointers move past an accepted pair. A head that asks for switch and
// virtual channel in the same cycle and gets the switch alone has wasted it.
//
// Multicast: a packet at the front of a buffer has a set of branches (output ports). Each branch has its own virtual
// channel and its own position in the packet; a slot is freed when all branches have passed it. A branch is allocated
// only where the next buffer has room for the whole packet, so a branch never waits for another one and the order of
// XY routing keeps the network free of deadlock.
//
// How it is fast: the 20 virtual channels of a side stand in one word, four bits a port (vc_number). Who asks
// for what is kept up to date when it changes, so a cycle's requests are a few ANDs, and "the first at or after a
// pointer" is a shift and a count of zeros. A cycle goes stage by stage, each for all routers, over lists: how much a
// router has to do cannot be guessed, so loops within a router would end with a wrong guess each. The same model
// as loops over ports and channels is in tests/sim/plain_network.h; a test compares them packet by packet.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/network/spec.h"

namespace psmc::sim {

/// What buffers and links carry: a packet's number, and what a router must know of it.
struct Flit {
  uint32_t packet = kNoPacket;
  uint16_t destination = 0;  ///< endpoint; of a multicast, unused
  uint8_t index = 0;         ///< 0 is the header
  uint8_t flags = 0;         ///< kTail, kReply, kMulticast

  static constexpr uint8_t kTail = 1, kReply = 2, kMulticast = 4;
  bool last() const { return (flags & kTail) != 0; }
  uint32_t traffic() const { return flags / kReply & 1u; }  ///< a TrafficClass
};
static_assert(sizeof(Flit) == 8, "a flit travels in a register");

struct LinkCounters {
  uint64_t flits = 0;
  uint64_t bytes = 0;  ///< payload bytes; headers count as flits only
  bool operator==(const LinkCounters&) const = default;
};

/// A virtual channel of a router's input or output among those of all routers: router * 32 + vc_number.
using ChannelId = uint32_t;
constexpr ChannelId channel(uint32_t router, uint32_t number) { return router * 32 + number; }
constexpr uint32_t router_of(ChannelId c) { return c / 32; }
constexpr uint32_t number_of(ChannelId c) { return c % 32; }

/// A flit that won the switch in this cycle.
struct Departure {
  Flit flit;
  ChannelId in = 0, out = 0;
  bool freed = false;  ///< its slot is free: give the credit back
};

/// The routers of a network.
class Routers {
 public:
  /// `spec` and `packets` stay where they are.
  Routers(const NetworkSpec& spec, const PacketPool& packets);

  /// Puts a flit that is on its way into the buffer of an input (the sender holds a credit for it). It is seen when
  /// tick is told of its arrival.
  void put(ChannelId in, Flit flit) {
    InputVc& v = routers_[router_of(in)].inputs[number_of(in)];
    buffers_[v.back] = flit;
    v.back = after(v.back);
  }

  /// A cycle: inputs at which a flit arrives, outputs to which a credit comes back; what leaves.
  std::span<const Departure> tick(std::span<const ChannelId> flits, std::span<const ChannelId> credits);

  /// True if there is a flit in a buffer.
  bool occupied() const;

  /// `connected`: by router, output ports that lead somewhere, a bit each.
  void visit(Archive& archive, std::span<const uint8_t> connected);
  /// Whether there is such a channel.
  bool exists(ChannelId c) const {
    return router_of(c) < routers_.size() && number_of(c) < kVcNumbers && vc_of(number_of(c)) < spec_->vcs;
  }

 private:
  /// One input virtual channel: a ring of flits in buffers_, and the output VCs of the packet at its front.
  struct InputVc {
    uint32_t front = 0, back = 0;       ///< next to leave; where the next one sent to here goes
    uint16_t count = 0;                 ///< flits that have arrived
    uint8_t accept = 0;                 ///< iSLIP pointer
    std::array<uint8_t, kPorts> out{};  ///< output VC by port, once the branch owns one
  };
  struct OutputVc {
    uint16_t credits = 0;  ///< slots in the next buffer
    uint8_t owner = 0;     ///< input whose packet owns it, or kNobody
    uint8_t grant = 0;     ///< iSLIP pointer
  };
  /// How far the branches of a multicast at the front of a buffer are.
  struct Tree {
    uint8_t branches = 0;                ///< output ports not finished yet
    uint8_t popped = 0;                  ///< flits that have left the ring
    std::array<uint8_t, kPorts> sent{};  ///< flits sent on each branch
  };
  /// Words have a bit for each virtual channel; those by port are of the packets that want to leave by it.
  struct Router {
    uint16_t x = 0, y = 0;
    uint32_t occupied = 0;                 ///< inputs with flits
    uint32_t started = 0;                  ///< inputs with a packet at their front whose head has arrived
    uint32_t multicast = 0, reply = 0;     ///< inputs whose front packet is one
    uint32_t free = 0, with_credit = 0;    ///< outputs that no packet owns; with slots in the next buffer
    uint32_t granted = 0;                  ///< in this cycle: output ports, kPorts bits an input port
    std::array<uint32_t, kPorts> wants{};  ///< inputs whose front packet lacks an output VC
    std::array<uint32_t, kPorts> ready{};  ///< inputs whose front packet owns an output VC with credit
    std::array<uint8_t, kPorts> switch_grant{}, switch_accept{}, vc_turn{};
    std::array<uint8_t, kPorts * kPorts> candidate{};  ///< in this cycle, of a granted pair: the input
    std::array<OutputVc, kVcNumbers> outputs;
    std::array<InputVc, kVcNumbers> inputs;
    std::array<Tree, kVcNumbers> trees;
  };

  uint32_t after(uint32_t slot) const { return (slot & ~(ring_ - 1)) | ((slot + 1) & (ring_ - 1)); }
  uint32_t after(uint32_t slot, uint32_t steps) const { return (slot & ~(ring_ - 1)) | ((slot + steps) & (ring_ - 1)); }

  void take_credits(std::span<const ChannelId> outputs);
  void take_flits(std::span<const ChannelId> inputs);
  void start_packet(Router& r, uint32_t router, uint32_t in, uint32_t cycles);
  void ask(Router& r, uint32_t in) const;
  void ask_multicast(Router& r, uint32_t in, uint32_t packet) const;
  uint32_t collect_requests();
  uint32_t serve_requests(uint32_t count);
  uint32_t with_flits(const Router& r, uint32_t port, uint32_t inputs) const;
  uint32_t speculating(const Router& r, uint32_t port, uint32_t requests, uint32_t replies) const;
  uint32_t eligible(const Router& r, uint32_t in, uint32_t port) const;
  void allocate_vcs(Router& r, uint32_t port, uint32_t heads, uint32_t traffic) const;
  void allocate_group(Router& r, uint32_t port, uint32_t heads, uint32_t traffic) const;
  static void accept_vc(Router& r, uint32_t in, uint32_t port, uint32_t granted);
  static uint32_t grant_switch(Router& r, uint32_t port, uint32_t asking, uint32_t sure);
  uint32_t accept_grants(uint32_t count);
  static uint32_t same_flit(const Router& r, uint32_t in, uint32_t port, uint32_t granted);
  Departure* send_multicast(Router& r, uint32_t router, uint32_t in, uint32_t ports, Departure* next);
  static void send(Router& r, uint32_t router, uint32_t in, uint32_t port, Flit flit, Departure& departure);
  void pop(Router& r, uint32_t router, uint32_t in, bool tail);
  // routers_state.cpp
  void visit_router(Archive& archive, Router& r);
  static bool consistent(const Router& r, uint32_t connected);

  const NetworkSpec* spec_;
  const PacketPool* packets_;
  uint32_t ring_;                    ///< slots of a buffer in memory: a power of two
  std::array<uint32_t, 2> classes_;  ///< virtual channels of a traffic class, a bit each
  std::vector<Router> routers_;
  std::vector<Flit> buffers_;
  std::vector<uint64_t> active_;                  ///< routers with flits, or without since this cycle
  std::vector<std::vector<ChannelId>> starting_;  ///< inputs whose front packet asks in a cycle to come
  // Lists of a cycle.
  std::vector<uint32_t> requests_;  ///< router * 8 + output port that somebody wants
  std::vector<uint32_t> grants_;    ///< router * 8 + input port that was granted something
  std::vector<Departure> departures_;
  uint32_t cycle_ = 0;
};

}  // namespace psmc::sim
