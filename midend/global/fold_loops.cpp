// SPDX-License-Identifier: Apache-2.0
// fold_loops: what is known about scalars and loops before the program runs.
//
//   %s = for %i = 2 to 3 step 1 iter(%a = %z) { %b = index %i * 4; ...; yield %c }   =>   %b = constant 8; ...
//
// One sweep in order of the text, ops in blocks included (visit). A scalar op on constants is computed as the
// interpreter would (scalar_run.h). Of a loop first the carried values that are yielded unchanged, or are
// replaced by what they begin as, are forwarded. Then, if its bounds are numbers:
//   no iteration     results are what is carried in
//   one iteration    the body stands in place of the loop
//   few iterations   if it only computes scalars from constants, it is run, within the budget of steps
// What reads a buffer or a run-time symbol is not known. Cost: linear, and the budget.
#include "midend/global/fold_loops.h"

#include <optional>

#include "ir/builder.h"
#include "ir/ops/loops.h"
#include "midend/global/scalar_run.h"
#include "midend/simplify/for_each_function.h"

namespace psmc::midend {
namespace {

using ir::OpKind;
using ir::Scalar;

class LoopFolder {
 public:
  LoopFolder(ir::Module& module, int64_t& steps)
      : module_(module), forwarding_(module), run_(module, forwarding_, steps) {}

  int64_t run(ir::BlockId body) {
    folded_ = 0;
    visit(body);
    if (folded_ > 0) forwarding_.apply(body);
    return folded_;
  }

 private:
  void visit(ir::BlockId block) {
    for (const ir::OpId op : ir::ops_of(module_, block)) visit(op);
  }

  void visit(ir::OpId op) {
    if (module_.kind(op) == OpKind::for_) return visit_loop(op);
    for (uint32_t i = 0; i < module_.op(op).num_blocks; ++i) visit(module_.block(op, i));
    if (module_.op(op).num_results != 1) return;
    if (const std::optional<Scalar> known = run_.compute(op)) replace(op, *known);
  }

  void visit_loop(ir::OpId op) {
    forward_unchanged(op);
    const std::optional<LoopRange> range = run_.range(op);
    const int64_t trips = range ? range->trips(2) : 2;
    if (trips == 0) return forward_inits(op);
    if (trips == 1) return take_body(op, *range);
    if (range && module_.op(op).num_results > 0)
      if (const std::vector<Scalar> known = run_.results(op); !known.empty()) return replace_results(op, known);
    visit(module_.block(op));
  }

  /// Carried values that are yielded as they are, or as they begin.
  void forward_unchanged(ir::OpId op) {
    const ir::LoopParts parts = ir::loop_parts(module_, op);
    const ir::BlockId block = module_.block(op);
    for (uint32_t i = 0; i < parts.num_carried; ++i) {
      const ir::ValueId arg = module_.block_arg(block, i + 1), init = module_.operand(op, parts.first_init + i);
      const ir::ValueId next = forwarding_.latest(module_.operand(module_.terminator(block), i));
      if ((next != arg && next != forwarding_.latest(init)) || forwarding_.latest(arg) != arg) continue;
      forward(arg, forwarding_.latest(init));
      forward(module_.result(op, i), forwarding_.latest(init));
    }
  }

  void forward(ir::ValueId from, ir::ValueId to) {
    forwarding_.replace(from, to);
    ++folded_;
  }

  void forward_inits(ir::OpId op) {
    const ir::LoopParts parts = ir::loop_parts(module_, op);
    for (uint32_t i = 0; i < parts.num_carried; ++i)
      if (forwarding_.latest(module_.result(op, i)) == module_.result(op, i))
        forward(module_.result(op, i), forwarding_.latest(module_.operand(op, parts.first_init + i)));
    erase(op);
  }

  void take_body(ir::OpId op, const LoopRange& range) {
    const ir::LoopParts parts = ir::loop_parts(module_, op);
    const ir::BlockId block = module_.block(op);
    Scalar counter;
    counter.integer = range.low;
    forward(module_.block_arg(block, 0), constant(op, module_.block_arg(block, 0), counter));
    for (uint32_t i = 0; i < parts.num_carried; ++i)
      if (const ir::ValueId arg = module_.block_arg(block, i + 1); forwarding_.latest(arg) == arg)
        forward(arg, forwarding_.latest(module_.operand(op, parts.first_init + i)));
    const ir::OpId last = module_.terminator(block);
    const ir::OpId yield = last.valid() && module_.kind(last) == OpKind::yield ? last : ir::OpId();
    for (const ir::OpId inner : ir::ops_of(module_, block)) {
      if (inner == yield) break;
      module_.detach(inner);
      module_.insert_before(op, inner);
      visit(inner);
    }
    for (uint32_t i = 0; i < parts.num_carried; ++i)
      if (forwarding_.latest(module_.result(op, i)) == module_.result(op, i))
        forward(module_.result(op, i), forwarding_.latest(module_.operand(yield, i)));
    erase(op);
  }

  void replace_results(ir::OpId op, const std::vector<Scalar>& known) {
    for (uint32_t i = 0; i < module_.op(op).num_results; ++i)
      if (const ir::ValueId result = module_.result(op, i); forwarding_.latest(result) == result)
        forward(result, constant(op, result, known[i]));
    erase(op);
  }

  void replace(ir::OpId op, Scalar value) {
    forward(module_.result(op), constant(op, module_.result(op), value));
    module_.erase(op);
  }

  void erase(ir::OpId op) {
    module_.erase(op);
    ++folded_;
  }

  /// A constant in front of `op`, of the type of `like`.
  ir::ValueId constant(ir::OpId op, ir::ValueId like, Scalar value) {
    const DType dtype = module_.value_type(like).dtype;
    ir::Builder builder(module_);
    builder.before(op);
    builder.set_loc(module_.op(op).loc);
    ir::AttrDict attrs;
    if (is_float(dtype))
      attrs.push_back(builder.attr("value", value.number));
    else
      attrs.push_back(builder.attr("value", value.integer));
    if (dtype != DType::f32 && dtype != DType::index) attrs.push_back(builder.attr("dtype", dtype));
    return builder.make(OpKind::constant, {}, std::move(attrs));
  }

  ir::Module& module_;
  Forwarding forwarding_;
  ScalarRun run_;
  int64_t folded_ = 0;
};

}  // namespace

int64_t fold_loops(ir::Module& module, int64_t steps) {
  LoopFolder folder(module, steps);
  int64_t folded = 0;
  for_each_function(module, [&](ir::FuncId func) { return (folded += folder.run(module.func(func).body)) > 0; });
  return folded;
}

}  // namespace psmc::midend
