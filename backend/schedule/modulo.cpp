// SPDX-License-Identifier: Apache-2.0
#include "backend/schedule/modulo.h"

#include <algorithm>
#include <array>
#include <queue>

#include "base/check.h"

namespace psmc::backend {
namespace {

using arch::Slot;
using arch::SlotKind;

constexpr uint32_t kBudgetPerNode = 8;
constexpr uint32_t kUnplaced = 0xffffffffu;

/// Sum over the loop of what each slot and unit is taken for.
struct Demand {
  std::array<uint32_t, 5> slots{};
  std::array<uint32_t, arch::kUnits> units{};
  uint32_t memory = 0;  ///< cycles of one memory port
};

Demand demand_of(const Model& model, const std::vector<MInst>& insts) {
  Demand demand;
  for (const MInst& inst : insts) {
    const SlotKind kind = arch::info(inst.op).slot;
    ++demand.slots[static_cast<size_t>(kind)];
    const SlotUse& use = model.use(inst, Model::slots(inst.op)[0]);
    if (kind == SlotKind::M)
      demand.memory += std::max<uint32_t>(use.occupancy, 1);
    else
      demand.units[use.unit] += use.occupancy;
  }
  return demand;
}

/// Longest ways with edges of length distance - omega * period; false if one is endless.
bool heights(const LoopGraph& graph, uint32_t period, std::vector<int64_t>& height) {
  height.assign(graph.nodes, 0);
  for (uint32_t round = 0; round <= graph.nodes + 1; ++round) {
    bool changed = false;
    for (size_t e = graph.edges.size(); e-- > 0;) {
      const LoopEdge& edge = graph.edges[e];
      const int64_t length = height[edge.to] + edge.distance - static_cast<int64_t>(edge.omega) * period;
      if (length <= height[edge.from]) continue;
      height[edge.from] = length;
      changed = true;
    }
    if (!changed) return true;
  }
  return false;
}

class Scheduler {
 public:
  Scheduler(const Model& model, const std::vector<MInst>& insts, const LoopGraph& graph, uint32_t period, bool one_port)
      : model_(model), insts_(insts), graph_(graph), period_(period), one_port_(one_port), reservations_(period) {
    anchor_.fill(kUnplaced);
  }

  std::optional<ModuloSchedule> run() {
    if (!heights(graph_, period_, height_)) return std::nullopt;
    index_edges();
    demand_ = demand_of(model_, insts_);
    result_.period = period_;
    result_.one_port = one_port_;
    result_.cycle.assign(graph_.nodes, kUnplaced);
    result_.slot.assign(graph_.nodes, Slot::S);
    last_.assign(graph_.nodes, -1);
    is_step_.assign(graph_.nodes, false);
    for (const Pointer& p : graph_.pointers) is_step_[p.step_inst] = true;
    for (uint32_t i = 0; i < graph_.nodes; ++i) queue_.push({height_[i], -static_cast<int64_t>(i)});
    for (uint32_t budget = kBudgetPerNode * graph_.nodes + 64; !queue_.empty(); --budget) {
      if (budget == 0) return std::nullopt;
      const auto node = static_cast<uint32_t>(-queue_.top().second);
      queue_.pop();
      if (result_.cycle[node] != kUnplaced) continue;
      if (!place(node)) return std::nullopt;
    }
    shorten_lifetimes();
    uint32_t last = 0;
    for (const uint32_t cycle : result_.cycle) last = std::max(last, cycle);
    result_.stages = last / period_ + 1;
    return std::move(result_);
  }

 private:
  void index_edges();
  bool place(uint32_t node);
  int64_t earliest_of(uint32_t node) const;
  bool place_where_free(uint32_t node, int64_t earliest);
  bool place_by_force(uint32_t node, int64_t earliest);
  void put(uint32_t node, Slot slot, uint32_t cycle);
  void evict(uint32_t node);
  bool fits(uint32_t node, Slot slot, uint32_t cycle) const;
  bool aligned(uint32_t node, Slot slot, uint32_t cycle) const;
  std::array<Slot, 2> slots(uint32_t node) const;
  void evict_conflicts(uint32_t node, Slot slot, uint32_t cycle);
  void shorten_lifetimes();
  bool makes_more_than_it_ends(uint32_t node) const;

