// SPDX-License-Identifier: Apache-2.0
#include "tools/reduce/edit.h"

#include "ir/text/elements.h"

namespace psmc::tools {
namespace {

constexpr int64_t kMaxOnes = 1 << 20;  ///< elements of a constant that is made

/// The items of `list` whose index is not in `dropped`.
template <typename T>
std::vector<T> kept(const std::vector<T>& list, const std::set<uint32_t>& dropped) {
  std::vector<T> result;
  for (uint32_t i = 0; i < list.size(); ++i)
    if (!dropped.contains(i)) result.push_back(list[i]);
  return result;
}

std::set<uint32_t> of_func(const std::map<ir::FuncId, std::set<uint32_t>>& all, ir::FuncId func) {
  const auto found = all.find(func);
  return found == all.end() ? std::set<uint32_t>() : found->second;
}

ir::Constant ones(ir::TypeId id, const ir::Type& type) {
  ir::Constant constant;
  constant.type = id;
  const size_t size = dtype_bytes(type.dtype);
  constant.owned.resize(static_cast<size_t>(type.max_elements()) * size);
  for (size_t at = 0; at < constant.owned.size(); at += size) {
    if (is_float(type.dtype)) {
      ir::store_number(type.dtype, 1.0, &constant.owned[at]);
    } else {
      ir::store_integer(type.dtype, 1, &constant.owned[at]);
    }
  }
  return constant;
}

}  // namespace

void Edit::make_arguments(ir::FuncId func, ir::OpId op) {
  for (uint32_t i = 0; i < module_.op(op).num_results; ++i) {
    const ir::ValueId result = module_.result(op, i);
    const ir::TypeId types[] = {module_.value(result).type};
    const ir::ValueId stand_in = module_.result(module_.create(ir::OpKind::inst, {}, types));
    module_.set_name(stand_in, module_.value(result).name);
    new_args_[func].push_back(stand_in);
    replace(result, stand_in);
  }
  module_.erase(op);
}

bool Edit::make_constants(ir::OpId op) {
  const uint32_t results = module_.op(op).num_results;
  for (uint32_t i = 0; i < results; ++i) {
    const ir::Type& type = module_.value_type(module_.result(op, i));
    if (!type.is_tensor() || !type.has_static_shape() || type.max_elements() > kMaxOnes) return false;
  }
  for (uint32_t i = 0; i < results; ++i) {
    const ir::TypeId type = module_.value(module_.result(op, i)).type;
    const ir::ConstId id = module_.add_constant(ones(type, module_.type(type)));
    const ir::TypeId types[] = {type};
    const ir::AttrId attrs = module_.attrs({{module_.str("id"), static_cast<int64_t>(id.index)}});
    const ir::OpId constant = module_.create(ir::OpKind::constant, {}, types, attrs);
    module_.insert_before(op, constant);
    replace(module_.result(op, i), module_.result(constant));
  }
  module_.erase(op);
  return true;
}

// A value is replaced by one that is defined before it, or by a new one, so chains end.
ir::ValueId Edit::resolve(ir::ValueId value) const {
  for (auto next = forward_.find(value); next != forward_.end(); next = forward_.find(value)) value = next->second;
  return value;
}

void Edit::forward_operands() {
  for (auto& [from, to] : forward_) to = resolve(to);  // in the order of definition: chains stay short
  each_op(module_, [&](ir::FuncId, ir::OpId op) {
    for (uint32_t i = 0; i < module_.op(op).num_operands; ++i) {
      const auto found = forward_.find(module_.operand(op, i));
      if (found != forward_.end()) module_.set_operand(op, i, found->second);
    }
  });
}

void Edit::drop_returned(ir::FuncId id) {
  ir::Func& func = module_.func(id);
  const std::set<uint32_t> dropped = of_func(dropped_results_, id);
  const ir::OpId last = module_.terminator(func.body);
  const auto returned = module_.operands(last);
  module_.set_operands(last, kept(std::vector(returned.begin(), returned.end()), dropped));
  func.results = kept(func.results, dropped);
  func.result_state = kept(func.result_state, dropped);
  func.result_names = kept(func.result_names, dropped);
}

void Edit::drop_passed(ir::OpId call) {
  if (module_.kind(call) != ir::OpKind::call) return;
  const std::set<uint32_t> dropped = of_func(dropped_args_, module_.find_func(module_.str_attr(call, "callee")));
  const auto passed = module_.operands(call);
  if (!dropped.empty()) module_.set_operands(call, kept(std::vector(passed.begin(), passed.end()), dropped));
}

void Edit::copy_func(ir::FuncId from, ir::Module& to) {
  const ir::Func& func = module_.func(from);
  ir::Cloner cloner(module_, to);
  const std::set<uint32_t> fixed = of_func(fixed_symbols_, from), dropped = of_func(dropped_args_, from);
  for (const uint32_t i : fixed) cloner.map_symbol(func.symbols[i].name, ir::SymExpr(func.symbols[i].low));
  std::vector<ir::ValueId> args;
  std::vector<ir::StrId> states;
  for (uint32_t i = 0; i < module_.block_data(func.body).num_args; ++i) {
    if (dropped.contains(i)) continue;
    args.push_back(module_.block_arg(func.body, i));
    states.push_back(i < func.arg_state.size() ? func.arg_state[i] : ir::StrId());
  }
  if (const auto added = new_args_.find(from); added != new_args_.end())
    args.insert(args.end(), added->second.begin(), added->second.end());
  std::vector<ir::TypeId> types;
  for (const ir::ValueId arg : args) types.push_back(cloner.type(module_.value(arg).type));
  const ir::FuncId id = to.create_func(std::string(module_.text(func.name)), types);
  ir::Func& copy = to.func(id);
  for (size_t i = 0; i < args.size(); ++i) {
    const ir::ValueId arg = to.block_arg(copy.body, static_cast<uint32_t>(i));
    cloner.map(args[i], arg);
    to.set_name(arg, cloner.str(module_.value(args[i]).name));
    if (i < states.size() && i < copy.arg_state.size()) copy.arg_state[i] = cloner.str(states[i]);
  }
  for (const ir::Symbol& symbol : kept(func.symbols, fixed))
    copy.symbols.push_back({cloner.str(symbol.name), symbol.low, symbol.high});
  for (const ir::TypeId result : func.results) copy.results.push_back(cloner.type(result));
  for (const ir::StrId state : func.result_state) copy.result_state.push_back(cloner.str(state));
  for (const ir::StrId name : func.result_names) copy.result_names.push_back(cloner.str(name));
  copy.attrs = cloner.attrs(func.attrs);
  copy.loc = cloner.loc(func.loc);
  cloner.block(func.body, copy.body);
}

ir::Module Edit::finish() {
  forward_operands();
  for (const auto& [func, unused] : dropped_results_) drop_returned(func);
  each_op(module_, [&](ir::FuncId, ir::OpId op) { drop_passed(op); });
  ir::Module to;
  to.folder = module_.folder;
  to.source = module_.source;
  ir::Cloner cloner(module_, to);
  to.own_attrs = cloner.attrs(module_.own_attrs);
  for (uint32_t i = 0; i < module_.num_constants(); ++i) {
    const ir::ConstId id(i);
    if (module_.constant(id).name.valid() && !dropped_constants_.contains(id)) cloner.constant(id);
  }
  for (uint32_t i = 0; i < module_.num_funcs(); ++i)
    if (!module_.func(ir::FuncId(i)).erased) copy_func(ir::FuncId(i), to);
  return to;
}

}  // namespace psmc::tools
