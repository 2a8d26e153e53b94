// SPDX-License-Identifier: Apache-2.0
#include "midend/lower/matrix.h"

#include <algorithm>

#include "midend/lower/footing.h"

namespace psmc::midend {
namespace {

/// The dimension that alone moves a subscript, one element a step; -1 otherwise.
int mover(const ir::Subscript& s) {
  if (s.indirect || s.terms.size() != 1 || s.terms[0].second != 1 || !s.offset.is_constant() || s.offset.constant != 0)
    return -1;
  return static_cast<int>(s.terms[0].first);
}

/// The subscript that `dim` alone moves, if no other one moves with it; -1 otherwise.
int place_of(const ir::AccessMap& map, uint32_t dim) {
  int place = -1;
  for (size_t d = 0; d < map.subscripts.size(); ++d)
    for (const auto& term : map.subscripts[d].terms) {
      if (term.first != dim) continue;
      if (place >= 0 || mover(map.subscripts[d]) < 0) return -1;
      place = static_cast<int>(d);
    }
  return place;
}

bool moves(const ir::AccessMap& map, uint32_t dim) {
  return std::any_of(map.subscripts.begin(), map.subscripts.end(), [&](const ir::Subscript& s) {
    return std::any_of(s.terms.begin(), s.terms.end(), [&](const auto& term) { return term.first == dim; });
  });
}

bool is_last(const ir::AccessMap& map, int place) { return place + 1 == static_cast<int>(map.subscripts.size()); }

bool is_indirect(const ir::AccessMap& map) {
  return std::any_of(map.subscripts.begin(), map.subscripts.end(), [](const ir::Subscript& s) { return s.indirect; });
}

/// The longest dimension that a and the result move with, and b does not: its elements are rows.
int find_rows(const NodePiece& piece, const ir::AccessMap& a, const ir::AccessMap& b, uint32_t n) {
  int m = -1;
  for (uint32_t d = 0; d < piece.parallel; ++d) {
    if (d == n || place_of(a, d) < 0 || place_of(piece.result, d) < 0 || moves(b, d)) continue;
    if (m < 0 || piece.space[d].extent.bound > piece.space[static_cast<size_t>(m)].extent.bound)
      m = static_cast<int>(d);
  }
  return m;
}

}  // namespace

std::optional<MatrixShape> matrix_shape(const ir::Module& module, const NodePiece& piece) {
  if (piece.body != ir::BodyKind::contract || piece.accumulator != DType::f32) return std::nullopt;
  if (piece.parallel < 2 || piece.space.size() != piece.parallel + 1 || piece.inner != 2) return std::nullopt;
  if (piece.root_a == piece.root_b || piece.result.subscripts.empty()) return std::nullopt;
  if (piece.steps[piece.root_a].what != StepKind::leaf || piece.steps[piece.root_b].what != StepKind::leaf)
    return std::nullopt;
  MatrixShape shape;
  const int n = mover(piece.result.subscripts.back());
  if (n < 0 || !piece.space.back().extent.is_static()) return std::nullopt;
  shape.n = static_cast<uint32_t>(n);
  shape.k = piece.parallel;
  shape.a = piece.steps[piece.root_a].index;
  shape.b = piece.steps[piece.root_b].index;
  const ir::AccessMap &a = piece.leaves[shape.a].map, &b = piece.leaves[shape.b].map;
  if (is_indirect(a) || is_indirect(b) || is_indirect(piece.result) || moves(a, shape.n)) return std::nullopt;
  const int m = find_rows(piece, a, b, shape.n), a_k = place_of(a, shape.k), b_k = place_of(b, shape.k),
            b_n = place_of(b, shape.n);
  if (m < 0 || a_k < 0 || b_k < 0 || b_n < 0 || place_of(piece.result, shape.n) < 0) return std::nullopt;
  if (!is_last(a, a_k) || !(is_last(b, b_k) || is_last(b, b_n))) return std::nullopt;
  shape.m = static_cast<uint32_t>(m);
  shape.b_rows_are_n = is_last(b, b_k);
  shape.batched = a.subscripts.size() != 2 || b.subscripts.size() != 2 || piece.result.subscripts.size() != 2;
  const DType dtype = module.value_type(piece.leaves[shape.a].value).dtype;
  if (dtype != module.value_type(piece.leaves[shape.b].value).dtype || (dtype != DType::bf16 && dtype != DType::f32))
    return std::nullopt;
  shape.step = 32 / static_cast<int64_t>(dtype_bytes(dtype));
  return shape;
}

int64_t tail_of(const MatrixShape& shape, int64_t k) { return k % shape.step == 0 ? 0 : k % 16; }

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
  if (piece.space[shape->k].extent.bound < kMatrixMinimum) return false;
  // Only buffers of matrices have room for whole tiles; rows that are too many would be those of others.
  if (shape->batched && points.dims[shape->m].size() % 16 != 0) return false;
  if (shape->batched && shape->b_rows_are_n && points.dims[shape->n].size() % 16 != 0) return false;
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

std::pair<int64_t, int64_t> block_of(const MatrixShape& shape, const NodePiece& piece, const Box& points,
                                     int64_t accumulators) {
  const int64_t mb = (points.dims[shape.m].size() + 15) / 16, nb = (points.dims[shape.n].size() + 15) / 16;
  const int64_t columns = piece.space[shape.n].extent.is_static() ? nb : nb % 2 == 0 ? 2 : 1;
  const bool copies = tail_of(shape, piece.space[shape.k].extent.bound) > 0;
  while (true) {
    const auto [bm, bn] = accumulator_block(mb, columns, accumulators);
    const int64_t bytes = copies ? (bm + bn) * 16 * 16 * (32 / shape.step) : 0;
    if (bytes <= kMaxTailBytes || accumulators == 1) return {bm, bn};
    accumulators /= 2;
  }
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
