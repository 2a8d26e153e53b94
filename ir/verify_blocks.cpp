// SPDX-License-Identifier: Apache-2.0
// Blocks: how they are linked, what they end with, what the blocks of `for` and `group` look like.
#include <fmt/format.h>

#include "ir/limits.h"
#include "ir/op.h"
#include "ir/text/print_type.h"
#include "ir/verifier.h"

namespace psmc::ir {

bool Verifier::check_links(BlockId block, OpId op, OpId prev) {
  if (op.index >= module_.num_ops() || module_.op(op).erased || module_.op(op).parent != block ||
      module_.op(op).prev != prev) {
    report(Code::ir_structure, op.index < module_.num_ops() ? op : OpId(), "an op is not linked to its block");
    return false;
  }
  return true;
}

// False if the function cannot be walked.
bool Verifier::check_structure(BlockId block, uint32_t depth) {
  if (depth > kMaxNesting) {
    report(Code::ir_structure, OpId(), "blocks are nested too deeply");
    return false;
  }
  OpId prev;
  for (OpId op = module_.block_data(block).first; op.valid(); op = module_.op(op).next) {
    if (!check_links(block, op, prev)) return false;
    const OpData& data = module_.op(op);
    for (uint32_t i = 0; i < data.num_blocks; ++i) {
      if (module_.block_data(module_.block(op, i)).parent_op != op) {
        report(Code::ir_structure, op, "a block does not belong to its op");
        return false;
      }
      if (!check_structure(module_.block(op, i), depth + 1)) return false;
    }
    prev = op;
  }
  if (module_.block_data(block).last == prev) return true;
  report(Code::ir_structure, prev, "the last op of a block is not the one that it names");
  return false;
}

// `owner`: the op around the block; invalid for the body of a function.
bool Verifier::check_block_end(BlockId block, OpId owner) {
  const size_t before = errors_.size();
  const OpKind wanted = owner.valid() ? OpKind::yield : OpKind::return_;
  const OpId last = module_.terminator(block);
  for (OpId op : ops_of(module_, block)) {
    const OpDef& def = op_def(module_.kind(op));
    if (def.terminator && (op != last || def.kind != wanted)) {
      report(Code::ir_terminator, op, fmt::format("`{}` does not belong here", def.name));
    }
  }
  const bool ends = last.valid() && module_.kind(last) == wanted;
  const bool may_be_open = owner.valid() && module_.kind(owner) == OpKind::for_ && module_.op(owner).num_results == 0;
  if (!ends && !may_be_open) {
    report(Code::ir_terminator, last.valid() ? last : owner,
           fmt::format("the block must end with `{}`", op_def(wanted).name));
  }
  return errors_.size() == before;
}

void Verifier::check_block(BlockId block) {
  std::vector<ValueId> visible;
  auto define = [&](ValueId value) {
    defined_[value.index] = true;
    visible.push_back(value);
  };
  for (uint32_t i = 0; i < module_.block_data(block).num_args; ++i) define(module_.block_arg(block, i));
  for (OpId op : ops_of(module_, block)) {
    if (errors_.size() >= options_.max_errors) return;
    check_op(op);
    for (uint32_t i = 0; i < module_.op(op).num_results; ++i) define(module_.result(op, i));
  }
  for (ValueId value : visible) defined_[value.index] = false;
}

void Verifier::check_blocks_of(OpId op) {
  const OpData& data = module_.op(op);
  const uint32_t wanted = data.kind == OpKind::for_ || data.kind == OpKind::group ? 1 : 0;
  if (data.num_blocks != wanted) {
    return report(Code::ir_blocks, op,
                  fmt::format("`{}` has {} blocks instead of {}", op_def(data.kind).name, data.num_blocks, wanted));
  }
  if (wanted == 0) return;
  const BlockId block = module_.block(op);
  if (data.kind == OpKind::for_)
    check_loop(op);
  else if (module_.block_data(block).num_args != 0)
    report(Code::ir_blocks, op, "the block of `group` has no arguments");
  if (!check_block_end(block, op)) return;
  check_block(block);
  check_yield(op);
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
