// SPDX-License-Identifier: Apache-2.0
// Contractions of two matrices on the matrix unit. The iteration space (m, n, k) is tiled to the unit: blocks of BM x
// BN tiles of 16 x 16 results, held in accumulators, over steps of 32 bytes along k.
//
//   for m, n, k: r[m,n] += a[m,k] * b[n,k]    =>
//   for %bm, %bn { acc = 0; for %k { for %u, %w (unrolled) { 16 x 16 x step (unit = "matrix") } }; rows of acc ->
//   epilogue }
//
// Tiling and the move of the k loop outside the tile loops are legal because the only dependence is the accumulation
// itself, carried by k, whose order is kept (midend/poly checks it for the general case). Rows and columns are rounded
// up to 16: buffers that a matrix kernel touches have room for it (Placement), results of the extra rows are never
// read. Needs: whole steps along k, unit stride along k in a; b contiguous along n or k.
#pragma once

#include <optional>

#include "midend/lower/lower.h"

namespace psmc::midend {

/// Rows and columns from which the matrix unit is worth it.
inline constexpr int64_t kMatrixMinimum = 8;

/// Which iteration dimension plays which part.
struct MatrixShape {
  uint32_t m = 0, n = 0, k = 0;
  uint32_t a = 0, b = 0;     ///< leaves
  bool b_rows_are_n = true;  ///< b[n, k], else b[k, n]
  int64_t step = 16;         ///< elements of 32 bytes
};

/// If the piece is one matrix product that the unit can do: bf16 or f32 inputs of one type, whole steps along k.
std::optional<MatrixShape> matrix_shape(const ir::Module& module, const NodePiece& piece);

/// Blocks of accumulators: BM x BN tiles, at most `accumulators`, dividing MB and NB, with the fewest operand loads.
std::pair<int64_t, int64_t> accumulator_block(int64_t mb, int64_t nb, int64_t accumulators);

}  // namespace psmc::midend
