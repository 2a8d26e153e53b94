// SPDX-License-Identifier: Apache-2.0
// What the race detector remembers of a place: who read and wrote which bytes, and when on that actor's clock.
// An access by (actor, clock) happened before another actor's step if that actor's vector clock holds at least `clock`.
#pragma once

#include <array>
#include <cstdint>
#include <unordered_map>
#include <vector>

namespace psmc::sim {

class Archive;

/// The vector clock of an actor: how far it knows every actor.
using VectorClock = std::vector<uint32_t>;

/// Who accesses: `actor` at its own time `clock`, knowing `known` of the others, and of `starter` as far as
/// `start_clock`.
struct Epoch {
  uint32_t actor = 0;
  uint32_t clock = 0;
  const uint32_t* known = nullptr;
  uint32_t starter = 0;
  uint32_t start_clock = 0;
  bool after(uint32_t other, uint32_t other_clock) const {
    return other == actor || other_clock <= known[other] || (other == starter && other_clock <= start_clock);
  }
};

/// One remembered access to bytes of a 64-byte line.
struct LineAccess {
  uint32_t actor_write = 0;  ///< actor * 2 + (1 if it wrote)
  uint32_t clock = 0;
  uint64_t mask = 0;
  uint32_t actor() const { return actor_write >> 1; }
  bool write() const { return (actor_write & 1u) != 0; }
};

/// The lines of one scratchpad. Two accesses stand in the line itself, the few lines with more spill into a map.
/// Remembered writes are disjoint; an access drops what it supersedes, so lists stay short.
class LineShadow {
 public:
  explicit LineShadow(uint32_t lines) : lines_(lines) {}

  /// Records an access; returns a conflicting earlier access that did not happen before it, or nullptr.
  const LineAccess* access(uint32_t line, uint64_t mask, bool write, const Epoch& by) {
    Line& l = lines_[line];
    const uint32_t key = by.actor * 2 + (write ? 1u : 0u);
    // The usual case: the same actor repeats what it did before, and nobody else is here.
    if (l.count == 1 && l.first[0].actor_write == key && (l.first[0].mask & ~mask) == 0) {
      l.first[0].clock = by.clock;
      l.first[0].mask = mask;
      return nullptr;
    }
    return slow_access(line, l, mask, key, by);
  }
  void visit(Archive& archive, uint32_t actors);  // race_state.cpp

 private:
  struct Line {
    std::array<LineAccess, 2> first;
    uint32_t count = 0;
  };

  const LineAccess* slow_access(uint32_t line, Line& l, uint64_t mask, uint32_t key, const Epoch& by);

  const LineAccess* spilled_access(uint32_t line, Line& l, uint64_t mask, uint32_t key, const Epoch& by);

  std::vector<Line> lines_;
  std::unordered_map<uint32_t, std::vector<LineAccess>> spilled_;  ///< looked up by line, never iterated
  LineAccess conflict_;
};

/// Device memory: per page, intervals of bytes; contiguous accesses of one transfer are one interval.
class PageShadow {
 public:
  struct Interval {
    uint32_t begin = 0, end = 0;  ///< bytes of the page
    uint32_t actor_write = 0;
    uint32_t clock = 0;
  };
  static constexpr uint64_t kPageBytes = 4096;

  const Interval* access(uint64_t address, uint64_t bytes, bool write, const Epoch& by);
  void visit(Archive& archive, uint32_t actors);  // race_state.cpp

 private:
  const Interval* access_page(std::vector<Interval>& list, uint32_t begin, uint32_t end, uint32_t key, const Epoch& by);

  std::unordered_map<uint64_t, std::vector<Interval>> pages_;  ///< looked up by page, never iterated
  Interval conflict_;
};

}  // namespace psmc::sim
