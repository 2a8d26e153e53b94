// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "tools/reduce/move_families.h"

#include "ir/op.h"
#include "ir/uses.h"

namespace psmc::tools {
namespace {

struct Place {
  ir::FuncId func;
  ir::OpId op;
};

// From the end: what uses a value goes before the value.
std::vector<Place> dead_ops(const ir::Module& module) {
  std::vector<Place> places;
  const ir::Uses uses(module);
  std::vector<bool> is_dead(module.num_ops());
  each_op(module, [&](ir::FuncId func, ir::OpId op) { places.push_back({func, op}); });
  std::reverse(places.begin(), places.end());
  std::erase_if(places, [&](const Place& place) {
    if (ir::op_def(module.kind(place.op)).terminator) return true;
    for (uint32_t i = 0; i < module.op(place.op).num_results; ++i)
      for (const ir::OpId user : uses.of(module.result(place.op, i)))
        if (!is_dead[user.index]) return true;
    is_dead[place.op.index] = true;
    return false;
  });
  return places;
}

ir::Module drop_dead(const ir::Module& module, SiteRange range) {
  Edit edit(module);
  const std::vector<Place> places = dead_ops(module);
  const ir::Uses uses(module);
  for (size_t i = range.begin; i < range.end && i < places.size(); ++i) {
    const ir::OpId op = places[i].op;
    bool is_used = edit.module().op(op).erased;
    for (uint32_t result = 0; result < module.op(op).num_results; ++result)
      for (const ir::OpId user : uses.of(module.result(op, result))) is_used |= !edit.module().op(user).erased;
    if (!is_used) edit.module().erase(op);
  }
  return edit.finish();
}

/// Ops with a value that is used.
std::vector<Place> live_ops(const ir::Module& module) {
  std::vector<Place> places;
  const ir::Uses uses(module);
  each_op(module, [&](ir::FuncId func, ir::OpId op) {
    for (uint32_t i = 0; i < module.op(op).num_results; ++i)
      if (!uses.is_unused(module.result(op, i))) return places.push_back({func, op});
  });
  return places;
}

std::vector<Place> live_ops_but_constants(const ir::Module& module) {
  std::vector<Place> places = live_ops(module);
  std::erase_if(places, [&](const Place& place) { return module.kind(place.op) == ir::OpKind::constant; });
  return places;
}

/// The first (or last) operand of the type of each result; nothing if there is not one for each.
template <bool kLast>
void take_operand(Edit& edit, Place place) {
  ir::Module& module = edit.module();
  if (module.op(place.op).erased) return;
  std::vector<ir::ValueId> taken;
  for (uint32_t i = 0; i < module.op(place.op).num_results; ++i) {
    std::vector<ir::ValueId> fitting;
    for (const ir::ValueId operand : module.operands(place.op))
      if (module.value(operand).type == module.value(module.result(place.op, i)).type) fitting.push_back(operand);
    if (fitting.empty()) return;
    taken.push_back(kLast ? fitting.back() : fitting.front());
  }
  for (uint32_t i = 0; i < taken.size(); ++i) edit.replace(module.result(place.op, i), taken[i]);
  module.erase(place.op);
}

void make_argument(Edit& edit, Place place) {
  if (!edit.module().op(place.op).erased) edit.make_arguments(place.func, place.op);
}

void make_constant(Edit& edit, Place place) {
  if (!edit.module().op(place.op).erased) edit.make_constants(place.op);
}

}  // namespace

std::vector<Move> value_moves() {
  return {{"drop-dead-ops", "ops whose values nothing uses go",
           [](const ir::Module& module) { return dead_ops(module).size(); }, drop_dead},
          move_of<live_ops, take_operand<false>>("take-first-operand", "an op becomes its first operand that fits"),
          move_of<live_ops, take_operand<true>>("take-last-operand", "an op becomes its last operand that fits"),
          move_of<live_ops, make_argument>("make-arguments", "what an op computes becomes an argument"),
          move_of<live_ops_but_constants, make_constant>("make-constants", "what an op computes becomes ones")};
}

}  // namespace psmc::tools
