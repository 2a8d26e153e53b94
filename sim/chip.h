// SPDX-License-Identifier: Apache-2.0
// A chip: opens a program image, launches its entries, and lets the host read and write device memory. This is the
// plain model: every component is ticked in every cycle in which it can do anything, in one fixed order, and time jumps
// only over cycles in which nothing can happen.
//
// Order within a cycle: network, memory channels, cores, DMA units, each in the order of their numbers. What one
// component hands to another that comes earlier in this order is seen in the next cycle.
//
// Scratchpads, device memory and semaphores keep their contents from launch to launch. Network, DMA units, open rows
// and refresh start afresh, so the same launch takes the same cycles.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "arch/image.h"
#include "base/result.h"
#include "sim/core/core.h"
#include "sim/memory/controller.h"
#include "sim/memory/store.h"
#include "sim/stats.h"
#include "sim/trap.h"
#include "sim/wake_times.h"

namespace psmc::sim {

struct Options {
  bool races = true;                       ///< detect races (with numbers)
  bool numbers = true;                     ///< false: timing only, the same cycles (core/timing_only.cpp)
  uint64_t max_cycles = 4'000'000'000;     ///< of a launch, at least 1
  bool boot = false;                       ///< load code and scratchpads through the machine and count it (boot_stats)
  bool every_cycle = false;                ///< tick even where nothing can happen: the same cycles, slower
  std::function<void(uint64_t)> progress;  ///< every 2^20 cycles
  TraceCallback trace;                     ///< what each core does in each cycle
  TransferCallback transfers;              ///< each step of each DMA transfer
  WriteCallback writes;                    ///< each write to a scratchpad in a launch
};

class Chip final : private WaitObserver {
 public:
  /// The image must outlive the chip. Errors: bad_image, too_large.
  static Result<std::unique_ptr<Chip>> open(const arch::Image& image, Options options = {});
  ~Chip() override;

  /// Errors: bad_launch if the range leaves the memory.
  Status write_memory(uint64_t address, std::span<const std::byte> bytes);
  Status read_memory(uint64_t address, std::span<std::byte> bytes) const;

  /// Runs an entry until all of its tiles have halted and nothing moves. Errors: bad_launch, also if an input is not
  /// in its range; a trap's diagnostic.
  Result<RunStats> launch(size_t entry);

  /// The same in pieces, for whoever wants to look in between: begin, run_until as often as it gives true, result. The
  /// cycles do not depend on the pieces. Errors: bad_launch.
  Status begin(size_t entry);
  /// Runs the cycles before `limit`; false once the launch is over.
  bool run_until(Cycle limit);
  /// The first cycle that has not run.
  Cycle now() const { return now_; }
  /// Counts and traces what sleeping cores have slept before now().
  void settle();
  /// Of a launch that is over. Errors: a trap's diagnostic; bad_checkpoint if the chip was resumed.
  Result<RunStats> result() const;
  bool over() const { return over_; }

  // What can be looked at between the pieces.
  const Core& core(uint32_t tile) const;
  const DmaUnit& dma(uint32_t tile) const;
  const CodeMemory& code(uint32_t tile) const;
  /// Who waits on whom, a line for each waiting tile.
  std::vector<std::string> wait_graph() const;

  /// The whole state between two cycles of a launch that has begun and is not over (docs/checkpoints.md).
  std::string checkpoint();
  /// A chip that goes on from a checkpoint; `file` is named in errors: bad_checkpoint; checkpoint_differs if image or
  /// options (numbers, races, a limit of cycles that is over) are not those it was written with; those of open.
  static Result<std::unique_ptr<Chip>> resume(const arch::Image& image, Options options, const std::string& file,
                                              std::span<const std::byte> checkpoint);
  /// The entry of the launch.
  size_t entry() const { return entry_; }

  /// Of the last launch, also if it trapped.
  const RunStats& stats() const { return stats_; }
  const std::optional<Trap>& trap() const { return trap_; }

  /// What opening the image took: cycles, links and channels; all zero unless Options::boot.
  const RunStats& boot_stats() const { return boot_stats_; }

  const arch::Image& image() const { return image_; }
  Scratchpad& scratchpad(uint32_t tile);
  Registers& registers(uint32_t tile);
  uint32_t semaphore(uint32_t tile, uint32_t s) const;

 private:
  struct Tile;
  Chip(const arch::Image& image, Options options);

  // chip_build.cpp
  static Status fits(const arch::Image& image);
  void build();
  void load_image();
  void load_scratchpads();
  void label_code();
  void load_code(Tile& tile, arch::BlobId blob);

  // chip_boot.cpp
  Status boot();
  void feed_boot(Tile& tile, const std::vector<arch::Descriptor>& list, size_t& next);

  // chip.cpp
  Status check_ranges(const arch::Entry& entry) const;
  void start_launch(const arch::Entry& entry);
  bool step(Cycle limit);
  void tick(Cycle now);
  void tick_channels(Cycle now);
  void tick_cores(Cycle now);
  void tick_dma(Cycle now);
  Cycle next_event(Cycle now) const;
  bool quiet() const;
  // chip_state.cpp
  void visit(Archive& archive, uint32_t section);
  void visit_run(Archive& archive);
  void visit_stats(Archive& archive);
  void visit_tile(Archive& archive, Tile& tile);
  Status restore(const std::string& file, std::span<const std::byte> checkpoint);

  bool check_traps(Cycle now);
  void set_trap(Trap trap, Cycle now);
  void deadlock(Cycle now);
  bool finish(Cycle cycles);
  void before_wait_class_changes(uint32_t tile) override;
  void wake(uint32_t tile) override;

  const arch::Image& image_;
  Options options_;
  RunStats stats_;
  RunStats boot_stats_;
  std::optional<Trap> trap_;
  std::unique_ptr<RaceDetector> races_;
  std::unique_ptr<DeviceMemory> memory_;
  std::unique_ptr<Network> network_;
  std::unique_ptr<Semaphores> semaphores_;
  std::unique_ptr<CodeStore> code_;
  TransferTable transfers_;
  std::vector<MemoryController> channels_;
  std::vector<std::unique_ptr<Tile>> tiles_;
  std::vector<std::vector<std::byte>> overlay_bytes_;

  Cycle now_ = 0;
  size_t entry_ = 0;
  bool over_ = true;                 ///< no launch is under way
  bool resumed_ = false;             ///< the chip
  const char* broken_ = nullptr;     ///< what the checkpoint that it was resumed from contradicts itself in
  mutable uint64_t host_bytes_ = 0;  ///< moved by the host since the last launch
  std::vector<uint64_t> running_;    ///< cores to tick, a bit each
  std::vector<uint32_t> stopped_;    ///< cores that ran in this cycle and do not run in the next
  std::vector<uint64_t> banks_;      ///< by tile: banks its core used in this cycle
  WakeTimes dma_wake_;               ///< of the tiles' DMA units, if nothing arrives before
  WakeTimes channel_wake_;           ///< of the channels, if nothing arrives before
};

}  // namespace psmc::sim
