// SPDX-License-Identifier: Apache-2.0
// Records of tiles, each in the order of its own cycles, merged into one order of cycles.
#pragma once

#include <algorithm>
#include <vector>

#include "tools/trace/sink.h"

namespace psmc::tools::trace {

/// `Record` has members `cycle` and `tile`.
template <typename Record>
class CycleOrder {
 public:
  void add(Record record) { records_.push_back(std::move(record)); }

  /// Calls `write` for each record before `cycle`, by cycle, then tile, then the order in which they came.
  template <typename Write>
  void take_until(Cycle cycle, Write&& write) {
    const auto later =
        std::stable_partition(records_.begin(), records_.end(), [&](const Record& r) { return r.cycle < cycle; });
    std::stable_sort(records_.begin(), later, [](const Record& a, const Record& b) {
      return a.cycle != b.cycle ? a.cycle < b.cycle : a.tile < b.tile;
    });
    for (auto r = records_.begin(); r != later; ++r) write(*r);
    records_.erase(records_.begin(), later);
  }

 private:
  std::vector<Record> records_;
};

}  // namespace psmc::tools::trace
