// SPDX-License-Identifier: Apache-2.0
// One memory channel: a queue of bursts, banks with an open row each, refresh, the timing rules of the DRAM.
//
// | a read that enters an idle channel at t finds | row command(s)        | column command   | complete at  |
// |-----------------------------------------------|-----------------------|------------------|--------------|
// | its row open (hit)                            |                       | t                | t + hit      |
// | the bank closed (miss)                        | ACT t                 | t + tRCD         | t + miss     |
// | another row open (conflict)                   | PRE t, ACT t + tRP    | t + tRP + tRCD   | t + conflict |
//
// hit = CL + BL/2 + 1: its data is on the bus from CL to CL + BL/2 after the command, and one cycle later with whoever
// asked. A write's data is on the bus from CWL on.
//
// | from          | to                  | cycles at least                                                     |
// |---------------|---------------------|---------------------------------------------------------------------|
// | ACT           | RD, WR / PRE / ACT  | tRCD / tRAS / tRAS + tRP of the bank; tRRD_S, tRRD_L of others      |
// | ACT           | fourth next ACT     | tFAW; a refresh of one bank counts as an ACT here and for tRRD      |
// | PRE           | ACT, REF            | tRP                                                                 |
// | RD            | RD / WR / PRE       | BL/2, tCCD_S, tCCD_L of its bank group / tRTW / tRTP                |
// | WR            | WR / RD / PRE       | as RD to RD / CWL + BL/2 + tWTR_S, _L / CWL + BL/2 + tWR            |
// | REF           | ACT, REF            | tRFC of its bank, or of all                                         |
//
// Order of column commands: of the bursts whose row is open those of the direction being served, then the oldest; a
// direction keeps the bus for at most kDirectionBursts while an open row waits for the other. An open row is kept while
// bursts in the queue want it, but passes over an older burst of its bank at most kPassedBursts times. Row commands:
// the oldest burst of a bank that can have one. One command a bus and cycle.
//
// Refresh: every tREFI one bank is due, each once a round, idle banks first, else the lowest (or all banks are due). It
// gets no more commands but the PRE and REF that come as soon as they may, before all other row commands.
//
// Time is skipped: each step finds the first cycle in which a command could go out (`wake_`), from next-allowed cycles
// of banks, bank groups and the channel; nothing walks over the queue but for the entries of one bank.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "sim/memory/channel_spec.h"

namespace psmc::sim {

class Archive;

/// A burst in the queue. `address` is linear within the channel.
struct Burst {
  uint64_t address = 0;
  bool write = false;
  uint32_t owner = 0;  ///< the caller's name for it, e.g. a slot of pending replies
  uint8_t index = 0;   ///< which burst of the owner
};

/// A burst whose column command has been issued: a read is there at `done`, a write in the DRAM.
struct Issued {
  Burst burst;
  Cycle done = 0;
};

struct ChannelCounters {
  uint64_t read_bursts = 0, write_bursts = 0;
  uint64_t hits = 0, misses = 0, conflicts = 0;
  uint64_t refreshes = 0;
  uint64_t busy_cycles = 0;  ///< of the data bus
  bool operator==(const ChannelCounters&) const = default;
};

class Channel {
 public:
  explicit Channel(const ChannelSpec& spec);

  uint32_t room() const { return static_cast<uint32_t>(free_.size()); }
  /// In any cycle, before its tick.
  void accept(const Burst& burst, Cycle now);
  /// One cycle; at most one burst is issued: true and `issued` is set. While bursts are queued it is called at least in
  /// the cycles that next_event tells.
  bool tick(Cycle now, Issued& issued);
  /// kNever while the queue is empty: refreshes in between are caught up with when a burst enters, or by catch_up.
  Cycle next_event(Cycle now) const;
  /// The queue is empty: all refreshes until `now`.
  void catch_up(Cycle now);
  /// Commands are appended to `trace` from now on, in order of time; null: no longer.
  void trace_to(std::vector<DramCommand>* trace) { trace_ = trace; }
  const ChannelCounters& counters() const { return counters_; }
  /// All rows closed, nothing queued, counters 0; time starts again at 0.
  void reset();
  void visit(Archive& archive);  // channel_state.cpp

