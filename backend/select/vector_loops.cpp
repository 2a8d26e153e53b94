// SPDX-License-Identifier: Apache-2.0
// Vector loops. N iterations become groups of 16 lanes, `jam` groups at a time, then the groups that are left together
// with the masked tail. For a run-time N: a loop of `jam` groups, a loop of one group, and a tail that runs 0 or 1 times.
// A reduction keeps one partial result a lane and group, which start at the identity; in the tail lanes outside the mask
// keep theirs. After the loop groups are combined, then lanes, then the initial value.
#include <algorithm>
#include <bit>
#include <limits>

#include "backend/select/map.h"
#include "backend/select/selector.h"
#include "base/check.h"
#include "ir/ops/elementwise.h"

namespace psmc::backend {

using arch::Opcode;
using ir::OpKind;

namespace {

constexpr int64_t kLanes = arch::kLanes;
constexpr int64_t kMaxJam = 16;
constexpr int64_t kDefaultJam = 4;
constexpr int64_t kSumLatency = 4;   ///< about: only how many groups are processed together depends on it

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

/// Groups processed together: what the loop asks for, else as many as keep the units busy. One group may be too few: a sum
/// waits for the one before, and each access steps an address in the scalar slot.
int64_t Selector::jam_of(const LoopInfo& info) {
  if (const int64_t jam = module_.int_attr(info.op, "jam", 0); jam > 0) return std::min(jam, kMaxJam);
  int64_t vectors = 0, accesses = 0;
  bool nested = false;
  ir::walk(module_, info.body, [&](ir::OpId op) {
    const OpKind kind = module_.kind(op);
    if (kind == OpKind::load || kind == OpKind::store) ++accesses;
    else vectors += op_weight(kind);
    nested |= kind == OpKind::for_;
  });
  if (nested) return kDefaultJam;
  const auto cycles_of = [&](int64_t jam) {
    return std::max({vectors * jam, (accesses * jam + 1) / 2, accesses + 1, info.args.empty() ? int64_t{1} : kSumLatency});
  };
  int64_t best = 1;
  for (int64_t jam = 2; jam <= kDefaultJam; jam *= 2) {
    if (cycles_of(jam) * best < cycles_of(best) * jam) best = jam;
  }
  return best;
}

bool Selector::spread(ir::BlockId block, ValueSet& varying) {
  bool grew = false;
  const auto vary = [&](ir::ValueId value) { grew |= varying.insert(value.index).second; };
  const auto varies = [&](ir::ValueId value) { return varying.count(value.index) != 0; };
  for (const ir::OpId op : ir::ops_of(module_, block)) {
    const auto operands = module_.operands(op);
    if (module_.kind(op) == OpKind::for_) {
      const ir::BlockId body = module_.block(op);
      const uint32_t first = ir::loop_parts(module_, op).first_init;
      const auto yields = yields_of(body);
      grew |= spread(body, varying);
      for (uint32_t i = 0; i < yields.size() && first + i < operands.size(); ++i) {
        if (!varies(operands[first + i]) && !varies(yields[i])) continue;
        vary(module_.block_arg(body, i + 1));
        vary(module_.result(op, i));
      }
    } else if (module_.op(op).num_results == 1 && std::any_of(operands.begin(), operands.end(), varies)) {
      vary(module_.result(op));
    }
  }
  return grew;
}

ValueSet Selector::find_varying(const LoopInfo& info) {
  ValueSet varying{module_.block_arg(info.body, 0).index};
  for (const ir::ValueId arg : info.args) varying.insert(arg.index);
  while (spread(info.body, varying)) {
  }
  return varying;
}

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

Value Selector::merge_tail(const Value& next, const Value& old) {
  Value merged = next;
  merged.number.reset();
  merged.regs.clear();
  for (size_t group = 0; group < lanes_->masks.size(); ++group) {
    const Reg mask = lanes_->masks[group];
    const Reg value = reg(next, group);
    merged.regs.push_back(mask == kAllLanes ? value : emit_.make(Opcode::vsel, value, reg(old, group), kNoReg, mask));
  }
  return merged;
}

/// One pass over the groups of `masks`; carried values have a register a group.
void Selector::lanes_at(const LoopInfo& info, const Affine& first, const std::vector<Reg>& masks, Carried& carried) {
  lanes_ = Lanes{masks, &varying_};
  const Carried before = carried;
  iteration(info, first + Affine::of(kLaneVar), carried);
  for (size_t i = 0; i < carried.size() && !emit_.failure(); ++i) carried[i] = merge_tail(carried[i], before[i]);
  lanes_.reset();
}

void Selector::lane_loop(const LoopInfo& info, const Affine& first, const Trip& count, const std::vector<Reg>& masks,
                         Carried& carried) {
  if (count.known == 0 || emit_.failure()) return;
  // The first groups of the partial results, as many as there are masks.
  Carried part = carried;
  for (Value& value : part) {
    if (value.regs.size() > masks.size()) value.regs.resize(masks.size());
  }
  const int64_t groups = static_cast<int64_t>(masks.size());
  if (count.known >= 0 && lay_out_flat(info, count.known * groups)) {
    for (int64_t pass = 0; pass < count.known; ++pass) lanes_at(info, first + Affine(pass * groups * kLanes), masks, part);
  } else {
    Carried variables;
    for (const Value& value : part) variables.push_back(variable_like(value, masks.size(), true));
    assign(variables, part);
    write_zeros_of(info.body);
    emit_.open_loop();
    const VarId counter = addresses_.loop_var(first, kLanes * groups);
    part = variables;
    lanes_at(info, Affine::of(counter), masks, part);
    if (emit_.failure()) return;
    assign(variables, part);
    write_zeros_of(info.body);
    emit_.close_loop(count);
    part = variables;
  }
  for (size_t i = 0; i < carried.size(); ++i) {
    if (carried[i].regs.size() <= part[i].regs.size()) {
      carried[i] = part[i];
    } else {
      std::copy(part[i].regs.begin(), part[i].regs.end(), carried[i].regs.begin());
    }
  }
}

void Selector::known_lanes(const LoopInfo& info, int64_t jam, Carried& carried) {
  const int64_t full = *info.trip / kLanes, tail = *info.trip % kLanes;
  jam = std::clamp<int64_t>(jam, 1, std::max<int64_t>(full, 1));
  // A short rest joins the only pass.
  const int64_t passes = full + (tail > 0) <= jam + 1 ? 0 : full / jam;
  lane_loop(info, info.low, {passes, kNoReg}, std::vector<Reg>(static_cast<size_t>(jam), kAllLanes), carried);
  std::vector<Reg> masks(static_cast<size_t>(full - passes * jam), kAllLanes);
  if (tail > 0) masks.push_back(emit_.lanes_below(static_cast<uint32_t>(tail)));
  if (!masks.empty()) lane_loop(info, info.low + Affine(passes * jam * kLanes), {1, kNoReg}, masks, carried);
}

void Selector::run_time_lanes(const LoopInfo& info, int64_t jam, Carried& carried) {
  jam = static_cast<int64_t>(std::bit_floor(static_cast<uint64_t>(jam)));
  const Reg count = trip_register(info);
  const auto masked = [&](int64_t bits) { return emit_.make(Opcode::andi, count, kNoReg, kNoReg, kNoReg, bits); };
  lane_loop(info, info.low, divided(count, jam * kLanes), std::vector<Reg>(static_cast<size_t>(jam), kAllLanes), carried);
  if (jam > 1) {
    const Affine first = info.low + scalar_affine(masked(-jam * kLanes));
    lane_loop(info, first, divided(masked((jam - 1) * kLanes), kLanes), {kAllLanes}, carried);
  }
  const Reg tail = masked(kLanes - 1);
  const Affine first = info.low + scalar_affine(masked(-kLanes));
  const Reg once = emit_.make(Opcode::slt, kZeroReg, tail);
  lane_loop(info, first, {-1, once}, {emit_.make(Opcode::msk, tail)}, carried);
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

void Selector::vector_loop(const LoopInfo& info, Carried& carried) {
  if (lanes_) return fail(info.op, Code::kernel_unsupported, "a vector loop stands inside another one");
  if (info.step != 1) return fail(info.op, Code::kernel_unsupported, "a vector loop must have step 1");
  std::vector<OpKind> monoids;
  if (!find_monoids(info, monoids)) {
    return fail(info.op, Code::kernel_unsupported, "a vector loop carries a value that is no sum, maximum or minimum",
                {"each carried value must be used once, by the add, fma, max or min that is yielded"});
  }
  const Carried init = carried;
  for (size_t i = 0; i < carried.size(); ++i) {
    if (carried[i].dtype != DType::f32 && carried[i].dtype != DType::i32) {
      return fail(info.op, Code::kernel_unsupported, "a vector loop reduces a value that is neither f32 nor i32");
    }
    carried[i] = {};
    carried[i].form = Value::Form::vector;
    carried[i].dtype = init[i].dtype;
    carried[i].number = identity_of(monoids[i], init[i].dtype);
  }
  varying_ = find_varying(info);
  if (info.trip) {
    known_lanes(info, jam_of(info), carried);
  } else {
    run_time_lanes(info, jam_of(info), carried);
  }
  for (size_t i = 0; i < carried.size() && !emit_.failure(); ++i) carried[i] = combine_lanes(monoids[i], carried[i], init[i]);
}

}  // namespace psmc::backend
