// SPDX-License-Identifier: Apache-2.0
// Ops that compute. Each function picks operands that fit, works out the interval of the result, and tries to add the
// op.
#include <algorithm>
#include <cmath>

#include "ir/random/generator.h"

namespace psmc::ir {

bool Generator::unary() {
  const auto x = pick_float();
  if (!x) return false;
  const double low = x->low, high = x->high;
  Known r = *x;
  r.used = false;
  r.exact = false;
  switch (random_.below(12)) {
    case 0: return r = note({}, -high, -low, x->exact), add(OpKind::neg, {*x}, {}, r);
    case 1:
      return r = note({},
                      low > 0    ? low
                      : high < 0 ? -high
                                 : 0,
                      x->magnitude(), x->exact),
             add(OpKind::abs, {*x}, {}, r);
    case 2: return high <= 6 && add(OpKind::exp, {*x}, {}, note({}, std::exp(low), std::exp(high), false));
    case 3: return high <= 8 && add(OpKind::exp2, {*x}, {}, note({}, std::exp2(low), std::exp2(high), false));
    case 4: return low >= 0.1 && add(OpKind::log, {*x}, {}, note({}, std::log(low), std::log(high), false));
    case 5: return low >= 0.1 && add(OpKind::sqrt, {*x}, {}, note({}, std::sqrt(low), std::sqrt(high), false));
    case 6: return low >= 0.1 && add(OpKind::rsqrt, {*x}, {}, note({}, 1 / std::sqrt(high), 1 / std::sqrt(low), false));
    case 7: return (low >= 0.1 || high <= -0.1) && add(OpKind::recip, {*x}, {}, note({}, 1 / high, 1 / low, false));
    case 8: return add(OpKind::tanh, {*x}, {}, note({}, std::tanh(low), std::tanh(high), false));
    case 9: return add(OpKind::sigmoid, {*x}, {}, note({}, 1 / (1 + std::exp(-low)), 1 / (1 + std::exp(-high)), false));
    case 10: return x->exact && add(OpKind::floor, {*x}, {}, note({}, std::floor(low), std::floor(high), true));
    default: return x->exact && add(OpKind::round, {*x}, {}, note({}, std::nearbyint(low), std::nearbyint(high), true));
  }
}

bool Generator::binary() {
  const auto x = pick([&](const Known& k) { return type(k).dtype != DType::boolean; });
  if (!x) return false;
  const bool floats = is_float_tensor(*x);
  Known a = *x, b = like(*x, random_.chance(0.5));
  if (random_.chance(0.5)) std::swap(a, b);
  const bool exact = !floats;
  const double products[] = {a.low * b.low, a.low * b.high, a.high * b.low, a.high * b.high};
  const double least = *std::min_element(products, products + 4), most = *std::max_element(products, products + 4);
  const bool both = a.exact && b.exact;
  switch (random_.below(floats ? 6 : 5)) {
    case 0: return add(OpKind::add, {a, b}, {}, note({}, a.low + b.low, a.high + b.high, exact));
    case 1: return add(OpKind::sub, {a, b}, {}, note({}, a.low - b.high, a.high - b.low, exact));
    case 2: return add(OpKind::mul, {a, b}, {}, note({}, least, most, exact));
    case 3: return add(OpKind::max, {a, b}, {}, note({}, std::max(a.low, b.low), std::max(a.high, b.high), both));
    case 4: return add(OpKind::min, {a, b}, {}, note({}, std::min(a.low, b.low), std::min(a.high, b.high), both));
    default: {
      if (b.low < 0.25 && b.high > -0.25) return false;
      const double quotients[] = {a.low / b.low, a.low / b.high, a.high / b.low, a.high / b.high};
      return add(
          OpKind::div, {a, b}, {},
          note({}, *std::min_element(quotients, quotients + 4), *std::max_element(quotients, quotients + 4), false));
    }
  }
}

bool Generator::compare() {
  const auto x = pick([&](const Known& k) { return k.exact && type(k).dtype != DType::boolean; });
  if (!x) return false;
  const Known y = like(*x, random_.chance(0.5));
  if (!y.exact) return false;
  constexpr OpKind kKinds[] = {OpKind::lt, OpKind::le, OpKind::eq, OpKind::ne};
  return add(kKinds[random_.below(4)], {*x, y}, {}, note({}, 0, 1, true));
}

bool Generator::logic() {
  const auto x = pick([&](const Known& k) { return type(k).dtype == DType::boolean; });
  if (!x) return false;
  if (random_.chance(0.3)) return add(OpKind::not_, {*x}, {}, note({}, 0, 1, true));
  const Known y = like(*x, false);
  return add(random_.chance(0.5) ? OpKind::and_ : OpKind::or_, {*x, y}, {}, note({}, 0, 1, true));
}

bool Generator::select() {
  const auto c = pick([&](const Known& k) { return type(k).dtype == DType::boolean; });
  if (!c) return false;
  const auto a = pick([&](const Known& k) { return type(k).dtype != DType::boolean && type(k).dims == type(*c).dims; });
  Type fresh = type(*c);
  fresh.dtype = random_float();
  if (!a && !fresh.has_static_shape()) return false;
  const Known x = a ? *a : constant(fresh, false);
  const Known y = like(x, random_.chance(0.5));
  return add(OpKind::select, {*c, x, y}, {},
             note({}, std::min(x.low, y.low), std::max(x.high, y.high), x.exact && y.exact));
}

bool Generator::cast() {
  const auto x = pick([&](const Known&) { return true; });
  if (!x) return false;
  const DType from = type(*x).dtype;
  DType to = random_float();
  if (options_.integers && x->exact && random_.chance(0.3)) to = DType::i32;
  if (from == to) return false;
  // Multiples of 1/16 up to 4 are exact in all float types.
  const bool stays = x->exact && x->magnitude() <= 4;
  const bool truncates = is_float(from) && !is_float(to);
  return add(OpKind::cast, {*x}, {builder_.attr("dtype", to)},
             truncates ? note({}, std::trunc(x->low), std::trunc(x->high), true) : note({}, x->low, x->high, stays));
}

bool Generator::reduce() {
  const auto x = pick([&](const Known& k) { return is_float_tensor(k) && type(k).rank() > 0; });
  if (!x) return false;
  IntList axes;
  double count = 1;
  for (size_t d = 0; d < type(*x).rank(); ++d) {
    if (!random_.chance(0.5)) continue;
    axes.push_back(static_cast<int64_t>(d));
    count *= static_cast<double>(type(*x).dims[d].bound);
  }
  if (axes.empty()) return false;
  Known r = note({}, x->low, x->high, x->exact);
  std::string monoid = random_.chance(0.5) ? "max" : "min";
  if (random_.chance(0.5)) {
    monoid = "sum";
    r = note({}, std::min(x->low, x->low * count), std::max(x->high, x->high * count), false);
  } else if (count <= 4 && x->magnitude() <= 4 && random_.chance(0.3)) {
    monoid = "prod";
    const double most = std::pow(std::max(1.0, x->magnitude()), count);
    r = note({}, -most, most, false);
  }
  return add(OpKind::reduce, {*x},
             {builder_.attr("monoid", monoid), builder_.attr("axes", axes), builder_.attr("keep", random_.chance(0.4))},
             r);
}

// One to four labels on the left operand; the right one shares at least one of them and may have others.
bool Generator::contract() {
  if (!allowed(OpKind::contract)) return false;
  const auto a = pick([&](const Known& k) { return is_float_tensor(k) && type(k).rank() > 0 && k.magnitude() <= 64; });
  if (!a) return false;
  const Type left = type(*a);
  std::string a_labels, b_labels, out;
  for (size_t d = 0; d < left.rank(); ++d) a_labels += static_cast<char>('a' + d);
  Type right = tensor_type(left.dtype, {});
  double summed = 1;
  std::string kept;
  for (size_t d = 0; d < left.rank(); ++d) {
    const bool in_b = random_.chance(0.6), in_out = !in_b || random_.chance(0.4);
    if (in_b) {
      if (!left.dims[d].is_static()) return false;
      b_labels += a_labels[d];
      right.dims.push_back(left.dims[d]);
    }
    if (in_out)
      kept += a_labels[d];
    else
      summed *= static_cast<double>(left.dims[d].bound);
  }
  if (b_labels.empty()) return false;
  for (size_t extra = random_.below(3); extra > 0; --extra) {
    const char label = static_cast<char>('p' + extra);
    const size_t at = random_.below(b_labels.size() + 1);
    b_labels.insert(b_labels.begin() + static_cast<std::ptrdiff_t>(at), label);
    right.dims.insert(right.dims.begin() + static_cast<std::ptrdiff_t>(at), Dim(random_extent()));
    kept += label;
  }
  for (; !kept.empty();) {
    const auto at = static_cast<std::ptrdiff_t>(random_.below(kept.size()));
    out += kept[static_cast<size_t>(at)];
    kept.erase(kept.begin() + at);
  }
  if (right.max_elements() > options_.max_elements) return false;
  const TypeId wanted = module_.type(right);
  const auto found = pick([&](const Known& k) { return module_.value(k.value).type == wanted && k.magnitude() <= 64; });
  const Known b = found ? *found : constant(right, false);
  const double most = a->magnitude() * b.magnitude() * summed;
  const DType result = random_.chance(0.7) ? left.dtype : random_float();
  return add(OpKind::contract, {*a, b},
             {builder_.attr("spec", a_labels + "," + b_labels + "->" + out), builder_.attr("dtype", result)},
             note({}, -most, most, false));
}

bool Generator::composite() {
  if (!options_.composites || !allowed(OpKind::call)) return false;
  const auto x = pick([&](const Known& k) { return is_float_tensor(k) && type(k).rank() > 0 && k.magnitude() <= 64; });
  if (!x) return false;
  const auto call = [&](std::string name, std::vector<ValueId> operands, AttrDict attrs, Known r) {
    attrs.push_back(builder_.attr("callee", std::move(name)));
    return add(OpKind::call, operands, std::move(attrs), r);
  };
  const size_t rank = type(*x).rank();
  const double most = std::max(1.0, x->magnitude());
  switch (random_.below(6)) {
    case 0: return call("relu", {x->value}, {}, note({}, std::max(0.0, x->low), std::max(0.0, x->high), false));
    case 1: return call("silu", {x->value}, {}, note({}, -1, most, false));
    case 2: return call("gelu", {x->value}, {}, note({}, -1, most, false));
    case 3: {
      const auto axis = static_cast<int64_t>(random_.below(rank));
      return call("softmax", {x->value}, {builder_.attr("axis", axis)}, note({}, 0, 1, false));
    }
    default: break;
  }
  const Dim last = type(*x).dims.back();
  if (!last.is_static()) return false;
  const Type vector = tensor_type(type(*x).dtype, {last});
  const Known w = constant(vector, true);
  const double bound = 4 * std::sqrt(static_cast<double>(last.bound)) + 4;
  if (random_.chance(0.5))
    return call("rms_norm", {x->value, w.value}, {builder_.attr("eps", 1e-2)}, note({}, -bound, bound, false));
  const Known b = constant(vector, false);
  return call("layer_norm", {x->value, w.value, b.value}, {builder_.attr("eps", 1e-2)}, note({}, -bound, bound, false));
}

// Elementwise ops of one shape as one loop nest.
bool Generator::group() {
  if (!options_.groups || !allowed(OpKind::group)) return false;
  const auto x = pick([&](const Known& k) { return is_float_tensor(k) && k.magnitude() <= 16; });
  if (!x) return false;
  const TypeId result = module_.value(x->value).type;
  const OpId op = module_.create(OpKind::group, {}, {&result, 1}, AttrId(), LocId(), 1);
  builder_.insert(op);
  builder_.at_end(module_.block(op));
  ValueId value = x->value;
  for (uint64_t i = 0, count = 1 + random_.below(3); i < count; ++i) {
    constexpr OpKind kKinds[] = {OpKind::tanh, OpKind::neg, OpKind::sigmoid, OpKind::abs};
    value = builder_.make(kKinds[random_.below(4)], {value});
  }
  value = builder_.make(OpKind::add, {value, x->value});
  builder_.make_op(OpKind::yield, {&value, 1}, {}, {});
  builder_.at_end(module_.func(func_).body);
  for (Known& known : pool_) known.used = known.used || known.value == x->value;
  pool_.push_back(note(module_.result(op), -2 * x->magnitude() - 1, 2 * x->magnitude() + 1, false));
  return true;
}

bool Generator::call() {
  if (!callee_.valid() || !allowed(OpKind::call)) return false;
  const BlockId body = module_.func(callee_).body;
  std::vector<ValueId> operands;
  for (uint32_t i = 0; i < module_.block_data(body).num_args; ++i) {
    const TypeId wanted = module_.value(module_.block_arg(body, i)).type;
    const auto found =
        pick([&](const Known& k) { return module_.value(k.value).type == wanted && k.exact && k.magnitude() <= 4; });
    operands.push_back(found ? found->value : constant(Type(module_.type(wanted)), false).value);
  }
  const std::vector<TypeId> results = module_.func(callee_).results;
  const OpId op = builder_.make_op(OpKind::call, operands, {builder_.attr("callee", std::string("callee"))}, results);
  for (uint32_t i = 0; i < results.size(); ++i) {
    // The callee's intervals are not known here; tanh makes them so.
    const Known r = note(module_.result(op, i), -4096, 4096, false);
    if (is_float(module_.type(results[i]).dtype)) add(OpKind::tanh, {r}, {}, note({}, -1, 1, false));
  }
  return true;
}

}  // namespace psmc::ir
