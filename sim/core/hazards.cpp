// SPDX-License-Identifier: Apache-2.0
// The hazard rules of arch/isa.h on a running core: what a word may touch when it is first attempted.
#include <fmt/format.h>

#include "sim/core/core.h"

namespace psmc::sim {
namespace {

std::string register_name(uint32_t place) {
  if (place < 32) return fmt::format("s{}", place);
  if (place < 64) return fmt::format("v{}", place - 32);
  if (place < 72) return fmt::format("m{}", place - 64);
  if (place < 88) return fmt::format("t{}", place - 72);
  return fmt::format("a{}", place - 88);
}

}  // namespace

/// One pass without branches on the way: what is wrong is worked out only if something is.
void Core::check_hazards(const DecodedWord& w) {
  bool bad = w.self_conflict;
  for (uint32_t i = 0; i < w.reads; ++i) bad |= ready_[w.read[i]] > clock_;
  for (uint32_t i = 0; i < w.units; ++i) bad |= unit_free_[w.unit[i].unit] > clock_;
  for (uint32_t i = 0; i < w.writes; ++i) {
    const RegWrite& x = w.write[i];
    const bool forwarded = x.accumulate && kind_[x.place] == x.kind;
    bad |= (ready_[x.place] > clock_ && !forwarded) || read_until_[x.place] > clock_ + x.begin;
    const Cycle* stamps = stamps_.data() + size_t{x.port} * (stamp_mask_ + 1);
    for (Cycle c = clock_ + x.begin; c <= clock_ + x.end; ++c) bad |= stamps[c & stamp_mask_] == c;
  }
  if (bad) [[unlikely]]
    explain_hazard(w);
}

void Core::explain_hazard(const DecodedWord& w) {
  if (w.self_conflict) return fail(TrapKind::hazard, "the word writes a register twice, or while it still reads it");
  for (uint32_t i = 0; i < w.reads; ++i) {
    const uint32_t r = w.read[i];
    if (ready_[r] > clock_)
      return fail(TrapKind::hazard,
                  fmt::format("{} is read {} cycles too early", register_name(r), ready_[r] - clock_));
  }
  for (uint32_t i = 0; i < w.units; ++i) {
    const auto unit = static_cast<arch::Unit>(w.unit[i].unit);
    if (unit_free_[w.unit[i].unit] > clock_)
      return fail(TrapKind::unit, fmt::format("the {} unit is busy for {} more cycles", arch::unit_name(unit),
                                              unit_free_[w.unit[i].unit] - clock_));
  }
  for (uint32_t i = 0; i < w.writes; ++i) {
    const RegWrite& x = w.write[i];
    const bool forwarded = x.accumulate && kind_[x.place] == x.kind;
    if (ready_[x.place] > clock_ && !forwarded)
      return fail(TrapKind::hazard, fmt::format("{} is written while it is in flight for {} more cycles",
                                                register_name(x.place), ready_[x.place] - clock_));
    if (read_until_[x.place] > clock_ + x.begin)
      return fail(TrapKind::hazard, fmt::format("{} changes {} cycles before it has been read", register_name(x.place),
                                                read_until_[x.place] - clock_ - x.begin));
  }
  fail(TrapKind::unit, "two results need one write port in the same cycle");
}

void Core::mark_in_flight(const DecodedWord& w) {
  for (uint32_t i = 0; i < w.windows; ++i) {
    Cycle& until = read_until_[w.window[i].place];
    until = std::max(until, clock_ + w.window[i].end);
  }
  for (uint32_t i = 0; i < w.units; ++i) unit_free_[w.unit[i].unit] = clock_ + w.unit[i].occupancy;
  for (uint32_t i = 0; i < w.writes; ++i) {
    const RegWrite& x = w.write[i];
    ready_[x.place] = std::max(ready_[x.place], clock_ + x.end);
    kind_[x.place] = x.kind;
    Cycle* stamps = stamps_.data() + size_t{x.port} * (stamp_mask_ + 1);
    for (Cycle c = clock_ + x.begin; c <= clock_ + x.end; ++c) stamps[c & stamp_mask_] = c;
  }
}

}  // namespace psmc::sim
