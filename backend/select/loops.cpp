// SPDX-License-Identifier: Apache-2.0
// Scalar loops: counted by number or register, unrolled, with carried values.
#include <algorithm>
#include <bit>

#include "backend/select/selector.h"
#include "base/check.h"

namespace psmc::backend {

using arch::Opcode;
using ir::OpKind;

namespace {

constexpr int64_t kMaxUnroll = 64;
constexpr int64_t kMaxFullUnroll = 4096;
constexpr int64_t kMaxCount = (int64_t{1} << 31) - 1;
constexpr int kReciprocalBits = 40;  ///< of division by a step: exact for counts and steps below 2^20

std::optional<int64_t> known_trip(const Affine& distance, int64_t step) {
  if (!distance.is_constant()) return std::nullopt;
  return distance.constant <= 0 ? 0 : (distance.constant - 1) / step + 1;
}

}  // namespace

int64_t op_weight(OpKind kind) {
  switch (kind) {
    case OpKind::exp: return 8;
    case OpKind::sigmoid: return 10;
    case OpKind::tanh: return 19;
    case OpKind::yield:
    case OpKind::index:
    case OpKind::constant: return 0;
    default: return 1;
  }
}

Selector::LoopInfo Selector::loop_info(ir::OpId op) {
  LoopInfo info;
  const ir::LoopParts parts = ir::loop_parts(module_, op);
  info.op = op;
  info.body = module_.block(op);
  info.low = parts.low ? affine_of(*parts.low) : affine_of(parts.low_value);
  info.high = parts.high ? affine_of(*parts.high) : affine_of(parts.high_value);
  info.step = std::max<int64_t>(parts.step, 1);
  info.trip = known_trip(info.high - info.low, info.step);
  if (info.step > kMaxCount || info.trip.value_or(0) > kMaxCount)
    fail(op, Code::kernel_too_large, "a loop of a kernel is too long");
  for (uint32_t i = 1; i < module_.block_data(info.body).num_args; ++i)
    info.args.push_back(module_.block_arg(info.body, i));
  if ((info.high - info.low).coefficient(kLaneVar) != 0) {
    fail(op, Code::kernel_unsupported, "the bounds of a loop depend on the lane of the vector loop around it");
  }
  return info;
}

Selector::Carried Selector::initial(const LoopInfo& info) {
  const ir::LoopParts parts = ir::loop_parts(module_, info.op);
  Carried carried;
  for (uint32_t i = 0; i < parts.num_carried; ++i)
    carried.push_back(at(module_.operand(info.op, parts.first_init + i)));
  return carried;
}

void Selector::finish_loop(const LoopInfo& info, const Carried& carried) {
  for (uint32_t i = 0; i < carried.size(); ++i) set(module_.result(info.op, i), carried[i]);
}

void Selector::loop(ir::OpId op) {
  const LoopInfo info = loop_info(op);
  if (emit_.failure()) return;
  const std::string_view unit = module_.str_attr(op, "unit");
  if (unit == "matrix") return matrix_loop(info);
  Carried carried = initial(info);
  const int64_t unroll = options_.compact ? 1 : std::clamp<int64_t>(module_.int_attr(op, "unroll", 1), 1, kMaxUnroll);
  if (unit == "vector") {
    vector_loop(info, carried);
  } else if (info.trip) {
    known_loop(info, unroll, carried);
  } else {
    run_time_loop(info, unroll, carried);
  }
  finish_loop(info, carried);
}

std::span<const ir::ValueId> Selector::yields_of(ir::BlockId body) const {
  const ir::OpId last = module_.terminator(body);
  if (!last.valid() || module_.kind(last) != OpKind::yield) return {};
  return module_.operands(last);
}

void Selector::iteration(const LoopInfo& info, const Affine& counter, Carried& carried) {
  set_index(module_.block_arg(info.body, 0), counter);
  for (size_t i = 0; i < carried.size(); ++i) set(info.args[i], carried[i]);
  block(info.body);
  const auto yields = yields_of(info.body);
  PSMC_CHECK(yields.size() == carried.size(), "a loop yields as many values as it carries");
  for (size_t i = 0; i < carried.size(); ++i) carried[i] = at(yields[i]);
}

/// `carried` holds `parts` values for each carried one; copies use them in turn.
void Selector::iterations(const LoopInfo& info, const Affine& first, const Trip& count, int64_t copies,
                          Carried& carried, size_t parts) {
  if (count.known == 0) return;
  const size_t n = info.args.size();
  const auto all_copies = [&](const Affine& start) {
    for (int64_t u = 0; u < copies && !emit_.failure(); ++u) {
      const auto at = carried.begin() + static_cast<std::ptrdiff_t>(static_cast<size_t>(u) % parts * n);
      Carried part(at, at + static_cast<std::ptrdiff_t>(n));
      iteration(info, start + Affine(u * info.step), part);
      std::copy(part.begin(), part.end(), at);
    }
  };
  if (count.known == 1) return all_copies(first);
  Carried variables;
  for (size_t i = 0; i < carried.size(); ++i) {
    const bool per_lane = varying(info.args[i % n]);
    variables.push_back(variable_like(carried[i], per_lane ? lanes_->masks.size() : 1, per_lane));
  }
  assign(variables, carried);
  write_zeros_of(info.body);
  emit_.open_loop();
  const VarId counter = addresses_.loop_var(first, copies * info.step);
  const auto current = [&] {
    Carried now = variables;
    for (Value& value : now) {
      if (value.form == Value::Form::index) value.affine = scalar_affine(value.regs[0]);
    }
    return now;
  };
  carried = current();
  all_copies(Affine::of(counter));
  if (emit_.failure()) return;
  assign(variables, carried);
  write_zeros_of(info.body);
  emit_.close_loop(count);
  carried = current();
}

/// A short loop in another one costs more than its iterations: the way in and out, and the outer loop cannot be
/// pipelined.
bool Selector::lay_out_flat(const LoopInfo& info, int64_t times) {
  if (times <= 1) return true;
  if (emit_.depth() == 0) return false;
  int64_t size = 0;
  bool nested = false;
  ir::walk(module_, info.body, [&](ir::OpId op) {
    size += op_weight(module_.kind(op));
    nested |= module_.kind(op) == OpKind::for_;
  });
  return !nested && times <= options_.flat && size * times <= options_.flat;
}

bool Selector::must_unroll(const LoopInfo& info) {
  if (module_.str_attr(info.op, "unit") == "unroll") return true;
  const ir::ValueId counter = module_.block_arg(info.body, 0);
  bool found = false;
  ir::walk(module_, info.body, [&](ir::OpId op) {
    const OpKind kind = module_.kind(op);
    if (kind != OpKind::load && kind != OpKind::store) return;
    const ir::SubscriptRows rows = ir::subscript_rows(module_, op);
    if (type_of(module_.operand(op, rows.first_index - 1)).space != ir::Space::accumulator) return;
    for (uint32_t i = 0; i < rows.num_index; ++i) found |= module_.operand(op, rows.first_index + i) == counter;
  });
  return found;
}

void Selector::known_loop(const LoopInfo& info, int64_t unroll, Carried& carried) {
  int64_t left = *info.trip;
  Affine first = info.low;
  const auto advance = [&](int64_t iterations) {
    first = first + Affine(iterations * info.step);
    left -= iterations;
  };
  if (must_unroll(info)) {
    if (left > kMaxFullUnroll) return fail(info.op, Code::kernel_too_large, "a loop is too long to be unrolled");
    return iterations(info, first, {1, kNoReg}, left, carried);
  }
  if (left > 0 && touches_zero(info.body)) {
    iteration(info, first, carried);
    advance(1);
  }
  const bool flat = lay_out_flat(info, left * static_cast<int64_t>(lanes_ ? lanes_->masks.size() : 1));
  if (flat) unroll = std::max<int64_t>(left, 1);
  // Flat in a loop it is the outer iterations that overlap.
  const size_t parts = flat && emit_.depth() > 0 ? 1 : useful_parts(info);
  if (unroll % static_cast<int64_t>(parts) != 0) unroll = static_cast<int64_t>(parts);
  const int64_t copies = std::min(unroll, std::max<int64_t>(left, 1));
  const int64_t passes = left / copies;
  if (parts > 1) carried = with_parts(info, carried, parts);
  iterations(info, first, {passes, kNoReg}, copies, carried, parts);
  advance(passes * copies);
  iterations(info, first, {1, kNoReg}, left, carried, parts);
  if (parts > 1) join_parts(info, carried, parts);
}

/// How many times a loop of run-time bounds runs, at least 0.
Reg Selector::trip_register(const LoopInfo& info) {
  Affine distance = info.high - info.low;
  if (info.step == 1) return emit_.make(Opcode::maxi, addresses_.value(distance));
  const Reg sum = emit_.make(Opcode::maxi, addresses_.value(distance + Affine(info.step - 1)));
  return divided(sum, info.step).reg;
}

/// A register, not negative, by a number, rounded down.
Trip Selector::divided(Reg count, int64_t by) {
  if (by == 1) return {-1, count};
  const double expected = kExpectedTrip / static_cast<double>(by);
  if (std::has_single_bit(static_cast<uint64_t>(by))) {
    return {-1, emit_.make(Opcode::shri, count, kNoReg, kNoReg, kNoReg, std::countr_zero(static_cast<uint64_t>(by))),
            expected};
  }
  if (by >= (1 << 20)) {
    emit_.fail(error(Code::kernel_too_large, "a loop of a kernel has a step that is too large"));
    by = 3;
  }
  const int64_t reciprocal = ((int64_t{1} << kReciprocalBits) + by - 1) / by;
  const Reg product = emit_.make(Opcode::mul, count, emit_.scalar_const(reciprocal));
  return {-1, emit_.make(Opcode::shri, product, kNoReg, kNoReg, kNoReg, kReciprocalBits), expected};
}

void Selector::run_time_loop(const LoopInfo& info, int64_t unroll, Carried& carried) {
  if (must_unroll(info))
    return fail(info.op, Code::kernel_unsupported, "a loop to be unrolled has no constant trip count");
  const Reg count = trip_register(info);
  const size_t parts = useful_parts(info);
  const auto copies =
      std::max(static_cast<int64_t>(parts), static_cast<int64_t>(std::bit_floor(static_cast<uint64_t>(unroll))));
  if (copies == 1) return iterations(info, info.low, {-1, count}, 1, carried);
  if (parts > 1) carried = with_parts(info, carried, parts);
  iterations(info, info.low, divided(count, copies), copies, carried, parts);
  if (parts > 1) join_parts(info, carried, parts);
  const Reg done = emit_.make(Opcode::andi, count, kNoReg, kNoReg, kNoReg, -copies);
  const Reg rest = emit_.make(Opcode::andi, count, kNoReg, kNoReg, kNoReg, copies - 1);
  const Affine first = info.low + scalar_affine(done) * info.step;
  iterations(info, first, {-1, rest, static_cast<double>(copies - 1) / 2}, 1, carried);
}

}  // namespace psmc::backend
