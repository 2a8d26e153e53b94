// SPDX-License-Identifier: Apache-2.0
// The worklist and the forwarding of values. Rules stand in rewrite_rule.cpp.
#include "ir/rewrite.h"

#include <algorithm>
#include <ranges>

#include "base/check.h"

namespace psmc::ir {

ValueId Rewriter::follow(ValueId value) {
  const auto forward = [&](ValueId v) { return v.index < facts_.size() ? facts_[v.index].forward : ValueId(); };
  ValueId end = value;
  for (ValueId next = forward(end); next.valid(); next = forward(end)) end = next;
  while (value != end) {  // shorten the way for the next time
    const ValueId next = facts_[value.index].forward;
    facts_[value.index].forward = end;
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
  return facts_[resolve(value).index].reads > 0;
}

bool Rewriter::has_one_user(ValueId value) {
  value = resolve(value);
  add_new_ops();
  Facts& facts = facts_[value.index];
  if (facts.reads <= 1) return facts.reads == 1;
  if (facts.reads > kFewReads) return wait_for(value);
  OpId user;
  uint32_t seen = 0, before = kEnd;
  for (uint32_t at = facts.readers; at != kEnd && seen < facts.reads; at = uses_[at].next, ++steps_) {
    const OpId op = uses_[at].op;
    if (module_.op(op).erased) {  // forget it
      (before == kEnd ? facts.readers : uses_[before].next) = uses_[at].next;
      continue;
    }
    before = at;
    if (user.valid() && user != op) return wait_for(value);
    user = op;
    ++seen;
  }
  return true;
}

// The op that is looked at comes back when `value` loses a reader. False.
bool Rewriter::wait_for(ValueId value) {
  facts_[value.index].awaited = true;
  waiting_[value.index].push_back(visited_);
  return false;
}

void Rewriter::wake(ValueId value) {
  facts_[value.index].awaited = false;
  const auto waiting = waiting_.extract(value.index);
  for (const OpId op : waiting.mapped()) enqueue(op);
  steps_ += static_cast<int64_t>(waiting.mapped().size());
}

void Rewriter::add_reads(OpId op) {
  for (ValueId operand : module_.operands(op)) {
    Facts& facts = facts_[resolve(operand).index];
    uses_.push_back({op, facts.readers});
    facts.readers = static_cast<uint32_t>(uses_.size()) - 1;
    ++facts.reads;
  }
}

void Rewriter::remove_reads(OpId op) {
  for (ValueId operand : module_.operands(op)) {
    const ValueId value = resolve(operand);
    Facts& facts = facts_[value.index];
    --facts.reads;
    if (facts.awaited && facts.reads <= kFewReads) wake(value);
  }
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
  if (known_ops_ == module_.num_ops() && facts_.size() == module_.num_values()) return;
  facts_.resize(module_.num_values());
  queued_.resize(module_.num_ops(), false);
  outdated_.resize(module_.num_ops(), true);
  for (; known_ops_ < module_.num_ops(); ++known_ops_) {
    const OpId op(known_ops_);
    if (module_.op(op).erased) continue;
    add_reads(op);
    enqueue(op);
  }
}

void Rewriter::replace(OpId op, std::span<const ValueId> values) {
  const OpData data = module_.op(op);
  PSMC_CHECK(values.size() == data.num_results, "an op is replaced by as many values as it has results");
  add_new_ops();
  for (uint32_t i = 0; i < values.size(); ++i) {
    const ValueId from = module_.result(op, i), to = resolve(values[i]);
    PSMC_CHECK(from != to, "a value is replaced by itself");
    if (!module_.value(to).name.valid() && module_.def(to).valid()) module_.set_name(to, module_.value(from).name);
    forward(from, to);
    if (module_.def(to).valid()) enqueue(module_.def(to));
  }
  erase(op);
}

// Readers of `from` read `to` from now on.
void Rewriter::forward(ValueId from, ValueId to) {
  Facts &old = facts_[from.index], &now = facts_[to.index];
  old.forward = to;
  if (old.awaited) wake(from);
  uint32_t last = kEnd;
  for (uint32_t at = old.readers; at != kEnd; at = uses_[at].next, ++steps_) {
    outdated_[uses_[at].op.index] = true;
    enqueue(uses_[at].op);
    last = at;
  }
  if (last != kEnd) {
    uses_[last].next = now.readers;
    now.readers = old.readers;
  }
  now.reads += old.reads;
  old.reads = 0;
  old.readers = kEnd;
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
  void erase_dead(OpId op);
  bool visit(OpId op);
  void apply_forwarding();
  void note_place(const Pattern& pattern, LocId place);
  RewriteReport report() const;

  Module& module_;
  Rewriter rewriter_;
  RewriteOptions options_;
  std::span<const OpDef> defs_ = all_op_defs();
  std::span<const Pattern> patterns_;
  /// A pattern, with what it asks for side by side: nearly all are turned away by that.
  struct Candidate {
    uint64_t operand_kinds, some_operand_kinds;
    bool equal_operands;
    const Pattern* pattern;
  };
  std::vector<std::vector<Candidate>> by_kind_;
  std::vector<int64_t> applied_;  ///< per pattern
  std::map<std::string, std::vector<LocId>> places_;
  int64_t dead_ = 0;
  int64_t left_ = 0;
};

RewriteDriver::RewriteDriver(Module& module, std::span<const Pattern> patterns, const RewriteOptions& options)
    : module_(module),
      rewriter_(module),
      options_(options),
      patterns_(patterns),
      by_kind_(kNumOpKinds),
      applied_(patterns.size(), 0) {
  for (const Pattern& pattern : patterns) {
    by_kind_[static_cast<size_t>(pattern.root)].push_back(
        {pattern.operand_kinds, pattern.some_operand_kinds, pattern.equal_operands, &pattern});
  }
  for (auto& list : by_kind_)
    std::ranges::stable_sort(list, std::greater(), [](const Candidate& c) { return c.pattern->benefit; });
}

// An op whose reads are not counted.
void RewriteDriver::erase_dead(OpId op) {
  module_.erase(op);
  rewriter_.any_change_ = true;
  ++dead_;
}

bool RewriteDriver::is_dead(OpId op) {
  const OpDef& def = defs_[static_cast<size_t>(module_.kind(op))];
  if (!options_.erase_dead || !def.pure || def.terminator) return false;
  for (uint32_t i = 0; i < module_.op(op).num_results; ++i)
    if (rewriter_.facts_[module_.result(op, i).index].reads > 0) return false;
  return true;
}

// True if the op was rewritten.
bool RewriteDriver::visit(OpId op) {
  if (is_dead(op)) {
    rewriter_.erase(op);
    ++dead_;
    return true;
  }
  const auto& patterns = by_kind_[static_cast<size_t>(module_.kind(op))];
  if (patterns.empty()) return false;
  rewriter_.refresh(op);
  rewriter_.visited_ = op;
  uint64_t present = 0;
  for (ValueId operand : module_.operands(op)) {
    if (const OpId def = module_.def(operand); def.valid()) present |= kind_bit(module_.kind(def));
  }
  const bool equal = module_.op(op).num_operands >= 2 && module_.operand(op, 0) == module_.operand(op, 1);
  for (const auto& [all, some, equal_operands, pattern] : patterns) {
    if ((all & ~present) || (some && !(some & present)) || (equal_operands && !equal)) continue;
    rewriter_.prepare(op);
    const LocId place = module_.op(op).loc;
    if (!pattern->apply(rewriter_, op)) {
      if (rewriter_.known_ops_ != module_.num_ops()) rewriter_.add_new_ops();  // left over: dead
      continue;
    }
    rewriter_.any_change_ = true;
    ++applied_[static_cast<size_t>(pattern - patterns_.data())];
    if (options_.max_places > 0) note_place(*pattern, place);
    rewriter_.add_new_ops();
    rewriter_.enqueue(op);
    return true;
  }
  return false;
}

void RewriteDriver::note_place(const Pattern& pattern, LocId place) {
  std::vector<LocId>& places = places_[pattern.name];
  if (places.size() < options_.max_places) places.push_back(place);
}

RewriteReport RewriteDriver::run(std::span<const BlockId> roots) {
  // Only ops below the roots are rewritten, but every user counts: values do not leave their function.
  rewriter_.facts_.reserve(module_.num_values() + module_.num_values() / 8);  // for what rules make
  rewriter_.facts_.resize(module_.num_values());
  rewriter_.queued_.resize(module_.num_ops(), false);
  rewriter_.outdated_.resize(module_.num_ops(), false);
  rewriter_.known_ops_ = module_.num_ops();
  rewriter_.queue_.reserve(module_.num_ops() + module_.num_ops() / 4);
  for (BlockId root : roots) {
    walk(module_, root, [&](OpId op) { rewriter_.enqueue(op); });
  }
  rewriter_.uses_.reserve(2 * rewriter_.queue_.size());
  for (OpId op : rewriter_.queue_ | std::views::reverse) {  // so that lists are in order
    if (module_.op(op).num_blocks == 0 && is_dead(op))      // whole chains that end nowhere, before they are looked at
      erase_dead(op);
    else
      rewriter_.add_reads(op);
  }
  left_ = options_.max_rewrites > 0 ? options_.max_rewrites : 1000 + 50 * static_cast<int64_t>(rewriter_.queue_.size());
  while (rewriter_.next_ < rewriter_.queue_.size() && left_ > 0) {
    const OpId op = rewriter_.queue_[rewriter_.next_++];
    ++rewriter_.steps_;
    rewriter_.queued_[op.index] = false;
    if (module_.op(op).erased || !module_.op(op).parent.valid()) continue;
    if (visit(op)) --left_;
  }
  rewriter_.add_new_ops();
  apply_forwarding();
  return report();
}

RewriteReport RewriteDriver::report() const {
  RewriteReport report;
  report.converged = rewriter_.next_ >= rewriter_.queue_.size();
  report.changed = rewriter_.any_change_;
  report.steps = rewriter_.steps_;
  report.places = places_;
  for (size_t i = 0; i < patterns_.size(); ++i)
    if (applied_[i] > 0) report.applied[patterns_[i].name] += applied_[i];
  if (dead_ > 0) report.applied["dead"] = dead_;
  return report;
}

void RewriteDriver::apply_forwarding() {
  for (uint32_t i = 0; i < module_.num_ops(); ++i)
    if (rewriter_.outdated_[i] && !module_.op(OpId(i)).erased) rewriter_.refresh(OpId(i));
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
