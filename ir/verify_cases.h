// SPDX-License-Identifier: Apache-2.0
// Cases that the verifier found right: ops of the same function with the same kind, attributes, operand types and
// result type are right wherever their operands are visible. In front of an InferMemo, which hashes and searches: here
// a case has one place, found by two multiplications, and a newer case takes it from an older one.
//
// Only plain ops are cases here: one result, at most two operands, no blocks; no terminators.
#pragma once

#include <array>
#include <memory>

#include "ir/module.h"

namespace psmc::ir {

class PlainCases {
 public:
  /// Everything that a case is: nothing is lost in packing.
  struct Case {
    uint64_t place, shape, operands;
    bool operator==(const Case& other) const {
      return ((place ^ other.place) | (shape ^ other.shape) | (operands ^ other.operands)) == 0;
    }
  };

  static bool fits(const OpData& op) { return op.num_results == 1 && op.num_operands <= 2 && op.num_blocks == 0; }
  /// Of an op that fits. `first`, `last`: the types of the first and the last operand, which may be one; invalid if
  /// there is none.
  static Case case_of(FuncId func, const OpData& op, TypeId result, TypeId first, TypeId last) {
    return {pack(func.index, op.attrs.index),
            pack(result.index, static_cast<uint32_t>(op.kind) << 16 | op.num_operands), pack(first.index, last.index)};
  }
  bool has(const Case& wanted) const { return (*cases_)[slot(wanted)] == wanted; }
  void add(const Case& found) { (*cases_)[slot(found)] = found; }

 private:
  static constexpr uint32_t kBits = 10;
  using Slots = std::array<Case, size_t{1} << kBits>;

  static uint64_t pack(uint32_t high, uint32_t low) { return uint64_t{high} << 32 | low; }
  static size_t slot(const Case& c) {
    const uint64_t hash = (c.place ^ c.shape << 20) * 0xa4093822299f31d1ull ^ c.operands * 0x9e3779b97f4a7c15ull;
    return hash >> (64 - kBits);
  }

  std::unique_ptr<Slots> cases_ =
      std::make_unique<Slots>();  ///< zeros at first: no case, as without operands it has types of some
};

}  // namespace psmc::ir
