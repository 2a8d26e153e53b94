// SPDX-License-Identifier: Apache-2.0
// propagate-constants: sparse conditional constant propagation over all functions of a module.
//
//   func @main(%x) { %c = constant @c; %r = call @scale(%x, %c); ... }
//   func @scale(%x, %s) {private = true} { %t = neg %s; %r = mul %x, %t; return %r }
//   =>   %t = constant dense[...] in @scale, whose other calls pass the same
//
// A value is unknown (nothing reaches it yet), one constant, or varying, and only ever goes that way. So it changes at
// most twice, and a private function's argument is the constant that all of its calls give, wherever these get it from.
//
// Steps: seed (arguments of entries vary, constants are themselves); visit what uses a changed value, from a list: an
// op whose operands have all become constants is computed (fold_op.h), a call passes on to the callee's arguments, a
// return to the results of all calls; replace (constants in place of what has become one). Loops, which have scalars
// and stand in functions of their own, are left to fold_loops.h. Ops in groups stay: a constant does not belong there.
//
// Needs: a valid module. Ensures: entries compute the same, bit for bit; private functions do for the calls that there
// are. Arguments and results stay in the signatures. Cost: linear in ops and operands, and the folded ops.
// Wegman and Zadeck 1991 without branches, which the graph level does not have.
#include "midend/global/propagate_constants.h"

#include "ir/builder.h"
#include "ir/entry.h"
#include "ir/uses.h"
#include "midend/global/call_graph.h"
#include "midend/global/equal_constants.h"
#include "midend/global/fold_loops.h"
#include "midend/simplify/fold_op.h"
#include "midend/simplify/forward.h"

namespace psmc::midend {
namespace {

constexpr uint32_t kUnknown = 0xffffffffu, kVarying = 0xfffffffeu;
constexpr int64_t kSteps = int64_t{1} << 20;
constexpr ir::PassOption kOptions[] = {
    ir::integer_option("limit", "most bytes of a folded result; default 65536", 0, int64_t{1} << 30),
    ir::integer_option("steps", "how many ops of loops may be run by the compiler; default 1048576", 0,
                       int64_t{1} << 30)};

class Propagation {
 public:
  Propagation(ir::Module& module, int64_t limit)
      : module_(module),
        limit_(limit),
        graph_(call_graph(module)),
        uses_(module),
        constants_(module),
        forwarding_(module),
        state_(module.num_values(), kUnknown),
        waiting_(module.num_ops(), 0),
        is_queued_(module.num_ops(), false) {}

  /// How many values became constants.
  int64_t run() {
    for (const ir::FuncId func : graph_.order) seed(func);
    tell_readers();
    while (!queued_.empty()) {
      const ir::OpId op = queued_.back();
      queued_.pop_back();
      is_queued_[op.index] = false;
      pass_on(op);
      tell_readers();
    }
    int64_t replaced = 0;
    for (const ir::FuncId func : graph_.order) replaced += replace(func);
    return replaced;
  }
  int64_t steps() const { return steps_; }

 private:
  void seed(ir::FuncId func) {
    const ir::BlockId body = module_.func(func).body;
    if (ir::is_entry(module_, func)) set_args(body);
    for (const ir::OpId op : ir::ops_of(module_, body)) {
      if (module_.kind(op) == ir::OpKind::constant && module_.find_attr(op, "id"))
        set(module_.result(op), constants_.first(static_cast<uint32_t>(module_.int_attr(op, "id"))));
      else if (is_foldable(module_, op))
        waiting_[op.index] = module_.op(op).num_operands;
      else if (!callee_of(module_, op).valid())
        set_varying(op);
    }
  }

  void set_args(ir::BlockId block) {
    for (uint32_t i = 0; i < module_.block_data(block).num_args; ++i) set(module_.block_arg(block, i), kVarying);
  }

  /// Everything in the op's blocks, too.
  void set_varying(ir::OpId op) {
    for (uint32_t i = 0; i < module_.op(op).num_results; ++i) set(module_.result(op, i), kVarying);
    for (uint32_t b = 0; b < module_.op(op).num_blocks; ++b) {
      set_args(module_.block(op, b));
      for (const ir::OpId inner : ir::ops_of(module_, module_.block(op, b))) set_varying(inner);
    }
  }

  void set(ir::ValueId value, uint32_t state) {
    if (state_[value.index] == state || state_[value.index] == kVarying) return;
    state_[value.index] = state;
    changed_.push_back(value);
  }

  /// What the value is if it may be either.
  void meet(ir::ValueId value, uint32_t state) {
    const uint32_t before = state_[value.index];
    if (state != kUnknown) set(value, before == kUnknown || before == state ? state : kVarying);
  }

  void tell_readers() {
    while (!changed_.empty()) {
      const ir::ValueId value = changed_.back();
      changed_.pop_back();
      for (const ir::OpId reader : uses_.of(value)) visit(reader, state_[value.index]);
      steps_ += 1 + std::ssize(uses_.of(value));
    }
  }

