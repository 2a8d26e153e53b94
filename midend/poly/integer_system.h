// SPDX-License-Identifier: Apache-2.0
// Integer feasibility of linear constraints over bounded variables, exactly: bounds are propagated through every
// constraint to a fixpoint, then the widest variable is split in halves and both are tried (branch and bound). The
// systems of dependence analysis have a dozen variables and small coefficients. A limit on the rounds of propagation,
// of all halves together, keeps odd ones short: bounds may converge one by one (x = y, y > x), and stopping early only
// leaves them too wide.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace psmc::midend::poly {

class IntegerSystem {
 public:
  /// low <= x <= high; returns the variable's number.
  uint32_t add_variable(int64_t low, int64_t high);
  /// low <= sum of coefficient * variable <= high. Variables must be added before.
  void add_constraint(std::vector<std::pair<uint32_t, int64_t>> terms, int64_t low, int64_t high);
  static constexpr int kRoundLimit = 20000;
  struct Answer {
    std::optional<bool> feasible;  ///< whether a solution exists; nothing: the limit was met, or a sum may overflow
    int rounds = 0;                ///< of propagation: passes over all constraints, at most kRoundLimit
  };
  Answer solve() const;

 private:
  struct Constraint {
    std::vector<std::pair<uint32_t, int64_t>> terms;
    int64_t low = 0, high = 0;
  };
  struct Bounds {
    std::vector<int64_t> low, high;
  };
  bool propagate(Bounds& bounds, int& rounds) const;
  std::optional<bool> search(Bounds bounds, int& rounds) const;

  Bounds start_;
  std::vector<Constraint> constraints_;
  bool in_range_ = true;  ///< no sum over variables within their bounds leaves +-kReach
};

}  // namespace psmc::midend::poly
