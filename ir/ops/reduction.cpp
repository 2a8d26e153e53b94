// SPDX-License-Identifier: Apache-2.0
// reduce and contract: inference and access maps. Evaluation is in reduction_eval.cpp.
#include <algorithm>

#include <fmt/format.h>

#include "ir/ops/contract_spec.h"
#include "ir/ops/families.h"
#include "ir/ops/infer.h"
#include "ir/ops/monoid.h"
#include "ir/ops/reduction_eval.h"
#include "ir/text/print_type.h"

namespace psmc::ir {
namespace {

Status check_axes(const InferInput& in, const IntList& axes, size_t rank) {
  for (size_t i = 0; i < axes.size(); ++i) {
    PSMC_TRY(need_axis(in, "axes", axes[i], rank));
    if (i > 0 && axes[i] <= axes[i - 1]) return attr_error(in, "axes", "must rise strictly");
  }
  return {};
}

Inferred infer_reduce(const InferInput& in) {
  PSMC_TRY(need_tensor(in, 0));
  const Type& x = in.operand(0);
  const auto monoid = monoid_from_name(text_of(in, "monoid"));
  if (!monoid) return attr_error(in, "monoid", "must be \"sum\", \"max\", \"min\" or \"prod\"");
  const bool ordered = *monoid == Monoid::max || *monoid == Monoid::min;
  if (x.dtype == DType::boolean && !ordered) return operand_error(in, 0, "must be of a number type for this monoid");
  const IntList axes = ints_of(in, "axes");
  PSMC_TRY(check_axes(in, axes, x.rank()));
  std::vector<Dim> dims;
  for (size_t d = 0; d < x.rank(); ++d) {
    const bool reduced = std::find(axes.begin(), axes.end(), static_cast<int64_t>(d)) != axes.end();
    if (!reduced) dims.push_back(x.dims[d]);
    if (reduced && bool_of(in, "keep")) dims.push_back(Dim(1));
  }
  return std::vector<Type>{tensor_type(x.dtype, std::move(dims))};
}

std::vector<Piece> access_reduce(const Module& module, OpId op) {
  const std::vector<Dim>& dims = module.value_type(module.operand(op, 0)).dims;
  const IntList& axes = module.ints_attr(op, "axes");
  const bool keep = module.bool_attr(op, "keep");
  Piece piece;
  piece.body = BodyKind::reduce;
  piece.space = parallel_space(dims);
  piece.operands = {identity_map(static_cast<uint32_t>(dims.size()))};
  for (uint32_t d = 0; d < dims.size(); ++d) {
    const bool reduced = std::find(axes.begin(), axes.end(), static_cast<int64_t>(d)) != axes.end();
    if (reduced) piece.space[d].kind = IterKind::reduce;
    if (!reduced) piece.result.subscripts.push_back(Subscript::dim(d));
    if (reduced && keep) piece.result.subscripts.push_back(Subscript::fixed(0));
  }
  return {piece};
}

Result<DType> contract_dtype(const InferInput& in) {
  const DType from = in.operand(0).dtype;
  if (from == DType::boolean || from == DType::index) return operand_error(in, 0, "must be of a number type");
  const DType to = dtype_of(in, "dtype", from);
  if (is_float(from) != is_float(to) || to == DType::boolean || to == DType::index) {
    return attr_error(in, "dtype", "must be a float type for floats, an integer type for integers");
  }
  return to;
}

Inferred infer_contract(const InferInput& in) {
  PSMC_TRY(need_same_tensors(in));
  PSMC_ASSIGN(const DType dtype, contract_dtype(in));
  PSMC_ASSIGN(const ContractSpec spec, parse_contract_spec(text_of(in, "spec")));
  const std::string* labels[] = {&spec.a, &spec.b};
  for (size_t i = 0; i < 2; ++i) {
    if (in.operand(i).rank() == labels[i]->size()) continue;
    return shape_error(in, fmt::format("operand {} has {} dimensions, but \"{}\" has {} letters", i + 1,
                                       in.operand(i).rank(), *labels[i], labels[i]->size()));
  }
  for (size_t d = 0; d < spec.b.size(); ++d) {
    const size_t e = spec.a.find(spec.b[d]);
    if (e == std::string::npos || in.operand(0).dims[e] == in.operand(1).dims[d]) continue;
    return shape_error(in, fmt::format("'{}' has different extents in {} and {}", spec.b[d],
                                       print_type(in.module, in.operand(0)), print_type(in.module, in.operand(1))));
  }
  std::vector<Dim> dims;
  for (const char c : spec.out) {
    const size_t e = spec.a.find(c);
    dims.push_back(e != std::string::npos ? in.operand(0).dims[e] : in.operand(1).dims[spec.b.find(c)]);
  }
  return std::vector<Type>{tensor_type(dtype, std::move(dims))};
}

std::vector<Piece> access_contract(const Module& module, OpId op) {
  const auto parsed = parse_contract_spec(module.str_attr(op, "spec"));
  const ContractSpec& spec = *parsed;
  const std::string space = spec.space();
  Piece piece;
  piece.body = BodyKind::contract;
  piece.operands.resize(2);
  const auto add = [&](AccessMap& map, const std::string& labels) {
    for (const char c : labels) map.subscripts.push_back(Subscript::dim(static_cast<uint32_t>(space.find(c))));
  };
  add(piece.operands[0], spec.a);
  add(piece.operands[1], spec.b);
  add(piece.result, spec.out);
  for (const char c : space) {
    const size_t e = spec.a.find(c);
    const Dim& dim = e != std::string::npos ? module.value_type(module.operand(op, 0)).dims[e]
                                            : module.value_type(module.operand(op, 1)).dims[spec.b.find(c)];
    const bool summed = spec.summed.find(c) != std::string::npos;
    piece.space.push_back({dim, summed ? IterKind::reduce : IterKind::parallel});
  }
  return {piece};
}

}  // namespace

std::vector<OpDef> reduction_ops() {
  OpDef reduce;
  reduce.kind = OpKind::reduce;
  reduce.level = Level::graph;
  reduce.manual =
      "Combines the elements along the listed axes; an empty range gives the monoid's identity; "
      "max and min of floats are those of the ops. "
      "`%r = reduce %x {axes = [1], keep = true, monoid = \"max\"}`";
  reduce.min_operands = reduce.max_operands = 1;
  reduce.attrs = {{"axes", AttrKind::ints, true, "the reduced dimensions, rising"},
                  {"keep", AttrKind::boolean, false, "whether reduced dimensions stay with extent 1"},
                  {"monoid", AttrKind::string, true, "\"sum\", \"max\", \"min\" or \"prod\""}};
  reduce.infer = checked<infer_reduce>;
  reduce.access = access_reduce;
  reduce.eval = eval_reduce;

  OpDef contract;
  contract.kind = OpKind::contract;
  contract.level = Level::graph;
  contract.manual =
      "Sums products: letters of both operands that the result lacks are summed. Accumulates in f32 or i32 "
      "and rounds once. `%r = contract %a, %b {dtype = bf16, spec = \"bmk,bnk->bmn\"}`";
  contract.min_operands = contract.max_operands = 2;
  contract.attrs = {{"dtype", AttrKind::dtype, false, "the element type of the result; default: that of the operands"},
                    {"spec", AttrKind::string, true, "the letters of both operands and of the result"}};
  contract.infer = checked<infer_contract>;
  contract.access = access_contract;
  contract.eval = eval_contract;
  return {std::move(reduce), std::move(contract)};
}

}  // namespace psmc::ir
