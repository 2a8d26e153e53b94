// SPDX-License-Identifier: Apache-2.0
// Ops that only rename elements, values that are computed from nothing, and maps through both.
#include <algorithm>

#include "base/check.h"
#include "ir/op.h"
#include "midend/node/constants.h"
#include "midend/node/node.h"

namespace psmc::midend {
namespace {

using ir::AccessMap;
using ir::Module;
using ir::OpId;
using ir::OpKind;
using ir::Piece;
using ir::Subscript;
using ir::ValueId;

bool is_identity(const AccessMap& map, size_t rank) {
  if (map.subscripts.size() != rank) return false;
  for (uint32_t d = 0; d < rank; ++d) {
    const Subscript& s = map.subscripts[d];
    if (s.indirect || s.offset != ir::SymExpr() || s.terms.size() != 1 || s.terms[0] != std::pair(d, int64_t{1}))
      return false;
  }
  return true;
}

}  // namespace

Subscript compose(const Subscript& inner, std::span<const Subscript> outer) {
  if (inner.indirect) return inner;
  Subscript result;
  result.offset = inner.offset;
  for (const auto& [dim, coefficient] : inner.terms) {
    const Subscript& s = outer[dim];
    if (s.indirect) {
      PSMC_CHECK(inner.terms.size() == 1 && coefficient == 1 && inner.offset == ir::SymExpr(),
                 "indirect access of a view");
      return s;
    }
    result.offset = result.offset + s.offset * coefficient;
    for (const auto& [d, c] : s.terms) {
      auto at = std::find_if(result.terms.begin(), result.terms.end(), [d = d](const auto& t) { return t.first == d; });
      if (at == result.terms.end())
        result.terms.emplace_back(d, c * coefficient);
      else
        at->second += c * coefficient;
    }
  }
  std::erase_if(result.terms, [](const auto& t) { return t.second == 0; });
  std::sort(result.terms.begin(), result.terms.end());
  return result;
}

AccessMap compose(const AccessMap& inner, const AccessMap& outer) {
  AccessMap result;
  for (const Subscript& s : inner.subscripts) result.subscripts.push_back(compose(s, outer.subscripts));
  return result;
}

std::optional<double> splat_value(const Module& module, ValueId value) {
  const OpId def = module.def(value);
  if (!def || module.kind(def) != OpKind::constant) return std::nullopt;
  return constant_splat(module, def);
}

bool is_source(const Module& module, ValueId value) {
  const OpId def = module.def(value);
  if (!def) return false;
  const OpKind kind = module.kind(def);
  return kind == OpKind::iota || kind == OpKind::symbol || splat_value(module, value).has_value();
}

bool is_view(const Module& module, OpId op) {
  const OpKind kind = module.kind(op);
  if (kind != OpKind::slice && kind != OpKind::transpose && kind != OpKind::broadcast && kind != OpKind::reshape)
    return false;
  if (!ir::has_access(module, op)) return false;
  const std::vector<Piece> pieces = ir::access_of(module, op);
  return is_identity(pieces[0].result, pieces[0].space.size());
}

}  // namespace psmc::midend
