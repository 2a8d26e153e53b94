// SPDX-License-Identifier: Apache-2.0
#include "midend/poly/piece_nest.h"

namespace psmc::midend {
namespace {

poly::Access access_of(const ir::AccessMap& map, const ir::AccessMap& result, size_t loops, bool write) {
  poly::Access access;
  access.write = write;
  for (size_t d = 0; d < map.subscripts.size(); ++d) {
    const ir::Subscript& s = map.subscripts[d];
    access.anywhere = access.anywhere || s.indirect || s.offset.terms != result.subscripts[d].offset.terms;
    poly::Affine affine{std::vector<int64_t>(loops, 0), s.offset.constant};
    for (const auto& [dim, coefficient] : s.terms) affine.coefficients[dim] += coefficient;
    access.subscripts.push_back(std::move(affine));
  }
  return access;
}

}  // namespace

poly::Nest nest_of(const Node& node, const NodePiece& piece, const Box& points) {
  poly::Nest nest;
  for (size_t d = 0; d < piece.space.size(); ++d)
    nest.extents.push_back(d < piece.parallel ? points.dims[d].size() : piece.space[d].extent.bound);
  const size_t loops = nest.extents.size();
  nest.accesses.push_back(access_of(piece.result, piece.result, loops, true));
  if (loops > piece.parallel) nest.accesses.push_back(access_of(piece.result, piece.result, loops, false));
  for (const Leaf& leaf : piece.leaves)
    if (node.is_update() && leaf.value == node.in_place)
      nest.accesses.push_back(access_of(leaf.map, piece.result, loops, false));
  return nest;
}

}  // namespace psmc::midend
