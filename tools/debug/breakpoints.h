// SPDX-License-Identifier: Apache-2.0
// What a run stops at.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "arch/image.h"
#include "sim/core/core.h"
#include "tools/debug/words.h"

namespace psmc::tools::debug {

using sim::Cycle;

struct Breakpoint {
  enum class Kind : uint8_t { cycle, word, op, scratchpad, memory };
  Kind kind = Kind::cycle;
  uint32_t number = 0;
  Cycle cycle = 0;
  uint32_t tile = 0;             ///< word, scratchpad
  std::optional<uint32_t> word;  ///< none: any
  uint32_t op = 0;
  Words::Range range;  ///< addresses
  std::string what;    ///< "tile 1 issues word 14"
};

class Breakpoints {
 public:
  explicit Breakpoints(const arch::Image& image) : image_(image), op_of_(image.machine.tiles(), kNoOp) {}

  /// The rest of `break ...`. Errors: bad_syntax.
  Result<const Breakpoint*> add(Words& words);
  bool remove(uint32_t number);
  void clear() { all_.clear(); }
  const std::vector<Breakpoint>& all() const { return all_; }

  /// The next cycle to stop before, after `now`.
  Cycle next_cycle(Cycle now) const;
  /// Whether there is anything but cycles.
  bool watches() const;

  // What happens; each is added to hits() if something stops there.
  void core(const sim::TraceEvent& event);
  void transfer(const sim::TransferEvent& event);
  void write(const sim::WriteEvent& event);
  /// A new launch.
  void forget();
  std::vector<std::string>& hits() { return hits_; }

 private:
  static constexpr uint32_t kNoOp = ~uint32_t{0};
  Result<Breakpoint> parse(Words& words) const;
  Result<Breakpoint> parse_op(Words& words) const;
  Result<Breakpoint> parse_address(Words& words) const;
  void hit(const Breakpoint& b, std::string how);

  const arch::Image& image_;
  std::vector<Breakpoint> all_;
  uint32_t numbers_ = 0;
  std::vector<uint32_t> op_of_;  ///< by tile: what its last cycle counted for
  std::vector<std::string> hits_;
};

}  // namespace psmc::tools::debug
