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
#include <ranges>
#include <span>
#include <string_view>
#include <vector>

#include "ir/intern.h"
#include "ir/op.h"
#include "midend/simplify/for_each_function.h"
#include "midend/simplify/forward.h"
#include "midend/simplify/near_table.h"

namespace psmc::midend {
namespace {

constexpr size_t kComparedBytes = 4096;  ///< constants up to here are compared by contents

class EqualOps {
 public:
  explicit EqualOps(ir::Module& module) : module_(module), forwarding_(module) {}

  /// How many ops were merged.
  int64_t run(ir::BlockId body) {
    const int64_t before = merged_;
    size_t ops = 0;
    for ([[maybe_unused]] const ir::OpId op : ir::ops_of(module_, body)) ++ops;
    known_.reset(ops);
    visit(body);
    return merged_ - before;
  }
  /// Parts of keys looked at so far: a few an op.
  int64_t steps() const { return steps_; }

 private:
  void visit(ir::BlockId block) {
    const size_t mark = entered_.size();
    ++depth_;
    for (ir::OpId op : ir::ops_of(module_, block)) {
      read_latest(op);
      if (module_.op(op).num_blocks == 0) merge(op);
      for (uint32_t i = 0; i < module_.op(op).num_blocks; ++i) visit(module_.block(op, i));
    }
    leave(mark);
    --depth_;
  }

  void read_latest(ir::OpId op) {
    for (uint32_t i = 0; i < module_.op(op).num_operands; ++i)
      module_.set_operand(op, i, forwarding_.latest(module_.operand(op, i)));
  }

  void merge(ir::OpId op) {
    const ir::OpDef& def = defs_[static_cast<size_t>(module_.kind(op))];
    if (!def.pure || def.terminator || module_.op(op).num_results == 0) return;
    const uint64_t hash = hash_of(op, def.commutative);
    const uint32_t place = place_of(op);
    const uint32_t known =
        known_.find(place, hash, [&](uint32_t id) { return are_equal(op, ir::OpId(id), def.commutative); });
    if (known == ir::IdTable::kNone) {
      known_.insert(place, hash, op.index);
      if (depth_ > 1) entered_.push_back({hash, place, op});  // a whole function is forgotten at once
      return;
    }
    for (uint32_t i = 0; i < module_.op(op).num_results; ++i)
      forwarding_.replace(module_.result(op, i), module_.result(ir::OpId(known), i));
    module_.erase(op);
    ++merged_;
  }

  void leave(size_t mark) {
    for (; entered_.size() > mark; entered_.pop_back())
      known_.erase(entered_.back().place, entered_.back().hash, entered_.back().op.index);
  }

  /// The youngest operand: equal ops have the same, and ops with the same stand near each other.
  uint32_t place_of(ir::OpId op) const {
    uint32_t place = 0;
    for (const ir::ValueId operand : module_.operands(op)) place = std::max(place, operand.index);
    return place;
  }

  // Types of results nearly always follow from these facts.
  uint64_t hash_of(ir::OpId op, bool commutative) {
    const ir::OpData& data = module_.op(op);
    const auto operands = module_.operands(op);
    steps_ += 2 + data.num_operands;
    ir::Hasher hasher;
    hasher.add(uint64_t{static_cast<uint32_t>(data.kind)} << 32 | facts(op));
    if (operands.size() == 2) {
      const bool swapped = commutative && operands[1] < operands[0];
      hasher.add(uint64_t{operands[swapped].index} << 32 | operands[!swapped].index);
    } else {
      for (const ir::ValueId operand : operands) hasher.add(operand.index);
    }
    return hasher.value();
  }

  bool are_equal(ir::OpId a, ir::OpId b, bool commutative) {
    const ir::OpData &x = module_.op(a), &y = module_.op(b);
    if (x.kind != y.kind || x.num_results != y.num_results || facts(a) != facts(b)) return false;
    for (uint32_t i = 0; i < x.num_results; ++i)
      if (module_.value(module_.result(a, i)).type != module_.value(module_.result(b, i)).type) return false;
    const auto p = module_.operands(a), q = module_.operands(b);
    if (std::equal(p.begin(), p.end(), q.begin(), q.end())) return true;
    return commutative && p.size() == 2 && q.size() == 2 && p[0] == q[1] && p[1] == q[0];
  }

  /// The attributes; of a constant from the table the first one with the same contents, marked by the top bit.
  uint32_t facts(ir::OpId op) {
    const ir::AttrId own = module_.op(op).attrs;
    if (module_.kind(op) != ir::OpKind::constant || !module_.find_attr(op, "id")) return own.index;
    return 0x80000000u | same_contents(static_cast<uint32_t>(module_.int_attr(op, "id")));
  }

  uint32_t same_contents(uint32_t id) {
    if (id >= first_equal_.size()) first_equal_.resize(module_.num_constants(), ir::IdTable::kNone);
    uint32_t& first = first_equal_[id];
    if (first != ir::IdTable::kNone) return first;
    const auto contents = [&](uint32_t other) { return module_.constant(ir::ConstId(other)).bytes(); };
    const auto bytes = contents(id);
    if (bytes.empty() || bytes.size() > kComparedBytes) return first = id;
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return first = contents_.find_or_insert(ir::hash_text(text), id, [&](uint32_t other) {
      return module_.constant(ir::ConstId(other)).type == module_.constant(ir::ConstId(id)).type &&
             std::ranges::equal(contents(other), bytes);
    });
  }

  struct Entered {
    uint64_t hash;
    uint32_t place;
    ir::OpId op;
  };

  ir::Module& module_;
  std::span<const ir::OpDef> defs_ = ir::all_op_defs();
  Forwarding forwarding_;
  NearTable known_;                    ///< visible ops
  std::vector<Entered> entered_;       ///< those of blocks of ops, in the order of entering
  int depth_ = 0;                      ///< blocks around
  std::vector<uint32_t> first_equal_;  ///< by constant: the first with the same contents; kNone: not looked at yet
  ir::IdTable contents_;               ///< those constants
  int64_t merged_ = 0, steps_ = 0;
};

}  // namespace

bool cse(ir::Module& module, ir::PassContext& context) {
  EqualOps equal_ops(module);
  const bool changed = for_each_function(module, context, [&](ir::FuncId func) {
    const int64_t merged = equal_ops.run(module.func(func).body);
    context.count("merged", merged);
    return merged > 0;
  });
  context.count("steps", equal_ops.steps());
  return changed;
}

}  // namespace psmc::midend
