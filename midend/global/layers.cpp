// SPDX-License-Identifier: Apache-2.0
#include "midend/global/layers.h"

#include <algorithm>

#include "ir/op.h"

namespace psmc::midend {
namespace {

// Where the layers may begin at several places: where the fewest values cross.
uint32_t begin_of(const Repeat& repeat, const std::vector<int32_t>& crossing) {
  uint32_t best = repeat.begin;
  for (uint32_t at = best; at <= repeat.begin + repeat.slack; ++at)
    if (crossing[at] < crossing[best]) best = at;
  return best;
}

}  // namespace

std::vector<Layers> LayerFinder::find(ir::FuncId func, uint32_t least, const ir::Uses& uses) {
  read(module_.func(func).body);
  const Repeats repeats = find_repeats(tokens_, least);
  steps_ += repeats.steps;
  std::vector<Layers> found;
  if (repeats.found.empty()) return found;
  const std::vector<int32_t> crossing = crossings(uses);
  for (const Repeat& repeat : repeats.found) {
    const Layers layers = match(repeat, begin_of(repeat, crossing));
    if (layers.copies >= 2) found.push_back(layers);
  }
  return found;
}

// Constants are no part of it: they are arguments of the layers. What has blocks, effects or no tensor as a result
// equals nothing.
void LayerFinder::read(ir::BlockId body) {
  ops_.clear();
  tokens_.clear();
  position_.resize(module_.num_ops(), kNone);
  for (const ir::OpId op : ir::ops_of(module_, body)) {
    if (module_.kind(op) == ir::OpKind::constant || ir::op_def(module_.kind(op)).terminator) continue;
    position_[op.index] = static_cast<uint32_t>(ops_.size());
    ops_.push_back(op);
    tokens_.push_back(token_of(op));
  }
}

uint32_t LayerFinder::token_of(ir::OpId op) {
  const ir::OpData& data = module_.op(op);
  bool alike = ir::op_def(data.kind).pure && data.num_blocks == 0 && data.num_results > 0;
  key_ = {static_cast<uint32_t>(data.kind), data.attrs.index, data.num_operands};
  for (const ir::ValueId operand : module_.operands(op)) key_.push_back(module_.value(operand).type.index);
  for (uint32_t i = 0; i < data.num_results; ++i) {
    key_.push_back(module_.value(module_.result(op, i)).type.index);
    alike &= module_.value_type(module_.result(op, i)).is_tensor();
  }
  if (!alike) key_ = {kNone, op.index};
  return table_.number(key_);
}

// By place in the sequence: how many values are computed before it and read at it or later.
std::vector<int32_t> LayerFinder::crossings(const ir::Uses& uses) const {
  std::vector<int32_t> change(ops_.size() + 2);
  for (uint32_t i = 0; i < ops_.size(); ++i) {
    for (uint32_t r = 0; r < module_.op(ops_[i]).num_results; ++r) {
      uint32_t last = i;
      for (const ir::OpId reader : uses.of(module_.result(ops_[i], r))) {
        const uint32_t user = position(reader);
        last = user == kNone ? static_cast<uint32_t>(ops_.size()) : std::max(last, user);
        if (user == kNone) break;
      }
      ++change[i + 1];
      --change[last + 1];
    }
  }
  for (size_t i = 1; i < change.size(); ++i) change[i] += change[i - 1];
  return change;
}

// The longest row of layers among the copies whose ops are linked alike.
Layers LayerFinder::match(const Repeat& repeat, uint32_t begin) {
  const Layers all{begin, repeat.period, repeat.copies};
  Layers best, row;
  uint32_t before = kNone;
  for (uint32_t copy = 0; copy < all.copies; ++copy) {
    const uint32_t links = links_of(all, copy);
    if (links != before) row = {all.at(copy, 0), all.period, 0};
    before = links;
    if (++row.copies > best.copies) best = row;
  }
  return best;
}

// What the ops of a layer are, and which of its own values they read.
uint32_t LayerFinder::links_of(const Layers& layers, uint32_t copy) {
  key_ = {kNone};
  for (uint32_t o = 0; o < layers.period; ++o) {
    const ir::OpId op = ops_[layers.at(copy, o)];
    key_.push_back(tokens_[position_[op.index]]);
    for (const ir::ValueId operand : module_.operands(op)) {
      const uint32_t from = offset_in(layers, copy, operand);
      key_.push_back(from);
      if (from != kNone) key_.push_back(operand.index - module_.op(module_.def(operand)).first_result.index);
    }
  }
  steps_ += static_cast<int64_t>(key_.size());
  return table_.number(key_);
}

}  // namespace psmc::midend
