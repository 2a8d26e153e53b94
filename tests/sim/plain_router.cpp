// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/plain_router.h"

#include <bit>

#include "base/check.h"

namespace psmc::sim::plain {
namespace {

uint32_t lowest(uint64_t mask) { return static_cast<uint32_t>(std::countr_zero(mask)); }

/// The first set bit of `mask` at or after `from`, else the lowest one. `mask` is not 0.
uint32_t first_from(uint64_t mask, uint32_t from) {
  const uint64_t high = mask & (~uint64_t{0} << from);
  return lowest(high != 0 ? high : mask);
}

/// The cycle of one router, stage by stage; requests are bit masks, so cost follows the occupied buffers.
class RouterCycle {
 public:
  RouterCycle(Router& router, const NetworkSpec& spec, Cycle now, Departures& out)
      : r_(router), spec_(spec), now_(now), out_(out) {}

  void run() {
    request_vcs();
    request_switch();
    allocate_vcs();
    allocate_switch();
  }

 private:
  static uint64_t bit(uint32_t number) { return uint64_t{1} << number; }
  uint32_t wrap(uint32_t at) const { return at >= spec_.vc_depth ? at - spec_.vc_depth : at; }
  const Flit& front(const InputVc& v) const { return r_.buffers[v.ring + v.front]; }

  /// Output VCs of `port` that the packet at the front of `v` may ask for.
  uint32_t eligible(const InputVc& v, uint32_t port) const {
    uint32_t free = r_.free_vcs[port] & class_mask(v.traffic);
    if (r_.multicast == 0 || !front(v).multicast) return free;
    for (uint32_t m = free; m != 0; m &= m - 1)
      if (r_.credits[port][lowest(m)] < front(v).count) free &= ~(m & -m);
    return free;
  }
  uint32_t class_mask(uint32_t traffic) const { return spec_.classes[traffic].mask(); }

  /// Who asks for virtual channels, by output port and traffic class: each asks for all that are eligible.
  void request_vcs() {
    for (uint64_t m = r_.waiting; m != 0; m &= m - 1) {
      const uint32_t in = lowest(m);
      const InputVc& v = r_.inputs[in];
      if (now_ < v.from) continue;
      for (uint32_t b = v.branches & ~v.allocated; b != 0; b &= b - 1) {
        const uint32_t port = lowest(b);
        if ((r_.free_vcs[port] & class_mask(v.traffic)) != 0) add_vc_request(in, port * 2 + v.traffic);
      }
    }
  }

  void add_vc_request(uint32_t in, uint32_t group) {
    vc_requests_[group] = (vc_groups_ >> group & 1u) ? vc_requests_[group] | bit(in) : bit(in);
    vc_groups_ |= 1u << group;
  }

  /// May branch `port` of `v` ask for the switch now?
  bool wants_switch(const InputVc& v, uint32_t port) const {
    if (v.allocated >> port & 1u) {
      const bool here = v.sent[port] < v.popped + v.count && v.sent[port] < front(v).count;
      return here && now_ >= v.from && (r_.with_credit[port] >> v.out_vc[port] & 1u);
    }
    return spec_.speculative && now_ >= v.from && (eligible(v, port) & r_.with_credit[port]) != 0;
  }

  /// Per (input port, output port) one candidate VC: the first at or after the input port's turn.
  void request_switch() {
    for (uint64_t m = r_.occupied; m != 0; m &= m - 1) {
      const uint32_t in = lowest(m);
      const InputVc& v = r_.inputs[in];
      for (uint32_t b = v.branches; b != 0; b &= b - 1)
        if (wants_switch(v, lowest(b))) add_switch_request(in, lowest(b));
    }
  }

  void add_switch_request(uint32_t in, uint32_t port) {
    const uint32_t port_in = port_of_vc(in), vc = vc_of(in), from = 1u << port_in;
    if ((switch_requests_[port] & from) == 0 || preferred(port_in, port, vc))
      candidate_[port_in][port] = static_cast<uint8_t>(vc);
    switch_requests_[port] |= from;
    switch_outputs_ |= 1u << port;
  }

