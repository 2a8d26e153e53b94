// SPDX-License-Identifier: Apache-2.0
// A concrete tensor value: what the reference interpreter computes on. Row-major without padding.
#pragma once

#include <cstring>
#include <vector>

#include "base/dtype.h"

namespace psmc::ir {

struct Array {
  DType dtype = DType::f32;
  std::vector<int64_t> shape;  ///< empty: a scalar, one element
  std::vector<std::byte> bytes;

  Array() = default;
  Array(DType type, std::vector<int64_t> dims);  ///< zeros
  int64_t elements() const;
  /// Element `i` as a double (integers up to 2^53 exactly; bool as 0 or 1).
  double get(int64_t i) const;
  /// Rounds to the dtype (floats: nearest even; integers: truncates towards zero, saturates; NaN to 0).
  void set(int64_t i, double value);
  int64_t get_int(int64_t i) const;  ///< exact for every integer type
  void set_int(int64_t i, int64_t value);
  bool operator==(const Array&) const = default;  ///< bit for bit
};

}  // namespace psmc::ir
