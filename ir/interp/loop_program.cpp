// SPDX-License-Identifier: Apache-2.0
#include "ir/interp/loop_program.h"

#include <map>

#include <fmt/format.h>

#include "ir/array_convert.h"
#include "ir/op.h"
#include "ir/ops/elementwise.h"
#include "ir/ops/loops.h"

namespace psmc::ir {
namespace {

class Decoder {
 public:
  Decoder(const Module& module, FuncId func, const SymbolValues& symbols)
      : module_(module), func_(func), symbols_(symbols) {}

  Result<LoopProgram> run() {
    const BlockId body = module_.func(func_).body;
    for (uint32_t i = 0; i < module_.block_data(body).num_args; ++i) PSMC_TRY(add_buffer(module_.block_arg(body, i)));
    PSMC_TRY(decode_block(body, program_.body));
    return std::move(program_);
  }

 private:
  Diagnostic unsupported(OpId op) {
    return error(Code::interp_unsupported, fmt::format("`{}` cannot run at loop level", op_def(module_.kind(op)).name));
  }

  Status add_buffer(ValueId value) {
    if (!module_.value_type(value).is_buffer())
      return error(Code::interp_unsupported, "a loop-level function takes buffers only");
    buffers_.emplace(value, static_cast<uint32_t>(program_.buffers.size()));
    program_.buffers.push_back(module_.value_type(value));
    return {};
  }

  uint32_t slot(ValueId value) {
    const auto [found, is_new] = slots_.try_emplace(value, program_.num_slots);
    if (is_new) ++program_.num_slots;
    return found->second;
  }

  int64_t value_of(const SymExpr& expr) { return EvalInput{module_, OpId(), {}, symbols_}.value_of(expr); }

  Status decode_block(BlockId block, std::vector<LoopInstr>& out) {
    for (const OpId op : ops_of(module_, block)) {
      if (op_def(module_.kind(op)).terminator) return {};
      PSMC_TRY(decode(op, out));
    }
    return {};
  }

  Status decode(OpId op, std::vector<LoopInstr>& out) {
    const OpKind kind = module_.kind(op);
    switch (kind) {
      case OpKind::for_: return decode_for(op, out);
      case OpKind::constant:
      case OpKind::symbol: return decode_number(op);
      case OpKind::alloc: return decode_alloc(op, out);
      case OpKind::load:
      case OpKind::store:
      case OpKind::index: return decode_access(op, out);
      default: break;
    }
    if (!is_elementwise(kind) && kind != OpKind::fma) return unsupported(op);
    if (!module_.value_type(module_.result(op)).is_scalar()) return unsupported(op);
    LoopInstr instr = start(op);
    instr.dtype = module_.value_type(module_.operands(op).back()).dtype;
    for (const ValueId value : module_.operands(op)) instr.args[instr.num_args++] = slot(value);
    out.push_back(std::move(instr));
    return {};
  }

  LoopInstr start(OpId op) {
    LoopInstr instr;
    instr.kind = module_.kind(op);
    instr.op = op;
    if (module_.op(op).num_results == 0) return instr;
    instr.to = instr.dtype = module_.value_type(module_.result(op)).dtype;
    if (module_.value_type(module_.result(op)).is_scalar()) instr.result = slot(module_.result(op));
    return instr;
  }

  Status decode_number(OpId op) {
    const Type& type = module_.value_type(module_.result(op));
    if (!type.is_scalar()) return unsupported(op);
    Scalar scalar{};
    if (module_.kind(op) == OpKind::symbol)
      scalar.integer = value_of(module_.syms_attr(op, "expr").at(0));
    else
      scalar = scalar_constant(module_, op);
    program_.constants.emplace_back(slot(module_.result(op)), scalar);
    return {};
  }

  Status decode_alloc(OpId op, std::vector<LoopInstr>& out) {
    LoopInstr instr = start(op);
    PSMC_TRY(add_buffer(module_.result(op)));
    instr.buffer = buffers_.at(module_.result(op));
    out.push_back(std::move(instr));
    return {};
  }

  AffineRow row_of(OpId op, const SubscriptRows& parts, uint32_t r) {
    AffineRow row;
    row.offset = value_of(parts.offset(r));
    for (uint32_t i = 0; i < parts.num_index; ++i) {
      if (parts.coefficient(r, i) == 0) continue;
      row.terms.emplace_back(slot(module_.operand(op, parts.first_index + i)), parts.coefficient(r, i));
    }
    return row;
  }

  Status decode_access(OpId op, std::vector<LoopInstr>& out) {
    LoopInstr instr = start(op);
    const SubscriptRows parts = subscript_rows(module_, op);
    for (uint32_t r = 0; r < parts.rows; ++r) instr.rows.push_back(row_of(op, parts, r));
    if (instr.kind == OpKind::store) instr.args[0] = slot(module_.operand(op, 0));
    if (instr.kind != OpKind::index) {
      const auto found = buffers_.find(module_.operand(op, instr.kind == OpKind::load ? 0 : 1));
      if (found == buffers_.end()) return unsupported(op);
      instr.buffer = found->second;
    }
    out.push_back(std::move(instr));
    return {};
  }

  Status decode_for(OpId op, std::vector<LoopInstr>& out) {
    const LoopParts parts = loop_parts(module_, op);
    const BlockId block = module_.block(op);
    LoopCode code;
    const auto bound = [&](const std::optional<SymExpr>& expr, ValueId value) {
      AffineRow row;
      if (expr)
        row.offset = value_of(*expr);
      else
        row.terms.emplace_back(slot(value), 1);
      return row;
    };
    code.low = bound(parts.low, parts.low_value);
    code.high = bound(parts.high, parts.high_value);
    code.step = parts.step;
    code.max_trip = module_.int_attr(op, "max_trip", -1);
    code.counter = slot(module_.block_arg(block, 0));
    for (uint32_t i = 0; i < parts.num_carried; ++i) {
      code.inits.push_back(slot(module_.operand(op, parts.first_init + i)));
      code.carried.push_back(slot(module_.block_arg(block, i + 1)));
      code.results.push_back(slot(module_.result(op, i)));
    }
    PSMC_TRY(decode_block(block, code.body));
    const OpId yield = module_.terminator(block);
    if (yield.valid() && module_.kind(yield) == OpKind::yield) {
      for (const ValueId value : module_.operands(yield)) code.yielded.push_back(slot(value));
    }
    if (code.yielded.size() != parts.num_carried) return unsupported(op);
    LoopInstr instr;
    instr.kind = OpKind::for_;
    instr.op = op;
    instr.loop = static_cast<uint32_t>(program_.loops.size());
    program_.loops.push_back(std::move(code));
    out.push_back(std::move(instr));
    return {};
  }

  const Module& module_;
  FuncId func_;
  const SymbolValues& symbols_;
  LoopProgram program_;
  std::map<ValueId, uint32_t> slots_, buffers_;
};

}  // namespace

Result<LoopProgram> decode_loops(const Module& module, FuncId func, const SymbolValues& symbols) {
  return Decoder(module, func, symbols).run();
}

}  // namespace psmc::ir
