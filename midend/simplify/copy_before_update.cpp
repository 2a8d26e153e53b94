// SPDX-License-Identifier: Apache-2.0
// copy-before-update: makes explicit what an immutable tensor hides from a machine that updates in place.
//
//   %k1 = update %k0, %x {start = [0]}            %c = cast %k0          // a copy: a cast to the same type
//   %y = add %k0, %k1                       =>    %k1 = update %k0, %x {start = [0]}
//   return %y, %k1                                %y = add %c, %k1; return %y, %k1
//
// A value *lives in* the storage of another if it is a view of it or an update of it. Steps, a function at a time:
//   end_states     a state result must be the last of the updates that begin at its argument, taking the first update
//   of
//                  each version (`last_version`); if it is some other value, that is written over the last version
//   is_owned       the first operand of an update must not be a constant, an argument (but a state that is replaced), a
//                  view, or computed anew by every reader (iota, symbol): else the update writes into a copy
//   prepare        what is written must not live in the storage that is overwritten: else it is copied first
//   copy_constants a result must be written, so a constant is copied; so is a table of one repeated number that is
//                  gathered from: such constants have no place
//   keep_old       values that live in the storage and are read after the update are copied before it, and the later
//                  readers read the copies. So the chain of a state is never cut.
// Needs: functions and composites inlined. Ensures: for every update u of x in program order, nothing after u reads a
// value that lived in x's storage before u. Copies are taken out again by canonicalize: it must run before.
// Cost: linear; a value that was looked at for one update is not looked at for a later one.
#include "midend/simplify/copy_before_update.h"

#include <algorithm>
#include <unordered_map>

#include "ir/builder.h"
#include "ir/uses.h"
#include "midend/node/node.h"
#include "midend/simplify/for_each_function.h"

namespace psmc::midend {
namespace {

using ir::OpId;
using ir::OpKind;
using ir::ValueId;

class InPlace {
 public:
  explicit InPlace(ir::Module& module) : module_(module), uses_(module) {}

  /// Returns the number of ops made.
  int64_t run(ir::FuncId func) {
    begin(func);
    end_states();
    copy_constants();
    number_ops();
    for (OpId op : ir::ops_of(module_, body_)) {
      if (module_.kind(op) == OpKind::update) prepare(op);
      note_storage(op);
    }
    return added_;
  }

 private:
  void begin(ir::FuncId func) {
    func_ = func;
    body_ = module_.func(func).body;
    owned_states_.clear();
    storage_ = {};
    tenants_ = {};
    readers_ = {};
    added_ = 0;
  }

  ValueId last_version(ValueId state) const {
    while (true) {
      const auto all = uses_.of(state);
      const auto next = std::find_if(all.begin(), all.end(), [&](OpId reader) {
        return module_.kind(reader) == OpKind::update && module_.operand(reader, 0) == state;
      });
      if (next == all.end()) return state;
      state = module_.result(*next);
    }
  }

  void end_states() {
    const OpId ret = module_.terminator(body_);
    if (!ret.valid() || module_.kind(ret) != OpKind::return_) return;
    for (uint32_t i = 0; i < module_.op(ret).num_operands; ++i) {
      const ValueId state = state_of_result(i), result = module_.operand(ret, i);
      if (!state.valid() || result == state) continue;
      owned_states_.push_back(state);
      const ValueId last = last_version(state);
      if (last == result) continue;
      ir::Builder builder = before(ret);
      const ir::SymList start(module_.value_type(last).rank(), ir::SymExpr(0));
      module_.set_operand(ret, i, builder.update(last, result, start));
      ++added_;
    }
  }

  void copy_constants() {
    for (OpId op : ir::ops_of(module_, body_)) {
      const OpKind kind = module_.kind(op);
      if (kind != OpKind::return_ && kind != OpKind::gather) continue;
      const uint32_t count = kind == OpKind::gather ? 1 : module_.op(op).num_operands;
      for (uint32_t i = 0; i < count; ++i) {
        const ValueId value = module_.operand(op, i);
        const OpId def = module_.def(value);
        if (!def.valid() || module_.kind(def) != OpKind::constant) continue;
        if (kind == OpKind::gather && !splat_value(module_, value)) continue;
        ir::Builder builder = before(op);
        module_.set_operand(
            op, i, builder.make(OpKind::cast, {value}, {builder.attr("dtype", module_.value_type(value).dtype)}));
        ++added_;
      }
    }
  }

  /// The argument whose state result `i` replaces, or invalid.
  ValueId state_of_result(uint32_t i) const {
    const ir::Func& func = module_.func(func_);
    const ir::StrId state = i < func.result_state.size() ? func.result_state[i] : ir::StrId();
    if (!state.valid()) return {};
    const auto at = std::find(func.arg_state.begin(), func.arg_state.end(), state);
    if (at == func.arg_state.end()) return {};
    return module_.block_arg(body_, static_cast<uint32_t>(at - func.arg_state.begin()));
  }

