// SPDX-License-Identifier: Apache-2.0
// Walking several strided tensors together: `for_each_row` visits the points of a shape row by row (the last dimension
// is the row) and gives, for each tensor, the element offset at which the row begins. Reference evaluation is made of
// it.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace psmc::ir {

using Strides = std::vector<int64_t>;

/// Wraps, which happens only in tensors without elements.
inline int64_t times(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) * static_cast<uint64_t>(b));
}

inline Strides row_major(std::span<const int64_t> shape) {
  Strides strides(shape.size(), 1);
  for (size_t d = shape.size(); d-- > 1;) strides[d - 1] = times(strides[d], shape[d]);
  return strides;
}

inline int64_t count_of(std::span<const int64_t> shape) {
  int64_t count = 1;
  for (const int64_t extent : shape) count = times(count, extent);
  return count;
}

/// Strides of a tensor of `shape` seen as `to` (numpy broadcasting): 0 along stretched and added dimensions.
inline Strides broadcast_strides(std::span<const int64_t> shape, std::span<const int64_t> to) {
  const Strides own = row_major(shape);
  Strides strides(to.size(), 0);
  const size_t skip = to.size() - shape.size();
  for (size_t d = 0; d < shape.size(); ++d) strides[skip + d] = shape[d] == 1 ? 0 : own[d];
  return strides;
}

/// Calls visit(offsets, length, steps): the row's first offsets, its length, and the strides along it.
template <size_t kTensors, typename Visit>
void for_each_row(std::span<const int64_t> shape, const std::array<Strides, kTensors>& strides, Visit&& visit) {
  if (count_of(shape) == 0) return;
  std::array<int64_t, kTensors> offsets{}, steps{};
  const size_t rank = shape.size();
  if (rank == 0) return visit(offsets, int64_t{1}, steps);
  for (size_t t = 0; t < kTensors; ++t) steps[t] = strides[t][rank - 1];
  std::vector<int64_t> index(rank, 0);
  for (;;) {
    visit(offsets, shape[rank - 1], steps);
    size_t d = rank - 1;
    for (;;) {
      if (d == 0) return;
      --d;
      for (size_t t = 0; t < kTensors; ++t) offsets[t] += strides[t][d];
      if (++index[d] < shape[d]) break;
      for (size_t t = 0; t < kTensors; ++t) offsets[t] -= strides[t][d] * shape[d];
      index[d] = 0;
    }
  }
}

}  // namespace psmc::ir
