// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "midend/node/node_builder.h"

namespace psmc::midend {

using ir::AccessMap;
using ir::BodyKind;
using ir::OpId;
using ir::OpKind;
using ir::Piece;
using ir::Subscript;
using ir::ValueId;

namespace {

bool is_indirect(const AccessMap& map) {
  return std::any_of(map.subscripts.begin(), map.subscripts.end(), [](const Subscript& s) { return s.indirect; });
}

bool same(const AccessMap& a, const AccessMap& b) {
  if (a.subscripts.size() != b.subscripts.size()) return false;
  for (size_t i = 0; i < a.subscripts.size(); ++i) {
    const Subscript &x = a.subscripts[i], &y = b.subscripts[i];
    if (x.indirect != y.indirect || x.offset != y.offset || x.terms != y.terms) return false;
    if (x.indirect && x.index_operand != y.index_operand) return false;
  }
  return true;
}

}  // namespace

std::vector<uint32_t> NodeBuilder::read_operands(OpId op, const Piece& piece, bool is_first) {
  const uint32_t count = module_.op(op).num_operands;
  std::vector<uint32_t> args;
  std::vector<uint32_t> step(count, 0);
  for (const bool indirect : {false, true}) {  // the index of a gather before the table it selects from
    for (uint32_t i = 0; i < count; ++i) {
      if (!piece.operands[i].used) continue;
      AccessMap map = piece.operands[i];
      if (is_indirect(map) != indirect) continue;
      for (Subscript& s : map.subscripts)
        if (s.indirect) s.index_operand = step[s.index_operand];
      step[i] = read(module_.operand(op, i), place(map, is_first));
      args.push_back(step[i]);
    }
  }
  return args;
}

/// The step that holds `value` at the point given by `map`.
uint32_t NodeBuilder::read(ValueId value, AccessMap map) {
  for (const auto& [known, step] : known_)
    if (known == value) return step;
  const Origin from = resolve(value, std::move(map));
  const ir::Type& type = module_.value_type(from.value);
  if (auto splat = splat_value(module_, from.value)) return constant_step(*splat, type.dtype);
  const OpId def = module_.def(from.value);
  if (def && module_.kind(def) == OpKind::symbol)
    return affine_step(Subscript::fixed(module_.syms_attr(def, "expr")[0]), type.dtype);
  if (def && module_.kind(def) == OpKind::iota && !is_indirect(from.map)) {  // a table to gather from was made
    const Piece piece = ir::access_of(module_, def)[0];
    return affine_step(compose(piece.iota_of, from.map.subscripts), type.dtype);
  }
  return leaf_step(from, type.dtype);
}

Origin NodeBuilder::resolve(ValueId value, AccessMap map) const {
  while (true) {
    const OpId def = module_.def(value);
    if (!def || made_[value.index] || !is_view(module_, def)) return {value, std::move(map)};
    map = compose(ir::access_of(module_, def)[0].operands[0], map);
    value = module_.operand(def, 0);
  }
}

uint32_t NodeBuilder::leaf_step(const Origin& from, DType dtype) {
  for (uint32_t i = 0; i < piece_.steps.size(); ++i) {
    const Step& step = piece_.steps[i];
    if (step.what != StepKind::leaf) continue;
    const Leaf& leaf = piece_.leaves[step.index];
    if (leaf.value == from.value && same(leaf.map, from.map) && (piece_.body == BodyKind::scalar || i >= piece_.inner))
      return i;
  }
  piece_.leaves.push_back({from.value, from.map});
  return push({.what = StepKind::leaf, .dtype = dtype, .index = static_cast<uint32_t>(piece_.leaves.size() - 1)});
}

}  // namespace psmc::midend
