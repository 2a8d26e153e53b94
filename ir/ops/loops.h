// SPDX-License-Identifier: Apache-2.0
// How loop-level ops hold their parts; every reader and writer goes through this.
//   for_:   attributes `low`, `high` (a sym list of one entry, or absent: the bound is an index operand), `step`
//   (default 1,
//           positive), `max_trip`. Operands: low if absent, high if absent, then the initial values.
//   load:   operands buffer, index values. store: value, buffer, index values. index: index values.
//           `map`: one row for each dimension (index: one row), [a coefficient for each index value ..., constant],
//           flat; `map_syms` (optional): one symbol expression for each row, added to it.
#pragma once

#include <optional>
#include <span>

#include "ir/module.h"

namespace psmc::ir {

struct LoopParts {
  std::optional<SymExpr> low, high;  ///< nothing: the value below
  ValueId low_value, high_value;
  int64_t step = 1;
  uint32_t first_init = 0;  ///< operand number of the first initial value
  uint32_t num_carried = 0;
};

/// The parts of a `for`; what a malformed one lacks is left out (num_carried 0).
LoopParts loop_parts(const Module& module, OpId op);

/// The subscripts of a load, a store or an index op.
struct SubscriptRows {
  uint32_t first_index = 0;  ///< operand number of the first index value
  uint32_t num_index = 0;
  uint32_t rows = 0;
  const IntList* map = nullptr;
  SymList syms;  ///< empty, or one a row

  int64_t coefficient(uint32_t row, uint32_t i) const { return (*map)[row * (num_index + 1) + i]; }
  /// Constant and symbols of a row.
  SymExpr offset(uint32_t row) const;
};

SubscriptRows subscript_rows(const Module& module, OpId op);

/// The scalar type in which an element is computed on: f32 of every float but f64, i32 of i8, else the type itself.
DType compute_dtype(DType element);

}  // namespace psmc::ir
