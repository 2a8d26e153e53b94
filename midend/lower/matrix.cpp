// SPDX-License-Identifier: Apache-2.0
#include "midend/lower/matrix.h"

#include "midend/lower/footing.h"

namespace psmc::midend {
namespace {

/// The dimension that alone moves a subscript, one element a step; -1 otherwise.
int mover(const ir::Subscript& s) {
  if (s.indirect || s.terms.size() != 1 || s.terms[0].second != 1 || !s.offset.is_constant() || s.offset.constant != 0)
    return -1;
  return static_cast<int>(s.terms[0].first);
}

}  // namespace

std::optional<MatrixShape> matrix_shape(const ir::Module& module, const NodePiece& piece) {
  if (piece.body != ir::BodyKind::contract || piece.accumulator != DType::f32) return std::nullopt;
  if (piece.parallel != 2 || piece.space.size() != 3 || !piece.space[2].extent.is_static()) return std::nullopt;
  if (piece.result.subscripts.size() != 2 || piece.inner != 2 || piece.root_a == piece.root_b) return std::nullopt;
  if (piece.steps[piece.root_a].what != StepKind::leaf || piece.steps[piece.root_b].what != StepKind::leaf)
    return std::nullopt;
  MatrixShape shape;
  const int m = mover(piece.result.subscripts[0]), n = mover(piece.result.subscripts[1]);
  if (m < 0 || n < 0 || m == n || !piece.space[static_cast<size_t>(n)].extent.is_static()) return std::nullopt;
  shape.m = static_cast<uint32_t>(m);
  shape.n = static_cast<uint32_t>(n);
  shape.k = 2;
  shape.a = piece.steps[piece.root_a].index;
  shape.b = piece.steps[piece.root_b].index;
  const Leaf &a = piece.leaves[shape.a], &b = piece.leaves[shape.b];
  if (a.map.subscripts.size() != 2 || b.map.subscripts.size() != 2) return std::nullopt;
  if (mover(a.map.subscripts[0]) != m || mover(a.map.subscripts[1]) != 2) return std::nullopt;
  const int row = mover(b.map.subscripts[0]), column = mover(b.map.subscripts[1]);
  if (!((row == n && column == 2) || (row == 2 && column == n))) return std::nullopt;
  shape.b_rows_are_n = row == n;
  const DType dtype = module.value_type(a.value).dtype;
  if (dtype != module.value_type(b.value).dtype || (dtype != DType::bf16 && dtype != DType::f32)) return std::nullopt;
  shape.step = 32 / static_cast<int64_t>(dtype_bytes(dtype));
  return shape;
}

int64_t tail_of(const MatrixShape& shape, int64_t k) { return k % shape.step == 0 ? 0 : k % 16; }

int64_t tail_bytes(const MatrixShape& shape, const NodePiece& piece, const Box& points) {
  if (tail_of(shape, piece.space[shape.k].extent.bound) == 0) return 0;
  const int64_t mb = (points.dims[shape.m].size() + 15) / 16, nb = (points.dims[shape.n].size() + 15) / 16;
  return (accumulator_block(mb, nb, kAccumulators).first + nb) * 16 * 16 * (32 / shape.step);
}

bool uses_matrix(const ir::Module& module, const NodePiece& piece, const Box& points) {
  const auto shape = matrix_shape(module, piece);
  if (!shape || points.empty()) return false;
  for (size_t i = piece.inner; i < piece.steps.size(); ++i) {
    if (piece.steps[i].what == StepKind::affine) return false;
    if (piece.steps[i].what != StepKind::leaf) continue;
    for (const ir::Subscript& s : piece.leaves[piece.steps[i].index].map.subscripts) {
      if (s.indirect || s.offset != ir::SymExpr() || s.terms.size() > 1) return false;
      if (s.terms.size() == 1 && s.terms[0].second != 1) return false;
    }
  }
  if (piece.space[shape->k].extent.bound < kMatrixMinimum || tail_bytes(*shape, piece, points) > kMaxTailBytes)
    return false;
  return points.dims[shape->m].size() >= kMatrixMinimum && points.dims[shape->n].size() >= kMatrixMinimum &&
         points.dims[shape->m].lo % 16 == 0 && points.dims[shape->n].lo % 16 == 0;
}

bool lies_for_matrix(const MatrixShape& shape, const NodePiece& piece, const Box& points,
                     const std::vector<View>& leaves, const View& result) {
  const std::vector<int64_t> extents = extents_of(piece, points);
  bool moves = false;
  for (uint32_t i = 0; i < leaves.size(); ++i) {
    const bool operand = i == shape.a || i == shape.b;
    if (operand ? !leaves[i].aligned
                : !lane_ok(footing(piece.leaves[i].map, leaves[i], points, extents.size()), leaves[i], extents, shape.n,
                           moves))
      return false;
  }
  return lane_ok(footing(piece.result, result, points, extents.size()), result, extents, shape.n, moves);
}

std::pair<int64_t, int64_t> accumulator_block(int64_t mb, int64_t nb, int64_t accumulators) {
  std::pair<int64_t, int64_t> best{1, 1};
  double fewest = 2;
  for (int64_t m = 1; m <= std::min(mb, accumulators); ++m)
    for (int64_t n = 1; m * n <= accumulators && n <= nb; ++n) {
      if (mb % m != 0 || nb % n != 0) continue;
      const double loads = static_cast<double>(m + n) / static_cast<double>(m * n);
      if (loads < fewest) {
        fewest = loads;
        best = {m, n};
      }
    }
  return best;
}

}  // namespace psmc::midend
