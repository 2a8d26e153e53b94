// SPDX-License-Identifier: Apache-2.0
// One memory channel: a queue of bursts, banks with an open row each, refresh.
//
// | a burst that enters an idle channel at t finds | row command(s)            | column command | last byte at  |
// |------------------------------------------------|---------------------------|----------------|---------------|
// | its row open (hit)                             |                           | t              | t + hit       |
// | the bank closed (miss)                         | activate t                | t + miss - hit | t + miss      |
// | another row open (conflict)                    | precharge t, activate     | t + conflict   | t + conflict  |
// |                                                | t + (conflict - miss)     |   - hit        |               |
//
// One column and one row command a cycle at most; column commands are `burst_cycles` apart (the data bus), a read
// follows a write by `turnaround` more. Order: of the bursts whose row is open, those of the direction being served
// first, then the oldest; a direction keeps the bus for at most kDirectionBursts bursts while the other one waits, a
// burst is passed over at most kPatience cycles. A row command is for the oldest burst that needs one in a bank that no
// older hit needs.
//
// Refresh: every `refresh_interval` cycles one bank is due, each bank once a round; idle banks first, else the lowest.
// It starts when the bank has finished its command, closes the row and takes `refresh_cycles`.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/network/packet.h"

namespace psmc::sim {

class Archive;

struct ChannelSpec {
  uint32_t queue = 32;
  uint32_t banks = 16;
  uint32_t row_bytes = 2048;
  uint32_t hit = 17, miss = 31, conflict = 45;
  uint32_t burst_cycles = 2;
  uint32_t refresh_interval = 256;  ///< 0: no refresh
  uint32_t refresh_cycles = 60;
  uint32_t turnaround = 8;
};

/// A burst in the queue. `address` is linear within the channel.
struct Burst {
  uint64_t address = 0;
  bool write = false;
  uint32_t owner = 0;  ///< the caller's name for it, e.g. a slot of pending replies
  uint8_t index = 0;   ///< which burst of the owner
};

/// A burst whose column command has been issued; its last byte is on the bus at `done`.
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

  uint32_t room() const { return spec_.queue - static_cast<uint32_t>(queue_.size()); }
  void accept(const Burst& burst, Cycle now);
  /// One cycle; at most one burst is issued: true and `issued` is set.
  bool tick(Cycle now, Issued& issued);
  /// kNever while the queue is empty (refreshes in between are caught up with later).
  Cycle next_event(Cycle now) const;
  const ChannelCounters& counters() const { return counters_; }
  /// All rows closed, nothing queued, counters 0; time starts again at 0.
  void reset();
  void visit(Archive& archive);  // channel_state.cpp

 private:
  static constexpr uint32_t kDirectionBursts = 16;
  static constexpr Cycle kPatience = 1000;

  enum class Found : uint8_t { unknown, hit, miss, conflict };
  struct Entry {
    Burst burst;
    uint32_t bank = 0;
    uint64_t row = 0;
    Cycle arrived = 0;
    Found found = Found::unknown;
  };
  struct Bank {
    bool open = false;
    bool refresh_due = false;
    bool refreshed = false;  ///< in this round
    uint64_t row = 0;
    Cycle ready = 0;      ///< first cycle for the next command
    uint32_t queued = 0;  ///< bursts in the queue
  };

  void refresh(Cycle now);
  void refresh_one(Cycle at);
  int choose_column(Cycle now) const;
  Issued issue_column(size_t at, Cycle now);
  void issue_row(Cycle now);
  void prepare(Entry& e, Cycle now);

  ChannelSpec spec_;
  std::vector<Entry> queue_;  ///< oldest first
  std::vector<Bank> banks_;
  Cycle bus_free_ = 0;    ///< first cycle for the next column command
  Cycle read_from_ = 0;   ///< first cycle for a read after a write
  Cycle idle_until_ = 0;  ///< nothing can be issued before
  bool writing_ = false;  ///< direction of the last column command
  uint32_t writes_ = 0;   ///< in the queue
  uint32_t streak_ = 0;   ///< column commands in that direction
  Cycle refreshed_until_ = 0;
  ChannelCounters counters_;
};

}  // namespace psmc::sim
