// SPDX-License-Identifier: Apache-2.0
// fuse-elementwise: makes groups.
//
//   %h = contract %x, %w {spec = "mk,kn->mn"}         %m = group {
//   %s = sigmoid %h                              =>     %h = contract %x, %w {spec = "mk,kn->mn"}
//   %m = mul %h, %s                                     %s = sigmoid %h; %m = mul %h, %s; yield %m }
//
// Steps: ClusterFinder (cluster.h) says which ops; for each cluster, hoist the views that its members read above the
// place of the group; build the group there; at the end one sweep (`read_results`) makes ops outside read the group's
// results.
//
// Needs: composites inlined, copies before updates made explicit (canonicalize would take them out of groups again).
// Ensures: a group has at most one contract or reduce, its first op; then elementwise ops of one shape that read each
// other at the same point. Cost: linear. The rule of who may join is that of cluster.cpp; Halide's and XLA's fusion
// also move producers into several consumers, which computes twice: not done here.
#include "midend/fuse/fuse_elementwise.h"

#include <algorithm>

#include "ir/builder.h"
#include "midend/fuse/cluster.h"
#include "midend/node/node.h"
#include "midend/simplify/for_each_function.h"

namespace psmc::midend {
namespace {

using ir::OpId;
using ir::OpKind;
using ir::ValueId;

constexpr ir::PassOption kOptions[] = {
    ir::integer_option("ops", "most ops of a group; default 24", 1, 1000),
    ir::integer_option("reads", "most values that a group reads; default 8", 1, 1000),
    ir::integer_option("writes", "most values that a group gives; default 4", 1, 1000)};

class Grouper {
 public:
  explicit Grouper(ir::Module& module) : module_(module), position_(module.num_ops(), 0), group_of_(module.num_ops()) {}

  /// Returns the number of groups made.
  int64_t run(ir::FuncId func, const std::vector<Cluster>& clusters) {
    if (clusters.empty()) return 0;
    body_ = module_.func(func).body;
    int32_t number = 0;
    for (OpId op : ir::ops_of(module_, body_)) position_[op.index] = number++;
    for (const Cluster& cluster : clusters)
      for (const OpId member : cluster.members) group_of_[member.index] = cluster.members[0];
    find_outputs();
    int64_t built = 0;
    for (const Cluster& cluster : clusters) built += build(cluster);
    read_results();
    return built;
  }

 private:
  /// Members whose value an op outside their group reads.
  void find_outputs() {
    is_output_.resize(module_.num_values(), false);
    ir::walk(module_, body_, [&](OpId op) {
      for (const ValueId operand : module_.operands(op)) {
        const OpId def = module_.def(operand);
        if (def.valid() && group_of_[def.index].valid() && group_of_[def.index] != group_of_[op.index])
          is_output_[operand.index] = true;
      }
    });
  }

  bool build(const Cluster& cluster) {
    std::vector<ValueId> outputs;
    std::vector<ir::TypeId> types;
    for (const OpId member : cluster.members) {
      const ValueId value = module_.result(member);
      if (!is_output_[value.index]) continue;
      outputs.push_back(value);
      types.push_back(module_.value(value).type);
    }
    if (outputs.empty()) return false;  // dead
    for (const OpId member : cluster.members) hoist_views(member, cluster.anchor, static_cast<int32_t>(cluster.place));
    ir::Builder builder(module_);
    builder.before(cluster.anchor);
    builder.set_loc(module_.op(cluster.members[0]).loc);
    const OpId group = builder.make_op(OpKind::group, {}, {}, types, 1);
    for (const OpId member : cluster.members) {
      module_.detach(member);
      module_.append(module_.block(group), member);
    }
    builder.at_end(module_.block(group));
    builder.make_op(OpKind::yield, outputs, {}, {});
    replaced_.resize(module_.num_values());
    for (uint32_t i = 0; i < outputs.size(); ++i) take_over(outputs[i], module_.result(group, i));
    return true;
  }

  /// Free ops that `op` reads and that stand behind the place of the group come before it.
  void hoist_views(OpId op, OpId anchor, int32_t place) {
    for (const ValueId operand : module_.operands(op)) {
      std::vector<OpId> chain;  // free ops have one operand at most
      OpId def = module_.def(operand);
      while (def.valid() && !group_of_[def.index].valid() && position_[def.index] > place) {
        chain.push_back(def);
        def = module_.op(def).num_operands > 0 ? module_.def(module_.operand(def, 0)) : OpId();
      }
      for (auto view = chain.rbegin(); view != chain.rend(); ++view) {
        position_[view->index] = place;
        module_.detach(*view);
        module_.insert_before(anchor, *view);
      }
    }
  }

  void take_over(ValueId inner, ValueId result) {
    replaced_[inner.index] = result;
    const ir::StrId name = module_.value(inner).name;
    if (name.valid()) module_.set_name(result, module_.text(name));
  }

  void read_results() {
    ir::walk(module_, body_, [&](OpId op) {
      for (uint32_t i = 0; i < module_.op(op).num_operands; ++i) {
        const ValueId operand = module_.operand(op, i);
        if (operand.index >= replaced_.size() || !replaced_[operand.index].valid()) continue;
        if (module_.op(module_.def(operand)).parent != module_.op(op).parent)
          module_.set_operand(op, i, replaced_[operand.index]);
      }
    });
  }

  ir::Module& module_;
  ir::BlockId body_;
  std::vector<int32_t> position_;  ///< by op: in the body, before anything moved; of a hoisted op that of its reader
  std::vector<OpId> group_of_;     ///< by op: the first member of its cluster
  std::vector<bool> is_output_;    ///< by value
  std::vector<ValueId> replaced_;  ///< by value: the group's result for it
};

}  // namespace

std::span<const ir::PassOption> fuse_elementwise_options() { return kOptions; }

bool fuse_elementwise(ir::Module& module, ir::PassContext& context) {
  FuseLimits limits;
  const auto read = [&](std::string_view name, size_t& limit) {
    limit = static_cast<size_t>(context.int_option(name, static_cast<int64_t>(limit)));
  };
  read("ops", limits.ops);
  read("reads", limits.reads);
  read("writes", limits.writes);
  ClusterFinder finder(module, limits);
  Grouper grouper(module);
  return for_each_function(module, context, [&](ir::FuncId func) {
    const int64_t groups = grouper.run(func, finder.find(func));
    context.count("groups", groups);
    return groups > 0;
  });
}

}  // namespace psmc::midend
