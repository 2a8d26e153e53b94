// SPDX-License-Identifier: Apache-2.0
#include "backend/schedule/pipeline_plan.h"

#include <algorithm>

#include "backend/schedule/flight.h"
#include "backend/schedule/list.h"

namespace psmc::backend {
namespace {

constexpr size_t kMaxBody = 600;  ///< instructions of a loop that is worth the search
constexpr uint32_t kMaxCopies = 8;
constexpr uint32_t kMaxExpandedWords = 1200;
constexpr int64_t kAssumedTrip = 48;  ///< of a loop with a run-time count
constexpr int64_t kFreeWords = 24;    ///< of code for a pipelined loop; more must save cycles in each run of the loop
constexpr int64_t kOverhead = 3;      ///< words around a pipelined loop
constexpr int64_t kRunTimeOverhead = 8;  ///< more for a run-time count

/// When a local register is written and last read within its iteration.
struct Life {
  uint32_t from = 0xffffffffu, to = 0;
};

std::vector<Life> lives(const Model& model, const std::vector<MInst>& insts, const PipelinePlan& plan) {
  std::vector<Life> life(plan.graph.local.size());
  for (uint32_t i = 0; i < insts.size(); ++i) {
    const uint32_t cycle = plan.schedule.cycle[i];
    for_each_write(insts[i], [&](Reg reg, const RegUse& use) {
      if (!plan.graph.local[reg]) return;
      life[reg].from = std::min(life[reg].from, cycle);
      life[reg].to = std::max(life[reg].to, cycle + model.latency(insts[i], use));
    });
    for_each_read(insts[i], [&](Reg reg, const RegUse& use) {
      if (!plan.graph.local[reg]) return;
      const uint32_t window = model.read_window(insts[i], use), least = model.least_first_write(use.file);
      life[reg].to = std::max(life[reg].to, cycle + (window > least ? window - least : 0));
    });
  }
  return life;
}

bool choose_copies(const std::vector<Life>& life, PipelinePlan& plan) {
  const uint32_t period = plan.schedule.period;
  plan.copies_of.assign(life.size(), 1);
  plan.copies = 1;
  for (size_t reg = 0; reg < life.size(); ++reg) {
    if (life[reg].from > life[reg].to) continue;
    plan.copies_of[reg] = std::max(1u, (life[reg].to - life[reg].from + period - 1) / period);
    plan.copies = std::max(plan.copies, plan.copies_of[reg]);
  }
  // A power of two, so that a run-time count can be divided by it.
  uint32_t power = 1;
  while (power < plan.copies) power *= 2;
  plan.copies = power;
  for (uint32_t& copies : plan.copies_of) {
    while (plan.copies % copies != 0) ++copies;
  }
  return plan.copies <= kMaxCopies;
}

/// Registers of each file alive in the fullest word of the kernel.
std::array<uint32_t, 6> pressure_of(const MFunc& func, const BlockLive& live, const std::vector<Life>& life,
                                    uint32_t period) {
  std::array<std::vector<uint32_t>, 6> rows;
  for (auto& row : rows) row.assign(period, 0);
  for (size_t reg = 0; reg < life.size(); ++reg) {
    if (life[reg].from > life[reg].to) continue;
    auto& row = rows[static_cast<size_t>(func.regs[reg].file)];
    for (uint32_t cycle = life[reg].from; cycle < std::max(life[reg].to, life[reg].from + 1); ++cycle)
      ++row[cycle % period];
  }
  std::array<uint32_t, 6> most{};
  for (size_t f = 0; f < most.size(); ++f) most[f] = *std::max_element(rows[f].begin(), rows[f].end());
  std::vector<Reg> crossing(live.in);
  crossing.insert(crossing.end(), live.out.begin(), live.out.end());
  std::sort(crossing.begin(), crossing.end());
  crossing.erase(std::unique(crossing.begin(), crossing.end()), crossing.end());
  for (const Reg reg : crossing) ++most[static_cast<size_t>(func.regs[reg].file)];
  return most;
}

/// Words of one iteration, list-scheduled, that follows itself.
uint32_t list_length(const Model& model, const MFunc& func, uint32_t block, const BlockLive& live,
                     const Pressure& pressure) {
  const std::vector<uint32_t> places = own_places(func);
  const MBlock& body = func.blocks[block];
  BlockSchedule schedule = list_schedule(model, func, body, places, {}, live, pressure);
  const Flight after = flight_after(model, body, schedule, places, {});
  return std::max(1u, schedule.length + padding_before(model, body, schedule, places, after, Way::same));
}

/// Cycles that accesses of tiles lose when both ports are used: rows of a tile often lie in one bank.
int64_t likely_conflicts(const Model& model, const std::vector<MInst>& insts) {
  int64_t cycles = 0;
  for (const MInst& inst : insts) {
    if (arch::mem_shape(inst.op).strided) cycles += model.timing(inst.op).occupancy;
  }
  return cycles;
}

bool worth_it(const Model& model, const std::vector<MInst>& insts, const PipelinePlan& plan, int64_t trip,
              double cycles_per_word) {
  const int64_t period = plan.schedule.period, count = trip < 0 ? kAssumedTrip : trip;
  const int64_t alone = plan.list_length + (plan.schedule.one_port ? likely_conflicts(model, insts) : 0);
  int64_t once = static_cast<int64_t>(plan.span()) - plan.idle() - period + kOverhead;
  if (trip < 0) {
    // Half of the copies run in the plain loop, on average.
    const int64_t rest = (plan.copies - 1) / 2;
    once += kRunTimeOverhead + rest * (alone - period);
  } else if (trip < plan.fill() + plan.copies) {
    return false;
  }
  const int64_t saved = count * (alone - period) - once;
  const int64_t words = (plan.copies + 2 * static_cast<int64_t>(plan.fill())) * period;
  return saved > 0 && (words <= kFreeWords ||
                       static_cast<double>(words - kFreeWords) * cycles_per_word <= static_cast<double>(saved));
}

}  // namespace

std::optional<PipelinePlan> plan_pipeline(const Model& model, const MFunc& func, uint32_t block, const BlockLive& live,
                                          const Pressure& pressure, int64_t trip, double cycles_per_word) {
  const std::vector<MInst>& insts = func.blocks[block].insts;
  if (insts.empty() || insts.size() > kMaxBody) return std::nullopt;
  PipelinePlan plan;
  plan.list_length = list_length(model, func, block, live, pressure);
  plan.graph = build_loop_graph(model, func, block, live);
  const uint32_t bound = recurrence_bound(plan.graph, resource_bound(model, insts), plan.list_length);
  for (uint32_t period = bound; period < plan.list_length && period < bound + bound / 2 + 8; ++period) {
    auto made = modulo_schedule(model, insts, plan.graph, period);
    if (!made) continue;
    plan.schedule = std::move(*made);
    const std::vector<Life> life = lives(model, insts, plan);
    if (!choose_copies(life, plan)) continue;
    if ((plan.copies + 2 * plan.fill()) * period > kMaxExpandedWords) continue;
    const std::array<uint32_t, 6> alive = pressure_of(func, live, life, period);
    bool enough = true;
    for (size_t f = 0; f < alive.size(); ++f) enough &= pressure.limit[f] == 0 || alive[f] <= pressure.limit[f];
    if (!enough) continue;
    if (!worth_it(model, insts, plan, trip, cycles_per_word)) return std::nullopt;
    return plan;
  }
  return std::nullopt;
}

int64_t steps_ahead(const PipelinePlan& plan, uint32_t inst) {
  const uint32_t pointer = plan.graph.pointer_of[inst];
  if (pointer == kNone) return 0;
  const auto step = static_cast<int64_t>(plan.schedule.cycle[plan.graph.pointers[pointer].step_inst]);
  const int64_t past = static_cast<int64_t>(plan.schedule.cycle[inst]) - step - 1, period = plan.schedule.period;
  return (past >= 0 ? past / period : -((-past + period - 1) / period)) + 1;
}

}  // namespace psmc::backend
