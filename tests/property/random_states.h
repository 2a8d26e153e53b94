// SPDX-License-Identifier: Apache-2.0
// What a random program keeps and what it learns at run time: a state that its functions read and update, a symbol, and
// updates of any value.
#pragma once

#include "tests/property/random_values.h"

namespace psmc::test {

class RandomStates : protected RandomValues {
 protected:
  RandomStates(uint64_t seed, bool typed) : RandomValues(seed, typed), with_state_(random_.chance(0.5)) {
    if (with_state_) state_type_ = module_.type(ir::tensor_type(DType::f32, shape(2)));
  }

  /// A function with arguments of these types and perhaps the state, which are its first values.
  void begin_function(const std::string& name, std::vector<ir::TypeId> types) {
    if (with_state_) types.push_back(state_type_);
    func_ = module_.create_func(name, types);
    ir::Func& func = module_.func(func_);
    func.arg_state.assign(types.size(), {});
    if (random_.chance(0.5)) func.symbols = {{module_.str("p"), 0, random_.range(1, 5)}};
    b_.at_end(func.body);
    values_.clear();
    others_.clear();
    state_ = {};
    for (uint32_t i = 0; i < types.size(); ++i) {
      const ValueId value = module_.block_arg(func.body, i);
      module_.set_name(value, "in" + std::to_string(i));
      if (with_state_ && i + 1 == types.size()) {
        state_ = value;
        func.arg_state[i] = module_.str("s");
        exact_[value] = false;  // of earlier runs
        rough_[value] = typed_;
      }
      keep(value);
    }
  }
  /// The results, and the newest state.
  void end_function(std::vector<ValueId> results) {
    const size_t visible = results.size();
    if (with_state_) results.push_back(state_);
    b_.ret(func_, results);
    ir::Func& func = module_.func(func_);
    func.result_state.assign(results.size(), {});
    func.result_names.assign(results.size(), {});
    if (with_state_) func.result_state[visible] = module_.str("s");
  }

  const ir::Symbol* symbol() const {
    const auto& symbols = module_.func(func_).symbols;
    return symbols.empty() ? nullptr : &symbols[0];
  }
  /// A start in a dimension that leaves room for `size` elements, now and then known at run time only.
  ir::SymExpr start_in(int64_t bound, int64_t size) {
    const ir::Symbol* p = symbol();
    if (p == nullptr || p->high > bound - size || random_.chance(0.5)) return random_.range(0, bound - size);
    return ir::SymExpr::symbol(p->name, random_.range(0, bound - size - p->high));
  }
  /// The first operand may be read before and after; so may all versions of the state.
  void update(ValueId base) {
    if (with_state_ && random_.chance(0.6)) base = state_;
    const ValueId piece = piece_for(base);
    ir::SymList start;
    for (size_t d = 0; d < type(base).rank(); ++d) start.push_back(start_in(size(base, d), size(piece, d)));
    const ValueId updated = b_.make(OpKind::update, {base, piece}, {b_.attr("start", start)});
    if (with_state_ && base == state_) state_ = updated;
    keep(updated);
  }
  void number_of_run() {
    if (symbol() == nullptr) return;
    keep(b_.make(OpKind::symbol, {},
                 {b_.attr("dtype", DType::i32), b_.attr("expr", ir::SymList{ir::SymExpr::symbol(symbol()->name, 2)})}));
  }

  ir::FuncId func_;
  const bool with_state_;

 private:
  /// A value that fits into `base`, or a part of `base` itself.
  ValueId piece_for(ValueId base) {
    std::vector<ValueId> fits;
    for (const std::vector<ValueId>* all : {&values_, &others_})
      for (ValueId v : *all) {
        bool smaller = type(v).dtype == type(base).dtype && type(v).rank() == type(base).rank();
        for (size_t d = 0; smaller && d < type(v).rank(); ++d) smaller = size(v, d) <= size(base, d);
        if (smaller) fits.push_back(v);
      }
    if (!fits.empty() && random_.chance(0.6)) return fits[random_.below(fits.size())];
    ir::SymList start;
    Dims sizes;
    for (size_t d = 0; d < type(base).rank(); ++d) {
      sizes.emplace_back(random_.chance(0.4) ? size(base, d) : random_.range(1, size(base, d)));
      start.push_back(start_in(size(base, d), sizes.back().bound));
    }
    return opposite(b_.slice(base, start, sizes));
  }

  ir::TypeId state_type_;
  ValueId state_;  ///< its newest version
};

}  // namespace psmc::test
