// SPDX-License-Identifier: Apache-2.0
#include "sim/chip.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <utility>

#include "base/check.h"
#include "sim/tile.h"

namespace psmc::sim {

Status Chip::write_memory(uint64_t address, std::span<const std::byte> bytes) {
  if (address > memory_->bytes() || bytes.size() > memory_->bytes() - address)
    return error(Code::bad_launch,
                 fmt::format("the host writes {} bytes at 0x{:x}, outside of device memory", bytes.size(), address));
  memory_->write(address, bytes);
  host_bytes_ += bytes.size();
  return {};
}

Status Chip::read_memory(uint64_t address, std::span<std::byte> bytes) const {
  if (address > memory_->bytes() || bytes.size() > memory_->bytes() - address)
    return error(Code::bad_launch,
                 fmt::format("the host reads {} bytes at 0x{:x}, outside of device memory", bytes.size(), address));
  memory_->read(address, bytes);
  host_bytes_ += bytes.size();
  return {};
}

Result<RunStats> Chip::launch(size_t entry) {
  PSMC_TRY(begin(entry));
  run_until(kNever);
  return result();
}

Status Chip::begin(size_t entry) {
  if (entry >= image_.entries.size())
    return error(Code::bad_launch, fmt::format("entry {} of an image that has {}", entry, image_.entries.size()));
  PSMC_TRY(check_ranges(image_.entries[entry]));
  start_launch(image_.entries[entry]);
  entry_ = entry;
  over_ = false;
  return {};
}

Result<RunStats> Chip::result() const {
  PSMC_CHECK(over_, "the result of a launch that is not over");
  if (broken_ != nullptr)
    return error(Code::bad_checkpoint,
                 fmt::format("the checkpoint contradicts itself, as cycle {} shows: {}", now_, broken_));
  if (trap_) return trap_->diagnostic();
  return stats_;
}

/// The program may do anything for values that it is not made for.
Status Chip::check_ranges(const arch::Entry& entry) const {
  for (const arch::Symbol& symbol : entry.symbols) {
    if (!symbol.has_range()) continue;
    uint64_t bits = 0;
    const size_t bytes = dtype_bytes(symbol.dtype), unused = 64 - 8 * bytes;
    memory_->read(symbol.address, std::as_writable_bytes(std::span(&bits, 1)).first(bytes));
    const int64_t value = static_cast<int64_t>(bits << unused) >> unused;
    if (value < symbol.low || value > symbol.high)
      return error(Code::bad_launch, fmt::format("input '{}' of entry '{}' is {}, the program is made for {} to {}",
                                                 symbol.name, entry.name, value, symbol.low, symbol.high));
  }
  return {};
}

void Chip::start_launch(const arch::Entry& entry) {
  stats_ = {};
  stats_.tiles.assign(tiles_.size(), {});
  stats_.ops.assign(image_.ops.size() + 1, {});
  stats_.burst_bytes = image_.machine.memory.burst_bytes;
  const arch::Host& host = image_.machine.host;
  stats_.host_bytes = std::exchange(host_bytes_, 0);
  stats_.host_cycles = host.latency_cycles + (stats_.host_bytes + host.bytes_per_cycle - 1) / host.bytes_per_cycle;
  trap_.reset();
  now_ = 0;
  network_->reset();
  transfers_.clear();
  semaphores_->start_launch();
  if (races_ != nullptr) {
    races_->start_launch();
    races_->clear_found();
  }
  for (MemoryController& c : channels_) c.reset();
  channel_wake_.clear();
  dma_wake_.clear();
  stopped_.clear();
  std::fill(running_.begin(), running_.end(), 0);
  std::fill(banks_.begin(), banks_.end(), 0);
  for (auto& t : tiles_) {
    t->dma.reset();
    t->core.stop();
  }
  for (const arch::TileStart& start : entry.tiles) {
    tiles_[start.tile]->core.launch(start, 0);
    running_[start.tile / 64] |= uint64_t{1} << (start.tile % 64);
  }
}

bool Chip::run_until(Cycle limit) {
  constexpr Cycle kProgress = Cycle{1} << 20;
  Cycle shown = (now_ / kProgress + 1) * kProgress;
  while (!over_ && now_ < limit) {
    try {
      over_ = !step(limit);
    } catch (const Contradiction& contradiction) {
      PSMC_CHECK(resumed_, contradiction.what);
      broken_ = contradiction.what;
      over_ = true;
    }
    if (now_ >= shown && options_.progress) {
      options_.progress(now_);
      shown = now_ + kProgress;
    }
  }
  return !over_;
}

/// One cycle, and what nothing happens in until the next one or `limit`; false if the launch is over.
bool Chip::step(Cycle limit) {
  tick(now_);
  if (check_traps(now_)) return finish(now_ + 1);
  const Cycle next = options_.every_cycle ? now_ + 1 : next_event(now_);
  const bool running = std::any_of(running_.begin(), running_.end(), [](uint64_t w) { return w != 0; });
  if (!running && quiet()) {
    if (std::any_of(tiles_.begin(), tiles_.end(), [](const auto& t) { return t->core.asleep(); })) deadlock(now_);
    return finish(now_ + 1);
  }
  check_state(next != kNever, "something moves, but nothing will ever happen");
  if (next >= options_.max_cycles) {
    Trap trap;
    trap.kind = TrapKind::cycle_limit;
    trap.message = fmt::format("the run has not ended after {} cycles", options_.max_cycles);
    trap.notes = wait_graph();
    set_trap(std::move(trap), options_.max_cycles - 1);
    return finish(options_.max_cycles);
  }
  now_ = std::min(next, limit);
  return true;
}

void Chip::settle() {
  if (over_ || now_ == 0) return;
  for (auto& t : tiles_) t->core.settle(now_ - 1);
}

void Chip::tick(Cycle now) {
  network_->tick(now);
  tick_channels(now);
  tick_cores(now);
  tick_dma(now);
}

void Chip::tick_channels(Cycle now) {
  const bool arrivals = network_->has_arrivals();
  if (channel_wake_.earliest() > now && !arrivals) return;
  const uint32_t tiles = static_cast<uint32_t>(tiles_.size());
  for (uint32_t c = 0; c < channels_.size(); ++c) {
    if (channel_wake_[c] > now && network_->arrived(tiles + c) == nullptr) continue;
    channels_[c].tick(now);
    channel_wake_.set(c, channels_[c].next_event(now));
  }
  channel_wake_.refresh();
}

void Chip::tick_cores(Cycle now) {
  for (uint32_t w = 0; w < running_.size(); ++w) {
    for (uint64_t m = running_[w]; m != 0; m &= m - 1) {
      const uint32_t t = w * 64 + static_cast<uint32_t>(std::countr_zero(m));
      Core& core = tiles_[t]->core;
      core.tick(now);
      banks_[t] = core.banks();
      if (!core.active()) {
        running_[w] &= ~(m & -m);
        stopped_.push_back(t);
      }
      if (core.trap()) [[unlikely]]
        set_trap(*core.trap(), now);
    }
  }
}

void Chip::tick_dma(Cycle now) {
  if (dma_wake_.earliest() <= now || network_->has_arrivals()) {
    const std::span<const uint64_t> arrivals = network_->endpoints_with_arrivals();
    for (uint32_t t = 0; t < tiles_.size(); ++t)
      if (dma_wake_[t] <= now || (arrivals[t / 64] >> (t % 64) & 1u)) tiles_[t]->dma.tick(now, banks_[t]);
    dma_wake_.refresh();
  }
  for (const uint32_t t : stopped_) banks_[t] = 0;
  stopped_.clear();
}

Cycle Chip::next_event(Cycle now) const {
  for (const uint64_t w : running_)
    if (w != 0) return now + 1;
  Cycle next = network_->next_event(now);
  if (next == now + 1) return next;
  next = std::min({next, channel_wake_.earliest(), dma_wake_.earliest()});
  return next == kNever ? next : std::max(next, now + 1);
}

/// No packet exists and no transfer is under way.
bool Chip::quiet() const {
  return network_->idle() && std::all_of(tiles_.begin(), tiles_.end(), [](const auto& t) { return t->dma.idle(); });
}

bool Chip::check_traps(Cycle now) {
  if (const auto& overflow = semaphores_->overflow()) {
    Trap trap;
    trap.kind = TrapKind::semaphore;
    trap.tile = overflow->tile;
    trap.pc = tiles_[overflow->tile]->core.pc();
    trap.message = fmt::format("semaphore {} of tile {} overflows", overflow->semaphore, overflow->tile);
    set_trap(std::move(trap), now);
  }
  if (races_ != nullptr && races_->found()) {
    const Race& race = *races_->found();
    Trap trap;
    trap.kind = TrapKind::race;
    trap.tile = race.tile;
    trap.pc = race.start_pc ? *race.start_pc : tiles_[race.tile]->core.pc();
    trap.message = fmt::format("{}: {}, not ordered with being {}", race.place, race.later, race.earlier);
    set_trap(std::move(trap), now);
  }
  return trap_.has_value();
}

/// The first trap stays.
void Chip::set_trap(Trap trap, Cycle now) {
  if (trap_) return;
  trap.cycle = now;
  const CodeMemory& code = tiles_[trap.tile]->code;
  if (trap.pc < code.words()) {
    const CodeSlot& slot = code.slot(trap.pc);
    if (slot.word != nullptr) trap.instruction = arch::print(slot.word->word);
    const Core& core = tiles_[trap.tile]->core;
    const uint32_t op = trap.pc == core.pc() ? core.op() : slot.op;
    if (slot.word != nullptr && op < image_.ops.size()) {
      trap.op = image_.ops[op].name;
      trap.location = image_.ops[op].location;
    }
  }
  trap_ = std::move(trap);
}

void Chip::deadlock(Cycle now) {
  Trap trap;
  trap.kind = TrapKind::deadlock;
  for (uint32_t t = 0; t < tiles_.size(); ++t) {
    if (!tiles_[t]->core.asleep()) continue;
    const Core::Waiting w = *tiles_[t]->core.waiting();
    trap.tile = t;
    trap.pc = tiles_[t]->core.pc();
    trap.message = fmt::format("waits for {} on semaphore {}, which holds {}, and nothing is on its way", w.amount,
                               w.semaphore, semaphores_->value(t, w.semaphore));
    break;
  }
  trap.notes = wait_graph();
  set_trap(std::move(trap), now);
}

std::vector<std::string> Chip::wait_graph() const {
  std::vector<std::string> lines;
  for (uint32_t t = 0; t < tiles_.size(); ++t) {
    const Core& core = tiles_[t]->core;
    const auto w = core.waiting();
    if (!w) continue;
    const uint32_t poster = semaphores_->last_poster(t, w->semaphore);
    std::string line = fmt::format("tile {} word {} waits for {} on semaphore {} (holds {})", t, core.pc(), w->amount,
                                   w->semaphore, semaphores_->value(t, w->semaphore));
    line +=
        poster == Semaphores::kNobody ? ", which nobody has posted" : fmt::format(", last posted by tile {}", poster);
    if (core.op() < image_.ops.size()) line += fmt::format(", for {}", image_.ops[core.op()].name);
    lines.push_back(std::move(line));
  }
  return lines;
}

/// Closes the books after `cycles` cycles; false: nothing comes after it.
bool Chip::finish(Cycle cycles) {
  now_ = stats_.cycles = cycles;
  for (uint32_t t = 0; t < tiles_.size(); ++t) {
    tiles_[t]->core.settle(cycles - 1);
    uint64_t sum = 0;
    for (const uint64_t c : stats_.tiles[t]) sum += c;
    check_state(sum <= cycles, "a tile has more cycles than the run");
    stats_.tiles[t][static_cast<size_t>(CycleClass::finished)] += cycles - sum;
    stats_.dma_bytes_in += tiles_[t]->dma.counters().bytes_in;
    stats_.dma_bytes_out += tiles_[t]->dma.counters().bytes_out;
    for (uint32_t s = 0; s < semaphores_->count(); ++s)
      if (const uint32_t v = semaphores_->value(t, s); v != 0) stats_.left_semaphores.push_back({t, s, v});
  }
  for (const MemoryController& c : channels_) stats_.channels.push_back(c.counters());
  const NetworkSpec& net = network_->spec();
  for (uint16_t y = 0; y < net.height; ++y)
    for (uint16_t x = 0; x < net.width; ++x)
      for (uint32_t p = 0; p < kPorts; ++p)
        if (const LinkCounters& l = network_->link(x, y, p); l.flits != 0)
          stats_.links.push_back({x, y, static_cast<Port>(p), false, l});
  for (uint32_t e = 0; e < net.endpoints.size(); ++e)
    if (const LinkCounters& l = network_->source_link(e); l.flits != 0)
      stats_.links.push_back({net.endpoints[e].x, net.endpoints[e].y, net.endpoints[e].port, true, l});
  return false;
}

void Chip::before_wait_class_changes(uint32_t tile) { tiles_[tile]->core.settle(now_); }

void Chip::wake(uint32_t tile) {
  Core& core = tiles_[tile]->core;
  core.wake(now_);
  if (core.active()) running_[tile / 64] |= uint64_t{1} << (tile % 64);
}

}  // namespace psmc::sim
