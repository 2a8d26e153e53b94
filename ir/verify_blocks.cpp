// SPDX-License-Identifier: Apache-2.0
// Blocks: how they are linked, what they end with, what the blocks of `for` and `group` look like.
#include <fmt/format.h>

#include <algorithm>

#include "ir/limits.h"
#include "ir/op.h"
#include "ir/text/print_type.h"
#include "ir/verifier.h"

namespace psmc::ir {

inline bool Verifier::check_links(BlockId block, OpId op, OpId prev) {
  if (op.index < module_.num_ops()) {
    const OpData& data = module_.op(op);
    if (!data.erased && data.parent == block && data.prev == prev) return true;
  }
  report(Code::ir_structure, op.index < module_.num_ops() ? op : OpId(), "an op is not linked to its block");
  return false;
}

// Values that are made one after the other are one range: so in a module as it was read there is one a block.
inline void Verifier::define(ValueId first, uint32_t count) {
  for (uint32_t i = 0; i < count; ++i) defined_[first.index + i] = 1;
  if (!visible_.empty() && visible_.back().end == first.index)
    visible_.back().end += count;
  else if (count > 0)
    visible_.push_back({first.index, first.index + count});
}

// All but the first `ranges`.
void Verifier::hide(size_t ranges) {
  for (; visible_.size() > ranges; visible_.pop_back())
    std::fill(defined_.begin() + visible_.back().begin, defined_.begin() + visible_.back().end, uint8_t{0});
}

// One walk: an op is looked at in full once its links are known to be right, so a wrong link ends the walk before it
// can lead anywhere. `owner`: the op around the block; invalid for the body of a function. False if the function
// cannot be walked to its end, or need not be.
bool Verifier::check_block(BlockId block, OpId owner) {
  if (nesting_ > kMaxNesting) {
    report(Code::ir_structure, OpId(), "blocks are nested too deeply");
    return false;
  }
  ++nesting_;
  const BlockData& data = module_.block_data(block);
  const size_t outside = visible_.size();
  const uint32_t first = data.num_args > 0 ? data.first_arg.index : 0;
  visible_.push_back({first, first});
  define(ValueId(first), data.num_args);
  const bool whole = check_ops(block, owner.valid() ? OpKind::yield : OpKind::return_);
  hide(outside);
  --nesting_;
  if (whole) check_block_end(block, owner);
  return whole;
}

// `end`: what the block ends with.
bool Verifier::check_ops(BlockId block, OpKind end) {
  const BlockData& data = module_.block_data(block);
  OpId prev;
  for (OpId op = data.first; op.valid(); op = module_.op(op).next) {
    if (!check_links(block, op, prev)) return false;
    const OpData& seen = module_.op(op);
    if (!is_plain(op) && (errors_.size() >= options_.max_errors || !check_op(op, end))) return false;
    if (seen.num_results > 0) define(seen.first_result, seen.num_results);
    prev = op;
  }
  if (data.last == prev) return true;
  report(Code::ir_structure, prev, "the last op of a block is not the one that it names");
  return false;
}

void Verifier::check_block_end(BlockId block, OpId owner) {
  const OpKind wanted = owner.valid() ? OpKind::yield : OpKind::return_;
  const OpId last = module_.terminator(block);
  const bool ends = last.valid() && module_.kind(last) == wanted;
  const bool may_be_open = owner.valid() && module_.kind(owner) == OpKind::for_ && module_.op(owner).num_results == 0;
  if (ends || may_be_open) return;
  report(Code::ir_terminator, last.valid() ? last : owner,
         fmt::format("the block must end with `{}`", op_def(wanted).name));
}

// False as for check_block.
bool Verifier::check_blocks_of(OpId op) {
  const OpData& data = module_.op(op);
  const uint32_t wanted = data.kind == OpKind::for_ || data.kind == OpKind::group ? 1 : 0;
  if (data.num_blocks != wanted) {
    report(Code::ir_blocks, op,
           fmt::format("`{}` has {} blocks instead of {}", op_def(data.kind).name, data.num_blocks, wanted));
    return true;
  }
  if (wanted == 0) return true;
  const BlockId block = module_.block(op);
  if (module_.block_data(block).parent_op != op) {
    report(Code::ir_structure, op, "a block does not belong to its op");
    return false;
  }
  if (data.kind == OpKind::for_)
    check_loop(op);
  else if (module_.block_data(block).num_args != 0)
    report(Code::ir_blocks, op, "the block of `group` has no arguments");
  if (!check_block(block, op)) return false;
  check_yield(op);
  return true;
}

// The counter and a block argument of the right type for each carried value.
void Verifier::check_loop(OpId op) {
  const OpData& data = module_.op(op);
  const BlockId block = module_.block(op);
  const uint32_t args = module_.block_data(block).num_args;
  if (args != 1u + data.num_results || !module_.value_type(module_.block_arg(block, 0)).is_index()) {
    return report(Code::ir_blocks, op, "the block of a loop has the counter and the carried values as arguments");
  }
  for (uint32_t i = 1; i < args; ++i) {
    if (module_.value(module_.block_arg(block, i)).type == module_.value(module_.result(op, i - 1)).type) continue;
    report(Code::ir_blocks, op, fmt::format("carried value {} has one type inside the loop and another outside", i));
  }
}

void Verifier::check_yield(OpId op) {
  const OpId last = module_.terminator(module_.block(op));
  if (!last.valid() || module_.kind(last) != OpKind::yield) return;
  const auto yielded = module_.operands(last);
  if (yielded.size() != module_.op(op).num_results) {
    return report(Code::ir_type, last,
                  fmt::format("{} values are yielded to {} results", yielded.size(), module_.op(op).num_results));
  }
  for (uint32_t i = 0; i < yielded.size(); ++i) {
    if (module_.value(yielded[i]).type == module_.value(module_.result(op, i)).type) continue;
    report(Code::ir_type, last,
           fmt::format("yielded value {} is {}, but the result is {}", i + 1,
                       print_type(module_, module_.value_type(yielded[i])),
                       print_type(module_, module_.value_type(module_.result(op, i)))));
    see_definition(yielded[i]);
  }
}

}  // namespace psmc::ir
