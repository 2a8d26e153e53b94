// SPDX-License-Identifier: Apache-2.0
#include "midend/node/group.h"

#include <fmt/format.h>

#include <algorithm>

#include "ir/op.h"
#include "ir/ops/elementwise.h"
#include "ir/verify.h"
#include "midend/node/node.h"

namespace psmc::midend {
namespace {

using ir::OpId;
using ir::OpKind;
using ir::ValueId;

/// Views, sources and other constants: part of whoever reads them.
bool is_folded(const ir::Module& module, OpId op) {
  if (module.op(op).num_results != 1) return false;
  return module.kind(op) == OpKind::constant || is_source(module, module.result(op)) || is_view(module, op);
}

class GroupCheck {
 public:
  GroupCheck(const ir::Module& module, OpId group)
      : module_(module), group_(group), members_(computing_members(module, group)) {}

  Status run() const {
    const auto& shape = module_.value_type(module_.result(group_, 0)).dims;
    for (const OpId op : members_) {
      const bool fits = op == members_[0] ? may_lead(op) : may_follow(op);
      if (!fits || module_.value_type(module_.result(op)).dims != shape) return refuse(op);
    }
    for (const OpId op : ir::ops_of(module_, module_.block(group_)))
      if (is_folded(module_, op) && module_.op(op).num_operands > 0 && reads_computed(op)) return refuse(op);
    for (uint32_t i = 0; i < module_.op(group_).num_results; ++i) {
      const ir::Type& type = module_.value_type(module_.result(group_, i));
      if (!type.is_tensor() || type.dims != shape) return refuse(module_.terminator(module_.block(group_)));
    }
    return {};
  }

 private:
  bool may_lead(OpId op) const {
    return ir::has_access(module_, op) && module_.kind(op) != OpKind::update && ir::access_of(module_, op).size() == 1;
  }
  bool may_follow(OpId op) const { return ir::has_access(module_, op) && ir::is_elementwise(module_.kind(op)); }

  /// Whether a view is, through other views, of what a member computes: not the element of the point at hand.
  bool reads_computed(OpId view) const {
    const OpId def = module_.def(module_.operand(view, 0));
    if (!def.valid() || module_.op(def).parent != module_.block(group_)) return false;
    return std::find(members_.begin(), members_.end(), def) != members_.end();
  }

  Status refuse(OpId op) const {
    return Diagnostic{
        .code = Code::unsupported_op,
        .place = ir::place_of(module_, op),
        .message = fmt::format("`{}` does not fit into this group", ir::op_def(module_.kind(op)).name),
        .notes = {"a group is one loop nest: one op of any kind, then elementwise ops on its shape, whose results are "
                  "yielded",
                  "ops outside of groups are grouped where they can be"}};
  }

  const ir::Module& module_;
  OpId group_;
  std::vector<OpId> members_;
};

}  // namespace

std::vector<OpId> computing_members(const ir::Module& module, OpId group) {
  std::vector<OpId> members;
  const OpId yield = module.terminator(module.block(group));
  for (const OpId op : ir::ops_of(module, module.block(group)))
    if (op != yield && !is_folded(module, op)) members.push_back(op);
  return members;
}

Status check_group(const ir::Module& module, OpId group) { return GroupCheck(module, group).run(); }

}  // namespace psmc::midend
