// SPDX-License-Identifier: Apache-2.0
// Races: two accesses of one byte, at least one a write, by different actors, with no chain of post, wait and DMA
// between them. Vector clocks over actors (DJIT+, Pozniansky & Schuster, PPoPP 2003; epochs as in FastTrack, Flanagan &
// Freund, PLDI 2009, but per byte range of a line, since tiles share lines).
//
// Actors: each core; each DMA transfer, as a reader of its source and as a writer of its destination, so that "source
// read" does not promise "arrived". A transfer knows what its core knew at dma.start. A semaphore is a queue of posts;
// a wait learns from the posts that it consumes, first in first out. Transfers share kSlots numbers an engine: with
// more of them in flight the detector may miss a race, but it never reports one that is not there.
//
// What a core knows changes only when it waits; all that it releases in between shares one copy (a snapshot), and each
// release adds the few numbers of its own.
//
// At the start of a launch everything before it is known to everyone (the host is a barrier).
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "sim/race/shadow.h"

namespace psmc::sim {

struct RaceSpec {
  uint32_t tiles = 1;
  uint32_t semaphores = 64;
  uint32_t in_engines = 2, out_engines = 2;
  uint32_t scratchpad_bytes = 0;
};

/// The first race that was found.
struct Race {
  std::string place;    ///< "scratchpad of tile 3, bytes 0x40..0x7f"
  std::string earlier;  ///< "written by a DMA transfer of tile 2"
  std::string later;
  uint32_t tile = 0;                 ///< whose access was the later one
  std::optional<uint32_t> start_pc;  ///< of a transfer: the word that started it
};

class RaceDetector {
 public:
  static constexpr uint32_t kSlots = 4;
  static constexpr uint32_t kNoClock = ~uint32_t{0};

  explicit RaceDetector(const RaceSpec& spec);

  void start_launch();
  const std::optional<Race>& found() const { return found_; }
  void clear_found() { found_.reset(); }

  // Cores. `mask`: bytes of the line.
  void core_read(uint32_t tile, uint32_t line, uint64_t mask) { core_access(tile, line, mask, false); }
  void core_write(uint32_t tile, uint32_t line, uint64_t mask) { core_access(tile, line, mask, true); }
  /// What `tile` knows now, to travel with a post.
  uint32_t release_core(uint32_t tile);

  // Transfers, named by the simulator's tag.
  void start_transfer(uint32_t tag, uint32_t tile, uint32_t engine, bool out, uint32_t pc);
  void read_memory(uint32_t tag, uint64_t address, uint64_t bytes) { memory_access(tag, address, bytes, false); }
  void write_memory(uint32_t tag, uint64_t address, uint64_t bytes) { memory_access(tag, address, bytes, true); }
  void read_scratchpad(uint32_t tag, uint32_t tile, uint64_t address, uint64_t bytes) {
    scratchpad_access(tag, tile, address, bytes, false);
  }
  void write_scratchpad(uint32_t tag, uint32_t tile, uint64_t address, uint64_t bytes) {
    scratchpad_access(tag, tile, address, bytes, true);
  }
  /// The tag may be given to another transfer.
  void end_transfer(uint32_t tag);
  /// What one learns from the transfer's end: that its source has been read or, with `arrived`, all of it.
  uint32_t release_transfer(uint32_t tag, bool arrived);

  // Semaphores.
  void post(uint32_t tile, uint32_t semaphore, uint32_t amount, uint32_t clock);
  void wait(uint32_t tile, uint32_t semaphore, uint32_t amount);

  /// `tags`: transfers that there are.
  void visit(Archive& archive, size_t tags);  // race_state.cpp

 private:
  /// A copy of what a core knew, shared by its releases and transfers.
  struct Snapshot {
    VectorClock known;
    uint32_t references = 0;
  };
  /// What a post brings along: a snapshot, and three actors with the times up to which they are known.
  struct Release {
    uint32_t snapshot = 0;
    std::array<uint32_t, 3> actor{}, clock{};
  };
  struct Transfer {
    uint32_t tile = 0, start_clock = 0;  ///< the core that started it, and when
    uint32_t reader = 0, writer = 0;     ///< actors
    uint32_t reader_clock = 0, writer_clock = 0;
    uint32_t snapshot = 0;
  };
  struct Pending {
    uint32_t amount = 0;
    uint32_t clock = kNoClock;
  };

  void core_access(uint32_t tile, uint32_t line, uint64_t mask, bool write) {
    const Epoch by{tile, clocks_[tile], cores_[tile].data(), tile, 0};
    if (const LineAccess* c = scratchpads_[tile].access(line, mask, write, by)) [[unlikely]]
      report_line(tile, line, c->mask & mask, *c, by.actor, write);
  }
  void memory_access(uint32_t tag, uint64_t address, uint64_t bytes, bool write);
  void scratchpad_access(uint32_t tag, uint32_t tile, uint64_t address, uint64_t bytes, bool write);
  const Transfer& transfer(uint32_t tag) const;
  Epoch epoch(const Transfer& t, bool write) const;
  uint32_t share(uint32_t tile);
  void drop(uint32_t snapshot);
  uint32_t store(const Release& release);
  void free_release(uint32_t id);
  void learn(uint32_t tile, uint32_t release);
  void report_line(uint32_t tile, uint32_t line, uint64_t mask, const LineAccess& earlier, uint32_t actor, bool write);
  void report(std::string place, uint32_t earlier_key, uint32_t later_key);
  std::string describe(uint32_t key) const;
  uint32_t tile_of(uint32_t actor) const;
  void visit_transfers(Archive& archive, uint32_t actors);
  void visit_releases(Archive& archive, uint32_t actors);

  RaceSpec spec_;
  uint32_t per_tile_;               ///< transfer actors of a tile
  std::vector<uint32_t> clocks_;    ///< by actor
  std::vector<uint32_t> start_pc_;  ///< by actor: of transfers, the word that started the last one
  std::vector<VectorClock> cores_;
  std::vector<Transfer> transfers_;  ///< by tag
  std::vector<uint8_t> next_slot_;   ///< by tile * engines + engine
  std::vector<LineShadow> scratchpads_;
  PageShadow memory_;
  std::vector<std::deque<Pending>> semaphores_;
  std::vector<Snapshot> snapshots_;
  std::vector<uint32_t> free_snapshots_;
  std::vector<uint32_t> shared_;  ///< by tile: the snapshot of what its core knows now, or kNoClock
  std::vector<Release> releases_;
  std::vector<uint32_t> free_releases_;
  std::optional<Race> found_;
};

}  // namespace psmc::sim
