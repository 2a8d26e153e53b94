// SPDX-License-Identifier: Apache-2.0
// Control: call, group, return, yield.
#include <fmt/format.h>

#include "ir/composites/composite.h"
#include "ir/ops/families.h"
#include "ir/ops/infer.h"
#include "ir/text/print_type.h"

namespace psmc::ir {
namespace {

Inferred infer_function_call(const InferInput& in, FuncId callee) {
  const Func& func = in.module.func(callee);
  const BlockData& body = in.module.block_data(func.body);
  if (in.operands.size() != body.num_args) {
    return error(Code::bad_operand_count, fmt::format("@{} takes {} arguments, not {}", in.module.text(func.name),
                                                      body.num_args, in.operands.size()));
  }
  for (uint32_t i = 0; i < body.num_args; ++i) {
    const Type& wanted = in.module.value_type(in.module.block_arg(func.body, i));
    if (in.operand(i) != wanted) return operand_error(in, i, "must be " + print_type(in.module, wanted));
  }
  std::vector<Type> results;
  for (const TypeId type : func.results) results.push_back(in.module.type(type));
  return results;
}

Inferred infer_call(const InferInput& in) {
  const std::string_view callee = text_of(in, "callee");
  const FuncId func = in.module.find_func(callee);
  const Composite* composite = find_composite(callee);
  if (func.valid() && composite != nullptr) {
    return attr_error(in, "callee",
                      fmt::format("is ambiguous: @{} is a composite op and a function of the module", callee));
  }
  if (func.valid()) return infer_function_call(in, func);
  if (composite != nullptr) return infer_composite(*composite, in);
  return error(Code::unknown_callee, fmt::format("there is no function or composite op @{}", callee));
}

OpDef control_def(OpKind kind, Level level, std::string_view manual, bool terminator) {
  OpDef def;
  def.kind = kind;
  def.level = level;
  def.manual = manual;
  def.min_operands = 0;
  def.max_operands = -1;
  def.terminator = terminator;
  def.pure = !terminator;
  return def;
}

Inferred infer_terminator(const InferInput&) { return std::vector<Type>{}; }

}  // namespace

std::vector<OpDef> control_ops() {
  OpDef call = control_def(
      OpKind::call, Level::graph,
      "A function of the module, or a composite op with its parameters. `%n = call @rms_norm(%x, %w) {eps = 1e-05}`",
      false);
  call.attrs = {{"callee", AttrKind::string, true, "the name of the function or composite"}};
  call.infer = checked<infer_call>;
  OpDef group =
      control_def(OpKind::group, Level::graph,
                  "Ops that run as one loop nest: one block that may use the values around it; its arguments, if it "
                  "has any, are the operands; results are the yielded values. `%r = group { ... yield %t }`",
                  false);
  OpDef ret = control_def(OpKind::return_, Level::any, "Ends a function. `return %a, %b`", true);
  ret.infer = infer_terminator;
  OpDef yield = control_def(OpKind::yield, Level::any, "Ends a block of an op and gives its values. `yield %a`", true);
  yield.infer = infer_terminator;
  return {std::move(call), std::move(group), std::move(ret), std::move(yield)};
}

std::vector<OpDef> tile_ops() {
  OpDef inst = control_def(OpKind::inst, Level::tile,
                           "One machine instruction on virtual registers; what `opcode` means stands in arch/isa. "
                           "`%v = inst %a, %b {opcode = \"v.add\"} : vreg`",
                           false);
  inst.kind = OpKind::inst;
  inst.pure = false;
  inst.attrs = {{"opcode", AttrKind::string, true, "the name of the instruction"}};
  return {std::move(inst)};
}

}  // namespace psmc::ir
