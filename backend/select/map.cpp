// SPDX-License-Identifier: Apache-2.0
#include "backend/select/map.h"

#include <bit>

#include <fmt/format.h>

#include "backend/select/math.h"

namespace psmc::backend {

using arch::Opcode;
using ir::OpKind;

namespace {

bool small_float(DType d) { return d == DType::bf16 || d == DType::f16; }
bool known_float(DType d) { return d == DType::f32 || small_float(d); }
bool known_int(DType d) { return d == DType::i32 || d == DType::i8 || d == DType::index; }

Reg unsupported(Emitter& emit, std::string what) {
  emit.fail(error(Code::kernel_unsupported, std::move(what)));
  return emit.vector_int(0);
}

Reg round_float(Emitter& emit, DType to, Reg x) {
  if (to == DType::bf16) return emit.make(Opcode::vrbf16, x);
  return to == DType::f16 ? emit.make(Opcode::vrf16, x) : x;
}

/// i8 values are i32 lanes in -128..127.
Reg wrap_int(Emitter& emit, DType to, Reg x) {
  if (to != DType::i8) return x;
  const Reg places = emit.vector_int(24);
  return emit.make(Opcode::vshr, emit.make(Opcode::vshl, x, places), places);
}

Reg emit_cast(Emitter& emit, DType from, DType to, Reg x) {
  if (from == to) return x;
  if (from == DType::boolean) {
    if (known_float(to)) return emit.make(Opcode::vsel, emit.vector_const(1), emit.vector_const(0), kNoReg, x);
    if (known_int(to)) return emit_mask_to_int(emit, x);
  }
  if (known_float(from)) {
    if (known_float(to)) return to == DType::f32 ? x : round_float(emit, to, x);
    if (to == DType::boolean) return emit.make(Opcode::vne, x, emit.vector_const(0));
    if (known_int(to)) {
      const Reg whole = emit.make(Opcode::vf2i, x);
      if (to != DType::i8) return whole;
      return emit.make(Opcode::vimax, emit.make(Opcode::vimin, whole, emit.vector_int(127)), emit.vector_int(-128));
    }
  }
  if (known_int(from)) {
    if (known_float(to)) return round_float(emit, to, emit.make(Opcode::vi2f, x));
    if (to == DType::boolean) return emit_int_to_mask(emit, x);
    if (known_int(to)) return wrap_int(emit, to, x);
  }
  return unsupported(emit, fmt::format("a kernel cannot cast {} to {}", dtype_name(from), dtype_name(to)));
}

Reg emit_float(Emitter& emit, OpKind kind, std::span<const Reg> x) {
  const auto op = [&](Opcode code) {
    return emit.make(code, x[0], x.size() > 1 ? x[1] : kNoReg, x.size() > 2 ? x[2] : kNoReg);
  };
  switch (kind) {
    case OpKind::neg: return op(Opcode::vneg);
    case OpKind::abs: return op(Opcode::vabs);
    case OpKind::exp: return emit_exp(emit, x[0]);
    case OpKind::exp2: return op(Opcode::vexp2);
    case OpKind::log: return emit_log(emit, x[0]);
    case OpKind::sqrt: return op(Opcode::vsqrt);
    case OpKind::rsqrt: return op(Opcode::vrsqrt);
    case OpKind::recip: return op(Opcode::vrcp);
    case OpKind::tanh: return emit_tanh(emit, x[0]);
    case OpKind::sigmoid: return emit_sigmoid(emit, x[0]);
    case OpKind::floor: return op(Opcode::vfloor);
    case OpKind::round: return op(Opcode::vrint);
    case OpKind::add: return op(Opcode::vadd);
    case OpKind::sub: return op(Opcode::vsub);
    case OpKind::mul: return op(Opcode::vmul);
    case OpKind::div: return op(Opcode::vdiv);
    case OpKind::max: return op(Opcode::vmax);
    case OpKind::min: return op(Opcode::vmin);
    case OpKind::fma: return op(Opcode::vfma);
    case OpKind::lt: return op(Opcode::vlt);
    case OpKind::le: return op(Opcode::vle);
    case OpKind::eq: return op(Opcode::veq);
    case OpKind::ne: return op(Opcode::vne);
    default: return unsupported(emit, "a kernel uses an op that has no vector form on floats");
  }
}

Reg emit_int(Emitter& emit, OpKind kind, std::span<const Reg> x) {
  const auto op = [&](Opcode code) { return emit.make(code, x[0], x.size() > 1 ? x[1] : kNoReg); };
  switch (kind) {
    case OpKind::neg: return emit.make(Opcode::visub, emit.vector_int(0), x[0]);
    case OpKind::abs: return emit.make(Opcode::vimax, x[0], emit.make(Opcode::visub, emit.vector_int(0), x[0]));
    case OpKind::not_: return emit.make(Opcode::vxor, x[0], emit.vector_int(-1));
    case OpKind::add: return op(Opcode::viadd);
    case OpKind::sub: return op(Opcode::visub);
    case OpKind::mul: return op(Opcode::vimul);
    case OpKind::div: return emit_int_div(emit, x[0], x[1]);
    case OpKind::max: return op(Opcode::vimax);
    case OpKind::min: return op(Opcode::vimin);
    case OpKind::and_: return op(Opcode::vand);
    case OpKind::or_: return op(Opcode::vor);
    case OpKind::lt: return op(Opcode::vilt);
    case OpKind::le: return op(Opcode::vile);
    case OpKind::eq: return op(Opcode::vieq);
    case OpKind::ne: return op(Opcode::vine);
    default: return unsupported(emit, "a kernel uses an op that has no vector form on integers");
  }
}

Reg emit_logic(Emitter& emit, OpKind kind, std::span<const Reg> x) {
  switch (kind) {
    case OpKind::not_: return emit.make(Opcode::mnot, x[0]);
    case OpKind::and_: return emit.make(Opcode::mand, x[0], x[1]);
    case OpKind::or_: return emit.make(Opcode::mor, x[0], x[1]);
    case OpKind::ne: return emit.make(Opcode::mxor, x[0], x[1]);
    case OpKind::eq: return emit.make(Opcode::mnot, emit.make(Opcode::mxor, x[0], x[1]));
    default: return unsupported(emit, "a kernel uses an op that has no form on bool");
  }
}

Reg emit_select(Emitter& emit, DType of, std::span<const Reg> x) {
  if (of != DType::boolean) return emit.make(Opcode::vsel, x[1], x[2], kNoReg, x[0]);
  const Reg chosen = emit.make(Opcode::mand, x[0], x[1]);
  return emit.make(Opcode::mor, chosen, emit.make(Opcode::mand, emit.make(Opcode::mnot, x[0]), x[2]));
}

}  // namespace

Reg emit_mask_to_int(Emitter& emit, Reg mask) {
  return emit.make(Opcode::vsel, emit.vector_int(1), emit.vector_int(0), kNoReg, mask);
}

Reg emit_int_to_mask(Emitter& emit, Reg value) { return emit.make(Opcode::vine, value, emit.vector_int(0)); }

Reg emit_number(Emitter& emit, DType dtype, double value) {
  if (dtype == DType::boolean) return value != 0 ? kAllLanes : emit.no_lanes();
  if (known_float(dtype)) return emit.vector_const(round_to(dtype, static_cast<float>(value)));
  if (known_int(dtype)) return emit.vector_int(static_cast<int32_t>(static_cast<int64_t>(value)));
  return unsupported(emit, fmt::format("a kernel has a constant of type {}", dtype_name(dtype)));
}

Reg emit_map(Emitter& emit, OpKind kind, DType from, DType to, std::span<const Reg> x) {
  if (kind == OpKind::cast) return emit_cast(emit, from, to, x[0]);
  if (kind == OpKind::select) return emit_select(emit, from, x);
  if (from == DType::boolean) return emit_logic(emit, kind, x);
  if (known_float(from)) {
    const Reg result = emit_float(emit, kind, x);
    return to == from ? round_float(emit, to, result) : result;
  }
  if (known_int(from)) {
    const Reg result = emit_int(emit, kind, x);
    return to == from ? wrap_int(emit, to, result) : result;
  }
  return unsupported(emit, fmt::format("a kernel computes on {}", dtype_name(from)));
}

}  // namespace psmc::backend
