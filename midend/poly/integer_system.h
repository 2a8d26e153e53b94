// SPDX-License-Identifier: Apache-2.0
// Integer feasibility of linear constraints over bounded variables, exactly: bounds are propagated through every
// constraint to a fixpoint, then the widest variable is split in halves and both are tried (branch and bound). The
// systems of dependence analysis have a dozen variables and small coefficients; a step limit keeps odd ones short.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace psmc::midend::poly {

class IntegerSystem {
 public:
  /// low <= x <= high; returns the variable's number.
  uint32_t add_variable(int64_t low, int64_t high);
  /// low <= sum of coefficient * variable <= high.
  void add_constraint(std::vector<std::pair<uint32_t, int64_t>> terms, int64_t low, int64_t high);
  /// Whether a solution exists; nothing if the step limit was met first.
  std::optional<bool> feasible() const;

 private:
  struct Constraint {
    std::vector<std::pair<uint32_t, int64_t>> terms;
    int64_t low = 0, high = 0;
  };
  struct Bounds {
    std::vector<int64_t> low, high;
  };
  bool propagate(Bounds& bounds) const;
  std::optional<bool> search(Bounds bounds, int& steps) const;

  Bounds start_;
  std::vector<Constraint> constraints_;
};

}  // namespace psmc::midend::poly
