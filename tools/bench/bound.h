// SPDX-License-Identifier: Apache-2.0
// Lower bounds of cycles: what no program for the machine can be faster than. Sources: the numbers of arch/machine.h.
//
//   matrix      multiply-adds / (tiles * multiply-adds a cycle of a matrix unit)
//   vector      elements of elementwise work / (tiles * lanes)
//   arithmetic  both together / what both units do a cycle. An accumulator has 16 rows and columns, and a product with
//               fewer of one (a vector times a matrix has one) fills no more than 16 times as many of its 256 places,
//               so it gets that share of the matrix unit, whatever is packed together
//   scratchpad  bytes that ops read and write / (tiles * 2 ports * bytes of a port): ops pass values through the
//               scratchpads, so each element of an operand is loaded at least once, each of a result stored
//   memory      bytes that must cross the memory channels / their bytes a cycle
//   latency     one descriptor's start, the request's hop, a closed row's first burst, its hop, one operation, and a
//               store's start and hop: the chain that nothing hides (parts that a work does not have do not count)
//
// The bound of a launch is the largest. The bound of an op is the largest of the first four, which are proven for the
// mean of what all tiles spend on it: on fewer tiles the work takes longer there, by as much. Its bytes from memory may
// come while other ops run. Left out, so the bound is a bound but not always the best one: bytes over network cuts,
// re-reads of working sets that exceed the scratchpads, values that several tiles need.
#pragma once

#include <string_view>

#include "arch/machine.h"
#include "base/dtype.h"

namespace psmc::tools {

/// Amounts of work; they add up.
struct Work {
  double macs_bf16 = 0, macs_f32 = 0, macs_i8 = 0;
  double widest = 0;                   ///< of all products: the fewer of rows and columns, at most 16
  double vector_elements = 0;          ///< results of elementwise ops and elements of reductions
  double scratchpad_bytes = 0;         ///< operands and results
  double bytes_in = 0, bytes_out = 0;  ///< from and to device memory
  double macs() const { return macs_bf16 + macs_f32 + macs_i8; }
  void add(const Work& other);
  /// Counts multiply-adds of operands of that type (f16 runs as f32), of a product with that many rows and columns.
  void add_macs(DType dtype, double count, double rows = 16, double columns = 16);
};

struct Bound {
  double cycles = 0;
  std::string_view binding;  ///< its name above
};

/// Of an op: the largest of what its tiles must do.
Bound tile_bound(const arch::Machine& machine, const Work& work);
/// Cycles of the memory channels.
double memory_cycles(const arch::Machine& machine, const Work& work);
/// Of a launch: the largest.
Bound lower_bound(const arch::Machine& machine, const Work& work);

/// Multiply-adds a cycle of all matrix units.
double peak_macs(const arch::Machine& machine, DType dtype);

}  // namespace psmc::tools
