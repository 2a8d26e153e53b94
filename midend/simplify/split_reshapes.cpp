// SPDX-License-Identifier: Apache-2.0
// split-reshapes: where the two shapes of a reshape have no common refinement, it goes through the flat shape.
//
//   %r = reshape %x {shape = [4, 6]}     %x: 6x4
//   =>   %f = reshape %x {shape = [24]}; %r = reshape %f {shape = [4, 6]}
//
// Run-time dimensions stay (`flat_shape` joins the static ones between them). canonicalize joins two reshapes only
// where the joined one has access maps, so it does not undo this.
//
// Needs: nothing. Ensures: has_access for every reshape. Cost: linear.
#include "midend/simplify/split_reshapes.h"

#include "ir/builder.h"
#include "midend/simplify/for_each_function.h"

namespace psmc::midend {
namespace {

ir::SymList flat_shape(const std::vector<ir::Dim>& dims) {
  ir::SymList shape;
  bool open = false;  // the last entry is a product of static dimensions
  for (const ir::Dim& dim : dims) {
    if (!dim.is_static() || !open)
      shape.push_back(dim.size);
    else
      shape.back() = shape.back() * dim.bound;
    open = dim.is_static();
  }
  return shape;
}

}  // namespace

bool split_reshapes(ir::Module& module, ir::PassContext& context) {
  return for_each_function(module, context, [&](ir::FuncId func) {
    bool changed = false;
    ir::walk(module, module.func(func).body, [&](ir::OpId op) {
      if (module.kind(op) != ir::OpKind::reshape || ir::has_access(module, op)) return;
      ir::Builder builder(module);
      builder.before(op);
      builder.set_loc(module.op(op).loc);
      const ir::ValueId x = module.operand(op, 0);
      module.set_operand(
          op, 0,
          builder.make(ir::OpKind::reshape, {x}, {builder.attr("shape", flat_shape(module.value_type(x).dims))}));
      context.count("split");
      changed = true;
    });
    return changed;
  });
}

}  // namespace psmc::midend
