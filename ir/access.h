// SPDX-License-Identifier: Apache-2.0
// Access maps: for one op, the iteration space and, for each operand and result, an affine map from iteration point to
// element. Sharding, fusion legality, tiling, padding, footprints, communication volume, work counts and the lowering
// to loops are all derived from them; no pass asks which op it is.
//
//   contract "mk,kn->mn":  space (m parallel, n parallel, k reduce); a[m, k], b[k, n] -> r[m, n]
//   slice start=[pos, 0]:  space (i, j);                              x[pos + i, j]  -> r[i, j]
//
// An op whose result is made of several affine pieces (concat, pad) has one Piece for each. An indirect subscript (the
// row of a gather) is marked `indirect`: the whole extent of that operand dimension may be touched.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "ir/module.h"

namespace psmc::ir {

enum class IterKind : uint8_t { parallel, reduce };

struct IterDim {
  Dim extent;
  IterKind kind = IterKind::parallel;
};

/// offset + sum of coefficient * iteration dimension; terms sorted by dimension.
struct Subscript {
  SymExpr offset;
  std::vector<std::pair<uint32_t, int64_t>> terms;
  bool indirect = false;       ///< offset and terms do not count: the subscript is the value of operand `index_operand`
  uint32_t index_operand = 0;  ///< read through that operand's own map at the same iteration point

  static Subscript dim(uint32_t d, int64_t coefficient = 1, SymExpr offset = {});
  static Subscript fixed(SymExpr offset);
};

/// One subscript for each dimension of the operand or result. `used` is false for an operand that a piece does not
/// read.
struct AccessMap {
  bool used = true;
  std::vector<Subscript> subscripts;
};

/// How elements combine at an iteration point.
enum class BodyKind : uint8_t {
  scalar,    ///< result = op applied to the operand elements (elementwise; a copy for movement ops)
  reduce,    ///< result = monoid over the reduce dimensions of operand 0
  contract,  ///< result = sum over the reduce dimensions of the product of operands 0 and 1
  fill,      ///< result = constant `value`
  iota,      ///< result = value of subscript `iota_of` (an affine expression of the iteration point)
};

struct Piece {
  std::vector<IterDim> space;
  std::vector<AccessMap> operands;
  AccessMap result;
  BodyKind body = BodyKind::scalar;
  double value = 0;   ///< fill
  Subscript iota_of;  ///< iota
};

/// `identity` map of rank n over dimensions first..first+n-1.
AccessMap identity_map(uint32_t rank, uint32_t first = 0);

/// Whether `access_of` may be asked: a graph-level op with one tensor result that has access maps. A reshape has them
/// only if it is affine (ir/ops/reshape.h); through the flat shape it always is.
bool has_access(const Module& module, OpId op);

/// The pieces of a graph-level op with one result, to be executed in order (a later piece overwrites an earlier one).
/// PSMC_CHECKs has_access.
std::vector<Piece> access_of(const Module& module, OpId op);

}  // namespace psmc::ir
