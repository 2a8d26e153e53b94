// SPDX-License-Identifier: Apache-2.0
#include "midend/plan/states.h"

#include <algorithm>
#include <limits>

#include "midend/partition/home.h"

namespace psmc::midend {
namespace {

/// Dimensions of a state along which it may be spread over tiles: all readers and writers move through them one by one
/// with a parallel dimension of theirs, without run-time offsets.
class StateUses {
 public:
  StateUses(const ir::Module& module, ir::StrId name, size_t rank) : module_(module), name_(name), free_(rank, true) {}

  void look_at(ir::FuncId func, const std::vector<Node>& nodes) {
    std::vector<ir::ValueId> aliases;
    const ir::Func& f = module_.func(func);
    for (uint32_t i = 0; i < f.arg_state.size(); ++i)
      if (f.arg_state[i] == name_) aliases.push_back(module_.block_arg(f.body, i));
    const auto is_alias = [&](ir::ValueId v) { return std::find(aliases.begin(), aliases.end(), v) != aliases.end(); };
    for (const Node& node : nodes) {
      for (const NodePiece& piece : node.pieces) {
        for (const Leaf& leaf : piece.leaves)
          if (is_alias(leaf.value)) restrict_by(piece, leaf.map);
        if (node.is_update() && is_alias(node.in_place)) restrict_by(piece, piece.result);
      }
      if (node.is_update() && is_alias(node.in_place)) aliases.push_back(node.outputs[0]);
    }
  }
  const std::vector<bool>& free() const { return free_; }

 private:
  void restrict_by(const NodePiece& piece, const ir::AccessMap& map) {
    for (size_t d = 0; d < free_.size(); ++d) {
      free_[d] = free_[d] && is_plain(piece, map, d) && map.subscripts[d].offset == ir::SymExpr();
    }
  }

  const ir::Module& module_;
  ir::StrId name_;
  std::vector<bool> free_;
};

}  // namespace

void place_states(ProgramContext& context, const std::vector<FuncNodes>& funcs) {
  for (const FuncNodes& f : funcs) {
    const ir::Func& func = context.module.func(f.func);
    for (uint32_t i = 0; i < func.arg_state.size(); ++i) {
      const ir::StrId name = func.arg_state[i];
      if (!name || context.states.contains(name)) continue;
      const ir::Type& type = context.module.value_type(context.module.block_arg(func.body, i));
      StateUses uses(context.module, name, type.rank());
      for (const FuncNodes& other : funcs) uses.look_at(other.func, other.nodes);
      const std::vector<int64_t> space = type.bounds();
      Placement placement{.buffer = {},
                          .memory = 0,
                          .dtype = type.dtype,
                          .boxes = spread(space, uses.free(), context.tiles.size()),
                          .strides = {}};
      int64_t elements = 1;
      placement.strides = padded_strides(largest(placement.boxes, space.size()), {}, elements);
      placement.buffer = context.buffers.add({.what = "state " + std::string(context.module.text(name)),
                                              .bytes = static_cast<uint64_t>(elements) * dtype_bytes(type.dtype),
                                              .live_from = 0,
                                              .live_to = std::numeric_limits<int64_t>::max(),
                                              .address = 0});
      context.states.emplace(name, std::move(placement));
    }
  }
}

}  // namespace psmc::midend
