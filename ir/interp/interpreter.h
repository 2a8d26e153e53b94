// SPDX-License-Identifier: Apache-2.0
// The reference interpreter: what a module means, at graph and at loop level. Every pass and every compiled program is
// checked against it.
//
// Modules must have passed the verifier. Arguments and symbol values are checked; work and memory are limited, so that
// a hostile program ends with an error.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "ir/array.h"
#include "ir/module.h"

namespace psmc::ir {

using SymbolValues = std::vector<std::pair<StrId, int64_t>>;

/// What one op costs at graph and at loop level besides its elements, in steps.
constexpr uint64_t kOpSteps = 256, kLoopOpSteps = 16;

struct InterpOptions {
  /// Element operations in all; an op is at least kOpSteps of them. About a nanosecond each: some seconds.
  uint64_t max_steps = uint64_t{1} << 32;
  uint64_t max_bytes = uint64_t{1} << 33;  ///< of values alive at once, with what one op needs to compute
  /// Called for each value of the module when it is computed (not for those inside composites).
  std::function<void(ValueId, const Array&)> observer;
};

/// Runs functions of one module, keeping constants and composite definitions between runs.
class Interpreter {
 public:
  explicit Interpreter(const Module& module, InterpOptions options = {});
  ~Interpreter();

  /// A graph-level function: results in order; state arguments and results are ordinary values. Errors:
  /// interp_arguments, interp_limit, interp_bounds, interp_unsupported.
  Result<std::vector<Array>> run(FuncId func, std::span<const Array> args, const SymbolValues& symbols);
  Result<std::vector<Array>> run(FuncId func, std::span<const Array* const> args, const SymbolValues& symbols);

 private:
  struct Slot;
  struct Composed;
  struct Call;  ///< what an activation of a function knows

  Status enter(Call& call, std::span<const Array* const> args);
  Status run_block(Call& call, BlockId block);
  Status run_op(Call& call, OpId op);
  Status run_core(Call& call, OpId op);
  Status run_group(Call& call, OpId op);
  Status run_call(Call& call, OpId op);
  Result<std::vector<Array>> run_composite(Call& call, OpId op, std::span<const Array* const> args);
  Result<Composed*> compose(Call& call, OpId op, std::span<const Array* const> args);
  Result<std::vector<Array>> take_results(Call& call);
  Result<const Array*> constant(Call& call, OpId op);
  Status charge(Call& call, OpId op, std::span<const Array* const> operands);
  void define(ValueId value, Array array);
  void release(ValueId value);
  const Array& get(ValueId value) const;
  std::vector<const Array*> operands(OpId op) const;
  void find_deaths(BlockId block, std::vector<ValueId>& used);

  const Module& module_;
  InterpOptions options_;
  std::vector<Slot> slots_;                   ///< by value
  std::vector<std::vector<ValueId>> deaths_;  ///< by op: values of its block that nothing uses afterwards
  std::vector<bool> prepared_;                ///< by function
  std::vector<FuncId> active_;
  std::map<uint32_t, Array> constants_;
  std::map<std::string, std::unique_ptr<Composed>> composed_;
  uint64_t steps_ = 0, live_bytes_ = 0;
};

/// One run; see Interpreter::run.
Result<std::vector<Array>> interpret(const Module& module, FuncId func, std::span<const Array> args,
                                     const SymbolValues& symbols = {}, const InterpOptions& options = {});

/// A loop-level function on one array for each buffer argument, changed in place (one array for two arguments of
/// one type is one memory). An array holds the buffer's elements
/// either as a tensor of its shape (padding is then zero before and lost after), or as the flat storage that the
/// strides describe, padding included (`buffer_storage` elements or more). Errors: interp_arguments, interp_limit,
/// interp_bounds (an access outside the buffer's padded extents), interp_unsupported.
Status interpret_loops(const Module& module, FuncId func, std::span<Array* const> buffers,
                       const SymbolValues& symbols = {}, const InterpOptions& options = {});

/// Elements that the buffer occupies with its padding.
int64_t buffer_storage(const Type& buffer);

/// The value of each symbol of `func` by its name. Errors: interp_arguments (missing, or outside its range).
Status check_symbols(const Module& module, FuncId func, const SymbolValues& symbols);

}  // namespace psmc::ir
