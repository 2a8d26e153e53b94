// SPDX-License-Identifier: Apache-2.0
// remove-unused-symbols: what stands outside of function bodies and has no use goes.
//
//   const @a = splat[1.0]; const @b = splat[1.0]; func @f() {private = true} {...}; func @main() { ... @b ... }
//   =>   const @a = splat[1.0]; func @main() { ... @a ... }
//
// Steps: merge_functions (callees before callers; calls go to the first entry among equal ones, or else to the first
// one); drop_functions (private ones that no entry reaches); drop_symbols (run-time integers that a private function
// neither uses nor needs for its calls); merge_constants (equal types and bytes; the one with a name stays); and what
// no op reads leaves the table of constants. Entries (ir/entry.h) keep their names and signatures: they are what users
// and the machine's host call.
//
// Needs: a valid module. Ensures: entries compute the same. Cost: linear in ops and in the bytes of constants of which
// a few words agree.
#include "midend/global/remove_unused_symbols.h"

#include <algorithm>

#include "ir/clone.h"
#include "ir/entry.h"
#include "midend/global/function_keys.h"
#include "midend/simplify/for_each_function.h"

namespace psmc::midend {
namespace {

class Cleaner {
 public:
  Cleaner(ir::Module& module, ir::PassContext& context)
      : module_(module), context_(context), constants_(module), graph_(call_graph(module)) {}

  bool run() {
    merge_functions();
    drop_functions();
    drop_symbols();
    merge_constants();
    return changed_;
  }

 private:
  void count(std::string_view what) {
    context_.count(what);
    changed_ = true;
  }

  void merge_functions() {
    FunctionKeys keys(module_, constants_);
    std::vector<ir::FuncId> chosen;  // by number
    std::vector<uint32_t> number(module_.num_funcs());
    for (const ir::FuncId func : graph_.order) {
      const uint32_t n = number[func.index] = keys.number(func);
      if (n == chosen.size()) chosen.push_back(func);
      if (!ir::is_entry(module_, chosen[n]) && ir::is_entry(module_, func)) chosen[n] = func;
    }
    for (const ir::FuncId func : graph_.order)
      for (const ir::OpId call : graph_.calls[func.index])
        redirect(call, chosen[number[callee_of(module_, call).index]]);
    context_.count("steps", keys.steps());
  }

  void redirect(ir::OpId call, ir::FuncId to) {
    if (callee_of(module_, call) == to) return;
    module_.set_attr(call, "callee", std::string(module_.text(module_.func(to).name)));
    count("redirected calls");
  }

  void drop_functions() {
    std::vector<bool> reached(module_.num_funcs());
    std::ranges::for_each(graph_.order.rbegin(), graph_.order.rend(), [&](ir::FuncId func) {
      if (ir::is_entry(module_, func)) reached[func.index] = true;
      if (!reached[func.index]) return;
      for (const ir::OpId call : graph_.calls[func.index]) reached[callee_of(module_, call).index] = true;
    });
    std::erase_if(graph_.order, [&](ir::FuncId func) {
      if (reached[func.index]) return false;
      module_.func(func).erased = true;
      count("dropped functions");
      return true;
    });
  }

  void drop_symbols() {
    for (const ir::FuncId func : graph_.order) {
      if (ir::is_entry(module_, func) || module_.func(func).symbols.empty()) continue;
      const std::vector<ir::StrId> used = symbols_of(func);
      std::erase_if(module_.func(func).symbols, [&](const ir::Symbol& symbol) {
        if (std::ranges::binary_search(used, symbol.name)) return false;
        count("dropped symbols");
        return true;
      });
    }
  }

  std::vector<ir::StrId> symbols_of(ir::FuncId func) {
    std::vector<ir::StrId> used;
    for (const ir::TypeId type : module_.func(func).results) note_symbols(type, used);
    note_args(module_.func(func).body, used);
    ir::walk(module_, module_.func(func).body, [&](ir::OpId op) {
      for (uint32_t i = 0; i < module_.op(op).num_results; ++i)
        note_symbols(module_.value(module_.result(op, i)).type, used);
      for (uint32_t i = 0; i < module_.op(op).num_blocks; ++i) note_args(module_.block(op, i), used);
      for (const ir::Attr& attr : module_.attrs(module_.op(op).attrs))
        if (const auto* list = std::get_if<ir::SymList>(&attr.value))
          for (const ir::SymExpr& expr : *list) note_symbols(expr, used);
    });
    for (const ir::OpId call : graph_.calls[func.index])
      for (const ir::Symbol& symbol : module_.func(callee_of(module_, call)).symbols) used.push_back(symbol.name);
    std::ranges::sort(used);
    return used;
  }

  void note_args(ir::BlockId block, std::vector<ir::StrId>& used) const {
    for (uint32_t i = 0; i < module_.block_data(block).num_args; ++i)
      note_symbols(module_.value(module_.block_arg(block, i)).type, used);
  }
  void note_symbols(ir::TypeId type, std::vector<ir::StrId>& used) const {
    for (const ir::Dim& dim : module_.type(type).dims) note_symbols(dim.size, used);
  }
  static void note_symbols(const ir::SymExpr& expr, std::vector<ir::StrId>& used) {
    for (const auto& [symbol, factor] : expr.terms) used.push_back(symbol);
  }

  void merge_constants() {
    const uint32_t count_before = module_.num_constants();
    std::vector<bool> used(count_before);
    for_each_function(module_, [&](ir::FuncId func) {
      ir::walk(module_, module_.func(func).body, [&](ir::OpId op) {
        if (module_.kind(op) == ir::OpKind::constant && module_.find_attr(op, "id"))
          used[static_cast<uint32_t>(module_.int_attr(op, "id"))] = true;
      });
      return false;
    });
    std::vector<ir::ConstId> to(count_before), chosen(count_before);
    for (uint32_t i = 0; i < count_before; ++i) {
      if (!used[i]) continue;
      ir::ConstId& kept = chosen[constants_.first(i)];
      if (!kept || (!module_.constant(kept).name && module_.constant(ir::ConstId(i)).name)) kept = ir::ConstId(i);
    }
    for (uint32_t i = 0; i < count_before; ++i)
      if (used[i]) to[i] = chosen[constants_.first(i)];
    ir::replace_constants(module_, to);
    const uint32_t gone = count_before - module_.num_constants();
    if (gone > 0) context_.count("dropped constants", gone), changed_ = true;
  }

  ir::Module& module_;
  ir::PassContext& context_;
  EqualConstants constants_;
  CallGraph graph_;
  bool changed_ = false;
};

}  // namespace

bool remove_unused_symbols(ir::Module& module, ir::PassContext& context) { return Cleaner(module, context).run(); }

}  // namespace psmc::midend
