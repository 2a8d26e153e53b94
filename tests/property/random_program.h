// SPDX-License-Identifier: Apache-2.0
// Random graph programs for the whole compiler: every kind of graph op, every elementwise op on every element type,
// shapes that fit nothing, values that stay near 1.
//
// Where a small error would become a large one (comparisons, floor, casts to integers) the operands are *exact*: what
// the machine must compute bit for bit. `tolerance` says what to expect of each result.
#pragma once

#include "ir/uses.h"
#include "tests/property/elementwise_cases.h"
#include "tests/property/random_states.h"

namespace psmc::test {

class RandomProgram : private RandomStates {
 public:
  /// `typed`: also inputs and results of all element types (in3 ...), and inexact ops on f16 and bf16.
  explicit RandomProgram(uint64_t seed, bool typed = false) : RandomStates(seed, typed), next_case_(seed * 3) {}

  /// A function @main with three inputs (and one of each other element type), `ops` ops and up to three results (typed:
  /// seven). If there is a state, then also a smaller function @next that shares it.
  ir::Module build(int ops) {
    function("main", ops);
    if (with_state_) function("next", (ops + 1) / 2);
    return std::move(module_);
  }

  /// How far an element of each result may be from the interpreter's, relative to 1 + its size: 0 for exact results.
  const std::map<std::string, std::vector<double>>& tolerances() const { return tolerances_; }

 private:
  void function(const std::string& name, int ops) {
    std::vector<ir::TypeId> types;
    for (int i = 0; i < 3; ++i) types.push_back(module_.type(ir::tensor_type(DType::f32, shape(i + 1))));
    for (DType dtype : kHeldTypes)
      if (typed_ && dtype != DType::f32)
        types.push_back(module_.type(ir::tensor_type(dtype, shape(random_.chance(0.5) ? 1 : 2))));
    begin_function(name, std::move(types));
    for (int i = 0; i < ops; ++i) step();
    end_function(choose_results(tolerances_[name]));
  }

  /// The last value and, of those that nothing reads, up to two of f32 and four of other element types.
  std::vector<ValueId> choose_results(std::vector<double>& tolerances) {
    std::vector<ValueId> results = {values_.back()};
    if (!module_.def(results[0])) results[0] = bounded(results[0]);
    const ir::Uses uses(module_, func_);
    const auto add = [&](const std::vector<ValueId>& from, size_t limit) {
      for (size_t i = from.size(); i-- > 0 && results.size() < limit;)
        if (module_.def(from[i]) && uses.is_unused(from[i]) && from[i] != results[0]) results.push_back(from[i]);
    };
    add(values_, 3);
    if (typed_) add(others_, 7);
    for (ValueId v : results) tolerances.push_back(exact(v) ? 0 : rough(v) ? 0.1 : 2e-4);
    return results;
  }

  void step() {
    switch (random_.below(20)) {
      case 0:
      case 1: return unary(any());
      case 2:
      case 3: return binary(any());
      case 4: return reduce(any());
      case 5: return contract(any());
      case 6: return reshape(anything());
      case 7: return transpose(anything());
      case 8: return slice(anything());
      case 9: return join(anything());
      case 10: return choose(anything());
      case 11: return pick(anything());
      case 12: return reduce_other();
      case 13: return contract_other();
      case 14:
      case 15: return update(anything());
      case 16: return number_of_run();
      default: elementwise(); return elementwise();
    }
  }
  void unary(ValueId x) {
    switch (random_.below(6)) {
      case 0: return keep(b_.make(OpKind::neg, {x}));
      case 1: return keep(b_.make(OpKind::sigmoid, {x}));
      case 2: return keep(bounded(x));
      case 3: return keep(b_.make(OpKind::exp, {bounded(x)}));
      case 4: return keep(b_.make(OpKind::sqrt, {b_.make(OpKind::abs, {x})}));
      default:
        return keep(b_.make(OpKind::recip, {b_.make(OpKind::add, {b_.make(OpKind::abs, {x}), number(DType::f32, 1)})}));
    }
  }
  void binary(ValueId x) {
    std::vector<ValueId> partners;
    for (ValueId v : values_)
      if (type(v).dims == type(x).dims) partners.push_back(v);
    ValueId y = partners[random_.below(partners.size())];
    if (random_.chance(0.4) && type(x).rank() > 0) {  // broadcast one row of it
      Dims dims = type(y).dims;
      dims[0] = 1;
      y = b_.slice(y, ir::SymList(dims.size(), 0), dims);
      if (random_.chance(0.3)) {
        ir::SymList whole;
        for (const ir::Dim& dim : type(x).dims) whole.emplace_back(dim.bound);
        y = b_.make(OpKind::broadcast, {y}, {b_.attr("shape", whole)});
      }
    }
    const OpKind kinds[] = {OpKind::add, OpKind::sub, OpKind::mul, OpKind::max, OpKind::min};
    keep(bounded(b_.make(kinds[random_.below(5)], {x, y})));
  }

