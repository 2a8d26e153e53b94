// SPDX-License-Identifier: Apache-2.0
// gvn: global value numbering. Where `cse` compares ops, this compares values:
//   - the result of a group is what it yields, so equal groups are one, and so are a group and the same ops outside;
//   - carried values of loops are equal if they begin equal and stay equal, which is assumed until it is refuted;
//   - two loops that run alike and carry equal values have equal results.
//
// Steps, for each function: number (once, or until the classes no longer split if loops carry values: a carried value
// is known by its initial value and what the round before gave to the value that it is replaced with); merge (each
// value is replaced by the first one of its class that is visible: in a block before, or around). A number stands for a
// function of the counters of the loops around, so the counters of nested loops have different ones and those of loops
// side by side that run alike have the same. What loads and allocs give is equal to nothing.
//
// Calls are equal if the callee is; `remove-unused-symbols` makes one of functions with equal bodies before.
// Needs: nothing. Ensures: results bit for bit; loops stay, even without users. Cost: linear: at most kMostRounds + 1
// sweeps; if classes still split then, no carried value is taken for equal to another.
// Optimistic numbering by hashing: Simpson, "Value-Driven Redundancy Elimination" (1996), its RPO algorithm.
#include "midend/global/gvn.h"

#include "ir/op.h"
#include "midend/global/equal_constants.h"
#include "midend/global/key_table.h"
#include "midend/simplify/for_each_function.h"

namespace psmc::midend {
namespace {

constexpr int kMostRounds = 8;
/// First words of keys that are not those of an op, which begin with its kind.
enum Special : uint32_t { kLoop = 0x80000000u, kCounter, kCarried, kResult, kUnique };

class ValueNumbers {
 public:
  explicit ValueNumbers(ir::Module& module) : module_(module), constants_(module) {}

  /// How many ops and results were replaced.
  int64_t run(ir::BlockId body) {
    if (number_.size() < module_.num_values()) {
      number_.resize(module_.num_values(), 0);
      next_.resize(module_.num_values(), 0);
    }
    carried_ = 0;
    round_ = 0;
    number_round(body);
    if (carried_ > 0) {
      uint32_t before = 0;
      for (round_ = 1; before != table_.size() && round_ <= kMostRounds; ++round_) {
        before = table_.size();
        number_round(body);
      }
      if (before != table_.size()) number_round(body);  // round_ > kMostRounds: pessimistic
    }
    leader_.assign(table_.size(), ir::ValueId());
    merged_ = 0;
    merge(body);
    return merged_;
  }
  int64_t steps() const { return table_.steps(); }

 private:
  void number_round(ir::BlockId body) {
    table_.clear();
    number_args(body);
    number_block(body, 0);
  }

  void number_args(ir::BlockId block) {
    for (uint32_t i = 0; i < module_.block_data(block).num_args; ++i) give_own(module_.block_arg(block, i));
  }

  void number_block(ir::BlockId block, uint32_t depth) {
    for (const ir::OpId op : ir::ops_of(module_, block)) {
      const ir::OpKind kind = module_.kind(op);
      const ir::OpDef& def = defs_[static_cast<size_t>(kind)];
      if (kind == ir::OpKind::for_)
        number_loop(op, depth);
      else if (kind == ir::OpKind::group)
        number_group(op, depth);
      else if (def.pure && !def.terminator && module_.op(op).num_blocks == 0)
        number_op(op, def.commutative);
      else
        number_effect(op, depth);
    }
  }

  void number_op(ir::OpId op, bool commutative) {
    const ir::OpData& data = module_.op(op);
    if (data.num_results == 0) return;
    key_ = {static_cast<uint32_t>(data.kind), facts(op), module_.value(data.first_result).type.index};
    for (const ir::ValueId operand : module_.operands(op)) key_.push_back(number_[operand.index]);
    if (commutative && data.num_operands == 2 && key_[3] > key_[4]) std::swap(key_[3], key_[4]);
    const uint32_t number = table_.number(key_);
    number_[data.first_result.index] = number;
    for (uint32_t i = 1; i < data.num_results; ++i)
      give(module_.result(op, i), {kResult, number, i, module_.value(module_.result(op, i)).type.index});
  }

  void number_group(ir::OpId op, uint32_t depth) {
    number_block(module_.block(op), depth);
    const ir::OpId yield = module_.terminator(module_.block(op));
    for (uint32_t i = 0; i < module_.op(op).num_results; ++i)
      number_[module_.result(op, i).index] = number_[module_.operand(yield, i).index];
  }

