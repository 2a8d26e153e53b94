// SPDX-License-Identifier: Apache-2.0
// The state of the race detector in a checkpoint. Actors, snapshots and releases that are named must exist; how often a
// snapshot is referred to is believed: if it is wrong, a race may be missed or reported wrongly, no more.
#include <algorithm>

#include "sim/checkpoint/archive.h"
#include "sim/race/detector.h"

namespace psmc::sim {
namespace {

/// The keys of a map, ascending: a checkpoint's bytes do not depend on the order of a hash table.
template <typename Map>
std::vector<typename Map::key_type> keys(const Map& map) {
  std::vector<typename Map::key_type> keys;
  for (const auto& [key, value] : map) keys.push_back(key);
  std::sort(keys.begin(), keys.end());
  return keys;
}

}  // namespace

void LineShadow::visit(Archive& archive, uint32_t actors) {
  const auto access = [&](LineAccess& a) {
    archive.below(a.actor_write, uint64_t{actors} * 2);
    archive(a.clock, a.mask);
  };
  std::vector<uint32_t> used;
  for (uint32_t i = 0; !archive.reading() && i < lines_.size(); ++i)
    if (lines_[i].count != 0) used.push_back(i);
  archive.numbers(used, lines_.size());
  for (const uint32_t i : used) {
    Line& l = lines_[i];
    archive(l.count);
    for (uint32_t k = 0; k < std::min(l.count, 2u); ++k) access(l.first[k]);
    if (l.count <= 2) continue;
    std::vector<LineAccess>& more = spilled_[i];
    archive.list(more, 16, access);
    archive.require(l.count == 2 + more.size());
  }
}

void PageShadow::visit(Archive& archive, uint32_t actors) {
  std::vector<uint64_t> pages = keys(pages_);
  archive.numbers(pages, ~uint64_t{0});
  for (const uint64_t page : pages)
    archive.list(pages_[page], 16, [&](Interval& i) {
      archive.below(i.end, kPageBytes + 1);
      archive.below(i.begin, i.end);
      archive.below(i.actor_write, uint64_t{actors} * 2);
      archive(i.clock);
    });
}

void RaceDetector::visit(Archive& archive, size_t tags) {
  const uint32_t actors = spec_.tiles * (1 + per_tile_);
  archive(clocks_, start_pc_);
  for (VectorClock& core : cores_) archive(core);
  for (uint8_t& slot : next_slot_) archive.below(slot, kSlots);
  visit_releases(archive, actors);
  visit_transfers(archive, actors);
  archive.require(transfers_.size() == tags);
  for (LineShadow& tile : scratchpads_) tile.visit(archive, actors);
  memory_.visit(archive, actors);
  for (auto& queue : semaphores_)
    archive.list(queue, 8, [&](Pending& p) {
      archive(p.amount, p.clock);
      archive.require(p.clock == kNoClock || p.clock < releases_.size());
    });
}

void RaceDetector::visit_releases(Archive& archive, uint32_t actors) {
  archive.list(snapshots_, clocks_.size() * 4, [&](Snapshot& s) {
    s.known.resize(clocks_.size());
    archive(s.known, s.references);
  });
  archive.numbers(free_snapshots_, snapshots_.size());
  for (uint32_t& shared : shared_) {
    archive(shared);
    archive.require(shared == kNoClock || shared < snapshots_.size());
  }
  archive.list(releases_, 28, [&](Release& r) {
    archive.below(r.snapshot, snapshots_.size());
    for (uint32_t& actor : r.actor) archive.below(actor, actors);
    archive(r.clock);
  });
  archive.numbers(free_releases_, releases_.size());
}

void RaceDetector::visit_transfers(Archive& archive, uint32_t actors) {
  archive.list(transfers_, 28, [&](Transfer& t) {
    archive.below(t.tile, spec_.tiles);
    archive.below(t.reader, actors);
    archive.below(t.writer, actors);
    archive(t.start_clock, t.reader_clock, t.writer_clock);
    archive.below(t.snapshot, snapshots_.size());
  });
}

}  // namespace psmc::sim
