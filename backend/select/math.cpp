// SPDX-License-Identifier: Apache-2.0
#include "backend/select/math.h"

namespace psmc::backend {

using arch::Opcode;

namespace {

constexpr float kLog2E = 0x1.715476p+0f;  ///< log2(e), and what its rounding lost
constexpr float kLog2ELow = 0x1.4ae0cp-26f;
constexpr float kLn2 = 0x1.62e43p-1f;
// Beyond these e^x is infinite or 0, and the correction below stays finite.
constexpr float kExpHigh = 89.0f;
constexpr float kExpLow = -104.0f;
// tanh(x) = x + x z P(z), z = x^2, |x| <= 0.625: minimax, relative error 2^-27.8.
constexpr float kTanhLimit = 0.625f;
constexpr float kTanh[] = {-0x1.555532p-2f, 0x1.110726p-3f, -0x1.b83c5ap-5f, 0x1.52269cp-6f, -0x1.75e1ccp-8f};

/// 2^(x * sign * log2(e)) for x within the limits.
Reg exp_in_range(Emitter& emit, Reg x, float sign) {
  const Reg factor = emit.vector_const(sign * kLog2E);
  const Reg high = emit.make(Opcode::vmul, x, factor);
  const Reg lost = emit.make(Opcode::vfnma, x, factor, high);  // high - x * factor
  const Reg low = emit.make(Opcode::vfnma, x, emit.vector_const(sign * kLog2ELow), lost);
  const Reg power = emit.make(Opcode::vexp2, high);
  const Reg correction = emit.make(Opcode::vfnma, low, emit.vector_const(kLn2), emit.vector_const(1));
  return emit.make(Opcode::vmul, power, correction);
}

Reg clamp(Emitter& emit, Reg x, float low, float high) {
  const Reg below = emit.make(Opcode::vmin, x, emit.vector_const(high));
  return emit.make(Opcode::vmax, below, emit.vector_const(low));
}

Reg tanh_polynomial(Emitter& emit, Reg x) {
  const Reg z = emit.make(Opcode::vmul, x, x);
  Reg p = emit.vector_const(kTanh[4]);
  for (int i = 3; i >= 0; --i) p = emit.make(Opcode::vfma, p, z, emit.vector_const(kTanh[i]));
  return emit.make(Opcode::vfma, p, emit.make(Opcode::vmul, x, z), x);
}

}  // namespace

Reg emit_exp(Emitter& emit, Reg x) { return exp_in_range(emit, clamp(emit, x, kExpLow, kExpHigh), 1); }

// With p = e^-|x|, which cannot overflow: 1 / (1 + p), for negative x p / (1 + p).
Reg emit_sigmoid(Emitter& emit, Reg x) {
  const Reg one = emit.vector_const(1);
  const Reg size = emit.make(Opcode::vmin, emit.make(Opcode::vabs, x), emit.vector_const(-kExpLow));
  const Reg power = exp_in_range(emit, size, -1);
  const Reg inverse = emit.make(Opcode::vrcp, emit.make(Opcode::vadd, power, one));
  const Reg negative = emit.make(Opcode::vlt, x, emit.vector_const(0));
  return emit.make(Opcode::vmul, emit.make(Opcode::vsel, power, one, kNoReg, negative), inverse);
}

Reg emit_tanh(Emitter& emit, Reg x) {
  const Reg size = emit.make(Opcode::vabs, x);
  // e^2|x| as one rounded product: its error is small beside the 1 that is added, and invisible where |x| is large.
  const Reg limited = emit.make(Opcode::vmin, size, emit.vector_const(kExpHigh / 2));
  const Reg power = emit.make(Opcode::vexp2, emit.make(Opcode::vmul, limited, emit.vector_const(2 * kLog2E)));
  const Reg inverse = emit.make(Opcode::vrcp, emit.make(Opcode::vadd, power, emit.vector_const(1)));
  const Reg far = emit.make(Opcode::vfnma, inverse, emit.vector_const(2), emit.vector_const(1));
  const Reg sign = emit.make(Opcode::vand, x, emit.vector_bits(0x80000000u));
  const Reg signed_far = emit.make(Opcode::vor, far, sign);
  const Reg near = emit.make(Opcode::vlt, size, emit.vector_const(kTanhLimit));
  return emit.make(Opcode::vsel, tanh_polynomial(emit, x), signed_far, kNoReg, near);
}

Reg emit_log(Emitter& emit, Reg x) {
  return emit.make(Opcode::vmul, emit.make(Opcode::vlog2, x), emit.vector_const(kLn2));
}

// Magnitudes n and d; the lowest integer has none, so it is divided as its neighbour and put right at the end, and a
// divisor that is the lowest integer gives 1 for itself and else 0.
Reg emit_int_div(Emitter& emit, Reg a, Reg b) {
  const auto op = [&](Opcode code, Reg x, Reg y = kNoReg) { return emit.make(code, x, y); };
  const auto choose = [&](Reg mask, Reg x, Reg y) { return emit.make(Opcode::vsel, x, y, kNoReg, mask); };
  const Reg zero = emit.vector_int(0), one = emit.vector_int(1), lowest = emit.vector_bits(0x80000000u);
  const Reg a_lowest = op(Opcode::vieq, a, lowest);
  const Reg n = choose(a_lowest, emit.vector_int(0x7fffffff), op(Opcode::vimax, a, op(Opcode::visub, zero, a)));
  const Reg d = op(Opcode::vimax, b, op(Opcode::visub, zero, b));
  const Reg inverse = op(Opcode::vrcp, op(Opcode::vi2f, d));
  const auto quotient = [&](Reg x) { return op(Opcode::vf2i, op(Opcode::vmul, op(Opcode::vi2f, x), inverse)); };
  const auto remainder = [&](Reg q) { return op(Opcode::visub, n, op(Opcode::vimul, q, d)); };
  Reg q = quotient(n);
  q = op(Opcode::viadd, q, quotient(remainder(q)));
  Reg r = remainder(q);  // in [-d, 2d)
  const Reg low = op(Opcode::vilt, r, zero);
  r = choose(low, op(Opcode::viadd, r, d), r);
  q = choose(low, op(Opcode::visub, q, one), q);
  // n was one too small where a is the lowest integer.
  r = choose(a_lowest, op(Opcode::viadd, r, one), r);
  q = choose(op(Opcode::vile, d, r), op(Opcode::viadd, q, one), q);
  const Reg differ = emit.make(Opcode::mxor, op(Opcode::vilt, a, zero), op(Opcode::vilt, b, zero));
  const Reg result = choose(differ, op(Opcode::visub, zero, q), q);
  const Reg by_lowest = choose(a_lowest, one, zero);
  return choose(op(Opcode::vieq, b, zero), zero, choose(op(Opcode::vieq, b, lowest), by_lowest, result));
}

}  // namespace psmc::backend
