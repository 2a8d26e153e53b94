// SPDX-License-Identifier: Apache-2.0
// What may be chosen for one node: a sharding and the rectangle of tiles that it runs on. A Choice is one such option
// with all that the search asks of it, worked out once: what each tile computes, needs and holds afterwards, and how
// long its kernels take. Nodes that differ only in the values they read (the layers of a model) share their choices.
#pragma once

#include <deque>
#include <unordered_map>

#include "midend/partition/cost.h"
#include "midend/shard/sharding.h"

namespace psmc::midend {

struct Choice {
  std::vector<LayoutId> points;              ///< per piece: local box of the parallel dimensions
  std::vector<std::vector<LayoutId>> needs;  ///< per piece and leaf: elements of its value
  LayoutId result;                           ///< elements of the outputs
  std::vector<float> cycles;                 ///< per tile, of all pieces
};

/// A way to spread a node, at any place where its rectangle fits.
struct Option {
  Sharding sharding;
  uint32_t width = 0, height = 0;  ///< of the rectangle, in tiles
};

/// The options of one node.
struct NodeOptions {
  std::vector<int64_t> space;  ///< what is cut: the parallel dimensions, or the result of a node of several pieces
  bool by_result = false;
  std::vector<Option> options;
  std::unordered_map<uint64_t, Choice> made;  ///< by option and tile of the rectangle's corner
};

class ChoiceTable {
 public:
  ChoiceTable(const ir::Module& module, const std::vector<ir::Symbol>& symbols, uint32_t columns, uint32_t rows,
              LayoutTable& layouts, const CostModel& costs)
      : module_(module), symbols_(symbols), columns_(columns), rows_(rows), layouts_(layouts), costs_(costs) {}

  /// All options of a node that is free to choose. Shared by nodes of equal shape.
  NodeOptions& options(const Node& node);
  /// Option `option` with its rectangle's corner at tile number `corner`.
  const Choice& at(const Node& node, NodeOptions& options, size_t option, size_t corner);
  /// The choice that lets each tile write what of an update lies in `home`, which is its result.
  Choice at_home(const Node& node, LayoutId home) const;

 private:
  Choice finish(const Node& node, std::vector<Layout> points) const;

  const ir::Module& module_;
  const std::vector<ir::Symbol>& symbols_;
  uint32_t columns_, rows_;
  LayoutTable& layouts_;
  const CostModel& costs_;
  std::deque<NodeOptions> options_;
  std::unordered_map<std::string, size_t> by_shape_;
};

/// What an iteration over `parallel` and the piece's whole reduce dimensions touches.
Box whole_points(const NodePiece& piece, const Box& parallel);

}  // namespace psmc::midend
