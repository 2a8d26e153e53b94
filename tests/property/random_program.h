// SPDX-License-Identifier: Apache-2.0
// Random graph programs for the whole compiler: every kind of graph op, shapes that fit nothing, values that stay
// near 1.
#pragma once

#include <algorithm>

#include "base/random.h"
#include "ir/builder.h"

namespace psmc::test {

class RandomProgram {
 public:
  explicit RandomProgram(uint64_t seed) : random_(seed), b_(module_) {}

  /// One function @main with three inputs, `ops` ops and up to three results.
  ir::Module build(int ops) {
    std::vector<ir::TypeId> types;
    for (int i = 0; i < 3; ++i) types.push_back(module_.type(ir::tensor_type(DType::f32, shape(i + 1))));
    const ir::FuncId id = module_.create_func("main", types);
    ir::Func& func = module_.func(id);
    func.arg_state.assign(3, {});
    b_.at_end(func.body);
    for (uint32_t i = 0; i < 3; ++i) {
      values_.push_back(module_.block_arg(func.body, i));
      module_.set_name(values_.back(), "in" + std::to_string(i));
    }
    for (int i = 0; i < ops; ++i) step();
    std::vector<ir::ValueId> results = {values_.back()};
    for (int i = 0; i < 2; ++i) {
      const ir::ValueId v = any();
      if (std::find(results.begin(), results.end(), v) == results.end() && module_.def(v)) results.push_back(v);
    }
    b_.ret(id, results);
    module_.func(id).result_state.assign(results.size(), {});
    module_.func(id).result_names.assign(results.size(), {});
    return std::move(module_);
  }

 private:
  using Dims = std::vector<ir::Dim>;

  int64_t extent() { return random_.chance(0.3) ? random_.range(1, 4) : random_.range(2, 37); }
  Dims shape(int rank) {
    Dims dims;
    for (int i = 0; i < rank; ++i) dims.emplace_back(rank > 2 ? random_.range(1, 9) : extent());
    return dims;
  }
  ir::ValueId any() {
    return values_[random_.chance(0.5) ? values_.size() - 1 - random_.below(std::min<size_t>(3, values_.size()))
                                       : random_.below(values_.size())];
  }
  const ir::Type& type(ir::ValueId v) { return module_.value_type(v); }
  int64_t size(ir::ValueId v, size_t d) { return type(v).dims[d].bound; }
  void keep(ir::ValueId v) {
    if (type(v).max_elements() <= 3000) values_.push_back(v);
  }

  ir::ValueId bounded(ir::ValueId v) { return b_.make(ir::OpKind::tanh, {v}); }

