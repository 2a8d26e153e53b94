// SPDX-License-Identifier: Apache-2.0
// Scratchpad buffers of one program and where they lie. A buffer has the same address, strides and size on every tile
// (its size is that of the largest share), so one multicast can fill it everywhere.
//
// place() solves dynamic storage allocation by first fit in order of decreasing size: each buffer takes the lowest
// address where it meets no earlier placed buffer that is live at the same time. Cost: n log n + pairs that overlap in
// time.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"

namespace psmc::midend {

using BufferId = Id<struct BufferTag>;

struct Buffer {
  std::string what;  ///< for messages: the value's name
  uint64_t bytes = 0;
  int64_t live_from = 0;  ///< first moment at which somebody may write it
  int64_t live_to = 0;    ///< last moment at which somebody may read it
  uint64_t address = 0;   ///< after place()
};

class BufferTable {
 public:
  BufferId add(Buffer buffer);
  Buffer& operator[](BufferId id) { return buffers_[id.index]; }
  const Buffer& operator[](BufferId id) const { return buffers_[id.index]; }
  void use(BufferId id, int64_t when);  ///< extends the life to `when`
  /// Gives every buffer an address in [base, limit), 64-byte aligned; returns the end of the used range.
  /// Errors: scratchpad_full, with the largest buffers.
  Result<uint64_t> place(uint64_t base, uint64_t limit);
  size_t size() const { return buffers_.size(); }

 private:
  std::vector<Buffer> buffers_;
};

}  // namespace psmc::midend
