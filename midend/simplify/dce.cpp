// SPDX-License-Identifier: Apache-2.0
// dce: removes pure ops without used results.
//
//   %a = exp %x; %b = neg %a; return %x   =>   return %x
//
// A loop counts as pure if all that its body is left with is, and no bound on its iterations can fail.
// One sweep from the last op to the first counts reads and erases what nobody has read.
// Needs: nothing. Ensures: every op that is left has an effect or a used result. Entries of the constant table stay.
// Cost: linear.
#include "midend/simplify/dce.h"

#include "ir/op.h"
#include "midend/simplify/for_each_function.h"

namespace psmc::midend {
namespace {

class DeadOps {
 public:
  explicit DeadOps(ir::Module& module) : module_(module), uses_(module.num_values(), 0) {}

  /// How many ops were erased.
  int64_t run(ir::BlockId body) {
    const int64_t before = erased_;
    sweep(body);
    return erased_ - before;
  }
  /// Ops and operands looked at so far.
  int64_t steps() const { return steps_; }

 private:
  void count_uses(ir::OpId op, int change) {
    steps_ += 1 + module_.op(op).num_operands;
    for (const ir::ValueId operand : module_.operands(op)) uses_[operand.index] += change;
  }

  /// From the last op to the first, so that all that read a value have been seen before the op that computes it.
  /// Returns whether an op with an effect is left.
  bool sweep(ir::BlockId block) {
    bool has_effect = false;
    for (ir::OpId op = module_.block_data(block).last; op.valid();) {
      const ir::OpId before = module_.op(op).prev;
      if (is_unused(op) && is_pure(op)) {
        module_.erase(op);
        ++erased_;
      } else {
        count_uses(op, 1);
        has_effect |= sweep_blocks(op);
      }
      op = before;
    }
    return has_effect;
  }

  bool sweep_blocks(ir::OpId op) {
    const ir::OpDef& def = ir::op_def(module_.kind(op));
    const bool is_loop = def.kind == ir::OpKind::for_;
    bool has_effect = !def.pure && !def.terminator && !is_loop;
    for (uint32_t i = 0; i < module_.op(op).num_blocks; ++i) has_effect |= sweep(module_.block(op, i));
    if (is_loop && module_.find_attr(op, "max_trip")) has_effect = true;
    if (is_loop && !has_effect && is_unused(op)) erase(op);
    return has_effect;
  }

  bool is_pure(ir::OpId op) const {
    const ir::OpDef& def = ir::op_def(module_.kind(op));
    return def.pure && !def.terminator;
  }

  bool is_unused(ir::OpId op) const {
    for (uint32_t i = 0; i < module_.op(op).num_results; ++i)
      if (uses_[module_.result(op, i).index] > 0) return false;
    return true;
  }

  /// Of an op whose reads, and those of the ops in it, were counted.
  void erase(ir::OpId op) {
    count_uses(op, -1);
    for (uint32_t i = 0; i < module_.op(op).num_blocks; ++i)
      ir::walk(module_, module_.block(op, i), [&](ir::OpId inner) { count_uses(inner, -1); });
    module_.erase(op);
    ++erased_;
  }

  ir::Module& module_;
  std::vector<int> uses_;
  int64_t erased_ = 0, steps_ = 0;
};

}  // namespace

bool dce(ir::Module& module, ir::PassContext& context) {
  DeadOps dead_ops(module);
  const bool changed = for_each_function(module, context, [&](ir::FuncId func) {
    const int64_t erased = dead_ops.run(module.func(func).body);
    context.count("erased", erased);
    return erased > 0;
  });
  context.count("steps", dead_ops.steps());
  return changed;
}

}  // namespace psmc::midend
