// SPDX-License-Identifier: Apache-2.0
// How a node is made: the pieces of an op, or of the ops of a group, as one scalar program each.
//   node_builder.cpp     pieces, ops, reductions
//   node_operands.cpp    what a step reads: earlier steps, sources, leaves through views
#pragma once

#include "ir/op.h"
#include "midend/node/node.h"

namespace psmc::midend {

/// Collects one node from an op and, for a group, the ops inside it.
class NodeBuilder {
 public:
  /// `made`: by value, views that are nodes of their own and are not looked through.
  NodeBuilder(const ir::Module& module, const std::vector<bool>& made) : module_(module), made_(made) {}

  Node single(ir::OpId op);
  /// Needs: check_group.
  Node group(ir::OpId op);

 private:
  // node_builder.cpp
  void start_piece(const ir::Piece& piece);
  void finish_piece(std::vector<uint32_t> outputs);
  ir::AccessMap renumber(const ir::AccessMap& map) const;
  ir::AccessMap place(const ir::AccessMap& map, bool is_first) const;
  uint32_t add_op(ir::OpId op, const ir::Piece& piece);
  uint32_t root_step(ir::OpId op, const ir::Piece& piece, const std::vector<uint32_t>& args, DType dtype);
  uint32_t bool_root_step(ir::OpId op, uint32_t arg);

  // node_operands.cpp
  std::vector<uint32_t> read_operands(ir::OpId op, const ir::Piece& piece, bool is_first);
  uint32_t read(ir::ValueId value, ir::AccessMap map);
  Origin resolve(ir::ValueId value, ir::AccessMap map) const;
  uint32_t leaf_step(const Origin& from, DType dtype);
  uint32_t constant_step(double number, DType dtype) {
    return push({.what = StepKind::constant, .dtype = dtype, .number = number});
  }
  uint32_t affine_step(ir::Subscript expr, DType dtype) {
    return push({.what = StepKind::affine, .dtype = dtype, .expr = std::move(expr)});
  }
  uint32_t push(Step step) {
    piece_.steps.push_back(std::move(step));
    return static_cast<uint32_t>(piece_.steps.size() - 1);
  }

  const ir::Module& module_;
  const std::vector<bool>& made_;
  NodePiece piece_;
  std::vector<uint32_t> order_;                          ///< op's dimension -> this piece's dimension
  std::vector<std::pair<ir::ValueId, uint32_t>> known_;  ///< members already computed
  bool in_root_ = true;
};

}  // namespace psmc::midend
