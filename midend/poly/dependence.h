// SPDX-License-Identifier: Apache-2.0
// Dependences of a nest and what they allow.
//
//   for i, j: A[i][j] = A[i-1][j+1]     one dependence, direction (<, >): i and j may not be tiled together, nor
//   interchanged for i, j: A[i][j] = A[i-1][j]       (<, =): both are legal for m, n, k: C[m][n] += ...         (=, =,
//   <): all three may be tiled
//
// A dependence leads from an earlier to a later iteration that touch the same element, one of them writing. Its
// direction has one sign for each loop: how the later counter compares with the earlier one. The search starts with no
// signs and refines one loop at a time, dropping what has no integer solution (Banerjee's hierarchy, with an exact
// test: Pugh, "The Omega test", 1991, uses elimination where we branch). What the exact test cannot decide counts as
// dependence. Cost: 3 to the power of the loops in the worst case, a handful in practice.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "midend/poly/nest.h"

namespace psmc::midend::poly {

/// Later counter minus earlier counter of one loop: positive '<', zero '=', negative '>'.
enum class Sign : uint8_t { less, equal, greater };
using Direction = std::vector<Sign>;

/// Directions of all dependences of the nest, each once, in a fixed order. All are lexicographically positive.
std::vector<Direction> dependences(const Nest& nest);

/// No dependence is carried by the loop: its iterations may run in any order, or at once.
bool is_parallel(const std::vector<Direction>& directions, size_t loop);
/// The loops may be put into the order `permutation` (new position -> old loop).
bool may_interchange(const std::vector<Direction>& directions, const std::vector<size_t>& permutation);
/// The loops first..last (neighbours) may be tiled together: every dependence that no loop outside carries runs
/// forward, or stays, in each of them.
bool may_tile(const std::vector<Direction>& directions, size_t first, size_t last);
/// Two nests of equal extents, one after the other, may become one whose body is both bodies: no element is needed by
/// an iteration of the second before the first has made it (or the other way round for overwriting).
bool may_fuse(const Nest& first, const Nest& second);

}  // namespace psmc::midend::poly
