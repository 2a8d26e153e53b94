// SPDX-License-Identifier: Apache-2.0
// ClusterFinder: ops in program order each open a cluster or join one.
//
//   %h = contract %x, %w       opens A
//   %g = contract %x, %v       opens B
//   %s = sigmoid %h            joins A
//   %m = mul %h, %s            joins A
//   %y = mul %m, %g            joins B: A stands before it, so %m is there in time
//
// An op may join only the cluster that stands last among those that its operands come from. Everything else that it
// reads stands before that cluster, so clusters may stay where their first ops are: no cycle can arise, and none is
// looked for. (Joining another one would need the ops between to move down, perhaps past an update of what they read.)
// Where the last cluster reads only what stands before another one that the op reads too, it moves up into that one
// first (`merge`):
//
//   %a = mul %p, %c            opens A
//   %b = mul %q, %s            opens B
//   %r = sub %a, %b            B moves into A, the op joins A
//
// Views and sources are free: nodes fold them into readers, so what counts is where the elements come from
// (`place_of`).
//
// Joining needs: an elementwise op; the shape of the cluster; every operand from inside read as it is, not through a
// view; the limits kept. Opening needs an op with one piece: contract and reduce (only first in a cluster: what they
// read is not computed inside), or elementwise. Cost: linear, times the size of a cluster.
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

}  // namespace

class ClusterFinder::Clustering {
 public:
  Clustering(const ir::Module& module, const FuseLimits& limits)
      : module_(module),
        limits_(limits),
        uses_(module),
        position_(module.num_ops(), 0),
        place_(module.num_values(), kNone),
        cluster_of_(module.num_values(), kNone) {
    for (uint32_t i = 0; i < module.num_values(); ++i) origin_.emplace_back(i);
  }

  std::vector<Cluster> run(ir::FuncId func) {
    clusters_.clear();
    uint32_t position = 0;
    for (OpId op : ir::ops_of(module_, module_.func(func).body)) {
      position_[op.index] = position;
      visit(op, position++);
    }
    std::erase_if(clusters_, [](const Cluster& c) { return c.members.size() < 2; });
    return std::move(clusters_);
  }

 private:
  void visit(OpId op, uint32_t position) {
    if (is_view(module_, op)) return set_origin(module_.result(op), origin_[module_.operand(op, 0).index]);
    if (is_source(op)) return;
    const bool elementwise = ir::is_elementwise(module_.kind(op)) && module_.value_type(module_.result(op)).is_tensor();
    if (elementwise && join(op)) return;
    for (uint32_t i = 0; i < module_.op(op).num_results; ++i)
      place_[module_.result(op, i).index] = static_cast<int32_t>(position);
    if (elementwise || is_root(op)) open(op, position);
  }

  bool is_root(OpId op) const { return module_.kind(op) == OpKind::contract || module_.kind(op) == OpKind::reduce; }
  bool is_source(OpId op) const {
    const OpKind kind = module_.kind(op);
    return kind == OpKind::constant || kind == OpKind::iota || kind == OpKind::symbol;
  }

  /// Position of what computes the elements of `value`; kNone if they are there from the start.
  int32_t place_of(ValueId value) const { return place_[origin_[value.index].index]; }
  void set_origin(ValueId value, ValueId origin) { origin_[value.index] = origin; }
  Cluster& at(int32_t cluster) { return clusters_[static_cast<size_t>(cluster)]; }
  const Cluster& at(int32_t cluster) const { return clusters_[static_cast<size_t>(cluster)]; }
  const std::vector<ir::Dim>& shape_of(OpId op) const { return module_.value_type(module_.result(op)).dims; }

  void open(OpId op, uint32_t position) {
    const auto index = static_cast<int32_t>(clusters_.size());
    clusters_.push_back({{}, op, position});
    enter(op, index);
  }

  bool join(OpId op) {
    int32_t target = last_cluster(op);
    if (target == kNone || !reads_inside_as_is(op, target)) return false;
    for (const ValueId operand : module_.operands(op)) {
      const int32_t other = cluster_of_[operand.index];
      if (other == kNone || other == target || at(other).place > at(target).place || !may_merge(target, other, op))
        continue;
      merge(target, other);
      target = other;
    }
    if (!fits(op, {target})) return false;
    enter(op, target);
    return true;
  }

  /// The cluster that stands last among the places that the operands come from; none if something else stands there.
  int32_t last_cluster(OpId op) const {
    int32_t last = kNone, target = kNone;
    for (const ValueId operand : module_.operands(op)) {
      const int32_t place = place_of(operand);
      if (place == kNone || place < last) continue;
      if (place > last) target = kNone;
      last = place;
      target = std::max(target, cluster_of_[operand.index]);
    }
    return target;
  }

