// SPDX-License-Identifier: Apache-2.0
// Copies of ops, blocks, functions and whole modules; within a module or from one into another. Needed by inlining,
// reducing, outlining and by everything that must keep the module before a change.
#pragma once

#include <map>
#include <span>
#include <unordered_map>

#include "ir/module.h"

namespace psmc::ir {

/// Copies from `source` into `target` (which may be the same module). Values that were not copied and have no entry in
/// the map must belong to the target: they are taken as they are if the modules are the same, otherwise that is a bug.
class Cloner {
 public:
  Cloner(const Module& source, Module& target) : source_(source), target_(target) {}

  /// Later copies use `to` for `from`.
  void map(ValueId from, ValueId to) { values_[from] = to; }
  /// `symbol` of the source becomes an expression of the target (calling with other symbols); default: the same name.
  void map_symbol(StrId symbol, SymExpr expr) { symbols_[symbol] = std::move(expr); }
  ValueId value(ValueId from) const;

  /// A copy without parent, with copies of its blocks; its results are mapped.
  OpId op(OpId from);
  /// Appends copies of the ops of `from` to `to`; a terminator too if `with_terminator`. Arguments of `from` must be
  /// mapped.
  void block(BlockId from, BlockId to, bool with_terminator = true);
  /// A copy of a function under `name`, with its symbols, states and attributes.
  FuncId func(FuncId from, std::string_view name);

  TypeId type(TypeId from);
  AttrId attrs(AttrId from);
  LocId loc(LocId from);
  StrId str(StrId from) { return same() || !from.valid() ? from : target_.str(source_.text(from)); }
  ConstId constant(ConstId from);
  SymExpr sym(const SymExpr& from);

 private:
  bool same() const { return &source_ == &target_; }
  void take_over(ValueId from, ValueId to);
  void block_args(BlockId from, BlockId to);

  const Module& source_;
  Module& target_;
  std::unordered_map<ValueId, ValueId> values_;
  std::map<StrId, SymExpr> symbols_;
  std::unordered_map<ConstId, ConstId> constants_;
};

/// A module of its own with the same ids. Bytes of mapped files are shared.
Module clone_module(const Module& module);

/// The same functions and used constants with nothing erased left: ids are given anew in the order of the text.
Module compact_module(const Module& module);

/// Each op that reads a constant `c` of the module's table reads `to[c]` instead. Those that nothing is mapped to leave
/// the table, so the ids of those behind them change.
void replace_constants(Module& module, std::span<const ConstId> to);

}  // namespace psmc::ir
