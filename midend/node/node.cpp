// SPDX-License-Identifier: Apache-2.0
#include "midend/node/node.h"

#include "ir/uses.h"
#include "ir/verify.h"
#include "midend/node/group.h"
#include "midend/node/node_builder.h"

namespace psmc::midend {
namespace {

using ir::Module;
using ir::OpId;
using ir::OpKind;

/// Kernels compute in f32, i32 and bool: what is wider must not be narrowed behind the user's back.
Status check_types(const Module& module, const Node& node) {
  for (const NodePiece& piece : node.pieces)
    for (const Step& step : piece.steps)
      if (step.dtype == DType::f64 || step.dtype == DType::i64)
        return Diagnostic{.code = Code::unsupported_op,
                          .place = ir::place_of(module, node.op),
                          .message = "the machine does not compute in " + std::string(dtype_name(step.dtype)),
                          .notes = {"cast to " + std::string(is_float(step.dtype) ? "f32" : "i32") + " before"}};
  return {};
}

/// An op that no pass has turned into ops with access maps.
Diagnostic no_access(const Module& module, OpId op) {
  const OpKind kind = module.kind(op);
  Diagnostic wrong{.code = Code::unsupported_op,
                   .place = ir::place_of(module, op),
                   .message = "the machine cannot run `" + std::string(ir::op_def(kind).name) + "` as it stands here"};
  if (kind == OpKind::call) wrong.notes = {"the passes inline and inline-composites replace calls by their ops"};
  if (kind == OpKind::reshape) wrong.notes = {"the pass split-reshapes makes it one that can run"};
  return wrong;
}

/// Whether somebody needs the elements of this view themselves.
bool must_materialise(const Module& module, const ir::Uses& uses, OpId view) {
  for (const OpId reader : uses.of(module.result(view))) {
    const OpKind user = module.kind(reader);
    if (user == OpKind::return_ || user == OpKind::yield) return true;
    if ((user == OpKind::gather || user == OpKind::update) && module.operand(reader, 0) == module.result(view))
      return true;
  }
  return false;
}

}  // namespace

Result<std::vector<Node>> nodes_of(const Module& module, ir::FuncId func) {
  std::vector<Node> nodes;
  const ir::Uses uses(module, func);
  std::vector<bool> made(module.num_values(), false);
  for (OpId op : ir::ops_of(module, module.func(func).body)) {
    const OpKind kind = module.kind(op);
    if (kind == OpKind::return_) break;
    if (kind == OpKind::group) {
      if (module.op(op).num_results == 0) continue;
      PSMC_TRY(check_group(module, op));
      nodes.push_back(NodeBuilder(module, made).group(op));
      PSMC_TRY(check_types(module, nodes.back()));
      continue;
    }
    if (!ir::has_access(module, op) && kind != OpKind::constant) return no_access(module, op);
    const bool free = kind == OpKind::constant || is_source(module, module.result(op)) || is_view(module, op);
    if (free && !must_materialise(module, uses, op)) continue;
    if (kind == OpKind::constant && !is_source(module, module.result(op))) continue;  // placed as data
    if (kind == OpKind::constant)
      return error(Code::unsupported_op, "a constant of one repeated number has no place, but must have one here",
                   {"the pass `copy-before-update` copies it"});
    nodes.push_back(NodeBuilder(module, made).single(op));
    PSMC_TRY(check_types(module, nodes.back()));
    made[module.result(op).index] = true;
  }
  return nodes;
}

}  // namespace psmc::midend
