// SPDX-License-Identifier: Apache-2.0
// A judge of DRAM command traces. It knows the parameters of the DRAM as a machine file states them and the rules of
// JESD79-4 (DDR4) and JESD235 (HBM), nothing of the controller: each command is held against all earlier ones.
//
// | group        | rules                                                                                              |
// |--------------|----------------------------------------------------------------------------------------------------|
// | state        | ACT of a closed bank; RD, WR where their row is open; REF of closed banks                          |
// | distances    | tRCD tRAS tRC tRP tRFC of a bank; tRRD tCCD tWTR by bank group; tRTW tRTP tWR; tFAW                |
// | buses        | one command a cycle and command bus; no two bursts at once on the data bus                         |
// | refresh      | at most 8 postponed or ahead of tREFI; of single banks each once a round                           |
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "arch/machine.h"
#include "sim/memory/channel_spec.h"

namespace psmc::tools {

class DramChecker {
 public:
  explicit DramChecker(const arch::Memory& memory);

  void check(const sim::DramCommand& command);
  /// The trace ends; refreshes that were due before `cycle` must have come.
  void finish(uint64_t cycle);

  uint64_t commands() const { return commands_; }
  uint64_t violations() const { return violations_; }
  /// The first few, one line each.
  const std::vector<std::string>& messages() const { return messages_; }

 private:
  using Kind = sim::DramCommandKind;
  enum class Scope : uint8_t { bank, group, channel };
  static constexpr size_t kKinds = 5, kMessages = 8;
  static constexpr int64_t kLongAgo = INT64_MIN / 2;

  /// `to` comes at least `cycles` after the last `from` of the same bank, of its bank group, or of the channel.
  struct Rule {
    Kind from, to;
    Scope scope;
    int64_t cycles;
    const char* name;
  };
  using Times = std::array<int64_t, kKinds>;  ///< of the last command of each kind
  struct Bank {
    bool open = false;
    uint64_t row = 0;
  };
  struct Interval {
    int64_t begin, end;
  };

  void add(Kind from, Kind to, Scope scope, int64_t cycles, const char* name);
  void add_bank_rules(const arch::Memory& m);
  void add_channel_rules(const arch::Memory& m);
  void check_distances(const sim::DramCommand& c, uint32_t bank);
  void check_buses(const sim::DramCommand& c);
  void check_window(int64_t now);
  void check_state(const sim::DramCommand& c, uint32_t bank);
  void check_refresh(const sim::DramCommand& c);
  void note(const sim::DramCommand& c, uint32_t bank);
  void violation(int64_t cycle, std::string what);
  uint32_t banks() const { return static_cast<uint32_t>(banks_.size()); }

  uint32_t groups_, buses_;
  bool all_banks_;
  int64_t burst_, cl_, cwl_, faw_, refi_;
  std::array<std::vector<Rule>, kKinds> rules_;  ///< by `to`
  std::vector<Times> bank_times_, group_times_;
  Times channel_times_;
  std::vector<Bank> banks_;
  std::deque<int64_t> activations_;  ///< the last four
  std::vector<Interval> data_;       ///< bursts that are not over
  std::array<int64_t, 2> last_on_bus_{-1, -1};
  std::vector<bool> refreshed_;  ///< in this round
  uint64_t refreshes_ = 0, commands_ = 0, violations_ = 0;
  std::vector<std::string> messages_;
};

}  // namespace psmc::tools