  /// `op` has the cluster's shape, and so have its operands from there. A view of a member has its place but no
  /// cluster.
  bool reads_inside_as_is(OpId op, int32_t cluster) const {
    const auto& shape = shape_of(at(cluster).members[0]);
    if (shape_of(op) != shape) return false;
    const auto operands = module_.operands(op);
    return std::all_of(operands.begin(), operands.end(), [&](ValueId operand) {
      if (place_of(operand) != static_cast<int32_t>(at(cluster).place)) return true;
      return cluster_of_[operand.index] == cluster && module_.value_type(operand).dims == shape;
    });
  }

  /// Whether the ops of `from` may move up to `to`, so that `op`, which reads both, can join there.
  bool may_merge(int32_t from, int32_t to, OpId op) const {
    if (is_root(at(from).members[0]) && is_root(at(to).members[0])) return false;
    const auto place = static_cast<int32_t>(at(to).place);
    for (const ValueId operand : module_.operands(op))
      if (cluster_of_[operand.index] != from && place_of(operand) > place) return false;
    for (const OpId member : at(from).members) {
      if (!reads_inside_as_is(member, to)) return false;
      for (const ValueId operand : module_.operands(member)) {
        if (cluster_of_[operand.index] == from) continue;
        if (place_of(operand) > place || (place_of(operand) == place && is_root(member))) return false;
      }
    }
    return reads_inside_as_is(op, to) && fits(op, {from, to});
  }

  void merge(int32_t from, int32_t to) {
    std::vector<OpId> moved = std::move(at(from).members);
    at(from).members.clear();
    for (const OpId member : moved) enter(member, to);
    // In program order, the root first.
    std::vector<OpId>& members = at(to).members;
    std::sort(members.begin(), members.end(), [&](OpId a, OpId b) {
      return is_root(a) != is_root(b) ? is_root(a) : position_[a.index] < position_[b.index];
    });
  }

  void enter(OpId op, int32_t cluster) {
    const ValueId result = module_.result(op);
    at(cluster).members.push_back(op);
    cluster_of_[result.index] = cluster;
    place_[result.index] = static_cast<int32_t>(at(cluster).place);
  }

  using Set = std::initializer_list<int32_t>;
  static bool contains(Set set, int32_t cluster) { return std::find(set.begin(), set.end(), cluster) != set.end(); }

  /// The limits, for a group of these clusters and `op`.
  bool fits(OpId op, Set clusters) const {
    std::vector<OpId> all = {op};
    for (const int32_t c : clusters) all.insert(all.end(), at(c).members.begin(), at(c).members.end());
    if (all.size() > limits_.ops) return false;
    std::vector<ValueId> reads;
    size_t writes = 0;
    for (const OpId member : all) {
      note_reads(member, clusters, reads);
      // If nothing else joins: no less than in the end.
      writes += member == op || is_read_outside(member, op, clusters);
    }
    return reads.size() <= limits_.reads && writes <= limits_.writes;
  }

  /// Adds what `op` reads from outside; splats and sources cost nothing.
  void note_reads(OpId op, Set clusters, std::vector<ValueId>& reads) const {
    for (const ValueId operand : module_.operands(op)) {
      const int32_t cluster = cluster_of_[operand.index];
      if ((cluster != kNone && contains(clusters, cluster)) || is_immediate(operand)) continue;
      if (std::find(reads.begin(), reads.end(), operand) == reads.end()) reads.push_back(operand);
    }
  }

  bool is_immediate(ValueId value) const {
    const OpId def = module_.def(value);
    if (!def.valid() || !is_source(def)) return false;
    return module_.kind(def) != OpKind::constant || splat_value(module_, value).has_value();
  }

  bool is_read_outside(OpId member, OpId joining, Set clusters) const {
    const auto uses = uses_.of(module_.result(member));
    return std::any_of(uses.begin(), uses.end(), [&](ir::OpId reader) {
      if (reader == joining) return false;
      if (module_.op(reader).num_results != 1) return true;
      const int32_t cluster = cluster_of_[module_.result(reader).index];
      return cluster == kNone || !contains(clusters, cluster);
    });
  }

  const ir::Module& module_;
  FuseLimits limits_;
  ir::Uses uses_;
  std::vector<uint32_t> position_;   ///< by op
  std::vector<ValueId> origin_;      ///< by value: itself, or what a view is of
  std::vector<int32_t> place_;       ///< by value
  std::vector<int32_t> cluster_of_;  ///< by value; only results of members
  std::vector<Cluster> clusters_;
};

ClusterFinder::ClusterFinder(const ir::Module& module, const FuseLimits& limits)
    : clustering_(std::make_unique<Clustering>(module, limits)) {}
ClusterFinder::~ClusterFinder() = default;
std::vector<Cluster> ClusterFinder::find(ir::FuncId func) { return clustering_->run(func); }

}  // namespace psmc::midend
