// SPDX-License-Identifier: Apache-2.0
// The routers' state in a checkpoint. Checked is what keeps a cycle within its arrays: channels exist, and packets
// leave only by ports that lead somewhere.
#include "sim/checkpoint/archive.h"
#include "sim/network/router.h"

namespace psmc::sim {
namespace {

constexpr uint32_t kAllNumbers = (1u << kVcNumbers) - 1;
constexpr uint8_t kNobody = 31;

}  // namespace

void Routers::visit(Archive& archive, std::span<const uint8_t> connected) {
  for (size_t i = 0; i < routers_.size(); ++i) {
    visit_router(archive, routers_[i]);
    archive.require(consistent(routers_[i], connected[i]));
  }
  for (Flit& flit : buffers_) {
    archive(flit.packet, flit.index, flit.flags);
    archive.below(flit.destination, spec_->endpoints.size());
  }
  archive(active_, cycle_);
  for (size_t i = routers_.size(); i < active_.size() * 64; ++i) archive.require((active_[i / 64] >> i % 64 & 1u) == 0);
  for (std::vector<ChannelId>& starting : starting_) {
    archive.numbers(starting, uint64_t{32} * routers_.size());
    for (const ChannelId c : starting) archive.require(exists(c));
  }
}

/// All but position and what is of one cycle (granted, candidate).
void Routers::visit_router(Archive& archive, Router& r) {
  archive(r.occupied, r.started, r.multicast, r.reply, r.free, r.with_credit, r.wants, r.ready);
  archive(r.switch_grant, r.switch_accept, r.vc_turn);
  for (OutputVc& out : r.outputs) archive(out.credits, out.owner, out.grant);
  for (InputVc& in : r.inputs) {
    uint32_t front = in.front & (ring_ - 1), back = in.back & (ring_ - 1);
    archive.below(front, ring_);
    archive.below(back, ring_);
    in.front = (in.front & ~(ring_ - 1)) | front;
    in.back = (in.back & ~(ring_ - 1)) | back;
    archive(in.count, in.accept, in.out);
  }
  for (Tree& tree : r.trees) {
    archive.below(tree.branches, 1u << kPorts);
    archive(tree.popped, tree.sent);
  }
}

bool Routers::consistent(const Router& r, uint32_t connected) {
  uint32_t seen = r.occupied | r.started | r.multicast | r.reply | r.free | r.with_credit;
  bool good = true;
  for (uint32_t port = 0; port < kPorts; ++port) {
    seen |= r.wants[port];
    const bool used = ((r.wants[port] | r.ready[port]) & kAllNumbers) != 0;
    good &= !used || (connected >> port & 1u) != 0;
    for (uint32_t in = 0; in < kVcNumbers; ++in) {
      if ((r.ready[port] >> in & 1u) == 0) continue;
      const uint32_t out = r.inputs[in].out[port];
      good &= out < kVcNumbers && port_of_vc(out) == port && r.outputs[out].owner == in;
    }
  }
  for (uint32_t n = 0; n < kVcNumbers; ++n) {
    const uint32_t owner = r.outputs[n].owner;
    if (owner == kNobody) continue;
    good &= owner < kVcNumbers && (connected >> port_of_vc(n) & 1u) != 0 && r.inputs[owner].out[port_of_vc(n)] == n;
  }
  for (const Tree& tree : r.trees) good &= (tree.branches & ~connected) == 0;
  return good && (seen & ~kAllNumbers) == 0;
}

}  // namespace psmc::sim
