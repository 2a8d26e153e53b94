// SPDX-License-Identifier: Apache-2.0
#include "sim/dma/transfer.h"

namespace psmc::sim {

PieceCursor::PieceCursor(const arch::Descriptor& d)
    : run_(d.run),
      source_stride_(d.source_stride),
      destination_stride_(d.destination_stride),
      source_(d.source),
      destination_(d.destination),
      done_(false) {
  for (size_t i = 0; i < 3; ++i) count_[i] = d.count[i];
  // Join what is contiguous on both sides, innermost first.
  while (count_[0] > 1 || count_[1] > 1 || count_[2] > 1) {
    if (count_[0] == 1) {
      for (size_t i = 0; i < 2; ++i) {
        count_[i] = count_[i + 1];
        source_stride_[i] = source_stride_[i + 1];
        destination_stride_[i] = destination_stride_[i + 1];
      }
      count_[2] = 1;
      continue;
    }
    const int64_t run = static_cast<int64_t>(run_);
    if (source_stride_[0] != run || destination_stride_[0] != run) break;
    run_ *= count_[0];
    count_[0] = 1;
  }
}

void PieceCursor::advance(uint32_t bytes) {
  offset_ += bytes;
  if (offset_ < run_) return;
  offset_ = 0;
  for (size_t i = 0; i < 3; ++i) {
    source_ += static_cast<uint64_t>(source_stride_[i]);
    destination_ += static_cast<uint64_t>(destination_stride_[i]);
    if (++index_[i] < count_[i]) return;
    source_ -= static_cast<uint64_t>(source_stride_[i]) * count_[i];
    destination_ -= static_cast<uint64_t>(destination_stride_[i]) * count_[i];
    index_[i] = 0;
  }
  done_ = true;
}

}  // namespace psmc::sim
