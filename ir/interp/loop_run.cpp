// SPDX-License-Identifier: Apache-2.0
// Runs a decoded loop-level function. Each access is checked against the extents of its buffer, each executed op counts
// as a step. What `alloc` gives is poisoned (NaN), so that reading before writing shows in the results.
#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "ir/array_convert.h"
#include "ir/interp/loop_program.h"
#include "ir/interp/storage.h"
#include "ir/ops/elementwise.h"
#include "ir/ops/loops.h"
#include "ir/verify.h"

namespace psmc::ir {
namespace {

class LoopRun {
 public:
  LoopRun(const Module& module, const LoopProgram& program, const InterpOptions& options)
      : module_(module),
        program_(program),
        options_(options),
        slots_(program.num_slots),
        storage_(program.buffers.size()) {
    for (const auto& [slot, value] : program.constants) slots_[slot] = value;
  }

  Status run(std::span<Array* const> args) {
    for (size_t i = 0; i < program_.buffers.size(); ++i) home_.push_back(static_cast<uint32_t>(i));
    PSMC_TRY(find_aliases(args));
    for (size_t i = 0; i < home_.size(); ++i) {
      if (home_[i] == i) PSMC_TRY(allocate(i));
    }
    for (size_t i = 0; i < args.size(); ++i) {
      if (home_[i] == i) PSMC_TRY(fill_storage(storage_[i], program_.buffers[i], *args[i]));
    }
    PSMC_TRY(execute(program_.body));
    for (size_t i = 0; i < args.size(); ++i) {
      if (home_[i] == i) read_storage(storage_[i], program_.buffers[i], *args[i]);
    }
    return {};
  }

 private:
  Diagnostic fail(Code code, OpId op, std::string message) {
    Diagnostic diagnostic = error(code, std::move(message));
    diagnostic.place = place_of(module_, op);
    return diagnostic;
  }

  /// One array given for two arguments is one memory.
  Status find_aliases(std::span<Array* const> args) {
    for (size_t i = 0; i < args.size(); ++i) {
      const auto j = static_cast<size_t>(std::find(args.begin(), args.end(), args[i]) - args.begin());
      if (j == i) continue;
      if (program_.buffers[i] != program_.buffers[j])
        return error(Code::interp_arguments, "one array for buffers of different types");
      home_[i] = static_cast<uint32_t>(j);
    }
    return {};
  }

  Storage& storage_of(const LoopInstr& instr) { return storage_[home_[instr.buffer]]; }

  Status allocate(size_t i) {
    const Type& type = program_.buffers[i];
    const __int128 bytes = static_cast<__int128>(buffer_storage(type)) * static_cast<__int128>(dtype_bytes(type.dtype));
    bytes_ += bytes;
    if (bytes_ > static_cast<__int128>(options_.max_bytes))
      return error(Code::interp_limit, "the buffers need more memory than allowed");
    storage_[i] = make_storage(type);
    return {};
  }

  Status execute(const std::vector<LoopInstr>& body) {
    for (const LoopInstr& instr : body) {
      if ((steps_ += kLoopOpSteps) > options_.max_steps) return fail(Code::interp_limit, instr.op, "too many steps");
      PSMC_TRY(execute(instr));
    }
    return {};
  }

  Status execute(const LoopInstr& instr) {
    switch (instr.kind) {
      case OpKind::for_: return run_loop(instr);
      case OpKind::load: return run_load(instr);
      case OpKind::store: return run_store(instr);
      case OpKind::alloc:
        steps_ += static_cast<uint64_t>(storage_of(instr).data.elements());
        poison(storage_of(instr));
        return {};
      case OpKind::index: slots_[instr.result].integer = value_of(instr.rows[0]); return {};
      default: run_scalar(instr); return {};
    }
  }

  int64_t value_of(const AffineRow& row) const {
    uint64_t value = static_cast<uint64_t>(row.offset);
    for (const auto& [slot, factor] : row.terms)
      value += static_cast<uint64_t>(factor) * static_cast<uint64_t>(slots_[slot].integer);
    return static_cast<int64_t>(value);
  }

