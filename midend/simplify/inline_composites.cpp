// SPDX-License-Identifier: Apache-2.0
#include "midend/simplify/inline_composites.h"

#include "ir/composites/composite.h"
#include "midend/simplify/for_each_function.h"
#include "midend/simplify/forward.h"

namespace psmc::midend {
namespace {

bool calls_composite(const ir::Module& module, ir::OpId op) {
  if (module.kind(op) != ir::OpKind::call) return false;
  const std::string_view callee = module.str_attr(op, "callee");
  return !module.find_func(callee).valid() && ir::find_composite(callee) != nullptr;
}

Result<bool> inline_once(ir::Module& module, ir::BlockId body, Forwarding& forwarding) {
  bool changed = false;
  for (ir::OpId op : ir::ops_of(module, body)) {
    if (!calls_composite(module, op)) continue;
    for (uint32_t i = 0; i < module.op(op).num_operands; ++i)
      module.set_operand(op, i, forwarding.latest(module.operand(op, i)));
    ir::Builder builder(module);
    builder.before(op);
    builder.set_loc(module.op(op).loc);
    const std::vector<ir::ValueId> operands(module.operands(op).begin(), module.operands(op).end());
    const std::string callee(module.str_attr(op, "callee"));
    PSMC_ASSIGN(const std::vector<ir::ValueId> results,
                ir::instantiate(callee, operands, module.op(op).attrs, builder));
    for (uint32_t i = 0; i < module.op(op).num_results; ++i) forwarding.replace(module.result(op, i), results[i]);
    module.erase(op);
    changed = true;
  }
  forwarding.apply(body);
  return changed;
}

/// Composites may be made of composites: until none is left.
Result<bool> inline_all(ir::Module& module, ir::FuncId func, Forwarding& forwarding) {
  bool changed = false;
  while (true) {
    PSMC_ASSIGN(const bool again, inline_once(module, module.func(func).body, forwarding));
    if (!again) return changed;
    changed = true;
  }
}

}  // namespace

Result<bool> inline_composites(ir::Module& module, ir::FuncId func) {
  Forwarding forwarding(module);
  return inline_all(module, func, forwarding);
}

bool inline_composites(ir::Module& module, ir::PassContext& context) {
  Forwarding forwarding(module);
  return for_each_function(module, context, [&](ir::FuncId func) {
    const Result<bool> changed = inline_all(module, func, forwarding);
    if (!changed.ok()) context.fail(changed.diagnostic());
    return !changed.ok() || *changed;
  });
}

}  // namespace psmc::midend
