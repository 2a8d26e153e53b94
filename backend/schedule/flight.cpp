// SPDX-License-Identifier: Apache-2.0
#include "backend/schedule/flight.h"

#include <algorithm>

namespace psmc::backend {
namespace {

uint32_t minus(uint32_t a, uint32_t b) { return a > b ? a - b : 0; }

using CycleList = std::vector<std::pair<uint32_t, uint32_t>>;

CycleList shifted(const CycleList& list, uint32_t cycles) {
  CycleList result;
  for (const auto& [what, cycle] : list) {
    if (cycle >= cycles) result.emplace_back(what, cycle - cycles);
  }
  return result;
}

void sort_unique(CycleList& list) {
  std::sort(list.begin(), list.end());
  list.erase(std::unique(list.begin(), list.end()), list.end());
}

bool is_accumulating(const MInst& inst, const RegUse& use, arch::Opcode by) {
  MInst earlier;
  earlier.op = by;
  return use.file == arch::RegFile::a && Model::forwards(earlier, inst);
}

}  // namespace

void Flight::join(const Flight& other) {
  for (const auto& [place, theirs] : other.places) {
    Remaining& mine = places[place];
    if (theirs.flight > mine.flight) {
      mine.flight = theirs.flight;
      mine.by = theirs.by;
    }
    mine.reading = std::max(mine.reading, theirs.reading);
  }
  units.insert(units.end(), other.units.begin(), other.units.end());
  ports.insert(ports.end(), other.ports.begin(), other.ports.end());
  sort_unique(units);
  sort_unique(ports);
}

Flight Flight::later(uint32_t cycles) const {
  Flight result;
  for (const auto& [place, remaining] : places) {
    const Remaining left{minus(remaining.flight, cycles), minus(remaining.reading, cycles), remaining.by};
    if (left.flight > 0 || left.reading > 0) result.places[place] = left;
  }
  result.units = shifted(units, cycles);
  result.ports = shifted(ports, cycles);
  return result;
}

uint32_t Flight::longest() const {
  uint32_t longest = 0;
  for (const auto& [place, remaining] : places) longest = std::max({longest, remaining.flight, remaining.reading});
  for (const auto& [unit, cycle] : units) longest = std::max(longest, cycle + 1);
  for (const auto& [port, cycle] : ports) longest = std::max(longest, cycle + 1);
  return longest;
}

Flight flight_after(const Model& model, const MBlock& block, const BlockSchedule& schedule,
                    const std::vector<uint32_t>& place, const Flight& entry) {
  Flight result = entry.later(schedule.length);
  for (const Placed& p : schedule.placed) {
    const MInst& inst = block.insts[p.inst];
    for_each_read(inst, [&](Reg reg, const RegUse& use) {
      const uint32_t left = minus(p.cycle + model.read_window(inst, use), schedule.length);
      if (left > 0) result.places[place[reg]].reading = std::max(result.places[place[reg]].reading, left);
    });
    for_each_write(inst, [&](Reg reg, const RegUse& use) {
      const uint32_t left = minus(p.cycle + model.latency(inst, use), schedule.length);
      if (left == 0) return;
      Flight::Remaining& remaining = result.places[place[reg]];
      if (left < remaining.flight) return;
      remaining.flight = left;
      remaining.by = inst.op;
    });
    const SlotUse& use = model.use(inst, p.slot);
    for (uint32_t i = 0; i < use.occupancy; ++i) {
      if (p.cycle + i >= schedule.length) result.units.emplace_back(use.unit, p.cycle + i - schedule.length);
    }
    for (uint32_t k = 0; k < use.num_ports; ++k) {
      for (uint32_t c = use.ports[k].begin; c <= use.ports[k].end; ++c) {
        if (p.cycle + c >= schedule.length) result.ports.emplace_back(use.ports[k].port, p.cycle + c - schedule.length);
      }
    }
  }
  sort_unique(result.units);
  sort_unique(result.ports);
  return result;
}

uint32_t earliest_after(const Model& model, const MInst& inst, const std::vector<uint32_t>& place,
                        const Flight& entry) {
  uint32_t earliest = 0;
  if (entry.places.empty()) return 0;
  for_each_read(inst, [&](Reg reg, const RegUse& use) {
    const auto found = entry.places.find(place[reg]);
    if (found != entry.places.end() && !is_accumulating(inst, use, found->second.by))
      earliest = std::max(earliest, found->second.flight);
  });
  for_each_write(inst, [&](Reg reg, const RegUse& use) {
    const auto found = entry.places.find(place[reg]);
    if (found == entry.places.end()) return;
    if (!is_accumulating(inst, use, found->second.by)) earliest = std::max(earliest, found->second.flight);
    earliest = std::max(earliest, minus(found->second.reading, model.first_write(inst, use)));
  });
  return earliest;
}

uint32_t padding_before(const Model& model, const MBlock& next, const BlockSchedule& schedule,
                        const std::vector<uint32_t>& place, const Flight& flight, Way way) {
  Reservations used;
  uint32_t padding = 0;
  for (const Placed& p : schedule.placed) {
    const MInst& inst = next.insts[p.inst];
    used.take(model.use(inst, p.slot), p.slot, p.cycle);
    padding = std::max(padding, minus(earliest_after(model, inst, place, flight), p.cycle));
  }
  if (way == Way::around) padding = std::max(padding, minus(flight.longest(), schedule.length));
  const auto collides = [&](const Flight& rest) {
    for (const auto& [unit, cycle] : rest.units) {
      if (used.unit_taken(unit, cycle)) return true;
    }
    for (const auto& [port, cycle] : rest.ports) {
      if (used.port_taken(port, cycle)) return true;
    }
    return false;
  };
  const auto collides_ever = [&] {
    Flight rest = flight.later(padding);
    while (!rest.units.empty() || !rest.ports.empty()) {
      if (collides(rest)) return true;
      if (way != Way::same) return false;
      rest = rest.later(std::max(1u, schedule.length + padding));
    }
    return false;
  };
  while (collides_ever()) ++padding;
  return padding;
}

}  // namespace psmc::backend
