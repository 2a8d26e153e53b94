// SPDX-License-Identifier: Apache-2.0
#include "ir/builder.h"

#include <algorithm>

#include <string>

#include "base/check.h"
#include "ir/array.h"

namespace psmc::ir {

void Builder::at_end(BlockId block) {
  block_ = block;
  before_ = OpId();
}

void Builder::before(OpId op) {
  block_ = module_.op(op).parent;
  before_ = op;
}

void Builder::after(OpId op) {
  block_ = module_.op(op).parent;
  before_ = module_.op(op).next;
}

void Builder::set_label(std::string_view label) {
  Location location = module_.loc(loc_);
  location.label = label.empty() ? StrId() : module_.str(label);
  loc_ = module_.loc(location);
}

void Builder::insert(OpId op) {
  PSMC_CHECK(block_.valid(), "builder has no insertion point");
  if (before_.valid())
    module_.insert_before(before_, op);
  else
    module_.append(block_, op);
}

Result<OpId> Builder::try_create(OpKind kind, std::span<const ValueId> operands, AttrId attrs, LocId loc) {
  const OpDef& def = op_def(kind);
  PSMC_CHECK(def.infer, std::string(def.name) + " has no inferred type");
  PSMC_ASSIGN(const std::vector<Type> types, def.infer({module_, kind, operands, attrs}));
  std::vector<TypeId> ids;
  for (const Type& type : types) ids.push_back(module_.type(type));
  return module_.create(kind, operands, ids, attrs, loc);
}

ValueId Builder::make(OpKind kind, std::initializer_list<ValueId> operands, AttrDict attrs) {
  return make(kind, std::span<const ValueId>(operands.begin(), operands.size()), std::move(attrs));
}

ValueId Builder::make(OpKind kind, std::span<const ValueId> operands, AttrDict attrs) {
  Result<OpId> op = try_create(kind, operands, module_.attrs(std::move(attrs)), loc_);
  if (!op.ok()) PSMC_CHECK(false, std::string(op_def(kind).name) + ": " + op.diagnostic().message);
  PSMC_CHECK(module_.op(*op).num_results == 1, "op has not one result");
  insert(*op);
  return module_.result(*op);
}

OpId Builder::make_op(OpKind kind, std::span<const ValueId> operands, AttrDict attrs, std::span<const TypeId> results,
                      uint32_t num_blocks) {
  const OpId op = module_.create(kind, operands, results, module_.attrs(std::move(attrs)), loc_, num_blocks);
  insert(op);
  return op;
}

ValueId Builder::constant(ConstId id) {
  return make(OpKind::constant, {}, {attr("id", static_cast<int64_t>(id.index))});
}

ValueId Builder::splat(DType dtype, double value) {
  Array array(dtype, {});
  if (is_integer(dtype))
    array.set_int(0, static_cast<int64_t>(value));
  else
    array.set(0, value);
  Constant data;
  data.type = module_.type(tensor_type(dtype, {}));
  data.owned = std::move(array.bytes);
  return constant(module_.add_constant(std::move(data)));
}

ValueId Builder::contract(std::string_view spec, ValueId a, ValueId b, DType result) {
  return make(OpKind::contract, {a, b}, {attr("spec", std::string(spec)), attr("dtype", result)});
}

ValueId Builder::reduce(std::string_view monoid, ValueId x, IntList axes, bool keep) {
  return make(OpKind::reduce, {x},
              {attr("monoid", std::string(monoid)), attr("axes", std::move(axes)), attr("keep", keep)});
}

ValueId Builder::cast(ValueId x, DType dtype) {
  if (module_.value_type(x).dtype == dtype) return x;
  return make(OpKind::cast, {x}, {attr("dtype", dtype)});
}

namespace {

SymList sizes_of(const std::vector<Dim>& dims) {
  SymList list;
  for (const Dim& dim : dims) list.push_back(dim.size);
  return list;
}

}  // namespace

ValueId Builder::reshape(ValueId x, std::vector<Dim> dims) {
  return make(OpKind::reshape, {x}, {attr("shape", sizes_of(dims))});
}

ValueId Builder::transpose(ValueId x, IntList permutation) {
  return make(OpKind::transpose, {x}, {attr("permutation", std::move(permutation))});
}

ValueId Builder::slice(ValueId x, SymList start, std::vector<Dim> sizes) {
  AttrDict attrs = {attr("start", std::move(start)), attr("size", sizes_of(sizes))};
  if (std::any_of(sizes.begin(), sizes.end(), [](const Dim& dim) { return !dim.is_static(); })) {
    IntList bounds;
    for (const Dim& dim : sizes) bounds.push_back(dim.bound);
    attrs.push_back(attr("bound", std::move(bounds)));
  }
  return make(OpKind::slice, {x}, std::move(attrs));
}

ValueId Builder::update(ValueId state, ValueId x, SymList start) {
  return make(OpKind::update, {state, x}, {attr("start", std::move(start))});
}

ValueId Builder::gather(ValueId table, ValueId index) { return make(OpKind::gather, {table, index}); }

ValueId Builder::call(std::string_view callee, std::span<const ValueId> operands, AttrDict attrs) {
  attrs.push_back(attr("callee", std::string(callee)));
  return make(OpKind::call, operands, std::move(attrs));
}

void Builder::ret(FuncId func, std::span<const ValueId> values) {
  Func& data = module_.func(func);
  if (data.results.empty()) {
    for (ValueId value : values) data.results.push_back(module_.value(value).type);
  }
  data.result_state.resize(data.results.size());
  data.result_names.resize(data.results.size());
  at_end(data.body);
  make_op(OpKind::return_, values, {}, {});
}

}  // namespace psmc::ir
