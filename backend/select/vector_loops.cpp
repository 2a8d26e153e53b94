// SPDX-License-Identifier: Apache-2.0
// Vector loops. N iterations become groups of 16 lanes, `jam` groups at a time, then the groups that are left together
// with the masked tail. For a run-time N: one loop over the groups, each with its mask; a light body stands twice, in a
// loop over full groups and for a tail that runs 0 or 1 times. Never is a group without an active lane accessed: it
// would lie outside of its buffer. A reduction keeps one partial result a lane and group, which start at the identity;
// in the tail lanes outside the mask keep theirs. After the loop groups are combined, then lanes, then the initial
// value.
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
constexpr int64_t kLight = 6;       ///< instructions of a body
constexpr int64_t kSumLatency = 4;  ///< about: only how many groups are processed together depends on it

}  // namespace

/// Groups processed together: what the loop asks for, else as many as keep the units busy. One group may be too few: a
/// sum waits for the one before, and each access steps an address in the scalar slot.
int64_t Selector::jam_of(const LoopInfo& info) {
  if (options_.compact) return 1;
  if (const int64_t jam = module_.int_attr(info.op, "jam", 0); jam > 0) return std::min(jam, kMaxJam);
  int64_t vectors = 0, accesses = 0;
  bool nested = false;
  ir::walk(module_, info.body, [&](ir::OpId op) {
    const OpKind kind = module_.kind(op);
    if (kind == OpKind::load || kind == OpKind::store)
      ++accesses;
    else
      vectors += op_weight(kind);
    nested |= kind == OpKind::for_;
  });
  if (nested) return kDefaultJam;
  const auto cycles_of = [&](int64_t jam) {
    return std::max(
        {vectors * jam, (accesses * jam + 1) / 2, accesses + 1, info.args.empty() ? int64_t{1} : kSumLatency});
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

/// `count` passes. A mask that is a scalar register says how many lanes are left, and is stepped.
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
    for (int64_t pass = 0; pass < count.known; ++pass)
      lanes_at(info, first + Affine(pass * groups * kLanes), masks, part);
  } else {
    Carried variables;
    for (const Value& value : part) variables.push_back(variable_like(value, masks.size(), true));
    assign(variables, part);
    write_zeros_of(info.body);
    emit_.open_loop();
    const VarId counter = addresses_.loop_var(first, kLanes * groups);
    part = variables;
    std::vector<Reg> current = masks;
    for (Reg& mask : current) {
      if (out_.regs[mask].file != arch::RegFile::s) continue;
      emit_.increment(emit_.depth(), mask, -kLanes);
      mask = emit_.make(Opcode::msk, mask);
    }
    lanes_at(info, Affine::of(counter), current, part);
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

/// Few instructions, so that a copy of them for the tail costs little beside a mask for each group.
bool Selector::light_body(const LoopInfo& info) {
  int64_t size = 0;
  bool nested = false;
  ir::walk(module_, info.body, [&](ir::OpId op) {
    size += op_weight(module_.kind(op));
    nested |= module_.kind(op) == OpKind::for_;
  });
  return !nested && size <= kLight;
}

/// One loop for all groups, each with its mask: lanes left, at most 16.
void Selector::masked_lanes(const LoopInfo& info, const Affine& first, Reg count, Carried& carried) {
  const Reg groups = divided(emit_.make(Opcode::addi, count, kNoReg, kNoReg, kNoReg, kLanes - 1), kLanes).reg;
  const Reg left = emit_.make(Opcode::addi, count);
  lane_loop(info, first, {-1, groups}, {left}, carried);
}

void Selector::run_time_lanes(const LoopInfo& info, Carried& carried) {
  const Reg count = trip_register(info);
  if (!light_body(info)) return masked_lanes(info, info.low, count, carried);
  const auto masked = [&](int64_t bits) { return emit_.make(Opcode::andi, count, kNoReg, kNoReg, kNoReg, bits); };
  lane_loop(info, info.low, divided(count, kLanes), {kAllLanes}, carried);
  const Reg tail = masked(kLanes - 1);
  const Affine first = info.low + scalar_affine(masked(-kLanes));
  const Reg once = emit_.make(Opcode::slt, kZeroReg, tail);
  lane_loop(info, first, {-1, once, 0.5}, {emit_.make(Opcode::msk, tail)}, carried);
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
    carried[i] = identity(monoids[i], init[i].dtype);
  }
  varying_ = find_varying(info);
  if (info.trip) {
    known_lanes(info, jam_of(info), carried);
  } else {
    run_time_lanes(info, carried);
  }
  for (size_t i = 0; i < carried.size() && !emit_.failure(); ++i)
    carried[i] = combine_lanes(monoids[i], carried[i], init[i]);
}

}  // namespace psmc::backend
