// SPDX-License-Identifier: Apache-2.0
// hoist-invariants: an op moves in front of the outermost loop in which nothing that it reads changes.
//
// May move:
//   - a pure op without blocks: none of them can fail, so it may also run where the loop has no iteration;
//   - a load, over loops that surely run (bounds are numbers, low < high), so that it fails only where it failed
//     before, and in which nothing is stored to its buffer. Two buffers that are arguments may be one memory;
//   - out of a `group`, an elementwise op of fewer elements than the group yields: inside it would run once for each of
//     those. All others stay: what a group computes does not go through memory.
// `for`, `alloc` and stores stay where they are.
//
// Steps: note_stores (which buffers each loop writes); visit, blocks in order of the text: the level of a value is the
// number of blocks around its new place, so an op whose operands moved moves with them, to its last place at once.
// Needs: nothing. Ensures: results bit for bit. Cost: linear; at most ir::kMaxNesting levels are looked at for an op.
#include "midend/global/hoist_invariants.h"

#include <algorithm>

#include "ir/op.h"
#include "ir/ops/elementwise.h"
#include "ir/ops/loops.h"
#include "midend/simplify/for_each_function.h"

namespace psmc::midend {
namespace {

class Hoister {
 public:
  explicit Hoister(ir::Module& module) : module_(module), level_(module.num_values(), 0) {}

  /// How many ops were moved.
  int64_t run(ir::BlockId body) {
    moved_ = 0;
    around_.clear();
    visit(body);
    return moved_;
  }
  int64_t steps() const { return steps_; }

 private:
  /// An op with a block, while its block is visited.
  struct Around {
    ir::OpId op;
    bool is_loop = false, surely_runs = false;
    bool stores_to_argument = false;
    std::vector<ir::ValueId> stored;  ///< sorted
    int64_t elements = 0;             ///< the most that a group yields
  };

  void visit(ir::BlockId block) {
    const auto depth = static_cast<uint32_t>(around_.size());
    for (uint32_t i = 0; i < module_.block_data(block).num_args; ++i) level_[module_.block_arg(block, i).index] = depth;
    for (const ir::OpId op : ir::ops_of(module_, block)) {
      ++steps_;
      const uint32_t to = depth > 0 && may_move(op) ? destination(op) : depth;
      for (uint32_t i = 0; i < module_.op(op).num_results; ++i) level_[module_.result(op, i).index] = to;
      if (to < depth) {
        module_.detach(op);
        module_.insert_before(around_[to].op, op);
        ++moved_;
      }
      for (uint32_t i = 0; i < module_.op(op).num_blocks; ++i) {
        around_.push_back(look_at(op));
        visit(module_.block(op, i));
        around_.pop_back();
      }
    }
  }

  bool may_move(ir::OpId op) const {
    const ir::OpDef& def = ir::op_def(module_.kind(op));
    if (module_.op(op).num_blocks > 0 || def.terminator) return false;
    return def.pure || def.kind == ir::OpKind::load;
  }

  /// The least level that the op may move to.
  uint32_t destination(ir::OpId op) {
    uint32_t least = 0;
    for (const ir::ValueId operand : module_.operands(op)) least = std::max(least, level_[operand.index]);
    auto to = static_cast<uint32_t>(around_.size());
    while (to > least && may_leave(op, around_[to - 1])) --to, ++steps_;
    return to;
  }

  bool may_leave(ir::OpId op, const Around& around) const {
    if (!around.is_loop)
      return ir::is_elementwise(module_.kind(op)) &&
             module_.value_type(module_.result(op)).max_elements() < around.elements;
    if (module_.kind(op) != ir::OpKind::load) return true;
    const ir::ValueId buffer = module_.operand(op, 0);
    if (is_argument(buffer) && around.stores_to_argument) return false;
    return around.surely_runs && !std::ranges::binary_search(around.stored, buffer);
  }

  bool is_argument(ir::ValueId value) const { return !module_.def(value).valid(); }

  Around look_at(ir::OpId op) {
    Around around;
    around.op = op;
    around.is_loop = module_.kind(op) == ir::OpKind::for_;
    for (uint32_t i = 0; i < module_.op(op).num_results; ++i)
      around.elements = std::max(around.elements, module_.value_type(module_.result(op, i)).max_elements());
    if (!around.is_loop) return around;
    const ir::LoopParts parts = ir::loop_parts(module_, op);
    around.surely_runs = parts.low && parts.high && parts.low->is_constant() && parts.high->is_constant() &&
                         parts.low->constant < parts.high->constant;
    note_stores(op, around);
    return around;
  }

  void note_stores(ir::OpId loop, Around& around) {
    ir::walk(module_, module_.block(loop), [&](ir::OpId op) {
      ++steps_;
      if (module_.kind(op) != ir::OpKind::store) return;
      const ir::ValueId buffer = module_.operand(op, 1);
      around.stores_to_argument |= is_argument(buffer);
      around.stored.push_back(buffer);
    });
    std::ranges::sort(around.stored);
  }

  ir::Module& module_;
  std::vector<uint32_t> level_;  ///< by value: blocks around the place where it is computed
  std::vector<Around> around_;
  int64_t moved_ = 0, steps_ = 0;
};

}  // namespace

bool hoist_invariants(ir::Module& module, ir::PassContext& context) {
  Hoister hoister(module);
  const bool changed = for_each_function(module, context, [&](ir::FuncId func) {
    const int64_t moved = hoister.run(module.func(func).body);
    context.count("moved", moved);
    return moved > 0;
  });
  context.count("steps", hoister.steps());
  return changed;
}

}  // namespace psmc::midend
