// SPDX-License-Identifier: Apache-2.0
#include "sim/network/router.h"

#include <algorithm>
#include <bit>

#include "base/check.h"
#include "sim/network/routing.h"

namespace psmc::sim {
namespace {

constexpr uint8_t kNobody = 31;  ///< no virtual channel has this number

constexpr uint32_t bit(uint32_t number) { return 1u << number; }
/// `mask` is not 0, which std::countr_zero would ask each time.
uint32_t lowest(uint32_t mask) { return static_cast<uint32_t>(__builtin_ctz(mask)); }

/// The first set bit of `mask` at or after `from`, else the lowest one. `mask` is not 0.
uint32_t first_from(uint32_t mask, uint32_t from) {
  return (lowest(std::rotr(mask, static_cast<int>(from))) + from) & 31;
}

/// The channels of a port in a word of all, and the other way round.
uint32_t of_port(uint32_t word, uint32_t port) { return word >> vc_number(port, 0) & (bit(kMaxVcs) - 1); }
uint32_t at_port(uint32_t vcs, uint32_t port) { return vcs << vc_number(port, 0); }

/// An input and an output port.
uint32_t pair(uint32_t from, uint32_t port) { return from * kPorts + port; }
/// The output ports that are granted to an input port.
uint32_t granted_to(uint32_t granted, uint32_t from) { return granted >> pair(from, 0) & (bit(kPorts) - 1); }

}  // namespace

Routers::Routers(const NetworkSpec& spec, const PacketPool& packets)
    : spec_(&spec),
      packets_(&packets),
      ring_(std::bit_ceil(uint32_t{spec.vc_depth})),
      classes_{spec.classes[0].mask(), spec.classes[1].mask()},
      routers_(spec.routers()),
      buffers_(size_t{spec.routers()} * kPorts * spec.vcs * ring_),
      active_((spec.routers() + 63) / 64),
      starting_(std::bit_ceil(2u + spec.route_cycles)),
      requests_(size_t{spec.routers()} * kPorts + 1),
      grants_(size_t{spec.routers()} * kPorts + 1),
      departures_(size_t{spec.routers()} * kPorts) {
  PSMC_CHECK(spec.vcs > 0 && spec.vcs <= kMaxVcs && spec.vc_depth > 0, "network spec out of range");
  uint32_t buffer = 0;
  for (uint32_t i = 0; i < routers_.size(); ++i) {
    Router& r = routers_[i];
    r.x = static_cast<uint16_t>(i % spec.width);
    r.y = static_cast<uint16_t>(i / spec.width);
    for (uint32_t n = 0; n < kVcNumbers; ++n) {
      if (vc_of(n) >= spec.vcs) continue;
      r.free |= bit(n);
      r.with_credit |= bit(n);
      r.outputs[n] = {spec.vc_depth, kNobody, 0};
      r.inputs[n].front = r.inputs[n].back = buffer;
      buffer += ring_;
    }
  }
}

std::span<const Departure> Routers::tick(std::span<const ChannelId> flits, std::span<const ChannelId> credits) {
  ++cycle_;
  take_credits(credits);
  take_flits(flits);
  std::vector<ChannelId>& starting = starting_[cycle_ % starting_.size()];
  for (const ChannelId in : starting) ask(routers_[router_of(in)], number_of(in));
  starting.clear();
  return {departures_.data(), accept_grants(serve_requests(collect_requests()))};
}

bool Routers::occupied() const {
  return std::any_of(active_.begin(), active_.end(), [](uint64_t w) { return w != 0; });
}

void Routers::take_credits(std::span<const ChannelId> outputs) {
  for (const ChannelId c : outputs) {
    Router& r = routers_[router_of(c)];
    OutputVc& out = r.outputs[number_of(c)];
    ++out.credits;
    r.with_credit |= bit(number_of(c));
    r.ready[port_of_vc(number_of(c))] |= bit(out.owner);
  }
}

void Routers::take_flits(std::span<const ChannelId> inputs) {
  for (const ChannelId c : inputs) {
    Router& r = routers_[router_of(c)];
    const uint32_t in = number_of(c);
    InputVc& v = r.inputs[in];
    ++v.count;
    check_state(v.count <= spec_->vc_depth, "a flit arrives at a full buffer");
    active_[router_of(c) / 64] |= uint64_t{1} << router_of(c) % 64;
    r.occupied |= bit(in);
    if ((r.started & bit(in)) == 0) start_packet(r, router_of(c), in, spec_->route_cycles);
  }
}

/// The packet whose head is at the front of `in` asks `cycles` after this one.
inline void Routers::start_packet(Router& r, uint32_t router, uint32_t in, uint32_t cycles) {
  r.started |= bit(in);
  if (cycles == 0) return ask(r, in);
  starting_[(cycle_ + cycles) % starting_.size()].push_back(channel(router, in));
}

inline void Routers::ask(Router& r, uint32_t in) const {
  const Flit head = buffers_[r.inputs[in].front];
  r.reply = (r.reply & ~bit(in)) | head.traffic() << in;
  if ((head.flags & Flit::kMulticast) != 0) return ask_multicast(r, in, head.packet);
  r.wants[unicast_port(spec_->endpoints[head.destination], r.x, r.y)] |= bit(in);
}

void Routers::ask_multicast(Router& r, uint32_t in, uint32_t packet) const {
  const uint32_t branches = multicast_ports((*packets_)[packet].area, r.x, r.y, port_of_vc(in));
  r.multicast |= bit(in);
  r.trees[in] = {static_cast<uint8_t>(branches), 0, {}};
  for (uint32_t b = branches; b != 0; b &= b - 1) r.wants[lowest(b)] |= bit(in);
}

/// The ports that somebody wants, of all routers.
uint32_t Routers::collect_requests() {
  uint32_t* const requests = requests_.data();
  uint32_t count = 0;
  for (uint32_t w = 0; w < active_.size(); ++w) {
    for (uint64_t m = active_[w]; m != 0; m &= m - 1) {
      const uint32_t router = w * 64 + static_cast<uint32_t>(std::countr_zero(m));
      const Router& r = routers_[router];
      active_[w] &= ~(r.occupied == 0 ? m & -m : 0);
      for (uint32_t port = 0; port < kPorts; ++port) {
        requests[count] = router * 8 + port;
        count += (r.wants[port] | (r.ready[port] & r.occupied)) != 0 ? 1 : 0;
      }
    }
  }
  return count;
}

/// Returns how many input ports are granted something.
uint32_t Routers::serve_requests(uint32_t count) {
  Router* const routers = routers_.data();
  const bool speculative = spec_->speculative;
  uint32_t grants = 0;
  for (uint32_t i = 0; i < count; ++i) {
    const uint32_t router = requests_[i] / 8, port = requests_[i] % 8;
    Router& r = routers[router];
    const uint32_t replies = r.wants[port] & r.reply, requests = r.wants[port] ^ replies;
    uint32_t sure = r.ready[port] & r.occupied;
    if ((sure & r.multicast) != 0) sure = with_flits(r, port, sure);
    const uint32_t asking = sure | (speculative ? speculating(r, port, requests, replies) : 0);
    if (requests != 0) allocate_vcs(r, port, requests, 0);
    if (replies != 0) allocate_vcs(r, port, replies, 1);
    if (asking == 0) continue;
    const uint32_t from = grant_switch(r, port, asking, sure);
    grants_[grants] = router * 8 + from;
    grants += granted_to(r.granted, from) == 0 ? 1 : 0;
    r.granted |= bit(pair(from, port));
  }
  return grants;
}

/// `inputs` without the multicasts whose branch has sent all that has arrived.
inline uint32_t Routers::with_flits(const Router& r, uint32_t port, uint32_t inputs) const {
  for (uint32_t m = inputs & r.multicast; m != 0; m &= m - 1) {
    const Tree& tree = r.trees[lowest(m)];
    if (tree.sent[port] >= tree.popped + r.inputs[lowest(m)].count) inputs &= ~(m & -m);
  }
  return inputs;
}

/// Those heads that may ask for the switch before they have a virtual channel: there is one with credit for them.
inline uint32_t Routers::speculating(const Router& r, uint32_t port, uint32_t requests, uint32_t replies) const {
  const uint32_t able = of_port(r.free & r.with_credit, port);
  uint32_t heads = ((able & classes_[0]) != 0 ? requests : 0) | ((able & classes_[1]) != 0 ? replies : 0);
  for (uint32_t m = heads & r.multicast; m != 0; m &= m - 1)
    if ((eligible(r, lowest(m), port) & able) == 0) heads &= ~(m & -m);
  return heads;
}

/// Free output VCs of `port` that the packet at the front of `in` may have.
inline uint32_t Routers::eligible(const Router& r, uint32_t in, uint32_t port) const {
  uint32_t free = of_port(r.free, port) & classes_[r.reply >> in & 1u];
  if ((r.multicast & bit(in)) == 0) return free;
  const uint32_t flits = (*packets_)[buffers_[r.inputs[in].front].packet].flits;
  for (uint32_t m = free; m != 0; m &= m - 1)
    if (r.outputs[vc_number(port, lowest(m))].credits < flits) free &= ~(m & -m);
  return free;
}

/// iSLIP over the virtual channels of one port and class: outputs grant, inputs accept. An input asks for channels of
/// one port only (a branch of a multicast is an input of its own), so ports and classes are apart.
inline void Routers::allocate_vcs(Router& r, uint32_t port, uint32_t heads, uint32_t traffic) const {
  if ((heads & (heads - 1)) != 0) return allocate_group(r, port, heads, traffic);
  const uint32_t free = eligible(r, lowest(heads), port);
  if (free != 0) accept_vc(r, lowest(heads), port, at_port(free, port));
}

void Routers::allocate_group(Router& r, uint32_t port, uint32_t heads, uint32_t traffic) const {
  std::array<uint32_t, kVcNumbers> grants;  // by input: output VCs
  uint32_t inputs = 0;
  for (uint32_t f = r.free & at_port(classes_[traffic], port); f != 0; f &= f - 1) {
    uint32_t asking = heads;
    for (uint32_t m = heads & r.multicast; m != 0; m &= m - 1)
      if ((at_port(eligible(r, lowest(m), port), port) & (f & -f)) == 0) asking &= ~(m & -m);
    if (asking == 0) continue;
    const uint32_t in = first_from(asking, r.outputs[lowest(f)].grant);
    grants[in] = ((inputs & bit(in)) != 0 ? grants[in] : 0) | (f & -f);
    inputs |= bit(in);
  }
  for (; inputs != 0; inputs &= inputs - 1) accept_vc(r, lowest(inputs), port, grants[lowest(inputs)]);
}

/// `granted`: output VCs of `port`.
inline void Routers::accept_vc(Router& r, uint32_t in, uint32_t port, uint32_t granted) {
  InputVc& v = r.inputs[in];
  const uint32_t number = first_from(granted, v.accept);
  OutputVc& out = r.outputs[number];
  out.grant = static_cast<uint8_t>(in + 1);
  out.owner = static_cast<uint8_t>(in);
  v.accept = static_cast<uint8_t>(number + 1);
  v.out[port] = static_cast<uint8_t>(number);
  r.free &= ~bit(number);
  r.wants[port] &= ~bit(in);
  r.ready[port] |= (r.with_credit >> number & 1u) << in;
}

/// Grants `port` to the first input port at or after the pointer. Of its VCs, one that owns an output VC goes first,
/// then the first at or after the input port's turn. Returns the input port.
inline uint32_t Routers::grant_switch(Router& r, uint32_t port, uint32_t asking, uint32_t sure) {
  const uint32_t from = port_of_vc(first_from(asking, vc_number(r.switch_grant[port], 0)));
  const uint32_t here = asking & at_port(bit(kMaxVcs) - 1, from);
  const uint32_t owners = here & sure, first = owners | (here & (0u - uint32_t{owners == 0}));
  r.candidate[pair(from, port)] = static_cast<uint8_t>(first_from(first, vc_number(from, r.vc_turn[from])));
  return from;
}

/// Returns how many flits leave.
uint32_t Routers::accept_grants(uint32_t count) {
  Router* const routers = routers_.data();
  const uint32_t vcs = spec_->vcs;
  Departure* next = departures_.data();
  for (uint32_t i = 0; i < count; ++i) {
    const uint32_t router = grants_[i] / 8, from = grants_[i] % 8;
    Router& r = routers[router];
    const uint32_t ports = granted_to(r.granted, from), port = first_from(ports, r.switch_accept[from]);
    const uint32_t in = r.candidate[pair(from, port)], turn = vc_of(in) + 1;
    r.granted &= ~((bit(kPorts) - 1) << pair(from, 0));
    r.switch_grant[port] = static_cast<uint8_t>(from + 1);
    r.switch_accept[from] = static_cast<uint8_t>(port + 1);
    r.vc_turn[from] = static_cast<uint8_t>(turn == vcs ? 0 : turn);
    if ((r.multicast & bit(in)) != 0) {
      next = send_multicast(r, router, in, same_flit(r, in, port, ports), next);
    } else if ((r.ready[port] & bit(in)) != 0) {  // else the switch without a virtual channel, or credit: wasted
      const Flit flit = buffers_[r.inputs[in].front];
      send(r, router, in, port, flit, *next);
      next++->freed = true;
      pop(r, router, in, flit.last());
    }
  }
  return static_cast<uint32_t>(next - departures_.data());
}

/// The input port reads one flit a cycle: it goes to every granted branch that stands at this flit.
uint32_t Routers::same_flit(const Router& r, uint32_t in, uint32_t port, uint32_t granted) {
  const Tree& tree = r.trees[in];
  uint32_t ports = 0;
  for (uint32_t m = granted; m != 0; m &= m - 1) {
    const uint32_t other = lowest(m);
    if (r.candidate[pair(port_of_vc(in), other)] == in && tree.sent[other] == tree.sent[port]) ports |= 1u << other;
  }
  return ports;
}

Departure* Routers::send_multicast(Router& r, uint32_t router, uint32_t in, uint32_t ports, Departure* next) {
  Tree& tree = r.trees[in];
  Departure* const first = next;
  for (uint32_t m = ports; m != 0; m &= m - 1) {
    const uint32_t port = lowest(m);
    if ((r.ready[port] & bit(in)) == 0) continue;
    if (port != lowest(ports)) r.switch_grant[port] = static_cast<uint8_t>(port_of_vc(in) + 1);
    const Flit flit = buffers_[after(r.inputs[in].front, tree.sent[port]++ - uint32_t{tree.popped})];
    send(r, router, in, port, flit, *next);
    next++->freed = false;
    if (flit.last()) tree.branches &= static_cast<uint8_t>(~(1u << port));
  }
  if (next == first) return next;
  for (uint32_t m = tree.branches; m != 0; m &= m - 1)
    if (tree.sent[lowest(m)] <= tree.popped) return next;
  ++tree.popped;
  first->freed = true;
  pop(r, router, in, buffers_[r.inputs[in].front].last());
  return next;
}

/// Field by field into the list: a Departure that is put together first is read back before it has reached the cache.
inline void Routers::send(Router& r, uint32_t router, uint32_t in, uint32_t port, Flit flit, Departure& departure) {
  const uint32_t number = r.inputs[in].out[port];
  departure.flit = flit;
  departure.in = channel(router, in);
  departure.out = channel(router, number);
  OutputVc& out = r.outputs[number];
  const bool none_left = --out.credits == 0;
  r.with_credit &= ~(uint32_t{none_left} << number);
  r.ready[port] &= ~(uint32_t{none_left || flit.last()} << in);
  if (flit.last()) {
    r.free |= bit(number);
    out.owner = kNobody;
  }
}

/// Frees the front slot, which every branch has passed; `tail`: of its packet.
inline void Routers::pop(Router& r, uint32_t router, uint32_t in, bool tail) {
  InputVc& v = r.inputs[in];
  v.front = after(v.front);
  --v.count;
  r.occupied &= ~(uint32_t{v.count == 0} << in);
  if (!tail) return;
  r.started &= ~bit(in);
  r.multicast &= ~bit(in);
  if (v.count != 0) start_packet(r, router, in, spec_->route_cycles == 0 ? 0 : spec_->route_cycles + 1);
}

}  // namespace psmc::sim