  /// Is `vc` chosen over the present candidate of (port_in, port)? One that owns an output VC is; then by turn.
  bool preferred(uint32_t port_in, uint32_t port, uint32_t vc) const {
    const uint32_t other = candidate_[port_in][port];
    const bool sure = r_.inputs[vc_number(port_in, vc)].allocated >> port & 1u;
    const bool other_sure = r_.inputs[vc_number(port_in, other)].allocated >> port & 1u;
    return sure != other_sure ? sure : turn_distance(port_in, vc) < turn_distance(port_in, other);
  }

  uint32_t turn_distance(uint32_t port_in, uint32_t vc) const {
    const uint32_t turn = r_.vc_turn[port_in];
    return vc >= turn ? vc - turn : vc + spec_.vcs - turn;
  }

  /// iSLIP over virtual channels: outputs grant, inputs accept. An input asks for channels of one port only (a branch
  /// of a multicast is an input of its own), so ports and classes are apart.
  void allocate_vcs() {
    for (uint32_t groups = vc_groups_; groups != 0; groups &= groups - 1) {
      const uint32_t group = lowest(groups), port = group / 2;
      const uint64_t requests = vc_requests_[group];
      allocate_group(port, requests, r_.free_vcs[port] & class_mask(group % 2));
    }
  }

  void allocate_group(uint32_t port, uint64_t requests, uint32_t free) {
    const uint64_t multicast = requests & r_.multicast;
    std::array<uint64_t, kPorts * kMaxVcs> grants;  // by input: mask of output VCs
    uint64_t inputs = 0;
    for (uint32_t f = free; f != 0; f &= f - 1) {
      const uint32_t output = vc_number(port, lowest(f));
      uint64_t asking = requests;
      for (uint64_t m = multicast; m != 0; m &= m - 1)
        if ((eligible(r_.inputs[lowest(m)], port) & (f & -f)) == 0) asking &= ~(m & -m);
      if (asking == 0) continue;
      const uint32_t in = first_from(asking, r_.vc_grant[output]);
      grants[in] = (inputs >> in & 1u) ? grants[in] | bit(output) : bit(output);
      inputs |= bit(in);
    }
    for (uint64_t m = inputs; m != 0; m &= m - 1) accept_vcs(lowest(m), grants[lowest(m)]);
  }

  /// `granted`: output VCs of one port.
  void accept_vcs(uint32_t in, uint64_t granted) {
    InputVc& v = r_.inputs[in];
    const uint32_t output = first_from(granted, r_.vc_accept[in]);
    const uint32_t port = port_of_vc(output);
    r_.vc_grant[output] = static_cast<uint8_t>(in + 1);
    r_.vc_accept[in] = static_cast<uint8_t>(output + 1);
    v.allocated |= static_cast<uint8_t>(1u << port);
    v.out_vc[port] = static_cast<uint8_t>(vc_of(output));
    v.from = spec_.speculative ? now_ : now_ + 1;
    r_.free_vcs[port] &= static_cast<uint8_t>(~(1u << vc_of(output)));
    if (v.allocated == v.branches) r_.waiting &= ~bit(in);
  }

  void allocate_switch() {
    std::array<uint32_t, kPorts> grants{};  // by input port: mask of output ports
    uint32_t inputs = 0;
    for (uint32_t m = switch_outputs_; m != 0; m &= m - 1) {
      const uint32_t port = lowest(m);
      const uint32_t in = first_from(switch_requests_[port], r_.switch_grant[port]);
      grants[in] |= 1u << port;
      inputs |= 1u << in;
    }
    for (uint32_t m = inputs; m != 0; m &= m - 1) accept_switch(lowest(m), grants[lowest(m)]);
  }

  /// The input port reads one flit a cycle: it goes to the accepted output and, of a multicast, to every other granted
  /// branch that stands at the same flit.
  void accept_switch(uint32_t port_in, uint32_t granted) {
    const uint32_t port = first_from(granted, r_.switch_accept[port_in]);
    const uint32_t vc = candidate_[port_in][port];
    r_.switch_grant[port] = static_cast<uint8_t>(port_in + 1);
    r_.switch_accept[port_in] = static_cast<uint8_t>(port + 1);
    r_.vc_turn[port_in] = static_cast<uint8_t>(vc + 1 == spec_.vcs ? 0 : vc + 1);
    const uint32_t in = vc_number(port_in, vc);
    InputVc& v = r_.inputs[in];
    const uint32_t position = v.sent[port];
    uint32_t ports = 1u << port;
    if (r_.multicast >> in & 1u) {
      for (uint32_t m = granted & ~ports; m != 0; m &= m - 1) {
        const uint32_t other = lowest(m);
        if (candidate_[port_in][other] == vc && v.sent[other] == position) ports |= 1u << other;
      }
    }
    send(in, v, ports);
  }

