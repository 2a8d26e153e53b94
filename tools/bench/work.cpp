// SPDX-License-Identifier: Apache-2.0
#include "tools/bench/work.h"

#include "ir/op.h"

#include <fmt/format.h>

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
      count_op(op, work);
      for (uint32_t i = 0; i < module_.op(op).num_blocks; ++i)
        ir::walk(module_, module_.block(op, i), [&](ir::OpId inner) { count_op(inner, work); });
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
        work.add_macs(module_.value_type(module_.operand(op, 0)).dtype, points);
        if (streamed_) work.bytes_in += constant_bytes(op);
      } else if (piece.body == ir::BodyKind::reduce || ir::op_def(data.kind).scalar != nullptr) {
        work.vector_elements += points;
      }
    }
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
