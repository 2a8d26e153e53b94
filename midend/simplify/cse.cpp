// SPDX-License-Identifier: Apache-2.0
// cse: an op that computes what an earlier one has computed is replaced by it.
//
//   %a = exp %x; %b = exp %x; %c = add %a, %b   =>   %a = exp %x; %c = add %a, %a
//
// Two ops are equal if kind, operands (in any order if the op commutes), attributes and result types are: attributes
// and types are interned, so a key is a short list of numbers. Constants are equal if their bytes are (small ones; of
// the others their place in the table). An op is visible in its block and in the blocks inside: after a block its
// entries are taken back (`leave`).
//
// Needs: nothing. Ensures: no two visible pure ops without blocks are equal. Cost: linear, hashed.
#include "midend/simplify/cse.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <unordered_map>

#include "ir/op.h"
#include "midend/simplify/for_each_function.h"
#include "midend/simplify/forward.h"

namespace psmc::midend {
namespace {

constexpr size_t kComparedBytes = 4096;  ///< constants up to here are compared by contents

class EqualOps {
 public:
  explicit EqualOps(ir::Module& module) : module_(module), forwarding_(module) {}

  /// How many ops were merged.
  int64_t run(ir::BlockId body) {
    const int64_t before = merged_;
    visit(body);
    return merged_ - before;
  }
  /// Parts of keys looked at so far: a few an op.
  int64_t steps() const { return steps_; }

 private:
  void visit(ir::BlockId block) {
    const size_t mark = entered_.size();
    for (ir::OpId op : ir::ops_of(module_, block)) {
      read_latest(op);
      if (module_.op(op).num_blocks == 0) merge(op);
      for (uint32_t i = 0; i < module_.op(op).num_blocks; ++i) visit(module_.block(op, i));
    }
    leave(mark);
  }

  void read_latest(ir::OpId op) {
    for (uint32_t i = 0; i < module_.op(op).num_operands; ++i)
      module_.set_operand(op, i, forwarding_.latest(module_.operand(op, i)));
  }

  void merge(ir::OpId op) {
    const ir::OpDef& def = ir::op_def(module_.kind(op));
    if (!def.pure || def.terminator || module_.op(op).num_results == 0) return;
    const auto [at, is_new] = known_.try_emplace(key(op, def.commutative), op);
    if (is_new) return entered_.push_back(&at->first);
    for (uint32_t i = 0; i < module_.op(op).num_results; ++i)
      forwarding_.replace(module_.result(op, i), module_.result(at->second, i));
    module_.erase(op);
    ++merged_;
  }

  void leave(size_t mark) {
    for (; entered_.size() > mark; entered_.pop_back()) known_.erase(known_.find(*entered_.back()));
  }

  std::u32string key(ir::OpId op, bool commutative) {
    const ir::OpData& data = module_.op(op);
    std::u32string key = {static_cast<char32_t>(data.kind), static_cast<char32_t>(facts(op).index)};
    for (uint32_t i = 0; i < data.num_results; ++i) key.push_back(module_.value(module_.result(op, i)).type.index);
    const size_t first = key.size();
    for (const ir::ValueId operand : module_.operands(op)) key.push_back(operand.index);
    steps_ += static_cast<int64_t>(key.size());
    if (commutative) std::sort(key.begin() + static_cast<std::ptrdiff_t>(first), key.end());
    return key;
  }

  /// The attributes; of a small constant those of the first one with the same contents.
  ir::AttrId facts(ir::OpId op) {
    const ir::AttrId own = module_.op(op).attrs;
    if (module_.kind(op) != ir::OpKind::constant || !module_.find_attr(op, "id")) return own;
    const ir::Constant& constant = module_.constant(ir::ConstId(static_cast<uint32_t>(module_.int_attr(op, "id"))));
    const auto bytes = constant.bytes();
    if (bytes.empty() || bytes.size() > kComparedBytes) return own;
    std::string contents(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    contents.append(reinterpret_cast<const char*>(&constant.type.index), sizeof(uint32_t));
    return contents_.try_emplace(std::move(contents), own).first->second;
  }

  ir::Module& module_;
  Forwarding forwarding_;
  std::unordered_map<std::u32string, ir::OpId> known_;
  std::unordered_map<std::string, ir::AttrId> contents_;
  std::vector<const std::u32string*> entered_;  ///< keys in the order of entering; a map's nodes do not move
  int64_t merged_ = 0, steps_ = 0;
};

}  // namespace

bool cse(ir::Module& module, ir::PassContext& context) {
  EqualOps equal_ops(module);
  const bool changed = for_each_function(module, [&](ir::FuncId func) {
    const int64_t merged = equal_ops.run(module.func(func).body);
    context.count("merged", merged);
    return merged > 0;
  });
  context.count("steps", equal_ops.steps());
  return changed;
}

}  // namespace psmc::midend
