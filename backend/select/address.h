// SPDX-License-Identifier: Apache-2.0
// Addresses and index values in scalar registers.
//
//   x[i * 64 + k + 2]  in loops i, k   =>   p_i: x, += 64*es each i;   p_k: p_i, += es each k;   access [p_k + 2*es]
//
// The terms of an affine expression are taken from the outermost variable to the innermost. A loop counter becomes a
// register that is set before its loop and stepped at the end of the loop's body (strength reduction); a symbol or
// other value is multiplied and added in the scope where it is known. Constants stay immediate offsets, so accesses
// that differ by constants (unrolled copies, groups of lanes) share one register.
#pragma once

#include "backend/select/affine.h"
#include "backend/select/emitter.h"

namespace psmc::backend {

/// Register plus immediate.
struct Address {
  Reg base = kZeroReg;
  int64_t offset = 0;
};

class Addresses {
 public:
  explicit Addresses(Emitter& emit);

  /// The counter of the loop that was opened last: `low` at first, `step` more each iteration.
  VarId loop_var(const Affine& low, int64_t step);
  /// A value in a register, known from scope `depth` on.
  VarId register_var(Reg reg, uint32_t depth);

  /// base(object) + bytes; kNone: just the number.
  Address address(uint32_t object, const Affine& bytes);
  /// A scalar register with the value of the expression, in the innermost scope.
  Reg value(const Affine& expr) { return value_at(emit_.depth(), expr); }
  Reg value_at(uint32_t depth, const Affine& expr);
  /// Whether some iteration certainly accesses a place that is no multiple of `alignment`.
  bool misaligned(const Affine& bytes, int64_t alignment) const;
  /// Innermost scope that a variable of the expression belongs to.
  uint32_t depth_of(const Affine& expr) const;
  /// Where the base of an object comes from: parameter `i`, or an offset in the spill area (argument `i`).
  void set_object(uint32_t object, uint32_t argument, int64_t offset);

 private:
  struct Var {
    bool counter = false;
    uint32_t depth = 0;
    Reg reg = kNoReg;
    Affine low;
    int64_t step = 0;
  };
  struct Object {
    uint32_t argument = 0;
    int64_t offset = 0;
  };
  using Terms = std::vector<std::pair<VarId, int64_t>>;
  Reg pointer(uint32_t object, Terms terms);
  Reg base(uint32_t object);
  Reg scaled(const Var& var, int64_t coefficient);
  Reg add_constant(uint32_t depth, Reg reg, int64_t constant);

  Emitter& emit_;
  std::vector<Var> vars_;
  std::vector<Object> objects_;
};

}  // namespace psmc::backend
