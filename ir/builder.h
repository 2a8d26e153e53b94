// SPDX-License-Identifier: Apache-2.0
// Builds ops at an insertion point, with inferred result types. For code that knows its operands fit (frontends,
// passes); a failed inference is a bug there (PSMC_CHECK). Readers of untrusted text use `try_create` and report.
#pragma once

#include <initializer_list>

#include "ir/op.h"

namespace psmc::ir {

class Builder {
 public:
  explicit Builder(Module& module) : module_(module) {}

  Module& module() { return module_; }
  void at_end(BlockId block);
  void before(OpId op);
  void after(OpId op);
  void set_loc(LocId loc) { loc_ = loc; }
  /// All following ops get this free-text location ("layer 3, attention").
  void set_label(std::string_view label);

  /// Creates and inserts an op with one inferred result.
  ValueId make(OpKind kind, std::initializer_list<ValueId> operands, AttrDict attrs = {});
  ValueId make(OpKind kind, std::span<const ValueId> operands, AttrDict attrs = {});
  OpId make_op(OpKind kind, std::span<const ValueId> operands, AttrDict attrs, std::span<const TypeId> results,
               uint32_t num_blocks = 0);
  Result<OpId> try_create(OpKind kind, std::span<const ValueId> operands, AttrId attrs, LocId loc);
  void insert(OpId op);

  // Shorthands; shapes as numpy would have them.
  Attr attr(std::string_view name, AttrValue value) { return {module_.str(name), std::move(value)}; }
  ValueId constant(ConstId id);
  ValueId splat(DType dtype, double value);  ///< a rank-0 constant
  ValueId contract(std::string_view spec, ValueId a, ValueId b, DType result);
  ValueId reduce(std::string_view monoid, ValueId x, IntList axes, bool keep);
  ValueId cast(ValueId x, DType dtype);
  ValueId reshape(ValueId x, std::vector<Dim> dims);
  ValueId transpose(ValueId x, IntList permutation);
  ValueId slice(ValueId x, SymList start, std::vector<Dim> sizes);
  ValueId update(ValueId state, ValueId x, SymList start);
  ValueId gather(ValueId table, ValueId index);
  ValueId call(std::string_view callee, std::span<const ValueId> operands, AttrDict attrs);  ///< composite or function
  void ret(FuncId func, std::span<const ValueId> values);

 private:
  Module& module_;
  BlockId block_;
  OpId before_;
  LocId loc_;
};

}  // namespace psmc::ir
