// SPDX-License-Identifier: Apache-2.0
// Reshapes. Run-time dimensions are kept whole, so they cut both shapes into stretches of static dimensions that hold
// equally many elements. Within a stretch, row-major order is the same sequence of elements cut in two ways; where one
// way refines into the other, the reshape has affine access maps:
//   [6, 4] -> [24]     space (6, 4):    x[i, j] -> r[4 * i + j]
//   [6, 4] -> [2, 12]  space (2, 3, 4): x[3 * i + j, k] -> r[i, 4 * j + k]
//   [6, 4] -> [4, 6]   not affine: 4 and 6 have no common refinement; through [24] both halves are
#pragma once

#include <span>
#include <vector>

#include "ir/access.h"

namespace psmc::ir {

/// The iteration space (static factors and run-time dimensions) and both maps over it.
struct ReshapeMaps {
  std::vector<IterDim> space;
  AccessMap from, to;
};

/// Whether the shapes hold the same elements in row-major order for every value of the symbols.
bool reshape_fits(std::span<const Dim> from, std::span<const Dim> to);
/// Whether a fitting reshape has affine maps.
bool reshape_is_affine(std::span<const Dim> from, std::span<const Dim> to);
/// PSMC_CHECKs that it is affine.
ReshapeMaps reshape_maps(std::span<const Dim> from, std::span<const Dim> to);

}  // namespace psmc::ir
