// SPDX-License-Identifier: Apache-2.0
// The body of a function as a sequence of ops, and the stretches of it that compute the same one after the other.
#pragma once

#include <vector>

#include "ir/uses.h"
#include "midend/global/find_repeats.h"
#include "midend/global/key_table.h"

namespace psmc::midend {

/// Layers of one shape: `copies` stretches of `period` ops from `begin` on.
struct Layers {
  uint32_t begin = 0, period = 0, copies = 0;
  uint32_t at(uint32_t copy, uint32_t offset) const { return begin + copy * period + offset; }
};

class LayerFinder {
 public:
  explicit LayerFinder(const ir::Module& module) : module_(module) {}

  /// Disjoint layers of at least `least` ops in the body of `func`, at least two of each shape.
  std::vector<Layers> find(ir::FuncId func, uint32_t least, const ir::Uses& uses);
  /// The op at a place of the sequence, of the function that `find` was last asked about.
  ir::OpId op(uint32_t at) const { return ops_[at]; }
  /// Its place, or kNone of what is not in the sequence.
  uint32_t position(ir::OpId op) const {
    return op.valid() && op.index < position_.size() ? position_[op.index] : kNone;
  }
  /// Where in the layer the value is computed; kNone: outside.
  uint32_t offset_in(const Layers& layers, uint32_t copy, ir::ValueId value) const {
    const uint32_t at = position(module_.def(value)), first = layers.at(copy, 0);
    return at != kNone && at >= first && at < first + layers.period ? at - first : kNone;
  }
  int64_t steps() const { return steps_; }

  static constexpr uint32_t kNone = ir::IdTable::kNone;

 private:
  void read(ir::BlockId body);
  uint32_t token_of(ir::OpId op);
  std::vector<int32_t> crossings(const ir::Uses& uses) const;
  Layers match(const Repeat& repeat, uint32_t begin);
  uint32_t links_of(const Layers& layers, uint32_t copy);

  const ir::Module& module_;
  KeyTable table_;  ///< tokens, and links of layers
  std::vector<ir::OpId> ops_;
  std::vector<uint32_t> tokens_;    ///< by place
  std::vector<uint32_t> position_;  ///< by op
  std::vector<uint32_t> key_;
  int64_t steps_ = 0;
};

}  // namespace psmc::midend
