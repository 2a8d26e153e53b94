// SPDX-License-Identifier: Apache-2.0
#include "midend/node/node.h"

#include <algorithm>

#include "base/check.h"
#include "ir/ops/elementwise.h"
#include "ir/uses.h"
#include "ir/verify.h"
#include "midend/node/constants.h"

namespace psmc::midend {
namespace {

using ir::AccessMap;
using ir::BodyKind;
using ir::Module;
using ir::OpId;
using ir::OpKind;
using ir::Piece;
using ir::Subscript;
using ir::ValueId;

bool is_identity(const AccessMap& map, size_t rank) {
  if (map.subscripts.size() != rank) return false;
  for (uint32_t d = 0; d < rank; ++d) {
    const Subscript& s = map.subscripts[d];
    if (s.indirect || s.offset != ir::SymExpr() || s.terms.size() != 1 || s.terms[0] != std::pair(d, int64_t{1}))
      return false;
  }
  return true;
}

/// Ops whose elements are computed from nothing: folded into every reader.
bool is_source(const Module& module, ValueId value) {
  const OpId def = module.def(value);
  if (!def) return false;
  const OpKind kind = module.kind(def);
  return kind == OpKind::iota || kind == OpKind::symbol || splat_value(module, value).has_value();
}

/// Collects one node from an op and, for a group, the ops inside it.
class NodeBuilder {
 public:
  /// `made`: by value, views that are nodes of their own and are not looked through.
  NodeBuilder(const Module& module, const std::vector<bool>& made) : module_(module), made_(made) {}

  Node single(OpId op) {
    Node node;
    node.op = op;
    node.outputs = {module_.result(op)};
    if (module_.kind(op) == OpKind::update) node.in_place = origin(module_.operand(op, 0));
    for (const Piece& piece : ir::access_of(module_, op)) {
      start_piece(piece);
      finish_piece({add_op(op, piece)});
      node.pieces.push_back(std::move(piece_));
    }
    return node;
  }

  Node group(OpId op) {
    Node node;
    node.op = op;
    const OpId yield = module_.terminator(module_.block(op));
    bool first = true;
    for (OpId member : ir::ops_of(module_, module_.block(op))) {
      if (member == yield) break;
      const std::vector<Piece> pieces = ir::access_of(module_, member);
      PSMC_CHECK(pieces.size() == 1, "an op of several pieces in a group");
      if (first) start_piece(pieces[0]);
      first = false;
      known_.emplace_back(module_.result(member), add_op(member, pieces[0]));
    }
    std::vector<uint32_t> outputs;
    for (uint32_t i = 0; i < module_.op(yield).num_operands; ++i) outputs.push_back(step_of(module_.operand(yield, i)));
    for (uint32_t i = 0; i < module_.op(op).num_results; ++i) node.outputs.push_back(module_.result(op, i));
    finish_piece(std::move(outputs));
    node.pieces.push_back(std::move(piece_));
    return node;
  }

 private:
  /// The value whose storage an in-place operand names: through nothing but earlier updates.
  ValueId origin(ValueId value) const { return value; }

