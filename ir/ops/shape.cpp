// SPDX-License-Identifier: Apache-2.0
// Data movement by shape: reshape, transpose, slice, concat, pad, broadcast. Inference and access maps; evaluation is
// in shape_eval.cpp.
#include <algorithm>

#include <fmt/format.h>

#include "ir/ops/families.h"
#include "ir/ops/infer.h"
#include "ir/ops/reshape.h"
#include "ir/ops/shape_eval.h"
#include "ir/text/print_type.h"

namespace psmc::ir {
namespace {

const Type& operand_type(const Module& module, OpId op, uint32_t i = 0) {
  return module.value_type(module.operand(op, i));
}
const std::vector<Dim>& result_dims(const Module& module, OpId op) { return module.value_type(module.result(op)).dims; }

Inferred infer_reshape(const InferInput& in) {
  PSMC_TRY(need_tensor(in, 0));
  const Type& x = in.operand(0);
  std::vector<Dim> dims;
  auto next = x.dims.begin();
  for (const SymExpr& size : syms_of(in, "shape")) {
    if (size.is_constant()) {
      if (size.constant < 0)
        return shape_error(in, fmt::format("dimension {} would have {} elements", dims.size(), size.constant));
      dims.push_back(Dim(size.constant));
      continue;
    }
    next = std::find_if(next, x.dims.end(), [](const Dim& dim) { return !dim.is_static(); });
    if (next == x.dims.end() || next->size != size) {
      return shape_error(in, fmt::format("the run-time dimension {} is not one of {} in this order",
                                         print_sym(in.module, size), dims_text(in.module, x.dims)));
    }
    dims.push_back(*next++);
  }
  if (!reshape_fits(x.dims, dims)) {
    return shape_error(in,
                       fmt::format("{} cannot become {}: the elements must be the same, run-time dimensions kept whole",
                                   dims_text(in.module, x.dims), dims_text(in.module, dims)));
  }
  return std::vector<Type>{tensor_type(x.dtype, std::move(dims))};
}

std::vector<Piece> access_reshape(const Module& module, OpId op) {
  ReshapeMaps maps = reshape_maps(operand_type(module, op).dims, result_dims(module, op));
  Piece piece;
  piece.space = std::move(maps.space);
  piece.operands = {std::move(maps.from)};
  piece.result = std::move(maps.to);
  return {piece};
}

Inferred infer_transpose(const InferInput& in) {
  PSMC_TRY(need_tensor(in, 0));
  const Type& x = in.operand(0);
  const IntList permutation = ints_of(in, "permutation");
  IntList sorted = permutation;
  std::sort(sorted.begin(), sorted.end());
  bool valid = sorted.size() == x.rank();
  for (size_t d = 0; d < sorted.size(); ++d) valid = valid && sorted[d] == static_cast<int64_t>(d);
  if (!valid) return attr_error(in, "permutation", fmt::format("must name each of the {} dimensions once", x.rank()));
  std::vector<Dim> dims;
  for (const int64_t d : permutation) dims.push_back(x.dims[static_cast<size_t>(d)]);
  return std::vector<Type>{tensor_type(x.dtype, std::move(dims))};
}

std::vector<Piece> access_transpose(const Module& module, OpId op) {
  const std::vector<Dim>& dims = result_dims(module, op);
  const IntList& permutation = module.ints_attr(op, "permutation");
  Piece piece;
  piece.space = parallel_space(dims);
  piece.result = identity_map(static_cast<uint32_t>(dims.size()));
  AccessMap from;
  from.subscripts.resize(dims.size());
  for (uint32_t d = 0; d < dims.size(); ++d) from.subscripts[static_cast<size_t>(permutation[d])] = Subscript::dim(d);
  piece.operands = {std::move(from)};
  return {piece};
}

/// What is known to be wrong without the ranges of the symbols; the rest is check_in_function's.
Status check_slice_dim(const InferInput& in, size_t d, const Dim& from, const SymExpr& start, const SymExpr& size,
                       int64_t step) {
  if (step < 1) return attr_error(in, "step", "must be positive");
  const auto out = [&] {
    return shape_error(
        in, fmt::format("dimension {}: {} elements from {} in steps of {} leave {}", d, print_sym(in.module, size),
                        print_sym(in.module, start), step, print_dim(in.module, from)));
  };
  if (start.is_constant() && (start.constant < 0 || start.constant > from.bound)) return out();
  if (!size.is_constant() || size.constant == 0) return {};
  if (size.constant < 0 || size.constant > from.bound) return out();
  const __int128 last = static_cast<__int128>(size.constant - 1) * step;
  if (last >= from.bound) return out();
  if (start.is_constant() && start.constant + last >= from.bound) return out();
  return {};
}

Inferred infer_slice(const InferInput& in) {
  PSMC_TRY(need_tensor(in, 0));
  const Type& x = in.operand(0);
  const SymList start = syms_of(in, "start"), size = syms_of(in, "size");
  const IntList step = ints_of(in, "step");
  if (start.size() != x.rank()) return attr_error(in, "start", fmt::format("must have {} entries", x.rank()));
  if (size.size() != x.rank()) return attr_error(in, "size", fmt::format("must have {} entries", x.rank()));
  if (!step.empty() && step.size() != x.rank())
    return attr_error(in, "step", fmt::format("must have {} entries", x.rank()));
  std::vector<Dim> dims;
  for (size_t d = 0; d < x.rank(); ++d) {
    const int64_t by = step.empty() ? 1 : step[d];
    PSMC_TRY(check_slice_dim(in, d, x.dims[d], start[d], size[d], by));
    const int64_t left = x.dims[d].bound - (start[d].is_constant() ? start[d].constant : 0);
    PSMC_ASSIGN(Dim dim, dim_of(in, size[d], d, x.rank(), (left + by - 1) / by));
    dims.push_back(std::move(dim));
  }
  return std::vector<Type>{tensor_type(x.dtype, std::move(dims))};
}

std::vector<Piece> access_slice(const Module& module, OpId op) {
  const std::vector<Dim>& dims = result_dims(module, op);
  const SymList start = module.syms_attr(op, "start");
  const IntList& step = module.ints_attr(op, "step");
  Piece piece;
  piece.space = parallel_space(dims);
  piece.result = identity_map(static_cast<uint32_t>(dims.size()));
  AccessMap from;
  for (uint32_t d = 0; d < dims.size(); ++d)
    from.subscripts.push_back(Subscript::dim(d, step.empty() ? 1 : step[d], start[d]));
  piece.operands = {std::move(from)};
  return {piece};
}

Inferred infer_concat(const InferInput& in) {
  PSMC_TRY(need_same_tensors(in));
  const Type& first = in.operand(0);
  const int64_t axis = int_of(in, "axis");
  PSMC_TRY(need_axis(in, "axis", axis, first.rank()));
  std::vector<Dim> dims = first.dims;
  for (size_t i = 1; i < in.operands.size(); ++i) {
    const std::vector<Dim>& other = in.operand(i).dims;
    bool fits = other.size() == dims.size();
    for (size_t d = 0; fits && d < dims.size(); ++d) fits = static_cast<int64_t>(d) == axis || dims[d] == other[d];
    if (!fits) {
      return shape_error(in, fmt::format("operand {} has the shape {}, operand 1 {}: only dimension {} may differ",
                                         i + 1, dims_text(in.module, other), dims_text(in.module, first.dims), axis));
    }
    Dim& joined = dims[static_cast<size_t>(axis)];
    const Dim& more = other[static_cast<size_t>(axis)];
    joined = Dim(joined.size + more.size, joined.bound + more.bound);
  }
  return std::vector<Type>{tensor_type(first.dtype, std::move(dims))};
}

std::vector<Piece> access_concat(const Module& module, OpId op) {
  const auto axis = static_cast<size_t>(module.int_attr(op, "axis"));
  const auto count = static_cast<uint32_t>(module.operands(op).size());
  std::vector<Piece> pieces;
  SymExpr offset;
  for (uint32_t i = 0; i < count; ++i) {
    const std::vector<Dim>& dims = operand_type(module, op, i).dims;
    const auto rank = static_cast<uint32_t>(dims.size());
    Piece piece;
    piece.space = parallel_space(dims);
    piece.operands.resize(count);
    for (AccessMap& map : piece.operands) map.used = false;
    piece.operands[i] = identity_map(rank);
    piece.result = identity_map(rank);
    piece.result.subscripts[axis].offset = offset;
    pieces.push_back(std::move(piece));
    offset = offset + dims[axis].size;
  }
  return pieces;
}

Inferred infer_pad(const InferInput& in) {
  PSMC_TRY(need_tensor(in, 0));
  const Type& x = in.operand(0);
  const IntList low = ints_of(in, "low"), high = ints_of(in, "high");
  for (const auto& [name, list] : {std::pair{"low", &low}, std::pair{"high", &high}}) {
    if (list->size() != x.rank()) return attr_error(in, name, fmt::format("must have {} entries", x.rank()));
    if (std::any_of(list->begin(), list->end(), [](int64_t n) { return n < 0; }))
      return attr_error(in, name, "must not be negative");
  }
  std::vector<Dim> dims;
  for (size_t d = 0; d < x.rank(); ++d) {
    const int64_t more = low[d] + high[d];
    dims.push_back(Dim(x.dims[d].size + SymExpr(more), x.dims[d].bound + more));
  }
  return std::vector<Type>{tensor_type(x.dtype, std::move(dims))};
}

std::vector<Piece> access_pad(const Module& module, OpId op) {
  const std::vector<Dim>&from = operand_type(module, op).dims, &to = result_dims(module, op);
  const auto rank = static_cast<uint32_t>(to.size());
  const IntList& low = module.ints_attr(op, "low");
  Piece fill;
  fill.body = BodyKind::fill;
  fill.value = module.float_attr(op, "value");
  fill.space = parallel_space(to);
  fill.operands.resize(1);
  fill.operands[0].used = false;
  fill.result = identity_map(rank);
  Piece inner;
  inner.space = parallel_space(from);
  inner.operands = {identity_map(rank)};
  inner.result = identity_map(rank);
  for (uint32_t d = 0; d < rank; ++d) inner.result.subscripts[d].offset = low[d];
  return {std::move(fill), std::move(inner)};
}

Inferred infer_broadcast(const InferInput& in) {
  PSMC_TRY(need_tensor(in, 0));
  const Type& x = in.operand(0);
  const SymList shape = syms_of(in, "shape");
  if (shape.size() < x.rank()) return attr_error(in, "shape", "must not have fewer dimensions than the operand");
  const size_t skip = shape.size() - x.rank();
  std::vector<Dim> dims;
  for (size_t d = 0; d < shape.size(); ++d) {
    const Dim* from = d < skip ? nullptr : &x.dims[d - skip];
    if (from != nullptr && *from != Dim(1)) {
      if (from->size != shape[d]) {
        return shape_error(in, fmt::format("{} does not broadcast to {} elements in dimension {}",
                                           dims_text(in.module, x.dims), print_sym(in.module, shape[d]), d));
      }
      dims.push_back(*from);
      continue;
    }
    PSMC_ASSIGN(Dim dim, dim_of(in, shape[d], d, shape.size(), -1));
    dims.push_back(std::move(dim));
  }
  return std::vector<Type>{tensor_type(x.dtype, std::move(dims))};
}

std::vector<Piece> access_broadcast(const Module& module, OpId op) {
  const std::vector<Dim>& dims = result_dims(module, op);
  Piece piece;
  piece.space = parallel_space(dims);
  piece.operands = {broadcast_map(operand_type(module, op).dims, dims)};
  piece.result = identity_map(static_cast<uint32_t>(dims.size()));
  return {piece};
}

OpDef shape_def(OpKind kind, std::string_view manual, std::vector<AttrSpec> attrs) {
  OpDef def;
  def.kind = kind;
  def.level = Level::graph;
  def.manual = manual;
  def.min_operands = def.max_operands = 1;
  def.attrs = std::move(attrs);
  return def;
}

void set_functions(OpDef& def, Inferred (*infer)(const InferInput&), std::vector<Piece> (*access)(const Module&, OpId),
                   Result<Array> (*eval)(const EvalInput&)) {
  def.infer = infer;
  def.access = access;
  def.eval = eval;
}

constexpr AttrSpec kBound = {"bound", AttrKind::ints, false,
                             "an upper bound of each dimension of the result; needed where one is of run-time size"};

}  // namespace

std::vector<OpDef> shape_ops() {
  std::vector<OpDef> defs;
  defs.push_back(
      shape_def(OpKind::reshape,
                "The same elements in row-major order in another shape; run-time dimensions are kept whole and "
                "in order. `%r = reshape %x {shape = [4, 6]}`",
                {{"shape", AttrKind::syms, true, "the extents of the result"}}));
  set_functions(defs.back(), checked<infer_reshape>, access_reshape, eval_reshape);
  defs.push_back(
      shape_def(OpKind::transpose,
                "Result dimension i is operand dimension permutation[i]. `%r = transpose %x {permutation = [1, 0]}`",
                {{"permutation", AttrKind::ints, true, "each dimension once"}}));
  set_functions(defs.back(), checked<infer_transpose>, access_transpose, eval_transpose);
  defs.push_back(
      shape_def(OpKind::slice,
                "A box of the operand, of `size` elements from `start` in steps of `step`; must lie inside for "
                "every value of the symbols. `%r = slice %x {size = sym[pos + 1, 8], start = [0, 0]}`",
                {kBound,
                 {"size", AttrKind::syms, true, "the extents of the result"},
                 {"start", AttrKind::syms, true, "the first element along each dimension"},
                 {"step", AttrKind::ints, false, "the distance of the elements taken; default 1"}}));
  set_functions(defs.back(), checked<infer_slice>, access_slice, eval_slice);
  defs.push_back(shape_def(OpKind::concat,
                           "The operands one after the other along `axis`. `%r = concat %a, %b {axis = 1}`",
                           {{"axis", AttrKind::integer, true, "the dimension that grows"}}));
  defs.back().max_operands = -1;
  set_functions(defs.back(), checked<infer_concat>, access_concat, eval_concat);
  defs.push_back(
      shape_def(OpKind::pad,
                "The operand with `low` elements of `value` before and `high` after it along each dimension. "
                "`%r = pad %x {high = [0, 2], low = [1, 0], value = 0.0}`",
                {{"high", AttrKind::ints, true, "how many elements come after, along each dimension"},
                 {"low", AttrKind::ints, true, "how many elements come before, along each dimension"},
                 {"value", AttrKind::number, false, "what they are; default 0"}}));
  set_functions(defs.back(), checked<infer_pad>, access_pad, eval_pad);
  defs.push_back(
      shape_def(OpKind::broadcast,
                "The operand stretched to `shape` by numpy's rules: trailing dimensions aligned, extent 1 repeated. "
                "`%r = broadcast %x {shape = [4, 8]}`",
                {kBound, {"shape", AttrKind::syms, true, "the extents of the result"}}));
  set_functions(defs.back(), checked<infer_broadcast>, access_broadcast, eval_broadcast);
  return defs;
}

}  // namespace psmc::ir
