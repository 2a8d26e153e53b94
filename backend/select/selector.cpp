// SPDX-License-Identifier: Apache-2.0
// The walk over the function, and ops that are not loops or memory accesses.
#include "backend/select/selector.h"

#include <fmt/format.h>

#include "backend/abi.h"
#include "backend/select/map.h"
#include "base/check.h"
#include "ir/ops/elementwise.h"

namespace psmc::backend {

using arch::Opcode;
using ir::OpKind;

Selector::Selector(const ir::Module& module, ir::FuncId func, const arch::Machine& machine,
                   const SelectOptions& options, MFunc& out)
    : module_(module), func_(module.func(func)), options_(options), out_(out), emit_(out, machine), addresses_(emit_) {}

void Selector::fail(ir::OpId op, Code code, std::string message, std::vector<std::string> notes) {
  Diagnostic diagnostic =
      error(code, fmt::format("kernel @{}: {}", module_.text(func_.name), message), std::move(notes));
  if (module_.op(op).loc.valid()) {
    const ir::Location& loc = module_.loc(module_.op(op).loc);
    if (loc.file.valid()) diagnostic.place.file = module_.text(loc.file);
    diagnostic.place.line = loc.line;
    diagnostic.place.column = loc.column;
  }
  emit_.fail(std::move(diagnostic));
}

void Selector::declare_parameters() {
  if (func_.symbols.size() > kMaxSymbols) {
    emit_.fail(error(Code::kernel_unsupported,
                     fmt::format("kernel @{} has more than {} symbols", module_.text(func_.name), kMaxSymbols)));
  }
  for (uint32_t i = 0; i < func_.symbols.size(); ++i) symbols_.push_back(addresses_.register_var(kSymbolReg + i, 0));
  const ir::BlockData& body = module_.block_data(func_.body);
  for (uint32_t i = 0; i < body.num_args; ++i) {
    const ir::ValueId arg = module_.block_arg(func_.body, i);
    if (!type_of(arg).is_buffer() || type_of(arg).space == ir::Space::accumulator) {
      emit_.fail(error(Code::kernel_unsupported, fmt::format("parameter {} of kernel @{} is not a buffer in memory",
                                                             i + 1, module_.text(func_.name))));
    }
    objects_[arg.index] = i;
    addresses_.set_object(i, i, 0);
  }
  out_.num_objects = body.num_args;
  out_.spill_argument = body.num_args;
}

void Selector::scan_uses(ir::BlockId block) {
  ir::walk(module_, block, [&](ir::OpId op) {
    const bool to_index = module_.kind(op) == OpKind::cast && type_of(module_.result(op)).dtype == DType::index;
    for (const ir::ValueId operand : module_.operands(op)) {
      ++uses_[operand.index];
      if (to_index) ++index_uses_[operand.index];
    }
  });
}

Status Selector::run() {
  emit_.begin(record_bytes(module_.block_data(func_.body).num_args));
  declare_parameters();
  scan_uses(func_.body);
  if (!emit_.failure()) block(func_.body);
  out_.spill_object = out_.num_objects++;
  emit_.finish();
  if (emit_.failure()) return *emit_.failure();
  return {};
}

void Selector::block(ir::BlockId block) {
  for (const ir::OpId op : ir::ops_of(module_, block)) {
    if (emit_.failure()) return;
    this->op(op);
  }
}

void Selector::op(ir::OpId op) {
  if (module_.op(op).loc.valid()) emit_.set_loc(module_.op(op).loc.index);
  switch (module_.kind(op)) {
    case OpKind::for_: return loop(op);
    case OpKind::load: return load(op);
    case OpKind::store: return store(op);
    case OpKind::alloc: return alloc(op);
    case OpKind::constant: return constant(op);
    case OpKind::yield:
    case OpKind::return_: return;
    case OpKind::symbol:
      if (!type_of(module_.result(op)).is_index())
        return fail(op, Code::kernel_unsupported, "a symbol must be read as an index");
      return set_index(module_.result(op), affine_of(module_.syms_attr(op, "expr").at(0)));
    case OpKind::index: return set_index(module_.result(op), subscripts(op).at(0));
    default: break;
  }
  if (!ir::is_elementwise(module_.kind(op)) && module_.kind(op) != OpKind::fma) {
    return fail(op, Code::kernel_unsupported, "this op has no place in a kernel");
  }
  map(op);
}

void Selector::constant(ir::OpId op) {
  const ir::ValueId result = module_.result(op);
  const ir::AttrValue* value = module_.find_attr(op, "value");
  if (value == nullptr || !type_of(result).is_scalar())
    return fail(op, Code::kernel_unsupported, "a kernel cannot hold a tensor constant");
  double number = 0;
  if (const auto* i = std::get_if<int64_t>(value)) {
    if (type_of(result).is_index()) return set_index(result, Affine(*i));
    number = static_cast<double>(*i);
  } else if (const auto* d = std::get_if<double>(value)) {
    number = *d;
  } else if (const auto* b = std::get_if<bool>(value)) {
    number = *b ? 1 : 0;
  }
  set_regs(result, {});
  at(result).number = number;
}

void Selector::alloc(ir::OpId op) {
  const ir::ValueId result = module_.result(op);
  const ir::Type& type = type_of(result);
  if (type.space == ir::Space::accumulator) return declare_accumulators(op);
  int64_t elements = 1;
  for (size_t d = 0; d < type.dims.size(); ++d) {
    if (type.dims[d].bound < 1 || type.strides[d] < 0 || type.strides[d] > (1 << 30) || type.dims[d].bound > (1 << 30))
      elements = 1 << 30;
    else
      elements += (type.dims[d].bound - 1) * type.strides[d];
  }
  const int64_t bytes = elements * static_cast<int64_t>(dtype_bytes(type.dtype));
  if (elements > emit_.machine().scratchpad.bytes || bytes > emit_.machine().scratchpad.bytes) {
    return fail(op, Code::kernel_too_large, "a local buffer is larger than the scratchpad");
  }
  const uint32_t object = out_.num_objects++;
  objects_[result.index] = object;
  addresses_.set_object(object, out_.spill_argument, out_.spill_bytes);
  // Vector accesses may run over the last element up to the end of a line.
  out_.spill_bytes += static_cast<uint32_t>((bytes + 2 * arch::kLineBytes - 1) / arch::kLineBytes * arch::kLineBytes);
}

void Selector::map(ir::OpId op) {
  const OpKind kind = module_.kind(op);
  const ir::ValueId result = module_.result(op);
  const DType to = type_of(result).dtype;
  const auto operands = module_.operands(op);
  const DType from = type_of(operands[kind == OpKind::select ? 1 : 0]).dtype;
  if (to == DType::index && (affine_map(op) || index_map(op))) return;
  const size_t groups = groups_of(op);
  std::vector<Reg> results;
  for (size_t group = 0; group < groups; ++group) {
    std::array<Reg, 3> x{};
    for (size_t i = 0; i < operands.size(); ++i) x[i] = reg(operands[i], group);
    results.push_back(emit_map(emit_, kind, from, to, std::span(x.data(), operands.size())));
  }
  set_regs(result, std::move(results));
}

/// Index arithmetic that stays affine, of lanes too.
bool Selector::affine_map(ir::OpId op) {
  const ir::ValueId result = module_.result(op);
  const auto operands = module_.operands(op);
  const OpKind kind = module_.kind(op);
  if (kind == OpKind::cast) {
    if (varying(operands[0]) && at(operands[0]).form != Value::Form::index) return false;
    if (is_float(type_of(operands[0]).dtype)) return false;
    if (type_of(operands[0]).dtype == DType::boolean) return false;
    set_index(result, affine_of(operands[0]));
    return true;
  }
  for (const ir::ValueId operand : operands) {
    if (at(operand).form != Value::Form::index) return false;
  }
  const Affine a = at(operands[0]).affine, b = operands.size() > 1 ? at(operands[1]).affine : Affine();
  switch (kind) {
    case OpKind::neg: set_index(result, a * -1); return true;
    case OpKind::add: set_index(result, a + b); return true;
    case OpKind::sub: set_index(result, a - b); return true;
    case OpKind::mul:
      if (!a.is_constant() && !b.is_constant()) return false;
      set_index(result, a.is_constant() ? b * a.constant : a * b.constant);
      return true;
    default: return false;
  }
}

/// Index arithmetic in scalar registers; false: it is done in lanes.
bool Selector::index_map(ir::OpId op) {
  Opcode code;
  switch (module_.kind(op)) {
    case OpKind::add: code = Opcode::add; break;
    case OpKind::sub: code = Opcode::sub; break;
    case OpKind::mul: code = Opcode::mul; break;
    case OpKind::min: code = Opcode::min; break;
    case OpKind::max: code = Opcode::max; break;
    case OpKind::and_: code = Opcode::and_; break;
    case OpKind::or_: code = Opcode::or_; break;
    default: return false;
  }
  const auto operands = module_.operands(op);
  if (varying(operands[0]) || varying(operands[1])) return false;
  const Reg a = addresses_.value(affine_of(operands[0])), b = addresses_.value(affine_of(operands[1]));
  set_index(module_.result(op), scalar_affine(emit_.make(code, a, b)));
  return true;
}

Result<MFunc> select_kernel(const ir::Module& module, ir::FuncId func, const arch::Machine& machine,
                            const SelectOptions& options) {
  MFunc out = make_func(std::string(module.text(module.func(func).name)));
  PSMC_TRY(Selector(module, func, machine, options, out).run());
  return out;
}

}  // namespace psmc::backend
