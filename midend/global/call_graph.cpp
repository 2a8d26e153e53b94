// SPDX-License-Identifier: Apache-2.0
#include "midend/global/call_graph.h"

namespace psmc::midend {
namespace {

/// Calls nest at most as deep as the verifier allows.
class Order {
 public:
  Order(const ir::Module& module, CallGraph& graph) : module_(module), graph_(graph), seen_(module.num_funcs()) {}
  void visit(ir::FuncId func) {
    if (seen_[func.index]) return;
    seen_[func.index] = true;
    for (const ir::OpId call : graph_.calls[func.index]) visit(callee_of(module_, call));
    graph_.order.push_back(func);
  }

 private:
  const ir::Module& module_;
  CallGraph& graph_;
  std::vector<bool> seen_;
};

}  // namespace

ir::FuncId callee_of(const ir::Module& module, ir::OpId op) {
  if (module.kind(op) != ir::OpKind::call) return {};
  return module.find_func(module.str_attr(op, "callee"));
}

CallGraph call_graph(const ir::Module& module) {
  CallGraph graph;
  graph.calls.resize(module.num_funcs());
  graph.callers.resize(module.num_funcs());
  for (uint32_t i = 0; i < module.num_funcs(); ++i) {
    if (module.func(ir::FuncId(i)).erased) continue;
    ir::walk(module, module.func(ir::FuncId(i)).body, [&](ir::OpId op) {
      const ir::FuncId callee = callee_of(module, op);
      if (!callee.valid()) return;
      graph.calls[i].push_back(op);
      graph.callers[callee.index].push_back(op);
    });
  }
  Order order(module, graph);
  for (uint32_t i = 0; i < module.num_funcs(); ++i)
    if (!module.func(ir::FuncId(i)).erased) order.visit(ir::FuncId(i));
  return graph;
}

}  // namespace psmc::midend
