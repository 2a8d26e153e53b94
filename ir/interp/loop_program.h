// SPDX-License-Identifier: Apache-2.0
// A loop-level function decoded for running: one instruction an op, scalars in numbered slots, symbols as numbers. So
// the interpreter's inner loop looks at no attribute and hashes nothing.
#pragma once

#include <vector>

#include "base/result.h"
#include "ir/interp/interpreter.h"
#include "ir/interp/scalar_op.h"

namespace psmc::ir {

/// offset + sum of coefficient * slot.
struct AffineRow {
  int64_t offset = 0;
  std::vector<std::pair<uint32_t, int64_t>> terms;
};

struct LoopInstr {
  OpKind kind{};
  DType dtype{};          ///< of the operands (elementwise), else of the result
  DType to{};             ///< of the result
  OpId op;                ///< where it comes from
  uint32_t result = 0;    ///< slot
  uint32_t args[3] = {};  ///< slots
  uint32_t num_args = 0;
  uint32_t buffer = 0;          ///< load, store, alloc
  uint32_t loop = 0;            ///< for
  std::vector<AffineRow> rows;  ///< load, store, index
};

struct LoopCode {
  AffineRow low, high;
  int64_t step = 1, max_trip = -1;  ///< -1: none
  uint32_t counter = 0;
  std::vector<uint32_t> inits, carried, yielded, results;
  std::vector<LoopInstr> body;
};

struct LoopProgram {
  std::vector<LoopInstr> body;
  std::vector<LoopCode> loops;
  std::vector<std::pair<uint32_t, Scalar>> constants;  ///< slots with their values from the start
  std::vector<Type> buffers;                           ///< arguments first, then allocs
  uint32_t num_slots = 0;
};

/// Errors: interp_unsupported for an op that has no meaning at loop level.
Result<LoopProgram> decode_loops(const Module& module, FuncId func, const SymbolValues& symbols);

}  // namespace psmc::ir
