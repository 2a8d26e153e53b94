// SPDX-License-Identifier: Apache-2.0
// Ops without tensor operands: constant, iota, symbol.
#include <fmt/format.h>

#include "ir/ops/families.h"
#include "ir/ops/infer.h"
#include "ir/ops/shape_eval.h"
#include "ir/ops/strided.h"

namespace psmc::ir {
namespace {

/// A tensor by `id`, or a loop-level scalar by `value`: of type `dtype`, else index for an integer and f32 for a
/// number.
Inferred infer_constant(const InferInput& in) {
  const AttrValue* value = in.attr("value");
  if (value != nullptr) {
    if (in.attr("id") != nullptr) return attr_error(in, "value", "excludes `id`");
    const DType usual = std::holds_alternative<int64_t>(*value) ? DType::index : DType::f32;
    return std::vector<Type>{scalar_type(dtype_of(in, "dtype", usual))};
  }
  const int64_t id = int_of(in, "id", -1);
  if (id < 0 || id >= in.module.num_constants()) return attr_error(in, "id", "must name a constant of the module");
  return std::vector<Type>{in.module.type(in.module.constant(ConstId(static_cast<uint32_t>(id))).type)};
}

Result<Array> eval_constant(const EvalInput& in) {
  const auto id = ConstId(static_cast<uint32_t>(in.module.int_attr(in.op, "id")));
  const Constant& constant = in.module.constant(id);
  PSMC_ASSIGN(std::vector<int64_t> shape, concrete_result(in));
  const DType dtype = in.module.type(constant.type).dtype;
  const auto bytes = constant.bytes();
  if (bytes.size() != static_cast<size_t>(count_of(shape)) * dtype_bytes(dtype)) {
    return error(Code::interp_arguments,
                 fmt::format("the bytes of the constant @{} are not there", in.module.text(constant.name)));
  }
  Array out;
  out.dtype = dtype;
  out.shape = std::move(shape);
  out.bytes.assign(bytes.begin(), bytes.end());
  return out;
}

Inferred infer_iota(const InferInput& in) {
  const SymList shape = syms_of(in, "shape");
  PSMC_TRY(need_axis(in, "axis", int_of(in, "axis"), shape.size()));
  const DType dtype = dtype_of(in, "dtype", DType::i32);
  if (dtype == DType::boolean || dtype == DType::index)
    return attr_error(in, "dtype", "must be a float or integer type");
  std::vector<Dim> dims;
  for (size_t d = 0; d < shape.size(); ++d) {
    PSMC_ASSIGN(Dim dim, dim_of(in, shape[d], d, shape.size(), -1));
    dims.push_back(std::move(dim));
  }
  return std::vector<Type>{tensor_type(dtype, std::move(dims))};
}

std::vector<Piece> access_iota(const Module& module, OpId op) {
  const std::vector<Dim>& dims = module.value_type(module.result(op)).dims;
  Piece piece;
  piece.body = BodyKind::iota;
  piece.space = parallel_space(dims);
  piece.result = identity_map(static_cast<uint32_t>(dims.size()));
  piece.iota_of = Subscript::dim(static_cast<uint32_t>(module.int_attr(op, "axis")));
  return {piece};
}

Result<Array> eval_iota(const EvalInput& in) {
  const auto axis = static_cast<size_t>(in.module.int_attr(in.op, "axis"));
  PSMC_ASSIGN(std::vector<int64_t> shape, concrete_result(in));
  const int64_t stride = row_major(shape)[axis], extent = shape[axis];
  Array out(in.module.value_type(in.module.result(in.op)).dtype, std::move(shape));
  for (int64_t i = 0, count = out.elements(); i < count; ++i) out.set_int(i, i / stride % extent);
  return out;
}

Inferred infer_symbol(const InferInput& in) {
  if (syms_of(in, "expr").size() != 1) return attr_error(in, "expr", "must have one entry");
  const DType dtype = dtype_of(in, "dtype", DType::i32);
  if (dtype == DType::boolean) return attr_error(in, "dtype", "must be a float or integer type");
  if (dtype == DType::index) return std::vector<Type>{index_type()};
  return std::vector<Type>{tensor_type(dtype, {})};
}

std::vector<Piece> access_symbol(const Module& module, OpId op) {
  Piece piece;
  piece.body = BodyKind::iota;
  piece.iota_of = Subscript::fixed(module.syms_attr(op, "expr").at(0));
  return {piece};
}

Result<Array> eval_symbol(const EvalInput& in) {
  Array out(in.module.value_type(in.module.result(in.op)).dtype, {});
  out.set_int(0, in.value_of(in.module.syms_attr(in.op, "expr").at(0)));
  return out;
}

OpDef source_def(OpKind kind, Level level, std::string_view manual, std::vector<AttrSpec> attrs) {
  OpDef def;
  def.kind = kind;
  def.level = level;
  def.manual = manual;
  def.min_operands = def.max_operands = 0;
  def.attrs = std::move(attrs);
  return def;
}

}  // namespace

std::vector<OpDef> source_ops() {
  OpDef constant =
      source_def(OpKind::constant, Level::any,
                 "A tensor of the module's constant table, or at loop level a scalar. `%w = constant @w`, "
                 "`%z = constant 0.0 : f32`",
                 {{"dtype", AttrKind::dtype, false, "the type of a scalar; default f32, index for an integer"},
                  {"id", AttrKind::integer, false, "position in the module's constant table"},
                  {"value", AttrKind::number, false, "the value of a scalar"}});
  constant.infer = checked<infer_constant>;
  constant.eval = eval_constant;
  OpDef iota = source_def(
      OpKind::iota, Level::graph, "The index along `axis`. `%r = iota {axis = 0, dtype = i32, shape = [8]}`",
      {{"axis", AttrKind::integer, true, "the dimension that is counted"},
       {"bound", AttrKind::ints, false, "an upper bound of each dimension; needed where one is of run-time size"},
       {"dtype", AttrKind::dtype, false, "the element type; default i32"},
       {"shape", AttrKind::syms, true, "the extents of the result"}});
  iota.infer = checked<infer_iota>;
  iota.access = access_iota;
  iota.eval = eval_iota;
  OpDef symbol = source_def(OpKind::symbol, Level::any,
                            "A run-time value as a tensor of rank 0, or as a loop-level index with `dtype = index`. "
                            "`%p = symbol {dtype = i32, expr = sym[pos + 1]}`",
                            {{"dtype", AttrKind::dtype, false, "the element type; default i32"},
                             {"expr", AttrKind::syms, true, "the expression, a list of one"}});
  symbol.infer = checked<infer_symbol>;
  symbol.access = access_symbol;
  symbol.eval = eval_symbol;
  return {std::move(constant), std::move(iota), std::move(symbol)};
}

}  // namespace psmc::ir
