// SPDX-License-Identifier: Apache-2.0
#include "ir/access.h"

#include "ir/op.h"
#include "ir/ops/reshape.h"

namespace psmc::ir {

Subscript Subscript::dim(uint32_t d, int64_t coefficient, SymExpr offset) {
  Subscript subscript;
  subscript.offset = std::move(offset);
  if (coefficient != 0) subscript.terms.emplace_back(d, coefficient);
  return subscript;
}

Subscript Subscript::fixed(SymExpr offset) {
  Subscript subscript;
  subscript.offset = std::move(offset);
  return subscript;
}

AccessMap identity_map(uint32_t rank, uint32_t first) {
  AccessMap map;
  for (uint32_t d = 0; d < rank; ++d) map.subscripts.push_back(Subscript::dim(first + d));
  return map;
}

bool has_access(const Module& module, OpId op) {
  const OpDef& def = op_def(module.kind(op));
  if (def.access == nullptr || module.op(op).num_results != 1) return false;
  if (!module.value_type(module.result(op)).is_tensor()) return false;
  if (module.kind(op) != OpKind::reshape) return true;
  return reshape_is_affine(module.value_type(module.operand(op, 0)).dims, module.value_type(module.result(op)).dims);
}

std::vector<Piece> access_of(const Module& module, OpId op) {
  PSMC_CHECK(has_access(module, op), "access maps of an op that has none");
  return op_def(module.kind(op)).access(module, op);
}

}  // namespace psmc::ir
