// SPDX-License-Identifier: Apache-2.0
// Ops of a module: creation, the linked list of a block, operands and attributes.
#include <algorithm>
#include <cstring>
#include <functional>
#include <limits>

#include "base/check.h"
#include "ir/module.h"

namespace psmc::ir {

OpId Module::create(OpKind kind, std::span<const ValueId> operands, std::span<const TypeId> results, AttrId attrs,
                    LocId loc, uint32_t num_blocks) {
  constexpr size_t kMost = std::numeric_limits<uint16_t>::max();
  PSMC_CHECK(operands.size() <= kMost && results.size() <= kMost && num_blocks <= 255, "op too large");
  const OpId id(num_ops());
  OpData op;
  op.kind = kind;
  op.num_results = static_cast<uint16_t>(results.size());
  op.num_blocks = static_cast<uint8_t>(num_blocks);
  op.attrs = attrs;
  op.loc = loc;
  if (!results.empty()) op.first_result = ValueId(num_values());
  for (TypeId type : results) values_.push_back({type, id.index});
  if (num_blocks > 0) op_blocks_.emplace_back(id, BlockId(this->num_blocks()));
  for (uint32_t i = 0; i < num_blocks; ++i) blocks_[create_block().index].parent_op = id;
  ops_.push_back(op);
  set_operands(id, operands);
  return id;
}

void Module::link(BlockId block, OpId prev, OpId op, OpId next) {
  OpData& data = ops_[op.index];
  PSMC_CHECK(!data.parent.valid() && !data.erased, "op is already in a block, or erased");
  data.parent = block;
  data.prev = prev;
  data.next = next;
  (prev.valid() ? ops_[prev.index].next : blocks_[block.index].first) = op;
  (next.valid() ? ops_[next.index].prev : blocks_[block.index].last) = op;
}

void Module::append(BlockId block, OpId op) { link(block, blocks_[block.index].last, op, OpId()); }

void Module::insert_before(OpId anchor, OpId op) {
  link(ops_[anchor.index].parent, ops_[anchor.index].prev, op, anchor);
}

void Module::insert_after(OpId anchor, OpId op) {
  link(ops_[anchor.index].parent, anchor, op, ops_[anchor.index].next);
}

void Module::detach(OpId op) {
  OpData& data = ops_[op.index];
  if (!data.parent.valid()) return;
  (data.prev.valid() ? ops_[data.prev.index].next : blocks_[data.parent.index].first) = data.next;
  (data.next.valid() ? ops_[data.next.index].prev : blocks_[data.parent.index].last) = data.prev;
  data.parent = BlockId();
  data.prev = data.next = OpId();
}

void Module::erase(OpId op) {
  detach(op);
  std::vector<OpId> pending{op};
  while (!pending.empty()) {
    OpData& data = ops_[pending.back().index];
    const OpId gone = pending.back();
    pending.pop_back();
    data.erased = true;
    for (uint32_t b = 0; b < data.num_blocks; ++b) {
      for (OpId inner = blocks_[block(gone, b).index].first; inner.valid(); inner = ops_[inner.index].next) {
        pending.push_back(inner);
      }
    }
  }
}

BlockId Module::block(OpId id, uint32_t i) const {
  const auto at = std::lower_bound(op_blocks_.begin(), op_blocks_.end(), id,
                                   [](const auto& entry, OpId op) { return entry.first < op; });
  return at == op_blocks_.end() || at->first != id ? BlockId() : BlockId(at->second.index + i);
}

void Module::set_operands(OpId id, std::span<const ValueId> operands) {
  PSMC_CHECK(operands.size() <= std::numeric_limits<uint16_t>::max(), "too many operands");
  OpData& data = ops_[id.index];
  if (operands.size() > data.num_operands) {
    data.first_operand = static_cast<uint32_t>(operand_pool_.size());
    // The list may be a part of the pool itself (`create(kind, module.operands(other), ...)`), which may move.
    const std::less<const ValueId*> before;
    const bool inside = !before(operands.data(), operand_pool_.data()) &&
                        before(operands.data(), operand_pool_.data() + operand_pool_.size());
    const size_t at = inside ? static_cast<size_t>(operands.data() - operand_pool_.data()) : 0;
    operand_pool_.resize(operand_pool_.size() + operands.size());
    const ValueId* from = inside ? operand_pool_.data() + at : operands.data();
    std::copy_n(from, operands.size(), operand_pool_.begin() + data.first_operand);
  } else if (!operands.empty()) {
    std::memmove(operand_pool_.data() + data.first_operand, operands.data(), operands.size_bytes());
  }
  data.num_operands = static_cast<uint16_t>(operands.size());
}

const AttrValue* Module::find_attr(OpId op, std::string_view name) const {
  for (const Attr& attr : attrs(ops_[op.index].attrs)) {
    if (text(attr.name) == name) return &attr.value;
  }
  return nullptr;
}

int64_t Module::int_attr(OpId op, std::string_view name, int64_t otherwise) const {
  const AttrValue* value = find_attr(op, name);
  const auto* i = value ? std::get_if<int64_t>(value) : nullptr;
  return i ? *i : otherwise;
}

double Module::float_attr(OpId op, std::string_view name, double otherwise) const {
  const AttrValue* value = find_attr(op, name);
  if (!value) return otherwise;
  if (const auto* i = std::get_if<int64_t>(value)) return static_cast<double>(*i);
  const auto* d = std::get_if<double>(value);
  return d ? *d : otherwise;
}

bool Module::bool_attr(OpId op, std::string_view name, bool otherwise) const {
  const AttrValue* value = find_attr(op, name);
  const auto* b = value ? std::get_if<bool>(value) : nullptr;
  return b ? *b : otherwise;
}

std::string_view Module::str_attr(OpId op, std::string_view name) const {
  const AttrValue* value = find_attr(op, name);
  const auto* s = value ? std::get_if<std::string>(value) : nullptr;
  return s ? std::string_view(*s) : std::string_view();
}

const IntList& Module::ints_attr(OpId op, std::string_view name) const {
  static const IntList kEmpty;
  const AttrValue* value = find_attr(op, name);
  const auto* list = value ? std::get_if<IntList>(value) : nullptr;
  return list ? *list : kEmpty;
}

SymList Module::syms_attr(OpId op, std::string_view name) const {
  const AttrValue* value = find_attr(op, name);
  if (!value) return {};
  if (const auto* list = std::get_if<SymList>(value)) return *list;
  if (const auto* list = std::get_if<IntList>(value)) return SymList(list->begin(), list->end());
  if (const auto* i = std::get_if<int64_t>(value)) return {SymExpr(*i)};
  return {};
}

void Module::set_attr(OpId op, std::string_view name, AttrValue value) {
  AttrDict dict = attrs(ops_[op.index].attrs);
  const StrId id = str(name);
  auto it = std::find_if(dict.begin(), dict.end(), [&](const Attr& a) { return a.name == id; });
  if (it != dict.end())
    it->value = std::move(value);
  else
    dict.push_back({id, std::move(value)});
  ops_[op.index].attrs = attrs(std::move(dict));
}

void Module::remove_attr(OpId op, std::string_view name) {
  AttrDict dict = attrs(ops_[op.index].attrs);
  std::erase_if(dict, [&](const Attr& a) { return text(a.name) == name; });
  ops_[op.index].attrs = attrs(std::move(dict));
}

}  // namespace psmc::ir