 private:
  static constexpr uint32_t kDirectionBursts = 32;
  static constexpr uint32_t kPassedBursts = 16;
  static constexpr uint16_t kNone = UINT16_MAX;

  enum class Found : uint8_t { unknown, hit, miss, conflict };
  /// A slot of the queue; those of a bank form a list in order of age.
  struct Entry {
    Burst burst;
    uint64_t row = 0;
    uint64_t order = 0;  ///< counts up over all bursts
    uint16_t bank = 0, next = kNone, previous = kNone;
    Found found = Found::unknown;
  };
  struct Bank {
    Cycle column = 0, precharge = 0,
          activate = 0;                         ///< first cycles that the bank allows for RD and WR, PRE, ACT and REF
    uint64_t row = 0;                           ///< while open
    uint32_t passed = 0;                        ///< bursts since ACT that went before an older one of another row
    uint16_t first = kNone, last = kNone;       ///< of its entries
    std::array<uint16_t, 2> hit{kNone, kNone};  ///< its oldest read and write of the open row
  };

  bool step(Cycle now, Issued* issued);
  void wake(Cycle at) { wake_ = at < wake_ ? at : wake_; }
  uint32_t group_of(uint32_t bank) const { return bank & (spec_.bank_groups - 1); }
  Cycle column_time(uint32_t bank, bool write) const;
  Cycle activate_time(uint32_t bank) const;
  void emit(Cycle now, DramCommandKind kind, uint32_t bank, uint64_t row);

  // column commands (channel_columns.cpp)
  uint16_t choose_column(Cycle now);
  uint16_t oldest_hit(bool write, uint64_t banks, Cycle now);
  void issue_column(uint16_t slot, Cycle now, Issued& issued);
  void keep_column_rules(const Entry& entry, Cycle now);
  void remove(uint16_t slot);
  uint16_t next_hit(const Bank& bank, uint16_t from, bool write) const;

  // channel_state.cpp
  std::vector<Entry> by_age() const;
  void fill(const std::vector<Entry>& queue);

  // row commands and refresh (channel_rows.cpp)
  void issue_row(Cycle now);
  void start_refresh(Cycle now);
  bool refresh_command(Cycle now);
  uint64_t refresh_choice();
  void activate(uint32_t bank, Cycle now);
  void precharge(uint32_t bank, Cycle now);
  void refresh(Cycle now);
  void count_activation(uint32_t group, Cycle now);
  void classify(uint32_t bank);

  ChannelSpec spec_;
  ChannelMap map_;
  std::vector<Entry> entries_;
  std::vector<uint16_t> free_;
  std::vector<Bank> banks_;
  std::array<uint64_t, 2> hits_{};  ///< banks with an open row that queued reads, writes want
  uint64_t rows_ = 0;               ///< banks with queued bursts that want PRE or ACT
  uint64_t open_ = 0, refreshed_ = 0;
  uint64_t refreshing_ = 0;            ///< banks whose refresh is due and not yet issued
  std::array<Cycle, 2> column_any_{};  ///< first cycle of a read, a write, in any group
  std::array<std::array<Cycle, 64>, 2> column_group_{};
  Cycle activate_any_ = 0;
  std::array<Cycle, 64> activate_group_{};
  std::array<Cycle, 4> window_{};  ///< from when on tFAW allows the next ACT, by the last four in turn
  uint32_t window_at_ = 0;
  Cycle refresh_due_ = kNever;
  Cycle wake_ = kNever;  ///< nothing can be issued before
  uint64_t orders_ = 0;
  bool writing_ = false;  ///< direction of the last column command
  uint32_t streak_ = 0;   ///< column commands in that direction
  ChannelCounters counters_;
  std::vector<DramCommand>* trace_ = nullptr;
};

}  // namespace psmc::sim
