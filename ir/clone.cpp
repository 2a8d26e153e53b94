// SPDX-License-Identifier: Apache-2.0
#include "ir/clone.h"

#include <algorithm>

#include "base/check.h"

namespace psmc::ir {

/// Sees the arrays of a module.
class ModuleCopier {
 public:
  static Module copy(const Module& from);
  /// `to` keeps the mapped files of `from` alive.
  static void share_files(const Module& from, Module& to) {
    for (const auto& file : from.files_) {
      if (std::find(to.files_.begin(), to.files_.end(), file) == to.files_.end()) to.files_.push_back(file);
    }
  }
  /// Keeps the constants for which `keep` is set; their new ids.
  static std::vector<ConstId> keep_constants(Module& module, const std::vector<bool>& keep) {
    std::vector<ConstId> ids(module.constants_.size());
    std::deque<Constant> kept;
    for (size_t i = 0; i < ids.size(); ++i) {
      if (!keep[i]) continue;
      ids[i] = ConstId(static_cast<uint32_t>(kept.size()));
      kept.push_back(std::move(module.constants_[i]));
    }
    module.constants_ = std::move(kept);
    return ids;
  }
};

Module ModuleCopier::copy(const Module& from) {
  Module to;
  to.folder = from.folder;
  to.source = from.source;
  to.own_attrs = from.own_attrs;
  to.ops_ = from.ops_;
  to.operand_pool_ = from.operand_pool_;
  to.values_ = from.values_;
  to.blocks_ = from.blocks_;
  to.funcs_ = from.funcs_;
  to.constants_ = from.constants_;
  to.func_index_ = from.func_index_;
  to.constant_index_ = from.constant_index_;
  to.locs_ = from.locs_;
  to.loc_index_ = from.loc_index_;
  to.types_ = from.types_;
  to.type_index_ = from.type_index_;
  to.attrs_ = from.attrs_;
  to.attr_index_ = from.attr_index_;
  to.op_blocks_ = from.op_blocks_;
  to.strings_ = from.strings_;
  to.files_ = from.files_;
  return to;
}

Module clone_module(const Module& module) { return ModuleCopier::copy(module); }

Module compact_module(const Module& module) {
  Module to;
  to.folder = module.folder;
  to.source = module.source;
  ModuleCopier::share_files(module, to);
  Cloner cloner(module, to);
  to.own_attrs = cloner.attrs(module.own_attrs);
  for (uint32_t i = 0; i < module.num_constants(); ++i) {
    if (module.constant(ConstId(i)).name.valid()) cloner.constant(ConstId(i));
  }
  for (uint32_t i = 0; i < module.num_funcs(); ++i) {
    if (!module.func(FuncId(i)).erased) cloner.func(FuncId(i), module.text(module.func(FuncId(i)).name));
  }
  return to;
}

void replace_constants(Module& module, std::span<const ConstId> to) {
  std::vector<bool> keep(module.num_constants());
  for (const ConstId id : to)
    if (id.valid()) keep[id.index] = true;
  const std::vector<ConstId> ids = ModuleCopier::keep_constants(module, keep);
  const auto renumber = [&](OpId op) {
    if (module.kind(op) != OpKind::constant || !module.find_attr(op, "id")) return;
    const auto old = static_cast<uint32_t>(module.int_attr(op, "id"));
    const ConstId id = ids[to[old].index];
    if (id.index != old) module.set_attr(op, "id", static_cast<int64_t>(id.index));
  };
  for (uint32_t i = 0; i < module.num_funcs(); ++i)
    if (!module.func(FuncId(i)).erased) walk(module, module.func(FuncId(i)).body, renumber);
}

ValueId Cloner::value(ValueId from) const {
  const auto found = values_.find(from);
  if (found != values_.end()) return found->second;
  PSMC_CHECK(same(), "a copied op uses a value that was not copied");
  return from;
}

SymExpr Cloner::sym(const SymExpr& from) {
  if (same() && symbols_.empty()) return from;
  SymExpr to(from.constant);
  for (const auto& [symbol, factor] : from.terms) {
    const auto known = symbols_.find(symbol);
    to = to + (known != symbols_.end() ? known->second : SymExpr::symbol(str(symbol))) * factor;
  }
  return to;
}

TypeId Cloner::type(TypeId from) {
  if (same() && symbols_.empty()) return from;
  Type type = source_.type(from);
  for (Dim& dim : type.dims) {
    if (dim.is_static()) continue;
    dim.size = sym(dim.size);
    if (dim.is_static()) dim.bound = dim.size.constant;
  }
  return target_.type(type);
}

AttrId Cloner::attrs(AttrId from) {
  if (!from.valid() || (same() && symbols_.empty())) return from;
  AttrDict dict = source_.attrs(from);
  for (Attr& attr : dict) {
    attr.name = str(attr.name);
    if (auto* list = std::get_if<SymList>(&attr.value)) {
      for (SymExpr& expr : *list) expr = sym(expr);
    }
  }
  return target_.attrs(std::move(dict));
}

LocId Cloner::loc(LocId from) {
  if (same() || !from.valid()) return from;
  Location location = source_.loc(from);
  location.file = str(location.file);
  location.label = str(location.label);
  return target_.loc(location);
}

// Named constants are shared by name if the target has them with the same type.
ConstId Cloner::constant(ConstId from) {
  if (same()) return from;
  const auto [known, is_new] = constants_.try_emplace(from);
  if (!is_new) return known->second;
  Constant copy = source_.constant(from);
  copy.name = str(copy.name);
  copy.type = type(copy.type);
  copy.attrs = attrs(copy.attrs);
  if (copy.name.valid()) {
    const ConstId there = target_.find_constant(target_.text(copy.name));
    if (there.valid() && target_.constant(there).type == copy.type && target_.constant(there).file == copy.file &&
        target_.constant(there).entry == copy.entry && target_.constant(there).owned == copy.owned &&
        target_.constant(there).attrs == copy.attrs) {
      return known->second = there;
    }
    if (there.valid()) copy.name = StrId();
  }
  if (copy.owned.empty() && !copy.view.empty()) ModuleCopier::share_files(source_, target_);
  return known->second = target_.add_constant(std::move(copy));
}

// `to` is the copy of `from`: it gets its name.
void Cloner::take_over(ValueId from, ValueId to) {
  if (const StrId name = source_.value(from).name; name.valid()) target_.set_name(to, source_.text(name));
  map(from, to);
}

OpId Cloner::op(OpId from) {
  const OpData data = source_.op(from);
  std::vector<ValueId> operands;
  for (ValueId operand : source_.operands(from)) operands.push_back(value(operand));
  std::vector<TypeId> types;
  for (uint32_t i = 0; i < data.num_results; ++i) types.push_back(type(source_.value(source_.result(from, i)).type));
  const OpId to = target_.create(data.kind, operands, types, attrs(data.attrs), loc(data.loc), data.num_blocks);
  if (data.kind == OpKind::constant && !same() && source_.find_attr(from, "id")) {
    const ConstId id = constant(ConstId(static_cast<uint32_t>(source_.int_attr(from, "id"))));
    target_.set_attr(to, "id", static_cast<int64_t>(id.index));
  }
  for (uint32_t i = 0; i < data.num_results; ++i) take_over(source_.result(from, i), target_.result(to, i));
  for (uint32_t i = 0; i < data.num_blocks; ++i) {
    block_args(source_.block(from, i), target_.block(to, i));
    block(source_.block(from, i), target_.block(to, i));
  }
  return to;
}

void Cloner::block_args(BlockId from, BlockId to) {
  std::vector<TypeId> types;
  const uint32_t count = source_.block_data(from).num_args;
  for (uint32_t i = 0; i < count; ++i) types.push_back(type(source_.value(source_.block_arg(from, i)).type));
  target_.add_block_args(to, types);
  for (uint32_t i = 0; i < count; ++i) take_over(source_.block_arg(from, i), target_.block_arg(to, i));
}

void Cloner::block(BlockId from, BlockId to, bool with_terminator) {
  // The list is taken first: `from` and `to` may be the same block.
  std::vector<OpId> ops;
  for (OpId op : ops_of(source_, from)) ops.push_back(op);
  for (OpId from_op : ops) {
    const OpKind kind = source_.kind(from_op);
    if (!with_terminator && (kind == OpKind::return_ || kind == OpKind::yield)) continue;
    target_.append(to, op(from_op));
  }
}

FuncId Cloner::func(FuncId from, std::string_view name) {
  const Func data = source_.func(from);
  std::vector<TypeId> types;
  const uint32_t args = source_.block_data(data.body).num_args;
  for (uint32_t i = 0; i < args; ++i) types.push_back(type(source_.value(source_.block_arg(data.body, i)).type));
  const FuncId to = target_.create_func(std::string(name), types);
  for (uint32_t i = 0; i < args; ++i)
    take_over(source_.block_arg(data.body, i), target_.block_arg(target_.func(to).body, i));
  Func& copy = target_.func(to);
  for (const Symbol& symbol : data.symbols) copy.symbols.push_back({str(symbol.name), symbol.low, symbol.high});
  for (size_t i = 0; i < data.arg_state.size() && i < copy.arg_state.size(); ++i)
    copy.arg_state[i] = str(data.arg_state[i]);
  for (TypeId result : data.results) copy.results.push_back(type(result));
  for (StrId state : data.result_state) copy.result_state.push_back(str(state));
  for (StrId result : data.result_names) copy.result_names.push_back(str(result));
  copy.attrs = attrs(data.attrs);
  copy.loc = loc(data.loc);
  block(data.body, copy.body);
  return to;
}

}  // namespace psmc::ir