  /// Positions in the body, and who reads each value there; ops in blocks have the position of the op around them.
  void number_ops() {
    uint32_t number = 0;
    const auto visit = [&](OpId op) {
      set_position(op, number);
      for (const ValueId operand : module_.operands(op)) readers_[operand].push_back(op);
    };
    for (OpId op : ir::ops_of(module_, body_)) {
      visit(op);
      for (uint32_t i = 0; i < module_.op(op).num_blocks; ++i) ir::walk(module_, module_.block(op, i), visit);
      ++number;
    }
    for (uint32_t i = 0; i < module_.block_data(body_).num_args; ++i)
      live_in(module_.block_arg(body_, i), module_.block_arg(body_, i));
  }

  uint32_t position(OpId op) const { return positions_[op.index]; }
  void set_position(OpId op, uint32_t position) {
    if (positions_.size() <= op.index) positions_.resize(module_.num_ops(), 0);
    positions_[op.index] = position;
  }

  ValueId storage(ValueId value) const {
    const auto found = storage_.find(value);
    return found == storage_.end() ? value : found->second;
  }
  void live_in(ValueId value, ValueId where) {
    storage_[value] = where;
    tenants_[where].push_back(value);
  }

  void note_storage(OpId op) {
    const bool shares = module_.op(op).num_results == 1 && (module_.kind(op) == OpKind::update || is_view(module_, op));
    for (uint32_t i = 0; i < module_.op(op).num_results; ++i)
      live_in(module_.result(op, i), shares ? storage(module_.operand(op, 0)) : module_.result(op, i));
  }

  bool is_owned(ValueId value) const {
    const OpId def = module_.def(value);
    if (!def.valid()) return std::find(owned_states_.begin(), owned_states_.end(), value) != owned_states_.end();
    const OpKind kind = module_.kind(def);
    return kind != OpKind::constant && kind != OpKind::iota && kind != OpKind::symbol && !is_view(module_, def);
  }

  void prepare(OpId update) {
    const ValueId old = module_.operand(update, 0), written = module_.operand(update, 1);
    if (!is_owned(old)) return module_.set_operand(update, 0, copy(old, update));
    if (storage(written) == storage(old)) module_.set_operand(update, 1, copy(written, update));
    const std::vector<ValueId> tenants = std::move(tenants_[storage(old)]);  // all defined before the update
    tenants_[storage(old)].clear();                                          // nobody reads them any more
    for (const ValueId value : tenants) keep_old(value, update);
  }

  /// Readers of `value` behind `update` read a copy from now on.
  void keep_old(ValueId value, OpId update) {
    const auto found = readers_.find(value);
    if (found == readers_.end()) return;
    std::vector<OpId> later = std::move(found->second);
    readers_.erase(found);
    std::erase_if(later, [&](OpId op) { return position(op) <= position(update); });
    if (later.empty()) return;
    const ValueId kept = copy(value, update);
    for (OpId op : later) {
      for (uint32_t i = 0; i < module_.op(op).num_operands; ++i)
        if (module_.operand(op, i) == value) module_.set_operand(op, i, kept);
    }
    readers_[kept] = std::move(later);
  }

  ValueId copy(ValueId value, OpId update) {
    ir::Builder builder = before(update);
    const ValueId kept = builder.make(OpKind::cast, {value}, {builder.attr("dtype", module_.value_type(value).dtype)});
    set_position(module_.def(kept), position(update));
    live_in(kept, kept);
    ++added_;
    return kept;
  }

  ir::Builder before(OpId op) {
    ir::Builder builder(module_);
    builder.before(op);
    builder.set_loc(module_.op(op).loc);
    return builder;
  }

  ir::Module& module_;
  const ir::Uses uses_;              ///< of all functions, as they were before the pass
  std::vector<uint32_t> positions_;  ///< by op
  // Of the function that is worked on:
  ir::FuncId func_;
  ir::BlockId body_;
  std::vector<ValueId> owned_states_;                          ///< state arguments that the function replaces
  std::unordered_map<ValueId, ValueId> storage_;               ///< these maps are never iterated
  std::unordered_map<ValueId, std::vector<ValueId>> tenants_;  ///< values that live in a storage, in order
  std::unordered_map<ValueId, std::vector<OpId>> readers_;
  int64_t added_ = 0;
};

}  // namespace

bool copy_before_update(ir::Module& module, ir::PassContext& context) {
  InPlace in_place(module);
  return for_each_function(module, context, [&](ir::FuncId func) {
    const int64_t added = in_place.run(func);
    context.count("copies", added);
    return added > 0;
  });
}

}  // namespace psmc::midend
