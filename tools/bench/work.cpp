// SPDX-License-Identifier: Apache-2.0
#include "tools/bench/work.h"

#include "ir/op.h"
#include "midend/node/node.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace psmc::tools {
namespace {

class Counter {
 public:
  Counter(const ir::Module& module, ir::FuncId func, const ir::SymbolValues& symbols, bool streamed)
      : module_(module), func_(module.func(func)), symbols_(symbols), streamed_(streamed) {}

  WorkByOp count() {
    count_edges();
    for (const ir::OpId op : ir::ops_of(module_, func_.body)) {
      Work& work = work_[name_of(op)];
      const bool group = module_.op(op).num_blocks > 0;
      if (!group) count_op(op, work);
      for (uint32_t i = 0; i < module_.op(op).num_blocks; ++i)
        ir::walk(module_, module_.block(op, i), [&](ir::OpId inner) { count_op(inner, work); });
      count_scratchpad(op, work);
    }
    return std::move(work_);
  }

 private:
  /// As midend names ops in the image.
  std::string name_of(ir::OpId op) const {
    std::string name{ir::op_def(module_.op(op).kind).name};
    const ir::LocId loc = module_.op(op).loc;
    if (loc.valid() && module_.loc(loc).label.valid())
      return std::string(module_.text(module_.loc(loc).label)) + ": " + name;
    return name;
  }

  double value_of(const ir::SymExpr& expr) const {
    double value = static_cast<double>(expr.constant);
    for (const auto& [name, factor] : expr.terms) value += static_cast<double>(factor) * symbol(name);
    return value;
  }
  double symbol(ir::StrId name) const {
    for (const auto& [known, value] : symbols_)
      if (known == name) return static_cast<double>(value);
    for (const ir::Symbol& declared : func_.symbols)
      if (declared.name == name) return static_cast<double>(declared.low);
    return 0;
  }
  double extent(const ir::Dim& dim) const {
    return dim.is_static() ? static_cast<double>(dim.bound) : std::max(0.0, value_of(dim.size));
  }
  double bytes_of(const ir::Type& type) const {
    auto bytes = static_cast<double>(dtype_bytes(type.dtype));
    for (const ir::Dim& dim : type.dims) bytes *= extent(dim);
    return bytes;
  }

  void count_edges() {
    Work& edges = work_[""];
    for (uint32_t i = 0; i < module_.block_data(func_.body).num_args; ++i)
      if (i >= func_.arg_state.size() || !func_.arg_state[i].valid())
        edges.bytes_in += bytes_of(module_.value_type(module_.block_arg(func_.body, i)));
    for (size_t i = 0; i < func_.results.size(); ++i)
      if (i >= func_.result_state.size() || !func_.result_state[i].valid())
        edges.bytes_out += bytes_of(module_.type(func_.results[i]));
  }

  void count_op(ir::OpId op, Work& work) {
    if (!ir::has_access(module_, op)) return;
    const ir::OpData& data = module_.op(op);
    for (const ir::Piece& piece : ir::access_of(module_, op)) {
      double points = 1;
      for (const ir::IterDim& dim : piece.space) points *= extent(dim.extent);
      if (piece.body == ir::BodyKind::contract) {
        work.add_macs(module_.value_type(module_.operand(op, 0)).dtype, points, own_points(piece, 0, 1),
                      own_points(piece, 1, 0));
        if (streamed_) work.bytes_in += constant_bytes(op);
      } else if (piece.body == ir::BodyKind::reduce || ir::op_def(data.kind).scalar != nullptr) {
        work.vector_elements += points;
      }
    }
  }

  /// Points of the parallel dimensions that move operand `mine` and not operand `other`: rows or columns of a product.
  double own_points(const ir::Piece& piece, uint32_t mine, uint32_t other) const {
    const auto moves = [&](uint32_t operand, uint32_t dim) {
      for (const ir::Subscript& s : piece.operands[operand].subscripts)
        for (const auto& term : s.terms)
          if (term.first == dim) return true;
      return false;
    };
    double points = 1;
    for (uint32_t d = 0; d < piece.space.size(); ++d)
      if (piece.space[d].kind == ir::IterKind::parallel && moves(mine, d) && !moves(other, d))
        points *= extent(piece.space[d].extent);
    return points;
  }

