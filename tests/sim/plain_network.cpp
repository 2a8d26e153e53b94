// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/plain_network.h"

#include <algorithm>
#include <bit>

#include "base/check.h"
#include "sim/network/routing.h"

namespace psmc::sim::plain {
namespace {

void set_bit(std::vector<uint64_t>& words, uint32_t i) { words[i / 64] |= uint64_t{1} << (i % 64); }
void clear_bit(std::vector<uint64_t>& words, uint32_t i) { words[i / 64] &= ~(uint64_t{1} << (i % 64)); }

template <typename F>
void for_each_bit(const std::vector<uint64_t>& words, const F& f) {
  for (uint32_t w = 0; w < words.size(); ++w)
    for (uint64_t m = words[w]; m != 0; m &= m - 1) f(w * 64 + static_cast<uint32_t>(std::countr_zero(m)));
}

}  // namespace

Network::Network(NetworkSpec spec) : spec_(std::move(spec)), pool_(spec_.payload_bytes) {
  PSMC_CHECK(spec_.vcs <= kMaxVcs && spec_.vc_depth > 0, "network spec out of range");
  routers_.resize(spec_.routers());
  neighbours_.resize(spec_.routers());
  const uint8_t all = static_cast<uint8_t>((1u << spec_.vcs) - 1);
  for (uint32_t i = 0; i < routers_.size(); ++i) {
    routers_[i].x = static_cast<uint16_t>(i % spec_.width);
    routers_[i].y = static_cast<uint16_t>(i / spec_.width);
    routers_[i].free_vcs.fill(all);
    static constexpr std::array<int, 4> dx = {1, -1, 0, 0}, dy = {0, 0, 1, -1};
    for (uint32_t p = 0; p < 4; ++p)  // beyond the edge: never used unless an endpoint is there
      neighbours_[i][p] = {static_cast<uint16_t>(static_cast<int>(i) + dx[p] + dy[p] * spec_.width),
                           static_cast<uint8_t>(vc_number(opposite(p), 0)), false};
    for (uint32_t p = 0; p < kPorts; ++p)
      for (uint32_t v = 0; v < spec_.vcs; ++v) routers_[i].give_credits(p, v, spec_.vc_depth);
    routers_[i].buffers.resize(size_t{kPorts} * spec_.vcs * spec_.vc_depth);
    for (uint32_t p = 0; p < kPorts; ++p)
      for (uint32_t v = 0; v < spec_.vcs; ++v)
        routers_[i].inputs[vc_number(p, v)].ring = (p * spec_.vcs + v) * spec_.vc_depth;
  }
  ports_.resize(spec_.endpoints.size());
  for (uint32_t e = 0; e < ports_.size(); ++e) {
    const Endpoint& at = spec_.endpoints[e];
    neighbours_[at.y * spec_.width + at.x][at.port] = {static_cast<uint16_t>(e), 0, true};
    ports_[e].free_vcs = all;
    ports_[e].credits.fill(spec_.vc_depth);
    ports_[e].ring.resize(size_t{spec_.vcs} * spec_.vc_depth);
    for (uint32_t c = 0; c < 2; ++c)  // so that the first packet takes the first VC of its class
      ports_[e].last_vc[c] = static_cast<uint8_t>(spec_.classes[c].first + spec_.classes[c].count - 1);
  }
  moving_.resize(std::bit_ceil(1u + std::max(spec_.inject_latency, spec_.traverse_latency)));
  credits_.resize(std::bit_ceil(1u + spec_.credit_latency));
  active_.resize((routers_.size() + 63) / 64);
  arrivals_.resize((ports_.size() + 63) / 64);
  sending_.resize((ports_.size() + 63) / 64);
}

void Network::accept(uint32_t endpoint, uint32_t packet) {
  EndpointState& e = ports_[endpoint];
  PSMC_CHECK(e.queued < 2, "accept without can_accept");
  Packet& p = pool_[packet];
  p.source = static_cast<uint16_t>(endpoint);
  p.copies = p.multicast ? p.area.tiles() : 1;
  e.packets[e.queued++] = packet;
  set_bit(sending_, endpoint);
}

Arrival Network::take(uint32_t endpoint, Cycle now) {
  EndpointState& e = ports_[endpoint];
  PSMC_CHECK(e.count > 0, "take without an arrival");
  const Arrival a = e.ring[e.front];
  if (++e.front == e.ring.size()) e.front = 0;
  if (--e.count == 0) clear_bit(arrivals_, endpoint);
  const Endpoint& at = spec_.endpoints[endpoint];
  credits_.add(false, now + spec_.credit_latency, {static_cast<uint16_t>(at.y * spec_.width + at.x), at.port, a.vc});
  ++in_motion_;
  return a;
}

void Network::tick(Cycle now) {
  if (in_motion_ != 0) deliver(now);
  send_from_sources(now);
  tick_routers(now);
}

Cycle Network::next_event(Cycle now) const {
  if (in_motion_ != 0) return now + 1;
  for (uint64_t w : active_)
    if (w != 0) return now + 1;
  for (uint64_t w : sending_)
    if (w != 0) return now + 1;
  return kNever;
}

void Network::deliver(Cycle now) {
  for (const Credit& c : credits_.slots[0][now & credits_.mask]) routers_[c.target].give_credits(c.port, c.vc, 1);
  for (const Credit& c : credits_.slots[1][now & credits_.mask]) ++ports_[c.target].credits[c.vc];
  for (const Moving& m : moving_.slots[0][now & moving_.mask]) deliver_to_router(m, now);
  for (const Moving& m : moving_.slots[1][now & moving_.mask]) deliver_to_endpoint(m);
  for (uint32_t to = 0; to < 2; ++to) {
    auto& credits = credits_.slots[to][now & credits_.mask];
    auto& flits = moving_.slots[to][now & moving_.mask];
    in_motion_ -= static_cast<uint32_t>(credits.size() + flits.size());
    credits.clear();
    flits.clear();
  }
}

void Network::deliver_to_router(const Moving& m, Cycle now) {
  Flit flit = m.flit;
  const Router& r = routers_[m.target];
  const Packet& p = pool_[flit.packet];
  const uint32_t branches = p.multicast ? multicast_ports(p.area, r.x, r.y, port_of_vc(m.slot))
                                        : 1u << unicast_port(spec_.endpoints[p.destination], r.x, r.y);
  if (flit.index == 0) flit.branches = static_cast<uint8_t>(branches);
  accept_flit(routers_[m.target], spec_, m.slot, flit, now);
  set_bit(active_, m.target);
}

void Network::deliver_to_endpoint(const Moving& m) {
  EndpointState& e = ports_[m.target];
  PSMC_CHECK(e.count < e.ring.size(), "an endpoint overflows");
  const size_t at = size_t{e.front} + e.count;
  e.ring[at < e.ring.size() ? at : at - e.ring.size()] = {m.flit, m.slot};
  ++e.count;
  set_bit(arrivals_, m.target);
}

void Network::send_from_sources(Cycle now) {
  for_each_bit(sending_, [&](uint32_t e) { send_from(e, now); });
}

/// Takes the next free virtual channel of the class after the last one used.
bool Network::choose_vc(EndpointState& e, const Packet& p) const {
  const VcRange range = spec_.classes[static_cast<uint32_t>(p.traffic)];
  uint8_t& last = e.last_vc[static_cast<uint32_t>(p.traffic)];
  const uint32_t needed = p.multicast ? p.flits : 1;
  for (uint32_t i = 1; i <= range.count; ++i) {
    const uint32_t vc = range.first + (last - range.first + i) % range.count;
    if ((e.free_vcs >> vc & 1u) == 0 || e.credits[vc] < needed) continue;
    e.vc = last = static_cast<uint8_t>(vc);
    e.free_vcs &= static_cast<uint8_t>(~(1u << vc));
    return true;
  }
  return false;
}

void Network::send_from(uint32_t endpoint, Cycle now) {
  EndpointState& e = ports_[endpoint];
  const Packet& p = pool_[e.packets[0]];
  if (e.sent >= p.ready) return;
  if (e.sent == 0 && !choose_vc(e, p)) return;
  if (e.credits[e.vc] == 0) return;
  --e.credits[e.vc];
  const Endpoint& at = spec_.endpoints[endpoint];
  Flit flit{e.packets[0], e.sent, p.flits};
  flit.traffic = static_cast<uint8_t>(p.traffic) & 1u;
  flit.multicast = p.multicast;
  moving_.add(false, now + spec_.inject_latency,
              {flit, static_cast<uint16_t>(at.y * spec_.width + at.x), static_cast<uint8_t>(vc_number(at.port, e.vc))});
  ++in_motion_;
  ++e.sent;
  ++e.sent_counters.flits;
  if (!flit.last()) return;
  if (p.kind != PacketKind::read_request) e.sent_counters.bytes += p.bytes;
  e.free_vcs |= static_cast<uint8_t>(1u << e.vc);
  e.packets[0] = e.packets[1];
  e.sent = 0;
  if (--e.queued == 0) clear_bit(sending_, endpoint);
}

void Network::tick_routers(Cycle now) {
  for (uint32_t w = 0; w < active_.size(); ++w) {
    for (uint64_t m = active_[w]; m != 0; m &= m - 1) {
      const uint32_t index = w * 64 + static_cast<uint32_t>(std::countr_zero(m));
      departures_.count = 0;
      tick_router(routers_[index], spec_, now, departures_);
      for (uint32_t i = 0; i < departures_.count; ++i) depart(index, departures_.list[i], now);
      if (routers_[index].occupied == 0) active_[w] &= ~(m & -m);
    }
  }
}

void Network::depart(uint32_t router, const Departure& d, Cycle now) {
  LinkCounters& link = routers_[router].links[d.out_port];
  ++link.flits;
  if (d.flit->last() && d.flit->count > 1) link.bytes += pool_[d.flit->packet].bytes;
  const Neighbour to = neighbours_[router][d.out_port];
  moving_.add(to.endpoint, now + spec_.traverse_latency,
              {*d.flit, to.target, static_cast<uint8_t>(to.slot + d.out_vc)});
  ++in_motion_;
  if (d.freed) return_credit(router, d.in, now);
}

void Network::return_credit(uint32_t router, uint32_t in, Cycle now) {
  const uint32_t port = port_of_vc(in);
  const Neighbour from = neighbours_[router][port];
  credits_.add(from.endpoint, now + spec_.credit_latency,
               {from.target, static_cast<uint8_t>(opposite(port)), static_cast<uint8_t>(vc_of(in))});
  ++in_motion_;
}

}  // namespace psmc::sim::plain
