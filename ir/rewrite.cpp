// SPDX-License-Identifier: Apache-2.0
// The worklist and the forwarding of values. Rules stand in rewrite_rule.cpp.
#include "ir/rewrite.h"

#include <algorithm>

#include "base/check.h"

namespace psmc::ir {

ValueId Rewriter::resolve(ValueId value) {
  ValueId end = value;
  while (end.index < forward_.size() && forward_[end.index].valid()) end = forward_[end.index];
  while (value != end) {  // shorten the way for the next time
    const ValueId next = forward_[value.index];
    forward_[value.index] = end;
    value = next;
  }
  return end;
}

void Rewriter::refresh(OpId op) {
  if (op.index < outdated_.size()) {
    if (!outdated_[op.index]) return;
    outdated_[op.index] = false;
  }
  for (uint32_t i = 0; i < module_.op(op).num_operands; ++i, ++steps_) {
    const ValueId now = resolve(module_.operand(op, i));
    if (now != module_.operand(op, i)) module_.set_operand(op, i, now);
  }
}

OpId Rewriter::def(ValueId value) {
  const OpId op = module_.def(resolve(value));
  if (op.valid()) refresh(op);
  return op;
}

OpId Rewriter::def(ValueId value, OpKind kind) {
  const OpId op = def(value);
  return op.valid() && module_.kind(op) == kind ? op : OpId();
}

ValueId Rewriter::operand(OpId op, uint32_t i) { return resolve(module_.operand(op, i)); }

bool Rewriter::is_used(ValueId value) {
  add_new_ops();
  return reads_[resolve(value).index] > 0;
}

bool Rewriter::has_one_user(ValueId value) {
  value = resolve(value);
  add_new_ops();
  const uint32_t count = reads_[value.index];
  if (count <= 1 || count > kFewReads) return count == 1;
  UseList& list = users_[value.index];
  OpId user;
  uint32_t seen = 0, before = kEnd;
  for (uint32_t at = list.first; at != kEnd && seen < count; at = uses_[at].next, ++steps_) {
    if (!reads(uses_[at].use, value)) {  // forget it
      (before == kEnd ? list.first : uses_[before].next) = uses_[at].next;
      if (list.last == at) list.last = before;
      continue;
    }
    before = at;
    if (user.valid() && user != uses_[at].use.op) return false;
    user = uses_[at].use.op;
    ++seen;
  }
  return true;
}

bool Rewriter::reads(const Use& use, ValueId value) {
  return !module_.op(use.op).erased && resolve(module_.operand(use.op, use.operand)) == value;
}

void Rewriter::add_use(ValueId value, Use use) {
  const auto at = static_cast<uint32_t>(uses_.size());
  uses_.push_back({use, kEnd});
  UseList& list = users_[value.index];
  (list.first == kEnd ? list.first : uses_[list.last].next) = at;
  list.last = at;
}

void Rewriter::add_reads(OpId op) {
  for (uint32_t i = 0; i < module_.op(op).num_operands; ++i) {
    const ValueId value = resolve(module_.operand(op, i));
    add_use(value, {op, i});
    ++reads_[value.index];
  }
}

void Rewriter::remove_reads(OpId op) {
  for (ValueId operand : module_.operands(op)) --reads_[resolve(operand).index];
}

void Rewriter::enqueue(OpId op) {
  if (module_.op(op).erased || queued_[op.index]) return;
  queued_[op.index] = true;
  queue_.push_back(op);
}

void Rewriter::enqueue_operand_defs(OpId op) {
  for (ValueId operand : module_.operands(op)) {
    const OpId op_of = module_.def(resolve(operand));
    if (op_of.valid()) enqueue(op_of);
  }
}

// Ops that came since the last call get into the tables and the queue.
void Rewriter::add_new_ops() {
  if (known_ops_ == module_.num_ops() && forward_.size() == module_.num_values()) return;
  forward_.resize(module_.num_values());
  users_.resize(module_.num_values());
  reads_.resize(module_.num_values(), 0);
  queued_.resize(module_.num_ops(), false);
  outdated_.resize(module_.num_ops(), true);
  for (; known_ops_ < module_.num_ops(); ++known_ops_) {
    const OpId op(known_ops_);
    if (module_.op(op).erased) continue;
    add_reads(op);
    enqueue(op);
  }
}

// Appends the list `from` to `to`.
void Rewriter::join_uses(UseList& from, UseList& to) {
  if (from.first == kEnd) return;
  (to.first == kEnd ? to.first : uses_[to.last].next) = from.first;
  to.last = from.last;
  from = {};
}

void Rewriter::replace(OpId op, std::span<const ValueId> values) {
  const OpData data = module_.op(op);
  PSMC_CHECK(values.size() == data.num_results, "an op is replaced by as many values as it has results");
  add_new_ops();
  for (uint32_t i = 0; i < values.size(); ++i) {
    const ValueId from = module_.result(op, i), to = resolve(values[i]);
    PSMC_CHECK(from != to, "a value is replaced by itself");
    if (!module_.value(to).name.valid() && module_.value(from).name.valid() && module_.def(to).valid()) {
      module_.set_name(to, module_.text(module_.value(from).name));
    }
    forward_[from.index] = to;
    for (uint32_t at = users_[from.index].first; at != kEnd; at = uses_[at].next, ++steps_) {
      outdated_[uses_[at].use.op.index] = true;
      enqueue(uses_[at].use.op);
    }
    join_uses(users_[from.index], users_[to.index]);
    reads_[to.index] += reads_[from.index];
    reads_[from.index] = 0;
    if (module_.def(to).valid()) enqueue(module_.def(to));
  }
  erase(op);
}

void Rewriter::erase(OpId op) {
  add_new_ops();
  const auto forget = [&](OpId gone) {
    enqueue_operand_defs(gone);
    remove_reads(gone);
  };
  forget(op);
  for (uint32_t i = 0; i < module_.op(op).num_blocks; ++i) walk(module_, module_.block(op, i), forget);
  module_.erase(op);
  any_change_ = true;
}

// Before patterns see `op`.
void Rewriter::prepare(OpId op) {
  refresh(op);
  builder_.before(op);
  builder_.set_loc(module_.op(op).loc);
}

class RewriteDriver {
 public:
  RewriteDriver(Module& module, std::span<const Pattern> patterns, const RewriteOptions& options);
  RewriteReport run(std::span<const BlockId> roots);