  /// Elements that the map reaches, at least: those of dimensions that each move one subscript alone.
  double reached(const ir::Piece& piece, const ir::AccessMap& map) const {
    double elements = 1;
    std::vector<bool> counted(piece.space.size());
    for (const ir::Subscript& s : map.subscripts) {
      if (s.indirect || s.terms.size() != 1 || counted[s.terms[0].first]) continue;
      counted[s.terms[0].first] = true;
      elements *= extent(piece.space[s.terms[0].first].extent);
    }
    for (const ir::IterDim& dim : piece.space)
      if (extent(dim.extent) == 0) return 0;
    return elements;
  }

  /// Operands of `top` or of the ops inside it that come from outside, each once, and its results.
  void count_scratchpad(ir::OpId top, Work& work) const {
    if (module_.kind(top) == ir::OpKind::return_ || module_.kind(top) == ir::OpKind::constant || is_free(top)) return;
    std::map<ir::ValueId, double> read;
    std::set<ir::OpId> inside = {top};
    for (uint32_t i = 0; i < module_.op(top).num_blocks; ++i)
      ir::walk(module_, module_.block(top, i), [&](ir::OpId inner) { inside.insert(inner); });
    for (const ir::OpId op : inside) {
      if (!ir::has_access(module_, op)) continue;
      for (const ir::Piece& piece : ir::access_of(module_, op))
        for (uint32_t i = 0; i < piece.operands.size(); ++i) {
          const ir::ValueId value = module_.operand(op, i);
          const ir::OpId def = module_.def(value);
          if (!piece.operands[i].used || is_updated(op, i)) continue;
          if (def.valid() && (inside.contains(def) || !is_loaded(value))) continue;
          double& bytes = read[value];
          bytes = std::max(bytes, reached(piece, piece.operands[i]) *
                                      static_cast<double>(dtype_bytes(module_.value_type(value).dtype)));
        }
    }
    for (const auto& [value, bytes] : read) work.scratchpad_bytes += bytes;
    if (module_.kind(top) == ir::OpKind::update) {
      work.scratchpad_bytes += bytes_of(module_.value_type(module_.operand(top, 1)));
      return;
    }
    for (uint32_t i = 0; i < module_.op(top).num_results; ++i)
      work.scratchpad_bytes += bytes_of(module_.value_type(module_.result(top, i)));
  }
  /// Ops that are computed where they are read, if at all: views of other values, constants, counters.
  bool is_free(ir::OpId op) const {
    if (module_.op(op).num_blocks > 0 || module_.op(op).num_results != 1) return false;
    return midend::is_view(module_, op) || midend::is_source(module_, module_.result(op));
  }
  /// Whether an op that reads all of `value` loads as many elements: not those of a source, nor of one repeated.
  bool is_loaded(ir::ValueId value) const {
    for (;;) {
      const ir::OpId def = module_.def(value);
      if (!def.valid() || module_.op(def).num_blocks > 0) return true;
      if (midend::is_source(module_, value) || module_.kind(def) == ir::OpKind::broadcast) return false;
      if (!midend::is_view(module_, def)) return true;
      value = module_.operand(def, 0);
    }
  }
  /// What an update writes into stays where it is.
  bool is_updated(ir::OpId op, uint32_t operand) const {
    return operand == 0 && module_.kind(op) == ir::OpKind::update;
  }

  double constant_bytes(ir::OpId op) const {
    double bytes = 0;
    for (uint32_t i = 0; i < module_.op(op).num_operands; ++i) {
      ir::ValueId value = module_.operand(op, i);
      const ir::OpId def = module_.def(value);
      if (def.valid() && module_.op(def).kind == ir::OpKind::constant) bytes += bytes_of(module_.value_type(value));
    }
    return bytes;
  }

  const ir::Module& module_;
  const ir::Func& func_;
  const ir::SymbolValues& symbols_;
  bool streamed_;
  WorkByOp work_;
};

}  // namespace

WorkByOp work_of(const ir::Module& module, ir::FuncId func, const ir::SymbolValues& symbols, bool streamed) {
  return Counter(module, func, symbols, streamed).count();
}

Work total(const WorkByOp& work) {
  Work sum;
  for (const auto& [name, part] : work) sum.add(part);
  return sum;
}

}  // namespace psmc::tools
