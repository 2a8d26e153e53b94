// SPDX-License-Identifier: Apache-2.0
// The polyhedral-lite view of a loop nest: one statement in a perfect nest of loops with constant bounds, and its
// affine accesses. Exact where it answers: "no dependence" is a proof, "dependence" comes with its direction.
#pragma once

#include <cstdint>
#include <vector>

namespace psmc::midend::poly {

/// constant + sum over loops of coefficient * counter.
struct Affine {
  std::vector<int64_t> coefficients;  ///< one for each loop
  int64_t constant = 0;
};

struct Access {
  uint32_t array = 0;
  bool write = false;
  std::vector<Affine> subscripts;
  bool anywhere = false;  ///< an indirect access: may touch every element
};

struct Nest {
  std::vector<int64_t> extents;  ///< loop k runs from 0 to extents[k] - 1, outermost first
  std::vector<Access> accesses;
};

}  // namespace psmc::midend::poly
