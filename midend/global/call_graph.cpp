// SPDX-License-Identifier: Apache-2.0
#include "midend/global/call_graph.h"

namespace psmc::midend {
namespace {

/// Calls nest at most as deep as the verifier allows.
class Order {
 public:
  Order(const ir::Module& module, const FuncNames& names, CallGraph& graph)
      : names_(names), graph_(graph), seen_(module.num_funcs()) {}
  void visit(ir::FuncId func) {
    if (seen_[func.index]) return;
    seen_[func.index] = true;
    for (const ir::OpId call : graph_.calls[func.index]) visit(names_.callee(call));
    graph_.order.push_back(func);
  }

 private:
  const FuncNames& names_;
  CallGraph& graph_;
  std::vector<bool> seen_;
};

}  // namespace

FuncNames::FuncNames(const ir::Module& module) : module_(module) {
  for (uint32_t i = 0; i < module.num_funcs(); ++i) {
    const ir::Func& func = module.func(ir::FuncId(i));
    if (func.erased) continue;
    if (funcs_.size() <= func.name.index) funcs_.resize(func.name.index + 1);
    funcs_[func.name.index] = ir::FuncId(i);
  }
}

ir::FuncId FuncNames::callee(ir::OpId op) const {
  if (module_.kind(op) != ir::OpKind::call) return {};
  const ir::StrId name = module_.find_str(module_.str_attr(op, "callee"));
  return name.valid() && name.index < funcs_.size() ? funcs_[name.index] : ir::FuncId();
}

CallGraph call_graph(const ir::Module& module, const FuncNames& names) {
  CallGraph graph;
  graph.calls.resize(module.num_funcs());
  graph.callers.resize(module.num_funcs());
  for (uint32_t i = 0; i < module.num_funcs(); ++i) {
    if (module.func(ir::FuncId(i)).erased) continue;
    ir::walk(module, module.func(ir::FuncId(i)).body, [&](ir::OpId op) {
      const ir::FuncId callee = names.callee(op);
      if (!callee.valid()) return;
      graph.calls[i].push_back(op);
      graph.callers[callee.index].push_back(op);
    });
  }
  Order order(module, names, graph);
  for (uint32_t i = 0; i < module.num_funcs(); ++i)
    if (!module.func(ir::FuncId(i)).erased) order.visit(ir::FuncId(i));
  return graph;
}

}  // namespace psmc::midend
