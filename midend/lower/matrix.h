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
// read. Along k what is behind an operand may be anything, so where k is no whole number of steps, its last part is
// copied into zeroed tiles of the kernel's own first:
//
//   k = 100, steps of 16    =>    6 steps on a and b; ta[m, 0..4] = a[m, 96..100], tb likewise, 1 step on ta and tb
//
// Other dimensions, such as the heads of attention, are loops around all this. A run-time n is rounded up to blocks.
//
// Needs: unit stride along k in a; b contiguous along n or k; k known.
#pragma once

#include <optional>

#include "midend/lower/lower.h"

namespace psmc::midend {

/// Rows and columns from which the matrix unit is worth it.
inline constexpr int64_t kMatrixMinimum = 8;
/// Accumulators of a block at most.
inline constexpr int64_t kAccumulators = 8;
/// Most bytes of copies; a kernel has 8 KiB for them and for spilled registers.
inline constexpr int64_t kMaxTailBytes = 6144;

/// Which iteration dimension plays which part.
struct MatrixShape {
  uint32_t m = 0, n = 0, k = 0;
  uint32_t a = 0, b = 0;     ///< leaves
  bool b_rows_are_n = true;  ///< b[.., n, .., k], else b[.., k, .., n]
  bool batched = false;      ///< there are more dimensions than m, n, k: loops around the product
  int64_t step = 16;         ///< elements of 32 bytes
};

/// Elements at the end of `k` that are computed on copies: none if k is whole steps, else what is behind a multiple of
/// 16, where vectors are aligned.
int64_t tail_of(const MatrixShape& shape, int64_t k);
/// If the piece is one matrix product that the unit can do: bf16 or f32 inputs of one type.
std::optional<MatrixShape> matrix_shape(const ir::Module& module, const NodePiece& piece);

/// Whether tiles of the operands, and rows of 16 of what else is read and written, lie where the unit and the lanes can
/// access them.
bool lies_for_matrix(const MatrixShape& shape, const NodePiece& piece, const Box& points,
                     const std::vector<View>& leaves, const View& result);

/// The block of accumulators for this share: as accumulator_block says, but narrow where n is only known at run time,
/// since its last block is computed whole, and small enough for the copies of its operands.
std::pair<int64_t, int64_t> block_of(const MatrixShape& shape, const NodePiece& piece, const Box& points,
                                     int64_t accumulators);

/// Blocks of accumulators: BM x BN tiles, at most `accumulators`, dividing MB and NB, with the fewest operand loads.
std::pair<int64_t, int64_t> accumulator_block(int64_t mb, int64_t nb, int64_t accumulators);

}  // namespace psmc::midend
