// SPDX-License-Identifier: Apache-2.0
// Runs a function by its nodes alone: iteration spaces, leaves, steps and outputs, point by point. What the planner and
// the lowering will see of a module must compute what the interpreter computes.
#pragma once

#include <map>
#include <memory>

#include "ir/array_convert.h"
#include "ir/op.h"
#include "ir/ops/elementwise.h"
#include "ir/ops/monoid.h"
#include "midend/node/node.h"
#include "tests/midend/pass_runs.h"

namespace psmc::midend {

class NodeRun {
 public:
  NodeRun(const ir::Module& module, ir::FuncId func, ir::SymbolValues symbols)
      : module_(module), func_(func), symbols_(std::move(symbols)) {}

  std::vector<ir::Array> run(const std::vector<Node>& nodes, const std::vector<ir::Array>& args) {
    const ir::BlockId body = module_.func(func_).body;
    for (uint32_t i = 0; i < args.size(); ++i) held_[module_.block_arg(body, i)] = std::make_shared<ir::Array>(args[i]);
    for (const Node& node : nodes) run_node(node);
    std::vector<ir::Array> results;
    for (const ir::ValueId value : module_.operands(module_.terminator(body))) results.push_back(*held(value));
    return results;
  }

 private:
  using Point = std::vector<int64_t>;

  int64_t value_of(const ir::SymExpr& expr) const {
    int64_t value = expr.constant;
    for (const auto& [symbol, factor] : expr.terms)
      for (const auto& [name, number] : symbols_) value += name == symbol ? factor * number : 0;
    return value;
  }
  int64_t value_of(const ir::Subscript& s, const Point& point) const {
    int64_t value = value_of(s.offset);
    for (const auto& [dim, factor] : s.terms) value += factor * point.at(dim);
    return value;
  }

  std::shared_ptr<ir::Array> held(ir::ValueId value) {
    const auto found = held_.find(value);
    if (found != held_.end()) return found->second;
    const ir::OpId def = module_.def(value);
    INFO("not there: " << (def.valid() ? ir::print_op(module_, def) : "an argument"));
    REQUIRE(def.valid());
    REQUIRE(module_.kind(def) == ir::OpKind::constant);
    auto array = ir::op_def(ir::OpKind::constant).eval({module_, def, {}, symbols_});
    REQUIRE(array.ok());
    return held_[value] = std::make_shared<ir::Array>(std::move(array).value());
  }

  void run_node(const Node& node) {
    std::vector<std::shared_ptr<ir::Array>> outputs;
    for (const ir::ValueId value : node.outputs) {
      const ir::Type& type = module_.value_type(value);
      std::vector<int64_t> shape;
      for (const ir::Dim& dim : type.dims) shape.push_back(value_of(dim.size));
      outputs.push_back(node.is_update() ? held(node.in_place) : std::make_shared<ir::Array>(type.dtype, shape));
    }
    for (const NodePiece& piece : node.pieces) {
      Point point(piece.space.size(), 0);
      points(piece, 0, piece.parallel, point, [&] { run_point(piece, point, outputs); });
    }
    for (size_t i = 0; i < outputs.size(); ++i) held_[node.outputs[i]] = outputs[i];
  }

  template <typename Visit>
  void points(const NodePiece& piece, uint32_t d, uint32_t end, Point& point, Visit&& visit) {
    if (d == end) return visit();
    const int64_t extent = value_of(piece.space[d].extent.size);
    for (point[d] = 0; point[d] < extent; ++point[d]) points(piece, d + 1, end, point, visit);
    point[d] = 0;
  }

  void run_point(const NodePiece& piece, Point& point, const std::vector<std::shared_ptr<ir::Array>>& outputs) {
    std::vector<double> values(piece.steps.size(), 0);
    double total = 0;
    if (piece.body != ir::BodyKind::scalar) {
      const auto monoid = piece.body == ir::BodyKind::contract ? ir::Monoid::sum : *ir::monoid_from_name(piece.monoid);
      total = ir::identity_float(monoid);
      points(piece, piece.parallel, static_cast<uint32_t>(piece.space.size()), point, [&] {
        for (uint32_t i = 0; i < piece.inner; ++i) values[i] = step(piece, i, point, values, 0);
        const double b = piece.body == ir::BodyKind::contract ? values[piece.root_b] : 1;
        total = ir::combine_float(
            monoid, total, piece.body == ir::BodyKind::contract ? values[piece.root_a] * b : values[piece.root_a]);
      });
    }
    for (uint32_t i = piece.inner; i < piece.steps.size(); ++i) values[i] = step(piece, i, point, values, total);
    for (size_t i = 0; i < outputs.size(); ++i)
      outputs[i]->set(offset(piece, piece.result, *outputs[i], point, values), values[piece.outputs[i]]);
  }

  int64_t offset(const NodePiece& piece, const ir::AccessMap& map, const ir::Array& array, const Point& point,
                 const std::vector<double>& values) {
    int64_t offset = 0;
    REQUIRE(map.subscripts.size() == array.shape.size());
    for (size_t d = 0; d < array.shape.size(); ++d) {
      const ir::Subscript& s = map.subscripts[d];
      int64_t at = s.indirect ? static_cast<int64_t>(values[s.index_operand]) : value_of(s, point);
      if (s.indirect) at = std::clamp<int64_t>(at, 0, array.shape[d] - 1);
      REQUIRE((at >= 0 && at < array.shape[d]));
      offset = offset * array.shape[d] + at;
    }
    (void)piece;
    return offset;
  }

  double step(const NodePiece& piece, uint32_t index, const Point& point, const std::vector<double>& values,
              double total) {
    const Step& step = piece.steps[index];
    const auto rounded = [&](double value) {
      ir::Array one(step.dtype, {});
      one.set(0, value);
      return one.get(0);
    };
    switch (step.what) {
      case StepKind::constant: return rounded(step.number);
      case StepKind::affine: return rounded(static_cast<double>(value_of(step.expr, point)));
      case StepKind::root: return rounded(total);
      case StepKind::leaf: {
        const Leaf& leaf = piece.leaves[step.index];
        const auto array = held(leaf.value);
        return array->get(offset(piece, leaf.map, *array, point, values));
      }
      case StepKind::op: break;
    }
    std::vector<double> args;
    for (const uint32_t arg : step.args) args.push_back(values[arg]);
    const DType operand = piece.steps[step.args.back()].dtype;
    if (is_float(operand)) return rounded(ir::apply_float(step.kind, args));
    const std::vector<int64_t> integers(args.begin(), args.end());
    if (step.kind == ir::OpKind::cast) {  // wraps, where a float would saturate
      ir::Array one(step.dtype, {});
      one.set_int(0, integers[0]);
      return one.get(0);
    }
    return static_cast<double>(ir::apply_integer(step.kind, operand, integers));
  }

  const ir::Module& module_;
  ir::FuncId func_;
  ir::SymbolValues symbols_;
  std::map<ir::ValueId, std::shared_ptr<ir::Array>> held_;
};

}  // namespace psmc::midend