  void start_piece(const Piece& piece) {
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

  void finish_piece(std::vector<uint32_t> outputs) {
    piece_.outputs = std::move(outputs);
    if (piece_.body == BodyKind::scalar) piece_.inner = 0;
  }

  AccessMap renumber(const AccessMap& map) const {
    AccessMap result = map;
    for (Subscript& s : result.subscripts) {
      for (auto& [dim, coefficient] : s.terms) dim = order_[dim];
      std::sort(s.terms.begin(), s.terms.end());
    }
    return result;
  }

  /// The map of `member`'s operand over the dimensions of this piece.
  AccessMap place(const AccessMap& map, bool is_first) const {
    return is_first ? renumber(map) : compose(map, piece_.result);
  }

  uint32_t add_op(OpId op, const Piece& piece) {
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

  std::vector<uint32_t> read_operands(OpId op, const Piece& piece, bool is_first) {
    const uint32_t count = module_.op(op).num_operands;
    std::vector<uint32_t> args;
    std::vector<uint32_t> step(count, 0);
    for (const bool indirect : {false, true}) {  // the index of a gather before the table it selects from
      for (uint32_t i = 0; i < count; ++i) {
        if (!piece.operands[i].used) continue;
        AccessMap map = piece.operands[i];
        const bool has_indirect =
            std::any_of(map.subscripts.begin(), map.subscripts.end(), [](const Subscript& s) { return s.indirect; });
        if (has_indirect != indirect) continue;
        for (Subscript& s : map.subscripts)
          if (s.indirect) s.index_operand = step[s.index_operand];
        step[i] = read(module_.operand(op, i), place(map, is_first));
        args.push_back(step[i]);
      }
    }
    return args;
  }

  uint32_t root_step(OpId op, const Piece& piece, const std::vector<uint32_t>& args, DType dtype) {
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
  uint32_t bool_root_step(OpId op, uint32_t arg) {
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

  /// The step that holds `value` at the point given by `map`.
  uint32_t read(ValueId value, AccessMap map) {
    for (const auto& [known, step] : known_)
      if (known == value) return step;
    const Origin from = resolve(value, std::move(map));
    const Type& type = module_.value_type(from.value);
    if (auto splat = splat_value(module_, from.value)) return constant_step(*splat, type.dtype);
    const OpId def = module_.def(from.value);
    if (def && module_.kind(def) == OpKind::symbol)
      return affine_step(Subscript::fixed(module_.syms_attr(def, "expr")[0]), type.dtype);
    if (def && module_.kind(def) == OpKind::iota) {
      const Piece piece = ir::access_of(module_, def)[0];
      return affine_step(compose(piece.iota_of, from.map.subscripts), type.dtype);
    }
    return leaf_step(from, type.dtype);
  }

  Origin resolve(ValueId value, AccessMap map) const {
    while (true) {
      const OpId def = module_.def(value);
      if (!def || made_[value.index] || !is_view(module_, def)) return {value, std::move(map)};
      map = compose(ir::access_of(module_, def)[0].operands[0], map);
      value = module_.operand(def, 0);
    }
  }

  uint32_t leaf_step(const Origin& from, DType dtype) {
    for (uint32_t i = 0; i < piece_.steps.size(); ++i) {
      const Step& step = piece_.steps[i];
      if (step.what != StepKind::leaf) continue;
      const Leaf& leaf = piece_.leaves[step.index];
      if (leaf.value == from.value && same(leaf.map, from.map) &&
          (piece_.body == BodyKind::scalar || i >= piece_.inner))
        return i;
    }
    piece_.leaves.push_back({from.value, from.map});
    return push({.what = StepKind::leaf, .dtype = dtype, .index = static_cast<uint32_t>(piece_.leaves.size() - 1)});
  }

  static bool same(const AccessMap& a, const AccessMap& b) {
    if (a.subscripts.size() != b.subscripts.size()) return false;
    for (size_t i = 0; i < a.subscripts.size(); ++i) {
      const Subscript &x = a.subscripts[i], &y = b.subscripts[i];
      if (x.indirect != y.indirect || x.offset != y.offset || x.terms != y.terms) return false;
      if (x.indirect && x.index_operand != y.index_operand) return false;
    }
    return true;
  }

  uint32_t constant_step(double number, DType dtype) {
    return push({.what = StepKind::constant, .dtype = dtype, .number = number});
  }
  uint32_t affine_step(Subscript expr, DType dtype) {
    return push({.what = StepKind::affine, .dtype = dtype, .expr = std::move(expr)});
  }
  uint32_t push(Step step) {
    piece_.steps.push_back(std::move(step));
    return static_cast<uint32_t>(piece_.steps.size() - 1);
  }
  uint32_t step_of(ValueId value) const {
    for (const auto& [known, step] : known_)
      if (known == value) return step;
    PSMC_CHECK(false, "a group yields a value that it does not compute");
    return 0;
  }

  using Type = ir::Type;
  const Module& module_;
  const std::vector<bool>& made_;
  NodePiece piece_;
  std::vector<uint32_t> order_;                      ///< op's dimension -> this piece's dimension
  std::vector<std::pair<ValueId, uint32_t>> known_;  ///< members already computed
  bool in_root_ = true;
};

/// Kernels compute in f32, i32 and bool: what is wider must not be narrowed behind the user's back.
Status check_types(const Module& module, const Node& node) {
  for (const NodePiece& piece : node.pieces)
    for (const Step& step : piece.steps)
      if (step.dtype == DType::f64 || step.dtype == DType::i64)
        return Diagnostic{.code = Code::unsupported_op,
                          .place = ir::place_of(module, node.op),
                          .message = "the machine does not compute in " + std::string(dtype_name(step.dtype)),
                          .notes = {"cast to " + std::string(is_float(step.dtype) ? "f32" : "i32") + " before"}};
  return {};
}

/// Whether somebody needs the elements of this view themselves.
bool must_materialise(const Module& module, const ir::Uses& uses, OpId view) {
  for (const ir::Use& use : uses.of(module.result(view))) {
    const OpKind user = module.kind(use.op);
    if (user == OpKind::return_ || user == OpKind::yield) return true;
    if ((user == OpKind::gather || user == OpKind::update) && use.operand == 0) return true;
  }
  return false;
}

}  // namespace

Subscript compose(const Subscript& inner, std::span<const Subscript> outer) {
  if (inner.indirect) return inner;
  Subscript result;
  result.offset = inner.offset;
  for (const auto& [dim, coefficient] : inner.terms) {
    const Subscript& s = outer[dim];
    if (s.indirect) {
      PSMC_CHECK(inner.terms.size() == 1 && coefficient == 1 && inner.offset == ir::SymExpr(),
                 "indirect access of a view");
      return s;
    }
    result.offset = result.offset + s.offset * coefficient;
    for (const auto& [d, c] : s.terms) {
      auto at = std::find_if(result.terms.begin(), result.terms.end(), [d = d](const auto& t) { return t.first == d; });
      if (at == result.terms.end())
        result.terms.emplace_back(d, c * coefficient);
      else
        at->second += c * coefficient;
    }
  }
  std::erase_if(result.terms, [](const auto& t) { return t.second == 0; });
  std::sort(result.terms.begin(), result.terms.end());
  return result;
}

AccessMap compose(const AccessMap& inner, const AccessMap& outer) {
  AccessMap result;
  for (const Subscript& s : inner.subscripts) result.subscripts.push_back(compose(s, outer.subscripts));
  return result;
}

std::optional<double> splat_value(const Module& module, ValueId value) {
  const OpId def = module.def(value);
  if (!def || module.kind(def) != OpKind::constant) return std::nullopt;
  return constant_splat(module, def);
}

bool is_view(const Module& module, OpId op) {
  const OpKind kind = module.kind(op);
  if (kind != OpKind::slice && kind != OpKind::transpose && kind != OpKind::broadcast && kind != OpKind::reshape)
    return false;
  if (!ir::has_access(module, op)) return false;
  const std::vector<Piece> pieces = ir::access_of(module, op);
  return is_identity(pieces[0].result, pieces[0].space.size());
}

Result<std::vector<Node>> nodes_of(const Module& module, ir::FuncId func) {
  std::vector<Node> nodes;
  const ir::Uses uses(module, func);
  std::vector<bool> made(module.num_values(), false);
  for (OpId op : ir::ops_of(module, module.func(func).body)) {
    const OpKind kind = module.kind(op);
    if (kind == OpKind::return_) break;
    if (kind == OpKind::group) {
      nodes.push_back(NodeBuilder(module, made).group(op));
      PSMC_TRY(check_types(module, nodes.back()));
      continue;
    }
    if (!ir::has_access(module, op) && kind != OpKind::constant)
      return error(Code::unsupported_op,
                   "the machine cannot run op '" + std::string(ir::op_def(kind).name) + "' in this form",
                   {"run canonicalize and inline first"});
    const bool free = kind == OpKind::constant || is_source(module, module.result(op)) || is_view(module, op);
    if (free && !must_materialise(module, uses, op)) continue;
    if (kind == OpKind::constant && !is_source(module, module.result(op))) continue;  // placed as data
    nodes.push_back(NodeBuilder(module, made).single(op));
    PSMC_TRY(check_types(module, nodes.back()));
    made[module.result(op).index] = true;
  }
  return nodes;
}

}  // namespace psmc::midend