  void step() {
    switch (random_.below(12)) {
      case 0:
      case 1: return unary(any());
      case 2:
      case 3: return binary(any());
      case 4: return reduce(any());
      case 5: return contract(any());
      case 6: return reshape(any());
      case 7: return transpose(any());
      case 8: return slice(any());
      case 9: return join(any());
      case 10: return choose(any());
      default: return pick(any());
    }
  }
  void unary(ir::ValueId x) {
    switch (random_.below(6)) {
      case 0: return keep(b_.make(ir::OpKind::neg, {x}));
      case 1: return keep(b_.make(ir::OpKind::sigmoid, {x}));
      case 2: return keep(bounded(x));
      case 3: return keep(b_.make(ir::OpKind::exp, {bounded(x)}));
      case 4: return keep(b_.make(ir::OpKind::sqrt, {b_.make(ir::OpKind::abs, {x})}));
      default:
        return keep(b_.make(ir::OpKind::recip,
                            {b_.make(ir::OpKind::add, {b_.make(ir::OpKind::abs, {x}), b_.splat(DType::f32, 1)})}));
    }
  }
  void binary(ir::ValueId x) {
    std::vector<ir::ValueId> partners;
    for (ir::ValueId v : values_)
      if (type(v).dims == type(x).dims) partners.push_back(v);
    ir::ValueId y = partners[random_.below(partners.size())];
    if (random_.chance(0.4) && type(x).rank() > 0) {  // broadcast one row of it
      Dims dims = type(y).dims;
      dims[0] = 1;
      y = b_.slice(y, ir::SymList(dims.size(), 0), dims);
    }
    const ir::OpKind kinds[] = {ir::OpKind::add, ir::OpKind::sub, ir::OpKind::mul, ir::OpKind::max, ir::OpKind::min};
    keep(bounded(b_.make(kinds[random_.below(5)], {x, y})));
  }
  void reduce(ir::ValueId x) {
    if (type(x).rank() == 0) return;
    const char* monoids[] = {"sum", "max", "min"};
    keep(bounded(b_.reduce(monoids[random_.below(3)], x, {static_cast<int64_t>(random_.below(type(x).rank()))},
                           random_.chance(0.5))));
  }
  void contract(ir::ValueId x) {
    if (type(x).rank() != 2) return;
    for (ir::ValueId y : values_) {
      if (type(y).rank() != 2) continue;
      if (size(y, 0) == size(x, 1)) return keep(bounded(b_.contract("mk,kn->mn", x, y, DType::f32)));
      if (size(y, 1) == size(x, 1) && random_.chance(0.7))
        return keep(bounded(b_.contract("mk,nk->mn", x, y, DType::f32)));
    }
  }
  void reshape(ir::ValueId x) {
    const int64_t n = type(x).max_elements();
    std::vector<int64_t> divisors;
    for (int64_t d = 1; d <= n; ++d)
      if (n % d == 0) divisors.push_back(d);
    const int64_t d = divisors[random_.below(divisors.size())];
    keep(b_.reshape(x, random_.chance(0.3) ? Dims{n} : Dims{d, n / d}));
  }
  void transpose(ir::ValueId x) {
    ir::IntList order(type(x).rank());
    for (size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int64_t>(i);
    for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random_.below(i)]);
    if (!order.empty()) keep(b_.transpose(x, order));
  }
  void slice(ir::ValueId x) {
    ir::SymList start;
    Dims sizes;
    for (const ir::Dim& dim : type(x).dims) {
      const int64_t from = random_.range(0, dim.bound - 1);
      start.emplace_back(from);
      sizes.emplace_back(random_.range(1, dim.bound - from));
    }
    keep(b_.slice(x, start, sizes));
  }
  void join(ir::ValueId x) {
    if (type(x).rank() == 0) return;
    const auto axis = static_cast<int64_t>(random_.below(type(x).rank()));
    if (random_.chance(0.5))
      return keep(b_.make(ir::OpKind::concat, {x, b_.make(ir::OpKind::neg, {x})}, {b_.attr("axis", axis)}));
    ir::IntList low(type(x).rank(), 0), high(type(x).rank(), 0);
    low[static_cast<size_t>(axis)] = random_.range(0, 3);
    high[static_cast<size_t>(axis)] = random_.range(0, 3);
    keep(b_.make(ir::OpKind::pad, {x}, {b_.attr("low", low), b_.attr("high", high), b_.attr("value", 0.5)}));
  }
  /// Where the index along an axis is below a bound: x, else -x.
  void choose(ir::ValueId x) {
    if (type(x).rank() == 0) return;
    const auto axis = static_cast<int64_t>(random_.below(type(x).rank()));
    ir::SymList shape;
    for (const ir::Dim& dim : type(x).dims) shape.emplace_back(dim.bound);
    const ir::ValueId index =
        b_.make(ir::OpKind::iota, {}, {b_.attr("axis", axis), b_.attr("dtype", DType::i32), b_.attr("shape", shape)});
    const ir::ValueId below = b_.make(
        ir::OpKind::lt,
        {index, b_.splat(DType::i32, static_cast<double>(random_.range(0, size(x, static_cast<size_t>(axis)))))});
    keep(b_.make(ir::OpKind::select, {below, x, b_.make(ir::OpKind::neg, {x})}));
  }
  void pick(ir::ValueId x) {
    if (type(x).rank() == 0) return;
    const int64_t rows = random_.range(1, 7);
    const ir::ValueId index =
        b_.make(ir::OpKind::iota, {},
                {b_.attr("axis", int64_t{0}), b_.attr("dtype", DType::i32), b_.attr("shape", ir::SymList{rows})});
    const ir::ValueId spread =
        b_.make(ir::OpKind::mul, {index, b_.splat(DType::i32, static_cast<double>(random_.range(1, 3)))});
    keep(b_.gather(x, spread));
  }

  Random random_;
  ir::Module module_;
  ir::Builder b_;
  std::vector<ir::ValueId> values_;
};

}  // namespace psmc::test