  const Model& model_;
  const std::vector<MInst>& insts_;
  const LoopGraph& graph_;
  uint32_t period_;
  bool one_port_;
  Reservations reservations_;
  ModuloSchedule result_;
  std::vector<int64_t> height_;
  std::vector<int64_t> last_;
  std::vector<bool> is_step_;
  std::vector<std::vector<uint32_t>> in_, out_;  ///< edges by node
  Demand demand_;
  std::array<uint32_t, arch::kUnits> anchor_;  ///< by unit: the cycle of the first instruction placed in it
  std::priority_queue<std::pair<int64_t, int64_t>> queue_;
};

void Scheduler::index_edges() {
  in_.resize(graph_.nodes);
  out_.resize(graph_.nodes);
  for (uint32_t e = 0; e < graph_.edges.size(); ++e) {
    out_[graph_.edges[e].from].push_back(e);
    in_[graph_.edges[e].to].push_back(e);
  }
}

std::array<Slot, 2> Scheduler::slots(uint32_t node) const {
  const auto both = Model::slots(insts_[node].op);
  return one_port_ ? std::array<Slot, 2>{both[0], both[0]} : both;
}

bool Scheduler::fits(uint32_t node, Slot slot, uint32_t cycle) const {
  if (!aligned(node, slot, cycle)) return false;
  // The last word before the loop holds the `loop` instruction in the scalar slot.
  if (slot == Slot::S && cycle % period_ == period_ - 1) return false;
  return reservations_.fits(model_.use(insts_[node], slot), slot, cycle);
}

/// A unit that is busy nearly all the time has no room for gaps: its instructions stand a multiple of their time apart.
bool Scheduler::aligned(uint32_t node, Slot slot, uint32_t cycle) const {
  const SlotUse& use = model_.use(insts_[node], slot);
  if (use.occupancy < 2 || period_ % use.occupancy != 0 || anchor_[use.unit] == kUnplaced) return true;
  if (demand_.units[use.unit] + use.occupancy <= period_) return true;
  return cycle % use.occupancy == anchor_[use.unit] % use.occupancy;
}

void Scheduler::put(uint32_t node, Slot slot, uint32_t cycle) {
  uint32_t& anchor = anchor_[model_.use(insts_[node], slot).unit];
  if (anchor == kUnplaced) anchor = cycle;
  reservations_.take(model_.use(insts_[node], slot), slot, cycle);
  result_.cycle[node] = cycle;
  result_.slot[node] = slot;
  last_[node] = cycle;
}

void Scheduler::evict(uint32_t node) {
  reservations_.release(model_.use(insts_[node], result_.slot[node]), result_.slot[node], result_.cycle[node]);
  result_.cycle[node] = kUnplaced;
  queue_.push({height_[node], -static_cast<int64_t>(node)});
}

/// Whoever keeps `node` from its place goes, one after the other.
void Scheduler::evict_conflicts(uint32_t node, Slot slot, uint32_t cycle) {
  const SlotUse& wanted = model_.use(insts_[node], slot);
  for (uint32_t other = 0; other < graph_.nodes && !reservations_.fits(wanted, slot, cycle); ++other) {
    if (result_.cycle[other] == kUnplaced || other == node) continue;
    Reservations alone(period_);
    alone.take(model_.use(insts_[other], result_.slot[other]), result_.slot[other], result_.cycle[other]);
    if (!alone.fits(wanted, slot, cycle)) evict(other);
  }
}

/// Places `node` where it is free, or where it pushes others out; those that this makes too early go, too.
bool Scheduler::place(uint32_t node) {
  const int64_t earliest = earliest_of(node);
  if (!place_where_free(node, earliest)) {
    if (is_step_[node]) return false;  // steps stand in the first stage or nowhere
    if (!place_by_force(node, earliest)) return false;
  }
  for (const uint32_t e : out_[node]) {
    const LoopEdge& edge = graph_.edges[e];
    if (edge.to == node || result_.cycle[edge.to] == kUnplaced) continue;
    const int64_t needed =
        static_cast<int64_t>(result_.cycle[node]) + edge.distance - static_cast<int64_t>(edge.omega) * period_;
    if (static_cast<int64_t>(result_.cycle[edge.to]) < needed) evict(edge.to);
  }
  return true;
}

/// The first cycle at which what `node` needs is there, as far as it has been placed.
int64_t Scheduler::earliest_of(uint32_t node) const {
  int64_t earliest = 0;
  for (const uint32_t e : in_[node]) {
    const LoopEdge& edge = graph_.edges[e];
    if (edge.from == node || result_.cycle[edge.from] == kUnplaced) continue;
    earliest = std::max(earliest, static_cast<int64_t>(result_.cycle[edge.from]) + edge.distance -
                                      static_cast<int64_t>(edge.omega) * period_);
  }
  return earliest;
}

bool Scheduler::place_where_free(uint32_t node, int64_t earliest) {
  const auto both = slots(node);
  // A step stands as late as it can: so that the prologue need not begin with it.
  for (int64_t c = 0; c < period_; ++c) {
    const int64_t cycle = is_step_[node] ? period_ - 1 - c : earliest + c;
    for (size_t s = 0; s < (both[0] == both[1] ? 1 : 2); ++s) {
      if (!fits(node, both[s], static_cast<uint32_t>(cycle))) continue;
      put(node, both[s], static_cast<uint32_t>(cycle));
      return true;
    }
  }
  return false;
}

/// Later than the last time, whoever stands there.
bool Scheduler::place_by_force(uint32_t node, int64_t earliest) {
  const Slot slot = slots(node)[0];
  const SlotUse& use = model_.use(insts_[node], slot);
  int64_t at = std::max(earliest, last_[node] + 1);
  if (slot == Slot::S && at % period_ == period_ - 1) ++at;
  while (!aligned(node, slot, static_cast<uint32_t>(at))) ++at;
  if (at > 64 * static_cast<int64_t>(period_) + 4096) return false;
  const auto cycle = static_cast<uint32_t>(at);
  if (!reservations_.fits(use, slot, cycle)) {
    if (!Reservations(period_).fits(use, slot, cycle)) return false;  // not even alone
    evict_conflicts(node, slot, cycle);
  }
  put(node, slot, cycle);
  return true;
}

/// A result, and at most one source whose life may end here.
bool Scheduler::makes_more_than_it_ends(uint32_t node) const {
  uint32_t makes = 0, ends = 0;
  for_each_write(insts_[node],
                 [&](Reg reg, const RegUse&) { makes += reg < graph_.local.size() && graph_.local[reg]; });
  for_each_read(insts_[node], [&](Reg reg, const RegUse&) { ends += reg < graph_.local.size() && graph_.local[reg]; });
  return makes > 0 && ends <= 1;
}

void Scheduler::shorten_lifetimes() {
  std::vector<uint32_t> order(graph_.nodes);
  for (uint32_t i = 0; i < graph_.nodes; ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    return result_.cycle[a] != result_.cycle[b] ? result_.cycle[a] > result_.cycle[b] : a > b;
  });
  for (const uint32_t node : order) {
    if (is_step_[node] || !makes_more_than_it_ends(node)) continue;
    int64_t latest = -1;
    for (const uint32_t e : out_[node]) {
      const LoopEdge& edge = graph_.edges[e];
      if (edge.to == node) continue;
      const int64_t until =
          static_cast<int64_t>(result_.cycle[edge.to]) + static_cast<int64_t>(edge.omega) * period_ - edge.distance;
      latest = latest < 0 ? until : std::min(latest, until);
    }
    const uint32_t now = result_.cycle[node];
    const Slot slot = result_.slot[node];
    if (latest <= static_cast<int64_t>(now)) continue;
    reservations_.release(model_.use(insts_[node], slot), slot, now);
    uint32_t cycle = now;
    Slot to = slot;
    const auto both = slots(node);
    for (int64_t c = std::min<int64_t>(latest, now + period_ * 8); c > static_cast<int64_t>(now); --c) {
      const Slot free = fits(node, both[0], static_cast<uint32_t>(c)) ? both[0] : both[1];
      if (!fits(node, free, static_cast<uint32_t>(c))) continue;
      cycle = static_cast<uint32_t>(c);
      to = free;
      break;
    }
    put(node, to, cycle);
  }
}

}  // namespace

