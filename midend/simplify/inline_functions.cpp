// SPDX-License-Identifier: Apache-2.0
// inline: every call of a function of the module is replaced by a copy of its body.
//
//   func @double(%x) { %y = add %x, %x; return %y }
//   %r = call @double(%a)                              =>   %r = add %a, %a
//
// Steps: order (callees before their callers, so that a body is copied once it holds no calls; counts the ops of each
// function as they will be, and refuses recursion, naming the cycle, and explosion, of a function or of the module,
// before anything is changed); expand each call. Symbols are known by name in caller and callee. The callee stays: it
// may be an entry; `remove-unused-symbols` takes out what is private and no longer called.
//
// Needs: a valid module. Ensures: only composites are called. Cost: linear in the ops afterwards.
#include "midend/simplify/inline_functions.h"

#include <fmt/format.h>

#include <algorithm>

#include "ir/clone.h"
#include "ir/verify.h"
#include "midend/global/call_graph.h"
#include "midend/global/layer_labels.h"
#include "midend/simplify/forward.h"

namespace psmc::midend {
namespace {

constexpr int64_t kLimit = int64_t{1} << 22;
constexpr uint32_t kMaxDepth = 256;  ///< of calls in calls; the verifier's too
constexpr ir::PassOption kOptions[] = {
    ir::integer_option("limit", "most ops of a function afterwards; default 4194304", 1, kLimit)};

class Inliner {
 public:
  Inliner(ir::Module& module, int64_t limit)
      : module_(module),
        limit_(limit),
        forwarding_(module),
        state_(module.num_funcs(), State::fresh),
        size_(module.num_funcs(), 0) {}

  Result<int64_t> run() {
    for (uint32_t i = 0; i < module_.num_funcs(); ++i)
      if (!module_.func(ir::FuncId(i)).erased) PSMC_TRY(order(ir::FuncId(i)));
    int64_t expanded = 0;
    for (const ir::FuncId func : order_) expanded += expand_calls(func);
    return expanded;
  }

 private:
  enum class State : uint8_t { fresh, open, done };

  std::vector<ir::OpId> calls_of(ir::FuncId func) {
    std::vector<ir::OpId> calls;
    ir::walk(module_, module_.func(func).body, [&](ir::OpId op) {
      ++size_[func.index];
      if (callee_of(module_, op).valid()) calls.push_back(op);
    });
    return calls;
  }

  Status order(ir::FuncId func) {
    if (state_[func.index] == State::done) return {};
    state_[func.index] = State::open;
    for (const ir::OpId call : calls_of(func)) {
      const ir::FuncId to = callee_of(module_, call);
      chain_.push_back(call);
      if (state_[to.index] == State::open || chain_.size() > kMaxDepth)
        return refuse(Code::ir_recursion, call, ir::recursion_message(module_, to, chain_));
      PSMC_TRY(order(to));
      chain_.pop_back();
      PSMC_TRY(add_size(func, to, call));
    }
    state_[func.index] = State::done;
    order_.push_back(func);
    return {};
  }

  Status add_size(ir::FuncId func, ir::FuncId callee, ir::OpId call) {
    size_[func.index] += size_[callee.index];
    added_ += size_[callee.index];
    if (size_[func.index] > limit_)
      return refuse(
          Code::too_large, call,
          fmt::format("inlining makes more than {} ops of @{}", limit_, module_.text(module_.func(func).name)));
    if (added_ > kLimit)
      return refuse(Code::too_large, call, fmt::format("inlining adds more than {} ops to the module", kLimit));
    return {};
  }

  Diagnostic refuse(Code code, ir::OpId op, std::string message) const {
    Diagnostic diagnostic = error(code, std::move(message));
    diagnostic.place = ir::place_of(module_, op);
    return diagnostic;
  }

  int64_t expand_calls(ir::FuncId func) {
    std::vector<ir::OpId> calls;
    ir::walk(module_, module_.func(func).body, [&](ir::OpId op) {
      if (callee_of(module_, op).valid()) calls.push_back(op);
    });
    for (const ir::OpId call : calls) expand(call);
    if (!calls.empty()) forwarding_.apply(module_.func(func).body);
    return static_cast<int64_t>(calls.size());
  }

  void expand(ir::OpId call) {
    const ir::BlockId body = module_.func(callee_of(module_, call)).body;
    ir::Cloner cloner(module_, module_);
    for (uint32_t i = 0; i < module_.op(call).num_operands; ++i)
      cloner.map(module_.block_arg(body, i), forwarding_.latest(module_.operand(call, i)));
    const ir::OpId ret = module_.terminator(body);
    for (ir::OpId op : ir::ops_of(module_, body))
      if (op != ret) insert(call, cloner.op(op));
    for (uint32_t i = 0; i < module_.op(call).num_results; ++i)
      forwarding_.replace(module_.result(call, i), cloner.value(module_.operand(ret, i)));
    module_.erase(call);
  }

  /// In front of the call, with the label that the call gives it.
  void insert(ir::OpId call, ir::OpId op) {
    module_.insert_before(call, op);
    const ir::StrId given = module_.loc(module_.op(call).loc).label;
    ir::Location loc = module_.loc(module_.op(op).loc);
    if (!given || !loc.label) return;
    loc.label = module_.str(label_for_call(module_.text(loc.label), module_.text(given)));
    module_.set_loc(op, module_.loc(loc));
  }

  ir::Module& module_;
  int64_t limit_;
  Forwarding forwarding_;
  std::vector<State> state_;
  std::vector<int64_t> size_;
  std::vector<ir::FuncId> order_;
  std::vector<ir::OpId> chain_;  ///< calls on the way to the function that is looked at
  int64_t added_ = 0;
};

}  // namespace

std::span<const ir::PassOption> inline_functions_options() { return kOptions; }

bool inline_functions(ir::Module& module, ir::PassContext& context) {
  const int64_t limit = context.int_option("limit", kLimit);
  const Result<int64_t> expanded = Inliner(module, limit).run();
  if (!expanded.ok()) {
    context.fail(expanded.diagnostic());
    return false;
  }
  context.count("calls", *expanded);
  return *expanded > 0;
}

}  // namespace psmc::midend
