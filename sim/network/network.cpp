// SPDX-License-Identifier: Apache-2.0
#include "sim/network/network.h"

#include <algorithm>
#include <bit>

#include "base/check.h"

namespace psmc::sim {
namespace {

void set_bit(std::vector<uint64_t>& words, uint32_t i) { words[i / 64] |= uint64_t{1} << (i % 64); }
void clear_bit(std::vector<uint64_t>& words, uint32_t i) { words[i / 64] &= ~(uint64_t{1} << (i % 64)); }
bool any_bit(const std::vector<uint64_t>& words) {
  return std::any_of(words.begin(), words.end(), [](uint64_t w) { return w != 0; });
}

template <typename F>
void for_each_bit(const std::vector<uint64_t>& words, const F& f) {
  for (uint32_t w = 0; w < words.size(); ++w)
    for (uint64_t m = words[w]; m != 0; m &= m - 1) f(w * 64 + static_cast<uint32_t>(std::countr_zero(m)));
}

}  // namespace

Network::Network(NetworkSpec spec)
    : spec_(std::move(spec)),
      pool_(spec_.payload_bytes),
      routers_(spec_, pool_),
      ring_(std::bit_ceil(uint32_t{spec_.vcs} * spec_.vc_depth)),
      neighbours_(spec_.routers() * 8) {
  PSMC_CHECK(spec_.inject_latency > 0 && spec_.traverse_latency > 0 && spec_.credit_latency > 0,
             "a link takes a cycle");
  connect();
  reset();
}

void Network::connect() {
  for (uint32_t i = 0; i < spec_.routers(); ++i) {
    const std::array<uint32_t, 4> next = {i + 1, i - 1, i + spec_.width, i - spec_.width};
    for (uint32_t p = 0; p < 4; ++p)  // beyond the edge: never used unless an endpoint is there
      neighbours_[i * 8 + p] = {channel(next[p], vc_number(opposite(p), 0)), false};
  }
  for (uint32_t e = 0; e < spec_.endpoints.size(); ++e) {
    const ChannelId at = first_channel(e);
    neighbours_[router_of(at) * 8 + port_of_vc(number_of(at))] = {e, true};
  }
}

void Network::reset() {
  pool_ = PacketPool(spec_.payload_bytes);
  routers_ = Routers(spec_, pool_);
  ports_.assign(spec_.endpoints.size(), {});
  for (EndpointState& e : ports_) {
    e.free_vcs = static_cast<uint8_t>((1u << spec_.vcs) - 1);
    e.credits.fill(spec_.vc_depth);
    e.ring.resize(ring_);
    for (uint32_t c = 0; c < 2; ++c)  // so that the first packet takes the first VC of its class
      e.last_vc[c] = static_cast<uint8_t>(spec_.classes[c].first + spec_.classes[c].count - 1);
  }
  links_.assign(neighbours_.size(), {});
  arrivals_.assign((ports_.size() + 63) / 64, 0);
  sending_.assign((ports_.size() + 63) / 64, 0);
  events_.assign(std::bit_ceil(1u + std::max({spec_.inject_latency, spec_.traverse_latency, spec_.credit_latency})),
                 {});
  in_motion_ = 0;
  to_router_.resize(size_t{spec_.routers()} * kPorts);
  to_endpoint_.resize(to_router_.size());
}

/// The first virtual channel of the router's port at which `endpoint` is.
ChannelId Network::first_channel(uint32_t endpoint) const {
  const Endpoint& at = spec_.endpoints[endpoint];
  return channel(uint32_t{at.y} * spec_.width + at.x, vc_number(at.port, 0));
}

void Network::accept(uint32_t endpoint, uint32_t packet) {
  EndpointState& e = ports_[endpoint];
  check_state(e.queued < 2, "accept without can_accept");
  Packet& p = pool_[packet];
  p.source = static_cast<uint16_t>(endpoint);
  p.copies = p.multicast ? p.area.tiles() : 1;
  e.packets[e.queued++] = packet;
  set_bit(sending_, endpoint);
}

Arrival Network::take(uint32_t endpoint, Cycle now) {
  EndpointState& e = ports_[endpoint];
  check_state(e.count > 0, "take without an arrival");
  const Arrival a = e.ring[e.front];
  e.front = (e.front + 1) & (ring_ - 1);
  if (--e.count == 0) clear_bit(arrivals_, endpoint);
  events_at(now + spec_.credit_latency).credits.push_back(first_channel(endpoint) + a.vc);
  ++in_motion_;
  return a;
}

bool Network::has_arrivals() const { return any_bit(arrivals_); }

/// Nothing can move by itself.
bool Network::at_rest() const { return in_motion_ == 0 && !any_bit(sending_) && !routers_.occupied(); }

void Network::tick(Cycle now) {
  if (at_rest()) return;
  Events& events = events_at(now);
  in_motion_ -= static_cast<uint32_t>(events.flits.size() + events.credits.size() + events.endpoint_flits.size() +
                                      events.endpoint_credits.size());
  tick_endpoints(now);
  depart(routers_.tick(events.flits, events.credits), now);
  events.flits.clear();
  events.credits.clear();
}

Cycle Network::next_event(Cycle now) const { return at_rest() ? kNever : now + 1; }

void Network::tick_endpoints(Cycle now) {
  Events& events = events_at(now);
  for (const EndpointVc& c : events.endpoint_credits) ++ports_[c.endpoint].credits[c.vc];
  for (const uint16_t e : events.endpoint_flits) {
    ++ports_[e].count;
    check_state(ports_[e].count <= ring_, "an endpoint overflows");
    set_bit(arrivals_, e);
  }
  events.endpoint_credits.clear();
  events.endpoint_flits.clear();
  for_each_bit(sending_, [&](uint32_t e) { send_from(e, now); });
}

/// Takes the next free virtual channel of the class after the last one used.
bool Network::choose_vc(EndpointState& e, const Packet& p) const {
  const VcRange range = spec_.classes[static_cast<uint32_t>(p.traffic)];
  uint8_t& last = e.last_vc[static_cast<uint32_t>(p.traffic)];
  const uint32_t needed = p.multicast ? p.flits : 1;
  for (uint32_t i = 0, vc = last; i < range.count; ++i) {
    vc = vc + 1 == uint32_t{range.first} + range.count ? range.first : vc + 1;
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
  const uint32_t flags = (e.sent + 1 == p.flits ? Flit::kTail : 0u) |
                         (p.traffic == TrafficClass::reply ? Flit::kReply : 0u) | (p.multicast ? Flit::kMulticast : 0u);
  const Flit flit{e.packets[0], p.destination, e.sent, static_cast<uint8_t>(flags)};
  const ChannelId in = first_channel(endpoint) + e.vc;
  routers_.put(in, flit);
  events_at(now + spec_.inject_latency).flits.push_back(in);
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

void Network::depart(std::span<const Departure> departures, Cycle now) {
  for (const Departure& d : departures) {
    LinkCounters& link = links_[d.out / kMaxVcs];
    ++link.flits;
    if (d.flit.last() && d.flit.index > 0) link.bytes += pool_[d.flit.packet].bytes;
  }
  send_flits(departures, events_at(now + spec_.traverse_latency));
  return_credits(departures, events_at(now + spec_.credit_latency));
}

/// Sends what has left a router on its way to the next one, or to an endpoint.
void Network::send_flits(std::span<const Departure> departures, Events& events) {
  const uint32_t to_routers = split(departures, &Departure::out);
  for (const uint32_t i : std::span(to_router_).first(to_routers)) {
    const ChannelId to = neighbours_[departures[i].out / kMaxVcs].target + vc_of(departures[i].out);
    routers_.put(to, departures[i].flit);
    events.flits.push_back(to);
  }
  for (const uint32_t i : std::span(to_endpoint_).first(departures.size() - to_routers)) {
    const uint32_t to = neighbours_[departures[i].out / kMaxVcs].target;
    EndpointState& e = ports_[to];
    e.ring[e.back] = {departures[i].flit, static_cast<uint8_t>(vc_of(departures[i].out))};
    e.back = (e.back + 1) & (ring_ - 1);
    events.endpoint_flits.push_back(static_cast<uint16_t>(to));
  }
  in_motion_ += static_cast<uint32_t>(departures.size());
}

void Network::return_credits(std::span<const Departure> departures, Events& events) {
  const uint32_t to_routers = split(departures, &Departure::in);
  const size_t before = events.credits.size() + events.endpoint_credits.size();
  for (const uint32_t i : std::span(to_router_).first(to_routers)) {
    const Departure& d = departures[i];
    if (d.freed) events.credits.push_back(neighbours_[d.in / kMaxVcs].target + vc_of(d.in));
  }
  for (const uint32_t i : std::span(to_endpoint_).first(departures.size() - to_routers)) {
    const Departure& d = departures[i];
    const uint32_t to = neighbours_[d.in / kMaxVcs].target;
    if (d.freed) events.endpoint_credits.push_back({static_cast<uint16_t>(to), static_cast<uint8_t>(vc_of(d.in))});
  }
  in_motion_ += static_cast<uint32_t>(events.credits.size() + events.endpoint_credits.size() - before);
}

/// Which departures have a router at the other end of a channel's link, and which an endpoint; returns how many a
/// router. (A branch on it would be guessed wrong too often.)
uint32_t Network::split(std::span<const Departure> departures, ChannelId Departure::* channel) {
  uint32_t endpoints = 0;
  for (uint32_t i = 0; i < departures.size(); ++i) {
    to_router_[i - endpoints] = to_endpoint_[endpoints] = i;
    endpoints += neighbours_[departures[i].*channel / kMaxVcs].endpoint ? 1 : 0;
  }
  return static_cast<uint32_t>(departures.size()) - endpoints;
}

}  // namespace psmc::sim