 private:
  bool is_dead(OpId op);
  bool visit(OpId op);
  void apply_forwarding(std::span<const BlockId> roots);

  Module& module_;
  Rewriter rewriter_;
  RewriteOptions options_;
  std::span<const OpDef> defs_ = all_op_defs();
  std::vector<std::vector<const Pattern*>> by_kind_;
  RewriteReport report_;
  int64_t left_ = 0;
};

RewriteDriver::RewriteDriver(Module& module, std::span<const Pattern> patterns, const RewriteOptions& options)
    : module_(module), rewriter_(module), options_(options), by_kind_(kNumOpKinds) {
  for (const Pattern& pattern : patterns) by_kind_[static_cast<size_t>(pattern.root)].push_back(&pattern);
  for (auto& list : by_kind_) {
    std::stable_sort(list.begin(), list.end(),
                     [](const Pattern* a, const Pattern* b) { return a->benefit > b->benefit; });
  }
}

bool RewriteDriver::is_dead(OpId op) {
  const OpDef& def = defs_[static_cast<size_t>(module_.kind(op))];
  if (!options_.erase_dead || !def.pure || def.terminator) return false;
  for (uint32_t i = 0; i < module_.op(op).num_results; ++i) {
    if (rewriter_.is_used(module_.result(op, i))) return false;
  }
  return true;
}

// True if the op was rewritten.
bool RewriteDriver::visit(OpId op) {
  if (is_dead(op)) {
    rewriter_.erase(op);
    ++report_.applied["dead"];
    return true;
  }
  const auto& patterns = by_kind_[static_cast<size_t>(module_.kind(op))];
  if (patterns.empty()) return false;
  rewriter_.refresh(op);
  uint64_t present = 0;
  for (ValueId operand : module_.operands(op)) {
    if (const OpId def = module_.def(operand); def.valid()) present |= kind_bit(module_.kind(def));
  }
  for (const Pattern* pattern : patterns) {
    if (pattern->operand_kinds & ~present) continue;
    rewriter_.prepare(op);
    if (!pattern->apply(rewriter_, op)) {
      if (rewriter_.known_ops_ != module_.num_ops()) rewriter_.add_new_ops();  // left over: dead
      continue;
    }
    rewriter_.any_change_ = true;
    ++report_.applied[pattern->name];
    rewriter_.add_new_ops();
    rewriter_.enqueue(op);
    return true;
  }
  return false;
}

RewriteReport RewriteDriver::run(std::span<const BlockId> roots) {
  // Only ops below the roots are rewritten, but every user counts: values do not leave their function.
  rewriter_.forward_.resize(module_.num_values());
  rewriter_.users_.resize(module_.num_values());
  rewriter_.reads_.resize(module_.num_values(), 0);
  rewriter_.queued_.resize(module_.num_ops(), false);
  rewriter_.outdated_.resize(module_.num_ops(), false);
  rewriter_.known_ops_ = module_.num_ops();
  for (BlockId root : roots) {
    walk(module_, root, [&](OpId op) {
      rewriter_.add_reads(op);
      rewriter_.enqueue(op);
    });
  }
  left_ = options_.max_rewrites > 0 ? options_.max_rewrites : 1000 + 50 * static_cast<int64_t>(rewriter_.queue_.size());
  while (rewriter_.next_ < rewriter_.queue_.size() && left_ > 0) {
    const OpId op = rewriter_.queue_[rewriter_.next_++];
    ++rewriter_.steps_;
    rewriter_.queued_[op.index] = false;
    if (module_.op(op).erased || !module_.op(op).parent.valid()) continue;
    if (visit(op)) --left_;
  }
  report_.converged = rewriter_.next_ >= rewriter_.queue_.size();
  apply_forwarding(roots);
  report_.changed = rewriter_.any_change_;
  report_.steps = rewriter_.steps_;
  return std::move(report_);
}

void RewriteDriver::apply_forwarding(std::span<const BlockId> roots) {
  for (BlockId root : roots) walk(module_, root, [&](OpId op) { rewriter_.refresh(op); });
}

RewriteReport rewrite(Module& module, std::span<const Pattern> patterns, const RewriteOptions& options) {
  std::vector<BlockId> roots;
  for (uint32_t i = 0; i < module.num_funcs(); ++i) {
    if (!module.func(FuncId(i)).erased) roots.push_back(module.func(FuncId(i)).body);
  }
  return RewriteDriver(module, patterns, options).run(roots);
}

RewriteReport rewrite(Module& module, FuncId func, std::span<const Pattern> patterns, const RewriteOptions& options) {
  const BlockId root = module.func(func).body;
  return RewriteDriver(module, patterns, options).run({&root, 1});
}

}  // namespace psmc::ir