  /// The element that a load or store names.
  Result<int64_t> address(const LoopInstr& instr) {
    const Storage& storage = storage_of(instr);
    int64_t at = 0;
    for (size_t d = 0; d < instr.rows.size(); ++d) {
      const int64_t subscript = value_of(instr.rows[d]);
      if (subscript < 0 || subscript >= storage.limits[d]) {
        return fail(Code::interp_bounds, instr.op,
                    fmt::format("subscript {} is {}, but dimension {} of the buffer has {} elements", d + 1, subscript,
                                d, storage.limits[d]));
      }
      at += subscript * storage.strides[d];
    }
    return at;
  }

  Status run_load(const LoopInstr& instr) {
    PSMC_ASSIGN(const int64_t at, address(instr));
    const Array& data = storage_of(instr).data;
    if (is_float(data.dtype))
      slots_[instr.result].number = data.get(at);
    else
      slots_[instr.result].integer = data.get_int(at);
    return {};
  }

  Status run_store(const LoopInstr& instr) {
    PSMC_ASSIGN(const int64_t at, address(instr));
    Array& data = storage_of(instr).data;
    const Scalar value = slots_[instr.args[0]];
    if (is_float(data.dtype))
      data.set(at, value.number);
    else
      data.set_int(at, value.integer);
    return {};
  }

  static void poison(Storage& storage) {
    const int64_t count = storage.data.elements();
    for (int64_t i = 0; i < count; ++i) {
      if (is_float(storage.dtype))
        storage.data.set(i, std::numeric_limits<double>::quiet_NaN());
      else
        storage.data.set_int(i, 0x5555555555555555);
    }
  }

  void run_scalar(const LoopInstr& instr) {
    Scalar args[3];
    for (uint32_t i = 0; i < instr.num_args; ++i) args[i] = slots_[instr.args[i]];
    slots_[instr.result] = apply_scalar(instr.kind, instr.dtype, instr.to, {args, instr.num_args});
  }

  Status run_loop(const LoopInstr& instr) {
    const LoopCode& loop = program_.loops[instr.loop];
    const int64_t low = value_of(loop.low), high = value_of(loop.high);
    std::vector<Scalar> next(loop.inits.size());
    for (size_t i = 0; i < next.size(); ++i) next[i] = slots_[loop.inits[i]];
    int64_t trips = 0;
    for (__int128 at = low; at < high; at += loop.step) {
      if (++trips > loop.max_trip && loop.max_trip >= 0) {
        return fail(
            Code::interp_bounds, instr.op,
            fmt::format("the loop runs from {} to {}, more often than max_trip = {}", low, high, loop.max_trip));
      }
      if ((steps_ += kLoopOpSteps) > options_.max_steps) return fail(Code::interp_limit, instr.op, "too many steps");
      slots_[loop.counter].integer = static_cast<int64_t>(at);
      for (size_t i = 0; i < next.size(); ++i) slots_[loop.carried[i]] = next[i];
      PSMC_TRY(execute(loop.body));
      for (size_t i = 0; i < next.size(); ++i) next[i] = slots_[loop.yielded[i]];
    }
    for (size_t i = 0; i < next.size(); ++i) slots_[loop.results[i]] = next[i];
    return {};
  }

  const Module& module_;
  const LoopProgram& program_;
  const InterpOptions& options_;
  std::vector<Scalar> slots_;
  std::vector<Storage> storage_;
  std::vector<uint32_t> home_;  ///< by buffer: where its storage is
  __int128 bytes_ = 0;
  uint64_t steps_ = 0;
};

}  // namespace

Status interpret_loops(const Module& module, FuncId func, std::span<Array* const> buffers, const SymbolValues& symbols,
                       const InterpOptions& options) {
  PSMC_TRY(check_symbols(module, func, symbols));
  const uint32_t count = module.block_data(module.func(func).body).num_args;
  if (buffers.size() != count) {
    return error(Code::interp_arguments, fmt::format("@{} takes {} buffers, not {}",
                                                     module.text(module.func(func).name), count, buffers.size()));
  }
  PSMC_ASSIGN(const LoopProgram program, decode_loops(module, func, symbols));
  return LoopRun(module, program, options).run(buffers);
}

}  // namespace psmc::ir
