// SPDX-License-Identifier: Apache-2.0
// Graph level: values are arrays in one table by value id (a function is active at most once). A value is freed after
// the last op of its block that uses it, so memory is that of the live values.
#include "ir/interp/interpreter.h"

#include <algorithm>

#include <fmt/format.h>

#include "ir/interp/composed.h"
#include "ir/op.h"
#include "ir/ops/contract_spec.h"
#include "ir/text/print_type.h"

namespace psmc::ir {

/// A computed value, or a view of one that lives elsewhere (a constant, an argument).
struct Interpreter::Slot {
  Array owned;
  const Array* view = nullptr;
};

struct Interpreter::Call {
  FuncId func;
  const SymbolValues& symbols;
  int64_t value_of(const SymExpr& expr) const;
};

struct Interpreter::Composed {
  ComposedModule definition;
  std::unique_ptr<Interpreter> interpreter;
};

namespace {

/// Definitions kept; attention has one for each position.
constexpr size_t kMaxComposed = 256;
/// Functions that call one another, at most.
constexpr size_t kMaxDepth = 256;

/// a * b, at most 2^63 - 1; both not negative.
uint64_t saturating_product(uint64_t a, uint64_t b) {
  const unsigned __int128 product = static_cast<unsigned __int128>(a) * b;
  return product > INT64_MAX ? INT64_MAX : static_cast<uint64_t>(product);
}

std::string shape_text(std::span<const int64_t> shape) { return fmt::format("[{}]", fmt::join(shape, ", ")); }

}  // namespace

int64_t Interpreter::Call::value_of(const SymExpr& expr) const {
  int64_t value = expr.constant;
  for (const auto& [name, factor] : expr.terms) {
    for (const auto& [symbol, number] : symbols) {
      if (symbol == name) value += factor * number;
    }
  }
  return value;
}

Status check_symbols(const Module& module, FuncId func, const SymbolValues& symbols) {
  for (const Symbol& symbol : module.func(func).symbols) {
    const auto given =
        std::find_if(symbols.begin(), symbols.end(), [&](const auto& pair) { return pair.first == symbol.name; });
    const auto name = module.text(symbol.name);
    if (given == symbols.end()) return error(Code::interp_arguments, fmt::format("the symbol {} has no value", name));
    if (given->second < symbol.low || given->second > symbol.high) {
      return error(Code::interp_arguments,
                   fmt::format("the symbol {} is {}, not within {}..{}", name, given->second, symbol.low, symbol.high));
    }
  }
  return {};
}

Interpreter::Interpreter(const Module& module, InterpOptions options) : module_(module), options_(std::move(options)) {}
Interpreter::~Interpreter() = default;

Result<std::vector<Array>> Interpreter::run(FuncId func, std::span<const Array> args, const SymbolValues& symbols) {
  std::vector<const Array*> pointers;
  for (const Array& arg : args) pointers.push_back(&arg);
  return run(func, std::span<const Array* const>(pointers), symbols);
}

Result<std::vector<Array>> Interpreter::run(FuncId func, std::span<const Array* const> args,
                                            const SymbolValues& symbols) {
  if (active_.empty()) steps_ = live_bytes_ = 0;
  if (std::find(active_.begin(), active_.end(), func) != active_.end()) {
    return error(Code::interp_unsupported, fmt::format("@{} calls itself", module_.text(module_.func(func).name)));
  }
  if (active_.size() >= kMaxDepth) return error(Code::interp_limit, "functions call one another too deeply");
  PSMC_TRY(check_symbols(module_, func, symbols));
  slots_.resize(std::max<size_t>(slots_.size(), module_.num_values()));
  deaths_.resize(std::max<size_t>(deaths_.size(), module_.num_ops()));
  prepared_.resize(std::max<size_t>(prepared_.size(), module_.num_funcs()));
  Call call{func, symbols};
  active_.push_back(func);
  Status done = enter(call, args);
  if (done.ok()) done = run_block(call, module_.func(func).body);
  active_.pop_back();
  if (!done.ok()) return done.diagnostic();
  return take_results(call);
}

Status Interpreter::enter(Call& call, std::span<const Array* const> args) {
  const BlockId body = module_.func(call.func).body;
  const uint32_t count = module_.block_data(body).num_args;
  const auto name = module_.text(module_.func(call.func).name);
  if (args.size() != count) {
    return error(Code::interp_arguments, fmt::format("@{} takes {} arguments, not {}", name, count, args.size()));
  }
  for (uint32_t i = 0; i < count; ++i) {
    const ValueId arg = module_.block_arg(body, i);
    const Type& type = module_.value_type(arg);
    bool fits = type.is_tensor() && args[i]->dtype == type.dtype && args[i]->shape.size() == type.rank();
    for (size_t d = 0; fits && d < type.rank(); ++d) fits = args[i]->shape[d] == call.value_of(type.dims[d].size);
    fits = fits && args[i]->bytes.size() == static_cast<size_t>(args[i]->elements()) * dtype_bytes(type.dtype);
    if (!fits) {
      return error(Code::interp_arguments,
                   fmt::format("argument {} of @{} must be {}, but is {} of shape {}", i + 1, name,
                               print_type(module_, type), dtype_name(args[i]->dtype), shape_text(args[i]->shape)));
    }
    slots_[arg.index].view = args[i];
    if (options_.observer) options_.observer(arg, *args[i]);
  }
  if (prepared_[call.func.index]) return {};
  prepared_[call.func.index] = true;
  std::vector<ValueId> used;
  find_deaths(body, used);
  return {};
}

/// Fills `deaths_` for the ops of a block, and adds to `used` every value that the block and those inside it use.
void Interpreter::find_deaths(BlockId block, std::vector<ValueId>& used) {
  std::map<ValueId, OpId> last;
  const auto is_here = [&](ValueId value) {
    const OpId def = module_.def(value);
    return def.valid() && module_.op(def).parent == block;
  };
  for (const OpId op : ops_of(module_, block)) {
    std::vector<ValueId> mine(module_.operands(op).begin(), module_.operands(op).end());
    for (uint32_t b = 0; b < module_.op(op).num_blocks; ++b) find_deaths(module_.block(op, b), mine);
    for (uint32_t r = 0; r < module_.op(op).num_results; ++r) mine.push_back(module_.result(op, r));
    for (const ValueId value : mine) {
      if (is_here(value)) last[value] = op;
    }
    used.insert(used.end(), mine.begin(), mine.end());
  }
  for (const auto& [value, op] : last) deaths_[op.index].push_back(value);
}

Status Interpreter::run_block(Call& call, BlockId block) {
  for (const OpId op : ops_of(module_, block)) {
    if (op_def(module_.kind(op)).terminator) return {};
    PSMC_TRY(run_op(call, op));
    for (const ValueId dead : deaths_[op.index]) release(dead);
  }
  return {};
}

Status Interpreter::run_op(Call& call, OpId op) {
  steps_ += kOpSteps;
  if (steps_ > options_.max_steps) return error(Code::interp_limit, "the program takes more steps than it may");
  switch (module_.kind(op)) {
    case OpKind::group: return run_group(call, op);
    case OpKind::call: return run_call(call, op);
    case OpKind::constant: {
      PSMC_ASSIGN(const Array* array, constant(call, op));
      slots_[module_.result(op).index].view = array;
      if (options_.observer) options_.observer(module_.result(op), *array);
      return {};
    }
    default: return run_core(call, op);
  }
}

Status Interpreter::run_core(Call& call, OpId op) {
  const OpDef& def = op_def(module_.kind(op));
  if (def.eval == nullptr || module_.op(op).num_results != 1 || !module_.value_type(module_.result(op)).is_tensor()) {
    return error(Code::interp_unsupported, fmt::format("`{}` cannot run at graph level", def.name));
  }
  const std::vector<const Array*> values = operands(op);
  PSMC_TRY(charge(call, op, values));
  PSMC_ASSIGN(Array result, def.eval({module_, op, values, call.symbols}));
  const Type& type = module_.value_type(module_.result(op));
  bool fits = result.dtype == type.dtype && result.shape.size() == type.rank();
  for (size_t d = 0; fits && d < type.rank(); ++d) fits = result.shape[d] == call.value_of(type.dims[d].size);
  if (!fits) return error(Code::interp_arguments, fmt::format("`{}` gives another type than it says", def.name));
  define(module_.result(op), std::move(result));
  return {};
}

/// The block sees the values around it; its arguments are the operands.
Status Interpreter::run_group(Call& call, OpId op) {
  const BlockId block = module_.block(op);
  const std::vector<const Array*> values = operands(op);
  for (uint32_t i = 0; i < module_.block_data(block).num_args && i < values.size(); ++i) {
    slots_[module_.block_arg(block, i).index].view = values[i];
  }
  PSMC_TRY(run_block(call, block));
  const auto yielded = module_.operands(module_.terminator(block));
  for (uint32_t i = 0; i < yielded.size(); ++i) define(module_.result(op, i), get(yielded[i]));
  for (const ValueId value : deaths_[module_.terminator(block).index]) release(value);
  return {};
}

Status Interpreter::run_call(Call& call, OpId op) {
  const FuncId callee = module_.find_func(module_.str_attr(op, "callee"));
  const std::vector<const Array*> args = operands(op);
  PSMC_ASSIGN(std::vector<Array> results,
              callee.valid() ? run(callee, args, call.symbols) : run_composite(call, op, args));
  if (results.size() != module_.op(op).num_results)
    return error(Code::interp_arguments, "a call with a wrong number of results");
  for (uint32_t i = 0; i < results.size(); ++i) define(module_.result(op, i), std::move(results[i]));
  return {};
}

Result<std::vector<Array>> Interpreter::run_composite(Call& call, OpId op, std::span<const Array* const> args) {
  PSMC_ASSIGN(Composed * composed, compose(call, op, args));
  composed->interpreter->options_.max_steps = options_.max_steps - std::min(options_.max_steps, steps_);
  composed->interpreter->options_.max_bytes = options_.max_bytes - std::min(options_.max_bytes, live_bytes_);
  auto results = composed->interpreter->run(composed->definition.func, args, {});
  steps_ += composed->interpreter->steps_;
  return results;
}

/// The composite's definition for these concrete shapes and parameters, built once.
Result<Interpreter::Composed*> Interpreter::compose(Call& call, OpId op, std::span<const Array* const> args) {
  ComposeRequest request{module_, op, args, [&](const SymExpr& expr) { return call.value_of(expr); }};
  const std::string key = request.key();
  const auto known = composed_.find(key);
  if (known != composed_.end()) return known->second.get();
  if (composed_.size() >= kMaxComposed) composed_.clear();
  PSMC_ASSIGN(ComposedModule definition, compose_concrete(request));
  auto made = std::make_unique<Composed>(Composed{std::move(definition), nullptr});
  InterpOptions options = options_;
  options.observer = nullptr;
  made->interpreter = std::make_unique<Interpreter>(made->definition.module, std::move(options));
  return composed_.emplace(key, std::move(made)).first->second.get();
}

Result<std::vector<Array>> Interpreter::take_results(Call& call) {
  const OpId ret = module_.terminator(module_.func(call.func).body);
  if (!ret.valid() || module_.kind(ret) != OpKind::return_)
    return error(Code::interp_unsupported, "a function without return");
  std::vector<Array> results;
  const auto returned = module_.operands(ret);
  for (size_t i = 0; i < returned.size(); ++i) {
    Slot& slot = slots_[returned[i].index];
    const bool again =
        std::find(returned.begin() + static_cast<ptrdiff_t>(i) + 1, returned.end(), returned[i]) != returned.end();
    if (slot.view != &slot.owned || again) {
      results.push_back(get(returned[i]));
      continue;
    }
    live_bytes_ -= std::min<uint64_t>(live_bytes_, slot.owned.bytes.size());
    results.push_back(std::move(slot.owned));
    slot.owned = Array();
  }
  for (const ValueId dead : deaths_[ret.index]) release(dead);
  return results;
}

Result<const Array*> Interpreter::constant(Call& call, OpId op) {
  const auto id = static_cast<uint32_t>(module_.int_attr(op, "id", -1));
  const auto known = constants_.find(id);
  if (known != constants_.end()) return &known->second;
  if (!module_.value_type(module_.result(op)).is_tensor())
    return error(Code::interp_unsupported, "a scalar constant at graph level");
  PSMC_ASSIGN(Array array, op_def(OpKind::constant).eval({module_, op, {}, call.symbols}));
  return &constants_.emplace(id, std::move(array)).first->second;
}

/// Counts the op's work and looks whether its result fits, before anything is computed.
Status Interpreter::charge(Call& call, OpId op, std::span<const Array* const> operands) {
  const Type& type = module_.value_type(module_.result(op));
  uint64_t elements = 1;
  for (const Dim& dim : type.dims)
    elements = saturating_product(elements, static_cast<uint64_t>(std::max<int64_t>(0, call.value_of(dim.size))));
  uint64_t work = elements;
  for (const Array* operand : operands) work += static_cast<uint64_t>(operand->elements());
  if (module_.kind(op) == OpKind::contract) {
    PSMC_ASSIGN(const ContractSpec spec, parse_contract_spec(module_.str_attr(op, "spec")));
    uint64_t macs = elements;
    for (const char c : spec.summed)
      macs = saturating_product(macs, static_cast<uint64_t>(operands[0]->shape[spec.a.find(c)]));
    work = std::max(work, macs);
  }
  steps_ = std::min<uint64_t>(steps_ + work, INT64_MAX);
  // Elementwise ops and reductions compute on copies in double precision.
  const OpKind kind = module_.kind(op);
  const uint64_t numbers = kind == OpKind::contract ? elements : kind <= OpKind::reduce ? work : 0;
  const uint64_t bytes =
      saturating_product(elements, dtype_bytes(type.dtype)) / 2 + saturating_product(numbers, sizeof(double)) / 2;
  if (steps_ <= options_.max_steps && live_bytes_ / 2 + bytes <= options_.max_bytes / 2) return {};
  return error(Code::interp_limit,
               fmt::format("`{}` goes beyond what the interpreter may use", op_def(module_.kind(op)).name));
}

void Interpreter::define(ValueId value, Array array) {
  Slot& slot = slots_[value.index];
  live_bytes_ += array.bytes.size();
  slot.owned = std::move(array);
  slot.view = &slot.owned;
  if (options_.observer) options_.observer(value, slot.owned);
}

void Interpreter::release(ValueId value) {
  Slot& slot = slots_[value.index];
  live_bytes_ -= std::min<uint64_t>(live_bytes_, slot.owned.bytes.size());
  slot.owned = Array();
  slot.view = nullptr;
}

const Array& Interpreter::get(ValueId value) const {
  const Array* array = slots_[value.index].view;
  PSMC_CHECK(array != nullptr, "a value is used before it is computed");
  return *array;
}

std::vector<const Array*> Interpreter::operands(OpId op) const {
  std::vector<const Array*> arrays;
  for (const ValueId value : module_.operands(op)) arrays.push_back(&get(value));
  return arrays;
}

Result<std::vector<Array>> interpret(const Module& module, FuncId func, std::span<const Array> args,
                                     const SymbolValues& symbols, const InterpOptions& options) {
  return Interpreter(module, options).run(func, args, symbols);
}

}  // namespace psmc::ir