  // Elementwise ops on all element types, one case after the other.
  ValueId exact_f32() {
    for (int i = 0; i < 8; ++i)
      if (const ValueId v = any(); exact(v)) return v;
    return values_[random_.below(3)];
  }
  /// An exact value of an element type, made of an f32 value.
  ValueId converted(ValueId base, DType dtype) {
    const double scale = static_cast<double>(random_.range(-13, 13)) / 8 + 0.0625;
    const auto scaled = [&](double by) { return b_.make(OpKind::mul, {base, number(DType::f32, scale * by)}); };
    switch (dtype) {
      case DType::i32: return b_.cast(scaled(random_.chance(0.1) ? 3e9 : random_.chance(0.5) ? 4 : 3000), dtype);
      case DType::i8: return b_.cast(scaled(random_.chance(0.5) ? 4 : 100), dtype);
      case DType::boolean: return b_.make(OpKind::lt, {base, number(DType::f32, scale / 2)});
      default: return b_.cast(scaled(1), dtype);
    }
  }
  ValueId operand(ValueId base, DType dtype, bool small) {
    std::vector<ValueId> there;
    for (ValueId v : others_)
      if (!small && type(v).dtype == dtype && type(v).dims == type(base).dims && exact(v)) there.push_back(v);
    return !there.empty() && random_.chance(0.6) ? there[random_.below(there.size())] : converted(base, dtype);
  }
  void elementwise() {
    static const std::vector<ElementwiseCase> cases = elementwise_cases();
    const ElementwiseCase c = cases[next_case_++ % cases.size()];
    const bool inexact = is_float(c.from) && rounds_freely(c.kind);
    if (inexact && c.from != DType::f32 && !typed_) return;
    const ValueId base = exact_f32();
    std::vector<ValueId> x;
    for (int i = 0; i < ir::op_def(c.kind).min_operands; ++i)
      x.push_back(operand(base, c.kind == OpKind::select && i == 0 ? DType::boolean : c.from, inexact));
    const bool needs_positive = c.kind == OpKind::log || c.kind == OpKind::sqrt || c.kind == OpKind::rsqrt ||
                                c.kind == OpKind::recip || c.kind == OpKind::div;
    if (inexact && needs_positive) x.back() = away_from_zero(x.back());
    if (c.kind != OpKind::cast) return keep_and_return(b_.make(c.kind, x));
    if (c.from == DType::i32 && is_float(c.to)) x[0] = clamped(x[0], 2000);  // f32 holds it, then one rounding
    keep_and_return(b_.cast(x[0], c.to));
  }
  /// Keeps the value, and now and then what it is as an f32 near 1.
  void keep_and_return(ValueId v) {
    keep(v);
    const DType dtype = type(v).dtype;
    if (dtype == DType::f32 || random_.chance(0.5)) return;
    const ValueId wide = b_.cast(v, DType::f32);
    if (dtype == DType::boolean) return keep(wide);
    if (is_float(dtype)) return keep(clamped(wide, 2));
    keep(b_.make(OpKind::mul, {clamped(wide, 1000), number(DType::f32, 0x1p-10)}));
  }

