// SPDX-License-Identifier: Apache-2.0
// Runs a function the way the machine does: an update writes into the storage of its first operand, and a view holds
// nothing but is read through when something else reads it. So a value that is read after its storage was overwritten
// shows as a wrong number.
#pragma once

#include <map>
#include <memory>

#include "ir/op.h"
#include "midend/node/node.h"
#include "tests/midend/pass_runs.h"

namespace psmc::midend {

class InPlaceRun {
 public:
  InPlaceRun(const ir::Module& module, ir::FuncId func, ir::SymbolValues symbols)
      : module_(module), func_(func), body_(module.func(func).body), symbols_(std::move(symbols)) {}

  std::vector<ir::Array> run(const std::vector<ir::Array>& args) {
    for (uint32_t i = 0; i < args.size(); ++i)
      held_[module_.block_arg(body_, i)] = std::make_shared<ir::Array>(args[i]);
    run_block(body_);
    std::vector<ir::Array> results;
    const ir::OpId ret = module_.terminator(body_);
    for (const ir::ValueId value : module_.operands(ret)) results.push_back(read(value));
    check_states(ret);
    return results;
  }

 private:
  void run_block(ir::BlockId block) {
    for (ir::OpId op : ir::ops_of(module_, block)) {
      const ir::OpKind kind = module_.kind(op);
      if (kind == ir::OpKind::return_ || kind == ir::OpKind::yield) return;
      if (is_view(module_, op)) continue;
      if (kind == ir::OpKind::group) {
        run_group(op);
        continue;
      }
      ir::Array result = compute(op);
      if (kind != ir::OpKind::update) {
        held_[module_.result(op)] = std::make_shared<ir::Array>(std::move(result));
        continue;
      }
      const ir::ValueId state = module_.operand(op, 0);
      REQUIRE(held_.count(state) == 1);  // neither a view nor a constant
      *held_[state] = std::move(result);
      held_[module_.result(op)] = held_[state];
    }
  }

  void run_group(ir::OpId op) {
    run_block(module_.block(op));
    const ir::OpId yield = module_.terminator(module_.block(op));
    for (uint32_t i = 0; i < module_.op(op).num_results; ++i)
      held_[module_.result(op, i)] = std::make_shared<ir::Array>(read(module_.operand(yield, i)));
  }

  ir::Array compute(ir::OpId op) {
    std::vector<ir::Array> values;
    for (const ir::ValueId operand : module_.operands(op)) values.push_back(read(operand));
    std::vector<const ir::Array*> operands;
    for (const ir::Array& value : values) operands.push_back(&value);
    auto result = ir::op_def(module_.kind(op)).eval({module_, op, operands, symbols_});
    if (!result.ok()) FAIL(result.diagnostic().render());
    return std::move(result).value();
  }

  ir::Array read(ir::ValueId value) {
    const auto held = held_.find(value);
    if (held != held_.end()) return *held->second;
    return compute(module_.def(value));  // a view, now
  }

  void check_states(ir::OpId ret) {
    const ir::Func& func = module_.func(func_);
    for (uint32_t i = 0; i < module_.op(ret).num_operands; ++i) {
      if (!func.result_state[i].valid()) continue;
      for (uint32_t a = 0; a < func.arg_state.size(); ++a)
        if (func.arg_state[a] == func.result_state[i])
          CHECK(held_[module_.operand(ret, i)] == held_[module_.block_arg(body_, a)]);
    }
  }

  const ir::Module& module_;
  ir::FuncId func_;
  ir::BlockId body_;
  ir::SymbolValues symbols_;
  std::map<ir::ValueId, std::shared_ptr<ir::Array>> held_;
};

}  // namespace psmc::midend
