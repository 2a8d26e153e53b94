// SPDX-License-Identifier: Apache-2.0
#include "sim/trap.h"

#include <fmt/format.h>

namespace psmc::sim {

std::string_view trap_name(TrapKind kind) {
  constexpr std::string_view kNames[] = {"hazard",
                                         "double-booked unit",
                                         "race",
                                         "read of unwritten data",
                                         "bounds",
                                         "alignment",
                                         "code not loaded",
                                         "control flow",
                                         "semaphore",
                                         "descriptor",
                                         "deadlock",
                                         "cycle limit",
                                         "number not computed"};
  return kNames[static_cast<size_t>(kind)];
}

Code trap_code(TrapKind kind) {
  switch (kind) {
    case TrapKind::hazard: return Code::trap_hazard;
    case TrapKind::unit: return Code::trap_unit;
    case TrapKind::race: return Code::trap_race;
    case TrapKind::unwritten: return Code::trap_unwritten;
    case TrapKind::bounds: return Code::trap_bounds;
    case TrapKind::alignment: return Code::trap_alignment;
    case TrapKind::code: return Code::trap_code;
    case TrapKind::control: return Code::trap_control;
    case TrapKind::semaphore: return Code::trap_semaphore;
    case TrapKind::descriptor: return Code::trap_descriptor;
    case TrapKind::deadlock: return Code::trap_deadlock;
    case TrapKind::cycle_limit: return Code::trap_cycle_limit;
    case TrapKind::number: break;
  }
  return Code::trap_number;
}

bool is_trap(Code code) {
  return (code >= Code::trap_hazard && code <= Code::trap_cycle_limit) || code == Code::trap_number;
}

Diagnostic Trap::diagnostic() const {
  Diagnostic d = error(trap_code(kind),
                       fmt::format("{}: tile {}, cycle {}, word {}: {}", trap_name(kind), tile, cycle, pc, message));
  if (!instruction.empty()) d.notes.push_back(fmt::format("word {} is `{}`", pc, instruction));
  if (!op.empty())
    d.notes.push_back(location.empty() ? fmt::format("made for {}", op)
                                       : fmt::format("made for {} ({})", op, location));
  d.notes.insert(d.notes.end(), notes.begin(), notes.end());
  return d;
}

}  // namespace psmc::sim
