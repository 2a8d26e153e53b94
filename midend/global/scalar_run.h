// SPDX-License-Identifier: Apache-2.0
// Scalars of loop-level functions that are known before the program runs.
#pragma once

#include <optional>
#include <vector>

#include "ir/interp/scalar_op.h"
#include "midend/simplify/forward.h"

namespace psmc::midend {

/// The counter of a loop.
struct LoopRange {
  int64_t low = 0, high = 0, step = 1;
  /// How many iterations, `most` if there are more.
  int64_t trips(int64_t most) const;
};

/// Computes scalars from constants, as the interpreter would; what it does not know is nothing.
class ScalarRun {
 public:
  /// `steps`: how many ops of loops may be run; reduced by those that were. Values are read through `forwarding`.
  ScalarRun(const ir::Module& module, const Forwarding& forwarding, int64_t& steps)
      : module_(module), forwarding_(forwarding), steps_(steps) {}

  std::optional<LoopRange> range(ir::OpId loop) const;
  /// What an op without blocks gives.
  std::optional<ir::Scalar> compute(ir::OpId op) const;
  /// What a loop gives if it only computes scalars from constants, each of its results; else empty.
  std::vector<ir::Scalar> results(ir::OpId loop);

 private:
  std::optional<ir::Scalar> value(ir::ValueId id) const;
  std::optional<ir::Scalar> affine(ir::OpId op) const;
  bool run(ir::OpId loop);
  bool run_block(ir::BlockId block);
  bool yields_known(ir::OpId yield) const;
  void set(ir::ValueId id, ir::Scalar value);

  const ir::Module& module_;
  const Forwarding& forwarding_;
  int64_t& steps_;
  std::vector<bool> known_;  ///< by value
  std::vector<ir::Scalar> values_;
  std::vector<ir::ValueId> set_;  ///< what is known
};

}  // namespace psmc::midend
