// SPDX-License-Identifier: Apache-2.0
// The network's state in a checkpoint: packets, routers, endpoints, what is on the links. Which flits and credits there
// may be follows from the credits (each slot of a buffer is free, held or on its way); here only what is needed to stay
// within the arrays is asked for, and buffers say so if they overflow (contradiction.h).
#include "sim/checkpoint/archive.h"
#include "sim/network/network.h"

namespace psmc::sim {
namespace {

void visit_packet(Archive& archive, Packet& p, const NetworkSpec& spec, uint32_t payload) {
  archive.below(p.kind, 5);
  archive.below(p.traffic, 2);
  archive(p.multicast, p.flits, p.ready);
  archive.below(p.source, spec.endpoints.size());
  archive.below(p.destination, spec.endpoints.size());
  archive(p.area.x0, p.area.y0);
  archive.below(p.area.x1, spec.width);
  archive.below(p.area.y1, spec.height);
  archive.require(p.area.x0 <= p.area.x1 && p.area.y0 <= p.area.y1);
  archive(p.address, p.bytes, p.reply_address, p.tag, p.semaphore, p.amount, p.clock, p.copies);
  archive.require(p.bytes <= payload && p.flits > 0 && p.ready > 0 && p.ready <= p.flits);
  const bool payloads = p.kind == PacketKind::write || p.kind == PacketKind::read_reply;
  archive.require(p.flits <= 1 || (payloads && p.flits == 1 + payload_flits(p.address, p.bytes, spec.flit_bytes)));
}

}  // namespace

void PacketPool::visit(Archive& archive, const NetworkSpec& spec) {
  archive.list(packets_, 50, [&](Packet& p) { visit_packet(archive, p, spec, payload_); });
  if (archive.reading()) {
    data_.resize(packets_.size() * payload_);
    written_.resize(packets_.size() * (payload_ / 64));
  }
  archive.bytes(data_);
  archive(written_);
  archive.numbers(free_, packets_.size());
  archive(live_);
  archive.require(free_.size() <= packets_.size() && live_ == packets_.size() - free_.size());
}

void Network::visit(Archive& archive) {
  pool_.visit(archive, spec_);
  routers_.visit(archive, connected_ports());
  for (EndpointState& e : ports_) visit_endpoint(archive, e);
  for (LinkCounters& l : links_) archive(l.flits, l.bytes);
  archive(arrivals_, sending_);
  visit_events(archive);
  check_endpoints(archive);
}

void Network::visit_endpoint(Archive& archive, EndpointState& e) {
  archive(e.packets);
  archive.below(e.queued, 3);
  archive(e.sent);
  archive.below(e.vc, spec_.vcs);
  archive.below(e.free_vcs, uint64_t{1} << spec_.vcs);
  archive(e.last_vc, e.credits, e.sent_counters.flits, e.sent_counters.bytes);
  for (uint32_t c = 0; c < 2; ++c)
    archive.require(e.last_vc[c] >= spec_.classes[c].first &&
                    e.last_vc[c] < spec_.classes[c].first + spec_.classes[c].count);
  archive.below(e.front, ring_);
  archive.below(e.back, ring_);
  archive.below(e.count, ring_ + 1);
  for (Arrival& a : e.ring) {
    archive(a.flit.packet, a.flit.index, a.flit.flags);
    archive.below(a.flit.destination, spec_.endpoints.size());
    archive.below(a.vc, spec_.vcs);
  }
}

void Network::visit_events(Archive& archive) {
  uint64_t total = 0;
  const uint64_t channels = uint64_t{32} * spec_.routers();
  for (Events& events : events_) {
    archive.numbers(events.flits, channels);
    archive.numbers(events.credits, channels);
    for (const ChannelId c : events.flits) archive.require(routers_.exists(c));
    for (const ChannelId c : events.credits) archive.require(routers_.exists(c));
    archive.numbers(events.endpoint_flits, ports_.size());
    archive.list(events.endpoint_credits, 3, [&](EndpointVc& c) {
      archive.below(c.endpoint, ports_.size());
      archive.below(c.vc, spec_.vcs);
    });
    total +=
        events.flits.size() + events.credits.size() + events.endpoint_flits.size() + events.endpoint_credits.size();
  }
  archive(in_motion_);
  archive.require(in_motion_ == total);
}

/// The sets of endpoints are those that send and that have arrivals.
void Network::check_endpoints(const Archive& archive) const {
  for (uint32_t e = 0; e < arrivals_.size() * 64; ++e) {
    const bool exists = e < ports_.size();
    const bool arrived = (arrivals_[e / 64] >> e % 64 & 1u) != 0, sends = (sending_[e / 64] >> e % 64 & 1u) != 0;
    archive.require(arrived == (exists && ports_[e].count != 0) && sends == (exists && ports_[e].queued != 0));
  }
}

/// By router: ports with another router or an endpoint behind them.
std::vector<uint8_t> Network::connected_ports() const {
  std::vector<uint8_t> ports(spec_.routers());
  for (uint32_t i = 0; i < ports.size(); ++i) {
    const uint32_t x = i % spec_.width, y = i / spec_.width;
    ports[i] = static_cast<uint8_t>((x + 1u < spec_.width) << kEast | (x > 0) << kWest |
                                    (y + 1u < spec_.height) << kSouth | (y > 0) << kNorth);
    for (uint32_t p = 0; p < kPorts; ++p)
      if (neighbours_[i * 8 + p].endpoint) ports[i] |= static_cast<uint8_t>(1u << p);
  }
  return ports;
}

}  // namespace psmc::sim