  /// `op` reads a value whose state is now known to be `state`.
  void visit(ir::OpId op, uint32_t state) {
    if (callee_of(module_, op).valid() || module_.kind(op) == ir::OpKind::return_)
      queue(op);
    else if (state == kVarying)
      for (uint32_t i = 0; i < module_.op(op).num_results; ++i) set(module_.result(op, i), kVarying);
    else if (waiting_[op.index] > 0 && --waiting_[op.index] == 0)
      set(module_.result(op), folded(op));
  }

  /// Calls and returns may read thousands of values: they are looked at when nothing else is to be done, for all of
  /// their operands at once.
  void queue(ir::OpId op) {
    if (is_queued_[op.index]) return;
    is_queued_[op.index] = true;
    queued_.push_back(op);
  }

  /// From a call to the arguments of its function, from a return to the results of the calls.
  void pass_on(ir::OpId op) {
    steps_ += module_.op(op).num_operands;
    if (const ir::FuncId callee = callee_of(module_, op); callee.valid()) {
      const ir::BlockId body = module_.func(callee).body;
      for (uint32_t i = 0; i < module_.op(op).num_operands; ++i)
        meet(module_.block_arg(body, i), state_[module_.operand(op, i).index]);
      return;
    }
    const ir::FuncId func = module_.block_data(module_.op(op).parent).parent_func;
    for (const ir::OpId call : graph_.callers[func.index]) {
      for (uint32_t i = 0; i < module_.op(op).num_operands; ++i)
        meet(module_.result(call, i), state_[module_.operand(op, i).index]);
      steps_ += module_.op(op).num_operands;
    }
  }

  uint32_t folded(ir::OpId op) {
    if (uses_.is_unused(module_.result(op))) return kVarying;
    std::vector<const ir::Constant*> operands;
    for (const ir::ValueId operand : module_.operands(op)) {
      if (state_[operand.index] >= kVarying) return kVarying;
      operands.push_back(&module_.constant(ir::ConstId(state_[operand.index])));
      if (!has_bytes(module_, *operands.back())) return kVarying;
    }
    std::optional<ir::Constant> result = fold_op(module_, op, operands, limit_);
    return result ? constants_.first(module_.add_constant(std::move(*result)).index) : kVarying;
  }

  int64_t replace(ir::FuncId func) {
    const ir::BlockId body = module_.func(func).body;
    int64_t replaced = 0;
    const ir::OpId first = module_.block_data(body).first;
    for (uint32_t i = 0; i < module_.block_data(body).num_args; ++i)
      replaced += replace(module_.block_arg(body, i), first);
    for (const ir::OpId op : ir::ops_of(module_, body)) {
      if (module_.kind(op) == ir::OpKind::constant) continue;
      int64_t known = 0;
      for (uint32_t i = 0; i < module_.op(op).num_results; ++i) known += replace(module_.result(op, i), op);
      if (known > 0 && known == module_.op(op).num_results) module_.erase(op);
      replaced += known;
    }
    if (replaced > 0) forwarding_.apply(body);
    return replaced;
  }

  bool replace(ir::ValueId value, ir::OpId before) {
    if (value.index >= state_.size() || state_[value.index] >= kVarying || uses_.is_unused(value)) return false;
    ir::Builder builder(module_);
    builder.before(before);
    builder.set_loc(module_.op(before).loc);
    forwarding_.replace(value, builder.constant(ir::ConstId(state_[value.index])));
    return true;
  }

  ir::Module& module_;
  int64_t limit_;
  CallGraph graph_;
  ir::Uses uses_;
  EqualConstants constants_;
  Forwarding forwarding_;
  std::vector<uint32_t> state_;       ///< by value: a constant, kVarying or kUnknown
  std::vector<uint32_t> waiting_;     ///< by op that can be folded: operands that are not known to be constants
  std::vector<ir::ValueId> changed_;  ///< whose users have not heard of it
  std::vector<ir::OpId> queued_;      ///< calls and returns that read what has changed
  std::vector<bool> is_queued_;       ///< by op
  int64_t steps_ = 0;
};

}  // namespace

std::span<const ir::PassOption> propagate_constants_options() { return kOptions; }

bool propagate_constants(ir::Module& module, ir::PassContext& context) {
  const uint32_t constants = module.num_constants();
  const int64_t folded = fold_loops(module, context.int_option("steps", kSteps));
  Propagation propagation(module, context.int_option("limit", kFoldBytes));
  const int64_t replaced = propagation.run();
  context.count("constants", replaced);
  context.count("folded in loops", folded);
  context.count("steps", propagation.steps());
  // A constant may have been made for a value that turned out to vary.
  return replaced + folded > 0 || module.num_constants() > constants;
}

}  // namespace psmc::midend