  void send(uint32_t in, InputVc& v, uint32_t ports) {
    const uint32_t first = out_.count;
    for (uint32_t m = ports; m != 0; m &= m - 1) {
      const uint32_t port = lowest(m);
      if ((v.allocated >> port & 1u) == 0) continue;  // the switch without a virtual channel: wasted
      const uint32_t vc = v.out_vc[port];
      if (r_.credits[port][vc] == 0) continue;
      if (port != first_port(ports)) r_.switch_grant[port] = static_cast<uint8_t>(port_of_vc(in) + 1);
      const Flit& flit = r_.buffers[v.ring + wrap(v.front + v.sent[port] - v.popped)];
      r_.take_credit(port, vc);
      ++v.sent[port];
      if (flit.last()) finish_branch(v, port, vc);
      out_.list[out_.count++] = {&flit, static_cast<uint8_t>(in), static_cast<uint8_t>(port), static_cast<uint8_t>(vc),
                                 false};
    }
    if (out_.count != first && pop_passed(in, v)) out_.list[first].freed = true;
  }

  static uint32_t first_port(uint32_t ports) { return lowest(ports); }

  void finish_branch(InputVc& v, uint32_t port, uint32_t vc) {
    r_.free_vcs[port] |= static_cast<uint8_t>(1u << vc);
    v.branches &= static_cast<uint8_t>(~(1u << port));
    v.allocated &= static_cast<uint8_t>(~(1u << port));
  }

  /// Frees the front slot if every branch has passed it (one flit is read a cycle, so at most one slot is freed).
  bool pop_passed(uint32_t in, InputVc& v) {
    for (uint32_t m = v.branches; m != 0; m &= m - 1)
      if (v.sent[lowest(m)] <= v.popped) return false;
    const bool tail = front(v).last();
    v.front = static_cast<uint16_t>(wrap(v.front + 1u));
    --v.count;
    ++v.popped;
    if (tail) start_packet(r_, spec_, in, now_ + 1);
    if (v.count == 0) r_.occupied &= ~bit(in);
    return true;
  }

 public:
  /// The packet whose head is now at the front of `in`, if there is one, may be allocated from `from` on.
  static void start_packet(Router& r, const NetworkSpec& spec, uint32_t in, Cycle from) {
    InputVc& v = r.inputs[in];
    v.branches = v.allocated = v.popped = 0;
    r.multicast &= ~bit(in);
    if (v.count == 0) return;
    const Flit& head = r.buffers[v.ring + v.front];
    v.branches = head.branches;
    v.traffic = head.traffic;
    v.sent.fill(0);
    v.from = from + spec.route_cycles;
    r.waiting |= bit(in);
    r.multicast |= uint64_t{head.multicast} << in;
  }

 private:
  Router& r_;
  const NetworkSpec& spec_;
  Cycle now_;
  Departures& out_;
  uint32_t vc_groups_ = 0;                        // (port, class) with requests, port * 2 + class
  std::array<uint64_t, kPorts * 2> vc_requests_;  // of those in vc_groups_
  uint32_t switch_outputs_ = 0;
  std::array<uint32_t, kPorts> switch_requests_{};
  std::array<std::array<uint8_t, kPorts>, kPorts> candidate_;
};

}  // namespace

void tick_router(Router& router, const NetworkSpec& spec, Cycle now, Departures& out) {
  RouterCycle(router, spec, now, out).run();
}

void accept_flit(Router& router, const NetworkSpec& spec, uint32_t in, Flit flit, Cycle now) {
  InputVc& v = router.inputs[in];
  PSMC_CHECK(v.count < spec.vc_depth, "a flit arrives at a full buffer");
  const uint32_t end = uint32_t{v.front} + v.count;
  router.buffers[v.ring + (end >= spec.vc_depth ? end - spec.vc_depth : end)] = flit;
  ++v.count;
  router.occupied |= uint64_t{1} << in;
  if (v.count == 1 && flit.index == 0) RouterCycle::start_packet(router, spec, in, now);
}

}  // namespace psmc::sim::plain
