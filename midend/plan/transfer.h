// SPDX-License-Identifier: Apache-2.0
// A box of elements, copied between two strided layouts, as DMA descriptors.
#pragma once

#include <vector>

#include "arch/dma.h"

namespace psmc::midend {

/// One side of a copy: byte address of the box's first element and strides in elements.
struct Side {
  uint64_t address = 0;
  std::vector<int64_t> strides;
};

/// Descriptors (kind, rectangle and semaphores left to the caller) that move a box of `sizes` elements of
/// `element_bytes` from `source` to `destination`. Neighbouring dimensions that are contiguous on both sides are
/// merged; more than four dimensions become several descriptors.
std::vector<arch::Descriptor> copy_box(const std::vector<int64_t>& sizes, int64_t element_bytes, const Side& source,
                                       const Side& destination);

}  // namespace psmc::midend