uint32_t resource_bound(const Model& model, const std::vector<MInst>& insts) {
  const Demand demand = demand_of(model, insts);
  uint32_t bound = 1;
  for (size_t kind = 0; kind < demand.slots.size(); ++kind) {
    const uint32_t slots = static_cast<SlotKind>(kind) == SlotKind::M ? 2 : 1;
    bound = std::max(bound, (demand.slots[kind] + slots - 1) / slots);
  }
  // The scalar slot is kept free in one word.
  bound = std::max(bound, demand.slots[static_cast<size_t>(SlotKind::S)] + 1);
  bound = std::max(bound, (demand.memory + 1) / 2);
  for (const uint32_t busy : demand.units) bound = std::max(bound, busy);
  return bound;
}

uint32_t recurrence_bound(const LoopGraph& graph, uint32_t at_least, uint32_t at_most) {
  std::vector<int64_t> height;
  while (at_least < at_most) {
    const uint32_t middle = at_least + (at_most - at_least) / 2;
    if (heights(graph, middle, height))
      at_most = middle;
    else
      at_least = middle + 1;
  }
  return at_least;
}

std::optional<ModuloSchedule> modulo_schedule(const Model& model, const std::vector<MInst>& insts,
                                              const LoopGraph& graph, uint32_t period) {
  if (demand_of(model, insts).memory <= period) {
    if (auto made = Scheduler(model, insts, graph, period, true).run()) return made;
  }
  return Scheduler(model, insts, graph, period, false).run();
}

}  // namespace psmc::backend
