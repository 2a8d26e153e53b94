// SPDX-License-Identifier: Apache-2.0
#include "midend/partition/shape_key.h"

namespace psmc::midend {
namespace {

/// Numbers one after the other, as bytes; lists are preceded by their length.
class Key {
 public:
  Key& add(int64_t number) {
    text_.append(reinterpret_cast<const char*>(&number), sizeof number);
    return *this;
  }
  Key& add(const ir::SymExpr& expr) {
    add(expr.constant).add(static_cast<int64_t>(expr.terms.size()));
    for (const auto& [name, coefficient] : expr.terms) add(name.index).add(coefficient);
    return *this;
  }
  Key& add(const ir::AccessMap& map) {
    add(static_cast<int64_t>(map.subscripts.size()));
    for (const ir::Subscript& s : map.subscripts) {
      add(s.offset).add(s.indirect).add(s.index_operand).add(static_cast<int64_t>(s.terms.size()));
      for (const auto& [dim, coefficient] : s.terms) add(dim).add(coefficient);
    }
    return *this;
  }
  Key& add(const ir::Type& type) {
    add(static_cast<int64_t>(type.dtype)).add(static_cast<int64_t>(type.rank()));
    for (const ir::Dim& dim : type.dims) add(dim.bound).add(dim.size);
    return *this;
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

}  // namespace

std::string shape_key(const ir::Module& module, const Node& node) {
  Key key;
  key.add(module.value_type(node.outputs[0])).add(static_cast<int64_t>(node.outputs.size()));
  for (const NodePiece& piece : node.pieces) {
    key.add(static_cast<int64_t>(piece.space.size())).add(piece.parallel).add(static_cast<int64_t>(piece.body));
    key.add(static_cast<int64_t>(piece.accumulator));
    for (const ir::IterDim& dim : piece.space) key.add(dim.extent.bound).add(dim.extent.size);
    key.add(static_cast<int64_t>(piece.leaves.size()));
    for (const Leaf& leaf : piece.leaves) key.add(module.value_type(leaf.value)).add(leaf.map);
    key.add(static_cast<int64_t>(piece.steps.size())).add(piece.inner).add(piece.root_a).add(piece.root_b);
    for (const Step& step : piece.steps) key.add(static_cast<int64_t>(step.what)).add(step.index);
    key.add(piece.result);
  }
  return key.take();
}

}  // namespace psmc::midend
