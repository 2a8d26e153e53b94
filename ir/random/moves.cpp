// SPDX-License-Identifier: Apache-2.0
// Ops that move elements, and those that make values from nothing.
#include <algorithm>
#include <numeric>

#include "ir/random/generator.h"

namespace psmc::ir {

bool Generator::reshape() {
  const auto x = pick([&](const Known& k) { return type(k).has_static_shape(); });
  if (!x) return false;
  IntList shape = type(*x).bounds();
  const size_t rank = shape.size();
  if (rank >= 2 && random_.chance(0.4)) {  // join two neighbours
    const size_t d = random_.below(rank - 1);
    shape[d] *= shape[d + 1];
    shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(d) + 1);
  } else if (rank >= 1 && rank < 4 && random_.chance(0.6)) {  // split one
    const size_t d = random_.below(rank);
    int64_t factor = 1;
    for (int64_t f : {2, 3, 4, 5, 7, 8}) {
      if (shape[d] % f == 0 && random_.chance(0.5)) factor = f;
    }
    shape[d] /= factor;
    shape.insert(shape.begin() + static_cast<std::ptrdiff_t>(d) + static_cast<std::ptrdiff_t>(random_.below(2)),
                 factor);
  } else if (rank >= 2) {  // any order of the extents: elements stay in row-major order
    std::rotate(shape.begin(), shape.begin() + 1, shape.end());
  } else {
    shape.push_back(1);
  }
  return add(OpKind::reshape, {*x}, {builder_.attr("shape", shape)}, note({}, x->low, x->high, x->exact));
}

bool Generator::transpose() {
  const auto x = pick([&](const Known& k) { return type(k).rank() >= 2; });
  if (!x) return false;
  IntList permutation(type(*x).rank());
  std::iota(permutation.begin(), permutation.end(), 0);
  for (size_t i = permutation.size(); i > 1; --i) std::swap(permutation[i - 1], permutation[random_.below(i)]);
  return add(OpKind::transpose, {*x}, {builder_.attr("permutation", permutation)}, note({}, x->low, x->high, x->exact));
}

bool Generator::slice() {
  const auto x = pick([&](const Known& k) { return type(k).rank() >= 1; });
  if (!x) return false;
  SymList start, size;
  IntList step;
  for (const Dim& dim : type(*x).dims) {
    const int64_t by = dim.is_static() && random_.chance(0.2) ? 2 : 1;
    step.push_back(by);
    if (!dim.is_static() || random_.chance(0.4)) {
      start.push_back(0);
      size.push_back(dim.is_static() ? SymExpr((dim.bound + by - 1) / by) : dim.size);
      continue;
    }
    const int64_t first = random_.range(0, dim.bound - 1);
    start.push_back(first);
    size.push_back(random_.range(1, (dim.bound - first + by - 1) / by));
  }
  AttrDict attrs = {builder_.attr("start", start), builder_.attr("size", size)};
  if (std::any_of(step.begin(), step.end(), [](int64_t s) { return s != 1; }))
    attrs.push_back(builder_.attr("step", step));
  return add(OpKind::slice, {*x}, std::move(attrs), note({}, x->low, x->high, x->exact));
}

// One dimension is cut at run time: rows 0..symbol, or a row at the symbol.
bool Generator::run_time_slice() {
  const auto& symbols = module_.func(func_).symbols;
  if (symbols.empty()) return false;
  const Symbol symbol = symbols[random_.below(symbols.size())];
  const auto fits = [&](const Dim& dim) { return dim.is_static() && dim.bound > symbol.high; };
  const auto x = pick([&](const Known& k) {
    const auto& dims = type(k).dims;
    return type(k).has_static_shape() && std::any_of(dims.begin(), dims.end(), fits);
  });
  if (!x) return false;
  SymList start, size;
  bool done = false;
  for (const Dim& dim : type(*x).dims) {
    const bool cut = !done && fits(dim);
    done = done || cut;
    const bool row = cut && random_.chance(0.4);
    start.push_back(row ? SymExpr::symbol(symbol.name) : SymExpr(0));
    if (!cut)
      size.push_back(dim.bound);
    else if (row)
      size.push_back(random_.range(1, dim.bound - symbol.high));
    else
      size.push_back(SymExpr::symbol(symbol.name, symbol.low == 0 ? 1 : 0));
  }
  return add(OpKind::slice, {*x}, {builder_.attr("start", start), builder_.attr("size", size)},
             note({}, x->low, x->high, x->exact));
}

bool Generator::concat() {
  const auto x = pick([&](const Known& k) { return type(k).rank() >= 1; });
  if (!x) return false;
  std::vector<ValueId> operands{x->value};
  Known r = note({}, x->low, x->high, x->exact);
  for (uint64_t i = 1 + random_.below(2); i > 0; --i) {
    const Known y = like(*x, false);
    operands.push_back(y.value);
    r = note({}, std::min(r.low, y.low), std::max(r.high, y.high), r.exact && y.exact);
  }
  return add(OpKind::concat, operands, {builder_.attr("axis", static_cast<int64_t>(random_.below(type(*x).rank())))},
             r);
}

