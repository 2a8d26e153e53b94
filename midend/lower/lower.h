// SPDX-License-Identifier: Apache-2.0
// lower_piece: one piece of a node, for one tile's share of it, becomes a loop-level kernel function
// (docs/decisions/0002).
//
//   r[m,n] = sum_k x[m,k] * w[k,n], local share 1 x 32, k = 64      =>
//   func @kernel(%a0: buffer<1x64xf32, ...>, %a1: buffer<64x32xf32, ...>, %a2: buffer<1x32xf32, ...>) {
//     for %i1 = 0 to 32 step 1 {jam = 2, unit = "vector"} {
//       %r = for %i2 = 0 to 64 step 1 iter(%acc = %zero) {...} { ... fma ... }
//       store %r, %a2[0, %i1] }
//     return }
//
// The text form is the product: it is canonical, so equal text is an equal kernel (all layers of a model share), and it
// is what users see with --print-ir. Steps: choose_lanes, open_parallel_loops, emit_root, emit_steps, emit_stores.
// Needs: the piece's leaves and outputs have views in the scratchpad. Ensures: every subscript stays inside its view.
// Cost: linear in the steps of the node.
#pragma once

#include <string>
#include <vector>

#include "midend/decisions.h"
#include "midend/node/node.h"
#include "midend/poly/dependence.h"
#include "midend/shard/box.h"

namespace psmc::midend {

/// How a tile sees a value: a window into a buffer of its scratchpad.
struct View {
  std::vector<int64_t> origin;   ///< element of the value at the window's start
  std::vector<int64_t> sizes;    ///< elements of the window, one a dimension
  std::vector<int64_t> strides;  ///< elements between neighbours
  DType dtype = DType::f32;      ///< of the window's elements
  bool aligned = false;          ///< the window starts at a multiple of 16 elements of an aligned row
  bool packed = false;           ///< matrix tiles: (rows, k) -> [row / 16][k / step][row % 16][k % step], see pack.h
};

/// How a piece is executed: which dimension goes to the lanes, or the matrix unit.
struct LoopPlan {
  int lane = -1;  ///< dimension of the piece's space, -1: scalar
  bool lane_reduces = false;
  bool matrix = false;
  int64_t jam = 1;
  int64_t unroll = 1;
  int64_t chains = 1;  ///< independent parts of a reduction
  double cycles = 0;   ///< estimate
};

/// Whether this share of the piece runs on the matrix unit: then its operands keep their natural layout.
bool uses_matrix(const ir::Module& module, const NodePiece& piece, const Box& points);

/// Chooses by estimated cycles among all legal ways. `points`: local box of the parallel dimensions; `matrix`: all
/// tiles' shares use the matrix unit. `dependences` of the piece's nest decide what is legal: lanes need a loop that
/// carries none, the matrix unit a band of three that may be tiled.
LoopPlan choose_loops(const ir::Module& module, const NodePiece& piece, const Box& points,
                      const std::vector<View>& leaves, const View& result,
                      const std::vector<poly::Direction>& dependences, bool matrix);

/// The plan without what was switched off.
LoopPlan allowed(LoopPlan plan, const Decisions& decisions);

/// The kernel's text, named @kernel; arguments are the leaves' views, then the outputs' views.
std::string lower_piece(const ir::Module& module, const std::vector<ir::Symbol>& symbols, const NodePiece& piece,
                        const Box& points, const std::vector<View>& leaves, const View& result, const LoopPlan& plan);

/// Text of a symbol expression: "pos + 1".
std::string sym_text(const ir::Module& module, const ir::SymExpr& expr);

}  // namespace psmc::midend
