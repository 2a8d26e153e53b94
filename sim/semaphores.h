// SPDX-License-Identifier: Apache-2.0
// The semaphores of all tiles: counts, who waits, and what is on its way to them (for the classes of waiting cycles and
// for the graph of a deadlock).
//
// A post at cycle t can satisfy a wait from t + 1 on.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "sim/network/packet.h"
#include "sim/race/detector.h"
#include "sim/stats.h"

namespace psmc::sim {

/// What will post a semaphore. In order of priority for the class of a wait.
enum class Producer : uint8_t { startup, memory, network };

/// Told about changes that concern a waiting tile.
class WaitObserver {
 public:
  virtual ~WaitObserver() = default;
  virtual void before_wait_class_changes(uint32_t tile) = 0;
  virtual void wake(uint32_t tile) = 0;
};

class Semaphores {
 public:
  static constexpr uint32_t kNobody = ~uint32_t{0};

  struct Overflow {
    uint32_t tile = 0, semaphore = 0;
  };

  Semaphores(uint32_t tiles, uint32_t count, uint32_t maximum, RaceDetector* races, WaitObserver& observer)
      : count_(count),
        maximum_(maximum),
        races_(races),
        observer_(observer),
        entries_(size_t{tiles} * count),
        waits_(tiles) {}

  uint32_t count() const { return count_; }
  uint32_t value(uint32_t tile, uint32_t s) const { return entries_[tile * count_ + s].value; }

  /// `poster`: the tile whose instruction or transfer posts. `clock`: of the race detector.
  void post(uint32_t tile, uint32_t s, uint32_t amount, uint32_t poster, uint32_t clock) {
    Entry& e = entries_[tile * count_ + s];
    e.last_poster = poster;
    if (amount > maximum_ - e.value) {
      if (!overflow_) overflow_ = Overflow{tile, s};
      return;
    }
    e.value += amount;
    if (races_ != nullptr) races_->post(tile, s, amount, clock);
    const Wait& w = waits_[tile];
    if (w.waiting && w.semaphore == s && e.value >= w.amount) observer_.wake(tile);
  }

  /// Consumes `amount` if there is as much.
  bool try_wait(uint32_t tile, uint32_t s, uint32_t amount) {
    Entry& e = entries_[tile * count_ + s];
    if (e.value < amount) return false;
    e.value -= amount;
    if (races_ != nullptr) races_->wait(tile, s, amount);
    return true;
  }

  void begin_wait(uint32_t tile, uint32_t s, uint32_t amount) { waits_[tile] = {true, s, amount}; }
  void end_wait(uint32_t tile) { waits_[tile].waiting = false; }

  /// Something that will post the semaphore begins (`change` = 1) or no longer is on its way (-1).
  void expect(uint32_t tile, uint32_t s, Producer producer, int change) {
    const Wait& w = waits_[tile];
    if (w.waiting && w.semaphore == s) observer_.before_wait_class_changes(tile);
    entries_[tile * count_ + s].expected[static_cast<size_t>(producer)] += static_cast<uint16_t>(change);
  }

  CycleClass wait_class(uint32_t tile, uint32_t s) const {
    const Entry& e = entries_[tile * count_ + s];
    if (e.expected[static_cast<size_t>(Producer::startup)] != 0) return CycleClass::startup;
    if (e.expected[static_cast<size_t>(Producer::memory)] != 0) return CycleClass::memory;
    if (e.expected[static_cast<size_t>(Producer::network)] != 0) return CycleClass::network;
    return CycleClass::peer;
  }

  /// Counts stay; nothing is on its way and nobody waits.
  void start_launch() {
    for (Entry& e : entries_) {
      e.last_poster = kNobody;
      e.expected = {};
    }
    for (Wait& w : waits_) w.waiting = false;
    overflow_.reset();
  }
  uint32_t last_poster(uint32_t tile, uint32_t s) const { return entries_[tile * count_ + s].last_poster; }
  const std::optional<Overflow>& overflow() const { return overflow_; }
  void visit(Archive& archive);  // semaphores_state.cpp

 private:
  struct Entry {
    uint32_t value = 0;
    uint32_t last_poster = kNobody;
    std::array<uint16_t, 3> expected{};
  };
  struct Wait {
    bool waiting = false;
    uint32_t semaphore = 0, amount = 0;
  };

  uint32_t count_, maximum_;
  RaceDetector* races_;
  WaitObserver& observer_;
  std::vector<Entry> entries_;
  std::vector<Wait> waits_;
  std::optional<Overflow> overflow_;
};

}  // namespace psmc::sim
