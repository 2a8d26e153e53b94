// SPDX-License-Identifier: Apache-2.0
// Partial results of reductions: in lanes, in groups of lanes, and in the copies of an unrolled loop. A carried value
// of a monoid may be summed up in several places when the loop says kind = "reduce"; the parts are combined after it.
#include <limits>

#include "backend/select/map.h"
#include "backend/select/selector.h"
#include "base/check.h"

namespace psmc::backend {

using arch::Opcode;
using ir::OpKind;

namespace {

constexpr size_t kSumsInFlight = 4;  ///< independent sums that keep the vector unit busy: about its latency

OpKind combining(OpKind monoid) { return monoid == OpKind::fma ? OpKind::add : monoid; }

double identity_of(OpKind monoid, DType dtype) {
  const bool integer = dtype != DType::f32;
  switch (combining(monoid)) {
    case OpKind::max: return integer ? std::numeric_limits<int32_t>::min() : -std::numeric_limits<double>::infinity();
    case OpKind::min: return integer ? std::numeric_limits<int32_t>::max() : std::numeric_limits<double>::infinity();
    default: return 0;
  }
}

Opcode across_lanes(OpKind monoid, DType dtype) {
  const bool integer = dtype != DType::f32;
  switch (combining(monoid)) {
    case OpKind::max: return integer ? Opcode::viredmax : Opcode::vredmax;
    case OpKind::min: return integer ? Opcode::viredmin : Opcode::vredmin;
    default: return integer ? Opcode::viredadd : Opcode::vredadd;
  }
}

}  // namespace

/// The monoid of each carried value: what the yielded op does to it and to nothing else.
bool Selector::find_monoids(const LoopInfo& info, std::vector<OpKind>& monoids) {
  const auto yields = yields_of(info.body);
  for (size_t i = 0; i < info.args.size(); ++i) {
    const ir::OpId def = module_.def(yields[i]);
    if (!def.valid() || uses_[info.args[i].index] != 1) return false;
    const OpKind kind = module_.kind(def);
    const auto operands = module_.operands(def);
    const bool commutes = kind == OpKind::add || kind == OpKind::max || kind == OpKind::min;
    const bool here = commutes ? operands[0] == info.args[i] || operands[1] == info.args[i]
                               : kind == OpKind::fma && operands[2] == info.args[i];
    if (!here) return false;
    monoids.push_back(kind);
  }
  return true;
}

Value Selector::identity(OpKind monoid, DType dtype) {
  Value value;
  value.form = Value::Form::vector;
  value.dtype = dtype;
  value.number = identity_of(monoid, dtype);
  return value;
}

/// Group by group.
Value Selector::combine(OpKind monoid, const Value& a, const Value& b) {
  const OpKind op = combining(monoid);
  if (b.number && *b.number == identity_of(op, b.dtype)) return a;
  Value result = a;
  result.number.reset();
  result.regs.clear();
  for (size_t group = 0; group < std::max({size_t{1}, a.regs.size(), b.regs.size()}); ++group) {
    const std::array<Reg, 2> x{reg(a, group), reg(b, group)};
    result.regs.push_back(emit_map(emit_, op, a.dtype, a.dtype, x));
  }
  return result;
}

Value Selector::combine_lanes(OpKind monoid, const Value& partial, const Value& init) {
  const OpKind op = combining(monoid);
  const DType dtype = init.dtype;
  if (partial.number) return init;
  std::vector<Reg> regs = partial.regs;
  const auto combine = [&](Reg a, Reg b) {
    const std::array<Reg, 2> x{a, b};
    return emit_map(emit_, op, dtype, dtype, x);
  };
  while (regs.size() > 1) {
    std::vector<Reg> half;
    for (size_t i = 0; i + 1 < regs.size(); i += 2) half.push_back(combine(regs[i], regs[i + 1]));
    if (regs.size() % 2 == 1) half.push_back(regs.back());
    regs = std::move(half);
  }
  const Reg across = emit_.make(across_lanes(op, dtype), regs[0]);
  Value result = init;
  result.regs = {across};
  if (!init.number || *init.number != identity_of(op, dtype)) result.regs = {combine(reg(init, 0), across)};
  result.number.reset();
  return result;
}

/// Into how many parts the carried values of a scalar loop should be split so that sums do not wait for each other.
size_t Selector::useful_parts(const LoopInfo& info) {
  if (options_.compact || info.args.empty() || module_.str_attr(info.op, "kind") != "reduce") return 1;
  if (info.trip && *info.trip < static_cast<int64_t>(2 * kSumsInFlight)) return 1;
  size_t sums = 0;
  for (const ir::ValueId arg : info.args) {
    if (type_of(arg).dtype != DType::f32) return 1;
    sums += varying(arg) ? lanes_->masks.size() : 1;
  }
  std::vector<OpKind> monoids;
  if (sums >= kSumsInFlight || !find_monoids(info, monoids)) return 1;
  return sums == 1 ? 4 : 2;
}

/// The values, then identities for each further part.
Selector::Carried Selector::with_parts(const LoopInfo& info, const Carried& carried, size_t parts) {
  std::vector<OpKind> monoids;
  PSMC_CHECK(find_monoids(info, monoids), "only monoids are split");
  Carried all = carried;
  for (size_t part = 1; part < parts; ++part) {
    for (size_t i = 0; i < carried.size(); ++i) all.push_back(identity(monoids[i], carried[i].dtype));
  }
  return all;
}

void Selector::join_parts(const LoopInfo& info, Carried& carried, size_t parts) {
  std::vector<OpKind> monoids;
  PSMC_CHECK(find_monoids(info, monoids), "only monoids are split");
  const size_t n = monoids.size();
  for (size_t width = parts; width > 1; width = (width + 1) / 2) {
    const size_t half = (width + 1) / 2;
    for (size_t part = 0; part + half < width; ++part) {
      for (size_t i = 0; i < n; ++i)
        carried[part * n + i] = combine(monoids[i], carried[part * n + i], carried[(part + half) * n + i]);
    }
  }
  carried.resize(n);
}

}  // namespace psmc::backend
