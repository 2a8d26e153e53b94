// SPDX-License-Identifier: Apache-2.0
#include "sim/race/detector.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <smmintrin.h>

#include "sim/contradiction.h"

namespace psmc::sim {
namespace {

uint64_t byte_mask(uint64_t first, uint64_t count) {
  return (count >= 64 ? ~uint64_t{0} : (uint64_t{1} << count) - 1) << first;
}

/// Clocks have a multiple of 16 entries.
void join(VectorClock& into, const VectorClock& other) {
  auto* a = reinterpret_cast<__m128i*>(into.data());
  const auto* b = reinterpret_cast<const __m128i*>(other.data());
  for (size_t i = 0, n = into.size() / 4; i < n; ++i)
    _mm_storeu_si128(a + i, _mm_max_epu32(_mm_loadu_si128(a + i), _mm_loadu_si128(b + i)));
}

}  // namespace

RaceDetector::RaceDetector(const RaceSpec& spec) : spec_(spec) {
  const uint32_t engines = spec.in_engines + spec.out_engines;
  per_tile_ = kSlots * (spec.in_engines + 2 * spec.out_engines);
  clocks_.assign((size_t{spec.tiles} * (1 + per_tile_) + 15) / 16 * 16, 1);
  start_pc_.assign(clocks_.size(), 0);
  shared_.assign(spec.tiles, kNoClock);
  cores_.assign(spec.tiles, VectorClock(clocks_.size(), 0));
  next_slot_.assign(size_t{spec.tiles} * engines, 0);
  scratchpads_.assign(spec.tiles, LineShadow(spec.scratchpad_bytes / 64));
  semaphores_.resize(size_t{spec.tiles} * spec.semaphores);
  start_launch();
}

void RaceDetector::start_launch() {
  for (uint32_t& c : clocks_) ++c;
  for (uint32_t t = 0; t < spec_.tiles; ++t) {
    for (size_t i = 0; i < clocks_.size(); ++i) cores_[t][i] = clocks_[i] - 1;
    shared_[t] = kNoClock;
  }
  // Counts left in semaphores were posted before: everyone knows that time. Nothing else is left.
  for (auto& s : semaphores_)
    for (Pending& p : s) p.clock = kNoClock;
  transfers_.clear();
  snapshots_.clear();
  free_snapshots_.clear();
  releases_.clear();
  free_releases_.clear();
}

/// The snapshot of what the core of `tile` knows, one reference more.
uint32_t RaceDetector::share(uint32_t tile) {
  uint32_t& id = shared_[tile];
  if (id == kNoClock) {
    if (free_snapshots_.empty()) {
      id = static_cast<uint32_t>(snapshots_.size());
      snapshots_.emplace_back();
    } else {
      id = free_snapshots_.back();
      free_snapshots_.pop_back();
    }
    snapshots_[id].known = cores_[tile];
    snapshots_[id].references = 1;  // shared_ itself
  }
  ++snapshots_[id].references;
  return id;
}

void RaceDetector::drop(uint32_t snapshot) {
  if (--snapshots_[snapshot].references == 0) free_snapshots_.push_back(snapshot);
}

uint32_t RaceDetector::store(const Release& release) {
  if (free_releases_.empty()) {
    releases_.push_back(release);
    return static_cast<uint32_t>(releases_.size() - 1);
  }
  const uint32_t id = free_releases_.back();
  free_releases_.pop_back();
  releases_[id] = release;
  return id;
}

void RaceDetector::free_release(uint32_t id) {
  if (id == kNoClock) return;
  check_state(id < releases_.size(), "a release does not exist");
  drop(releases_[id].snapshot);
  free_releases_.push_back(id);
}

uint32_t RaceDetector::release_core(uint32_t tile) {
  const uint32_t now = clocks_[tile]++;
  return store({share(tile), {tile, tile, tile}, {now, now, now}});
}

void RaceDetector::start_transfer(uint32_t tag, uint32_t tile, uint32_t engine, bool out, uint32_t pc) {
  if (transfers_.size() <= tag) transfers_.resize(tag + 1);
  Transfer& t = transfers_[tag];
  uint8_t& slot =
      next_slot_[tile * (spec_.in_engines + spec_.out_engines) + (out ? spec_.in_engines + engine : engine)];
  const uint32_t base = spec_.tiles + tile * per_tile_;
  t.tile = tile;
  if (out) {
    t.reader = base + kSlots * (spec_.in_engines + 2 * engine) + slot;
    t.writer = t.reader + kSlots;
  } else {
    t.reader = t.writer = base + kSlots * engine + slot;
  }
  slot = static_cast<uint8_t>((slot + 1) % kSlots);
  start_pc_[t.reader] = start_pc_[t.writer] = pc;
  t.reader_clock = ++clocks_[t.reader];
  t.writer_clock = out ? ++clocks_[t.writer] : t.reader_clock;
  t.snapshot = share(tile);
  t.start_clock = clocks_[tile]++;
}

void RaceDetector::end_transfer(uint32_t tag) { drop(transfer(tag).snapshot); }

const RaceDetector::Transfer& RaceDetector::transfer(uint32_t tag) const {
  check_state(tag < transfers_.size(), "a transfer does not exist");
  return transfers_[tag];
}

Epoch RaceDetector::epoch(const Transfer& t, bool write) const {
  return {write ? t.writer : t.reader, write ? t.writer_clock : t.reader_clock, snapshots_[t.snapshot].known.data(),
          t.tile, t.start_clock};
}

void RaceDetector::memory_access(uint32_t tag, uint64_t address, uint64_t bytes, bool write) {
  const Epoch by = epoch(transfer(tag), write);
  if (const PageShadow::Interval* c = memory_.access(address, bytes, write, by))
    report(fmt::format("device memory 0x{:x}..0x{:x}", address, address + bytes - 1), c->actor_write,
           by.actor * 2 + write);
}

void RaceDetector::scratchpad_access(uint32_t tag, uint32_t tile, uint64_t address, uint64_t bytes, bool write) {
  const Epoch by = epoch(transfer(tag), write);
  while (bytes > 0) {
    const uint64_t n = std::min(64 - address % 64, bytes);
    const uint32_t line = static_cast<uint32_t>(address / 64);
    const uint64_t mask = byte_mask(address % 64, n);
    if (const LineAccess* c = scratchpads_[tile].access(line, mask, write, by))
      report_line(tile, line, c->mask & mask, *c, by.actor, write);
    address += n;
    bytes -= n;
  }
}

uint32_t RaceDetector::release_transfer(uint32_t tag, bool arrived) {
  const Transfer& t = transfer(tag);
  ++snapshots_[t.snapshot].references;
  return store(
      {t.snapshot, {t.tile, t.reader, t.writer}, {t.start_clock, t.reader_clock, arrived ? t.writer_clock : 0}});
}

void RaceDetector::post(uint32_t tile, uint32_t semaphore, uint32_t amount, uint32_t clock) {
  semaphores_[tile * spec_.semaphores + semaphore].push_back({amount, clock});
}

void RaceDetector::wait(uint32_t tile, uint32_t semaphore, uint32_t amount) {
  auto& queue = semaphores_[tile * spec_.semaphores + semaphore];
  while (amount > 0) {
    check_state(!queue.empty(), "a wait consumes more than was posted");
    Pending& p = queue.front();
    if (p.clock != kNoClock) learn(tile, p.clock);
    const uint32_t n = std::min(amount, p.amount);
    amount -= n;
    p.amount -= n;
    if (p.amount > 0) break;
    free_release(p.clock);
    queue.pop_front();
  }
}

void RaceDetector::learn(uint32_t tile, uint32_t release) {
  check_state(release < releases_.size(), "a release does not exist");
  const Release& r = releases_[release];
  if (shared_[tile] != kNoClock) {
    drop(shared_[tile]);
    shared_[tile] = kNoClock;
  }
  VectorClock& known = cores_[tile];
  join(known, snapshots_[r.snapshot].known);
  for (size_t i = 0; i < 3; ++i) known[r.actor[i]] = std::max(known[r.actor[i]], r.clock[i]);
}

void RaceDetector::report_line(uint32_t tile, uint32_t line, uint64_t mask, const LineAccess& earlier, uint32_t actor,
                               bool write) {
  const uint64_t first = uint64_t{line} * 64 + static_cast<uint64_t>(std::countr_zero(mask));
  const uint64_t last = uint64_t{line} * 64 + 63 - static_cast<uint64_t>(std::countl_zero(mask));
  report(fmt::format("scratchpad of tile {}, bytes 0x{:x}..0x{:x}", tile, first, last), earlier.actor_write,
         actor * 2 + write);
}

void RaceDetector::report(std::string place, uint32_t earlier_key, uint32_t later_key) {
  if (found_) return;
  const uint32_t later = later_key >> 1;
  found_ = Race{std::move(place), describe(earlier_key), describe(later_key), tile_of(later), std::nullopt};
  if (later >= spec_.tiles) found_->start_pc = start_pc_[later];
}

uint32_t RaceDetector::tile_of(uint32_t actor) const {
  return actor < spec_.tiles ? actor : (actor - spec_.tiles) / per_tile_;
}

std::string RaceDetector::describe(uint32_t key) const {
  const uint32_t actor = key >> 1;
  const char* verb = (key & 1u) != 0 ? "written" : "read";
  const uint32_t tile = tile_of(actor);
  if (actor < spec_.tiles) return fmt::format("{} by the code of tile {}", verb, tile);
  const uint32_t local = (actor - spec_.tiles) % per_tile_ / kSlots;
  if (local < spec_.in_engines)
    return fmt::format("{} by the transfer that word {} of tile {} started on in{}", verb, start_pc_[actor], tile,
                       local);
  return fmt::format("{} by the transfer that word {} of tile {} started on out{}", verb, start_pc_[actor], tile,
                     (local - spec_.in_engines) / 2);
}

}  // namespace psmc::sim
