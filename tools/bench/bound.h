// SPDX-License-Identifier: Apache-2.0
// Lower bounds of cycles: what no program for the machine can be faster than. Sources: the numbers of arch/machine.h.
//
//   matrix   multiply-adds / (tiles * multiply-adds a cycle of a matrix unit)
//   vector   elements of elementwise work / (tiles * lanes)
//   memory   bytes that must cross the memory channels / their bytes a cycle
//   latency  one descriptor's start, the request's hop, a closed row's first burst, its hop, one operation, and a
//            store's start and hop: the chain that nothing hides (parts that a work does not have do not count)
//
// The bound is the largest. Left out, so the bound is a bound but not always the best one: bytes over network cuts,
// scratchpad ports, re-reads of working sets that exceed the scratchpads.
#pragma once

#include <string_view>

#include "arch/machine.h"
#include "base/dtype.h"

namespace psmc::tools {

/// Amounts of work; they add up.
struct Work {
  double macs_bf16 = 0, macs_f32 = 0, macs_i8 = 0;
  double vector_elements = 0;          ///< results of elementwise ops and elements of reductions
  double bytes_in = 0, bytes_out = 0;  ///< from and to device memory
  double macs() const { return macs_bf16 + macs_f32 + macs_i8; }
  void add(const Work& other);
  /// Counts multiply-adds of operands of that type (f16 runs as f32).
  void add_macs(DType dtype, double count);
};

struct Bound {
  double cycles = 0;
  std::string_view binding;  ///< "matrix", "vector", "memory" or "latency"
};

Bound lower_bound(const arch::Machine& machine, const Work& work);

/// Multiply-adds a cycle of all matrix units.
double peak_macs(const arch::Machine& machine, DType dtype);

}  // namespace psmc::tools
