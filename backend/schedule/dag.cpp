// SPDX-License-Identifier: Apache-2.0
#include "backend/schedule/dag.h"

#include <algorithm>
#include <unordered_map>

#include "backend/schedule/memory_order.h"
#include "base/check.h"

namespace psmc::backend {
namespace {

constexpr size_t kMaxTracked = 48;  ///< accesses of one object that a store is compared with one by one

struct RawEdge {
  uint32_t from, to, distance;
};

struct Touch {
  uint32_t node;
  RegUse use;
};

/// What the last instructions did with one register.
struct RegHistory {
  bool written = false;
  Touch write{};
  std::vector<Touch> reads;  ///< since the write
};

struct ObjectHistory {
  std::vector<MemAccess> loads, stores;
};

class DagBuilder {
 public:
  DagBuilder(const Model& model, const std::vector<MInst>& insts, const std::vector<uint32_t>& place)
      : model_(model), insts_(insts), place_(place) {}

  Dag run() {
    for (uint32_t i = 0; i < insts_.size(); ++i) {
      add_memory(i);
      add_registers(i);
    }
    return finish();
  }

 private:
  void edge(uint32_t from, uint32_t to, uint32_t distance) {
    if (from != to) raw_.push_back({from, to, distance});
  }
  void add_registers(uint32_t i);
  void add_memory(uint32_t i);
  uint32_t memory_distance(uint32_t node) const { return std::max(1u, model_.timing(insts_[node].op).occupancy); }
  Dag finish();

  const Model& model_;
  const std::vector<MInst>& insts_;
  const std::vector<uint32_t>& place_;
  std::vector<RawEdge> raw_;
  std::unordered_map<uint32_t, RegHistory> history_;
  std::unordered_map<uint32_t, uint32_t> version_;
  std::unordered_map<uint32_t, ObjectHistory> objects_;
};

void DagBuilder::add_registers(uint32_t i) {
  const MInst& inst = insts_[i];
  for_each_read(inst, [&](Reg reg, const RegUse& use) {
    RegHistory& history = history_[place_[reg]];
    if (history.written) {
      const MInst& writer = insts_[history.write.node];
      const bool forwarded = use.file == arch::RegFile::a && Model::forwards(writer, inst);
      edge(history.write.node, i,
           forwarded ? model_.timing(writer.op).occupancy : model_.latency(writer, history.write.use));
    }
    history.reads.push_back({i, use});
  });
  for_each_write(inst, [&](Reg reg, const RegUse& use) {
    RegHistory& history = history_[place_[reg]];
    for (const Touch& read : history.reads) {
      const uint32_t window = model_.read_window(insts_[read.node], read.use), begin = model_.first_write(inst, use);
      edge(read.node, i, window > begin ? window - begin : 0);
    }
    if (history.written) {
      const MInst& writer = insts_[history.write.node];
      if (!(use.file == arch::RegFile::a && Model::forwards(writer, inst)))
        edge(history.write.node, i, model_.latency(writer, history.write.use));
    }
    history.reads.clear();
    history.written = true;
    history.write = {i, use};
    ++version_[place_[reg]];
  });
}

void DagBuilder::add_memory(uint32_t i) {
  const MInst& inst = insts_[i];
  if (inst.object == kNone) return;
  const uint32_t base = place_[inst.reg[kA]];
  const bool store = arch::is_store(inst.op);
  MemAccess access{
      i, base, version_[base], inst.post ? 0 : inst.imm, access_bytes(inst.op), arch::mem_shape(inst.op).alignment};
  ObjectHistory& history = objects_[inst.object];
  // A store that meets many accesses comes after them all, and stands for them.
  const bool barrier = store && history.loads.size() + history.stores.size() >= kMaxTracked;
  const auto order = [&](const std::vector<MemAccess>& others) {
    for (const MemAccess& other : others) {
      if (barrier || !separate_lines(other, access)) edge(other.node, i, memory_distance(other.node));
    }
  };
  order(history.stores);
  if (store) order(history.loads);
  if (barrier) {
    history = {};
    access.bytes = 0;
  }
  (store ? history.stores : history.loads).push_back(access);
}

Dag DagBuilder::finish() {
  const auto n = static_cast<uint32_t>(insts_.size());
  Dag dag;
  dag.num_preds.assign(n, 0);
  dag.first.assign(n + 1, 0);
  for (const RawEdge& e : raw_) ++dag.first[e.from + 1];
  for (uint32_t i = 0; i < n; ++i) dag.first[i + 1] += dag.first[i];
  dag.edges.resize(raw_.size());
  std::vector<uint32_t> next(dag.first.begin(), dag.first.end() - 1);
  for (const RawEdge& e : raw_) {
    dag.edges[next[e.from]++] = {e.to, e.distance};
    ++dag.num_preds[e.to];
  }
  dag.height.assign(n, 0);
  for (uint32_t i = n; i-- > 0;) {
    uint32_t height = std::max(1u, model_.timing(insts_[i].op).latency);
    for (const DepEdge* e = dag.begin(i); e != dag.end(i); ++e)
      height = std::max(height, e->distance + dag.height[e->to]);
    dag.height[i] = height;
  }
  return dag;
}

}  // namespace

Dag build_dag(const Model& model, const std::vector<MInst>& insts, const std::vector<uint32_t>& place) {
  return DagBuilder(model, insts, place).run();
}

}  // namespace psmc::backend
