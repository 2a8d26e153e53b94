// SPDX-License-Identifier: Apache-2.0
// The values of a random program while it grows: by element type, and how exactly the machine computes them.
#pragma once

#include <algorithm>
#include <map>
#include <vector>

#include "base/random.h"
#include "ir/builder.h"

namespace psmc::test {

class RandomValues {
 protected:
  RandomValues(uint64_t seed, bool typed) : random_(seed), typed_(typed), b_(module_) {}

  using Dims = std::vector<ir::Dim>;
  using OpKind = ir::OpKind;
  using ValueId = ir::ValueId;

  int64_t extent() { return random_.chance(0.3) ? random_.range(1, 4) : random_.range(2, 37); }
  Dims shape(int rank) {
    Dims dims;
    for (int i = 0; i < rank; ++i) dims.emplace_back(rank > 2 ? random_.range(1, 9) : extent());
    return dims;
  }
  /// An f32 value, recent ones more often.
  ValueId any() { return recent(values_); }
  /// A value of any element type.
  ValueId anything() { return !others_.empty() && random_.chance(0.4) ? recent(others_) : any(); }
  ValueId recent(const std::vector<ValueId>& from) {
    return from[random_.chance(0.5) ? from.size() - 1 - random_.below(std::min<size_t>(3, from.size()))
                                    : random_.below(from.size())];
  }
  const ir::Type& type(ValueId v) { return module_.value_type(v); }
  int64_t size(ValueId v, size_t d) { return type(v).dims[d].bound; }
  void keep(ValueId v) {
    if (type(v).max_elements() <= 3000) (type(v).dtype == DType::f32 ? values_ : others_).push_back(v);
  }

  // What the machine computes bit for bit.
  static bool rounds_freely(OpKind kind) {
    switch (kind) {
      case OpKind::exp:
      case OpKind::exp2:
      case OpKind::log:
      case OpKind::sqrt:
      case OpKind::rsqrt:
      case OpKind::recip:
      case OpKind::tanh:
      case OpKind::sigmoid:
      case OpKind::div:
      case OpKind::reduce:
      case OpKind::contract: return true;
      default: return false;
    }
  }
  bool exact(ValueId v) {
    const ir::OpId def = module_.def(v);
    if (const auto known = exact_.find(v); known != exact_.end()) return known->second;
    if (!def) return true;
    bool is = !is_float(type(v).dtype) || !rounds_freely(module_.kind(def));
    for (ValueId operand : module_.operands(def)) is = is && exact(operand);
    return exact_[v] = is;
  }
  /// Whether an inexact value was rounded to a type of few bits on the way.
  bool rough(ValueId v) {
    const ir::OpId def = module_.def(v);
    if (exact(v)) return false;
    if (const auto known = rough_.find(v); known != rough_.end()) return known->second;
    bool is = type(v).dtype != DType::f32;
    for (ValueId operand : module_.operands(def)) is = is || rough(operand);
    return rough_[v] = is;
  }

  ValueId bounded(ValueId v) { return b_.make(OpKind::tanh, {v}); }
  ValueId number(DType dtype, double value) { return b_.splat(dtype, value); }
  ValueId away_from_zero(ValueId v) {
    return b_.make(OpKind::add, {b_.make(OpKind::abs, {v}), number(type(v).dtype, 0.5)});
  }
  ValueId opposite(ValueId v) { return b_.make(type(v).dtype == DType::boolean ? OpKind::not_ : OpKind::neg, {v}); }
  ValueId clamped(ValueId v, double limit) {
    const DType dtype = type(v).dtype;
    return b_.make(OpKind::max, {b_.make(OpKind::min, {v, number(dtype, limit)}), number(dtype, -limit)});
  }

  Random random_;
  const bool typed_;
  ir::Module module_;
  ir::Builder b_;
  std::vector<ValueId> values_, others_;  ///< of f32, of other element types
  std::map<ValueId, bool> exact_, rough_;
};

}  // namespace psmc::test
