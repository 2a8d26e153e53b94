// SPDX-License-Identifier: Apache-2.0
#include "sim/checkpoint/archive.h"
#include "sim/semaphores.h"

namespace psmc::sim {

/// No overflow: that ends a run.
void Semaphores::visit(Archive& archive) {
  for (Entry& e : entries_) {
    archive.below(e.value, uint64_t{maximum_} + 1);
    archive(e.last_poster, e.expected);
  }
  for (Wait& w : waits_) {
    archive(w.waiting, w.amount);
    archive.below(w.semaphore, count_);
  }
}

}  // namespace psmc::sim
