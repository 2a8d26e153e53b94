// SPDX-License-Identifier: Apache-2.0
// Random graph-level programs with inputs, for fuzzing everything that takes a module: the readers and printers, each
// pass, the whole compiler against the interpreter.
//
// The numbers stay sane: each value carries an interval that its elements lie in, and an op is only applied where its
// result is finite and well conditioned (no logarithm near zero, no exponential of a large number, no division by
// almost nothing). Inputs are multiples of 1/16, so they are exact in every float type; values that only move or
// compare such numbers are *exact*, and what jumps (comparisons, floor, conversion to integers) is applied to exact
// values only. So two correct ways of computing a program agree up to rounding.
#pragma once

#include <vector>

#include "base/random.h"
#include "ir/array.h"
#include "ir/module.h"

namespace psmc::ir {

struct RandomOptions {
  int ops = 16;                              ///< about how many
  std::vector<OpKind> kinds;                 ///< which ops; empty: all of the graph level
  std::vector<DType> floats = {DType::f32};  ///< the types that inputs have and casts go to
  bool symbols = true;                       ///< run-time offsets and sizes
  bool composites = true;                    ///< calls of softmax, rms_norm ...
  bool groups = true;
  bool states = true;       ///< a state argument that is read and updated
  bool functions = false;   ///< a second function, and a call of it
  bool integers = true;     ///< i32 values besides indices
  bool extensions = false;  ///< of the module and of some constants; all else stays the same
  int64_t max_extent = 24;
  int64_t max_elements = 4096;  ///< of one value
};

/// A module with one function @main (and perhaps @callee before it) that passes the verifier.
Module random_module(uint64_t seed, const RandomOptions& options = {});

struct RandomInputs {
  std::vector<Array> args;                         ///< of the function's arguments
  std::vector<std::pair<StrId, int64_t>> symbols;  ///< each within its range
};
/// Inputs as the generator assumed them.
RandomInputs random_inputs(const Module& module, FuncId func, uint64_t seed);

}  // namespace psmc::ir