bool Generator::pad() {
  const auto x = pick([&](const Known& k) { return type(k).rank() >= 1 && type(k).dtype != DType::boolean; });
  if (!x) return false;
  IntList low, high;
  for (size_t d = 0; d < type(*x).rank(); ++d) {
    low.push_back(random_.chance(0.3) ? random_.range(1, 3) : 0);
    high.push_back(random_.chance(0.4) ? random_.range(1, 5) : 0);
  }
  const double value = random_.chance(0.5) ? 0 : 1;
  return add(OpKind::pad, {*x}, {builder_.attr("low", low), builder_.attr("high", high), builder_.attr("value", value)},
             note({}, std::min(x->low, value), std::max(x->high, value), x->exact));
}

bool Generator::broadcast() {
  const auto x = pick([&](const Known& k) { return type(k).has_static_shape() && type(k).rank() < 4; });
  if (!x) return false;
  IntList shape = type(*x).bounds();
  for (int64_t& extent : shape) {
    if (extent == 1 && random_.chance(0.7)) extent = random_extent();
  }
  if (random_.chance(0.6)) shape.insert(shape.begin(), random_extent());
  return add(OpKind::broadcast, {*x}, {builder_.attr("shape", shape)}, note({}, x->low, x->high, x->exact));
}

bool Generator::iota() {
  const Type like = random_type(random_.chance(0.5) && options_.integers ? DType::i32 : random_float(), 1);
  const auto axis = random_.below(like.rank());
  const auto last = static_cast<double>(like.dims[axis].bound - 1);
  return add(OpKind::iota, {},
             {builder_.attr("shape", like.bounds()), builder_.attr("axis", static_cast<int64_t>(axis)),
              builder_.attr("dtype", like.dtype)},
             note({}, 0, last, true));
}

bool Generator::symbol() {
  const auto& symbols = module_.func(func_).symbols;
  if (symbols.empty()) return false;
  const Symbol symbol = symbols[random_.below(symbols.size())];
  return add(OpKind::symbol, {},
             {builder_.attr("expr", SymList{SymExpr::symbol(symbol.name, 1)}), builder_.attr("dtype", DType::i32)},
             note({}, static_cast<double>(symbol.low + 1), static_cast<double>(symbol.high + 1), true));
}

bool Generator::gather() {
  const auto table = pick([&](const Known& k) { return type(k).rank() >= 1 && type(k).has_static_shape(); });
  const auto index = pick([&](const Known& k) { return type(k).dtype == DType::i32 && type(k).rank() <= 2; });
  if (!table || !index) return false;
  return add(OpKind::gather, {*table, *index}, {}, note({}, table->low, table->high, table->exact));
}

// A piece of a tensor of this type, and where it may be written.
std::pair<Type, SymList> Generator::piece_of(const Type& whole) {
  const auto& symbols = module_.func(func_).symbols;
  Type piece = whole;
  SymList start;
  for (Dim& dim : piece.dims) {
    const int64_t all = dim.bound;
    int64_t extent = random_.chance(0.5) ? all : random_.range(1, all);
    const Symbol* at = symbols.empty() || random_.chance(0.4) ? nullptr : &symbols[random_.below(symbols.size())];
    if (at != nullptr && at->high >= all) at = nullptr;
    if (at != nullptr) extent = std::min(extent, all - at->high);
    start.push_back(at != nullptr ? SymExpr::symbol(at->name) : SymExpr(random_.range(0, all - extent)));
    dim = Dim(extent);
  }
  return {piece, start};
}

// Writes into the state, or into any other value; all versions of both may be read before and after.
bool Generator::update() {
  if (!allowed(OpKind::update)) return false;
  const bool in_state = state_.valid() && random_.chance(0.6);
  const auto base = pick([&](const Known& k) {
    if (in_state) return k.value == state_;
    return type(k).rank() >= 1 && type(k).has_static_shape() && type(k).dtype != DType::boolean;
  });
  if (!base) return false;
  const auto [piece, start] = piece_of(type(*base));
  const TypeId wanted = module_.type(piece);
  const auto found = pick([&](const Known& k) { return module_.value(k.value).type == wanted && k.magnitude() <= 16; });
  const Known x = found ? *found : constant(piece, false);
  const Known result = note({}, std::min(base->low, x.low), std::max(base->high, x.high), base->exact && x.exact);
  if (!add(OpKind::update, {*base, x}, {builder_.attr("start", start)}, result)) return false;
  if (in_state) state_ = pool_.back().value;
  return true;
}

bool Generator::new_constant() {
  if (!allowed(OpKind::constant)) return false;
  pool_.push_back(constant(random_type(random_float()), random_.chance(0.5)));
  return true;
}

}  // namespace psmc::ir