  ir::IntList one_axis(ValueId x) { return {static_cast<int64_t>(random_.below(type(x).rank()))}; }
  void reduce(ValueId x) {
    if (type(x).rank() == 0) return;
    const char* monoids[] = {"sum", "max", "min"};
    keep(bounded(b_.reduce(monoids[random_.below(3)], x, one_axis(x), random_.chance(0.5))));
  }
  void reduce_other() {
    if (others_.empty()) return;
    const ValueId x = recent(others_);
    const DType dtype = type(x).dtype;
    if (type(x).rank() == 0 || (is_float(dtype) && !typed_)) return;
    const char* monoids[] = {"max", "min", "sum", "prod"};
    keep_and_return(b_.reduce(monoids[random_.below(dtype == DType::boolean || is_float(dtype) ? 2 : 4)], x,
                              one_axis(x), random_.chance(0.5)));
  }
  void contract(ValueId x) {
    if (type(x).rank() != 2) return;
    for (ValueId y : values_) {
      if (type(y).rank() != 2) continue;
      if (size(y, 0) == size(x, 1)) return keep(bounded(b_.contract("mk,kn->mn", x, y, DType::f32)));
      if (size(y, 1) == size(x, 1) && random_.chance(0.7))
        return keep(bounded(b_.contract("mk,nk->mn", x, y, DType::f32)));
    }
  }
  void contract_other() {
    for (ValueId x : others_) {
      if (type(x).rank() != 2 || type(x).dtype == DType::boolean || (is_float(type(x).dtype) && !typed_)) continue;
      for (ValueId y : others_) {
        if (type(y).rank() != 2 || type(y).dtype != type(x).dtype || size(y, 1) != size(x, 1)) continue;
        if (is_float(type(x).dtype)) return keep(bounded(b_.contract("mk,nk->mn", x, y, DType::f32)));
        return keep_and_return(b_.contract("mk,nk->mn", x, y, random_.chance(0.7) ? DType::i32 : type(x).dtype));
      }
    }
  }

  void reshape(ValueId x) {
    const int64_t n = type(x).max_elements();
    std::vector<int64_t> divisors;
    for (int64_t d = 1; d <= n; ++d)
      if (n % d == 0) divisors.push_back(d);
    const int64_t d = divisors[random_.below(divisors.size())];
    const Dims shapes[] = {{n}, {d, n / d}, {1, d, n / d}, {d, 1, n / d, 1}};
    keep(b_.reshape(x, shapes[random_.chance(0.5) ? 1 : random_.below(4)]));
  }
  void transpose(ValueId x) {
    ir::IntList order(type(x).rank());
    for (size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int64_t>(i);
    for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random_.below(i)]);
    if (!order.empty()) keep(b_.transpose(x, order));
  }
  void slice(ValueId x) {
    ir::SymList start;
    Dims sizes;
    for (const ir::Dim& dim : type(x).dims) {
      sizes.emplace_back(random_.range(1, dim.bound));
      start.push_back(start_in(dim.bound, sizes.back().bound));
    }
    keep(b_.slice(x, start, sizes));
  }
  void join(ValueId x) {
    if (type(x).rank() == 0) return;
    const auto axis = static_cast<int64_t>(random_.below(type(x).rank()));
    if (random_.chance(0.5)) return keep(b_.make(OpKind::concat, {x, opposite(x)}, {b_.attr("axis", axis)}));
    ir::IntList low(type(x).rank(), 0), high(type(x).rank(), 0);
    low[static_cast<size_t>(axis)] = random_.range(0, 3);
    high[static_cast<size_t>(axis)] = random_.range(0, 3);
    const double value = is_float(type(x).dtype) ? 0.5 : 1;
    keep(b_.make(OpKind::pad, {x}, {b_.attr("low", low), b_.attr("high", high), b_.attr("value", value)}));
  }
  ValueId index_along(int64_t axis, const ir::SymList& shape) {
    return b_.make(OpKind::iota, {}, {b_.attr("axis", axis), b_.attr("dtype", DType::i32), b_.attr("shape", shape)});
  }
  /// Where the index along an axis is below a bound: x, else its opposite.
  void choose(ValueId x) {
    if (type(x).rank() == 0) return;
    const auto axis = static_cast<int64_t>(random_.below(type(x).rank()));
    ir::SymList shape;
    for (const ir::Dim& dim : type(x).dims) shape.emplace_back(dim.bound);
    const auto limit = static_cast<double>(random_.range(0, size(x, static_cast<size_t>(axis))));
    const ValueId below = b_.make(OpKind::lt, {index_along(axis, shape), number(DType::i32, limit)});
    keep(b_.make(OpKind::select, {below, x, opposite(x)}));
  }
  void pick(ValueId x) {
    if (type(x).rank() == 0) return;
    const ValueId index = index_along(0, {random_.range(1, 7)});
    keep(b_.gather(x, b_.make(OpKind::mul, {index, number(DType::i32, static_cast<double>(random_.range(1, 3)))})));
  }

  uint64_t next_case_;
  std::map<std::string, std::vector<double>> tolerances_;  ///< of each function's results
};

}  // namespace psmc::test
