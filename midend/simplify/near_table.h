// SPDX-License-Identifier: Apache-2.0
// A hash table of ids (as ir::IdTable) for items that have a place in a row, such as ops by their youngest operand: an
// item stands near its place, so that a walk along the row walks along the table. In a table by hash alone every
// look-up is a line of the cache of its own, and in a large one a page too. Items that find no room near their place,
// as of a value that very many ops read, go into a table by hash.
#pragma once

#include <bit>
#include <vector>

#include "ir/intern.h"

namespace psmc::midend {

class NearTable {
 public:
  /// Empty, for about so many places.
  void reset(size_t places) {
    near_.assign(std::bit_ceil(places + kReach), {});
    far_ = {};
  }

  /// The id under `hash` at `place` for which `same(id)` holds, or ir::IdTable::kNone.
  template <typename Same>
  uint32_t find(uint32_t place, uint64_t hash, Same&& same) const {
    for (size_t i = 0; i < kReach; ++i) {
      const Slot slot = near_[at(place, i)];
      if (slot.id == ir::IdTable::kNone) return slot.id;
      if (slot.tag == tag_of(hash) && slot.id != kGone && same(slot.id)) return slot.id;
    }
    return far_.find(hash, same);
  }

  void insert(uint32_t place, uint64_t hash, uint32_t id) {
    for (size_t i = 0; i < kReach; ++i) {
      Slot& slot = near_[at(place, i)];
      if (slot.id != ir::IdTable::kNone) continue;
      slot = {tag_of(hash), id};
      return;
    }
    far_.insert(hash, id);
  }

  /// Takes back an id that was inserted like this.
  void erase(uint32_t place, uint64_t hash, uint32_t id) {
    for (size_t i = 0; i < kReach; ++i) {
      Slot& slot = near_[at(place, i)];
      if (slot.id == id) slot.id = kGone;
    }
    far_.erase(hash, id);
  }

 private:
  static constexpr size_t kReach = 16;
  static constexpr uint32_t kGone = ir::IdTable::kNone - 1;
  struct Slot {
    uint32_t tag = 0, id = ir::IdTable::kNone;
  };
  static uint32_t tag_of(uint64_t hash) { return static_cast<uint32_t>(hash ^ hash >> 32); }
  size_t at(uint32_t place, size_t step) const { return (place + step) & (near_.size() - 1); }

  std::vector<Slot> near_;
  ir::IdTable far_;
};

}  // namespace psmc::midend
