// SPDX-License-Identifier: Apache-2.0
// find_clusters: ops in program order each open a cluster or join one.
//
//   %h = contract %x, %w       opens A
//   %g = contract %x, %v       opens B
//   %s = sigmoid %h            joins A
//   %m = mul %h, %s            joins A
//   %y = mul %m, %g            joins B: A stands before it, so %m is there in time
//
// An op may join only the cluster that stands last among those that its operands come from. Everything else that it reads
// stands before that cluster, so clusters may stay where their first ops are: no cycle can arise, and none is looked for.
// (Joining another one would need the ops between to move; that is left undone.) Views and sources are free: nodes fold
// them into readers, so what counts is where the elements come from (`place_of`).
//
// Joining needs: an elementwise op; the shape of the cluster; every operand from inside read as it is, not through a view;
// the limits kept. Opening needs an op with one piece: contract and reduce (only first in a cluster: what they read is
// not computed inside), or elementwise. Cost: linear, times the size of a cluster.
#include "midend/fuse/cluster.h"

#include <algorithm>

#include "ir/op.h"
#include "ir/ops/elementwise.h"
#include "ir/uses.h"
#include "midend/node/node.h"

namespace psmc::midend {
namespace {

using ir::OpId;
using ir::OpKind;
using ir::ValueId;

constexpr int32_t kNone = -1;

class Clustering {
 public:
  Clustering(const ir::Module& module, ir::FuncId func, const FuseLimits& limits)
      : module_(module), limits_(limits), uses_(module, func), body_(module.func(func).body),
        place_(module.num_values(), kNone), cluster_of_(module.num_values(), kNone) {}

  std::vector<Cluster> run() {
    uint32_t position = 0;
    for (OpId op : ir::ops_of(module_, body_)) visit(op, position++);
    std::erase_if(clusters_, [](const Cluster& c) { return c.members.size() < 2; });
    return std::move(clusters_);
  }

 private:
  void visit(OpId op, uint32_t position) {
    if (is_free(op)) return set_place(op, module_.op(op).num_operands > 0 ? place_of(module_.operand(op, 0)) : kNone);
    const bool elementwise = ir::is_elementwise(module_.kind(op)) && module_.value_type(module_.result(op)).is_tensor();
    const bool root = module_.kind(op) == OpKind::contract || module_.kind(op) == OpKind::reduce;
    if (elementwise && join(op)) return;
    set_place(op, static_cast<int32_t>(position));
    if (elementwise || root) open(op, position);
  }

  bool is_free(OpId op) const {
    const OpKind kind = module_.kind(op);
    return kind == OpKind::constant || kind == OpKind::iota || kind == OpKind::symbol || is_view(module_, op);
  }

  /// Position of what computes the elements of `value`; kNone if they are there from the start.
  int32_t place_of(ValueId value) const { return place_[value.index]; }
  void set_place(OpId op, int32_t place) {
    for (uint32_t i = 0; i < module_.op(op).num_results; ++i) place_[module_.result(op, i).index] = place;
  }

  void open(OpId op, uint32_t position) {
    const auto index = static_cast<int32_t>(clusters_.size());
    Cluster cluster;
    cluster.members.push_back(op);
    cluster.place = position;
    note_reads(op, index, cluster.reads);
    cluster_of_[module_.result(op).index] = index;
    clusters_.push_back(std::move(cluster));
  }

  bool join(OpId op) {
    int32_t last = kNone, target = kNone;
    for (const ValueId operand : module_.operands(op)) {
      const int32_t place = place_of(operand);
      if (place == kNone || place < last) continue;
      if (place > last) target = kNone;
      last = place;
      target = std::max(target, cluster_of_[operand.index]);
    }
    if (target == kNone || !may_join(op, target)) return false;
    Cluster& cluster = clusters_[static_cast<size_t>(target)];
    note_reads(op, target, cluster.reads);
    cluster.members.push_back(op);
    cluster_of_[module_.result(op).index] = target;
    set_place(op, last);
    return true;
  }

  bool may_join(OpId op, int32_t target) const {
    const Cluster& cluster = clusters_[static_cast<size_t>(target)];
    const auto& shape = module_.value_type(module_.result(cluster.members[0])).dims;
    if (module_.value_type(module_.result(op)).dims != shape || cluster.members.size() >= limits_.ops) return false;
    for (const ValueId operand : module_.operands(op)) {
      if (place_of(operand) != static_cast<int32_t>(cluster.place)) continue;
      // From inside. A view of a member has its place but no cluster.
      if (cluster_of_[operand.index] != target || module_.value_type(operand).dims != shape) return false;
    }
    std::vector<ValueId> reads = cluster.reads;
    note_reads(op, target, reads);
    return reads.size() <= limits_.reads && writes_with(op, target) <= limits_.writes;
  }

  /// Adds what `op` reads from outside the cluster; splats and sources cost nothing.
  void note_reads(OpId op, int32_t cluster, std::vector<ValueId>& reads) const {
    for (const ValueId operand : module_.operands(op)) {
      if (cluster_of_[operand.index] == cluster || is_source(operand)) continue;
      if (std::find(reads.begin(), reads.end(), operand) == reads.end()) reads.push_back(operand);
    }
  }

  bool is_source(ValueId value) const {
    const OpId def = module_.def(value);
    if (!def.valid()) return false;
    const OpKind kind = module_.kind(def);
    return kind == OpKind::iota || kind == OpKind::symbol || splat_value(module_, value).has_value();
  }

  /// Values that the cluster would have to give if `op` joined and nothing else did: no less than in the end.
  size_t writes_with(OpId op, int32_t target) const {
    size_t writes = 1;
    for (const OpId member : clusters_[static_cast<size_t>(target)].members) writes += is_read_outside(member, op, target);
    return writes;
  }

  bool is_read_outside(OpId member, OpId joining, int32_t cluster) const {
    const auto uses = uses_.of(module_.result(member));
    return std::any_of(uses.begin(), uses.end(), [&](const ir::Use& use) {
      if (use.op == joining) return false;
      return module_.op(use.op).num_results != 1 || cluster_of_[module_.result(use.op).index] != cluster;
    });
  }

  const ir::Module& module_;
  FuseLimits limits_;
  ir::Uses uses_;
  ir::BlockId body_;
  std::vector<int32_t> place_;        ///< by value
  std::vector<int32_t> cluster_of_;   ///< by value; only results of members
  std::vector<Cluster> clusters_;
};

}  // namespace

std::vector<Cluster> find_clusters(const ir::Module& module, ir::FuncId func, const FuseLimits& limits) {
  return Clustering(module, func, limits).run();
}

}  // namespace psmc::midend
