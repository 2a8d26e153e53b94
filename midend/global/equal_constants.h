// SPDX-License-Identifier: Apache-2.0
// Which constants of a module hold the same, whatever their names: type and bytes are equal, or the bytes are not there
// yet and come from the same place.
//
// Weights are large and mostly differ early, so a constant is first known by a few words of its bytes; only those that
// agree there are read whole (once). Linear in constants and bytes.
#pragma once

#include <vector>

#include "ir/intern.h"
#include "ir/module.h"

namespace psmc::midend {

class EqualConstants {
 public:
  explicit EqualConstants(const ir::Module& module) : module_(module) {}
  /// The first constant asked about that holds the same. Constants may be added between questions.
  uint32_t first(uint32_t id);

 private:
  uint64_t sample_of(uint32_t id) const;
  bool are_alike(uint32_t a, uint32_t b) const;
  uint32_t first_whole(uint32_t id);

  const ir::Module& module_;
  std::vector<uint32_t> first_;  ///< by constant; kNone: not asked about yet
  std::vector<uint64_t> sample_;
  ir::IdTable samples_;  ///< the first constant of each sample
  ir::IdTable whole_;    ///< those that share a sample with another one, by all of their bytes
  std::vector<bool> is_in_whole_;
};

}  // namespace psmc::midend
