// SPDX-License-Identifier: Apache-2.0
// Buffers while a loop-level function runs: elements with their padding, and how far each subscript may go.
#pragma once

#include "ir/array.h"
#include "ir/module.h"

namespace psmc::ir {

/// A buffer's memory. A subscript along dimension d is within 0..limits[d] - 1: the extent, or what the strides leave
/// for padding; the only dimension of a vector is padded to 64 bytes.
struct Storage {
  DType dtype = DType::f32;
  std::vector<int64_t> strides, limits;
  Array data;  ///< flat

  double load(int64_t at) const { return data.get(at); }
};

/// Storage of a buffer type; elements are 0.
Storage make_storage(const Type& buffer);
/// Elements of the array, which is a tensor of the buffer's shape or its flat storage. Errors: interp_arguments.
Status fill_storage(Storage& storage, const Type& buffer, const Array& from);
/// The way back.
void read_storage(const Storage& storage, const Type& buffer, Array& to);

}  // namespace psmc::ir
