// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "tools/reduce/move_families.h"

#include "ir/uses.h"

namespace psmc::tools {
namespace {

struct Part {
  ir::FuncId func;
  uint32_t index;
};

std::vector<bool> called(const ir::Module& module) {
  std::vector<bool> is_called(module.num_funcs());
  each_op(module, [&](ir::FuncId, ir::OpId op) {
    if (module.kind(op) != ir::OpKind::call) return;
    const ir::FuncId callee = module.find_func(module.str_attr(op, "callee"));
    if (callee.valid()) is_called[callee.index] = true;
  });
  return is_called;
}

std::vector<ir::FuncId> uncalled(const ir::Module& module) {
  std::vector<ir::FuncId> funcs;
  const std::vector<bool> is_called = called(module);
  for (uint32_t i = 0; i < module.num_funcs(); ++i)
    if (!is_called[i] && !module.func(ir::FuncId(i)).erased) funcs.push_back(ir::FuncId(i));
  return funcs;
}

// One function stays: that an empty module fails says nothing.
void drop_function(Edit& edit, ir::FuncId func) {
  uint32_t left = 0;
  for (uint32_t i = 0; i < edit.module().num_funcs(); ++i) left += !edit.module().func(ir::FuncId(i)).erased;
  if (left > 1) edit.module().func(func).erased = true;
}

std::vector<Part> results(const ir::Module& module) {
  std::vector<Part> parts;
  for (const ir::FuncId func : uncalled(module))
    for (uint32_t i = 0; i < module.func(func).results.size(); ++i) parts.push_back({func, i});
  return parts;
}

void drop_result(Edit& edit, Part part) {
  const ir::OpId last = edit.module().terminator(edit.module().func(part.func).body);
  if (last.valid() && edit.module().kind(last) == ir::OpKind::return_) edit.drop_result(part.func, part.index);
}

std::vector<Part> unused_arguments(const ir::Module& module) {
  std::vector<Part> parts;
  const ir::Uses uses(module);
  for (uint32_t i = 0; i < module.num_funcs(); ++i) {
    const ir::BlockId body = module.func(ir::FuncId(i)).body;
    for (uint32_t arg = 0; arg < module.block_data(body).num_args; ++arg)
      if (uses.is_unused(module.block_arg(body, arg))) parts.push_back({ir::FuncId(i), arg});
  }
  return parts;
}

void drop_argument(Edit& edit, Part part) { edit.drop_argument(part.func, part.index); }

std::vector<Part> states(const ir::Module& module) {
  std::vector<Part> parts;
  for (uint32_t i = 0; i < module.num_funcs(); ++i) {
    const std::vector<ir::StrId>& list = module.func(ir::FuncId(i)).arg_state;
    for (uint32_t arg = 0; arg < list.size(); ++arg)
      if (list[arg].valid()) parts.push_back({ir::FuncId(i), arg});
  }
  return parts;
}

void forget_state(Edit& edit, Part part) {
  ir::Func& func = edit.module().func(part.func);
  const ir::StrId state = func.arg_state[part.index];
  func.arg_state[part.index] = ir::StrId();
  std::replace(func.result_state.begin(), func.result_state.end(), state, ir::StrId());
}

std::vector<Part> symbols(const ir::Module& module) {
  std::vector<Part> parts;
  for (const ir::FuncId func : uncalled(module))
    for (uint32_t i = 0; i < module.func(func).symbols.size(); ++i) parts.push_back({func, i});
  return parts;
}

void fix_symbol(Edit& edit, Part part) { edit.fix_symbol(part.func, part.index); }

std::vector<ir::ConstId> unused_constants(const ir::Module& module) {
  std::vector<bool> is_used(module.num_constants());
  each_op(module, [&](ir::FuncId, ir::OpId op) {
    if (module.kind(op) == ir::OpKind::constant && module.find_attr(op, "id"))
      is_used[static_cast<size_t>(module.int_attr(op, "id"))] = true;
  });
  std::vector<ir::ConstId> unused;
  for (uint32_t i = 0; i < module.num_constants(); ++i)
    if (!is_used[i] && module.constant(ir::ConstId(i)).name.valid()) unused.push_back(ir::ConstId(i));
  return unused;
}

void drop_constant(Edit& edit, ir::ConstId id) { edit.drop_constant(id); }

}  // namespace

std::vector<Move> signature_moves() {
  return {move_of<uncalled, drop_function>("drop-functions", "functions that nothing calls go"),
          move_of<results, drop_result>("drop-results", "functions return less"),
          move_of<unused_arguments, drop_argument>("drop-arguments", "arguments that nothing uses go"),
          move_of<states, forget_state>("forget-states", "states become arguments and results"),
          move_of<symbols, fix_symbol>("fix-symbols", "symbols become their least value"),
          move_of<unused_constants, drop_constant>("drop-constants", "constants that nothing uses go")};
}

}  // namespace psmc::tools
