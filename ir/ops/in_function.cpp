// SPDX-License-Identifier: Apache-2.0
#include "ir/ops/in_function.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "ir/op.h"
#include "ir/text/print_type.h"

namespace psmc::ir {
namespace {

int64_t saturate(__int128 value) {
  constexpr int64_t kLow = std::numeric_limits<int64_t>::min(), kHigh = std::numeric_limits<int64_t>::max();
  return value < kLow ? kLow : value > kHigh ? kHigh : static_cast<int64_t>(value);
}

const Symbol* find_symbol(const Func& func, StrId name) {
  for (const Symbol& symbol : func.symbols) {
    if (symbol.name == name) return &symbol;
  }
  return nullptr;
}

class OpChecker {
 public:
  OpChecker(const Module& module, FuncId func, OpId op)
      : module_(module), func_id_(func), func_(module.func(func)), op_(op) {}

  Status run() {
    PSMC_TRY(check_attributes());
    for (uint32_t i = 0; i < module_.op(op_).num_results; ++i) {
      PSMC_TRY(check_type_in_function(module_, func_id_, module_.value_type(module_.result(op_, i))));
    }
    switch (module_.kind(op_)) {
      case OpKind::slice: return check_slice();
      case OpKind::update: return check_update();
      case OpKind::call: return check_call();
      default: return {};
    }
  }

 private:
  Status check_attributes() {
    for (const Attr& attr : module_.attrs(module_.op(op_).attrs)) {
      const auto* list = std::get_if<SymList>(&attr.value);
      if (list == nullptr) continue;
      for (const SymExpr& expr : *list) PSMC_TRY(range_of(module_, func_, expr));
    }
    return {};
  }

  /// `expr` is never negative; `what` says what is wrong otherwise.
  Status need_not_negative(const SymExpr& expr, const std::string& what) {
    PSMC_ASSIGN(const SymRange range, range_of(module_, func_, expr));
    if (range.low >= 0) return {};
    std::string notes;
    for (const auto& [symbol, factor] : expr.terms) {
      const Symbol* declared = find_symbol(func_, symbol);
      notes +=
          fmt::format("{}{} is {}..{}", notes.empty() ? "" : ", ", module_.text(symbol), declared->low, declared->high);
    }
    return error(Code::symbol_out_of_range, what,
                 notes.empty() ? std::vector<std::string>() : std::vector<std::string>{notes});
  }

  /// Elements start, start + step, ... of dimension `d` of `type`.
  Status check_box(const Type& type, size_t d, const SymExpr& start, const SymExpr& size, int64_t step) {
    const SymExpr last = start + (size - SymExpr(1)) * step;
    const std::string what = fmt::format("`{}` leaves dimension {} of {}: {} elements from {} in steps of {}",
                                         op_def(module_.kind(op_)).name, d, print_type(module_, type),
                                         print_sym(module_, size), print_sym(module_, start), step);
    PSMC_TRY(need_not_negative(start, what));
    PSMC_TRY(need_not_negative(size, what));
    return need_not_negative(type.dims[d].size - SymExpr(1) - last, what);
  }

  Status check_slice() {
    const Type& x = module_.value_type(module_.operand(op_, 0));
    const SymList start = module_.syms_attr(op_, "start"), size = module_.syms_attr(op_, "size");
    IntList step = module_.ints_attr(op_, "step");
    step.resize(x.rank(), 1);
    for (size_t d = 0; d < x.rank(); ++d) PSMC_TRY(check_box(x, d, start.at(d), size.at(d), step[d]));
    return {};
  }

  Status check_update() {
    const Type& state = module_.value_type(module_.operand(op_, 0));
    const Type& x = module_.value_type(module_.operand(op_, 1));
    const SymList start = module_.syms_attr(op_, "start");
    for (size_t d = 0; d < state.rank(); ++d) PSMC_TRY(check_box(state, d, start.at(d), x.dims[d].size, 1));
    return {};
  }

  Status check_call() {
    const FuncId callee = module_.find_func(module_.str_attr(op_, "callee"));
    if (!callee.valid()) return {};
    for (const Symbol& needed : module_.func(callee).symbols) {
      PSMC_ASSIGN(const SymRange range, range_of(module_, func_, SymExpr::symbol(needed.name)));
      if (range.low >= needed.low && range.high <= needed.high) continue;
      return error(
          Code::symbol_out_of_range,
          fmt::format("the symbol {} is {}..{} here, but @{} takes {}..{}", module_.text(needed.name), range.low,
                      range.high, module_.text(module_.func(callee).name), needed.low, needed.high));
    }
    return {};
  }

  const Module& module_;
  FuncId func_id_;
  const Func& func_;
  OpId op_;
};

}  // namespace

Result<SymRange> range_of(const Module& module, const Func& func, const SymExpr& expr) {
  __int128 low = expr.constant, high = expr.constant;
  for (const auto& [name, factor] : expr.terms) {
    const Symbol* symbol = find_symbol(func, name);
    if (symbol == nullptr) {
      return error(Code::unknown_symbol,
                   fmt::format("the symbol {} is not declared by @{}", module.text(name), module.text(func.name)),
                   {"declare it with its range: func @f[" + std::string(module.text(name)) + ": 0..511](...)"});
    }
    const __int128 a = static_cast<__int128>(factor) * symbol->low, b = static_cast<__int128>(factor) * symbol->high;
    low += std::min(a, b);
    high += std::max(a, b);
  }
  return SymRange{saturate(low), saturate(high)};
}

Status check_type_in_function(const Module& module, FuncId func, const Type& type) {
  for (const Dim& dim : type.dims) {
    if (dim.is_static()) continue;
    PSMC_ASSIGN(const SymRange range, range_of(module, module.func(func), dim.size));
    if (range.low >= 0 && range.high <= dim.bound) continue;
    return error(Code::symbol_out_of_range,
                 fmt::format("the dimension {} of {} ranges over {}..{}, not within 0..{}", print_sym(module, dim.size),
                             print_type(module, type), range.low, range.high, dim.bound));
  }
  return {};
}

Status check_in_function(const Module& module, FuncId func, OpId op) { return OpChecker(module, func, op).run(); }

}  // namespace psmc::ir
