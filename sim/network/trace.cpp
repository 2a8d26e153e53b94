// SPDX-License-Identifier: Apache-2.0
#include "sim/network/trace.h"

#include <bit>

#include "base/check.h"
#include "base/random.h"
#include "sim/network/network.h"

namespace psmc::sim {
namespace {

constexpr uint32_t kNone = ~uint32_t{0};

/// The queues of all nodes are lists through `next_`, by packet.
class Replay {
 public:
  Replay(const NetworkSpec& spec, std::span<const TracePacket> packets)
      : net_(spec),
        packets_(packets),
        next_(packets.size(), kNone),
        queues_(spec.endpoints.size()),
        waiting_((spec.endpoints.size() + 63) / 64) {
    result_.arrive.assign(packets.size(), kNever);
  }

  Replayed run(Cycle patience) {
    const Cycle limit = packets_.empty() ? 0 : packets_.back().create + patience;
    Cycle now = 0;
    for (; left() && now <= limit; ++now) {
      if (net_.idle() && queued_ == 0) now = packets_[created_].create;
      create(now);
      if (queued_ != 0) hand_over();
      net_.tick(now);
      receive(now);
    }
    result_.cycles = now;
    return std::move(result_);
  }

 private:
  struct Queue {
    uint32_t first = kNone, last = kNone;
  };

  bool left() const { return created_ < packets_.size() || queued_ != 0 || !net_.idle(); }

  void create(Cycle now) {
    for (; created_ < packets_.size() && packets_[created_].create <= now; ++created_) {
      const uint32_t from = packets_[created_].from;
      Queue& q = queues_[from];
      (q.first == kNone ? q.first : next_[q.last]) = created_;
      q.last = created_;
      waiting_[from / 64] |= uint64_t{1} << from % 64;
      ++queued_;
    }
  }

  void hand_over() {
    for (uint32_t w = 0; w < waiting_.size(); ++w) {
      for (uint64_t m = waiting_[w]; m != 0; m &= m - 1) {
        const uint32_t e = w * 64 + static_cast<uint32_t>(std::countr_zero(m));
        Queue& q = queues_[e];
        for (; q.first != kNone && net_.can_accept(e); q.first = next_[q.first], --queued_) send(e, q.first);
        if (q.first == kNone) waiting_[w] &= ~(m & -m);
      }
    }
  }

  void send(uint32_t endpoint, uint32_t index) {
    const uint32_t id = net_.packets().allocate();
    Packet& p = net_.packets()[id];
    p.kind = PacketKind::post;
    p.traffic = TrafficClass::request;
    p.destination = static_cast<uint16_t>(packets_[index].to);
    p.flits = p.ready = packets_[index].flits;
    p.tag = index;
    net_.accept(endpoint, id);
  }

  void receive(Cycle now) {
    const std::span<const uint64_t> arrivals = net_.endpoints_with_arrivals();
    for (uint32_t w = 0; w < arrivals.size(); ++w) {
      for (uint64_t m = arrivals[w]; m != 0; m &= m - 1) {
        const uint32_t e = w * 64 + static_cast<uint32_t>(std::countr_zero(m));
        while (net_.arrived(e) != nullptr) {
          const Flit flit = net_.take(e, now).flit;
          if (!flit.last()) continue;
          result_.arrive[net_.packets()[flit.packet].tag] = now;
          net_.packets().release(flit.packet);
        }
      }
    }
  }

  Network net_;
  std::span<const TracePacket> packets_;
  std::vector<uint32_t> next_;
  std::vector<Queue> queues_;
  std::vector<uint64_t> waiting_;  ///< nodes with a queue, a bit each
  uint32_t created_ = 0, queued_ = 0;
  Replayed result_;
};

}  // namespace

std::optional<NetworkSpec> reference_network(std::string_view router, uint16_t width, uint16_t height) {
  if (router != "R2" && router != "R3" && router != "R4") return std::nullopt;
  NetworkSpec s;
  s.width = width;
  s.height = height;
  s.vcs = 4;
  s.vc_depth = 8;
  s.payload_bytes = 0;
  s.classes = {VcRange{0, 4}, VcRange{0, 4}};
  s.speculative = router == "R2";
  s.route_cycles = router == "R4" ? 1 : 0;
  for (uint16_t y = 0; y < height; ++y)
    for (uint16_t x = 0; x < width; ++x) s.endpoints.push_back({x, y, kLocal});
  return s;
}

uint32_t hop_cycles(const NetworkSpec& spec) {
  return spec.traverse_latency + spec.route_cycles + (spec.speculative ? 0u : 1u);
}

Cycle zero_load_latency(const NetworkSpec& spec, const TracePacket& packet) {
  const auto distance = [](uint32_t a, uint32_t b) { return a > b ? a - b : b - a; };
  const Endpoint &from = spec.endpoints[packet.from], &to = spec.endpoints[packet.to];
  const uint32_t routers = distance(from.x, to.x) + distance(from.y, to.y) + 1;
  return spec.inject_latency + Cycle{hop_cycles(spec)} * routers + packet.flits - 1;
}

std::vector<TracePacket> random_traffic(const NetworkSpec& spec, Pattern pattern, double rate, uint8_t flits,
                                        Cycle cycles, uint64_t seed) {
  PSMC_CHECK(pattern == Pattern::uniform || spec.width == spec.height, "only a square has a transpose");
  Random random(seed);
  const uint32_t nodes = static_cast<uint32_t>(spec.endpoints.size());
  std::vector<TracePacket> packets;
  for (Cycle now = 0; now < cycles; ++now) {
    for (uint32_t from = 0; from < nodes; ++from) {
      if (!random.chance(rate / flits)) continue;
      const uint32_t to = pattern == Pattern::uniform ? static_cast<uint32_t>(random.below(nodes))
                                                      : from % spec.width * spec.width + from / spec.width;
      packets.push_back({now, from, to, flits});
    }
  }
  return packets;
}

Replayed replay(const NetworkSpec& spec, std::span<const TracePacket> packets, Cycle patience) {
  PSMC_CHECK(packets.size() < kNone, "a trace is too long");
  return Replay(spec, packets).run(patience);
}

}  // namespace psmc::sim
