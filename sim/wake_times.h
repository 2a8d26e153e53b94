// SPDX-License-Identifier: Apache-2.0
// When each of some components has to be ticked next. Nobody looks at them in cycles before the earliest of these.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "sim/network/packet.h"

namespace psmc::sim {

class WakeTimes {
 public:
  explicit WakeTimes(size_t count = 0) : at_(count, kNever) {}

  Cycle operator[](uint32_t i) const { return at_[i]; }
  /// `i` has to be ticked at `cycle`, not when it had to be before.
  void set(uint32_t i, Cycle cycle) {
    at_[i] = cycle;
    earliest_ = std::min(earliest_, cycle);
  }
  /// No component has to be ticked before this cycle; until refresh() it may be too early.
  Cycle earliest() const { return earliest_; }
  void refresh() { earliest_ = at_.empty() ? kNever : *std::min_element(at_.begin(), at_.end()); }
  template <typename Archive>
  void visit(Archive& archive) {
    archive(at_);
    refresh();
  }
  void clear() {
    std::fill(at_.begin(), at_.end(), kNever);
    earliest_ = kNever;
  }

 private:
  std::vector<Cycle> at_;
  Cycle earliest_ = kNever;
};

}  // namespace psmc::sim
