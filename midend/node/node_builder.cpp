// SPDX-License-Identifier: Apache-2.0
#include "midend/node/node_builder.h"

#include <algorithm>

#include "ir/ops/elementwise.h"
#include "midend/node/group.h"

namespace psmc::midend {

using ir::AccessMap;
using ir::BodyKind;
using ir::OpId;
using ir::OpKind;
using ir::Piece;
using ir::Subscript;

namespace {

/// One point an element, in its order.
Piece every_element(const ir::Type& type) {
  Piece piece;
  for (const ir::Dim& dim : type.dims) piece.space.push_back({dim});
  piece.result = ir::identity_map(static_cast<uint32_t>(type.dims.size()));
  return piece;
}

}  // namespace

Node NodeBuilder::single(OpId op) {
  Node node;
  node.op = op;
  node.outputs = {module_.result(op)};
  if (module_.kind(op) == OpKind::update) node.in_place = module_.operand(op, 0);
  for (const Piece& piece : ir::access_of(module_, op)) {
    start_piece(piece);
    finish_piece({add_op(op, piece)});
    node.pieces.push_back(std::move(piece_));
  }
  return node;
}

Node NodeBuilder::group(OpId op) {
  Node node;
  node.op = op;
  for (uint32_t i = 0; i < module_.op(op).num_results; ++i) node.outputs.push_back(module_.result(op, i));
  const std::vector<OpId> members = computing_members(module_, op);
  if (members.empty()) start_piece(every_element(module_.value_type(node.outputs[0])));
  for (const OpId member : members) {
    const Piece piece = ir::access_of(module_, member)[0];
    if (member == members[0]) start_piece(piece);
    known_.emplace_back(module_.result(member), add_op(member, piece));
  }
  std::vector<uint32_t> outputs;
  for (const ir::ValueId value : module_.operands(module_.terminator(module_.block(op))))
    outputs.push_back(read(value, piece_.result));
  finish_piece(std::move(outputs));
  node.pieces.push_back(std::move(piece_));
  return node;
}

void NodeBuilder::start_piece(const Piece& piece) {
  piece_ = {};
  known_.clear();
  order_.assign(piece.space.size(), 0);
  std::vector<uint32_t> order;
  for (const bool reduce : {false, true})
    for (uint32_t d = 0; d < piece.space.size(); ++d)
      if ((piece.space[d].kind == ir::IterKind::reduce) == reduce) order.push_back(d);
  for (uint32_t i = 0; i < order.size(); ++i) {
    order_[order[i]] = i;
    piece_.space.push_back(piece.space[order[i]]);
    piece_.parallel += piece.space[order[i]].kind == ir::IterKind::parallel;
  }
  piece_.result = renumber(piece.result);
  in_root_ = true;
}

void NodeBuilder::finish_piece(std::vector<uint32_t> outputs) {
  piece_.outputs = std::move(outputs);
  if (piece_.body == BodyKind::scalar) piece_.inner = 0;
}

AccessMap NodeBuilder::renumber(const AccessMap& map) const {
  AccessMap result = map;
  for (Subscript& s : result.subscripts) {
    for (auto& [dim, coefficient] : s.terms) dim = order_[dim];
    std::sort(s.terms.begin(), s.terms.end());
  }
  return result;
}

/// The map of `member`'s operand over the dimensions of this piece.
AccessMap NodeBuilder::place(const AccessMap& map, bool is_first) const {
  return is_first ? renumber(map) : compose(map, piece_.result);
}

uint32_t NodeBuilder::add_op(OpId op, const Piece& piece) {
  const bool is_first = piece_.steps.empty() && in_root_;
  const DType dtype = module_.value_type(module_.result(op)).dtype;
  if (piece.body == BodyKind::fill) return constant_step(piece.value, dtype);
  if (piece.body == BodyKind::iota) {
    AccessMap map{.used = true, .subscripts = {piece.iota_of}};
    return affine_step(place(map, is_first).subscripts[0], dtype);
  }
  std::vector<uint32_t> args = read_operands(op, piece, is_first);
  in_root_ = false;
  if (piece.body == BodyKind::reduce || piece.body == BodyKind::contract) return root_step(op, piece, args, dtype);
  if (!ir::is_elementwise(module_.kind(op))) return args.back();
  return push({.what = StepKind::op, .dtype = dtype, .kind = module_.kind(op), .args = std::move(args)});
}

uint32_t NodeBuilder::root_step(OpId op, const Piece& piece, const std::vector<uint32_t>& args, DType dtype) {
  if (dtype == DType::boolean) return bool_root_step(op, args[0]);
  piece_.body = piece.body;
  piece_.inner = static_cast<uint32_t>(piece_.steps.size());
  piece_.root_a = args[0];
  piece_.root_b = args.size() > 1 ? args[1] : args[0];
  piece_.accumulator = is_integer(dtype) ? DType::i32 : DType::f32;
  if (piece.body == BodyKind::reduce) piece_.monoid = module_.str_attr(op, "monoid");
  return push({.what = StepKind::root, .dtype = dtype});
}

/// Bools are counted: one is true (max) if there are some, all are (min) if none is false.
uint32_t NodeBuilder::bool_root_step(OpId op, uint32_t arg) {
  const bool all = module_.str_attr(op, "monoid") == "min";
  const auto map = [&](OpKind kind, DType dtype, uint32_t of) {
    return push({.what = StepKind::op, .dtype = dtype, .kind = kind, .args = {of}});
  };
  const uint32_t counted = map(OpKind::cast, DType::i32, all ? map(OpKind::not_, DType::boolean, arg) : arg);
  piece_.body = BodyKind::reduce;
  piece_.inner = static_cast<uint32_t>(piece_.steps.size());
  piece_.root_a = piece_.root_b = counted;
  piece_.accumulator = DType::i32;
  piece_.monoid = "sum";
  const uint32_t some = map(OpKind::cast, DType::boolean, push({.what = StepKind::root, .dtype = DType::i32}));
  return all ? map(OpKind::not_, DType::boolean, some) : some;
}

}  // namespace psmc::midend