  void number_loop(ir::OpId op, uint32_t depth) {
    const ir::OpData data = module_.op(op);
    const ir::BlockId block = module_.block(op);
    const uint32_t inits = data.num_operands - data.num_results;
    key_ = {kLoop, depth, data.attrs.index};
    for (uint32_t i = 0; i < inits; ++i) key_.push_back(number_[module_.operand(op, i).index]);
    const uint32_t loop = table_.number(key_);
    give(module_.block_arg(block, 0), {kCounter, loop});
    const ir::OpId yield = module_.terminator(block);
    for (uint32_t i = 0; i < data.num_results; ++i) {
      const ir::ValueId arg = module_.block_arg(block, i + 1);
      const uint32_t init = number_[module_.operand(op, inits + i).index];
      if (round_ > kMostRounds)
        give_own(arg);
      else
        give(arg, {kCarried, loop, init, round_ == 0 ? 0 : next_[arg.index], module_.value(arg).type.index});
      ++carried_;
    }
    number_block(block, depth + 1);
    for (uint32_t i = 0; i < data.num_results; ++i) {
      const ir::ValueId arg = module_.block_arg(block, i + 1);
      next_[arg.index] = number_[module_.operand(yield, i).index];
      give(module_.result(op, i), {kResult, number_[arg.index]});
    }
  }

  void number_effect(ir::OpId op, uint32_t depth) {
    for (uint32_t i = 0; i < module_.op(op).num_blocks; ++i) {
      number_args(module_.block(op, i));
      number_block(module_.block(op, i), depth + 1);
    }
    for (uint32_t i = 0; i < module_.op(op).num_results; ++i) give_own(module_.result(op, i));
  }

  void give_own(ir::ValueId value) { give(value, {kUnique, value.index}); }
  void give(ir::ValueId value, std::initializer_list<uint32_t> key) {
    number_[value.index] = table_.number(std::span(key.begin(), key.size()));
  }

  /// The attributes; of a constant from the table the first one with the same contents, marked by the top bit.
  uint32_t facts(ir::OpId op) {
    const ir::AttrId own = module_.op(op).attrs;
    if (module_.kind(op) != ir::OpKind::constant || !module_.find_attr(op, "id")) return own.index;
    return 0x80000000u | constants_.first(static_cast<uint32_t>(module_.int_attr(op, "id")));
  }

  void merge(ir::BlockId block) {
    const size_t mark = entered_.size();
    for (uint32_t i = 0; i < module_.block_data(block).num_args; ++i) lead(module_.block_arg(block, i));
    for (const ir::OpId op : ir::ops_of(module_, block)) {
      for (uint32_t i = 0; i < module_.op(op).num_operands; ++i) read_leader(op, i);
      for (uint32_t i = 0; i < module_.op(op).num_blocks; ++i) merge(module_.block(op, i));
      bool replaced = module_.op(op).num_results > 0;
      for (uint32_t i = 0; i < module_.op(op).num_results; ++i)
        if (lead(module_.result(op, i))) replaced = false;
      if (!replaced || !defs_[static_cast<size_t>(module_.kind(op))].pure) continue;
      module_.erase(op);
      ++merged_;
    }
    for (; entered_.size() > mark; entered_.pop_back()) leader_[entered_.back()] = ir::ValueId();
  }

  void read_leader(ir::OpId op, uint32_t i) {
    const ir::ValueId before = module_.operand(op, i), leader = leader_[number_[before.index]];
    if (leader == before) return;
    module_.set_operand(op, i, leader);
    ++merged_;
  }

  /// False if another value of the class is visible.
  bool lead(ir::ValueId value) {
    ir::ValueId& leader = leader_[number_[value.index]];
    if (leader.valid()) {
      if (const ir::StrId name = module_.value(value).name; name && !module_.value(leader).name)
        module_.set_name(leader, name), ++merged_;
      return false;
    }
    leader = value;
    entered_.push_back(number_[value.index]);
    return true;
  }

  ir::Module& module_;
  EqualConstants constants_;
  std::span<const ir::OpDef> defs_ = ir::all_op_defs();
  KeyTable table_;
  std::vector<uint32_t> number_;  ///< by value: its class
  std::vector<uint32_t> next_;    ///< by carried value: the class of what replaces it, of the round before
  std::vector<uint32_t> key_;
  std::vector<ir::ValueId> leader_;  ///< by class: the visible value that is read
  std::vector<uint32_t> entered_;    ///< classes with a leader in the order of entering
  int64_t carried_ = 0, merged_ = 0;
  int round_ = 0;
};

}  // namespace

bool gvn(ir::Module& module, ir::PassContext& context) {
  ValueNumbers numbers(module);
  const bool changed = for_each_function(module, context, [&](ir::FuncId func) {
    const int64_t merged = numbers.run(module.func(func).body);
    context.count("merged", merged);
    return merged > 0;
  });
  context.count("steps", numbers.steps());
  return changed;
}

}  // namespace psmc::midend
