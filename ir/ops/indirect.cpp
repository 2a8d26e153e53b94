// SPDX-License-Identifier: Apache-2.0
// gather and update: movement whose place depends on data or on the run.
#include <algorithm>

#include <fmt/format.h>

#include "ir/ops/families.h"
#include "ir/ops/infer.h"
#include "ir/ops/shape_eval.h"
#include "ir/ops/strided.h"
#include "ir/text/print_type.h"

namespace psmc::ir {
namespace {

Inferred infer_gather(const InferInput& in) {
  PSMC_TRY(need_tensor(in, 0));
  PSMC_TRY(need_tensor(in, 1));
  const Type &table = in.operand(0), &index = in.operand(1);
  if (table.rank() == 0) return operand_error(in, 0, "must have at least one dimension");
  if (table.dims[0] == Dim(0)) return operand_error(in, 0, "must have at least one row");
  if (!is_integer(index.dtype)) return operand_error(in, 1, "must be of an integer type");
  std::vector<Dim> dims = index.dims;
  dims.insert(dims.end(), table.dims.begin() + 1, table.dims.end());
  return std::vector<Type>{tensor_type(table.dtype, std::move(dims))};
}

std::vector<Piece> access_gather(const Module& module, OpId op) {
  const std::vector<Dim>& dims = module.value_type(module.result(op)).dims;
  const auto lead = static_cast<uint32_t>(module.value_type(module.operand(op, 1)).rank());
  const auto rank = static_cast<uint32_t>(dims.size());
  AccessMap table = identity_map(rank - lead, lead);
  Subscript row;
  row.indirect = true;
  row.index_operand = 1;
  table.subscripts.insert(table.subscripts.begin(), row);
  Piece piece;
  piece.space = parallel_space(dims);
  piece.operands = {std::move(table), identity_map(lead)};
  piece.result = identity_map(rank);
  return {piece};
}

Result<Array> eval_gather(const EvalInput& in) {
  const Array &table = *in.operands[0], &index = *in.operands[1];
  const int64_t rows = table.shape[0];
  if (rows == 0) return error(Code::interp_bounds, "gather from a table without rows");
  std::vector<int64_t> shape = index.shape;
  shape.insert(shape.end(), table.shape.begin() + 1, table.shape.end());
  Array out(table.dtype, std::move(shape));
  const size_t row_bytes = table.bytes.size() / static_cast<size_t>(rows);
  for (int64_t i = 0, count = index.elements(); i < count && row_bytes > 0; ++i) {
    const auto row = static_cast<size_t>(std::clamp<int64_t>(index.get_int(i), 0, rows - 1));
    std::memcpy(out.bytes.data() + static_cast<size_t>(i) * row_bytes, table.bytes.data() + row * row_bytes, row_bytes);
  }
  return out;
}

Inferred infer_update(const InferInput& in) {
  PSMC_TRY(need_same_tensors(in));
  const Type &state = in.operand(0), &x = in.operand(1);
  const SymList start = syms_of(in, "start");
  if (x.rank() != state.rank()) return operand_error(in, 1, "must have as many dimensions as operand 1");
  if (start.size() != state.rank()) return attr_error(in, "start", fmt::format("must have {} entries", state.rank()));
  for (size_t d = 0; d < start.size(); ++d) {
    const bool known = start[d].is_constant() && x.dims[d].is_static();
    const bool fits = start[d].is_constant() && start[d].constant < 0 ? false
                      : known ? start[d].constant <= state.dims[d].bound - x.dims[d].bound
                              : !x.dims[d].is_static() || x.dims[d].bound <= state.dims[d].bound;
    if (fits) continue;
    return shape_error(in, fmt::format("dimension {}: {} elements from {} leave {}", d, print_dim(in.module, x.dims[d]),
                                       print_sym(in.module, start[d]), print_dim(in.module, state.dims[d])));
  }
  return std::vector<Type>{state};
}

std::vector<Piece> access_update(const Module& module, OpId op) {
  const std::vector<Dim>& dims = module.value_type(module.operand(op, 1)).dims;
  const auto rank = static_cast<uint32_t>(dims.size());
  const SymList start = module.syms_attr(op, "start");
  Piece piece;
  piece.space = parallel_space(dims);
  piece.operands = {AccessMap{}, identity_map(rank)};
  piece.operands[0].used = false;
  piece.result = identity_map(rank);
  for (uint32_t d = 0; d < rank; ++d) piece.result.subscripts[d].offset = start[d];
  return {piece};
}

Result<Array> eval_update(const EvalInput& in) {
  Array out = *in.operands[0];
  const Array& x = *in.operands[1];
  const std::vector<int64_t> start = values_of(in, in.module.syms_attr(in.op, "start"));
  PSMC_TRY(check_box(out.shape, start, x.shape, Strides(start.size(), 1)));
  const Strides strides = row_major(out.shape);
  int64_t offset = 0;
  for (size_t d = 0; d < start.size(); ++d) offset += start[d] * strides[d];
  copy_strided(x, 0, row_major(x.shape), out, offset, strides, x.shape);
  return out;
}

}  // namespace

std::vector<OpDef> indirect_ops() {
  OpDef gather;
  gather.kind = OpKind::gather;
  gather.level = Level::graph;
  gather.manual =
      "Rows of a table by index: the result's shape is the index's shape, then the table's without its first "
      "dimension; an index out of range is clamped. `%r = gather %table, %index`";
  gather.min_operands = gather.max_operands = 2;
  gather.infer = checked<infer_gather>;
  gather.access = access_gather;
  gather.eval = eval_gather;
  OpDef update;
  update.kind = OpKind::update;
  update.level = Level::graph;
  update.manual =
      "The first operand with the second written at `start`. The machine overwrites the first operand where it lies, "
      "or a copy of it if that is read later. `%k1 = update %k0, %x {start = sym[0, pos]}`";
  update.min_operands = update.max_operands = 2;
  update.attrs = {{"start", AttrKind::syms, true, "where the second operand begins"}};
  update.infer = checked<infer_update>;
  update.access = access_update;
  update.eval = eval_update;
  return {std::move(gather), std::move(update)};
}

}  // namespace psmc::ir
